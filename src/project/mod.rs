//! What is known across the files of a run: configurations, and the manifests of extensions with the code that belongs to
//! them. Everything is read once, when it is first asked for, from the whole project also when only some files are named.

mod apps;
#[cfg(feature = "cli")]
pub mod archive;
#[cfg(feature = "cli")]
pub mod baseline;
pub mod config;
pub mod discover;
pub mod export;
pub mod format;
mod functions;
#[cfg(feature = "cli")]
pub mod git;
pub mod manifest;
pub mod part;
#[cfg(feature = "cli")]
pub mod repository;
pub mod suppress;
#[cfg(feature = "cli")]
pub mod tracked;
pub mod widget;

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

pub use functions::{Caller, Functions};

use crate::app::Evidence;
use crate::deluge::{Kind, parse_manifest};
use crate::project::config::{Configs, absolute};
use crate::project::discover::{Options, archive_of};
use crate::project::manifest::{entries, service};
use crate::text::source::Source;

/// The name of an extension's manifest.
pub const MANIFEST: &str = "plugin-manifest.json";

/// Folders beside the code that some layouts keep the manifest in; building the extension puts it above the code.
pub(crate) const BESIDE: [&str; 2] = ["public", "src"];

/// The manifest in `folder`, or in one beside the code.
fn manifest_in(folder: &Path) -> Option<PathBuf> {
    let beside = BESIDE.iter().map(|beside| folder.join(beside).join(MANIFEST));
    std::iter::once(folder.join(MANIFEST)).chain(beside).find(|path| path.is_file())
}

/// Whether two paths are of one file.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((absolute(one), absolute(other)), (Ok(one), Ok(other)) if one == other)
}

/// What is known of folders, each read once, when it is first asked for.
type Once<T> = Mutex<HashMap<PathBuf, Arc<OnceLock<Arc<T>>>>>;

fn once<T>(known: &Once<T>, folder: PathBuf, read: impl FnOnce(&Path) -> T) -> Arc<T> {
    let mut folders = known.lock().unwrap_or_else(PoisonError::into_inner);
    let cell = Arc::clone(folders.entry(folder.clone()).or_default());
    // Others may ask for another folder meanwhile.
    drop(folders);
    Arc::clone(cell.get_or_init(|| Arc::new(read(&folder))))
}

/// An extension: what its manifest lists.
#[derive(Debug)]
pub struct Extension {
    /// The manifest, by a short path.
    pub path: PathBuf,
    /// The LinkNames it lists.
    links: HashSet<String>,
    /// Whether Connections are listed in a manifest of its service at all.
    lists: bool,
}

impl Extension {
    /// Whether the manifest should list the LinkName and does not.
    pub fn lacks(&self, link: &str) -> bool {
        self.lists && !self.knows(link)
    }

    /// Whether the manifest lists the LinkName.
    pub fn knows(&self, link: &str) -> bool {
        self.links.contains(link)
    }

    /// Whether `file` is its manifest.
    pub fn is_of(&self, file: &Path) -> bool {
        is_same(&self.path, file)
    }

    /// Whether its code can name a Connection that the manifest lacks.
    pub fn lists(&self) -> bool {
        self.lists
    }
}

/// The files of a run and what surrounds them.
#[derive(Debug)]
pub struct Project {
    configs: Configs,
    options: Options,
    /// The manifest's path by the folder as files are named in it, and by the absolute folder.
    beside: RwLock<HashMap<OsString, Option<PathBuf>>>,
    folders: Mutex<HashMap<PathBuf, Option<PathBuf>>>,
    /// By the manifest's path; nothing for one that cannot be read, which is an error where it is read itself.
    extensions: Mutex<HashMap<PathBuf, Option<Arc<Extension>>>>,
    /// What the files of a repository show of the apps in it, by its root.
    apps: Once<Evidence>,
    functions: Once<Functions>,
    /// The folders that the command line names, absolute.
    roots: Vec<PathBuf>,
}

impl Project {
    /// A project that is configured and walked like this.
    pub fn new(configs: Configs, options: Options) -> Self {
        Self {
            configs,
            options,
            beside: RwLock::default(),
            folders: Mutex::default(),
            extensions: Mutex::default(),
            apps: Mutex::default(),
            functions: Mutex::default(),
            roots: Vec::new(),
        }
    }

    /// The same, with the files and folders that the command line names: outside of a repository they bound it.
    pub fn below(self, paths: &[PathBuf]) -> Self {
        let roots = paths.iter().filter_map(|path| absolute(path).ok()).filter(|path| path.is_dir());
        Self { roots: roots.collect(), ..self }
    }

    /// What the files of the repository that `file` lies in show of the apps in it, read when it is first asked for.
    pub fn apps_around(&self, file: &Path) -> Arc<Evidence> {
        let Some(root) = self.root_of(file) else { return Arc::default() };
        once(&self.apps, root, |root| apps::read(self, root))
    }

    /// The functions there that only fetch an access token, read when they are first asked for. Needs a stack of
    /// [`crate::deluge::STACK_BYTES`].
    pub fn functions_around(&self, file: &Path) -> Arc<Functions> {
        let Some(root) = self.root_of(file) else { return Arc::default() };
        once(&self.functions, root, |root| functions::read(self, root))
    }

