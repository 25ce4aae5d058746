//! Rounds: plan, apply what does not overlap, check the result, until nothing changes. A result that does not hold what
//! was promised is thrown away with an error; the text stays as it was.

mod broken;
mod check;
mod fill;
mod guard;
mod moved;
mod nets;
mod planned;
mod quotes;
mod renames;
mod round;
mod session;
mod verify;
mod wanted;

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use crate::census::names::note_behind_names;
use crate::census::{Sign, beside};
use crate::deluge::{NodeId, Tree, parse};
use crate::finding::{self, Applicability, Diagnosis, Finding, Rule};
use crate::inspect::explained::Explained;
use crate::inspect::links::Named;
use crate::inspect::webhooks::Webhooks;
use crate::inspect::{Inspection, PriorFacts, extension};
use crate::project::config::{Config, ConfigError, Level};
use crate::project::export::ScriptPlace;
use crate::project::format::Format;
use crate::project::part::{Part, Unreadable};
use crate::project::{Extension, Project};
use crate::requests::bindings::Scopes;
use crate::text::edit::EditSet;
use crate::text::secret::Secrets;
use crate::text::source::{Position, Source, TextRange};
use crate::{app, rules};

pub use session::{Change, Session};

use guard::Guard;
use round::{Changed, Job, Round};
use wanted::Wanted;

/// Why a file got no answer.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file nests too deeply, or is no JSON.
    #[error("{}:{}: {error}", position.line, position.column)]
    Parse {
        /// Where it gave up.
        position: Position,
        /// What happened.
        error: Unreadable,
    },
    /// Two entries of the configuration contradict each other for a request of this file.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A manifest is not what a manifest has to be.
    #[error("{}:{}: {message}", position.line, position.column)]
    Manifest {
        /// Where.
        position: Position,
        /// What is wrong there.
        message: String,
    },
    /// The migrated text is not what was promised. The text names the promise.
    #[error("internal check failed ({0}); the file was not changed. Please report this")]
    Unsound(&'static str),
}

/// What was found in a file.
#[derive(Default, Debug)]
pub struct Examined {
    /// By place.
    pub findings: Vec<Finding>,
    /// How many more there are that comments suppress.
    pub suppressed: usize,
    /// Every secret that the file holds.
    pub secrets: Secrets,
    /// Regions that were not understood, in bytes.
    pub opaque: Vec<TextRange>,
    /// Signs of tokens that were dismissed.
    pub dismissed: Vec<Dismissed>,
    /// Whether nothing is configured, and a request gets no Connection for want of that.
    pub unconfigured: bool,
}

impl Examined {
    /// Whether there is nothing to say of the file.
    pub fn is_empty(&self) -> bool {
        let Self { findings, suppressed, secrets, opaque, dismissed, unconfigured } = self;
        let places = findings.len() + suppressed + opaque.len() + dismissed.len();
        places == 0 && secrets.is_empty() && !unconfigured
    }
}

/// A sign of a token that was dismissed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dismissed {
    /// Where, in bytes.
    pub range: TextRange,
    /// What it is.
    pub sign: &'static str,
    /// Why it was dismissed; masked.
    pub reason: Arc<str>,
}

/// A file and its migration.
#[derive(Debug)]
pub struct Fixed {
    /// What was found before.
    pub before: Examined,
    /// The migrated text and what is left in it; `None` when nothing changes.
    pub after: Option<(String, Examined)>,
}

/// Finds everything in a file: of widgets and manifests, the Connections that they name, and what is wrong with those in the
/// light of the `project`.
///
/// # Errors
/// [`Problem::Parse`], [`Problem::Config`] and [`Problem::Manifest`].
pub fn examine(source: &Source, format: Format, config: &Config, project: &Project) -> Result<Examined, Problem> {
    examine_after(source, format, config, project, &mut Vec::new(), None)
}

