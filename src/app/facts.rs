//! What is read in one file before anything is concluded from it.

use std::cell::OnceCell;
use std::path::Path;
use std::sync::LazyLock;

use memchr::memmem;

use super::hosts::{self, Host, Other};
use super::language::Language;
use super::lexer::Pieces;
use crate::census;
use crate::text::secret::is_token_shaped;
use crate::text::source::{LineIndex, TextRange};
use crate::text::words::Words;
use crate::zoho::UNKNOWN;
use crate::zoho::target::{Target, target};

/// So many lines may lie between a host and what belongs to it.
pub(super) const NEAR: u32 = 6;

/// A file, read lexically.
pub(super) struct Facts<'t> {
    pub(super) text: &'t str,
    pub(super) language: Language,
    pub(super) pieces: Pieces,
    pub(super) index: LineIndex,
    /// Zoho's hosts that answer requests, outside of comments.
    pub(super) hosts: Vec<Host>,
    /// Where comments name such hosts.
    comment_hosts: Vec<usize>,
    /// Other vendors' hosts, outside of comments.
    pub(super) others: Vec<Other>,
    /// Whether the file, or its name, says Zoho.
    pub(super) mentions_zoho: bool,
    /// Whether the file's name says that it holds settings: `settings.py`.
    pub(super) is_settings_file: bool,
    /// Whether it says Twilio.
    pub(super) mentions_twilio: bool,
    /// Whether the file's name says Zoho.
    pub(super) is_named_zoho: bool,
    /// Where an access token is sent: `Zoho-oauthtoken`.
    pub(super) access: Vec<usize>,
    /// Whether the file uses OAuth at all.
    pub(super) uses_oauth: bool,
    /// Whether it surely does: an access token may also be what an authtoken is called.
    pub(super) proves_oauth: bool,
    /// Whether it makes authtokens.
    pub(super) generates: bool,
    /// Whether an authtoken is written down; found when it is first asked for.
    holds_token: OnceCell<bool>,
    /// Where the first constant of the repository points whose name says whose it is; found when it is first asked for.
    pub(super) named: OnceCell<Option<Target>>,
}

/// Others who call their token so.
const VENDORS: [&str; 6] = ["ngrok", "twilio", "turso", "libsql", "npm", "sentry"];

/// How many parts of a path, from its end, are asked for the name.
const MOST_PARTS: usize = 4;

impl<'t> Facts<'t> {
    /// Reads a file.
    pub(super) fn of(text: &'t str, path: &Path, language: Language) -> Self {
        static OAUTH: LazyLock<Words> =
            LazyLock::new(|| Words::new(["oauth/v2", "refresh_token", "refreshtoken", "access_token", "bearer "]));
        static PROOF: LazyLock<Words> =
            LazyLock::new(|| Words::new(["oauth/v2", "refresh_token", "refreshtoken", "bearer "]));
        static ZOHO: LazyLock<Words> = LazyLock::new(|| Words::new(["zoho", "site24x7"]));
        static TWILIO: LazyLock<Words> = LazyLock::new(|| Words::new(["twilio"]));
        static ACCESS: LazyLock<Words> = LazyLock::new(|| Words::new(["zoho-oauthtoken"]));
        static MAKES: LazyLock<Words> = LazyLock::new(|| Words::new(["apiauthtoken/"]));
        let pieces = Pieces::of(text, language.syntax());
        let is_code = |range: TextRange| pieces.comment_at(range.start()).is_none();
        let mut hosts = hosts::ours(text);
        hosts.extend(private_paths(text, &hosts));
        let comment_hosts =
            hosts.iter().map(|host| host.range).filter(|range| !is_code(*range)).map(|range| range.start());
        let comment_hosts = comment_hosts.collect();
        hosts.retain(|host| is_code(host.range));
        hosts.sort_by_key(|host| host.range);
        let mut others = hosts::others(text);
        others.retain(|other| is_code(other.range));
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        let settings = ["config", "setting", "secret", "credential", "constant", "environment"];
        let own = |part: &std::ffi::OsStr| ZOHO.any_in(&part.to_string_lossy());
        let is_named_zoho = path.iter().rev().take(MOST_PARTS).any(own);
        let access: Vec<usize> = ACCESS.places(text).starts().unwrap_or_default().to_vec();
        Self {
            text,
            language,
            index: LineIndex::new(text),
            hosts,
            comment_hosts,
            others,
            mentions_zoho: is_named_zoho || ZOHO.any_in(text),
            is_settings_file: settings.iter().any(|own| stem.contains(own)),
            mentions_twilio: TWILIO.any_in(text),
            is_named_zoho,
            uses_oauth: !access.is_empty() || OAUTH.any_in(text),
            proves_oauth: !access.is_empty() || PROOF.any_in(text),
            access,
            generates: MAKES.any_in(text),
            holds_token: OnceCell::new(),
            named: OnceCell::new(),
            pieces,
        }
    }

