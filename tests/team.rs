//! What keeps a team from falling back: suppressions, baselines, what is staged, and choosing changes one by one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::folder::{DESK, Folder};
use support::{authshift, code, stderr, stdout, tokens};

const TOKEN: &str = "fake0team0token0aaaabbbbccccdddd";

impl Folder {
    /// A repository with a configuration for Zoho Desk.
    fn repository() -> Self {
        let folder = Self::new();
        folder.git(&["init", "--quiet", "--initial-branch=main"]);
        folder
    }

    /// `path:line rule` for each finding of `check` with these arguments, run in a folder.
    fn found_in(&self, folder: &str, arguments: &[&str]) -> Vec<String> {
        let arguments: Vec<&str> = ["check", "--output-format", "json"].iter().chain(arguments).copied().collect();
        let output = authshift(&self.at(folder), &arguments);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
        let line = |finding: &Value| {
            let word = |key: &str| finding[key].as_str().unwrap().replace('\\', "/");
            format!("{}:{} {}", word("path"), finding["range"]["start"]["line"], word("rule"))
        };
        report["findings"].as_array().unwrap().iter().map(line).collect()
    }

    fn found(&self, arguments: &[&str]) -> Vec<String> {
        self.found_in("", arguments)
    }

    fn git(&self, arguments: &[&str]) {
        self.git_in("", arguments);
    }

    fn git_in(&self, folder: &str, arguments: &[&str]) {
        let output = git(arguments).current_dir(self.at(folder)).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message=x"]);
    }
}

/// Git as nobody has configured it.
fn git(arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .args([
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@example.com",
            "-c",
            "core.autocrlf=false",
            "-c",
            "protocol.file.allow=always",
        ])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// A call in one line with a token.
fn call(path: &str) -> String {
    format!("x = getUrl(\"https://desk.zoho.com/api/v1/{path}?authtoken={TOKEN}\");\n")
}

/// A function with such a call in its third line.
fn function(name: &str, path: &str) -> String {
    format!("void {name}()\n{{\n\t{}\tinfo x;\n}}\n", call(path))
}

const CLEAN: &str = "info \"nothing\";\n";

// Suppressions

#[test]
fn a_suppressed_finding_is_neither_reported_nor_counted_nor_fixed() {
    let text = format!("// authshift-ignore authtoken-in-query: a sandbox\n{}", call("tickets"));
    let folder = Folder::repository().with("a.dg", &text);
    for arguments in
        [&["check"][..], &["check", "--error-on-warnings"], &["fix"], &["fix", "--write", "--unsafe-fixes"]]
    {
        let output = folder.run(arguments);
        assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
        assert!(stderr(&output).contains("1 suppressed by comments"), "{arguments:?}: {}", stderr(&output));
    }
    assert_eq!(folder.read("a.dg"), text);
    let json = folder.run(&["check", "--output-format", "json"]);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&json["summary"]["suppressed"], &json["summary"]["findings"]), (&1.into(), &0.into()));
}

#[test]
fn a_comment_that_suppresses_nothing_is_a_note_that_says_what_to_do() {
    let folder = Folder::repository().with("a.dg", "// authshift-ignore authtokn-in-query, curly-quote: x\ninfo 1;\n");
    let output = folder.run(&["check"]);
    assert_eq!(code(&output), 0);
    let text = stdout(&output);
    assert!(
        text.contains("a.dg:1:21: note[unused-suppression]") && text.contains("did you mean `authtoken-in-query`?")
    );
    assert!(text.contains("a.dg:1:40: note[unused-suppression]: `curly-quote` is not found"), "{text}");
    assert_eq!(folder.code(&["check", "--error-on-warnings"]), 1);
    // What the configuration switches off is not looked for.
    folder.write("authshift.toml", "[rules]\ncurly-quote = \"off\"\n");
    assert!(!stdout(&folder.run(&["check"])).contains("curly-quote"));
    folder.write("authshift.toml", "[rules]\nunused-suppression = \"off\"\n");
    assert_eq!(stdout(&folder.run(&["check"])), "");
}

#[test]
fn a_token_for_a_rule_is_not_printed() {
    let folder = Folder::repository().with("a.dg", format!("// authshift-ignore {TOKEN}: x\ninfo 1;\n"));
    for format in ["text", "json", "sarif", "github", "gitlab", "rdjson"] {
        let output = folder.run(&["check", "--output-format", format]);
        assert!(!(stdout(&output) + &stderr(&output)).contains(TOKEN), "{format}");
    }
}

