//! Widgets: where JavaScript, alone or in a page, names a Connection (facts 7.5).
//!
//! [`uses`] gives every text that is the value of a `connectionLinkName` (Desk, ServiceDesk Plus) or `connection_link_name`
//! (the finance products) property, or the first argument of `CONNECTION.invoke(…)` (CRM): directly, through a variable
//! of the same file, or as a part of an expression. Comments, strings, templates and regular expressions are distinguished
//! by a lexer; there is no grammar, so any text gives an answer, in linear time.

mod reads;
mod script;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use crate::text::source::TextRange;
pub use reads::{Request, requests, tokens};
use script::{JsToken, TokenKind, Tokens};

/// What a text of a widget is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// JavaScript or TypeScript.
    Script,
    /// HTML, or a Vue or Svelte component: the code stands in `<script>` elements.
    Page,
}

/// One place where a widget names a Connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Use {
    /// The LinkName, without its quotes.
    pub range: TextRange,
    /// What is known of the place.
    pub place: LinkPosition,
}

/// How a text becomes the name of a Connection.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LinkPosition {
    /// It is the value of the property, or the argument, as it stands.
    Direct,
    /// It is assigned to a variable or a property of this name, which is the value somewhere in the file.
    Variable(String),
    /// It is one of several texts that the value is chosen from or put together of.
    Part,
}

/// Words (lower case) of which a text must hold one, in any letter case, to have a [`Use`].
pub const KEYWORDS: &[&str] =
    &["connectionlinkname", "connection_link_name", "connection.invoke", "connection?.invoke"];

/// Whether the text can have a [`Use`] at all; quick.
pub fn may_use(text: &str) -> bool {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let words = WORDS.get_or_init(|| AhoCorasick::builder().ascii_case_insensitive(true).build(KEYWORDS).ok());
    words.as_ref().is_none_or(|words| words.is_match(text))
}

const PROPERTIES: &[&str] = &["connectionLinkName", "connection_link_name"];

/// The language of a file by the ending of its name; `None` for what is no widget's code.
pub fn language(path: &Path) -> Option<Language> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" => Some(Language::Script),
        "html" | "htm" | "vue" | "svelte" => Some(Language::Page),
        _ => None,
    }
}

/// Every place where the text names a Connection, in text order, none twice.
pub fn uses(text: &str, language: Language) -> Vec<Use> {
    let parts = parts(text, language);
    let mut found = FoundUses::default();
    for &part in &parts {
        values(text, part, &mut found, &Finder { text, variables: None });
    }
    if !found.variables.is_empty() {
        let variables = std::mem::take(&mut found.variables);
        for &part in &parts {
            values(text, part, &mut found, &Finder { text, variables: Some(&variables) });
        }
    }
    let uses = found.uses.into_iter();
    uses.map(|(range, place)| Use { range, place }).collect()
}

/// Where the code of a widget stands.
fn parts(text: &str, language: Language) -> Vec<TextRange> {
    match language {
        Language::Script => vec![TextRange::new(0, text.len())],
        Language::Page => scripts(text),
    }
}

/// What was found so far: of several places that one text is in, the plainest.
#[derive(Default)]
struct FoundUses {
    uses: BTreeMap<TextRange, LinkPosition>,
    /// Variables and properties that are the value somewhere.
    variables: BTreeSet<String>,
}

impl FoundUses {
    fn add(&mut self, range: TextRange, place: LinkPosition) {
        let known = self.uses.entry(range).or_insert_with(|| place.clone());
        if place < *known {
            *known = place;
        }
    }
}

/// An expression that names a Connection, while its tokens come in.
struct Value {
    /// The variable that it is assigned to, when that is how it gets to its use.
    variable: Option<String>,
    /// Brackets that were opened in it.
    depth: usize,
    tokens: usize,
    texts: Vec<TextRange>,
    /// The last name, as long as there are only names and dots.
    name: Option<TextRange>,
    last: Option<JsToken>,
}

impl Value {
    fn of(variable: Option<String>) -> Self {
        Self { variable, depth: 0, tokens: 0, texts: Vec::new(), name: None, last: None }
    }

