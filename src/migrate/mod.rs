//! From a request to its transaction: all edits that take it off its authtoken, at the worst applicability of its parts.

mod answer;
mod connection;
pub mod dead;
mod effects;
mod entries;
mod files;
mod follows;
pub mod hosts;
mod layout;
mod legacy;
mod lines;
mod list;
mod map;
mod method;
pub mod oauth;
pub mod order;
pub mod placeholder;
pub mod quotes;
pub mod reason;
pub mod rename;
mod slot;
mod text;
pub mod tie;
mod variable;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use foldhash::{HashSet, HashSetExt};

use crate::census::names::token_name;
use crate::deluge::builtins::{self, Of, keeps_text};
use crate::deluge::{Kind, NodeId};
use crate::finding::Applicability;
use crate::flow::graph::{Head, Holds, Op, ValueId, View};
use crate::project::config::{Config, ConfigError, ConnectionEntry, Target};
use crate::requests::bindings::{Write, called_name, is_pure, plain_string};
use crate::requests::call::Call;
use crate::requests::flow::Context;
use crate::requests::link_name::is_placeholder;
use crate::requests::occurrence::{Carrier, MapPart, Occurrence, Site};
use crate::requests::reaching::WriteId;
use crate::requests::request::{Form, Request, Slot};
use crate::text::edit::{Edit, Edits};
use crate::text::excerpt;
use crate::text::excerpt::shortened;
use crate::text::recent::Recent;
use crate::zoho::target::{Owner, split};
use crate::zoho::{self, LegacyEndpoint, LegacyKind};

pub use connection::merge_touching;
use effects::Effects;
use entries::MapSlot;
use lines::Lines;
pub use method::method;
use reason::{Code, Reason};

/// A part of the code for a message, which will say in which line it stands.
pub fn shown(context: Context<'_>, node: NodeId) -> String {
    excerpt::placed(context.text_of(node), context.tree.range(node).start())
}

/// Why no edit is offered; the text says what a person has to do or know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manual(pub Reason);

impl Manual {
    fn new(code: Code, text: impl Into<Arc<str>>) -> Self {
        Self(Reason::new(code, text))
    }
}

/// What one part of a migration comes to.
#[derive(Default, Debug)]
pub struct Outcome {
    edits: Vec<Edit>,
    assumptions: Vec<Reason>,
    removed: Vec<NodeId>,
    /// Values of attributes and arguments that go whole.
    gone: Vec<NodeId>,
    /// Whether the `?` moved to a statement that appends to the URL.
    appended: bool,
    /// Of what the first `&` is replaced where it is sent.
    replaced: Option<text::Replaced>,
    /// Whether there are ways to the text that were not looked at.
    one_of_many: bool,
    /// The HTTP method that an override header asked for.
    method: Option<&'static str>,
    /// Assignments that are edited for this request.
    edited: Vec<WriteId>,
    /// Reads of variables that belong to this request.
    covered: Vec<NodeId>,
    /// A call of the same statement that has to go before the statement as well, or it would be made after this one.
    follows: Option<NodeId>,
}

impl Outcome {
    fn assume(&mut self, code: Code, text: impl Into<Arc<str>>) {
        self.add(Reason::new(code, text));
    }

    fn add(&mut self, assumption: Reason) {
        if !self.assumptions.contains(&assumption) {
            self.assumptions.push(assumption);
        }
    }

    /// Notes that an expression leaves the code.
    fn remove(&mut self, context: Context<'_>, expression: NodeId) {
        if !is_pure(context.text, context.tree, expression) {
            self.assume(
                Code::CallGoes,
                format!("`{}` only returns a value; it is no longer called", shown(context, expression)),
            );
        }
        self.removed.push(expression);
    }

    fn absorb(&mut self, other: Outcome) {
        self.edits.extend(other.edits);
        other.assumptions.into_iter().for_each(|assumption| self.add(assumption));
        self.removed.extend(other.removed);
        self.gone.extend(other.gone);
        self.method = self.method.or(other.method);
        self.appended |= other.appended;
        self.one_of_many |= other.one_of_many;
        self.replaced = self.replaced.or(other.replaced);
        self.edited.extend(other.edited);
        self.covered.extend(other.covered);
        self.follows = self.follows.or(other.follows);
    }
}

