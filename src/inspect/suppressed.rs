//! What a comment suppresses stays as it is: the token, the request it is sent with, and the comment's place beside it.

use foldhash::HashSet;

use super::{Inspection, rule_of};
use crate::deluge::{Kind, NodeId};
use crate::finding::Rule;
use crate::migrate::reason::Code;
use crate::migrate::{Transaction, dead};
use crate::project::suppress::line_ends;
use crate::requests::call::Call;
use crate::requests::flow::Context;
use crate::text::edit::Edit;
use crate::text::source::TextRange;

/// Leaves a request alone, one of whose tokens is suppressed. Requests that share a value with it cannot lose that value then,
/// which is seen when they are tied.
pub(super) fn leave(rule: Rule, call: &Call, transaction: &mut Transaction) {
    transaction.suppress(&format!(
        "a comment suppresses `{}` in this request, and authshift migrates a request whole or not at all",
        rule.name()
    ));
    if call.request.connection.is_none() {
        transaction.connection = None;
    }
}

impl Inspection<'_> {
    /// The first rule about a token of the request that a comment suppresses.
    pub(super) fn suppressed_rule(&self, call: &Call) -> Option<Rule> {
        let mut tokens = call.occurrences().map(|occurrence| (rule_of(occurrence), occurrence.range));
        tokens.find(|&(rule, range)| self.suppressions.covers(rule, range)).map(|(rule, _)| rule)
    }

    /// Notes the suppressed tokens, and holds back what would edit them or part them from their comments. Transactions that
    /// are tied have the same edits, so that all of them are held back.
    pub(super) fn keep_suppressed(&mut self) {
        if self.suppressions.is_empty() {
            return;
        }
        let carried = self.concerns.iter().flat_map(|concern| concern.call.occurrences());
        let tokens = carried.map(|occurrence| (rule_of(occurrence), occurrence.range));
        let written = self.hardcoded.iter().map(|hardcoded| (Rule::HardcodedAuthtoken, hardcoded.range));
        let pasted = self.pasted.iter().map(|pasted| (Rule::HardcodedSecret, pasted.range));
        let covers = |&(rule, range): &(Rule, TextRange)| self.suppressions.covers(rule, range);
        let mut kept: Vec<TextRange> =
            tokens.chain(written).chain(pasted).filter(covers).map(|(_, range)| range).collect();
        kept.sort_unstable();
        kept.dedup_by(|next, last| {
            let meets = next.intersects(*last);
            if meets {
                *last = last.cover(*next);
            }
            meets
        });
        self.kept = kept;
        let text = self.context.text;
        let disturbed = |edit: &Edit| self.suppressions.are_disturbed_by(text, edit, &self.kept);
        let planned = || self.concerns.iter().filter_map(|concern| concern.transaction.as_ref());
        let edits = planned().flat_map(|transaction| transaction.edits.iter());
        let zones: HashSet<usize> =
            edits.filter(|edit| disturbed(edit)).filter_map(|edit| self.suppressions.zone_at(edit.range)).collect();
        // Another edit there that moves lines would let in the next round what is held back in this one.
        let moves = |edit: &Edit| {
            self.suppressions.zone_at(edit.range).is_some_and(|zone| zones.contains(&zone))
                && line_ends(edit.range.of(text)) != line_ends(&edit.replacement)
        };
        for transaction in self.concerns.iter_mut().filter_map(|concern| concern.transaction.as_mut()) {
            if transaction.edits.iter().any(|edit| disturbed(edit) || moves(edit)) {
                transaction.make_manual(
                    Code::Suppressed,
                    "the change would move a comment that suppresses a finding nearby; move that code to a line of its own",
                );
            }
        }
    }

    /// Whether a statement must not be taken out. A literal that is suppressed stays also when its requests are migrated and
    /// nothing shows any more that it is a token.
    pub(super) fn is_kept(&self, statement: NodeId) -> bool {
        if self.context.tree.is_open(self.context.text, statement) {
            return true;
        }
        if self.suppressions.is_empty() {
            return false;
        }
        let Context { text, tree, .. } = self.context;
        let strings = tree.descendants(statement).filter(|&node| tree.kind(node) == Kind::String);
        let disturbed = |edit: &Edit| self.suppressions.are_disturbed_by(text, edit, &self.kept);
        let literal = [Rule::HardcodedAuthtoken, Rule::HardcodedSecret, Rule::OauthByHand];
        let covered = |range| literal.into_iter().any(|rule| self.suppressions.covers(rule, range));
        strings.map(|node| tree.range(node)).any(covered)
            || dead::remove(self.context, &[statement]).iter().any(disturbed)
    }
}
