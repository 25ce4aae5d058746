//! # curly-quote
//!
//! typographic quotes around a text
//!
//! ## What it finds
//! A text between typographic quotes (`“…”`), as they come from documents and mails. Inside a text between straight
//! quotes they are fine.
//!
//! ## Why
//! Zoho's editor does not take them: the script does not compile.
//!
//! ## Fix safety
//! Unsafe, where an opening and a closing quote pair on one line: it assumes that they were meant as the quotes of the text.
//! A request with such quotes is migrated only when they are straight; `--unsafe-fixes` does both.
//!
//! By hand: a text that does not begin with `“` and end with `”` on the same line, that holds a straight quote or ends with a
//! backslash, and every text of a line on which another typographic quote has no partner. Write straight quotes, then run
//! authshift again.

use std::sync::Arc;

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{Look, Script};
use super::sink::{FindingSink, NewFinding};
use crate::finding::{ASSUMES, Applicability, Fix, Rule, Severity, WITH_UNSAFE_FIXES};
use crate::migrate::quotes::curly_texts;
use crate::text::edit::Edits;

pub(super) static RULE: Declaration = Declaration {
    place: 220,
    severity: Severity::Warning,
    fixable: Fixable::InPart("where the quotes pair on one line, with `--unsafe-fixes`"),
    comments: true,
    needs: &[&[Sign::Quote]],
    weakness: None,
    example: example!("G03-curly-quotes-around-a-link-name.page", "before.deluge", "after-unsafe.deluge"),
    looks: &[Look::Script(report)],
};

const BECOMES: &str = "replace the typographic quotes with straight ones";

fn report(sink: &mut FindingSink<'_>, script: &Script<'_, '_>) {
    for text in curly_texts(script.inspection.part) {
        let (applicability, notes) = match text.straight {
            Some(_) => (
                Applicability::Unsafe,
                vec![format!("{WITH_UNSAFE_FIXES}{BECOMES}"), format!("{ASSUMES}these quotes begin and end the text")],
            ),
            None => (
                Applicability::Manual,
                vec!["it is not clear where the text begins and ends; write straight quotes by hand".to_owned()],
            ),
        };
        let fix = text.straight.map(|edits| {
            let edits = Edits::from(edits);
            Fix { message: BECOMES.into(), alone: Some(Arc::clone(&edits)), edits }
        });
        let new = NewFinding {
            rule: Rule::CurlyQuote,
            applicability,
            range: text.range,
            message: "this text is in typographic quotes; the script does not compile".to_owned(),
            notes,
        };
        sink.add(new, None, fix);
    }
}
