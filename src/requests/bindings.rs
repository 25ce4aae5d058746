//! Names and what is known of them, per function (or per bare script): where a name is written, where it is read.
//!
//! Deluge has no declarations and no closures: a variable belongs to the function around it. What the tree cannot show
//! (an opaque region that mentions the name) counts as a write and a read, so that nothing is concluded from it.

use std::cell::OnceCell;
use std::ops::Range;

use foldhash::{HashMap, HashMapExt};

use super::known::ValueCache;
use super::reaching::{Event, Events, LOST, NameId, UNKNOWN, Walk, WriteId};
use super::readers::{MOST_LOST, Readers};
use crate::deluge::builtins::{self, Change, Of};
use crate::deluge::pure::called_name;
use crate::deluge::{Kind, NodeId, Operator, Tree};
use crate::flow::graph::Graph;
use crate::flow::ssa;
use crate::text::source::TextRange;

/// One place that gives a name a value.
#[derive(Clone, Copy, Debug)]
pub struct Write {
    /// Its ordinal in the file.
    pub id: WriteId,
    /// The statement (or parameter) that writes.
    pub node: NodeId,
    /// The assigned expression of a plain `x = …;`; `None` for everything whose value is not an expression of the text:
    /// compound assignment, loop variables, parameters, `catch`, a write to a part of the value.
    pub value: Option<NodeId>,
    /// The appended expression of `x += …;`.
    pub appended: Option<NodeId>,
}

impl Write {
    fn of(tree: &Tree, node: NodeId, id: WriteId) -> Self {
        let unknown = Self { id, node, value: None, appended: None };
        match tree.children(node) {
            &[target, op, value] if tree.kind(node) == Kind::Assign && tree.kind(target) == Kind::Name => {
                match tree.kind(op) {
                    Kind::Op(Operator::Assign) => Self { value: Some(value), ..unknown },
                    Kind::Op(Operator::AddAssign) => Self { appended: Some(value), ..unknown },
                    _ => unknown,
                }
            }
            _ => unknown,
        }
    }
}

/// All that a scope does with one name.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'s> {
    /// Every write, as their names stand in the text: that of a `catch` behind those in its `try`.
    pub writes: &'s [Write],
    /// The [`Kind::Name`] nodes that read it, in text order.
    pub reads: &'s [NodeId],
    /// Whether the name is a parameter of the function.
    pub parameter: bool,
    /// Text that was not understood and mentions it.
    pub opaque: &'s [NodeId],
}

impl<'s> Binding<'s> {
    /// The write that a statement makes.
    pub fn write_of(&self, tree: &Tree, statement: NodeId) -> Option<&'s Write> {
        // A `try` begins before what stands in it, but names its variable behind that.
        let place = |node: NodeId| match tree.kind(node) {
            Kind::Try => tree.child(node, Kind::Name).unwrap_or(node),
            _ => node,
        };
        let own = place(statement);
        let from = self.writes.partition_point(|write| place(write.node) < own);
        self.writes.get(from..)?.iter().find(|write| write.node == statement)
    }

    /// Whether code that was not understood mentions the name: it may read it and write it.
    pub fn is_opaque(&self) -> bool {
        !self.opaque.is_empty()
    }
}

/// The names of one function or script.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'s, 'a> {
    /// The function, or the root for bare statements.
    pub node: NodeId,
    all: &'s Scopes<'a>,
    names: &'s Names<'a>,
}

impl<'s, 'a> Scope<'s, 'a> {
    /// What is known of `name`; `None` when the scope never mentions it.
    pub fn get(self, name: &str) -> Option<Binding<'s>> {
        self.all.binding_of(*self.names.ids.get(name)?).map(|(_, binding)| binding)
    }

    /// The names alone, in the same order as with all that is known of them.
    pub fn names(self) -> impl Iterator<Item = &'a str> {
        self.names.order.iter().filter_map(move |&id| self.all.names.get(id as usize)).map(|name| name.text)
    }

    /// All names, in the order in which they are first mentioned.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, Binding<'s>)> {
        self.names.order.iter().filter_map(move |&id| self.all.binding_of(id))
    }
}

