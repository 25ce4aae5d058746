//! A text value as the pieces it is joined from: literals and values, through `+`, parentheses and variables.
//!
//! The pieces form one *virtual text* in which a value that is not known before run time is the character [`UNKNOWN`].
//! What is found in the virtual text (a host, a parameter) is taken back to the pieces, and so to the source.

use crate::source::TextRange;
use crate::syntax::{Kind, NodeId, Operator, Tree};
use crate::zoho::UNKNOWN;

use super::bindings::{Scopes, string_content};

/// How many variables are followed one into another.
const MOST_VARIABLES: usize = 16;

/// A virtual text longer than this (bytes) is not extended through variables any more: a variable used twice in each of a
/// row of assignments would double it each time.
const MOST_TEXT: usize = 1 << 16;

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
    /// A sum in parentheses.
    Group(Value),
    /// A variable with one assignment, and the pieces of its value.
    Variable {
        /// The value it was assigned.
        value: Value,
        /// Whether this is the only place that reads the variable, so that its assignment may be edited for this use.
        only_use: bool,
    },
    /// A value that is not known before run time, or that is one plain word.
    Opaque {
        /// The whole text of the value where it is known.
        known: Option<String>,
    },
}

/// A value: the sum of its pieces, or a single piece.
#[derive(Debug, Clone)]
pub struct Value {
    /// The expression.
    pub node: NodeId,
    /// Its operands in text order.
    pub pieces: Vec<Piece>,
}

/// An expression with its virtual text.
#[derive(Debug, Clone)]
pub struct Flow {
    /// The operands.
    pub value: Value,
    /// The virtual text.
    pub text: String,
}

impl Flow {
    /// The virtual text with the values that are known in place of [`UNKNOWN`].
    pub fn seen(&self) -> String {
        let mut out = String::new();
        see(&self.value, &self.text, &mut out);
        out
    }
}

fn see(value: &Value, text: &str, out: &mut String) {
    for piece in &value.pieces {
        match &piece.kind {
            PieceKind::Opaque { known: Some(known) } => out.push_str(known),
            PieceKind::Group(inner) | PieceKind::Variable { value: inner, .. } => see(inner, text, out),
            _ => out.push_str(piece.at.of(text)),
        }
    }
}

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

