//! Limits on how many requests one file or statement may have before fixing is refused. Real files have a few dozen.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use crate::deluge::NodeId;
use crate::migrate::Transaction;
use crate::migrate::reason::{Code, Reason};
use crate::requests::call::Call;
use crate::requests::flow::Context;

/// Of a text with more calls than this nothing is edited: the changes of all would have to be kept at once, and together they
/// would take many times as much as the text.
const MOST_CALLS: usize = 50_000;

/// Calls of one statement are put before it one a round, and there are only so many rounds (`fix/guard.rs`).
const MOST_HOISTED: usize = 100;

type Reasons = Arc<[Reason]>;

/// Why nothing is edited in a text with so many calls.
pub(super) fn reasons(calls: usize) -> Option<Reasons> {
    let reason = "the file has more than 50,000 requests, too many to change together; split the file";
    (calls > MOST_CALLS).then(|| Reasons::from([Reason::new(Code::TooMany, reason)]))
}

/// Leaves the calls of a statement as they are that has too many of those that are put before it.
pub(super) fn keep_statements(context: Context<'_>, planned: &mut [(&Call, &mut Transaction)]) {
    let statement = |call: &Call, transaction: &Transaction| {
        let moves = !call.request.form.has_attributes() && !transaction.edits.is_empty();
        context.tree.statement(call.request.node).filter(|_| moves)
    };
    let mut hoisted: HashMap<NodeId, usize> = HashMap::new();
    for statement in planned.iter().filter_map(|(call, transaction)| statement(call, transaction)) {
        *hoisted.entry(statement).or_default() += 1;
    }
    hoisted.retain(|_, count| *count > MOST_HOISTED);
    if hoisted.is_empty() {
        return;
    }
    let reason = "the statement makes more than 100 requests; give some of them statements of their own";
    let reasons = Reasons::from([Reason::new(Code::TooMany, reason)]);
    for (call, transaction) in planned {
        if statement(call, transaction).is_some_and(|statement| hoisted.contains_key(&statement)) {
            transaction.make_manual_for(Arc::clone(&reasons));
        }
    }
}
