//! The command line: definitions, nothing else.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Args, Parser, Subcommand};

use crate::finding::Rule;
use crate::project::config::is_link_name;
pub use crate::report::format::{Color, OutputFormat, PageFormat, ReportFormat};

/// Moves Zoho Deluge functions off authtokens and off OAuth written by hand: removes the token from the call and adds the
/// LinkName of a Connection.
///
/// It runs no function and opens no network connection; tokens are printed masked.
#[derive(Debug, Parser)]
#[command(
    name = "authshift",
    version,
    arg_required_else_help = true,
    subcommand_value_name = "COMMAND",
    after_help = EXAMPLES
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  authshift scan exported/            Where are authtokens still used?
  authshift plan exported/            Which Connections to create in Zoho
  authshift init exported/            Write authshift.toml with their LinkNames
  authshift fix exported/             Show the migration; nothing is changed
  authshift fix --write exported/     Apply it
  authshift check                     For CI: exit status 1 while any is left
  authshift explain legacy-endpoint   What a rule means, and what to do

Exit status: 0 nothing to do, 1 findings or changes to make (never from scan), 2 an error.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report every authtoken and all OAuth by hand, with the change for each, and a summary by service
    ///
    /// Reads exported functions and whole Creator applications (.ds). Exit status: 0 whatever was found, 2 on an error.
    #[command(display_order = 1)]
    #[command(
        after_help = "Examples:\n  authshift scan\n  authshift scan functions/ --statistics\n  authshift scan --output-format sarif -o authshift.sarif"
    )]
    Scan(Check),
    /// Print a line for each authtoken that is left; for pre-commit and CI
    ///
    /// Exit status: 0 none, 1 some, 2 an error.
    #[command(display_order = 5)]
    #[command(
        after_help = "Examples:\n  authshift check\n  authshift check --staged\n  authshift check --baseline known.jsonl\n  authshift check --force-exclude desk/notify.deluge\n  cat notify.deluge | authshift check - --stdin-filename desk/notify.deluge"
    )]
    Check(Gate),
    /// Show the migration as a diff, or apply it
    ///
    /// Without --write or --interactive nothing is changed: a preview with masked tokens is printed. With `upgrade-hosts = true`
    /// in authshift.toml, requests to an address that moved (books.zoho.com/api/v3) get the new one too.
    ///
    /// --interactive shows one change at a time and asks: y makes it, n leaves it, a makes this and all later ones of the file, d
    /// leaves them, e opens the file there in $VISUAL or $EDITOR, q quits. What is accepted is written at once. Requests that
    /// share a value are one change. It needs a terminal.
    ///
    /// Exit status: 0 nothing to change (with --write, --interactive or -: nothing is left), 1 there is a change to make or a
    /// finding it cannot fix, 2 an error.
    #[command(display_order = 4)]
    #[command(
        after_help = "Examples:\n  authshift fix functions/\n  authshift fix --write --backup functions/\n  authshift fix --interactive functions/\n  authshift fix --patch migration.patch; git apply migration.patch\n  authshift fix - --stdin-filename desk/notify.deluge < notify.deluge"
    )]
    Fix(Migrate),
    /// Rename a Connection in functions, widgets and manifests: show it as a diff, or apply it
    ///
    /// Every place that is known to hold a LinkName gets the new one: the connection of a request, the argument of an
    /// integration task, connectionLinkName in a widget or in plugin-manifest.json. Nothing else is changed, also no text that
    /// only looks the same. Exit status: 0 nothing to rename (with --write or --interactive: nothing is left), 1 there is something to rename, 2 an
    /// error.
    #[command(display_order = 7)]
    #[command(
        after_help = "Examples:\n  authshift rename-connection desk_authtoken desk_oauth\n  authshift rename-connection -w desk_authtoken desk_oauth functions/ widget/\n  authshift rename-connection -i desk_authtoken desk_oauth functions/"
    )]
    RenameConnection(RenameConnection),
    /// List the Connections to create: service, LinkName, and the scopes that the calls need
    ///
    /// Exit status: 0, 2 on an error.
    #[command(display_order = 2)]
    #[command(
        after_help = "Examples:\n  authshift plan\n  authshift plan functions/ -v\n  authshift plan --output-format json -o plan.json"
    )]
    Plan(Plan),
    /// Write a commented authshift.toml from the plan; an existing one is not overwritten
    ///
    /// It is written into the current folder, or, for paths elsewhere, into the folder they have in common. Exit status: 0, 2
    /// on an error.
    #[command(display_order = 3)]
    #[command(after_help = "Examples:\n  authshift init\n  authshift init functions/ && authshift fix functions/")]
    Init(Init),
    /// Write a report to hand over: the Connections to create, each function before and after, and what is left
    ///
    /// For whoever pays for the migration, or pastes the functions back: one HTML file that works offline and prints well, with
    /// boxes to tick and buttons that copy scopes and new functions; or Markdown for a ticket. Tokens are masked in all of it, and
    /// nothing with a masked token can be copied. Make it before `fix --write`: afterwards the old functions are gone. Without a
    /// configuration, LinkNames are suggestions. Nothing else is written. Exit status: 0, 2 on an error.
    #[command(
        after_help = "Examples:\n  authshift report functions/ -o migration.html\n  authshift report functions/ --unsafe-fixes -o migration.html\n  authshift report functions/ --output-format markdown -o migration.md"
    )]
    Report(Report),
    /// Prepare the exchange of apps' authtokens for OAuth tokens; the calls are made by a script that you run
    ///
    /// For apps that call Zoho's API themselves: functions and extensions use Connections instead (authshift plan). A new
    /// ledger gets the tokens of the apps below --from. Fill in what is empty and run the command again: it checks the
    /// ledger, brings its statuses up to date, and writes beside it exchange.sh, exchange.ps1 (for PowerShell) and
    /// secrets.txt, a form for the client secrets and tokens that only you can read. No token goes into the ledger or a
    /// script, and authshift itself sends nothing.
    ///
    /// The script makes one call a token (accounts.zoho.<dc>/oauth/v2/token/{self,external}/authtooauth), keeps to Zoho's
    /// limits, can be stopped and started again, never makes a call twice, and stops at the first refusal: after more than 20
    /// wrong tokens Zoho blocks the client. The old token of an exchanged one stops working within 24 hours, Zoho Mail's
    /// within one.
    ///
    /// Zoho may have closed this exchange for your service already; nobody can tell without a call. Then an app gets its
    /// refresh token from an authorization code: by a self client of api-console.zoho.<dc> for a script or server of your own,
    /// by the consent of its users for an app that others sign in to. The script says how.
    ///
    /// Exit status: 0 also when the ledger has to be filled in first, 2 on an error, such as a mistake in the ledger.
    #[command(display_order = 9)]
    #[command(
        after_help = "Examples:\n  authshift exchange                       New: write the ledger\n  authshift exchange                       Filled in: write the scripts\n  sh authshift-exchange/exchange.sh        Make the calls\n  authshift exchange                       What became of them?\n  authshift exchange acme/ledger.toml --from clients/acme"
    )]
    Exchange(Exchange),
    /// Explain a rule: what it finds and why, an example, and when a fix is safe
    ///
    /// Without a rule, lists all rules. Exit status: 0, 2 when there is no such rule.
    #[command(display_order = 6)]
    #[command(
        after_help = "Examples:\n  authshift explain\n  authshift explain authtoken-in-query\n  authshift explain --output-format json"
    )]
    Explain(Explain),
    /// Serve an editor: findings as you type, fixes with a click
    ///
    /// A language server that speaks the Language Server Protocol on standard input and output; the editor starts it. It reads
    /// what is open there and the files around it, and writes no file. Exit status: 0, 1 when the editor says `exit` without
    /// `shutdown`, 2 on an error.
    #[command(after_help = "Examples:\n  authshift lsp\n  authshift lsp --config authshift.toml")]
    Lsp(Lsp),
    /// Print completions for a shell
    ///
    /// Exit status: 0, 2 for an unknown shell.
    #[command(display_order = 10)]
    #[command(
        after_help = "Examples:\n  eval \"$(authshift completions bash)\"       In ~/.bashrc\n  eval \"$(authshift completions zsh)\"        In ~/.zshrc, after compinit\n  authshift completions fish | source        In ~/.config/fish/config.fish"
    )]
    Completions(Completions),
    /// Print the man page
    ///
    /// Exit status: 0.
    #[command(display_order = 11)]
    #[command(
        after_help = "Examples:\n  authshift man > ~/.local/share/man/man1/authshift.1\n  authshift man | man -l -"
    )]
    Man,
    /// Work on the manifest of an extension, plugin-manifest.json
    ///
    /// Exit status: 0 nothing to change, or written, 1 there is a change to make, 2 an error.
    #[command(display_order = 8)]
    #[command(after_help = "Examples:\n  authshift manifest add connection.json\n  authshift manifest add --help")]
    Manifest {
        /// What to do with it.
        #[command(subcommand)]
        command: Manifest,
    },
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
    /// For this run, the Connection for all requests without an entry in authshift.toml; replaces its `default-connection`
    #[arg(long, value_name = "NAME", conflicts_with = "config", value_parser = link_name)]
    pub connection: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// A LinkName.
