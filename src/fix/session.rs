//! Going through the changes of a file one by one. Each is what `fix` would do if there were no other: the requests that are
//! migrated together, and what is dead then; the requests that get a new address together; the LinkName in the place of a
//! placeholder; a Connection's new name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::wanted::Wish;
use super::{
    Examined, Memory, Problem, examine_after, fill, inspect, ordinal, ordinals, parts_for, places, quotes, renames,
    rounds,
};
use crate::deluge::NodeId;
use crate::finding::{Applicability, Finding, Rule};
use crate::inspect::Inspection;
use crate::migrate::Transaction;
use crate::migrate::tie::Groups;
use crate::project::Project;
use crate::project::config::Config;
use crate::project::format::Format;
use crate::requests::bindings::Scopes;
use crate::requests::call::Call;
use crate::text::edit::{Identity, identity};
use crate::text::source::{Source, TextRange};

/// Kinds of changes.
#[derive(Clone, Copy, Debug)]
enum ChangeKind {
    /// The texts of a line get straight quotes.
    Quotes,
    /// Requests are migrated together.
    Tokens,
    /// Assignments of a function that are dead from the start go.
    Dead,
    /// Requests get another address together.
    Addresses,
    /// A LinkName comes in the place of a placeholder.
    Placeholders,
    /// A place names another Connection.
    Names,
}

impl ChangeKind {
    /// Which changes come first: a request with typographic quotes is migrated when they are straight, an address changes when
    /// the token is gone, and names when all else is done.
    fn rank(self) -> usize {
        match self {
            ChangeKind::Quotes => 0,
            ChangeKind::Tokens | ChangeKind::Dead => 1,
            ChangeKind::Addresses => 2,
            ChangeKind::Placeholders => 3,
            ChangeKind::Names => 4,
        }
    }
}

/// What a change is about. Ranges move with each change; these numbers do not.
#[derive(Clone, Debug)]
struct Subject {
    kind: ChangeKind,
    /// The part of the file that it is in.
    part: usize,
    /// The calls, the function with dead assignments, or the places that name Connections.
    numbers: BTreeSet<usize>,
}

impl Subject {
    /// Tells it from the others of its text.
    fn id(&self) -> String {
        let numbers: Vec<String> = self.numbers.iter().map(usize::to_string).collect();
        format!("{:?}.{}.{}", self.kind, self.part, numbers.join("-"))
    }
}

/// What is wanted, and what rounds leave to one another.
#[derive(Clone, Default, Debug)]
struct Decisions {
    memories: Vec<Memory>,
    names: Wish,
    /// Whether changes of another kind began: the texts are others then, and typographic quotes have been asked about.
    past_quotes: bool,
}

impl Decisions {
    /// What is wanted of the changes of that kind and part.
    fn wish(&mut self, subject: &Subject) -> Option<&mut Wish> {
        let wanted = self.memories.get_mut(subject.part).map(|memory| &mut memory.wanted);
        match subject.kind {
            ChangeKind::Quotes => wanted.map(|wanted| &mut wanted.quotes),
            ChangeKind::Tokens => wanted.map(|wanted| &mut wanted.tokens),
            ChangeKind::Dead => wanted.map(|wanted| &mut wanted.dead),
            ChangeKind::Addresses => wanted.map(|wanted| &mut wanted.addresses),
            ChangeKind::Placeholders => wanted.map(|wanted| &mut wanted.placeholders),
            ChangeKind::Names => Some(&mut self.names),
        }
    }

    /// Wants nothing but the subjects; with `None`, all that was not declined.
    fn want_only(&mut self, subjects: Option<&[Subject]>) {
        let in_parts = self.memories.iter_mut().flat_map(|memory| memory.wanted.each());
        in_parts.chain([&mut self.names]).for_each(|wish| wish.only = subjects.map(|_| BTreeSet::new()));
        for subject in subjects.into_iter().flatten() {
            let only = self.wish(subject).and_then(|wish| wish.only.as_mut());
            only.into_iter().for_each(|only| only.extend(&subject.numbers));
        }
    }

