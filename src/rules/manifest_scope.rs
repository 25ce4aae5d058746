//! # manifest-scope
//!
//! a manifest's missing or unknown scope
//!
//! ## What it finds
//! A scope of a Connection in a `plugin-manifest.json` that Zoho does not have, and one that the extension's code needs and
//! the Connection lacks. Only scopes of services that are known well enough count, and only requests whose method and path are
//! known.
//!
//! ## Why
//! Without the scope the call fails with "OAUTH_SCOPE_MISMATCH" for everybody who installs the extension.
//!
//! ## Fix safety
//! Not fixed: the scopes are those of the Connection itself. Change them on the Connections page, copy the new JSON into a
//! file, and run `authshift manifest add FILE`.

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::Look;
use super::sink::{FindingSink, NewFinding};
use crate::finding::{Applicability, Rule, Severity};
use crate::inspect::manifest::{Remarks, ScopeFlaw};

pub(super) static RULE: Declaration = Declaration {
    place: 250,
    severity: Severity::Warning,
    fixable: Fixable::No,
    comments: false,
    needs: &[&[Sign::Manifest]],
    weakness: None,
    example: example!("M40-scopes-that-are-missing-or-do-not-exist.page", "plugin-manifest.json"),
    looks: &[Look::Manifest(report)],
};

/// How many places are named.
const MOST_SITES: usize = 3;

fn report(sink: &mut FindingSink<'_>, remarks: &Remarks) {
    const ADD: &str =
        "change the scopes on the Connections page, copy the JSON into a file, and run `authshift manifest add FILE`";
    for flaw in &remarks.scopes {
        let (range, message, note, link) = match flaw {
            ScopeFlaw::Unknown { range, scope } => {
                (*range, format!("there is no scope {scope:?}"), ADD.to_owned(), None)
            }
            ScopeFlaw::Missing { range, link, scopes, sites } => {
                let named: Vec<&str> = scopes.iter().map(String::as_str).collect();
                let more = if sites.len() > MOST_SITES { ", …" } else { "" };
                let sites = sites.iter().take(MOST_SITES).map(String::as_str).collect::<Vec<_>>().join(", ");
                let message = format!("the Connection \"{link}\" lacks the scope {}", named.join(" or "));
                (*range, message, format!("needed in {sites}{more}; {ADD}"), Some(link))
            }
        };
        let new = NewFinding {
            rule: Rule::ManifestScope,
            applicability: Applicability::Manual,
            range,
            message,
            notes: vec![note],
        };
        if sink.add(new, None, None) {
            sink.amend(|diagnosis| {
                diagnosis.connection = link.map(|link| link.as_str().into());
                if let ScopeFlaw::Missing { scopes, .. } = flaw {
                    diagnosis.scopes = scopes.iter().take(1).cloned().collect();
                }
            });
        }
    }
}
