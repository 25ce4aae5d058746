//! Which files are read, and in which order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use aho_corasick::AhoCorasick;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, IncrementalIgnore, WalkBuilder, WalkState};

use crate::write::TEMPORARY_PREFIX;

/// What the command line says about the choice of files.
#[derive(Clone, Default, Debug)]
pub struct Options {
    /// Read also what `.gitignore`, `.ignore` and git's own exclude files leave out.
    pub no_ignore: bool,
    /// Read also hidden files and directories; a version control system's own directory stays closed.
    pub hidden: bool,
    /// Globs as in a `.gitignore` of the current directory: a bare name matches at any depth, `!` takes back.
    pub exclude: Vec<String>,
    /// Treat named files as walked ones: excludes, ignore files, names and content decide on them too.
    pub force_exclude: bool,
}

/// A file to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Where it is: relative if it was named so, and without a leading `./`.
    pub path: PathBuf,
    /// Whether the command line names it, so that it is read whatever its name and content.
    pub named: bool,
    /// Whether neither its name nor the configuration says what it is, so that [`looks_like_deluge`] must.
    pub by_content: bool,
}

/// What [`find`] found.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Found {
    /// The files, sorted by the parts of their paths, none twice.
    pub candidates: Vec<Candidate>,
    /// What could not be looked at, sorted, with the reason and what to do.
    pub errors: Vec<(PathBuf, String)>,
}

/// What a file is, judged by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Deluge: `.deluge`, `.dg`, `.dlg`, `.ds`.
    Deluge,
    /// An extension's `plugin-manifest.json`.
    Manifest,
    /// Perhaps Deluge, as exported functions are often stored: `.txt`, `.js`, `.ts`, `.m` or no extension.
    Maybe,
    /// Anything else.
    Other,
}

/// What the file `path` is by its name; letter case does not matter in an extension.
pub fn kind_by_name(path: &Path) -> Kind {
    if path.file_name() == Some(OsStr::new("plugin-manifest.json")) {
        return Kind::Manifest;
    }
    let Some(extension) = path.extension() else {
        return Kind::Maybe;
    };
    let is = |known: &&str| extension.eq_ignore_ascii_case(known);
    if ["deluge", "dg", "dlg", "ds"].iter().any(is) {
        Kind::Deluge
    } else if ["txt", "js", "ts", "m"].iter().any(is) {
        Kind::Maybe
    } else {
        Kind::Other
    }
}

/// The files that `paths` stand for: a file stands for itself, a directory for what a walk of it finds. Without paths
/// the current directory is walked. `rules` is the configuration's word on a walked file: `Some(true)` includes it
/// whatever its name, `Some(false)` excludes it, `None` leaves it to its name.
///
/// A file reached in several ways (named twice, named and walked, through a symbolic link) is listed once, under the
/// name the command line gives it if it gives one.
///
/// # Errors
///
/// The message for a glob in `options` that cannot be read. What goes wrong with single files and directories does not
/// stop the others, and is listed in [`Found::errors`].
pub fn find(paths: &[PathBuf], options: &Options, rules: &dyn Fn(&Path) -> Option<bool>) -> Result<Found, String> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    let excludes = excludes(&options.exclude)?;
    let mut forced = options.force_exclude.then(|| Forced::new(options, excludes.clone()));

    let mut found = Collected::default();
    let mut roots = BTreeMap::new();
    for path in paths {
        let path = tidy(path);
        let metadata = match path.metadata() {
            Ok(metadata) => metadata,
            Err(error) => {
                found.errors.insert((path, reason(&error)));
                continue;
            }
        };
        let excluded = forced.as_mut().is_some_and(|forced| forced.excludes(&path, metadata.is_dir()));
        if excluded {
            continue;
        }
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        if metadata.is_dir() {
            roots.entry(real).or_insert(path);
        } else if forced.is_none() {
            found.add(real, Candidate { path, named: true, by_content: false });
        } else if let Some(candidate) = walked(path, rules) {
            found.add(real, candidate);
        }
    }
    let entries = Mutex::new(Vec::new());
    walk(roots.values(), options, excludes, &entries);
    let mut real_roots: Vec<(&PathBuf, &PathBuf)> = roots.iter().collect();
    // The longest first: `.` stands before any relative path, but `a/..` may lead elsewhere.
    real_roots.sort_by_key(|(_, root)| Reverse((*root != Path::new(".")).then_some(root.components().count())));
    for entry in entries.into_inner().unwrap_or_else(PoisonError::into_inner) {
        match entry {
            Ok(path) => {
                let path = tidy(&path);
                // A walk follows no symbolic link, so below a resolved root all paths are resolved.
                let real = real_roots.iter().find_map(|(real, root)| Some(real.join(below(&path, root)?)));
                if let Some(candidate) = walked(path, rules) {
                    found.add(real.unwrap_or_else(|| candidate.path.clone()), candidate);
                }
            }
            Err(error) => {
                found.errors.insert(error);
            }
        }
    }
    let mut candidates: Vec<Candidate> = found.candidates.into_values().collect();
    candidates.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Found { candidates, errors: found.errors.into_iter().collect() })
}