/// Names for new variables, none of which the file has already.
#[derive(Default, Debug)]
pub struct Fresh {
    given: usize,
    /// The names of the file that might be in the way, once one is needed.
    taken: Option<HashSet<String>>,
    effects: Effects,
    lines: Lines,
    /// What was put into the code last, what was said of it, and what it was done to.
    texts: Recent<str>,
    reasons: Recent<[Reason]>,
    nodes: Recent<[NodeId]>,
    writes: Recent<[WriteId]>,
    /// For calls that stay, of which only the errors are told.
    spare: Option<Box<Fresh>>,
}

/// How many reasons a transaction tells: each token of the request tells them all.
const MOST_REASONS: usize = 16;

impl Fresh {
    /// What is asked for a call that stays: it neither takes a name nor goes before its statement.
    fn spare(&mut self) -> &mut Self {
        self.spare.get_or_insert_default()
    }

    fn reasons(&mut self, mut reasons: Vec<Reason>) -> Arc<[Reason]> {
        // The last one is told: it may be about the request as a whole.
        if let Some(more) = reasons.len().checked_sub(MOST_REASONS).filter(|&more| more > 0)
            && let Some(first) = reasons.get(MOST_REASONS - 1)
        {
            let left = Reason::new(first.code, format!("the same is assumed of {more} other parts"));
            reasons.splice(MOST_REASONS - 1..MOST_REASONS - 1 + more, [left]);
        }
        for reason in &mut reasons {
            reason.text = self.texts.share(Arc::clone(&reason.text));
        }
        self.reasons.share(reasons)
    }

    fn edits(&mut self, mut edits: Vec<Edit>) -> Edits {
        for edit in &mut edits {
            edit.replacement = self.texts.share(Arc::clone(&edit.replacement));
        }
        edits.into()
    }

    /// `response`, `response2`, …
    fn name(&mut self, context: Context<'_>) -> String {
        const STEM: &str = "response";
        let taken = self.taken.get_or_insert_with(|| {
            let names = context.scopes.iter().flat_map(|scope| scope.iter().map(|(name, _)| name));
            names.filter(|name| name.starts_with(STEM)).map(str::to_owned).collect()
        });
        loop {
            self.given += 1;
            let name = if self.given == 1 { STEM.to_owned() } else { format!("{STEM}{}", self.given) };
            if !taken.contains(&name) {
                return name;
            }
        }
    }
}

/// What becomes of one request that carries a token.
#[derive(Debug)]
pub struct Transaction {
    /// The worst of its parts.
    pub applicability: Applicability,
    /// All edits; empty when manual. Transactions that are tied share them.
    pub edits: Edits,
    /// The LinkName it has or gets.
    pub connection: Option<Arc<str>>,
    /// The configured LinkName, where the request names another one.
    pub mismatch: Option<Arc<str>>,
    /// Whether the connection that stands in the request is the configured one.
    pub confirmed: bool,
    /// Assumptions of an unsafe transaction, or why it is manual.
    pub reasons: Arc<[Reason]>,
    /// Expressions that leave the code.
    pub removed: Arc<[NodeId]>,
    /// Assignments that are edited.
    pub edited: Arc<[WriteId]>,
    /// Reads of variables that belong to the request.
    pub covered: Box<[NodeId]>,
    /// A call of the same statement that is put before the statement as well: if it is not, it is made after this one.
    pub follows: Option<NodeId>,
    /// Whether not all ways to its texts were looked at. Then it has to be shown that all else stays the same, though it is
    /// unsafe for another reason.
    pub one_of_many: bool,
    /// Whether it is manual only for want of a configured Connection.
    pub unconfigured: bool,
    /// Whether the LinkName that it gets is a suggestion.
    pub suggested: bool,
}

impl Transaction {
    /// Notes an assumption that makes it unsafe; says whether it was safe before.
    fn assume(&mut self, assumption: &Reason) -> bool {
        if self.applicability == Applicability::Manual || self.reasons.contains(assumption) {
            return false;
        }
        self.add_reason(assumption.clone());
        std::mem::replace(&mut self.applicability, Applicability::Unsafe) == Applicability::Safe
    }

