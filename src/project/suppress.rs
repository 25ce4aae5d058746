//! Comments that suppress findings: `// authshift-ignore RULE[, RULE]: reason`, on the line of the finding or on a line of its
//! own above it. Only comments that the syntax knows as such count, never a text that reads like one.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::finding::{Rule, Severity};
use crate::project::config::unknown;
use crate::text::edit::Edit;
use crate::text::excerpt::shortened;
use crate::text::source::{LineIndex, TextRange};

/// What such a comment begins with; letter case does not matter.
pub const WORD: &str = "authshift-ignore";

/// What findings a comment is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Reach {
    /// Those that begin on this line, counted from 1.
    Line(u32),
    /// Those inside of the comment that begins at this byte.
    Comment(usize),
}

/// A rule, or what stands in the place of one, in a suppressing comment.
#[derive(Debug)]
pub struct Mention {
    /// Where.
    pub range: TextRange,
    /// The rule, or what is wrong.
    pub rule: Result<Rule, String>,
    places: Vec<Reach>,
}

/// What the comments of a file suppress.
#[derive(Default, Debug)]
pub struct Suppressions {
    mentions: Vec<Mention>,
    keys: HashSet<(Reach, Rule)>,
    /// The comments, in text order.
    comments: Vec<TextRange>,
    /// The whole lines from a comment to the last one that it is about, sorted, without overlap.
    zones: Vec<TextRange>,
    index: Option<LineIndex>,
}

impl Suppressions {
    /// Reads the `comments` of a text; they are sorted and do not overlap. What begins with none of [`MARKS`] is
    /// none. Linear in the length of the text.
    pub fn of(text: &str, comments: &[TextRange]) -> Self {
        let mut found: Vec<(TextRange, Vec<Mention>)> = Vec::new();
        for &comment in comments {
            let mentions = mentions(text, comment);
            if !mentions.is_empty() {
                found.push((comment, mentions));
            }
        }
        if found.is_empty() {
            return Self::default();
        }
        let mut this = Self { index: Some(LineIndex::new(text)), ..Self::default() };
        this.comments = found.iter().map(|(comment, _)| *comment).collect();
        // From the last one to the first: comments above one another are about the same line.
        let mut below: Option<(u32, u32)> = None;
        for (comment, mentions) in found.into_iter().rev() {
            below = this.place(text, comment, mentions, below);
        }
        this.mentions.reverse();
        this.zones.reverse();
        this
    }

    /// The same with the lines of Deluge that would be such comments if a `#` began one; `comments` as before.
    pub fn of_deluge(text: &str, comments: &[TextRange]) -> Self {
        let mut this = Self::of(text, comments);
        let is_blank = |c: char| c.is_whitespace() && !matches!(c, '\n' | '\r');
        for start in memchr::memchr_iter(b'#', text.as_bytes()) {
            let before = text.get(..start).unwrap_or("").trim_end_matches(is_blank);
            if !before.is_empty() && !before.ends_with(['\n', '\r']) {
                continue;
            }
            let rest = text.get(start..).unwrap_or("");
            if begins(rest.trim_start_matches('#').trim_start_matches(is_blank), WORD) {
                let before = comments.partition_point(|comment| comment.start() <= start);
                let around = comments.get(..before).and_then(<[_]>::last);
                if around.is_none_or(|comment| comment.end() <= start) {
                    let problem = format!("`#` does not start a comment in Deluge; write `// {WORD} RULE: reason`");
                    let line = rest.split(['\n', '\r']).next().unwrap_or("");
                    let range = TextRange::new(start, start + line.trim_end().len());
                    this.mentions.push(Mention { range, rule: Err(problem), places: Vec::new() });
                }
            }
        }
        this.mentions.sort_by_key(|mention| mention.range.start());
        this
    }

