//! What nothing reads any more once the tokens are gone (row D1), and taking such statements out (row D4).

use std::collections::BTreeMap;

use foldhash::{HashSet, HashSetExt};

use super::layout;
use crate::deluge::pure::{is_pure_without, may_be_caught};
use crate::deluge::{Kind, NodeId};
use crate::requests::bindings::{Binding, Write, filled, is_fresh};
use crate::requests::flow::Context;
use crate::text::edit::{Edit, EditSet};
use crate::text::source::TextRange;

/// Of names that are written more often than this, so many writes are looked at in all.
const FEW_WRITES: usize = 64;
const MOST_WRITES: usize = 1 << 16;

/// The statements that nothing needs any more when the expressions `removed` leave the code: assignments to names that
/// nothing reads, and what fills a map or list that nothing reads. The names for which `unused` says so are dead too if
/// nothing reads them. The calls in `parts` are known to only yield a value. Where a statement is `kept`, what it reads stays
/// as well. Sorted.
pub fn statements(
    context: Context<'_>,
    removed: &[NodeId],
    unused: &dyn Fn(NodeId, &str) -> bool,
    parts: &HashSet<NodeId>,
    kept: &dyn Fn(NodeId) -> bool,
) -> Vec<NodeId> {
    let Context { text, tree, scopes } = context;
    let names_in = |node: NodeId| tree.descendants(node).filter(|&node| tree.kind(node) == Kind::Name);
    let mut gone: HashSet<NodeId> = HashSet::new();
    let mut dead: HashSet<NodeId> = HashSet::new();
    // By scope and name, so that a name that loses many reads is looked at once.
    let mut waiting: BTreeMap<(NodeId, &str), Binding> = BTreeMap::new();
    let lose = |node: NodeId, gone: &mut HashSet<NodeId>, waiting: &mut BTreeMap<_, _>| {
        for name in names_in(node) {
            gone.insert(name);
            // What nothing writes, such as `Map`, has no statement that could go.
            let binding = scopes.binding(text, tree, name);
            if let Some(binding) = binding.filter(|binding| !binding.writes.is_empty()) {
                waiting.insert((tree.scope(name), tree.range(name).of(text)), binding);
            }
        }
    };
    removed.iter().for_each(|&node| lose(node, &mut gone, &mut waiting));
    for scope in scopes.iter() {
        let named = scope.names().filter(|name| unused(scope.node, name));
        waiting.extend(named.filter_map(|name| Some(((scope.node, name), scope.get(name)?))));
    }
    let mut looked_at = 0;
    while let Some((_, binding)) = waiting.pop_first() {
        // What loses one read after another is not looked through each time without end: then it stays.
        looked_at += binding.writes.len().saturating_sub(FEW_WRITES);
        if looked_at > MOST_WRITES {
            break;
        }
        // `tok = tok.trim();` reads the name only to write it.
        let own = |read: NodeId| {
            let write = tree.statement(read).and_then(|statement| binding.write_of(tree, statement));
            write.is_some_and(|write| assigned(write).is_some())
        };
        let unread = binding.reads.iter().all(|&read| gone.contains(&read) || own(read));
        let mut statements = if unread { removable(context, binding, parts) } else { Vec::new() };
        if statements.is_empty() {
            statements = overwritten(context, binding, &gone, parts);
        }
        if statements.iter().any(|&statement| kept(statement)) {
            continue;
        }
        for statement in statements {
            // What only fed a dead variable is dead as well.
            if dead.insert(statement) {
                lose(statement, &mut gone, &mut waiting);
            }
        }
    }
    let mut dead: Vec<NodeId> = dead.into_iter().collect();
    dead.sort_by_key(|&node| tree.range(node).start());
    dead
}

/// The assignments of a name nothing reads; none when one of its writes does more than assign a value.
fn removable(context: Context<'_>, binding: Binding<'_>, parts: &HashSet<NodeId>) -> Vec<NodeId> {
    let plain = |write: &Write| is_plain(context, write, parts);
    if binding.parameter || binding.is_opaque() || !binding.writes.iter().all(plain) {
        return Vec::new();
    }
    binding.writes.iter().map(|write| write.node).collect()
}

