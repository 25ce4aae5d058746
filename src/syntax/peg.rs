//! Reads a text by the grammar of Deluge, which the build script (`build/`) turns into methods of [`Parser`]. The result is
//! what pest's own parser would give: pairs of a rule and the stretch it matched.

use crate::source::TextRange;

pub use rules::Rule;

/// What the build script wrote.
#[allow(clippy::all, dead_code, missing_docs, non_camel_case_types, unused_parens, reason = "nobody reads it")]
mod rules {
    use super::Parser;

    include!(concat!(env!("OUT_DIR"), "/grammar.rs"));
}

/// How deep the rules at which nesting is counted may nest: what fits the stack of [`super::STACK_BYTES`] many times over.
const MOST_DEPTH: u32 = 40_000;

/// A rule, where it matched, and which pair comes after those inside of it.
#[derive(Clone, Copy, Debug)]
struct Token {
    start: u32,
    end: u32,
    next: u32,
    rule: Rule,
}

/// All pairs of a text, each before those inside of it.
#[derive(Debug)]
pub struct Pairs<'t> {
    text: &'t str,
    tokens: Vec<Token>,
}

/// A rule and the stretch of the text it matched. Its methods are called as those of pest's pairs.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'p> {
    pairs: &'p Pairs<'p>,
    token: Token,
    index: u32,
}

impl Pairs<'_> {
    /// The outermost pairs.
    pub fn iter(&self) -> impl Iterator<Item = Pair<'_>> {
        self.between(0, self.tokens.len() as u32)
    }

    fn between(&self, from: u32, to: u32) -> impl Iterator<Item = Pair<'_>> {
        let mut index = from;
        std::iter::from_fn(move || {
            let token = *self.tokens.get(index as usize).filter(|_| index < to)?;
            let pair = Pair { pairs: self, token, index };
            index = token.next;
            Some(pair)
        })
    }
}

impl<'p> Pair<'p> {
    /// The rule.
    pub fn as_rule(&self) -> Rule {
        self.token.rule
    }

    /// Its stretch of the text, in bytes.
    pub fn range(&self) -> TextRange {
        TextRange::new(self.token.start as usize, self.token.end as usize)
    }

    /// The text of that stretch.
    pub fn as_str(&self) -> &'p str {
        self.range().of(self.pairs.text)
    }

    /// The pair inside, if it is the only one.
    pub fn only(&self) -> Option<Pair<'p>> {
        self.into_inner().next().filter(|inner| inner.token.next == self.token.next)
    }

    /// The pairs directly inside.
    pub fn into_inner(self) -> impl Iterator<Item = Pair<'p>> + use<'p> {
        self.pairs.between(self.index + 1, self.token.next)
    }
}

/// Reads all of `text` by `rule`, one of those the build script was told to begin with.
///
/// # Errors
/// The byte at which brackets nest too deeply; and that at which the rule gave up, if it is one that does not take any text.
pub fn parse(rule: Rule, text: &str) -> Result<Pairs<'_>, usize> {
    let mut parser = Parser {
        text,
        bytes: text.as_bytes(),
        at: 0,
        tokens: Vec::new(),
        stack: Vec::new(),
        depth: 0,
        most_depth: MOST_DEPTH,
        stopped: None,
    };
    let matched = rules::begin(&mut parser, rule);
    match parser.stopped {
        Some(at) => Err(at),
        None if !matched => Err(parser.at),
        None => Ok(Pairs { text, tokens: parser.tokens }),
    }
}

#[allow(dead_code, reason = "no grammar needs all of it")]
struct Parser<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    tokens: Vec<Token>,
    /// What `PUSH` pushed.
    stack: Vec<(usize, usize)>,
    depth: u32,
    /// Zero once it was exceeded: then nothing matches any more.
    most_depth: u32,
    stopped: Option<usize>,
}

#[allow(dead_code, reason = "no grammar needs all of it")]
impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Takes one byte, which is known to be a character.
    fn take(&mut self) -> bool {
        self.at += 1;
        true
    }

    /// Takes the bytes of a class that come next, which are characters each.
    fn run(&mut self, is_of_class: impl Fn(u8) -> bool) -> bool {
        let mut at = self.at;
        while self.bytes.get(at).is_some_and(|&byte| is_of_class(byte)) {
            at += 1;
        }
        self.at = at;
        true
    }

    fn any(&mut self) -> bool {
        let width = match self.peek() {
            None => return false,
            Some(..0xC0) => 1,
            Some(0xC0..0xE0) => 2,
            Some(0xE0..0xF0) => 3,
            Some(_) => 4,
        };
        self.at += width;
        true
    }

    fn literal(&mut self, text: &str) -> bool {
        let matched = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(text.as_bytes()));
        if matched {
            self.at += text.len();
        }
        matched
    }

    fn insensitive(&mut self, text: &str) -> bool {
        let end = self.at + text.len();
        let matched = self.bytes.get(self.at..end).is_some_and(|head| head.eq_ignore_ascii_case(text.as_bytes()));
        if matched {
            self.at = end;
        }
        matched
    }

    fn between(&mut self, from: char, to: char) -> bool {
        let next = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        match next.filter(|next| (from..=to).contains(next)) {
            Some(next) => {
                self.at += next.len_utf8();
                true
            }
            None => false,
        }
    }

    /// To the first of some texts, or to the end.
    fn skip_until(&mut self, texts: &[&str]) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let found = match texts {
            [one] => memchr::memmem::find(rest, one.as_bytes()),
            [one, other] if one.len() == 1 && other.len() == 1 => match (one.as_bytes(), other.as_bytes()) {
                ([one], [other]) => memchr::memchr2(*one, *other, rest),
                _ => None,
            },
            texts => (0..rest.len()).find(|&at| {
                rest.get(at..).is_some_and(|rest| texts.iter().any(|text| rest.starts_with(text.as_bytes())))
            }),
        };
        self.at += found.unwrap_or(rest.len());
        true
    }

    fn mark(&self) -> (usize, usize) {
        (self.at, self.tokens.len())
    }

    fn back(&mut self, at: usize) -> bool {
        self.at = at;
        false
    }

    fn back_to(&mut self, (at, tokens): (usize, usize)) -> bool {
        self.at = at;
        self.tokens.truncate(tokens);
        false
    }

    fn back_with(&mut self, mark: (usize, usize), stack: Vec<(usize, usize)>) -> bool {
        self.stack = stack;
        self.back_to(mark)
    }

    fn begin_pair(&mut self, rule: Rule) -> usize {
        self.tokens.push(Token { start: self.at as u32, end: 0, next: 0, rule });
        self.tokens.len() - 1
    }

    fn end_pair(&mut self, index: usize, matched: bool) {
        if !matched {
            return self.tokens.truncate(index);
        }
        let next = self.tokens.len() as u32;
        if let Some(token) = self.tokens.get_mut(index) {
            (token.end, token.next) = (self.at as u32, next);
        }
    }

    fn enter(&mut self) -> bool {
        if self.depth >= self.most_depth {
            self.most_depth = 0;
            self.stopped.get_or_insert(self.at);
            return false;
        }
        self.depth += 1;
        true
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    fn push(&mut self, from: usize) -> bool {
        self.stack.push((from, self.at));
        true
    }

    fn peek_stack(&mut self) -> bool {
        let text = self.stack.last().and_then(|&(from, to)| self.text.get(from..to));
        text.is_some_and(|text| self.literal(text))
    }

    fn drop_stack(&mut self) -> bool {
        self.stack.pop().is_some()
    }
}
