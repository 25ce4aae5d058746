//! Which configuration file is a source file's: the nearest one upwards.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::{Config, ConfigError, FILE_NAMES};
use crate::source::ReadError;

type Loaded = Result<Arc<Config>, Arc<ConfigError>>;

/// Gives every source file its configuration. Each folder is looked at once, whatever the number of threads.
#[derive(Debug)]
pub struct Configs {
    /// For all files, when one was named or none is wanted.
    fixed: Option<Arc<Config>>,
    /// By absolute folder.
    folders: Mutex<HashMap<PathBuf, Loaded>>,
}

impl Configs {
    /// The nearest `authshift.toml` or `.authshift.toml` upwards of each file, as far as the repository root (the folder
    /// that holds `.git`).
    pub fn nearest() -> Self {
        Self { fixed: None, folders: Mutex::default() }
    }

    /// One configuration for all files (`--config`).
    pub fn fixed(config: Config) -> Self {
        Self { fixed: Some(Arc::new(config)), folders: Mutex::default() }
    }

    /// No configuration (`--isolated`).
    pub fn isolated() -> Self {
        Self::fixed(Config::default())
    }

    /// The configuration of `file`, which need not exist; a relative path is resolved against the current directory. The
    /// empty configuration when there is no configuration file.
    ///
    /// # Errors
    /// Every [`ConfigError`], the same one for all files of that configuration.
    pub fn for_file(&self, file: &Path) -> Result<Arc<Config>, Arc<ConfigError>> {
        if let Some(config) = &self.fixed {
            return Ok(Arc::clone(config));
        }
        let file = absolute(file)?;
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let mut passed = Vec::new();
        let mut found = None;
        for folder in file.ancestors().skip(1) {
            found = folders.get(folder).cloned().or_else(|| load_in(folder));
            passed.push(folder);
            if found.is_some() || folder.join(".git").symlink_metadata().is_ok() {
                break;
            }
        }
        let found = found.unwrap_or_else(|| Ok(Arc::default()));
        folders.extend(passed.into_iter().map(|folder| (folder.to_owned(), found.clone())));
        found
    }
}

/// The configuration that stands in `folder` itself. A link that leads nowhere is there too, and an error: it is not meant.
fn load_in(folder: &Path) -> Option<Loaded> {
    let files = FILE_NAMES.iter().map(|name| folder.join(name));
    let file = files.into_iter().find(|file| file.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()))?;
    let short = std::env::current_dir().ok().and_then(|here| file.strip_prefix(here).ok().map(Path::to_owned));
    Some(Config::load(&short.unwrap_or(file)).map(Arc::new).map_err(Arc::new))
}

/// The path from the root, without `.` and `..`.
///
/// # Errors
/// [`ConfigError::Unreadable`] when `path` is relative and there is no current directory.
pub fn absolute(path: &Path) -> Result<PathBuf, ConfigError> {
    let from_root = if path.is_absolute() {
        path.to_owned()
    } else {
        here()
            .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), error: ReadError::Io(error) })?
            .join(path)
    };
    Ok(without_dots(&from_root))
}

/// The current directory, which this program never changes.
fn here() -> std::io::Result<&'static PathBuf> {
    static HERE: OnceLock<PathBuf> = OnceLock::new();
    match HERE.get() {
        Some(here) => Ok(here),
        None => std::env::current_dir().map(|here| HERE.get_or_init(|| here)),
    }
}

/// The path without `.` and `..`; links are not looked at.
pub fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}