    fn add_reason(&mut self, reason: Reason) {
        self.reasons = self.reasons.iter().cloned().chain([reason]).collect();
    }

    /// One without edits, for a reason.
    fn by_hand(code: Code, text: &str) -> Self {
        Self { reasons: Arc::new([Reason::new(code, text)]), ..Self::untold() }
    }

    /// One without edits of which nothing is told.
    fn untold() -> Self {
        Self {
            applicability: Applicability::Manual,
            edits: Arc::default(),
            connection: None,
            mismatch: None,
            confirmed: false,
            reasons: Arc::default(),
            removed: Arc::default(),
            edited: Arc::default(),
            covered: Box::default(),
            one_of_many: false,
            follows: None,
            unconfigured: false,
            suggested: false,
        }
    }

    /// Offers no edit after all, because the one there was did not hold what it promised.
    pub fn hold_back(&mut self, reason: &str) {
        self.offer_nothing(
            Code::NotShown,
            &format!("the change failed its check ({reason}), so it is not offered; migrate this request by hand"),
        );
    }

    /// Leaves the request with its token, as a comment asks for: it gets no connection either.
    pub fn leave(&mut self, reason: &str) {
        self.offer_nothing(Code::Suppressed, reason);
        self.unconfigured = false;
        self.suggested = false;
    }

    /// Offers no edit.
    pub fn offer_nothing(&mut self, code: Code, reason: &str) {
        self.give_up(Arc::new([Reason::new(code, reason)]));
    }

    /// The same, for reasons that others have as well.
    pub fn give_up(&mut self, reasons: Arc<[Reason]>) {
        self.applicability = Applicability::Manual;
        self.reasons = reasons;
        self.edits = Arc::default();
        self.removed = Arc::default();
        self.edited = Arc::default();
        self.covered = Box::default();
    }
}

/// The endpoint that needs special treatment, if the request calls one on any of its targets.
pub fn legacy(call: &Call) -> Option<LegacyEndpoint> {
    call.targets.iter().filter(|target| target.owner != Owner::Other).find_map(|target| {
        let path = if call.request.form == Form::InvokeApi { target.url.as_str() } else { target.path() };
        zoho::legacy(target.service, target.owner == Owner::Zoho, path)
    })
}

/// Whether the request is one this tool is about: Zoho's, one whose host cannot be seen, or another one that a header says
/// to be Zoho's or that the configuration names by its URL.
///
/// # Errors
/// [`ConfigError`] when two entries fit equally well.
pub fn concerns(call: &Call, config: &Config, path: &Path) -> Result<bool, ConfigError> {
    Ok(match call.owner() {
        Owner::Zoho | Owner::Unseen => true,
        Owner::Other => call.names_zoho() || chosen(call, config, path, false)?.is_some(),
    })
}

