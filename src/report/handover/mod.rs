//! The hand-over report, for whoever pays for the migration or pastes the functions back: what is to be made in Zoho, each
//! function before and after, and what is left.
//!
//! ```text
//! plan ─┐
//!       ├→ Handover, masked → html (one page that works offline) | markdown (for a ticket)
//! fix ──┘
//! ```
//!
//! It is built once, and everything in it is masked and can be printed: the writers decide on looks only.

mod checklist;
pub mod html;
pub mod markdown;
mod panel;
#[cfg(test)]
mod tests;
pub mod unit;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{counted, printable, printable_path, summary};
use crate::finding::{Applicability, Finding, Rule, Severity, WITH_UNSAFE_FIXES};
use crate::plan::product::product_of;
use crate::plan::{Plan, Site};
use crate::project::format::Format;
use crate::text::secret::{Masker, Secrets};
use crate::text::source::Source;
use crate::zoho;

pub use checklist::{Apps, AppsOf, CallSite, Checklist, Made, Pool, Scope};
pub use panel::{Line, Panel, Piece, Row, Shown};
use unit::{Text, Unit};

/// What became of a file.
#[derive(Debug)]
pub struct File {
    /// Its text before.
    pub source: Source,
    /// What it is.
    pub format: Format,
    /// Its functions, or itself.
    pub units: Vec<Unit>,
    /// What was found in it.
    pub findings: Vec<Finding>,
    /// How many more findings comments suppress.
    pub suppressed: usize,
    /// Every secret that it holds.
    pub secrets: Secrets,
    /// Whether something in it could be done if a Connection were configured.
    pub unconfigured: bool,
}

/// What the report is made of.
pub struct Material<'m> {
    /// What was named on the command line.
    pub paths: &'m [PathBuf],
    /// The Connections.
    pub plan: &'m Plan,
    /// The files, in the order of their paths; those of which there is nothing to say may be left out.
    pub files: Vec<&'m File>,
    /// How many are left out.
    pub left_out: usize,
    /// Files that could not be worked on.
    pub errors: Vec<(&'m Path, &'m str)>,
    /// What is applied.
    pub level: Applicability,
    /// Knows the secrets of all files.
    pub masker: &'m Masker,
}

/// The report. The texts of functions, which may take more than all else, are made ready when they are written.
#[derive(Debug)]
pub struct Handover<'m> {
    /// Tells it from reports on something else; the same for the same content.
    pub key: String,
    /// What was read.
    pub paths: Vec<String>,
    /// Whether changes that rest on an assumption are made.
    pub with_unsafe: bool,
    /// Whether LinkNames in it are suggestions.
    pub suggested: bool,
    /// The counts.
    pub summary: Summary,
    /// The Connections to make or to extend.
    pub checklist: Checklist,
    /// Functions and files that change or need somebody.
    pub functions: Vec<Function<'m>>,
    /// Endpoints that no longer exist.
    pub dead: Vec<Dead>,
    /// Apps in other languages.
    pub apps: Option<Apps>,
    /// Files that could not be worked on, with the reason.
    pub errors: Vec<(String, String)>,
}

/// The counts.
#[derive(Default, PartialEq, Eq, Debug)]
pub struct Summary {
    /// Files that were read.
    pub files: usize,
    /// Functions and files that change.
    pub changed: usize,
    /// Those that somebody has to work on.
    pub open: usize,
    /// Files without any of these.
    pub untouched: usize,
    /// Requests that send a token, by service and data centre.
    pub requests: Vec<Requests>,
    /// The different tokens whose values can be seen, masked.
    pub tokens: Vec<String>,
    /// How many these are.
    pub token_count: usize,
    /// Findings that comments suppress.
    pub suppressed: usize,
}

/// The requests to one service in one data centre.
#[derive(PartialEq, Eq, Debug)]
pub struct Requests {
    /// The service.
    pub service: &'static str,
    /// The data centre, in capitals.
    pub data_center: Option<String>,
    /// Those that are migrated.
    pub done: usize,
    /// Those whose migration rests on an assumption and is held back.
    pub held: usize,
    /// Those that are left to people.
    pub manual: usize,
}

impl Requests {
    /// How many there are.
    pub fn all(&self) -> usize {
        self.done + self.held + self.manual
    }
}

/// A function or a file that changes or needs somebody.
#[derive(Debug)]
pub struct Function<'m> {
    /// Its name.
    pub name: String,
    /// The file, with the line where it is not the whole file.
    pub place: String,
    /// Whether it can be pasted back as it is.
    pub kind: UnitKind,
    /// The product it runs in.
    pub product: Option<&'static str>,
    /// The LinkNames that are put in.
    pub links: BTreeSet<String>,
    /// What is done.
    pub done: Vec<Remark>,
    /// What is left.
    pub left: Vec<Remark>,
    /// Before and after; `None` when nothing changes.
    pub change: Option<Sides<'m>>,
}

