//! Everything that is to be known of one file before a word is said about it: its calls, what becomes of each, token
//! values written into the code, and tokens that belong to no call. Rules only name what stands here.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::analysis::bindings::{self, Scopes, plain_string, string_content};
use crate::analysis::carrier::{self, Carrier, Place, Site, method_call, token_name};
use crate::analysis::flow::{Context, source_offset};
use crate::analysis::target::{self, Owner};
use crate::analysis::{Call, calls};
use crate::config::{Config, ConfigError};
use crate::finding::Applicability;
use crate::migrate::{self, Fresh, Transaction, dead, tie};
use crate::secret::{Secrets, is_token_shaped, shapes};
use crate::source::TextRange;
use crate::syntax::{Kind, NodeId, Tree};
use crate::zoho::LegacyKind;

/// A token value written into the code outside of a request's own carriers.
#[derive(Debug)]
pub struct Hardcoded {
    /// The value, without quotes.
    pub range: TextRange,
    /// The assignment that goes when nothing reads the variable any more.
    pub assignment: Option<NodeId>,
    /// Whether that is so once the safe, or also the unsafe, migrations are applied.
    pub applicability: Applicability,
}

/// A token that is used, but in no request that can be seen.
#[derive(Debug)]
pub struct Stray {
    /// How it is sent, as far as its surroundings tell.
    pub carrier: Carrier,
    /// Where.
    pub range: TextRange,
    /// Why nothing is edited.
    pub reason: &'static str,
}

/// A call that concerns this tool and what becomes of it.
#[derive(Debug)]
pub struct Concern {
    /// The call.
    pub call: Call,
    /// Its migration; `None` when it carries no token and there is nothing else to say of it.
    pub transaction: Option<Transaction>,
}

/// What earlier rounds tell of a file.
pub struct Known<'k> {
    /// Whether a round took reads of this name in this scope away.
    pub lost: &'k dyn Fn(NodeId, &str) -> bool,
    /// Calls, by their ordinal in the file, whose migration did not hold what it promised, and what that was.
    pub vetoed: &'k HashMap<usize, &'static str>,
}

/// All that was found in one file.
pub struct Inspection<'a> {
    /// Text, tree and names.
    pub context: Context<'a>,
    /// Calls to Zoho, to hosts that cannot be seen, and to those the configuration names.
    pub concerns: Vec<Concern>,
    /// Token values in the code.
    pub hardcoded: Vec<Hardcoded>,
    /// Tokens without a request.
    pub strays: Vec<Stray>,
    /// Names that only carried a token and are not read any more, where they are declared.
    pub unused: Vec<TextRange>,
    /// Comments that speak of authtokens and hold none.
    pub remarks: Vec<TextRange>,
    /// Every secret of the file.
    pub secrets: Secrets,
}

impl<'a> Inspection<'a> {
    /// Inspects a file in the light of `known`.
    ///
    /// # Errors
    /// [`ConfigError`] when two entries of the configuration fit one request equally well.
    pub fn of(
        text: &'a str,
        tree: &'a Tree,
        scopes: &'a Scopes<'a>,
        config: &Config,
        path: &Path,
        known: &Known<'_>,
    ) -> Result<Self, ConfigError> {
        let context = Context { text, tree, scopes };
        let mut inspection = Self {
            context,
            concerns: Vec::new(),
            hardcoded: Vec::new(),
            strays: Vec::new(),
            unused: Vec::new(),
            remarks: Vec::new(),
            secrets: Secrets::default(),
        };
        let mut others = Vec::new();
        let mut fresh = Fresh::default();
        for (index, call) in calls(context).into_iter().enumerate() {
            if !migrate::concerns(&call, config, path)? {
                others.push(call);
                continue;
            }
            let carries = call.occurrences().next().is_some();
            // A dead endpoint stays a finding when the token is gone and a connection is there.
            let connected = call.request.connection.is_some() && call.owner() == Owner::Zoho;
            let mut transaction = if carries || connected || is_about_tokens(&call).is_some() {
                Some(migrate::plan(context, &call, config, path, &mut fresh)?)
            } else {
                None
            };
            if let (Some(reason), Some(transaction)) = (known.vetoed.get(&index), &mut transaction) {
                transaction.hold_back(reason);
            }
            inspection.concerns.push(Concern { call, transaction });
        }
        let mut planned: Vec<(&Call, &mut Transaction)> = inspection
            .concerns
            .iter_mut()
            .filter_map(|concern| Some((&concern.call, concern.transaction.as_mut()?)))
            .collect();
        tie::tie(context, &mut planned, &others);
        inspection.find_hardcoded(&others);
        inspection.find_strays(&others);
        inspection.settle_hardcoded(known.lost);
        inspection.find_unused(known.lost);
        let holds =
            |comment: TextRange| inspection.hardcoded.iter().any(|hardcoded| comment.contains_range(hardcoded.range));
        let speaks = |comment: &TextRange| speaks_of_token(comment.of(text)) && !holds(*comment);
        inspection.remarks = tree.comments().iter().copied().filter(speaks).collect();
        inspection.collect_secrets();
        Ok(inspection)
    }

