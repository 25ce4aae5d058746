//! Compiles the grammar of Deluge for `src/syntax`. pest's own parsers keep books for messages that this grammar, which takes
//! any text, never needs; what is made here reads the same pairs several times as fast (`tests/grammar.rs` compares them).

mod code;
mod facts;
mod set;

use std::error::Error;
use std::path::Path;

use facts::Facts;

/// The grammar's files, in order, and the rules a text is read with.
const GRAMMAR: &[&str] = &["grammar/deluge.pest", "grammar/creator.pest"];
const START: &[&str] = &["file", "whole_export", "page", "body", "mail_task"];

#[allow(clippy::print_stdout, reason = "the way to speak to Cargo")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut grammar = String::new();
    for file in GRAMMAR {
        println!("cargo::rerun-if-changed={file}");
        grammar.push_str(&std::fs::read_to_string(file)?);
    }
    let (_, rules) = pest_meta::parse_and_optimize(&grammar)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let code = code::generate(&Facts::new(rules, START), START);
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("grammar.rs"), code)?;
    Ok(())
}
