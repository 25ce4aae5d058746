//! `authshift fix`: the migration as a diff, as a patch, or applied.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Result;

use super::migrated::Migrated;
use super::next::Typed;
use super::read::{Also, Batch, Failure, File, each_of};
use super::suggest::{Setup, inserted};
use super::{Status, interactive, note_files, status};
use crate::cli::{Fix, Migrate};
use crate::finding::{Applicability, Finding};
use crate::fix::{self, Fixed, Problem, Session};
use crate::project::archive::{self, Archive, Unpacked, archive_of};
use crate::project::discover::{Begin, FileKind, kind_by_name};
use crate::report::{Form, Printer, Report, lines, preview, summary};
use crate::rules::prefilter::Prefilter;
use crate::text::diff::{self, Hunk};
use crate::text::secret::{Masker, Secrets};
use crate::text::source::Source;
use crate::text::write::{self, Folders};

/// What is done to each file.
pub(super) struct Job<'j> {
    /// The LinkNames that are given for it, and whether others may be suggested.
    pub(super) setup: Setup,
    pub(super) suggests: bool,
    /// What is done, as a message names it: `fix`.
    pub(super) name: &'j str,
    /// The message when there was nothing to do: `no authtokens found`.
    pub(super) nothing: &'j str,
    /// Which files are read besides Deluge functions.
    pub(super) also: Also,
    /// Whether there may be something to do in the file, or why it must not be touched.
    pub(super) may_match: &'j (dyn Fn(&File) -> Result<bool, Failure> + Sync),
    /// Begins to do it, change by change.
    pub(super) begin: &'j (dyn Fn(&File, Applicability) -> Session + Sync),
    /// Does it.
    pub(super) apply: &'j (dyn Fn(&File, Applicability) -> Result<Fixed, Problem> + Sync),
}

/// Runs the command.
pub(super) fn run(options: &Migrate) -> Result<Status> {
    let prefilter = Prefilter::new();
    let job = Job {
        setup: Setup::new(options.connection.as_ref()),
        suggests: true,
        name: "fix",
        nothing: "no authtokens found",
        also: Also::Configured,
        may_match: &|file| Ok(prefilter.may_match(&file.source, file.format, &file.config, &file.project)),
        begin: &|file, level| {
            let (config, project) = (Arc::clone(&file.config), Arc::clone(&file.project));
            Session::new(&file.source, file.format, config, project, level, false)
        },
        apply: &|file, level| fix::fix(&file.source, file.format, &file.config, &file.project, level),
    };
    run_job(&options.fix, &job)
}

/// Does a job on all files, as the options say: shows it, writes it, or passes it on.
pub(super) fn run_job(options: &Fix, job: &Job<'_>) -> Result<Status> {
    let common = &options.common;
    let level = if options.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    anyhow::ensure!(
        !is_from_stdin(options)
            || (options.paths.len() == 1
                && !options.write
                && !options.interactive
                && options.patch.is_none()
                && options.output_dir.is_none()),
        "with -, {} reads standard input and writes the migrated text to standard output, or to --output-file; it takes no other path, --write, --interactive, --patch or --output-dir",
        job.name
    );
    ensure_writable(options)?;
    if options.interactive {
        interactive::ensure_terminal()?;
    }
    let started = SystemTime::now();
    let applied = is_applied(options);
    let mut batch = work(options, job, level, &job.setup, applied)?;
    let mut refused = None;
    if job.suggests && batch.done().any(|migrated| migrated.left_unconfigured()) {
        // What was written is what needs no LinkName. The rest is only looked at.
        let look = |setup: &Setup| work(options, job, level, setup, false);
        let suggesting = job.setup.suggesting(&options.paths, common, look)?;
        match suggesting {
            Some(shown) if applied => refused = Refused::of(shown, level),
            Some(shown) => batch = shown,
            None => {}
        }
    }
    super::add_leftovers(&mut batch, started);
    if options.interactive {
        interactive::ask(options, batch.done_mut())?;
    }
    if let Some(folder) = &options.output_dir {
        let unpacked = unpack(options, folder, &batch)?;
        if !common.quiet {
            Printer::new(common.color).note(&summary::unpacked(folder, &unpacked))?;
        }
    }
    print(options, job, &batch, level, refused.as_ref())
}

/// Whether the changes are made, or passed on, and not only shown.
fn is_applied(options: &Fix) -> bool {
    is_in_place(options) || options.output_dir.is_some() || is_from_stdin(options)
}

/// Whether the changes are made when all is done: a patch is only passed on.
fn is_done(options: &Fix) -> bool {
    is_applied(options) && options.patch.is_none()
}

/// Changes that are not made, since they would insert LinkNames which are only suggested.
struct Refused {
    /// The files as they are after the run, with what would be done then.
    shown: Batch<Migrated>,
    why: String,
}

