//! Which files can be passed over unparsed. What a rule finds stands beside certain words ([`needs`](super::declaration::Declaration::needs)); a text without them
//! has no finding, and to look for words takes a hundredth of the time that reading the code takes.
//!
//! The words are looked for in the folded text ([`folded`]), each by four bytes of it that are rare in code.

mod quotes;
mod requests;
mod url;

use std::sync::LazyLock;

use aho_corasick::packed::Searcher;
use aho_corasick::{AhoCorasick, Input, Span};
use memchr::memmem;

use super::declaration::Sign::{
    self, Connection, Dead, DeadHost, DeadPath, Header, Listed, Manifest, Moved, OldPath, OtherConnection, Placeholder,
    Quote, Secret, Suppression, Token, Watched,
};
use crate::census;
use crate::finding::Rule;
use crate::project::config::Config;
use crate::project::export::Export;
use crate::project::format::Format;
use crate::project::{Project, widget};
use crate::requests::link_name::is_placeholder;
use crate::text::source::Source;
use crate::text::words::Words;

/// Words of a sign, in lower case.
struct Word {
    sign: Sign,
    /// A stretch of the folded texts that begins with four bytes that are rare in code: what is looked for.
    window: Vec<u8>,
    /// Each with where the window stands in it, in bytes.
    texts: Vec<(usize, &'static str)>,
    /// Of a host, behind which one of [`HOST_ENDS`](crate::zoho::HOST_ENDS) has to follow: what the paths begin with that are meant there.
    paths: Option<&'static [&'static str]>,
}

/// The name of an authtoken, which may be written in two parts as well: `"?auth" + "token=" + t`.
const TOKENS: &[&str] = &["authtoken", "auth_token"];

/// The words of a text's signs, and the hosts. Quotes are looked for apart, the old path only beside its host, and a
/// placeholder only behind its attribute.
fn words() -> [Vec<Word>; 2] {
    const PLAIN: &[(Sign, &str, &[&str])] = &[
        // One of the two is in the longer part, wherever the name is broken.
        (Token, "utht", &["authtoken"]),
        (Token, "th_t", &["auth_token"]),
        (Token, "oken", TOKENS),
        (Token, "tooauth", &["authtooauth"]),
        (Header, "rization", &["authorization"]),
        // The names of variables, keys and parameters, and the shape of what Zoho gives out.
        (Secret, "ts.zoho", &["accounts.zoho"]),
        (Secret, "th/v2", &["oauth/v2"]),
        (Secret, "secret", &["client_secret", "clientsecret", "client secret", "client-secret"]),
        (Secret, "fresh", &["refresh_token", "refreshtoken", "refresh token", "refresh-token"]),
        (Secret, "1000.", &["1000."]),
        // The path may be broken before or behind its slashes.
        (
            Dead,
            "private",
            &[
                "crm/private",
                "ats/private",
                "files/private",
                "api/private",
                "/private/json",
                "/private/xml",
                "\"/private",
                "'/private",
                "\"private/",
                "'private/",
            ],
        ),
        (
            Dead,
            "internal",
            &[
                "crm/internal",
                "/internal/json",
                "/internal/xml",
                "\"/internal",
                "'/internal",
                "\"internal/",
                "'internal/",
            ],
        ),
        (Connection, "nection", &[CONNECTION]),
        (Suppression, "thshift", &crate::project::suppress::SPELLINGS),
    ];
    const API: &[&str] = &["api"];
    const VERSION: &[&str] = &["api/v"];
    const FILES: &[&str] = &["files"];
    const HOSTS: &[(Sign, &str, &str, &[&str])] = &[
        (DeadHost, "eator", "creator", API),
        (DeadHost, "eatorapp", "creatorapp", API),
        (DeadHost, "eatorexport", "creatorexport", API),
        (DeadHost, "pport", "support", API),
        (Dead, "paigns", "campaigns", API),
        // All of its paths but one.
        (Dead, "nvoice", "invoice", API),
        (DeadHost, "docs", "docs", FILES),
        (DeadHost, "idocs", "apidocs", FILES),
        (DeadHost, "kdrive", "workdrive", FILES),
        (Moved, "ooks", "books", VERSION),
        (Moved, "voice", "invoice", VERSION),
        (Moved, "ntory", "inventory", VERSION),
        (Moved, "lling", "billing", VERSION),
        (Moved, "bscriptions", "subscriptions", VERSION),
        (Moved, "xpense", "expense", VERSION),
        (Moved, "crm", "crm", &["crm/v", "crm/bulk"]),
        (Moved, "ortsapi", "reportsapi", API),
        (Moved, "reator", "creator", VERSION),
        (Moved, "reatorapp", "creatorapp", VERSION),
    ];
    let plain = PLAIN.iter().map(|&(sign, window, texts)| {
        let texts = texts.iter().filter_map(|text| Some((text.find(window)?, *text))).collect();
        Word { sign, window: folded(window), texts, paths: None }
    });
    let hosts = HOSTS.iter().map(|&(sign, window, host, paths)| {
        let texts = vec![(host.len() - window.len(), host)];
        let window = folded(window).into_iter().chain([END]).collect();
        Word { sign, window, texts, paths: Some(paths) }
    });
    [plain.collect(), hosts.collect()]
}

