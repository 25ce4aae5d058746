//! Signs in a text that is not read as code: an authtoken's name beside a host of Zoho's, in any language or none.

use std::path::Path;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use memchr::{memmem, memrchr2};

use super::{Base, SignKind, Word, is_in_query, unquoted, value, vendor};
use crate::finding::Severity;
use crate::text::source::{LineIndex, TextRange};
use crate::zoho::{self, UNKNOWN};

/// So many lines may lie between a host and what belongs to it.
const NEAR: u32 = 6;

/// Of a line so many bytes before a name are looked at.
const LONGEST_LINE: usize = 4096;

/// Where a text names hosts of Zoho's that answer requests.
pub(crate) struct Hosts(Vec<usize>);

impl Hosts {
    /// Linear in the length of the text.
    pub(crate) fn of(text: &str) -> Self {
        static ZOHO: LazyLock<Option<AhoCorasick>> =
            LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(["zoho"]).ok());
        let mut found = Vec::new();
        let mut end = 0;
        for at in ZOHO.iter().flat_map(|zoho| zoho.find_iter(text)).map(|found| found.start()) {
            if at < end {
                continue;
            }
            let range = host_around(text.as_bytes(), at);
            end = range.end();
            if is_host(text, range) {
                found.push(range.start());
            }
        }
        Self(found)
    }

    /// Whether one stands within a few lines.
    pub(crate) fn near(&self, index: &LineIndex, at: usize) -> bool {
        let behind = self.0.partition_point(|host| *host < at);
        let line = index.line(at);
        let near = |at: Option<usize>| {
            at.and_then(|at| self.0.get(at)).is_some_and(|host| index.line(*host).abs_diff(line) <= NEAR)
        };
        near(Some(behind)) || near(behind.checked_sub(1))
    }
}

/// Letters, digits, dots and hyphens around byte `at`; a host's name is no longer.
pub(crate) fn host_around(text: &[u8], at: usize) -> TextRange {
    const LONGEST: usize = 253;
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let before = text.get(..at).unwrap_or(&[]).iter().rev().take(LONGEST).take_while(is_part).count();
    let behind = text.get(at..).unwrap_or(&[]).iter().take(LONGEST).take_while(is_part).count();
    TextRange::new(at - before, at + behind)
}

/// Whether it is a host of Zoho's that answers requests: not that of its pages for people, and no address of a mail.
pub(crate) fn is_host(text: &str, range: TextRange) -> bool {
    let behind = text.as_bytes().get(range.end());
    let host = range.of(text).to_ascii_lowercase();
    let mail = range.start().checked_sub(1).and_then(|at| text.as_bytes().get(at)) == Some(&b'@');
    let labels = host.matches('.').count();
    let for_people = host.strip_prefix("www.").is_some_and(|host| !host.starts_with("zohoapis"))
        || ["help.", "forums.", "blog.", "blogs.", "store.", "marketplace."]
            .iter()
            .any(|label| host.starts_with(label));
    if mail || labels == 0 || for_people {
        return false;
    }
    // `"https://desk.zoho." + domain`, `https://desk.zoho.${domain}`
    if host.ends_with('.') {
        let goes_on = matches!(behind, Some(b'"' | b'\'' | b'`' | b'$' | b'{' | b'%' | b'#' | b'<'));
        return goes_on && labels > 1 && zoho::is_zoho_host(&format!("{host}{UNKNOWN}"));
    }
    labels > 1 && zoho::is_zoho_host(&host)
}

/// A place of a text that names an authtoken beside a host of Zoho's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NamedToken {
    /// The name.
    pub range: TextRange,
    /// What it is the name of.
    pub kind: SignKind,
    /// Whether the token's value is written behind it, or put in there by code.
    pub has_value: bool,
}

/// The names of the authtoken in `text`. A comment counts only with the value of a token.
pub(crate) fn places(text: &str) -> Vec<NamedToken> {
    static NAMES: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(["authtoken", "auth_token"]).ok());
    let bytes = text.as_bytes();
    let mut known: Option<(Hosts, LineIndex)> = None;
    let mut found = Vec::new();
    for name in NAMES.iter().flat_map(|names| names.find_iter(text)) {
        let Some(word) = Word::of(bytes, name.start(), name.pattern().as_usize()) else { continue };
        let (before, behind) = (word.before(bytes), word.behind(bytes));
        let written = value(behind).is_some();
        let has_value = written || is_joined(behind);
        let line = before.get(before.len().saturating_sub(LONGEST_LINE)..).unwrap_or(&[]);
        let line = line.get(memrchr2(b'\n', b'\r', line).map_or(0, |at| at + 1)..).unwrap_or(&[]);
        let named = match word.base {
            Base::Scheme => !is_quoted_apart(before, behind),
            Base::Generation => true,
            Base::Name => is_named(before, behind, TextRange::new(word.start, word.end).of(text)),
            _ => false,
        };
        if !named || (is_comment(line) && !written) {
            continue;
        }
        let (hosts, index) = known.get_or_insert_with(|| (Hosts::of(text), LineIndex::new(text)));
        let is_scheme = word.base == Base::Scheme;
        let is_ours = hosts.near(index, word.start) && (is_scheme || vendor(line).is_none());
        if is_ours || (is_scheme && has_value) {
            let kind = if word.base == Base::Name { word.place(bytes) } else { word.base.kind() };
            found.push(NamedToken { range: TextRange::new(word.start, word.end), kind, has_value });
        }
    }
    found
}

/// `` `Zoho-authtoken` `` and `"Zoho-authtoken"` that stand alone name the scheme and use it perhaps elsewhere.
fn is_quoted_apart(before: &[u8], behind: &[u8]) -> bool {
    before.ends_with(b"`") && behind.starts_with(b"`")
}