impl Refused {
    /// `None` where no change up to `level` would insert one.
    fn of(shown: Batch<Migrated>, level: Applicability) -> Option<Self> {
        let findings = shown.done().flat_map(|migrated| &migrated.fixed.before.findings);
        let (links, count) = inserted(findings, level);
        let links = links.into_iter().collect::<Vec<_>>().join(", ");
        let change = if count == 1 {
            "1 finding needs a LinkName that is".to_owned()
        } else {
            format!("{count} findings need LinkNames that are")
        };
        let why = format!(
            "nothing is configured yet: {change} only suggested ({links}), so nothing was inserted; write the suggestions to authshift.toml with `authshift init PATH` and check them, or name one Connection for all with `--connection NAME`"
        );
        (count > 0).then_some(Self { shown, why })
    }
}

/// Does the job on all files; where it is not `applied`, nothing is written.
fn work(options: &Fix, job: &Job<'_>, level: Applicability, setup: &Setup, applied: bool) -> Result<Batch<Migrated>> {
    let common = &options.common;
    let from_stdin = options.paths.iter().any(|path| path.as_os_str() == "-");
    let folders = Folders::default();
    let begin = if options.write { Begin::WhenAllAreFound } else { Begin::AtOnce };
    let configs = setup.configs(&options.paths, common)?;
    each_of(configs, &options.paths, common, job.also, begin, |file| {
        // Where files are written, all configurations are read before.
        if applied && let Some(fault) = file.project.configs().fault() {
            return Err(Failure::Configuration(fault));
        }
        // Standard input is passed on even if there is nothing to do.
        let may_match = (job.may_match)(file)?;
        if !from_stdin && !common.verbose && !may_match {
            return Ok(None);
        }
        let fixed = match (job.apply)(file, level) {
            Ok(fixed) => fixed,
            Err(problem) if !may_match && !from_stdin && !matches!(problem, Problem::Config(_)) => return Ok(None),
            Err(problem) => return Err(problem.into()),
        };
        let is_passed_on = from_stdin || options.interactive || options.output_dir.is_some();
        // A tree does not fit into memory. With `-v`, places in the text are printed.
        let is_kept = is_passed_on || common.verbose;
        let source = Source::new(file.source.path(), if is_kept { file.source.text() } else { "" });
        let sealed = applied && is_in_place(options) && archive_of(source.path()).is_some() && fixed.after.is_some();
        let session = (options.interactive && fixed.after.is_some() && !sealed).then(|| (job.begin)(file, level));
        let failed = sealed.then(|| SEALED.to_owned());
        let mut migrated = Migrated { source, fixed, hunks: Vec::new(), session, failed };
        if let Some(text) = migrated.changed() {
            let original = file.source.text().as_bytes();
            if options.write && applied {
                let backup = options.backup.as_deref();
                let written = write::replace(file.source.path(), original, text.as_bytes(), backup, &folders);
                migrated.failed = written.err().map(|error| error.problem.to_string());
            } else if !is_passed_on {
                let hunks = diff::hunks(original, text.as_bytes());
                migrated.hunks = hunks.into_iter().map(Hunk::into_owned).collect();
            }
        }
        if !is_kept && let Some((text, _)) = &mut migrated.fixed.after {
            *text = String::new();
        }
        let is_clean = migrated.fixed.after.is_none() && migrated.fixed.before.is_empty();
        Ok((from_stdin || !is_clean).then_some(migrated))
    })
}

/// Why a file in an archive stays as it is.
const SEALED: &str =
    "authshift does not write to archives; name the archive alone with --output-dir DIR to unpack it there, migrated";

/// Whether the files that were read are to be changed.
fn is_in_place(options: &Fix) -> bool {
    options.write || options.interactive || options.patch.is_some()
}

/// Refuses to write to an archive, and to unpack anything else.
fn ensure_writable(options: &Fix) -> Result<()> {
    let is_archive = |path: &&PathBuf| kind_by_name(path) == FileKind::Archive && !path.is_dir();
    match options.paths.iter().find(is_archive) {
        Some(path) if is_in_place(options) => anyhow::bail!("{}: {SEALED}", path.display()),
        None if options.output_dir.is_some() => anyhow::bail!("--output-dir unpacks a zip archive; name one"),
        Some(_) if options.output_dir.is_some() && options.paths.len() > 1 => {
            anyhow::bail!("--output-dir takes one archive and no other path")
        }
        _ => Ok(()),
    }
}

/// Writes all files of the archive that is named into a folder.
fn unpack(options: &Fix, folder: &Path, batch: &Batch<Migrated>) -> Result<Unpacked> {
    let path = options.paths.first().map_or(Path::new(""), PathBuf::as_path);
    let archive = Archive::open(path).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    let migrated = batch.done();
    let changed: HashMap<&Path, &str> =
        migrated.filter_map(|migrated| Some((migrated.source.path(), migrated.changed()?))).collect();
    Ok(archive::unpack(&archive, folder, &|path| changed.get(path).map(|text| (*text).to_owned()))?)
}

