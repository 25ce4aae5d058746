//! # renamed-connection
//!
//! a renamed Connection's old LinkName
//!
//! ## What it finds
//! A LinkName that `[renamed-connections]` in `authshift.toml` lists as an old one, in every place that names a
//! Connection: the `connection` of a request, the argument of an integration task (`zoho.crm.…`), `connectionLinkName`
//! or `CONNECTION.invoke(…)` in a widget, `connectionLinkName` in a `plugin-manifest.json`.
//!
//! ## Why
//! A call on a LinkName that is gone fails: "Connection Name was not found". When a Connection gets a new name in
//! "Migrate To OAuth", Zoho asks for the new LinkName at every use.
//!
//! ## Fix safety
//! Safe where the place is known to hold a LinkName: the attribute of a request, the last argument of a task whose
//! signature Zoho or public code shows, the property of a widget or a manifest, and a variable that is read for nothing
//! else. A text that only looks the same is neither found nor changed.
//!
//! Unsafe where Zoho's documentation does not confirm the arguments of a task, where a task's map of options holds the
//! LinkName, and where it goes through a variable of a widget.
//!
//! By hand: a LinkName that the code chooses or builds, puts into a map, or also uses for something else, and one in code
//! that authshift cannot parse; and a manifest that already has a Connection of the new name: remove the one that is out
//! of use.

use std::sync::Arc;

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{AnyFile, Look};
use super::sink::{FindingSink, NewFinding};
use crate::finding::{ASSUMES, Applicability, Fix, Rule, Severity, WITH_UNSAFE_FIXES};
use crate::text::edit::Edits;

pub(super) static RULE: Declaration = Declaration {
    place: 150,
    severity: Severity::Error,
    fixable: Fixable::Yes,
    comments: true,
    needs: &[&[Sign::Watched], &[Sign::Manifest]],
    weakness: None,
    example: example!("R01-attribute-of-invokeurl.page", "before.deluge", "after.deluge"),
    looks: &[Look::AnyFile(report)],
};

fn report(sink: &mut FindingSink<'_>, file: &AnyFile<'_>) {
    for rename in file.renames {
        let becomes = format!("change \"{}\" to \"{}\"", rename.old, rename.new);
        let reason = rename.reason.clone().unwrap_or_default();
        let notes = match rename.applicability {
            Applicability::Safe => vec![becomes.clone()],
            Applicability::Unsafe => vec![format!("{WITH_UNSAFE_FIXES}{becomes}"), format!("{ASSUMES}{reason}")],
            Applicability::Manual => {
                vec![format!("{reason}; check whether it names the Connection, and change it by hand")]
            }
        };
        let new = NewFinding {
            rule: Rule::RenamedConnection,
            applicability: rename.applicability,
            range: rename.range,
            message: format!("the Connection \"{}\" is called \"{}\" now", rename.old, rename.new),
            notes,
        };
        let fix = (rename.applicability != Applicability::Manual).then(|| {
            let edits = Edits::from([rename.edit()]);
            Fix { message: becomes.into(), alone: Some(Arc::clone(&edits)), edits }
        });
        if sink.add(new, None, fix) {
            sink.amend(|diagnosis| diagnosis.connection = Some(rename.new.as_str().into()));
        }
    }
}
