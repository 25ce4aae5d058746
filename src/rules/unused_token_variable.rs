//! # unused-token-variable
//!
//! a name that only carried a token
//!
//! ## What it finds
//! A function parameter that is named after an authtoken and that nothing reads, but perhaps to fetch the token when it is
//! missing.
//!
//! `fix --write` also reports, in that one run, parameters of any other name whose last use it removed, and variables
//! whose assignment does more than return a value.
//!
//! ## Why
//! Callers still pass the token, or the code still fetches it.
//!
//! ## Fix safety
//! Not fixed: the callers, perhaps in other functions or in a workflow, have to change with it. An assignment that
//! calls something may do more than fetch the token.
//!
//! By hand: remove the parameter together with the argument in every call, or the assignment if nothing else needs it.

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{Look, Script};
use super::sink::{FindingSink, NewFinding};
use crate::finding::{Applicability, Rule, Severity};

pub(super) static RULE: Declaration = Declaration {
    place: 210,
    severity: Severity::Note,
    fixable: Fixable::No,
    comments: true,
    needs: &[&[Sign::Token], &[Sign::Header], &[Sign::Secret]],
    weakness: None,
    example: example!("D02-parameter-that-nothing-reads.page", "before.deluge"),
    looks: &[Look::Script(report)],
};

fn report(sink: &mut FindingSink<'_>, script: &Script<'_, '_>) {
    for unused in &script.inspection.unused {
        let name = unused.of(script.inspection.context.text);
        let new = NewFinding {
            rule: Rule::UnusedTokenVariable,
            applicability: Applicability::Manual,
            range: *unused,
            message: format!("`{name}` only carried a token and is no longer used"),
            notes: vec!["remove it here and where it is passed or fetched".to_owned()],
        };
        sink.add(new, None, None);
    }
}
