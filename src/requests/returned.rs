//! Functions that return something with a token in it: a map of headers, a URL, a query. Those who call them send it.
//!
//! ```text
//! map headers()
//! {
//!     h = Map();
//!     h.put("Authorization","Zoho-authtoken " + token);     // reaches …
//!     return h;                                             // … what is returned
//! }
//! r = invokeurl [ url:… type:GET headers:headers() ];       // sends it
//! ```

use foldhash::{HashMapExt, HashSet, HashSetExt};

use super::chain::{called_function, method_call};
use super::flow::Context;
use super::known::Returning;
use super::request::request;
use super::uses::{looked_up, same_value};
use crate::census::names::{TOKEN_NAMES, mentions_authtoken, token_name};
use crate::deluge::builtins::{self, Of};
use crate::deluge::pure::called_name;
use crate::deluge::{Kind, NodeId};

/// The calls of such functions that come into a value, each with whether the token says that it is Zoho's. The expressions in
/// `known` are tokens by themselves.
pub fn calls(context: Context<'_>, value: NodeId, known: &HashSet<NodeId>) -> Vec<(NodeId, bool)> {
    let returning = context.scopes.uses.returning.get_or_init(|| returning(context));
    if returning.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    search(context, value, known, &mut |node| {
        let telling = returned_whole(context, node).and_then(|name| returning.get(&name).copied());
        found.extend(telling.map(|telling| (node, telling)));
    });
    found
}

/// The function whose value a chain is: what is looked up in it may be something else.
fn returned_whole(context: Context<'_>, chain: NodeId) -> Option<String> {
    let tree = context.tree;
    let links = tree.children(chain);
    let whole = links.iter().position(|&link| tree.kind(link) == Kind::Call)? + 1 == links.len();
    called_function(context, chain).filter(|_| whole)
}

fn returning(context: Context<'_>) -> Returning {
    let tree = context.tree;
    let mut known = Returning::new();
    if TOKEN_NAMES.places(context.text).is_empty() {
        return known;
    }
    let mut returns: Vec<(String, NodeId)> = Vec::new();
    for node in tree.of_kind(Kind::Return) {
        let name = tree.child(tree.scope(node), Kind::FunctionName).map(|name| context.text_of(name).to_owned());
        returns.extend(name.zip(tree.children(node).first().copied()));
    }
    // What a function returns may come from another one.
    loop {
        let before = known.len();
        returns.retain(|(name, value)| {
            let (mut found, mut telling) = (false, false);
            search(context, *value, &HashSet::new(), &mut |node| {
                let called = returned_whole(context, node).and_then(|name| known.get(&name).copied());
                let own = names_token(context, node);
                found |= called.is_some() || own.is_some();
                telling |= called.or(own).unwrap_or(false);
            });
            if found {
                *known.entry(name.clone()).or_insert(telling) |= telling;
            }
            !found
        });
        if known.len() == before {
            return known;
        }
    }
}

/// Whether an expression names a token as one that is sent: as a parameter, a key or a scheme; and whether that is Zoho's scheme.
fn names_token(context: Context<'_>, node: NodeId) -> Option<bool> {
    let tree = context.tree;
    let key = |key: NodeId| context.known_text(key).is_some_and(|key| token_name(key.trim()).is_some());
    match (tree.kind(node), tree.children(node)) {
        (Kind::String, _) => {
            let text = context.text_of(node).to_ascii_lowercase();
            let scheme = text.contains("zoho-authtoken");
            let named = mentions_authtoken(&text) && text.contains(['=', ':', '<']);
            (scheme || named).then_some(scheme)
        }
        (Kind::Entry, &[own, _]) => key(own).then_some(false),
        (Kind::Chain, &[name, _, _]) => match method_call(context, name) {
            Some((_, method, &[own, _])) if method.eq_ignore_ascii_case("put") => key(own).then_some(false),
            _ => None,
        },
        _ => None,
    }
}

/// More expressions than this are not looked at for one value.
const MOST_SEEN: usize = 1 << 12;

/// Shows `look` all expressions that come into a value: through variables, and what is put into maps and lists. What a request
/// answers, and what another function makes of something, is neither.
fn search(context: Context<'_>, value: NodeId, known: &HashSet<NodeId>, look: &mut dyn FnMut(NodeId)) {
    let tree = context.tree;
    let (mut waiting, mut seen) = (vec![value], HashSet::new());
    while let Some(node) = waiting.pop().filter(|_| seen.len() < MOST_SEEN) {
        if !seen.insert(node) || known.contains(&node) {
            continue;
        }
        look(node);
        match tree.kind(node) {
            Kind::Chain => {
                let called = tree.child(node, Kind::Call).and_then(|call| called_name(context.text, tree, call));
                let is_member = called.and_then(builtins::of) == Some(Of::Member);
                if is_member {
                    waiting.extend(looked_up(context, node).unwrap_or_default());
                } else if called.is_none_or(|name| builtins::builtin(name).is_some())
                    && request(context, node).is_none()
                {
                    waiting.extend(tree.children(node));
                }
            }
            Kind::Name => {
                let writes = context.scopes.reaching(node).flatten();
                waiting.extend(writes.filter_map(|write| write.value.or(write.appended)));
                let filled = |&read: &NodeId| match method_call(context, read) {
                    Some((chain, method, _)) if builtins::changes(method).is_some() => Some(chain),
                    _ => None,
                };
                waiting.extend(same_value(context, node).calls.iter().filter_map(filled));
            }
            _ => waiting.extend(tree.children(node)),
        }
    }
}
