//! # connection-placeholder
//!
//! a placeholder in place of a LinkName
//!
//! ## What it finds
//! A request to Zoho whose `connection` still holds what a sample has there: `<connection_name>`, `{{connection}}`,
//! `"ENTER YOUR CONNECTION NAME"`, `"my-connection-name"`, `xxx`, or a bare word that nothing assigns.
//!
//! ## Why
//! There is no Connection of this name, and the call fails: "Connection Name was not found".
//!
//! ## Fix safety
//! Safe where `authshift.toml` has a Connection for the request: its LinkName replaces the placeholder.
//!
//! By hand: without a configuration, and where the placeholder comes from a variable. `authshift plan` says which
//! Connection is needed, with which scopes.

use std::sync::Arc;

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{Look, Script};
use super::sink::{FindingSink, NewFinding};
use crate::finding::{Applicability, Fix, Rule, Severity};
use crate::inspect::Concern;
use crate::migrate::{self, placeholder::Placeholder};
use crate::project::config::ConfigError;
use crate::text::edit::Edits;
use crate::text::excerpt::shortened;

pub(super) static RULE: Declaration = Declaration {
    place: 140,
    severity: Severity::Warning,
    fixable: Fixable::InPart("where `authshift.toml` has a Connection for the request"),
    comments: true,
    needs: &[&[Sign::Placeholder]],
    weakness: None,
    example: example!("K03-placeholder-of-a-sample.page", "before.deluge", "after.deluge"),
    looks: &[Look::Request(report)],
};

fn report(sink: &mut FindingSink<'_>, script: &Script<'_, '_>, concern: &Concern) {
    let (inspection, call) = (script.inspection, &concern.call);
    let Some(placeholder) = Placeholder::of(inspection.context, call) else { return };
    let configured: Result<_, ConfigError> =
        migrate::configured(inspection.context, call, sink.config, sink.source.path());
    let link = configured.ok().flatten();
    let edit = link.as_ref().and_then(|link| placeholder.fill(link)).filter(|edit| inspection.is_writable(edit));
    let (note, fix) = match (&link, edit) {
        (Some(link), Some(edit)) => {
            let edits = Edits::from([edit]);
            let suggestion = if sink.config.is_suggested() { " (a suggestion)" } else { "" };
            let becomes = format!("replace it with \"{link}\"{suggestion}");
            (becomes.clone(), Some(Fix { message: becomes.into(), alone: Some(Arc::clone(&edits)), edits }))
        }
        (Some(link), None) if sink.config.is_suggested() => {
            (format!("write the LinkName there, for example \"{link}\" (a suggestion)"), None)
        }
        (Some(link), None) => (format!("write the LinkName there: authshift.toml has \"{link}\" for it"), None),
        (None, _) => ("write the LinkName there; `authshift plan` says which Connection is needed".to_owned(), None),
    };
    let new = NewFinding {
        rule: Rule::ConnectionPlaceholder,
        applicability: if fix.is_some() { Applicability::Safe } else { Applicability::Manual },
        range: placeholder.attribute,
        message: match placeholder.text.trim() {
            "" => "`connection:` is empty".to_owned(),
            text => format!("the Connection is still the placeholder `{}`", shortened(text)),
        },
        notes: vec![note],
    };
    if sink.add(new, Some(call), fix) && sink.config.is_suggested() {
        sink.amend(|diagnosis| (diagnosis.suggested, diagnosis.connection) = (link.is_some(), link));
    }
}
