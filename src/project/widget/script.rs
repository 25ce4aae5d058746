//! JavaScript and TypeScript cut into tokens, as far as it takes to separate code from strings, comments and regular
//! expressions. One step after the other, linear, on any text.

use crate::text::source::TextRange;

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TokenKind {
    /// An identifier or a keyword.
    Name,
    /// A string, or a template without substitutions; the range is what stands between its quotes.
    Text,
    /// One character of punctuation, with two exceptions: `?.` is a `.`, and `==`, `===`, `=>` are a `~`.
    Mark(u8),
    /// A number, a regular expression, a part of a template with substitutions.
    Other,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct JsToken {
    pub(super) kind: TokenKind,
    pub(super) range: TextRange,
    /// Whether it is the first one of its line.
    pub(super) fresh: bool,
}

/// The tokens of the part of a text from one byte up to another.
pub(super) struct Tokens<'t> {
    bytes: &'t [u8],
    at: usize,
    /// Whether the last token ends a value, so that a `/` divides.
    operand: bool,
    /// Of each open `(`, whether a statement's head stands in it (`if (x) /re/`).
    parens: Vec<bool>,
    /// Of each open `{`, whether it is the `${` of a template.
    braces: Vec<bool>,
    /// The last name was one whose parentheses are a statement's head.
    head: bool,
    /// Up to here no `"`, no `'` and no `/` begins anything, since one did not end in its line. (Looking for the end again
    /// from each of them would take quadratic time.)
    dead: [usize; 3],
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str, part: TextRange) -> Self {
        let bytes = text.as_bytes().get(..part.end()).unwrap_or(text.as_bytes());
        let (parens, braces) = (Vec::new(), Vec::new());
        Self { bytes, at: part.start(), operand: false, parens, braces, head: false, dead: [0; 3] }
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn starts_with(&self, prefix: &[u8]) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(prefix))
    }

    /// Skips blanks and comments; says whether a line ended.
    fn skip_trivia(&mut self) -> bool {
        let mut fresh = self.at == 0;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\n' | b'\r' => fresh = true,
                b' ' | b'\t' => {}
                // `<!--` is a comment in a script too: pages once hid their scripts from browsers with it.
                _ if self.starts_with(b"//") || self.starts_with(b"<!--") || self.starts_with(b"#!") => {
                    self.at = line_end(self.bytes, self.at);
                    continue;
                }
                _ if self.starts_with(b"/*") => {
                    let from = self.at + 2;
                    let rest = self.bytes.get(from..).unwrap_or(&[]);
                    let length = memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2);
                    fresh |= rest.get(..length).is_some_and(|comment| comment.contains(&b'\n'));
                    self.at = from + length;
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
        fresh
    }

    /// A string: its content, or `None` when it does not end in its line.
    fn string(&mut self, quote: u8) -> Option<TextRange> {
        let mut at = self.at + 1;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'\\' if self.bytes.get(at + 1..).is_some_and(|rest| rest.starts_with(b"\r\n")) => at += 3,
                b'\\' => at += 2,
                b'\n' | b'\r' => break,
                _ if byte == quote => {
                    let content = TextRange::new(self.at + 1, at);
                    self.at = at + 1;
                    return Some(content);
                }
                _ => at += 1,
            }
        }
        if let Some(dead) = self.dead.get_mut(usize::from(quote == b'\'')) {
            *dead = at;
        }
        None
    }

    /// From behind the opening quote of a template, or the `}` of a substitution, up to the end of the template or the next
    /// substitution. Gives the text when it was the end.
    fn template(&mut self) -> Option<TextRange> {
        let start = self.at;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\\' => self.at += 2,
                b'`' => {
                    self.at += 1;
                    return Some(TextRange::new(start, self.at - 1));
                }
                b'$' if self.byte(1) == Some(b'{') => {
                    self.at += 2;
                    self.braces.push(true);
                    return None;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
        None
    }

    /// A regular expression; not one when it does not end in its line.
    fn regex(&mut self) -> bool {
        let mut class = false;
        let mut at = self.at + 1;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'\\' => at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'\n' | b'\r' => break,
                b'/' if !class => {
                    self.at = at + 1;
                    while self.byte(0).is_some_and(is_name) {
                        self.at += 1;
                    }
                    return true;
                }
                _ => {}
            }
            at += 1;
        }
        self.dead[2] = at;
        false
    }

    fn word(&mut self) -> (TokenKind, bool) {
        let start = self.at;
        while self.byte(0).is_some_and(is_name) {
            self.at += 1;
        }
        let word = self.bytes.get(start..self.at).unwrap_or(&[]);
        if word.first().is_some_and(u8::is_ascii_digit) {
            return (TokenKind::Other, true);
        }
        self.head = [&b"if"[..], b"while", b"for", b"with"].contains(&word);
        (TokenKind::Name, !BEFORE_VALUES.contains(&word))
    }

    fn slash_begins_regex(&self) -> bool {
        // `</p>` and `/>` are JSX. Behind a `}` both a value and a statement may have ended.
        let before = self.at.checked_sub(1).and_then(|at| self.bytes.get(at));
        let closes = before == Some(&b'<') || (before == Some(&b'}') && self.byte(1) == Some(b'>'));
        !self.operand && !closes && self.at >= self.dead[2]
    }

    /// Punctuation; says what it is and whether a value may end with it.
    fn mark(&mut self, byte: u8) -> (TokenKind, bool) {
        let doubled = self.byte(1) == Some(byte);
        self.at += 1;
        match byte {
            b'(' => self.parens.push(std::mem::take(&mut self.head)),
            b')' => return (TokenKind::Mark(byte), !self.parens.pop().unwrap_or(false)),
            b'{' => self.braces.push(false),
            b']' => return (TokenKind::Mark(byte), true),
            b'?' if self.byte(0) == Some(b'.') && !self.byte(1).is_some_and(|next| next.is_ascii_digit()) => {
                self.at += 1;
                return (TokenKind::Mark(b'.'), false);
            }
            b'=' if matches!(self.byte(0), Some(b'=' | b'>')) => {
                while matches!(self.byte(0), Some(b'=' | b'>')) {
                    self.at += 1;
                }
                return (TokenKind::Mark(b'~'), false);
            }
            // What follows `i++` divides; nothing that follows `++i` begins with a slash.
            b'+' | b'-' if doubled => {
                self.at += 1;
                return (TokenKind::Mark(byte), true);
            }
            _ => {}
        }
        (TokenKind::Mark(byte), false)
    }
}

