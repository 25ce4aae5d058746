//! How a rule is declared: once, in its file, as `RULE`. The build script reads which files have one (`build/rules.rs`); all that has
//! to know of the rules derives from that.

use super::look::Look;
use crate::finding::{Applicability, Rule, Severity};

/// What there is to know of a rule.
#[derive(Debug)]
pub struct Declaration {
    /// Where it stands in the list of rules and among findings of one place; between those of its neighbours.
    pub place: u32,
    /// The severity when the configuration does not set one.
    pub severity: Severity,
    /// What `fix` does about its findings.
    pub fixable: Fixable,
    /// Whether a comment can suppress a finding: the file is code, and is read.
    pub comments: bool,
    /// The sets of signs of which one has to be there, whole, for it to find anything.
    pub needs: &'static [&'static [Sign]],
    /// How bad its findings are for security, as GitHub counts (7.0 and more is high, 4.0 and more is medium), and the weakness by
    /// its CWE number; `None` for a rule that is about code that does not work.
    pub weakness: Option<(&'static str, u16)>,
    /// The fixture on its page.
    pub example: Example,
    /// Where it looks, each with the function that reports what is there. Empty for what is found together with other things: tokens
    /// in requests ([`carried`](super::carried)), comments that suppress nothing.
    pub(super) looks: &'static [Look],
}

/// What `fix` does about the findings of a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fixable {
    /// It takes them away, where that is safe or `--unsafe-fixes` is given.
    Yes,
    /// Only in this case.
    InPart(&'static str),
    /// Nothing.
    No,
}

/// A reason to parse a file: what stands in its text, or what its surroundings have to do with it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Sign {
    /// The name of an authtoken.
    Token,
    /// The name of the header that holds a token, perhaps without the token's name, in more than requests that visibly go to
    /// other vendors.
    Header,
    /// What asks for access tokens, and what stands beside the secrets that are needed for it.
    Secret,
    /// A host or path of which nearly all does not exist under OAuth (facts 4.2).
    Dead,
    /// A host of which a part does not exist under OAuth.
    DeadHost,
    /// What stands in the path of that part.
    DeadPath,
    /// A host that an API moved away from (facts 4.1).
    Moved,
    /// The path that the API had there.
    OldPath,
    /// A request names a Connection.
    Connection,
    /// A request may name a Connection by a placeholder.
    Placeholder,
    /// A typographic quote that delimits a text.
    Quote,
    /// A comment that suppresses findings.
    Suppression,
    /// A request may name another Connection than the one that the configuration has for it.
    OtherConnection,
    /// A LinkName that the configuration says was renamed, or uses an authtoken.
    Watched,
    /// The extension's manifest lists Connections, and a request or a task may name one.
    Listed,
    /// It is a manifest. They are small, and an error in one is to be reported.
    Manifest,
}

/// The files of a fixture. They hold tokens, so mask them before printing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Example {
    /// The folder in `fixtures/`.
    pub folder: &'static str,
    /// The name of the file before.
    pub name: &'static str,
    /// The text before.
    pub before: &'static str,
    /// The text after; `None` for a rule that has no fix of its own.
    pub after: Option<&'static str>,
    /// `findings.txt`: a line `LINE RULE APPLICABILITY` for each finding in the text before.
    pub(super) findings: &'static str,
}

/// A fixture: its folder, the file before, and the one after unless the rule has no fix of its own. It has to be in the package: see
/// `exclude` in `Cargo.toml`.
macro_rules! example {
    ($folder:literal, $before:literal, $after:literal) => {
        example!(@ $folder, $before, Some(include_str!(concat!("../../fixtures/", $folder, "/", $after))))
    };
    ($folder:literal, $before:literal) => { example!(@ $folder, $before, None) };
    (@ $folder:literal, $before:literal, $after:expr) => {
        $crate::rules::declaration::Example {
            folder: $folder,
            name: $before,
            before: include_str!(concat!("../../fixtures/", $folder, "/", $before)),
            after: $after,
            findings: include_str!(concat!("../../fixtures/", $folder, "/findings.txt")),
        }
    };
}
pub(super) use example;

impl Example {
    /// The line and the applicability of each finding of `rule` in the text before.
    pub fn findings(&self, rule: Rule) -> Vec<(usize, Applicability)> {
        let finding = |line: &str| {
            let mut words = line.split_whitespace();
            let number = words.next()?.parse().ok()?;
            words.next().filter(|name| *name == rule.name())?;
            let level = words.next()?;
            let levels = [Applicability::Safe, Applicability::Unsafe, Applicability::Manual];
            Some((number, levels.into_iter().find(|known| known.name() == level)?))
        };
        self.findings.lines().filter_map(finding).collect()
    }
}
