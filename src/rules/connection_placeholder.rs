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
//! ## Example
//! fixture: K03-placeholder-of-a-sample
//!
//! ## Fix safety
//! Not fixed.
//!
//! By hand: write the LinkName of a Connection there. `authshift plan` tells which one is needed, and with which scopes.

use super::{Draft, Maker};
use crate::analysis::Call;
use crate::analysis::link_name::{Link, link};
use crate::analysis::target::Owner;
use crate::config::ConfigError;
use crate::finding::{Applicability, Rule};
use crate::inspect::Inspection;
use crate::migrate;

pub(super) fn report(maker: &mut Maker<'_>, inspection: &Inspection<'_>, call: &Call) {
    let Some(slot) = call.request.connection.filter(|_| call.owner() == Owner::Zoho) else { return };
    let Link::Placeholder(text) = link(inspection.context, slot) else { return };
    let configured: Result<_, ConfigError> =
        migrate::configured(inspection.context, call, maker.config, maker.source.path());
    let note = match configured {
        Ok(Some(link)) => format!("write the LinkName there: authshift.toml has \"{link}\" for it"),
        _ => "write the LinkName there; `authshift plan` tells which Connection is needed".to_owned(),
    };
    let draft = Draft {
        rule: Rule::ConnectionPlaceholder,
        applicability: Applicability::Manual,
        range: inspection.context.tree.range(slot.attribute.unwrap_or(slot.value)),
        message: format!("the Connection is still the placeholder `{}`", migrate::shortened(&text)),
        notes: vec![note],
    };
    maker.add(draft, Some(call), None);
}
