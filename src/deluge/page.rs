//! Pages of a Creator export, which are stored encoded twice (facts 1.8): `Content="<zml …"` is a text with escapes that holds
//! a document, and in its `<![CDATA[…]]>` sections stands page code with its markup as entities.
//!
//! A page is decoded character by character, and each character remembers how it was spelt. So places lead back to the
//! file, and an edit is written the way the page is; one that would have to guess at the spelling is refused.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::text::edit::Edit;
use crate::text::offsets::Offsets;
use crate::text::source::TextRange;

const OPEN: &str = "<![CDATA[";
const CLOSE: &str = "]]>";

/// The code of one page, decoded, with the way back to the file.
#[derive(Debug)]
pub struct Page {
    /// The page as Zoho's editor shows it.
    pub text: String,
    /// From [`Page::text`] to the file.
    offsets: Offsets,
    /// How characters are spelt here that have several spellings: the most frequent one.
    spellings: HashMap<char, String>,
}

impl Page {
    /// The pages in a text literal at `literal`, its quotes included. Sections without page code are none. What is never
    /// closed ends with the literal.
    pub fn all_of(file: &str, literal: TextRange) -> Vec<Page> {
        let mut pages = Vec::new();
        let mut at = literal.start() + 1;
        let end = literal.end() - usize::from(literal.len() > 1 && literal.of(file).ends_with('"'));
        // Neither mark holds a character that the text would escape.
        while let Some(open) = find(file, at, end, OPEN) {
            let start = open + OPEN.len();
            let close = find(file, start, end, CLOSE).unwrap_or(end);
            let page = Page::decoded(file, TextRange::new(start, close));
            if page.text.contains("<%") || page.text.trim_start().starts_with("htmlpage") {
                pages.push(page);
            }
            at = (close + CLOSE.len()).min(end);
        }
        pages
    }

    fn decoded(file: &str, range: TextRange) -> Page {
        let mut page = Page { text: String::new(), offsets: Offsets::new(range), spellings: HashMap::new() };
        let mut counts: HashMap<char, HashMap<&str, usize>> = HashMap::new();
        let mut at = range.start();
        while let Some((character, length)) = next(file, TextRange::new(at, range.end())) {
            let spelling = file.get(at..at + length).unwrap_or("");
            at += length;
            page.text.push(character);
            if default_spelling(character).is_some() {
                *counts.entry(character).or_default().entry(spelling).or_default() += 1;
            }
            if length != character.len_utf8() || !spelling.starts_with(character) {
                page.offsets.note(page.text.len(), at);
            }
        }
        page.spellings = counts
            .into_iter()
            .filter_map(|(character, counts)| {
                let usual = default_spelling(character)?;
                let (most, _) = counts.into_iter().max_by_key(|&(it, count)| (count, it == usual, it))?;
                Some((character, most.to_owned()))
            })
            .collect();
        page
    }

    /// Where it stands in the file, encoded.
    pub fn range(&self) -> TextRange {
        self.offsets.range()
    }

    /// The file's range of a range of [`Page::text`].
    pub fn outer(&self, range: TextRange) -> TextRange {
        self.offsets.outer(range)
    }

    /// An edit of [`Page::text`] as an edit of `file`; `None` when what it touches is not spelt as the page spells its
    /// characters, so that it would have to guess.
    pub fn encoded(&self, file: &str, edit: &Edit) -> Option<Edit> {
        let range = self.outer(edit.range);
        let same = self.spelt(edit.range.of(&self.text)) == range.of(file);
        same.then(|| Edit::replace(range, self.spelt(&edit.replacement)))
    }

    fn spelt(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for character in text.chars() {
            match (self.spellings.get(&character), default_spelling(character)) {
                (Some(spelling), _) => out.push_str(spelling),
                (None, Some(spelling)) => out.push_str(&spelling),
                (None, None) => out.push(character),
            }
        }
        out
    }
}

fn find(file: &str, from: usize, to: usize, mark: &str) -> Option<usize> {
    file.get(from..to)?.find(mark).map(|at| from + at)
}

/// How Creator spells a character that has several spellings; `None` for one that only stands for itself.
fn default_spelling(character: char) -> Option<Cow<'static, str>> {
    Some(match character {
        '<' => "&lt;".into(),
        '>' => "&gt;".into(),
        '&' => "&amp;".into(),
        '"' => "&quot;".into(),
        '\'' => "&apos;".into(),
        '\\' => "\\\\".into(),
        '\n' => "\\n".into(),
        '\r' => "\\r".into(),
        '\t' => "\\t".into(),
        '/' => "/".into(),
        character if !character.is_ascii() => {
            let mut units = [0; 2];
            character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>().into()
        }
        _ => return None,
    })
}

