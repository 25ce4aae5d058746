//! What the build script makes of the grammar reads as pest's own parser does: the same pairs of any text.

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

/// Bytes from and to, and the rule; those of a pair behind those inside of it.
type Outline = Vec<(usize, usize, String)>;

/// The rules that are compared: of whole files, of scripts in exports, of pages.
const RULES: [(peg::Rule, of_pest::Rule); 3] = [
    (peg::Rule::file, of_pest::Rule::file),
    (peg::Rule::body, of_pest::Rule::body),
    (peg::Rule::page, of_pest::Rule::page),
];

fn by_pest(rule: of_pest::Rule, text: &str) -> Outline {
    fn outline(pair: Pair<'_, of_pest::Rule>, out: &mut Outline) {
        use of_pest::Rule;
        let (span, rule) = (pair.as_span(), pair.as_rule());
        // Ours leaves out what may have several parts, and has one.
        let parts = pair.clone().into_inner().filter(|part| part.as_rule() != Rule::EOI).count();
        let is_left_out = rule == Rule::EOI || (parts == 1 && matches!(rule, Rule::expr | Rule::chain | Rule::entry));
        pair.into_inner().for_each(|inner| outline(inner, out));
        if !is_left_out {
            out.push((span.start(), span.end(), format!("{rule:?}")));
        }
    }
    let mut out = Vec::new();
    of_pest::Deluge::parse(rule, text).unwrap().for_each(|pair| outline(pair, &mut out));
    out
}

fn by_us(rule: peg::Rule, text: &str) -> Outline {
    let mut pairs = peg::parse(rule, text).unwrap();
    let backwards = std::iter::from_fn(|| pairs.pop());
    let mut out: Outline =
        backwards.map(|pair| (pair.range.start(), pair.range.end(), format!("{:?}", pair.rule))).collect();
    out.reverse();
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
