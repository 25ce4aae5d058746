//! From requests to Connections: one for each product and LinkName, whatever services it serves.

use std::collections::{BTreeMap, BTreeSet};

use super::Plan;
use super::scopes::{Chosen, choose};
use super::site::{MaskedToken, Site};
use crate::project::config::is_link_name;
use crate::requests::link_name::Link as Names;
use crate::zoho;

/// A Connection that requests need.
#[derive(Debug)]
pub struct Planned {
    /// The product in which it is made; `None` when it is not known.
    pub pool: Option<&'static str>,
    /// Its LinkName.
    pub link: Link,
    /// The scopes to tick, sorted.
    pub scopes: Vec<Chosen>,
    /// Its requests, by path and place.
    pub sites: Vec<Site>,
    /// The different tokens that its requests used.
    pub tokens: Vec<MaskedToken>,
    /// Other LinkNames that requests of the same product name for one of its services.
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

/// What is to be done about a Connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NextStep {
    /// It has to be made.
    Create,
    /// The code names it already, and more requests are to get it.
    Extend,
    /// All its requests name it already.
    Nothing,
}

/// A service that a Connection serves, in one data centre.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Served {
    /// `None` when it cannot be seen.
    pub service: Option<&'static str>,
    /// `None` when it cannot be seen.
    pub data_center: Option<&'static str>,
}

type Place = (Option<&'static str>, Option<&'static str>, Option<&'static str>);

/// Groups the requests of a tree.
pub fn group(sites: Vec<Site>) -> Plan {
    let mut places: BTreeMap<Place, Vec<Site>> = BTreeMap::new();
    let mut plan = Plan::default();
    for site in sites {
        if site.link == Some(Names::Unseen) {
            plan.variable.push(site);
        } else if site.service.is_none() && site.named().is_none() && site.configured.is_none() {
            plan.unseen.push(site);
        } else {
            let pool = site.pool.map(|pool| pool.product);
            places.entry((pool, site.service, site.data_center)).or_default().push(site);
        }
    }
    join_unseen_centers(&mut places);
    let several: BTreeSet<&'static str> = services_of_several_centers(&places);
    let mut by_link: BTreeMap<(Option<&'static str>, Link), Vec<Site>> = BTreeMap::new();
    for ((pool, service, data_center), sites) in places {
        let served = Served { service, data_center };
        for (link, sites) in of_place(served, sites, &several) {
            by_link.entry((pool, link)).or_default().extend(sites);
        }
    }
    // A Connection is one, whoever names it.
    let named: Vec<_> = by_link.keys().filter(|(_, link)| link.why == Why::Named).cloned().collect();
    for (pool, link) in named {
        for why in [Why::Configured, Why::Suggested] {
            if let Some(more) = by_link.remove(&(pool, Link { why, ..link.clone() })) {
                by_link.entry((pool, link.clone())).or_default().extend(more);
            }
        }
    }
    plan.connections = by_link.into_iter().map(|((pool, link), sites)| planned(pool, link, sites)).collect();
    // What has no known place comes last.
    plan.connections.sort_by_key(|planned| planned.pool.is_none());
    note_others(&mut plan.connections);
    plan
}

/// Requests whose data centre cannot be seen belong to the one that the others of their pool and service have, if that is one.
fn join_unseen_centers(places: &mut BTreeMap<Place, Vec<Site>>) {
    let blind: Vec<Place> =
        places.keys().filter(|(_, service, center)| service.is_some() && center.is_none()).copied().collect();
    for place in blind {
        let known: Vec<Place> = places
            .keys()
            .filter(|other| (other.0, other.1) == (place.0, place.1) && other.2.is_some())
            .copied()
            .collect();
        if let [only] = known.as_slice()
            && let Some(mut sites) = places.remove(&place)
        {
            for site in &mut sites {
                (site.data_center, site.assumed_center) = (only.2, true);
            }
            places.entry(*only).or_default().extend(sites);
        }
    }
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
fn of_place(served: Served, sites: Vec<Site>, several: &BTreeSet<&'static str>) -> BTreeMap<Link, Vec<Site>> {
    let mut by_link: BTreeMap<Link, Vec<Site>> = BTreeMap::new();
    let mut open = Vec::new();
    for site in sites {
        let link = match (site.named(), &site.configured) {
            (Some(name), _) => Link { name: name.to_owned(), why: Why::Named },
            (None, Some(name)) => Link { name: name.clone(), why: Why::Configured },
            (None, None) => {
                open.push(site);
                continue;
            }
        };
        by_link.entry(link).or_default().push(site);
    }
    if !open.is_empty() {
        // The Connection that most requests name already serves the rest too.
        let usable = by_link.iter().filter(|(link, _)| is_link_name(&link.name));
        let most = usable.max_by_key(|(_, sites)| sites.len()).map(|(link, _)| link.clone());
        let suggested = || Link { name: suggestion(served, several), why: Why::Suggested };
        by_link.entry(most.unwrap_or_else(suggested)).or_default().extend(open);
    }
    by_link
}

fn planned(pool: Option<&'static str>, link: Link, mut sites: Vec<Site>) -> Planned {
    sites.sort_by(|one, two| {
        (&one.path, one.position.line, one.position.column).cmp(&(&two.path, two.position.line, two.position.column))
    });
    let mut tokens: Vec<MaskedToken> = sites.iter().flat_map(|site| site.tokens.iter().cloned()).collect();
    tokens.sort();
    tokens.dedup();
    tokens.sort_by(|one, two| one.shown.cmp(&two.shown));
    Planned { pool, link, scopes: choose(&sites), sites, tokens, others: BTreeSet::new() }
}

fn note_others(connections: &mut [Planned]) {
    let mut links: BTreeMap<(Option<&'static str>, Served), BTreeSet<String>> = BTreeMap::new();
    for planned in connections.iter() {
        for served in planned.services() {
            links.entry((planned.pool, served)).or_default().insert(planned.link.name.clone());
        }
    }
    for planned in connections {
        let served = planned.services();
        let same = served.iter().filter_map(|served| links.get(&(planned.pool, *served))).flatten();
        planned.others = same.filter(|other| **other != planned.link.name).cloned().collect();
    }
}

/// `desk_oauth`, or `books_eu` where a service is needed in several data centres.
fn suggestion(served: Served, several: &BTreeSet<&'static str>) -> String {
    let service = served.service.unwrap_or("zoho");
    match served.data_center {
        Some(center) if several.contains(service) => format!("{service}_{center}"),
        _ => format!("{service}_oauth"),
    }
}

impl Planned {
    /// What is to be done about it.
    pub fn next_step(&self) -> NextStep {
        match self.link.why {
            Why::Named if self.sites.iter().any(Site::is_open) => NextStep::Extend,
            Why::Named => NextStep::Nothing,
            Why::Configured | Why::Suggested => NextStep::Create,
        }
    }

    /// What it serves, sorted.
    pub fn services(&self) -> Vec<Served> {
        let served = |site: &Site| Served { service: site.service, data_center: site.data_center };
        let served: BTreeSet<Served> = self.sites.iter().map(served).collect();
        served.into_iter().collect()
    }

    /// How many of the requests still send a token.
    pub fn with_token(&self) -> usize {
        self.sites.iter().filter(|site| site.carries).count()
    }

    /// How many requests are taken to be of the data centre of the others.
    pub fn assumed_center(&self) -> usize {
        self.sites.iter().filter(|site| site.assumed_center).count()
    }
}

impl Served {
    /// What people call the service.
    pub fn title(&self) -> &'static str {
        self.service.map_or("a service known only at run time", zoho::service_title)
    }
}
