//! Texts with the name or the scheme that are sent nowhere.
//!
//! ```text
//! strpos($url, 'authtoken=')                 looked for
//! logger.debug("authtoken=" + token)         shown
//! return "authtoken=" + t + ", id=" + id;    shown: no query goes on so
//! document.cookie = `authtoken=${t}`         a cookie
//! ```

use std::borrow::Cow;

use super::calls::called;
use super::facts::Facts;
use super::language::Language;
use super::marks::{Mark, MarkKind};
use crate::text::source::TextRange;

const LOOKED_FOR: Cow<'static, str> = Cow::Borrowed("a text that the code searches for");
const FOR_PEOPLE: Cow<'static, str> = Cow::Borrowed("text for people");
const SHOWN: Cow<'static, str> = Cow::Borrowed("a text that the code prints or logs");
const COOKIE: Cow<'static, str> = Cow::Borrowed("a cookie");

/// So far back and ahead is looked from a text.
const NEAR: usize = 160;

/// Why a sign in a text is none that is sent.
pub(super) fn reason(facts: &Facts<'_>, mark: &Mark) -> Option<Cow<'static, str>> {
    if mark.kind == MarkKind::Scheme && is_sentence(facts, mark) {
        return Some(FOR_PEOPLE);
    }
    let text = facts.pieces.text_at(mark.range.start())?;
    if is_looked_for(facts, text) {
        return Some(LOOKED_FOR);
    }
    // A token that is written there is reported all the same, and so is an address.
    if !matches!(mark.kind, MarkKind::Scheme | MarkKind::Query) || mark.value.is_some() || names_host(facts, text) {
        return None;
    }
    if is_shown(facts, text) || (mark.kind == MarkKind::Query && goes_on_as_list(facts, mark, text)) {
        return Some(SHOWN);
    }
    (mark.kind == MarkKind::Query && is_cookie(facts, text)).then_some(COOKIE)
}

/// Whether the scheme stands in a sentence: words follow it, and no token.
fn is_sentence(facts: &Facts<'_>, mark: &Mark) -> bool {
    const LONGEST: usize = 256;
    let line = facts.index.line_range(facts.line(mark.range.start()));
    let end = facts.pieces.text_at(mark.range.start()).unwrap_or(line).end().min(mark.range.end() + LONGEST);
    let tail = facts.bytes(mark.range.end(), end);
    let tail = String::from_utf8_lossy(tail);
    let mut words = tail.split_whitespace();
    let first = words.next().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()));
    first && tail.starts_with(' ') && words.next().is_some() && !tail.contains(['$', '{', '%', '<', '"'])
}

/// Whether code looks for a text, and does not send it: `strpos($url, 'authtoken=')`, `"authtoken=" in url`.
fn is_looked_for(facts: &Facts<'_>, text: TextRange) -> bool {
    const PATTERNS: [&[u8]; 7] = [b"sub", b"subn", b"compile", b"mustcompile", b"regexp", b"findall", b"substr_count"];
    const SEARCHES: [&[u8]; 26] = [
        b"strpos",
        b"stripos",
        b"str_contains",
        b"strstr",
        b"str_replace",
        b"str_starts_with",
        b"preg_",
        b"explode",
        b"contain",
        b"include",
        b"indexof",
        b"index",
        b"startswith",
        b"starts_with",
        b"endswith",
        b"split",
        b"match",
        b"replace",
        b"gsub",
        b"tocontain",
        b"hasprefix",
        b"assertnot",
        b"equals",
        b"strcmp",
        b"strcasecmp",
        b"strncasecmp",
    ];
    let behind = facts.bytes(text.end(), (text.end() + NEAR).min(facts.text.len()));
    let behind = behind.strip_prefix(b"\"").or(behind.strip_prefix(b"'")).unwrap_or(behind).trim_ascii_start();
    // `sed 's/authtoken=[^&]*//'`
    let is_sed = text.of(facts.text).starts_with("s/") && facts.language == Language::Shell;
    if is_sed || behind.starts_with(b"in ") || behind.starts_with(b"not in ") {
        return true;
    }
    let line = line_before(facts, text);
    if is_compared(line, behind) {
        return true;
    }
    let Some(call) = open_call(line) else { return false };
    let name = called(call);
    // PHP has its functions for characters, too.
    let name = name.strip_prefix(b"mb_").or(name.strip_prefix(b"iconv_")).unwrap_or(&name);
    SEARCHES.iter().any(|search| name.starts_with(search)) || name.starts_with(b"not_") || PATTERNS.contains(&name)
}

/// Whether the text between a line and what follows its quote is compared: `scheme == "…"`, `"…".equals(scheme)`, `case "…":`.
fn is_compared(line: &[u8], behind: &[u8]) -> bool {
    let before = line.strip_suffix(b"\"").or(line.strip_suffix(b"'")).unwrap_or(line).trim_ascii_end();
    let compares = |text: &[u8]| [&b"=="[..], b"!="].iter().any(|sign| text.starts_with(sign));
    let is_label = [&b"case"[..], b"when"].iter().any(|word| before.trim_ascii_start() == *word);
    compares(behind)
        || behind.starts_with(b".equals")
        || is_label
        || [&b"=="[..], b"!="].iter().any(|sign| before.ends_with(sign))
}

