//! From paths to results: finding files, reading them, and working on them in parallel; results are in the order of the paths.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use anyhow::{Context as _, Result};

use super::archives::{Archives, InArchive, Input};
pub use super::entry::{Also, Entry};
use super::large::Large;
use crate::app;
use crate::census::beside::named_tokens;
use crate::cli::Common;
use crate::deluge::STACK_BYTES;
use crate::deluge::detect::looks_like_deluge;
use crate::fix::Problem;
use crate::project::archive::Archive;
use crate::project::config::{Config, Configs, InUse};
use crate::project::discover::apps::of_app;
use crate::project::discover::{self, Begin, Candidate, Chooser, FileKind, Options, Skip, kind_by_name, unread};
use crate::project::format::Format;
use crate::project::{Project, tracked};
use crate::report::progress::Progress;
use crate::text::source::{ReadError, Source};

/// A file that is to be worked on.
pub struct File {
    /// Its text.
    pub source: Source,
    /// What the text is.
    pub format: Format,
    /// Its configuration.
    pub config: Arc<Config>,
    /// What surrounds it.
    pub project: Arc<Project>,
}

/// Why a file got no result.
pub enum Failure {
    /// For something in it.
    File(String),
    /// For a mistake in its configuration, which ends the run.
    Configuration(String),
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Failure::File(error)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Config(error) => Failure::Configuration(error.to_string()),
            problem => Failure::File(problem.to_string()),
        }
    }
}

impl Failure {
    /// What became of the file.
    fn of<T>(self, path: PathBuf, project: &Project) -> Entry<T> {
        let error = match self {
            Failure::File(error) => error,
            Failure::Configuration(error) => {
                project.configs().note_fault(&error);
                error
            }
        };
        Entry::Failed(path, error)
    }
}

/// A mistake in a configuration is one error, and the only one.
pub(super) fn ensure_configured(project: &Project) -> Result<()> {
    project.configs().fault().map_or(Ok(()), |fault| Err(anyhow::Error::msg(fault)))
}

/// Everything that became of the paths.
pub struct Batch<T> {
    /// One entry a file, in the order of the paths.
    pub entries: Vec<Entry<T>>,
    /// The configurations that files had.
    pub configs: Vec<InUse>,
}

impl<T> Batch<T> {
    /// The files that were worked on, with what there is to say of them.
    pub fn results(&self) -> impl Iterator<Item = (&Path, Option<&T>)> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Done(path, result) => Some((path.as_path(), result.as_deref())),
            _ => None,
        })
    }

    /// The same, to be changed.
    pub fn results_mut(&mut self) -> impl Iterator<Item = (&Path, Option<&mut T>)> {
        self.entries.iter_mut().filter_map(|entry| match entry {
            Entry::Done(path, result) => Some((path.as_path(), result.as_deref_mut())),
            _ => None,
        })
    }

    /// What there is to say of files.
    pub fn done(&self) -> impl Iterator<Item = &T> {
        self.results().filter_map(|(_, result)| result)
    }

    /// The same, to be changed.
    pub fn done_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.results_mut().filter_map(|(_, result)| result)
    }

    /// The files that were worked on.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.results().map(|(path, _)| path)
    }

    /// The errors.
    pub fn errors(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Failed(path, error) => Some((path.as_path(), error.as_str())),
            _ => None,
        })
    }

    /// What was not read, and why.
    pub fn skipped(&self) -> impl Iterator<Item = (&Path, Skip)> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Skipped(path, reason) => Some((path.as_path(), *reason)),
            _ => None,
        })
    }

    /// How many files name an authtoken and were skipped all the same.
    pub fn unread(&self) -> usize {
        self.skipped().filter(|(_, skip)| *skip == Skip::NamesToken).count()
    }

    /// How many files were skipped for what is in them.
    pub fn skipped_by_content(&self) -> usize {
        self.skipped().filter(|(_, skip)| skip.is_by_content()).count()
    }
}

