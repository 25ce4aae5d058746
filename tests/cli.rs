//! The command line from the outside: exit statuses, files, configuration and streams.
//! What is expected comes from the product's description, not from what the tool prints.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use clap::CommandFactory as _;
use serde_json::Value;
use support::folder::{DESK, Folder};
#[cfg(unix)]
use support::shell;
use support::{authshift, code, copy, fixtures, piped, stderr, stdout, tokens};

const TOKEN: &str = "fake0desk0token0aaaabbbbccccdddd";

impl Folder {
    /// The paths in the JSON report of `check`, each once.
    fn found(&self, arguments: &[&str]) -> Vec<String> {
        let arguments: Vec<&str> = ["check", "--output-format", "json"].iter().chain(arguments).copied().collect();
        let mut paths: Vec<String> = json(&self.run(&arguments))["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| finding["path"].as_str().unwrap().replace('\\', "/"))
            .collect();
        paths.dedup();
        paths
    }

    /// The LinkName that `fix -` puts into a request of the function `name`; `-` for none.
    fn connection(&self, name: &str, url: &str) -> String {
        let output = piped(self.path(), &["fix", "-", "--stdin-filename", name], request(url));
        assert!(code(&output) < 2, "{}", stderr(&output));
        let text = stdout(&output);
        let link = text.split("connection").nth(1).and_then(|rest| rest.split('"').nth(1));
        link.unwrap_or("-").to_owned()
    }
}

fn request(url: &str) -> String {
    format!("x = invokeurl\n[\n\turl :\"{url}\"\n\ttype :GET\n];\ninfo x;\n")
}

/// One request with a token that the configuration for Zoho Desk can fix.
fn old() -> String {
    request(&format!("https://desk.zoho.com/api/v1/tickets?limit=5&authtoken={TOKEN}"))
}

/// What becomes of [`old`].
fn new() -> String {
    request("https://desk.zoho.com/api/v1/tickets?limit=5")
        .replace("\ttype :GET\n", "\ttype :GET\n\tconnection :\"desk_oauth\"\n")
}

/// A request that nobody configured a Connection for.
fn unconfigured() -> String {
    request(&format!("https://books.zoho.com/api/v3/invoices?authtoken={TOKEN}"))
}

const CLEAN: &str = "info \"nothing\";\n";

/// A warning and nothing else.
const WARNING: &str = "x = \u{201C}a\u{201D};\n";

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", stdout(output), stderr(output)))
}

fn with_variable(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_authshift"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

/// Feeds `git apply` in `folder`, which is taken as no part of a repository.
fn git_apply(folder: &Path, arguments: &[&str], patch: &[u8]) -> Output {
    let mut child = Command::new("git")
        .args(["apply", "--whitespace=nowarn"])
        .args(arguments)
        .arg("-")
        .current_dir(folder)
        .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git is installed");
    let _ = child.stdin.take().unwrap().write_all(patch);
    child.wait_with_output().unwrap()
}

fn demo() -> Folder {
    let folder = Folder::empty();
    copy(&fixtures().join("demo"), folder.path());
    folder
}

// Exit statuses

#[test]
fn scan_exits_with_0_whatever_it_found() {
    let folder = Folder::new().with("old.dg", old()).with("clean.dg", CLEAN);
    assert_eq!(folder.code(&["scan"]), 0);
    assert_eq!(folder.code(&["scan", "clean.dg"]), 0);
    assert_eq!(folder.code(&["scan", "old.dg", "--error-on-warnings"]), 0);
    assert_eq!(folder.code(&["scan", "old.dg", "nothing.dg"]), 2);
}

#[test]
fn check_exits_with_1_when_something_is_left() {
    let folder = Folder::new().with("old.dg", old()).with("clean.dg", CLEAN);
    assert_eq!(folder.code(&["check"]), 1);
    assert_eq!(folder.code(&["check", "clean.dg"]), 0);
    assert_eq!(folder.code(&["check", "--output-format", "json"]), 1);
}

#[test]
fn fix_exits_with_1_for_a_change_or_for_what_it_cannot_fix() {
    let folder = Folder::new().with("old.dg", old()).with("clean.dg", CLEAN).with("left.dg", unconfigured());
    assert_eq!(folder.code(&["fix", "clean.dg"]), 0);
    assert_eq!(folder.code(&["fix", "old.dg"]), 1);
    assert_eq!(folder.code(&["fix", "left.dg"]), 1);
    assert_eq!(folder.code(&["fix", "--patch", "p.patch", "old.dg"]), 1);
    assert_eq!(folder.code(&["fix", "--patch", "p.patch", "clean.dg"]), 0);
    assert_eq!(folder.read("old.dg"), old());
    assert_eq!(folder.code(&["fix", "-w", "left.dg"]), 1);
    assert_eq!(folder.code(&["fix", "-w", "old.dg"]), 0);
    assert_eq!(folder.read("old.dg"), new());
    assert_eq!(folder.code(&["fix", "old.dg"]), 0);
}

#[test]
fn parse_exits_with_0_or_2() {
    let folder = Folder::new().with("old.dg", old());
    assert_eq!(folder.code(&["parse", "old.dg"]), 0);
    assert_eq!(folder.code(&["parse", "nothing.dg"]), 2);
}

#[test]
fn an_error_wins_over_findings_and_exit_zero_does_not_hide_it() {
    let folder = Folder::new().with("old.dg", old());
    for command in ["check", "fix", "scan"] {
        let output = folder.run(&[command, "old.dg", "nothing.dg"]);
        assert_eq!(code(&output), 2, "{command}");
        assert!(stderr(&output).contains("nothing.dg"), "{}", stderr(&output));
        assert!(stdout(&output).contains("old.dg"), "{command} stops at a missing path");
        assert_eq!(folder.code(&[command, "--exit-zero", "old.dg", "nothing.dg"]), 2);
        assert_eq!(folder.code(&[command, "--exit-zero", "old.dg"]), 0);
    }
    assert_eq!(folder.code(&["fix", "--write", "nothing.dg"]), 2);
    assert_eq!(folder.code(&["fix", "--write", "old.dg", "nothing.dg"]), 2);
    assert_eq!(folder.read("old.dg"), new());
}

#[test]
fn warnings_count_only_when_asked_for() {
    let folder = Folder::new().with("warning.dg", WARNING);
    for command in ["check", "fix"] {
        assert_eq!(folder.code(&[command, "warning.dg"]), 0, "{command}");
        assert_eq!(folder.code(&[command, "--error-on-warnings", "warning.dg"]), 1, "{command}");
        assert_eq!(folder.code(&[command, "--error-on-warnings", "--exit-zero", "warning.dg"]), 0, "{command}");
    }
    assert!(stdout(&folder.run(&["check"])).contains("warning[curly-quote]"));
}

#[test]
fn a_severity_of_the_configuration_counts() {
    let folder = Folder::new().with("old.dg", old()).with("warning.dg", WARNING);
    folder.write("authshift.toml", format!("{DESK}[rules]\nauthtoken-in-query = \"note\"\n"));
    let output = folder.run(&["check", "old.dg"]);
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).contains("note[authtoken-in-query]"), "{}", stdout(&output));
    folder.write("authshift.toml", "[rules]\ncurly-quote = \"error\"\n");
    assert_eq!(folder.code(&["check", "warning.dg"]), 1);
    folder.write("authshift.toml", "[rules]\ncurly-quote = \"off\"\n");
    assert_eq!(folder.found(&["warning.dg", "--error-on-warnings"]), [] as [&str; 0]);
}

#[test]
fn wrong_usage_is_an_error() {
    let folder = Folder::new().with("old.dg", old());
    for arguments in [
        &[][..],
        &["nonsense"],
        &["check", "--nonsense"],
        &["check", "--output-format", "xml"],
        &["check", "--quiet", "--verbose"],
        &["check", "--isolated", "--config", "authshift.toml"],
        &["check", "--threads", "many"],
        &["check", "--exclude", "a[b"],
        &["fix", "--backup"],
        &["fix", "--write", "--patch", "p.patch"],
        &["fix", "-", "--write"],
        &["parse"],
        &["explain", "several-tokens", "curly-quote"],
    ] {
        assert_eq!(folder.code(arguments), 2, "{arguments:?}");
    }
    for arguments in [&["--version"][..], &["--help"], &["help", "fix"], &["check", "-h"]] {
        assert_eq!(folder.code(arguments), 0, "{arguments:?}");
    }
    assert_eq!(folder.read("old.dg"), old());
}

