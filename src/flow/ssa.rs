//! From a tree to the graph of its values: static single assignment on structured code.
//!
//! Statements are walked in text order with an environment: which *cell* each name stands for, and what each cell holds. A
//! cell is what two names of one map share. A branch is walked with a log of what it changes; the changes are taken back at
//! its end, and where the branches meet each cell that one of them changed gets a [`Op::Phi`]:
//!
//! ```text
//! m = Map();             m → cell 0                  cell 0: Map()
//! n = m;                 n → cell 0
//! if(c)
//! {
//!     n.put("a",x);                                  cell 0: Put(…)        logged: cell 0 was Map()
//! }                                                  taken back; then      cell 0: Phi(join 0: Put(…), Map())
//! foo(m);                                            reads the Phi
//! ```
//!
//! A loop gives all that its body may change an [`Op::Loop`] before the body is walked, and closes it afterwards. What is
//! thrown in a `try` may leave any of the values that were written in it. Where two maps can only be told to be perhaps the
//! same (one way makes them so, the other does not), a change of one blurs the other: nothing is concluded from it.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt};

use super::graph::{Event, EventId, EventKind, Fork, Graph, Head, JoinId, Op, Sent, ValueId, Way};
use crate::deluge::builtins::{self, Form, is_namespace, only_yields};
use crate::deluge::{Kind, NodeId, Operator, Tree};
use crate::text::source::TextRange;

/// The graph of all scopes of a text; linear in the number of nodes and in how deep loops nest. Recurses as deep as the tree
/// nests.
pub fn graph(text: &str, tree: &Tree) -> Graph {
    let mut builder = Builder::new(text, tree);
    builder.scope(tree.root());
    while let Some(scope) = builder.waiting.pop() {
        builder.scope(scope);
    }
    builder.graph.settle();
    builder.graph
}

fn is_one_of(list: &[&str], name: &str) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// More inputs of joins than this, or values that are written in `try`s, are not noted: a chain of thousands of branches that
/// each write a variable of their own multiplies them. The graph says so.
const MOST_INPUTS: usize = 1 << 21;

/// A name of the scope that is being walked.
type Name = u32;
/// What names share when they stand for one map.
type Cell = u32;

/// Changes of maps that may be the same are not followed further than this: a map that thousands of others were put into would
/// blur all of them with each change. The graph says so.
const MOST_BLURRED: usize = 1 << 17;

/// Loops, and `try`s, that stand inside of more than this are not followed: each looks through all that is in it.
const MOST_NESTED: usize = 64;

/// No cell: the name holds what it held before the script.
const OUTSIDE: Cell = u32::MAX;

enum Change {
    Name(Name, Cell),
    Cell(Cell, ValueId),
}

/// What a way through a branch leaves.
#[derive(Default)]
struct Passage {
    /// It ends in a `return`, a `throw`, a `break` or a `continue`.
    dead: bool,
    names: BTreeMap<Name, Cell>,
    cells: BTreeMap<Cell, ValueId>,
}

/// A loop that is being walked.
#[derive(Default)]
struct Frame {
    /// What it changes.
    names: Vec<Name>,
    /// The values of those at each `continue` and each `break`.
    continues: Vec<Vec<ValueId>>,
    breaks: Vec<Vec<ValueId>>,
}

struct Builder<'t, 'b> {
    text: &'t str,
    tree: &'b Tree,
    graph: Graph,
    /// Functions and scripts inside of the scopes that were walked, the next one last.
    waiting: Vec<NodeId>,
    scopes: u32,
    /// How many inputs were noted, and how many cells were blurred.
    inputs: usize,
    blurred: usize,
    names: HashMap<&'t str, Name>,
    /// Where each name stands first.
    texts: Vec<TextRange>,
    cell_of: Vec<Cell>,
    content: Vec<ValueId>,
    /// Cells that may be the same map, or hold one another.
    kin: HashMap<Cell, BTreeSet<Cell>>,
    log: Vec<Change>,
    /// What is written in each `try` that is being walked.
    tries: Vec<Vec<(Option<Name>, Cell, ValueId)>>,
    frames: Vec<Frame>,
    dead: bool,
    way: Way,
    conditions: u32,
    statement: TextRange,
}

impl<'t, 'b> Builder<'t, 'b> {
    fn new(text: &'t str, tree: &'b Tree) -> Self {
        Self {
            text,
            tree,
            graph: Graph::default(),
            waiting: Vec::new(),
            scopes: 0,
            inputs: 0,
            blurred: 0,
            names: HashMap::new(),
            texts: Vec::new(),
            cell_of: Vec::new(),
            content: Vec::new(),
            kin: HashMap::new(),
            log: Vec::new(),
            tries: Vec::new(),
            frames: Vec::new(),
            dead: false,
            way: Way::Start,
            conditions: 0,
            statement: TextRange::default(),
        }
    }

