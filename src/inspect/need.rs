//! The OAuth scopes that a request needs.

use crate::migrate;
use crate::requests::call::Call;
use crate::requests::flow::Context;
use crate::requests::request::Form;
use crate::zoho::target::Owner;
use crate::zoho::{self, Need};

/// What the request needs on all the paths through the function together; `None` when nothing is known of its service.
pub fn need(context: Context<'_>, call: &Call) -> Option<Need> {
    let method = migrate::method(context, call);
    let mut whole: Option<Need> = None;
    for target in call.targets.iter().filter(|target| target.owner == Owner::Zoho) {
        // An `invokeapi` names a path without a host.
        let path = if call.request.form == Form::InvokeApi { target.url.as_str() } else { target.path() };
        let Some(need) = target.service.and_then(|service| zoho::scopes(service, method, path)) else { continue };
        match &mut whole {
            None => whole = Some(need),
            Some(whole) => {
                let more = need.all_of.into_iter().filter(|any| !whole.all_of.contains(any));
                let more: Vec<Vec<String>> = more.collect();
                whole.all_of.extend(more);
                whole.basis = whole.basis.max(need.basis);
                whole.confidence = whole.confidence.max(need.confidence);
            }
        }
    }
    whole
}
