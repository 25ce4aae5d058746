//! Which OAuth scopes a call needs: `scopes.tsv`, its lookup, and what is said where the path is not known.

use std::collections::{BTreeSet, HashMap};
use std::sync::{LazyLock, OnceLock};

use super::path::segments;
use super::{UNKNOWN, service, tables};

/// `scopes.tsv`: one operation a line, sorted by service, path and method.
///
/// - service: a name of `services.toml`
/// - method: the HTTP method, or `*` for any
/// - path: `{name}` is any one segment, `/**` (last only) any number of them; `?NAME=VALUE` asks for that parameter. Of
///   several lines that fit, the one that is literal furthest to the left counts, then the one that names the method.
/// - scopes: `|` between those of which one suffices, `+` between those that are all needed; `{op}` is READ, CREATE, UPDATE
///   or DELETE after the method, `{module}` the module in the path
/// - confidence: empty for what Zoho's own documents say; `memory` for a guess; `doubtful` where the document contradicts
///   itself
/// - source: where the line is from (facts sections 4.3, 5 and the OpenAPI documents they name)
pub(super) const FILE: &str = include_str!("scopes.tsv");

/// How sure an entry of the tables is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A document of Zoho's says so, or follows from one.
    #[default]
    Documented,
    /// The document it is from contradicts itself there.
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

/// Modules of Zoho CRM that have scopes of their own; those of others are called `custom`. From memory of Zoho's scope list
/// (crm/developer/docs/api/v2/scopes.html).
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
        "doubtful" => Confidence::Doubtful,
        "memory" => Confidence::Memory,
        _ => return None,
    };
    Some((service, Row { method, parts: segments(path).collect(), open, query, scopes, confidence, source }))
}

/// The scopes for a call of `service` (a name of the table) to `path`, which may have a query and in which what is not known
/// before run time is [`UNKNOWN`]. `method` is the HTTP method in capitals, `None` when it is not known. `None` when the
/// service is not in the table, or has no scopes (Zoho Accounts).
pub fn scopes(service_name: &str, method: Option<&str>, path: &str) -> Option<Need> {
    let service = service(service_name)?;
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let known: Vec<&str> = segments(path).collect();
    let path = service.same_paths.iter().find_map(|same| same.apply(&known)).unwrap_or(known);
    let path = Path::of(&path);
    let rows = rows_of(&service.name);
    let by_operation = || method.and_then(|method| of_operation(rows, service.name.as_str(), method, &path, query));
    by_operation().or_else(|| of_part(rows, &path)).or_else(|| {
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
        literals.is_some_and(|literals| {
            parts.iter().zip(literals).rev().all(|(part, own)| is_parameter(part) || own.eq_ignore_ascii_case(part))
        })
    }
}

fn is_parameter(part: &str) -> bool {
    part.starts_with('{')
}

impl Row {
    /// How well the line fits, greater is better; `None` when it does not.
    fn fit(&self, method: &str, path: &Path<'_>, query: &str) -> Option<(Vec<bool>, bool, bool)> {
        // First what is quickly told of most lines.
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

fn of_operation(rows: &[Row], service: &str, method: &str, path: &Path<'_>, query: &str) -> Option<Need> {
    let best = rows.iter().filter_map(|row| Some((row.fit(method, path, query)?, row)));
    let (_, row) = best.max_by(|(one, _), (two, _)| one.cmp(two))?;
    let path = path.segments;
    let module = row.parts.iter().zip(path).find(|(part, _)| part.contains("module")).map(|(_, segment)| *segment);
    let unseen = module.is_some_and(|module| module.contains(UNKNOWN));
    if unseen && !row.scopes.contains("{module}") {
        return None;
    }
    let module = module.filter(|_| !unseen).map(|module| module_scope(service, module));
    let operation = operation(method)?;
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

/// Orders alternatives: the one for just this kind of operation, then those for everything in a small group.
fn breadth(scope: &str, operation: &str) -> (u8, std::cmp::Reverse<usize>) {
    let last = scope.rsplit('.').next().unwrap_or("");
    let rank = if last.eq_ignore_ascii_case(operation) {
        0
    } else if last.eq_ignore_ascii_case("ALL") {
        1
    } else {
        2
    };
    let depth = if rank == 1 { scope.split('.').count() } else { 0 };
    (rank, std::cmp::Reverse(depth))
}

/// What most calls of the same part of the API need, for every kind of operation.
fn of_part(rows: &[Row], path: &Path<'_>) -> Option<Need> {
    let part = path.segments.get(PART).filter(|part| !part.contains(UNKNOWN))?;
    let fits = |row: &&Row| {
        row.parts.get(PART).is_some_and(|own| own.eq_ignore_ascii_case(part))
            && row.parts.get(..PART).is_some_and(|head| path.begins_with(head))
    };
    let mut groups: HashMap<String, (usize, &Row)> = HashMap::new();
    for row in rows.iter().filter(fits) {
        let first = row.scopes.split(['|', '+']).next().unwrap_or("");
        let (group, operation) = first.rsplit_once('.')?;
        // Letters as in the rest of the service's scopes.
        let all = if operation == operation.to_ascii_lowercase() { "all" } else { "ALL" };
        groups.entry(format!("{group}.{all}")).or_insert((0, row)).0 += 1;
    }
    let (scope, (_, row)) =
        groups.into_iter().max_by_key(|(scope, (count, _))| (*count, std::cmp::Reverse(scope.clone())))?;
    let all_of = vec![vec![scope]];
    Some(Need { all_of, basis: Basis::Part, confidence: row.confidence, source: row.source })
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

/// Whether a scope exists, letter case aside: `None` when the table does not know its service well enough to tell.
pub fn exists(scope: &str) -> Option<bool> {
    static KNOWN: OnceLock<(BTreeSet<String>, BTreeSet<String>)> = OnceLock::new();
    let (groups, services) = KNOWN.get_or_init(|| {
        let documented = || rows().flat_map(|(_, rows)| rows).filter(|row| row.confidence != Confidence::Memory);
        let all = || documented().flat_map(|row| row.scopes.split(['|', '+']));
        let broad = tables().services.iter().flat_map(|service| service.broad.iter().map(String::as_str));
        let group = |scope: &str| scope.rsplit_once('.').map(|(group, _)| group.to_ascii_lowercase());
        let service = |scope: &str| scope.split_once('.').map(|(service, _)| service.to_ascii_lowercase());
        (all().chain(broad).filter_map(group).collect(), all().filter_map(service).collect())
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
    if ["desk.imports", "desk.exports"].contains(&lower.as_str()) {
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
