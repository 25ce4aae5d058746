//! Before and after, side by side, line by line, with what changed inside of a line marked and secrets masked.
//!
//! ```text
//! 4   url :base + "?authtoken=" + token + "&page=2"   │   url :base + "?page=2"
//!                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^
//! ```
//!
//! Lines are compared as they are, and shown masked. Of the lines that a change removes and adds, those that are most alike
//! stand beside each other.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::unit::Text;
use crate::report::changed::tokens;
use crate::report::printable;
use crate::text::diff;
use crate::text::secret::{Masker, masked};

/// A text of so many lines is shown whole.
const SHORT: usize = 80;

/// Unchanged lines around a change, where a text is not shown whole.
const CONTEXT: usize = 4;

/// A longer line (bytes) is not looked into.
const MOST_LINE: usize = 4096;

/// Larger changes (lines before times lines after) stand beside each other as they come.
const MOST_PAIRS: usize = 10_000;

/// A text that may be shown.
#[derive(Default, Debug)]
pub struct Shown {
    /// Its lines, without their ends.
    pub lines: Vec<Vec<Piece>>,
    /// Whether a secret in it is masked.
    pub is_masked: bool,
    /// Whether every character of it is shown as it is.
    pub is_exact: bool,
}

/// A piece of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// What is shown.
    pub text: String,
    /// Whether it stands for a secret.
    pub masked: bool,
    /// Whether it is only on this side.
    pub changed: bool,
}

/// Before and after.
#[derive(Debug)]
pub struct Panel {
    /// From top to bottom.
    pub rows: Vec<Row>,
    /// Whether a secret is masked on the left.
    pub masked_before: bool,
    /// Whether one is masked on the right.
    pub masked_after: bool,
}

/// A row of a panel.
#[derive(PartialEq, Eq, Debug)]
pub enum Row {
    /// A line that stays, with its numbers before and after.
    Same(u32, u32, Vec<Piece>),
    /// A line that goes, comes, or becomes another.
    Changed(Option<Line>, Option<Line>),
    /// So many lines that stay are left out.
    Gap(usize),
}

/// A line with its number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// The number in the file.
    pub number: u32,
    /// The line.
    pub pieces: Vec<Piece>,
}

impl Shown {
    /// The text with its secrets masked and what steers a reader made visible.
    pub fn of(text: &str, masker: &Masker) -> Self {
        let mut secrets = masker.secrets(text).into_iter().peekable();
        let mut shown = Shown { is_masked: secrets.peek().is_some(), is_exact: true, ..Shown::default() };
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let content = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
            let end = start + content.len();
            let mut pieces = Vec::new();
            let mut at = start;
            while let Some(&(from, to)) = secrets.peek().filter(|(from, _)| *from < start + line.len()) {
                shown.push(&mut pieces, text.get(at..from.min(end)).unwrap_or(""));
                // A secret over several lines shows its first characters once.
                let value = if from >= start { masked(text.get(from..to).unwrap_or("")) } else { "…".to_owned() };
                pieces.push(Piece { text: printable(&value), masked: true, changed: false });
                at = to.min(end).max(at);
                if to > start + line.len() {
                    break;
                }
                secrets.next();
            }
            shown.push(&mut pieces, text.get(at..end).unwrap_or(""));
            shown.lines.push(pieces);
            start += line.len();
        }
        shown
    }

    fn push(&mut self, pieces: &mut Vec<Piece>, text: &str) {
        if !text.is_empty() {
            let shown = printable(text);
            self.is_exact &= shown == text;
            pieces.push(Piece { text: shown, masked: false, changed: false });
        }
    }
}

impl Panel {
    /// Puts the two side by side.
    pub fn of(before: &Text, after: &Text, masker: &Masker) -> Self {
        let (old, new) = (split(&before.text), split(&after.text));
        let (left, right) = (Shown::of(&before.text, masker), Shown::of(&after.text, masker));
        let line = |side: &Shown, first: u32, index: usize| Line {
            number: first.saturating_add(index as u32),
            pieces: side.lines.get(index).cloned().unwrap_or_default(),
        };
        let (old_line, new_line) = (|index| line(&left, before.line, index), |index| line(&right, after.line, index));
        let mut rows = Vec::new();
        for op in diff::compare(&old, &new) {
            if let DiffOp::Equal { old_index, new_index, len } = op {
                rows.extend((0..len).map(|offset| {
                    let (old, new) = (old_line(old_index + offset), new_line(new_index + offset));
                    Row::Same(old.number, new.number, old.pieces)
                }));
                continue;
            }
            let old: Vec<Line> = op.old_range().map(old_line).collect();
            let new: Vec<Line> = op.new_range().map(new_line).collect();
            rows.extend(beside(old, new));
        }
        if old.len().max(new.len()) > SHORT {
            rows = without_far_lines(rows);
        }
        Panel { rows, masked_before: left.is_masked, masked_after: right.is_masked }
    }
}

