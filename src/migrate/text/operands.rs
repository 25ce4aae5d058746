//! The operands of a sum, or of `concat`, once it is known what goes: the edits that take some out and join the rest.

use super::{Cut, Mark, Trimming};
use crate::deluge::{Kind, NodeId, Operator};
use crate::migrate::layout::{begins_line, blanks_after, blanks_before, statement};
use crate::migrate::reason::Code;
use crate::migrate::{Manual, shown};
use crate::requests::flow::Context;
use crate::requests::pieces::{Fill, Piece, PieceKind};
use crate::text::edit::Edit;
use crate::text::source::TextRange;

/// An operand of a sum on its way out.
pub(super) struct Operand {
    pub(super) node: NodeId,
    pub(super) range: TextRange,
    /// The content range of a double-quoted literal.
    pub(super) literal: Option<TextRange>,
    /// Stretches of the literal's content that go.
    pub(super) cuts: Vec<TextRange>,
    pub(super) gone: Gone,
    /// Whether it is surely a text.
    pub(super) text: bool,
}

#[derive(PartialEq, Eq, Clone, Copy)]
pub(super) enum Gone {
    Stays,
    /// A literal of which nothing is left.
    Emptied,
    /// A value that was (a part of) the parameter's.
    Value,
}

impl Operand {
    /// Where the kept content ends, seen from the left operand of a pair.
    fn kept_end(&self) -> usize {
        let content = self.literal.unwrap_or(self.range);
        match self.cuts.last() {
            Some(last) if last.end() == content.end() => last.start(),
            _ => content.end(),
        }
    }

    fn kept_start(&self) -> usize {
        let content = self.literal.unwrap_or(self.range);
        match self.cuts.first() {
            Some(first) if first.start() == content.start() => first.end(),
            _ => content.start(),
        }
    }

    fn kept_length(&self) -> usize {
        let content = self.literal.unwrap_or(self.range);
        content.len() - self.cuts.iter().map(|cut| cut.len()).sum::<usize>()
    }
}