#[test]
fn any_number_of_comments_is_read_once() {
    let comments = "// authshift-ignore authtoken-in-query, curly-quote, nonsense: x\n".repeat(4_000);
    let calls: String = call("tickets").trim_end().repeat(200);
    let folder = Folder::repository().with("a.dg", comments + &calls + "\n");
    let output = folder.run(&["check", "--output-format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["summary"]["suppressed"], 200);
    assert_eq!(report["summary"]["findings"], 8_000);
}

// Baselines

/// A repository whose findings are in the baseline.
fn known() -> Folder {
    let folder = Folder::repository()
        .with("functions/a.dg", function("one", "tickets") + &function("two", "agents"))
        .with("functions/b.dg", function("one", "tickets"));
    let output = folder.run(&["check", "--baseline", "known.jsonl", "--write-baseline"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).contains("wrote known.jsonl: 3 findings, 3 new"), "{}", stderr(&output));
    folder
}

const WITH: &[&str] = &["--baseline", "known.jsonl"];

#[test]
fn what_the_baseline_knows_is_neither_printed_nor_counted() {
    let folder = known();
    let output = folder.run(&["check", "--baseline", "known.jsonl"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (0, ""));
    assert!(stderr(&output).starts_with("no new findings in 2 files; 3 known\n"), "{}", stderr(&output));
    assert_eq!(folder.code(&["check"]), 1);

    folder.write("c.dg", call("contacts"));
    let output = folder.run(&["check", "--baseline", "known.jsonl"]);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).starts_with("c.dg:1:") && stdout(&output).lines().count() == 1, "{}", stdout(&output));
    assert_eq!(folder.code(&["check", "--baseline", "known.jsonl", "--exit-zero"]), 0);
}

#[test]
fn a_baseline_holds_no_line_number_no_time_and_no_token() {
    let folder = known();
    let text = folder.read("known.jsonl");
    assert_eq!(tokens(&text), [""; 0]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[1..].is_sorted(), "{text}");
    for line in &lines[1..] {
        let entry: Value = serde_json::from_str(line).unwrap();
        let keys: Vec<&String> = entry.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["code", "function", "ordinal", "path", "rule"]);
        assert_eq!(entry["ordinal"], 0);
    }
    folder.run(&["check", "--baseline", "known.jsonl", "--write-baseline", "-j", "1"]);
    assert_eq!(folder.read("known.jsonl"), text, "the same findings make the same file");
}

/// Anchors section 10 number 11, and what else may happen to old code.
#[test]
fn known_findings_stay_known_when_code_around_them_changes() {
    let folder = known();
    let text = folder.read("functions/a.dg");
    let unchanged = |what: &str, text: String| {
        folder.write("functions/a.dg", &text);
        assert_eq!(folder.found(WITH), [""; 0], "{what}");
    };
    unchanged("100 lines above", "// a line\n".repeat(100) + &text);
    unchanged("CRLF", text.replace('\n', "\r\n"));
    unchanged("other indentation", text.replace('\t', "        "));
    unchanged("another token", text.replace(TOKEN, "fake0newx0token0aaaabbbbccccdddd"));
    unchanged("functions change places", function("two", "agents") + &function("one", "tickets"));
    unchanged("one is fixed", function("two", "agents"));

    let new = |what: &str, text: String, expected: &[&str]| {
        folder.write("functions/a.dg", &text);
        assert_eq!(folder.found(WITH), expected, "{what}");
    };
    new(
        "one more of the same",
        text.replacen(&call("tickets"), &call("tickets").repeat(2), 1),
        &["functions/a.dg:4 authtoken-in-query"],
    );
    new("another function", text.replace("void one", "void three"), &["functions/a.dg:3 authtoken-in-query"]);
    new("another call", text.replace("tickets", "contacts"), &["functions/a.dg:3 authtoken-in-query"]);
    fs::rename(folder.at("functions/b.dg"), folder.at("functions/c.dg")).unwrap();
    new("a renamed file", text, &["functions/c.dg:3 authtoken-in-query"]);
}

