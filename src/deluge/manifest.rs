//! Manifests and the JSON of a Connection: the same kind of tree as Deluge's, read with `grammar/manifest.pest`.
//!
//! A file is a [`Kind::Script`] with one value. An object is a [`Kind::Brace`] of [`Kind::Entry`] (key, value), an array a
//! [`Kind::List`]; `true`, `false` and `null` are [`Kind::Name`].

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use super::peg::manifest::Rule;
use super::peg::{self, Failure};
use super::tree::{Kind, NodeId, Tree};
use crate::text::source::{Position, Source, TextRange};

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
                let message = format!("the key {key:?} is already in line {}, column {}", first.line, first.column);
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
    let mut pairs = peg::parse(Rule::file, text).map_err(|failure| match failure {
        Failure { at, too_deep: true, .. } => Flaw::TooDeep { offset: at },
        Failure { at, .. } => Flaw::Unexpected { offset: at, expected: expected(text, &failure) },
    })?;
    let mut document = Document { text, tree: Tree::default(), trailing: Vec::new() };
    document.tree.reserve(pairs.most());
    // The pairs come from the end of the text: that is how a tree grows.
    let mut around: Vec<(peg::Pair<Rule>, usize)> = Vec::new();
    loop {
        if let Some((pair, before)) = around.pop_if(|(pair, _)| pairs.are_past(pair)) {
            if let Some(kind) = kind(pair.rule) {
                document.tree.add(kind, pair.range, before);
            }
        } else if let Some(pair) = pairs.pop() {
            match pair.rule {
                Rule::comment => document.tree.add_comment(pair.range),
                Rule::trailing => document.trailing.push(pair.range),
                _ => around.push((pair, document.tree.len())),
            }
        } else {
            break;
        }
    }
    document.tree.add(Kind::Script, TextRange::new(0, text.len()), 0);
    document.tree.finish();
    document.trailing.reverse();
    document.duplicate().map_or(Ok(document), Err)
}

/// What kind of node a pair is; none for keys, trivia and punctuation.
fn kind(rule: Rule) -> Option<Kind> {
    match rule {
        Rule::object => Some(Kind::Brace),
        Rule::array => Some(Kind::List),
        Rule::member => Some(Kind::Entry),
        Rule::number => Some(Kind::Number),
        Rule::word => Some(Kind::Name),
        Rule::string => Some(Kind::String),
        _ => None,
    }
}

/// What would have been right where reading came to an end, in words.
fn expected(text: &str, failure: &Failure) -> String {
    if failure.tried(Rule::quote_end) {
        let escape = text.get(failure.at..).is_some_and(|rest| rest.starts_with('\\'));
        let words = if escape { "an escape such as `\\n`, `\\\\` or `\\u00e9`" } else { "`\"` at the end of the text" };
        return words.to_owned();
    }
    let mut words: Vec<&str> = Vec::new();
    let mut add = |applies: bool, word: &'static str| {
        if applies {
            words.push(word);
        }
    };
    let value = failure.tried(Rule::object);
    add(!value && failure.tried(Rule::string), "a key in double quotes");
    add(value, "a value");
    add(failure.tried(Rule::colon), "`:`");
    add(failure.tried(Rule::comma), "`,`");
    add(failure.tried(Rule::close_brace), "`}`");
    add(failure.tried(Rule::close_bracket), "`]`");
    add(failure.tried_end(), "the end of the file");
    match words.as_slice() {
        [] => "something else".to_owned(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
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