impl<'a> Context<'a> {
    /// The source text of a node.
    pub fn text_of(&self, node: NodeId) -> &'a str {
        self.tree.range(node).of(self.text)
    }

    /// The pieces of `expression`.
    pub fn flow(&self, expression: NodeId) -> Flow {
        let mut text = String::new();
        let value = self.value(expression, &mut text, &mut Vec::new());
        Flow { value, text }
    }

    fn value(&self, node: NodeId, out: &mut String, through: &mut Vec<NodeId>) -> Value {
        let pieces = self.operands(node).into_iter().map(|operand| self.piece(operand, out, through)).collect();
        Value { node, pieces }
    }

    /// The operands of a sum; a node that is no sum is its own only operand.
    pub fn operands(&self, node: NodeId) -> Vec<NodeId> {
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

    /// Whether the node joins its operands with nothing but `+`.
    pub fn is_sum(&self, node: NodeId) -> bool {
        self.tree.kind(node) == Kind::Binary
            && self.tree.children(node).iter().all(|&child| match self.tree.kind(child) {
                Kind::Op(op) => op == Operator::Add,
                _ => true,
            })
    }

    fn piece(&self, node: NodeId, out: &mut String, through: &mut Vec<NodeId>) -> Piece {
        let start = out.len();
        let kind = match self.tree.kind(node) {
            Kind::String => {
                let content = string_content(self.text, self.tree, node).unwrap_or_default();
                out.push_str(content.of(self.text));
                PieceKind::Literal(content)
            }
            Kind::Paren => match self.tree.children(node) {
                [inner] => PieceKind::Group(self.value(*inner, out, through)),
                _ => self.opaque(None, out),
            },
            Kind::Name => self.variable(node, out, through),
            _ => self.opaque(None, out),
        };
        Piece { node, at: TextRange::new(start, out.len()), kind }
    }

    fn opaque(&self, known: Option<String>, out: &mut String) -> PieceKind {
        out.push(UNKNOWN);
        PieceKind::Opaque { known }
    }

    fn variable(&self, name: NodeId, out: &mut String, through: &mut Vec<NodeId>) -> PieceKind {
        let binding = self.scopes.binding(self.text, self.tree, name);
        let assigned = binding.and_then(|binding| binding.only_value());
        let Some(assigned) = assigned.filter(|node| {
            !through.contains(node)
                && through.len() < MOST_VARIABLES
                && out.len() < MOST_TEXT
                && self.precedes(*node, name)
        }) else {
            return self.opaque(None, out);
        };
        let start = out.len();
        through.push(assigned);
        let value = self.value(assigned, out, through);
        through.pop();
        let made = out.get(start..).unwrap_or("");
        // A plain word (a token, a number, an empty text) stands for itself; what may be a part of a URL or a query is
        // looked into.
        if !made.contains(['/', '?', '&', '=', '#', ':']) {
            let known = (!made.contains(UNKNOWN)).then(|| made.to_owned());
            out.truncate(start);
            return self.opaque(known, out);
        }
        let only_use = binding.is_some_and(|binding| binding.reads.len() == 1);
        PieceKind::Variable { value, only_use }
    }

    /// Whether the assignment of the value `assigned` stands before the use `name` and outside of any branch that the use
    /// is not in too: then the use surely sees it.
    fn precedes(&self, assigned: NodeId, name: NodeId) -> bool {
        if self.tree.range(assigned).end() > self.tree.range(name).start() {
            return false;
        }
        let Some(block) = self.tree.statement(assigned).and_then(|statement| self.tree.parent(statement)) else {
            return false;
        };
        self.tree.ancestors(name).any(|ancestor| ancestor == block)
    }

    /// The text of an expression where it is known whole.
    pub fn known_text(&self, expression: NodeId) -> Option<String> {
        let flow = self.flow(expression);
        if let [Piece { kind: PieceKind::Opaque { known }, .. }] = flow.value.pieces.as_slice() {
            return known.clone();
        }
        (!flow.text.contains(UNKNOWN)).then_some(flow.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    fn flow_of_last(text: &str) -> String {
        let tree = parse(text).unwrap();
        let scopes = Scopes::of(text, &tree);
        let context = Context { text, tree: &tree, scopes: &scopes };
        let last = *tree.children(tree.root()).last().unwrap();
        context.flow(*tree.children(last).last().unwrap()).text
    }

    #[test]
    fn pieces_are_followed_through_sums_parentheses_and_single_assignments() {
        assert_eq!(flow_of_last(r#"d = "https://a"; u = (d + "/b") + "?c=" + x;"#), "https://a/b?c=\u{FFFC}");
    }

    #[test]
    fn nothing_is_followed_that_might_have_another_value() {
        for text in [
            r#"d = "https://a"; d = "https://b"; u = d + "/b";"#,
            r#"if(x) { d = "https://a"; } u = d + "/b";"#,
            r#"u = d + "/b"; "#,
            r#"void f(String d) { } u = d + "/b";"#,
            r#"d = "https://a"; d += "x"; u = d + "/b";"#,
            r#"d = "https://a"; %% d ; u = d + "/b";"#,
        ] {
            assert_eq!(flow_of_last(text), "\u{FFFC}/b", "{text}");
        }
        assert_eq!(flow_of_last(r#"d = d + "/"; u = d + "b";"#), "\u{FFFC}/b");
    }

    #[test]
    fn doubling_variables_do_not_double_without_end() {
        let mut text = String::from("a0 = \"0123456789/\";");
        for i in 1..60 {
            text += &format!("a{i} = a{} + a{};", i - 1, i - 1);
        }
        text += "u = a59;";
        assert!(flow_of_last(&text).len() < 4 * MOST_TEXT);
    }
}
