//! Whether one text is another one without its token, on every way through the script at once.
//!
//! Both texts are read from left to right, literal by literal, and meet at each value that cannot be seen and at each join.
//! The old one runs through a small machine that leaves the token's parameter out and puts `?` and `&` right; what comes out
//! has to be what the new one says. What one of them is ahead of the other is the *residue*.
//!
//! ```text
//! old  "https://h/p?authtoken=" tok Phi("", "&x=1")      state          residue
//! new  "https://h/p"                Phi("", "?x=1")
//!      literal, literal                                  Token(?)       -
//!      tok is the token's value                          Token(?)       -
//!      the joins are the same: "" with ""                Token(?)       -
//!                          "&x=1" with "?x=1"            Param          -
//!      both end; a parameter that went needs no `?`      fine in both states
//! ```
//!
//! At a join each input goes through with the state that came in, and what comes out is the set of states of all inputs. A
//! loop is gone through until no state is new. So the work grows with the values and with the states that are seen at each of
//! them, not with the number of ways.

use std::collections::BTreeSet;
use std::rc::Rc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::lookups::{items, looked_up};
use super::machine::{At, Differ, MOST_AHEAD, Replacing, Residue, UrlState, unescaped};
use super::mode::Mode;
use super::pair::Pair;
use crate::deluge::builtins::{Of, keeps_text, of};
use crate::flow::graph::{Head, Op, ValueId, View};
use crate::flow::is_marker;
use crate::flow::separators::has_none;
use crate::text::source::TextRange;

/// A piece of a text.
#[derive(Clone, Copy)]
enum Atom {
    Literal(ValueId),
    Value(ValueId),
    /// What the next `&` becomes, from here on.
    Replace(TextRange),
    /// … and no longer.
    Settled,
}

/// A text that may be in more states than this behind one value, or ahead by more bytes than this, is not gone through: a loop in
/// which only one of the texts grows would have no end of them.
const MOST_ENDS: usize = 64;

type Ends = BTreeSet<(usize, At)>;

/// A stretch of the old text against the new one from one of its atoms on.
type Key = (ValueId, Option<ValueId>, usize, At);

/// One comparison.
struct Run<'p, 'g> {
    pair: &'p mut Pair<'g>,
    /// Whether a `replaceFirst("&", …)` of the new text is looked into.
    replaces: bool,
    old_atoms: HashMap<ValueId, Rc<[Atom]>>,
    new_atoms: HashMap<Option<ValueId>, Rc<[Atom]>>,
    known: HashMap<Key, Result<Ends, ()>>,
    visited: HashSet<Key>,
    changed: bool,
}

/// Whether `new` is `old` as the machine that begins in `state` leaves it. `None` is an empty text.
pub(super) fn same(pair: &mut Pair<'_>, old: ValueId, new: Option<ValueId>, state: &UrlState) -> bool {
    let key = (old, new, state.clone());
    if let Some(&known) = pair.texts.get(&key) {
        return known;
    }
    let found = [false, true].into_iter().any(|replaces| {
        let mut run = Run {
            pair,
            replaces,
            old_atoms: HashMap::new(),
            new_atoms: HashMap::new(),
            known: HashMap::new(),
            visited: HashSet::new(),
            changed: false,
        };
        run.whole(old, new, state.clone()).is_ok()
    });
    // In plain mode it may rest on what is only taken to be the same so far.
    if *state != UrlState::Plain {
        pair.texts.insert(key, found);
    }
    found
}

/// The pieces that a value is joined of.
fn atoms(graph: View<'_>, value: ValueId, replaces: bool) -> Rc<[Atom]> {
    enum Part {
        Value(ValueId),
        Settled,
    }
    let mut waiting = vec![Part::Value(value)];
    let mut out = Vec::new();
    while let Some(part) = waiting.pop() {
        let value = match part {
            Part::Value(value) => graph.plain(value),
            Part::Settled => {
                out.push(Atom::Settled);
                continue;
            }
        };
        match graph.op(value) {
            Op::Sum(operands) => waiting.extend(operands.iter().rev().map(|&operand| Part::Value(operand))),
            Op::Text(range) if range.is_empty() => {}
            Op::Text(_) => out.push(Atom::Literal(value)),
            Op::ReplaceFirst(inner, to) if replaces => {
                out.push(Atom::Replace(*to));
                waiting.push(Part::Settled);
                waiting.push(Part::Value(*inner));
            }
            _ => match looked_up(graph, value) {
                Some(found) => waiting.push(Part::Value(found)),
                None => out.push(Atom::Value(value)),
            },
        }
    }
    out.into()
}