    fn text_of(&self, node: NodeId) -> &'t str {
        self.tree.range(node).of(self.text)
    }

    fn scope(&mut self, scope: NodeId) {
        self.names.clear();
        self.texts.clear();
        self.cell_of.clear();
        self.content.clear();
        self.kin.clear();
        self.log.clear();
        self.tries.clear();
        self.frames.clear();
        (self.dead, self.way, self.conditions) = (false, Way::Start, 0);
        self.scopes += 1;
        self.statement = TextRange::empty(self.tree.range(scope).start());
        let tree = self.tree;
        let name = tree.child(scope, Kind::FunctionName).map_or_else(TextRange::default, |name| tree.range(name));
        self.event(EventKind::Scope(name), Vec::new());
        let inside = self.waiting.len();
        for &child in tree.children(scope) {
            match tree.kind(child) {
                Kind::Param => {
                    if let Some(name) = tree.child(child, Kind::Name) {
                        let value = self.graph.add(Op::Apply(Head::Leaf(tree.range(name)), Vec::new()));
                        self.write(name, value);
                    }
                }
                Kind::TypeName | Kind::FunctionName => {}
                _ => self.walk(child),
            }
        }
        if let Some(new) = self.waiting.get_mut(inside..) {
            new.reverse();
        }
    }

    // ------------------------------------------------------------------------------------------ the environment

    /// The name that this text, which stands here, is.
    fn name_at(&mut self, range: TextRange) -> Name {
        let next = self.texts.len() as Name;
        let name = *self.names.entry(range.of(self.text)).or_insert(next);
        if name == next {
            self.texts.push(range);
            self.cell_of.push(OUTSIDE);
        }
        name
    }

    fn name(&mut self, node: NodeId) -> Name {
        self.name_at(self.tree.range(node))
    }

    fn cell(&self, name: Name) -> Cell {
        self.cell_of.get(name as usize).copied().unwrap_or(OUTSIDE)
    }

    fn new_cell(&mut self, value: ValueId) -> Cell {
        self.content.push(value);
        (self.content.len() - 1) as Cell
    }

    fn content_of(&self, cell: Cell) -> Option<ValueId> {
        self.content.get(cell as usize).copied()
    }

    /// Makes room for so many more inputs, if there is any.
    fn may_note(&mut self, inputs: usize) -> bool {
        self.inputs = self.inputs.saturating_add(inputs);
        self.graph.given_up |= self.inputs > MOST_INPUTS;
        !self.graph.given_up
    }

    fn set_cell(&mut self, name: Name, cell: Cell) {
        let value = self.content_of(cell);
        if let Some(slot) = self.cell_of.get_mut(name as usize) {
            self.log.push(Change::Name(name, std::mem::replace(slot, cell)));
        }
        if let Some(value) = value
            && self.may_note(self.tries.len())
        {
            self.tries.iter_mut().for_each(|tried| tried.push((Some(name), cell, value)));
        }
    }

    fn set_content(&mut self, cell: Cell, value: ValueId) {
        if let Some(slot) = self.content.get_mut(cell as usize) {
            self.log.push(Change::Cell(cell, std::mem::replace(slot, value)));
            if self.may_note(self.tries.len()) {
                self.tries.iter_mut().for_each(|tried| tried.push((None, cell, value)));
            }
        }
    }

    /// The name that a node writes gets a value of its own.
    fn write(&mut self, name: NodeId, value: ValueId) {
        let name = self.name(name);
        let cell = self.new_cell(value);
        self.set_cell(name, cell);
    }

    /// What a name holds now.
    fn value_of(&mut self, name: Name) -> ValueId {
        if let Some(value) = self.content_of(self.cell(name)) {
            return value;
        }
        let text = self.texts.get(name as usize).copied().unwrap_or_default();
        self.graph.add(Op::Outside(text))
    }

    /// A read of a name.
    fn read(&mut self, node: NodeId) -> ValueId {
        let text = self.text_of(node);
        let range = self.tree.range(node);
        if is_constant(text) {
            return self.graph.add(Op::Apply(Head::Leaf(range), Vec::new()));
        }
        let name = self.name(node);
        let value = self.value_of(name);
        let graph = &self.graph;
        let source = self.text;
        let outside = |value: &ValueId| matches!(graph.op(*value), Op::Outside(name) if name.of(source) == text);
        let unwritten = match graph.op(value) {
            Op::Outside(_) => true,
            Op::Phi(_, inputs) | Op::AnyOf(_, inputs) => inputs.iter().any(outside),
            Op::Loop(_, first, _) => outside(first),
            _ => false,
        };
        if unwritten {
            self.graph.unwritten.push((self.scopes, range));
        }
        value
    }

    /// Two cells may be the same map, or hold one another.
    fn relate(&mut self, one: Cell, other: Cell) {
        if one != other && one != OUTSIDE && other != OUTSIDE {
            self.kin.entry(one).or_default().insert(other);
            self.kin.entry(other).or_default().insert(one);
        }
    }

    /// The map that a name stands for becomes another one.
    fn change(&mut self, name: Name, value: ValueId) {
        let mut cell = self.cell(name);
        if cell == OUTSIDE {
            cell = self.new_cell(value);
            self.set_cell(name, cell);
        } else {
            self.set_content(cell, value);
        }
        let mut waiting: Vec<Cell> = self.kin.get(&cell).into_iter().flatten().copied().collect();
        let mut seen = BTreeSet::from([cell]);
        while let Some(other) = waiting.pop() {
            if seen.insert(other)
                && let Some(before) = self.content_of(other)
            {
                self.blurred += 1;
                if self.blurred > MOST_BLURRED {
                    self.graph.given_up = true;
                    return;
                }
                let blurred = self.graph.add(Op::Apply(Head::Blurred, vec![before, value]));
                self.set_content(other, blurred);
                waiting.extend(self.kin.get(&other).into_iter().flatten());
            }
        }
    }

    /// Walks one way and takes back what it changes.
    fn branch(&mut self, number: u32, join: JoinId, walk: impl FnOnce(&mut Self)) -> Passage {
        let (mark, way, dead) = (self.log.len(), self.way, self.dead);
        self.way = Way::Block(join, number);
        walk(self);
        self.way = way;
        let mut left = Passage { dead: std::mem::replace(&mut self.dead, dead), ..Passage::default() };
        for change in self.log.get(mark..).unwrap_or(&[]) {
            match *change {
                Change::Name(name, _) => {
                    let cell = self.cell(name);
                    left.names.insert(name, cell);
                    if let Some(value) = self.content_of(cell) {
                        left.cells.insert(cell, value);
                    }
                }
                Change::Cell(cell, _) => {
                    if let Some(value) = self.content_of(cell) {
                        left.cells.insert(cell, value);
                    }
                }
            }
        }
        for change in self.log.drain(mark..).rev() {
            match change {
                Change::Name(name, cell) => {
                    if let Some(slot) = self.cell_of.get_mut(name as usize) {
                        *slot = cell;
                    }
                }
                Change::Cell(cell, value) => {
                    if let Some(slot) = self.content.get_mut(cell as usize) {
                        *slot = value;
                    }
                }
            }
        }
        left
    }

    /// Goes on where ways meet. `before` is how many cells there were before them.
    fn join(&mut self, join: JoinId, ways: &[Passage], before: usize) {
        let live: Vec<(usize, &Passage)> = ways.iter().enumerate().filter(|(_, way)| !way.dead).collect();
        if live.is_empty() {
            self.dead = true;
            return;
        }
        let names: BTreeSet<Name> = live.iter().flat_map(|(_, way)| way.names.keys().copied()).collect();
        let cells: BTreeSet<Cell> = live.iter().flat_map(|(_, way)| way.cells.keys().copied()).collect();
        if !self.may_note((names.len() + cells.len()).saturating_mul(live.len())) {
            return;
        }
        let is_old = |cell: Cell| (cell as usize) < before;
        let mut contents = Vec::new();
        for cell in cells.into_iter().filter(|&cell| is_old(cell)) {
            let Some(now) = self.content_of(cell) else { continue };
            let inputs = live.iter().map(|(_, way)| way.cells.get(&cell).copied().unwrap_or(now)).collect();
            contents.push((cell, self.phi(join, inputs)));
        }
        // Of each new cell, the cells of the ways it is made of.
        let mut made: Vec<(Name, Vec<Cell>, ValueId)> = Vec::new();
        for name in names {
            let now = self.cell(name);
            let sources: Vec<Cell> = live.iter().map(|(_, way)| way.names.get(&name).copied().unwrap_or(now)).collect();
            let mut inputs = Vec::with_capacity(live.len());
            for ((_, way), &cell) in live.iter().zip(&sources) {
                let value = way.cells.get(&cell).copied().or_else(|| self.content_of(cell));
                let value = match value {
                    Some(value) => value,
                    None => self.value_of(name),
                };
                inputs.push(value);
            }
            let value = self.phi(join, inputs);
            made.push((name, sources, value));
        }
        for (cell, value) in contents {
            self.set_content(cell, value);
        }
        let mut users: BTreeMap<Cell, Cell> = BTreeMap::new();
        for (name, sources, value) in made {
            let same = sources.first().copied().filter(|first| sources.iter().all(|cell| cell == first));
            let cell = match same {
                Some(cell) => {
                    if !is_old(cell) {
                        self.set_content(cell, value);
                    }
                    cell
                }
                None => self.new_cell(value),
            };
            self.set_cell(name, cell);
            for source in sources {
                if is_old(source) {
                    self.relate(cell, source);
                }
                if let Some(&other) = users.get(&source) {
                    self.relate(cell, other);
                }
                users.insert(source, cell);
            }
        }
    }

    fn phi(&mut self, join: JoinId, inputs: Vec<ValueId>) -> ValueId {
        match inputs.split_first() {
            Some((&first, rest)) if rest.iter().all(|&other| other == first) => first,
            _ => self.graph.add(Op::Phi(join, inputs)),
        }
    }

    fn any_of(&mut self, join: JoinId, mut inputs: Vec<ValueId>) -> ValueId {
        inputs.dedup();
        match inputs.as_slice() {
            [only] => *only,
            _ => self.graph.add(Op::AnyOf(join, inputs)),
        }
    }

    fn next_join(&mut self) -> JoinId {
        let fork = Fork { way: self.way, conditions: Vec::new(), ended: Vec::new(), branches: 0 };
        self.graph.forks.push(fork);
        JoinId((self.graph.forks.len() - 1) as u32)
    }

    fn event(&mut self, kind: EventKind, values: Vec<ValueId>) -> ValueId {
        let event = EventId(self.graph.events.len() as u32);
        let (way, conditions, range) = (self.way, self.conditions, self.statement);
        self.graph.events.push(Event { kind, values, way, conditions, range });
        self.graph.add(Op::Result(event))
    }

    // ------------------------------------------------------------------------------------------ statements

    fn walk(&mut self, node: NodeId) {
        let tree = self.tree;
        let children = tree.children(node);
        let around = std::mem::replace(&mut self.statement, tree.range(node));
        match tree.kind(node) {
            Kind::Function | Kind::Body | Kind::Action => self.waiting.push(node),
            Kind::Definition | Kind::Page | Kind::Empty | Kind::Stray => {}
            Kind::Block => children.iter().for_each(|&child| self.walk(child)),
            Kind::If => self.branches(children),
            Kind::ForEach | Kind::While | Kind::Try if self.frames.len() + self.tries.len() >= MOST_NESTED => {
                self.graph.given_up = true;
            }
            Kind::ForEach | Kind::While => self.repeat(node, children),
            Kind::Try => self.attempt(children),
            Kind::Loose => self.loose(children),
            Kind::Assign => self.assign(children),
            Kind::Expression => {
                for &child in children {
                    self.value(child);
                }
            }
            Kind::Info => {
                let values = self.values(children);
                self.event(EventKind::Info, values);
            }
            Kind::Opaque => self.opaque(node),
            kind => {
                let values = self.values(children);
                let word = if children.is_empty() { tree.range(node) } else { TextRange::default() };
                self.event(EventKind::Statement(kind, word), values);
                match kind {
                    Kind::Jump => self.jump(self.text_of(node)),
                    Kind::Return | Kind::Throw => self.dead = true,
                    _ => {}
                }
            }
        }
        self.statement = around;
    }

    fn jump(&mut self, word: &str) {
        if let Some(mut frame) = self.frames.pop() {
            let values: Vec<ValueId> = frame.names.iter().map(|&name| self.value_of(name)).collect();
            let continues = word.get(..8).is_some_and(|word| word.eq_ignore_ascii_case("continue"));
            if continues { &mut frame.continues } else { &mut frame.breaks }.push(values);
            self.frames.push(frame);
        }
        self.dead = true;
    }

    fn branches(&mut self, children: &[NodeId]) {
        let join = self.next_join();
        let before = self.content.len();
        let mut ways = Vec::new();
        let mut conditions = Vec::new();
        let mut parts = children.iter().copied().peekable();
        let around = self.way;
        let mut has_else = false;
        while let Some(part) = parts.next() {
            let number = ways.len() as u32;
            if self.tree.kind(part) == Kind::Block {
                ways.push(self.branch(number, join, |this| this.walk(part)));
                has_else = true;
                break;
            }
            if number > 0 {
                self.way = Way::Condition(join, number);
            }
            let condition = self.value(part);
            conditions.push(condition);
            self.event(EventKind::Branch(join), vec![condition]);
            if let Some(block) = parts.next() {
                ways.push(self.branch(number, join, |this| this.walk(block)));
            }
        }
        if !has_else {
            ways.push(Passage::default());
        }
        let ended: Vec<u32> = (0..).zip(&ways).filter(|(_, way)| way.dead).map(|(number, _)| number).collect();
        self.way = if ended.is_empty() { around } else { Way::Behind(join) };
        if let Some(fork) = self.graph.forks.get_mut(join.0 as usize) {
            (fork.conditions, fork.ended, fork.branches) = (conditions, ended, ways.len() as u32);
        }
        self.join(join, &ways, before);
    }

    fn loose(&mut self, children: &[NodeId]) {
        let join = self.next_join();
        let before = self.content.len();
        let way = self.branch(0, join, |this| {
            for &child in children {
                if this.tree.kind(child) == Kind::Name {
                    let thrown = this.graph.add(Op::Apply(Head::Item(join), Vec::new()));
                    this.write(child, thrown);
                } else {
                    this.walk(child);
                }
            }
        });
        self.join(join, &[way, Passage::default()], before);
    }

    fn repeat(&mut self, node: NodeId, children: &[NodeId]) {
        let tree = self.tree;
        let join = self.next_join();
        let is_while = tree.kind(node) == Kind::While;
        let Some((&block, head)) = children.split_last() else { return };
        let variable =
            head.first().copied().filter(|&name| !is_while && head.len() > 1 && tree.kind(name) == Kind::Name);
        let source = head.last().copied().filter(|_| !is_while);
        let source = source.map(|source| self.value(source));
        if let Some(source) = source {
            self.event(EventKind::Branch(join), vec![source]);
        }
        // What the body may change begins anew.
        let mut heads: Vec<(Name, ValueId)> = Vec::new();
        let mut frame = Frame::default();
        let mut fresh: BTreeMap<Cell, ValueId> = BTreeMap::new();
        for name in self.changed_in(node) {
            let cell = self.cell(name);
            let head = match fresh.get(&cell) {
                Some(&head) if cell != OUTSIDE => head,
                _ => {
                    let first = self.value_of(name);
                    let head = self.graph.add(Op::Loop(join, first, first));
                    if cell == OUTSIDE {
                        let cell = self.new_cell(head);
                        self.set_cell(name, cell);
                    } else {
                        self.set_content(cell, head);
                        fresh.insert(cell, head);
                    }
                    head
                }
            };
            heads.push((name, head));
            frame.names.push(name);
        }
        let before = self.content.len();
        self.frames.push(frame);
        let way = self.branch(0, join, |this| {
            if let Some(name) = variable {
                let item = this.graph.add(Op::Apply(Head::Item(join), source.into_iter().collect()));
                this.write(name, item);
            }
            if is_while {
                for &condition in head {
                    let condition = this.value(condition);
                    this.event(EventKind::Branch(join), vec![condition]);
                }
            }
            this.walk(block);
        });
        let frame = self.frames.pop().unwrap_or_default();
        for (at, (name, head)) in heads.into_iter().enumerate() {
            let own = self.cell(name);
            let cell = way.names.get(&name).copied().unwrap_or(own);
            let end = way.cells.get(&cell).copied().or_else(|| self.content_of(cell)).unwrap_or(head);
            let value_at = |values: &Vec<ValueId>| values.get(at).copied().unwrap_or(head);
            let mut backs: Vec<ValueId> = if way.dead { Vec::new() } else { vec![end] };
            backs.extend(frame.continues.iter().map(value_at));
            if backs.is_empty() {
                backs.push(head);
            }
            let back = self.any_of(join, backs);
            self.graph.close_loop(head, back);
            if (cell as usize) < before {
                self.relate(own, cell);
            }
            if !frame.breaks.is_empty() {
                let mut left = vec![head];
                left.extend(frame.breaks.iter().map(value_at));
                let left = self.any_of(join, left);
                self.set_content(own, left);
            }
        }
    }

    /// The names whose values the body of a loop, or its head, may change.
    fn changed_in(&mut self, node: NodeId) -> BTreeSet<Name> {
        let tree = self.tree;
        let mut changed = BTreeSet::new();
        for inner in tree.descendants_in_scope(node) {
            match tree.kind(inner) {
                Kind::Opaque => {
                    changed.extend(words(self.text_of(inner)).filter_map(|word| self.names.get(word).copied()));
                }
                Kind::Name => {
                    let Some(parent) = tree.parent(inner) else { continue };
                    let siblings = tree.children(parent);
                    let first = siblings.first() == Some(&inner);
                    let may = match tree.kind(parent) {
                        Kind::Assign | Kind::ForEach => first,
                        Kind::Try | Kind::Loose => true,
                        Kind::Chain if first && !self.is_namespace(self.text_of(inner)) => {
                            let target = tree.parent(parent).is_some_and(|outer| {
                                tree.kind(outer) == Kind::Assign && tree.children(outer).first() == Some(&parent)
                            });
                            target || siblings.iter().skip(1).any(|&link| self.is_changing(link))
                        }
                        // A function may change the map that it is given.
                        Kind::Call | Kind::Entry => true,
                        _ => false,
                    };
                    if may && !is_constant(self.text_of(inner)) {
                        changed.insert(self.name(inner));
                    }
                }
                _ => {}
            }
        }
        changed
    }

    /// Whether a link of a chain names a method that is not known to leave the value alone.
    fn is_changing(&self, link: NodeId) -> bool {
        self.tree.kind(link) == Kind::Member
            && self.tree.child(link, Kind::Name).is_some_and(|name| !only_yields(self.text_of(name), Form::Method))
    }

    fn attempt(&mut self, children: &[NodeId]) {
        let join = self.next_join();
        let before = self.content.len();
        let mut parts = children.iter().copied();
        let Some(block) = parts.next() else { return };
        self.tries.push(Vec::new());
        let tried = self.branch(0, join, |this| this.walk(block));
        let written = self.tries.pop().unwrap_or_default();
        let caught = self.branch(1, join, |this| {
            this.thrown(join, &written);
            for part in parts {
                if this.tree.kind(part) == Kind::Name {
                    let thrown = this.graph.add(Op::Apply(Head::Item(join), Vec::new()));
                    this.write(part, thrown);
                } else {
                    this.walk(part);
                }
            }
        });
        self.join(join, &[tried, caught], before);
    }

    /// What holds when something was thrown: any of what was `written` so far.
    fn thrown(&mut self, join: JoinId, written: &[(Option<Name>, Cell, ValueId)]) {
        let mut names: BTreeMap<Name, Vec<ValueId>> = BTreeMap::new();
        let mut cells: BTreeMap<Cell, Vec<ValueId>> = BTreeMap::new();
        let mut owner: BTreeMap<Cell, Name> = BTreeMap::new();
        for &(name, cell, value) in written {
            match name {
                Some(name) => {
                    owner.insert(cell, name);
                    names.entry(name).or_default().push(value);
                }
                None => match owner.get(&cell) {
                    Some(&name) => names.entry(name).or_default().push(value),
                    None => cells.entry(cell).or_default().push(value),
                },
            }
        }
        for (cell, values) in cells {
            let Some(before) = self.content_of(cell) else { continue };
            let value = self.any_of(join, std::iter::once(before).chain(values).collect());
            self.set_content(cell, value);
        }
        for (name, values) in names {
            let old = self.cell(name);
            let before = self.value_of(name);
            let value = self.any_of(join, std::iter::once(before).chain(values).collect());
            let cell = self.new_cell(value);
            self.relate(cell, old);
            self.set_cell(name, cell);
        }
    }

    fn opaque(&mut self, node: NodeId) {
        let text = self.text_of(node);
        let mut named: Vec<Name> = Vec::new();
        let mut values = Vec::new();
        for word in words(text).collect::<BTreeSet<_>>() {
            if let Some(&name) = self.names.get(word)
                && self.cell(name) != OUTSIDE
            {
                named.push(name);
                values.push(self.value_of(name));
            }
        }
        let result = self.event(EventKind::Opaque(self.tree.range(node)), values);
        for name in named {
            let before = self.value_of(name);
            let blurred = self.graph.add(Op::Apply(Head::Blurred, vec![before, result]));
            self.change(name, blurred);
        }
    }

    fn assign(&mut self, parts: &[NodeId]) {
        let tree = self.tree;
        let &[target, op, value] = parts else { return };
        let assigned = self.value(value);
        if tree.kind(target) != Kind::Name {
            let written = self.value(target);
            let path = self.path(target);
            self.event(EventKind::Write(path), vec![written, assigned]);
            let root = tree.children(target).first().copied().filter(|&root| tree.kind(root) == Kind::Name);
            if let Some(root) = root
                && tree.kind(target) == Kind::Chain
            {
                let name = self.name(root);
                let before = self.value_of(name);
                let changed = self.graph.add(Op::Apply(Head::Given, vec![before, assigned]));
                self.change(name, changed);
            }
            return;
        }
        let assigned = match tree.kind(op) {
            Kind::Op(Operator::Assign) => {
                let plain = self.inner(value);
                if tree.kind(plain) == Kind::Name && !is_constant(self.text_of(plain)) {
                    let source = self.name(plain);
                    let cell = self.cell(source);
                    if cell != OUTSIDE {
                        let name = self.name(target);
                        self.set_cell(name, cell);
                        return;
                    }
                }
                assigned
            }
            Kind::Op(Operator::AddAssign) => {
                let before = self.read(target);
                self.graph.add(Op::Sum(vec![before, assigned]))
            }
            _ => {
                let before = self.read(target);
                self.graph.add(Op::Apply(Head::Callee(tree.range(op)), vec![before, assigned]))
            }
        };
        let name = self.name(target);
        let cell = self.new_cell(assigned);
        self.set_cell(name, cell);
        self.relate_to_source(cell, value);
    }

    /// `x = m.get("k");`: `x` may be a map inside of `m`.
    fn relate_to_source(&mut self, cell: Cell, value: NodeId) {
        let tree = self.tree;
        let plain = self.inner(value);
        let root = match tree.kind(plain) {
            Kind::Chain => tree.children(plain).first().copied(),
            _ => Some(plain),
        };
        if let Some(root) = root.filter(|&root| tree.kind(root) == Kind::Name)
            && let Some(&source) = self.names.get(self.text_of(root))
        {
            let source = self.cell(source);
            self.relate(cell, source);
        }
    }

    /// An expression without parentheses around it.
    fn inner(&self, mut node: NodeId) -> NodeId {
        while self.tree.kind(node) == Kind::Paren
            && let [inner] = self.tree.children(node)
        {
            node = *inner;
        }
        node
    }

    /// The names of a path such as `input.Order.Status`, as far as they are written side by side.
    fn path(&self, chain: NodeId) -> TextRange {
        let tree = self.tree;
        if tree.kind(chain) != Kind::Chain {
            return tree.range(chain);
        }
        let children = tree.children(chain);
        let mut links = children.iter().take_while(|&&link| matches!(tree.kind(link), Kind::Name | Kind::Member));
        let start = tree.range(chain).start();
        let end = links.by_ref().last().map_or(start, |&link| tree.range(link).end());
        TextRange::new(start, end)
    }

    // ------------------------------------------------------------------------------------------ expressions

    fn values(&mut self, nodes: &[NodeId]) -> Vec<ValueId> {
        nodes
            .iter()
            .filter(|&&node| !matches!(self.tree.kind(node), Kind::Op(_)))
            .map(|&node| self.value(node))
            .collect()
    }

    fn value(&mut self, node: NodeId) -> ValueId {
        let value = self.made(node);
        self.graph.note(node, value);
        value
    }

    fn made(&mut self, node: NodeId) -> ValueId {
        let tree = self.tree;
        let children = tree.children(node);
        match tree.kind(node) {
            Kind::Name => self.read(node),
            Kind::String => {
                let range = tree.range(node);
                let open = self.text_of(node).chars().next().map_or(0, char::len_utf8);
                let close = self.text_of(node).chars().next_back().map_or(0, char::len_utf8);
                let content = TextRange::new(range.start() + open, range.end().saturating_sub(close));
                self.graph.add(Op::Text(content))
            }
            Kind::Number => self.graph.add(Op::Apply(Head::Leaf(tree.range(node)), Vec::new())),
            Kind::Paren => match children {
                [inner] => self.value(*inner),
                _ => self.other(node),
            },
            Kind::Binary => self.binary(children),
            Kind::Chain => self.chain(node, children),
            Kind::Brace | Kind::List | Kind::Call => self.braces(node, children),
            Kind::Insert => {
                let values = self.values(children);
                let name =
                    tree.child(node, Kind::FunctionName).map_or_else(TextRange::default, |name| tree.range(name));
                self.event(EventKind::Call(name), values)
            }
            Kind::Opaque => {
                self.opaque(node);
                self.graph.add(Op::Apply(Head::Leaf(tree.range(node)), Vec::new()))
            }
            _ => self.other(node),
        }
    }

    fn other(&mut self, node: NodeId) -> ValueId {
        let tree = self.tree;
        let children = self.tree.children(node);
        if children.is_empty() {
            return self.graph.add(Op::Apply(Head::Leaf(tree.range(node)), Vec::new()));
        }
        let values = self.values(children);
        let head = match (self.tree.kind(node), children.first().map(|&first| self.tree.kind(first))) {
            (Kind::Unary, Some(Kind::Op(op))) => Head::Operator(op),
            (kind, _) => Head::Kind(kind),
        };
        self.graph.add(Op::Apply(head, values))
    }

    fn binary(&mut self, children: &[NodeId]) -> ValueId {
        let mut parts = children.iter().copied();
        let Some(first) = parts.next() else { return self.graph.add(Op::Map(Vec::new())) };
        let mut left = self.value(first);
        let mut sum: Vec<ValueId> = Vec::new();
        while let (Some(op), Some(operand)) = (parts.next(), parts.next()) {
            let Kind::Op(op) = self.tree.kind(op) else { continue };
            let decides = matches!(op, Operator::And | Operator::Or);
            self.conditions += u32::from(decides);
            let right = self.value(operand);
            self.conditions -= u32::from(decides);
            if op == Operator::Add {
                if sum.is_empty() {
                    sum.push(left);
                }
                sum.push(right);
                continue;
            }
            if !sum.is_empty() {
                left = self.graph.add(Op::Sum(std::mem::take(&mut sum)));
            }
            left = self.graph.add(Op::Apply(Head::Operator(op), vec![left, right]));
        }
        if sum.is_empty() { left } else { self.graph.add(Op::Sum(sum)) }
    }

    /// A map or a list, or the arguments of a constructor.
    fn braces(&mut self, node: NodeId, children: &[NodeId]) -> ValueId {
        let tree = self.tree;
        let is_entry = |&child: &NodeId| tree.kind(child) == Kind::Entry;
        if tree.kind(node) != Kind::List && children.iter().all(is_entry) {
            let mut entries = Vec::with_capacity(children.len());
            for &entry in children {
                if let [key, value] = tree.children(entry) {
                    let key = self.value(*key);
                    let value = self.value(*value);
                    entries.push((key, value));
                }
            }
            return self.graph.add(Op::Map(entries));
        }
        let values = self.values(children);
        self.graph.add(Op::Apply(Head::Kind(Kind::List), values))
    }

    fn chain(&mut self, node: NodeId, children: &[NodeId]) -> ValueId {
        let tree = self.tree;
        let Some((&first, mut links)) = children.split_first() else { return self.other(node) };
        let is_name = tree.kind(first) == Kind::Name;
        let word = self.text_of(first);
        let value;
        match links.first().map(|&link| (link, tree.kind(link))) {
            Some((part, kind)) if is_name && is_request(word, kind) => {
                value = self.request(tree.range(first), part);
                links = links.get(1..).unwrap_or(&[]);
            }
            Some((call, Kind::Call)) if is_name => {
                value = self.function(tree.range(first), call);
                links = links.get(1..).unwrap_or(&[]);
            }
            Some((part, Kind::Attributes)) if is_name => {
                value = self.task(tree.range(first), part);
                links = links.get(1..).unwrap_or(&[]);
            }
            _ if is_name && self.is_namespace(word) => {
                return self.namespace(node, children);
            }
            _ => value = self.value(first),
        }
        let root = is_name.then(|| self.name(first)).filter(|_| links.len() + 1 == children.len());
        self.links(value, root, links)
    }

    /// Whether a word begins the path of a function: no variable is called so.
    fn is_namespace(&self, word: &str) -> bool {
        is_namespace(word) && !self.is_written(word)
    }

    fn is_written(&self, word: &str) -> bool {
        self.names.get(word).is_some_and(|&name| self.cell(name) != OUTSIDE)
    }

    /// What hangs on a value: fields, methods, indices. `root` is the name that the value is read from.
    fn links(&mut self, mut value: ValueId, root: Option<Name>, links: &[NodeId]) -> ValueId {
        let tree = self.tree;
        let mut at = 0;
        while let Some(&link) = links.get(at) {
            at += 1;
            match tree.kind(link) {
                Kind::Member => {
                    let name = tree.child(link, Kind::Name).map_or_else(TextRange::default, |name| tree.range(name));
                    match links.get(at).copied().filter(|&call| tree.kind(call) == Kind::Call) {
                        Some(call) => {
                            value = self.method(value, root, at == 1, name, call);
                            at += 1;
                        }
                        None => value = self.graph.add(Op::Apply(Head::Callee(name), vec![value])),
                    }
                }
                Kind::Attributes => {
                    let (names, mut values) = self.attributes(link);
                    values.insert(0, value);
                    value = self.event(EventKind::Task(TextRange::default(), names), values);
                }
                Kind::Call => {
                    let mut values = self.arguments(link);
                    values.insert(0, value);
                    value = self.event(EventKind::Call(TextRange::default()), values);
                }
                kind => {
                    let mut values = self.values(tree.children(link));
                    values.insert(0, value);
                    if tree.children(link).is_empty() {
                        values.push(self.graph.add(Op::Apply(Head::Leaf(tree.range(link)), Vec::new())));
                    }
                    value = self.graph.add(Op::Apply(Head::Kind(kind), values));
                }
            }
        }
        value
    }

    /// `thisapp.queue.next()`, `zoho.crm.getOrgVariable("x")`, `zoho.loginuserid`, `zoho.sdp.invokeUrl [ … ]`
    fn namespace(&mut self, node: NodeId, children: &[NodeId]) -> ValueId {
        let tree = self.tree;
        let path = self.path(node);
        let from = children
            .iter()
            .position(|&link| !matches!(tree.kind(link), Kind::Name | Kind::Member))
            .unwrap_or(children.len());
        let rest = children.get(from..).unwrap_or(&[]);
        let Some((&part, links)) = rest.split_first() else {
            return self.graph.add(Op::Apply(Head::Leaf(path), Vec::new()));
        };
        let squeezed: String = path.of(self.text).split_whitespace().collect();
        let value = match tree.kind(part) {
            Kind::Attributes if squeezed.eq_ignore_ascii_case("zoho.sdp.invokeurl") => self.request(path, part),
            Kind::Attributes => self.task(path, part),
            Kind::Call if is_lookup(&squeezed) => {
                let values = self.arguments(part);
                self.graph.add(Op::Apply(Head::Callee(path), values))
            }
            Kind::Call => {
                let values = self.arguments(part);
                let result = self.event(EventKind::Call(path), values);
                self.given_away(part, result);
                result
            }
            _ => {
                let value = self.graph.add(Op::Apply(Head::Leaf(path), Vec::new()));
                return self.links(value, None, rest);
            }
        };
        self.links(value, None, links)
    }

    fn arguments(&mut self, call: NodeId) -> Vec<ValueId> {
        let tree = self.tree;
        let mut values = Vec::new();
        for &argument in tree.children(call) {
            match (tree.kind(argument), tree.children(argument)) {
                (Kind::Entry, &[key, value]) => {
                    values.push(self.value(key));
                    values.push(self.value(value));
                }
                _ => values.push(self.value(argument)),
            }
        }
        values
    }

    fn function(&mut self, range: TextRange, call: NodeId) -> ValueId {
        let tree = self.tree;
        let name = range.of(self.text);
        let arguments = tree.children(call);
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("if") || is("ifelse") {
            let Some((&condition, rest)) = arguments.split_first() else { return self.other(call) };
            let condition = self.value(condition);
            self.conditions += 1;
            let values = self.values(rest);
            self.conditions -= 1;
            return self.graph.add(Op::Choice(Some(condition), values));
        }
        if is("ifnull") {
            let Some((&first, rest)) = arguments.split_first() else { return self.other(call) };
            let mut values = vec![self.value(first)];
            self.conditions += 1;
            values.extend(self.values(rest));
            self.conditions -= 1;
            return self.graph.add(Op::Choice(None, values));
        }
        if is("map") || is("collection") {
            return self.braces(call, arguments);
        }
        let values = self.arguments(call);
        if is("concat") {
            return self.graph.add(Op::Sum(values));
        }
        if only_yields(name, Form::Function) {
            return self.graph.add(Op::Apply(Head::Callee(range), values));
        }
        let result = self.event(EventKind::Call(range), values);
        self.given_away(call, result);
        result
    }

    /// A function may change the maps that it is given.
    fn given_away(&mut self, call: NodeId, result: ValueId) {
        let tree = self.tree;
        let names: Vec<NodeId> = tree
            .children(call)
            .iter()
            .map(|&it| self.inner(it))
            .filter(|&it| tree.kind(it) == Kind::Name && !is_constant(self.text_of(it)))
            .collect();
        for name in names {
            let name = self.name(name);
            if self.cell(name) != OUTSIDE && self.may_be_map(name) {
                let before = self.value_of(name);
                let after = self.graph.add(Op::Apply(Head::Given, vec![before, result]));
                self.change(name, after);
            }
        }
    }

    /// Whether a name may hold a map or list: texts and numbers cannot be changed.
    fn may_be_map(&mut self, name: Name) -> bool {
        let mut waiting = vec![self.value_of(name)];
        let mut seen = BTreeSet::new();
        while let Some(value) = waiting.pop() {
            if !seen.insert(value) {
                continue;
            }
            match self.graph.op(value) {
                Op::Text(_) | Op::Sum(_) | Op::ReplaceFirst(..) | Op::Apply(Head::Leaf(_) | Head::Operator(_), _) => {}
                Op::Phi(_, inputs) | Op::AnyOf(_, inputs) | Op::Choice(_, inputs) => waiting.extend(inputs),
                Op::Loop(_, first, back) => waiting.extend([*first, *back]),
                _ => return true,
            }
        }
        false
    }

    fn method(&mut self, value: ValueId, root: Option<Name>, direct: bool, range: TextRange, call: NodeId) -> ValueId {
        let tree = self.tree;
        let name = range.of(self.text);
        let mut values = self.arguments(call);
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("concat") {
            values.insert(0, value);
            return self.graph.add(Op::Sum(values));
        }
        if is("replaceFirst")
            && let [from, to, ..] = *values.as_slice()
            && matches!(self.graph.op(from), Op::Text(from) if from.of(self.text) == "&")
            && let &Op::Text(to) = self.graph.op(to)
        {
            return self.graph.add(Op::ReplaceFirst(value, to));
        }
        if builtins::changes(name).is_some() {
            let after = match *values.as_slice() {
                [key, entry] if is("put") => self.graph.add(Op::Put(value, key, entry)),
                [] if is("clear") => self.graph.add(Op::Map(Vec::new())),
                _ => {
                    let all = std::iter::once(value).chain(values.iter().copied()).collect();
                    self.graph.add(Op::Apply(Head::Changed(range), all))
                }
            };
            match root {
                Some(root) if direct => {
                    self.change(root, after);
                    let own = self.cell(root);
                    // What is put in may be changed through its own name later.
                    for argument in tree.children(call).iter().map(|&it| self.inner(it)).collect::<Vec<_>>() {
                        if tree.kind(argument) == Kind::Name
                            && let Some(&given) = self.names.get(self.text_of(argument))
                            && self.may_be_map(given)
                        {
                            let given = self.cell(given);
                            self.relate(own, given);
                        }
                    }
                }
                Some(root) => {
                    let before = self.value_of(root);
                    let changed = self.graph.add(Op::Apply(Head::Given, vec![before, after]));
                    self.change(root, changed);
                }
                None => {
                    values.insert(0, value);
                    self.event(EventKind::Call(range), values);
                }
            }
            return after;
        }
        values.insert(0, value);
        if only_yields(name, Form::Method) {
            return self.graph.add(Op::Apply(Head::Callee(range), values));
        }
        let result = self.event(EventKind::Call(range), values);
        if let Some(root) = root.filter(|&root| self.cell(root) != OUTSIDE && self.may_be_map(root)) {
            let before = self.value_of(root);
            let after = self.graph.add(Op::Apply(Head::Given, vec![before, result]));
            self.change(root, after);
        }
        self.given_away(call, result);
        result
    }

    fn attributes(&mut self, part: NodeId) -> (Vec<TextRange>, Vec<ValueId>) {
        let tree = self.tree;
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for &attribute in tree.children(part) {
            let Some((&name, given)) = tree.children(attribute).split_first() else { continue };
            for &value in given {
                names.push(tree.range(name));
                values.push(self.value(value));
            }
        }
        (names, values)
    }

    fn task(&mut self, path: TextRange, part: NodeId) -> ValueId {
        let (names, values) = self.attributes(part);
        self.event(EventKind::Task(path, names), values)
    }

    // ------------------------------------------------------------------------------------------ requests

    fn request(&mut self, word: TextRange, part: NodeId) -> ValueId {
        let tree = self.tree;
        let mut sent = Sent { node: tree.parent(part), ..Sent::default() };
        if tree.kind(part) == Kind::Attributes {
            self.sent_by_attributes(part, &mut sent);
        } else {
            self.sent_by_arguments(word.of(self.text), part, &mut sent);
        }
        self.event(EventKind::Request(Box::new(sent)), Vec::new())
    }

    fn sent_by_attributes(&mut self, part: NodeId, sent: &mut Sent) {
        let tree = self.tree;
        sent.implied = "GET";
        for &attribute in tree.children(part) {
            let Some((&name, given)) = tree.children(attribute).split_first() else { continue };
            let attribute = tree.range(name);
            let name = self.text_of(name).to_ascii_lowercase();
            for &value in given {
                let bare = tree.kind(value) == Kind::Name && !self.is_written(self.text_of(value));
                let constant = bare && matches!(name.as_str(), "type" | "response-format" | "response-decoding");
                let value = if constant {
                    self.graph.add(Op::Apply(Head::Leaf(tree.range(value)), Vec::new()))
                } else {
                    self.value(value)
                };
                match name.as_str() {
                    "url" | "path" if sent.url.is_none() => sent.url = Some(value),
                    "type" if sent.method.is_none() => sent.method = Some(value),
                    "connection" if sent.connection.is_none() => sent.connection = Some(value),
                    "headers" | "header" if sent.headers.is_none() => sent.headers = Some(value),
                    "detailed" if sent.detailed.is_none() => sent.detailed = Some(value),
                    "parameters" | "body" | "params" => sent.bodies.push(value),
                    _ => sent.others.push((attribute, value)),
                }
            }
        }
    }

    /// Arguments by position (facts 2.2 and 2.4).
    fn sent_by_arguments(&mut self, word: &str, part: NodeId, sent: &mut Sent) {
        let values = self.arguments(part);
        let mut values = values.into_iter();
        sent.url = values.next();
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        sent.implied = match () {
            () if is("postUrl") => "POST",
            () if is("putUrl") => "PUT",
            () => "GET",
        };
        if is("invokeUrl") {
            sent.method = values.next();
        }
        if !is("getUrl") {
            let body = values.next();
            match body {
                Some(body) if is("invokeUrl") && values.len() == 0 && self.is_boolean(body) => sent.simple = Some(body),
                Some(body) => sent.bodies.push(body),
                None => {}
            }
        }
        for value in values {
            if self.is_boolean(value) {
                sent.simple = Some(value);
            } else if sent.headers.is_none() {
                sent.headers = Some(value);
            } else {
                sent.others.push((TextRange::default(), value));
            }
        }
    }

    /// Whether a value is `true` or `false`, whatever way was taken to it.
    fn is_boolean(&self, value: ValueId) -> bool {
        let mut waiting = vec![value];
        let mut seen = BTreeSet::new();
        while let Some(value) = waiting.pop() {
            if !seen.insert(value) {
                continue;
            }
            match self.graph.op(value) {
                Op::Apply(Head::Leaf(word), _) if is_one_of(&["true", "false"], word.of(self.text)) => {}
                Op::Phi(_, inputs) | Op::AnyOf(_, inputs) => waiting.extend(inputs),
                Op::Loop(_, first, back) => waiting.extend([*first, *back]),
                _ => return false,
            }
        }
        true
    }
}

/// `zoho.crm.getOrgVariable`
fn is_lookup(path: &str) -> bool {
    let (first, last) = (path.split('.').next(), path.rsplit('.').next());
    first.is_some_and(|first| first.eq_ignore_ascii_case("zoho"))
        && last.is_some_and(|last| only_yields(last, Form::Lookup))
}

/// Whether a name stands for a value of the language.
fn is_constant(name: &str) -> bool {
    is_one_of(&["true", "false", "null"], name)
}

/// Whether a name and what follows it make a request.
fn is_request(word: &str, part: Kind) -> bool {
    match part {
        Kind::Attributes => is_one_of(&["invokeurl", "invokeapi"], word),
        Kind::Call => is_one_of(&["geturl", "posturl", "puturl", "invokeurl"], word),
        _ => false,
    }
}

/// The identifiers in a text that was not understood, those inside its strings and comments included.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}
