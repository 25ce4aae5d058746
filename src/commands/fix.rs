//! `authshift fix`: the migration as a diff, as a patch, or applied.

use std::path::Path;

use anyhow::Result;

use super::read::{Batch, Prefilter, each};
use super::{Status, status};
use crate::cli::Fix;
use crate::diff;
use crate::finding::{Applicability, Finding};
use crate::fix::{self, Fixed};
use crate::report::{Printer, Report, lines, preview, summary};
use crate::secret::Secrets;
use crate::source::Source;
use crate::write;

struct Migrated {
    source: Source,
    fixed: Fixed,
    /// Why the file could not be written.
    failed: Option<String>,
}

impl Migrated {
    fn left(&self) -> &[Finding] {
        self.fixed.after.as_ref().map_or(&self.fixed.before.findings, |(_, left)| &left.findings)
    }

    fn changed(&self) -> Option<&str> {
        self.fixed.after.as_ref().map(|(text, _)| text.as_str())
    }
}

/// Runs the command.
pub(super) fn run(options: &Fix) -> Result<Status> {
    let common = &options.common;
    let level = if options.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    let prefilter = Prefilter::new();
    let from_stdin = options.paths.iter().any(|path| path.as_os_str() == "-");
    anyhow::ensure!(
        !from_stdin || (options.paths.len() == 1 && !options.write && options.patch.is_none()),
        "with -, fix reads standard input and writes the migrated text to standard output; it takes no other path, --write or --patch"
    );
    let batch = each(&options.paths, common, |file| {
        // Standard input is passed on even if there is nothing to do.
        if !from_stdin && !common.verbose && !prefilter.may_match(file.source.text()) {
            return Ok(None);
        }
        let fixed = fix::fix(&file.source, &file.config, level).map_err(|problem| problem.to_string())?;
        let source = Source::new(file.source.path(), file.source.text());
        let mut migrated = Migrated { source, fixed, failed: None };
        if options.write
            && let Some(text) = migrated.changed()
        {
            let original = migrated.source.text().as_bytes();
            let written = write::replace(migrated.source.path(), original, text.as_bytes(), options.backup.as_deref());
            migrated.failed = written.err().map(|error| error.to_string());
        }
        Ok(Some(migrated))
    })?;
    print(options, &batch, from_stdin)
}

fn print(options: &Fix, batch: &Batch<Option<Migrated>>, from_stdin: bool) -> Result<Status> {
    let common = &options.common;
    let mut printer = Printer::new(common.color);
    let mut secrets = Secrets::default();
    for migrated in batch.done().flatten() {
        secrets.merge(&migrated.fixed.before.secrets);
    }
    let masker = secrets.masker(common.show_secrets);
    if from_stdin {
        for migrated in batch.done().flatten() {
            printer.exact(migrated.changed().unwrap_or(migrated.source.text()).as_bytes())?;
        }
    } else if let Some(patch) = &options.patch {
        write::create_private(patch, &all_patches(batch)).map_err(|error| anyhow::anyhow!("{error}"))?;
    } else if options.write {
        for migrated in
            batch.done().flatten().filter(|migrated| migrated.changed().is_some() && migrated.failed.is_none())
        {
            printer.line(&format!("fixed {}", migrated.source.path().display()))?;
        }
    } else {
        let mut text = String::new();
        for migrated in batch.done().flatten() {
            if let Some(new) = migrated.changed() {
                let old = migrated.source.text();
                text.push_str(&preview::render(migrated.source.path(), old, new, &masker, common.show_secrets));
            }
        }
        printer.report(options.output_file.as_deref(), &text)?;
    }
    let written_wrong =
        batch.done().flatten().filter_map(|migrated| Some((migrated.source.path(), migrated.failed.as_deref()?)));
    let errors: Vec<(&Path, &str)> = batch.errors().chain(written_wrong).collect();
    let left = || batch.done().flatten().flat_map(Migrated::left);
    let mut status = status(common, left(), errors.len());
    let pending = !options.write && !from_stdin && batch.done().flatten().any(|migrated| migrated.changed().is_some());
    if pending && !common.exit_zero {
        status = status.max(Status::Findings);
    }
    let report = Report {
        findings: batch
            .done()
            .flatten()
            .flat_map(|migrated| migrated.left().iter().map(|finding| (&migrated.source, finding)))
            .collect(),
        errors,
        files: batch.done().count(),
        skipped: batch.skipped().count(),
        masker,
    };
    printer.left(&lines::render(&report))?;
    for (path, error) in &report.errors {
        printer.error(Some(path), &report.masker.mask(error));
    }
    if common.verbose {
        for (path, reason) in batch.skipped() {
            printer.note(&format!("{}: skipped: {reason}", path.display()))?;
        }
        for migrated in batch.done().flatten() {
            printer.note_opaque(&migrated.source, &migrated.fixed.before.opaque)?;
        }
    }
    if options.statistics {
        printer
            .note(&summary::statistics(batch.done().flatten().flat_map(|migrated| &migrated.fixed.before.findings)))?;
    }
    if !common.quiet {
        let done = summary::Done {
            before: batch.done().flatten().map(|migrated| migrated.fixed.before.findings.len()).sum(),
            files: batch.done().flatten().filter(|migrated| migrated.changed().is_some()).count(),
            applied: options.write || from_stdin,
        };
        printer.note(&summary::fixed(&report, &done))?;
    }
    Ok(status)
}

/// One patch for all files, exact.
fn all_patches(batch: &Batch<Option<Migrated>>) -> Vec<u8> {
    let mut patch = Vec::new();
    for migrated in batch.done().flatten() {
        if let Some(new) = migrated.changed() {
            patch.extend(diff::patch(migrated.source.path(), migrated.source.text().as_bytes(), new.as_bytes()));
        }
    }
    patch
}