impl Run<'_, '_> {
    fn whole(&mut self, old: ValueId, new: Option<ValueId>, state: UrlState) -> Result<(), Differ> {
        let begin = At { state, residue: Residue::None, replacing: Replacing::No, markers: Rc::from([]) };
        let length = self.new_atoms(new).len();
        loop {
            self.changed = false;
            self.visited.clear();
            let (at, begin) = self.eat(new, 0, begin.clone())?;
            let ends = self.stretch((old, new, at, begin))?;
            if self.changed {
                continue;
            }
            let ends_well = |(at, end): (usize, At)| at == length && end.ends();
            let well = !ends.is_empty() && ends.into_iter().all(ends_well);
            return if well { Ok(()) } else { Err(Differ) };
        }
    }

    fn old_atoms(&mut self, value: ValueId) -> Rc<[Atom]> {
        let graph = self.pair.old;
        Rc::clone(self.old_atoms.entry(value).or_insert_with(|| atoms(graph, value, false)))
    }

    fn new_atoms(&mut self, value: Option<ValueId>) -> Rc<[Atom]> {
        let (graph, replaces) = (self.pair.new, self.replaces);
        let made = || value.map_or_else(|| Rc::from([]), |value| atoms(graph, value, replaces));
        Rc::clone(self.new_atoms.entry(value).or_insert_with(made))
    }

    /// Reads the literals of the new text from atom `at` on.
    fn eat(&mut self, new: Option<ValueId>, mut at: usize, mut now: At) -> Result<(usize, At), Differ> {
        let atoms = self.new_atoms(new);
        loop {
            match atoms.get(at) {
                Some(&Atom::Literal(value)) => {
                    let text = now.masked(self.pair.new.literal(value).unwrap_or(""));
                    if matches!(now.state, UrlState::Json(..)) {
                        now.hear(&unescaped(&text))?;
                    } else {
                        now.hear(&text)?;
                    }
                }
                Some(Atom::Replace(to)) if now.replacing == Replacing::No => {
                    now.replacing = Replacing::Next(to.of(self.pair.new.text).to_owned());
                }
                Some(Atom::Replace(_)) => return Err(Differ),
                Some(Atom::Settled) => now.replacing = Replacing::No,
                _ => return Ok((at, now)),
            }
            at += 1;
        }
    }

    /// Where the texts are when the old one is through with this value.
    fn stretch(&mut self, key: Key) -> Result<Ends, Differ> {
        match self.known.get(&key) {
            Some(Err(())) => return Err(Differ),
            Some(Ok(ends)) if self.visited.contains(&key) => return Ok(ends.clone()),
            _ => {}
        }
        if !self.visited.insert(key.clone()) {
            return Ok(Ends::new());
        }
        let found = if self.pair.enter() { self.walk(&key) } else { Err(Differ) };
        self.pair.leave();
        let entry = match &found {
            Ok(ends) => Ok(ends.clone()),
            Err(Differ) => Err(()),
        };
        if self.known.get(&key) != Some(&entry) {
            self.changed = true;
            self.known.insert(key, entry);
        }
        found
    }

    fn walk(&mut self, &(old, new, at, ref begin): &Key) -> Result<Ends, Differ> {
        let mut ends = Ends::from([(at, begin.clone())]);
        for atom in self.old_atoms(old).iter() {
            let mut next = Ends::new();
            for (at, mut now) in ends {
                match *atom {
                    Atom::Literal(value) => {
                        let text = now.masked(self.pair.old.literal(value).unwrap_or(""));
                        if matches!(now.state, UrlState::Json(..)) {
                            now.say(&unescaped(&text))?;
                        } else {
                            now.say(&text)?;
                        }
                        next.insert((at, now));
                    }
                    Atom::Value(value) => {
                        for (at, now) in self.step(value, new, at, now)? {
                            next.insert(self.eat(new, at, now)?);
                        }
                    }
                    Atom::Replace(_) | Atom::Settled => return Err(Differ),
                }
            }
            let ahead = |(_, now): &(usize, At)| now.residue.len();
            if next.len() > MOST_ENDS || next.iter().any(|end| ahead(end) > MOST_AHEAD) {
                return Err(Differ);
            }
            ends = next;
        }
        Ok(ends)
    }

