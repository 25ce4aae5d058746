//! Paths as the repository knows them: from its root, with `/` between the parts. Reports that leave the machine name files
//! this way, whatever folder the tool was started in.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::project::config::without_dots;

/// A file as others know it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum RepoPath {
    /// From the root of the repository, or from the current folder when there is no repository.
    Relative(String),
    /// Outside of both: from the root of the file system.
    Absolute(String),
}

impl RepoPath {
    /// The path in text.
    pub fn path(&self) -> &str {
        match self {
            RepoPath::Relative(path) | RepoPath::Absolute(path) => path,
        }
    }
}

/// Finds the place of each file. Every file is looked at once.
#[derive(Debug)]
pub struct Repository {
    here: PathBuf,
    /// The root of the repository around the current folder.
    root: Option<PathBuf>,
    places: HashMap<PathBuf, RepoPath>,
}

impl Repository {
    /// The repository around the current folder, if there is one.
    pub fn here() -> Self {
        let here = std::env::current_dir().unwrap_or_default();
        let here = here.canonicalize().unwrap_or(here);
        Self { root: root(&here), here, places: HashMap::new() }
    }

    /// The place of `path`, as it was named or found; it need not exist. Links are followed unless they lead out of the
    /// repository.
    pub fn place(&mut self, path: &Path) -> RepoPath {
        if let Some(place) = self.places.get(path) {
            return place.clone();
        }
        let place = self.find(path);
        self.places.insert(path.to_owned(), place.clone());
        place
    }

    fn find(&self, path: &Path) -> RepoPath {
        let named = without_dots(&self.here.join(path));
        let real = path.canonicalize().ok();
        let candidates = || real.iter().chain(std::iter::once(&named));
        let below = |folder: &Path| candidates().find_map(|file| file.strip_prefix(folder).ok().map(slashed));
        // A file of another checkout is known there by its own path.
        let own = || candidates().find_map(|file| root(file.parent()?));
        let relative = self.root.as_deref().and_then(below);
        match relative.or_else(|| below(&own()?)).or_else(|| below(&self.here)) {
            Some(relative) => RepoPath::Relative(relative),
            None => RepoPath::Absolute(slashed(&named)),
        }
    }
}

/// The nearest folder upwards that holds `.git`.
fn root(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok()).map(Path::to_owned)
}

fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}
