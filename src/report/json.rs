//! One JSON document for programs. Secrets are masked in it whatever the options say.

use std::collections::HashSet;
use std::io::{self, Write};

use serde::Serialize;

use super::Report;
use super::one_by_one::OneByOne;
use crate::finding::{Applicability, Because, Finding, Fix, Severity};
use crate::fix::Dismissed;
use crate::text::edit::{Identity, identity};
use crate::text::secret::Masker;
use crate::text::source::{Position, Source};

/// Raised when a field changes its meaning or is removed; new fields do not raise it.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct JsonReport<F, D> {
    schema_version: u32,
    findings: F,
    dismissed: D,
    errors: Vec<ErrorShape>,
    summary: SummaryShape,
}

#[derive(Serialize)]
struct FindingShape<'f> {
    rule: &'static str,
    severity: Severity,
    applicability: Applicability,
    path: String,
    range: RangeShape,
    message: String,
    notes: Vec<String>,
    reasons: Vec<ReasonShape>,
    connection: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    suggested: bool,
    service: Option<&'static str>,
    data_center: Option<&'static str>,
    scopes: &'f [String],
    fix: Option<FixShape>,
}

#[derive(Serialize)]
struct ReasonShape {
    code: &'static str,
    origin: &'static str,
    message: String,
    line: Option<u32>,
}

/// A sign of a token that was dismissed.
#[derive(Serialize)]
struct DismissedShape {
    path: String,
    range: RangeShape,
    sign: &'static str,
    reason: String,
}

#[derive(Serialize)]
struct RangeShape {
    start: PlaceShape,
    end: PlaceShape,
}

/// 1-based line and column (in characters), 0-based byte.
#[derive(Serialize)]
struct PlaceShape {
    line: u32,
    column: u32,
    byte: usize,
}

#[derive(Serialize)]
struct FixShape {
    message: String,
    /// Whether the edits can be applied as they stand here, without those of another finding.
    complete: bool,
    edits: Vec<EditShape>,
}

/// Byte offsets of the text as it was read.
#[derive(Serialize)]
struct EditShape {
    start: usize,
    end: usize,
    replacement: String,
}

#[derive(Serialize)]
struct ErrorShape {
    path: String,
    message: String,
}

#[derive(Serialize)]
struct SummaryShape {
    files: usize,
    skipped: usize,
    findings: usize,
    safe: usize,
    r#unsafe: usize,
    manual: usize,
    /// Those of the manual ones that are notes.
    optional: usize,
    suppressed: usize,
    known: usize,
    gone: usize,
    errors: usize,
}

/// A longer edit list shared by several findings is printed with the first of them only.
const MOST_AGAIN: usize = 64;

/// The document, with a final line end.
///
/// # Errors
/// What writing fails with.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let count = |applicability: Applicability| {
        report.findings.iter().filter(|(_, finding)| finding.applicability == applicability).count()
    };
    let baseline = report.baseline.unwrap_or_default();
    let mut printed = HashSet::new();
    let document = JsonReport {
        schema_version: SCHEMA_VERSION,
        findings: OneByOne::of(report.findings.iter().map(|(_, finding)| shape(finding, &report.masker, &mut printed))),
        dismissed: OneByOne::of(report.dismissed.iter().map(|(source, one)| dismissed(source, one, &report.masker))),
        errors: report
            .errors
            .iter()
            .map(|(path, message)| ErrorShape {
                path: path.display().to_string(),
                message: report.masker.mask(message).into_owned(),
            })
            .collect(),
        summary: SummaryShape {
            files: report.files,
            skipped: report.skipped,
            findings: report.findings.len(),
            safe: count(Applicability::Safe),
            r#unsafe: count(Applicability::Unsafe),
            manual: count(Applicability::Manual),
            optional: report.findings.iter().filter(|(_, finding)| finding.is_optional()).count(),
            suppressed: report.suppressed,
            known: baseline.known,
            gone: baseline.gone,
            errors: report.errors.len(),
        },
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn dismissed(source: &Source, dismissed: &Dismissed, masker: &Masker) -> DismissedShape {
    DismissedShape {
        path: source.path().display().to_string(),
        range: RangeShape {
            start: place(source.position(dismissed.range.start()), dismissed.range.start()),
            end: place(source.position(dismissed.range.end()), dismissed.range.end()),
        },
        sign: dismissed.sign,
        reason: masker.mask(&dismissed.reason).into_owned(),
    }
}

fn place(position: Position, byte: usize) -> PlaceShape {
    PlaceShape { line: position.line, column: position.column, byte }
}

fn shape<'f>(finding: &'f Finding, masker: &Masker, printed: &mut HashSet<Identity>) -> FindingShape<'f> {
    let mask = |text: &str| masker.mask(text).into_owned();
    FindingShape {
        rule: finding.rule.name(),
        severity: finding.severity,
        applicability: finding.applicability,
        path: finding.path.display().to_string(),
        range: RangeShape {
            start: place(finding.start, finding.range.start()),
            end: place(finding.end, finding.range.end()),
        },
        message: mask(&finding.message),
        notes: finding.notes.iter().map(|note| mask(note)).collect(),
        reasons: finding.reasons.iter().map(|reason| reason_shape(reason, masker)).collect(),
        // Somebody may have put a token where the LinkName belongs.
        connection: finding.connection.as_deref().map(mask),
        suggested: finding.suggested,
        service: finding.service,
        data_center: finding.data_center,
        scopes: &finding.scopes,
        fix: finding.fix.as_ref().map(|fix| fix_shape(fix, masker, printed)),
    }
}

fn reason_shape(reason: &Because, masker: &Masker) -> ReasonShape {
    let Because { code, origin, message, line } = reason;
    ReasonShape { code, origin, message: masker.mask(message).into_owned(), line: *line }
}

fn fix_shape(fix: &Fix, masker: &Masker, printed: &mut HashSet<Identity>) -> FixShape {
    let again = fix.edits.len() > MOST_AGAIN && !printed.insert(identity(&fix.edits));
    let mut complete = fix.alone.is_some() && !again;
    let edits = fix.edits.iter().filter(|_| !again).map(|edit| {
        // Only another file may show that this is a secret.
        let replacement = masker.mask(&edit.replacement).into_owned();
        complete &= replacement == *edit.replacement;
        EditShape { start: edit.range.start(), end: edit.range.end(), replacement }
    });
    let edits = edits.collect();
    FixShape { message: masker.mask(&fix.message).into_owned(), complete, edits }
}
