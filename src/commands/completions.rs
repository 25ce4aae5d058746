//! `authshift completions`: what a shell needs to complete the command line.

use std::io::Write as _;

use anyhow::Result;
use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Status;
use crate::cli::{Cli, Color, Completions};
use crate::finding::Rule;
use crate::report::Printer;

/// Runs the command.
pub(super) fn run(options: &Completions) -> Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "authshift", &mut script);
    // Of words without an option before them, this one is left out by the generator for fish.
    if options.shell == Shell::Fish {
        let names: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        writeln!(
            script,
            "complete -c authshift -n \"__fish_authshift_using_subcommand explain\" -f -a \"{}\"",
            names.join(" ")
        )?;
    }
    Printer::new(Color::Never).exact(&script)?;
    Ok(Status::Clean)
}
