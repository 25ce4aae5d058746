//! Which assignments can reach a read: through `if`/`else`, `for each`, `while`, `try`, `return` and reassignment.
//!
//! One pass over the statements keeps, for each name, the writes that may be the last one so far. A branch is walked on a
//! journal of its changes and undone, then the branches' results are joined. A loop is entered as if any of its own writes
//! had happened, and left the same way; a `catch` is entered as if any write of its `try` had. That is more than can
//! really happen, never less. What cannot be known (a parameter, a name that was never written, a region that was not
//! understood) is the write [`UNKNOWN`].

use std::ops::Range;

use crate::deluge::{Kind, NodeId, Tree};

/// The ordinal of a write in its file, [`UNKNOWN`] or [`LOST`].
pub type WriteId = u32;

/// The ordinal of a name in its file; that of another scope is another name.
pub type NameId = u32;

/// A value from outside, or from code that was not understood.
pub const UNKNOWN: WriteId = u32::MAX;

/// Some writes of the name, of which it is not known which.
pub const LOST: WriteId = u32::MAX - 1;

/// From here on it is no ordinal, but several writes: see [`Events::several`].
const SEVERAL: WriteId = 1 << 31;

/// More writes than this reaching one read are kept only while those of all places together are fewer than
/// [`MOST_TOLD`]; else they are [`LOST`].
const MOST: usize = 64;

/// Where each of thousands of branches writes a name, as many may reach each of thousands of reads.
const MOST_TOLD: usize = 1 << 21;

/// Statements nested deeper than this are not followed: what they read and write is [`LOST`]. Each level is looked through
/// once more for what is written in it.
const MOST_NESTED: usize = 1_000;

/// What a node does to a name.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// A name that is read; a statement or parameter that writes, or text that was not understood.
    pub node: NodeId,
    /// Its highest bit is whether it is read.
    name: NameId,
    /// The write; after it nothing older is left. Of a read what reaches it.
    pub(super) writes: WriteId,
}

impl Event {
    const READ: NameId = 1 << 31;

    /// The node reads the name.
    pub fn read(node: NodeId, name: NameId) -> Self {
        Self { node, name: name | Self::READ, writes: UNKNOWN }
    }

    /// The node writes the name.
    pub fn write(node: NodeId, name: NameId, write: WriteId) -> Self {
        Self { node, name, writes: write }
    }

    /// The name.
    pub fn name(self) -> NameId {
        self.name & !Self::READ
    }

    /// Whether it is a read.
    pub fn is_read(self) -> bool {
        self.name & Self::READ != 0
    }
}

/// Everything that happens to names, by node; the events of one node in the order in which they happen. What reaches a read
/// is kept with it.
#[derive(Debug)]
pub struct Events {
    all: Vec<Event>,
    /// For each [`STEP`] nodes where their events begin.
    starts: Vec<u32>,
    /// Writes that reach a read, where there are several: how many, and these.
    several: Vec<WriteId>,
}

const STEP: usize = 64;

impl Events {
    /// None so far, with room for those of a tree.
    pub fn of(tree: &Tree) -> Self {
        let names = tree.of_kind(Kind::Name).count();
        Self { all: Vec::with_capacity(names), starts: Vec::new(), several: Vec::new() }
    }

    /// Adds an event. Mostly they come in the order of the nodes.
    pub fn add(&mut self, event: Event) {
        self.all.push(event);
    }

    /// Ends the adding.
    pub fn sort(&mut self, tree: &Tree) {
        if !self.all.is_sorted_by_key(|event| event.node) {
            self.all.sort_by_key(|event| event.node);
        }
        let mut at = 0;
        for step in 0..=tree.len() / STEP {
            while self.all.get(at).is_some_and(|event| event.node.index() < step * STEP) {
                at += 1;
            }
            self.starts.push(at as u32);
        }
    }

    /// Every event.
    pub fn iter(&self) -> impl Iterator<Item = &Event> {
        self.all.iter()
    }

