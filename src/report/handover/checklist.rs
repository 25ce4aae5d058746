//! What somebody has to make in Zoho: the Connections of each product, and the clients of apps.

use super::super::{plan as texts, plan_apps, printable, printable_path};
use crate::plan::apps::{self, AppPlanned};
use crate::plan::pool::By;
use crate::plan::product::product_of;
use crate::plan::{Chosen, NextStep, Plan, Planned, Site, Why};
use crate::text::secret::Masker;

/// The Connections to make or to extend, and what is there.
#[derive(Debug)]
pub struct Checklist {
    /// By product.
    pub pools: Vec<Pool>,
    /// Requests whose host is known only at run time.
    pub unseen: Vec<CallSite>,
    /// How many requests have a Connection already.
    pub there: usize,
}

/// The Connections of one product.
#[derive(Debug)]
pub struct Pool {
    /// The product; `None` when it is not known.
    pub product: Option<&'static str>,
    /// The way to its page of Connections.
    pub way: &'static str,
    /// Who says so.
    pub source: Option<&'static str>,
    /// Whether only the name of a folder shows the product.
    pub by_folder: bool,
    /// The Connections.
    pub connections: Vec<Made>,
}

/// A Connection to make or to extend.
#[derive(Debug)]
pub struct Made {
    /// Its LinkName.
    pub link: String,
    /// What is to be done about it.
    pub next_step: NextStep,
    /// Why it has this LinkName.
    pub why: Why,
    /// What it serves, with the number of requests.
    pub services: Vec<(String, usize)>,
    /// The scopes to tick.
    pub scopes: Vec<Scope>,
    /// The requests.
    pub places: Vec<CallSite>,
    /// What is good to know.
    pub notes: Vec<String>,
}

/// A scope to tick.
#[derive(PartialEq, Eq, Debug)]
pub struct Scope {
    /// Its name.
    pub name: String,
    /// What is not sure about it.
    pub doubt: Option<&'static str>,
    /// Others that would do.
    pub alternatives: Vec<String>,
}

/// A request.
#[derive(PartialEq, Eq, Debug)]
pub struct CallSite {
    /// File and line.
    pub place: String,
    /// Method and address.
    pub call: String,
}

/// What apps need.
#[derive(Debug)]
pub struct Apps {
    /// By service.
    pub services: Vec<AppsOf>,
    /// Settings to replace.
    pub settings: Vec<CallSite>,
    /// Calls to delete.
    pub generation: Vec<String>,
}

/// What apps need for one service.
#[derive(Debug)]
pub struct AppsOf {
    /// The service and the data centre.
    pub title: String,
    /// The kind of client.
    pub client: &'static str,
    /// The scopes to ask for.
    pub scopes: Vec<Scope>,
    /// The requests.
    pub places: Vec<CallSite>,
    /// What is good to know.
    pub notes: Vec<String>,
}

/// Makes text fit to be printed.
struct Clean<'m>(&'m Masker);

impl Clean<'_> {
    fn text(&self, text: &str) -> String {
        printable(&self.0.mask(text))
    }

    fn texts(&self, texts: Vec<String>) -> Vec<String> {
        texts.iter().map(|text| self.text(text)).collect()
    }

    fn place(&self, site: &Site) -> CallSite {
        CallSite {
            place: self.text(&format!("{}:{}", printable_path(&site.path), site.position.line)),
            call: self.text(&format!("{} {}", site.method.unwrap_or("?"), site.address)),
        }
    }

    fn scope(&self, chosen: &Chosen) -> Scope {
        Scope {
            name: self.text(&chosen.scope),
            doubt: texts::doubt(chosen),
            alternatives: self.texts(chosen.alternatives.clone()),
        }
    }
}