    /// The calls whose migration is at most as bad as `level`, with that migration.
    pub fn transactions(&self, level: Applicability) -> impl Iterator<Item = (&Call, &Transaction)> {
        self.concerns
            .iter()
            .filter_map(|concern| Some((&concern.call, concern.transaction.as_ref()?)))
            .filter(move |(_, transaction)| transaction.applicability <= level && !transaction.edits.is_empty())
    }

    /// The assignments that are dead once the transactions up to `level` are applied.
    pub fn dead(&self, level: Applicability, lost: &dyn Fn(NodeId, &str) -> bool) -> Vec<NodeId> {
        let removed: Vec<NodeId> =
            self.transactions(level).flat_map(|(_, transaction)| transaction.removed.iter().copied()).collect();
        self.dead_without(&removed, lost)
    }

    /// The assignments that are dead once the expressions `removed` have left the code. A variable called after the
    /// authtoken that holds a literal and is not read at all is dead from the start.
    pub fn dead_without(&self, removed: &[NodeId], lost: &dyn Fn(NodeId, &str) -> bool) -> Vec<NodeId> {
        let context = self.context;
        let named: HashSet<(NodeId, &str)> = self
            .hardcoded
            .iter()
            .filter_map(|hardcoded| {
                let node = hardcoded.assignment?;
                Some((context.tree.scope(node), assigned_name(context, node)?))
            })
            .filter(|(_, name)| speaks_of_token(name))
            .collect();
        dead::assignments(context, removed, &|scope, name| lost(scope, name) || named.contains(&(scope, name)))
    }

    fn settle_hardcoded(&mut self, lost: &dyn Fn(NodeId, &str) -> bool) {
        let safe: HashSet<NodeId> = self.dead(Applicability::Safe, lost).into_iter().collect();
        let all: HashSet<NodeId> = self.dead(Applicability::Unsafe, lost).into_iter().collect();
        for hardcoded in &mut self.hardcoded {
            hardcoded.applicability = match hardcoded.assignment {
                Some(node) if safe.contains(&node) => Applicability::Safe,
                Some(node) if all.contains(&node) => Applicability::Unsafe,
                _ => Applicability::Manual,
            };
        }
    }

