//! Maps that are filled and never sent. A header in one is no request:
//!
//! ```text
//! h = Map();
//! h.put("Authorization","Zoho-authtoken " + token);     nothing but `put` reads h
//! r = getUrl(url);
//! ```
//!
//! A map that is returned, passed on, copied or mentioned in code that is not understood may be sent from there.

use std::collections::{HashMap, HashSet};

use crate::deluge::builtins::{self, Change};
use crate::deluge::{Kind, NodeId};
use crate::requests::bindings::called_name;
use crate::requests::chain::{is_constructor, method_call};
use crate::requests::flow::Context;

/// What is known of maps, by scope and name.
#[derive(Default)]
pub(super) struct Unsent(HashMap<(NodeId, String), bool>);

impl Unsent {
    /// Whether what stands at `node` only goes into maps that nothing sends.
    pub(super) fn holds(&mut self, context: Context<'_>, node: NodeId) -> bool {
        let Some(name) = target(context, node) else { return false };
        let key = (context.tree.scope(name), context.text_of(name).to_owned());
        *self.0.entry(key).or_insert_with(|| is_dead(context, name, &mut HashSet::new()))
    }
}

/// The variable that takes in what stands at `node`: `h` of `h = {…}` and of `h.put(…)`, where that is a whole statement.
fn target(context: Context<'_>, node: NodeId) -> Option<NodeId> {
    let tree = context.tree;
    let mut inner = node;
    loop {
        let parent = tree.parent(inner)?;
        match tree.kind(parent) {
            Kind::Binary | Kind::Paren | Kind::Brace | Kind::Entry => inner = parent,
            Kind::Assign => {
                let name = *tree.children(parent).first()?;
                return (tree.kind(name) == Kind::Name && name != inner).then_some(name);
            }
            Kind::Call => {
                let chain = tree.parent(parent)?;
                let name = *tree.children(chain).first()?;
                return is_put(context, name).then_some(name);
            }
            // The chain of the `put` itself.
            Kind::Expression if tree.kind(inner) == Kind::Chain => {
                let name = *tree.children(inner).first()?;
                return is_put(context, name).then_some(name);
            }
            _ => return None,
        }
    }
}

/// Whether the name is that of a map in a statement `name.put(…);`.
fn is_put(context: Context<'_>, name: NodeId) -> bool {
    let tree = context.tree;
    let Some((chain, method, _)) = method_call(context, name) else { return false };
    let is_statement = tree.parent(chain).is_some_and(|parent| tree.kind(parent) == Kind::Expression);
    is_statement && matches!(builtins::changes(method), Some(Change::Put | Change::Fill))
}

/// Whether nothing takes the value of the variable anywhere but into dead variables. Names in `passed` are being looked at.
fn is_dead(context: Context<'_>, name: NodeId, passed: &mut HashSet<String>) -> bool {
    let tree = context.tree;
    let Some(binding) = context.scopes.binding(context.text, tree, name) else { return false };
    if binding.parameter || !binding.opaque.is_empty() {
        return false;
    }
    if !passed.insert(context.text_of(name).to_owned()) {
        return true;
    }
    // What was made elsewhere may be known there.
    let all = |kind: &dyn Fn(NodeId) -> bool| {
        !binding.writes.is_empty() && binding.writes.iter().all(|write| write.value.is_some_and(kind))
    };
    let is_map = all(&|value| is_map(context, value));
    let is_own = is_map || all(&|value| is_text(context, value));
    let goes = |read: &NodeId, passed: &mut HashSet<String>| {
        let is_shown = tree.parent(*read).is_some_and(|parent| tree.kind(parent) == Kind::Info);
        is_shown
            || is_put(context, *read)
            || target(context, *read).is_some_and(|target| is_dead(context, target, passed))
    };
    is_own && (is_map || !binding.reads.is_empty()) && binding.reads.iter().all(|read| goes(read, passed))
}

/// Whether the value is a map that is made where it is assigned.
fn is_map(context: Context<'_>, value: NodeId) -> bool {
    let tree = context.tree;
    match (tree.kind(value), tree.children(value)) {
        (Kind::Brace, _) => true,
        (Kind::Chain, [_, call]) => called_name(context.text, tree, *call).is_some_and(is_constructor),
        _ => false,
    }
}

/// Whether the value is a text that is put together where it is assigned.
fn is_text(context: Context<'_>, value: NodeId) -> bool {
    matches!(context.tree.kind(value), Kind::String | Kind::Binary | Kind::Paren)
}
