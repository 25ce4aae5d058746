//! From a request to its transaction: all edits that take it off its authtoken, at the worst applicability of its parts.

mod connection;
pub mod dead;
mod layout;
mod map;
mod text;

use std::path::Path;

use crate::analysis::Call;
use crate::analysis::bindings::{is_pure, plain_string};
use crate::analysis::carrier::{Carrier, Occurrence, Param, Site};
use crate::analysis::flow::Context;
use crate::analysis::request::{Form, Slot};
use crate::analysis::target::Owner;
use crate::config::{Config, ConfigError, Target};
use crate::edit::Edit;
use crate::finding::Applicability;
use crate::source::TextRange;
use crate::syntax::{Kind, NodeId};
use crate::zoho::{self, LegacyEndpoint, LegacyKind};

/// Why no edit is offered; the text says what a person has to do or know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manual(pub String);

impl Manual {
    fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// What one part of a migration comes to.
#[derive(Default, Debug)]
pub struct Outcome {
    edits: Vec<Edit>,
    assumptions: Vec<String>,
    removed: Vec<NodeId>,
    attributes: Vec<NodeId>,
}

impl Outcome {
    fn assume(&mut self, assumption: impl Into<String>) {
        let assumption = assumption.into();
        if !self.assumptions.contains(&assumption) {
            self.assumptions.push(assumption);
        }
    }

    /// Notes that an expression leaves the code.
    fn remove(&mut self, context: Context<'_>, expression: NodeId) {
        if !is_pure(context.text, context.tree, expression) {
            self.assume(format!(
                "`{}` is taken to only yield a value; it is not called any more",
                shortened(context.text_of(expression))
            ));
        }
        self.removed.push(expression);
    }