    fn find_unused(&mut self, lost: &dyn Fn(NodeId, &str) -> bool) {
        let context = self.context;
        let dead: HashSet<NodeId> = self.dead(Applicability::Unsafe, lost).into_iter().collect();
        for scope in context.scopes.iter() {
            for (name, binding) in scope.iter() {
                let named = binding.parameter && holds_token(name, "");
                if !binding.reads.is_empty() || binding.is_opaque() || !(named || lost(scope.node, name)) {
                    continue;
                }
                let stays = binding.writes.iter().find(|write| !dead.contains(&write.node));
                let declared = stays.and_then(|write| {
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

    fn find_hardcoded(&mut self, others: &[Call]) {
        let mut seen = HashSet::new();
        let mut literals = Vec::new();
        for concern in &self.concerns {
            for occurrence in concern.call.occurrences() {
                for &token in &occurrence.tokens {
                    trace(self.context, token, &mut seen, &mut literals);
                }
                // Such a call has no finding of its own for the token.
                if let (Some(range), Some(_)) = (occurrence.literal, is_about_tokens(&concern.call)) {
                    self.hardcoded.push(Hardcoded { range, assignment: None, applicability: Applicability::Manual });
                }
            }
        }
        let context = self.context;
        let mut assignments: Vec<(NodeId, NodeId)> = literals;
        for scope in context.scopes.iter() {
            for (name, binding) in scope.iter() {
                if !speaks_of_token(name) || is_foreign(context, scope.node, name, others, 0) {
                    continue;
                }
                let values = binding.writes.iter().filter_map(|write| Some((write.value?, write.node)));
                assignments.extend(values.filter(|(value, _)| {
                    plain_string(context.text, context.tree, *value).is_some_and(|text| holds_token(name, text))
                }));
            }
        }
        self.add_hardcoded(assignments);
    }

    /// Adds the literals that are tokens, each with the statement that assigns it.
    fn add_hardcoded(&mut self, mut assignments: Vec<(NodeId, NodeId)>) {
        let context = self.context;
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
            let assignment = (context.tree.kind(statement) == Kind::Assign).then_some(statement);
            self.hardcoded.push(Hardcoded { range, assignment, applicability: Applicability::Manual });
        }
    }

    /// What no call claimed: strings, map entries, comments, and regions that were not understood.
    fn find_strays(&mut self, others: &[Call]) {
        let context = self.context;
        let tree = context.tree;
        let all = || self.concerns.iter().map(|concern| &concern.call).chain(others);
        let strings: HashSet<NodeId> = all().flat_map(|call| call.carriers.strings.iter().copied()).collect();
        let entries: HashSet<NodeId> = all().flat_map(|call| call.carriers.entries.iter().copied()).collect();
        let mut elsewhere: Vec<TextRange> = others.iter().map(|call| call.request.range).collect();
        elsewhere.sort_unstable();
        let mut own: Vec<TextRange> = self.concerns.iter().map(|concern| concern.call.request.range).collect();
        own.sort_unstable();
        let mut sums = HashSet::new();
        let mut found = Found::default();
        for node in tree.descendants(tree.root()) {
            let around = || match tree.range(node) {
                range if meets(&own, range) => Around::Ours,
                range if meets(&elsewhere, range) => Around::Others,
                _ => Around::Nothing,
            };
            match tree.kind(node) {
                Kind::String if !strings.contains(&node) => {
                    if speaks_of_token(context.text_of(node)) {
                        let sum = outermost_sum(context, node);
                        if sums.insert(sum) {
                            stray_text(context, sum, around(), &mut found);
                        }
                    } else {
                        lone_token(context, node, &mut found);
                    }
                }
                Kind::Entry if !entries.contains(&node) && around() != Around::Others => {
                    if let [key, value] = tree.children(node) {
                        stray_entry(context, node, *key, *value, around(), &mut found);
                    }
                }
                Kind::Name => {
                    if let Some((chain, method, [key, value])) = method_call(context, node)
                        && method.to_ascii_lowercase().starts_with("put")
                        && !entries.contains(&chain)
                    {
                        stray_entry(context, chain, *key, *value, around(), &mut found);
                    }
                }
                _ => {}
            }
        }
        for &range in tree.opaque() {
            stray_words(context, range, &mut found);
        }
        for &range in tree.markup() {
            stray_markup(context.text, range, &mut found);
        }
        for &range in tree.comments() {
            stray_comment(context.text, range, &mut found);
        }
        let mut seen = HashSet::new();
        let mut literals = Vec::new();
        found.tokens.iter().for_each(|&token| trace(context, token, &mut seen, &mut literals));
        self.add_hardcoded(literals);
        let mut written: Vec<TextRange> = self.hardcoded.iter().map(|hardcoded| hardcoded.range).collect();
        written.sort_unstable();
        let mut known: Vec<TextRange> = self
            .concerns
            .iter()
            .flat_map(|concern| concern.call.occurrences())
            .map(|occurrence| occurrence.range)
            .collect();
        known.sort_unstable();
        found.hardcoded.retain(|range| !meets(&written, *range) && !meets(&known, *range));
        self.hardcoded.extend(found.hardcoded.into_iter().map(|range| Hardcoded {
            range,
            assignment: None,
            applicability: Applicability::Manual,
        }));
        self.hardcoded.sort_by_key(|hardcoded| hardcoded.range);
        self.hardcoded.dedup_by_key(|hardcoded| hardcoded.range);
        found.strays.retain(|stray| !meets(&known, stray.range));
        found.strays.sort_by_key(|stray| stray.range);
        found.strays.dedup_by_key(|stray| stray.range);
        self.strays = found.strays;
        self.secrets.merge(&found.secrets);
    }

    /// Notes every text that is, or may be a part of, a token.
    fn collect_secrets(&mut self) {
        let context = self.context;
        let text = context.text;
        let mut found = Secrets::default();
        let mut seen = HashSet::new();
        for concern in &self.concerns {
            for occurrence in &concern.call.carriers.occurrences {
                if let Some(literal) = occurrence.literal {
                    note_words(literal.of(text), &mut found);
                }
                for &token in &occurrence.tokens {
                    note_strings(context, token, &mut seen, &mut found);
                }
            }
        }
        for hardcoded in &self.hardcoded {
            note_words(hardcoded.range.of(text), &mut found);
        }
        for scope in context.scopes.iter() {
            for (_, binding) in scope.iter().filter(|(name, _)| speaks_of_token(name)) {
                for value in binding.writes.iter().filter_map(|write| write.value) {
                    note_strings(context, value, &mut seen, &mut found);
                }
            }
        }
        for range in context.tree.comments().iter().chain(context.tree.opaque()) {
            note_behind_names(range.of(text), &mut found);
        }
        let strings = context.tree.descendants(context.tree.root());
        for string in strings.filter(|&node| context.tree.kind(node) == Kind::String) {
            note_behind_names(context.text_of(string), &mut found);
        }
        self.secrets.merge(&found);
    }
}

/// Notes the words of a token's text: it may hold blanks, line ends and other parameters.
fn note_words(token: &str, secrets: &mut Secrets) {
    for word in token.split(|c: char| c.is_whitespace() || matches!(c, '&' | '#' | '"' | '\'' | '<' | '>' | '\\')) {
        let prefix = word.to_ascii_lowercase();
        if !prefix.ends_with("authtoken") && !word.contains("://") {
            secrets.add(word);
        }
    }
}

/// Notes the literals that a token expression is put together from. Names and keys, which only say where it is, are none.
fn note_strings(context: Context<'_>, value: NodeId, seen: &mut HashSet<NodeId>, secrets: &mut Secrets) {
    const PASSING: &[&str] = &["concat", "ifnull", "if", "ifelse", "trim", "tostring"];
    let tree = context.tree;
    let mut stack = vec![value];
    while let Some(node) = stack.pop() {
        if !seen.insert(node) {
            continue;
        }
        match tree.kind(node) {
            Kind::String => {
                if let Some(content) = plain_string(context.text, tree, node).filter(|content| !content.contains("://"))
                {
                    note_words(content, secrets);
                }
            }
            Kind::Name => stack.extend(context.scopes.reaching(node).flatten().filter_map(|write| write.value)),
            Kind::Call => {
                let called = bindings::called_name(context.text, tree, node).unwrap_or("").to_ascii_lowercase();
                if PASSING.contains(&called.as_str()) {
                    stack.extend(tree.children(node));
                }
            }
            Kind::Binary | Kind::Paren | Kind::Chain => stack.extend(tree.children(node)),
            _ => {}
        }
    }
}

/// Notes what follows the token's name in prose, in a comment or in code that was not understood: `authtoken: abc`,
/// `authtoken = "abc"`, `Zoho-authtoken abc`.
fn note_behind_names(text: &str, secrets: &mut Secrets) {
    if !speaks_of_token(text) {
        return;
    }
    let lower = text.to_ascii_lowercase();
    for name in ["authtoken", "auth_token"] {
        for (at, _) in lower.match_indices(name) {
            let behind = text.get(at + name.len()..).unwrap_or("");
            let value = behind
                .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | '=' | ':' | '>'));
            if value.len() == behind.len() {
                continue;
            }
            let end =
                value.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))).unwrap_or(value.len());
            let word = value.get(..end).unwrap_or("");
            // A word of prose has no digits.
            if word.len() >= 6 && word.bytes().any(|byte| byte.is_ascii_digit()) {
                secrets.add(word);
            }
        }
    }
}

