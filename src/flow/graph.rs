//! Values and events.
//!
//! ```text
//! u = base + "?a=" + a;         v0 = Outside(base)    v1 = Text("?a=")    v2 = Outside(a)    v3 = Sum(v0, v1, v2)
//! if(c)                         v4 = Outside(c)       event 0: Branch(v4)
//! {
//!     u = u + "&b=1";           v5 = Text("&b=1")     v6 = Sum(v3, v5)
//! }                             v7 = Phi(join 0: v6, v3)
//! r = getUrl(u);                event 1: Request(url: v7)                 v8 = Result(event 1)
//! ```
//!
//! A name is no value: each read of it stands for the value that reached it. Where two ways meet there is a [`Op::Phi`], at
//! the head of a loop an [`Op::Loop`]. Both carry the number of the statement at which the ways meet, counted through the
//! whole text, so that those of two versions of a script can be compared.

use std::ops::ControlFlow;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

pub use super::values::{ValueId, Values};
use crate::deluge::builtins::keeps_text;
use crate::deluge::{Kind, NodeId, Operator};
use crate::text::source::TextRange;

/// An event of one [`Graph`]: its place in [`Graph::events`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EventId(pub u32);

/// A statement at which ways meet, by its ordinal among the branches, loops and `try`s of the text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct JoinId(pub u32);

/// Where something happens, by the innermost statement at which ways part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// In none.
    Start,
    /// Where this condition of an `if` is worked out, but for the first, which stands before it.
    Condition(JoinId, u32),
    /// In its branch of this number, or in a loop or `try`.
    Block(JoinId, u32),
    /// Behind it, where one of its branches does not come.
    Behind(JoinId),
}

/// A statement at which ways part.
#[derive(Clone, Debug)]
pub struct Fork {
    /// Where it stands.
    pub way: Way,
    /// The conditions of an `if`, in order. A branch is taken where its own holds and none before it does.
    pub conditions: Vec<ValueId>,
    /// The branches of an `if` that end in a jump, by their numbers.
    pub ended: Vec<u32>,
    /// How many branches an `if` has, an `else` that is not written among them.
    pub branches: u32,
}

/// What a value is made with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Head {
    /// Parts of the language that have no name of their own.
    Kind(Kind),
    /// An operator.
    Operator(Operator),
    /// A function or method, or a field; the case of its letters does not matter.
    Callee(TextRange),
    /// A number, `true`, `null`.
    Leaf(TextRange),
    /// What a loop takes out of its source.
    Item(JoinId),
    /// What a map or list holds after this method changed it.
    Changed(TextRange),
    /// The same after it was given to a function, or something inside of it was changed.
    Given,
    /// What something may hold after code that was not understood, or that changed what may be the same map.
    Blurred,
}

/// How a value comes about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Op {
    /// A literal text: its content in the source, without quotes.
    Text(TextRange),
    /// What a name holds that nothing here has written.
    Outside(TextRange),
    /// Texts that are joined.
    Sum(Values),
    /// One of these, by the way that was taken to the join; in the order of its branches.
    Phi(JoinId, Values),
    /// At the head of a loop: what came into it, and what a pass leaves.
    Loop(JoinId, ValueId, ValueId),
    /// One of these: what was thrown at some place of a `try`.
    AnyOf(JoinId, Values),
    /// `if(condition, a, b)`, `ifnull(a, b)`: the condition, if there is one, and the values.
    Choice(Option<ValueId>, Values),
    /// Any other computation.
    Apply(Head, Values),
    /// A map, with its keys and values in order.
    Map(Vec<(ValueId, ValueId)>),
    /// A map after a `put`: the map before, key and value.
    Put(ValueId, ValueId, ValueId),
    /// `text.replaceFirst("&", to)`.
    ReplaceFirst(ValueId, TextRange),
    /// What an event gives.
    Result(EventId),
}

