//! The syntax tree: a flat arena of nodes, each with its byte range. White space, comments and punctuation are the gaps
//! between a node's children, so every byte of the text belongs to exactly one innermost node.

use std::num::NonZeroU32;
use std::sync::OnceLock;

use foldhash::HashSet;

use crate::text::source::TextRange;

/// A node of one [`Tree`]. It counts from 1, so that an `Option` of it takes no more room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(NonZeroU32);

impl NodeId {
    /// Its number in the tree, from 0 for the root: in text order, parents before children.
    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }

    fn at(index: usize) -> Self {
        Self(NonZeroU32::MIN.saturating_add(index as u32))
    }
}

/// What a node is. The comments give its children, in text order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// The file: functions, statements and stray brackets; or an export: `(Definition | Body | Action | Page)*`
    Script,
    /// A script of an export, without its brackets: functions and statements, with variables of its own.
    Body,
    /// Statements of an export that stand in no script, where Creator takes just these tasks.
    Action,
    /// What an export says between its scripts, of forms, reports and settings; no children.
    Definition,
    /// A text of an export that holds a page, encoded; no children.
    Page,
    /// `[TypeName] FunctionName Param* Block`
    Function,
    /// `automation.Notify`; no children.
    FunctionName,
    /// `[TypeName] Name`
    Param,
    /// A type's name; no children.
    TypeName,
    /// Statements between braces.
    Block,
    /// `(condition Block)+ [Block]`; a condition that was not understood is [`Kind::Opaque`].
    If,
    /// `[Name expression | Opaque] Block`
    ForEach,
    /// `condition Block`
    While,
    /// `Block [Name] [Block]`
    Try,
    /// `else` or `catch` without what it belongs to: `[Name] (If | Block)`
    Loose,
    /// `[expression]`
    Return,
    /// `expression`
    Info,
    /// `expression`
    Throw,
    /// `break;` or `continue;`
    Jump,
    /// `target Op value`
    Assign,
    /// `expression`
    Expression,
    /// Creator's statements without parentheses, `alert x;`: `expression*`
    Command,
    /// `delete from F[…];`: `expression`
    Delete,
    /// `update F[…] [ … ];`, `update F[…] set …;`: `expression Field*`
    Update,
    /// A lone `;`
    Empty,
    /// A `}` that closes nothing.
    Stray,
    /// Text the grammar does not know; no children.
    Opaque,
    /// Operands of one precedence with their operators: `operand (Op operand)+`
    Binary,
    /// `Op+ operand`
    Unary,
    /// An operator; no children.
    Op(Operator),
    /// `( expression )`
    Paren,
    /// A value and what hangs on it: `primary (Member | Call | Attributes | Index | Clause | Ui)+`
    Chain,
    /// `.name`: `Name`
    Member,
    /// `( … )`: expressions and [`Kind::Entry`] for named arguments
    Call,
    /// `[ name: value … ]`: `Attribute+`
    Attributes,
    /// `AttributeName expression*`
    Attribute,
    /// `content-type`, `reply to`; no children.
    AttributeName,
    /// `[ … ]`: `[expression]`
    Index,
    /// `sort by …`, `range from … to …`, `template:Invoice recordId as PDF`
    Clause,
    /// `:ui`; no children.
    Ui,
    /// `{ … }`, a map or a list: expressions and [`Kind::Entry`]
    Brace,
    /// `[ … ]` as a value
    List,
    /// `key : value`
    Entry,
    /// `insert into F [ … ]`: `FunctionName Field*`
    Insert,
    /// `FunctionName value`
    Field,
    /// An identifier; no children.
    Name,
    /// A string with its quotes; no children.
    String,
    /// A number; no children.
    Number,
    /// `<connection_name>`, as the value of an attribute; no children.
    Placeholder,
}

impl Kind {
    /// Whether the names inside are its own.
    pub fn has_variables(self) -> bool {
        matches!(self, Kind::Function | Kind::Body | Kind::Action)
    }
}

/// Operators.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum Operator {
    Or,
    And,
    In,
    NotIn,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Not,
    /// `=` as a statement
    Assign,
    /// `+=`
    AddAssign,
    /// `-=`, `*=`, `/=`, `%=`
    OtherAssign,
}

/// All of a node but its kind. A file may hold more nodes than bytes: what they take is most of what a run takes.
#[derive(Debug)]
struct Node {
    range: TextRange,
    /// Its own number where there is none.
    parent: NodeId,
    /// Where its list begins in [`Tree::lists`]. As long as the tree grows: how many nodes it is with those below it.
    list: u32,
}

