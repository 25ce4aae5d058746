//! One line a finding: `path:line:column: error[rule]: message (what will become of it)`.

use std::io::{self, Write};

use super::{BOLD, CYAN, Report, printable, printable_path, severity_style, styled};
use crate::finding::{Applicability, Finding};
use crate::secret::Masker;

/// The lines of all findings.
///
/// # Errors
/// What writing fails with.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (_, finding) in &report.findings {
        let what = match finding.applicability {
            Applicability::Safe => " [fixable]".to_owned(),
            Applicability::Unsafe => " [fixable with --unsafe-fixes]".to_owned(),
            Applicability::Manual => finding.notes.first().map(|note| format!(": {note}")).unwrap_or_default(),
        };
        let what = styled(CYAN, &printable(&report.masker.mask(&what)));
        writeln!(out, "{}{what}", head(finding, &report.masker))?;
    }
    Ok(())
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
