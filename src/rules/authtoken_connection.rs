//! # authtoken-connection
//!
//! a Connection that sends an authtoken
//!
//! ## What it finds
//! Every use of a Connection that `authshift.toml` marks with `authtoken-based = true`: in requests, integration tasks
//! and widgets.
//!
//! ## Why
//! Such a Connection sends an authtoken, although the code shows none. Zoho shows it as "Expiring Soon".
//!
//! ## Fix safety
//! Never fixed: the Connection has to change, not the code.
//!
//! By hand, in the Zoho product in which the function runs:
//! - Open the Connection on the Connections page and click "Migrate To OAuth".
//! - Choose the scopes. The finding names those that the call needs, as far as they are known.
//! - Click "Update".
//! - Did it get another LinkName? List it in `[renamed-connections]` and run `authshift fix`. Then remove
//!   `authtoken-based` from `authshift.toml`.

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{AnyFile, Look};
use super::sink::{FindingSink, NewFinding};
use crate::deluge::NodeId;
use crate::finding::{Applicability, Rule, Severity};
use crate::requests::call::Call;
use crate::requests::link::{Caller, Certainty, Link};
use crate::zoho;

pub(super) static RULE: Declaration = Declaration {
    place: 160,
    severity: Severity::Warning,
    fixable: Fixable::No,
    comments: true,
    needs: &[&[Sign::Watched], &[Sign::Manifest]],
    weakness: None,
    example: example!("R06-authtoken-based-connection.page", "before.deluge"),
    looks: &[Look::AnyFile(report)],
};

fn report(sink: &mut FindingSink<'_>, file: &AnyFile<'_>) {
    let config = sink.config;
    // Where the code is to name another Connection, this one does not matter any more.
    let concern_us = |link: &&Link| config.is_authtoken_based(&link.name) && !config.renamed().contains_key(&link.name);
    // Both stand in text order.
    let call_of = |node: NodeId| {
        let at = file.concerns.binary_search_by_key(&node, |concern| concern.call.request.node).ok()?;
        file.concerns.get(at).map(|concern| &*concern.call)
    };
    for link in file.links.iter().filter(concern_us) {
        let call = match &link.caller {
            Some(Caller::Request(node)) => call_of(*node),
            _ => None,
        };
        let new = NewFinding {
            rule: Rule::AuthtokenConnection,
            applicability: Applicability::Manual,
            range: link.range,
            message: format!(
                "the Connection \"{}\" uses an authtoken itself; Zoho shows it as \"Expiring Soon\"",
                link.name
            ),
            notes: notes(sink, link, call),
        };
        if sink.add(new, call, None) {
            sink.amend(|diagnosis| diagnosis.connection = Some(link.name.as_str().into()));
        }
    }
}

fn notes(sink: &mut FindingSink<'_>, link: &Link, call: Option<&Call>) -> Vec<String> {
    let mut notes = vec![
        "on the Connections page of the Zoho product where this runs, open it, click \"Migrate To OAuth\", choose the scopes and click \"Update\""
            .to_owned(),
    ];
    let scopes = call.map(|call| sink.scopes(call)).unwrap_or_default();
    if !scopes.is_empty() {
        notes.push(format!("this call needs the scopes {}", scopes.join(", ")));
    }
    if let Some(Caller::Task(name)) = &link.caller
        && let Some(page) = zoho::task(name).and_then(zoho::Task::page)
    {
        notes.push(format!("{page} lists the scopes that `{name}` needs"));
    }
    notes.push(
        "if its LinkName changes there, add the old and the new one to [renamed-connections] in authshift.toml"
            .to_owned(),
    );
    if let Certainty::Doubtful(reason) = &link.certainty {
        notes.push(format!("this may be something else: {reason}"));
    }
    notes
}