/// Whether a call exchanges authtokens for OAuth tokens, or makes one: the token in it is what the call is about.
pub fn is_about_tokens(call: &Call) -> Option<LegacyKind> {
    migrate::legacy(call).map(|endpoint| endpoint.kind).filter(|kind| *kind != LegacyKind::Dead)
}

/// Whether a literal that is assigned to `name` is a token: the name ends with the word (`authtokenScope` is something
/// else), or the value looks like one.
fn holds_token(name: &str, value: &str) -> bool {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_').to_ascii_lowercase();
    let named = name.ends_with("authtoken") || name.ends_with("auth_token");
    named || looks_like_token(value)
}

/// Long enough for a token, and one word of letters and digits.
fn looks_like_token(value: &str) -> bool {
    value.len() >= 16
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && value.bytes().any(|byte| byte.is_ascii_digit())
}

fn assigned_name<'a>(context: Context<'a>, assignment: NodeId) -> Option<&'a str> {
    let target = *context.tree.children(assignment).first()?;
    (context.tree.kind(target) == Kind::Name).then(|| context.text_of(target))
}

/// The literals that reach a token expression through assignments, lists that are looped over and maps that are looked
/// into, each with the statement that assigns it (or itself, where no assignment can go).
fn trace(context: Context<'_>, token: NodeId, seen: &mut HashSet<NodeId>, out: &mut Vec<(NodeId, NodeId)>) {
    let tree = context.tree;
    let mut stack = vec![token];
    while let Some(node) = stack.pop() {
        for name in tree.descendants(node).filter(|&node| tree.kind(node) == Kind::Name) {
            for write in context.scopes.reaching(name).flatten() {
                let looped =
                    (tree.kind(write.node) == Kind::ForEach).then(|| tree.children(write.node).get(1)).flatten();
                let Some(value) = write.value.or(looped.copied()).filter(|&value| seen.insert(value)) else { continue };
                match tree.kind(value) {
                    Kind::String => out.push((value, write.node)),
                    Kind::Name => stack.push(value),
                    // `login = "Zoho-authtoken " + token;`
                    Kind::Binary => {
                        stack.push(value);
                        let literal = |&part: &NodeId| {
                            plain_string(context.text, tree, part).is_some_and(|text| looks_like_token(text.trim()))
                        };
                        let parts = tree.children(value).iter().copied().filter(literal);
                        out.extend(parts.map(|part| (part, write.node)));
                    }
                    Kind::Brace if looped.is_some() => {
                        out.extend(tree.children(value).iter().map(|&item| (item, item)));
                    }
                    _ => {}
                }
            }
            if let Some((_, "get" | "GET" | "Get", [key])) = method_call(context, name) {
                out.extend(entry_values(context, name, *key).into_iter().map(|value| (value, value)));
            }
        }
    }
}

