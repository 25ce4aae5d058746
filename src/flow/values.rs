//! The values that an operation takes: a few nearly always, which then need no memory of their own.

use std::ops::Deref;

/// A value of one [`super::graph::Graph`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ValueId(pub u32);

/// So many stand in the operation itself, which is no larger for it.
const FEW: usize = 3;

/// What an operation takes, in order.
#[derive(Clone)]
pub struct Values(Kept);

#[derive(Clone)]
enum Kept {
    /// So many of these.
    Few(u8, [ValueId; FEW]),
    Many(Vec<ValueId>),
}

/// Stands where there is no value.
const NONE: ValueId = ValueId(u32::MAX);

impl Values {
    /// None.
    pub const fn new() -> Self {
        Self(Kept::Few(0, [NONE; FEW]))
    }

    /// None, with room for so many.
    pub fn with_capacity(capacity: usize) -> Self {
        if capacity > FEW { Self(Kept::Many(Vec::with_capacity(capacity))) } else { Self::new() }
    }

    /// Adds one behind the others.
    pub fn push(&mut self, value: ValueId) {
        match &mut self.0 {
            Kept::Few(count, values) => match values.get_mut(*count as usize) {
                Some(place) => {
                    *place = value;
                    *count += 1;
                }
                None => {
                    let mut all = Vec::with_capacity(2 * (FEW + 1));
                    all.extend_from_slice(values);
                    all.push(value);
                    self.0 = Kept::Many(all);
                }
            },
            Kept::Many(values) => values.push(value),
        }
    }

    /// All of them.
    pub fn as_slice(&self) -> &[ValueId] {
        match &self.0 {
            Kept::Few(count, values) => values.get(..*count as usize).unwrap_or(values),
            Kept::Many(values) => values,
        }
    }
}

impl Default for Values {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Values {
    type Target = [ValueId];

    fn deref(&self) -> &[ValueId] {
        self.as_slice()
    }
}

impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Values {}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl Extend<ValueId> for Values {
    fn extend<I: IntoIterator<Item = ValueId>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

impl FromIterator<ValueId> for Values {
    fn from_iter<I: IntoIterator<Item = ValueId>>(values: I) -> Self {
        let values = values.into_iter();
        let mut all = Self::with_capacity(values.size_hint().0);
        all.extend(values);
        all
    }
}

impl From<&[ValueId]> for Values {
    fn from(values: &[ValueId]) -> Self {
        values.iter().copied().collect()
    }
}

impl<const N: usize> From<[ValueId; N]> for Values {
    fn from(values: [ValueId; N]) -> Self {
        values.into_iter().collect()
    }
}

impl From<Vec<ValueId>> for Values {
    fn from(values: Vec<ValueId>) -> Self {
        if values.len() > FEW { Self(Kept::Many(values)) } else { values.as_slice().into() }
    }
}

impl<'v> IntoIterator for &'v Values {
    type Item = &'v ValueId;
    type IntoIter = std::slice::Iter<'v, ValueId>;

    fn into_iter(self) -> Self::IntoIter {
        self.as_slice().iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_the_same_values() {
        for count in 0..9 {
            let all: Vec<ValueId> = (0..count).map(ValueId).collect();
            let mut pushed = Values::new();
            all.iter().for_each(|&value| pushed.push(value));
            assert_eq!(pushed.as_slice(), all);
            assert_eq!(pushed, Values::from(all.clone()));
            assert_eq!(pushed, Values::from(all.as_slice()));
            assert_eq!(pushed, all.into_iter().collect());
        }
        assert_eq!(size_of::<Values>(), size_of::<Vec<ValueId>>());
    }
}
