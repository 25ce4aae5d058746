//! Token values written into the code: found by what they reach and by the names they stand under.

use std::rc::Rc;

use foldhash::{HashMap, HashMapExt, HashSet};

use super::{Hardcoded, Inspection, is_about_tokens};
use crate::census::names::{mentions_authtoken, token_name};
use crate::deluge::builtins::{self, Of};
use crate::deluge::pure::called_name;
use crate::deluge::{Kind, NodeId};
use crate::finding::Applicability;
use crate::requests::bindings::{Binding, Write, plain_string, string_content};
use crate::requests::call::Call;
use crate::requests::chain::{called_function, method_call};
use crate::requests::flow::Context;
use crate::requests::known::Uses;
use crate::requests::uses::{entry_values, same_value};
use crate::text::secret::{is_oauth_shaped, is_token_shaped, shapes};
use crate::text::source::TextRange;

/// A token that is looked at more often than this is looked at for something.
const MOST_READS: usize = 16;

/// Whether a variable is read for nothing but to fetch it when it is missing: `if(token == null) { token = fetch(); }`.
fn is_only_kept_up(context: Context<'_>, binding: Binding<'_>) -> bool {
    let tree = context.tree;
    let calls = |value: NodeId| tree.descendants(value).any(|node| tree.kind(node) == Kind::Call);
    let is_guard = |guard: NodeId| {
        let (around, condition) = (tree.range(guard), tree.children(guard).first().map(|&it| tree.range(it)));
        let asks = |&read: &NodeId| condition.is_some_and(|condition| condition.contains_range(tree.range(read)));
        let fetches = |write: &Write| around.contains_range(tree.range(write.node)) && write.value.is_some_and(calls);
        tree.kind(guard) == Kind::If && binding.reads.iter().any(asks) && binding.writes.iter().any(fetches)
    };
    let few = binding.reads.len() <= MOST_READS && binding.writes.len() <= MOST_READS;
    few && binding.reads.iter().all(|&read| tree.ancestors(read).any(is_guard))
}

