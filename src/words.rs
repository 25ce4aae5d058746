//! Words that are looked for in texts, in any letter case.

use aho_corasick::AhoCorasick;

/// Some words, ready to be looked for.
#[derive(Debug)]
pub struct Words(Option<AhoCorasick>);

impl Words {
    /// These words, of ASCII letters and signs.
    pub fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        Self(AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok())
    }

    /// Whether one of them stands in `text`; said of every text should they be too many to be looked for.
    pub fn any_in(&self, text: &str) -> bool {
        self.0.as_ref().is_none_or(|words| words.is_match(text))
    }
}
