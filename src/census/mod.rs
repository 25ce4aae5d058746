//! The census: what the text itself says of tokens, whatever is known of the code.
//!
//! The analysis follows values and may lose one. This does not follow anything: it reads texts, comments and words, joins the
//! operands of a sum, and lists every *sign* of a token. Each has to lie in a finding, or there is a stated reason why it
//! is no token; what is left over is a finding of its own.
//!
//! ```text
//! key = "authtoken";                     a constant: what is made of it is looked at where that is done
//! url = base + "?" + key + "=" + t;      the parameter, in `key`
//! p.put(key,t);                          the key of a map, in `key`
//! h = {"a":"Zoho-auth" + "token " + t};  the scheme
//! info "The authtoken is old.";          text for people
//! authtoken = t;                         a variable's name only
//! ```

pub(crate) mod beside;
mod chains;
mod lexer;
pub(crate) mod names;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use memchr::memmem;

use crate::text::secret::{is_oauth_shaped, is_placeholder, shapes};
use crate::text::source::{LineIndex, TextRange};
use crate::text::words::Words;
use crate::zoho;
use beside::Hosts;
use chains::{Around, Beside, Part, Reader};

/// What kind of sign it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SignKind {
    /// The parameter of a URL or a form.
    Parameter,
    /// The key of a map or of a JSON object.
    Key,
    /// The element of an XML text.
    Element,
    /// `Zoho-authtoken`.
    Scheme,
    /// `Zoho-oauthtoken`.
    AccessScheme,
    /// The endpoint that makes authtokens.
    Generation,
    /// The endpoint that exchanges them.
    Exchange,
    /// A secret of OAuth.
    Secret,
    /// The word, in no place that says what it is for.
    Word,
}

impl SignKind {
    /// What it is, for people.
    pub fn name(self) -> &'static str {
        match self {
            SignKind::Parameter => "the parameter `authtoken`",
            SignKind::Key => "the key `authtoken`",
            SignKind::Element => "the element `<authtoken>`",
            SignKind::Scheme => "the scheme `Zoho-authtoken`",
            SignKind::AccessScheme => "the scheme `Zoho-oauthtoken`",
            SignKind::Generation => "the address that makes authtokens",
            SignKind::Exchange => "the address that exchanges authtokens",
            SignKind::Secret => "a token or secret of OAuth",
            SignKind::Word => "the word `authtoken`",
        }
    }
}

/// A sign of a token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sign {
    /// Where.
    pub range: TextRange,
    /// What.
    pub kind: SignKind,
    /// The literal that it comes from, where that stands elsewhere.
    pub source: Option<TextRange>,
    /// What is written behind it.
    pub value: Option<TextRange>,
    /// Why it is no token, when the text itself shows that.
    pub dismissed: Option<Cow<'static, str>>,
}

impl Sign {
    /// A sign that is all there.
    pub fn new(range: TextRange, kind: SignKind, dismissed: Option<Cow<'static, str>>) -> Self {
        Self { range, kind, source: None, value: None, dismissed }
    }
}

const FOR_PEOPLE: Cow<'static, str> = Cow::Borrowed("text for people");

/// The words of signs.
static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = ["authtoken", "auth_token", "authtooauth", "client_secret=", "refresh_token="];
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()
});

/// What governs a name stands at most so many bytes before it.
const NEAR: usize = 1024;

/// Stands in a sum for what cannot be seen.
const UNKNOWN: u8 = 0xFF;

/// Every sign in a text, by place; none of those that lie where something `is_found`, if no other sign may be there. Linear in
/// its length.
pub fn signs(text: &str, is_found: &dyn Fn(TextRange) -> bool) -> Vec<Sign> {
    let mut census = Census { text, found: BTreeMap::new(), hosts: None };
    if may_hold(text, is_found) {
        chains::read(text, &PIECES.places(text), &mut census);
    }
    let may_be_shaped = memmem::find(text.as_bytes(), b"1000.").is_some();
    for (start, end) in may_be_shaped.then(|| shapes(text)).into_iter().flatten() {
        if text.get(start..end).is_some_and(|run| is_oauth_shaped(run) && !is_placeholder(run)) {
            census.add(Sign::new(TextRange::new(start, end), SignKind::Secret, None));
        }
    }
    census.found.into_values().collect()
}

/// Of a word that is broken in two or three, one of these is in a part; or else that part is written in another way.
static PIECES: LazyLock<Words> =
    LazyLock::new(|| Words::new(["uth", "tok", "ken", "client_", "secret", "%4", "%5", "%6", "%7", "\\u00"]));