/// What a text is, to whoever puts it back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnitKind {
    /// A function that is pasted into an editor.
    Function,
    /// Anything else.
    File,
}

/// Before and after, not masked yet.
pub struct Sides<'m> {
    before: &'m Text,
    after: &'m Text,
    masker: &'m Masker,
}

impl Sides<'_> {
    /// What may be shown of them.
    pub fn shown(&self) -> Change {
        let new = Shown::of(&self.after.text, self.masker);
        let copy = self.after.text.trim_start_matches('\u{feff}');
        Change {
            panel: Panel::of(self.before, self.after, self.masker),
            copy: (!new.is_masked && new.is_exact).then(|| copy.to_owned()),
            new,
        }
    }
}

impl std::fmt::Debug for Sides<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.shown().fmt(out)
    }
}

/// Before and after.
#[derive(Debug)]
pub struct Change {
    /// Side by side.
    pub panel: Panel,
    /// The new text.
    pub new: Shown,
    /// The new text, exact; `None` when a secret is masked in it or something in it cannot be shown as it is.
    pub copy: Option<String>,
}

/// Something that was found.
#[derive(PartialEq, Eq, Debug)]
pub struct Remark {
    /// The line of the file.
    pub line: u32,
    /// The rule.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What can be done about it.
    pub applicability: Applicability,
    /// What is wrong.
    pub message: String,
    /// What is done, assumed, or to be done.
    pub notes: Vec<String>,
    /// The line of code.
    pub code: Vec<Piece>,
}

/// A request to an endpoint that is gone.
#[derive(PartialEq, Eq, Debug)]
pub struct Dead {
    /// Where.
    pub place: String,
    /// Host and path.
    pub address: String,
    /// What takes its place.
    pub replacement: String,
}

/// A line of code in a remark has at most so many characters.
const MOST_CODE: usize = 160;

impl<'m> Handover<'m> {
    /// Builds the report.
    pub fn of(material: &'m Material<'m>) -> Self {
        let Material { plan, masker, .. } = material;
        let clean = |text: &str| printable(&masker.mask(text));
        let mut summary = Summary {
            files: material.files.len() + material.left_out,
            untouched: material.left_out,
            ..Summary::default()
        };
        let pools = material.pools();
        let mut functions = Vec::new();
        for file in &material.files {
            summary.suppressed += file.suppressed;
            let of_file = material.functions(file, &pools);
            summary.untouched += usize::from(of_file.is_empty() && !matches!(file.format, Format::App(_)));
            functions.extend(of_file);
        }
        summary.changed = functions.iter().filter(|function| function.change.is_some()).count();
        summary.open = functions.iter().filter(|function| !function.left.is_empty()).count();
        summary.requests = material.requests();
        (summary.tokens, summary.token_count) = tokens(plan);
        summary.tokens.iter_mut().for_each(|token| *token = clean(token));
        let mut handover = Handover {
            key: String::new(),
            paths: material.paths.iter().map(|path| clean(&printable_path(path))).collect(),
            with_unsafe: material.level >= Applicability::Unsafe,
            suggested: material.files.iter().flat_map(|file| &file.findings).any(|finding| finding.suggested),
            summary,
            checklist: Checklist::of(plan, masker),
            functions,
            dead: material.dead(),
            apps: Apps::of(&plan.apps, masker),
            errors: material.errors.iter().map(|(path, error)| (clean(&printable_path(path)), clean(error))).collect(),
        };
        if handover.paths.is_empty() {
            handover.paths.push(".".to_owned());
        }
        handover.key = handover.key();
        handover
    }

    /// The counts of what there is, each with what it counts.
    pub fn counts(&self) -> Vec<(usize, &'static str)> {
        let counts = [
            (self.summary.requests.iter().map(Requests::all).sum(), "request sends a token", "requests send a token"),
            (self.summary.changed, "function changes", "functions change"),
            (self.checklist.to_create(), "Connection to create", "Connections to create"),
            (self.checklist.to_extend(), "Connection to extend", "Connections to extend"),
            (self.summary.open, "function needs a person", "functions need a person"),
            (self.errors.len(), "file could not be read", "files could not be read"),
        ];
        let there = counts.into_iter().filter(|(count, ..)| *count > 0);
        there.map(|(count, one, many)| (count, if count == 1 { one } else { many })).collect()
    }

