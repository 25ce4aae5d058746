//! What becomes of one request: the [`Outcome`] of each of its parts, and one [`Transaction`] of all of them, at the worst
//! applicability of its parts.

use std::sync::Arc;

use foldhash::HashSet;

use super::effects::Effects;
use super::lines::Lines;
use super::reason::{Code, Reason};
use super::{shown, text};
use crate::deluge::NodeId;
use crate::deluge::pure::{is_pure, may_be_caught};
use crate::finding::Applicability;
use crate::requests::flow::Context;
use crate::requests::reaching::WriteId;
use crate::text::edit::{Edit, Edits};
use crate::text::recent::Recent;

/// Why no edit is offered; the text says what a person has to do or know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manual(pub Reason);

impl Manual {
    pub(super) fn new(code: Code, text: impl Into<Arc<str>>) -> Self {
        Self(Reason::new(code, text))
    }
}

/// What one part of a migration comes to.
#[derive(Default, Debug)]
pub struct Outcome {
    pub(super) edits: Vec<Edit>,
    pub(super) assumptions: Vec<Reason>,
    pub(super) removed: Vec<NodeId>,
    /// Values of attributes and arguments that go whole.
    pub(super) gone: Vec<NodeId>,
    /// Whether the `?` moved to a statement that appends to the URL on some of the ways only.
    pub(super) appended: bool,
    /// Of what the first `&` is replaced where it is sent.
    pub(super) replaced: Option<text::Replaced>,
    /// Whether there are ways to the text that were not looked at.
    pub(super) one_of_many: bool,
    /// The HTTP method that an override header asked for.
    pub(super) method: Option<&'static str>,
    /// Assignments that are edited for this request.
    pub(super) edited: Vec<WriteId>,
    /// Reads of variables that belong to this request.
    pub(super) own_reads: Vec<NodeId>,
    /// A call of the same statement that has to go before the statement as well, or it would be made after this one.
    pub(super) follows: Option<NodeId>,
}

impl Outcome {
    pub(super) fn assume(&mut self, code: Code, text: impl Into<Arc<str>>) {
        self.add(Reason::new(code, text));
    }

    pub(super) fn add(&mut self, assumption: Reason) {
        if !self.assumptions.contains(&assumption) {
            self.assumptions.push(assumption);
        }
    }

    /// Notes that an expression leaves the code.
    pub(super) fn remove(&mut self, context: Context<'_>, expression: NodeId) {
        if !is_pure(context.text, context.tree, expression) {
            self.assume(
                Code::CallGoes,
                format!("`{}` only returns a value; it is no longer called", shown(context, expression)),
            );
        } else if may_be_caught(context.text, context.tree, expression) {
            self.assume(
                Code::CallGoes,
                format!("`{}` never fails, so that its `catch` never runs for it", shown(context, expression)),
            );
        }
        self.removed.push(expression);
    }

    pub(super) fn absorb(&mut self, other: Outcome) {
        self.edits.extend(other.edits);
        other.assumptions.into_iter().for_each(|assumption| self.add(assumption));
        self.removed.extend(other.removed);
        self.gone.extend(other.gone);
        self.method = self.method.or(other.method);
        self.one_of_many |= other.one_of_many;
        self.replaced = self.replaced.or(other.replaced);
        self.edited.extend(other.edited);
        self.own_reads.extend(other.own_reads);
        self.follows = self.follows.or(other.follows);
    }
}

/// Names for new variables, none of which the file has already.
#[derive(Default, Debug)]
pub struct NewNames {
    pub(super) given: usize,
    /// The names of the file that might be in the way, once one is needed.
    pub(super) taken: Option<HashSet<String>>,
    pub(super) effects: Effects,
    pub(super) lines: Lines,
    /// What was put into the code last, and what was said of it.
    pub(super) texts: Recent<str>,
    /// For calls that stay, of which only the errors are reported.
    pub(super) scratch: Option<Box<NewNames>>,
}

/// How many reasons a transaction has at most: each token of the request reports them all.
const MOST_REASONS: usize = 16;

impl NewNames {
    /// What is asked for a call that stays: it neither takes a name nor goes before its statement.
    pub(super) fn scratch(&mut self) -> &mut Self {
        self.scratch.get_or_insert_default()
    }

    pub(super) fn reasons(&mut self, mut reasons: Vec<Reason>) -> Arc<[Reason]> {
        // The last one is kept: it may be about the request as a whole.
        if let Some(more) = reasons.len().checked_sub(MOST_REASONS).filter(|&more| more > 0)
            && let Some(first) = reasons.get(MOST_REASONS - 1)
        {
            let left = Reason::new(first.code, format!("the same is assumed of {more} other parts"));
            reasons.splice(MOST_REASONS - 1..MOST_REASONS - 1 + more, [left]);
        }
        for reason in &mut reasons {
            reason.text = self.texts.share(Arc::clone(&reason.text));
        }
        reasons.into()
    }

