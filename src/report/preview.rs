//! The migration as a diff for people: secrets masked, and then in a form that no tool takes for a patch.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use anstyle::Style;

use super::{BOLD, CYAN, DIM, GREEN, RED, changed, printable, printable_path, styled};
use crate::text::diff::{self, Hunk, LineKind};
use crate::text::secret::Masker;

/// The remark above the diffs of a run.
pub const REMARK: &str = "preview with masked tokens, not a patch";

/// The remark as a line of its own.
pub fn remark() -> String {
    format!("{}\n", styled(DIM, REMARK))
}

/// The diff of one file, an empty line before it, with hunks headed by text that neither `git apply` nor `patch` reads.
pub fn render(path: &Path, hunks: &[Hunk<'_>], masker: &Masker) -> String {
    let name = printable_path(path);
    let mut out = String::new();
    for side in ["---", "+++"] {
        let gap = if side == "---" { "\n" } else { "" };
        let _ = writeln!(out, "{gap}{}", styled(BOLD, &format!("{side} {name}")));
    }
    out + &changes(hunks, masker)
}

/// The changes without the file's name.
pub(super) fn changes(hunks: &[Hunk<'_>], masker: &Masker) -> String {
    let mut out = String::new();
    for hunk in hunks {
        let last = hunk.old_start + hunk.old_lines.max(1) - 1;
        let _ = writeln!(out, "{}", styled(CYAN, &format!("@@ lines {} to {last} @@", hunk.old_start)));
        out.push_str(&lines(hunk, masker));
    }
    out
}

/// The lines of a hunk, masked.
pub(super) fn lines(hunk: &Hunk<'_>, masker: &Masker) -> String {
    let shown = |line: &diff::Line<'_>| {
        let text = String::from_utf8_lossy(&line.bytes);
        let (text, complete) = match text.strip_suffix('\n') {
            Some(text) => (text.strip_suffix('\r').unwrap_or(text), true),
            None => (text.as_ref(), false),
        };
        (printable(&masker.mask(text)), complete)
    };
    let texts: Vec<(String, bool)> = hunk.lines.iter().map(shown).collect();
    let mut marks: Vec<Vec<Range<usize>>> = vec![Vec::new(); texts.len()];
    let kind = |at: usize| hunk.lines.get(at).map(|line| line.kind);
    let mut at = 0;
    while at < texts.len() {
        let run =
            |from: usize, wanted: LineKind| (from..texts.len()).take_while(|&at| kind(at) == Some(wanted)).count();
        let (removed, added) = (run(at, LineKind::Removed), run(at + run(at, LineKind::Removed), LineKind::Added));
        let lines = |from: usize, count: usize| texts.iter().skip(from).take(count).map(|(text, _)| text.as_str());
        let found = changed::marks(lines(at, removed), lines(at + removed, added));
        found.into_iter().zip(marks.iter_mut().skip(at)).for_each(|(found, marks)| *marks = found);
        at += (removed + added).max(1);
    }
    let mut out = String::new();
    for ((line, (text, complete)), marks) in hunk.lines.iter().zip(&texts).zip(&marks) {
        let sign = char::from(line.kind.sign());
        let style = match line.kind {
            LineKind::Context => Style::new(),
            LineKind::Removed => RED,
            LineKind::Added => GREEN,
        };
        let mut shown = String::new();
        let mut at = 0;
        let piece = |range: Range<usize>| text.get(range).unwrap_or("");
        for mark in marks {
            shown.push_str(&styled(style, piece(at..mark.start)));
            shown.push_str(&styled(style.invert(), piece(mark.clone())));
            at = mark.end;
        }
        let rest = piece(at..text.len());
        // The sign has the colour of what follows.
        let line = match (marks.is_empty(), rest.is_empty()) {
            (true, _) => styled(style, &format!("{sign}{rest}")),
            (false, true) => styled(style, &sign.to_string()) + &shown,
            (false, false) => styled(style, &sign.to_string()) + &shown + &styled(style, rest),
        };
        let _ = writeln!(out, "{line}");
        if !complete {
            let _ = writeln!(out, "{}", styled(DIM, "\\ No newline at end of file"));
        }
    }
    out
}

/// A real patch in colours.
pub fn colored(patch: &str) -> String {
    let mut out = String::new();
    for line in patch.split_inclusive('\n') {
        let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
        // Only a terminal gets colours, and it must not be steered.
        let text = &printable(text);
        let style = match text.as_bytes().first() {
            _ if text.starts_with("--- ") || text.starts_with("+++ ") => Some(BOLD),
            Some(b'@') => Some(CYAN),
            Some(b'-') => Some(RED),
            Some(b'+') => Some(GREEN),
            _ => None,
        };
        match style {
            Some(style) => out.push_str(&styled(style, text)),
            None => out.push_str(text),
        }
        out.push_str(end);
    }
    out
}