/// The other half of number 11: each branch adds a finding and its line.
#[test]
fn a_merge_of_two_branches_that_added_findings_knows_both() {
    let folder = known();
    folder.write(".gitattributes", "known.jsonl merge=union\n");
    folder.commit();
    for (branch, path) in [("left", "left"), ("right", "right")] {
        folder.git(&["checkout", "--quiet", "-b", branch, "main"]);
        folder.write(&format!("functions/{branch}.dg"), function("one", path));
        assert_eq!(folder.code(&["check", "--baseline", "known.jsonl", "--write-baseline"]), 0);
        folder.commit();
    }
    folder.git(&["merge", "--quiet", "--no-edit", "left"]);
    assert_eq!(folder.found(WITH), [""; 0]);
    assert_eq!(folder.read("known.jsonl").lines().count(), 6);
}

#[test]
fn what_is_gone_is_told_and_goes_when_the_baseline_is_written() {
    let folder = known();
    folder.write("functions/a.dg", function("two", "agents"));
    fs::remove_file(folder.at("functions/b.dg")).unwrap();
    let output = folder.run(&["check", "--baseline", "known.jsonl"]);
    assert_eq!(code(&output), 0);
    assert!(stderr(&output).contains("2 known findings no longer found"), "{}", stderr(&output));
    let json = folder.run(&["check", "--output-format", "json", "--baseline", "known.jsonl"]);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&json["summary"]["known"], &json["summary"]["gone"]), (&1.into(), &2.into()));
    let output = folder.run(&["check", "--write-baseline=known.jsonl"]);
    assert!(stderr(&output).contains("wrote known.jsonl: 1 finding, 0 new; 2 gone"), "{}", stderr(&output));
    assert_eq!(folder.read("known.jsonl").lines().count(), 2);
}

#[test]
fn files_that_are_not_examined_keep_their_entries() {
    let folder = known();
    let text = folder.read("known.jsonl");
    let output = folder.run(&["check", "--baseline", "known.jsonl", "functions/b.dg"]);
    assert!(
        stderr(&output).contains("no new findings in 1 file; 1 known\n") && !stderr(&output).contains("no longer"),
        "{}",
        stderr(&output)
    );
    folder.write("functions/b.dg", CLEAN);
    assert_eq!(folder.code(&["check", "--baseline", "known.jsonl", "--write-baseline", "functions/b.dg"]), 0);
    let kept: Vec<&str> = text.lines().filter(|line| !line.contains("b.dg")).collect();
    assert_eq!(folder.read("known.jsonl").lines().collect::<Vec<_>>(), kept);
}

#[test]
fn a_baseline_means_the_same_from_any_folder() {
    let folder = known();
    assert_eq!(folder.found_in("functions", &["--baseline", "../known.jsonl"]), [""; 0]);
    let absolute = folder.at("functions/a.dg");
    assert_eq!(folder.found(&["--baseline", "known.jsonl", absolute.to_str().unwrap()]), [""; 0]);
    fs::create_dir(folder.at("ci")).unwrap();
    folder.run(&["check", "--write-baseline=ci/known.jsonl"]);
    assert!(folder.read("ci/known.jsonl").contains("\"../functions/a.dg\""));
    assert_eq!(folder.found(&["--baseline", "ci/known.jsonl"]), [""; 0]);
}

#[test]
fn suppressed_findings_are_none_for_the_baseline() {
    let folder = Folder::repository()
        .with("a.dg", format!("{} // authshift-ignore authtoken-in-query: x\n", call("a").trim_end()));
    folder.run(&["check", "--write-baseline=known.jsonl"]);
    assert_eq!(folder.read("known.jsonl").lines().count(), 1);
}

#[test]
fn a_baseline_that_cannot_be_used_is_an_error() {
    let folder = known();
    let fails = |arguments: &[&str], words: &[&str]| {
        let output = folder.run(&[&["check"], arguments].concat());
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        for word in words {
            assert!(stderr(&output).contains(word), "{arguments:?}: {}", stderr(&output));
        }
    };
    fails(&["--baseline", "none.jsonl"], &["none.jsonl", "make it with --write-baseline"]);
    fails(&["--write-baseline"], &["--write-baseline=FILE"]);
    fails(&["--write-baseline=a.jsonl", "--baseline", "b.jsonl"], &["name one"]);
    fails(&["--baseline", "known.jsonl", "-o", "known.jsonl"], &["choose another output file"]);
    let text = folder.read("known.jsonl");
    folder.write("known.jsonl", text.replacen("\"ordinal\"", "\"order\"", 2));
    fails(WITH, &["known.jsonl:2: not an entry of a baseline"]);
    fails(&["--write-baseline=known.jsonl"], &["known.jsonl:2:"]);
    folder.write("known.jsonl", format!("{text}<<<<<<< HEAD\n"));
    fails(WITH, &["known.jsonl:5: an unresolved merge conflict"]);
    folder.write("known.jsonl", b"caf\xE9");
    fails(WITH, &["not UTF-8"]);
}

