//! `authshift scan`: every authtoken use with its place, what will become of it, and a summary by service.

use anyhow::Result;

use super::Status;
use super::check::{examine_all, finish, keep_inputs, report};
use crate::cli::{Check, OutputFormat};
use crate::report::{Printer, json, snippets, summary};

/// Runs the command.
pub(super) fn run(options: &Check) -> Result<Status> {
    let batch = examine_all(options)?;
    let status = if batch.errors().count() > 0 { Status::Error } else { Status::Clean };
    let mut printer = Printer::new(options.common.color);
    let report = report(&batch, options.common.show_secrets && options.output_file.is_none());
    let text = match options.output_format {
        OutputFormat::Json => json::render(&report)?,
        OutputFormat::Text => {
            let mut text = snippets::render(&report, printer.width());
            text.push_str(&summary::by_service(&report));
            text
        }
    };
    keep_inputs(options, &batch)?;
    printer.report(options.output_file.as_deref(), &text)?;
    finish(&mut printer, options, &batch, &report, options.output_format == OutputFormat::Text)?;
    Ok(status)
}
