//! What nothing reads any more once the tokens are gone (row D1), and taking such statements out (row D4).

use std::collections::{BTreeMap, HashSet};

use crate::analysis::bindings::{Binding, Write, is_pure};
use crate::analysis::flow::Context;
use crate::edit::Edit;
use crate::source::TextRange;
use crate::syntax::{Kind, NodeId};

use super::layout;

/// The assignments that nothing reads any more when the expressions `removed` leave the code, and when the names for which
/// `unused` says so are dead too if nothing reads them. Where one is `kept`, what it reads stays as well. Sorted.
pub fn assignments(
    context: Context<'_>,
    removed: &[NodeId],
    unused: &dyn Fn(NodeId, &str) -> bool,
    kept: &dyn Fn(NodeId) -> bool,
) -> Vec<NodeId> {
    let Context { text, tree, scopes } = context;
    let names_in = |node: NodeId| tree.descendants(node).filter(|&node| tree.kind(node) == Kind::Name);
    let mut gone: HashSet<NodeId> = HashSet::new();
    let mut dead: HashSet<NodeId> = HashSet::new();
    // By scope and name, so that a name that loses many reads is looked at once.
    let mut waiting: BTreeMap<(NodeId, &str), &Binding> = BTreeMap::new();
    let lose = |node: NodeId, gone: &mut HashSet<NodeId>, waiting: &mut BTreeMap<_, _>| {
        for name in names_in(node) {
            gone.insert(name);
            if let Some(binding) = scopes.binding(text, tree, name) {
                waiting.insert((tree.scope(name), tree.range(name).of(text)), binding);
            }
        }
    };
    removed.iter().for_each(|&node| lose(node, &mut gone, &mut waiting));
    for scope in scopes.iter() {
        let named = scope.iter().filter(|(name, _)| unused(scope.node, name));
        waiting.extend(named.map(|(name, binding)| ((scope.node, name), binding)));
    }
    while let Some((_, binding)) = waiting.pop_first() {
        // `tok = tok.trim();` reads the name only to write it.
        let own = |read: NodeId| {
            let statement = tree.statement(read);
            binding.writes.iter().any(|write| Some(write.node) == statement && write.value.is_some())
        };
        let assignments = if binding.reads.iter().all(|&read| gone.contains(&read) || own(read)) {
            removable(context, binding)
        } else {
            overwritten(context, binding, &gone)
        };
        if assignments.iter().any(|&assignment| kept(assignment)) {
            continue;
        }
        for assignment in assignments {
            // What only fed a dead variable is dead as well.
            if dead.insert(assignment) {
                lose(assignment, &mut gone, &mut waiting);
            }
        }
    }
    let mut dead: Vec<NodeId> = dead.into_iter().collect();
    dead.sort_by_key(|&node| tree.range(node).start());
    dead
}

/// The assignments of a name nothing reads; none when one of its writes does more than assign a value.
fn removable(context: Context<'_>, binding: &Binding) -> Vec<NodeId> {
    if binding.parameter || binding.is_opaque() || !binding.writes.iter().all(|write| is_plain(context, write)) {
        return Vec::new();
    }
    binding.writes.iter().map(|write| write.node).collect()
}

/// The assignments of a name that is still read, but whose value reaches none of the reads that are left.
fn overwritten(context: Context<'_>, binding: &Binding, gone: &HashSet<NodeId>) -> Vec<NodeId> {
    let unread = |write: &&Write| {
        let readers = context.scopes.readers(write.id);
        !readers.is_empty() && readers.iter().all(|read| gone.contains(read))
    };
    if binding.is_opaque() {
        return Vec::new();
    }
    binding.writes.iter().filter(unread).filter(|write| is_plain(context, write)).map(|write| write.node).collect()
}

/// Whether a write is a statement `x = …;` that only yields a value, without a comment or markup inside.
fn is_plain(context: Context<'_>, write: &Write) -> bool {
    let Context { text, tree, .. } = context;
    let range = tree.range(write.node);
    write.value.is_some_and(|value| is_pure(text, tree, value))
        && tree.kind(write.node) == Kind::Assign
        && tree.comments_in(range).is_empty()
        && tree.markup_in(range).is_empty()
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
