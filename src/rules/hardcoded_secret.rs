//! # hardcoded-secret
//!
//! an OAuth secret written into the code
//!
//! ## What it finds
//! A client secret, a refresh token or an access token that is written into the code:
//! - in what is sent as `client_secret` or `refresh_token`, also through variables and maps;
//! - under a name or key such as `clientSecret` or `refresh_token`;
//! - by the shape of Zoho's tokens (`1000.….…`), in comments too.
//!
//! Client ids and placeholders are no secrets. What is only sent to another vendor is a warning.
//!
//! ## Why
//! Whoever reads the function reads the secret. A refresh token and a client secret together open the account until
//! somebody revokes them. What was ever committed stays in the history.
//!
//! ## Fix safety
//! `fix` removes it with the token request or the header that it was for, and that is as safe as removing those; see
//! `oauth-by-hand`.
//!
//! By hand: everything else, also comments and the secrets of other vendors. Remove it from the code and revoke it where
//! it was made, for Zoho in the API console.

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{Look, Script};
use super::sink::{FindingSink, NewFinding};
use crate::census::names::SecretKind;
use crate::finding::{Applicability, Fix, Rule, Severity, WITH_UNSAFE_FIXES};
use crate::inspect::Vendor;

pub(super) static RULE: Declaration = Declaration {
    place: 50,
    severity: Severity::Error,
    fixable: Fixable::InPart("when its last use is migrated; never in a comment"),
    comments: true,
    needs: &[&[Sign::Secret], &[Sign::Header]],
    weakness: Some(("8.0", 798)),
    example: example!("H05-secrets-in-the-url.page", "before.deluge", "after.deluge"),
    looks: &[Look::Script(report)],
};

fn report(sink: &mut FindingSink<'_>, script: &Script<'_, '_>) {
    let inspection = script.inspection;
    for pasted in &inspection.pasted {
        let what = match pasted.secret {
            SecretKind::ClientSecret => "client secret",
            SecretKind::RefreshToken => "refresh token",
            SecretKind::AccessToken => "access token",
            SecretKind::Token => "access or refresh token",
        };
        let a = if what.starts_with('a') { "an" } else { "a" };
        let whose = match pasted.vendor {
            Vendor::Zoho => " of a Zoho client",
            Vendor::Other => " of another vendor",
            Vendor::Unseen => "",
        };
        let goes = "remove it with the request that it was for";
        let note = match (pasted.applicability, pasted.vendor) {
            (Applicability::Safe, _) => goes.to_owned(),
            (Applicability::Unsafe, _) => format!("{WITH_UNSAFE_FIXES}{goes}"),
            (Applicability::Manual, Vendor::Other) => {
                "have that vendor replace it, and keep the new one outside the code, such as in a Connection".to_owned()
            }
            (Applicability::Manual, _) => {
                "remove it from the code and revoke it in the Zoho API console; with a Connection the code needs none"
                    .to_owned()
            }
        };
        let edits = (pasted.applicability != Applicability::Manual)
            .then(|| inspection.edits_of(pasted, script.dead(pasted.applicability)))
            .flatten();
        let new = NewFinding {
            rule: Rule::HardcodedSecret,
            applicability: pasted.applicability,
            range: pasted.range,
            message: format!("{a} {what}{whose} is written into the code"),
            notes: vec![note],
        };
        let fix = edits.map(|edits| Fix { message: goes.into(), edits, alone: None });
        // No Connection to Zoho does away with what another vendor gave out.
        let most = if pasted.vendor == Vendor::Other { Severity::Warning } else { Severity::Error };
        sink.add_at_most(new, None, fix, most);
    }
}