    pub(super) fn line(&self, at: usize) -> u32 {
        self.index.line(at)
    }

    pub(super) fn bytes(&self, from: usize, to: usize) -> &'t [u8] {
        self.text.as_bytes().get(from..to).unwrap_or(&[])
    }

    /// The statement around a byte, as far as one reaches that people write.
    pub(super) fn statement_at(&self, at: usize) -> TextRange {
        self.within(self.pieces.statement_at(at), at)
    }

    /// Whether a comment in the same line names a host of Zoho's, or, for the exact name, one in the lines beside it.
    pub(super) fn is_named_near(&self, at: usize, exact: bool) -> bool {
        let line = self.line(at);
        self.comment_hosts.iter().any(|&host| self.line(host).abs_diff(line) <= u32::from(exact))
    }

    /// Whether the token itself is written down behind its name.
    pub(super) fn holds_token(&self) -> bool {
        *self.holds_token.get_or_init(|| {
            memmem::find_iter(self.text.as_bytes(), b"authtoken").any(|at| {
                let behind = at + b"authtoken".len();
                let value = census::value(self.bytes(behind, self.text.len()));
                value.is_some_and(|(start, end)| {
                    is_token_shaped(TextRange::new(behind + start, behind + end).of(self.text))
                })
            })
        })
    }

    /// Whether nothing but blanks stands between a byte and the end of its line.
    pub(super) fn ends_line(&self, at: usize) -> bool {
        let rest = self.bytes(at, self.text.len());
        rest.iter().find(|byte| !matches!(byte, b' ' | b'\t')).is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
    }

    /// A stretch around a byte, as far as one looks from there.
    pub(super) fn within(&self, whole: TextRange, at: usize) -> TextRange {
        const LONGEST: usize = 2 * 1024;
        let (mut start, mut end) = (whole.start().max(at.saturating_sub(LONGEST)), whole.end().min(at + LONGEST));
        while !self.text.is_char_boundary(start) {
            start += 1;
        }
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        TextRange::new(start.min(end), end)
    }

    /// Zoho's host that a sign at byte `at` belongs to: in its statement, or within a few lines; with `anywhere`, in the file.
    pub(super) fn host_of(&self, at: usize, anywhere: bool) -> Option<&Host> {
        const MOST: usize = 8;
        let statement = self.statement_at(at);
        let line = self.line(at);
        let distance = |host: &&Host| {
            let start = host.range.start();
            let inside = statement.contains(start);
            let logs_in = host.target.service == Some("accounts");
            (!inside, logs_in, start > at && inside, self.line(start).abs_diff(line), start.abs_diff(at))
        };
        let near = |host: &&Host| {
            statement.contains(host.range.start()) || self.line(host.range.start()).abs_diff(line) <= NEAR
        };
        let behind = self.hosts.partition_point(|host| host.range.start() < at);
        let around = self.hosts.get(behind.saturating_sub(MOST)..self.hosts.len().min(behind + MOST)).unwrap_or(&[]);
        around.iter().filter(|host| anywhere || near(host)).min_by_key(distance)
    }

    /// Whether another vendor gets the request of the statement around byte `at`: its URL is the last before it, or else the
    /// first behind it.
    pub(super) fn vendor_of(&self, at: usize) -> Option<&'t str> {
        let statement = self.statement_at(at);
        let ours = around(&self.hosts, at, |host| host.range).map(|range| Some((range?, true)));
        let others = around(&self.others, at, |other| other.range).map(|range| Some((range?, false)));
        let inside = || ours.into_iter().chain(others).flatten().filter(|(range, _)| statement.contains(range.start()));
        let before = inside().filter(|(range, _)| range.start() < at).max_by_key(|(range, _)| range.start());
        let (range, ours) = before.or_else(|| inside().min_by_key(|(range, _)| range.start()))?;
        (!ours).then(|| range.of(self.text))
    }

    /// Whether an access token goes with the request of the statement around byte `at`, or is prepared beside it.
    pub(super) fn sends_access_token(&self, at: usize) -> bool {
        let statement = self.statement_at(at);
        let line = self.line(at);
        self.access.iter().any(|&access| statement.contains(access) || self.line(access).abs_diff(line) <= NEAR)
    }

    /// Whether a heading above the line of byte `at` says Zoho: a section, a key or an element that it stands below.
    pub(super) fn is_below_zoho(&self, at: usize) -> bool {
        self.is_below(at, &["zoho"])
    }

    /// Whether a heading above byte `at` names another vendor who calls his token so.
    pub(super) fn is_below_vendor(&self, at: usize) -> bool {
        self.is_below(at, &VENDORS)
    }

    /// Whether the statement around byte `at` does: `sql.Open("libsql", …)`.
    pub(super) fn names_vendor(&self, at: usize) -> bool {
        let statement = self.statement_at(at).of(self.text).to_ascii_lowercase();
        VENDORS.iter().any(|vendor| statement.contains(vendor))
    }

    /// Whether a heading that byte `at` stands below says one of some words. In code those are the keys of maps.
    fn is_below(&self, at: usize, words: &[&str]) -> bool {
        const MOST_LINES: usize = 200;
        const LONGEST_LINE: usize = 4096;
        let is_code = !self.language.is_configuration();
        let says = |line: &str| {
            let heading = if is_code { key_of_map(line) } else { Some(line) };
            heading.is_some_and(|heading| {
                let heading = heading.to_ascii_lowercase();
                words.iter().any(|word| heading.contains(word))
            })
        };
        let indent = |line: &str| line.len() - line.trim_start().len();
        let line = self.line(at);
        let start = self.index.line_range(line).start();
        // `zoho: { authToken: t }`
        let own = self.text.get(start.max(at.saturating_sub(LONGEST_LINE))..at).unwrap_or("");
        if is_code && opened(own).is_some_and(says) {
            return true;
        }
        let mut depth = self.bytes(start, at).iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        for above in (1..line).rev().take(MOST_LINES) {
            let text = self.index.line_range(above).of(self.text);
            if text.trim().is_empty() || text.len() > LONGEST_LINE {
                continue;
            }
            if text.trim_start().starts_with('[') && matches!(self.language, Language::Ini | Language::Toml) {
                return says(text);
            }
            if indent(text) < depth {
                if says(text) {
                    return true;
                }
                depth = indent(text);
            }
        }
        false
    }
}

