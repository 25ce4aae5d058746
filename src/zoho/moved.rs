//! APIs that are at another address now, in the same data centre (rewrites E2): most moved from the host of their product to
//! the shared API host.

use std::sync::LazyLock;

use super::path::segments;
use super::{Confidence, DataCenter, SamePath, Service, UNKNOWN, UnderOauth, place, service, tables};

/// The old and the new address of an API in one data centre. Source: facts 4.1, 4.2 and 10.1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moved {
    /// The service's canonical name.
    pub service: &'static str,
    /// The data centre; `None` when the known part of the host fits several.
    pub data_center: Option<&'static str>,
    /// The old address from its host to the version in its path: `books.zoho.eu/api/v3`. What stands for the data centre
    /// is `…` when it is not known.
    pub old: String,
    /// The new one: `www.zohoapis.eu/books/v3`.
    pub new: String,
    /// The words of the old address that change, in their order, each with the new one: `books` to `www`, `zoho` to
    /// `zohoapis`, `api` to `books`.
    pub words: Vec<(&'static str, &'static str)>,
    /// What the old address does under OAuth.
    pub old_one: OldAddress,
    /// Of the two addresses.
    pub confidence: Confidence,
    /// Whether no source names the API host of the data centre.
    pub inferred: bool,
}

/// What an address that an API moved away from does under OAuth.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OldAddress {
    /// It answers as the new one does; from memory.
    #[default]
    Answers,
    /// It refuses, as Zoho's documentation says.
    Refuses,
    /// It answers; whether the new one answers the same accounts has no source.
    Differs,
}

/// An entry of `moved` in `services.toml`, which explains the fields.
#[derive(Clone, serde::Deserialize, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Move {
    hosts: Vec<String>,
    path: String,
    since: Option<String>,
    host: Option<String>,
    is: Option<String>,
    #[serde(default)]
    old: OldAddress,
}

/// The moves of all services.
fn moves() -> &'static [(&'static Service, Move)] {
    static MOVES: LazyLock<Vec<(&Service, Move)>> = LazyLock::new(|| {
        let finance = |service: &'static Service| {
            let SamePath { path, is } = old_path(service)?;
            let (hosts, path) = (service.hosts.clone(), path.clone());
            Some(Move { hosts, path, since: None, host: None, is: Some(is.clone()), old: OldAddress::Answers })
        };
        let all =
            |service| finance(service).into_iter().chain(service.moved.iter().cloned()).map(move |one| (service, one));
        tables().services.iter().flat_map(all).collect()
    });
    &MOVES
}

impl Move {
    /// The version behind the path, if one counts, and that is among those that moved: `/v3` of `crm/v3/Leads`.
    fn version<'p>(&self, path: &'p str) -> Option<&'p str> {
        let ends = |c: char| ['/', '?', '#', UNKNOWN].contains(&c);
        let rest = path.strip_prefix(self.path.as_str())?;
        let Some(since) = &self.since else { return (rest.is_empty() || rest.starts_with(ends)).then_some("") };
        let version = rest.strip_prefix("/v")?;
        let version = version.get(..version.find(ends).unwrap_or(version.len()))?;
        (number(version)? >= number(since)?).then(|| rest.get(..version.len() + 2))?
    }

    /// The words of the path that change.
    fn words(&'static self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let is = self.is.as_deref().unwrap_or(&self.path);
        // The last of the old one stands for all that is left.
        let new = is.splitn(segments(&self.path).count(), '/');
        segments(&self.path).zip(new).filter(|(old, new)| old != new)
    }
}

/// `2.1` as numbers that can be compared.
fn number(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The move of the API that a URL with this host and path goes to the old address of; `None` for any other URL. Host and
/// path are those of [`place`]; what follows the version may be unknown.
pub fn moved(host: &str, path: &str) -> Option<Moved> {
    let host = host.to_ascii_lowercase();
    // The first letters rule out most hosts.
    static OLD: LazyLock<Vec<&str>> = LazyLock::new(|| moved_words().collect());
    if !OLD.iter().any(|old| host.starts_with(old)) {
        return None;
    }
    let found = place(&host, path).filter(|found| found.certain)?;
    let service = service(found.service?)?;
    let path = path.trim_start_matches('/');
    let (entry, below, version) =
        moves().iter().filter(|(own, _)| own.name == service.name).find_map(|(_, entry)| {
            let is_below =
                |below: &&String| host.strip_prefix(below.as_str()).is_some_and(|rest| rest.starts_with('.'));
            Some((entry, entry.hosts.iter().find(is_below)?.as_str(), entry.version(path)?))
        })?;
    // All data centres but one have the same words, and these identify that one.
    let brand = |domain: &'static str| domain.split_once('.');
    let center = tables().data_centers.iter().find(|center| match found.data_center {
        Some(name) => center.name == name,
        None => brand(&center.products).is_some_and(|(brand, _)| host.contains(&format!(".{brand}."))),
    })?;
    let new_domain = |center: &'static DataCenter| if entry.host.is_some() { &center.products } else { &center.api };
    let ((old_brand, ending), (new_brand, _)) = (brand(&center.products)?, brand(new_domain(center))?);
    let ending = found.data_center.map_or("…", |_| ending);
    let (new_below, is) = (entry.host.as_deref().unwrap_or("www"), entry.is.as_deref().unwrap_or(&entry.path));
    let hosts = [(below, new_below), (old_brand, new_brand)].into_iter().filter(|(old, new)| old != new);
    Some(Moved {
        service: &service.name,
        data_center: found.data_center,
        old: format!("{below}.{old_brand}.{ending}/{}{version}", entry.path),
        new: format!("{new_below}.{new_brand}.{ending}/{is}{version}"),
        words: hosts.chain(entry.words()).collect(),
        old_one: entry.old,
        confidence: if entry.old == OldAddress::Refuses { Confidence::Documented } else { service.confidence },
        inferred: entry.host.is_none() && found.data_center.is_some() && center.inferred,
    })
}

/// What follows a host's name in code: a literal may end with it, as in `"https://books." + domain`.
pub const HOST_ENDS: [&str; 5] = [".zoho", ".\"", ".'", "\"", "'"];

/// Words of which a text must hold one to hold the old address of an API that moved.
pub fn moved_words() -> impl Iterator<Item = &'static str> {
    moves().iter().flat_map(|(_, entry)| &entry.hosts).map(String::as_str)
}

/// The addresses that APIs moved away from: each host without its domain, and the path.
#[cfg(test)]
pub(super) fn old_addresses() -> impl Iterator<Item = (String, String)> {
    let path =
        |entry: &Move| entry.since.as_ref().map_or(entry.path.clone(), |since| format!("{}/v{since}", entry.path));
    moves().iter().flat_map(move |(_, entry)| entry.hosts.iter().map(move |host| (host.clone(), path(entry))))
}

/// Where the API of a service that moved was, and where it is.
pub(super) fn old_path(service: &Service) -> Option<&SamePath> {
    let old = |same: &&SamePath| !service.api.iter().any(|name| name == first(&same.path));
    service.same_paths.iter().find(old).filter(|_| service.under_oauth == UnderOauth::Moved)
}

fn first(path: &str) -> &str {
    segments(path).next().unwrap_or("")
}
