//! Whose a sign is: what stands around it, and what the rest of the file and of the repository shows.

use std::borrow::Cow;
use std::sync::Arc;

use super::evidence::Evidence;
use super::facts::Facts;
use super::hosts::Host;
use super::language::Language;
use super::marks::{Mark, MarkKind};
use super::unsent;
use crate::census;
use crate::text::source::TextRange;
use crate::zoho::target::Target;

/// What is concluded of a sign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// It is an authtoken of Zoho's, for a request that goes there as far as the code shows.
    Ours(Option<Target>),
    /// It is no token, for this reason.
    Nothing(Cow<'static, str>),
}

/// Asks for what the other files of the repository show.
pub(super) type Ask<'a> = &'a dyn Fn() -> Arc<Evidence>;

const OAUTH: Cow<'static, str> = Cow::Borrowed("the same request sends an access token");
const NO_HOST: Cow<'static, str> = Cow::Borrowed("no Zoho host belongs to it");
const VARIABLE: Cow<'static, str> = Cow::Borrowed("a variable's name only");
const COMMENT: Cow<'static, str> = Cow::Borrowed("a comment that mentions the token but holds no value");
const VENDOR: Cow<'static, str> = Cow::Borrowed("the statement names another vendor");
const HEADING: Cow<'static, str> = Cow::Borrowed("the heading above it names another vendor");

/// Judges a sign that stands in no comment.
pub(super) fn judge(facts: &Facts<'_>, mark: &Mark, ask: Ask<'_>) -> Verdict {
    let at = mark.range.start();
    let nearest = || facts.host_of(at, true).map(|host| host.target.clone());
    let own = |host: Option<&Host>| Verdict::Ours(host.map(|host| host.target.clone()).or_else(nearest));
    match mark.kind {
        MarkKind::Scheme => {
            if let Some(why) = unsent::reason(facts, mark) {
                return Verdict::Nothing(why);
            }
            let found = nearest().or_else(|| names_of(facts, at, &ask()));
            return Verdict::Ours(found);
        }
        MarkKind::Generation => return own(None),
        MarkKind::Setting => return setting(facts, mark, ask),
        MarkKind::Value | MarkKind::Name => return Verdict::Nothing(VARIABLE),
        MarkKind::Bare => return bare(facts, mark, ask),
        MarkKind::Query | MarkKind::Key | MarkKind::Element => {}
    }
    if facts.generates && reads_answer(facts, mark) {
        return Verdict::Nothing(Cow::Borrowed("it reads the answer of the call that makes authtokens"));
    }
    if let Some(why) = unsent::reason(facts, mark) {
        return Verdict::Nothing(why);
    }
    if let Some(host) = facts.vendor_of(at) {
        return Verdict::Nothing(census::to_vendor(host));
    }
    if !mark.exact && facts.names_vendor(at) {
        return Verdict::Nothing(VENDOR);
    }
    let is_access = || names_access_token(facts, mark) && (facts.proves_oauth || ask().uses_oauth());
    if facts.sends_access_token(at) || is_access() {
        return Verdict::Nothing(OAUTH);
    }
    if mark.kind == MarkKind::Key && facts.is_below_vendor(at) {
        return Verdict::Nothing(HEADING);
    }
    let is_settings = mark.kind == MarkKind::Key && facts.language.is_configuration();
    if is_settings && !mark.exact {
        return Verdict::Nothing(NO_HOST);
    }
    // Other vendors, and OAuth's own tokens, have these spellings too.
    let name = mark.range.of(facts.text);
    let plain = mark.exact || !(facts.uses_oauth || name.contains('_'));
    // `'zoho' => ['url' => 'https://…'], 'other' => ['auth_token' => …]`
    let is_elsewhere = |host: &Host| !mark.exact && facts.is_below_zoho(host.range.start()) && !facts.is_below_zoho(at);
    // A host that takes access tokens only says nothing of what merely stands beside it.
    let may = |host: &Host| mark.exact || !host.range.of(facts.text).contains("zohoapis");
    let near = facts.host_of(at, false).filter(|host| in_statement(facts, at) || (plain && may(host)));
    if let Some(host) = near.filter(|host| !is_elsewhere(host)) {
        return own(Some(host));
    }
    // A description of requests: `"parameters": { "authtoken": { "location": "query" } }`
    if is_settings && facts.language == Language::Json && facts.mentions_zoho && ask().sends() {
        return Verdict::Ours(ask().only_target());
    }
    if mark.kind == MarkKind::Key && (!mark.exact || is_settings) {
        return Verdict::Nothing(NO_HOST);
    }
    if mark.exact && has_companion(facts, at) {
        return Verdict::Ours(nearest().or_else(|| names_of(facts, at, &ask())));
    }
    if plain && facts.hosts.iter().any(may) {
        return own(None);
    }
    if !mark.exact {
        return Verdict::Nothing(NO_HOST);
    }
    let evidence = ask();
    if let Some(target) = names_of(facts, at, &evidence) {
        return Verdict::Ours(Some(target));
    }
    if facts.mentions_zoho && evidence.calls() && !facts.uses_oauth {
        return Verdict::Ours(evidence.only_target());
    }
    // A script of several that holds the token, and gets its addresses from elsewhere.
    if facts.others.is_empty() && evidence.sends() && facts.holds_token() {
        return Verdict::Ours(evidence.only_target());
    }
    Verdict::Nothing(NO_HOST)
}

