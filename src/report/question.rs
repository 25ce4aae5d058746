//! The questions of `fix --interactive`, as `git add -p` asks them.

use std::fmt::Write as _;

use anstyle::Style;

use super::{BOLD, CYAN, DIM, WARNING, flow, lines, preview, printable, printable_path, severity_style, styled};
use crate::finding::{Applicability, WITH_UNSAFE_FIXES};
use crate::fix::Change;
use crate::text::diff;
use crate::text::secret::Masker;
use crate::text::source::Source;

const INDENT: &str = "  ";

/// What the letters mean.
pub const HELP: &str = "\
y - apply this change
n - do not apply this change
a - apply this change and all that are left in this file
A - apply this change and all that are left, in all files
d - apply neither this change nor any that is left in this file
e - open the file here in an editor, and look at it again
q - quit; what was applied stays
? - print this help
";

/// The findings, what becomes of them, and the change, in lines of `width` columns as far as they are not code.
pub fn change(source: &Source, change: &Change, masker: &Masker, width: usize) -> String {
    let mut out = String::new();
    for finding in &change.findings {
        let (place, rule, message) = lines::head(finding, masker);
        let message = format!(": {message}");
        let pieces = [
            (BOLD, &*place),
            (Style::new(), ": "),
            (severity_style(finding.severity), &*rule),
            (Style::new(), &*message),
        ];
        let _ = writeln!(out, "{}", flow(&pieces, Some(width), "    "));
        let style = if finding.applicability == Applicability::Unsafe { WARNING } else { CYAN };
        for note in finding.notes.iter() {
            let note = printable(&masker.mask(note.strip_prefix(WITH_UNSAFE_FIXES).unwrap_or(note)));
            let _ = writeln!(out, "{}", flow(&[(Style::new(), INDENT), (style, &*note)], Some(width), INDENT));
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
    out + &preview::changes(&diff::hunks(old.as_bytes(), new.as_bytes()), masker)
}

/// The question itself, without a line end, for the change with this number of all.
pub fn prompt(change: &Change, (number, all): (usize, usize)) -> String {
    let what = if change.is_unsafe() { "unsafe change" } else { "change" };
    styled(BOLD, &format!("({number}/{all}) Apply this {what} [y,n,a,A,d,e,q,?]? "))
}
