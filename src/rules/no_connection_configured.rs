//! # no-connection-configured
//!
//! authshift.toml lacks a Connection
//!
//! ## What it finds
//! A request with an authtoken, or with an access token made by hand, for which `authshift.toml` has no Connection, or not
//! the same one for all hosts that the request may go to. There is one finding for each file and service, at the first of
//! its requests.
//!
//! ## Why
//! authshift can only fix a request when it knows the LinkName of the Connection that takes over. You create a Connection
//! in Zoho, in the product in which the function runs; authshift does not talk to Zoho.
//!
//! ## Fix safety
//! Nothing is edited until the configuration names a Connection. Without any configuration, `scan` and `fix` show the change
//! with a suggested LinkName.
//!
//! By hand: create the Connection in the product in which the function runs. `authshift plan` shows the way to its
//! Connections page, and the scopes that the calls need. Then add a `[[connection]]` to `authshift.toml`, with its
//! `link-name` and what the finding names, such as `service = "desk"`; `authshift init` writes them all. Run authshift
//! again.

use super::carried::destination;
use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{Look, Script};
use super::sink::{FindingSink, NewFinding};
use crate::finding::{Applicability, Rule, Severity};
use crate::migrate::{self, Transaction};
use crate::requests::call::Call;
use crate::text::source::TextRange;

pub(super) static RULE: Declaration = Declaration {
    place: 110,
    severity: Severity::Error,
    fixable: Fixable::No,
    comments: true,
    needs: &[&[Sign::Token], &[Sign::Header], &[Sign::Secret]],
    weakness: None,
    example: example!("N03-other-service-configured.page", "before.deluge"),
    looks: &[Look::Migration(report)],
};

fn report(sink: &mut FindingSink<'_>, _: &Script<'_, '_>, call: &Call, transaction: &Transaction) {
    if (!transaction.unconfigured && !transaction.suggested) || migrate::legacy(call).is_some() {
        return;
    }
    let what = match call.service() {
        Some(service) => format!("service = \"{service}\""),
        None => {
            call.host().map_or("a `url` or `paths` that fits".to_owned(), |host| format!("url = \"https://{host}/**\""))
        }
    };
    // Only where there is no configuration yet, `init` writes one.
    let next = if let Some(link) = transaction.connection.as_ref().filter(|_| transaction.suggested) {
        format!(
            "create it in Zoho, for example as \"{link}\" (`authshift plan` says how); `authshift init` writes authshift.toml"
        )
    } else if sink.config.path().as_os_str().is_empty() {
        "`authshift plan` says which Connection to create in Zoho, `authshift init` writes authshift.toml".to_owned()
    } else {
        format!(
            "create the Connection in the Zoho product where this function runs (`authshift plan` says how), then add a [[connection]] with link-name = \"its LinkName\" and {what} to {}",
            sink.config.path().display()
        )
    };
    let start = call.request.range.start();
    let new = NewFinding {
        rule: Rule::NoConnectionConfigured,
        applicability: Applicability::Manual,
        range: TextRange::new(start, start + call.request.form.word().len()),
        message: format!("no Connection is configured for {}", destination(call)),
        notes: vec![next],
    };
    // Hand-made OAuth still works, so this is at most a warning there.
    let expired = call.occurrences().any(|occurrence| occurrence.access.is_none());
    let most = if expired { Severity::Error } else { Severity::Warning };
    if sink.add_at_most(new, Some(call), None, most) {
        sink.amend(|diagnosis| diagnosis.name(transaction));
    }
}
