//! One text of a JSON document.

use std::collections::HashMap;

use super::Flaw;
use crate::text::edit::Edit;
use crate::text::offsets::Offsets;
use crate::text::source::TextRange;

/// Where the text ends that begins at byte `start`, behind its quote: at the closing one.
pub(super) fn end(bytes: &[u8], start: usize) -> Result<usize, Flaw> {
    let mut at = start;
    loop {
        let rest = bytes.get(at..).unwrap_or(&[]);
        let never = Flaw { offset: start - 1, message: "this text never ends" };
        let stop = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'\n' | b'\r')).ok_or(never)?;
        at += stop;
        match rest.get(stop..).unwrap_or(&[]) {
            [b'"', ..] => return Ok(at),
            [b'\\', b'u', digits @ ..] => {
                let hex = digits.get(..4).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
                if !hex {
                    return Err(Flaw { offset: at, message: "this is not an escape" });
                }
                at += 6;
            }
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => at += 2,
            [b'\\'] => return Err(never),
            [b'\\', ..] => return Err(Flaw { offset: at, message: "this is not an escape" }),
            _ => return Err(Flaw { offset: at, message: "a text must not hold a line end; it is written `\\n`" }),
        }
    }
}

/// A text, decoded, with the way back to the document.
#[derive(Debug)]
pub struct Text {
    /// What it says. Half of a surrogate pair, which stands for no character, reads as U+FFFD.
    pub text: String,
    /// From [`Text::text`] to the document.
    offsets: Offsets,
    /// Where in [`Text::text`] halves of surrogate pairs stand.
    halves: Vec<u32>,
}

impl Text {
    /// The text at `range` of the document, without its quotes; a range that [`super::scan`] yielded.
    pub fn decoded(document: &str, range: TextRange) -> Self {
        let (text, offsets) = (String::with_capacity(range.len()), Offsets::new(range));
        let mut it = Self { text, offsets, halves: Vec::new() };
        let mut rest = range.of(document);
        while let Some((plain, escape)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
            it.text.push_str(plain);
            let (character, length) = unescaped(escape);
            if character.is_none() {
                it.halves.push(it.text.len() as u32);
            }
            it.text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
            rest = escape.get(length..).unwrap_or("");
            it.offsets.note(it.text.len(), range.end() - rest.len());
        }
        it.text.push_str(rest);
        it
    }

    /// The document's range of a range of [`Text::text`].
    pub fn outer(&self, range: TextRange) -> TextRange {
        self.offsets.outer(range)
    }

    /// An edit of [`Text::text`] as an edit of the document, with new characters in the given spelling: whoever decodes the
    /// document after it finds this text after that. `None` beside halves of surrogate pairs, which could come together.
    pub fn encoded(&self, edit: &Edit, spelling: &Spelling) -> Option<Edit> {
        // U+FFFD takes three bytes: a half that ends where the edit begins is touched.
        let (start, end) = (edit.range.start() as u32, edit.range.end() as u32);
        let first = self.halves.partition_point(|&half| half + 3 < start);
        let touched = self.halves.get(first).is_some_and(|&half| half <= end);
        let copied = !self.halves.is_empty() && edit.replacement.contains(char::REPLACEMENT_CHARACTER);
        (!touched && !copied).then(|| Edit::replace(self.outer(edit.range), spelling.spelt(&edit.replacement)))
    }
}

/// The character of the escape that `text` begins with, and the bytes it takes; none for half of a surrogate pair.
fn unescaped(text: &str) -> (Option<char>, usize) {
    let character = match text.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{C}',
        Some(b'u') => {
            let unit = |at: usize| {
                let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
                u16::from_str_radix(digits, 16).ok()
            };
            let first = unit(0).unwrap_or_default();
            let units = std::iter::once(first).chain(unit(6));
            return match char::decode_utf16(units).next() {
                Some(Ok(character)) => (Some(character), 6 * character.len_utf16()),
                _ => (None, 6),
            };
        }
        Some(&plain) => char::from(plain),
        None => '\\',
    };
    (Some(character), 2)
}

/// How a document spells characters that can be spelt in several ways: each as it does most of the time.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Spelling {
    by_character: HashMap<char, String>,
    /// Whether characters beyond ASCII that it does not hold are escaped too.
    ascii: bool,
    /// Whether the digits of its escapes are in upper case.
    upper: bool,
}

