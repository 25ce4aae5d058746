//! Which configuration file is a source file's: the nearest one upwards.

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::{Config, ConfigError, FILE_NAMES};
use crate::text::source::ReadError;

type Loaded = Result<Arc<Config>, Arc<ConfigError>>;

/// Gives every source file its configuration. Each folder is looked at once, whatever the number of threads.
#[derive(Debug)]
pub struct Configs {
    /// For all files, when one was named or none is wanted.
    fixed: Option<Arc<Config>>,
    /// Absolute folders that the command line names, and those of the files that it names.
    named: Vec<PathBuf>,
    /// The current folder, where it may govern what lies below it.
    here: Option<PathBuf>,
    /// For files that have none.
    otherwise: Arc<Config>,
    /// Takes the place of the default connection of each.
    default: Option<Arc<str>>,
    /// What is wrong with configurations, by where it is.
    faults: Mutex<BTreeMap<String, String>>,
    folders: Mutex<Folders>,
}

/// What is known of absolute folders.
#[derive(Default, Debug)]
struct Folders {
    configs: HashMap<PathBuf, Option<Loaded>>,
    /// The root of the repository that they are in.
    roots: HashMap<PathBuf, Option<PathBuf>>,
}

/// A configuration that files of a run have.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct InUse {
    /// The file, by a short path.
    pub path: PathBuf,
    /// Whether it is where everybody looks: in the current folder, in one that the command line names, or named there itself.
    pub plain: bool,
}

impl Configs {
    /// The nearest `authshift.toml` or `.authshift.toml` upwards of each file, as far as the repository root (the folder
    /// that holds `.git`). Outside of a repository, as far as the folder among `paths` that it is in (of a named file, its own),
    /// or the current one when that lies above: a folder further up may be anybody's. The home folder and the root of the file
    /// system are no such current folder. Without `paths`, the current folder is the one.
    pub fn nearest(paths: &[PathBuf]) -> Self {
        let here = here().ok();
        let folder = |path: &PathBuf| {
            let path = absolute(path).ok()?;
            if path.is_dir() { Some(path) } else { path.parent().map(Path::to_owned) }
        };
        let named = if paths.is_empty() {
            here.cloned().into_iter().collect()
        } else {
            paths.iter().filter_map(folder).collect()
        };
        let home = std::env::home_dir();
        let here = here.filter(|here| governs(here, home.as_deref()));
        Self { named, here: here.cloned(), ..Self::of(None) }
    }