fn print(
    options: &Fix,
    job: &Job<'_>,
    batch: &Batch<Migrated>,
    level: Applicability,
    refused: Option<&Refused>,
) -> Result<Status> {
    let common = &options.common;
    for output in options.patch.iter().chain(&options.output_file) {
        super::keep_inputs(output, batch)?;
    }
    let mut printer = Printer::new(common.color);
    let mut secrets = Secrets::default();
    for migrated in batch.done() {
        secrets.merge(&migrated.fixed.before.secrets);
        migrated.fixed.after.iter().for_each(|(_, left)| secrets.merge(&left.secrets));
    }
    let masker = secrets.masker(common.show_secrets);
    let changed = || batch.done().filter(|migrated| migrated.changed().is_some());
    let (from_stdin, applied) = (is_from_stdin(options), is_done(options));
    put_out(options, &mut printer, batch, &masker, refused.is_some())?;
    let written_wrong = batch.done().filter_map(|migrated| Some((migrated.source.path(), migrated.failed.as_deref()?)));
    let errors: Vec<(&Path, &str)> = batch.errors().chain(written_wrong).collect();
    let mut status = status(common, batch.done().flat_map(Migrated::left), errors.len());
    if !applied && changed().next().is_some() && !common.exit_zero {
        status = status.max(Status::Findings);
    }
    // What is only shown has its places in the text that is there now; what was asked for was shown.
    let stays =
        |finding: &&Finding| (applied && !options.interactive && refused.is_none()) || finding.applicability > level;
    let shown = refused.map_or(batch, |refused| &refused.shown);
    let findings = shown.done().flat_map(|migrated| {
        let findings = if applied && refused.is_none() { migrated.left() } else { &migrated.fixed.before.findings };
        findings.iter().filter(stays).map(|finding| (&migrated.source, finding)).collect::<Vec<_>>()
    });
    let report = Report {
        findings: findings.collect(),
        dismissed: batch
            .done()
            .flat_map(|migrated| migrated.fixed.before.dismissed.iter().map(|dismissed| (&migrated.source, dismissed)))
            .collect(),
        suppressed: batch.done().map(|migrated| migrated.fixed.before.suppressed).sum(),
        baseline: None,
        errors,
        files: batch.files().count(),
        skipped: batch.skipped_by_content(),
        unread: batch.unread(),
        width: printer.columns(true),
        masker,
    };
    if applied && level == Applicability::Unsafe && !from_stdin && !options.interactive {
        let before = changed().flat_map(|migrated| &migrated.fixed.before.findings);
        for line in lines::assumed(before, &report.masker, report.width) {
            printer.flowed(&line)?;
        }
    }
    printer.left(&report)?;
    for (path, error) in &report.errors {
        printer.error(Some(path), &report.masker.mask(error));
    }
    if let Some(refused) = refused {
        printer.error(None, &refused.why);
        status = Status::Error;
    }
    note_files(&mut printer, common, batch)?;
    if common.verbose {
        for migrated in batch.done() {
            printer.note_opaque(&migrated.source, &migrated.fixed.before.opaque)?;
        }
        printer.note_dismissed(&report)?;
    }
    if options.statistics {
        let before = batch.done().flat_map(|migrated| &migrated.fixed.before.findings);
        printer.note(&summary::statistics(before))?;
    }
    if !common.quiet {
        sum_up(options, job, batch, level, refused, &report, &mut printer)?;
    }
    Ok(status)
}

fn is_from_stdin(options: &Fix) -> bool {
    options.paths.iter().any(|path| path.as_os_str() == "-")
}

/// What was asked for: the text that came from stdin, the patch, the names of the files that were fixed, or the changes to look at.
fn put_out(
    options: &Fix,
    printer: &mut Printer,
    batch: &Batch<Migrated>,
    masker: &Masker,
    is_refused: bool,
) -> Result<()> {
    let quiet = options.common.quiet;
    if is_from_stdin(options) {
        let texts = || batch.done().map(|migrated| migrated.changed().unwrap_or(migrated.source.text()));
        match &options.output_file {
            Some(path) => write::report(path, |mut file| texts().try_for_each(|text| file.write_all(text.as_bytes())))?,
            None => texts().try_for_each(|text| printer.exact(text.as_bytes()))?,
        }
    } else if let Some(patch) = &options.patch {
        let patches = all_patches(batch);
        if !is_refused || !patches.is_empty() {
            write::create_private(patch, &patches)?;
        }
    } else if is_done(options) {
        for migrated in batch.done().filter(|migrated| !quiet && migrated.changed().is_some()) {
            printer.line(&format!("fixed {}", migrated.source.path().display()))?;
        }
    } else {
        if !quiet {
            let findings = batch.done().flat_map(|migrated| &migrated.fixed.before.findings);
            printer.note(&summary::suggestions(findings))?;
        }
        show(options, printer, batch, masker)?;
    }
    Ok(())
}