    /// Finds out what a comment is about. `below` is the next comment that stands alone: its line, and the line it is about;
    /// so is what is returned.
    fn place(
        &mut self,
        text: &str,
        comment: TextRange,
        mentions: Vec<Mention>,
        below: Option<(u32, u32)>,
    ) -> Option<(u32, u32)> {
        let index = self.index.as_ref()?;
        let (first, last) = (index.line(comment.start()), index.line(comment.end()));
        let before = TextRange::new(index.line_range(first).start(), comment.start()).of(text);
        let behind = TextRange::new(comment.end(), index.line_range(last).end()).of(text);
        let mut lines = Vec::new();
        if !is_blank(before, &["<%", "<%{", "<%="]) {
            lines.push(first);
        }
        if !is_blank(behind, &["%>", "}%>"]) {
            lines.push(last);
        }
        let alone = lines.is_empty();
        if alone {
            lines.push(below.filter(|(line, _)| *line == last + 1).map_or(last + 1, |(_, target)| target));
        }
        let end = lines.iter().copied().max().unwrap_or(last).max(last);
        let mut places: Vec<Reach> = lines.iter().map(|&line| Reach::Line(line)).collect();
        places.push(Reach::Comment(comment.start()));
        let zone = TextRange::new(index.line_range(first).start(), index.line_range(end).end());
        if mentions.iter().any(|mention| mention.rule.as_ref().is_ok_and(|&rule| guards(rule))) {
            match self.zones.last_mut() {
                Some(next) if next.intersects(zone) => *next = next.cover(zone),
                _ => self.zones.push(zone),
            }
        }
        for mut mention in mentions.into_iter().rev() {
            if let Ok(rule) = mention.rule {
                self.keys.extend(places.iter().map(|&place| (place, rule)));
            }
            mention.places.clone_from(&places);
            self.mentions.push(mention);
        }
        alone.then_some((first, end))
    }

    /// Whether there is no such comment.
    pub fn is_empty(&self) -> bool {
        self.mentions.is_empty()
    }

    /// Whether one of them stands in that comment.
    pub fn is_in(&self, comment: TextRange) -> bool {
        self.comments.binary_search(&comment).is_ok()
    }

    /// The text of a comment without the rules that it names, some of which contain `authtoken`.
    pub fn without_rules<'t>(&self, text: &'t str, comment: TextRange) -> Cow<'t, str> {
        if !self.is_in(comment) {
            return Cow::Borrowed(comment.of(text));
        }
        let from = self.mentions.partition_point(|mention| mention.range.end() <= comment.start());
        let mut rest = String::new();
        let mut at = comment.start();
        let inside = |mention: &&Mention| mention.range.start() < comment.end();
        for mention in self.mentions.iter().skip(from).take_while(inside) {
            rest.push_str(TextRange::new(at, mention.range.start()).of(text));
            at = mention.range.end();
        }
        Cow::Owned(rest + TextRange::new(at, comment.end()).of(text))
    }

    /// Whether a finding of `rule` at `range` is suppressed.
    pub fn covers(&self, rule: Rule, range: TextRange) -> bool {
        !self.of_finding(rule, range).is_empty()
    }

    fn of_finding(&self, rule: Rule, range: TextRange) -> Vec<(Reach, Rule)> {
        let Some(index) = &self.index else { return Vec::new() };
        let before = self.comments.partition_point(|comment| comment.start() <= range.start());
        let around = self.comments.get(..before).and_then(<[_]>::last);
        let inside = around.filter(|comment| comment.contains(range.start()));
        let places = [Some(Reach::Line(index.line(range.start()))), inside.map(|it| Reach::Comment(it.start()))];
        let keys = places.into_iter().flatten().map(|place| (place, rule));
        keys.filter(|key| self.keys.contains(key)).collect()
    }

    /// The mentions that suppress none of the findings for which `findings` gives rule and range, in text order.
    pub fn unused(&self, findings: impl Iterator<Item = (Rule, TextRange)>) -> Vec<&Mention> {
        let used: HashSet<_> = findings.flat_map(|(rule, range)| self.of_finding(rule, range)).collect();
        let serves = |mention: &Mention, rule: Rule| mention.places.iter().any(|&place| used.contains(&(place, rule)));
        self.mentions
            .iter()
            .filter(|mention| mention.rule.as_ref().map_or(true, |&rule| !serves(mention, rule)))
            .collect()
    }

    /// The ordinal of the comment, with the line it is for, that the range touches first.
    pub fn zone_at(&self, range: TextRange) -> Option<usize> {
        let zone = self.zones.partition_point(|zone| zone.end() <= range.start());
        self.zones.get(zone).is_some_and(|zone| zone.start() <= range.end()).then_some(zone)
    }

    /// Whether an edit would change what is suppressed: it reaches into one of `kept` (sorted, without overlap), parts one of
    /// them from its comment, or brings other code to a comment.
    pub fn are_disturbed_by(&self, text: &str, edit: &Edit, kept: &[TextRange]) -> bool {
        let range = edit.range;
        let touched = kept.partition_point(|one| one.end() <= range.start());
        let inside = |one: &TextRange| one.intersects(range) || one.contains(range.start());
        if kept.get(touched).is_some_and(inside) {
            return true;
        }
        let Some(&zone) = self.zone_at(range).and_then(|zone| self.zones.get(zone)) else { return false };
        if range.end() == zone.start() {
            // Whole lines may come and go above a comment, but nothing may come to stand before it on its line.
            let before = text.get(..range.start()).unwrap_or("");
            let left = if edit.replacement.is_empty() { before } else { &edit.replacement };
            return !(left.is_empty() || left.ends_with(['\n', '\r']));
        }
        if range.start() < zone.start() || range.end() > zone.end() {
            return true;
        }
        let (old, new) = (line_ends(range.of(text)), line_ends(&edit.replacement));
        let keeps = |from: usize, to: usize| begins_one(kept, from, to);
        let holds = |from: usize, to: usize| keeps(from, to) || begins_one(&self.comments, from, to);
        let parts = holds(zone.start(), range.start()) && holds(range.end(), zone.end());
        new < old || (new > old && parts && keeps(zone.start(), zone.end()))
    }
}

