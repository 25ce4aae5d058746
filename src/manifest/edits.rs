//! Taking items out of an object or an array, and putting new ones behind its last. Comments stay, wherever they stand.

use std::collections::HashSet;

use super::layout::Layout;
use crate::edit::Edit;
use crate::source::TextRange;
use crate::syntax::{Document, NodeId};

/// The white space that the line of byte `at` begins with.
pub(super) fn line_indent(text: &str, at: usize) -> &str {
    let head = text.get(..at).unwrap_or("");
    let start = head.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let line = text.get(start..).unwrap_or("");
    let line = if start == 0 { line.trim_start_matches('\u{FEFF}') } else { line };
    let end = line.find(|one| !matches!(one, ' ' | '\t')).unwrap_or(line.len());
    line.get(..end).unwrap_or("")
}

/// What stands between a container's opening bracket and its first item, or its closing bracket.
pub(super) fn first_gap(document: &Document<'_>, container: NodeId) -> TextRange {
    let tree = document.tree();
    let range = tree.range(container);
    let end =
        tree.children(container).first().map_or(range.end().saturating_sub(1), |&child| tree.range(child).start());
    TextRange::new(range.start() + 1, end)
}

/// The first byte from `at` on that is neither white space nor part of a comment.
fn skip_trivia(document: &Document<'_>, mut at: usize) -> usize {
    let text = document.text();
    loop {
        let rest = text.get(at..).unwrap_or("");
        at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        match comment_at(document, at) {
            Some(comment) => at = comment.end(),
            None => return at,
        }
    }
}

fn comment_at(document: &Document<'_>, at: usize) -> Option<TextRange> {
    document.tree().comments_in(TextRange::new(at, at + 1)).first().copied().filter(|comment| comment.start() == at)
}

/// The comma behind an item, when there is one.
fn comma_after(document: &Document<'_>, item: NodeId) -> Option<usize> {
    let at = skip_trivia(document, document.tree().range(item).end());
    document.text().get(at..)?.starts_with(',').then_some(at)
}

/// Behind the comments that follow `at` in its line.
fn behind_comments(document: &Document<'_>, at: usize) -> usize {
    let (text, mut end) = (document.text(), at);
    loop {
        let rest = text.get(end..).unwrap_or("");
        let next = end + rest.len() - rest.trim_start_matches([' ', '\t']).len();
        match comment_at(document, next) {
            Some(comment) => end = comment.end(),
            None => return end,
        }
    }
}

/// Takes `items` out of `container`, with the commas that they need no longer.
pub fn remove(document: &Document<'_>, container: NodeId, items: &[NodeId]) -> Vec<Edit> {
    let tree = document.tree();
    let children = tree.children(container);
    let gone: HashSet<NodeId> = items.iter().copied().collect();
    let mut edits = Vec::new();
    let mut delete = |start: usize, end: usize| edits.push(Edit::delete(TextRange::new(start, end)));
    // Comments cut a range into pieces; white space beside one stays with it.
    let free = |start: usize, end: usize| tree.comments_in(TextRange::new(start, end)).is_empty();
    let kept = children.iter().rposition(|child| !gone.contains(child));
    for (index, &child) in children.iter().enumerate() {
        let range = tree.range(child);
        let comma = comma_after(document, child);
        if kept.is_some_and(|kept| index < kept) {
            if !gone.contains(&child) {
                continue;
            }
            let comma = comma.unwrap_or(range.end());
            let next = children.get(index + 1).map_or(comma, |&next| tree.range(next).start());
            if free(range.end(), next) {
                delete(range.start(), next);
            } else {
                delete(range.start(), range.end());
                delete(comma, comma + 1);
            }
            continue;
        }
        // From here on everything goes, and so do the commas between, but for a trailing one that the last kept item takes.
        let last = index + 1 == children.len();
        if Some(index) == kept {
            let trailing = children.last().is_some_and(|&last| comma_after(document, last).is_some());
            if let Some(comma) = comma.filter(|_| !trailing && !last) {
                let comments = tree.comments_in(TextRange::new(range.end(), comma));
                delete(comments.last().map_or(range.end(), |comment| comment.end()), comma + 1);
            }
            continue;
        }
        let before = match index.checked_sub(1).and_then(|previous| children.get(previous)) {
            Some(&previous) => comma_after(document, previous).map_or(range.start(), |comma| comma + 1),
            None => tree.range(container).start() + 1,
        };
        let comments = tree.comments_in(TextRange::new(before, range.start()));
        let start = comments.last().map_or(before, |comment| comment.end());
        let end = if last && children.len() == gone.len() {
            tree.range(container).end().saturating_sub(1)
        } else {
            comma.map_or(range.end(), |comma| comma + 1)
        };
        if free(range.end(), end) {
            delete(start, end);
        } else {
            delete(start, range.end());
            comma.into_iter().for_each(|comma| delete(comma, comma + 1));
        }
    }
    edits
}

