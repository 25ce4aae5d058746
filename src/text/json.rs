//! JSON as it stands in the file: where its texts are, what they say, and how to write into one without touching the rest.
//!
//! [`scan`] yields the texts and brackets of a document one after another and keeps none of them, so that a document of any
//! size and depth is read in one pass. [`Text`] is one text, decoded; each character of it knows how it is spelt.
//!
//! ```text
//! "script":"x = \"\u00e9\";"      the file; the text begins behind its first quote
//!           x =  " é      " ;     what it says; an edit of `é` is one of `\u00e9`
//! ```

mod text;

use crate::text::source::TextRange;

pub use text::{Spelling, Text};

/// What stands at a place of a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// `{` or `[`.
    Open {
        /// Whether it is `{`.
        object: bool,
    },
    /// `}` or `]`.
    Close,
    /// A member's name, without its quotes.
    Key(TextRange),
    /// A value that is a text, without its quotes.
    Text(TextRange),
}

/// Why a text is no JSON, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flaw {
    /// In bytes.
    pub offset: usize,
    /// What is wrong there.
    pub message: &'static str,
}

/// Brackets inside of one another: what reads a document keeps something of each that is open.
const DEEPEST: usize = 100_000;

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Next {
    /// A value of the top level, or the end.
    Document,
    /// A member's name, or the end of the object.
    Key,
    Colon,
    Value,
    /// A value, or the end of the list.
    Item,
    /// A comma, or the end of the object or list.
    Comma,
}

/// Tells `event` what stands in a document, in text order. Comments, commas behind the last item and several documents one
/// after another, as in JSON Lines, are read too. Linear, and without recursion.
///
/// # Errors
/// [`Flaw`], after everything before it was yielded.
pub fn scan(text: &str, event: &mut impl FnMut(Event)) -> Result<(), Flaw> {
    let bytes = text.as_bytes();
    let flaw = |offset, message| Err(Flaw { offset, message });
    // Whether each open bracket is an object's.
    let mut open: Vec<bool> = Vec::new();
    let mut next = Next::Document;
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let behind_value = |open: &[bool]| if open.is_empty() { Next::Document } else { Next::Comma };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'/' => {
                at = behind_comment(bytes, at)
                    .ok_or(Flaw { offset: at, message: "`/` does not start a comment here" })?
            }
            b'{' | b'[' => {
                let object = byte == b'{';
                match next {
                    Next::Document | Next::Value | Next::Item => {}
                    _ => return flaw(at, expected(next)),
                }
                if open.len() == DEEPEST {
                    return flaw(at, "more than 100,000 brackets are nested here");
                }
                open.push(object);
                event(Event::Open { object });
                next = if object { Next::Key } else { Next::Item };
                at += 1;
            }
            b'}' | b']' => {
                let fits = match next {
                    Next::Key => byte == b'}',
                    Next::Item => byte == b']',
                    Next::Comma => open.last() == Some(&(byte == b'}')),
                    _ => false,
                };
                if !fits {
                    return flaw(at, expected(next));
                }
                open.pop();
                event(Event::Close);
                next = behind_value(&open);
                at += 1;
            }
            b'"' => {
                let end = text::end(bytes, at + 1)?;
                let content = TextRange::new(at + 1, end);
                match next {
                    Next::Key => {
                        event(Event::Key(content));
                        next = Next::Colon;
                    }
                    Next::Document | Next::Value | Next::Item => {
                        event(Event::Text(content));
                        next = behind_value(&open);
                    }
                    Next::Colon | Next::Comma => return flaw(at, expected(next)),
                }
                at = end + 1;
            }
            b':' if next == Next::Colon => {
                next = Next::Value;
                at += 1;
            }
            b',' if next == Next::Comma => {
                next = if open.last() == Some(&true) { Next::Key } else { Next::Item };
                at += 1;
            }
            _ if matches!(next, Next::Document | Next::Value | Next::Item) => {
                at += scalar(bytes.get(at..).unwrap_or(&[])).ok_or(Flaw { offset: at, message: expected(next) })?;
                next = behind_value(&open);
            }
            _ => return flaw(at, expected(next)),
        }
    }
    if next == Next::Document {
        return Ok(());
    }
    flaw(at, if open.last() == Some(&true) { "it ends inside an object" } else { "it ends inside a list" })
}

