//! Rounds: plan, apply what does not overlap, check the result, until nothing changes. A result that does not hold what
//! was promised is thrown away with an error; the text stays as it was.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::analysis::bindings::Scopes;
use crate::analysis::flow::Context;
use crate::analysis::request::Form;
use crate::analysis::{Call, calls};
use crate::config::{Config, ConfigError};
use crate::edit::EditSet;
use crate::finding::{Applicability, Finding};
use crate::inspect::Inspection;
use crate::migrate::{Transaction, dead};
use crate::rules;
use crate::secret::Secrets;
use crate::source::{Position, Source, TextRange};
use crate::syntax::{Kind, NodeId, ParseError, Tree, parse};

/// Each round applies all that does not overlap; more than a few mean that fixes undo one another.
const MOST_ROUNDS: usize = 32;

/// Why a file got no answer.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file nests too deeply.
    #[error("{}:{}: {error}", position.line, position.column)]
    Parse {
        /// Where it gave up.
        position: Position,
        /// What happened.
        error: ParseError,
    },
    /// Two entries of the configuration contradict each other for a request of this file.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The migrated text is not what was promised. The text names the promise.
    #[error("the migrated text was discarded and the file left alone, because {0}; please report this")]
    Unsound(&'static str),
}

/// What was found in a file.
#[derive(Debug)]
pub struct Examined {
    /// By place.
    pub findings: Vec<Finding>,
    /// Every secret that the file holds.
    pub secrets: Secrets,
    /// Regions that were not understood, in bytes.
    pub opaque: Vec<TextRange>,
}

/// A file and its migration.
#[derive(Debug)]
pub struct Fixed {
    /// What was found before.
    pub before: Examined,
    /// The migrated text and what is left in it; `None` when nothing changes.
    pub after: Option<(String, Examined)>,
}

/// Finds everything in a file.
///
/// # Errors
/// [`Problem::Parse`] and [`Problem::Config`].
pub fn examine(source: &Source, config: &Config) -> Result<Examined, Problem> {
    let tree = parsed(source.text(), source)?;
    let scopes = Scopes::of(source.text(), &tree);
    let inspection = Inspection::of(source.text(), &tree, &scopes, config, source.path(), &|_, _| false)?;
    let masker = inspection.secrets.masker(false);
    let findings = rules::findings(source, &inspection, config, &masker);
    Ok(Examined { findings, secrets: inspection.secrets, opaque: tree.opaque().to_vec() })
}

/// Migrates a file with all fixes up to `level`.
///
/// # Errors
/// Every [`Problem`].
pub fn fix(source: &Source, config: &Config, level: Applicability) -> Result<Fixed, Problem> {
    let before = examine(source, config)?;
    let mut text = source.text().to_owned();
    let mut lost = HashSet::new();
    for _ in 0..MOST_ROUNDS {
        match round(&text, source, config, level, &mut lost)? {
            Some(next) => text = next,
            None if text == source.text() => return Ok(Fixed { before, after: None }),
            None => {
                let migrated = Source::new(source.path(), text.clone());
                let left = examine(&migrated, config)?;
                return Ok(Fixed { before, after: Some((text, left)) });
            }
        }
    }
    Err(Problem::Unsound("it did not settle"))
}

fn parsed(text: &str, source: &Source) -> Result<Tree, Problem> {
    parse(text).map_err(|error| {
        let ParseError::TooDeep { offset } = error;
        Problem::Parse { position: source.position(offset), error }
    })
}