impl Inspection<'_> {
    pub(super) fn settle_hardcoded(&mut self, lost: &dyn Fn(NodeId, &str) -> bool) {
        let safe: HashSet<NodeId> = self.dead(Applicability::Safe, lost).into_iter().collect();
        let all: HashSet<NodeId> = self.dead(Applicability::Unsafe, lost).into_iter().collect();
        self.settle_pasted(&safe, &all);
        for hardcoded in &mut self.hardcoded {
            hardcoded.applicability = match hardcoded.assignment {
                Some(node) if safe.contains(&node) => Applicability::Safe,
                Some(node) if all.contains(&node) => Applicability::Unsafe,
                _ => Applicability::Manual,
            };
        }
    }

    pub(super) fn find_unused(&mut self, lost: &dyn Fn(NodeId, &str) -> bool) {
        let context = self.context;
        let dead: HashSet<NodeId> = self.dead(Applicability::Unsafe, lost).into_iter().collect();
        for scope in context.scopes.iter() {
            for (name, binding) in scope.iter() {
                let named = binding.parameter && holds_token(name, "");
                if binding.is_opaque() || !(named || lost(scope.node, name)) {
                    continue;
                }
                if !binding.reads.is_empty() && !is_only_kept_up(context, binding) {
                    continue;
                }
                let stays = binding.writes.iter().find(|write| !dead.contains(&write.node));
                // A request that is made for more than its answer may well keep it in a variable that is not read.
                let declared = stays.filter(|write| !self.is_answered_in(write.node)).and_then(|write| {
                    let names = context.tree.descendants(write.node);
                    names
                        .into_iter()
                        .find(|&node| context.tree.kind(node) == Kind::Name && context.text_of(node) == name)
                });
                self.unused.extend(declared.map(|node| context.tree.range(node)));
            }
        }
        self.unused.sort_unstable();
    }

    /// Whether a statement holds a request that asks for no token.
    fn is_answered_in(&self, statement: NodeId) -> bool {
        let range = self.context.tree.range(statement);
        let calls = self.concerns.iter().map(|concern| &concern.call);
        calls.filter(|call| call.token_request.is_none()).any(|call| range.contains_range(call.request.range))
    }

    pub(super) fn find_hardcoded(&mut self, others: &[Box<Call>]) {
        let mut seen = Seen::default();
        let mut literals = Literals::default();
        for concern in &self.concerns {
            for occurrence in concern.call.occurrences().filter(|occurrence| occurrence.access.is_none()) {
                for &token in occurrence.tokens.iter() {
                    trace(self.context, token, &mut seen, &mut literals);
                }
                // Such a call has no finding of its own for the token.
                if let (Some(range), Some(_)) = (occurrence.literal, is_about_tokens(&concern.call)) {
                    self.hardcoded.push(Hardcoded::text(range));
                }
            }
        }
        let context = self.context;
        for scope in context.scopes.iter() {
            for (name, binding) in scope.iter() {
                if !mentions_authtoken(name) || is_foreign(context, scope.node, name, others, 0) {
                    continue;
                }
                let values = binding.writes.iter().filter_map(|write| Some((write.value?, write.node)));
                literals.whole.extend(values.filter(|(value, _)| {
                    plain_string(context.text, context.tree, *value).is_some_and(|text| holds_token(name, text))
                }));
            }
        }
        self.add_hardcoded(literals);
    }

    /// Adds the literals that are tokens, and those that hold some.
    pub(super) fn add_hardcoded(&mut self, literals: Literals) {
        let context = self.context;
        let Literals { whole: mut assignments, within } = literals;
        for content in within.into_iter().filter_map(|literal| string_content(context.text, context.tree, literal)) {
            let at = |(start, end)| TextRange::new(content.start() + start, content.start() + end);
            let tokens = shapes(content.of(context.text)).into_iter().map(at);
            self.hardcoded.extend(tokens.filter(|range| is_token_shaped(range.of(context.text))).map(Hardcoded::text));
        }
        assignments.sort_by_key(|&(value, _)| context.tree.range(value).start());
        assignments.dedup();
        for (value, statement) in assignments {
            let Some(range) = string_content(context.text, context.tree, value) else { continue };
            let content = range.of(context.text).trim();
            // A blank, a parameter's name (row P9), a URL or a query is no token.
            let query = content.contains('=') && content.contains(['?', '&']) || content.contains("://");
            if content.is_empty() || token_name(content).is_some() || query || content.starts_with(['?', '&', '/']) {
                continue;
            }
            // Whatever the variable is called; a scheme that stands by itself is none either.
            let schemes = ["zoho-authtoken", "zoho-oauthtoken", "bearer"];
            if is_oauth_shaped(content) || schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case(content)) {
                continue;
            }
            let assigns = matches!(context.tree.kind(statement), Kind::Assign | Kind::Expression);
            let assignment = assigns.then_some(statement);
            let entry = key_of(context, value).map(|key| context.tree.range(key).cover(range));
            self.hardcoded.push(Hardcoded { entry, assignment, ..Hardcoded::text(range) });
        }
    }
}

/// The key that a value stands under: in a literal, or as the argument before it.
fn key_of(context: Context<'_>, value: NodeId) -> Option<NodeId> {
    let tree = context.tree;
    let parent = tree.parent(value).filter(|&parent| matches!(tree.kind(parent), Kind::Entry | Kind::Call))?;
    match *tree.children(parent) {
        [key, other] if other == value => Some(key),
        _ => None,
    }
}

/// Whether a literal that is assigned to `name` is a token: the name ends with the word (`authtokenScope` is something
/// else), or the value looks like one.
fn holds_token(name: &str, value: &str) -> bool {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_').to_ascii_lowercase();
    let named = mentions_authtoken(&name) && (name.ends_with("authtoken") || name.ends_with("auth_token"));
    named || looks_like_token(value)
}

/// Long enough for a token, and one word of letters and digits.
pub(super) fn looks_like_token(value: &str) -> bool {
    value.len() >= 16
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && value.bytes().any(|byte| byte.is_ascii_digit())
}

pub(super) fn assigned_name<'a>(context: Context<'a>, assignment: NodeId) -> Option<&'a str> {
    let target = *context.tree.children(assignment).first()?;
    (context.tree.kind(target) == Kind::Name).then(|| context.text_of(target))
}

/// The literals that reach a token.
#[derive(Default)]
pub(super) struct Literals {
    /// Those that are the token, each with the statement that assigns it (or itself, where no assignment can go).
    pub whole: Vec<(NodeId, NodeId)>,
    /// Those of which a part is: `"books|…|60012"`.
    pub within: Vec<NodeId>,
}

/// What was traced: values, those that were looked into, and lists of what stands under a key.
#[derive(Default)]
pub(super) struct Seen {
    values: HashSet<NodeId>,
    inside: HashSet<NodeId>,
    uses: HashSet<*const Uses>,
    lists: HashSet<*const NodeId>,
    /// What the functions of the file return, by their names.
    returned: Option<HashMap<String, Vec<NodeId>>>,
    /// The calls of functions in the file, by the names of these.
    calls: Option<HashMap<String, Vec<NodeId>>>,
    /// What is assigned to fields, by the functions and the paths: `record.Token`.
    fields: Option<HashMap<(NodeId, String), Vec<NodeId>>>,
}

