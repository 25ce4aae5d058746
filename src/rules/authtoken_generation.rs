//! # authtoken-generation
//!
//! ## What it finds
//! A call to `accounts.zoho.*/apiauthtoken/…`, which made authtokens.
//!
//! ## Why
//! The endpoint is gone. Nothing replaces it: a Connection makes its own access tokens.
//!
//! ## Fix safety
//! Never fixed: whoever reads the answer has to be changed as well.
//!
//! The exchange of an authtoken for an OAuth token (`…/authtooauth`) is left alone as well: it is meant to send one.

use super::{Draft, Maker};
use crate::analysis::Call;
use crate::finding::{Applicability, Rule};
use crate::inspect::Inspection;
use crate::migrate::Transaction;
use crate::zoho::LegacyKind;

pub(super) fn report(maker: &mut Maker<'_>, inspection: &Inspection<'_>, call: &Call, transaction: &Transaction) {
    let Some(endpoint) = transaction.legacy.filter(|endpoint| endpoint.kind == LegacyKind::Generation) else { return };
    let range = call.request.url.map_or(call.request.range, |slot| inspection.context.tree.range(slot.value));
    let draft = Draft {
        rule: Rule::AuthtokenGeneration,
        applicability: Applicability::Manual,
        range,
        message: "this call makes an authtoken; the endpoint does not exist any more".to_owned(),
        notes: vec![endpoint.replacement.to_owned()],
    };
    maker.add(draft, Some(call), None);
}
