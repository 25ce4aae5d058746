//! Names and what is known of them, per function (or per bare script): where a name is written, where it is read.
//!
//! Deluge has no declarations and no closures: a variable belongs to the function around it. What the tree cannot show
//! (an opaque region that mentions the name) counts as a write and a read, so that nothing is concluded from it.

use std::collections::{HashMap, HashSet};

use super::reaching::{self, Event, Events, NameId, Reads, Walk, WriteId};
use super::uses::Known;
use crate::source::TextRange;
use crate::syntax::{Kind, NodeId, Operator, Tree};

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
    fn unknown(node: NodeId) -> Self {
        Self { id: reaching::UNKNOWN, node, value: None, appended: None }
    }
}

/// All that a scope does with one name.
#[derive(Clone, Default, Debug)]
pub struct Binding {
    /// Every write, in text order.
    pub writes: Vec<Write>,
    /// The [`Kind::Name`] nodes that read it, in text order.
    pub reads: Vec<NodeId>,
    /// Whether the name is a parameter of the function.
    pub parameter: bool,
    /// Text that was not understood and mentions it.
    pub opaque: Vec<NodeId>,
}

impl Binding {
    /// The write that a statement makes.
    pub fn write_of(&self, tree: &Tree, statement: NodeId) -> Option<&Write> {
        let start = tree.range(statement).start();
        let from = self.writes.partition_point(|write| tree.range(write.node).start() < start);
        self.writes.get(from..)?.iter().find(|write| write.node == statement)
    }

    /// Whether code that was not understood mentions the name: it may read it and write it.
    pub fn is_opaque(&self) -> bool {
        !self.opaque.is_empty()
    }
}

/// The names of one function or script.
#[derive(Debug)]
pub struct Scope<'a> {
    /// The function, or the root for bare statements.
    pub node: NodeId,
    names: HashMap<&'a str, NameId>,
    bindings: Vec<(&'a str, Binding)>,
}

impl<'a> Scope<'a> {
    /// What is known of `name`; `None` when the scope never mentions it.
    pub fn get(&self, name: &str) -> Option<&Binding> {
        self.bindings.get(*self.names.get(name)? as usize).map(|(_, binding)| binding)
    }

    /// All names, in the order in which they are first mentioned.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &Binding)> {
        self.bindings.iter().map(|(name, binding)| (*name, binding))
    }

    fn new(node: NodeId) -> Self {
        Self { node, names: HashMap::new(), bindings: Vec::new() }
    }

    /// What is known of `name`, so that more can be noted.
    fn note(&mut self, name: &'a str, note: impl FnOnce(&mut Binding)) {
        let next = self.bindings.len() as NameId;
        let id = *self.names.entry(name).or_insert(next);
        if id == next {
            self.bindings.push((name, Binding::default()));
        }
        if let Some((_, binding)) = self.bindings.get_mut(id as usize) {
            note(binding);
        }
    }
}

/// The scopes of a file, and which of their writes reach which reads.
#[derive(Debug)]
pub struct Scopes<'a> {
    scopes: Vec<Scope<'a>>,
    by_node: HashMap<NodeId, usize>,
    writes: Vec<Write>,
    reads: Reads,
    readers: Vec<Vec<NodeId>>,
    /// What is done with each value, as far as it was asked for.
    pub(super) uses: Known,
}

/// A read that any write of its name may reach is noted with all of them. A name with more of such pairs than this counts as
/// mentioned by code that was not understood.
const MOST_LOST: usize = 1 << 14;

impl<'a> Scopes<'a> {
    /// Collects every name of the file; linear in the number of nodes and in how deep its loops nest.
    pub fn of(text: &'a str, tree: &Tree) -> Self {
        let root = tree.root();
        let mut this = Self {
            scopes: vec![Scope::new(root)],
            by_node: HashMap::from([(root, 0)]),
            writes: Vec::new(),
            reads: Reads::of(tree),
            readers: Vec::new(),
            uses: Known::default(),
        };
        let mut stack = vec![(root, 0)];
        while let Some((node, outer)) = stack.pop() {
            let kind = tree.kind(node);
            let inner = if kind.has_variables() && node != root {
                this.by_node.insert(node, this.scopes.len());
                this.scopes.push(Scope::new(node));
                this.scopes.len() - 1
            } else {
                outer
            };
            match (kind, this.scopes.get_mut(inner)) {
                (Kind::Name, Some(scope)) => note_name(text, tree, node, scope),
                (Kind::Opaque, Some(scope)) => {
                    for word in words(tree.range(node).of(text)) {
                        scope.note(word, |binding| binding.opaque.push(node));
                    }
                }
                _ => {}
            }
            // Reversed, so that the stack gives the nodes in text order.
            stack.extend(tree.children(node).iter().rev().map(|&child| (child, inner)));
        }
        this.reach(tree);
        this
    }

