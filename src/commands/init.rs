//! `authshift init`: writes `authshift.toml` from the plan.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::Status;
use super::plan::{Planning, finish, make};
use super::read::Also;
use crate::cli::Init;
use crate::config::{Config, Configs, FILE_NAMES, absolute};
use crate::plan::{Why, toml};
use crate::report::{Printer, counted};
use crate::write;

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
    let folder = toml::folder(&here, &roots, &configs);
    if let Some(beyond) = roots.iter().find(|root| !configs.reaches(toml::of_root(root), &folder)) {
        anyhow::bail!(
            "no folder has a configuration for all of these: for {} none is looked for in {}; name them one by one",
            shown(beyond, &here),
            shown(&folder, &here)
        );
    }
    if let Some(existing) = toml::existing(&folder) {
        anyhow::bail!(
            "{} exists already and is not overwritten; compare it with `authshift plan`, or move it away first",
            shown(&existing, &here)
        );
    }
    let Planning { plan, batch, secrets } = make(&options.paths, common, Also::Nothing)?;
    let mut printer = Printer::new(common.color);
    finish(&mut printer, common, &batch, &secrets.masker(false))?;
    if batch.errors().count() > 0 {
        printer.error(None, "nothing was written: the plan would miss the files that could not be read");
        return Ok(Status::Error);
    }
    let text = toml::text(&plan, &folder);
    let file = folder.join(FILE_NAMES.first().copied().unwrap_or("authshift.toml"));
    // A file that the other commands refuse would be worse than none.
    Config::parse(&file, &text).context("the configuration would not be valid; please report this")?;
    write::create(&file, text.as_bytes())?;
    let entries = plan.connections.iter().filter(|planned| planned.service.is_some()).count();
    printer.line(&format!("wrote {} with {}", shown(&file, &here), counted(entries, "Connection")))?;
    if !common.quiet {
        // The configuration that the plan was made with, if there was one.
        if let Some(shadowed) = governing(&folder, &configs) {
            printer.note(&format!(
                "note: {} does not apply here any more, since the new file is nearer",
                shown(&shadowed, &here)
            ))?;
        }
        printer.note(&next(&plan, &roots, &here))?;
    }
    Ok(Status::Clean)
}

/// The configuration file above `folder` that has governed the files in it so far.
fn governing(folder: &Path, configs: &Configs) -> Option<PathBuf> {
    let config = configs.for_file(folder).ok()?;
    configs.reaches(folder, config.folder()).then(|| config.path().to_owned())
}

fn shown(path: &Path, here: &Path) -> String {
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

fn next(plan: &crate::plan::Plan, roots: &[PathBuf], here: &Path) -> String {
    let named = |root: &PathBuf| match shown(root, here) {
        // Double quotes hold a name together in every shell.
        path if path.contains(char::is_whitespace) => format!(" \"{path}\""),
        path => format!(" {path}"),
    };
    let paths: Vec<String> = roots.iter().filter(|root| *root != here).map(named).collect();
    let paths = paths.concat();
    let suggested = plan.connections.iter().any(|planned| planned.link.why == Why::Suggested);
    let create = if suggested {
        "create the Connections with these LinkNames in Zoho (or write the LinkNames you have into the file)"
    } else {
        "see that the Connections exist in Zoho with these LinkNames"
    };
    format!(
        "next:\n  authshift plan{paths}          {create}\n  authshift fix{paths}           shows the change\n  authshift fix --write{paths}   applies it\n  authshift check{paths}         says what is left"
    )
}