impl Trimming<'_> {
    /// `a.concat(b).concat(c)`, `concat(a,b)`: what goes leaves with its call, or an empty text in its place.
    pub(super) fn concatenated(&mut self, chain: NodeId, operands: &[Operand]) -> Result<(), Manual> {
        let tree = self.context.tree;
        let links = tree.children(chain);
        let function = links.len() == 2;
        for (at, operand) in operands.iter().enumerate() {
            match operand.gone {
                Gone::Stays => {}
                Gone::Emptied if at == 0 || function => {}
                Gone::Value if function => {
                    self.edit(Edit::replace(operand.range, "\"\""));
                    continue;
                }
                _ => {
                    let link = at.checked_sub(1).and_then(|before| links.get(1 + 2 * before)).zip(links.get(2 * at));
                    let (member, call) = link.ok_or_else(|| {
                        Manual::new(Code::NothingLeft, "nothing would be left of the text; remove the token by hand")
                    })?;
                    let range = tree.range(*member).cover(tree.range(*call));
                    if !tree.comments_in(range).is_empty() {
                        return Err(Manual::new(
                            Code::Comment,
                            "there is a comment inside the call that joins the token; move it first",
                        ));
                    }
                    self.edit(Edit::delete(range));
                    continue;
                }
            }
            for cut in operand.cuts.clone() {
                self.edit(Edit::delete(cut));
            }
        }
        Ok(())
    }

    /// Whether the expression that is being looked into appends to the variable it is assigned to: `u = u + …`.
    fn appends(&self) -> bool {
        let tree = self.context.tree;
        let plus = tree.parent(self.owner).and_then(|parent| tree.children(parent).get(1).copied());
        if plus.is_some_and(|op| tree.kind(op) == Kind::Op(Operator::AddAssign)) {
            return true;
        }
        let Some(assignment) = tree.parent(self.owner).filter(|&parent| tree.kind(parent) == Kind::Assign) else {
            return false;
        };
        let target = tree.children(assignment).first().map(|&target| self.context.text_of(target));
        let first = self.context.operands(self.owner).first().map(|&first| self.context.text_of(first));
        target == first
    }

    /// `u = u + "&authtoken=" + tok;`: with the token the statement goes.
    pub(super) fn only_appended(&mut self, operands: &[Operand]) -> bool {
        let Context { text, tree, .. } = self.context;
        let mut staying = operands.iter().filter(|operand| operand.gone == Gone::Stays);
        let (Some(only), None) = (staying.next(), staying.next()) else { return false };
        let Some(assignment) = tree.parent(self.owner).filter(|&parent| tree.kind(parent) == Kind::Assign) else {
            return false;
        };
        let target = tree.children(assignment).first();
        let same = target.is_some_and(|&target| self.context.text_of(target) == self.context.text_of(only.node));
        if !same || tree.kind(only.node) != Kind::Name || !tree.comments_in(tree.range(assignment)).is_empty() {
            return false;
        }
        // Its read of the variable is not noted as removed: what reads the variable later now sees the value it read.
        self.edit(Edit::delete(statement(text, tree.range(assignment))));
        true
    }

    /// `appended` says that the statement appends to it, whatever it holds.
    pub(super) fn operand(&mut self, piece: &Piece, cuts: &[Cut], appended: bool) -> Result<Operand, Manual> {
        let range = self.context.tree.range(piece.node);
        let text = !matches!(piece.kind, PieceKind::Opaque { .. });
        let mut operand = Operand { node: piece.node, range, literal: None, cuts: Vec::new(), gone: Gone::Stays, text };
        let touching = || cuts.iter().map(|cut| cut.range).filter(|cut| cut.intersects(piece.at));
        let question = cuts.iter().filter_map(|cut| cut.question).find(|&at| piece.at.contains(at));
        if let PieceKind::Literal(content) = piece.kind {
            // Only the straight double quote can be merged and is sure to delimit; the others are trimmed just as well.
            operand.literal = range.of(self.context.text).starts_with('"').then_some(content);
            for cut in touching() {
                let from = cut.start().max(piece.at.start()) - piece.at.start();
                let to = cut.end().min(piece.at.end()) - piece.at.start();
                operand.cuts.push(TextRange::new(content.start() + from, content.start() + to));
            }
            let kept = content.len() - operand.cuts.iter().map(|cut| cut.len()).sum::<usize>();
            if kept == 0 && !operand.cuts.is_empty() {
                operand.gone = Gone::Emptied;
            }
            if let Some(at) = question {
                self.appended = self.appends().then_some(self.owner).or(self.appended);
                let at = content.start() + (at - piece.at.start());
                self.edit(Edit::replace(TextRange::new(at, at + 1), "?"));
            }
            return Ok(operand);
        }
        // A variable that has other values as well stays, with an empty text.
        let several = || self.context.scopes.reaching(piece.node).nth(1).is_some();
        let stays = match &piece.kind {
            // Of all combinations only some are looked at: another may read the same.
            PieceKind::Variable { write, .. } if self.one_of_many => {
                several() || self.context.scopes.readers(write.id).len() > 1
            }
            PieceKind::Variable { .. } => self.mark != Mark::Joins && (appended || several()),
            _ => false,
        };
        if !stays && touching().any(|cut| cut.contains_range(piece.at)) {
            self.outcome.remove(self.context, piece.node);
            operand.gone = Gone::Value;
            return Ok(operand);
        }
        let touched = touching().next().is_some() || question.is_some();
        match &piece.kind {
            PieceKind::Group(inner) => self.value(inner, cuts)?,
            PieceKind::Filled(inner, fills) => {
                self.value(inner, cuts)?;
                self.unfill(fills, cuts)?;
            }
            PieceKind::Variable { write, value } => {
                let outer = std::mem::replace(&mut self.owner, value.node);
                if touched {
                    self.outcome.edited.push(write.id);
                }
                let inner = self.value(value, cuts);
                self.owner = outer;
                inner?;
            }
            PieceKind::Opaque { .. } if touched => {
                return Err(Manual::new(
                    Code::BuiltElsewhere,
                    format!(
                        "a part of the parameter is built in `{}`, which authshift cannot trace; remove it there by hand",
                        shown(self.context, piece.node)
                    ),
                ));
            }
            _ => {}
        }
        Ok(operand)
    }

    /// Takes the calls that fill a marker of the parameter in out of their chain (row Q17).
    fn unfill(&mut self, fills: &[Fill], cuts: &[Cut]) -> Result<(), Manual> {
        for Fill { link, value, at } in fills {
            let goes = |at: &&TextRange| cuts.iter().any(|cut| cut.range.contains_range(**at));
            let touched = cuts.iter().any(|cut| at.iter().any(|at| cut.range.intersects(*at)));
            if !touched {
                continue;
            }
            if at.iter().filter(goes).count() < at.len() {
                return Err(Manual::new(
                    Code::NotFollowed,
                    "the token is filled into the text in several places; remove it by hand",
                ));
            }
            if !self.context.tree.comments_in(*link).is_empty() {
                return Err(Manual::new(
                    Code::Comment,
                    "there is a comment inside the call that fills the token in; move it first",
                ));
            }
            self.outcome.remove(self.context, *value);
            self.edit(Edit::delete(*link));
        }
        Ok(())
    }

    /// Takes the operands that go out of a sum, with their `+`.
    pub(super) fn sum(&mut self, operands: &mut [Operand]) {
        let mut merged = vec![false; operands.len()];
        self.merge(operands, &mut merged);
        // An empty literal beside what went goes too: `… + ""`.
        for at in 0..operands.len() {
            let beside = [at.checked_sub(1), Some(at + 1)]
                .into_iter()
                .flatten()
                .any(|other| operands.get(other).is_some_and(|operand| operand.gone == Gone::Value));
            if let Some(operand) = operands.get_mut(at)
                && beside
                && merged.get(at) != Some(&true)
                && operand.gone == Gone::Stays
                && operand.literal.is_some_and(|content| content.is_empty())
            {
                operand.gone = Gone::Emptied;
            }
        }
        keep_text_in_front(operands);
        let mut previous: Option<usize> = None;
        for (at, operand) in operands.iter().enumerate() {
            if operand.gone != Gone::Stays {
                continue;
            }
            if !merged.get(at).copied().unwrap_or(false) {
                let run = previous.map_or(0, |previous| previous + 1)..at;
                self.unlink(operands, previous, run, at);
            }
            for cut in operand.cuts.clone() {
                self.edit(Edit::delete(cut));
            }
            previous = Some(at);
        }
        if let Some(last) = previous {
            self.unlink(operands, previous, last + 1..operands.len(), operands.len());
        }
    }

    /// Deletes the operands of `run` between the kept operands `previous` and `next`.
    fn unlink(&mut self, operands: &[Operand], previous: Option<usize>, run: std::ops::Range<usize>, next: usize) {
        let last = run.end.checked_sub(1).and_then(|at| operands.get(at));
        let (Some(first), Some(last), false) = (operands.get(run.start), last, run.is_empty()) else { return };
        let range = match (previous.and_then(|at| operands.get(at)), operands.get(next)) {
            (Some(previous), _) => TextRange::new(previous.range.end(), last.range.end()),
            (None, Some(next)) => TextRange::new(first.range.start(), next.range.start()),
            (None, None) => return,
        };
        if self.context.tree.comments_in(range).is_empty() {
            self.edit(Edit::delete(range));
            return;
        }
        // Each operand and each `+` goes by itself with the blanks before it, so that comments keep their lines.
        let Context { text, tree, .. } = self.context;
        let within = |token: &TextRange| range.contains_range(*token);
        let gone: Vec<TextRange> = operands.iter().map(|operand| operand.range).filter(within).collect();
        // The sum may be an argument, as in `url.concat("?a=" + b)`.
        let operators = tree.descendants(self.owner).filter(|&node| matches!(tree.kind(node), Kind::Op(_)));
        let operators = operators.map(|node| tree.range(node)).filter(within);
        let operators = operators.filter(|at| !gone.iter().any(|operand| operand.contains_range(*at)));
        for token in operators.chain(gone.iter().copied()).collect::<Vec<_>>() {
            let start =
                if begins_line(text, token.start()) { token.start() } else { blanks_before(text, token.start()) };
            let end = if start == token.start() { blanks_after(text, token.end()) } else { token.end() };
            self.edit(Edit::delete(TextRange::new(start, end)));
        }
    }

    /// Joins the two double-quoted literals on one line that a removed value stood between; and those that an emptied
    /// literal stood between.
    fn merge(&mut self, operands: &mut [Operand], merged: &mut [bool]) {
        for removed in [Gone::Value, Gone::Emptied] {
            let mut at = 0;
            while at < operands.len() {
                let end = (at..operands.len())
                    .find(|&other| operands.get(other).is_none_or(|operand| operand.gone != removed))
                    .unwrap_or(operands.len());
                if end > at
                    && let Some(left) = at.checked_sub(1)
                    && end < operands.len()
                {
                    self.join(operands, merged, left, end);
                }
                at = end.max(at + 1);
            }
        }
    }

    fn join(&mut self, operands: &mut [Operand], merged: &mut [bool], left: usize, right: usize) {
        let (Some(l), Some(r)) = (operands.get(left), operands.get(right)) else { return };
        let between = TextRange::new(l.range.end(), r.range.start());
        let one_line = !between.of(self.context.text).contains(['\n', '\r']);
        let whole = l.literal.is_some() && r.literal.is_some() && l.gone != Gone::Value && r.gone != Gone::Value;
        let commented = !self.context.tree.comments_in(between).is_empty();
        if !whole || !one_line || commented || merged.get(right) == Some(&true) {
            return;
        }
        if l.kept_length() + r.kept_length() == 0 {
            return;
        }
        let seam = TextRange::new(l.kept_end(), r.kept_start());
        self.edit(Edit::delete(seam));
        if let Some(l) = operands.get_mut(left) {
            l.cuts.retain(|cut| !seam.contains_range(*cut));
            l.gone = Gone::Stays;
        }
        for operand in operands.get_mut(left + 1..right).unwrap_or(&mut []) {
            operand.gone = Gone::Value;
        }
        if let Some(r) = operands.get_mut(right) {
            r.cuts.retain(|cut| !seam.contains_range(*cut));
            r.gone = Gone::Stays;
        }
        if let Some(flag) = merged.get_mut(right) {
            *flag = true;
        }
    }
}

/// `"a=" + x + y` joins texts, `x + y` might add numbers: when the text that a sum began with goes and two values come to
/// stand first, an empty text stays in front of them.
fn keep_text_in_front(operands: &mut [Operand]) {
    let mut staying = operands.iter().enumerate().filter(|(_, operand)| operand.gone == Gone::Stays);
    let (Some((at, first)), Some((_, second))) = (staying.next(), staying.next()) else { return };
    if at == 0 || first.text || second.text {
        return;
    }
    if let Some(literal) = operands.iter_mut().take(at).rev().find(|operand| operand.gone == Gone::Emptied) {
        literal.gone = Gone::Stays;
    }
}
