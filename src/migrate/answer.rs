//! How the answer of a call is used. `getUrl` and `postUrl` give a text, `invokeurl` a parsed value (facts 2.4): a use that
//! only works on one of them makes the change unsafe.

use foldhash::{HashSet, HashSetExt};

use crate::deluge::builtins::{self, Of, builtin};
use crate::deluge::pure::called_name;
use crate::deluge::{Kind, NodeId, Operator};
use crate::requests::flow::Context;

/// The uses of the answer of the call that begins `chain` that may need it as a text; as code, for messages.
pub fn doubtful_uses(context: Context<'_>, chain: NodeId) -> Vec<String> {
    let tree = context.tree;
    if tree.children(chain).len() > 2 {
        // `getUrl(u).toMap()`: what follows the call in its chain uses the answer.
        return named(context, (!links_on(context, chain, 2)).then_some(chain));
    }
    let Some(parent) = tree.parent(chain) else { return Vec::new() };
    let compound = tree.kind(parent) == Kind::Assign
        && tree.children(parent).get(1).is_some_and(|&op| tree.kind(op) != Kind::Op(Operator::Assign));
    if compound {
        return named(context, Some(parent));
    }
    if tree.kind(parent) != Kind::Assign {
        return named(context, (!works_on_both(context, chain)).then_some(chain));
    }
    let mut seen = HashSet::new();
    let mut waiting = vec![parent];
    while let Some(assignment) = waiting.pop() {
        let target = tree.children(assignment).first().copied().filter(|&target| tree.kind(target) == Kind::Name);
        let binding = target.and_then(|target| context.scopes.binding(context.text, tree, target));
        let write = binding.and_then(|binding| binding.write_of(tree, assignment));
        let Some((binding, write)) = binding.zip(write) else { return named(context, Some(assignment)) };
        if !seen.insert(write.id) {
            continue;
        }
        if let Some(&region) = binding.opaque.first() {
            return named(context, Some(region));
        }
        for &reader in context.scopes.readers(write.id) {
            match second_name(context, reader) {
                Some(assignment) => waiting.push(assignment),
                None if works_on_both(context, reader) => {}
                None => return named(context, Some(reader)),
            }
        }
    }
    Vec::new()
}

/// The assignment that gives the value of `read` a second name: `answer = resp;`.
fn second_name(context: Context<'_>, read: NodeId) -> Option<NodeId> {
    let tree = context.tree;
    let mut value = read;
    let parent = loop {
        let parent = tree.parent(value)?;
        if tree.kind(parent) != Kind::Paren {
            break parent;
        }
        value = parent;
    };
    let [target, op, assigned] = tree.children(parent) else { return None };
    let copies = tree.kind(parent) == Kind::Assign
        && tree.kind(*op) == Kind::Op(Operator::Assign)
        && tree.kind(*target) == Kind::Name
        && *assigned == value;
    copies.then_some(parent)
}

/// Whether the statement stands in an output tag of a page, `<%=…%>`, which prints its value.
pub fn is_output(context: Context<'_>, statement: NodeId) -> bool {
    let start = context.tree.range(statement).start();
    context.text.get(..start).is_some_and(|head| head.trim_end().ends_with("<%="))
}

/// The use as code: the statement it stands in, shortened.
fn named(context: Context<'_>, node: Option<NodeId>) -> Vec<String> {
    let shown = |node: NodeId| super::shown(context, context.tree.statement(node).unwrap_or(node));
    node.map(shown).into_iter().collect()
}

/// Whether the `at`th link of a chain is a method that works on both kinds of answers.
fn links_on(context: Context<'_>, chain: NodeId, at: usize) -> bool {
    let links = context.tree.children(chain);
    let call = links.get(at + 1).filter(|&&link| context.tree.kind(link) == Kind::Call);
    call.and_then(|&call| called_name(context.text, context.tree, call))
        .and_then(builtin)
        .is_some_and(|method| method.answer)
}

fn works_on_both(context: Context<'_>, node: NodeId) -> bool {
    let tree = context.tree;
    let Some(parent) = tree.parent(node) else { return false };
    match tree.kind(parent) {
        Kind::Expression => !is_output(context, parent),
        Kind::Info => true,
        Kind::Chain => tree.children(parent).first() == Some(&node) && links_on(context, parent, 1),
        Kind::Call => {
            called_name(context.text, tree, parent).is_some_and(|name| builtins::of(name) == Some(Of::Absence))
        }
        Kind::Paren => works_on_both(context, parent),
        Kind::Binary if context.is_sum(parent) => in_info(context, parent),
        Kind::Binary => {
            let compares = tree
                .children(parent)
                .iter()
                .any(|&child| matches!(tree.kind(child), Kind::Op(Operator::Equal | Operator::NotEqual)));
            let nothing = |other: NodeId| {
                other == node
                    || matches!(tree.kind(other), Kind::Op(_))
                    || matches!(context.text_of(other).to_ascii_lowercase().as_str(), "null" | "\"\"" | "''")
            };
            compares && tree.children(parent).iter().all(|&other| nothing(other))
        }
        _ => false,
    }
}

/// `info "answer: " + resp;` prints either.
fn in_info(context: Context<'_>, sum: NodeId) -> bool {
    context
        .tree
        .ancestors(sum)
        .skip(1)
        .find(|&node| context.tree.kind(node) != Kind::Paren && !context.is_sum(node))
        .is_some_and(|node| context.tree.kind(node) == Kind::Info)
}
