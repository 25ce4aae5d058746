//! A text value as the pieces it is joined from: literals and values, through `+`, parentheses and variables.
//!
//! The pieces form one *virtual text* in which a value that is not known before run time is the character [`UNKNOWN`].
//! What is found in the virtual text (a host, a parameter) is taken back to the pieces, and so to the source.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::bindings::{Scopes, Write, string_content};
use super::known::MANY;
use super::pieces::{FILLED, Fill, Flow, Piece, PieceKind, Value, see};
use super::reaching::WriteId;
use crate::census::names::token_name;
use crate::deluge::builtins::{Of, keeps_text, of, reads_map};
use crate::deluge::{Kind, NodeId, Operator, Tree};
use crate::flow::is_marker;
use crate::text::source::TextRange;
use crate::zoho::UNKNOWN;

/// How many variables are followed one into another: each takes some of the stack ([`crate::deluge::STACK_BYTES`]).
const MOST_VARIABLES: usize = 1 << 13;

/// So many are followed for every text, whatever was looked at for others.
const FEW_VARIABLES: usize = 16;

/// And so many reads of variables, which double with each one that is joined of two reads of the one before.
const FEW_READS: usize = 256;

/// A virtual text longer than this (bytes) is not extended through variables any more: a variable used twice in each of a
/// row of assignments would double it each time.
const MOST_TEXT: usize = 1 << 16;

/// How many operands one text is made of at most; variables that name one another several times multiply them.
const MOST_PIECES: usize = 1 << 14;

/// Characters that make a text more than a plain word.
const URL_MARKS: [char; 6] = ['/', '?', '&', '=', '#', ':'];

/// How many operands are looked at through variables for all flows of a text that do not look at all combinations.
const MOST_COVERED: usize = 1 << 16;

/// A text is looked at with all combinations of the assignments that reach its variables while there are no more of them than
/// this; else with so many of them that each assignment is in one.
const MOST_FLOWS: usize = 8;

/// What is needed to look through variables.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The file's text.
    pub text: &'a str,
    /// Its tree.
    pub tree: &'a Tree,
    /// Its names.
    pub scopes: &'a Scopes<'a>,
}

/// A text on its way to its pieces.
#[derive(Default)]
struct Making {
    out: String,
    /// The assignments that are being followed.
    through: HashSet<WriteId>,
    names: Vec<NodeId>,
    /// Operands looked at through variables.
    visited: usize,
    /// For a read that several assignments reach, the one to look at.
    choice: HashMap<NodeId, WriteId>,
    /// Reads that several known assignments reach and that were not chosen for.
    ambiguous: Vec<NodeId>,
    /// Whether plain words are followed to their literals as well.
    words: bool,
    /// When each assignment is to be looked at once, those that were.
    cover: Option<Cover>,
    /// Whether only few variables are followed one into another.
    short: bool,
    /// Whether a variable was not followed for one of the bounds.
    cut: bool,
}

/// A call of a template's chain.
struct Link<'a> {
    range: TextRange,
    /// The marker, and what comes in for it.
    fill: Option<(&'a str, NodeId)>,
    /// Whether it is for the first marker only.
    first: bool,
}

