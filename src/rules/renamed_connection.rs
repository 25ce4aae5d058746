//! # renamed-connection
//!
//! ## What it finds
//! A LinkName that `[renamed-connections]` in `authshift.toml` lists as renamed: as the `connection` of a request, as the
//! argument of an integration task, in a widget or in a `plugin-manifest.json`.
//!
//! ## Why
//! A call that names the old LinkName fails with "Connection Name was not found". Zoho asks for this change itself when a
//! Connection gets a new name in "Migrate To OAuth".
//!
//! ## Example
//! fixture: R01-attribute-of-invokeurl
//!
//! ## Fix safety
//! Safe where the place is known to hold a LinkName: the attribute of a request, the last argument of a task whose signature
//! Zoho or public code shows, the property or argument of a widget, the manifest; also a variable that is read for nothing
//! else. Unsafe where a signature is from memory, or a widget's variable might be used elsewhere. A LinkName that is chosen or
//! put together, goes into a map, or stands in code that was not understood is left to you, as is a manifest that has the new
//! name already. A text that merely reads the same is no finding.

use std::sync::Arc;

use super::{Draft, Maker};
use crate::finding::{Applicability, Fix, Rule};
use crate::migrate::rename::Rename;

pub(super) fn report(maker: &mut Maker<'_>, renames: &[Rename]) {
    for rename in renames {
        let becomes = format!("\"{}\" becomes \"{}\"", rename.old, rename.new);
        let reason = rename.reason.clone().unwrap_or_default();
        let notes = match rename.applicability {
            Applicability::Safe => vec![becomes.clone()],
            Applicability::Unsafe => vec![format!("{becomes} with --unsafe-fixes"), format!("assumption: {reason}")],
            Applicability::Manual => {
                vec![format!("{reason}; see whether it names the Connection, and change it by hand")]
            }
        };
        let draft = Draft {
            rule: Rule::RenamedConnection,
            applicability: rename.applicability,
            range: rename.range,
            message: format!("the Connection \"{}\" is called \"{}\" now", rename.old, rename.new),
            notes,
        };
        let fix = (rename.applicability != Applicability::Manual)
            .then(|| Fix { message: becomes, edits: Arc::new(vec![rename.edit()]) });
        if let Some(finding) = maker.add(draft, None, fix) {
            finding.connection = Some(rename.new.clone());
        }
    }
}
