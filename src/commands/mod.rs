//! The commands: each reads as its row in the product's table of commands.

mod archives;
mod check;
mod completions;
mod editor;
mod entry;
mod exchange;
mod explain;
mod fix;
mod init;
mod interactive;
mod large;
mod lsp;
mod man;
mod manifest;
mod migrated;
mod next;
mod parse;
mod plan;
pub(crate) mod read;
mod rename;
mod report;
mod scan;
mod staged;
mod suggest;

use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use clap::error::{ContextKind, ContextValue};

use crate::cli::{Cli, Color, Command, Common, Manifest};
use crate::finding::{Finding, Severity};
use crate::project::archive::archive_of;
use crate::project::discover::{Skip, leftovers};
use crate::report::{Printer, summary};
use read::{Batch, Entry};

/// The outcome of a run; the greater one wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Status {
    /// Nothing to report.
    Clean,
    /// Findings, or changes to make.
    Findings,
    /// It could not do its job for some input.
    Error,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        ExitCode::from(match status {
            Status::Clean => 0,
            Status::Findings => 1,
            Status::Error => 2,
        })
    }
}

/// Runs a command. A closed pipe ends it quietly; any other failure to print is an error.
pub fn run(cli: &Cli) -> Status {
    let (color, result) = match &cli.command {
        Command::Scan(options) => (options.common.color, scan::run(options)),
        Command::Check(options) => (options.check.common.color, check::run(options)),
        Command::Fix(options) => (options.fix.common.color, fix::run(options)),
        Command::RenameConnection(options) => (options.fix.common.color, rename::run(options)),
        Command::Plan(options) => (options.common.color, plan::run(options)),
        Command::Init(options) => (options.common.color, init::run(options)),
        Command::Exchange(options) => (options.common.color, exchange::run(options)),
        Command::Report(options) => (options.common.color, report::run(options)),
        Command::Explain(options) => (options.color, explain::run(options)),
        Command::Lsp(options) => (Color::Auto, lsp::run(options)),
        Command::Completions(options) => (Color::Auto, completions::run(options)),
        Command::Man => (Color::Auto, man::run()),
        Command::Manifest { command: Manifest::Add(options) } => (options.color, manifest::add(options)),
        Command::Parse(options) => (options.common.color, parse::run(options)),
    };
    result.unwrap_or_else(|error| failed(color, &error))
}

/// Prints what the parser of the arguments answers by itself: the help, the version, or what is wrong with them.
pub fn answered(mut answer: clap::Error) -> Status {
    if let Some(ContextValue::String(wrong)) = answer.get(ContextKind::InvalidArg)
        && let Some(instead) = instead(wrong)
    {
        answer.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![instead.into()]));
    }
    let status = if answer.use_stderr() { Status::Error } else { Status::Clean };
    Printer::new(Color::Auto)
        .answer(&answer)
        .map_or_else(|error| failed(Color::Auto, &error.into()).max(status), |()| status)
}

/// What there is in the place of an option that other tools have.
fn instead(option: &str) -> Option<&'static str> {
    let name = option.trim_start_matches('-').split('=').next().unwrap_or("");
    Some(match name {
        "dry-run" | "diff" | "preview" => "'authshift fix' only shows the change; '--write' applies it",
        "format" | "output" | "reporter" => "use '--output-format text|json|sarif|github|gitlab|rdjson'",
        "json" => "use '--output-format json'",
        "sarif" => "use '--output-format sarif'",
        "github" => "use '--output-format github'",
        "fix" | "apply" | "in-place" | "write" => "'authshift fix --write' applies the changes",
        "unsafe-fixes" | "unsafe" => "'authshift fix --unsafe-fixes' also shows the unsafe changes",
        "ignore" | "select" => "switch rules off in authshift.toml, under '[rules]'",
        "baseline" | "write-baseline" => "use 'authshift check' with a baseline",
        _ => return None,
    })
}

fn failed(color: Color, error: &anyhow::Error) -> Status {
    match error.downcast_ref::<std::io::Error>() {
        // The reader has what it wanted.
        Some(io) if io.kind() == std::io::ErrorKind::BrokenPipe => Status::Clean,
        _ => {
            Printer::new(color).error(None, &format!("{error:#}"));
            Status::Error
        }
    }
}

/// Adds what runs that were broken off before this one started have left beside the files.
fn add_leftovers<T>(batch: &mut Batch<T>, started: SystemTime) {
    let left = leftovers(batch.files(), started);
    batch.entries.extend(left.into_iter().map(|path| Entry::Skipped(path, Skip::Leftover)));
}

/// What was not read, and which configurations were, with `-v`; without, only that there is something that may hold a token, or
/// that a configuration stands where one may not expect it.
fn note_files<T>(printer: &mut Printer, common: &Common, batch: &Batch<T>) -> anyhow::Result<()> {
    for config in batch.configs.iter().filter(|config| common.verbose || !(config.plain || common.quiet)) {
        printer.note(&summary::config(&config.path))?;
    }
    let mut skipped: Vec<(&Path, Skip)> = batch.skipped().collect();
    skipped.sort();
    if common.verbose {
        for (path, skip) in &skipped {
            printer.note(&summary::skipped(path, *skip))?;
        }
    }
    if common.quiet {
        return Ok(());
    }
    let of =
        |wanted| skipped.iter().filter(move |(_, skip)| *skip == wanted).map(|(path, _)| *path).collect::<Vec<_>>();
    printer.note(&summary::unread(&of(Skip::NamesToken)))?;
    Ok(printer.note(&summary::leftovers(&of(Skip::Leftover)))?)
}

/// Refuses to write a report over a file that was read, or that could not be, and into one that nobody means.
fn keep_inputs<T>(output: &Path, batch: &Batch<T>) -> anyhow::Result<()> {
    anyhow::ensure!(
        output.as_os_str() != "-",
        "`-` is not supported as an output file; leave the option out to print to standard output"
    );
    keep_input(output, batch.files().chain(batch.errors().map(|(path, _)| path)))
}

/// Refuses to write over one of these files.
fn keep_input<'p>(output: &Path, mut inputs: impl Iterator<Item = &'p Path>) -> anyhow::Result<()> {
    let Ok(real) = output.canonicalize() else { return Ok(()) };
    let same =
        |input: &Path| archive_of(input).as_deref().unwrap_or(input).canonicalize().is_ok_and(|input| input == real);
    anyhow::ensure!(
        !inputs.any(same),
        "{} is one of the files that are read; choose another output file",
        output.display()
    );
    Ok(())
}

/// A path as it is typed. Double quotes hold a name together in every shell.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "._-/\\:,+@%=~".contains(c);
    if path.chars().all(plain) { path } else { format!("\"{path}\"") }
}

/// The status of a run with these findings left and this many errors.
fn status<'f>(common: &Common, findings: impl IntoIterator<Item = &'f Finding>, errors: usize) -> Status {
    let counts = |finding: &Finding| finding.severity == Severity::Error || common.error_on_warnings;
    if errors > 0 {
        Status::Error
    } else if !common.exit_zero && findings.into_iter().any(counts) {
        Status::Findings
    } else {
        Status::Clean
    }
}