    /// Whether the token is not part of the expression any more.
    fn ends_before(&self, token: JsToken) -> bool {
        let opens_block = token.kind == TokenKind::Mark(b'{');
        let ends = matches!(token.kind, TokenKind::Mark(b',' | b';' | b')' | b'}' | b']'));
        // `const link = "a"` on its line needs no semicolon.
        let next_statement = token.fresh
            && !matches!(token.kind, TokenKind::Mark(_))
            && self
                .last
                .is_some_and(|last| !matches!(last.kind, TokenKind::Mark(mark) if !matches!(mark, b')' | b']')));
        opens_block || (self.depth == 0 && (ends || next_statement))
    }

    fn take(&mut self, token: JsToken) {
        match token.kind {
            TokenKind::Mark(b'(' | b'[') => self.depth += 1,
            TokenKind::Mark(b')' | b']') => self.depth = self.depth.saturating_sub(1),
            // `link: string = "a"`: what stood there was the type.
            TokenKind::Mark(b'=') if self.depth == 0 => {
                *self = Self::of(self.variable.take());
                return;
            }
            TokenKind::Text => self.texts.push(token.range),
            _ => {}
        }
        let chained = self.tokens == 0 || self.name.is_some();
        self.name = match token.kind {
            TokenKind::Name if chained => Some(token.range),
            TokenKind::Mark(b'.') if chained => self.name,
            _ => None,
        };
        self.tokens += 1;
        self.last = Some(token);
    }

    fn close(self, text: &str, found: &mut FoundUses) {
        if let Some(name) = self.name.filter(|_| self.variable.is_none()) {
            found.variables.insert(name.of(text).to_owned());
        }
        for &range in &self.texts {
            let place = match &self.variable {
                _ if self.tokens > 1 => LinkPosition::Part,
                Some(name) => LinkPosition::Variable(name.clone()),
                None => LinkPosition::Direct,
            };
            found.add(range, place);
        }
    }
}

/// What is looked for: the values of the properties and arguments, or those of variables.
struct Finder<'f> {
    text: &'f str,
    variables: Option<&'f BTreeSet<String>>,
}

impl Finder<'_> {
    /// The value that begins behind the tokens `last`, the newest first.
    fn begins(&self, last: [Option<JsToken>; 4]) -> Option<Value> {
        let [Some(mark), Some(key), before, first] = last else { return None };
        let is = |token: Option<JsToken>, kind: TokenKind| token.is_some_and(|token| token.kind == kind);
        let word = key.range.of(self.text);
        let assigned = matches!(
            (mark.kind, key.kind),
            (TokenKind::Mark(b':'), TokenKind::Name | TokenKind::Text) | (TokenKind::Mark(b'='), TokenKind::Name)
        );
        if let Some(variables) = self.variables {
            return (assigned && variables.contains(word)).then(|| Value::of(Some(word.to_owned())));
        }
        if assigned && PROPERTIES.contains(&word) {
            let of_its_own = mark.kind == TokenKind::Mark(b'=') && !is(before, TokenKind::Mark(b'.'));
            return Some(Value::of(of_its_own.then(|| word.to_owned())));
        }
        let invoked = mark.kind == TokenKind::Mark(b'(') && key.kind == TokenKind::Name && word == "invoke";
        let connection = || {
            is(before, TokenKind::Mark(b'.')) && first.is_some_and(|first| first.range.of(self.text) == "CONNECTION")
        };
        (invoked && connection()).then(|| Value::of(None))
    }
}

/// Adds the values in one part of the text.
fn values(text: &str, part: TextRange, found: &mut FoundUses, finder: &Finder<'_>) {
    let mut last = [None; 4];
    let mut open: Option<Value> = None;
    for token in Tokens::new(text, part) {
        if let Some(value) = open.take_if(|value| value.ends_before(token)) {
            value.close(text, found);
        }
        if let Some(value) = &mut open {
            value.take(token);
        }
        last.rotate_right(1);
        last[0] = Some(token);
        if open.is_none() {
            open = finder.begins(last);
        }
    }
    if let Some(value) = open {
        value.close(text, found);
    }
}

