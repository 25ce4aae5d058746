//! Every text of a file that is, or may be a part of, a token, so that it can be masked wherever it is printed.

use std::collections::HashSet;

use super::Inspection;
use super::pasted::behind_names;
use super::strays::speaks_of_token;
use crate::analysis::bindings::{self, plain_string};
use crate::analysis::flow::Context;
use crate::secret::Secrets;
use crate::source::TextRange;
use crate::syntax::{Kind, NodeId};

impl Inspection<'_> {
    /// Notes every text that is, or may be a part of, a token.
    pub(super) fn collect_secrets(&mut self) {
        let context = self.context;
        let text = context.text;
        let mut found = Secrets::default();
        let mut seen = HashSet::new();
        for concern in &self.concerns {
            for occurrence in &concern.call.carriers.occurrences {
                if let Some(literal) = occurrence.literal {
                    note_words(literal.of(text), &mut found);
                }
                for &token in occurrence.tokens.iter() {
                    note_strings(context, token, &mut seen, &mut found);
                }
            }
        }
        for range in self.hardcoded.iter().map(|it| it.range).chain(self.pasted.iter().map(|it| it.range)) {
            note_words(range.of(text), &mut found);
        }
        for scope in context.scopes.iter() {
            for (_, binding) in scope.iter().filter(|(name, _)| speaks_of_token(name)) {
                for value in binding.writes.iter().filter_map(|write| write.value) {
                    note_strings(context, value, &mut seen, &mut found);
                }
            }
        }
        let named = |range: &TextRange| self.tokens_named.any_in(*range) || self.secrets_named.any_in(*range);
        for comment in context.tree.comments().iter().filter(|range| named(range)) {
            note_behind_names(&self.suppressions.without_rules(text, *comment), &mut found);
        }
        for region in context.tree.opaque().iter().filter(|range| named(range)) {
            note_behind_names(region.of(text), &mut found);
        }
        for node in context.tree.descendants(context.tree.root()) {
            if context.tree.kind(node) == Kind::String && named(&context.tree.range(node)) {
                note_behind_names(context.text_of(node), &mut found);
            }
        }
        self.secrets.merge(&found);
    }
}

/// Notes the words of a token's text: it may hold blanks, line ends and other parameters.
fn note_words(token: &str, secrets: &mut Secrets) {
    for word in token.split(|c: char| c.is_whitespace() || matches!(c, '&' | '#' | '"' | '\'' | '<' | '>' | '\\')) {
        let prefix = word.to_ascii_lowercase();
        if !prefix.ends_with("authtoken") && prefix != "bearer" && !word.contains("://") {
            secrets.add(word);
        }
    }
}

/// Notes the literals that a token expression is put together from. Names and keys, which only say where it is, are none.
fn note_strings(context: Context<'_>, value: NodeId, seen: &mut HashSet<NodeId>, secrets: &mut Secrets) {
    const PASSING: &[&str] = &["concat", "ifnull", "if", "ifelse", "trim", "tostring"];
    let tree = context.tree;
    let mut stack = vec![value];
    while let Some(node) = stack.pop() {
        if !seen.insert(node) {
            continue;
        }
        match tree.kind(node) {
            Kind::String => {
                if let Some(content) = plain_string(context.text, tree, node).filter(|content| !content.contains("://"))
                {
                    note_words(content, secrets);
                }
            }
            // Also a value that does not reach the request is the same kind of thing under the same name.
            Kind::Name => {
                let binding = context.scopes.binding(context.text, tree, node);
                stack.extend(binding.iter().flat_map(|binding| binding.writes).filter_map(|write| write.value));
            }
            Kind::Call => {
                let called = bindings::called_name(context.text, tree, node).unwrap_or("").to_ascii_lowercase();
                if PASSING.contains(&called.as_str()) {
                    stack.extend(tree.children(node));
                }
            }
            Kind::Binary | Kind::Paren | Kind::Chain => stack.extend(tree.children(node)),
            _ => {}
        }
    }
}

/// Notes what follows the token's name in prose, in a comment or in code that was not understood: `authtoken: abc`,
/// `authtoken = "abc"`, `Zoho-authtoken abc`.
pub(crate) fn note_behind_names(text: &str, secrets: &mut Secrets) {
    for (start, end, _) in behind_names(text) {
        note_behind_name(text.get(start..end).unwrap_or(""), secrets);
    }
    if !speaks_of_token(text) {
        return;
    }
    let lower = text.to_ascii_lowercase();
    for name in ["authtoken", "auth_token"] {
        for (at, _) in lower.match_indices(name) {
            let behind = text.get(at + name.len()..).unwrap_or("");
            // `authtoken2`, `authtoken_eu`
            let behind = behind.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
            let value = behind
                .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | '=' | ':' | '>'));
            if value.len() == behind.len() {
                continue;
            }
            let end =
                value.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))).unwrap_or(value.len());
            note_behind_name(value.get(..end).unwrap_or(""), secrets);
        }
    }
}

/// Notes what follows a token's name. A word of prose has no digits.
fn note_behind_name(word: &str, secrets: &mut Secrets) {
    if word.len() >= 6 && word.bytes().any(|byte| byte.is_ascii_digit()) {
        secrets.add(word);
    }
}
