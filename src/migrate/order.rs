//! Calls of one statement that are put before it keep their order (row C7): the later one counts on the earlier one.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};

use super::reason::{Code, Reason};
use super::{Transaction, shown};
use crate::deluge::NodeId;
use crate::finding::Applicability;
use crate::requests::call::Call;
use crate::requests::flow::Context;
use crate::text::edit::{Identity, identity};

/// Lowers the transactions of calls that would be made before an earlier call of their statement, since that one stays after
/// all or needs an assumption. Those that share their edits are lowered with them.
pub fn keep(context: Context<'_>, planned: &mut [(&Call, &mut Transaction)]) {
    // Fast path: nothing was hoisted.
    if planned.iter().all(|(_, transaction)| transaction.follows.is_none()) {
        return;
    }
    let places: HashMap<NodeId, usize> =
        planned.iter().enumerate().map(|(index, (call, _))| (call.request.node, index)).collect();
    let mut followers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut groups: HashMap<Identity, Vec<usize>> = HashMap::new();
    for (index, (_, transaction)) in planned.iter().enumerate() {
        groups.entry(identity(&transaction.edits)).or_default().push(index);
        if let Some(&earlier) = transaction.follows.and_then(|node| places.get(&node)) {
            followers.entry(earlier).or_default().push(index);
        }
    }
    let mut waiting: Vec<usize> = followers.keys().copied().collect();
    while let Some(earlier) = waiting.pop() {
        let Some((call, transaction)) = planned.get(earlier) else { continue };
        let lowest = match transaction.applicability {
            Applicability::Safe => continue,
            // Where it is applied, the later ones may be as well.
            Applicability::Unsafe => Applicability::Safe,
            Applicability::Manual => Applicability::Unsafe,
        };
        let text = format!("the request may run before `{}`, which comes first now", shown(context, call.request.node));
        let assumption = Reason::new(Code::Order, text);
        for &later in followers.get(&earlier).into_iter().flatten() {
            let Some((_, transaction)) = planned.get(later).filter(|(_, it)| it.applicability <= lowest) else {
                continue;
            };
            for &member in groups.get(&identity(&transaction.edits)).into_iter().flatten() {
                let Some((_, transaction)) = planned.get_mut(member) else { continue };
                if transaction.assume(&assumption) {
                    waiting.push(member);
                }
            }
        }
    }
}
