//! # unused-token-variable
//!
//! ## What it finds
//! A function parameter, or a variable whose assignment does more than yield a value, that only carried a token and is not
//! read any more.
//!
//! ## Why
//! Callers still pass the token, or the code still fetches it.
//!
//! ## Fix safety
//! Not fixed: the callers, perhaps in other functions, have to change with it.

use super::{Draft, Maker};
use crate::finding::{Applicability, Rule};
use crate::inspect::Inspection;

pub(super) fn report(maker: &mut Maker<'_>, inspection: &Inspection<'_>) {
    for unused in &inspection.unused {
        let name = unused.of(inspection.context.text);
        let draft = Draft {
            rule: Rule::UnusedTokenVariable,
            applicability: Applicability::Manual,
            range: *unused,
            message: format!("`{name}` only carried a token and is not used any more"),
            notes: vec!["remove it here and where it is passed or fetched".to_owned()],
        };
        maker.add(draft, None, None);
    }
}