/// Room is made for so many names of a scope before they are met.
const MOST_EXPECTED: usize = 56;

/// The names of a scope, by their text and in the order in which they are first mentioned.
#[derive(Debug)]
struct Names<'a> {
    node: NodeId,
    ids: HashMap<&'a str, NameId>,
    order: Vec<NameId>,
}

/// A name in its scope, and which stretch of all writes, reads and mentions in opaque regions are its own.
#[derive(Debug)]
struct Name<'a> {
    text: &'a str,
    parameter: bool,
    writes: Stretch,
    reads: Stretch,
    opaque: Stretch,
}

impl Name<'_> {
    /// Whether too many reads and writes would have to be paired.
    fn is_crowded(&self) -> bool {
        self.reads.range().len() * self.writes.range().len() > MOST_LOST
    }
}

/// A stretch of a list.
#[derive(Clone, Copy, Default, Debug)]
struct Stretch {
    from: u32,
    to: u32,
}

impl Stretch {
    fn range(self) -> Range<usize> {
        self.from as usize..self.to as usize
    }

    fn of<T>(self, list: &[T]) -> &[T] {
        list.get(self.range()).unwrap_or(&[])
    }

    /// Takes the place behind all others for as much as was counted, and is empty for now.
    fn settle(&mut self, length: &mut u32) {
        let count = self.to - self.from;
        (self.from, self.to) = (*length, *length);
        *length += count;
    }

    /// Counts one more, which stands where this says.
    fn next(&mut self) -> usize {
        self.to += 1;
        self.to as usize - 1
    }
}

/// The scopes of a file, and which of their writes reach which reads. A large file has a million of these: they stand in a
/// few lists, name by name.
#[derive(Debug)]
pub struct Scopes<'a> {
    scopes: Vec<Names<'a>>,
    by_node: HashMap<NodeId, usize>,
    names: Vec<Name<'a>>,
    writes: Vec<Write>,
    reads: Vec<NodeId>,
    opaque: Vec<NodeId>,
    events: Events,
    readers: Readers,
    /// What is done with each value, as far as it was asked for.
    pub(super) uses: ValueCache,
    text: &'a str,
    graph: OnceCell<Graph>,
}

impl<'a> Scopes<'a> {
    /// Collects every name of the file; linear in the number of nodes and in how deep its loops nest.
    pub fn of(text: &'a str, tree: &Tree) -> Self {
        let mut this = Self {
            scopes: Vec::new(),
            by_node: HashMap::new(),
            names: Vec::new(),
            writes: Vec::new(),
            reads: Vec::new(),
            opaque: Vec::new(),
            events: Events::of(tree),
            readers: Readers::default(),
            uses: ValueCache::default(),
            text,
            graph: OnceCell::new(),
        };
        this.collect(text, tree);
        // Writes are numbered as their names stand: that of a `catch` behind those in its `try`.
        this.place_writes_and_reads(tree);
        this.events.sort(tree);
        this.reach(tree);
        let own = |name: NameId| this.names.get(name as usize).map(|name| name.writes.range()).unwrap_or_default();
        let (readers, lost) = Readers::of(&this.events, this.writes.len(), &own);
        this.readers = readers;
        this.place_opaque(tree, &lost);
        this
    }

