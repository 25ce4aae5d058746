//! The plan as a checklist for a person.

use std::fmt::Write as _;

use super::plan_apps;
use super::{BOLD, CYAN, DIM, WARNING, counted, printable, printable_path, styled, wrapped};
use crate::plan::pool::Pool;
use crate::plan::{Chosen, Plan, Planned, Site, Why};
use crate::zoho::{self, Basis, Confidence};

/// How many of its call sites are shown with a scope, unless all are asked for.
const MOST_SITES: usize = 4;

/// Where a Connection is made. The menu's names are those of CRM and Desk; other products have others.
const CLICKS: &str = "In each product: Setup (or Settings) > Developer Space (or Developer Hub) > Connections > Create \
                      Connection; pick the service, enter the name, tick the scopes, then Create and Connect. A scope that \
                      the list does not have needs a custom service.";

/// How to print it.
#[derive(Clone, Copy)]
pub struct Options {
    /// Columns.
    pub width: usize,
    /// Whether to list every call site.
    pub all: bool,
}

/// The checklist.
pub fn render(plan: &Plan, options: Options) -> String {
    let mut out = String::new();
    if !plan.connections.is_empty() {
        prose(&mut out, CLICKS, options);
        out.push('\n');
    }
    let mut pool = None;
    for planned in &plan.connections {
        if pool != Some(planned.pool) {
            pool = Some(planned.pool);
            heading(&mut out, planned, options);
        }
        connection(&mut out, planned, options);
    }
    if !plan.unseen.is_empty() {
        let _ = writeln!(out, "{}", styled(BOLD, "Not known: the host of these requests cannot be seen"));
        sites(&mut out, plan.unseen.iter(), Options { all: true, ..options });
        prose(
            &mut out,
            "Look where each goes. Give it a Connection in authshift.toml by `paths`, or by `default-connection`.",
            options,
        );
        out.push('\n');
    }
    plan_apps::render(&mut out, &plan.apps, options);
    out
}

fn heading(out: &mut String, planned: &Planned, options: Options) {
    let title = match planned.pool {
        Some(pool) => format!("Connections to create in {}", zoho::service_title(pool)),
        None => "Connections to create in the Zoho product in which these functions run".to_owned(),
    };
    let _ = writeln!(out, "{}", styled(BOLD, &title));
    let by = planned.sites.iter().find_map(|site| site.pool);
    let told = match by {
        Some(Pool { by: crate::plan::pool::By::Code, .. }) => "The code tells that these functions run there.",
        Some(_) => "Their folder is called after it; if they run elsewhere, create them there.",
        None => "Neither their code nor their folder tells which; each product has Connections of its own.",
    };
    prose(out, told, options);
    out.push('\n');
}

fn connection(out: &mut String, planned: &Planned, options: Options) {
    let center = match planned.data_center {
        Some(center) => format!("data centre {}", center.to_uppercase()),
        None => "data centre not known".to_owned(),
    };
    let _ = writeln!(out, "[ ] {}", styled(BOLD, &format!("{}, {center}", planned.title())));
    field(out, "Service", planned.title(), options);
    let name = &planned.link.name;
    let link = match planned.link.why {
        Why::Named => format!("{name} (the code names it already; it may exist)"),
        Why::Configured => format!("{name} (from authshift.toml)"),
        Why::Suggested => {
            format!("{name} (a suggestion: name the Connection so)")
        }
    };
    field(out, "LinkName", &link, options);
    if planned.scopes.is_empty() {
        field(out, "Scopes", "not known: choose them by the requests below", options);
        sites(out, planned.sites.iter(), options);
    } else {
        field(out, "Scopes", &counted(planned.scopes.len(), "scope"), options);
    }
    for chosen in &planned.scopes {
        scope(out, planned, chosen, options);
    }
    for text in notes(planned) {
        note(out, &text, options);
    }
    out.push('\n');
}

fn scope(out: &mut String, planned: &Planned, chosen: &Chosen, options: Options) {
    let doubt = match (chosen.basis, chosen.confidence) {
        (Basis::Service, _) => " (only the service is known)",
        (_, Confidence::Memory) => " (from memory: check it)",
        (_, Confidence::Doubtful) => " (doubtful in Zoho's table)",
        (Basis::Part, _) => " (path not known whole)",
        _ => "",
    };
    let _ = writeln!(out, "      [ ] {}{}", styled(CYAN, &chosen.scope), styled(DIM, doubt));
    if !chosen.alternatives.is_empty() {
        let text = format!("or {}", chosen.alternatives.join(", or "));
        for line in wrapped(&text, options.width.saturating_sub(12)) {
            let _ = writeln!(out, "            {}", styled(DIM, &line));
        }
    }
    sites(out, chosen.sites.iter().filter_map(|&index| planned.sites.get(index)), options);
}

