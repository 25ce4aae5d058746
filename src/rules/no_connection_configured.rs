//! # no-connection-configured
//!
//! ## What it finds
//! A request with an authtoken, or with an access token made by hand, for which `authshift.toml` names no Connection.
//!
//! ## Why
//! The request can only be fixed when the LinkName of the Connection that takes over is known.
//!
//! ## Fix safety
//! Nothing is edited until the configuration names a Connection; then the request's own findings say what is.

use super::{Draft, Maker, destination};
use crate::analysis::Call;
use crate::finding::{Applicability, Rule, Severity};
use crate::migrate::Transaction;
use crate::source::TextRange;

pub(super) fn report(maker: &mut Maker<'_>, call: &Call, transaction: &Transaction) {
    if !transaction.unconfigured {
        return;
    }
    let what = match call.service() {
        Some(service) => format!("service = \"{service}\""),
        None => "a `url` or `paths` that fits".to_owned(),
    };
    let start = call.request.range.start();
    let draft = Draft {
        rule: Rule::NoConnectionConfigured,
        applicability: Applicability::Manual,
        range: TextRange::new(start, start + call.request.form.word().len()),
        message: format!("no Connection is configured for {}", destination(call)),
        notes: vec![format!(
            "create the Connection in the Zoho product this function belongs to, then add a [[connection]] with link-name = \"its LinkName\" and {what} to authshift.toml"
        )],
    };
    // Of an access token made by hand, which still works, the finding itself is no more than a warning.
    let expired = call.occurrences().any(|occurrence| occurrence.access.is_none());
    maker.add_at_most(draft, Some(call), None, if expired { Severity::Error } else { Severity::Warning });
}
