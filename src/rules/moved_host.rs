//! # moved-host
//!
//! a request to an address that moved
//!
//! ## What it finds
//! A request that sends an authtoken or names a Connection, to an address that its API has left:
//!
//! - Books, Invoice, Inventory, Billing (once Subscriptions) and Expense at their own hosts, such as `books.zoho.com/api/v3`.
//! - CRM from version 2.1 on at its own host, such as `crm.zoho.com/crm/v3`. This one is a warning: Zoho answers with
//!   `INVALID_HOST`.
//! - Creator's API v2 at `creator.zoho.com/api/v2`, and Analytics at `reportsapi.zoho.com/api`.
//!
//! ## Why
//! These APIs moved to one host in each data centre: Books is at `www.zohoapis.com/books/v3`, in Europe at
//! `www.zohoapis.eu/books/v3`, CRM at `www.zohoapis.com/crm/v3`. Analytics is at `analyticsapi.zoho.com/api`; its API v2,
//! with other paths and answers, at `analyticsapi.zoho.com/restapi/v2`.
//!
//! CRM's old address refuses every call. Zoho's documentation does not confirm that the others still answer requests of a
//! Connection, nor the addresses of Inventory, Billing, Expense and Analytics; the finding says so.
//!
//! ## Fix safety
//! Only reported without `upgrade-hosts = true` in `authshift.toml`. With it, `fix` replaces the words of the address that
//! changed, in the request or in the variables that it is joined from; the rest of the URL stays as it is.
//!
//! Safe when every part of the address is in the code, and only requests to it use the part. Requests that share a part
//! are changed together. A request that sends an authtoken gets the new address after the token is removed: when that is
//! unsafe, so is this.
//!
//! By hand:
//! - The data centre, or what follows the version, is known only at run time.
//! - A variable with a part of the address is used elsewhere too, in a mail for instance, or by another request.
//! - The address begins with `http://`, or has a user or a port.
//! - It is Creator's: Zoho's documentation does not say whether the new address knows the same accounts.
//! - The token stays in the request.

use std::sync::Arc;

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{Look, Script};
use super::sink::{FindingSink, NewFinding};
use crate::finding::{Applicability, Fix, Rule, Severity, WITH_UNSAFE_FIXES};
use crate::inspect::Concern;
use crate::migrate::hosts::Relocation;
use crate::zoho::{self, Confidence, Moved, OldAddress};

pub(super) static RULE: Declaration = Declaration {
    place: 100,
    severity: Severity::Note,
    fixable: Fixable::InPart("with `upgrade-hosts = true` in `authshift.toml`"),
    comments: true,
    needs: &[
        &[Sign::Moved, Sign::OldPath, Sign::Token],
        &[Sign::Moved, Sign::OldPath, Sign::Header],
        &[Sign::Moved, Sign::OldPath, Sign::Connection],
    ],
    weakness: None,
    example: example!("E02-host-in-a-variable-path-in-another-text.page", "before.deluge", "after.deluge"),
    looks: &[Look::Request(report)],
};

fn report(sink: &mut FindingSink<'_>, _: &Script<'_, '_>, concern: &Concern) {
    let call = &concern.call;
    let Some(Relocation { moved, range, change }) = concern.relocation.as_deref() else { return };
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
            notes.push(format!("{WITH_UNSAFE_FIXES}{}", becomes(moved)));
            notes.extend(change.reasons.iter().map(|reason| reason.to_string()));
        }
        Applicability::Manual => notes.extend(change.reasons.iter().map(|reason| reason.to_string())),
    }
    notes.extend(marks(moved));
    let new = NewFinding {
        rule: Rule::MovedHost,
        applicability: change.applicability,
        range: *range,
        message: says(first),
        notes,
    };
    let refuses = moved.iter().any(|moved| moved.old_one == OldAddress::Refuses);
    if sink.add_at(new, Some(call), fix, if refuses { Severity::Warning } else { Severity::Note }) {
        let reasons = sink.because(change);
        sink.amend(|diagnosis| diagnosis.reasons = reasons);
    }
}

fn says(moved: &Moved) -> String {
    let center = moved.data_center.map_or(", same data centre".to_owned(), |center| format!(" ({center})"));
    let refuses = if moved.old_one == OldAddress::Refuses { "; the old address refuses with INVALID_HOST" } else { "" };
    format!(
        "the API of {} moved from {} to {}{center}{refuses}",
        zoho::service_title(moved.service),
        moved.old,
        moved.new
    )
}

fn becomes(moved: &[Moved]) -> String {
    let addresses: Vec<&str> = moved.iter().map(|moved| moved.new.as_str()).collect();
    format!("change the address to {}", addresses.join(" or "))
}

/// What has no source, for people who want to look it up.
fn marks(moved: &[Moved]) -> Vec<String> {
    const ANSWERS: &str = "the old one still answers requests of a Connection";
    let answers = moved.iter().any(|moved| moved.old_one != OldAddress::Refuses);
    let memory = moved.iter().any(|moved| moved.confidence == Confidence::Memory);
    let mut marks = Vec::new();
    if memory {
        marks.push(format!(
            "not confirmed by Zoho's documentation: both addresses, and that {ANSWERS}; try one call first"
        ));
    } else if answers {
        marks.push(format!("not confirmed by Zoho's documentation: that {ANSWERS}"));
    }
    if moved.iter().any(|moved| moved.inferred) {
        marks.push("Zoho's documentation does not name the API host of this data centre; it is taken from the pattern of the others".to_owned());
    }
    marks
}
