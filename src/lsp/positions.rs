//! Places in a text as the protocol counts them: lines from 0, and in a line UTF-16 units or, where the client can, bytes.

use std::cell::Cell;

use lsp_types::{Position, Range};

use crate::text::source::{self, Source, TextRange};

/// In what the place in a line is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Encoding {
    Utf8,
    Utf16,
}

impl Encoding {
    fn length(self, text: &str) -> usize {
        match self {
            Encoding::Utf8 => text.len(),
            Encoding::Utf16 if text.is_ascii() => text.len(),
            Encoding::Utf16 => text.chars().map(char::len_utf16).sum(),
        }
    }

    fn length_of(self, character: char) -> usize {
        match self {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
        }
    }
}

/// Translates places of one text. What was asked about last is remembered, since in one very long line the next place is
/// counted from there.
pub(super) struct Places<'s> {
    source: &'s Source,
    encoding: Encoding,
    /// An offset, and how many units stand before it in its line.
    last: Cell<(usize, usize)>,
}

impl<'s> Places<'s> {
    pub(super) fn new(source: &'s Source, encoding: Encoding) -> Self {
        Self { source, encoding, last: Cell::default() }
    }

    /// The place of a byte.
    pub(super) fn position(&self, offset: usize) -> Position {
        let (text, index) = (self.source.text(), self.source.index());
        let offset = offset.min(text.len());
        let line = index.line(offset);
        let start = index.line_range(line).start();
        let (known, units) = match self.last.get() {
            (known, units) if known >= start && index.line(known) == line => (known, units),
            _ => (start, 0),
        };
        let between = |from: usize, to: usize| self.encoding.length(text.get(from..to).unwrap_or(""));
        let units =
            if known <= offset { units + between(known, offset) } else { units.saturating_sub(between(offset, known)) };
        self.last.set((offset, units));
        // A text has at most 4 GiB here.
        Position { line: line - 1, character: u32::try_from(units).unwrap_or(u32::MAX) }
    }

    pub(super) fn range(&self, range: TextRange) -> Range {
        Range { start: self.position(range.start()), end: self.position(range.end()) }
    }

    /// The byte at a place. Behind the end of a line, that end is meant; behind the last line, the end of the text.
    pub(super) fn offset(&self, position: Position) -> usize {
        let (text, index) = (self.source.text(), self.source.index());
        if position.line as usize >= index.lines() {
            return text.len();
        }
        let range = index.line_range(position.line + 1);
        let line = range.of(text).trim_end_matches(['\n', '\r']);
        let wanted = position.character as usize;
        if self.encoding == Encoding::Utf8 || line.is_ascii() {
            let inside = (0..=wanted.min(line.len())).rev().find(|&at| line.is_char_boundary(at));
            return range.start() + inside.unwrap_or(0);
        }
        let mut units = 0;
        for (at, character) in line.char_indices() {
            if units >= wanted {
                return range.start() + at;
            }
            units += self.encoding.length_of(character);
        }
        range.start() + line.len()
    }

    pub(super) fn text_range(&self, range: Range) -> TextRange {
        TextRange::new(self.offset(range.start), self.offset(range.end))
    }

    /// From a place as people count it to the end of its line.
    pub(super) fn rest_of_line(&self, place: source::Position) -> Range {
        let text = self.source.text();
        let line = self.source.index().line_range(place.line);
        let words = line.of(text).trim_end();
        let before: usize = words.chars().take(place.column.saturating_sub(1) as usize).map(char::len_utf8).sum();
        self.range(TextRange::new(line.start() + before, line.start() + words.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_leads_there_and_back() {
        let text = "aé😀b\r\n😀\rx\n\n";
        let source = Source::new("x", text);
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let places = Places::new(&source, encoding);
            // Between `\r` and `\n` there is no place.
            for (offset, _) in text.char_indices().filter(|&(at, _)| at != 9) {
                assert_eq!(places.offset(places.position(offset)), offset, "{encoding:?} {offset}");
            }
            assert_eq!(places.offset(Position::new(0, 99)), 8, "the end of a line is before what ends it");
            assert_eq!(places.offset(Position::new(99, 0)), text.len());
        }
        let behind = |encoding| Places::new(&source, encoding).position(7).character;
        assert_eq!((behind(Encoding::Utf16), behind(Encoding::Utf8)), (4, 7));
    }
}
