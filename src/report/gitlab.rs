//! GitLab's Code Quality report: an array of issues.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::Report;
use super::one_by_one::OneByOne;
use super::shared::one_line;
use crate::finding::{Finding, Severity, fingerprint};
use crate::project::repository::Repository;

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
    begin: u32,
    end: u32,
}

/// The document, with a final line end. The format has no place for errors: each is an issue of its file, since a report
/// without them would look clean.
///
/// # Errors
/// What writing fails with.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut repository = Repository::here();
    let mut path_of = |path: &Path| repository.place(path).path().to_owned();
    let errors: Vec<Issue> =
        report.errors.iter().map(|(path, message)| error(report, path_of(path), message)).collect();
    let issues = report.findings.iter().map(|(_, finding)| issue(report, path_of(&finding.path), finding));
    serde_json::to_writer_pretty(&mut *out, &OneByOne::of(errors.into_iter().chain(issues)))?;
    writeln!(out)
}

fn error(report: &Report<'_>, path: String, message: &str) -> Issue {
    Issue {
        description: format!("not examined: {}", report.masker.mask(message)),
        check_name: "not-examined",
        fingerprint: fingerprint::of_file("not-examined", &path),
        severity: "blocker",
        location: Location { path, lines: Lines { begin: 1, end: 1 } },
    }
}

fn issue(report: &Report<'_>, path: String, finding: &Finding) -> Issue {
    Issue {
        description: one_line(report, finding),
        check_name: finding.rule.name(),
        fingerprint: finding.fingerprint.digest(finding.rule, &path),
        severity: match finding.severity {
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Note => "info",
        },
        location: Location { path, lines: Lines { begin: finding.start.line, end: finding.end.line } },
    }
}
