//! # legacy-endpoint
//!
//! ## What it finds
//! A request with an authtoken to an endpoint that does not exist under OAuth (facts 4.2 and 4.3).
//!
//! ## Why
//! A Connection alone does not make the call work: path, parameters and answer are different in the API that replaces it.
//!
//! ## Fix safety
//! The new call is never written for you. `--unsafe-fixes` takes the token out and puts the connection in; the call stays
//! broken until it is moved to the new API, and this finding stays.

use super::{Draft, Maker};
use crate::analysis::Call;
use crate::finding::{Applicability, Rule};
use crate::inspect::Inspection;
use crate::migrate::Transaction;

pub(super) fn report(maker: &mut Maker<'_>, inspection: &Inspection<'_>, call: &Call, transaction: &Transaction) {
    let Some(endpoint) = transaction.legacy else { return };
    let range = call.request.url.map_or(call.request.range, |slot| inspection.context.tree.range(slot.value));
    let draft = Draft {
        rule: Rule::LegacyEndpoint,
        applicability: Applicability::Manual,
        range,
        message: "this endpoint does not exist under OAuth; a connection alone will not make the call work".to_owned(),
        notes: vec![format!("it is replaced: {}", endpoint.replacement)],
    };
    maker.add(draft, Some(call), None);
}