    fn decline(&mut self, subject: Subject) {
        self.wish(&subject).into_iter().for_each(|wish| wish.declined.extend(&subject.numbers));
    }
}

/// One change that is made by itself or not at all.
#[derive(Debug)]
pub struct Change {
    /// The findings that it does away with, in the text before it.
    pub findings: Vec<Finding>,
    /// The text after it.
    pub text: String,
    /// The text before and after it of the page that it is in, decoded, if the file keeps that page encoded.
    pub page: Option<(String, String)>,
    /// Which of the file's changes it is, from 1, and how many there are as far as is known.
    pub place: (usize, usize),
    subject: Subject,
    state: Decisions,
}

impl Change {
    /// Whether it rests on an assumption.
    pub fn is_unsafe(&self) -> bool {
        self.findings.iter().any(|finding| finding.applicability == Applicability::Unsafe)
    }

    /// The line at which it begins, from 1, for an editor: lines end at `\n`. `source` is the text before it.
    pub fn line(&self, source: &Source) -> usize {
        let both = source.text().bytes().zip(self.text.bytes());
        1 + both.take_while(|(old, new)| old == new).filter(|&(byte, _)| byte == b'\n').count()
    }
}

/// A change that could come next. All ranges are of the file.
struct Pending {
    subject: Subject,
    /// Where it begins.
    at: usize,
    edited: HashSet<TextRange>,
    /// Expressions that leave the code.
    removed: Vec<NodeId>,
    /// Statements that go with it.
    dead: Vec<TextRange>,
}

impl Pending {
    fn new(kind: ChangeKind, part: usize) -> Self {
        let subject = Subject { kind, part, numbers: BTreeSet::new() };
        Self { subject, at: usize::MAX, edited: HashSet::new(), removed: Vec::new(), dead: Vec::new() }
    }

    fn edits(&mut self, range: TextRange) {
        self.at = self.at.min(range.start());
        self.edited.insert(range);
    }

    /// Whether it does away with a finding.
    fn ends(&self, finding: &Finding) -> bool {
        let Some(fix) = &finding.fix else { return false };
        let goes = self.dead.iter().any(|statement| statement.contains_range(finding.range));
        !fix.edits.is_empty() && (goes || fix.edits.iter().all(|edit| self.edited.contains(&edit.range)))
    }
}

/// A file on its way through its changes.
#[derive(Debug)]
pub struct Session {
    source: Source,
    format: Format,
    config: Arc<Config>,
    project: Arc<Project>,
    level: Applicability,
    /// Whether names are all that is changed.
    names_only: bool,
    state: Decisions,
    answered: usize,
}

impl Session {
    /// Begins with the text as it is; the changes are those of [`super::fix`], or of [`super::rename`] for `names_only`.
    pub fn new(
        source: &Source,
        format: Format,
        config: Arc<Config>,
        project: Arc<Project>,
        level: Applicability,
        names_only: bool,
    ) -> Self {
        let source = Source::new(source.path(), source.text());
        Self { source, format, config, project, level, names_only, state: Decisions::default(), answered: 0 }
    }

    /// Begins again with another text: nothing is answered yet.
    pub fn begin_anew(&mut self, source: Source) {
        self.source = source;
        self.state = Decisions::default();
        self.answered = 0;
    }

    /// The text with all that was accepted so far.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The first change that was neither accepted nor declined. It takes a few times as long as examining the file.
    ///
    /// # Errors
    /// Every [`Problem`].
    pub fn next_change(&mut self) -> Result<Option<Change>, Problem> {
        loop {
            let (left, Some(first)) = self.first()? else { return Ok(None) };
            let mut state = self.state.clone();
            state.want_only(Some(std::slice::from_ref(&first.subject)));
            state.past_quotes |= !matches!(first.subject.kind, ChangeKind::Quotes);
            let text = self.made(&mut state)?;
            state.want_only(None);
            if text == self.source.text() {
                // It did not hold what it promised.
                self.state = state;
                self.state.decline(first.subject);
                continue;
            }
            let mut findings = self.examine()?.findings;
            findings.retain(|finding| first.ends(finding));
            let page = self.page(first.subject.part, &text)?;
            let place = (self.answered + 1, self.answered + left);
            return Ok(Some(Change { findings, text, page, place, subject: first.subject, state }));
        }
    }

