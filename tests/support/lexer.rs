//! A lexer of Deluge that shares nothing with the tool's parser, for tests that must not believe what that one believes.
//!
//! It knows strings (with escapes and raw line ends; in straight, single and curly quotes), both kinds of comments, words,
//! numbers and operators. From these alone it tells where statements begin and which brackets belong together.

use std::ops::Range;

/// What a piece of text is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Sort {
    Comment,
    Text,
    Word,
    Number,
    Mark,
}

/// A piece of text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece<'t> {
    pub sort: Sort,
    pub text: &'t str,
    pub at: usize,
    /// Whether a string or a comment has no end.
    pub open: bool,
}

impl Piece<'_> {
    pub fn is(&self, mark: &str) -> bool {
        self.sort == Sort::Mark && self.text == mark
    }

    pub fn is_word(&self, word: &str) -> bool {
        self.sort == Sort::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub fn range(&self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }

    /// Of a string, what stands between its quotes.
    pub fn content(&self) -> &str {
        let quote = |c| matches!(c, '"' | '\'' | '\u{201C}' | '\u{201D}' | '\u{2018}' | '\u{2019}');
        let inner = self.text.strip_prefix(quote).unwrap_or(self.text);
        if self.open { inner } else { inner.strip_suffix(quote).unwrap_or(inner) }
    }
}

/// All pieces of a text; white space is in none.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() || "\u{FEFF}\u{200B}".contains(first) {
            at += first.len_utf8();
            continue;
        }
        let (sort, length, open) = piece(&text[at..], first);
        found.push(Piece { sort, text: &text[at..at + length], at, open });
        at += length;
    }
    found
}

/// The pieces that are no comments.
pub fn code(text: &str) -> Vec<Piece<'_>> {
    let mut found = pieces(text);
    found.retain(|piece| piece.sort != Sort::Comment);
    found
}

fn piece(rest: &str, first: char) -> (Sort, usize, bool) {
    let until = |is_end: fn(char) -> bool| rest.find(is_end).unwrap_or(rest.len());
    if rest.starts_with("//") {
        return (Sort::Comment, until(|c| c == '\n' || c == '\r'), false);
    }
    if let Some(inner) = rest.strip_prefix("/*") {
        let end = inner.find("*/");
        return (Sort::Comment, end.map_or(rest.len(), |end| end + 4), end.is_none());
    }
    match first {
        '"' | '\'' => quoted(rest, |c| c == first, false),
        '\u{201C}' | '\u{201D}' => quoted(rest, |c| c == '\u{201C}' || c == '\u{201D}', true),
        '\u{2018}' | '\u{2019}' => quoted(rest, |c| c == '\u{2018}' || c == '\u{2019}', true),
        _ if first.is_ascii_digit() => (Sort::Number, until(|c| !(c.is_ascii_digit() || c == '.')), false),
        _ if first.is_alphabetic() || first == '_' => {
            (Sort::Word, until(|c| !(c.is_alphanumeric() || c == '_')), false)
        }
        _ => {
            const LONG: [&str; 10] = ["+=", "-=", "*=", "/=", "==", "!=", "<=", ">=", "&&", "||"];
            let long = LONG.iter().find(|mark| rest.starts_with(**mark));
            (Sort::Mark, long.map_or(first.len_utf8(), |mark| mark.len()), false)
        }
    }
}

/// A string; one in curly quotes ends on its line, or the quote is a piece by itself.
fn quoted(rest: &str, is_end: impl Fn(char) -> bool, on_its_line: bool) -> (Sort, usize, bool) {
    let mut chars = rest.char_indices();
    let first = chars.next().map_or(0, |(_, first)| first.len_utf8());
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if is_end(c) {
            return (Sort::Text, at + c.len_utf8(), false);
        } else if on_its_line && c == '\n' {
            return (Sort::Mark, first, false);
        }
    }
    if on_its_line { (Sort::Mark, first, false) } else { (Sort::Text, rest.len(), true) }
}

/// For each piece the one that closes or opens it, for brackets that have such a one.
pub fn brackets(pieces: &[Piece<'_>]) -> Vec<Option<usize>> {
    let mut partner = vec![None; pieces.len()];
    let mut open: Vec<(usize, &str)> = Vec::new();
    for (at, piece) in pieces.iter().enumerate().filter(|(_, piece)| piece.sort == Sort::Mark) {
        let opens = match piece.text {
            "(" | "[" | "{" => {
                open.push((at, piece.text));
                continue;
            }
            ")" => "(",
            "]" => "[",
            "}" => "{",
            _ => continue,
        };
        if open.last().is_some_and(|(_, mark)| *mark == opens) {
            let (other, _) = open.pop().unwrap();
            partner[other] = Some(at);
            partner[at] = Some(other);
        }
    }
    partner
}

/// The statements of a text, as ranges of `pieces` (without comments): from what stands behind `;`, a block's bracket or the
/// start, to the next of these. The brackets of lists, maps and arguments end none.
pub fn statements(pieces: &[Piece<'_>]) -> Vec<Range<usize>> {
    let partner = brackets(pieces);
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(piece) = pieces.get(at) {
        let end = match piece.text {
            // Inside of these no statement ends.
            "(" | "[" if piece.sort == Sort::Mark => {
                at = partner[at].map_or(at + 1, |end| end + 1);
                continue;
            }
            "{" if piece.sort == Sort::Mark && !is_block(pieces, at) => {
                at = partner[at].map_or(at + 1, |end| end + 1);
                continue;
            }
            "{" | "}" | ";" if piece.sort == Sort::Mark => at,
            _ => {
                at += 1;
                continue;
            }
        };
        if start < end {
            found.push(start..end);
        }
        at += 1;
        start = at;
    }
    if start < pieces.len() {
        found.push(start..pieces.len());
    }
    found
}

/// Whether the bracket opens a block of statements, by what stands before it.
fn is_block(pieces: &[Piece<'_>], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| &pieces[before]) else { return true };
    match before.sort {
        Sort::Mark => matches!(before.text, ")" | ";" | "{" | "}" | "]"),
        // As in `for each x in list {`, `else {`.
        Sort::Word => !before.is_word("return") && !before.is_word("in") && !before.is_word("info"),
        _ => true,
    }
}