    /// What else was found, of which nothing more is said; nothing for nothing.
    pub fn rest(&self) -> String {
        let verb = |count: usize, one: &'static str, many: &'static str| if count == 1 { one } else { many };
        let mut said = Vec::new();
        if self.summary.untouched > 0 {
            let count = self.summary.untouched;
            said.push(format!("{} {} no change.", counted(count, "other file"), verb(count, "needs", "need")));
        }
        if self.checklist.there > 0 {
            let count = self.checklist.there;
            said.push(format!("{} {} a Connection already.", counted(count, "request"), verb(count, "has", "have")));
        }
        if self.summary.suppressed > 0 {
            let count = self.summary.suppressed;
            let are = verb(count, "is", "are");
            said.push(format!("{} {are} suppressed by comments and left out here.", counted(count, "finding")));
        }
        said.join(" ")
    }

    /// What the page keeps its boxes under.
    fn key(&self) -> String {
        let mut hash = Sha256::new();
        for function in &self.functions {
            let copy = function.change.as_ref().and_then(|change| change.shown().copy).unwrap_or_default();
            for text in [&function.place, &function.name, &copy] {
                hash.update((text.len() as u64).to_le_bytes());
                hash.update(text);
            }
        }
        hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty() && self.checklist.pools.is_empty() && self.apps.is_none() && self.errors.is_empty()
    }
}

/// The product that each file runs in, as far as its requests tell.
type Pools<'m> = HashMap<&'m Path, Option<crate::plan::pool::Pool>>;

impl<'m> Material<'m> {
    fn clean(&self, text: &str) -> String {
        printable(&self.masker.mask(text))
    }

    fn place(&self, path: &Path, line: u32) -> String {
        format!("{}:{line}", self.clean(&printable_path(path)))
    }

    /// The functions of a file of which something is to be said.
    fn functions(&'m self, file: &'m File, pools: &Pools<'_>) -> Vec<Function<'m>> {
        // Apps have a section of their own.
        if matches!(file.format, Format::App(_)) {
            return Vec::new();
        }
        let mut of_unit: BTreeMap<Option<usize>, Vec<&Finding>> = BTreeMap::new();
        for finding in file.findings.iter().filter(|finding| !finding.is_optional()) {
            let at = finding.range.start();
            let unit = file.units.partition_point(|unit| unit.range.end() <= at);
            let unit = Some(unit).filter(|&unit| file.units.get(unit).is_some_and(|unit| unit.range.start() <= at));
            of_unit.entry(unit).or_default().push(finding);
        }
        let mut functions = Vec::new();
        for (index, unit) in file.units.iter().enumerate() {
            let findings = of_unit.remove(&Some(index)).unwrap_or_default();
            if unit.after.is_some() || findings.iter().any(|finding| finding.applicability > self.level) {
                functions.push(self.function(file, Some(unit), &findings, pools));
            }
        }
        // What stands between the functions, such as webhooks in an export.
        let elsewhere = of_unit.into_values().flatten().collect::<Vec<_>>();
        if !elsewhere.is_empty() {
            functions.push(self.function(file, None, &elsewhere, pools));
        }
        functions
    }

    /// A unit with its findings; of what stands between the functions, only the findings.
    fn function(
        &'m self,
        file: &'m File,
        unit: Option<&'m Unit>,
        findings: &[&Finding],
        pools: &Pools<'_>,
    ) -> Function<'m> {
        let path = file.source.path();
        let is_file = unit.is_none_or(|unit| unit.is_file);
        let line = unit.map_or(1, |unit| file.source.index().line(unit.range.start()));
        let stem = || path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let file_name = || path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let name = match (unit, file.format.has_functions()) {
            (Some(unit), true) if unit.is_file => unit.name.clone().unwrap_or_else(stem),
            (Some(unit), true) => unit.name.clone().unwrap_or_else(|| format!("script in line {line}")),
            _ => file_name(),
        };
        let change = unit
            .and_then(|unit| Some(Sides { before: &unit.before, after: unit.after.as_ref()?, masker: self.masker }));
        let is_done = |finding: &&&Finding| finding.applicability <= self.level;
        // Where a suggestion was put in, the Connection to create stands in the checklist.
        let is_listed = |finding: &Finding| change.is_some() && finding.rule == Rule::NoConnectionConfigured;
        let is_left = |finding: &&&Finding| !is_done(finding) && !is_listed(finding);
        let remark = |finding: &&Finding| self.remark(&file.source, finding);
        let links = findings.iter().filter(is_done).filter_map(|finding| finding.connection.as_deref());
        Function {
            name: self.clean(&name),
            place: if is_file { self.clean(&printable_path(path)) } else { self.place(path, line) },
            kind: if unit.is_some() && file.format.has_functions() { UnitKind::Function } else { UnitKind::File },
            product: self.product(path, pools),
            links: links.map(|link| self.clean(link)).collect(),
            done: findings.iter().filter(is_done).map(remark).collect(),
            left: findings.iter().filter(is_left).map(remark).collect(),
            change,
        }
    }