/// Plans the migration of a call that carries tokens.
///
/// # Errors
/// [`ConfigError`] when two entries fit equally well.
pub fn plan(
    context: Context<'_>,
    call: &Call,
    config: &Config,
    path: &Path,
    fresh: &mut Fresh,
) -> Result<Transaction, ConfigError> {
    let existing = call.request.connection;
    // What was renamed counts as what it is called now.
    let now = |name: &str| Arc::from(config.renamed().get(name).map_or(name, String::as_str));
    let named = existing.and_then(|slot| plain_string(context.text, context.tree, slot.value)).map(now);
    let legacy = legacy(call);
    let mut transaction = Transaction { connection: named.clone(), ..Transaction::untold() };
    // One path on which the host cannot be seen is enough to need the assumption.
    let unseen = call.targets.iter().any(|target| target.owner == Owner::Unseen);
    let ours = is_zohos(context, call);
    let configured = chosen(call, config, path, ours)?;
    let carries = call.occurrences().next().is_some();
    // A request without a token may well name another Connection than the one for all that is not listed.
    let default = config.default_connection().map(ConnectionEntry::link_name);
    if let (Some(named), Some(configured)) = (&named, &configured) {
        transaction.confirmed = named == configured;
        let listed = carries || Some(&**configured) != default;
        let other = listed && named != configured && !named.is_empty() && !is_placeholder(named);
        let right = || targets(call, path, ours).all(|target| config.takes(named, &target));
        transaction.mismatch = (other && !config.is_suggested() && !right()).then(|| configured.clone());
    }
    if !carries || legacy.is_some_and(|endpoint| endpoint.kind != LegacyKind::Dead) {
        return Ok(transaction);
    }
    let needs = needs_connection(call);
    let fresh = if needs && configured.is_none() { fresh.spare() } else { fresh };
    let mut reasons = Vec::new();
    match edits(context, call, existing.is_none().then_some(configured.as_deref()).flatten(), fresh) {
        Err(Manual(reason)) => reasons.push(reason),
        Ok(outcome) => {
            if unseen && !ours && configured.is_none() {
                reasons.push(Reason::new(Code::HostUnseen, "no Connection can be chosen for a host known only at run time; if it is Zoho, remove the token and add `connection:` by hand"));
            } else if needs && configured.is_none() {
                transaction.unconfigured = true;
            } else {
                reasons = settle(&mut transaction, outcome, (doubts(call, configured.is_some()), legacy), fresh);
            }
        }
    }
    let known = call.owner() == Owner::Zoho || (call.owner() == Owner::Other && call.names_zoho());
    if needs && configured.is_none() && known && !call.is_mixed() {
        transaction.unconfigured = true;
        if reasons.is_empty() {
            reasons.push(Reason::new(Code::NoConnection, "no Connection is configured for this request"));
        }
    }
    transaction.reasons = fresh.reasons(reasons);
    if existing.is_none() {
        transaction.suggested = needs && configured.is_some() && config.is_suggested();
        transaction.connection = configured;
    }
    Ok(transaction)
}

/// The LinkName that the configuration has for a call; `None` when it has none, or not the same for all its targets.
///
/// # Errors
/// [`ConfigError`] when two entries fit equally well.
pub fn configured(
    context: Context<'_>,
    call: &Call,
    config: &Config,
    path: &Path,
) -> Result<Option<Arc<str>>, ConfigError> {
    chosen(call, config, path, is_zohos(context, call))
}

/// Whether a request is Zoho's: by its host, or by what it sends where the host cannot be seen.
fn is_zohos(context: Context<'_>, call: &Call) -> bool {
    let unseen = call.targets.iter().any(|target| target.owner == Owner::Unseen);
    call.owner() == Owner::Zoho || (unseen && speaks_zoho(context, call))
}

fn needs_connection(call: &Call) -> bool {
    call.request.connection.is_none() && call.request.form != Form::Sdp
}

/// What has to be assumed of the hosts that a request may go to. That of another vendor may be one that the configuration
/// names.
fn doubts(call: &Call, configured: bool) -> Vec<Reason> {
    let doubt = |target: &zoho::target::Target| {
        let host = || split(&target.url).map(|(host, _)| host.replace(zoho::UNKNOWN, "…")).unwrap_or_default();
        match target.owner {
            Owner::Unseen => Some(Reason::new(
                Code::HostUnseen,
                "the host, known only at run time, is Zoho; what else the request sends looks like it",
            )),
            Owner::Zoho if !target.certain => Some(Reason::new(
                Code::HostUnknown,
                format!(
                    "`{}` is Zoho, which gets a live token with each call; authshift does not know this data centre",
                    host()
                ),
            )),
            Owner::Other if !configured => Some(Reason::new(
                Code::HostUnknown,
                format!("`{}` is Zoho, as the request's header says; authshift does not know this host", host()),
            )),
            _ => None,
        }
    };
    call.targets.iter().filter_map(doubt).collect()
}

