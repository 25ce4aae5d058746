//! Taking parameters out of a text (query string, form body) that is joined from pieces: rows Q1 to Q15 and P7.
//!
//! What goes is decided on the virtual text, where `?` and `&` are put right; then each stretch that goes is taken back to
//! the pieces: literals are trimmed, operands leave their sum.

use crate::analysis::carrier::{Param, leaves_of};
use crate::analysis::flow::{Context, Flow, Piece, PieceKind, Value};
use crate::edit::Edit;
use crate::source::TextRange;
use crate::syntax::NodeId;
use crate::zoho::UNKNOWN;

use super::layout::delete_around_comments;
use super::{Manual, Outcome};

/// Takes `params` out of the text `flow`.
///
/// # Errors
/// [`Manual`] when no edit can be right on every path.
pub fn remove(context: Context<'_>, flow: &Flow, params: &[Param]) -> Result<Outcome, Manual> {
    let mut outcome = Outcome::default();
    let mut cuts = Vec::new();
    for group in groups(&flow.text, params) {
        cuts.push(cut(context, flow, group, &mut outcome)?);
    }
    let overlapping = cuts.windows(2).any(|pair| matches!(pair, [a, b] if a.end() > b.start()));
    if overlapping {
        return Err(Manual::new("the parameters to take out overlap"));
    }
    trim(context, &flow.value, &cuts, &mut outcome)?;
    Ok(outcome)
}

/// Parameters that follow one another, as one stretch from the first name to the last value.
fn groups(text: &str, params: &[Param]) -> Vec<TextRange> {
    let mut sorted: Vec<TextRange> = params.iter().map(|param| param.name.cover(param.value)).collect();
    sorted.sort_unstable();
    let mut groups: Vec<TextRange> = Vec::new();
    for param in sorted {
        match groups.last_mut() {
            Some(last) if TextRange::new(last.end(), param.start()).of(text) == "&" => *last = last.cover(param),
            _ => groups.push(param),
        }
    }
    groups
}

/// The stretch of the virtual text that goes with the parameters in `group`, one separator included.
fn cut(context: Context<'_>, flow: &Flow, group: TextRange, outcome: &mut Outcome) -> Result<TextRange, Manual> {
    let text = &flow.text;
    let before = text.get(..group.start()).and_then(|head| head.chars().next_back());
    match (before, after(flow, group.end())) {
        // `&a=T` in the middle or at the end: everything else keeps its separator.
        (Some('&'), After::Separator(_) | After::End) => Ok(TextRange::new(group.start() - 1, group.end())),
        (Some('&'), After::Unknown(node)) => {
            outcome.assume(format!(
                "`{}` is taken to be empty or to begin with `&`; it follows the token without one",
                context.text_of(node)
            ));
            Ok(TextRange::new(group.start() - 1, group.end()))
        }
        // First of several: the next one takes over the separator.
        (_, After::Separator(end)) => Ok(TextRange::new(group.start(), end)),
        (Some('?'), After::End) => Ok(TextRange::new(group.start() - 1, group.end())),
        (None, After::End) => Ok(group),
        (Some('?') | None, After::Unknown(node)) => {
            outcome.assume(format!(
                "`{}` is taken to be empty or to begin with `&`; it follows the token without one",
                context.text_of(node)
            ));
            Ok(group)
        }
        (Some(UNKNOWN), After::End) => {
            outcome.assume("what stands before the token is taken to end with `?` or `&`, which then ends the text");
            Ok(group)
        }
        _ => Err(Manual::new("where the token's value ends in the text cannot be seen")),
    }
}

/// What follows a parameter.
enum After {
    End,
    /// A `&`, which ends at this byte of the virtual text.
    Separator(usize),
    /// An operand that is not known and brings no visible separator.
    Unknown(NodeId),
}