fn split(text: &str) -> Vec<&[u8]> {
    text.as_bytes().split_inclusive(|&byte| byte == b'\n').collect()
}

/// Leaves out the lines that stay and are far from every change.
fn without_far_lines(rows: Vec<Row>) -> Vec<Row> {
    let changes: Vec<usize> =
        rows.iter().enumerate().filter(|(_, row)| !matches!(row, Row::Same(..))).map(|(index, _)| index).collect();
    let is_near = |index: usize| {
        let next = changes.partition_point(|&change| change < index);
        let around = next.checked_sub(1).and_then(|last| changes.get(last)).into_iter().chain(changes.get(next));
        around.into_iter().any(|&change| change.abs_diff(index) <= CONTEXT)
    };
    let mut kept: Vec<Row> = Vec::new();
    for (index, row) in rows.into_iter().enumerate() {
        match kept.last_mut() {
            _ if is_near(index) => kept.push(row),
            Some(Row::Gap(lines)) => *lines += 1,
            _ => kept.push(Row::Gap(1)),
        }
    }
    kept
}

/// The lines of one change: pairs that are alike with what differs in them marked, the others as they come.
fn beside(mut old: Vec<Line>, mut new: Vec<Line>) -> Vec<Row> {
    let pairs = pairs(&old, &new);
    let mut rows = Vec::new();
    let (mut old_done, mut new_done) = (0, 0);
    for (old_index, new_index) in pairs {
        let mut one = old.drain(..=old_index - old_done).collect::<Vec<_>>();
        let mut other = new.drain(..=new_index - new_done).collect::<Vec<_>>();
        (old_done, new_done) = (old_index + 1, new_index + 1);
        let (last, its) = (one.pop(), other.pop());
        rows.extend(unlike(one, other));
        if let (Some(mut last), Some(mut its)) = (last, its) {
            mark(&mut last.pieces, &mut its.pieces);
            rows.push(Row::Changed(Some(last), Some(its)));
        }
    }
    rows.extend(unlike(old, new));
    rows
}

fn unlike(old: Vec<Line>, new: Vec<Line>) -> impl Iterator<Item = Row> {
    let length = old.len().max(new.len());
    let (mut old, mut new) = (old.into_iter(), new.into_iter());
    (0..length).map(move |_| Row::Changed(old.next(), new.next()))
}

/// Which lines are alike, in order: the pairs that are most so together.
fn pairs(old: &[Line], new: &[Line]) -> Vec<(usize, usize)> {
    /// Lines that have less in common than this are others.
    const ALIKE: u32 = 50;
    if old.is_empty() || new.is_empty() || old.len() * new.len() > MOST_PAIRS {
        return Vec::new();
    }
    let (old, new): (Vec<_>, Vec<_>) = (old.iter().map(words).collect(), new.iter().map(words).collect());
    let width = new.len() + 1;
    // What the lines from here on come to, from the last pair to the first.
    let mut best = vec![0_u32; (old.len() + 1) * width];
    let mut alike = vec![0_u32; old.len() * new.len()];
    let at = |best: &[u32], row: usize, column: usize| best.get(row * width + column).copied().unwrap_or(0);
    for (row, one) in old.iter().enumerate().rev() {
        for (column, other) in new.iter().enumerate().rev() {
            let here = likeness(one, other);
            let here = if here >= ALIKE { here } else { 0 };
            let together = if here > 0 { here + at(&best, row + 1, column + 1) } else { 0 };
            let most = together.max(at(&best, row + 1, column)).max(at(&best, row, column + 1));
            best.get_mut(row * width + column).into_iter().for_each(|cell| *cell = most);
            alike.get_mut(row * new.len() + column).into_iter().for_each(|cell| *cell = here);
        }
    }
    let (mut row, mut column, mut found) = (0, 0, Vec::new());
    while row < old.len() && column < new.len() {
        let here = alike.get(row * new.len() + column).copied().unwrap_or(0);
        if here > 0 && at(&best, row, column) == here + at(&best, row + 1, column + 1) {
            found.push((row, column));
            (row, column) = (row + 1, column + 1);
        } else if at(&best, row, column) == at(&best, row + 1, column) {
            row += 1;
        } else {
            column += 1;
        }
    }
    found
}

