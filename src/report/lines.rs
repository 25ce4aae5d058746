//! One line a finding: `path:line:column: error[rule]: message (what will become of it)`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::Style;

use super::{BOLD, CYAN, Report, counted, flow, printable, printable_path, severity_style};
use crate::finding::{ASSUMES, Applicability, Finding, Rule, WITH_UNSAFE_FIXES};
use crate::text::secret::Masker;

/// So many files are named that want the same Connection.
pub(super) const MOST_PLACES: usize = 5;

const INDENT: &str = "    ";

/// The lines of all findings.
///
/// # Errors
/// What writing fails with.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    report.findings.iter().try_for_each(|(_, finding)| line(report, finding, String::new(), out))
}

/// The same, but equal findings of several places come last, as one.
///
/// # Errors
/// What writing fails with.
pub fn grouped(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (_, finding) in report.findings.iter().filter(|(_, finding)| !is_grouped(finding)) {
        line(report, finding, String::new(), out)?;
    }
    for group in groups(report) {
        let Some(first) = worst(&group) else { continue };
        let more = match group.len() - 1 {
            0 => String::new(),
            more => format!(", here and in {}", counted(more, "more place")),
        };
        line(report, first, more, out)?;
    }
    Ok(())
}

/// Whether it has the same text for each request of a service, so that one is printed for all.
pub(super) fn is_grouped(finding: &Finding) -> bool {
    finding.rule == Rule::NoConnectionConfigured || (finding.rule == Rule::MovedHost && finding.is_optional())
}

/// The findings with one text for several places, by that text.
pub(super) fn groups<'r>(report: &Report<'r>) -> Vec<Vec<&'r Finding>> {
    let key = |finding: &'r Finding| (finding.is_optional(), &finding.message, &finding.connection, &finding.notes);
    let mut groups = BTreeMap::new();
    for (_, finding) in report.findings.iter().filter(|(_, finding)| is_grouped(finding)) {
        groups.entry(key(finding)).or_insert_with(Vec::new).push(*finding);
    }
    groups.into_values().collect()
}

/// The first of a group that is as bad as any.
pub(super) fn worst<'f>(group: &[&'f Finding]) -> Option<&'f Finding> {
    group.iter().copied().min_by_key(|finding| finding.severity)
}

fn line(report: &Report<'_>, finding: &Finding, more: String, out: &mut dyn Write) -> io::Result<()> {
    let what = printable(&report.masker.mask(&becomes(finding)));
    let (place, rule, message) = head(finding, &report.masker);
    let message = message + &more;
    let pieces = [
        (BOLD, &*place),
        (Style::new(), ": "),
        (severity_style(finding.severity), &*rule),
        (Style::new(), ": "),
        (Style::new(), &*message),
        (CYAN, &*what),
    ];
    writeln!(out, "{}", flow(&pieces, report.width, INDENT))
}

/// The end of the line: `[fixable]`, why it is unsafe, or what a person has to do.
fn becomes(finding: &Finding) -> String {
    match finding.applicability {
        Applicability::Safe => " [fixable]".to_owned(),
        Applicability::Unsafe => match finding.assumptions().next() {
            Some(why) => format!(" [unsafe: {ASSUMES}{why}]"),
            None => {
                let note = finding.notes.first().map(|note| note.strip_prefix(WITH_UNSAFE_FIXES).unwrap_or(note));
                note.map(|note| format!(" [unsafe: {note}]")).unwrap_or_default()
            }
        },
        Applicability::Manual => finding.notes.first().map(|note| format!(": {note}")).unwrap_or_default(),
    }
}

/// `path:line:column`
pub(super) fn place(finding: &Finding) -> String {
    format!("{}:{}:{}", printable_path(&finding.path), finding.start.line, finding.start.column)
}

/// Where a finding is, how bad it is, and what is wrong.
pub(super) fn head(finding: &Finding, masker: &Masker) -> (String, String, String) {
    let rule = format!("{}[{}]", finding.severity.name(), finding.rule.name());
    (place(finding), rule, printable(&masker.mask(&finding.message)))
}

/// `path:line:column: assumed that …` for each assumption that changes rest on which were made; masked.
pub fn assumed<'f>(findings: impl Iterator<Item = &'f Finding>, masker: &Masker, width: Option<usize>) -> Vec<String> {
    let mut printed: Vec<(&std::path::Path, u32, &str)> = Vec::new();
    let mut lines = Vec::new();
    for finding in findings.filter(|finding| finding.applicability == Applicability::Unsafe) {
        for why in finding.assumptions() {
            let key = (&*finding.path, finding.start.line, why);
            if printed.last() != Some(&key) {
                printed.push(key);
                let why = printable(&masker.mask(why));
                lines.push(flow(
                    &[(BOLD, &*place(finding)), (Style::new(), ": assumed that "), (Style::new(), &*why)],
                    width,
                    INDENT,
                ));
            }
        }
    }
    lines
}
