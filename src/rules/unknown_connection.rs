//! # unknown-connection
//!
//! a LinkName that is not configured
//!
//! ## What it finds
//! A request to Zoho that names a Connection which neither `authshift.toml` nor the extension's `plugin-manifest.json` has.
//! Without any `[[connection]]` in the configuration nothing is reported; a `default-connection` alone is no list.
//!
//! ## Why
//! A LinkName that does not exist fails only when the function runs: "Connection Name was not found". It is most often
//! misspelt, or copied from another product, which has Connections of its own.
//!
//! ## Fix safety
//! Not fixed: correct the LinkName in the function, or add the Connection to `authshift.toml`.

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{Look, Script};
use super::sink::{FindingSink, NewFinding};
use crate::finding::{Applicability, Rule, Severity};
use crate::inspect::Concern;
use crate::requests::bindings::plain_string;
use crate::requests::link_name::is_placeholder;

pub(super) static RULE: Declaration = Declaration {
    place: 130,
    severity: Severity::Warning,
    fixable: Fixable::No,
    comments: true,
    needs: &[&[Sign::OtherConnection], &[Sign::Connection, Sign::Listed]],
    weakness: None,
    example: example!("K02-unknown-link-name.page", "before.deluge"),
    looks: &[Look::Request(report)],
};

fn report(sink: &mut FindingSink<'_>, script: &Script<'_, '_>, concern: &Concern) {
    let context = script.inspection.context;
    let Some(slot) = concern.call.request.connection else { return };
    let Some(named) = plain_string(context.text, context.tree, slot.value).filter(|named| !named.is_empty()) else {
        return;
    };
    // What is a placeholder is reported as one.
    if is_placeholder(named) {
        return;
    }
    let config = sink.config;
    let mismatch = concern.transaction.as_ref().is_some_and(|transaction| transaction.mismatch.is_some());
    // The manifest has it, or lacks it, which is reported as such.
    if script.extension.is_some_and(|extension| extension.knows(named) || extension.lacks(named)) {
        return;
    }
    // What is reported as another Connection than the configured one, or as a renamed one, needs no second word.
    if !config.lists_connections() || config.knows_link(named) || config.renamed().contains_key(named) || mismatch {
        return;
    }
    let near = config.nearest_link(named).map(|near| format!("did you mean \"{near}\"?"));
    let add = "correct the LinkName, or add a [[connection]] with it to authshift.toml".to_owned();
    let new = NewFinding {
        rule: Rule::UnknownConnection,
        applicability: Applicability::Manual,
        range: context.tree.range(slot.attribute.unwrap_or(slot.value)),
        message: format!("authshift.toml does not have the Connection \"{named}\""),
        notes: near.into_iter().chain([add]).collect(),
    };
    sink.add(new, Some(&concern.call), None);
}
