//! Where a file names a Connection, whatever kind of file it is.

use crate::source::TextRange;
use crate::syntax::{Document, NodeId};
use crate::widget::{self, Language, Place};

/// What is known of a text that reads like a LinkName.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Certainty {
    /// It names a Connection and is used for nothing else.
    Sure,
    /// It does if this assumption is right.
    Assumed(String),
    /// It may; this is why nobody but a person can tell, or change it.
    Doubtful(String),
}

/// A text that names a Connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The LinkName, without quotes, in bytes.
    pub range: TextRange,
    /// The LinkName.
    pub name: String,
    /// What is known of the place.
    pub certainty: Certainty,
    /// The call in a function that the Connection is for, when there is one and only one.
    pub caller: Option<Caller>,
}

/// What a Connection is named for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Caller {
    /// A request: the chain that begins with it.
    Request(NodeId),
    /// An integration task, by its name.
    Task(String),
}

/// The places in a widget that name one of the `wanted` Connections, in text order.
pub fn in_widget(text: &str, language: Language, wanted: &dyn Fn(&str) -> bool) -> Vec<Link> {
    let uses = widget::uses(text, language).into_iter().filter(|found| wanted(found.range.of(text)));
    uses.map(|found| Link {
        range: found.range,
        name: found.range.of(text).to_owned(),
        certainty: match found.place {
            Place::Direct => Certainty::Sure,
            Place::Variable(name) => Certainty::Assumed(format!("`{name}` is used for nothing but the LinkName")),
            Place::Part => Certainty::Doubtful("the code chooses or builds the LinkName here".to_owned()),
        },
        caller: None,
    })
    .collect()
}

/// The places in a manifest that name one of the `wanted` Connections, in text order.
pub fn in_manifest(document: &Document<'_>, wanted: &dyn Fn(&str) -> bool) -> Vec<Link> {
    let links = document.link_names().into_iter().filter(|link| wanted(&link.name));
    links.map(|link| Link { range: link.range, name: link.name, certainty: Certainty::Sure, caller: None }).collect()
}
