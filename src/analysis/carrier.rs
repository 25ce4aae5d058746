//! Where a request carries an authtoken: a parameter of a text (query string, form body), an entry of a map, a header.

use std::collections::HashSet;

use crate::source::TextRange;
use crate::syntax::{Kind, NodeId};
use crate::zoho::UNKNOWN;

use super::bindings::{called_name, plain_string, string_content};
use super::flow::{Context, Flow, Piece, PieceKind, Value};
use super::request::{Request, Slot};

/// The part of the request that carries the token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carrier {
    /// The URL's query string.
    Query,
    /// `parameters`, `body`, the body argument.
    Parameters,
    /// A header.
    Headers,
}

/// A parameter in a virtual text, as byte ranges of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Param {
    /// The name, without the `=`.
    pub name: TextRange,
    /// The value: up to the next `&` or `#`, or one operand when the literal ends at the `=`.
    pub value: TextRange,
    /// Whether `?`, `&`, the start of the text or a value that cannot be seen stands before the name. Otherwise the name
    /// is found in a place where no query parameter stands, and nothing is edited.
    pub regular: bool,
}

/// Where in the code the token is put into the request.
#[derive(Clone, Debug)]
pub enum Site {
    /// In the text of an attribute or argument, perhaps through variables.
    Text {
        /// Whose text.
        slot: Slot,
        /// Where in its virtual text.
        param: Param,
    },
    /// An entry of a map literal that stands in the request itself.
    Entry {
        /// Whose map.
        slot: Slot,
        /// The map literal.
        map: NodeId,
        /// The entry.
        entry: NodeId,
    },
    /// In another statement, in a way that is not followed yet.
    Elsewhere,
}

/// One token in one request.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// Which part of the request.
    pub carrier: Carrier,
    /// From the parameter's name (or the entry's key) to the end of its value, in the source.
    pub range: TextRange,
    /// Where it stands.
    pub site: Site,
    /// The expressions that yield the token.
    pub tokens: Vec<NodeId>,
    /// The token itself, where it is written here.
    pub literal: Option<TextRange>,
    /// Whether the name is spelt with an underscore: many vendors have an `auth_token`.
    pub underscore: bool,
}

/// The occurrences of one request, and every string literal that was looked at for it.
#[derive(Default, Debug)]
pub struct Carriers {
    /// In text order.
    pub occurrences: Vec<Occurrence>,
    /// String nodes that belong to the request, directly or through variables.
    pub strings: HashSet<NodeId>,
    /// `put` statements' chains and entries that belong to it.
    pub entries: HashSet<NodeId>,
}

/// Finds the tokens that `request` carries.
pub fn carriers(context: Context<'_>, request: &Request) -> Carriers {
    let mut search = Search { context, found: Carriers::default(), followed: HashSet::new() };
    if let Some(slot) = request.url {
        search.text(Carrier::Query, slot);
    }
    for &slot in &request.bodies {
        search.followed.clear();
        search.text(Carrier::Parameters, slot);
        search.followed.clear();
        search.map(Carrier::Parameters, slot, slot.value, true);
    }
    for &slot in &request.headers {
        search.followed.clear();
        search.map(Carrier::Headers, slot, slot.value, true);
    }
    search.found.occurrences.sort_by_key(|occurrence| (occurrence.range.start(), occurrence.range.end()));
    search.found.occurrences.dedup_by_key(|occurrence| occurrence.range);
    search.found
}

struct Search<'a> {
    context: Context<'a>,
    found: Carriers,
    followed: HashSet<NodeId>,
}

