//! # authtoken-generation
//!
//! a call that makes authtokens
//!
//! ## What it finds
//! A call to `apiauthtoken/…` on Zoho's accounts server, in any data centre.
//!
//! ## Why
//! Zoho has made no authtokens since the end of 2020. Nothing replaces the call: a Connection gets its own access
//! tokens and renews them.
//!
//! ## Fix safety
//! Never fixed: whoever reads the answer has to be changed as well. Delete the call, with the password in it, and name
//! a Connection in the requests that used the token.
//!
//! Do not put `oauth/v2/token/self/authtooauth` or `oauth/v2/token/external/authtooauth` in its place. They exchange an
//! authtoken for an OAuth token, for programs outside Zoho. Functions and Marketplace extensions use Connections
//! instead. authshift leaves such a call alone, since it is meant to send an authtoken; a token that is written into
//! the code is still reported. For apps that call the API themselves, `authshift exchange` writes a script that makes
//! these calls and keeps to their limits:
//! - `self` takes 25 calls a minute and 60 an hour. Client and authtoken must belong to one user, and the authtoken
//!   must be for the service of the scopes.
//! - `external` takes 60 calls a minute and 100 an hour, and only once Zoho has confirmed the client and its scopes.
//! - Lock-out: after more than 20 invalid authtokens, `external` blocks the client and answers `access_denied`.
//! - An authtoken is exchanged once; `self` answers `access_denied` the second time. One day after the exchange, for Zoho Mail
//!   one hour, Zoho deletes it, and whatever still sends it fails.

// Source for the exchange and its figures: facts 8.

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{Look, Script};
use super::sink::{FindingSink, NewFinding};
use crate::finding::{Applicability, Rule, Severity};
use crate::inspect::Concern;
use crate::migrate;
use crate::zoho::LegacyKind;

pub(super) static RULE: Declaration = Declaration {
    place: 80,
    severity: Severity::Error,
    fixable: Fixable::No,
    comments: true,
    needs: &[&[Sign::Token]],
    weakness: Some(("5.0", 522)),
    example: example!("E03-token-generation-with-posturl.page", "before.deluge"),
    looks: &[Look::Request(report)],
};

fn report(sink: &mut FindingSink<'_>, script: &Script<'_, '_>, concern: &Concern) {
    let call = &concern.call;
    let endpoint = concern.transaction.as_ref().and_then(|_| migrate::legacy(call));
    let Some(endpoint) = endpoint.filter(|endpoint| endpoint.kind == LegacyKind::Generation) else { return };
    let range = call.request.url.map_or(call.request.range, |slot| script.inspection.context.tree.range(slot.value));
    let new = NewFinding {
        rule: Rule::AuthtokenGeneration,
        applicability: Applicability::Manual,
        range,
        message: "this call makes an authtoken; the endpoint no longer exists".to_owned(),
        notes: vec![endpoint.replacement.to_owned()],
    };
    sink.add(new, Some(call), None);
}