fn link_name(text: &str) -> Result<String, String> {
    if is_link_name(text) {
        Ok(text.to_owned())
    } else {
        Err("a LinkName is a letter, then letters, digits and `_`".to_owned())
    }
}

/// Options of `check`.
#[derive(Debug, Args)]
pub struct Gate {
    /// Look at what is staged for the next commit, as it is in git's index; the files in the folder do not matter
    #[arg(long)]
    pub staged: bool,
    /// Count and print only findings that are not in this baseline
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write all findings into the baseline, which is created if need be; without =FILE, into that of --baseline
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    pub write_baseline: Option<Option<PathBuf>>,
    // Last: the heading of the common options holds for all that follows.
    #[command(flatten)]
    #[allow(missing_docs)]
    pub check: Check,
}

/// Options of `fix`.
#[derive(Debug, Args)]
pub struct Migrate {
    /// For this run, the Connection for all requests without an entry in authshift.toml; replaces its `default-connection`
    #[arg(long, value_name = "NAME", conflicts_with = "config", value_parser = link_name)]
    pub connection: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub fix: Fix,
}

/// Options of all commands that change files.
#[derive(Debug, Args)]
pub struct Fix {
    /// Files, folders, or - for standard input (the migrated text goes to standard output) [default: .]
    pub paths: Vec<PathBuf>,
    /// Apply the changes in place
    #[arg(short, long, group = "in_place")]
    pub write: bool,
    /// Show each change and ask whether to apply it, in place
    #[arg(short, long, group = "in_place")]
    pub interactive: bool,
    /// Write a patch for `git apply` or `patch -p1`, with paths as they were named; it holds the tokens unmasked, so its file
    /// mode is 0600
    #[arg(long, value_name = "FILE", conflicts_with = "in_place")]
    pub patch: Option<PathBuf>,
    /// Write all files of a zip archive into this folder, with the changes applied; what is there already stays, and is an
    /// error unless it is the same
    #[arg(long, value_name = "DIR", conflicts_with_all = ["in_place", "patch", "output_file"])]
    pub output_dir: Option<PathBuf>,
    /// With --write or --interactive, keep each original beside the file [default suffix: .bak]
    #[arg(long, value_name = "SUFFIX", num_args = 0..=1, require_equals = true, default_missing_value = ".bak", requires = "in_place")]
    pub backup: Option<String>,
    /// Also apply unsafe changes, which rest on an assumption; each finding states its own
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Write the diff to a file instead of standard output
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["in_place", "patch"])]
    pub output_file: Option<PathBuf>,
    /// Also print how often each rule was found
    #[arg(long)]
    pub statistics: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// Options of `rename-connection`.
