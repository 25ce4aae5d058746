//! A place that names a Connection, in whatever kind of file.

use crate::deluge::NodeId;
use crate::text::source::TextRange;

/// What is known of a text that reads like a LinkName.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Certainty {
    /// It names a Connection and is used for nothing else.
    Sure,
    /// It does if this assumption is right.
    Assumed(String),
    /// It may; this is why only a person can decide that, or change it.
    Doubtful(String),
}

/// A text that names a Connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The LinkName, without quotes, in bytes.
    pub range: TextRange,
    /// The LinkName.
    pub name: String,
    /// What is known of the place.
    pub certainty: Certainty,
    /// The call in a function that the Connection is for, when there is one and only one.
    pub caller: Option<Caller>,
}

/// What a Connection is named for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Caller {
    /// A request: the chain that begins with it.
    Request(NodeId),
    /// An integration task, by its name.
    Task(String),
}