/// What was fixed and what is left, and the command to type next.
fn sum_up(
    options: &Fix,
    job: &Job<'_>,
    batch: &Batch<Migrated>,
    level: Applicability,
    refused: Option<&Refused>,
    report: &Report<'_>,
    printer: &mut Printer,
) -> Result<()> {
    let fixable = |findings: &[Finding]| findings.iter().filter(|finding| finding.applicability <= level).count();
    let resolved =
        |migrated: &Migrated| fixable(&migrated.fixed.before.findings).saturating_sub(fixable(migrated.left()));
    let left = |migrated: &Migrated| match refused {
        Some(_) => fixable(&migrated.fixed.before.findings),
        None => fixable(migrated.left()),
    };
    let shown = refused.map_or(batch, |refused| &refused.shown);
    let declined = shown.done().map(left).sum();
    let changed = || batch.done().filter(|migrated| migrated.changed().is_some());
    let before = || batch.done().flat_map(|migrated| &migrated.fixed.before.findings);
    let done = summary::Done {
        nothing: job.nothing,
        fixed: changed().map(resolved).sum(),
        declined: if options.interactive || refused.is_some() { declined } else { 0 },
        before: before().filter(|finding| !finding.is_optional()).count(),
        files: changed().count(),
        applied: is_done(options),
    };
    printer.note(&summary::fixed(report, &done))?;
    printer.note(&summary::one_for_all(before(), job.setup.connection()))?;
    let typed = Typed::new(&options.paths, &options.common, job.setup.connection());
    let is_inside = |migrated: &Migrated| archive_of(migrated.source.path()).is_some();
    let all_inside = done.files > 0 && changed().all(is_inside);
    let next = match refused {
        Some(_) => typed.next("init", "writes authshift.toml with these LinkNames"),
        None => next(options, job, &typed, report, &done, all_inside),
    };
    Ok(printer.note(&next)?)
}

/// The next command to type. `all_inside`: all that changes is inside of archives.
fn next(
    options: &Fix,
    job: &Job<'_>,
    typed: &Typed<'_>,
    report: &Report<'_>,
    done: &summary::Done<'_>,
    all_inside: bool,
) -> String {
    let level = if options.unsafe_fixes { " --unsafe-fixes" } else { "" };
    if let Some(patch) = options.patch.as_ref().filter(|_| done.files > 0) {
        return format!("next: git apply {}  applies it", super::quoted(patch));
    }
    if done.applied {
        let is_left = report.findings.iter().any(|(_, finding)| !finding.is_optional());
        return match (is_left, done.before) {
            // That is the end of it.
            _ if !job.suggests => String::new(),
            (_, 0) => String::new(),
            (true, _) => typed.about_the_rest(report),
            (false, _) => typed.next("check", "is the check for CI and pre-commit"),
        };
    }
    if report.findings.iter().any(|(_, finding)| finding.suggested) {
        return typed.next("init", "writes authshift.toml with these LinkNames");
    }
    if done.files > 0 {
        let apply = if all_inside { " --output-dir DIR" } else { " --write" };
        return typed.next(&format!("{}{apply}{level}", job.name), "applies it");
    }
    typed.about_the_rest(report)
}

/// The diff: masked for people, or with `--show-secrets` exact.
fn show(options: &Fix, printer: &mut Printer, batch: &Batch<Migrated>, masker: &Masker) -> Result<()> {
    if options.common.show_secrets {
        let patch = all_patches(batch);
        return match &options.output_file {
            Some(path) => Ok(write::create_private(path, &patch)?),
            None if printer.is_for_eyes() => Ok(printer.text(&preview::colored(&String::from_utf8_lossy(&patch)))?),
            None => Ok(printer.exact(&patch)?),
        };
    }
    printer.report(options.output_file.as_deref(), Form::Text, |out| {
        let mut remark = Some(preview::remark());
        for migrated in batch.done() {
            if migrated.changed().is_some() {
                out.write_all(remark.take().unwrap_or_default().as_bytes())?;
                let diff = preview::render(migrated.source.path(), &migrated.hunks, masker);
                out.write_all(diff.as_bytes())?;
            }
        }
        Ok(())
    })
}

/// One patch for all files, exact.
fn all_patches(batch: &Batch<Migrated>) -> Vec<u8> {
    let mut patch = Vec::new();
    for migrated in batch.done() {
        if migrated.changed().is_some() {
            patch.extend(diff::patch_of(migrated.source.path(), &migrated.hunks));
        }
    }
    patch
}
