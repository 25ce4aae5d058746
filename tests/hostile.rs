//! What somebody else's repository, file names and texts may do: nothing but be reported.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use support::folder::Folder;
use support::{code, stderr, stdout};

const TOKEN: &str = "fake0host0token0aaaabbbbccccdddd";

fn call() -> String {
    format!("x = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken={TOKEN}\");\ninfo x.get(\"id\");\n")
}

fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn git(folder: &Folder, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]).args(arguments);
    git.current_dir(folder.path()).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = git.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
}

// A repository's configuration

#[test]
fn a_repository_cannot_have_git_run_a_program() {
    let folder = Folder::empty().with("a.dg", call());
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["add", "."]);
    let canary = folder.at("canary");
    let program = folder.at("program");
    executable(&program, &format!("#!/bin/sh\necho \"$0 $@\" >> '{}'\n", canary.display()));
    let program = program.to_str().unwrap();
    let keys = "core.fsmonitor core.sshCommand core.pager pager.diff-index core.editor core.askPass core.gitProxy \
                core.alternateRefsCommand credential.helper diff.external diff.x.textconv diff.x.command filter.x.clean \
                filter.x.smudge filter.x.process gpg.program gpg.ssh.program gpg.x509.program merge.x.driver";
    for key in keys.split_whitespace() {
        git(&folder, &["config", key, program]);
    }
    git(&folder, &["config", "alias.diff-index", &format!("!{program}")]);
    git(&folder, &["config", "core.hooksPath", folder.at("hooks").to_str().unwrap()]);
    for hook in ["post-index-change", "pre-commit", "reference-transaction", "fsmonitor-watchman"] {
        fs::create_dir_all(folder.at("hooks")).unwrap();
        symlink(program, folder.at("hooks").join(hook)).unwrap();
    }
    // What is missing would be fetched by a program.
    git(&folder, &["config", "remote.o.url", &format!("ext::{program} x")]);
    for (key, value) in
        [("remote.o.promisor", "true"), ("extensions.partialClone", "o"), ("protocol.ext.allow", "always")]
    {
        git(&folder, &["config", key, value]);
    }
    git(&folder, &["config", "core.repositoryformatversion", "1"]);
    folder.write(".gitattributes", "* filter=x diff=x merge=x\n");
    let output = folder.run(&["check", "--staged"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(stdout(&output).contains("a.dg:1:"), "{}", stdout(&output));
    for blob in walkdir::WalkDir::new(folder.at(".git/objects")).into_iter().filter_map(Result::ok) {
        if blob.file_type().is_file() {
            fs::remove_file(blob.path()).unwrap();
        }
    }
    for arguments in [&["check", "--staged"][..], &["check"], &["scan", "-v"], &["fix"], &["plan"]] {
        folder.run(arguments);
        assert!(!canary.exists(), "{arguments:?}: {}", fs::read_to_string(&canary).unwrap());
    }
    assert_eq!(folder.code(&["check", "--staged"]), 2);
}
// Names and texts

/// What a terminal or a runner of workflows would take for something else than text.
fn flaws(text: &str, own: &str) -> Vec<String> {
    let steers = |c: char| c != '\n' && c != '\t' && c.is_control() || "\u{202e}\u{2028}\u{2029}".contains(c);
    let mut flaws: Vec<String> = text.chars().filter(|&c| steers(c)).map(|c| format!("{c:?}")).collect();
    let command = |line: &&str| {
        let line = line.trim();
        (line.starts_with("::") && (own.is_empty() || !line.starts_with(own)))
            || (own.is_empty() && line.contains("##["))
    };
    flaws.extend(text.split(['\n', '\r']).filter(command).map(str::to_owned));
    flaws
}

/// Colours taken out.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for piece in text.split("\u{1b}[") {
        let codes = piece.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        out.push_str(codes.strip_prefix('m').filter(|_| !out.is_empty() || piece.len() < text.len()).unwrap_or(piece));
    }
    out
}

const NAMES: [&str; 9] = [
    "a\n::error::forged.dg",
    "\u{1b}]0;x\u{7}e.dg",
    "::error::first.dg",
    " ::warning::sp.dg",
    "b##[error]v1.dg",
    "c\u{9b}m\u{202e}.dg",
    "d\r::error::cr.dg",
    "x\u{2028}::error::ls.dg",
    "m\n::error::dir/f.dg",
];