    fn step(&mut self, value: ValueId, new: Option<ValueId>, at: usize, now: At) -> Result<Ends, Differ> {
        let beside = self.beside(new, at);
        let found = inputs(self.pair.old, value).or_else(|| self.looped(value, beside));
        let Some(inputs) = found else { return self.unseen(value, new, at, now) };
        if let Some(other) = beside
            && let Some(others) = self.pair.joined(value, other)
        {
            // The token is chosen where something else is, and the new text has only that.
            if let Some(ends) = self.vanished(&inputs, new, at, &now) {
                return Ok(ends);
            }
            if let Ok(ends) = self.aligned(&inputs, &others, at, &now) {
                return Ok(ends);
            }
        }
        // A loop without its counterpart either leaves the same text each time, or gets further ahead than may be.
        let mut ends = Ends::new();
        for input in inputs {
            ends.extend(self.stretch((input, new, at, now.clone()))?);
        }
        Ok(ends)
    }

    /// The items that a loop takes out of a list which is not the same any more.
    fn looped(&mut self, value: ValueId, beside: Option<ValueId>) -> Option<Vec<ValueId>> {
        let Op::Apply(Head::Item(_), list) = self.pair.old.op(value) else { return None };
        let &[list] = list.as_slice() else { return None };
        if self.pair.equal(value, beside?, Mode::EXACT) {
            return None;
        }
        items(self.pair.old, list)
    }

    /// Where the old text is behind a join of which nothing is left, whatever its input.
    fn vanished(&mut self, inputs: &[ValueId], new: Option<ValueId>, at: usize, now: &At) -> Option<Ends> {
        let may_vanish = matches!(now.state, UrlState::Token { .. }) || matches!(now.residue, Residue::New(_));
        if !may_vanish {
            return None;
        }
        let mut ends = Ends::new();
        for &input in inputs {
            let more = self.stretch((input, new, at, now.clone())).ok()?;
            // What a pass of a loop leaves is not known yet inside of it.
            if more.is_empty() {
                return None;
            }
            ends.extend(more);
        }
        let is_cut = |state: &UrlState| match state {
            UrlState::Token { .. } => true,
            UrlState::Name { read, cut, .. } => *cut && read.is_empty(),
            _ => false,
        };
        let nothing = |(end, then): &(usize, At)| *end == at && then.residue == now.residue && is_cut(&then.state);
        (!ends.is_empty() && ends.iter().all(nothing)).then_some(ends)
    }

    /// The value that the new text is at.
    fn beside(&mut self, new: Option<ValueId>, at: usize) -> Option<ValueId> {
        match self.new_atoms(new).get(at) {
            Some(&Atom::Value(other)) => Some(other),
            _ => None,
        }
    }

    /// Inputs of the same join, each with its own.
    fn aligned(&mut self, inputs: &[ValueId], others: &[ValueId], at: usize, now: &At) -> Result<Ends, Differ> {
        let mut ends = Ends::new();
        for (&input, &other) in inputs.iter().zip(others) {
            let (from, begin) = self.eat(Some(other), 0, now.clone())?;
            let length = self.new_atoms(Some(other)).len();
            for (end, now) in self.stretch((input, Some(other), from, begin))? {
                if end != length {
                    return Err(Differ);
                }
                ends.insert((at + 1, now));
            }
        }
        Ok(ends)
    }

    /// A value that cannot be seen: it is the token, or it stands in both texts.
    fn unseen(&mut self, value: ValueId, new: Option<ValueId>, at: usize, mut now: At) -> Result<Ends, Differ> {
        if now.swallow()? {
            return Ok(Ends::from([(at, now)]));
        }
        let beside = self.beside(new, at);
        let mut met = now.clone();
        if let Some(other) = beside
            && (!matches!(now.replacing, Replacing::Next(_)) || has_none(self.pair.old, value))
            && met.meets()
            && self.pair.equal(value, other, Mode::EXACT)
        {
            return Ok(Ends::from([(at + 1, met)]));
        }
        // A list of parameters, where one may begin.
        let begins = matches!(&now.state, UrlState::Name { read, .. } if read.is_empty());
        let mut met = now.clone();
        if let Some(other) = beside
            && begins
            && let (Some(list), Some(list2)) = (joined(self.pair.old, value), joined(self.pair.new, other))
            && met.meets()
            && self.pair.is_filled(list2)
            && self.pair.equal(list, list2, Mode::LIST)
        {
            return Ok(Ends::from([(at + 1, met)]));
        }
        self.template(value, new, beside, at, now)
    }

