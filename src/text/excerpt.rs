//! Code in a message. It is shortened only once its secrets are masked: one that was cut in two would not be known any more.

use std::borrow::Cow;

/// Marks where code begins in a message that is not masked yet.
const BEGIN: char = '\u{2}';

/// Marks where it ends.
const END: char = '\u{3}';

/// Stands between the place of code, the byte where it begins, and the code itself.
const AT: char = '\u{4}';

/// How much of it is shown (characters).
const MOST: usize = 60;

/// A literal with a longer text (characters) is shown as `"…"`.
const MOST_TEXT: usize = 12;

/// More of it (bytes) is not read: a long statement is named for each of its calls.
const MOST_READ: usize = 1024;

/// Code for a message: on one line, and without the longer texts in it. [`cut`] makes it short.
pub fn shortened(code: &str) -> String {
    let code = code.trim();
    let read = (0..4).find_map(|back| code.get(..MOST_READ - back)).filter(|head| head.len() < code.len());
    let mut pieces = Pieces { rest: read.unwrap_or(code) }.peekable();
    let mut line = String::from(BEGIN);
    while let Some(piece) = pieces.next() {
        match piece {
            // What was broken off may be the beginning of anything.
            _ if read.is_some() && pieces.peek().is_none() => line.push('…'),
            Piece::Blank => line.push(' '),
            Piece::Text(text) if is_plain(text) => line.push_str(text),
            Piece::Text(_) => line.push_str("\"…\""),
            Piece::Code(code) => line.extend(code.chars().filter(|&c| ![BEGIN, END, AT].contains(&c))),
        }
    }
    line.push(END);
    line
}

/// The same for code that begins at this byte: [`cut`] adds its line.
pub fn placed(code: &str, at: usize) -> String {
    let mut text = shortened(code);
    text.insert_str(BEGIN.len_utf8(), &format!("{at}{AT}"));
    text
}

/// The byte where the first code in a message begins that is not cut yet.
pub fn place(message: &str) -> Option<usize> {
    let (_, code) = message.split_once(BEGIN)?;
    code.split_once(AT)?.0.parse().ok()
}

/// A masked message with the code in it cut to what is shown, and its line, which `line` knows, behind it.
pub fn cut(message: &str, line: impl Fn(usize) -> u32) -> Cow<'_, str> {
    if !message.contains(BEGIN) {
        return Cow::Borrowed(message);
    }
    let mut out = String::with_capacity(message.len());
    let mut left = None;
    // Where the code stands, and what is to be said of that.
    let mut place: Option<String> = None;
    let mut said = String::new();
    for c in message.chars() {
        if let Some(digits) = &mut place {
            match c {
                AT => {
                    said = digits.parse().map(|at| format!(" (line {})", line(at))).unwrap_or_default();
                    place = None;
                    continue;
                }
                '0'..='9' => {
                    digits.push(c);
                    continue;
                }
                // It is code without a place, which began with a number.
                _ => {
                    let count = digits.chars().count();
                    out.push_str(digits);
                    (left, place) = (Some(MOST.saturating_sub(count)), None);
                }
            }
        }
        // Behind the quote that ends the code.
        if left.is_none() && !said.is_empty() && c != '`' {
            out.push_str(&std::mem::take(&mut said));
        }
        match (c, left) {
            (BEGIN, _) => (left, place) = (Some(MOST), Some(String::new())),
            (END, _) => left = None,
            (_, None) => out.push(c),
            (_, Some(0)) => {
                out.push('…');
                left = Some(usize::MAX);
            }
            (_, Some(usize::MAX)) => {}
            (_, Some(more)) => {
                out.push(c);
                left = Some(more - 1);
            }
        }
    }
    Cow::Owned(out + &said)
}

