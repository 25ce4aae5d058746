//! Taking items out of an object or an array, and putting new ones behind its last. Comments stay, wherever they stand.

use std::collections::HashSet;

use super::layout::{Layout, comment_at, first_gap, line_indent, skip_trivia};
use crate::deluge::{Document, NodeId};
use crate::text::edit::Edit;
use crate::text::source::TextRange;

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
    let Some(kept) = children.iter().rposition(|child| !gone.contains(child)) else {
        let inside = TextRange::new(tree.range(container).start() + 1, tree.range(container).end().saturating_sub(1));
        return without_comments(document, inside);
    };
    let (head, tail) = children.split_at_checked(kept + 1).unwrap_or((children, &[]));
    let mut edits = Vec::new();
    for pair in head.windows(2) {
        if let [child, next] = pair
            && gone.contains(child)
        {
            // White space before it is that of the next one then.
            edits.extend(without_comments(
                document,
                TextRange::new(tree.range(*child).start(), tree.range(*next).start()),
            ));
        }
    }
    let (Some(&last_kept), Some(&last)) = (head.last(), tail.last()) else { return edits };
    // With a trailing comma, the one behind the last kept item becomes it.
    let end = |node: NodeId| tree.range(node).end();
    let trailing = comma_after(document, last);
    let start = if trailing.is_some() { comma_after(document, last_kept).map(|comma| comma + 1) } else { None };
    let range = TextRange::new(start.unwrap_or(end(last_kept)), trailing.map_or(end(last), |comma| comma + 1));
    edits.extend(without_comments(document, range));
    edits
}

/// Deletes a range but for its comments, each with the white space before it. Behind `// …` a line ends.
fn without_comments(document: &Document<'_>, range: TextRange) -> Vec<Edit> {
    let text = document.text();
    let blank = [' ', '\t', '\n', '\r'];
    let trimmed = |start: usize, end: usize| start + TextRange::new(start, end).of(text).trim_end_matches(blank).len();
    let broken = |text: &str| text.contains(['\n', '\r']);
    let newline = |at: usize| if text.get(at..).is_some_and(|rest| rest.starts_with("\r\n")) { 2 } else { 1 };
    let comments = document.tree().comments_in(range);
    let mut edits = Vec::new();
    let (mut at, mut end) = (range.start(), range.end());
    for comment in comments {
        edits.push(Edit::delete(TextRange::new(at, trimmed(at, comment.start()))));
        at = comment.end();
        if !comment.of(text).starts_with("//") {
            continue;
        }
        let next = text.get(end..).unwrap_or("").trim_start_matches([' ', '\t']);
        let last = trimmed(at, end);
        if Some(comment) != comments.last() {
            at += newline(at);
        } else if !next.starts_with(['\n', '\r']) {
            // The line ends with the white space that is there, or as it did.
            if broken(TextRange::new(last, end).of(text)) { end = last } else { at += newline(at) }
        }
    }
    edits.push(Edit::delete(TextRange::new(at, end)));
    edits.retain(|edit| !edit.range.is_empty());
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
    let to_the_end = TextRange::new(after, anchor).of(text).contains("//");
    if to_the_end {
        // What comes before the end of the line would belong to the comment.
        separator = match separator.find(['\n', '\r']) {
            Some(at) => separator.split_off(at),
            None => format!("{}{}", layout.newline, line_indent(text, end)),
        };
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