    /// Notes what is done with every name, and counts it.
    fn collect(&mut self, text: &'a str, tree: &Tree) {
        let root = tree.root();
        // The scopes around a node, each with the end of its nodes.
        let mut around: Vec<(usize, usize)> = Vec::new();
        for node in tree.descendants(root) {
            let kind = tree.kind(node);
            if !(matches!(kind, Kind::Name | Kind::Opaque) || kind.has_variables() || node == root) {
                continue;
            }
            while around.pop_if(|&mut (_, end)| node.index() >= end).is_some() {}
            if node == root || kind.has_variables() {
                around.push((self.scopes.len(), tree.end(node)));
                self.by_node.insert(node, self.scopes.len());
                let expected = ((tree.end(node) - node.index()) / 8).min(MOST_EXPECTED);
                let ids = HashMap::with_capacity(expected);
                self.scopes.push(Names { node, ids, order: Vec::with_capacity(expected) });
            }
            let Some(&(scope, _)) = around.last() else { continue };
            match kind {
                Kind::Name => self.note(scope, text, tree, node),
                Kind::Opaque => {
                    for word in words(tree.range(node).of(text)) {
                        let id = self.id(scope, word);
                        if let Some(name) = self.names.get_mut(id as usize) {
                            name.opaque.next();
                        }
                        self.events.add(Event::write(node, id, UNKNOWN));
                    }
                }
                _ => {}
            }
        }
    }

    fn id(&mut self, scope: usize, text: &'a str) -> NameId {
        let next = self.names.len() as NameId;
        let Some(scope) = self.scopes.get_mut(scope) else { return next };
        let id = *scope.ids.entry(text).or_insert(next);
        if id == next {
            scope.order.push(id);
            let nothing = Stretch::default();
            self.names.push(Name { text, parameter: false, writes: nothing, reads: nothing, opaque: nothing });
        }
        id
    }

    fn note(&mut self, scope: usize, text: &'a str, tree: &Tree, node: NodeId) {
        let (write, read) = does(tree, node);
        if write.is_none() && !read {
            return;
        }
        let id = self.id(scope, tree.range(node).of(text));
        let Some(name) = self.names.get_mut(id as usize) else { return };
        if let Some(statement) = write {
            name.parameter |= tree.kind(statement) == Kind::Param;
            name.writes.next();
            self.events.add(Event::write(statement, id, UNKNOWN));
        }
        if read {
            name.reads.next();
            self.events.add(Event::read(node, id));
        }
    }

    /// Gives what was counted its place, scope by scope and name by name.
    fn place_writes_and_reads(&mut self, tree: &Tree) {
        let (mut writes, mut reads) = (0, 0);
        for &id in self.scopes.iter().flat_map(|scope| &scope.order) {
            if let Some(name) = self.names.get_mut(id as usize) {
                name.writes.settle(&mut writes);
                name.reads.settle(&mut reads);
            }
        }
        let none = Write { id: UNKNOWN, node: tree.root(), value: None, appended: None };
        self.writes.resize(writes as usize, none);
        self.reads.resize(reads as usize, tree.root());
        for event in self.events.iter_mut() {
            let Some(name) = self.names.get_mut(event.name() as usize) else { continue };
            if event.is_read() {
                if let Some(read) = self.reads.get_mut(name.reads.next()) {
                    *read = event.node;
                }
            } else if tree.kind(event.node) != Kind::Opaque {
                let place = name.writes.next();
                event.writes = place as WriteId;
                if let Some(write) = self.writes.get_mut(place) {
                    *write = Write::of(tree, event.node, event.writes);
                }
            }
        }
    }

    fn reach(&mut self, tree: &Tree) {
        let mut walk = Walk::new(tree, &mut self.events, self.names.len());
        for scope in &self.scopes {
            walk.begin(&scope.order);
            // The scope's own node would pass for another scope.
            for &part in tree.children(scope.node) {
                walk.walk(part);
            }
        }
        self.events.lose_crowded(self.names.len());
    }

