//! The grammar's pairs become our tree here, and nowhere else. They come from the end of the text, each before those inside
//! of it; its node is made when these are done, which is the order in which a tree grows.

use super::peg;
use super::peg::deluge::Rule;

type Pair = peg::Pair<Rule>;
type Pairs = peg::Pairs<Rule>;
use super::tree::{Kind, Operator, Tree};
use crate::text::source::TextRange;

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
    let (tree, frames, groups) = (Tree::default(), Vec::new(), Vec::new());
    let mut builder = Builder { text, tree, frames, depth: 0, groups, too_deep: None };
    builder.read(rule, TextRange::new(0, text.len()));
    if let Some(offset) = builder.too_deep {
        return Err(ParseError::TooDeep { offset });
    }
    builder.tree.add(Kind::Script, TextRange::new(0, text.len()), 0);
    builder.tree.finish();
    Ok(builder.tree)
}

/// How deep pairs may nest: what walks the tree recurses.
pub(super) const MOST_DEPTH: usize = 40_000;

/// A pair of which something inside is still to come.
struct Frame {
    pair: Pair,
    /// How many nodes there were before it.
    before: usize,
    /// How many nodes it has directly inside so far.
    children: usize,
    /// Where the last of them in the text ends. Of an export: where the first of them begins.
    end: usize,
    /// The first of them in the text.
    first: Place,
    /// How many groups there were before it.
    groups: usize,
    /// Whether a child was met that decides the kind: the `=` of an assignment, the prefix of a chain.
    marked: bool,
}

impl Frame {
    fn of(pair: Pair, before: usize, groups: usize) -> Self {
        let end = pair.range.end();
        Self { pair, before, children: 0, end, first: Place { before, end }, groups, marked: false }
    }

    /// By how much it makes what is inside of it deeper: a function has its block, an export its scripts.
    fn depth(&self) -> usize {
        usize::from(!matches!(self.pair.rule, Rule::function | Rule::export))
    }
}

/// A node: how many there were before it and those below it, and where it ends in the text.
#[derive(Clone, Copy)]
struct Place {
    before: usize,
    end: usize,
}

/// Operands of one precedence, as far as they were come to.
struct Group {
    precedence: u8,
    last: Place,
}

struct Builder<'t> {
    text: &'t str,
    tree: Tree,
    /// What is being read, the outermost first.
    frames: Vec<Frame>,
    /// How many frames there are, but for those that always have one more inside.
    depth: usize,
    /// In each frame from the loosest to the tightest.
    groups: Vec<Group>,
    too_deep: Option<usize>,
}

