//! What a list holds: the items of a literal, and what is added to a variable.

use foldhash::{HashSet, HashSetExt};

use super::chain::method_call;
use super::flow::Context;
use super::uses::same_value;
use crate::deluge::builtins::changes;
use crate::deluge::{Kind, NodeId};

/// How something comes into a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListPart {
    /// As an item of a literal.
    Item {
        /// The literal.
        list: NodeId,
        /// The item.
        item: NodeId,
    },
    /// By `list.add(item)`, whose chain this is.
    Added(NodeId),
}

/// Lists that may come into one. Of one that is looked at no further, the census still finds the tokens.
const MOST_LISTS: usize = 256;

/// The items that may be in the list that `list` yields.
pub fn items(context: Context<'_>, list: NodeId) -> Vec<(NodeId, ListPart)> {
    let tree = context.tree;
    let mut found = Vec::new();
    let (mut waiting, mut seen) = (vec![list], HashSet::new());
    while let Some(list) = waiting.pop().filter(|_| seen.len() < MOST_LISTS) {
        if !seen.insert(list) {
            continue;
        }
        match tree.kind(list) {
            Kind::Paren => waiting.extend(tree.children(list)),
            Kind::Brace | Kind::List => {
                let items = tree.children(list).iter().filter(|&&item| tree.kind(item) != Kind::Entry);
                found.extend(items.map(|&item| (item, ListPart::Item { list, item })));
            }
            Kind::Name => {
                waiting.extend(context.scopes.reaching(list).flatten().filter_map(|write| write.value));
                for &read in same_value(context, list).calls.iter().take_while(|_| context.scopes.uses.look()) {
                    match method_call(context, read) {
                        Some((chain, method, &[item])) if method.eq_ignore_ascii_case("add") => {
                            found.push((item, ListPart::Added(chain)));
                        }
                        Some((_, method, &[other])) if method.eq_ignore_ascii_case("addAll") => waiting.push(other),
                        _ => {}
                    }
                }
            }
            Kind::Chain => waiting.extend(context.choices(list).unwrap_or_default()),
            _ => {}
        }
    }
    found
}

/// All items of the list that `list` yields; `None` when there may be others.
pub fn all_items(context: Context<'_>, list: NodeId) -> Option<Vec<NodeId>> {
    let tree = context.tree;
    let is_literal = |node: NodeId| match (tree.kind(node), tree.children(node)) {
        (Kind::Brace | Kind::List, items) => items.iter().all(|&item| tree.kind(item) != Kind::Entry),
        (Kind::Chain, &[name, call]) => {
            context.text_of(name).eq_ignore_ascii_case("list") && tree.children(call).is_empty()
        }
        _ => false,
    };
    match tree.kind(list) {
        Kind::Name => {
            let uses = same_value(context, list);
            let mut writes = Vec::new();
            for write in context.scopes.reaching(list) {
                writes.push(write.filter(|write| write.value.is_some_and(is_literal))?.id);
            }
            let only_adds = uses.calls.iter().all(|&read| {
                let call = method_call(context, read);
                call.is_some_and(|(_, method, _)| method.eq_ignore_ascii_case("add") || changes(method).is_none())
            });
            let stays = |&read: &NodeId| {
                let kind = tree.parent(read).map(|parent| tree.kind(parent));
                matches!(kind, Some(Kind::Chain | Kind::ForEach | Kind::Info | Kind::Return))
            };
            let own = writes.iter().all(|&write| context.scopes.readers(write).iter().all(stays));
            (!uses.elsewhere && only_adds && own)
                .then(|| items(context, list).into_iter().map(|(item, _)| item).collect())
        }
        _ if is_literal(list) => Some(items(context, list).into_iter().map(|(item, _)| item).collect()),
        _ => None,
    }
}
