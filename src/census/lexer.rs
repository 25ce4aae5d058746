//! Texts, comments, words and signs of any text at all, by rules that the languages in question share. It never fails: what
//! closes nothing is a sign like others.

use memchr::{memchr, memchr2, memchr3, memmem};

use crate::text::source::TextRange;

/// A stretch of the text; blanks are none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lexeme {
    /// What stands between quotes.
    Text(TextRange),
    /// Letters, digits and underscores.
    Word(TextRange),
    /// A comment with what begins and ends it.
    Comment(TextRange),
    /// Any other byte, and where it stands.
    Sign(u8, usize),
}

/// Iterates over the tokens. Linear in the length of the text.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// Up to where no quote closes.
    unclosed: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, unclosed: 0 }
    }

    fn rest(&self, from: usize) -> &'t [u8] {
        self.text.as_bytes().get(from..).unwrap_or(&[])
    }

    /// The token from here to byte `end`.
    fn range(&mut self, end: usize) -> TextRange {
        let range = TextRange::new(self.at, end);
        self.at = end;
        range
    }

    /// A text whose quotes are `quote` bytes long and that ends before byte `end`.
    fn text(&mut self, end: usize, quote: usize) -> Lexeme {
        let inside = TextRange::new(self.at + quote, end);
        self.at = (end + quote).min(self.text.len());
        Lexeme::Text(inside)
    }

    /// Where a text ends that begins at byte `from`; `None` when the line ends before. A quote that closes nothing is not
    /// looked for twice.
    fn end_in_line(&mut self, from: usize, quote: &[u8]) -> Option<usize> {
        if from < self.unclosed {
            return None;
        }
        let rest = self.rest(from);
        let mut at = 0;
        loop {
            let first = *quote.first()?;
            let next = rest.get(at..).and_then(|rest| memchr3(first, b'\\', b'\n', rest)).map(|next| at + next);
            let end = next.unwrap_or(rest.len());
            if let Some(line) = rest.get(at..end).and_then(|skipped| memchr(b'\r', skipped)) {
                self.unclosed = from + at + line;
                return None;
            }
            match rest.get(end) {
                Some(b'\\') => at = (end + 2).min(rest.len()),
                Some(b'\n') | None => {
                    self.unclosed = from + end;
                    return None;
                }
                Some(_) if rest.get(end..).is_some_and(|rest| rest.starts_with(quote)) => return Some(from + end),
                Some(_) => at = end + 1,
            }
        }
    }
}

/// Where the quote is that ends a text, or the end.
fn end(inside: &[u8], quote: u8) -> usize {
    let mut from = 0;
    while let Some(at) = inside.get(from..).and_then(|rest| memchr2(quote, b'\\', rest)) {
        if inside.get(from + at) == Some(&quote) {
            return from + at;
        }
        from += at + 2;
    }
    inside.len()
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// How long the word is that `text` begins with. A typographic quote is no letter.
fn word(text: &[u8]) -> usize {
    let mut at = 1;
    loop {
        let rest = text.get(at..).unwrap_or(&[]);
        let ascii = |byte: &u8| !matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_');
        let length = rest.iter().position(ascii).unwrap_or(rest.len());
        at += length;
        match rest.get(length..) {
            Some(rest @ [byte, ..]) if !byte.is_ascii() && !begins_with_quote(rest) => at += 1,
            _ => return at,
        }
    }
}

/// The quotes that word processors make of straight ones.
const OPENING: [&[u8]; 2] = ["\u{201C}".as_bytes(), "\u{201D}".as_bytes()];
const CLOSING: &str = "\u{201D}";

fn begins_with_quote(text: &[u8]) -> bool {
    OPENING.iter().any(|quote| text.starts_with(quote))
}

impl Iterator for Lexer<'_> {
    type Item = Lexeme;

    fn next(&mut self) -> Option<Lexeme> {
        let blanks = self.rest(self.at);
        self.at += blanks.iter().position(|byte| !matches!(byte, b' ' | b'\t'..=b'\r')).unwrap_or(blanks.len());
        let rest = self.rest(self.at);
        let before = self.at.checked_sub(1).and_then(|at| self.text.as_bytes().get(at)).copied();
        let token = match rest {
            [] => return None,
            // `https://…` that stands in no text.
            [b'/', b'/', ..] if before != Some(b':') => {
                let end = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
                Lexeme::Comment(self.range(self.at + end))
            }
            [b'/', b'*', inside @ ..] => {
                let end = memmem::find(inside, b"*/").map_or(rest.len(), |at| at + 4);
                Lexeme::Comment(self.range(self.at + end))
            }
            [b'"', inside @ ..] => self.text(self.at + 1 + end(inside, b'"'), 1),
            [b'\'', ..] => {
                // `don't`
                let end = match before {
                    Some(byte) if is_word(byte) => None,
                    _ => self.end_in_line(self.at + 1, b"'"),
                };
                match end {
                    Some(end) => self.text(end, 1),
                    None => Lexeme::Sign(b'\'', self.range(self.at + 1).start()),
                }
            }
            [byte, ..] if !byte.is_ascii() && begins_with_quote(rest) => {
                match self.end_in_line(self.at + CLOSING.len(), CLOSING.as_bytes()) {
                    Some(end) => self.text(end, CLOSING.len()),
                    None => Lexeme::Sign(b'"', self.range(self.at + CLOSING.len()).start()),
                }
            }
            [byte, ..] if is_word(*byte) => {
                let end = word(rest);
                Lexeme::Word(self.range(self.at + end))
            }
            [byte, ..] => Lexeme::Sign(*byte, self.range(self.at + 1).start()),
        };
        Some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(text: &str) -> String {
        let show = |token| match token {
            Lexeme::Text(range) => format!("<{}>", range.of(text)),
            Lexeme::Word(range) => range.of(text).to_owned(),
            Lexeme::Comment(_) => "#".to_owned(),
            Lexeme::Sign(byte, _) => char::from(byte).to_string(),
        };
        Lexer::new(text).map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn texts_comments_and_words_are_told_apart() {
        assert_eq!(spelt("x = \"a // \\\"b\"; // c \"d\ry"), "x = <a // \\\"b> ; # y");
        assert_eq!(spelt("it's 'b' + 'c"), "it ' s <b> + ' c");
        assert_eq!(spelt("href=https://a/b /* x"), "href = https : / / a / b #");
        assert_eq!(spelt("\u{201C}a b\u{201D}, \u{201C}c\nd"), "<a b> , \" c d");
        assert_eq!(spelt("grün_1 \"never closed"), "grün_1 <never closed>");
        assert_eq!(spelt("\\ \""), "\\ <>");
    }

    #[test]
    fn many_quotes_that_close_nothing_come_to_an_end() {
        for quote in ["'", "\u{201C}", "\u{201D}x\n", "\"\\", "/*", "('"] {
            let text = quote.repeat(1_000_000);
            assert!((1..=text.len()).contains(&Lexer::new(&text).count()), "{quote:?}");
        }
    }
}
