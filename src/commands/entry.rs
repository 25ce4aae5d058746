//! Which files are read, and what became of each.

use std::path::{Path, PathBuf};

use crate::project::Project;
use crate::project::discover::Skip;

/// Which files are read besides Deluge functions and manifests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Also {
    /// None.
    Nothing,
    /// Code and configuration of apps.
    Apps,
    /// Widgets, where the configuration has Connections that are looked for in them, or they belong to a manifest.
    Configured,
    /// Widgets.
    Everything,
}

impl Also {
    /// Whether a finding is made of a file that is not read and names a token.
    pub(super) fn reports_unread(self) -> bool {
        self == Also::Configured
    }

    /// Whether apps in other languages are read.
    pub(super) fn reads_apps(self) -> bool {
        matches!(self, Also::Configured | Also::Apps)
    }

    /// Whether `path` is read if it is a widget's.
    pub fn wants(self, path: &Path, project: &Project) -> bool {
        let configured = || project.configs().for_file(path).is_ok_and(|config| config.watched().next().is_some());
        match self {
            Also::Nothing | Also::Apps => false,
            Also::Configured => configured() || project.manifest_of(path).is_some(),
            Also::Everything => true,
        }
    }
}

/// What became of one file. Trees have very many of which there is nothing to say, so one takes little more than its path.
pub enum Entry<T> {
    /// It was worked on, with what there is to say of it.
    Done(PathBuf, Option<Box<T>>),
    /// It was not read, for this reason.
    Skipped(PathBuf, Skip),
    /// It could not be worked on.
    Failed(PathBuf, String),
}

impl<T> Entry<T> {
    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            Entry::Done(path, _) | Entry::Skipped(path, _) | Entry::Failed(path, _) => path,
        }
    }
}
