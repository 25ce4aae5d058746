//! A token that a request carries, and how one is read out of a virtual text.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::access::Access;
use super::flow::Context;
use super::lists::ListPart;
use super::params::Param;
use super::pieces::{Fill, Flow, Leaf, PieceKind, source_offset};
use super::request::Slot;
use crate::deluge::builtins::keeps_text;
use crate::deluge::{Kind, NodeId};
use crate::flow::graph::{Head, Op, View};
use crate::text::secret::is_placeholder;
use crate::text::source::TextRange;

/// The part of the request that carries the token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carrier {
    /// The URL's query string.
    Query,
    /// `parameters`, `body`, the body argument.
    Parameters,
    /// A header.
    Headers,
}

/// Where in the code the token is put into the request.
#[derive(Clone, Debug)]
pub enum Site {
    /// In the text of an attribute or argument, perhaps through variables.
    Text {
        /// Whose text.
        slot: Slot,
    },
    /// An entry of a map literal that stands in the request itself.
    Entry {
        /// Whose map.
        slot: Slot,
        /// The map literal.
        map: NodeId,
        /// The entry.
        entry: NodeId,
    },
    /// An entry of a map variable that the attribute or argument names.
    Map {
        /// Whose map.
        slot: Slot,
        /// Where the attribute or argument reads the variable.
        name: NodeId,
        /// The entry.
        part: MapPart,
    },
    /// In a text that is added to a list.
    Added {
        /// The attribute or argument.
        slot: Slot,
        /// The chain that joins the list, `parts.toString("&")`.
        join: NodeId,
    },
    /// In a part of a multipart body.
    Part {
        /// The attribute.
        slot: Slot,
        /// The part.
        part: ListPart,
    },
    /// In a text that is looked up: an entry of a map, an item of a list that is looped over.
    Looked {
        /// The attribute or argument.
        slot: Slot,
        /// Where the map, or the variable of the loop, is read there.
        read: NodeId,
        /// The text.
        text: NodeId,
    },
    /// In what a function of this file returns, which is called here.
    Returned(NodeId),
    /// In another statement, in a way that is not followed.
    Elsewhere,
}

/// How an entry comes into a map variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MapPart {
    /// With the literal (or the arguments of `Collection(…)`) that the variable is assigned.
    Entry {
        /// The literal.
        map: NodeId,
        /// The entry.
        entry: NodeId,
    },
    /// With `name.put(key, value)`, whose chain this is.
    Put(NodeId),
}

/// One token in one request.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// Which part of the request.
    pub carrier: Carrier,
    /// From the parameter's name (or the entry's key) to the end of its value, in the source.
    pub range: TextRange,
    /// Where it stands.
    pub site: Site,
    /// The expressions that yield the token.
    pub tokens: Arc<[NodeId]>,
    /// The token itself, where it is written here.
    pub literal: Option<TextRange>,
    /// The whole token, where it is put together of several parts that can all be seen.
    pub(super) joined: Option<Arc<str>>,
    /// Whether the name is spelt with an underscore: many vendors have an `auth_token`.
    pub underscore: bool,
    /// Whether it is a visible `Zoho-authtoken` header, or a parameter spelt `authtoken` in lower case; of an access token,
    /// whether it is surely Zoho's.
    pub surely_zohos: bool,
    /// Of an access token, where it comes from; `None` for an authtoken.
    pub access: Option<Box<Access>>,
    /// Whether another entry took its place in the map, so that it would be sent only if that one went.
    pub replaced: bool,
}

impl Occurrence {
    /// The token that is sent, without the scheme, where it can be seen.
    pub fn known_token(&self, context: Context<'_>) -> Option<String> {
        let joined = || self.joined.as_deref().map(str::to_owned);
        let written = || self.literal.map(|range| range.of(context.text).to_owned());
        let known = || self.tokens.first().and_then(|&token| context.known_text(token));
        let value = joined().or_else(written).or_else(known)?;
        let word = value.trim().rsplit(' ').next().unwrap_or("");
        (!is_placeholder(word)).then(|| word.to_owned())
    }

    /// The tokens that may be sent, without the scheme, where one of several is, with the literals they stand in.
    pub fn possible_tokens(&self, context: Context<'_>) -> Vec<(String, TextRange)> {
        let graph = View { graph: context.scopes.graph(context.tree), text: context.text };
        let tokens = self.tokens.iter().filter(|_| !graph.graph.given_up);
        let mut found = Vec::new();
        let _ = graph.walk(tokens.filter_map(|&token| graph.graph.value_of(token)), |value, more| {
            match graph.op(value) {
                Op::Text(range) => {
                    let word = graph.text_of(*range).trim().rsplit(' ').next().unwrap_or("");
                    if !word.is_empty() && !is_placeholder(word) {
                        found.push((word.to_owned(), *range));
                    }
                }
                Op::Apply(Head::Item(_), source) => {
                    if let Some(Op::Apply(Head::Kind(Kind::List), items)) = source.first().map(|&it| graph.op(it)) {
                        more.extend(items);
                    }
                }
                Op::Apply(Head::Callee(name), values) if values.len() == 1 && keeps_text(graph.text_of(*name)) => {
                    more.extend(values);
                }
                _ => {}
            }
            ControlFlow::<()>::Continue(())
        });
        found.sort_by_key(|&(_, range)| range);
        found
    }
}

