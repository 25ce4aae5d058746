//! # moved-host
//!
//! a request to an API address that has moved
//!
//! ## What it finds
//! A request to the address where the API of Books, Invoice, Inventory, Billing (once Subscriptions) or Expense used to be,
//! such as `books.zoho.com/api/v3`, when it sends an authtoken or names a Connection.
//!
//! ## Why
//! These APIs moved to one host in each data centre: Books is at `www.zohoapis.com/books/v3`, in Europe at
//! `www.zohoapis.eu/books/v3`. The old address still answers requests of a Connection, but that is from memory, without a
//! source. So are the addresses of Inventory, Billing and Expense; the finding says so.
//!
//! ## Example
//! fixture: E02-host-in-a-variable-path-in-another-text
//!
//! ## Fix safety
//! Only a note without `upgrade-hosts = true` in `authshift.toml`. With it, `fix` replaces the words of the address that
//! changed, in the request or in the variables it is joined from; everything else of the URL stays as it is.
//!
//! Safe when every part of the address can be seen, and nothing but requests to it uses one. Requests that share a part
//! are changed together. A request that sends an authtoken gets the new address after the token went: when that is
//! unsafe, so is this.
//!
//! By hand:
//! - The data centre, or what follows the version, cannot be seen.
//! - A variable with a part of the address is used elsewhere too, in a mail for instance, or by another request.
//! - The address begins with `http://`, or has a user or a port.
//! - The token stays in the request.

use std::sync::Arc;

use super::{Draft, Maker};
use crate::analysis::Call;
use crate::finding::{Applicability, Fix, Rule};
use crate::migrate::hosts::Relocation;
use crate::zoho::{self, Confidence, Moved};

pub(super) fn report(maker: &mut Maker<'_>, call: &Call, relocation: &Relocation) {
    let Relocation { moved, range, change } = relocation;
    let [first, others @ ..] = moved.as_slice() else { return };
    let fix = (change.applicability != Applicability::Manual)
        // With a token in the request, the new address has to wait until that is gone.
        .then(|| Fix {
            message: becomes(moved).into(),
            edits: Arc::clone(&change.edits),
            alone: call.occurrences().next().is_none().then(|| Arc::clone(&change.edits)),
        });
    let mut notes: Vec<String> = others.iter().map(|other| format!("on another path, {}", says(other))).collect();
    match change.applicability {
        Applicability::Safe => notes.push(becomes(moved)),
        Applicability::Unsafe => {
            notes.push(format!("{} with --unsafe-fixes", becomes(moved)));
            notes.extend(change.reasons.iter().map(|reason| reason.to_string()));
        }
        Applicability::Manual => notes.extend(change.reasons.iter().map(|reason| reason.to_string())),
    }
    notes.extend(marks(moved));
    let draft = Draft {
        rule: Rule::MovedHost,
        applicability: change.applicability,
        range: *range,
        message: says(first),
        notes,
    };
    maker.add(draft, Some(call), fix);
}

fn says(moved: &Moved) -> String {
    let center = moved.data_center.map_or(", same data centre".to_owned(), |center| format!(" ({center})"));
    format!("the API of {} moved from {} to {}{center}", zoho::service_title(moved.service), moved.old, moved.new)
}

fn becomes(moved: &[Moved]) -> String {
    let addresses: Vec<&str> = moved.iter().map(|moved| moved.new.as_str()).collect();
    format!("the address becomes {}", addresses.join(" or "))
}

/// What has no source, for people who want to look it up.
fn marks(moved: &[Moved]) -> Vec<String> {
    let under_oauth = "the old one still answers requests of a Connection";
    let mut marks = vec![if moved.iter().all(|moved| moved.confidence != Confidence::Memory) {
        format!("from memory, without a source: {under_oauth}")
    } else {
        format!(
            "from memory, without a source: both addresses, and that {under_oauth}; look them up in the documentation of the API"
        )
    }];
    if moved.iter().any(|moved| moved.inferred) {
        marks.push("no source names the API host of this data centre; it is inferred from the others".to_owned());
    }
    marks
}