/// Finds the files of `paths` and those that are read `also`, reads them and gives each to `work`.
///
/// # Errors
/// A configuration named on the command line that cannot be read, a bad glob.
pub fn each<T: Send>(
    paths: &[PathBuf],
    common: &Common,
    also: Also,
    begin: Begin,
    work: impl Fn(&File) -> Result<Option<T>, Failure> + Sync,
) -> Result<Batch<T>> {
    each_of(configurations(paths, common)?, paths, common, also, begin, work)
}

/// The same, with these configurations.
///
/// # Errors
/// A bad glob.
pub(super) fn each_of<T: Send>(
    configs: Configs,
    paths: &[PathBuf],
    common: &Common,
    also: Also,
    begin: Begin,
    work: impl Fn(&File) -> Result<Option<T>, Failure> + Sync,
) -> Result<Batch<T>> {
    let project = Arc::new(Project::new(configs, options(common, also)).below(paths));
    let (stdin, named): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(|path| path.as_os_str() == "-");
    let named: Vec<PathBuf> = named.into_iter().cloned().collect();
    let mut entries = Vec::new();
    if !stdin.is_empty() {
        entries.push(on_big_stack(|| standard_input(common, &project, also, &work))?);
    }
    if stdin.is_empty() || !named.is_empty() {
        entries.extend(files(&named, common, &project, also, begin, &work)?);
    }
    ensure_configured(&project)?;
    Ok(Batch { entries, configs: project.configs().in_use() })
}

pub(super) fn configurations(paths: &[PathBuf], common: &Common) -> Result<Configs> {
    Ok(match &common.config {
        Some(path) => Configs::fixed(Config::load(path)?),
        None if common.isolated => Configs::isolated(),
        None => {
            let named = paths.iter().filter(|path| path.as_os_str() != "-");
            let named: Vec<PathBuf> = named.chain(&common.stdin_filename).cloned().collect();
            Configs::nearest(&named)
        }
    })
}

fn standard_input<T>(
    common: &Common,
    project: &Arc<Project>,
    also: Also,
    work: &impl Fn(&File) -> Result<Option<T>, Failure>,
) -> Entry<T> {
    let name = common.stdin_filename.clone().unwrap_or_else(|| PathBuf::from("<stdin>"));
    match read_stdin(&name) {
        Ok(source) => worked(source, false, project, also, work),
        Err(error) => Entry::Failed(name, error.to_string()),
    }
}

