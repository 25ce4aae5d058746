//! What the files of a repository show together: which constants and settings hold a host of Zoho's, and whether its code sends
//! authtokens.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::facts::Facts;
use super::judge::{self, Verdict};
use super::language::Language;
use super::marks::{Kind, marks};
use crate::analysis::target::Target;
use crate::project::Project;
use crate::source::Source;

/// What the files show together.
#[derive(Default, Debug)]
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
        self.uses_oauth |=
            !facts.access.is_empty() || (facts.mentions_zoho && facts.uses_oauth && text.contains("oauth/v2"));
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
        let nothing = || Arc::new(Evidence::default());
        let sends = |mark| matches!(judge::judge(&facts, mark, &nothing), Verdict::Ours(_));
        self.sends = self.sends
            || marks(&facts).iter().any(|mark| {
                let sent =
                    matches!(mark.kind, Kind::Scheme | Kind::Query | Kind::Element | Kind::Key | Kind::Generation);
                sent && facts.pieces.comment_at(mark.range.start()).is_none() && sends(mark)
            });
    }
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
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    for path in project.files_in(root, true) {
        if Language::by_name(&path).is_none() || std::fs::metadata(&path).is_ok_and(|file| file.len() > MOST_BYTES) {
            continue;
        }
        let Ok(bytes) = std::fs::read(&path) else { continue };
        if !super::says_zoho(&bytes) {
            continue;
        }
        let Ok(source) = Source::from_bytes(&path, bytes) else { continue };
        if let Some(language) = Language::of(&path, source.text()) {
            evidence.add(&path, source.text(), language);
        }
    }
    evidence
}

/// A larger file is a bundle or data, and no place for a constant.
const MOST_BYTES: u64 = 1024 * 1024;
