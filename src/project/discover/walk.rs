//! Walks folders for files to read. The page has none, and so no part of this.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, WalkState};

use super::entries::{builder, is_private, without_dot};
use super::forced::Forced;
use super::hidden::{is_hidden, leaves_out};
use super::skip::{Skip, is_leftover};
use super::{FileKind, Options, is_environment, kind_by_name};

/// A file to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Where it is: relative if it was named so, and without a leading `./`.
    pub path: PathBuf,
    /// Whether the command line names it, so that it is read whatever its name and content.
    pub named: bool,
    /// Whether neither its name nor the configuration says that it is to be read, so that [`format_of`](super::format_of) must.
    pub by_content: bool,
    /// Whether it is not read as code, whatever is in it.
    pub unread: bool,
}

/// What [`find`] found.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct FoundFiles {
    /// The files, sorted by the parts of their paths, none twice.
    pub candidates: Vec<Candidate>,
    /// What could not be looked at, sorted, with the reason and what to do.
    pub errors: Vec<(PathBuf, String)>,
    /// The files, and with `--exclude` the directories, that are not read, sorted, and why. What hidden and ignored ones a walk
    /// does not come to is not among them.
    pub skipped: Vec<(PathBuf, Skip)>,
}

/// The files that `paths` stand for: a file stands for itself, a directory for what a walk of it finds. Without paths
/// the current directory is walked. `rules` is the configuration's word on a walked file: `Some(true)` includes it
/// whatever its name, `Some(false)` excludes it, `None` leaves it to its name. `widgets` says of a walked file that can only
/// be a widget's whether it is wanted.
///
/// A file reached in several ways (named twice, named and walked, through a symbolic link) is listed once, under the
/// name the command line gives it if it gives one.
///
/// # Errors
///
/// The message for a glob in `options` that cannot be read. What goes wrong with single files and directories does not
/// stop the others, and is listed in [`FoundFiles::errors`].
pub fn find(
    paths: &[PathBuf],
    options: &Options,
    rules: &(dyn Fn(&Path) -> Option<bool> + Sync),
    widgets: &(dyn Fn(&Path) -> bool + Sync),
) -> Result<FoundFiles, String> {
    let excludes = excludes(&options.exclude)?;
    let mut forced = options.force_exclude.then(|| Forced::new(options, excludes.clone()));
    let mut found = Collected::default();
    let mut roots = BTreeMap::new();
    for path in or_here(paths) {
        let path = tidy(path);
        let metadata = match path.metadata() {
            Ok(metadata) => metadata,
            Err(error) => {
                found.errors.insert((path, reason(&error)));
                continue;
            }
        };
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        if forced.as_mut().is_some_and(|forced| forced.excludes(&path, metadata.is_dir())) {
            found.skipped.insert(real, (path, Skip::Excluded));
        } else if metadata.is_dir() {
            roots.entry(real).or_insert(path);
        } else if forced.is_none() {
            found.add(real, Candidate { path, named: true, by_content: false, unread: false });
        } else {
            found.walked(real, path, rules, widgets, options.unread);
        }
    }
    let entries = Mutex::new(Vec::new());
    let left_out = walk(roots.values(), options, excludes, &|entry| locked(&entries).push(entry));
    found.skipped.extend(left_out.into_iter().map(|(path, skip)| (path.clone(), (tidy(&path), skip))));
    let mut real_roots: Vec<(&PathBuf, &PathBuf)> = roots.iter().collect();
    // The longest first: `.` stands before any relative path, but `a/..` may lead elsewhere.
    real_roots.sort_by_key(|(_, root)| Reverse((*root != Path::new(".")).then_some(root.components().count())));
    for entry in entries.into_inner().unwrap_or_else(PoisonError::into_inner) {
        match entry {
            Ok(path) => {
                // A walk follows no symbolic link, so below a resolved root all paths are resolved.
                let real = real_roots.iter().find_map(|(real, root)| Some(real.join(below(&path, root)?)));
                found.walked(real.unwrap_or_else(|| path.clone()), path, rules, widgets, options.unread);
            }
            Err(error) => {
                found.errors.insert(error);
            }
        }
    }
    found.skipped.retain(|real, _| !found.candidates.contains_key(real.as_os_str()));
    let mut candidates: Vec<Candidate> = found.candidates.into_values().collect();
    candidates.sort_unstable_by(|one, other| by_parts(&one.path, &other.path));
    let mut skipped: Vec<(PathBuf, Skip)> = found.skipped.into_values().collect();
    skipped.sort();
    Ok(FoundFiles { candidates, errors: found.errors.into_iter().collect(), skipped })
}