/// A file's syntax tree. It holds ranges only; the text stays with its [`crate::text::source::Source`].
#[derive(Debug, Default)]
pub struct Tree {
    kinds: Vec<Kind>,
    nodes: Vec<Node>,
    /// For each node that has children, in the order of the nodes: the first number behind those of the nodes below it, and
    /// its children. The list of any other is empty, and each ends where the next one begins.
    lists: Vec<NodeId>,
    comments: Vec<TextRange>,
    markup: Vec<TextRange>,
    opaque: Vec<TextRange>,
    /// How many nodes lack what they belong to.
    loose: usize,
    /// The functions that only yield a value, once they are asked for.
    pub(super) yielding: OnceLock<HashSet<String>>,
}

impl Tree {
    /// Makes room for so many more nodes.
    pub(super) fn reserve(&mut self, nodes: usize) {
        self.kinds.reserve(nodes);
        self.nodes.reserve(nodes);
    }

    /// Adds a node. A tree grows against the order of the text, from its last leaf to its root: below the node is what was
    /// added since there were `before` nodes.
    pub(super) fn add(&mut self, kind: Kind, range: TextRange, before: usize) {
        match kind {
            Kind::Opaque => self.opaque.push(range),
            Kind::Loose | Kind::Stray => self.loose += 1,
            _ => {}
        }
        self.kinds.push(kind);
        let list = (self.kinds.len() - before) as u32;
        self.nodes.push(Node { range, parent: NodeId::at(0), list });
    }

    /// The same of a node that begins where the one added before it does.
    pub(super) fn add_up_to(&mut self, end: usize, kind: Kind, before: usize) {
        let start = self.nodes.last().map_or(end, |node| node.range.start());
        self.add(kind, TextRange::new(start, end), before);
    }

    /// Where the node ends that was added last, if one was since there were `before` nodes.
    pub(super) fn growing_end(&self, before: usize) -> Option<usize> {
        self.nodes.get(before..)?.last().map(|node| node.range.end())
    }

    /// Takes back what was added since there were `before` nodes.
    pub(super) fn take_back(&mut self, before: usize) {
        let gone = self.kinds.get(before..).unwrap_or(&[]).iter();
        self.loose -= gone.filter(|kind| matches!(kind, Kind::Loose | Kind::Stray)).count();
        self.kinds.truncate(before);
        self.nodes.truncate(before);
    }

    pub(super) fn add_comment(&mut self, range: TextRange) {
        self.comments.push(range);
    }

    pub(super) fn add_markup(&mut self, range: TextRange) {
        self.markup.push(range);
    }

    /// Puts everything into text order. The node that was added last is the root.
    pub(super) fn finish(&mut self) {
        self.kinds.reverse();
        self.nodes.reverse();
        self.list();
        self.comments.sort_unstable();
        self.comments.dedup();
        self.markup.sort_unstable();
        self.markup.dedup();
        self.opaque.sort_unstable();
    }

    /// Makes the lists, and sets the parent of each child. The nodes below a node are those behind it.
    fn list(&mut self) {
        let size = |nodes: &[Node], index: usize| nodes.get(index).map_or(1, |node| node.list as usize);
        let parents = self.nodes.iter().filter(|node| node.list > 1).count();
        self.lists.reserve_exact((self.nodes.len() + parents).saturating_sub(1));
        for index in 0..self.nodes.len() {
            let end = index + size(&self.nodes, index);
            if let Some(node) = self.nodes.get_mut(index) {
                node.list = self.lists.len() as u32;
            }
            let mut child = index + 1;
            if child < end {
                self.lists.push(NodeId::at(end));
            }
            while child < end {
                self.lists.push(NodeId::at(child));
                let next = child + size(&self.nodes, child);
                if let Some(node) = self.nodes.get_mut(child) {
                    node.parent = NodeId::at(index);
                }
                child = next;
            }
        }
    }

    /// What is known of the nodes below a node: see [`Tree::lists`].
    fn list_of(&self, id: NodeId) -> &[NodeId] {
        let begin = |index: usize| self.nodes.get(index).map_or(self.lists.len(), |node| node.list as usize);
        self.lists.get(begin(id.index())..begin(id.index() + 1)).unwrap_or(&[])
    }

    /// The first number behind those of the nodes below it.
    pub fn end(&self, id: NodeId) -> usize {
        self.list_of(id).first().map_or(id.index() + 1, |end| end.index()).min(self.nodes.len())
    }

    /// The root, of kind [`Kind::Script`].
    pub fn root(&self) -> NodeId {
        NodeId::at(0)
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node, not even a root.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// What the node is.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.kinds.get(id.index()).copied().unwrap_or(Kind::Empty)
    }

    /// Its byte range, without surrounding white space.
    pub fn range(&self, id: NodeId) -> TextRange {
        self.nodes.get(id.index()).map_or_else(TextRange::default, |node| node.range)
    }

    /// Its children in text order.
    pub fn children(&self, id: NodeId) -> &[NodeId] {
        self.list_of(id).get(1..).unwrap_or(&[])
    }

