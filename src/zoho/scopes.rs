//! Which OAuth scopes a call needs: `scopes.tsv`, its lookup, and what is said where the path is not known.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{LazyLock, OnceLock};

use super::path::segments;
use super::{Service, UNKNOWN, service, tables};

/// `scopes.tsv`: one operation a line, sorted by service, path and method.
///
/// - service: a name of `services.toml`
/// - method: the HTTP method, or `*` for any
/// - path: `{name}` is any one segment, `cm_{name}` one that begins so, `/**` (last only) any number of them; `?NAME=VALUE`
///   asks for that parameter. Of several lines that fit, the one that is literal furthest to the left counts, then the one
///   that names the method.
/// - scopes: `|` between those of which one suffices, `+` between those that are all needed (`|` binds closer); `{op}` is
///   READ, CREATE, UPDATE or DELETE after the method, `{module}` the module in the path; `none` where no scope is needed
/// - confidence: empty, or the name of a [`Confidence`]
/// - source: where the line is from: a page below zoho.com, an OpenAPI document of Zoho's (and the public repository that
///   has it), facts sections 4.3, 5 and 10.3
pub(super) const FILE: &str = include_str!("scopes.tsv");

/// How sure an entry of the tables is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A document of Zoho's says so, or follows from one.
    #[default]
    Documented,
    /// Somebody else's list or working program says so.
    Secondhand,
    /// The scope has a source; that it is the one for this call follows from its name.
    Inferred,
    /// Zoho's documents contradict themselves there.
    Doubtful,
    /// Nothing but memory says so.
    Memory,
}

/// What the scopes of a call were found by, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Its method and path are in the table.
    Operation,
    /// Only calls of the same part of the API are.
    Part,
    /// Nothing but the service is known.
    Service,
}

/// The scopes that a call needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Need {
    /// All of these are needed, and of each any one of the alternatives suffices, the narrowest first. Never empty, nor is
    /// an alternative.
    pub all_of: Vec<Vec<String>>,
    /// What they were found by.
    pub basis: Basis,
    /// How sure they are.
    pub confidence: Confidence,
    /// Where they are from.
    pub source: &'static str,
}

/// The API's name and its version stand before the part of the API that a path is about: `/books/v3/invoices`.
const PART: usize = 2;

/// Modules of Zoho CRM that have scopes of their own; those of others are called `custom`. Zoho's list of scopes
/// (crm/developer/docs/api/v2/scopes.html) has most of them, the rest is from memory.
const CRM_MODULES: &[&str] = &[
    "accounts",
    "activities",
    "appointments",
    "approvals",
    "attachments",
    "calls",
    "campaigns",
    "cases",
    "contacts",
    "dashboards",
    "deals",
    "emails",
    "events",
    "invoices",
    "leads",
    "notes",
    "pricebooks",
    "products",
    "purchaseorders",
    "quotes",
    "reports",
    "salesorders",
    "solutions",
    "tasks",
    "vendors",
    "visits",
];

#[derive(Debug)]
pub(super) struct Row {
    pub(super) method: &'static str,
    pub(super) parts: Vec<&'static str>,
    pub(super) open: bool,
    pub(super) query: Option<(&'static str, &'static str)>,
    pub(super) scopes: &'static str,
    pub(super) confidence: Confidence,
    pub(super) source: &'static str,
}

/// The lines of each service, which stand together, and these taken apart when they are asked for.
type Services = HashMap<&'static str, (Vec<&'static str>, OnceLock<Vec<Row>>)>;

fn lines() -> &'static Services {
    static LINES: LazyLock<Services> = LazyLock::new(|| {
        let mut services = Services::new();
        let lines: Vec<&str> = FILE.lines().skip(1).collect();
        for lines in lines.chunk_by(|one, other| name(one) == name(other)) {
            let service = lines.first().map_or("", |line| name(line));
            services.entry(service).or_default().0.extend(lines);
        }
        services
    });
    &LINES
}

