//! From a request to its transaction: all edits that take it off its authtoken, at the worst applicability of its parts.

mod answer;
mod choice;
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
mod token_value;
mod transaction;
mod variable;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::census::names::token_name;
use crate::deluge::{Kind, NodeId};
use crate::finding::Applicability;
use crate::flow::graph::View;
use crate::flow::holds::Holds;
use crate::project::config::{Config, ConfigError, ConnectionEntry, Target};
use crate::requests::bindings::plain_string;
use crate::requests::call::Call;
use crate::requests::flow::Context;
use crate::requests::header::AUTHTOKEN_SCHEME;
use crate::requests::link_name::{Link, is_null, is_placeholder, link};
use crate::requests::occurrence::{Carrier, MapPart, Occurrence, Site};
use crate::requests::request::{Form, Request, Slot};
use crate::text::excerpt;
use crate::text::excerpt::shortened;
use crate::zoho::target::{Owner, split};
use crate::zoho::{self, LegacyEndpoint, LegacyKind};

pub use connection::merge_touching;
use entries::MapSlot;
pub use method::method;
use placeholder::Placeholder;
use reason::{Code, Reason};
use token_value::visible;
pub use transaction::{Manual, NewNames, Outcome, Transaction};

/// A part of the code for a message, which will say in which line it stands.
pub fn shown(context: Context<'_>, node: NodeId) -> String {
    excerpt::placed(context.text_of(node), context.tree.range(node).start())
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
    fresh: &mut NewNames,
) -> Result<Transaction, ConfigError> {
    let existing = call.request.connection;
    // What was renamed counts as what it is called now.
    let now = |name: &str| Arc::from(config.renamed().get(name).map_or(name, String::as_str));
    let named = existing.and_then(|slot| plain_string(context.text, context.tree, slot.value)).map(now);
    let legacy = legacy(call);
    let mut transaction = Transaction { connection: named.clone(), ..Transaction::empty() };
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
    let fresh = if needs && configured.is_none() { fresh.scratch() } else { fresh };
    let mut reasons = Vec::new();
    match edits(context, call, existing.is_none().then_some(configured.as_deref()).flatten(), fresh) {
        Err(Manual(reason)) => reasons.push(reason),
        Ok(_) if stays_empty(context, call, configured.as_deref()) => reasons
            .push(Reason::new(Code::Malformed, "`connection:` is empty in this request; write the LinkName there")),
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

/// Whether a request names no Connection although it has the attribute, and no LinkName can be put in.
fn stays_empty(context: Context<'_>, call: &Call, configured: Option<&str>) -> bool {
    let Some(slot) = call.request.connection else { return false };
    let is_empty = match link(context, slot) {
        Link::Placeholder(text) => text.trim().is_empty() || is_null(&text),
        Link::Named(_) | Link::Unseen => false,
    };
    let fill = || Placeholder::of(context, call)?.fill(configured?);
    is_empty && fill().is_none()
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
    call.owner() == Owner::Zoho || (unseen && has_zoho_marker(context, call))
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
    fresh: &mut NewNames,
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
    transaction.edits = fresh.edits(connection::merge_own(outcome.edits));
    transaction.removed = outcome.removed.into();
    transaction.edited = outcome.edited.into();
    transaction.own_reads = outcome.own_reads.into();
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
fn has_zoho_marker(context: Context<'_>, call: &Call) -> bool {
    let surely = |occurrence: &&Occurrence| occurrence.surely_zohos;
    let header = |occurrence: &Occurrence| occurrence.carrier == Carrier::Headers;
    call.occurrences().filter(surely).any(header)
        || (call.occurrences().any(|occurrence| occurrence.surely_zohos) && companions(context, call))
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

/// The value of an `Authorization` header that holds an authtoken, where it visibly holds something else on one path.
fn other_authorization<'o>(context: Context<'_>, occurrence: &'o Occurrence) -> Option<&'o NodeId> {
    let [value] = &*occurrence.tokens else { return None };
    let graph = View { graph: context.scopes.graph(context.tree), text: context.text };
    let begins =
        || graph.graph.value_of(*value).is_some_and(|value| graph.may_begin_otherwise(value, AUTHTOKEN_SCHEME));
    let whole = matches!(occurrence.site, Site::Entry { .. } | Site::Map { .. });
    let says = occurrence.carrier == Carrier::Headers && occurrence.access.is_none() && occurrence.surely_zohos;
    (whole && says && begins()).then_some(value)
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
fn edits(context: Context<'_>, call: &Call, link: Option<&str>, fresh: &mut NewNames) -> Result<Outcome, Manual> {
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
    for &header in occurrences.iter().flat_map(|occurrence| other_authorization(context, occurrence)) {
        outcome.assume(
            Code::OtherAuthorization,
            format!(
                "on the paths where `{}` holds no authtoken, Zoho uses the Connection as well",
                shown(context, header)
            ),
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