/// The assignments of a name that is still read or written, but whose value reaches none of the reads that are left, or only
/// such as fill the map or list that it is; with the statements that fill it.
fn overwritten(
    context: Context<'_>,
    binding: Binding<'_>,
    gone: &HashSet<NodeId>,
    parts: &HashSet<NodeId>,
) -> Vec<NodeId> {
    let Context { text, tree, scopes } = context;
    if binding.is_opaque() {
        return Vec::new();
    }
    let fill = |read: NodeId| {
        let (chain, arguments) = filled(text, tree, read)?;
        let pure = arguments.iter().all(|&argument| is_gone_without_trace(context, argument, parts));
        tree.parent(chain).filter(|&statement| pure && is_clear(context, statement))
    };
    // A write is kept by a read that stays, or by a statement that fills what another kept write assigns as well.
    let mut unread: Vec<&Write> = binding.writes.iter().filter(|write| is_plain(context, write, parts)).collect();
    loop {
        let before = unread.len();
        let ids: HashSet<_> = unread.iter().map(|write| write.id).collect();
        unread.retain(|write| {
            let fresh = write.value.is_some_and(|value| is_fresh(text, tree, value));
            let only_dead =
                |read: NodeId| scopes.reaching(read).all(|other| other.is_some_and(|other| ids.contains(&other.id)));
            let goes = |&read: &NodeId| gone.contains(&read) || (fresh && fill(read).is_some() && only_dead(read));
            let readers = scopes.readers(write.id);
            readers.iter().any(|read| gone.contains(read)) && readers.iter().all(goes)
        });
        if unread.len() == before {
            break;
        }
    }
    let fills = unread.iter().flat_map(|write| scopes.readers(write.id)).filter(|read| !gone.contains(read));
    fills.filter_map(|&read| fill(read)).chain(unread.iter().map(|write| write.node)).collect()
}

/// What a write assigns or appends.
fn assigned(write: &Write) -> Option<NodeId> {
    write.value.or(write.appended)
}

/// Whether a write is a statement `x = …;` or `x += …;` that only yields a value, without a comment or markup inside.
fn is_plain(context: Context<'_>, write: &Write, parts: &HashSet<NodeId>) -> bool {
    assigned(write).is_some_and(|value| is_gone_without_trace(context, value, parts))
        && context.tree.kind(write.node) == Kind::Assign
        && is_clear(context, write.node)
}

/// Whether nothing tells that an expression was worked out, when nobody reads its value.
fn is_gone_without_trace(context: Context<'_>, expression: NodeId, parts: &HashSet<NodeId>) -> bool {
    let Context { text, tree, .. } = context;
    is_pure_without(text, tree, expression, parts)
        && (!may_be_caught(text, tree, expression) || is_made_of(context, expression, parts))
}

/// Whether an expression, or a value that it reads, is made of one of the `parts`: it can only fail since they did.
fn is_made_of(context: Context<'_>, expression: NodeId, parts: &HashSet<NodeId>) -> bool {
    let Context { tree, scopes, .. } = context;
    let mut waiting = vec![expression];
    let mut seen = HashSet::new();
    while let Some(expression) = waiting.pop().filter(|_| !parts.is_empty()) {
        for node in tree.descendants(expression) {
            if parts.contains(&node) {
                return true;
            }
            if tree.kind(node) == Kind::Name {
                let writes = scopes.reaching(node).flatten().filter(|write| seen.insert(write.id));
                waiting.extend(writes.filter_map(assigned));
            }
        }
    }
    false
}

/// Whether neither a comment nor markup stands inside of a statement.
pub fn is_clear(context: Context<'_>, statement: NodeId) -> bool {
    let range = context.tree.range(statement);
    context.tree.comments_in(range).is_empty() && context.tree.markup_in(range).is_empty()
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

/// The blank lines that go when what several edits take out leaves two together that were not there: row D4 for statements
/// that go for different reasons, which do not know of one another.
pub fn blank_lines(text: &str, edits: &EditSet) -> Vec<Edit> {
    let mut runs: Vec<(TextRange, usize)> = Vec::new();
    for Edit { range, replacement } in edits.iter() {
        match runs.last_mut() {
            Some((last, count)) if replacement.is_empty() && last.end() == range.start() => {
                *last = last.cover(range);
                *count += 1;
            }
            _ if replacement.is_empty() && !range.is_empty() => runs.push((range, 1)),
            _ => {}
        }
    }
    let several = runs.into_iter().filter(|&(_, count)| count > 1).map(|(range, _)| range);
    several.filter_map(|range| layout::blank_line_behind(text, range)).map(Edit::delete).collect()
}

fn adjoining(text: &str, first: TextRange, second: TextRange) -> bool {
    match (layout::whole_lines(text, first), layout::whole_lines(text, second)) {
        (Some(first), Some(second)) => first.end() == second.start(),
        _ => false,
    }
}
