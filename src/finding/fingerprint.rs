//! What identifies a finding, whatever lines come before it: rule, path, enclosing function, a salted hash of the
//! code, and an ordinal among those that agree in all of that. No line number, no time and no token goes into it.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::rule::Rule;
use crate::text::secret::Masker;
use crate::text::source::{Source, TextRange};

/// Sets these hashes apart from other uses of the same text. Changing it makes every finding of every user a new one.
const SALT: &[u8] = b"authshift fingerprint 1";

/// How much of the line is taken in on either side of the finding, in bytes: functions are also saved as one line of
/// megabytes, and each finding in it must not read all of it.
const AROUND: usize = 256;

/// A finding's fingerprint but for rule and path, which the finding has itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Fingerprint {
    /// The name of the function around it; empty in a script.
    pub function: Arc<str>,
    /// The hash of the code.
    code: Hash,
    /// How many findings of the file before this one have the same rule, function and code.
    pub ordinal: u32,
}

impl Fingerprint {
    /// The whole fingerprint of a finding of `rule` in one word. `path` is the one that the repository knows, so that it
    /// does not matter where the tool was started.
    pub fn digest(&self, rule: Rule, path: &str) -> String {
        digits(hash(&[rule.name(), path, &self.function, &self.code(), &self.ordinal.to_string()]))
    }

    /// The hash of the code, in hexadecimal digits.
    pub fn code(&self) -> String {
        digits(self.code)
    }
}

/// One word for something that is said of a whole file.
pub fn of_file(what: &str, path: &str) -> String {
    digits(hash(&[what, path]))
}

/// Gives each of a file's findings its fingerprint. They have to be in their final order; `masker` has to know the secrets of
/// this file and no others, since other files of the same run must make no difference. `functions` are the file's, in text
/// order, with their names.
pub fn assign<'f>(
    findings: impl Iterator<Item = (Rule, TextRange, &'f mut Fingerprint)>,
    source: &Source,
    functions: &[(TextRange, Arc<str>)],
    masker: &Masker,
) {
    let mut seen: HashMap<(Rule, Fingerprint), u32> = HashMap::new();
    let nowhere = Arc::default();
    for (rule, range, fingerprint) in findings {
        let before = functions.partition_point(|(function, _)| function.start() <= range.start());
        let around = functions.get(..before).and_then(<[_]>::last);
        let function =
            around.filter(|(function, _)| function.contains(range.start())).map_or(&nowhere, |(_, name)| name);
        let code = hash(&[&normalised(&masker.mask(context(source, range)))]);
        *fingerprint = Fingerprint { function: Arc::clone(function), code, ordinal: 0 };
        let next = seen.entry((rule, fingerprint.clone())).or_default();
        fingerprint.ordinal = *next;
        *next += 1;
    }
}

/// The finding's lines, or what is near it when they are long. Only whole words are taken: a secret that is cut in two is
/// not recognised.
fn context(source: &Source, range: TextRange) -> &str {
    let text = source.text();
    let index = source.index();
    let line = index.line_range(index.line(range.start())).start();
    let end = index.line_range(index.line(range.end())).end();
    let mut from = line.max(range.start().saturating_sub(AROUND));
    let mut to = end.min(range.end() + AROUND);
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    while from < range.start() && (!text.is_char_boundary(from) || (from > line && word(before(text, from)))) {
        from += 1;
    }
    while to > range.end() && (!text.is_char_boundary(to) || (to < end && word(after(text, to)))) {
        to -= 1;
    }
    TextRange::new(from, to).of(text)
}

fn before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

fn after(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

/// The code without white space, so that neither indentation nor line endings matter.
fn normalised(code: &str) -> String {
    let blank = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}');
    code.chars().filter(|&c| !blank(c)).collect()
}

/// The first half of a salted SHA-256.
type Hash = [u8; 16];

