//! The edits in one attribute or argument of a request: its text, its map, or the map variable it names.

use std::collections::BTreeSet;

use super::entries::{MapSlot, SentEntry, entries};
use super::reason::Code;
use super::{Manual, Outcome, choice, legacy, list, map, text, variable, visible};
use crate::deluge::{Kind, NodeId};
use crate::requests::call::Call;
use crate::requests::chain::method_call;
use crate::requests::flow::Context;
use crate::requests::header;
use crate::requests::keys::OVERRIDE;
use crate::requests::lists::{ListPart, items};
use crate::requests::occurrence::{MapPart, Occurrence, Site};
use crate::requests::params::{Param, Shape};
use crate::requests::pieces::{Flow, source_offset};
use crate::requests::request::{Form, Slot};
use crate::text::source::TextRange;
use crate::zoho;
use crate::zoho::target::Owner;

/// The edits in one attribute or argument. The companions of a dead API version go with the token (row Q13).
pub fn edits(
    context: Context<'_>,
    call: &Call,
    slot: Slot,
    occurrences: &[&Occurrence],
    dead: bool,
) -> Result<Outcome, Manual> {
    let mut outcome = Outcome::default();
    let mut inline: Vec<(NodeId, NodeId)> = Vec::new();
    let mut parts: Vec<(NodeId, MapPart)> = Vec::new();
    let mut joins: BTreeSet<NodeId> = BTreeSet::new();
    let mut looked: BTreeSet<(NodeId, NodeId)> = BTreeSet::new();
    let mut text = dead;
    for occurrence in occurrences {
        match &occurrence.site {
            Site::Text { slot: own } if own.value == slot.value => {
                text = true;
                for &token in occurrence.tokens.iter() {
                    outcome.absorb(visible(context, token)?);
                }
            }
            Site::Added { slot: own, join } if own.value == slot.value => {
                joins.insert(*join);
                for &token in occurrence.tokens.iter() {
                    outcome.absorb(visible(context, token)?);
                }
            }
            Site::Looked { slot: own, read, text } if own.value == slot.value => {
                looked.insert((*read, *text));
                for &token in occurrence.tokens.iter() {
                    outcome.absorb(visible(context, token)?);
                }
            }
            Site::Entry { slot: own, map, entry } if own.value == slot.value => inline.push((*map, *entry)),
            Site::Map { slot: own, name, part } if own.value == slot.value => parts.push((*name, *part)),
            _ => {}
        }
    }
    let is_header = call.request.headers.iter().any(|headers| headers.value == slot.value);
    let entries = entries(context, slot.value);
    if is_header && call.request.form == Form::PostUrl {
        outcome.method = overridden(context, call, &entries);
    }
    for (key, entry) in entries {
        let value = context.known_text(entry.value);
        let companion = dead && value.as_deref().is_some_and(|value| zoho::companion_parameter(&key, value));
        let overriding = outcome.method.is_some() && key.eq_ignore_ascii_case(OVERRIDE);
        if companion || overriding {
            match entry.place {
                MapSlot::Literal(map, node) => inline.push((map, node)),
                MapSlot::Variable(name, part) => parts.push((name, part)),
            }
        }
    }
    if text {
        outcome.absorb(text_edits(context, call, slot, dead)?);
    }
    for (read, text) in looked {
        outcome.absorb(looked_edits(context, call, slot, (read, text))?);
    }
    for join in joins {
        outcome.absorb(list::remove(context, join, call.owner() == Owner::Zoho)?);
        for flow in context.flows(slot.value) {
            if let Some(through) = flow.value.writes_to(join) {
                outcome.edited.extend(through);
                outcome.own_reads.extend(flow.names.iter().copied());
            }
        }
    }
    inline.sort_unstable();
    inline.dedup();
    for group in inline.chunk_by(|(map, _), (other, _)| map == other) {
        let Some(&(map, _)) = group.first() else { continue };
        let gone: Vec<NodeId> = group.iter().map(|&(_, entry)| entry).collect();
        map::unseen_keys(context, map, &mut outcome);
        for &entry in &gone {
            if let [key, value] = context.tree.children(entry) {
                outcome.remove(context, *value);
                outcome.removed.push(*key);
            }
        }
        match map::remove_entries(context, map, &gone) {
            Some(edits) => outcome.edits.extend(edits),
            None if is_whole_map(context, slot.value, map)
                && context.choices(slot.value).is_none()
                && context.tree.comments_in(context.tree.range(slot.value)).is_empty() =>
            {
                outcome.gone.push(slot.value);
                outcome.removed.push(slot.value);
            }
            // A comment in it stays, and so does the map around it; of `if(c,one,other)` the other may have entries; and its
            // text may be sent.
            None => outcome.edits.extend(map::empty(context, map)),
        }
    }
    parts.sort_by_key(|&(name, _)| name);
    for group in parts.chunk_by(|(name, _), (other, _)| name == other) {
        let Some(&(name, _)) = group.first() else { continue };
        let parts: Vec<MapPart> = group.iter().map(|&(_, part)| part).collect();
        outcome.absorb(variable::remove(context, slot, name, &parts)?);
        if let Some(read) = filled_from(context, slot, name) {
            outcome.own_reads.push(name);
            outcome.edited.extend(context.scopes.reaching(read).flatten().map(|write| write.id));
        }
    }
    Ok(outcome)
}