impl Search<'_> {
    fn text(&mut self, carrier: Carrier, slot: Slot) {
        let flow = self.context.flow(slot.value);
        for param in params(&flow.text) {
            let occurrence = occurrence(self.context, carrier, &flow, param, Site::Text { slot, param });
            self.found.occurrences.push(occurrence);
        }
        self.json(carrier, &flow);
        self.follow(carrier, &flow.value);
    }

    /// A member of a JSON text: `"{\"authtoken\":\"…\"}"`.
    fn json(&mut self, carrier: Carrier, flow: &Flow) {
        if carrier != Carrier::Parameters {
            return;
        }
        for at in json_members(&flow.text) {
            let Some(start) = source_offset(&flow.value, at.start()) else { continue };
            let end = source_offset(&flow.value, at.end().saturating_sub(1)).map_or(start, |end| end + 1);
            self.found.occurrences.push(Occurrence {
                carrier,
                range: TextRange::new(start, end),
                site: Site::Elsewhere,
                tokens: Vec::new(),
                literal: None,
                underscore: false,
            });
        }
    }

    /// Looks at the assignments of the variables whose value is not one single text.
    fn follow(&mut self, carrier: Carrier, value: &Value) {
        let mut leaves = Vec::new();
        leaves_of(value, &mut leaves);
        for leaf in leaves {
            match leaf.kind {
                PieceKind::Literal(_) => {
                    self.found.strings.insert(leaf.node);
                }
                PieceKind::Opaque { .. } if self.context.tree.kind(leaf.node) == Kind::Name => {
                    for assigned in self.assigned(leaf.node) {
                        if self.followed.insert(assigned) {
                            self.elsewhere(carrier, assigned);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn assigned(&self, name: NodeId) -> Vec<NodeId> {
        let Context { text, tree, scopes } = self.context;
        let writes = scopes.binding(text, tree, name).map_or(&[][..], |binding| &binding.writes);
        writes.iter().filter_map(|write| write.value.or(write.appended)).collect()
    }

    fn elsewhere(&mut self, carrier: Carrier, assigned: NodeId) {
        let flow = self.context.flow(assigned);
        for param in params(&flow.text) {
            let occurrence = occurrence(self.context, carrier, &flow, param, Site::Elsewhere);
            self.found.occurrences.push(occurrence);
        }
        self.json(carrier, &flow);
        self.follow(carrier, &flow.value);
    }

    /// The entries of a map: a literal, `Collection("k": v)`, or a variable with its assignments and `put`s.
    fn map(&mut self, carrier: Carrier, slot: Slot, map: NodeId, inline: bool) {
        let Context { tree, .. } = self.context;
        match tree.kind(map) {
            Kind::Paren => {
                if let [inner] = tree.children(map) {
                    self.map(carrier, slot, *inner, inline);
                }
            }
            Kind::Brace => {
                for &entry in tree.children(map) {
                    let site = if inline { Site::Entry { slot, map, entry } } else { Site::Elsewhere };
                    self.entry(carrier, entry, tree.children(entry), site);
                }
            }
            Kind::Chain => self.chain(carrier, slot, map, inline),
            Kind::Name => self.map_variable(carrier, slot, map),
            _ => {}
        }
    }

    /// `{…}.toString()`, `params.toString()`, `Collection("k": v)`
    fn chain(&mut self, carrier: Carrier, slot: Slot, chain: NodeId, inline: bool) {
        let tree = self.context.tree;
        let [first, links @ ..] = tree.children(chain) else { return };
        if let ([call], Kind::Name) = (links, tree.kind(*first)) {
            let constructs =
                ["collection", "map"].contains(&self.context.text_of(*first).to_ascii_lowercase().as_str());
            if tree.kind(*call) == Kind::Call && constructs {
                for &entry in tree.children(*call) {
                    self.entry(carrier, entry, tree.children(entry), Site::Elsewhere);
                }
            }
            return;
        }
        self.map(carrier, slot, *first, inline);
    }

    fn map_variable(&mut self, carrier: Carrier, slot: Slot, name: NodeId) {
        let Context { text, tree, scopes } = self.context;
        let Some(binding) = scopes.binding(text, tree, name) else { return };
        for write in &binding.writes {
            if let Some(value) = write.value.filter(|&value| self.followed.insert(value)) {
                self.map(carrier, slot, value, false);
            }
        }
        for &read in &binding.reads {
            let Some((chain, method, arguments)) = method_call(self.context, read) else { continue };
            match (method.to_ascii_lowercase().as_str(), arguments) {
                ("put", [_, _]) => self.entry(carrier, chain, arguments, Site::Elsewhere),
                ("putall", [other]) if self.followed.insert(*other) => self.map(carrier, slot, *other, false),
                _ => {}
            }
        }
    }

    /// One entry, `node`, with its key and value.
    fn entry(&mut self, carrier: Carrier, node: NodeId, parts: &[NodeId], site: Site) {
        let [key, value] = parts else { return };
        let context = self.context;
        self.found.entries.insert(node);
        if context.tree.kind(*key) == Kind::String {
            self.found.strings.insert(*key);
        }
        let Some(key_text) = context.known_text(*key) else { return };
        let token = token_name(key_text.trim());
        let header = carrier == Carrier::Headers && key_text.trim().eq_ignore_ascii_case("authorization");
        if header {
            for string in context.tree.descendants(*value).filter(|&node| context.tree.kind(node) == Kind::String) {
                self.found.strings.insert(string);
            }
        }
        if token.is_none() && !(header && is_token_header(context, *value)) {
            return;
        }
        let literal = match plain_string(context.text, context.tree, *value) {
            Some(content) if header => {
                // `Zoho-authtoken abc`: the token is what follows the word.
                let whole = string_content(context.text, context.tree, *value).unwrap_or_default();
                let token = content.trim_end().rsplit(' ').next().unwrap_or("").len();
                Some(TextRange::new(
                    whole.start() + content.trim_end().len() - token,
                    whole.start() + content.trim_end().len(),
                ))
                .filter(|range| !range.of(context.text).to_ascii_lowercase().ends_with("authtoken"))
            }
            Some(_) => string_content(context.text, context.tree, *value),
            None => None,
        };
        let start = context.tree.range(*key).start().min(context.tree.range(node).start());
        self.found.occurrences.push(Occurrence {
            carrier,
            range: TextRange::new(start, context.tree.range(node).end()),
            site,
            tokens: if literal.is_none() { vec![*value] } else { Vec::new() },
            literal: literal.filter(|range| !range.is_empty()),
            underscore: token == Some(true),
        });
    }
}

/// The chain, the method's name and the arguments of `name.method(arguments)`; `None` for any other use of the name.
pub fn method_call<'a>(context: Context<'a>, name: NodeId) -> Option<(NodeId, &'a str, &'a [NodeId])> {
    let tree = context.tree;
    let chain = tree.parent(name).filter(|&parent| tree.kind(parent) == Kind::Chain)?;
    let [first, _member, call] = tree.children(chain) else { return None };
    if *first != name || tree.kind(*call) != Kind::Call {
        return None;
    }
    Some((chain, called_name(context.text, tree, *call)?, tree.children(*call)))
}

/// Whether the text is the name of the token parameter; `Some(true)` when spelt with an underscore.
pub fn token_name(name: &str) -> Option<bool> {
    if name.eq_ignore_ascii_case("authtoken") {
        Some(false)
    } else if name.eq_ignore_ascii_case("auth_token") {
        Some(true)
    } else {
        None
    }
}

/// Whether the value of an `Authorization` header is an authtoken: it begins with `Zoho-authtoken`, or it is a variable
/// whose name says so (row H4).
fn is_token_header(context: Context<'_>, value: NodeId) -> bool {
    const WORD: &str = "zoho-authtoken";
    let begins = |text: &str| text.trim_start().get(..WORD.len()).is_some_and(|head| head.eq_ignore_ascii_case(WORD));
    if begins(&context.flow(value).text) {
        return true;
    }
    let tree = context.tree;
    match tree.kind(value) {
        Kind::Name => {
            let known = context.known_text(value);
            let name = context.text_of(value).to_ascii_lowercase();
            known.as_deref().is_some_and(begins)
                || assigned_values(context, value).any(|assigned| begins(&context.flow(assigned).text))
                || (name.contains("authtoken") && !name.contains("oauthtoken"))
        }
        // `"Zoho-authtoken ".concat(token)`
        Kind::Chain => {
            tree.children(value).first().and_then(|&first| plain_string(context.text, tree, first)).is_some_and(begins)
        }
        _ => false,
    }
}

fn assigned_values<'a>(context: Context<'a>, name: NodeId) -> impl Iterator<Item = NodeId> + 'a {
    let binding = context.scopes.binding(context.text, context.tree, name);
    binding.into_iter().flat_map(|binding| binding.writes.iter().filter_map(|write| write.value))
}

/// The pieces that hold no pieces themselves, in text order.
pub fn leaves_of<'v>(value: &'v Value, out: &mut Vec<&'v Piece>) {
    for piece in &value.pieces {
        match &piece.kind {
            PieceKind::Group(inner) | PieceKind::Variable { value: inner, .. } => leaves_of(inner, out),
            _ => out.push(piece),
        }
    }
}

/// The byte of the source that byte `at` of the virtual text comes from; for a value that cannot be seen, its start.
pub fn source_offset(value: &Value, at: usize) -> Option<usize> {
    let mut leaves = Vec::new();
    leaves_of(value, &mut leaves);
    leaves.iter().find(|leaf| leaf.at.contains(at)).and_then(|leaf| match leaf.kind {
        PieceKind::Literal(content) => Some(content.start() + (at - leaf.at.start())),
        _ => None,
    })
}

/// The occurrence of a parameter, with its place in the source.
pub fn occurrence(context: Context<'_>, carrier: Carrier, flow: &Flow, param: Param, site: Site) -> Occurrence {
    let mut leaves = Vec::new();
    leaves_of(&flow.value, &mut leaves);
    let start = source_offset(&flow.value, param.name.start()).unwrap_or(0);
    let equals = source_offset(&flow.value, param.name.end()).map_or(start, |at| at + 1);
    let mut range = TextRange::new(start, equals);
    let mut tokens = Vec::new();
    let mut literal = None;
    for leaf in leaves.iter().filter(|leaf| leaf.at.intersects(param.value)) {
        match leaf.kind {
            PieceKind::Literal(content) => {
                let from = param.value.start().max(leaf.at.start()) - leaf.at.start();
                let to = param.value.end().min(leaf.at.end()) - leaf.at.start();
                let written = TextRange::new(content.start() + from, content.start() + to);
                if literal.is_none() && tokens.is_empty() && !written.of(context.text).trim().is_empty() {
                    literal = Some(written);
                }
                if written.start() >= range.start() {
                    range = range.cover(written);
                }
            }
            _ => {
                tokens.push(leaf.node);
                // A value that stands in an earlier statement is not part of what is pointed at.
                if context.tree.range(leaf.node).start() >= range.start() {
                    range = range.cover(context.tree.range(leaf.node));
                }
            }
        }
    }
    let underscore = param.name.of(&flow.text).contains('_');
    Occurrence { carrier, range, site, tokens, literal, underscore }
}

/// Every parameter of that name in a virtual text.
pub fn params(text: &str) -> Vec<Param> {
    let mut found = Vec::new();
    for name in names(text) {
        let end = name.end();
        if text.as_bytes().get(end) != Some(&b'=') {
            continue;
        }
        let before = text.get(..name.start()).and_then(|head| head.chars().next_back());
        let regular = match before {
            None | Some('?' | '&' | UNKNOWN) => true,
            // A part of a longer name.
            Some(c) if c.is_alphanumeric() || c == '_' || c == '-' => continue,
            Some(_) => false,
        };
        let value = value_after(text, end + 1);
        found.push(Param { name, value, regular });
    }
    found
}

/// The value that begins at byte `start`: an operand that cannot be seen counts when it comes first, and ends the value
/// when it comes later.
fn value_after(text: &str, start: usize) -> TextRange {
    let mut end = start;
    for (at, c) in text.get(start..).unwrap_or("").char_indices() {
        let stops =
            matches!(c, '&' | '#' | '"' | '\'' | '<' | '>' | '\\') || c.is_whitespace() || (c == UNKNOWN && at > 0);
        if stops {
            break;
        }
        end = start + at + c.len_utf8();
    }
    TextRange::new(start, end)
}

/// Where the words `authtoken` and `auth_token` stand, in any case.
fn names(text: &str) -> Vec<TextRange> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for at in memchr::memchr2_iter(b'a', b'A', bytes) {
        for word in ["authtoken", "auth_token"] {
            let range = TextRange::new(at, at + word.len());
            if bytes.get(at..at + word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes())) {
                found.push(range);
            }
        }
    }
    found
}

