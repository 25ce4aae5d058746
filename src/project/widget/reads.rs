//! What a widget sends: the requests that name a Connection, and where the authtokens come from that it sends to Zoho.
//!
//! Names are followed through the assignments of the file, without scopes: that errs on the side of finding a reader.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

use super::script::{JsToken, TokenKind, Tokens};
use super::{Language, PROPERTIES, parts};
use crate::zoho::UNKNOWN;
use crate::zoho::target::{Owner, target};

/// A request that names its Connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// Where the object with its parts begins, in bytes.
    pub at: usize,
    /// The LinkName.
    pub link: String,
    /// The URL, [`UNKNOWN`] for what is not known.
    pub url: String,
    /// The HTTP method in capitals, when it can be seen.
    pub method: Option<String>,
}

/// The requests whose LinkName and URL stand in one object: `ZOHODESK.request({ url: …, connectionLinkName: … })`, or that of
/// `CONNECTION.invoke("link", { url: … })`. In the order of their ends.
pub fn requests(text: &str, language: Language) -> Vec<Request> {
    let mut found = Vec::new();
    for part in parts(text, language) {
        let tokens: Vec<JsToken> = Tokens::new(text, part).collect();
        let code = Code { text, tokens: &tokens };
        let mut open: Vec<Parts> = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Mark(b'{') => {
                    let link = code.invoked(index);
                    open.push(Parts { at: token.range.start(), link, ..Parts::default() });
                }
                TokenKind::Mark(b'}') => {
                    if let Some(Parts { at, link: Some(link), url: Some(url), method }) = open.pop() {
                        found.push(Request { at, link, url, method });
                    }
                }
                TokenKind::Mark(b':') => {
                    let key = index.checked_sub(1).map_or("", |key| code.word(key));
                    let Some(parts) = open.last_mut() else { continue };
                    let single = || code.value(index + 1).filter(|value| !value.contains(UNKNOWN));
                    match key {
                        "url" => parts.url = code.value(index + 1),
                        "type" | "method" => parts.method = single().map(|method| method.to_ascii_uppercase()),
                        key if PROPERTIES.contains(&key) => parts.link = single(),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }
    found
}

#[derive(Default)]
struct Parts {
    at: usize,
    link: Option<String>,
    url: Option<String>,
    method: Option<String>,
}

/// Names and texts that the authtokens of the file's requests to Zoho come from: variables, properties, keys, and the
/// names of `{{placeholders}}`.
pub fn tokens(text: &str, language: Language) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if !text.to_ascii_lowercase().contains("authtoken") {
        return found;
    }
    let mut sources: BTreeMap<&str, Vec<Word<'_>>> = BTreeMap::new();
    let mut wanted: Vec<Word<'_>> = Vec::new();
    for part in parts(text, language) {
        let tokens: Vec<JsToken> = Tokens::new(text, part).collect();
        let code = Code { text, tokens: &tokens };
        code.assignments(&mut sources);
        code.sinks(&mut wanted);
    }
    let mut seen = HashSet::new();
    while let Some(word) = wanted.pop() {
        if seen.insert(word) {
            found.extend(crate::project::manifest::placeholders(word.text).map(str::to_owned));
            found.insert(word.text.to_owned());
            wanted.extend(sources.get(word.text).filter(|_| word.is_variable).into_iter().flatten());
        }
    }
    found
}

/// A name or a text in an expression.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Word<'t> {
    text: &'t str,
    /// What is assigned to the name in this file is its value: of properties, that is so for those of `this` only.
    is_variable: bool,
}

/// A value of more tokens than this is no header, URL or condition.
const MOST_TOKENS: usize = 64;

/// How many conditions around an assignment, and how many texts of one, are looked at.
const MOST_CONDITIONS: usize = 8;

struct Code<'c, 't> {
    text: &'t str,
    tokens: &'c [JsToken],
}