/// A quick look before a text is taken apart: whether a part of a word stands where nothing `is_found`. One of these is in the
/// longer part of each word, wherever it is broken.
fn may_hold(text: &str, is_found: &dyn Fn(TextRange) -> bool) -> bool {
    const LENGTH: usize = 4;
    static PARTS: LazyLock<Words> = LazyLock::new(|| Words::new(["utht", "th_t", "oken", "tooauth", "client_secret="]));
    let escapes = || memmem::find(text.as_bytes(), b"\\u00").is_some();
    let places = PARTS.places(text);
    places.starts().is_none_or(|starts| starts.iter().any(|&start| !is_found(TextRange::new(start, start + LENGTH))))
        || may_be_encoded(text.as_bytes())
        || escapes()
}

/// Whether the text may hold a sign of which a part is written with percent signs, as in `%61uthtoken`.
pub fn may_be_encoded(text: &[u8]) -> bool {
    memchr::memchr_iter(b'%', text).any(|at| {
        let byte = encoded(text.get(at..).unwrap_or(&[]));
        byte.is_some_and(|byte| b"authoken_".contains(&byte.to_ascii_lowercase()))
    })
}

/// The byte that `%61` at the begin of `text` stands for.
fn encoded(text: &[u8]) -> Option<u8> {
    let (b'%', digits) = (text.first()?, std::str::from_utf8(text.get(1..3)?).ok()?) else { return None };
    u8::from_str_radix(digits, 16).ok().filter(u8::is_ascii_graphic)
}

struct Census<'t> {
    text: &'t str,
    found: BTreeMap<(TextRange, SignKind), Sign>,
    /// Made when one is asked for.
    hosts: Option<(Hosts, LineIndex)>,
}

impl Census<'_> {
    /// A sign that counts on one path is not dismissed on another.
    fn add(&mut self, sign: Sign) {
        let known = self.found.entry((sign.range, sign.kind)).or_insert_with(|| sign.clone());
        if sign.dismissed.is_none() {
            *known = sign;
        }
    }

    /// The reason to dismiss the key of a map that is an argument behind somebody else's URL.
    fn beside_vendor(&self, kind: SignKind, range: TextRange) -> Option<Cow<'static, str>> {
        let before = self.text.as_bytes().get(..range.start()).filter(|_| kind == SignKind::Key)?;
        vendor(arguments_before(before)).map(|host| to_vendor(&host))
    }

    fn is_near_zoho(&mut self, at: usize) -> bool {
        let text = self.text;
        let (hosts, index) = self.hosts.get_or_insert_with(|| (Hosts::of(text), LineIndex::new(text)));
        hosts.near(index, at)
    }
}

