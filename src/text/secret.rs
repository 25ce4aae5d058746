//! Masking. A token, once known, is masked by value wherever text is printed; what has the shape of a Zoho secret is masked
//! even where nothing is known of it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::memmem::Finder;
use sha2::{Digest as _, Sha256};

/// Values shorter than this (characters) show nothing of themselves.
const SHOWN_FROM: usize = 9;

/// Values shorter than this (bytes) are masked only where a value stands (between quotes, behind `=`): as plain words they
/// might be anything.
const SURE_FROM: usize = 6;

/// How many hexadecimal digits a fingerprint has.
const FINGERPRINT_DIGITS: usize = 12;

/// One secret as it may be shown: its first four characters and `…`, or `…` alone when it has fewer than nine.
pub fn masked(value: &str) -> String {
    let shown = if value.chars().count() < SHOWN_FROM { 0 } else { 4 };
    value.chars().take(shown).chain(['…']).collect()
}

/// A name for a secret that reveals nothing of it. The scripts of `authshift exchange` compute it as well.
pub fn fingerprint(value: &str) -> String {
    let hash = Sha256::digest(format!("authshift:{value}\n"));
    hash.iter().take(FINGERPRINT_DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a word is a [`fingerprint`].
pub fn is_fingerprint(word: &str) -> bool {
    word.len() == FINGERPRINT_DIGITS && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The secrets known so far.
#[derive(Clone, Default, Debug)]
pub struct Secrets {
    values: BTreeSet<String>,
}

impl Secrets {
    /// Notes a secret, which may have its scheme before it, in all the forms in which a text may hold it. Texts without a
    /// letter or digit and the word `authtoken` itself are none.
    pub fn add(&mut self, value: &str) {
        let value = without_scheme(value.trim());
        if value.contains(char::is_alphanumeric) && !value.eq_ignore_ascii_case("authtoken") {
            forms(value, &mut self.values);
        }
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Notes all secrets of `other`.
    pub fn merge(&mut self, other: &Secrets) {
        self.values.extend(other.values.iter().cloned());
    }

    /// Something that masks them all. With `show`, nothing is masked.
    pub fn masker(&self, show: bool) -> Masker {
        if show {
            return Masker { show: true, values: Values::Few(Vec::new()) };
        }
        // Made for every file, and used on a few lines of it: what is quick to make is better than what is quick to use.
        let few = || Values::Few(self.values.iter().map(|value| Finder::new(value).into_owned()).collect());
        let kind = Some(AhoCorasickKind::NoncontiguousNFA);
        let many = || AhoCorasick::builder().kind(kind).build(&self.values).map_or_else(|_| few(), Values::Many);
        Masker { show: false, values: if self.values.len() <= FEW { few() } else { many() } }
    }
}

/// The value without the scheme of an `Authorization` header before it.
fn without_scheme(value: &str) -> &str {
    let is_scheme = |word: &str| {
        let word = word.to_ascii_lowercase();
        ["authtoken", "oauthtoken", "bearer"].iter().any(|scheme| word.ends_with(scheme))
    };
    match value.split_once(char::is_whitespace) {
        Some((word, rest)) if is_scheme(word) => rest.trim_start(),
        _ => value,
    }
}

/// A value as it is written in a literal, in a query, in JSON, in JSON inside of a literal, in markup.
fn forms(value: &str, found: &mut BTreeSet<String>) {
    // Most are letters and digits, which are written in one way everywhere.
    if value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        found.insert(value.to_owned());
        return;
    }
    let mut plain = BTreeSet::from([value.to_owned(), unescaped(value)]);
    plain.extend(percent_decoded(value));
    for value in plain {
        let quoted = escaped(&value);
        let encoded = percent_encoded(&value);
        found.extend([
            escaped(&quoted),
            quoted.replace('/', "\\/"),
            quoted,
            encoded.replace("%20", "+"),
            with_small_digits(&encoded),
            encoded,
            in_markup(&value),
            value,
        ]);
    }
}

/// With a backslash before what ends a literal.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t")
}

/// Without the backslashes.
fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(c) = characters.next() {
        out.push(match c {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some(other) => other,
                None => c,
            },
            c => c,
        });
    }
    out
}

fn percent_encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') => {
                out.push(char::from(byte))
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// `None` when nothing is encoded, or not in a way that makes text.
fn percent_decoded(value: &str) -> Option<String> {
    let mut parts = value.split('%');
    let mut out = parts.next()?.as_bytes().to_vec();
    let mut any = false;
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        out.push(u8::from_str_radix(digits, 16).ok()?);
        out.extend_from_slice(rest.as_bytes());
        any = true;
    }
    any.then(|| String::from_utf8(out).ok())?
}

/// `%2F` as `%2f`.
fn with_small_digits(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        out.push('%');
        out.push_str(&digits.to_ascii_lowercase());
        out.push_str(rest);
    }
    out
}