    /// Every event, to be changed in all but its node.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Event> {
        self.all.iter_mut()
    }

    /// Every read with the writes that reach it.
    pub fn reads(&self) -> impl Iterator<Item = (Event, &[WriteId])> {
        self.all.iter().filter(|event| event.is_read()).map(|event| (*event, self.writes_of(&event.writes)))
    }

    /// The writes that reach a read; none for a node that is no read.
    pub fn reaching(&self, node: NodeId) -> &[WriteId] {
        self.read_of(node).map_or(&[], |event| self.writes_of(&event.writes))
    }

    /// Makes [`LOST`] what reaches the reads of names with very many pairs of a read and a write, when all names together have
    /// more of them than [`MOST_TOLD`].
    pub fn lose_crowded(&mut self, names: usize) {
        let mut pairs = vec![0_usize; names];
        let mut all = 0;
        for (read, writes) in self.reads() {
            if let Some(pairs) = pairs.get_mut(read.name() as usize).filter(|_| writes.len() > 1) {
                *pairs += writes.len();
                all += writes.len();
            }
        }
        if all <= MOST_TOLD {
            return;
        }
        const MANY: usize = MOST_TOLD / 16;
        for event in &mut self.all {
            if event.is_read() && pairs.get(event.name() as usize).is_some_and(|&pairs| pairs > MANY) {
                event.writes = LOST;
            }
        }
    }

    /// What a node reads, if it does.
    pub fn read_of(&self, node: NodeId) -> Option<&Event> {
        self.all.get(self.first(node.index())).filter(|event| event.node == node && event.is_read())
    }

    fn writes_of<'e>(&'e self, writes: &'e WriteId) -> &'e [WriteId] {
        let several = writes.checked_sub(SEVERAL).filter(|_| *writes < LOST).and_then(|place| {
            let (&count, writes) = self.several.get(place as usize..)?.split_first()?;
            writes.get(..count as usize)
        });
        several.unwrap_or(std::slice::from_ref(writes))
    }

    /// The same as one: of writes that may stand there in any order and more than once. Too many are lost. If it is what was
    /// returned the `last` time, that.
    fn intern(&mut self, writes: &mut Vec<WriteId>, last: WriteId) -> WriteId {
        writes.sort_unstable();
        writes.dedup();
        match writes.as_slice() {
            [] => UNKNOWN,
            &[one] => one,
            several if several.contains(&LOST) => LOST,
            several if several == self.writes_of(&last) => last,
            several if several.len() > MOST && self.several.len() + several.len() > MOST_TOLD => LOST,
            several => {
                let place = self.several.len() as u32;
                self.several.push(several.len() as u32);
                self.several.extend_from_slice(several);
                SEVERAL + place
            }
        }
    }

    /// The first event of a node with this number, or of one behind it.
    fn first(&self, node: usize) -> usize {
        let start = |step: usize| self.starts.get(step).map_or(self.all.len(), |&start| start as usize);
        let (from, to) = (start(node / STEP), start(node / STEP + 1));
        from + self.all.get(from..to).map_or(0, |events| events.partition_point(|event| event.node.index() < node))
    }

    /// Those of a node and all below it.
    fn within(&self, tree: &Tree, node: NodeId) -> Range<usize> {
        self.first(node.index())..self.first(tree.end(node))
    }
}

/// What reaches the end of a stretch of code that writes these names.
type Changes = Vec<(NameId, WriteId)>;

/// What is known of a name at a place.
#[derive(Clone, Copy, Debug)]
struct NameState {
    reaching: WriteId,
    /// The stretch of code that has noted what reached its beginning.
    noted: u32,
    /// What [`Events::intern`] returned last, when there were several writes.
    last: WriteId,
}

const NOTHING: NameState = NameState { reaching: UNKNOWN, noted: 0, last: UNKNOWN };

