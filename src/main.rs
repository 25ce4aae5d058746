//! Arguments in, exit status out.

use std::process::ExitCode;

use authshift::cli::{Cli, Color};
use authshift::commands;
use authshift::report::Printer;
use clap::Parser;

fn main() -> ExitCode {
    // A panic's own message may quote the text it was about, and so a token.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        Printer::new(Color::Auto).error(None, &format!("internal error at {place}; please report this"));
    }));
    // Windows leaves `*.deluge` to the programs.
    match Cli::try_parse_from(wild::args_os()) {
        Ok(cli) => commands::run(&cli),
        Err(answer) => commands::answered(answer),
    }
    .into()
}
