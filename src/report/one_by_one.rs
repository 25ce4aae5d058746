//! Lists too long to be held.

use std::cell::Cell;

use serde::{Serialize, Serializer};

/// A list whose items are made when they are written, and gone then. 20,000 findings with long notes take 77 MB to report as JSON;
/// made beforehand, 109.
pub(super) struct OneByOne<I>(Cell<Option<I>>);

impl<I> OneByOne<I> {
    pub(super) fn of(items: I) -> Self {
        Self(Cell::new(Some(items)))
    }
}

impl<I: Iterator<Item: Serialize>> Serialize for OneByOne<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.take().into_iter().flatten())
    }
}
