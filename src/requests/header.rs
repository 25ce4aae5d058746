//! What the value of an `Authorization` header is.

use super::bindings::plain_string;
use super::flow::Context;
use super::params::{Param, json_members_named};
use super::pieces::{Flow, Leaf, leaf_at};
use crate::deluge::{Kind, NodeId};
use crate::flow::graph::View;
use crate::text::secret::is_token_shaped;
use crate::text::source::TextRange;
use crate::zoho::UNKNOWN;

/// What a header with an authtoken begins with.
pub const AUTHTOKEN_SCHEME: &str = "zoho-authtoken";

/// What people write in its place.
const MISSPELT: [&str; 3] = ["authtoken ", "zoho authtoken ", "zoho_authtoken "];

/// Whether a word is the scheme of an `Authorization` header, and no token.
pub(super) fn is_scheme(word: &str) -> bool {
    word.eq_ignore_ascii_case("bearer") || word.to_ascii_lowercase().ends_with("authtoken")
}

/// The `Authorization` members of a JSON text that hold an authtoken, each with whether it says so. The value is the token,
/// without its scheme.
pub(super) fn in_text(context: Context<'_>, flow: &Flow, leaves: &[Leaf<'_>]) -> Vec<(Param, bool)> {
    let mut found = Vec::new();
    for param in members(&flow.text) {
        let value = param.value.of(&flow.text);
        let blanks = value.len() - value.trim_start().len();
        if let Some(token) = behind_scheme(value) {
            let value = TextRange::new(param.value.end() - token.len(), param.value.end());
            found.push((Param { value, ..param }, true));
        } else if is_token_shaped(value.trim()) {
            found.push((param, false));
        } else if let Some(leaf) = leaf_at(leaves, param.value.start() + blanks)
            && is_token_header(context, leaf.piece.node)
        {
            found.push((param, starts_with_scheme(context, leaf.piece.node, AUTHTOKEN_SCHEME)));
        }
    }
    found
}

/// The `Authorization` members of a JSON text that may hold an authtoken, as far as the text tells.
pub fn members(text: &str) -> Vec<Param> {
    let mut members = json_members_named(text, &["authorization"]);
    members.retain(|param| {
        let value = param.value.of(text);
        behind_scheme(value).is_some() || is_token_shaped(value.trim()) || value.trim().chars().eq([UNKNOWN])
    });
    members
}

/// What follows the scheme of an authtoken, where a value begins with it.
fn behind_scheme(value: &str) -> Option<&str> {
    let (head, token) = value.trim_start().split_at_checked(AUTHTOKEN_SCHEME.len())?;
    head.eq_ignore_ascii_case(AUTHTOKEN_SCHEME).then(|| token.trim_start())
}

/// Whether the value of an `Authorization` header visibly begins with `word`, on one of the ways to it, or a text in it does.
pub fn starts_with_scheme(context: Context<'_>, value: NodeId, word: &str) -> bool {
    let tree = context.tree;
    let begins = |text: &str| text.trim_start().get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    // `thisapp.header("Zoho-authtoken ",token)` says so too.
    let said = |node: NodeId| plain_string(context.text, tree, node).is_some_and(begins);
    if tree.descendants(value).any(said) {
        return true;
    }
    // All of a literal is seen.
    if tree.kind(value) == Kind::String {
        return false;
    }
    let graph = View { graph: context.scopes.graph(tree), text: context.text };
    graph.graph.value_of(value).is_some_and(|value| graph.may_begin_with(value, word))
}

/// Whether the value of an `Authorization` header is an authtoken: it says so, it has the shape of one, or it cannot be
/// seen and its name or key says so (row H4).
pub(super) fn is_token_header(context: Context<'_>, value: NodeId) -> bool {
    if std::iter::once(AUTHTOKEN_SCHEME).chain(MISSPELT).any(|scheme| starts_with_scheme(context, value, scheme)) {
        return true;
    }
    let visible = |text: &str| {
        let known = text.trim();
        (!known.contains(UNKNOWN)).then(|| is_token_shaped(known)).or((!known.starts_with(UNKNOWN)).then_some(false))
    };
    let seen: Vec<bool> = match assigned_values(context, value).collect::<Vec<_>>() {
        assigned if assigned.is_empty() => visible(&context.flow(value).seen()).into_iter().collect(),
        assigned => assigned.into_iter().filter_map(|value| visible(&context.flow(value).seen())).collect(),
    };
    if !seen.is_empty() {
        return seen.into_iter().all(|token| token);
    }
    let name = context.text_of(value).to_ascii_lowercase();
    name.contains("authtoken") && !name.contains("oauthtoken")
}

pub(super) fn assigned_values<'a>(context: Context<'a>, name: NodeId) -> impl Iterator<Item = NodeId> + 'a {
    context.scopes.reaching(name).flatten().filter_map(|write| write.value)
}
