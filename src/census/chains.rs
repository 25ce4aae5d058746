//! Sums of texts: the operands of `+`, the arguments of `.concat(…)`, with what the variables among them were assigned above.
//!
//! ```text
//! key = "auth";                                    key: «auth»
//! url = base.concat("?" + key).concat("token=");   url: ? «?» «auth» «token=»
//! url += t;                                        url: ? «?» «auth» «token=» ?
//! ```
//!
//! Nothing is parsed: what brackets there are and which word stands before them is all that is known of the code.

use std::collections::HashMap;

use super::lexer::{Lexeme, Lexer};
use crate::text::source::TextRange;
use crate::text::words::Places;

/// An operand of a sum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// A literal: its content, and where it comes in when that is not where it stands.
    Literal(TextRange, Option<TextRange>),
    /// A variable.
    Word(TextRange),
    /// What cannot be seen.
    Unknown,
}

impl Part {
    /// A part of a variable's value, where the variable stands.
    fn through(self, variable: TextRange) -> Self {
        match self {
            Part::Literal(range, _) => Part::Literal(range, Some(variable)),
            _ => Part::Unknown,
        }
    }
}

/// What stands before or behind a sum.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Beside {
    /// The begin of a statement, an argument or an entry, or the end of one.
    #[default]
    Edge,
    /// `:`
    Colon,
    /// `==`, `!=`
    Comparison,
    /// A text.
    Text,
    /// Anything else.
    Other,
}

/// What a sum stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around<'t> {
    pub before: Beside,
    pub behind: Beside,
    /// The word before the bracket that it stands in.
    pub callee: Option<&'t str>,
    /// Which argument it is, from 0.
    pub argument: usize,
    /// The first word of the statement, where no bracket is between.
    pub statement: Option<&'t str>,
    /// The variable that it is assigned to.
    pub target: Option<&'t str>,
}

/// Receives what is read.
pub(super) trait Reader {
    /// A sum, with each of the values that its variables were seen to have.
    fn sum(&mut self, values: &[Vec<Part>], around: Around<'_>);
    /// A word of the code.
    fn word(&mut self, word: TextRange);
    /// A comment.
    fn comment(&mut self, comment: TextRange);
}

/// So many values of one variable are kept; the newest ones.
const MOST_VALUES: usize = 4;
/// So many operands of a value are kept at either end.
const MOST_PARTS: usize = 4;

/// A bracket that is open, or the file itself.
#[derive(Default)]
struct Frame<'t> {
    callee: Option<&'t str>,
    bracket: u8,
    /// Whether it holds the arguments of `concat`.
    joins: bool,
    /// The sum that is read.
    parts: Vec<Part>,
    /// Whether its last operand is whole, so that an operator has to follow.
    is_whole: bool,
    /// Whether a dot came last.
    dot: bool,
    before: Beside,
    argument: usize,
    statement: Option<&'t str>,
    target: Option<(TextRange, bool)>,
}

/// What a variable was assigned, the newest value first.
#[derive(Default)]
struct Assigned {
    values: Vec<Vec<Part>>,
    /// Whether a literal of one of them has a sign.
    has_sign: bool,
}

/// Reads `text` and gives `reader` its words, its comments, and the sums in which a literal has a sign: one of `signs`
/// begins in it.
pub(super) fn read(text: &str, signs: &Places, reader: &mut dyn Reader) {
    let mut chains = Chains {
        text,
        signs,
        reader,
        frames: Vec::new(),
        top: Frame::default(),
        last: None,
        scratch: Vec::new(),
        values: HashMap::new(),
        has_sign: false,
    };
    for token in Lexer::new(text) {
        chains.token(token);
    }
    while !chains.frames.is_empty() {
        chains.close();
    }
    chains.end(Beside::Edge);
}

struct Chains<'t, 'r> {
    text: &'t str,
    signs: &'r Places,
    reader: &'r mut dyn Reader,
    frames: Vec<Frame<'t>>,
    top: Frame<'t>,
    /// The token before, but for comments.
    last: Option<Lexeme>,
    /// Lists of operands that were used, to be filled again.
    scratch: Vec<Vec<Part>>,
    values: HashMap<&'t str, Assigned>,
    /// Whether a literal of some variable's value has a sign.
    has_sign: bool,
}

