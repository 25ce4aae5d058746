//! What a request to the token endpoint of OAuth asks for.

use super::fields::Field;

/// What a token request offers for the token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grant {
    /// A refresh token, as often as one likes.
    Refresh,
    /// The client's own secret, as often as one likes.
    Client,
    /// A code that somebody's consent yields and that is good for one exchange.
    Code,
    /// It cannot be seen.
    Unseen,
}

/// A request to `accounts.zoho.*/oauth/v2/token`.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// What it offers.
    pub grant: Grant,
    /// The OAuth scopes it asks for, where it names some.
    pub scopes: Vec<String>,
    /// What identifies for whom it asks: the refresh token, or else the client's secret.
    pub credentials: Vec<Field>,
}

impl TokenRequest {
    /// Whether nothing is lost when it is never made again: all it does is to yield an access token.
    pub fn is_repeatable(&self) -> bool {
        matches!(self.grant, Grant::Refresh | Grant::Client)
    }
}
