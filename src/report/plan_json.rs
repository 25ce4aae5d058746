//! The plan as one JSON document for programs. Tokens are masked in it.

use serde::Serialize;

use crate::plan::apps::{AppPlanned, Apps};
use crate::plan::product::product_of;
use crate::plan::{Chosen, NextStep, Plan, Planned, Served, Site, Why};
use crate::requests::link_name::Link;
use crate::text::secret::Masker;
use crate::text::source::Position;
use crate::zoho::{Basis, Confidence};

/// Raised when a field changes its meaning or is removed; new fields do not raise it.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct JsonPlan<'p> {
    schema_version: u32,
    connections: Vec<ConnectionShape<'p>>,
    /// Requests of which not even the service is known.
    unseen: Vec<SiteShape<'p>>,
    /// Requests whose LinkName is only known at run time.
    unseen_link_name: Vec<SiteShape<'p>>,
    /// What apps in other languages need.
    apps: AppsShape<'p>,
    errors: Vec<ErrorShape>,
}

#[derive(Serialize)]
struct ConnectionShape<'p> {
    /// `create`, `extend` (the code names it, and more requests are to get it) or `there`
    state: &'static str,
    /// The product whose page of Connections it belongs to.
    pool: Option<&'static str>,
    /// What to click there, if documented.
    click_path: Option<&'static str>,
    /// The only service, data centre and title; those of several are in `services`.
    service: Option<&'static str>,
    title: &'static str,
    data_center: Option<&'static str>,
    services: Vec<ServedShape>,
    link_name: &'p str,
    /// `named`, `configured` or `suggested`
    link_name_from: &'static str,
    scopes: Vec<ScopeShape<'p>>,
    sites: Vec<SiteShape<'p>>,
    requests_with_token: usize,
    /// Masked.
    tokens: Vec<&'p str>,
    data_center_assumed: usize,
    other_link_names: Vec<&'p str>,
}

#[derive(Serialize)]
struct ServedShape {
    service: Option<&'static str>,
    title: &'static str,
    data_center: Option<&'static str>,
}

#[derive(Serialize)]
struct ScopeShape<'p> {
    scope: &'p str,
    alternatives: &'p [String],
    basis: Basis,
    confidence: Confidence,
    source: &'static str,
    /// Indexes into the Connection's `sites`.
    sites: &'p [usize],
}

#[derive(Serialize)]
struct SiteShape<'p> {
    path: String,
    line: u32,
    column: u32,
    function: Option<&'p str>,
    method: Option<&'static str>,
    address: &'p str,
    token: bool,
    service: Option<&'static str>,
    data_center: Option<&'static str>,
    connection: Option<&'p str>,
    /// The placeholder in place of a LinkName.
    placeholder: Option<&'p str>,
    replaced_by: Option<&'static str>,
}

#[derive(Serialize)]
struct AppsShape<'p> {
    services: Vec<AppShape<'p>>,
    /// Settings that hold an authtoken.
    settings: Vec<SettingShape<'p>>,
    /// Calls that make authtokens, to be deleted.
    generation: Vec<PlaceShape>,
}

#[derive(Serialize)]
struct AppShape<'p> {
    service: Option<&'static str>,
    title: &'static str,
    data_center: Option<&'static str>,
    /// The kind of client: `self` or `web`.
    client: &'static str,
    /// What authtooauth takes as `soid`, with `<…>` for what only the account knows.
    soid: Option<&'static str>,
    scopes: Vec<ScopeShape<'p>>,
    sites: Vec<SiteShape<'p>>,
}

#[derive(Serialize)]
struct SettingShape<'p> {
    #[serde(flatten)]
    place: PlaceShape,
    name: &'p str,
}

#[derive(Serialize)]
struct PlaceShape {
    path: String,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct ErrorShape {
    path: String,
    message: String,
}

/// The document, with a final line end.
///
/// # Errors
/// None that can happen with these shapes; the serialiser's type has one.
pub fn render<'e>(
    plan: &Plan,
    errors: impl Iterator<Item = (&'e std::path::Path, &'e str)>,
    masker: &Masker,
) -> serde_json::Result<String> {
    let error = |(path, message): (&std::path::Path, &str)| ErrorShape {
        path: path.display().to_string(),
        message: masker.mask(message).into_owned(),
    };
    let document = JsonPlan {
        schema_version: SCHEMA_VERSION,
        connections: plan.connections.iter().map(connection).collect(),
        unseen: plan.unseen.iter().map(site).collect(),
        unseen_link_name: plan.variable.iter().map(site).collect(),
        apps: apps(&plan.apps),
        errors: errors.map(error).collect(),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn connection(planned: &Planned) -> ConnectionShape<'_> {
    let services = planned.services();
    let only = match services.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    ConnectionShape {
        state: match planned.next_step() {
            NextStep::Create => "create",
            NextStep::Extend => "extend",
            NextStep::Nothing => "there",
        },
        pool: planned.pool,
        click_path: planned.pool.and_then(product_of).and_then(|product| Some(product.way.as_ref()?.clicks)),
        service: only.and_then(|only| only.service),
        title: only.map_or("several services", |only| only.title()),
        data_center: only.and_then(|only| only.data_center),
        services: services.iter().map(served).collect(),
        link_name: &planned.link.name,
        link_name_from: match planned.link.why {
            Why::Named => "named",
            Why::Configured => "configured",
            Why::Suggested => "suggested",
        },
        scopes: planned.scopes.iter().map(scope).collect(),
        sites: planned.sites.iter().map(site).collect(),
        requests_with_token: planned.with_token(),
        tokens: planned.tokens.iter().map(|token| token.shown.as_str()).collect(),
        data_center_assumed: planned.assumed_center(),
        other_link_names: planned.others.iter().map(String::as_str).collect(),
    }
}

fn served(served: &Served) -> ServedShape {
    ServedShape { service: served.service, title: served.title(), data_center: served.data_center }
}

fn apps(apps: &Apps) -> AppsShape<'_> {
    let place = |path: &std::path::Path, position: Position| PlaceShape {
        path: path.display().to_string(),
        line: position.line,
        column: position.column,
    };
    AppsShape {
        services: apps.services.iter().map(app).collect(),
        settings: apps
            .settings
            .iter()
            .map(|setting| SettingShape { place: place(&setting.path, setting.position), name: &setting.name })
            .collect(),
        generation: apps.generation.iter().map(|(path, position)| place(path, *position)).collect(),
    }
}

fn app(planned: &AppPlanned) -> AppShape<'_> {
    AppShape {
        service: planned.service,
        title: planned.title(),
        data_center: planned.data_center,
        client: planned.client.name(),
        soid: planned.soid(),
        scopes: planned.scopes.iter().map(scope).collect(),
        sites: planned.sites.iter().map(site).collect(),
    }
}

fn scope(chosen: &Chosen) -> ScopeShape<'_> {
    ScopeShape {
        scope: &chosen.scope,
        alternatives: &chosen.alternatives,
        basis: chosen.basis,
        confidence: chosen.confidence,
        source: chosen.source,
        sites: &chosen.sites,
    }
}

fn site(site: &Site) -> SiteShape<'_> {
    SiteShape {
        path: site.path.display().to_string(),
        line: site.position.line,
        column: site.position.column,
        function: site.function.as_deref(),
        method: site.method,
        address: &site.address,
        token: site.carries,
        service: site.service,
        data_center: site.data_center,
        connection: site.named(),
        placeholder: match &site.link {
            Some(Link::Placeholder(text)) => Some(text),
            _ => None,
        },
        replaced_by: site.replaced,
    }
}