/// What a script does to the outside, or where it decides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EventKind {
    /// A scope begins: the script, a function, a script of an export.
    Scope(TextRange),
    /// An outbound call.
    Request(Box<Sent>),
    /// A call of a function that may do more than yield a value.
    Call(TextRange),
    /// A block of attributes that is no request (`sendmail [ … ]`), by the names of what it says.
    Task(TextRange, Vec<TextRange>),
    /// A condition, or what a loop goes through.
    Branch(JoinId),
    /// `return`, `throw`, `break`, `continue`, `delete`, …
    Statement(Kind, TextRange),
    /// A write to something that is no variable.
    Write(TextRange),
    /// `info`: for people.
    Info,
    /// Code that was not understood, word by word.
    Opaque(TextRange),
}

/// What a request sends.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sent {
    /// The node of the request, for its ordinal.
    pub node: Option<NodeId>,
    /// The HTTP method as a value, or else by the form of the call.
    pub method: Option<ValueId>,
    /// The method of a call that has no attribute for it.
    pub implied: &'static str,
    /// The URL, or the path of an `invokeapi`.
    pub url: Option<ValueId>,
    /// The body.
    pub bodies: Vec<ValueId>,
    /// The headers.
    pub headers: Option<ValueId>,
    /// The connection.
    pub connection: Option<ValueId>,
    /// Whether the answer comes with its status; `None` by default.
    pub detailed: Option<ValueId>,
    /// Whether it was made by an argument that turns it around: `getUrl(u, false)`.
    pub simple: Option<ValueId>,
    /// All other attributes.
    pub others: Vec<(TextRange, ValueId)>,
}

/// Something that a script does, with the values it does it with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// With what.
    pub values: Values,
    /// Where it stands.
    pub way: Way,
    /// How many operators and functions around it decide whether it happens (`&&`, `||`, `if(…)`).
    pub conditions: u32,
    /// The statement.
    pub range: TextRange,
}

/// The values and events of a text. Ranges are of that text, which stays with its source.
#[derive(Debug, Default)]
pub struct Graph {
    ops: Vec<Op>,
    /// In the order in which they happen, scope by scope.
    pub events: Vec<Event>,
    /// By their [`JoinId`].
    pub forks: Vec<Fork>,
    /// The value of each expression, by the number of its node; [`NO_VALUE`] of what is none.
    origins: Vec<ValueId>,
    /// Names that are read where nothing has written them on one of the ways, by the ordinal of the scope, with repetitions.
    pub unwritten: Vec<(u32, TextRange)>,
    /// Whether the text was too large to be followed: nothing may be concluded from the graph then.
    pub given_up: bool,
}

/// Stands for no value.
const NO_VALUE: ValueId = ValueId(u32::MAX);

impl Graph {
    /// That of a tree with so many nodes, without values.
    pub fn of(nodes: usize) -> Self {
        // Nearly all nodes make a value. Room that is not used takes no memory.
        Self { ops: Vec::with_capacity(nodes), origins: vec![NO_VALUE; nodes], ..Self::default() }
    }

    /// Adds a value.
    pub fn add(&mut self, op: Op) -> ValueId {
        self.ops.push(op);
        ValueId((self.ops.len() - 1) as u32)
    }

    /// The value itself, or where a loop never changes it, what came into the loop.
    pub fn plain(&self, mut value: ValueId) -> ValueId {
        while let Op::Loop(_, first, back) = self.op(value)
            && (*back == value || back == first)
        {
            value = *first;
        }
        value
    }

