//! From a host to the Zoho service and data centre behind it.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::path::segments;
use super::{DataCenter, UNKNOWN, tables};

/// Where at Zoho a request goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ZohoHost {
    /// The service's canonical name; `None` when the host is Zoho's but the table has no service for it, or a part of it
    /// that decides is not known.
    pub service: Option<&'static str>,
    /// The data centre's name (`us`, `eu`, …); `None` when the known part of the host fits several, or none of the table.
    pub data_center: Option<&'static str>,
    /// Whether the domain is in the table. One that is not only looks like Zoho's: a Connection would send a live token to
    /// whoever owns it.
    pub certain: bool,
}

/// What stands below a domain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DomainKind {
    /// One sub-domain a service: `desk.zoho.com`.
    Products,
    /// The service is the first segment of the path: `www.zohoapis.com/books/v3`.
    Api,
    /// Zoho's, and not divided up so: a brand's, or no service of the table.
    Other,
}

/// The place behind a host; `None` when the host neither is Zoho's nor looks like it, or what is known of it does not show
/// that it is.
///
/// `host` is without scheme, user and port, in any letter case; `path` is the URL's path as far as it is known. In both,
/// text unknown before run time is [`UNKNOWN`]. A whole label `zoho`, `zohoapis`, … with an unknown rest of the domain
/// (`desk.zoho.` and a variable) is Zoho's, and so is an unknown sub-domain of a known domain. Source: facts 4.1, 4.2.
pub fn place(host: &str, path: &str) -> Option<ZohoHost> {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let fits = if host.contains(UNKNOWN) { fits_in_part(&host) } else { fits_whole(&host) };
    let Some(&(first, below)) = fits.first() else {
        let (kind, below) = likeness(&host)?;
        return Some(ZohoHost { service: service(kind, below, "", path), data_center: None, certain: false });
    };
    let same = fits.iter().all(|(fit, _)| fit.center == first.center);
    let service = service(first.kind, below, first.name, path);
    Some(ZohoHost { service, data_center: same.then_some(first.center), certain: true })
}

/// What a host that is in no domain of the table would be if Zoho had a data centre in its country: one of Zoho's words stands
/// directly before `.qq` or `.com.qq`. With a name between, as in `zoho.example.qq`, it is somebody's own.
fn likeness(host: &str) -> Option<(DomainKind, &str)> {
    const WORDS: [(&str, DomainKind); 6] = [
        ("zoho", DomainKind::Products),
        ("zohocloud", DomainKind::Products),
        ("zohoapis", DomainKind::Api),
        ("zohoplatform", DomainKind::Other),
        ("zohopublic", DomainKind::Other),
        ("zohosecure", DomainKind::Other),
    ];
    const SECOND: [&str; 4] = ["co", "com", "net", "org"];
    let (head, country) = host.rsplit_once('.')?;
    if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let head = match head.rsplit_once('.') {
        Some((head, second)) if SECOND.contains(&second) => head,
        _ => head,
    };
    let (below, word) = head.rsplit_once('.').unwrap_or(("", head));
    WORDS.iter().find(|(own, _)| *own == word).map(|&(_, kind)| (kind, below))
}

/// Whether a host is Zoho's for certain, in the sense of [`place`].
pub fn is_zoho_host(host: &str) -> bool {
    place(host, "").is_some_and(|place| place.certain)
}

/// A domain of Zoho's.
struct Domain {
    kind: DomainKind,
    name: &'static str,
    center: &'static str,
}

/// All domains, in the order of the table.
fn domains() -> &'static [Domain] {
    static DOMAINS: LazyLock<Vec<Domain>> = LazyLock::new(|| {
        let of = |center: &'static DataCenter| {
            let main = [(DomainKind::Products, &center.products), (DomainKind::Api, &center.api)];
            let all = main.into_iter().chain(center.others.iter().map(|domain| (DomainKind::Other, domain)));
            all.map(|(kind, name)| Domain { kind, name, center: &center.name })
        };
        tables().data_centers.iter().flat_map(of).collect()
    });
    &DOMAINS
}

/// The domains that a host belongs to, each with the part of the host below it.
fn fits_whole(host: &str) -> Vec<(&'static Domain, &str)> {
    static BY_NAME: LazyLock<HashMap<&str, Vec<usize>>> = LazyLock::new(|| {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        domains().iter().enumerate().for_each(|(at, domain)| by_name.entry(domain.name).or_default().push(at));
        by_name
    });
    let dots = host.match_indices('.').map(|(at, _)| (host.get(..at), host.get(at + 1..)));
    let ends = dots.chain([(Some(""), Some(host))]);
    let mut fits: Vec<(usize, &str)> = ends
        .filter_map(|(below, domain)| Some((below?, BY_NAME.get(domain?)?)))
        .flat_map(|(below, domains)| domains.iter().map(move |&at| (at, below)))
        .collect();
    fits.sort_unstable_by_key(|&(at, _)| at);
    fits.into_iter().filter_map(|(at, below)| Some((domains().get(at)?, below))).collect()
}

/// The domains that a host of which not all is known may belong to.
fn fits_in_part(host: &str) -> Vec<(&'static Domain, &str)> {
    domains().iter().filter_map(|domain| Some((domain, below(host, domain.name)?))).collect()
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

/// The service that answers below a domain.
fn service(kind: DomainKind, below: &str, domain: &str, path: &str) -> Option<&'static str> {
    match kind {
        DomainKind::Products => product(below, path),
        DomainKind::Api => api(path),
        DomainKind::Other => brand(below, domain),
    }
}

fn brand(below: &str, domain: &str) -> Option<&'static str> {
    let (brand, _) = domain.split_once('.')?;
    let is = |own: &String| {
        own.strip_suffix(brand).is_some_and(|rest| rest.is_empty() || rest.strip_suffix('.') == Some(below))
    };
    let service = tables().services.iter().find(|service| service.domains.iter().any(is))?;
    Some(service.name.as_str())
}

fn product(below: &str, path: &str) -> Option<&'static str> {
    let segments: Vec<&str> = segments(path).collect();
    let service = tables().services.iter().find(|service| {
        service.hosts.iter().any(|host| host == below)
            || service.routes.iter().any(|route| route.host == below && route.path.matches(&segments))
    })?;
    Some(service.name.as_str())
}

fn api(path: &str) -> Option<&'static str> {
    let first = segments(path).next()?;
    let mut services = tables().services.iter();
    let service = services.find(|service| service.api.iter().any(|name| name.eq_ignore_ascii_case(first)))?;
    Some(service.name.as_str())
}
