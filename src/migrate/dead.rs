//! What nothing reads any more once the tokens are gone (row D1), and taking such statements out (row D4).

use std::collections::HashSet;

use crate::analysis::bindings::{Binding, is_pure};
use crate::analysis::flow::Context;
use crate::edit::Edit;
use crate::source::TextRange;
use crate::syntax::{Kind, NodeId};

use super::layout;

/// The assignments that nothing reads any more when the expressions `removed` leave the code, and when the names for which
/// `unused` says so are dead too if nothing reads them. Sorted.
pub fn assignments(context: Context<'_>, removed: &[NodeId], unused: &dyn Fn(NodeId, &str) -> bool) -> Vec<NodeId> {
    let tree = context.tree;
    let names_in = |node: NodeId| tree.descendants(node).filter(|&node| tree.kind(node) == Kind::Name);
    let mut gone: HashSet<NodeId> = removed.iter().flat_map(|&node| names_in(node)).collect();
    let mut dead: Vec<NodeId> = Vec::new();
    loop {
        let mut found = Vec::new();
        for scope in context.scopes.iter() {
            for (name, binding) in scope.iter() {
                let lost = binding.reads.iter().any(|read| gone.contains(read)) || unused(scope.node, name);
                if lost && binding.reads.iter().all(|read| gone.contains(read)) {
                    found.extend(removable(context, binding).into_iter().filter(|node| !dead.contains(node)));
                }
            }
        }
        if found.is_empty() {
            dead.sort_by_key(|&node| tree.range(node).start());
            return dead;
        }
        // What only fed a dead variable is dead as well.
        gone.extend(found.iter().flat_map(|&node| names_in(node)));
        dead.extend(found);
    }
}

/// The assignments of a name nothing reads; none when one of its writes does more than assign a value.
fn removable(context: Context<'_>, binding: &Binding) -> Vec<NodeId> {
    let Context { text, tree, .. } = context;
    let plain = |node: NodeId, value: Option<NodeId>| {
        value.is_some_and(|value| is_pure(text, tree, value))
            && tree.kind(node) == Kind::Assign
            && tree.comments_in(tree.range(node)).is_empty()
            && tree.markup_in(tree.range(node)).is_empty()
    };
    if binding.parameter || binding.is_opaque() || !binding.writes.iter().all(|write| plain(write.node, write.value)) {
        return Vec::new();
    }
    binding.writes.iter().map(|write| write.node).collect()
}

/// The edits that take `statements` out, each with its line.
pub fn remove(context: Context<'_>, statements: &[NodeId]) -> Vec<Edit> {
    let mut stretches: Vec<TextRange> = Vec::new();
    for &statement in statements {
        let range = context.tree.range(statement);
        match stretches.last_mut() {
            // Statements on neighbouring lines go as one, so that the blank lines around them are seen.
            Some(last) if adjoining(context.text, *last, range) => *last = last.cover(range),
            _ => stretches.push(range),
        }
    }
    stretches.into_iter().map(|range| Edit::delete(layout::statement(context.text, range))).collect()
}

fn adjoining(text: &str, first: TextRange, second: TextRange) -> bool {
    match (layout::whole_lines(text, first), layout::whole_lines(text, second)) {
        (Some(first), Some(second)) => first.end() == second.start(),
        _ => false,
    }
}
