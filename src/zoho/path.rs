//! The path of a URL, segment by segment, against the patterns of the data files (`legacy.toml` explains them).

use serde::Deserialize;

use super::UNKNOWN;

/// One segment of a pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    OneOf(Vec<String>),
    NoneOf(Vec<String>),
    Any,
}

/// A pattern over the segments of a path.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Pattern {
    parts: Vec<Part>,
    /// Whether further segments may follow (`**`).
    open: bool,
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (head, open) = match text.strip_suffix("/**") {
            Some(head) => (head, true),
            None => (text.as_str(), false),
        };
        let mut parts = Vec::new();
        for part in head.split('/') {
            let alternatives = part.strip_prefix('!').unwrap_or(part);
            let names: Vec<String> = alternatives.split('|').map(str::to_owned).collect();
            if names.iter().any(|name| name.is_empty() || (part != "*" && name.contains(['*', '!']))) {
                return Err(format!("bad segment `{part}` in the pattern `{text}`"));
            }
            parts.push(match part {
                "*" => Part::Any,
                _ if part.starts_with('!') => Part::NoneOf(names),
                _ => Part::OneOf(names),
            });
        }
        Ok(Pattern { parts, open })
    }
}

impl Pattern {
    /// Whether a path of these [`segments`] has this form.
    pub(super) fn matches(&self, segments: &[&str]) -> bool {
        let Some((own, more)) = segments.split_at_checked(self.parts.len()) else { return false };
        (self.open || more.is_empty()) && self.parts.iter().zip(own).all(|(part, segment)| part.matches(segment))
    }

    /// Whether it has this form from one of its segments on.
    pub(super) fn matches_within(&self, segments: &[&str]) -> bool {
        (0..segments.len()).any(|from| self.matches(segments.get(from..).unwrap_or_default()))
    }
}

#[cfg(test)]
impl Pattern {
    /// A path of this form.
    pub(super) fn example(&self) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::OneOf(names) => names.first().map_or("", String::as_str),
            Part::NoneOf(_) | Part::Any => "other",
        });
        parts.chain(self.open.then_some("more")).collect::<Vec<_>>().join("/")
    }

    /// Whether a path can have the form of both.
    pub(super) fn overlaps(&self, other: &Pattern) -> bool {
        let lengths_fit = match self.parts.len().cmp(&other.parts.len()) {
            std::cmp::Ordering::Less => self.open,
            std::cmp::Ordering::Equal => true,
            std::cmp::Ordering::Greater => other.open,
        };
        lengths_fit && self.parts.iter().zip(&other.parts).all(|(one, two)| one.overlaps(two))
    }
}

#[cfg(test)]
impl Part {
    fn overlaps(&self, other: &Part) -> bool {
        match (self, other) {
            (Part::OneOf(names), part) | (part, Part::OneOf(names)) => names.iter().any(|name| part.matches(name)),
            _ => true,
        }
    }
}

impl Part {
    fn matches(&self, segment: &str) -> bool {
        let is_one = |names: &[String]| names.iter().any(|name| name.eq_ignore_ascii_case(segment));
        match self {
            Part::Any => true,
            Part::OneOf(names) => is_one(names),
            Part::NoneOf(names) => !segment.contains(UNKNOWN) && !is_one(names),
        }
    }
}

/// The segments of a path, without empty ones, up to its query or fragment.
pub(super) fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.split(['?', '#']).next().unwrap_or("");
    path.split('/').filter(|segment| !segment.is_empty())
}