/// A folder whose names and texts want to be more than that.
fn hostile() -> Folder {
    let bad = "l\n::error::forged\u{1b}[31m\r::error::x ##[error]\u{9b}\u{202e}";
    let code = format!(
        "{}::error::as a line\ny = invokeurl [ url :\"https://desk.zoho.com/api/v1/x\" type :GET connection:\"{bad}\" ];\n\
         z = zoho.crm.getRecords(\"Leads\",1,2,\"\",\"{bad}\");\n\
         w = invokeurl [ url :\"https://books.zoho.com/api/v3/x?authtoken=\" + t type :GET connection:\"YOUR_{bad}\" ];\n\
         h = Map(); h.put(\"Authorization\",\"Zoho-authtoken \" + \"{bad}\");\n\
         q = getUrl(\"https://desk.zoho.com/api/v1/{bad}?a=1\", h);\n// authshift-ignore nope\u{1b}[31m: x\n",
        call()
    );
    let folder = Folder::new();
    for name in NAMES {
        folder.write(name, &code);
    }
    let manifest = r#"{"service":"DESK","connectors":[{"connectionLinkName":"a\n::error::x[31m"}],"config":[{"name":"authtoken"}],"zohoAuthorisation":{"connectionLinkName":"l","scope":["Desk.tickets.ALL\n::error::x"]}}"#;
    folder.write("m\n::error::dir/plugin-manifest.json", manifest);
    folder.write("m\n::error::dir/u.php", format!("$u = \"https://desk.zoho.com/api/v1/t?authtoken={TOKEN}\";\n"));
    folder.write("bad\n::error::utf8.dg", b"\xff\xfe\xff");
    folder
}

/// The same with a configuration that has a mistake, which ends each run.
fn misconfigured() -> Folder {
    let folder = hostile();
    folder.write(
        "o\n::error::o/authshift.toml",
        "[[connection]]\nlink-name = \"a\\n::error::b\\u001b[31m\"\n\"x\\n::error::q\\u001b\" = 3\n",
    );
    folder.write("o\n::error::o/g.dg", call());
    folder
}

#[test]
fn no_name_and_no_text_steers_a_terminal_or_a_runner() {
    none_steers(&hostile(), true);
    none_steers(&misconfigured(), false);
}

fn none_steers(folder: &Folder, reports: bool) {
    let no = "no\n::error::x\u{1b}[31m";
    let commands: &[&[&str]] = &[
        &["scan", "-v"],
        &["scan", "--isolated"],
        &["check", "-v", "--statistics"],
        &["check", "--output-format", "github"],
        &["check", "--output-format", "gitlab"],
        &["check", "--output-format", "json"],
        &["check", "--output-format", "sarif"],
        &["check", "--output-format", "rdjson"],
        &["plan", "-v"],
        &["plan", "--output-format", "json"],
        &["fix", "-v"],
        &["rename-connection", "l\n::error::forged\u{1b}[31m\r::error::x ##[error]\u{9b}\u{202e}", "new_name"],
        &["check", no],
        &["check", "--config", no],
        &["check", "--baseline", no],
        &["check", "--exclude", "[\n::error::x\u{1b}"],
        &["check", "--no\n::error::x\u{1b}[31m"],
        &["check", "-o", "no\n::error::x\u{1b}/report"],
        &["manifest", "add", no],
        &["parse", "."],
        &["init", "m\n::error::dir"],
        &["fix", "--patch", "p\n::error::x", "."],
        &["fix", "--write", "--unsafe-fixes", "--backup"],
    ];
    for command in commands {
        // Colours are put on in the same way by all.
        let colors: &[&str] =
            if command[1..].iter().all(|word| *word == "-v") { &["never", "always"] } else { &["never"] };
        for color in colors {
            let arguments = [command, &["--color", color][..]].concat();
            let output = folder.run(&arguments);
            let json = command.get(1) == Some(&"--output-format") && !command.contains(&"github");
            if json && reports {
                serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
            }
            // A line that GitHub takes for a command is no such command in the older form.
            let own = if command.contains(&"github") { "::" } else { "" };
            for (text, own) in [(stdout(&output), own), (stderr(&output), "")] {
                let text = if *color == "always" { plain(&text) } else { text };
                assert_eq!(flaws(&text, own), Vec::<String>::new(), "{arguments:?}");
            }
        }
    }
}

