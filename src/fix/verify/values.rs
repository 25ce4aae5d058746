//! Whether a value of the old text and one of the new text are the same, on every way through the script.
//!
//! Two values are the same unless a difference is found: they are taken to be while what they are made of is compared, so
//! that loops come to an end. When a difference turns up, all that was concluded since is forgotten.

use std::collections::HashMap;

use super::texts::{self, State};
use crate::flow::graph::{Graph, Head, Op, ValueId};
use crate::syntax::Kind;

/// What may be missing in the new value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Mode {
    /// Nothing.
    Exact,
    /// Of maps, the entries that hold the token.
    Body,
    /// The same of headers.
    Headers,
    /// And the header that asks for another method.
    HeadersAndMethod,
    /// All of these: what a read of another entry does not see.
    Others,
}

const TOKEN_NAMES: [&str; 2] = ["authtoken", "auth_token"];

/// The header that asks for another method (rewrites C6).
pub(super) const OVERRIDE: &str = "X-HTTP-Method-Override";

impl Mode {
    fn drops(self, key: &str) -> bool {
        let is = |other: &str| key.trim().eq_ignore_ascii_case(other);
        match self {
            Mode::Exact => false,
            Mode::Body => TOKEN_NAMES.into_iter().any(is),
            Mode::Headers => is("authorization"),
            Mode::HeadersAndMethod => is("authorization") || is(OVERRIDE),
            Mode::Others => Mode::Body.drops(key) || Mode::HeadersAndMethod.drops(key),
        }
    }
}

/// The graphs of the old and the new text.
pub(super) struct Pair<'o, 'n> {
    pub old: &'o Graph<'o>,
    pub new: &'n Graph<'n>,
    /// Of each old event, the new one.
    pub results: HashMap<u32, u32>,
    known: HashMap<(ValueId, ValueId, Mode), bool>,
    /// Pairs that are taken to be the same, in the order in which they were.
    trail: Vec<(ValueId, ValueId, Mode)>,
    /// How many more steps are made before it counts as not known.
    left: usize,
}

/// Steps for each value, beyond which a comparison is given up: what is compared is far less than what states and values
/// could be combined to.
const STEPS_FOR_EACH: usize = 256;
const MORE_STEPS: usize = 1 << 16;

impl<'o, 'n> Pair<'o, 'n> {
    pub(super) fn of(old: &'o Graph<'o>, new: &'n Graph<'n>) -> Self {
        let left = (old.len() + new.len()).saturating_mul(STEPS_FOR_EACH).saturating_add(MORE_STEPS);
        Self { old, new, results: HashMap::new(), known: HashMap::new(), trail: Vec::new(), left }
    }

    /// Whether one more step may be made.
    pub(super) fn spend(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }

    /// Whether the values are the same, but for what `mode` lets go.
    pub(super) fn equal(&mut self, old: ValueId, new: ValueId, mode: Mode) -> bool {
        let pair = (self.old.plain(old), self.new.plain(new), mode);
        if let Some(&known) = self.known.get(&pair) {
            return known;
        }
        if !self.spend() {
            return false;
        }
        let mark = self.trail.len();
        self.known.insert(pair, true);
        self.trail.push(pair);
        let equal = self.compare(pair.0, pair.1, mode);
        if !equal {
            for taken in self.trail.drain(mark..) {
                self.known.remove(&taken);
            }
            self.known.insert(pair, false);
        }
        equal
    }

    fn all_equal(&mut self, old: &[ValueId], new: &[ValueId], mode: Mode) -> bool {
        old.len() == new.len() && old.iter().zip(new).all(|(&old, &new)| self.equal(old, new, mode))
    }

