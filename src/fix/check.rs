//! The check of a round: whether the new text of a part holds what was promised of it.

use std::collections::VecDeque;

use foldhash::{HashMap, HashSet};

use super::broken::Broken;
use super::nets::Nets;
use super::planned::Plan;
use super::verify::{self, OldRequest};
use crate::deluge::{NodeId, Tree};
use crate::finding::Applicability;
use crate::flow::graph::{Graph, View};
use crate::flow::ssa;
use crate::project::part::Part;
use crate::requests::bindings::{Scopes, string_content};
use crate::requests::call::Call;
use crate::requests::calls;
use crate::requests::flow::Context;
use crate::requests::request::Form;
use crate::text::source::{Ranges, TextRange};

/// How many flaws a text has.
#[derive(Clone, Copy)]
pub(super) struct Flaws {
    /// Regions that are not understood.
    opaque: usize,
    /// Branches and brackets that lack what they belong to.
    loose: usize,
}

impl Flaws {
    pub(super) fn of(tree: &Tree) -> Self {
        Self { opaque: tree.opaque().len(), loose: tree.loose() }
    }
}

/// Compares the requests of a part's new text with those of the old one, which had so many of them and these flaws. Those that
/// are meant to have `vanished` are given back.
pub(super) fn reread(
    new_part: &Part<'_>,
    flaws: Flaws,
    requests: usize,
    vanished: Vec<usize>,
    compare: impl FnOnce(Context<'_>, &[Box<Call>]) -> Result<(), Broken>,
) -> Result<Vec<usize>, Broken> {
    let new_flaws = Flaws::of(&new_part.tree);
    if new_flaws.opaque > flaws.opaque {
        return Err(Broken::Text("a part of the file would no longer parse"));
    }
    if new_flaws.loose > flaws.loose {
        return Err(Broken::Text("a branch or a bracket would lose what it belongs to"));
    }
    let new_scopes = Scopes::of(new_part.text(), &new_part.tree);
    let new = Context { text: new_part.text(), tree: &new_part.tree, scopes: &new_scopes };
    let after = calls(new);
    if requests != after.len() + vanished.len() {
        return Err(Broken::Text("a request would appear or disappear"));
    }
    compare(new, &after)?;
    Ok(vanished)
}

/// What a round promises of a part. It knows all of the old text that the check asks for, so that this need not be kept
/// beside the new one with all that belongs to it: that is most of the memory of a run.
pub(super) struct Promise {
    /// Variables that lose a read, by the ordinal of the function and the name.
    pub(super) lost: Vec<(usize, String)>,
    flaws: Flaws,
    /// What a part is meant to read that the file keeps in another form.
    encoded: Option<Option<String>>,
    requests: Vec<Was>,
    nets: Nets,
    known: HashMap<NodeId, OldRequest>,
}

/// A request of the old text.
struct Was {
    range: TextRange,
    /// Whether it is one for an access token that is meant to be gone.
    gone: bool,
    /// Whether neither it nor one inside of it is migrated.
    untouched: bool,
    /// How far its migration can be trusted.
    migrated: Option<Applicability>,
    /// Whether it has to be shown to stay the same in any case.
    to_prove: bool,
}

impl Promise {
    pub(super) fn of(plan: &Plan<'_>) -> Self {
        let old = plan.inspection.context;
        let deleted = plan.edits.iter().filter(|edit| edit.replacement.is_empty()).map(|edit| edit.range);
        let gone = Ranges::of(deleted.chain(plan.removed.iter().map(|&node| old.tree.range(node))).collect());
        let accepted = plan.accepted.iter();
        let migrated: HashMap<NodeId, Applicability> =
            accepted.clone().map(|(call, transaction)| (call.request.node, transaction.applicability)).collect();
        let to_prove: HashSet<NodeId> =
            accepted.filter(|(_, transaction)| transaction.one_of_many).map(|(call, _)| call.request.node).collect();
        let starts: Vec<usize> = plan
            .inspection
            .calls()
            .filter(|call| migrated.contains_key(&call.request.node))
            .map(|call| call.request.range.start())
            .collect();
        // A migrated request inside, as in `getUrl(invokeurl [ … ].get("next"))`; they are in text order.
        let holds_one = |range: TextRange| {
            starts
                .get(starts.partition_point(|&start| start < range.start()))
                .is_some_and(|&start| range.contains(start))
        };
        let was = |call: &Call| {
            let range = call.request.range;
            let migrated = migrated.get(&call.request.node).copied();
            Was {
                range,
                gone: call.token_request.as_ref().is_some_and(|request| request.is_repeatable()) && gone.holds(range),
                untouched: migrated.is_none() && !holds_one(range),
                migrated,
                to_prove: to_prove.contains(&call.request.node),
            }
        };
        let requests: Vec<Was> = plan.inspection.calls().map(was).collect();
        Self {
            lost: plan.lost().collect(),
            flaws: Flaws::of(old.tree),
            encoded: plan.inspection.part.is_encoded().then(|| plan.edits.apply(old.text)),
            nets: Nets::of(old.tree),
            known: known(&requests, plan.inspection.calls()),
            requests,
        }
    }

    /// Whether all that changes is safe.
    pub(super) fn is_safe(&self) -> bool {
        self.requests.iter().all(|was| was.migrated.is_none_or(|level| level == Applicability::Safe))
    }

    /// Whether the new text of a part holds it. Only requests for access tokens may be gone; gives the ordinals of those, or
    /// else all that is broken.
    pub(super) fn check(&self, old: &str, graph: &Graph, new_part: &Part<'_>) -> Result<Vec<usize>, Vec<Broken>> {
        if self.encoded.as_ref().is_some_and(|meant| meant.as_deref() != Some(new_part.text())) {
            return Err(vec![Broken::Text("a page would not parse as it should")]);
        }
        self.nets.check(old, new_part.text(), &new_part.tree).map_err(|reason| vec![Broken::Text(reason)])?;
        let is_gone = |(_, was): &(usize, &Was)| was.gone;
        let vanished = self.requests.iter().enumerate().filter(is_gone).map(|(index, _)| index).collect();
        let compare = |new: Context<'_>, after: &[Box<Call>]| self.compare(old, new, after);
        let vanished =
            reread(new_part, self.flaws, self.requests.len(), vanished, compare).map_err(|broken| vec![broken])?;
        let new_graph = ssa::graph(new_part.text(), &new_part.tree);
        let broken = verify::verify(
            View { graph, text: old },
            View { graph: &new_graph, text: new_part.text() },
            &self.known,
            self.is_safe(),
        );
        if broken.is_empty() { Ok(vanished) } else { Err(broken) }
    }

    fn compare(&self, old: &str, new: Context<'_>, after: &[Box<Call>]) -> Result<(), Broken> {
        let stayed: Vec<&Was> = self.requests.iter().filter(|was| !was.gone).collect();
        let same = |was: &Was, is: &Call| was.range.of(old) == is.request.range.of(new.text);
        // A call that is hoisted comes before others of its statement; those that are not touched keep their order. Where none
        // changed places, a migrated one that reads like another one now is not taken for it.
        let in_place = stayed.iter().zip(after).all(|(was, is)| !was.untouched || same(was, is));
        let mut untouched: VecDeque<&Was> = stayed.iter().copied().filter(|was| was.untouched).collect();
        let mut changed: Vec<Option<&Call>> = Vec::new();
        for (is, was) in after.iter().zip(&stayed) {
            let stays = if in_place { was.untouched } else { untouched.front().is_some_and(|was| same(was, is)) };
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
        // Nearly always it is what stands in its place; only requests that stand inside of one another change places. Those are
        // looked for when all others have found theirs: one that fails must not take that of another.
        let touched = self.requests.iter().enumerate().filter(|(_, was)| !was.gone && !was.untouched);
        let mut left = Vec::new();
        for (place, (index, _)) in touched.enumerate().filter(|(_, (_, was))| was.migrated.is_some()) {
            let is = changed.get(place).copied().flatten().ok_or("a migrated request would disappear");
            match is.and_then(|is| check_migrated(new, is, &requests)) {
                Ok(()) => changed.get_mut(place).map_or((), |slot| *slot = None),
                Err(reason) => left.push((index, reason)),
            }
        }
        let mut next = 0;
        for (index, reason) in left {
            while changed.get(next).is_some_and(Option::is_none) {
                next += 1;
            }
            let fits = |slot: &&mut Option<&Call>| slot.is_some_and(|is| check_migrated(new, is, &requests).is_ok());
            match changed.iter_mut().skip(next).find(fits) {
                Some(slot) => *slot = None,
                None => return Err(Broken::Call(index, reason)),
            }
        }
        Ok(())
    }
}

/// What the validation has to know of the requests.
fn known<'c>(requests: &[Was], calls: impl Iterator<Item = &'c Call>) -> HashMap<NodeId, OldRequest> {
    let known = |(was, call): (&Was, &Call)| {
        (
            call.request.node,
            OldRequest { ordinal: call.ordinal, migrated: was.migrated, to_prove: was.to_prove, gone: was.gone },
        )
    };
    requests.iter().zip(calls).map(known).collect()
}

/// Whether the request itself still has a text that looks like a token's name, however it is put together. What stands in
/// another one of the `requests` inside of it is that one's.
fn still_names_token(context: Context<'_>, call: &Call, requests: &HashSet<NodeId>) -> bool {
    let of_another = |node: NodeId| {
        let outer = context.tree.ancestors(node).find(|outer| requests.contains(outer));
        outer.is_some_and(|outer| outer != call.request.node)
    };
    call.request.range.of(context.text).to_ascii_lowercase().contains("authtoken")
        && context.tree.descendants(call.request.node).any(|node| {
            let content = string_content(context.text, context.tree, node).unwrap_or_default();
            let text = content.of(context.text).to_ascii_lowercase();
            let names_token = text.contains("authtoken=")
                || text.contains("authtoken\"")
                || text == "authtoken"
                || text.contains("zoho-authtoken")
                || text.contains("zoho-oauthtoken");
            names_token && !of_another(node)
        })
}

fn check_migrated(new: Context<'_>, is: &Call, requests: &HashSet<NodeId>) -> Result<(), &'static str> {
    if is.request.connection.is_none() && is.request.form != Form::Sdp {
        return Err("a migrated request would name no connection");
    }
    if is.occurrences().next().is_some() || still_names_token(new, is, requests) {
        return Err("a migrated request would still carry a token");
    }
    Ok(())
}
