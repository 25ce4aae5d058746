//! Which branches exclude one another, though they belong to statements that follow one another.
//!
//! ```text
//! if(c)                          join 0     its first branch: c
//! {
//!     h.put("a",t);
//! }
//! if(!c && d)                    join 1     its first branch: not c, and d
//! {
//!     foo(h);                    h is Phi(join 0: Put(…), Map()); the first input cannot have come here
//! }
//! ```
//!
//! Values do not change, so that a condition that is worked out anew from the same values is the same. A value that a loop
//! carries stands for another one in each pass: what is asked about here must not be reached through the head of a loop.

use foldhash::{HashMap, HashMapExt};

use super::graph::{Head, JoinId, Op, ValueId, View, Way};
use crate::deluge::Operator;
use crate::text::source::TextRange;

/// Conditions that are put together of more parts than this, one inside of another, are taken to be like no other.
const MOST_DEPTH: usize = 64;

/// A value by how it is worked out.
#[derive(PartialEq, Eq, Hash)]
enum Shape<'g> {
    /// As no other.
    Value(ValueId),
    Text(&'g str),
    Word(&'g str),
    Outside(&'g str),
    Sum(Vec<ShapeId>),
    Operator(Operator, Vec<ShapeId>),
    Method(String, Vec<ShapeId>),
}

/// The number of a [`Shape`].
type ShapeId = u32;

/// Something that is true in a branch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fact<'g> {
    /// A condition holds, or does not.
    Holds(ShapeId, bool),
    /// A value is this text.
    Is(ShapeId, &'g str),
}

impl Fact<'_> {
    fn excludes(self, other: Self) -> bool {
        match (self, other) {
            (Fact::Holds(one, holds), Fact::Holds(other, holds2)) => one == other && holds != holds2,
            (Fact::Is(one, text), Fact::Is(other, text2)) => one == other && !text.eq_ignore_ascii_case(text2),
            _ => false,
        }
    }
}

/// What the branches of a graph decide.
pub struct Ways<'g> {
    view: View<'g>,
    shapes: HashMap<Shape<'g>, ShapeId>,
    values: HashMap<ValueId, ShapeId>,
}

/// What is true where something happens.
#[derive(Default)]
pub struct Facts<'g> {
    /// Conditions that hold, or do not.
    conditions: Vec<(ValueId, bool)>,
    /// And what follows from each of them alone.
    facts: Vec<Fact<'g>>,
}

impl Facts<'_> {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    fn decides(&self, fact: Fact<'_>) -> Option<bool> {
        self.facts.iter().find_map(|known| match (known.excludes(fact), *known == fact) {
            (true, _) => Some(false),
            (_, true) => Some(true),
            _ => None,
        })
    }
}

impl<'g> Ways<'g> {
    /// Those of a graph; nothing is looked at yet.
    pub fn of(view: View<'g>) -> Self {
        Self { view, shapes: HashMap::new(), values: HashMap::new() }
    }

