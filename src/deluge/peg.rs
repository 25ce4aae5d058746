//! Reads a text by one of the grammars, which the build script (`build/`) turns into methods of [`Parser`]. The result is what
//! pest's own parser would give: pairs of a rule and the stretch it matched, or where it came to an end and what it tried there.

use std::marker::PhantomData;

use crate::text::source::TextRange;

/// Deluge and what Creator keeps it in, as the build script wrote it.
#[allow(clippy::all, dead_code, missing_docs, non_camel_case_types, unused_parens, reason = "nobody reads it")]
pub mod deluge {
    use super::{Parser, Rules};

    include!(concat!(env!("OUT_DIR"), "/deluge.rs"));
}

/// Manifests.
#[allow(clippy::all, dead_code, missing_docs, non_camel_case_types, unused_parens, reason = "nobody reads it")]
pub mod manifest {
    use super::{Parser, Rules};

    include!(concat!(env!("OUT_DIR"), "/manifest.rs"));
}

/// The rules of a grammar.
pub trait Rules: Copy + 'static {
    /// Indexed by [`Rules::number`].
    const ALL: &'static [Self];

    /// Below 63: tried rules are a `u64` bit set, and bit 63 is the end of input.
    fn number(self) -> u8;

    /// Reads a text by this rule, one of the start rules that the build script lists.
    fn begin(self, parser: &mut Parser<'_>) -> bool;
}

/// How deep the rules at which nesting is counted may nest: what fits the stack of [`super::STACK_BYTES`] many times over. A
/// browser gives a thread about one megabyte.
const MOST_DEPTH: u32 = if cfg!(target_family = "wasm") { 300 } else { 40_000 };

/// A rule and the stretch of the text it matched.
#[derive(Clone, Copy, Debug)]
pub struct Pair<R> {
    /// The rule.
    pub rule: R,
    /// Its stretch of the text, in bytes.
    pub range: TextRange,
    /// How long [`Pairs::written`] is without those inside of it.
    inside: usize,
}

/// All pairs of a text, each behind those inside of it; they are taken from the end. There are about as many as bytes in the
/// text, so each is written as short as can be: how far behind the one before it ends, how long it is, how many bytes those
/// inside of it take, and its rule.
#[derive(Debug)]
pub struct Pairs<R> {
    rules: PhantomData<R>,
    written: Vec<u8>,
    /// Where the last one ends.
    end: usize,
}

impl<R: Rules> Pairs<R> {
    /// Takes the outermost of the pairs that end last. Those inside of it are the next ones.
    pub fn pop(&mut self) -> Option<Pair<R>> {
        let (rule, (inside, length, further)) = match self.written.as_slice() {
            // Nearly all are short.
            &[.., further @ ..0x80, length @ ..0x80, inside @ ..0x80, rule] => {
                self.written.truncate(self.written.len() - 4);
                (rule, (inside as usize, length as usize, further as usize))
            }
            _ => (self.written.pop()?, (self.number(), self.number(), self.number())),
        };
        let rule = *R::ALL.get(rule as usize)?;
        let range = TextRange::new(self.end.saturating_sub(length), self.end);
        self.end = self.end.saturating_sub(further);
        Some(Pair { rule, range, inside: self.written.len().saturating_sub(inside) })
    }

    /// Whether everything inside of a pair was taken.
    pub fn are_past(&self, pair: &Pair<R>) -> bool {
        self.written.len() <= pair.inside
    }

    /// Upper bound on the number of pairs.
    pub fn most(&self) -> usize {
        self.written.len() / 4
    }

    fn number(&mut self) -> usize {
        let (mut number, mut shift) = (0, 0);
        while let Some(byte) = self.written.pop() {
            number |= (byte as usize & 0x7F) << shift;
            if byte < 0x80 {
                break;
            }
            shift += 7;
        }
        number
    }
}

/// Writes a number so that it is read from its end: seven bits a byte, the lowest last; of more bytes all but the first are
/// marked.
fn write(number: usize, out: &mut Vec<u8>) {
    if number < 0x80 {
        return out.push(number as u8);
    }
    write(number >> 7, out);
    out.push(number as u8 | 0x80);
}

/// What was written so far.
#[derive(Clone, Copy, Default, Debug)]
struct Written {
    length: usize,
    /// Where the last pair ends.
    end: usize,
    /// The length without the last pair and those inside of it.
    before: usize,
}