pub(super) fn sites<'s>(out: &mut String, sites: impl Iterator<Item = &'s Site>, options: Options) {
    let sites: Vec<&Site> = sites.collect();
    let shown = if options.all { sites.len() } else { MOST_SITES.min(sites.len()) };
    for site in sites.iter().take(shown) {
        let place = format!("{}:{}", printable_path(&site.path), site.position.line);
        let call = format!("{} {}", site.method.unwrap_or("?"), printable(&site.address).replace('\n', " "));
        let line = format!("{place}  {call}");
        let room = options.width.saturating_sub(10);
        if line.chars().count() <= room {
            let _ = writeln!(out, "          {place}  {}", styled(DIM, &call));
        } else {
            let short: String = call.chars().take(room.saturating_sub(5)).collect();
            let cut = if short.len() < call.len() { "…" } else { "" };
            let _ = writeln!(out, "          {place}\n              {}", styled(DIM, &format!("{short}{cut}")));
        }
    }
    if shown < sites.len() {
        let _ = writeln!(out, "          and {} more (-v lists them all)", sites.len() - shown);
    }
}

/// What a person should know before ticking the boxes.
fn notes(planned: &Planned) -> Vec<String> {
    let mut notes = Vec::new();
    match planned.tokens.len() {
        0 => {}
        1 => notes.push("its requests used one token".to_owned()),
        count => {
            let shown: Vec<&str> = planned.tokens.iter().take(5).map(|token| token.shown.as_str()).collect();
            let more = if count > shown.len() { ", …" } else { "" };
            notes.push(format!(
                "its requests used {count} different tokens ({}{more}): they may be several users or organisations, and one Connection acts as one user",
                shown.join(", ")
            ));
        }
    }
    let mut replaced: Vec<&str> = planned.sites.iter().filter_map(|site| site.replaced).collect();
    replaced.sort_unstable();
    replaced.dedup();
    for replacement in replaced {
        let count = planned.sites.iter().filter(|site| site.replaced == Some(replacement)).count();
        notes.push(format!(
            "{} to an endpoint that does not exist under OAuth; the scopes are those of what replaces it: {replacement}",
            counted(count, "request")
        ));
    }
    if planned.assumed_center > 0 {
        notes.push(format!(
            "the data centre of {} cannot be seen; it is taken to be the same",
            counted(planned.assumed_center, "request")
        ));
    }
    if planned.data_center.is_none() {
        notes
            .push("the data centre cannot be seen in the code; a Connection works in the one it is made in".to_owned());
    }
    if !planned.others.is_empty() {
        let others: Vec<&str> = planned.others.iter().map(String::as_str).collect();
        notes.push(format!("requests to the same service also name: {}", others.join(", ")));
    }
    let old = planned.sites.iter().any(|site| !site.address.contains("zohoapis"));
    match planned.service.and_then(zoho::under_oauth) {
        Some((zoho::UnderOauth::Moved, _)) if old => {
            notes.push(
                "the API has moved to www.zohoapis.*; that its old address still answers is from memory".to_owned(),
            );
        }
        Some((zoho::UnderOauth::Same, Confidence::Memory)) => {
            notes.push(
                "that its endpoints work unchanged with a Connection is from memory; try one call first".to_owned(),
            );
        }
        _ => {}
    }
    notes
}

pub(super) fn field(out: &mut String, name: &str, value: &str, options: Options) {
    let lines = wrapped(&printable(value), options.width.saturating_sub(16));
    for (index, line) in lines.iter().enumerate() {
        let label = if index == 0 { name } else { "" };
        let _ = writeln!(out, "      {label:8}  {line}");
    }
}

pub(super) fn note(out: &mut String, text: &str, options: Options) {
    for (index, line) in wrapped(&printable(text), options.width.saturating_sub(12)).iter().enumerate() {
        let label = if index == 0 { styled(WARNING, "note:") } else { "     ".to_owned() };
        let _ = writeln!(out, "      {label} {line}");
    }
}

pub(super) fn prose(out: &mut String, text: &str, options: Options) {
    for line in wrapped(text, options.width) {
        let _ = writeln!(out, "{line}");
    }
}
