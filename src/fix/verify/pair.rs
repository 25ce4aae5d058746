//! The two graphs that are compared, and what is known of them so far.

use foldhash::{HashMap, HashMapExt};

use super::machine::UrlState;
use super::mode::Mode;
use crate::flow::graph::{ValueId, View};

/// The graphs of the old and the new text.
pub(super) struct Pair<'g> {
    pub(super) old: View<'g>,
    pub(super) new: View<'g>,
    /// Of each old event, the new one.
    pub(super) results: HashMap<u32, u32>,
    pub(super) known: HashMap<(ValueId, ValueId, Mode), bool>,
    /// What was found of texts; a comparison in plain mode is kept in `known`.
    pub(super) texts: HashMap<(ValueId, Option<ValueId>, UrlState), bool>,
    /// Pairs that are taken to be the same, in the order in which they were.
    pub(super) trail: Vec<(ValueId, ValueId, Mode)>,
    /// How many more steps are made before it counts as not known.
    pub(super) left: usize,
    /// How many comparisons are inside of one another.
    pub(super) depth: usize,
}

/// Steps for each value, beyond which a comparison is given up: what is compared is far less than what states and values
/// could be combined to.
const STEPS_FOR_EACH: usize = 256;

const MORE_STEPS: usize = 1 << 16;

/// Comparisons that are inside of one another, as many as joins follow one another. More of them count as not known: each takes
/// some of the stack ([`crate::deluge::STACK_BYTES`]).
const MOST_DEPTH: usize = 5_000;

impl<'g> Pair<'g> {
    pub(super) fn of(old: View<'g>, new: View<'g>) -> Self {
        let left = (old.graph.len() + new.graph.len()).saturating_mul(STEPS_FOR_EACH).saturating_add(MORE_STEPS);
        Self {
            old,
            new,
            results: HashMap::new(),
            known: HashMap::new(),
            texts: HashMap::new(),
            trail: Vec::new(),
            left,
            depth: 0,
        }
    }

    /// Goes one comparison deeper, if that is possible; [`Pair::leave`] goes back.
    pub(super) fn enter(&mut self) -> bool {
        self.depth += 1;
        self.depth < MOST_DEPTH && self.spend()
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Whether one more step may be made.
    pub(super) fn spend(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }
}
