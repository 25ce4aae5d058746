//! Which assignments give one value several names: `b = a;` and what wrote `a`.

use super::bindings::Scopes;
use super::reaching::WriteId;
use crate::deluge::{Kind, Tree};

/// The writes of a file in groups: those of a group may be of one value.
#[derive(Debug)]
pub(super) struct SecondNames {
    /// The group of each write, by the least write in it.
    group: Vec<WriteId>,
    /// The writes, those of one group together.
    sorted: Vec<WriteId>,
    /// Groups whose value may have names that are not seen, or come from outside under one of its names.
    elsewhere: Vec<WriteId>,
}

impl SecondNames {
    /// Linear in the number of writes and of those that reach the reads in `b = a;`.
    pub(super) fn of(scopes: &Scopes<'_>, tree: &Tree) -> Self {
        let mut group: Vec<WriteId> = (0..).map_while(|id| scopes.write(id).map(|write| write.id)).collect();
        let mut elsewhere = Vec::new();
        for id in 0..group.len() as WriteId {
            let value = scopes.write(id).and_then(|write| write.value);
            let Some(other) = value.filter(|&value| tree.kind(value) == Kind::Name) else { continue };
            for write in scopes.reaching(other) {
                if write.is_none_or(|write| write.value.is_none()) {
                    elsewhere.push(id);
                }
                if let Some(write) = write {
                    join(&mut group, id, write.id);
                }
            }
        }
        for id in 0..group.len() as WriteId {
            let least = least(&mut group, id);
            if let Some(own) = group.get_mut(id as usize) {
                *own = least;
            }
        }
        let of = |id: WriteId| group.get(id as usize).copied().unwrap_or(id);
        let mut sorted: Vec<WriteId> = (0..group.len() as WriteId).collect();
        sorted.sort_by_key(|&id| of(id));
        let mut elsewhere: Vec<WriteId> = elsewhere.into_iter().map(of).collect();
        elsewhere.sort_unstable();
        elsewhere.dedup();
        Self { group, sorted, elsewhere }
    }

    /// The groups of these writes.
    pub(super) fn groups(&self, writes: &[WriteId]) -> Vec<WriteId> {
        let mut groups: Vec<WriteId> = writes.iter().map(|&id| self.group_of(id)).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// All writes of a group, in text order.
    pub(super) fn members(&self, group: WriteId) -> &[WriteId] {
        let from = self.sorted.partition_point(|&id| self.group_of(id) < group);
        let to = self.sorted.partition_point(|&id| self.group_of(id) <= group);
        self.sorted.get(from..to).unwrap_or(&[])
    }

    /// Whether the value of a group may have further names, or come from outside under one of those it has.
    pub(super) fn is_elsewhere(&self, group: WriteId) -> bool {
        self.elsewhere.binary_search(&group).is_ok()
    }

    fn group_of(&self, write: WriteId) -> WriteId {
        self.group.get(write as usize).copied().unwrap_or(write)
    }
}

/// The least write of a group, as far as the groups are joined; shortens the way to it.
fn least(group: &mut [WriteId], mut id: WriteId) -> WriteId {
    while let Some(&next) = group.get(id as usize).filter(|&&next| next != id) {
        let after = group.get(next as usize).copied().unwrap_or(next);
        if let Some(own) = group.get_mut(id as usize) {
            *own = after;
        }
        id = next;
    }
    id
}

fn join(group: &mut [WriteId], one: WriteId, other: WriteId) {
    let (one, other) = (least(group, one), least(group, other));
    if let Some(own) = group.get_mut(one.max(other) as usize) {
        *own = one.min(other);
    }
}
