//! Authtokens in apps of other languages, found by lexical pieces: comments, texts and statements, and one small table a
//! language. Nothing is parsed, followed or rewritten.
//!
//! ```text
//! config/zoho.php   'url' => env('ZOHO_URL', 'https://books.zoho.com/api/v3'),     a host of Zoho's, behind two names
//!                   'authtoken' => env('ZOHO_AUTHTOKEN'),                          a key beside it
//! src/Client.php    $u = config('zoho.url') . '/items?authtoken=' . $token;        the parameter; the host is the one above
//! .env              ZOHO_AUTHTOKEN=…                                               a setting: the code above sends it
//! src/Chat.php      $client->messages(['authToken' => $twilio]);                   nobody says Zoho's
//! ```
//!
//! A file is read in four steps: [`facts`] (comments, hosts), [`marks`] (each place of the name and what it is there), [`judge`]
//! (whose it is) and, when the file alone does not decide, [`repository`] (what the other files show).

mod calls;
mod constants;
mod evidence;
mod facts;
mod held;
mod hosts;
mod judge;
mod language;
mod lexer;
mod marks;
mod repository;
mod secrets;
mod settings;
mod unsent;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use aho_corasick::AhoCorasick;
use memchr::memmem;

pub use evidence::Evidence;
pub use language::Language;
pub(crate) use repository::{add as add_evidence, add_sent};

use crate::census::beside;
use crate::census::names::note_behind_names;
use crate::text::secret::Secrets;
use crate::text::source::TextRange;
use crate::zoho::target::Target;
use crate::zoho::{self, LegacyKind};
use facts::Facts;
use hosts::Host;
use judge::Verdict;
use marks::{Mark, MarkKind};

/// How an app has an authtoken at some place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Carrier {
    /// In an `Authorization` header.
    Header,
    /// In a URL's query or a form.
    Parameter,
    /// As the entry of a map, an argument or an element.
    Key,
    /// In a configuration.
    Setting,
}

/// An authtoken that an app sends or keeps.
#[derive(Clone, Debug)]
pub struct Use {
    /// The name or the scheme.
    pub range: TextRange,
    /// How.
    pub carrier: Carrier,
    /// Where the request goes, as far as the code shows it.
    pub target: Option<Target>,
    /// Whether the token's value is written behind it.
    pub written: bool,
    /// That value.
    pub value: Option<TextRange>,
}

/// An address that does not exist under OAuth.
#[derive(Clone, Debug)]
pub struct Dead {
    /// The host, or the path where no host stands before it.
    pub range: TextRange,
    /// Where it is.
    pub target: Target,
    /// What takes its place.
    pub replacement: &'static str,
}

/// A secret of Zoho's OAuth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Secret {
    /// The value.
    pub range: TextRange,
    /// What it is, for people.
    pub what: &'static str,
}

/// What was found in a file of an app.
#[derive(Default, Debug)]
pub struct App {
    /// By place.
    pub uses: Vec<Use>,
    /// Calls that make authtokens.
    pub generation: Vec<TextRange>,
    /// By place.
    pub dead: Vec<Dead>,
    /// Values of authtokens that no use has.
    pub hardcoded: Vec<TextRange>,
    /// Secrets of OAuth.
    pub pasted: Vec<Secret>,
    /// Signs that are no tokens: what they are, and why.
    pub dismissed: Vec<(TextRange, &'static str, Cow<'static, str>)>,
    /// In text order.
    pub comments: Vec<TextRange>,
    /// Every secret of the file.
    pub secrets: Secrets,
}

/// Whether a file of an app may hold anything: a token's name, or a name of Zoho's. Everything else is passed over unread.
pub(crate) fn may_concern(bytes: &[u8]) -> bool {
    static SIGNS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        AhoCorasick::builder().ascii_case_insensitive(true).build(["authtoken", "auth_token", "zoho"]).ok()
    });
    SIGNS.as_ref().is_none_or(|signs| signs.is_match(bytes)) || secrets::may_stand(bytes)
}

