//! What is looked up in a map, and what a list holds, where all of it can be seen.

use crate::deluge::Kind;
use crate::deluge::builtins::{Of, of};
use crate::flow::graph::{Head, Op, ValueId, View};

/// What `map.get("key")` yields.
pub(super) fn looked_up(graph: View<'_>, value: ValueId) -> Option<ValueId> {
    let Op::Apply(Head::Callee(name), parts) = graph.op(graph.plain(value)) else { return None };
    let &[mut map, key] = parts.as_slice() else { return None };
    let wanted = graph.known_text(key).filter(|_| of(graph.text_of(*name)) == Some(Of::Member))?;
    loop {
        match graph.op(graph.plain(map)) {
            Op::Put(before, key, value) => {
                if graph.known_text(*key)? == wanted {
                    return Some(*value);
                }
                map = *before;
            }
            Op::Map(entries) => {
                let mut found = None;
                for &(key, value) in entries {
                    if graph.known_text(key)? == wanted {
                        found = Some(value);
                    }
                }
                return found;
            }
            _ => return None,
        }
    }
}

/// The items of a list, in order.
pub(super) fn items(graph: View<'_>, mut list: ValueId) -> Option<Vec<ValueId>> {
    let mut added = Vec::new();
    loop {
        match graph.op(graph.plain(list)) {
            Op::Apply(Head::Changed(method), parts) if graph.text_of(*method).eq_ignore_ascii_case("add") => {
                let &[before, item] = parts.as_slice() else { return None };
                added.push(item);
                list = before;
            }
            Op::Apply(Head::Kind(Kind::List), items) => {
                added.reverse();
                return Some(items.iter().copied().chain(added).collect());
            }
            Op::Apply(Head::Callee(name), parts)
                if parts.is_empty() && graph.text_of(*name).eq_ignore_ascii_case("list") =>
            {
                added.reverse();
                return Some(added);
            }
            Op::Map(entries) if entries.is_empty() => {
                added.reverse();
                return Some(added);
            }
            _ => return None,
        }
    }
}
