//! What the formats for programs have in common.

use std::borrow::Cow;
use std::collections::HashSet;

use super::Report;
use crate::finding::{Applicability, Finding, Fix};
use crate::text::edit::{Edit, Identity, identity};
use crate::text::secret::Masker;

/// What a finding says, in one line.
pub(super) fn one_line(report: &Report<'_>, finding: &Finding) -> String {
    let mut text = finding.message.to_string();
    if !finding.notes.is_empty() {
        text = format!("{text}: {}", finding.notes.join("; "));
    }
    report.masker.mask(&text).into_owned()
}

/// Picks the fixes that may be offered where people apply them one by one, with a click.
pub(super) struct Offers<'r> {
    masker: &'r Masker,
    given: HashSet<Identity>,
}

impl<'r> Offers<'r> {
    pub(super) fn new(report: &'r Report<'_>) -> Self {
        Self { masker: &report.masker, given: HashSet::new() }
    }

    /// The edits of the finding's fix, if it is safe and can be applied by itself. Findings that share a fix get it once: the
    /// second time it would not fit any more.
    pub(super) fn next<'f>(&mut self, finding: &'f Finding) -> Option<(&'f Fix, &'f [Edit])> {
        let fix = finding.fix.as_ref().filter(|_| finding.applicability == Applicability::Safe)?;
        let edits = fix.alone.as_ref()?;
        let holds_secret = |edit: &Edit| matches!(self.masker.mask(&edit.replacement), Cow::Owned(_));
        let first = self.given.insert(identity(edits));
        (first && !edits.iter().any(holds_secret)).then_some((fix, &**edits))
    }
}
