//! Where a function names a Connection: the `connection` of a request, the argument of an integration task, and the texts
//! that get there through variables.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::bindings::{Write, string_content};
use super::carrier::method_call;
use super::flow::Context;
use super::reaching::WriteId;
use super::request::requests;
use crate::links::{Certainty, Link};
use crate::migrate::shortened;
use crate::source::TextRange;
use crate::syntax::{Kind, NodeId, Operator, Tree};
use crate::zoho;

/// The attribute's name, and the key of maps that hold a LinkName.
const CONNECTION: &str = "connection";

/// Every text that names, or may name, one of the `wanted` Connections, in text order.
pub fn links(context: Context<'_>, wanted: &dyn Fn(&str) -> bool) -> Vec<Link> {
    let mut finder = Finder { context, wanted, found: BTreeMap::new(), sinks: Vec::new(), sink_reads: HashMap::new() };
    finder.collect();
    finder.settle();
    finder.find_in_opaque();
    finder
        .found
        .into_iter()
        .map(|(range, certainty)| Link { name: range.of(context.text).to_owned(), range, certainty })
        .collect()
}

/// An expression whose value is a LinkName.
struct Sink {
    value: NodeId,
    certainty: Certainty,
}

struct Finder<'f> {
    context: Context<'f>,
    wanted: &'f dyn Fn(&str) -> bool,
    /// By place, without the quotes.
    found: BTreeMap<TextRange, Certainty>,
    sinks: Vec<Sink>,
    /// Reads of variables that are such an expression.
    sink_reads: HashMap<NodeId, Certainty>,
}