/// The contents of the `<script>` elements that hold code.
fn scripts(text: &str) -> Vec<TextRange> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr::memchr(b'<', rest)) {
        at += next;
        let tag = bytes.get(at..).unwrap_or(&[]);
        if tag.starts_with(b"<!--") {
            at += memchr::memmem::find(tag, b"-->").unwrap_or(tag.len());
        } else if starts_with_word(tag, b"<script") {
            let Some(open) = tag_end(tag) else { break };
            let start = at + open;
            let end = close_tag(bytes, start);
            let attributes = text.get(at..start).unwrap_or("").to_ascii_lowercase();
            let data = ["json", "template", "importmap"].iter().any(|word| attributes.contains(word));
            if !data {
                parts.push(TextRange::new(start, end));
            }
            at = end;
        } else {
            at += 1;
        }
    }
    parts
}

/// Behind the `>` of an opening tag, whose attributes may hold one between quotes.
fn tag_end(tag: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (at, &byte) in tag.iter().enumerate() {
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            None if byte == b'>' => return Some(at + 1),
            None => {}
        }
    }
    None
}

/// Where the `</script` is that ends the element; a browser looks for nothing else either.
fn close_tag(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or(&[]);
    let closes = |&at: &usize| rest.get(at..).is_some_and(|tag| starts_with_word(tag, b"</script"));
    memchr::memmem::find_iter(rest, b"</").find(closes).map_or(bytes.len(), |at| start + at)
}

