//! # legacy-endpoint
//!
//! an API that does not exist under OAuth
//!
//! ## What it finds
//! A request to an API that takes no OAuth token: `crm/private/…`, the first API of Creator,
//! `support.zoho.com/api/json/…` and `…/xml/…`, Campaigns before v1.1, Zoho Docs. It is found whether or not a token can
//! be seen in it, since it fails either way.
//!
//! ## Why
//! A Connection alone does not make the call work: path, parameters and answer are different in the API that replaces
//! it.
//!
//! ## Example
//! fixture: Q13-crm-query-in-a-variable
//!
//! ## Fix safety
//! The new call is never written for you. The finding names what takes the place of the old one. Write the call anew,
//! and look at what the function does with the answer.
//!
//! The token stays by default, since the call would still be broken. `--unsafe-fixes` takes it out, with the
//! `scope=crmapi` or `scope=creatorapi` beside it, and names the Connection. This finding stays until the call is
//! moved.

use super::{Draft, Maker};
use crate::analysis::Call;
use crate::finding::{Applicability, Rule};
use crate::inspect::Inspection;
use crate::migrate;

pub(super) fn report(maker: &mut Maker<'_>, inspection: &Inspection<'_>, call: &Call) {
    let Some(endpoint) = migrate::legacy(call) else { return };
    let range = call.request.url.map_or(call.request.range, |slot| inspection.context.tree.range(slot.value));
    let draft = Draft {
        rule: Rule::LegacyEndpoint,
        applicability: Applicability::Manual,
        range,
        message: "this endpoint does not exist under OAuth; a connection alone will not make the call work".to_owned(),
        notes: vec![format!("it is replaced: {}", endpoint.replacement)],
    };
    maker.add(draft, Some(call), None);
}
