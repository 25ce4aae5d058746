//! From a host to the Zoho service and data centre behind it.

use super::path::segments;
use super::{DataCenter, UNKNOWN, tables};

/// Where at Zoho a request goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The service's canonical name; `None` when the host is Zoho's but the table has no service for it, or a part of it
    /// that decides is not known.
    pub service: Option<&'static str>,
    /// The data centre's name (`us`, `eu`, …); `None` when the known part of the host fits several.
    pub data_center: Option<&'static str>,
}

/// What stands below a domain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One sub-domain a service: `desk.zoho.com`.
    Products,
    /// The service is the first segment of the path: `www.zohoapis.com/books/v3`.
    Api,
    /// Zoho's, but no service of the table.
    Other,
}

/// The place behind a host; `None` when the host is not Zoho's, or what is known of it does not show that it is.
///
/// `host` is without scheme, user and port, in any letter case; `path` is the URL's path as far as it is known. In both,
/// text unknown before run time is [`UNKNOWN`]. A whole label `zoho`, `zohoapis`, … with an unknown rest of the domain
/// (`desk.zoho.` and a variable) is Zoho's, and so is an unknown sub-domain of a known domain. Source: facts 4.1, 4.2.
pub fn place(host: &str, path: &str) -> Option<Place> {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let mut found: Option<(Kind, &str)> = None;
    let mut centers = Vec::new();
    for center in &tables().data_centers {
        for (kind, domain) in domains(center) {
            if let Some(below) = below(&host, domain) {
                found.get_or_insert((kind, below));
                centers.push(center.name.as_str());
            }
        }
    }
    let (kind, below) = found?;
    let data_center = match centers.as_slice() {
        [center, rest @ ..] if rest.iter().all(|other| other == center) => Some(*center),
        _ => None,
    };
    let service = match kind {
        Kind::Products => product(below, path),
        Kind::Api => api(path),
        Kind::Other => None,
    };
    Some(Place { service, data_center })
}

/// Whether a host is Zoho's, in the sense of [`place`].
pub fn is_zoho_host(host: &str) -> bool {
    place(host, "").is_some()
}

fn domains(center: &DataCenter) -> impl Iterator<Item = (Kind, &str)> {
    let main = [(Kind::Products, center.products.as_str()), (Kind::Api, center.api.as_str())];
    main.into_iter().chain(center.others.iter().map(|domain| (Kind::Other, domain.as_str())))
}

/// The part of `host` below `domain`, without the dot between; `None` when the host does not belong to it.
fn below<'h>(host: &'h str, domain: &str) -> Option<&'h str> {
    if let Some(below) = below_exactly(host, domain) {
        return Some(below);
    }
    let (_, tail) = host.rsplit_once(UNKNOWN)?;
    let brand = domain.find('.')?;
    // The known beginning of the domain may end at any unknown part; what follows must fit the domain's end.
    host.match_indices(UNKNOWN).find_map(|(at, _)| {
        let head = host.get(..at)?;
        (brand..=domain.len()).find_map(|known| {
            let rest_fits = domain.get(known..)?.ends_with(tail);
            if rest_fits { below_exactly(head, domain.get(..known)?) } else { None }
        })
    })
}

fn below_exactly<'h>(host: &'h str, domain: &str) -> Option<&'h str> {
    let below = host.strip_suffix(domain)?;
    if below.is_empty() { Some(below) } else { below.strip_suffix('.') }
}

fn product(below: &str, path: &str) -> Option<&'static str> {
    let service = tables().services.iter().find(|service| {
        service.hosts.iter().any(|host| host == below)
            || service.routes.iter().any(|route| route.host == below && route.path.matches(path))
    })?;
    Some(service.name.as_str())
}

fn api(path: &str) -> Option<&'static str> {
    let first = segments(path).next()?;
    let mut services = tables().services.iter();
    let service = services.find(|service| service.api.iter().any(|name| name.eq_ignore_ascii_case(first)))?;
    Some(service.name.as_str())
}
