//! What a file adds to what its repository shows.

use std::path::Path;
use std::sync::Arc;

use super::constants;
use super::evidence::Evidence;
use super::facts::Facts;
use super::judge::{self, Verdict};
use super::language::Language;
use super::marks::{MarkKind, marks};

/// Adds what a file shows to what its repository does.
pub(crate) fn add(evidence: &mut Evidence, path: &Path, text: &str, language: Language) {
    let facts = Facts::of(text, path, language);
    evidence.uses_oauth |=
        !facts.access.is_empty() || (facts.mentions_zoho && facts.uses_oauth && text.contains("oauth/v2"));
    evidence.parameters.extend(constants::defined(&facts).into_iter().map(str::to_owned));
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
            evidence.names.entry(name.to_ascii_lowercase()).or_insert_with(|| host.target.clone());
        }
        evidence.targets.push(host.target.clone());
    }
    evidence.sends = evidence.sends || sends(&facts, &Arc::default());
}

/// Adds whether a file sends an authtoken to Zoho by what is known of the others: perhaps the host that it sends one to is in another.
pub(crate) fn add_sent(evidence: &mut Evidence, known: &Arc<Evidence>, path: &Path, text: &str, language: Language) {
    if !language.is_configuration() {
        evidence.sends = evidence.sends || sends(&Facts::of(text, path, language), known);
    }
}

/// Whether a file sends an authtoken to Zoho, by what it shows itself and by what is known of the others.
fn sends(facts: &Facts<'_>, known: &Arc<Evidence>) -> bool {
    marks(facts).iter().any(|mark| {
        let sent = matches!(
            mark.kind,
            MarkKind::Scheme | MarkKind::Query | MarkKind::Element | MarkKind::Key | MarkKind::Generation
        );
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
