//! Byte-range edits: recording them, finding conflicts, applying them. All of one fix's edits apply, or none.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::text::source::TextRange;

/// One replacement. An empty range inserts, an empty replacement deletes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// What is replaced, in bytes of the original text.
    pub range: TextRange,
    /// What comes in its place.
    pub replacement: Arc<str>,
}

impl Edit {
    /// Replaces `range` by `replacement`.
    pub fn replace(range: TextRange, replacement: impl Into<Arc<str>>) -> Self {
        Self { range, replacement: replacement.into() }
    }

    /// Deletes `range`.
    pub fn delete(range: TextRange) -> Self {
        Self::replace(range, Arc::default())
    }

    /// Inserts `text` before byte `at`.
    pub fn insert(at: usize, text: impl Into<Arc<str>>) -> Self {
        Self::replace(TextRange::empty(at), text)
    }
}

/// Edits that several hold: a fix and those that share it.
pub type Edits = Arc<[Edit]>;

/// Identifies a shared list of edits by its address. All empty lists are one.
pub type Identity = *const Edit;

/// The [`Identity`] of edits, while they are held.
pub fn identity(edits: &Edits) -> Identity {
    edits.as_ptr()
}

/// Sorts edits by place; those of one place keep their order. Most lists are sorted, and take no second place for it then.
pub fn sort(edits: &mut [Edit]) {
    if !edits.is_sorted_by_key(|edit| edit.range) {
        edits.sort_by_key(|edit| edit.range);
    }
}

/// The edits accepted so far for one text, without overlap.
#[derive(Default, Debug)]
pub struct EditSet {
    edits: BTreeMap<TextRange, Arc<str>>,
    /// What became of fixes that several share, which are kept alive so that their addresses stay theirs.
    shared: HashMap<Identity, (Edits, bool)>,
}

impl EditSet {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing was accepted.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Whether both change a text in the same way.
    pub fn is_same(&self, other: &EditSet) -> bool {
        self.edits == other.edits
    }

    /// The edits, in text order.
    pub fn iter(&self) -> impl Iterator<Item = Edit> {
        self.edits.iter().map(|(&range, text)| Edit::replace(range, Arc::clone(text)))
    }

    /// Takes all of `fix`, or nothing when one of its edits touches an edit accepted before, or another of its own.
    /// An edit that is already in the set (two fixes that need the same change) is shared. Says whether it was taken.
    /// Logarithmic in the number of edits.
    pub fn accept(&mut self, fix: &[Edit]) -> bool {
        let mut taken = Vec::new();
        for edit in fix {
            if self.edits.get(&edit.range) == Some(&edit.replacement) {
                continue;
            }
            if self.conflicts(edit) {
                for range in taken {
                    self.edits.remove(&range);
                }
                return false;
            }
            self.edits.insert(edit.range, Arc::clone(&edit.replacement));
            taken.push(edit.range);
        }
        true
    }

    /// The same for a fix that several share: it is looked at once, however many ask for it.
    pub fn accept_shared(&mut self, fix: &Edits) -> bool {
        if let Some((_, taken)) = self.shared.get(&identity(fix)) {
            return *taken;
        }
        let taken = self.accept(fix);
        self.shared.insert(identity(fix), (Arc::clone(fix), taken));
        taken
    }

    /// Whether an accepted edit shares a byte with this one, or touches it where one of the two is an insertion: which of two
    /// insertions at one place comes first would be chance. An insertion at the edge of a deletion is none: the text is the
    /// same whichever comes first.
    fn conflicts(&self, edit: &Edit) -> bool {
        let range = edit.range;
        let conflict = |(&other, text): (&TextRange, &Arc<str>)| {
            let meets = other.start() <= range.end() && range.start() <= other.end();
            let inside = other.start() < range.end() && range.start() < other.end();
            let deletes = (!other.is_empty() && text.is_empty()) || (!range.is_empty() && edit.replacement.is_empty());
            inside || ((other.is_empty() || range.is_empty()) && meets && !deletes)
        };
        let before = self.edits.range(..=range).next_back();
        let after = self.edits.range(range..).next();
        before.into_iter().chain(after).any(conflict)
    }

    /// The text after the edits; `None` when a range does not fit `text` (not a character boundary, or past its end).
    pub fn apply(&self, text: &str) -> Option<String> {
        let gone: usize = self.edits.keys().map(|range| range.len()).sum();
        let new: usize = self.edits.values().map(|replacement| replacement.len()).sum();
        let mut result = String::with_capacity((text.len() + new).saturating_sub(gone));
        let mut done = 0;
        for (range, replacement) in &self.edits {
            result.push_str(text.get(done..range.start())?);
            text.get(range.start()..range.end())?;
            result.push_str(replacement);
            done = range.end();
        }
        result.push_str(text.get(done..)?);
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: usize, end: usize) -> TextRange {
        TextRange::new(start, end)
    }

    #[test]
    fn edits_apply_in_text_order_whatever_the_order_of_acceptance() {
        let mut set = EditSet::new();
        assert!(set.accept(&[Edit::delete(range(4, 6)), Edit::insert(0, "<")]));
        assert!(set.accept(&[Edit::replace(range(2, 3), "--")]));
        assert_eq!(set.apply("abcdefg").as_deref(), Some("<ab--dg"));
    }

    #[test]
    fn a_fix_with_one_conflict_is_refused_whole() {
        let mut set = EditSet::new();
        assert!(set.accept(&[Edit::delete(range(2, 5))]));
        assert!(!set.accept(&[Edit::delete(range(0, 1)), Edit::delete(range(4, 6))]));
        assert!(!set.accept(&[Edit::insert(3, "x")]), "an insertion inside of a deletion");
        assert!(set.accept(&[Edit::delete(range(2, 5)), Edit::delete(range(6, 7))]), "the same edit is shared");
        assert_eq!(set.apply("abcdefgh").as_deref(), Some("abfh"));
    }

    #[test]
    fn an_insertion_may_stand_at_either_edge_of_a_deletion() {
        let mut set = EditSet::new();
        assert!(set.accept(&[Edit::delete(range(2, 4)), Edit::insert(2, "x"), Edit::delete(range(0, 2))]));
        assert!(set.accept(&[Edit::insert(4, "y")]));
        assert!(!set.accept(&[Edit::insert(2, "z")]), "a second insertion at one place");
        assert!(!set.accept(&[Edit::replace(range(4, 5), "z")]), "an insertion at the edge of a replacement");
        assert_eq!(set.apply("abcdef").as_deref(), Some("xyef"));
    }

    #[test]
    fn what_becomes_of_a_shared_fix_does_not_change() {
        let mut set = EditSet::new();
        let (first, second) = (Edits::from([Edit::delete(range(1, 3))]), Edits::from([Edit::delete(range(2, 4))]));
        assert!(set.accept_shared(&first) && set.accept_shared(&first));
        assert!(!set.accept_shared(&second) && !set.accept_shared(&second));
        assert_eq!(set.apply("abcd").as_deref(), Some("ad"));
    }

    #[test]
    fn a_range_that_does_not_fit_applies_to_nothing() {
        let mut set = EditSet::new();
        assert!(set.accept(&[Edit::delete(range(1, 2))]));
        assert_eq!(set.apply("é"), None);
        assert_eq!(set.apply(""), None);
    }
}