/// A token without a scheme counts where nothing is known of OAuth, and where the request goes to a host that takes both.
fn bare(facts: &Facts<'_>, mark: &Mark, ask: Ask<'_>) -> Verdict {
    let at = mark.range.start();
    if let Some(host) = facts.vendor_of(at) {
        return Verdict::Nothing(census::to_vendor(host));
    }
    // Elsewhere in a file it counts if nobody else is called there.
    let host = facts.host_of(at, facts.others.is_empty());
    let Some(host) = host.filter(|host| !host.range.of(facts.text).contains("zohoapis")) else {
        return Verdict::Nothing(if mark.value.is_some() { NO_HOST } else { VARIABLE });
    };
    if facts.uses_oauth || ask().uses_oauth() {
        return Verdict::Nothing(OAUTH);
    }
    Verdict::Ours(Some(host.target.clone()))
}

/// A setting counts where the repository sends authtokens to Zoho, or calls Zoho without OAuth.
fn setting(facts: &Facts<'_>, mark: &Mark, ask: Ask<'_>) -> Verdict {
    if !mark.is_zohos && facts.is_below_vendor(mark.range.start()) {
        return Verdict::Nothing(HEADING);
    }
    let near = facts.host_of(mark.range.start(), false).map(|host| host.target.clone());
    let evidence = ask();
    let sends = evidence.sends();
    let calls = mark.exact && mark.is_zohos && evidence.calls() && !evidence.uses_oauth();
    if (sends && (mark.is_zohos || facts.is_named_zoho || mark.exact)) || calls {
        return Verdict::Ours(near.or_else(|| evidence.only_target()));
    }
    Verdict::Nothing(Cow::Borrowed("no code in the repository sends an authtoken to Zoho"))
}

/// Whether the name is that of a line of the answer of the call that makes authtokens: `AUTHTOKEN=`, `answer['AUTHTOKEN']`.
fn reads_answer(facts: &Facts<'_>, mark: &Mark) -> bool {
    let (before, behind) = (facts.bytes(0, mark.range.start()), facts.bytes(mark.range.end(), facts.text.len()));
    if mark.range.of(facts.text) != "AUTHTOKEN" {
        return false;
    }
    if mark.kind == MarkKind::Query {
        return !census::is_in_query(before);
    }
    census::unquoted(before, behind).is_some_and(|(before, behind)| {
        let rest = behind.strip_prefix(b"]").map(<[u8]>::trim_ascii_start);
        before.ends_with(b"[") && rest.is_some_and(|rest| !rest.starts_with(b"=") || rest.starts_with(b"=="))
    })
}

fn in_statement(facts: &Facts<'_>, at: usize) -> bool {
    let statement = facts.statement_at(at);
    facts.host_of(at, false).is_some_and(|host| statement.contains(host.range.start()))
}

/// Whether what is sent is called an access token: `authtoken={access_token}`.
fn names_access_token(facts: &Facts<'_>, mark: &Mark) -> bool {
    const NEAR: usize = 48;
    let behind = facts.bytes(mark.range.end(), (mark.range.end() + NEAR).min(facts.text.len()));
    let end = behind.iter().position(|byte| matches!(byte, b'&' | b'\n' | b';')).unwrap_or(behind.len());
    let value = behind.get(..end).unwrap_or(behind).to_ascii_lowercase();
    let says = |word: &[u8]| value.windows(word.len()).any(|part| part == word);
    says(b"access_token") || says(b"accesstoken") || says(b"oauth") || says(b"refresh")
}

/// Whether a parameter that only Zoho's APIs have stands in the same statement or beside it: `scope=crmapi`.
fn has_companion(facts: &Facts<'_>, at: usize) -> bool {
    const SCOPES: [&str; 9] = [
        "crmapi",
        "creatorapi",
        "recruitapi",
        "campaignsapi",
        "docsapi",
        "reportsapi",
        "peopleapi",
        "projectsapi",
        "supportapi",
    ];
    const NEAR_LINES: u32 = 3;
    let line = facts.line(at);
    let first = facts.index.line_range(line.saturating_sub(NEAR_LINES).max(1)).start();
    let last = facts.index.line_range(line + NEAR_LINES).end();
    let around = facts.within(facts.statement_at(at).cover(TextRange::new(first, last.max(first))), at);
    let around = around.of(facts.text).to_ascii_lowercase();
    SCOPES.iter().any(|scope| around.contains(scope))
}

/// Where a constant or a setting of the repository points that the code names: in the same statement, or, when its name says
/// whose it is, anywhere in the file.
fn names_of(facts: &Facts<'_>, at: usize, evidence: &Evidence) -> Option<Target> {
    if evidence.is_empty() {
        return None;
    }
    let statement = facts.statement_at(at).of(facts.text);
    let own = |name: &str| evidence.target_of(name).filter(|_| facts.mentions_zoho || names_owner(name));
    let by_name =
        || words(facts.text).filter(|name| names_owner(name)).find_map(|name| evidence.target_of(name)).cloned();
    words(statement).find_map(own).cloned().or_else(|| facts.named.get_or_init(by_name).clone())
}

/// Whether nobody else calls a constant so.
fn names_owner(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["zoho", "crm", "books", "desk", "creator", "recruit", "invoice", "subscription"]
        .iter()
        .any(|own| lower.contains(own))
}

/// The names in code and texts.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.len() > 2)
}

/// The reason to dismiss a sign in a comment.
pub(super) fn in_comment() -> Verdict {
    Verdict::Nothing(COMMENT)
}
