//! Everything over texts: from files that are in memory to what `scan`, `plan` and `fix` say of them, without a file system, git, a
//! terminal or threads. The web page (`web/`) is made of this. The work is that of the commands; only reading and printing are
//! different.
//!
//! Needs a stack of [`crate::deluge::STACK_BYTES`] for deep nesting, as all of the analysis does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::census::beside::named_tokens;
use crate::census::names::note_behind_names;
use crate::finding::{Applicability, Finding};
use crate::fix::{self, Fixed, Problem, Session};
use crate::plan::apps::AppFile;
use crate::plan::{self, Plan, Sites, Why};
use crate::project::config::{Config, Configs, is_link_name};
use crate::project::discover::apps::of_app;
use crate::project::discover::{self, Options as Walk};
use crate::project::format::Format;
use crate::project::{Project, manifest};
use crate::report::{Report, json, plan_json};
use crate::text::diff;
use crate::text::secret::{Masker, Secrets, fingerprint, masked};
use crate::text::source::Source;

/// Where the files lie meanwhile: in an archive, around which there is nothing.
const FOLDER: &str = "/texts.zip!";

/// What is to be done.
#[derive(Deserialize, Debug)]
pub struct Request {
    /// The files.
    pub files: Vec<File>,
    /// The text of `authshift.toml`; `None` has the one made that `authshift init` would write.
    pub configuration: Option<String>,
    /// Other LinkNames than those that are suggested, by those. What is no LinkName is passed over.
    #[serde(default)]
    pub link_names: BTreeMap<String, String>,
    /// Which unsafe changes are made.
    #[serde(default)]
    pub unsafe_changes: Unsafe,
}

/// A file.
#[derive(Deserialize, Clone, Debug)]
pub struct File {
    /// Its path below the folder of the configuration.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Whether somebody named it: then it is read whatever it looks like.
    pub named: bool,
}

/// Which unsafe changes are made.
#[derive(Deserialize, Clone, PartialEq, Eq, Default, Debug)]
#[serde(rename_all = "snake_case")]
pub enum Unsafe {
    /// None.
    #[default]
    None,
    /// All, as with `--unsafe-fixes`.
    All,
    /// Those with these [`Offer::id`]s.
    Only(BTreeSet<String>),
}

/// What came of it.
#[derive(Serialize, Debug)]
pub struct Outcome {
    /// In the order of the request, without those that are not read.
    pub files: Vec<Migrated>,
    /// What is found in the files as they are: the document of `scan --output-format json`.
    pub report: String,
    /// What is left after the changes: the same document.
    pub left: String,
    /// The Connections that are needed: the document of `plan --output-format json`.
    pub plan: String,
    /// The text of the configuration that was used.
    pub configuration: String,
    /// What is wrong with the configuration; then nothing else was done.
    pub error: Option<String>,
    /// The files that are none of those that are read.
    pub skipped: Vec<String>,
}

/// A file and its migration. All places are in UTF-16 units.
#[derive(Serialize, Debug)]
pub struct Migrated {
    /// Its name.
    pub name: String,
    /// The exact new text; `None` when nothing changes.
    pub text: Option<String>,
    /// What must not be shown of the text as it was.
    pub hidden: Vec<Hidden>,
    /// The same of the new text.
    pub hidden_after: Vec<Hidden>,
    /// Lines that differ: those of the old text and those of the new one, from 0, without the last.
    pub changes: Vec<[usize; 4]>,
    /// The unsafe changes that there are when the safe ones are made.
    pub offers: Vec<Offer>,
}

/// A stretch of a text, and what is shown for it.
#[derive(Serialize, PartialEq, Eq, Debug)]
pub struct Hidden {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What is shown.
    pub shown: String,
}

/// An unsafe change. All it says is masked.
#[derive(Serialize, Debug)]
pub struct Offer {
    /// Tells it from the other ones, of this text only.
    pub id: String,
    /// Where, in the text as it is with the safe changes.
    pub line: u32,
    /// The rule that it satisfies.
    pub rule: &'static str,
    /// What is wrong.
    pub message: String,
    /// What it does.
    pub does: String,
    /// What it assumes, and what else there is to say.
    pub notes: Vec<String>,
    /// Whether it was asked for.
    pub is_on: bool,
}

