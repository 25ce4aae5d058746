//! Whether a file whose name does not say so is Deluge, judged by its text.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::deluge::is_export;

/// How much code of a text [`looks_like_deluge`] weighs, in bytes.
const HEAD: usize = 64 * 1024;
/// How often one tell-tale counts, so that a text's one habit does not decide alone.
const REPEATS: u32 = 3;
/// The points that are enough, if the other side has fewer. Where it has none, one point is.
const ENOUGH: u32 = 3;

/// Whether a text whose name does not say so is Deluge: an export of a Creator application, or code.
///
/// Comments and what stands inside strings are blanked out, so that neither a URL nor a remark decides, unless the rest
/// decides nothing at all; of a page with `<% … %>` only what stands inside the tags is looked at. The first 64 KiB of the rest
/// are searched for tell-tales of Deluge (`invokeurl`, `zoho.crm.`, `for each`, `info …;`, `= Map();`,
/// `void automation.name(`) and of other languages and of prose (`=>`, `const `, `function(`, `===`, Markdown headings, lines
/// of words without any punctuation of code). Each has points, and counts three times at the most. The text is Deluge when it
/// has three points for Deluge, and more of them than for anything else; where nothing points to anything else, a single
/// plain statement is enough, since a missed token is worse than a file that is read in vain. Diffs, and saved reports of
/// this tool, are none.
pub fn looks_like_deluge(text: &str) -> bool {
    looks(text, 1)
}

/// Whether a text is Deluge that stands among texts of all kinds: it takes three points however little points to anything
/// else, as one statement, such as `A=1 run; run`, may be any language's.
pub fn is_plainly_deluge(text: &str) -> bool {
    looks(text, ENOUGH)
}

fn looks(text: &str, alone: u32) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head = beginning(text);
    if quotes_code(head) {
        return false;
    }
    if is_export(head) || is_page(head) {
        return true;
    }
    let mut code = match tags(text) {
        Some(inside) => blanked(&inside),
        None => blanked(text),
    };
    if !code.contains(char::is_alphanumeric) {
        // A function may be commented out as a whole, and its token still stands there to be read.
        code = blanked(&head.replace("//", "  ").replace("/*", "  ").replace("*/", "  "));
    }
    let score = points(&code);
    let least = if score.foreign == 0 { alone } else { ENOUGH };
    score.deluge >= least && score.deluge > score.foreign
}

/// Whether it is a diff, or a report of this tool: lines of code that stand elsewhere.
fn quotes_code(head: &str) -> bool {
    const SEVERITIES: [&str; 3] = ["error[", "warning[", "note["];
    let is_place = |line: &str, severity: &str| {
        line.split_once(severity).is_some_and(|(place, _)| {
            place.strip_suffix(": ").is_some_and(|place| place.ends_with(|last: char| last.is_ascii_digit()))
        })
    };
    head.lines().zip(head.lines().skip(1)).any(|(line, next)| {
        (line.starts_with("--- ") && next.starts_with("+++ "))
            || SEVERITIES.iter().any(|severity| line.starts_with(severity) && next.starts_with(" --> "))
    }) || head.lines().next().is_some_and(|line| SEVERITIES.iter().any(|severity| is_place(line, severity)))
}