/// What each of [`HOST_ENDS`](crate::zoho::HOST_ENDS) begins with in a folded text.
const END: u8 = b'"';

/// The text with its letters in lower case, and with a quote in place of each apostrophe and dot, so that one window stands for
/// a host with all that may follow it. Other signs become others, which does not matter to a search for windows that are
/// folded too: what is found is compared with the text itself. As long as the text.
fn folded(text: &str) -> Vec<u8> {
    let fold = |byte: u8| if matches!(byte, b'.' | b'\'') { END } else { byte | 0x20 };
    text.bytes().map(fold).collect()
}

/// The path behind a host of which all but a part of the API is dead.
const API_PATHS: [&str; 3] = ["api/", "api\"", "api'"];

/// The path behind a host that an API moved away from; a literal may end with its first word, too.
const OLD_PATHS: [&str; 9] = ["api/", "api\"", "api'", "crm/v", "crm/bulk", "crm/\"", "crm/'", "crm\"", "crm'"];

/// The path of what does not exist under OAuth any more, at the hosts that have other paths too; in pieces as well.
const DEAD_PATHS: [&str; 11] =
    ["/json", "/xml", "json/", "xml/", "\"json\"", "\"xml\"", "'json'", "'xml'", "files/", "files\"", "files'"];

/// Whether the text holds one of the LinkNames.
pub fn names_any<'n>(text: &str, mut names: impl Iterator<Item = &'n str>) -> bool {
    names.any(|name| memmem::find(text.as_bytes(), name.as_bytes()).is_some())
}

/// The signs of a file, a bit each.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Signs(u16);

impl Signs {
    fn of(signs: &[Sign]) -> Self {
        Self(signs.iter().fold(0, |all, sign| all | 1 << *sign as u16))
    }

    fn with(self, sign: Sign) -> Self {
        Self(self.0 | 1 << sign as u16)
    }

    fn add(&mut self, sign: Sign) {
        *self = self.with(sign);
    }

    fn has(self, sign: Sign) -> bool {
        self == self.with(sign)
    }

    /// Whether these are enough: they hold all the signs of one of the `sets`.
    fn meet(self, sets: &[Self]) -> bool {
        sets.iter().any(|set| self.0 & set.0 == set.0)
    }
}

/// The sets of signs of which one has to be there, whole, for one of the rules to find anything.
fn sets(rules: &[Rule]) -> Vec<Signs> {
    rules.iter().flat_map(|rule| rule.declaration().needs).map(|signs| Signs::of(signs)).collect()
}

/// Looks for windows: with wide instructions where the processor has them.
enum Search {
    Wide(Searcher),
    Plain(AhoCorasick),
}

impl Search {
    fn new<'w>(windows: impl Iterator<Item = &'w [u8]> + Clone) -> Option<Self> {
        let wide = Searcher::new(windows.clone()).map(Self::Wide);
        wide.or_else(|| AhoCorasick::new(windows).ok().map(Self::Plain))
    }

    /// The next window from byte `from` on: its number, and where it begins.
    fn next(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let found = match self {
            Self::Wide(searcher) => searcher.find_in(text, Span::from(from..text.len())),
            Self::Plain(search) => search.find(Input::new(text).range(from..)),
        }?;
        Some((found.pattern().as_usize(), found.start()))
    }
}