fn in_markup(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// So many values are looked for one by one.
const FEW: usize = 8;

/// The values that a [`Masker`] knows.
#[derive(Debug)]
enum Values {
    Few(Vec<Finder<'static>>),
    Many(AhoCorasick),
}

impl Values {
    /// Where they stand in a text, as byte offsets.
    fn places(&self, text: &str) -> Vec<(usize, usize)> {
        match self {
            Self::Few(values) => {
                let places = values.iter().flat_map(|value| {
                    let length = value.needle().len();
                    value.find_iter(text.as_bytes()).map(move |at| (at, at + length))
                });
                places.collect()
            }
            Self::Many(values) => values.find_overlapping_iter(text).map(|hit| (hit.start(), hit.end())).collect(),
        }
    }
}

/// Masks secrets in text.
#[derive(Debug)]
pub struct Masker {
    show: bool,
    values: Values,
}

impl Masker {
    /// The text without its secrets; borrowed when there was none.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let ranges = self.secrets(text);
        if ranges.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut result = String::with_capacity(text.len());
        let mut done = 0;
        for (start, end) in ranges {
            result.push_str(text.get(done..start).unwrap_or(""));
            result.push_str(&masked(text.get(start..end).unwrap_or("")));
            done = end;
        }
        result.push_str(text.get(done..).unwrap_or(""));
        Cow::Owned(result)
    }

    /// Where secrets stand in `text`, as byte offsets, sorted and without overlap.
    pub fn secrets(&self, text: &str) -> Vec<(usize, usize)> {
        if self.show {
            return Vec::new();
        }
        let mut found = self.values.places(text);
        found.retain(|&(start, end)| end - start >= SURE_FROM || stands_alone(text, start, end));
        found.extend(shapes(text));
        found.sort_by_key(|&(start, end)| (start, std::cmp::Reverse(end)));
        let mut merged: Vec<(usize, usize)> = Vec::new();
        for (start, end) in found {
            match merged.last_mut() {
                Some(last) if start < last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        merged
    }
}

fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|head| head.chars().next_back());
    let after = text.get(end..).and_then(|rest| rest.chars().next());
    matches!(before, None | Some('"' | '\'' | '`' | '=' | ' '))
        && matches!(after, None | Some('"' | '\'' | '`' | '&' | '#' | '\\'))
}

/// Runs that look like a Zoho secret (facts 3.1): 32 lower-case letters and digits (authtoken), 42 hexadecimal digits (client
/// secret), `1000.` with two groups of 32 (access and refresh tokens).
pub fn shapes(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.';
        let length = bytes.get(at..).unwrap_or(&[]).iter().take_while(|byte| word(byte)).count();
        if length == 0 {
            at += 1;
            continue;
        }
        let run = text.get(at..at + length).unwrap_or("");
        if run.starts_with("1000.") && run.len() >= 30 {
            found.push((at, at + length));
        } else {
            let mut from = at;
            for part in run.split('.') {
                if is_token_shaped(part) {
                    found.push((from, from + part.len()));
                }
                from += part.len() + 1;
            }
        }
        at += length;
    }
    found
}

