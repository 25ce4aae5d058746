//! Which files are read, which are not, and what is said of them; and the progress of a long run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;

use support::folder::{Folder, folder};
use support::{authshift, code, stderr, stdout};

const TOKEN: &str = "fake0tool0token0aaaabbbbccccdddd";

fn request() -> String {
    format!("r = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken={TOKEN}\");\n")
}

/// JavaScript that does the same.
fn script() -> String {
    format!("const r = await fetch(`https://desk.zoho.com/api/v1/tickets?authtoken={TOKEN}`);\n")
}

/// A configuration in an unexpected place may be an accident.
#[test]
fn the_configuration_in_use_is_named_where_it_stands_elsewhere() {
    let folder = folder(&[("authshift.toml", support::folder::DESK), ("a/b/f.dg", &request())]);
    let told = |from: &str, arguments: &[&str]| stderr(&authshift(&folder.at(from), arguments));
    let name = folder.at("authshift.toml").canonicalize().unwrap().display().to_string();
    let note = format!("the configuration is that of {name}\n");
    for command in ["check", "scan", "fix", "plan"] {
        assert!(told("a", &[command, "b"]).contains(&note), "{command}: {}", told("a", &[command, "b"]));
        assert!(told("a/b", &[command]).contains(&note), "{command}");
        for (from, arguments) in [("", &[command][..]), ("a", &[command, ".."]), ("a", &[command, "-q"])] {
            assert!(!told(from, arguments).contains("the configuration"), "{arguments:?} in {from:?}");
        }
        assert!(told("", &[command, "-v"]).contains("the configuration is that of authshift.toml\n"), "{command}");
    }
}

/// The files that `check` finds something in, in the order in which it lists them.
fn checked(folder: &Folder, arguments: &[&str]) -> Vec<String> {
    let output = authshift(folder.path(), &[&["check"], arguments].concat());
    let mut files: Vec<String> =
        stdout(&output).lines().filter_map(|line| Some(line.split_once(':')?.0.to_owned())).collect();
    files.dedup();
    files
}

#[test]
fn a_function_is_found_under_any_of_the_names_that_exports_have() {
    let names = [
        "Invoice v1.2",
        "Mr. Smith",
        "api",
        "b.DELUGE",
        "c.dg",
        "d.dlg",
        "e.ds",
        "g.htm",
        "h.html",
        "i.js",
        "j.m",
        "k.md",
        "l.ts",
        "m.txt",
    ];
    let text = request();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (*name, text.as_str())).collect();
    let mut expected: Vec<&str> = names.to_vec();
    expected.sort_unstable();
    assert_eq!(checked(&folder(&files), &[]), expected);
}

#[test]
fn a_page_is_found_under_any_name() {
    let page = format!("<%{{\n%>\n<h1>Tickets</h1>\n<script>const a = () => 1;</script>\n<%\n{}}}%>\n", request());
    let names = ["Overview", "overview.html", "overview.txt"];
    let files: Vec<(&str, &str)> = names.iter().map(|name| (*name, page.as_str())).collect();
    assert_eq!(checked(&folder(&files), &[]), names);
}

#[test]
fn verbose_says_of_each_file_why_it_was_not_read() {
    let config = "[files]\nexclude = [\"archive/**\"]\n";
    let folder = folder(&[
        ("a.dg", "info 1;\n"),
        ("archive/b.dg", "info 1;\n"),
        ("authshift.toml", config),
        ("binary", "info\0 1;\n"),
        ("left.dg", "info 1;\n"),
        ("main.js", "const a = require('a');\n"),
        ("style.css", "a { color: red; }\n"),
    ]);
    fs::write(folder.path().join("latin.txt"), b"info \"caf\xe9\";\n").unwrap();
    let expected = [
        "archive/b.dg: skipped: excluded by [files] in authshift.toml",
        "authshift.toml: skipped: not named like a Deluge file",
        "binary: skipped: binary",
        "latin.txt: skipped: not UTF-8",
        "left.dg: skipped: excluded by --exclude, or hidden or ignored",
        "main.js: skipped: does not look like Deluge",
        "style.css: skipped: not named like a Deluge file",
    ];
    for command in ["scan", "check", "fix", "plan", "rename-connection"] {
        let names: &[&str] = if command == "rename-connection" { &["a", "b"] } else { &[] };
        // For a renaming all scripts are read.
        let expected: Vec<&str> =
            expected.into_iter().filter(|line| names.is_empty() || !line.starts_with("main")).collect();
        let run = |more: &[&str]| {
            let output = authshift(folder.path(), &[&[command, "--exclude", "left.dg"], names, more].concat());
            stderr(&output)
        };
        let verbose = run(&["-v"]);
        let lines: Vec<&str> = verbose.lines().filter(|line| line.contains(": skipped: ")).collect();
        assert_eq!(lines, expected, "{command}");
        assert!(!run(&[]).contains("main.js"), "{command}");
        // Who excludes a file or calls it otherwise knows; the others are counted.
        if !matches!(command, "plan" | "rename-connection") {
            assert!(run(&[]).contains("(3 files skipped)"), "{command}");
        }
    }
}

