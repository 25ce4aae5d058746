//! Reviewdog's diagnostic format, which puts fixes into reviews.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::Report;
use super::one_by_one::OneByOne;
use super::shared::{Offers, one_line};
use crate::finding::Severity;
use crate::text::edit::Edit;
use crate::text::secret::Masker;
use crate::text::source::{Source, TextRange};

/// A suggestion replaces all from a fix's first edit to its last. One of more bytes is nothing to read in a review.
const MOST_SUGGESTED: usize = 4096;

#[derive(Serialize)]
struct RdjsonReport<D> {
    source: Tool,
    diagnostics: D,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
}

#[derive(Serialize)]
struct Diagnostic {
    message: String,
    location: Location,
    severity: &'static str,
    code: Code,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestions: Option<[Suggestion; 1]>,
}

#[derive(Serialize)]
struct Location {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

/// The end is exclusive.
#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

/// 1-based; the column in bytes.
#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct Code {
    value: &'static str,
}

#[derive(Serialize)]
struct Suggestion {
    range: Range,
    text: String,
}

/// The document, with a final line end. Paths are as they were named: reviewdog runs in the same folder.
///
/// # Errors
/// What writing fails with.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let errors = report.errors.iter().map(|(path, message)| Diagnostic {
        message: report.masker.mask(message).into_owned(),
        location: Location { path: path.display().to_string(), range: None },
        severity: "ERROR",
        code: Code { value: "not-examined" },
        suggestions: None,
    });
    let mut offers = Offers::new(report);
    let mut lines = Lines::default();
    let findings = report.findings.iter().map(|&(source, finding)| {
        lines.turn_to(source);
        let suggestion =
            offers.next(finding).and_then(|(_, edits)| suggestion(source.text(), edits, &lines, &report.masker));
        Diagnostic {
            message: one_line(report, finding),
            location: Location { path: finding.path.display().to_string(), range: Some(lines.range(finding.range)) },
            severity: match finding.severity {
                Severity::Error => "ERROR",
                Severity::Warning => "WARNING",
                Severity::Note => "INFO",
            },
            code: Code { value: finding.rule.name() },
            suggestions: suggestion.map(|suggestion| [suggestion]),
        }
    });
    let diagnostics = OneByOne::of(errors.chain(findings));
    let document = RdjsonReport { source: Tool { name: "authshift" }, diagnostics };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// All edits of a fix in one: of several, a reviewer could take one and leave the others.
fn suggestion(text: &str, edits: &[Edit], lines: &Lines, masker: &Masker) -> Option<Suggestion> {
    let start = edits.first()?.range.start();
    let end = edits.last()?.range.end();
    // Reviewdog needs the line that the suggestion ends in; there is none behind the last line end.
    if end - start > MOST_SUGGESTED || (end == text.len() && text.ends_with('\n')) {
        return None;
    }
    let mut new = String::new();
    let mut at = start;
    for edit in edits {
        new.push_str(text.get(at..edit.range.start())?);
        new.push_str(&edit.replacement);
        at = edit.range.end();
    }
    // The text between the edits is the file's own.
    let Cow::Borrowed(_) = masker.mask(&new) else { return None };
    Some(Suggestion { range: lines.range(TextRange::new(start, end)), text: new })
}

/// Where the lines of a text start. Reviewdog and what it reports to count those that `\n` ends and no others.
#[derive(Default)]
struct Lines<'a> {
    source: Option<&'a Source>,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn turn_to(&mut self, source: &'a Source) {
        if !self.source.is_some_and(|now| std::ptr::eq(now, source)) {
            self.source = Some(source);
            let ends = memchr::memchr_iter(b'\n', source.text().as_bytes());
            self.starts = std::iter::once(0).chain(ends.map(|end| end + 1)).collect();
        }
    }

    fn range(&self, range: TextRange) -> Range {
        Range { start: self.position(range.start()), end: self.position(range.end()) }
    }

    fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        Position { line, column: offset - start + 1 }
    }
}