    fn reach(&mut self, tree: &Tree) {
        let mut events = Vec::new();
        let mut writes_of: Vec<Vec<Vec<(usize, WriteId)>>> = Vec::new();
        for scope in &mut self.scopes {
            let mut of_scope = Vec::with_capacity(scope.bindings.len());
            for (name, (_, binding)) in (0..).zip(&mut scope.bindings) {
                let mut writes = Vec::with_capacity(binding.writes.len() + binding.opaque.len());
                for write in &mut binding.writes {
                    write.id = self.writes.len() as WriteId;
                    self.writes.push(*write);
                    events.push((write.node, name, Event::Write(write.id)));
                    writes.push((tree.range(write.node).start(), write.id));
                }
                events.extend(binding.reads.iter().map(|&read| (read, name, Event::Read)));
                for &opaque in &binding.opaque {
                    events.push((opaque, name, Event::Write(reaching::UNKNOWN)));
                    writes.push((tree.range(opaque).start(), reaching::UNKNOWN));
                }
                writes.sort_unstable();
                of_scope.push(writes);
            }
            writes_of.push(of_scope);
        }
        let events = Events::of(tree, events);
        for (scope, writes) in self.scopes.iter().zip(&writes_of) {
            let mut walk = Walk::new(tree, &events, writes, &mut self.reads);
            // The scope's own node would pass for another scope.
            for &part in tree.children(scope.node) {
                walk.walk(part);
            }
        }
        self.readers = vec![Vec::new(); self.writes.len()];
        for (_, binding) in self.scopes.iter_mut().flat_map(|scope| &mut scope.bindings) {
            let mut lost = Vec::new();
            for &read in &binding.reads {
                for &write in self.reads.at(read) {
                    if write == reaching::LOST {
                        lost.push(read);
                    } else if let Some(readers) = self.readers.get_mut(write as usize) {
                        readers.push(read);
                    }
                }
            }
            if lost.len() * binding.writes.len() > MOST_LOST {
                binding.opaque.extend(lost.first());
                continue;
            }
            for write in binding.writes.iter().filter(|_| !lost.is_empty()) {
                if let Some(readers) = self.readers.get_mut(write.id as usize) {
                    readers.extend(&lost);
                    readers.sort_unstable();
                }
            }
        }
    }

    /// The writes that may be the last one before the read `name`, with `None` for a value from outside. Empty for a name
    /// that is not read as a variable.
    pub fn reaching(&self, name: NodeId) -> impl Iterator<Item = Option<&Write>> {
        self.reads.at(name).iter().map(|&write| self.writes.get(write as usize))
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
        self.readers.get(write as usize).map_or(&[], Vec::as_slice)
    }

    /// The scope that `node` stands in.
    pub fn around(&self, tree: &Tree, node: NodeId) -> Option<&Scope<'a>> {
        self.get(tree.scope(node))
    }

    /// The scope of a function, or of the root.
    pub fn get(&self, scope: NodeId) -> Option<&Scope<'a>> {
        self.scopes.get(*self.by_node.get(&scope)?)
    }

    /// Every scope, in text order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope<'a>> {
        self.scopes.iter()
    }

    /// What is known of the name that the [`Kind::Name`] node `name` stands for.
    pub fn binding(&self, text: &str, tree: &Tree, name: NodeId) -> Option<&Binding> {
        self.around(tree, name)?.get(tree.range(name).of(text))
    }
}

