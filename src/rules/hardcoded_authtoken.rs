//! # hardcoded-authtoken
//!
//! a token written into the code
//!
//! ## What it finds
//! The value of an authtoken that is written into the code: a text that reaches a request to Zoho, a text under a name
//! or key that ends with `authtoken`, and one in a comment that speaks of authtokens.
//!
//! A token that stands in a request itself is that request's finding. What merely looks like a token is none: keys and
//! passwords of others look the same.
//!
//! ## Why
//! Whoever reads the function reads the token. An authtoken does not run out: where Zoho still takes it, it
//! is good until somebody deletes it. A token that was ever committed is in the history for good.
//!
//! ## Example
//! fixture: Q06-only-parameter-in-concat
//!
//! ## Fix safety
//! The assignment goes when its requests are migrated and nothing reads the variable any more. It is as safe as the
//! change to those requests.
//!
//! By hand: everything else, and comments always, since they are never edited. Take the token out of the code, and
//! delete it in Zoho Accounts if it still exists there.

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
