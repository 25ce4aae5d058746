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

use crate::census::names::mentions_authtoken;
use crate::deluge::builtins::{self, Change, Of};
use crate::deluge::pure::called_name;
use crate::deluge::{Kind, NodeId};
use crate::requests::chain::{is_constructor, method_call};
use crate::requests::flow::Context;
use crate::requests::uses::entry_values;

/// What is known of maps, by scope and name.
#[derive(Default)]
pub(super) struct Unsent {
    known: HashMap<(NodeId, String), bool>,
    /// What stands in the tokens of requests, which are found by themselves.
    sent: HashSet<NodeId>,
}

impl Unsent {
    /// Notes that requests are known to send these tokens.
    pub(super) fn send(&mut self, context: Context<'_>, tokens: Vec<NodeId>) {
        let mut waiting = tokens;
        while let Some(token) = waiting.pop() {
            for node in context.tree.descendants(token) {
                if self.sent.insert(node) && context.tree.kind(node) == Kind::Name {
                    waiting.extend(context.scopes.reaching(node).flatten().filter_map(|write| write.value));
                }
            }
        }
    }

    /// Whether what stands at `node` only goes into maps that nothing sends.
    pub(super) fn holds(&mut self, context: Context<'_>, node: NodeId) -> bool {
        let Some(name) = target(context, node) else { return false };
        let key = (context.tree.scope(name), context.text_of(name).to_owned());
        let Self { known, sent } = self;
        *known.entry(key).or_insert_with(|| is_dead(context, name, sent, &mut HashSet::new()))
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

/// `settings.get("org")`: an entry is taken out that is a literal and no token, or one that a request is known to send.
fn is_look_up(context: Context<'_>, read: NodeId, sent: &HashSet<NodeId>) -> bool {
    let Some((_, method, &[key])) = method_call(context, read) else { return false };
    if builtins::of(method) != Some(Of::Member) {
        return false;
    }
    let plain = |&value: &NodeId| {
        matches!(context.tree.kind(value), Kind::String | Kind::Number) && !mentions_authtoken(context.text_of(value))
    };
    let values = entry_values(context, read, key);
    let is_token = context.known_text(key).is_some_and(|key| mentions_authtoken(&key));
    sent.contains(&read)
        || (!is_token && !values.is_empty() && values.iter().flat_map(|values| values.iter()).all(plain))
}

/// Whether nothing takes the value of the variable anywhere but into dead variables. Names in `passed` are being looked at.
fn is_dead(context: Context<'_>, name: NodeId, sent: &HashSet<NodeId>, passed: &mut HashSet<String>) -> bool {
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
            || is_look_up(context, *read, sent)
            || target(context, *read).is_some_and(|target| is_dead(context, target, sent, passed))
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
