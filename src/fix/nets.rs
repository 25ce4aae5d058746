//! What holds of the two texts whatever was meant: all comments are there, and no piece of code that was not understood has
//! lost what stood before it. Nothing here knows of requests or of edits.

use foldhash::{HashMap, HashMapExt};

use crate::deluge::Tree;
use crate::text::source::TextRange;

/// What the old text has of these.
pub(super) struct Nets {
    comments: Vec<TextRange>,
    opaque: Vec<TextRange>,
}

impl Nets {
    pub(super) fn of(tree: &Tree) -> Self {
        Self { comments: tree.comments().to_vec(), opaque: tree.opaque().to_vec() }
    }

    /// Compares the `new` text, whose tree this is, with the `old` one.
    ///
    /// # Errors
    /// What the new text lost.
    pub(super) fn check(&self, old: &str, new: &str, tree: &Tree) -> Result<(), &'static str> {
        let mut comments: HashMap<&str, isize> = HashMap::new();
        self.comments.iter().for_each(|comment| *comments.entry(comment.of(old).trim_end()).or_default() += 1);
        tree.comments().iter().for_each(|comment| *comments.entry(comment.of(new).trim_end()).or_default() -= 1);
        if comments.values().any(|&count| count != 0) {
            return Err("a comment would be lost or changed");
        }
        let same = |(before, after): (&TextRange, &TextRange)| {
            before.of(old) == after.of(new) && head(old, before.start()) == head(new, after.start())
        };
        if self.opaque.len() == tree.opaque().len() && !self.opaque.iter().zip(tree.opaque()).all(same) {
            return Err("code that authshift cannot parse would lose what comes before it");
        }
        Ok(())
    }
}

/// What a piece of code that was not understood goes on from: the line before it, unless something ends there.
fn head(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or("").trim_end();
    if before.ends_with([';', '{', '}']) {
        return "";
    }
    before.rsplit(['\n', '\r', ';', '{', '}']).next().unwrap_or("").trim()
}
