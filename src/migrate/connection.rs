//! Putting `connection:"LinkName"` into a block of attributes, and taking attributes out: rows C1, C2, P2, H2.

use super::layout::{
    begins_line, blanks_after, blanks_before, delete_around_comments, line_end, line_ending_of, line_start, whole_lines,
};
use crate::deluge::NodeId;
use crate::requests::flow::Context;
use crate::text::edit::{self, Edit};
use crate::text::source::TextRange;

/// The edits that take the attributes `gone` out of a request whose attributes are `all`, and put a connection named
/// `link` behind the last one that stays.
pub fn edit_attributes(context: Context<'_>, all: &[NodeId], gone: &[NodeId], link: Option<&str>) -> Vec<Edit> {
    let mut edits: Vec<Edit> = gone.iter().flat_map(|&attribute| remove(context, attribute)).collect();
    let staying: Vec<NodeId> = all.iter().copied().filter(|attribute| !gone.contains(attribute)).collect();
    if let (Some(link), Some(&last)) = (link, staying.last()) {
        // How attributes are set apart is seen where nothing that goes stands in between.
        let before = all.iter().take_while(|&&attribute| attribute != last).last().copied();
        edits.push(insert(context, last, before, link));
    }
    merge_touching(edits)
}

/// An attribute goes with its line, or in a one-line block with the blanks before it.
fn remove(context: Context<'_>, attribute: NodeId) -> Vec<Edit> {
    let text = context.text;
    let range = with_separator(text, context.tree.range(attribute));
    if let Some(lines) = whole_lines(text, range) {
        return delete_around_comments(context, lines);
    }
    let start = blanks_before(text, range.start());
    let opens = begins_line(text, range.start()) || text.get(..start).is_some_and(|head| head.ends_with('['));
    let around = if opens {
        TextRange::new(range.start(), blanks_after(text, range.end()))
    } else {
        TextRange::new(start, range.end())
    };
    delete_around_comments(context, around)
}

/// The attribute with the `,` or `;` that some write behind it.
fn with_separator(text: &str, range: TextRange) -> TextRange {
    let end = blanks_after(text, range.end());
    match text.get(end..) {
        Some(rest) if rest.starts_with([',', ';']) => TextRange::new(range.start(), end + 1),
        _ => range,
    }
}

fn insert(context: Context<'_>, last: NodeId, before: Option<NodeId>, link: &str) -> Edit {
    let text = context.text;
    let range = context.tree.range(last);
    let attribute = format!("connection{}\"{link}\"", colon(context, last));
    if begins_line(text, range.start()) {
        let indent = text.get(line_start(text, range.start())..range.start()).unwrap_or("");
        let indent = indent.trim_start_matches('\u{FEFF}');
        let ending = line_ending_of(text, range.start());
        let separated = with_separator(text, range);
        if separated != range {
            // `type: GET,`: the last attribute has its comma, and so has the new one.
            let separator = text.get(separated.end() - 1..separated.end()).unwrap_or("");
            return Edit::insert(
                insertion_point(context, separated.end()),
                format!("{ending}{indent}{attribute}{separator}"),
            );
        }
        // Commas between the others want one here, which belongs right behind the value.
        let separator = before
            .map(|before| with_separator(text, context.tree.range(before)))
            .filter(|separated| Some(separated.end()) != before.map(|before| context.tree.range(before).end()))
            .and_then(|separated| text.get(separated.end() - 1..separated.end()))
            .unwrap_or("");
        let at = if separator.is_empty() { insertion_point(context, range.end()) } else { range.end() };
        return Edit::insert(at, format!("{separator}{ending}{indent}{attribute}"));
    }
    let separator = before
        .map(|before| TextRange::new(context.tree.range(before).end(), range.start()))
        .filter(|&gap| context.tree.comments_in(gap).is_empty())
        .map(|gap| gap.of(text))
        .filter(|gap| !gap.is_empty() && !gap.contains(['\n', '\r']))
        .unwrap_or(" ");
    Edit::insert(range.end(), format!("{separator}{attribute}"))
}

/// Behind the attribute, and behind the comment that follows it on its line.
fn insertion_point(context: Context<'_>, end: usize) -> usize {
    let text = context.text;
    let line = TextRange::new(end, line_end(text, end));
    let comment = context.tree.comments_in(line).first().filter(|comment| blanks_before(text, comment.start()) == end);
    match comment {
        // A block comment may be followed by the bracket, or go on for lines.
        Some(comment) if comment.end() <= line.end() && blanks_after(text, comment.end()) == line.end() => line.end(),
        _ => end,
    }
}

/// The colon as the attribute has it, with the blanks around it: `type :GET`, `type: GET`.
fn colon<'a>(context: Context<'a>, attribute: NodeId) -> &'a str {
    let [name, value, ..] = context.tree.children(attribute) else { return ":" };
    let gap = TextRange::new(context.tree.range(*name).end(), context.tree.range(*value).start());
    let text = gap.of(context.text);
    if text.trim_matches([' ', '\t']) == ":" { text } else { ":" }
}

/// An insertion that touches a deletion becomes one replacement with it; deletions that touch become one.
pub fn merge_touching(edits: Vec<Edit>) -> Vec<Edit> {
    merge(edits, |_, _| true)
}

/// The same, but for an insertion at the edge of a deletion, which other requests may make as well.
pub fn merge_own(edits: Vec<Edit>) -> Vec<Edit> {
    let is_edge = |one: &Edit, other: &Edit| {
        one.range.is_empty() != other.range.is_empty() && (one.replacement.is_empty() || other.replacement.is_empty())
    };
    merge(edits, |last, next| last.range.end() > next.range.start() || !is_edge(last, next))
}

fn merge(mut edits: Vec<Edit>, may: impl Fn(&Edit, &Edit) -> bool) -> Vec<Edit> {
    edit::sort(&mut edits);
    edits.dedup_by(|next, last| {
        let merges = last.range.end() >= next.range.start() && may(last, next);
        if merges {
            last.range = last.range.cover(next.range);
            if !next.replacement.is_empty() {
                last.replacement = [&*last.replacement, &*next.replacement].concat().into();
            }
        }
        merges
    });
    edits
}
