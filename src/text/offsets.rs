//! The way from a decoded text back to where it was read from.

use super::source::TextRange;

/// Which place of a decoded text is which of the encoded one. Only characters that are spelt differently are noted: between
/// them both texts go on byte by byte.
#[derive(Debug)]
pub(crate) struct Offsets {
    /// For each character that is not spelt by itself: where it ends, decoded and encoded.
    ends: Vec<(u32, u32)>,
    /// The encoded text.
    range: TextRange,
}

impl Offsets {
    /// Of the encoded text at `range`; nothing in it is spelt differently yet.
    pub(crate) fn new(range: TextRange) -> Self {
        Self { ends: Vec::new(), range }
    }

    /// Notes a character that is not spelt by itself, by its ends. They come in text order.
    pub(crate) fn note(&mut self, decoded: usize, encoded: usize) {
        self.ends.push((decoded as u32, encoded as u32));
    }

    /// Where the encoded text stands.
    pub(crate) fn range(&self) -> TextRange {
        self.range
    }

    /// The encoded range of a decoded one.
    pub(crate) fn outer(&self, range: TextRange) -> TextRange {
        TextRange::new(self.outer_offset(range.start()), self.outer_offset(range.end()))
    }

    fn outer_offset(&self, at: usize) -> usize {
        let before = self.ends.partition_point(|&(inner, _)| inner as usize <= at);
        let (inner, outer) = match before.checked_sub(1).and_then(|last| self.ends.get(last)) {
            Some(&(inner, outer)) => (inner as usize, outer as usize),
            None => (0, self.range.start()),
        };
        outer + (at - inner)
    }
}
