//! Taking parameters out of a text (query string, form body) that is joined from pieces: rows Q1 to Q15 and P7.
//!
//! What goes is decided on the virtual text, where `?` and `&` are put right; then each stretch that goes is taken back to
//! the pieces: literals are trimmed, operands leave their sum. A text that may have several values (a variable assigned in
//! branches) is looked at once for each; what they have in common must come out the same.

mod operands;

use std::collections::BTreeMap;

use foldhash::HashSet;

use super::follows::{has_no_separator, is_separated};
use super::layout::statement;
use super::reason::Code;
use super::{Manual, Outcome};
use crate::deluge::{Kind, NodeId};
use crate::requests::flow::Context;
use crate::requests::params::{Param, ParamContext, Shape, json_members, params, xml_elements};
use crate::requests::people;
use crate::requests::pieces::{Flow, Leaf, PieceKind, Value, leaf_at};
use crate::text::edit::Edit;
use crate::text::source::TextRange;
use crate::zoho::UNKNOWN;
use operands::Gone;

/// Which parameters of a virtual text go.
pub type Wanted<'w> = &'w dyn Fn(&str) -> Vec<Param>;

/// Takes the parameters that `wanted` finds out of every value that a text may have.
///
/// # Errors
/// [`Manual`] when no edit can be right on every path.
pub fn remove(context: Context<'_>, flows: &[Flow], wanted: Wanted<'_>) -> Result<Outcome, Manual> {
    let strict = each(context, flows, wanted, Mark::Joins);
    if let Ok(outcome) = &strict
        && !outcome.appended
    {
        return strict;
    }
    // What is appended on one of the ways, in a loop, or for others as well, keeps its `&`; the first one that is sent is
    // replaced where the text is sent (row Q12).
    let mut replaced = each(context, flows, wanted, Mark::Replaced)
        .or_else(|_| each(context, flows, wanted, Mark::AllReplaced))
        .map_err(|manual| strict.err().unwrap_or(manual))?;
    let Some(place) = replaced.replaced.take() else { return Ok(replaced) };
    let value = flows
        .first()
        .map(|flow| flow.value.node)
        .ok_or_else(|| Manual::new(Code::NothingLeft, "the request sends no text"))?;
    let to = if flows.iter().any(|flow| flow.text.contains('?')) { "?" } else { "" };
    let range = match place {
        Replaced::Whole => context.tree.range(value),
        Replaced::From(start) => TextRange::new(start, context.tree.range(value).end()),
    };
    let operands = context.operands(value);
    let within: Vec<NodeId> =
        operands.into_iter().filter(|&operand| range.contains_range(context.tree.range(operand))).collect();
    let simple = |node: NodeId| {
        matches!(context.tree.kind(node), Kind::Name | Kind::Chain | Kind::String | Kind::Paren)
            && context.choices(node).is_none()
    };
    let call = format!(".replaceFirst(\"&\",\"{to}\")");
    if within.len() == 1 && within.iter().all(|&node| simple(node)) {
        replaced.edits.push(Edit::insert(range.end(), call));
    } else {
        replaced.edits.push(Edit::insert(range.start(), "("));
        replaced.edits.push(Edit::insert(range.end(), format!("){call}")));
    }
    Ok(replaced)
}

/// Of what the first `&` is replaced where it is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Replaced {
    /// Of all of it.
    Whole,
    /// Of the operands of the request's own sum from this byte on.
    From(usize),
}

/// What becomes of the `?` when the first parameter goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// The next parameter takes it over, or it goes.
    Joins,
    /// It goes, and the `&` of the next parameter stays, unless both stand in one literal, or only the text of this path has it.
    Replaced,
    /// It goes, and the `&` of the next parameter stays.
    AllReplaced,
}

