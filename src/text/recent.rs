//! Interns the last few values, so that consecutive equal findings share one allocation.
//!
//! It pays in large files only: `check` of 20,000 requests of one kind in a file of 1.8 MB takes 78 MB, 88 without it for diagnoses and
//! texts, 83 without it for targets. A tree of 20,000 files takes 34 MB and as many instructions either way.

use std::borrow::Borrow;
use std::collections::VecDeque;
use std::sync::Arc;

/// What was made last, so that what is equal to one of it takes no room of its own.
#[derive(Debug)]
pub struct Recent<T: ?Sized>(VecDeque<Arc<T>>);

impl<T: ?Sized> Default for Recent<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: ?Sized + PartialEq> Recent<T> {
    /// So many are remembered: a file that repeats itself says few different things in turn.
    const MOST: usize = 16;

    /// The same as `new`, kept once if it was among the last.
    pub fn share<N: Borrow<T> + Into<Arc<T>>>(&mut self, new: N) -> Arc<T> {
        if let Some(known) = self.0.iter().rev().find(|known| ***known == *new.borrow()) {
            return Arc::clone(known);
        }
        if self.0.len() == Self::MOST {
            self.0.pop_front();
        }
        let new = new.into();
        self.0.push_back(Arc::clone(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_a_moment_ago_is_kept_once() {
        let mut recent: Recent<str> = Recent::default();
        let first = recent.share("a");
        assert!(Arc::ptr_eq(&first, &recent.share("a")));
        for number in 0..Recent::<str>::MOST {
            assert_eq!(*recent.share(number.to_string()), number.to_string());
        }
        let again = recent.share("a");
        assert!(again == first && !Arc::ptr_eq(&again, &first));
    }
}