/// The key of the map that a line opens at its end: `'zoho'` of `'zoho' => [`.
fn key_of_map(line: &str) -> Option<&str> {
    let line = line.trim_end().strip_suffix(['[', '{', '('])?.trim_end();
    let line = line.strip_suffix("array").map_or(line, str::trim_end);
    let key = ["=>", ":", "="].iter().find_map(|sign| line.strip_suffix(sign))?;
    key.rsplit([',', '{', '[', '(', ';']).next()
}

/// A line up to the bracket in it that is still open at its end.
fn opened(line: &str) -> Option<&str> {
    let mut closed = 0_usize;
    let at = line.bytes().rposition(|byte| match byte {
        b'}' | b']' | b')' => {
            closed += 1;
            false
        }
        b'{' | b'[' | b'(' => {
            closed = match closed.checked_sub(1) {
                Some(left) => left,
                None => return true,
            };
            false
        }
        _ => false,
    })?;
    line.get(..=at)
}

/// The last of sorted places before byte `at`, and the first behind it.
fn around<T>(sorted: &[T], at: usize, range: impl Fn(&T) -> TextRange) -> [Option<TextRange>; 2] {
    let behind = sorted.partition_point(|one| range(one).start() < at);
    [behind.checked_sub(1).and_then(|last| sorted.get(last)), sorted.get(behind)].map(|one| one.map(&range))
}

/// Paths that only Zoho's APIs of before OAuth have, where no host stands before them: `$base . "/crm/private/json/Leads"`.
fn private_paths(text: &str, hosts: &[Host]) -> Vec<Host> {
    static PATHS: LazyLock<Words> = LazyLock::new(|| {
        Words::new(["crm/private/", "recruit/private/", "ats/private/", "private/json/", "private/xml/"])
    });
    let places = PATHS.places(text);
    let mut found: Vec<Host> = Vec::new();
    for &at in places.starts().unwrap_or_default() {
        let known = |host: &Host| host.range.start() < at && at < host.range.start() + host.target.url.len();
        let before = text.as_bytes().get(..at).unwrap_or(&[]);
        let begins = before.last().is_none_or(|byte| !byte.is_ascii_alphanumeric());
        if !begins || hosts.iter().chain(&found).any(known) {
            continue;
        }
        let path: String = text
            .get(at..)
            .unwrap_or("")
            .chars()
            .take(120)
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '.' | '-'))
            .collect();
        let is_private = ["/json", "/xml"].iter().any(|kind| path.contains(kind)) || path.starts_with("crm/");
        if !is_private {
            continue;
        }
        let service = if path.starts_with("crm/") {
            "crm"
        } else if path.starts_with('p') {
            ""
        } else {
            "recruit"
        };
        let host = if service.is_empty() { String::new() } else { format!("https://{service}.zoho.{UNKNOWN}/{path}") };
        found.push(Host { range: TextRange::new(at, at + path.len()), target: target(host) });
    }
    found
}