/// What stands under a key in the map that `name` reads.
fn entry_values(context: Context<'_>, name: NodeId, key: NodeId) -> Vec<NodeId> {
    let tree = context.tree;
    let Some(wanted) = context.known_text(key) else { return Vec::new() };
    let fits = |key: NodeId| context.known_text(key).as_deref() == Some(wanted.as_str());
    let mut found = Vec::new();
    for value in context.scopes.reaching(name).flatten().filter_map(|write| write.value) {
        for &entry in tree.children(value) {
            if let ([key, value], Kind::Entry) = (tree.children(entry), tree.kind(entry)) {
                found.extend(fits(*key).then_some(*value));
            }
        }
    }
    for read in carrier::same_value(context, name) {
        if let Some((_, method, [key, value])) = method_call(context, read)
            && method.eq_ignore_ascii_case("put")
        {
            found.extend(fits(*key).then_some(*value));
        }
    }
    found
}

/// Whether a variable goes to other vendors' requests and nowhere else.
fn is_foreign(context: Context<'_>, scope: NodeId, name: &str, others: &[Call], depth: usize) -> bool {
    let Some(binding) = context.scopes.get(scope).and_then(|it| it.get(name)) else { return false };
    if others.is_empty() || depth > 4 {
        return false;
    }
    !binding.reads.is_empty() && binding.reads.iter().all(|&read| read_is_foreign(context, scope, read, others, depth))
}

