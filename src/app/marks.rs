//! The signs of authtokens in a file of an app, by what stands around the name.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use memchr::memmem;

use super::calls::{called, is_no_type, is_pair, is_read_or_kept};
use super::constants::Constants;
use super::facts::Facts;
use super::language::Language;
use super::settings::{is_setting, owner_of, path_before};
use crate::census;
use crate::text::secret::is_token_shaped;
use crate::text::source::TextRange;

/// What a sign is. The strongest first: of several in one line that are about one token, the first one counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum MarkKind {
    /// `Zoho-authtoken`.
    Scheme,
    /// `authtoken=` in a URL or a form.
    Query,
    /// `<authtoken>`.
    Element,
    /// The token alone, in an `Authorization` header.
    Bare,
    /// The key of a map, or the name of an argument.
    Key,
    /// A key of a configuration, such as `ZOHO_AUTHTOKEN`.
    Setting,
    /// The address that makes authtokens.
    Generation,
    /// A name with the value of a token behind it.
    Value,
    /// A name, in no place that says what it is for.
    Name,
}

impl MarkKind {
    /// What it is, for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            MarkKind::Scheme => "the scheme `Zoho-authtoken`",
            MarkKind::Query => "the parameter `authtoken`",
            MarkKind::Element => "the element `<authtoken>`",
            MarkKind::Bare => "a token in the `Authorization` header",
            MarkKind::Key => "the key `authtoken`",
            MarkKind::Setting => "a setting for an authtoken",
            MarkKind::Generation => "the address that makes authtokens",
            MarkKind::Value | MarkKind::Name => "the word `authtoken`",
        }
    }
}

/// A sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mark {
    pub(super) kind: MarkKind,
    pub(super) range: TextRange,
    /// Whether it is spelt as Zoho's own parameter is; others write `authToken` and `auth_token`.
    pub(super) exact: bool,
    /// Whether the name itself, or a heading above it, says whose it is.
    pub(super) is_zohos: bool,
    /// The token's value, written behind it.
    pub(super) value: Option<TextRange>,
}

/// Every sign of a file, in text order.
pub(super) fn marks(facts: &Facts<'_>) -> Vec<Mark> {
    static NAMES: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(["authtoken", "auth_token"]).ok());
    let mut marks = Vec::new();
    let mut constants = Constants::default();
    for hit in NAMES.iter().flat_map(|names| names.find_iter(facts.text)) {
        let Some(mark) = mark(facts, hit.start(), hit.end()) else { continue };
        let constant =
            (mark.kind == MarkKind::Name && mark.exact).then(|| constants.places(facts, mark.range)).flatten();
        match constant {
            Some(places) => marks.extend(places.into_iter().map(|range| Mark { kind: MarkKind::Key, range, ..mark })),
            None => marks.push(mark),
        }
    }
    // Where the scheme is written down, it may be in the variable that the header gets.
    if marks.iter().any(|mark| mark.kind == MarkKind::Scheme) {
        marks.retain(|mark| mark.kind != MarkKind::Bare);
    }
    marks.extend(written_headers(facts));
    marks.sort_by_key(|mark| mark.range);
    marks
}

/// `Authorization: 0123…`, a token that is written there without a scheme.
fn written_headers(facts: &Facts<'_>) -> Vec<Mark> {
    static HEADER: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(["authorization"]).ok());
    if facts.hosts.is_empty() {
        return Vec::new();
    }
    let mark = |range: TextRange| {
        let (start, end) = census::run(facts.bytes(range.end(), facts.text.len()))?;
        let value = TextRange::new(range.end() + start, range.end() + end);
        let is_token = is_token_shaped(value.of(facts.text));
        is_token.then_some(Mark { kind: MarkKind::Bare, range, exact: true, is_zohos: false, value: Some(value) })
    };
    let hits = HEADER.iter().flat_map(|header| header.find_iter(facts.text));
    hits.filter_map(|hit| mark(TextRange::new(hit.start(), hit.end()))).collect()
}