/// Files by their resolved paths, and errors, each once and in order.
#[derive(Default)]
struct Collected {
    candidates: BTreeMap<PathBuf, Candidate>,
    errors: BTreeSet<(PathBuf, String)>,
}

impl Collected {
    fn add(&mut self, real: PathBuf, candidate: Candidate) {
        let rank =
            |candidate: &Candidate| (!candidate.named, candidate.path.components().count(), candidate.path.clone());
        let known = self.candidates.entry(real).or_insert_with(|| candidate.clone());
        if rank(&candidate) < rank(known) {
            *known = candidate;
        }
    }
}

/// `path` as a walk's find, unless its name or the configuration keeps it out.
fn walked(path: PathBuf, rules: &dyn Fn(&Path) -> Option<bool>) -> Option<Candidate> {
    let kind = kind_by_name(&path);
    let by_content = match rules(&path) {
        Some(false) => return None,
        Some(true) => false,
        None if kind == Kind::Other => return None,
        None => kind == Kind::Maybe,
    };
    Some(Candidate { path, named: false, by_content })
}

/// The path without `.` parts; a path of nothing else stays `.`.
fn tidy(path: &Path) -> PathBuf {
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

fn builder<'a>(mut roots: impl Iterator<Item = &'a PathBuf>, options: &Options) -> Option<WalkBuilder> {
    // The walker takes a lone `-` for standard input.
    let plain = |path: &PathBuf| if path == Path::new("-") { PathBuf::from("./-") } else { path.clone() };
    let mut builder = WalkBuilder::new(plain(roots.next()?));
    for root in roots {
        builder.add(plain(root));
    }
    builder.hidden(!options.hidden);
    if options.no_ignore {
        builder.ignore(false).git_ignore(false).git_global(false).git_exclude(false).parents(false);
    }
    Some(builder)
}

