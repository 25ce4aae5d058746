//! # authtoken-in-app
//!
//! an authtoken in an app's own code
//!
//! ## What it finds
//! An authtoken that is sent by code in PHP, JavaScript, TypeScript, Python, Ruby, Go, Java, Kotlin, C#, Perl, a shell,
//! PowerShell, Apps Script, Elixir or Rust, or kept in a configuration (`.env`, INI, YAML, JSON, XML, TOML, Terraform, a
//! Postman collection):
//! - the scheme `Zoho-authtoken`, or the token alone in an `Authorization` header;
//! - `authtoken=`, `<authtoken>` or a key `authtoken` where the request goes to a host of Zoho's: in the same expression,
//!   within six lines, elsewhere in the file, or in a constant or setting of the repository;
//! - a setting such as `ZOHO_AUTHTOKEN`, where the repository's code calls Zoho.
//!
//! A variable that is merely called `authToken` is none, and other vendors' tokens are left alone. Such a file's calls that
//! make authtokens, its endpoints that are gone, and secrets in it are found by the rules that find them in functions.
//!
//! ## Why
//! Zoho ends authtokens product by product, for apps too: a call with one fails already, or will. An app has no Connection: it has to get access tokens from a refresh token.
//!
//! ## Example
//! fixture: X01-php-header-and-query
//!
//! ## Fix safety
//! Never fixed: an access token lasts one hour, so an app in which only the word before the token is changed stops an
//! hour later.
//!
//! `apps = false` in `authshift.toml` leaves these files unread.

use super::{Draft, Maker, destination_of};
use crate::analysis::target::{Owner, Target};
use crate::app::{App, Carrier, Use};
use crate::finding::{Applicability, Rule};
use crate::zoho;

/// What an app does instead, in one sentence.
const INSTEAD: &str = "get an access token from a refresh token, keep it for its hour, and send it as `Authorization: \
                       Zoho-oauthtoken …` (authshift explain authtoken-in-app)";

pub(super) fn report(maker: &mut Maker<'_>, app: &App) {
    for found in &app.uses {
        let (message, notes) = says(found);
        add(maker, Rule::AuthtokenInApp, found.range, message, notes, found.target.as_ref());
    }
    for &range in &app.generation {
        let message = "this call makes an authtoken; the endpoint does not exist any more".to_owned();
        let note = "delete the call, and the password with it; a client id, a client secret and a refresh token take its place";
        add(maker, Rule::AuthtokenGeneration, range, message, vec![note.to_owned()], None);
    }
    for dead in &app.dead {
        let message =
            "this endpoint does not exist under OAuth; another token alone will not make the call work".to_owned();
        let note = format!("it is replaced: {}", zoho::without_task(dead.replacement));
        add(maker, Rule::LegacyEndpoint, dead.range, message, vec![note], Some(&dead.target));
    }
    for &range in &app.hardcoded {
        let message = "an authtoken is written into the code".to_owned();
        let note = "take it out of the code, and delete it in Zoho Accounts once nothing sends it".to_owned();
        add(maker, Rule::HardcodedAuthtoken, range, message, vec![note], None);
    }
    for secret in &app.pasted {
        let message = format!("{} of a Zoho client is written into the code", secret.what);
        let note = "take it out of the code, revoke it in the Zoho API console, and read the new one from where the app keeps its secrets";
        add(maker, Rule::HardcodedSecret, secret.range, message, vec![note.to_owned()], None);
    }
}

fn says(found: &Use) -> (String, Vec<String>) {
    let to = found.target.as_ref().map_or_else(
        || "a Zoho service".to_owned(),
        |target| destination_of(Owner::Zoho, target.service, target.data_center),
    );
    let (message, instead) = match found.carrier {
        Carrier::Header => (format!("{to} gets an authtoken in the `Authorization` header"), INSTEAD.to_owned()),
        Carrier::Parameter => {
            (format!("{to} gets an authtoken in a parameter"), format!("take the parameter out; {INSTEAD}"))
        }
        Carrier::Key => (format!("{to} gets an authtoken under this key"), format!("take the entry out; {INSTEAD}")),
        Carrier::Setting => (
            format!("this setting is for an authtoken of {to}"),
            "keep a client id, a client secret and a refresh token in its place (authshift explain authtoken-in-app)"
                .to_owned(),
        ),
    };
    let written = "the token is written here: delete it in Zoho Accounts once nothing sends it".to_owned();
    (message, std::iter::once(instead).chain(found.written.then_some(written)).collect())
}

fn add(
    maker: &mut Maker<'_>,
    rule: Rule,
    range: crate::source::TextRange,
    message: String,
    notes: Vec<String>,
    target: Option<&Target>,
) {
    let draft = Draft { rule, applicability: Applicability::Manual, range, message, notes };
    if maker.add(draft, None, None)
        && let Some(target) = target
    {
        let need = target.service.and_then(|service| zoho::scopes(service, None, target.path()));
        let all = need.into_iter().flat_map(|need| need.all_of);
        let mut scopes: Vec<String> = all.filter_map(|any| any.into_iter().next()).collect();
        scopes.sort();
        scopes.dedup();
        maker.amend(|said| {
            (said.service, said.data_center, said.scopes) = (target.service, target.data_center, scopes.into());
        });
    }
}