fn each(context: Context<'_>, flows: &[Flow], wanted: Wanted<'_>, mark: Mark) -> Result<Outcome, Manual> {
    let mut whole = Outcome::default();
    let mut by_owner: BTreeMap<NodeId, Vec<Edit>> = BTreeMap::new();
    let own = own_reads(context, flows);
    let (mut takes_over, mut appended) = (false, Vec::new());
    for flow in flows {
        let mut trimming = Trimming {
            context,
            edits: BTreeMap::new(),
            outcome: Outcome::default(),
            owner: flow.value.node,
            own: &own,
            mark,
            takes_over: false,
            appended: None,
            one_of_many: flow.one_of_many,
        };
        trimming.flow(flow, &wanted(&flow.text))?;
        for (owner, mut edits) in trimming.edits {
            edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
            edits.dedup();
            match by_owner.get(&owner) {
                Some(others) if *others != edits => {
                    return Err(Manual::new(
                        Code::DiffersByPath,
                        "the text is built differently on each path, and each needs another change; remove the token by hand",
                    ));
                }
                _ => {
                    by_owner.insert(owner, edits);
                }
            }
        }
        let places = whole.replaced.zip(trimming.outcome.replaced);
        if places.is_some_and(|(one, other)| one != other) {
            return Err(Manual::new(
                Code::DiffersByPath,
                "the text is built differently on each path, and each needs another change; remove the token by hand",
            ));
        }
        takes_over |= trimming.takes_over;
        appended.push(trimming.appended);
        whole.absorb(trimming.outcome);
    }
    if takes_over && whole.replaced.is_some() {
        return Err(Manual::new(
            Code::DiffersByPath,
            "the text is built differently on each path, and each needs another change; remove the token by hand",
        ));
    }
    // Only what all ways append comes first on all.
    let one = appended.first().copied().flatten();
    let same = appended.iter().all(|&owner| owner == one) && !flows.iter().any(|flow| flow.one_of_many);
    whole.appended = appended.iter().any(Option::is_some) && !same;
    whole.edits.extend(by_owner.into_values().flatten());
    Ok(whole)
}

/// The reads of variables that bring this text, where all its values are looked at and only people read a part of it besides:
/// of another request, other values may be looked at.
fn own_reads(context: Context<'_>, flows: &[Flow]) -> HashSet<NodeId> {
    let own: HashSet<NodeId> = flows.iter().flat_map(|flow| flow.names.iter().copied()).collect();
    let mut writes: Vec<_> = flows.iter().flat_map(|flow| flow.leaves()).filter_map(|leaf| leaf.write).collect();
    writes.sort_unstable();
    writes.dedup();
    let mut readers = writes.iter().flat_map(|&write| context.scopes.readers(write));
    let only = readers.all(|read| own.contains(read) || people::is_shown(context, *read));
    if only && !flows.iter().any(|flow| flow.one_of_many) { own } else { HashSet::default() }
}

/// Parameters that follow one another, as one stretch from the first name to the last value.
fn groups(text: &str, params: &[Param]) -> Vec<TextRange> {
    let mut sorted: Vec<TextRange> = params.iter().map(|param| param.name.cover(param.value)).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut groups: Vec<TextRange> = Vec::new();
    for param in sorted {
        match groups.last_mut() {
            Some(last) if TextRange::new(last.end(), param.start()).of(text) == "&" => *last = last.cover(param),
            _ => groups.push(param),
        }
    }
    groups
}

/// What goes from a virtual text.
struct Cut {
    /// The stretch.
    range: TextRange,
    /// A `&` that becomes the `?` which went.
    question: Option<usize>,
}

impl Cut {
    fn plain(start: usize, end: usize) -> Self {
        Self { range: TextRange::new(start, end), question: None }
    }
}

/// The stretches that may go with a member of a JSON text: from the quote before its name to the end of its value, with the
/// comma behind it or the one before it.
fn member_cuts(text: &str, member: Param) -> Vec<TextRange> {
    let quote_before = |at: usize| {
        let head = text.get(..at)?;
        let quote = head.len() - head.chars().next_back().filter(|c| matches!(c, '"' | '\''))?.len_utf8();
        // In a literal with the same quotes each is escaped.
        Some(if text.get(..quote)?.ends_with('\\') { quote - 1 } else { quote })
    };
    let Some(start) = quote_before(member.name.start()) else { return Vec::new() };
    let rest = text.get(member.value.end()..).unwrap_or("");
    let closing = rest.len() - rest.trim_start_matches('\\').len();
    let quoted = rest.get(closing..).is_some_and(|rest| rest.starts_with(['"', '\'']));
    let end = member.value.end() + if quoted { closing + 1 } else { 0 };
    let next = text.get(end..).unwrap_or("").trim_start();
    let head = text.get(..start).unwrap_or("").trim_end();
    let before = head.strip_suffix(',').map(|head| TextRange::new(head.trim_end().len(), end));
    if let Some(after) = next.strip_prefix(',') {
        let behind = TextRange::new(start, text.len() - after.trim_start().len());
        return [behind].into_iter().chain(before).collect();
    }
    if !next.starts_with('}') || head.ends_with(UNKNOWN) {
        return Vec::new();
    }
    vec![before.unwrap_or(TextRange::new(start, end))]
}

