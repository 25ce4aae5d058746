//! Putting a Connection into a manifest: where, whether the extension toolkit would take it, and the edits.

use std::collections::{HashMap, HashSet};

use super::edits::{self, Item};
use super::layout::{self, Layout};
use super::service::{AUTHORISATION, LISTS, Service, ZOHO_OAUTH, is_zohos, service};
use super::value::Value;
use super::{EntryList, Refusal, connection, entries_of, parse};
use crate::deluge::{Document, Kind, LINK_NAME, NodeId, parse_manifest};
use crate::text::edit::{Edit, EditSet};
use crate::text::source::Source;

/// Why a Connection is not added: `LINE:COLUMN: MESSAGE` in one of the two files.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AddError {
    /// In the Connection's JSON.
    #[error("{0}")]
    Connection(String),
    /// In the manifest.
    #[error("{0}")]
    Manifest(String),
    /// The new text is not what was promised; it was thrown away.
    #[error("internal check failed ({0}); the file was not changed. Please report this")]
    Unsound(&'static str),
}

/// A manifest with a Connection in it.
#[derive(Debug)]
pub struct Added {
    /// The new text; the old one when the Connection was in it already, just so.
    pub text: String,
    /// What a person should know, a sentence each.
    pub notes: Vec<String>,
}

/// Puts the Connection of `connection` into `manifest`: where its `service` calls for it, or in the place of the entry with
/// the same LinkName. Needs a stack of [`crate::deluge::STACK_BYTES`] for deep nesting.
///
/// # Errors
/// Every [`AddError`]: a file that is not understood, or a result that the extension toolkit would refuse.
pub fn add(manifest: &Source, connection: &Source) -> Result<Added, AddError> {
    let shown = parse(connection).map_err(AddError::Connection)?;
    let wrong_connection = |refusal: Refusal| AddError::Connection(refusal.placed(connection));
    let (entry, offset) = connection::read(&shown).map_err(wrong_connection)?;
    let document = parse(manifest).map_err(AddError::Manifest)?;
    let plan = Plan::of(&document, entry).map_err(|failure| match failure {
        Failure::Manifest(refusal) => AddError::Manifest(refusal.placed(manifest)),
        Failure::Connection(message) => wrong_connection(Refusal { offset, message }),
    })?;
    let mut text = manifest.text().to_owned();
    // What goes first, then what comes: an insertion must not touch a deletion.
    for step in [Plan::take_out, Plan::put_in] {
        let document = parse_manifest(&text).map_err(|_| AddError::Unsound("it does not parse"))?;
        let mut edits = EditSet::new();
        if !edits.accept(&step(&plan, &document)) {
            return Err(AddError::Unsound("two edits were in each other's way"));
        }
        text = edits.apply(&text).ok_or(AddError::Unsound("an edit did not fit the text"))?;
    }
    plan.verify(&document, &text)?;
    Ok(Added { text, notes: plan.notes })
}

/// What is wrong, with which of the two files.
enum Failure {
    Manifest(Refusal),
    Connection(String),
}

struct Plan {
    /// As it is to stand in the manifest.
    entry: Value,
    link: String,
    place: EntryList,
    notes: Vec<String>,
}

impl Plan {
    fn of(document: &Document<'_>, entry: Value) -> Result<Self, Failure> {
        let tree = document.tree();
        let wrong =
            |node: NodeId, message: String| Failure::Manifest(Refusal { offset: tree.range(node).start(), message });
        let root = document.root().unwrap_or(tree.root());
        if tree.kind(root) != Kind::Brace {
            return Err(wrong(root, "a manifest is an object: { … }".to_owned()));
        }
        let Some(product) = document.text_of(root, "service") else {
            let at = document.get(root, "service").unwrap_or(root);
            return Err(wrong(at, "the manifest does not say its \"service\", such as \"DESK\"".to_owned()));
        };
        let service = service(&product);
        for (key, kind, word) in [(service.list, Kind::List, "an array"), (AUTHORISATION, Kind::Brace, "an object")] {
            if let Some(node) = document.get(root, key).filter(|&node| tree.kind(node) != kind) {
                return Err(wrong(node, format!("{key:?} must be {word}")));
            }
        }
        let link = entry.link_name().unwrap_or_default().to_owned();
        let own: Vec<(EntryList, NodeId)> = entries_of(document, &link).collect();
        if let [_, (_, again), ..] = own.as_slice() {
            return Err(wrong(*again, format!("the manifest has the Connection {link} twice; remove one first")));
        }
        let place = place(service, &entry, own.first().map(|(place, _)| *place));
        let mut plan = Self { entry, link, place, notes: Vec::new() };
        match place {
            EntryList::Authorisation => plan.authorise(document, root, service)?,
            EntryList::List(key) => {
                let list = document.get(root, key).map(|list| document.values(list)).unwrap_or_default();
                let others: Vec<Value> = list.iter().map(|&value| Value::of(document, value)).collect();
                let others: Vec<&Value> = others.iter().filter(|one| one.link_name() != Some(&plan.link)).collect();
                refuse("the extension toolkit would refuse it", &service.refusals(&plan.entry, &others))?;
                if service.authorises && is_zohos(&plan.entry) {
                    plan.notes.push(format!(
                        "it stays in {key:?}; Zoho's guide puts a Connection to Zoho's own services into {AUTHORISATION:?}"
                    ));
                }
                if !service.documented {
                    plan.notes.push(format!(
                        "Zoho documents no place for Connections in the manifest of a {product} extension; authshift puts it into {key:?}"
                    ));
                }
            }
        }
        Ok(plan)
    }