fn after(flow: &Flow, mut at: usize) -> After {
    let mut leaves = Vec::new();
    leaves_of(&flow.value, &mut leaves);
    loop {
        match flow.text.get(at..).and_then(|rest| rest.chars().next()) {
            None | Some('#') => return After::End,
            Some('&') => return After::Separator(at + 1),
            Some(UNKNOWN) => {
                let Some(leaf) = leaves.iter().find(|leaf| leaf.at.contains(at)) else { return After::End };
                if !matches!(&leaf.kind, PieceKind::Opaque { known: Some(known) } if known.is_empty()) {
                    return After::Unknown(leaf.node);
                }
                at = leaf.at.end();
            }
            Some(_) => {
                let leaf = leaves.iter().find(|leaf| leaf.at.contains(at));
                return leaf.map_or(After::End, |leaf| After::Unknown(leaf.node));
            }
        }
    }
}

/// An operand of a sum on its way out.
struct Operand {
    range: TextRange,
    /// The content range of a double-quoted literal.
    literal: Option<TextRange>,
    /// Stretches of the literal's content that go.
    cuts: Vec<TextRange>,
    gone: Gone,
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Gone {
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

/// Records the edits that take the stretches `cuts` of the virtual text out of `value`.
fn trim(context: Context<'_>, value: &Value, cuts: &[TextRange], outcome: &mut Outcome) -> Result<(), Manual> {
    let mut operands = Vec::new();
    for piece in &value.pieces {
        operands.push(operand(context, piece, cuts, outcome)?);
    }
    if let [only] = operands.as_slice() {
        if only.gone == Gone::Value {
            return Err(Manual::new("nothing would be left of the text"));
        }
        outcome.edits.extend(only.cuts.iter().map(|&cut| Edit::delete(cut)));
        return Ok(());
    }
    if operands.iter().all(|operand| operand.gone != Gone::Stays) {
        return Err(Manual::new("nothing would be left of the text"));
    }
    sum(context, &mut operands, outcome);
    Ok(())
}

fn operand(context: Context<'_>, piece: &Piece, cuts: &[TextRange], outcome: &mut Outcome) -> Result<Operand, Manual> {
    let range = context.tree.range(piece.node);
    let mut operand = Operand { range, literal: None, cuts: Vec::new(), gone: Gone::Stays };
    let touching: Vec<TextRange> = cuts.iter().copied().filter(|cut| cut.intersects(piece.at)).collect();
    if let PieceKind::Literal(content) = piece.kind {
        // Only the straight double quote can be merged and is sure to delimit; the others are trimmed just as well.
        operand.literal = range.of(context.text).starts_with('"').then_some(content);
        for cut in &touching {
            let from = cut.start().max(piece.at.start()) - piece.at.start();
            let to = cut.end().min(piece.at.end()) - piece.at.start();
            operand.cuts.push(TextRange::new(content.start() + from, content.start() + to));
        }
        let kept = content.len() - operand.cuts.iter().map(|cut| cut.len()).sum::<usize>();
        if kept == 0 && !touching.is_empty() {
            operand.gone = Gone::Emptied;
        }
        return Ok(operand);
    }
    if touching.is_empty() {
        return Ok(operand);
    }
    if touching.iter().any(|cut| cut.contains_range(piece.at)) {
        outcome.remove(context, piece.node);
        operand.gone = Gone::Value;
        return Ok(operand);
    }
    match &piece.kind {
        PieceKind::Group(inner) => trim(context, inner, cuts, outcome)?,
        PieceKind::Variable { value, only_use: true } => {
            trim(context, value, cuts, outcome)?;
        }
        _ => {
            return Err(Manual::new(format!(
                "a part of the parameter is built in `{}`, which is used elsewhere too",
                context.text_of(piece.node)
            )));
        }
    }
    Ok(operand)
}

/// Takes the operands that go out of a sum, with their `+`.
fn sum(context: Context<'_>, operands: &mut [Operand], outcome: &mut Outcome) {
    let mut merged = vec![false; operands.len()];
    merge(context, operands, &mut merged, outcome);
    // An empty literal beside what went goes too: `… + ""`.
    for at in 0..operands.len() {
        let beside = [at.checked_sub(1), Some(at + 1)]
            .into_iter()
            .flatten()
            .any(|other| operands.get(other).is_some_and(|operand| operand.gone == Gone::Value));
        if let Some(operand) = operands.get_mut(at)
            && beside
            && operand.gone == Gone::Stays
            && operand.literal.is_some_and(|content| content.is_empty())
        {
            operand.gone = Gone::Emptied;
        }
    }
    if operands.iter().all(|operand| operand.gone != Gone::Stays) {
        return;
    }
    let mut previous: Option<usize> = None;
    for (at, operand) in operands.iter().enumerate() {
        if operand.gone != Gone::Stays {
            continue;
        }
        if !merged.get(at).copied().unwrap_or(false) {
            let run = previous.map_or(0, |previous| previous + 1)..at;
            unlink(context, operands, previous, run, at, outcome);
        }
        outcome.edits.extend(operand.cuts.iter().map(|&cut| Edit::delete(cut)));
        previous = Some(at);
    }
    if let Some(last) = previous {
        unlink(context, operands, previous, last + 1..operands.len(), operands.len(), outcome);
    }
}

/// Deletes the operands of `run` between the kept operands `previous` and `next`.
fn unlink(
    context: Context<'_>,
    operands: &[Operand],
    previous: Option<usize>,
    run: std::ops::Range<usize>,
    next: usize,
    outcome: &mut Outcome,
) {
    let (Some(first), Some(last)) = (operands.get(run.start), run.end.checked_sub(1).and_then(|at| operands.get(at)))
    else {
        return;
    };
    if run.is_empty() {
        return;
    }
    let range = match (previous.and_then(|at| operands.get(at)), operands.get(next)) {
        (Some(previous), _) => TextRange::new(previous.range.end(), last.range.end()),
        (None, Some(next)) => TextRange::new(first.range.start(), next.range.start()),
        (None, None) => return,
    };
    outcome.edits.extend(delete_around_comments(context, range));
}

/// Joins the two double-quoted literals on one line that a removed value stood between; and those that an emptied literal
/// stood between.
fn merge(context: Context<'_>, operands: &mut [Operand], merged: &mut [bool], outcome: &mut Outcome) {
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
                join(context, operands, merged, (left, end), outcome);
            }
            at = end.max(at + 1);
        }
    }
}

