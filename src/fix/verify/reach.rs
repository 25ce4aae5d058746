//! Whether what was changed in a value can be seen where the value is used, as far as the branches that lead there show it.

use foldhash::{HashSet, HashSetExt};

use super::mode::Mode;
use super::pair::Pair;
use crate::flow::graph::{Op, ValueId, View, Way};
use crate::flow::ways::{Facts, Ways};

/// Steps for each value, beyond which what was changed is taken to be seen.
const STEPS_FOR_EACH: usize = 64;
const MORE_STEPS: usize = 1 << 16;

/// The facts that hold in the branches of the old text.
pub(super) struct Reach<'g> {
    ways: Ways<'g>,
    left: usize,
}

impl<'g> Reach<'g> {
    pub(super) fn of(old: View<'g>) -> Self {
        let left = old.graph.len().saturating_mul(STEPS_FOR_EACH).saturating_add(MORE_STEPS);
        Self { ways: Ways::of(old), left }
    }

    /// Whether these values are the same to the letter for a request that stands there.
    pub(super) fn are_same(
        &mut self,
        pair: &mut Pair<'_>,
        way: Way,
        before: &[Option<ValueId>],
        after: &[Option<ValueId>],
    ) -> bool {
        if before.len() != after.len() {
            return false;
        }
        let mut changed = Vec::new();
        for (&one, &other) in before.iter().zip(after) {
            match (one, other) {
                (None, None) => {}
                (Some(one), Some(other)) if pair.equal(one, other, Mode::EXACT) => {}
                (Some(one), Some(other)) => changed.push((one, other)),
                _ => return false,
            }
        }
        if changed.is_empty() {
            return true;
        }
        let facts = self.ways.facts(way);
        !facts.is_empty() && !changed.into_iter().any(|(one, other)| self.differ(pair, &facts, one, other))
    }

    /// Whether two values may differ where these facts are true.
    fn differ(&mut self, pair: &mut Pair<'_>, facts: &Facts<'g>, old: ValueId, new: ValueId) -> bool {
        let mut waiting = vec![(old, new)];
        let mut seen = HashSet::new();
        while let Some((old, new)) = waiting.pop() {
            let (old, new) = (pair.old.plain(old), pair.new.plain(new));
            if !seen.insert((old, new)) || pair.equal(old, new, Mode::EXACT) {
                continue;
            }
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                return true;
            }
            match (pair.old.op(old), pair.new.op(new)) {
                (Op::Phi(join, inputs), other) => {
                    let others: Vec<ValueId> = match other {
                        Op::Phi(join2, others) if join == join2 && inputs.len() == others.len() => others.to_vec(),
                        _ => vec![new; inputs.len()],
                    };
                    let both = inputs.iter().copied().zip(others).enumerate();
                    waiting.extend(
                        both.filter(|(input, _)| !self.ways.excludes(facts, *join, *input)).map(|(_, both)| both),
                    );
                }
                (Op::Sum(one), Op::Sum(other)) if one.len() == other.len() => {
                    waiting.extend(one.iter().copied().zip(other.iter().copied()));
                }
                (Op::Put(map, key, value), Op::Put(map2, key2, value2)) => {
                    waiting.extend([(*map, *map2), (*key, *key2), (*value, *value2)]);
                }
                (Op::Map(one), Op::Map(other)) if one.len() == other.len() => {
                    waiting.extend(one.iter().zip(other).flat_map(|(one, other)| [(one.0, other.0), (one.1, other.1)]));
                }
                (Op::Apply(head, one), Op::Apply(head2, other))
                    if pair.same_head(*head, *head2) && one.len() == other.len() =>
                {
                    waiting.extend(one.iter().copied().zip(other.iter().copied()));
                }
                _ => return true,
            }
        }
        false
    }
}