/// The sign around a name at `start..end`.
fn mark(facts: &Facts<'_>, start: usize, end: usize) -> Option<Mark> {
    let bytes = facts.text.as_bytes();
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let left = start - bytes.get(..start)?.iter().rev().take_while(|byte| part(byte) || **byte == b'-').count();
    let right = end + bytes.get(end..)?.iter().take_while(part).count();
    let word = TextRange::new(left, right).of(facts.text).to_ascii_lowercase();
    let behind = bytes.get(right..)?;
    let value = census::value(behind).map(|(from, to)| TextRange::new(right + from, right + to));
    let make = |kind, range| Some(Mark { kind, range, exact: true, is_zohos: true, value });
    if word == "zoho-authtoken" && is_scheme(facts, left, end) {
        return make(MarkKind::Scheme, TextRange::new(left, end));
    }
    if word.contains("oauthtoken") && !word.contains("zohoauthtoken") {
        return None;
    }
    if word.ends_with("apiauthtoken") && behind.starts_with(b"/") {
        return make(MarkKind::Generation, TextRange::new(end - "apiauthtoken".len(), end));
    }
    let name = TextRange::new(start, end).of(facts.text);
    let is_name = left == start && right == end;
    let exact = is_name && matches!(name, "authtoken" | "AUTHTOKEN");
    let kind = if is_name { place(facts, start, end) } else { None };
    let range = if is_name { TextRange::new(start, end) } else { TextRange::new(left, right) };
    let is_configuration = facts.language.is_configuration();
    let path = path_before(facts, left, right);
    let owner = owner_of(&TextRange::new(left - path, right).of(facts.text).to_ascii_lowercase());
    // `'zoho' => ['auth_token' => …]`; others spell theirs so, too.
    let is_below =
        is_name && (is_configuration || (kind == Some(MarkKind::Key) && !exact)) && facts.is_below_zoho(start);
    let setting = || {
        let is_zohos = owner == Some(true) || is_below;
        let may = is_zohos || owner == Some(false) || (is_name && facts.is_named_zoho);
        let by_path = !is_configuration && (is_below || (path > 0 && owner.is_some()));
        (may && (by_path || is_setting(facts, range, is_name))).then_some(is_zohos)
    };
    // The keys of a configuration are settings first, if their names say so.
    let is_settings = kind == Some(MarkKind::Key) && (is_configuration || is_below);
    if let Some(kind) = kind.filter(|_| !is_settings) {
        return Some(Mark { kind, range, exact, is_zohos: false, value });
    }
    if let Some(is_zohos) = setting() {
        return Some(Mark { kind: MarkKind::Setting, range, exact: word.contains("authtoken"), is_zohos, value });
    }
    if let Some(kind) = kind {
        return Some(Mark { kind, range, exact, is_zohos: false, value });
    }
    let kind = if !behind.starts_with(b"(") && is_bare_header(bytes.get(..left)?) {
        MarkKind::Bare
    } else if value.is_some() {
        MarkKind::Value
    } else {
        MarkKind::Name
    };
    Some(Mark { kind, range, exact, is_zohos: owner == Some(true), value })
}

/// Whether a variable behind these is all that is sent in an `Authorization` header: `"Authorization": self.`
fn is_bare_header(before: &[u8]) -> bool {
    const NEAR: usize = 64;
    let near = before.get(before.len().saturating_sub(NEAR)..).unwrap_or(&[]).to_ascii_lowercase();
    let Some(header) = memmem::rfind(&near, b"authorization") else { return false };
    let between = near.get(header + b"authorization".len()..).unwrap_or(&[]);
    // `Bearer $authToken` has a word of its own before the variable.
    let has_word = between.windows(2).any(|two| matches!(two, [word, b' '] if word.is_ascii_alphanumeric()));
    let is_receiver = |byte: &u8| byte.is_ascii_alphanumeric() || b" \t\"'`:=>,.+$@({_[]-)&".contains(byte);
    !has_word && between.iter().any(|byte| b":=,".contains(byte)) && between.iter().all(is_receiver)
}

