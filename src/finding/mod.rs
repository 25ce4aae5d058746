//! What the tool reports. Secrets are masked before a [`Finding`] exists, so that no printer can leak one.

pub mod fingerprint;
pub mod level;
pub mod rule;

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use crate::finding::fingerprint::Fingerprint;
use crate::text::edit::Edits;
use crate::text::secret::Masker;
use crate::text::source::{Position, Source, TextRange};
pub use level::{Applicability, Severity};
pub use rule::Rule;

/// One thing found in one file. There may be as many as the file has words, so consecutive findings share an equal
/// [`Diagnosis`].
#[derive(Clone, Debug)]
pub struct Finding {
    /// What is wrong, apart from the place. [`Finding`] dereferences to it.
    pub diagnosis: Arc<Diagnosis>,
    /// The file, as it was named or found.
    pub path: Arc<Path>,
    /// Where, in bytes.
    pub range: TextRange,
    /// Line and column of the range's start.
    pub start: Position,
    /// Line and column of the range's end.
    pub end: Position,
    /// The edits, with secrets masked in the replacements.
    pub fix: Option<Box<Fix>>,
    /// Identifies it when lines move.
    pub fingerprint: Fingerprint,
}

impl Finding {
    /// Whether it is a note that needs no action and has no fix.
    pub fn is_optional(&self) -> bool {
        self.severity == Severity::Note && self.applicability == Applicability::Manual
    }
}

/// How a note begins that states what the change of its finding rests on.
pub const ASSUMES: &str = "assumes that ";

/// How a note begins that says what `--unsafe-fixes` does.
pub const WITH_UNSAFE_FIXES: &str = "with --unsafe-fixes: ";

/// What a finding says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnosis {
    /// Which rule.
    pub rule: Rule,
    /// How bad, after the configuration had its say.
    pub severity: Severity,
    /// What can be done about it.
    pub applicability: Applicability,
    /// What is wrong, in one sentence; masked.
    pub message: Arc<str>,
    /// What will become of it, what it assumes, or what a person has to do; masked, a sentence each.
    pub notes: Arc<[Arc<str>]>,
    /// Why it is not safe, one of several reasons each.
    pub reasons: Arc<[Because]>,
    /// The LinkName that the fix puts in, or that the request names already.
    pub connection: Option<Arc<str>>,
    /// Whether that LinkName is a suggestion: nothing is configured yet.
    pub suggested: bool,
    /// The Zoho service the request goes to, by its name in the built-in table.
    pub service: Option<&'static str>,
    /// The data centre the request goes to (`us`, `eu`, …).
    pub data_center: Option<&'static str>,
    /// The OAuth scopes that the request needs, one of each set of alternatives.
    pub scopes: Arc<[String]>,
}

impl Diagnosis {
    /// What the change rests on, each a clause: what is assumed is *that* it is so.
    pub fn assumptions(&self) -> impl Iterator<Item = &str> {
        self.notes.iter().filter_map(|note| note.strip_prefix(ASSUMES))
    }
}

/// Why a change is not safe, or why none is offered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Because {
    /// The kind of the reason: a name that stays from version to version.
    pub code: &'static str,
    /// Where it lies: in what the `code` does, or in a `limit` of authshift.
    pub origin: &'static str,
    /// The sentence; masked.
    pub message: Arc<str>,
    /// The line of what it names, from 1.
    pub line: Option<u32>,
}

impl Deref for Finding {
    type Target = Diagnosis;

    fn deref(&self) -> &Diagnosis {
        &self.diagnosis
    }
}

/// The change that a finding offers.
#[derive(Clone, Debug)]
pub struct Fix {
    /// What it does, in one sentence.
    pub message: Arc<str>,
    /// The edits; all of them apply, or none. Findings of one transaction share them.
    pub edits: Edits,
    /// The edits for a tool that applies this fix and no other: with what nothing reads any more then. `None` when the fix
    /// counts on that of another finding, or when a secret is masked in a replacement.
    pub alone: Option<Edits>,
}

/// What became of the findings that a baseline knows.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Compared {
    /// Findings that are known.
    pub known: usize,
    /// Known findings that are not there any more, in files that were examined or that are gone.
    pub gone: usize,
}

/// Gives each of a file's findings its fingerprint, as [`fingerprint::assign`] says.
pub fn sign(findings: &mut [Finding], source: &Source, functions: &[(TextRange, Arc<str>)], masker: &Masker) {
    let unsigned = findings.iter_mut().map(|finding| (finding.diagnosis.rule, finding.range, &mut finding.fingerprint));
    fingerprint::assign(unsigned, source, functions, masker);
}
