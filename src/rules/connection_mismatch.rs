//! # connection-mismatch
//!
//! not the Connection that is configured
//!
//! ## What it finds
//! A request that names another Connection than `authshift.toml` has for it, whether or not it still sends an authtoken.
//! Without an authtoken, `default-connection` does not count.
//!
//! A LinkName that is also listed for the request, for several services, or as the default is right, and a placeholder
//! has a rule of its own, `connection-placeholder`.
//!
//! ## Why
//! Each product has its own pool of Connections. A LinkName that was copied from another product does not exist in this
//! one, and the call fails: "Connection Name was not found".
//!
//! ## Fix safety
//! The LinkName is not edited: only you know which of the two is right. A token in the request is still removed.
//!
//! By hand: correct the LinkName in the function, or the entry in `authshift.toml`. If both are right, because a
//! service has several Connections, list the other one with `insert = false`, or tell their entries apart by `paths` or
//! `url`.

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{Look, Script};
use super::sink::{FindingSink, NewFinding};
use crate::finding::{Applicability, Rule, Severity};
use crate::migrate::Transaction;
use crate::requests::call::Call;

pub(super) static RULE: Declaration = Declaration {
    place: 120,
    severity: Severity::Warning,
    fixable: Fixable::No,
    comments: true,
    needs: &[&[Sign::OtherConnection]],
    weakness: None,
    example: example!("C03-another-link-name-and-no-token.page", "before.deluge"),
    looks: &[Look::Migration(report)],
};

fn report(sink: &mut FindingSink<'_>, script: &Script<'_, '_>, call: &Call, transaction: &Transaction) {
    let (Some(configured), Some(slot)) = (&transaction.mismatch, call.request.connection) else { return };
    let named = transaction.connection.as_deref().unwrap_or("");
    let new = NewFinding {
        rule: Rule::ConnectionMismatch,
        applicability: Applicability::Manual,
        range: script.inspection.context.tree.range(slot.attribute.unwrap_or(slot.value)),
        message: format!("the request names the Connection \"{named}\", but authshift.toml has \"{configured}\" for it"),
        notes: vec!["correct the LinkName here or in authshift.toml; if both are right, list this one there with `insert = false`".to_owned()],
    };
    sink.add(new, Some(call), None);
}