    /// Whether a value may be a map or list: texts and numbers are none.
    pub fn may_be_map(&self, value: ValueId) -> bool {
        // Most values are no joins, and nothing needs to be noted of them.
        if let Op::Text(_) | Op::Sum(_) | Op::Apply(..) | Op::Map(_) | Op::Put(..) = self.op(value) {
            return !matches!(
                self.op(value),
                Op::Text(_) | Op::Sum(_) | Op::Apply(Head::Leaf(_) | Head::Operator(_), _)
            );
        }
        let found = self.walk([value], |value, _| match self.op(value) {
            Op::Text(_) | Op::Sum(_) | Op::ReplaceFirst(..) | Op::Apply(Head::Leaf(_) | Head::Operator(_), _) => {
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break(()),
        });
        found.is_break()
    }

    /// Looks at each value that these may be, once: through joins, and on to the values that `look` adds to its list. Ends when
    /// `look` breaks.
    pub fn walk<B>(
        &self,
        from: impl IntoIterator<Item = ValueId>,
        mut look: impl FnMut(ValueId, &mut Vec<ValueId>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let mut from = from.into_iter();
        let mut waiting = Vec::new();
        let mut seen = HashSet::new();
        while let Some(value) = waiting.pop().or_else(|| from.next()) {
            if !seen.insert(value) {
                continue;
            }
            match self.op(value) {
                Op::Phi(_, inputs) | Op::AnyOf(_, inputs) | Op::Choice(_, inputs) => waiting.extend(inputs),
                Op::Loop(_, first, back) => waiting.extend([*first, *back]),
                _ => look(value, &mut waiting)?,
            }
        }
        ControlFlow::Continue(())
    }

    /// How a value comes about.
    pub fn op(&self, value: ValueId) -> &Op {
        static NONE: Op = Op::Map(Vec::new());
        self.ops.get(value.0 as usize).unwrap_or(&NONE)
    }

    /// Tells the head of a loop what a pass leaves.
    pub fn close_loop(&mut self, head: ValueId, back: ValueId) {
        if let Some(Op::Loop(_, _, slot)) = self.ops.get_mut(head.0 as usize) {
            *slot = back;
        }
    }

    /// Notes what an expression yields. Of one that is looked at again, the first value counts.
    pub fn note(&mut self, expression: NodeId, value: ValueId) {
        if let Some(origin) = self.origins.get_mut(expression.index()) {
            *origin = value.min(*origin);
        }
    }

    /// What an expression yields.
    pub fn value_of(&self, expression: NodeId) -> Option<ValueId> {
        self.origins.get(expression.index()).copied().filter(|&value| value != NO_VALUE)
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }
}

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

/// How many blanks may stand before a word that a text is said to begin with.
const MOST_BLANKS: usize = 64;

/// A graph with its text.
#[derive(Clone, Copy, Debug)]
pub struct View<'g> {
    /// The graph.
    pub graph: &'g Graph,
    /// The text.
    pub text: &'g str,
}

impl<'g> View<'g> {
    /// See [`Graph::op`].
    pub fn op(self, value: ValueId) -> &'g Op {
        self.graph.op(value)
    }

    /// See [`Graph::plain`].
    pub fn plain(self, value: ValueId) -> ValueId {
        self.graph.plain(value)
    }

    /// See [`Graph::walk`].
    pub fn walk<B>(
        self,
        from: impl IntoIterator<Item = ValueId>,
        look: impl FnMut(ValueId, &mut Vec<ValueId>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        self.graph.walk(from, look)
    }

    /// The text of a range.
    pub fn text_of(self, range: TextRange) -> &'g str {
        range.of(self.text)
    }