#[test]
fn reports_for_programs_have_names_as_they_are() {
    let folder = hostile();
    let report = folder.run(&["check", "--output-format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
    let paths: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert!(NAMES.iter().all(|name| paths.contains(name)), "{paths:?}");
}

// Writing

#[test]
fn a_report_on_a_full_disk_leaves_the_old_one() {
    let folder = Folder::new().with("a.dg", call());
    let full = Command::new(env!("CARGO_BIN_EXE_authshift"))
        .args(["check", "a.dg"])
        .current_dir(folder.path())
        .stdout(fs::File::create("/dev/full").unwrap())
        .output()
        .unwrap();
    assert_eq!(code(&full), 2, "{}", stderr(&full));
    assert_eq!(folder.code(&["check", "-o", "/dev/full"]), 2);
    // The shell's limit on the size of files is a disk that is full: 1 block for a report of many.
    folder.write("report.json", "old");
    let code_of = |command: &str| {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command).arg(env!("CARGO_BIN_EXE_authshift")).current_dir(folder.path());
        shell.output().unwrap()
    };
    folder.write("many.dg", call().repeat(200));
    let output = code_of("trap '' XFSZ; ulimit -f 1; \"$0\" check --output-format json -o report.json");
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert_eq!(folder.read("report.json"), "old");
    assert!(stderr(&output).contains("report.json: cannot write"), "{}", stderr(&output));
    let left = fs::read_dir(folder.path()).unwrap().filter_map(Result::ok);
    assert!(left.map(|entry| entry.file_name()).all(|name| !name.to_string_lossy().starts_with(".authshift-")));
}

#[test]
fn a_report_keeps_the_mode_of_the_file_it_replaces_and_goes_through_a_link() {
    let folder = Folder::new().with("a.dg", call()).with("real/report", "old");
    fs::set_permissions(folder.at("real/report"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real/report", folder.at("link")).unwrap();
    assert_eq!(folder.code(&["check", "a.dg", "-o", "link"]), 1);
    assert!(folder.read("real/report").contains("a.dg:1:"));
    assert!(fs::symlink_metadata(folder.at("link")).unwrap().is_symlink());
    assert_eq!(fs::metadata(folder.at("real/report")).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_backup_that_is_there_already_with_the_original_is_taken() {
    let folder = Folder::new().with("a.dg", call()).with("a.dg.bak", call()).with("b.dg", call()).with("b.dg.bak", "x");
    let output = folder.run(&["fix", "--write", "--backup", "a.dg", "b.dg"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(!folder.read("a.dg").contains(TOKEN) && folder.read("a.dg.bak") == call());
    assert!(folder.read("b.dg") == call() && folder.read("b.dg.bak") == "x");
    // A link is no backup, whatever it leads to.
    let folder = Folder::new().with("a.dg", call()).with("other", call());
    symlink("other", folder.at("a.dg.bak")).unwrap();
    assert_eq!(folder.code(&["fix", "--write", "--backup", "a.dg"]), 2);
    assert_eq!(folder.read("a.dg"), call());
}

#[test]
fn what_a_run_that_was_broken_off_has_left_is_named() {
    let folder =
        Folder::new().with("f/a.dg", call()).with("f/.authshift-Ab12Cd", call()).with("f/.authshift-notes", "x");
    for arguments in [&["scan", "f"][..], &["fix", "f"], &["fix", "--write", "f"], &["scan", "."]] {
        let output = folder.run(arguments);
        let text = stderr(&output);
        assert!(text.contains("rm -- f/.authshift-Ab12Cd\n"), "{arguments:?}: {text}");
        assert!(!text.contains("notes"), "{text}");
    }
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["add", "--all"]);
    let staged = folder.run(&["check", "--staged"]);
    assert!(stderr(&staged).contains("rm -- f/.authshift-Ab12Cd\n"), "{}", stderr(&staged));
    folder.write("f/.authshift-eF34gh", "");
    let text = stderr(&folder.run(&["scan", "f"]));
    assert!(
        text.contains("2 temporary files") && text.contains("rm -- f/.authshift-Ab12Cd f/.authshift-eF34gh\n"),
        "{text}"
    );
    fs::remove_file(folder.at("f/.authshift-eF34gh")).unwrap();
    fs::remove_file(folder.at("f/.authshift-Ab12Cd")).unwrap();
    assert!(!stderr(&folder.run(&["scan", "f"])).contains("temporary"));
}

// What is no file, and how many threads

#[test]
fn verbose_lists_what_is_no_file() {
    let folder = Folder::new().with("f/a.dg", call());
    symlink("a.dg", folder.at("f/link.dg")).unwrap();
    symlink("..", folder.at("f/up")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.at("f/pipe.dg")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(folder.at("f/socket")).unwrap();
    for paths in [&["f"][..], &["f", "authshift.toml"]] {
        let text = stderr(&folder.run(&[&["check", "-v"], paths].concat()));
        for (name, reason) in [
            ("link.dg", "a symbolic link"),
            ("up", "a symbolic link"),
            ("pipe.dg", "not a file: a pipe, a socket or a device"),
            ("socket", "not a file: a pipe, a socket or a device"),
        ] {
            assert!(text.contains(&format!("f/{name}: skipped: {reason}")), "{text}");
        }
    }
}

#[test]
fn any_number_of_threads_may_be_asked_for() {
    let folder = Folder::new().with("a.dg", call());
    for threads in ["0", "1", "20000", "18446744073709551615"] {
        let output = folder.run(&["check", "-j", threads]);
        assert_eq!(code(&output), 1, "{threads}: {}", stderr(&output));
    }
}

// Messages

#[test]
fn a_message_names_a_path_once() {
    let folder = Folder::new().with("ro.dg", call()).with("two.dg", call()).with("b.dg", call()).with("b.dg.bak", "x");
    fs::set_permissions(folder.at("ro.dg"), fs::Permissions::from_mode(0o444)).unwrap();
    fs::hard_link(folder.at("two.dg"), folder.at("too.dg")).unwrap();
    folder.write("zip.zip", "no archive");
    folder.write("wide.dg", b"i\0n\0f\0o\0");
    folder.write("bad/authshift.toml", "[[connection]]\nx = 1\n");
    folder.write("bad/a.dg", call());
    folder.write("known", "no baseline");
    let commands: &[&[&str]] = &[
        &["fix", "--write", "--backup", "ro.dg", "two.dg", "b.dg", "zip.zip", "wide.dg", "nowhere"],
        &["fix", "--write", "ro.dg", "two.dg", "b.dg", "wide.dg", "nowhere"],
        &["fix", "--patch", "no/such"],
        &["fix", "--patch", "ro.dg.d/such"],
        &["check", "ro.dg", "-o", "no/such"],
        &["check", "ro.dg", "-o", "bad"],
        &["check", "--baseline", "nowhere", "ro.dg"],
        &["check", "--baseline", "known", "ro.dg"],
        &["check", "--write-baseline=no/such", "ro.dg"],
        &["check", "--config", "nowhere", "ro.dg"],
        &["check", "--config", "bad/authshift.toml", "ro.dg"],
        &["manifest", "add", "nowhere", "b.dg"],
        &["plan", "wide.dg", "zip.zip"],
        &["plan", "bad"],
        &["check", "bad"],
        &["fix", "--write", "bad"],
        &["init", "nowhere"],
    ];
    let mut seen = 0;
    for command in commands {
        let output = folder.run(command);
        for line in stderr(&output).lines().filter_map(|line| line.strip_prefix("error: ")) {
            seen += 1;
            let path = line.split(':').next().unwrap().rsplit(' ').next().unwrap();
            let again = line.split([' ', ':', '`', ';']).filter(|word| *word == path).count();
            assert_eq!(again, 1, "{command:?}: {line}");
            // Nor is the reason given twice.
            let os = "(os error ";
            assert!(line.matches(os).count() < 2, "{command:?}: {line}");
        }
    }
    assert!(seen >= 20, "{seen}");
}
