//! Which assignments can reach a read: through `if`/`else`, `for each`, `while`, `try`, `return` and reassignment.
//!
//! One pass over the statements keeps, for each name, the writes that may be the last one so far. A branch is walked on a
//! journal of its changes and undone, then the branches' results are joined. A loop is entered as if any of its own writes
//! had happened, and left the same way; a `catch` is entered as if any write of its `try` had. That is more than can
//! really happen, never less. What cannot be known (a parameter, a name that was never written, a region that was not
//! understood) is the write [`UNKNOWN`].

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::syntax::{Kind, NodeId, Tree};

/// The ordinal of a write in its file, [`UNKNOWN`] or [`LOST`].
pub type WriteId = u32;

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
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// It reads it.
    Read,
    /// It writes it; after the write nothing older is left.
    Write(WriteId),
}

/// The writes that reach a place; many places have the same.
pub type Reaching = Rc<[WriteId]>;

/// The names that nodes touch, sorted by node.
pub type Events<'a> = Vec<(NodeId, &'a str, Event)>;

/// The events of one node.
fn of_node<'e, 'a>(events: &'e Events<'a>, node: NodeId) -> &'e [(NodeId, &'a str, Event)] {
    let from = events.partition_point(|&(other, ..)| other < node);
    let rest = events.get(from..).unwrap_or(&[]);
    let count = rest.iter().take_while(|&&(other, ..)| other == node).count();
    rest.get(..count).unwrap_or(&[])
}

/// Walks the statements of one function or script.
pub struct Walk<'a, 'e> {
    tree: &'a Tree,
    /// Name nodes and statements with the names they touch.
    events: &'e Events<'a>,
    /// The writes of each name, in text order, with the byte they stand at.
    writes: &'e HashMap<&'a str, Vec<(usize, WriteId)>>,
    state: HashMap<&'a str, Reaching>,
    journal: Vec<(&'a str, Option<Reaching>)>,
    depth: usize,
    unknown: Reaching,
    /// The result: the writes that reach each read.
    pub reads: HashMap<NodeId, Reaching>,
}

impl<'a, 'e> Walk<'a, 'e> {
    /// A walk that knows nothing yet.
    pub fn new(tree: &'a Tree, events: &'e Events<'a>, writes: &'e HashMap<&'a str, Vec<(usize, WriteId)>>) -> Self {
        Self {
            tree,
            events,
            writes,
            state: HashMap::new(),
            journal: Vec::new(),
            depth: 0,
            unknown: Rc::new([UNKNOWN]),
            reads: HashMap::new(),
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

    /// Gives up telling what happens below a node.
    fn lose(&mut self, node: NodeId) {
        let (tree, events) = (self.tree, self.events);
        let lost: Reaching = Rc::new([LOST]);
        for below in tree.descendants(node) {
            for &(_, name, event) in of_node(events, below) {
                match event {
                    Event::Read => drop(self.reads.insert(below, Rc::clone(&lost))),
                    Event::Write(_) => self.set(name, Rc::clone(&lost)),
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
        for &(_, name, event) in of_node(events, node) {
            match event {
                Event::Read => {
                    let reaching = self.before(name);
                    self.reads.insert(node, reaching);
                }
                Event::Write(write) => self.set(name, Rc::new([write])),
            }
        }
    }

    /// What reaches this place.
    fn before(&self, name: &str) -> Reaching {
        self.state.get(name).map_or_else(|| Rc::clone(&self.unknown), Rc::clone)
    }

    fn set(&mut self, name: &'a str, reaching: Reaching) {
        let old = self.state.insert(name, reaching);
        self.journal.push((name, old));
    }

    /// Runs `work`, undoes its changes and returns them: the names with what reaches the end of it.
    fn undone(&mut self, work: impl FnOnce(&mut Self) -> bool) -> (HashMap<&'a str, Reaching>, bool) {
        let mark = self.journal.len();
        let ended = work(self);
        let mut changes = HashMap::new();
        for (name, old) in self.journal.drain(mark..).rev().collect::<Vec<_>>() {
            let new = match old {
                Some(old) => self.state.insert(name, old),
                None => self.state.remove(name),
            };
            // Undone backwards: the first one seen is the last one made.
            if let Some(new) = new {
                changes.entry(name).or_insert(new);
            }
        }
        (changes, ended)
    }

    /// Joins the ends of alternatives; `through` is whether control may come past all of them.
    fn join(&mut self, ends: &[HashMap<&'a str, Reaching>], through: bool) {
        let mut names: HashMap<&'a str, (usize, Vec<WriteId>)> = HashMap::new();
        for (&name, reaching) in ends.iter().flatten() {
            let (count, joined) = names.entry(name).or_default();
            *count += 1;
            joined.extend(reaching.iter());
        }
        for (name, (count, mut joined)) in names {
            if through || count < ends.len() {
                joined.extend(self.before(name).iter());
            }
            self.set(name, limited(joined));
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
        self.join(&ends, !else_block);
        all_end && else_block
    }

    /// The names written in a stretch of the text, each with those writes and what reached it before.
    fn any_write_of(&mut self, node: NodeId) {
        let range = self.tree.range(node);
        let names: HashSet<&'a str> = self
            .tree
            .descendants(node)
            .flat_map(|below| of_node(self.events, below))
            .filter(|(_, _, event)| matches!(event, Event::Write(_)))
            .map(|&(_, name, _)| name)
            .collect();
        for name in names {
            let mut joined = self.before(name).to_vec();
            let writes = self.writes.get(name).map_or(&[][..], Vec::as_slice);
            let from = writes.partition_point(|&(at, _)| at < range.start());
            let inside = writes.get(from..).unwrap_or(&[]).iter().take_while(|&&(at, _)| at < range.end());
            joined.extend(inside.map(|&(_, write)| write).take(MOST + 1));
            self.set(name, limited(joined));
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
        self.join(&ends, false);
    }
}

/// Sorted, without repetition; too many are lost.
fn limited(mut reaching: Vec<WriteId>) -> Reaching {
    reaching.sort_unstable();
    reaching.dedup();
    if reaching.len() > MOST || reaching.contains(&LOST) {
        return Rc::new([LOST]);
    }
    if reaching.is_empty() { Rc::new([UNKNOWN]) } else { reaching.into() }
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
            .filter(|&node| scopes.reaching(node).next().is_some())
            .last()
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
