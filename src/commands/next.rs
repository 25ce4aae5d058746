//! The next command to type, with the paths and the options that the last one had.

use std::path::{Path, PathBuf};

use super::quoted;
use crate::cli::Common;
use crate::finding::{Applicability, Finding, Rule};
use crate::report::Report;

/// What was typed.
pub(super) struct Typed<'t> {
    paths: &'t [PathBuf],
    common: &'t Common,
    connection: Option<&'t str>,
}

impl<'t> Typed<'t> {
    /// The options `common` and `--connection`, and the paths.
    pub(super) fn new(paths: &'t [PathBuf], common: &'t Common, connection: Option<&'t str>) -> Self {
        Self { paths, common, connection }
    }

    /// Whether standard input was read, which is there once only.
    fn is_stdin(&self) -> bool {
        self.paths.iter().any(|path| path.as_os_str() == "-")
    }

    /// `authshift fix --write functions`, for the command `fix --write`.
    pub(super) fn command(&self, command: &str) -> String {
        let mut text = format!("authshift {command}");
        let mut add = |option: &str, value: &Path| {
            text.push_str(option);
            text.push_str(&quoted(value));
        };
        if let Some(config) = &self.common.config {
            add(" --config ", config);
        }
        // `plan` and `init` have no such option, and need none.
        let connects = ["scan", "fix", "check"].iter().any(|name| command.starts_with(name));
        if let Some(link) = self.connection.filter(|_| connects) {
            add(" --connection ", Path::new(link));
        }
        self.common.exclude.iter().for_each(|glob| add(" --exclude ", Path::new(glob)));
        self.paths.iter().for_each(|path| add(" ", path));
        text
    }

    /// What to do about the findings of a report.
    pub(super) fn about(&self, report: &Report<'_>) -> String {
        let findings = || report.findings.iter().map(|(_, finding)| *finding).filter(|finding| !finding.is_optional());
        let is = |applicability| findings().any(|finding: &Finding| finding.applicability == applicability);
        if findings().any(|finding| finding.suggested || finding.rule == Rule::NoConnectionConfigured) {
            self.next("plan", "lists the Connections to create")
        } else if is(Applicability::Safe) {
            self.next("fix", "shows the change")
        } else {
            self.about_the_rest(report)
        }
    }

    /// What to do about findings that are not fixed without being asked for.
    pub(super) fn about_the_rest(&self, report: &Report<'_>) -> String {
        let findings = || report.findings.iter().map(|(_, finding)| *finding).filter(|finding| !finding.is_optional());
        if findings().any(|finding| finding.applicability == Applicability::Unsafe) {
            return self.next("fix --unsafe-fixes", "also shows the unsafe changes");
        }
        match findings().find(|finding| finding.applicability == Applicability::Manual) {
            Some(finding) if !self.common.quiet => {
                format!("next: authshift explain {}  says what to do", finding.rule.name())
            }
            _ => String::new(),
        }
    }

    /// A line that begins with `next:`; nothing where the command could not be typed like that.
    pub(super) fn next(&self, command: &str, does: &str) -> String {
        if self.is_stdin() || self.common.quiet {
            return String::new();
        }
        format!("next: {}  {does}", self.command(command))
    }
}
