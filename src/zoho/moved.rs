//! APIs that moved from the host of their product to the shared API host, in the same data centre (rewrites E2).

use std::sync::LazyLock;

use super::path::segments;
use super::{Confidence, SamePath, Service, UNKNOWN, UnderOauth, place, service, tables};

/// The old and the new address of an API in one data centre. Source: facts 4.1 and 4.2.
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
    pub words: [(&'static str, &'static str); 3],
    /// Of the two addresses. What the old one does under OAuth is from memory in any case.
    pub confidence: Confidence,
    /// Whether no source names the API host of the data centre.
    pub inferred: bool,
}

/// The move of the API that a URL with this host and path goes to the old address of; `None` for any other URL. Host and
/// path are those of [`place`]; what follows the version may be unknown.
pub fn moved(host: &str, path: &str) -> Option<Moved> {
    let host = host.to_ascii_lowercase();
    // Most hosts are told by their first letters to be no old ones.
    static OLD: LazyLock<Vec<&str>> = LazyLock::new(|| moved_words().collect());
    if !OLD.iter().any(|old| host.starts_with(old)) {
        return None;
    }
    let found = place(&host, path).filter(|found| found.certain)?;
    let service = service(found.service?)?;
    let entry = old_path(service)?;
    let below =
        service.hosts.iter().find(|below| host.strip_prefix(*below).is_some_and(|rest| rest.starts_with('.')))?;
    let rest = path.trim_start_matches('/').strip_prefix(entry.path.as_str())?;
    if !(rest.is_empty() || rest.starts_with(['/', '?', '#', UNKNOWN])) {
        return None;
    }
    // All data centres but one have the same words, and that one is told by them.
    let centers = &tables().data_centers;
    let brand = |domain: &'static str| domain.split_once('.');
    let center = centers.iter().find(|center| match found.data_center {
        Some(name) => center.name == name,
        None => brand(&center.products).is_some_and(|(brand, _)| host.contains(&format!(".{brand}."))),
    })?;
    let ((old_brand, ending), (new_brand, _)) = (brand(&center.products)?, brand(&center.api)?);
    let ending = found.data_center.map_or("…", |_| ending);
    Some(Moved {
        service: &service.name,
        data_center: found.data_center,
        old: format!("{below}.{old_brand}.{ending}/{}", entry.path),
        new: format!("www.{new_brand}.{ending}/{}", entry.is),
        words: [(below, "www"), (old_brand, new_brand), (first(&entry.path), first(&entry.is))],
        confidence: service.confidence,
        inferred: found.data_center.is_some() && center.inferred,
    })
}

/// Words of which a text must hold one to hold the old address of an API that moved.
pub fn moved_words() -> impl Iterator<Item = &'static str> {
    let moved = tables().services.iter().filter(|service| old_path(service).is_some());
    moved.flat_map(|service| &service.hosts).map(String::as_str)
}

/// Where the API of a service that moved was, and where it is.
pub(super) fn old_path(service: &Service) -> Option<&SamePath> {
    let old = |same: &&SamePath| !service.api.iter().any(|name| name == first(&same.path));
    service.same_paths.iter().find(old).filter(|_| service.under_oauth == UnderOauth::Moved)
}

fn first(path: &str) -> &str {
    segments(path).next().unwrap_or("")
}