/// Sends every file below `roots`, or what is wrong, to `entries`, in no particular order.
fn walk<'a>(
    roots: impl Iterator<Item = &'a PathBuf>,
    options: &Options,
    excludes: Gitignore,
    entries: &Mutex<Vec<Result<PathBuf, (PathBuf, String)>>>,
) {
    let Some(mut builder) = builder(roots, options) else {
        return;
    };
    builder.filter_entry(move |entry| {
        let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.depth() == 0 || !(is_private(entry.file_name()) || excludes.matched(entry.path(), is_dir).is_ignore())
    });
    builder.build_parallel().run(|| {
        Box::new(|entry| {
            let found = match entry {
                Ok(entry) if is_file(&entry) => Ok(entry.into_path()),
                Ok(_) => return WalkState::Continue,
                Err(error) => Err(walk_error(error, Path::new("."))),
            };
            entries.lock().unwrap_or_else(PoisonError::into_inner).push(found);
            WalkState::Continue
        })
    });
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

/// Names that are nobody's source: this program's temporary files, and what a version control system keeps, which must
/// not be edited.
fn is_private(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(TEMPORARY_PREFIX.as_bytes())
        || [".git", ".hg", ".svn", ".jj"].iter().any(|private| name == *private)
}

fn walk_error(error: ignore::Error, path: &Path) -> (PathBuf, String) {
    match error {
        ignore::Error::WithPath { path, err } => walk_error(*err, &path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => walk_error(*err, path),
        ignore::Error::Io(error) => (tidy(path), reason(&error)),
        other => (tidy(path), other.to_string()),
    }
}

/// Decides on named paths as a walk of the current directory would; for a path outside of it, a walk of its repository
/// or else of its directory.
struct Forced<'a> {
    options: &'a Options,
    excludes: Gitignore,
    here: PathBuf,
    matchers: BTreeMap<PathBuf, IncrementalIgnore>,
}

impl<'a> Forced<'a> {
    fn new(options: &'a Options, excludes: Gitignore) -> Self {
        let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
        Self { options, excludes, here, matchers: BTreeMap::new() }
    }

    fn excludes(&mut self, path: &Path, is_dir: bool) -> bool {
        let link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
        if link && !is_dir {
            return true;
        }
        let Ok(real) = path.canonicalize() else {
            return false;
        };
        let base = self.base(&real);
        let Ok(rest) = real.strip_prefix(&base) else {
            return false;
        };
        let mut so_far = PathBuf::new();
        for part in rest {
            so_far.push(part);
            let shown = if base == self.here { so_far.clone() } else { base.join(&so_far) };
            let is_dir = is_dir || so_far != rest;
            if is_private(part) || self.excludes.matched(shown, is_dir).is_ignore() {
                return true;
            }
        }
        if !self.matchers.contains_key(&base) {
            let built = builder(std::iter::once(&base), self.options).map(|builder| builder.build_matchers());
            self.matchers.extend(built.into_iter().flatten().next().map(|matcher| (base.clone(), matcher)));
        }
        self.matchers.get_mut(&base).is_some_and(|matcher| matcher.matched(rest, is_dir).is_ignore())
    }

    fn base(&self, real: &Path) -> PathBuf {
        if real.starts_with(&self.here) {
            return self.here.clone();
        }
        let repository = real.ancestors().skip(1).find(|above| above.join(".git").exists());
        repository.or(real.parent()).unwrap_or(real).to_path_buf()
    }
}

/// How much of a text [`looks_like_deluge`] reads, in bytes.
const HEAD: usize = 64 * 1024;
/// How often one tell-tale counts, so that a text's one habit does not decide alone.
const REPEATS: u32 = 3;
/// The points that are enough, if the other side has fewer.
const ENOUGH: u32 = 3;

/// Whether a text whose name does not say so is Deluge.
///
/// Its first 64 KiB are read once. Comments and what stands inside strings are blanked out, so that neither a URL nor a
/// remark decides, unless the rest tells nothing at all; of a page with `<% … %>` only what stands inside the tags is looked at. The rest is searched for
/// tell-tales of Deluge (`invokeurl`, `zoho.crm.`, `for each`, `info …;`, `= Map();`, `void automation.name(`) and of other
/// languages and of prose (`=>`, `const `, `function(`, `===`, Markdown headings, lines of words without any
/// punctuation of code). Each has points, and counts three times at the most. The text is Deluge when it has three
/// points for Deluge, and more of them than for anything else.
pub fn looks_like_deluge(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head = (0..4).find_map(|back| text.get(..HEAD - back)).unwrap_or(text);
    let mut score = match tags(head) {
        Some(inside) => points(&blanked(&inside)),
        None => points(&blanked(head)),
    };
    if score == Score::default() {
        // A function may be commented out as a whole, and its token still stands there to be read.
        score = points(&blanked(&head.replace("//", "  ").replace("/*", "  ").replace("*/", "  ")));
    }
    score.deluge >= ENOUGH && score.deluge > score.foreign
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Score {
    deluge: u32,
    foreign: u32,
}

/// Points for Deluge of what may stand anywhere in code. Letter case does not matter; a pattern that starts or ends
/// with a letter is a whole word there.
#[rustfmt::skip]
const DELUGE: &[(&str, u32)] = &[
    ("invokeurl", 4), ("invokeapi", 3), ("sendmail", 3), ("sendsms", 3), ("insert into", 2), ("row.", 1),
    ("delete from", 2), ("cancel submit", 4), ("thisapp.", 4), ("input.", 2),
    ("getUrl(", 3), ("postUrl(", 3), ("openUrl(", 3), ("encodeUrl(", 2),
    ("zoho.crm.", 4), ("zoho.books.", 4), ("zoho.billing.", 4), ("zoho.creator.", 4), ("zoho.cliq.", 3), ("zoho.desk.", 3),
    ("zoho.inventory.", 4), ("zoho.invoice.", 4), ("zoho.map.", 3), ("zoho.people.", 4), ("zoho.projects.", 4),
    ("zoho.recruit.", 4), ("zoho.reports.", 4), ("zoho.sheet.", 4), ("zoho.sign.", 4), ("zoho.subscriptions.", 4),
    ("zoho.support.", 4), ("zoho.workdrive.", 4), ("zoho.writer.", 4), ("zoho.encryption.", 4),
    ("zoho.currentdate", 4), ("zoho.currenttime", 4), ("zoho.loginuser", 4), ("zoho.loginuserid", 4),
    ("zoho.adminuser", 4), ("zoho.adminuserid", 4), ("zoho.appname", 4), ("zoho.appuri", 4),
    ("= map()", 3), ("= list()", 3), ("= collection()", 3), ("=map()", 3), ("=list()", 3), ("=collection()", 3),
    (".put(\"", 2), (".get(\"", 1), (".containsKey(", 1), (".getAll()", 1), (".getJSON(", 2), (".toMap()", 2),
    (".toList()", 2), (".toList(\"", 2), (".toJSONList()", 4), (".toLong()", 2), (".toNumber()", 1), (".toDecimal()", 2),
    (".toText()", 2), (".toString(\"", 2), (".toDate()", 2), (".toTime()", 2), (".addDay(", 2), (".addMonth(", 2),
    (".subDay(", 2), (".subMonth(", 2), (".getPrefix(", 2), (".getSuffix(", 2), (".containsIgnoreCase(", 2),
    (".notContains(", 2), (".removeFirstOccurence(", 2),
    ("isNull(", 2), ("ifnull(", 2), ("isBlank(", 2), ("isEmpty(", 1),
];

/// How many of the patterns above, the first ones, count only before a `[`, since they are words of prose too.
const BRACKETED: usize = 4;

/// Points against Deluge, found the same way.
#[rustfmt::skip]
const FOREIGN: &[(&str, u32)] = &[
    ("=>", 3), ("===", 3), ("!==", 3), ("function(", 4), ("function (", 4), ("require(", 3), ("document.", 2),
    ("window.", 2), ("console.", 3), ("module.exports", 5), ("process.env", 3), ("JSON.", 2), ("Object.", 2),
    ("Array.", 2), ("Promise", 2), ("async", 2), ("await", 2), ("typeof", 3), ("undefined", 1), ("prototype", 2),
    ("new Map", 3), ("new Date", 3), ("this.", 2), ("$(", 3), ("`", 1), ("```", 3), ("i++", 3), ("throw new", 3),
    ("instanceof", 3), ("<html", 4), ("<!doctype", 4), ("<script", 3), ("<?php", 9), ("<?xml", 9), ("#include", 9),
    ("#import", 9), ("#define", 9), ("#!/", 9), ("@interface", 4), ("@implementation", 9), ("@\"", 3), ("::", 2), ("->", 2),
    ("create table", 5), ("select", 3), ("values", 3), ("where", 1), ("UrlFetchApp", 5), ("ZFAPPS.", 5), ("ZOHODESK.", 5),
];

static TELLING: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let patterns = DELUGE.iter().chain(FOREIGN).map(|(pattern, _)| pattern);
    AhoCorasick::builder().ascii_case_insensitive(true).build(patterns).ok()
});

