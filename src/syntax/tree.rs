//! The syntax tree: a flat arena of nodes, each with its byte range. White space, comments and punctuation are the gaps
//! between a node's children, so every byte of the text belongs to exactly one innermost node.

use crate::source::TextRange;

/// A node of one [`Tree`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(u32);

impl NodeId {
    /// Its number in the tree, from 0 for the root: in text order, parents before children.
    pub fn index(self) -> usize {
        self.0 as usize
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

#[derive(Debug)]
struct Node {
    kind: Kind,
    range: TextRange,
    /// Its own number as long as there is none.
    parent: NodeId,
    children: (u32, u32),
    /// The first number behind those of the nodes below it.
    end: u32,
}

/// A file's syntax tree. It holds ranges only; the text stays with its [`crate::source::Source`].
#[derive(Debug, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    children: Vec<NodeId>,
    comments: Vec<TextRange>,
    markup: Vec<TextRange>,
    opaque: Vec<TextRange>,
    /// How many nodes lack what they belong to.
    loose: usize,
}

impl Tree {
    pub(super) fn add(&mut self, kind: Kind, range: TextRange, children: &[NodeId]) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        let first = self.children.len() as u32;
        self.children.extend_from_slice(children);
        for child in children {
            if let Some(node) = self.nodes.get_mut(child.0 as usize) {
                node.parent = id;
            }
        }
        match kind {
            Kind::Opaque => self.opaque.push(range),
            Kind::Loose | Kind::Stray => self.loose += 1,
            _ => {}
        }
        self.nodes.push(Node { kind, range, parent: id, children: (first, self.children.len() as u32), end: 0 });
        id
    }

    pub(super) fn add_comment(&mut self, range: TextRange) {
        self.comments.push(range);
    }

    pub(super) fn add_markup(&mut self, range: TextRange) {
        self.markup.push(range);
    }

    /// Puts everything into text order. The node that was added last is the root; what is not below it is gone.
    pub(super) fn finish(&mut self) {
        self.number();
        self.comments.sort_unstable();
        self.comments.dedup();
        self.markup.sort_unstable();
        self.markup.dedup();
        self.opaque.sort_unstable();
    }

    /// Numbers the nodes anew, so that those below a node are those behind it, and to walk them is to count.
    fn number(&mut self) {
        let old = std::mem::take(&mut self.nodes);
        let old_children = std::mem::take(&mut self.children);
        self.nodes.reserve(old.len());
        self.children.reserve(old_children.len());
        let Some(root) = old.len().checked_sub(1) else { return };
        // Old numbers, each with the parent's new one and where the parent's list of children has its place.
        let mut waiting = vec![(NodeId(root as u32), NodeId(0), None)];
        while let Some((node, parent, place)) = waiting.pop() {
            let id = NodeId(self.nodes.len() as u32);
            if let Some(child) = place.and_then(|place: usize| self.children.get_mut(place)) {
                *child = id;
            }
            let Some(Node { kind, range, children: (from, to), .. }) = old.get(node.index()) else { continue };
            let children = old_children.get(*from as usize..*to as usize).unwrap_or(&[]);
            let first = self.children.len();
            self.children.extend_from_slice(children);
            let below = children.iter().enumerate().rev();
            waiting.extend(below.map(|(at, &child)| (child, id, Some(first + at))));
            let list = (first as u32, self.children.len() as u32);
            self.nodes.push(Node { kind: *kind, range: *range, parent, children: list, end: id.0 + 1 });
        }
        // Backwards: what is below a node is known before the node.
        for id in (1..self.nodes.len()).rev() {
            let Some(Node { parent, end, .. }) = self.nodes.get(id) else { continue };
            let (parent, end) = (parent.index(), *end);
            if let Some(parent) = self.nodes.get_mut(parent) {
                parent.end = parent.end.max(end);
            }
        }
    }

    /// The root, of kind [`Kind::Script`].
    pub fn root(&self) -> NodeId {
        NodeId(0)
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
        self.nodes.get(id.0 as usize).map_or(Kind::Empty, |node| node.kind)
    }

    /// Its byte range, without surrounding white space.
    pub fn range(&self, id: NodeId) -> TextRange {
        self.nodes.get(id.0 as usize).map_or_else(TextRange::default, |node| node.range)
    }

    /// Its children in text order.
    pub fn children(&self, id: NodeId) -> &[NodeId] {
        self.nodes
            .get(id.0 as usize)
            .and_then(|node| self.children.get(node.children.0 as usize..node.children.1 as usize))
            .unwrap_or(&[])
    }

    /// The node it is a child of.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.nodes.get(id.0 as usize).map(|node| node.parent).filter(|&parent| parent != id)
    }

    /// The node and those it is inside of, from the inside out.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(Some(id), |&id| self.parent(id))
    }

    /// The node and all below it, parents before children, in text order.
    pub fn descendants(&self, id: NodeId) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        let end = self.nodes.get(id.index()).map_or(id.0, |node| node.end);
        (id.0..end).map(NodeId)
    }

    /// The same without what belongs to a function, or another holder of variables, below the node.
    pub fn descendants_in_scope(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = |id: NodeId| self.nodes.get(id.index()).map_or(id.0, |node| node.end);
        let mut next = id.0;
        std::iter::from_fn(move || {
            while next < end(id) {
                let node = NodeId(next);
                if node == id || !self.kind(node).has_variables() {
                    next += 1;
                    return Some(node);
                }
                next = end(node);
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