/// Every command, the hidden one and the whole (the empty word) included.
fn commands() -> Vec<String> {
    let definition = authshift::cli::Cli::command();
    let names = definition.get_subcommands().map(|command| command.get_name().to_owned());
    names.chain([String::new()]).collect()
}

fn help(command: &str, flag: &str, columns: &str) -> String {
    let arguments: Vec<&str> = [command, flag].into_iter().filter(|word| !word.is_empty()).collect();
    let output = with_variable(&fixtures(), &arguments, &[("COLUMNS", columns)]);
    assert_eq!(code(&output), 0, "{command} {flag}");
    stdout(&output)
}

#[test]
fn the_help_of_every_command_tells_its_exit_statuses() {
    for command in commands() {
        let help = help(&command, "--help", "100");
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(help.contains("Exit status: 0"), "{command} does not:\n{help}");
    }
}

#[test]
fn the_help_of_every_public_command_has_examples() {
    for command in commands().iter().filter(|command| *command != "parse") {
        for flag in ["-h", "--help"] {
            let help = help(command, flag, "100");
            let example = format!("  authshift {command}");
            assert!(help.contains("Examples:") && help.contains(example.trim_end()), "{command}: {help}");
        }
    }
}

/// Nothing is wider than a terminal usually is, and no example is broken in two.
#[test]
fn the_help_fits_80_columns() {
    for command in commands() {
        for flag in ["-h", "--help"] {
            let (narrow, wide) = (help(&command, flag, "80"), help(&command, flag, "200"));
            for line in narrow.lines() {
                assert!(line.chars().count() <= 80, "{command} {flag}: {line}");
            }
            let examples = |text: &str| -> Vec<String> {
                let below = text.split("Examples:").nth(1).unwrap_or("");
                below.lines().filter(|line| line.starts_with("  ")).map(str::to_owned).collect()
            };
            assert_eq!(examples(&narrow), examples(&wide), "{command} {flag}");
        }
    }
}

// Completions and the man page

/// Whether `program` takes what is on its standard input; `None` when it is not installed.
fn takes(program: &str, arguments: &[&str], input: &[u8]) -> Option<bool> {
    let mut child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().ok()?;
    child.stdin.take().unwrap().write_all(input).unwrap();
    Some(child.wait().unwrap().success())
}

#[test]
fn completions_are_what_the_shell_reads() {
    let folder = Folder::empty();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = folder.run(&["completions", shell]);
        assert_eq!(code(&output), 0, "{shell}");
        let script = stdout(&output);
        for word in ["scan", "check", "fix", "completions", "man", "--output-format", "--unsafe-fixes"] {
            assert!(script.contains(word.trim_start_matches('-')), "{shell} does not know {word}");
        }
        if ["bash", "zsh", "fish"].contains(&shell) {
            assert_ne!(takes(shell, &["-n"], script.as_bytes()), Some(false), "{shell} does not read it");
        }
    }
    assert_eq!(folder.code(&["completions", "cmd"]), 2);
    assert_eq!(folder.code(&["completions"]), 2);
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_and_values() {
    let complete = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let script = format!(
            "set -e; eval \"$(authshift completions bash)\"; COMP_WORDS=({line}); \
             COMP_CWORD={}; _authshift authshift \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; echo \"${{COMPREPLY[@]}}\"",
            words.len() - 1
        );
        stdout(&shell(&fixtures(), &format!("bash -c '{script}'"))).trim().to_owned()
    };
    if takes("bash", &[], b"exit 0") == Some(true) {
        assert_eq!(complete("authshift che"), "check");
        assert_eq!(complete("authshift check --output-format s"), "sarif");
    }
}

/// One page that names every public command and each of their options, and that the formatter has nothing to say about.
#[test]
fn the_man_page_has_every_command_and_option() {
    let folder = Folder::empty();
    let output = folder.run(&["man"]);
    assert_eq!(code(&output), 0);
    assert_eq!(folder.run(&["man"]).stdout, output.stdout);
    let page = stdout(&output);
    assert!(page.contains(".TH AUTHSHIFT 1 "));
    let plain = page.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "");
    let definition = authshift::cli::Cli::command();
    for command in definition.get_subcommands() {
        let heading = format!(".SH \"AUTHSHIFT {}\"", command.get_name().to_uppercase());
        assert_eq!(plain.contains(&heading), !command.is_hide_set(), "{heading}");
        for option in command.get_arguments().filter(|_| !command.is_hide_set()) {
            let Some(name) = option.get_long() else { continue };
            assert!(plain.lines().any(|line| line.contains(&format!("--{name}"))), "--{name}");
        }
    }
    assert_eq!(plain.lines().filter(|line| *line == "--hidden").count(), 1, "common options are there once");
    assert!(plain.contains("  authshift fix --write exported/ "), "an example is filled");
    if let Some(well) = takes("groff", &["-man", "-Tutf8", "-ww", "-z"], page.as_bytes()) {
        assert!(well);
    }
    // mandoc misses a date, which is left out on purpose: 2 is a warning, anything above is not.
    if takes("mandoc", &["-V"], b"").is_some() {
        assert_eq!(takes("mandoc", &["-Tlint", "-W", "error"], page.as_bytes()), Some(true));
    }
}

/// `fix --patch` exits with 1 when it wrote a change, so what follows `&&` would never run.
#[cfg(unix)]
#[test]
fn the_patch_example_of_the_help_migrates() {
    let folder = Folder::new().with("functions/old.dg", old());
    let help = stdout(&folder.run(&["fix", "--help"]));
    let line = help.lines().find(|line| line.contains("--patch ") && line.contains("git apply")).expect("an example");
    shell(folder.path(), line.trim());
    assert_eq!(folder.read("functions/old.dg"), new(), "{line}");
}

// Paths and files

#[test]
fn a_path_that_does_not_exist_is_an_error_unless_told_otherwise() {
    let folder = Folder::new().with("old.dg", old());
    for command in ["scan", "check", "fix"] {
        let output = folder.run(&[command, "no/such/folder"]);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains("no/such/folder"));
        assert_eq!(folder.code(&[command, "--no-errors-on-unmatched", "no/such/folder"]), 0);
    }
    assert_eq!(folder.code(&["check", "--no-errors-on-unmatched", "no.dg", "old.dg"]), 1);
}

#[test]
fn a_file_that_is_not_utf_8_is_an_error_that_tells_what_to_do() {
    let latin: &[u8] = b"info \"caf\xe9\";\n";
    let folder = Folder::new().with("walked/latin.dg", latin).with("latin.txt", latin).with("old.dg", old());
    for path in ["walked", "latin.txt"] {
        let output = folder.run(&["check", path, "old.dg"]);
        let text = stderr(&output);
        assert_eq!(code(&output), 2, "{text}");
        assert!(text.contains("latin") && text.contains("1252") && text.contains("iconv"), "{text}");
        assert!(stdout(&output).contains("old.dg"), "the others go on");
    }
    assert_eq!(folder.code(&["fix", "--write", "walked"]), 2);
    assert_eq!(fs::read(folder.at("walked/latin.dg")).unwrap(), latin);
}