/// The values that are assigned to a field in its function.
fn assigned(context: Context<'_>, field: NodeId, seen: &mut Seen) -> Vec<NodeId> {
    let tree = context.tree;
    let fields = seen.fields.get_or_insert_with(|| {
        let mut fields: HashMap<(NodeId, String), Vec<NodeId>> = HashMap::new();
        for node in tree.of_kind(Kind::Assign) {
            if let [target, .., value] = *tree.children(node)
                && is_field(context, target)
            {
                fields.entry((tree.scope(node), context.text_of(target).to_owned())).or_default().push(value);
            }
        }
        fields
    });
    fields.get(&(tree.scope(field), context.text_of(field).to_owned())).cloned().unwrap_or_default()
}

fn is_field(context: Context<'_>, node: NodeId) -> bool {
    let tree = context.tree;
    let is = |node: NodeId, kind: Kind| tree.kind(node) == kind;
    match tree.children(node) {
        [first, rest @ ..] => {
            is(node, Kind::Chain) && is(*first, Kind::Name) && rest.iter().all(|&link| is(link, Kind::Member))
        }
        [] => false,
    }
}

/// The arguments that a function of the file gets for a parameter.
fn arguments(context: Context<'_>, parameter: NodeId, seen: &mut Seen) -> Vec<NodeId> {
    let tree = context.tree;
    let Some(function) = tree.parent(parameter) else { return Vec::new() };
    let Some(name) = tree.child(function, Kind::FunctionName) else { return Vec::new() };
    let parameters = tree.children(function).iter().filter(|&&child| tree.kind(child) == Kind::Param);
    let index = parameters.take_while(|&&other| other != parameter).count();
    let calls = seen.calls.get_or_insert_with(|| {
        let mut calls: HashMap<String, Vec<NodeId>> = HashMap::new();
        for chain in tree.of_kind(Kind::Chain) {
            if let Some((name, call)) = called_function(context, chain).zip(tree.child(chain, Kind::Call)) {
                calls.entry(name).or_default().push(call);
            }
        }
        calls
    });
    let own = calls.get(context.text_of(name)).into_iter().flatten();
    own.filter_map(|&call| tree.children(call).get(index).copied()).collect()
}

fn returned(context: Context<'_>) -> HashMap<String, Vec<NodeId>> {
    let tree = context.tree;
    let mut returned: HashMap<String, Vec<NodeId>> = HashMap::new();
    for node in tree.of_kind(Kind::Return) {
        let name = tree.child(tree.scope(node), Kind::FunctionName).map(|name| context.text_of(name));
        if let (Some(name), &[value]) = (name, tree.children(node)) {
            returned.entry(name.to_owned()).or_default().push(value);
        }
    }
    returned
}

