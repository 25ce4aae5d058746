//! # oauth-by-hand
//!
//! OAuth written by hand
//!
//! ## What it finds
//! An access token that the code asks for itself:
//! - the request to `accounts.zoho.*/oauth/v2/token`, with a refresh token, a client's secret or a one-time code;
//! - the `Authorization: Zoho-oauthtoken` header that is made of its answer or of a stored token;
//! - a `Bearer` header in a request to Zoho, and one of whose value nothing is seen.
//!
//! `Bearer` headers of other vendors are left alone.
//!
//! ## Why
//! The refresh token and the client secret have to be somewhere, and whoever reads the function or the setting reads them.
//! They do not expire. A Connection keeps them to itself and asks for access tokens on its own.
//!
//! ## Fix safety
//! `fix` removes the header and adds `connection:`. It removes the token request, with its maps and variables, when nothing
//! else reads its answer; an `info` of the answer reads it, and so does an `if`.
//!
//! Safe when the access token certainly comes from a token request in the same function, and goes only to requests to one
//! Zoho service that have a Connection.
//!
//! Unsafe when something has to be assumed. The finding says what, for instance:
//! - The token comes from a setting, a record, a parameter, another function, or is written into the code.
//! - It also goes elsewhere: to another service or host, into a record, back to the caller.
//! - Each pass of a loop asks for another user's token.
//! - The request already names another Connection than the configured one.
//!
//! By hand: a request that exchanges a one-time code, and a header whose token authshift cannot trace. A function
//! that only fetches an access token is named with the lines that call it; delete it when none is left.

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{Look, Script};
use super::sink::{FindingSink, NewFinding};
use crate::deluge::NodeId;
use crate::finding::{Applicability, Fix, Rule, Severity, WITH_UNSAFE_FIXES};
use crate::inspect::Inspection;
use crate::migrate::dead;
use crate::requests::call::Call;
use crate::requests::grant::{Grant, TokenRequest};
use crate::requests::oauth::uses::Use;

pub(super) static RULE: Declaration = Declaration {
    place: 70,
    severity: Severity::Warning,
    fixable: Fixable::Yes,
    comments: true,
    needs: &[&[Sign::Token], &[Sign::Header], &[Sign::Secret]],
    weakness: Some(("5.0", 522)),
    example: example!("H05-concat.page", "before.deluge", "after.deluge"),
    looks: &[Look::Script(report)],
};

/// The part of the request that the message names.
pub const PLACE: &str = "a hand-made header";

/// The token requests.
fn report(sink: &mut FindingSink<'_>, script: &Script<'_, '_>) {
    let inspection = script.inspection;
    let context = inspection.context;
    for call in inspection.concerns.iter().map(|concern| &concern.call) {
        let Some(request) = &call.token_request else { continue };
        let statement = context.tree.statement(call.request.node);
        let goes = |level| statement.is_some_and(|statement| script.dead(level).contains(&statement));
        let header = inspection.around_header(call.request.range);
        let applicability = match header {
            _ if goes(Applicability::Safe) => Applicability::Safe,
            _ if goes(Applicability::Unsafe) => Applicability::Unsafe,
            Some(transaction) => transaction.applicability,
            None => Applicability::Manual,
        };
        let what = "remove the request: nothing reads its answer once the headers are removed";
        let mut notes = match applicability {
            Applicability::Safe => vec![what.to_owned()],
            Applicability::Unsafe => vec![format!("{WITH_UNSAFE_FIXES}{what}")],
            Applicability::Manual => stays(sink, inspection, call, request),
        };
        if !request.scopes.is_empty() {
            notes.push(format!("it asks for these scopes, which the Connection needs: {}", request.scopes.join(", ")));
        }
        let fix = statement.filter(|_| applicability != Applicability::Manual).map(|statement| Fix {
            message: what.into(),
            edits: dead::remove(context, &[statement]).into(),
            alone: None,
        });
        let new = NewFinding {
            rule: Rule::OauthByHand,
            applicability,
            range: call.request.url.map_or(call.request.range, |slot| context.tree.range(slot.value)),
            message: "this request fetches an access token by hand".to_owned(),
            notes,
        };
        sink.add(new, None, fix);
    }
}

/// How many lines a note lists.
const MOST_LINES: usize = 10;

/// Why a token request stays, and what a person has to do.
fn stays(sink: &FindingSink<'_>, inspection: &Inspection<'_>, call: &Call, request: &TokenRequest) -> Vec<String> {
    let tree = inspection.context.tree;
    let lines = |nodes: &mut dyn Iterator<Item = NodeId>| {
        let mut lines: Vec<u32> = nodes.map(|node| sink.source.position(tree.range(node).start()).line).collect();
        lines.sort_unstable();
        lines.dedup();
        let more = if lines.len() > MOST_LINES { " and more" } else { "" };
        let lines: Vec<String> = lines.iter().take(MOST_LINES).map(u32::to_string).collect();
        match lines.as_slice() {
            [line] => format!("line {line}"),
            lines => format!("lines {}{more}", lines.join(", ")),
        }
    };
    match request.grant {
        Grant::Code => {
            return vec![
                "it exchanges a one-time code, which is done once and by hand; a Connection handles consent itself, so delete this function once it is no longer needed".to_owned(),
            ];
        }
        Grant::Unseen => {
            return vec![
                "its `grant_type` is known only at run time; delete it when nothing needs its answer".to_owned(),
            ];
        }
        Grant::Refresh | Grant::Client => {}
    }
    let scope = tree.scope(call.request.node);
    if let Ok(at) = inspection.helpers.binary_search_by_key(&scope, |helper| helper.function)
        && let Some(helper) = inspection.helpers.get(at)
    {
        let functions = sink.functions.map(|functions| functions());
        let others = functions.as_ref().map(|it| it.callers(sink.source.path(), &helper.name)).unwrap_or_default();
        let mut callers: Vec<String> = Vec::new();
        if !helper.calls.is_empty() {
            callers.push(lines(&mut helper.calls.iter().copied()));
        }
        callers.extend(others.iter().take(MOST_LINES).map(|it| format!("{}:{}", it.path.display(), it.line)));
        let more = if others.len() > MOST_LINES { " and more" } else { "" };
        let name = &helper.name;
        return vec![if callers.is_empty() {
            format!(
                "`{name}` only fetches an access token and no file here calls it; delete it when no other function does"
            )
        } else {
            let callers = callers.join(", ");
            format!(
                "`{name}` only fetches an access token; delete it when nothing calls it (now called in {callers}{more})"
            )
        }];
    }
    let uses = inspection.requests.get(&call.request.node).map_or(&[][..], |followed| &followed.uses);
    let others = || {
        uses.iter().filter_map(|found| match found {
            Use::Read(node) | Use::Elsewhere(node) => Some(*node),
            Use::Header(_) => None,
        })
    };
    if others().next().is_some() {
        return vec![format!(
            "it is kept, because its answer is used in {}; remove that use, then delete the request",
            lines(&mut others())
        )];
    }
    if uses.is_empty() {
        return vec!["nothing reads its answer; delete it".to_owned()];
    }
    vec![
        "it is kept while a request needs its access token; add `connection:` to those requests, then delete it"
            .to_owned(),
    ]
}