/// Finds everything in a file that rounds have worked on. They have `shown` that these edits of it are safe.
fn examine_after(
    source: &Source,
    format: Format,
    config: &Config,
    project: &Project,
    memories: &mut Vec<Memory>,
    shown: Option<&EditSet>,
) -> Result<Examined, Problem> {
    let extension = project.extension_of(source.path());
    let extension = extension.as_deref();
    if !format.has_functions() {
        if format == Format::Unread {
            let mut secrets = Secrets::default();
            note_behind_names(source.text(), &mut secrets);
            let findings = rules::findings_of_unread(source, config, &secrets.masker(false));
            return Ok(Examined { findings, secrets, ..Examined::default() });
        }
        if let Format::App(language) = format {
            return Ok(examine_app(source, language, config, project));
        }
        let own = extension.filter(|extension| format == Format::Manifest && extension.is_of(source.path()));
        let code = own.map(|extension| extension::read(project, extension));
        let named = Named::of(source.text(), format, config, extension, code.as_ref())
            .map_err(|flaw| renames::broken(&flaw, source))?;
        let signs = beside_holders(source, &named);
        let findings =
            rules::findings_of_links(source, &named, extension, config, &named.secrets.masker(false), &signs);
        return Ok(Examined { findings, secrets: named.secrets, ..Examined::default() });
    }
    let parts = parts_for(source.text(), source, format, memories, None)?;
    let scopes: Vec<Scopes<'_>> = parts.iter().map(|part| Scopes::of(part.text(), &part.tree)).collect();
    // What is offered is what would be applied.
    let inspections = loop {
        let inspections = inspect(&parts, &scopes, config, source, extension, memories)?;
        if round::holds(source, format, config, &parts, &inspections, memories, shown)? {
            break inspections;
        }
    };
    Ok(told(source, format, config, project, extension, &parts, &inspections))
}

