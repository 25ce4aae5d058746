//! Whether a value that stands for a token holds nothing besides.

use std::ops::ControlFlow;

use foldhash::{HashSet, HashSetExt};

use super::reason::Code;
use super::{Manual, Outcome, shown};
use crate::deluge::builtins::{self, Of, keeps_text};
use crate::deluge::pure::called_name;
use crate::deluge::{Kind, NodeId};
use crate::flow::graph::{Head, Op, ValueId};
use crate::requests::bindings::{Write, plain_string};
use crate::requests::flow::Context;
use crate::requests::uses::looked_up;

/// Row Q14: a value that cannot be seen might bring `&…` along, unless it is called a token.
pub(super) fn visible(context: Context<'_>, token: NodeId) -> Result<Outcome, Manual> {
    let mut outcome = Outcome::default();
    let brought = if is_plain(context, token) {
        Brings::Token
    } else {
        let value = context.scopes.graph(context.tree).value_of(token);
        value.map_or(Brings::Unknown, |value| brings(context, value))
    };
    if brought == Brings::More {
        return Err(Manual::new(
            Code::MoreThanToken,
            format!(
                "the value of `{}` holds more than a token; remove the token from it by hand",
                shown(context, token)
            ),
        ));
    }
    if brought != Brings::Token && !is_token_value(context, token) {
        outcome.assume(
            Code::ValueIsToken,
            format!("the value of `{}` is a token and nothing more", shown(context, token)),
        );
    }
    let open = |write: &Write| context.tree.is_open(context.text, write.node);
    if context.scopes.reaching(token).flatten().any(open) {
        return Err(Manual::new(
            Code::NotUnderstood,
            format!(
                "`{}` is set next to code that authshift cannot parse, and may hold more than a token; remove it by hand",
                shown(context, token)
            ),
        ));
    }
    let looped = |write: Option<&Write>| write.is_some_and(|write| context.tree.kind(write.node) == Kind::ForEach);
    if context.scopes.reaching(token).any(looped) {
        outcome.assume(
            Code::SeveralUsers,
            format!(
                "each pass of the loop sends another token as `{}`, and one Connection may act for all of them",
                context.text_of(token)
            ),
        );
    }
    Ok(outcome)
}

/// Whether a value is a literal, or a variable that is assigned nothing else, and no `&` or `#` is in it. The graph says the
/// same, and takes longer to make.
fn is_plain(context: Context<'_>, token: NodeId) -> bool {
    let plain =
        |node: NodeId| plain_string(context.text, context.tree, node).is_some_and(|text| !text.contains(['&', '#']));
    let mut writes = context.scopes.reaching(token).peekable();
    plain(token)
        || (writes.peek().is_some()
            && writes
                .all(|write| write.is_some_and(|write| write.appended.is_none() && write.value.is_some_and(plain))))
}

/// What a value that is joined behind `authtoken=` brings along, as far as it can be seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Brings {
    /// All of it can be seen, and no `&` is in it.
    Token,
    /// A `&` or `#`, on one of the ways.
    More,
    /// Some of it cannot be seen.
    Unknown,
}

fn brings(context: Context<'_>, value: ValueId) -> Brings {
    let graph = context.scopes.graph(context.tree);
    let mut brings = Brings::Token;
    let more = graph.walk([value], |value, waiting| {
        match graph.op(value) {
            Op::Text(range) if range.of(context.text).contains(['&', '#']) => return ControlFlow::Break(Brings::More),
            Op::Text(_) => {}
            Op::Sum(values) => waiting.extend(values),
            Op::Apply(Head::Callee(name), values) if values.len() == 1 && keeps_text(name.of(context.text)) => {
                waiting.extend(values);
            }
            _ => brings = Brings::Unknown,
        }
        ControlFlow::Continue(())
    });
    more.break_value().unwrap_or(brings)
}

