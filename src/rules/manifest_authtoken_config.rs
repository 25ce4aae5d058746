//! # manifest-authtoken-config
//!
//! an authtoken in a manifest
//!
//! ## What it finds
//! An entry in the `config` of a `plugin-manifest.json` that holds an authtoken of Zoho's: the extension's code sends it to
//! Zoho (`Zoho-authtoken {{name}}`, or through variables), or the entry itself speaks of an authtoken and of a host of Zoho's.
//! A name alone tells nothing: Twilio has an auth token too.
//!
//! ## Why
//! Everybody who installs the extension is asked for an authtoken, which Zoho no longer makes.
//!
//! ## Example
//! fixture: M30-config-entry-that-a-widget-sends
//!
//! ## Fix safety
//! Not fixed: let the requests go through a Connection first, then take the entry out.

use super::{Draft, Maker};
use crate::finding::{Applicability, Rule};
use crate::inspect::manifest::Holder;

pub(super) fn report(maker: &mut Maker<'_>, holders: &[Holder]) {
    for holder in holders {
        let why =
            if holder.sent { "the code sends it to Zoho" } else { "it speaks of an authtoken and of a host of Zoho's" };
        let mut notes = vec![format!("{why}; let the requests go through a Connection, then take the entry out")];
        if holder.written {
            notes.push(
                "its value is written into the manifest; delete the token in Zoho Accounts if it still exists"
                    .to_owned(),
            );
        }
        let draft = Draft {
            rule: Rule::ManifestAuthtokenConfig,
            applicability: Applicability::Manual,
            range: holder.range,
            message: format!("the config entry {:?} holds an authtoken of Zoho's", holder.name),
            notes,
        };
        maker.add(draft, None, None);
    }
}