    /// The root of the repository that `file` lies in; outside of one, the folder that is named, else the one it is in. What is
    /// in an archive lies nowhere.
    fn root_of(&self, file: &Path) -> Option<PathBuf> {
        let path = absolute(file).ok().filter(|_| archive_of(file).is_none())?;
        let is_root = |folder: &&Path| folder.join(".git").symlink_metadata().is_ok();
        let above = || path.ancestors().skip(1);
        let named = || above().filter(|folder| self.roots.iter().any(|root| root == folder)).last();
        above().find(is_root).or_else(named).or_else(|| path.parent()).map(Path::to_owned)
    }

    /// The configurations of its files.
    pub fn configs(&self) -> &Configs {
        &self.configs
    }

    /// How its folders are walked.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What the configuration says of a walked file, as [`crate::project::discover::find`] asks. One that cannot be read is reported
    /// for each file it would have bound.
    pub fn rule(&self, path: &Path) -> Option<bool> {
        let config = self.configs.for_file(path).ok()?;
        let relative = config.relative(path)?;
        if config.excludes(&relative) { Some(false) } else { config.includes(&relative).then_some(true) }
    }

    /// The files that a walk of `folder` finds: those that are read as code, and with `others` all that may name a token.
    #[cfg(feature = "cli")]
    pub(crate) fn files_in(&self, folder: &Path, others: bool) -> Vec<PathBuf> {
        let options = Options { unread: others || self.options.unread, ..self.options.clone() };
        let rule = |path: &Path| self.rule(path);
        let found = discover::find(&[folder.to_owned()], &options, &rule, &|_| true).unwrap_or_default();
        let files = found.candidates.into_iter().filter(|candidate| others || !candidate.unread);
        files.map(|candidate| candidate.path).collect()
    }

    /// None: what the page is given lies in no folder.
    #[cfg(not(feature = "cli"))]
    pub(crate) fn files_in(&self, _folder: &Path, _others: bool) -> Vec<PathBuf> {
        Vec::new()
    }

    /// The manifest of the extension that `file` belongs to, by its absolute path: the nearest one upwards, as far as the root
    /// of the repository (the folder that holds `.git`). A manifest belongs to its own.
    pub fn manifest_of(&self, file: &Path) -> Option<PathBuf> {
        if file.file_name().is_some_and(|name| name == MANIFEST) {
            return absolute(file).ok();
        }
        // What is around an archive has nothing to do with what is in it.
        if archive_of(file).is_some() {
            return None;
        }
        // Most files lie beside another one.
        let beside = file.parent()?.as_os_str();
        if let Some(known) = self.beside.read().unwrap_or_else(PoisonError::into_inner).get(beside) {
            return known.clone();
        }
        let found = self.manifest_above(file);
        let mut known = self.beside.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(beside.to_owned(), found.clone());
        found
    }

    fn manifest_above(&self, file: &Path) -> Option<PathBuf> {
        let file = absolute(file).ok()?;
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let mut passed = Vec::new();
        let mut found = None;
        for folder in file.ancestors().skip(1) {
            if let Some(known) = folders.get(folder) {
                found.clone_from(known);
                break;
            }
            passed.push(folder);
            found = manifest_in(folder);
            if found.is_some() || folder.join(".git").symlink_metadata().is_ok() {
                break;
            }
        }
        folders.extend(passed.into_iter().map(|folder| (folder.to_owned(), found.clone())));
        found
    }

    /// The extension that `file` belongs to. Needs a stack of [`crate::deluge::STACK_BYTES`].
    pub fn extension_of(&self, file: &Path) -> Option<Arc<Extension>> {
        let path = self.manifest_of(file)?;
        let mut extensions = self.extensions.lock().unwrap_or_else(PoisonError::into_inner);
        extensions.entry(path.clone()).or_insert_with(|| self.read(&path).map(Arc::new)).clone()
    }

    fn read(&self, path: &Path) -> Option<Extension> {
        let here = std::env::current_dir().ok();
        let short = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
        let source = Source::read(path).ok()?;
        let document = parse_manifest(source.text()).ok()?;
        let tree = document.tree();
        let root = document.root().filter(|&root| tree.kind(root) == Kind::Brace)?;
        let service = service::service(&document.text_of(root, "service").unwrap_or_default());
        // The older form of an entry has a `name` instead (facts 7.3).
        let names = entries(&document).filter_map(|(_, object)| document.text_of(object, "name"));
        let mut links: HashSet<String> = document.link_names().into_iter().map(|link| link.name).chain(names).collect();
        // What the configuration says was renamed has its new name soon, or has it already in the code.
        let config = self.configs.for_file(path).unwrap_or_default();
        let new: Vec<String> = links.iter().filter_map(|link| config.renamed().get(link).cloned()).collect();
        links.extend(new);
        let place = |key: &str| document.get(root, key).is_some();
        let lists = service.documented || service::LISTS.into_iter().any(place) || place(service::AUTHORISATION);
        Some(Extension { path: short.unwrap_or_else(|| path.to_owned()), links, lists })
    }
}

impl Default for Project {
    fn default() -> Self {
        Self::new(Configs::isolated(), Options::default())
    }
}