impl<'t> Chains<'t, '_> {
    fn byte(&self, at: Option<usize>) -> Option<u8> {
        self.text.as_bytes().get(at?).copied()
    }

    fn token(&mut self, token: Lexeme) {
        match token {
            Lexeme::Comment(range) => return self.reader.comment(range),
            Lexeme::Text(range) => {
                if self.top.is_whole {
                    self.divide(Beside::Text);
                }
                self.operand(Part::Literal(range, None));
            }
            Lexeme::Word(range) => self.word(range),
            Lexeme::Sign(sign, at) => self.sign(sign, at),
        }
        self.last = Some(token);
    }

    fn operand(&mut self, part: Part) {
        self.top.parts.push(part);
        self.top.is_whole = true;
        self.top.dot = false;
    }

    fn word(&mut self, range: TextRange) {
        self.reader.word(range);
        let word = range.of(self.text);
        if std::mem::take(&mut self.top.dot) {
            return;
        }
        if self.top.is_whole {
            let is_text = matches!(self.last, Some(Lexeme::Text(_)));
            self.divide(if is_text { Beside::Text } else { Beside::Other });
        }
        self.top.statement.get_or_insert(word);
        self.operand(Part::Word(range));
    }

    fn sign(&mut self, sign: u8, at: usize) {
        let next = self.byte(Some(at + 1));
        match sign {
            // The sign before said what it is.
            b'=' if matches!(self.last, Some(Lexeme::Sign(b'=' | b'+' | b'!' | b'<' | b'>', last)) if last + 1 == at) =>
                {}
            b'+' if next == Some(b'=') && self.is_assigned() => self.assign(true),
            b'+' => {
                self.top.is_whole = false;
                self.top.dot = false;
            }
            b'=' if next == Some(b'=') => self.divide(Beside::Comparison),
            b'!' if next == Some(b'=') => self.divide(Beside::Comparison),
            b'=' if self.is_assigned() => self.assign(false),
            b'(' | b'[' | b'{' => self.open(sign),
            b')' | b']' | b'}' => self.close(),
            b',' if self.top.joins => {
                self.top.is_whole = false;
            }
            b',' => {
                self.divide(Beside::Edge);
                self.top.argument += 1;
            }
            b';' => {
                self.divide(Beside::Edge);
                self.top.statement = None;
            }
            b':' => self.divide(Beside::Colon),
            b'.' if self.top.is_whole => self.top.dot = true,
            _ => self.divide(Beside::Other),
        }
    }

    /// Ends the sum before what `sign` stands for, and begins one behind it.
    fn divide(&mut self, sign: Beside) {
        self.end(sign);
        self.top.before = sign;
    }

    /// Whether the sum is one name to which something is assigned. In markup `name="value"` reads the same, behind a value.
    fn is_assigned(&self) -> bool {
        matches!(self.top.parts.as_slice(), [Part::Word(_)]) && self.top.target.is_none()
    }

    fn assign(&mut self, appends: bool) {
        let Some(Part::Word(range)) = self.top.parts.pop() else { return };
        self.top.is_whole = false;
        self.top.target = Some((range, appends));
        if self.top.before == Beside::Colon {
            self.top.before = Beside::Edge;
        }
    }

    fn open(&mut self, bracket: u8) {
        let callee = match self.last {
            Some(Lexeme::Word(range)) if self.top.is_whole => Some(range.of(self.text)),
            _ => None,
        };
        let callee = callee.filter(|_| bracket != b'{');
        let joins = bracket == b'(' && callee.is_some_and(|callee| callee.eq_ignore_ascii_case("concat"));
        if self.top.is_whole && callee.is_none() {
            self.end(Beside::Other);
        }
        let groups = bracket == b'(' && callee.is_none();
        let frame = Frame {
            callee,
            bracket,
            joins,
            parts: self.scratch.pop().unwrap_or_default(),
            before: if groups { self.top.before } else { Beside::Edge },
            statement: self.top.statement.filter(|_| groups),
            ..Frame::default()
        };
        self.frames.push(std::mem::replace(&mut self.top, frame));
    }

    fn close(&mut self) {
        let Some(outer) = self.frames.pop() else { return self.divide(Beside::Other) };
        let mut inner = std::mem::replace(&mut self.top, outer);
        self.close_inner(&mut inner);
        inner.parts.clear();
        self.scratch.push(inner.parts);
    }

    fn close_inner(&mut self, inner: &mut Frame<'t>) {
        let groups = inner.bracket == b'(' && inner.callee.is_none() && inner.argument == 0 && inner.target.is_none();
        if inner.joins || groups {
            // `concat(a, b)` is no method of its own name.
            if inner.joins
                && matches!(self.top.parts.last(), Some(Part::Word(word)) if Some(word.of(self.text)) == inner.callee)
            {
                self.top.parts.pop();
            }
            if inner.parts.len() > 2 * MOST_PARTS && !self.top.parts.is_empty() {
                let short = shortened(inner.parts.clone());
                std::mem::swap(&mut self.top, inner);
                self.end(Beside::Edge);
                std::mem::swap(&mut self.top, inner);
                self.top.parts.extend(short);
            } else {
                self.top.parts.append(&mut inner.parts);
            }
        } else {
            std::mem::swap(&mut self.top, inner);
            self.end(Beside::Edge);
            std::mem::swap(&mut self.top, inner);
            let is_callee = |word: &TextRange| Some(word.of(self.text)) == inner.callee;
            match self.top.parts.last() {
                // What a function returns; a method's receiver stays what it was.
                Some(Part::Word(word)) if is_callee(word) => {
                    self.top.parts.pop();
                    self.top.parts.push(Part::Unknown);
                }
                Some(_) if self.top.is_whole => {}
                // A block ends a statement.
                None if inner.bracket == b'{' && self.top.target.is_none() => {
                    self.top.before = Beside::Edge;
                    self.top.statement = None;
                    return;
                }
                _ => self.top.parts.push(Part::Unknown),
            }
        }
        self.top.is_whole = true;
        self.top.dot = false;
    }

    /// The sum is read.
    fn end(&mut self, behind: Beside) {
        let target = self.top.target.take();
        self.top.is_whole = false;
        self.top.dot = false;
        if self.top.parts.is_empty() {
            return;
        }
        let mut has_sign = self.has_sign(&self.top.parts);
        if !has_sign && target.is_none() {
            self.top.parts.clear();
            return;
        }
        let mut values = self.values_of(&self.top.parts);
        self.top.parts.clear();
        let around = Around {
            before: self.top.before,
            behind,
            callee: self.top.callee,
            argument: self.top.argument,
            statement: self.top.statement,
            target: target.map(|(name, _)| name.of(self.text)),
        };
        if has_sign {
            self.reader.sum(&values, around);
        }
        let Some((place, appends)) = target else { return };
        let known = self.values.entry(place.of(self.text)).or_default();
        if appends && let Some(before) = known.values.first() {
            values.iter_mut().for_each(|value| {
                value.splice(..0, before.iter().map(|part| part.through(place)));
            });
            has_sign |= known.has_sign;
            if has_sign {
                // The name may be broken between the two.
                self.reader.sum(&values, Around { behind: Beside::Other, ..around });
            }
        }
        for value in values {
            let value = shortened(value);
            if !known.values.contains(&value) {
                known.values.insert(0, value);
                known.values.truncate(MOST_VALUES);
            }
        }
        known.has_sign |= has_sign;
        self.has_sign |= has_sign;
    }

    /// Whether a literal of the sum has a sign.
    fn has_sign(&self, parts: &[Part]) -> bool {
        parts.iter().any(|part| match part {
            Part::Literal(range, _) => self.signs.any_in(*range),
            Part::Word(word) => {
                self.has_sign && self.values.get(word.of(self.text)).is_some_and(|known| known.has_sign)
            }
            Part::Unknown => false,
        })
    }

    /// What the sum may be: its variables have their newest values together, then the ones before.
    fn values_of(&self, parts: &[Part]) -> Vec<Vec<Part>> {
        let values = |part: &Part| match part {
            Part::Word(word) => self.values.get(word.of(self.text)).map(|known| known.values.as_slice()),
            _ => None,
        };
        if let [part] = parts {
            let through = |variable: TextRange, values: &[Vec<Part>]| {
                values.iter().map(|value| value.iter().map(|part| part.through(variable)).collect()).collect()
            };
            return match (part, values(part)) {
                (Part::Word(word), Some(values)) => through(*word, values),
                (Part::Literal(..), _) => vec![vec![*part]],
                _ => vec![vec![Part::Unknown]],
            };
        }
        let known: Vec<Option<&[Vec<Part>]>> = parts.iter().map(values).collect();
        let most = known.iter().flatten().map(|values| values.len()).max().unwrap_or(1);
        let value = |number: usize| {
            let mut value = Vec::with_capacity(parts.len());
            for (part, known) in parts.iter().zip(&known) {
                match (part, known) {
                    (Part::Word(word), Some(values)) => {
                        let one = values.get(number).or(values.last());
                        value.extend(one.into_iter().flatten().map(|part| part.through(*word)));
                    }
                    (Part::Word(_), None) => value.push(Part::Unknown),
                    (part, _) => value.push(*part),
                }
            }
            value
        };
        (0..most).map(value).collect()
    }
}

