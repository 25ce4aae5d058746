//! Where a function names a Connection: the `connection` of a request, the argument of an integration task, and the texts
//! that get there through variables.

mod variables;

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::bindings::{Write, string_content};
use super::flow::Context;
use super::request::requests;
use crate::deluge::pure::called_name;
use crate::deluge::{Kind, NodeId};
use crate::requests::link::{Caller, Certainty, Link};
use crate::text::source::TextRange;
use crate::zoho;
use variables::{OtherUses, arrivals};

/// The attribute's name, and the key of maps that hold a LinkName.
const CONNECTION: &str = "connection";

/// Connections in a function.
#[derive(Default, Debug)]
pub struct Links {
    /// Every text that names one, or may, in text order.
    pub texts: Vec<Link>,
    /// The same, with the calls that get the name of a variable in place of the text that the variable is assigned.
    pub uses: Vec<Link>,
}

/// Every place that names, or may name, one of the `wanted` Connections.
pub fn links(context: Context<'_>, wanted: &dyn Fn(&str) -> bool) -> Links {
    let mut finder = Finder { context, wanted, found: BTreeMap::new(), sinks: HashMap::new() };
    finder.collect();
    let assigned = finder.settle();
    finder.find_in_opaque();
    let Finder { found, sinks, .. } = finder;
    let link = |(&range, (certainty, caller)): (&TextRange, &(Certainty, Option<Caller>))| Link {
        range,
        name: range.of(context.text).to_owned(),
        certainty: certainty.clone(),
        caller: caller.clone(),
    };
    let texts = found.iter().map(link).collect();
    let mut uses: BTreeMap<(TextRange, String), Link> = BTreeMap::new();
    for link in found.iter().map(link).filter(|link| !assigned.contains_key(&link.range)) {
        uses.insert((link.range, link.name.clone()), link);
    }
    for (read, name) in arrivals(context, &assigned, &sinks) {
        let Some(sink) = sinks.get(&read) else { continue };
        let (certainty, caller) = (sink.certainty.clone(), sink.caller.clone());
        let range = context.tree.range(read);
        uses.insert((range, name.clone()), Link { range, name, certainty, caller });
    }
    Links { texts, uses: uses.into_values().collect() }
}

/// What an expression is whose value is a LinkName.
#[derive(Clone, Debug)]
struct Sink {
    certainty: Certainty,
    caller: Option<Caller>,
}

struct Finder<'f> {
    context: Context<'f>,
    wanted: &'f dyn Fn(&str) -> bool,
    /// By place, without the quotes.
    found: BTreeMap<TextRange, (Certainty, Option<Caller>)>,
    sinks: HashMap<NodeId, Sink>,
}