    /// What is true there: at most as many facts as statements stand before or around it.
    pub fn facts(&mut self, mut way: Way) -> Facts<'g> {
        let mut facts = Facts::default();
        loop {
            let join = match way {
                Way::Start => break,
                Way::Condition(join, number) => {
                    self.none_before(join, number, &mut facts);
                    join
                }
                Way::Block(join, number) => {
                    self.taken(join, number, &mut facts);
                    join
                }
                Way::Behind(join) => {
                    self.gone_on(join, &mut facts);
                    join
                }
            };
            match self.view.graph.forks.get(join.0 as usize) {
                Some(fork) => way = fork.way,
                None => break,
            }
        }
        facts
    }

    /// Whether the input of this number of a join cannot have been the one where these facts are true.
    pub fn excludes(&mut self, facts: &Facts<'g>, join: JoinId, input: usize) -> bool {
        let Some(fork) = self.view.graph.forks.get(join.0 as usize) else { return false };
        let mut live = (0..fork.branches).filter(|number| !fork.ended.contains(number));
        let Some(number) = live.nth(input) else { return false };
        let mut own = Facts::default();
        self.taken(join, number, &mut own);
        own.facts.iter().any(|&own| facts.facts.iter().any(|&fact| fact.excludes(own)))
            || [(&own, facts), (facts, &own)].into_iter().any(|(one, other)| self.excluded(one, other))
    }

    fn taken(&mut self, join: JoinId, number: u32, facts: &mut Facts<'g>) {
        self.none_before(join, number, facts);
        if let Some(condition) = self.condition(join, number) {
            self.add(condition, true, facts);
        }
    }

    fn none_before(&mut self, join: JoinId, number: u32, facts: &mut Facts<'g>) {
        for earlier in 0..number {
            if let Some(condition) = self.condition(join, earlier) {
                self.add(condition, false, facts);
            }
        }
    }

    /// None of the first branches was taken that all end, or the only one was that does not.
    fn gone_on(&mut self, join: JoinId, facts: &mut Facts<'g>) {
        let Some(fork) = self.view.graph.forks.get(join.0 as usize) else { return };
        let ended = &fork.ended;
        let mut live = (0..fork.branches).filter(|number| !ended.contains(number));
        if let (Some(only), None) = (live.next(), live.next()) {
            self.taken(join, only, facts);
        } else {
            let first = (0..).zip(ended).take_while(|(number, ended)| number == *ended).count();
            self.none_before(join, first as u32, facts);
        }
    }

    fn condition(&self, join: JoinId, number: u32) -> Option<ValueId> {
        self.view.graph.forks.get(join.0 as usize)?.conditions.get(number as usize).copied()
    }

    /// What is true when a condition holds, or when it does not.
    fn add(&mut self, condition: ValueId, holds: bool, facts: &mut Facts<'g>) {
        facts.conditions.push((condition, holds));
        let mut waiting = vec![(condition, holds)];
        while let Some((condition, holds)) = waiting.pop() {
            let condition = self.view.plain(condition);
            match self.view.op(condition) {
                Op::Apply(Head::Operator(Operator::Not), parts) if parts.len() == 1 => {
                    waiting.extend(parts.iter().map(|&part| (part, !holds)));
                    continue;
                }
                Op::Apply(Head::Operator(Operator::And), parts) if holds => {
                    waiting.extend(parts.iter().map(|&part| (part, true)));
                }
                Op::Apply(Head::Operator(Operator::Or), parts) if !holds => {
                    waiting.extend(parts.iter().map(|&part| (part, false)));
                }
                Op::Apply(Head::Operator(operator @ (Operator::Equal | Operator::NotEqual)), parts) => {
                    if let &[one, other] = parts.as_slice() {
                        self.compared(one, other, holds == (*operator == Operator::Equal), facts);
                        continue;
                    }
                }
                _ => {}
            }
            let known = self.known(condition, 0);
            facts.facts.push(Fact::Holds(known, holds));
        }
    }

    /// Two values are the same, or are not.
    fn compared(&mut self, one: ValueId, other: ValueId, same: bool, facts: &mut Facts<'g>) {
        for (word, truth) in [("true", true), ("false", false)] {
            for (value, tested) in [(one, other), (other, one)] {
                if self.view.is_word(tested, word) && same {
                    let known = self.known(value, 0);
                    facts.facts.push(Fact::Holds(known, truth));
                }
            }
        }
        for (value, text) in [(one, other), (other, one)] {
            if let Some(text) = self.view.literal(self.view.plain(text)).filter(|_| same) {
                let value = self.known(value, 0);
                facts.facts.push(Fact::Is(value, text));
            }
        }
        let mut sides = vec![self.known(one, 0), self.known(other, 0)];
        sides.sort_unstable();
        let known = self.number(Shape::Operator(Operator::Equal, sides));
        facts.facts.push(Fact::Holds(known, same));
    }

    /// Whether one of the conditions of `one` is untrue where `other` is true.
    fn excluded(&mut self, one: &Facts<'g>, other: &Facts<'g>) -> bool {
        one.conditions.iter().any(|&(condition, holds)| self.truth(condition, other, 0) == Some(!holds))
    }

    /// Whether a condition holds there, as far as it is known.
    fn truth(&mut self, condition: ValueId, facts: &Facts<'g>, depth: usize) -> Option<bool> {
        let condition = self.view.plain(condition);
        let known = self.known(condition, 0);
        let decided = facts.decides(Fact::Holds(known, true));
        if decided.is_some() || depth > MOST_DEPTH {
            return decided;
        }
        match self.view.op(condition) {
            Op::Apply(Head::Operator(Operator::Not), parts) if parts.len() == 1 => {
                parts.first().and_then(|&part| self.truth(part, facts, depth + 1)).map(|holds| !holds)
            }
            Op::Apply(Head::Operator(operator @ (Operator::And | Operator::Or)), parts) => {
                let decides = *operator == Operator::Or;
                let mut all = Some(!decides);
                for &part in parts {
                    match self.truth(part, facts, depth + 1) {
                        Some(holds) if holds == decides => return Some(decides),
                        Some(_) => {}
                        None => all = None,
                    }
                }
                all
            }
            Op::Apply(Head::Operator(operator @ (Operator::Equal | Operator::NotEqual)), parts) => {
                let &[one, other] = parts.as_slice() else { return None };
                let mut same = Facts::default();
                self.compared(one, other, true, &mut same);
                let decided = same.facts.iter().find_map(|&fact| facts.decides(fact));
                decided.map(|holds| holds == (*operator == Operator::Equal))
            }
            _ => None,
        }
    }

    fn number(&mut self, shape: Shape<'g>) -> ShapeId {
        let next = self.shapes.len() as ShapeId;
        *self.shapes.entry(shape).or_insert(next)
    }

    fn known(&mut self, value: ValueId, depth: usize) -> ShapeId {
        let value = self.view.plain(value);
        if let Some(&known) = self.values.get(&value) {
            return known;
        }
        let view = self.view;
        let mut all = |parts: &[ValueId]| parts.iter().map(|&part| self.known(part, depth + 1)).collect::<Vec<_>>();
        let shape = match view.op(value) {
            _ if depth > MOST_DEPTH => Shape::Value(value),
            Op::Text(text) => Shape::Text(view.text_of(*text)),
            Op::Outside(name) => Shape::Outside(view.text_of(*name)),
            Op::Sum(parts) => Shape::Sum(all(parts)),
            Op::Apply(Head::Operator(operator), parts) => Shape::Operator(*operator, all(parts)),
            // What has no arguments may be the time, and a field may be written in between.
            Op::Apply(Head::Callee(name), parts) if !parts.is_empty() && is_called(view, *name) => {
                Shape::Method(view.text_of(*name).to_ascii_lowercase(), all(parts))
            }
            Op::Apply(Head::Leaf(word), _) if is_fixed(view.text_of(*word)) => Shape::Word(view.text_of(*word)),
            _ => Shape::Value(value),
        };
        let known = self.number(shape);
        self.values.insert(value, known);
        known
    }
}

/// Whether a name is that of a function or method.
fn is_called(view: View<'_>, name: TextRange) -> bool {
    view.text.get(name.end()..).is_some_and(|rest| rest.trim_start().starts_with('('))
}

/// Whether a word is a number or a constant of the language.
fn is_fixed(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        || ["true", "false", "null"].iter().any(|known| known.eq_ignore_ascii_case(word))
}
