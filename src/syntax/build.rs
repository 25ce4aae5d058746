//! The grammar's pairs become our tree here, and nowhere else.

use super::peg::{self, Pair, Rule};
use super::tree::{Kind, NodeId, Operator, Tree};
use crate::source::TextRange;

/// Why there is no tree. The grammar takes any text, so nesting is the only limit.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ParseError {
    /// Brackets or blocks nest deeper than the stack allows; `offset` is the byte where it gave up.
    #[error("brackets are nested too deeply to be read")]
    TooDeep {
        /// Byte offset.
        offset: usize,
    },
}

/// Parses a whole file: functions and statements, or a Creator export with its scripts. Linear in the length of `text`; needs
/// a stack of [`super::STACK_BYTES`] for deep nesting.
///
/// # Errors
/// [`ParseError::TooDeep`].
pub fn parse(text: &str) -> Result<Tree, ParseError> {
    parse_as(Rule::file, text)
}

/// Whether the text begins as an export of a Creator application does: `application "…"`.
pub fn is_export(text: &str) -> bool {
    peg::parse(Rule::whole_export, text).is_ok()
}

/// Parses a page that was stored in an export.
///
/// # Errors
/// [`ParseError::TooDeep`].
pub fn parse_page(text: &str) -> Result<Tree, ParseError> {
    parse_as(Rule::page, text)
}

fn parse_as(rule: Rule, text: &str) -> Result<Tree, ParseError> {
    let mut builder = Builder { text, tree: Tree::default(), pending: Vec::new(), base: 0, depth: 0, too_deep: None };
    let items = builder.read(rule, TextRange::new(0, text.len()));
    if let Some(offset) = builder.too_deep {
        return Err(ParseError::TooDeep { offset });
    }
    builder.tree.add(Kind::Script, TextRange::new(0, text.len()), &items);
    builder.tree.finish();
    Ok(builder.tree)
}

/// How deep pairs may nest. The parser guards its own stack; this guards ours, which needs more of it for each level.
pub(super) const MOST_DEPTH: usize = 40_000;

struct Builder<'t> {
    text: &'t str,
    tree: Tree,
    /// Nodes that wait for those they are inside of, the outermost's first.
    pending: Vec<NodeId>,
    /// Where the stretch that is being read begins, in bytes.
    base: usize,
    depth: usize,
    too_deep: Option<usize>,
}

