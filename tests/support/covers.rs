//! The tree covers its text: nodes nest, and what stands between them is white space, comments, markup, punctuation and
//! keywords, nothing else.

use authshift::deluge::{Kind, Tree};
use authshift::text::source::TextRange;

/// Words of the grammar that no node holds.
const KEYWORDS: &[&str] = &[
    "if",
    "else",
    "for",
    "each",
    "foreach",
    "index",
    "in",
    "while",
    "try",
    "catch",
    "return",
    "info",
    "throw",
    "throws",
    "break",
    "continue",
    "delete",
    "from",
    "update",
    "set",
    "insert",
    "into",
    "alert",
    "hide",
    "show",
    "enable",
    "disable",
    "clear",
    "cancel",
    "reload",
    "call",
    "add",
    "row",
    "of",
    "sort",
    "by",
    "range",
    "to",
    "asc",
    "desc",
    "ascending",
    "descending",
    "success",
    "message",
    "template",
    "view",
    "as",
];

/// What is wrong with the tree of `text`, if anything.
pub fn flaw(text: &str, tree: &Tree) -> Option<String> {
    assert_eq!(tree.range(tree.root()), TextRange::new(0, text.len()));
    for node in tree.descendants(tree.root()) {
        let range = tree.range(node);
        let children = tree.children(node);
        if children.is_empty() && !matches!(tree.kind(node), Kind::Script | Kind::Block | Kind::Return) {
            continue;
        }
        let mut at = range.start();
        let ends = children.iter().map(|&child| tree.range(child)).chain([TextRange::empty(range.end())]);
        for next in ends {
            if next.start() < at || next.end() > range.end() {
                return Some(format!("{:?} at byte {} does not nest", tree.kind(node), range.start()));
            }
            let gap = TextRange::new(at, next.start());
            if let Some(word) = stranger(text, tree, gap) {
                return Some(format!("{word:?} at byte {} is in no node but {:?}", gap.start(), tree.kind(node)));
            }
            at = next.end();
        }
    }
    None
}

/// The first word in a gap that does not belong there.
fn stranger(text: &str, tree: &Tree, gap: TextRange) -> Option<String> {
    let mut rest = gap.of(text).to_owned();
    for trivia in tree.comments_in(gap).iter().chain(tree.markup_in(gap)) {
        let from = trivia.start().max(gap.start()) - gap.start();
        let to = trivia.end().min(gap.end()) - gap.start();
        rest.replace_range(from..to, &" ".repeat(to - from));
    }
    let blank = |c: char| {
        c.is_whitespace() || "(){}[],;:.=\u{200B}\u{FEFF}\u{200C}\u{200D}\u{2060}\u{200E}\u{200F}".contains(c)
    };
    rest.split(blank)
        .filter(|word| !word.is_empty())
        .find(|word| !KEYWORDS.contains(&word.to_ascii_lowercase().as_str()))
        .map(str::to_owned)
}