/// Members named `authtoken` of a JSON text in a literal: the quotes are escaped, or of the other kind.
fn json_members(text: &str) -> Vec<TextRange> {
    names(text)
        .into_iter()
        .filter(|name| {
            let before = text.get(..name.start()).unwrap_or("");
            let after = text.get(name.end()..).unwrap_or("").trim_start_matches('\\');
            (before.ends_with('"') || before.ends_with('\''))
                && (after.starts_with('"') || after.starts_with('\''))
                && after.get(1..).unwrap_or("").trim_start().starts_with(':')
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, &str, bool)> {
        params(text).iter().map(|param| (param.name.of(text), param.value.of(text), param.regular)).collect()
    }

    #[test]
    fn a_parameter_is_its_name_and_value_and_nothing_more() {
        assert_eq!(found("https://x?authtoken=T&a=b"), [("authtoken", "T", true)]);
        assert_eq!(found("https://x?a=b&AuthToken=\u{FFFC}&c"), [("AuthToken", "\u{FFFC}", true)]);
        assert_eq!(found("?authtoken=\u{FFFC}\u{FFFC}"), [("authtoken", "\u{FFFC}", true)]);
        assert_eq!(found("?authtoken=T\u{FFFC}"), [("authtoken", "T", true)]);
        assert_eq!(found("?authtoken=T#f"), [("authtoken", "T", true)]);
        assert_eq!(found("authtoken="), [("authtoken", "", true)]);
        assert_eq!(found("?auth_token=1"), [("auth_token", "1", true)]);
    }

    #[test]
    fn longer_names_and_other_places_are_told_apart() {
        assert_eq!(found("?myauthtoken=1&authtokens=2&x-authtoken=3"), []);
        assert_eq!(found("/add/authtoken=1"), [("authtoken", "1", false)]);
    }
}
