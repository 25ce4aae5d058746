//! Which Connections the requests of a tree need: one for each product and LinkName, with the scopes that its requests need
//! and the requests themselves.

pub mod apps;
mod group;
pub mod pool;
pub mod product;
mod scopes;
mod site;
pub mod toml;

pub use group::{Link, NextStep, Planned, Served, Why, group};
pub use scopes::Chosen;
pub use site::{MaskedToken, Site, Sites, sites};

/// All that is planned for a tree.
#[derive(Debug, Default)]
pub struct Plan {
    /// By product and LinkName.
    pub connections: Vec<Planned>,
    /// Requests of which not even the service is known.
    pub unseen: Vec<Site>,
    /// Requests that have a Connection, but its LinkName is in a variable.
    pub variable: Vec<Site>,
    /// What the apps in other languages need.
    pub apps: apps::Apps,
}

/// `1 request`, `2 requests`.
fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// Tokens as they may be shown, each form once: `fake…`, `aaaa… ×2`.
pub fn shown(tokens: &[MaskedToken]) -> Vec<String> {
    let mut forms: Vec<(&str, usize)> = Vec::new();
    for token in tokens {
        match forms.iter_mut().find(|(form, _)| *form == token.shown) {
            Some((_, count)) => *count += 1,
            None => forms.push((&token.shown, 1)),
        }
    }
    let form = |(form, count): (&str, usize)| match count {
        1 => form.to_owned(),
        count => format!("{form} ×{count}"),
    };
    forms.into_iter().map(form).collect()
}