fn name(line: &str) -> &str {
    line.split('\t').next().unwrap_or(line)
}

/// The lines of a service; none if the table has none.
fn rows_of(service: &str) -> &'static [Row] {
    lines().get(service).map_or(&[], |(lines, rows)| {
        rows.get_or_init(|| lines.iter().filter_map(|line| row(line)).map(|(_, row)| row).collect())
    })
}

/// The lines of the table by service.
pub(super) fn rows() -> impl Iterator<Item = (&'static str, &'static [Row])> {
    lines().keys().map(|service| (*service, rows_of(service)))
}

/// One line of the table; `None` for one that has not the columns it should have (the tests load all of them).
pub(super) fn row(line: &'static str) -> Option<(&'static str, Row)> {
    let mut columns = line.split('\t');
    let mut next = || columns.next();
    let (service, method, path, scopes, confidence, source) = (next()?, next()?, next()?, next()?, next()?, next()?);
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query.split_once('=')?)),
        None => (path, None),
    };
    let (path, open) = path.strip_suffix("/**").map_or((path, false), |path| (path, true));
    let confidence = match confidence {
        "" => Confidence::Documented,
        "secondhand" => Confidence::Secondhand,
        "inferred" => Confidence::Inferred,
        "doubtful" => Confidence::Doubtful,
        "memory" => Confidence::Memory,
        _ => return None,
    };
    Some((service, Row { method, parts: segments(path).collect(), open, query, scopes, confidence, source }))
}

/// The scopes for a call of `service` (a name of the table) to `path`, which may have a query and in which what is not known
/// before run time is [`UNKNOWN`]. `method` is the HTTP method in capitals, `None` when it is not known. `None` when the
/// service is not in the table, or no scopes are known (Zoho Accounts) or needed.
pub fn scopes(service_name: &str, method: Option<&str>, path: &str) -> Option<Need> {
    let call = (service_name.to_owned(), method.map(str::to_owned), path.to_owned());
    if let Some(known) = KNOWN.with_borrow(|known| known.get(&call).cloned()) {
        return known;
    }
    let need = find(service_name, method, path);
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(call, need.clone());
    });
    need
}

/// What the calls of a file need is asked for again and again; of so many it is remembered.
const MOST_KNOWN: usize = 1 << 10;

/// A call: service, method and path.
type Call = (String, Option<String>, String);

thread_local! {
    static KNOWN: RefCell<HashMap<Call, Option<Need>>> = RefCell::default();
}

fn find(service_name: &str, method: Option<&str>, path: &str) -> Option<Need> {
    let service = service(service_name)?;
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let known: Vec<&str> = segments(path).collect();
    let path = service.same_paths.iter().find_map(|same| same.apply(&known)).unwrap_or(known);
    let path = Path::of(&path);
    let rows = rows_of(&service.name);
    if let Some(row) = method.and_then(|method| row_of(rows, method, &path, query)) {
        if row.scopes == "none" {
            return None;
        }
        if let Some(need) = of_operation(row, &service.name, method, &path) {
            return Some(need);
        }
    }
    of_part(rows, service, method, &path).or_else(|| {
        (!service.broad.is_empty()).then(|| Need {
            all_of: service.broad.iter().map(|scope| vec![scope.clone()]).collect(),
            basis: Basis::Service,
            confidence: service.broad_confidence,
            source: "services.toml",
        })
    })
}

/// A path, by its segments, as it is compared with those of the table.
struct Path<'p> {
    segments: &'p [&'p str],
    /// `"…/invoices" + rest`: what follows may be a query or further segments.
    literals: Vec<&'p str>,
}

