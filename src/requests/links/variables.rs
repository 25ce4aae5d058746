//! LinkNames in variables: what else reads them, and which calls they get to.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::Sink;
use crate::deluge::{Kind, NodeId, Operator, Tree};
use crate::requests::bindings::Write;
use crate::requests::chain::method_call;
use crate::requests::flow::Context;
use crate::requests::link::Certainty;
use crate::requests::reaching::WriteId;
use crate::text::excerpt::shortened;
use crate::text::source::TextRange;

/// Assignments whose value is not known to be a LinkName and nothing else.
pub(super) struct OtherUses(HashMap<WriteId, OtherUse>);

#[derive(Clone, Copy)]
enum OtherUse {
    /// A read that names a Connection only if an assumption is right, or perhaps.
    Sink(NodeId),
    /// A read for something else.
    Use(NodeId),
    /// Code that was not understood mentions the variable.
    Opaque,
}

impl OtherUses {
    /// Goes from the reads back to the assignments, so that the work does not grow with the number of ways between them.
    pub(super) fn of(context: Context<'_>, sinks: &HashMap<NodeId, Sink>) -> Self {
        let mut this = Self(HashMap::new());
        let tree = context.tree;
        if !sinks.keys().any(|&value| tree.kind(value) == Kind::Name) {
            return this;
        }
        let mut stack = Vec::new();
        for (_, binding) in context.scopes.iter().flat_map(|scope| scope.iter()) {
            for write in binding.writes.iter().filter(|_| binding.is_opaque()) {
                this.0.insert(write.id, OtherUse::Opaque);
                let name = write.value.filter(|&value| tree.kind(value) == Kind::Name);
                stack.extend(name.map(|name| (name, OtherUse::Opaque)));
            }
            stack.extend(binding.reads.iter().filter_map(|&read| match sinks.get(&read) {
                Some(sink) if sink.certainty == Certainty::Sure => None,
                Some(_) => Some((read, OtherUse::Sink(read))),
                None if passed_on(tree, read).is_some() || is_logged(context, read) => None,
                None => Some((read, OtherUse::Use(read))),
            }));
        }
        while let Some((read, other_use)) = stack.pop() {
            for write in context.scopes.reaching(read).flatten() {
                if this.0.get(&write.id).is_none_or(|known| known.is_better_than(other_use, sinks)) {
                    this.0.insert(write.id, other_use);
                    let name = write.value.filter(|&value| tree.kind(value) == Kind::Name);
                    stack.extend(name.map(|name| (name, other_use)));
                }
            }
        }
        this
    }

    /// What can be said of a literal that is assigned so.
    pub(super) fn certainty(&self, context: Context<'_>, sinks: &HashMap<NodeId, Sink>, write: WriteId) -> Certainty {
        match self.0.get(&write) {
            None => Certainty::Sure,
            Some(OtherUse::Sink(read)) => sinks.get(read).map_or(Certainty::Sure, |sink| sink.certainty.clone()),
            Some(OtherUse::Use(read)) => {
                let line = context.tree.statement(*read).map_or("", |statement| context.text_of(statement));
                Certainty::Doubtful(format!("`{}` uses the same value", shortened(line)))
            }
            Some(OtherUse::Opaque) => {
                Certainty::Doubtful("code that authshift cannot parse uses the variable".to_owned())
            }
        }
    }
}

impl OtherUse {
    fn is_better_than(self, other: OtherUse, sinks: &HashMap<NodeId, Sink>) -> bool {
        let is_assumed = |other_use: OtherUse| match other_use {
            OtherUse::Sink(read) => {
                sinks.get(&read).is_some_and(|sink| matches!(sink.certainty, Certainty::Assumed(_)))
            }
            _ => false,
        };
        is_assumed(self) && !is_assumed(other)
    }
}

/// The reads among `sinks` that the assigned literals get to, each with the LinkName that it may have there.
pub(super) fn arrivals(
    context: Context<'_>,
    assigned: &HashMap<TextRange, Write>,
    sinks: &HashMap<NodeId, Sink>,
) -> Vec<(NodeId, String)> {
    let tree = context.tree;
    let mut found = Vec::new();
    if assigned.is_empty() {
        return found;
    }
    let bindings = context.scopes.iter().flat_map(|scope| scope.iter());
    let writes: HashMap<NodeId, WriteId> =
        bindings.flat_map(|(_, binding)| binding.writes).map(|write| (write.node, write.id)).collect();
    let mut stack: Vec<(WriteId, &str)> =
        assigned.iter().map(|(range, write)| (write.id, range.of(context.text))).collect();
    let mut seen = HashSet::new();
    while let Some((write, name)) = stack.pop() {
        if !seen.insert((write, name)) {
            continue;
        }
        for &read in context.scopes.readers(write) {
            if sinks.contains_key(&read) {
                found.push((read, name.to_owned()));
            } else if let Some(next) = passed_on(tree, read).and_then(|assignment| writes.get(&assignment)) {
                stack.push((*next, name));
            }
        }
    }
    found
}

/// The assignment that a read is the whole value of: `conn = first;`
fn passed_on(tree: &Tree, read: NodeId) -> Option<NodeId> {
    let assignment = tree.parent(read).filter(|&parent| tree.kind(parent) == Kind::Assign)?;
    let [target, op, value] = tree.children(assignment) else { return None };
    let plain = tree.kind(*target) == Kind::Name && tree.kind(*op) == Kind::Op(Operator::Assign);
    (*value == read && plain).then_some(assignment)
}

/// What is only logged may read otherwise, as everywhere (rewrites, "The URL variable used elsewhere").
fn is_logged(context: Context<'_>, read: NodeId) -> bool {
    let statement = context.tree.statement(read);
    statement.is_some_and(|statement| context.tree.kind(statement) == Kind::Info)
        && method_call(context, read).is_none()
}
