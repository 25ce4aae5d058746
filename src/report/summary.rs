//! Counts: the line at the end of a run, the table by service, the statistics by rule.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use super::{BOLD, Report, counted, printable_path, styled};
use crate::finding::{Applicability, Finding, Rule};
use crate::project::archive::Unpacked;
use crate::project::baseline::Changed;
use crate::project::discover::Skip;
use crate::zoho;

/// How many findings there are of this kind, optional ones apart.
fn count(report: &Report<'_>, applicability: Applicability) -> usize {
    let counts = |finding: &Finding| finding.applicability == applicability && !finding.is_optional();
    report.findings.iter().filter(|(_, finding)| counts(finding)).count()
}

/// `1 unsafe (--unsafe-fixes)` and `3 need you (2 legacy-endpoint, 1 hardcoded-secret)`, as far as there are any.
fn open(report: &Report<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    match count(report, Applicability::Unsafe) {
        0 => {}
        held => parts.push(format!("{held} unsafe (--unsafe-fixes)")),
    }
    let mut kinds: BTreeMap<Rule, usize> = BTreeMap::new();
    let manual = report.findings.iter().map(|(_, finding)| finding);
    for finding in manual.filter(|it| it.applicability == Applicability::Manual && !it.is_optional()) {
        *kinds.entry(finding.rule).or_default() += 1;
    }
    let all = kinds.values().sum::<usize>();
    let verb = if all == 1 { "needs" } else { "need" };
    let mut kinds: Vec<(Rule, usize)> = kinds.into_iter().collect();
    kinds.sort_by_key(|&(rule, count)| (std::cmp::Reverse(count), rule));
    match kinds.as_slice() {
        [] => {}
        [(rule, _)] => parts.push(format!("{all} {verb} you ({})", rule.name())),
        several => {
            let several: Vec<String> = several.iter().map(|(rule, count)| format!("{count} {}", rule.name())).collect();
            parts.push(format!("{all} {verb} you ({})", several.join(", ")));
        }
    }
    parts
}

/// `; 3 optional notes`; nothing for none.
fn notes(report: &Report<'_>) -> String {
    match report.findings.iter().filter(|(_, finding)| finding.is_optional()).count() {
        0 => String::new(),
        notes => format!("; {}", counted(notes, "optional note")),
    }
}

/// That the LinkNames of the report are suggestions, and which they are; nothing when they are not.
pub fn suggestions<'f>(findings: impl Iterator<Item = &'f Finding>) -> String {
    let suggested = findings.filter(|finding| finding.suggested);
    let links: BTreeSet<&str> = suggested.filter_map(|finding| finding.connection.as_deref()).collect();
    if links.is_empty() {
        return String::new();
    }
    let links: Vec<&str> = links.into_iter().collect();
    format!("nothing is configured yet: LinkNames are suggestions ({})", links.join(", "))
}

/// The warning that one `--connection` serves several services; nothing when it does not.
pub fn one_for_all<'f>(findings: impl Iterator<Item = &'f Finding>, link: Option<&str>) -> String {
    let Some(link) = link else { return String::new() };
    let gets = |finding: &&Finding| finding.connection.as_deref() == Some(link);
    let services: BTreeSet<&str> =
        findings.filter(gets).filter_map(|finding| finding.service).map(zoho::service_title).collect();
    if services.len() < 2 {
        return String::new();
    }
    let services: Vec<&str> = services.into_iter().collect();
    format!(
        "one Connection \"{link}\" is used for {}, so it needs the scopes of all of them; `authshift plan` lists them",
        services.join(", ")
    )
}

/// `notes.txt: skipped: does not look like Deluge`
pub fn skipped(path: &Path, skip: Skip) -> String {
    format!("{}: skipped: {}", printable_path(path), skip.reason())
}

/// `the configuration is that of ../authshift.toml`
pub fn config(path: &Path) -> String {
    format!("the configuration is that of {}", printable_path(path))
}

/// What was unpacked into a folder.
pub fn unpacked(folder: &Path, unpacked: &Unpacked) -> String {
    let there = match unpacked.there {
        0 => String::new(),
        there => format!("; {} there already, and the same", counted(there, "file")),
    };
    format!("wrote {} to {}{there}", counted(unpacked.written, "file"), printable_path(folder))
}

