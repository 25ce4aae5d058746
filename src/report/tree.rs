//! The syntax tree, for work on the grammar.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::{ERROR, printable, printable_path, styled};
use crate::deluge::{Kind, NodeId};
use crate::project::part::Part;
use crate::text::secret::Masker;
use crate::text::source::{Source, TextRange};

#[derive(Serialize)]
struct SummaryShape<'a> {
    path: String,
    bytes: Option<usize>,
    nodes: usize,
    opaque: usize,
    opaque_bytes: usize,
    error: Option<&'a str>,
}

/// One JSON object in one line. Pages count with their file.
pub fn summary(source: &Source, parts: &[Part<'_>]) -> String {
    line(&SummaryShape {
        path: source.path().display().to_string(),
        bytes: Some(source.text().len()),
        nodes: parts.iter().map(|part| part.tree.len()).sum(),
        opaque: parts.iter().flat_map(Part::opaque).count(),
        opaque_bytes: parts.iter().flat_map(Part::opaque).map(TextRange::len).sum(),
        error: None,
    })
}

/// The same for a file that could not be read or parsed.
pub fn failure(path: &Path, error: &str) -> String {
    let bytes = std::fs::metadata(path).ok().and_then(|data| usize::try_from(data.len()).ok());
    line(&SummaryShape {
        path: path.display().to_string(),
        bytes,
        nodes: 0,
        opaque: 0,
        opaque_bytes: 0,
        error: Some(error),
    })
}

fn line(shape: &SummaryShape<'_>) -> String {
    serde_json::to_string(shape).unwrap_or_default() + "\n"
}

/// The tree, a node a line, then the regions that were not understood; the same for each page, with offsets in its text.
pub fn render(source: &Source, parts: &[Part<'_>], masker: &Masker) -> String {
    let mut out = format!("{}\n", printable_path(source.path()));
    for part in parts {
        if part.is_encoded() {
            let place = source.position(part.outer(TextRange::empty(0)).start());
            let what = if part.is_page() { "page" } else { "script" };
            let _ = writeln!(out, "{what} at {}:{}", place.line, place.column);
        }
        nodes(part, masker, &mut out);
        for range in part.opaque() {
            let place = source.position(range.start());
            let _ = writeln!(out, "{} {}:{}, {} bytes", styled(ERROR, "opaque"), place.line, place.column, range.len());
        }
    }
    out
}

fn nodes(part: &Part<'_>, masker: &Masker, out: &mut String) {
    let tree = &part.tree;
    let shown = |node: NodeId| {
        let text = tree.range(node).of(part.text());
        // Masked before it is cut: a part of a token would not be recognised.
        let first = text.lines().next().unwrap_or("");
        printable(&masker.mask(first)).chars().take(60).collect::<String>()
    };
    let mut stack = vec![(tree.root(), 1)];
    while let Some((node, depth)) = stack.pop() {
        let range = tree.range(node);
        let _ = write!(out, "{:depth$}{:?} {}..{}", "", tree.kind(node), range.start(), range.end());
        if tree.children(node).is_empty() && tree.kind(node) != Kind::Script {
            let _ = write!(out, " {}", shown(node));
        }
        out.push('\n');
        stack.extend(tree.children(node).iter().rev().map(|&child| (child, depth + 1)));
    }
}