/// Whether `Zoho-authtoken` is the scheme of a header, and no name in a page that is spelt so.
fn is_scheme(facts: &Facts<'_>, start: usize, end: usize) -> bool {
    const NEAR: usize = 256;
    let is_small = facts.bytes(start, end).iter().all(|byte| !byte.is_ascii_uppercase());
    let stands_alone = matches!(facts.text.as_bytes().get(end), Some(b'"' | b'\'' | b'`'));
    let near = facts.bytes(start.saturating_sub(NEAR), (end + NEAR).min(facts.text.len())).to_ascii_lowercase();
    !(is_small && stands_alone) || memmem::find(&near, b"authorization").is_some()
}

/// A parameter's value is no longer than this.
const LONGEST_VALUE: usize = 256;

/// What the name alone is: a parameter, an element, a key; `None` for a variable.
fn place(facts: &Facts<'_>, start: usize, end: usize) -> Option<MarkKind> {
    let (before, behind) = (facts.bytes(0, start), facts.bytes(end, facts.text.len()));
    let name = facts.bytes(start, end);
    let is_value = (behind.starts_with(b"=") && !behind.starts_with(b"==") && !behind.starts_with(b"=>"))
        || behind.starts_with(b"%3D");
    let quoted = matches!(before.last(), Some(b'"' | b'\'' | b'`'));
    if is_value && (census::is_in_query(before) || quoted || is_form_option(before) || begins_in_text(facts, start)) {
        return Some(MarkKind::Query);
    }
    if before.ends_with(b"<") && behind.starts_with(b">") {
        return Some(MarkKind::Element);
    }
    // `body: authtoken=…&scope=crmapi`
    let form = behind.get(..LONGEST_VALUE).unwrap_or(behind);
    let is_form = form.iter().take_while(|byte| !byte.is_ascii_whitespace()).any(|byte| *byte == b'&');
    if facts.language.is_configuration() && is_value && is_form && before.trim_ascii_end().ends_with(b":") {
        return Some(MarkKind::Query);
    }
    // `http GET URL authtoken==$T`
    if facts.language == Language::Shell && behind.starts_with(b"==") && before.ends_with(b" ") {
        return Some(MarkKind::Query);
    }
    // `-H "authtoken: $T"`
    if quoted && behind.starts_with(b": ") {
        return Some(MarkKind::Key);
    }
    if let Some((before, behind)) = census::unquoted(before, behind) {
        return (is_quoted_key(before, behind) || is_key_of(facts.language, before, behind)).then_some(MarkKind::Key);
    }
    let (ahead, next) = (before.trim_ascii_end(), behind.trim_ascii_start());
    // `params: [authtoken: t]`, but no pattern, as in `[authtoken: t] -> …`.
    let is_list = || {
        let line = facts.index.line_range(facts.line(start));
        memmem::find(facts.bytes(end, line.end()), b"->").is_none()
    };
    // `default_params authtoken: t`
    let is_command = || {
        let is_call = matches!(facts.language, Language::Ruby | Language::Elixir) && before.ends_with(b" ");
        is_call && ahead.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'!'))
    };
    let opens = matches!(ahead.last(), Some(b'{' | b',' | b'('))
        || (facts.language == Language::Elixir && ahead.ends_with(b"[") && is_list())
        || is_command();
    let assigned = next.strip_prefix(b"=").filter(|value| !value.starts_with(b"=") && !value.starts_with(b">"));
    let is_key = match facts.language {
        // `{ params: { authtoken, page } }`
        Language::JavaScript if name == b"authtoken" && matches!(next.first(), Some(b',' | b'}')) => {
            is_shorthand(facts, start, end)
        }
        Language::JavaScript | Language::Ruby | Language::Elixir | Language::CSharp | Language::Php
            if behind.starts_with(b":") && !behind.starts_with(b"::") =>
        {
            let is_value = name.eq_ignore_ascii_case(b"authtoken") && is_no_type(behind.get(1..).unwrap_or(&[]));
            opens
                && is_value
                && !(facts.language == Language::JavaScript && behind_braces(facts, end).is_some_and(is_taken_apart))
        }
        // `params.authtoken = token`
        Language::JavaScript | Language::PowerShell if before.ends_with(b".") => {
            name == b"authtoken" && assigned.is_some() && is_field_of_a_form(before)
        }
        // `query[:authtoken] = token`
        Language::Ruby if before.ends_with(b"[:") && next.starts_with(b"]") => {
            let rest = next.get(1..).unwrap_or(&[]).trim_ascii_start();
            let is_write = rest.starts_with(b"=") && !rest.starts_with(b"==") && !rest.starts_with(b"=>");
            is_write && !is_read_or_kept(before.strip_suffix(b":").unwrap_or(before), true)
        }
        // `:authtoken => token`
        Language::Ruby => before.ends_with(b":") && !before.ends_with(b"::") && next.starts_with(b"=>"),
        Language::Perl => next.starts_with(b"=>"),
        Language::Python => {
            let statement = facts.statement_at(start).of(facts.text).trim_start();
            let declares = statement.starts_with("def ") || statement.starts_with("async def");
            opens && !declares && assigned.is_some_and(|value| !value.trim_ascii_start().starts_with(b"None"))
        }
        // `new { authtoken = token }`, `@{ authtoken = $token }`
        Language::CSharp => matches!(ahead.last(), Some(b'{' | b',')) && assigned.is_some(),
        Language::PowerShell => matches!(ahead.last(), Some(b'{' | b';')) && assigned.is_some(),
        // `authtoken: …`, `AUTHTOKEN=…` in a line of its own
        _ if facts.language.is_configuration() && matches!(name, b"authtoken" | b"AUTHTOKEN") => {
            let own = TextRange::new(start, end);
            !before.ends_with(b".") && is_setting(facts, own, true)
        }
        _ => false,
    };
    is_key.then_some(MarkKind::Key)
}