/// A virtual text with all that it is made of, in which parameters are found.
pub struct Leaves<'f> {
    /// The text.
    pub text: &'f str,
    /// Its pieces, in order.
    pub leaves: Vec<Leaf<'f>>,
    /// Where something is filled into it, by place: with the furthest end so far, and the number of the fill.
    filled: Vec<(TextRange, usize, usize)>,
    /// What is filled in.
    fills: Vec<&'f Fill>,
}

impl<'f> Leaves<'f> {
    /// Takes a text apart.
    pub fn of(flow: &'f Flow) -> Self {
        let fills = flow.fills();
        let places = fills.iter().enumerate().flat_map(|(number, fill)| fill.at.iter().map(move |&at| (at, 0, number)));
        let mut filled: Vec<(TextRange, usize, usize)> = places.collect();
        filled.sort_unstable();
        let mut furthest = 0;
        for (at, reach, _) in &mut filled {
            furthest = furthest.max(at.end());
            *reach = furthest;
        }
        Self { text: &flow.text, leaves: flow.leaves(), filled, fills }
    }

    /// What is filled into a stretch of the text, in the order of the calls.
    fn filled_into(&self, value: TextRange) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.filled.partition_point(|(at, ..)| at.start() < value.end());
        let before = self.filled.get(..end).unwrap_or(&[]).iter().rev();
        let near = before.take_while(|(_, reach, _)| *reach > value.start());
        let mut numbers: Vec<usize> =
            near.filter(|(at, ..)| at.intersects(value)).map(|&(.., number)| number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().filter_map(|number| self.fills.get(number).map(|fill| fill.value))
    }
}

/// The occurrence of a parameter, with its place in the source.
pub fn occurrence(context: Context<'_>, carrier: Carrier, whole: &Leaves<'_>, param: Param, site: Site) -> Occurrence {
    let leaves = whole.leaves.as_slice();
    let start = source_offset(leaves, param.name.start()).unwrap_or(0);
    let equals = source_offset(leaves, param.name.end()).map_or(start, |at| at + 1);
    let mut range = TextRange::new(start, equals);
    let mut tokens = Vec::new();
    let mut literal = None;
    // Of a token that is put together.
    let (mut others, mut seen) = (0, Some(String::new()));
    let from = leaves.partition_point(|leaf| leaf.piece.at.end() <= param.value.start());
    let within = leaves.get(from..).unwrap_or(&[]).iter().map(|leaf| leaf.piece);
    tokens.extend(whole.filled_into(param.value));
    for leaf in
        within.take_while(|leaf| leaf.at.start() < param.value.end()).filter(|leaf| leaf.at.intersects(param.value))
    {
        match leaf.kind {
            PieceKind::Literal(content) => {
                let from = param.value.start().max(leaf.at.start()) - leaf.at.start();
                let to = param.value.end().min(leaf.at.end()) - leaf.at.start();
                let written = TextRange::new(content.start() + from, content.start() + to);
                if literal.is_none() && tokens.is_empty() && !written.of(context.text).trim().is_empty() {
                    literal = Some(written);
                } else if !written.is_empty() {
                    others += 1;
                }
                seen.iter_mut().for_each(|seen| seen.push_str(written.of(context.text)));
                if written.start() >= range.start() {
                    range = range.cover(written);
                }
            }
            _ => {
                seen = seen.and_then(|seen| Some(seen + &context.known_text(leaf.node)?));
                tokens.push(leaf.node);
                // A value that stands in an earlier statement is not part of what is pointed at.
                if context.tree.range(leaf.node).start() >= range.start() {
                    range = range.cover(context.tree.range(leaf.node));
                }
            }
        }
    }
    let name = param.name.of(whole.text);
    let parts = usize::from(literal.is_some()) + tokens.len() + others;
    Occurrence {
        carrier,
        range,
        site,
        tokens: tokens.into(),
        literal,
        joined: (parts > 1).then(|| seen.map(Arc::from)).flatten(),
        underscore: name.contains('_'),
        surely_zohos: name == "authtoken",
        access: None,
        replaced: false,
    }
}
