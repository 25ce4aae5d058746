//! Calls on a name: `map.put(key, value)`.

use super::flow::Context;
use crate::deluge::pure::called_name;
use crate::deluge::{Kind, NodeId};

/// Whether the function of this name makes a map.
pub fn is_constructor(name: &str) -> bool {
    name.eq_ignore_ascii_case("collection") || name.eq_ignore_ascii_case("map")
}

/// The chain, the method's name and the arguments of `name.method(arguments)`; `None` for any other use of the name.
pub fn method_call<'a>(context: Context<'a>, name: NodeId) -> Option<(NodeId, &'a str, &'a [NodeId])> {
    let tree = context.tree;
    let chain = tree.parent(name).filter(|&parent| tree.kind(parent) == Kind::Chain)?;
    let [first, _member, call] = tree.children(chain) else { return None };
    if *first != name || tree.kind(*call) != Kind::Call {
        return None;
    }
    Some((chain, called_name(context.text, tree, *call)?, tree.children(*call)))
}

/// `standalone.getToken` of `standalone.getToken()`, `getToken` of `thisapp.getToken()`.
pub fn called_function(context: Context<'_>, chain: NodeId) -> Option<String> {
    let tree = context.tree;
    let mut names = Vec::new();
    for &link in tree.children(chain) {
        match tree.kind(link) {
            Kind::Name => names.push(context.text_of(link)),
            Kind::Member => names.push(context.text_of(tree.child(link, Kind::Name)?)),
            Kind::Call => {
                let own = usize::from(names.first() == Some(&"thisapp"));
                return Some(names.get(own..)?.join("."));
            }
            _ => return None,
        }
    }
    None
}
