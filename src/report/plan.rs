//! The plan as a checklist for a person: first what is to be done, product by product, then, in short, what is there already.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

pub use super::plan_text::Options;
use super::plan_text::{note, prose, prose_in, sites};
use super::{BOLD, CYAN, DIM, counted, plan_apps, printable, printable_path, styled, wrapped};
use crate::plan::pool::By;
use crate::plan::product::product_of;
use crate::plan::{Chosen, NextStep, Plan, Planned, Served, Site, Why, shown};
use crate::requests::link_name::Link;
use crate::zoho::{self, Basis, Confidence};

/// What to do on every page of Connections.
pub(super) const HOW: &str = "On the page of Connections: pick the service, enter the LinkName, tick the scopes, then Create and Connect. A \
                   scope that the list does not have needs a custom service.";

/// Where the page is, when the product is not known.
pub(super) const WAYS: &str = "Neither their code nor their folder tells in which Zoho product these functions run, and each has Connections of \
                    its own. In CRM: Setup > Developer Hub > Connections; in Desk: Setup > Developer Space > Connections; in \
                    Creator: Microservices; in Books: Connections in the Deluge editor.";

/// The hint for a product whose documentation does not say where the page is.
pub(super) const UNCONFIRMED: &str =
    "Look for Connections under Setup or Settings; the way there is not confirmed by Zoho's documentation.";

/// The checklist.
pub fn render(plan: &Plan, options: Options) -> String {
    let mut out = String::new();
    let to_do: Vec<&Planned> =
        plan.connections.iter().filter(|planned| planned.next_step() != NextStep::Nothing).collect();
    if !to_do.is_empty() {
        prose(&mut out, HOW, options);
        out.push('\n');
    }
    for pool in to_do.chunk_by(|one, two| one.pool == two.pool) {
        heading(&mut out, pool, options);
        for planned in pool {
            connection(&mut out, planned, options);
        }
    }
    if !plan.unseen.is_empty() {
        let _ = writeln!(out, "{}", styled(BOLD, "Not known: the host of these requests"));
        sites(&mut out, plan.unseen.iter(), Options { all: true, ..options });
        prose(
            &mut out,
            "It is known only at run time, or differs from path to path. Find out where each request goes, and name a Connection for it in authshift.toml with `paths` or `default-connection`.",
            options,
        );
        out.push('\n');
    }
    already_there(&mut out, plan, options);
    plan_apps::render(&mut out, &plan.apps, options);
    out
}

/// The checklist of one of several clients, by their folders.
pub fn client(folder: &Path, plan: &Plan, options: Options) -> String {
    let checklist = match render(plan, options) {
        nothing if nothing.is_empty() => "No request needs a Connection.\n\n".to_owned(),
        checklist => checklist,
    };
    format!("{}\n\n{checklist}", styled(BOLD, &format!("== {} ==", printable_path(folder))))
}