/// Keys in quotes that only one language writes so: `@Query("authtoken") String token`, `"authtoken" to token`,
/// `@{ "authtoken" = $token }`.
fn is_key_of(language: Language, before: &[u8], behind: &[u8]) -> bool {
    match language {
        Language::Kotlin if behind.starts_with(b"to ") => true,
        Language::Java | Language::Kotlin if behind.starts_with(b")") => {
            let call = before.strip_suffix(b"(").unwrap_or(&[]);
            [&b"@Query"[..], b"@Field", b"@Header", b"@Part"].iter().any(|own| call.ends_with(own))
        }
        // `form.Add(new StringContent(token), "authtoken")`
        Language::CSharp => {
            let value = before.strip_suffix(b"),").unwrap_or(&[]);
            let mut depth = 0_usize;
            let open = value.iter().rev().take(256).position(|byte| match byte {
                b')' => {
                    depth += 1;
                    false
                }
                b'(' => depth.checked_sub(1).map(|left| depth = left).is_none(),
                _ => false,
            });
            let call = open.and_then(|open| value.get(..value.len() - open)).map(called);
            behind.starts_with(b")") && call.is_some_and(|name| name.ends_with(b"content"))
        }
        Language::PowerShell => {
            behind.starts_with(b"=") && !behind.starts_with(b"==") && matches!(before.last(), Some(b'{' | b';'))
        }
        _ => false,
    }
}

/// Whether the name alone is an entry of an object, and no part of what is taken apart: `const { authtoken } = settings`.
fn is_shorthand(facts: &Facts<'_>, start: usize, end: usize) -> bool {
    let before = facts.bytes(0, start);
    let Some(open) = edge(before.iter().rev().copied(), b'{', b'}') else { return false };
    let Some(after) = behind_braces(facts, end) else { return false };
    let ahead = before.get(..before.len() - open - 1).unwrap_or(&[]).trim_ascii_end();
    let is_object = matches!(ahead.last(), Some(b'(' | b',' | b':' | b'=' | b'[' | b'?')) || ahead.ends_with(b"return");
    // `function ({ authtoken }): Items`
    let is_typed = after.strip_prefix(b")").is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"));
    is_object && !(is_taken_apart(after) || is_typed || after.starts_with(b"from"))
}

