//! Row E2: requests to an address that an API has left, and the edits that give them the new one.
//!
//! The address is looked for in every text that the URL may be. The words of it that changed are replaced where they
//! stand, in the request or in the assignments of its variables; what else is joined into the URL stays as it is.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use foldhash::{HashSet, HashSetExt};

use super::oauth::Requests;
use super::reason::{Code, Reason};
use super::tie::{self, What};
use super::{Manual, Transaction};
use crate::deluge::NodeId;
use crate::finding::Applicability;
use crate::requests::call::Call;
use crate::requests::flow::Context;
use crate::requests::pieces::{Flow, Leaf, PieceKind, Value, leaf_at};
use crate::requests::reaching::WriteId;
use crate::requests::request::{Form, Request};
use crate::text::edit::Edit;
use crate::text::source::TextRange;
use crate::text::words::Words;
use crate::zoho::target::split;
use crate::zoho::{self, Moved, OldAddress, UNKNOWN};

/// A request to the old address of an API that moved.
#[derive(Debug)]
pub struct Relocation {
    /// What moved: once for each old address that the URL may have, in text order; never empty.
    pub moved: Vec<Moved>,
    /// Where the host stands.
    pub range: TextRange,
    /// The edits. They are made to a request that names a Connection and carries no token any more.
    pub change: Transaction,
}

/// Whether a file may hold an old address at all: it, or the URL of one of the calls, has the name of an old host.
pub fn may_hold<'c>(text: &str, mut calls: impl Iterator<Item = &'c Call>) -> bool {
    // With what follows it, since the word alone stands in tasks too: `zoho.crm.createRecord`.
    static IN_TEXT: LazyLock<Words> = LazyLock::new(|| ending(&zoho::HOST_ENDS));
    static IN_URL: LazyLock<Words> = LazyLock::new(|| ending(&["."]));
    IN_TEXT.any_in(text) || calls.any(|call| call.targets.iter().any(|target| IN_URL.any_in(&target.url)))
}

/// The names of the old hosts, each with one of these behind it.
fn ending(ends: &[&str]) -> Words {
    let all: Vec<String> =
        zoho::moved_words().flat_map(|host| ends.iter().map(move |end| format!("{host}{end}"))).collect();
    Words::new(all.iter().map(String::as_str))
}

/// Plans the new address of a call that carries a token or names a Connection; `migration` is what becomes of the token.
/// `None` when the call does neither, or goes to no old address.
pub fn plan(context: Context<'_>, call: &Call, migration: Option<&Transaction>) -> Option<Relocation> {
    let carries = call.occurrences().next().is_some();
    let hosted = !matches!(call.request.form, Form::InvokeApi | Form::Sdp);
    if !hosted || !(carries || names_connection(context, &call.request)) {
        return None;
    }
    let url = call.request.url?.value;
    let flows = context.literal_flows(url);
    let addresses: Vec<_> = flows.iter().filter(|flow| !grows(context, flow)).map(Address::of).collect();
    let seen: Vec<&Address<'_>> = addresses.iter().flatten().collect();
    let mut moved: Vec<Moved> = seen.iter().map(|address| address.moved.clone()).collect();
    // An address that is not followed to its literals may still be known as a target.
    let by_target =
        call.targets.iter().filter_map(|target| split(&target.url).and_then(|(host, path)| zoho::moved(&host, path)));
    if moved.is_empty() {
        moved.extend(by_target);
    }
    let mut known = HashSet::new();
    moved.retain(|moved| known.insert(moved.old.clone()));
    let place = seen.first().and_then(|address| address.source()).unwrap_or(context.tree.range(url));
    let mut change = Transaction::empty();
    match edits(context, &addresses) {
        Ok(parts) => parts.settle(&mut change),
        Err(Manual(reason)) => change.add_reason(reason),
    }
    if carries && let Some(migration) = migration {
        wait(&mut change, migration.applicability);
    }
    (!moved.is_empty()).then_some(Relocation { moved, range: place, change })
}

/// Ties the requests that share a part of their address; `others` are all other calls. Without `upgrade`, the key of the
/// configuration, the edits are only described.
pub fn settle(context: Context<'_>, planned: &mut [(&Call, &mut Transaction)], others: &[&Call], upgrade: bool) {
    tie::tie(context, planned, others, &Requests::new(), What::Addresses);
    for (_, change) in
        planned.iter_mut().filter(|(_, change)| !upgrade && change.applicability != Applicability::Manual)
    {
        **change =
            Transaction::manual(Code::UpgradeOff, "`upgrade-hosts = true` in authshift.toml makes `fix` change it");
    }
}