/// What there is to do for each client, a line each.
pub fn overview(clients: &[(&Path, Plan)]) -> String {
    let mut out = format!("{}\n", styled(BOLD, "Overview"));
    let names: Vec<String> = clients.iter().map(|(folder, _)| printable_path(folder)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for ((_, plan), name) in clients.iter().zip(&names) {
        let count = |step: NextStep| plan.connections.iter().filter(|planned| planned.next_step() == step).count();
        let tokens: usize = plan.connections.iter().map(Planned::with_token).sum();
        let parts = [
            (count(NextStep::Create), "Connection to create", "Connections to create"),
            (count(NextStep::Extend), "Connection to extend", "Connections to extend"),
            (tokens, "request with a token", "requests with a token"),
            (plan.unseen.len(), "request to a host known only at run time", "requests to hosts known only at run time"),
            (plan.apps.count(), "place of an app with an authtoken", "places of apps with an authtoken"),
        ];
        let said = |(count, one, several): &(usize, &str, &str)| {
            format!("{count} {}", if *count == 1 { one } else { several })
        };
        let parts: Vec<String> = parts.iter().filter(|(count, ..)| *count > 0).map(said).collect();
        let parts = if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") };
        let _ = writeln!(out, "{name:width$}  {parts}");
    }
    out
}

/// The product, and the way to its page of Connections.
fn heading(out: &mut String, connections: &[&Planned], options: Options) {
    let pool = connections.first().and_then(|planned| planned.pool).and_then(product_of);
    let create = connections.iter().any(|planned| planned.next_step() == NextStep::Create);
    let what = if create { "Connections to create" } else { "Connections that need more scopes" };
    let title = match pool {
        Some(product) => format!("{what} in {}", product.title),
        None => what.to_owned(),
    };
    let _ = writeln!(out, "{}", styled(BOLD, &title));
    match pool.map(|product| &product.way) {
        Some(Some(way)) => {
            prose(out, way.clicks, options);
            prose_in(out, DIM, &format!("(according to {})", way.source), options);
        }
        Some(None) => prose(out, UNCONFIRMED, options),
        None => prose(out, WAYS, options),
    }
    let mut pools = connections.iter().flat_map(|planned| &planned.sites).filter_map(|site| site.pool).peekable();
    if pools.peek().is_some() && pools.all(|pool| pool.by == By::Folder) {
        let guessed =
            "Guessed from the folder's name; create the Connections in the product where the functions really run.";
        prose_in(out, DIM, guessed, options);
    }
    out.push('\n');
}

/// A Connection with the requests that are to get it; of one that is there, with its own.
fn connection(out: &mut String, planned: &Planned, options: Options) {
    let (name, step) = (printable(&planned.link.name), planned.next_step());
    let from = match (step, planned.link.why) {
        (NextStep::Extend, _) => " (the code names it already: check that it has these scopes too)",
        (NextStep::Create, Why::Configured) => " (from authshift.toml)",
        (NextStep::Create, _) => " (a suggestion)",
        (NextStep::Nothing, _) => "",
    };
    let mark = if step == NextStep::Nothing { "-" } else { "[ ]" };
    let _ = writeln!(out, "{mark} {}{}", styled(BOLD, &name), styled(DIM, from));
    let counts = |site: &Site| step != NextStep::Extend || site.is_open();
    for served in planned.services() {
        let of =
            |site: &&Site| (site.service, site.data_center) == (served.service, served.data_center) && counts(site);
        match planned.sites.iter().filter(of).count() {
            0 => {}
            count => {
                let _ = writeln!(out, "    {}, {}: {}", served.title(), center(served), counted(count, "request"));
            }
        }
    }
    let sites_of = |chosen: &Chosen| -> Vec<&Site> {
        let sites = chosen.sites.iter().filter_map(|&index| planned.sites.get(index));
        sites.filter(|site| counts(site)).collect()
    };
    let wanted: Vec<(&Chosen, Vec<&Site>)> = planned.scopes.iter().map(|chosen| (chosen, sites_of(chosen))).collect();
    let wanted: Vec<(&Chosen, Vec<&Site>)> = wanted.into_iter().filter(|(_, sites)| !sites.is_empty()).collect();
    if wanted.is_empty() {
        let _ = writeln!(out, "    authshift does not know the scopes; choose those that the requests need.");
        sites(out, planned.sites.iter().filter(|site| counts(site)), options);
    } else {
        // Unbroken, to be copied.
        let scopes: Vec<&str> = wanted.iter().map(|(chosen, _)| chosen.scope.as_str()).collect();
        let _ = writeln!(out, "    Scopes: {}", styled(CYAN, &scopes.join(",")));
    }
    for same in wanted.chunk_by(|(one, _), (two, _)| one.sites == two.sites) {
        for (chosen, _) in same {
            scope(out, chosen, options);
        }
        let needing = same.iter().take(1).flat_map(|(_, sites)| sites.iter().copied());
        sites(out, needing, options);
    }
    if step != NextStep::Nothing {
        let sites: Vec<&Site> = planned.sites.iter().filter(|site| counts(site)).collect();
        for text in notes(planned, &sites) {
            note(out, &text, options);
        }
    }
    out.push('\n');
}

pub(super) fn center(served: Served) -> String {
    served
        .data_center
        .map_or("data centre not known".to_owned(), |center| format!("data centre {}", center.to_uppercase()))
}

/// What is not sure about a scope.
pub(super) fn doubt(chosen: &Chosen) -> Option<&'static str> {
    Some(match (chosen.basis, chosen.confidence) {
        (Basis::Service, _) => "only the service is known",
        (_, Confidence::Memory) => "not confirmed by Zoho's documentation: check it",
        (_, Confidence::Doubtful) => "not certain in Zoho's table",
        (_, Confidence::Inferred) => "guessed from its name: check it",
        (_, Confidence::Secondhand) => "not from Zoho's own documents",
        (Basis::Part, _) => "taken from similar calls",
        _ => return None,
    })
}