/// When files are given away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begin {
    /// While others are still looked for.
    AtOnce,
    /// When all are found: a walk may come twice, or never, to a file that is replaced meanwhile.
    WhenAllAreFound,
}

/// Like [`find`], but gives each file to `give`, in no particular order, and lists none. Only where all of `paths` is one
/// directory can one be given at once: a walk comes to each file once.
///
/// # Errors
///
/// As [`find`].
pub fn find_each(
    paths: &[PathBuf],
    options: &Options,
    rules: &(dyn Fn(&Path) -> Option<bool> + Sync),
    widgets: &(dyn Fn(&Path) -> bool + Sync),
    begin: Begin,
    give: &(dyn Fn(Candidate) + Sync),
) -> Result<FoundFiles, String> {
    let root = match or_here(paths) {
        [root] if begin == Begin::AtOnce && !options.force_exclude && root.is_dir() => tidy(root),
        _ => {
            let mut found = find(paths, options, rules, widgets)?;
            std::mem::take(&mut found.candidates).into_iter().for_each(give);
            return Ok(found);
        }
    };
    let (errors, skipped) = (Mutex::new(BTreeSet::new()), Mutex::new(Vec::new()));
    let left_out = walk(std::iter::once(&root), options, excludes(&options.exclude)?, &|entry| match entry {
        Ok(path) => match walked(path, rules, widgets, options.unread) {
            Ok(candidate) => give(candidate),
            Err(skip) => locked(&skipped).push(skip),
        },
        Err(error) => {
            locked(&errors).insert(error);
        }
    });
    let mut skipped = skipped.into_inner().unwrap_or_else(PoisonError::into_inner);
    skipped.extend(left_out.into_iter().map(|(path, skip)| (tidy(&path), skip)));
    skipped.sort();
    let errors = errors.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect();
    Ok(FoundFiles { candidates: Vec::new(), errors, skipped })
}

/// The paths, or the current directory if there are none.
fn or_here(paths: &[PathBuf]) -> &[PathBuf] {
    static HERE: LazyLock<[PathBuf; 1]> = LazyLock::new(|| [PathBuf::from(".")]);
    if paths.is_empty() { &*HERE } else { paths }
}

/// How files are sorted: by the parts of their paths, as paths compare, which takes its time. What separates them comes before
/// all that is in a name.
pub fn by_parts(one: &Path, other: &Path) -> Ordering {
    /// So many bytes are compared at once: most paths of a tree have much in common.
    const AT_ONCE: usize = 16;
    let (one, other) = (one.as_os_str().as_encoded_bytes(), other.as_os_str().as_encoded_bytes());
    let chunks = one.chunks_exact(AT_ONCE).zip(other.chunks_exact(AT_ONCE));
    let same = AT_ONCE * chunks.take_while(|(one, other)| one == other).count();
    let rest = |path| {
        let bytes = <[u8]>::get(path, same..).unwrap_or_default().iter();
        bytes.map(|&byte| if std::path::is_separator(byte.into()) { 0 } else { byte })
    };
    rest(one).cmp(rest(other))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Chooses among files that need not be there, as a walk would among those that are.
pub struct Chooser<'o>(Forced<'o>);

impl<'o> Chooser<'o> {
    /// Chooses by `options`.
    ///
    /// # Errors
    ///
    /// The message for a glob in `options` that cannot be read.
    pub fn new(options: &'o Options) -> Result<Self, String> {
        Ok(Self(Forced::new(options, excludes(&options.exclude)?)))
    }

