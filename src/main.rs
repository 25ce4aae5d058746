//! Arguments in, exit status out.

use std::process::ExitCode;

use authshift::cli::Cli;
use authshift::commands;
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    commands::run(&cli).into()
}
