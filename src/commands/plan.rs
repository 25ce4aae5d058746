//! `authshift plan`: the Connections to create, with the scopes that the calls need.

use std::path::PathBuf;

use aho_corasick::AhoCorasick;
use anyhow::Result;

use super::read::{Also, Batch, each};
use super::{Status, note_files};
use crate::cli::{Common, PageFormat, Plan as Options};
use crate::plan::apps::AppFile;
use crate::plan::{self, NextStep, Plan, Site, Sites};
use crate::project::discover::Begin;
use crate::project::format::Format;
use crate::project::manifest;
use crate::report::{Form, Printer, counted, plan as checklist, plan_json, printable_path};
use crate::text::secret::{Masker, Secrets};

/// What makes a request; a file without any of these plans nothing.
const REQUESTS: &[&str] = &["invokeurl", "invokeapi", "geturl", "posturl", "puturl"];

/// A file and its requests.
pub(super) struct Read {
    path: PathBuf,
    configured: bool,
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
    planning(paths, common, also, |_| true)
}

/// Makes the plan for the functions that have no configuration.
pub(super) fn make_unconfigured(paths: &[PathBuf], common: &Common) -> Result<Planning> {
    planning(paths, common, Also::Nothing, |read| !read.configured)
}

fn planning(paths: &[PathBuf], common: &Common, also: Also, belongs: impl Fn(&Read) -> bool) -> Result<Planning> {
    let requests = AhoCorasick::builder().ascii_case_insensitive(true).build(REQUESTS)?;
    let mut batch = each(paths, common, also, Begin::AtOnce, |file| {
        let mut app = AppFile::default();
        let sites = if file.format == Format::Manifest {
            // It holds no request, but an error in it is one here too.
            manifest::parse(&file.source).map(|_| Sites::default())?
        } else if let Format::App(language) = file.format {
            app = plan::apps::read(&file.source, language, &file.project);
            Sites::default()
        } else if requests.is_match(file.source.text()) {
            plan::sites(&file.source, file.format, &file.config)?
        } else {
            Sites::default()
        };
        let is_empty = sites.is_empty() && app.is_empty();
        let configured = !file.config.path().as_os_str().is_empty();
        let read = || Read { path: file.source.path().to_owned(), configured, sites, app };
        Ok((!is_empty).then(read))
    })?;
    let mut secrets = Secrets::default();
    batch.done().for_each(|read| secrets.merge(&read.sites.secrets));
    batch.done().for_each(|read| secrets.merge(&read.app.secrets));
    // Of several clients, each gets a plan besides.
    let sites: Vec<Site> = match clients(paths) {
        [] => batch
            .done_mut()
            .filter(|read| belongs(read))
            .flat_map(|read| std::mem::take(&mut read.sites.sites))
            .collect(),
        _ => batch.done().filter(|read| belongs(read)).flat_map(|read| read.sites.sites.iter().cloned()).collect(),
    };
    let plan = plan_of(sites, batch.done().filter(|read| belongs(read)), &secrets, paths);
    Ok(Planning { plan, batch, secrets })
}

/// The plan for these requests, and for the apps in what was `read`.
fn plan_of<'r>(
    mut sites: Vec<Site>,
    read: impl Iterator<Item = &'r Read>,
    secrets: &Secrets,
    paths: &[PathBuf],
) -> Plan {
    let masker = secrets.masker(false);
    for site in &mut sites {
        site.pool = site.pool.or_else(|| plan::pool::by_folder(&site.path, paths));
        site.mask(&masker);
    }
    let mut plan = plan::group(sites);
    plan.apps = plan::apps::group(read.map(|read| &read.app), &masker);
    plan
}

/// The folders that are named, when there are several: an agency's clients, say, each of which has Connections of its own.
fn clients(paths: &[PathBuf]) -> &[PathBuf] {
    let apart = |path: &PathBuf| path.is_dir() && !paths.iter().any(|other| other != path && path.starts_with(other));
    if paths.len() > 1 && paths.iter().all(apart) { paths } else { &[] }
}