/// Standard input, which goes by `name`. It is kept: a run may look at its files more than once.
///
/// # Errors
/// Every [`ReadError`].
pub fn read_stdin(name: &Path) -> Result<Source, ReadError> {
    static READ: Mutex<Option<Vec<u8>>> = Mutex::new(None);
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let bytes = match &*read {
        Some(bytes) => bytes.clone(),
        None => {
            let mut bytes = Vec::new();
            std::io::stdin().lock().take(crate::text::source::MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
            read.insert(bytes).clone()
        }
    };
    Source::from_bytes(name, bytes)
}

/// `by_content`: the text has to show that it is something that is read. What was named is taken for Deluge if nothing
/// else is plain.
fn worked<T>(
    source: Source,
    by_content: bool,
    project: &Arc<Project>,
    also: Also,
    work: &impl Fn(&File) -> Result<Option<T>, Failure>,
) -> Entry<T> {
    let path = source.path().to_owned();
    if by_content && discover::is_report(source.text()) {
        return Entry::Skipped(path, Skip::Report);
    }
    let config = match project.configs().for_file(&path) {
        Ok(config) => config,
        Err(error) => return Entry::Failed(path, error.to_string()),
    };
    let format = discover::format_of(&path, source.text());
    let format = format.filter(|format| !matches!(format, Format::Widget(_)) || also.wants(&path, project));
    // A manifest is found by its name alone.
    let mut format = format.filter(|format| !by_content || *format != Format::Manifest);
    if also.reads_apps() {
        format = of_app(&source, format, by_content, &config).map(Format::App).or(format);
    }
    if by_content && format.is_none() {
        let reports = also.reports_unread() && !named_tokens(&path, source.text()).0.is_empty();
        if !reports {
            let skip = Skip::of_text(&path, source.text());
            return Entry::Skipped(path, skip);
        }
        format = Some(Format::Unread);
    }
    let format = format.unwrap_or_else(|| discover::format_of_named(&path));
    match work(&File { source, format, config, project: Arc::clone(project) }) {
        Ok(result) => Entry::Done(path, result.map(Box::new)),
        Err(failure) => failure.of(path, project.as_ref()),
    }
}

fn files<T: Send>(
    paths: &[PathBuf],
    common: &Common,
    project: &Arc<Project>,
    also: Also,
    begin: Begin,
    work: &(impl Fn(&File) -> Result<Option<T>, Failure> + Sync),
) -> Result<Vec<Entry<T>>> {
    let archives = Archives::new(project, also)?;
    let find = |give: &(dyn Fn(Input) + Sync)| {
        let (rules, widgets) = (|path: &Path| project.rule(path), |path: &Path| also.wants(path, project));
        let give = |candidate: Candidate| match kind_by_name(&candidate.path) {
            FileKind::Archive => archives.open(&candidate, Archive::open(&candidate.path), &|input| give(input)),
            _ => give(Input { candidate, inside: None }),
        };
        // The index is asked for what an ignore file left out.
        let walked: Mutex<HashSet<PathBuf>> = Mutex::default();
        let noting = |candidate: Candidate| {
            if candidate.path.file_name().is_some_and(discover::is_environment) {
                walked.lock().unwrap_or_else(PoisonError::into_inner).extend(candidate.path.canonicalize());
            }
            give(candidate);
        };
        let found = discover::find_each(paths, project.options(), &rules, &widgets, begin, &noting)?;
        if also.reads_apps() {
            let mut walked = walked.into_inner().unwrap_or_else(PoisonError::into_inner);
            let tracked = tracked_environments(paths, project)?;
            tracked
                .into_iter()
                .filter(|(real, _)| walked.insert(real.clone()))
                .for_each(|(_, candidate)| give(candidate));
        }
        Ok::<_, String>(found)
    };
    let (found, mut done) = in_parallel(common, find, |input: &Input, is_mine| {
        let candidate = &input.candidate;
        let look = || input.inside.as_ref().map_or_else(|| unread::look_into(&candidate.path), InArchive::look);
        if candidate.unread {
            let entry = unread_file(candidate, Skip::OtherName, look(), project, also, work);
            input.inside.iter().for_each(|inside| inside.note(&entry));
            return Some(entry);
        }
        let source = input.inside.as_ref().map_or_else(|| read(candidate, project, also), InArchive::read);
        if source.as_ref().is_ok_and(|source| !is_mine(source)) {
            return None;
        }
        let entry = file(candidate, source, look, project, also, work);
        input.inside.iter().for_each(|inside| inside.note(&entry));
        Some(entry)
    })?;
    let found = found.map_err(anyhow::Error::msg)?;
    archives.settle(&mut done);
    let mut entries: Vec<Entry<T>> = found
        .errors
        .into_iter()
        .filter(|(path, _)| !(common.no_errors_on_unmatched && std::fs::symlink_metadata(path).is_err()))
        .map(|(path, error)| Entry::Failed(path, error))
        .collect();
    entries.extend(found.skipped.into_iter().map(|(path, skip)| Entry::Skipped(path, skip)));
    entries.extend(done);
    Ok(entries)
}

/// The environments of apps that git tracks below the folders that are read, as a walk would find them, by their resolved paths.
fn tracked_environments(paths: &[PathBuf], project: &Project) -> Result<Vec<(PathBuf, Candidate)>, String> {
    let options = Options { tracked: true, ..project.options().clone() };
    let mut chooser = Chooser::new(&options)?;
    let here = [PathBuf::from(".")];
    let mut found = Vec::new();
    for folder in if paths.is_empty() { &here } else { paths }.iter().filter(|path| path.is_dir()) {
        for below in tracked::environments(folder) {
            let path = discover::tidy(&folder.join(below));
            let Ok(real) = path.canonicalize() else { continue };
            if let Ok(candidate) = chooser.candidate(&path, &real, &|path| project.rule(path), &|_| false) {
                found.push((real, candidate));
            }
        }
    }
    Ok(found)
}

/// A file's text; of one that is too large, and is skipped for what it begins with, only the beginning.
fn read(candidate: &Candidate, project: &Project, also: Also) -> Result<Source, ReadError> {
    let path = &candidate.path;
    let whole = Source::read(path);
    if !candidate.by_content || !matches!(whole, Err(ReadError::TooLarge(_))) {
        return whole;
    }
    match Source::read_beginning(path) {
        Ok(beginning) if looks_like_deluge(beginning.text()) || also.wants(path, project) => whole,
        Ok(_) if also.reports_unread() && unread::look_into(path).is_err() => whole,
        beginning => beginning,
    }
}

/// The options that choose files.
pub(super) fn options(common: &Common, also: Also) -> Options {
    Options {
        no_ignore: common.no_ignore,
        hidden: common.hidden,
        exclude: common.exclude.clone(),
        force_exclude: common.force_exclude,
        tracked: false,
        unread: also.reads_apps(),
    }
}

/// Works on a file that is not read as code, if `look` saw that it names a token.
pub(super) fn unread_file<T>(
    candidate: &Candidate,
    skip: Skip,
    look: Result<Option<Source>, ReadError>,
    project: &Arc<Project>,
    also: Also,
    work: &impl Fn(&File) -> Result<Option<T>, Failure>,
) -> Entry<T> {
    let path = &candidate.path;
    let failed = |error: String| Entry::Failed(path.clone(), error);
    let source = match look {
        Ok(None) => return Entry::Skipped(path.clone(), skip),
        Ok(Some(source)) if discover::is_report(source.text()) => {
            return Entry::Skipped(path.clone(), Skip::Report);
        }
        Ok(Some(source)) => source,
        Err(error) => return failed(error.to_string()),
    };
    let config = match project.configs().for_file(path) {
        Ok(config) => config,
        Err(error) => return failed(error.to_string()),
    };
    let language = if config.reads_apps() { app::language(path, source.text()) } else { None };
    let format = match language {
        Some(language) => Format::App(language),
        None if also.reports_unread() && !named_tokens(path, source.text()).0.is_empty() => Format::Unread,
        None => return Entry::Skipped(path.clone(), skip),
    };
    let done = work(&File { source, format, config, project: Arc::clone(project) });
    match done {
        Ok(result) => Entry::Done(path.clone(), result.map(Box::new)),
        Err(failure) => failure.of(path.clone(), project),
    }
}

/// Works on a file, if what was read of it is something to work on. `look` sees whether it names a token, whatever it is.
pub(super) fn file<T>(
    candidate: &Candidate,
    read: Result<Source, ReadError>,
    look: impl FnOnce() -> Result<Option<Source>, ReadError>,
    project: &Arc<Project>,
    also: Also,
    work: &impl Fn(&File) -> Result<Option<T>, Failure>,
) -> Entry<T> {
    let path = &candidate.path;
    match read {
        // A walked file whose name does not decide may be anything at all.
        Err(ReadError::NotUtf8 { .. } | ReadError::Binary(_)) if candidate.by_content && candidate.path.is_file() => {
            let look = if also.reads_apps() { look() } else { Ok(None) };
            let skip = if matches!(read, Err(ReadError::Binary(_))) { Skip::Binary } else { Skip::NotUtf8 };
            unread_file(candidate, skip, look, project, also, work)
        }
        Err(error) => Entry::Failed(path.clone(), error.to_string()),
        Ok(source) => worked(source, candidate.by_content, project, also, work),
    }
}

/// So many threads work at once for each processor, whatever is asked for.
const MOST_THREADS: usize = 4;

/// How many threads may work at once. Each takes address space for its stack, of which the system may have set a limit; half of
/// that is left for what they work on.
fn most_threads(available: usize) -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let room = address_space(&limits).map_or(usize::MAX, |bytes| bytes / 2 / STACK_BYTES);
    available.saturating_mul(MOST_THREADS).min(room).max(1)
}

