//! # authtoken-in-headers
//!
//! a Zoho-authtoken header
//!
//! ## What it finds
//! An `Authorization` header with a `Zoho-authtoken` value: in `headers`, in a map that is sent as headers, or in the
//! headers of `getUrl` and `postUrl`. Nobody but Zoho has that word, so it counts whatever the host. A header that is the
//! bare token counts too, in a request to Zoho.
//!
//! ## Why
//! Zoho ends authtokens product by product: a call with one fails already, or will. A Connection sends an `Authorization`
//! header of its own, and the two must not stand together.
//!
//! ## Example
//! fixture: H03-put-into-header-map
//!
//! ## Fix safety
//! The header goes and `connection` comes in. A map that held nothing else goes as well.
//!
//! Safe when every other header stays. Some are still needed, such as `orgId`.
//!
//! Unsafe when something has to be assumed. The finding says what, for instance:
//! - The host looks like Zoho's and its data centre is not known here; a Connection sends it a live token.
//! - Another `Authorization` header stays in the request, and the Connection's own one counts.
//! - The map of headers is also passed on or stored, where nothing needs the token.
//! - The answer of `getUrl` or `postUrl` is used in a way that might need it as a text.
//!
//! By hand: a map that is also sent to a host which is not Zoho's, or by a request that cannot be migrated. Give each
//! request a map of its own. For a host that is not known to be Zoho's, a Connection is put in only by an entry of
//! `authshift.toml` that names it with `url`.

/// The part of the request that the message names.
pub const PLACE: &str = "a header";
