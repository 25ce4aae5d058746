//! Typographic quotes that delimit texts. Most stand in texts and comments, where they are fine, and that is seen without parsing.

use crate::deluge::lexical::{Piece, pieces};
use crate::migrate::quotes::{has_marks, is_curly};
use crate::project::part::Part;

/// Whether there may be texts between such quotes in a file of Deluge.
pub fn may_delimit(text: &str) -> bool {
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