/// The first [`HEAD`] bytes, or up to three fewer.
fn beginning(text: &str) -> &str {
    (0..4).find_map(|back| text.get(..HEAD - back)).unwrap_or(text)
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Score {
    deluge: u32,
    foreign: u32,
}

/// Points for Deluge of what may stand anywhere in code. Letter case does not matter; a pattern that starts or ends
/// with a letter is a whole word there.
#[rustfmt::skip]
const DELUGE: &[(&str, u32)] = &[
    ("invokeurl", 4), ("invokeapi", 3), ("sendmail", 3), ("sendsms", 3), ("insert into", 2), ("row.", 1),
    ("delete from", 2), ("cancel submit", 4), ("thisapp.", 4), ("input.", 2),
    ("getUrl(", 3), ("postUrl(", 3), ("putUrl(", 3), ("invokeUrl(", 3), ("openUrl(", 3), ("encodeUrl(", 2),
    ("zoho.crm.", 4), ("zoho.books.", 4), ("zoho.billing.", 4), ("zoho.creator.", 4), ("zoho.cliq.", 3), ("zoho.desk.", 3),
    ("zoho.inventory.", 4), ("zoho.invoice.", 4), ("zoho.map.", 3), ("zoho.people.", 4), ("zoho.projects.", 4),
    ("zoho.recruit.", 4), ("zoho.reports.", 4), ("zoho.sheet.", 4), ("zoho.sign.", 4), ("zoho.subscriptions.", 4),
    ("zoho.support.", 4), ("zoho.workdrive.", 4), ("zoho.writer.", 4), ("zoho.encryption.", 4),
    ("zoho.currentdate", 4), ("zoho.currenttime", 4), ("zoho.loginuser", 4), ("zoho.loginuserid", 4),
    ("zoho.adminuser", 4), ("zoho.adminuserid", 4), ("zoho.appname", 4), ("zoho.appuri", 4),
    ("= map()", 3), ("= list()", 3), ("= collection()", 3), ("=map()", 3), ("=list()", 3), ("=collection()", 3),
    (".put(\"", 2), (".get(\"", 1), (".containsKey(", 1), (".getAll()", 1), (".getJSON(", 2), (".toMap()", 2),
    (".toList()", 2), (".toList(\"", 2), (".toJSONList()", 4), (".toLong()", 2), (".toNumber()", 1), (".toDecimal()", 2),
    (".toText()", 2), (".toString(\"", 2), (".toDate()", 2), (".toTime()", 2), (".addDay(", 2), (".addMonth(", 2),
    (".subDay(", 2), (".subMonth(", 2), (".getPrefix(", 2), (".getSuffix(", 2), (".containsIgnoreCase(", 2),
    (".notContains(", 2), (".removeFirstOccurence(", 2),
    ("isNull(", 2), ("ifnull(", 2), ("isBlank(", 2), ("isEmpty(", 1),
];

/// How many of the patterns above, the first ones, count only before a `[`, since they are words of prose too.
const BRACKETED: usize = 4;

/// The first pattern of the following counts only before a `(`, with or without a name: it is a word of prose too.
const DECLARED: usize = DELUGE.len();

/// Points against Deluge, found the same way.
#[rustfmt::skip]
const FOREIGN: &[(&str, u32)] = &[
    ("function", 4), ("=>", 3), ("===", 3), ("!==", 3), ("require(", 3), ("document.", 2),
    ("window.", 2), ("console.", 3), ("module.exports", 5), ("process.env", 3), ("JSON.", 2), ("Object.", 2),
    ("Array.", 2), ("Promise", 2), ("async", 2), ("await", 2), ("typeof", 3), ("undefined", 1), ("prototype", 2),
    ("new Map", 3), ("new Date", 3), ("this.", 2), ("$(", 3), ("`", 1), ("i++", 3), ("throw new", 3),
    ("instanceof", 3), ("<html", 4), ("<!doctype", 4), ("<script", 3), ("<?php", 9), ("<?xml", 9), ("#include", 9),
    ("#import", 9), ("#define", 9), ("#!/", 9), ("@interface", 4), ("@implementation", 9), ("@\"", 3), ("::", 2), ("->", 2),
    ("exports.", 3), ("globalThis", 3), ("create table", 5), ("select", 3), ("values", 3), ("where", 1),
    ("UrlFetchApp", 5), ("ZFAPPS.", 5), ("ZOHODESK.", 5),
    // A document that shows code, and perhaps more of it than it has words.
    ("```", 40),
    // Regular expressions.
    ("(/", 2), ("=/", 2), ("= /", 2), (":/", 2), (": /", 2),
];

static TELLING: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let patterns = DELUGE.iter().chain(FOREIGN).map(|(pattern, _)| pattern);
    AhoCorasick::builder().ascii_case_insensitive(true).build(patterns).ok()
});

