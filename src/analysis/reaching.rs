//! Which assignments can reach a read: through `if`/`else`, `for each`, `while`, `try`, `return` and reassignment.
//!
//! One pass over the statements keeps, for each name, the writes that may be the last one so far. A branch is walked on a
//! journal of its changes and undone, then the branches' results are joined. A loop is entered as if any of its own writes
//! had happened, and left the same way; a `catch` is entered as if any write of its `try` had. That is more than can
//! really happen, never less. What cannot be known (a parameter, a name that was never written, a region that was not
//! understood) is the write [`UNKNOWN`].

use std::rc::Rc;

use crate::syntax::{Kind, NodeId, Tree};

/// The ordinal of a write in its file, [`UNKNOWN`] or [`LOST`].
pub type WriteId = u32;

/// The ordinal of a name in its scope.
pub type NameId = u32;

/// A value from outside, or from code that was not understood.
pub const UNKNOWN: WriteId = u32::MAX;

/// Some writes of the name, of which it is not known which.
pub const LOST: WriteId = u32::MAX - 1;

/// More writes than this reaching one read are not told apart; they are [`LOST`].
const MOST: usize = 16;

/// Statements nested deeper than this are not followed: what they read and write is [`LOST`]. Each level is looked through
/// once more for what is written in it.
const MOST_NESTED: usize = 128;

/// What a node does to a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// It reads it.
    Read,
    /// It writes it; after the write nothing older is left.
    Write(WriteId),
}

/// Name nodes and statements with the names they touch.
#[derive(Debug)]
pub struct Events {
    all: Vec<(NodeId, NameId, Event)>,
    /// For each node where its events begin, and one more.
    starts: Vec<u32>,
}

impl Events {
    /// The events of a tree, those of one node in the order in which they happen.
    pub fn of(tree: &Tree, mut all: Vec<(NodeId, NameId, Event)>) -> Self {
        all.sort_by_key(|&(node, ..)| node);
        let mut starts = Vec::with_capacity(tree.len() + 1);
        let mut at = 0;
        for node in 0..=tree.len() {
            while all.get(at).is_some_and(|(of, ..)| of.index() < node) {
                at += 1;
            }
            starts.push(at as u32);
        }
        Self { all, starts }
    }

    fn at(&self, node: NodeId) -> &[(NodeId, NameId, Event)] {
        let start = |node: usize| self.starts.get(node).map_or(0, |&start| start as usize);
        self.all.get(start(node.index())..start(node.index() + 1)).unwrap_or(&[])
    }
}

/// For each read, by its node, the writes that reach it.
#[derive(Debug)]
pub struct Reads {
    writes: Vec<WriteId>,
    places: Vec<(u32, u32)>,
}

impl Reads {
    /// Room for the reads of a tree.
    pub fn of(tree: &Tree) -> Self {
        Self { writes: Vec::new(), places: vec![(0, 0); tree.len()] }
    }

    /// The writes that reach a read; none for a node that is no read.
    pub fn at(&self, node: NodeId) -> &[WriteId] {
        let place = self.places.get(node.index()).and_then(|&(from, to)| self.writes.get(from as usize..to as usize));
        place.unwrap_or(&[])
    }

    /// Notes what reaches a read. Mostly it is what reached the `last` read of the name, and kept there.
    fn put(&mut self, node: NodeId, writes: &[WriteId], last: &mut (u32, u32)) {
        if self.writes.get(last.0 as usize..last.1 as usize) != Some(writes) {
            let from = self.writes.len() as u32;
            self.writes.extend_from_slice(writes);
            *last = (from, self.writes.len() as u32);
        }
        if let Some(place) = self.places.get_mut(node.index()) {
            *place = *last;
        }
    }
}

/// The writes that may be the last one.
#[derive(Clone, Debug)]
enum Reaching {
    One(WriteId),
    Several(Rc<[WriteId]>),
}

impl Reaching {
    /// Of those in `writes`, which may stand there in any order and more than once; too many are lost.
    fn of(mut writes: Vec<WriteId>) -> Self {
        writes.sort_unstable();
        writes.dedup();
        match writes.as_slice() {
            [] => Self::One(UNKNOWN),
            [one] => Self::One(*one),
            several if several.len() > MOST || several.contains(&LOST) => Self::One(LOST),
            several => Self::Several(several.into()),
        }
    }

    fn as_slice(&self) -> &[WriteId] {
        match self {
            Self::One(write) => std::slice::from_ref(write),
            Self::Several(writes) => writes,
        }
    }
}

/// Names with what reaches the end of a stretch of code that writes them; sorted, none twice.
type Changes = Vec<(NameId, Reaching)>;

