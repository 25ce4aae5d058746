//! What stands where a request names its Connection. Samples have a placeholder there, which is no LinkName:
//!
//! ```text
//! connection:"desk_oauth"                   a LinkName
//! connection:link_name                      one that cannot be seen
//! connection:"ENTER YOUR CONNECTION NAME"   a placeholder
//! connection: <connection_name>             the same
//! ```

use super::flow::Context;
use super::request::Slot;
use crate::deluge::Kind;

/// What a request says of its Connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Link {
    /// The LinkName.
    Named(String),
    /// What somebody meant to replace by one, as the code has it.
    Placeholder(String),
    /// A LinkName that is only known at run time.
    Unseen,
}

/// What stands in the `connection` of a request.
pub fn link(context: Context<'_>, slot: Slot) -> Link {
    match context.known_text(slot.value) {
        Some(text) if is_placeholder(&text) => Link::Placeholder(text),
        Some(text) if !text.trim().is_empty() => Link::Named(text),
        Some(text) => Link::Placeholder(text),
        None if is_null(context.text_of(slot.value)) => Link::Placeholder(context.text_of(slot.value).to_owned()),
        None if is_unfilled(context, slot) => Link::Placeholder(context.text_of(slot.value).to_owned()),
        None => Link::Unseen,
    }
}

/// Whether the code of a value is `null`: no Connection at all.
pub fn is_null(code: &str) -> bool {
    code.eq_ignore_ascii_case("null")
}

/// Whether the value says what belongs there, or is a bare word that nothing assigns. Without the head of a function it may be a parameter, unless it
/// says what it is.
fn is_unfilled(context: Context<'_>, slot: Slot) -> bool {
    let tree = context.tree;
    if tree.kind(slot.value) == Kind::Placeholder || context.text_of(slot.value).starts_with("{{") {
        return true;
    }
    let is_unassigned =
        tree.kind(slot.value) == Kind::Name && context.scopes.reaching(slot.value).all(|write| write.is_none());
    let headed = || tree.ancestors(slot.value).any(|node| tree.kind(node) == Kind::Function);
    is_unassigned && (headed() || is_placeholder(context.text_of(slot.value)))
}

/// Whether a text stands for a LinkName in a sample: `<connection_name>`, `{{connection}}`, `YOUR_CRM_CONNECTION`,
/// `my-connection-name`, `xxx`.
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let is_x = |byte: &u8| byte.eq_ignore_ascii_case(&b'x');
    let is_bracket = |byte: &u8| matches!(byte, b'<' | b'>' | b'{' | b'}');
    let connects = |text: &[u8]| text.windows(10).any(|word| word.eq_ignore_ascii_case(b"connection"));
    let bytes = text.as_bytes();
    if !bytes.iter().any(is_bracket) && !bytes.iter().all(is_x) && !connects(bytes) {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    if lower.contains(['<', '>', '{', '}']) || (!lower.is_empty() && lower.chars().all(|c| c == 'x')) {
        return true;
    }
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let Some(at) = words.iter().position(|word| word.starts_with("connection")) else {
        // `YourConnectionName` is one word.
        let joined = lower.contains("connectionname") || lower.contains("yourconnection");
        return joined && !lower.contains(char::is_whitespace);
    };
    let asks = |word: &&str| matches!(*word, "your" | "enter" | "insert" | "replace" | "put");
    words.iter().any(asks)
        || matches!(words.get(at..), Some(["connectionname", ..] | ["connection", "name" | "link", ..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_link_names() {
        for text in [
            "<connection_name>",
            "<Your_Oauth_Connection_Name>",
            "{{connection}}",
            "ENTER YOUR CONNECTION NAME",
            "YOUR_CONNECTION_NAME",
            "YOUR_TWILIO_CONNECTION_NAME",
            "REPLACE_WITH_BOOKS_CONNECTION_NAME",
            "insert-connection-here",
            "my-connection-name",
            "connection_link_name",
            "connectionName",
            "yourConnectionName",
            "xxx",
            "XXXXXX",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "desk_oauth",
            "zoho_oauth_connection",
            "crm_connection",
            "my_backstage_connection1",
            "email_connection",
            "zohocrmconnection",
            "ZohoBookConnection",
            "crm_connect",
            "yourdesk",
            "max",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
