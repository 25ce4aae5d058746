//! The names of tokens and secrets, and the values that stand behind them in texts that nobody reads as code.

use std::sync::LazyLock;

use crate::text::secret::Secrets;
use crate::text::words::Words;

/// What kind of secret it is, the surest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SecretKind {
    /// The secret of an OAuth client.
    ClientSecret,
    /// A refresh token, which is good until it is revoked.
    RefreshToken,
    /// An access token, which is good for an hour.
    AccessToken,
    /// One of Zoho's, by its shape; which one cannot be seen.
    Token,
}

/// The names of a token.
pub(crate) static TOKEN_NAMES: LazyLock<Words> = LazyLock::new(|| Words::new(["authtoken", "auth_token"]));

/// Whether the text is the name of the token parameter; `Some(true)` when spelt with an underscore.
pub(crate) fn token_name(name: &str) -> Option<bool> {
    if name.eq_ignore_ascii_case("authtoken") {
        Some(false)
    } else if name.eq_ignore_ascii_case("auth_token") {
        Some(true)
    } else {
        None
    }
}

/// Whether a text mentions authtokens. `oauthtoken` is something else, `zohoauthtoken` is not.
pub(crate) fn mentions_authtoken(text: &str) -> bool {
    if !TOKEN_NAMES.any_in(text) {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let mentions = |word: &str| {
        lower.match_indices(word).any(|(at, _)| {
            let before = lower.get(..at).unwrap_or("");
            !before.ends_with('o') || before.ends_with("zoho")
        })
    };
    mentions("authtoken") || mentions("auth_token")
}

/// Whether a text mentions the tokens and secrets of OAuth.
pub(crate) fn mentions_oauth(text: &str) -> bool {
    const WORDS: [&str; 4] = ["oauthtoken", "accesstoken", "refreshtoken", "clientsecret"];
    let joined: String = text.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).collect();
    let joined = joined.to_ascii_lowercase();
    WORDS.iter().any(|word| joined.contains(word))
}

/// The names of secrets.
const SECRET_NAMES: [(&str, SecretKind); 3] = [
    ("client secret", SecretKind::ClientSecret),
    ("refresh token", SecretKind::RefreshToken),
    ("access token", SecretKind::AccessToken),
];

/// The names of secrets in all the ways to write them.
pub(crate) static WRITTEN_NAMES: LazyLock<Words> = LazyLock::new(|| {
    let forms = SECRET_NAMES.iter().flat_map(|(words, _)| forms(words)).collect::<Vec<_>>();
    Words::new(forms.iter().map(String::as_str))
});

/// The ways to join the words of a name.
fn forms(words: &str) -> [String; 4] {
    ["", "_", "-", " "].map(|between| words.replace(' ', between))
}

/// What the name of a variable or key says its value is, and whether it says nothing else: `v_ClientSecret`, but
/// `refreshTokenUrl`.
pub(crate) fn secret_name(name: &str) -> Option<(SecretKind, bool)> {
    if !WRITTEN_NAMES.any_in(name) {
        return None;
    }
    let lower = name.trim().to_ascii_lowercase();
    let lower = lower.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    SECRET_NAMES.into_iter().find_map(|(words, secret)| {
        let forms = forms(words);
        let form = forms.iter().find(|form| lower.contains(form.as_str()))?;
        Some((secret, lower.ends_with(form.as_str())))
    })
}

/// What follows the name of a secret in prose or code, as byte offsets: `client_secret: abc`, `put("refresh_token","abc")`.
pub(crate) fn behind_names(text: &str) -> Vec<(usize, usize, SecretKind)> {
    const NAMES: [(&str, SecretKind); 6] = [
        ("client_secret", SecretKind::ClientSecret),
        ("clientsecret", SecretKind::ClientSecret),
        ("client secret", SecretKind::ClientSecret),
        ("refresh_token", SecretKind::RefreshToken),
        ("refreshtoken", SecretKind::RefreshToken),
        ("refresh token", SecretKind::RefreshToken),
    ];
    if !WRITTEN_NAMES.any_in(text) {
        return Vec::new();
    }
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for (name, secret) in NAMES {
        for (at, _) in lower.match_indices(name) {
            let behind = text.get(at + name.len()..).unwrap_or("");
            let separates = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | '=' | ':' | ',' | '>');
            let value = behind.trim_start_matches(separates);
            let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '~');
            let length = value.find(|c: char| !belongs(c)).unwrap_or(value.len());
            if value.len() < behind.len() && length > 0 {
                let start = text.len() - value.len();
                found.push((start, start + length, secret));
            }
        }
    }
    found
}

/// What a password is called where an authtoken is asked for.
pub(crate) const PASSWORDS: &[&str] = &["password", "passwd", "pwd"];

/// Whether the code asks for an authtoken with somebody's password.
pub(crate) fn logs_in(text: &str) -> bool {
    static WORD: LazyLock<Words> = LazyLock::new(|| Words::new(["apiauthtoken"]));
    WORD.any_in(text)
}

/// No secret is longer (characters); texts that repeat a name without end must not be read to their end each time.
const MOST_VALUE: usize = 1024;

/// One that is longer (bytes) ends at the next name in any case: all of what many names are before would be as many long texts.
const LONG_VALUE: usize = 64;