/// `note: a.js and 2 more files name an authtoken …`; nothing for none.
pub fn unread(skipped: &[&Path]) -> String {
    let (first, more) = match skipped {
        [] => return String::new(),
        [first, more @ ..] => (first, more.len()),
    };
    let first = printable_path(first);
    if more == 0 {
        return format!(
            "note: {first} names an authtoken, but was not read, since it does not look like Deluge; name it to read it"
        );
    }
    format!(
        "note: {first} and {} name an authtoken, but were not read, since they do not look like Deluge; name them to read them (-v lists them)",
        counted(more, "other file")
    )
}

/// What runs that were broken off have left, and how to remove it; nothing for none.
pub fn leftovers(left: &[&Path]) -> String {
    let word = |path: &Path| {
        let text = printable_path(path);
        let plain = text.chars().all(|c| c.is_alphanumeric() || "._-/\\:".contains(c)) && !text.starts_with('-');
        match plain {
            true => text,
            false if cfg!(windows) => format!("\"{text}\""),
            false => format!("'{}'", text.replace('\'', "'\\''")),
        }
    };
    let words: Vec<String> = left.iter().map(|path| word(path)).collect();
    let (what, hold) = match left {
        [] => return String::new(),
        [_] => ("a temporary file".to_owned(), "it may hold a token"),
        _ => (format!("{} temporary files", left.len()), "they may hold tokens"),
    };
    format!(
        "note: an interrupted run of authshift left {what}; {hold}, remove with:\n  {} {}",
        if cfg!(windows) { "del" } else { "rm --" },
        words.join(" ")
    )
}

fn skipped_count(report: &Report<'_>) -> String {
    if report.skipped > 0 { format!(" ({} skipped)", counted(report.skipped, "file")) } else { String::new() }
}

/// `no authtokens found in 3 files`; `what` is what was not found.
fn nothing(report: &Report<'_>, what: &str) -> String {
    let skipped = skipped_count(report);
    let files = counted(report.files, "file");
    // What was not looked at is no clean result.
    let mut unknown = Vec::new();
    if !report.errors.is_empty() {
        unknown.push(format!("{} could not be examined", counted(report.errors.len(), "file")));
    }
    match report.unread {
        0 => {}
        1 => unknown.push("1 file names an authtoken and was not read".to_owned()),
        unread => unknown.push(format!("{unread} files name an authtoken and were not read")),
    }
    match (report.files, unknown.is_empty()) {
        (0, true) => format!("no Deluge files were found{skipped}"),
        (_, true) => format!("{what} in {files}{skipped}"),
        (0, false) => format!("{}{skipped}", unknown.join("; ")),
        (_, false) => format!("{}; nothing was found in {files} besides{skipped}", unknown.join("; ")),
    }
}

/// `12 findings in 3 of 5 files: 9 fixable, 1 unsafe (--unsafe-fixes), 2 need you (legacy-endpoint); 4 optional notes`
pub fn found(report: &Report<'_>) -> String {
    format!("{}{}", counts(report), besides(report))
}

/// `, besides 2 suppressed by comments; 5 known`; nothing when there are none.
fn besides(report: &Report<'_>) -> String {
    let compared = report.baseline.unwrap_or_default();
    let mut text = match report.suppressed {
        0 => String::new(),
        suppressed => format!(", besides {suppressed} suppressed by comments"),
    };
    if compared.known > 0 {
        let _ = write!(text, "; {} known", compared.known);
    }
    if compared.gone > 0 {
        let gone = counted(compared.gone, "known finding");
        let _ = write!(text, "; {gone} no longer found; refresh the baseline with --write-baseline");
    }
    text
}

/// `wrote known.jsonl: 12 findings, 2 of them new; 1 is gone`
pub fn written(path: &Path, changed: &Changed) -> String {
    let gone = if changed.gone > 0 { format!("; {} gone", changed.gone) } else { String::new() };
    let findings = counted(changed.entries, "finding");
    format!("wrote {}: {findings}, {} new{gone}", printable_path(path), changed.new)
}

fn counts(report: &Report<'_>) -> String {
    let skipped = skipped_count(report);
    let findings = || report.findings.iter().filter(|(_, finding)| !finding.is_optional());
    if findings().next().is_none() {
        let what = if report.baseline.is_some() { "no new findings" } else { "no authtokens found" };
        return nothing(report, what) + &notes(report);
    }
    let mut paths: Vec<_> = findings().map(|(_, finding)| &finding.path).collect();
    paths.dedup();
    let mut parts = open(report);
    match count(report, Applicability::Safe) {
        0 => {}
        fixable => parts.insert(0, format!("{fixable} fixable")),
    }
    let new = if report.baseline.is_some() { "new finding" } else { "finding" };
    format!(
        "{} in {} of {}{skipped}: {}{}",
        counted(findings().count(), new),
        paths.len(),
        counted(report.files, "file"),
        parts.join(", "),
        notes(report),
    )
}