impl Finder<'_> {
    fn collect(&mut self) {
        let context = self.context;
        let tree = context.tree;
        let requests: HashSet<NodeId> = requests(context).map(|request| request.node).collect();
        for node in tree.descendants(tree.root()) {
            match tree.kind(node) {
                Kind::Attribute => self.attribute(node, &requests),
                Kind::Chain => self.task(node),
                Kind::Entry => self.entry(node),
                Kind::Call => self.put(node),
                _ => {}
            }
        }
    }

    fn sink(&mut self, value: NodeId, certainty: Certainty, caller: Option<Caller>) {
        let tree = self.context.tree;
        let mut value = value;
        while let (Kind::Paren, [inner]) = (tree.kind(value), tree.children(value)) {
            value = *inner;
        }
        self.sinks.insert(value, Sink { certainty, caller });
    }

    /// `connection: "link"`
    fn attribute(&mut self, attribute: NodeId, requests: &HashSet<NodeId>) {
        let tree = self.context.tree;
        let [name, values @ ..] = tree.children(attribute) else { return };
        if !self.context.text_of(*name).eq_ignore_ascii_case(CONNECTION) {
            return;
        }
        let chain = tree.parent(attribute).and_then(|attributes| tree.parent(attributes));
        let request = chain.filter(|chain| requests.contains(chain));
        let certainty = match request {
            Some(_) => Certainty::Sure,
            None => {
                Certainty::Doubtful("authshift does not know the task that this `connection` belongs to".to_owned())
            }
        };
        for &value in values {
            self.sink(value, certainty.clone(), request.map(Caller::Request));
        }
    }

    /// `zoho.crm.createRecord("Leads", values, Map(), "link")`
    fn task(&mut self, chain: NodeId) {
        let Some((name, call)) = task_call(self.context, chain) else { return };
        let arguments = self.context.tree.children(call);
        let Some(&last) = arguments.last() else { return };
        let count = arguments.len();
        let Some(task) = zoho::task(&name) else {
            let service = name.split('.').nth(1).map(str::to_ascii_lowercase);
            if count > 1 && service.is_some_and(|service| zoho::canonical_service(&service).is_some()) {
                self.literal(last, unknown_signature(&name), None);
            }
            return;
        };
        match task.ends_with_link(count) {
            Some(true) => {
                let assumption = || {
                    format!(
                        "`{name}` takes the LinkName as its last argument, which Zoho's documentation does not confirm"
                    )
                };
                let certainty = if task.is_sourced() { Certainty::Sure } else { Certainty::Assumed(assumption()) };
                self.sink(last, certainty, Some(Caller::Task(name)));
            }
            Some(false) if task.ends_with_options(count) => self.options(last, &name),
            Some(false) => {}
            None => {
                self.literal(last, unknown_signature(&name), None);
            }
        }
    }

    /// `zoho.crm.getRecordById("Leads", id, {"connection": "link"})`, which no page of Zoho shows and public code has.
    fn options(&mut self, map: NodeId, task: &str) {
        let tree = self.context.tree;
        for &entry in tree.children(map) {
            if let ([key, value], Kind::Entry) = (tree.children(entry), tree.kind(entry))
                && self.is_connection_key(*key)
            {
                let certainty = Certainty::Assumed(format!("`{task}` takes the LinkName from its map of options"));
                self.sink(*value, certainty, Some(Caller::Task(task.to_owned())));
            }
        }
    }

    /// `{"connection": "link"}` that is not known to be a task's map of options.
    fn entry(&mut self, entry: NodeId) {
        if let [key, value] = self.context.tree.children(entry)
            && self.is_connection_key(*key)
        {
            self.literal(*value, in_a_map(), None);
        }
    }

    /// `settings.put("connection", "link")`
    fn put(&mut self, call: NodeId) {
        let called = called_name(self.context.text, self.context.tree, call);
        if let [key, value] = self.context.tree.children(call)
            && called.is_some_and(|name| name.eq_ignore_ascii_case("put"))
            && self.is_connection_key(*key)
        {
            self.literal(*value, in_a_map(), None);
        }
    }

    fn is_connection_key(&self, key: NodeId) -> bool {
        let content = string_content(self.context.text, self.context.tree, key);
        content.is_some_and(|key| key.of(self.context.text) == CONNECTION)
    }

    /// Notes a literal that is one of the wanted names, and says where it stands.
    fn literal(&mut self, node: NodeId, certainty: Certainty, caller: Option<Caller>) -> Option<TextRange> {
        let context = self.context;
        let range = string_content(context.text, context.tree, node)?;
        if !(self.wanted)(range.of(context.text)) {
            return None;
        }
        let certainty = if context.text_of(node).starts_with(['"', '\'']) {
            certainty
        } else {
            Certainty::Doubtful("it is in typographic quotes; write straight ones first".to_owned())
        };
        // A map of options is seen twice, first as any map.
        let known = self.found.entry(range).or_insert_with(|| (certainty.clone(), caller.clone()));
        if certainty < known.0 {
            *known = (certainty, caller);
        }
        Some(range)
    }

    /// Finds the literals that the expressions may have for their value. Gives those that are assigned to a variable.
    fn settle(&mut self) -> HashMap<TextRange, Write> {
        let context = self.context;
        let tree = context.tree;
        let other_uses = OtherUses::of(context, &self.sinks);
        let mut assigned = HashMap::new();
        let mut stack: Vec<(NodeId, Option<Write>)> = Vec::new();
        for (value, Sink { certainty, caller }) in self.sinks.clone() {
            match tree.kind(value) {
                Kind::String => {
                    self.literal(value, certainty, caller);
                }
                _ => stack.push((value, None)),
            }
        }
        let mut seen = HashSet::new();
        while let Some((value, write)) = stack.pop() {
            if !seen.insert(value) {
                continue;
            }
            match (tree.kind(value), write) {
                (Kind::String, Some(write)) => {
                    let certainty = other_uses.certainty(context, &self.sinks, write.id);
                    assigned.extend(self.literal(value, certainty, None).map(|range| (range, write)));
                }
                (Kind::Name, _) => {
                    for write in context.scopes.reaching(value).flatten() {
                        let looped = (tree.kind(write.node) == Kind::ForEach).then(|| tree.children(write.node).get(1));
                        let value = write.value.or(looped.flatten().copied());
                        stack.extend(value.map(|value| (value, Some(*write))));
                    }
                }
                _ => {
                    for node in tree.descendants(value).filter(|&node| tree.kind(node) == Kind::String) {
                        let reason = "the code chooses or builds the LinkName here".to_owned();
                        self.literal(node, Certainty::Doubtful(reason), None);
                    }
                }
            }
        }
        assigned
    }

    /// A wanted name between quotes in code that was not understood, outside of its comments. There may be very many quotes, and
    /// what no Connection can be called is none.
    fn find_in_opaque(&mut self) {
        let context = self.context;
        for &region in context.tree.opaque() {
            for (at, name) in quoted(region.of(context.text)) {
                let range = TextRange::new(region.start() + at, region.start() + at + name.len());
                let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic());
                if is_name && (self.wanted)(name) && context.tree.comments_in(range).is_empty() {
                    let reason = "it is in code that authshift cannot parse".to_owned();
                    self.found.entry(range).or_insert((Certainty::Doubtful(reason), None));
                }
            }
        }
    }
}

