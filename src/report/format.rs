//! The forms of a report, as the command line names them.

use clap::ValueEnum;

/// Forms of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people
    #[default]
    Text,
    /// One JSON document, for programs of your own
    Json,
    /// SARIF 2.1.0, for GitHub code scanning
    Sarif,
    /// Annotations of the files in GitHub Actions
    Github,
    /// GitLab's Code Quality report
    Gitlab,
    /// Reviewdog's format, with the safe fixes as suggestions
    Rdjson,
}

/// Formats of output other than findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PageFormat {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
}

/// Forms of the report to hand over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// One page for a browser
    #[default]
    Html,
    /// For a ticket
    Markdown,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR says otherwise; decided for each stream
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
