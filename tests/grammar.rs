//! What the build script makes of the grammars reads as pest's own parsers do: the same pairs of any text, but for those that
//! may have several parts, and have one; and of a manifest that is none the same flaw.

#![allow(clippy::unwrap_used, clippy::panic, clippy::string_slice, clippy::indexing_slicing, reason = "tests")]

use std::fmt::Debug;
use std::fs;

use authshift::text;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::{Pair, Pairs};
use pest::{Parser, RuleType};
use walkdir::WalkDir;

#[allow(dead_code, reason = "a part of the library, which keeps it to itself")]
#[path = "../src/deluge/peg.rs"]
mod peg;

mod of_pest {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/deluge.pest"]
    #[grammar = "../grammar/creator.pest"]
    pub struct Deluge;

    pub mod manifest {
        #[derive(pest_derive::Parser)]
        #[grammar = "../grammar/manifest.pest"]
        pub struct Manifest;
    }
}

/// From the end of the text: in how many others a pair is, bytes from and to, and the rule; then those inside of it.
type Outline = Vec<(usize, usize, usize, String)>;

/// The rules that are compared: of whole files, of scripts in exports, of pages.
const RULES: [(peg::deluge::Rule, of_pest::Rule); 3] = [
    (peg::deluge::Rule::file, of_pest::Rule::file),
    (peg::deluge::Rule::body, of_pest::Rule::body),
    (peg::deluge::Rule::page, of_pest::Rule::page),
];

fn by_pest<R: RuleType>(pairs: Pairs<'_, R>) -> Outline {
    fn outline<R: RuleType>(pair: Pair<'_, R>, depth: usize, out: &mut Outline) {
        let (rule, span) = (format!("{:?}", pair.as_rule()), pair.as_span());
        let inner: Vec<_> = pair.into_inner().collect();
        let has_one = inner.len() == 1 && matches!(rule.as_str(), "expr" | "chain" | "entry");
        let depth = if has_one { depth } else { depth + 1 };
        if !has_one && rule != "EOI" {
            out.push((depth - 1, span.start(), span.end(), rule));
        }
        inner.into_iter().rev().for_each(|inner| outline(inner, depth, out));
    }
    let mut out = Vec::new();
    pairs.for_each(|pair| outline(pair, 0, &mut out));
    out
}

fn by_us<R: peg::Rules + Debug>(mut pairs: peg::Pairs<R>, text: &str) -> Outline {
    let most = pairs.most();
    let mut around: Vec<peg::Pair<R>> = Vec::new();
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
        let read = by_us(peg::parse(ours, text).unwrap(), text);
        assert_eq!(read, by_pest(of_pest::Deluge::parse(theirs, text).unwrap()), "{ours:?} of {text}");
    }
    assert_same_manifest(text);
}

fn assert_same_manifest(text: &str) {
    use of_pest::manifest::{Manifest, Rule};
    use peg::manifest::Rule as Ours;

    match (peg::parse(Ours::file, text), Manifest::parse(Rule::file, text)) {
        (Ok(ours), Ok(theirs)) => assert_eq!(by_us(ours, text), by_pest(theirs), "{text}"),
        (Err(ours), Err(theirs)) => {
            let ErrorVariant::ParsingError { positives, .. } = theirs.variant else { panic!("{text}") };
            let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = theirs.location;
            let tried = |rule: Rule| positives.contains(&rule);
            // Of a place where rules begin inside of one another, pest names one.
            let value = ours.tried(Ours::object);
            assert_eq!((ours.at, value), (at, tried(Rule::file) || tried(Rule::object)), "{text}");
            for (ours, theirs) in [
                (!value && ours.tried(Ours::string), !value && tried(Rule::string)),
                (ours.tried(Ours::colon), tried(Rule::colon)),
                (ours.tried(Ours::comma), tried(Rule::comma)),
                (ours.tried(Ours::close_brace), tried(Rule::close_brace)),
                (ours.tried(Ours::close_bracket), tried(Rule::close_bracket)),
                (ours.tried(Ours::quote_end), tried(Rule::quote_end)),
                (ours.tried_end(), tried(Rule::EOI)),
            ] {
                assert_eq!(ours, theirs, "{positives:?} {text}");
            }
        }
        (ours, theirs) => panic!("{} and {} of {text}", ours.is_ok(), theirs.is_ok()),
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