fn read_is_foreign(context: Context<'_>, scope: NodeId, read: NodeId, others: &[Call], depth: usize) -> bool {
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

/// Whether one of the sorted ranges shares a byte with `range`. Ranges may nest one deep, not more.
fn meets(sorted: &[TextRange], range: TextRange) -> bool {
    let end = sorted.partition_point(|one| one.start() < range.end());
    sorted.get(..end).unwrap_or(&[]).iter().rev().take(8).any(|one| one.intersects(range))
}

#[derive(Default)]
struct Found {
    strays: Vec<Stray>,
    hardcoded: Vec<TextRange>,
    /// Expressions that yield a token which goes to Zoho.
    tokens: Vec<NodeId>,
    secrets: Secrets,
}

/// What a string or an entry that no request claimed stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    /// A request that this tool is about.
    Ours,
    /// A request to somebody else.
    Others,
    /// No request.
    Nothing,
}

impl Around {
    /// Why nothing is edited.
    fn reason(self) -> &'static str {
        match self {
            Around::Ours => {
                "it stands in the request in a form that is not followed; take it out by hand and name the connection"
            }
            Around::Others => "it is sent along to somebody else; replace the address by one that needs no token",
            Around::Nothing => "the request it is sent with cannot be seen from here; take it out by hand",
        }
    }
}

/// What a header with an authtoken begins with.
const TOKEN_WORD: &str = "zoho-authtoken";

/// A quick look before a text is taken apart.
fn speaks_of_token(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.contains("authtoken") || lower.contains("auth_token")
}

/// The sum that a literal is an operand of, with the sums around that one.
fn outermost_sum(context: Context<'_>, literal: NodeId) -> NodeId {
    let tree = context.tree;
    let joins = |node: NodeId| context.is_sum(node) || tree.kind(node) == Kind::Paren;
    let mut node = literal;
    while let Some(parent) = tree.parent(node).filter(|&parent| joins(parent)) {
        node = parent;
    }
    node
}

