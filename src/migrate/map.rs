//! Taking entries out of a map literal: rows P1, P2, H1, H2.

use super::Outcome;
use super::layout::{blanks_before, delete_around_comments, whole_lines};
use super::reason::Code;
use crate::deluge::builtins::{Of, of, reads_map};
use crate::deluge::pure::called_name;
use crate::deluge::{Kind, NodeId};
use crate::requests::chain::is_constructor;
use crate::requests::flow::Context;
use crate::requests::keys::may_name_token;
use crate::requests::uses::looked_up;
use crate::text::edit::Edit;
use crate::text::source::TextRange;
use crate::zoho::UNKNOWN;

/// The edits that take `gone`, children of the map literal `map`, out of it; `None` when nothing would be left in it.
pub fn remove_entries(context: Context<'_>, map: NodeId, gone: &[NodeId]) -> Option<Vec<Edit>> {
    let entries = context.tree.children(map);
    let range = |at: usize| entries.get(at).map(|&entry| context.tree.range(entry));
    // Nodes are numbered in text order.
    let mut places: Vec<usize> = gone.iter().filter_map(|entry| entries.binary_search(entry).ok()).collect();
    places.sort_unstable();
    places.dedup();
    if places.len() == entries.len() {
        return None;
    }
    let mut edits = Vec::new();
    for places in places.chunk_by(|one, next| one + 1 == *next) {
        let (&at, &last) = (places.first()?, places.last()?);
        let stretch = match (range(at), range(last + 1)) {
            (Some(first), Some(next)) => TextRange::new(first.start(), next.start()),
            _ => TextRange::new(range(at - 1)?.end(), range(last)?.end()),
        };
        if context.tree.comments_in(stretch).is_empty() {
            edits.push(Edit::delete(stretch));
        } else {
            edits.extend(places.iter().flat_map(|&other| entry_and_comma(context, entries, other)));
        }
    }
    Some(edits)
}

/// Assumes of the entries of a literal whose keys cannot be seen that none is the token's. What is read out of a text may hold
/// anything.
pub fn unseen_keys(context: Context<'_>, map: NodeId, outcome: &mut Outcome) {
    let tree = context.tree;
    let holder = match (tree.kind(map), tree.children(map)) {
        (Kind::Brace, _) => map,
        (Kind::Chain, &[constructor, call]) if is_constructor(context.text_of(constructor)) => call,
        (Kind::Chain, links) => {
            let last = links.last().and_then(|&call| called_name(context.text, tree, call));
            let unseen = links.first().is_some_and(|&text| context.flow(text).seen().starts_with(UNKNOWN));
            let reads = |name: &str| reads_map(name) || of(name) == Some(Of::Member);
            if unseen && last.is_some_and(reads) && looked_up(context, map).is_none() {
                let text = format!("`{}` holds no token", super::shown(context, map));
                outcome.assume(Code::KeyUnseen, text);
            }
            return;
        }
        _ => return,
    };
    for &entry in tree.children(holder) {
        let &[key, _] = tree.children(entry) else { continue };
        if context.known_text(key).is_none() && may_name_token(&context.flow(key).seen()) {
            outcome.assume(Code::KeyUnseen, format!("`{}` is not the name of the token", super::shown(context, key)));
        }
    }
}

/// The edits that leave an empty map of a literal. `{}` might be a list as well, so it is written only around comments.
pub fn empty(context: Context<'_>, map: NodeId) -> Vec<Edit> {
    let text = context.text;
    let tree = context.tree;
    if tree.kind(map) == Kind::Brace && tree.comments_in(tree.range(map)).is_empty() {
        return vec![Edit::replace(tree.range(map), "Map()")];
    }
    let inner = context.tree.range(map);
    let mut ends: Vec<TextRange> = context.tree.children(map).iter().map(|&entry| context.tree.range(entry)).collect();
    ends.push(TextRange::empty(inner.end().saturating_sub(1)));
    let mut edits = Vec::new();
    for (own, next) in ends.iter().zip(ends.iter().skip(1)) {
        let gap = TextRange::new(own.end(), next.start());
        let is_code = |at: &usize| !context.tree.comments_in(gap).iter().any(|comment| comment.contains(*at));
        let comma = gap.of(text).match_indices(',').map(|(at, _)| gap.start() + at).find(is_code);
        let beside = comma.filter(|&comma| blanks_before(text, comma) == own.end());
        let whole = TextRange::new(own.start(), beside.map_or(own.end(), |comma| comma + 1));
        let range =
            whole_lines(text, whole).unwrap_or_else(|| TextRange::new(blanks_before(text, whole.start()), whole.end()));
        edits.extend(delete_around_comments(context, range));
        edits.extend(comma.filter(|_| beside.is_none()).map(|comma| Edit::delete(TextRange::new(comma, comma + 1))));
    }
    edits
}

/// One entry with its comma, when comments stand around it: only the entry's own text and the comma go.
fn entry_and_comma(context: Context<'_>, entries: &[NodeId], at: usize) -> Vec<Edit> {
    let Some(own) = entries.get(at).map(|&entry| context.tree.range(entry)) else { return Vec::new() };
    let neighbour =
        |other: Option<usize>| other.and_then(|other| entries.get(other)).map(|&entry| context.tree.range(entry));
    let gap = match (neighbour(at.checked_add(1)), neighbour(at.checked_sub(1))) {
        (Some(next), _) => TextRange::new(own.end(), next.start()),
        (None, Some(previous)) => TextRange::new(previous.end(), own.start()),
        (None, None) => return Vec::new(),
    };
    let comma = gap
        .of(context.text)
        .match_indices(',')
        .map(|(offset, _)| gap.start() + offset)
        .find(|&offset| !context.tree.comments_in(gap).iter().any(|comment| comment.contains(offset)));
    let mut edits = match comma {
        Some(comma) if blanks_before(context.text, comma) == own.end() => {
            return delete_around_comments(context, TextRange::new(own.start(), comma + 1));
        }
        Some(comma) => vec![Edit::delete(TextRange::new(comma, comma + 1))],
        None => Vec::new(),
    };
    edits.extend(delete_around_comments(context, own));
    edits
}