impl Builder<'_> {
    fn range(&self, pair: &Pair<'_>) -> TextRange {
        let range = pair.range();
        TextRange::new(self.base + range.start(), self.base + range.end())
    }

    /// Reads a stretch of the text by `rule`, which takes any text.
    fn read(&mut self, rule: Rule, stretch: TextRange) -> Vec<NodeId> {
        let around = std::mem::replace(&mut self.base, stretch.start());
        let items = match peg::parse(rule, stretch.of(self.text)) {
            Ok(pairs) => pairs.iter().next().map(|pair| self.items(pair)).unwrap_or_default(),
            Err(offset) => {
                self.too_deep.get_or_insert(self.base + offset);
                Vec::new()
            }
        };
        self.base = around;
        items
    }

    fn items(&mut self, pair: Pair<'_>) -> Vec<NodeId> {
        if pair.as_rule() == Rule::export { self.export(pair) } else { self.all(pair) }
    }

    /// The scripts and pages of an export, and between them what was passed over.
    fn export(&mut self, pair: Pair<'_>) -> Vec<NodeId> {
        let mut items = Vec::new();
        let mut at = 0;
        for inner in pair.into_inner() {
            let Some(node) = self.build(inner) else { continue };
            let range = self.tree.range(node);
            self.passed_over(TextRange::new(at, range.start()), &mut items);
            items.push(node);
            at = range.end();
        }
        self.passed_over(TextRange::new(at, self.text.len()), &mut items);
        items
    }

    fn passed_over(&mut self, gap: TextRange, items: &mut Vec<NodeId>) {
        let range = trimmed(self.text, gap);
        if !range.is_empty() {
            items.push(self.tree.add(Kind::Definition, range, &[]));
        }
    }

    /// A script of an export. It has a parser of its own, so that one that is broken takes no other with it.
    fn script(&mut self, kind: Kind, rule: Rule, pair: &Pair<'_>) -> Option<NodeId> {
        let stretch = trimmed(self.text, self.range(pair));
        let statements = self.read(rule, stretch);
        // A script that is empty is one all the same: an edit may empty it, and the scripts are counted.
        let nothing = statements.is_empty() && rule == Rule::mail_task;
        (!nothing).then(|| self.tree.add(kind, stretch, &statements))
    }

    /// Builds all inner pairs; trivia is recorded on the way.
    fn all(&mut self, pair: Pair<'_>) -> Vec<NodeId> {
        let from = self.pending.len();
        self.wait_for_all(pair);
        self.pending.split_off(from)
    }

    /// The same, on top of [`Builder::pending`].
    fn wait_for_all(&mut self, pair: Pair<'_>) {
        if self.depth >= MOST_DEPTH {
            self.too_deep.get_or_insert(self.range(&pair).start());
            return;
        }
        self.depth += 1;
        for inner in pair.into_inner() {
            let node = self.build(inner);
            self.pending.extend(node);
        }
        self.depth -= 1;
    }

    fn node(&mut self, kind: Kind, pair: Pair<'_>) -> Option<NodeId> {
        let from = self.pending.len();
        self.wait_for_all(pair);
        let node = self.tree.add(kind, self.range(&pair), self.pending.get(from..).unwrap_or(&[]));
        self.pending.truncate(from);
        Some(node)
    }

    /// A node for the pair; `None` for trivia and for tokens that only separate.
    fn build(&mut self, mut pair: Pair<'_>) -> Option<NodeId> {
        // What may have several parts, and has one: that one.
        while matches!(pair.as_rule(), Rule::expr | Rule::chain | Rule::entry)
            && let Some(only) = pair.only()
        {
            pair = only;
        }
        match pair.as_rule() {
            // Prose is to the code what a comment is.
            Rule::comment | Rule::passed_comment | Rule::prose | Rule::slip => {
                self.tree.add_comment(self.range(&pair));
                None
            }
            Rule::markup | Rule::lead_markup | Rule::page_lead => {
                self.tree.add_markup(self.range(&pair));
                None
            }
            Rule::own_round_text | Rule::own_curly_text | Rule::near_round_text | Rule::near_curly_text => {
                self.script(Kind::Body, Rule::body, &pair)
            }
            Rule::html_text => self.script(Kind::Body, Rule::page, &pair),
            Rule::statements => self.script(Kind::Action, Rule::body, &pair),
            Rule::mail_text => self.script(Kind::Action, Rule::mail_task, &pair),
            Rule::mail_call => {
                let range = self.range(&pair);
                let chain = self.node(Kind::Chain, pair)?;
                Some(self.tree.add(Kind::Expression, range, &[chain]))
            }
            Rule::function => self.function(pair),
            Rule::opaque | Rule::skipped | Rule::skipped_paren => {
                let range = self.range(&pair);
                self.all(pair);
                Some(self.tree.add(Kind::Opaque, range, &[]))
            }
            Rule::simple => self.simple(pair),
            Rule::expr => self.expression(pair),
            Rule::chain => self.chain(pair),
            Rule::entry => {
                let range = self.range(&pair);
                let children = self.all(pair);
                match children.as_slice() {
                    [only] => Some(*only),
                    _ => Some(self.tree.add(Kind::Entry, range, &children)),
                }
            }
            Rule::binary | Rule::prefix | Rule::assign_op => {
                let kind = Kind::Op(operator(pair.as_rule(), pair.as_str()));
                self.node(kind, pair)
            }
            rule => {
                let kind = kind(rule)?;
                self.node(kind, pair)
            }
        }
    }

    fn function(&mut self, pair: Pair<'_>) -> Option<NodeId> {
        let range = self.range(&pair);
        let mut children = Vec::new();
        for inner in pair.into_inner() {
            if inner.as_rule() == Rule::header {
                children.extend(self.all(inner));
            } else {
                children.extend(self.build(inner));
            }
        }
        Some(self.tree.add(Kind::Function, range, &children))
    }

    /// An assignment, or an expression on its own.
    fn simple(&mut self, pair: Pair<'_>) -> Option<NodeId> {
        let range = self.range(&pair);
        let from = self.pending.len();
        self.wait_for_all(pair);
        let children = self.pending.get(from..).unwrap_or(&[]);
        let assigns = children.get(1).is_some_and(|&op| {
            matches!(self.tree.kind(op), Kind::Op(Operator::Assign | Operator::AddAssign | Operator::OtherAssign))
        });
        let node = if assigns {
            Some(self.tree.add(Kind::Assign, range, children))
        } else {
            self.grouped(from, self.pending.len())
                .map(|expression| self.tree.add(Kind::Expression, range, &[expression]))
        };
        self.pending.truncate(from);
        node
    }

    fn expression(&mut self, pair: Pair<'_>) -> Option<NodeId> {
        let from = self.pending.len();
        self.wait_for_all(pair);
        let node = self.grouped(from, self.pending.len());
        self.pending.truncate(from);
        node
    }

    /// Turns `operand op operand …`, which waits in [`Builder::pending`] between two places, into nodes by precedence. One node
    /// holds all operands of a level, however many: a sum of thousands of pieces must not nest thousands deep (which is why
    /// pest's `PrattParser`, which nests, is not used).
    fn grouped(&mut self, from: usize, to: usize) -> Option<NodeId> {
        let level = |builder: &Self, at: usize| match builder.tree.kind(*builder.pending.get(at)?) {
            Kind::Op(op) => Some(precedence(op)),
            _ => None,
        };
        let operators = (from + 1..to).step_by(2);
        let Some(loosest) = operators.clone().filter_map(|at| level(self, at)).min() else {
            return self.pending.get(from..to)?.first().copied();
        };
        let children = self.pending.len();
        let mut begin = from;
        for at in operators {
            if level(self, at) == Some(loosest) {
                let operand = self.grouped(begin, at);
                let operator = self.pending.get(at).copied();
                self.pending.extend(operand.into_iter().chain(operator));
                begin = at + 1;
            }
        }
        let last = self.grouped(begin, to)?;
        self.pending.push(last);
        let node = covering(&mut self.tree, Kind::Binary, self.pending.get(children..)?);
        self.pending.truncate(children);
        Some(node)
    }

    /// Prefix operators, a primary, and what hangs on it.
    fn chain(&mut self, pair: Pair<'_>) -> Option<NodeId> {
        let from = self.pending.len();
        self.wait_for_all(pair);
        let node = self.prefixed(from);
        self.pending.truncate(from);
        node
    }

    /// The same of what waits from this place on.
    fn prefixed(&mut self, from: usize) -> Option<NodeId> {
        let children = self.pending.get(from..)?;
        let prefixes = children.iter().take_while(|&&child| matches!(self.tree.kind(child), Kind::Op(_))).count();
        let (_, rest) = children.split_at_checked(prefixes)?;
        let operand = match rest {
            [] => return None,
            [only] => *only,
            _ => covering(&mut self.tree, Kind::Chain, rest),
        };
        if prefixes == 0 {
            return Some(operand);
        }
        self.pending.truncate(from + prefixes);
        self.pending.push(operand);
        Some(covering(&mut self.tree, Kind::Unary, self.pending.get(from..)?))
    }
}

