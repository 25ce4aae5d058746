//! Values of authtokens under names of an app's own.
//!
//! ```text
//! $key = '0123…';                                      a value: the name is that of what is sent
//! $url = "…/getRecords?authtoken=" . $key;             the name
//! "…?authtoken={0}".format('0123…')                    a value that is put into the text
//! ZOHO_TOKEN = "0123…"                                 a value, where the repository sends authtokens and knows no OAuth
//! ```

use std::sync::Arc;

use foldhash::{HashSet, HashSetExt};

use super::evidence::Evidence;
use super::facts::Facts;
use super::marks::{Mark, MarkKind};
use crate::text::secret::is_token_shaped;
use crate::text::source::TextRange;

/// An authtoken has so many digits.
const LENGTH: usize = 32;

/// Every value of an authtoken that stands under a name which is sent as one, or which says that it is one of Zoho's.
pub(super) fn held<'a>(
    facts: &Facts<'_>,
    sent: impl Iterator<Item = &'a Mark>,
    ask: &dyn Fn() -> Arc<Evidence>,
) -> Vec<TextRange> {
    let values = values(facts.text);
    if values.is_empty() {
        return Vec::new();
    }
    let mut names = HashSet::new();
    let mut formats: Vec<TextRange> = Vec::new();
    for mark in sent.filter(|mark| mark.value.is_none()) {
        match operand(facts, mark) {
            Some(Operand::Name(name)) => {
                names.insert(name);
            }
            Some(Operand::Hole) => {
                // What fills it is in another statement: `string.Format(Url, token)`.
                names.insert("token".to_owned());
                let statement = facts.statement_at(mark.range.start());
                formats.push(TextRange::new(mark.range.end(), statement.end().max(mark.range.end())));
            }
            None => {}
        }
    }
    let is_put_in = |value: TextRange| {
        let behind = formats.partition_point(|format| format.start() <= value.start());
        let format = behind.checked_sub(1).and_then(|last| formats.get(last));
        format.is_some_and(|format| format.contains(value.start()))
            && facts.pieces.text_at(value.start()) == Some(value)
    };
    let is_held = |value: &TextRange| {
        let own = names_of(facts, *value).into_iter().flatten();
        let is_sent = own.clone().any(|name| names.contains(&plain(name)));
        let is_ours = || own.clone().any(says_zoho) && ask().sends() && !ask().uses_oauth();
        (is_sent || is_put_in(*value) || is_ours()) && facts.vendor_of(value.start()).is_none()
    };
    values.into_iter().filter(is_held).collect()
}

/// What is sent as a token.
#[derive(PartialEq, Eq, Debug)]
enum Operand {
    /// The last name of a chain, as [`plain`] has it.
    Name(String),
    /// A place in a text that is filled in later: `{0}`, `%s`.
    Hole,
}

/// What stands behind the name or the scheme of a sign.
fn operand(facts: &Facts<'_>, mark: &Mark) -> Option<Operand> {
    const NEAR: usize = 160;
    if !matches!(mark.kind, MarkKind::Query | MarkKind::Key | MarkKind::Scheme | MarkKind::Bare) {
        return None;
    }
    let end = mark.range.end();
    let behind = facts.within(TextRange::new(end, facts.text.len().min(end + NEAR)), end).of(facts.text);
    let signs = |c: char| c.is_whitespace() || "\"'`=:>,.+(){}[]$#@&".contains(c);
    let rest = behind.trim_start_matches(signs);
    let skipped = behind.get(..behind.len() - rest.len()).unwrap_or("");
    let is_hole = rest.starts_with("%s")
        || rest.starts_with("%v")
        || (skipped.ends_with('{') && rest.starts_with(|c: char| c.is_ascii_digit()))
        || skipped.ends_with("{}");
    if is_hole && mark.kind != MarkKind::Key {
        return Some(Operand::Hole);
    }
    let (name, rest) = chain(rest)?;
    // `env('ZOHO_TOKEN')`, `ENV["ZOHO_TOKEN"]`, `urlencode($token)`
    let inner = rest.strip_prefix('(').or(rest.strip_prefix('['));
    let inner = inner.and_then(|inner| chain(inner.trim_start_matches(|c: char| "\"'`:$@ ".contains(c))));
    Some(Operand::Name(plain(inner.map_or(name, |(inner, _)| inner))))
}