/// Tokens in a text that no request claimed: a link in a mail, code kept in a string, a header that goes nowhere.
fn stray_text(context: Context<'_>, expression: NodeId, around: Around, found: &mut Found) {
    let flow = context.flow(expression);
    let goes_on = || {
        let parent = context.tree.parent(expression).map(|parent| context.tree.kind(parent));
        matches!(parent, Some(Kind::Binary | Kind::Chain))
    };
    let leaves = flow.leaves();
    for param in carrier::params(&flow.text, Place::Loose) {
        let before = flow.text.get(..param.name.start()).unwrap_or("");
        let owner = governing_host(before);
        let occurrence = carrier::occurrence(context, Carrier::Query, (&flow, &leaves), param, Site::Elsewhere);
        let value = param.value.of(&flow.text).trim();
        // Prose speaks of `authtoken=` as well: without a host, only what looks like a query counts.
        let telling = param.regular || is_token_shaped(value) || owner == Owner::Zoho;
        let empty = value.is_empty() && !(param.value.end() == flow.text.len() && goes_on());
        let theirs = owner == Owner::Other || (around == Around::Others && owner != Owner::Zoho);
        if theirs || (occurrence.underscore && owner != Owner::Zoho) || empty || !telling {
            if let Some(literal) = occurrence.literal.filter(|literal| is_token_shaped(literal.of(context.text)))
                && tail(before).to_ascii_lowercase().contains("zoho")
                && theirs
            {
                found.hardcoded.push(literal);
            }
            continue;
        }
        let lower = tail(before).to_ascii_lowercase();
        let code = ["geturl", "posturl", "puturl", "invokeurl", "invokeapi"].iter().any(|word| lower.contains(word));
        match occurrence.literal {
            Some(literal) if code => found.hardcoded.push(literal),
            literal => {
                if let Some(literal) = literal {
                    found.secrets.add(literal.of(context.text));
                }
                let reason = match around {
                    Around::Nothing if owner == Owner::Zoho => {
                        "it is not sent by a request of this function; replace the link or the address by one that needs no token"
                    }
                    around => around.reason(),
                };
                found.tokens.extend(occurrence.tokens.iter().copied().filter(|_| owner == Owner::Zoho));
                found.strays.push(Stray { carrier: Carrier::Query, range: occurrence.range, reason });
            }
        }
    }
    if around == Around::Others {
        return;
    }
    let lower = flow.text.to_ascii_lowercase();
    for (at, word) in lower.match_indices(TOKEN_WORD) {
        let value = flow.text.get(at + word.len()..).unwrap_or("");
        let next = value.trim_start().split([' ', '"', '\'', '&', ',']).next().unwrap_or("");
        // `Zoho-authtoken headers are gone` is prose.
        let last = value.trim_start().len() == next.len();
        if !next.is_empty() && (last || is_token_shaped(next) || next.contains(crate::zoho::UNKNOWN)) {
            let range = source_offset(&leaves, at).map_or(context.tree.range(expression), |start| {
                TextRange::new(start, context.tree.range(expression).end())
            });
            found.strays.push(Stray { carrier: Carrier::Headers, range, reason: around.reason() });
        }
    }
    if lower.contains("<authtoken>") {
        let range = context.tree.range(expression);
        found.strays.push(Stray { carrier: Carrier::Parameters, range, reason: around.reason() });
    }
}

/// A literal with the shape of a token in a statement, or a function, that speaks of authtokens.
fn lone_token(context: Context<'_>, literal: NodeId, found: &mut Found) {
    let tree = context.tree;
    let Some(range) =
        string_content(context.text, tree, literal).filter(|range| is_token_shaped(range.of(context.text)))
    else {
        return;
    };
    let statement = tree.statement(literal).filter(|&node| {
        matches!(tree.kind(node), Kind::Assign | Kind::Expression | Kind::Return | Kind::Info | Kind::Command)
    });
    let function = tree.child(tree.scope(literal), Kind::FunctionName);
    let speaks = |node: Option<NodeId>| node.is_some_and(|node| speaks_of_token(context.text_of(node)));
    if speaks(statement) || speaks(function) {
        found.hardcoded.push(range);
    }
}

/// Links with a token in the markup of a page.
fn stray_markup(text: &str, markup: TextRange, found: &mut Found) {
    let words = markup.of(text);
    if !speaks_of_token(words) {
        return;
    }
    for param in carrier::params(words, Place::Loose) {
        if governing_host(words.get(..param.name.start()).unwrap_or("")) != Owner::Zoho {
            continue;
        }
        let at = param.name.cover(param.value);
        found.secrets.add(param.value.of(words));
        found.strays.push(Stray {
            carrier: Carrier::Query,
            range: TextRange::new(markup.start() + at.start(), markup.start() + at.end()),
            reason: "it stands in the markup of a page; replace the link by one that needs no token",
        });
    }
}

