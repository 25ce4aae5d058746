//! `authshift completions`: what a shell needs to complete the command line.

use anyhow::Result;
use clap::CommandFactory as _;

use super::Status;
use crate::cli::{Cli, Color, Completions};
use crate::report::Printer;

/// Runs the command.
pub(super) fn run(options: &Completions) -> Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "authshift", &mut script);
    Printer::new(Color::Never).exact(&script)?;
    Ok(Status::Clean)
}
