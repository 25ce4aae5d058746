//! Which entries a map has where it is read: those that were put into it before, and not taken out since.
//!
//! ```text
//! h = Map();
//! h.put("Authorization",token);
//! r = getUrl(u,h);                     // has the entry
//! h.remove("Authorization");           // so have `h.clear();`, another `put` under the key, and `h = Map();`
//! h.put("orgId",org);
//! s = getUrl(u,h);                     // has not
//! h.put("Authorization",token);        // says nothing of the two requests before it
//! ```
//!
//! In the graph of values each of these is an operation on the map, so that what a request reads is followed back to the entry:
//!
//! ```text
//! r reads  Put(Map(), "Authorization", token)
//! s reads  Put(Changed(remove, Put(Map(), "Authorization", token), "Authorization"), "orgId", org)
//! ```
//!
//! An entry that another one replaced comes back when that one is taken out of the code: those are told apart. A second name
//! (`b = a;`) is the same map there.

use std::rc::Rc;

use super::flow::Context;
use super::known::{Part, Past, Presence};
use crate::deluge::builtins::{self, changes};
use crate::deluge::{Kind, NodeId};
use crate::flow::graph::{Head, Op, ValueId, View};

/// Whether the entry `part` (of a literal, or the chain of a `put`) may be in the map that is read at `read`.
pub(super) fn presence(context: Context<'_>, part: NodeId, read: NodeId) -> Presence {
    let graph = View { graph: context.scopes.graph(context.tree), text: context.text };
    let cache = &context.scopes.uses;
    let known = cache.parts.borrow().get(&part).cloned();
    let part = known.unwrap_or_else(|| {
        let found = part_of(context, graph, part);
        cache.parts.borrow_mut().insert(part, found.clone());
        found
    });
    let found = part.zip(graph.graph.value_of(read));
    let Some((part, value)) = found.filter(|_| !graph.graph.given_up) else { return Presence::There };
    let key = (value, part.key);
    let known = cache.pasts.borrow().get(&key).map(Rc::clone);
    let past = known.unwrap_or_else(|| {
        let past = Rc::new(past(context, graph, value, key.1.as_deref()));
        cache.pasts.borrow_mut().insert(key, Rc::clone(&past));
        past
    });
    if past.cut || past.there.contains(&part.made) {
        Presence::There
    } else if past.replaced.contains(&part.made) {
        Presence::Replaced
    } else {
        Presence::Gone
    }
}

/// Follows a map back.
fn past(context: Context<'_>, graph: View<'_>, value: ValueId, wanted: Option<&str>) -> Past {
    let mut past = Past::default();
    let mut waiting = vec![value];
    // What only comes past an entry that replaces another one is looked at when nothing else is left.
    let mut behind = Vec::new();
    let mut is_behind = false;
    loop {
        let Some(value) = waiting.pop() else {
            if is_behind || behind.is_empty() {
                return past;
            }
            is_behind = true;
            waiting.append(&mut behind);
            continue;
        };
        let is_new = !past.there.contains(&value)
            && if is_behind { past.replaced.insert(value) } else { past.there.insert(value) };
        if !is_new {
            continue;
        }
        if !context.scopes.uses.look_back() {
            past.cut = true;
            return past;
        }
        let is_own = |key: ValueId| wanted.is_some() && key_text(graph, key).as_deref() == wanted;
        match graph.op(value) {
            Op::Put(map, key, _) if is_own(*key) && !is_behind => behind.push(*map),
            Op::Put(map, ..) => waiting.push(*map),
            Op::Phi(_, inputs) | Op::AnyOf(_, inputs) | Op::Choice(_, inputs) => waiting.extend(inputs),
            Op::Loop(_, first, back) => waiting.extend([*first, *back]),
            Op::Apply(Head::Changed(method), values) => {
                let removes = changes(graph.text_of(*method)) == Some(builtins::Change::Remove);
                let gone = removes && values.get(1).is_some_and(|&key| is_own(key));
                waiting.extend(values.iter().filter(|_| !gone));
            }
            Op::Apply(_, values) | Op::Sum(values) => waiting.extend(values),
            _ => {}
        }
    }
}

fn key_text(graph: View<'_>, key: ValueId) -> Option<Rc<str>> {
    graph.known_text(key).map(|key| key.trim().into())
}