/// Both ends of a long value.
fn shortened(parts: Vec<Part>) -> Vec<Part> {
    if parts.len() <= 2 * MOST_PARTS {
        return parts;
    }
    let first = parts.iter().take(MOST_PARTS).copied();
    let last = parts.iter().skip(parts.len() - MOST_PARTS).copied();
    first.chain([Part::Unknown]).chain(last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::words::Words;

    struct Sums<'t>(&'t str, Vec<String>);

    impl Reader for Sums<'_> {
        fn sum(&mut self, values: &[Vec<Part>], _: Around<'_>) {
            let show = |part: &Part| match part {
                Part::Literal(range, _) => range.of(self.0).to_owned(),
                _ => "?".to_owned(),
            };
            self.1.extend(values.iter().map(|parts| parts.iter().map(show).collect::<Vec<_>>().join("|")));
        }

        fn word(&mut self, _: TextRange) {}

        fn comment(&mut self, _: TextRange) {}
    }

    fn sums(text: &str) -> Vec<String> {
        let mut sums = Sums(text, Vec::new());
        read(text, &Words::new(["a", "b", "c", "d", "e", "x", "y", "z"]).places(text), &mut sums);
        sums.1.retain(|sum| sum.chars().any(char::is_alphabetic));
        sums.1
    }

    #[test]
    fn operands_are_joined_through_brackets_methods_and_variables() {
        assert_eq!(sums("f(\"a\" + (\"b\" + c) + \"d\", \"e\")"), ["a|b|?|d", "e"]);
        assert_eq!(sums("a = \"x\"; u = (a).concat(\"y\").trim() + \"z\";"), ["x", "x|y|z"]);
        assert_eq!(sums("concat(\"a\",b,\"c\")"), ["a|?|c"]);
        let grown = sums("u = \"a\"; u += \"b\"; u = u + \"c\"; f(u)");
        assert!(grown.contains(&"a|b".to_owned()) && grown.contains(&"a|b|c".to_owned()), "{grown:?}");
    }

    #[test]
    fn deep_and_long_sums_come_to_an_end() {
        for text in [
            "(".repeat(200_000),
            "a+(\"b\"+".repeat(60_000),
            "u += \"abc\";".repeat(40_000),
            "u = u + \"a\" + u;".repeat(20_000),
            "}".repeat(200_000),
        ] {
            assert!(sums(&text).len() <= text.len());
        }
    }
}