/// The literals that reach a token expression through assignments, what leaves a text as it is or chooses one, lists that
/// are looped over and maps and lists that are looked into.
pub(super) fn trace(context: Context<'_>, token: NodeId, seen: &mut Seen, out: &mut Literals) {
    let tree = context.tree;
    let is_token = |node: NodeId| {
        // The request's own literals are reported with its carriers.
        if tree.range(token).contains_range(tree.range(node)) {
            return false;
        }
        plain_string(context.text, tree, node).is_some_and(|text| looks_like_token(text.trim()) && has_letter(text))
    };
    let mut stack: Vec<(NodeId, Option<NodeId>)> = vec![(token, None)];
    while let Some((node, statement)) = stack.pop() {
        match tree.kind(node) {
            Kind::String if !tree.range(token).contains_range(tree.range(node)) => {
                out.whole.push((node, statement.unwrap_or(node)))
            }
            Kind::Name => {
                for write in context.scopes.reaching(node).flatten() {
                    if tree.kind(write.node) == Kind::Param && seen.values.insert(write.node) {
                        stack.extend(arguments(context, write.node, seen).into_iter().map(|value| (value, None)));
                    }
                    let looped = looped_over(context, write);
                    let value = write.value.or(looped).filter(|&value| seen.values.insert(value));
                    match value {
                        Some(list) if looped.is_some() && tree.kind(list) == Kind::Brace => {
                            out.whole.extend(tree.children(list).iter().map(|&item| (item, item)));
                        }
                        Some(value) => stack.push((value, Some(write.node))),
                        None => {}
                    }
                }
            }
            Kind::Paren => stack.extend(tree.children(node).iter().map(|&inner| (inner, statement))),
            // `login = "Zoho-authtoken " + token;`
            Kind::Binary => {
                for &part in tree.children(node) {
                    if tree.kind(part) != Kind::String {
                        stack.push((part, statement));
                    } else if is_token(part) {
                        out.whole.push((part, statement.unwrap_or(part)));
                    }
                }
            }
            Kind::Chain => {
                let links = tree.children(node);
                if is_field(context, node) {
                    let new = assigned(context, node, seen).into_iter().filter(|&value| seen.values.insert(value));
                    stack.extend(new.map(|value| (value, None)));
                }
                let passed = match links {
                    // `encodeUrl(token)`
                    [name, call] if builtins::of(context.text_of(*name)) == Some(Of::Encoded) => {
                        Some(tree.children(*call).to_vec())
                    }
                    _ => context.choices(node).map(<[_]>::to_vec).or_else(|| Some(vec![context.passed_on(node)?.0])),
                };
                if let Some(passed) = passed {
                    stack.extend(passed.into_iter().map(|value| (value, statement)));
                    continue;
                }
                if let Some(name) = called_function(context, node) {
                    let values = seen.returned.get_or_insert_with(|| returned(context)).get(&name);
                    let values = values.into_iter().flatten().copied();
                    let new: Vec<NodeId> = values.filter(|&value| seen.values.insert(value)).collect();
                    for value in new {
                        match tree.kind(value) {
                            // `for each token in tokens()`
                            Kind::Brace | Kind::List => look_inside(context, value, (token, None), seen, out),
                            _ => stack.push((value, None)),
                        }
                    }
                }
                let looked_into = links.first().filter(|&&name| tree.kind(name) == Kind::Name);
                match looked_into.map(|&name| (name, method_call(context, name))) {
                    Some((name, Some((_, method, [key])))) if builtins::of(method) == Some(Of::Member) => {
                        let lists = entry_values(context, name, *key);
                        let found = !lists.is_empty();
                        for list in lists.into_iter().filter(|list| seen.lists.insert(list.as_ptr())) {
                            let statement = |value: NodeId| tree.statement(value).unwrap_or(value);
                            out.whole.extend(list.iter().map(|&value| (value, statement(value))));
                        }
                        if found {
                            continue;
                        }
                    }
                    _ => {}
                }
                look_inside(context, node, (token, statement), seen, out);
            }
            // What a page prints.
            _ if node == token => {
                let names = tree.descendants(node).filter(|&inner| tree.kind(inner) == Kind::Name);
                stack.extend(names.map(|name| (name, None)));
            }
            _ => {}
        }
    }
}

/// What is further inside of a value, or behind a key that cannot be seen, is known by its looks only: in what the variables
/// of the chain `node` were assigned, and in what was put into these.
fn look_inside(
    context: Context<'_>,
    node: NodeId,
    (token, statement): (NodeId, Option<NodeId>),
    seen: &mut Seen,
    out: &mut Literals,
) {
    let tree = context.tree;
    let mut waiting = vec![(node, statement)];
    let mut first = Some(node);
    while let Some((node, statement)) = waiting.pop() {
        // What a request or an unknown function is told does not come out of it.
        let follows = first.take().is_some() || is_data(context, node);
        for inner in tree.descendants(node) {
            match tree.kind(inner) {
                // The request's own literals are reported with its carriers.
                Kind::String if !tree.range(token).contains_range(tree.range(inner)) => {
                    let Some(text) = plain_string(context.text, tree, inner) else { continue };
                    if looks_like_token(text.trim()) && has_letter(text) {
                        let statement = statement.or_else(|| tree.statement(inner));
                        out.whole.push((inner, statement.unwrap_or(inner)));
                    } else if seen.inside.insert(inner) {
                        out.within.push(inner);
                    }
                }
                Kind::Chain => {
                    if let Some(name) = called_function(context, inner) {
                        let values = seen.returned.get_or_insert_with(|| returned(context)).get(&name);
                        let new = values.into_iter().flatten().filter(|&&value| seen.inside.insert(value));
                        waiting.extend(new.map(|&value| (value, None)));
                    }
                }
                Kind::Name if follows => {
                    let parameters = context.scopes.reaching(inner).flatten().map(|write| write.node);
                    for parameter in parameters.filter(|&node| tree.kind(node) == Kind::Param) {
                        if seen.inside.insert(parameter) {
                            let given = arguments(context, parameter, seen);
                            waiting.extend(given.into_iter().map(|value| (value, None)));
                        }
                    }
                    let written = context.scopes.reaching(inner).flatten();
                    let value = |write: &Write| write.value.or_else(|| looped_over(context, write));
                    let written = written.filter_map(|write| Some((value(write)?, write.node)));
                    let written = written.map(|(value, node)| {
                        let assigns = tree.kind(node) == Kind::Assign;
                        (value, assigns.then_some(node))
                    });
                    waiting.extend(written.filter(|(value, _)| seen.inside.insert(*value)));
                    let uses = same_value(context, inner);
                    if seen.uses.insert(Rc::as_ptr(&uses)) {
                        let put = uses.calls.iter().filter_map(|&read| method_call(context, read));
                        let put = put.filter(|(_, method, _)| builtins::changes(method).is_some());
                        waiting.extend(put.map(|(chain, ..)| (chain, None)));
                    }
                }
                _ => {}
            }
        }
    }
}