fn part_of(context: Context<'_>, graph: View<'_>, part: NodeId) -> Option<Part> {
    let tree = context.tree;
    if tree.kind(part) != Kind::Entry {
        let made = graph.graph.value_of(part)?;
        return match graph.op(made) {
            Op::Put(_, key, _) => Some(Part { made, key: key_text(graph, *key) }),
            // What comes in with a `putAll` has any key.
            Op::Apply(Head::Changed(_), _) => Some(Part { made, key: None }),
            _ => None,
        };
    }
    let holder = tree.parent(part)?;
    // `{…}`, or `Collection(…)`
    let literal = if tree.kind(holder) == Kind::Call { tree.parent(holder)? } else { holder };
    let made = graph.graph.value_of(literal).filter(|&made| matches!(graph.op(made), Op::Map(_)))?;
    let key = tree.children(part).first().and_then(|&key| graph.graph.value_of(key))?;
    Some(Part { made, key: key_text(graph, key) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deluge::parse;
    use crate::requests::bindings::Scopes;
    use crate::requests::chain::method_call;

    /// Which of the values put into `h` may be there where it is read as a whole last.
    fn values(text: &str) -> String {
        values_of(text, Presence::There)
    }

    fn values_of(text: &str, wanted: Presence) -> String {
        let tree = parse(text).unwrap();
        let scopes = Scopes::of(text, &tree);
        let context = Context { text, tree: &tree, scopes: &scopes };
        let reads = tree.descendants(tree.root()).filter(|&node| {
            tree.kind(node) == Kind::Name && context.text_of(node) == "h" && method_call(context, node).is_none()
        });
        let read = reads.filter(|&node| scopes.reaching(node).next().is_some()).last().unwrap();
        let is_part = |&node: &NodeId| match tree.kind(node) {
            Kind::Entry => true,
            Kind::Chain => context.text_of(node).contains(".put("),
            _ => false,
        };
        let parts = tree.descendants(tree.root()).filter(is_part);
        let value = |part: NodeId| {
            let last = tree.descendants(part).rfind(|&node| tree.kind(node) == Kind::Number);
            last.map_or("", |node| context.text_of(node))
        };
        parts.filter(|&part| presence(context, part, read) == wanted).map(value).collect()
    }

    #[test]
    fn order_counts() {
        for (text, there) in [
            (r#"h = Map(); h.put("authtoken",1); send(h);"#, "1"),
            (r#"h = Map(); send(h); h.put("authtoken",1);"#, ""),
            (r#"h = Map(); h.put("authtoken",1); h.clear(); send(h);"#, ""),
            (r#"h = Map(); h.put("authtoken",1); h.remove("authtoken"); send(h);"#, ""),
            (r#"h = Map(); h.put("authtoken",1); h.remove("orgId"); send(h);"#, "1"),
            (r#"h = Map(); h.put("authtoken",1); h.put("authtoken",2); send(h);"#, "2"),
            (r#"h = Map(); h.put("authtoken",1); h = Map(); send(h);"#, ""),
            (r#"h = {"authtoken":1}; send(h);"#, "1"),
            (r#"h = {"authtoken":1}; h.clear(); send(h);"#, ""),
            (r#"h = {"authtoken":1}; h.put("authtoken",2); send(h);"#, "2"),
            (r#"h = Map(); h.put(k,1); send(h); h.put(k,2);"#, "1"),
            (r#"h = Map(); h.put("authtoken",1); h.put(k,2); send(h);"#, "12"),
        ] {
            assert_eq!(values(text), there, "{text}");
        }
    }

    #[test]
    fn every_path_counts() {
        for (text, there) in [
            (r#"h = Map(); h.put("authtoken",1); if(c) { h.clear(); } send(h);"#, "1"),
            (r#"h = Map(); if(c) { h.put("authtoken",1); } else { send(h); }"#, ""),
            (r#"h = Map(); if(c) { h.put("authtoken",1); return; } send(h);"#, ""),
            (r#"h = Map(); if(c) { h.put("authtoken",1); } else { h.put("authtoken",2); } send(h);"#, "12"),
            (r#"h = Map(); for each i in l { send(h); h.put("authtoken",1); }"#, "1"),
            (r#"for each i in l { h = Map(); send(h); h.put("authtoken",1); }"#, ""),
            (r#"h = Map(); try { h.put("authtoken",1); h.clear(); } catch (e) { send(h); }"#, "1"),
        ] {
            assert_eq!(values(text), there, "{text}");
        }
    }

    #[test]
    fn what_was_replaced_comes_back() {
        let text =
            r#"h = Map(); h.put("authtoken",1); h.clear(); h.put("authtoken",2); h.put("authtoken",3); send(h);"#;
        assert_eq!(values_of(text, Presence::Gone) + "," + &values_of(text, Presence::Replaced), "1,2");
    }

    #[test]
    fn a_second_name_is_the_same_map() {
        for (text, there) in [
            (r#"h = Map(); n = h; n.put("authtoken",1); send(h);"#, "1"),
            (r#"n = Map(); n.put("authtoken",1); h = n; send(h);"#, "1"),
            (r#"h = Map(); n = h; h.put("authtoken",1); n.clear(); send(h);"#, ""),
            (r#"h = Map(); n = h; h.put("authtoken",1); n.put("authtoken",2); send(h);"#, "2"),
            (r#"h = Map(); n = h; h.put("authtoken",1); h.clear(); n.put("authtoken",2); n = h; send(h);"#, "2"),
            (r#"n = Map(); if(c) { n = h; } h.put("authtoken",1); n.clear(); send(h);"#, "1"),
            (r#"h = Map(); n = h; send(h); n.put("authtoken",1);"#, ""),
        ] {
            assert_eq!(values(text), there, "{text}");
        }
    }
}
