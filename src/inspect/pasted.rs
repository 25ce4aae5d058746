//! Secrets of OAuth written into the code: client secrets, refresh tokens, access tokens. They are found by what they are
//! sent as, by the names they stand under, and by the shape that Zoho gives its tokens.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet};

use super::hardcoded::{Literals, Seen, is_foreign, trace};
use super::strays::governing_host;
use super::{Concern, Inspection};
use crate::census::names::{SecretKind, behind_names, secret_name};
use crate::deluge::{Kind, NodeId};
use crate::finding::Applicability;
use crate::migrate::dead;
use crate::requests::bindings::{plain_string, string_content};
use crate::requests::call::Call;
use crate::requests::chain::method_call;
use crate::requests::flow::Context;
use crate::requests::params::{ParamContext, json_members_named, params_named};
use crate::text::edit::Edits;
use crate::text::secret::{is_oauth_shaped, is_placeholder, shapes};
use crate::text::source::TextRange;
use crate::zoho::target::Owner;

/// Whose secret it is, the surest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Vendor {
    /// It is sent to Zoho, or has the shape of Zoho's tokens.
    Zoho,
    /// It is only sent to somebody else.
    Other,
    /// Where it goes cannot be seen.
    Unseen,
}

/// A secret written into the code.
#[derive(Debug)]
pub struct Pasted {
    /// The value, without quotes.
    pub range: TextRange,
    /// What it is.
    pub secret: SecretKind,
    /// Whose it is.
    pub vendor: Vendor,
    /// Whether it leaves the code with the safe, or also the unsafe, migrations.
    pub applicability: Applicability,
    /// The statement it stands in.
    statement: Option<NodeId>,
}

/// What request parameters are secrets.
const FIELDS: &[&str] = &["client_secret", "refresh_token"];

/// Secrets without the statement they stand in, by place.
#[derive(Default)]
struct PastedSecrets(BTreeMap<TextRange, (SecretKind, Vendor)>);

impl PastedSecrets {
    /// Notes a value that stands where a secret does, unless it is none.
    fn note(&mut self, text: &str, range: TextRange, secret: SecretKind, vendor: Vendor) {
        let whole = range.of(text);
        let lead = whole.len() - whole.trim_start().len();
        let value = whole.trim();
        let range = TextRange::new(range.start() + lead, range.start() + lead + value.len());
        if is_placeholder(value) || value.contains("://") {
            return;
        }
        let vendor = if is_oauth_shaped(value) { Vendor::Zoho } else { vendor };
        let known = self.0.entry(range).or_insert((secret, vendor));
        *known = (known.0.min(secret), known.1.min(vendor));
    }
}

impl Inspection<'_> {
    /// Finds every secret of OAuth that is written into the code.
    pub(super) fn find_pasted(&mut self, others: &[Box<Call>]) {
        let context = self.context;
        let mut found = PastedSecrets::default();
        let calls = || self.concerns.iter().map(|concern| &concern.call).chain(others).map(|call| &**call);
        sent(context, calls(), &mut found);
        in_headers(context, &self.concerns, &mut found);
        let mut vendors: HashMap<NodeId, Vendor> = HashMap::new();
        for call in calls() {
            for &node in call.carriers.claimed.iter() {
                let vendor = vendors.entry(node).or_insert(Vendor::Unseen);
                *vendor = (*vendor).min(vendor_of(call));
            }
        }
        if !self.secrets_named.is_empty() || context.text.contains(PREFIX) {
            named(context, others, &mut found);
            in_tree(context, &vendors, &mut found);
            for &range in context.tree.comments().iter().chain(context.tree.opaque()).chain(context.tree.markup()) {
                in_words(context.text, range, &mut found);
            }
        }
        if found.0.is_empty() {
            return;
        }
        let strings = string_starts(context);
        for (range, (secret, vendor)) in found.0 {
            if self.pasted.last().is_some_and(|last| last.range.intersects(range)) {
                continue;
            }
            let statement = strings.range(..=range.start()).next_back().map(|(_, &node)| node);
            let statement = statement.filter(|&node| context.tree.range(node).contains_range(range));
            let statement = statement.and_then(|node| context.tree.statement(node));
            self.pasted.push(Pasted { range, secret, vendor, applicability: Applicability::Manual, statement });
        }
        // A client secret has the shape of an authtoken: what is known as the one is not the other.
        let known: HashSet<usize> = self.pasted.iter().map(|pasted| pasted.range.start()).collect();
        self.hardcoded.retain(|hardcoded| !known.contains(&hardcoded.range.start()));
    }

    /// Tells which secrets leave the code, once it is known which statements do.
    pub(super) fn settle_pasted(&mut self, safe: &HashSet<NodeId>, all: &HashSet<NodeId>) {
        let mut pasted = std::mem::take(&mut self.pasted);
        for pasted in &mut pasted {
            pasted.applicability = match pasted.statement {
                Some(node) if safe.contains(&node) => Applicability::Safe,
                Some(node) if all.contains(&node) => Applicability::Unsafe,
                _ => self.around_header(pasted.range).map_or(Applicability::Manual, |it| it.applicability),
            };
        }
        self.pasted = pasted;
    }

    /// The edits with which a secret leaves the code. `dead` are the statements that go at its applicability.
    pub fn edits_of(&self, pasted: &Pasted, dead: &HashSet<NodeId>) -> Option<Edits> {
        match pasted.statement.filter(|node| dead.contains(node)) {
            Some(statement) => Some(dead::remove(self.context, &[statement]).into()),
            None => self.around_header(pasted.range).map(|transaction| Arc::clone(&transaction.edits)),
        }
    }
}

