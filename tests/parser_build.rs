//! What the build script knows of a grammar before any text is read: FIRST sets, classes of characters, recursion. The answers are
//! worked out by hand. That the parser made of it reads as pest's does is in `grammar.rs`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[allow(dead_code, reason = "a part of the build script")]
#[path = "../build/facts.rs"]
mod facts;
#[allow(dead_code, reason = "a part of the build script")]
#[path = "../build/set.rs"]
mod set;

use facts::Facts;
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
