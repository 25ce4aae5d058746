//! Words that are looked for in texts, in any letter case.

use aho_corasick::AhoCorasick;

use crate::source::TextRange;

/// Some words, ready to be looked for.
#[derive(Debug)]
pub struct Words {
    /// Nothing when they are too many to be looked for; then all are said to stand everywhere.
    search: Option<AhoCorasick>,
    shortest: usize,
}

impl Words {
    /// These words, of ASCII letters and signs.
    pub fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let search = AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok();
        let shortest = search.as_ref().map_or(0, AhoCorasick::min_pattern_len);
        Self { search, shortest }
    }

    /// Whether one of them stands in `text`.
    pub fn any_in(&self, text: &str) -> bool {
        text.len() >= self.shortest && self.search.as_ref().is_none_or(|words| words.is_match(text))
    }

    /// Where they stand in a text of which many parts will be asked about.
    pub fn places(&self, text: &str) -> Places {
        let found = |search: &AhoCorasick| search.find_overlapping_iter(text).map(|found| found.start()).collect();
        let mut starts: Option<Vec<usize>> = self.search.as_ref().map(found);
        starts.iter_mut().for_each(|starts| starts.sort_unstable());
        Places(starts)
    }
}

/// Where words stand in a text.
#[derive(Debug)]
pub struct Places(Option<Vec<usize>>);

impl Places {
    /// Whether a word begins in `range`.
    pub fn any_in(&self, range: TextRange) -> bool {
        self.0.as_ref().is_none_or(|starts| {
            let next = starts.get(starts.partition_point(|&start| start < range.start()));
            next.is_some_and(|&start| start < range.end())
        })
    }
}