    fn remark(&self, source: &Source, finding: &Finding) -> Remark {
        // What such changes do is done in a report with them.
        let is_with_unsafe = self.level >= Applicability::Unsafe;
        let note = |note: &str| {
            let does = note.strip_prefix(WITH_UNSAFE_FIXES).filter(|_| is_with_unsafe);
            self.clean(does.unwrap_or(note))
        };
        Remark {
            line: finding.start.line,
            rule: finding.rule.name(),
            severity: finding.severity,
            applicability: finding.applicability,
            message: self.clean(&finding.message),
            notes: finding.notes.iter().map(|text| note(text)).collect(),
            code: self.code(source, finding.start.line),
        }
    }

    /// A line of code, without its indentation; a long one is cut once it is masked.
    fn code(&self, source: &Source, line: u32) -> Vec<Piece> {
        let text = source.index().line_range(line).of(source.text()).trim();
        let mut pieces = Shown::of(text, self.masker).lines.into_iter().next().unwrap_or_default();
        let mut room = MOST_CODE;
        for (index, piece) in pieces.iter_mut().enumerate() {
            if let Some((end, _)) = piece.text.char_indices().nth(room) {
                piece.text.truncate(end);
                piece.text.push('…');
                pieces.truncate(index + 1);
                break;
            }
            room -= piece.text.chars().count();
        }
        pieces
    }

    /// The product in which the functions of a file run.
    fn pools(&self) -> Pools<'_> {
        let mut pools = Pools::new();
        let planned = self.plan.connections.iter().flat_map(|planned| &planned.sites);
        for site in planned.chain(&self.plan.unseen).chain(&self.plan.variable) {
            pools.entry(&site.path).or_insert(site.pool);
        }
        pools
    }

    fn product(&self, path: &Path, pools: &Pools<'_>) -> Option<&'static str> {
        let pool = pools.get(path).copied().flatten();
        let pool = pool.or_else(|| crate::plan::pool::by_folder(path, self.paths));
        pool.and_then(|pool| product_of(pool.product)).map(|product| product.title)
    }

    fn requests(&self) -> Vec<Requests> {
        let mut rows: BTreeMap<(&'static str, Option<&'static str>), [usize; 3]> = BTreeMap::new();
        for finding in self.files.iter().flat_map(|file| &file.findings).filter(|finding| summary::is_request(finding))
        {
            let service = finding.service.map_or("Not known", zoho::service_title);
            let row = rows.entry((service, finding.data_center)).or_default();
            let column = match finding.applicability {
                level if level <= self.level => 0,
                Applicability::Manual => 2,
                _ => 1,
            };
            row.get_mut(column).into_iter().for_each(|cell| *cell += 1);
        }
        let row = |((service, center), [done, held, manual]): ((&'static str, Option<&str>), [usize; 3])| Requests {
            service,
            data_center: center.map(str::to_uppercase),
            done,
            held,
            manual,
        };
        rows.into_iter().map(row).collect()
    }

    /// The endpoints that are gone, in functions and in apps.
    fn dead(&self) -> Vec<Dead> {
        let mut dead = Vec::new();
        for file in &self.files {
            for finding in file.findings.iter().filter(|finding| finding.rule == Rule::LegacyEndpoint) {
                let code = self.code(&file.source, finding.start.line);
                dead.push(Dead {
                    place: self.place(file.source.path(), finding.start.line),
                    address: code.into_iter().map(|piece| piece.text).collect(),
                    replacement: self.clean(finding.notes.first().map_or("", |note| note)),
                });
            }
        }
        for site in self.plan.apps.services.iter().flat_map(|service| &service.sites) {
            let Some(replaced) = site.replaced else { continue };
            dead.push(Dead {
                place: self.place(&site.path, site.position.line),
                address: self.clean(&site.address),
                replacement: zoho::without_task(replaced),
            });
        }
        dead.dedup();
        dead
    }
}

/// The tokens whose values can be seen, masked, and how many they are.
fn tokens(plan: &Plan) -> (Vec<String>, usize) {
    let sites = plan.connections.iter().flat_map(|planned| &planned.sites).chain(&plan.unseen);
    let of_functions: BTreeSet<_> = sites.flat_map(|site: &Site| &site.tokens).cloned().collect();
    let mut of_apps: BTreeMap<&str, &str> = BTreeMap::new();
    of_apps.extend(plan.apps.tokens.iter().map(|token| (token.fingerprint.as_str(), token.shown.as_str())));
    let of_functions: Vec<_> = of_functions.into_iter().collect();
    let count = of_functions.len() + of_apps.len();
    let mut shown = crate::plan::shown(&of_functions);
    shown.extend(of_apps.into_values().map(str::to_owned));
    shown.sort();
    (shown, count)
}