fn scope(out: &mut String, chosen: &Chosen, options: Options) {
    let doubt = doubt(chosen).map(|doubt| format!(" ({doubt})")).unwrap_or_default();
    let _ = writeln!(out, "    [ ] {}{}", chosen.scope, styled(DIM, &doubt));
    if !chosen.alternatives.is_empty() {
        let text = format!("or {}", chosen.alternatives.join(", or "));
        for line in wrapped(&text, options.width.saturating_sub(10)) {
            let _ = writeln!(out, "          {}", styled(DIM, &line));
        }
    }
}

/// What a person should know before ticking the boxes for `sites`.
pub(super) fn notes(planned: &Planned, sites: &[&Site]) -> Vec<String> {
    let mut notes = Vec::new();
    if planned.tokens.len() > 1 {
        let mut forms = shown(&planned.tokens);
        let more = if forms.len() > 5 { ", …" } else { "" };
        forms.truncate(5);
        notes.push(format!(
            "its requests used {} different tokens ({}{more}): they may be several users or organisations, and one Connection acts as one user",
            planned.tokens.len(),
            forms.join(", ")
        ));
    }
    match sites.iter().filter(|site| matches!(site.link, Some(Link::Placeholder(_)))).count() {
        0 => {}
        1 => notes.push("1 request has a placeholder where the LinkName belongs".to_owned()),
        count => notes.push(format!("{count} requests have a placeholder where the LinkName belongs")),
    }
    let replaced: BTreeSet<&str> = sites.iter().filter_map(|site| site.replaced).collect();
    for replacement in replaced {
        let count = sites.iter().filter(|site| site.replaced == Some(replacement)).count();
        notes.push(format!(
            "{} to an endpoint that does not exist under OAuth; the scopes are for what replaces it: {replacement}",
            counted(count, "request")
        ));
    }
    match sites.iter().filter(|site| site.assumed_center).count() {
        0 => {}
        count => notes.push(format!(
            "the data centre of {} is known only at run time; the plan assumes the same one",
            counted(count, "request")
        )),
    }
    let served = planned.services();
    let centers: BTreeSet<&str> = served.iter().filter_map(|served| served.data_center).collect();
    if centers.is_empty() {
        notes.push(
            "the data centre is known only at run time; a Connection works in the one in which you create it"
                .to_owned(),
        );
    } else if centers.len() > 1 {
        let centers: Vec<String> = centers.into_iter().map(str::to_uppercase).collect();
        notes.push(format!("a Connection works in one data centre; its requests go to {}", centers.join(" and ")));
    }
    if served.iter().map(|served| served.service).collect::<BTreeSet<_>>().len() > 1 {
        notes.push(
            "it serves several services: Zoho is retiring the service \"Zoho OAuth\" that allowed this; otherwise it needs a custom service"
                .to_owned(),
        );
    }
    notes.extend(of_services(sites));
    notes
}

