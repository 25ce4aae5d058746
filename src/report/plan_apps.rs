//! The plan's section for apps in other languages.

use std::fmt::Write as _;

use super::plan_text::{Options, field, note, prose, sites};
use super::{BOLD, CYAN, counted, printable, printable_path, styled};
use crate::plan::Site;
use crate::plan::apps::{AppPlanned, Apps, Client};
use crate::zoho::{self, Confidence, UnderOauth};

/// Prints the section; nothing where there are no apps.
pub(super) fn render(out: &mut String, apps: &Apps, options: Options) {
    if apps.count() == 0 {
        return;
    }
    let _ = writeln!(out, "{}", styled(BOLD, "Apps that send authtokens by themselves"));
    prose(
        out,
        "An app has no Connection. Register a client in the Zoho API console (api-console.zoho.com, or that of the data \
         centre), and have the app get access tokens from a refresh token; `authshift explain authtoken-in-app` shows how.",
        options,
    );
    out.push('\n');
    for planned in &apps.services {
        service(out, planned, options);
    }
    if !apps.settings.is_empty() {
        let _ = writeln!(out, "[ ] {}", styled(BOLD, "Settings to replace"));
        let _ = writeln!(out, "    by a client id, a client secret and a refresh token:");
        for setting in &apps.settings {
            let place = format!("{}:{}", printable_path(&setting.path), setting.position.line);
            let _ = writeln!(out, "        {place}  {}", printable(&setting.name));
        }
        out.push('\n');
    }
    if !apps.generation.is_empty() {
        let _ =
            writeln!(out, "[ ] {}", styled(BOLD, "Calls to delete: they make authtokens, with somebody's password"));
        for (path, position) in &apps.generation {
            let _ = writeln!(out, "        {}:{}", printable_path(path), position.line);
        }
        out.push('\n');
    }
    let _ = writeln!(out, "{}", styled(BOLD, "Two ways to the first refresh token"));
    prose(
        out,
        "1. While the authtoken still works: exchange it (authtooauth); `authshift exchange` prepares that.",
        options,
    );
    prose(
        out,
        "2. Else: an authorization code. For a self client, Generate Code in the API console with the scopes above; for a \
         web-based client, each user agrees once.",
        options,
    );
    out.push('\n');
}

/// The kind of client to register.
pub(super) fn client(client: Client) -> &'static str {
    match client {
        Client::SelfClient => "self client (if each user has a token of their own: web-based)",
        Client::Web => "web-based: the app makes authtokens for its users",
    }
}

fn service(out: &mut String, planned: &AppPlanned, options: Options) {
    let center = match planned.data_center {
        Some(center) => format!("data centre {}", center.to_uppercase()),
        None => "data centre not known".to_owned(),
    };
    let _ = writeln!(out, "[ ] {}", styled(BOLD, &format!("{}, {center}", planned.title())));
    field(out, "Client", client(planned.client), options);
    if let Some(soid) = planned.soid() {
        field(out, "soid", &format!("{soid} (for authtooauth)"), options);
    }
    if planned.scopes.is_empty() {
        field(out, "Scopes", "not known: choose those that the places below need", options);
    } else {
        field(out, "Scopes", &counted(planned.scopes.len(), "scope"), options);
    }
    for chosen in &planned.scopes {
        let _ = writeln!(out, "    [ ] {}", styled(CYAN, &chosen.scope));
    }
    sites(out, planned.sites.iter().filter(|site| site.carries), options);
    for text in notes(planned) {
        note(out, &text, options);
    }
    out.push('\n');
}

/// What a person should know of the places of one service.
pub(super) fn notes(planned: &AppPlanned) -> Vec<String> {
    let mut notes = Vec::new();
    let dead: Vec<&Site> = planned.sites.iter().filter(|site| site.replaced.is_some()).collect();
    let mut replaced: Vec<&str> = dead.iter().filter_map(|site| site.replaced).collect();
    replaced.sort_unstable();
    replaced.dedup();
    for replacement in replaced {
        let places = dead.iter().filter(|site| site.replaced == Some(replacement));
        let places: Vec<String> =
            places.map(|site| format!("{}:{}", printable_path(&site.path), site.position.line)).collect();
        let (shown, more) = match places.as_slice() {
            [first, second, third, more @ ..] if !more.is_empty() => {
                (format!("{first}, {second}, {third}"), format!(" and {} more", more.len()))
            }
            all => (all.join(", "), String::new()),
        };
        notes.push(format!("{shown}{more}: does not exist under OAuth; {}", zoho::without_task(replacement)));
    }
    if planned.data_center.is_none() {
        notes.push(
            "the data centre is known only at run time; take it from `api_domain` in the answer of the token request"
                .to_owned(),
        );
    }
    let old = planned.sites.iter().any(|site| !site.address.contains("zohoapis"));
    if let Some((UnderOauth::Moved, confidence)) = planned.service.and_then(zoho::under_oauth).filter(|_| old) {
        let doubt = if confidence == Confidence::Memory {
            "; whether its old address still answers is not confirmed by Zoho's documentation"
        } else {
            ""
        };
        notes.push(format!("the API has moved to www.zohoapis.*{doubt}"));
    }
    notes
}