impl Reader for Census<'_> {
    fn sum(&mut self, values: &[Vec<Part>], around: Around<'_>) {
        let Some(words) = &*WORDS else { return };
        for value in values {
            let sum = Sum::of(self.text, value);
            let is_seen = !sum.bytes.contains(&UNKNOWN);
            let has_host = memmem::find(&sum.bytes, b"://").is_some();
            for found in words.find_iter(&sum.bytes) {
                let Some(word) = Word::of(&sum.bytes, found.start(), found.pattern().as_usize()) else { continue };
                let Some((range, source)) = sum.place(word.start, word.end) else { continue };
                // A variable's value is looked at where it is assigned; only what is made of a bare name shows later.
                if source.is_some_and(|literal| !is_bare(literal.of(self.text).as_bytes())) {
                    continue;
                }
                let (kind, dismissed) = word.classify(&sum.bytes, (is_seen, has_host), around);
                let dismissed = dismissed.or_else(|| self.beside_vendor(kind, range)).or_else(|| {
                    let stranger = word.underscore && !self.is_near_zoho(range.start());
                    stranger.then_some(Cow::Borrowed("`auth_token` with no Zoho host beside it"))
                });
                let value = run(word.behind(&sum.bytes))
                    .and_then(|(start, end)| Some(sum.place(word.end + start, word.end + end)?.0));
                self.add(Sign { range, kind, source, value, dismissed });
            }
        }
    }

    fn word(&mut self, range: TextRange) {
        let bytes = self.text.as_bytes();
        let word = range.of(self.text).as_bytes();
        let pattern = if ends_with(word, b"authtoken") { 0 } else { 2 };
        let length = if pattern == 0 { b"authtoken".len() } else { b"authtooauth".len() };
        if pattern == 2 && !word.eq_ignore_ascii_case(b"authtooauth") {
            return;
        }
        let Some(word) = Word::of(bytes, range.end() - length, pattern) else { return };
        let range = TextRange::new(word.start, word.end);
        let (before, behind) = (word.before(bytes), word.behind(bytes));
        let query = is_in_query(before) && !before.ends_with(b"&&") && behind.starts_with(b"=");
        let (kind, dismissed) = match word.base {
            Base::Name if query && !behind.starts_with(b"==") => (SignKind::Parameter, None),
            Base::Name if before.ends_with(b"<") && behind.starts_with(b">") => (SignKind::Element, None),
            Base::Name if unquoted(before, behind).is_some() => (SignKind::Key, None),
            Base::Name => (SignKind::Word, Some(Cow::Borrowed("a variable's name only"))),
            base => (base.kind(), is_prose(behind).then_some(FOR_PEOPLE)),
        };
        let dismissed = dismissed.or_else(|| self.beside_vendor(kind, range));
        self.add(Sign::new(range, kind, dismissed));
    }

    fn comment(&mut self, comment: TextRange) {
        const NO_VALUE: Cow<'static, str> = Cow::Borrowed("a comment that mentions the token but holds no value");
        let Some(words) = &*WORDS else { return };
        let bytes = comment.of(self.text).as_bytes();
        for found in words.find_iter(bytes) {
            let Some(word) = Word::of(bytes, found.start(), found.pattern().as_usize()) else { continue };
            let has_value = word.base == Base::Secret
                || (matches!(word.base, Base::Name | Base::Scheme) && value(word.behind(bytes)).is_some());
            let dismissed = match vendor(word.before(bytes)) {
                Some(host) if word.base == Base::Name => Some(to_vendor(&host)),
                _ => (!has_value).then_some(NO_VALUE),
            };
            let kind = if word.base == Base::Name { SignKind::Word } else { word.base.kind() };
            let at = |start: usize, end: usize| TextRange::new(comment.start() + start, comment.start() + end);
            let value = run(word.behind(bytes)).map(|(start, end)| at(word.end + start, word.end + end));
            self.add(Sign { range: at(word.start, word.end), kind, source: None, value, dismissed });
        }
    }
}

/// The text of a sum, in lower case and with what is written with percent signs decoded.
struct Sum {
    bytes: Vec<u8>,
    /// Where in `bytes` a stretch begins, where that stands in the text, and what it belongs to.
    stretches: Vec<(usize, usize, TextRange, Option<TextRange>)>,
}

/// Of a literal that comes in through a variable, so many bytes are looked at at either end.
const MOST_BYTES: usize = 64;

impl Sum {
    fn of(text: &str, parts: &[Part]) -> Self {
        let mut sum = Self { bytes: Vec::new(), stretches: Vec::new() };
        for part in parts {
            match part {
                Part::Literal(range, None) => sum.literal(text, *range, *range, None),
                Part::Literal(range, anchor) if range.len() > 2 * MOST_BYTES => {
                    sum.literal(text, TextRange::new(range.start(), range.start() + MOST_BYTES), *range, *anchor);
                    sum.bytes.push(UNKNOWN);
                    sum.literal(text, TextRange::new(range.end() - MOST_BYTES, range.end()), *range, *anchor);
                }
                Part::Literal(range, anchor) => sum.literal(text, *range, *range, *anchor),
                Part::Word(_) | Part::Unknown => sum.bytes.push(UNKNOWN),
            }
        }
        sum
    }

    fn literal(&mut self, text: &str, range: TextRange, whole: TextRange, anchor: Option<TextRange>) {
        let bytes = text.as_bytes().get(range.start()..range.end()).unwrap_or(&[]);
        let mut from = 0;
        while from <= bytes.len() {
            let rest = bytes.get(from..).unwrap_or(&[]);
            let escape = |at: &usize| escaped(rest.get(*at..).unwrap_or(&[])).is_some();
            let plain = memchr::memchr2_iter(b'%', b'\\', rest).find(escape).unwrap_or(rest.len());
            self.stretches.push((self.bytes.len(), range.start() + from, whole, anchor));
            self.bytes.extend(rest.iter().take(plain).map(u8::to_ascii_lowercase));
            let Some((byte, length)) = escaped(rest.get(plain..).unwrap_or(&[])) else { break };
            self.stretches.push((self.bytes.len(), range.start() + from + plain, whole, anchor));
            self.bytes.push(byte.to_ascii_lowercase());
            from += plain + length;
        }
    }

