//! # manifest-authtoken-config
//!
//! an authtoken in a manifest
//!
//! ## What it finds
//! An entry in the `config` of a `plugin-manifest.json` that holds a Zoho authtoken: the extension's code sends it to Zoho
//! (`Zoho-authtoken {{name}}`, or through variables), or the entry itself mentions an authtoken and a Zoho host.
//! A name alone is not enough: Twilio has an auth token too.
//!
//! ## Why
//! Everybody who installs the extension is asked for an authtoken, which Zoho no longer makes.
//!
//! ## Fix safety
//! Not fixed: have the requests use a Connection first, then remove the entry.

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::Look;
use super::sink::{FindingSink, NewFinding};
use crate::finding::{Applicability, Rule, Severity};
use crate::inspect::manifest::Remarks;

pub(super) static RULE: Declaration = Declaration {
    place: 240,
    severity: Severity::Warning,
    fixable: Fixable::No,
    comments: false,
    needs: &[&[Sign::Manifest]],
    weakness: Some(("8.0", 798)),
    example: example!("M30-config-entry-that-a-widget-sends.page", "plugin-manifest.json"),
    looks: &[Look::Manifest(report)],
};

fn report(sink: &mut FindingSink<'_>, remarks: &Remarks) {
    for holder in &remarks.holders {
        let why = if holder.sent { "the code sends it to Zoho" } else { "it mentions an authtoken and a Zoho host" };
        let mut notes = vec![format!("{why}; have the requests use a Connection, then remove the entry")];
        if holder.written {
            notes.push(
                "its value is written into the manifest; delete the token in Zoho Accounts if it still exists"
                    .to_owned(),
            );
        }
        let new = NewFinding {
            rule: Rule::ManifestAuthtokenConfig,
            applicability: Applicability::Manual,
            range: holder.range,
            message: format!("the config entry {:?} holds a Zoho authtoken", holder.name),
            notes,
        };
        sink.add(new, None, None);
    }
}