/// Whether a file may show something to the others: it names Zoho or one of its brands, or the parameter.
pub(crate) fn may_be_evidence(bytes: &[u8]) -> bool {
    static NAMES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        let names =
            ["zoho", "site24x7", "manageengine", "servicedeskplus", "qntrl", "bigin", "crm/private", "authtoken"];
        AhoCorasick::builder().ascii_case_insensitive(true).build(names).ok()
    });
    NAMES.as_ref().is_none_or(|names| names.is_match(bytes))
}

/// The language of a file that may be read as an app's; `None` for descriptions of an API, which are text for people, and for
/// what is JSON by its name only.
pub fn language(path: &Path, text: &str) -> Option<Language> {
    let language = Language::of(path, text)?;
    let begins = |text: &str| text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[', '/']);
    if language == Language::Json && !begins(text) {
        return None;
    }
    let is_data = matches!(language, Language::Json | Language::Yaml);
    (!is_data || !beside::is_prose(path, text)).then_some(language)
}

/// Reads a file. `ask` is for what the other files of its repository show; it is not called when the file alone decides.
pub fn read(text: &str, path: &Path, language: Language, ask: &dyn Fn() -> Arc<Evidence>) -> App {
    let mut app = App::default();
    if !may_concern(text.as_bytes()) {
        return app;
    }
    let facts = Facts::of(text, path, language);
    let answer = OnceCell::new();
    let ask: &dyn Fn() -> Arc<Evidence> = &|| Arc::clone(answer.get_or_init(ask));
    let Judged { mut ours, mut written } = judged(&facts, ask, &mut app);
    let held = held::held(&facts, ours.iter().map(|(mark, _)| mark), ask);
    // A constant of the file itself is found both ways.
    ours.dedup_by_key(|(mark, _)| mark.range);
    keep_strongest(&facts, &mut ours);
    for (mark, target) in ours {
        if let Some(value) = mark.value {
            app.secrets.add(value.of(text));
        }
        let carrier = match mark.kind {
            MarkKind::Generation => {
                app.generation.push(mark.range);
                continue;
            }
            MarkKind::Scheme | MarkKind::Bare => Carrier::Header,
            MarkKind::Query => Carrier::Parameter,
            MarkKind::Setting => Carrier::Setting,
            _ => Carrier::Key,
        };
        app.uses.push(Use { range: mark.range, carrier, target, written: mark.value.is_some(), value: mark.value });
    }
    app.dead = dead(&facts);
    app.pasted = secrets::pasted(&facts);
    app.pasted.iter().for_each(|secret| app.secrets.add(secret.range.of(text)));
    let known = |value: &TextRange| app.uses.iter().any(|found| found.value == Some(*value)) || written.contains(value);
    let held: Vec<TextRange> = held.into_iter().filter(|value| !known(value)).collect();
    written.extend(held);
    written.sort();
    written.iter().for_each(|value| app.secrets.add(value.of(text)));
    app.hardcoded = written;
    note_behind_names(text, &mut app.secrets);
    app.comments = facts.pieces.comments;
    app
}

/// The marks of a file, sorted.
#[derive(Default)]
struct Judged {
    /// Zoho's, each with where it goes.
    ours: Vec<(Mark, Option<Target>)>,
    /// Values of tokens that nothing is seen to send.
    written: Vec<TextRange>,
}

/// Judges each mark. Those that are no tokens are dismissed in `app`.
fn judged(facts: &Facts<'_>, ask: &dyn Fn() -> Arc<Evidence>, app: &mut App) -> Judged {
    let mut judged = Judged::default();
    for mark in marks::marks(facts) {
        let in_comment = facts.pieces.comment_at(mark.range.start()).is_some();
        // `form.put(Names.AUTHTOKEN_PARAMETER, token)`
        let is_parameter =
            || constants::is_written_at(facts, mark.range) && ask().parameters.contains(mark.range.of(facts.text));
        let mark = match mark.kind {
            MarkKind::Name | MarkKind::Value if !in_comment && is_parameter() => {
                Mark { kind: MarkKind::Key, exact: true, ..mark }
            }
            _ => mark,
        };
        let verdict = match (in_comment, mark.value) {
            (true, Some(value)) if is_zoho_around(facts, &mark, ask) => {
                judged.written.push(value);
                continue;
            }
            (true, _) => judge::in_comment(),
            (false, _) => judge::judge(facts, &mark, ask),
        };
        match verdict {
            Verdict::Ours(target) => judged.ours.push((mark, target)),
            Verdict::Nothing(_)
                if matches!(mark.kind, MarkKind::Value | MarkKind::Key | MarkKind::Setting)
                    && is_zoho_around(facts, &mark, ask) =>
            {
                judged.written.extend(mark.value);
            }
            Verdict::Nothing(why) => app.dismissed.push((mark.range, mark.kind.name(), why)),
        }
    }
    judged
}

/// The addresses that do not exist under OAuth.
fn dead(facts: &Facts<'_>) -> Vec<Dead> {
    let of_host = |host: &Host| {
        let endpoint = zoho::legacy(host.target.service, true, host.target.path());
        let endpoint = endpoint.filter(|endpoint| endpoint.kind == LegacyKind::Dead)?;
        Some(Dead { range: host.range, target: host.target.clone(), replacement: endpoint.replacement })
    };
    facts.hosts.iter().filter_map(of_host).collect()
}

/// Whether a value belongs to Zoho for all that its name and its file say.
fn is_zoho_around(facts: &Facts<'_>, mark: &Mark, ask: &dyn Fn() -> Arc<Evidence>) -> bool {
    /// `myAuthToken`, `zauthtoken`, `setAuthtoken`; what is longer may be another vendor's name.
    const LONGEST_PREFIX: usize = 4;
    let at = mark.range.start();
    let name = mark.range.of(facts.text).to_ascii_lowercase().replace('_', "");
    let own = name.split_once("authtoken").map(|(before, behind)| before.len() + behind.len());
    // Twilio's tokens look the same.
    let is_own = mark.exact || !facts.mentions_twilio;
    let plain = own.is_some_and(|length| length <= LONGEST_PREFIX) && is_own;
    let value = mark.value.is_some_and(|value| crate::text::secret::is_token_shaped(value.of(facts.text)));
    let vendor = facts.vendor_of(at).is_some();
    let is_alone = || facts.others.is_empty() && (facts.mentions_zoho || ask().sends());
    let around = || !facts.hosts.is_empty() || is_alone() || facts.is_named_near(at, mark.exact);
    value && !vendor && (mark.is_zohos || mark.kind == MarkKind::Scheme || (plain && around()))
}

/// Of several signs of one token in one line, the strongest: `params['authtoken'] = ENV['ZOHO_AUTHTOKEN']`. In a Postman
/// collection, a parameter that its URL has already is not reported again.
fn keep_strongest(facts: &Facts<'_>, ours: &mut Vec<(Mark, Option<Target>)>) {
    let mut strongest: HashMap<u32, MarkKind> = HashMap::new();
    for (mark, _) in ours.iter() {
        let kind = strongest.entry(facts.line(mark.range.start())).or_insert(mark.kind);
        *kind = (*kind).min(mark.kind);
    }
    let (mut last_query, mut last_setting) = (None, None);
    ours.retain(|(mark, _)| {
        let at = mark.range.start();
        if mark.kind == MarkKind::Query {
            last_query = Some(at);
        }
        // `ZOHO_AUTHTOKEN = os.environ["ZOHO_AUTHTOKEN"]`
        let line = Some(facts.line(at));
        if mark.kind == MarkKind::Setting && std::mem::replace(&mut last_setting, line) == line {
            return false;
        }
        let beside = strongest.get(&facts.line(at)).is_some_and(|&kind| kind < mark.kind);
        let repeated =
            facts.language == Language::Postman && last_query.is_some_and(|query| is_same_request(facts, query, at));
        !(matches!(mark.kind, MarkKind::Key | MarkKind::Setting) && (beside || repeated))
    });
}

/// Whether two places of a collection are of one request.
fn is_same_request(facts: &Facts<'_>, first: usize, second: usize) -> bool {
    const LONGEST: usize = 8 * 1024;
    second - first < LONGEST && memmem::find(facts.bytes(first, second), b"\"request\"").is_none()
}
