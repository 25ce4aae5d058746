//! Names and keys under which something is looked for.

use crate::census::names::token_name;
use crate::zoho::{UNKNOWN, is_companion_name};

/// The header that asks for another method (rewrites C6).
pub const OVERRIDE: &str = "X-HTTP-Method-Override";

/// The key by which webhooks of Flow and Cliq, and functions of CRM, know their callers.
pub const WEBHOOK_KEY: &str = "zapikey";

/// How the token requests of OAuth name what they send (RFC 6749, facts 8), and that key.
pub(super) const FIELDS: &[&str] = &["grant_type", "client_secret", "refresh_token", "scope", WEBHOOK_KEY];

/// The name of OAuth's that this is.
pub fn field_name(name: &str) -> Option<&'static str> {
    FIELDS.iter().copied().find(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a key of which only parts are seen may be one under which a token stands.
pub fn may_name_token(key: &str) -> bool {
    let key = key.trim().to_ascii_lowercase();
    let (head, tail) = (key.split(UNKNOWN).next().unwrap_or(""), key.rsplit(UNKNOWN).next().unwrap_or(""));
    ["authtoken", "auth_token", "authorization"].iter().any(|name| name.starts_with(head) && name.ends_with(tail))
}

/// Whether something is looked for under this key.
pub fn is_relevant(key: &str) -> bool {
    const HEADERS: [&str; 2] = ["authorization", OVERRIDE];
    token_name(key).is_some()
        || HEADERS.iter().any(|header| header.eq_ignore_ascii_case(key))
        || field_name(key).is_some()
        || is_companion_name(key)
}
