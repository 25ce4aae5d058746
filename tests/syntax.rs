//! The tree covers its text: nodes nest, and what stands between them is white space, comments, markup, punctuation and
//! keywords, nothing else.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::path::{Path, PathBuf};

use authshift::source::TextRange;
use authshift::syntax::{Kind, STACK_BYTES, Tree, parse};

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
fn flaw(text: &str, tree: &Tree) -> Option<String> {
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

fn texts(folder: &Path) -> Vec<PathBuf> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.into_path())
        .filter(|path| path.extension().is_none_or(|extension| extension != "toml"))
        .collect()
}

#[test]
fn every_byte_of_every_fixture_is_covered() {
    let checked = on_big_stack(|| {
        let mut checked = 0;
        for path in texts(&support::fixtures()) {
            let text = std::fs::read_to_string(&path).unwrap();
            let tree = parse(&text).unwrap();
            assert_eq!(flaw(&text, &tree), None, "{}", path.display());
            checked += 1;
        }
        checked
    });
    assert!(checked > 500, "only {checked} texts were found");
}

#[test]
fn odd_and_broken_texts_are_covered_as_well() {
    let texts = [
        "",
        "// only a comment",
        "x",
        "}}}",
        "if(a){ x = b;",
        "x = \"never closed",
        "/* never closed",
        "@@ what ; y = 1;",
        "r = invokeurl [ url: \"a\" type: GET content-type: \"x\" reply to: y ];",
        "x = .45 + List:String().add(1) % 3;",
        "for each  index i in Form[ID == 1 && Name in list] sort by ID desc range from 1 to 2 { hide row.F; }",
        "\u{feff}x = {\"a\":{1,2},\"b\":{\"c\":d}}; insert into F [ a = 1 b = 2 ]",
        "<%{ x = 1; %> <b>html</b> <%=x%> <% }%>",
        "update F[ID == 1] set A = 1, B = 2;\r\ndelete from F[ID != null];\r",
    ];
    on_big_stack(|| {
        for text in texts {
            let tree = parse(text).unwrap();
            assert_eq!(flaw(text, &tree), None, "{text:?}");
        }
    });
}

#[test]
fn unclosed_blocks_take_linear_time() {
    // Twice the depth must not take much more than twice the steps; the tree has a fixed number of nodes a level.
    let nodes = |depth: usize| parse(&"if(a){ x=b;".repeat(depth)).unwrap().len();
    let (one, two) = on_big_stack(|| (nodes(200), nodes(400)));
    assert!(two <= 2 * one, "{one} and {two} nodes");
}

fn on_big_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}
