//! Forwards: what becomes of the answer of a token request, and of the access token in it.

use foldhash::{HashSet, HashSetExt};

use super::trace::{Step, step};
use crate::deluge::builtins::{self, Of};
use crate::deluge::pure::called_name;
use crate::deluge::{Kind, NodeId, Operator};
use crate::requests::flow::Context;

/// One place where the answer, or the access token, ends up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// In a header that is known, at this expression.
    Header(NodeId),
    /// It is looked at, or something else is taken out of the answer: the function sends no token by it.
    Read(NodeId),
    /// It is sent, stored, returned, passed on, or used in a way that is not followed.
    Elsewhere(NodeId),
}

/// Where the answer of the token request that begins the chain `request` ends up. `is_header` says whether an expression
/// stands in a header that is known to carry an access token.
pub fn uses(context: Context<'_>, request: NodeId, is_header: &dyn Fn(NodeId) -> bool) -> Vec<Use> {
    let mut walk = Walk { context, is_header, found: Vec::new(), seen: HashSet::new(), waiting: Vec::new() };
    // What follows the request in its own chain uses the answer.
    match walk.links(request, 2) {
        Some(Reached::Token) => walk.climb(request),
        Some(Reached::Looked) => walk.found.push(Use::Read(request)),
        None => walk.found.push(Use::Elsewhere(request)),
    }
    while let Some(read) = walk.waiting.pop() {
        if walk.seen.insert(read) {
            walk.climb(read);
        }
    }
    walk.found
}

/// What the links of a chain make of an answer or a token.
enum Reached {
    /// The answer or the token, or a text with it.
    Token,
    /// Something else.
    Looked,
}

struct Walk<'w> {
    context: Context<'w>,
    is_header: &'w dyn Fn(NodeId) -> bool,
    found: Vec<Use>,
    seen: HashSet<NodeId>,
    waiting: Vec<NodeId>,
}

