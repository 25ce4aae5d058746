//! What is done with one value: the reads that may see it. Many requests may read one value, so it is collected once.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use foldhash::HashMap;

use super::bindings::{Binding, plain_string};
use super::chain::{is_constructor, method_call};
use super::contents;
use super::flow::Context;
use super::keys::{is_relevant, may_name_token};
use super::known::{Entries, Literal, MANY, Presence, Uses, Value};
use super::reaching::WriteId;
use super::second_names::SecondNames;
use crate::deluge::builtins::{self, Change};
use crate::deluge::pure::called_name;
use crate::deluge::{Kind, NodeId, Operator};

/// The entries of the literal `map`.
pub fn literal(context: Context<'_>, map: NodeId) -> Rc<Literal> {
    let tree = context.tree;
    let known = context.scopes.uses.literals.borrow().get(&map).map(Rc::clone);
    known.unwrap_or_else(|| {
        let entries: Vec<NodeId> = tree.children(map).to_vec();
        let key = |entry: NodeId| tree.children(entry).first().and_then(|&key| context.known_text(key));
        let matters = |entry: NodeId| key(entry).is_some_and(|key| is_relevant(key.trim()));
        // Of few entries nobody asks which they are.
        let many = entries.len() > MANY;
        let relevant = entries.iter().copied().filter(|&entry| many && matters(entry)).collect();
        let literal = Rc::new(Literal { entries, relevant, taken: Cell::new(false) });
        context.scopes.uses.literals.borrow_mut().insert(map, Rc::clone(&literal));
        literal
    })
}

/// The reads that may see the value that `name` reads: those that one of the same writes reaches. When the value may come
/// from outside, all reads of the name.
pub fn same_value(context: Context<'_>, name: NodeId) -> Rc<Uses> {
    let Context { text, tree, scopes } = context;
    let writes: Option<Vec<WriteId>> = scopes.reaching(name).map(|write| write.map(|write| write.id)).collect();
    // What many writes reach may be one of as many values as there are reads: they are distinguished while that is cheap.
    let reads = |writes: &[WriteId]| writes.iter().map(|&write| scopes.readers(write).len()).sum();
    let writes = writes.filter(|writes| writes.len() <= MANY || scopes.uses.collect(reads(writes)));
    let names = scopes.uses.names.get_or_init(|| SecondNames::of(scopes, tree));
    let value = match writes {
        Some(writes) => Value::Of(names.groups(&writes)),
        None => Value::Named(tree.scope(name), context.text_of(name).to_owned()),
    };
    if let Some(uses) = scopes.uses.uses.borrow().get(&value) {
        return Rc::clone(uses);
    }
    let mut reads: Vec<NodeId> = Vec::new();
    let groups = match &value {
        Value::Of(groups) => groups.clone(),
        Value::Named(..) => {
            reads = scopes.binding(text, tree, name).map(|binding| binding.reads.to_vec()).unwrap_or_default();
            let assigned = reads.iter().filter_map(|&read| assigned_to(context, read));
            let written = assigned.filter_map(|(target, assignment)| {
                Some(scopes.binding(text, tree, target)?.write_of(tree, assignment)?.id)
            });
            names.groups(&written.collect::<Vec<_>>())
        }
    };
    let writes = groups.iter().flat_map(|&group| names.members(group));
    reads.extend(writes.flat_map(|&write| scopes.readers(write)));
    reads.sort_by_key(|&read| tree.range(read).start());
    reads.dedup();
    let (calls, others): (Vec<NodeId>, Vec<NodeId>) =
        reads.into_iter().partition(|&read| method_call(context, read).is_some());
    let mut relevant = Vec::new();
    let mut unseen = Vec::new();
    for &read in &calls {
        match method_call(context, read) {
            Some((_, method, [key, ..])) if method.eq_ignore_ascii_case("put") => match context.known_text(*key) {
                None if may_name_token(&context.flow(*key).seen()) => unseen.push(read),
                // What else is looked for may stand there.
                None => relevant.push(read),
                Some(key) if is_relevant(key.trim()) => relevant.push(read),
                Some(_) => {}
            },
            _ => relevant.push(read),
        }
    }
    let uses = Rc::new(Uses {
        calls,
        relevant,
        unseen,
        entries: OnceCell::new(),
        all: OnceCell::new(),
        taken: Cell::new(false),
        only_sent: others.iter().all(|&read| is_sent(context, read)),
        renamed: groups.iter().any(|&group| names.members(group).len() > 1),
        elsewhere: groups.iter().any(|&group| names.is_elsewhere(group)),
    });
    scopes.uses.uses.borrow_mut().insert(value, Rc::clone(&uses));
    uses
}

