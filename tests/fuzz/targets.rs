//! What has to hold for any text.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use authshift::cli::OutputFormat;
use authshift::deluge::detect::looks_like_deluge;
use authshift::deluge::{Kind, Tree, parse, parse_manifest, parse_page};
use authshift::finding::{Applicability, Finding, Fix, Rule};
use authshift::fix::{Examined, Fixed, Problem, fix, rename};
use authshift::plan::{group, sites};
use authshift::project::Project;
use authshift::project::baseline::Baseline;
use authshift::project::config::Config;
use authshift::project::discover::format_of;
use authshift::project::format::Format;
use authshift::project::part::Part;
use authshift::project::{manifest, widget};
use authshift::report::{self, Report};
use authshift::requests::bindings::Scopes;
use authshift::requests::calls;
use authshift::requests::flow::Context;
use authshift::text::diff;
use authshift::text::secret::{Masker, Secrets};
use authshift::text::source::{Source, TextRange};

use crate::oracle;
use crate::support::covers::flaw;
use crate::support::kept;

/// What is put in wherever the configuration of [`MUCH`] has its way.
const LINK: &str = "fuzzlink";

/// A configuration that has something to say of nearly every request.
const MUCH: &str = "default-connection = \"fuzzlink\"\nupgrade-hosts = true\n\
    [renamed-connections]\ndesk_old = \"desk_new\"\nzohodesk = \"zohodesk_oauth\"\n";

/// One text to try.
#[derive(Clone)]
pub struct Case {
    pub bytes: Vec<u8>,
    /// Where the text that it was made of stands; it says what the text is, and which manifest it belongs to.
    pub path: Arc<Path>,
    pub config: Arc<Config>,
    pub project: Arc<Project>,
    /// Whether `config` is [`much`].
    pub much: bool,
    /// Another text, for what needs two.
    pub other: Arc<Vec<u8>>,
}

impl Case {
    fn source(&self) -> Option<(Source, Format)> {
        let source = Source::from_bytes(&self.path, self.bytes.clone()).ok()?;
        let format = format_of(&self.path, source.text()).unwrap_or(Format::Deluge);
        Some((source, format))
    }
}

pub fn much() -> Config {
    Config::parse(Path::new("authshift.toml"), MUCH).unwrap()
}

/// What does not hold: which of the promises, and the particulars.
#[derive(Debug)]
pub struct Broken {
    pub what: String,
    pub detail: String,
}

/// A target: what it tries on a case; in `Ok` a remark on the way it ended.
pub type Target = fn(&Case) -> Result<Option<String>, Broken>;

fn broken(what: &str, detail: impl Into<String>) -> Broken {
    Broken { what: what.to_owned(), detail: detail.into() }
}

fn ensure(holds: bool, what: &str, detail: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(broken(what, detail())) }
}

/// Every reader of text, whatever the text is meant to be.
pub fn parsing(case: &Case) -> Result<Option<String>, Broken> {
    let lossy = String::from_utf8_lossy(&case.bytes);
    let text: &str = &lossy;
    let source = Source::new(&*case.path, text);
    let _ = Source::from_bytes(&case.path, case.bytes.clone());
    for offset in (0..=text.len()).step_by(text.len() / 7 + 1) {
        source.position(offset);
    }
    if let Ok(tree) = parse(text) {
        in_bounds(text, &tree)?;
        if let Some(flaw) = flaw(text, &tree) {
            return Err(broken("the tree does not cover the text", flaw));
        }
    }
    if let Ok(tree) = parse_page(text) {
        in_bounds(text, &tree)?;
    }
    if let Ok(parts) = Part::all_of(text) {
        for part in &parts {
            in_bounds(part.text(), &part.tree)?;
            let whole = part.outer(TextRange::new(0, part.text().len()));
            ensure(text.get(whole.start()..whole.end()).is_some(), "a page is outside of its file", String::new)?;
        }
    }
    match parse_manifest(text) {
        Ok(document) => {
            ensure(
                serde_json::from_str::<serde_json::Value>(text).is_ok() || document.tree().len() > 1,
                "a manifest without nodes",
                String::new,
            )?;
            in_bounds(text, document.tree())?;
        }
        Err(flaw) => drop(flaw.at(&source)),
    }
    for language in [widget::Language::Script, widget::Language::Page] {
        let uses = widget::uses(text, language);
        let fit = |one: &widget::Use| text.get(one.range.start()..one.range.end()).is_some();
        ensure(uses.iter().all(fit), "a widget's text is out of bounds", String::new)?;
        widget::requests(text, language);
        widget::tokens(text, language);
    }
    looks_like_deluge(text);
    let _ = Config::parse(Path::new("authshift.toml"), text);
    let _ = manifest::add(&source, &Source::new("connection.json", String::from_utf8_lossy(&case.other)));
    Ok(None)
}