/// What is known of the services under OAuth.
fn of_services(sites: &[&Site]) -> Vec<String> {
    let services: BTreeSet<&'static str> = sites.iter().filter_map(|site| site.service).collect();
    let is_old =
        |service: &str| sites.iter().any(|site| site.service == Some(service) && !site.address.contains("zohoapis"));
    let (mut moved, mut same) = (Vec::new(), Vec::new());
    for service in services {
        match zoho::under_oauth(service) {
            Some((zoho::UnderOauth::Moved, _)) if is_old(service) => moved.push(zoho::service_title(service)),
            Some((zoho::UnderOauth::Same, Confidence::Memory)) => same.push(zoho::service_title(service)),
            _ => {}
        }
    }
    let mut notes = Vec::new();
    if !moved.is_empty() {
        notes.push(format!(
            "the API of {} has moved to www.zohoapis.*; not confirmed by Zoho's documentation: whether the old address still answers",
            moved.join(" and ")
        ));
    }
    if !same.is_empty() {
        notes.push(format!(
            "not confirmed by Zoho's documentation: whether the endpoints of {} work unchanged with a Connection; try one call first",
            same.join(" and ")
        ));
    }
    notes
}

/// The second section: the requests that have a Connection.
fn already_there(out: &mut String, plan: &Plan, options: Options) {
    let named = |planned: &Planned| planned.sites.iter().filter(|site| !site.is_open()).count();
    let there: Vec<&Planned> = plan.connections.iter().filter(|planned| named(planned) > 0).collect();
    let requests: usize = there.iter().map(|planned| named(planned)).sum::<usize>() + plan.variable.len();
    if requests == 0 {
        return;
    }
    let more = if options.all || there.is_empty() { "" } else { " (-v shows their scopes)" };
    let on = if there.is_empty() { String::new() } else { format!(" on {}", counted(there.len(), "Connection")) };
    let title = styled(BOLD, &format!("Already there: {}{on}", counted(requests, "request")));
    let _ = writeln!(out, "{title}{more}");
    for pool in there.chunk_by(|one, two| one.pool == two.pool) {
        let product = pool.first().and_then(|planned| planned.pool).and_then(product_of);
        let title = product.map_or("In an unknown product", |product| product.title);
        let (before, after) = if options.all { ("\n", "\n") } else { ("  ", "") };
        let _ = writeln!(out, "{before}{title}{after}");
        let width = pool.iter().map(|planned| planned.link.name.chars().count()).max().unwrap_or(0).min(32);
        for planned in pool {
            if options.all && planned.next_step() == NextStep::Nothing {
                connection(out, planned, options);
                continue;
            }
            let served = format!("{} ({})", services(planned), named(planned));
            for (index, line) in wrapped(&served, options.width.saturating_sub(width + 6)).iter().enumerate() {
                let name = if index == 0 { printable(&planned.link.name) } else { String::new() };
                let _ = writeln!(out, "    {name:width$}  {line}");
            }
        }
    }
    if !plan.variable.is_empty() {
        let _ = writeln!(out, "  With a LinkName known only at run time: {}", counted(plan.variable.len(), "request"));
    }
}

/// `Zoho CRM EU US, Zoho Desk EU`
fn services(planned: &Planned) -> String {
    let mut centers: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for site in planned.sites.iter().filter(|site| !site.is_open()) {
        let served = Served { service: site.service, data_center: site.data_center };
        centers.entry(served.title()).or_default().extend(served.data_center.map(str::to_uppercase));
    }
    let shown = centers.iter().map(|(title, centers)| {
        std::iter::once((*title).to_owned()).chain(centers.iter().cloned()).collect::<Vec<_>>().join(" ")
    });
    shown.collect::<Vec<_>>().join(", ")
}