#[derive(Debug, Args)]
pub struct RenameConnection {
    /// The LinkName to replace
    pub old: String,
    /// The LinkName that the Connection has now
    pub new: String,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub fix: Fix,
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

/// Options of `report`.
#[derive(Debug, Args)]
pub struct Report {
    /// Files or folders [default: .]
    pub paths: Vec<PathBuf>,
    /// Which form the report has
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub output_format: ReportFormat,
    /// Write the report to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,
    /// Also show unsafe changes, with what each assumes
    #[arg(long)]
    pub unsafe_fixes: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// Options of `exchange`.
#[derive(Debug, Args)]
pub struct Exchange {
    /// The ledger; all other files go into its folder [default: authshift-exchange/ledger.toml]
    pub ledger: Option<PathBuf>,
    /// Take the tokens of the apps in this file or folder; an existing ledger gets those that it lacks [default for a new
    /// ledger: .]
    #[arg(long, value_name = "PATH")]
    pub from: Vec<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The rule's name, as reports and authshift.toml have it [default: list all rules]
    #[arg(value_parser = RuleName, hide_possible_values = true)]
    pub rule: Option<String>,
    /// Which form the page has
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub output_format: PageFormat,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    pub color: Color,
}

/// Accepts any word, since `explain` has a better error than the parser, and gives shells the names to complete.
#[derive(Clone, Debug)]
struct RuleName;

impl TypedValueParser for RuleName {
    type Value = String;