    /// How many changes are neither accepted nor declined, as far as is known.
    ///
    /// # Errors
    /// Every [`Problem`].
    pub fn count(&mut self) -> Result<usize, Problem> {
        Ok(self.first()?.0)
    }

    /// Makes the change.
    pub fn accept(&mut self, change: Change) {
        self.source = Source::new(self.source.path(), change.text);
        self.state = change.state;
        self.answered += 1;
    }

    /// Leaves the change out; it does not come again.
    pub fn decline(&mut self, change: Change) {
        self.state.past_quotes = change.state.past_quotes;
        self.state.decline(change.subject);
        self.answered += 1;
    }

    /// All changes that are neither accepted nor declined, each with what identifies it among those of this text and with the
    /// findings that it does away with, but for those in what is dead then.
    ///
    /// # Errors
    /// Every [`Problem`].
    pub fn changes(&mut self) -> Result<Vec<(String, Vec<Finding>)>, Problem> {
        let pending = self.pending()?;
        let findings = self.examine()?.findings;
        let of = |change: &Pending| findings.iter().filter(|finding| change.ends(finding)).cloned().collect();
        Ok(pending.iter().map(|change| (change.subject.id(), of(change))).collect())
    }

    /// Makes those of [`Session::changes`], and no other.
    ///
    /// # Errors
    /// Every [`Problem`]. Nothing is made then.
    pub fn accept_only(&mut self, ids: &BTreeSet<&str>) -> Result<(), Problem> {
        let pending = self.pending()?.into_iter().map(|change| change.subject);
        let chosen: Vec<Subject> = pending.filter(|subject| ids.contains(subject.id().as_str())).collect();
        let mut state = self.state.clone();
        state.want_only(Some(&chosen));
        let text = self.made(&mut state)?;
        state.want_only(None);
        self.source = Source::new(self.source.path(), text);
        self.state = state;
        Ok(())
    }

    /// Makes all changes that were not declined.
    ///
    /// # Errors
    /// Every [`Problem`]. Nothing is made then.
    pub fn accept_rest(&mut self) -> Result<(), Problem> {
        let mut state = self.state.clone();
        let text = self.made(&mut state)?;
        self.source = Source::new(self.source.path(), text);
        self.state = state;
        Ok(())
    }

    /// What is found in the text with all that was accepted.
    ///
    /// # Errors
    /// Every [`Problem`].
    pub fn examine(&self) -> Result<Examined, Problem> {
        let mut memories = self.state.memories.clone();
        let mut examined = examine_after(&self.source, self.format, &self.config, &self.project, &mut memories, None)?;
        if self.names_only {
            examined.findings.retain(|finding| finding.rule == Rule::RenamedConnection);
        }
        Ok(examined)
    }

    /// What a part of the file and of its `new` text read, if it is a page.
    fn page(&self, part: usize, new: &str) -> Result<Option<(String, String)>, Problem> {
        if part == 0 && self.format != Format::Json {
            return Ok(None);
        }
        let read = |text: &str| -> Result<Option<String>, Problem> {
            let parts = parts_for(text, &self.source, self.format, &mut self.state.memories.clone(), None)?;
            Ok(parts.get(part).map(|page| page.text().to_owned()))
        };
        Ok(read(self.source.text())?.zip(read(new)?))
    }

    /// The text with all that is wanted.
    fn made(&self, state: &mut Decisions) -> Result<String, Problem> {
        let Self { source, format, config, level, .. } = self;
        let text = if self.names_only {
            source.text().to_owned()
        } else {
            let straight = self.straightened(state)?.map(|text| Source::new(source.path(), text));
            let source = straight.as_ref().unwrap_or(source);
            let text = rounds(source, *format, config, *level, &mut state.memories, None)?.0.into_owned();
            let memories = &state.memories;
            let wanted =
                |part: usize, call: usize| memories.get(part).is_none_or(|memory| memory.wanted.placeholders.has(call));
            fill::apply(&text, source, *format, config, places(memories).as_deref(), &wanted)?.unwrap_or(text)
        };
        let renamed = renames::apply(&text, source, *format, config, *level, &|place| state.names.has(place))?;
        Ok(renamed.unwrap_or(text))
    }