/// The stretch that goes with an element of an XML text: both tags, and what stands between them.
fn element_cut(text: &str, element: Param) -> Option<TextRange> {
    let start = element.name.start().checked_sub("<".len())?;
    let end = element.value.end() + "</>".len() + element.name.len();
    text.get(start..end).is_some().then(|| TextRange::new(start, end))
}

/// What follows a parameter.
enum After {
    End,
    /// A `&`, at this byte of the virtual text.
    Separator(usize),
    /// A value that begins with its own separator, or is empty where nothing follows that would need one.
    Separated,
    /// An operand that is not known and brings no visible separator.
    Unknown(NodeId),
    /// Text that is a part of the value, or that was never a parameter of its own.
    Glued,
}

fn after(context: Context<'_>, flow: &Flow, leaves: &[Leaf<'_>], mut at: usize) -> After {
    let mut separated = false;
    loop {
        match flow.text.get(at..).and_then(|rest| rest.chars().next()) {
            None | Some('#' | '&') if separated => return After::Separated,
            None | Some('#') => return After::End,
            Some('&') => return After::Separator(at),
            Some(c) => {
                let Some(leaf) = leaf_at(leaves, at) else { return After::End };
                match &leaf.piece.kind {
                    PieceKind::Opaque { known: Some(known) } if c == UNKNOWN && known.is_empty() => {
                        at = leaf.piece.at.end()
                    }
                    PieceKind::Opaque { known: None } if c == UNKNOWN => {
                        if !is_separated(context, leaf.piece.node) {
                            return After::Unknown(leaf.piece.node);
                        }
                        separated = true;
                        at = leaf.piece.at.end();
                    }
                    _ => return After::Glued,
                }
            }
        }
    }
}

/// Takes stretches out of one value of a text.
struct Trimming<'a> {
    context: Context<'a>,
    /// The edits in each expression that was looked into; an empty list says that it stays as it is.
    edits: BTreeMap<NodeId, Vec<Edit>>,
    outcome: Outcome,
    /// The expression that is being looked into.
    owner: NodeId,
    /// The reads that bring this text's values and no others.
    own: &'a HashSet<NodeId>,
    mark: Mark,
    /// Whether a parameter that another statement appends loses its `&`, since nothing is before it any more.
    takes_over: bool,
    /// The statement that appends the parameter which gets the `?`.
    appended: Option<NodeId>,
    one_of_many: bool,
}

