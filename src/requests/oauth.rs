//! OAuth written by hand: requests to Zoho's token endpoint, and the headers that get their access tokens.

pub mod helper;
mod trace;
pub mod uses;

use foldhash::HashMap;

use super::access::{Access, Scheme};
use super::call::Call;
use super::fields::Field;
use super::flow::Context;
use super::grant::{Grant, TokenRequest};
use super::header::starts_with_scheme;
use super::request::{Form, Request};
use crate::deluge::NodeId;
use crate::flow::graph::View;
use crate::text::secret::is_oauth_shaped;
use crate::zoho;
use crate::zoho::target::{Owner, Target};

pub use trace::{Trace, Tracer};

/// What `request` asks Zoho's token endpoint for; `None` when it may go anywhere else.
pub fn token_request(request: &Request, targets: &[Target], fields: &[Field]) -> Option<Box<TokenRequest>> {
    let asks = |target: &Target| {
        target.owner == Owner::Zoho
            && target.service.is_some_and(|service| zoho::is_token_endpoint(service, target.path()))
    };
    let plain =
        !matches!(request.form, Form::InvokeApi | Form::Sdp) && !request.malformed && request.connection.is_none();
    if !plain || !targets.iter().all(asks) {
        return None;
    }
    let named = |name: &'static str| fields.iter().filter(move |field| field.name == name);
    let mut grants = named("grant_type").map(|field| match field.known.as_deref().map(str::trim) {
        Some("refresh_token") => Grant::Refresh,
        Some("client_credentials") => Grant::Client,
        Some("authorization_code") => Grant::Code,
        _ => Grant::Unseen,
    });
    let grant = grants.next().unwrap_or(Grant::Unseen);
    let grant = if grants.all(|other| other == grant) { grant } else { Grant::Unseen };
    let scopes = named("scope").filter_map(|field| field.known.as_deref()).flat_map(|known| known.split([',', ' ']));
    let mut scopes: Vec<String> = scopes.filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    scopes.dedup();
    let credential = if grant == Grant::Client { "client_secret" } else { "refresh_token" };
    Some(Box::new(TokenRequest { grant, scopes, credentials: named(credential).cloned().collect() }))
}

/// Tells of each `Authorization` header that holds no authtoken whether it holds an access token of Zoho, and where that
/// comes from. The others are forgotten.
pub fn classify_access_tokens(context: Context<'_>, calls: &mut [Box<Call>]) {
    let requests: HashMap<NodeId, Grant> =
        calls.iter().filter_map(|call| Some((call.request.node, call.token_request.as_ref()?.grant))).collect();
    for call in calls {
        let owner = call.owner();
        // What asks for an access token gets none, even if it shares a map of headers with those that do.
        let asks = call.targets.iter().any(|target| target.url.to_ascii_lowercase().contains("oauth/v2/token"));
        let mut occurrences = std::mem::take(&mut call.carriers.occurrences).into_vec();
        occurrences.retain_mut(|occurrence| {
            let Some(access) = &mut occurrence.access else { return true };
            if asks {
                return false;
            }
            classify(context, &requests, access);
            let pasted = occurrence.literal.is_some_and(|literal| is_oauth_shaped(literal.of(context.text)));
            occurrence.surely_zohos = match access.scheme {
                Scheme::Zoho => true,
                Scheme::Bearer | Scheme::Unseen => owner != Owner::Other && (access.is_proven() || pasted),
            };
            // Zoho takes nothing but its own tokens.
            let may_be = || match access.scheme {
                Scheme::Unseen => may_begin_unseen(context, access.value),
                Scheme::Bearer | Scheme::Zoho => true,
            };
            occurrence.surely_zohos || (owner == Owner::Zoho && may_be())
        });
        call.carriers.occurrences = occurrences.into();
    }
}

/// Whether nothing is seen of how the value of a header begins.
fn may_begin_unseen(context: Context<'_>, value: NodeId) -> bool {
    let graph = View { graph: context.scopes.graph(context.tree), text: context.text };
    graph.graph.value_of(value).is_some_and(|value| graph.may_begin_unseen(value))
}

fn classify(context: Context<'_>, requests: &HashMap<NodeId, Grant>, access: &mut Access) {
    if starts_with_scheme(context, access.value, "zoho-oauthtoken") {
        access.scheme = Scheme::Zoho;
    } else if starts_with_scheme(context, access.value, "bearer") {
        access.scheme = Scheme::Bearer;
    }
    let trace = Tracer::new(context, &|node| requests.contains_key(&node)).value(access.value);
    let seen = |node: &NodeId| matches!(requests.get(node), Some(grant) if *grant != Grant::Unseen);
    access.once = trace.access.iter().any(|node| requests.get(node) == Some(&Grant::Code));
    access.unproven = trace.unproven.into_iter().collect();
    // An answer of which no access token was taken is none.
    access.unproven.extend(trace.answers);
    access.unproven.extend(trace.access.iter().filter(|node| !seen(node)));
    access.requests = trace.access.into_iter().filter(seen).collect();
}
