//! One round: what can be changed at once is changed, and the result is checked. What does not hold what it promised is found
//! out and left out, and nothing else.

use std::cell::Cell;
use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};

use super::broken::Broken;
use super::check::Promise;
use super::planned::Plan;
use super::{Examined, Memory, Problem, Tell, inspect, moved, ordinal, ordinals, parts_for, places};
use crate::deluge::{Kind, NodeId, Tree};
use crate::finding::Applicability;
use crate::flow::graph::Graph;
use crate::flow::ssa;
use crate::inspect::Inspection;
use crate::migrate::{Transaction, dead};
use crate::project::config::Config;
use crate::project::format::Format;
use crate::project::part::Part;
use crate::requests::bindings::Scopes;
use crate::requests::call::Call;
use crate::requests::flow::Context;
use crate::text::edit::{EditSet, Identity, identity};
use crate::text::source::Source;

/// What a round came to.
pub(super) enum Round {
    /// There was nothing to do. With what there is to say of the text, where that was told.
    Done(Option<Examined>),
    /// It made another text.
    Changed(Box<Changed>),
    /// Migrations did not hold what they promised and will not be tried again.
    Vetoed,
}

/// What a round made.
pub(super) struct Changed {
    /// The text after it.
    pub(super) text: String,
    /// The tree of that, where it is small and one part.
    pub(super) tree: Option<Tree>,
    /// The edits, if all of them were shown to be safe.
    pub(super) shown: Option<EditSet>,
    /// What there is to say of the text before it, where that was told.
    pub(super) told: Option<Examined>,
}

impl Changed {
    fn to(text: String) -> Round {
        Round::Changed(Box::new(Self { text, tree: None, shown: None, told: None }))
    }
}

/// Of a text of more bytes than this, no more is kept than one tree at a time.
const SMALL: usize = 128 * 1024;

/// Calls by the part that they are in and their ordinal there.
type Calls = HashSet<(usize, usize)>;

/// A file in which more changes than this have to be searched for is left with those that are known to hold.
const MOST_SEARCHES: usize = 24;

/// What an attempt came to.
enum Attempt {
    Round(Round),
    /// The level at which it failed, and what did not hold, by part.
    Broken(Applicability, Vec<(usize, Broken)>),
}

