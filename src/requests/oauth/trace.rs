//! Backwards: from the value of a header to the token requests whose answers it is made of.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt};

use crate::deluge::builtins::{self, Of};
use crate::deluge::{Kind, NodeId};
use crate::requests::bindings::{Write, plain_string};
use crate::requests::flow::Context;
use crate::requests::reaching::WriteId;

/// What a value is made of.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Trace {
    /// Token requests whose answer it is, whole or parsed.
    pub answers: BTreeSet<NodeId>,
    /// Token requests whose access token it is.
    pub access: BTreeSet<NodeId>,
    /// Expressions that are neither, nor an empty text or the header's own word.
    pub unproven: BTreeSet<NodeId>,
}

impl Trace {
    fn unproven(node: NodeId) -> Self {
        Self { unproven: BTreeSet::from([node]), ..Self::default() }
    }

    fn join(&mut self, other: Trace) {
        self.answers.extend(other.answers);
        self.access.extend(other.access);
        self.unproven.extend(other.unproven);
    }
}

/// What a method makes of an answer, or of an access token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// The same in another form.
    Same,
    /// It takes the access token out of the answer.
    Access,
    /// It joins its arguments to it.
    Joins,
    /// It takes something else out, or only looks at it.
    Other,
    /// What it does is not known.
    Unknown,
}

/// What `method` does; `arguments` are those of its call. Public scripts use all of these on the answer of a token request.
pub fn step(context: Context<'_>, method: &str, arguments: &[NodeId]) -> Step {
    let key = || arguments.first().and_then(|&key| context.known_text(key)).map(|key| key.trim().to_ascii_lowercase());
    let index = || matches!(arguments, [only] if context.tree.kind(*only) == Kind::Number);
    match builtins::of(method) {
        Some(Of::Member) => match key().as_deref() {
            Some("access_token") => Step::Access,
            // The body in a detailed answer.
            Some("responsetext") => Step::Same,
            _ if index() => Step::Same,
            Some(_) => Step::Other,
            None => Step::Unknown,
        },
        Some(Of::Same) => Step::Same,
        Some(Of::Joined) => Step::Joins,
        // The access token cut out of the answer's text.
        Some(Of::Cut) => {
            let named = |&argument: &NodeId| {
                plain_string(context.text, context.tree, argument).is_some_and(|text| text.contains("access_token"))
            };
            if arguments.iter().any(named) { Step::Access } else { Step::Same }
        }
        Some(Of::Absence | Of::Look | Of::Presence) => Step::Other,
        Some(Of::Encoded | Of::Chosen | Of::New) | None => Step::Unknown,
    }
}

/// Operands that one value is followed through, but for those that were followed already. Assignments that come round to one
/// another on many ways multiply them; what takes longer is not followed.
const MOST_STEPS: usize = 1 << 16;

/// How many variables are followed one into another: each takes some of the stack ([`crate::deluge::STACK_BYTES`]).
const MOST_NESTED: usize = 1 << 12;

/// Follows values back to token requests.
pub struct Tracer<'t> {
    context: Context<'t>,
    is_request: &'t dyn Fn(NodeId) -> bool,
    left: usize,
    /// The assignments that are being followed, each with how many are around it.
    through: HashMap<WriteId, usize>,
    /// The outermost of those that was come round to, so that what was found holds only for this way to it.
    came_round: Option<usize>,
    /// What assignments were found to be made of.
    known: HashMap<WriteId, Trace>,
}

impl<'t> Tracer<'t> {
    /// A tracer that knows the token requests by the chains they begin.
    pub fn new(context: Context<'t>, is_request: &'t dyn Fn(NodeId) -> bool) -> Self {
        Self { context, is_request, left: MOST_STEPS, through: HashMap::new(), came_round: None, known: HashMap::new() }
    }

