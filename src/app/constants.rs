//! Constants that hold the parameter's name and nothing else: what is made of them is a place of the name.
//!
//! ```text
//! const PARAM = 'authtoken';              no place, while the file uses it
//! $url . '?' . self::PARAM . '=' . $t     a place
//! array_key_exists(self::PARAM, $answer)  none: it is read
//! ```
//!
//! Other files use it, too: `form.put(Names.PARAM, token)`.

use foldhash::{HashMap, HashMapExt, HashSet};
use memchr::memmem;

use super::calls::{is_pair, is_read_or_kept};
use super::facts::Facts;
use crate::census;
use crate::text::source::TextRange;

/// The parameter's name.
const NAME: &str = "authtoken";

/// The constants of a file, which may have as many of them as it has lines.
#[derive(Default)]
pub(super) struct Constants<'t> {
    /// Where each word of the file begins, once somebody asked.
    words: Option<HashMap<&'t str, Vec<usize>>>,
    /// Those whose places were returned already.
    done: HashSet<&'t str>,
}

impl<'t> Constants<'t> {
    /// The places that use the constant which the name at `range` is the whole value of; that name itself when the file does not
    /// use the constant. `None` when it is no constant's value. Of a constant that is assigned several times, they are returned once.
    pub(super) fn places(&mut self, facts: &Facts<'t>, range: TextRange) -> Option<Vec<TextRange>> {
        let text = facts.pieces.text_at(range.start()).filter(|text| *text == range)?;
        let own = assigned(facts, text)?;
        let name = own.of(facts.text);
        let words = self.words.get_or_insert_with(|| words(facts.text));
        let mut is_used = false;
        let mut found = Vec::new();
        for &at in words.get(name).map_or(&[][..], Vec::as_slice) {
            let (before, behind) = (facts.bytes(0, at), facts.bytes(at + name.len(), facts.text.len()));
            let next = behind.trim_ascii_start();
            let assigns = next.starts_with(b"=") && !next.starts_with(b"==") && !next.starts_with(b"=>");
            if at == own.start() || assigns || facts.pieces.comment_at(at).is_some() {
                continue;
            }
            is_used = true;
            if self.done.contains(name) {
                break;
            }
            if is_written(before, behind) {
                found.push(TextRange::new(at, at + name.len()));
            }
        }
        self.done.insert(name);
        // One for other files; `$token = "AUTHTOKEN"` is no name but what stands for a value.
        let is_own = range.of(facts.text) == NAME && is_constant(name);
        Some(if is_used || !is_own { found } else { vec![range] })
    }
}

/// Whether a name is called as constants are, so that nobody means anything else by it.
fn is_constant(name: &str) -> bool {
    name.bytes().all(|byte| !byte.is_ascii_lowercase()) || name.starts_with(|c: char| c.is_ascii_uppercase())
}

/// The constants of a file whose whole value is the parameter's name. They are called as constants are, so that nobody means
/// anything else by the name.
pub(super) fn defined<'t>(facts: &Facts<'t>) -> Vec<&'t str> {
    let name_at = |at: usize| {
        let text = facts.pieces.text_at(at).filter(|text| *text == TextRange::new(at, at + NAME.len()))?;
        let name = assigned(facts, text)?.of(facts.text);
        // Properties are called `AuthToken`, too.
        let is_plain = name.eq_ignore_ascii_case(NAME) && name.contains(|c: char| c.is_ascii_lowercase());
        (is_constant(name) && !is_plain).then_some(name)
    };
    memmem::find_iter(facts.text.as_bytes(), NAME.as_bytes()).filter_map(name_at).collect()
}

/// Whether a constant at `range` is the name of what is written there.
pub(super) fn is_written_at(facts: &Facts<'_>, range: TextRange) -> bool {
    is_written(facts.bytes(0, range.start()), facts.bytes(range.end(), facts.text.len()))
}

/// Where each word begins.
fn words(text: &str) -> HashMap<&str, Vec<usize>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut words: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut start = 0;
    for word in text.split_inclusive(|c: char| !is_part(c)) {
        let own = word.trim_end_matches(|c: char| !is_part(c));
        if !own.is_empty() {
            words.entry(own).or_default().push(start);
        }
        start += word.len();
    }
    words
}