/// Ranges fit the text, children stand inside of their parents, one behind the other.
fn in_bounds(text: &str, tree: &Tree) -> Result<(), Broken> {
    let fits = |range: TextRange| text.get(range.start()..range.end()).is_some();
    let mut seen = 0;
    for node in tree.descendants(tree.root()) {
        seen += 1;
        let range = tree.range(node);
        ensure(fits(range), "a node is out of bounds", || format!("{:?} at {range:?}", tree.kind(node)))?;
        let mut at = range.start();
        for &child in tree.children(node) {
            let inner = tree.range(child);
            let nests = inner.start() >= at && inner.end() <= range.end();
            ensure(nests, "a node does not nest", || {
                format!("{:?} in {:?} at {inner:?}", tree.kind(child), tree.kind(node))
            })?;
            ensure(tree.parent(child) == Some(node), "a node has another parent", || format!("{inner:?}"))?;
            at = inner.end();
        }
    }
    ensure(seen <= tree.len(), "a node stands twice in the tree", String::new)?;
    for ranges in [tree.comments(), tree.markup(), tree.opaque()] {
        ensure(ranges.iter().all(|range| fits(*range)), "trivia is out of bounds", String::new)?;
    }
    ensure(tree.comments().is_sorted_by(|a, b| a.end() <= b.start()), "comments overlap", String::new)
}

/// Fixing, safe and unsafe.
pub fn fixing(case: &Case) -> Result<Option<String>, Broken> {
    let Some((source, format)) = case.source() else { return Ok(None) };
    let renamed = rename(&source, format, &case.config, &case.project, Applicability::Unsafe);
    if let Ok(Fixed { after: Some((text, _)), .. }) = &renamed {
        let again = rename(
            &Source::new(&*case.path, text.as_str()),
            format,
            &case.config,
            &case.project,
            Applicability::Unsafe,
        );
        ensure(matches!(again, Ok(Fixed { after: None, .. })), "a second renaming changes something", || text.clone())?;
    }
    let (safe, all) = match (
        migrated(case, &source, format, Applicability::Safe)?,
        migrated(case, &source, format, Applicability::Unsafe)?,
    ) {
        (Ok(safe), Ok(all)) => (safe, all),
        (Err(Problem::Unsound(reason)), _) | (_, Err(Problem::Unsound(reason))) => {
            return Ok(Some(format!("unsound: {reason}")));
        }
        (Err(Problem::Config(_)), _) | (_, Err(Problem::Config(_))) => {
            return Ok(Some("the configuration contradicts itself".to_owned()));
        }
        (Err(_), _) | (_, Err(_)) => return Ok(Some("no answer".to_owned())),
    };
    let left = |fixed: &Fixed| -> Vec<Finding> {
        let examined = fixed.after.as_ref().map_or(&fixed.before, |(_, left)| left);
        examined.findings.iter().filter(|finding| carries(finding)).cloned().collect()
    };
    let (kept, rest) = (left(&safe), left(&all));
    ensure(rest.len() <= kept.len(), "unsafe fixes leave more than safe ones", || {
        format!("{} after {}\n{}", rest.len(), kept.len(), shown(&rest))
    })?;
    ensure(safe.after.is_none() || all.after.is_some(), "unsafe fixes change nothing where safe ones do", String::new)?;
    Ok(Some(match (safe.after.is_some(), all.after.is_some()) {
        (true, _) => "fixed".to_owned(),
        (false, true) => "fixed unsafely".to_owned(),
        _ => "nothing to do".to_owned(),
    }))
}