/// What a text holds behind the name of a secret.
pub(crate) struct Behind<'t> {
    pub(crate) text: &'t str,
    /// Whether it is put there as a value and does not merely follow the name in prose.
    pub(crate) sure: bool,
    /// Whether it stands in quotes of its own.
    pub(crate) quoted: bool,
    /// Whether the text ends before the value does.
    pub(crate) open: bool,
}

/// What follows the names of secrets in a literal: `authtoken=abc`, `"authtoken":"abc"`, `<authtoken>abc`, `Zoho-authtoken abc`.
pub(crate) fn values_behind(text: &str, logs_in: bool) -> Vec<Behind<'_>> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for name in names(logs_in) {
        // The end of the last word that begins with the name, or has it in it: all of them have the same value behind them.
        let mut word_end = 0;
        for (at, _) in lower.match_indices(name) {
            if at < word_end {
                continue;
            }
            let behind = text.get(at + name.len()..).unwrap_or("");
            // `authtoken2`, `authtoken_eu`
            let behind = behind.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
            word_end = text.len() - behind.len();
            let value = without_separator(behind);
            let separator = behind.get(..behind.len() - value.len()).unwrap_or("");
            if separator.is_empty() {
                continue;
            }
            let quote = separator.chars().next_back().filter(|c| matches!(c, '"' | '\''));
            let quoted = quote.is_some();
            let ends = |c: char| match quote {
                Some(quote) => c == quote || c == '\\',
                None => matches!(c, '&' | '"' | '<'),
            };
            let start = text.len() - value.len();
            let value = value.char_indices().nth(MOST_VALUE).map_or(value, |(end, _)| value.get(..end).unwrap_or(""));
            // What comes behind the name once more has that before it.
            let next = || lower.get(start + LONG_VALUE..start + value.len()).and_then(|rest| rest.find(name));
            let next = (value.len() > LONG_VALUE).then(next).flatten();
            let value = next.and_then(|at| value.get(..LONG_VALUE + at)).unwrap_or(value);
            let end = value.find(ends);
            let text = value.get(..end.unwrap_or(value.len())).unwrap_or("");
            let sure = !separator.chars().all(char::is_whitespace) && !separator.starts_with([' ', ',']);
            // A scheme is followed by one word, and so is a name in prose.
            let text = if sure || quoted { text } else { text.split_whitespace().next().unwrap_or("") };
            let rest = behind.len() - separator.len() - text.len();
            found.push(Behind { text, sure, quoted, open: rest == 0 });
        }
    }
    found
}

fn names(logs_in: bool) -> impl Iterator<Item = &'static str> {
    const NAMES: &[&str] = &[
        "authtoken",
        "auth_token",
        "client_secret",
        "clientsecret",
        "client secret",
        "refresh_token",
        "refreshtoken",
        "refresh token",
    ];
    NAMES.iter().chain(PASSWORDS.iter().filter(move |_| logs_in)).copied()
}

/// The text without what stands between a name and its value, also percent-encoded.
fn without_separator(text: &str) -> &str {
    let mut rest = text;
    loop {
        let next = rest
            .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | '=' | ':' | ',' | '>'));
        let encoded = ["%3d", "%3a", "%20", "%22"];
        let is_encoded = |head: &str| encoded.iter().any(|sign| head.eq_ignore_ascii_case(sign));
        match next.split_at_checked(3) {
            Some((head, tail)) if is_encoded(head) => rest = tail,
            _ => return next,
        }
    }
}

/// Notes what follows the name of a secret in prose, in a comment or in code that was not understood: `authtoken: abc`,
/// `authtoken = "abc"`, `Zoho-authtoken abc`.
pub(crate) fn note_behind_names(text: &str, secrets: &mut Secrets) {
    note_words(text, logs_in(text), secrets);
}

pub(crate) fn note_words(text: &str, logs_in: bool, secrets: &mut Secrets) {
    for (start, end, _) in behind_names(text) {
        let word = text.get(start..end).unwrap_or("");
        if is_random(word) {
            secrets.add(word);
        }
    }
    for value in values_behind(text, logs_in) {
        if value.quoted && is_random(value.text) {
            secrets.add(value.text);
        }
        let word = value.text.split_whitespace().next().unwrap_or("");
        for word in [word, word.trim_end_matches([';', ',', '.', ')', '}', ']', '*', '/'])] {
            if is_random(word) {
                secrets.add(word);
            }
        }
    }
}

/// Whether a word is none of prose: those have no digits.
pub(crate) fn is_random(word: &str) -> bool {
    word.len() >= 6 && word.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_a_value_is() {
        assert_eq!(secret_name("v_ClientSecret"), Some((SecretKind::ClientSecret, true)));
        assert_eq!(secret_name("refresh_token2"), Some((SecretKind::RefreshToken, true)));
        assert_eq!(secret_name("refreshTokenUrl"), Some((SecretKind::RefreshToken, false)));
        assert_eq!(secret_name("client_id"), None);
        assert_eq!(secret_name("grant_type"), None);
    }

    #[test]
    fn values_follow_their_names() {
        let found = |text: &'static str| {
            behind_names(text).iter().filter_map(|&(start, end, _)| text.get(start..end)).collect::<Vec<_>>()
        };
        assert_eq!(found("client_secret: ab12; x"), ["ab12"]);
        assert_eq!(found("m.put(\"refresh_token\",\"1//a-b\");"), ["1//a-b"]);
        assert_eq!(found("the refresh token is gone"), ["is"]);
        assert_eq!(found("refresh_token"), [] as [&str; 0]);
    }
}
