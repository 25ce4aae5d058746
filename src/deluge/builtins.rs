//! What the functions of Deluge do, from `builtins.toml`, which explains the fields.
//!
//! ```text
//! x.trim()          Same, gives a text: what is known of `x` is known of it
//! m.put("k", v)     changes `m`: it cannot be left out, and a read behind it sees `v`
//! f(x)              none of these: it may do anything
//! ```

use std::sync::LazyLock;

use foldhash::{HashMap, HashSet};
use serde::Deserialize;

const FILE: &str = include_str!("builtins.toml");

/// How it is called.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// `trim(x)`
    Function,
    /// `x.trim()`
    Method,
    /// The end of a path that begins with `zoho`.
    Lookup,
}

/// The type of its value.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "they are named as what they are")]
pub enum Type {
    Text,
    Map,
    List,
    Number,
    Truth,
    Date,
}

/// What its value is of the value it is called on.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// That value, perhaps in another form.
    Same,
    /// That text, with other characters.
    Encoded,
    /// A text that was a part of it, or all of it with parts replaced.
    Cut,
    /// The arguments behind it, in one text.
    Joined,
    /// What it holds under the key.
    Member,
    /// Whether it holds something under the key.
    Presence,
    /// One of the arguments.
    Chosen,
    /// Whether there is none.
    Absence,
    /// Something about it.
    Look,
    /// A map or list that nothing else has.
    New,
}

/// What it does to the map or list it is called on.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Puts one entry under a key.
    Put,
    /// Puts something in, in another way.
    Fill,
    /// Takes the entry under a key out.
    Remove,
    /// Takes something out, in another way.
    Take,
    /// Takes all out.
    Clear,
    /// Gives it another order.
    Order,
}

/// One entry of the file.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Builtin {
    names: Vec<String>,
    call: Vec<Form>,
    /// The type of its value, where there is but one.
    pub gives: Option<Type>,
    /// What its value is of the value it is called on.
    pub of: Option<Of>,
    /// What it changes.
    pub changes: Option<Change>,
    /// Whether it is called on answers that are texts and on parsed ones.
    #[serde(default)]
    pub answer: bool,
    #[allow(dead_code, reason = "for the people who edit the file; the parser demands it")]
    source: String,
}

impl Builtin {
    /// Whether it is called in this form and only yields a value.
    pub fn only_yields(&self, form: Form) -> bool {
        self.changes.is_none() && self.call.contains(&form)
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    namespaces: HashSet<String>,
    builtin: Vec<Builtin>,
}

struct Table {
    namespaces: HashSet<String>,
    entries: Vec<Builtin>,
    by_name: HashMap<String, usize>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The tests read it, too, and say what is wrong with it.
    let File { namespaces, builtin: entries } = toml::from_str(FILE).unwrap_or_default();
    let names =
        |(at, entry): (usize, &Builtin)| entry.names.iter().map(move |name| (name.clone(), at)).collect::<Vec<_>>();
    let by_name = entries.iter().enumerate().flat_map(names).collect();
    Table { namespaces, entries, by_name }
});

/// Names are not longer than this.
const LONGEST: usize = 32;

/// Looks a name up in lower case.
fn lowered<T>(name: &str, look: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    if !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return look(name);
    }
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    look(std::str::from_utf8(lower).ok()?)
}

/// The function or method of that name, in any letter case.
pub fn builtin(name: &str) -> Option<&'static Builtin> {
    let table = &*TABLE;
    table.entries.get(lowered(name, |name| table.by_name.get(name).copied())?)
}

/// Whether a call of that name in this form only yields a value.
pub fn only_yields(name: &str, form: Form) -> bool {
    builtin(name).is_some_and(|builtin| builtin.only_yields(form))
}

/// Whether a call of that name, without arguments of its own, yields the text it is called on, perhaps without the blanks around it.
pub fn keeps_text(name: &str) -> bool {
    builtin(name).is_some_and(|builtin| builtin.of == Some(Of::Same) && builtin.gives == Some(Type::Text))
}

/// Whether a method of that name reads a JSON text as a map.
pub fn reads_map(name: &str) -> bool {
    builtin(name).is_some_and(|builtin| builtin.of == Some(Of::Same) && builtin.gives == Some(Type::Map))
}

/// What a method of that name changes.
pub fn changes(name: &str) -> Option<Change> {
    builtin(name)?.changes
}

/// What the value of a call of that name is of the value it is called on.
pub fn of(name: &str) -> Option<Of> {
    builtin(name)?.of
}

/// Whether the name is the root of paths that lead to functions of people and products.
pub fn is_namespace(name: &str) -> bool {
    lowered(name, |name| TABLE.namespaces.get(name)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read() {
        let File { namespaces, builtin } = toml::from_str(FILE).unwrap();
        assert!(namespaces.contains("zoho"));
        let names: Vec<&String> = builtin.iter().flat_map(|entry| &entry.names).collect();
        assert!(names.len() > 70);
        assert!(names.iter().chain(&namespaces.iter().collect::<Vec<_>>()).all(|name| name.len() <= LONGEST));
        assert!(names.iter().all(|name| **name == name.to_lowercase()), "{names:?}");
        assert_eq!(names.iter().collect::<std::collections::HashSet<_>>().len(), names.len(), "a name stands twice");
        for entry in &builtin {
            assert!(!entry.call.is_empty() && !entry.source.is_empty(), "{:?}", entry.names);
        }
    }

    #[test]
    fn case_does_not_matter_and_what_is_not_listed_may_do_anything() {
        assert_eq!(of("toMap"), Some(Of::Same));
        assert_eq!(changes("putAll"), Some(Change::Fill));
        assert!(only_yields("encodeURL", Form::Function) && !only_yields("encodeURL", Form::Method));
        assert!(!only_yields("put", Form::Method) && !only_yields("sendmail", Form::Function));
        assert!(keeps_text("ToString") && !keeps_text("toMap") && !keeps_text("substring"));
        assert!(is_namespace("Zoho") && !is_namespace("zohos"));
    }
}
