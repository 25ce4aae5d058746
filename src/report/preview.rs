//! The migration as a diff for people: secrets masked, and then in a form that no tool takes for a patch.

use std::fmt::Write as _;
use std::path::Path;

use super::{BOLD, CYAN, DIM, GREEN, RED, printable, printable_path, styled};
use crate::diff::{self, Hunk, Kind};
use crate::secret::Masker;

/// The diff of one file, with headers that say that it is a preview and hunks headed by text that neither `git apply` nor
/// `patch` reads.
pub fn render(path: &Path, old: &str, new: &str, masker: &Masker) -> String {
    let name = printable_path(path);
    let mut out = String::new();
    let _ = writeln!(out, "{}", styled(BOLD, &format!("--- {name}")));
    let _ = writeln!(
        out,
        "{}{}",
        styled(BOLD, &format!("+++ {name}")),
        styled(DIM, " (preview with masked tokens, not a patch)")
    );
    out + &hunks(old, new, masker)
}

/// The changes without the file's name.
pub(super) fn hunks(old: &str, new: &str, masker: &Masker) -> String {
    let mut out = String::new();
    for hunk in diff::hunks(old.as_bytes(), new.as_bytes()) {
        let last = hunk.old_start + hunk.old_lines.max(1) - 1;
        let _ = writeln!(out, "{}", styled(CYAN, &format!("@@ lines {} to {last} @@", hunk.old_start)));
        out.push_str(&lines(&hunk, masker));
    }
    out
}

/// The lines of a hunk, masked.
pub(super) fn lines(hunk: &Hunk<'_>, masker: &Masker) -> String {
    let mut out = String::new();
    for line in &hunk.lines {
        let text = String::from_utf8_lossy(line.bytes);
        let (text, complete) = match text.strip_suffix('\n') {
            Some(text) => (text.strip_suffix('\r').unwrap_or(text), true),
            None => (text.as_ref(), false),
        };
        let shown = format!("{}{}", char::from(line.kind.sign()), printable(&masker.mask(text)));
        let _ = writeln!(out, "{}", in_color(line.kind, &shown));
        if !complete {
            let _ = writeln!(out, "{}", styled(DIM, "\\ No newline at end of file"));
        }
    }
    out
}

fn in_color(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Context => text.to_owned(),
        Kind::Removed => styled(RED, text),
        Kind::Added => styled(GREEN, text),
    }
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
