//! On which ways to a text or a map something is in it.
//!
//! ```text
//! u = "…?limit=1";
//! if(c)
//! {
//!     u = "…?authtoken=" + token;
//! }
//! r = getUrl(u);         // sometimes
//! ```
//!
//! What is only put in, or appended, on some of the ways is there: a `put` in a block, and a token that is appended where there is
//! one. Another URL or map on another way has none.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::graph::{Head, Op, ValueId, View};

/// On which of the ways to a value something is in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Holds {
    /// On none.
    Never,
    /// On some.
    Sometimes,
    /// On all.
    Always,
}

impl Holds {
    fn one_of(inputs: &[Holds]) -> Holds {
        match (inputs.iter().min(), inputs.iter().max()) {
            (Some(least), Some(most)) if least == most => *most,
            _ => Holds::Sometimes,
        }
    }
}

/// What is put together in more steps than this, one inside of another, is not looked through: each takes some of the stack
/// ([`crate::deluge::STACK_BYTES`]).
const MOST_DEPTH: usize = 20_000;

impl View<'_> {
    /// On which of the ways to a value something is in it: a literal that `names` it, or an entry of a map under one of the `keys`.
    pub fn holds(self, value: ValueId, names: &dyn Fn(&str) -> bool, keys: &dyn Fn(&str) -> bool) -> Holds {
        self.held(value, names, keys, &mut HashMap::new(), 0)
    }

    fn held(
        self,
        value: ValueId,
        names: &dyn Fn(&str) -> bool,
        keys: &dyn Fn(&str) -> bool,
        known: &mut HashMap<ValueId, Option<Holds>>,
        depth: usize,
    ) -> Holds {
        if depth > MOST_DEPTH {
            return Holds::Sometimes;
        }
        // What goes around in a loop brings nothing by itself.
        if let Some(known) = known.get(&value) {
            return known.unwrap_or(Holds::Never);
        }
        known.insert(value, None);
        let is_key = |key: ValueId| self.known_text(key).is_some_and(|key| keys(&key));
        let mut each = |values: &[ValueId]| -> Vec<Holds> {
            values.iter().map(|&value| self.held(value, names, keys, known, depth + 1)).collect()
        };
        let held = match self.op(value) {
            Op::Text(range) if names(range.of(self.text)) => Holds::Always,
            Op::Sum(operands) => {
                // A name may stand in two literals side by side.
                let mut run = String::new();
                let together = operands.iter().any(|&operand| {
                    match self.literal(operand) {
                        Some(text) => run.push_str(text),
                        None => run.clear(),
                    }
                    names(&run)
                });
                if together { Holds::Always } else { each(operands).into_iter().max().unwrap_or(Holds::Never) }
            }
            Op::Phi(_, inputs) | Op::AnyOf(_, inputs) | Op::Choice(_, inputs) => {
                let held = each(inputs);
                let mut bases = inputs.iter().map(|&input| self.base(input));
                let first = bases.next();
                if bases.all(|base| Some(base) == first) || self.is_tested(value, inputs, &held, names) {
                    held.into_iter().max().unwrap_or(Holds::Never)
                } else {
                    Holds::one_of(&held)
                }
            }
            // A pass that only puts something in.
            Op::Loop(_, first, back)
                if *back != value && (self.base(*back) == value || self.is_appended_to(*back, value)) =>
            {
                let first = self.held(*first, names, keys, known, depth + 1);
                known.insert(value, Some(first));
                first.max(self.held(*back, names, keys, known, depth + 1))
            }
            Op::Loop(_, first, back) => {
                // A pass that changes nothing of it leaves what came in.
                let first = self.held(*first, names, keys, known, depth + 1);
                known.insert(value, Some(first));
                match known.get(back) {
                    // It was asked for what a pass leaves.
                    Some(None) => first,
                    _ => Holds::one_of(&[first, self.held(*back, names, keys, known, depth + 1)]),
                }
            }
            Op::Map(entries) if entries.iter().any(|&(key, _)| is_key(key)) => Holds::Always,
            Op::Put(_, key, _) if is_key(*key) => Holds::Always,
            Op::Put(map, ..) | Op::ReplaceFirst(map, _) => each(&[*map]).into_iter().max().unwrap_or(Holds::Never),
            Op::Apply(Head::Changed(_) | Head::Given | Head::Callee(_), values) => {
                each(values.get(..1).unwrap_or(&[])).into_iter().max().unwrap_or(Holds::Never)
            }
            _ => Holds::Never,
        };
        known.insert(value, Some(held));
        held
    }

    /// Whether a text comes over some of the ways as it was, and over each of the others with something behind it, an empty text
    /// with anything, where the value behind the name is what decides: `if(token != null) { u = u + "&authtoken=" + token; }`.
    fn is_tested(self, join: ValueId, inputs: &[ValueId], held: &[Holds], names: &dyn Fn(&str) -> bool) -> bool {
        let conditions: &[ValueId] = match self.op(join) {
            Op::Phi(join, _) => self.graph.forks.get(join.0 as usize).map_or(&[], |fork| &fork.conditions),
            Op::Choice(condition, _) => condition.as_slice(),
            _ => &[],
        };
        let mut tests: Vec<ValueId> = conditions.to_vec();
        let mut seen: HashSet<ValueId> = tests.iter().copied().collect();
        let mut at = 0;
        while let Some(&test) = tests.get(at) {
            if let Op::Apply(_, values) = self.op(self.plain(test)) {
                tests.extend(values.iter().copied().filter(|&value| seen.insert(value)));
            }
            at += 1;
        }
        let is_test = |value: ValueId| {
            tests.iter().any(|&test| match (self.op(self.plain(test)), self.op(self.plain(value))) {
                (Op::Outside(one), Op::Outside(other)) => self.text_of(*one) == self.text_of(*other),
                _ => self.plain(test) == self.plain(value),
            })
        };
        !tests.is_empty()
            && inputs.iter().any(|&text| {
                let is_empty = self.literal(text) == Some("");
                let grows = |input| is_empty || self.is_appended_to(input, text);
                inputs.iter().zip(held).all(|(&input, &held)| {
                    input == text
                        || (held != Holds::Never
                            && grows(input)
                            && self.behind_name(input, text, names).is_some_and(is_test))
                })
            })
    }

    /// What stands behind the name in what was put behind `text`.
    fn behind_name(self, mut value: ValueId, text: ValueId, names: &dyn Fn(&str) -> bool) -> Option<ValueId> {
        while value != text {
            let Op::Sum(operands) = self.op(value) else { return None };
            let pairs = operands.iter().zip(operands.iter().skip(1));
            let is_name = |name: ValueId| self.literal(name).is_some_and(names);
            let mut behind = pairs.filter(|&(&name, &value)| is_name(name) && self.literal(value).is_none());
            if let Some((_, &found)) = behind.next() {
                return Some(found);
            }
            value = *operands.first()?;
        }
        None
    }

    /// Whether a value is that text, perhaps with something behind it.
    fn is_appended_to(self, mut value: ValueId, text: ValueId) -> bool {
        while value != text {
            match self.op(value) {
                Op::Sum(operands) if !operands.is_empty() => value = operands.first().copied().unwrap_or(text),
                _ => return false,
            }
        }
        true
    }

    /// The map that entries were put into.
    fn base(self, mut value: ValueId) -> ValueId {
        loop {
            value = match self.op(value) {
                Op::Put(map, ..) => *map,
                Op::Phi(_, inputs) => match inputs.iter().map(|&input| self.put_into(input)).min() {
                    Some(least) if inputs.iter().all(|&input| self.put_into(input) == least) && least != value => least,
                    _ => return value,
                },
                _ => return value,
            }
        }
    }

    /// The same without joins.
    fn put_into(self, mut value: ValueId) -> ValueId {
        while let Op::Put(map, ..) = self.op(value) {
            value = *map;
        }
        value
    }
}
