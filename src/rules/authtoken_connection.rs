//! # authtoken-connection
//!
//! ## What it finds
//! A use of a Connection that `authshift.toml` marks `authtoken-based = true`, in a request, an integration task or a widget.
//!
//! ## Why
//! Such a Connection sends an authtoken itself, out of sight of the code. Zoho shows it as "Expiring Soon".
//!
//! ## Example
//! fixture: R06-authtoken-based-connection
//!
//! ## Fix safety
//! Not fixed: the Connection has to change, not the code. Open it on the Connections page of the product, click "Migrate To
//! OAuth", choose the scopes and click "Update". If it gets another LinkName on the way, list that in `[renamed-connections]`.

use std::collections::HashMap;

use super::{Draft, Maker};
use crate::analysis::Call;
use crate::finding::{Applicability, Rule};
use crate::inspect::Concern;
use crate::links::{Caller, Certainty, Link};
use crate::syntax::NodeId;
use crate::zoho;

pub(super) fn report(maker: &mut Maker<'_>, uses: &[Link], concerns: &[Concern]) {
    let config = maker.config;
    // Where the code is to name another Connection, this one does not matter any more.
    let concern_us = |link: &&Link| config.is_authtoken_based(&link.name) && !config.renamed().contains_key(&link.name);
    let calls: HashMap<NodeId, &Call> =
        concerns.iter().map(|concern| (concern.call.request.node, &concern.call)).collect();
    for link in uses.iter().filter(concern_us) {
        let call = match &link.caller {
            Some(Caller::Request(node)) => calls.get(node).copied(),
            _ => None,
        };
        let draft = Draft {
            rule: Rule::AuthtokenConnection,
            applicability: Applicability::Manual,
            range: link.range,
            message: format!(
                "the Connection \"{}\" uses an authtoken itself; Zoho shows it as \"Expiring Soon\"",
                link.name
            ),
            notes: notes(maker, link, call),
        };
        if let Some(finding) = maker.add(draft, call, None) {
            finding.connection = Some(link.name.clone());
        }
    }
}

fn notes(maker: &Maker<'_>, link: &Link, call: Option<&Call>) -> Vec<String> {
    let mut notes = vec![
        "open it on the Connections page of the Zoho product this runs in: \"Migrate To OAuth\", choose the scopes, \"Update\""
            .to_owned(),
    ];
    let scopes = call.map(|call| maker.scopes(call)).unwrap_or_default();
    if !scopes.is_empty() {
        notes.push(format!("this call needs the scopes {}", scopes.join(", ")));
    }
    if let Some(Caller::Task(name)) = &link.caller
        && let Some(page) = zoho::task(name).and_then(zoho::Task::page)
    {
        notes.push(format!("the scopes that `{name}` needs stand on {page}"));
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
