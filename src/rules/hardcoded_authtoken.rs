//! # hardcoded-authtoken
//!
//! a token written into the code
//!
//! ## What it finds
//! The value of an authtoken that is written into the code: a text that reaches a request to Zoho, a text under a name
//! or key that ends with `authtoken`, and one in a comment that mentions authtokens.
//!
//! A token in a request itself is reported for that request. A text that merely looks like a token is not reported: other
//! vendors' keys and passwords look the same.
//!
//! ## Why
//! Whoever reads the function reads the token. An authtoken does not expire: where Zoho still takes it, it works until
//! somebody deletes it. A token that was ever committed stays in the history.
//!
//! ## Fix safety
//! `fix` removes the assignment when its requests are migrated and nothing reads the variable any more. That is as safe as
//! the change to those requests.
//!
//! By hand: everything else, and comments always, since they are never edited. Remove the token from the code, and
//! delete it in Zoho Accounts if it still exists there.

use std::cell::OnceCell;
use std::sync::Arc;

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{Look, Script};
use super::sink::{FindingSink, NewFinding};
use crate::deluge::NodeId;
use crate::finding::{Applicability, Fix, Rule, Severity, WITH_UNSAFE_FIXES};
use crate::inspect::Hardcoded;
use crate::migrate::dead;
use crate::text::edit::Edits;

pub(super) static RULE: Declaration = Declaration {
    place: 40,
    severity: Severity::Error,
    fixable: Fixable::InPart("when its last use is migrated; never in a comment"),
    comments: true,
    needs: &[&[Sign::Token], &[Sign::Header]],
    weakness: Some(("8.0", 798)),
    example: example!("Q06-only-parameter-in-concat.page", "before.deluge", "after.deluge"),
    looks: &[Look::Script(report)],
};

/// What becomes of the assignment.
const GOES: &str = "remove the assignment: nothing reads it once the requests are migrated";

fn report(sink: &mut FindingSink<'_>, script: &Script<'_, '_>) {
    let inspection = script.inspection;
    // Of several, one may read what another assigns.
    let from_the_start = OnceCell::new();
    let goes_alone =
        |node: NodeId| *from_the_start.get_or_init(|| inspection.dead_without(&[], &|_, _| false, &|_| true)) == [node];
    for hardcoded in &inspection.hardcoded {
        let goes = |node: &NodeId| script.dead(hardcoded.applicability).contains(node);
        let fix = hardcoded.assignment.filter(goes).map(|node| {
            let edits = Edits::from(dead::remove(inspection.context, &[node]));
            Fix { message: GOES.into(), alone: goes_alone(node).then(|| Arc::clone(&edits)), edits }
        });
        add(sink, hardcoded, fix);
    }
}

fn add(sink: &mut FindingSink<'_>, hardcoded: &Hardcoded, fix: Option<Fix>) {
    let note = match hardcoded.applicability {
        Applicability::Safe => GOES.to_owned(),
        Applicability::Unsafe => format!("{WITH_UNSAFE_FIXES}{GOES}"),
        Applicability::Manual => {
            "remove it from the code, and delete it in Zoho Accounts if it still exists there".to_owned()
        }
    };
    let new = NewFinding {
        rule: Rule::HardcodedAuthtoken,
        applicability: hardcoded.applicability,
        range: hardcoded.range,
        message: "an authtoken is written into the code".to_owned(),
        notes: vec![note],
    };
    sink.add(new, None, fix);
}