    /// The stretch that holds a byte, and where that byte stands in the text.
    fn at(&self, byte: usize) -> Option<(usize, TextRange, Option<TextRange>)> {
        let behind = self.stretches.partition_point(|(start, ..)| *start <= byte);
        let (start, source, whole, anchor) = *self.stretches.get(behind.checked_sub(1)?)?;
        Some((source + byte - start, whole, anchor))
    }

    /// Where a stretch of the sum stands in the text: where its literal does, or else where the variable does that it
    /// comes from, with that literal.
    fn place(&self, start: usize, end: usize) -> Option<(TextRange, Option<TextRange>)> {
        let (first, whole, anchor) = self.at(start)?;
        let (last, other, anchor_behind) = self.at(end.checked_sub(1)?)?;
        match (anchor, anchor_behind) {
            (None, None) if first <= last => Some((TextRange::new(first, last + 1), None)),
            (None, _) => Some((TextRange::new(first, whole.end().max(first)), None)),
            (Some(_), None) => Some((TextRange::new(other.start().min(last), last + 1), None)),
            (Some(anchor), Some(_)) => Some((anchor, (whole == other).then_some(whole))),
        }
    }
}

/// The byte that `text` begins with, when it is written in another way, and how long that is.
fn escaped(text: &[u8]) -> Option<(u8, usize)> {
    if let Some(byte) = encoded(text) {
        return Some((byte, 3));
    }
    let digits = text.strip_prefix(b"\\u00").and_then(|rest| std::str::from_utf8(rest.get(..2)?).ok())?;
    Some((u8::from_str_radix(digits, 16).ok().filter(u8::is_ascii_graphic)?, 6))
}

/// What a word of [`WORDS`] is part of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Base {
    /// The name alone.
    Name,
    Scheme,
    AccessScheme,
    Generation,
    Exchange,
    Secret,
}

impl Base {
    fn kind(self) -> SignKind {
        match self {
            Base::Name => SignKind::Word,
            Base::Scheme => SignKind::Scheme,
            Base::AccessScheme => SignKind::AccessScheme,
            Base::Generation => SignKind::Generation,
            Base::Exchange => SignKind::Exchange,
            Base::Secret => SignKind::Secret,
        }
    }
}

/// A word of [`WORDS`] that is more than a part of another word.
#[derive(Clone, Copy, Debug)]
struct Word {
    base: Base,
    start: usize,
    end: usize,
    underscore: bool,
}

impl Word {
    fn of(bytes: &[u8], start: usize, pattern: usize) -> Option<Self> {
        let length = match pattern {
            0 => "authtoken".len(),
            1 => "auth_token".len(),
            2 => "authtooauth".len(),
            3 => "client_secret=".len(),
            _ => "refresh_token=".len(),
        };
        let end = start + length;
        let (before, behind) = (bytes.get(..start)?, bytes.get(end..)?);
        let word = |base, back, end| Some(Self { base, start: start - back, end, underscore: pattern == 1 });
        match pattern {
            0 | 1 => {}
            2 => return word(Base::Exchange, 0, end),
            _ => {
                let length =
                    behind.iter().take_while(|byte| byte.is_ascii_graphic() && !b"&\"'\\<".contains(byte)).count();
                let value = behind.get(..length).and_then(|value| std::str::from_utf8(value).ok())?;
                let near = before.get(before.len().saturating_sub(NEAR)..).unwrap_or(before);
                let ours = near.windows(b"accounts.zoho".len()).any(|host| host.eq_ignore_ascii_case(b"accounts.zoho"));
                let is_secret = length > 0 && ours && !is_placeholder(value);
                return if is_secret { word(Base::Secret, 0, end + length) } else { None };
            }
        }
        if behind.first().is_some_and(|byte| lexer::is_word(*byte) && *byte != UNKNOWN) || behind.starts_with(b"-") {
            return None;
        }
        if ends_with(before, b"zoho-") {
            return word(Base::Scheme, b"zoho-".len(), end);
        }
        if ends_with(before, b"zoho-o") {
            return word(Base::AccessScheme, b"zoho-o".len(), end);
        }
        if ends_with(before, b"api") && behind.starts_with(b"/nb/create") {
            return word(Base::Generation, b"api".len(), end);
        }
        let joined = before.last().is_some_and(|byte| (lexer::is_word(*byte) && *byte != UNKNOWN) || *byte == b'-');
        // `%26authtoken` that nobody decoded ends with a digit.
        let encoded = matches!(before, [.., b'%', b'2', b'6'] | [.., b'%', b'3', b'f' | b'F']);
        if (joined && !encoded) || before.ends_with(b"</") {
            return None;
        }
        word(Base::Name, 0, end)
    }