fn points(code: &str) -> Score {
    let mut counts = BTreeMap::new();
    // The JavaScript library of Zoho's widgets has the names of Deluge's tasks, in capitals.
    let mut widget = 0u32;
    for found in TELLING.iter().flat_map(|search| search.find_overlapping_iter(code)) {
        let (start, end) = (found.start(), found.end());
        let pattern = found.pattern().as_usize();
        if !is_word(code.as_bytes(), start, end) {
            continue;
        }
        let behind = code.get(end..).unwrap_or("").trim_start();
        let name = |letter: char| letter.is_alphanumeric() || letter == '_';
        let is_code = match pattern {
            _ if pattern < BRACKETED => behind.starts_with('['),
            DECLARED => behind.trim_start_matches(name).starts_with('('),
            _ => true,
        };
        if !is_code {
            continue;
        }
        if code.get(start..).is_some_and(|from| from.starts_with("ZOHO.")) {
            widget += 4;
        } else {
            *counts.entry(pattern).or_insert(0) += 1;
        }
    }
    let mut score = Score { deluge: 0, foreign: widget.min(4 * REPEATS) };
    for (pattern, count) in counts {
        let count = REPEATS.min(count);
        match DELUGE.get(pattern) {
            Some((_, points)) => score.deluge += points * count,
            None => score.foreign += FOREIGN.get(pattern - DELUGE.len()).map_or(0, |(_, points)| points * count),
        }
    }
    let mut lines = BTreeMap::new();
    for piece in statements(code) {
        if let Some(sign) = sign(piece.trim_start_matches([' ', '\t', '{', '}', ';', '\u{a0}']).trim_end()) {
            *lines.entry(sign).or_insert(0) += 1;
        }
    }
    for (sign, count) in lines {
        let (side, points, repeats) = match sign {
            Sign::Header => (&mut score.deluge, 4, REPEATS),
            Sign::Info | Sign::Fetch | Sign::Method => (&mut score.deluge, 3, REPEATS),
            Sign::Typed | Sign::Form => (&mut score.deluge, 2, REPEATS),
            // Two at the most: such statements alone would make MATLAB or careless JavaScript Deluge.
            Sign::Statement => (&mut score.deluge, 1, 2),
            Sign::Foreign => (&mut score.foreign, 3, REPEATS),
            Sign::Heading | Sign::Key => (&mut score.foreign, 2, REPEATS),
            Sign::Prose => (&mut score.foreign, 1, REPEATS),
        };
        *side += points * repeats.min(count);
    }
    score
}

/// The lines and statements of the code. A block begins a new one, a map does not.
fn statements(code: &str) -> impl Iterator<Item = &str> {
    let mut before = ' ';
    code.split_inclusive(move |letter: char| {
        let block = letter == '{' && (before == ')' || before.is_alphabetic());
        if letter != ' ' {
            before = letter;
        }
        block || matches!(letter, '\n' | '\r' | ';')
    })
}

/// Whether what `start..end` holds is no part of a longer word.
fn is_word(code: &[u8], start: usize, end: usize) -> bool {
    let letter =
        |at: usize| code.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'));
    let before = start.checked_sub(1);
    let joined = before.is_some_and(|before| letter(before) || code.get(before) == Some(&b'.'));
    !((letter(start) && joined) || (end > 0 && letter(end - 1) && letter(end)))
}

/// What one line or statement of code shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Sign {
    /// A function's header with its namespace, or with types only Deluge has.
    Header,
    /// A function's header as other languages have it too.
    Typed,
    /// `info …;`, `alert "…";`, `for each x in`: what only Deluge writes so.
    Info,
    /// A statement of a Creator form: `show Field;`, `row.Field = value;`.
    Form,
    /// `Form[Field == value]`.
    Fetch,
    /// `type :GET`, as in a request.
    Method,
    /// `name = value;` without a declaration, `return …;`, `name.name(…);`: what other languages write so, too.
    Statement,
    /// A statement of another language.
    Foreign,
    /// A heading or a list item in Markdown, or a comment after `#` or `%`.
    Heading,
    /// `name: value,`: the keys of Deluge's maps are quoted.
    Key,
    /// Words and nothing else.
    Prose,
}