/// Whether one of the sorted ranges begins between two bytes.
fn begins_one(sorted: &[TextRange], from: usize, to: usize) -> bool {
    sorted.get(sorted.partition_point(|one| one.start() < from)).is_some_and(|one| one.start() < to)
}

/// Whether a comment that names the rule must keep its place while files are edited: without it, a token would be fixed
/// or reported that is to be left alone, or one would be hidden that nobody wanted hidden.
fn guards(rule: Rule) -> bool {
    rule.default_severity() == Severity::Error || rule == Rule::OauthByHand
}

/// Whether there is nothing on this side of a comment but white space, and perhaps one of the tags of a page.
fn is_blank(text: &str, tags: &[&str]) -> bool {
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}'));
    text.is_empty() || tags.contains(&text)
}

/// How many line ends `text` has: `\n`, `\r\n` and lone `\r`.
pub fn line_ends(text: &str) -> usize {
    LineIndex::new(text).lines() - 1
}

/// What comments begin and end with, those of Deluge first; the others are of the languages of apps.
const MARKS: [(&str, &str); 8] =
    [("//", ""), ("/*", "*/"), ("#", ""), ("<!--", "-->"), (";", ""), ("<#", "#>"), ("!", ""), ("\"\"\"", "\"\"\"")];

/// Other ways to write [`WORD`], which suppress nothing.
const SLIPS: [&str; 6] = [
    "authshift:ignore",
    "authshift: ignore",
    "authshift ignore",
    "authshift_ignore",
    "authshift-disable",
    "authshift:disable",
];

/// Every way to write it.
pub const SPELLINGS: [&str; 7] = {
    let [colon, apart, blank, line, disable, disable_colon] = SLIPS;
    [WORD, colon, apart, blank, line, disable, disable_colon]
};

fn begins(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
}

/// What a comment names; nothing when it is about something else.
fn mentions(text: &str, comment: TextRange) -> Vec<Mention> {
    let words = comment.of(text);
    let mut found = Vec::new();
    let Some((begin, end)) = MARKS.iter().find(|(begin, _)| words.starts_with(begin)) else { return found };
    let inner = words.strip_prefix(begin).unwrap_or(words);
    let inner = inner.strip_suffix(end).unwrap_or(inner);
    let mut at = comment.start() + begin.len();
    for line in inner.split_inclusive(['\n', '\r']) {
        let rest = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '/' | '#'));
        let start = at + line.len() - rest.len();
        at += line.len();
        if rest.get(..WORD.len()).is_some_and(|word| word.eq_ignore_ascii_case(WORD)) {
            directive(rest, start, &mut found);
        } else if let Some(slip) = SLIPS.iter().find(|slip| begins(rest, slip)) {
            let range = TextRange::new(start, start + slip.len());
            found.push(Mention { range, rule: Err(format!("write `{WORD} RULE: reason`")), places: Vec::new() });
        }
    }
    found
}

/// Reads `authshift-ignore …`, which begins at byte `start` of the text.
fn directive(text: &str, start: usize, found: &mut Vec<Mention>) {
    let mut note = |from: usize, to: usize, rule: Result<Rule, String>| {
        found.push(Mention { range: TextRange::new(start + from, start + to), rule, places: Vec::new() });
    };
    let form = format!("write `{WORD} RULE: reason`");
    let end = word_end(text, 0);
    if end > WORD.len() {
        let word = text.get(..end).unwrap_or("");
        return note(0, end, Err(format!("there is no `{}`; {form}", shortened(word))));
    }
    let mut at = end;
    loop {
        at = text.len() - text.get(at..).unwrap_or("").trim_start().len();
        let end = word_end(text, at);
        let Some(name) = text.get(at..end).filter(|name| !name.is_empty()) else { break };
        let names = || Rule::ALL.iter().map(|rule| rule.name());
        note(at, end, Rule::from_name(name).ok_or_else(|| unknown("rule", &shortened(name), names())));
        at = text.len() - text.get(end..).unwrap_or("").trim_start().len();
        if !text.get(at..).is_some_and(|rest| rest.starts_with(',')) {
            return;
        }
        at += 1;
    }
    if found.last().is_none_or(|mention| mention.range.start() < start) {
        found.push(Mention {
            range: TextRange::new(start, start + WORD.len()),
            rule: Err(format!("no rule is named here; {form}")),
            places: Vec::new(),
        });
    }
}

