//! `authshift check`: one line per authtoken that is left.

use anyhow::Result;

use super::next::Typed;
use super::read::{Also, Batch, Failure, File, each_of};
use super::suggest::Setup;
use super::{Status, note_files, staged, status};
use crate::cli::{Check, Gate, OutputFormat};
use crate::finding::{Compared, Finding};
use crate::fix::{Examined, Problem, examine};
use crate::project::baseline::Baseline;
use crate::project::discover::Begin;
use crate::report::{Printer, Report, for_programs, github, lines, sarif, summary};
use crate::rules::prefilter::Prefilter;
use crate::text::secret::Secrets;
use crate::text::source::Source;

/// A file and what was found in it.
pub(super) struct Checked {
    pub(super) source: Source,
    pub(super) examined: Examined,
}

impl Checked {
    fn findings(&self) -> &[Finding] {
        &self.examined.findings
    }
}

/// Runs the command.
pub(super) fn run(gate: &Gate) -> Result<Status> {
    let options = &gate.check;
    let setup = Setup::new(options.connection.as_ref());
    let mut batch = if gate.staged {
        let configs = setup.configs(&options.paths, &options.common)?;
        staged::each(&options.paths, &options.common, configs, examining(options, false))?
    } else {
        examine_all(options, false, &setup)?
    };
    let mut printer = Printer::new(options.common.color);
    keep_inputs(options, &batch)?;
    let compared = baseline(gate, &mut batch, &mut printer)?;
    let status = status(&options.common, findings(&batch), batch.errors().count());
    let mut report = report(&batch, options);
    report.baseline = compared;
    report.width = printer.columns(false).filter(|_| options.output_file.is_none());
    let write = for_programs(options.output_format).unwrap_or(lines::write);
    printer.report(options.output_file.as_deref(), options.output_format.into(), |out| write(&report, out))?;
    finish(&mut printer, options, &batch, &report)?;
    Ok(status)
}

/// Takes out what the baseline knows, after writing it if that is asked for.
fn baseline(gate: &Gate, batch: &mut Batch<Checked>, printer: &mut Printer) -> Result<Option<Compared>> {
    let write = gate.write_baseline.is_some();
    let own = gate.write_baseline.as_ref().and_then(Option::as_deref);
    let path = match (own, gate.baseline.as_deref()) {
        (Some(own), Some(other)) if own != other => {
            anyhow::bail!("--baseline and --write-baseline name different files; name one")
        }
        (own, other) => own.or(other),
    };
    let Some(path) = path else {
        anyhow::ensure!(!write, "--write-baseline needs a file: --write-baseline=FILE, or --baseline FILE beside it");
        return Ok(None);
    };
    if let Some(output) = &gate.check.output_file {
        super::keep_input(output, std::iter::once(path))?;
    }
    let mut baseline = if write { Baseline::read_or_empty(path)? } else { Baseline::read(path)? };
    if write {
        super::keep_inputs(path, batch)?;
        // What is not in the baseline would be new in the next run.
        if batch.errors().next().is_some() {
            printer.error(Some(path), "the baseline was not written, because some files could not be examined");
        } else {
            let checked = batch.results().map(|(path, checked)| (path, checked.map_or(&[][..], Checked::findings)));
            let changed = baseline.update(checked)?;
            if !gate.check.common.quiet {
                printer.note(&summary::written(path, &changed))?;
            }
        }
    }
    let checked = batch.results_mut();
    let checked = checked.map(|(path, checked)| (path, checked.map(|checked| &mut checked.examined.findings)));
    Ok(Some(baseline.compare(checked)))
}

/// Examines every file. `code`: the text form of the report has lines of the files.
pub(super) fn examine_all(options: &Check, code: bool, setup: &Setup) -> Result<Batch<Checked>> {
    let configs = setup.configs(&options.paths, &options.common)?;
    each_of(configs, &options.paths, &options.common, Also::Configured, Begin::AtOnce, examining(options, code))
}

