//! The entries of the maps that a request sends.

use crate::deluge::{Kind, NodeId};
use crate::requests::chain::method_call;
use crate::requests::flow::Context;
use crate::requests::known::Presence;
use crate::requests::occurrence::MapPart;
use crate::requests::uses::{literal, presence, same_value};

/// An entry of a map that a request sends, wherever it comes in.
pub struct SentEntry {
    /// Its value.
    pub value: NodeId,
    /// Where it stands.
    pub place: MapSlot,
}

/// Where such an entry stands.
pub enum MapSlot {
    /// In a literal in the request: the literal and the entry.
    Literal(NodeId, NodeId),
    /// In a variable: the read in the request, and how it comes in.
    Variable(NodeId, MapPart),
}

/// The entries with a known key of the map that is the value of an attribute or argument; of many, those that concern this
/// tool.
pub fn entries(context: Context<'_>, map: NodeId) -> Vec<(String, SentEntry)> {
    let tree = context.tree;
    let mut found = Vec::new();
    let mut add = |key: NodeId, value: NodeId, place: MapSlot| {
        if let Some(key) = context.known_text(key) {
            found.push((key, SentEntry { value, place }));
        }
    };
    let mut in_literal = |map: NodeId, variable: Option<NodeId>| {
        for &entry in literal(context, map).relevant() {
            if let [key, value] = tree.children(entry)
                && tree.kind(entry) == Kind::Entry
                && variable.is_none_or(|name| presence(context, entry, name) != Presence::Gone)
            {
                let place = match variable {
                    Some(name) => MapSlot::Variable(name, MapPart::Entry { map, entry }),
                    None => MapSlot::Literal(map, entry),
                };
                add(*key, *value, place);
            }
        }
    };
    match tree.kind(map) {
        Kind::Brace => in_literal(map, None),
        Kind::Name => {
            for assigned in context.scopes.reaching(map).flatten().filter_map(|write| write.value) {
                if tree.kind(assigned) == Kind::Brace {
                    in_literal(assigned, Some(map));
                }
            }
            for &read in same_value(context, map).relevant() {
                if let Some((chain, method, [key, value])) = method_call(context, read)
                    && method.eq_ignore_ascii_case("put")
                    && presence(context, chain, map) != Presence::Gone
                {
                    add(*key, *value, MapSlot::Variable(map, MapPart::Put(chain)));
                }
            }
        }
        _ => {}
    }
    found
}