/// Takes over what the parts of a migration come to; gives its assumptions.
fn settle(
    transaction: &mut Transaction,
    mut outcome: Outcome,
    (doubts, legacy): (Vec<Reason>, Option<LegacyEndpoint>),
    fresh: &mut Fresh,
) -> Vec<Reason> {
    doubts.into_iter().for_each(|doubt| outcome.add(doubt));
    if let Some(endpoint) = legacy {
        outcome.assume(
            Code::DeadEndpoint,
            format!(
                "you also rewrite the call, since the endpoint does not exist under OAuth: {}",
                endpoint.replacement
            ),
        );
    }
    transaction.applicability =
        if outcome.assumptions.is_empty() { Applicability::Safe } else { Applicability::Unsafe };
    transaction.edits = fresh.edits(connection::merge_touching(outcome.edits));
    transaction.removed = fresh.nodes.share(outcome.removed);
    transaction.edited = fresh.writes.share(outcome.edited);
    transaction.covered = outcome.covered.into();
    transaction.one_of_many = outcome.one_of_many;
    transaction.follows = outcome.follows;
    outcome.assumptions
}

/// The LinkName configured for all targets of the call; `None` when none is, or when they differ.
fn chosen(call: &Call, config: &Config, path: &Path, ours: bool) -> Result<Option<Arc<str>>, ConfigError> {
    let mut found: Option<Arc<str>> = None;
    for target in targets(call, path, ours) {
        let Some(entry) = config.choose(&target)? else { return Ok(None) };
        match &found {
            Some(other) if **other != *entry.link_name() => return Ok(None),
            _ => found = Some(entry.shared_link_name()),
        }
    }
    Ok(found)
}

/// Where a call may go, as the configuration sees it.
fn targets<'a>(call: &'a Call, path: &'a Path, ours: bool) -> impl Iterator<Item = Target<'a>> {
    call.targets.iter().map(move |target| Target {
        path,
        service: target.service,
        data_center: target.data_center,
        url: (!target.url.is_empty()).then_some(target.url.as_str()),
        zoho: ours && target.owner != Owner::Other,
    })
}

/// Whether a request of unseen host is Zoho's by what it sends: a `Zoho-authtoken` or `Zoho-oauthtoken` header, or `authtoken` in lower case
/// together with a parameter or header that only Zoho has.
fn speaks_zoho(context: Context<'_>, call: &Call) -> bool {
    let telling = |occurrence: &&Occurrence| occurrence.telling;
    let header = |occurrence: &Occurrence| occurrence.carrier == Carrier::Headers;
    call.occurrences().filter(telling).any(header)
        || (call.occurrences().any(|occurrence| occurrence.telling) && companions(context, call))
}

fn companions(context: Context<'_>, call: &Call) -> bool {
    let request = &call.request;
    let in_text =
        |slot: &Slot| {
            context.flow(slot.value).text.split(['?', '&']).any(|pair| {
                pair.split_once('=').is_some_and(|(name, value)| zoho::is_zoho_companion(name, Some(value)))
            })
        };
    let in_map = |slot: &Slot| {
        context.tree.descendants(slot.value).filter(|&node| context.tree.kind(node) == Kind::Entry).any(|entry| {
            let [key, value] = context.tree.children(entry) else { return false };
            let known = context.known_text(*value);
            context.known_text(*key).is_some_and(|key| zoho::is_zoho_companion(&key, known.as_deref()))
        })
    };
    request.url.iter().chain(&request.bodies).any(in_text) || request.bodies.iter().chain(&request.headers).any(in_map)
}

/// Which host besides Zoho's a request may go to.
fn other_host(context: Context<'_>, call: &Call) -> String {
    let url = call.request.url.map_or(call.request.node, |slot| slot.value);
    let others = call.targets.iter().filter(|target| target.owner == Owner::Other);
    let hosts: BTreeSet<String> =
        others.filter_map(|target| Some(split(&target.url)?.0.replace(zoho::UNKNOWN, "…"))).collect();
    let hosts: Vec<String> = hosts.into_iter().map(|host| format!("`{}`", shortened(&host))).collect();
    format!(
        "`{}` may also be a URL of {}, which is not Zoho; send that in a request of its own first",
        shown(context, url),
        if hosts.is_empty() { "another host".to_owned() } else { hosts.join(" or ") }
    )
}