/// Whether the name is that of a parameter, a key or an element, and no variable.
fn is_named(before: &[u8], behind: &[u8], name: &str) -> bool {
    let is_value = behind.starts_with(b"=") && !behind.starts_with(b"==") && !behind.starts_with(b"=>");
    let begins = is_in_query(before) || matches!(before.last(), Some(b'"' | b'\'' | b'`'));
    // `curl -d authtoken=$TOKEN`
    let option = before.trim_ascii_end();
    let is_form = option.len() < before.len()
        && [&b" -d"[..], b" -F", b"--data", b"--form", b"--data-urlencode", b"--data-raw"]
            .iter()
            .any(|own| option.ends_with(own));
    // `Our token: authtoken=0123…`
    let is_written = name == "authtoken" && value(behind).is_some();
    if is_value && (begins || is_form || is_written) {
        return true;
    }
    if before.ends_with(b"<") && behind.starts_with(b">") {
        return true;
    }
    if let Some((before, behind)) = unquoted(before, behind) {
        let access = before.ends_with(b"[") && behind.starts_with(b"]");
        return access
            || before.ends_with(b":")
            || (name == "authtoken" && (before.ends_with(b"name=") || is_assigned(behind)))
            || [&b":"[..], b"=>", b","].iter().any(|sign| behind.starts_with(sign));
    }
    // `{authtoken: t}`, `[authtoken: t]`, `list(authtoken = t)`; in other spellings it is anybody's.
    let last = before.trim_ascii_end().last();
    let is_argument = || matches!(last, Some(b'(' | b',')) && is_assigned(behind.trim_ascii_start());
    let is_entry = matches!(last, Some(b'{' | b',' | b'[')) && behind.starts_with(b":");
    name == "authtoken" && (is_entry || is_argument())
}

/// Whether a value is assigned to a name, and not nothing: `= t`.
fn is_assigned(behind: &[u8]) -> bool {
    let Some(value) = behind.strip_prefix(b"=").map(<[u8]>::trim_ascii_start) else { return false };
    let word = value.get(..4).unwrap_or(value).to_ascii_lowercase();
    !(value.starts_with(b"=") || word.starts_with(b"nil") || word == b"null" || word == b"none")
}

/// Whether code puts the value in: `authtoken=" + t`, `authtoken=${t}`, `authtoken': $t`.
fn is_joined(behind: &[u8]) -> bool {
    let is_sign = |byte: &&u8| matches!(byte, b'=' | b':' | b'>' | b' ' | b'\\');
    let rest = behind.get(behind.iter().take(4).take_while(is_sign).count()..).unwrap_or(&[]);
    if [&b"${"[..], b"#{", b"{$", b"$", b"<?", b"<%"].iter().any(|begin| rest.starts_with(begin)) {
        return true;
    }
    let Some(after) = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).or(rest.strip_prefix(b"`")) else {
        return false;
    };
    let after = after.trim_ascii_start();
    let operand = |text: &[u8]| {
        text.trim_ascii_start()
            .first()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'$' | b'@' | b'_' | b'('))
    };
    matches!(after, [b'+' | b'.' | b'&' | b',' , rest @ ..] if operand(rest))
        || after.strip_prefix(b"=>").or(after.strip_prefix(b":")).is_some_and(operand)
}

/// Whether a line is a comment where it goes on, in any of the usual languages.
fn is_comment(line: &[u8]) -> bool {
    let begin = line.trim_ascii_start();
    let marks: [&[u8]; 9] = [b"//", b"#", b"*", b"/*", b"--", b";", b"<!--", b"%", b"'"];
    let behind = |mark: &[u8]| {
        memmem::find_iter(line, mark).any(|at| at > 0 && line.get(at - 1).is_some_and(u8::is_ascii_whitespace))
    };
    marks.iter().any(|mark| begin.starts_with(mark)) || behind(b"//") || behind(b"# ")
}

/// The places that make a finding of a file that is not read as code, and how bad it is at most.
pub(crate) fn named_tokens(path: &Path, text: &str) -> (Vec<NamedToken>, Severity) {
    let mut places = places(text);
    if places.is_empty() || !is_prose(path, text) {
        return (places, Severity::Error);
    }
    places.retain(|place| place.has_value);
    (places, Severity::Warning)
}

/// Whether a file holds text for people or plain data. There a name means something only where a value stands behind it.
pub(crate) fn is_prose(path: &Path, text: &str) -> bool {
    const ENDINGS: [&str; 24] = [
        "md", "markdown", "mdx", "rst", "adoc", "asciidoc", "txt", "text", "csv", "tsv", "log", "lock", "diff",
        "patch", "html", "htm", "xhtml", "ipynb", "map", "svg", "po", "pot", "sarif", "jsonl",
    ];
    const NAMES: [&str; 9] =
        ["readme", "changelog", "changes", "license", "news", "history", "contributing", "package-lock", "authors"];
    let name = path.file_stem().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let is_page = matches!(ending.as_str(), "html" | "htm" | "xhtml");
    let head = text.as_bytes().get(..4096).unwrap_or(text.as_bytes());
    let says = |word: &[u8]| memmem::find(head, word).is_some();
    let is_description = matches!(ending.as_str(), "json" | "yaml" | "yml")
        && [&b"\"openapi\""[..], b"\"swagger\"", b"openapi:", b"swagger:"].iter().any(|word| says(word));
    if is_page {
        return memmem::find(text.to_ascii_lowercase().as_bytes(), b"<script").is_none();
    }
    ENDINGS.contains(&ending.as_str()) || is_description || NAMES.iter().any(|own| name == *own)
}
