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

use foldhash::{HashSet, HashSetExt};

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
