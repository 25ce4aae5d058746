//! The questions of `fix --interactive`, as `git add -p` asks them.

use std::fmt::Write as _;

use super::{BOLD, CYAN, DIM, WARNING, lines, preview, printable, printable_path, styled, wrapped};
use crate::finding::Applicability;
use crate::fix::Change;
use crate::secret::Masker;
use crate::source::Source;

const INDENT: &str = "  ";

/// What the letters mean.
pub const HELP: &str = "\
y - apply this change
n - do not apply this change
a - apply this change and all that are left in this file
d - apply neither this change nor any that is left in this file
e - open the file here in an editor, and look at it again
q - quit; what was applied stays
? - print this help
";

/// The findings, what becomes of them, and the change, in lines of `width` columns as far as they are not code.
pub fn change(source: &Source, change: &Change, masker: &Masker, width: usize) -> String {
    let mut out = String::new();
    for finding in &change.findings {
        let _ = writeln!(out, "{}", lines::head(finding, masker));
        let style = if finding.applicability == Applicability::Unsafe { WARNING } else { CYAN };
        for note in finding.notes.iter() {
            for line in wrapped(&printable(&masker.mask(note)), width.saturating_sub(INDENT.len())) {
                let _ = writeln!(out, "{INDENT}{}", styled(style, &line));
            }
        }
    }
    if change.findings.is_empty() {
        let _ = writeln!(out, "{}", styled(BOLD, &printable_path(source.path())));
    }
    let (old, new) = match &change.page {
        // Nobody reads a page in one line, with `&quot;` for each quote.
        Some((old, new)) => {
            let _ = writeln!(out, "{}", styled(DIM, "in the page, decoded:"));
            (old.as_str(), new.as_str())
        }
        None => (source.text(), change.text.as_str()),
    };
    out + &preview::hunks(old, new, masker)
}

/// The question itself, without a line end.
pub fn prompt(change: &Change) -> String {
    let (number, all) = change.place;
    let what = if change.is_unsafe() { "unsafe change" } else { "change" };
    styled(BOLD, &format!("({number}/{all}) Apply this {what} [y,n,a,d,e,q,?]? "))
}
