//! What each name stands for, and what each cell holds: how that changes on a branch, and what is left of it where branches meet.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt};

use super::few::FewOrMany;
use super::{Builder, Cell, Change, Changed, MOST_BLURRED, MOST_INPUTS, Name, OUTSIDE, Passage, is_constant};
use crate::deluge::NodeId;
use crate::flow::graph::{Event, EventId, EventKind, Fork, Head, JoinId, Op, ValueId, Values, Way};
use crate::text::source::TextRange;

impl<'t, 'b> Builder<'t, 'b> {
    /// The name that this text, which stands here, is.
    pub(super) fn name_at(&mut self, range: TextRange) -> Name {
        let next = self.texts.len() as Name;
        let name = *self.names.entry(range.of(self.text)).or_insert(next);
        if name == next {
            self.texts.push(range);
            self.cell_of.push(OUTSIDE);
        }
        name
    }

    pub(super) fn name(&mut self, node: NodeId) -> Name {
        self.name_at(self.tree.range(node))
    }

    pub(super) fn cell(&self, name: Name) -> Cell {
        self.cell_of.get(name as usize).copied().unwrap_or(OUTSIDE)
    }

    pub(super) fn new_cell(&mut self, value: ValueId) -> Cell {
        self.content.push(value);
        (self.content.len() - 1) as Cell
    }

    pub(super) fn content_of(&self, cell: Cell) -> Option<ValueId> {
        self.content.get(cell as usize).copied()
    }

    /// Makes room for so many more inputs, if there is any.
    pub(super) fn may_note(&mut self, inputs: usize) -> bool {
        self.inputs = self.inputs.saturating_add(inputs);
        self.graph.given_up |= self.inputs > MOST_INPUTS;
        !self.graph.given_up
    }