/// The words of a line, sorted.
fn words(line: &Line) -> Vec<&str> {
    let mut words: Vec<&str> = line.pieces.iter().flat_map(|piece| tokens(&piece.text)).collect();
    words.retain(|word| !word.trim().is_empty());
    words.sort_unstable();
    words
}

/// How much of two lines' words they share, in hundredths of their lengths.
fn likeness(one: &[&str], other: &[&str]) -> u32 {
    let length = |words: &[&str]| words.iter().map(|word| word.len()).sum::<usize>();
    let all = length(one) + length(other);
    let (mut left, mut right, mut shared) = (one.iter().peekable(), other.iter().peekable(), 0);
    while let (Some(here), Some(there)) = (left.peek(), right.peek()) {
        match here.cmp(there) {
            std::cmp::Ordering::Less => drop(left.next()),
            std::cmp::Ordering::Greater => drop(right.next()),
            std::cmp::Ordering::Equal => {
                shared += 2 * here.len();
                left.next();
                right.next();
            }
        }
    }
    (shared * 100).checked_div(all).unwrap_or(0) as u32
}

/// Marks what is in one of the lines only.
fn mark(old: &mut Vec<Piece>, new: &mut Vec<Piece>) {
    let length = |pieces: &[Piece]| pieces.iter().map(|piece| piece.text.len()).sum::<usize>();
    if length(old).max(length(new)) > MOST_LINE {
        return;
    }
    let (before, after) = (in_tokens(old), in_tokens(new));
    let key = |pieces: &[Piece]| pieces.iter().map(|piece| (piece.text.clone(), piece.masked)).collect::<Vec<_>>();
    let (mut before_marks, mut after_marks) = (vec![false; before.len()], vec![false; after.len()]);
    for op in capture_diff_slices(Algorithm::Myers, &key(&before), &key(&after)) {
        if !matches!(op, DiffOp::Equal { .. }) {
            before_marks.get_mut(op.old_range()).into_iter().for_each(|marks| marks.fill(true));
            after_marks.get_mut(op.new_range()).into_iter().for_each(|marks| marks.fill(true));
        }
    }
    unmark_indentation(&before, &mut before_marks);
    unmark_indentation(&after, &mut after_marks);
    *old = joined(before, &before_marks);
    *new = joined(after, &after_marks);
}

fn unmark_indentation(tokens: &[Piece], marks: &mut [bool]) {
    let indentation = tokens.iter().take_while(|token| token.text.trim().is_empty());
    marks.iter_mut().zip(indentation).for_each(|(mark, _)| *mark = false);
}

fn in_tokens(pieces: &[Piece]) -> Vec<Piece> {
    let split = |piece: &Piece| {
        let texts = if piece.masked { vec![piece.text.as_str()] } else { tokens(&piece.text).collect() };
        texts.into_iter().map(|text| Piece { text: text.to_owned(), ..piece.clone() }).collect::<Vec<_>>()
    };
    pieces.iter().flat_map(split).collect()
}

