//! # connection-mismatch
//!
//! ## What it finds
//! A request that sends an authtoken and names another Connection than `authshift.toml` has for it.
//!
//! ## Why
//! Each product has its own pool of Connections; a LinkName copied from another product does not exist in this one.
//!
//! ## Fix safety
//! The token still goes. The LinkName is not edited: only you know which of the two is right.

use super::{Draft, Maker};
use crate::analysis::Call;
use crate::finding::{Applicability, Rule};
use crate::inspect::Inspection;
use crate::migrate::Transaction;

pub(super) fn report(maker: &mut Maker<'_>, inspection: &Inspection<'_>, call: &Call, transaction: &Transaction) {
    let (Some(configured), Some(slot)) = (&transaction.mismatch, call.request.connection) else { return };
    let named = transaction.connection.as_deref().unwrap_or("");
    let draft = Draft {
        rule: Rule::ConnectionMismatch,
        applicability: Applicability::Manual,
        range: inspection.context.tree.range(slot.attribute.unwrap_or(slot.value)),
        message: format!("the request names the Connection \"{named}\", the configuration has \"{configured}\" for it"),
        notes: vec!["correct the one that is wrong".to_owned()],
    };
    maker.add(draft, Some(call), None);
}