    /// [`AUTHORISATION`] is one object, with a `type` beside what Zoho shows of the Connection.
    fn authorise(&mut self, document: &Document<'_>, root: NodeId, service: &Service) -> Result<(), Failure> {
        if let Some(holder) = document.member(root, AUTHORISATION) {
            let held = Value::of(document, holder.value);
            let free = held.members().iter().all(|(key, value)| key == "type" && is_connectors(value));
            if held.link_name() != Some(&self.link) && !free {
                let what =
                    held.link_name().map_or("something else".to_owned(), |other| format!("the Connection {other}"));
                let message = format!(
                    "{AUTHORISATION:?} holds {what} and has room for one Connection; give that one all the scopes, or remove it first"
                );
                return Err(Failure::Manifest(Refusal { offset: holder.key_range.start(), message }));
            }
        }
        refuse("it is not complete", &service.authorisation_refusals(&self.entry))?;
        if let Value::Object(members) = &mut self.entry {
            match members.iter().find(|(key, _)| key == "type") {
                None => members.insert(0, ("type".to_owned(), Value::Text("connectors".to_owned()))),
                Some((_, value)) if is_connectors(value) => {}
                Some(_) => {
                    let message = "the type of a Connection in a manifest is \"connectors\"".to_owned();
                    return Err(Failure::Connection(message));
                }
            }
        }
        let name = self.entry.text("serviceName").unwrap_or_default();
        if name != ZOHO_OAUTH {
            self.notes.push(format!(
                "the extension toolkit (1.0.24) takes no serviceName but {ZOHO_OAUTH:?} in {AUTHORISATION:?}, although a sample of Zoho's has \"zoho_desk\" there; should `zet validate` refuse {name:?}, make the Connection with the service Zoho OAuth"
            ));
        }
        Ok(())
    }

    /// What the old entry has and the new one does not goes, and what differs is replaced. An entry at another place goes
    /// whole.
    fn take_out(&self, document: &Document<'_>) -> Vec<Edit> {
        let tree = document.tree();
        let Some((there, object)) = entries_of(document, &self.link).next() else { return Vec::new() };
        if there != self.place {
            return match (there, tree.parent(object)) {
                (EntryList::List(_), Some(list)) => edits::remove(document, list, &[object]),
                _ => edits::remove(document, object, tree.children(object)),
            };
        }
        let layout = Layout::of(document, tree.parent(object));
        let wanted: HashMap<&str, &Value> =
            self.entry.members().iter().map(|(key, value)| (key.as_str(), value)).collect();
        let mut edits = Vec::new();
        let mut gone = Vec::new();
        for member in document.members(object) {
            let found = Value::of(document, member.value);
            match (wanted.get(member.key.as_str()), &found) {
                (None, _) => gone.push(member.node),
                (Some(wanted), found) if wanted.says(found) => {}
                (Some(Value::Array(wanted)), Value::Array(_)) => {
                    let wanted: HashSet<&Value> = wanted.iter().collect();
                    let values = document.values(member.value).iter().copied();
                    let old: Vec<NodeId> =
                        values.filter(|&node| !wanted.contains(&Value::of(document, node))).collect();
                    edits.extend(edits::remove(document, member.value, &old));
                }
                (Some(wanted), _) => {
                    let indent = layout::line_indent(document.text(), member.key_range.start());
                    edits.push(Edit::replace(tree.range(member.value), layout.value(wanted, indent)));
                }
            }
        }
        edits.extend(edits::remove(document, object, &gone));
        edits
    }

