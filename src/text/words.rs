//! Words that are looked for in texts, in any letter case.

use aho_corasick::packed::Searcher;
use aho_corasick::{AhoCorasick, Span};

use crate::text::source::TextRange;

/// Some words, ready to be looked for.
#[derive(Debug)]
pub struct Words {
    /// Looks through a text in lower case with wide instructions, where the processor has them.
    wide: Option<Searcher>,
    /// Nothing when they are too many to be looked for; then all are said to stand everywhere.
    plain: Option<AhoCorasick>,
    shortest: usize,
}

/// From this length on (bytes) it pays to make a text lower case first, for the sake of the wide instructions.
const LONG: usize = 128;

impl Words {
    /// These words, of ASCII letters and signs.
    pub fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let words: Vec<String> = words.into_iter().map(str::to_ascii_lowercase).collect();
        let plain = AhoCorasick::builder().ascii_case_insensitive(true).build(&words).ok();
        let shortest = plain.as_ref().map_or(0, AhoCorasick::min_pattern_len);
        Self { wide: Searcher::new(&words), plain, shortest }
    }

    /// Whether one of them stands in `text`.
    pub fn any_in(&self, text: &str) -> bool {
        match &self.wide {
            _ if text.len() < self.shortest => false,
            Some(wide) if text.len() >= LONG => wide.find(text.to_ascii_lowercase()).is_some(),
            _ => self.plain.as_ref().is_none_or(|plain| plain.is_match(text)),
        }
    }

    /// Where they stand in a text of which many parts will be asked about.
    pub fn places(&self, text: &str) -> Places {
        let lower = text.to_ascii_lowercase();
        let next = |from: usize| match (&self.wide, &self.plain) {
            (Some(wide), _) => wide.find_in(&lower, Span::from(from..lower.len())).map(|found| found.start()),
            (None, plain) => plain.as_ref()?.find(lower.get(from..)?).map(|found| from + found.start()),
        };
        let starts = std::iter::successors(next(0), |last| next(last + 1));
        Places((self.wide.is_some() || self.plain.is_some()).then(|| starts.collect()))
    }
}

/// Where words stand in a text.
#[derive(Debug)]
pub struct Places(Option<Vec<usize>>);

impl Places {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.as_ref().is_some_and(Vec::is_empty)
    }

    /// Where each begins, in bytes; `None` when they were not looked for.
    pub fn starts(&self) -> Option<&[usize]> {
        self.0.as_deref()
    }

    /// Whether a word begins in `range`.
    pub fn any_in(&self, range: TextRange) -> bool {
        self.0.as_ref().is_none_or(|starts| {
            let next = starts.get(starts.partition_point(|&start| start < range.start()));
            next.is_some_and(|&start| start < range.end())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_short_and_in_long_texts() {
        let words = Words::new(["authtoken", "auth_token", "token"]);
        for pad in [0, 1, LONG, 3 * LONG] {
            let text = format!("{}AuthToken, auth_tokentoken é", "é".repeat(pad));
            let at = 2 * pad;
            assert!(words.any_in(&text), "{pad}");
            assert!(!words.any_in(&text.replace("oken", "okén").replace("OKEN", "")), "{pad}");
            let places = words.places(&text);
            let starts: Vec<usize> =
                (0..text.len()).filter(|&start| places.any_in(TextRange::new(start, start + 1))).collect();
            assert_eq!(starts, [at, at + 4, at + 11, at + 16, at + 21]);
        }
        assert!(!words.any_in(""));
        assert!(!words.places("").any_in(TextRange::new(0, 1)));
    }
}