    fn before(self, bytes: &[u8]) -> &[u8] {
        bytes.get(..self.start).unwrap_or(&[])
    }

    fn behind(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.end..).unwrap_or(&[])
    }

    /// What the word is in a sum, and why it is no token if that shows.
    fn classify(
        self,
        sum: &[u8],
        (is_seen, has_host): (bool, bool),
        around: Around<'_>,
    ) -> (SignKind, Option<Cow<'static, str>>) {
        let (before, behind) = (self.before(sum), self.behind(sum));
        let kind = match self.base {
            Base::Name => self.place(sum),
            base => base.kind(),
        };
        let spoken = around.statement.is_some_and(|word| {
            around.callee.is_none() && ["info", "alert"].iter().any(|own| word.eq_ignore_ascii_case(own))
        });
        let dismissed = match kind {
            SignKind::Secret | SignKind::Generation => None,
            SignKind::Exchange => {
                Some(Cow::Borrowed("the exchange of authtokens for OAuth tokens, which authshift leaves as it is"))
            }
            SignKind::Word => Some(FOR_PEOPLE),
            _ if is_seen && around.is_read() => {
                Some(Cow::Borrowed("a text that the code searches for, or a name that is read"))
            }
            _ if spoken => Some(FOR_PEOPLE),
            SignKind::AccessScheme if is_bare(sum) && around.target.is_none() => {
                Some(Cow::Borrowed("no token follows it"))
            }
            _ if around.target.is_some() && around.before != Beside::Text && is_bare(sum) => {
                Some(Cow::Borrowed("a constant; what is made of it is looked at where that is done"))
            }
            SignKind::Scheme | SignKind::AccessScheme => is_prose(behind).then_some(FOR_PEOPLE),
            SignKind::Parameter if is_prose(behind.strip_prefix(b"=").unwrap_or(b"")) => Some(FOR_PEOPLE),
            _ if has_host => vendor(before).map(|host| to_vendor(&host)),
            _ => None,
        };
        (kind, dismissed)
    }

    /// What the name alone is, by what stands around it.
    fn place(self, sum: &[u8]) -> SignKind {
        let (before, behind) = (self.before(sum), self.behind(sum));
        if is_bare(sum) {
            return SignKind::Key;
        }
        let is_value = behind.starts_with(b"=") && !behind.starts_with(b"==");
        let is_joined = behind.first() == Some(&UNKNOWN) && before.last().is_none_or(|byte| *byte == UNKNOWN);
        if is_value || is_in_query(before) || is_joined {
            return SignKind::Parameter;
        }
        if (before.ends_with(b"<") && behind.starts_with(b">"))
            || (before.ends_with(b"&lt;") && behind.starts_with(b"&gt;"))
        {
            return SignKind::Element;
        }
        let is_key = match unquoted(before, behind) {
            Some((before, behind)) => behind.starts_with(b":") || behind.starts_with(b"=>") || before.ends_with(b":"),
            None => matches!(before.last(), Some(b'{' | b',')) && behind.starts_with(b":"),
        };
        if is_key { SignKind::Key } else { SignKind::Word }
    }
}

impl Around<'_> {
    /// Whether the sum is compared, looked for, or the name of what is read.
    fn is_read(&self) -> bool {
        if self.before == Beside::Comparison || self.behind == Beside::Comparison {
            return true;
        }
        let Some(callee) = self.callee.map(str::to_ascii_lowercase) else { return false };
        let begins = |words: &[&str]| words.iter().any(|word| callee.starts_with(word));
        match callee.as_str() {
            "geturl" => false,
            "replaceall" | "replacefirst" => self.argument == 0,
            _ => begins(&[
                "get",
                "contain",
                "notcontains",
                "remove",
                "indexof",
                "lastindexof",
                "startswith",
                "endswith",
                "equals",
            ]),
        }
    }
}

/// Whether a text is the name, or a scheme, and nothing else.
fn is_bare(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let names: [&[u8]; 4] = [b"authtoken", b"auth_token", b"zoho-authtoken", b"zoho-oauthtoken"];
    names.iter().any(|name| text.eq_ignore_ascii_case(name))
}