    pub(super) fn set_cell(&mut self, name: Name, cell: Cell) {
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

    pub(super) fn set_content(&mut self, cell: Cell, value: ValueId) {
        if let Some(slot) = self.content.get_mut(cell as usize) {
            self.log.push(Change::Cell(cell, std::mem::replace(slot, value)));
            if self.may_note(self.tries.len()) {
                self.tries.iter_mut().for_each(|tried| tried.push((None, cell, value)));
            }
        }
    }

    /// The name that a node writes gets a value of its own.
    pub(super) fn write(&mut self, name: NodeId, value: ValueId) {
        let name = self.name(name);
        let cell = self.new_cell(value);
        self.set_cell(name, cell);
    }

    /// What a name holds now.
    pub(super) fn value_of(&mut self, name: Name) -> ValueId {
        if let Some(value) = self.content_of(self.cell(name)) {
            return value;
        }
        let text = self.texts.get(name as usize).copied().unwrap_or_default();
        self.graph.add(Op::Outside(text))
    }

    /// A read of a name.
    pub(super) fn read(&mut self, node: NodeId) -> ValueId {
        let text = self.text_of(node);
        let range = self.tree.range(node);
        if is_constant(text) {
            return self.graph.add(Op::Apply(Head::Leaf(range), Values::new()));
        }
        let name = self.name(node);
        let value = self.value_of(name);
        let graph = &self.graph;
        let source = self.text;
        let outside = |value: &ValueId| matches!(graph.op(*value), Op::Outside(name) if name.of(source) == text);
        let unwritten = match graph.op(value) {
            Op::Outside(_) => outside(&value),
            Op::Phi(_, inputs) | Op::AnyOf(_, inputs) => inputs.iter().any(outside),
            Op::Loop(_, first, _) => outside(first),
            _ => false,
        };
        if unwritten {
            self.graph.unwritten.push((self.scopes, range));
        }
        value
    }

    /// One cell may be put into another: what changes it is a change within the other, which may change all that is in there.
    pub(super) fn hold(&mut self, holder: Cell, held: Cell) {
        if holder != held && holder != OUTSIDE && held != OUTSIDE {
            self.holders.entry(held).or_default().insert(holder);
            self.held.entry(holder).or_default().insert(held);
        }
    }

    /// Two cells may be the same map.
    pub(super) fn relate(&mut self, one: Cell, other: Cell) {
        if one != other && one != OUTSIDE && other != OUTSIDE {
            self.kin.entry(one).or_default().insert(other);
            self.kin.entry(other).or_default().insert(one);
        }
    }

    /// An entry of the map that a name stands for comes or goes.
    pub(super) fn change(&mut self, name: Name, value: ValueId) {
        self.changed(name, value, false);
    }

    /// Anything in the map that a name stands for may become another, also in the maps inside of it.
    pub(super) fn change_within(&mut self, name: Name, value: ValueId) {
        self.changed(name, value, true);
    }

    fn changed(&mut self, name: Name, value: ValueId, within: bool) {
        let mut cell = self.cell(name);
        if cell == OUTSIDE {
            cell = self.new_cell(value);
            self.set_cell(name, cell);
        } else {
            self.set_content(cell, value);
        }
        let is_alone = |cells: &HashMap<Cell, FewOrMany>| !cells.contains_key(&cell);
        if is_alone(&self.kin) && is_alone(&self.holders) && (!within || is_alone(&self.held)) {
            return;
        }
        let mut waiting = vec![(cell, within)];
        let mut seen = BTreeSet::new();
        let mut blurred = BTreeSet::from([cell]);
        while let Some((next, within)) = waiting.pop() {
            if !seen.insert((next, within)) {
                continue;
            }
            if blurred.insert(next)
                && let Some(before) = self.content_of(next)
            {
                self.blurred += 1;
                if self.blurred > MOST_BLURRED {
                    self.graph.given_up = true;
                    return;
                }
                let blurred = self.graph.add(Op::Apply(Head::Blurred, [before, value].into()));
                self.set_content(next, blurred);
            }
            let mut add = |cells: &HashMap<Cell, FewOrMany>, within| {
                waiting.extend(cells.get(&next).into_iter().flat_map(FewOrMany::iter).map(|cell| (cell, within)));
            };
            add(&self.kin, within);
            add(&self.holders, true);
            if within {
                add(&self.held, true);
            }
        }
    }

    /// Walks one way and takes back what it changes.
    pub(super) fn branch(&mut self, number: u32, join: JoinId, walk: impl FnOnce(&mut Self)) -> Passage {
        let (mark, way, dead) = (self.log.len(), self.way, self.dead);
        self.way = Way::Block(join, number);
        walk(self);
        self.way = way;
        let mut left = Passage { dead: std::mem::replace(&mut self.dead, dead), ..Passage::default() };
        let log = self.log.get(mark..).unwrap_or(&[]);
        let (mut names, mut cells) = (Vec::new(), Vec::with_capacity(log.len()));
        for change in log {
            let cell = match *change {
                Change::Name(name, _) => {
                    let cell = self.cell(name);
                    names.push((name, cell));
                    cell
                }
                Change::Cell(cell, _) => cell,
            };
            cells.extend(self.content_of(cell).map(|value| (cell, value)));
        }
        (left.names, left.cells) = (Changed::of(names), Changed::of(cells));
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
    pub(super) fn join(&mut self, join: JoinId, ways: &[Passage], before: usize) {
        let live: Vec<(usize, &Passage)> = ways.iter().enumerate().filter(|(_, way)| !way.dead).collect();
        if live.is_empty() {
            self.dead = true;
            return;
        }
        let names = in_order(live.iter().flat_map(|(_, way)| way.names.keys()));
        let cells = in_order(live.iter().flat_map(|(_, way)| way.cells.keys()));
        if !self.may_note((names.len() + cells.len()).saturating_mul(live.len())) {
            return;
        }
        let is_old = |cell: Cell| (cell as usize) < before;
        let mut contents = Vec::new();
        for cell in cells.into_iter().filter(|&cell| is_old(cell)) {
            let Some(now) = self.content_of(cell) else { continue };
            let inputs: Vec<_> = live.iter().map(|(_, way)| way.cells.get(cell).unwrap_or(now)).collect();
            contents.push((cell, self.phi(join, &inputs)));
        }
        // Of each new cell, the cells of the ways it is made of.
        let mut made: Vec<(Name, ValueId)> = Vec::with_capacity(names.len());
        let mut all_sources: Vec<Cell> = Vec::with_capacity(names.len() * live.len());
        let mut inputs = Vec::with_capacity(live.len());
        for name in names {
            let now = self.cell(name);
            inputs.clear();
            for (_, way) in &live {
                let cell = way.names.get(name).unwrap_or(now);
                all_sources.push(cell);
                let value = way.cells.get(cell).or_else(|| self.content_of(cell));
                let value = match value {
                    Some(value) => value,
                    None => self.value_of(name),
                };
                inputs.push(value);
            }
            made.push((name, self.phi(join, &inputs)));
        }
        for (cell, value) in contents {
            self.set_content(cell, value);
        }
        // For each source the last new cell that it went into.
        let mut users: HashMap<Cell, Cell> = HashMap::with_capacity(all_sources.len());
        for ((name, value), sources) in made.into_iter().zip(all_sources.chunks(live.len())) {
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
            for &source in sources {
                if is_old(source) {
                    self.relate(cell, source);
                }
                if let Some(other) = users.insert(source, cell) {
                    self.relate(cell, other);
                }
            }
        }
    }

    pub(super) fn phi(&mut self, join: JoinId, inputs: &[ValueId]) -> ValueId {
        match inputs.split_first() {
            Some((&first, rest)) if rest.iter().all(|&other| other == first) => first,
            _ => self.graph.add(Op::Phi(join, inputs.into())),
        }
    }

    pub(super) fn any_of(&mut self, join: JoinId, mut inputs: Vec<ValueId>) -> ValueId {
        inputs.dedup();
        match inputs.as_slice() {
            [only] => *only,
            _ => self.graph.add(Op::AnyOf(join, inputs.into())),
        }
    }

    pub(super) fn next_join(&mut self) -> JoinId {
        let fork = Fork { way: self.way, conditions: Vec::new(), ended: Vec::new(), branches: 0 };
        self.graph.forks.push(fork);
        JoinId((self.graph.forks.len() - 1) as u32)
    }

    pub(super) fn event(&mut self, kind: EventKind, values: impl Into<Values>) -> ValueId {
        let event = EventId(self.graph.events.len() as u32);
        let (way, conditions, range) = (self.way, self.conditions, self.statement);
        self.graph.events.push(Event { kind, values: values.into(), way, conditions, range });
        self.graph.add(Op::Result(event))
    }

    // ------------------------------------------------------------------------------------------ statements
}

/// Each once, in their order.
fn in_order<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}
