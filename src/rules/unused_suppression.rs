//! # unused-suppression
//!
//! a comment that suppresses nothing
//!
//! ## What it finds
//! - A rule in an `authshift-ignore` comment that is not found on the lines the comment is about: its own, or the next
//!   one when it stands alone. Of a request over several lines it is the line of the token that counts.
//! - A name that is no rule, and a comment that names none.
//!
//! ## Why
//! A comment that suppresses nothing today may hide a token tomorrow, and a misspelt one does not do what its author
//! thinks.
//!
//! ## Fix safety
//! Not fixed: comments are never edited.
//!
//! By hand: correct the name or the place, or delete the comment.

use super::declaration::{Declaration, Fixable, Sign, example};
use super::sink::{FindingSink, NewFinding, sort};
use crate::finding::{Applicability, Rule, Severity};
use crate::project::suppress::{Mention, Suppressions};

pub(super) static RULE: Declaration = Declaration {
    place: 200,
    severity: Severity::Note,
    fixable: Fixable::No,
    comments: true,
    needs: &[&[Sign::Suppression]],
    weakness: None,
    example: example!("S03-one-of-two-rules-is-not-found.page", "before.deluge"),
    looks: &[],
};

/// Takes out the findings that comments suppress, adds those about comments that suppress nothing, and returns how many were
/// suppressed.
pub(super) fn suppress(sink: &mut FindingSink<'_>, suppressions: &Suppressions) -> usize {
    if suppressions.is_empty() {
        return 0;
    }
    let all = sink.found.len();
    let found: Vec<_> = sink.found.iter().map(|finding| (finding.rule, finding.range)).collect();
    for mention in suppressions.unused(found.iter().copied()) {
        // What is switched off is not looked for, so that nothing is known of it.
        if mention.rule.as_ref().is_ok_and(|&rule| rule == Rule::UnusedSuppression || sink.is_off(rule)) {
            continue;
        }
        report(sink, mention);
    }
    let about: Vec<_> = sink.found.iter().skip(all).map(|finding| (finding.rule, finding.range)).collect();
    let own = |mention: &&&Mention| mention.rule == Ok(Rule::UnusedSuppression);
    let idle = suppressions.unused(about.into_iter());
    sink.found.retain(|finding| !suppressions.covers(finding.rule, finding.range));
    let suppressed = found.iter().filter(|(rule, range)| suppressions.covers(*rule, *range)).count();
    idle.iter().filter(own).for_each(|mention| report(sink, mention));
    sort(&mut sink.found);
    suppressed
}

fn report(sink: &mut FindingSink<'_>, mention: &Mention) {
    let (message, note) = match &mention.rule {
        Ok(rule) => (
            format!("`{}` is not found where this comment suppresses it", rule.name()),
            "move the comment to the line of the finding or right above it, or delete it".to_owned(),
        ),
        Err(problem) => ("this comment suppresses nothing".to_owned(), problem.clone()),
    };
    let new = NewFinding {
        rule: Rule::UnusedSuppression,
        applicability: Applicability::Manual,
        range: mention.range,
        message,
        notes: vec![note],
    };
    sink.add(new, None, None);
}