    /// `url.trim()`, `url.replaceAll("KEY",key)` of a URL that loses its token: the same is done to both, but for markers that
    /// went with it.
    fn template(
        &mut self,
        value: ValueId,
        new: Option<ValueId>,
        beside: Option<ValueId>,
        at: usize,
        now: At,
    ) -> Result<Ends, Differ> {
        let (from, calls) = last_calls(self.pair.old, value);
        let (to, others) = beside.map_or((None, Vec::new()), |other| {
            let (inner, calls) = last_calls(self.pair.new, other);
            (Some(inner), calls)
        });
        let outer = Rc::clone(&now.markers);
        let markers = calls.iter().filter_map(|call| call.fill).map(|(marker, _)| marker.to_owned());
        let inner = At { markers: markers.collect(), ..now };
        let ends = match (to, self.gone(&calls, &others), self.gone(&calls, &[])) {
            (Some(to), Some(gone), _) if !others.is_empty() && !mentions(self.pair.new, to, &gone) => {
                self.aligned(&[from], &[to], at, &inner)?
            }
            (_, _, Some(gone)) if !new.is_some_and(|new| mentions(self.pair.new, new, &gone)) => {
                self.stretch((from, new, at, inner))?
            }
            _ => return Err(Differ),
        };
        Ok(ends.into_iter().map(|(at, now)| (at, At { markers: Rc::clone(&outer), ..now })).collect())
    }

    /// The markers of the calls that are missing in `others`; `None` when that are others than such that fill one in.
    fn gone<'t>(&mut self, calls: &[Call<'t>], others: &[Call<'_>]) -> Option<Vec<&'t str>> {
        let mut left = others.iter().peekable();
        let mut gone = Vec::new();
        for call in calls {
            let same = left.peek().is_some_and(|other| {
                call.name.eq_ignore_ascii_case(other.name)
                    && match (call.fill, other.fill) {
                        (None, None) => true,
                        (Some((marker, value)), Some((marker2, value2))) => {
                            marker == marker2 && self.pair.equal(value, value2, Mode::EXACT)
                        }
                        _ => false,
                    }
            });
            if same {
                left.next();
            } else {
                gone.push(call.fill?.0);
            }
        }
        (!calls.is_empty() && left.next().is_none()).then_some(gone)
    }
}

/// The list of `list.toString("&")`.
fn joined(graph: View<'_>, value: ValueId) -> Option<ValueId> {
    match graph.op(graph.plain(value)) {
        Op::Apply(Head::Callee(name), parts) if graph.text_of(*name).eq_ignore_ascii_case("toString") => {
            let &[list, separator] = parts.as_slice() else { return None };
            (graph.literal(graph.plain(separator)) == Some("&")).then_some(list)
        }
        _ => None,
    }
}

/// A call on a text that leaves it as it is, or fills a marker in.
struct Call<'t> {
    name: &'t str,
    fill: Option<(&'t str, ValueId)>,
}

/// The calls that end a text, the first one first, and what they are made on.
fn last_calls(graph: View<'_>, mut value: ValueId) -> (ValueId, Vec<Call<'_>>) {
    let mut calls = Vec::new();
    while let Op::Apply(Head::Callee(name), parts) = graph.op(graph.plain(value)) {
        let name = graph.text_of(*name);
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        let (inner, fill) = match parts.as_slice() {
            [inner] if keeps_text(name) || of(name) == Some(Of::Encoded) => (*inner, None),
            [inner, marker, with, flags @ ..] if flags.len() < 2 && (is("replaceAll") || is("replaceFirst")) => {
                let exact = flags.first().is_some_and(|&flag| graph.is_word(flag, "true"));
                match graph.literal(graph.plain(*marker)).filter(|marker| is_marker(marker, exact)) {
                    Some(marker) => (*inner, Some((marker, *with))),
                    None => break,
                }
            }
            _ => break,
        };
        calls.push(Call { name, fill });
        value = inner;
    }
    calls.reverse();
    (value, calls)
}

/// Whether one of the markers stands in a literal that `value` is made of.
fn mentions(graph: View<'_>, value: ValueId, markers: &[&str]) -> bool {
    let mut waiting = vec![value];
    let mut seen = HashSet::new();
    while let Some(value) = waiting.pop().filter(|_| !markers.is_empty()) {
        let value = graph.plain(value);
        if !seen.insert(value) {
            continue;
        }
        match graph.op(value) {
            Op::Text(range) if markers.iter().any(|marker| graph.text_of(*range).contains(marker)) => return true,
            Op::Sum(parts) | Op::Apply(_, parts) => waiting.extend(parts),
            Op::ReplaceFirst(inner, _) => waiting.push(*inner),
            _ => waiting.extend(inputs(graph, value).into_iter().flatten()),
        }
    }
    false
}

/// What may stand for a value at a join.
pub(super) fn inputs(graph: View<'_>, value: ValueId) -> Option<Vec<ValueId>> {
    match graph.op(value) {
        Op::Phi(_, inputs) | Op::AnyOf(_, inputs) | Op::Choice(_, inputs) => Some(inputs.to_vec()),
        Op::Loop(_, first, back) => Some(vec![*first, *back]),
        _ => None,
    }
}