impl<'p> Path<'p> {
    fn of(segments: &'p [&'p str]) -> Self {
        Self { segments, literals: segments.iter().map(|segment| segment.trim_end_matches(UNKNOWN)).collect() }
    }

    /// Whether these parts of a line stand for the first segments.
    fn begins_with(&self, parts: &[&str]) -> bool {
        let literals = self.literals.get(..parts.len());
        // Most lines of a service begin alike.
        literals.is_some_and(|literals| parts.iter().zip(literals).rev().all(|(part, own)| stands_for(part, own)))
    }
}

/// Whether a part of a line stands for a segment.
fn stands_for(part: &str, segment: &str) -> bool {
    match part.split_once('{') {
        Some(("", _)) => true,
        Some((beginning, _)) => {
            segment.get(..beginning.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(beginning))
        }
        None => segment.eq_ignore_ascii_case(part),
    }
}

fn is_parameter(part: &str) -> bool {
    part.contains('{')
}

impl Row {
    /// How well the line fits, greater is better; `None` when it does not.
    fn fit(&self, method: &str, path: &Path<'_>, query: &str) -> Option<(Vec<bool>, bool, bool)> {
        // First what rules out most lines quickly.
        let segments = path.segments.len();
        let length = if self.open { segments >= self.parts.len() } else { segments == self.parts.len() };
        if !(length && (self.method == "*" || self.method == method)) {
            return None;
        }
        let asks = self.query.is_none_or(|(name, value)| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.any(|(own, given)| own.eq_ignore_ascii_case(name) && given.eq_ignore_ascii_case(value))
        });
        if !(asks && path.begins_with(&self.parts)) {
            return None;
        }
        let literals = self.parts.iter().map(|part| !is_parameter(part)).collect();
        Some((literals, self.query.is_some(), self.method != "*"))
    }
}

/// The line for a call.
fn row_of<'r>(rows: &'r [Row], method: &str, path: &Path<'_>, query: &str) -> Option<&'r Row> {
    let fits = rows.iter().filter_map(|row| Some((row.fit(method, path, query)?, row)));
    let (_, row) = fits.filter(|(_, row)| row.is_of_module(rows, path)).max_by(|(one, _), (two, _)| one.cmp(two))?;
    Some(row)
}

impl Row {
    /// The place of the module in the path.
    fn module(&self) -> Option<usize> {
        self.parts.iter().position(|part| is_parameter(part) && part.contains("module"))
    }

    /// Whether what stands where this line has a module may be one: no part of the system (`__features`), nor a word of the
    /// API (`settings`), which other lines write out in lower case.
    fn is_of_module(&self, rows: &[Row], path: &Path<'_>) -> bool {
        let Some((at, segment)) = self.module().and_then(|at| Some((at, path.literals.get(at)?))) else { return true };
        let is_word = |row: &Row| {
            row.parts.get(at).is_some_and(|part| part == segment)
                && segment.starts_with(|c: char| c.is_ascii_lowercase())
        };
        !segment.starts_with("__") && !rows.iter().any(is_word)
    }
}

fn of_operation(row: &Row, service: &str, method: Option<&str>, path: &Path<'_>) -> Option<Need> {
    let path = path.segments;
    let module = row.module().and_then(|at| path.get(at)).copied();
    let unseen = module.is_some_and(|module| module.contains(UNKNOWN));
    let is_literal_below = row.module().is_some_and(|at| row.parts.iter().skip(at).any(|part| !is_parameter(part)));
    if unseen && !is_literal_below && !row.scopes.contains("{module}") {
        return None;
    }
    let module = module.filter(|_| !unseen).map(|module| module_scope(service, module));
    let operation = operation(method?)?;
    let alternatives = |any: &str| -> Vec<String> {
        let mut named: Vec<String> = any
            .split('|')
            .filter(|scope| module.is_some() || !scope.contains("{module}"))
            .map(|scope| scope.replace("{op}", operation).replace("{module}", module.as_deref().unwrap_or("")))
            .collect();
        named.sort_by_key(|scope| breadth(scope, operation));
        named
    };
    let all_of: Vec<Vec<String>> = row.scopes.split('+').map(alternatives).filter(|any| !any.is_empty()).collect();
    let partly = unseen || path.iter().any(|segment| segment.contains(UNKNOWN) && !segment.starts_with(UNKNOWN));
    let basis = if partly { Basis::Part } else { Basis::Operation };
    (!all_of.is_empty()).then_some(Need { all_of, basis, confidence: row.confidence, source: row.source })
}

