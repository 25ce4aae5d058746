//! `authshift scan`: every authtoken use with its place, what will become of it, and a summary by service.

use anyhow::Result;

use super::Status;
use super::check::{examine_all, finish, keep_inputs, report};
use crate::cli::Check;
use crate::report::{Printer, for_programs, snippets, summary};

/// Runs the command.
pub(super) fn run(options: &Check) -> Result<Status> {
    let batch = examine_all(options)?;
    let status = if batch.errors().count() > 0 { Status::Error } else { Status::Clean };
    let mut printer = Printer::new(options.common.color);
    let report = report(&batch, options);
    let text = match for_programs(options.output_format, &report)? {
        Some(text) => text,
        None => snippets::render(&report, printer.width()) + &summary::by_service(&report),
    };
    keep_inputs(options, &batch)?;
    printer.report(options.output_file.as_deref(), &text)?;
    finish(&mut printer, options, &batch, &report)?;
    Ok(status)
}
