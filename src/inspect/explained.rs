//! Which signs of tokens, found by the text alone, are accounted for by what is known of the code.

use std::borrow::Cow;

use super::Inspection;
use crate::analysis::Call;
use crate::analysis::carrier::Site;
use crate::analysis::target;
use crate::census::{Kind, Sign, to_vendor};
use crate::migrate;
use crate::source::TextRange;

/// What is known of some stretches of a file.
#[derive(Default)]
pub(crate) struct Explained {
    /// What findings are about: requests, with all that belongs to them, tokens, secrets, whether they are reported or
    /// suppressed, switched off or known.
    found: Vec<TextRange>,
    /// Requests to somebody else, with all that belongs to them, and why a name there tells nothing.
    strangers: Vec<(TextRange, Cow<'static, str>)>,
}

/// A sign that tells nothing, and why.
pub(crate) type Dismissed = (Sign, Cow<'static, str>);

impl Explained {
    /// What `inspections` know, as ranges of the file.
    pub(crate) fn of(inspections: &[Inspection<'_>]) -> Self {
        let mut explained = Self::default();
        inspections.iter().for_each(|inspection| inspection.explain(&mut explained));
        let Self { found, strangers } = &mut explained;
        found.sort_unstable();
        found.dedup_by(|next, last| joined(next, last));
        strangers.sort_by_key(|(range, _)| *range);
        strangers.dedup_by(|(next, _), (last, _)| joined(next, last));
        explained
    }

    /// The signs that nothing explains, and those that tell nothing.
    pub(crate) fn settle(&self, signs: Vec<Sign>) -> (Vec<Sign>, Vec<Dismissed>) {
        let (mut left, mut dismissed) = (Vec::new(), Vec::new());
        for sign in signs {
            let places = [Some(sign.range), sign.source].into_iter().flatten();
            if places.clone().any(|place| meeting(&self.found, |range| *range, place).is_some()) {
                continue;
            }
            // The schemes say themselves whose they are.
            let anybodys = matches!(sign.kind, Kind::Parameter | Kind::Key | Kind::Element);
            let stranger = || {
                let mut places = places.filter(|_| anybodys);
                places.find_map(|place| meeting(&self.strangers, |(range, _)| *range, place)).map(|(_, why)| why.clone())
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
        for concern in &self.concerns {
            let call = &*concern.call;
            let is_found = call.occurrences().next().is_some()
                || call.token_request.is_some()
                || migrate::legacy(call).is_some();
            if is_found {
                explained.found.extend(of_call(call));
                for occurrence in call.occurrences() {
                    let tokens = occurrence.tokens.iter().map(|&node| tree.range(node));
                    let entry = match &occurrence.site {
                        Site::Entry { entry, .. } => Some(tree.range(*entry)),
                        _ => None,
                    };
                    explained.found.extend(tokens.chain(entry).chain([occurrence.range]).map(outer));
                }
                let edits = concern.transaction.iter().flat_map(|transaction| transaction.edits.iter());
                explained.found.extend(edits.map(|edit| outer(edit.range)));
            } else if call.targets.iter().all(|target| target.url.to_ascii_lowercase().contains("zapikey=")) {
                let why = Cow::Borrowed("the request authenticates by `zapikey`");
                explained.strangers.extend(of_call(call).into_iter().map(|range| (range, why.clone())));
            }
        }
        for call in &self.others {
            let host = call.targets.first().and_then(|target| target::split(&target.url)).map(|(host, _)| host);
            let why = to_vendor(&host.unwrap_or_default());
            explained.strangers.extend(of_call(call).into_iter().map(|range| (range, why.clone())));
        }
        explained.found.extend(self.strays.iter().map(|stray| outer(stray.range)));
        for hardcoded in &self.hardcoded {
            let assignment = hardcoded.assignment.map(|node| tree.range(node));
            explained.found.extend(assignment.into_iter().chain([hardcoded.range]).map(outer));
        }
        explained.found.extend(self.pasted.iter().map(|pasted| outer(pasted.range)));
        explained.found.extend(self.parts.iter().map(|&node| outer(tree.range(node))));
    }
}