/// What there is to say of a file with functions. What the inspections offer holds what it promises.
fn told(
    source: &Source,
    format: Format,
    config: &Config,
    project: &Project,
    extension: Option<&Extension>,
    parts: &[Part<'_>],
    inspections: &[Inspection<'_>],
) -> Examined {
    let mut secrets = Secrets::default();
    inspections.iter().for_each(|inspection| secrets.merge(&inspection.secrets));
    let webhooks = Webhooks::of(source, format, &mut secrets);
    let masker = secrets.masker(false);
    let (mut left, dismissed) = Explained::of(inspections).settle(source.text());
    let mut dismissed: Vec<Dismissed> = dismissed
        .into_iter()
        .map(|(sign, why)| Dismissed { range: sign.range, sign: sign.kind.name(), reason: masker.mask(&why).into() })
        .collect();
    if config.level(Rule::UnexplainedAuthtoken) == Level::Off {
        let off = |sign: Sign| Dismissed {
            range: sign.range,
            sign: sign.kind.name(),
            reason: "`unexplained-authtoken` is switched off".into(),
        };
        dismissed.extend(left.drain(..).map(off));
        dismissed.sort_by_key(|one| one.range);
    }
    let functions = || project.functions_around(source.path());
    let (mut findings, mut suppressed) = (Vec::new(), 0);
    for inspection in inspections {
        // The first part is the file itself.
        let left = std::mem::take(&mut left);
        let (found, more) = rules::findings(source, inspection, extension, config, &masker, &left, &functions);
        // Nearly always there is one part, and nothing is to be copied.
        if findings.is_empty() {
            findings = found;
        } else {
            findings.extend(found);
        }
        suppressed += more;
    }
    findings.extend(rules::findings_of_webhooks(source, &webhooks, config, &masker));
    findings.sort_by_cached_key(|finding| finding.range.start());
    rules::once_a_service(&mut findings);
    // Pages have no functions.
    let functions = || parts.iter().filter(|part| !part.is_page()).flat_map(Part::functions);
    let functions: Vec<_> = if findings.is_empty() { Vec::new() } else { functions().collect() };
    finding::sign(&mut findings, source, &functions, &masker);
    let mut opaque: Vec<TextRange> = parts.iter().flat_map(Part::opaque).collect();
    opaque.sort_unstable();
    let transactions = inspections.iter().flat_map(|inspection| &inspection.concerns);
    let mut wanting = transactions.filter_map(|concern| concern.transaction.as_ref());
    let is_open = |finding: &Finding| {
        finding.rule == Rule::ConnectionPlaceholder && finding.applicability == Applicability::Manual
    };
    let unconfigured = config.path().as_os_str().is_empty()
        && (wanting.any(|transaction| transaction.unconfigured) || findings.iter().any(is_open));
    Examined { findings, suppressed, secrets, opaque, dismissed, unconfigured }
}

/// Finds everything in a file of an app.
fn examine_app(source: &Source, language: app::Language, config: &Config, project: &Project) -> Examined {
    let app = app::read(source.text(), source.path(), language, &|| project.apps_around(source.path()));
    let masker = app.secrets.masker(false);
    let (findings, suppressed) = rules::findings_of_app(source, &app, config, &masker);
    let dismissed = app.dismissed.into_iter();
    let dismissed =
        dismissed.map(|(range, sign, reason)| Dismissed { range, sign, reason: masker.mask(&reason).into() }).collect();
    Examined { findings, suppressed, secrets: app.secrets, dismissed, ..Examined::default() }
}

/// The signs in a widget or a manifest, but for those beside an entry of a manifest that is reported itself.
fn beside_holders(source: &Source, named: &Named) -> Vec<Sign> {
    const NEAR: u32 = 6;
    let line = |range: TextRange| source.index().line(range.start());
    let holders: Vec<u32> = named.remarks.holders.iter().map(|holder| line(holder.range)).collect();
    let places = beside::places(source.text()).into_iter();
    let places = places.filter(|place| !holders.iter().any(|holder| holder.abs_diff(line(place.range)) <= NEAR));
    places.map(|place| Sign::new(place.range, place.kind, None)).collect()
}

/// Migrates a file with all fixes up to `level`. A migration that does not hold what it promised is left out.
///
/// # Errors
/// Every [`Problem`].
pub fn fix(
    source: &Source,
    format: Format,
    config: &Config,
    project: &Project,
    level: Applicability,
) -> Result<Fixed, Problem> {
    let mut memories = Vec::new();
    let straight = quotes::apply(source.text(), source, format, config, level, None, &|_, _| true)?;
    let straight = straight.map(|text| Source::new(source.path(), text));
    // What a round comes to know of a text need not be found out again, unless it lacks the light of an extension.
    let is_alone = project.extension_of(source.path()).is_none();
    let tell = |text: &str, parts: &[Part<'_>], inspections: &[Inspection<'_>]| {
        told(&Source::new(source.path(), text), format, config, project, None, parts, inspections)
    };
    let tell: Option<Tell<'_>> = if is_alone { Some(&tell) } else { None };
    let (text, mut first, last) =
        rounds(straight.as_ref().unwrap_or(source), format, config, level, &mut memories, tell)?;
    // A migration that does not hold what it promised is none from the start.
    let shown = first.shown.as_ref();
    let own = shown.filter(|_| straight.is_none());
    let mut before = match first.told.take().filter(|_| straight.is_none()) {
        Some(before) => before,
        None => examine_after(source, format, config, project, &mut first.memories, own)?,
    };
    if let Some(straight) = &straight {
        let then = examine_after(straight, format, config, project, &mut first.memories, shown)?;
        promote(&mut before.findings, &then.findings);
    }
    // Tokens, placeholders and LinkNames are edited apart, so that the check of each can say that nothing else changed.
    let filled = fill::apply(&text, source, format, config, places(&memories).as_deref(), &|_, _| true)?;
    let last = last.filter(|_| filled.is_none());
    let text = filled.map_or(text, Cow::Owned);
    let renamed = renames::apply(&text, source, format, config, level, &|_| true)?;
    let last = last.filter(|_| renamed.is_none());
    let text = renamed.map_or(text, Cow::Owned);
    settled(source, before, text, |source| match last {
        Some(left) => Ok(left),
        None => examine_after(source, format, config, project, &mut memories, None),
    })
}

/// Says of findings which wait for straight quotes what becomes of them `then`. Straight quotes move no line or column.
fn promote(findings: &mut [Finding], then: &[Finding]) {
    let key = |finding: &Finding| (finding.rule, finding.start.line, finding.start.column);
    let fixable = then.iter().filter(|finding| finding.fix.is_some());
    let fixable: HashMap<_, &Finding> = fixable.map(|finding| (key(finding), finding)).collect();
    for finding in findings.iter_mut().filter(|finding| finding.applicability == Applicability::Manual) {
        if let Some(then) = fixable.get(&key(finding)) {
            finding.diagnosis =
                Arc::new(Diagnosis { applicability: Applicability::Unsafe, ..Diagnosis::clone(&then.diagnosis) });
        }
    }
}

/// Says what there is to say of a text whose parts were inspected.
type Tell<'t> = &'t dyn Fn(&str, &[Part<'_>], &[Inspection<'_>]) -> Examined;

/// What rounds came to know of the text as it was.
struct First {
    memories: Vec<Memory>,
    /// The edits of the first one, if all of them were shown to be safe.
    shown: Option<EditSet>,
    /// What there is to say of it, where that was told.
    told: Option<Examined>,
}

/// The text of a file after all rounds, what they came to know of it before, and what there is to say of it now, where that was
/// told.
fn rounds<'s>(
    source: &'s Source,
    format: Format,
    config: &Config,
    level: Applicability,
    memories: &mut Vec<Memory>,
    tell: Option<Tell<'_>>,
) -> Result<(Cow<'s, str>, First, Option<Examined>), Problem> {
    let mut text = Cow::Borrowed(source.text());
    let mut first = None;
    let mut guard = Guard::of(&text);
    // The text in which all that did not hold its promise was tried last.
    let mut tried = text.clone();
    guard.pass(&text)?;
    // Its tree, if it is known already.
    let mut tree = None;
    loop {
        let earlier = first.is_none().then(|| memories.clone());
        let round = if format.has_functions() {
            let (is_first, tree) = (first.is_none(), Cell::new(tree.take()));
            let job = Job { text: &text, source, format, config, tell, is_first, tree };
            job.round(level, memories)?
        } else {
            Round::Done(None)
        };
        match round {
            // Beside other code it may hold: a second run would find that out.
            Round::Done(_) if text != tried && memories.iter().any(Memory::holds_back) => {
                tried.clone_from(&text);
                memories.iter_mut().for_each(Memory::try_again);
            }
            Round::Done(told) => {
                return Ok(match first {
                    Some(first) => (text, first, told),
                    None => (text, First { memories: memories.clone(), shown: None, told }, None),
                });
            }
            Round::Vetoed => {}
            Round::Changed(next) => {
                let Changed { text: next, tree: of_next, shown, told } = *next;
                first = first.or_else(|| earlier.map(|memories| First { memories, shown, told }));
                tree = of_next;
                text = Cow::Owned(next);
                guard.pass(&text)?;
            }
        }
    }
}

/// Renames the Connections that `config` lists as renamed, and does nothing else.
///
/// # Errors
/// Every [`Problem`].
pub fn rename(
    source: &Source,
    format: Format,
    config: &Config,
    project: &Project,
    level: Applicability,
) -> Result<Fixed, Problem> {
    let before = examine(source, format, config, project)?;
    let text = renames::apply(source.text(), source, format, config, level, &|_| true)?;
    let text = text.map_or(Cow::Borrowed(source.text()), Cow::Owned);
    let mut fixed = settled(source, before, text, |source| examine(source, format, config, project))?;
    let renames = |finding: &Finding| finding.rule == Rule::RenamedConnection;
    fixed.before.findings.retain(renames);
    if let Some((_, left)) = &mut fixed.after {
        left.findings.retain(renames);
    }
    Ok(fixed)
}

/// What there is to say of a file whose new text is `text`.
fn settled(
    source: &Source,
    before: Examined,
    text: Cow<'_, str>,
    examine: impl FnOnce(&Source) -> Result<Examined, Problem>,
) -> Result<Fixed, Problem> {
    if text == source.text() {
        return Ok(Fixed { before, after: None });
    }
    let migrated = Source::new(source.path(), text.into_owned());
    let left = examine(&migrated)?;
    Ok(Fixed { before, after: Some((migrated.into_text(), left)) })
}

/// What has variables of its own, with its ordinal in text order, from 1; 0 is the script around them. Migrating changes
/// neither their number nor their order.
fn ordinals(tree: &Tree) -> HashMap<NodeId, usize> {
    tree.scopes().zip(1..).collect()
}

fn ordinal(ordinals: &HashMap<NodeId, usize>, scope: NodeId) -> usize {
    ordinals.get(&scope).copied().unwrap_or(0)
}

/// What the rounds of one part of a file leave to the next. Migrating changes neither the number nor the order of parts.
#[derive(Clone, Default, Debug)]
struct Memory {
    /// Variables that reads were taken from, by the ordinal of the function and the name.
    lost: HashSet<(usize, String)>,
    /// Calls that are not migrated, by their ordinal.
    vetoed: HashMap<usize, &'static str>,
    /// The same for calls that keep their address.
    kept: HashMap<usize, &'static str>,
    /// What is to be changed at all.
    wanted: Wanted,
    /// How often a change that does not hold what it promised had to be searched for.
    searches: usize,
    /// Where the part stands in a JSON file, whatever becomes of what it says.
    place: Option<ScriptPlace>,
}

impl Memory {
    /// Whether something did not hold what it promised.
    fn holds_back(&self) -> bool {
        !self.vetoed.is_empty() || !self.kept.is_empty()
    }

    /// Lets it be tried once more.
    fn try_again(&mut self) {
        self.vetoed.clear();
        self.kept.clear();
    }

    /// Tells whether reads of a name were taken away.
    fn lost<'m>(&'m self, ordinals: &'m HashMap<NodeId, usize>) -> impl Fn(NodeId, &str) -> bool + 'm {
        |scope, name| !self.lost.is_empty() && self.lost.contains(&(ordinal(ordinals, scope), name.to_owned()))
    }
}

/// The file's own text as a tree.
fn parsed(text: &str, source: &Source) -> Result<Tree, Problem> {
    parse(text).map_err(|error| unreadable(error.into(), source))
}

/// The texts of a file that are read each on its own.
///
/// # Errors
/// [`Problem::Parse`].
pub(crate) fn parts<'t>(text: &'t str, source: &Source, format: Format) -> Result<Vec<Part<'t>>, Problem> {
    Part::all_in(text, format, None).map_err(|error| unreadable(error, source))
}