/// A block for each client, and an overview of all.
fn by_client(clients: &[PathBuf], batch: &Batch<Read>, secrets: &Secrets, options: checklist::Options) -> String {
    let (mut text, mut rows) = (String::new(), Vec::new());
    for client in clients {
        let own = || batch.done().filter(|read| read.path.starts_with(client));
        let sites = own().flat_map(|read| read.sites.sites.iter().cloned()).collect();
        let plan = plan_of(sites, own(), secrets, clients);
        text.push_str(&checklist::client(client, &plan, options));
        rows.push((client.as_path(), plan));
    }
    text + &checklist::overview(&rows)
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Result<Status> {
    let common = &options.common;
    let Planning { plan, batch, secrets } = make(&options.paths, common, Also::Apps)?;
    let masker = secrets.masker(false);
    let mut printer = Printer::new(common.color);
    let (form, text) = match options.output_format {
        PageFormat::Json => (Form::Json, plan_json::render(&plan, batch.errors(), &masker)?),
        PageFormat::Text => {
            let width = printer.width().min(100);
            let print = checklist::Options { width, all: common.verbose };
            let text = match clients(&options.paths) {
                [] => checklist::render(&plan, print),
                clients => by_client(clients, &batch, &secrets, print),
            };
            (Form::Text, text)
        }
    };
    if let Some(output) = &options.output_file {
        super::keep_inputs(output, &batch)?;
    }
    printer.report(options.output_file.as_deref(), form, |out| out.write_all(text.as_bytes()))?;
    finish(&mut printer, common, &batch, &masker)?;
    if options.output_format == PageFormat::Text && !common.quiet {
        printer.note(&summary(&plan, &options.paths, &batch))?;
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
                printable_path(path),
                position.line
            ))?;
        }
    }
    Ok(())
}

fn summary(plan: &Plan, paths: &[PathBuf], batch: &Batch<Read>) -> String {
    let files = counted(batch.files().count(), "file");
    let apps = match plan.apps.count() {
        0 => String::new(),
        count => {
            format!("; {} of apps with an authtoken (authshift explain authtoken-in-app)", counted(count, "place"))
        }
    };
    let count = |step: NextStep| plan.connections.iter().filter(|planned| planned.next_step() == step).count();
    let (create, extend) = (count(NextStep::Create), count(NextStep::Extend));
    let there: usize =
        plan.connections.iter().flat_map(|planned| &planned.sites).filter(|site| !site.is_open()).count();
    if plan.connections.is_empty() && plan.unseen.is_empty() && plan.variable.is_empty() {
        return format!("no request of {files} needs a Connection{apps}");
    }
    let mut parts = Vec::new();
    if create > 0 {
        parts.push(format!("{} to create", counted(create, "Connection")));
    }
    if extend > 0 {
        parts.push(format!("{} to extend", counted(extend, "Connection")));
    }
    if parts.is_empty() {
        parts.push("no Connection to create".to_owned());
    }
    if !plan.unseen.is_empty() {
        parts.push(format!("{} to a host known only at run time", counted(plan.unseen.len(), "request")));
    }
    let there = match there + plan.variable.len() {
        0 => String::new(),
        1 => "; 1 request has one already".to_owned(),
        there => format!("; {there} requests have one already"),
    };
    format!("{} (in {files}){there}{apps}{}", parts.join(", "), next(plan, paths))
}

/// The next command to type.
fn next(plan: &Plan, paths: &[PathBuf]) -> String {
    let is = |why: plan::Why| {
        plan.connections.iter().any(|planned| planned.next_step() != NextStep::Nothing && planned.link.why == why)
    };
    let paths: String = paths.iter().map(|path| format!(" {}", super::quoted(path))).collect();
    if is(plan::Why::Suggested) {
        format!("\nnext: authshift init{paths}  writes authshift.toml")
    } else if plan.connections.iter().any(|planned| planned.with_token() > 0) {
        format!("\nnext: authshift fix{paths}  shows the change")
    } else {
        String::new()
    }
}
