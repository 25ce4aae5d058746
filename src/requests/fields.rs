//! What a request sends under the names that OAuth uses, and as the key of a webhook: in a query, a form, a JSON text, a map.

use std::sync::Arc;

use super::bindings::{plain_string, string_content};
use super::chain::method_call;
use super::flow::Context;
use super::keys::{FIELDS, field_name};
use super::occurrence::{Carrier, Leaves, Site, occurrence};
use super::params::{ParamContext, json_members_named, params_named};
use super::uses::same_value;
use crate::deluge::{Kind, NodeId};
use crate::text::source::TextRange;

/// One named value of a request.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name, in lower case.
    pub name: &'static str,
    /// Where the value is written, when it is written here.
    pub literal: Option<TextRange>,
    /// The expressions that yield it.
    pub values: Arc<[NodeId]>,
    /// The value, where all of it is known.
    pub known: Option<String>,
}

/// The fields in a virtual text.
pub fn in_text(context: Context<'_>, leaves: &Leaves<'_>) -> Vec<Field> {
    let params = params_named(leaves.text, ParamContext::Url, FIELDS).into_iter();
    params
        .chain(json_members_named(leaves.text, FIELDS))
        .filter_map(|param| {
            let name = field_name(param.name.of(leaves.text))?;
            // The site and the carrier matter to tokens only.
            let found = occurrence(context, Carrier::Parameters, leaves, param, Site::Elsewhere);
            let known = match (found.literal, &*found.tokens) {
                (Some(literal), []) => Some(literal.of(context.text).to_owned()),
                (None, [only]) => context.known_text(*only),
                _ => None,
            };
            Some(Field { name, literal: found.literal, values: found.tokens, known })
        })
        .collect()
}

/// The field that a map's entry is, if its key is such a name.
pub fn of_entry(context: Context<'_>, key: &str, value: NodeId) -> Option<Field> {
    let name = field_name(key.trim())?;
    let literal = string_content(context.text, context.tree, value);
    let values: Arc<[NodeId]> = if literal.is_none() { Arc::new([value]) } else { Arc::default() };
    let known = plain_string(context.text, context.tree, value).map(str::to_owned);
    Some(Field { name, literal, values, known: known.or_else(|| context.known_text(value)) })
}

/// A list that gets more than this is not looked at further: each of its requests would look at all.
const MOST_ADDED: usize = 64;

/// `parts.toString("&")`: what was added to the list that is joined here.
pub fn joined_list(context: Context<'_>, node: NodeId) -> Vec<NodeId> {
    let tree = context.tree;
    let [list, ..] = tree.children(node) else { return Vec::new() };
    let joins = tree.kind(*list) == Kind::Name
        && method_call(context, *list)
            .is_some_and(|(chain, method, _)| chain == node && method.eq_ignore_ascii_case("toString"));
    if !joins {
        return Vec::new();
    }
    let added = |&read: &NodeId| match method_call(context, read) {
        Some((_, method, [added])) if method.eq_ignore_ascii_case("add") => Some(*added),
        _ => None,
    };
    same_value(context, *list).calls.iter().filter_map(added).take(MOST_ADDED).collect()
}
