//! JSON as Zoho's APIs answer (facts 10.4): functions whose scripts are texts, and definitions of webhooks.
//!
//! A text is taken for a script by what it says; less of that is enough when it is called `script` or `workflow`. Texts
//! without a word of what is looked for are not even decoded. A text that is JSON itself is read in the same way.
//!
//! ```text
//! {"functions":[{"name":"notify","script":"r = getUrl(\"…\");"}]}    a script; edits are written back escaped
//! {"url":"https://…?authtoken=…","http_method":"POST","headers":[…]} a webhook; Zoho keeps it, so it is only reported
//! ```

mod webhook;

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use aho_corasick::AhoCorasick;

use crate::deluge::detect::{is_plainly_deluge, looks_like_deluge};
use crate::text::edit::Edit;
use crate::text::json::{self, Event, Flaw, Spelling, Text};
use crate::text::source::TextRange;

pub use webhook::WebhookToken;
use webhook::Webhooks;

/// Which text of a file: its number among the document's texts, and, when that text is a document too, the number in there.
/// Editing texts changes no number.
pub type ScriptPlace = Vec<u32>;

/// One text of a document, with the way back to it.
#[derive(Debug)]
pub struct Layer {
    text: Text,
    spelling: Arc<Spelling>,
}

impl Layer {
    /// What the text says.
    pub fn text(&self) -> &str {
        &self.text.text
    }

    /// The document's range of a range of the text.
    pub fn outer(&self, range: TextRange) -> TextRange {
        self.text.outer(range)
    }

    /// An edit of the text as one of the document; `None` when it cannot be encoded exactly.
    pub fn encoded(&self, edit: &Edit) -> Option<Edit> {
        self.text.encoded(edit, &self.spelling)
    }
}

/// A script.
#[derive(Debug)]
pub struct Script {
    /// Where it is.
    pub place: ScriptPlace,
    /// The texts it stands in, from the file inwards; the last one is the script.
    pub layers: Vec<Arc<Layer>>,
}

/// A text that may be a script.
struct FoundText {
    number: u32,
    range: TextRange,
    /// Whether it is called one.
    named: bool,
}

/// What is in a file.
#[derive(Default, Debug)]
pub struct Export {
    /// In text order.
    pub scripts: Vec<Script>,
    /// Tokens that webhooks send, in text order.
    pub tokens: Vec<WebhookToken>,
}

/// What has to stand in a text for anything to be found in it: a request, a token's name, a service of Zoho's; or letters that
/// are spelt as escapes, which may be any of those.
fn signs() -> Option<&'static AhoCorasick> {
    const SIGNS: &[&str] = &[
        "authtoken",
        "auth_token",
        "authorization",
        "invokeurl",
        "invokeapi",
        "geturl",
        "posturl",
        "puturl",
        "zoho.",
        "zohoapis",
        "refresh_token",
        "client_secret",
        "\\u004",
        "\\u005",
        "\\u006",
        "\\u007",
    ];
    static SEARCH: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(SIGNS).ok());
    SEARCH.as_ref()
}

/// Whether anything may be found in the file.
pub fn has_sign(text: &str) -> bool {
    signs().is_none_or(|signs| signs.is_match(text))
}

/// A text inside of more texts than these is not read: each doubles the backslashes.
const MOST_LAYERS: usize = 16;

impl Export {
    /// Reads a file. With `wanted`, its scripts are the texts at these places, whatever they say now. Linear in the length
    /// of `text`, for each layer.
    ///
    /// # Errors
    /// [`Flaw`], with its place in the file.
    pub fn of(text: &str, wanted: Option<&[ScriptPlace]>) -> Result<Self, Flaw> {
        let mut export = Self::default();
        let wanted: Option<HashSet<&[u32]>> = wanted.map(|places| places.iter().map(Vec::as_slice).collect());
        export.read(text, &[], &[], wanted.as_ref())?;
        export.tokens.sort_by_key(|token| token.range);
        Ok(export)
    }