/// The same once more in a later round: the parts that have a memory. In the first round, each gets one. The `tree` is that of
/// a text that is one part, if it is known.
fn parts_for<'t>(
    text: &'t str,
    source: &Source,
    format: Format,
    memories: &mut Vec<Memory>,
    tree: Option<Tree>,
) -> Result<Vec<Part<'t>>, Problem> {
    let parts = match tree {
        Some(tree) => vec![Part::of_file(text, tree)],
        None => {
            let wanted = places(memories);
            Part::all_in(text, format, wanted.as_deref()).map_err(|error| unreadable(error, source))?
        }
    };
    if memories.is_empty() {
        memories.extend(parts.iter().map(|part| Memory { place: part.place().cloned(), ..Memory::default() }));
    }
    memories.resize_with(parts.len(), Memory::default);
    Ok(parts)
}

/// Where the parts of a JSON file stand that have memories.
fn places(memories: &[Memory]) -> Option<Vec<ScriptPlace>> {
    (!memories.is_empty()).then(|| memories.iter().filter_map(|memory| memory.place.clone()).collect())
}

fn unreadable(error: Unreadable, source: &Source) -> Problem {
    Problem::Parse { position: source.position(error.offset()), error }
}

/// Inspects the parts of a file, each in the light of what earlier rounds left.
fn inspect<'a>(
    parts: &'a [Part<'a>],
    scopes: &'a [Scopes<'a>],
    config: &Config,
    source: &Source,
    extension: Option<&Extension>,
    memories: &[Memory],
) -> Result<Vec<Inspection<'a>>, ConfigError> {
    let all = parts.iter().zip(scopes).zip(memories);
    all.map(|((part, scopes), memory)| {
        let ordinals = ordinals(&part.tree);
        let lost = memory.lost(&ordinals);
        let known = PriorFacts { lost: &lost, vetoed: &memory.vetoed, kept: &memory.kept, extension };
        Inspection::of(part, scopes, config, source.path(), &known)
    })
    .collect()
}

#[cfg(test)]
mod bounds;
