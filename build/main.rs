//! Compiles the grammars for `src/deluge`, and lists the rules of `src/rules`. pest's own parsers keep what they need for messages, and pairs of 48 bytes an end,
//! which is more than these texts may take; what is made here reads the same pairs several times as fast (`tests/grammar.rs`
//! compares them).

mod code;
mod facts;
mod rules;
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

/// Where the rules stand.
const RULES: &str = "src/rules";

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
        write(grammar.name, &code::generate(&Facts::new(rules, grammar.start), grammar))?;
    }
    println!("cargo::rerun-if-changed={RULES}");
    match list_of_rules()? {
        Ok(list) => write("rules", &list)?,
        Err(problems) => problems.iter().for_each(|problem| println!("cargo::error={RULES}/{problem}")),
    }
    Ok(())
}

/// The code that lists the rules, or what is wrong with their declarations, each as `FILE:LINE: MESSAGE`.
fn list_of_rules() -> Result<Result<String, Vec<String>>, Box<dyn Error>> {
    let (mut declared, mut problems) = (Vec::new(), Vec::new());
    for file in std::fs::read_dir(RULES)? {
        let path = file?.path();
        let Some(module) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".rs")) else { continue };
        match rules::read(module, &std::fs::read_to_string(&path)?) {
            Ok(rule) => declared.extend(rule),
            Err(problem) => problems.push(format!("{module}.rs:{problem}")),
        }
    }
    problems.sort();
    Ok(if problems.is_empty() { rules::list(declared).map_err(|problem| vec![problem]) } else { Err(problems) })
}

fn write(name: &str, code: &str) -> Result<(), Box<dyn Error>> {
    Ok(std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join(name).with_extension("rs"), code)?)
}
