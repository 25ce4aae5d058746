//! From requests to Connections.

use std::collections::{BTreeMap, BTreeSet};

use super::Plan;
use super::apps::Apps;
use super::scopes::{Chosen, choose};
use super::site::{Site, Token};
use crate::zoho;

/// A Connection that requests need.
#[derive(Debug)]
pub struct Planned {
    /// The product in which it is to be made; `None` when it cannot be told.
    pub pool: Option<&'static str>,
    /// The service that it is for; `None` when only its LinkName is known.
    pub service: Option<&'static str>,
    /// The data centre; `None` when it cannot be seen.
    pub data_center: Option<&'static str>,
    /// Its LinkName.
    pub link: Link,
    /// The scopes to tick, sorted.
    pub scopes: Vec<Chosen>,
    /// Its requests, by path and place.
    pub sites: Vec<Site>,
    /// The different tokens that its requests used.
    pub tokens: Vec<Token>,
    /// Requests whose data centre cannot be seen and which are taken to be of this one.
    pub assumed_center: usize,
    /// Other LinkNames that requests of the same service and data centre name.
    pub others: BTreeSet<String>,
}

/// A LinkName and where it is from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Link {
    /// The LinkName.
    pub name: String,
    /// Why this one.
    pub why: Why,
}

/// Why a Connection has its LinkName.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Why {
    /// Requests name it already.
    Named,
    /// The configuration names it.
    Configured,
    /// A suggestion.
    Suggested,
}

type Place = (Option<&'static str>, Option<&'static str>, Option<&'static str>);

/// Groups the requests of a tree by product pool, service and data centre.
pub fn group(sites: Vec<Site>) -> Plan {
    let mut places: BTreeMap<Place, Vec<Site>> = BTreeMap::new();
    let mut unseen = Vec::new();
    for site in sites {
        if site.service.is_none() && site.named.is_none() && site.configured.is_none() {
            unseen.push(site);
            continue;
        }
        let pool = site.pool.map(|pool| pool.service);
        places.entry((pool, site.service, site.data_center)).or_default().push(site);
    }
    let assumed = join_unseen_centers(&mut places);
    let several: BTreeSet<&'static str> = services_of_several_centers(&places);
    let mut connections = Vec::new();
    for (place, sites) in places {
        let assumed = assumed.get(&place).copied().unwrap_or(0);
        connections.extend(of_place(place, sites, assumed, &several));
    }
    Plan { connections, unseen, apps: Apps::default() }
}

/// Requests whose data centre cannot be seen belong to the one that the others of their pool and service have, if that is one.
fn join_unseen_centers(places: &mut BTreeMap<Place, Vec<Site>>) -> BTreeMap<Place, usize> {
    let mut joined = BTreeMap::new();
    let blind: Vec<Place> =
        places.keys().filter(|(_, service, center)| service.is_some() && center.is_none()).copied().collect();
    for place in blind {
        let known: Vec<Place> = places
            .keys()
            .filter(|other| (other.0, other.1) == (place.0, place.1) && other.2.is_some())
            .copied()
            .collect();
        if let [only] = known.as_slice()
            && let Some(sites) = places.remove(&place)
        {
            joined.insert(*only, sites.len());
            places.entry(*only).or_default().extend(sites);
        }
    }
    joined
}

fn services_of_several_centers(places: &BTreeMap<Place, Vec<Site>>) -> BTreeSet<&'static str> {
    let mut centers: BTreeMap<&'static str, BTreeSet<Option<&'static str>>> = BTreeMap::new();
    for (_, service, center) in places.keys() {
        if let Some(service) = service {
            centers.entry(service).or_default().insert(*center);
        }
    }
    centers.into_iter().filter(|(_, centers)| centers.len() > 1).map(|(service, _)| service).collect()
}

/// The Connections of one pool, service and data centre: those that are named or configured, and one for the rest.
fn of_place(place: Place, sites: Vec<Site>, assumed: usize, several: &BTreeSet<&'static str>) -> Vec<Planned> {
    let (pool, service, data_center) = place;
    let mut by_link: BTreeMap<Link, Vec<Site>> = BTreeMap::new();
    let mut open = Vec::new();
    for site in sites {
        let link = match (&site.named, &site.configured) {
            (Some(name), _) if !name.is_empty() => Link { name: name.clone(), why: Why::Named },
            (_, Some(name)) => Link { name: name.clone(), why: Why::Configured },
            _ => {
                open.push(site);
                continue;
            }
        };
        by_link.entry(link).or_default().push(site);
    }
    // A Connection is one, whoever names it.
    let named: Vec<Link> = by_link.keys().filter(|link| link.why == Why::Named).cloned().collect();
    for link in named {
        let configured = Link { why: Why::Configured, ..link.clone() };
        if let Some(more) = by_link.remove(&configured) {
            by_link.entry(link).or_default().extend(more);
        }
    }
    if !open.is_empty() {
        // The Connection that most requests name already serves the rest too.
        let most = by_link.iter().max_by_key(|(_, sites)| sites.len()).map(|(link, _)| link.clone());
        let suggested = || Link { name: suggestion(service, data_center, several), why: Why::Suggested };
        by_link.entry(most.unwrap_or_else(suggested)).or_default().extend(open);
    }
    let links: BTreeSet<String> = by_link.keys().map(|link| link.name.clone()).collect();
    let mut found = Vec::new();
    for (link, mut sites) in by_link {
        sites.sort_by(|one, two| {
            (&one.path, one.position.line, one.position.column).cmp(&(
                &two.path,
                two.position.line,
                two.position.column,
            ))
        });
        let mut tokens: Vec<Token> = sites.iter().flat_map(|site| site.tokens.iter().cloned()).collect();
        tokens.sort();
        tokens.dedup();
        tokens.sort_by(|one, two| one.shown.cmp(&two.shown));
        let others = links.iter().filter(|other| **other != link.name).cloned().collect();
        let scopes = choose(&sites);
        found.push(Planned {
            pool,
            service,
            data_center,
            link,
            scopes,
            sites,
            tokens,
            assumed_center: assumed,
            others,
        });
    }
    found
}

/// `desk_oauth`, or `books_eu` where a service is needed in several data centres.
fn suggestion(service: Option<&str>, data_center: Option<&str>, several: &BTreeSet<&'static str>) -> String {
    let service = service.unwrap_or("zoho");
    match data_center {
        Some(center) if several.contains(service) => format!("{service}_{center}"),
        _ => format!("{service}_oauth"),
    }
}

impl Planned {
    /// What people call the service.
    pub fn title(&self) -> &'static str {
        self.service.map_or("Unknown service", zoho::service_title)
    }

    /// How many of the requests still send a token.
    pub fn with_token(&self) -> usize {
        self.sites.iter().filter(|site| site.carries).count()
    }
}