/// Walks the statements of functions and scripts.
pub struct Walk<'w> {
    tree: &'w Tree,
    events: &'w mut Events,
    names: Vec<NameState>,
    /// For each name that a stretch writes what it was before.
    journal: Vec<(NameId, NameState)>,
    /// The stretch of code that will be undone, from 1, and how many there were.
    stretch: u32,
    stretches: u32,
    depth: usize,
}

impl<'w> Walk<'w> {
    /// A walk that knows nothing yet of so many `names`.
    pub fn new(tree: &'w Tree, events: &'w mut Events, names: usize) -> Self {
        let names = vec![NOTHING; names];
        Self { tree, events, names, journal: Vec::new(), stretch: 0, stretches: 0, depth: 0 }
    }

    /// Begins another function or script, which has these names.
    pub fn begin(&mut self, names: &[NameId]) {
        for &name in names {
            if let Some(state) = self.names.get_mut(name as usize) {
                *state = NOTHING;
            }
        }
    }

    /// Walks `node` and all below it but other scopes. Says whether control never comes out at its end.
    pub fn walk(&mut self, node: NodeId) -> bool {
        if self.depth > MOST_NESTED {
            self.lose(node);
            return false;
        }
        self.depth += 1;
        let ended = self.statement(node);
        self.depth -= 1;
        ended
    }

    /// No longer follows what happens below a node.
    fn lose(&mut self, node: NodeId) {
        for at in self.events.within(self.tree, node) {
            let Some(event) = self.events.all.get_mut(at) else { continue };
            if event.is_read() {
                event.writes = LOST;
            } else {
                let name = event.name();
                self.set(name, LOST);
            }
        }
    }

    fn statement(&mut self, node: NodeId) -> bool {
        match self.tree.kind(node) {
            kind if kind.has_variables() => false,
            Kind::Script | Kind::Block => {
                let mut ended = false;
                for &child in self.tree.children(node) {
                    ended |= self.walk(child);
                }
                ended
            }
            Kind::If => self.branches(node),
            Kind::ForEach | Kind::While => {
                self.repeated(node);
                false
            }
            Kind::Try => {
                self.attempt(node);
                false
            }
            Kind::Loose => {
                self.perhaps(node);
                false
            }
            Kind::Assign => {
                let [target, _, value] = self.tree.children(node) else { return self.plain(node) };
                self.plain(*value);
                self.plain(*target);
                self.touch(node);
                false
            }
            Kind::Return | Kind::Throw | Kind::Jump => {
                self.plain(node);
                true
            }
            _ => self.plain(node),
        }
    }

    /// The events of a node and all below it.
    fn plain(&mut self, node: NodeId) -> bool {
        self.happen(self.events.within(self.tree, node));
        false
    }

    /// Those of the node alone.
    fn touch(&mut self, node: NodeId) {
        let index = node.index();
        self.happen(self.events.first(index)..self.events.first(index + 1));
    }

    fn happen(&mut self, events: Range<usize>) {
        for at in events {
            let Some(event) = self.events.all.get_mut(at) else { continue };
            let name = event.name();
            if event.is_read() {
                event.writes = self.names.get(name as usize).map_or(UNKNOWN, |state| state.reaching);
            } else {
                let write = event.writes;
                self.set(name, write);
            }
        }
    }

    fn set(&mut self, name: NameId, reaching: WriteId) {
        let Some(state) = self.names.get_mut(name as usize) else { return };
        if state.noted != self.stretch {
            self.journal.push((name, *state));
            state.noted = self.stretch;
        }
        state.reaching = reaching;
    }

    /// The same of writes in any order, and, where control may come past them, of what reached this place before.
    fn set_any(&mut self, name: NameId, writes: &mut Vec<WriteId>, past: bool) {
        let Some(&NameState { reaching, last, .. }) = self.names.get(name as usize) else { return };
        if past {
            writes.extend_from_slice(self.events.writes_of(&reaching));
        }
        let reaching = self.events.intern(writes, last);
        self.set(name, reaching);
        if let Some(state) = self.names.get_mut(name as usize) {
            state.last = reaching;
        }
    }