fn points(code: &str) -> Score {
    let mut counts = BTreeMap::new();
    // The JavaScript library of Zoho's widgets has the names of Deluge's tasks, in capitals.
    let mut widget = 0u32;
    for found in TELLING.iter().flat_map(|search| search.find_overlapping_iter(code)) {
        let (start, end) = (found.start(), found.end());
        let pattern = found.pattern().as_usize();
        let bracket = || code.get(end..).is_some_and(|behind| behind.trim_start().starts_with('['));
        if !is_word(code.as_bytes(), start, end) || (pattern < BRACKETED && !bracket()) {
            continue;
        }
        if code.get(start..).is_some_and(|from| from.starts_with("ZOHO.")) {
            widget += 4;
        } else {
            *counts.entry(pattern).or_insert(0) += 1;
        }
    }
    let mut score = Score { deluge: 0, foreign: widget.min(4 * REPEATS) };
    for (pattern, count) in counts {
        let count = REPEATS.min(count);
        match DELUGE.get(pattern) {
            Some((_, points)) => score.deluge += points * count,
            None => score.foreign += FOREIGN.get(pattern - DELUGE.len()).map_or(0, |(_, points)| points * count),
        }
    }
    let mut lines = BTreeMap::new();
    for line in code.split(['\n', '\r']) {
        if let Some(sign) = sign(line.trim_start_matches([' ', '\t', '{', '}', ';', '\u{a0}']).trim_end()) {
            *lines.entry(sign).or_insert(0) += 1;
        }
    }
    for (sign, count) in lines {
        let (side, points, repeats) = match sign {
            Sign::Header => (&mut score.deluge, 4, REPEATS),
            Sign::Info | Sign::Fetch => (&mut score.deluge, 3, REPEATS),
            Sign::Typed | Sign::Form => (&mut score.deluge, 2, REPEATS),
            // Two at the most: assignments alone would make MATLAB or careless JavaScript Deluge.
            Sign::Assignment => (&mut score.deluge, 1, 2),
            Sign::Foreign => (&mut score.foreign, 3, REPEATS),
            Sign::Heading => (&mut score.foreign, 2, REPEATS),
            Sign::Prose => (&mut score.foreign, 1, 10),
        };
        *side += points * repeats.min(count);
    }
    score
}

/// Whether what `start..end` holds is no part of a longer word.
fn is_word(code: &[u8], start: usize, end: usize) -> bool {
    let letter =
        |at: usize| code.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'));
    let before = start.checked_sub(1);
    let joined = before.is_some_and(|before| letter(before) || code.get(before) == Some(&b'.'));
    !((letter(start) && joined) || (end > 0 && letter(end - 1) && letter(end)))
}

/// What one line of code tells.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Sign {
    /// A function's header with its namespace, or with types only Deluge has.
    Header,
    /// A function's header as other languages have it too.
    Typed,
    /// `info …;`, `alert "…";`, `for each x in`: what only Deluge writes so.
    Info,
    /// A statement of a Creator form: `show Field;`, `row.Field = value;`.
    Form,
    /// `Form[Field == value]`.
    Fetch,
    /// `name = value;` without a declaration.
    Assignment,
    /// A statement of another language.
    Foreign,
    /// A heading or a list item in Markdown, or a comment after `#` or `%`.
    Heading,
    /// Words and nothing else.
    Prose,
}