/// Whether the braces in front of this hold names for parts of something: `const { authtoken: t } = settings`.
fn is_taken_apart(after: &[u8]) -> bool {
    let body = after.strip_prefix(b")").map(<[u8]>::trim_ascii_start);
    let is_parameter = body.is_some_and(|body| [&b"{"[..], b"=>"].iter().any(|begin| body.starts_with(begin)));
    (after.starts_with(b"=") && !after.starts_with(b"==")) || is_parameter
}

/// What follows the brace that closes the map around a byte.
fn behind_braces<'t>(facts: &Facts<'t>, at: usize) -> Option<&'t [u8]> {
    let behind = facts.bytes(at, facts.text.len());
    let close = edge(behind.iter().copied(), b'}', b'{')?;
    Some(behind.get(close + 1..)?.trim_ascii_start())
}

/// How far the bracket `outer` is that nothing closes before it.
fn edge(bytes: impl Iterator<Item = u8>, outer: u8, inner: u8) -> Option<usize> {
    const NEAR: usize = 512;
    let mut depth = 0_usize;
    bytes.take(NEAR).position(|byte| {
        if byte == inner {
            depth += 1;
        } else if byte == outer && depth > 0 {
            depth -= 1;
        } else {
            return byte == outer;
        }
        false
    })
}

/// Whether the map is called like what is sent: `query.`, `postData.`.
fn is_field_of_a_form(before: &[u8]) -> bool {
    const FORMS: [&[u8]; 11] = [
        b"params",
        b"param",
        b"query",
        b"querystring",
        b"qs",
        b"form",
        b"data",
        b"body",
        b"payload",
        b"headers",
        b"parameters",
    ];
    let Some(map) = before.strip_suffix(b".") else { return false };
    let length = map.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let name = map.get(map.len() - length..).unwrap_or(&[]).to_ascii_lowercase();
    name == b"args" || FORMS.iter().any(|form| name.ends_with(form))
}

/// `curl -d authtoken=$TOKEN`
fn is_form_option(before: &[u8]) -> bool {
    let option = before.trim_ascii_end();
    option.len() < before.len()
        && [&b" -d"[..], b" -F", b"--data", b"--form", b"--data-urlencode", b"--data-raw"]
            .iter()
            .any(|own| option.ends_with(own))
}

/// Whether only blanks stand between the name and what begins a parameter, in a text of several lines.
fn begins_in_text(facts: &Facts<'_>, start: usize) -> bool {
    let Some(text) = facts.pieces.text_at(start) else { return false };
    let before = facts.bytes(text.start(), start).trim_ascii_end();
    before.is_empty() || matches!(before.last(), Some(b'&' | b'?'))
}

/// Whether what stands around the quotes makes the name in them a key.
fn is_quoted_key(before: &[u8], behind: &[u8]) -> bool {
    let is_write = behind.strip_prefix(b"]").map(|rest| rest.trim_ascii_start());
    let assigned = is_write.is_some_and(|rest| rest.starts_with(b"=") && !rest.starts_with(b"=="));
    let is_compared = is_write.is_some_and(|rest| rest.starts_with(b"==") || rest.starts_with(b"!="));
    if is_compared || is_read_or_kept(before, assigned) {
        return false;
    }
    if before.ends_with(b"[") {
        // `params["authtoken"]`, but not a list of one name.
        let named = before.get(..before.len() - 1).and_then(<[u8]>::last);
        let indexes =
            named.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b']' | b')' | b'}'));
        // `{ ["authtoken"] = t }`
        return if is_write.is_some() { indexes || assigned } else { is_pair(before, behind) };
    }
    before.ends_with(b":") || is_pair(before, behind) || is_among_reports(before)
}

/// Whether a list of names goes on that holds a parameter of Zoho's reports: `['ZOHO_ACTION', 'authtoken']`.
fn is_among_reports(before: &[u8]) -> bool {
    let Some(list) = before.strip_suffix(b",").map(<[u8]>::trim_ascii_end) else { return false };
    let Some((b'"' | b'\'', list)) = list.split_last() else { return false };
    let length = list.iter().rev().take_while(|byte| byte.is_ascii_uppercase() || **byte == b'_').count();
    list.get(list.len() - length..).is_some_and(|name| name.starts_with(b"ZOHO_"))
}
