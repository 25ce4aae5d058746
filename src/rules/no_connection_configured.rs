//! # no-connection-configured
//!
//! no Connection is configured for it
//!
//! ## What it finds
//! A request with an authtoken, or with an access token made by hand, for which `authshift.toml` has no Connection, or not
//! the same one for all hosts that the request may go to.
//!
//! ## Why
//! There is one finding for a file and service, at the first of its requests.
//!
//! The request can only be fixed when the LinkName of the Connection that takes over is known. A Connection is made in
//! Zoho, in the product in which the function runs, and authshift does not talk to Zoho.
//!
//! ## Example
//! fixture: N03-other-service-configured
//!
//! ## Fix safety
//! Nothing is edited until the configuration names a Connection; then the request's own findings say what is. As long as there is
//! no configuration at all, `scan` and `fix` show the change with a suggested LinkName.
//!
//! By hand: create the Connection in the product in which the function runs. `authshift plan` tells the way to its page of
//! Connections, and the scopes that the calls need. Then add a `[[connection]]` to `authshift.toml`, with its `link-name`
//! and with what the finding names, such as `service = "desk"`; `authshift init` writes them all. Run authshift again.

use super::{Draft, Maker, destination};
use crate::finding::{Applicability, Rule, Severity};
use crate::migrate::Transaction;
use crate::requests::call::Call;
use crate::text::source::TextRange;

pub(super) fn report(maker: &mut Maker<'_>, call: &Call, transaction: &Transaction) {
    if !transaction.unconfigured && !transaction.suggested {
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
            "create it in Zoho, for example as \"{link}\" (`authshift plan` tells how); `authshift init` writes authshift.toml"
        )
    } else if maker.config.path().as_os_str().is_empty() {
        "`authshift plan` tells which Connection to create in Zoho, `authshift init` writes authshift.toml".to_owned()
    } else {
        format!(
            "create the Connection in the Zoho product this function belongs to (`authshift plan` tells how), then add a [[connection]] with link-name = \"its LinkName\" and {what} to {}",
            maker.config.path().display()
        )
    };
    let start = call.request.range.start();
    let draft = Draft {
        rule: Rule::NoConnectionConfigured,
        applicability: Applicability::Manual,
        range: TextRange::new(start, start + call.request.form.word().len()),
        message: format!("no Connection is configured for {}", destination(call)),
        notes: vec![next],
    };
    // Of an access token made by hand, which still works, the finding itself is no more than a warning.
    let expired = call.occurrences().any(|occurrence| occurrence.access.is_none());
    let most = if expired { Severity::Error } else { Severity::Warning };
    if maker.add_at_most(draft, Some(call), None, most) {
        maker.amend(|said| said.name(transaction));
    }
}