/// What a run of `fix` did.
pub struct Done<'d> {
    /// The message when there was nothing: `no authtokens found`.
    pub nothing: &'d str,
    /// Findings that the changes do away with.
    pub fixed: usize,
    /// Findings that could have been done away with, and were not.
    pub declined: usize,
    /// Findings before, optional ones apart.
    pub before: usize,
    /// Files that change.
    pub files: usize,
    /// Whether the changes were applied.
    pub applied: bool,
}

/// `fixed 9 findings in 3 files; left: 1 unsafe (--unsafe-fixes), 2 need you (legacy-endpoint)`
pub fn fixed(report: &Report<'_>, done: &Done<'_>) -> String {
    if done.before == 0 {
        return format!("{}{}{}", nothing(report, done.nothing), notes(report), besides(report));
    }
    let findings = counted(done.fixed, "finding");
    let mut text = match (done.files, done.applied) {
        (0, true) => "nothing was changed".to_owned(),
        (0, false) => "nothing to change".to_owned(),
        (files, true) => format!("fixed {findings} in {}", counted(files, "file")),
        (files, false) => format!("would fix {findings} in {}", counted(files, "file")),
    };
    let mut left = open(report);
    if done.declined > 0 {
        left.insert(0, format!("{} not applied", done.declined));
    }
    if !left.is_empty() {
        let _ = write!(text, "; left: {}", left.join(", "));
    }
    text.push_str(&notes(report));
    text.push_str(&besides(report));
    text
}

/// Whether the finding is a token in a request.
pub(super) fn is_request(finding: &Finding) -> bool {
    matches!(
        finding.rule,
        Rule::AuthtokenInQuery | Rule::AuthtokenInParameters | Rule::AuthtokenInHeaders | Rule::AuthtokenInApp
    ) || (finding.rule == Rule::OauthByHand && finding.service.is_some())
}

/// A table of the findings in requests by service and data centre.
pub fn by_service(report: &Report<'_>) -> String {
    let mut rows: BTreeMap<(&str, &str), [usize; 3]> = BTreeMap::new();
    for (_, finding) in &report.findings {
        if is_request(finding) {
            let service = finding.service.map_or("(not known)", zoho::service_title);
            let row = rows.entry((service, finding.data_center.unwrap_or("-"))).or_default();
            let column = match finding.applicability {
                Applicability::Safe => 0,
                Applicability::Unsafe => 1,
                Applicability::Manual => 2,
            };
            if let Some(cell) = row.get_mut(column) {
                *cell += 1;
            }
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let shown = |count: usize| if count == 0 { "-".to_owned() } else { count.to_string() };
    let width = rows.keys().map(|(service, _)| service.chars().count()).max().unwrap_or(0).max("service".len());
    let mut out = String::new();
    let header = format!(
        "{:width$}  {:11}  {:>6}  {:>6}  {:>6}  {:>6}",
        "service", "data centre", "tokens", "safe", "unsafe", "manual"
    );
    let _ = writeln!(out, "{}", styled(BOLD, &header));
    for ((service, center), [safe, held, manual]) in rows {
        let all = shown(safe + held + manual);
        let (safe, held, manual) = (shown(safe), shown(held), shown(manual));
        let _ = writeln!(out, "{service:width$}  {center:11}  {all:>6}  {safe:>6}  {held:>6}  {manual:>6}");
    }
    out
}

/// How often each rule was found, the most frequent first.
pub fn statistics<'f>(findings: impl Iterator<Item = &'f Finding>) -> String {
    let mut rows: BTreeMap<Rule, usize> = BTreeMap::new();
    for finding in findings {
        *rows.entry(finding.rule).or_default() += 1;
    }
    let mut rows: Vec<(Rule, usize)> = rows.into_iter().collect();
    rows.sort_by_key(|&(rule, count)| (std::cmp::Reverse(count), rule));
    let lines: Vec<String> = rows.iter().map(|(rule, count)| format!("{count:>6}  {}", rule.name())).collect();
    lines.join("\n")
}