fn names_connection(context: Context<'_>, request: &Request) -> bool {
    request.connection.is_some_and(|slot| !matches!(context.known_text(slot.value).as_deref(), Some("")))
}

/// The address changes with the token or after it, never before: what the new one makes of a token is not known.
fn wait(change: &mut Transaction, token: Applicability) {
    match token {
        Applicability::Safe => {}
        _ if change.applicability == Applicability::Manual => {}
        Applicability::Unsafe => {
            change.applicability = Applicability::Unsafe;
            change.add_reason(Reason::new(Code::TokenFirst, "the token has to be removed first, which is unsafe"));
        }
        Applicability::Manual => {
            *change = Transaction::manual(Code::TokenFirst, "the token has to be removed first");
        }
    }
}

/// Whether a flow is that of `u = u + …;` in a loop: it begins like another flow of the same URL.
fn grows(context: Context<'_>, flow: &Flow) -> bool {
    let leaves = flow.leaves();
    let Some(Leaf { piece, write: Some(write), .. }) = leaves.first() else { return false };
    matches!(piece.kind, PieceKind::Opaque { .. })
        && context.scopes.reaching(piece.node).flatten().any(|reaching| reaching.id == *write)
}

/// An old address in one of the texts that a URL may be.
struct Address<'f> {
    flow: &'f Flow,
    leaves: Vec<Leaf<'f>>,
    moved: Moved,
    /// Where the host stands in the virtual text.
    host: TextRange,
    /// Where the path begins there.
    path: usize,
    /// Where the address ends there, with the version.
    end: usize,
}

impl<'f> Address<'f> {
    fn of(flow: &'f Flow) -> Option<Self> {
        let (host, path) = split(&flow.text)?;
        let moved = zoho::moved(&host, path)?;
        let (_, version) = moved.old.split_once('/')?;
        let end = flow.text.len() - path.trim_start_matches('/').len() + version.len();
        let path = flow.text.len() - path.len();
        let at = flow.text.get(..path)?.to_ascii_lowercase().rfind(&host)?;
        Some(Self { flow, leaves: flow.leaves(), moved, host: TextRange::new(at, at + host.len()), path, end })
    }

    /// The literal with the host, as far as it holds the address.
    fn source(&self) -> Option<TextRange> {
        let leaf = leaf_at(&self.leaves, self.host.start())?;
        let PieceKind::Literal(content) = leaf.piece.kind else { return None };
        let start = self.host.start() - leaf.piece.at.start();
        let end = self.end.min(leaf.piece.at.end()) - leaf.piece.at.start();
        Some(TextRange::new(content.start() + start, content.start() + end))
    }

    /// Why nothing is edited, for addresses that are not written just as they are known.
    fn odd(&self) -> Option<String> {
        let Moved { old, data_center, old_one, .. } = &self.moved;
        let text = &self.flow.text;
        if *old_one == OldAddress::Differs {
            return Some(
                "not confirmed by Zoho's documentation: whether the new address knows the same accounts; try it, then change it by hand"
                    .to_owned(),
            );
        }
        if data_center.is_none() {
            return Some("the data centre is known only at run time; change the address by hand".to_owned());
        }
        let before = text.get(..self.host.start()).unwrap_or("");
        let scheme = before.trim_start().eq_ignore_ascii_case("https://");
        let host = text.get(self.host.start()..self.path).unwrap_or("").to_ascii_lowercase();
        let address = host + text.get(self.path..).unwrap_or("");
        match address.strip_prefix(old.as_str()) {
            Some(rest) if scheme && rest.starts_with(UNKNOWN) => Some(format!(
                "what follows `{old}` is known only at run time and may be a part of the version; change the address by hand"
            )),
            Some(_) if scheme => None,
            _ => Some(format!("the address is not written as `https://{old}`; change it by hand")),
        }
    }
}

/// The edits in all texts that a URL may be.
#[derive(Default)]
struct Parts {
    /// By the range they replace.
    edits: BTreeMap<TextRange, Arc<str>>,
    edited: Vec<WriteId>,
    own_reads: Vec<NodeId>,
}

