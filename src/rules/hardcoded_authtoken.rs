//! # hardcoded-authtoken
//!
//! ## What it finds
//! The value of an authtoken written into the code: a literal that reaches a request to Zoho, one that stands under a name
//! or key that contains `authtoken`, and one in a comment that speaks of authtokens. A token that stands in a request
//! itself is that request's finding.
//!
//! ## Why
//! Whoever reads the function reads the token, and a token that was ever committed is in the history for good.
//!
//! ## Fix safety
//! The assignment goes when its requests are migrated and nothing reads the variable any more. Comments are never edited.

use super::{Draft, Maker};
use crate::finding::{Applicability, Fix, Rule};
use crate::inspect::Hardcoded;

/// What becomes of the assignment.
pub(super) const GOES: &str = "the assignment goes: nothing reads it once the requests are migrated";

pub(super) fn report(maker: &mut Maker<'_>, hardcoded: &Hardcoded, fix: Option<Fix>) {
    let note = match hardcoded.applicability {
        Applicability::Safe => GOES.to_owned(),
        Applicability::Unsafe => format!("{GOES} with --unsafe-fixes"),
        Applicability::Manual => {
            "take it out of the code, and delete it in Zoho Accounts if it still exists there".to_owned()
        }
    };
    let draft = Draft {
        rule: Rule::HardcodedAuthtoken,
        applicability: hardcoded.applicability,
        range: hardcoded.range,
        message: "an authtoken is written into the code".to_owned(),
        notes: vec![note],
    };
    maker.add(draft, None, fix);
}