/// The limit on address space in bytes, as Linux reports it; `None` where there is none.
fn address_space(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Works on everything that `find` gives, meanwhile, with as many threads as asked for. Returns what `find` does, and the
/// results in the order of the paths; `work` gives nothing for a file that is not its thread's. How far it is may be seen on the
/// terminal, so nothing else may be printed.
pub(super) fn in_parallel<C: Send, T: Send, F>(
    common: &Common,
    find: impl FnOnce(&(dyn Fn(C) + Sync)) -> F,
    work: impl Fn(&C, &dyn Fn(&Source) -> bool) -> Option<Entry<T>> + Sync,
) -> Result<(F, Vec<Entry<T>>)> {
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = common.threads.filter(|&threads| threads > 0).unwrap_or(available).min(most_threads(available));
    let progress = Progress::new(common.quiet);
    let (queue, waiting) = mpsc::channel();
    let waiting = Mutex::new(waiting);
    let large = Large::default();
    let results: Mutex<Vec<Entry<T>>> = Mutex::new(Vec::new());
    let found = std::thread::scope(|scope| -> Result<F> {
        let worker = || {
            let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let mut own = Vec::new();
            let mut take = |candidate: C| {
                let mut candidate = Some(candidate);
                while let Some(here) = candidate.take() {
                    match work(&here, &|source| large.is_mine(source)) {
                        Some(done) => {
                            own.push(done);
                            progress.step();
                        }
                        None => candidate = large.leave(here),
                    }
                }
            };
            while let Ok(candidate) = next() {
                take(candidate);
                while let Some(candidate) = large.next() {
                    take(candidate);
                }
            }
            while let Some(candidate) = large.last() {
                take(candidate);
            }
            results.lock().unwrap_or_else(PoisonError::into_inner).append(&mut own);
        };
        let spawn = |_| std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, worker);
        // The workers end when this is gone, also where one of them cannot be started.
        let queue = queue;
        let first = spawn(0).context("cannot start a thread")?;
        // Where the system allows no more, these do.
        let workers: Vec<_> = std::iter::once(first).chain((1..threads).map_while(|at| spawn(at).ok())).collect();
        let found = find(&|candidate| {
            progress.expect_one();
            // Sending fails when all workers have panicked, which is an error below.
            let _ = queue.send(candidate);
        });
        progress.know_all();
        drop(queue);
        // Joined by hand: the scope would pass a panic on, and with it another exit status.
        let stopped = workers.into_iter().filter_map(|worker| worker.join().err()).count();
        anyhow::ensure!(stopped == 0, "a worker thread panicked");
        Ok(found)
    })?;
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_unstable_by(|one, other| discover::by_parts(one.path(), other.path()));
    Ok((found, results))
}

/// Does the work on a thread that can follow deep nesting.
///
/// # Errors
/// When there can be no thread.
pub fn on_big_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work)
            .context("cannot start a thread")?;
        worker.join().map_err(|_| anyhow::anyhow!("a worker thread panicked"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_on_address_space_bounds_the_threads() {
        let line = |soft: &str| format!("Limit  Soft Limit\nMax address space         {soft}   unlimited   bytes\n");
        assert_eq!(address_space(&line("2048000000")), Some(2_048_000_000));
        assert_eq!((address_space(&line("unlimited")), address_space("")), (None, None));
        assert!((1..=8).contains(&most_threads(2)));
    }
}
