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
//! ## Example
//! fixture: G03-curly-quotes-around-a-link-name
//!
//! ## Fix safety
//! Unsafe, where an opening and a closing quote pair on one line: it assumes that they were meant as the quotes of the text.
//! A request with such quotes is migrated only when they are straight; `--unsafe-fixes` does both.
//!
//! By hand: a text that does not begin with `“` and end with `”` on the same line, that holds a straight quote or ends with a
//! backslash, and every text of a line on which another typographic quote has no partner. Write straight quotes, then run
//! authshift again.

use std::sync::Arc;

use super::{FindingSink, NewFinding};
use crate::deluge::lexical::{Piece, pieces};
use crate::finding::{ASSUMES, Applicability, Fix, Rule, WITH_UNSAFE_FIXES};
use crate::inspect::Inspection;
use crate::migrate::quotes::{curly_texts, has_marks, is_curly};
use crate::project::part::Part;
use crate::text::edit::Edits;

const BECOMES: &str = "replace the typographic quotes with straight ones";

pub(super) fn report(sink: &mut FindingSink<'_>, inspection: &Inspection<'_>) {
    for text in curly_texts(inspection.part) {
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

/// Whether there may be texts between such quotes in a file of Deluge.
pub(crate) fn may_delimit(text: &str) -> bool {
    if !has_marks(text) || all_in_texts(text) == Some(true) {
        return false;
    }
    Part::all_of(text).map_or(true, |parts| parts.iter().any(delimits))
}

fn delimits(part: &Part<'_>) -> bool {
    part.tree.descendants(part.tree.root()).any(|node| is_curly(part.text(), &part.tree, node))
}

/// Whether all such quotes stand in comments and between straight quotes; `None` where only parsing can decide.
fn all_in_texts(text: &str) -> Option<bool> {
    for piece in pieces(text)? {
        match piece {
            Piece::Code(code) if has_marks(code) => return Some(false),
            Piece::Unclear => return None,
            _ => {}
        }
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_in_texts_and_comments_are_told_without_parsing() {
        for (text, expected) in [
            ("x = \"a \u{201C}b\u{201D}\"; // \u{201C}c\u{201D}\ny = 1 / 2;", Some(true)),
            ("x = \"a \\\" \u{201C}b\"; /* \u{201D} \" */", Some(true)),
            ("x = \"never closed \u{201C}b", Some(true)),
            ("x = \u{201C}b\u{201D};", Some(false)),
            ("x = \"a\"; y = \u{201C}b\u{201D};", Some(false)),
            ("x = 'a \u{201C}b';", None),
            ("%> \" <% x = \u{201C}b\u{201D};", None),
        ] {
            assert_eq!(all_in_texts(text), expected, "{text}");
        }
    }

    /// Of every fixture, with its straight quotes, comments and ends of lines torn by such quotes here and there.
    #[test]
    fn parsing_says_the_same() {
        let mut told = 0;
        for entry in walkdir::WalkDir::new("fixtures").sort_by_file_name().into_iter().filter_map(Result::ok) {
            let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
            let places: Vec<usize> = text.match_indices(['"', '/', '\n', '(', '\\']).map(|(at, _)| at).collect();
            for &at in places.iter().step_by(places.len() / 20 + 1) {
                let (before, behind) = text.split_at(at);
                for torn in [
                    format!("{before}\u{201C}{behind}"),
                    format!("{before}\u{201D}{}", behind.get(1..).unwrap()),
                    format!("{before}\"\u{201C}{behind}"),
                ] {
                    if all_in_texts(&torn) == Some(true) {
                        let tree = crate::deluge::parse(&torn).unwrap();
                        assert!(!delimits(&Part::of_file(&torn, tree)), "{torn}");
                        told += 1;
                    }
                }
            }
        }
        assert!(told > 1000, "{told}");
    }
}