    /// The same for code that was not understood. A name of which too many reads are `lost` counts as mentioned by them.
    fn place_opaque(&mut self, tree: &Tree, lost: &HashMap<NameId, NodeId>) {
        let mut opaque = 0;
        for &id in self.scopes.iter().flat_map(|scope| &scope.order) {
            if let Some(name) = self.names.get_mut(id as usize) {
                name.opaque.to += u32::from(lost.contains_key(&id));
                name.opaque.settle(&mut opaque);
            }
        }
        self.opaque.resize(opaque as usize, tree.root());
        let mentions = self.events.iter().filter(|event| tree.kind(event.node) == Kind::Opaque);
        let mentions = mentions.map(|event| (event.name(), event.node));
        for (id, node) in mentions.chain(lost.iter().map(|(&id, &read)| (id, read))) {
            let place = self.names.get_mut(id as usize).map(|name| name.opaque.next());
            if let Some(mention) = place.and_then(|place| self.opaque.get_mut(place)) {
                *mention = node;
            }
        }
    }

    fn binding_of(&self, id: NameId) -> Option<(&'a str, Binding<'_>)> {
        let &Name { text, parameter, writes, reads, opaque } = self.names.get(id as usize)?;
        let (writes, reads, opaque) = (writes.of(&self.writes), reads.of(&self.reads), opaque.of(&self.opaque));
        Some((text, Binding { writes, reads, parameter, opaque }))
    }

    /// The writes that may be the last one before the read `name`, with `None` for a value from outside. Empty for a name
    /// that is not read as a variable. Writes that were not distinguished are all there, behind `None`.
    pub fn reaching(&self, name: NodeId) -> impl Iterator<Item = Option<&Write>> {
        let reaching = self.events.reaching(name);
        let lost = self.events.read_of(name).filter(|_| reaching == [LOST]);
        let lost = lost.and_then(|read| self.names.get(read.name() as usize)).filter(|name| !name.is_crowded());
        let lost = lost.map(|name| name.writes.of(&self.writes)).unwrap_or_default();
        reaching.iter().map(|&write| self.writes.get(write as usize)).chain(lost.iter().map(Some))
    }

    /// The only write that can reach the read `name`, when its value is an expression of the text.
    pub fn only_write(&self, name: NodeId) -> Option<&Write> {
        let mut reaching = self.reaching(name);
        let only = reaching.next()??;
        (reaching.next().is_none() && only.value.is_some()).then_some(only)
    }

    /// The write of that ordinal.
    pub fn write(&self, id: WriteId) -> Option<&Write> {
        self.writes.get(id as usize)
    }

    /// The reads that a write reaches, in text order.
    pub fn readers(&self, write: WriteId) -> &[NodeId] {
        self.readers.of_write(write)
    }

    /// The values of the whole text, made when they are asked for first. `tree` is that of the names.
    pub fn graph(&self, tree: &Tree) -> &Graph {
        self.graph.get_or_init(|| ssa::graph(self.text, tree))
    }

    /// The scope that `node` stands in.
    pub fn around(&self, tree: &Tree, node: NodeId) -> Option<Scope<'_, 'a>> {
        self.get(tree.scope(node))
    }

    /// The scope of a function, or of the root.
    pub fn get(&self, scope: NodeId) -> Option<Scope<'_, 'a>> {
        self.scopes.get(*self.by_node.get(&scope)?).map(|names| Scope { node: names.node, all: self, names })
    }

    /// Every scope, in text order.
    pub fn iter(&self) -> impl Iterator<Item = Scope<'_, 'a>> {
        self.scopes.iter().map(|names| Scope { node: names.node, all: self, names })
    }

    /// What is known of the name that the [`Kind::Name`] node `name` stands for.
    pub fn binding(&self, text: &str, tree: &Tree, name: NodeId) -> Option<Binding<'_>> {
        self.around(tree, name)?.get(tree.range(name).of(text))
    }
}

/// The statement, or parameter, by which a name in it is written, and whether the name is read.
fn does(tree: &Tree, name: NodeId) -> (Option<NodeId>, bool) {
    let Some(parent) = tree.parent(name) else { return (None, false) };
    let first = tree.children(parent).first() == Some(&name);
    match tree.kind(parent) {
        // `.name` is a field or a function, not a variable.
        Kind::Member => (None, false),
        Kind::Param | Kind::Try | Kind::Loose => (Some(parent), false),
        Kind::ForEach if first => (Some(parent), false),
        Kind::Assign if first => {
            let op = tree.children(parent).get(1).map(|&op| tree.kind(op));
            // `x += y` reads x as well.
            (Some(parent), op != Some(Kind::Op(Operator::Assign)))
        }
        // `x.field = …;` and `x[0] = …;` change a part of x.
        Kind::Chain if first && is_target(tree, parent) => (tree.parent(parent), true),
        _ => (None, true),
    }
}