impl Checklist {
    /// Of a plan.
    pub(super) fn of(plan: &Plan, masker: &Masker) -> Self {
        let clean = Clean(masker);
        let to_do: Vec<&Planned> =
            plan.connections.iter().filter(|planned| planned.next_step() != NextStep::Nothing).collect();
        let named = plan.connections.iter().flat_map(|planned| &planned.sites).filter(|site| !site.is_open()).count();
        Checklist {
            pools: to_do.chunk_by(|one, two| one.pool == two.pool).map(|same| pool(same, &clean)).collect(),
            unseen: plan.unseen.iter().map(|site| clean.place(site)).collect(),
            there: named + plan.variable.len(),
        }
    }

    /// How many Connections there are to make.
    pub fn to_create(&self) -> usize {
        let made = self.pools.iter().flat_map(|pool| &pool.connections);
        made.filter(|made| made.next_step == NextStep::Create).count()
    }

    /// How many there are to extend.
    pub fn to_extend(&self) -> usize {
        self.pools.iter().map(|pool| pool.connections.len()).sum::<usize>() - self.to_create()
    }
}

fn pool(same: &[&Planned], clean: &Clean<'_>) -> Pool {
    let product = same.first().and_then(|planned| planned.pool).and_then(product_of);
    let way = product.and_then(|product| product.way.as_ref());
    let mut pools = same.iter().flat_map(|planned| &planned.sites).filter_map(|site| site.pool).peekable();
    Pool {
        product: product.map(|product| product.title),
        way: match (product, way) {
            (_, Some(way)) => way.clicks,
            (Some(_), None) => texts::UNCONFIRMED,
            (None, _) => texts::WAYS,
        },
        source: way.map(|way| way.source),
        by_folder: pools.peek().is_some() && pools.all(|pool| pool.by == By::Folder),
        connections: same.iter().map(|planned| made(planned, clean)).collect(),
    }
}

fn made(planned: &Planned, clean: &Clean<'_>) -> Made {
    let next_step = planned.next_step();
    let counts = |site: &Site| next_step != NextStep::Extend || site.is_open();
    let sites: Vec<&Site> = planned.sites.iter().filter(|site| counts(site)).collect();
    let is_wanted = |chosen: &&Chosen| chosen.sites.iter().filter_map(|&index| planned.sites.get(index)).any(counts);
    let services = planned.services().into_iter().map(|served| {
        let is_of = |site: &&&Site| (site.service, site.data_center) == (served.service, served.data_center);
        (format!("{}, {}", served.title(), texts::center(served)), sites.iter().filter(is_of).count())
    });
    Made {
        link: clean.text(&planned.link.name),
        next_step,
        why: planned.link.why,
        services: services.filter(|(_, count)| *count > 0).collect(),
        scopes: planned.scopes.iter().filter(is_wanted).map(|chosen| clean.scope(chosen)).collect(),
        notes: clean.texts(texts::notes(planned, &sites)),
        places: sites.into_iter().map(|site| clean.place(site)).collect(),
    }
}

impl Apps {
    /// Of the plan's section for apps; `None` when there are none.
    pub(super) fn of(apps: &apps::Apps, masker: &Masker) -> Option<Self> {
        let clean = Clean(masker);
        let place = |path: &std::path::Path, line: u32| clean.text(&format!("{}:{line}", printable_path(path)));
        let service = |planned: &AppPlanned| AppsOf {
            title: match planned.data_center {
                Some(center) => format!("{}, data centre {}", planned.title(), center.to_uppercase()),
                None => format!("{}, data centre not known", planned.title()),
            },
            client: plan_apps::client(planned.client),
            scopes: planned.scopes.iter().map(|chosen| clean.scope(chosen)).collect(),
            places: planned.sites.iter().filter(|site| site.carries).map(|site| clean.place(site)).collect(),
            notes: clean.texts(plan_apps::notes(planned)),
        };
        (apps.count() > 0).then(|| Apps {
            services: apps.services.iter().map(service).collect(),
            settings: apps
                .settings
                .iter()
                .map(|setting| CallSite {
                    place: place(&setting.path, setting.position.line),
                    call: clean.text(&setting.name),
                })
                .collect(),
            generation: apps.generation.iter().map(|(path, position)| place(path, position.line)).collect(),
        })
    }
}