    /// The text with those typographic quotes straight that are wanted; `None` when there are none.
    fn straightened(&self, state: &Decisions) -> Result<Option<String>, Problem> {
        let Self { source, format, config, level, .. } = self;
        if state.past_quotes {
            return Ok(None);
        }
        let memories = &state.memories;
        let wanted = |part: usize, text: usize| memories.get(part).is_none_or(|memory| memory.wanted.quotes.has(text));
        quotes::apply(source.text(), source, *format, config, *level, places(memories).as_deref(), &wanted)
    }

    fn in_quotes(&self) -> Result<Vec<Pending>, Problem> {
        let Self { source, format, config, level, .. } = self;
        if self.state.past_quotes {
            return Ok(Vec::new());
        }
        let memories = &self.state.memories;
        let lines = quotes::plan(source.text(), source, *format, config, *level, places(memories).as_deref())?;
        let is_wanted =
            |part: usize, text: usize| memories.get(part).is_none_or(|memory| memory.wanted.quotes.has(text));
        let wanted = lines.into_iter().filter(|line| line.texts.iter().all(|&text| is_wanted(line.part, text)));
        let change = |line: quotes::Straighten| {
            let mut change = Pending::new(ChangeKind::Quotes, line.part);
            change.subject.numbers.extend(line.texts);
            line.edits.iter().for_each(|edit| change.edits(edit.range));
            change
        };
        Ok(wanted.map(change).collect())
    }

    /// How many changes are neither accepted nor declined, and the first.
    fn first(&mut self) -> Result<(usize, Option<Pending>), Problem> {
        let pending = self.pending()?;
        Ok((pending.len(), pending.into_iter().next()))
    }

    /// The changes that are neither accepted nor declined, in the order in which they come. Of the first, what is dead then is
    /// known.
    fn pending(&mut self) -> Result<Vec<Pending>, Problem> {
        let mut changes = if self.names_only { Vec::new() } else { self.in_code()? };
        let mut names = self.in_names()?;
        names.sort_by_key(|change| change.at);
        changes.append(&mut names);
        Ok(changes)
    }

    /// The changes of names. Those of one Connection in a manifest are one: two Connections would have the same name between
    /// them.
    fn in_names(&self) -> Result<Vec<Pending>, Problem> {
        let Self { source, format, config, level, .. } = self;
        let planned = renames::plan(source.text(), source, *format, config, *level)?;
        let mut changes: BTreeMap<(Option<String>, usize), Pending> = BTreeMap::new();
        for (place, rename) in planned.renames {
            if self.state.names.has(place) {
                let key = if *format == Format::Manifest { (Some(rename.old), 0) } else { (None, place) };
                let change = changes.entry(key).or_insert_with(|| Pending::new(ChangeKind::Names, 0));
                change.subject.numbers.insert(place);
                change.edits(rename.range);
            }
        }
        Ok(changes.into_values().collect())
    }

    fn in_placeholders(&self) -> Result<Vec<Pending>, Problem> {
        let Self { source, format, config, .. } = self;
        let memories = &self.state.memories;
        let fills = fill::plan(source.text(), source, *format, config, places(memories).as_deref())?;
        let wanted =
            |fill: &fill::Fill| memories.get(fill.part).is_none_or(|memory| memory.wanted.placeholders.has(fill.call));
        let change = |fill: fill::Fill| {
            let mut change = Pending::new(ChangeKind::Placeholders, fill.part);
            change.subject.numbers.insert(fill.call);
            change.edits(fill.edit.range);
            change
        };
        Ok(fills.into_iter().filter(wanted).map(change).collect())
    }