/// A place to go back to.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: usize,
    written: Written,
}

/// Why a text could not be read.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// The byte at which brackets nest too deeply, or behind which nothing fits; for a grammar that records no failures, that at which
    /// the rule gave up.
    pub at: usize,
    /// Whether brackets nest too deeply.
    pub too_deep: bool,
    /// The rules that were tried there, by their numbers.
    tried: u64,
}

impl Failure {
    /// Whether the rule was tried there.
    pub fn tried(&self, rule: impl Rules) -> bool {
        self.tried & (1 << rule.number()) != 0
    }

    /// Whether the text might have ended there.
    pub fn tried_end(&self) -> bool {
        self.tried & (1 << END) != 0
    }
}

/// Stands for the end among the rules.
const END: u8 = 63;

/// Reads all of `text` by `rule`, one of the start rules that the build script lists.
///
/// # Errors
/// [`Failure`]; a rule that takes any text fails for its depth only.
pub fn parse<R: Rules>(rule: R, text: &str) -> Result<Pairs<R>, Failure> {
    let mut parser = Parser {
        text,
        bytes: text.as_bytes(),
        at: 0,
        pairs: Vec::with_capacity(text.len()),
        written: Written::default(),
        stack: Vec::new(),
        depth: 0,
        most_depth: MOST_DEPTH,
        stopped: None,
        furthest: 0,
        tried: 0,
    };
    let matched = rule.begin(&mut parser);
    match parser.stopped {
        Some(at) => Err(Failure { at, too_deep: true, tried: 0 }),
        None if !matched => Err(Failure { at: parser.furthest.max(parser.at), too_deep: false, tried: parser.tried }),
        None => Ok(Pairs { rules: PhantomData, written: parser.pairs, end: parser.written.end }),
    }
}

/// Reads one text.
#[allow(dead_code, reason = "no grammar needs all of it")]
#[derive(Debug)]
pub struct Parser<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// See [`Pairs::written`].
    pairs: Vec<u8>,
    written: Written,
    /// What `PUSH` pushed.
    stack: Vec<(usize, usize)>,
    depth: u32,
    /// Zero once it was exceeded: then nothing matches any more.
    most_depth: u32,
    stopped: Option<usize>,
    /// Where the rules begin that were tried last in the text, and which those are.
    furthest: usize,
    tried: u64,
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

    fn mark(&self) -> Mark {
        Mark { at: self.at, written: self.written }
    }

    fn back(&mut self, at: usize) -> bool {
        self.at = at;
        false
    }

    fn back_to(&mut self, mark: Mark) -> bool {
        self.at = mark.at;
        self.unwrite(mark)
    }

    fn back_with(&mut self, mark: Mark, stack: Vec<(usize, usize)>) -> bool {
        self.stack = stack;
        self.back_to(mark)
    }

    fn unwrite(&mut self, mark: Mark) -> bool {
        self.written = mark.written;
        self.pairs.truncate(mark.written.length);
        false
    }

    /// Ends a pair that began at `mark`. With `collapses`, a pair with a single child is replaced by that child.
    fn end_pair(&mut self, rule: u8, mark: Mark, matched: bool, collapses: bool) {
        let before = mark.written.length;
        let has_one = self.written.before == before && self.written.length > before;
        if !matched {
            self.unwrite(mark);
        } else if !(has_one && collapses) {
            let further = self.at - self.written.end;
            let (length, inside) = (self.at - mark.at, self.pairs.len() - before);
            if (further | length | inside) < 0x80 {
                self.pairs.extend_from_slice(&[further as u8, length as u8, inside as u8, rule]);
            } else {
                write(further, &mut self.pairs);
                write(length, &mut self.pairs);
                write(inside, &mut self.pairs);
                self.pairs.push(rule);
            }
            self.written = Written { length: self.pairs.len(), end: self.at, before };
        }
    }

    /// Notes that a rule that begins at a byte did not match there.
    fn tried(&mut self, rule: u8, at: usize) {
        if at > self.furthest {
            (self.furthest, self.tried) = (at, 0);
        }
        if at == self.furthest {
            self.tried |= 1 << rule;
        }
    }

    /// Whether the text ends here.
    fn end(&mut self) -> bool {
        let ends = self.peek().is_none();
        if !ends {
            self.tried(END, self.at);
        }
        ends
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
