//! Rounds: plan, apply what does not overlap, check the result, until nothing changes. A result that does not hold what
//! was promised is thrown away with an error; the text stays as it was.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use crate::analysis::bindings::{Scopes, string_content};
use crate::analysis::flow::Context;
use crate::analysis::oauth::TokenRequest;
use crate::analysis::request::Form;
use crate::analysis::{Call, calls};
use crate::config::{Config, ConfigError};
use crate::edit::EditSet;
use crate::finding::{Applicability, Finding};
use crate::inspect::{Inspection, Known};
use crate::migrate::{Transaction, dead};
use crate::rules;
use crate::secret::Secrets;
use crate::source::{Position, Source, TextRange};
use crate::syntax::{Kind, NodeId, ParseError, Tree, parse};

/// Each round applies all that does not overlap; more than a few mean that fixes undo one another.
const MOST_ROUNDS: usize = 64;

/// More migrations than this that do not hold what they promised mean that the file is not understood.
const MOST_VETOES: usize = 24;

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
    examine_after(source, config, &Memory::default())
}

/// Finds everything in a file that rounds have worked on.
fn examine_after(source: &Source, config: &Config, memory: &Memory) -> Result<Examined, Problem> {
    let tree = parsed(source.text(), source)?;
    let scopes = Scopes::of(source.text(), &tree);
    let functions = functions(&tree);
    let lost = |scope: NodeId, name: &str| memory.lost.contains(&(ordinal(&functions, scope), name.to_owned()));
    let known = Known { lost: &lost, vetoed: &memory.vetoed };
    let inspection = Inspection::of(source.text(), &tree, &scopes, config, source.path(), &known)?;
    let masker = inspection.secrets.masker(false);
    let findings = rules::findings(source, &inspection, config, &masker);
    Ok(Examined { findings, secrets: inspection.secrets, opaque: tree.opaque().to_vec() })
}

/// Migrates a file with all fixes up to `level`. A migration that does not hold what it promised is left out.
///
/// # Errors
/// Every [`Problem`].
pub fn fix(source: &Source, config: &Config, level: Applicability) -> Result<Fixed, Problem> {
    let mut before = examine(source, config)?;
    let mut text = source.text().to_owned();
    let mut memory = Memory::default();
    for _ in 0..MOST_ROUNDS {
        match round(&text, source, config, level, &mut memory)? {
            Round::Changed(next) => text = next,
            Round::Vetoed => {
                if text == source.text() {
                    before = examine_after(source, config, &memory)?;
                }
            }
            Round::Done if text == source.text() => return Ok(Fixed { before, after: None }),
            Round::Done => {
                let migrated = Source::new(source.path(), text.clone());
                let left = examine_after(&migrated, config, &memory)?;
                return Ok(Fixed { before, after: Some((text, left)) });
            }
        }
    }
    Err(Problem::Unsound("it did not settle"))
}

/// The functions of a file in text order. Migrating changes neither their number nor their order.
fn functions(tree: &Tree) -> Vec<NodeId> {
    tree.descendants(tree.root()).filter(|&node| tree.kind(node) == Kind::Function).collect()
}

/// A function's ordinal, from 1; 0 is the script around them.
fn ordinal(functions: &[NodeId], scope: NodeId) -> usize {
    functions.iter().position(|&function| function == scope).map_or(0, |at| at + 1)
}

/// What the rounds of one file leave to the next.
#[derive(Default)]
struct Memory {
    /// Variables that reads were taken from, by the ordinal of the function and the name.
    lost: HashSet<(usize, String)>,
    /// Calls that are not migrated, by their ordinal.
    vetoed: HashMap<usize, &'static str>,
}

/// What a round came to.
enum Round {
    /// There was nothing to do.
    Done,
    /// The text after it.
    Changed(String),
    /// A migration did not hold what it promised and will not be tried again.
    Vetoed,
}

pub(crate) fn parsed(text: &str, source: &Source) -> Result<Tree, Problem> {
    parse(text).map_err(|error| {
        let ParseError::TooDeep { offset } = error;
        Problem::Parse { position: source.position(offset), error }
    })
}

fn round(
    text: &str,
    source: &Source,
    config: &Config,
    level: Applicability,
    memory: &mut Memory,
) -> Result<Round, Problem> {
    let tree = parsed(text, source)?;
    let scopes = Scopes::of(text, &tree);
    let functions = functions(&tree);
    let lost = |scope: NodeId, name: &str| memory.lost.contains(&(ordinal(&functions, scope), name.to_owned()));
    let known = Known { lost: &lost, vetoed: &memory.vetoed };
    let inspection = Inspection::of(text, &tree, &scopes, config, source.path(), &known)?;
    let mut edits = EditSet::new();
    let accepted: Vec<(&Call, &Transaction)> =
        inspection.transactions(level).filter(|(_, transaction)| edits.accept(&transaction.edits)).collect();
    let removed: Vec<NodeId> =
        accepted.iter().flat_map(|(_, transaction)| transaction.removed.iter().copied()).collect();
    for edit in dead::remove(inspection.context, &inspection.dead_without(&removed, &lost)) {
        edits.accept(&[edit]);
    }
    if edits.is_empty() {
        return Ok(Round::Done);
    }
    for edit in dead::blank_lines(text, &edits) {
        edits.accept(&[edit]);
    }
    let next = edits.apply(text).ok_or(Problem::Unsound("an edit did not fit the text"))?;
    let deleted = edits.iter().filter(|(_, replacement)| replacement.is_empty()).map(|(range, _)| range);
    let gone = Taken::of(deleted.chain(removed.iter().map(|&node| tree.range(node))).collect());
    let vanished = match verify(inspection.context, &accepted, &gone, &next) {
        Ok(vanished) => vanished,
        Err(Broken::Call(index, reason)) if memory.vetoed.len() < MOST_VETOES => {
            memory.vetoed.insert(index, reason);
            return Ok(Round::Vetoed);
        }
        Err(Broken::Call(_, reason) | Broken::Text(reason)) => return Err(Problem::Unsound(reason)),
    };
    let names: Vec<(usize, String)> = removed
        .iter()
        .flat_map(|&node| tree.descendants(node))
        .filter(|&node| tree.kind(node) == Kind::Name)
        .map(|name| (ordinal(&functions, tree.scope(name)), tree.range(name).of(text).to_owned()))
        .collect();
    memory.lost.extend(names);
    // The calls behind one that is gone move up.
    let moved = |index: usize| index - vanished.iter().filter(|&&gone| gone < index).count();
    memory.vetoed = memory.vetoed.drain().map(|(index, reason)| (moved(index), reason)).collect();
    Ok(Round::Changed(next))
}

