//! From paths to results: finding files, reading them, and working on them in parallel, in the order of their paths.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use aho_corasick::AhoCorasick;
use anyhow::{Context as _, Result};

use crate::cli::Common;
use crate::config::{Config, Configs};
use crate::discover::{self, Candidate, Kind, Options};
use crate::source::{ReadError, Source};
use crate::syntax::STACK_BYTES;
use crate::zoho;

/// A file that is to be worked on.
pub struct File {
    /// Its text.
    pub source: Source,
    /// Its configuration.
    pub config: Arc<Config>,
}

/// What became of one file.
pub enum Entry<T> {
    /// It was worked on.
    Done(T),
    /// It was not read, for this reason.
    Skipped(PathBuf, &'static str),
    /// It could not be worked on.
    Failed(PathBuf, String),
}

/// Everything that became of the paths.
pub struct Batch<T> {
    /// One entry a file, in the order of the paths.
    pub entries: Vec<Entry<T>>,
}

impl<T> Batch<T> {
    /// The results.
    pub fn done(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Done(result) => Some(result),
            _ => None,
        })
    }

    /// The errors.
    pub fn errors(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Failed(path, error) => Some((path.as_path(), error.as_str())),
            _ => None,
        })
    }

    /// What was not read, and why.
    pub fn skipped(&self) -> impl Iterator<Item = (&Path, &'static str)> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Skipped(path, reason) => Some((path.as_path(), *reason)),
            _ => None,
        })
    }
}

/// The words of which a file must hold one to have any finding: the token's names, what dead endpoints are recognised by
/// (facts 4.2), and typographic quotes, which are findings of their own.
const KEYWORDS: &[&str] = &[
    "authtoken",
    "auth_token",
    "authtooauth",
    // A token without its name: `headers: {"Authorization": "…"}`.
    "authorization",
    "crm/private",
    "creator.zoho",
    "creatorexport.zoho",
    "support.zoho",
    "campaigns.zoho",
    "apidocs.zoho",
    "\u{201C}",
    "\u{201D}",
];

/// Whether a file can be passed over unparsed.
pub struct Prefilter {
    words: Option<AhoCorasick>,
    connection: Option<AhoCorasick>,
    moved: Option<AhoCorasick>,
}

impl Prefilter {
    /// The filter for the rules there are.
    pub fn new() -> Self {
        let words = |words: &[&str]| AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok();
        let moved: Vec<&str> = zoho::moved_words().collect();
        Self { words: words(KEYWORDS), connection: words(&["connection"]), moved: words(&moved) }
    }

    /// Whether the text may hold a finding.
    /// `connection-mismatch` needs a configuration that names Connections, and a request that does; `moved-host` a request
    /// that does, to one of a few hosts.
    pub fn may_match(&self, text: &str, config: &Config) -> bool {
        let found = |words: &Option<AhoCorasick>| words.as_ref().is_none_or(|words| words.is_match(text));
        let configured = !config.connections().is_empty() || config.default_connection().is_some();
        found(&self.words) || (found(&self.connection) && (configured || found(&self.moved)))
    }
}

/// Finds the files of `paths`, reads them and gives each to `work`.
///
/// # Errors
/// A configuration named on the command line that cannot be read, a bad glob.
pub fn each<T: Send>(
    paths: &[PathBuf],
    common: &Common,
    work: impl Fn(&File) -> Result<T, String> + Sync,
) -> Result<Batch<T>> {
    let configs = configurations(common)?;
    let (stdin, named): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(|path| path.as_os_str() == "-");
    let named: Vec<PathBuf> = named.into_iter().cloned().collect();
    let mut entries = Vec::new();
    if !stdin.is_empty() {
        entries.push(on_big_stack(|| standard_input(common, &configs, &work))?);
    }
    if stdin.is_empty() || !named.is_empty() {
        entries.extend(files(&named, common, &configs, &work)?);
    }
    Ok(Batch { entries })
}

fn configurations(common: &Common) -> Result<Configs> {
    Ok(match &common.config {
        Some(path) => Configs::fixed(Config::load(path)?),
        None if common.isolated => Configs::isolated(),
        None => Configs::nearest(),
    })
}

