//! The rules by name.

use super::level::{Applicability, Severity};
use super::table::Example;
pub use super::table::Rule;

impl Rule {
    /// The stable kebab-case name.
    pub fn name(self) -> &'static str {
        self.declaration().name
    }

    /// The rule of that name.
    pub fn from_name(name: &str) -> Option<Rule> {
        Rule::ALL.iter().copied().find(|rule| rule.name() == name)
    }

    /// Its severity when the configuration does not set one.
    pub fn default_severity(self) -> Severity {
        self.declaration().severity
    }
}

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
