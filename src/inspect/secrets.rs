//! Every text of a file that is, or may be a part of, a token, so that it can be masked wherever it is printed.
//!
//! Nothing is concluded from what is found here, so that what may be a secret is taken for one: values are followed through all
//! assignments of a name, whether they reach the request or not. A value begins behind a name that says so, in a literal
//! (`"…?authtoken="`) or as a key, and goes on over the operands of a sum up to the next `&`:
//!
//! ```text
//! part = "fake0desk0to";
//! url = "https://desk.zoho.com/api/v1/tickets?authtoken=" + part;     // `part` is read behind the name
//! url = url + "ken0aaaa&limit=1";                                     // `ken0aaaa` follows it
//! ```

mod joined;

use std::borrow::Cow;
use std::cell::LazyCell;
use std::rc::Rc;
use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::Inspection;
use crate::census::names::{PASSWORDS, is_random, logs_in, mentions_authtoken, note_words, secret_name, values_behind};
use crate::deluge::builtins::{self, Of};
use crate::deluge::pure;
use crate::deluge::{Kind, NodeId};
use crate::requests::bindings::{self, string_content};
use crate::requests::chain::method_call;
use crate::requests::flow::Context;
use crate::requests::known::Uses;
use crate::requests::uses::{entry_values, same_value};
use crate::text::secret::Secrets;
use crate::text::source::TextRange;
use crate::text::words::Words;

impl Inspection<'_> {
    /// Notes every text that is, or may be a part of, a token.
    pub(super) fn collect_secrets(&mut self) {
        let context = self.context;
        let Context { text, tree, .. } = context;
        let logs_in = logs_in(text);
        let named = |range: TextRange| logs_in || self.tokens_named.any_in(range) || self.secrets_named.any_in(range);
        let mut trail = Trail::new(context, logs_in);
        for range in self.hardcoded.iter().map(|it| it.range).chain(self.pasted.iter().map(|it| it.range)) {
            trail.note(range.of(text));
        }
        if named(TextRange::new(0, text.len()))
            || self.concerns.iter().any(|concern| concern.call.occurrences().next().is_some())
        {
            self.along_names(&mut trail, &named);
        }
        for comment in tree.comments().iter().filter(|&&range| named(range)) {
            note_words(&self.suppressions.without_rules(text, *comment), logs_in, &mut trail.found);
        }
        for region in tree.opaque().iter().chain(tree.markup()).filter(|&&range| named(range)) {
            note_words(region.of(text), logs_in, &mut trail.found);
        }
        let found = trail.found;
        self.secrets.merge(&found);
    }

    /// Follows all that stands behind a name, or is sent as a token.
    fn along_names(&self, trail: &mut Trail<'_>, named: &dyn Fn(TextRange) -> bool) {
        let context = self.context;
        let Context { text, tree, .. } = context;
        for node in tree.descendants(tree.root()) {
            match tree.kind(node) {
                Kind::String if named(tree.range(node)) => trail.behind_name(node),
                Kind::Entry => {
                    if let [key, value] = tree.children(node) {
                        trail.pair(*key, *value);
                    }
                }
                // `map.put(key, value)`, `invokeUrl(…).put(key, value)`
                Kind::Call => {
                    if let [key, value] = tree.children(node) {
                        trail.pair(*key, *value);
                    }
                }
                _ => {}
            }
        }
        let strings = LazyCell::new(|| tree.of_kind(Kind::String).collect::<Vec<NodeId>>());
        for occurrence in self.concerns.iter().flat_map(|concern| concern.call.carriers.occurrences.iter()) {
            if let Some(literal) = occurrence.literal {
                trail.note(literal.of(text));
                let behind = strings.partition_point(|&string| tree.range(string).start() <= literal.start());
                let string = behind.checked_sub(1).and_then(|at| strings.get(at)).copied();
                let ends =
                    |node: &NodeId| string_content(text, tree, *node).is_some_and(|it| it.end() == literal.end());
                if let Some(string) = string.filter(ends) {
                    trail.follow(string);
                }
            }
            for &token in occurrence.tokens.iter() {
                trail.value(token);
            }
        }
        for scope in context.scopes.iter() {
            for (name, binding) in scope.iter() {
                let Some(sure) = trail.is_secret(name) else { continue };
                for write in binding.writes {
                    trail.written(write, sure);
                }
            }
        }
        trail.go();
    }
}

