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
//! For each map and key this is the question which write reaches a read, and it is answered by the same walk. It is asked twice:
//! an entry that another one replaced comes back when that one is taken out of the code. Names that are assigned to one
//! another (`b = a;`) may be one map: what is put in under one of them is in the other, and nothing is known to take it out.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashMap;

use super::bindings::{Binding, Write, plain_string};
use super::chain::method_call;
use super::flow::Context;
use super::keys::is_relevant;
use super::known::Contents;
use super::reaching::{Event, Events, NameId, UNKNOWN, Walk, WriteId};
use crate::deluge::builtins::{self, changes};
use crate::deluge::{Kind, NodeId};

/// A key under which something is looked for; `None` for all that comes in under keys that cannot be seen.
type Key = Option<String>;

/// What is done to a map.
struct Operation {
    chain: NodeId,
    kind: Change,
}

enum Change {
    Put(Key),
    Remove(Key),
    Clear,
}

impl Contents {
    pub(super) fn of(context: Context<'_>) -> Self {
        let mut making =
            Making { context, contents: Self::default(), events: Events::empty(), scopes: Vec::new(), names: 0 };
        for scope in context.scopes.iter() {
            let names: Vec<Named<'_>> = scope
                .iter()
                .map(|(name, binding)| Named { name, binding, has_relevant: has_relevant(context, binding) })
                .collect();
            // Most scopes have no map with a relevant entry.
            if names.iter().any(|named| named.has_relevant) {
                making.scopes.push((scope.node, Vec::new()));
                for class in classes(context, &names) {
                    making.class(&class);
                }
            }
        }
        making.finish()
    }
}

/// Whether something may come into a map of this name under a relevant key, or that cannot be seen.
fn has_relevant(context: Context<'_>, binding: Binding<'_>) -> bool {
    let is_put = |read: NodeId| match method_call(context, read) {
        Some((_, method, &[key, _])) if method.eq_ignore_ascii_case("put") => {
            plain_string(context.text, context.tree, key).is_none_or(|key| is_relevant(key.trim()))
        }
        Some((_, method, [_])) => method.eq_ignore_ascii_case("putAll"),
        _ => false,
    };
    binding.reads.iter().any(|&read| is_put(read))
        || binding.writes.iter().any(|write| entries(context, write).next().is_some())
}

/// The entries of a literal that is assigned, with their keys, as far as these are relevant.
fn entries<'a>(context: Context<'a>, write: &Write) -> impl Iterator<Item = (Key, NodeId)> + 'a {
    let tree = context.tree;
    let literal = write.value.and_then(|value| match (tree.kind(value), tree.children(value)) {
        (Kind::Brace, _) => Some(value),
        (Kind::Chain, [_, call]) if tree.kind(*call) == Kind::Call => Some(*call),
        _ => None,
    });
    let entries = literal.map(|literal| tree.children(literal)).unwrap_or_default().iter();
    entries.filter(move |&&entry| tree.kind(entry) == Kind::Entry).filter_map(move |&entry| {
        let key = context.known_text(*tree.children(entry).first()?)?;
        is_relevant(key.trim()).then(|| (Some(key.trim().to_owned()), entry))
    })
}

/// A name of a scope, and whether its map [`has_relevant`] entries.
struct Named<'s> {
    name: &'s str,
    binding: Binding<'s>,
    has_relevant: bool,
}

/// The names of a scope that may be one map, together, where one of them has a relevant entry.
fn classes<'s>(context: Context<'_>, names: &[Named<'s>]) -> Vec<Vec<Binding<'s>>> {
    let tree = context.tree;
    let at: HashMap<&str, usize> = names.iter().enumerate().map(|(at, named)| (named.name, at)).collect();
    let mut linked: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, Named { binding, .. }) in names.iter().enumerate() {
        for value in binding.writes.iter().filter_map(|write| write.value).filter(|&it| tree.kind(it) == Kind::Name) {
            if let Some(&other) = at.get(context.text_of(value)).filter(|&&other| other != index) {
                linked.entry(index).or_default().push(other);
                linked.entry(other).or_default().push(index);
            }
        }
    }
    let mut classes = Vec::new();
    let mut taken = vec![false; names.len()];
    for first in 0..names.len() {
        let (mut class, mut waiting, mut relevant) = (Vec::new(), vec![first], false);
        while let Some(index) = waiting.pop() {
            if let (Some(taken @ false), Some(named)) = (taken.get_mut(index), names.get(index)) {
                *taken = true;
                relevant |= named.has_relevant;
                class.push(named.binding);
                waiting.extend(linked.get(&index).into_iter().flatten());
            }
        }
        if relevant {
            classes.push(class);
        }
    }
    classes
}

struct Making<'a> {
    context: Context<'a>,
    contents: Contents,
    events: Events,
    /// The maps and keys of each scope.
    scopes: Vec<(NodeId, Vec<NameId>)>,
    names: NameId,
}

