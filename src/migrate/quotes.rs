//! Typographic quotes around a text, `“x”`, and the straight ones that can take their place.

use foldhash::HashSet;
use memchr::memchr_iter;

use crate::deluge::{Kind, NodeId, Tree};
use crate::project::part::Part;
use crate::text::edit::{Edit, EditSet};
use crate::text::source::{LineIndex, TextRange};

const OPENING: char = '\u{201C}';
const CLOSING: char = '\u{201D}';

/// A text between typographic quotes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CurlyText {
    /// The text with its quotes, in bytes of the part.
    pub range: TextRange,
    /// Its ordinal among all texts of the part. Straight quotes do not change it.
    pub ordinal: usize,
    /// The line in which it begins, from 1.
    pub line: u32,
    /// The edits that write straight quotes; `None` where it is not certain which quotes belong together.
    pub straight: Option<[Edit; 2]>,
}

/// Whether `text` has any typographic double quote.
pub fn has_marks(text: impl AsRef<[u8]>) -> bool {
    marks(text.as_ref()).next().is_some()
}

fn marks(text: &[u8]) -> impl Iterator<Item = usize> + '_ {
    memchr_iter(0xE2, text).filter(|&at| matches!(text.get(at + 1..at + 3), Some([0x80, 0x9C | 0x9D])))
}

/// Whether a node is a text between typographic quotes.
pub fn is_curly(text: &str, tree: &Tree, node: NodeId) -> bool {
    tree.kind(node) == Kind::String && tree.range(node).of(text).starts_with([OPENING, CLOSING])
}

/// The texts of a part between typographic quotes.
///
/// They can be straightened where each pair opens and closes on one line, all such quotes of the line pair (but for those in
/// comments, other texts and the HTML of a page), and the part parses to the same nodes afterwards.
pub fn curly_texts(part: &Part<'_>) -> Vec<CurlyText> {
    let (text, tree) = (part.text(), &part.tree);
    if !has_marks(text) {
        return Vec::new();
    }
    let index = LineIndex::new(text);
    let mut found = Vec::new();
    let mut accounted: Vec<TextRange> = tree.comments().iter().chain(tree.markup()).copied().collect();
    let texts = tree.of_kind(Kind::String);
    for (ordinal, node) in texts.enumerate() {
        let range = tree.range(node);
        if is_curly(text, tree, node) {
            let straight = straightened(range.of(text), range);
            if straight.is_some() {
                accounted.push(range);
            }
            found.push(CurlyText { range, ordinal, line: index.line(range.start()), straight });
        } else {
            accounted.push(range);
        }
    }
    if found.iter().all(|one| one.straight.is_none()) {
        return found;
    }
    accounted.sort_unstable();
    let is_odd = |at: &usize| {
        let before = accounted.partition_point(|range| range.start() <= *at);
        !before.checked_sub(1).and_then(|last| accounted.get(last)).is_some_and(|range| range.contains(*at))
    };
    let odd_lines: HashSet<u32> = marks(text.as_bytes()).filter(is_odd).map(|at| index.line(at)).collect();
    for one in &mut found {
        let is_kept_out = |edits: &[Edit; 2]| edits.iter().any(|edit| part.outer_edit(edit).is_none());
        if odd_lines.contains(&one.line) || one.straight.as_ref().is_some_and(is_kept_out) {
            one.straight = None;
        }
    }
    if !reads_the_same(part, &found) {
        found.iter_mut().for_each(|one| one.straight = None);
    }
    found
}

/// The edits for one text, if its quotes are a pair on one line and its content means the same between straight ones.
fn straightened(quoted: &str, range: TextRange) -> Option<[Edit; 2]> {
    let content = quoted.strip_prefix(OPENING)?.strip_suffix(CLOSING)?;
    let backslashes = content.bytes().rev().take_while(|&byte| byte == b'\\').count();
    if content.contains(['"', '\n', '\r']) || backslashes % 2 == 1 {
        return None;
    }
    let opening = TextRange::new(range.start(), range.start() + OPENING.len_utf8());
    let closing = TextRange::new(range.end() - CLOSING.len_utf8(), range.end());
    Some([Edit::replace(opening, "\""), Edit::replace(closing, "\"")])
}

/// Whether a part with straight quotes has the same nodes as before.
fn reads_the_same(part: &Part<'_>, found: &[CurlyText]) -> bool {
    let mut edits = EditSet::new();
    let fits = found.iter().filter_map(|one| one.straight.as_ref()).all(|pair| edits.accept(pair));
    let next = edits.apply(part.text()).filter(|_| fits);
    let tree = next.and_then(|next| part.parse_instead(&next).ok());
    tree.is_some_and(|tree| kinds(&tree).eq(kinds(&part.tree)))
}

fn kinds(tree: &Tree) -> impl Iterator<Item = Kind> + '_ {
    tree.descendants(tree.root()).map(|node| tree.kind(node))
}
