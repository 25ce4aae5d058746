//! The two graphs that are compared, and what is known of them so far.

use foldhash::{HashMap, HashMapExt};

use super::machine::UrlState;
use crate::flow::graph::{ValueId, View};

/// What may be missing in the new value: entries of maps, by their keys.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Mode(u8);

pub(super) const TOKEN_NAMES: [&str; 2] = ["authtoken", "auth_token"];

/// The header that asks for another method (rewrites C6).
pub(super) const OVERRIDE: &str = "X-HTTP-Method-Override";

impl Mode {
    /// Nothing.
    pub(super) const EXACT: Mode = Mode(0);
    /// The entry of a body that holds the token.
    pub(super) const BODY: Mode = Mode(1);
    /// The header that holds it.
    pub(super) const HEADERS: Mode = Mode(2);
    /// And the header that asks for another method.
    pub(super) const HEADERS_AND_METHOD: Mode = Mode(2 | 4);
    /// The item of a list that is the token's parameter.
    pub(super) const LIST: Mode = Mode(8);
    /// All of these but the last.
    pub(super) const ALL: Mode = Mode(1 | 2 | 4);

    /// What may be missing that has this key.
    pub(super) fn of_key(key: &str) -> Mode {
        let is = |other: &str| key.trim().eq_ignore_ascii_case(other);
        match () {
            () if TOKEN_NAMES.into_iter().any(is) => Mode(1),
            () if is("authorization") => Mode(2),
            () if is(OVERRIDE) => Mode(4),
            () => Mode(0),
        }
    }

    /// Whether an entry of this key may be missing.
    pub(super) fn drops_key(self, key: &str) -> bool {
        self.0 & Mode::of_key(key).0 != 0
    }

    /// What either lets go.
    pub(super) fn or(self, other: Mode) -> Mode {
        Mode(self.0 | other.0)
    }
}

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