impl Iterator for Tokens<'_> {
    type Item = JsToken;

    fn next(&mut self) -> Option<JsToken> {
        let fresh = self.skip_trivia();
        let byte = self.byte(0)?;
        let start = self.at;
        let quote = |this: &Self, kind: usize| this.dead.get(kind).is_some_and(|&dead| this.at >= dead);
        let mut content = None;
        let (kind, operand) = match byte {
            b'"' if quote(self, 0) => {
                content = self.string(byte);
                (TokenKind::Text, true)
            }
            b'\'' if quote(self, 1) => {
                content = self.string(byte);
                (TokenKind::Text, true)
            }
            b'`' => {
                self.at += 1;
                content = self.template();
                (if content.is_some() { TokenKind::Text } else { TokenKind::Other }, content.is_some())
            }
            b'}' if self.braces.pop() == Some(true) => {
                self.at += 1;
                (TokenKind::Other, self.template().is_some())
            }
            b'/' if self.slash_begins_regex() && self.regex() => (TokenKind::Other, true),
            _ if is_name(byte) => self.word(),
            _ => self.mark(byte),
        };
        if self.at == start {
            // A quote that does not end in its line stands in a text between tags, or in a regular expression.
            self.at += 1;
            return Some(JsToken { kind: TokenKind::Mark(byte), range: TextRange::new(start, start + 1), fresh });
        }
        self.operand = operand;
        if kind != TokenKind::Name {
            self.head = false;
        }
        let range = content.unwrap_or_else(|| TextRange::new(start, self.at.min(self.bytes.len())));
        Some(JsToken { kind, range, fresh })
    }
}

/// Keywords that a value follows, and so a regular expression may.
const BEFORE_VALUES: &[&[u8]] = &[
    b"return",
    b"typeof",
    b"case",
    b"in",
    b"of",
    b"delete",
    b"void",
    b"throw",
    b"new",
    b"else",
    b"do",
    b"instanceof",
    b"await",
    b"yield",
];

/// Characters outside of ASCII are taken for letters; white space among them is rare and harmless.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or(&[]);
    memchr::memchr2(b'\n', b'\r', rest).map_or(bytes.len(), |end| from + end)
}