    /// The file `path` as a candidate, or why it is left out. `real` is its path from the root of the file system, without
    /// links; `rules` and `widgets` are as for [`find`].
    pub fn candidate(
        &mut self,
        path: &Path,
        real: &Path,
        rules: &dyn Fn(&Path) -> Option<bool>,
        widgets: &dyn Fn(&Path) -> bool,
    ) -> Result<Candidate, Skip> {
        if path.file_name().is_some_and(is_leftover) {
            return Err(Skip::Leftover);
        }
        if self.0.excludes_real(real, false) {
            return Err(Skip::Excluded);
        }
        walked(path.to_owned(), rules, widgets, self.0.options.unread).map_err(|(_, skip)| skip)
    }
}

/// Chooses among the files in archives, as a walk would if they were folders; no `.gitignore` binds them.
pub struct ChooserInside {
    hidden: bool,
    excludes: Gitignore,
    /// Whether files of other names are candidates to be looked through for tokens.
    unread: bool,
}

impl ChooserInside {
    /// Chooses by `options`.
    ///
    /// # Errors
    ///
    /// The message for a glob in `options` that cannot be read.
    pub fn new(options: &Options) -> Result<Self, String> {
        Ok(Self { hidden: options.hidden, excludes: excludes(&options.exclude)?, unread: options.unread })
    }

    /// A file in an archive as a candidate, or why it is left out. `path` is as it is shown, `name` its path in the archive;
    /// `rules` and `widgets` are as for [`find`].
    pub fn candidate(
        &self,
        path: &Path,
        name: &Path,
        rules: &dyn Fn(&Path) -> Option<bool>,
        widgets: &dyn Fn(&Path) -> bool,
    ) -> Result<Candidate, Skip> {
        // macOS keeps what belongs to a file beside it, under the same name.
        let hidden = |part: &OsStr| part == "__MACOSX" || part.as_encoded_bytes().starts_with(b".");
        let hidden_for_all =
            |part: &OsStr| hidden(part) && !(self.unread && name.ends_with(part) && is_environment(part));
        let is_hidden = !self.hidden && name.iter().any(hidden_for_all);
        let mut above = path.ancestors().filter(|above| !above.as_os_str().is_empty());
        let excluded = above.any(|above| self.excludes.matched(above, above != path).is_ignore());
        if is_hidden || excluded || name.iter().any(is_private) {
            return Err(Skip::Excluded);
        }
        walked(path.to_owned(), rules, widgets, self.unread).map_err(|(_, skip)| skip)
    }
}

/// Files by their resolved paths, and errors, each once. A file that is read is skipped only on other ways to it.
#[derive(Default)]
struct Collected {
    candidates: HashMap<OsString, Candidate>,
    errors: BTreeSet<(PathBuf, String)>,
    skipped: HashMap<PathBuf, (PathBuf, Skip)>,
}

impl Collected {
    fn add(&mut self, real: PathBuf, candidate: Candidate) {
        let rank =
            |candidate: &Candidate| (!candidate.named, candidate.path.components().count(), candidate.path.clone());
        let known = self.candidates.entry(real.into_os_string()).or_insert_with(|| candidate.clone());
        if rank(&candidate) < rank(known) {
            *known = candidate;
        }
    }

    /// Adds a walk's find.
    fn walked(
        &mut self,
        real: PathBuf,
        path: PathBuf,
        rules: &dyn Fn(&Path) -> Option<bool>,
        widgets: &dyn Fn(&Path) -> bool,
        unread: bool,
    ) {
        match walked(path, rules, widgets, unread) {
            Ok(candidate) => self.add(real, candidate),
            Err(skip) => {
                self.skipped.insert(real, skip);
            }
        }
    }
}

/// `path` as a walk's find, unless its name or the configuration keeps it out.
fn walked(
    path: PathBuf,
    rules: &dyn Fn(&Path) -> Option<bool>,
    widgets: &dyn Fn(&Path) -> bool,
    unread: bool,
) -> Result<Candidate, (PathBuf, Skip)> {
    let kind = kind_by_name(&path);
    let by_content = match rules(&path) {
        Some(false) => return Err((path, Skip::Configured)),
        Some(true) => false,
        None if kind == FileKind::Other || (kind == FileKind::Widget && !widgets(&path)) => {
            return match unread {
                true => Ok(Candidate { path, named: false, by_content: true, unread }),
                false => Err((path, Skip::OtherName)),
            };
        }
        None if kind == FileKind::Json && is_beside_function(&path) => return Err((path, Skip::OtherName)),
        None => matches!(kind, FileKind::Maybe | FileKind::Widget | FileKind::Json | FileKind::Archive),
    };
    Ok(Candidate { path, named: false, by_content, unread: false })
}