/// All edits of the request, the connection included.
fn edits(context: Context<'_>, call: &Call, link: Option<&str>, fresh: &mut Fresh) -> Result<Outcome, Manual> {
    let request = &call.request;
    if call.is_mixed() {
        return Err(Manual::new(Code::OtherHost, other_host(context, call)));
    }
    if request.malformed {
        return Err(Manual::new(
            Code::Malformed,
            "an attribute of this request is there twice or has no value; correct that first",
        ));
    }
    if !context.tree.markup_in(request.range).is_empty() {
        return Err(Manual::new(
            Code::Malformed,
            "there is HTML inside this request, so authshift does not edit it; remove the token and add `connection:` by hand",
        ));
    }
    if curly(context, request) {
        return Err(Manual::new(
            Code::Malformed,
            "a text of this request is in typographic quotes; replace them with straight ones first (`--unsafe-fixes` does, where they pair on a line)",
        ));
    }
    if context.tree.kind(context.tree.scope(request.node)) == Kind::Action {
        return Err(Manual::new(
            Code::CallPlace,
            "this call is in an action, not in a script, and Creator allows no other statements there; change it in Creator",
        ));
    }
    let occurrences: Vec<&Occurrence> = call.occurrences().collect();
    if occurrences.iter().any(|occurrence| matches!(occurrence.site, Site::Elsewhere)) {
        return Err(Manual::new(
            Code::NotFollowed,
            "authshift cannot trace how the token gets into this request; remove it by hand and add `connection:`",
        ));
    }
    if let Some(chain) = occurrences.iter().find_map(|occurrence| match occurrence.site {
        Site::Returned(chain) => Some(chain),
        _ => None,
    }) {
        return Err(Manual::new(
            Code::BuiltElsewhere,
            format!(
                "`{}` returns the token; remove it there by hand and add `connection:` here",
                shown(context, chain)
            ),
        ));
    }
    if request.connection.is_some_and(|slot| plain_string(context.text, context.tree, slot.value) == Some("")) {
        return Err(Manual::new(Code::Malformed, "`connection:` is empty in this request; write the LinkName there"));
    }
    // A request for an access token goes with the header for which it is made.
    if occurrences.iter().any(|occurrence| occurrence.access.is_none() && asks_inside(context, occurrence)) {
        return Err(Manual::new(
            Code::RequestInside,
            "the token is fetched by another request inside this one; fetch it in a statement of its own first",
        ));
    }
    oauth::check(context, call)?;
    let mut outcome = Outcome::default();
    let dead = legacy(call).is_some();
    for slot in request.url.iter().chain(&request.bodies).chain(&request.headers) {
        outcome.absorb(slot::edits(context, call, *slot, &occurrences, dead)?);
    }
    if let Some(slot) = request.files {
        outcome.absorb(files::edits(context, slot, &occurrences)?);
    }
    let link = link.filter(|_| request.connection.is_none() && request.form != Form::Sdp);
    if link.is_some() && goes_without(context, request) {
        outcome.assume(Code::PathWithoutToken, "where the request sends no token now, it may use the Connection too");
    }
    if link.is_some() && keeps_authorization(context, request, &occurrences) {
        outcome.assume(
            Code::OtherAuthorization,
            "Zoho uses the `Authorization` header of the Connection, although the request keeps another one",
        );
    }
    if !request.form.has_attributes() {
        return legacy::rewrite(context, request, outcome, link, fresh);
    }
    let slots = || request.url.iter().chain(&request.bodies).chain(&request.headers).chain(&request.files);
    let gone: Vec<NodeId> =
        slots().filter(|slot| outcome.gone.contains(&slot.value)).filter_map(|slot| slot.attribute).collect();
    outcome.edits.extend(connection::edit_attributes(context, context.tree.children(request.part), &gone, link));
    Ok(outcome)
}

/// Whether another request stands in what yields the token: it would go with it.
fn asks_inside(context: Context<'_>, occurrence: &Occurrence) -> bool {
    let values: Vec<NodeId> = match &occurrence.site {
        Site::Entry { entry, .. } => vec![*entry],
        Site::Map { part: MapPart::Entry { entry, .. }, .. } => vec![*entry],
        Site::Map { part: MapPart::Put(chain), .. } => vec![*chain],
        Site::Text { .. }
        | Site::Added { .. }
        | Site::Part { .. }
        | Site::Looked { .. }
        | Site::Returned(_)
        | Site::Elsewhere => occurrence.tokens.to_vec(),
    };
    values.into_iter().flat_map(|value| context.tree.descendants(value)).any(|node| {
        context.tree.kind(node) == Kind::Chain && crate::requests::request::request(context, node).is_some()
    })
}

