//! Deleting and inserting so that comments, line endings and indentation come out right.

use crate::requests::flow::Context;
use crate::text::edit::Edit;
use crate::text::source::TextRange;

/// Deletes `range` but for the comments in it: comments are never deleted. The line end behind a `//` comment stays with
/// it, or the code that follows would become a part of the comment.
pub fn delete_around_comments(context: Context<'_>, range: TextRange) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut from = range.start();
    for &comment in context.tree.comments_in(range) {
        if comment.start() > from {
            edits.push(Edit::delete(TextRange::new(from, comment.start())));
        }
        from = comment.end();
        if comment.of(context.text).starts_with("//") {
            from += line_ending_at(context.text, from).len();
        }
    }
    if range.end() > from {
        edits.push(Edit::delete(TextRange::new(from, range.end())));
    }
    edits
}

/// The line ending at byte `at`; empty when there is none.
pub fn line_ending_at(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or("");
    let length = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with(['\n', '\r'])) };
    rest.get(..length).unwrap_or("")
}

/// The line ending of the line that holds byte `at`, or of the line before it when it is the last and has none.
pub fn line_ending_of(text: &str, at: usize) -> &str {
    ending_of(text, TextRange::new(line_start(text, at), line_end(text, at)))
}

/// The same for a whole line.
pub fn ending_of(text: &str, line: TextRange) -> &str {
    let own = line_ending_at(text, line.end());
    if !own.is_empty() {
        return own;
    }
    let before = text.get(..line.start()).unwrap_or("");
    match before.len() - before.strip_suffix("\r\n").or(before.strip_suffix(['\n', '\r'])).unwrap_or(before).len() {
        0 => "\n",
        length => before.get(before.len() - length..).unwrap_or("\n"),
    }
}

/// The first byte of the line that holds byte `at`.
pub fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|head| head.rfind(['\n', '\r'])).map_or(0, |end| end + 1)
}

/// The byte where the line that holds byte `at` ends, before its line ending.
pub fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find(['\n', '\r'])).map_or(text.len(), |end| at + end)
}

/// White space within a line, as Deluge sees it.
pub fn is_blank(c: char) -> bool {
    c == '\u{200B}' || c == '\u{FEFF}' || (c.is_whitespace() && c != '\n' && c != '\r')
}

/// The start of the blanks that end at byte `at`.
pub fn blanks_before(text: &str, at: usize) -> usize {
    text.get(..at).map_or(at, |head| head.trim_end_matches(is_blank).len())
}

/// The end of the blanks that begin at byte `at`.
pub fn blanks_after(text: &str, at: usize) -> usize {
    text.get(at..).map_or(at, |rest| text.len() - rest.trim_start_matches(is_blank).len())
}

/// Whether nothing but blanks stands before byte `at` in its line.
pub fn begins_line(text: &str, at: usize) -> bool {
    let start = blanks_before(text, at);
    start == 0 || text.get(..start).is_some_and(|head| head.ends_with(['\n', '\r']))
}

/// Whether nothing but blanks stands from byte `at` to the end of its line.
pub fn ends_line(text: &str, at: usize) -> bool {
    let end = blanks_after(text, at);
    end == text.len() || text.get(end..).is_some_and(|rest| rest.starts_with(['\n', '\r']))
}

/// The range that goes when `range` goes with its whole lines: from the start of its first line to the end of its last,
/// line ending included. `None` when something else stands on those lines.
pub fn whole_lines(text: &str, range: TextRange) -> Option<TextRange> {
    if !begins_line(text, range.start()) || !ends_line(text, range.end()) {
        return None;
    }
    let end = line_end(text, range.end());
    let start = match line_start(text, range.start()) {
        // The byte order mark belongs to the file, not to its first line.
        0 if text.starts_with('\u{FEFF}') => '\u{FEFF}'.len_utf8(),
        start => start,
    };
    Some(TextRange::new(start, end + line_ending_at(text, end).len()))
}

/// The range that goes when a statement goes: its whole lines and, where that would leave two blank lines together that
/// were not there, one of them (row D4); only the statement and the blanks around it when its lines hold something else.
pub fn statement(text: &str, range: TextRange) -> TextRange {
    let Some(lines) = whole_lines(text, range) else {
        if begins_line(text, range.start()) {
            // What follows on the line (a comment, another statement) moves to its start.
            return TextRange::new(range.start(), blanks_after(text, range.end()));
        }
        return TextRange::new(blanks_before(text, range.start()), range.end());
    };
    match blank_line_behind(text, lines) {
        Some(blank) => lines.cover(blank),
        None => lines,
    }
}

/// The blank line behind whole lines that go, when a blank line, or the start of the text, stands before them as well.
pub fn blank_line_behind(text: &str, lines: TextRange) -> Option<TextRange> {
    let blank = |at: usize| begins_line(text, line_end(text, at)) && line_start(text, at) < text.len();
    let top = matches!(text.get(..lines.start()), Some("" | "\u{FEFF}"));
    let whole = (top || line_start(text, lines.start()) == lines.start())
        && line_start(text, lines.end()) == lines.end()
        && lines.end() < text.len();
    let first = || top || blank(lines.start() - 1 - usize::from(crlf_before(text, lines.start())));
    if !(whole && first() && blank(lines.end())) {
        return None;
    }
    let end = line_end(text, lines.end());
    Some(TextRange::new(lines.end(), end + line_ending_at(text, end).len()))
}

fn crlf_before(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|head| head.ends_with("\r\n"))
}