/// Whether a value that is joined behind `authtoken=` is a token and nothing more: it can be seen and holds no `&`, or its
/// name or key says so.
fn is_token_value(context: Context<'_>, value: NodeId) -> bool {
    let mut waiting = vec![value];
    let mut seen = HashSet::new();
    while let Some(value) = waiting.pop() {
        // What comes round again, and what was looked at for another way, says nothing new.
        if !seen.insert(value) {
            continue;
        }
        match made_of(context, value) {
            Some(parts) => waiting.extend(parts),
            None => return false,
        }
    }
    true
}

/// The values that all have to be tokens for `value` to be one: none where it is one itself, `None` where it may be none.
fn made_of(context: Context<'_>, value: NodeId) -> Option<Vec<NodeId>> {
    let tree = context.tree;
    if let Some(known) = context.known_text(value) {
        return (!known.contains(['&', '#'])).then(Vec::new);
    }
    if let Some(choices) = context.choices(value) {
        return Some(choices.to_vec());
    }
    match tree.kind(value) {
        Kind::Name if says_token(context.text_of(value)) => Some(Vec::new()),
        Kind::Name => {
            let values: Option<Vec<NodeId>> =
                context.scopes.reaching(value).map(|write| write.and_then(|write| write.value)).collect();
            values.filter(|values| !values.is_empty())
        }
        Kind::Paren => Some(tree.children(value).to_vec()),
        // `{"1":"…","2":"…"}`, by the organisation
        Kind::Chain => made_of_chain(context, tree.children(value)).or_else(|| looked_up(context, value)),
        _ => None,
    }
}

/// The same for a chain, of which some last calls may only tidy the text up.
fn made_of_chain(context: Context<'_>, links: &[NodeId]) -> Option<Vec<NodeId>> {
    let tree = context.tree;
    match links {
        [value] => Some(vec![*value]),
        // `encodeUrl(tok)`
        [function, call] if tree.kind(*function) == Kind::Name && tree.kind(*call) == Kind::Call => {
            let name = context.text_of(*function);
            let passes = keeps_text(name) || builtins::of(name) == Some(Of::Encoded);
            if says_token(name) { Some(Vec::new()) } else { passes.then(|| tree.children(*call).to_vec()) }
        }
        // `tok.trim()`, `input.Zoho_Token.trim()`, `zoho.crm.getOrgVariable("token").toString()`
        [before @ .., method, call]
            if !before.is_empty()
                && tree.kind(*call) == Kind::Call
                && tree.children(*call).is_empty()
                && called_name(context.text, tree, *call).is_some_and(keeps_text)
                && tree.kind(*method) == Kind::Member =>
        {
            made_of_chain(context, before)
        }
        // `settings.get("desk_token")`, `zoho.crm.getOrgVariable("token")`, `thisapp.token()`
        [first, .., call] if tree.kind(*call) == Kind::Call => {
            let harmless =
                |node: NodeId| plain_string(context.text, tree, node).is_none_or(|text| !text.contains(['&', '#']));
            if !tree.descendants(*call).all(harmless) {
                return None;
            }
            let keys = tree.children(*call);
            let method = called_name(context.text, tree, *call).unwrap_or("");
            let is_called = says_token(method) || keys.iter().any(|&key| is_called_token(context, key));
            if is_called { Some(Vec::new()) } else { keys.is_empty().then(|| vec![*first]) }
        }
        // `record.Authtoken`, `input.Zoho_Token`
        [.., last] if tree.kind(*last) == Kind::Member => says_token(context.text_of(*last)).then(Vec::new),
        _ => None,
    }
}

fn says_token(name: &str) -> bool {
    name.to_ascii_lowercase().contains("token")
}

/// Whether a key says that what stands under it is a token: `"desk_token"`, `"books_token_" + org`, `tokenName`.
fn is_called_token(context: Context<'_>, key: NodeId) -> bool {
    let tree = context.tree;
    match context.known_text(key) {
        Some(known) => says_token(&known),
        None => {
            says_token(&context.flow(key).text) || (tree.kind(key) == Kind::Name && says_token(context.text_of(key)))
        }
    }
}
