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
//! Not fixed: which of the quotes are meant as delimiters is not always plain. A request with such quotes is not edited
//! at all, so that its authtoken stays as well.
//!
//! By hand: write straight quotes, then run authshift again.

use memchr::memchr_iter;

use super::{Draft, Maker};
use crate::deluge::lexical::{Piece, pieces};
use crate::deluge::{Kind, NodeId, Tree};
use crate::finding::{Applicability, Rule};
use crate::inspect::Inspection;
use crate::project::part::Part;

pub(super) fn report(maker: &mut Maker<'_>, inspection: &Inspection<'_>) {
    let context = inspection.context;
    for node in delimited(context.text, context.tree) {
        let draft = Draft {
            rule: Rule::CurlyQuote,
            applicability: Applicability::Manual,
            range: context.tree.range(node),
            message: "typographic quotes delimit this text; the script does not compile".to_owned(),
            notes: vec!["write straight quotes".to_owned()],
        };
        maker.add(draft, None, None);
    }
}

/// The texts between such quotes.
fn delimited<'t>(text: &'t str, tree: &'t Tree) -> impl Iterator<Item = NodeId> + 't {
    let curly = holds_quotes(text.as_bytes()).then(|| tree.descendants(tree.root()));
    curly
        .into_iter()
        .flatten()
        .filter(move |&node| tree.kind(node) == Kind::String && tree.range(node).of(text).starts_with(QUOTES))
}

const QUOTES: [char; 2] = ['\u{201C}', '\u{201D}'];

fn holds_quotes(text: &[u8]) -> bool {
    memchr_iter(0xE2, text).any(|at| matches!(text.get(at + 1..at + 3), Some([0x80, 0x9C | 0x9D])))
}

/// Whether there may be texts between such quotes in a file of Deluge.
pub(crate) fn may_delimit(text: &str) -> bool {
    if !holds_quotes(text.as_bytes()) || all_in_texts(text) == Some(true) {
        return false;
    }
    let delimits = |part: &Part<'_>| delimited(part.text(), &part.tree).next().is_some();
    Part::all_of(text).map_or(true, |parts| parts.iter().any(delimits))
}

/// Whether all such quotes stand in comments and between straight quotes; `None` where that cannot be said without parsing.
fn all_in_texts(text: &str) -> Option<bool> {
    for piece in pieces(text)? {
        match piece {
            Piece::Code(code) if holds_quotes(code) => return Some(false),
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
                        assert_eq!(delimited(&torn, &tree).next(), None, "{torn}");
                        told += 1;
                    }
                }
            }
        }
        assert!(told > 1000, "{told}");
    }
}