fn sign(line: &str) -> Option<Sign> {
    let word_end = line.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(line.len());
    let (word, rest) = line.split_at_checked(word_end)?;
    let after = rest.trim_start();
    let spaced = after.len() < rest.len();
    if matches!(line.as_bytes(), [b'#', b' ' | b'#', ..] | [b'-' | b'*' | b'%', b' ', ..]) {
        return Some(Sign::Heading);
    }
    if spaced
        && after.starts_with(|letter: char| letter.is_ascii_alphabetic() || matches!(letter, '_' | '{' | '*' | '"'))
    {
        if let Some(sign) = header(word, after) {
            return Some(sign);
        }
        #[rustfmt::skip]
        const FOREIGN: [&str; 22] = [
            "const", "let", "var", "function", "import", "export", "class", "interface", "declare", "type", "namespace",
            "enum", "public", "private", "static", "package", "using", "def", "from", "abstract", "async", "readonly",
        ];
        if FOREIGN.contains(&word) {
            return Some(Sign::Foreign);
        }
    }
    let ends = line.ends_with(';');
    if is_key(line, word, after) || has_bare_key(line) {
        return Some(Sign::Key);
    }
    match word.to_ascii_lowercase().as_str() {
        "for" if after.starts_with('(') => return Some(Sign::Foreign),
        "for" if is_for_each(after) => return Some(Sign::Info),
        "end" | "endif" | "fi" | "done" if matches!(after, "" | ";") => return Some(Sign::Foreign),
        "type" if is_method(after) => return Some(Sign::Method),
        "alert" if ends && after.starts_with('"') => return Some(Sign::Info),
        "row" | "input" if ends && rest.starts_with('.') && rest.contains('=') => return Some(Sign::Form),
        "info" if ends && (spaced || rest.starts_with(['"', '('])) && !after.starts_with(['=', '.']) => {
            return Some(Sign::Info);
        }
        "show" | "hide" | "enable" | "disable" | "clear" | "reload" | "expand" | "collapse"
            if ends && spaced && after.starts_with(|letter: char| letter.is_ascii_alphabetic()) =>
        {
            return Some(Sign::Form);
        }
        _ => {}
    }
    if fetches(line) {
        return Some(Sign::Fetch);
    }
    if is_statement(line, word, after) {
        return Some(Sign::Statement);
    }
    is_prose(line).then_some(Sign::Prose)
}

/// Whether what follows `for` is `each x in` or `each index x in`.
fn is_for_each(after: &str) -> bool {
    let mut words = after.split_whitespace();
    words.next().is_some_and(|word| word.eq_ignore_ascii_case("each")) && words.take(3).skip(1).any(|word| word == "in")
}

/// The header of a function: `void automation.name(` or, by its types, `map name(string a)`.
fn header(word: &str, after: &str) -> Option<Sign> {
    #[rustfmt::skip]
    const TYPES: [&str; 14] = [
        "map", "list", "bigint", "void", "string", "int", "bool", "boolean", "date", "datetime", "decimal", "float",
        "collection", "file",
    ];
    let at = TYPES.iter().position(|known| word.eq_ignore_ascii_case(known))?;
    let (name, arguments) = after.split_once('(')?;
    let name = name.trim_end();
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.');
    if name.is_empty() || !name.chars().all(is_name) || arguments.contains(['*', '&', '<', ':', ';']) {
        return None;
    }
    Some(if name.contains('.') || at < 3 { Sign::Header } else { Sign::Typed })
}

/// Whether the line fetches records: a name, and in brackets behind it a comparison.
fn fetches(line: &str) -> bool {
    let Some((before, criteria)) = line.split_once('[') else {
        return false;
    };
    let word = |text: &str| text.ends_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
    word(before.trim_end())
        && criteria.split_once(['=', '!']).is_some_and(|(field, value)| {
            field.ends_with(' ') && word(field.trim_end()) && value.trim_start_matches('=').contains(']')
        })
}

/// Whether the line is `name: value,` or `name: value;`, or opens such a value. An attribute of a request ends with its line.
fn is_key(line: &str, word: &str, after: &str) -> bool {
    #[rustfmt::skip]
    const ATTRIBUTES: [&str; 8] = ["parameters", "headers", "body", "files", "to", "cc", "bcc", "attachments"];
    after.strip_prefix(':').is_some_and(|value| {
        line.ends_with(',')
            || (line.ends_with(['{', '[']) && !ATTRIBUTES.contains(&word))
            || (line.ends_with(';') && !line.ends_with("];") && !value.starts_with("ui."))
    })
}

/// Whether a map is written `{name: value}`.
fn has_bare_key(line: &str) -> bool {
    line.split('{').skip(1).any(|map| {
        let map = map.trim_start();
        let end = map.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(map.len());
        end > 0 && map.get(end..).is_some_and(|behind| behind.trim_start().starts_with(':'))
    })
}

/// Whether what follows `type` is `: GET` or another method.
fn is_method(after: &str) -> bool {
    let method = after.strip_prefix(':').map(str::trim_start).unwrap_or("");
    ["GET", "POST", "PUT", "PATCH", "DELETE"].iter().any(|known| method.eq_ignore_ascii_case(known))
}

