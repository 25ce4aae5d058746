//! Which Connections the requests of a tree need: one for each product pool, service and data centre, with the scopes that
//! its requests need and the requests themselves.

pub mod apps;
mod group;
pub mod pool;
mod scopes;
mod site;
pub mod toml;

pub use group::{Link, Planned, Why, group};
pub use scopes::Chosen;
pub use site::{Site, Sites, Token, sites};

/// All that is planned for a tree.
#[derive(Debug, Default)]
pub struct Plan {
    /// By pool, service and data centre.
    pub connections: Vec<Planned>,
    /// Requests of which not even the service is known.
    pub unseen: Vec<Site>,
    /// What the apps in other languages need.
    pub apps: apps::Apps,
}

/// `1 request`, `2 requests`.
fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}
