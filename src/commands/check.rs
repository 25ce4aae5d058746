//! `authshift check`: one line per authtoken that is left.

use anyhow::Result;

use super::read::{Batch, Prefilter, each};
use super::{Status, status};
use crate::cli::{Check, OutputFormat};
use crate::fix::{Examined, examine};
use crate::report::{Printer, Report, for_programs, github, lines, sarif, summary};
use crate::secret::Secrets;
use crate::source::Source;

/// A file and what was found in it.
pub(super) struct Checked {
    pub(super) source: Source,
    pub(super) examined: Examined,
}

/// Runs the command.
pub(super) fn run(options: &Check) -> Result<Status> {
    let batch = examine_all(options)?;
    let status = status(&options.common, findings(&batch), batch.errors().count());
    let mut printer = Printer::new(options.common.color);
    let report = report(&batch, options);
    let text = for_programs(options.output_format, &report)?.unwrap_or_else(|| lines::render(&report));
    keep_inputs(options, &batch)?;
    printer.report(options.output_file.as_deref(), &text)?;
    finish(&mut printer, options, &batch, &report)?;
    Ok(status)
}

/// Examines every file that may hold a finding.
pub(super) fn examine_all(options: &Check) -> Result<Batch<Option<Checked>>> {
    let prefilter = Prefilter::new();
    let verbose = options.common.verbose;
    each(&options.paths, &options.common, |file| {
        let may_match = prefilter.may_match(file.source.text(), &file.config);
        if !verbose && !may_match {
            return Ok(None);
        }
        let examined = match examine(&file.source, &file.config) {
            Ok(examined) => examined,
            // Such a file is parsed for what -v shows of it; that must not make more errors than there are without.
            Err(_) if !may_match => return Ok(None),
            Err(problem) => return Err(problem.to_string()),
        };
        if examined.findings.is_empty() && examined.opaque.is_empty() {
            return Ok(None);
        }
        let source = Source::new(file.source.path(), file.source.text());
        Ok(Some(Checked { source, examined }))
    })
}

/// Refuses an output file that is one of the files with findings.
pub(super) fn keep_inputs(options: &Check, batch: &Batch<Option<Checked>>) -> Result<()> {
    match &options.output_file {
        Some(output) => super::keep_input(output, batch.done().flatten().map(|checked| checked.source.path())),
        None => Ok(()),
    }
}

fn findings(batch: &Batch<Option<Checked>>) -> impl Iterator<Item = &crate::finding::Finding> {
    batch.done().flatten().flat_map(|checked| &checked.examined.findings)
}

/// What the printers need.
pub(super) fn report<'b>(batch: &'b Batch<Option<Checked>>, options: &Check) -> Report<'b> {
    let for_eyes = options.output_format == OutputFormat::Text && options.output_file.is_none();
    let mut secrets = Secrets::default();
    batch.done().flatten().for_each(|checked| secrets.merge(&checked.examined.secrets));
    Report {
        findings: batch
            .done()
            .flatten()
            .flat_map(|checked| checked.examined.findings.iter().map(|finding| (&checked.source, finding)))
            .collect(),
        errors: batch.errors().collect(),
        files: batch.done().count(),
        skipped: batch.skipped().count(),
        masker: secrets.masker(options.common.show_secrets && for_eyes),
    }
}

/// Errors, what was skipped, statistics and the summary, on standard error.
pub(super) fn finish(
    printer: &mut Printer,
    options: &Check,
    batch: &Batch<Option<Checked>>,
    report: &Report<'_>,
) -> Result<()> {
    let common = &options.common;
    for (path, error) in &report.errors {
        printer.error(Some(path), &report.masker.mask(error));
    }
    if common.verbose {
        for (path, reason) in batch.skipped() {
            printer.note(&format!("{}: skipped: {reason}", path.display()))?;
        }
        for checked in batch.done().flatten() {
            printer.note_opaque(&checked.source, &checked.examined.opaque)?;
        }
    }
    if options.statistics {
        printer.note(&summary::statistics(report.findings.iter().map(|(_, finding)| *finding)))?;
    }
    if common.quiet {
        return Ok(());
    }
    match options.output_format {
        OutputFormat::Text => printer.note(&summary::found(report))?,
        OutputFormat::Github => {
            printer.note(&summary::found(report))?;
            printer.note(&github::limits(report))?;
        }
        OutputFormat::Sarif => printer.note(&sarif::limits(report))?,
        OutputFormat::Json | OutputFormat::Gitlab | OutputFormat::Rdjson => {}
    }
    Ok(())
}