/// What was taken out of a text: by the start of each range, how far those that start up to there reach.
struct Taken(Vec<(usize, usize)>);

impl Taken {
    fn of(mut ranges: Vec<TextRange>) -> Self {
        ranges.sort_unstable();
        let mut furthest = 0;
        let reach = |range: TextRange| {
            furthest = furthest.max(range.end());
            (range.start(), furthest)
        };
        Self(ranges.into_iter().map(reach).collect())
    }

    /// Whether one of the ranges holds all of `range`.
    fn holds(&self, range: TextRange) -> bool {
        let before = self.0.partition_point(|&(start, _)| start <= range.start());
        before.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|&(_, end)| end >= range.end())
    }
}

/// What a new text does not hold.
enum Broken {
    /// One migration is to blame: the ordinal of its call, and the promise.
    Call(usize, &'static str),
    /// The text as a whole.
    Text(&'static str),
}

/// Whether the new text holds what the plan promised. `gone` tells what was taken out of the old text; only requests for
/// access tokens may be. Gives the ordinals of those.
fn verify(
    old: Context<'_>,
    accepted: &[(&Call, &Transaction)],
    gone: &Taken,
    new_text: &str,
) -> Result<Vec<usize>, Broken> {
    let new_tree = parse(new_text).map_err(|_| Broken::Text("it does not parse"))?;
    if new_tree.opaque().len() > old.tree.opaque().len() {
        return Err(Broken::Text("a part of it would not be understood any more"));
    }
    let new_scopes = Scopes::of(new_text, &new_tree);
    let new = Context { text: new_text, tree: &new_tree, scopes: &new_scopes };
    let (before, after) = (calls(old), calls(new));
    let is_gone = |call: &Call| {
        call.token_request.as_ref().is_some_and(TokenRequest::is_repeatable) && gone.holds(call.request.range)
    };
    let vanished: Vec<usize> =
        before.iter().enumerate().filter(|(_, call)| is_gone(call)).map(|(index, _)| index).collect();
    if before.len() != after.len() + vanished.len() {
        return Err(Broken::Text("a request would appear or disappear"));
    }
    let migrated: HashMap<NodeId, Applicability> =
        accepted.iter().map(|(call, transaction)| (call.request.node, transaction.applicability)).collect();
    // A call that is hoisted comes before others of its statement; those that are not touched keep their order.
    let mut untouched: VecDeque<&str> = before
        .iter()
        .filter(|was| !migrated.contains_key(&was.request.node) && !holds_one(was, &before, &migrated) && !is_gone(was))
        .map(|was| was.request.range.of(old.text))
        .collect();
    let mut changed: Vec<Option<&Call>> = Vec::new();
    for is in &after {
        if untouched.front() == Some(&is.request.range.of(new.text)) {
            untouched.pop_front();
        } else {
            changed.push(Some(is));
        }
    }
    if !untouched.is_empty() {
        return Err(Broken::Text("a request would change that was not meant to"));
    }
    let mut next = 0;
    for (index, was) in before.iter().enumerate() {
        let Some(applicability) = migrated.get(&was.request.node) else { continue };
        let mut verdict = Err("a migrated request would disappear");
        // Nearly always the next one; only requests that stand inside of one another change places.
        for slot in changed.iter_mut().skip(next) {
            let Some(is) = slot else { continue };
            verdict = check_migrated(old, was, new, is, *applicability);
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
    Ok(vanished)
}

/// Whether a migrated request stands inside of `call`, as in `getUrl(invokeurl [ … ].get("next"))`.
fn holds_one(call: &Call, all: &[Call], migrated: &HashMap<NodeId, Applicability>) -> bool {
    all.iter().any(|other| {
        migrated.contains_key(&other.request.node) && call.request.range.contains_range(other.request.range)
    })
}

/// Whether the request itself still has a text that looks like a token's name, however it is put together.
fn still_speaks(context: Context<'_>, call: &Call) -> bool {
    call.request.range.of(context.text).to_ascii_lowercase().contains("authtoken")
        && context.tree.descendants(call.request.node).any(|node| {
            let content = string_content(context.text, context.tree, node).unwrap_or_default();
            let text = content.of(context.text).to_ascii_lowercase();
            text.contains("authtoken=")
                || text.contains("authtoken\"")
                || text == "authtoken"
                || text.contains("zoho-authtoken")
                || text.contains("zoho-oauthtoken")
        })
}

fn check_migrated(
    old: Context<'_>,
    was: &Call,
    new: Context<'_>,
    is: &Call,
    applicability: Applicability,
) -> Result<(), &'static str> {
    if is.request.connection.is_none() && is.request.form != Form::Sdp {
        return Err("a migrated request would name no connection");
    }
    if is.occurrences().next().is_some() || still_speaks(new, is) {
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