    fn compare(&mut self, old: ValueId, new: ValueId, mode: Mode) -> bool {
        let (before, after) = (self.old, self.new);
        match (before.op(old), after.op(new)) {
            (Op::Text(_), Op::Text(_)) => before.literal(old) == after.literal(new),
            (Op::Sum(_), _) | (_, Op::Sum(_)) => texts::same(self, old, Some(new), &State::Plain),
            (Op::Outside(one), Op::Outside(other)) => one == other,
            (Op::Result(one), Op::Result(other)) => self.results.get(&one.0) == Some(&other.0),
            (Op::Map(one), Op::Map(other)) => self.entries(one, other, mode),
            (Op::Put(map, key, value), Op::Put(map2, key2, value2))
                if self.equal(*key, *key2, Mode::Exact) && self.equal(*value, *value2, Mode::Exact) =>
            {
                self.equal(*map, *map2, mode)
            }
            (Op::Put(map, key, _), _) if self.drops(*key, mode) => self.equal(*map, new, mode),
            (Op::ReplaceFirst(one, to), Op::ReplaceFirst(other, to2)) => {
                to.of(before.text) == to2.of(after.text) && self.equal(*one, *other, Mode::Exact)
            }
            (Op::Apply(head, one), Op::Apply(head2, other)) if same_head(*head, *head2) => {
                // Another entry than those that go.
                if let (Head::Callee(method), [map, key], [map2, key2]) = (head, one.as_slice(), other.as_slice())
                    && method.eq_ignore_ascii_case("get")
                    && before.known_text(*key).is_some_and(|key| !Mode::Others.drops(&key))
                {
                    return self.equal(*key, *key2, Mode::Exact) && self.equal(*map, *map2, Mode::Others);
                }
                let passes = matches!(head, Head::Changed(_) | Head::Blurred) || is_text_of(*head);
                self.all_equal(one, other, if passes { mode } else { Mode::Exact })
            }
            _ => match self.joined(old, new) {
                Some(others) => {
                    let inputs = texts::inputs(before, old).unwrap_or_default();
                    inputs.iter().zip(others).all(|(&input, other)| self.equal(input, other, mode))
                }
                // A way on which nothing is written any more.
                None => match (texts::inputs(before, old), texts::inputs(after, new)) {
                    (Some(inputs), None) => inputs.into_iter().all(|input| self.equal(input, new, mode)),
                    (None, Some(inputs)) => inputs.into_iter().all(|input| self.equal(old, input, mode)),
                    _ => false,
                },
            },
        }
    }

    /// The inputs of `new` when the two are the same join.
    pub(super) fn joined(&mut self, old: ValueId, new: ValueId) -> Option<Vec<ValueId>> {
        match (self.old.op(old), self.new.op(new)) {
            (Op::Phi(join, inputs), Op::Phi(join2, others)) | (Op::AnyOf(join, inputs), Op::AnyOf(join2, others)) => {
                (join == join2 && inputs.len() == others.len()).then(|| others.clone())
            }
            (Op::Loop(join, ..), Op::Loop(join2, first, back)) => (join == join2).then(|| vec![*first, *back]),
            (Op::Choice(condition, inputs), Op::Choice(condition2, others)) => {
                let same = match (*condition, *condition2) {
                    (Some(one), Some(other)) => self.equal(one, other, Mode::Exact),
                    (None, None) => true,
                    _ => false,
                };
                (same && inputs.len() == others.len()).then(|| others.clone())
            }
            _ => None,
        }
    }

    fn entries(&mut self, old: &[(ValueId, ValueId)], new: &[(ValueId, ValueId)], mode: Mode) -> bool {
        let mut left = new.iter().peekable();
        for &(key, value) in old {
            let same = left.peek().is_some_and(|&&(key2, value2)| {
                self.equal(key, key2, Mode::Exact) && self.equal(value, value2, Mode::Exact)
            });
            if same {
                left.next();
            } else if !self.drops(key, mode) {
                return false;
            }
        }
        left.next().is_none()
    }

    fn drops(&self, key: ValueId, mode: Mode) -> bool {
        mode != Mode::Exact && self.old.known_text(key).is_some_and(|key| mode.drops(&key))
    }

    /// Whether nothing is left of an old value.
    pub(super) fn is_emptied(&mut self, old: ValueId, mode: Mode) -> bool {
        let mut waiting = vec![old];
        let mut seen = std::collections::HashSet::new();
        while let Some(value) = waiting.pop() {
            let value = self.old.plain(value);
            if !seen.insert(value) {
                continue;
            }
            match self.old.op(value) {
                Op::Map(entries) if entries.iter().all(|&(key, _)| self.drops(key, mode)) => {}
                Op::Put(map, key, _) if self.drops(*key, mode) => waiting.push(*map),
                Op::Phi(_, inputs) | Op::AnyOf(_, inputs) | Op::Choice(_, inputs) => waiting.extend(inputs),
                Op::Loop(_, first, back) => waiting.extend([*first, *back]),
                _ => return false,
            }
        }
        true
    }
}

fn same_head(one: Head<'_>, other: Head<'_>) -> bool {
    match (one, other) {
        (Head::Callee(one), Head::Callee(other)) | (Head::Changed(one), Head::Changed(other)) => {
            one.eq_ignore_ascii_case(other)
        }
        (Head::Kind(Kind::List), Head::Kind(Kind::List)) => true,
        _ => one == other,
    }
}

/// `map.toString()`: what is missing in the map is missing in its text.
fn is_text_of(head: Head<'_>) -> bool {
    matches!(head, Head::Callee(name) if name.eq_ignore_ascii_case("toString"))
}