fn standard_input<T>(common: &Common, configs: &Configs, work: &impl Fn(&File) -> Result<T, String>) -> Entry<T> {
    let name = common.stdin_filename.clone().unwrap_or_else(|| PathBuf::from("<stdin>"));
    let mut bytes = Vec::new();
    if let Err(error) = std::io::stdin().lock().take(crate::source::MAX_FILE_BYTES + 1).read_to_end(&mut bytes) {
        return Entry::Failed(name, ReadError::from(error).to_string());
    }
    match Source::from_bytes(&name, bytes) {
        Ok(source) => worked(source, configs, work),
        Err(error) => Entry::Failed(name, error.to_string()),
    }
}

fn worked<T>(source: Source, configs: &Configs, work: &impl Fn(&File) -> Result<T, String>) -> Entry<T> {
    let path = source.path().to_owned();
    let config = match configs.for_file(&path) {
        Ok(config) => config,
        Err(error) => return Entry::Failed(path, error.to_string()),
    };
    match work(&File { source, config }) {
        Ok(result) => Entry::Done(result),
        Err(error) => Entry::Failed(path, error),
    }
}

fn files<T: Send>(
    paths: &[PathBuf],
    common: &Common,
    configs: &Configs,
    work: &(impl Fn(&File) -> Result<T, String> + Sync),
) -> Result<Vec<Entry<T>>> {
    let options = Options {
        no_ignore: common.no_ignore,
        hidden: common.hidden,
        exclude: common.exclude.clone(),
        force_exclude: common.force_exclude,
    };
    // A configuration that cannot be read is reported for each file it would have bound.
    let rules = |path: &Path| {
        let config = configs.for_file(path).ok()?;
        let relative = config.relative(path)?;
        if config.excludes(&relative) { Some(false) } else { config.includes(&relative).then_some(true) }
    };
    let found = discover::find(paths, &options, &rules).map_err(anyhow::Error::msg)?;
    let mut entries: Vec<Entry<T>> = found
        .errors
        .into_iter()
        .filter(|(path, _)| !(common.no_errors_on_unmatched && std::fs::symlink_metadata(path).is_err()))
        .map(|(path, error)| Entry::Failed(path, error))
        .collect();
    entries.extend(in_parallel(&found.candidates, common, |candidate| file(candidate, configs, work))?);
    Ok(entries)
}

fn file<T>(candidate: &Candidate, configs: &Configs, work: &impl Fn(&File) -> Result<T, String>) -> Entry<T> {
    let path = &candidate.path;
    let kind = discover::kind_by_name(path);
    if kind == Kind::Manifest {
        return Entry::Skipped(path.clone(), "manifests are not read yet");
    }
    match Source::read(path) {
        Err(ReadError::Binary(_)) => Entry::Skipped(path.clone(), "binary"),
        // A walked file without a telling name may be anything at all.
        Err(ReadError::NotUtf8 { .. }) if candidate.by_content => Entry::Skipped(path.clone(), "not UTF-8"),
        Err(error) => Entry::Failed(path.clone(), error.to_string()),
        Ok(source) if candidate.by_content && !discover::looks_like_deluge(source.text()) => {
            Entry::Skipped(path.clone(), "does not look like Deluge")
        }
        Ok(source) => worked(source, configs, work),
    }
}

/// Works on all candidates with as many threads as asked for; the results keep the candidates' order.
fn in_parallel<T: Send>(
    candidates: &[Candidate],
    common: &Common,
    work: impl Fn(&Candidate) -> Entry<T> + Sync,
) -> Result<Vec<Entry<T>>> {
    let available = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = common.threads.filter(|&threads| threads > 0).unwrap_or_else(available).min(candidates.len());
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, Entry<T>)>> = Mutex::new(Vec::with_capacity(candidates.len()));
    std::thread::scope(|scope| -> Result<()> {
        let mut workers = Vec::new();
        for _ in 0..threads {
            let worker = std::thread::Builder::new()
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, || {
                    let mut own = Vec::new();
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(candidate) = candidates.get(at) else { break };
                        own.push((at, work(candidate)));
                    }
                    if let Ok(mut results) = results.lock() {
                        results.append(&mut own);
                    }
                })
                .context("cannot start a thread")?;
            workers.push(worker);
        }
        // Joined by hand: the scope would pass a panic on, and with it another exit status.
        let stopped = workers.into_iter().filter_map(|worker| worker.join().err()).count();
        anyhow::ensure!(stopped == 0, "a worker thread stopped");
        Ok(())
    })?;
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(at, _)| *at);
    Ok(results.into_iter().map(|(_, entry)| entry).collect())
}

fn on_big_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work)
            .context("cannot start a thread")?;
        worker.join().map_err(|_| anyhow::anyhow!("a worker thread stopped"))
    })
}
