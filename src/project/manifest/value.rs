//! What a piece of JSON says, whatever it looks like.

use std::collections::{HashMap, HashSet};

use crate::deluge::{Document, Kind, LINK_NAME, NodeId};

/// A value without its white space, comments and spelling.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Value {
    /// Members in their order.
    Object(Vec<(String, Value)>),
    /// Values in their order.
    Array(Vec<Value>),
    /// A string, without quotes and escapes.
    Text(String),
    /// A number, `true`, `false` or `null`, as it is written.
    Other(String),
}

impl Value {
    /// What stands at `node`.
    pub fn of(document: &Document<'_>, node: NodeId) -> Value {
        match document.tree().kind(node) {
            Kind::Brace => {
                Value::Object(document.members(node).map(|one| (one.key, Value::of(document, one.value))).collect())
            }
            Kind::List => Value::Array(document.values(node).iter().map(|&one| Value::of(document, one)).collect()),
            Kind::String => Value::Text(document.string(node).unwrap_or_default()),
            _ => Value::Other(document.tree().range(node).of(document.text()).to_owned()),
        }
    }

    /// The value of that key, when this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.members().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The members of an object; none of another value.
    pub fn members(&self) -> &[(String, Value)] {
        match self {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    /// The text of that key, when it is one.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The LinkName of an object that describes a Connection.
    pub fn link_name(&self) -> Option<&str> {
        self.text(LINK_NAME)
    }

    /// Whether two entries say the same: neither the order of members counts nor that of scopes.
    pub fn says(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Object(one), Value::Object(other)) => {
                let others: HashMap<&str, &Value> = other.iter().map(|(key, value)| (key.as_str(), value)).collect();
                let same =
                    |(key, value): &(String, Value)| others.get(key.as_str()).is_some_and(|other| value.says(other));
                one.len() == other.len() && one.iter().all(same)
            }
            (Value::Array(one), Value::Array(other)) => {
                one.iter().collect::<HashSet<_>>() == other.iter().collect::<HashSet<_>>()
            }
            _ => self == other,
        }
    }

    /// Whether it is neither an object nor an array.
    pub fn is_scalar(&self) -> bool {
        matches!(self, Value::Text(_) | Value::Other(_))
    }
}
