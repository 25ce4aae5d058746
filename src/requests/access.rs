//! Access tokens of OAuth in headers.

use crate::deluge::NodeId;

/// The word before the token in an `Authorization` header.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Scheme {
    /// `Zoho-oauthtoken`
    Zoho,
    /// `Bearer`, which every vendor has.
    Bearer,
    /// None that can be seen.
    #[default]
    Unseen,
}

/// Where the access token in a header comes from.
#[derive(Clone, Debug)]
pub struct Access {
    /// The header's value.
    pub value: NodeId,
    /// The word before the token.
    pub scheme: Scheme,
    /// The requests to Zoho's token endpoint, in the same function, that it comes from.
    pub requests: Vec<NodeId>,
    /// Expressions that yield it, or a part of it, and that cannot be shown to come from such a request.
    pub unproven: Vec<NodeId>,
    /// Whether one of the requests exchanges a one-time code.
    pub once: bool,
}

impl Access {
    /// The value of a header that nothing is known of yet.
    pub fn of(value: NodeId) -> Self {
        Self { value, scheme: Scheme::Unseen, requests: Vec::new(), unproven: Vec::new(), once: false }
    }

    /// Whether it surely comes from Zoho's token endpoint and from nowhere else.
    pub fn is_proven(&self) -> bool {
        !self.requests.is_empty() && self.unproven.is_empty()
    }
}