fn sign(line: &str) -> Option<Sign> {
    let word_end = line.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(line.len());
    let (word, rest) = line.split_at_checked(word_end)?;
    let after = rest.trim_start();
    let spaced = after.len() < rest.len();
    if matches!(line.as_bytes(), [b'#', b' ' | b'#', ..] | [b'-' | b'*' | b'%', b' ', ..]) {
        return Some(Sign::Heading);
    }
    if spaced
        && after.starts_with(|letter: char| letter.is_ascii_alphabetic() || matches!(letter, '_' | '{' | '*' | '"'))
    {
        if let Some(sign) = header(word, after) {
            return Some(sign);
        }
        #[rustfmt::skip]
        const FOREIGN: [&str; 22] = [
            "const", "let", "var", "function", "import", "export", "class", "interface", "declare", "type", "namespace",
            "enum", "public", "private", "static", "package", "using", "def", "from", "abstract", "async", "readonly",
        ];
        if FOREIGN.contains(&word) {
            return Some(Sign::Foreign);
        }
    }
    let ends = line.ends_with(';');
    match word.to_ascii_lowercase().as_str() {
        "for" if after.starts_with('(') => return Some(Sign::Foreign),
        "for" if is_for_each(after) => return Some(Sign::Info),
        "end" | "endif" | "fi" | "done" if matches!(after, "" | ";") => return Some(Sign::Foreign),
        "alert" if ends && after.starts_with('"') => return Some(Sign::Info),
        "row" | "input" if ends && rest.starts_with('.') && rest.contains('=') => return Some(Sign::Form),
        "info" if ends && (spaced || rest.starts_with(['"', '('])) && !after.starts_with(['=', '.']) => {
            return Some(Sign::Info);
        }
        "show" | "hide" | "enable" | "disable" | "clear" | "reload" | "expand" | "collapse"
            if ends && spaced && after.starts_with(|letter: char| letter.is_ascii_alphabetic()) =>
        {
            return Some(Sign::Form);
        }
        _ => {}
    }
    if fetches(line) {
        return Some(Sign::Fetch);
    }
    if ends && assigns(line) {
        return Some(Sign::Assignment);
    }
    is_prose(line).then_some(Sign::Prose)
}

/// Whether what follows `for` is `each x in` or `each index x in`.
fn is_for_each(after: &str) -> bool {
    let mut words = after.split_whitespace();
    words.next().is_some_and(|word| word.eq_ignore_ascii_case("each")) && words.take(3).skip(1).any(|word| word == "in")
}

/// The header of a function: `void automation.name(` or, by its types, `map name(string a)`.
fn header(word: &str, after: &str) -> Option<Sign> {
    #[rustfmt::skip]
    const TYPES: [&str; 14] = [
        "map", "list", "bigint", "void", "string", "int", "bool", "boolean", "date", "datetime", "decimal", "float",
        "collection", "file",
    ];
    let at = TYPES.iter().position(|known| word.eq_ignore_ascii_case(known))?;
    let (name, arguments) = after.split_once('(')?;
    let name = name.trim_end();
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.');
    if name.is_empty() || !name.chars().all(is_name) || arguments.contains(['*', '&', '<', ':', ';']) {
        return None;
    }
    Some(if name.contains('.') || at < 3 { Sign::Header } else { Sign::Typed })
}

/// Whether the line fetches records: a name, and in brackets behind it a comparison.
fn fetches(line: &str) -> bool {
    let Some((before, criteria)) = line.split_once('[') else {
        return false;
    };
    let word = |text: &str| text.ends_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
    word(before.trim_end())
        && criteria.split_once(['=', '!']).is_some_and(|(field, value)| {
            field.ends_with(' ') && word(field.trim_end()) && value.trim_start_matches('=').contains(']')
        })
}

/// Whether the line is `name = value;`. What is assigned to a part of something tells nothing.
fn assigns(line: &str) -> bool {
    line.split_once('=').is_some_and(|(name, value)| {
        let name = name.trim_end();
        !value.starts_with(['=', '>'])
            && !name.is_empty()
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    })
}

/// Whether a line holds four words or more and nothing of code. A condition, which may, ends with its parenthesis.
fn is_prose(line: &str) -> bool {
    let code = ['=', ';', '{', '}', '[', ']', '"', '+'];
    !line.contains(code) && !line.ends_with(')') && line.split_whitespace().nth(3).is_some()
}