/// Whether the finding speaks of a request that carries a token.
fn carries(finding: &Finding) -> bool {
    matches!(finding.rule, Rule::AuthtokenInQuery | Rule::AuthtokenInParameters | Rule::AuthtokenInHeaders)
}

fn shown(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        format!(
            "{}:{} {} {} {}\n",
            finding.start.line,
            finding.start.column,
            finding.rule.name(),
            finding.applicability.name(),
            finding.message
        )
    };
    findings.iter().map(line).collect()
}

/// Fixes a text and looks at the result.
fn migrated(
    case: &Case,
    source: &Source,
    format: Format,
    level: Applicability,
) -> Result<Result<Fixed, Problem>, Broken> {
    let fixed = match fix(source, format, &case.config, &case.project, level) {
        Ok(fixed) => fixed,
        Err(problem) => return Ok(Err(problem)),
    };
    let Some((text, left)) = &fixed.after else { return Ok(Ok(fixed)) };
    let before = source.text();
    ensure(text != before, "a change that changes nothing", String::new)?;
    ensure(left.opaque.len() <= fixed.before.opaque.len(), "more is opaque than before", || text.clone())?;
    for mark in ["\u{FEFF}", "\u{A0}", "\u{85}", "\u{C}"] {
        ensure(before.contains(mark) || !text.contains(mark), "odd characters appear", || text.clone())?;
    }
    ensure(text.starts_with('\u{FEFF}') == before.starts_with('\u{FEFF}'), "the byte order mark is lost", || {
        text.clone()
    })?;
    // A text of one line has none to go by.
    let usual = match endings(before) {
        0 => endings("\n"),
        own => own,
    };
    ensure(endings(text) & !usual == 0, "a line ending that was not there", || format!("{text:?}"))?;
    if format == Format::Deluge {
        comments_stay(before, text)?;
        by_text_alone(case, before, text, &fixed.before, level)?;
        told(source, &fixed.before, text, level)?;
        if case.much {
            without_tokens(before, text)?;
        }
    }
    let again = fix(&Source::new(source.path(), text.as_str()), format, &case.config, &case.project, level);
    match again {
        Ok(Fixed { after: None, .. }) => {}
        Ok(Fixed { after: Some((other, _)), .. }) => {
            return Err(broken("a second run changes something", format!("{text}\n--- becomes\n{other}")));
        }
        Err(problem) => return Err(broken("a second run fails", format!("{problem}\n{text}"))),
    }
    let undone: Vec<Finding> = left
        .findings
        .iter()
        .filter(|finding| finding.fix.is_some() && finding.applicability <= level && carries(finding))
        .cloned()
        .collect();
    ensure(undone.is_empty(), "a fix that is promised is not made", || format!("{}{text}", shown(&undone)))?;
    Ok(Ok(fixed))
}

/// What is kept, told without the tool's parser.
fn by_text_alone(
    case: &Case,
    before: &str,
    after: &str,
    examined: &Examined,
    level: Applicability,
) -> Result<(), Broken> {
    let told = |(what, detail): kept::Lost| broken(what, format!("{detail}\n{after}"));
    kept::all(before, after).map_err(told)?;
    if !kept::is_readable(before) {
        return Ok(());
    }
    let config = &case.config;
    if !config.upgrade_hosts() {
        let renamed: Vec<&str> = config.renamed().keys().map(String::as_str).collect();
        kept::strings(before, after, &renamed).map_err(told)?;
    }
    let fixes = examined.findings.iter().filter(|finding| finding.applicability <= level);
    let fixes = fixes.filter_map(|finding| finding.fix.as_deref());
    let edits = fixes.flat_map(|fix| fix.edits.iter().chain(fix.alone.iter().flat_map(|alone| alone.iter())));
    let edits: Vec<_> = edits.map(|edit| edit.range.start()..edit.range.end()).collect();
    let count = examined.findings.iter().filter(|finding| carries(finding)).count();
    kept::elsewhere(before, after, &edits, count).map_err(told)
}

