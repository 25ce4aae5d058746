//! Statements.

use std::collections::{BTreeMap, BTreeSet};

use super::few::FewOrMany;
use super::{Builder, Cell, Changes, Frame, MOST_NESTED, Name, OUTSIDE, Passage, is_constant, words};
use crate::deluge::builtins::{Form, Of, builtin, of, only_yields};
use crate::deluge::pure::called_name;
use crate::deluge::{Kind, NodeId, Operator};
use crate::flow::graph::{EventKind, Head, JoinId, Op, ValueId, Values, Way};
use crate::text::source::TextRange;

impl<'t, 'b> Builder<'t, 'b> {
    pub(super) fn walk(&mut self, node: NodeId) {
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

    pub(super) fn jump(&mut self, word: &str) {
        if let Some(mut frame) = self.frames.pop() {
            let mut values: Vec<ValueId> = frame.names.iter().map(|&name| self.value_of(name)).collect();
            values.extend(frame.cells.iter().filter_map(|&cell| self.content_of(cell)));
            let continues = word.get(..8).is_some_and(|word| word.eq_ignore_ascii_case("continue"));
            if continues { &mut frame.continues } else { &mut frame.breaks }.push(values);
            self.frames.push(frame);
        }
        self.dead = true;
    }

    pub(super) fn branches(&mut self, children: &[NodeId]) {
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
            self.event(EventKind::Branch(join), [condition]);
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

    pub(super) fn loose(&mut self, children: &[NodeId]) {
        let join = self.next_join();
        let before = self.content.len();
        let way = self.branch(0, join, |this| {
            for &child in children {
                if this.tree.kind(child) == Kind::Name {
                    let thrown = this.graph.add(Op::Apply(Head::Item(join), Values::new()));
                    this.write(child, thrown);
                } else {
                    this.walk(child);
                }
            }
        });
        self.join(join, &[way, Passage::default()], before);
    }

    pub(super) fn repeat(&mut self, node: NodeId, children: &[NodeId]) {
        let tree = self.tree;
        let join = self.next_join();
        let is_while = tree.kind(node) == Kind::While;
        let Some((&block, head)) = children.split_last() else { return };
        let variable =
            head.first().copied().filter(|&name| !is_while && head.len() > 1 && tree.kind(name) == Kind::Name);
        let source = head.last().copied().filter(|_| !is_while);
        let source = source.map(|source| self.value(source));
        if let Some(source) = source {
            self.event(EventKind::Branch(join), [source]);
        }
        // What the body may change begins anew.
        let mut heads: Vec<(Name, ValueId)> = Vec::new();
        let mut frame = Frame::default();
        let mut fresh: BTreeMap<Cell, ValueId> = BTreeMap::new();
        let changed = self.changed_in(node);
        let within = changed.iter().filter(|(_, changes)| changes.within).map(|(&name, _)| self.cell(name));
        let mut reached = self.reached_from(within.collect());
        // Of thousands of loops that change one map, each begins all anew that was ever put into it.
        if !self.may_note(reached.len()) {
            reached.clear();
        }
        for (name, changes) in changed {
            let cell = self.cell(name);
            let leaves = !changes.within || (changes.written && self.is_shared(cell));
            if leaves && cell != OUTSIDE {
                // Another name of what it stands for so far keeps that.
                let first = self.value_of(name);
                let head = self.graph.add(Op::Loop(join, first, first));
                let own = self.new_cell(head);
                self.set_cell(name, own);
                self.relate(own, cell);
                heads.push((name, head));
                frame.names.push(name);
                continue;
            }
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
        let mut others: Vec<ValueId> = Vec::new();
        for cell in reached.into_iter().filter(|cell| !fresh.contains_key(cell)) {
            let Some(first) = self.content_of(cell) else { continue };
            let head = self.graph.add(Op::Loop(join, first, first));
            self.set_content(cell, head);
            others.push(head);
            frame.cells.push(cell);
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
                    this.event(EventKind::Branch(join), [condition]);
                }
            }
            this.walk(block);
        });
        let frame = self.frames.pop().unwrap_or_default();
        for (at, (name, head)) in heads.into_iter().enumerate() {
            let own = self.cell(name);
            let cell = way.names.get(name).unwrap_or(own);
            let end = way.cells.get(cell).or_else(|| self.content_of(cell)).unwrap_or(head);
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
        for (at, (head, &cell)) in others.into_iter().zip(&frame.cells).enumerate() {
            let at = frame.names.len() + at;
            let value_at = |values: &Vec<ValueId>| values.get(at).copied().unwrap_or(head);
            let mut backs: Vec<ValueId> = frame.continues.iter().map(value_at).collect();
            if !way.dead || backs.is_empty() {
                backs.push(way.cells.get(cell).unwrap_or(head));
            }
            let back = self.any_of(join, backs);
            self.graph.close_loop(head, back);
            if !frame.breaks.is_empty() {
                let mut left = vec![head];
                left.extend(frame.breaks.iter().map(value_at));
                let left = self.any_of(join, left);
                self.set_content(cell, left);
            }
        }
    }

    /// Whether another name stands for the same cell.
    fn is_shared(&self, cell: Cell) -> bool {
        self.cell_of.iter().filter(|&&other| other == cell).nth(1).is_some()
    }

    /// What a change within one of these cells may change as well, and they themselves.
    fn reached_from(&self, cells: Vec<Cell>) -> BTreeSet<Cell> {
        let mut reached = BTreeSet::new();
        let mut waiting = cells;
        while let Some(cell) = waiting.pop() {
            if cell != OUTSIDE && reached.insert(cell) {
                let all = [&self.kin, &self.holders, &self.held].into_iter();
                waiting.extend(all.filter_map(|cells| cells.get(&cell)).flat_map(FewOrMany::iter));
            }
        }
        reached
    }

    /// The names whose values the body of a loop, or its head, may change.
    pub(super) fn changed_in(&mut self, node: NodeId) -> BTreeMap<Name, Changes> {
        let tree = self.tree;
        let mut changed: BTreeMap<Name, Changes> = BTreeMap::new();
        // `b = a;`: what is put into `b` is put into `a`.
        let mut renamed: Vec<(Name, Name)> = Vec::new();
        for inner in tree.descendants_in_scope(node) {
            match tree.kind(inner) {
                Kind::Opaque => {
                    let named = words(self.text_of(inner)).filter_map(|word| self.names.get(word).copied());
                    changed.extend(named.map(|name| (name, Changes { within: true, written: true })));
                }
                Kind::Name => {
                    let Some(parent) = tree.parent(inner) else { continue };
                    let siblings = tree.children(parent);
                    let first = siblings.first() == Some(&inner);
                    let written = first && matches!(tree.kind(parent), Kind::Assign | Kind::ForEach);
                    let may = match tree.kind(parent) {
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
                    if (may || written) && !is_constant(self.text_of(inner)) {
                        let name = self.name(inner);
                        let changes = changed.entry(name).or_default();
                        changes.within |= may;
                        changes.written |= written;
                    }
                    if let (Kind::Assign, &[target, _, value]) = (tree.kind(parent), siblings)
                        && value == inner
                        && tree.kind(target) == Kind::Name
                    {
                        renamed.push((self.name(target), self.name(value)));
                    }
                }
                _ => {}
            }
        }
        loop {
            let is_within = |name: &Name| changed.get(name).is_some_and(|changes| changes.within);
            let more: Vec<Name> = renamed
                .iter()
                .filter(|(target, source)| is_within(target) && !is_within(source))
                .map(|&(_, source)| source)
                .collect();
            if more.is_empty() {
                return changed;
            }
            more.into_iter().for_each(|name| changed.entry(name).or_default().within = true);
        }
    }

    /// Whether a link of a chain names a method that is not known to leave the value alone.
    pub(super) fn is_changing(&self, link: NodeId) -> bool {
        self.tree.kind(link) == Kind::Member
            && self.tree.child(link, Kind::Name).is_some_and(|name| !only_yields(self.text_of(name), Form::Method))
    }

    pub(super) fn attempt(&mut self, children: &[NodeId]) {
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
                    let thrown = this.graph.add(Op::Apply(Head::Item(join), Values::new()));
                    this.write(part, thrown);
                } else {
                    this.walk(part);
                }
            }
        });
        self.join(join, &[tried, caught], before);
    }

    /// What holds when something was thrown: any of what was `written` so far.
    pub(super) fn thrown(&mut self, join: JoinId, written: &[(Option<Name>, Cell, ValueId)]) {
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

    pub(super) fn opaque(&mut self, node: NodeId) {
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
            let blurred = self.graph.add(Op::Apply(Head::Blurred, [before, result].into()));
            self.change_within(name, blurred);
        }
    }

    pub(super) fn assign(&mut self, parts: &[NodeId]) {
        let tree = self.tree;
        let &[target, op, value] = parts else { return };
        let assigned = self.value(value);
        if tree.kind(target) != Kind::Name {
            let written = self.value(target);
            let path = self.path(target);
            self.event(EventKind::Write(path), [written, assigned]);
            let root = tree.children(target).first().copied().filter(|&root| tree.kind(root) == Kind::Name);
            if let Some(root) = root
                && tree.kind(target) == Kind::Chain
            {
                let name = self.name(root);
                let before = self.value_of(name);
                let changed = self.graph.add(Op::Apply(Head::Given, [before, assigned].into()));
                self.change_within(name, changed);
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
                let before = self.value(target);
                self.graph.add(Op::Sum([before, assigned].into()))
            }
            _ => {
                let before = self.value(target);
                self.graph.add(Op::Apply(Head::Callee(tree.range(op)), [before, assigned].into()))
            }
        };
        let name = self.name(target);
        let cell = self.new_cell(assigned);
        self.set_cell(name, cell);
        self.relate_to_source(cell, value);
    }

    /// `x = m.get("k");`: `x` may be a map inside of `m`.
    pub(super) fn relate_to_source(&mut self, cell: Cell, value: NodeId) {
        let tree = self.tree;
        let plain = self.inner(value);
        if matches!(tree.kind(plain), Kind::Brace | Kind::List | Kind::Chain) {
            self.hold_all(cell, &[plain]);
        }
        let (root, links) = match tree.kind(plain) {
            Kind::Chain => match tree.children(plain).split_first() {
                Some((&root, links)) => (root, links),
                None => return,
            },
            _ => (plain, &[][..]),
        };
        let is_of_zoho = self.text_of(root).eq_ignore_ascii_case("zoho");
        if !is_of_zoho && !self.is_answer(plain) {
            self.relate_to_arguments(cell, plain, links);
        }
        if tree.kind(root) == Kind::Name
            && let Some(&source) = self.names.get(self.text_of(root))
        {
            let source = self.cell(source);
            if self.takes_out(links) {
                self.hold(source, cell);
            } else {
                self.relate(cell, source);
            }
        }
    }

    /// A function may yield what it is given, or what is inside of that: `ifnull(m,Map())`, `thisapp.part(m).get("k")`.
    fn relate_to_arguments(&mut self, cell: Cell, chain: NodeId, links: &[NodeId]) {
        let tree = self.tree;
        for &call in links.iter().filter(|&&link| tree.kind(link) == Kind::Call) {
            let known = called_name(self.text, tree, call).and_then(builtin);
            if known.is_some_and(|known| known.of != Some(Of::Chosen)) {
                continue;
            }
            for &argument in tree.children(call) {
                let argument = self.inner(argument);
                match tree.kind(argument) {
                    Kind::Name if !is_constant(self.text_of(argument)) => {
                        let name = self.name(argument);
                        if self.may_be_map(name) {
                            let source = self.cell(name);
                            self.relate(cell, source);
                            if tree.children(chain).last() != Some(&call) {
                                self.hold(source, cell);
                            }
                        }
                    }
                    Kind::Chain => self.relate_to_source(cell, argument),
                    _ => {}
                }
            }
        }
    }

    /// Whether methods yield what is inside of a map or list: `.get("k")`.
    fn takes_out(&self, links: &[NodeId]) -> bool {
        let tree = self.tree;
        let is_get = |&link: &NodeId| {
            let name = tree.child(link, Kind::Name).map_or("", |name| self.text_of(name));
            tree.kind(link) == Kind::Call || (tree.kind(link) == Kind::Member && of(name) == Some(Of::Member))
        };
        links.len() >= 2 && links.iter().all(is_get)
    }

    /// An expression without parentheses around it.
    pub(super) fn inner(&self, mut node: NodeId) -> NodeId {
        while self.tree.kind(node) == Kind::Paren
            && let [inner] = self.tree.children(node)
        {
            node = *inner;
        }
        node
    }

    /// The names of a path such as `input.Order.Status`, as far as they are written side by side.
    pub(super) fn path(&self, chain: NodeId) -> TextRange {
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

    pub(super) fn values(&mut self, nodes: &[NodeId]) -> Values {
        nodes
            .iter()
            .filter(|&&node| !matches!(self.tree.kind(node), Kind::Op(_)))
            .map(|&node| self.value(node))
            .collect()
    }
}
