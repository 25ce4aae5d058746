//! Taking entries out of a map variable: rows P3 to P6, P9, P10, H3.

use foldhash::{HashSet, HashSetExt};

use super::reason::Code;
use super::{Manual, Outcome, dead, map};
use crate::deluge::builtins::{self, Of};
use crate::deluge::{Kind, NodeId};
use crate::requests::chain::{is_constructor, method_call};
use crate::requests::flow::Context;
use crate::requests::known::{Presence, Uses};
use crate::requests::occurrence::MapPart;
use crate::requests::request::Slot;
use crate::requests::uses::{presence, same_value};
use crate::text::edit::Edit;

/// Takes `parts` out of the map that `slot` reads as `name`. When nothing is left in the map and nothing else reads it,
/// the attribute or argument goes as well.
///
/// # Errors
/// [`Manual`] when a `put` is not a statement of its own.
pub fn remove(context: Context<'_>, slot: Slot, name: NodeId, parts: &[MapPart]) -> Result<Outcome, Manual> {
    let tree = context.tree;
    let mut outcome = Outcome::default();
    let mut statements = Vec::new();
    for part in parts {
        let value = match *part {
            MapPart::Put(chain) => {
                let statement = tree.parent(chain).filter(|&parent| tree.kind(parent) == Kind::Expression);
                let Some(statement) = statement else {
                    return Err(Manual::new(
                        Code::InExpression,
                        "the token is put into the map inside another expression; remove it by hand",
                    ));
                };
                if !tree.comments_in(tree.range(statement)).is_empty()
                    || !tree.markup_in(tree.range(statement)).is_empty()
                {
                    return Err(Manual::new(
                        Code::Comment,
                        "there is a comment inside the statement that puts the token into the map; move it first",
                    ));
                }
                statements.push(statement);
                outcome.removed.push(chain);
                // By a second name another map may be meant on some path.
                let base = tree.children(chain).first();
                outcome
                    .edited
                    .extend(base.iter().flat_map(|&&base| context.scopes.reaching(base)).flatten().map(|it| it.id));
                tree.descendants(chain)
                    .find(|&node| tree.kind(node) == Kind::Call)
                    .and_then(|call| tree.children(call).get(1))
            }
            MapPart::Entry { entry, .. } => tree.children(entry).get(1),
        };
        if let Some(&value) = value {
            outcome.remove(context, value);
        }
    }
    statements.sort_by_key(|&statement| tree.range(statement).start());
    statements.dedup();
    let uses = same_value(context, name);
    let empty = is_emptied(context, name, &uses, parts);
    outcome.edits.extend(dead::remove(context, &statements));
    if empty && slot.value == name {
        outcome.gone.push(slot.value);
        outcome.removed.push(slot.value);
    } else {
        outcome.edits.extend(entries(context, parts));
    }
    outside(context, name, &uses, &mut outcome);
    unseen_keys(context, name, &uses, &statements, &mut outcome);
    outcome.edited.extend(context.scopes.reaching(name).flatten().map(|write| write.id));
    outcome.own_reads.extend(tree.descendants(slot.value).filter(|&node| tree.kind(node) == Kind::Name));
    outcome.own_reads.extend(statements.iter().flat_map(|&statement| {
        tree.descendants(statement).filter(|&node| tree.kind(node) == Kind::Name).collect::<Vec<_>>()
    }));
    Ok(outcome)
}

/// The edits in the literals that the variable is assigned.
fn entries(context: Context<'_>, parts: &[MapPart]) -> Vec<Edit> {
    let mut maps: Vec<NodeId> = Vec::new();
    for part in parts {
        if let MapPart::Entry { map, .. } = part
            && !maps.contains(map)
        {
            maps.push(*map);
        }
    }
    let mut edits = Vec::new();
    for map in maps {
        let gone: Vec<NodeId> = parts
            .iter()
            .filter_map(|part| match part {
                MapPart::Entry { map: own, entry } if *own == map => Some(*entry),
                _ => None,
            })
            .collect();
        edits.extend(map::remove_entries(context, map, &gone).unwrap_or_else(|| map::empty(context, map)));
    }
    edits
}

/// Whether nothing is left in the map on any path, and nothing but requests reads it.
fn is_emptied(context: Context<'_>, name: NodeId, uses: &Uses, parts: &[MapPart]) -> bool {
    let tree = context.tree;
    let gone =
        |entry: &NodeId| parts.iter().any(|part| matches!(part, MapPart::Entry { entry: own, .. } if own == entry));
    let empty_value = |value: NodeId| match tree.kind(value) {
        Kind::Brace => tree.children(value).iter().all(gone),
        Kind::Chain => match tree.children(value) {
            [constructor, call] if tree.kind(*constructor) == Kind::Name && tree.kind(*call) == Kind::Call => {
                is_constructor(context.text_of(*constructor)) && tree.children(*call).iter().all(gone)
            }
            _ => false,
        },
        _ => false,
    };
    // A statement that cannot go keeps the map, which then is empty.
    let goes_whole = |node: NodeId| dead::is_clear(context, node) && !context.tree.is_open(context.text, node);
    let values = context.scopes.reaching(name).flatten().all(|write| goes_whole(write.node))
        && context.scopes.reaching(name).all(|write| write.and_then(|write| write.value).is_some_and(empty_value));
    let goes = |&read: &NodeId| {
        method_call(context, read).is_some_and(|(chain, ..)| {
            parts.contains(&MapPart::Put(chain)) || presence(context, chain, name) == Presence::Gone
        })
    };
    // The tie of all requests on one value checks the others.
    values && uses.only_sent && uses.calls.iter().all(goes)
}

