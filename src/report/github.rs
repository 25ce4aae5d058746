//! Workflow commands that GitHub Actions shows as annotations of the files.

use std::io::{self, Write};

use super::shared::one_line;
use super::{Report, printable};
use crate::finding::Severity;
use crate::project::repository::Repository;

/// How many annotations of a kind GitHub shows for one step.
const SHOWN: usize = 10;

/// One line an annotation: errors first, since only the first ones are shown.
///
/// # Errors
/// What writing fails with.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut repository = Repository::here();
    for (path, message) in &report.errors {
        let file = property(repository.place(path).path());
        writeln!(out, "::error title=authshift,file={file}::{}", data(&report.masker.mask(message)))?;
    }
    let mut findings: Vec<_> = report.findings.iter().map(|(_, finding)| *finding).collect();
    findings.sort_by_key(|finding| finding.severity);
    for finding in findings {
        let file = property(repository.place(&finding.path).path());
        write!(
            out,
            "::{} title=authshift ({}),file={file},line={},endLine={}",
            kind(finding.severity),
            finding.rule.name(),
            finding.start.line,
            finding.end.line,
        )?;
        // GitHub takes columns within one line only.
        if finding.start.line == finding.end.line {
            write!(out, ",col={},endColumn={}", finding.start.column, finding.end.column)?;
        }
        writeln!(out, "::{}", data(&one_line(report, finding)))?;
    }
    Ok(())
}

/// How many annotations GitHub does not show; nothing when it shows them all.
pub fn limits(report: &Report<'_>) -> String {
    let count = |severity| report.findings.iter().filter(|(_, finding)| finding.severity == severity).count();
    let kinds = [
        ("errors", count(Severity::Error) + report.errors.len()),
        ("warnings", count(Severity::Warning)),
        ("notices", count(Severity::Note)),
    ];
    let cut = kinds.iter().filter(|(_, count)| *count > SHOWN);
    let cut: Vec<String> = cut.map(|(kind, count)| format!("{SHOWN} of {count} {kind}")).collect();
    if cut.is_empty() {
        return String::new();
    }
    format!("GitHub shows {} as annotations; the report has them all", cut.join(" and "))
}

fn kind(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

/// A message as the commands take it.
fn data(text: &str) -> String {
    let lines = text.split('\n').map(|line| printable(line).replace('%', "%25"));
    lines.collect::<Vec<_>>().join("%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