    /// The node it is a child of.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.nodes.get(id.index()).map(|node| node.parent).filter(|&parent| parent != id)
    }

    /// The node and those it is inside of, from the inside out.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(Some(id), |&id| self.parent(id))
    }

    /// The node and all below it, parents before children, in text order.
    pub fn descendants(&self, id: NodeId) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (id.index()..self.end(id)).map(NodeId::at)
    }

    /// All nodes of this kind, in text order.
    pub fn of_kind(&self, kind: Kind) -> impl DoubleEndedIterator<Item = NodeId> {
        let of_kind = move |&(_, own): &(usize, &Kind)| *own == kind;
        self.kinds.iter().enumerate().filter(of_kind).map(|(index, _)| NodeId::at(index))
    }

    /// The same without what belongs to a function, or another holder of variables, below the node.
    pub fn descendants_in_scope(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let (mut next, end) = (id.index(), self.end(id));
        std::iter::from_fn(move || {
            while next < end {
                let node = NodeId::at(next);
                if node == id || !self.kind(node).has_variables() {
                    next += 1;
                    return Some(node);
                }
                next = self.end(node);
            }
            None
        })
    }

    /// The only child of that kind, or the first.
    pub fn child(&self, id: NodeId, kind: Kind) -> Option<NodeId> {
        self.children(id).iter().copied().find(|&child| self.kind(child) == kind)
    }

    /// The statement (or function) the node stands in: the nearest ancestor whose parent holds statements.
    pub fn statement(&self, id: NodeId) -> Option<NodeId> {
        self.ancestors(id).find(|&node| {
            self.parent(node).is_some_and(|parent| {
                matches!(self.kind(parent), Kind::Block | Kind::Body | Kind::Action | Kind::Script)
            })
        })
    }

    /// Whether a statement runs into code that was not understood, or such code runs into it: no terminator stands between
    /// the two, so that its end, or its begin, is not known.
    pub fn is_open(&self, text: &str, statement: NodeId) -> bool {
        // Brackets end the parameters of a function.
        let Some(parent) = self.parent(statement).filter(|&parent| self.kind(parent) != Kind::Function) else {
            return false;
        };
        let siblings = self.children(parent);
        let Ok(at) = siblings.binary_search(&statement) else { return false };
        let opaque = |at: Option<usize>| {
            at.and_then(|at| siblings.get(at)).copied().filter(|&node| self.kind(node) == Kind::Opaque)
        };
        let is_ended = |node: NodeId, until: usize| {
            let range = self.range(node);
            let gap = TextRange::new(range.end(), until);
            let ended = |text: &str| text.ends_with([';', '{', '}']);
            ended(range.of(text)) || (self.comments_in(gap).is_empty() && gap.of(text).contains(';'))
        };
        let follows = opaque(at.checked_add(1)).is_some_and(|next| !is_ended(statement, self.range(next).start()));
        let start = self.range(statement).start();
        follows || opaque(at.checked_sub(1)).is_some_and(|before| !is_ended(before, start))
    }

    /// What has variables of its own, in text order.
    pub fn scopes(&self) -> impl Iterator<Item = NodeId> {
        self.kinds.iter().enumerate().filter(|(_, kind)| kind.has_variables()).map(|(index, _)| NodeId::at(index))
    }

    /// The function around the node, or the script: what a variable belongs to.
    pub fn scope(&self, id: NodeId) -> NodeId {
        self.ancestors(id).find(|&node| self.kind(node).has_variables()).unwrap_or_else(|| self.root())
    }

    /// Every comment that stands between tokens, sorted. Those inside opaque regions are included.
    pub fn comments(&self) -> &[TextRange] {
        &self.comments
    }

    /// The comments that share a byte with `range`.
    pub fn comments_in(&self, range: TextRange) -> &[TextRange] {
        within(&self.comments, range)
    }

    /// Markup between the tags of a page template, sorted.
    pub fn markup(&self) -> &[TextRange] {
        &self.markup
    }

    /// The markup that shares a byte with `range`.
    pub fn markup_in(&self, range: TextRange) -> &[TextRange] {
        within(&self.markup, range)
    }

    /// Regions that were not understood, sorted.
    pub fn opaque(&self) -> &[TextRange] {
        &self.opaque
    }

    /// How many branches and brackets lack what they belong to ([`Kind::Loose`], [`Kind::Stray`]).
    pub fn loose(&self) -> usize {
        self.loose
    }
}

/// Those of the sorted, disjoint `ranges` that share a byte with `range`.
fn within(ranges: &[TextRange], range: TextRange) -> &[TextRange] {
    let from = ranges.partition_point(|one| one.end() <= range.start());
    let to = ranges.partition_point(|one| one.start() < range.end());
    ranges.get(from..to.max(from)).unwrap_or(&[])
}