/// A map that comes from outside may be read outside as well.
fn outside(context: Context<'_>, name: NodeId, uses: &Uses, outcome: &mut Outcome) {
    if uses.elsewhere || may_be_outside(context, name) {
        outcome.assume(
            Code::FromOutside,
            format!("`{}` comes from outside this function, and nothing there needs the token", context.text_of(name)),
        );
    }
}

/// Whether one of the maps that `name` may stand for is made outside of this function: `params = ifnull(params,Map());`,
/// `headers = settings.get("headers");`.
fn may_be_outside(context: Context<'_>, name: NodeId) -> bool {
    let mut waiting = vec![name];
    let mut seen = HashSet::new();
    while let Some(name) = waiting.pop() {
        for write in context.scopes.reaching(name) {
            let Some(value) = write.and_then(|write| write.value) else { return true };
            if seen.insert(value) {
                let chosen = context.choices(value).unwrap_or_default().iter();
                waiting.extend(chosen.filter(|&&choice| context.tree.kind(choice) == Kind::Name));
                waiting.extend(taken_out_of(context, value));
            }
        }
    }
    false
}

/// The map that `map.get("a").get("b")`, `map.a` or `map["a"]` is a part of.
fn taken_out_of(context: Context<'_>, chain: NodeId) -> Option<NodeId> {
    let tree = context.tree;
    let (&map, links) = tree.children(chain).split_first().filter(|_| tree.kind(chain) == Kind::Chain)?;
    let mut links = links.iter().peekable();
    while let Some(&link) = links.next() {
        let is_called = links.next_if(|&&next| tree.kind(next) == Kind::Call).is_some();
        let takes_out = match tree.kind(link) {
            Kind::Index => !is_called,
            Kind::Member => {
                let name = tree.child(link, Kind::Name).map_or("", |name| context.text_of(name));
                !is_called || builtins::of(name) == Some(Of::Member)
            }
            _ => false,
        };
        if !takes_out {
            return None;
        }
    }
    (tree.kind(map) == Kind::Name).then_some(map)
}

/// How many of them are reported: each of the requests that send the map reports them.
const MOST_UNSEEN: usize = 16;

/// An entry whose key cannot be seen might be the one that matters: of a literal, of a `put`, or of another map.
fn unseen_keys(context: Context<'_>, name: NodeId, uses: &Uses, gone: &[NodeId], outcome: &mut Outcome) {
    for value in context.scopes.reaching(name).flatten().filter_map(|write| write.value) {
        map::unseen_keys(context, value, outcome);
    }
    for &read in uses.unseen.iter().take(MOST_UNSEEN) {
        let Some((chain, ..)) = method_call(context, read) else { continue };
        if context.tree.parent(chain).is_none_or(|statement| !gone.contains(&statement)) {
            outcome.assume(Code::KeyUnseen, format!("`{}` does not set the token", super::shown(context, chain)));
        }
    }
    let filled = uses.calls.iter().filter_map(|&read| match method_call(context, read) {
        Some((chain, method, &[other])) if method.eq_ignore_ascii_case("putAll") => Some((chain, other)),
        _ => None,
    });
    for (chain, _) in filled.filter(|&(_, other)| !is_seen(context, other)).take(MOST_UNSEEN) {
        outcome.assume(Code::KeyUnseen, format!("`{}` does not set the token", super::shown(context, chain)));
    }
}

/// Whether all keys of a map can be seen.
fn is_seen(context: Context<'_>, map: NodeId) -> bool {
    let tree = context.tree;
    let known = |&entry: &NodeId| tree.children(entry).first().is_some_and(|&key| context.known_text(key).is_some());
    let literal = |value: NodeId| match (tree.kind(value), tree.children(value)) {
        (Kind::Brace, entries) => entries.iter().all(known),
        (Kind::Chain, &[constructor, call]) => {
            is_constructor(context.text_of(constructor)) && tree.children(call).iter().all(known)
        }
        _ => false,
    };
    if tree.kind(map) != Kind::Name {
        return literal(map);
    }
    let uses = same_value(context, map);
    let mut writes = context.scopes.reaching(map).peekable();
    writes.peek().is_some()
        && writes.all(|write| write.and_then(|write| write.value).is_some_and(literal))
        && uses.unseen.is_empty()
        && !uses.elsewhere
}
