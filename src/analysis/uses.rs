//! What is done with one value: the reads that may see it. Many requests may read one value, so it is collected once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::bindings::called_name;
use super::carrier::method_call;
use super::flow::Context;
use super::reaching::WriteId;
use crate::syntax::{Kind, NodeId};

/// The reads of one value, each kind in text order.
#[derive(Default, Debug)]
pub struct Uses {
    /// Those of `name.method(…)`.
    pub calls: Vec<NodeId>,
    /// Whether all others are whole attributes or arguments of requests.
    pub only_sent: bool,
    /// Whether it is assigned to another name as it is: `b = a;`.
    pub second_name: bool,
}

/// A value: the writes it may come from, or the name in its scope when it may come from outside.
#[derive(PartialEq, Eq, Hash, Debug)]
enum Value {
    Of(Vec<WriteId>),
    Named(NodeId, String),
}

/// What is known so far.
#[derive(Default, Debug)]
pub(super) struct Known(RefCell<HashMap<Value, Rc<Uses>>>);

/// The reads that may see the value that `name` reads: those that one of the same writes reaches. When the value may come
/// from outside, all reads of the name.
pub fn same_value(context: Context<'_>, name: NodeId) -> Rc<Uses> {
    let Context { text, tree, scopes } = context;
    let writes: Option<Vec<WriteId>> = scopes.reaching(name).map(|write| write.map(|write| write.id)).collect();
    let value = match writes {
        Some(writes) => Value::Of(writes),
        None => Value::Named(tree.scope(name), context.text_of(name).to_owned()),
    };
    if let Some(uses) = scopes.uses.0.borrow().get(&value) {
        return Rc::clone(uses);
    }
    let reads: Vec<NodeId> = match &value {
        Value::Of(writes) => {
            let mut reads: Vec<NodeId> = writes.iter().flat_map(|&write| scopes.readers(write)).copied().collect();
            reads.sort_by_key(|&read| tree.range(read).start());
            reads.dedup();
            reads
        }
        Value::Named(..) => scopes.binding(text, tree, name).map(|binding| binding.reads.clone()).unwrap_or_default(),
    };
    let (calls, others): (Vec<NodeId>, Vec<NodeId>) =
        reads.into_iter().partition(|&read| method_call(context, read).is_some());
    let uses = Rc::new(Uses {
        calls,
        only_sent: others.iter().all(|&read| is_sent(context, read)),
        second_name: others.iter().any(|&read| is_assigned(context, read)),
    });
    scopes.uses.0.borrow_mut().insert(value, Rc::clone(&uses));
    uses
}

/// Whether the read is the whole value of an attribute, or an argument of a request.
fn is_sent(context: Context<'_>, read: NodeId) -> bool {
    const REQUESTS: [&str; 4] = ["geturl", "posturl", "puturl", "invokeurl"];
    let tree = context.tree;
    tree.parent(read).is_some_and(|parent| match tree.kind(parent) {
        Kind::Attribute => true,
        Kind::Call => called_name(context.text, tree, parent)
            .is_some_and(|name| REQUESTS.contains(&name.to_ascii_lowercase().as_str())),
        _ => false,
    })
}

/// Whether the read is all that is assigned.
fn is_assigned(context: Context<'_>, read: NodeId) -> bool {
    let tree = context.tree;
    let parent = tree.parent(read).filter(|&parent| tree.kind(parent) == Kind::Assign);
    parent.is_some_and(|parent| tree.children(parent).last() == Some(&read))
}