    /// What `node` is made of, on every path.
    pub fn value(&mut self, node: NodeId) -> Trace {
        let Some(left) = self.left.checked_sub(1) else { return Trace::unproven(node) };
        self.left = left;
        let Context { text, tree, .. } = self.context;
        match tree.kind(node) {
            Kind::Paren => self.all(tree.children(node)),
            Kind::Binary if self.context.is_sum(node) => self.all(&self.context.operands(node)),
            Kind::String => {
                let content = plain_string(text, tree, node).unwrap_or("").trim();
                let word = ["", "zoho-oauthtoken", "bearer"].iter().any(|word| content.eq_ignore_ascii_case(word));
                if word { Trace::default() } else { Trace::unproven(node) }
            }
            Kind::Name => self.name(node),
            Kind::Chain => self.chain(node),
            _ => Trace::unproven(node),
        }
    }

    fn all(&mut self, nodes: &[NodeId]) -> Trace {
        let mut trace = Trace::default();
        for &node in nodes {
            trace.join(self.value(node));
        }
        trace
    }

    fn name(&mut self, name: NodeId) -> Trace {
        if self.context.text_of(name).eq_ignore_ascii_case("null") {
            return Trace::default();
        }
        let writes: Vec<Option<Write>> = self.context.scopes.reaching(name).map(|write| write.copied()).collect();
        if writes.is_empty() {
            return Trace::unproven(name);
        }
        let mut trace = Trace::default();
        for write in &writes {
            let parts = match write {
                Some(Write { value: Some(value), .. }) => vec![*value],
                // `auth += token;` reads what it appends to.
                Some(Write { appended: Some(appended), node, .. }) => {
                    self.context.tree.children(*node).iter().take(1).chain([appended]).copied().collect()
                }
                _ => Vec::new(),
            };
            let Some(id) = write.filter(|_| !parts.is_empty()).map(|write| write.id) else {
                trace.join(Trace::unproven(name));
                continue;
            };
            trace.join(self.write(id, name, &parts));
        }
        trace
    }

    /// What an assignment, of these parts, is made of where `name` reads it.
    fn write(&mut self, id: WriteId, name: NodeId, parts: &[NodeId]) -> Trace {
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        // `token = token.trim();` in a loop comes back to itself and adds nothing.
        if let Some(&around) = self.through.get(&id) {
            self.came_round = Some(self.came_round.map_or(around, |other| other.min(around)));
            return Trace::default();
        }
        let own = self.through.len();
        if own >= MOST_NESTED {
            return Trace::unproven(name);
        }
        let before = self.came_round.take();
        self.through.insert(id, own);
        let trace = self.all(parts);
        self.through.remove(&id);
        self.came_round = self.came_round.filter(|&around| around < own);
        if self.came_round.is_none() {
            self.known.insert(id, trace.clone());
        }
        self.came_round = self.came_round.into_iter().chain(before).min();
        trace
    }

    fn chain(&mut self, chain: NodeId) -> Trace {
        let tree = self.context.tree;
        let children = tree.children(chain);
        let [first, rest @ ..] = children else { return Trace::unproven(chain) };
        let (mut trace, mut links) = if (self.is_request)(chain) {
            (Trace { answers: BTreeSet::from([chain]), ..Trace::default() }, rest.get(1..).unwrap_or(&[]))
        } else if let [call, after @ ..] = rest
            && tree.kind(*call) == Kind::Call
        {
            let chosen = match self.context.text_of(*first).to_ascii_lowercase().as_str() {
                "ifnull" => tree.children(*call),
                "if" | "ifelse" => tree.children(*call).get(1..).unwrap_or(&[]),
                _ => return Trace::unproven(chain),
            };
            (self.all(chosen), after)
        } else {
            (self.value(*first), rest)
        };
        while let [link, after @ ..] = links {
            let (step, arguments, after) = match (tree.kind(*link), after) {
                (Kind::Member, [call, after @ ..]) if tree.kind(*call) == Kind::Call => {
                    let arguments = tree.children(*call);
                    (step(self.context, self.member(*link), arguments), arguments, after)
                }
                // `answer.access_token`, `answer["access_token"]`
                (Kind::Member, after) => (self.field(self.member(*link)), &[][..], after),
                (Kind::Index, after) => {
                    let key = tree.children(*link).first().and_then(|&key| self.context.known_text(key));
                    (self.field(key.as_deref().unwrap_or("")), &[][..], after)
                }
                _ => return Trace::unproven(chain),
            };
            links = after;
            let joined = if step == Step::Joins { self.all(arguments) } else { Trace::default() };
            let known = match step {
                Step::Joins => trace.unproven.is_empty() || !(trace.access.is_empty() && trace.answers.is_empty()),
                Step::Access => trace.access.is_empty() && !trace.answers.is_empty(),
                Step::Same => !(trace.access.is_empty() && trace.answers.is_empty()),
                Step::Other | Step::Unknown => false,
            };
            // Of a value that has nothing to do with a token request the whole expression is named.
            if !known {
                return Trace::unproven(chain);
            }
            if step == Step::Access {
                trace.access = std::mem::take(&mut trace.answers);
            }
            trace.join(joined);
        }
        trace
    }

