//! What a round does to one part.

use crate::deluge::NodeId;
use crate::inspect::Inspection;
use crate::migrate::Transaction;
use crate::requests::call::Call;
use crate::text::edit::EditSet;

/// What a round does to one part.
pub(super) struct Plan<'i> {
    pub(super) inspection: &'i Inspection<'i>,
    pub(super) accepted: Vec<(&'i Call, &'i Transaction)>,
    /// Expressions that leave the code.
    pub(super) removed: Vec<NodeId>,
    /// In the text of the part.
    pub(super) edits: EditSet,
}