/// Every line that changes is touched by an edit that a finding tells of, or stands beside a blank line that goes.
fn told(source: &Source, examined: &Examined, after: &str, level: Applicability) -> Result<(), Broken> {
    let fixes: Vec<&Fix> = examined
        .findings
        .iter()
        .filter(|finding| finding.applicability <= level)
        .filter_map(|finding| finding.fix.as_deref())
        .collect();
    // Only of one fix it is told what goes along with it, and of a page nothing is.
    let one = fixes.iter().all(|fix| Arc::ptr_eq(&fix.edits, &fixes[0].edits) && fix.alone.is_some());
    // A token that several requests share is told of once, perhaps for one of them that stays.
    let stays = examined.findings.iter().any(|finding| carries(finding) && finding.applicability > level);
    let told = examined.findings.iter().filter(|finding| carries(finding)).count();
    if source.text().contains("CDATA") || stays || !one || told < carrying(source.text()) {
        return Ok(());
    }
    let edits = fixes.iter().flat_map(|fix| fix.edits.iter().chain(fix.alone.iter().flat_map(|alone| alone.iter())));
    let text = source.text();
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    let touched: BTreeSet<usize> = edits.flat_map(|edit| line(edit.range.start())..=line(edit.range.end())).collect();
    for hunk in diff::hunks(text.as_bytes(), after.as_bytes()) {
        let mut at = hunk.old_start;
        for one in &hunk.lines {
            let blank = one.bytes.trim_ascii().is_empty();
            ensure(
                one.kind != diff::LineKind::Removed || blank || touched.contains(&at),
                "a line changes of which nothing is told",
                || format!("line {at} of\n{text}\n---\n{after}"),
            )?;
            at += usize::from(one.kind != diff::LineKind::Added);
        }
    }
    Ok(())
}

/// How many requests carry a token.
fn carrying(text: &str) -> usize {
    let Ok(tree) = parse(text) else { return 0 };
    let scopes = Scopes::of(text, &tree);
    let calls = calls(Context { text, tree: &tree, scopes: &scopes });
    calls.iter().filter(|call| call.occurrences().next().is_some()).count()
}

/// Which line endings there are, a bit each.
fn endings(text: &str) -> u8 {
    let crlf = text.contains("\r\n");
    let rest = text.replace("\r\n", "");
    u8::from(rest.contains('\n')) | u8::from(crlf) << 1 | u8::from(rest.contains('\r')) << 2
}

/// Comments are never deleted, and none appears.
fn comments_stay(before: &str, after: &str) -> Result<(), Broken> {
    let comments = |text: &str| -> Vec<String> {
        let Ok(tree) = parse(text) else { return Vec::new() };
        // Prose counts as a comment only where it is told from code that is not understood.
        let is_marked = |comment: &String| comment.starts_with("//") || comment.starts_with("/*");
        let all = tree.comments().iter().map(|range| range.of(text).trim().to_owned());
        let mut comments: Vec<String> = all.filter(is_marked).collect();
        comments.sort_unstable();
        comments
    };
    let (was, is) = (comments(before), comments(after));
    ensure(was == is, "comments are not what they were", || format!("{was:?}\n{is:?}\n{after}"))
}

/// A request that was given its connection by the tool holds no token.
fn without_tokens(before: &str, after: &str) -> Result<(), Broken> {
    if before.contains(LINK) {
        return Ok(());
    }
    let Ok(tree) = parse(after) else { return Err(broken("the result does not parse", after)) };
    for node in tree.descendants(tree.root()).filter(|&node| tree.kind(node) == Kind::Attributes) {
        let mut text = tree.range(node).of(after).to_owned();
        for comment in tree.comments_in(tree.range(node)) {
            text = text.replace(comment.of(after), "");
        }
        let ours = text.contains(&format!("\"{LINK}\""));
        let lower = text.to_ascii_lowercase();
        let nested = lower.matches("connection").count() > 1 || ["url(", "invoke"].iter().any(|it| lower.contains(it));
        ensure(!ours || nested || !lower.contains("authtoken="), "a token's name in a fixed request", || {
            after.to_owned()
        })?;
    }
    Ok(())
}

