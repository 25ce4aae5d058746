//! The pieces of a text that is put together, with the virtual text that they make.

use std::borrow::Cow;

use super::bindings::Write;
use super::reaching::WriteId;
use crate::deluge::NodeId;
use crate::text::source::TextRange;
use crate::zoho::UNKNOWN;

/// Stands in a virtual text for one byte of a marker that is filled in: a control character that no code has.
pub(super) const FILLED: char = '\u{1a}';

/// One operand of a value, with the stretch of the virtual text it makes.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The operand.
    pub node: NodeId,
    /// Its stretch of the virtual text.
    pub at: TextRange,
    /// What it is.
    pub kind: PieceKind,
}

/// What a piece is.
#[derive(Debug, Clone)]
pub enum PieceKind {
    /// A string literal with this content range in the source; the virtual text holds it byte for byte.
    Literal(TextRange),
    /// A sum in parentheses, or that is joined as a whole.
    Group(Value),
    /// A template, `"…?a=KEY".replaceAll("KEY",key)`, with what is filled in. The virtual text has [`FILLED`] for each byte of
    /// its markers.
    Filled(Value, Vec<Fill>),
    /// A variable, with the assignment that reaches this read and the pieces of its value.
    Variable {
        /// The assignment.
        write: Write,
        /// The value it was assigned.
        value: Value,
    },
    /// A value that is not known before run time, or that is one plain word.
    Opaque {
        /// The whole text of the value where it is known.
        known: Option<String>,
    },
}

/// A call that fills a marker of a template in.
#[derive(Debug, Clone)]
pub struct Fill {
    /// The call, with the dot before it.
    pub link: TextRange,
    /// What comes in.
    pub value: NodeId,
    /// Where the marker stands in the virtual text.
    pub at: Vec<TextRange>,
}

/// A value: the sum of its pieces, or a single piece.
#[derive(Debug, Clone)]
pub struct Value {
    /// The expression.
    pub node: NodeId,
    /// Of `x += …`, what `x` held before.
    pub base: Option<Box<Piece>>,
    /// Its operands in text order.
    pub pieces: Vec<Piece>,
}

impl Value {
    /// All that it is joined of.
    pub fn all(&self) -> impl Iterator<Item = &Piece> {
        self.base.as_deref().into_iter().chain(&self.pieces)
    }

    /// The assignments through which the operand `node` comes into it; `None` when it is none of it.
    pub fn writes_to(&self, node: NodeId) -> Option<Vec<WriteId>> {
        self.all().find_map(|piece| match &piece.kind {
            _ if piece.node == node => Some(Vec::new()),
            PieceKind::Group(inner) | PieceKind::Filled(inner, _) => inner.writes_to(node),
            PieceKind::Variable { write, value } => {
                let mut through = value.writes_to(node)?;
                through.push(write.id);
                Some(through)
            }
            PieceKind::Literal(_) | PieceKind::Opaque { .. } => None,
        })
    }
}

/// An expression with its virtual text.
#[derive(Debug, Clone)]
pub struct Flow {
    /// The operands.
    pub value: Value,
    /// The virtual text.
    pub text: String,
    /// Every variable that was looked at.
    pub names: Vec<NodeId>,
    /// Whether there are combinations of assignments that were not looked at.
    pub one_of_many: bool,
}

impl Flow {
    /// The virtual text with the values that are known in place of [`UNKNOWN`], which stands for what is filled in as well.
    pub fn seen(&self) -> String {
        let mut out = String::new();
        see(&self.value, &self.text, &mut out);
        out
    }

    /// What is filled into templates.
    pub fn fills(&self) -> Vec<&Fill> {
        let mut out = Vec::new();
        fills_of(&self.value, &mut out);
        out
    }

    /// The pieces that hold no pieces themselves, in text order, each with the expression whose operand it is.
    pub fn leaves(&self) -> Vec<Leaf<'_>> {
        let mut out = Vec::new();
        leaves_of(&self.value, self.value.node, None, &mut out);
        out
    }
}

/// The leaf that makes byte `at` of the virtual text, of leaves in text order.
pub fn leaf_at<'l, 'f>(leaves: &'l [Leaf<'f>], at: usize) -> Option<&'l Leaf<'f>> {
    // Leaves that make no text end before it as well.
    leaves.get(leaves.partition_point(|leaf| leaf.piece.at.end() <= at)).filter(|leaf| leaf.piece.at.contains(at))
}

/// The byte of the source that byte `at` of the virtual text comes from; `None` inside of a value that cannot be seen.
pub fn source_offset(leaves: &[Leaf<'_>], at: usize) -> Option<usize> {
    let leaf = leaf_at(leaves, at)?;
    match leaf.piece.kind {
        PieceKind::Literal(content) => Some(content.start() + (at - leaf.piece.at.start())),
        _ => None,
    }
}

/// A piece at the bottom.
#[derive(Clone, Copy, Debug)]
pub struct Leaf<'f> {
    /// The piece.
    pub piece: &'f Piece,
    /// The expression of the request or of the assignment that it stands in.
    pub owner: NodeId,
    /// That assignment.
    pub write: Option<WriteId>,
}

fn leaves_of<'f>(value: &'f Value, owner: NodeId, write: Option<WriteId>, out: &mut Vec<Leaf<'f>>) {
    for piece in value.all() {
        match &piece.kind {
            PieceKind::Group(inner) | PieceKind::Filled(inner, _) => leaves_of(inner, owner, write, out),
            PieceKind::Variable { value: inner, write } => leaves_of(inner, inner.node, Some(write.id), out),
            _ => out.push(Leaf { piece, owner, write }),
        }
    }
}

fn fills_of<'f>(value: &'f Value, out: &mut Vec<&'f Fill>) {
    for piece in value.all() {
        match &piece.kind {
            PieceKind::Filled(inner, fills) => {
                out.extend(fills);
                fills_of(inner, out);
            }
            PieceKind::Group(inner) | PieceKind::Variable { value: inner, .. } => fills_of(inner, out),
            PieceKind::Literal(_) | PieceKind::Opaque { .. } => {}
        }
    }
}

/// A stretch of a virtual text with [`UNKNOWN`] for what is filled in.
pub(super) fn unfilled(text: &str) -> Cow<'_, str> {
    if text.contains(FILLED) { text.replace(FILLED, &UNKNOWN.to_string()).into() } else { text.into() }
}

pub(super) fn see(value: &Value, text: &str, out: &mut String) {
    for piece in value.all() {
        match &piece.kind {
            PieceKind::Opaque { known: Some(known) } => out.push_str(known),
            PieceKind::Group(inner) | PieceKind::Filled(inner, _) | PieceKind::Variable { value: inner, .. } => {
                see(inner, text, out);
            }
            PieceKind::Literal(_) | PieceKind::Opaque { .. } => out.push_str(&unfilled(piece.at.of(text))),
        }
    }
}