    /// What is missing comes in: members, scopes, or the whole entry.
    fn put_in(&self, document: &Document<'_>) -> Vec<Edit> {
        let Some(root) = document.root() else { return Vec::new() };
        let own = entries_of(document, &self.link).next().map(|(_, object)| object);
        let get = |key: &str| document.get(root, key);
        let (key, value) = match (own, self.place) {
            (Some(object), _) => return self.complete(document, object),
            (None, EntryList::Authorisation) => match get(AUTHORISATION) {
                Some(object) => return self.complete(document, object),
                None => (AUTHORISATION, self.entry.clone()),
            },
            (None, EntryList::List(key)) => match get(key) {
                Some(list) => {
                    let layout = Layout::of(document, Some(list));
                    let item: Item<'_> = Box::new(|indent| layout.value(&self.entry, indent));
                    return edits::append(document, list, &layout, &[item]);
                }
                None => (key, Value::Array(vec![self.entry.clone()])),
            },
        };
        let layout = Layout::of(document, None);
        let item: Item<'_> = Box::new(|indent| layout.member(key, &value, indent));
        edits::append(document, root, &layout, &[item])
    }

    /// Members and scopes that an entry lacks.
    fn complete(&self, document: &Document<'_>, object: NodeId) -> Vec<Edit> {
        let layout = Layout::of(document, Some(object));
        let there: HashMap<String, NodeId> =
            document.members(object).map(|member| (member.key, member.value)).collect();
        let mut edits = Vec::new();
        let mut missing: Vec<Item<'_>> = Vec::new();
        for (key, wanted) in self.entry.members() {
            let Some(&node) = there.get(key) else {
                missing.push(Box::new(|indent| layout.member(key, wanted, indent)));
                continue;
            };
            if let (Value::Array(wanted), Value::Array(found)) = (wanted, Value::of(document, node)) {
                let found: HashSet<Value> = found.into_iter().collect();
                let new = wanted.iter().filter(|value| !found.contains(value));
                let new: Vec<Item<'_>> =
                    new.map(|value| -> Item<'_> { Box::new(|indent| layout.value(value, indent)) }).collect();
                edits.extend(edits::append(document, node, &layout, &new));
            }
        }
        edits.extend(edits::append(document, object, &layout, &missing));
        edits
    }

    /// The Connection is in the new text, once and as it should be, and all else is as it was.
    fn verify(&self, before: &Document<'_>, text: &str) -> Result<(), AddError> {
        let after = parse_manifest(text).map_err(|_| AddError::Unsound("it does not parse"))?;
        let own: Vec<NodeId> = entries_of(&after, &self.link).map(|(_, object)| object).collect();
        if !matches!(own.as_slice(), [only] if Value::of(&after, *only).says(&self.entry)) {
            return Err(AddError::Unsound("the Connection would not be in it as it should"));
        }
        if rest(before, &self.link) != rest(&after, &self.link) {
            return Err(AddError::Unsound("something else would change"));
        }
        let comments = |document: &Document<'_>| document.tree().comments().len();
        if comments(before) != comments(&after) {
            return Err(AddError::Unsound("a comment would be lost"));
        }
        Ok(())
    }
}

/// An entry stays where it is, unless the toolkit would refuse it there.
fn place(service: &Service, entry: &Value, there: Option<EntryList>) -> EntryList {
    match there {
        Some(EntryList::List(key)) if !(service.authorises && entry.text("serviceName") == Some(ZOHO_OAUTH)) => {
            EntryList::List(key)
        }
        _ if service.authorises && is_zohos(entry) => EntryList::Authorisation,
        _ => EntryList::List(service.list),
    }
}

fn is_connectors(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text == "connectors")
}

fn refuse(what: &str, reasons: &[String]) -> Result<(), Failure> {
    if reasons.is_empty() {
        return Ok(());
    }
    Err(Failure::Connection(format!("{what}: {}", reasons.join("; "))))
}

/// The manifest without the entries of that LinkName, and without places that are empty then.
fn rest(document: &Document<'_>, link: &str) -> Vec<(String, Value)> {
    let mut root = document.root().map(|root| Value::of(document, root));
    let Some(Value::Object(members)) = &mut root else { return Vec::new() };
    members.retain_mut(|(key, value)| match value {
        Value::Array(values) if LISTS.contains(&key.as_str()) => {
            values.retain(|value| value.link_name() != Some(link));
            !values.is_empty()
        }
        // Before, it may have held the type alone.
        Value::Object(members) if key == AUTHORISATION => {
            let own = members.iter().any(|(key, value)| key == LINK_NAME && value == &Value::Text(link.to_owned()));
            !own && members.iter().any(|(key, _)| key != "type")
        }
        _ => true,
    });
    std::mem::take(members)
}
