//! Several requests on one value are one transaction: what is edited for one of them is seen by all. One reader that
//! cannot follow holds them all back.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::oauth::Requests;
use super::reason::{Code, Reason};
use super::{Transaction, connection};
use crate::census::names::token_name;
use crate::deluge::builtins::{self, Change, Of};
use crate::deluge::pure::{called_name, is_pure};
use crate::deluge::{Kind, NodeId};
use crate::finding::Applicability;
use crate::requests::call::Call;
use crate::requests::chain::method_call;
use crate::requests::flow::Context;
use crate::requests::known::Presence;
use crate::requests::occurrence::{MapPart, Site};
use crate::requests::people;
use crate::requests::reaching::WriteId;
use crate::requests::uses::{entry_values, presence, same_value};
use crate::text::edit::{self, Edit, Edits};
use crate::text::source::{Ranges, TextRange};

/// What the tied transactions edit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// They take tokens out. A use that may need them makes that unsafe.
    Tokens,
    /// They change addresses (row E2). Any other use may need the old one: nothing is edited.
    Addresses,
}

impl What {
    /// What a use that needs a look makes of the transaction, and how that is said.
    fn doubtful(self, usage: &str) -> (Applicability, Reason) {
        match self {
            What::Tokens => {
                let text = format!("{usage} also uses this value, and does not need the token");
                (Applicability::Unsafe, Reason::new(Code::Shared, text))
            }
            What::Addresses => {
                let text = format!("{usage} also uses a part of the address");
                (Applicability::Manual, Reason::new(Code::AddressInUse, text))
            }
        }
    }

    /// What a request that is not edited makes of it.
    fn request(self, usage: &str, why: Option<&Reason>) -> (Applicability, Reason) {
        match self {
            What::Tokens => {
                let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                let text = format!("{usage} also sends this value, and cannot be migrated{why}");
                (Applicability::Manual, Reason::new(Code::Shared, text))
            }
            What::Addresses => self.doubtful(usage),
        }
    }

    /// What edits that do not fit together mean.
    fn conflict(self) -> &'static str {
        match self {
            What::Tokens => {
                "one of the requests that share this value is inside another one; put it in a statement of its own first"
            }
            What::Addresses => "requests to different services share a part of the address",
        }
    }
}

/// What a reader that is no part of a migrated request does to the transaction.
#[derive(Clone, Copy)]
enum Reader {
    /// Nothing.
    Harmless,
    /// It needs a look: the statement, for the message.
    Doubtful(NodeId),
    /// It is in a request that is not migrated.
    Request(NodeId),
    /// It makes another value of it, by this write.
    PassedOn(WriteId),
}