/// The values of pairs of a key and a value.
fn by_keys<'n>(context: Context<'_>, pairs: impl Iterator<Item = &'n [NodeId]>) -> Entries {
    let mut entries: HashMap<String, Vec<NodeId>> = HashMap::default();
    for pair in pairs {
        if let [key, value] = pair
            && let Some(key) = context.known_text(*key)
        {
            entries.entry(key).or_default().push(*value);
        }
    }
    entries.into_iter().map(|(key, values)| (key, values.into())).collect()
}

/// What stands under a key in the map that `name` reads: in each literal that it is assigned, and what is put into it. Lists that
/// are the same are one.
pub fn entry_values(context: Context<'_>, name: NodeId, key: NodeId) -> Vec<Rc<[NodeId]>> {
    let Context { tree, scopes, .. } = context;
    let Some(wanted) = context.known_text(key) else { return Vec::new() };
    let mut found = Vec::new();
    for value in scopes.reaching(name).flatten().filter_map(|write| write.value) {
        let known = scopes.uses.entries.borrow().get(&value).map(Rc::clone);
        let entries = known.unwrap_or_else(|| {
            let entries = tree.children(value).iter().filter(|&&entry| tree.kind(entry) == Kind::Entry);
            let entries = Rc::new(by_keys(context, entries.map(|&entry| tree.children(entry))));
            scopes.uses.entries.borrow_mut().insert(value, Rc::clone(&entries));
            entries
        });
        found.extend(entries.get(&wanted).map(Rc::clone));
    }
    let uses = same_value(context, name);
    let entries = uses.entries.get_or_init(|| {
        let puts = uses.calls.iter().filter_map(|&read| match method_call(context, read) {
            Some((_, method, pair)) if method.eq_ignore_ascii_case("put") => Some(pair),
            _ => None,
        });
        by_keys(context, puts)
    });
    found.extend(entries.get(&wanted).map(Rc::clone));
    found
}

/// What `settings.get("host")` may yield, where all that ever comes into the map can be seen; under a key that cannot be seen
/// anything of it.
pub fn looked_up(context: Context<'_>, chain: NodeId) -> Option<Vec<NodeId>> {
    let tree = context.tree;
    let &name = tree.children(chain).first().filter(|&&name| tree.kind(name) == Kind::Name)?;
    let get = method_call(context, name).filter(|(_, method, _)| method.eq_ignore_ascii_case("get"));
    let (_, _, &[key]) = get? else { return None };
    let uses = same_value(context, name);
    let all = uses.all.get_or_init(|| all_of(context, name, &uses)).as_ref()?;
    let found = match context.known_text(key) {
        Some(_) => entry_values(context, name, key).iter().flat_map(|values| values.iter().copied()).collect(),
        None if all.iter().all(|_| context.scopes.uses.look()) => all.clone(),
        None => return None,
    };
    (!found.is_empty()).then_some(found)
}

/// All values that ever come into the map that `name` reads; `None` when some may come in that cannot be seen.
fn all_of(context: Context<'_>, name: NodeId, uses: &Uses) -> Option<Vec<NodeId>> {
    let tree = context.tree;
    if uses.elsewhere || !uses.only_sent {
        return None;
    }
    let mut pairs: Vec<&[NodeId]> = Vec::new();
    for write in context.scopes.reaching(name) {
        let value = write?.value?;
        let holder = match (tree.kind(value), tree.children(value)) {
            (Kind::Brace, _) => value,
            (Kind::Chain, &[constructor, call])
                if is_constructor(context.text_of(constructor)) && tree.children(call).is_empty() =>
            {
                call
            }
            _ => return None,
        };
        pairs.extend(tree.children(holder).iter().map(|&entry| tree.children(entry)));
    }
    for &call in &uses.calls {
        match method_call(context, call)? {
            (_, method, pair @ [_, _]) if method.eq_ignore_ascii_case("put") => pairs.push(pair),
            (_, method, [_]) if method.eq_ignore_ascii_case("get") => {}
            _ => return None,
        }
    }
    let value = |pair: &[NodeId]| match *pair {
        [key, value] => context.known_text(key).map(|_| value),
        _ => None,
    };
    pairs.into_iter().map(value).collect()
}

/// The key of an entry of a literal, or of what the `put` of a chain puts in.
pub fn key_of(context: Context<'_>, part: NodeId) -> Option<NodeId> {
    let tree = context.tree;
    let holder = if tree.kind(part) == Kind::Entry { part } else { *tree.children(part).last()? };
    tree.children(holder).first().copied()
}