fn is_target(tree: &Tree, chain: NodeId) -> bool {
    tree.parent(chain)
        .is_some_and(|parent| tree.kind(parent) == Kind::Assign && tree.children(parent).first() == Some(&chain))
}

/// The identifiers in a text that was not understood, those inside its strings and comments included.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// Whether `haystack` holds `name` as a whole word.
pub fn mentions(haystack: &str, name: &str) -> bool {
    words(haystack).any(|word| word == name)
}

/// `name.put(…);`, `name.add(…);`: the chain of a statement that fills the map or list that `name` reads, and its arguments.
/// `None` for any other use of the name.
pub fn filled<'t>(text: &str, tree: &'t Tree, name: NodeId) -> Option<(NodeId, &'t [NodeId])> {
    let chain = tree.parent(name).filter(|&parent| tree.kind(parent) == Kind::Chain)?;
    let [first, _, call] = tree.children(chain) else { return None };
    let method = called_name(text, tree, *call).unwrap_or("");
    let statement = tree.parent(chain)?;
    let fills = matches!(builtins::changes(method), Some(Change::Put | Change::Fill));
    (*first == name && fills && tree.kind(*call) == Kind::Call && tree.kind(statement) == Kind::Expression)
        .then(|| (chain, tree.children(*call)))
}

/// Whether a value is a map or list that nothing else has: a literal, or `Map()`, `List()`, `Collection()`.
pub fn is_fresh(text: &str, tree: &Tree, value: NodeId) -> bool {
    match tree.kind(value) {
        Kind::Brace | Kind::List => true,
        Kind::Chain => match tree.children(value) {
            [name, call] if tree.kind(*name) == Kind::Name && tree.kind(*call) == Kind::Call => {
                builtins::of(tree.range(*name).of(text)) == Some(Of::New)
            }
            _ => false,
        },
        _ => false,
    }
}

/// The range of a string literal's content, without its quotes; `None` when the node is no string.
pub fn string_content(text: &str, tree: &Tree, node: NodeId) -> Option<TextRange> {
    if tree.kind(node) != Kind::String {
        return None;
    }
    let range = tree.range(node);
    let mut characters = range.of(text).chars();
    let open = characters.next()?.len_utf8();
    let close = characters.next_back()?.len_utf8();
    Some(TextRange::new(range.start() + open, range.end() - close))
}

/// The content of a string literal that holds no escapes; names and keys are compared with it.
pub fn plain_string<'a>(text: &'a str, tree: &Tree, node: NodeId) -> Option<&'a str> {
    string_content(text, tree, node).map(|range| range.of(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deluge::parse;

    /// A `catch` names its variable behind what stands in its `try`, and the statement begins before that.
    #[test]
    fn the_write_of_a_statement_is_found_beside_a_catch() {
        for text in [
            "try { x = 1; } catch (x) { }",
            "x = 0; try { x = 1; x = 2; } catch (x) { x = 3; } x = 4;",
            "try { x = 1; try { x = 2; } catch (x) { } } catch (x) { }",
            "for each x in y { try { x = 1; } catch (x) { } }",
        ] {
            let tree = parse(text).unwrap();
            let scopes = Scopes::of(text, &tree);
            let binding = scopes.get(tree.root()).and_then(|scope| scope.get("x")).unwrap();
            for write in binding.writes {
                let found = binding.write_of(&tree, write.node).map(|found| found.id);
                assert_eq!(found, Some(write.id), "{} in {text}", tree.range(write.node).of(text));
            }
        }
    }
}