fn unknown_signature(task: &str) -> Certainty {
    Certainty::Doubtful(format!("authshift does not know whether the last argument of `{task}` is a LinkName"))
}

fn in_a_map() -> Certainty {
    Certainty::Doubtful("it goes into a map, and authshift does not trace where that goes".to_owned())
}

/// The name of the `zoho.….task(…)` that a chain begins with, and its [`Kind::Call`].
fn task_call(context: Context<'_>, chain: NodeId) -> Option<(String, NodeId)> {
    let tree = context.tree;
    let [first, rest @ ..] = tree.children(chain) else { return None };
    if tree.kind(*first) != Kind::Name || !context.text_of(*first).eq_ignore_ascii_case("zoho") {
        return None;
    }
    let mut name = "zoho".to_owned();
    for &link in rest {
        match tree.kind(link) {
            Kind::Member => {
                name.push('.');
                name.push_str(context.text_of(tree.child(link, Kind::Name)?));
            }
            Kind::Call => return Some((name, link)),
            _ => return None,
        }
    }
    None
}

/// What stands between two equal quotes on one line, with its place. Each quote is looked at once.
fn quoted(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let marks = text.match_indices(['"', '\'', '\u{201C}', '\u{201D}', '\n', '\r']);
    let mut last: Option<(usize, &str)> = None;
    marks.filter_map(move |(at, mark)| {
        let (opened, open) = last.replace((at, mark))?;
        let curly = |mark: &str| mark.starts_with(['\u{201C}', '\u{201D}']);
        let pair = (open == mark && !mark.starts_with(['\n', '\r'])) || (curly(open) && curly(mark));
        let start = opened + open.len();
        text.get(start..at).filter(|_| pair).map(|name| (start, name))
    })
}