/// Whether an entry of a literal, or what the `put` of a chain puts in, may be in the map where `read` reads it; of keys that
/// tell nothing it is taken to be.
pub fn presence(context: Context<'_>, part: NodeId, read: NodeId) -> Presence {
    let key = key_of(context, part).and_then(|key| plain_string(context.text, context.tree, key));
    if key.is_some_and(|key| !is_relevant(key.trim()) || stays(context, part, key.trim(), read)) {
        return Presence::There;
    }
    contents::presence(context, part, read)
}

/// Between an entry and the request that sends it stands seldom more than this. Behind it all maps are looked at, once.
const MOST_BETWEEN: usize = 16;

/// Whether an entry surely stays in its map up to `read`, as it is with most: it comes in earlier in a block around `read`,
/// and nothing in between takes it out.
fn stays(context: Context<'_>, part: NodeId, key: &str, read: NodeId) -> bool {
    let Context { text, tree, scopes } = context;
    let Some(statement) = tree.statement(part) else { return false };
    let block = tree.parent(statement);
    let around = tree.ancestors(read).take(MOST_BETWEEN).find(|&node| tree.parent(node) == block);
    if around.is_none_or(|around| around <= statement)
        || tree.scope(part) != tree.scope(read)
        || same_value(context, read).renamed
    {
        return false;
    }
    let map = tree.children(if tree.kind(part) == Kind::Entry { statement } else { part }).first();
    let same = map.is_some_and(|&map| tree.kind(map) == Kind::Name && context.text_of(map) == context.text_of(read));
    let few = |binding: &Binding<'_>| binding.writes.len() <= MANY && !binding.is_opaque();
    let Some(binding) = scopes.binding(text, tree, read).filter(|binding| same && few(binding)) else {
        return false;
    };
    let behind = tree.range(part).end()..tree.range(read).start();
    let written = |node: NodeId| behind.contains(&tree.range(node).start());
    let from = binding.reads.partition_point(|&other| tree.range(other).start() < behind.start);
    let between = binding.reads.get(from..).unwrap_or(&[]);
    let count = between.iter().take_while(|&&other| other < read).take(MOST_BETWEEN + 1).count();
    let kept = |&other: &NodeId| match method_call(context, other) {
        Some((_, method, &[other, _])) if method.eq_ignore_ascii_case("put") => {
            plain_string(text, tree, other).is_some_and(|other| other.trim() != key)
        }
        Some((_, method, _)) => {
            !matches!(builtins::changes(method), Some(Change::Put | Change::Remove | Change::Take | Change::Clear))
        }
        None => true,
    };
    count <= MOST_BETWEEN
        && between.iter().take(count).all(kept)
        && !binding.writes.iter().any(|write| written(write.node))
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

/// `b = a;`, where `read` is `a`: the name that is assigned to, and the statement.
fn assigned_to(context: Context<'_>, read: NodeId) -> Option<(NodeId, NodeId)> {
    let tree = context.tree;
    let assignment = tree.parent(read).filter(|&parent| tree.kind(parent) == Kind::Assign)?;
    match tree.children(assignment) {
        &[target, op, value] if value == read && tree.kind(op) == Kind::Op(Operator::Assign) => {
            (tree.kind(target) == Kind::Name).then_some((target, assignment))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deluge::parse;
    use crate::requests::bindings::Scopes;
    use crate::requests::calls;

    #[test]
    fn what_many_requests_send_is_looked_through_once() {
        let entries = |count: usize| (0..count).map(|number| format!(",\"k{number}\":v")).collect::<String>();
        for (count, later) in [(MANY - 1, MANY), (MANY, 1)] {
            let request = "r = postUrl(\"https://desk.zoho.com/api/v1/tickets\",p);";
            let text = format!("p = {{\"authtoken\":t{}}}; {}", entries(count), request.repeat(3));
            let tree = parse(&text).unwrap();
            let scopes = Scopes::of(&text, &tree);
            let calls = calls(Context { text: &text, tree: &tree, scopes: &scopes });
            let is_entry = |node: &&NodeId| tree.kind(**node) == Kind::Entry;
            let entries: Vec<usize> =
                calls.iter().map(|call| call.carriers.claimed.iter().filter(is_entry).count()).collect();
            assert_eq!(entries, [count + 1, later, later]);
            assert!(calls.iter().all(|call| call.occurrences().count() == 1), "{count}");
        }
    }
}
