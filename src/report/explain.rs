//! The page of a rule, and the list of all rules.

use std::fmt::Write as _;

use serde::Serialize;

use super::{BOLD, DIM, preview, printable, severity_style, styled, wrapped};
use crate::finding::{Applicability, Rule, Severity};
use crate::rules;
use crate::rules::declaration::{Example, Fixable};
use crate::text::diff;
use crate::text::secret::{Masker, Secrets};

/// Prose wider than this is hard to read.
const WIDEST: usize = 100;

/// Raised when a field changes its meaning or is removed; new fields do not raise it.
const SCHEMA_VERSION: u32 = 1;

/// All rules with their severity, whether they are fixed, and what they are about, under a heading; a line each where `width`
/// columns are enough.
pub fn list(width: usize) -> String {
    let rows: Vec<(Rule, String)> = Rule::ALL.iter().map(|&rule| (rule, rules::page(rule).summary)).collect();
    let names = rows.iter().map(|(rule, _)| rule.name().len()).max().unwrap_or(0);
    let severities = Severity::Warning.name().len();
    let summaries = rows.iter().map(|(_, summary)| summary.chars().count()).max().unwrap_or(0);
    let fixes = "part".len();
    let in_a_line = names + severities + fixes + summaries + 6 <= width;
    let about = if in_a_line { "what it finds" } else { "" };
    let heading = format!("{:names$}  {:severities$}  {:fixes$}  {about}", "rule", "level", "fix");
    let mut out = format!("{}\n", styled(DIM, heading.trim_end()));
    for (rule, summary) in &rows {
        let name = styled(BOLD, &format!("{:names$}", rule.name()));
        let severity = rule.default_severity();
        let level = styled(severity_style(severity), &format!("{:severities$}", severity.name()));
        let fix = match rule.declaration().fixable {
            Fixable::Yes => "yes",
            Fixable::InPart(_) => "part",
            Fixable::No => "no",
        };
        if in_a_line {
            let _ = writeln!(out, "{name}  {level}  {fix:fixes$}  {summary}");
        } else {
            let name = styled(BOLD, rule.name());
            let level = styled(severity_style(severity), severity.name());
            let _ = write!(out, "{name}  {level}  {fix}\n{}", paragraphs(summary, width, "  "));
        }
    }
    out
}

/// The page of a rule, for a terminal of `width` columns. Code is not wrapped.
pub fn page(rule: Rule, width: usize) -> String {
    let width = width.min(WIDEST);
    let severity = rule.default_severity();
    let mut out = format!(
        "{}\nDefault severity: {}\n",
        styled(BOLD, rule.name()),
        styled(severity_style(severity), severity.name())
    );
    let page = rules::page(rule);
    let fixable = match rule.declaration().fixable {
        Fixable::Yes => "yes; unsafe changes with --unsafe-fixes, the rest by hand",
        Fixable::InPart(when) => when,
        Fixable::No => "no",
    };
    out.push_str(&paragraphs(&format!("Fixable: {fixable}"), width, ""));
    let change = switch_off(rule);
    let sections = [
        ("What it finds", paragraphs(&page.finds, width, "  ")),
        ("Why", paragraphs(&page.why, width, "  ")),
        ("Example", example(rule, &page.example)),
        ("Instead", page.instead.map(|text| paragraphs(text, width, "  ")).unwrap_or_default()),
        ("Fix safety", paragraphs(&page.safety, width, "  ")),
        ("How to switch it off", paragraphs(&change, width, "  ")),
    ];
    for (heading, text) in sections.into_iter().filter(|(_, text)| !text.is_empty()) {
        let _ = write!(out, "\n{}\n{text}", styled(BOLD, heading));
    }
    out
}

/// How to switch a rule off: for one finding, and for all.
fn switch_off(rule: Rule) -> String {
    let name = rule.name();
    let one = if rule.declaration().comments {
        format!(
            "For one finding, by a comment on its line or alone on the line above; in an app, in a comment of its language:\n\n    // authshift-ignore {name}: why"
        )
    } else {
        "For one file, by `exclude` under `[files]` in `authshift.toml`; it takes no comment for this.".to_owned()
    };
    format!(
        "{one}\n\nFor all, in `authshift.toml`:\n\n    [rules]\n    {name} = \"off\"\n\nOr give it another severity: `error`, `warning` or `note`. Errors decide the exit status."
    )
}

