//! The command line: definitions, nothing else.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Moves Zoho Deluge functions off authtokens and off OAuth written by hand: the token goes out of the call, the Connection's
/// LinkName comes in.
///
/// Nothing is run and no network connection is opened; no token is ever printed whole.
#[derive(Debug, Parser)]
#[command(name = "authshift", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  authshift scan exported/            Where are authtokens still used, and what will become of them?
  authshift fix exported/             Show the migration as a diff; nothing is changed
  authshift fix --write exported/     Apply it
  authshift check                     For pre-commit and CI: exit status 1 while any is left
  authshift explain legacy-endpoint   What a rule finds, why, and what to do about it

Exit status: 0 nothing to do, 1 findings or changes to make (never from scan), 2 an error.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report every authtoken use and all OAuth by hand, what will become of it, and a summary by service
    ///
    /// Exit status: 0 whatever was found, 2 on an error.
    #[command(
        after_help = "Examples:\n  authshift scan\n  authshift scan functions/ --statistics\n  authshift scan --output-format json -o report.json"
    )]
    Scan(Check),
    /// One line per authtoken that is left; for pre-commit and CI
    ///
    /// Exit status: 0 none, 1 some, 2 an error.
    #[command(
        after_help = "Examples:\n  authshift check\n  authshift check --force-exclude desk/notify.deluge\n  cat notify.deluge | authshift check - --stdin-filename desk/notify.deluge"
    )]
    Check(Check),
    /// Show the migration as a diff, or apply it
    ///
    /// Without --write nothing is changed: a preview with masked tokens is printed. Exit status: 0 nothing to change (with
    /// --write or -: nothing is left), 1 there is a change to make or a finding it cannot fix, 2 an error.
    #[command(
        after_help = "Examples:\n  authshift fix functions/\n  authshift fix --write --backup functions/\n  authshift fix --patch migration.patch; git apply migration.patch\n  authshift fix - --stdin-filename desk/notify.deluge < notify.deluge"
    )]
    Fix(Fix),
    /// List the Connections to create: service, LinkName, and the scopes that the calls need
    ///
    /// Exit status: 0, 2 on an error.
    #[command(
        after_help = "Examples:\n  authshift plan\n  authshift plan functions/ -v\n  authshift plan --output-format json -o plan.json"
    )]
    Plan(Plan),
    /// Write a commented authshift.toml from the plan; an existing one is not overwritten
    ///
    /// It is written into the current folder, or, for paths elsewhere, into the folder they have in common. Exit status: 0, 2
    /// on an error.
    #[command(after_help = "Examples:\n  authshift init\n  authshift init functions/ && authshift fix functions/")]
    Init(Init),
    /// Explain a rule: what it finds and why, an example, and when a fix is safe
    ///
    /// Without a rule, lists all rules. Exit status: 0, 2 when there is no such rule.
    #[command(
        after_help = "Examples:\n  authshift explain\n  authshift explain authtoken-in-query\n  authshift explain --output-format json"
    )]
    Explain(Explain),
    /// Print the syntax tree, for work on the grammar
    ///
    /// Exit status: 0, 2 on an error.
    #[command(hide = true)]
    Parse(Parse),
}

/// Options of `scan` and `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Files, folders, or - for standard input [default: .]
    pub paths: Vec<PathBuf>,
    /// Which form the report has
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub output_format: OutputFormat,
    /// Write the report to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,
    /// Also print how often each rule was found
    #[arg(long)]
    pub statistics: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// Options of `fix`.
#[derive(Debug, Args)]
pub struct Fix {
    /// Files, folders, or - for standard input (the migrated text goes to standard output) [default: .]
    pub paths: Vec<PathBuf>,
    /// Apply the changes in place
    #[arg(short, long)]
    pub write: bool,
    /// Write a patch for `git apply` or `patch -p1`, with paths as they were named; it holds the tokens unmasked, so its file
    /// mode is 0600
    #[arg(long, value_name = "FILE", conflicts_with = "write")]
    pub patch: Option<PathBuf>,
    /// With --write, keep each original beside the file [default suffix: .bak]
    #[arg(long, value_name = "SUFFIX", num_args = 0..=1, require_equals = true, default_missing_value = ".bak", requires = "write")]
    pub backup: Option<String>,
    /// Also apply changes that rest on an assumption; each finding states its own
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Write the diff to a file instead of standard output
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["write", "patch"])]
    pub output_file: Option<PathBuf>,
    /// Also print how often each rule was found
    #[arg(long)]
    pub statistics: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// Options of `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// Files, folders, or - for standard input [default: .]
    pub paths: Vec<PathBuf>,
    /// Which form the plan has
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub output_format: PageFormat,
    /// Write the plan to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// Options of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// Files or folders [default: .]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The rule's name, as reports and authshift.toml have it [default: list all rules]
    pub rule: Option<String>,
    /// Which form the page has
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub output_format: PageFormat,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    pub color: Color,
}

/// Options of `parse`.
#[derive(Debug, Args)]
pub struct Parse {
    /// Files or folders
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// One JSON object a line per file instead of the tree
    #[arg(long)]
    pub summary: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Common {
    /// Use this configuration instead of the nearest authshift.toml of each file
    #[arg(short, long, value_name = "FILE", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,
    /// Use no configuration at all
    #[arg(long)]
    pub isolated: bool,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    pub color: Color,
    /// Print tokens whole, on the terminal and in the diff; JSON and report files stay masked
    #[arg(long)]
    pub show_secrets: bool,
    /// How many threads to use [default: one for each processor]
    #[arg(short = 'j', long, value_name = "N")]
    pub threads: Option<usize>,
    /// Read files that .gitignore and .ignore exclude
    #[arg(long)]
    pub no_ignore: bool,
    /// Read hidden files and folders
    #[arg(long)]
    pub hidden: bool,
    /// Leave out files and folders that match the glob (as in .gitignore, relative to the current folder)
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Treat files named on the command line like those found in folders: excludes and the test of the content bind them
    #[arg(long)]
    pub force_exclude: bool,
    /// Paths that do not exist are no error
    #[arg(long)]
    pub no_errors_on_unmatched: bool,
    /// Exit with 0 even if there are findings; errors still give 2
    #[arg(long)]
    pub exit_zero: bool,
    /// Warnings and notes make the exit status 1 as well
    #[arg(long)]
    pub error_on_warnings: bool,
    /// The name that standard input goes by in reports and for the configuration
    #[arg(long, value_name = "NAME")]
    pub stdin_filename: Option<PathBuf>,
    /// Print findings and errors only
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also print what was skipped and what was not understood
    #[arg(short, long)]
    pub verbose: bool,
}

/// Forms of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
}

/// Forms of what is no report of findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PageFormat {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
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
