//! A request with all that is known of it.

use std::sync::Arc;

use super::access::Scheme;
use super::carrier::Carriers;
use super::grant::TokenRequest;
use super::keys::WEBHOOK_KEY;
use super::occurrence::{Carrier, Occurrence};
use super::request::Request;
use crate::zoho::UNKNOWN;
use crate::zoho::target::{Owner, Target, split};

/// A request with all that is known of it.
#[derive(Debug)]
pub struct Call {
    /// Which call of the text it is, from 0.
    pub ordinal: usize,
    /// The request itself.
    pub request: Request,
    /// Where it may go; never empty.
    pub targets: Arc<[Target]>,
    /// Where it carries tokens.
    pub carriers: Carriers,
    /// What it asks for when it is a request to Zoho's token endpoint.
    pub token_request: Option<Box<TokenRequest>>,
}

impl Call {
    /// Whether it may go to Zoho on one path and to somebody else on another.
    pub fn is_mixed(&self) -> bool {
        let other = self.targets.iter().any(|target| target.owner == Owner::Other);
        other && self.targets.iter().any(|target| target.owner != Owner::Other)
    }

    /// Whether a header names Zoho as the owner, whatever the host: no other vendor has `Zoho-authtoken` and
    /// `Zoho-oauthtoken`.
    pub fn names_zoho(&self) -> bool {
        let scheme = |occurrence: &Occurrence| match &occurrence.access {
            Some(access) => access.scheme == Scheme::Zoho,
            None => occurrence.surely_zohos,
        };
        let scheme = |occurrence: &Occurrence| !occurrence.replaced && scheme(occurrence);
        let mut headers = self.carriers.occurrences.iter().filter(|it| it.carrier == Carrier::Headers);
        headers.any(scheme)
    }

    /// Whether a webhook's own key lets it in; what its body calls a token is then no authtoken.
    fn has_webhook_key(&self) -> bool {
        self.carriers.fields.iter().any(|field| field.name == WEBHOOK_KEY)
    }

    /// Whose host it is: Zoho's when one of the URLs it may have is Zoho's.
    pub fn owner(&self) -> Owner {
        let any = |owner: Owner| self.targets.iter().any(|target| target.owner == owner);
        if any(Owner::Zoho) {
            Owner::Zoho
        } else if any(Owner::Unseen) {
            Owner::Unseen
        } else {
            Owner::Other
        }
    }

    /// The host, when all of it can be seen and all targets agree on it.
    pub fn host(&self) -> Option<String> {
        let mut hosts = self.targets.iter().map(|target| split(&target.url).map(|(host, _)| host));
        let first = hosts.next()??;
        (!first.contains(UNKNOWN) && hosts.all(|host| host.as_ref() == Some(&first))).then_some(first)
    }

    /// The service, when all targets agree on it.
    pub fn service(&self) -> Option<&'static str> {
        let first = self.targets.first()?.service;
        first.filter(|_| self.targets.iter().all(|target| target.service == first))
    }

    /// The data centre, when all targets agree on it.
    pub fn data_center(&self) -> Option<&'static str> {
        let first = self.targets.first()?.data_center;
        first.filter(|_| self.targets.iter().all(|target| target.data_center == first))
    }

    /// The tokens it carries, as far as its host lets them be Zoho's: an `auth_token`, or a `Bearer` header whose token may
    /// be anybody's, counts on a Zoho host only.
    pub fn occurrences(&self) -> impl Iterator<Item = &Occurrence> {
        let (zoho, webhook) = (self.owner() == Owner::Zoho, self.has_webhook_key());
        let anybodys = |occurrence: &Occurrence| {
            occurrence.underscore || (occurrence.access.is_some() && !occurrence.surely_zohos)
        };
        let counts = move |occurrence: &&Occurrence| {
            (zoho || !anybodys(occurrence)) && !(webhook && occurrence.carrier == Carrier::Parameters)
        };
        let counting = || self.carriers.occurrences.iter().filter(counts);
        let sends = counting().any(|occurrence| !occurrence.replaced);
        counting().filter(move |_| sends)
    }
}