/// What stands inside the `<% … %>` of a page; nothing if the text is no page.
fn tags(text: &str) -> Option<String> {
    if !text.trim_start().starts_with('<') || !text.contains("<%") {
        return None;
    }
    let mut inside = String::new();
    for part in text.split("<%").skip(1) {
        inside.push_str(part.split_once("%>").map_or(part, |(code, _)| code));
        inside.push('\n');
    }
    Some(inside)
}

/// The text without its comments and without what stands inside its strings. A string ends with its line: in prose, an
/// apostrophe must not hide the rest of the text.
fn blanked(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.find(['"', '\'', '/']).and_then(|at| rest.split_at_checked(at)) {
        code.push_str(before);
        let quoted = from.starts_with(['"', '\'']);
        rest = if let Some(comment) = from.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, behind)| behind)
        } else if from.starts_with("//") && !before.ends_with(':') {
            from.find(['\n', '\r']).and_then(|end| from.get(end..)).unwrap_or("")
        } else if let Some(behind) = behind_string(from) {
            code.push_str("\"\"");
            behind
        } else {
            // After an open quote its whole line: looking for its end again and again would take quadratic time.
            let length = if quoted { from.find(['\n', '\r']).unwrap_or(from.len()) } else { 1 };
            let (plain, behind) = from.split_at_checked(length).unwrap_or((from, ""));
            code.push_str(plain);
            behind
        };
    }
    code.push_str(rest);
    code
}