/// Whether code prints or logs a text.
fn is_shown(facts: &Facts<'_>, text: TextRange) -> bool {
    let line = line_before(facts, text);
    let mut call = open_call(line);
    while let Some(open) = call {
        let before = open.strip_suffix(b"(").unwrap_or(open);
        // `println!(`
        let before = before.strip_suffix(b"!").unwrap_or(before);
        let name = called(before);
        if shows(before, &name) {
            return true;
        }
        // `log(String.format("…"))`, `print(("…"))`
        if !(name.is_empty() || name.ends_with(b"format") || name.ends_with(b"sprintf")) {
            return false;
        }
        call = open_call(before);
    }
    // `puts "…"`, `echo "…"`, `Rails.logger.info "…"`; what a shell echoes may be piped into a request.
    let words = line.strip_suffix(b"\"").or(line.strip_suffix(b"'")).unwrap_or(line);
    let spoken = match facts.language {
        Language::Ruby | Language::Php | Language::Perl | Language::Python => {
            shows(words.trim_ascii_end(), &called(words.trim_ascii_end()))
        }
        Language::PowerShell => words.trim_ascii().to_ascii_lowercase().starts_with(b"write-"),
        _ => false,
    };
    spoken && words.ends_with(b" ")
}

/// Whether what is called at the end of `before` prints or logs.
fn shows(before: &[u8], name: &[u8]) -> bool {
    const LOGS: [&[u8]; 12] = [
        b"info",
        b"debug",
        b"warn",
        b"warning",
        b"error",
        b"trace",
        b"fatal",
        b"notice",
        b"verbose",
        b"error_log",
        b"var_dump",
        b"print_r",
    ];
    const PRINTS: [&[u8]; 8] = [b"print", b"println", b"printf", b"puts", b"echo", b"writeline", b"eprintln", b"write"];
    const CONSOLES: [&[u8]; 8] =
        [b"system.out.", b"system.err.", b"console.", b"fmt.", b"io.", b"debug.", b"log.", b"logger."];
    let is_login = [&b"login"[..], b"logon", b"logout"].iter().any(|own| name.starts_with(own));
    if LOGS.contains(&name) || (name.starts_with(b"log") && !is_login) {
        return true;
    }
    let start = before.len().saturating_sub(NEAR);
    let receiver = before.get(start..before.len().saturating_sub(name.len())).unwrap_or(&[]).to_ascii_lowercase();
    // `Log.v("tag", "…")`
    if name.len() == 1 && receiver.ends_with(b"log.") {
        return true;
    }
    let is_own = CONSOLES.iter().any(|console| receiver.ends_with(console));
    // `writer.print("…")` and `res.write("…")` may send it.
    let is_free = !receiver.last().is_some_and(|byte| matches!(byte, b'.' | b'>' | b':')) && name != b"write";
    PRINTS.contains(&name) && (is_own || is_free)
}

/// Whether the text goes on as no query does, behind the value: `"authtoken=" + t + ", id="`, `"authtoken={0}, id={1}"`.
fn goes_on_as_list(facts: &Facts<'_>, mark: &Mark, text: TextRange) -> bool {
    let lists = |rest: &[u8]| rest.starts_with(b", ") || rest.starts_with(b",\\n") || rest == b"]" || rest == b"}";
    let tail = facts.bytes(mark.range.end() + 1, text.end());
    if !tail.is_empty() {
        let length = tail.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.${}%".contains(byte)).count();
        // `"{authtoken=$t}"` is a text in braces itself, and `${t}` is no end.
        return tail.get(length..).is_some_and(|rest| rest.starts_with(b", "));
    }
    let behind = facts.bytes(text.end(), (text.end() + NEAR).min(facts.text.len()));
    let Some((b'"' | b'\'' | b'`', code)) = behind.split_first() else { return false };
    let length =
        code.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b" \t\r\n+._$()->".contains(byte)).count();
    let next = text.end() + 1 + length + 1;
    let own = facts.pieces.text_at(next).filter(|own| own.start() == next);
    own.is_some_and(|own| lists(facts.bytes(own.start(), own.end())))
}

/// Whether a text is what a browser keeps: `document.cookie = "…"`, `'Cookie' => "…"`, `setHeader('Set-Cookie', "…")`.
fn is_cookie(facts: &Facts<'_>, text: TextRange) -> bool {
    let before = line_before(facts, text).to_ascii_lowercase();
    let signs = before.iter().rev().take_while(|byte| b" \t\"'`=:>,(".contains(byte)).count();
    before.get(..before.len() - signs).is_some_and(|before| before.ends_with(b"cookie"))
}

/// Whether a text names a host of Zoho's.
fn names_host(facts: &Facts<'_>, text: TextRange) -> bool {
    let behind = facts.hosts.partition_point(|host| host.range.start() < text.start());
    facts.hosts.get(behind).is_some_and(|host| text.contains(host.range.start()))
}

/// The line up to a text, as far as one looks back.
fn line_before<'t>(facts: &Facts<'t>, text: TextRange) -> &'t [u8] {
    let before = facts.bytes(text.start().saturating_sub(NEAR), text.start());
    before.rsplit(|byte| matches!(byte, b'\n' | b'\r' | b';')).next().unwrap_or(&[])
}

/// A line up to the last parenthesis in it that is still open at its end.
fn open_call(line: &[u8]) -> Option<&[u8]> {
    let mut closed = 0_usize;
    let open = line.iter().rposition(|byte| match byte {
        b')' => {
            closed += 1;
            false
        }
        b'(' if closed > 0 => {
            closed -= 1;
            false
        }
        byte => *byte == b'(',
    })?;
    line.get(..=open)
}