#[test]
fn a_walked_file_without_a_deluge_name_may_be_in_any_encoding() {
    let folder = Folder::new().with("a.txt", b"info \"caf\xe9\";\n").with("b", b"info \"caf\xe9\";\n");
    let output = folder.run(&["check", "--output-format", "json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(json(&output)["summary"]["skipped"], 2);
}

#[test]
fn a_binary_file_is_skipped_and_counted() {
    let folder = Folder::new().with("a", b"info 1;\0\0\x01 more\n").with("old.dg", old());
    let output = folder.run(&["check", "--output-format", "json"]);
    assert_eq!(code(&output), 1);
    assert_eq!(json(&output)["summary"]["skipped"], 1);
    let output = folder.run(&["check", "-v"]);
    assert!(stderr(&output).contains("a: skipped: binary\n"), "-v does not list it: {}", stderr(&output));
}

#[test]
fn utf_16_is_an_encoding_error_with_and_without_a_mark() {
    let little: Vec<u8> = "info \"x\";\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = "info \"x\";\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = |mark: &[u8], text: &[u8]| [mark, text].concat();
    for content in [marked(b"\xff\xfe", &little), marked(b"\xfe\xff", &big), little, big] {
        let folder = Folder::new().with("a.dg", &content);
        for path in [".", "a.dg"] {
            let output = folder.run(&["check", path]);
            assert_eq!(code(&output), 2, "{content:?}");
            assert!(stderr(&output).contains("UTF-16") && stderr(&output).contains("a.dg"), "{}", stderr(&output));
        }
    }
}

#[test]
fn a_file_over_64_mib_is_an_error_and_the_others_go_on() {
    let folder = Folder::new().with("old.dg", old());
    fs::File::create(folder.at("big.dg")).unwrap().set_len(64 * 1024 * 1024 + 1).unwrap();
    let output = folder.run(&["check"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("big.dg"));
    assert!(stdout(&output).contains("old.dg"));
}

#[test]
fn text_stays_as_it_is_outside_of_the_edits() {
    let token = format!("&authtoken={TOKEN}");
    for (name, ends, head) in [("lf", "\n", ""), ("crlf", "\r\n", ""), ("cr", "\r", ""), ("bom", "\r\n", "\u{feff}")] {
        let text = |migrated: bool| {
            let lines = [
                format!("{head}// caf\u{e9} \u{a0}  "),
                "x  =  invokeurl".to_owned(),
                "[".to_owned(),
                format!(
                    "\turl :\"https://desk.zoho.com/api/v1/tickets?limit=5{}\" ",
                    if migrated { "" } else { &token }
                ),
                "\ttype :GET".to_owned(),
            ];
            let added = if migrated { format!("\tconnection :\"desk_oauth\"{ends}") } else { String::new() };
            format!("{}{ends}{added}];\t info  x;", lines.join(ends))
        };
        let folder = Folder::new().with("a.dg", text(false));
        assert_eq!(folder.code(&["fix", "--write"]), 0, "{name}");
        assert_eq!(folder.read("a.dg"), text(true), "{name}");
    }
}

#[test]
fn what_is_read_goes_by_extension_and_else_by_content() {
    let widget = format!(
        "const token = \"{TOKEN}\";\nfetch(\"https://desk.zoho.com/api?authtoken=\" + token).then(r => console.log(r));\n"
    );
    let prose =
        "The authtoken authtoken=abc is gone.\n\nPermission is hereby granted, free of charge, to any person.\n";
    let folder = Folder::new().with("widget.js", &widget).with("LICENSE", prose).with("notes.rst", old());
    let read = ["a.DELUGE", "a.dg", "a.dlg", "a.ds", "b.html", "b.js", "b.m", "b.md", "b.ts", "b.txt", "name"];
    for name in read {
        folder.write(name, old());
    }
    let unread = ["notes.rst", "widget.js"];
    let mut all = [&read[..], &unread[..]].concat();
    all.sort_unstable();
    assert_eq!(folder.found(&[]), all);
    assert_eq!(folder.found(&["notes.rst"]), ["notes.rst"], "a named file is always read");
    let output = folder.run(&["check", "--force-exclude", "notes.rst", "widget.js"]);
    let found = |rule: &str| stdout(&output).matches(rule).count();
    assert_eq!((found("[unread-file]"), found("[authtoken-in-app]")), (1, 1), "{}", stdout(&output));
}

#[test]
fn ignore_files_are_respected_unless_told_otherwise() {
    let folder = Folder::new().with(".gitignore", "out/\n").with(".ignore", "local.dg\n");
    for name in ["a.dg", "local.dg", "out/b.dg"] {
        folder.write(name, old());
    }
    assert_eq!(folder.found(&[]), ["a.dg"]);
    assert_eq!(folder.found(&["--no-ignore"]), ["a.dg", "local.dg", "out/b.dg"]);
    assert_eq!(folder.found(&["out/b.dg"]), ["out/b.dg"]);
    assert!(folder.found(&["--force-exclude", "out/b.dg", "local.dg"]).is_empty());
}

#[test]
fn hidden_files_are_left_out_unless_told_otherwise() {
    let folder = Folder::new().with(".hidden/b.dg", old()).with(".c.dg", old()).with("a.dg", old());
    folder.write(".git/d.dg", old());
    assert_eq!(folder.found(&[]), ["a.dg"]);
    assert_eq!(folder.found(&["--hidden"]), [".c.dg", ".hidden/b.dg", "a.dg"]);
}

#[test]
fn excludes_bind_walked_files_and_named_ones_when_forced() {
    let folder = Folder::new().with("a.dg", old()).with("old/b.dg", old()).with("x/old/c.dg", old());
    assert_eq!(folder.found(&["--exclude", "old"]), ["a.dg"]);
    assert_eq!(folder.found(&["--exclude", "*.dg"]), [] as [&str; 0]);
    assert_eq!(folder.found(&["--exclude", "old", "--exclude", "a.dg"]), [] as [&str; 0]);
    assert_eq!(folder.found(&["--exclude", "old", "old/b.dg"]), ["old/b.dg"]);
    assert!(folder.found(&["--exclude", "old", "--force-exclude", "old/b.dg"]).is_empty());
}

#[test]
fn the_configuration_includes_and_excludes() {
    let files = "[files]\ninclude = [\"**/*.fn\"]\nexclude = [\"archive/**\", \"b.dg\"]\n";
    let folder = Folder::new().with("authshift.toml", format!("{DESK}{files}"));
    for name in ["a.dg", "b.dg", "c.fn", "sub/d.fn", "archive/e.dg", "archive/f.fn"] {
        folder.write(name, old());
    }
    assert_eq!(folder.found(&[]), ["a.dg", "c.fn", "sub/d.fn"]);
    assert_eq!(folder.found(&["archive/e.dg", "b.dg"]), ["archive/e.dg", "b.dg"]);
    assert!(folder.found(&["--force-exclude", "archive/e.dg", "b.dg"]).is_empty());
    // Without it the others are found as files that were not read.
    let all = ["a.dg", "archive/e.dg", "archive/f.fn", "b.dg", "c.fn", "sub/d.fn"];
    assert_eq!(folder.found(&["--isolated"]), all);
    let rules = stdout(&folder.run(&["check", "--isolated"]));
    assert_eq!(rules.matches("[unread-file]").count(), 3, "{rules}");
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_not_followed_but_written_through_when_named() {
    let folder = Folder::new().with("real/a.dg", old());
    std::os::unix::fs::symlink("real", folder.at("link")).unwrap();
    std::os::unix::fs::symlink("real/a.dg", folder.at("b.dg")).unwrap();
    assert_eq!(folder.found(&[]), ["real/a.dg"]);
    assert_eq!(folder.code(&["fix", "--write", "b.dg"]), 0);
    assert!(fs::symlink_metadata(folder.at("b.dg")).unwrap().is_symlink());
    assert_eq!(folder.read("real/a.dg"), new());
}

#[test]
fn any_number_of_threads_prints_the_same() {
    // More output than any buffer holds.
    let folder = (0..400).fold(Folder::new(), |folder, number| folder.with(&format!("{number}.dg"), old()));
    copy(&fixtures().join("demo"), &folder.at("demo"));
    for arguments in [
        &["check"][..],
        &["scan", "--statistics"],
        &["check", "--output-format", "json", "-v"],
        &["fix", "-v"],
        &["fix", "--unsafe-fixes", "--show-secrets"],
    ] {
        let run = |threads: &str| {
            let arguments: Vec<&str> = arguments.iter().copied().chain(["-j", threads]).collect();
            let output = folder.run(&arguments);
            (stdout(&output), stderr(&output), code(&output))
        };
        let one = run("1");
        assert!(!one.0.is_empty());
        assert!(one == run("8"), "{arguments:?} depends on the number of threads");
        assert!(one == run("8"), "{arguments:?} is not the same twice");
    }
}

#[test]
fn any_nesting_gives_an_answer_or_an_error() {
    const DEPTH: usize = 200_000;
    let nested = |open: &str, close: &str| format!("x = {}1{};\n", open.repeat(DEPTH), close.repeat(DEPTH));
    let texts = [
        ("parentheses", nested("(", ")")),
        ("lists", nested("[", "]")),
        ("maps", nested("{\"a\":", "}")),
        ("calls", nested("a.get(", ")")),
        ("blocks", "if(a)\n{\n".repeat(DEPTH)),
        ("signs", format!("x = {}1;\n", "-".repeat(DEPTH))),
    ];
    let mut failures = Vec::new();
    for (name, text) in texts {
        let folder = Folder::new().with("deep.dg", format!("// authtoken\n{text}")).with("old.dg", old());
        let output = folder.run(&["check"]);
        match output.status.code() {
            Some(1 | 2) if stdout(&output).contains("old.dg") => {}
            code => {
                failures.push(format!("{name}: {code:?} {}", stderr(&output).chars().take(200).collect::<String>()))
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn of_a_file_with_very_many_requests_nothing_is_changed() {
    const MOST: usize = 50_000;
    let among = |others: usize, request: String| request + &"getUrl(b);\n".repeat(others);
    for (others, changes) in [(MOST - 1, true), (MOST, false)] {
        let folder = Folder::new().with("many.dg", among(others, old()));
        assert_eq!(folder.code(&["fix", "--write"]), i32::from(!changes), "{others}");
        assert_eq!(folder.read("many.dg"), among(others, if changes { new() } else { old() }), "{others}");
        if !changes {
            let findings = json(&folder.run(&["check", "--output-format", "json"]))["findings"].to_string();
            assert!(findings.contains("more than 50,000 requests"), "{findings}");
        }
    }
}

#[test]
fn of_a_statement_with_very_many_requests_nothing_is_changed() {
    const MOST: usize = 100;
    let call = format!("getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken={TOKEN}\")");
    for (calls, changes) in [(MOST, true), (MOST + 1, false)] {
        let text = format!("x = {};\n", vec![call.as_str(); calls].join(" + "));
        let folder = Folder::new().with("many.dg", text).with("old.dg", old());
        let output = folder.run(&["fix", "--write", "--unsafe-fixes"]);
        assert_eq!(code(&output), i32::from(!changes), "{}", stderr(&output));
        assert_eq!(folder.read("many.dg").matches("authtoken").count(), if changes { 0 } else { calls });
        assert_eq!(folder.read("many.dg").matches("connection:").count(), if changes { calls } else { 0 });
        assert_eq!(folder.read("old.dg"), new(), "{calls}");
        assert!(changes || stderr(&output).contains("makes more than 100 requests"), "{}", stderr(&output));
    }
}

// Standard input

#[test]
fn fix_passes_standard_input_through_and_prints_nothing_else() {
    let folder = Folder::new();
    for (input, output) in [
        (old(), new()),
        (old().replace('\n', "\r\n"), new().replace('\n', "\r\n")),
        (format!("\u{feff}{}", old().trim_end()), format!("\u{feff}{}", new().trim_end())),
        (format!("// \u{b}\u{7}\u{1b}[31m \u{7f}\n{}", old()), format!("// \u{b}\u{7}\u{1b}[31m \u{7f}\n{}", new())),
        (CLEAN.to_owned(), CLEAN.to_owned()),
        (String::new(), String::new()),
    ] {
        for arguments in [&["fix", "-"][..], &["fix", "-", "--color", "always"], &["fix", "-", "-v", "--statistics"]] {
            let result = piped(folder.path(), arguments, &input);
            assert_eq!(result.stdout, output.as_bytes(), "{arguments:?} {input:?}");
            assert_eq!(code(&result), 0, "{}", stderr(&result));
        }
    }
    let left = piped(folder.path(), &["fix", "-"], unconfigured());
    assert_eq!((stdout(&left), code(&left)), (unconfigured(), 1));
}

#[test]
fn check_and_scan_read_standard_input() {
    let folder = Folder::new();
    let output = piped(folder.path(), &["check", "-", "--stdin-filename", "desk/a.dg"], old());
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).starts_with("desk/a.dg:3:"), "{}", stdout(&output));
    assert_eq!(code(&piped(folder.path(), &["scan", "-"], old())), 0);
    assert_eq!(code(&piped(folder.path(), &["check", "-"], CLEAN)), 0);
}

#[test]
fn the_name_of_standard_input_picks_the_configuration() {
    let folder = Folder::new().with("billing/authshift.toml", DESK.replace("desk_oauth", "desk_billing"));
    let url = format!("https://desk.zoho.com/api/v1/tickets?authtoken={TOKEN}");
    assert_eq!(folder.connection("a.dg", &url), "desk_oauth");
    assert_eq!(folder.connection("billing/a.dg", &url), "desk_billing");
    assert_eq!(folder.connection("billing/not/there/a.dg", &url), "desk_billing");
}

#[test]
fn standard_input_that_is_not_utf_8_gives_an_error_and_no_text() {
    let folder = Folder::new();
    let output = piped(folder.path(), &["fix", "-"], b"info \"caf\xe9\";\n");
    assert_eq!(code(&output), 2);
    assert!(output.stdout.is_empty());
    assert!(stderr(&output).contains("UTF-8"));
}

// Configuration

#[test]
fn the_nearest_configuration_counts_as_far_as_the_repository() {
    let folder = Folder::new().with("a.dg", old()).with("sub/b.dg", old()).with("sub/deep/c.dg", old());
    folder.write("sub/.authshift.toml", DESK.replace("desk_oauth", "desk_sub"));
    folder.write("repo/.git/HEAD", "");
    folder.write("repo/d.dg", old());
    // Nothing is configured for the other repository.
    assert_eq!(folder.code(&["fix", "--write"]), 2);
    assert!(folder.read("a.dg").contains("\"desk_oauth\""));
    assert!(folder.read("sub/b.dg").contains("\"desk_sub\""));
    assert!(folder.read("sub/deep/c.dg").contains("\"desk_sub\""));
    assert_eq!(folder.read("repo/d.dg"), old(), "a configuration above the repository counts");
}

#[test]
fn a_named_configuration_or_none_overrides_the_nearest() {
    let folder = Folder::new().with("a.dg", old()).with("other.toml", DESK.replace("desk_oauth", "desk_other"));
    assert!(stdout(&folder.run(&["fix", "-c", "other.toml"])).contains("desk_other"));
    let isolated = folder.run(&["check", "--isolated"]);
    assert!(stdout(&isolated).contains("no-connection-configured"));
    assert_eq!(folder.code(&["check", "-c", "missing.toml"]), 2);
}

#[test]
fn the_most_specific_entry_wins() {
    let folder = Folder::empty().with(
        "authshift.toml",
        "default-connection = \"fallback\"\n\
         [[connection]]\nlink-name = \"by_service\"\nservice = \"desk\"\n\
         [[connection]]\nlink-name = \"by_center\"\nservice = \"desk\"\ndata-center = \"eu\"\n\
         [[connection]]\nlink-name = \"by_path\"\nservice = \"desk\"\npaths = [\"billing/**\"]\n\
         [[connection]]\nlink-name = \"by_url\"\nurl = \"https://desk.zoho.eu/api/v1/special/**\"\n\
         [[connection]]\nlink-name = \"erp\"\nurl = \"https://erp.example.com/api/**\"\n\
         [[connection]]\nlink-name = \"never\"\nservice = \"crm\"\nauthtoken-based = true\n",
    );
    let link = |name: &str, url: &str| folder.connection(name, &format!("{url}?authtoken={TOKEN}"));
    assert_eq!(link("a.dg", "https://desk.zoho.com/api/v1/tickets"), "by_service");
    assert_eq!(link("a.dg", "https://desk.zoho.eu/api/v1/tickets"), "by_center");
    assert_eq!(link("billing/a.dg", "https://desk.zoho.eu/api/v1/tickets"), "by_path");
    assert_eq!(link("billing/a.dg", "https://desk.zoho.eu/api/v1/special/x"), "by_url");
    assert_eq!(link("a.dg", "https://books.zoho.com/api/v3/invoices"), "fallback");
    assert_eq!(link("a.dg", "https://www.zohoapis.com/crm/v2/Leads"), "fallback");
    assert_eq!(link("a.dg", "https://erp.example.com/api/items"), "erp");
    assert_eq!(link("a.dg", "https://other.example.com/api/items"), "-");
}

#[test]
fn a_mistake_in_the_configuration_is_an_error_with_its_place() {
    let entry = |lines: &str| format!("[[connection]]\nlink-name = \"a\"\n{lines}\n");
    let cases: &[(String, &str, &str)] = &[
        ("# c\ndefualt-connection = \"a\"".to_owned(), ":2:1:", "did you mean `default-connection`"),
        (entry("servcie = \"desk\""), ":3:1:", "did you mean `service`"),
        (entry("service = \"dsk\""), ":3:11:", "did you mean `desk`"),
        (entry("service = \"desk\"\ndata-center = \"euu\""), ":4:15:", "did you mean `eu`"),
        ("[rules]\nlegacy-endpiont = \"off\"".to_owned(), ":2:1:", "did you mean `legacy-endpoint`"),
        ("[rules]\nlegacy-endpoint = \"warn\"".to_owned(), ":2:19:", "did you mean `warning`"),
        ("[files]\ninclude = [\"ok\", \"a[b\"]".to_owned(), ":2:18:", "glob"),
        (entry("paths = [\"a{b\"]"), ":3:10:", "glob"),
        ("[[connection]]\nservice = \"desk\"\nlink-name = \"\"".to_owned(), ":3:13:", "empty"),
        ("[[connection]]\nservice = \"desk\"\nlink-name = \"a-b\"".to_owned(), ":3:13:", "a-b"),
        ("[[connection]]\nservice = \"desk\"\nlink-name = \"1a\"".to_owned(), ":3:13:", "1a"),
        ("default-connection = 1".to_owned(), ":1:22:", "string"),
        ("\u{feff}[files\n".to_owned(), ":1:", ""),
    ];
    for (text, place, hint) in cases {
        let folder = Folder::new().with("authshift.toml", text).with("a.dg", old());
        for arguments in [&["check"][..], &["check", "-c", "authshift.toml"], &["fix", "--write"], &["scan"]] {
            let output = folder.run(arguments);
            let message = stderr(&output);
            assert_eq!(code(&output), 2, "{text:?}: {message}");
            assert!(message.contains(&format!("authshift.toml{place}")), "{text:?}: {message}");
            assert!(message.contains(hint), "{text:?}: {message}");
        }
        assert_eq!(folder.read("a.dg"), old());
    }
}

#[test]
fn two_equally_specific_entries_are_an_error_that_names_both() {
    let folder = Folder::new().with("a.dg", old());
    folder.write("authshift.toml", format!("{DESK}{}", DESK.replace("desk_oauth", "desk_rival")));
    let output = folder.run(&["check"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("desk_oauth") && stderr(&output).contains("desk_rival"), "{}", stderr(&output));
    let paths = |link: &str, glob: &str| format!("[[connection]]\nlink-name = \"{link}\"\npaths = [\"{glob}\"]\n");
    folder.write("authshift.toml", paths("one", "a.*") + &paths("two", "*.dg"));
    let output = folder.run(&["check"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("`one`") && stderr(&output).contains("`two`"), "{}", stderr(&output));
}

// What is printed

#[test]
fn a_finding_says_where_and_what() {
    let folder = Folder::new().with("a b/\u{e9}.dg", format!("// \u{e9}\u{e9}\n\u{a0}{}", old()));
    let line = stdout(&folder.run(&["check"]));
    assert!(line.starts_with("a b/\u{e9}.dg:4:"), "{line}");
    assert!(line.contains("error[authtoken-in-query]"), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
    let scan = stdout(&folder.run(&["scan"]));
    assert!(scan.contains("a b/\u{e9}.dg:4:") && scan.contains("desk_oauth"), "{scan}");
    assert!(scan.lines().last().unwrap().contains("Zoho Desk"), "no table by service at the end: {scan}");
}

#[test]
fn the_json_report_has_what_is_documented() {
    let folder = Folder::new().with("a.dg", format!("// \u{e9}\n{}", old())).with("b.dg", b"\xff");
    let output = folder.run(&["check", "--output-format", "json"]);
    assert_eq!(code(&output), 2);
    let document = json(&output);
    assert!(document["schema_version"].is_u64());
    let finding = &document["findings"][0];
    let text = folder.read("a.dg");
    let (at, end) = (text.find("authtoken=").unwrap(), text.find("\"\n\ttype").unwrap());
    assert_eq!(finding["rule"], "authtoken-in-query");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["applicability"], "safe");
    assert_eq!(finding["path"], "a.dg");
    let column = text.lines().nth(3).unwrap().split("authtoken=").next().unwrap().chars().count() + 1;
    assert_eq!(finding["range"]["start"], serde_json::json!({"line": 4, "column": column, "byte": at}));
    assert_eq!(finding["range"]["end"]["byte"], end);
    assert_eq!(finding["connection"], "desk_oauth");
    assert_eq!(finding["service"], "desk");
    assert_eq!(finding["data_center"], "us");
    assert!(finding["message"].is_string() && finding["scopes"].is_array() && finding["fix"]["message"].is_string());
    assert!(!finding["fix"]["edits"].as_array().unwrap().is_empty());
    assert_eq!(document["errors"][0]["path"], "b.dg");
    assert_eq!(document["summary"]["findings"], 1);
}

#[test]
fn the_output_file_gets_what_standard_output_would_get() {
    let folder = Folder::new().with("a.dg", old());
    for arguments in [&["check"][..], &["scan"], &["check", "--output-format", "json"], &["fix"]] {
        let expected = folder.run(arguments);
        let output = folder.run(&[arguments, &["-o", "report.txt"]].concat());
        assert_eq!(code(&output), code(&expected), "{arguments:?}");
        assert!(output.stdout.is_empty());
        assert_eq!(folder.read("report.txt"), stdout(&expected));
        fs::remove_file(folder.at("report.txt")).unwrap();
        assert_eq!(folder.code(&[arguments, &["-o", "no/such/report.txt"]].concat()), 2);
    }
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let folder = Folder::new().with("a.dg", old()).with("w.dg", WARNING);
    for command in ["check", "scan", "fix", "explain"] {
        let colored = |output: &Output| output.stdout.contains(&0x1b);
        let any = |output: &Output| colored(output) || output.stderr.contains(&0x1b);
        assert!(!any(&folder.run(&[command])), "{command}: piped");
        assert!(!any(&folder.run(&[command, "--color", "never"])), "{command}: never");
        assert!(colored(&folder.run(&[command, "--color", "always"])), "{command}: always");
        let run = |arguments: &[&str], variables: &[(&str, &str)]| with_variable(folder.path(), arguments, variables);
        assert!(colored(&run(&[command], &[("CLICOLOR_FORCE", "1")])), "{command}: forced");
        assert!(!any(&run(&[command], &[("NO_COLOR", "1")])), "{command}: NO_COLOR");
        assert!(!any(&run(&[command, "--color", "never"], &[("CLICOLOR_FORCE", "1")])), "{command}: never, forced");
        assert!(colored(&run(&[command, "--color", "always"], &[("NO_COLOR", "1")])), "{command}: always, NO_COLOR");
    }
    let json = folder.run(&["check", "--output-format", "json", "--color", "always"]);
    assert!(!json.stdout.contains(&0x1b));
}

#[test]
fn colours_never_go_into_an_output_file() {
    let folder = Folder::new().with("a.dg", old());
    for command in ["check", "scan", "fix"] {
        for color in ["auto", "always", "never"] {
            folder.run(&[command, "--color", color, "-o", "report.txt"]);
            assert!(!folder.read("report.txt").contains('\u{1b}'), "{command} --color {color}");
        }
        with_variable(folder.path(), &[command, "-o", "report.txt"], &[("CLICOLOR_FORCE", "1")]);
        assert!(!folder.read("report.txt").contains('\u{1b}'), "{command} CLICOLOR_FORCE");
    }
}

#[test]
fn control_characters_of_files_do_not_reach_the_terminal() {
    let folder = Folder::new().with("a.dg", format!("// \u{1b}]0;title\u{7}\n{}", old()));
    for arguments in [&["fix"][..], &["scan"], &["check"], &["parse", "a.dg"]] {
        let output = folder.run(arguments);
        assert!(!output.stdout.contains(&0x1b) && !output.stdout.contains(&7), "{arguments:?}");
    }
}

#[test]
fn quiet_leaves_the_findings_and_the_errors() {
    let folder = Folder::new().with("a.dg", old()).with("clean.dg", CLEAN);
    for command in ["check", "scan", "fix"] {
        let loud = folder.run(&[command, "a.dg"]);
        let quiet = folder.run(&[command, "-q", "a.dg"]);
        assert_eq!(stdout(&quiet), stdout(&loud), "{command}");
        assert!(!stderr(&loud).is_empty(), "{command}: no summary");
        assert_eq!(stderr(&quiet), "", "{command}");
        assert_eq!(code(&quiet), code(&loud));
        assert!(stderr(&folder.run(&[command, "-q", "nothing.dg"])).contains("nothing.dg"));
        let clean = folder.run(&[command, "-q", "clean.dg"]);
        assert!(clean.stdout.is_empty() && clean.stderr.is_empty(), "{command}");
    }
}

#[test]
fn quiet_writing_says_nothing_of_files_it_fixed() {
    let folder = Folder::new().with("a.dg", old());
    let output = folder.run(&["fix", "--write", "-q"]);
    assert_eq!(folder.read("a.dg"), new());
    assert_eq!(stdout(&output) + &stderr(&output), "");
}

#[test]
fn writing_prints_a_line_per_file_and_a_summary() {
    let folder = Folder::new().with("a.dg", old()).with("b/c.dg", old()).with("clean.dg", CLEAN);
    let output = folder.run(&["fix", "--write"]);
    let lines = stdout(&output);
    assert_eq!(lines.lines().count(), 2, "{lines}");
    assert!(lines.contains("a.dg") && lines.contains("b/c.dg"), "{lines}");
    assert!(stderr(&output).contains("2 files"), "{}", stderr(&output));
}

#[test]
fn verbose_lists_what_was_skipped_and_what_was_not_understood() {
    let folder = Folder::new().with("a.dg", format!("stock level @@ warehouse 4;\n{}", old())).with("b.txt", b"a\0b");
    for command in ["check", "scan", "fix"] {
        let terse = stderr(&folder.run(&[command]));
        assert!(!terse.contains("b.txt") && !terse.contains("could not parse"), "{terse}");
        let text = stderr(&folder.run(&[command, "-v"]));
        assert!(
            text.contains("b.txt") && text.contains("a.dg:1:1") && text.contains("could not parse line 1"),
            "{text}"
        );
    }
}

#[test]
fn statistics_count_the_rules() {
    let folder = Folder::new().with("a.dg", old()).with("b.dg", old()).with("w.dg", WARNING);
    for command in ["check", "scan", "fix"] {
        let text = stderr(&folder.run(&[command, "--statistics"]));
        let count = |rule: &str| {
            let line =
                text.lines().find(|line| line.ends_with(&format!(" {rule}"))).unwrap_or_else(|| panic!("{text}"));
            line.split_whitespace().next().unwrap().to_owned()
        };
        assert_eq!((count("authtoken-in-query"), count("curly-quote")), ("2".to_owned(), "1".to_owned()), "{command}");
    }
}

/// In a preview the files are as they were, so findings have to be where they stand in the files.
#[test]
fn a_preview_places_what_is_left_where_it_stands_now() {
    let folder = Folder::new().with("a.dg", format!("{}{}", old(), unconfigured()));
    let line = |arguments: &[&str]| {
        let output = folder.run(arguments);
        let text = stdout(&output) + &stderr(&output);
        let hit = text.lines().find(|line| line.contains("[no-connection-configured]")).expect("it is left").to_owned();
        hit.split(": ").next().unwrap().to_owned()
    };
    let now = line(&["check"]);
    assert_eq!(line(&["fix"]), now);
    assert_eq!(line(&["fix", "--patch", "p.patch"]), now);
}

/// The LinkName stays, and so does the warning: the migration did not settle which of the two is right.
#[test]
fn another_connection_than_the_configured_one_is_still_reported_after_the_migration() {
    let text = old().replace("\ttype :GET\n", "\ttype :GET\n\tconnection :\"other\"\n");
    let folder = Folder::new().with("a.dg", text);
    assert!(stdout(&folder.run(&["check"])).contains("connection-mismatch"));
    let written = folder.run(&["fix", "--write"]);
    assert!(folder.read("a.dg").contains("\"other\"") && !folder.read("a.dg").contains("authtoken"));
    assert!(stderr(&written).contains("connection-mismatch"), "{}", stderr(&written));
    assert!(stdout(&folder.run(&["check"])).contains("connection-mismatch"));
}

#[cfg(unix)]
fn to_closed_pipe(folder: &Path, arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = Command::new(env!("CARGO_BIN_EXE_authshift"))
        .args(arguments)
        .current_dir(folder)
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.wait_with_output().unwrap()
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_quiet() {
    // More output than any buffer holds.
    let folder = (0..400).fold(Folder::new(), |folder, number| folder.with(&format!("{number}.dg"), old()));
    copy(&fixtures().join("demo"), &folder.at("demo"));
    for arguments in [
        &["check"][..],
        &["scan"],
        &["fix"],
        &["check", "--output-format", "json"],
        &["parse", "demo"],
        &["fix", "--help"],
        &["explain"],
    ] {
        let output = to_closed_pipe(folder.path(), arguments);
        let text = stderr(&output);
        assert!(matches!(output.status.code(), Some(0..=2)), "{arguments:?}: {:?} {text}", output.status);
        assert!(!text.contains("panicked") && !text.to_lowercase().contains("pipe"), "{arguments:?}: {text}");
    }
}

/// Neither one with findings, nor a clean one, nor one that could not be read.
#[test]
fn a_report_never_replaces_a_file_of_those_it_is_about() {
    let folder = Folder::new().with("old.dg", old()).with("clean.dg", CLEAN).with("latin.dg", b"info \"\xe9\";\n");
    let before = |file: &str| fs::read(folder.at(file)).unwrap();
    for file in ["old.dg", "clean.dg", "latin.dg"] {
        let kept = before(file);
        for command in [["scan", "-o"], ["check", "-o"], ["fix", "-o"], ["fix", "--patch"], ["plan", "-o"]] {
            let output = folder.run(&[command[0], command[1], file]);
            assert_eq!(code(&output), 2, "{command:?} {file}");
            assert!(stderr(&output).contains("choose another output file"), "{command:?} {file}: {}", stderr(&output));
            assert_eq!(before(file), kept, "{command:?} {file}");
        }
    }
}

/// Other tools take `-` for standard output; a file of that name, with tokens in it if it is a patch, is what nobody means.
#[test]
fn a_dash_is_no_output_file() {
    let folder = Folder::new().with("old.dg", old());
    for command in [["scan", "-o"], ["check", "-o"], ["fix", "-o"], ["fix", "--patch"], ["plan", "-o"]] {
        let output = folder.run(&[command[0], command[1], "-"]);
        assert_eq!(code(&output), 2, "{command:?}");
        assert!(stderr(&output).contains("`-` is not supported"), "{command:?}: {}", stderr(&output));
        assert!(!folder.at("-").exists(), "{command:?}");
    }
}

/// A full disk takes the help no better than a report.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_printed_is_an_error() {
    let folder = Folder::new().with("a.dg", old());
    for arguments in [&["check"][..], &["man"], &["--help"], &["fix", "-h"], &["--version"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_authshift"));
        let output = command.args(arguments).current_dir(folder.path()).stdout(full).stderr(Stdio::piped()).output();
        let output = output.unwrap();
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(stderr(&output).contains("No space left"), "{arguments:?}: {}", stderr(&output));
    }
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_does_not_hide_an_error() {
    let folder = Folder::new().with("a.dg", old());
    for command in ["check", "scan", "fix"] {
        let output = to_closed_pipe(folder.path(), &[command, "a.dg", "nothing.dg"]);
        assert_eq!(code(&output), 2, "{command}: {}", stderr(&output));
    }
}

// Secrets

#[test]
fn no_output_holds_a_token() {
    let short = "s3cr3tvalue";
    let text = format!("authtoken = \"{short}\";\n// authtoken={short} was made in 2016\n{}", old());
    let folder = Folder::new().with("a.dg", &text).with("b.dg", unconfigured().replace(TOKEN, short));
    for arguments in [
        &["check"][..],
        &["check", "-v", "--statistics"],
        &["check", "--output-format", "json"],
        &["check", "--output-format", "json", "--show-secrets"],
        &["check", "--output-format", "sarif", "--show-secrets"],
        &["check", "--output-format", "github", "--show-secrets"],
        &["check", "--output-format", "gitlab", "--show-secrets"],
        &["check", "--output-format", "rdjson", "--show-secrets"],
        &["scan"],
        &["scan", "--color", "always"],
        &["fix"],
        &["fix", "--unsafe-fixes"],
        &["fix", "--patch", "p.patch"],
        &["fix", "--write", "--backup"],
    ] {
        let output = folder.run(arguments);
        let printed = stdout(&output) + &stderr(&output);
        assert!(!printed.contains(TOKEN), "{arguments:?}:\n{printed}");
        assert!(!printed.contains(short), "{arguments:?}:\n{printed}");
    }
}

#[test]
fn the_tree_holds_no_token_that_is_known() {
    let folder = Folder::new().with("a.dg", "authtoken = \"s3cr3tvalue\";\n");
    let output = folder.run(&["parse", "a.dg"]);
    assert!(!stdout(&output).contains("s3cr3tvalue"), "{}", stdout(&output));
}

/// A token pasted where the LinkName belongs.
#[test]
fn an_error_in_the_configuration_holds_no_token() {
    let token = "1000.0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210";
    let folder = Folder::new().with("a.dg", old());
    folder.write("authshift.toml", DESK.replace("desk_oauth", token));
    for arguments in [
        &["check"][..],
        &["check", "--output-format", "json"],
        &["check", "--output-format", "sarif", "--show-secrets"],
        &["check", "--output-format", "github", "--show-secrets"],
        &["check", "-c", "authshift.toml"],
        &["fix", "-c", "authshift.toml"],
        &["parse", "a.dg"],
    ] {
        let output = folder.run(arguments);
        let printed = stdout(&output) + &stderr(&output);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(!printed.contains(token), "{arguments:?}: {printed}");
    }
}

#[test]
fn show_secrets_unmasks_the_terminal_and_the_diff_only() {
    let folder = Folder::new().with("a.dg", old());
    assert!(stdout(&folder.run(&["fix", "--show-secrets"])).contains(TOKEN));
    assert!(stdout(&folder.run(&["scan", "--show-secrets"])).contains(TOKEN));
    assert!(!stdout(&folder.run(&["scan", "--show-secrets", "--output-format", "json"])).contains(TOKEN));
    folder.run(&["scan", "--show-secrets", "-o", "report.txt"]);
    assert!(!folder.read("report.txt").contains(TOKEN), "a report in a file is neither terminal nor diff");
}

#[test]
fn the_masked_diff_is_a_preview_that_git_refuses() {
    let folder = Folder::new().with("a.dg", old()).with("b/c.dg", old());
    let output = folder.run(&["fix"]);
    let text = stdout(&output);
    assert!(text.to_lowercase().contains("preview"), "{text}");
    assert!(text.contains("authtoken=fake\u{2026}"), "{text}");
    assert!(!text.contains(TOKEN));
    let applied = git_apply(folder.path(), &["--check"], &output.stdout);
    assert!(!applied.status.success(), "git takes it:\n{text}");
    folder.run(&["fix", "-o", "preview.txt"]);
    assert!(!git_apply(folder.path(), &["--check"], folder.read("preview.txt").as_bytes()).status.success());
}

#[test]
fn the_unmasked_diff_is_one_that_git_takes() {
    let crlf = old().replace('\n', "\r\n");
    let folder = Folder::new().with("a.dg", old()).with("b c/\u{fc}.dg", crlf).with("end.dg", old().trim_end());
    let output = folder.run(&["fix", "--show-secrets"]);
    assert_eq!(code(&output), 1);
    let applied = git_apply(folder.path(), &[], &output.stdout);
    assert!(applied.status.success(), "{}", stderr(&applied));
    assert_eq!(folder.read("a.dg"), new());
    assert_eq!(folder.read("b c/\u{fc}.dg"), new().replace('\n', "\r\n"));
    assert_eq!(folder.read("end.dg"), new().trim_end());
}

#[test]
fn the_unmasked_diff_is_exact_whatever_characters_the_file_has() {
    let odd = "// a\u{b}b\u{7}c\u{7f}d\u{1b}[0m\u{85}e\n";
    let folder = Folder::new().with("a.dg", format!("{odd}{}", old()));
    let output = folder.run(&["fix", "--show-secrets"]);
    let applied = git_apply(folder.path(), &["--check"], &output.stdout);
    assert!(applied.status.success(), "{}", stderr(&applied));
}

// Patches and writing

/// Names that a patch has to quote or to close.
fn odd_names() -> Vec<&'static str> {
    let mut names = vec!["plain.dg", "a folder/with spaces.dg", "\u{fc}n\u{ef}/\u{65e5}\u{672c}.dg", "it's.dg"];
    if cfg!(unix) {
        names.extend(["\"quoted\".dg", "back\\slash.dg", "tab\there.dg", "line\nbreak.dg"]);
    }
    names
}

#[test]
fn a_patch_is_exact_and_applies_whatever_the_names() {
    let folder = Folder::new();
    for name in odd_names() {
        folder.write(name, old());
    }
    folder.write("clean.dg", CLEAN);
    let output = folder.run(&["fix", "--patch", "exact.patch"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let patch = fs::read(folder.at("exact.patch")).unwrap();
    assert!(tokens(&String::from_utf8_lossy(&patch)).len() >= odd_names().len());
    for name in odd_names() {
        assert_eq!(folder.read(name), old());
    }
    let applied = git_apply(folder.path(), &[], &patch);
    assert!(applied.status.success(), "{}", stderr(&applied));
    for name in odd_names() {
        assert_eq!(folder.read(name), new(), "{name:?}");
    }
    assert_eq!(folder.read("clean.dg"), CLEAN);
}

#[test]
fn a_patch_made_in_a_folder_of_a_repository_applies_there() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let init = Command::new("git").args(["init", "--quiet"]).current_dir(folder.path()).status().unwrap();
    assert!(init.success());
    let folder = folder.with("authshift.toml", DESK).with("sub/a.dg", old());
    let output = authshift(&folder.at("sub"), &["fix", "--patch", "exact.patch", "a.dg"]);
    assert_eq!(code(&output), 1);
    let applied = git_apply(&folder.at("sub"), &[], folder.read("sub/exact.patch").as_bytes());
    assert!(applied.status.success(), "{}", stderr(&applied));
    assert_eq!(folder.read("sub/a.dg"), new());
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_a_patch() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = Folder::new().with("a.dg", old()).with("there.patch", "");
    fs::set_permissions(folder.at("there.patch"), fs::Permissions::from_mode(0o644)).unwrap();
    for name in ["new.patch", "there.patch"] {
        folder.run(&["fix", "--patch", name]);
        assert_eq!(mode(&folder.at(name)), 0o600, "{name}");
        assert!(folder.read(name).contains(TOKEN));
    }
    assert_eq!(folder.code(&["fix", "--patch", "no/such/folder/p.patch"]), 2);
}

#[test]
fn a_backup_keeps_the_original_of_a_changed_file() {
    let folder = Folder::new().with("a.dg", old()).with("clean.dg", CLEAN);
    assert_eq!(folder.code(&["fix", "--write", "--backup"]), 0);
    assert_eq!((folder.read("a.dg"), folder.read("a.dg.bak")), (new(), old()));
    assert!(!folder.at("clean.dg.bak").exists());
    folder.write("b.dg", old());
    assert_eq!(folder.code(&["fix", "--write", "--backup=.orig", "b.dg"]), 0);
    assert_eq!((folder.read("b.dg"), folder.read("b.dg.orig")), (new(), old()));
}

#[test]
fn a_backup_is_never_overwritten() {
    let folder = Folder::new().with("a.dg", old()).with("a.dg.bak", "precious");
    let output = folder.run(&["fix", "--write", "--backup"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("a.dg.bak"));
    assert_eq!((folder.read("a.dg"), folder.read("a.dg.bak")), (old(), "precious".to_owned()));
}

#[cfg(unix)]
#[test]
fn writing_keeps_the_mode_and_does_not_touch_what_does_not_change() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new().with("a.dg", old()).with("clean.dg", CLEAN);
    fs::set_permissions(folder.at("a.dg"), fs::Permissions::from_mode(0o640)).unwrap();
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
    fs::File::options().write(true).open(folder.at("clean.dg")).unwrap().set_modified(long_ago).unwrap();
    assert_eq!(folder.code(&["fix", "--write"]), 0);
    assert_eq!(fs::metadata(folder.at("a.dg")).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::metadata(folder.at("clean.dg")).unwrap().modified().unwrap(), long_ago);
}

#[test]
fn a_file_with_several_names_is_refused_and_not_counted_as_fixed() {
    let folder = Folder::new().with("a.dg", old()).with("b.dg", old());
    fs::hard_link(folder.at("a.dg"), folder.at("a2.txt")).unwrap();
    let output = folder.run(&["fix", "--write", "a.dg", "b.dg"]);
    let text = stderr(&output);
    assert_eq!(code(&output), 2, "{text}");
    assert!(text.contains("a.dg") && text.contains("hard link"), "{text}");
    assert_eq!((folder.read("a.dg"), folder.read("b.dg")), (old(), new()));
    assert!(!text.contains("in 2 files"), "it counts the file that it did not write: {text}");
    assert!(!stdout(&output).contains("a.dg"), "{}", stdout(&output));
}

#[test]
fn a_read_only_file_is_an_error_and_stays() {
    let folder = Folder::new().with("a.dg", old()).with("b.dg", old());
    let mut permissions = fs::metadata(folder.at("a.dg")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(folder.at("a.dg"), permissions).unwrap();
    assert_eq!(folder.code(&["fix", "--write"]), 2);
    assert_eq!((folder.read("a.dg"), folder.read("b.dg")), (old(), new()));
}

#[test]
fn unsafe_changes_wait_to_be_asked_for() {
    let text = request(&format!("https://desk.zoho.com/api/v1/tickets?authtoken={TOKEN}"))
        .replace(TOKEN, "\" + key + \"&limit=5");
    let folder = Folder::new().with("a.dg", &text);
    assert_eq!(folder.code(&["fix", "--write"]), 1);
    assert_eq!(folder.read("a.dg"), text);
    let report = folder.run(&["check", "--output-format", "json"]);
    assert_eq!(json(&report)["findings"][0]["applicability"], "unsafe");
    assert_eq!(folder.code(&["fix", "--write", "--unsafe-fixes"]), 0);
    assert_eq!(folder.read("a.dg"), new());
}

// The demo

/// The LinkName of each `connection` in a text.
fn links(text: &str) -> Vec<&str> {
    text.split("connection").skip(1).filter_map(|rest| rest.trim_start().strip_prefix(':')?.split('"').nth(1)).collect()
}

#[test]
fn the_demo_migrates_once_and_then_stays() {
    let folder = demo();
    let functions: Vec<PathBuf> = walkdir::WalkDir::new(folder.path())
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.is_file() && !path.ends_with("authshift.toml"))
        .collect();
    let state = || -> Vec<(String, std::time::SystemTime)> {
        functions
            .iter()
            .map(|path| (fs::read_to_string(path).unwrap(), fs::metadata(path).unwrap().modified().unwrap()))
            .collect()
    };
    assert_eq!(folder.code(&["check"]), 1);
    let before = state();
    let first = folder.run(&["fix", "--write"]);
    assert_eq!(code(&first), 1, "the CRM call to a dead endpoint is left: {}", stderr(&first));
    let after = state();
    assert_ne!(before, after);
    let second = folder.run(&["fix", "--write"]);
    assert_eq!(code(&second), code(&first));
    assert!(second.stdout.is_empty(), "{}", stdout(&second));
    assert_eq!(state(), after, "the second run changes something");

    for (path, link, at_least) in [
        ("desk/notify-agent.deluge", "desk_eu", 2),
        ("desk/close-stale-tickets.deluge", "desk_eu", 2),
        ("books/send-invoice.dg", "books_oauth", 1),
        ("books/overdue-reminder.deluge", "books_oauth", 0),
        ("projects/open-task.deluge", "projects_oauth", 1),
        ("creator/stock-report.ds", "creator_eu", 1),
    ] {
        let text = folder.read(path);
        let links = links(&text);
        assert!(links.len() >= at_least, "{path} names {links:?}");
        assert!(links.iter().all(|named| *named == link), "{path} names {links:?}");
    }
    for path in ["desk/notify-agent.deluge", "desk/close-stale-tickets.deluge", "books/send-invoice.dg"] {
        let text = folder.read(path).to_lowercase();
        assert!(!text.contains("authtoken"), "{path}:\n{text}");
    }
    for path in ["crm/text-customer.deluge", "crm/import-leads.deluge", "creator/stock-report.ds"] {
        let original = fs::read_to_string(fixtures().join("demo").join(path)).unwrap();
        assert_eq!(folder.read(path), original, "{path} is not to be changed");
    }
}

#[test]
fn a_text_that_grows_without_measure_is_left_alone() {
    // Each call gets a LinkName of 8,000 letters.
    let name = "l".repeat(8000);
    let call = "r = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + authtoken);\n";
    let config = format!("[[connection]]\nlink-name = \"{name}\"\nservice = \"desk\"\n");
    let folder =
        Folder::empty().with("authshift.toml", &config).with("a.deluge", call.repeat(20)).with("b.deluge", call);
    let output = authshift(folder.path(), &["fix", "--write", "a.deluge", "b.deluge"]);
    assert_eq!(code(&output), 2);
    let errors = stderr(&output);
    assert!(
        errors
            .contains("a.deluge: internal check failed (the file would become far too long); the file was not changed"),
        "{errors}"
    );
    assert_eq!(fs::read_to_string(folder.path().join("a.deluge")).unwrap(), call.repeat(20));
    assert!(fs::read_to_string(folder.path().join("b.deluge")).unwrap().contains(&name), "the other file goes on");
}

/// Nobody has to do anything about a note, so it is not counted as work.
#[test]
fn notes_are_optional_and_counted_apart() {
    let old_host = "r = invokeurl\n[\n\turl :\"https://books.zoho.com/api/v3/items\"\n\ttype :GET\n\tconnection:\"b\"\n];\ninfo r;\n";
    let folder = Folder::empty().with("a.dg", old_host);
    for (command, said) in [
        ("check", "no authtokens found in 1 file; 1 optional note"),
        ("scan", "no authtokens found in 1 file; 1 optional note"),
        ("fix", "no authtokens found in 1 file; 1 optional note"),
    ] {
        let output = folder.run(&[command]);
        let text = stderr(&output);
        assert!(text.contains(said) && !text.contains("by hand"), "{command}: {text}");
        assert_eq!(code(&output), 0, "{command}");
    }
    assert!(stdout(&folder.run(&["scan"])).contains("note[moved-host] optional: "));
    let both = Folder::new().with("a.dg", old_host).with("b.dg", old());
    let text = stderr(&both.run(&["check"]));
    assert!(
        text.contains("2 findings in 2 of 2 files: 1 fixable, 1 needs you (unknown-connection); 1 optional note"),
        "{text}"
    );
    let json: serde_json::Value =
        serde_json::from_slice(&folder.run(&["check", "--output-format", "json"]).stdout).unwrap();
    assert_eq!((&json["summary"]["manual"], &json["summary"]["optional"]), (&1.into(), &1.into()));
}

/// Two tokens may begin alike: then the lines tell them apart.
#[test]
fn several_tokens_are_told_apart_by_their_lines() {
    let request =
        |token: &str| format!("r = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken={token}\");\ninfo r;\n");
    let text = request("fake0desk0token0aaaabbbbccccdddd") + &request("fake0desk0admin0aaaabbbbccccdddd");
    let output = Folder::new().with("a.dg", text).run(&["check"]);
    let text = stdout(&output);
    assert!(text.contains("used 2 different tokens: fake… (line 1), fake… (line 3)"), "{text}");
}
