//! Which reads each write reaches: what is known of the reads, turned around.

use std::collections::HashMap;
use std::ops::Range;

use super::reaching::{Event, Events, LOST, NameId, WriteId};
use crate::syntax::NodeId;

/// A read that any write of its name may reach is noted with all of them. A name with more of such pairs than this counts as
/// mentioned by code that was not understood.
const MOST_LOST: usize = 1 << 14;

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
