//! What was found out once of the values of a file, and how much of it may be found out.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::reaching::WriteId;
use super::second_names::SecondNames;
use crate::deluge::NodeId;
use crate::flow::graph::ValueId;

/// So many reads are collected of values that many writes make, and so many calls are looked at for requests that send maps.
const MOST_COLLECTED: usize = 1 << 20;

const MOST_CALLS: usize = 1 << 20;

/// Values that are looked through for all entries of a file, beyond which an entry is taken to be in its map.
const MOST_LOOKED: usize = 1 << 22;

/// How many operands are looked at through variables for all texts of a file together. Requests that each send what the one
/// before sent and some more would make it grow with the square of their number.
pub(super) const MOST_OF_FILE: usize = 1 << 16;

/// A value on which more methods are called than this is looked at as a whole for its first request only.
pub(super) const MANY: usize = 64;

/// The reads of one value, each kind in text order, under all names that it has: after `b = a;` both.
#[derive(Default, Debug)]
pub struct Uses {
    /// Those of `name.method(…)`.
    pub calls: Vec<NodeId>,
    /// Those of them that put something under a key which concerns this tool, and those that are no `put`.
    pub(super) relevant: Vec<NodeId>,
    /// Those of them that put something under a key that cannot be seen.
    pub unseen: Vec<NodeId>,
    /// What was put under its keys, when somebody asked.
    pub(super) entries: OnceCell<Entries>,
    /// All that ever comes in as a map, when somebody asked.
    pub(super) all: OnceCell<Option<Vec<NodeId>>>,
    /// Whether a request took all of [`Uses::calls`] for its own.
    pub(super) taken: Cell<bool>,
    /// Whether all others are whole attributes or arguments of requests.
    pub only_sent: bool,
    /// Whether it has several names.
    pub(super) renamed: bool,
    /// Whether it may have further names, or come from outside under one of those it has.
    pub elsewhere: bool,
}

impl Uses {
    /// The calls that matter to one more request that sends the value: all of them for the first request that asks, and only the
    /// relevant ones from then on, so that many requests on one value take linear time.
    pub fn take_calls(&self) -> &[NodeId] {
        if self.taken.replace(true) { self.relevant() } else { &self.calls }
    }

    /// The calls that matter to every request; of few calls all of them.
    pub fn relevant(&self) -> &[NodeId] {
        if self.calls.len() > MANY { &self.relevant } else { &self.calls }
    }
}

/// A value: the writes it may come from, by their groups ([`SecondNames`]), or the name in its scope when it may come from
/// outside.
#[derive(PartialEq, Eq, Hash, Debug)]
pub(super) enum Value {
    Of(Vec<WriteId>),
    Named(NodeId, String),
}

/// The entries of a map that is written as a literal, which many requests may send.
#[derive(Debug)]
pub struct Literal {
    pub(super) entries: Vec<NodeId>,
    /// Those of them with a key that concerns this tool.
    pub(super) relevant: Vec<NodeId>,
    /// Whether a request took all of them for its own.
    pub(super) taken: Cell<bool>,
}

impl Literal {
    /// The entries that matter to one more request that sends the map, as [`Uses::take_calls`].
    pub fn take_entries(&self) -> &[NodeId] {
        if self.taken.replace(true) { self.relevant() } else { &self.entries }
    }

    /// The entries that matter to every request; of few entries all of them.
    pub fn relevant(&self) -> &[NodeId] {
        if self.entries.len() > MANY { &self.relevant } else { &self.entries }
    }
}

/// What maps may have been made of, by where they are read and for which key.
type Pasts = HashMap<(ValueId, Option<Rc<str>>), Rc<Past>>;

/// Values by their keys, as far as those are known.
pub(super) type Entries = HashMap<String, Rc<[NodeId]>>;

/// The functions of a file that return a token in something, by their names; each with whether it says that it is Zoho's.
pub(super) type Returning = HashMap<String, bool>;

/// What was found out so far of the values of a file.
#[derive(Default, Debug)]
pub(super) struct ValueCache {
    pub(super) uses: RefCell<HashMap<Value, Rc<Uses>>>,
    /// Which writes give one value several names, when somebody asked.
    pub(super) names: OnceCell<SecondNames>,
    pub(super) literals: RefCell<HashMap<NodeId, Rc<Literal>>>,
    /// The entries that were asked about, and what the maps they were asked for may have been made of.
    pub(super) parts: RefCell<HashMap<NodeId, Option<Part>>>,
    pub(super) pasts: RefCell<Pasts>,
    /// How many values were looked through for entries of maps.
    pub(super) looked: Cell<usize>,
    /// Of the long expression that was asked about last, whether it is a sum: each of its operands may ask.
    pub(super) long_sum: Cell<Option<(NodeId, bool)>>,
    /// How many operands were looked at through many variables.
    pub(super) operands: Cell<usize>,
    /// How many reads of values that many writes make were collected.
    pub(super) collected: Cell<usize>,
    /// How many calls were looked at for requests that send a map.
    pub(super) calls: Cell<usize>,
    /// The functions that return a token in something, when somebody asked.
    pub(super) returning: OnceCell<Returning>,
    /// What stands under the keys of literals.
    pub(super) entries: RefCell<HashMap<NodeId, Rc<Entries>>>,
}

impl ValueCache {
    /// Counts an operand that is looked at through many variables; whether it may be.
    pub(super) fn spend(&self) -> bool {
        self.operands.set(self.operands.get() + 1);
        self.operands.get() < MOST_OF_FILE
    }

    /// Counts reads that are collected; whether they may be.
    pub(super) fn collect(&self, reads: usize) -> bool {
        let all = self.collected.get().saturating_add(reads);
        let may = all <= MOST_COLLECTED;
        if may {
            self.collected.set(all);
        }
        may
    }

    /// Counts a value that is looked through for an entry of a map; whether it may be.
    pub(super) fn look_back(&self) -> bool {
        self.looked.set(self.looked.get() + 1);
        self.looked.get() < MOST_LOOKED
    }

    /// Counts a call that is looked at for one more request that sends the map; whether it may be.
    pub(super) fn look(&self) -> bool {
        self.calls.set(self.calls.get() + 1);
        self.calls.get() < MOST_CALLS
    }
}

/// An entry on the way to the maps that have it.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The map with it: after the `put`, or as the literal makes it.
    pub(super) made: ValueId,
    /// Its key, where that is known.
    pub(super) key: Option<Rc<str>>,
}

/// What a map may have been made of, by a key.
#[derive(Default, Debug)]
pub(super) struct Past {
    /// What it was before, without anything put in or taken out under the key since.
    pub(super) there: HashSet<ValueId>,
    /// What it was before something else was put in under the key.
    pub(super) replaced: HashSet<ValueId>,
    /// Whether not all of it was looked at.
    pub(super) cut: bool,
}

/// Whether an entry may be in a map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// It may.
    There,
    /// Another one took its place.
    Replaced,
    /// It was not put in yet, or taken out.
    Gone,
}
