//! The check of a round: whether the new text of a part holds what was promised of it.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::Plan;
use crate::analysis::bindings::{Scopes, string_content};
use crate::analysis::flow::Context;
use crate::analysis::oauth::TokenRequest;
use crate::analysis::request::Form;
use crate::analysis::{Call, calls};
use crate::finding::Applicability;
use crate::migrate::Transaction;
use crate::part::Part;
use crate::source::Ranges;
use crate::syntax::NodeId;

/// What a new text does not hold.
pub(super) enum Broken {
    /// One migration is to blame: the ordinal of its call, and the promise.
    Call(usize, &'static str),
    /// The text as a whole.
    Text(&'static str),
}

/// Compares the requests of a part's new text with those of the old one, of which there must be as many, but for those that
/// are meant to be `gone`; gives the ordinals of those.
pub(super) fn reread(
    old: Context<'_>,
    new_part: &Part<'_>,
    is_gone: &dyn Fn(&Call) -> bool,
    compare: impl FnOnce(Context<'_>, &[Call], &[Call]) -> Result<(), Broken>,
) -> Result<Vec<usize>, Broken> {
    if new_part.tree.opaque().len() > old.tree.opaque().len() {
        return Err(Broken::Text("a part of it would not be understood any more"));
    }
    if new_part.tree.loose() > old.tree.loose() {
        return Err(Broken::Text("a branch or a bracket would lose what it belongs to"));
    }
    let new_scopes = Scopes::of(new_part.text(), &new_part.tree);
    let new = Context { text: new_part.text(), tree: &new_part.tree, scopes: &new_scopes };
    let (before, after) = (calls(old), calls(new));
    let vanished: Vec<usize> =
        before.iter().enumerate().filter(|(_, call)| is_gone(call)).map(|(index, _)| index).collect();
    if before.len() != after.len() + vanished.len() {
        return Err(Broken::Text("a request would appear or disappear"));
    }
    compare(new, &before, &after)?;
    Ok(vanished)
}

/// Whether the new text of a part holds what the plan promised. Only requests for access tokens may be gone; gives the
/// ordinals of those.
pub(super) fn verify(plan: &Plan<'_>, new_part: &Part<'_>) -> Result<Vec<usize>, Broken> {
    let old = plan.context;
    if new_part.is_page() && plan.edits.apply(plan.part.text()).as_deref() != Some(new_part.text()) {
        return Err(Broken::Text("a page would not read as it was meant to"));
    }
    let deleted = plan.edits.iter().filter(|edit| edit.replacement.is_empty()).map(|edit| edit.range);
    let gone = Ranges::of(deleted.chain(plan.removed.iter().map(|&node| old.tree.range(node))).collect());
    let is_gone = |call: &Call| {
        call.token_request.as_ref().is_some_and(TokenRequest::is_repeatable) && gone.holds(call.request.range)
    };
    let comparison =
        |new: Context<'_>, before: &[Call], after: &[Call]| compare(old, &plan.accepted, &is_gone, new, before, after);
    reread(old, new_part, &is_gone, comparison)
}

fn compare(
    old: Context<'_>,
    accepted: &[(&Call, &Transaction)],
    is_gone: &dyn Fn(&Call) -> bool,
    new: Context<'_>,
    before: &[Call],
    after: &[Call],
) -> Result<(), Broken> {
    let migrated: HashMap<NodeId, Applicability> =
        accepted.iter().map(|(call, transaction)| (call.request.node, transaction.applicability)).collect();
    let starts: Vec<usize> = before
        .iter()
        .filter(|call| migrated.contains_key(&call.request.node))
        .map(|call| call.request.range.start())
        .collect();
    // A migrated request inside, as in `getUrl(invokeurl [ … ].get("next"))`; they are in text order.
    let holds_one = |call: &Call| {
        let range = call.request.range;
        starts.get(starts.partition_point(|&start| start < range.start())).is_some_and(|&start| range.contains(start))
    };
    let is_untouched = |was: &Call| !migrated.contains_key(&was.request.node) && !holds_one(was);
    let stayed: Vec<(&Call, bool)> =
        before.iter().filter(|was| !is_gone(was)).map(|was| (was, is_untouched(was))).collect();
    let same = |was: &Call, is: &Call| was.request.range.of(old.text) == is.request.range.of(new.text);
    // A call that is hoisted comes before others of its statement; those that are not touched keep their order. Where none
    // changed places, a migrated one that reads like another one now is not taken for it.
    let in_place = stayed.iter().zip(after).all(|(&(was, untouched), is)| !untouched || same(was, is));
    let mut untouched: VecDeque<&Call> =
        stayed.iter().filter(|(_, untouched)| *untouched).map(|&(was, _)| was).collect();
    let mut changed: Vec<Option<&Call>> = Vec::new();
    for (is, &(_, place)) in after.iter().zip(&stayed) {
        let stays = if in_place { place } else { untouched.front().is_some_and(|was| same(was, is)) };
        if stays {
            untouched.pop_front();
        } else {
            changed.push(Some(is));
        }
    }
    if !untouched.is_empty() {
        return Err(Broken::Text("a request would change that was not meant to"));
    }
    let requests: HashSet<NodeId> = after.iter().map(|call| call.request.node).collect();
    let mut next = 0;
    for (index, was) in before.iter().enumerate() {
        let Some(applicability) = migrated.get(&was.request.node) else { continue };
        let mut verdict = Err("a migrated request would disappear");
        // Nearly always the next one; only requests that stand inside of one another change places.
        for slot in changed.iter_mut().skip(next) {
            let Some(is) = slot else { continue };
            verdict = check_migrated(old, was, new, is, &requests, *applicability);
            if verdict.is_ok() {
                *slot = None;
                break;
            }
        }
        while changed.get(next).is_some_and(Option::is_none) {
            next += 1;
        }
        verdict.map_err(|reason| Broken::Call(index, reason))?;
    }
    Ok(())
}

/// Whether the request itself still has a text that looks like a token's name, however it is put together. What stands in
/// another one of the `requests` inside of it is that one's.
fn still_speaks(context: Context<'_>, call: &Call, requests: &HashSet<NodeId>) -> bool {
    let of_another = |node: NodeId| {
        let outer = context.tree.ancestors(node).find(|outer| requests.contains(outer));
        outer.is_some_and(|outer| outer != call.request.node)
    };
    call.request.range.of(context.text).to_ascii_lowercase().contains("authtoken")
        && context.tree.descendants(call.request.node).any(|node| {
            let content = string_content(context.text, context.tree, node).unwrap_or_default();
            let text = content.of(context.text).to_ascii_lowercase();
            let speaks = text.contains("authtoken=")
                || text.contains("authtoken\"")
                || text == "authtoken"
                || text.contains("zoho-authtoken")
                || text.contains("zoho-oauthtoken");
            speaks && !of_another(node)
        })
}

fn check_migrated(
    old: Context<'_>,
    was: &Call,
    new: Context<'_>,
    is: &Call,
    requests: &HashSet<NodeId>,
    applicability: Applicability,
) -> Result<(), &'static str> {
    if is.request.connection.is_none() && is.request.form != Form::Sdp {
        return Err("a migrated request would name no connection");
    }
    if is.occurrences().next().is_some() || still_speaks(new, is, requests) {
        return Err("a migrated request would still carry a token");
    }
    // An unsafe migration rests on an assumption about the URL; only a safe one has to show that nothing else changed.
    if applicability == Applicability::Safe
        && let (Some(before), Some(after)) = (was.request.url, is.request.url)
    {
        let urls = |context: Context<'_>, url: NodeId| -> BTreeSet<_> {
            context.flows(url).iter().map(|flow| without_tokens(&flow.seen())).collect()
        };
        if urls(old, before.value) != urls(new, after.value) {
            return Err("a migrated request would get another URL");
        }
    }
    Ok(())
}

/// A URL as what stands before, between and behind its separators, without the token. Written apart from the migration
/// on purpose: the two have to agree.
fn without_tokens(url: &str) -> Vec<String> {
    let mut parts = url.split(['?', '&', '#']);
    let path = parts.next().unwrap_or("").to_owned();
    let token = |part: &&str| {
        let name = part.split('=').next().unwrap_or("").to_ascii_lowercase();
        name == "authtoken" || name == "auth_token"
    };
    let kept = parts.filter(|part| !part.is_empty() && !token(part)).map(str::to_owned);
    std::iter::once(path).chain(kept).collect()
}