/// The end of a text that may be megabytes long: what governs a place in it stands near.
fn tail(text: &str) -> &str {
    const NEAR: usize = 4096;
    let mut at = text.len().saturating_sub(NEAR);
    while !text.is_char_boundary(at) {
        at += 1;
    }
    text.get(at..).unwrap_or("")
}

/// Whose host governs what follows `before`: that of the last URL in it.
fn governing_host(before: &str) -> Owner {
    let before = tail(before);
    let Some(at) = before.rfind("://") else { return Owner::Unseen };
    let scheme = before.get(..at).map_or(0, |head| head.trim_end_matches(|c: char| c.is_ascii_alphanumeric()).len());
    target::target(before.get(scheme..).unwrap_or("").to_owned()).owner
}

/// `{"authtoken": x}` or `m.put("authtoken", x)` that no request claimed.
fn stray_entry(context: Context<'_>, node: NodeId, key: NodeId, value: NodeId, around: Around, found: &mut Found) {
    if context.known_text(key).and_then(|key| token_name(key.trim())) != Some(false) {
        return;
    }
    let content =
        string_content(context.text, context.tree, value).filter(|range| !range.of(context.text).trim().is_empty());
    match content {
        Some(content) if around == Around::Nothing => found.hardcoded.push(content),
        content => {
            if let Some(content) = content {
                found.secrets.add(content.of(context.text));
            }
            let range = context.tree.range(node);
            found.strays.push(Stray { carrier: Carrier::Parameters, range, reason: around.reason() });
        }
    }
}

/// Tokens in a region that was not understood: found by their names, as far as words tell.
fn stray_words(context: Context<'_>, region: TextRange, found: &mut Found) {
    const REASON: &str = "it stands in code that authshift does not understand; nothing there is edited";
    let text = region.of(context.text);
    if !speaks_of_token(text) {
        return;
    }
    let at = |range: TextRange| TextRange::new(region.start() + range.start(), region.start() + range.end());
    for param in carrier::params(text, Place::Loose) {
        let owner = governing_host(text.get(..param.name.start()).unwrap_or(""));
        if owner == Owner::Other {
            continue;
        }
        found.secrets.add(param.value.of(text));
        found.strays.push(Stray { carrier: Carrier::Query, range: at(param.name.cover(param.value)), reason: REASON });
    }
    let lower = text.to_ascii_lowercase();
    for (offset, word) in lower.match_indices(TOKEN_WORD) {
        let range = at(TextRange::new(offset, offset + word.len()));
        found.strays.push(Stray { carrier: Carrier::Headers, range, reason: REASON });
    }
    for quoted in ["\"authtoken\"", "'authtoken'"] {
        for (offset, word) in lower.match_indices(quoted) {
            let range = at(TextRange::new(offset, offset + word.len()));
            found.strays.push(Stray { carrier: Carrier::Parameters, range, reason: REASON });
        }
    }
    let reported: Vec<TextRange> = found.strays.iter().map(|stray| stray.range).collect();
    for (start, end) in shapes(text) {
        let range = at(TextRange::new(start, end));
        if !reported.iter().any(|other| other.intersects(range)) {
            found.hardcoded.push(range);
        }
    }
}

/// Tokens in a comment that speaks of authtokens: `authtoken=…` and what has the shape of one.
fn stray_comment(text: &str, comment: TextRange, found: &mut Found) {
    let words = comment.of(text);
    if !speaks_of_token(words) {
        return;
    }
    let at = |start: usize, end: usize| TextRange::new(comment.start() + start, comment.start() + end);
    for (start, end) in shapes(words) {
        if governing_host(words.get(..start).unwrap_or("")) != Owner::Other {
            found.hardcoded.push(at(start, end));
        }
    }
    for param in carrier::params(words, Place::Loose) {
        let value = param.value.of(words);
        let telling = value.len() >= 16 && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if telling
            && !is_token_shaped(value)
            && governing_host(words.get(..param.name.start()).unwrap_or("")) != Owner::Other
        {
            found.hardcoded.push(at(param.value.start(), param.value.end()));
        }
    }
}
