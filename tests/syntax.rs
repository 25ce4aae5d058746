//! The tree covers its text (`support/covers.rs`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::path::{Path, PathBuf};

use authshift::deluge::parse;
use support::covers::flaw;
use support::on_big_stack;

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