/// A file that is read.
struct Read {
    name: PathBuf,
    source: Source,
    format: Format,
}

/// What was found in a file.
struct Done {
    fixed: Fixed,
    /// The unsafe changes by their ids, each with a finding that it does away with.
    offers: Vec<(String, Finding)>,
}

/// Does it.
pub fn run(request: &Request) -> Outcome {
    let mut outcome = Outcome {
        files: Vec::new(),
        report: String::new(),
        left: String::new(),
        plan: String::new(),
        configuration: request.configuration.clone().unwrap_or_default(),
        error: None,
        skipped: Vec::new(),
    };
    let config = match parsed(&outcome.configuration) {
        Ok(config) => config,
        Err(error) => {
            outcome.error = Some(error);
            return outcome;
        }
    };
    let mut files = Vec::new();
    for file in &request.files {
        match read(file, &config) {
            Some(file) => files.push(file),
            None => outcome.skipped.push(file.name.clone()),
        }
    }
    let project = |config: &Arc<Config>| Project::new(Configs::fixed(Config::clone(config)), Walk::default());
    let (plan, mut secrets, mut errors) = planned(&files, &config, &project(&config));
    let rendered = plan_json::render(&plan, errors.iter().map(error), &secrets.masker(false));
    outcome.plan = short(&rendered.unwrap_or_default());
    let config = if request.configuration.is_none() {
        outcome.configuration = made(plan, &request.link_names);
        match parsed(&outcome.configuration) {
            Ok(config) => config,
            Err(error) => {
                outcome.error = Some(error);
                return outcome;
            }
        }
    } else {
        config
    };
    let project = Arc::new(project(&config));
    errors.clear();
    let mut done = Vec::new();
    for file in &files {
        match migrated(file, &config, &project, &request.unsafe_changes) {
            Ok(one) => {
                secrets.merge(&one.fixed.before.secrets);
                one.fixed.after.iter().for_each(|(_, left)| secrets.merge(&left.secrets));
                done.push(Some(one));
            }
            Err(problem) => {
                errors.push((file.name.clone(), short(&problem.to_string())));
                done.push(None);
            }
        }
    }
    let masker = || secrets.masker(false);
    outcome.report = report(&files, &done, &errors, masker(), |fixed| &fixed.before);
    outcome.left =
        report(&files, &done, &errors, masker(), |fixed| fixed.after.as_ref().map_or(&fixed.before, |(_, left)| left));
    let masker = masker();
    outcome.files = files.iter().zip(&done).map(|(file, done)| shown(file, done.as_ref(), request, &masker)).collect();
    outcome
}

fn parsed(text: &str) -> Result<Arc<Config>, String> {
    let path = Path::new(FOLDER).join("authshift.toml");
    if text.is_empty() {
        return Ok(Arc::default());
    }
    Config::parse(&path, text).map(Arc::new).map_err(|error| short(&error.to_string()))
}

/// Paths in a text, as the caller knows them.
fn short(text: &str) -> String {
    text.replace(&format!("{FOLDER}/"), "").replace(FOLDER, ".")
}

fn error((path, message): &(PathBuf, String)) -> (&Path, &str) {
    (path, message)
}

/// What the file is; `None` when it is nothing that is read.
fn read(file: &File, config: &Config) -> Option<Read> {
    let source = Source::new(Path::new(FOLDER).join(&file.name), file.text.as_str());
    let path = source.path();
    let format = discover::format_of(path, source.text());
    let format = format.filter(|format| !matches!(format, Format::Widget(_)) || config.watched().next().is_some());
    let format = of_app(&source, format, !file.named, config).map(Format::App).or(format);
    let format = match format {
        Some(format) => format,
        None if file.named => discover::format_of_named(path),
        None if named_tokens(path, source.text()).0.is_empty() => return None,
        None => Format::Unread,
    };
    Some(Read { name: PathBuf::from(&file.name), source, format })
}