/// The last name of the chain that a text begins with, and what stands behind it: `$this->config->token`, `self.token`.
fn chain(text: &str) -> Option<(&str, &str)> {
    let mut rest = text;
    loop {
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let (name, behind) = rest.split_at_checked(length)?;
        let next = ["->", "::", "?.", "."].iter().find_map(|sign| behind.strip_prefix(sign));
        match next.map(|next| next.trim_start_matches('$')) {
            Some(next) if next.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') => rest = next,
            _ => {
                return (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then_some((name, behind));
            }
        }
    }
}

/// A name without what languages spell differently: `getAuthKey`, `AUTH_KEY`, `authKey`.
fn plain(name: &str) -> String {
    let plain: String = name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect();
    plain.strip_prefix("get").filter(|rest| !rest.is_empty()).map(str::to_owned).unwrap_or(plain)
}

/// The names that a value stands under, in its line: the nearest, and what the line assigns: `KEY: &str = "…"`, `'key' => '…'`,
/// `define('KEY', '…')`, `key = env('KEY', '…')`.
fn names_of<'t>(facts: &Facts<'t>, value: TextRange) -> [Option<&'t str>; 2] {
    const LONGEST: usize = 160;
    let line = facts.index.line_range(facts.line(value.start()));
    let start = line.start().max(value.start().saturating_sub(LONGEST));
    let before = facts.within(TextRange::new(start, value.start()), value.start()).of(facts.text);
    let own = before.trim_end_matches(|c: char| c.is_whitespace() || "\"'`=:>,|?(&])".contains(c));
    let signs = before.get(own.len()..).unwrap_or("");
    let nearest = signs.contains(['=', ':', ',', '|', '?']).then(|| last_name(own)).flatten();
    let assigned = before.split_once('=').and_then(|(name, _)| last_name(name.trim_end_matches([' ', ':'])));
    [nearest, assigned]
}

/// The name that a text ends with, before its type: `key` of `const key string`.
fn last_name(text: &str) -> Option<&str> {
    const TYPES: [&str; 6] = ["str", "string", "String", "char", "any", "static"];
    let mut words = text.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let last = words.next().filter(|word| text.ends_with(word))?;
    if TYPES.contains(&last) { words.next() } else { Some(last) }
}

/// Whether a name says that it is an authtoken of Zoho's.
fn says_zoho(name: &str) -> bool {
    const OTHERS: [&str; 6] = ["access", "refresh", "oauth", "client", "hook", "verif"];
    let name = name.to_ascii_lowercase();
    name.contains("zoho") && name.contains("token") && !OTHERS.iter().any(|other| name.contains(other))
}

/// The words of a text that have the shape of an authtoken, by place.
fn values(text: &str) -> Vec<TextRange> {
    let mut found = Vec::new();
    let mut start = 0;
    for word in text.as_bytes().split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_') {
        let range = TextRange::new(start, start + word.len());
        if word.len() == LENGTH && is_token_shaped(range.of(text)) {
            found.push(range);
        }
        start += word.len() + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_name_of_a_chain_is_told() {
        let name = |text| chain(text).map(|(name, _)| name);
        assert_eq!(name("this->config->token . '&'"), Some("token"));
        assert_eq!(name("self.auth_token,"), Some("auth_token"));
        assert_eq!(name("Config::$key;"), Some("key"));
        assert_eq!([name("0}"), name("%s"), name("")], [None; 3]);
        assert_eq!([plain("getAuthKey"), plain("AUTH_KEY"), plain("get")], ["authkey", "authkey", "get"]);
    }

    #[test]
    fn values_are_words_of_their_own() {
        let token = "fake0desk0token0aaaabbbbccccdddd";
        let found = values(&format!("a='{token}' b={token}0 c=x_{token} {token}"));
        assert_eq!(found.len(), 2);
    }
}