/// Orders alternatives: the one for just this kind of operation, one for another kind, then those for everything in a small
/// group.
fn breadth(scope: &str, operation: &str) -> (u8, std::cmp::Reverse<usize>) {
    let last = scope.rsplit('.').next().unwrap_or("");
    if last.eq_ignore_ascii_case(operation) {
        (0, std::cmp::Reverse(0))
    } else if last.eq_ignore_ascii_case("ALL") {
        (2, std::cmp::Reverse(scope.split('.').count()))
    } else {
        (1, std::cmp::Reverse(0))
    }
}

/// What most calls need that begin like this one, as far as any line does, and have its method, as far as one has. Nothing
/// is made up: where the group of their scopes has none for everything, it is each of theirs.
fn of_part(rows: &[Row], service: &Service, method: Option<&str>, path: &Path<'_>) -> Option<Need> {
    path.segments.get(PART).filter(|part| !part.contains(UNKNOWN))?;
    let alike = |row: &Row, length: usize| {
        row.parts.get(..length).is_some_and(|parts| path.begins_with(parts))
            && row.parts.get(PART).is_some_and(|part| !is_parameter(part) || row.module() == Some(PART))
            && row.is_of_module(rows, path)
            && row.scopes != "none"
    };
    let near = (PART + 1..=path.segments.len()).rev().find_map(|length| {
        let near: Vec<&Row> = rows.iter().filter(|row| alike(row, length)).collect();
        (!near.is_empty()).then_some(near)
    })?;
    let of_method = |row: &&&Row| row.method == "*" || method.is_none_or(|method| row.method == method);
    let same: Vec<&Row> = near.iter().filter(of_method).copied().collect();
    let near = if same.is_empty() { near } else { same };
    // By group: what they do, and how many lines there are.
    let mut groups: BTreeMap<&str, (BTreeSet<&str>, Vec<&Row>)> = BTreeMap::new();
    for row in &near {
        let (group, operation) = row.scopes.split(['|', '+']).next()?.rsplit_once('.')?;
        let (operations, rows) = groups.entry(group).or_default();
        operations.insert(operation);
        rows.push(row);
    }
    let (group, (operations, lines)) = groups.into_iter().max_by_key(|(_, (_, rows))| rows.len())?;
    if lines.len() * 2 <= near.len() {
        return None;
    }
    let own = method.and_then(operation).unwrap_or("{op}");
    let mut named: Vec<String> = operations.iter().map(|one| format!("{group}.{}", one.replace("{op}", own))).collect();
    let lower = operations.iter().all(|one| one.bytes().all(|byte| byte.is_ascii_lowercase()));
    if let (true, Some(all)) = (named.len() > 1 || own == "{op}", all_of_group(rows, service, group, lower)) {
        named = vec![all];
    }
    if let Some(module) = path.segments.get(PART) {
        let module = module_scope(&service.name, module);
        named.iter_mut().for_each(|scope| *scope = scope.replace("{module}", &module));
    }
    if named.iter().any(|scope| scope.contains('{')) {
        return None;
    }
    let all_of = named.into_iter().map(|scope| vec![scope]).collect();
    let confidence = lines.iter().map(|row| row.confidence).max().unwrap_or_default();
    Some(Need { all_of, basis: Basis::Part, confidence, source: lines.first()?.source })
}

