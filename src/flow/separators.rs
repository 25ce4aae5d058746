//! Whether a `&` can be in a text.
//!
//! ```text
//! name = "tickets";
//! if(c) { name = "contacts"; }
//! u = "…/" + name + "/" + id.toLong() + "/" + encodeUrl(text)     none of these can hold one
//! u = "…/" + id                                                  `id` can
//! ```

use std::ops::ControlFlow::{Break, Continue};

use super::graph::{Head, Op, ValueId, View};
use crate::deluge::Kind;
use crate::deluge::builtins::{Of, Type, builtin};

/// What the language calls by a name that is no variable's.
const WORDS: [&str; 5] = ["true", "false", "null", "zoho.currentdate", "zoho.currenttime"];

/// Whether no `&` can be in a value, on any way to it.
pub fn has_none(graph: View<'_>, value: ValueId) -> bool {
    let found = graph.walk([value], |value, more| {
        match graph.op(value) {
            Op::Text(range) if !graph.text_of(*range).contains('&') => {}
            Op::Sum(parts) => more.extend(parts),
            Op::ReplaceFirst(inner, to) if !graph.text_of(*to).contains('&') => more.push(*inner),
            Op::Apply(Head::Leaf(range), _) => {
                let word = graph.text_of(*range);
                let is_known = WORDS.iter().any(|known| known.eq_ignore_ascii_case(word));
                if !is_known && !word.starts_with(|c: char| c.is_ascii_digit()) {
                    return Break(());
                }
            }
            // A number, or whether something holds: `+` is a sum.
            Op::Apply(Head::Operator(_) | Head::Kind(Kind::Number), _) => {}
            Op::Apply(Head::Item(_), source) => {
                let source = source.first().map(|&source| graph.op(graph.plain(source)));
                let Some(Op::Apply(Head::Kind(Kind::List), items)) = source else { return Break(()) };
                more.extend(items);
            }
            Op::Apply(Head::Callee(name), values) => {
                let Some(builtin) = builtin(graph.text_of(*name)) else { return Break(()) };
                match (builtin.of, builtin.gives) {
                    (_, Some(Type::Number | Type::Truth | Type::Date)) | (Some(Of::Encoded), _) => {}
                    (Some(Of::Same | Of::Cut | Of::Joined) | None, Some(Type::Text)) => more.extend(values),
                    _ => return Break(()),
                }
            }
            _ => return Break(()),
        }
        Continue(())
    });
    found.is_continue()
}
