//! Functions that do nothing but fetch an access token, and who calls them.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::trace::Tracer;
use crate::deluge::pure::is_pure_without;
use crate::deluge::{Kind, NodeId, Operator};
use crate::requests::bindings::{filled, is_fresh};
use crate::requests::call::Call;
use crate::requests::chain::called_function;
use crate::requests::flow::Context;

/// A function of the file that only fetches an access token.
#[derive(Clone, Debug)]
pub struct Helper {
    /// The function.
    pub function: NodeId,
    /// Its name as it is defined.
    pub name: String,
    /// The chains that call it, from anywhere in the file.
    pub calls: Vec<NodeId>,
}

/// The part of a token request, its attributes or arguments, with which the request leaves the code.
pub fn part(context: Context<'_>, call: &Call) -> Option<NodeId> {
    call.token_request.as_ref().filter(|request| request.is_repeatable())?;
    context.tree.children(call.request.node).get(1).copied()
}

/// The functions that only fetch an access token. `parts` are those of the token requests that may go.
pub fn helpers(context: Context<'_>, calls: &[&Call], parts: &HashSet<NodeId>) -> Vec<Helper> {
    let tree = context.tree;
    let requests: HashSet<NodeId> =
        calls.iter().filter(|call| call.token_request.is_some()).map(|call| call.request.node).collect();
    let mut functions: Vec<NodeId> = requests.iter().map(|&node| tree.scope(node)).collect();
    functions.sort_unstable();
    functions.dedup();
    functions
        .retain(|&function| tree.kind(function) == Kind::Function && only_fetches(context, function, &requests, parts));
    let named = |&function: &NodeId| {
        let name = context.text_of(tree.child(function, Kind::FunctionName)?).to_owned();
        Some(Helper { function, name, calls: Vec::new() })
    };
    let mut found: Vec<Helper> = functions.iter().filter_map(named).collect();
    let mut by_name: HashMap<String, Option<usize>> = HashMap::new();
    for function in tree.descendants(tree.root()).filter(|&node| !found.is_empty() && tree.kind(node) == Kind::Function)
    {
        let Some(name) = tree.child(function, Kind::FunctionName) else { continue };
        let own = found.binary_search_by_key(&function, |helper| helper.function).ok();
        // Of two functions of one name, it is not known which one is called.
        by_name.entry(context.text_of(name).to_owned()).and_modify(|known| *known = None).or_insert(own);
    }
    for chain in tree.descendants(tree.root()).filter(|&node| !by_name.is_empty() && tree.kind(node) == Kind::Chain) {
        let called = called_function(context, chain).and_then(|name| by_name.get(&name).copied().flatten());
        if let Some(helper) = called.and_then(|index| found.get_mut(index)) {
            helper.calls.push(chain);
        }
    }
    found
}

/// The call in a chain that calls a function.
pub fn call_part(context: Context<'_>, chain: NodeId) -> Option<NodeId> {
    context.tree.child(chain, Kind::Call)
}

/// Whether a function yields an access token and does nothing that anybody would miss.
fn only_fetches(context: Context<'_>, function: NodeId, requests: &HashSet<NodeId>, parts: &HashSet<NodeId>) -> bool {
    let tree = context.tree;
    let Some(block) = tree.child(function, Kind::Block) else { return false };
    let pure = |node: NodeId| is_pure_without(context.text, tree, node, parts);
    let mut fetches = false;
    let harmless = tree.descendants(block).all(|node| match tree.kind(node) {
        Kind::Opaque | Kind::Insert | Kind::Delete | Kind::Update | Kind::Command => false,
        // A record that is written to keeps what is written.
        Kind::Assign => matches!(tree.children(node), [target, op, value]
            if tree.kind(*target) == Kind::Name && tree.kind(*op) == Kind::Op(Operator::Assign) && pure(*value)),
        Kind::Expression => tree.children(node).iter().all(|&value| fills_own(context, value, &pure) || pure(value)),
        Kind::Info | Kind::If | Kind::While | Kind::ForEach => {
            tree.children(node).iter().filter(|&&child| tree.kind(child) != Kind::Block).all(|&child| pure(child))
        }
        Kind::Return => {
            let [value] = tree.children(node) else { return false };
            let trace = Tracer::new(context, &|node| requests.contains(&node)).value(*value);
            fetches |= !trace.access.is_empty();
            trace.unproven.is_empty() && trace.answers.is_empty()
        }
        _ => true,
    });
    harmless && fetches
}

/// `params.put("client_id",id)`: what it fills belongs to the function.
fn fills_own(context: Context<'_>, value: NodeId, pure: &dyn Fn(NodeId) -> bool) -> bool {
    let Context { text, tree, scopes } = context;
    let [name, ..] = tree.children(value) else { return false };
    let own = |value: NodeId| is_fresh(text, tree, value);
    filled(text, tree, *name).is_some_and(|(_, arguments)| arguments.iter().all(|&argument| pure(argument)))
        && scopes.reaching(*name).all(|write| write.and_then(|write| write.value).is_some_and(own))
}
