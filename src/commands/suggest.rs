//! Settings of a run besides the configuration files: `--connection`, and suggested LinkNames where nothing is configured.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::plan::{Planning, make_unconfigured};
use super::read::{Batch, configurations};
use crate::cli::Common;
use crate::finding::{Applicability, Finding};
use crate::plan::toml;
use crate::project::config::{Config, Configs, FILE_NAMES, absolute};

/// Where the LinkNames come from for files without a configuration.
#[derive(Default)]
pub(super) struct Setup {
    /// In the place of each default connection.
    connection: Option<String>,
    suggested: Option<Config>,
}

impl Setup {
    /// That of the command line.
    pub(super) fn new(connection: Option<&String>) -> Self {
        Self { connection: connection.cloned(), suggested: None }
    }

    /// The LinkName of the command line.
    pub(super) fn connection(&self) -> Option<&str> {
        self.connection.as_deref()
    }

    /// The configurations of a run.
    ///
    /// # Errors
    /// One that is named cannot be read.
    pub(super) fn configs(&self, paths: &[PathBuf], common: &Common) -> Result<Configs> {
        let mut configs = configurations(paths, common)?;
        if let Some(link) = &self.connection {
            configs = configs.with_default(link);
        }
        Ok(match &self.suggested {
            Some(suggested) => configs.suggesting(suggested.clone()),
            None => configs,
        })
    }

    /// What the run comes to with LinkNames for all that is not configured: those that `init` would write. `None` where
    /// there is nothing to suggest.
    ///
    /// # Errors
    /// Those of planning, and of `run`.
    pub(super) fn suggesting<T>(
        &self,
        paths: &[PathBuf],
        common: &Common,
        run: impl FnOnce(&Setup) -> Result<Batch<T>>,
    ) -> Result<Option<Batch<T>>> {
        if self.connection.is_some() || common.config.is_some() {
            return Ok(None);
        }
        let Planning { plan, .. } = make_unconfigured(paths, common)?;
        let here = std::env::current_dir().context("there is no current directory")?;
        let named: Vec<PathBuf> = paths.iter().filter(|path| path.as_os_str() != "-").cloned().collect();
        let roots: Vec<PathBuf> = match named.as_slice() {
            [] => vec![here.clone()],
            named => named.iter().map(|path| absolute(path)).collect::<Result<_, _>>()?,
        };
        let folder = toml::folder(&here, &roots, &Configs::nearest(&named));
        let file = folder.join(FILE_NAMES.first().copied().unwrap_or_default());
        // What `init` would not take either suggests nothing.
        let Ok(suggested) = Config::suggested(&file, &toml::text(&plan, &folder)) else { return Ok(None) };
        Ok(Some(run(&Self { connection: None, suggested: Some(suggested) })?))
    }
}

/// The LinkNames that changes up to `level` would insert though they are only suggestions, and for how many findings.
pub(super) fn inserted<'f>(
    findings: impl Iterator<Item = &'f Finding>,
    level: Applicability,
) -> (BTreeSet<&'f str>, usize) {
    let inserts = |finding: &&Finding| finding.suggested && finding.fix.is_some() && finding.applicability <= level;
    let links: Vec<&str> = findings.filter(inserts).filter_map(|finding| finding.connection.as_deref()).collect();
    (links.iter().copied().collect(), links.len())
}
