//! What Zoho is: its services, data centres, hosts and endpoints, as TOML files beside this one that people edit, and the
//! few lookups over them. Nothing here is decided by the name of a variable.

mod host;
mod legacy;
mod moved;
mod path;
mod scopes;
pub mod target;
mod task;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use serde::Deserialize;

pub use host::{ZohoHost, is_zoho_host, place};
pub use legacy::{LegacyEndpoint, LegacyKind, is_token_endpoint, legacy, without_task};
pub use moved::{HOST_ENDS, Moved, OldAddress, moved, moved_words};
pub use scopes::{Basis, Confidence, Need, exists as scope_exists, scopes};
pub use task::{Task, task};

/// Stands in a host, path or URL for text that is not known before run time; U+FFFC (object replacement character), which
/// no URL holds.
pub const UNKNOWN: char = '\u{FFFC}';

/// A data file, its name for the tests' messages first.
type File = (&'static str, &'static str);

const DATA_CENTERS: File = ("data-centers.toml", include_str!("data-centers.toml"));
const SERVICES: File = ("services.toml", include_str!("services.toml"));
const LEGACY: File = ("legacy.toml", include_str!("legacy.toml"));
const COMPANIONS: File = ("companions.toml", include_str!("companions.toml"));

/// One entry of `data-centers.toml`, which explains the fields.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct DataCenter {
    name: String,
    products: String,
    api: String,
    #[serde(default)]
    inferred: bool,
    others: Vec<String>,
    #[allow(dead_code, reason = "for the people who edit the file; the parser demands it")]
    source: String,
}

/// One entry of `services.toml`, which explains the fields.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Service {
    name: String,
    title: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    domains: Vec<String>,
    #[serde(default)]
    routes: Vec<Route>,
    #[serde(default)]
    api: Vec<String>,
    #[serde(default)]
    same_paths: Vec<SamePath>,
    #[serde(default)]
    moved: Vec<moved::Move>,
    #[serde(default)]
    broad: Vec<String>,
    #[serde(default)]
    broad_confidence: Confidence,
    #[serde(default)]
    all_of_groups: bool,
    under_oauth: UnderOauth,
    #[serde(default)]
    confidence: Confidence,
    #[allow(dead_code, reason = "for the people who edit the file; the parser demands it")]
    source: String,
}

/// What became of a service's endpoints when authtokens ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnderOauth {
    /// They work unchanged.
    Same,
    /// They moved to another host or path.
    Moved,
    /// They are gone; others, with another body and answer, take their place.
    Gone,
    /// The service never had authtokens, as far as is known.
    Newer,
}

/// An older beginning of a path for the same operations; `*` in it is any one segment.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct SamePath {
    path: String,
    is: String,
}

impl SamePath {
    /// The segments of a path with this beginning, with the other one in its place.
    fn apply<'p>(&'p self, path_segments: &[&'p str]) -> Option<Vec<&'p str>> {
        let mut rest = path_segments.iter();
        let begins = path::segments(&self.path)
            .all(|own| rest.next().is_some_and(|given| own == "*" || given.eq_ignore_ascii_case(own)));
        begins.then(|| path::segments(&self.is).chain(rest.copied()).collect())
    }
}

/// A host that several services share, with the paths that belong to one of them.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Route {
    host: String,
    path: path::Pattern,
}