/// Masks the markers of `links` in the virtual text from byte `start` on.
fn fill(making: &mut Making, start: usize, links: &[Link<'_>]) -> Vec<Fill> {
    let mut fills = Vec::new();
    for Link { range, fill, first } in links {
        let Some((marker, value)) = *fill else { continue };
        let made = making.out.get(start..).unwrap_or("");
        let most = if *first { 1 } else { usize::MAX };
        let at: Vec<TextRange> = made
            .match_indices(marker)
            .take(most)
            .map(|(at, marker)| TextRange::new(start + at, start + at + marker.len()))
            .collect();
        let mask = FILLED.to_string().repeat(marker.len());
        for range in &at {
            making.out.replace_range(range.start()..range.end(), &mask);
        }
        fills.push(Fill { link: *range, value, at });
    }
    fills
}

/// Flows of one text that together look at each assignment.
#[derive(Default)]
struct Cover {
    /// The assignments that were looked at.
    seen: HashSet<WriteId>,
    /// The choices of each flow, in their order; those of the last one as they are made.
    made: Vec<Vec<(NodeId, WriteId)>>,
    /// Reads at which an assignment was left, with the flow that came there and the number of its choices before.
    left: Vec<(NodeId, usize, usize)>,
    /// How many operands were looked at.
    visited: usize,
}

impl Cover {
    /// Which of the assignments that reach a read to look at: the last one that no flow has looked at.
    fn choose(&mut self, read: NodeId, reaching: &[Write], making: &Making) -> Option<Write> {
        let followed = |write: &&Write| !making.through.contains(&write.id);
        let unseen = |write: &&Write| !self.seen.contains(&write.id);
        let last = reaching.iter().rev().find(followed)?;
        let chosen = *reaching.iter().rev().filter(followed).find(unseen).unwrap_or(last);
        let leaves = reaching.iter().filter(followed).any(|write| write.id != chosen.id && unseen(&write));
        self.note(read, chosen.id, leaves);
        Some(chosen)
    }

    fn note(&mut self, read: NodeId, write: WriteId, leaves: bool) {
        let flow = self.made.len().saturating_sub(1);
        if let Some(made) = self.made.last_mut() {
            if leaves {
                self.left.push((read, flow, made.len()));
            }
            made.push((read, write));
        }
        self.seen.insert(write);
    }
}

impl<'a> Context<'a> {
    /// The source text of a node.
    pub fn text_of(&self, node: NodeId) -> &'a str {
        self.tree.range(node).of(self.text)
    }

    /// The pieces of `expression`. A variable that several assignments reach is not looked into.
    pub fn flow(&self, expression: NodeId) -> Flow {
        self.made(expression, HashMap::new(), false).0
    }

    /// The same, through few variables only: for what follows these itself.
    pub(super) fn short_flow(&self, expression: NodeId) -> Flow {
        let mut making = Making { short: true, ..Making::default() };
        let value = self.value(expression, &mut making);
        Flow { value, text: making.out, names: making.names, one_of_many: false }
    }

    /// The pieces of `expression` once for each combination of the assignments that reach its variables; never empty.
    pub fn flows(&self, expression: NodeId) -> Vec<Flow> {
        self.each_flow(expression, false)
    }

    /// Like [`Context::flows`], but plain words (`host = "books.zoho.com";`) are followed to their literals as well, so that
    /// the virtual text holds all that can be seen and each byte of it can be taken back to the source.
    pub fn literal_flows(&self, expression: NodeId) -> Vec<Flow> {
        self.each_flow(expression, true)
    }

    fn each_flow(&self, expression: NodeId, words: bool) -> Vec<Flow> {
        let mut flows = Vec::new();
        let mut waiting = vec![HashMap::new()];
        while let Some(choice) = waiting.pop() {
            let (flow, ambiguous) = self.made(expression, choice.clone(), words);
            let Some(&name) = ambiguous.first() else {
                flows.push(flow);
                continue;
            };
            for write in self.scopes.reaching(name).flatten() {
                let mut choice = choice.clone();
                choice.insert(name, write.id);
                waiting.push(choice);
            }
            if flows.len() + waiting.len() > MOST_FLOWS {
                // A host that moves is looked for in all combinations, or none.
                let none = || vec![self.made(expression, HashMap::new(), words).0];
                return if words { none() } else { self.covering(expression) };
            }
        }
        flows.reverse();
        flows
    }

    /// Flows that together look at each assignment that may reach the text. If that takes too many operands, one flow that looks
    /// into no variable with several values.
    fn covering(&self, expression: NodeId) -> Vec<Flow> {
        let mut cover = Cover::default();
        let mut flows = Vec::new();
        let mut choice = HashMap::new();
        let mut first = 0;
        loop {
            cover.made.push(Vec::new());
            let mut making = Making { choice, cover: Some(cover), ..Making::default() };
            let value = self.value(expression, &mut making);
            let Making { out: text, names, visited, cut, cover: back, .. } = making;
            cover = back.unwrap_or_default();
            cover.visited += visited;
            if cover.visited > MOST_COVERED || cut {
                return vec![self.made(expression, HashMap::new(), false).0];
            }
            flows.push(Flow { value, text, names, one_of_many: true });
            let unseen = |read: NodeId| {
                let mut writes = self.scopes.reaching(read).flatten();
                writes.find(|write| !cover.seen.contains(&write.id)).map(|write| write.id)
            };
            // The next flow turns off at the first read that has an assignment left, and chooses freely behind it.
            while cover.left.get(first).is_some_and(|&(read, ..)| unseen(read).is_none()) {
                first += 1;
            }
            let Some(&(read, flow, at)) = cover.left.get(first) else { return flows };
            let Some(write) = unseen(read) else { return flows };
            choice = cover.made.get(flow).and_then(|made| made.get(..at)).unwrap_or(&[]).iter().copied().collect();
            choice.insert(read, write);
        }
    }

    fn made(&self, expression: NodeId, choice: HashMap<NodeId, WriteId>, words: bool) -> (Flow, Vec<NodeId>) {
        let mut making = Making { choice, words, ..Making::default() };
        let value = self.value(expression, &mut making);
        let Making { out: text, names, ambiguous, .. } = making;
        (Flow { value, text, names, one_of_many: false }, ambiguous)
    }

    fn value(&self, node: NodeId, making: &mut Making) -> Value {
        let pieces = self.operands(node).into_iter().map(|operand| self.piece(operand, making)).collect();
        Value { node, base: None, pieces }
    }

    /// What a write leaves: the value that it assigns, or what was there before with what it appends.
    fn written(&self, write: &Write, making: &mut Making) -> Option<Value> {
        if let Some(assigned) = write.value {
            return Some(self.value(assigned, making));
        }
        let appended = write.appended?;
        let &target = self.tree.children(write.node).first()?;
        let base = Some(Box::new(self.piece(target, making)));
        Some(Value { base, ..self.value(appended, making) })
    }

    /// The operands of a sum; a node that is no sum is its own only operand.
    pub fn operands(&self, node: NodeId) -> Vec<NodeId> {
        if let Some(operands) = self.concatenated(node) {
            return operands;
        }
        if !self.is_sum(node) {
            return vec![node];
        }
        self.tree
            .children(node)
            .iter()
            .copied()
            .filter(|&child| !matches!(self.tree.kind(child), Kind::Op(_)))
            .collect()
    }

    /// What `a.concat(b).concat(c)`, or `concat(a,b)`, joins.
    pub fn concatenated(&self, node: NodeId) -> Option<Vec<NodeId>> {
        let tree = self.tree;
        if tree.kind(node) != Kind::Chain {
            return None;
        }
        let joins = |name: NodeId| self.text_of(name).eq_ignore_ascii_case("concat");
        // What `append` does to anything but a text is not known.
        let appends = |name: NodeId, first: NodeId| {
            let graph = || self.scopes.graph(tree);
            self.text_of(name).eq_ignore_ascii_case("append")
                && graph().value_of(first).is_some_and(|first| !graph().may_be_map(first))
        };
        let plain = |call: NodeId| {
            tree.kind(call) == Kind::Call && tree.children(call).iter().all(|&it| tree.kind(it) != Kind::Entry)
        };
        match tree.children(node) {
            [name, call] if tree.kind(*name) == Kind::Name && joins(*name) && plain(*call) => {
                Some(tree.children(*call).to_vec())
            }
            [first, links @ ..] if !links.is_empty() => {
                let mut operands = vec![*first];
                for link in links.chunks(2) {
                    let &[member, call] = link else { return None };
                    let name = tree.child(member, Kind::Name).filter(|_| tree.kind(member) == Kind::Member)?;
                    match tree.children(call) {
                        [argument] if (joins(name) || appends(name, *first)) && plain(call) => operands.push(*argument),
                        _ => return None,
                    }
                }
                Some(operands)
            }
            _ => None,
        }
    }

    /// The values that `if(condition,a,b)` and `ifnull(a,b)` choose from.
    pub fn choices(&self, node: NodeId) -> Option<&'a [NodeId]> {
        let &[name, call] = self.tree.children(node) else { return None };
        if self.tree.kind(node) != Kind::Chain
            || self.tree.kind(name) != Kind::Name
            || self.tree.kind(call) != Kind::Call
        {
            return None;
        }
        let arguments = self.tree.children(call);
        match self.text_of(name).to_ascii_lowercase().as_str() {
            "if" | "ifelse" => arguments.get(1..),
            "ifnull" => Some(arguments),
            _ => None,
        }
    }

    /// What `url.trim()` and `url.replaceAll("KEY",key)` are made of, with the markers that are filled in.
    pub fn passed_on(&self, node: NodeId) -> Option<(NodeId, Vec<&'a str>)> {
        let (first, links) = self.template(node)?;
        Some((first, links.iter().filter_map(|link| link.fill.map(|(marker, _)| marker)).collect()))
    }

    /// What `template.replaceAll("KEY",key).trim()` begins with, and its calls: each with the marker and what comes in
    /// for it, or without where it leaves the text as it is.
    fn template(&self, node: NodeId) -> Option<(NodeId, Vec<Link<'a>>)> {
        let (&first, rest) = self.tree.children(node).split_first().filter(|(_, rest)| !rest.is_empty())?;
        // `trim(url)`, `encodeUrl(url)`
        if let &[call] = rest {
            let passes = self.tree.kind(call) == Kind::Call && (keeps_text(self.text_of(first)) || self.encodes(node));
            return match self.tree.children(call) {
                &[inner] if passes => Some((inner, Vec::new())),
                _ => None,
            };
        }
        let link = |pair: &[NodeId]| {
            let &[member, call] = pair else { return None };
            if self.tree.kind(member) != Kind::Member {
                return None;
            }
            let name = self.tree.child(member, Kind::Name)?;
            let arguments = Some(self.tree.children(call)).filter(|_| self.tree.kind(call) == Kind::Call)?;
            let name = self.text_of(name);
            let is = |known: &str| known.eq_ignore_ascii_case(name);
            let fill = match arguments {
                [] if keeps_text(name) || reads_map(name) => None,
                [marker, value, flags @ ..] if flags.len() < 2 && (is("replaceAll") || is("replaceFirst")) => {
                    let marker = string_content(self.text, self.tree, *marker)?.of(self.text);
                    let exact = flags.first().is_some_and(|&flag| self.text_of(flag).eq_ignore_ascii_case("true"));
                    Some((marker, *value)).filter(|_| is_marker(marker, exact))
                }
                _ => return None,
            };
            if fill.is_none() && !arguments.is_empty() {
                return None;
            }
            let range = self.tree.range(member).cover(self.tree.range(call));
            Some(Link { range, fill, first: is("replaceFirst") })
        };
        Some((first, rest.chunks(2).map(link).collect::<Option<_>>()?))
    }

    /// `encodeUrl(…)`: character by character, so that what goes from the text goes from the encoded one.
    fn encodes(&self, node: NodeId) -> bool {
        self.tree.children(node).first().is_some_and(|&name| of(self.text_of(name)) == Some(Of::Encoded))
    }

    /// Whether the node joins its operands with nothing but `+`.
    pub fn is_sum(&self, node: NodeId) -> bool {
        self.tree.kind(node) == Kind::Binary && is_sum(*self, node)
    }

    fn piece(&self, node: NodeId, making: &mut Making) -> Piece {
        let start = making.out.len();
        let kind = match self.tree.kind(node) {
            Kind::String => {
                let content = string_content(self.text, self.tree, node).unwrap_or_default();
                making.out.push_str(content.of(self.text));
                PieceKind::Literal(content)
            }
            Kind::Paren => match self.tree.children(node) {
                [inner] => PieceKind::Group(self.value(*inner, making)),
                _ => self.opaque(None, making),
            },
            Kind::Name => self.variable(node, making),
            Kind::Chain => self.chain(node, making),
            // `a.concat("b" + c)`
            Kind::Binary if self.is_sum(node) => PieceKind::Group(self.value(node, making)),
            _ => self.opaque(None, making),
        };
        Piece { node, at: TextRange::new(start, making.out.len()), kind }
    }

    fn chain(&self, node: NodeId, making: &mut Making) -> PieceKind {
        if self.concatenated(node).is_some() {
            return PieceKind::Group(self.value(node, making));
        }
        // What is encoded behind something else has no parameters of its own.
        let passed = self.template(node).filter(|_| making.out.is_empty() || !self.encodes(node));
        let Some((inner, links)) = passed else { return self.opaque(None, making) };
        // Of a map, or of what cannot be seen, it makes a text that nothing is known of.
        let (start, names) = (making.out.len(), making.names.len());
        let value = self.value(inner, making);
        if making.out.get(start..).is_some_and(|made| made.contains(URL_MARKS)) {
            let fills = fill(making, start, &links);
            return if fills.is_empty() { PieceKind::Group(value) } else { PieceKind::Filled(value, fills) };
        }
        making.out.truncate(start);
        making.names.truncate(names);
        self.opaque(None, making)
    }

    fn opaque(&self, known: Option<String>, making: &mut Making) -> PieceKind {
        making.out.push(UNKNOWN);
        PieceKind::Opaque { known }
    }

    fn variable(&self, name: NodeId, making: &mut Making) -> PieceKind {
        making.names.push(name);
        let Some(write) = self.assignment(name, making) else { return self.opaque(None, making) };
        if making.through.contains(&write.id) {
            return self.opaque(None, making);
        }
        making.visited += 1;
        if making.through.len() >= MOST_VARIABLES
            || making.out.len() >= MOST_TEXT
            || making.visited >= MOST_PIECES
            || (making.through.len() >= FEW_VARIABLES && making.short)
            || ((making.through.len() >= FEW_VARIABLES || making.visited >= FEW_READS) && !self.scopes.uses.spend())
        {
            making.cut = true;
            return self.opaque(None, making);
        }
        let start = making.out.len();
        making.through.insert(write.id);
        let value = self.written(&write, making);
        making.through.remove(&write.id);
        let Some(value) = value else { return self.opaque(None, making) };
        let made = making.out.get(start..).unwrap_or("");
        // A plain word (a token, a number, an empty text) stands for itself; what may be a part of a URL or a query, or the
        // token's name, is looked into.
        if !making.words && !made.contains(URL_MARKS) && token_name(made).is_none() {
            let mut seen = String::new();
            see(&value, &making.out, &mut seen);
            let known = (!seen.contains(UNKNOWN)).then_some(seen);
            making.out.truncate(start);
            return self.opaque(known, making);
        }
        PieceKind::Variable { write, value }
    }

    /// The write that `name` has its value from, when its value is an expression of the text.
    fn assignment(&self, name: NodeId, making: &mut Making) -> Option<Write> {
        let mut known = Vec::new();
        for write in self.scopes.reaching(name) {
            let write = write?;
            write.value.or(write.appended)?;
            known.push(*write);
        }
        if let [only] = known.as_slice() {
            making.cover.iter_mut().for_each(|cover| {
                cover.seen.insert(only.id);
            });
            return Some(*only);
        }
        let shapes = |write: &Write| {
            write.value.or(write.appended).is_some_and(|value| self.shapes_url(name, value, making.words))
        };
        let chosen = making.choice.get(&name).copied();
        if let Some(mut cover) = making.cover.take() {
            let write = match chosen.and_then(|chosen| known.iter().find(|write| write.id == chosen)) {
                Some(write) => {
                    cover.note(name, write.id, false);
                    Some(*write)
                }
                None if known.iter().any(shapes) => cover.choose(name, &known, making),
                None => None,
            };
            making.choice.extend(write.map(|write| (name, write.id)));
            making.cover = Some(cover);
            return write;
        }
        match chosen {
            Some(chosen) => known.into_iter().find(|write| write.id == chosen),
            None => {
                if known.iter().any(shapes) {
                    making.ambiguous.push(name);
                }
                None
            }
        }
    }

    /// Whether a value that is assigned to `name` might bring a part of a URL or a query; a counter or an identifier that
    /// changes does not, and need not be distinguished.
    fn shapes_url(&self, name: NodeId, value: NodeId, words: bool) -> bool {
        self.tree.descendants(value).any(|node| match self.tree.kind(node) {
            Kind::String => {
                let content = string_content(self.text, self.tree, node).unwrap_or_default().of(self.text);
                words || content.is_empty() || content.contains(URL_MARKS)
            }
            Kind::Name => self.text_of(node) != self.text_of(name),
            _ => false,
        })
    }

    /// The text of an expression where it is known whole.
    pub fn known_text(&self, expression: NodeId) -> Option<String> {
        let seen = match self.tree.kind(expression) {
            // Most keys are literals.
            Kind::String => string_content(self.text, self.tree, expression)?.of(self.text).to_owned(),
            _ => self.flow(expression).seen(),
        };
        (!seen.contains(UNKNOWN)).then_some(seen)
    }
}

/// Whether the binary expression `node` joins its operands with nothing but `+`.
fn is_sum(context: Context<'_>, node: NodeId) -> bool {
    let tree = context.tree;
    let parts = tree.children(node);
    let known = &context.scopes.uses.long_sum;
    match known.get() {
        Some((other, is_sum)) if other == node => is_sum,
        _ => {
            let is_sum = parts.iter().all(|&part| match tree.kind(part) {
                Kind::Op(op) => op == Operator::Add,
                _ => true,
            });
            if parts.len() > MANY {
                known.set(Some((node, is_sum)));
            }
            is_sum
        }
    }
}

#[cfg(test)]
mod tests;
