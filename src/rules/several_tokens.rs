//! # several-tokens
//!
//! different tokens for one Connection
//!
//! ## What it finds
//! Requests of one file that get the same Connection and have sent different tokens, or a request that sends one of several. The finding shows the first characters
//! of each token and the line of its first request.
//!
//! ## Why
//! Several tokens are often several users or organisations. A Connection acts as one user, and all these requests then have
//! that user's rights.
//!
//! ## Fix safety
//! The requests are fixed all the same: whether the tokens differ on purpose, only you know.
//!
//! By hand: find out whose tokens they are. If they belong to several users or organisations, create a Connection for
//! each. Tell them apart in `authshift.toml` by `paths`, `data-center` or `url`, or write the LinkName into the request
//! yourself.

use std::collections::{BTreeMap, HashSet};

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{Look, Script};
use super::sink::{FindingSink, NewFinding};
use crate::deluge::NodeId;
use crate::finding::{Applicability, Rule, Severity};
use crate::requests::fields::Field;
use crate::text::secret::masked;
use crate::text::source::TextRange;

pub(super) static RULE: Declaration = Declaration {
    place: 60,
    severity: Severity::Warning,
    fixable: Fixable::No,
    comments: true,
    needs: &[&[Sign::Token], &[Sign::Header], &[Sign::Secret]],
    weakness: None,
    example: example!("K02-two-tokens-for-one-connection.page", "before.deluge"),
    looks: &[Look::Script(report)],
};

/// How many tokens the message shows.
const MOST_SHOWN: usize = 8;

fn report(sink: &mut FindingSink<'_>, script: &Script<'_, '_>) {
    let inspection = script.inspection;
    let context = inspection.context;
    // Each with the request that sends it, and where it is shown to stand.
    let mut tokens: BTreeMap<&str, Vec<(String, TextRange, TextRange)>> = BTreeMap::new();
    let mut seen: HashSet<(&str, String)> = HashSet::new();
    let calls = inspection.concerns.iter().map(|concern| &concern.call);
    // An access token differs each time; the refresh token identifies its owner.
    let credentials: BTreeMap<NodeId, &Vec<Field>> =
        calls.filter_map(|call| Some((call.request.node, &call.token_request.as_ref()?.credentials))).collect();
    let mut note = |link, token: &str, range: TextRange, shown: TextRange| {
        if !token.is_empty() && seen.insert((link, token.to_owned())) {
            tokens.entry(link).or_default().push((token.to_owned(), range, shown));
        }
    };
    for concern in &inspection.concerns {
        let Some(link) = concern.transaction.as_ref().and_then(|transaction| transaction.connection.as_deref()) else {
            continue;
        };
        for occurrence in concern.call.occurrences() {
            if let Some(access) = &occurrence.access {
                let fields = access.requests.iter().filter_map(|request| credentials.get(request)).copied().flatten();
                for known in fields.filter_map(|field| field.known.as_deref()) {
                    note(link, known, occurrence.range, occurrence.range);
                }
                continue;
            }
            match occurrence.known_token(context) {
                Some(token) => note(link, &token, occurrence.range, occurrence.range),
                None => {
                    for (token, literal) in occurrence.possible_tokens(context) {
                        note(link, &token, occurrence.range, literal);
                    }
                }
            }
        }
    }
    for (link, tokens) in tokens {
        let [_, (_, range, _), ..] = tokens.as_slice() else { continue };
        let line = |range: TextRange| sink.line(range);
        let mut shown: Vec<String> = tokens
            .iter()
            .take(MOST_SHOWN)
            .map(|(token, _, shown)| format!("{} (line {})", masked(token), line(*shown)))
            .collect();
        if let Some(more) = tokens.len().checked_sub(MOST_SHOWN).filter(|&more| more > 0) {
            shown.push(format!("and {more} more"));
        }
        let new = NewFinding {
            rule: Rule::SeveralTokens,
            applicability: Applicability::Manual,
            range: *range,
            message: format!(
                "requests of the Connection \"{link}\" used {} different tokens: {}",
                tokens.len(),
                shown.join(", ")
            ),
            notes: vec!["if they belong to several users or organisations, configure a Connection for each".to_owned()],
        };
        sink.add(new, None, None);
    }
}
