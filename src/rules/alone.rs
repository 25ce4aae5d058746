//! Fixes for tools that apply them one at a time, with a click. `fix` applies all of a file together and then takes out what
//! is dead; what is applied by itself must bring that along: a token that is left in a variable nothing reads is not known
//! for one any more.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Edits;
use crate::analysis::Call;
use crate::edit::Edit;
use crate::inspect::Inspection;
use crate::migrate::{Transaction, dead, merge_touching};
use crate::syntax::NodeId;

/// Each fix is followed through the whole file; nobody clicks through more of them than this.
const MOST: usize = 256;

pub(super) struct Alone<'i, 'a> {
    inspection: &'i Inspection<'a>,
    /// What leaves the code with the edits that are kept here.
    removed: HashMap<*const Vec<Edit>, Vec<NodeId>>,
    /// Statements of which several calls are put before them: only together they keep their order.
    crowded: HashSet<NodeId>,
    made: HashMap<*const Vec<Edit>, Edits>,
}

impl<'i, 'a> Alone<'i, 'a> {
    pub(super) fn new(inspection: &'i Inspection<'a>) -> Self {
        let mut removed: HashMap<_, Vec<NodeId>> = HashMap::new();
        let (mut statements, mut crowded) = (HashSet::new(), HashSet::new());
        for concern in &inspection.concerns {
            let Some(transaction) = &concern.transaction else { continue };
            removed.entry(Arc::as_ptr(&transaction.edits)).or_default().extend(&transaction.removed);
            let statement = inspection.context.tree.statement(concern.call.request.node);
            if !concern.call.request.form.has_attributes() && !statements.insert(statement) {
                crowded.extend(statement);
            }
        }
        Self { inspection, removed, crowded, made: HashMap::new() }
    }

    /// The edits that migrate `call` when nothing else is migrated; `None` when that would not be right.
    pub(super) fn of(&mut self, call: &Call, transaction: &Transaction) -> Option<Edits> {
        let context = self.inspection.context;
        let statement = context.tree.statement(call.request.node);
        if !call.request.form.has_attributes() && statement.is_some_and(|node| self.crowded.contains(&node)) {
            return None;
        }
        let kept = Arc::as_ptr(&transaction.edits);
        if let Some(made) = self.made.get(&kept) {
            return Some(Arc::clone(made));
        }
        if self.made.len() == MOST {
            return None;
        }
        let removed = self.removed.get(&kept).map_or(&[][..], Vec::as_slice);
        let dead = dead::remove(context, &dead::statements(context, removed, &|_, _| false, &self.inspection.parts));
        let mut edits: Vec<Edit> = transaction.edits.iter().cloned().chain(dead).collect();
        edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
        if edits.windows(2).any(|pair| matches!(pair, [a, b] if a.range.intersects(b.range))) {
            return None;
        }
        let edits = Arc::new(merge_touching(edits));
        self.made.insert(kept, Arc::clone(&edits));
        Some(edits)
    }
}
