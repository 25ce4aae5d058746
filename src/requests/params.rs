//! Parameters in texts: `name=value` of queries and forms, `"name": "value"` of JSON, `<name>value</name>` of XML.

use crate::text::source::TextRange;
use crate::zoho::UNKNOWN;

/// A parameter in a virtual text, as byte ranges of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Param {
    /// The name, without the `=`.
    pub name: TextRange,
    /// The value: up to the next `&` or `#`, or one operand when the literal ends at the `=`.
    pub value: TextRange,
    /// Whether `?`, `&`, the start of the text or a value that cannot be seen stands before the name. Otherwise the name
    /// is found in a place where no query parameter stands, and nothing is edited.
    pub regular: bool,
    /// How it is written.
    pub shape: Shape,
}

/// How a parameter is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// `name=value`
    Pair,
    /// A member of a JSON text; its value is what stands between the quotes.
    Member,
    /// An element of an XML text; its value is what stands between the tags.
    Element,
}

/// What kind of text parameters are looked for in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParamContext {
    /// The URL of a request.
    Url,
    /// A form: a `?` separates nothing there.
    Body,
    /// Prose, code, markup: a value ends where a word does.
    Loose,
}

/// How the token is named.
const NAMES: &[&str] = &["authtoken", "auth_token"];

/// Every parameter of that name in a virtual text.
pub fn params(text: &str, place: ParamContext) -> Vec<Param> {
    params_named(text, place, NAMES)
}

/// Every parameter of one of the `words`, which are in lower case, in a virtual text.
pub fn params_named(text: &str, place: ParamContext, words: &[&str]) -> Vec<Param> {
    let mut found = Vec::new();
    for name in names(text, words) {
        let after = text.get(name.end()..).unwrap_or("");
        let equals = after.len() - after.trim_start_matches(' ').len();
        if !after.trim_start_matches(' ').starts_with('=') {
            continue;
        }
        let before = text.get(..name.start()).and_then(|head| head.chars().next_back());
        let regular = match before {
            None | Some('&' | UNKNOWN) => true,
            Some('?') => place != ParamContext::Body,
            // A part of a longer name.
            Some(c) if c.is_alphanumeric() || c == '_' || c == '-' => continue,
            Some(_) => false,
        };
        let value = value_after(text, name.end() + equals + 1, place);
        found.push(Param { name, value, regular: regular && equals == 0, shape: Shape::Pair });
    }
    found
}

/// No token is longer (characters); texts that repeat the name without end must not be read to their end each time.
const MOST_VALUE: usize = 1024;

/// The value that begins at byte `start`: literal text up to the next `&`, or the first operand and nothing more.
fn value_after(text: &str, start: usize, place: ParamContext) -> TextRange {
    let mut end = start;
    for (at, c) in text.get(start..).unwrap_or("").char_indices().take(MOST_VALUE) {
        let word_ends =
            place == ParamContext::Loose && (matches!(c, '"' | '\'' | '<' | '>' | '\\' | '?') || c.is_whitespace());
        if matches!(c, '&' | '#') || word_ends || (c == UNKNOWN && at > 0) {
            break;
        }
        end = start + at + c.len_utf8();
        if c == UNKNOWN {
            break;
        }
    }
    TextRange::new(start, end)
}

/// Where the words stand, in any case; in text order.
fn names(text: &str, words: &[&str]) -> Vec<TextRange> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for word in words {
        // Looked for by a letter that is rare in code and URLs, where the word has it.
        let inside = word.bytes().position(|byte| byte == b'k').unwrap_or(0);
        let Some(&rare) = word.as_bytes().get(inside) else { continue };
        for at in memchr::memchr2_iter(rare, rare.to_ascii_uppercase(), bytes) {
            let Some(at) = at.checked_sub(inside) else { continue };
            if bytes.get(at..at + word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes())) {
                found.push(TextRange::new(at, at + word.len()));
            }
        }
    }
    found.sort_unstable();
    found
}

/// Members named `authtoken` of a JSON text in a literal: the quotes are escaped, or of the other kind.
pub fn json_members(text: &str) -> Vec<Param> {
    json_members_named(text, NAMES)
}

/// Members of a JSON text in a literal that are named by one of the `words`, which are in lower case.
pub fn json_members_named(text: &str, words: &[&str]) -> Vec<Param> {
    let quote = |c: char| c == '"' || c == '\'';
    let mut found = Vec::new();
    for name in names(text, words) {
        let after = text.get(name.end()..).unwrap_or("").trim_start_matches('\\');
        let before = text.get(..name.start()).unwrap_or("");
        let Some(colon) = after.strip_prefix(quote).map(str::trim_start).and_then(|rest| rest.strip_prefix(':')) else {
            continue;
        };
        if !before.ends_with(quote) {
            continue;
        }
        let value = colon.trim_start().trim_start_matches('\\');
        let inner = value.strip_prefix(quote);
        let value = inner.unwrap_or(value);
        let start = text.len() - value.len();
        let read = value.char_indices().nth(MOST_VALUE).map_or(value, |(end, _)| value.get(..end).unwrap_or(""));
        // Of one that is longer the end is not known, and nothing is edited.
        let (whole, value) = (read.len() == value.len(), read);
        let end = value.find(|c| matches!(c, '"' | '\'' | '\\') || (inner.is_none() && matches!(c, ',' | '}')));
        let value = TextRange::new(start, start + end.unwrap_or(value.len()));
        found.push(Param { name, value, regular: whole || end.is_some(), shape: Shape::Member });
    }
    found
}