/// Whether the request carries its token on some of its paths only: another URL, or another map, is sent on the others. A
/// `put` that may not happen is no other map (row P10).
fn goes_without(context: Context<'_>, request: &Request) -> bool {
    let graph = View { graph: context.scopes.graph(context.tree), text: context.text };
    let names = |text: &str| {
        let text = text.to_ascii_lowercase();
        ["authtoken=", "auth_token=", "authtoken\\\"", "authtoken'", "<authtoken>", "zoho-authtoken"]
            .iter()
            .any(|name| text.contains(name))
    };
    let keys = |key: &str| token_name(key.trim()).is_some() || key.trim().eq_ignore_ascii_case("authorization");
    let slots = request.url.iter().chain(&request.bodies).chain(&request.headers);
    let held = slots.filter_map(|slot| graph.graph.value_of(slot.value)).map(|value| graph.holds(value, &names, &keys));
    held.max() == Some(Holds::Sometimes)
}

/// Whether an `Authorization` header stays that is none of the tokens.
fn keeps_authorization(context: Context<'_>, request: &Request, occurrences: &[&Occurrence]) -> bool {
    request.headers.iter().flat_map(|slot| entries::entries(context, slot.value)).any(|(key, entry)| {
        let goes = occurrences.iter().any(|occurrence| match (&occurrence.site, &entry.place) {
            (Site::Entry { entry, .. }, MapSlot::Literal(_, own)) => entry == own,
            (Site::Map { part, .. }, MapSlot::Variable(_, own)) => part == own,
            _ => false,
        });
        key.trim().eq_ignore_ascii_case("authorization") && !goes
    })
}

/// Whether typographic quotes delimit a text in the request; inside of a text they are only characters.
fn curly(context: Context<'_>, request: &Request) -> bool {
    quotes::has_marks(request.range.of(context.text))
        && context.tree.descendants(request.node).any(|node| quotes::is_curly(context.text, context.tree, node))
}

/// Row Q14: a value that cannot be seen might bring `&…` along, unless it is called a token.
fn visible(context: Context<'_>, token: NodeId) -> Result<Outcome, Manual> {
    let mut outcome = Outcome::default();
    let brought = if is_plain(context, token) {
        Brings::Token
    } else {
        let value = context.scopes.graph(context.tree).value_of(token);
        value.map_or(Brings::Unknown, |value| brings(context, value))
    };
    if brought == Brings::More {
        return Err(Manual::new(
            Code::MoreThanToken,
            format!(
                "the value of `{}` holds more than a token; remove the token from it by hand",
                shown(context, token)
            ),
        ));
    }
    if brought != Brings::Token && !is_token_value(context, token, &mut 64) {
        outcome.assume(
            Code::ValueIsToken,
            format!("the value of `{}` is a token and nothing more", shown(context, token)),
        );
    }
    let open = |write: &Write| context.tree.is_open(context.text, write.node);
    if context.scopes.reaching(token).flatten().any(open) {
        return Err(Manual::new(
            Code::NotUnderstood,
            format!(
                "`{}` is set next to code that authshift cannot parse, and may hold more than a token; remove it by hand",
                shown(context, token)
            ),
        ));
    }
    let looped = |write: Option<&Write>| write.is_some_and(|write| context.tree.kind(write.node) == Kind::ForEach);
    if context.scopes.reaching(token).any(looped) {
        outcome.assume(
            Code::SeveralUsers,
            format!(
                "each pass of the loop sends another token as `{}`, and one Connection may act for all of them",
                context.text_of(token)
            ),
        );
    }
    Ok(outcome)
}

