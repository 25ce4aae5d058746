//! Texts for people: what is missing in them does not matter.
//!
//! ```text
//! sendmail
//! [
//!     subject :"Desk failed"
//!     message :"The call was " + url          does not matter
//!     message :"<a href='" + url + "'>…</a>"   does: somebody will follow the link
//!     message :url                            may be one
//! ]
//! ```

use super::bindings::string_content;
use super::flow::Context;
use crate::deluge::builtins::{Type, builtin};
use crate::deluge::{Kind, NodeId};

/// Tasks that send a text to people, and what they call it.
const TASKS: [&str; 2] = ["sendmail", "sendsms"];
const TEXTS: [&str; 2] = ["subject", "message"];

/// Whether an attribute of a task is a text for people.
pub fn is_text_of(task: &str, attribute: &str) -> bool {
    let is = |known: &&str, name: &str| known.eq_ignore_ascii_case(name.trim());
    TASKS.iter().any(|known| is(known, task)) && TEXTS.iter().any(|known| is(known, attribute))
}

/// Whether a function posts the texts behind its first argument: `zoho.cliq.postToChannel("sales", "…")`.
pub fn posts(path: &str) -> bool {
    let squeezed: String = path.split_whitespace().collect();
    squeezed.to_ascii_lowercase().starts_with("zoho.cliq.postto")
}

/// Whether a statement shows a text: `alert "…";`.
pub fn shows(statement: &str) -> bool {
    statement.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("alert"))
}

/// Whether `read` is joined into a text for people, and not as the target of a link.
pub fn is_joined(context: Context<'_>, read: NodeId) -> bool {
    let tree = context.tree;
    let mut text = read;
    let mut joined = false;
    while let Some(parent) = tree.parent(text) {
        if context.is_sum(parent) {
            joined = true;
        } else if tree.kind(parent) != Kind::Paren {
            break;
        }
        text = parent;
    }
    joined && !is_link(context, text, read) && is_for_people(context, text)
}

/// Whether `read` is only shown to people: printed by `info`, or joined into a text for them.
pub fn is_shown(context: Context<'_>, read: NodeId) -> bool {
    let tree = context.tree;
    let mut text = read;
    while let Some(parent) = tree.parent(text) {
        match tree.kind(parent) {
            Kind::Info => return true,
            Kind::Paren => text = parent,
            Kind::Chain if tree.children(parent).first() == Some(&text) && makes_a_text(context, parent) => {
                text = parent
            }
            _ if context.is_sum(parent) => text = parent,
            _ => break,
        }
    }
    is_joined(context, read)
}

/// Whether all that is called on the value that begins a chain makes a text of it: `url.replaceAll(token,"***")`.
fn makes_a_text(context: Context<'_>, chain: NodeId) -> bool {
    let tree = context.tree;
    tree.children(chain).iter().skip(1).all(|&link| match tree.child(link, Kind::Name) {
        Some(name) if tree.kind(link) == Kind::Member => {
            builtin(context.text_of(name)).is_some_and(|builtin| builtin.gives == Some(Type::Text))
        }
        _ => tree.kind(link) == Kind::Call,
    })
}

fn is_for_people(context: Context<'_>, text: NodeId) -> bool {
    let tree = context.tree;
    let Some(parent) = tree.parent(text) else { return false };
    let word = |node: Option<&NodeId>| node.map_or("", |&node| context.text_of(node));
    match tree.kind(parent) {
        Kind::Command => shows(context.text_of(parent)),
        Kind::Attribute => {
            let task = tree.parent(parent).and_then(|attributes| tree.parent(attributes));
            let task = task.filter(|&task| tree.kind(task) == Kind::Chain && tree.children(task).len() == 2);
            task.is_some_and(|task| is_text_of(word(tree.children(task).first()), word(tree.children(parent).first())))
        }
        Kind::Call if tree.children(parent).first() != Some(&text) => {
            let chain = tree.parent(parent).filter(|&chain| tree.kind(chain) == Kind::Chain);
            let start = chain.map(|chain| tree.range(chain).start());
            let path = start.and_then(|start| context.text.get(start..tree.range(parent).start()));
            path.is_some_and(posts)
        }
        _ => false,
    }
}

/// Whether a literal stands right before `read` in the sum that makes it the target of a link.
fn is_link(context: Context<'_>, sum: NodeId, read: NodeId) -> bool {
    let tree = context.tree;
    let start = tree.range(read).start();
    let is_before =
        |&node: &NodeId| tree.range(node).end() <= start && !matches!(tree.kind(node), Kind::Paren | Kind::Op(_));
    let before = tree.descendants(sum).rfind(is_before);
    let literal = before.and_then(|node| string_content(context.text, tree, node));
    literal.is_some_and(|content| {
        let text = content.of(context.text).to_ascii_lowercase();
        let text = text.trim_end_matches(['"', '\'', '\\', ' ']);
        ["href=", "src=", "]("].iter().any(|link| text.ends_with(link))
    })
}
