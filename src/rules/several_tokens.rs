//! # several-tokens
//!
//! one Connection in place of different tokens
//!
//! ## What it finds
//! Requests of one file that get the same Connection and have sent different tokens so far. The tokens are shown by
//! their first characters.
//!
//! ## Why
//! Several tokens are often several users or organisations. A Connection acts as one user, whose rights all these
//! requests have from then on.
//!
//! ## Example
//! fixture: K02-two-tokens-for-one-connection
//!
//! ## Fix safety
//! The requests are fixed all the same: whether the tokens differ on purpose, only you know.
//!
//! By hand: find out whose tokens they are. If they belong to several users or organisations, create a Connection for
//! each. Tell them apart in `authshift.toml` by `paths`, `data-center` or `url`, or write the LinkName into the request
//! yourself.

use std::collections::BTreeMap;

use super::{Draft, Maker};
use crate::finding::{Applicability, Rule};
use crate::inspect::Inspection;
use crate::secret::masked;
use crate::source::TextRange;

pub(super) fn report(maker: &mut Maker<'_>, inspection: &Inspection<'_>) {
    let context = inspection.context;
    let mut tokens: BTreeMap<&str, Vec<(String, TextRange)>> = BTreeMap::new();
    for concern in &inspection.concerns {
        let Some(link) = concern.transaction.as_ref().and_then(|transaction| transaction.connection.as_deref()) else {
            continue;
        };
        for occurrence in concern.call.occurrences() {
            let written = occurrence.literal.map(|range| range.of(context.text).to_owned());
            let known = || occurrence.tokens.first().and_then(|&token| context.known_text(token));
            let Some(token) = written.or_else(known) else { continue };
            let word = token.trim().rsplit(' ').next().unwrap_or("").to_owned();
            let others = tokens.entry(link).or_default();
            if !word.is_empty() && others.iter().all(|(other, _)| *other != word) {
                others.push((word, occurrence.range));
            }
        }
    }
    for (link, tokens) in tokens {
        let [_, (_, range), ..] = tokens.as_slice() else { continue };
        let shown: Vec<String> = tokens.iter().map(|(token, _)| masked(token)).collect();
        let draft = Draft {
            rule: Rule::SeveralTokens,
            applicability: Applicability::Manual,
            range: *range,
            message: format!(
                "requests of the Connection \"{link}\" used {} different tokens: {}",
                shown.len(),
                shown.join(", ")
            ),
            notes: vec!["if they belong to several users or organisations, configure a Connection for each".to_owned()],
        };
        maker.add(draft, None, None);
    }
}
