//! The line that a call stands in, and how new lines after it look.

use super::layout::{ending_of, is_blank, line_end, line_start};
use crate::text::source::TextRange;

/// White space at the start of a line beyond this (bytes) is not repeated in new lines: many calls in one such line would
/// multiply it.
const MOST_INDENT: usize = 256;

/// The line that was asked for last. Requests come in text order, and a long line is not searched for its ends for each.
#[derive(Default, Debug)]
pub struct Lines {
    last: Option<TextRange>,
}

impl Lines {
    /// The white space at the start of the line that holds byte `at`, as far as that byte, and the line's ending.
    pub fn of<'t>(&mut self, text: &'t str, at: usize) -> (&'t str, &'t str) {
        let known = self.last.filter(|line| line.start() <= at && at <= line.end());
        let line = known.unwrap_or_else(|| TextRange::new(line_start(text, at), line_end(text, at)));
        self.last = Some(line);
        let most = at.min(line.start() + MOST_INDENT);
        let head = (line.start()..=most).rev().find_map(|end| text.get(line.start()..end)).unwrap_or("");
        let head = head.trim_start_matches('\u{FEFF}');
        let indent = head.len() - head.trim_start_matches(is_blank).len();
        (head.get(..indent).unwrap_or(""), ending_of(text, line))
    }
}