/// The scope for everything of a group, if it has one; `lower` when its operations are written in lower case.
fn all_of_group(rows: &[Row], service: &Service, group: &str, lower: bool) -> Option<String> {
    let all = |scope: &&str| {
        scope.rsplit_once('.').is_some_and(|(own, operation)| own == group && operation.eq_ignore_ascii_case("all"))
    };
    let listed = rows.iter().flat_map(|row| row.scopes.split(['|', '+']));
    let known = listed.chain(service.broad.iter().map(String::as_str)).find(all).map(str::to_owned);
    known.or_else(|| service.all_of_groups.then(|| format!("{group}.{}", if lower { "all" } else { "ALL" })))
}

/// The word for what an HTTP method does.
fn operation(method: &str) -> Option<&'static str> {
    Some(match method {
        "GET" => "READ",
        "POST" => "CREATE",
        "PUT" | "PATCH" => "UPDATE",
        "DELETE" => "DELETE",
        _ => return None,
    })
}

/// A module as it is called in scopes: `Sales_Orders` is `salesorders`.
fn module_scope(service: &str, module: &str) -> String {
    let plain: String = module.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_lowercase();
    match (service, plain.as_str()) {
        // The name that API v1 had (facts 4.3).
        ("crm", "potentials") => "deals".to_owned(),
        ("crm", name) if !CRM_MODULES.contains(&name) => "custom".to_owned(),
        _ => plain,
    }
}

/// Whether a scope exists, letter case aside: `None` when the table does not know its service well enough to decide.
pub fn exists(scope: &str) -> Option<bool> {
    /// Groups, services, and whole scopes with an operation of their own (`EXECUTE`).
    static KNOWN: OnceLock<[BTreeSet<String>; 3]> = OnceLock::new();
    let [groups, services, whole] = KNOWN.get_or_init(|| {
        let documented = || rows().flat_map(|(_, rows)| rows).filter(|row| row.confidence != Confidence::Memory);
        let all = || documented().flat_map(|row| row.scopes.split(['|', '+']));
        let broad = tables().services.iter().flat_map(|service| service.broad.iter().map(String::as_str));
        let group = |scope: &str| scope.rsplit_once('.').map(|(group, _)| group.to_ascii_lowercase());
        let service = |scope: &str| scope.split_once('.').map(|(service, _)| service.to_ascii_lowercase());
        [
            all().chain(broad).filter_map(group).collect(),
            all().filter_map(service).collect(),
            all().map(str::to_ascii_lowercase).collect(),
        ]
    });
    let lower = scope.to_ascii_lowercase();
    let service = lower.split('.').next()?;
    // A handful of operations that were written down say nothing of all the others.
    if !["desk", "zohobooks", "zohocrm", "zohoanalytics", "zohocreator"].contains(&service)
        || !services.contains(service)
    {
        return None;
    }
    // What Zoho's own page shows of Connections (facts 5.1 and 7.4), and no operation of the table needs.
    const SHOWN: &[&str] =
        &["desk.extensions", "desk.feeds", "desk.phonebridge", "desk.settings.extension", "desk.zia"];
    if ["desk.imports", "desk.exports"].contains(&lower.as_str()) || whole.contains(&lower) {
        return Some(true);
    }
    let (group, operation) = lower.rsplit_once('.')?;
    let operations: &[&str] = match service {
        "zohocrm" => &["all", "read", "create", "update", "delete", "write"],
        "desk" if matches!(group, "desk.imports" | "desk.exports") => &["custom"],
        _ => &["all", "read", "create", "update", "delete"],
    };
    let module = service == "zohocrm"
        && ["zohocrm.modules.", "zohocrm.share.", "zohocrm.mass_convert.", "zohocrm.send_mail."]
            .iter()
            .any(|of| group.strip_prefix(of).is_some_and(|module| !module.is_empty() && !module.contains('.')));
    Some((groups.contains(group) || SHOWN.contains(&group) || module) && operations.contains(&operation))
}