impl Spelling {
    /// The spelling of the document's texts at these ranges.
    pub fn of(document: &str, ranges: impl Iterator<Item = TextRange>) -> Self {
        let mut counts: HashMap<char, HashMap<&str, usize>> = HashMap::new();
        let mut digits = (0usize, 0usize);
        for range in ranges {
            let mut rest = range.of(document);
            while let Some(first) = rest.chars().next() {
                let (character, length) = match first {
                    '\\' => unescaped(rest),
                    _ => (Some(first), first.len_utf8()),
                };
                let (spelt, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
                rest = behind;
                if let Some(hex) = spelt.strip_prefix("\\u") {
                    digits.0 += usize::from(hex.contains(|digit: char| digit.is_ascii_uppercase()));
                    digits.1 += usize::from(hex.contains(|digit: char| matches!(digit, 'a'..='f')));
                }
                if let Some(character) = character.filter(|&character| has_several(character)) {
                    *counts.entry(character).or_default().entry(spelt).or_default() += 1;
                }
            }
        }
        let most = |(character, counts): (char, HashMap<&str, usize>)| {
            let usual = usual(character, false, false);
            let (spelt, _) = counts.into_iter().max_by_key(|&(it, count)| (count, it == usual, it))?;
            Some((character, spelt.to_owned()))
        };
        let by_character: HashMap<char, String> = counts.into_iter().filter_map(most).collect();
        let beyond = by_character.iter().filter(|(character, _)| !character.is_ascii());
        let (escaped, plain): (Vec<_>, Vec<_>) = beyond.partition(|(_, spelt)| spelt.starts_with('\\'));
        Self { ascii: escaped.len() > plain.len(), upper: digits.0 > digits.1, by_character }
    }

    /// The text as the document would spell it.
    pub fn spelt(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for character in text.chars() {
            match self.by_character.get(&character) {
                Some(spelt) => out.push_str(spelt),
                None if has_several(character) => out.push_str(&usual(character, self.ascii, self.upper)),
                None => out.push(character),
            }
        }
        out
    }
}

/// Whether some programs write the character and others escape it, or whether there are several escapes for it. Those that
/// write JSON into web pages escape signs of HTML.
fn has_several(character: char) -> bool {
    character.is_control()
        || !character.is_ascii()
        || matches!(character, '"' | '\\' | '/' | '<' | '>' | '&' | '=' | '\'' | '+')
}

/// How a character is spelt in a document that does not hold it.
fn usual(character: char, ascii: bool, upper: bool) -> String {
    let short = match character {
        '"' | '\\' => character,
        '\n' => 'n',
        '\t' => 't',
        '\r' => 'r',
        '\u{8}' => 'b',
        '\u{C}' => 'f',
        '\0'..='\u{1f}' | '\u{80}'.. if ascii || character.is_ascii() => {
            let mut units = [0; 2];
            let escape = |unit: &u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
            return character.encode_utf16(&mut units).iter().map(escape).collect();
        }
        _ => return character.into(),
    };
    format!("\\{short}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(document: &str) -> Text {
        Text::decoded(document, TextRange::new(1, document.len() - 1))
    }

    fn spelling(document: &str) -> Spelling {
        Spelling::of(document, std::iter::once(TextRange::new(1, document.len() - 1)))
    }

    const TEXT: &str = r#""x = \"\u0022\u00E9\uD83D\uDE00\/a\\n\" é;\r\n\t\u000a\u003c""#;

    #[test]
    fn texts_are_decoded_and_places_lead_back() {
        let text = whole(TEXT);
        assert_eq!(text.text, "x = \"\"\u{e9}\u{1F600}/a\\n\" \u{e9};\r\n\t\n<");
        let outer = |inner: &str| {
            let at = text.text.find(inner).unwrap();
            text.outer(TextRange::new(at, at + inner.len())).of(TEXT)
        };
        assert_eq!(outer("x = \""), r#"x = \""#);
        assert_eq!(outer("\"\u{e9}"), r"\u0022\u00E9");
        assert_eq!(outer("\u{1F600}/"), r"\uD83D\uDE00\/");
        assert_eq!(outer("\\n"), r"\\n");
        assert_eq!(outer("\n<"), r"\u000a\u003c");
        assert_eq!(text.outer(TextRange::empty(0)), TextRange::empty(1));
        assert_eq!(text.outer(TextRange::empty(text.text.len())).start(), TEXT.len() - 1);
    }

    #[test]
    fn new_text_is_spelt_as_the_document_is() {
        let spelt = |document: &str, text: &str| spelling(document).spelt(text);
        assert_eq!(spelt(r#""a""#, "\"\\\n\t\r\u{1}\u{7f}/<é\u{1F600}"), "\\\"\\\\\\n\\t\\r\\u0001\u{7f}/<é\u{1F600}");
        assert_eq!(
            spelt(r#""\u00E9\u00C0\/\u0022\u003d""#, "\"/=\u{f4}\u{1F600}<"),
            r"\u0022\/\u003d\u00F4\uD83D\uDE00<"
        );
        assert_eq!(spelt(r#""\u00e9é é \/ / /\u000a""#, "\u{e9}\u{f4}/\n"), "éô/\\u000a");
    }

    #[test]
    fn halves_of_surrogate_pairs_are_kept_apart() {
        let document = r#""a\ud83d_\ude00b\ufffdc""#;
        let text = whole(document);
        assert_eq!(text.text, "a\u{fffd}_\u{fffd}b\u{fffd}c");
        let edit = |inner: &str, new: &str| {
            let at = text.text.find(inner).unwrap();
            text.encoded(&Edit::replace(TextRange::new(at, at + inner.len()), new), &Spelling::default())
        };
        assert_eq!(edit("_", ""), None);
        assert_eq!(edit("a", ""), None);
        assert_eq!(edit("c", "\u{fffd}"), None);
        assert!(edit("c", "").is_some());
    }

    /// A text as JSON, each character spelt in one of its ways.
    fn spelt() -> impl Strategy<Value = String> {
        let one = prop_oneof![
            4 => "[ -!#-\\[\\]-~]",
            1 => prop_oneof![Just("é"), Just("\u{1F600}"), Just("\u{2028}"), Just("\u{7f}"), Just("\t")]
                .prop_map(str::to_owned),
            4 => prop::sample::select(vec![
                r#"\""#, r"\\", r"\/", r"\b", r"\f", r"\n", r"\r", r"\t", r"\u0022", r"\u005C", r"\u005c", r"\u0000", r"\u00e9",
                r"\u00E9", r"\uD83D\uDE00", r"\ud83d\ude00", r"\ud83d", r"\ude00", r"\u003d", r"\r\n", r"\uFFFD",
            ])
            .prop_map(str::to_owned),
        ];
        prop::collection::vec(one, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        /// serde_json decodes what was edited to the edited text; what is outside of the edit stays byte for byte.
        #[test]
        fn an_edit_of_the_document_is_one_of_the_text(
            spelt in spelt(),
            cut in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
            new in prop_oneof![any::<String>(), Just(String::new()), Just("\"\\\n".to_owned())],
        ) {
            let document = format!("\"{spelt}\"");
            let text = whole(&document);
            let decoded: Result<String, _> = serde_json::from_str(&document);
            if let Ok(decoded) = &decoded {
                prop_assert_eq!(&text.text, decoded);
            }
            let places: Vec<usize> =
                text.text.char_indices().map(|(at, _)| at).chain([text.text.len()]).collect();
            let (one, other) = (*cut.0.get(&places), *cut.1.get(&places));
            let range = TextRange::new(one.min(other), one.max(other));
            let edit = Edit::replace(range, new.as_str());
            let outer = text.encoded(&edit, &spelling(&document));
            if decoded.is_ok() {
                prop_assert!(outer.is_some());
            }
            if let Some(outer) = outer {
                let mut after = document.clone();
                after.replace_range(outer.range.start()..outer.range.end(), &outer.replacement);
                prop_assert_eq!(end(after.as_bytes(), 1), Ok(after.len() - 1));
                let mut wanted = text.text.clone();
                wanted.replace_range(range.start()..range.end(), &new);
                prop_assert_eq!(&whole(&after).text, &wanted);
                if decoded.is_ok() {
                    prop_assert_eq!(serde_json::from_str::<String>(&after).unwrap_or_default(), wanted);
                }
            }
        }
    }
}