fn join(
    context: Context<'_>,
    operands: &mut [Operand],
    merged: &mut [bool],
    (left, right): (usize, usize),
    outcome: &mut Outcome,
) {
    let (Some(l), Some(r)) = (operands.get(left), operands.get(right)) else { return };
    let between = TextRange::new(l.range.end(), r.range.start());
    let one_line = !between.of(context.text).contains(['\n', '\r']);
    let whole = l.literal.is_some() && r.literal.is_some() && l.gone != Gone::Value && r.gone != Gone::Value;
    if !whole || !one_line || !context.tree.comments_in(between).is_empty() || merged.get(right) == Some(&true) {
        return;
    }
    if l.kept_length() + r.kept_length() == 0 {
        return;
    }
    let seam = TextRange::new(l.kept_end(), r.kept_start());
    outcome.edits.push(Edit::delete(seam));
    let cut_at_seam = |cut: &TextRange| seam.contains_range(*cut);
    if let Some(l) = operands.get_mut(left) {
        l.cuts.retain(|cut| !cut_at_seam(cut));
        l.gone = Gone::Stays;
    }
    for operand in operands.get_mut(left + 1..right).unwrap_or(&mut []) {
        operand.gone = Gone::Value;
    }
    if let Some(r) = operands.get_mut(right) {
        r.cuts.retain(|cut| !cut_at_seam(cut));
        r.gone = Gone::Stays;
    }
    if let Some(flag) = merged.get_mut(right) {
        *flag = true;
    }
}
