//! `authshift scan`: every authtoken use with its place, what will become of it, and a summary by service.

use std::time::SystemTime;

use anyhow::Result;

use super::Status;
use super::check::{examine_all, finish, keep_inputs, report};
use super::suggest::Setup;
use crate::cli::{Check, OutputFormat};
use crate::report::{Printer, for_programs, snippets, summary};

/// Runs the command.
pub(super) fn run(options: &Check) -> Result<Status> {
    let started = SystemTime::now();
    let setup = Setup::new(options.connection.as_ref());
    let mut batch = examine_all(options, true, &setup)?;
    if batch.done().any(|checked| checked.examined.unconfigured) {
        let suggesting = |setup: &Setup| examine_all(options, true, setup);
        batch = setup.suggesting(&options.paths, &options.common, suggesting)?.unwrap_or(batch);
    }
    super::add_leftovers(&mut batch, started);
    let status = if batch.errors().count() > 0 { Status::Error } else { Status::Clean };
    let mut printer = Printer::new(options.common.color);
    let report = report(&batch, options);
    keep_inputs(options, &batch)?;
    if options.output_format == OutputFormat::Text && !options.common.quiet {
        printer.note(&summary::suggestions(report.findings.iter().map(|(_, finding)| *finding)))?;
    }
    let width = printer.width();
    printer.report(options.output_file.as_deref(), options.output_format.into(), |out| {
        match for_programs(options.output_format) {
            Some(write) => write(&report, out),
            None => {
                snippets::write(&report, width, out)?;
                out.write_all(summary::by_service(&report).as_bytes())
            }
        }
    })?;
    finish(&mut printer, options, &batch, &report)?;
    Ok(status)
}