/// Whether the line is `name = value;`, `name.name(…);`, `return …;`, or the beginning of one with a map.
fn is_statement(line: &str, word: &str, after: &str) -> bool {
    let ends = line.ends_with(';');
    if line.starts_with('+') {
        return ends;
    }
    if word == "return" {
        return (ends && !after.starts_with(['=', '.', '('])) || after == "{";
    }
    let end = line.find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '.')).unwrap_or(line.len());
    let Some((name, behind)) = line.split_at_checked(end).filter(|(name, _)| !name.is_empty()) else {
        return false;
    };
    // Longer names, and those of classes, are other languages'.
    let dots = name.matches('.').count();
    match behind.trim_start().strip_prefix('=').filter(|_| dots < 2) {
        Some(value) if ends || line.ends_with('+') => !value.starts_with(['=', '>']),
        Some(value) => value.trim_start().strip_prefix('{').is_some_and(|map| matches!(map.trim(), "" | "\"\":")),
        None => behind.starts_with('(') && behind.ends_with(");") && name.starts_with(char::is_lowercase),
    }
}

/// Whether a line holds four words or more and nothing of code. A condition, which may, ends with its parenthesis.
fn is_prose(line: &str) -> bool {
    let code = ['=', ';', '{', '}', '[', ']', '"', '+'];
    !line.contains(code) && !line.ends_with(')') && line.split_whitespace().nth(3).is_some()
}

/// Whether the text begins as the source of a Creator page does, with its heading or the brace around all of it.
fn is_page(text: &str) -> bool {
    let start = text.trim_start();
    start.strip_prefix("<%").is_some_and(|code| code.trim_start().starts_with('{'))
        || (start.starts_with("htmlpage ") && start.contains("<%"))
}

/// What stands inside the `<% … %>` of a page; nothing if the text is no page.
fn tags(text: &str) -> Option<String> {
    let start = text.trim_start();
    if !start.starts_with('<') || !text.contains("<%") {
        return None;
    }
    let mut inside = String::new();
    for part in text.split("<%").skip(1) {
        if inside.len() > HEAD {
            break;
        }
        inside.push_str(part.split_once("%>").map_or(part, |(code, _)| code));
        inside.push('\n');
    }
    Some(inside)
}

/// The beginning of the text without its comments and without what stands inside its strings. In prose, an apostrophe must
/// not hide the rest of the text: a string ends with its line, unless it plainly goes on.
fn blanked(text: &str) -> String {
    let mut code = String::with_capacity(text.len().min(2 * HEAD));
    let mut rest = text;
    while let Some((before, from)) = rest.find(['"', '\'', '/']).and_then(|at| rest.split_at_checked(at)) {
        code.push_str(before);
        if code.len() > HEAD {
            return beginning(&code).to_owned();
        }
        let quoted = from.starts_with(['"', '\'']);
        rest = if let Some(comment) = from.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, behind)| behind)
        } else if from.starts_with("//") && !before.ends_with(':') {
            from.find(['\n', '\r']).and_then(|end| from.get(end..)).unwrap_or("")
        } else if let Some(behind) = behind_string(from, before) {
            code.push_str("\"\"");
            behind
        } else {
            // After an open quote its whole line: looking for its end again and again would take quadratic time.
            let length = if quoted { from.find(['\n', '\r']).unwrap_or(from.len()) } else { 1 };
            let (plain, behind) = from.split_at_checked(length).unwrap_or((from, ""));
            code.push_str(plain);
            behind
        };
    }
    code.push_str(rest);
    beginning(&code).to_owned()
}

/// What follows the string that `text` starts with. It may have several lines, as Deluge's may, where `before` ends and the
/// rest begins as code does around a value.
fn behind_string<'t>(text: &'t str, before: &str) -> Option<&'t str> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let is_value = quote == '"' && before.trim_end().ends_with(['=', '+', '(', ',', ':', '{']);
    let (mut escaped, mut lines) = (false, false);
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '\n' | '\r' if !is_value => return None,
            '\n' | '\r' => (escaped, lines) = (false, true),
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => {
                let behind = text.get(at + 1..)?;
                let closes = !lines || behind.trim_start().starts_with([';', '+', ')', ',', ']', '}', ':']);
                return closes.then_some(behind);
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests;
