//! What a function does: names, the pieces of its texts, its requests and where they carry a token.

pub mod access;
pub mod beginning;
pub mod bindings;
pub mod call;
pub mod carrier;
pub mod chain;
mod contents;
pub mod fields;
pub mod files;
pub mod flow;
pub mod grant;
pub mod header;
pub mod keys;
pub mod known;
pub mod link;
pub mod link_name;
pub mod links;
pub mod lists;
pub mod oauth;
pub mod occurrence;
pub mod params;
pub mod people;
pub mod pieces;
pub mod reaching;
pub mod readers;
pub mod request;
pub mod returned;
mod second_names;
pub mod target;
pub mod uses;

use crate::text::recent::Recent;
use call::Call;
use flow::Context;

/// Every request of the file, in text order. There may be very many, and they are handed on one by one: each is kept for
/// itself.
pub fn calls(context: Context<'_>) -> Vec<Box<Call>> {
    let (mut known, mut beginnings) = (Recent::default(), beginning::Beginnings::default());
    let mut calls: Vec<Box<Call>> = request::requests(context)
        .enumerate()
        .map(|(ordinal, request)| {
            let targets = known.share(target::targets(context, &request, &mut beginnings));
            let carriers = carrier::carriers(context, &request);
            let token_request = oauth::token_request(&request, &targets, &carriers.fields);
            Box::new(Call { ordinal, request, targets, carriers, token_request })
        })
        .collect();
    oauth::classify_access_tokens(context, &mut calls);
    calls
}
