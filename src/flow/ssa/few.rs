//! A sorted set of numbers: a few nearly always, which then need no memory of their own.

use std::collections::BTreeSet;

/// So many are kept without a tree.
const FEW: usize = 5;

/// A set.
#[derive(Clone, Debug)]
pub(super) enum FewOrMany {
    /// So many of these, in order.
    Few(u8, [u32; FEW]),
    Many(BTreeSet<u32>),
}

impl Default for FewOrMany {
    fn default() -> Self {
        Self::Few(0, [0; FEW])
    }
}

impl FewOrMany {
    /// Adds one.
    pub(super) fn insert(&mut self, number: u32) {
        let (count, numbers) = match self {
            Self::Many(numbers) => {
                numbers.insert(number);
                return;
            }
            Self::Few(count, numbers) => (count, numbers),
        };
        let known = numbers.get(..*count as usize).unwrap_or(&[]);
        let Err(at) = known.binary_search(&number) else { return };
        match numbers.get_mut(at..=*count as usize) {
            Some(behind) => {
                behind.rotate_right(1);
                if let Some(place) = behind.first_mut() {
                    *place = number;
                }
                *count += 1;
            }
            None => *self = Self::Many(numbers.iter().copied().chain([number]).collect()),
        }
    }

    /// All of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        let (few, many) = match self {
            Self::Few(count, numbers) => (numbers.get(..*count as usize), None),
            Self::Many(numbers) => (None, Some(numbers)),
        };
        few.into_iter().flatten().chain(many.into_iter().flatten()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_sorted() {
        let mut numbers = FewOrMany::default();
        let mut same = BTreeSet::new();
        for number in [7, 3, 7, 9, 1, 3, 8, 2, 5, 1, 4] {
            numbers.insert(number);
            same.insert(number);
            assert!(numbers.iter().eq(same.iter().copied()), "{numbers:?}");
        }
        assert_eq!(FewOrMany::default().iter().next(), None);
    }
}