/// The first character of the stretch through both layers, and the bytes it takes.
fn next(file: &str, stretch: TextRange) -> Option<(char, usize)> {
    let rest = stretch.of(file);
    let (first, length) = unescaped(rest)?;
    if first != '&' {
        return Some((first, length));
    }
    // `&lt;`, `&#39;`, `&#x27;`: short, and plain letters in the text.
    let name = rest.get(length..).unwrap_or("");
    let Some(end) = name.bytes().take(10).position(|byte| byte == b';') else { return Some((first, length)) };
    match entity(name.get(..end).unwrap_or("")) {
        Some(character) => Some((character, length + end + 1)),
        None => Some((first, length)),
    }
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    })
}

/// The first character of a text's content, escapes taken back, and the bytes it takes.
fn unescaped(rest: &str) -> Option<(char, usize)> {
    let first = rest.chars().next()?;
    let escape = rest.get(1..).unwrap_or("").chars().next().filter(|_| first == '\\');
    Some(match escape {
        Some('n') => ('\n', 2),
        Some('r') => ('\r', 2),
        Some('t') => ('\t', 2),
        Some('b') => ('\u{8}', 2),
        Some('f') => ('\u{C}', 2),
        Some('u') => return Some(unicode(rest).unwrap_or((first, 1))),
        Some(character @ ('"' | '\'' | '\\' | '/')) => (character, 2),
        // What is no escape stands for itself.
        _ => (first, first.len_utf8()),
    })
}

/// `\u00e9`, or two of them for a character beyond the first 65,536.
fn unicode(rest: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = rest.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let first = unit(0)?;
    let units: Vec<u16> = std::iter::once(first).chain(unit(6)).collect();
    match char::decode_utf16(units).next()? {
        Ok(character) => Some((character, 6 * character.len_utf16())),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(file: &str) -> Vec<Page> {
        Page::all_of(file, TextRange::new(0, file.len()))
    }

    const FILE: &str = r#""<zml>\n<![CDATA[htmlpage a()\ncontent\n&lt;%{\n\tx = &quot;caf\u00e9 \uD83D\uDE00&quot;; // &amp;lt; \"y\" it's\n}%&gt;]]>\n<![CDATA[plain]]></zml>""#;

    #[test]
    fn both_layers_are_decoded_and_places_lead_back() {
        let pages = pages(FILE);
        let [page] = pages.as_slice() else { panic!("{pages:?}") };
        assert_eq!(page.text, "htmlpage a()\ncontent\n<%{\n\tx = \"caf\u{e9} \u{1F600}\"; // &lt; \"y\" it's\n}%>");
        let outer = |inner: &str| {
            let at = page.text.find(inner).unwrap();
            page.outer(TextRange::new(at, at + inner.len())).of(FILE)
        };
        assert_eq!(outer("htmlpage a()"), "htmlpage a()");
        assert_eq!(outer("<%{"), "&lt;%{");
        assert_eq!(outer("\u{e9} \u{1F600}\";"), r"\u00e9 \uD83D\uDE00&quot;;");
        assert_eq!(outer("&lt; \"y\" it's"), r#"&amp;lt; \"y\" it's"#);
        assert_eq!(page.outer(TextRange::new(0, page.text.len())), page.range());
    }

    #[test]
    fn an_edit_is_spelt_as_the_page_is() {
        let pages = pages(FILE);
        let edit = |inner: &str, replacement: &str| {
            let at = pages[0].text.find(inner).unwrap();
            pages[0].encoded(FILE, &Edit::replace(TextRange::new(at, at + inner.len()), replacement))
        };
        let replacement = |edit: Option<Edit>| edit.map(|edit| edit.replacement);
        assert_eq!(
            replacement(edit("x = ", "a<b & \"c\"\n\t'\u{fc}'\\")).as_deref(),
            Some(r"a&lt;b &amp; &quot;c&quot;\n\t'\u00fc'\\")
        );
        assert_eq!(replacement(edit("x = \"caf\u{e9}", "")).as_deref(), Some(""));
        // These quotes are spelt in another way than most of the page's.
        assert_eq!(edit("\"y\"", "z"), None);
    }

    #[test]
    fn what_is_no_escape_and_no_entity_stands_for_itself() {
        let file = r#""<![CDATA[<%{ a & b &nbsp; \d \u12 \ud800 &#39;&#x41;&#xD800; }%>]]>""#;
        assert_eq!(pages(file)[0].text, r"<%{ a & b &nbsp; \d \u12 \ud800 'A&#xD800; }%>");
    }
}
