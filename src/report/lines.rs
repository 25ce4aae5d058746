//! One line a finding: `path:line:column: error[rule]: message (what will become of it)`.

use std::fmt::Write as _;

use super::{BOLD, CYAN, Report, printable, printable_path, severity_style, styled};
use crate::finding::{Applicability, Finding};
use crate::secret::Masker;

/// The lines of all findings.
pub fn render(report: &Report<'_>) -> String {
    let mut out = String::new();
    for (_, finding) in &report.findings {
        let what = match finding.applicability {
            Applicability::Safe => " [fixable]".to_owned(),
            Applicability::Unsafe => " [fixable with --unsafe-fixes]".to_owned(),
            Applicability::Manual => finding.notes.first().map(|note| format!(": {note}")).unwrap_or_default(),
        };
        let what = styled(CYAN, &printable(&report.masker.mask(&what)));
        let _ = writeln!(out, "{}{what}", head(finding, &report.masker));
    }
    out
}

/// Where a finding is and what is wrong, without what will become of it.
pub(super) fn head(finding: &Finding, masker: &Masker) -> String {
    let place = format!("{}:{}:{}", printable_path(&finding.path), finding.start.line, finding.start.column);
    format!(
        "{}: {}: {}",
        styled(BOLD, &place),
        styled(severity_style(finding.severity), &format!("{}[{}]", finding.severity.name(), finding.rule.name())),
        printable(&masker.mask(&finding.message)),
    )
}
