//! What changed inside of lines that took the place of others.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// More words are not compared: that takes time for each pair of them.
const MOST_WORDS: usize = 1000;

/// The stretches of the removed and then of the added lines that the other side lacks. None where the two have little in
/// common: nearly all would be marked, which helps nobody.
pub fn marks<'l>(
    removed: impl Iterator<Item = &'l str> + Clone,
    added: impl Iterator<Item = &'l str> + Clone,
) -> Vec<Vec<Range<usize>>> {
    let lines = removed.clone().chain(added.clone()).count();
    let mut marks: Vec<Vec<Range<usize>>> = vec![Vec::new(); lines];
    let first_added = removed.clone().count();
    let (old, new) = (words(removed.clone(), 0), words(added.clone(), first_added));
    if old.is_empty() || new.is_empty() || old.len() > MOST_WORDS || new.len() > MOST_WORDS {
        return marks;
    }
    let texts = |words: &[Word<'l>]| words.iter().map(|word| word.text).collect::<Vec<_>>();
    let ops = capture_diff_slices(Algorithm::Patience, &texts(&old), &texts(&new));
    let same = |op: &DiffOp| if let DiffOp::Equal { len, .. } = op { *len } else { 0 };
    if 3 * ops.iter().map(same).sum::<usize>() < old.len().min(new.len()) {
        return marks;
    }
    for op in ops.iter().filter(|op| same(op) == 0) {
        let changed = old.get(op.old_range()).into_iter().chain(new.get(op.new_range())).flatten();
        for word in changed.filter(|word| !word.text.trim().is_empty()) {
            let Some(own) = marks.get_mut(word.line) else { continue };
            let near = |last: &&mut Range<usize>| word.before.get(last.end..).is_some_and(|gap| gap.trim().is_empty());
            match own.last_mut().filter(near) {
                Some(last) => last.end = word.before.len() + word.text.len(),
                None => own.push(word.before.len()..word.before.len() + word.text.len()),
            }
        }
    }
    // A line that is new as good as whole has its sign.
    for (text, own) in removed.chain(added).zip(&mut marks) {
        let visible = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
        let marked: usize = own.iter().filter_map(|mark| text.get(mark.clone())).map(visible).sum();
        if 4 * marked > 3 * visible(text) {
            own.clear();
        }
    }
    marks
}

struct Word<'l> {
    text: &'l str,
    line: usize,
    /// The text before it in its line.
    before: &'l str,
}

fn words<'l>(lines: impl Iterator<Item = &'l str>, first: usize) -> Vec<Word<'l>> {
    let mut words: Vec<Word<'l>> = Vec::new();
    for (line, whole) in (first..).zip(lines) {
        let mut at = 0;
        for text in tokens(whole) {
            words.push(Word { text, line, before: whole.get(..at).unwrap_or("") });
            at += text.len();
        }
    }
    words
}

/// Runs of letters and digits, and every other character alone.
pub fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let in_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = if in_word(first) { rest.find(|c| !in_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (token, behind) = rest.split_at(length);
        rest = behind;
        Some(token)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked<'l>(removed: &[&'l str], added: &[&'l str]) -> Vec<Vec<&'l str>> {
        let marks = marks(removed.iter().copied(), added.iter().copied());
        let lines = removed.iter().chain(added);
        lines.zip(marks).map(|(line, marks)| marks.into_iter().map(|mark| line.get(mark).unwrap()).collect()).collect()
    }

    #[test]
    fn what_the_other_side_lacks_is_marked() {
        assert_eq!(
            marked(&["url :base + \"?authtoken=\" + tok + \"&a=b\""], &["url :base + \"?a=b\""]),
            [vec!["authtoken=\" + tok + \"&"], vec![]]
        );
    }

    #[test]
    fn lines_with_little_in_common_are_left_alone() {
        assert_eq!(marked(&["one two"], &["three.four", "five"]), [vec![""; 0], vec![], vec![]]);
        assert_eq!(marked(&["gone"], &[]), [vec![""; 0]]);
        assert_eq!(marked(&["\tx = getUrl(u + t);"], &["\tx = invokeurl", "\t\turl :u", "\t\ttype :GET"])[3], [""; 0]);
    }
}
