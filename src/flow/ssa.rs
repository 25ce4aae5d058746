//! From a tree to the graph of its values: static single assignment on structured code.
//!
//! Statements are walked in text order with an environment: which *cell* each name stands for, and what each cell holds. A
//! cell is what two names of one map share. A branch is walked with a log of what it changes; the changes are taken back at
//! its end, and where the branches meet each cell that one of them changed gets a [`Op::Phi`]:
//!
//! ```text
//! m = Map();             m → cell 0                  cell 0: Map()
//! n = m;                 n → cell 0
//! if(c)
//! {
//!     n.put("a",x);                                  cell 0: Put(…)        logged: cell 0 was Map()
//! }                                                  taken back; then      cell 0: Phi(join 0: Put(…), Map())
//! foo(m);                                            reads the Phi
//! ```
//!
//! A loop gives all that its body may change an [`Op::Loop`] before the body is walked, and closes it afterwards. What is
//! thrown in a `try` may leave any of the values that were written in it. Where two maps are only known to be perhaps the
//! same (one way makes them so, the other does not), a change of one blurs the other: nothing is concluded from it.

mod cells;
mod expressions;
mod few;
mod requests;
mod statements;

use foldhash::{HashMap, HashMapExt};

use super::graph::{EventKind, Graph, Head, Op, ValueId, Values, Way};
use crate::deluge::builtins::{Form, only_yields};
use crate::deluge::{Kind, NodeId, Tree};
use crate::text::source::TextRange;

use few::FewOrMany;

/// The graph of all scopes of a text; linear in the number of nodes and in how deep loops nest. Recurses as deep as the tree
/// nests.
pub fn graph(text: &str, tree: &Tree) -> Graph {
    let mut builder = Builder::new(text, tree);
    builder.scope(tree.root());
    while let Some(scope) = builder.waiting.pop() {
        builder.scope(scope);
    }
    builder.graph
}

fn is_one_of(list: &[&str], name: &str) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// More inputs of joins than this, or values that are written in `try`s, are not noted: a chain of thousands of branches that
/// each write a variable of their own multiplies them. The graph says so.
const MOST_INPUTS: usize = 1 << 21;

/// A name of the scope that is being walked.
type Name = u32;
/// What names share when they stand for one map.
type Cell = u32;

/// Changes of maps that may be the same are not followed further than this: a map that thousands of others were put into would
/// blur all of them with each change. The graph says so.
const MOST_BLURRED: usize = 1 << 17;

/// Room is made for so many names of a scope before they are met.
const MOST_EXPECTED: usize = 56;

/// Loops, and `try`s, that stand inside of more than this are not followed: each looks through all that is in it.
const MOST_NESTED: usize = 64;

/// Types of parameters that are numbers.
const NUMBERS: [&str; 7] = ["int", "integer", "bigint", "long", "number", "decimal", "float"];

/// No cell: the name holds what it held before the script.
const OUTSIDE: Cell = u32::MAX;

enum Change {
    Name(Name, Cell),
    Cell(Cell, ValueId),
}

/// What a way through a branch leaves.
#[derive(Default)]
struct Passage {
    /// It ends in a `return`, a `throw`, a `break` or a `continue`.
    dead: bool,
    names: Changed<Name, Cell>,
    cells: Changed<Cell, ValueId>,
}

/// What is there now of each that changed, in their order.
struct Changed<K, V>(Vec<(K, V)>);

impl<K, V> Default for Changed<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Copy + Ord, V: Copy> Changed<K, V> {
    /// Those that changed, perhaps several times.
    fn of(mut all: Vec<(K, V)>) -> Self {
        all.sort_unstable_by_key(|&(key, _)| key);
        all.dedup_by_key(|&mut (key, _)| key);
        Self(all)
    }

    fn get(&self, key: K) -> Option<V> {
        let at = self.0.binary_search_by_key(&key, |&(key, _)| key).ok()?;
        self.0.get(at).map(|&(_, value)| value)
    }

    fn keys(&self) -> impl Iterator<Item = K> {
        self.0.iter().map(|&(key, _)| key)
    }
}

/// How the body of a loop changes what a name stands for.
#[derive(Clone, Copy, Default)]
struct Changes {
    /// Whether that may happen within the value.
    within: bool,
    /// Whether the name gets another value.
    written: bool,
}

/// A loop that is being walked.
#[derive(Default)]
struct Frame {
    /// What it changes, and what else that may be a part of.
    names: Vec<Name>,
    cells: Vec<Cell>,
    /// The values of those at each `continue` and each `break`.
    continues: Vec<Vec<ValueId>>,
    breaks: Vec<Vec<ValueId>>,
}