#[test]
fn a_file_that_names_a_token_is_not_passed_over_in_silence() {
    let text = script();
    let folder = folder(&[("a.dg", "info 1;\n"), ("b/tool.js", &text)]);
    for (command, status) in [("scan", 0), ("check", 1), ("fix", 1)] {
        let output = authshift(folder.path(), &[command]);
        let said = stdout(&output) + &stderr(&output);
        assert_eq!(code(&output), status, "{command}");
        assert!(said.contains("b/tool.js:1:") && said.contains("[authtoken-in-app]"), "{command}: {said}");
    }
    // What is of no app has no Connections to tell of, and no client.
    fs::remove_file(folder.at("b/tool.js")).unwrap();
    fs::write(folder.at("b/tool.html"), format!("<script>{text}</script>\n")).unwrap();
    let note = "note: b/tool.html names an authtoken, but was not read, since it does not look like Deluge; name it to read it";
    let output = authshift(folder.path(), &["plan"]);
    assert_eq!(code(&output), 0);
    assert!(stderr(&output).lines().any(|line| line == note), "{}", stderr(&output));
    assert!(!authshift(folder.path(), &["plan", "-q"]).stderr.windows(4).any(|part| part == b"tool"));
    fs::write(folder.path().join("c.txt"), format!("Our token: authtoken={TOKEN} for desk.zoho.com, ask Kim.\n"))
        .unwrap();
    let output = authshift(folder.path(), &["plan"]);
    assert!(stderr(&output).contains("b/tool.html and 1 other file name an authtoken"), "{}", stderr(&output));
    let output = authshift(folder.path(), &["check"]);
    assert!(stdout(&output).contains("c.txt:1:12: warning[unread-file]"), "{}", stdout(&output));
    assert!(!(stdout(&output) + &stderr(&output)).contains(TOKEN));
    // As the note says.
    assert_eq!(checked(&folder, &["b/tool.html"]), ["b/tool.html"]);
}

#[test]
fn metadata_beside_a_function_is_left_alone() {
    let metadata = "{\"name\": \"f\", \"connections\": [\"old\"], \"script\": \"info 1;\"}\n";
    let folder = folder(&[("f/f.deluge", "info 1;\n"), ("f/f.metadata.json", metadata)]);
    let hook = ["--force-exclude", "f/f.deluge", "f/f.metadata.json"];
    for (command, left) in [
        (&["check"][..], &[][..]),
        (&["check"][..], &hook[..]),
        (&["scan"][..], &hook[..]),
        (&["fix", "--write", "--unsafe-fixes"][..], &[][..]),
        (&["fix", "--write"][..], &hook[..]),
        (&["rename-connection", "--write", "old", "new"][..], &[][..]),
        (&["rename-connection", "--write", "old", "new"][..], &hook[..]),
    ] {
        let output = authshift(folder.path(), &[command, left].concat());
        let said = stdout(&output) + &stderr(&output);
        assert_eq!(code(&output), 0, "{command:?} {left:?}: {said}");
        assert!(!said.contains("metadata"), "{command:?} {left:?}: {said}");
        assert_eq!(fs::read_to_string(folder.path().join("f/f.metadata.json")).unwrap(), metadata);
    }
}

/// A file without a telling name is judged by its beginning before its size is an error.
#[test]
fn a_large_file_is_an_error_only_if_it_looks_like_deluge() {
    const LARGE: u64 = 64 * 1024 * 1024 + 1;
    let prose = "Words of a protocol that somebody keeps here\n".repeat(2000);
    let folder = folder(&[("blob", "\0"), ("protocol.txt", &prose), ("a.dg", "info 1;\n")]);
    for file in ["blob", "protocol.txt"] {
        fs::OpenOptions::new().append(true).open(folder.path().join(file)).unwrap().set_len(LARGE).unwrap();
    }
    let output = authshift(folder.path(), &["check", "-v"]);
    let said = stderr(&output);
    assert_eq!(code(&output), 0, "{said}");
    assert!(
        said.contains("blob: skipped: binary") && said.contains("protocol.txt: skipped: does not look like"),
        "{said}"
    );
    fs::write(folder.path().join("function"), request().repeat(2000)).unwrap();
    fs::OpenOptions::new().append(true).open(folder.path().join("function")).unwrap().set_len(LARGE).unwrap();
    let output = authshift(folder.path(), &["check"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("function: it has 67108865 bytes"), "{}", stderr(&output));
}

/// What a terminal shows in the end: what is drawn over and what is erased is gone.
#[cfg(target_os = "linux")]
fn on_screen(written: &str) -> String {
    let lines = written.split_inclusive('\n').map(|line| {
        let last = line.trim_end_matches(['\r', '\n']).rsplit('\r').next().unwrap_or("");
        last.rsplit("\u{1b}[K").next().unwrap_or("").to_owned() + "\n"
    });
    lines.collect()
}

/// On a terminal, of which the program `script` (util-linux) makes one; a pipe that is a file holds the run up.
#[cfg(target_os = "linux")]
#[test]
fn the_progress_of_a_long_run_is_shown_on_a_terminal_and_is_gone_in_the_end() {
    use std::process::{Command, Stdio};
    use std::time::Duration;

    let folder = folder(&[("a.dg", &request()), ("c.dg", &request())]);
    let pipe = folder.path().join("b.dg");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let running = Command::new("script")
        .args(["-qec", &format!("'{}' check -j1 a.dg b.dg c.dg", env!("CARGO_BIN_EXE_authshift")), "/dev/null"])
        .current_dir(folder.path())
        .env("TERM", "xterm")
        .env("NO_COLOR", "1")
        .env_remove("CI")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(running) = running else { return };
    // This waits until the file is opened for reading, and so until the run has begun.
    let writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    std::thread::sleep(Duration::from_millis(2100));
    drop(writer);
    let shown = String::from_utf8(running.wait_with_output().unwrap().stdout).unwrap();
    assert!(shown.contains("\r\u{1b}[K2 of 3 files"), "{shown:?}");
    let plain = authshift(folder.path(), &["check", "a.dg", "c.dg"]);
    assert!(!stdout(&plain).is_empty() && !stderr(&plain).contains('\r'));
    let screen = on_screen(&shown);
    // A terminal breaks lines at words.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&screen).starts_with(&words(&stdout(&plain))), "{screen}");
    assert!(!screen.contains("2 of 3 files\n"), "{screen}");
}
