//! What a list holds: the items of a literal, and what is added to a variable.

use foldhash::{HashSet, HashSetExt};

use super::chain::method_call;
use super::flow::Context;
use super::uses::same_value;
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