/// Of `params.putAll(name)`, the map that is filled: what it holds changes with the other.
fn filled_from(context: Context<'_>, slot: Slot, name: NodeId) -> Option<NodeId> {
    let tree = context.tree;
    let call = tree.parent(name).filter(|_| !tree.range(slot.value).contains_range(tree.range(name)))?;
    let chain = tree.parent(call).filter(|_| tree.kind(call) == Kind::Call)?;
    tree.children(chain).first().copied()
}

/// Whether anything but the request reads the map that it reads as `name`, or knows it by another name.
fn is_shared(context: Context<'_>, name: NodeId, request: NodeId) -> bool {
    let Context { tree, scopes, .. } = context;
    let own = |read: NodeId| {
        let put = method_call(context, read).is_some_and(|(_, method, _)| method.eq_ignore_ascii_case("put"));
        put || tree.ancestors(read).any(|outer| outer == request)
    };
    let made_of_another = |value: NodeId| tree.kind(value) == Kind::Name;
    scopes.reaching(name).any(|write| {
        write.is_none_or(|write| {
            write.value.is_none_or(made_of_another) || !scopes.readers(write.id).iter().all(|&read| own(read))
        })
    })
}

/// The method that an override header asks for, when it is the only one, comes in by the name that the request sends, on every
/// path, and nothing else reads the map. Otherwise the header stays as it is and does what it did.
fn overridden(context: Context<'_>, call: &Call, entries: &[(String, SentEntry)]) -> Option<&'static str> {
    let mut overriding = entries.iter().filter(|(key, _)| key.eq_ignore_ascii_case(OVERRIDE));
    let (_, entry) = overriding.next()?;
    let own = match entry.place {
        MapSlot::Variable(name, _) if is_shared(context, name, call.request.node) => false,
        MapSlot::Variable(name, MapPart::Put(chain)) => {
            let base = context.tree.children(chain).first();
            base.is_some_and(|&base| context.text_of(base) == context.text_of(name))
        }
        _ => true,
    };
    let certain = own && overriding.next().is_none() && legacy::always_before(context, &entry.place, call.request.node);
    let method = context.known_text(entry.value).filter(|_| certain)?;
    legacy::overriding(&method)
}

/// Whether the literal `map` is all there is of `value`: in parentheses, or as the arguments of `Collection(…)`.
fn is_whole_map(context: Context<'_>, value: NodeId, map: NodeId) -> bool {
    let children = context.tree.children(value);
    match context.tree.kind(value) {
        _ if value == map => true,
        Kind::Paren => children.first().is_some_and(|&inner| is_whole_map(context, inner, map)),
        Kind::Chain => children.len() == 2 && children.last() == Some(&map),
        _ => false,
    }
}

fn text_edits(context: Context<'_>, call: &Call, slot: Slot, dead: bool) -> Result<Outcome, Manual> {
    let underscore = call.owner() == Owner::Zoho;
    let is = |slots: &[Slot]| slots.iter().any(|own| own.value == slot.value);
    let is_body = is(&call.request.bodies);
    let is_headers = !is_body && is(&call.request.headers);
    let wanted = |text: &str| {
        if is_headers {
            return header::members(text);
        }
        let mut params = text::tokens(text, underscore, is_body);
        if dead {
            params.extend(companion_params(text));
        }
        params
    };
    let flows = context.flows(slot.value);
    if flows.iter().all(|flow| wanted(&flow.text).is_empty()) {
        return Ok(Outcome::default());
    }
    if is_body && flows.iter().all(|flow| whole(&flow.text, &wanted(&flow.text))) {
        if !context.tree.comments_in(context.tree.range(slot.value)).is_empty() {
            return Err(Manual::new(Code::Comment, "there is a comment in the text to be removed; move it first"));
        }
        let mut outcome = Outcome::default();
        outcome.gone.push(slot.value);
        outcome.remove(context, slot.value);
        return Ok(outcome);
    }
    if !flows.iter().any(|flow| flow.one_of_many) {
        return text::remove(context, &flows, &wanted);
    }
    // What is put together in many ways may have nothing to do with the token.
    let plain = [context.flow(slot.value)];
    let places = |flows: &[Flow]| -> BTreeSet<Option<usize>> {
        let in_flow = |flow: &Flow| {
            let leaves = flow.leaves();
            wanted(&flow.text).iter().map(|param| source_offset(&leaves, param.name.start())).collect::<Vec<_>>()
        };
        flows.iter().flat_map(in_flow).collect()
    };
    let known = || text::remove(context, &plain, &wanted).ok();
    let of_plain = (places(&plain) == places(&flows)).then(known).flatten();
    let of_plain = match of_plain {
        Some(outcome) if outcome.assumptions.is_empty() => return Ok(outcome),
        other => other,
    };
    match text::remove(context, &flows, &wanted) {
        Ok(outcome) if outcome.assumptions.is_empty() => Ok(Outcome { one_of_many: true, ..outcome }),
        seen => of_plain.map_or(seen, Ok),
    }
}

/// The edits in a text that is looked up: `urls.get("tickets")`, an item of a list that is looped over. What stands around it
/// in the request is not looked at, so that the text must keep its `?`, unless it is all that is sent.
fn looked_edits(
    context: Context<'_>,
    call: &Call,
    slot: Slot,
    (read, text): (NodeId, NodeId),
) -> Result<Outcome, Manual> {
    let tree = context.tree;
    let is_body = call.request.bodies.iter().any(|body| body.value == slot.value);
    let underscore = call.owner() == Owner::Zoho;
    let wanted = |text: &str| text::tokens(text, underscore, is_body);
    let flows = context.flows(text);
    let all_of = |node: NodeId| {
        std::iter::successors(Some(node), |&node| match tree.children(node) {
            &[inner] if tree.kind(node) == Kind::Paren => Some(inner),
            _ => None,
        })
    };
    let looks = tree.parent(read).filter(|&chain| tree.kind(chain) == Kind::Chain).unwrap_or(read);
    let sent = context.flows(slot.value);
    let is_all = all_of(slot.value).any(|inner| inner == looks)
        || sent.iter().all(|flow| matches!(flow.leaves().as_slice(), [only] if only.piece.node == looks));
    let keeps = |flow: &Flow| {
        wanted(&flow.text).iter().all(|param| {
            let behind = flow.text.get(param.value.end()..).unwrap_or("");
            let before = flow.text.get(..param.name.start()).unwrap_or("");
            param.shape != Shape::Pair || behind.starts_with('&') || before.ends_with('&')
        })
    };
    let chosen = choice::remove(context, looks, text, &wanted);
    if chosen.is_none() && !is_all && !flows.iter().all(keeps) {
        return Err(Manual::new(
            Code::BuiltElsewhere,
            format!(
                "the token comes first in `{}`, which the request joins to something else; remove the token by hand",
                super::shown(context, text)
            ),
        ));
    }
    let mut outcome = match chosen {
        Some(outcome) => outcome,
        None => text::remove(context, &flows, &wanted)?,
    };
    for flow in &sent {
        if let Some(through) = flow.value.writes_to(looks) {
            outcome.edited.extend(through);
            outcome.own_reads.extend(flow.names.iter().copied());
        }
    }
    // The map or list may be used elsewhere.
    let own = context.scopes.reaching(read).flatten().collect::<Vec<_>>();
    outcome.own_reads.push(read);
    for write in own {
        outcome.edited.push(write.id);
        let list = tree.children(write.node).get(1).filter(|_| tree.kind(write.node) == Kind::ForEach);
        if let Some(&list) = list.filter(|&&list| tree.kind(list) == Kind::Name) {
            outcome.own_reads.push(list);
            outcome.edited.extend(context.scopes.reaching(list).flatten().map(|write| write.id));
            let added = items(context, list).into_iter().filter_map(|(_, place)| match place {
                ListPart::Added(chain) => tree.children(chain).first().copied(),
                ListPart::Item { .. } => None,
            });
            outcome.own_reads.extend(added);
        }
    }
    Ok(outcome)
}

/// Companions in a query: `scope=crmapi`.
fn companion_params(text: &str) -> Vec<Param> {
    let mut found = Vec::new();
    let mut at = text.find('?').map_or(0, |at| at + 1);
    for pair in text.get(at..).unwrap_or("").split('&') {
        if let Some((name, value)) = pair.split_once('=') {
            // The last pair may hold the fragment, or an operand that is not known.
            let value = value.split(['#', zoho::UNKNOWN]).next().unwrap_or("");
            if zoho::companion_parameter(name, value) {
                let start = at + name.len() + 1;
                found.push(Param {
                    name: TextRange::new(at, at + name.len()),
                    value: TextRange::new(start, start + value.len()),
                    regular: true,
                    shape: Shape::Pair,
                });
            }
        }
        at += pair.len() + 1;
    }
    found
}

/// Whether the parameters are all there is.
fn whole(text: &str, params: &[Param]) -> bool {
    if params.is_empty() {
        return false;
    }
    let length: usize = params.iter().map(|param| param.name.cover(param.value).len()).sum();
    length + params.len().saturating_sub(1) == text.len()
}
