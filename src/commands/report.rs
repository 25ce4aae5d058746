//! `authshift report`: the Connections to make, each function before and after, and what is left, to be handed over.

use std::collections::HashSet;
use std::path::Path;
use std::time::SystemTime;

use anyhow::Result;

use super::plan::{Planning, make};
use super::read::{Also, Batch, each_of};
use super::suggest::Setup;
use super::{Status, add_leftovers, note_files, quoted};
use crate::cli::{Report as Options, ReportFormat};
use crate::finding::Applicability;
use crate::fix;
use crate::project::discover::Begin;
use crate::project::format::Format;
use crate::report::handover::{self, File, Handover, Material, unit};
use crate::report::{Form, Printer, counted, printable_path};
use crate::rules::prefilter::Prefilter;
use crate::text::secret::Secrets;
use crate::text::source::Source;

/// Runs the command.
pub(super) fn run(options: &Options) -> Result<Status> {
    let started = SystemTime::now();
    let common = &options.common;
    anyhow::ensure!(!options.paths.iter().any(|path| path.as_os_str() == "-"), "report reads files and folders only");
    let level = if options.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    let Planning { plan, batch: planned, secrets: mut known } = make(&options.paths, common, Also::Apps)?;
    let work = |setup: &Setup| work(options, level, setup);
    let setup = Setup::default();
    let mut batch = work(&setup)?;
    if batch.done().any(|file| file.unconfigured) {
        batch = setup.suggesting(&options.paths, common, work)?.unwrap_or(batch);
    }
    add_leftovers(&mut batch, started);
    if let Some(output) = &options.output_file {
        super::keep_inputs(output, &batch)?;
    }
    batch.done().for_each(|file| known.merge(&file.secrets));
    let masker = known.masker(false);
    // What cannot be planned cannot be migrated; each file is named once.
    let mut errors: Vec<(&Path, &str)> = batch.errors().collect();
    let named: HashSet<&Path> = errors.iter().map(|(path, _)| *path).collect();
    errors.extend(planned.errors().filter(|(path, _)| !named.contains(path)));
    let files: Vec<&File> = batch.done().collect();
    let left_out = batch.files().count() - files.len();
    let material = Material { paths: &options.paths, plan: &plan, files, left_out, errors, level, masker: &masker };
    let handover = Handover::of(&material);
    let mut printer = Printer::new(common.color);
    printer.report(options.output_file.as_deref(), Form::Text, |out| match options.output_format {
        ReportFormat::Html => handover::html::write(&handover, out),
        ReportFormat::Markdown => handover::markdown::write(&handover, out),
    })?;
    for (path, error) in &material.errors {
        printer.error(Some(path), &masker.mask(error));
    }
    note_files(&mut printer, common, &batch)?;
    if !common.quiet {
        printer.note(&summary_of(options, &handover))?;
    }
    Ok(if material.errors.is_empty() { Status::Clean } else { Status::Error })
}

/// Migrates all files, on paper.
fn work(options: &Options, level: Applicability, setup: &Setup) -> Result<Batch<File>> {
    let (paths, common, prefilter) = (&options.paths, &options.common, Prefilter::new());
    each_of(setup.configs(paths, common)?, paths, common, Also::Configured, Begin::AtOnce, |file| {
        let source = |text: &str| Source::new(file.source.path(), text);
        let empty = || File {
            source: source(""),
            format: file.format,
            units: Vec::new(),
            findings: Vec::new(),
            suppressed: 0,
            secrets: Secrets::default(),
            unconfigured: false,
        };
        if !prefilter.may_match(&file.source, file.format, &file.config, &file.project) {
            return Ok(matches!(file.format, Format::App(_)).then(empty));
        }
        let fixed = fix::fix(&file.source, file.format, &file.config, &file.project, level)?;
        let after = fixed.after.as_ref().map(|(text, _)| text.as_str());
        // The texts are kept if parts of them are shown.
        let is_shown = after.is_some() || !fixed.before.findings.is_empty();
        let mut units = if is_shown { unit::units(&file.source, file.format, after) } else { Vec::new() };
        for unit in units.iter_mut().filter(|unit| unit.after.is_none()) {
            unit.before.text = String::new();
        }
        let mut secrets = fixed.before.secrets;
        fixed.after.iter().for_each(|(_, left)| secrets.merge(&left.secrets));
        Ok(Some(File {
            units,
            findings: fixed.before.findings,
            suppressed: fixed.before.suppressed,
            unconfigured: fixed.before.unconfigured,
            source: source(if is_shown { file.source.text() } else { "" }),
            secrets,
            ..empty()
        }))
    })
}

/// The summary of the report in one line, and the next command.
fn summary_of(options: &Options, handover: &Handover<'_>) -> String {
    let summary = &handover.summary;
    let changed = counted(summary.changed, "function");
    let verb = if summary.changed == 1 { "changes" } else { "change" };
    let mut text = match &options.output_file {
        Some(file) => format!("wrote {}: {changed} {verb}", printable_path(file)),
        None => format!("{changed} {verb}"),
    };
    if summary.open > 0 {
        text += &format!(", {} by hand", counted(summary.open, "function"));
    }
    let paths: String = options.paths.iter().map(|path| format!(" {}", quoted(path))).collect();
    let held = if options.unsafe_fixes { " --unsafe-fixes" } else { "" };
    if handover.suggested {
        text += &format!(
            "\nnothing is configured yet: LinkNames are suggestions\nnext: authshift init{paths}  writes authshift.toml"
        );
    } else if summary.changed > 0 {
        text += &format!("\nnext: authshift fix --write{held}{paths}  applies the changes");
    }
    text
}