/// The tokens with their marks, in as few pieces as there can be. One unmarked sign between marks is marked too.
fn joined(tokens: Vec<Piece>, marks: &[bool]) -> Vec<Piece> {
    let is_marked = |index: usize| marks.get(index).copied().unwrap_or(false);
    let mut pieces: Vec<Piece> = Vec::new();
    for (index, mut token) in tokens.into_iter().enumerate() {
        let is_sign = !token.text.contains(|c: char| c.is_alphanumeric());
        let between = is_sign && index > 0 && is_marked(index - 1) && is_marked(index + 1);
        token.changed = is_marked(index) || between;
        match pieces.last_mut() {
            Some(last) if !last.masked && !token.masked && last.changed == token.changed => last.text += &token.text,
            _ => pieces.push(token),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::secret::Secrets;

    fn panel(before: &str, after: &str) -> Panel {
        let text = |line: u32, text: &str| Text { line, text: text.to_owned() };
        Panel::of(&text(1, before), &text(1, after), &Secrets::default().masker(false))
    }

    /// A row as text: what is marked stands in brackets, what is masked in braces.
    fn drawn(panel: &Panel) -> Vec<String> {
        let piece = |piece: &Piece| match (piece.changed, piece.masked) {
            (true, true) => format!("[{{{}}}]", piece.text),
            (false, true) => format!("{{{}}}", piece.text),
            (true, false) => format!("[{}]", piece.text),
            (false, false) => piece.text.clone(),
        };
        let pieces = |pieces: &[Piece]| pieces.iter().map(piece).collect::<String>();
        let line = |line: &Option<Line>| {
            line.as_ref().map_or("-".to_owned(), |line| format!("{} {}", line.number, pieces(&line.pieces)))
        };
        let row = |row: &Row| match row {
            Row::Same(old, new, same) => format!("{old}={new} {}", pieces(same)),
            Row::Changed(old, new) => format!("{} | {}", line(old), line(new)),
            Row::Gap(lines) => format!("… {lines}"),
        };
        panel.rows.iter().map(row).collect()
    }

    #[test]
    fn what_changes_inside_a_line_is_marked_and_tokens_are_masked() {
        let before = "t = \"fake0desk0token0aaaabbbbccccdddd\";\nx = invokeurl\n[\n\turl :\"https://d.zoho.com/a?authtoken=\" + t + \"&b=1\"\n\ttype :GET\n];\n";
        let after =
            "x = invokeurl\n[\n\turl :\"https://d.zoho.com/a?b=1\"\n\ttype :GET\n\tconnection :\"desk_oauth\"\n];\n";
        let panel = panel(before, after);
        assert_eq!(
            drawn(&panel),
            [
                "1 t = \"{fake…}\"; | -",
                "2=1 x = invokeurl",
                "3=2 [",
                "4 \turl :\"https://d.zoho.com/a?[authtoken=\" + t + \"&]b=1\" | 3 \turl :\"https://d.zoho.com/a?b=1\"",
                "5=4 \ttype :GET",
                "- | 5 \tconnection :\"desk_oauth\"",
                "6=6 ];",
            ]
        );
        assert!(panel.masked_before && !panel.masked_after);
    }

    #[test]
    fn lines_that_are_alike_stand_beside_each_other() {
        let rows = drawn(&panel("a = getUrl(u);\ninfo a;\n", "a = invokeurl\n[\n\turl :u\n];\ninfo a.get(\"x\");\n"));
        assert_eq!(rows.last().unwrap(), "2 info a; | 5 info a[.get(\"x\")];");
        let rows = drawn(&panel("one\ntwo\n", "three\n"));
        assert_eq!(rows, ["1 one | 1 three", "2 two | -"]);
    }

    #[test]
    fn a_long_text_is_shown_around_its_changes() {
        let before: String = (1..=200).map(|line| format!("line {line}\n")).collect();
        let rows = drawn(&panel(&before, &before.replace("line 100\n", "line 100 new\n")));
        assert_eq!(rows.len(), 2 * CONTEXT + 3);
        assert_eq!((rows[0].as_str(), rows[5].as_str()), ("… 95", "100 line 100 | 100 line 100[ new]"));
        assert_eq!(rows.last().unwrap(), "… 96");
    }

    #[test]
    fn a_secret_over_several_lines_is_masked_in_each() {
        let mut secrets = Secrets::default();
        secrets.add("secret1value\nmore5of6it\nend7");
        let shown = Shown::of("a \"secret1value\nmore5of6it\nend7\" b\nc", &secrets.masker(false));
        let text = |pieces: &Vec<Piece>| pieces.iter().map(|piece| piece.text.as_str()).collect::<String>();
        assert_eq!(shown.lines.iter().map(text).collect::<Vec<_>>(), ["a \"secr…", "…", "…\" b", "c"]);
        assert!(shown.is_masked && shown.is_exact);
    }

    #[test]
    fn what_cannot_be_shown_is_not_exact() {
        let masker = Secrets::default().masker(false);
        assert!(Shown::of("a\r\n\tb\u{a0}é", &masker).is_exact);
        assert!(!Shown::of("a\u{202e}b", &masker).is_exact);
    }

    #[test]
    fn a_change_of_many_lines_takes_little_time() {
        let lines = |word: &str| (0..5000).map(|line| format!("{word} {line} of many\n")).collect::<String>();
        assert_eq!(panel(&lines("before"), &lines("after")).rows.len(), 5000);
    }
}
