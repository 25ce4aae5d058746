//! A file, and what became of it.

use crate::finding::Finding;
use crate::fix::{Fixed, Session};
use crate::text::diff::Hunk;
use crate::text::source::Source;

/// A file and what became of it.
pub(super) struct Migrated {
    /// Its text, if it is still needed.
    pub(super) source: Source,
    pub(super) fixed: Fixed,
    /// What is shown of the change.
    pub(super) hunks: Vec<Hunk<'static>>,
    /// What is to be asked.
    pub(super) session: Option<Session>,
    /// Why the file could not be written.
    pub(super) failed: Option<String>,
}

impl Migrated {
    /// The new text, which is empty when it is not needed any more, unless there is none or it could not be written.
    pub(super) fn changed(&self) -> Option<&str> {
        self.fixed.after.as_ref().filter(|_| self.failed.is_none()).map(|(text, _)| text.as_str())
    }

    /// Whether nothing is configured, and a request is left without a Connection for want of that.
    pub(super) fn left_unconfigured(&self) -> bool {
        let after = self.fixed.after.as_ref().filter(|_| self.failed.is_none());
        after.map_or(&self.fixed.before, |(_, left)| left).unconfigured
    }

    /// What is found in the text that is there after the run.
    pub(super) fn left(&self) -> &[Finding] {
        match &self.fixed.after {
            Some((_, left)) if self.failed.is_none() => &left.findings,
            _ => &self.fixed.before.findings,
        }
    }
}