fn starts_with_word(bytes: &[u8], word: &[u8]) -> bool {
    bytes.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
        && !bytes.get(word.len()).is_some_and(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The uses as `name`, `name via variable` or `name?` for a part.
    fn found(text: &str, language: Language) -> Vec<String> {
        let show = |found: &Use| {
            let name = found.range.of(text);
            match &found.place {
                LinkPosition::Direct => name.to_owned(),
                LinkPosition::Variable(variable) => format!("{name} via {variable}"),
                LinkPosition::Part => format!("{name}?"),
            }
        };
        uses(text, language).iter().map(show).collect()
    }

    fn script(text: &str) -> Vec<String> {
        found(text, Language::Script)
    }

    #[test]
    fn properties_and_arguments_name_connections() {
        assert_eq!(script("ZOHODESK.request({url: u, connectionLinkName: \"desk\", data: {}});"), ["desk"]);
        assert_eq!(script("r = {'connectionLinkName' : 'desk'}"), ["desk"]);
        assert_eq!(script("ZFAPPS.request({connection_link_name:`books`\n})"), ["books"]);
        assert_eq!(script("r.connectionLinkName = \"desk\";\nr.url = 'x'"), ["desk"]);
        assert_eq!(script("ZOHO.CRM.CONNECTION.invoke( \"crm\" , req).then(f)"), ["crm"]);
        assert_eq!(script("CONNECTION?.invoke('crm')"), ["crm"]);
        let both = "a({connectionLinkName:\"one\"},CONNECTION.invoke(\"two\"));b({connectionLinkName:\"one\"})";
        assert_eq!(script(both), ["one", "two", "one"]);
    }

    #[test]
    fn other_texts_name_none() {
        for text in [
            "",
            "hub.connection.invoke(\"JoinGame\", id);",
            "MYCONNECTION.invoke(\"a\"); CONNECTION.invoked(\"a\"); CONNECTION[invoke](\"a\")",
            "// connectionLinkName: \"a\"\n/* CONNECTION.invoke(\"a\")\n*/",
            "s = \"connectionLinkName: 'a'\"; t = 'CONNECTION.invoke(\"a\")'; u = `connectionLinkName: \"a\"`",
            "s = `x ${y} connectionLinkName: \"a\"`",
            "if (x) /connectionLinkName: \"a\"/.test(y)",
            "x = y.replace(/[/\"]connectionLinkName: \"a\"/g, \"\")",
            "interface Request { connectionLinkName: string; url?: string }",
            "connectionLinkName(\"a\"); myConnectionLinkName: \"a\"; connectionLinkNames = \"a\"",
            "connectionLinkName: { a: \"a\" }",
            "if (r.connectionLinkName === \"a\") {}",
        ] {
            assert_eq!(script(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn variables_are_followed_within_the_file() {
        let text = "const LINK = \"crm\";\nasync function f() { await ZOHO.CRM.CONNECTION.invoke(LINK, {}) }";
        assert_eq!(script(text), ["crm via LINK"]);
        let text = "var CONFIG = { link: 'desk', other: 'x' };\nrequest({connectionLinkName: CONFIG.link, a: 1})";
        assert_eq!(script(text), ["desk via link"]);
        assert_eq!(
            script("let connectionLinkName = \"desk\"\nrequest({ connectionLinkName })"),
            ["desk via connectionLinkName"]
        );
        assert_eq!(script("const l: string = \"desk\"\nf({connectionLinkName: l})"), ["desk via l"]);
        assert_eq!(script("const l = \"a\"\nconst m = \"b\"\nf({connectionLinkName: l})"), ["a via l"]);
        assert_eq!(script("const l = p ? \"a\" : \"b\";\nf({connectionLinkName: l})"), ["a?", "b?"]);
    }

    #[test]
    fn what_is_put_together_is_a_part() {
        assert_eq!(script("f({connectionLinkName: eu ? \"a\" : \"b\", c: \"d\"})"), ["a?", "b?"]);
        assert_eq!(script("f({connectionLinkName: \"a\" + suffix})"), ["a?"]);
        assert_eq!(script("CONNECTION.invoke(pick(\"a\"), \"b\")"), ["a?"]);
        assert_eq!(script("f({connectionLinkName: `${x(\"a\")}`, b: \"c\"})"), ["a?"]);
    }

    #[test]
    fn the_lexer_finds_back_into_the_code() {
        let end = "\nf({connectionLinkName: \"x\"})";
        for start in [
            "a = b / c; d = \"/\"",
            "if (a) /'/.test(b)",
            "a = i++ / 2; b = '/'",
            "x = a[0] / 2 / '3'",
            "return /[\"'`/]/g",
            "s = `a ${b ? `c ${d}` : {e: '}'}} f`",
            "s = 'a \\' b \\\n c'",
            "<p>don't</p>",
            "<A b={c}/>; <br/>",
            "s.replace(/>/g, '&gt;').replace(/</g, \"&lt;\")",
            "} /* \" */ <!-- \"",
            "#!/usr/bin/env node \"",
            "(/[ \"",
            "/ unfinished",
        ] {
            assert_eq!(script(&format!("{start}{end}")), ["x"], "{start}");
        }
    }

    #[test]
    fn of_a_page_only_scripts_count() {
        let page = "<html><!-- <script>CONNECTION.invoke('no')</script> -->\
            <p>connectionLinkName: \"no\"</p><button onclick=\"CONNECTION.invoke('no')\">\
            <SCRIPT a=\"b>c\">CONNECTION.invoke('one')</SCRIPT >\
            <script type=\"application/json\">{\"connectionLinkName\": \"no\"}</script>\
            <script>const l = \"two\"</script><script>CONNECTION.invoke(l)</script><script>CONNECTION.invoke('three'";
        assert_eq!(found(page, Language::Page), ["one", "two via l", "three"]);
    }

    #[test]
    fn names_tell_the_language() {
        let of = |name: &str| language(Path::new(name));
        assert_eq!([of("a.js"), of("b/a.TSX"), of("a.mjs")], [Some(Language::Script); 3]);
        assert_eq!([of("a.html"), of("A.vue")], [Some(Language::Page); 2]);
        assert_eq!([of("a.deluge"), of("js"), of("a.json")], [None; 3]);
    }

    #[test]
    fn any_text_gives_an_answer() {
        let pieces = [
            "`",
            "${",
            "}",
            "\\",
            "\"",
            "'",
            "/",
            "/*",
            "(",
            "[",
            "<script>",
            "<script ",
            "</",
            "<!--",
            "\n",
            "é",
            "a",
            "connectionLinkName:",
            "CONNECTION.invoke(",
            "=",
            "l = l",
            "?.",
            "++",
        ];
        for one in pieces {
            for other in pieces {
                let text = format!("{}{}", format!("{one}{other}").repeat(2000), "connectionLinkName:'x'");
                for found in uses(&text, Language::Script).iter().chain(&uses(&text, Language::Page)) {
                    assert!(text.get(found.range.start()..found.range.end()).is_some(), "{one}{other}");
                }
            }
        }
    }
}
