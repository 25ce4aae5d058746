//! What can be done about findings, with a click.
//!
//! A safe change that can be made by itself has its edits at hand. For others, `fix` is asked when the action is chosen:
//! change by change, as `fix --interactive` goes through them, until the one comes that does away with the finding.

use std::collections::HashMap;
use std::sync::Arc;

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, CodeActionResponse, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextEdit, Uri, WorkspaceEdit,
};
use serde::{Deserialize, Serialize};

use super::analysis::Examination;
use super::client::{Client, FIX_ALL};
use super::diagnostics::of_finding;
use super::documents::OpenDocument;
use super::positions::Places;
use crate::finding::{ASSUMES, Applicability, Finding, Rule};
use crate::fix::{Session, fix};
use crate::project::format::Format;
use crate::project::part::Part;
use crate::project::suppress::WORD;
use crate::text::diff;
use crate::text::edit::{Edit, Edits, identity};
use crate::text::source::TextRange;

/// What all safe changes are called.
const ALL_TITLE: &str = "Fix all safe authshift findings in this file";

/// More lines than this at once get no suppressing comments offered: nobody reads such a list.
const MOST_LINES: usize = 32;

/// What an action is to do when it is chosen.
#[derive(Serialize, Deserialize)]
struct Chosen {
    uri: Uri,
    version: i32,
    what: What,
}

#[derive(Clone, Serialize, Deserialize)]
enum What {
    /// All safe changes.
    All,
    /// The change that does away with the finding of this rule at these bytes.
    One { rule: String, start: usize, end: usize, safe: bool },
}

/// The actions for a range.
pub(super) fn of(document: &OpenDocument, params: &CodeActionParams, client: &Client) -> CodeActionResponse {
    let Some(known) = document.analysis().known() else { return Vec::new() };
    let maker = Maker { document, known, client, places: Places::new(&document.source, client.encoding) };
    let range = maker.places.text_range(params.range);
    let touches = |finding: &&Finding| finding.range.start() <= range.end() && range.start() <= finding.range.end();
    let findings: Vec<&Finding> = known.examined.findings.iter().filter(touches).collect();
    let only = params.context.only.as_deref();
    let mut actions = Vec::new();
    if is_wanted(&CodeActionKind::QUICKFIX, only) {
        actions.extend(maker.fixes(&findings));
        actions.extend(maker.suppressions(&findings));
    }
    let fixable = |finding: &Finding| finding.applicability == Applicability::Safe && finding.fix.is_some();
    if is_wanted(&FIX_ALL, only) && known.examined.findings.iter().any(fixable) {
        let action = CodeAction { kind: Some(FIX_ALL), ..titled(ALL_TITLE.to_owned()) };
        actions.extend(maker.offered(action, What::All));
    }
    actions.into_iter().map(Into::into).collect()
}

/// Whether the client asks for actions of a kind: it may name a kind above it.
fn is_wanted(kind: &CodeActionKind, only: Option<&[CodeActionKind]>) -> bool {
    only.is_none_or(|only| {
        only.iter().any(|wanted| {
            let rest = kind.as_str().strip_prefix(wanted.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || wanted.as_str().is_empty())
        })
    })
}

fn titled(title: String) -> CodeAction {
    CodeAction { title, kind: Some(CodeActionKind::QUICKFIX), ..CodeAction::default() }
}

fn chosen(action: &CodeAction) -> Option<Chosen> {
    serde_json::from_value(action.data.clone()?).ok()
}

/// Whether an action was offered for this version.
pub(super) fn is_for(action: &CodeAction, document: &OpenDocument) -> bool {
    chosen(action).is_some_and(|chosen| chosen.uri == document.uri && chosen.version == document.version)
}

/// The action with its edits.
///
/// # Errors
/// Why there are none.
pub(super) fn resolve(document: &OpenDocument, action: CodeAction, client: &Client) -> Result<CodeAction, String> {
    let known = document.analysis().known().ok_or("the document is not examined")?;
    let maker = Maker { document, known, client, places: Places::new(&document.source, client.encoding) };
    let chosen = chosen(&action).ok_or("the action is not from this server")?;
    let edit = maker.made(&chosen.what)?;
    Ok(CodeAction { edit: Some(edit), ..action })
}

/// Makes the actions of one document.
struct Maker<'d> {
    document: &'d OpenDocument,
    known: &'d Examination,
    client: &'d Client,
    places: Places<'d>,
}