/// Whether `word` has the shape of an authtoken or of a client secret: lower-case letters and digits, both of them.
pub fn is_token_shaped(word: &str) -> bool {
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (word.len() == 32 || word.len() == 42)
        && word.bytes().all(lower)
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// Whether `word` has the shape of an access, refresh or grant token of Zoho's OAuth (facts 3.1, 8): `1000.` and two groups of
/// letters and digits. A client id, with one group of capitals, is no secret.
pub fn is_oauth_shaped(word: &str) -> bool {
    let group = |group: &str| {
        group.len() >= 16
            && group.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && group.bytes().any(|byte| byte.is_ascii_digit())
    };
    let mut groups = word.strip_prefix("1000.").unwrap_or("").split('.');
    groups.next().is_some_and(group) && groups.next().is_some_and(group) && groups.next().is_none()
}

/// Whether a value stands where a secret is meant to be put in: `YOUR_CLIENT_SECRET`, `<secret>`, `xxxxxxxx`, or nothing.
pub fn is_placeholder(value: &str) -> bool {
    /// Signs that no secret has.
    const SIGNS: &[char] = &['<', '>', '{', '}', '[', ']', '(', ')', '*', '…', '"', ',', ';', '$', '%'];
    /// Words that also stand beside a digit.
    const SURE: &[&str] = &["your", "xxxx", "placeholder", "example"];
    /// Words of a text without digits.
    const WORDS: &[&str] = &[
        "secret", "token", "client", "enter", "paste", "insert", "replace", "change", "here", "todo", "dummy", "sample",
    ];
    let lower = value.trim().to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let distinct: BTreeSet<char> =
        lower.strip_prefix("1000.").unwrap_or(&lower).chars().filter(char::is_ascii_alphanumeric).collect();
    distinct.len() <= 2
        || lower.contains(SIGNS)
        || lower.contains(char::is_whitespace)
        || lower.contains("...")
        || says(SURE)
        || (!lower.contains(|c: char| c.is_ascii_digit()) && says(WORDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masker(values: &[&str]) -> Masker {
        let mut secrets = Secrets::default();
        values.iter().for_each(|value| secrets.add(value));
        secrets.masker(false)
    }

    #[test]
    fn tokens_of_oauth_are_told_from_client_ids_and_placeholders() {
        assert!(is_oauth_shaped("1000.0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210"));
        assert!(!is_oauth_shaped("1000.FAKECLIENT0ABCDEFGHJKLMNPQRST"));
        assert!(!is_oauth_shaped("1000.xxxxxxxxxxxxxxxxxxxx.xxxxxxxxxxxxxxxxxxxx"));
        assert!(!is_oauth_shaped("1000.50"));
    }

    #[test]
    fn what_a_person_has_to_fill_in_is_no_secret() {
        for value in [
            "",
            " ",
            "YOUR_CLIENT_SECRET",
            "<client secret>",
            "xxxxxxxxxx",
            "1000.xxxx.xxxx",
            "****",
            "client_secret",
            "paste it here",
            "${SECRET}",
            "your42hexdigits",
            "abc...",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["fake0cdeskk7m2x9q4r1t8w3z6b5n0c2v9p3s8d1f6", "GOCSPX-a1b2c3d4e5", "1//0g-AbC_d", "s3cr3tt0k3n"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn a_value_shows_four_characters_or_none() {
        assert_eq!(masked("fake0desk0token"), "fake…");
        assert_eq!(masked("12345678"), "…");
        assert_eq!(masked("ééééééééé"), "éééé…");
    }

    #[test]
    fn each_form_of_a_value_is_masked() {
        let known = masker(&["Zx#9 qWk/LmN\"!é<1>", "Zoho-authtoken s3cretvalue"]);
        for form in [
            "Zx#9 qWk/LmN\"!é<1>",
            "Zx#9 qWk/LmN\\\"!é<1>",
            "Zx#9 qWk\\/LmN\\\"!é<1>",
            "Zx#9 qWk/LmN\\\\\\\"!é<1>",
            "Zx%239%20qWk%2FLmN%22%21%C3%A9%3C1%3E",
            "Zx%239%20qWk%2fLmN%22%21%c3%a9%3c1%3e",
            "Zx%239+qWk%2FLmN%22%21%C3%A9%3C1%3E",
            "Zx#9 qWk/LmN&quot;!é&lt;1&gt;",
        ] {
            assert!(["Zx#9…", "Zx%2…"].contains(&&*known.mask(form)), "{form} is {}", known.mask(form));
        }
        assert_eq!(known.mask("zoho-AUTHTOKEN s3cretvalue"), "zoho-AUTHTOKEN s3cr…");
        let decoded = masker(&["a%2Fb%3Ccde1"]);
        assert_eq!(decoded.mask("x a/b<cde1 a%2fb%3ccde1"), "x … a%2f…");
        assert_eq!(masker(&["not%encoded1"]).mask("not%encoded1"), "not%…");
    }

    #[test]
    fn known_values_are_masked_wherever_they_stand() {
        let masker = masker(&["s3cretvalue", "abc"]);
        assert_eq!(masker.mask("x = \"s3cretvalue\"; // s3cretvalue!"), "x = \"s3cr…\"; // s3cr…!");
        assert_eq!(masker.mask("t=\"abc\"; abcdef(abc)"), "t=\"…\"; abcdef(abc)");
    }

    #[test]
    fn many_values_are_masked_as_few_are() {
        let text = "t=\"s3cretvalue\"; x = \"abcdefgh\"; y = \"cdefghij\"; z = \"abcdefghij\";";
        let few = ["s3cretvalue", "abcdefgh", "cdefghij"];
        let others: Vec<String> = (0..2 * FEW).map(|number| format!("other{number}")).collect();
        let many: Vec<&str> = few.into_iter().chain(others.iter().map(String::as_str)).collect();
        let expected = "t=\"s3cr…\"; x = \"…\"; y = \"…\"; z = \"abcd…\";";
        assert_eq!(masker(&few).mask(text), expected);
        assert_eq!(masker(&many).mask(text), expected);
    }

    #[test]
    fn shapes_are_masked_without_being_known() {
        let masker = masker(&[]);
        assert_eq!(masker.mask("a=fake0desk0token0aaaabbbbccccdddd&b"), "a=fake…&b");
        assert_eq!(masker.mask("1000.0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210"), "1000…");
        assert_eq!(masker.mask("a plain text"), "a plain text");
        assert!(Secrets::default().masker(true).mask("fake0desk0token0aaaabbbbccccdddd").ends_with("dddd"));
    }
}
