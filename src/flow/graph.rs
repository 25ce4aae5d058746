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
//! whole text, so that those of two versions of a script can be told to be the same.

use crate::source::TextRange;
use crate::syntax::{Kind, NodeId, Operator};

/// A value of one [`Graph`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ValueId(pub u32);

/// An event of one [`Graph`]: its place in [`Graph::events`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EventId(pub u32);

/// A statement at which ways meet, by its ordinal among the branches, loops and `try`s of the text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct JoinId(pub u32);

/// What a value is made with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Head<'t> {
    /// Parts of the language that have no name of their own.
    Kind(Kind),
    /// An operator.
    Operator(Operator),
    /// A function or method, or a field; the case of its letters does not matter.
    Callee(&'t str),
    /// A number, `true`, `null`.
    Leaf(&'t str),
    /// What a loop takes out of its source.
    Item(JoinId),
    /// What a map or list holds after a method or function changed it.
    Changed(&'t str),
    /// What something may hold after code that was not understood, or that changed what may be the same map.
    Blurred,
}

/// How a value comes about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Op<'t> {
    /// A literal text: its content in the source, without quotes.
    Text(TextRange),
    /// What a name holds that nothing here has written.
    Outside(&'t str),
    /// Texts that are joined.
    Sum(Vec<ValueId>),
    /// One of these, by the way that was taken to the join; in the order of its branches.
    Phi(JoinId, Vec<ValueId>),
    /// At the head of a loop: what came into it, and what a pass leaves.
    Loop(JoinId, ValueId, ValueId),
    /// One of these: what was thrown at some place of a `try`.
    AnyOf(JoinId, Vec<ValueId>),
    /// `if(condition, a, b)`, `ifnull(a, b)`: the condition, if there is one, and the values.
    Choice(Option<ValueId>, Vec<ValueId>),
    /// Any other computation.
    Apply(Head<'t>, Vec<ValueId>),
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
pub enum EventKind<'t> {
    /// A scope begins: the script, a function, a script of an export.
    Scope(&'t str),
    /// An outbound call.
    Request(Box<Sent>),
    /// A call of a function that may do more than yield a value.
    Call(&'t str),
    /// A block of attributes that is no request (`sendmail [ … ]`), by the names of what it says.
    Task(&'t str, Vec<&'t str>),
    /// A condition, or what a loop goes through.
    Branch(JoinId),
    /// `return`, `throw`, `break`, `continue`, `delete`, …
    Statement(Kind, &'t str),
    /// A write to something that is no variable.
    Write(&'t str),
    /// `info`: for people.
    Info,
    /// Code that was not understood, word by word.
    Opaque(&'t str),
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
    pub others: Vec<(String, ValueId)>,
}

/// Something that a script does, with the values it does it with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event<'t> {
    /// What.
    pub kind: EventKind<'t>,
    /// With what.
    pub values: Vec<ValueId>,
    /// The innermost branch, loop or `try` around it and the number of the branch.
    pub way: (u32, u32),
    /// How many operators and functions around it decide whether it happens (`&&`, `||`, `if(…)`).
    pub conditions: u32,
    /// The statement.
    pub range: TextRange,
}

/// The values and events of a text.
#[derive(Debug, Default)]
pub struct Graph<'t> {
    /// The text that ranges are of.
    pub text: &'t str,
    ops: Vec<Op<'t>>,
    /// In the order in which they happen, scope by scope.
    pub events: Vec<Event<'t>>,
    /// Names that are read where nothing has written them on one of the ways, by the ordinal of the scope, with repetitions.
    pub unwritten: Vec<(u32, &'t str)>,
}

impl<'t> Graph<'t> {
    /// One without values.
    pub fn of(text: &'t str) -> Self {
        Self { text, ..Self::default() }
    }

    /// Adds a value.
    pub fn add(&mut self, op: Op<'t>) -> ValueId {
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

    /// How a value comes about.
    pub fn op(&self, value: ValueId) -> &Op<'t> {
        static NONE: Op<'static> = Op::Outside("");
        self.ops.get(value.0 as usize).unwrap_or(&NONE)
    }

    /// Tells the head of a loop what a pass leaves.
    pub fn close_loop(&mut self, head: ValueId, back: ValueId) {
        if let Some(Op::Loop(_, _, slot)) = self.ops.get_mut(head.0 as usize) {
            *slot = back;
        }
    }

    /// The content of a literal, as it stands in the source.
    pub fn literal(&self, value: ValueId) -> Option<&'t str> {
        match self.op(value) {
            Op::Text(range) => Some(range.of(self.text)),
            _ => None,
        }
    }

    /// The whole text of a value, where all of it is literal and there is one way to it.
    pub fn known_text(&self, value: ValueId) -> Option<String> {
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

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }
}