    /// Runs `work`, undoes its changes and returns them, by name.
    fn undone(&mut self, work: impl FnOnce(&mut Self) -> bool) -> (Changes, bool) {
        let mark = self.journal.len();
        self.stretches += 1;
        let around = std::mem::replace(&mut self.stretch, self.stretches);
        let ended = work(self);
        self.stretch = around;
        let mut changes = Changes::new();
        for (name, old) in self.journal.drain(mark..) {
            if let Some(state) = self.names.get_mut(name as usize) {
                changes.push((name, state.reaching));
                *state = NameState { last: state.last, ..old };
            }
        }
        changes.sort_unstable();
        (changes, ended)
    }

    /// Joins the ends of alternatives; `through` is whether control may come past all of them.
    fn join(&mut self, ends: Vec<Changes>, through: bool) {
        let count = ends.len();
        let mut changes = ends.concat();
        changes.sort_unstable();
        let mut joined = Vec::new();
        for changes in changes.chunk_by(|(one, _), (other, _)| one == other) {
            let Some(&(name, _)) = changes.first() else { continue };
            joined.clear();
            for (_, reaching) in changes {
                joined.extend_from_slice(self.events.writes_of(reaching));
            }
            self.set_any(name, &mut joined, through || changes.len() < count);
        }
    }

    fn branches(&mut self, node: NodeId) -> bool {
        let tree = self.tree;
        let children = tree.children(node);
        let mut ends = Vec::new();
        let mut all_end = true;
        let mut else_block = false;
        let mut at = 0;
        while let Some(&child) = children.get(at) {
            if tree.kind(child) == Kind::Block {
                let (changes, ended) = self.undone(|walk| walk.walk(child));
                all_end &= ended;
                if !ended {
                    ends.push(changes);
                }
                else_block = at > 0 && children.get(at - 1).is_some_and(|&before| tree.kind(before) == Kind::Block);
            } else {
                self.plain(child);
            }
            at += 1;
        }
        self.join(ends, !else_block);
        all_end && else_block
    }

    /// The names written below a node, each with those writes and what reached it before.
    fn any_write_of(&mut self, node: NodeId) {
        let below = self.events.all.get(self.events.within(self.tree, node)).unwrap_or(&[]);
        let mut writes: Changes =
            below.iter().filter(|event| !event.is_read()).map(|it| (it.name(), it.writes)).collect();
        // By name, and still in text order.
        writes.sort_by_key(|&(name, _)| name);
        let mut any = Vec::new();
        for writes in writes.chunk_by(|(one, _), (other, _)| one == other) {
            let Some(&(name, _)) = writes.first() else { continue };
            any.clear();
            any.extend(writes.iter().map(|&(_, write)| write));
            self.set_any(name, &mut any, true);
        }
    }

    fn repeated(&mut self, node: NodeId) {
        let tree = self.tree;
        let children = tree.children(node);
        let (body, head) = match children.split_last() {
            Some((&body, head)) => (body, head),
            None => return,
        };
        // The source of a `for each` is evaluated once, the condition of a `while` before every pass.
        if tree.kind(node) == Kind::ForEach {
            head.iter().skip(1).for_each(|&child| {
                self.plain(child);
            });
            self.any_write_of(node);
            head.iter().take(1).for_each(|&child| {
                self.plain(child);
            });
        } else {
            self.any_write_of(node);
            head.iter().for_each(|&child| {
                self.plain(child);
            });
        }
        // The list may be empty: the loop's variable is written inside of the loop.
        self.undone(|walk| {
            walk.touch(node);
            walk.walk(body)
        });
    }

    /// What may run, or not.
    fn perhaps(&mut self, node: NodeId) {
        let tree = self.tree;
        let (changes, ended) = self.undone(|walk| {
            walk.touch(node);
            let mut ended = false;
            for &child in tree.children(node).iter().filter(|&&child| tree.kind(child) != Kind::Name) {
                ended |= walk.walk(child);
            }
            ended
        });
        self.join(if ended { Vec::new() } else { vec![changes] }, true);
    }

