//! What the build script knows of a grammar before any text is read: FIRST sets, classes of characters, recursion. The answers are
//! worked out by hand. That the parser made of it reads as pest's does is in `grammar.rs`. Then, how it reads the declarations of rules, and
//! what it says of one that is wrong.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[allow(dead_code, reason = "a part of the build script")]
#[path = "../build/facts.rs"]
mod facts;
#[path = "../build/rules.rs"]
mod rules;
#[allow(dead_code, reason = "a part of the build script")]
#[path = "../build/set.rs"]
mod set;

use facts::Facts;
use rules::{list, read};
use set::{END, Set};

const GRAMMAR: &str = r#"
    after   = { "x" ~ either? }
    either  = { "y" | "z"+ }
    not_x   = { !"x" ~ ANY }
    letter  = _{ 'a'..'c' | "_" }
    nested  = { "(" ~ nested ~ ")" | letter }
    many    = { "k"* }
    word    = @{ letter+ }
    any_case = { ^"if" }
    quoted  = { PUSH("\"" | "'") ~ letter* ~ POP }
    last    = { "k"* ~ EOI }
"#;

fn facts() -> Facts {
    let (_, rules) = pest_meta::parse_and_optimize(GRAMMAR).unwrap();
    Facts::new(rules, &["nested", "quoted"])
}

fn bytes(text: &str) -> Set {
    Set::of(text.bytes().map(usize::from))
}

#[test]
fn a_rule_begins_with_what_it_may_take_first() {
    let facts = facts();
    let takes = |rule: &str| facts.first(&facts.rules[rule].expr).takes;
    let empty = |rule: &str| facts.first(&facts.rules[rule].expr).empty;
    for (rule, first) in
        [("after", "x"), ("either", "yz"), ("nested", "(abc_"), ("word", "abc_"), ("any_case", "iI"), ("quoted", "\"'")]
    {
        assert_eq!((takes(rule), empty(rule)), (bytes(first), Set::NONE), "{rule}");
    }
    // Any byte but one, and not the end.
    assert_eq!(takes("not_x"), Set::of(0..END).without(bytes("x")));
    assert!(empty("not_x").is_empty());
    // It may take nothing, whatever follows; where the end has to follow, only there.
    assert_eq!((takes("many"), empty("many")), (bytes("k"), Set::all()));
    assert_eq!((takes("last"), empty("last")), (bytes("k"), Set::of([END])));
}

#[test]
fn what_takes_one_character_is_a_class() {
    let facts = facts();
    let of_name = |name: &str| facts.class(&pest_meta::optimizer::OptimizedExpr::Ident(name.to_owned()));
    assert_eq!(of_name("letter"), Some(bytes("abc_")));
    assert_eq!(of_name("ASCII_DIGIT"), Some(bytes("0123456789")));
    // A rule that makes a pair is no class, whatever it takes.
    assert_eq!(of_name("either"), None);
    assert_eq!(facts.sure(&facts.rules["many"].expr), Set::all());
    assert_eq!(facts.sure(&facts.rules["after"].expr), Set::NONE);
}

#[test]
fn recursion_pairs_and_the_stack_are_known() {
    let facts = facts();
    assert_eq!(facts.counted.iter().collect::<Vec<_>>(), ["nested"]);
    assert!(facts.emits("nested", false) && !facts.emits("letter", false));
    assert!(facts.moves_stack(&facts.rules["quoted"].expr) && !facts.moves_stack(&facts.rules["nested"].expr));
}

#[test]
fn sets_are_patterns() {
    assert_eq!(bytes("_abc").pattern(), "Some(95 | 97..=99)");
    assert_eq!(bytes("a").or(Set::of([END])).pattern(), "Some(97) | None");
    assert_eq!(Set::of([END]).pattern(), "None");
    assert_eq!(Set::NONE.pattern(), "");
    assert!(bytes("ab").is_within(bytes("abc")) && !bytes("ad").is_within(bytes("abc")));
    assert_eq!(bytes("abc").and(bytes("bcd")).members().collect::<Vec<_>>(), [98, 99]);
}

const FILE: &str = r#"//! # sent-twice
//!
//! a token that is "sent" twice
//!
//! ## What it finds

use super::declaration::Declaration;

pub(super) static RULE: Declaration = Declaration {
    place: 15,
    severity: Severity::Warning, // at most
    looks: &[Look::Script(report)],
};

fn report() {}
"#;

fn changed(from: &str, to: &str) -> String {
    assert!(FILE.contains(from), "{from}");
    FILE.replacen(from, to, 1)
}

#[test]
fn rules_are_listed_by_place_with_what_stands_at_the_head_of_their_files() {
    let first = changed("15", "5").replace("sent-twice", "other").replace("Warning", "Note");
    let rules = vec![read("sent_twice", FILE).unwrap().unwrap(), read("other", &first).unwrap().unwrap()];
    let list = list(rules).unwrap();
    let rows: Vec<&str> = list.lines().map(str::trim).filter(|line| line.starts_with('#')).collect();
    assert_eq!(
        rows,
        [
            r#"#[doc = "a token that is \"sent\" twice"] Other other "other.rs" "other" Note;"#,
            r#"#[doc = "a token that is \"sent\" twice"] SentTwice sent_twice "sent_twice.rs" "sent-twice" Warning;"#,
        ]
    );
}

#[test]
fn a_file_without_a_page_and_a_declaration_is_no_rule() {
    assert_eq!(read("sink", "//! Where the rules put what they find.\n\nstruct Sink;\n"), Ok(None));
}

#[test]
fn what_is_wrong_with_a_declaration_is_said_with_its_line() {
    let page = FILE.split("pub(super)").next().unwrap();
    for (text, problem) in [
        (page.to_owned(), "1: this is the page of a rule, but the file has no `pub(super) static RULE: Declaration"),
        (changed("//! # sent-twice\n", ""), "8: a rule, but the file does not begin with its page"),
        (changed("# sent-twice", "# sent-once"), "1: the rule of this file is called `sent-twice`, not `sent-once`"),
        (changed("//! a token that is \"sent\" twice\n", ""), "2: the line for the list of rules is missing"),
        (changed("    place: 15,\n", ""), "9: the declaration has no line `place: …,`"),
        (changed("15", "fifteen"), "10: `place` is a number, not `fifteen`"),
        (
            changed("Severity::Warning", "Severity::Eror"),
            "11: `severity` is `Severity::Error`, `::Warning` or `::Note`",
        ),
    ] {
        let found = read("sent_twice", &text).unwrap_err();
        assert!(found.starts_with(problem), "{found}\n{problem}");
    }
}

#[test]
fn two_rules_cannot_have_one_place() {
    let other = changed("sent-twice", "other");
    let rules = vec![read("sent_twice", FILE).unwrap().unwrap(), read("other", &other).unwrap().unwrap()];
    assert_eq!(list(rules).unwrap_err(), "sent_twice.rs:10: `other` has the place 15 too");
}
