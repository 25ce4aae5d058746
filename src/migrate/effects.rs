//! What may happen before a call that goes before its statement (row C7).

use std::collections::VecDeque;

use foldhash::{HashSet, HashSetExt};

use crate::deluge::pure::may_act;
use crate::deluge::{Kind, NodeId};
use crate::requests::flow::Context;
use crate::requests::request::Request;

/// The calls of one statement that may do more than yield a value. A statement is looked through once for all its requests,
/// which come in text order.
#[derive(Default, Debug)]
pub struct Effects {
    statement: Option<NodeId>,
    /// Chains that hold such a call, in text order.
    chains: VecDeque<NodeId>,
    /// Requests that are safely put before the statement, in their order.
    hoisted: HashSet<NodeId>,
    last_hoisted: Option<NodeId>,
}

impl Effects {
    /// A call that is over before the request begins and stays where it is.
    pub fn before(&mut self, context: Context<'_>, request: &Request, statement: NodeId) -> Option<NodeId> {
        let tree = context.tree;
        if self.statement != Some(statement) {
            self.statement = Some(statement);
            self.chains = chains_that_act(context, statement);
        }
        while self.chains.front().is_some_and(|chain| self.hoisted.contains(chain)) {
            self.chains.pop_front();
        }
        let start = request.range.start();
        let mut begun = self.chains.iter().copied().take_while(|&chain| tree.range(chain).start() <= start);
        begun.find(|&chain| tree.range(chain).end() <= start && !self.hoisted.contains(&chain))
    }

    /// Notes that a request goes before its statement.
    pub fn hoist(&mut self, request: &Request) {
        self.hoisted.insert(request.node);
        self.last_hoisted = Some(request.node);
    }

    /// The request that went before its statement last.
    pub fn last_hoisted(&self) -> Option<NodeId> {
        self.last_hoisted
    }
}

fn chains_that_act(context: Context<'_>, statement: NodeId) -> VecDeque<NodeId> {
    let Context { text, tree, .. } = context;
    let mut acting = HashSet::new();
    for node in tree.descendants(statement).filter(|&node| may_act(text, tree, node)) {
        let inside = tree.ancestors(node).take_while(|&outer| outer != statement);
        for chain in inside.filter(|&outer| tree.kind(outer) == Kind::Chain) {
            // Those around it are known by then.
            if !acting.insert(chain) {
                break;
            }
        }
    }
    tree.descendants(statement).filter(|node| acting.contains(node)).collect()
}