    /// The changes of the code, but for names.
    fn in_code(&mut self) -> Result<Vec<Pending>, Problem> {
        if !self.format.has_functions() {
            return Ok(Vec::new());
        }
        let parts = parts_for(self.source.text(), &self.source, self.format, &mut self.state.memories, None)?;
        let memories = &self.state.memories;
        let scopes: Vec<Scopes<'_>> = parts.iter().map(|part| Scopes::of(part.text(), &part.tree)).collect();
        let inspections = inspect(&parts, &scopes, &self.config, &self.source, None, memories)?;
        let all = inspections.iter().zip(memories).enumerate();
        let mut changes: Vec<Pending> =
            all.flat_map(|(part, (inspection, memory))| in_part(part, inspection, memory, self.level)).collect();
        changes.extend(self.in_placeholders()?);
        changes.extend(self.in_quotes()?);
        changes.sort_by_key(|change| (change.subject.kind.rank(), change.at));
        if let Some(first) = changes.first_mut()
            && let Some(inspection) = inspections.get(first.subject.part)
        {
            let dead = inspection.dead_without(&first.removed, &|_, _| false, &|_| false);
            first.dead.extend(dead.into_iter().map(|statement| outer(inspection, statement)));
        }
        Ok(changes)
    }
}

/// Where a node is in the file.
fn outer(inspection: &Inspection<'_>, node: NodeId) -> TextRange {
    inspection.part.outer(inspection.context.tree.range(node))
}

/// The changes to one part of a file.
fn in_part(part: usize, inspection: &Inspection<'_>, memory: &Memory, level: Applicability) -> Vec<Pending> {
    let tree = inspection.context.tree;
    let ordinals = ordinals(tree);
    let wanted = |scope| memory.wanted.dead.has(ordinal(&ordinals, scope));
    let mut dead: BTreeMap<usize, Pending> = BTreeMap::new();
    for statement in inspection.dead_without(&[], &memory.lost(&ordinals), &wanted) {
        let function = ordinal(&ordinals, tree.scope(statement));
        let change = dead.entry(function).or_insert_with(|| Pending::new(ChangeKind::Dead, part));
        let range = outer(inspection, statement);
        change.subject.numbers.insert(function);
        change.at = change.at.min(range.start());
        change.dead.push(range);
    }
    let tokens = memory.wanted.of_tokens(inspection.transactions(level));
    let addresses = memory.wanted.of_addresses(inspection.relocations(level));
    let mut changes: Vec<Pending> = dead.into_values().collect();
    changes.extend(grouped(inspection, &tokens, || Pending::new(ChangeKind::Tokens, part)));
    changes.extend(grouped(inspection, &addresses, || Pending::new(ChangeKind::Addresses, part)));
    changes
}

/// The changes of calls, one for those that share their edits, and one for those of a statement: calls that are put before
/// it keep their order among one another only.
fn grouped(
    inspection: &Inspection<'_>,
    changes: &[(&Call, &Transaction)],
    new: impl Fn() -> Pending,
) -> impl Iterator<Item = Pending> {
    let mut joined = Groups::new(changes.len());
    let mut by_edits: HashMap<Identity, usize> = HashMap::new();
    let mut by_statement: HashMap<NodeId, usize> = HashMap::new();
    for (index, (call, change)) in changes.iter().enumerate() {
        joined.join(index, *by_edits.entry(identity(&change.edits)).or_insert(index));
        let statement = inspection.context.tree.statement(call.request.node).unwrap_or(call.request.node);
        joined.join(index, *by_statement.entry(statement).or_insert(index));
    }
    let mut groups: BTreeMap<usize, Pending> = BTreeMap::new();
    for (index, (call, change)) in changes.iter().enumerate() {
        let group = groups.entry(joined.root(index)).or_insert_with(&new);
        group.subject.numbers.insert(call.ordinal);
        group.removed.extend(change.removed.iter());
        let outer = change.edits.iter().filter_map(|edit| inspection.part.outer_edit(edit));
        outer.for_each(|edit| group.edits(edit.range));
    }
    groups.into_values()
}
