//! Taking the token's part out of a multipart body (row P12).
//!
//! ```text
//! parts = List();
//! parts.add({"paramName":"authtoken","content":token,"stringPart":"true"});      // goes
//! parts.add({"paramName":"file","content":file});
//! r = invokeurl [ url:… type:POST files:parts ];
//! ```

use std::collections::BTreeMap;

use super::reason::Code;
use super::{Manual, Outcome, dead, map};
use crate::deluge::{Kind, NodeId};
use crate::requests::flow::Context;
use crate::requests::lists::{ListPart, items};
use crate::requests::occurrence::{Occurrence, Site};
use crate::requests::request::Slot;

/// The edits in the list of parts.
///
/// # Errors
/// [`Manual`] when a part is not added by a statement of its own, or nothing would be left.
pub fn edits(context: Context<'_>, slot: Slot, occurrences: &[&Occurrence]) -> Result<Outcome, Manual> {
    let tree = context.tree;
    let mut outcome = Outcome::default();
    let mut literals: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
    let mut statements = Vec::new();
    let mut goes = Vec::new();
    for occurrence in occurrences {
        let Site::Part { part, .. } = occurrence.site else { continue };
        goes.push(part);
        match part {
            ListPart::Item { list, item } => {
                literals.entry(list).or_default().push(item);
                outcome.remove(context, item);
            }
            ListPart::Added(chain) => {
                let own = tree.parent(chain).filter(|&own| tree.kind(own) == Kind::Expression);
                let own = own.ok_or_else(|| {
                    Manual::new(
                        Code::InExpression,
                        "the token is added to the list inside another expression; remove it by hand",
                    )
                })?;
                if !dead::is_clear(context, own) {
                    return Err(Manual::new(
                        Code::Comment,
                        "there is a comment inside the statement that adds the token; move it first",
                    ));
                }
                statements.push(own);
                outcome.removed.push(chain);
                let added = tree.children(chain).last().and_then(|&call| tree.children(call).first());
                if let Some(&item) = added {
                    outcome.remove(context, item);
                }
            }
        }
    }
    if goes.is_empty() {
        return Ok(outcome);
    }
    let all = items(context, slot.value);
    let left: Vec<ListPart> = all.iter().map(|&(_, place)| place).filter(|place| !goes.contains(place)).collect();
    if left.is_empty() {
        if !literals.contains_key(&slot.value) || literals.len() > 1 {
            return Err(Manual::new(
                Code::NothingLeft,
                "the list of parts holds only the token; remove it and `files:` by hand",
            ));
        }
        outcome.gone.push(slot.value);
        outcome.removed.push(slot.value);
        return Ok(outcome);
    }
    if !left.iter().any(|place| is_sure(context, *place, slot.value)) {
        outcome.assume(Code::NothingLeft, "another part is in the list whenever it is sent");
    }
    for (list, items) in literals {
        outcome.edits.extend(map::remove_entries(context, list, &items).unwrap_or_else(|| map::empty(context, list)));
    }
    statements.sort_by_key(|&statement| tree.range(statement).start());
    statements.dedup();
    outcome.edits.extend(dead::remove(context, &statements));
    // What else is done with the list is looked at where all requests are.
    for name in tree.descendants(slot.value).filter(|&node| tree.kind(node) == Kind::Name) {
        if context.scopes.reaching(name).nth(1).is_some() {
            outcome
                .assume(Code::PathWithoutToken, "where the request sends no token now, it may use the Connection too");
        }
        outcome.own_reads.push(name);
        outcome.edited.extend(context.scopes.reaching(name).flatten().map(|write| write.id));
    }
    let added = all.iter().filter_map(|&(_, place)| match place {
        ListPart::Added(chain) => tree.children(chain).first().copied(),
        ListPart::Item { .. } => None,
    });
    for list in added {
        outcome.own_reads.push(list);
        outcome.edited.extend(context.scopes.reaching(list).flatten().map(|write| write.id));
    }
    Ok(outcome)
}

/// Whether a part is in the list whenever it is sent.
fn is_sure(context: Context<'_>, part: ListPart, sent: NodeId) -> bool {
    let tree = context.tree;
    let own = match part {
        ListPart::Item { list, .. } if tree.range(sent).contains_range(tree.range(list)) => return true,
        ListPart::Item { list, .. } => list,
        ListPart::Added(chain) => chain,
    };
    let Some(statement) = tree.statement(own) else { return false };
    let block = tree.parent(statement);
    tree.ancestors(sent).any(|around| statement < around && tree.parent(around) == block)
}
