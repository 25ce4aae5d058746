//! What the files of a repository show together: which constants and settings hold a host of Zoho's, and whether its code sends
//! authtokens.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::facts::Facts;
use super::judge::{self, Verdict};
use super::language::Language;
use super::marks::{Kind, marks};
use crate::analysis::target::Target;
use crate::discover;
use crate::project::Project;
use crate::source::Source;

/// What the files show together.
#[derive(Clone, Default, Debug)]
pub struct Evidence {
    /// In lower case, the names of constants, settings and keys beside a host of Zoho's.
    names: BTreeMap<String, Target>,
    targets: Vec<Target>,
    sends: bool,
    uses_oauth: bool,
}

impl Evidence {
    /// Whether a file names a host of Zoho's that answers requests.
    pub(super) fn calls(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Whether a file sends an authtoken to Zoho, by what that file shows itself.
    pub(super) fn sends(&self) -> bool {
        self.sends
    }

    /// Whether a file uses Zoho's OAuth.
    pub(super) fn uses_oauth(&self) -> bool {
        self.uses_oauth
    }

    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// What the constant or setting of that name holds.
    pub(super) fn target_of(&self, name: &str) -> Option<&Target> {
        self.names.get(&name.to_ascii_lowercase())
    }

    /// The one service that all files call.
    pub(super) fn only_target(&self) -> Option<Target> {
        let mut targets = self.targets.iter().filter(|target| target.service != Some("accounts"));
        let first = targets.next()?;
        let mut only = first.clone();
        for target in targets {
            if target.service != only.service {
                return None;
            }
            if target.data_center != only.data_center {
                only.data_center = None;
            }
        }
        Some(only)
    }

    /// Adds what a file shows.
    fn add(&mut self, path: &Path, text: &str, language: Language) {
        let facts = Facts::of(text, path, language);
        self.add_names(&facts);
        self.sends = self.sends || sends(&facts, &Arc::new(Evidence::default()));
    }

    fn add_names(&mut self, facts: &Facts<'_>) {
        self.uses_oauth |=
            !facts.access.is_empty() || (facts.mentions_zoho && facts.uses_oauth && facts.text.contains("oauth/v2"));
        for host in &facts.hosts {
            const LONGEST: usize = 256;
            let (line, end) = (facts.index.line_range(facts.line(host.range.start())), host.range.start());
            let mut start = line.start().max(end.saturating_sub(LONGEST));
            while !facts.text.is_char_boundary(start) {
                start += 1;
            }
            let before = facts.text.get(start..end).unwrap_or("");
            // `ZOHO_URL=https://…`, `define('ZOHO_URL', 'https://…')`, `'base_url' => env('ZOHO_URL', 'https://…')`
            for name in judge::words(before).filter(|name| !is_keyword(name)) {
                self.names.entry(name.to_ascii_lowercase()).or_insert_with(|| host.target.clone());
            }
            self.targets.push(host.target.clone());
        }
    }
}

/// Whether a file sends an authtoken to Zoho, by what it shows itself and by what is known of the others.
fn sends(facts: &Facts<'_>, known: &Arc<Evidence>) -> bool {
    marks(facts).iter().any(|mark| {
        let sent = matches!(mark.kind, Kind::Scheme | Kind::Query | Kind::Element | Kind::Key | Kind::Generation);
        let is_code = sent && facts.pieces.comment_at(mark.range.start()).is_none();
        is_code && matches!(judge::judge(facts, mark, &|| Arc::clone(known)), Verdict::Ours(_))
    })
}

/// Words of languages and URLs, which name nothing.
fn is_keyword(word: &str) -> bool {
    const WORDS: [&str; 36] = [
        "https",
        "http",
        "const",
        "public",
        "private",
        "protected",
        "static",
        "final",
        "string",
        "define",
        "export",
        "var",
        "let",
        "val",
        "env",
        "getenv",
        "return",
        "new",
        "this",
        "self",
        "readonly",
        "def",
        "function",
        "default",
        "format",
        "sprintf",
        "curl",
        "get",
        "post",
        "put",
        "request",
        "fetch",
        "open",
        "axios",
        "requests",
        "curl_init",
    ];
    word.bytes().all(|byte| byte.is_ascii_digit()) || WORDS.iter().any(|own| word.eq_ignore_ascii_case(own))
}

/// Reads all code and configuration of apps below `root` that says Zoho.
pub(crate) fn read(project: &Project, root: &Path) -> Evidence {
    let mut evidence = Evidence::default();
    let options = discover::Options { unread: true, ..project.options().clone() };
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let rules = |path: &Path| project.rule(path);
    let Ok(found) = discover::find(&[root.to_owned()], &options, &rules, &|_| true) else { return evidence };
    let paths: Vec<PathBuf> = found.candidates.into_iter().map(|candidate| candidate.path).collect();
    for path in &paths {
        if let Some((source, language)) = source(path) {
            evidence.add(path, source.text(), language);
        }
    }
    // Perhaps the host that a file sends one to is in another.
    if evidence.sends || evidence.uses_oauth || !evidence.calls() {
        return evidence;
    }
    let known = Arc::new(evidence.clone());
    evidence.sends = paths.iter().any(|path| {
        let Some((source, language)) = source(path) else { return false };
        !language.is_configuration() && sends(&Facts::of(source.text(), path, language), &known)
    });
    evidence
}

/// A file that says Zoho, and the language of an app that it is in.
fn source(path: &Path) -> Option<(Source, Language)> {
    if Language::by_name(path).is_none() || std::fs::metadata(path).is_ok_and(|file| file.len() > MOST_BYTES) {
        return None;
    }
    let bytes = std::fs::read(path).ok().filter(|bytes| super::says_zoho(bytes))?;
    let source = Source::from_bytes(path, bytes).ok()?;
    let language = Language::of(path, source.text())?;
    Some((source, language))
}

/// A larger file is a bundle or data, and no place for a constant.
const MOST_BYTES: u64 = 1024 * 1024;
