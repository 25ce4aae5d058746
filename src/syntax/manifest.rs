//! Manifests and the JSON of a Connection: the same kind of tree as Deluge's, read with `grammar/manifest.pest`.
//!
//! A file is a [`Kind::Script`] with one value. An object is a [`Kind::Brace`] of [`Kind::Entry`] (key, value), an array a
//! [`Kind::List`]; `true`, `false` and `null` are [`Kind::Name`].

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::Pair;

use super::build::MOST_DEPTH;
use super::tree::{Kind, NodeId, Tree};
use crate::source::{Position, Source, TextRange};

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/manifest.pest"]
struct ManifestParser;

/// Why there is no document. Offsets are bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Flaw {
    /// Something else was expected.
    Unexpected {
        /// Where.
        offset: usize,
        /// What would have been right.
        expected: String,
    },
    /// A key stands twice in one object: programs that read it disagree on which one counts.
    Duplicate {
        /// The key, without quotes.
        key: String,
        /// Where it stands first.
        first: usize,
        /// Where it stands again.
        again: usize,
    },
    /// Brackets nest deeper than the stack allows.
    TooDeep {
        /// Where it gave up.
        offset: usize,
    },
}

impl Flaw {
    /// The place of the flaw and its message, for people.
    pub fn at(&self, source: &Source) -> (Position, String) {
        let (offset, message) = match self {
            Flaw::Unexpected { offset, expected } => {
                (*offset, format!("expected {expected}, found {}", found(source.text(), *offset)))
            }
            Flaw::Duplicate { key, first, again } => {
                let first = source.position(*first);
                let message = format!("the key {key:?} stands in line {}, column {} already", first.line, first.column);
                (*again, message)
            }
            Flaw::TooDeep { offset } => (*offset, super::ParseError::TooDeep { offset: *offset }.to_string()),
        };
        (source.position(offset), message)
    }
}

/// What stands at `offset`. Never more than a character: the rest may be a secret.
fn found(text: &str, offset: usize) -> String {
    let rest = text.get(offset..).unwrap_or("");
    match rest.chars().next() {
        None => "the end of the file".to_owned(),
        Some('\n' | '\r') => "the end of the line".to_owned(),
        Some('/') if rest.starts_with("/*") => "a comment that is not closed".to_owned(),
        Some(character) if character.is_control() || (character.is_whitespace() && character != ' ') => {
            format!("the character U+{:04X}", character as u32)
        }
        Some(character) => format!("`{character}`"),
    }
}

/// One JSON text with its tree. Every lookup is by key; where a key is missing or its value is of another kind, there is
/// nothing.
#[derive(Debug)]
pub struct Document<'t> {
    text: &'t str,
    tree: Tree,
    trailing: Vec<TextRange>,
}

/// Reads a whole file. Linear in the length of `text`; needs a stack of [`super::STACK_BYTES`] for deep nesting.
///
/// # Errors
/// Every [`Flaw`]; the first one in the text, except that a duplicate key is found when the rest is right.
pub fn parse_manifest(text: &str) -> Result<Document<'_>, Flaw> {
    let mut pairs = ManifestParser::parse(Rule::file, text).map_err(|error| {
        let (InputLocation::Pos(offset) | InputLocation::Span((offset, _))) = error.location;
        match error.variant {
            ErrorVariant::ParsingError { positives, .. } => {
                Flaw::Unexpected { offset, expected: expected(text, offset, &positives) }
            }
            ErrorVariant::CustomError { .. } => Flaw::TooDeep { offset },
        }
    })?;
    let mut document = Document { text, tree: Tree::default(), trailing: Vec::new() };
    let mut builder = Builder { document: &mut document, depth: 0, too_deep: None };
    if let Some(file) = pairs.next() {
        builder.all(file);
    }
    if let Some(offset) = builder.too_deep {
        return Err(Flaw::TooDeep { offset });
    }
    document.tree.add(Kind::Script, TextRange::new(0, text.len()), 0);
    document.tree.finish();
    document.trailing.reverse();
    document.duplicate().map_or(Ok(document), Err)
}

