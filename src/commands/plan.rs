//! `authshift plan`: the Connections to create, with the scopes that the calls need.

use std::path::PathBuf;

use aho_corasick::AhoCorasick;
use anyhow::Result;

use super::read::{Also, Batch, each};
use super::{Status, note_files};
use crate::cli::{Common, PageFormat, Plan as Options};
use crate::discover::Begin;
use crate::discover::Format;
use crate::manifest;
use crate::plan::apps::AppFile;
use crate::plan::{self, Plan, Site, Sites};
use crate::report::{Printer, counted, plan as checklist, plan_json};
use crate::secret::{Masker, Secrets};

/// What makes a request; a file without any of these plans nothing.
const REQUESTS: &[&str] = &["invokeurl", "invokeapi", "geturl", "posturl", "puturl"];

/// A file and its requests.
pub(super) struct Read {
    path: PathBuf,
    sites: Sites,
    app: AppFile,
}

/// The plan of a tree, with what became of each file.
pub(super) struct Planning {
    pub(super) plan: Plan,
    pub(super) batch: Batch<Read>,
    pub(super) secrets: Secrets,
}

/// Makes the plan for all files below `paths`, and for what is read `also`.
pub(super) fn make(paths: &[PathBuf], common: &Common, also: Also) -> Result<Planning> {
    let requests = AhoCorasick::builder().ascii_case_insensitive(true).build(REQUESTS)?;
    let batch = each(paths, common, also, Begin::AtOnce, |file| {
        let mut app = AppFile::default();
        let sites = if file.format == Format::Manifest {
            // It holds no request, but an error in it is one here too.
            manifest::parse(&file.source).map(|_| Sites::default())?
        } else if let Format::App(language) = file.format {
            app = plan::apps::read(&file.source, language, &file.project);
            Sites::default()
        } else if requests.is_match(file.source.text()) {
            plan::sites(&file.source, file.format, &file.config).map_err(|problem| problem.to_string())?
        } else {
            Sites::default()
        };
        Ok(Read { path: file.source.path().to_owned(), sites, app })
    })?;
    let mut secrets = Secrets::default();
    batch.done().for_each(|read| secrets.merge(&read.sites.secrets));
    batch.done().for_each(|read| secrets.merge(&read.app.secrets));
    let masker = secrets.masker(false);
    let mut sites: Vec<Site> = batch.done().flat_map(|read| read.sites.sites.iter().cloned()).collect();
    sites.iter_mut().for_each(|site| site.mask(&masker));
    let mut plan = plan::group(sites);
    plan.apps = plan::apps::group(batch.done().map(|read| &read.app), &masker);
    Ok(Planning { plan, batch, secrets })
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Result<Status> {
    let common = &options.common;
    let Planning { plan, batch, secrets } = make(&options.paths, common, Also::Apps)?;
    let masker = secrets.masker(false);
    let mut printer = Printer::new(common.color);
    let text = match options.output_format {
        PageFormat::Json => plan_json::render(&plan, batch.errors(), &masker)?,
        PageFormat::Text => {
            let width = printer.width().min(100);
            checklist::render(&plan, checklist::Options { width, all: common.verbose })
        }
    };
    if let Some(output) = &options.output_file {
        super::keep_inputs(output, &batch, |read| &read.path)?;
    }
    printer.report(options.output_file.as_deref(), |out| out.write_all(text.as_bytes()))?;
    finish(&mut printer, common, &batch, &masker)?;
    if options.output_format == PageFormat::Text && !common.quiet {
        printer.note(&summary(&plan, &batch))?;
    }
    Ok(if batch.errors().count() > 0 { Status::Error } else { Status::Clean })
}

/// Errors, what was skipped, and calls that no Connection replaces.
pub(super) fn finish(printer: &mut Printer, common: &Common, batch: &Batch<Read>, masker: &Masker) -> Result<()> {
    for (path, error) in batch.errors() {
        printer.error(Some(path), &masker.mask(error));
    }
    note_files(printer, common, batch)?;
    if !common.quiet {
        for (path, position) in batch.done().flat_map(|read| &read.sites.about_tokens) {
            printer.note(&format!(
                "{}:{}: this call makes or exchanges authtokens; no Connection replaces it (authshift explain authtoken-generation)",
                path.display(),
                position.line
            ))?;
        }
    }
    Ok(())
}

fn summary(plan: &Plan, batch: &Batch<Read>) -> String {
    let files = counted(batch.done().count(), "file");
    let apps = match plan.apps.count() {
        0 => String::new(),
        count => {
            format!("; {} of apps with an authtoken (authshift explain authtoken-in-app)", counted(count, "place"))
        }
    };
    if plan.connections.is_empty() && plan.unseen.is_empty() {
        return format!("no request of {files} needs a Connection{apps}");
    }
    let requests: usize = plan.connections.iter().map(|planned| planned.sites.len()).sum::<usize>() + plan.unseen.len();
    let open = plan.connections.iter().any(|planned| planned.link.why == plan::Why::Suggested);
    let next = if open { "; next: authshift init writes authshift.toml" } else { "" };
    format!(
        "{} for {} in {files}{next}{apps}",
        counted(plan.connections.len(), "Connection"),
        counted(requests, "request")
    )
}