/// Ties the transactions that edit the same assignments. `others` are the calls that are none of this tool's business;
/// `requests` those that ask for access tokens, which they neither need nor get themselves.
pub fn tie(
    context: Context<'_>,
    planned: &mut [(&Call, &mut Transaction)],
    others: &[&Call],
    requests: &Requests,
    what: What,
) {
    let mut owners: Vec<(NodeId, u32)> = Vec::with_capacity(planned.iter().map(|(_, it)| it.own_reads.len()).sum());
    for (index, (_, transaction)) in planned.iter().enumerate() {
        owners.extend(transaction.own_reads.iter().map(|&read| (read, index as u32)));
    }
    owners.sort_unstable();
    let owners_of = |read: NodeId| {
        let from = owners.partition_point(|&(other, _)| other < read);
        owners
            .get(from..)
            .unwrap_or(&[])
            .iter()
            .take_while(move |&&(other, _)| other == read)
            .map(|&(_, owner)| owner as usize)
    };
    let mut groups = Groups::new(planned.len());
    let mut doubts: Vec<Doubt> = Vec::new();
    let mut named = HashSet::new();
    // What is found for an assignment holds for all that edit it.
    let mut editors: BTreeMap<WriteId, usize> = BTreeMap::new();
    for (index, (_, transaction)) in planned.iter().enumerate() {
        for &write in transaction.edited.iter() {
            match editors.get(&write) {
                Some(&other) => groups.join(index, other),
                None => {
                    editors.insert(write, index);
                }
            }
        }
    }
    let all = planned.iter().map(|(call, _)| *call).chain(others.iter().copied());
    let requests_at = Ranges::of(all.map(|call| call.request.range).collect());
    let is_stuck = |&index: &usize| planned.get(index).is_some_and(|(_, it)| it.applicability == Applicability::Manual);
    let mut stuck: Vec<usize> = (0..planned.len()).filter(is_stuck).collect();
    stuck.sort_by_key(|&index| planned.get(index).map(|(call, _)| call.request.range.start()));
    let parts = planned.iter().flat_map(|(call, _)| call.occurrences());
    let parts = parts.filter_map(|occurrence| match occurrence.site {
        Site::Map { part: MapPart::Put(part) | MapPart::Entry { entry: part, .. }, .. } => Some(part),
        _ => None,
    });
    let entries: HashSet<NodeId> = parts.collect();
    // Many writes may reach many reads, and one another.
    let mut readers: HashMap<NodeId, Reader> = HashMap::new();
    let mut lists = HashSet::new();
    let shown = planned.iter().filter(|(_, it)| what == What::Tokens && lists.insert(edit::identity(&it.edits)));
    let mut edited: Vec<usize> = shown.flat_map(|(_, it)| it.edits.iter().map(|edit| edit.range.start())).collect();
    edited.sort_unstable();
    let is_edited = |node: NodeId| {
        let range = context.tree.range(node);
        let next = edited.get(edited.partition_point(|&start| start < range.start()));
        next.is_some_and(|&start| start < range.end())
    };
    let mut seen = HashSet::new();
    for (&write, &index) in &editors {
        let mut waiting = vec![write];
        while let Some(write) = waiting.pop() {
            if !seen.insert((index, write)) {
                continue;
            }
            // `b = a;` gives a map a second name.
            let value = context.scopes.write(write).and_then(|write| write.value);
            if let Some(alias) = value.filter(|&value| context.tree.kind(value) == Kind::Name) {
                waiting.extend(context.scopes.reaching(alias).flatten().map(|write| write.id));
            }
            if is_mentioned(context, write) {
                doubts.push((index, what.doubtful("code that authshift cannot parse")));
            }
            for &read in context.scopes.readers(write) {
                owners_of(read).for_each(|owner| groups.join(index, owner));
                if asks_for_token(context, requests, read) {
                    continue;
                }
                let reader = readers.entry(read).or_insert_with(|| {
                    let own_reads = owners_of(read).next().is_some();
                    reader(context, (&requests_at, &entries, &is_edited), read, own_reads, what)
                });
                match *reader {
                    Reader::Harmless => {}
                    // A statement that reads many values, or one value often, is named once.
                    Reader::Doubtful(node) if named.insert((index, node)) => {
                        doubts.push((index, what.doubtful(&code(context, node))));
                    }
                    Reader::Request(node) if named.insert((index, node)) => {
                        let why = reason_of(planned, &stuck, context.tree.range(read));
                        doubts.push((index, what.request(&code(context, node), why)));
                    }
                    Reader::Doubtful(_) | Reader::Request(_) => {}
                    Reader::PassedOn(next) => waiting.push(next),
                }
            }
        }
    }
    settle(planned, &mut groups, doubts, what);
}

/// Why the request around `read` is left to a person; the `stuck` ones are in the order of the text.
fn reason_of<'p>(planned: &'p [(&Call, &mut Transaction)], stuck: &[usize], read: TextRange) -> Option<&'p Reason> {
    let begins =
        |&index: &usize| planned.get(index).is_some_and(|(call, _)| call.request.range.start() <= read.start());
    let before = stuck.get(..stuck.partition_point(begins)).unwrap_or(&[]);
    let (call, transaction) = planned.get(*before.last()?)?;
    transaction.reasons.first().filter(|_| call.request.range.contains_range(read))
}

/// Whether code that was not understood mentions the variable of that assignment.
fn is_mentioned(context: Context<'_>, write: WriteId) -> bool {
    let assignment = context.scopes.write(write).map(|write| context.tree.children(write.node));
    let target = assignment.and_then(|parts| parts.first().copied());
    let binding = target.and_then(|target| context.scopes.binding(context.text, context.tree, target));
    binding.is_some_and(|binding| binding.is_opaque())
}

/// A statement as it is named in a message.
fn code(context: Context<'_>, statement: NodeId) -> String {
    format!("`{}`", super::shown(context, statement))
}

/// Whether a read stands in a request for an access token.
fn asks_for_token(context: Context<'_>, requests: &Requests, read: NodeId) -> bool {
    !requests.is_empty() && context.tree.ancestors(read).any(|outer| requests.contains_key(&outer))
}