    fn member(&self, member: NodeId) -> &'t str {
        self.context.tree.child(member, Kind::Name).map_or("", |name| self.context.text_of(name))
    }

    fn field(&self, name: &str) -> Step {
        if name.eq_ignore_ascii_case("access_token") { Step::Access } else { Step::Unknown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deluge::parse;
    use crate::requests::bindings::Scopes;

    /// How many answers, access tokens and unknown values the value of the last assignment is made of; a token request is a
    /// call of `ask`.
    fn traced(text: &str) -> (usize, usize, usize) {
        let tree = parse(text).unwrap();
        let scopes = Scopes::of(text, &tree);
        let context = Context { text, tree: &tree, scopes: &scopes };
        let last = *tree.children(tree.root()).last().unwrap();
        let value = *tree.children(last).last().unwrap();
        let asks = |node: NodeId| tree.range(node).of(text).starts_with("ask(");
        let trace = Tracer::new(context, &asks).value(value);
        (trace.answers.len(), trace.access.len(), trace.unproven.len())
    }

    #[test]
    fn what_is_taken_out_of_the_answer_counts() {
        assert_eq!(traced("a = ask(); x = a;"), (1, 0, 0));
        assert_eq!(traced("a = ask(); x = a.get(\"access_token\");"), (0, 1, 0));
        assert_eq!(traced("a = ask().toMap(); x = \"Zoho-oauthtoken \" + a.get(\"access_token\").trim();"), (0, 1, 0));
        assert_eq!(traced("a = ask(); x = a.get(\"responseText\").getJSON(\"access_token\");"), (0, 1, 0));
        assert_eq!(traced("a = ask(); x = \"Bearer \".concat(a.toMap().get(\"access_token\"));"), (0, 1, 0));
        assert_eq!(traced("a = ask(); x = a.get(\"api_domain\");"), (0, 0, 1));
        assert_eq!(traced("a = ask(); x = a.get(\"access_token\").get(\"access_token\");"), (0, 0, 1));
        assert_eq!(traced("x = ifnull(ask().get(\"access_token\"),\"\");"), (0, 1, 0));
        assert_eq!(traced("a = ask(); x = a.access_token + a[\"access_token\"];"), (0, 1, 0));
    }

    #[test]
    fn every_path_counts() {
        assert_eq!(traced("t = \"\"; if(c) { t = ask().get(\"access_token\"); } x = t;"), (0, 1, 0));
        assert_eq!(traced("t = null; if(c) { t = stored(); } x = t + \"\";"), (0, 0, 1));
        assert_eq!(traced("if(c) { t = ask(); } else { t = ask(); } x = t.get(\"access_token\");"), (0, 2, 0));
        assert_eq!(traced("x = t;"), (0, 0, 1));
        assert_eq!(traced("a = ask(); @@ a ; x = a.get(\"access_token\");"), (0, 0, 1));
        assert_eq!(traced("x = thisapp.token();"), (0, 0, 1));
        assert_eq!(traced("h = \"Bearer \"; h += ask().get(\"access_token\"); x = h;"), (0, 1, 0));
        assert_eq!(traced("h = stored(); h += ask().get(\"access_token\"); x = h;"), (0, 1, 1));
        assert_eq!(traced("x = \"abc\" + ask().get(\"access_token\");"), (0, 1, 1));
    }
}
