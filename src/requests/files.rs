//! The parts of a multipart body that hold the token.
//!
//! ```text
//! parts = List();
//! parts.add({"paramName":"authtoken","content":token,"stringPart":"true"});
//! parts.add({"paramName":"file","content":file});
//! r = invokeurl [ url:… type:POST files:parts ];
//! ```

use super::chain::{is_constructor, method_call};
use super::flow::Context;
use super::lists::{ListPart, items};
use super::uses::same_value;
use crate::census::names::token_name;
use crate::deluge::{Kind, NodeId};

/// What the name and the value of a part stand under.
const NAME: &str = "paramName";
const CONTENT: &str = "content";

/// A part that is the token.
#[derive(Debug)]
pub struct TokenPart {
    /// How it comes in.
    pub place: ListPart,
    /// Its name, `"authtoken"`.
    pub name: NodeId,
    /// What yields the token.
    pub contents: Vec<NodeId>,
    /// Whether it has no other name on any path.
    pub sure: bool,
}

/// The parts of the list that `files` yields which are the token.
pub fn token_parts(context: Context<'_>, files: NodeId) -> Vec<TokenPart> {
    items(context, files).into_iter().filter_map(|(item, place)| token_part(context, item, place)).collect()
}

/// The part that `item` is, if it is the token.
fn token_part(context: Context<'_>, item: NodeId, place: ListPart) -> Option<TokenPart> {
    let names = under(context, item, NAME);
    let is_token = |&name: &NodeId| context.known_text(name).is_some_and(|text| token_name(text.trim()).is_some());
    let name = *names.iter().find(|name| is_token(name))?;
    Some(TokenPart { place, name, contents: under(context, item, CONTENT), sure: names.iter().all(is_token) })
}

/// What stands under a key of a part: of a literal, `Collection(…)` or a variable.
fn under(context: Context<'_>, item: NodeId, key: &str) -> Vec<NodeId> {
    let tree = context.tree;
    let is_key = |node: NodeId| context.known_text(node).is_some_and(|text| text.trim().eq_ignore_ascii_case(key));
    let of_entries = |holder: NodeId| {
        let entries = tree.children(holder).iter().filter(|&&entry| tree.kind(entry) == Kind::Entry);
        entries.filter_map(move |&entry| match tree.children(entry) {
            &[own, value] if is_key(own) => Some(value),
            _ => None,
        })
    };
    match (tree.kind(item), tree.children(item)) {
        (Kind::Paren, &[inner]) => under(context, inner, key),
        (Kind::Brace, _) => of_entries(item).collect(),
        (Kind::Chain, &[name, call]) if is_constructor(context.text_of(name)) => of_entries(call).collect(),
        (Kind::Name, _) => {
            let mut values: Vec<NodeId> = Vec::new();
            for value in context.scopes.reaching(item).flatten().filter_map(|write| write.value) {
                if tree.kind(value) != Kind::Name {
                    values.extend(under(context, value, key));
                }
            }
            for &read in &same_value(context, item).calls {
                if let Some((_, method, &[own, value])) = method_call(context, read)
                    && method.eq_ignore_ascii_case("put")
                    && is_key(own)
                {
                    values.push(value);
                }
            }
            values
        }
        _ => Vec::new(),
    }
}