#[test]
fn a_baseline_is_not_written_over_an_input_nor_when_files_could_not_be_examined() {
    let folder = Folder::repository().with("a.dg", call("a")).with("b.dg", "");
    let output = folder.run(&["check", "--write-baseline=b.dg"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert_eq!(folder.read("b.dg"), "");
    fs::remove_file(folder.at("b.dg")).unwrap();
    folder.write("c.dg", b"caf\xE9");
    let output = folder.run(&["check", "--write-baseline=known.jsonl"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("the baseline was not written"), "{}", stderr(&output));
    assert!(!folder.at("known.jsonl").exists());
}

// What is staged

#[test]
fn what_is_staged_counts_and_not_what_is_in_the_folder() {
    let folder = Folder::repository().with("a.dg", CLEAN).with("b.dg", CLEAN).with("c.dg", call("c"));
    folder.commit();
    assert_eq!(folder.code(&["check", "--staged"]), 0, "a committed token is not staged");
    folder.write("a.dg", call("a"));
    folder.write("n.dg", call("n"));
    assert_eq!(folder.found(&["--staged"]), [""; 0], "nothing is staged");
    folder.git(&["add", "a.dg"]);
    folder.write("a.dg", CLEAN);
    folder.write("b.dg", call("b"));
    assert_eq!(folder.found(&["--staged"]), ["a.dg:1 authtoken-in-query"]);
    fs::remove_file(folder.at("a.dg")).unwrap();
    assert_eq!(folder.found(&["--staged"]), ["a.dg:1 authtoken-in-query"], "the file is gone from the folder");
    assert_eq!(folder.code(&["check", "--staged"]), 1);
    assert!(!folder.at("a.dg").exists());
}

/// Git gives the hook of a partial commit an index of its own.
#[cfg(unix)]
#[test]
fn a_hook_stops_the_commit_of_a_token() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::repository().with("a.dg", CLEAN).with("b.dg", CLEAN);
    folder.commit();
    let hook = folder.at(".git/hooks/pre-commit");
    folder.write(
        ".git/hooks/pre-commit",
        format!("#!/bin/sh\nexec \"{}\" check --staged\n", env!("CARGO_BIN_EXE_authshift")),
    );
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let commit = |arguments: &[&str]| {
        let arguments = [&["commit", "--quiet", "--message=x"], arguments].concat();
        git(&arguments).current_dir(folder.path()).output().unwrap()
    };
    folder.write("a.dg", call("a"));
    let output = commit(&["--all"]);
    assert!(!output.status.success() && stdout(&output).is_empty(), "{}", stderr(&output));
    assert!(stderr(&output).contains("a.dg:1:"), "{}", stderr(&output));
    folder.git(&["add", "a.dg"]);
    folder.write("b.dg", "info 2;\n");
    assert!(commit(&["b.dg"]).status.success(), "only what is committed counts");
    assert!(!commit(&[]).status.success());
}

#[test]
fn before_the_first_commit_everything_is_new() {
    let folder = Folder::repository().with("a.dg", call("a"));
    assert_eq!(folder.code(&["check", "--staged"]), 0);
    folder.git(&["add", "a.dg"]);
    assert_eq!(folder.found(&["--staged"]), ["a.dg:1 authtoken-in-query"]);
}

#[test]
fn renamed_and_changed_files_are_read_and_deleted_ones_are_not() {
    let folder = Folder::repository().with("a.dg", call("a")).with("b.dg", call("b"));
    folder.commit();
    folder.git(&["mv", "a.dg", "moved.dg"]);
    folder.git(&["rm", "--quiet", "b.dg"]);
    assert_eq!(folder.found(&["--staged"]), ["moved.dg:1 authtoken-in-query"]);
    assert_eq!(folder.code(&["check", "--staged", "b.dg"]), 0, "a staged deletion is no slip of the pen");
}

#[test]
fn paths_narrow_what_is_staged() {
    let folder = Folder::repository().with("desk/a.dg", call("a")).with("crm/b.dg", call("b")).with("c.dg", call("c"));
    folder.git(&["add", "desk", "crm"]);
    assert_eq!(folder.found(&["--staged"]), ["crm/b.dg:1 authtoken-in-query", "desk/a.dg:1 authtoken-in-query"]);
    assert_eq!(folder.found(&["--staged", "desk"]), ["desk/a.dg:1 authtoken-in-query"]);
    assert_eq!(folder.found(&["--staged", "desk/a.dg", "c.dg"]), ["desk/a.dg:1 authtoken-in-query"]);
    let output = folder.run(&["check", "--staged", "dsk"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("dsk: does not exist"), "{}", stderr(&output));
    assert_eq!(folder.code(&["check", "--staged", "--no-errors-on-unmatched", "dsk"]), 0);
}

#[test]
fn from_a_folder_below_paths_are_those_of_that_folder() {
    let folder = Folder::repository().with("desk/a.dg", call("a")).with("crm/b.dg", call("b"));
    folder.git(&["add", "--all"]);
    assert_eq!(
        folder.found_in("desk", &["--staged"]),
        ["../crm/b.dg:1 authtoken-in-query", "a.dg:1 authtoken-in-query"]
    );
    assert_eq!(folder.found_in("desk", &["--staged", "."]), ["a.dg:1 authtoken-in-query"]);
    assert_eq!(folder.found_in("desk", &["--staged", "../crm"]), ["../crm/b.dg:1 authtoken-in-query"]);
}

/// As a walk chooses: by name, else by content; the configuration and the command line have their say. Only `.gitignore`
/// does not bind what git tracks all the same.
#[test]
fn staged_files_are_chosen_like_those_of_a_walk() {
    let folder = Folder::repository()
        .with("a.dg", call("a"))
        .with("b.txt", call("b") + "for each x in list\n{\n\tinfo x;\n}\n")
        .with("c.txt", "A text that speaks of authtoken=1 and no more.\n")
        .with("d.fn", call("d"))
        .with("archive/e.dg", call("e"))
        .with(".hidden/f.dg", call("f"))
        .with("ignored.dg", call("g"))
        .with("other.rst", call("h"))
        .with(".gitignore", "ignored.dg\n")
        .with("authshift.toml", format!("{DESK}[files]\ninclude = [\"**/*.fn\"]\nexclude = [\"archive/**\"]\n"));
    folder.git(&["add", "--all", "--force"]);
    let paths = |arguments: &[&str]| -> Vec<String> {
        folder.found(arguments).iter().map(|line| line.split(':').next().unwrap().to_owned()).collect()
    };
    // One that is not read as code is told of (`unread-file`).
    assert_eq!(paths(&["--staged"]), ["a.dg", "b.txt", "d.fn", "ignored.dg", "other.rst"]);
    assert_eq!(paths(&["--staged", "--exclude", "a.*"]), ["b.txt", "d.fn", "ignored.dg", "other.rst"]);
    let hidden = [".hidden/f.dg", "a.dg", "b.txt", "d.fn", "ignored.dg", "other.rst"];
    assert_eq!(paths(&["--staged", "--hidden"]), hidden);
    assert_eq!(paths(&["--staged", "other.rst", "archive/e.dg"]), ["archive/e.dg", "other.rst"], "named");
    assert_eq!(paths(&["--staged", "--force-exclude", "other.rst", "archive/e.dg"]), ["other.rst"]);
}

#[test]
fn the_index_holds_lines_as_git_keeps_them() {
    let folder = Folder::repository()
        .with(".gitattributes", "*.dg text eol=crlf\n")
        .with("a.dg", function("f", "a").replace('\n', "\r\n"));
    folder.run(&["check", "--write-baseline=known.jsonl"]);
    folder.git(&["add", "--all"]);
    assert_eq!(folder.found(&["--staged"]), ["a.dg:3 authtoken-in-query"]);
    assert_eq!(folder.found(&["--staged", "--baseline", "known.jsonl"]), [""; 0]);
}

#[cfg(unix)]
#[test]
fn links_and_repositories_in_the_repository_are_no_files() {
    let folder = Folder::repository().with("a.dg", CLEAN).with("outside.md", call("a"));
    folder.git(&["init", "--quiet", "inner"]);
    folder.write("inner/b.dg", call("b"));
    folder.git_in("inner", &["add", "b.dg"]);
    folder.git_in("inner", &["commit", "--quiet", "--message=x"]);
    std::os::unix::fs::symlink("outside.md", folder.at("link.dg")).unwrap();
    folder.git(&["add", "a.dg", "link.dg", "inner"]);
    assert_eq!(folder.found(&["--staged"]), [""; 0]);
    assert_eq!(folder.found_in("inner", &["--staged"]), [""; 0]);
    // A file that was a link is one now.
    folder.commit();
    fs::remove_file(folder.at("link.dg")).unwrap();
    folder.write("link.dg", call("c"));
    folder.git(&["add", "link.dg"]);
    assert_eq!(folder.found(&["--staged"]), ["link.dg:1 authtoken-in-query"]);
}

#[cfg(unix)]
#[test]
fn any_name_of_a_file_is_read() {
    let names = ["with space.dg", "*.dg", "tab\tnew\nline.dg", ":(top)x.dg", "-dash.dg", "caf\u{e9}.dg", "quo\"te.dg"];
    let folder = Folder::repository();
    for name in names {
        folder.write(name, call("a"));
    }
    folder.git(&["add", "--all"]);
    assert_eq!(folder.found(&["--staged"]).len(), names.len());
    assert_eq!(folder.found(&["--staged", "--", "*.dg"]), ["*.dg:1 authtoken-in-query"]);
    assert_eq!(folder.found(&["--staged", "--", "-dash.dg"]), ["-dash.dg:1 authtoken-in-query"]);
}

#[test]
fn what_cannot_be_read_from_the_index_is_an_error() {
    let folder = Folder::repository().with("a.dg", CLEAN).with("l.dg", b"caf\xE9").with("notes.rst", CLEAN);
    folder.git(&["add", "l.dg"]);
    let output = folder.run(&["check", "--staged"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("l.dg: it is not UTF-8"), "{}", stderr(&output));
    fs::remove_file(folder.at("l.dg")).unwrap();
    folder.commit();
    folder.git(&["checkout", "--quiet", "-b", "other"]);
    for (branch, text) in [("other", "info 1;\n"), ("main", "info 2;\n")] {
        folder.git(&["checkout", "--quiet", branch]);
        folder.write("a.dg", text);
        folder.write("notes.rst", text);
        folder.commit();
    }
    let _ = git(&["merge", "other"]).current_dir(folder.path()).output().unwrap();
    let output = folder.run(&["check", "--staged"]);
    assert_eq!(code(&output), 2);
    let text = stderr(&output);
    assert!(text.contains("a.dg: has unresolved merge conflicts") && !text.contains("notes.rst"), "{text}");
}

#[test]
fn staged_needs_a_repository_and_git() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.dg"), call("a")).unwrap();
    let run = |variable: &str, value: &Path, arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_authshift"))
            .args(arguments)
            .current_dir(folder.path())
            .env(variable, value)
            .output()
            .unwrap()
    };
    let output = run("GIT_CEILING_DIRECTORIES", folder.path().parent().unwrap(), &["check", "--staged"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("not a git repository"), "{}", stderr(&output));
    let output = run("PATH", folder.path(), &["check", "--staged"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("needs the program `git`"), "{}", stderr(&output));
    let repository = Folder::repository();
    assert_eq!(repository.code(&["check", "--staged", "-"]), 2);
    assert_eq!(repository.code(&["check", "--staged", "/"]), 2, "outside of the repository");
    assert_eq!(repository.code(&["scan", "--staged"]), 2, "scan has no such option");
}

/// In a worktree git sets GIT_DIR for a hook, and would then take any folder that the hook goes to for the root.
#[test]
fn a_hook_in_a_worktree_may_go_to_another_folder() {
    let folder = Folder::repository().with("desk/a.dg", CLEAN);
    folder.commit();
    folder.git(&["worktree", "add", "--quiet", "other"]);
    folder.write("other/desk/a.dg", call("a"));
    folder.git_in("other", &["add", "."]);
    let output = Command::new(env!("CARGO_BIN_EXE_authshift"))
        .args(["check", "--staged", "a.dg"])
        .current_dir(folder.at("other/desk"))
        .env("GIT_DIR", folder.at(".git/worktrees/other"))
        .output()
        .unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(stdout(&output).starts_with("a.dg:1:"), "{}", stdout(&output));
}

#[test]
fn many_staged_files_are_read_at_once() {
    let folder = Folder::repository();
    for at in 0..300 {
        folder.write(&format!("f{at}.dg"), if at % 3 == 0 { call("a") } else { CLEAN.to_owned() });
    }
    folder.git(&["add", "--all"]);
    let one = folder.run(&["check", "--staged", "-j", "1"]);
    let four = folder.run(&["check", "--staged", "-j", "4"]);
    assert_eq!(stdout(&one).lines().count(), 100);
    assert_eq!((stdout(&one), stderr(&one)), (stdout(&four), stderr(&four)));
}