/// What `plan` finds.
fn planned(files: &[Read], config: &Config, project: &Project) -> (Plan, Secrets, Vec<(PathBuf, String)>) {
    let (mut secrets, mut errors) = (Secrets::default(), Vec::new());
    let (mut sites, mut apps) = (Vec::new(), Vec::new());
    for Read { name, source, format } in files {
        note_behind_names(source.text(), &mut secrets);
        let found = match format {
            Format::Manifest => manifest::parse(source).map(|_| Sites::default()),
            Format::App(language) => {
                apps.push(plan::apps::read(source, *language, project));
                Ok(Sites::default())
            }
            _ => plan::sites(source, *format, config).map_err(|problem| problem.to_string()),
        };
        match found {
            Ok(found) => {
                secrets.merge(&found.secrets);
                sites.extend(found.sites.into_iter().map(|site| plan::Site { path: name.clone(), ..site }));
            }
            Err(error) => errors.push((name.clone(), short(&error))),
        }
    }
    apps.iter().for_each(|app: &AppFile| secrets.merge(&app.secrets));
    let masker = secrets.masker(false);
    for site in &mut sites {
        site.pool = site.pool.or_else(|| plan::pool::by_folder(&site.path, &[]));
        site.mask(&masker);
    }
    let mut plan = plan::group(sites);
    plan.apps = plan::apps::group(apps.iter(), &masker);
    (plan, secrets, errors)
}

/// The configuration that `init` makes of the plan, with the LinkNames that were chosen.
fn made(mut plan: Plan, chosen: &BTreeMap<String, String>) -> String {
    for planned in plan.connections.iter_mut().filter(|planned| planned.link.why == Why::Suggested) {
        if let Some(name) = chosen.get(&planned.link.name).filter(|name| is_link_name(name)) {
            planned.link.name.clone_from(name);
        }
    }
    for site in plan.connections.iter_mut().flat_map(|planned| &mut planned.sites) {
        site.path = Path::new(FOLDER).join(&site.path);
    }
    plan::toml::text(&plan, Path::new(FOLDER))
}

fn migrated(file: &Read, config: &Arc<Config>, project: &Arc<Project>, wanted: &Unsafe) -> Result<Done, Problem> {
    let Read { source, format, .. } = file;
    let fixed = |source: &Source, level| fix::fix(source, *format, config, project, level);
    let safe = fixed(source, Applicability::Safe)?;
    let left = safe.after.as_ref().map_or(&safe.before, |(_, left)| left);
    if !left.findings.iter().any(is_unsafe) {
        return Ok(Done { fixed: safe, offers: Vec::new() });
    }
    let text = safe.after.as_ref().map_or(source.text(), |(text, _)| text);
    let start = Source::new(source.path(), text);
    let (config, shared) = (Arc::clone(config), Arc::clone(project));
    let mut session = Session::new(&start, *format, config, shared, Applicability::Unsafe, false);
    // What is switched on for one text must not be made in another.
    let suffix = format!(" {} {}", fingerprint(source.text()), file.name.display());
    let changes = session.changes()?.into_iter();
    let offers: Vec<(String, Finding)> =
        changes.filter_map(|(id, findings)| Some((id + &suffix, findings.into_iter().find(is_unsafe)?))).collect();
    let fixed = match wanted {
        Unsafe::None => safe,
        Unsafe::All => fixed(source, Applicability::Unsafe)?,
        Unsafe::Only(ids) => {
            let known = offers.iter().filter(|(id, _)| ids.contains(id));
            let ids: BTreeSet<&str> = known.filter_map(|(id, _)| id.strip_suffix(&suffix)).collect();
            if ids.is_empty() {
                safe
            } else {
                session.accept_only(&ids)?;
                // What is dead now goes.
                let then = fixed(session.source(), Applicability::Safe)?;
                let after = then.after.unwrap_or_else(|| (session.source().text().to_owned(), then.before));
                Fixed { before: safe.before, after: Some(after).filter(|(text, _)| text != source.text()) }
            }
        }
    };
    Ok(Done { fixed, offers })
}

/// Whether it offers an unsafe change.
fn is_unsafe(finding: &Finding) -> bool {
    let changes = finding.fix.as_ref().is_some_and(|fix| !fix.edits.is_empty());
    changes && finding.applicability == Applicability::Unsafe
}