/// Tells which files may hold a finding.
pub struct Prefilter {
    /// Words, with what looks for their windows. Two searches for a few take less time than one for all.
    words: [(Vec<Word>, Option<Search>); 2],
    api_paths: Words,
    old_paths: Words,
    dead_paths: Words,
    /// What any rule needs.
    any: Vec<Signs>,
}

impl Prefilter {
    /// The filter for the rules there are.
    pub fn new() -> Self {
        let words = words().map(|words| {
            let windows = Search::new(words.iter().map(|word| word.window.as_slice()));
            (words, windows)
        });
        Self {
            words,
            api_paths: Words::new(API_PATHS),
            old_paths: Words::new(OLD_PATHS),
            dead_paths: Words::new(DEAD_PATHS),
            any: sets(Rule::ALL),
        }
    }

    /// Whether the file may hold a finding.
    pub fn may_match(&self, source: &Source, format: Format, config: &Config, project: &Project) -> bool {
        self.meets(source, format, config, project, &self.any)
    }

    /// Whether the file may hold a finding of this rule.
    pub fn may_hold(&self, rule: Rule, source: &Source, format: Format, config: &Config, project: &Project) -> bool {
        self.meets(source, format, config, project, &sets(&[rule]))
    }

    fn meets(&self, source: &Source, format: Format, config: &Config, project: &Project, sets: &[Signs]) -> bool {
        let text = source.text();
        if matches!(format, Format::App(_) | Format::Unread) {
            return true;
        }
        let mut signs = Signs::default();
        if names_any(text, config.watched()) {
            signs.add(Watched);
        }
        if format == Format::Manifest {
            signs.add(Manifest);
        }
        if matches!(format, Format::Widget(_)) && strays_may_stand(text) {
            signs.add(Token);
        }
        let folded = match format {
            Format::Deluge => folded(text),
            Format::Widget(_) if !widget::may_use(text) && !signs.has(Token) => return signs.meet(sets),
            // Its texts are Deluge and have signs of it; what cannot be read is an error.
            Format::Json => {
                return Export::of(text, None)
                    .map_or(true, |export| !export.scripts.is_empty() || !export.tokens.is_empty());
            }
            Format::Manifest | Format::Widget(_) | Format::App(_) | Format::Unread => Vec::new(),
        };
        if format == Format::Deluge {
            signs = self.in_text(source, &folded, config, signs, sets);
        }
        if signs.meet(sets) {
            return true;
        }
        let lists = || project.extension_of(source.path()).is_some_and(|extension| extension.lists());
        if !signs.with(Connection).with(Listed).meet(sets) || !lists() {
            return false;
        }
        // A task names a Connection by its place.
        if format != Format::Deluge || signs.has(Connection) || memmem::find(text.as_bytes(), b"zoho.").is_some() {
            signs.add(Listed);
        }
        signs.meet(sets)
    }