/// What a loop whose variable this writes goes through.
fn looped_over(context: Context<'_>, write: &Write) -> Option<NodeId> {
    let tree = context.tree;
    tree.children(write.node).get(1).copied().filter(|_| tree.kind(write.node) == Kind::ForEach)
}

/// Whether only built-in functions are called in `node`.
fn is_data(context: Context<'_>, node: NodeId) -> bool {
    let tree = context.tree;
    tree.descendants(node).all(|inner| match tree.kind(inner) {
        Kind::Attributes => false,
        Kind::Call => called_name(context.text, tree, inner).is_some_and(|name| builtins::builtin(name).is_some()),
        _ => true,
    })
}

/// Numbers of records are as long as tokens.
fn has_letter(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Whether what a literal is assigned to, or put into, goes to requests to somebody else and nowhere else. It may stand `inside` one.
pub(super) fn goes_elsewhere(context: Context<'_>, literal: NodeId, (inside, others): (bool, &[Box<Call>])) -> bool {
    let tree = context.tree;
    if inside {
        // What is called `authtoken` without more may be Zoho's, and leaks.
        let key = tree.parent(literal).and_then(|parent| match tree.children(parent) {
            &[key, value] if value == literal => context.known_text(key),
            _ => None,
        });
        return key.and_then(|key| token_name(key.trim())) != Some(false);
    }
    let Some(statement) = tree.statement(literal) else { return false };
    let target = match (tree.kind(statement), tree.children(statement)) {
        (Kind::Assign, &[target, ..]) => Some(target),
        (Kind::Expression, &[chain]) => tree.children(chain).first().copied(),
        _ => None,
    };
    target.is_some_and(|target| {
        tree.kind(target) == Kind::Name && is_foreign(context, tree.scope(target), context.text_of(target), others, 0)
    })
}

/// Whether a variable goes to other vendors' requests and nowhere else.
pub(super) fn is_foreign(context: Context<'_>, scope: NodeId, name: &str, others: &[Box<Call>], depth: usize) -> bool {
    let Some(binding) = context.scopes.get(scope).and_then(|it| it.get(name)) else { return false };
    if others.is_empty() || depth > 4 {
        return false;
    }
    // What is put into a map under this name says nothing of where the map goes.
    let fills =
        |read: NodeId| method_call(context, read).is_some_and(|(_, method, _)| method.eq_ignore_ascii_case("put"));
    let mut reads = binding.reads.iter().copied().filter(|&read| !fills(read)).peekable();
    reads.peek().is_some() && reads.all(|read| read_is_foreign(context, scope, read, others, depth))
}

fn read_is_foreign(context: Context<'_>, scope: NodeId, read: NodeId, others: &[Box<Call>], depth: usize) -> bool {
    let tree = context.tree;
    if others.iter().any(|call| call.request.range.contains_range(tree.range(read))) {
        return true;
    }
    let Some(statement) = tree.statement(read) else { return false };
    // `auth = "Bearer " + authtoken;` and `headers.put("X-Auth", authtoken);` hand it on.
    let holder = match tree.kind(statement) {
        Kind::Assign => assigned_name(context, statement),
        Kind::Expression => tree
            .children(statement)
            .first()
            .and_then(|&chain| tree.children(chain).first())
            .filter(|&&base| base != read && method_call(context, base).is_some())
            .map(|&base| context.text_of(base)),
        _ => None,
    };
    holder.is_some_and(|holder| is_foreign(context, scope, holder, others, depth + 1))
}