impl Parts {
    fn settle(self, change: &mut Transaction) {
        change.applicability = Applicability::Safe;
        change.edits = self.edits.into_iter().map(|(range, text)| Edit::replace(range, text)).collect();
        change.edited = self.edited.into();
        change.own_reads = self.own_reads.into();
    }

    /// Replaces the words of one address that changed; words in one literal are one edit.
    fn address(&mut self, context: Context<'_>, address: &Address<'_>) -> Result<(), Manual> {
        let Address { flow, leaves, moved, host, .. } = address;
        let mut from = 0;
        let mut last: Option<(&Leaf<'_>, Edit)> = None;
        for &(old, new) in &moved.words {
            let at = moved.old.get(from..).and_then(|rest| rest.find(old)).map_or(from, |at| from + at);
            from = at + old.len();
            let word = TextRange::new(host.start() + at, host.start() + from);
            let (leaf, source) = literal(context, leaves, word)?;
            last = Some(match last {
                Some((same, edit)) if same.piece.at == leaf.piece.at => {
                    let between = TextRange::new(edit.range.end(), source.start()).of(context.text);
                    (leaf, Edit::replace(edit.range.cover(source), format!("{}{between}{new}", edit.replacement)))
                }
                before => {
                    self.take(before)?;
                    (leaf, Edit::replace(source, new))
                }
            });
        }
        self.take(last)?;
        names(&flow.value, address.end, &mut self.own_reads);
        Ok(())
    }

    fn take(&mut self, part: Option<(&Leaf<'_>, Edit)>) -> Result<(), Manual> {
        let Some((leaf, edit)) = part else { return Ok(()) };
        self.edited.extend(leaf.write);
        let meets = |(range, text): (&TextRange, &Arc<str>)| {
            range.intersects(edit.range) && (*range != edit.range || *text != edit.replacement)
        };
        if self.edits.iter().any(meets) {
            return Err(Manual::new(
                Code::DiffersByPath,
                "the address is built differently on each path; change it by hand",
            ));
        }
        self.edits.insert(edit.range, edit.replacement);
        Ok(())
    }
}

fn edits(context: Context<'_>, addresses: &[Option<Address<'_>>]) -> Result<Parts, Manual> {
    let unseen = || {
        Manual::new(
            Code::AddressUnseen,
            "the request may also go to another address, or to one known only at run time; change it by hand",
        )
    };
    let mut parts = Parts::default();
    if addresses.is_empty() {
        return Err(unseen());
    }
    for address in addresses {
        let address = address.as_ref().ok_or_else(unseen)?;
        match address.odd() {
            Some(reason) => return Err(Manual::new(Code::AddressUnseen, reason)),
            None => parts.address(context, address)?,
        }
    }
    Ok(parts)
}

/// The literal that holds a word of the address, and the word's place in the source.
fn literal<'l, 'f>(
    context: Context<'_>,
    leaves: &'l [Leaf<'f>],
    word: TextRange,
) -> Result<(&'l Leaf<'f>, TextRange), Manual> {
    let torn = || Manual::new(Code::AddressInUse, "the address is joined in the middle of a word; change it by hand");
    let leaf = leaf_at(leaves, word.start()).filter(|leaf| leaf.piece.at.contains_range(word)).ok_or_else(torn)?;
    let PieceKind::Literal(content) = leaf.piece.kind else { return Err(torn()) };
    if !context.text_of(leaf.piece.node).starts_with(['"', '\'']) {
        return Err(Manual::new(
            Code::Malformed,
            "a text of the address is in typographic quotes; replace them with straight ones first",
        ));
    }
    if leaves.iter().filter(|other| other.piece.node == leaf.piece.node).count() > 1 {
        return Err(Manual::new(
            Code::AddressInUse,
            "a part of the address is also used in another part of the URL; change it by hand",
        ));
    }
    let start = content.start() + (word.start() - leaf.piece.at.start());
    Ok((leaf, TextRange::new(start, start + word.len())))
}

/// The reads of variables that bring something to the first `end` bytes of the virtual text.
fn names(value: &Value, end: usize, out: &mut Vec<NodeId>) {
    for piece in value.pieces.iter().filter(|piece| piece.at.start() < end) {
        match &piece.kind {
            PieceKind::Group(inner) | PieceKind::Filled(inner, _) => names(inner, end, out),
            PieceKind::Variable { value, .. } => {
                out.push(piece.node);
                names(value, end, out);
            }
            _ => {}
        }
    }
}
