//! Compiles the grammars for `src/deluge`. pest's own parsers keep what they need for messages, and pairs of 48 bytes an end,
//! which is more than these texts may take; what is made here reads the same pairs several times as fast (`tests/grammar.rs`
//! compares them).

mod code;
mod facts;
mod set;

use std::error::Error;
use std::path::Path;

use facts::Facts;

/// One language.
pub struct Grammar {
    /// The file that is written.
    name: &'static str,
    /// The grammar's files, in order.
    files: &'static [&'static str],
    /// The rules a text is read with.
    start: &'static [&'static str],
    /// Rules whose pair is replaced by its only child.
    collapses: &'static [&'static str],
    /// Whether to record which rules were tried at the failure position.
    records_failures: bool,
}

const GRAMMARS: &[Grammar] = &[
    // It takes any text.
    Grammar {
        name: "deluge",
        files: &["grammar/deluge.pest", "grammar/creator.pest"],
        start: &["file", "whole_export", "page", "body", "mail_task"],
        collapses: &["expr", "chain", "entry"],
        records_failures: false,
    },
    Grammar {
        name: "manifest",
        files: &["grammar/manifest.pest"],
        start: &["file"],
        collapses: &[],
        records_failures: true,
    },
];

#[allow(clippy::print_stdout, reason = "how a build script instructs Cargo")]
fn main() -> Result<(), Box<dyn Error>> {
    for grammar in GRAMMARS {
        let mut text = String::new();
        for file in grammar.files {
            println!("cargo::rerun-if-changed={file}");
            text.push_str(&std::fs::read_to_string(file)?);
        }
        let (_, rules) = pest_meta::parse_and_optimize(&text)
            .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
        let code = code::generate(&Facts::new(rules, grammar.start), grammar);
        std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join(grammar.name).with_extension("rs"), code)?;
    }
    Ok(())
}
