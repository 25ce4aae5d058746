//! `authshift rename-connection`: another LinkName, in every place that names the Connection.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, ensure};

use super::Status;
use super::fix::{Job, run_job};
use super::read::{Also, Failure, File};
use super::suggest::Setup;
use crate::cli::RenameConnection;
use crate::fix::{self, Session};
use crate::project::config::{Config, is_link_name};
use crate::project::format::Format;
use crate::report::{Printer, printable_path};
use crate::rules::prefilter::names_any;

/// Runs the command.
pub(super) fn run(options: &RenameConnection) -> Result<Status> {
    let (old, new) = (options.old.as_str(), options.new.as_str());
    ensure!(!old.is_empty(), "the old LinkName is empty");
    ensure!(is_link_name(new), "`{new}` is no LinkName: a letter, then letters, digits and `_`");
    ensure!(old != new, "the old and the new LinkName are both `{new}`");
    let config = Arc::new(Config::renaming(old, new));
    let outdated: Mutex<BTreeSet<PathBuf>> = Mutex::default();
    let may_match = |file: &File| {
        if let Some(contradiction) = file.config.contradiction(old, new) {
            return Err(Failure::Configuration(format!("{contradiction}; correct one of the two")));
        }
        if file.config.names_link(old) {
            outdated.lock().unwrap_or_else(PoisonError::into_inner).insert(file.config.path().to_owned());
        }
        Ok(file.format == Format::Manifest || names_any(file.source.text(), std::iter::once(old)))
    };
    let nothing = format!("the Connection `{old}` is not named");
    let job = Job {
        setup: Setup::default(),
        suggests: false,
        name: &format!("rename-connection {old} {new}"),
        nothing: &nothing,
        also: Also::Everything,
        may_match: &may_match,
        begin: &|file, level| {
            Session::new(&file.source, file.format, Arc::clone(&config), Arc::clone(&file.project), level, true)
        },
        apply: &|file, level| fix::rename(&file.source, file.format, &config, &file.project, level),
    };
    let status = run_job(&options.fix, &job)?;
    let outdated = outdated.into_inner().unwrap_or_else(PoisonError::into_inner);
    if !options.fix.common.quiet {
        let mut printer = Printer::new(options.fix.common.color);
        for path in outdated {
            printer
                .note(&format!("{} names `{old}` too and is not edited; write `{new}` there", printable_path(&path)))?;
        }
    }
    Ok(status)
}
