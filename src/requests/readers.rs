//! Which reads each write reaches: what is known of the reads, turned around.

use std::ops::Range;

use foldhash::{HashMap, HashMapExt};

use super::reaching::{Event, Events, LOST, NameId, WriteId};
use crate::deluge::NodeId;

/// A read that any write of its name may reach is noted with all of them. A name with more of such pairs than this counts as
/// mentioned by code that was not understood.
pub(super) const MOST_LOST: usize = 1 << 14;

/// The reads of all writes, write by write.
#[derive(Default, Debug)]
pub struct Readers {
    reads: Vec<NodeId>,
    /// Where those of each write end, and those of the next one begin.
    ends: Vec<u32>,
}

impl Readers {
    /// Of so many `writes`, of which those of a name are its `own`. Besides, the names of which too many reads are lost, each
    /// with the first of these.
    pub fn of(events: &Events, writes: usize, own: &dyn Fn(NameId) -> Range<usize>) -> (Self, HashMap<NameId, NodeId>) {
        let mut ends = vec![0; writes];
        let mut lost: HashMap<NameId, (usize, NodeId)> = HashMap::new();
        for (read, writes) in events.reads() {
            if writes == [LOST] {
                lost.entry(read.name()).or_insert((0, read.node)).0 += 1;
            }
            for &write in writes {
                if let Some(end) = ends.get_mut(write as usize) {
                    *end += 1;
                }
            }
        }
        let mut many = HashMap::new();
        for (name, (count, first)) in lost {
            if count * own(name).len() > MOST_LOST {
                many.insert(name, first);
            } else if let Some(ends) = ends.get_mut(own(name)) {
                ends.iter_mut().for_each(|end| *end += count as u32);
            }
        }
        let mut length = 0;
        for end in &mut ends {
            length += std::mem::replace(end, length);
        }
        let mut readers = Self { reads: Vec::new(), ends };
        if let Some(first) = events.iter().next() {
            readers.reads.resize(length as usize, first.node);
        }
        for (read, writes) in events.reads() {
            readers.note(read, writes, &many, own);
        }
        (readers, many)
    }

    fn note(
        &mut self,
        read: Event,
        writes: &[WriteId],
        many: &HashMap<NameId, NodeId>,
        own: &dyn Fn(NameId) -> Range<usize>,
    ) {
        if writes == [LOST] {
            if !many.contains_key(&read.name()) {
                own(read.name()).for_each(|write| self.put(write, read.node));
            }
            return;
        }
        writes.iter().for_each(|&write| self.put(write as usize, read.node));
    }

    /// Of a write from outside there is nothing to note.
    fn put(&mut self, write: usize, read: NodeId) {
        let Some(end) = self.ends.get_mut(write) else { return };
        if let Some(place) = self.reads.get_mut(*end as usize) {
            *place = read;
        }
        *end += 1;
    }

    /// The reads that a write reaches, in text order.
    pub fn of_write(&self, write: WriteId) -> &[NodeId] {
        let write = write as usize;
        let begin = write.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(write).copied().unwrap_or(begin);
        self.reads.get(begin as usize..end as usize).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use crate::deluge::parse;
    use crate::requests::bindings::Scopes;

    /// How many reads each write of `x` reaches, and whether it counts as mentioned by code that was not understood.
    fn readers(text: &str) -> (Vec<usize>, bool) {
        let tree = parse(text).unwrap();
        let scopes = Scopes::of(text, &tree);
        let binding = scopes.get(tree.root()).and_then(|scope| scope.get("x")).unwrap();
        for write in binding.writes {
            assert!(scopes.readers(write.id).is_sorted());
        }
        (binding.writes.iter().map(|write| scopes.readers(write.id).len()).collect(), binding.is_opaque())
    }

    #[test]
    fn a_write_has_the_reads_that_it_reaches() {
        assert_eq!(readers("x = 1; info x; x = 2; info x; info x;"), (vec![1, 2], false));
        assert_eq!(readers("x = 1; if(c) { x = 2; } info x; y = x;"), (vec![2, 2], false));
        assert_eq!(readers("x = 1; try { x = 2; } catch (x) { info x; } y = 1;"), (vec![0, 0, 1], false));
    }

    #[test]
    fn a_read_that_any_write_may_reach_has_all_of_them_unless_there_are_too_many() {
        let branches = |count: usize| "if(c) { x = 1; } ".repeat(count);
        assert_eq!(readers(&(branches(20) + "info x;")), (vec![1; 20], false));
        assert_eq!(readers(&(branches(200) + &"info x; ".repeat(100))), (vec![100; 200], false));
        assert_eq!(readers(&(branches(6_000) + &"info x; ".repeat(600))), (vec![0; 6_000], true));
    }
}