/// Whether all that the inspections of a file offer holds what it promises. What does not is noted and will not be offered when
/// the file is inspected again. A round has `shown` that these edits of the same text are safe; they are not checked once more.
///
/// # Errors
/// Those of [`round`].
pub(super) fn holds(
    source: &Source,
    format: Format,
    config: &Config,
    parts: &[Part<'_>],
    inspections: &[Inspection<'_>],
    memories: &mut Vec<Memory>,
    shown: Option<&EditSet>,
) -> Result<bool, Problem> {
    let Some(offers) = unshown(inspections, memories, shown)? else { return Ok(true) };
    let graphs: Vec<&Graph> = inspections.iter().map(|it| it.context.scopes.graph(it.context.tree)).collect();
    let job = Job { text: source.text(), source, format, config, tell: None, is_first: false, tree: Cell::default() };
    match offers.check(Applicability::Unsafe, &job, memories, parts, &graphs)? {
        Ok(_) => Ok(true),
        Err((level, broken)) => job.veto(level, broken, memories).map(|()| false),
    }
}

/// What the inspections of a file offer, without what is `shown` to hold what it promises; `None` where nothing is left.
fn unshown(
    inspections: &[Inspection<'_>],
    memories: &[Memory],
    shown: Option<&EditSet>,
) -> Result<Option<Offers>, Problem> {
    let offers_none = |inspection: &Inspection<'_>| {
        inspection.transactions(Applicability::Unsafe).next().is_none() && inspection.hardcoded.is_empty()
    };
    if inspections.iter().all(offers_none) {
        return Ok(None);
    }
    let mut offers = promises(inspections, Applicability::Unsafe, memories, None)?;
    let is_shown = |promised: &Promised| shown.is_some_and(|shown| shown.is_same(&promised.edits));
    if offers.all.edits.is_empty() || (offers.all.is_safe() && is_shown(&offers.all)) {
        return Ok(None);
    }
    offers.safe = offers.safe.filter(|safe| !is_shown(safe));
    Ok(Some(offers))
}

/// A round.
pub(super) struct Job<'j> {
    /// The text.
    pub(super) text: &'j str,
    /// The file as it was.
    pub(super) source: &'j Source,
    /// What it is.
    pub(super) format: Format,
    /// Its configuration.
    pub(super) config: &'j Config,
    /// What is told of the text, if all that is offered was shown to hold what it promises.
    pub(super) tell: Option<Tell<'j>>,
    /// Whether that is the text as it was: of those in between, nothing is told.
    pub(super) is_first: bool,
    /// The tree of the text, if it is known already.
    pub(super) tree: Cell<Option<Tree>>,
}

impl Job<'_> {
    /// Makes it.
    ///
    /// # Errors
    /// [`Problem::Unsound`] when the text cannot be trusted and no change is to blame.
    pub(super) fn round(&self, level: Applicability, memories: &mut Vec<Memory>) -> Result<Round, Problem> {
        match self.attempt(level, memories, None)? {
            Attempt::Round(round) => Ok(round),
            Attempt::Broken(level, broken) => self.veto(level, broken, memories).map(|()| Round::Vetoed),
        }
    }

    /// What there is to say of the text.
    fn told(
        &self,
        parts: &[Part<'_>],
        inspections: &[Inspection<'_>],
        memories: &[Memory],
        shown: Option<&EditSet>,
    ) -> Result<Option<Examined>, Problem> {
        let Some(tell) = self.tell.filter(|_| self.text.len() <= SMALL) else { return Ok(None) };
        Ok(unshown(inspections, memories, shown)?.is_none().then(|| tell(self.text, parts, inspections)))
    }

    /// Changes what can be changed up to `level`; of the migrations `only` those, if it is given.
    fn attempt(
        &self,
        level: Applicability,
        memories: &mut Vec<Memory>,
        only: Option<&Calls>,
    ) -> Result<Attempt, Problem> {
        let mut parts = parts_for(self.text, self.source, self.format, memories, self.tree.take())?;
        let (offers, checked) = {
            let scopes: Vec<Scopes<'_>> = parts.iter().map(|part| Scopes::of(part.text(), &part.tree)).collect();
            let inspections = inspect(&parts, &scopes, self.config, self.source, None, memories)?;
            let offers = promises(&inspections, level, memories, only)?;
            if offers.all.edits.is_empty() {
                if only.is_some() {
                    return Ok(Attempt::Round(Round::Done(None)));
                }
                let round = relocation(self.text, self.format, &inspections, level, memories)?;
                return Ok(Attempt::Round(match round {
                    Round::Done(_) => Round::Done(self.told(&parts, &inspections, memories, None)?),
                    round => round,
                }));
            }
            let checked = if self.text.len() <= SMALL {
                let graphs: Vec<&Graph> =
                    inspections.iter().map(|it| it.context.scopes.graph(it.context.tree)).collect();
                let checked = offers.check(level, self, memories, &parts, &graphs)?;
                let shown = offers.all.is_safe().then_some(&offers.all.edits);
                let is_held = checked.is_ok() && only.is_none() && self.is_first;
                Some((checked, if is_held { self.told(&parts, &inspections, memories, shown)? } else { None }))
            } else {
                None
            };
            (offers, checked)
        };
        let (checked, told) = match checked {
            Some(checked) => checked,
            None => {
                // The old trees are most of the memory of a run, and only the graphs are needed any more.
                let trees: Vec<Tree> = parts.iter_mut().map(|part| std::mem::take(&mut part.tree)).collect();
                let graphs: Vec<Graph> =
                    parts.iter().zip(&trees).map(|(part, tree)| ssa::graph(part.text(), tree)).collect();
                drop(trees);
                let graphs: Vec<&Graph> = graphs.iter().collect();
                (offers.check(level, self, memories, &parts, &graphs)?, None)
            }
        };
        let Held { text, tree, vanished: all_vanished } = match checked {
            Ok(held) => held,
            Err((level, broken)) => return Ok(Attempt::Broken(level, broken)),
        };
        if only.is_some() {
            return Ok(Attempt::Round(Changed::to(text)));
        }
        let shown = offers.all.is_safe().then_some(offers.all.edits);
        for ((promise, vanished), memory) in offers.all.promises.into_iter().zip(all_vanished).zip(memories) {
            memory.lost.extend(promise.lost);
            // The calls behind one that is gone move up.
            let moved = |index: usize| index - vanished.iter().filter(|&&gone| gone < index).count();
            memory.vetoed = memory.vetoed.drain().map(|(index, reason)| (moved(index), reason)).collect();
            memory.kept = memory.kept.drain().map(|(index, reason)| (moved(index), reason)).collect();
            memory.wanted.renumber(&|index| (!vanished.contains(&index)).then(|| moved(index)));
        }
        Ok(Attempt::Round(Round::Changed(Box::new(Changed { text, tree, shown, told }))))
    }

    /// Marks the failing calls so that the next round skips them.
    fn veto(
        &self,
        level: Applicability,
        broken: Vec<(usize, Broken)>,
        memories: &mut Vec<Memory>,
    ) -> Result<(), Problem> {
        let mut of_the_text = None;
        let mut vetoed = false;
        for (part, broken) in broken {
            match broken {
                Broken::Call(call, reason) => {
                    vetoed = true;
                    if let Some(memory) = memories.get_mut(part) {
                        memory.vetoed.insert(call, reason);
                    }
                }
                Broken::Text(reason) => of_the_text = of_the_text.or(Some(reason)),
            }
        }
        // What is known to be wrong is left out first: it may be all.
        match of_the_text.filter(|_| !vetoed) {
            Some(reason) => self.blame(level, memories, reason),
            None if vetoed => Ok(()),
            None => Err(Problem::Unsound("no change is to blame")),
        }
    }

    /// Finds a migration without which more of the others hold, and does without it.
    fn blame(&self, level: Applicability, memories: &mut Vec<Memory>, reason: &'static str) -> Result<(), Problem> {
        let groups = self.groups(level, memories)?;
        let holds = |count: usize, memories: &mut Vec<Memory>| -> Result<bool, Problem> {
            let only: Calls = groups.iter().take(count).flatten().copied().collect();
            let attempt = self.attempt(level, &mut memories.clone(), Some(&only))?;
            Ok(matches!(attempt, Attempt::Round(_)))
        };
        if !holds(0, memories)? {
            // No migration: what was dead from the start goes in them all.
            let dead = memories.iter_mut().map(|memory| &mut memory.wanted.dead);
            let mut left = dead.filter(|dead| dead.only.as_ref().is_none_or(|only| !only.is_empty())).peekable();
            if left.peek().is_none() {
                return Err(Problem::Unsound(reason));
            }
            left.for_each(|dead| dead.only = Some(Default::default()));
            return Ok(());
        }
        let searches = memories.iter().map(|memory| memory.searches).sum::<usize>();
        let (mut good, mut bad) = (0, groups.len());
        while searches < MOST_SEARCHES && bad - good > 1 {
            let middle = good + (bad - good) / 2;
            if holds(middle, memories)? { good = middle } else { bad = middle }
        }
        // After too many searches none of them is known to hold, and all go.
        let guilty = groups.get(good..bad).unwrap_or(&[]);
        if guilty.is_empty() {
            return Err(Problem::Unsound(reason));
        }
        for &(part, call) in guilty.iter().flatten() {
            if let Some(memory) = memories.get_mut(part) {
                memory.vetoed.insert(call, reason);
            }
        }
        if let Some(memory) = memories.first_mut() {
            memory.searches += 1;
        }
        Ok(())
    }

    /// The migrations up to `level`, those together that share their edits.
    fn groups(&self, level: Applicability, memories: &mut Vec<Memory>) -> Result<Vec<Vec<(usize, usize)>>, Problem> {
        let parts = parts_for(self.text, self.source, self.format, memories, None)?;
        let scopes: Vec<Scopes<'_>> = parts.iter().map(|part| Scopes::of(part.text(), &part.tree)).collect();
        let inspections = inspect(&parts, &scopes, self.config, self.source, None, memories)?;
        let mut groups: Vec<Vec<(usize, usize)>> = Vec::new();
        for (number, (inspection, memory)) in inspections.iter().zip(memories.iter()).enumerate() {
            let mut known: BTreeMap<Identity, usize> = BTreeMap::new();
            for (call, transaction) in memory.wanted.of_tokens(inspection.transactions(level)) {
                let group = *known.entry(identity(&transaction.edits)).or_insert(groups.len());
                if group == groups.len() {
                    groups.push(Vec::new());
                }
                if let Some(group) = groups.get_mut(group) {
                    group.push((number, call.ordinal));
                }
            }
        }
        Ok(groups)
    }
}

/// The edits of a round, and what they promise of each part.
struct Promised {
    edits: EditSet,
    promises: Vec<Promise>,
}

/// A text that holds what was promised of it.
struct Held {
    text: String,
    /// Its tree, where it is small and one part.
    tree: Option<Tree>,
    /// The calls that are gone of each part.
    vanished: Vec<Vec<usize>>,
}

/// The same, or what did not hold of each part.
type Checked = Result<Held, Vec<(usize, Broken)>>;

impl Promised {
    /// Whether all that changes is safe.
    fn is_safe(&self) -> bool {
        self.promises.iter().all(Promise::is_safe)
    }

    fn check(
        &self,
        job: &Job<'_>,
        memories: &[Memory],
        parts: &[Part<'_>],
        graphs: &[&Graph],
    ) -> Result<Checked, Problem> {
        let next = self.edits.apply(job.text).ok_or(Problem::Unsound("an edit did not fit the text"))?;
        let whole = |reason| Ok(Err(vec![(0, Broken::Text(reason))]));
        let places = places(memories);
        let Ok(mut new_parts) = Part::all_in(&next, job.format, places.as_deref()) else {
            return whole("the text could no longer be read");
        };
        if new_parts.len() != parts.len() {
            return whole("a page would appear or disappear");
        }
        let (mut broken, mut all_vanished) = (Vec::new(), Vec::new());
        for (number, (promise, new)) in self.promises.iter().zip(&new_parts).enumerate() {
            let (Some(old), Some(graph)) = (parts.get(number), graphs.get(number)) else { continue };
            match promise.check(old.text(), graph, new) {
                Ok(vanished) => all_vanished.push(vanished),
                Err(found) => broken.extend(found.into_iter().map(|found| (number, found))),
            }
        }
        if !broken.is_empty() {
            return Ok(Err(broken));
        }
        let is_one = next.len() <= SMALL && job.format == Format::Deluge && new_parts.len() == 1;
        let tree = new_parts.pop().filter(|_| is_one).map(|part| part.tree);
        Ok(Ok(Held { text: next, tree, vanished: all_vanished }))
    }
}

/// What is offered up to a level. What is safe has to be shown to be without what rests on an assumption, which must not lend
/// that to it.
struct Offers {
    /// The safe ones by themselves, unless all are.
    safe: Option<Promised>,
    all: Promised,
}

/// The level at which something failed, and what did not hold, by part.
type Failed = (Applicability, Vec<(usize, Broken)>);

fn promises(
    inspections: &[Inspection<'_>],
    level: Applicability,
    memories: &[Memory],
    only: Option<&Calls>,
) -> Result<Offers, Problem> {
    let all = promised(inspections, level, memories, only)?;
    let safe = if all.is_safe() { None } else { Some(promised(inspections, Applicability::Safe, memories, only)?) };
    Ok(Offers { safe: safe.filter(|safe| !safe.edits.is_empty()), all })
}

impl Offers {
    fn check(
        &self,
        level: Applicability,
        job: &Job<'_>,
        memories: &[Memory],
        parts: &[Part<'_>],
        graphs: &[&Graph],
    ) -> Result<Result<Held, Failed>, Problem> {
        if let Some(safe) = &self.safe
            && let Err(broken) = safe.check(job, memories, parts, graphs)?
        {
            return Ok(Err((Applicability::Safe, broken)));
        }
        Ok(self.all.check(job, memories, parts, graphs)?.map_err(|broken| (level, broken)))
    }
}

fn promised(
    inspections: &[Inspection<'_>],
    level: Applicability,
    memories: &[Memory],
    only: Option<&Calls>,
) -> Result<Promised, Problem> {
    let mut edits = EditSet::new();
    let mut plans = Vec::new();
    for (number, (inspection, memory)) in inspections.iter().zip(memories).enumerate() {
        let wanted = |call: usize| only.is_none_or(|only| only.contains(&(number, call)));
        let plan = Plan::of(inspection, level, memory, &wanted);
        for edit in plan.edits.iter() {
            let outer = inspection.part.outer_edit(&edit).filter(|outer| edits.accept(std::slice::from_ref(outer)));
            outer.ok_or(Problem::Unsound("an edit cannot be written to the file"))?;
        }
        plans.push(plan);
    }
    // Where nothing changes, nothing is promised.
    let promises = if edits.is_empty() { Vec::new() } else { plans.iter().map(Promise::of).collect() };
    Ok(Promised { edits, promises })
}

impl<'i> Plan<'i> {
    /// What is to be done up to `level`; of the migrations those that `chosen` names.
    fn of(
        inspection: &'i Inspection<'i>,
        level: Applicability,
        memory: &Memory,
        chosen: &dyn Fn(usize) -> bool,
    ) -> Self {
        let mut edits = EditSet::new();
        let wanted = memory.wanted.of_tokens(inspection.transactions(level));
        let accepted: Vec<(&Call, &Transaction)> = wanted
            .into_iter()
            .filter(|(call, _)| chosen(call.ordinal))
            .filter(|(_, it)| edits.accept_shared(&it.edits))
            .collect();
        let removed: Vec<NodeId> =
            accepted.iter().flat_map(|(_, transaction)| transaction.removed.iter().copied()).collect();
        let ordinals = ordinals(&inspection.part.tree);
        let wanted = |scope| memory.wanted.dead.has(ordinal(&ordinals, scope));
        let dead = inspection.dead_without(&removed, &memory.lost(&ordinals), &wanted);
        for edit in dead::remove(inspection.context, &dead) {
            if inspection.is_writable(&edit) {
                edits.accept(&[edit]);
            }
        }
        for edit in dead::blank_lines(inspection.context.text, &edits) {
            if inspection.is_writable(&edit) {
                edits.accept(&[edit]);
            }
        }
        Self { inspection, accepted, removed, edits }
    }

    /// Variables that lose a read, by the ordinal of the function and the name.
    pub(super) fn lost(&self) -> impl Iterator<Item = (usize, String)> {
        let Context { text, tree, .. } = self.inspection.context;
        let ordinals = ordinals(tree);
        let below = self.removed.iter().flat_map(|&node| tree.descendants(node));
        let names = below.filter(|&node| tree.kind(node) == Kind::Name);
        names.map(move |name| (ordinal(&ordinals, tree.scope(name)), tree.range(name).of(text).to_owned()))
    }
}

/// A round that changes addresses. There is one when nothing is left to do about tokens: then the requests whose token
/// goes name their Connection, and the two changes do not get into each other's way.
fn relocation(
    text: &str,
    format: Format,
    inspections: &[Inspection<'_>],
    level: Applicability,
    memories: &mut [Memory],
) -> Result<Round, Problem> {
    let mut edits = EditSet::new();
    let mut moved = Vec::new();
    for (inspection, memory) in inspections.iter().zip(memories.iter()) {
        let mut own = EditSet::new();
        let wanted = memory.wanted.of_addresses(inspection.relocations(level));
        let accepted = wanted.into_iter().filter(|(_, change)| own.accept_shared(&change.edits));
        moved.push(accepted.map(|(call, _)| call.request.node).collect::<HashSet<NodeId>>());
        for edit in own.iter() {
            let outer = inspection.part.outer_edit(&edit).filter(|outer| edits.accept(std::slice::from_ref(outer)));
            outer.ok_or(Problem::Unsound("an edit cannot be written to the file"))?;
        }
    }
    if edits.is_empty() {
        return Ok(Round::Done(None));
    }
    let next = edits.apply(text).ok_or(Problem::Unsound("an edit did not fit the text"))?;
    let places = places(memories);
    let new_parts =
        Part::all_in(&next, format, places.as_deref()).map_err(|_| Problem::Unsound("the new text does not parse"))?;
    if new_parts.len() != inspections.len() {
        return Err(Problem::Unsound("a page would appear or disappear"));
    }
    for (((inspection, moved), new), memory) in inspections.iter().zip(&moved).zip(&new_parts).zip(memories) {
        if let Err(broken) = moved::verify(inspection.context, moved, new) {
            return veto(broken, &mut memory.kept);
        }
    }
    Ok(Changed::to(next))
}

/// Does without the new address that is to blame.
fn veto(broken: Broken, kept: &mut HashMap<usize, &'static str>) -> Result<Round, Problem> {
    match broken {
        Broken::Call(index, reason) => {
            kept.insert(index, reason);
            Ok(Round::Vetoed)
        }
        Broken::Text(reason) => Err(Problem::Unsound(reason)),
    }
}