impl Maker<'_> {
    /// One action for each change that does away with one of the findings, or more.
    fn fixes(&self, findings: &[&Finding]) -> Vec<CodeAction> {
        let mut changes: Vec<Vec<&Finding>> = Vec::new();
        let mut by_edits = HashMap::new();
        for finding in findings.iter().filter(|finding| finding.applicability != Applicability::Manual) {
            let Some(fix) = finding.fix.as_ref().filter(|fix| !fix.edits.is_empty()) else { continue };
            let at = *by_edits.entry(identity(&fix.edits)).or_insert_with(|| {
                changes.push(Vec::new());
                changes.len() - 1
            });
            changes.get_mut(at).into_iter().for_each(|change| change.push(finding));
        }
        changes.iter().filter_map(|findings| self.fix(findings)).collect()
    }

    /// The action for findings that have one fix.
    fn fix(&self, findings: &[&Finding]) -> Option<CodeAction> {
        let first = *findings.first()?;
        let fix = first.fix.as_ref()?;
        let safe = findings.iter().all(|finding| finding.applicability == Applicability::Safe);
        let diagnostics = findings.iter().map(|finding| of_finding(finding, &self.places)).collect();
        let action =
            CodeAction { diagnostics: Some(diagnostics), is_preferred: Some(safe), ..titled(title(first, safe)) };
        if safe && let Some(edits) = &fix.alone {
            return Some(CodeAction { edit: Some(self.edit(edits)), ..action });
        }
        // An assignment goes when nothing reads it any more, whichever changes that takes.
        let follows = matches!(first.rule, Rule::HardcodedAuthtoken | Rule::HardcodedSecret);
        if follows && fix.alone.is_none() {
            let title = format!("{ALL_TITLE}: {}", fix.message);
            let action = CodeAction { title, is_preferred: Some(false), ..action };
            return if safe { self.offered(action, What::All) } else { None };
        }
        let (start, end) = (first.range.start(), first.range.end());
        self.offered(action, What::One { rule: first.rule.name().to_owned(), start, end, safe })
    }

    /// The action with its edits, or with what it takes to make them later.
    fn offered(&self, action: CodeAction, what: What) -> Option<CodeAction> {
        if !self.client.resolves {
            return Some(CodeAction { edit: Some(self.made(&what).ok()?), ..action });
        }
        let chosen = Chosen { uri: self.document.uri.clone(), version: self.document.version, what };
        Some(CodeAction { data: Some(serde_json::to_value(chosen).ok()?), ..action })
    }

    fn made(&self, what: &What) -> Result<WorkspaceEdit, String> {
        let text = match what {
            What::All => self.all(),
            What::One { rule, start, end, safe } => self.one(rule, TextRange::new(*start, *end), *safe),
        }?;
        Ok(self.edit(&diff::edits(self.document.source.text(), &text)))
    }

    /// The text with all safe changes.
    fn all(&self) -> Result<String, String> {
        let (source, project) = (&self.document.source, &self.document.workspace.project);
        let fixed = fix(source, self.known.format, &self.known.config, project, Applicability::Safe);
        let fixed = fixed.map_err(|problem| problem.to_string())?;
        Ok(fixed.after.map_or_else(|| source.text().to_owned(), |(text, _)| text))
    }

    /// The text with the change that does away with a finding, and no other.
    fn one(&self, rule: &str, range: TextRange, safe: bool) -> Result<String, String> {
        let level = if safe { Applicability::Safe } else { Applicability::Unsafe };
        let source = &self.document.source;
        let (config, project) = (Arc::clone(&self.known.config), Arc::clone(&self.document.workspace.project));
        let mut session = Session::new(source, self.known.format, config, project, level, false);
        while let Some(change) = session.next_change().map_err(|problem| problem.to_string())? {
            let ends = |finding: &Finding| finding.rule.name() == rule && finding.range == range;
            if change.findings.iter().any(ends) {
                return Ok(change.text);
            }
            session.decline(change);
        }
        Err("no single change removes this finding".to_owned())
    }

    /// Edits for the client.
    fn edit(&self, edits: &[Edit]) -> WorkspaceEdit {
        let text_edit =
            |edit: &Edit| TextEdit { range: self.places.range(edit.range), new_text: (*edit.replacement).to_owned() };
        let edits = edits.iter().map(text_edit);
        let OpenDocument { uri, version, .. } = self.document;
        if self.client.versioned {
            let text_document = OptionalVersionedTextDocumentIdentifier { uri: uri.clone(), version: Some(*version) };
            let edit = TextDocumentEdit { text_document, edits: edits.map(OneOf::Left).collect() };
            return WorkspaceEdit {
                document_changes: Some(DocumentChanges::Edits(vec![edit])),
                ..WorkspaceEdit::default()
            };
        }
        WorkspaceEdit { changes: Some(HashMap::from([(uri.clone(), edits.collect())])), ..WorkspaceEdit::default() }
    }

    /// An action for each rule and line that puts a suppressing comment above it, where that is a comment.
    fn suppressions(&self, findings: &[&Finding]) -> Vec<CodeAction> {
        if self.known.format != Format::Deluge {
            return Vec::new();
        }
        let mut wanted: Vec<(u32, Rule, Vec<&Finding>)> = Vec::new();
        for finding in findings.iter().filter(|finding| finding.rule != Rule::UnusedSuppression) {
            match wanted.iter_mut().find(|(line, rule, _)| (*line, *rule) == (finding.start.line, finding.rule)) {
                Some((.., same)) => same.push(finding),
                None => wanted.push((finding.start.line, finding.rule, vec![finding])),
            }
        }
        let mut lines: Vec<u32> = wanted.iter().map(|(line, ..)| *line).collect();
        lines.dedup();
        if lines.is_empty() || lines.len() > MOST_LINES {
            return Vec::new();
        }
        let allowed = self.lines_for_comments(&lines);
        let action = |(line, rule, findings): &(u32, Rule, Vec<&Finding>)| {
            let edits: Edits = Arc::new([self.comment(*line, rule.name())]);
            let diagnostics = findings.iter().map(|finding| of_finding(finding, &self.places)).collect();
            allowed.contains(line).then(|| CodeAction {
                diagnostics: Some(diagnostics),
                is_preferred: Some(false),
                edit: Some(self.edit(&edits)),
                ..titled(format!("Suppress {} here with a comment", rule.name()))
            })
        };
        wanted.iter().filter_map(action).collect()
    }

    /// The edit that puts a suppressing comment above a line, indented as that is.
    fn comment(&self, line: u32, rule: &str) -> Edit {
        let (text, index) = (self.document.source.text(), self.document.source.index());
        let range = index.line_range(line);
        let words = range.of(text);
        let bom = if words.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let words = words.get(bom..).unwrap_or("");
        let indent = words.get(..words.len() - words.trim_start_matches([' ', '\t']).len()).unwrap_or("");
        let end_of = |line: u32| {
            let line = index.line_range(line).of(text);
            line.get(line.trim_end_matches(['\r', '\n']).len()..).filter(|end| !end.is_empty())
        };
        let end = end_of(line).or_else(|| end_of(line.saturating_sub(1))).unwrap_or("\n");
        Edit::insert(range.start() + bom, format!("{indent}// {WORD} {rule}: reason{end}"))
    }

    /// Those of the lines above which a comment is one, and no part of a text or of markup.
    fn lines_for_comments(&self, lines: &[u32]) -> Vec<u32> {
        let text = self.document.source.text();
        let (mut with, mut done, mut places) = (String::with_capacity(text.len()), 0, Vec::new());
        for &line in lines {
            let edit = self.comment(line, "x");
            with.push_str(text.get(done..edit.range.start()).unwrap_or(""));
            done = edit.range.start();
            let indent = edit.replacement.len() - edit.replacement.trim_start().len();
            places.push((line, with.len() + indent));
            with.push_str(&edit.replacement);
        }
        with.push_str(text.get(done..).unwrap_or(""));
        let parts = Part::all_in(&with, self.known.format, None).unwrap_or_default();
        let comments: Vec<usize> = parts
            .iter()
            .flat_map(|part| part.tree.comments().iter().filter(|_| !part.is_encoded()).map(|comment| comment.start()))
            .collect();
        places.into_iter().filter(|(_, at)| comments.contains(at)).map(|(line, _)| line).collect()
    }
}

/// What an action says: what is done, and what that assumes.
fn title(finding: &Finding, safe: bool) -> String {
    let fix = finding.fix.as_ref().map_or("", |fix| &fix.message);
    if safe {
        return format!("{}: {fix}", finding.rule.name());
    }
    let assumptions: Vec<&str> = finding.assumptions().collect();
    let why = if assumptions.is_empty() { String::new() } else { format!(", {ASSUMES}{}", assumptions.join("; ")) };
    format!("{}: {fix} (unsafe{why})", finding.rule.name())
}
