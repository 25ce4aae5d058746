//! Where a request goes: one target for each value that its URL may have.

use super::beginning::{Beginnings, beginnings};
use super::flow::Context;
use super::request::{Form, Request};
use crate::zoho;
use crate::zoho::target::{Owner, Target, target};

/// Where the request may go: one target for each value its URL may have. Never empty.
pub fn targets(context: Context<'_>, request: &Request, known: &mut Beginnings) -> Vec<Target> {
    let service = request.service.and_then(|slot| {
        // A bare word, or a text: `ZohoDesk`, `"desk"`.
        let name = context.known_text(slot.value).unwrap_or_else(|| context.text_of(slot.value).to_owned());
        let name = name.trim().to_ascii_lowercase();
        zoho::canonical_service(name.strip_prefix("zoho").unwrap_or(&name).trim_start_matches([' ', '_', '-']))
    });
    match request.form {
        // Both name no host: Zoho resolves it.
        Form::InvokeApi | Form::Sdp => {
            let url = request.url.map(|slot| context.flow(slot.value).text).unwrap_or_default();
            return vec![Target { owner: Owner::Zoho, service, certain: true, ..Target::unseen(url) }];
        }
        _ => {}
    }
    let mut found: Vec<Target> = Vec::new();
    for text in request.url.map(|url| beginnings(context, url.value, known)).unwrap_or_default() {
        let target = target(text);
        if !found.contains(&target) {
            found.push(target);
        }
    }
    if found.is_empty() {
        found.push(Target::unseen(String::new()));
    }
    found.shrink_to_fit();
    found
}