fn hash(parts: &[&str]) -> Hash {
    let mut hasher = Sha256::new_with_prefix(SALT);
    for part in parts {
        // The length keeps ("ab", "c") apart from ("a", "bc").
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut hash = Hash::default();
    hash.iter_mut().zip(hasher.finalize()).for_each(|(to, byte)| *to = byte);
    hash
}

/// 32 hexadecimal digits.
fn digits(hash: Hash) -> String {
    let digits = |byte: u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or_default());
    hash.into_iter().flat_map(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Rule;
    use crate::fix::examine;
    use crate::project::Project;
    use crate::project::config::Config;
    use crate::project::format::Format;

    const TOKEN: &str = "fake0desk0token0aaaabbbbccccdddd";

    /// A function that sends a token to this path of Zoho Desk.
    fn function(name: &str, path: &str) -> String {
        format!(
            "void {name}()\n{{\n\tx = invokeurl\n\t[\n\t\turl :\"https://desk.zoho.com/api/v1/{path}?authtoken={TOKEN}\"\n\t\ttype :GET\n\t];\n}}\n"
        )
    }

    /// The fingerprints of the findings in requests, sorted.
    fn digests(text: &str) -> Vec<String> {
        let source = Source::new("functions/a.dg", text);
        let findings = examine(&source, Format::Deluge, &Config::default(), &Project::default()).unwrap().findings;
        let carried = findings.iter().filter(|finding| finding.rule == Rule::AuthtokenInQuery);
        let mut digests: Vec<String> =
            carried.map(|finding| finding.fingerprint.digest(finding.rule, "functions/a.dg")).collect();
        digests.sort();
        digests
    }

    #[test]
    fn moved_lines_and_other_white_space_make_no_difference() {
        let text = function("one", "tickets") + &function("two", "agents");
        let old = digests(&text);
        assert_eq!(old.len(), 2);
        assert_ne!(old[0], old[1]);
        assert_eq!(digests(&("info 1;\n".repeat(100) + &text)), old, "100 lines above");
        assert_eq!(digests(&text.replace('\n', "\r\n")), old, "CRLF");
        assert_eq!(digests(&text.replace('\n', "\r")), old, "CR");
        assert_eq!(digests(&text.replace('\t', "    ")), old, "other indentation");
        assert_eq!(digests(&format!("\u{feff}{text}")), old, "a byte order mark");
        assert_eq!(digests(&(function("two", "agents") + &function("one", "tickets"))), old, "functions change places");
    }

    #[test]
    fn two_branches_that_add_different_findings_merge() {
        let base = function("one", "tickets");
        let (left, right) = (function("two", "agents"), function("three", "tickets"));
        let mut both = [digests(&(base.clone() + &left)), digests(&(right.clone() + &base))].concat();
        both.sort();
        both.dedup();
        assert_eq!(digests(&(right + &base + &left)), both);
        assert_eq!(both.len(), 3);
    }

    #[test]
    fn findings_that_read_the_same_are_counted() {
        let request = format!("x = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken={TOKEN}\");\n");
        let one = digests(&request);
        let three = digests(&request.repeat(3));
        assert_eq!(three.iter().collect::<std::collections::HashSet<_>>().len(), 3);
        assert!(three.contains(&one[0]), "the first keeps its fingerprint");
    }

    #[test]
    fn what_it_is_made_of_makes_a_difference() {
        let base = function("one", "tickets");
        for other in [function("two", "tickets"), function("one", "agents")] {
            assert_ne!(digests(&base), digests(&other));
        }
        let fingerprint = Fingerprint::default();
        let digest = fingerprint.digest(Rule::AuthtokenInQuery, "a.dg");
        assert_ne!(digest, fingerprint.digest(Rule::AuthtokenInHeaders, "a.dg"));
        assert_ne!(digest, fingerprint.digest(Rule::AuthtokenInQuery, "b.dg"));
    }

    /// A hash of a short token could be tried out.
    #[test]
    fn the_token_makes_no_difference() {
        let text = function("one", "tickets");
        let other = text.replace(TOKEN, "fake0other0token0aaaabbbbccccddd");
        assert_eq!(digests(&text), digests(&other));
        let short = |token: &str| digests(&text.replace(TOKEN, token));
        assert_eq!(short("abc12"), short("xyz98"));
    }

    /// A secret at the edge of what is taken in of a long line must not be taken in by halves.
    #[test]
    fn of_a_long_line_whole_words_are_taken() {
        for gap in AROUND - 40..AROUND + 8 {
            let line = |token: &str| {
                let gap = "/".repeat(gap);
                format!("a=getUrl(\"https://desk.zoho.com/{gap}?authtoken={token}\");b=\"{token}{gap}\";")
            };
            assert_eq!(digests(&line(TOKEN)), digests(&line("fake0other0token0aaaabbbbccccddd")), "{gap}");
        }
    }
}
