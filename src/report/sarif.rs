//! SARIF 2.1.0, as GitHub code scanning takes it. Nothing of a file's text is in it but what a fix puts in.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::one_by_one::OneByOne;
use super::shared::{Offers, one_line};
use super::{Report, counted, explain};
use crate::finding::{Applicability, Finding, Fix, Rule, Severity};
use crate::project::repository::{RepoPath, Repository};
use crate::rules;
use crate::text::edit::Edit;
use crate::text::source::Source;

/// The name of the fingerprint; the number is raised when its ingredients change. GitHub's own, `primaryLocationLineHash`,
/// is left to its upload action, which computes it from the checked-out file and warns of every other value.
const FINGERPRINT: &str = "authshift/v1";

/// The folder that paths are relative to, as SARIF calls it.
const ROOT: &str = "%SRCROOT%";

/// GitHub refuses files with more results.
const MOST_RESULTS: usize = 25_000;

#[derive(Serialize)]
struct Log<R> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<R>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<R> {
    tool: Tool,
    invocations: [Invocation; 1],
    original_uri_base_ids: BTreeMap<&'static str, Described>,
    column_kind: &'static str,
    newline_sequences: [&'static str; 3],
    results: R,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<RuleShape>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleShape {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Help,
    default_configuration: Level,
    properties: RuleProperties,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Level {
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties {
    tags: Vec<String>,
    precision: &'static str,
    #[serde(rename = "problem.severity")]
    problem_severity: &'static str,
    /// A number from 0.0 to 10.0, in a string as GitHub wants it.
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    security_severity: Option<&'static str>,
}

#[derive(Serialize)]
struct Described {
    description: Text,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
    locations: [Location; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultShape {
    rule_id: &'static str,
    rule_index: Option<usize>,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<FixShape>,
    properties: ResultProperties,
}

#[derive(Serialize)]
struct ResultProperties {
    applicability: Applicability,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

/// 1-based; columns in characters; the end is exclusive.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FixShape {
    description: Text,
    artifact_changes: [ArtifactChange; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    inserted_content: Option<Text>,
}

/// The document, with a final line end.
///
/// # Errors
/// What writing fails with.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut repository = Repository::here();
    let mut offers = Offers::new(report);
    let rules: Vec<RuleShape> = Rule::ALL.iter().map(|&rule| rule_shape(rule)).collect();
    let ids: Vec<&str> = rules.iter().map(|rule| rule.id).collect();
    let notifications = report.errors.iter().map(|(path, message)| Notification {
        level: "error",
        message: Text { text: report.masker.mask(message).into_owned() },
        locations: [location(&repository.place(path), None)],
    });
    let invocation = Invocation {
        tool_execution_notifications: notifications.collect(),
        execution_successful: report.errors.is_empty(),
    };
    let results = report.findings.iter().map(|(source, finding)| {
        let rule_index = ids.iter().position(|&id| id == finding.rule.name());
        let place = repository.place(&finding.path);
        result(report, (source, finding), &place, rule_index, &mut offers)
    });
    let root = Described { description: Text { text: "the root of the repository".to_owned() } };
    let driver = Driver { name: "authshift", semantic_version: env!("CARGO_PKG_VERSION"), rules };
    let run = Run {
        tool: Tool { driver },
        invocations: [invocation],
        original_uri_base_ids: BTreeMap::from([(ROOT, root)]),
        column_kind: "unicodeCodePoints",
        newline_sequences: ["\r\n", "\n", "\r"],
        results: OneByOne::of(results),
    };
    let log = Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

/// A warning about a report that GitHub refuses; else nothing.
pub fn limits(report: &Report<'_>) -> String {
    if report.findings.len() <= MOST_RESULTS {
        return String::new();
    }
    format!(
        "GitHub refuses a report with more than {MOST_RESULTS} results; this one has {}. Make one report for each folder.",
        counted(report.findings.len(), "result")
    )
}

fn result(
    report: &Report<'_>,
    (source, finding): (&Source, &Finding),
    place: &RepoPath,
    rule_index: Option<usize>,
    offers: &mut Offers<'_>,
) -> ResultShape {
    let region = Region {
        start_line: finding.start.line,
        start_column: finding.start.column,
        end_line: finding.end.line,
        end_column: finding.end.column,
    };
    ResultShape {
        rule_id: finding.rule.name(),
        rule_index,
        level: finding.severity.name(),
        message: Text { text: one_line(report, finding) },
        locations: [location(place, Some(region))],
        partial_fingerprints: BTreeMap::from([(FINGERPRINT, finding.fingerprint.digest(finding.rule, place.path()))]),
        fixes: offers.next(finding).map(|(fix, edits)| fix_shape(source, fix, edits, place)).into_iter().collect(),
        properties: ResultProperties { applicability: finding.applicability },
    }
}

fn fix_shape(source: &Source, fix: &Fix, edits: &[Edit], place: &RepoPath) -> FixShape {
    let replacements = edits.iter().map(|edit| {
        let (start, end) = (source.position(edit.range.start()), source.position(edit.range.end()));
        Replacement {
            deleted_region: Region {
                start_line: start.line,
                start_column: start.column,
                end_line: end.line,
                end_column: end.column,
            },
            inserted_content: (!edit.replacement.is_empty()).then(|| Text { text: edit.replacement.to_string() }),
        }
    });
    let change = ArtifactChange { artifact_location: artifact(place), replacements: replacements.collect() };
    FixShape { description: Text { text: fix.message.to_string() }, artifact_changes: [change] }
}

fn location(place: &RepoPath, region: Option<Region>) -> Location {
    Location { physical_location: PhysicalLocation { artifact_location: artifact(place), region } }
}

fn artifact(place: &RepoPath) -> ArtifactLocation {
    match place {
        RepoPath::Relative(path) => ArtifactLocation { uri: encoded(path), uri_base_id: Some(ROOT) },
        // On Windows it begins with a drive letter.
        RepoPath::Absolute(path) => {
            ArtifactLocation { uri: format!("file:///{}", encoded(path.trim_start_matches('/'))), uri_base_id: None }
        }
    }
}

/// A path as a URI has it: all but letters, digits, `-._~` and `/` percent-encoded.
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for &byte in path.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

fn rule_shape(rule: Rule) -> RuleShape {
    let page = rules::page(rule);
    let (text, markdown) = explain::help(rule);
    let security = rule.declaration().weakness;
    RuleShape {
        id: rule.name(),
        short_description: Text { text: page.summary },
        full_description: Text { text: page.finds },
        help: Help { text, markdown },
        default_configuration: Level { level: rule.default_severity().name() },
        properties: RuleProperties {
            tags: security.map_or_else(
                || vec!["correctness".to_owned()],
                |(_, cwe)| vec!["security".to_owned(), format!("external/cwe/cwe-{cwe}")],
            ),
            precision: "high",
            problem_severity: match rule.default_severity() {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "recommendation",
            },
            security_severity: security.map(|(severity, _)| severity),
        },
    }
}