    /// Reads one document: the file, or the last of `layers`, which is the text at `place`.
    fn read(
        &mut self,
        document: &str,
        layers: &[Arc<Layer>],
        place: &[u32],
        wanted: Option<&HashSet<&[u32]>>,
    ) -> Result<(), Flaw> {
        let outer = |range: TextRange| layers.iter().rev().fold(range, |range, layer| layer.outer(range));
        let mut found: Vec<FoundText> = Vec::new();
        let mut named = false;
        let mut webhooks = Webhooks::new(document);
        let mut signs = signs().map(|signs| signs.find_iter(document).peekable());
        let mut number = 0;
        let numbers: Option<HashSet<u32>> =
            wanted.map(|wanted| wanted.iter().filter_map(|it| it.strip_prefix(place)?.first().copied()).collect());
        json::scan(document, &mut |event| {
            let mut has_sign = true;
            if let (Event::Text(range), Some(signs)) = (event, &mut signs) {
                while signs.next_if(|sign| sign.start() < range.start()).is_some() {}
                has_sign = signs.peek().is_some_and(|sign| sign.start() < range.end());
            }
            webhooks.event(event, has_sign);
            if let Event::Key(range) = event {
                named = matches!(range.of(document), "script" | "workflow");
            }
            if let Event::Text(range) = event {
                if numbers.as_ref().map_or(has_sign, |numbers| numbers.contains(&number)) {
                    found.push(FoundText { number, range, named });
                }
                number += 1;
            }
        })
        .map_err(|flaw| Flaw { offset: outer(TextRange::empty(flaw.offset)).start(), ..flaw })?;
        self.tokens.extend(webhooks.tokens().map(|token| WebhookToken { range: outer(token.range), ..token }));
        let spelling = Arc::new(Spelling::of(document, found.iter().map(|it| it.range)));
        for FoundText { number, range, named } in found {
            let is_script = if named { looks_like_deluge } else { is_plainly_deluge };
            let layer = Layer { text: Text::decoded(document, range), spelling: Arc::clone(&spelling) };
            let place: ScriptPlace = place.iter().copied().chain([number]).collect();
            let layers: Vec<Arc<Layer>> = layers.iter().cloned().chain([Arc::new(layer)]).collect();
            let Some(text) = layers.last().map(|layer| layer.text()) else { continue };
            if is_document(text) {
                if layers.len() == MOST_LAYERS {
                    let offset = outer(range).start();
                    return Err(Flaw { offset, message: "more than 16 texts stand inside of one another here" });
                }
                self.read(text, &layers, &place, wanted)?;
            } else if wanted.map_or_else(|| is_script(text), |wanted| wanted.contains(place.as_slice())) {
                self.scripts.push(Script { place, layers });
            }
        }
        Ok(())
    }
}

/// Whether a text is JSON itself.
fn is_document(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && json::scan(text, &mut |_| {}).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scripts(text: &str) -> Vec<(ScriptPlace, String)> {
        let export = Export::of(text, None).unwrap();
        let shown = |script: &Script| (script.place.clone(), script.layers.last().unwrap().text().to_owned());
        export.scripts.iter().map(shown).collect()
    }

    #[test]
    fn scripts_are_told_by_what_they_say() {
        let text = r#"{"a":"getUrl(\"x\");","b":"On desk.zoho.com you find it","c":{"d":["invokeurl\n[\nurl :u\n]"]},"getUrl":1}"#;
        let found = scripts(text);
        assert_eq!(found, [(vec![0], "getUrl(\"x\");".to_owned()), (vec![2], "invokeurl\n[\nurl :u\n]".to_owned())]);
        assert_eq!(scripts(r#"{"a":"\u0067etUrl(u);"}"#), [(vec![0], "getUrl(u);".to_owned())]);
        assert_eq!(scripts(r#"{"description":"Sends the authtoken to zoho.com","zoho.":""}"#), []);
    }

    #[test]
    fn json_in_json_is_read_and_places_lead_to_the_file() {
        let inner = r#"{"s":"r = getUrl(\"https://desk.zoho.com\");"}"#;
        let text = format!("{{\"x\":\"\",\"body\":{}}}", serde_json::to_string(inner).unwrap());
        let export = Export::of(&text, None).unwrap();
        let [script] = export.scripts.as_slice() else { panic!("{export:?}") };
        assert_eq!(script.place, [1, 0]);
        let code = script.layers.last().unwrap().text();
        assert_eq!(code, "r = getUrl(\"https://desk.zoho.com\");");
        let at = code.find("\"https").unwrap();
        let quote = script.layers.iter().rev().fold(TextRange::new(at, at + 1), |range, layer| layer.outer(range));
        assert_eq!(quote.of(&text), r#"\\\""#);
        let again = Export::of(&text.replace("getUrl", "x"), Some(&[vec![1, 0]])).unwrap();
        assert_eq!(again.scripts.len(), 1, "its place tells it, whatever it says");
    }

    #[test]
    fn texts_inside_of_texts_without_end_are_an_error() {
        let mut text = "[\"getUrl(u);\"]".to_owned();
        for _ in 0..MOST_LAYERS {
            assert!(Export::of(&text, None).is_ok());
            text = format!("[{}]", serde_json::to_string(&text).unwrap());
        }
        let flaw = Export::of(&text, None).unwrap_err();
        assert_eq!(flaw.message, "more than 16 texts stand inside of one another here");
    }
}
