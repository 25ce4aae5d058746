//! `plugin-manifest.json`: where its Connections stand, and how one gets there.

mod add;
mod connection;
mod edits;
mod layout;
pub mod service;
#[cfg(test)]
mod tests;
mod value;

use crate::deluge::{Document, LINK_NAME, NodeId, parse_manifest};
use crate::text::source::Source;

pub use add::{AddError, Added, add};
use service::{AUTHORISATION, LISTS};
pub use value::Value;

/// What is wrong at a byte of a text.
#[derive(Debug)]
struct Refusal {
    offset: usize,
    message: String,
}

impl Refusal {
    /// `LINE:COLUMN: MESSAGE`
    fn placed(&self, source: &Source) -> String {
        let position = source.position(self.offset);
        format!("{}:{}: {}", position.line, position.column, self.message)
    }
}

/// Reads a manifest or the JSON of a Connection. Needs a stack of [`crate::deluge::STACK_BYTES`] for deep nesting.
///
/// # Errors
/// `LINE:COLUMN: MESSAGE` for what is wrong in it.
pub fn parse(source: &Source) -> Result<Document<'_>, String> {
    parse_manifest(source.text()).map_err(|flaw| {
        let (position, message) = flaw.at(source);
        format!("{}:{}: {message}", position.line, position.column)
    })
}

/// Where an entry stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryList {
    /// [`AUTHORISATION`].
    Authorisation,
    /// The array of that key.
    List(&'static str),
}

/// Every entry of a manifest, with its place. Not all of them need to be objects.
pub fn entries<'d>(document: &'d Document<'_>) -> impl Iterator<Item = (EntryList, NodeId)> + 'd {
    let get = |key: &str| document.root().and_then(|root| document.get(root, key));
    let lists = LISTS.map(|key| (key, get(key)));
    let listed = lists.into_iter().flat_map(|(key, list)| {
        let values = list.map(|list| document.values(list)).unwrap_or_default();
        values.iter().map(move |&value| (EntryList::List(key), value))
    });
    get(AUTHORISATION).map(|object| (EntryList::Authorisation, object)).into_iter().chain(listed)
}

/// The entries of that LinkName.
fn entries_of<'d>(document: &'d Document<'_>, link: &'d str) -> impl Iterator<Item = (EntryList, NodeId)> + 'd {
    entries(document).filter(move |(_, object)| document.text_of(*object, LINK_NAME).as_deref() == Some(link))
}

/// The names of the `{{placeholders}}` in a text, for which Zoho puts the value of the `config` entry of that name.
pub fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0.trim()))
}