impl Finder<'_> {
    fn collect(&mut self) {
        let context = self.context;
        let tree = context.tree;
        let requests: HashSet<NodeId> = requests(context).into_iter().map(|request| request.node).collect();
        for node in tree.descendants(tree.root()) {
            match tree.kind(node) {
                Kind::Attribute => self.attribute(node, &requests),
                Kind::Chain => self.task(node),
                Kind::Entry => self.entry(node),
                Kind::Call => self.put(node),
                _ => {}
            }
        }
        for sink in &self.sinks {
            if tree.kind(sink.value) == Kind::Name {
                self.sink_reads.insert(sink.value, sink.certainty.clone());
            }
        }
    }

    fn sink(&mut self, value: NodeId, certainty: Certainty) {
        let tree = self.context.tree;
        let mut value = value;
        while let (Kind::Paren, [inner]) = (tree.kind(value), tree.children(value)) {
            value = *inner;
        }
        self.sinks.push(Sink { value, certainty });
    }

    /// `connection: "link"`
    fn attribute(&mut self, attribute: NodeId, requests: &HashSet<NodeId>) {
        let tree = self.context.tree;
        let [name, values @ ..] = tree.children(attribute) else { return };
        if !self.context.text_of(*name).eq_ignore_ascii_case(CONNECTION) {
            return;
        }
        let chain = tree.parent(attribute).and_then(|attributes| tree.parent(attributes));
        let certainty = if chain.is_some_and(|chain| requests.contains(&chain)) {
            Certainty::Sure
        } else {
            Certainty::Doubtful("it is the `connection` of a task that is not known here".to_owned())
        };
        for &value in values {
            self.sink(value, certainty.clone());
        }
    }

    /// `zoho.crm.createRecord("Leads", values, Map(), "link")`
    fn task(&mut self, chain: NodeId) {
        let context = self.context;
        let tree = context.tree;
        let Some((name, call)) = task_call(context, chain) else { return };
        let arguments = tree.children(call);
        let Some(&last) = arguments.last() else { return };
        let count = arguments.len();
        let Some(task) = zoho::task(&name) else {
            let service =
                name.split('.').nth(1).and_then(|service| zoho::canonical_service(&service.to_ascii_lowercase()));
            if service.is_some() && count > 1 {
                self.literal(last, unknown_signature(&name));
            }
            return;
        };
        match task.ends_with_link(count) {
            Some(true) if task.is_sourced => self.sink(last, Certainty::Sure),
            Some(true) => {
                let assumption =
                    format!("`{name}` takes the LinkName as its last argument; its signature is from memory");
                self.sink(last, Certainty::Assumed(assumption));
            }
            None => self.literal(last, unknown_signature(&name)),
            Some(false) if task.ends_with_options(count) => self.options(last, &name),
            Some(false) => {}
        }
    }

    /// `zoho.crm.getRecordById("Leads", id, {"connection": "link"})`, which no page of Zoho shows and public code has.
    fn options(&mut self, map: NodeId, task: &str) {
        let tree = self.context.tree;
        for &entry in tree.children(map) {
            if let ([key, value], Kind::Entry) = (tree.children(entry), tree.kind(entry))
                && self.is_connection_key(*key)
            {
                self.sink(*value, Certainty::Assumed(format!("`{task}` takes the LinkName from its map of options")));
            }
        }
    }

    /// `{"connection": "link"}` that is not known to be a task's map of options.
    fn entry(&mut self, entry: NodeId) {
        if let [key, value] = self.context.tree.children(entry)
            && self.is_connection_key(*key)
        {
            self.literal(*value, in_a_map());
        }
    }

    /// `settings.put("connection", "link")`
    fn put(&mut self, call: NodeId) {
        let context = self.context;
        let called = super::bindings::called_name(context.text, context.tree, call);
        if let [key, value] = context.tree.children(call)
            && called.is_some_and(|name| name.eq_ignore_ascii_case("put"))
            && self.is_connection_key(*key)
        {
            self.literal(*value, in_a_map());
        }
    }

    fn is_connection_key(&self, key: NodeId) -> bool {
        string_content(self.context.text, self.context.tree, key)
            .is_some_and(|key| key.of(self.context.text) == CONNECTION)
    }

    /// Notes a literal that is one of the wanted names.
    fn literal(&mut self, node: NodeId, certainty: Certainty) {
        let context = self.context;
        let Some(range) = string_content(context.text, context.tree, node) else { return };
        if !(self.wanted)(range.of(context.text)) {
            return;
        }
        let certainty = if context.text_of(node).starts_with(['"', '\'']) {
            certainty
        } else {
            Certainty::Doubtful("typographic quotes delimit it; write straight ones first".to_owned())
        };
        self.note(range, certainty);
    }

    /// Of several places that one text gets to, the surest tells what it is; an edit needs all of them.
    fn note(&mut self, range: TextRange, certainty: Certainty) {
        let known = self.found.entry(range).or_insert_with(|| certainty.clone());
        if certainty < *known {
            *known = certainty;
        }
    }

    /// Finds the literals that the expressions may have for their value.
    fn settle(&mut self) {
        let context = self.context;
        let tree = context.tree;
        let spoiled = Spoiled::of(context, &self.sink_reads);
        let mut stack: Vec<(NodeId, Option<Write>)> = Vec::new();
        for sink in std::mem::take(&mut self.sinks) {
            match tree.kind(sink.value) {
                Kind::String => self.literal(sink.value, sink.certainty),
                _ => stack.push((sink.value, None)),
            }
        }
        let mut seen = HashSet::new();
        while let Some((value, write)) = stack.pop() {
            if !seen.insert(value) {
                continue;
            }
            match (tree.kind(value), write) {
                (Kind::String, Some(write)) => {
                    let certainty = spoiled.certainty(context, &self.sink_reads, write.id);
                    self.literal(value, certainty);
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
                        let reason = "the LinkName is chosen or put together here".to_owned();
                        self.literal(node, Certainty::Doubtful(reason));
                    }
                }
            }
        }
    }

    /// A wanted name between quotes in code that was not understood, outside of its comments.
    fn find_in_opaque(&mut self) {
        let context = self.context;
        for &region in context.tree.opaque() {
            let text = region.of(context.text);
            for (at, name) in quoted(text) {
                let range = TextRange::new(region.start() + at, region.start() + at + name.len());
                if (self.wanted)(name) && context.tree.comments_in(range).is_empty() {
                    self.note(range, Certainty::Doubtful("it stands in code that was not understood".to_owned()));
                }
            }
        }
    }
}

fn unknown_signature(task: &str) -> Certainty {
    Certainty::Doubtful(format!("it is not known here whether the last argument of `{task}` is a LinkName"))
}

