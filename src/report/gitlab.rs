//! GitLab's Code Quality report: an array of issues.

use serde::Serialize;

use super::Report;
use super::shared::said;
use crate::finding::Severity;
use crate::fingerprint;
use crate::repository::Repository;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

/// 1-based.
#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// The document, with a final line end. The format has no place for errors: each is an issue of its file, since a report
/// without them would look clean.
///
/// # Errors
/// None that can happen with these shapes; the serialiser's type has one.
pub fn render(report: &Report<'_>) -> serde_json::Result<String> {
    let mut repository = Repository::here();
    let mut issues = Vec::with_capacity(report.errors.len() + report.findings.len());
    for (path, message) in &report.errors {
        let path = repository.place(path).path().to_owned();
        issues.push(Issue {
            description: format!("not examined: {}", report.masker.mask(message)),
            check_name: "not-examined",
            fingerprint: fingerprint::of_file("not-examined", &path),
            severity: "blocker",
            location: Location { path, lines: Lines { begin: 1, end: 1 } },
        });
    }
    for (_, finding) in &report.findings {
        let path = repository.place(&finding.path).path().to_owned();
        issues.push(Issue {
            description: said(report, finding),
            check_name: finding.rule.name(),
            fingerprint: finding.fingerprint.digest(finding.rule, &path),
            severity: match finding.severity {
                Severity::Error => "critical",
                Severity::Warning => "major",
                Severity::Note => "info",
            },
            location: Location { path, lines: Lines { begin: finding.start.line, end: finding.end.line } },
        });
    }
    Ok(serde_json::to_string_pretty(&issues)? + "\n")
}