/// The name of the constant or variable that a text is assigned to, and nothing with it.
fn assigned(facts: &Facts<'_>, text: TextRange) -> Option<TextRange> {
    const LONGEST: usize = 160;
    let (before, behind) = census::unquoted(facts.bytes(0, text.start()), facts.bytes(text.end(), facts.text.len()))?;
    if let Some(behind) = behind.strip_prefix(b")") {
        return defined_name(before).or_else(|| enumerated_name(before, behind));
    }
    let ends = behind.is_empty() || behind.starts_with(b";") || facts.ends_line(text.end() + 1);
    // `enum Names { Authtoken = 'authtoken', … }`
    let may_go_on = behind.starts_with(b",");
    if !ends && !may_go_on {
        return None;
    }
    let before = before.strip_suffix(b"=").filter(|before| !before.ends_with(b"="))?;
    let start = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at + 1).max(before.len().saturating_sub(LONGEST));
    let line = std::str::from_utf8(before.get(start..)?).ok()?;
    // `const KEY: &str`, `val key: String`
    let line = line.split_once(": ").map_or(line, |(name, _)| name).trim_end();
    let length = line.bytes().rev().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let name = TextRange::new(start + line.len() - length, start + line.len());
    (length > 2 && (ends || is_constant(name.of(facts.text)))).then_some(name)
}

/// `KEY` of `define('KEY', 'authtoken')`.
fn defined_name(before: &[u8]) -> Option<TextRange> {
    let before = before.strip_suffix(b",")?.trim_ascii_end();
    let before = before.strip_suffix(b"'").or(before.strip_suffix(b"\""))?;
    let name = last_word(before);
    let begins = before.get(..name.start())?;
    let is_define = begins.ends_with(b"define('") || begins.ends_with(b"define(\"");
    (is_define && name.len() > 2).then_some(name)
}

/// `KEY` of `enum Names { KEY("authtoken"), … }`.
fn enumerated_name(before: &[u8], behind: &[u8]) -> Option<TextRange> {
    let before = before.strip_suffix(b"(")?;
    let name = last_word(before);
    let is_upper = before.get(name.start()..)?.iter().all(|byte| !byte.is_ascii_lowercase());
    let ahead = before.get(..name.start())?.trim_ascii_end();
    let begins = matches!(ahead.last(), Some(b'{' | b',')) && matches!(behind.first(), Some(b',' | b';'));
    (begins && is_upper && name.len() > 2).then_some(name)
}

/// The word that a text ends with.
fn last_word(text: &[u8]) -> TextRange {
    let length = text.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    TextRange::new(text.len() - length, text.len())
}

/// What follows the getter of an enumeration's value: `KEY.getName()`, `Names.KEY.value`.
fn behind_getter(next: &[u8]) -> &[u8] {
    let getter = next.strip_prefix(b".").or(next.strip_prefix(b"->")).unwrap_or(&[]);
    let length = getter.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    match getter.get(length..) {
        Some(rest) if length > 0 => rest.strip_prefix(b"()").unwrap_or(rest).trim_ascii_start(),
        _ => next,
    }
}

/// Whether a constant that stands between these is the name of what is written: `[KEY => $t]`, `add(KEY, t)`, `KEY + "=" + t`.
fn is_written(before: &[u8], behind: &[u8]) -> bool {
    let next = behind_getter(behind.trim_ascii_start());
    // `self::KEY`, `Names.KEY`
    let owner =
        before.iter().rev().take(64).take_while(|byte| byte.is_ascii_alphanumeric() || b"_.:$\\".contains(byte));
    let ahead = before.get(..before.len() - owner.count()).unwrap_or(&[]).trim_ascii_end();
    if let Some(joined) = next.strip_prefix(b"+").or(next.strip_prefix(b".")).map(<[u8]>::trim_ascii_start) {
        return joined.get(1..2) == Some(b"=") || joined.starts_with(b"=");
    }
    // `"?{KEY}={token}"`, `"?#{KEY}=…"`, `"?${KEY}=…"`
    if ahead.ends_with(b"{") && next.starts_with(b"}=") {
        return true;
    }
    if ahead.ends_with(b"[") && next.starts_with(b"]") {
        let rest = next.get(1..).unwrap_or(&[]).trim_ascii_start();
        let assigned = rest.starts_with(b"=") && !rest.starts_with(b"==");
        return (assigned || rest.starts_with(b":")) && !is_read_or_kept(ahead, false);
    }
    // `mapOf(KEY to t)`
    is_pair(ahead, next) || next.starts_with(b"to ")
}
