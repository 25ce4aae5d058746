//! # authtoken-in-headers
//!
//! a Zoho-authtoken header
//!
//! ## What it finds
//! An `Authorization` header with a `Zoho-authtoken` value: in `headers`, in a map that is sent as headers, or in the
//! headers of `getUrl` and `postUrl`. Only Zoho uses that word, so it counts whatever the host. A header that
//! holds only the token counts too, in a request to Zoho.
//!
//! ## Why
//! Zoho ends authtokens product by product: a call with one fails now or will fail. A Connection sends an `Authorization`
//! header of its own, and a request must not have both.
//!
//! ## Fix safety
//! `fix` removes the header and adds `connection:`. A map that held nothing else is removed too.
//!
//! Safe when every other header stays. Some are still needed, such as `orgId`.
//!
//! Unsafe when something has to be assumed. The finding says what, for instance:
//! - The host looks like Zoho's, but authshift does not know its data centre; a Connection sends it a live token.
//! - The request keeps another `Authorization` header, and Zoho uses the one of the Connection.
//! - The map of headers is also passed on or stored, where nothing needs the token.
//! - The answer of `getUrl` or `postUrl` is used in a way that might need it as a text.
//!
//! By hand: a map that is also sent to a host which is not Zoho's, or by a request that cannot be migrated. Give each
//! request a map of its own. For a host that authshift does not know to be Zoho's, `authshift.toml` needs an entry
//! that names it with `url`.

use super::declaration::{Declaration, Fixable, Sign, example};
use crate::finding::Severity;

pub(super) static RULE: Declaration = Declaration {
    place: 30,
    severity: Severity::Error,
    fixable: Fixable::Yes,
    comments: true,
    needs: &[&[Sign::Token], &[Sign::Header]],
    weakness: Some(("5.0", 522)),
    example: example!("H03-put-into-header-map.page", "before.deluge", "after.deluge"),
    looks: &[],
};

/// The part of the request that the message names.
pub const PLACE: &str = "a header";