/// Examines a file, unless it is plain that it holds no finding.
fn examining(options: &Check, code: bool) -> impl Fn(&File) -> Result<Option<Checked>, Failure> + Sync {
    let prefilter = Prefilter::new();
    let verbose = options.common.verbose;
    let format = options.output_format;
    let shows = move |has_findings: bool, has_dismissed: bool| match format {
        _ if verbose => true,
        OutputFormat::Text => code && has_findings,
        OutputFormat::Sarif | OutputFormat::Rdjson => has_findings,
        OutputFormat::Json => has_dismissed,
        OutputFormat::Github | OutputFormat::Gitlab => false,
    };
    move |file| {
        let may_match = prefilter.may_match(&file.source, file.format, &file.config, &file.project);
        if !verbose && !may_match {
            return Ok(None);
        }
        let examined = match examine(&file.source, file.format, &file.config, &file.project) {
            Ok(examined) => examined,
            // Such a file is parsed for what -v shows of it; that must not make more errors than there are without.
            Err(problem) if !may_match && !matches!(problem, Problem::Config(_)) => return Ok(None),
            Err(problem) => return Err(problem.into()),
        };
        // The text is kept if parts of it are printed.
        let is_shown = shows(!examined.findings.is_empty(), !examined.dismissed.is_empty());
        let text = if is_shown { file.source.text() } else { "" };
        let source = Source::new(file.source.path(), text);
        Ok((!examined.is_empty()).then_some(Checked { source, examined }))
    }
}

/// Refuses an output file that is one of the files that were read.
pub(super) fn keep_inputs(options: &Check, batch: &Batch<Checked>) -> Result<()> {
    match &options.output_file {
        Some(output) => super::keep_inputs(output, batch),
        None => Ok(()),
    }
}

fn findings(batch: &Batch<Checked>) -> impl Iterator<Item = &Finding> {
    batch.done().flat_map(|checked| &checked.examined.findings)
}

/// What the printers need.
pub(super) fn report<'b>(batch: &'b Batch<Checked>, options: &Check) -> Report<'b> {
    let for_eyes = options.output_format == OutputFormat::Text && options.output_file.is_none();
    let mut secrets = Secrets::default();
    batch.done().for_each(|checked| secrets.merge(&checked.examined.secrets));
    Report {
        findings: batch
            .done()
            .flat_map(|checked| checked.examined.findings.iter().map(|finding| (&checked.source, finding)))
            .collect(),
        dismissed: batch
            .done()
            .flat_map(|checked| checked.examined.dismissed.iter().map(|dismissed| (&checked.source, dismissed)))
            .collect(),
        suppressed: batch.done().map(|checked| checked.examined.suppressed).sum(),
        baseline: None,
        errors: batch.errors().collect(),
        files: batch.files().count(),
        skipped: batch.skipped_by_content(),
        unread: batch.unread(),
        width: None,
        masker: secrets.masker(options.common.show_secrets && for_eyes),
    }
}

/// Errors, what was skipped, statistics and the summary, on standard error.
pub(super) fn finish(
    printer: &mut Printer,
    options: &Check,
    batch: &Batch<Checked>,
    report: &Report<'_>,
) -> Result<()> {
    let common = &options.common;
    for (path, error) in &report.errors {
        printer.error(Some(path), &report.masker.mask(error));
    }
    note_files(printer, common, batch)?;
    if common.verbose {
        for checked in batch.done() {
            printer.note_opaque(&checked.source, &checked.examined.opaque)?;
        }
        printer.note_dismissed(report)?;
    }
    if options.statistics {
        printer.note(&summary::statistics(report.findings.iter().map(|(_, finding)| *finding)))?;
    }
    if common.quiet {
        return Ok(());
    }
    match options.output_format {
        OutputFormat::Text => {
            printer.note(&summary::found(report))?;
            let findings = report.findings.iter().map(|(_, finding)| *finding);
            printer.note(&summary::one_for_all(findings, options.connection.as_deref()))?;
            printer.note(&Typed::new(&options.paths, common, options.connection.as_deref()).about(report))?;
        }
        OutputFormat::Github => {
            printer.note(&summary::found(report))?;
            printer.note(&github::limits(report))?;
        }
        OutputFormat::Sarif => printer.note(&sarif::limits(report))?,
        OutputFormat::Json | OutputFormat::Gitlab | OutputFormat::Rdjson => {}
    }
    Ok(())
}