/// What follows the string that `text` starts with.
fn behind_string(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '\n' | '\r' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return text.get(at + 1..),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    fn folder(files: &[&str]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn ignoring(folder: &TempDir, file: &str, lines: &str) {
        fs::write(folder.path().join(file), lines).unwrap();
    }

    fn options(exclude: &[&str]) -> Options {
        Options { exclude: exclude.iter().map(|glob| (*glob).to_owned()).collect(), ..Options::default() }
    }

    fn nothing(_: &Path) -> Option<bool> {
        None
    }

    /// The found paths below `folder`, with `!` behind a named one and `?` behind one whose content decides.
    fn found(folder: &TempDir, paths: &[&str], options: &Options) -> Vec<String> {
        let paths: Vec<PathBuf> = paths.iter().map(|path| folder.path().join(path)).collect();
        let found = find(&paths, options, &nothing).unwrap();
        assert_eq!(found.errors, []);
        shown(folder, &found)
    }

    fn shown(folder: &TempDir, found: &Found) -> Vec<String> {
        let show = |candidate: &Candidate| {
            let path = candidate.path.strip_prefix(folder.path()).unwrap_or(&candidate.path);
            let marks = [(candidate.named, "!"), (candidate.by_content, "?")];
            let marks: String = marks.iter().filter(|(on, _)| *on).map(|(_, mark)| *mark).collect();
            format!("{}{marks}", path.display())
        };
        found.candidates.iter().map(show).collect()
    }

    #[test]
    fn a_walk_takes_deluge_manifests_and_what_may_be_deluge_in_path_order() {
        let files = [
            "b.dg",
            "a/z.DELUGE",
            "a/b.ds",
            "a.dlg",
            "a/plugin-manifest.json",
            "a/x.txt",
            "a/noext",
            "a/x.md",
            "a/x.json",
        ];
        let folder = folder(&files);
        let expected = ["a/b.ds", "a/noext?", "a/plugin-manifest.json", "a/x.txt?", "a/z.DELUGE", "a.dlg", "b.dg"];
        for _ in 0..5 {
            assert_eq!(found(&folder, &[""], &Options::default()), expected);
        }
    }

    #[test]
    fn a_named_file_is_taken_whatever_it_is() {
        let folder = folder(&["x.json", ".hidden.dg"]);
        ignoring(&folder, ".ignore", "*\n");
        assert_eq!(found(&folder, &["x.json", ".hidden.dg"], &options(&["*.json"])), [".hidden.dg!", "x.json!"]);
    }

    #[test]
    fn a_missing_path_is_an_error_and_the_others_go_on() {
        let folder = folder(&["a.dg"]);
        let paths = [folder.path().join("no.dg"), folder.path().join("a.dg")];
        let found = find(&paths, &Options::default(), &nothing).unwrap();
        assert_eq!(shown(&folder, &found), ["a.dg!"]);
        assert_eq!(found.errors, [(paths[0].clone(), "does not exist; check the path".to_owned())]);
    }

    #[test]
    fn the_same_file_is_listed_once() {
        let folder = folder(&["a/x.dg", "a/y.dg"]);
        assert_eq!(found(&folder, &["a/x.dg", "a", "./a/x.dg", "a/../a/x.dg", "a/./"], &Options::default()).len(), 2);
        let twice = found(&folder, &["", "a", "a/x.dg"], &Options::default());
        assert_eq!(twice, ["a/x.dg!", "a/y.dg"]);
    }

    #[test]
    fn ignore_files_and_hidden_files_are_respected_unless_told_otherwise() {
        let folder = folder(&["a.dg", "out/b.dg", ".h/c.dg", "d.dg", ".git/config", ".authshift-Xy12"]);
        ignoring(&folder, ".gitignore", "out/\n");
        ignoring(&folder, ".ignore", "d.dg\n");
        assert_eq!(found(&folder, &[""], &Options::default()), ["a.dg"]);
        let no_ignore = Options { no_ignore: true, ..Options::default() };
        assert_eq!(found(&folder, &[""], &no_ignore), ["a.dg", "d.dg", "out/b.dg"]);
        let hidden = Options { hidden: true, ..Options::default() };
        let hidden = found(&folder, &[""], &hidden);
        assert!(hidden.contains(&".h/c.dg".to_owned()), "{hidden:?}");
        assert!(!hidden.iter().any(|path| path.starts_with(".git/") || path.starts_with(".authshift-")), "{hidden:?}");
    }

    #[test]
    fn a_gitignore_counts_only_in_a_repository() {
        let folder = folder(&["a.dg"]);
        ignoring(&folder, ".gitignore", "a.dg\n");
        assert_eq!(found(&folder, &[""], &Options::default()), ["a.dg"]);
    }

    #[test]
    fn excludes_are_read_as_in_a_gitignore() {
        let folder = folder(&["a.dg", "old/a.dg", "x/old/b.dg", "x/keep.dg"]);
        assert_eq!(found(&folder, &[""], &options(&["old"])), ["a.dg", "x/keep.dg"]);
        assert_eq!(found(&folder, &[""], &options(&["*.dg", "!keep.dg"])), ["x/keep.dg"]);
        let bad = find(&[], &options(&["a[b"]), &nothing).unwrap_err();
        assert!(bad.contains("--exclude \"a[b\""), "{bad}");
    }

    #[test]
    fn the_configuration_has_the_last_word_on_walked_files() {
        let folder = folder(&["a.dg", "b.fn", "c.txt", "d.txt"]);
        let rules = |path: &Path| match path.file_name()?.to_str()? {
            "a.dg" => Some(false),
            "b.fn" | "c.txt" => Some(true),
            _ => None,
        };
        let all = find(&[folder.path().to_path_buf()], &Options::default(), &rules).unwrap();
        assert_eq!(shown(&folder, &all), ["b.fn", "c.txt", "d.txt?"]);
        let named = find(&[folder.path().join("a.dg")], &Options::default(), &rules).unwrap();
        assert_eq!(shown(&folder, &named), ["a.dg!"]);
        let forced = Options { force_exclude: true, ..Options::default() };
        let named = find(&[folder.path().join("a.dg"), folder.path().join("b.fn")], &forced, &rules).unwrap();
        assert_eq!(shown(&folder, &named), ["b.fn"]);
    }

    #[test]
    fn with_force_exclude_named_files_are_treated_as_walked_ones() {
        let folder = folder(&["a.dg", "c.txt", "x.json", "out/b.dg", ".h/c.dg", "old/sub/d.dg", ".git/e.dg"]);
        ignoring(&folder, ".gitignore", "out/\n");
        let named = ["a.dg", "c.txt", "x.json", "out/b.dg", ".h/c.dg", "old/sub/d.dg", ".git/e.dg"];
        let mut options = Options { force_exclude: true, ..options(&["old"]) };
        assert_eq!(found(&folder, &named, &options), ["a.dg", "c.txt?"]);
        options.no_ignore = true;
        options.hidden = true;
        assert_eq!(found(&folder, &named, &options), [".h/c.dg", "a.dg", "c.txt?", "out/b.dg"]);
    }

    #[test]
    fn relative_paths_stay_relative_and_lose_their_dot() {
        // Tests run in the package's directory.
        let is_ours = |path: &Path| Some(path.ends_with("src/discover.rs"));
        for named in [&[][..], &["."], &["./"], &["./src"], &["src/../src", "."]] {
            let paths: Vec<PathBuf> = named.iter().map(PathBuf::from).collect();
            let found = find(&paths, &Options::default(), &is_ours).unwrap();
            let paths: Vec<&Path> = found.candidates.iter().map(|candidate| candidate.path.as_path()).collect();
            assert_eq!(paths, [Path::new("src/discover.rs")], "{named:?}");
        }
        let forced = Options { force_exclude: true, ..options(&["/src"]) };
        let paths = [PathBuf::from("src/discover.rs"), PathBuf::from("./Cargo.toml")];
        let found = find(&paths, &forced, &|_| Some(true)).unwrap();
        assert_eq!(found.candidates.len(), 1);
        assert_eq!(found.candidates[0].path, Path::new("Cargo.toml"));
        assert_eq!(tidy(Path::new("./a/./b")), Path::new("a/b"));
    }

    #[cfg(unix)]
    #[test]
    fn symbolic_links_are_read_when_named_and_not_followed_when_walked() {
        use std::os::unix::fs::symlink;
        let folder = folder(&["a/x.dg"]);
        symlink("a/x.dg", folder.path().join("link.dg")).unwrap();
        symlink("a", folder.path().join("dir")).unwrap();
        symlink("nowhere", folder.path().join("gone.dg")).unwrap();
        assert_eq!(found(&folder, &[""], &Options::default()), ["a/x.dg"]);
        assert_eq!(found(&folder, &["link.dg"], &Options::default()), ["link.dg!"]);
        assert_eq!(found(&folder, &["link.dg", ""], &Options::default()), ["link.dg!"]);
        assert_eq!(found(&folder, &["dir"], &Options::default()), ["dir/x.dg"]);
        assert_eq!(found(&folder, &["dir", "a"], &Options::default()).len(), 1);
        let gone = find(&[folder.path().join("gone.dg")], &Options::default(), &nothing).unwrap();
        assert_eq!(gone.errors.len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn an_unreadable_directory_is_an_error_and_the_rest_goes_on() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder(&["a.dg", "closed/b.dg"]);
        let closed = folder.path().join("closed");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
        let readable = fs::read_dir(&closed).is_ok();
        let found = find(&[folder.path().to_path_buf()], &Options::default(), &nothing).unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
        if readable {
            return; // the superuser is let in everywhere
        }
        assert_eq!(shown(&folder, &found), ["a.dg"]);
        assert_eq!(found.errors.len(), 1);
        assert_eq!(found.errors[0].0, closed);
    }

    #[test]
    fn names_tell() {
        let kind = |name: &str| kind_by_name(Path::new(name));
        assert_eq!(kind("x/a.DS"), Kind::Deluge);
        assert_eq!(kind("x/plugin-manifest.json"), Kind::Manifest);
        assert_eq!(kind("x/other.json"), Kind::Other);
        assert_eq!([kind("a.ts"), kind("Name"), kind("a.m")], [Kind::Maybe; 3]);
        assert_eq!(kind("README.md"), Kind::Other);
    }

    #[test]
    fn deluge_looks_like_deluge() {
        let samples = [
            "r = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets\"\n\ttype :GET\n];",
            "void automation.close(int id)\n{\n}",
            "map total(String name)\n{\nreturn null;\n}",
            "info \"function(a) => const x\";",
            "data = Map();\rdata.put(\"a\",1);\r",
            "\u{feff}for each  x in list\n{\n\tx.run();\n}",
            "<html><body><script>var a = () => 1;</script><%\n\trows = Ticket[ID != 0];\n\tfor each row in rows {\n%></body></html>",
            "// m = Map();\n// m.put(\"a\", 1);\n// info m;",
            "if(row.State == \"x\")\n\t{\n\t\talert \"no\";\n\t}",
            "resp = zoho.crm.getRecordById(\"Leads\", id);",
            "sendmail\n[\n\tfrom :zoho.loginuserid\n\tto :\"a@example.com\"\n]",
        ];
        for sample in samples {
            assert!(looks_like_deluge(sample), "{sample}\n{:?}", points(&blanked(sample)));
        }
    }

    #[test]
    fn other_texts_do_not() {
        let samples = [
            "",
            "hello",
            "ZOHO.CRM.API.getRecord({Entity: \"Leads\"}).then(function(data) {\n console.log(data);\n});",
            "ZOHO.embeddedApp.on(\"PageLoad\", data => { info(data); });",
            "const m = new Map();\nm.put(\"invokeurl [\", \"zoho.crm.\");",
            "// info x;\n// invokeurl [ ]\nexport default class A {}\n",
            "# Deluge\n\nUse `invokeurl` for each request, as in\n\n```\ninfo x;\n```\n",
            "Permission is hereby granted, free of charge, to any person obtaining a copy of this software, and for each\nperson in the world to use, copy, modify, and don't forget to send mail with sendmail.\n",
            "x = 1;\ny = 2;\nz = 3;\n% plot them\nplot(x, y);\nend\n",
            "#include <map>\nvoid f(int a)\n{\n x = 1;\n}",
            "INSERT INTO leads (a) VALUES (1);\nDELETE FROM leads WHERE ISNULL(a);\nSELECT * FROM leads;",
            "<html><body><script>var a = 1; input.value = 2;</script></body></html>",
        ];
        for sample in samples {
            assert!(!looks_like_deluge(sample), "{sample}\n{:?}", points(&blanked(sample)));
        }
    }

    #[test]
    fn any_text_is_judged_in_linear_time() {
        let started = std::time::Instant::now();
        for piece in ["'\\", "\"", "/*", "//", "<%", "sendmail ", "[ =", "\u{e9}", "a = b[", "for each "] {
            looks_like_deluge(&piece.repeat(1_000_000));
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(20), "{:?}", started.elapsed());
    }
}
