//! Endpoints that a Connection alone does not save: the dead ones, the making of authtokens, and their exchange for OAuth.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::path::{Pattern, segments};
use super::{canonical_service, tables};

/// Why an endpoint cannot be migrated by putting a Connection in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LegacyKind {
    /// It does not exist under OAuth (rewrites E1; facts 4.2, 4.3).
    Dead,
    /// It makes authtokens (rewrites E3; facts 3.1).
    Generation,
    /// It trades an authtoken for an OAuth token (rewrites E4; facts 8).
    AuthtokenToOauth,
}

/// An endpoint that a Connection alone does not save.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LegacyEndpoint {
    /// Why.
    pub kind: LegacyKind,
    /// What a person does instead: one sentence, that begins in lower case or with a method and has no full stop.
    pub replacement: &'static str,
}

/// `legacy.toml`, which explains the fields.
#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct LegacyFile {
    #[serde(rename = "endpoint")]
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) anywhere: Vec<Anywhere>,
    pub(super) living: Vec<Living>,
    #[serde(rename = "crm-methods")]
    pub(super) crm_methods: BTreeMap<String, String>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Endpoint {
    pub(super) service: String,
    pub(super) path: Pattern,
    pub(super) kind: LegacyKind,
    #[serde(default)]
    pub(super) distinctive: bool,
    pub(super) replacement: String,
    #[allow(dead_code, reason = "for the people who edit the file; the parser demands it")]
    source: String,
}

/// What a path may hold at any host of Zoho's.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Anywhere {
    pub(super) path: Pattern,
    kind: LegacyKind,
    pub(super) replacement: String,
    #[allow(dead_code, reason = "for the people who edit the file; the parser demands it")]
    source: String,
}

/// What looks dead by [`Anywhere`] and is not.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Living {
    pub(super) service: String,
    path: Pattern,
    #[allow(dead_code, reason = "for the people who edit the file; the parser demands it")]
    source: String,
}

/// The legacy endpoint that `path` belongs to, `None` when it is not one. `service` is a name of the table, `None` when the
/// host does not show it: then only paths count that identify their service by themselves, and, at a host that is Zoho's
/// (`zohos`), those that are dead anywhere. In `path`, text unknown before run time is [`super::UNKNOWN`]; it is never taken
/// for a word that would make the endpoint a dead one.
pub fn legacy(service: Option<&str>, zohos: bool, path: &str) -> Option<LegacyEndpoint> {
    let file = &tables().legacy;
    let service = service.and_then(canonical_service);
    let segments: Vec<&str> = segments(path).collect();
    let own = file.endpoints.iter().find(|endpoint| {
        service.map_or(endpoint.distinctive, |service| endpoint.service == service) && endpoint.path.matches(&segments)
    });
    if let Some(endpoint) = own {
        let method = if endpoint.service == "crm" { crm_method(path) } else { None };
        return Some(LegacyEndpoint { kind: endpoint.kind, replacement: method.unwrap_or(&endpoint.replacement) });
    }
    let lives = |living: &Living| service == Some(living.service.as_str()) && living.path.matches(&segments);
    if !zohos || file.living.iter().any(lives) {
        return None;
    }
    let anywhere = file.anywhere.iter().find(|anywhere| anywhere.path.matches_within(&segments))?;
    Some(LegacyEndpoint { kind: anywhere.kind, replacement: &anywhere.replacement })
}

/// The addresses of dead endpoints: each host without its domain, and the path.
#[cfg(test)]
pub(super) fn dead_addresses() -> impl Iterator<Item = (String, String)> {
    let dead = tables().legacy.endpoints.iter().filter(|endpoint| endpoint.kind == LegacyKind::Dead);
    dead.flat_map(|endpoint| {
        let service = super::service(&endpoint.service);
        let own = service.into_iter().flat_map(|service| &service.hosts).cloned();
        let routed = service.into_iter().flat_map(|service| &service.routes).map(|route| route.host.clone());
        own.chain(routed).map(|host| (host, endpoint.path.example()))
    })
}

/// What takes an endpoint's place, without the task that only a function has.
pub fn without_task(replacement: &str) -> String {
    const BEGINS: [&str; 2] = [", or the task `", ", or a built-in task such as `"];
    for begin in BEGINS {
        let Some((before, rest)) = replacement.split_once(begin) else { continue };
        let Some((_, behind)) = rest.split_once('`') else { continue };
        return format!("{before}{}", behind.strip_prefix(',').unwrap_or(behind));
    }
    replacement.to_owned()
}

/// Whether a path of `service` is where OAuth tokens are asked for: `accounts.zoho.*/oauth/v2/token`, and nothing below it
/// (facts 8, 9.1).
pub fn is_token_endpoint(service: &str, path: &str) -> bool {
    const ENDPOINT: [&str; 3] = ["oauth", "v2", "token"];
    let path: Vec<&str> = segments(path).collect();
    canonical_service(service) == Some("accounts")
        && path.len() == ENDPOINT.len()
        && path.iter().zip(ENDPOINT).all(|(one, other)| one.eq_ignore_ascii_case(other))
}

/// What replaces the CRM v1 method in `path`. It is looked for from the end, since an unknown part before it may hold
/// several segments, but not in the first two.
fn crm_method(path: &str) -> Option<&'static str> {
    let segments: Vec<&str> = segments(path).skip(2).collect();
    let replacement = |segment: &str| {
        let mut methods = tables().legacy.crm_methods.iter();
        methods.find(|(method, _)| method.eq_ignore_ascii_case(segment)).map(|(_, replacement)| replacement.as_str())
    };
    segments.iter().rev().find_map(|segment| replacement(segment))
}