fn report(
    files: &[Read],
    done: &[Option<Done>],
    errors: &[(PathBuf, String)],
    masker: Masker,
    which: impl Fn(&Fixed) -> &fix::Examined,
) -> String {
    let named: Vec<Source> = files.iter().map(|file| Source::new(file.name.as_path(), file.source.text())).collect();
    let each = || files.iter().zip(&named).zip(done).filter_map(|((_, named), done)| Some((named, done.as_ref()?)));
    let mut findings = Vec::new();
    for (named, done) in each() {
        let path: Arc<Path> = named.path().into();
        for finding in &which(&done.fixed).findings {
            findings.push((named, Finding { path: Arc::clone(&path), ..finding.clone() }));
        }
    }
    let report = Report {
        findings: findings.iter().map(|(source, finding)| (*source, finding)).collect(),
        dismissed: each()
            .flat_map(|(named, done)| which(&done.fixed).dismissed.iter().map(move |one| (named, one)))
            .collect(),
        suppressed: each().map(|(_, done)| which(&done.fixed).suppressed).sum(),
        baseline: None,
        errors: errors.iter().map(error).collect(),
        files: files.len() - errors.len(),
        skipped: 0,
        unread: 0,
        width: None,
        masker,
    };
    let mut out = Vec::new();
    // Nothing fails that is written to memory.
    let _ = json::write(&report, &mut out);
    short(&String::from_utf8(out).unwrap_or_default())
}

fn shown(file: &Read, done: Option<&Done>, request: &Request, masker: &Masker) -> Migrated {
    let old = file.source.text();
    let new = done.and_then(|done| done.fixed.after.as_ref()).map(|(text, _)| text.as_str());
    let offers = done.map_or(&[][..], |done| &done.offers);
    Migrated {
        name: file.name.to_string_lossy().into_owned(),
        text: new.map(str::to_owned),
        hidden: hidden(old, masker),
        hidden_after: hidden(new.unwrap_or(old), masker),
        changes: new.map(|new| changes(old, new)).unwrap_or_default(),
        offers: offers.iter().map(|(id, finding)| offer(id, finding, &request.unsafe_changes, masker)).collect(),
    }
}

fn offer(id: &str, finding: &Finding, wanted: &Unsafe, masker: &Masker) -> Offer {
    let mask = |text: &str| short(&masker.mask(text));
    Offer {
        line: finding.start.line,
        rule: finding.rule.name(),
        message: mask(&finding.message),
        does: finding.fix.as_ref().map(|fix| mask(&fix.message)).unwrap_or_default(),
        notes: finding.notes.iter().map(|note| mask(note)).collect(),
        is_on: match wanted {
            Unsafe::None => false,
            Unsafe::All => true,
            Unsafe::Only(ids) => ids.contains(id),
        },
        id: id.to_owned(),
    }
}

/// Where secrets stand in a text.
fn hidden(text: &str, masker: &Masker) -> Vec<Hidden> {
    let (mut at, mut units) = (0, 0);
    let mut to = |byte: usize| {
        units += text.get(at..byte).unwrap_or("").encode_utf16().count();
        at = byte;
        units
    };
    let secrets = masker.secrets(text).into_iter();
    let secrets = secrets.map(|(start, end)| Hidden {
        start: to(start),
        end: to(end),
        shown: masked(text.get(start..end).unwrap_or("")),
    });
    secrets.collect()
}

/// The lines that differ.
fn changes(old: &str, new: &str) -> Vec<[usize; 4]> {
    let mut changes: Vec<[usize; 4]> = Vec::new();
    for hunk in diff::hunks(old.as_bytes(), new.as_bytes()) {
        // Where there are no lines on one side, it says which line is before.
        let first = |start: usize, lines: usize| if lines == 0 { start } else { start.saturating_sub(1) };
        let mut old = first(hunk.old_start, hunk.old_lines);
        let mut new = first(hunk.new_start, hunk.new_lines);
        let mut open: Option<[usize; 4]> = None;
        for line in &hunk.lines {
            match line.kind {
                diff::LineKind::Context => {
                    changes.extend(open.take());
                    (old, new) = (old + 1, new + 1);
                }
                diff::LineKind::Removed => {
                    old += 1;
                    open.get_or_insert([old - 1, old, new, new])[1] = old;
                }
                diff::LineKind::Added => {
                    new += 1;
                    open.get_or_insert([old, old, new - 1, new])[3] = new;
                }
            }
        }
        changes.extend(open);
    }
    changes
}