/// Whether what follows is a parameter of a query.
pub(crate) fn is_in_query(before: &[u8]) -> bool {
    matches!(before.last(), Some(b'?' | b'&')) || before.ends_with(b"&amp;")
}

/// Whether a blank and several words follow, as in a sentence.
pub(crate) fn is_prose(behind: &[u8]) -> bool {
    const LONGEST: usize = 64;
    let behind = behind.get(..LONGEST).unwrap_or(behind);
    // `She said "authtoken=" and left`
    let quotes = behind.iter().take_while(|byte| matches!(byte, b'\\' | b'"' | b'\'')).count();
    let (quote, behind) = behind.split_at_checked(quotes).unwrap_or((b"", behind));
    if !quote.is_empty() {
        let word = behind.strip_prefix(b" ").and_then(|word| word.first());
        return word.is_some_and(u8::is_ascii_alphabetic);
    }
    let text = behind.trim_ascii_start();
    if text.len() == behind.len() {
        return false;
    }
    let word = text.iter().position(|byte| byte.is_ascii_whitespace() || *byte == UNKNOWN).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(word).unwrap_or((text, b""));
    !word.is_empty() && rest.first().is_some_and(u8::is_ascii_whitespace) && value(word).is_none()
}

/// What stands around the quotes, if there are any, that the name stands in.
pub(crate) fn unquoted<'b>(before: &'b [u8], behind: &'b [u8]) -> Option<(&'b [u8], &'b [u8])> {
    const QUOTES: [&[u8]; 5] = [b"\\\"", b"\"", b"'", b"`", b"&quot;"];
    let quote = QUOTES.iter().find(|quote| behind.starts_with(quote))?;
    let before = before.strip_suffix(*quote)?;
    Some((before.trim_ascii_end(), behind.strip_prefix(*quote)?.trim_ascii_start()))
}

/// A token's value that follows a name: what is long enough, and one word of letters and digits.
pub(crate) fn value(behind: &[u8]) -> Option<(usize, usize)> {
    const LEAST: usize = 16;
    let (start, end) = run(behind)?;
    let value = behind.get(start..end)?;
    let is_mixed = value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic);
    let placeholder = std::str::from_utf8(value).is_ok_and(is_placeholder);
    (value.len() >= LEAST && is_mixed && !placeholder).then_some((start, end))
}

/// The letters and digits that follow a name, from where to where.
pub(crate) fn run(behind: &[u8]) -> Option<(usize, usize)> {
    const MOST_SIGNS: usize = 12;
    const LONGEST: usize = 256;
    let start = behind.iter().take(MOST_SIGNS).take_while(|byte| b" \t\"'`:=>\\+.,([".contains(byte)).count();
    let length = behind.get(start..)?.iter().take(LONGEST).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    (length > 0).then_some((start, start + length))
}

/// The arguments before the map that the name stands in, as far as the statement and the line go.
fn arguments_before(before: &[u8]) -> &[u8] {
    let near = before.get(before.len().saturating_sub(NEAR)..).unwrap_or(before);
    let start = near.iter().rposition(|byte| matches!(byte, b';' | b'\n' | b'\r')).map_or(0, |at| at + 1);
    let line = near.get(start..).unwrap_or(near);
    line.iter().position(|byte| *byte == b'{').and_then(|at| line.get(..at)).unwrap_or(&[])
}

/// The host of the URL that the text ends in, when it is surely not Zoho's.
fn vendor(before: &[u8]) -> Option<String> {
    let near = before.get(before.len().saturating_sub(NEAR)..)?;
    let rest = near.get(memmem::rfind(near, b"://")? + 3..)?;
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b':'))?;
    let host = std::str::from_utf8(rest.get(..end)?).ok()?.to_ascii_lowercase();
    let is_host = host.contains('.') && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    let ours = zoho::is_zoho_host(&host) || rest.windows(4).any(|part| part.eq_ignore_ascii_case(b"zoho"));
    (is_host && !ours).then_some(host)
}

/// The reason to dismiss what is sent to somebody else.
pub fn to_vendor(host: &str) -> Cow<'static, str> {
    Cow::Owned(format!("vendor host {host}"))
}

fn ends_with(text: &[u8], end: &[u8]) -> bool {
    text.len().checked_sub(end.len()).and_then(|at| text.get(at..)).is_some_and(|last| last.eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests;