/// The exact patch: of what fixing changes, and of one text to another.
pub fn patching(case: &Case) -> Result<Option<String>, Broken> {
    let names = [
        "a.dg",
        "with space.dg",
        "q\"uote\\.dg",
        "caf\u{e9}/\u{1F600}.dg",
        "tab\there.dg",
        "new\nline.dg",
        "./-dash",
        " x ",
    ];
    let name = names[case.bytes.len() % names.len()];
    patched(name, &case.bytes, &case.other)?;
    patched(name, &case.bytes, &[&case.bytes[..case.bytes.len() / 2], &case.other[case.other.len() / 2..]].concat())?;
    let Some((source, format)) = case.source() else { return Ok(None) };
    if let Ok(Fixed { after: Some((text, _)), .. }) =
        fix(&source, format, &case.config, &case.project, Applicability::Unsafe)
    {
        patched(name, &case.bytes, text.as_bytes())?;
    }
    Ok(None)
}

fn patched(name: &str, old: &[u8], new: &[u8]) -> Result<(), Broken> {
    let patch = diff::patch(Path::new(name), old, new);
    if old == new {
        return ensure(patch.is_empty(), "a patch without a change", String::new);
    }
    let (made, names) = oracle::apply(old, &patch).map_err(|error| broken("the patch does not apply", error))?;
    ensure(made == new, "the patch makes another text", || String::from_utf8_lossy(&patch).into_owned())?;
    let bare = name.trim_start_matches("./").as_bytes();
    ensure(names.iter().all(|it| it == bare), "the patch names another file", || format!("{names:?}"))?;
    // A process for each case would take most of the time.
    if !(old.len() + new.len()).is_multiple_of(128) {
        return Ok(());
    }
    let made = oracle::by_git(name, old, &patch).map_err(|error| broken("git refuses the patch", error))?;
    ensure(made == new, "git makes another text", || String::from_utf8_lossy(&patch).into_owned())
}

/// No output holds a secret.
pub fn masking(case: &Case) -> Result<Option<String>, Broken> {
    let Some((source, format)) = case.source() else { return Ok(None) };
    let fixed = match fix(&source, format, &case.config, &case.project, Applicability::Unsafe) {
        Ok(fixed) => fixed,
        Err(problem) => {
            let hidden = Hidden::of(source.text(), &Secrets::default());
            let text = hidden.masker.mask(&problem.to_string()).into_owned();
            return hidden.is_kept("an error", &text).map(|()| None);
        }
    };
    let hidden = Hidden::of(source.text(), &fixed.before.secrets);
    reported(&source, &fixed.before, &hidden)?;
    if let Some((text, left)) = &fixed.after {
        let hunks = diff::hunks(source.text().as_bytes(), text.as_bytes());
        let preview = report::preview::render(source.path(), &hunks, &hidden.masker);
        hidden.is_kept("the preview", &preview)?;
        let migrated = Source::new(source.path(), text.as_str());
        reported(&migrated, left, &Hidden::of(text, &left.secrets))?;
    }
    if format == Format::Deluge {
        if let Ok(parts) = Part::all_of(source.text()) {
            hidden.is_kept("the tree", &report::tree::render(&source, &parts, &hidden.masker))?;
        }
        if let Ok(found) = sites(&source, format, &case.config) {
            let hidden = Hidden::of(source.text(), &found.secrets);
            let plan = group(found.sites);
            let text = report::plan::render(&plan, report::plan::Options { width: 100, all: true });
            hidden.is_kept("the plan", &hidden.masker.mask(&text))?;
            let text = authshift::plan::toml::text(&plan, Path::new("/"));
            hidden.is_kept("the new configuration", &hidden.masker.mask(&text))?;
        }
    }
    Ok(Some(format!("{} secrets", hidden.canaries.len().min(2))))
}