    /// The signs in a text besides those known, until they are enough.
    fn in_text(&self, source: &Source, folded: &[u8], config: &Config, mut signs: Signs, sets: &[Signs]) -> Signs {
        let text = source.text();
        let mut header = false;
        for (words, windows) in &self.words {
            // Where that cannot be made, every text has every sign.
            let Some(windows) = windows else { return Signs(u16::MAX) };
            let mut from = 0;
            while let Some((number, found)) = windows.next(folded, from) {
                from = found + 1;
                let is_new = |word: &&Word| word.sign == Connection || !signs.has(word.sign);
                let Some(word) = words.get(number).filter(is_new) else { continue };
                if (header && word.sign == Header) || !word.is_around(text.as_bytes(), folded, found) {
                    continue;
                }
                if word.sign == Dead && word.paths.is_some() && !self.api_paths.any_in(text) {
                    continue;
                }
                if word.sign == Header {
                    header = true;
                    continue;
                }
                signs.add(word.sign);
                if word.sign == Connection && may_be_placeholder(text, found + word.window.len()) {
                    signs.add(Placeholder);
                }
                if word.sign == Moved && self.old_paths.any_in(text) {
                    signs.add(OldPath);
                }
                if word.sign == DeadHost && self.dead_paths.any_in(text) {
                    signs.add(DeadPath);
                }
                if signs.meet(sets) {
                    return signs;
                }
            }
        }
        if !signs.has(Token) && census::may_be_encoded(text.as_bytes()) {
            signs.add(Token);
        }
        // An entry of the configuration may be for anybody's host.
        if header && (config.lists_connections() || !requests::are_all_foreign(text)) {
            signs.add(Header);
        }
        // A default alone says nothing of what a request without a token names.
        let names_one = signs.has(Connection) && config.lists_connections();
        if names_one && !signs.meet(sets) && !requests::are_all_configured(text, config, source.path()) {
            signs.add(OtherConnection);
        }
        // Most of these quotes stand in texts, where they are fine; to see that costs less than to examine the file.
        if !signs.meet(sets) && quotes::may_delimit(text) {
            signs.add(Quote);
        }
        signs
    }
}

/// Whether a text that is no Deluge names an authtoken.
fn strays_may_stand(text: &str) -> bool {
    static NAMES: LazyLock<Words> = LazyLock::new(|| Words::new(TOKENS.iter().copied()));
    NAMES.any_in(text)
}

/// The word of [`Sign::Connection`].
const CONNECTION: &str = "connection";

/// Whether a file may hold a placeholder of a LinkName.
pub fn may_hold_placeholder(text: &str, format: Format) -> bool {
    let folded = folded(text);
    let mut names = memmem::find_iter(&folded, CONNECTION.as_bytes());
    names.any(|at| format == Format::Json || may_be_placeholder(text, at + CONNECTION.len()))
}

/// Whether a `connection:` whose name ends at byte `end` has anything but a LinkName in quotes behind it.
fn may_be_placeholder(text: &str, end: usize) -> bool {
    let behind = text.get(end..).unwrap_or("");
    let Some(value) = behind.trim_start().strip_prefix(':').map(str::trim_start) else { return false };
    let Some(literal) = value.strip_prefix(['"', '\'']) else { return true };
    // A LinkName is short.
    let end = literal.bytes().position(|byte| matches!(byte, b'"' | b'\'' | b'\n')).unwrap_or(literal.len());
    let name = literal.get(..end).unwrap_or(literal);
    name.trim().is_empty() || is_placeholder(name)
}

/// Whether `text` goes on with `word`, in any letter case, from byte `at` on.
fn goes_on(text: &[u8], at: usize, word: &str) -> bool {
    text.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

impl Word {
    /// Whether one of its texts stands around the window that was found at byte `found`; of a token's name, the longer part.
    fn is_around(&self, text: &[u8], folded: &[u8], found: usize) -> bool {
        self.texts.iter().any(|&(at, word)| {
            let Some(start) = found.checked_sub(at) else { return false };
            if goes_on(text, start, word) {
                return self.paths.is_none_or(|paths| url::may_lead(text, folded, start..start + word.len(), paths));
            }
            TOKENS.contains(&word) && is_broken(text, word.as_bytes(), start, found)
        })
    }
}

/// Whether the longer part of `word`, which would begin at byte `start`, stands around byte `inside`, up to the quote that
/// ends or begins a literal.
fn is_broken(text: &[u8], word: &[u8], start: usize, inside: usize) -> bool {
    let quote = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|byte| matches!(byte, b'"' | b'\''));
    let same = |at: &usize| text.get(start + at).map(u8::to_ascii_lowercase).as_ref() == word.get(*at);
    let first = (0..inside - start).rev().take_while(same).last().unwrap_or(inside - start);
    let end = (inside - start..word.len()).take_while(same).last().map_or(inside - start, |last| last + 1);
    let before = first == 0 || quote((start + first).checked_sub(1));
    let behind = end == word.len() || quote(Some(start + end));
    before && behind && 2 * (end - first) >= word.len()
}

impl Default for Prefilter {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