/// The end of the word at byte `at`.
fn word_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or("");
    at + rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rules that are suppressed in each line; every line is also a comment if it has one.
    fn suppressed(text: &str, rule: Rule) -> Vec<u32> {
        let comments: Vec<TextRange> = text
            .match_indices("//")
            .map(|(at, _)| {
                TextRange::new(at, at + text.get(at..).unwrap().find(['\n', '\r']).unwrap_or(text.len() - at))
            })
            .collect();
        let suppressions = Suppressions::of(text, &comments);
        let index = LineIndex::new(text);
        let lines = 1..=index.lines() as u32;
        lines.filter(|&line| suppressions.covers(rule, TextRange::empty(index.line_range(line).start()))).collect()
    }

    #[test]
    fn a_comment_is_about_its_line_or_about_the_next() {
        let rule = Rule::AuthtokenInQuery;
        assert_eq!(suppressed("a; // authshift-ignore authtoken-in-query: x\nb;", rule), [1]);
        assert_eq!(suppressed("a;\n  // authshift-ignore authtoken-in-query\nb;\nc;", rule), [3]);
        assert_eq!(
            suppressed("// authshift-ignore authtoken-in-query\n// authshift-ignore curly-quote\nb;", rule)[1..],
            [3]
        );
        assert_eq!(suppressed("//AUTHSHIFT-IGNORE  curly-quote ,authtoken-in-query\r\nb;", rule)[1..], [2]);
        assert_eq!(suppressed("/// authshift-ignore authtoken-in-query, : x\rb;", rule)[1..], [2]);
    }

    #[test]
    fn what_is_not_written_so_suppresses_nothing() {
        for comment in [
            "// see authshift-ignore authtoken-in-query",
            "// authshift-ignore-file authtoken-in-query",
            "// authshift-ignored authtoken-in-query",
            "// authshift-ignore: authtoken-in-query",
            "// authshift-ignore [authtoken-in-query]",
            "// authshift-ignore Authtoken-In-Query: x",
            "// authshift-ignore curly-quote authtoken-in-query: x",
            "// authshift ignore authtoken-in-query",
        ] {
            assert_eq!(suppressed(&format!("a; {comment}\nb;"), Rule::AuthtokenInQuery), [0; 0], "{comment}");
        }
    }

    #[test]
    fn comments_and_what_they_are_about_keep_together() {
        let text = "a;\n// authshift-ignore authtoken-in-query: x\nb; TOKEN; c;\nd;\n";
        let comment = TextRange::new(3, 3 + text.get(3..).unwrap().find('\n').unwrap());
        let suppressions = Suppressions::of(text, &[comment]);
        let at = |word: &str| text.find(word).unwrap();
        let range = |word: &str| TextRange::new(at(word), at(word) + word.len());
        let token = range("TOKEN");
        let disturbs = |edit: Edit, kept: &[TextRange]| suppressions.are_disturbed_by(text, &edit, kept);
        assert!(disturbs(Edit::insert(at("b;"), "x;\n"), &[token]), "a line between the comment and the token");
        assert!(disturbs(Edit::replace(range("b;"), "x\ny;"), &[token]), "more lines before the token");
        assert!(disturbs(Edit::delete(range("KEN")), &[token]), "a part of the token");
        assert!(disturbs(Edit::insert(at("KEN"), "x"), &[token]), "something in the token");
        assert!(disturbs(Edit::delete(range("\nd;")), &[token]), "another line comes up");
        assert!(disturbs(Edit::delete(range("b; TOKEN; c;\n")), &[]), "another line comes under the comment");
        assert!(disturbs(Edit::delete(range(";\n//")), &[token]), "something comes before the comment");
        assert!(disturbs(Edit::insert(comment.start(), "x;"), &[token]), "something comes before the comment");
        assert!(!disturbs(Edit::replace(range("b;"), "longer;"), &[token]));
        assert!(!disturbs(Edit::replace(range("c;"), "x\ny;"), &[token]), "behind the token");
        assert!(!disturbs(Edit::replace(range("b;"), "x\ny;"), &[]), "nothing is there to be parted");
        assert!(!disturbs(Edit::delete(range("a;\n")), &[token]));
        assert!(!disturbs(Edit::insert(comment.start(), "x;\n"), &[token]));
        assert!(!disturbs(Edit::delete(range("d;\n")), &[token]));
    }
}