/// The page without colours, and the same as Markdown.
pub fn help(rule: Rule) -> (String, String) {
    let plain = |text: &str| anstream::adapter::strip_str(text).to_string();
    let content = rules::page(rule);
    let language = if content.example.after.is_some() { "diff" } else { "" };
    let example: String = plain(&example(rule, &content.example))
        .lines()
        .map(|line| format!("{}\n", line.get(2..).unwrap_or("")))
        .collect();
    let instead = content.instead.map(|text| format!("\n## Instead\n\n{text}")).unwrap_or_default();
    let markdown = format!(
        "{}\n\n## Why\n\n{}\n\n## Example\n\n```{language}\n{example}```\n{instead}\n## Fix safety\n\n{}\n",
        content.finds, content.why, content.safety
    );
    (plain(&page(rule, WIDEST)), markdown)
}

/// The best that can be done about a finding of `rule`, as its example shows.
fn applicability(rule: Rule, example: &Example) -> Applicability {
    let findings = example.findings(rule);
    findings.iter().map(|&(_, level)| level).min().unwrap_or(Applicability::Manual)
}

/// What `fix` changes, or the text with the lines of the findings marked.
fn example(rule: Rule, example: &Example) -> String {
    let masker = masker();
    let mut out = String::new();
    match example.after {
        Some(after) => {
            for hunk in diff::hunks(example.before.as_bytes(), after.as_bytes()) {
                if !out.is_empty() {
                    out.push_str("  …\n");
                }
                for line in preview::lines(&hunk, &masker).lines() {
                    let _ = writeln!(out, "  {line}");
                }
            }
        }
        None => {
            let style = severity_style(rule.default_severity());
            let found: Vec<usize> = example.findings(rule).into_iter().map(|(line, _)| line).collect();
            for (number, text) in (1..).zip(example.before.lines()) {
                let code = printable(&masker.mask(text)).replace('\t', "    ");
                if found.contains(&number) {
                    let _ = writeln!(out, "{}", styled(style, &format!("> {number:2} | {code}")));
                } else {
                    let _ = writeln!(out, "  {number:2} | {code}");
                }
            }
        }
    }
    out
}

/// The tokens of fixtures have the shape of one.
fn masker() -> Masker {
    Secrets::default().masker(false)
}

/// Text in lines of at most `width` columns, each behind `indent`. Its own lines are paragraphs and items of lists; those
/// that begin with blanks are code and stay as they are.
fn paragraphs(text: &str, width: usize, indent: &str) -> String {
    let mut out = String::new();
    for paragraph in text.lines() {
        if paragraph.starts_with(' ') || paragraph.is_empty() {
            let _ = writeln!(out, "{}", format!("{indent}{paragraph}").trim_end());
            continue;
        }
        let hanging = if paragraph.starts_with("- ") { "  " } else { "" };
        let room = width.saturating_sub(indent.len() + hanging.len());
        for (index, line) in wrapped(paragraph, room).iter().enumerate() {
            let _ = writeln!(out, "{indent}{}{line}", if index > 0 { hanging } else { "" });
        }
    }
    out
}

#[derive(Serialize)]
struct RuleList<'a> {
    schema_version: u32,
    rules: Vec<RuleShape<'a>>,
}

#[derive(Serialize)]
struct RuleShape<'a> {
    rule: &'a str,
    severity: Severity,
    /// `null` for a rule that is planned.
    page: PageShape,
}

#[derive(Serialize)]
struct PageShape {
    summary: String,
    what_it_finds: String,
    why: String,
    example: ExampleShape,
    /// What to write instead, where that takes more than a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    instead: Option<&'static str>,
    fix_safety: String,
    /// What the example's finding has: `safe`, `unsafe` or `manual`.
    applicability: Applicability,
}

#[derive(Serialize)]
struct ExampleShape {
    before: String,
    after: Option<String>,
    /// Lines of the findings, from 1.
    lines: Vec<usize>,
}

/// The pages of `rules` in one JSON document, with a final line end.
///
/// # Errors
/// None that can happen with these shapes; the serialiser's type has one.
pub fn json(rules: &[Rule]) -> serde_json::Result<String> {
    let masker = masker();
    let masked = |text: &str| masker.mask(text).into_owned();
    let rules = rules.iter().map(|&rule| (rule, rules::page(rule))).map(|(rule, page)| RuleShape {
        rule: rule.name(),
        severity: rule.default_severity(),
        page: PageShape {
            applicability: applicability(rule, &page.example),
            summary: page.summary,
            what_it_finds: page.finds,
            why: page.why,
            example: ExampleShape {
                before: masked(page.example.before),
                after: page.example.after.map(masked),
                lines: page.example.findings(rule).into_iter().map(|(line, _)| line).collect(),
            },
            instead: page.instead,
            fix_safety: page.safety,
        },
    });
    let document = RuleList { schema_version: SCHEMA_VERSION, rules: rules.collect() };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
