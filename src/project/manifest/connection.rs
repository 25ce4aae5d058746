//! The JSON that Zoho shows of a Connection (facts 7.4).

use super::Refusal;
use super::value::Value;
use crate::deluge::{Document, Kind, LINK_NAME, NodeId};
use crate::project::config::is_link_name;

/// Keys that hold a secret, in lower case and without `_` and `-`. What Zoho shows of a Connection has none.
const SECRETS: &[&str] =
    &["secret", "clientsecret", "refreshtoken", "accesstoken", "authtoken", "token", "password", "apikey"];

/// The Connection in the JSON and where it begins, in bytes: the object itself, or one that is wrapped in an array or
/// under a single key.
///
/// # Errors
/// When there is none or more than one, when its LinkName or its scopes are none, and when there is a secret in it.
pub fn read(document: &Document<'_>) -> Result<(Value, usize), Refusal> {
    let tree = document.tree();
    let refuse = |node: NodeId, message: String| Refusal { offset: tree.range(node).start(), message };
    refuse_secrets(document)?;
    let mut object = tree.root();
    while document.get(object, LINK_NAME).is_none() {
        object = match (tree.kind(object), tree.children(object)) {
            (Kind::Brace, [member]) => tree.children(*member).last().copied().unwrap_or(*member),
            (Kind::Script | Kind::List, [only]) => *only,
            (Kind::List, [_, second, ..]) => {
                return Err(refuse(*second, "there is more than one Connection; leave only the one to add".to_owned()));
            }
            _ => {
                return Err(refuse(
                    object,
                    format!("expected the JSON that Zoho shows of a Connection, with a {LINK_NAME}"),
                ));
            }
        };
    }
    let at = |key: &str| document.get(object, key).unwrap_or(object);
    let value = Value::of(document, object);
    if !value.link_name().is_some_and(is_link_name) {
        let message = format!("{LINK_NAME} must be a text: a letter, then letters, digits and _");
        return Err(refuse(at(LINK_NAME), message));
    }
    let scope = |scope: &Value| matches!(scope, Value::Text(text) if !text.trim().is_empty());
    match value.get("scope") {
        None => {}
        Some(Value::Array(scopes)) if scopes.iter().all(scope) => {}
        Some(_) => return Err(refuse(at("scope"), "scope must be an array of texts that are not empty".to_owned())),
    }
    Ok((value, tree.range(object).start()))
}

/// A secret in a manifest would go to everybody who installs the extension.
fn refuse_secrets(document: &Document<'_>) -> Result<(), Refusal> {
    let tree = document.tree();
    for member in tree.descendants(tree.root()).flat_map(|node| document.members(node)) {
        let letters = member.key.chars().filter(char::is_ascii_alphanumeric);
        if SECRETS.contains(&letters.collect::<String>().to_ascii_lowercase().as_str()) {
            let message = format!(
                "{:?} holds a secret, which does not belong in a manifest; remove it, or copy the JSON from Zoho's page again",
                member.key
            );
            return Err(Refusal { offset: member.key_range.start(), message });
        }
    }
    Ok(())
}