    /// The content of a literal, as it stands in the source.
    pub fn literal(self, value: ValueId) -> Option<&'g str> {
        match self.op(value) {
            Op::Text(range) => Some(range.of(self.text)),
            _ => None,
        }
    }

    /// Whether the value is this word: a number, `true`, `null`.
    pub fn is_word(self, value: ValueId, word: &str) -> bool {
        match self.op(self.plain(value)) {
            Op::Apply(Head::Leaf(leaf), _) => self.text_of(*leaf).eq_ignore_ascii_case(word),
            _ => false,
        }
    }

    /// Whether a text begins with this word, whatever the case of its letters, on one of the ways to it.
    pub fn may_begin_with(self, value: ValueId, word: &str) -> bool {
        self.may_begin(value, word, true)
    }

    /// Whether it visibly begins with something else, on one of the ways to it.
    pub fn may_begin_otherwise(self, value: ValueId, word: &str) -> bool {
        self.may_begin(value, word, false)
    }

    fn may_begin(self, value: ValueId, word: &str, with: bool) -> bool {
        let mut waiting: Vec<(Vec<ValueId>, String)> = vec![(vec![value], String::new())];
        let mut seen: HashSet<(Vec<ValueId>, String)> = HashSet::new();
        while let Some((mut rest, mut read)) = waiting.pop() {
            let Some(value) = rest.pop() else { continue };
            if !seen.insert((rest.iter().copied().chain([value]).collect(), read.clone())) {
                continue;
            }
            match self.op(value) {
                Op::Text(range) => {
                    // Blanks may stand before the word, but not without end.
                    read.extend(range.of(self.text).chars().take(word.len() + MOST_BLANKS));
                    let text = read.trim_start();
                    let head = text.get(..word.len().min(text.len())).unwrap_or("");
                    let same = word.get(..head.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(head));
                    if same && head.len() < word.len() {
                        waiting.push((rest, read));
                    } else if same == with {
                        return true;
                    }
                }
                Op::Sum(operands) => {
                    // Only so many of them can matter.
                    rest.extend(operands.iter().take(word.len() + 1).rev());
                    waiting.push((rest, read));
                }
                Op::Phi(_, inputs) | Op::AnyOf(_, inputs) | Op::Choice(_, inputs) => {
                    waiting.extend(inputs.iter().map(|&input| {
                        let mut rest = rest.clone();
                        rest.push(input);
                        (rest, read.clone())
                    }));
                }
                // What a pass of the loop puts in front is not distinguished from what was there before it.
                Op::Loop(_, first, _) => {
                    rest.push(*first);
                    waiting.push((rest, read));
                }
                Op::Apply(Head::Callee(name), values) if values.len() == 1 && keeps_text(name.of(self.text)) => {
                    rest.extend(values);
                    waiting.push((rest, read));
                }
                _ => {}
            }
        }
        false
    }

    /// Whether nothing is seen of how a text begins, on one of the ways to it.
    pub fn may_begin_unseen(self, value: ValueId) -> bool {
        let mut waiting = vec![value];
        let mut seen = HashSet::new();
        while let Some(value) = waiting.pop() {
            if !seen.insert(value) {
                continue;
            }
            match self.op(value) {
                Op::Sum(operands) => {
                    let empty = |&&value: &&ValueId| self.literal(value).is_some_and(|text| text.trim().is_empty());
                    waiting.extend(operands.iter().find(|operand| !empty(operand)));
                }
                Op::Phi(_, inputs) | Op::AnyOf(_, inputs) | Op::Choice(_, inputs) => waiting.extend(inputs),
                Op::Loop(_, first, _) => waiting.push(*first),
                Op::Apply(Head::Callee(name), values) if values.len() == 1 && keeps_text(name.of(self.text)) => {
                    waiting.extend(values);
                }
                Op::Apply(Head::Leaf(_), _) | Op::Text(_) | Op::Map(_) | Op::Put(..) => {}
                Op::Apply(..) | Op::Outside(_) | Op::ReplaceFirst(..) | Op::Result(_) => return true,
            }
        }
        false
    }

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

    /// The whole text of a value, where all of it is literal and there is one way to it.
    pub fn known_text(self, value: ValueId) -> Option<String> {
        let mut text = String::new();
        let mut waiting = vec![value];
        while let Some(value) = waiting.pop() {
            match self.op(self.plain(value)) {
                Op::Text(range) => text.push_str(range.of(self.text)),
                Op::Sum(operands) => waiting.extend(operands.iter().rev()),
                _ => return None,
            }
        }
        Some(text)
    }
}
