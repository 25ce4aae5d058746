//! A request whose `connection` still holds the placeholder of a sample: row K3. The LinkName that the configuration has for the
//! request comes in its place, whatever else becomes of the request.

use crate::deluge::Kind;
use crate::requests::call::Call;
use crate::requests::flow::Context;
use crate::requests::link_name::{Link, link};
use crate::text::edit::Edit;
use crate::text::source::TextRange;
use crate::zoho::target::Owner;

/// A placeholder of a request to Zoho.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Placeholder {
    /// The attribute, in bytes of the part.
    pub attribute: TextRange,
    /// What stands there.
    pub text: String,
    /// The value, if the placeholder itself is the value: another one can come in its place then.
    pub value: Option<TextRange>,
}

impl Placeholder {
    /// That of a request, if it has one.
    pub fn of(context: Context<'_>, call: &Call) -> Option<Self> {
        let slot = call.request.connection.filter(|_| call.owner() == Owner::Zoho)?;
        let Link::Placeholder(text) = link(context, slot) else { return None };
        let range = context.tree.range(slot.value);
        let is_value = match context.tree.kind(slot.value) {
            Kind::String | Kind::Placeholder | Kind::Brace => true,
            Kind::Name => context.text_of(slot.value) == text,
            _ => false,
        };
        let attribute = context.tree.range(slot.attribute.unwrap_or(slot.value));
        Some(Self { attribute, text, value: is_value.then_some(range) })
    }

    /// Puts a LinkName in its place.
    pub fn fill(&self, link: &str) -> Option<Edit> {
        self.value.map(|value| Edit::replace(value, format!("\"{link}\"")))
    }
}