/// Whether a value is a literal, or a variable that is assigned nothing else, and no `&` or `#` is in it. The graph says the
/// same, and takes longer to make.
fn is_plain(context: Context<'_>, token: NodeId) -> bool {
    let plain =
        |node: NodeId| plain_string(context.text, context.tree, node).is_some_and(|text| !text.contains(['&', '#']));
    let mut writes = context.scopes.reaching(token).peekable();
    plain(token)
        || (writes.peek().is_some()
            && writes
                .all(|write| write.is_some_and(|write| write.appended.is_none() && write.value.is_some_and(plain))))
}

/// What a value that is joined behind `authtoken=` brings along, as far as it can be seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Brings {
    /// All of it can be seen, and no `&` is in it.
    Token,
    /// A `&` or `#`, on one of the ways.
    More,
    /// Some of it cannot be seen.
    Unknown,
}

fn brings(context: Context<'_>, value: ValueId) -> Brings {
    let graph = context.scopes.graph(context.tree);
    let mut waiting = vec![value];
    let mut seen = HashSet::new();
    let mut brings = Brings::Token;
    while let Some(value) = waiting.pop() {
        if !seen.insert(value) {
            continue;
        }
        match graph.op(value) {
            Op::Text(range) if range.of(context.text).contains(['&', '#']) => return Brings::More,
            Op::Text(_) => {}
            Op::Sum(values) | Op::Phi(_, values) | Op::AnyOf(_, values) | Op::Choice(_, values) => {
                waiting.extend(values);
            }
            Op::Loop(_, first, back) => waiting.extend([*first, *back]),
            Op::Apply(Head::Callee(name), values) if values.len() == 1 && keeps_text(name.of(context.text)) => {
                waiting.extend(values);
            }
            _ => brings = Brings::Unknown,
        }
    }
    brings
}

/// Whether a value that is joined behind `authtoken=` is a token and nothing more: it can be seen and holds no `&`, or its
/// name or key says so.
fn is_token_value(context: Context<'_>, value: NodeId, budget: &mut usize) -> bool {
    // Assignments may name one another in many ways; a value that takes so long to see is not seen.
    let Some(left) = budget.checked_sub(1) else { return false };
    *budget = left;
    if let Some(known) = context.known_text(value) {
        return !known.contains(['&', '#']);
    }
    let tree = context.tree;
    let says = |text: &str| text.to_ascii_lowercase().contains("token");
    if let Some(choices) = context.choices(value) {
        return choices.iter().all(|&choice| is_token_value(context, choice, budget));
    }
    match tree.kind(value) {
        Kind::Name => {
            let values: Option<Vec<NodeId>> =
                context.scopes.reaching(value).map(|write| write.and_then(|write| write.value)).collect();
            let seen = |values: Vec<NodeId>| values.into_iter().all(|value| is_token_value(context, value, budget));
            says(context.text_of(value)) || values.filter(|values| !values.is_empty()).is_some_and(seen)
        }
        Kind::Paren => tree.children(value).iter().all(|&inner| is_token_value(context, inner, budget)),
        Kind::Chain => match tree.children(value) {
            // `record.Authtoken`, `input.Zoho_Token`
            [.., last] if tree.kind(*last) == Kind::Member => says(context.text_of(*last)),
            // `settings.get("desk_token")`, `zoho.crm.getOrgVariable("token")`, `thisapp.token()`, `tok.trim()`
            // `encodeUrl(tok)`
            [function, call] if tree.kind(*function) == Kind::Name && tree.kind(*call) == Kind::Call => {
                let name = context.text_of(*function);
                says(name)
                    || ((keeps_text(name) || builtins::of(name) == Some(Of::Encoded))
                        && tree.children(*call).iter().all(|&part| is_token_value(context, part, budget)))
            }
            [first, .., call] if tree.kind(*call) == Kind::Call => {
                let harmless =
                    |node: NodeId| plain_string(context.text, tree, node).is_none_or(|text| !text.contains(['&', '#']));
                let keys = tree.children(*call);
                let key = |&key: &NodeId| context.known_text(key).is_some_and(|key| says(&key));
                let method = called_name(context.text, tree, *call).unwrap_or("");
                tree.descendants(*call).all(harmless)
                    && (keys.iter().any(key)
                        || says(method)
                        || (keys.is_empty() && is_token_value(context, *first, budget)))
            }
            _ => false,
        },
        _ => false,
    }
}