    /// Takes `folder` for one that no repository is around.
    #[cfg(test)]
    pub(super) fn outside_of_repositories(self, folder: &Path) -> Self {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner).roots.insert(folder.to_owned(), None);
        self
    }

    fn of(fixed: Option<Arc<Config>>) -> Self {
        Self {
            fixed,
            named: Vec::new(),
            here: None,
            otherwise: Arc::default(),
            default: None,
            faults: Mutex::default(),
            folders: Mutex::default(),
        }
    }

    /// One configuration for all files (`--config`).
    pub fn fixed(config: Config) -> Self {
        Self::of(Some(Arc::new(config)))
    }

    /// No configuration (`--isolated`).
    pub fn isolated() -> Self {
        Self::fixed(Config::default())
    }

    /// The same, with this default connection in each configuration.
    pub fn with_default(mut self, link: &str) -> Self {
        let link = Arc::from(link);
        self.otherwise = Arc::new(Config::default().with_default(&link));
        self.fixed = self.fixed.map(|fixed| Arc::new(Config::clone(&fixed).with_default(&link)));
        self.default = Some(link);
        self
    }

    /// The same, with suggestions for files that have no configuration.
    pub fn suggesting(mut self, suggested: Config) -> Self {
        self.otherwise = Arc::new(suggested);
        self.fixed = self
            .fixed
            .map(|fixed| if fixed.path().as_os_str().is_empty() { Arc::clone(&self.otherwise) } else { fixed });
        self
    }

    /// The configuration of `file`, which need not exist; a relative path is resolved against the current directory. The
    /// empty configuration when there is no configuration file.
    ///
    /// # Errors
    /// Every [`ConfigError`], the same one for all files of that configuration.
    pub fn for_file(&self, file: &Path) -> Result<Arc<Config>, Arc<ConfigError>> {
        self.look_up(file).inspect_err(|error| self.note_fault(&error.to_string()))
    }

    /// Notes a mistake in a configuration, which ends the run. Of what is said of one place, one is kept.
    pub fn note_fault(&self, fault: &str) {
        let place = fault.split_once(": ").map_or(fault, |(place, _)| place);
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let known = faults.entry(place.to_owned()).or_insert_with(|| fault.to_owned());
        // Whichever thread is first.
        if *fault < **known {
            fault.clone_into(known);
        }
    }

    /// The first mistake that was found.
    pub fn fault(&self) -> Option<String> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).values().next().cloned()
    }

    fn look_up(&self, file: &Path) -> Result<Arc<Config>, Arc<ConfigError>> {
        if let Some(config) = &self.fixed {
            return Ok(Arc::clone(config));
        }
        let file = absolute(file)?;
        let folder = file.parent().unwrap_or(&file);
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = folders.configs.get(folder) {
            return known.clone().unwrap_or_else(|| Ok(Arc::clone(&self.otherwise)));
        }
        let top = self.top(folder, &mut folders);
        let mut passed = Vec::new();
        let mut found = None;
        for folder in folder.ancestors().take_while(|folder| folder.starts_with(&top)) {
            found = match folders.configs.get(folder) {
                Some(known) => known.clone(),
                None => load_in(folder).map(|loaded| self.adapted(loaded)),
            };
            passed.push(folder);
            if found.is_some() {
                break;
            }
        }
        folders.configs.extend(passed.into_iter().map(|folder| (folder.to_owned(), found.clone())));
        found.unwrap_or_else(|| Ok(Arc::clone(&self.otherwise)))
    }

    /// A configuration as this run has it.
    fn adapted(&self, loaded: Loaded) -> Loaded {
        let Some(link) = &self.default else { return loaded };
        loaded.map(|config| Arc::new(Config::clone(&config).with_default(link)))
    }

    /// The topmost folder in which a configuration is looked for that is to govern the files in `folder`, which is absolute.
    fn top(&self, folder: &Path, folders: &mut Folders) -> PathBuf {
        if let Some(root) = root(folder, &mut folders.roots) {
            return root;
        }
        let above = self.named.iter().chain(&self.here).filter(|top| folder.starts_with(top));
        above.min_by_key(|top| top.components().count()).map_or_else(|| folder.to_owned(), PathBuf::clone)
    }

    /// Whether a configuration in the folder `above` is one that files in `folder` may have. Both are absolute.
    pub fn reaches(&self, folder: &Path, above: &Path) -> bool {
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        folder.starts_with(above) && above.starts_with(self.top(folder, &mut folders))
    }

    /// The configurations that files have had so far, sorted.
    pub fn in_use(&self) -> Vec<InUse> {
        let plain = |config: &Config| {
            self.fixed.is_some()
                || self.named.iter().any(|named| named == config.folder())
                || here().is_ok_and(|here| here == config.folder())
        };
        let folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let loaded = folders.configs.values().flatten().filter_map(|loaded| loaded.as_ref().ok());
        let configs = self.fixed.iter().chain(loaded).filter(|config| !config.path().as_os_str().is_empty());
        let mut found: Vec<InUse> =
            configs.map(|config| InUse { path: config.path().to_owned(), plain: plain(config) }).collect();
        found.sort();
        found.dedup();
        found
    }
}

/// Whether the current folder may have a configuration for what lies below it.
fn governs(here: &Path, home: Option<&Path>) -> bool {
    here.parent().is_some() && home != Some(here)
}

/// The nearest folder that holds `.git`, `folder` itself included.
fn root(folder: &Path, known: &mut HashMap<PathBuf, Option<PathBuf>>) -> Option<PathBuf> {
    let mut passed = Vec::new();
    let mut found = None;
    for folder in folder.ancestors() {
        if let Some(root) = known.get(folder) {
            found.clone_from(root);
            break;
        }
        passed.push(folder);
        if folder.join(".git").symlink_metadata().is_ok() {
            found = Some(folder.to_owned());
            break;
        }
    }
    known.extend(passed.into_iter().map(|folder| (folder.to_owned(), found.clone())));
    found
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
    // A browser has no folders, and no path is absolute to the standard library there.
    let from_root = if path.is_absolute() || (cfg!(target_family = "wasm") && path.has_root()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_folder_and_the_root_govern_nothing_below_them() {
        let home = Some(Path::new("/home/ann"));
        assert!(governs("/home/ann/functions".as_ref(), home) && governs("/home".as_ref(), None));
        assert!(!governs("/home/ann".as_ref(), home) && !governs("/".as_ref(), home));
    }
}
