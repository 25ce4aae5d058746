//! Secrets of Zoho's OAuth that are written into code. Configurations are where they belong.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use memchr::memmem;

use super::Secret;
use super::facts::Facts;
use crate::text::secret::{is_oauth_shaped, is_placeholder, is_token_shaped, shapes};
use crate::text::source::TextRange;

/// A client secret has so many digits.
const CLIENT_SECRET: usize = 42;

/// Whether something of the shape of a token may stand in a file that names nothing of Zoho's.
pub(super) fn may_stand(bytes: &[u8]) -> bool {
    memmem::find_iter(bytes, b"1000.").any(|at| {
        let behind = bytes.get(at + 5..at + 21);
        behind.is_some_and(|group| group.iter().all(u8::is_ascii_alphanumeric) && !group.iter().all(u8::is_ascii_digit))
    })
}

/// Every access, refresh and grant token, and every client secret of a client of Zoho's, by place.
pub(super) fn pasted(facts: &Facts<'_>) -> Vec<Secret> {
    static SECRETS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        let names = ["client_secret", "clientsecret", "client-secret"];
        AhoCorasick::builder().ascii_case_insensitive(true).build(names).ok()
    });
    let text = facts.text;
    let mut found = Vec::new();
    if facts.language.is_configuration() {
        return found;
    }
    if may_stand(text.as_bytes()) {
        let tokens = shapes(text).into_iter().map(|(start, end)| TextRange::new(start, end));
        let tokens = tokens.filter(|range| is_oauth_shaped(range.of(text)) && !is_placeholder(range.of(text)));
        found.extend(tokens.map(|range| Secret { range, what: "an access or refresh token" }));
    }
    if facts.mentions_zoho && memmem::find(text.as_bytes(), b"accounts.zoho").is_some() {
        for name in SECRETS.iter().flat_map(|names| names.find_iter(text)) {
            let behind = text.get(name.end()..).unwrap_or("");
            let signs = behind.bytes().take(16).take_while(|byte| b" \t\"'`:=>,([]".contains(byte)).count();
            let length = behind.bytes().skip(signs).take_while(u8::is_ascii_alphanumeric).count();
            let range = TextRange::new(name.end() + signs, name.end() + signs + length);
            let is_one = length == CLIENT_SECRET && is_token_shaped(range.of(text));
            if is_one && facts.vendor_of(name.start()).is_none() {
                found.push(Secret { range, what: "a client secret" });
            }
        }
    }
    found.sort_by_key(|secret| secret.range);
    found
}
