//! Which signs of tokens, found by the text alone, are accounted for by what is known of the code.

use std::borrow::Cow;

use foldhash::{HashSet, HashSetExt};

use super::{Inspection, is_about_tokens};
use crate::census::{self, Sign, to_vendor};
use crate::deluge::{Kind, NodeId};
use crate::requests::call::Call;
use crate::requests::occurrence::Site;
use crate::text::edit::identity;
use crate::text::source::TextRange;
use crate::zoho::LegacyKind;
use crate::zoho::target::split;

/// What is known of some stretches of a file.
#[derive(Default)]
pub(crate) struct Explained {
    /// What findings are about: requests, with all that belongs to them, tokens, secrets, whether they are reported or
    /// suppressed, switched off or known.
    found: Vec<TextRange>,
    /// Requests to somebody else, with all that belongs to them, and why a name there is no token.
    strangers: Vec<(TextRange, Cow<'static, str>)>,
    /// What goes into a map that nothing sends.
    unsent: Vec<TextRange>,
}

/// A sign that is no token, and why.
pub(crate) type Dismissed = (Sign, Cow<'static, str>);

impl Explained {
    /// What `inspections` know, as ranges of the file.
    pub(crate) fn of(inspections: &[Inspection<'_>]) -> Self {
        let mut explained = Self::default();
        inspections.iter().for_each(|inspection| inspection.explain(&mut explained));
        let Self { found, strangers, unsent } = &mut explained;
        unsent.sort_unstable();
        found.sort_unstable();
        found.dedup_by(|next, last| joined(next, last));
        strangers.sort_by_key(|(range, _)| *range);
        strangers.dedup_by(|(next, _), (last, _)| joined(next, last));
        explained
    }

    fn is_found(&self, place: TextRange) -> bool {
        meeting(&self.found, |range| *range, place).is_some()
    }

    /// The signs in `text` that nothing explains, and those that are no tokens.
    pub(crate) fn settle(&self, text: &str) -> (Vec<Sign>, Vec<Dismissed>) {
        let signs = census::signs(text, &|place| self.is_found(place));
        let (mut left, mut dismissed) = (Vec::new(), Vec::new());
        for sign in signs {
            let places = [Some(sign.range), sign.source, sign.value].into_iter().flatten();
            if places.clone().any(|place| self.is_found(place)) {
                continue;
            }
            if places.clone().any(|place| meeting(&self.unsent, |range| *range, place).is_some()) {
                dismissed.push((sign, Cow::Borrowed("it is put into a map that nothing sends")));
                continue;
            }
            // The schemes say themselves whose they are.
            let anybodys =
                matches!(sign.kind, census::SignKind::Parameter | census::SignKind::Key | census::SignKind::Element);
            let stranger = || {
                let mut places = places.filter(|_| anybodys);
                places
                    .find_map(|place| meeting(&self.strangers, |(range, _)| *range, place))
                    .map(|(_, why)| why.clone())
            };
            match sign.dismissed.clone().or_else(stranger) {
                Some(why) => dismissed.push((sign, why)),
                None => left.push(sign),
            }
        }
        (left, dismissed)
    }
}

/// Whether the ranges meet; then the first is made both.
fn joined(next: &TextRange, last: &mut TextRange) -> bool {
    let meets = next.intersects(*last);
    if meets {
        *last = last.cover(*next);
    }
    meets
}

/// The one of the sorted ranges that shares a byte with `place`.
fn meeting<T>(sorted: &[T], range: impl Fn(&T) -> TextRange, place: TextRange) -> Option<&T> {
    let behind = sorted.partition_point(|one| range(one).start() < place.end());
    sorted.get(behind.checked_sub(1)?).filter(|one| range(one).intersects(place))
}

impl Inspection<'_> {
    fn explain(&self, explained: &mut Explained) {
        let tree = self.context.tree;
        let outer = |range: TextRange| self.part.outer(range);
        let of_call = |call: &Call| {
            let claimed = call.carriers.claimed.iter().map(|&node| tree.range(node));
            claimed.chain([call.request.range]).map(outer).collect::<Vec<_>>()
        };
        let assigned = |node: NodeId| {
            let statement = tree.statement(node).filter(|&node| tree.kind(node) == Kind::Assign);
            tree.range(statement.unwrap_or(node))
        };
        let mut seen = HashSet::new();
        // Requests on one value share these lists: thousands of them would note thousands of ranges each.
        let (mut lists, mut nodes, mut changes) = (HashSet::new(), HashSet::new(), HashSet::new());
        for concern in &self.concerns {
            let call = &*concern.call;
            let about = is_about_tokens(call);
            let carries = about.is_none() && call.occurrences().next().is_some();
            let is_found = carries || about == Some(LegacyKind::Generation);
            if is_found {
                explained.found.push(outer(call.request.range));
                if lists.insert(call.carriers.claimed.as_ptr()) {
                    let claimed = call.carriers.claimed.iter().filter(|&&node| nodes.insert(node));
                    explained.found.extend(claimed.flat_map(|&node| [tree.range(node), assigned(node)]).map(outer));
                }
                for occurrence in call.occurrences() {
                    let tokens = occurrence.tokens.iter().map(|&node| assigned(node));
                    self.note_assignments(&occurrence.tokens, &mut seen, &mut explained.found);
                    let entry = match &occurrence.site {
                        Site::Entry { entry, .. } => Some(tree.range(*entry)),
                        _ => None,
                    };
                    explained.found.extend(tokens.chain(entry).chain([occurrence.range]).map(outer));
                }
                let planned = concern.transaction.iter().filter(|planned| changes.insert(identity(&planned.edits)));
                let edits = planned.flat_map(|transaction| transaction.edits.iter());
                explained.found.extend(edits.map(|edit| outer(edit.range)));
            } else if about == Some(LegacyKind::AuthtokenToOauth) {
                let why = Cow::Borrowed("the exchange of authtokens for OAuth tokens, which authshift leaves as it is");
                explained.strangers.extend(of_call(call).into_iter().map(|range| (range, why.clone())));
            } else if call.targets.iter().all(|target| target.url.to_ascii_lowercase().contains("zapikey=")) {
                let why = Cow::Borrowed("the request uses a `zapikey`");
                explained.strangers.extend(of_call(call).into_iter().map(|range| (range, why.clone())));
            } else {
                // Many vendors have one, and the others of the request count.
                let why = Cow::Borrowed("`auth_token` is sent to a host that is not known to be Zoho's");
                let anybodys = call.carriers.occurrences.iter().filter(|occurrence| occurrence.underscore);
                explained.strangers.extend(anybodys.map(|occurrence| (outer(occurrence.range), why.clone())));
            }
        }
        for call in &self.others {
            let host = call.targets.first().and_then(|target| split(&target.url)).map(|(host, _)| host);
            let why = to_vendor(&host.unwrap_or_default());
            explained.strangers.extend(of_call(call).into_iter().map(|range| (range, why.clone())));
        }
        explained.found.extend(self.strays.iter().map(|stray| outer(stray.range)));
        explained.unsent.extend(self.unsent.iter().map(|range| outer(*range)));
        for hardcoded in &self.hardcoded {
            let assignment = hardcoded.assignment.map(|node| tree.range(node));
            explained.found.extend(assignment.into_iter().chain(hardcoded.entry).chain([hardcoded.range]).map(outer));
        }
        explained.found.extend(self.pasted.iter().map(|pasted| outer(pasted.range)));
        explained.found.extend(self.parts.iter().map(|&node| outer(tree.range(node))));
    }

    /// Notes the assignments that reach the `tokens`, and those that reach what is assigned there.
    fn note_assignments(&self, tokens: &[NodeId], seen: &mut HashSet<NodeId>, found: &mut Vec<TextRange>) {
        let tree = self.context.tree;
        let mut waiting = tokens.to_vec();
        while let Some(node) = waiting.pop() {
            for name in tree.descendants(node).filter(|&node| tree.kind(node) == Kind::Name) {
                for write in self.context.scopes.reaching(name).flatten() {
                    if seen.insert(write.node) {
                        // A loop writes its variable too, and holds anything.
                        let is_assignment = tree.kind(write.node) == Kind::Assign;
                        found.extend(is_assignment.then(|| self.part.outer(tree.range(write.node))));
                        waiting.extend(write.value.or(write.appended));
                    }
                }
            }
        }
    }
}