fn reader(
    context: Context<'_>,
    (requests_at, entries, is_edited): (&Ranges, &HashSet<NodeId>, &dyn Fn(NodeId) -> bool),
    read: NodeId,
    own_reads: bool,
    what: What,
) -> Reader {
    let tree = context.tree;
    let range = tree.range(read);
    let statement = tree.statement(read);
    // A value that another assignment takes over is changed in there as well.
    let assigned = statement.filter(|&node| tree.kind(node) == Kind::Assign);
    let passed = assigned.and_then(|assignment| {
        let [target, _, value] = tree.children(assignment) else { return None };
        let as_text = matches!(tree.children(*value), [first, _, call] if *first == read
            && called_name(context.text, tree, *call).is_some_and(|name| name.eq_ignore_ascii_case("toString")));
        let joins = is_operand(context, read, *value) || as_text;
        let binding = context.scopes.binding(context.text, tree, *target)?;
        let write = binding.write_of(tree, assignment)?;
        joins.then_some(write.id)
    });
    if let Some(write) = passed {
        return Reader::PassedOn(write);
    }
    if own_reads {
        return Reader::Harmless;
    }
    // Another entry of the map.
    if let Some((_, method, [key])) = method_call(context, read)
        && (method.eq_ignore_ascii_case("get") || builtins::of(method) == Some(Of::Presence))
        && context.known_text(*key).is_some_and(|key| is_no_token(key.trim()))
        && !entry_values(context, read, *key).iter().flat_map(|values| values.iter()).any(|&value| is_edited(value))
    {
        return Reader::Harmless;
    }
    if what == What::Tokens && is_rid_of(context, read, entries) {
        return Reader::Harmless;
    }
    if requests_at.holds(range) {
        return Reader::Request(statement.unwrap_or(read));
    }
    match (statement.map(|node| tree.kind(node)), method_call(context, read)) {
        (Some(Kind::Info), _) if !passed_in(context, read) => Reader::Harmless,
        _ if what == What::Tokens && people::is_joined(context, read) => Reader::Harmless,
        // Another entry of a map that loses one.
        (_, Some((chain, method, _)))
            if ["put", "putAll"].iter().any(|known| known.eq_ignore_ascii_case(method))
                && statement == tree.parent(chain) =>
        {
            Reader::Harmless
        }
        // What it takes out need not be there.
        (_, Some((chain, method, _)))
            if matches!(builtins::changes(method), Some(Change::Remove | Change::Clear))
                && statement.is_some_and(|it| tree.kind(it) == Kind::Expression && tree.parent(chain) == Some(it)) =>
        {
            Reader::Harmless
        }
        _ => Reader::Doubtful(statement.unwrap_or(read)),
    }
}

/// Of a map that gets more under relevant keys, it is not known that all of it was taken out.
const MOST_TOLD: usize = 256;

/// Whether none of what these migrations take out of the map that is read is there any more when it is read: it was taken out,
/// or something else was put in its place.
fn is_rid_of(context: Context<'_>, read: NodeId, entries: &HashSet<NodeId>) -> bool {
    let uses = same_value(context, read);
    if entries.is_empty() || uses.elsewhere || uses.relevant().len() > MOST_TOLD {
        return false;
    }
    let puts = uses.relevant().iter().filter_map(|&call| method_call(context, call)).map(|(chain, ..)| chain);
    let literals = context.scopes.reaching(read).flatten().filter_map(|write| write.value);
    let written = literals.flat_map(|value| context.tree.descendants(value));
    let mut own = puts.chain(written).filter(|part| entries.contains(part)).peekable();
    own.peek().is_some() && own.all(|part| presence(context, part, read) != Presence::There)
}

/// Whether a map's entry of this name holds no token.
fn is_no_token(key: &str) -> bool {
    token_name(key).is_none() && !key.eq_ignore_ascii_case("authorization")
}

/// Whether the value is an argument of a function that may do something with it, as in `info thisapp.send(url);`.
fn passed_in(context: Context<'_>, read: NodeId) -> bool {
    let Context { text, tree, .. } = context;
    tree.ancestors(read).any(|node| tree.kind(node) == Kind::Call && !is_pure(text, tree, node))
}

/// Whether `read` is an operand of the text `value`, or of one in it: of a sum, a `concat`, an `if(…)`, a `trim`.
fn is_operand(context: Context<'_>, read: NodeId, value: NodeId) -> bool {
    let tree = context.tree;
    let mut node = read;
    while node != value {
        let Some(mut parent) = tree.parent(node) else { return false };
        // An argument.
        if tree.kind(parent) == Kind::Call {
            let Some(chain) = tree.parent(parent) else { return false };
            parent = chain;
        }
        let joins = context.is_sum(parent)
            || tree.kind(parent) == Kind::Paren
            || context.concatenated(parent).is_some_and(|operands| operands.contains(&node))
            || context.choices(parent).is_some_and(|choices| choices.contains(&node))
            || context.passed_on(parent).is_some_and(|(text, _)| text == node);
        if !joins {
            return false;
        }
        node = parent;
    }
    true
}