/// Elements named `authtoken` of an XML text. One with attributes, or with others inside, is found and not regular.
pub fn xml_elements(text: &str) -> Vec<Param> {
    let mut found = Vec::new();
    for name in names(text, NAMES) {
        let after = text.get(name.end()..).unwrap_or("");
        if !text.get(..name.start()).unwrap_or("").ends_with('<') || !after.starts_with(['>', ' ']) {
            continue;
        }
        let Some(open) = after.find('>') else { continue };
        let value = after.get(open + 1..).unwrap_or("");
        let read = value.char_indices().nth(MOST_VALUE).map_or(value, |(end, _)| value.get(..end).unwrap_or(""));
        let closes = |&(at, _): &(usize, &str)| {
            let tag = read.get(at + 2..).unwrap_or("");
            let same = tag.get(..name.len()).is_some_and(|close| close.eq_ignore_ascii_case(name.of(text)));
            same && tag.get(name.len()..).is_some_and(|rest| rest.starts_with('>'))
        };
        // `<authtoken>` alone stands for a token that somebody is to write there.
        let Some((end, _)) = read.match_indices("</").find(closes) else { continue };
        let start = name.end() + open + 1;
        let regular = open == 0 && !read.get(..end).is_some_and(|inner| inner.contains('<'));
        let value = TextRange::new(start, start + end);
        found.push(Param { name, value, regular, shape: Shape::Element });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_all_between_its_tags() {
        let found = |text: &str| -> Vec<(String, bool)> {
            xml_elements(text).iter().map(|param| (param.value.of(text).to_owned(), param.regular)).collect()
        };
        assert_eq!(found("<a><authtoken>T</authtoken><b>1</b></a>"), [("T".to_owned(), true)]);
        assert_eq!(found("<AuthToken>\u{FFFC}</AuthToken>"), [("\u{FFFC}".to_owned(), true)]);
        assert_eq!(found("<authtoken type=\"x\">T</authtoken>"), [("T".to_owned(), false)]);
        assert_eq!(found("<authtoken>T<b>1</b></authtoken>"), [("T<b>1</b>".to_owned(), false)]);
        assert_eq!(found("?authtoken=<authtoken>"), []);
        assert_eq!(found("<authtoken/><authtokens>T</authtokens></authtoken>"), []);
    }

    fn found(text: &str) -> Vec<(&str, &str, bool)> {
        params(text, ParamContext::Url)
            .iter()
            .map(|param| (param.name.of(text), param.value.of(text), param.regular))
            .collect()
    }

    #[test]
    fn a_parameter_is_its_name_and_value_and_nothing_more() {
        assert_eq!(found("https://x?authtoken=T&a=b"), [("authtoken", "T", true)]);
        assert_eq!(found("https://x?a=b&AuthToken=\u{FFFC}&c"), [("AuthToken", "\u{FFFC}", true)]);
        assert_eq!(found("?authtoken=\u{FFFC}\u{FFFC}"), [("authtoken", "\u{FFFC}", true)]);
        assert_eq!(found("?authtoken=T\u{FFFC}"), [("authtoken", "T", true)]);
        assert_eq!(found("?authtoken=T#f"), [("authtoken", "T", true)]);
        assert_eq!(found("authtoken="), [("authtoken", "", true)]);
        assert_eq!(found("?auth_token=1"), [("auth_token", "1", true)]);
        assert_eq!(found("?authtoken=<YOUR TOKEN>&a"), [("authtoken", "<YOUR TOKEN>", true)]);
        assert_eq!(found("?authtoken=\u{FFFC}x=1"), [("authtoken", "\u{FFFC}", true)]);
    }

    #[test]
    fn longer_names_and_other_places_are_told_apart() {
        assert_eq!(found("?myauthtoken=1&authtokens=2&x-authtoken=3"), []);
        assert_eq!(found("/add/authtoken=1"), [("authtoken", "1", false)]);
        assert_eq!(found("?authtoken = 1"), [("authtoken", " 1", false)]);
        assert!(!params("url=https://x?authtoken=1", ParamContext::Body)[0].regular);
        assert_eq!(params("see authtoken=abc, or", ParamContext::Loose)[0].value.len(), 4);
    }
}
