//! `authshift init`: writes `authshift.toml` from the plan.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::plan::{Planning, finish, make};
use super::read::Also;
use super::{Status, quoted};
use crate::cli::{Common, Init};
use crate::plan::{Why, toml};
use crate::project::config::{Config, Configs, FILE_NAMES, absolute};
use crate::report::{Printer, counted, printable_path};
use crate::text::write;

/// Runs the command.
pub(super) fn run(options: &Init) -> Result<Status> {
    let common = &options.common;
    anyhow::ensure!(!options.paths.iter().any(|path| path.as_os_str() == "-"), "init reads files and folders only");
    let here = std::env::current_dir().context("there is no current directory")?;
    let roots: Vec<PathBuf> = match options.paths.as_slice() {
        [] => vec![here.clone()],
        paths => paths.iter().map(|path| absolute(path)).collect::<Result<_, _>>()?,
    };
    let configs = Configs::nearest(&options.paths);
    let file = match &common.config {
        Some(file) => absolute(file)?,
        None => place(&here, &roots, &configs)?.join(FILE_NAMES.first().copied().unwrap_or("authshift.toml")),
    };
    let folder = file.parent().unwrap_or(&here).to_owned();
    let named = common.config.as_ref().map(|_| file.clone()).filter(|file| file.symlink_metadata().is_ok());
    let there = if common.config.is_some() { named } else { toml::existing(&folder) };
    if let Some(existing) = there {
        anyhow::bail!(
            "{} exists already and is not overwritten; compare it with `authshift plan`, or rename it first",
            shown(&existing, &here)
        );
    }
    // A configuration that is named does not exist yet.
    let without = Common { config: None, isolated: common.isolated || common.config.is_some(), ..common.clone() };
    let Planning { plan, batch, secrets } = make(&options.paths, &without, Also::Nothing)?;
    let mut printer = Printer::new(common.color);
    finish(&mut printer, common, &batch, &secrets.masker(false))?;
    let text = toml::text(&plan, &folder);
    // A file that the other commands refuse would be worse than none.
    Config::parse(&file, &text).context("the configuration would not be valid; please report this")?;
    write::create(&file, text.as_bytes())?;
    let links: BTreeSet<&str> = plan.connections.iter().map(|planned| planned.link.name.as_str()).collect();
    printer.line(&format!("wrote {} with {}", shown(&file, &here), counted(links.len(), "Connection")))?;
    let unread = batch.errors().count();
    if unread > 0 {
        let what = if unread == 1 { "the file" } else { "the files" };
        printer.error(None, &format!("the new file lacks the requests of {what}, which could not be read"));
    }
    if !common.quiet {
        // The configuration that the plan was made with, if there was one.
        if let Some(shadowed) = governing(&folder, &configs).filter(|_| common.config.is_none()) {
            printer.note(&format!(
                "note: {} no longer applies here, since the new file is nearer",
                shown(&shadowed, &here)
            ))?;
        }
        printer.note(&next(&plan, common.config.as_deref(), &roots, &here))?;
    }
    Ok(if unread > 0 { Status::Error } else { Status::Clean })
}

/// The folder in which the other commands look for the configuration of all of `roots`.
fn place(here: &Path, roots: &[PathBuf], configs: &Configs) -> Result<PathBuf> {
    let folder = toml::folder(here, roots, configs);
    if let Some(beyond) = roots.iter().find(|root| !configs.reaches(toml::of_root(root), &folder)) {
        anyhow::bail!(
            "one authshift.toml cannot serve all of these: for {}, authshift does not look in {}; run init for each",
            shown(beyond, here),
            shown(&folder, here)
        );
    }
    Ok(folder)
}

/// The configuration file above `folder` that has governed the files in it so far.
fn governing(folder: &Path, configs: &Configs) -> Option<PathBuf> {
    let config = configs.for_file(folder).ok()?;
    configs.reaches(folder, config.folder()).then(|| config.path().to_owned())
}

fn shown(path: &Path, here: &Path) -> String {
    printable_path(path.strip_prefix(here).unwrap_or(path))
}

fn next(plan: &crate::plan::Plan, config: Option<&Path>, roots: &[PathBuf], here: &Path) -> String {
    let named = |root: &PathBuf| format!(" {}", quoted(Path::new(&shown(root, here))));
    let paths: Vec<String> = roots.iter().filter(|root| *root != here).map(named).collect();
    let config = config.map(|config| format!(" --config {}", quoted(config))).unwrap_or_default();
    let paths = config + &paths.concat();
    let suggested = plan.connections.iter().any(|planned| planned.link.why == Why::Suggested);
    let create = if suggested {
        "create the Connections in Zoho with these LinkNames, or write the LinkNames you have into the file"
    } else {
        "check that the Connections exist in Zoho with these LinkNames"
    };
    format!(
        "{create}\nnext:\n  authshift plan{paths}          lists them with their scopes\n  authshift fix{paths}           shows the change\n  authshift fix --write{paths}   applies it\n  authshift check{paths}         says what is left"
    )
}