/// What was tried at a place, in words.
fn expected(text: &str, offset: usize, tried: &[Rule]) -> String {
    if tried.contains(&Rule::quote_end) {
        let escape = text.get(offset..).is_some_and(|rest| rest.starts_with('\\'));
        let words = if escape { "an escape such as `\\n`, `\\\\` or `\\u00e9`" } else { "`\"` at the end of the text" };
        return words.to_owned();
    }
    let tried_a = |rule: Rule| tried.contains(&rule);
    let mut words: Vec<&str> = Vec::new();
    let mut add = |applies: bool, word: &'static str| {
        if applies {
            words.push(word);
        }
    };
    let value = tried_a(Rule::file) || tried_a(Rule::object);
    add(!value && tried_a(Rule::string), "a key in double quotes");
    add(value, "a value");
    add(tried_a(Rule::colon), "`:`");
    add(tried_a(Rule::comma), "`,`");
    add(tried_a(Rule::close_brace), "`}`");
    add(tried_a(Rule::close_bracket), "`]`");
    add(tried_a(Rule::EOI), "the end of the file");
    match words.as_slice() {
        [] => "something else".to_owned(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

struct Builder<'d, 't> {
    document: &'d mut Document<'t>,
    depth: usize,
    too_deep: Option<usize>,
}

type P<'i> = Pair<'i, Rule>;

fn range(pair: &P<'_>) -> TextRange {
    let span = pair.as_span();
    TextRange::new(span.start(), span.end())
}

impl Builder<'_, '_> {
    /// Builds what is inside, from its end: that is how a tree grows.
    fn all(&mut self, pair: P<'_>) {
        if self.depth >= MOST_DEPTH {
            self.too_deep = Some(range(&pair).start());
            return;
        }
        self.depth += 1;
        pair.into_inner().rev().for_each(|inner| self.build(inner));
        self.depth -= 1;
    }

    /// Adds a node for the pair; none for trivia and punctuation.
    fn build(&mut self, pair: P<'_>) {
        let range = range(&pair);
        let before = self.document.tree.len();
        let kind = match pair.as_rule() {
            Rule::object => Kind::Brace,
            Rule::array => Kind::List,
            Rule::member => Kind::Entry,
            Rule::number => Kind::Number,
            Rule::word => Kind::Name,
            Rule::key => return self.all(pair),
            Rule::string => return self.document.tree.add(Kind::String, range, before),
            Rule::comment => return self.document.tree.add_comment(range),
            Rule::trailing => return self.document.trailing.push(range),
            _ => return,
        };
        self.all(pair);
        self.document.tree.add(kind, range, before);
    }
}

/// A member of an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Its key, without quotes and escapes.
    pub key: String,
    /// The key with its quotes, in bytes.
    pub key_range: TextRange,
    /// The whole member, a [`Kind::Entry`].
    pub node: NodeId,
    /// Its value.
    pub value: NodeId,
}

/// A place in a manifest that names a Connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkName {
    /// The LinkName, without escapes.
    pub name: String,
    /// Where it stands, without the quotes, in bytes.
    pub range: TextRange,
    /// The object that describes the Connection.
    pub object: NodeId,
}

impl<'t> Document<'t> {
    /// A key that stands twice in an object; of several such objects that which ends first.
    fn duplicate(&self) -> Option<Flaw> {
        let all = self.tree.descendants(self.tree.root());
        let mut objects: Vec<NodeId> = all.filter(|&node| self.tree.kind(node) == Kind::Brace).collect();
        objects.sort_by_key(|&object| self.tree.range(object).end());
        objects.into_iter().find_map(|object| {
            let mut seen: HashMap<String, TextRange> = HashMap::new();
            self.members(object).find_map(|Member { key, key_range, .. }| {
                let first = seen.insert(key.clone(), key_range)?.start();
                Some(Flaw::Duplicate { key, first, again: key_range.start() })
            })
        })
    }

    /// The text that was read.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The tree; comments are in it.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The tree alone.
    pub fn into_tree(self) -> Tree {
        self.tree
    }

    /// Commas behind the last member of an object or the last value of an array, which JSON does not have, in bytes.
    pub fn trailing_commas(&self) -> &[TextRange] {
        &self.trailing
    }

    /// The value that the file is.
    pub fn root(&self) -> Option<NodeId> {
        self.tree.children(self.tree.root()).first().copied()
    }

    /// The members of an object, in text order; none for another value.
    pub fn members(&self, object: NodeId) -> impl Iterator<Item = Member> + '_ {
        self.tree.children(object).iter().filter_map(|&node| match self.tree.children(node) {
            [key, value] if self.tree.kind(node) == Kind::Entry => {
                Some(Member { key: self.string(*key)?, key_range: self.tree.range(*key), node, value: *value })
            }
            _ => None,
        })
    }

    /// The member of that key.
    pub fn member(&self, object: NodeId, key: &str) -> Option<Member> {
        self.members(object).find(|member| member.key == key)
    }

    /// The value of that key.
    pub fn get(&self, object: NodeId, key: &str) -> Option<NodeId> {
        self.member(object, key).map(|member| member.value)
    }

    /// The values of an array, in text order; none for another value.
    pub fn values(&self, array: NodeId) -> &[NodeId] {
        if self.tree.kind(array) == Kind::List { self.tree.children(array) } else { &[] }
    }

    /// What a string says, without quotes and escapes; nothing for another value.
    pub fn string(&self, node: NodeId) -> Option<String> {
        let content = self.content(node)?.of(self.text);
        if !content.contains('\\') {
            return Some(content.to_owned());
        }
        // Half of a surrogate pair is the one thing the grammar takes that is no text.
        let decoded = serde_json::from_str(self.tree.range(node).of(self.text));
        Some(decoded.unwrap_or_else(|_| content.to_owned()))
    }

    /// Where a string's content stands, without the quotes, in bytes.
    pub fn content(&self, node: NodeId) -> Option<TextRange> {
        let range = self.tree.range(node);
        (self.tree.kind(node) == Kind::String).then(|| TextRange::new(range.start() + 1, range.end().saturating_sub(1)))
    }

    /// The string of that key, when the key is there and a string.
    pub fn text_of(&self, object: NodeId, key: &str) -> Option<String> {
        self.string(self.get(object, key)?)
    }

    /// Every LinkName in the file, in text order: the `connectionLinkName` of whatever object has one.
    pub fn link_names(&self) -> Vec<LinkName> {
        let all = self.tree.descendants(self.tree.root());
        all.filter(|&node| self.tree.kind(node) == Kind::Brace)
            .filter_map(|object| {
                let value = self.get(object, LINK_NAME)?;
                Some(LinkName { name: self.string(value)?, range: self.content(value)?, object })
            })
            .collect()
    }
}

/// The key of a Connection's LinkName (facts 7.4).
pub const LINK_NAME: &str = "connectionLinkName";