/// One entry of `companions.toml`, which explains the fields.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Companion {
    name: String,
    value: Option<String>,
    #[serde(default)]
    goes: bool,
    #[serde(default)]
    identifies: bool,
    #[allow(dead_code, reason = "for the people who edit the file; the parser demands it")]
    source: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct DataCentersFile {
    #[serde(rename = "data-center")]
    data_centers: Vec<DataCenter>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ServicesFile {
    #[serde(rename = "service")]
    services: Vec<Service>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct CompanionsFile {
    #[serde(rename = "companion")]
    companions: Vec<Companion>,
}

/// All the data files, parsed.
struct Tables {
    data_centers: Vec<DataCenter>,
    services: Vec<Service>,
    legacy: legacy::LegacyFile,
    companions: Vec<Companion>,
}

/// A file's content. One that does not parse counts as empty: the tests load every file, so a released program never has
/// one, and an empty table finds nothing instead of ending the program.
fn load<T: serde::de::DeserializeOwned + Default>((_, text): File) -> T {
    toml::from_str(text).unwrap_or_default()
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| Tables {
        data_centers: load::<DataCentersFile>(DATA_CENTERS).data_centers,
        services: load::<ServicesFile>(SERVICES).services,
        legacy: load(LEGACY),
        companions: load::<CompanionsFile>(COMPANIONS).companions,
    })
}

fn service(name: &str) -> Option<&'static Service> {
    tables().services.iter().find(|service| service.name == name || service.aliases.iter().any(|alias| alias == name))
}

/// The addresses that do not work under OAuth, or are left: each host without its domain, and the path.
#[cfg(test)]
pub fn old_addresses() -> Vec<(String, String)> {
    moved::old_addresses().chain(legacy::dead_addresses()).collect()
}

/// The canonical names of all services, sorted.
pub fn service_names() -> impl Iterator<Item = &'static str> {
    tables().services.iter().map(|service| service.name.as_str())
}

/// The canonical name behind a service's name or alias (`subscriptions` is `billing`); `None` for a name that is not in the
/// table. Letter case counts.
pub fn canonical_service(name: &str) -> Option<&'static str> {
    service(name).map(|service| service.name.as_str())
}

/// What people call a service, by its name or alias: `Zoho Desk`. `Zoho` for a name that is not in the table.
pub fn service_title(name: &str) -> &'static str {
    service(name).map_or("Zoho", |service| service.title.as_str())
}

/// What became of a service's endpoints when authtokens ended, and how sure that is; `None` for a name that is not in the
/// table.
pub fn under_oauth(name: &str) -> Option<(UnderOauth, Confidence)> {
    service(name).map(|service| (service.under_oauth, service.confidence))
}

/// The names of all data centres (`ae`, `au`, …), sorted. Source: facts 4.1.
pub fn data_centers() -> impl Iterator<Item = &'static str> {
    tables().data_centers.iter().map(|center| center.name.as_str())
}

/// The accounts server of a data centre: `accounts.zoho.eu` for `eu`. Source: facts 4.1.
pub fn accounts_host(data_center: &str) -> Option<String> {
    let center = tables().data_centers.iter().find(|center| center.name == data_center)?;
    Some(format!("accounts.{}", center.products))
}

/// Whether a parameter belongs to a dead API version and goes together with the token: `scope=crmapi`, `scope=creatorapi`
/// (rewrites Q13). Recruit's `scope=recruitapi` stays. Letter case does not count.
pub fn companion_parameter(name: &str, value: &str) -> bool {
    tables().companions.iter().any(|companion| companion.goes && companion.is(name, Some(value)))
}

/// Whether some parameter of this name is a companion.
pub fn is_companion_name(name: &str) -> bool {
    tables().companions.iter().any(|companion| companion.name.eq_ignore_ascii_case(name))
}

/// Whether a parameter or header shows that a request with an authtoken, to a host that cannot be seen, is Zoho's:
/// `organization_id`, `orgId`, `scope=…api` (rewrites, "A host that cannot be seen"). Letter case does not count. `value` is
/// `None` when it is not known.
pub fn is_zoho_companion(name: &str, value: Option<&str>) -> bool {
    tables().companions.iter().any(|companion| companion.identifies && companion.is(name, value))
}

impl Companion {
    fn is(&self, name: &str, value: Option<&str>) -> bool {
        let value_fits = match (&self.value, value) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(wanted), Some(value)) => match wanted.strip_prefix('*') {
                Some(ending) => ends_with_ignore_case(value, ending),
                None => wanted.eq_ignore_ascii_case(value),
            },
        };
        value_fits && self.name.eq_ignore_ascii_case(name)
    }
}

fn ends_with_ignore_case(text: &str, ending: &str) -> bool {
    let at = text.len().checked_sub(ending.len());
    at.and_then(|at| text.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
}
