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
//! ## Example
//! fixture: Q06-only-parameter-in-concat
//!
//! ## Fix safety
//! `fix` removes the assignment when its requests are migrated and nothing reads the variable any more. That is as safe as
//! the change to those requests.
//!
//! By hand: everything else, and comments always, since they are never edited. Remove the token from the code, and
//! delete it in Zoho Accounts if it still exists there.

use super::{FindingSink, NewFinding};
use crate::finding::{Applicability, Fix, Rule, WITH_UNSAFE_FIXES};
use crate::inspect::Hardcoded;

/// What becomes of the assignment.
pub(super) const GOES: &str = "remove the assignment: nothing reads it once the requests are migrated";

pub(super) fn report(sink: &mut FindingSink<'_>, hardcoded: &Hardcoded, fix: Option<Fix>) {
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