    fn absorb(&mut self, other: Outcome) {
        self.edits.extend(other.edits);
        other.assumptions.into_iter().for_each(|assumption| self.assume(assumption));
        self.removed.extend(other.removed);
        self.attributes.extend(other.attributes);
    }
}

/// Code for a message: one line, not too long.
pub fn shortened(code: &str) -> String {
    const MOST: usize = 60;
    let line = code.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MOST {
        return line;
    }
    line.chars().take(MOST).chain(['…']).collect()
}

/// What becomes of one request that carries a token.
#[derive(Debug)]
pub struct Transaction {
    /// The worst of its parts.
    pub applicability: Applicability,
    /// All edits; empty when manual.
    pub edits: Vec<Edit>,
    /// The LinkName it has or gets.
    pub connection: Option<String>,
    /// The configured LinkName, where the request names another one.
    pub mismatch: Option<String>,
    /// Assumptions of an unsafe transaction, or why it is manual.
    pub reasons: Vec<String>,
    /// Expressions that leave the code.
    pub removed: Vec<NodeId>,
    /// Whether it is manual only for want of a configured Connection.
    pub unconfigured: bool,
    /// The dead endpoint it calls.
    pub legacy: Option<LegacyEndpoint>,
}

/// The endpoint that needs special treatment, if the request calls one on any of its targets.
pub fn legacy(call: &Call) -> Option<LegacyEndpoint> {
    call.targets.iter().filter(|target| target.owner == Owner::Zoho).find_map(|target| {
        let path = if call.request.form == Form::InvokeApi { target.url.as_str() } else { target.path() };
        zoho::legacy(target.service, path)
    })
}

/// Whether the request is one this tool is about: Zoho's, one whose host cannot be seen, or another one that the
/// configuration names by its URL.
///
/// # Errors
/// [`ConfigError`] when two entries fit equally well.
pub fn concerns(call: &Call, config: &Config, path: &Path) -> Result<bool, ConfigError> {
    Ok(match call.owner() {
        Owner::Zoho | Owner::Unseen => true,
        Owner::Other => chosen(call, config, path, false)?.is_some(),
    })
}

/// Plans the migration of a call that carries tokens.
///
/// # Errors
/// [`ConfigError`] when two entries fit equally well.
pub fn plan(context: Context<'_>, call: &Call, config: &Config, path: &Path) -> Result<Transaction, ConfigError> {
    let existing = call.request.connection;
    let named = existing.and_then(|slot| plain_string(context.text, context.tree, slot.value)).map(str::to_owned);
    let legacy = legacy(call);
    let mut transaction = Transaction {
        applicability: Applicability::Manual,
        edits: Vec::new(),
        connection: named.clone(),
        mismatch: None,
        reasons: Vec::new(),
        removed: Vec::new(),
        unconfigured: false,
        legacy,
    };
    let unseen = call.owner() == Owner::Unseen;
    let ours = call.owner() == Owner::Zoho || (unseen && speaks_zoho(context, call));
    let configured = chosen(call, config, path, ours)?;
    if let (Some(named), Some(configured)) = (&named, &configured) {
        transaction.mismatch = (named != configured && !named.is_empty()).then(|| configured.clone());
    }
    if legacy.is_some_and(|endpoint| endpoint.kind != LegacyKind::Dead) {
        return Ok(transaction);
    }
    match edits(context, call, existing.is_none().then_some(configured.as_deref()).flatten()) {
        Err(Manual(reason)) => transaction.reasons.push(reason),
        Ok(outcome) => {
            let needs = existing.is_none() && call.request.form != Form::Sdp;
            if unseen && !ours && configured.is_none() {
                transaction.reasons.push("the host cannot be seen, so the service is not known".to_owned());
            } else if needs && configured.is_none() {
                transaction.unconfigured = true;
            } else {
                settle(&mut transaction, outcome, unseen);
            }
        }
    }
    if needs_connection(call) && configured.is_none() && call.owner() == Owner::Zoho {
        transaction.unconfigured = true;
    }
    transaction.connection = named.or(configured);
    Ok(transaction)
}

fn needs_connection(call: &Call) -> bool {
    call.request.connection.is_none() && call.request.form != Form::Sdp
}

fn settle(transaction: &mut Transaction, mut outcome: Outcome, unseen: bool) {
    if unseen {
        outcome.assume("the host cannot be seen; the request is taken to be Zoho's for what it sends along");
    }
    if let Some(endpoint) = transaction.legacy {
        outcome.assume(format!(
            "the endpoint does not exist under OAuth, so the call stays broken: {}",
            endpoint.replacement
        ));
    }
    transaction.applicability =
        if outcome.assumptions.is_empty() { Applicability::Safe } else { Applicability::Unsafe };
    transaction.reasons = outcome.assumptions;
    transaction.edits = connection::merge_touching(outcome.edits);
    transaction.removed = outcome.removed;
}

/// The LinkName configured for all targets of the call; `None` when none is, or when they differ.
fn chosen(call: &Call, config: &Config, path: &Path, ours: bool) -> Result<Option<String>, ConfigError> {
    let mut found: Option<String> = None;
    for target in &call.targets {
        let wanted = Target {
            path,
            service: target.service,
            data_center: target.data_center,
            url: (!target.url.is_empty()).then_some(target.url.as_str()),
            zoho: ours,
        };
        let Some(entry) = config.choose(&wanted)? else { return Ok(None) };
        match &found {
            Some(other) if other != entry.link_name() => return Ok(None),
            _ => found = Some(entry.link_name().to_owned()),
        }
    }
    Ok(found)
}

/// Whether a request of unseen host is Zoho's by what it sends: a `Zoho-authtoken` header, or `authtoken` in lower case
/// together with a parameter or header that only Zoho has.
fn speaks_zoho(context: Context<'_>, call: &Call) -> bool {
    if call.carriers.occurrences.iter().any(|occurrence| occurrence.carrier == Carrier::Headers) {
        return true;
    }
    let lower = call.occurrences().any(|occurrence| {
        let code = occurrence.range.of(context.text);
        code.contains("authtoken")
    });
    lower && companions(context, call)
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

/// All edits of the request, the connection included.
fn edits(context: Context<'_>, call: &Call, link: Option<&str>) -> Result<Outcome, Manual> {
    let request = &call.request;
    if !request.form.has_attributes() {
        return Err(Manual::new(format!(
            "`{}(…)` cannot name a Connection; write it as `invokeurl [ … ]` first",
            request.form.word()
        )));
    }
    if !context.tree.markup_in(request.range).is_empty() {
        return Err(Manual::new("markup of the page stands inside the request"));
    }
    if curly(context, request.range) {
        return Err(Manual::new(
            "typographic quotes delimit a text of the request; replace them by straight ones first",
        ));
    }
    let occurrences: Vec<&Occurrence> = call.occurrences().collect();
    let mut outcome = Outcome::default();
    let dead = legacy(call).is_some();
    for slot in request.url.iter().chain(&request.bodies).chain(&request.headers) {
        outcome.absorb(slot_edits(context, call, *slot, &occurrences, dead)?);
    }
    if occurrences.iter().any(|occurrence| matches!(occurrence.site, Site::Elsewhere)) {
        return Err(Manual::new(
            "the token is put into a variable or map outside of the request; take it out there by hand and name the connection here",
        ));
    }
    if request.connection.is_some_and(|slot| plain_string(context.text, context.tree, slot.value) == Some("")) {
        return Err(Manual::new("the request's connection is empty; name the Connection there"));
    }
    let gone = std::mem::take(&mut outcome.attributes);
    let link = link.filter(|_| request.connection.is_none() && request.form != Form::Sdp);
    outcome.edits.extend(connection::edit_attributes(context, &request.attributes, &gone, link));
    Ok(outcome)
}

fn curly(context: Context<'_>, range: TextRange) -> bool {
    range.of(context.text).contains(['\u{201C}', '\u{201D}'])
}

/// The edits in one attribute. The companions of a dead API version go with the token (row Q13).
fn slot_edits(
    context: Context<'_>,
    call: &Call,
    slot: Slot,
    occurrences: &[&Occurrence],
    dead: bool,
) -> Result<Outcome, Manual> {
    let mut params: Vec<Param> = Vec::new();
    let mut entries: Vec<NodeId> = Vec::new();
    let mut outcome = Outcome::default();
    let mut inside = None;
    for occurrence in occurrences {
        match &occurrence.site {
            Site::Text { slot: own, param } if own.value == slot.value => {
                if !param.regular {
                    return Err(Manual::new("the token does not stand where a query parameter stands"));
                }
                params.push(*param);
                for &token in &occurrence.tokens {
                    outcome.absorb(visible(context, token));
                }
            }
            Site::Entry { slot: own, map, entry } if own.value == slot.value => {
                inside = Some(*map);
                entries.push(*entry);
                if let [_, value] = context.tree.children(*entry) {
                    outcome.remove(context, *value);
                }
            }
            _ => {}
        }
    }
    if dead {
        inside = inside.or((context.tree.kind(slot.value) == Kind::Brace).then_some(slot.value));
        entries.extend(companion_entries(context, slot.value));
    }
    let flow = context.flow(slot.value);
    if dead {
        params.extend(companion_params(&flow.text));
    }
    if !params.is_empty() {
        if call.request.bodies.iter().any(|body| body.value == slot.value) && whole(&flow.text, &params) {
            outcome.attributes.extend(slot.attribute);
            outcome.remove(context, slot.value);
        } else {
            outcome.absorb(text::remove(context, &flow, &params)?);
        }
    }
    if let Some(map) = inside.filter(|_| !entries.is_empty()) {
        match map::remove_entries(context, map, &entries) {
            Some(edits) => outcome.edits.extend(edits),
            None if map == slot.value => outcome.attributes.extend(slot.attribute),
            None => return Err(Manual::new("nothing would be left of the map, whose text is sent")),
        }
    }
    Ok(outcome)
}

/// Companions in a query: `scope=crmapi`.
fn companion_params(text: &str) -> Vec<Param> {
    let mut found = Vec::new();
    let mut at = text.find('?').map_or(0, |at| at + 1);
    for pair in text.get(at..).unwrap_or("").split('&') {
        if let Some((name, value)) = pair.split_once('=') {
            // The last pair may hold the fragment, or an operand that is not known.
            let value = value.split(['#', zoho::UNKNOWN]).next().unwrap_or("");
            if zoho::companion_parameter(name, value) {
                let start = at + name.len() + 1;
                found.push(Param {
                    name: TextRange::new(at, at + name.len()),
                    value: TextRange::new(start, start + value.len()),
                    regular: true,
                });
            }
        }
        at += pair.len() + 1;
    }
    found
}

/// Companions in a map literal.
fn companion_entries(context: Context<'_>, map: NodeId) -> Vec<NodeId> {
    let known = |node: NodeId| context.known_text(node);
    let companion = |entry: &NodeId| match context.tree.children(*entry) {
        [key, value] => {
            known(*key).zip(known(*value)).is_some_and(|(key, value)| zoho::companion_parameter(&key, &value))
        }
        _ => false,
    };
    if context.tree.kind(map) != Kind::Brace {
        return Vec::new();
    }
    context.tree.children(map).iter().copied().filter(companion).collect()
}

/// Whether the parameters are all there is.
fn whole(text: &str, params: &[Param]) -> bool {
    let length: usize = params.iter().map(|param| param.name.cover(param.value).len()).sum();
    length + params.len().saturating_sub(1) == text.len()
}

/// Row Q14: a value that cannot be seen might bring `&…` along, unless it is called a token.
fn visible(context: Context<'_>, token: NodeId) -> Outcome {
    let mut outcome = Outcome::default();
    if !is_token_value(context, token, 0) {
        outcome.assume(format!(
            "the value of `{}` is taken to be a token and nothing more",
            shortened(context.text_of(token))
        ));
    }
    outcome
}

fn is_token_value(context: Context<'_>, value: NodeId, depth: usize) -> bool {
    if context.known_text(value).is_some() || context.text_of(value).to_ascii_lowercase().contains("token") {
        return true;
    }
    if context.tree.kind(value) != Kind::Name || depth > 4 {
        return false;
    }
    let Some(binding) = context.scopes.binding(context.text, context.tree, value) else { return false };
    !binding.parameter
        && !binding.opaque
        && !binding.writes.is_empty()
        && binding.writes.iter().all(|write| write.value.is_some_and(|value| is_token_value(context, value, depth + 1)))
}