fn in_a_map() -> Certainty {
    Certainty::Doubtful("it goes into a map; where the map goes is not followed".to_owned())
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

/// Assignments whose value is not known to be a LinkName and nothing else.
struct Spoiled(HashMap<WriteId, Spoil>);

#[derive(Clone, Copy)]
enum Spoil {
    /// A read that names a Connection only if an assumption is right, or perhaps.
    Sink(NodeId),
    /// A read for something else.
    Use(NodeId),
    /// Code that was not understood mentions the variable.
    Opaque,
}

impl Spoiled {
    /// Goes from the reads back to the assignments, so that the work does not grow with the number of ways between them.
    fn of(context: Context<'_>, sinks: &HashMap<NodeId, Certainty>) -> Self {
        let mut this = Self(HashMap::new());
        if sinks.is_empty() {
            return this;
        }
        let tree = context.tree;
        let mut stack = Vec::new();
        for (_, binding) in context.scopes.iter().flat_map(|scope| scope.iter()) {
            for write in binding.writes.iter().filter(|_| binding.is_opaque()) {
                this.0.insert(write.id, Spoil::Opaque);
                let name = write.value.filter(|&value| tree.kind(value) == Kind::Name);
                stack.extend(name.map(|name| (name, Spoil::Opaque)));
            }
            stack.extend(binding.reads.iter().filter_map(|&read| match sinks.get(&read) {
                Some(Certainty::Sure) => None,
                Some(_) => Some((read, Spoil::Sink(read))),
                None if is_passed_on(tree, read) || is_logged(context, read) => None,
                None => Some((read, Spoil::Use(read))),
            }));
        }
        while let Some((read, spoil)) = stack.pop() {
            for write in context.scopes.reaching(read).flatten() {
                if this.0.get(&write.id).is_none_or(|known| known.is_better_than(spoil, sinks)) {
                    this.0.insert(write.id, spoil);
                    stack.extend(write.value.filter(|&value| tree.kind(value) == Kind::Name).map(|name| (name, spoil)));
                }
            }
        }
        this
    }

    fn certainty(&self, context: Context<'_>, sinks: &HashMap<NodeId, Certainty>, write: WriteId) -> Certainty {
        match self.0.get(&write) {
            None => Certainty::Sure,
            Some(Spoil::Sink(read)) => sinks.get(read).cloned().unwrap_or(Certainty::Sure),
            Some(Spoil::Use(read)) => {
                let line = context.tree.statement(*read).map_or("", |statement| context.text_of(statement));
                Certainty::Doubtful(format!("`{}` uses the same value", shortened(line)))
            }
            Some(Spoil::Opaque) => Certainty::Doubtful("code that was not understood uses the variable".to_owned()),
        }
    }
}

impl Spoil {
    fn is_better_than(self, other: Spoil, sinks: &HashMap<NodeId, Certainty>) -> bool {
        let is_assumed = |spoil: Spoil| matches!(spoil, Spoil::Sink(read) if matches!(sinks.get(&read), Some(Certainty::Assumed(_))));
        is_assumed(self) && !is_assumed(other)
    }
}

/// Whether a read is the whole value of another assignment: `conn = first;`
fn is_passed_on(tree: &Tree, read: NodeId) -> bool {
    tree.parent(read).is_some_and(|parent| match (tree.kind(parent), tree.children(parent)) {
        (Kind::Assign, [target, op, value]) => {
            *value == read && tree.kind(*target) == Kind::Name && tree.kind(*op) == Kind::Op(Operator::Assign)
        }
        _ => false,
    })
}

/// What is only logged may read otherwise, as everywhere (rewrites, "The URL variable used elsewhere").
fn is_logged(context: Context<'_>, read: NodeId) -> bool {
    let statement = context.tree.statement(read);
    statement.is_some_and(|statement| context.tree.kind(statement) == Kind::Info)
        && method_call(context, read).is_none()
}

/// What stands between two equal quotes on one line, with its place. Each quote is looked at once.
fn quoted(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let marks = text.match_indices(['"', '\'', '\u{201C}', '\u{201D}', '\n', '\r']);
    let mut last: Option<(usize, &str)> = None;
    marks.filter_map(move |(at, mark)| {
        let (opened, open) = last.replace((at, mark))?;
        let curly = |mark: &str| mark.starts_with(['\u{201C}', '\u{201D}']);
        let pair = open == mark || (curly(open) && curly(mark));
        let start = opened + open.len();
        (pair && !mark.starts_with(['\n', '\r'])).then(|| Some((start, text.get(start..at)?))).flatten()
    })
}