fn note_name<'a>(text: &'a str, tree: &Tree, name: NodeId, scope: &mut Scope<'a>) {
    let Some(parent) = tree.parent(name) else { return };
    let first = tree.children(parent).first() == Some(&name);
    let mut note = |write: Option<Write>, read: bool| {
        scope.note(tree.range(name).of(text), |binding| {
            binding.writes.extend(write);
            binding.reads.extend(read.then_some(name));
            binding.parameter |= tree.kind(parent) == Kind::Param;
        });
    };
    match tree.kind(parent) {
        // `.name` is a field or a function, not a variable.
        Kind::Member => {}
        Kind::Param => note(Some(Write::unknown(parent)), false),
        Kind::ForEach if first => note(Some(Write::unknown(parent)), false),
        Kind::Try | Kind::Loose => note(Some(Write::unknown(parent)), false),
        Kind::Assign if first => {
            let children = tree.children(parent);
            let op = children.get(1).map(|&op| tree.kind(op));
            match op {
                Some(Kind::Op(Operator::Assign)) => {
                    note(Some(Write { value: children.get(2).copied(), ..Write::unknown(parent) }), false);
                }
                // `x += y` reads x as well.
                Some(Kind::Op(Operator::AddAssign)) => {
                    note(Some(Write { appended: children.get(2).copied(), ..Write::unknown(parent) }), true);
                }
                _ => note(Some(Write::unknown(parent)), true),
            }
        }
        // `x.field = …;` and `x[0] = …;` change a part of x.
        Kind::Chain if first && is_target(tree, parent) => {
            let statement = tree.parent(parent).unwrap_or(parent);
            note(Some(Write::unknown(statement)), true);
        }
        _ => note(None, true),
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

/// Whether reading the expression again, or not at all, makes no difference: it only yields a value. Calls count only
/// where Zoho documents them as look-ups; everything else might do something.
pub fn is_pure(text: &str, tree: &Tree, expression: NodeId) -> bool {
    is_pure_without(text, tree, expression, &HashSet::new())
}

/// Whether an expression only yields a value, apart from the calls and blocks of attributes in `parts`, of which that is
/// known.
pub fn is_pure_without(text: &str, tree: &Tree, expression: NodeId, parts: &HashSet<NodeId>) -> bool {
    tree.descendants(expression).all(|node| parts.contains(&node) || !may_act(text, tree, node))
}

/// Whether a node by itself may do more than yield a value.
pub fn may_act(text: &str, tree: &Tree, node: NodeId) -> bool {
    match tree.kind(node) {
        Kind::Call => !called_name(text, tree, node)
            .is_some_and(|name| PURE_CALLS.iter().any(|pure| pure.eq_ignore_ascii_case(name))),
        Kind::Attributes | Kind::Insert | Kind::Opaque => true,
        _ => false,
    }
}

/// `name.put(…);`, `name.add(…);`: the chain of a statement that fills the map or list that `name` reads, and its arguments.
/// `None` for any other use of the name.
pub fn filled<'t>(text: &str, tree: &'t Tree, name: NodeId) -> Option<(NodeId, &'t [NodeId])> {
    const FILLS: &[&str] = &["put", "putAll", "add", "addAll"];
    let chain = tree.parent(name).filter(|&parent| tree.kind(parent) == Kind::Chain)?;
    let [first, _, call] = tree.children(chain) else { return None };
    let method = called_name(text, tree, *call).unwrap_or("");
    let statement = tree.parent(chain)?;
    let fills = FILLS.iter().any(|fills| fills.eq_ignore_ascii_case(method));
    (*first == name && fills && tree.kind(*call) == Kind::Call && tree.kind(statement) == Kind::Expression)
        .then(|| (chain, tree.children(*call)))
}

/// Whether a value is a map or list that nothing else has: a literal, or `Map()`, `List()`, `Collection()`.
pub fn is_fresh(text: &str, tree: &Tree, value: NodeId) -> bool {
    const CONSTRUCTORS: &[&str] = &["map", "list", "collection"];
    match tree.kind(value) {
        Kind::Brace | Kind::List => true,
        Kind::Chain => match tree.children(value) {
            [name, call] if tree.kind(*name) == Kind::Name && tree.kind(*call) == Kind::Call => {
                CONSTRUCTORS.contains(&tree.range(*name).of(text).to_ascii_lowercase().as_str())
            }
            _ => false,
        },
        _ => false,
    }
}

/// Functions that only compute or look up a value.
const PURE_CALLS: &[&str] = &[
    "get",
    "getOrgVariable",
    "getOrganizationVariable",
    "toString",
    "trim",
    "ltrim",
    "rtrim",
    "toLowerCase",
    "toUpperCase",
    "concat",
    "replaceAll",
    "ifNull",
    "encodeUrl",
    "urlEncode",
    "base64Encode",
    "toMap",
    "toJSONList",
    "getJSON",
    "isNull",
    "isEmpty",
    "isBlank",
    "containKey",
    "Map",
    "List",
    "Collection",
    "subString",
    "getPrefix",
    "getSuffix",
];

/// The name of the function a [`Kind::Call`] calls: the link before it in its chain.
pub fn called_name<'a>(text: &'a str, tree: &Tree, call: NodeId) -> Option<&'a str> {
    let chain = tree.parent(call)?;
    let children = tree.children(chain);
    // Nodes are numbered in text order.
    let at = children.binary_search(&call).ok()?;
    let before = *children.get(at.checked_sub(1)?)?;
    match tree.kind(before) {
        Kind::Name => Some(tree.range(before).of(text)),
        Kind::Member => tree.child(before, Kind::Name).map(|name| tree.range(name).of(text)),
        _ => None,
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
