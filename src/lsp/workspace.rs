//! The folders that the client has open, and what is known across their files: configurations, manifests, apps. It is read
//! when it is first asked for, and again when the client reports that a file changed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, anyhow};
use lsp_types::{InitializeParams, WorkspaceFolder};

use super::{Options, uri};
use crate::project::Project;
use crate::project::config::{Config, ConfigError, Configs, FILE_NAMES};
use crate::project::discover::{self, FileKind, format_of, format_of_named, kind_by_name};
use crate::project::format::Format;
use crate::rules::prefilter::Prefilter;

/// What the client's language is called.
const LANGUAGE: &str = "deluge";

/// The folders and what is known of them.
pub(super) struct Workspace {
    options: Options,
    folders: Vec<PathBuf>,
    pub(super) project: Arc<Project>,
    /// Why there is no configuration, when one was named for all files.
    broken: Option<Arc<ConfigError>>,
    pub(super) prefilter: Arc<Prefilter>,
}

/// What a document is to the server.
pub(super) enum Reading {
    /// Nothing.
    Foreign,
    /// A configuration file.
    Configuration,
    /// A file that is examined.
    File(Format, Arc<Config>),
}

impl Workspace {
    /// No folders yet. Reads nothing, but for a configuration that the command line names.
    ///
    /// # Errors
    /// When that cannot be used: the server would say nothing right.
    pub(super) fn new(options: Options) -> Result<Self> {
        let workspace = Self::with(options, Vec::new(), Arc::new(Prefilter::new()));
        match &workspace.broken {
            Some(error) => Err(anyhow!("{error}")),
            None => Ok(workspace),
        }
    }

    fn with(options: Options, folders: Vec<PathBuf>, prefilter: Arc<Prefilter>) -> Self {
        let mut broken = None;
        let configs = match &options.config {
            Some(path) => Config::load(path).map_or_else(
                |error| {
                    broken = Some(Arc::new(error));
                    Configs::isolated()
                },
                Configs::fixed,
            ),
            None if options.isolated => Configs::isolated(),
            None => Configs::nearest(&folders),
        };
        // As `check` reads a folder.
        let walk = discover::Options { unread: true, ..discover::Options::default() };
        let project = Arc::new(Project::new(configs, walk).below(&folders));
        Self { options, folders, project, broken, prefilter }
    }

    /// The same with these folders.
    pub(super) fn with_folders(&self, folders: Vec<PathBuf>) -> Self {
        Self::with(self.options.clone(), folders, Arc::clone(&self.prefilter))
    }

    /// The same folders, or others, with nothing read yet.
    pub(super) fn renewed(&self, added: &[WorkspaceFolder], removed: &[WorkspaceFolder]) -> Self {
        let paths = |folders: &[WorkspaceFolder]| -> Vec<PathBuf> {
            folders.iter().filter_map(|folder| uri::path(&folder.uri)).collect()
        };
        let removed = paths(removed);
        let stay = self.folders.iter().filter(|folder| !removed.contains(folder)).cloned();
        let mut folders: Vec<PathBuf> = stay.collect();
        folders.extend(paths(added));
        self.with_folders(folders)
    }

    /// The path of a document that has none because it was never saved: in the first folder, so that it has a configuration.
    pub(super) fn path_of_unsaved(&self, name: &str) -> PathBuf {
        let name = name.replace(['/', '\\'], "-");
        self.folders.first().map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name))
    }

    /// What a document is: what `check` reads by its name in a walked folder, what the client calls Deluge, and what the
    /// configuration includes; never what it excludes.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    pub(super) fn reading(&self, path: &Path, language: &str, text: &str) -> Result<Reading, Arc<ConfigError>> {
        if path.file_name().is_some_and(|name| FILE_NAMES.iter().any(|known| name == *known)) {
            return Ok(Reading::Configuration);
        }
        let kind = kind_by_name(path);
        let called_so = language.eq_ignore_ascii_case(LANGUAGE);
        let by_name = matches!(kind, FileKind::Deluge | FileKind::Manifest);
        if kind == FileKind::Archive {
            return Ok(Reading::Foreign);
        }
        let config = match (&self.broken, self.project.configs().for_file(path)) {
            (Some(error), _) => Err(Arc::clone(error)),
            (None, config) => config,
        };
        let config = match config {
            // A mistake in it is reported where it matters.
            Err(_) if !(by_name || called_so) => return Ok(Reading::Foreign),
            config => config?,
        };
        match self.project.rule(path) {
            Some(false) => return Ok(Reading::Foreign),
            Some(true) => {}
            None if by_name || called_so => {}
            None => return Ok(Reading::Foreign),
        }
        let format = match format_of(path, text) {
            Some(format) if by_name || !called_so || format.has_functions() => format,
            _ if called_so => Format::Deluge,
            _ => format_of_named(path),
        };
        Ok(Reading::File(format, config))
    }
}

/// The folders that the client begins with.
#[allow(deprecated, reason = "older clients name one folder only")]
pub(super) fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    match &params.workspace_folders {
        Some(folders) => folders.iter().filter_map(|folder| uri::path(&folder.uri)).collect(),
        None => params.root_uri.as_ref().and_then(uri::path).into_iter().collect(),
    }
}