impl Trimming<'_> {
    fn flow(&mut self, flow: &Flow, params: &[Param]) -> Result<(), Manual> {
        if params.iter().any(|param| !param.regular) {
            return Err(Manual::new(
                Code::Parameter,
                "the token is not where this text has a parameter; remove it by hand and add `connection:`",
            ));
        }
        let leaves = flow.leaves();
        let (params, members): (Vec<Param>, Vec<Param>) = params.iter().partition(|param| param.shape == Shape::Pair);
        let mut cuts = Vec::new();
        for member in members {
            let (ranges, language) = match member.shape {
                Shape::Element => (element_cut(&flow.text, member).into_iter().collect(), "XML"),
                _ => (member_cuts(&flow.text, member), "JSON"),
            };
            let at = member.name.start();
            // A comma of the same expression is there on every way.
            let together = ranges.iter().find(|range| self.is_together(&leaves, at, **range));
            let own = together.or_else(|| ranges.iter().find(|range| self.is_own(&leaves, at, **range)));
            let range = own.copied().ok_or_else(|| {
                Manual::new(
                    Code::NotFollowed,
                    format!("authshift cannot trace how the {language} text around the token is built; remove the token by hand"),
                )
            })?;
            cuts.push(Cut { range, question: None });
        }
        for group in groups(&flow.text, &params) {
            cuts.push(self.cut(flow, &leaves, group, self.mark)?);
        }
        cuts.sort_by_key(|cut| cut.range);
        if cuts.windows(2).any(|pair| matches!(pair, [a, b] if a.range.end() > b.range.start())) {
            return Err(Manual::new(Code::Overlap, "the parameters to remove overlap"));
        }
        self.outcome.own_reads.extend(flow.names.iter().copied());
        self.value(&flow.value, &cuts)?;
        Ok(())
    }

    /// The stretch of the virtual text that goes with the parameters in `group`, one separator included.
    fn cut(&mut self, flow: &Flow, leaves: &[Leaf<'_>], group: TextRange, mark: Mark) -> Result<Cut, Manual> {
        let before = flow.text.get(..group.start()).and_then(|head| head.chars().next_back());
        let after = after(self.context, flow, leaves, group.end());
        let owner = |at: usize| leaf_at(leaves, at).map(|leaf| leaf.owner);
        if let After::Unknown(node) = after {
            let next = super::shown(self.context, node);
            self.outcome
                .assume(Code::EndUnseen, format!("`{next}`, which follows the token, is empty or begins with `&`"));
        }
        let value = flow.text.get(..group.end()).and_then(|head| head.rsplit('=').next()).unwrap_or("");
        let quoted = value.starts_with(['"', '\'', '\\', '<', ' ']) && matches!(after, After::Unknown(_));
        if quoted || matches!(after, After::Glued) {
            return Err(Manual::new(
                Code::EndUnseen,
                "it is not clear where the token's value ends; remove the parameter by hand",
            ));
        }
        // A separator that other uses, or other passes of a loop, see as well stays where it is.
        let shared =
            group.start() > 0 && !self.is_own(leaves, group.start(), TextRange::new(group.start() - 1, group.start()));
        match (before, after) {
            (Some('&' | '?'), After::Separator(at)) if shared && owner(at) == owner(group.start()) => {
                Ok(Cut::plain(group.start(), at + 1))
            }
            (Some('&' | '?'), _) if shared => {
                self.outcome.assume(
                    Code::Shared,
                    "this URL may end with the `?` or `&` before the token, which another use shares",
                );
                Ok(Cut::plain(group.start(), group.end()))
            }
            // The one before may be there on some ways only: `u = u + "authtoken=" + tok + "&";`
            (Some('&'), After::Separator(at))
                if owner(at) == owner(group.start()) && owner(group.start() - 1) != owner(at) =>
            {
                Ok(Cut::plain(group.start(), at + 1))
            }
            // `&a=T` in the middle or at the end: everything else keeps its separator.
            (Some('&'), _) => Ok(Cut::plain(group.start() - 1, group.end())),
            (Some('?'), After::Separator(at)) => {
                let here = owner(group.start());
                let together = owner(at) == here;
                let own = self.is_own(leaves, group.start(), TextRange::new(at, at + 1));
                match mark {
                    // First of several: the next one takes over the separator.
                    Mark::Joins | Mark::Replaced if together => Ok(Cut::plain(group.start(), at + 1)),
                    Mark::Replaced | Mark::AllReplaced => self.replaced(flow, leaves, group),
                    Mark::Joins if !own => Err(Manual::new(
                        Code::Shared,
                        "the `&` after the token is shared with another use of the text; remove the token by hand",
                    )),
                    // The next one is appended by another statement: the `?` moves there.
                    Mark::Joins if owner(group.start() - 1) == here => {
                        Ok(Cut { range: TextRange::new(group.start() - 1, group.end()), question: Some(at) })
                    }
                    Mark::Joins => Ok(Cut::plain(group.start(), at + 1)),
                }
            }
            (Some('?') | None, After::Separated) => match mark {
                Mark::Joins => Err(Manual::new(
                    Code::Shared,
                    "the separator behind the token stands in a text that is not there on every path",
                )),
                Mark::Replaced | Mark::AllReplaced => self.replaced(flow, leaves, group),
            },
            (Some('?'), After::End) => Ok(Cut::plain(group.start() - 1, group.end())),
            (None, After::Separator(at)) if owner(at) != owner(group.start()) => {
                if mark != Mark::AllReplaced && self.is_own(leaves, group.start(), TextRange::new(at, at + 1)) {
                    self.takes_over = true;
                    return Ok(Cut::plain(group.start(), at + 1));
                }
                match mark {
                    Mark::Joins => Err(Manual::new(
                        Code::Shared,
                        "the `&` after the token is shared with another use of the text; remove the token by hand",
                    )),
                    Mark::Replaced | Mark::AllReplaced => self.replaced(flow, leaves, group),
                }
            }
            (None, After::Separator(_)) if mark == Mark::AllReplaced => self.replaced(flow, leaves, group),
            (_, After::Separator(at)) => Ok(Cut::plain(group.start(), at + 1)),
            // It may be empty, or bring the `&` that becomes the first separator.
            (Some('?') | None, After::Unknown(_)) => match mark {
                Mark::Joins => Err(Manual::new(
                    Code::EndUnseen,
                    "what follows the token cannot be seen, and its separator would have to change; remove the token by hand",
                )),
                Mark::Replaced | Mark::AllReplaced => self.replaced(flow, leaves, group),
            },
            (Some('?') | None, _) => Ok(Cut::plain(group.start(), group.end())),
            (Some(UNKNOWN), After::End) => {
                self.outcome
                    .assume(Code::Parameter, "the part before the token ends with `?` or `&`, and so may the URL");
                Ok(Cut::plain(group.start(), group.end()))
            }
            _ => Err(Manual::new(
                Code::EndUnseen,
                "it is not clear where the token's value ends; remove the parameter by hand",
            )),
        }
    }

    /// The stretch that goes when the first `&` behind it is replaced where the text is sent. Before that `&` there must be none,
    /// which is known of literals only.
    fn replaced(&mut self, flow: &Flow, leaves: &[Leaf<'_>], group: TextRange) -> Result<Cut, Manual> {
        let here = leaf_at(leaves, group.start()).map(|leaf| leaf.owner);
        let start = group.start() - usize::from(group.start() > 0);
        // In the request's own sum only what follows the token is looked through.
        let behind = flow.value.pieces.iter().find(|piece| piece.at.start() >= group.end() && !piece.at.is_empty());
        let mut place = match behind {
            Some(piece) if here == Some(flow.value.node) => Replaced::From(self.context.tree.range(piece.node).start()),
            _ => Replaced::Whole,
        };
        let mut from = 0;
        let next = flow.text.get(group.end()..).unwrap_or("");
        let next = next.split('&').next().unwrap_or("");
        let head_from = |from: usize| flow.text.get(from..start).unwrap_or("");
        let hidden = |from: usize, text: &str, is_behind: bool| {
            text.match_indices(UNKNOWN).map(|(at, _)| from + at).find_map(|at| {
                let leaf = leaf_at(leaves, at)?;
                match &leaf.piece.kind {
                    PieceKind::Opaque { known: Some(known) } => known.contains('&').then_some(leaf.piece.node),
                    // Its first `&` is the one that is meant.
                    _ if at == group.end() => None,
                    _ if is_behind && is_separated(self.context, leaf.piece.node) => None,
                    _ if has_no_separator(self.context, leaf.piece.node) => None,
                    _ => Some(leaf.piece.node),
                }
            })
        };
        // The operand that brings the token can be looked through by itself.
        let own = flow.value.pieces.iter().find(|piece| piece.at.contains(group.start()));
        if let Some(own) = own
            && place == Replaced::Whole
            && own.at.start() > 0
            && (head_from(0).contains('&') || hidden(0, head_from(0), false).is_some())
        {
            place = Replaced::From(self.context.tree.range(own.node).start());
            from = own.at.start();
        }
        let head = if place == Replaced::Whole || from > 0 { head_from(from) } else { "" };
        if head.contains('&') {
            return Err(Manual::new(
                Code::Parameter,
                "there is a `&` before the token, and what follows it is built elsewhere; remove the token by hand",
            ));
        }
        if let Some(node) = hidden(from, head, false).or_else(|| hidden(group.end(), next, true)) {
            let code = super::shown(self.context, node);
            self.outcome
                .assume(Code::Parameter, format!("`{code}` holds no `&`; the first `&` that is sent becomes `?`"));
        }
        if self.outcome.replaced.is_some_and(|other| other != place) {
            return Err(Manual::new(
                Code::DiffersByPath,
                "the text is built differently on each path, and each needs another change; remove the token by hand",
            ));
        }
        self.outcome.replaced = Some(place);
        Ok(Cut::plain(start, group.end()))
    }

    /// Whether `range` is in the expression in which byte `at` stands.
    fn is_together(&self, leaves: &[Leaf<'_>], at: usize, range: TextRange) -> bool {
        let owner = leaf_at(leaves, at).map(|leaf| leaf.owner);
        touched(leaves, range).all(|leaf| Some(leaf.owner) == owner)
    }

    /// Whether `range` may be cut together with what stands at byte `at`: it stands in the same expression, or in
    /// assignments that only this text sees, and people, and that no loop builds up.
    fn is_own(&self, leaves: &[Leaf<'_>], at: usize, range: TextRange) -> bool {
        let scopes = self.context.scopes;
        let owner = leaf_at(leaves, at).map(|leaf| leaf.owner);
        touched(leaves, range).filter(|leaf| Some(leaf.owner) != owner).all(|leaf| {
            leaf.write.is_none_or(|write| {
                let readers = scopes.readers(write);
                let others = || readers.iter().filter(|&&read| !people::is_shown(self.context, read));
                let grows = readers.iter().any(|&read| {
                    let inside = self.context.tree.range(leaf.owner).contains_range(self.context.tree.range(read));
                    inside && scopes.reaching(read).flatten().any(|other| other.id == write)
                });
                (others().nth(1).is_none() || others().all(|read| self.own.contains(read))) && !grows
            })
        })
    }

    fn edit(&mut self, edit: Edit) {
        self.edits.entry(self.owner).or_default().push(edit);
    }

    /// Takes `cuts` out of `value`.
    fn value(&mut self, value: &Value, cuts: &[Cut]) -> Result<(), Manual> {
        self.edits.entry(self.owner).or_default();
        if let Some(base) = &value.base {
            // What was there before is edited where it was assigned; it stays in any case.
            if self.operand(base, cuts, true)?.gone != Gone::Stays {
                return Err(Manual::new(
                    Code::NothingLeft,
                    "nothing would be left of the text; remove the token by hand",
                ));
            }
        }
        let mut operands = Vec::new();
        for piece in &value.pieces {
            operands.push(self.operand(piece, cuts, false)?);
        }
        if self.context.concatenated(value.node).is_some() {
            return self.concatenated(value.node, &operands);
        }
        if value.base.is_some() && operands.iter().all(|operand| operand.gone != Gone::Stays) {
            let Context { text, tree, .. } = self.context;
            let range = tree.parent(self.owner).map_or_else(|| tree.range(self.owner), |assign| tree.range(assign));
            if !tree.comments_in(range).is_empty() {
                return Err(Manual::new(
                    Code::Comment,
                    "there is a comment inside the statement that appends the token; move it first",
                ));
            }
            self.edit(Edit::delete(statement(text, range)));
            return Ok(());
        }
        if operands.iter().all(|operand| operand.gone != Gone::Stays) {
            if let [only] = operands.as_slice()
                && only.gone == Gone::Emptied
            {
                for cut in only.cuts.clone() {
                    self.edit(Edit::delete(cut));
                }
                return Ok(());
            }
            return self.emptied();
        }
        if let [only] = operands.as_slice() {
            for cut in only.cuts.clone() {
                self.edit(Edit::delete(cut));
            }
            return Ok(());
        }
        if self.only_appended(&operands) {
            return Ok(());
        }
        self.sum(&mut operands);
        Ok(())
    }

    /// `query = "?authtoken=" + tok;`, to which something else may be appended: an empty text is left.
    fn emptied(&mut self) -> Result<(), Manual> {
        let tree = self.context.tree;
        let range = tree.range(self.owner);
        let assigned = tree.parent(self.owner).is_some_and(|parent| tree.kind(parent) == Kind::Assign);
        if !assigned || self.mark == Mark::Joins || !tree.comments_in(range).is_empty() {
            return Err(Manual::new(Code::NothingLeft, "nothing would be left of the text"));
        }
        self.edits.insert(self.owner, vec![Edit::replace(range, "\"\"")]);
        Ok(())
    }
}

/// The pieces that `range` has a part of.
fn touched<'l, 't>(leaves: &'l [Leaf<'t>], range: TextRange) -> impl Iterator<Item = &'l Leaf<'t>> {
    let from = leaves.partition_point(|leaf| leaf.piece.at.end() <= range.start());
    leaves.get(from..).unwrap_or(&[]).iter().take_while(move |leaf| leaf.piece.at.start() < range.end())
}

/// The token parameters of a virtual text.
pub fn tokens(text: &str, underscore: bool, body: bool) -> Vec<Param> {
    let spelt = |param: &Param| underscore || !param.name.of(text).contains('_');
    if !body {
        return params(text, ParamContext::Url).into_iter().filter(spelt).collect();
    }
    let pairs = params(text, ParamContext::Body).into_iter().chain(xml_elements(text)).filter(spelt);
    pairs.chain(json_members(text)).collect()
}
