//! # authtoken-in-app
//!
//! an authtoken in an app's own code
//!
//! ## What it finds
//! An authtoken that is sent by code in PHP, JavaScript, TypeScript, Python, Ruby, Go, Java, Kotlin, C#, Perl, a shell,
//! PowerShell, Apps Script, Elixir or Rust, or kept in a configuration (`.env`, INI, YAML, JSON, XML, TOML, Terraform, a
//! Postman collection):
//! - the scheme `Zoho-authtoken`, or the token alone in an `Authorization` header;
//! - `authtoken=`, `<authtoken>` or a key `authtoken` where the request goes to a Zoho host: in the same expression,
//!   within six lines, elsewhere in the file, or in a constant or setting of the repository;
//! - a setting such as `ZOHO_AUTHTOKEN`, where the repository's code calls Zoho.
//!
//! A variable that is merely called `authToken` is not reported, nor are other vendors' tokens. The rules for functions also
//! find calls in such a file that make authtokens, endpoints that no longer exist, and secrets.
//!
//! ## Why
//! Zoho ends authtokens product by product, for apps too: a call with one fails already, or will. An app has no
//! Connection: it has to get access tokens from a refresh token.
//!
//! ## Fix safety
//! Never fixed: an access token lasts one hour, so an app in which only the word before the token is changed stops an
//! hour later.
//!
//! `apps = false` in `authshift.toml` leaves these files unread.

use super::carried::destination_of;
use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::Look;
use super::sink::{FindingSink, NewFinding};
use crate::app::{App, Carrier, Use};
use crate::finding::{Applicability, Rule, Severity};
use crate::zoho;
use crate::zoho::target::{Owner, Target};

pub(super) static RULE: Declaration = Declaration {
    place: 190,
    severity: Severity::Error,
    fixable: Fixable::No,
    comments: true,
    needs: &[&[Sign::Token]],
    weakness: Some(("5.0", 522)),
    example: example!("X01-php-header-and-query.page", "before.php"),
    looks: &[Look::App(report)],
};

/// What an app does instead, in one sentence.
const INSTEAD: &str = "get an access token from a refresh token, keep it for its hour, and send it as `Authorization: \
                       Zoho-oauthtoken …` (authshift explain authtoken-in-app)";

fn report(sink: &mut FindingSink<'_>, app: &App) {
    for found in &app.uses {
        let (message, notes) = says(found);
        add(sink, Rule::AuthtokenInApp, found.range, message, notes, found.target.as_ref());
    }
    for &range in &app.generation {
        let message = "this call makes an authtoken; the endpoint no longer exists".to_owned();
        let note = "delete the call, and the password with it; a client id, a client secret and a refresh token take its place";
        add(sink, Rule::AuthtokenGeneration, range, message, vec![note.to_owned()], None);
    }
    for dead in &app.dead {
        let message =
            "this endpoint does not exist under OAuth; another token alone will not make the call work".to_owned();
        let note = zoho::without_task(dead.replacement);
        add(sink, Rule::LegacyEndpoint, dead.range, message, vec![note], Some(&dead.target));
    }
    for &range in &app.hardcoded {
        let message = "an authtoken is written into the code".to_owned();
        let note = "remove it from the code, and delete it in Zoho Accounts once nothing sends it".to_owned();
        add(sink, Rule::HardcodedAuthtoken, range, message, vec![note], None);
    }
    for secret in &app.pasted {
        let message = format!("{} of a Zoho client is written into the code", secret.what);
        let note = "remove it from the code, revoke it in the Zoho API console, and keep the new one where the app keeps its secrets";
        add(sink, Rule::HardcodedSecret, secret.range, message, vec![note.to_owned()], None);
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
            (format!("{to} gets an authtoken in a parameter"), format!("remove the parameter; {INSTEAD}"))
        }
        Carrier::Key => (format!("{to} gets an authtoken under this key"), format!("remove the entry; {INSTEAD}")),
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
    sink: &mut FindingSink<'_>,
    rule: Rule,
    range: crate::text::source::TextRange,
    message: String,
    notes: Vec<String>,
    target: Option<&Target>,
) {
    let new = NewFinding { rule, applicability: Applicability::Manual, range, message, notes };
    if sink.add(new, None, None)
        && let Some(target) = target
    {
        let need = target.service.and_then(|service| zoho::scopes(service, None, target.path()));
        let all = need.into_iter().flat_map(|need| need.all_of);
        let mut scopes: Vec<String> = all.filter_map(|any| any.into_iter().next()).collect();
        scopes.sort();
        scopes.dedup();
        sink.amend(|diagnosis| {
            (diagnosis.service, diagnosis.data_center, diagnosis.scopes) =
                (target.service, target.data_center, scopes.into());
        });
    }
}
