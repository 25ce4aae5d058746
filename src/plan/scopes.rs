//! The smallest set of scopes that serves several requests.

use std::collections::BTreeMap;

use super::site::Site;
use crate::zoho::{Basis, Confidence};

/// A scope to tick.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The scope.
    pub scope: String,
    /// Others that would do for its requests as well.
    pub alternatives: Vec<String>,
    /// What it was found by; the best of its requests.
    pub basis: Basis,
    /// How sure it is.
    pub confidence: Confidence,
    /// Where it is from.
    pub source: &'static str,
    /// The requests that need it, as indexes into the sites.
    pub sites: Vec<usize>,
}

/// Chooses the scopes for `sites`, sorted by name. Requests that leave no choice come first; the others take what is there
/// already, if that suffices.
pub fn choose(sites: &[Site]) -> Vec<Chosen> {
    let mut wants: Vec<(usize, &Vec<String>, &crate::zoho::Need)> = Vec::new();
    for (index, site) in sites.iter().enumerate() {
        let all = site.need.iter().flat_map(|need| need.all_of.iter().map(move |any| (index, any, need)));
        wants.extend(all);
    }
    // A broad guess for one request must not decide for those whose path is known.
    wants.sort_by_key(|(index, any, need)| (need.basis, any.len(), *index));
    let mut chosen: BTreeMap<String, Chosen> = BTreeMap::new();
    for (index, any, need) in wants {
        let there = any.iter().find_map(|scope| covering(&chosen, scope));
        let Some(scope) = there.or_else(|| any.first().cloned()) else { continue };
        let entry = chosen.entry(scope.clone()).or_insert_with(|| Chosen {
            scope: scope.clone(),
            alternatives: any.iter().filter(|other| **other != scope).cloned().collect(),
            basis: need.basis,
            confidence: need.confidence,
            source: need.source,
            sites: Vec::new(),
        });
        // What does for all of its requests.
        entry.alternatives.retain(|other| any.contains(other));
        entry.basis = entry.basis.min(need.basis);
        entry.confidence = entry.confidence.min(need.confidence);
        if !entry.sites.contains(&index) {
            entry.sites.push(index);
        }
    }
    chosen.into_values().collect()
}

/// A chosen scope that is `scope`, or everything of its group.
fn covering(chosen: &BTreeMap<String, Chosen>, scope: &str) -> Option<String> {
    let group = scope.rsplit_once('.').map_or("", |(group, _)| group);
    let all = ["ALL", "all"].map(|all| format!("{group}.{all}"));
    std::iter::once(scope)
        .chain(all.iter().map(String::as_str))
        .find(|name| chosen.contains_key(*name))
        .map(str::to_owned)
}
