//! The hosts that a file names: Zoho's that answer requests, and those of other vendors.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use memchr::memmem;

use crate::census::beside::{host_around, is_host};
use crate::text::source::TextRange;
use crate::zoho::target::{self, Target};
use crate::zoho::{self, UNKNOWN};

/// A host of Zoho's that answers requests.
#[derive(Debug)]
pub(super) struct Host {
    /// Its name.
    pub(super) range: TextRange,
    /// What its URL shows, as far as it is written in the code.
    pub(super) target: Target,
}

/// A host of another vendor.
#[derive(Debug)]
pub(super) struct Other {
    pub(super) range: TextRange,
}

/// Words in the names of Zoho's domains.
static DOMAINS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = ["zoho", "site24x7", "manageengine", "servicedeskplus", "qntrl", "bigin"];
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()
});

/// The hosts of Zoho's in a text that answer requests, by place. Linear in its length.
pub(super) fn ours(text: &str) -> Vec<Host> {
    let mut found = Vec::new();
    let mut end = 0;
    for at in DOMAINS.iter().flat_map(|words| words.find_iter(text)).map(|found| found.start()) {
        if at < end {
            continue;
        }
        let range = host_around(text.as_bytes(), at);
        end = range.end();
        let host = range.of(text).to_ascii_lowercase();
        // Site24x7 had its API where its pages are.
        let is_page = host.starts_with("www.site24x7.") && text.get(end..).is_some_and(|path| path.starts_with("/api"));
        if !is_page && !is_host(text, range) {
            continue;
        }
        let target = target::target(url(text, range));
        if answers(&host, &target) {
            found.push(Host { range, target });
        }
    }
    found
}

/// Whether a host of Zoho's answers requests of apps, and is none for mail, for widgets in web pages or for logging in.
fn answers(host: &str, target: &Target) -> bool {
    const ELSE: [&str; 17] = [
        "smtp", "smtppro", "imap", "imappro", "pop", "poppro", "mx", "mx2", "mx3", "forms", "static", "css", "js",
        "img", "salesiq", "survey", "meet",
    ];
    let first = host.split('.').next().unwrap_or("");
    let path = target.path().to_ascii_lowercase();
    let begins = |begin: &str| path.starts_with(begin);
    match first {
        "accounts" => begins("/apiauthtoken"),
        _ if begins("/crm/webto") || begins("/widget") || begins("/portal/embed") => false,
        _ if ELSE.contains(&first) => path.contains("/api/"),
        _ => !host.contains("zohopublic.") && !host.contains("zohostratus."),
    }
}

/// The URL that a host begins: with [`UNKNOWN`] for what code puts in, up to its end or that of its literal.
fn url(text: &str, host: TextRange) -> String {
    const LONGEST: usize = 512;
    let rest = text.get(host.start()..).unwrap_or("");
    let mut url = String::from("https://");
    let mut letters = rest.char_indices().take(LONGEST).peekable();
    while let Some((at, letter)) = letters.next() {
        let behind = rest.get(at..).unwrap_or("");
        // `${dc}`, `#{dc}`, `{dc}`, `{{dc}}`, `%s`, `$dc`
        let hole = match letter {
            '$' | '#' if behind.get(1..2) == Some("{") => closing(behind),
            '{' => closing(behind),
            '%' if behind.get(1..2).is_some_and(|sign| matches!(sign, "s" | "d" | "@" | "v")) => Some(2),
            '$' => Some(
                1 + behind.bytes().skip(1).take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count(),
            ),
            _ => None,
        };
        if let Some(length) = hole {
            if !url.ends_with(UNKNOWN) {
                url.push(UNKNOWN);
            }
            while letters.next_if(|&(next, _)| next < at + length).is_some() {}
            continue;
        }
        if letter.is_whitespace()
            || matches!(letter, '"' | '\'' | '`' | '<' | '>' | '\\' | ')' | ',' | ';' | '}' | ']' | '|')
        {
            // Code may go on with it: `"https://desk.zoho." + domain`.
            let joined = matches!(letter, '"' | '\'' | '`') && url.ends_with(['.', '/', '=']);
            if joined {
                url.push(UNKNOWN);
            }
            break;
        }
        url.push(letter);
    }
    url
}

/// How long the code in braces is that a text begins with.
fn closing(text: &str) -> Option<usize> {
    const LONGEST: usize = 64;
    let end = text.bytes().take(LONGEST).position(|byte| byte == b'}')? + 1;
    Some(if text.get(end..end + 1) == Some("}") { end + 1 } else { end })
}

/// The hosts of other vendors, by place. Hosts that stand for no request (schemas, documentation, the machine itself) are none.
pub(super) fn others(text: &str) -> Vec<Other> {
    const NOBODY: [&str; 14] = [
        "w3.org",
        "schemas.",
        "xmlns",
        "localhost",
        "127.0.0.1",
        "0.0.0.0",
        "example.",
        "github.com",
        "stackoverflow.com",
        "json-schema.org",
        "schema.",
        "wikipedia.org",
        "zohocorp",
        "microsoft.com/20",
    ];
    let bytes = text.as_bytes();
    let found = memmem::find_iter(bytes, b"://").filter_map(|at| {
        let start = at + 3;
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        let length = bytes.get(start..)?.iter().take(253).take_while(is_part).count();
        let range = TextRange::new(start, start + length);
        let host = range.of(text).to_ascii_lowercase();
        let whole = bytes.get(range.end()).is_none_or(|byte| !matches!(byte, b'$' | b'{' | b'#' | b'%' | b'<'));
        let others = host.contains('.') && !host.ends_with('.') && whole && !zoho::is_zoho_host(&host);
        let somebody = !NOBODY.iter().any(|own| host.contains(own)) && !host.contains("zoho");
        (others && somebody).then_some(Other { range })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_requests_are_told_from_others() {
        let hosts = |text: &str| {
            ours(text)
                .iter()
                .map(|host| format!("{}{}", host.range.of(text), host.target.service.unwrap_or("-")))
                .collect::<Vec<_>>()
        };
        assert_eq!(hosts("'https://books.zoho.com/api/v3/' . $x"), ["books.zoho.combooks"]);
        assert_eq!(hosts("`https://desk.zoho.${dc}/api`"), ["desk.zoho.desk"]);
        assert_eq!(hosts("\"https://www.zohoapis.eu/crm/v2/Leads\""), ["www.zohoapis.eucrm"]);
        assert_eq!(
            hosts("https://www.site24x7.com/help https://www.site24x7.com/api/monitors https://api.site24x7.com/a"),
            ["www.site24x7.comsite24x7", "api.site24x7.comsite24x7"]
        );
        for text in [
            "smtp.zoho.com",
            "https://accounts.zoho.com/oauth/v2/token",
            "https://salesiq.zoho.com/widget",
            "https://crm.zoho.com/crm/WebToLeadForm",
            "info@zoho.com",
            "https://www.zoho.com/crm/help",
            "https://zoho.example.com/api",
        ] {
            assert!(hosts(text).is_empty(), "{text}");
        }
        assert_eq!(
            others("https://api.twilio.com/a http://localhost:1 https://desk.zoho.com http://www.w3.org/2001").len(),
            1
        );
    }
}
