//! What the build script makes of the grammar reads as pest's own parser does: the same pairs of any text, but for those that
//! may have several parts, and have one.

#![allow(clippy::unwrap_used, clippy::string_slice, clippy::indexing_slicing, reason = "tests")]

use std::fs;

use authshift::source;
use pest::Parser;
use pest::iterators::Pair;
use walkdir::WalkDir;

#[allow(dead_code, reason = "a part of the library, which keeps it to itself")]
#[path = "../src/syntax/peg.rs"]
mod peg;

mod of_pest {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/deluge.pest"]
    #[grammar = "../grammar/creator.pest"]
    pub struct Deluge;
}

/// From the end of the text: in how many others a pair is, bytes from and to, and the rule; then those inside of it.
type Outline = Vec<(usize, usize, usize, String)>;

/// The rules that are compared: of whole files, of scripts in exports, of pages.
const RULES: [(peg::Rule, of_pest::Rule); 3] = [
    (peg::Rule::file, of_pest::Rule::file),
    (peg::Rule::body, of_pest::Rule::body),
    (peg::Rule::page, of_pest::Rule::page),
];

fn by_pest(rule: of_pest::Rule, text: &str) -> Outline {
    use of_pest::Rule;

    fn outline(pair: Pair<'_, Rule>, depth: usize, out: &mut Outline) {
        let (rule, span) = (pair.as_rule(), pair.as_span());
        let inner: Vec<_> = pair.into_inner().filter(|inner| inner.as_rule() != Rule::EOI).collect();
        let has_one = inner.len() == 1 && matches!(rule, Rule::expr | Rule::chain | Rule::entry);
        if !has_one {
            out.push((depth, span.start(), span.end(), format!("{rule:?}")));
        }
        let depth = if has_one { depth } else { depth + 1 };
        inner.into_iter().rev().for_each(|inner| outline(inner, depth, out));
    }
    let pairs = of_pest::Deluge::parse(rule, text).unwrap();
    let mut out = Vec::new();
    pairs.filter(|pair| pair.as_rule() != Rule::EOI).for_each(|pair| outline(pair, 0, &mut out));
    out
}

fn by_us(rule: peg::Rule, text: &str) -> Outline {
    let mut pairs = peg::parse(rule, text).unwrap();
    let most = pairs.most();
    let mut around: Vec<peg::Pair> = Vec::new();
    let mut out = Vec::new();
    while let Some(pair) = pairs.pop() {
        out.push((around.len(), pair.range.start(), pair.range.end(), format!("{:?}", pair.rule)));
        around.push(pair);
        while around.pop_if(|pair| pairs.are_past(pair)).is_some() {}
    }
    assert!(out.len() <= most && around.is_empty(), "{text}");
    out
}

fn assert_same(text: &str) {
    for (ours, theirs) in RULES {
        assert_eq!(by_us(ours, text), by_pest(theirs, text), "{ours:?} of {text}");
    }
}

fn fixtures() -> Vec<String> {
    let files = WalkDir::new("fixtures").sort_by_file_name().into_iter().filter_map(Result::ok);
    files.filter_map(|file| fs::read_to_string(file.path()).ok()).collect()
}

#[test]
fn every_fixture_gives_the_same_pairs() {
    fixtures().iter().for_each(|text| assert_same(text));
}

#[test]
fn broken_text_gives_the_same_pairs() {
    const BITS: [&str; 44] = [
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ";",
        "\"",
        "'",
        "\\",
        "/*",
        "*/",
        "//",
        "<%",
        "%>",
        "<%=",
        "=",
        "==",
        "+",
        "-",
        "!",
        ".",
        ",",
        ":",
        "if(",
        "else",
        "for each x in y {",
        "try {",
        "return",
        "in",
        "not in",
        "list:",
        "sort by",
        "reply to:",
        "\u{201C}",
        "\u{A0}",
        "\u{200B}",
        "Ю",
        "\r",
        ".5",
        "custom deluge script",
        "\n(\n",
        "\n)\n",
        "application \"a\" {",
    ];
    // The same dice on every run.
    let mut seed = 1_u64;
    let mut dice = |end: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % end.max(1)
    };
    for mut text in fixtures() {
        for _ in 0..1 + dice(6) {
            let mut from = dice(text.len());
            while !text.is_char_boundary(from) {
                from -= 1;
            }
            let cut = text[from..].chars().take(dice(4)).map(char::len_utf8).sum::<usize>();
            text.replace_range(from..from + cut, BITS[dice(BITS.len())]);
        }
        assert_same(&text);
    }
}