    fn parse_ref(&self, _: &clap::Command, _: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        Ok(value.to_string_lossy().into_owned())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Rule::ALL.iter().map(|rule| PossibleValue::new(rule.name()))))
    }
}

/// Options of `lsp`.
#[derive(Debug, Args)]
pub struct Lsp {
    /// Use this configuration instead of the nearest authshift.toml of each file
    #[arg(short, long, value_name = "FILE", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,
    /// Use no configuration at all
    #[arg(long)]
    pub isolated: bool,
    /// Speak on standard input and output, as it does anyway; some editors pass this
    #[arg(long)]
    pub stdio: bool,
}

/// Options of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// What `manifest` does.
#[derive(Debug, Subcommand)]
pub enum Manifest {
    /// Put a Connection's JSON, as Zoho's page shows it, into a manifest
    ///
    /// It goes where the manifest's service needs it, or replaces the entry with the same LinkName. authshift refuses what the
    /// extension toolkit would refuse. Without --write nothing is changed: the diff is printed. Exit status: 0
    /// nothing to change, or written, 1 there is a change to make, 2 an error.
    #[command(
        after_help = "Examples:\n  authshift manifest add connection.json\n  authshift manifest add connection.json desk/plugin-manifest.json --write\n  pbpaste | authshift manifest add -"
    )]
    Add(Add),
}

/// Options of `manifest add`.
#[derive(Debug, Args)]
pub struct Add {
    /// A file with the JSON that Zoho shows of the Connection, or - for standard input
    pub connection: PathBuf,
    /// The manifest [default: the nearest plugin-manifest.json, upwards as far as the root of the repository]
    pub manifest: Option<PathBuf>,
    /// Apply the change in place
    #[arg(short, long)]
    pub write: bool,
    /// With --write, keep the original beside the file [default suffix: .bak]
    #[arg(long, value_name = "SUFFIX", num_args = 0..=1, require_equals = true, default_missing_value = ".bak", requires = "write")]
    pub backup: Option<String>,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    pub color: Color,
    /// Print the diff and errors only
    #[arg(short, long)]
    pub quiet: bool,
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

/// The heading of the options that all commands on files have.
pub(crate) const COMMON_OPTIONS: &str = "Common options";

/// Options of every command on files.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = COMMON_OPTIONS)]
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
    /// Print tokens whole, on the terminal and in the diff; reports for programs and in files stay masked
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
    /// Treat files named on the command line like those found in folders: skip them if they are excluded or do not look like Deluge
    #[arg(long)]
    pub force_exclude: bool,
    /// Do not treat paths that do not exist as an error
    #[arg(long)]
    pub no_errors_on_unmatched: bool,
    /// Exit with 0 even if there are findings; errors still give 2
    #[arg(long)]
    pub exit_zero: bool,
    /// Exit with 1 for warnings and notes too
    #[arg(long)]
    pub error_on_warnings: bool,
    /// The file name of standard input, for reports and the configuration
    #[arg(long, value_name = "NAME")]
    pub stdin_filename: Option<PathBuf>,
    /// Print findings and errors only: no summary, and no progress of a long run
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also print which files were not read, why, and which lines could not be parsed
    #[arg(short, long)]
    pub verbose: bool,
}