/// Whether it is what zoho-studio-cli keeps beside a function, `Name.metadata.json` beside `Name.deluge` (facts 10.4): the
/// function is read, and not once more for what stands here.
fn is_beside_function(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).and_then(|name| name.strip_suffix(".metadata.json"));
    name.is_some_and(|name| path.with_file_name(format!("{name}.deluge")).is_file())
}

/// The path without `.` parts; a path of nothing else stays `.`.
pub(crate) fn tidy(path: &Path) -> PathBuf {
    let tidy: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
    if tidy.as_os_str().is_empty() { PathBuf::from(".") } else { tidy }
}

/// The rest of the tidy `path` below the tidy `root`.
fn below<'a>(path: &'a Path, root: &Path) -> Option<&'a Path> {
    if root == Path::new(".") { path.is_relative().then_some(path) } else { path.strip_prefix(root).ok() }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist; check the path".to_owned(),
        std::io::ErrorKind::PermissionDenied => "cannot be read: permission denied; check its permissions".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

fn excludes(globs: &[String]) -> Result<Gitignore, String> {
    // With the directory in full, a glob with a slash means the same files however a path is written.
    let root = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let mut builder = GitignoreBuilder::new(root);
    builder.allow_unclosed_class(false);
    for glob in globs {
        builder.add_line(None, glob).map_err(|error| format!("--exclude {glob:?}: {error}"))?;
    }
    builder.build().map_err(|error| format!("--exclude: {error}"))
}

/// Gives `each` every file below the tidy `roots`, or what is wrong, in no particular order. What `excludes` leaves out, and
/// what is no file, is the answer.
fn walk<'a>(
    roots: impl Iterator<Item = &'a PathBuf>,
    options: &Options,
    excludes: Gitignore,
    each: &(dyn Fn(Result<PathBuf, (PathBuf, String)>) + Sync),
) -> Vec<(PathBuf, Skip)> {
    let Some(mut builder) = builder(roots, options) else {
        return Vec::new();
    };
    let left_out: Arc<Mutex<Vec<(PathBuf, Skip)>>> = Arc::default();
    let out = Arc::clone(&left_out);
    // The walker leaves out what is hidden, unless an ignore file takes it back; asked apart, it lets environments through.
    let hidden = (options.unread && !options.hidden).then(|| {
        let matchers = Mutex::new(builder.build_matchers());
        builder.hidden(false);
        matchers
    });
    builder.filter_entry(move |entry| {
        let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
        if entry.depth() == 0 {
            return true;
        }
        if let Some(matchers) = &hidden
            && is_hidden(entry)
            && (is_dir || !is_environment(entry.file_name()))
            && leaves_out(&mut locked(matchers), entry, is_dir)
        {
            return false;
        }
        let is_excluded = excludes.matched(entry.path(), is_dir).is_ignore();
        if is_excluded {
            locked(&out).push((entry.path().to_owned(), Skip::Excluded));
        }
        !is_excluded && !is_private(entry.file_name())
    });
    builder.build_parallel().run(|| {
        Box::new(|entry| {
            match entry {
                Ok(entry) if is_file(&entry) => each(Ok(without_dot(entry.into_path()))),
                Ok(entry) => {
                    let skip = Skip::of_no_file(entry.file_type());
                    locked(&left_out).extend(skip.map(|skip| (without_dot(entry.into_path()), skip)));
                }
                Err(error) => each(Err(walk_error(error, Path::new(".")))),
            }
            WalkState::Continue
        })
    });
    std::mem::take(&mut *locked(&left_out))
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

fn walk_error(error: ignore::Error, path: &Path) -> (PathBuf, String) {
    match error {
        ignore::Error::WithPath { path, err } => walk_error(*err, &path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => walk_error(*err, path),
        ignore::Error::Io(error) => (tidy(path), reason(&error)),
        other => (tidy(path), other.to_string()),
    }
}