/// Walks the statements of one function or script.
pub struct Walk<'w> {
    tree: &'w Tree,
    events: &'w Events,
    /// The writes of each name, in text order, with the byte they stand at.
    writes: &'w [Vec<(usize, WriteId)>],
    state: Vec<Option<Reaching>>,
    journal: Vec<(NameId, Option<Reaching>)>,
    depth: usize,
    /// For each name where in `reads` stands what reached its last read.
    noted: Vec<(u32, u32)>,
    reads: &'w mut Reads,
}

impl<'w> Walk<'w> {
    /// A walk that knows nothing yet and notes what it finds in `reads`.
    pub fn new(tree: &'w Tree, events: &'w Events, writes: &'w [Vec<(usize, WriteId)>], reads: &'w mut Reads) -> Self {
        let (state, noted) = (vec![None; writes.len()], vec![(0, 0); writes.len()]);
        Self { tree, events, writes, state, journal: Vec::new(), depth: 0, noted, reads }
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

    /// Gives up telling what happens below a node.
    fn lose(&mut self, node: NodeId) {
        let (tree, events) = (self.tree, self.events);
        for below in tree.descendants_in_scope(node) {
            for &(_, name, event) in events.at(below) {
                match event {
                    Event::Read => self.note(below, name, &Reaching::One(LOST)),
                    Event::Write(_) => self.set(name, Reaching::One(LOST)),
                }
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

    /// The names below a node in text order, then the node's own events.
    fn plain(&mut self, node: NodeId) -> bool {
        let tree = self.tree;
        for below in tree.descendants(node) {
            self.touch(below);
        }
        false
    }

    fn touch(&mut self, node: NodeId) {
        let events = self.events;
        for &(_, name, event) in events.at(node) {
            match event {
                Event::Read => {
                    let reaching = self.state.get(name as usize).cloned().flatten();
                    self.note(node, name, &reaching.unwrap_or(Reaching::One(UNKNOWN)));
                }
                Event::Write(write) => self.set(name, Reaching::One(write)),
            }
        }
    }

    fn note(&mut self, read: NodeId, name: NameId, reaching: &Reaching) {
        if let Some(last) = self.noted.get_mut(name as usize) {
            self.reads.put(read, reaching.as_slice(), last);
        }
    }

    /// What reaches this place, so far as it is known.
    fn before(&self, name: NameId) -> &[WriteId] {
        self.state.get(name as usize).and_then(Option::as_ref).map_or(&[UNKNOWN], Reaching::as_slice)
    }

    fn set(&mut self, name: NameId, reaching: Reaching) {
        if let Some(state) = self.state.get_mut(name as usize) {
            self.journal.push((name, state.replace(reaching)));
        }
    }

    /// Runs `work`, undoes its changes and returns them.
    fn undone(&mut self, work: impl FnOnce(&mut Self) -> bool) -> (Changes, bool) {
        let mark = self.journal.len();
        let ended = work(self);
        let mut changes = Changes::new();
        while self.journal.len() > mark
            && let Some((name, old)) = self.journal.pop()
        {
            let new = self.state.get_mut(name as usize).and_then(|state| std::mem::replace(state, old));
            changes.extend(new.map(|new| (name, new)));
        }
        // Undone backwards: the first one seen is the last one made, and the sort leaves it there.
        changes.sort_by_key(|&(name, _)| name);
        changes.dedup_by_key(|&mut (name, _)| name);
        (changes, ended)
    }

    /// Joins the ends of alternatives; `through` is whether control may come past all of them.
    fn join(&mut self, ends: Vec<Changes>, through: bool) {
        let count = ends.len();
        let mut changes = ends.concat();
        changes.sort_by_key(|&(name, _)| name);
        for changes in changes.chunk_by(|(one, _), (other, _)| one == other) {
            let Some(&(name, _)) = changes.first() else { continue };
            let mut joined: Vec<WriteId> =
                changes.iter().flat_map(|(_, reaching)| reaching.as_slice()).copied().collect();
            if through || changes.len() < count {
                joined.extend(self.before(name));
            }
            self.set(name, Reaching::of(joined));
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

    /// The names written in a stretch of the text, each with those writes and what reached it before.
    fn any_write_of(&mut self, node: NodeId) {
        let range = self.tree.range(node);
        let below = self.tree.descendants_in_scope(node).flat_map(|below| self.events.at(below));
        let mut names: Vec<NameId> =
            below.filter(|&&(.., event)| event != Event::Read).map(|&(_, name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let writes = self.writes.get(name as usize).map_or(&[][..], Vec::as_slice);
            let from = writes.partition_point(|&(at, _)| at < range.start());
            let inside = writes.get(from..).unwrap_or(&[]).iter().take_while(|&&(at, _)| at < range.end());
            let mut joined = self.before(name).to_vec();
            joined.extend(inside.map(|&(_, write)| write).take(MOST + 1));
            self.set(name, Reaching::of(joined));
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
    use crate::analysis::bindings::Scopes;
    use crate::syntax::{Kind, parse};

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
