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
    /// The words themselves where they are few, for short texts.
    few: Vec<String>,
    /// The bytes that those begin with, as bits.
    begins: u128,
    shortest: usize,
}

/// From this length on (bytes) it pays to make a text lower case first, for the sake of the wide instructions.
const LONG: usize = 128;

/// More words than this are not compared one by one.
const FEW: usize = 4;

impl Words {
    /// These words, of ASCII letters and signs.
    pub fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let words: Vec<String> = words.into_iter().map(str::to_ascii_lowercase).collect();
        let plain = AhoCorasick::builder().ascii_case_insensitive(true).build(&words).ok();
        let shortest = plain.as_ref().map_or(0, AhoCorasick::min_pattern_len);
        let wide = Searcher::new(&words);
        let few = if shortest > 0 && words.len() <= FEW { words } else { Vec::new() };
        let both = |byte: u8| bit(byte) | bit(byte.to_ascii_uppercase());
        let begins = few.iter().filter_map(|word| word.bytes().next()).map(both).fold(0, |all, one| all | one);
        Self { wide, plain, few, begins, shortest }
    }

    /// Whether one of them stands in `text`.
    pub fn any_in(&self, text: &str) -> bool {
        match &self.wide {
            _ if text.len() < self.shortest => false,
            Some(wide) if text.len() >= LONG => wide.find(text.to_ascii_lowercase()).is_some(),
            _ if !self.few.is_empty() => self.is_one_in(text.as_bytes()),
            _ => self.plain.as_ref().is_none_or(|plain| plain.is_match(text)),
        }
    }

    /// The same of few words and a short text.
    fn is_one_in(&self, text: &[u8]) -> bool {
        let begins = |&(_, &byte): &(usize, &u8)| self.begins & bit(byte) != 0;
        text.iter().enumerate().filter(begins).any(|(at, _)| {
            let is_here = |word: &String| {
                text.get(at..at + word.len()).is_some_and(|here| here.eq_ignore_ascii_case(word.as_bytes()))
            };
            self.few.iter().any(is_here)
        })
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

/// The bit of an ASCII character; none of another byte.
fn bit(byte: u8) -> u128 {
    if byte.is_ascii() { 1 << byte } else { 0 }
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