/// Whether a literal shows what the code does: a key, a name.
fn is_plain(literal: &str) -> bool {
    let text = literal.trim_matches('"');
    let length = text.chars().count();
    literal.len() >= 2
        && literal.ends_with('"')
        && length <= MOST_TEXT
        && !text.contains(['\\', '\n', '\r', BEGIN, END])
        && (length <= 8 || !text.contains(|c: char| c.is_ascii_digit()))
}

/// What code is made of, as far as a message goes.
enum Piece<'c> {
    Blank,
    /// A literal with its quotes.
    Text(&'c str),
    /// A word, or a sign.
    Code(&'c str),
}

struct Pieces<'c> {
    rest: &'c str,
}

impl<'c> Iterator for Pieces<'c> {
    type Item = Piece<'c>;

    fn next(&mut self) -> Option<Piece<'c>> {
        let first = self.rest.chars().next()?;
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            '"' => literal(self.rest),
            c if c.is_whitespace() => self.rest.find(|c: char| !c.is_whitespace()).unwrap_or(self.rest.len()),
            c if word(c) => self.rest.find(|c: char| !word(c)).unwrap_or(self.rest.len()),
            c => c.len_utf8(),
        };
        let (piece, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(match first {
            '"' => Piece::Text(piece),
            c if c.is_whitespace() => Piece::Blank,
            _ => Piece::Code(piece),
        })
    }
}

/// How long the literal at the start of the text is, quotes included.
fn literal(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(code: &str) -> String {
        cut(&format!("`{}` is it", shortened(code)), |_| 0).into_owned()
    }

    #[test]
    fn code_is_one_line_without_longer_texts() {
        assert_eq!(shown(" r = f(\"a key\",\n\t\"https://desk.zoho.com\"); "), "`r = f(\"a key\", \"…\");` is it");
        assert_eq!(shown(&"x + ".repeat(100)), format!("`{}…` is it", "x + ".repeat(15)));
        assert_eq!(shown("f(\u{2}x\u{3}) + \u{3}y"), "`f(x) + y` is it");
    }

    #[test]
    fn a_place_becomes_a_line() {
        let line = |at: usize| u32::try_from(at / 10).unwrap();
        assert_eq!(cut(&format!("`{}` is it", placed("return r;", 42)), line), "`return r;` (line 4) is it");
        assert_eq!(cut(&format!("it is `{}`", placed("12 + x", 42)), line), "it is `12 + x` (line 4)");
        assert_eq!(shown("12 + x"), "`12 + x` is it");
        assert_eq!(shown("12"), "`12` is it");
        let long = "x + ".repeat(100);
        assert_eq!(cut(&placed(&long, 42), line), format!("{}… (line 4)", "x + ".repeat(15)));
    }

    #[test]
    fn literals_are_told_apart_by_their_quotes() {
        assert_eq!(shown(r#"f("{\"authtoken\":\"abc\"}").subString(0,4)"#), r#"`f("…").subString(0,4)` is it"#);
        assert_eq!(
            shown(r#"m.get("access_token") + "k3ys3cr3t" + "abc12" + "unended"#),
            r#"`m.get("access_token") + "…" + "abc12" + "…"` is it"#
        );
    }

    #[test]
    fn what_is_broken_off_is_not_shown() {
        let code = format!("{}secret", "a+".repeat(MOST_READ / 2 - 1));
        assert!(!shortened(&code).contains("se"));
        let code = format!("\"{}\"", "é".repeat(MOST_READ));
        assert_eq!(shown(&code), "`…` is it");
    }

    #[test]
    fn secrets_are_masked_before_the_cut() {
        let mut secrets = crate::text::secret::Secrets::default();
        secrets.add("averylongwordthatisasecret");
        let code = format!("f({}averylongwordthatisasecret)", "a, ".repeat(15));
        let message = secrets.masker(false).mask(&shortened(&code)).into_owned();
        assert_eq!(cut(&message, |_| 0), format!("f({}aver…)", "a, ".repeat(15)));
    }
}