fn vendor_of(call: &Call) -> Vendor {
    match call.owner() {
        Owner::Zoho => Vendor::Zoho,
        Owner::Other => Vendor::Other,
        Owner::Unseen => Vendor::Unseen,
    }
}

/// The string nodes of the file, by where they start.
fn string_starts(context: Context<'_>) -> BTreeMap<usize, NodeId> {
    let tree = context.tree;
    let strings = tree.of_kind(Kind::String);
    strings.map(|node| (tree.range(node).start(), node)).collect()
}

/// What requests send as secrets, followed to where it is written.
fn sent<'c>(context: Context<'_>, calls: impl Iterator<Item = &'c Call>, found: &mut PastedSecrets) {
    let mut seen: HashMap<&str, Seen> = HashMap::new();
    for call in calls {
        let vendor = vendor_of(call);
        for field in call.carriers.fields.iter().filter(|field| FIELDS.contains(&field.name)) {
            let secret =
                if field.name == "client_secret" { SecretKind::ClientSecret } else { SecretKind::RefreshToken };
            if let Some(literal) = field.literal {
                found.note(context.text, literal, secret, vendor);
            }
            let mut literals = Literals::default();
            let way = match vendor {
                Vendor::Zoho => "zoho",
                _ => "other",
            };
            let seen = seen.entry(way).or_default();
            field.values.iter().for_each(|&value| trace(context, value, seen, &mut literals));
            let whole = literals.whole.iter();
            for range in whole.filter_map(|&(literal, _)| string_content(context.text, context.tree, literal)) {
                // The name of a setting is followed to where it is written as well.
                if is_random(range.of(context.text)) {
                    found.note(context.text, range, secret, vendor);
                }
            }
        }
    }
}

/// What stands in a header as an access token, or is written where that comes from.
fn in_headers(context: Context<'_>, concerns: &[Concern], found: &mut PastedSecrets) {
    for occurrence in concerns.iter().flat_map(|concern| concern.call.occurrences()) {
        let Some(access) = occurrence.access.as_ref().filter(|_| occurrence.surely_zohos) else { continue };
        let written = access.unproven.iter().filter_map(|&node| string_content(context.text, context.tree, node));
        for content in written {
            // `Zoho-oauthtoken abc`: the token is what follows the word.
            let text = content.of(context.text).trim_end();
            let word = text.rsplit(' ').next().unwrap_or("");
            let end = content.start() + text.len();
            if is_random(word) {
                let range = TextRange::new(end - word.len(), end);
                found.note(context.text, range, SecretKind::AccessToken, Vendor::Zoho);
            }
        }
    }
}

/// Variables that are called after a secret.
fn named(context: Context<'_>, others: &[Box<Call>], found: &mut PastedSecrets) {
    for scope in context.scopes.iter() {
        for (name, binding) in scope.iter() {
            let Some((secret, exact)) = secret_name(name) else { continue };
            for value in binding.writes.iter().filter_map(|write| write.value) {
                let Some(range) = string_content(context.text, context.tree, value) else { continue };
                if is_meant(secret, exact, range.of(context.text)) {
                    let foreign = is_foreign(context, scope.node, name, others, 0);
                    found.note(context.text, range, secret, if foreign { Vendor::Other } else { Vendor::Unseen });
                }
            }
        }
    }
}

