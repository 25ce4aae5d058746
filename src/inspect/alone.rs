//! Fixes for tools that apply them one at a time, with a click. `fix` applies all of a file together and then takes out what
//! is dead; what is applied by itself must bring that along: a token that is left in a variable nothing reads is not known
//! for one any more.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::Inspection;
use crate::deluge::NodeId;
use crate::migrate::{Transaction, dead, merge_touching};
use crate::text::edit::{self, Edit, EditSet, Edits, Identity, identity};

/// Each fix is followed through the whole file; nobody clicks through more of them than this.
const MOST: usize = 256;

/// Makes such fixes for one file.
pub struct Alone<'i, 'a> {
    inspection: &'i Inspection<'a>,
    /// What leaves the code with the edits that are kept here.
    removed: HashMap<Identity, Vec<NodeId>>,
    made: HashMap<Identity, Option<Edits>>,
}

impl<'i, 'a> Alone<'i, 'a> {
    /// Nothing is made yet.
    pub fn new(inspection: &'i Inspection<'a>) -> Self {
        let mut removed: HashMap<_, Vec<NodeId>> = HashMap::new();
        let mut moved: Vec<(Option<NodeId>, Identity)> = Vec::new();
        for concern in &inspection.concerns {
            let Some(transaction) = &concern.transaction else { continue };
            let kept = identity(&transaction.edits);
            if !transaction.removed.is_empty() {
                removed.entry(kept).or_default().extend(transaction.removed.iter());
            }
            if !concern.call.request.form.has_attributes() {
                let statement = inspection.context.tree.statement(concern.call.request.node);
                moved.push((statement, kept));
            }
        }
        // Of several calls that are put before one statement, the second alone would come before the first.
        moved.sort_unstable();
        let crowded = moved.chunk_by(|(one, _), (other, _)| one == other).filter(|calls| calls.len() > 1).flatten();
        let made = crowded.map(|&(_, kept)| (kept, None)).collect();
        Self { inspection, removed, made }
    }

    /// The edits of a transaction when it is the only one to be applied; `None` when that would not be right.
    pub fn of(&mut self, transaction: &Transaction) -> Option<Edits> {
        let kept = identity(&transaction.edits);
        if let Some(made) = self.made.get(&kept) {
            return made.clone();
        }
        if self.made.len() >= MOST {
            return None;
        }
        let context = self.inspection.context;
        let removed = self.removed.get(&kept).map_or(&[][..], Vec::as_slice);
        let stays = |statement: NodeId| self.inspection.is_kept(statement);
        let parts = &self.inspection.parts;
        let dead = dead::remove(context, &dead::statements(context, removed, &|_, _| false, parts, &stays));
        let mut set = EditSet::new();
        for edit in transaction.edits.iter().chain(&dead) {
            set.accept(std::slice::from_ref(edit));
        }
        let blank = dead::blank_lines(context.text, &set);
        let edits = if dead.is_empty() && blank.is_empty() {
            Some(Arc::clone(&transaction.edits))
        } else {
            let mut edits: Vec<Edit> = transaction.edits.iter().cloned().chain(dead).chain(blank).collect();
            edit::sort(&mut edits);
            let overlap = edits.windows(2).any(|pair| matches!(pair, [a, b] if a.range.intersects(b.range)));
            (!overlap).then(|| merge_touching(edits).into())
        };
        self.made.insert(kept, edits.clone());
        edits
    }
}
