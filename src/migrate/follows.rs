//! What a value that follows the token begins with, on all the ways to it.
//!
//! ```text
//! filter = if(status != null,"&status=" + status,"");
//! r = getUrl("…?limit=5&authtoken=" + tok + filter);      // a separator, or nothing: the token's value ends before it
//! ```

use foldhash::{HashMap, HashMapExt};

use crate::deluge::NodeId;
use crate::flow::graph::{Op, ValueId, View};
use crate::flow::separators;
use crate::requests::flow::Context;

/// Values inside of one another beyond this are not looked into: each takes some of the stack
/// ([`crate::deluge::STACK_BYTES`]).
const MOST_DEPTH: usize = 5_000;

/// What a value may begin with; nothing at all before anything is known of it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Begins {
    /// Nothing: it may be an empty text.
    empty: bool,
    /// A `&` or `#`.
    separator: bool,
    /// Anything else.
    other: bool,
}

impl Begins {
    const OTHER: Self = Self { empty: false, separator: false, other: true };

    fn or(self, other: Self) -> Self {
        Self {
            empty: self.empty || other.empty,
            separator: self.separator || other.separator,
            other: self.other || other.other,
        }
    }
}

/// Whether a value is empty or begins with a separator, on every way to it.
pub fn is_separated(context: Context<'_>, value: NodeId) -> bool {
    let graph = View { graph: context.scopes.graph(context.tree), text: context.text };
    let Some(value) = graph.graph.value_of(value).filter(|_| !graph.graph.given_up) else { return false };
    let mut search = Search { graph, known: HashMap::new(), loops: HashMap::new(), changed: false };
    loop {
        let found = search.begins(value, 0);
        if !std::mem::take(&mut search.changed) {
            return !found.other;
        }
        // What a pass of a loop leaves comes into the next one.
        search.known.clear();
    }
}

struct Search<'g> {
    graph: View<'g>,
    known: HashMap<ValueId, Begins>,
    /// What the heads of loops were found to begin with so far; each round finds the same or more.
    loops: HashMap<ValueId, Begins>,
    changed: bool,
}

impl Search<'_> {
    fn begins(&mut self, value: ValueId, depth: usize) -> Begins {
        let graph = self.graph;
        let value = graph.plain(value);
        if let Some(&known) = self.known.get(&value) {
            return known;
        }
        if depth > MOST_DEPTH {
            return Begins::OTHER;
        }
        let found = match graph.op(value) {
            Op::Text(range) => match graph.text_of(*range).chars().next() {
                None => Begins { empty: true, ..Begins::default() },
                Some('&' | '#') => Begins { separator: true, ..Begins::default() },
                Some(_) => Begins::OTHER,
            },
            Op::Sum(operands) => {
                let mut found = Begins { empty: true, ..Begins::default() };
                for &operand in operands {
                    if !found.empty {
                        break;
                    }
                    let next = self.begins(operand, depth + 1);
                    found = Begins { empty: next.empty, ..found.or(next) };
                }
                found
            }
            Op::Phi(_, inputs) | Op::AnyOf(_, inputs) | Op::Choice(_, inputs) => {
                inputs.iter().map(|&input| self.begins(input, depth + 1)).reduce(Begins::or).unwrap_or(Begins::OTHER)
            }
            Op::Loop(_, first, back) => {
                let before = self.loops.get(&value).copied().unwrap_or_default();
                self.known.insert(value, before);
                let found = self.begins(*first, depth + 1).or(self.begins(*back, depth + 1));
                self.changed |= found != before;
                self.loops.insert(value, found);
                found
            }
            // It cannot be seen.
            _ => Begins::OTHER,
        };
        self.known.insert(value, found);
        found
    }
}

/// Whether no `&` can be in a value, on any way to it.
pub fn has_no_separator(context: Context<'_>, value: NodeId) -> bool {
    let graph = View { graph: context.scopes.graph(context.tree), text: context.text };
    !graph.graph.given_up && graph.graph.value_of(value).is_some_and(|value| separators::has_none(graph, value))
}