/// Entries of maps that are called after a secret, and strings that hold one. `vendors` knows those that requests send.
fn in_tree(context: Context<'_>, vendors: &HashMap<NodeId, Vendor>, found: &mut PastedSecrets) {
    let Context { text, tree, .. } = context;
    let vendor = |node: NodeId| vendors.get(&node).copied().unwrap_or(Vendor::Unseen);
    for node in tree.descendants(tree.root()) {
        let pair = match tree.kind(node) {
            Kind::Entry => <[NodeId; 2]>::try_from(tree.children(node)).ok().map(|pair| (node, pair)),
            Kind::Name => method_call(context, node)
                .and_then(|(chain, _, arguments)| <[NodeId; 2]>::try_from(arguments).ok().map(|pair| (chain, pair))),
            Kind::String => {
                in_string(context, node, vendor(node), found);
                None
            }
            _ => None,
        };
        let Some((node, [key, value])) = pair else { continue };
        let name = plain_string(text, tree, key).and_then(secret_name);
        if let (Some((secret, exact)), Some(range)) = (name, string_content(text, tree, value))
            && is_meant(secret, exact, range.of(text))
        {
            found.note(text, range, secret, vendor(node));
        }
    }
}

/// Secrets in a text: tokens of Zoho's shape, parameters of a query, members of a JSON text.
fn in_string(context: Context<'_>, string: NodeId, vendor: Vendor, found: &mut PastedSecrets) {
    let Some(content) = string_content(context.text, context.tree, string) else { return };
    let text = content.of(context.text);
    let at = |range: TextRange| TextRange::new(content.start() + range.start(), content.start() + range.end());
    for (start, end) in oauth_shapes(text) {
        let before = text.get(..start).unwrap_or("");
        if !before.ends_with("code=") && !is_code(context, string) {
            let header = before.trim_end().to_ascii_lowercase().ends_with("oauthtoken");
            let secret = if header { SecretKind::AccessToken } else { SecretKind::Token };
            found.note(context.text, at(TextRange::new(start, end)), secret, Vendor::Zoho);
        }
    }
    let params = params_named(text, ParamContext::Loose, FIELDS).into_iter().chain(json_members_named(text, FIELDS));
    for param in params {
        let client = param.name.of(text).eq_ignore_ascii_case("client_secret");
        let secret = if client { SecretKind::ClientSecret } else { SecretKind::RefreshToken };
        let host = governing_host(text.get(..param.name.start()).unwrap_or(""));
        let vendor = match host {
            Owner::Zoho => Vendor::Zoho,
            Owner::Other => Vendor::Other,
            Owner::Unseen => vendor,
        };
        found.note(context.text, at(param.value), secret, vendor);
    }
}

/// Where runs with the shape of Zoho's OAuth tokens stand.
fn oauth_shapes(text: &str) -> impl Iterator<Item = (usize, usize)> {
    shapes(text).into_iter().filter(|&(start, end)| text.get(start..end).is_some_and(is_oauth_shaped))
}

/// Whether a string is a one-time code, which was worth something for minutes.
fn is_code(context: Context<'_>, string: NodeId) -> bool {
    let tree = context.tree;
    tree.parent(string).is_some_and(|parent| match tree.children(parent) {
        [key, value] if *value == string && matches!(tree.kind(parent), Kind::Entry | Kind::Call) => {
            plain_string(context.text, tree, *key).is_some_and(|key| key.eq_ignore_ascii_case("code"))
        }
        _ => false,
    })
}

/// Secrets in a comment, in markup, in code that was not understood.
fn in_words(text: &str, region: TextRange, found: &mut PastedSecrets) {
    let words = region.of(text);
    let at = |start: usize, end: usize| TextRange::new(region.start() + start, region.start() + end);
    for (start, end) in oauth_shapes(words) {
        let before = words.get(..start).unwrap_or("").trim_ascii_end().as_bytes();
        let word = before.get(before.len().saturating_sub("oauthtoken".len())..).unwrap_or_default();
        let is_access = word.eq_ignore_ascii_case(b"oauthtoken");
        let secret = if is_access { SecretKind::AccessToken } else { SecretKind::Token };
        found.note(text, at(start, end), secret, Vendor::Zoho);
    }
    for (start, end, secret) in behind_names(words) {
        let value = words.get(start..end).unwrap_or("");
        // `thisapp.variables.secret1` is code.
        if is_random(value) && (!value.contains('.') || value.starts_with("eyJ")) {
            found.note(text, at(start, end), secret, Vendor::Unseen);
        }
    }
}

/// What the tokens begin with that Zoho's servers give out.
const PREFIX: &str = "1000.";

/// Whether a value under a secret's name is meant to be one: other vendors' access tokens, which are good for an hour, are
/// left alone, and so is what stands under a longer name and does not look like a secret.
fn is_meant(secret: SecretKind, exact: bool, value: &str) -> bool {
    if secret == SecretKind::AccessToken { is_oauth_shaped(value.trim()) } else { exact || is_random(value) }
}

/// Long enough for a secret, one word, with a digit in it.
fn is_random(value: &str) -> bool {
    value.len() >= 16 && !value.contains(char::is_whitespace) && value.bytes().any(|byte| byte.is_ascii_digit())
}