impl Walk<'_> {
    /// Follows the value of `node` outwards, to where it ends up.
    fn climb(&mut self, mut node: NodeId) {
        let tree = self.context.tree;
        loop {
            if (self.is_header)(node) {
                return self.found.push(Use::Header(node));
            }
            let Some(parent) = tree.parent(node) else { return self.found.push(Use::Elsewhere(node)) };
            let outer = match tree.kind(parent) {
                Kind::Paren => parent,
                Kind::Binary if self.context.is_sum(parent) => parent,
                Kind::Chain if tree.children(parent).first() == Some(&node) => match self.links(parent, 1) {
                    Some(Reached::Token) => parent,
                    Some(Reached::Looked) => return self.found.push(Use::Read(node)),
                    None => return self.found.push(Use::Elsewhere(node)),
                },
                Kind::Call => match self.argument(parent) {
                    Some(Reached::Token) => tree.parent(parent).unwrap_or(parent),
                    Some(Reached::Looked) => return self.found.push(Use::Read(node)),
                    None => return self.found.push(Use::Elsewhere(node)),
                },
                Kind::Assign => return self.assigned(parent, node),
                Kind::Binary | Kind::Unary | Kind::If | Kind::While | Kind::Info | Kind::Throw | Kind::Expression => {
                    return self.found.push(Use::Read(node));
                }
                _ => return self.found.push(Use::Elsewhere(node)),
            };
            node = outer;
        }
    }

    /// What the links of `chain` from the `from`th on make of its beginning; `None` when that is not known.
    fn links(&self, chain: NodeId, from: usize) -> Option<Reached> {
        let tree = self.context.tree;
        let mut links = tree.children(chain).get(from..).unwrap_or(&[]);
        while let [link, after @ ..] = links {
            let name = tree.child(*link, Kind::Name).map_or("", |name| self.context.text_of(name));
            let (step, after) = match (tree.kind(*link), after) {
                (Kind::Member, [call, after @ ..]) if tree.kind(*call) == Kind::Call => {
                    (step(self.context, name, tree.children(*call)), after)
                }
                (Kind::Member, after) if name.eq_ignore_ascii_case("access_token") => (Step::Access, after),
                (Kind::Index, after) => {
                    let key = tree.children(*link).first().and_then(|&key| self.context.known_text(key));
                    let access = key.is_some_and(|key| key.eq_ignore_ascii_case("access_token"));
                    (if access { Step::Access } else { Step::Unknown }, after)
                }
                _ => return None,
            };
            match step {
                Step::Same | Step::Access | Step::Joins => links = after,
                Step::Other => return Some(Reached::Looked),
                Step::Unknown => return None,
            }
        }
        Some(Reached::Token)
    }

    /// What a call makes of an argument.
    fn argument(&self, call: NodeId) -> Option<Reached> {
        match builtins::of(called_name(self.context.text, self.context.tree, call)?)? {
            Of::Joined | Of::Chosen => Some(Reached::Token),
            Of::Absence => Some(Reached::Looked),
            _ => None,
        }
    }

    /// `x = …;`: it goes on wherever `x` is read.
    fn assigned(&mut self, assignment: NodeId, value: NodeId) {
        let Context { text, tree, scopes } = self.context;
        let [target, op, assigned] = tree.children(assignment) else { return self.found.push(Use::Elsewhere(value)) };
        let joins = matches!(tree.kind(*op), Kind::Op(Operator::Assign | Operator::AddAssign));
        let plain = joins && (*assigned == value || *target == value);
        let binding = Some(*target).filter(|&target| plain && tree.kind(target) == Kind::Name);
        let binding = binding.and_then(|target| scopes.binding(text, tree, target));
        match binding.and_then(|binding| Some((binding, binding.write_of(tree, assignment)?))) {
            Some((binding, write)) => {
                self.found.extend(binding.opaque.iter().map(|&region| Use::Elsewhere(region)));
                self.waiting.extend(scopes.readers(write.id));
            }
            None => self.found.push(Use::Elsewhere(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deluge::parse;
    use crate::requests::bindings::Scopes;

    /// What becomes of the answer of `getUrl("t")`: `h`eaders, `r`eads and `e`lsewhere, sorted.
    fn used(text: &str) -> String {
        let tree = parse(text).unwrap();
        let scopes = Scopes::of(text, &tree);
        let context = Context { text, tree: &tree, scopes: &scopes };
        let chain =
            |&node: &NodeId| tree.kind(node) == Kind::Chain && tree.range(node).of(text).starts_with("getUrl(\"t\")");
        let request = tree.descendants(tree.root()).find(chain).unwrap();
        let header = |node: NodeId| tree.ancestors(node).any(|outer| tree.range(outer).of(text).starts_with("h.put("));
        let mut found: Vec<char> = uses(context, request, &header)
            .into_iter()
            .map(|found| match found {
                Use::Header(_) => 'h',
                Use::Read(_) => 'r',
                Use::Elsewhere(_) => 'e',
            })
            .collect();
        found.sort_unstable();
        found.into_iter().collect()
    }

    #[test]
    fn where_it_ends_up() {
        let answer = "a = getUrl(\"t\"); t = a.toMap().get(\"access_token\"); ";
        assert_eq!(used(answer), "");
        assert_eq!(used(&format!("{answer}h.put(\"Authorization\",\"Zoho-oauthtoken \" + t);")), "h");
        assert_eq!(used(&format!("{answer}info t; if(t == null) {{ return; }} if(isNull(t)) {{ info 1; }}")), "rrr");
        assert_eq!(used(&format!("{answer}info a.get(\"expires_in\");")), "r");
        assert_eq!(used(&format!("{answer}x = \"Bearer \" + t; h.put(\"Authorization\",x);")), "h");
        assert_eq!(used(&format!("{answer}return t;")), "e");
        assert_eq!(used(&format!("{answer}rec.Token=t; thisapp.keep(t); m.put(\"t\",t); u = {{\"t\":t}};")), "eeee");
        assert_eq!(used(&format!("{answer}@@ t ;")), "e");
        assert_eq!(used("info getUrl(\"t\").get(\"scope\");"), "r");
        assert_eq!(used("x = getUrl(\"t\").unheardOf();"), "e");
    }
}