    pub(super) fn edits(&mut self, mut edits: Vec<Edit>) -> Edits {
        for edit in &mut edits {
            edit.replacement = self.texts.share(Arc::clone(&edit.replacement));
        }
        edits.into()
    }

    /// `response`, `response2`, …
    pub(super) fn name(&mut self, context: Context<'_>) -> String {
        const STEM: &str = "response";
        let taken = self.taken.get_or_insert_with(|| {
            let names = context.scopes.iter().flat_map(|scope| scope.iter().map(|(name, _)| name));
            names.filter(|name| name.starts_with(STEM)).map(str::to_owned).collect()
        });
        loop {
            self.given += 1;
            let name = if self.given == 1 { STEM.to_owned() } else { format!("{STEM}{}", self.given) };
            if !taken.contains(&name) {
                return name;
            }
        }
    }
}

/// What becomes of one request that carries a token.
#[derive(Debug)]
pub struct Transaction {
    /// The worst of its parts.
    pub applicability: Applicability,
    /// All edits; empty when manual. Transactions that are tied share them.
    pub edits: Edits,
    /// The LinkName it has or gets.
    pub connection: Option<Arc<str>>,
    /// The configured LinkName, where the request names another one.
    pub mismatch: Option<Arc<str>>,
    /// Whether the connection that stands in the request is the configured one.
    pub confirmed: bool,
    /// Assumptions of an unsafe transaction, or why it is manual.
    pub reasons: Arc<[Reason]>,
    /// Expressions that leave the code.
    pub removed: Arc<[NodeId]>,
    /// Assignments that are edited.
    pub edited: Arc<[WriteId]>,
    /// Reads of variables that belong to the request.
    pub own_reads: Box<[NodeId]>,
    /// A call of the same statement that is put before the statement as well: if it is not, it is made after this one.
    pub follows: Option<NodeId>,
    /// Whether not all ways to its texts were looked at. Then it has to be shown that all else stays the same, though it is
    /// unsafe for another reason.
    pub one_of_many: bool,
    /// Whether it is manual only for want of a configured Connection.
    pub unconfigured: bool,
    /// Whether the LinkName that it gets is a suggestion.
    pub suggested: bool,
}

impl Transaction {
    /// Notes an assumption that makes it unsafe; says whether it was safe before.
    pub(super) fn assume(&mut self, assumption: &Reason) -> bool {
        if self.applicability == Applicability::Manual || self.reasons.contains(assumption) {
            return false;
        }
        self.add_reason(assumption.clone());
        std::mem::replace(&mut self.applicability, Applicability::Unsafe) == Applicability::Safe
    }

    pub(super) fn add_reason(&mut self, reason: Reason) {
        self.reasons = self.reasons.iter().cloned().chain([reason]).collect();
    }

    /// One without edits, for a reason.
    pub(super) fn manual(code: Code, text: &str) -> Self {
        Self { reasons: Arc::new([Reason::new(code, text)]), ..Self::empty() }
    }

    /// One without edits and without a reason so far.
    pub(super) fn empty() -> Self {
        Self {
            applicability: Applicability::Manual,
            edits: Arc::default(),
            connection: None,
            mismatch: None,
            confirmed: false,
            reasons: Arc::default(),
            removed: Arc::default(),
            edited: Arc::default(),
            own_reads: Box::default(),
            one_of_many: false,
            follows: None,
            unconfigured: false,
            suggested: false,
        }
    }

    /// Offers no edit after all, because the one there was did not hold what it promised.
    pub fn fail_check(&mut self, reason: &str) {
        self.make_manual(
            Code::NotShown,
            &format!("the change failed its check ({reason}), so it is not offered; migrate this request by hand"),
        );
    }

    /// Leaves the request with its token, as a comment asks for: it gets no connection either.
    pub fn suppress(&mut self, reason: &str) {
        self.make_manual(Code::Suppressed, reason);
        self.unconfigured = false;
        self.suggested = false;
    }

    /// Makes it manual, without edits.
    pub fn make_manual(&mut self, code: Code, reason: &str) {
        self.make_manual_for(Arc::new([Reason::new(code, reason)]));
    }

    /// The same, for reasons that others have as well.
    pub fn make_manual_for(&mut self, reasons: Arc<[Reason]>) {
        self.applicability = Applicability::Manual;
        self.reasons = reasons;
        self.edits = Arc::default();
        self.removed = Arc::default();
        self.edited = Arc::default();
        self.own_reads = Box::default();
    }
}