struct Builder<'t, 'b> {
    text: &'t str,
    tree: &'b Tree,
    graph: Graph,
    /// Functions and scripts inside of the scopes that were walked, the next one last.
    waiting: Vec<NodeId>,
    scopes: u32,
    /// How many inputs were noted, and how many cells were blurred.
    inputs: usize,
    blurred: usize,
    names: HashMap<&'t str, Name>,
    /// Where each name stands first.
    texts: Vec<TextRange>,
    cell_of: Vec<Cell>,
    content: Vec<ValueId>,
    /// For each cell those that may be the same map.
    kin: HashMap<Cell, FewOrMany>,
    /// For each cell those that it may be put into, and those that may be put into it.
    holders: HashMap<Cell, FewOrMany>,
    held: HashMap<Cell, FewOrMany>,
    log: Vec<Change>,
    /// What is written in each `try` that is being walked.
    tries: Vec<Vec<(Option<Name>, Cell, ValueId)>>,
    frames: Vec<Frame>,
    dead: bool,
    way: Way,
    conditions: u32,
    statement: TextRange,
}

impl<'t, 'b> Builder<'t, 'b> {
    fn new(text: &'t str, tree: &'b Tree) -> Self {
        Self {
            text,
            tree,
            graph: Graph::of(tree.len()),
            waiting: Vec::new(),
            scopes: 0,
            inputs: 0,
            blurred: 0,
            names: HashMap::with_capacity(MOST_EXPECTED.min(tree.len())),
            texts: Vec::new(),
            cell_of: Vec::new(),
            content: Vec::new(),
            kin: HashMap::new(),
            holders: HashMap::new(),
            held: HashMap::new(),
            log: Vec::new(),
            tries: Vec::new(),
            frames: Vec::new(),
            dead: false,
            way: Way::Start,
            conditions: 0,
            statement: TextRange::default(),
        }
    }

    fn text_of(&self, node: NodeId) -> &'t str {
        self.tree.range(node).of(self.text)
    }

    fn scope(&mut self, scope: NodeId) {
        self.names.clear();
        self.texts.clear();
        self.cell_of.clear();
        self.content.clear();
        self.kin.clear();
        self.holders.clear();
        self.held.clear();
        self.log.clear();
        self.tries.clear();
        self.frames.clear();
        (self.dead, self.way, self.conditions) = (false, Way::Start, 0);
        self.scopes += 1;
        self.statement = TextRange::empty(self.tree.range(scope).start());
        let tree = self.tree;
        let name = tree.child(scope, Kind::FunctionName).map_or_else(TextRange::default, |name| tree.range(name));
        self.event(EventKind::Scope(name), Vec::new());
        let inside = self.waiting.len();
        for &child in tree.children(scope) {
            match tree.kind(child) {
                Kind::Param => {
                    if let Some(name) = tree.child(child, Kind::Name) {
                        let mut value = self.graph.add(Op::Apply(Head::Leaf(tree.range(name)), Values::new()));
                        let kind = tree.child(child, Kind::TypeName).map_or("", |kind| self.text_of(kind));
                        if is_one_of(&NUMBERS, kind) {
                            value = self.graph.add(Op::Apply(Head::Kind(Kind::Number), [value].into()));
                        }
                        self.write(name, value);
                    }
                }
                Kind::TypeName | Kind::FunctionName => {}
                _ => self.walk(child),
            }
        }
        if let Some(new) = self.waiting.get_mut(inside..) {
            new.reverse();
        }
    }

    // ------------------------------------------------------------------------------------------ the environment
}

/// `zoho.crm.getOrgVariable`
fn is_lookup(path: &str) -> bool {
    let (first, last) = (path.split('.').next(), path.rsplit('.').next());
    first.is_some_and(|first| first.eq_ignore_ascii_case("zoho"))
        && last.is_some_and(|last| only_yields(last, Form::Lookup))
}

/// Whether a name stands for a value of the language.
fn is_constant(name: &str) -> bool {
    is_one_of(&["true", "false", "null"], name)
}

/// Whether a name and what follows it make a request.
fn is_request(word: &str, part: Kind) -> bool {
    match part {
        Kind::Attributes => is_one_of(&["invokeurl", "invokeapi"], word),
        Kind::Call => is_one_of(&["geturl", "posturl", "puturl", "invokeurl"], word),
        _ => false,
    }
}

/// The identifiers in a text that was not understood, those inside its strings and comments included.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}