/// An item as text, for a line with the indentation it gets.
pub type Item<'i> = Box<dyn Fn(&str) -> String + 'i>;

/// Puts items behind the last one of `container`.
pub fn append(document: &Document<'_>, container: NodeId, layout: &Layout, items: &[Item<'_>]) -> Vec<Edit> {
    if items.is_empty() {
        return Vec::new();
    }
    let (tree, text) = (document.tree(), document.text());
    let Some(&last) = tree.children(container).last() else { return fill(document, container, layout, items) };
    let end = tree.range(last).end();
    let comma = comma_after(document, last);
    let after = comma.map_or(end, |comma| comma + 1);
    let anchor = behind_comments(document, after);
    let (mut before_comma, mut separator) = separator(document, container, layout);
    let broken = |separator: &str| separator.contains(['\n', '\r']);
    let to_the_end = TextRange::new(after, anchor).of(text).contains("//");
    if to_the_end && !broken(&separator) {
        separator = format!("{}{}", layout.newline, line_indent(text, end));
    }
    let indent = match separator.rfind(['\n', '\r']) {
        Some(at) => separator.get(at + 1..).unwrap_or("").to_owned(),
        None => line_indent(text, end).to_owned(),
    };
    let shown: Vec<String> = items.iter().map(|item| item(&indent)).collect();
    let joined = shown.join(&format!("{before_comma},{separator}"));
    if comma.is_some() {
        return vec![Edit::insert(anchor, format!("{separator}{joined},"))];
    }
    before_comma.push(',');
    if anchor == end {
        vec![Edit::insert(end, before_comma + &separator + &joined)]
    } else {
        vec![Edit::insert(end, before_comma), Edit::insert(anchor, separator + &joined)]
    }
}

/// White space before and behind a comma of the container.
fn separator(document: &Document<'_>, container: NodeId, layout: &Layout) -> (String, String) {
    let (tree, text) = (document.tree(), document.text());
    let range_of = |child: &NodeId| tree.range(*child);
    let (before, gap) = match tree.children(container) {
        [.., previous, last] => {
            let comma = comma_after(document, *previous).unwrap_or(range_of(previous).end());
            let before = TextRange::new(range_of(previous).end(), comma).of(text);
            (before, TextRange::new(comma + 1, range_of(last).start()).of(text))
        }
        _ => {
            let gap = first_gap(document, container).of(text);
            ("", if gap.contains(['\n', '\r']) { gap } else { layout.comma() })
        }
    };
    let blank = |text: &str| text.trim_matches([' ', '\t', '\n', '\r']).is_empty();
    let one = tree.children(container).len() < 2;
    let before = if blank(before) { before } else { "" };
    // A blank line or a comment above the first item is that item's.
    let line = gap.rfind(['\n', '\r']).filter(|_| one || !blank(gap));
    let gap = match line {
        Some(at) => {
            let at = if gap.get(..at).is_some_and(|head| head.ends_with('\r')) { at - 1 } else { at };
            gap.get(at..).unwrap_or("").to_owned()
        }
        None if blank(gap) => gap.to_owned(),
        None => layout.comma().to_owned(),
    };
    // `/* about it */ {`: the indentation ends where the comment begins.
    let end = gap.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let indent = gap.get(end..).unwrap_or("").trim_start_matches([' ', '\t']).len();
    (before.to_owned(), gap.get(..gap.len() - indent).unwrap_or("").to_owned())
}

/// Puts items into a container that has none.
fn fill(document: &Document<'_>, container: NodeId, layout: &Layout, items: &[Item<'_>]) -> Vec<Edit> {
    let (tree, text) = (document.tree(), document.text());
    let inside = first_gap(document, container);
    let indent = line_indent(text, inside.start());
    let deeper = format!("{indent}{}", layout.unit);
    let newline = layout.newline;
    if let Some(comment) = tree.comments_in(inside).last() {
        let joined = items.iter().map(|item| item(&deeper)).collect::<Vec<_>>().join(&format!(",{newline}{deeper}"));
        let closed = TextRange::new(comment.end(), inside.end()).of(text).contains(['\n', '\r']);
        let close = if closed { String::new() } else { format!("{newline}{indent}") };
        return vec![Edit::insert(comment.end(), format!("{newline}{deeper}{joined}{close}"))];
    }
    let filled = if layout.is_inline() {
        let items: Vec<String> = items.iter().map(|item| item(indent)).collect();
        format!("{0}{1}{0}", layout.padding(), items.join(&format!(",{}", layout.comma())))
    } else {
        let items: Vec<String> = items.iter().map(|item| item(&deeper)).collect();
        format!("{newline}{deeper}{}{newline}{indent}", items.join(&format!(",{newline}{deeper}")))
    };
    vec![Edit::replace(inside, filled)]
}