impl<'t> Code<'_, 't> {
    fn kind(&self, index: usize) -> Option<TokenKind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    /// What the token reads; nothing for punctuation.
    fn word(&self, index: usize) -> &'t str {
        match self.tokens.get(index) {
            Some(token) if !matches!(token.kind, TokenKind::Mark(_)) => token.range.of(self.text),
            _ => "",
        }
    }

    /// The tokens of the expression that begins at `from`.
    fn expression(&self, from: usize) -> Range<usize> {
        let mut depth = 0usize;
        for (index, token) in self.tokens.iter().enumerate().skip(from).take(MOST_TOKENS) {
            match token.kind {
                TokenKind::Mark(b'(' | b'[' | b'{') => depth += 1,
                TokenKind::Mark(b')' | b']' | b'}') if depth > 0 => depth -= 1,
                TokenKind::Mark(b')' | b']' | b'}' | b',' | b';') if depth == 0 => return from..index,
                // A statement on the next line, without a semicolon before it.
                TokenKind::Name | TokenKind::Text if depth == 0 && token.fresh && index > from => {
                    let goes_on = matches!(self.kind(index - 1), Some(TokenKind::Mark(mark)) if !matches!(mark, b')' | b']' | b'}'));
                    if !goes_on {
                        return from..index;
                    }
                }
                _ => {}
            }
        }
        from..self.tokens.len().min(from + MOST_TOKENS)
    }

    /// What the expression at `from` says, as far as it can be seen; nothing when it does not begin with a text.
    fn value(&self, from: usize) -> Option<String> {
        let mut value = String::new();
        for index in self.expression(from) {
            match self.kind(index)? {
                TokenKind::Text => value.push_str(self.word(index)),
                TokenKind::Other if self.word(index).starts_with(['`', '}']) => {
                    value.push_str(self.word(index).trim_matches(['`', '}']).trim_end_matches("${"));
                }
                TokenKind::Mark(b'+') => {}
                _ if !value.ends_with(UNKNOWN) => value.push(UNKNOWN),
                _ => {}
            }
        }
        (!value.is_empty() && !value.starts_with(UNKNOWN)).then_some(value)
    }

    /// The LinkName of `CONNECTION.invoke("link", {` whose brace is at `brace`.
    fn invoked(&self, brace: usize) -> Option<String> {
        let before = |count: usize| brace.checked_sub(count);
        let is = |count: usize, kind: TokenKind| before(count).and_then(|at| self.kind(at)) == Some(kind);
        let word = |count: usize| before(count).map_or("", |at| self.word(at));
        let call = is(1, TokenKind::Mark(b','))
            && is(2, TokenKind::Text)
            && is(3, TokenKind::Mark(b'('))
            && word(4) == "invoke";
        (call && is(5, TokenKind::Mark(b'.')) && word(6) == "CONNECTION").then(|| word(2).to_owned())
    }

    /// Names and texts of an expression.
    fn words(&self, range: Range<usize>) -> impl Iterator<Item = Word<'t>> {
        let back = |index: usize, count: usize| index.checked_sub(count);
        range.filter_map(move |index| {
            let text = self.word(index);
            match self.kind(index)? {
                TokenKind::Text => Some(Word { text, is_variable: false }),
                TokenKind::Name => {
                    let dotted = back(index, 1).and_then(|at| self.kind(at)) == Some(TokenKind::Mark(b'.'));
                    let own = back(index, 2).is_some_and(|at| self.word(at) == "this");
                    Some(Word { text, is_variable: own || !dotted })
                }
                _ => None,
            }
        })
    }

    /// What each name is assigned, and the texts of the conditions it is assigned under:
    /// `if (item.name === "token") { token = item.value }`.
    fn assignments(&self, sources: &mut BTreeMap<&'t str, Vec<Word<'t>>>) {
        let mut conditions: Vec<Vec<Word<'t>>> = Vec::new();
        let mut parens: Vec<usize> = Vec::new();
        let mut closed = 0..0;
        for (index, token) in self.tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Mark(b'(') => parens.push(index),
                TokenKind::Mark(b')') => closed = parens.pop().unwrap_or(index)..index,
                TokenKind::Mark(b'{') => {
                    let head = if closed.end + 1 == index { closed.clone() } else { 0..0 };
                    let texts = self.words(head.start.max(head.end.saturating_sub(MOST_TOKENS))..head.end);
                    let texts = texts.filter(|word| !word.is_variable).take(MOST_CONDITIONS);
                    conditions.push(texts.collect());
                }
                TokenKind::Mark(b'}') => {
                    conditions.pop();
                }
                TokenKind::Mark(b':' | b'=') => {
                    let name = index.checked_sub(1).map_or("", |before| self.word(before));
                    if name.is_empty() {
                        continue;
                    }
                    let values = sources.entry(name).or_default();
                    values.extend(self.words(self.expression(index + 1)));
                    if token.kind == TokenKind::Mark(b'=') {
                        values.extend(conditions.iter().rev().take(MOST_CONDITIONS).flatten());
                    }
                }
                _ => {}
            }
        }
    }

    /// What stands where a token is sent to Zoho: behind `Zoho-authtoken`, behind the `authtoken=` of a Zoho URL, and as the
    /// `authtoken` of a call with such a URL.
    fn sinks(&self, wanted: &mut Vec<Word<'t>>) {
        for index in 0..self.tokens.len() {
            let template = self.kind(index) == Some(TokenKind::Other);
            if !template && self.kind(index) != Some(TokenKind::Text) {
                continue;
            }
            let text = self.word(index);
            let lower = text.to_ascii_lowercase();
            let address = lower.find("https://").and_then(|at| text.get(at..));
            let zohos = address.is_some_and(|url| target(url.trim_end_matches("${").to_owned()).owner == Owner::Zoho);
            if lower.contains("zoho-authtoken") || (zohos && lower.contains("authtoken=")) {
                wanted.push(Word { text, is_variable: false });
                let joined = self.kind(index + 1) == Some(TokenKind::Mark(b'+'));
                if joined || template {
                    wanted.extend(self.words(self.expression(index + 1)));
                }
            } else if zohos {
                for key in self.call_around(index).filter(|&at| self.word(at).eq_ignore_ascii_case("authtoken")) {
                    if matches!(self.kind(key + 1), Some(TokenKind::Mark(b':'))) {
                        wanted.extend(self.words(self.expression(key + 2)));
                    }
                }
            }
        }
    }

    /// The tokens near `index` that belong to the same call.
    fn call_around(&self, index: usize) -> Range<usize> {
        let mut depth = 0i32;
        let mut start = index.saturating_sub(MOST_TOKENS);
        for at in (start..index).rev() {
            match self.kind(at) {
                Some(TokenKind::Mark(b')')) => depth += 1,
                Some(TokenKind::Mark(b'(')) if depth == 0 => {
                    start = at;
                    break;
                }
                Some(TokenKind::Mark(b'(')) => depth -= 1,
                Some(TokenKind::Mark(b';')) if depth == 0 => {
                    start = at;
                    break;
                }
                _ => {}
            }
        }
        start..self.expression_of_call(start, index)
    }

    fn expression_of_call(&self, start: usize, index: usize) -> usize {
        let mut depth = 0i32;
        for at in start..self.tokens.len().min(index + MOST_TOKENS) {
            match self.kind(at) {
                Some(TokenKind::Mark(b'(')) => depth += 1,
                Some(TokenKind::Mark(b')')) => depth -= 1,
                _ => {}
            }
            if depth <= 0 && at > index {
                return at;
            }
        }
        self.tokens.len().min(index + MOST_TOKENS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `METHOD URL through LINK`.
    fn sent(text: &str) -> Vec<String> {
        let show = |request: &Request| {
            let method = request.method.as_deref().unwrap_or("?");
            format!("{method} {} through {}", request.url.replace(UNKNOWN, "…"), request.link)
        };
        requests(text, Language::Script).iter().map(show).collect()
    }

    #[test]
    fn a_request_is_what_stands_in_one_object() {
        assert_eq!(
            sent(
                "ZOHODESK.request({ url: \"https://desk.zoho.com/api/v1/tickets\", type: 'get', headers: {a: b}, connectionLinkName: \"desk\" })"
            ),
            ["GET https://desk.zoho.com/api/v1/tickets through desk"]
        );
        assert_eq!(
            sent(
                "f({'connection_link_name': 'b', url: `${host}/x`}); f({url: 'https://a/' + id + \"/c\",\n connectionLinkName: 'c'\n})"
            ),
            ["? https://a/…/c through c"]
        );
        assert_eq!(
            sent("ZOHO.CRM.CONNECTION.invoke('crm', { method: \"POST\", url: `https://a/${x.y(1)}/b` }).then(f)"),
            ["POST https://a/…/b through crm"]
        );
        assert_eq!(
            sent("f({url: u, connectionLinkName: 'c'}); g({connectionLinkName: l, url: 'x'}); h('a', {url: 'x'})"),
            [""; 0]
        );
    }

    fn read(text: &str, name: &str) -> bool {
        tokens(text, Language::Script).contains(name)
    }

    #[test]
    fn tokens_are_followed_to_where_they_come_from() {
        assert!(read("r({headers: {Authorization: \"Zoho-authtoken {{zoho_key}}\"}})", "zoho_key"));
        assert!(read("var t = config.zoho_key;\nh['Authorization'] = 'Zoho-authtoken ' + t;", "zoho_key"));
        assert!(read("const t = get(\"zoho_key\")\nh = `Zoho-authtoken ${t}`", "zoho_key"));
        assert!(read(
            "if (item.name === 'zoho_key') { token = item.value; }\nx = 'Zoho-authtoken ' + token",
            "zoho_key"
        ));
        assert!(read("this.t = c.find(i => i.name == 'zoho_key').value; x = 'Zoho-authtoken ' + this.t", "zoho_key"));
        assert!(read("f('https://desk.zoho.com/x?authtoken=' + zoho_key)", "zoho_key"));
        assert!(read("f(\"https://desk.zoho.com/api/v1/x\", {authtoken: zoho_key})", "zoho_key"));
    }

    #[test]
    fn the_token_of_another_vendor_is_not_read() {
        let twilio =
            "twilio({url: 'https://api.twilio.com/2010', headers: {Authorization: 'Basic ' + Twilio_Authtoken}})";
        assert!(!read(twilio, "Twilio_Authtoken"));
        assert!(!read("f('https://api.twilio.com?authtoken=' + Twilio_Authtoken)", "Twilio_Authtoken"));
        let both = format!("{twilio};\nr({{headers: {{Authorization: 'Zoho-authtoken ' + zoho_key}}}})");
        assert!(!read(&both, "Twilio_Authtoken") && read(&both, "zoho_key"));
        let loop_over = "if (c.name == 'Twilio_Authtoken') { t = c.value }\nif (c.name == 'zoho_key') { z = c.value }\nx = 'Zoho-authtoken ' + z";
        assert!(!read(loop_over, "Twilio_Authtoken") && read(loop_over, "zoho_key"));
        assert!(!read("// Zoho-authtoken {{zoho_key}}\nx = zoho_key", "zoho_key"));
    }

    #[test]
    fn any_text_gives_an_answer() {
        for piece in [
            "{",
            "(",
            "'Zoho-authtoken ' + a(",
            "a = b, ",
            "if ('x') {",
            "`${",
            "url: 'https://desk.zoho.com/' + ",
            "connectionLinkName: 'x', ",
        ] {
            let text = piece.repeat(3000);
            assert!(requests(&text, Language::Script).len() <= 3000, "{piece}");
            assert!(tokens(&text, Language::Script).len() <= 3000, "{piece}");
        }
    }
}