impl Making<'_> {
    /// Notes what is done to a map that has these names.
    fn class(&mut self, class: &[Binding<'_>]) {
        let operations: Vec<Operation> =
            class.iter().flat_map(|binding| binding.reads).filter_map(|&read| self.operation(read)).collect();
        let writes: Vec<&Write> = class.iter().flat_map(|binding| binding.writes).collect();
        let mut keys: BTreeSet<Key> = BTreeSet::new();
        for operation in &operations {
            if let Change::Put(key) = &operation.kind {
                keys.insert(key.clone());
            }
        }
        let written: Vec<(&Write, Vec<(Key, NodeId)>)> =
            writes.into_iter().map(|write| (write, entries(self.context, write).collect())).collect();
        keys.extend(written.iter().flat_map(|(_, entries)| entries.iter().map(|(key, _)| key.clone())));
        for key in keys {
            let (name, kept) = (self.names, self.names + 1);
            self.names += 2;
            if let Some((_, names)) = self.scopes.last_mut() {
                names.extend([name, kept]);
            }
            self.key(name, &key, class, &written, &operations);
        }
    }

    /// The events of one key of a map: for `name`, and for the next one with nothing replaced.
    fn key(
        &mut self,
        name: NameId,
        key: &Key,
        class: &[Binding<'_>],
        written: &[(&Write, Vec<(Key, NodeId)>)],
        operations: &[Operation],
    ) {
        // Of several names it is not known whether they are one map at the time.
        let single = class.len() == 1;
        for (write, entries) in written {
            // `x.field = …;` leaves the map in place.
            if single && (write.value.is_some() || self.context.tree.kind(write.node) != Kind::Assign) {
                self.empty(write.node, name);
            }
            for (_, entry) in entries.iter().filter(|(own, _)| own == key) {
                self.part(write.node, name, *entry, false);
            }
        }
        for Operation { chain, kind } in operations {
            match kind {
                Change::Put(own) if own == key => self.part(*chain, name, *chain, single && key.is_some()),
                Change::Remove(own) if single && own == key && key.is_some() => self.empty(*chain, name),
                Change::Clear if single => self.empty(*chain, name),
                _ => {}
            }
        }
        for &read in class.iter().flat_map(|binding| binding.reads) {
            self.events.add(Event::read(read, name));
            self.events.add(Event::read(read, name + 1));
        }
    }

    /// Nothing is left in the map at `node`.
    fn empty(&mut self, node: NodeId, name: NameId) {
        self.events.add(Event::write(node, name, UNKNOWN));
        self.events.add(Event::write(node, name + 1, UNKNOWN));
    }

    /// An entry that comes in at `node`.
    fn part(&mut self, node: NodeId, name: NameId, part: NodeId, replaces: bool) {
        let write = self.contents.parts.len() as WriteId;
        self.contents.parts.insert(part, (name, write));
        self.events.add(if replaces { Event::write(node, name, write) } else { Event::add(node, name, write) });
        self.events.add(Event::add(node, name + 1, write));
    }

    fn operation(&self, read: NodeId) -> Option<Operation> {
        let (chain, method, arguments) = method_call(self.context, read)?;
        let key = |key: NodeId| self.context.known_text(key).map(|key| key.trim().to_owned());
        let is = |name: &str| method.eq_ignore_ascii_case(name);
        let kind = match arguments {
            [own, _] if is("put") => Change::Put(key(*own)),
            [_] if is("putAll") => Change::Put(None),
            [own] if changes(method) == Some(builtins::Change::Remove) => Change::Remove(key(*own)),
            [] if is("clear") => Change::Clear,
            _ => return None,
        };
        match &kind {
            Change::Put(Some(key)) if !is_relevant(key) => None,
            _ => Some(Operation { chain, kind }),
        }
    }

    fn finish(mut self) -> Contents {
        let tree = self.context.tree;
        if self.names > 0 {
            self.events.sort(tree);
            let mut walk = Walk::new(tree, &mut self.events, self.names as usize);
            for (scope, names) in &self.scopes {
                walk.begin(names);
                for &part in tree.children(*scope) {
                    walk.walk(part);
                }
            }
            let reads = self.events.reads();
            self.contents.reaching = reads.map(|(read, writes)| ((read.node, read.name()), writes.into())).collect();
        }
        self.contents
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deluge::parse;
    use crate::requests::bindings::Scopes;
    use crate::requests::known::Presence;

    /// Which of the values put into `h` may be there where it is read as a whole last.
    fn values(text: &str) -> String {
        values_of(text, Presence::There)
    }

    fn values_of(text: &str, wanted: Presence) -> String {
        let tree = parse(text).unwrap();
        let scopes = Scopes::of(text, &tree);
        let context = Context { text, tree: &tree, scopes: &scopes };
        let contents = Contents::of(context);
        let reads = tree.descendants(tree.root()).filter(|&node| {
            tree.kind(node) == Kind::Name && context.text_of(node) == "h" && method_call(context, node).is_none()
        });
        let read = reads.filter(|&node| scopes.reaching(node).next().is_some()).last().unwrap();
        let mut parts: Vec<NodeId> = contents.parts.keys().copied().collect();
        parts.sort_unstable();
        let value = |part: NodeId| {
            let last = tree.descendants(part).rfind(|&node| tree.kind(node) == Kind::Number);
            last.map_or("", |node| context.text_of(node))
        };
        parts.into_iter().filter(|&part| contents.presence(part, read) == wanted).map(value).collect()
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
            (r#"h = Map(); n = h; h.put("authtoken",1); n.clear(); send(h);"#, "1"),
            (r#"h = Map(); n = h; send(h); n.put("authtoken",1);"#, ""),
        ] {
            assert_eq!(values(text), there, "{text}");
        }
    }
}