/// One round; `None` when there is nothing to do. `lost` holds, by the ordinal of the function and the name, variables that
/// an earlier round took reads from.
fn round(
    text: &str,
    source: &Source,
    config: &Config,
    level: Applicability,
    lost: &mut HashSet<(usize, String)>,
) -> Result<Option<String>, Problem> {
    let tree = parsed(text, source)?;
    let scopes = Scopes::of(text, &tree);
    let functions: Vec<NodeId> =
        tree.descendants(tree.root()).filter(|&node| tree.kind(node) == Kind::Function).collect();
    let ordinal = |scope: NodeId| functions.binary_search(&scope).map_or(0, |at| at + 1);
    let was_lost = |scope: NodeId, name: &str| lost.contains(&(ordinal(scope), name.to_owned()));
    let inspection = Inspection::of(text, &tree, &scopes, config, source.path(), &was_lost)?;
    let mut edits = EditSet::new();
    let accepted: Vec<(&Call, &Transaction)> =
        inspection.transactions(level).filter(|(_, transaction)| edits.accept(&transaction.edits)).collect();
    let removed: Vec<NodeId> =
        accepted.iter().flat_map(|(_, transaction)| transaction.removed.iter().copied()).collect();
    for edit in dead::remove(inspection.context, &inspection.dead_without(&removed, &was_lost)) {
        edits.accept(&[edit]);
    }
    if edits.is_empty() {
        return Ok(None);
    }
    let next = edits.apply(text).ok_or(Problem::Unsound("an edit did not fit the text"))?;
    verify(inspection.context, &accepted, &next)?;
    let names = removed
        .iter()
        .flat_map(|&node| tree.descendants(node))
        .filter(|&node| tree.kind(node) == Kind::Name)
        .map(|name| (ordinal(tree.scope(name)), tree.range(name).of(text).to_owned()));
    lost.extend(names.collect::<Vec<_>>());
    Ok(Some(next))
}

/// Whether the new text holds what the plan promised.
fn verify(old: Context<'_>, accepted: &[(&Call, &Transaction)], new_text: &str) -> Result<(), Problem> {
    let new_tree = parse(new_text).map_err(|_| Problem::Unsound("it does not parse"))?;
    if new_tree.opaque().len() > old.tree.opaque().len() {
        return Err(Problem::Unsound("a part of it would not be understood any more"));
    }
    let new_scopes = Scopes::of(new_text, &new_tree);
    let new = Context { text: new_text, tree: &new_tree, scopes: &new_scopes };
    let (before, after) = (calls(old), calls(new));
    if before.len() != after.len() {
        return Err(Problem::Unsound("a request would appear or disappear"));
    }
    let migrated: HashMap<NodeId, Applicability> =
        accepted.iter().map(|(call, transaction)| (call.request.node, transaction.applicability)).collect();
    for (was, is) in before.iter().zip(&after) {
        match migrated.get(&was.request.node) {
            Some(applicability) => check_migrated(old, was, new, is, *applicability)?,
            None if was.request.range.of(old.text) == is.request.range.of(new.text) => {}
            None if holds_one(was, &before, &migrated) => {}
            None => return Err(Problem::Unsound("a request would change that was not meant to")),
        }
    }
    Ok(())
}

/// Whether a migrated request stands inside of `call`, as in `getUrl(invokeurl [ … ].get("next"))`.
fn holds_one(call: &Call, all: &[Call], migrated: &HashMap<NodeId, Applicability>) -> bool {
    all.iter().any(|other| {
        migrated.contains_key(&other.request.node) && call.request.range.contains_range(other.request.range)
    })
}

fn check_migrated(
    old: Context<'_>,
    was: &Call,
    new: Context<'_>,
    is: &Call,
    applicability: Applicability,
) -> Result<(), Problem> {
    if is.request.connection.is_none() && is.request.form != Form::Sdp {
        return Err(Problem::Unsound("a migrated request would name no connection"));
    }
    if is.occurrences().next().is_some() {
        return Err(Problem::Unsound("a migrated request would still carry a token"));
    }
    // An unsafe migration rests on an assumption about the URL; only a safe one has to show that nothing else changed.
    if applicability == Applicability::Safe
        && let (Some(before), Some(after)) = (was.request.url, is.request.url)
    {
        let urls = |context: Context<'_>, url: NodeId| -> BTreeSet<_> {
            context.flows(url).iter().map(|flow| without_tokens(&flow.seen())).collect()
        };
        if urls(old, before.value) != urls(new, after.value) {
            return Err(Problem::Unsound("a migrated request would get another URL"));
        }
    }
    Ok(())
}

/// A URL as its path, its parameters without the token, and its fragment. Written apart from the migration on purpose:
/// the two have to agree.
fn without_tokens(url: &str) -> (String, Vec<String>, String) {
    let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let token = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or("").to_ascii_lowercase();
        name == "authtoken" || name == "auth_token"
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty() && !token(pair)).map(str::to_owned).collect();
    (path.to_owned(), pairs, fragment.to_owned())
}