    fn attempt(&mut self, node: NodeId) {
        let tree = self.tree;
        let children = tree.children(node);
        let Some(&tried) = children.first() else { return };
        let (success, ended) = self.undone(|walk| walk.walk(tried));
        let (failure, failed) = self.undone(|walk| {
            walk.any_write_of(tried);
            walk.touch(node);
            let mut ended = false;
            for &child in children.iter().skip(1) {
                ended |= walk.walk(child);
            }
            ended
        });
        let mut ends = Vec::new();
        if !ended {
            ends.push(success);
        }
        if !failed {
            ends.push(failure);
        }
        self.join(ends, false);
    }
}

#[cfg(test)]
mod tests {
    use crate::deluge::{Kind, parse};
    use crate::requests::bindings::Scopes;

    /// The values that may reach the last read of `x`, as code; `?` for one from outside.
    fn reaching(text: &str) -> Vec<String> {
        let tree = parse(text).unwrap();
        let scopes = Scopes::of(text, &tree);
        let read = tree
            .descendants(tree.root())
            .filter(|&node| tree.kind(node) == Kind::Name && tree.range(node).of(text) == "x")
            .rfind(|&node| scopes.reaching(node).next().is_some())
            .unwrap();
        let value = |value| tree.range(value).of(text).to_owned();
        let mut found: Vec<String> = scopes
            .reaching(read)
            .map(|write| write.map_or("?".to_owned(), |write| write.value.map_or("*".to_owned(), value)))
            .collect();
        found.sort();
        found
    }

    #[test]
    fn straight_lines_and_branches() {
        assert_eq!(reaching("x = 1; x = 2; info x;"), ["2"]);
        assert_eq!(reaching("info x;"), ["?"]);
        assert_eq!(reaching("x = 1; if(c) { x = 2; } info x;"), ["1", "2"]);
        assert_eq!(reaching("if(c) { x = 1; } else { x = 2; } info x;"), ["1", "2"]);
        assert_eq!(reaching("if(c) { x = 1; } else if(d) { x = 2; } info x;"), ["1", "2", "?"]);
        assert_eq!(reaching("x = 1; if(c) { x = 2; return; } info x;"), ["1"]);
        assert_eq!(reaching("x = 1; if(c) { x = 2; info x; }"), ["2"]);
    }

    #[test]
    fn loops_may_not_run_and_may_run_again() {
        assert_eq!(reaching("x = 1; for each i in l { x = 2; } info x;"), ["1", "2"]);
        assert_eq!(reaching("x = 1; for each i in l { info x; x = 2; }"), ["1", "2"]);
        assert_eq!(reaching("x = 1; for each i in l { x = 2; info x; }"), ["2"]);
        assert_eq!(reaching("x = 1; for each x in l { y = 2; } info x;"), ["*", "1"]);
        assert_eq!(reaching("x = 1; while(c) { x = 2; break; } info x;"), ["1", "2"]);
    }

    #[test]
    fn a_try_may_end_anywhere() {
        assert_eq!(reaching("x = 1; try { x = 2; x = 3; } catch (e) { info x; }"), ["1", "2", "3"]);
        assert_eq!(reaching("x = 1; try { x = 2; } catch (e) { x = 3; } info x;"), ["2", "3"]);
        assert_eq!(reaching("x = 1; try { x = 2; } catch (e) { return; } info x;"), ["2"]);
    }

    #[test]
    fn what_is_not_an_assignment_is_not_known() {
        assert_eq!(reaching("void f(String x) { info x; }"), ["*"]);
        assert_eq!(reaching("x = 1; x += 2; info x;"), ["*"]);
        assert_eq!(reaching("x = 1; @@ x ; info x;"), ["?"]);
        assert_eq!(reaching("x = 1; void f() { info x; }"), ["?"]);
    }
}