/// Adds a node that reaches from its first child to its last.
fn covering(tree: &mut Tree, kind: Kind, children: &[NodeId]) -> NodeId {
    let range = match children {
        [first, .., last] => tree.range(*first).cover(tree.range(*last)),
        [only] => tree.range(*only),
        [] => TextRange::default(),
    };
    tree.add(kind, range, children)
}

/// The range without the white space around it.
fn trimmed(text: &str, range: TextRange) -> TextRange {
    let inner = range.of(text);
    let start = range.start() + (inner.len() - inner.trim_start().len());
    TextRange::new(start, start + inner.trim().len())
}

/// The kind of those rules that become a node as they are.
fn kind(rule: Rule) -> Option<Kind> {
    Some(match rule {
        Rule::function_name => Kind::FunctionName,
        Rule::type_name => Kind::TypeName,
        Rule::param => Kind::Param,
        Rule::empty => Kind::Empty,
        Rule::block => Kind::Block,
        Rule::if_stmt => Kind::If,
        Rule::for_stmt => Kind::ForEach,
        Rule::while_stmt => Kind::While,
        Rule::try_stmt => Kind::Try,
        Rule::loose => Kind::Loose,
        Rule::stray => Kind::Stray,
        Rule::return_stmt => Kind::Return,
        Rule::info_stmt => Kind::Info,
        Rule::throw_stmt => Kind::Throw,
        Rule::jump_stmt => Kind::Jump,
        Rule::delete_stmt => Kind::Delete,
        Rule::update_stmt => Kind::Update,
        Rule::command => Kind::Command,
        Rule::paren => Kind::Paren,
        Rule::brace => Kind::Brace,
        Rule::list => Kind::List,
        Rule::member => Kind::Member,
        Rule::call => Kind::Call,
        Rule::index => Kind::Index,
        Rule::records => Kind::Chain,
        Rule::clause | Rule::attachment => Kind::Clause,
        Rule::sort_name | Rule::typed_name | Rule::name => Kind::Name,
        Rule::ui => Kind::Ui,
        Rule::attributes | Rule::mail_attributes => Kind::Attributes,
        Rule::attr => Kind::Attribute,
        Rule::attr_name => Kind::AttributeName,
        Rule::insert => Kind::Insert,
        Rule::field => Kind::Field,
        Rule::number => Kind::Number,
        Rule::string => Kind::String,
        Rule::zml_text => Kind::Page,
        _ => return None,
    })
}

fn operator(rule: Rule, text: &str) -> Operator {
    match (rule, text) {
        (Rule::assign_op, "=") => Operator::Assign,
        (Rule::assign_op, "+=") => Operator::AddAssign,
        (Rule::assign_op, _) => Operator::OtherAssign,
        (_, "||") => Operator::Or,
        (_, "&&") => Operator::And,
        (_, "==" | "=") => Operator::Equal,
        (_, "!=") => Operator::NotEqual,
        (_, "<") => Operator::Less,
        (_, "<=") => Operator::LessEqual,
        (_, ">") => Operator::Greater,
        (_, ">=") => Operator::GreaterEqual,
        (_, "+") => Operator::Add,
        (_, "-") => Operator::Subtract,
        (_, "*") => Operator::Multiply,
        (_, "/") => Operator::Divide,
        (_, "%") => Operator::Remainder,
        (_, "!") => Operator::Not,
        (_, word) if word.len() == 2 => Operator::In,
        _ => Operator::NotIn,
    }
}

/// From the loosest to the tightest (facts 1.2).
fn precedence(op: Operator) -> u8 {
    match op {
        Operator::Or => 0,
        Operator::And => 1,
        Operator::In | Operator::NotIn => 2,
        Operator::Equal | Operator::NotEqual => 3,
        Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => 4,
        Operator::Add | Operator::Subtract => 5,
        _ => 6,
    }
}
