//! The scripts and the file of secrets. What is in the scripts is the same for everybody but for the list of tokens.

use std::collections::BTreeSet;

use super::Outcome;
use super::ledger::{LedgerToken, Status};
use crate::text::secret::is_fingerprint;
use crate::zoho;

const POSIX: &str = include_str!("exchange.sh");
const POWERSHELL: &str = include_str!("exchange.ps1");

/// Parts of the scripts that have files of their own.
const PARTS: [(&str, &str, &str); 2] = [
    ("@SECRETS@\n", include_str!("secrets.sh"), ""),
    ("@ADVICE@\n", include_str!("advice.sh"), include_str!("advice.ps1")),
];

/// Where the list of tokens goes.
const TOKENS: &str = "@TOKENS@";

/// The script for `sh`.
pub fn posix(tokens: &[LedgerToken], outcome: impl Fn(&str) -> Option<Outcome>) -> String {
    let whole = PARTS.iter().fold(POSIX.to_owned(), |text, (mark, part, _)| text.replacen(mark, part, 1));
    whole.replacen(TOKENS, &list(tokens, outcome), 1)
}

/// The script for PowerShell; with the line ends that editors on Windows expect.
pub fn powershell(tokens: &[LedgerToken], outcome: impl Fn(&str) -> Option<Outcome>) -> String {
    let whole = PARTS.iter().fold(POWERSHELL.to_owned(), |text, (mark, _, part)| text.replacen(mark, part, 1));
    whole.replacen(TOKENS, &list(tokens, outcome), 1).replace('\n', "\r\n")
}

/// One line a token. None of its parts can hold a `|`, a quote or a `$`: the ledger refuses them.
fn list(tokens: &[LedgerToken], outcome: impl Fn(&str) -> Option<Outcome>) -> String {
    let mut listed: Vec<&LedgerToken> = tokens
        .iter()
        .filter(|token| match token.status {
            Status::Waiting => true,
            Status::Skip => false,
            // A ledger that came without its answers: what was begun must not be begun again.
            Status::Done | Status::Unknown | Status::Refused => outcome(&token.name).is_some(),
        })
        .collect();
    // The old token of Mail lives for an hour only: it must not be spent on waiting for the others.
    listed.sort_by_key(|token| token.service == "mail");
    let lines: Vec<String> = listed
        .into_iter()
        .map(|token| {
            let scopes = token.scopes.join(",");
            let fields = [
                &token.name,
                token.kind.name(),
                token.service,
                zoho::service_title(token.service),
                token.data_center,
                &zoho::accounts_host(token.data_center).unwrap_or_default(),
                &token.client,
                &variable_part(&token.client),
                &token.soid,
                &scopes,
            ];
            fields.join("|")
        })
        .collect();
    lines.join("\n")
}

/// A name as a part of a variable's.
fn variable_part(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

/// What a new file of secrets begins with.
const SECRETS_HEAD: &str = "\
# Secrets for exchange.sh and exchange.ps1, one a line, behind the `=`. Keep this
# file to yourself, out of git, and delete it when all is done.
# A variable of the environment goes before a line here: the name is beside it.
";

/// The file of secrets with a line for each that is missing in `existing`.
pub fn secrets(tokens: &[LedgerToken], existing: Option<&str>) -> String {
    let mut text = existing.unwrap_or(SECRETS_HEAD).to_owned();
    let named: BTreeSet<&str> =
        existing.unwrap_or("").lines().filter_map(|line| Some(line.split_once('=')?.0.trim())).collect();
    let mut added = BTreeSet::new();
    let mut lines = Vec::new();
    let mut add = |key: String, variable: String, what: String| {
        if !named.contains(key.as_str()) && added.insert(key.clone()) {
            lines.push(format!("\n# {what}; or ${variable}\n{key} =\n"));
        }
    };
    for token in tokens.iter().filter(|token| token.status == Status::Waiting) {
        let (client, part) = (&token.client, variable_part(&token.client));
        let owner = format!("{} client, data centre {}", token.kind.name(), token.data_center);
        add(format!("client-id.{client}"), format!("AUTHSHIFT_CLIENT_ID_{part}"), format!("{owner}: its id"));
        add(format!("client-secret.{client}"), format!("AUTHSHIFT_CLIENT_SECRET_{part}"), "its secret".to_owned());
        let name = &token.name;
        let title = zoho::service_title(token.service);
        let what = if is_fingerprint(name) {
            format!("{title}, {}: the token with this fingerprint", token.data_center)
        } else {
            format!("{title}, {}: its token", token.data_center)
        };
        add(format!("token.{name}"), format!("AUTHSHIFT_TOKEN_{}", variable_part(name)), what);
    }
    if !text.is_empty() && !text.ends_with('\n') && !lines.is_empty() {
        text.push('\n');
    }
    text + &lines.concat()
}