/// How many reasons a transaction has at most: each of the requests that share a value reports those of all.
const MOST_REASONS: usize = 16;

/// Whose transaction it is about, what it makes of it, and why.
type Doubt = (usize, (Applicability, Reason));

fn settle(planned: &mut [(&Call, &mut Transaction)], groups: &mut Groups, doubts: Vec<Doubt>, what: What) {
    let mut members: Vec<(u32, u32)> =
        (0..planned.len()).map(|index| (groups.root(index) as u32, index as u32)).collect();
    members.sort_unstable();
    let mut doubts_of: HashMap<usize, Vec<(Applicability, Reason)>> = HashMap::new();
    for (index, doubt) in doubts {
        doubts_of.entry(groups.root(index)).or_default().push(doubt);
    }
    for members in members.chunk_by(|(root, _), (other, _)| root == other) {
        let root = members.first().map_or(0, |&(root, _)| root as usize);
        let members = || members.iter().map(|&(_, index)| index as usize);
        let doubts = doubts_of.remove(&root).unwrap_or_default();
        if members().count() == 1 && doubts.is_empty() {
            continue;
        }
        let all = members().filter_map(|index| planned.get(index)).map(|(_, transaction)| transaction.applicability);
        let worst = all.chain(doubts.iter().map(|&(applicability, _)| applicability)).max();
        let mut worst = worst.unwrap_or(Applicability::Safe);
        // What would be assumed says nothing of why a person has to do it.
        let matters = |applicability: Applicability| worst != Applicability::Manual || applicability == worst;
        let mut reasons: Vec<Reason> = Vec::new();
        let mut seen = HashSet::new();
        let mut last = Edits::default();
        let mut edits: Vec<Edit> = Vec::new();
        for index in members() {
            let Some((_, transaction)) = planned.get_mut(index) else { continue };
            let own = std::mem::take(&mut transaction.reasons);
            if matters(transaction.applicability) {
                reasons.extend(own.iter().filter(|&reason| seen.insert(Reason::clone(reason))).cloned());
            }
            let own = std::mem::take(&mut transaction.edits);
            // Those of a shared value were taken with the one before, nearly always; so what there is stays sorted.
            let is_taken = |edit: &&Edit| {
                let at = last.binary_search_by_key(&edit.range, |edit| edit.range);
                at.is_ok_and(|at| last.get(at) == Some(*edit))
            };
            edits.extend(own.iter().filter(|edit| !is_taken(edit)).cloned());
            last = own;
        }
        for (applicability, reason) in doubts {
            if matters(applicability) && seen.insert(reason.clone()) {
                reasons.push(reason);
            }
        }
        if what == What::Addresses {
            // One use is enough to keep an address, and a value that has many is read by many.
            reasons.drain(..reasons.len().saturating_sub(1));
        }
        if let Some(more) = reasons.len().checked_sub(MOST_REASONS).filter(|&more| more > 0) {
            reasons.truncate(MOST_REASONS);
            reasons.push(Reason::new(Code::Shared, format!("the same is true of {more} other uses")));
        }
        edit::sort(&mut edits);
        edits.dedup();
        if edits.windows(2).any(|pair| matches!(pair, [a, b] if a.range.intersects(b.range))) {
            worst = Applicability::Manual;
            reasons.push(Reason::new(Code::Overlap, what.conflict()));
        }
        let edits = if worst == Applicability::Manual { Vec::new() } else { connection::merge_touching(edits) };
        let (edits, reasons) = (Edits::from(edits), Arc::from(reasons));
        for index in members() {
            let Some((_, transaction)) = planned.get_mut(index) else { continue };
            transaction.applicability = worst;
            transaction.reasons = Arc::clone(&reasons);
            transaction.edits = Arc::clone(&edits);
            if worst == Applicability::Manual {
                transaction.removed = Arc::default();
            }
        }
    }
}

/// Which transactions belong together.
pub(crate) struct Groups(Vec<usize>);

impl Groups {
    /// Each is a group of its own.
    pub(crate) fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    /// The first one of the group.
    pub(crate) fn root(&mut self, mut index: usize) -> usize {
        while let Some(&parent) = self.0.get(index) {
            if parent == index {
                break;
            }
            // Halving the path keeps later look-ups short.
            let grand = self.0.get(parent).copied().unwrap_or(parent);
            if let Some(own) = self.0.get_mut(index) {
                *own = grand;
            }
            index = grand;
        }
        index
    }

    /// Makes one group of those of the two.
    pub(crate) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(parent) = self.0.get_mut(a.max(b)) {
            *parent = a.min(b);
        }
    }
}