/// What is looked at next.
enum Step {
    /// A value that begins here; whether a name says for certain that it is a secret.
    Value(NodeId, bool),
    /// A part of what is being looked at.
    Visit(NodeId),
    /// What is in a list.
    Items(NodeId),
    /// What the operand is joined with, if the value still goes on.
    Follow(NodeId),
    /// The operands of a sum, or the links of a chain, from this one on.
    Along(NodeId, usize),
    /// One more value in the same place.
    Again { sure: bool },
}

/// A walk along the values that are secrets. A value may have gone through as many variables as the code has lines: they are
/// not followed by calls inside of calls.
struct Trail<'a> {
    context: Context<'a>,
    logs_in: bool,
    found: Secrets,
    /// The last comes first.
    steps: Vec<Step>,
    valued: HashSet<(NodeId, bool)>,
    followed: HashSet<NodeId>,
    /// Operands and links that were come to, and whether they belong to a value, and that for certain.
    walked: HashSet<(NodeId, bool, bool)>,
    /// Names of which all values were taken, and those of which all reads were followed.
    named: HashSet<(NodeId, &'a str, bool)>,
    read: HashSet<(NodeId, &'a str)>,
    /// Lists of which all items were taken: what stands under a key, what is assigned to a name, what is added.
    lists: HashSet<(*const NodeId, bool)>,
    listed: HashSet<(NodeId, &'a str, bool)>,
    filled: HashSet<(*const Uses, bool)>,
    /// Whether what comes next belongs to a value.
    on: bool,
    /// Whether it does for certain: nothing came before it, or a literal did.
    sure: bool,
    /// What functions of the file return, by their names, and the calls in it.
    functions: Option<HashMap<&'a str, Vec<NodeId>>>,
    calls: Option<HashMap<&'a str, Vec<NodeId>>>,
    /// Which of these lists were taken already: a name, whether it is called, the argument, and how sure it is.
    taken: HashSet<(&'a str, Option<usize>, bool)>,
}

impl<'a> Trail<'a> {
    fn new(context: Context<'a>, logs_in: bool) -> Self {
        Self {
            context,
            logs_in,
            found: Secrets::default(),
            steps: Vec::new(),
            valued: HashSet::new(),
            followed: HashSet::new(),
            walked: HashSet::new(),
            named: HashSet::new(),
            read: HashSet::new(),
            lists: HashSet::new(),
            listed: HashSet::new(),
            filled: HashSet::new(),
            on: false,
            sure: false,
            functions: None,
            calls: None,
            taken: HashSet::new(),
        }
    }

    fn note(&mut self, text: &str) {
        note_value(text, &mut self.found);
    }

    /// Whether what stands under the name, of a variable or as a key, is a secret; `Some(true)` for certain.
    fn is_secret(&self, name: &str) -> Option<bool> {
        static PARTS: LazyLock<Words> = LazyLock::new(|| Words::new(["token", "secret"]));
        if !self.logs_in && !PARTS.any_in(name) {
            return None;
        }
        let plain = || name.trim().trim_end_matches(|c: char| c.is_ascii_digit() || c == '_').to_ascii_lowercase();
        if mentions_authtoken(name) {
            let plain = plain();
            return Some(plain.ends_with("authtoken") || plain.ends_with("auth_token"));
        }
        if self.logs_in && PASSWORDS.iter().any(|word| plain().ends_with(word)) {
            return Some(true);
        }
        secret_name(name).map(|(_, exact)| exact)
    }

    /// Takes an entry of a map.
    fn pair(&mut self, key: NodeId, value: NodeId) {
        let Context { text, tree, .. } = self.context;
        let known = match tree.kind(key) {
            Kind::String => bindings::plain_string(text, tree, key).map(Cow::Borrowed),
            Kind::Name => self.context.known_text(key).map(Cow::Owned),
            _ => None,
        };
        if let Some(sure) = known.and_then(|key| self.is_secret(&key)) {
            self.steps.push(Step::Value(value, sure));
        }
    }

    /// Takes a literal with a secret's name in it, and what it is joined with.
    fn behind_name(&mut self, string: NodeId) {
        let Some(content) = string_content(self.context.text, self.context.tree, string) else { return };
        let text = content.of(self.context.text);
        self.behind(text);
        self.filled_in(string, text);
        if self.on {
            self.follow_on(string);
        }
        self.go();
    }

    /// `"…?authtoken=#KEY#".replaceAll("#KEY#", key)`: what fills the marker behind a name.
    fn filled_in(&mut self, string: NodeId, template: &str) {
        let Context { text, tree, .. } = self.context;
        for call in
            tree.ancestors(string).filter(|&node| tree.kind(node) == Kind::Chain).flat_map(|chain| tree.children(chain))
        {
            let [marker, value, ..] = tree.children(*call) else { continue };
            let replaces = tree.kind(*call) == Kind::Call
                && pure::called_name(text, tree, *call)
                    .is_some_and(|name| name.to_ascii_lowercase().starts_with("replace"));
            let marker = bindings::plain_string(text, tree, *marker).filter(|marker| replaces && !marker.is_empty());
            if marker
                .is_some_and(|marker| values_behind(template, self.logs_in).iter().any(|it| it.text.contains(marker)))
            {
                self.steps.push(Step::Value(*value, true));
            }
        }
    }

    /// Takes a value that is sent as a token, and what it is joined with.
    fn value(&mut self, node: NodeId) {
        self.steps.extend([Step::Follow(node), Step::Value(node, true)]);
        self.go();
    }

    /// Takes what a literal is joined with that a secret ends.
    fn follow(&mut self, string: NodeId) {
        (self.on, self.sure) = (true, true);
        self.follow_on(string);
        self.go();
    }

    /// Takes what is assigned.
    fn written(&mut self, write: &bindings::Write, sure: bool) {
        let tree = self.context.tree;
        self.steps.extend(write.value.or(write.appended).map(|value| Step::Value(value, sure)));
        if let (Kind::ForEach, Some(&list)) = (tree.kind(write.node), tree.children(write.node).get(1)) {
            self.steps.extend([Step::Items(list), Step::Again { sure }]);
        }
    }

    fn go(&mut self) {
        while let Some(step) = self.steps.pop() {
            match step {
                Step::Value(node, sure) if self.valued.insert((node, sure)) => {
                    self.steps.extend([Step::Visit(node), Step::Again { sure }]);
                }
                Step::Value(..) => (self.on, self.sure) = (true, true),
                Step::Again { sure } => (self.on, self.sure) = (true, sure),
                Step::Visit(node) => self.visit(node),
                Step::Items(node) => self.items(node),
                Step::Follow(node) if self.on => self.follow_on(node),
                Step::Follow(_) => {}
                Step::Along(parent, at) => self.along(parent, at),
            }
        }
    }

    /// Puts steps before all that wait, in their order.
    fn first(&mut self, steps: impl DoubleEndedIterator<Item = Step>) {
        self.steps.extend(steps.rev());
    }

    fn visit(&mut self, node: NodeId) {
        let tree = self.context.tree;
        match tree.kind(node) {
            Kind::String => self.string(node),
            Kind::Name if self.on => self.name(node),
            Kind::Binary if self.context.is_sum(node) => {
                self.first(self.context.operands(node).into_iter().map(Step::Visit));
            }
            Kind::Paren | Kind::Unary => self.first(tree.children(node).iter().copied().map(Step::Visit)),
            Kind::Brace if self.on => self.items(node),
            Kind::Chain => self.chain(node),
            _ => {}
        }
    }

    fn string(&mut self, node: NodeId) {
        let Context { text, tree, .. } = self.context;
        let Some(content) = string_content(text, tree, node).map(|range| range.of(text)) else { return };
        if !self.on || content.contains("://") || !values_behind(content, self.logs_in).is_empty() {
            return self.behind(content);
        }
        let joined =
            tree.parent(node).is_some_and(|parent| self.context.is_sum(parent) || tree.kind(parent) == Kind::Chain);
        if !joined {
            if self.sure || is_random(content) {
                self.note(content);
            }
            return;
        }
        let part = content.find(['&', '\\', '<', '"', '}']).map_or(content, |end| content.get(..end).unwrap_or(""));
        if self.sure || is_random(part) {
            self.note(part);
        }
        if part.len() < content.len() {
            self.behind(content.get(part.len()..).unwrap_or(""));
        } else if !content.is_empty() {
            self.sure = true;
        }
    }

    /// Takes what stands behind names in a text; a value goes on if the text ends in it.
    fn behind(&mut self, text: &str) {
        (self.on, self.sure) = (false, false);
        for value in values_behind(text, self.logs_in) {
            if value.sure || is_random(value.text) {
                note_value(value.text, &mut self.found);
            }
            if value.open {
                (self.on, self.sure) = (true, true);
            }
        }
    }

    /// Takes all that is assigned to a variable, and what is put into the list that it holds.
    fn name(&mut self, name: NodeId) {
        let Context { text, tree, scopes } = self.context;
        let Some(binding) = scopes.binding(text, tree, name) else { return };
        let sure = self.sure;
        if !self.named.insert((tree.scope(name), self.context.text_of(name), sure)) {
            return;
        }
        let before = self.steps.len();
        for write in binding.writes.iter().rev() {
            self.written(write, sure);
        }
        if binding.parameter {
            let given = self.given(name);
            self.steps.extend(given.into_iter().map(|value| Step::Value(value, sure)));
        }
        // What cannot be seen may be all of the value.
        if self.steps.len() == before {
            self.sure = false;
        }
    }

    /// The arguments that calls in the file give to the function for the parameter `name`.
    fn given(&mut self, name: NodeId) -> Vec<NodeId> {
        let Context { text, tree, .. } = self.context;
        let function = tree.scope(name);
        let is_param = |node: &&NodeId| tree.kind(**node) == Kind::Param;
        let wanted = self.context.text_of(name);
        let at =
            tree.children(function).iter().filter(is_param).position(|&param| {
                tree.child(param, Kind::Name).is_some_and(|name| self.context.text_of(name) == wanted)
            });
        let (Some(at), Some(called)) = (at, tree.child(function, Kind::FunctionName)) else { return Vec::new() };
        let called = last_word(self.context.text_of(called));
        let calls = self.calls.get_or_insert_with(|| {
            let mut calls: HashMap<&str, Vec<NodeId>> = HashMap::new();
            for call in tree.of_kind(Kind::Call) {
                if let Some(name) = pure::called_name(text, tree, call) {
                    calls.entry(name).or_default().push(call);
                }
            }
            calls
        });
        // Of what was taken before, one says that there is something.
        let most = if self.taken.insert((called, Some(at), self.sure)) { usize::MAX } else { 1 };
        let given = calls.get(called).into_iter().flatten().filter_map(|&call| tree.children(call).get(at).copied());
        given.take(most).collect()
    }

    /// What a function of the file returns.
    fn returned(&mut self, called: &'a str) -> Vec<NodeId> {
        let context = self.context;
        let tree = context.tree;
        let functions = self.functions.get_or_insert_with(|| {
            let mut functions: HashMap<&str, Vec<NodeId>> = HashMap::new();
            for node in tree.of_kind(Kind::Return) {
                let name =
                    tree.child(tree.scope(node), Kind::FunctionName).map(|name| last_word(context.text_of(name)));
                if let (Some(name), Some(&value)) = (name, tree.children(node).first()) {
                    functions.entry(name).or_default().push(value);
                }
            }
            functions
        });
        let most = if self.taken.insert((called, None, self.sure)) { usize::MAX } else { 1 };
        functions.get(called).into_iter().flatten().copied().take(most).collect()
    }

    fn chain(&mut self, chain: NodeId) {
        let Context { text, tree, .. } = self.context;
        let [base, links @ ..] = tree.children(chain) else { return };
        let calls: Vec<(&str, NodeId)> = links
            .iter()
            .filter(|&&link| tree.kind(link) == Kind::Call)
            .filter_map(|&link| Some((pure::called_name(text, tree, link)?, link)))
            .collect();
        let sure = self.sure;
        if self.on {
            let returned = calls.last().map(|(name, _)| self.returned(name)).unwrap_or_default();
            if !returned.is_empty() {
                return self.steps.extend(returned.into_iter().map(|value| Step::Value(value, sure)));
            }
            if let Some((_, method, [key])) = method_call(self.context, *base)
                && builtins::of(method) == Some(Of::Member)
            {
                for list in entry_values(self.context, *base, *key) {
                    if self.lists.insert((list.as_ptr(), sure)) {
                        self.steps.extend(list.iter().map(|&value| Step::Value(value, sure)));
                    }
                }
                return self.steps.extend([Step::Items(*base), Step::Again { sure }]);
            }
            if links.iter().any(|&link| tree.kind(link) == Kind::Index) {
                return self.items(*base);
            }
        }
        let mut steps = Vec::new();
        // `trim(x)`: the base is the function's name.
        let function = links.first().is_some_and(|&link| tree.kind(link) == Kind::Call);
        if !function {
            steps.push(Step::Visit(*base));
        }
        for (name, call) in calls {
            let arguments = tree.children(call);
            match name.to_ascii_lowercase().as_str() {
                "if" | "ifelse" | "iif" => {
                    let values = arguments.iter().skip(1).flat_map(|&value| [Step::Again { sure }, Step::Visit(value)]);
                    steps.extend(values);
                }
                "ifnull" => {
                    steps.extend(arguments.iter().flat_map(|&value| [Step::Again { sure }, Step::Visit(value)]))
                }
                "replaceall" | "replacefirst" => steps.extend(arguments.get(1).copied().map(Step::Visit)),
                "concat" | "append" => steps.extend(arguments.iter().copied().map(Step::Visit)),
                // A setting is looked up by its name.
                name if name.starts_with("get") || name.contains("variable") => {}
                _ if function => steps.extend(arguments.iter().copied().map(Step::Visit)),
                _ => {}
            }
        }
        self.first(steps.into_iter());
    }

    /// Takes what is in a list or map that is written out, and what is put into it.
    fn items(&mut self, node: NodeId) {
        let Context { text, tree, scopes } = self.context;
        let sure = self.sure;
        match tree.kind(node) {
            Kind::Brace => {
                let entry = |&item: &NodeId| match (tree.kind(item), tree.children(item)) {
                    (Kind::Entry, [_, value]) => *value,
                    _ => item,
                };
                let items: Vec<NodeId> = tree.children(node).iter().map(entry).collect();
                self.steps.extend(items.into_iter().map(|item| Step::Value(item, sure)));
            }
            Kind::Name if self.valued.insert((node, sure)) => {
                let Some(binding) = scopes.binding(text, tree, node) else { return };
                if self.listed.insert((tree.scope(node), self.context.text_of(node), sure)) {
                    let values = binding.writes.iter().filter_map(|write| write.value);
                    self.steps.extend(values.flat_map(|value| [Step::Items(value), Step::Again { sure }]));
                }
                let uses = same_value(self.context, node);
                let calls = if self.filled.insert((Rc::as_ptr(&uses), sure)) { uses.calls.as_slice() } else { &[] };
                for &read in calls {
                    if let Some((_, "add" | "addAll" | "addall", [value])) = method_call(self.context, read) {
                        self.steps.push(Step::Value(*value, sure));
                    }
                }
            }
            // `{…}.toList()`, `List({…})`, `"a,b".toList()`
            Kind::Chain => {
                let children = tree.children(node);
                let arguments = children
                    .iter()
                    .filter(|&&link| tree.kind(link) == Kind::Call)
                    .flat_map(|&call| tree.children(call));
                let parts: Vec<NodeId> = children.first().into_iter().chain(arguments).copied().collect();
                self.steps.extend(parts.into_iter().flat_map(|part| [Step::Items(part), Step::Again { sure }]));
            }
            Kind::Paren => self.steps.extend(tree.children(node).iter().copied().map(Step::Items)),
            Kind::String => {
                if let Some(content) = string_content(text, tree, node) {
                    let items: Vec<&str> = content.of(text).split(',').filter(|item| item.len() > 1).collect();
                    items.into_iter().for_each(|item| self.note(item));
                }
            }
            _ => {}
        }
    }
}

fn last_word(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name).trim()
}

/// Notes the text of a value: as a whole, and its parts where it holds line ends or is more than the value.
fn note_value(text: &str, secrets: &mut Secrets) {
    let text = text.trim();
    if text.starts_with(['?', '&']) || text.contains("://") {
        return;
    }
    secrets.add(text);
    // In a URL the rest is a fragment, and stays where the token goes.
    if let Some((_, rest)) = text.split_once('#') {
        secrets.add(rest);
    }
    for part in text
        .split(['&', '\n', '\r'])
        .chain(text.split(|c: char| c.is_whitespace() || matches!(c, '&' | '#' | '"' | '\'' | '<' | '>' | '\\')))
    {
        if part.len() >= 9 && is_random(part) && !part.contains('=') {
            secrets.add(part);
        }
    }
}