/// The length of the number or word that `bytes` begin with.
fn scalar(bytes: &[u8]) -> Option<usize> {
    const WORDS: [&[u8]; 5] = [b"true", b"false", b"null", b"NaN", b"Infinity"];
    let inside = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'_');
    let length = bytes.iter().take_while(inside).count();
    let is_number = bytes.first().is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.'));
    (is_number || bytes.get(..length).is_some_and(|word| WORDS.contains(&word))).then_some(length)
}

fn behind_comment(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at + 2..)?;
    match bytes.get(at + 1)? {
        b'/' => Some(at + 2 + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())),
        b'*' => memchr::memmem::find(rest, b"*/").map(|end| at + 2 + end + 2),
        _ => None,
    }
}

fn expected(next: Next) -> &'static str {
    match next {
        Next::Document | Next::Value => "expected a value",
        Next::Key => "expected a name in quotes, or `}`",
        Next::Colon => "expected `:`",
        Next::Item => "expected a value, or `]`",
        Next::Comma => "expected a comma, or the closing bracket",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events, as they would be written without blanks.
    fn events(text: &str) -> Result<String, Flaw> {
        let mut events = String::new();
        scan(text, &mut |event| match event {
            Event::Open { object } => events.push(if object { '{' } else { '[' }),
            Event::Close => events.push('.'),
            Event::Key(range) => events += &format!("{}:", range.of(text)),
            Event::Text(range) => events += &format!("<{}>", range.of(text)),
        })?;
        Ok(events)
    }

    #[test]
    fn texts_and_brackets_come_in_their_order() {
        let text = "\u{feff}{ \"a\" : [1, \"b\\\"\", true,], // c \"d\"\r\n \"\":\"\", \"a\":{\"x\":null}/* \" */ ,}\n";
        assert_eq!(events(text).unwrap(), "{a:[<b\\\">.:<>a:{x:..");
        assert_eq!(events("{\"a\":\"1\"}\n{\"a\":\"2\"}\n").unwrap(), "{a:<1>.{a:<2>.");
        assert_eq!(events("").unwrap(), "");
        assert_eq!(events("\"x\"").unwrap(), "<x>");
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place() {
        let at = |text: &str| events(text).map_err(|flaw| (flaw.offset, flaw.message)).unwrap_err();
        assert_eq!(at("{\"a\":\"b"), (5, "this text never ends"));
        assert_eq!(at("{\"a\":\"b\""), (8, "it ends inside an object"));
        assert_eq!(at("[[]"), (3, "it ends inside a list"));
        assert_eq!(at("[1 2]"), (3, "expected a comma, or the closing bracket"));
        assert_eq!(at("{1:2}"), (1, "expected a name in quotes, or `}`"));
        assert_eq!(at("{\"a\" 1}"), (5, "expected `:`"));
        assert_eq!(at("[1}"), (2, "expected a comma, or the closing bracket"));
        assert_eq!(at("}"), (0, "expected a value"));
        assert_eq!(at("[\"a\nb\"]"), (3, "a text must not hold a line end; it is written `\\n`"));
        assert_eq!(at("[\"\\x\"]"), (2, "this is not an escape"));
        assert_eq!(at("[\"\\u12g4\"]"), (2, "this is not an escape"));
        assert_eq!(at("[\"\\\"]"), (1, "this text never ends"));
        assert_eq!(at("1 /"), (2, "`/` does not start a comment here"));
        assert_eq!(at("some words"), (0, "expected a value"));
    }

    #[test]
    fn depth_is_no_danger() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(events(&nested(DEEPEST)).is_ok());
        let flaw = events(&nested(DEEPEST + 1)).unwrap_err();
        assert_eq!(flaw.message, "more than 100,000 brackets are nested here");
        assert_eq!(events(&"[".repeat(100_000)).unwrap_err().offset, 100_000);
    }
}
