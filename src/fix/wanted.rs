//! What is to be changed of what could be: everything, or what somebody chose.

use std::collections::BTreeSet;

use foldhash::HashSet;

use crate::migrate::Transaction;
use crate::requests::call::Call;
use crate::text::edit::{Identity, identity};

/// Which changes of a part are wanted. By default, all.
#[derive(Clone, Default, Debug)]
pub(super) struct Wanted {
    /// Migrations, by the ordinals of the calls.
    pub tokens: Wish,
    /// New addresses, by the ordinals of the calls.
    pub addresses: Wish,
    /// Assignments that are dead from the start, by the ordinals of their functions.
    pub dead: Wish,
    /// Placeholders of LinkNames, by the ordinals of the calls.
    pub placeholders: Wish,
    /// Typographic quotes, by the ordinals of the texts.
    pub quotes: Wish,
}

/// Which changes of one kind are wanted, each by a number that stays while the text changes.
#[derive(Clone, Default, Debug)]
pub(super) struct Wish {
    /// Those that are not.
    pub declined: BTreeSet<usize>,
    /// If it is so, the only ones that are.
    pub only: Option<BTreeSet<usize>>,
}

impl Wish {
    /// Whether the change is wanted.
    pub fn has(&self, change: usize) -> bool {
        !self.declined.contains(&change) && self.only.as_ref().is_none_or(|only| only.contains(&change))
    }

    fn renumber(&mut self, new: &dyn Fn(usize) -> Option<usize>) {
        for changes in std::iter::once(&mut self.declined).chain(&mut self.only) {
            *changes = changes.iter().filter_map(|&change| new(change)).collect();
        }
    }
}

impl Wanted {
    /// The migrations that are wanted. Those that share their edits are, or none is.
    pub fn of_tokens<'i>(
        &self,
        changes: impl Iterator<Item = (&'i Call, &'i Transaction)>,
    ) -> Vec<(&'i Call, &'i Transaction)> {
        whole(changes, |call| self.tokens.has(call.ordinal))
    }

    /// The new addresses that are wanted. A request whose token is to stay keeps the old one.
    pub fn of_addresses<'i>(
        &self,
        changes: impl Iterator<Item = (&'i Call, &'i Transaction)>,
    ) -> Vec<(&'i Call, &'i Transaction)> {
        whole(changes, |call| self.addresses.has(call.ordinal) && call.occurrences().next().is_none())
    }

    /// All kinds of changes.
    pub fn each(&mut self) -> [&mut Wish; 5] {
        [&mut self.tokens, &mut self.addresses, &mut self.dead, &mut self.placeholders, &mut self.quotes]
    }

    /// Gives calls the numbers that they have after a round; those that are gone have none.
    pub fn renumber(&mut self, new: &dyn Fn(usize) -> Option<usize>) {
        self.tokens.renumber(new);
        self.addresses.renumber(new);
        self.placeholders.renumber(new);
    }
}

/// The changes of calls that are wanted, without those that share their edits with one that is not.
fn whole<'i>(
    changes: impl Iterator<Item = (&'i Call, &'i Transaction)>,
    wanted: impl Fn(&Call) -> bool,
) -> Vec<(&'i Call, &'i Transaction)> {
    let mut changes: Vec<_> = changes.collect();
    let unwanted = changes.iter().filter(|(call, _)| !wanted(call));
    let unwanted: HashSet<Identity> = unwanted.map(|(_, change)| identity(&change.edits)).collect();
    changes.retain(|(_, change)| !unwanted.contains(&identity(&change.edits)));
    changes
}