impl Builder<'_> {
    /// Reads a stretch of the text by `rule`, which takes any text.
    fn read(&mut self, rule: Rule, stretch: TextRange) {
        match peg::parse(rule, stretch.of(self.text)) {
            Ok(pairs) => self.build(pairs, stretch.start()),
            Err(failure) => self.stop(stretch.start() + failure.at),
        }
    }

    /// Of several places the first in the text is reported.
    fn stop(&mut self, offset: usize) {
        self.too_deep = Some(self.too_deep.map_or(offset, |other| other.min(offset)));
    }

    /// Makes nodes of the pairs of a stretch that begins at the byte `base`.
    fn build(&mut self, mut pairs: Pairs, base: usize) {
        self.tree.reserve(pairs.most());
        let outside = self.frames.len();
        // All others are inside of the first.
        if let Some(whole) = pairs.pop() {
            self.push(Frame::of(whole, self.tree.len(), self.groups.len()));
        }
        while self.frames.len() > outside {
            if let Some(frame) = self.frames.pop_if(|frame| pairs.are_past(&frame.pair)) {
                self.depth -= frame.depth();
                self.close(frame);
            } else if let Some(mut pair) = pairs.pop() {
                pair.range = TextRange::new(base + pair.range.start(), base + pair.range.end());
                self.open(pair, pairs.are_past(&pair));
            }
        }
    }

    /// Begins a pair; `empty` is whether nothing is inside.
    fn open(&mut self, pair: Pair, empty: bool) {
        match pair.rule {
            // Prose is to the code what a comment is.
            Rule::comment | Rule::passed_comment | Rule::prose | Rule::slip => {
                return self.tree.add_comment(pair.range);
            }
            Rule::markup | Rule::lead_markup | Rule::page_lead => return self.tree.add_markup(pair.range),
            Rule::binary => self.divide(precedence(operator(pair.rule, pair.range.of(self.text)))),
            Rule::prefix => self.link(),
            _ => {}
        }
        if self.depth >= MOST_DEPTH {
            self.stop(pair.range.start());
        }
        if self.frames.last().is_some_and(|around| around.pair.rule == Rule::export) {
            self.define(Frame::of(pair, self.tree.len(), self.groups.len()));
        } else if empty {
            self.leaf(pair);
        } else {
            self.push(Frame::of(pair, self.tree.len(), self.groups.len()));
        }
    }

    fn push(&mut self, frame: Frame) {
        self.depth += frame.depth();
        self.frames.push(frame);
    }

    /// Makes the node of a pair with nothing inside. Most are such.
    fn leaf(&mut self, pair: Pair) {
        let before = self.tree.len();
        let kind = match pair.rule {
            rule @ (Rule::binary | Rule::prefix | Rule::assign_op) => {
                Some(Kind::Op(operator(rule, pair.range.of(self.text))))
            }
            Rule::expr | Rule::simple | Rule::chain | Rule::entry | Rule::mail_call | Rule::export => {
                return self.close(Frame::of(pair, before, self.groups.len()));
            }
            rule => kind(rule),
        };
        if let Some(kind) = kind {
            self.tree.add(kind, pair.range, before);
            self.note(pair.rule, before, pair.range.end());
        }
    }

    /// Makes the node of a pair; there is none for what only separates, nor for what may have several parts and has one.
    fn close(&mut self, frame: Frame) {
        let Frame { pair: Pair { rule, range, .. }, before, children, end, groups, marked, .. } = frame;
        match rule {
            Rule::expr => self.join(groups),
            Rule::simple if marked => self.tree.add(Kind::Assign, range, before),
            Rule::simple => {
                self.join(groups);
                self.tree.add(Kind::Expression, range, before);
            }
            Rule::chain if marked => self.tree.add_up_to(end, Kind::Unary, before),
            Rule::chain if children > 1 => self.tree.add_up_to(end, Kind::Chain, before),
            Rule::entry if children > 1 => self.tree.add(Kind::Entry, range, before),
            Rule::mail_call => {
                self.tree.add(Kind::Chain, range, before);
                self.tree.add(Kind::Expression, range, before);
            }
            Rule::binary | Rule::prefix | Rule::assign_op => {
                self.tree.add(Kind::Op(operator(rule, range.of(self.text))), range, before);
            }
            Rule::export => self.pass_over(TextRange::new(0, end)),
            rule => {
                if let Some(kind) = kind(rule) {
                    self.tree.add(kind, range, before);
                }
            }
        }
        self.count(rule, before);
    }

    /// Counts what was added since there were `before` nodes for one more node of what is around it.
    fn count(&mut self, rule: Rule, before: usize) {
        if let Some(end) = self.tree.growing_end(before) {
            self.note(rule, before, end);
        }
    }

    /// Counts a node that ends there.
    fn note(&mut self, rule: Rule, before: usize, end: usize) {
        if let Some(around) = self.frames.last_mut() {
            if around.children == 0 {
                around.end = end;
            }
            around.children += 1;
            around.first = Place { before, end };
            around.marked |= rule == Rule::assign_op;
        }
    }

    /// What stands before an operator belongs to others than what stands behind it, if that is of a tighter precedence: the
    /// operands of those have all been come to. One node holds all operands of a precedence, however many: a sum of
    /// thousands of pieces must not nest thousands deep (which is why pest's `PrattParser`, which nests, is not used).
    fn divide(&mut self, precedence: u8) {
        let Some(&Frame { first, groups, .. }) = self.frames.last() else { return };
        let mut last = first;
        while self.groups.len() > groups
            && let Some(group) = self.groups.pop_if(|group| group.precedence > precedence)
        {
            last = group.last;
            self.tree.add_up_to(last.end, Kind::Binary, last.before);
        }
        let goes_on =
            self.groups.get(groups..).and_then(<[_]>::last).is_some_and(|group| group.precedence == precedence);
        if !goes_on {
            self.groups.push(Group { precedence, last });
        }
    }

    /// The same at the beginning of an expression, where the operands of every precedence have been come to.
    fn join(&mut self, groups: usize) {
        while self.groups.len() > groups
            && let Some(Group { last, .. }) = self.groups.pop()
        {
            self.tree.add_up_to(last.end, Kind::Binary, last.before);
        }
    }

    /// Before the last prefix of a chain stands what it applies to: one value, or several that hang together.
    fn link(&mut self) {
        if let Some(&mut Frame { before, children, end, ref mut marked, .. }) = self.frames.last_mut()
            && !std::mem::replace(marked, true)
            && children > 1
        {
            self.tree.add_up_to(end, Kind::Chain, before);
        }
    }

    /// Makes the node of a script or page of an export, and one of what was passed over behind it.
    fn define(&mut self, frame: Frame) {
        let Frame { pair: Pair { rule, range, .. }, before, .. } = frame;
        let script = script(rule);
        let range = if script.is_some() { trimmed(self.text, range) } else { range };
        let next = self.frames.last().map_or(range.end(), |export| export.end);
        self.pass_over(TextRange::new(range.end(), next));
        let own = self.tree.len();
        match script {
            Some((kind, rule)) => self.script(kind, rule, range),
            None => self.close(Frame { before: own, ..frame }),
        }
        match self.frames.last_mut() {
            Some(export) if self.tree.len() > own => export.end = range.start(),
            _ => self.tree.take_back(before),
        }
    }

    fn pass_over(&mut self, gap: TextRange) {
        let range = trimmed(self.text, gap);
        if !range.is_empty() {
            self.tree.add(Kind::Definition, range, self.tree.len());
        }
    }

    /// A script of an export. It has a parser of its own, so that one that is broken takes no other with it.
    fn script(&mut self, kind: Kind, rule: Rule, stretch: TextRange) {
        let before = self.tree.len();
        self.read(rule, stretch);
        // A script that is empty is one all the same: an edit may empty it, and the scripts are counted.
        if self.tree.len() > before || rule != Rule::mail_task {
            self.tree.add(kind, stretch, before);
        }
    }
}

/// What a script of an export becomes, and by which rule it is read.
fn script(rule: Rule) -> Option<(Kind, Rule)> {
    Some(match rule {
        Rule::own_round_text | Rule::own_curly_text | Rule::near_round_text | Rule::near_curly_text => {
            (Kind::Body, Rule::body)
        }
        Rule::html_text => (Kind::Body, Rule::page),
        Rule::statements => (Kind::Action, Rule::body),
        Rule::mail_text => (Kind::Action, Rule::mail_task),
        _ => return None,
    })
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
        Rule::function => Kind::Function,
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
        Rule::placeholder => Kind::Placeholder,
        Rule::string => Kind::String,
        Rule::zml_text => Kind::Page,
        Rule::stray => Kind::Stray,
        Rule::opaque | Rule::skipped | Rule::skipped_paren => Kind::Opaque,
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
        (_, word) if word.eq_ignore_ascii_case("in") => Operator::In,
        (_, word) if word.eq_ignore_ascii_case("is") => Operator::Equal,
        (_, word) if word.get(..2).is_some_and(|is| is.eq_ignore_ascii_case("is")) => Operator::NotEqual,
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