fn written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut text = Vec::new();
    write(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn reported(source: &Source, examined: &Examined, hidden: &Hidden<'_>) -> Result<(), Broken> {
    let report = Report {
        findings: examined.findings.iter().map(|finding| (source, finding)).collect(),
        dismissed: examined.dismissed.iter().map(|dismissed| (source, dismissed)).collect(),
        suppressed: examined.suppressed,
        baseline: None,
        errors: Vec::new(),
        files: 1,
        skipped: 0,
        unread: 0,
        masker: examined.secrets.masker(false),
        width: Some(80),
    };
    use OutputFormat::{Github, Gitlab, Json, Rdjson, Sarif};
    for format in [Json, Sarif, Github, Gitlab, Rdjson] {
        let write = report::for_programs(format).ok_or_else(|| broken("no report", format!("{format:?}")))?;
        let text = written(|out| write(&report, out));
        if format != Github {
            let valid = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            ensure(valid, "a report that is no JSON", || text.clone())?;
        }
        hidden.is_kept(&format!("{format:?}"), &text)?;
    }
    hidden.is_kept("the lines", &written(|out| report::lines::write(&report, out)))?;
    hidden.is_kept("the groups", &written(|out| report::lines::grouped(&report, out)))?;
    hidden.is_kept("the snippets", &written(|out| report::snippets::write(&report, 100, out)))?;
    hidden.is_kept("the table", &report::summary::by_service(&report))?;
    hidden.is_kept("the summary", &report::summary::found(&report))?;
    // Writing waits for the disk.
    if !source.text().len().is_multiple_of(16) {
        return Ok(());
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baseline.json");
    let mut baseline = Baseline::read_or_empty(&path).map_err(|error| broken("no baseline", error.to_string()))?;
    let examined = std::iter::once((source.path(), examined.findings.as_slice()));
    baseline.update(examined).map_err(|error| broken("no baseline", error.to_string()))?;
    hidden.is_kept("the baseline", &std::fs::read_to_string(&path).unwrap_or_default())
}

/// What must not be printed of a text.
struct Hidden<'t> {
    text: &'t str,
    canaries: Vec<String>,
    /// Knows the secrets that the tool found.
    masker: Masker,
}

impl<'t> Hidden<'t> {
    fn of(text: &'t str, secrets: &Secrets) -> Self {
        let word = |c: char| c.is_ascii_alphanumeric();
        let shaped = |it: &&str| {
            let small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            it.starts_with("fake0") && matches!(it.len(), 32 | 42) && it.bytes().all(small)
        };
        let canaries = text.split(|c: char| !word(c)).filter(shaped).map(str::to_owned).collect();
        Self { text, canaries, masker: secrets.masker(false) }
    }

    /// Neither a word that has the shape of the fixtures' tokens, nor a secret of the text that was found.
    fn is_kept(&self, output: &str, text: &str) -> Result<(), Broken> {
        let plain = anstream::adapter::strip_str(text).to_string();
        if let Some(token) = self.canaries.iter().find(|token| plain.contains(token.as_str())) {
            return Err(broken(&format!("a token in {output}"), format!("{token}\n{plain}")));
        }
        // What is long, has a digit and is no path is not a word of the tool's own.
        let own = |&(start, end): &(usize, usize)| {
            let found = &plain[start..end];
            let mixed =
                found.contains(|c: char| c.is_ascii_digit()) && found.contains(|c: char| c.is_ascii_alphabetic());
            found.len() >= 16 && mixed && !found.contains('/') && self.text.contains(found)
        };
        match self.masker.secrets(&plain).into_iter().find(own) {
            Some((start, end)) => {
                Err(broken(&format!("a secret in {output}"), format!("{}\n{plain}", &plain[start..end])))
            }
            None => Ok(()),
        }
    }
}
