//! `fix --interactive` on a terminal.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;
#[path = "support/terminal.rs"]
mod terminal;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use support::folder::Folder;
use support::{authshift, code, stderr, tokens};
use terminal::Terminal;

const TOKEN: &str = "fake0team0token0aaaabbbbccccdddd";

impl Folder {
    /// With a configuration for Zoho Desk and these files.
    fn of(files: &[(&str, &str)]) -> Self {
        files.iter().fold(Self::new(), |folder, (file, text)| folder.with(file, text))
    }

    fn start(&self, arguments: &[&str]) -> Terminal {
        self.start_with(arguments, &[])
    }

    fn start_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Terminal {
        Terminal::start(self.path(), &[&["fix", "--interactive"], arguments].concat(), variables)
    }

    /// Copies a case of `fixtures/`.
    fn fixture(case: &str) -> Self {
        let folder = Self::new();
        support::copy(&support::fixtures().join(case), folder.path());
        folder
    }
}

/// A request with a token.
fn old(path: &str) -> String {
    format!("x = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/{path}?authtoken={TOKEN}\"\n\ttype :GET\n];\n")
}

/// What becomes of it.
fn new(path: &str) -> String {
    format!(
        "x = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/{path}\"\n\ttype :GET\n\tconnection :\"desk_oauth\"\n];\n"
    )
}

#[test]
fn each_change_is_shown_with_its_finding_and_applied_or_not() {
    let text = old("a") + "info 1;\ninfo 2;\ninfo 3;\ninfo 4;\ninfo 5;\ninfo 6;\ninfo 7;\n" + &old("b");
    let folder = Folder::of(&[("f.dg", &text)]);
    let mut terminal = folder.start(&["--color", "never"]);
    let first = terminal.answer("(1/2) Apply this change [y,n,a,A,d,e,q,?", "n\n");
    assert!(first.contains("f.dg:3:39: error[authtoken-in-query]: Zoho Desk (us) gets an authtoken"), "{first}");
    assert!(first.contains("remove the token and add connection:\"desk_oauth\""), "{first}");
    let preview =
        "@@ lines 1 to 7 @@\r\n x = invokeurl\r\n [\r\n-\turl :\"https://desk.zoho.com/api/v1/a?authtoken=fake…\"\r\n";
    // A terminal shows tabs as blanks.
    let plain = |text: &str| text.replace('\t', "").replace("        ", "");
    assert!(plain(&first).contains(&plain(preview)), "{first}");
    assert!(!first.contains("/b"), "{first}");
    let second = terminal.answer("(2/2) Apply this change", "y\n");
    assert!(second.contains("f.dg:15:") && !second.contains("f.dg:3:"), "{second}");
    let (shown, status) = terminal.end();
    assert_eq!(folder.read("f.dg"), text.replace(&old("b"), &new("b")));
    assert_eq!(status, Some(1), "one is left");
    assert!(
        shown.contains("fixed f.dg") && shown.contains("fixed 1 finding in 1 file; left: 1 not applied"),
        "{shown}"
    );
}

#[test]
fn when_all_is_applied_the_status_is_0() {
    let folder = Folder::of(&[("f.dg", &(old("a") + &old("b")))]);
    let mut terminal = folder.start(&[]);
    terminal.answer("(1/2)", "y\n");
    terminal.answer("(2/2)", "Y\n");
    let (_, status) = terminal.end();
    assert_eq!((folder.read("f.dg"), status), (new("a") + &new("b"), Some(0)));
}

#[test]
fn a_and_d_answer_for_the_rest_of_the_file() {
    let three = old("a") + &old("b") + &old("c");
    let folder = Folder::of(&[("1.dg", &three), ("2.dg", &three), ("3.dg", &three)]);
    let mut terminal = folder.start(&[]);
    terminal.answer("(1/9)", "n\n");
    terminal.answer("(2/9)", "a\n");
    terminal.answer("(4/9)", "y\n");
    terminal.answer("(5/9)", "d\n");
    let third = terminal.answer("(7/9)", "a\n");
    assert!(third.contains("3.dg:3:"), "{third}");
    let (shown, status) = terminal.end();
    assert_eq!(folder.read("1.dg"), old("a") + &new("b") + &new("c"));
    assert_eq!(folder.read("2.dg"), new("a") + &old("b") + &old("c"));
    assert_eq!(folder.read("3.dg"), new("a") + &new("b") + &new("c"));
    assert_eq!(status, Some(1));
    assert!(shown.contains("fixed 6 findings in 3 files"), "{shown}");
}

#[test]
fn a_large_a_answers_for_all_files() {
    let two = old("a") + &old("b");
    let folder = Folder::of(&[("1.dg", &two), ("2.dg", &two), ("3.dg", &two)]);
    let mut terminal = folder.start(&[]);
    terminal.answer("(1/6)", "d\n");
    terminal.answer("(3/6)", "n\n");
    terminal.answer("(4/6)", "A\n");
    let (shown, status) = terminal.end();
    assert_eq!((folder.read("1.dg"), folder.read("2.dg")), (two, old("a") + &new("b")));
    assert_eq!(folder.read("3.dg"), new("a") + &new("b"));
    assert!(status == Some(1) && shown.contains("fixed 3 findings in 2 files; left: 3 not applied"), "{shown}");
}

#[test]
fn q_and_the_end_of_the_input_stop_and_what_was_applied_stays() {
    for keys in ["q\n", "\u{4}"] {
        let two = old("a") + &old("b");
        let folder = Folder::of(&[("1.dg", &two), ("2.dg", &two)]);
        let mut terminal = folder.start(&[]);
        terminal.answer("(1/4)", "y\n");
        terminal.answer("(2/4)", keys);
        let (shown, status) = terminal.end();
        assert_eq!((folder.read("1.dg"), folder.read("2.dg")), (new("a") + &old("b"), two), "{keys:?}");
        assert_eq!(status, Some(1));
        assert!(shown.contains("fixed 1 finding in 1 file") && !shown.contains("fixed 2.dg"), "{shown}");
        assert!(!shown.contains("[fixable]"), "what was asked for is not told again: {shown}");
    }
}

#[test]
fn what_is_no_answer_gets_the_help_and_the_question_again() {
    let folder = Folder::of(&[("f.dg", &old("a"))]);
    let mut terminal = folder.start(&[]);
    for keys in ["?\n", "\n", "x\n", "\u{e9}\n"] {
        terminal.answer("Apply this change", keys);
        terminal.expect("a - apply this change and all that are left in this file");
    }
    terminal.answer("Apply this change", "y\n");
    assert_eq!(terminal.end().1, Some(0));
    assert_eq!(folder.read("f.dg"), new("a"));
}

/// What is edited together is asked for together, and the assignment goes with the last request that reads it.
#[test]
fn changes_that_belong_together_are_one_question() {
    let request = |path: &str| {
        format!("x = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/{path}\"\n\ttype :POST\n\tparameters:p\n];\n")
    };
    let map = "p = Map();\np.put(\"authtoken\",authtoken);\np.put(\"id\",id);\n";
    let text = format!("authtoken = \"{TOKEN}\";\n{map}") + &request("a") + &request("b");
    let folder = Folder::of(&[("f.dg", &text)]);
    let mut terminal = folder.start(&[]);
    let question = terminal.answer("(1/1)", "y\n");
    assert!(question.contains("hardcoded-authtoken") && question.contains("authtoken-in-parameters"), "{question}");
    let (_, status) = terminal.end();
    assert_eq!(status, Some(0));
    assert!(!folder.read("f.dg").contains("authtoken"), "{}", folder.read("f.dg"));
}

#[test]
fn unsafe_changes_are_offered_when_asked_for_and_say_so() {
    let text = format!("x = getUrl(\"https://desk.zoho.com/api/v1/a?authtoken={TOKEN}\");\nreturn x;\n");
    let folder = Folder::of(&[("f.dg", &text)]);
    let (shown, status) = folder.start(&[]).end();
    assert!(!shown.contains("Apply") && status == Some(1), "{shown}");
    let mut terminal = folder.start(&["--unsafe-fixes"]);
    let question = terminal.answer("Apply this unsafe change", "y\n");
    assert!(question.contains("assumes that "), "{question}");
    assert_eq!(terminal.end().1, Some(0));
    assert!(folder.read("f.dg").contains("connection:\"desk_oauth\""));
}

#[test]
fn tokens_are_masked_and_colours_are_there_unless_told_otherwise() {
    let folder = Folder::of(&[("f.dg", &old("a"))]);
    let mut terminal = folder.start(&[]);
    terminal.answer("Apply", "n\n");
    let (shown, _) = terminal.end();
    assert!(!shown.contains(TOKEN) && shown.contains("\u{1b}["), "{shown}");
    let mut terminal = folder.start(&["--show-secrets", "--color", "never"]);
    terminal.answer("Apply", "n\n");
    let (shown, _) = terminal.end();
    assert!(shown.contains(TOKEN) && !shown.contains("\u{1b}[") && !shown.contains("masked"), "{shown}");
    for variable in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut terminal = folder.start_with(&[], &[variable]);
        terminal.answer("Apply", "n\n");
        let (shown, _) = terminal.end();
        assert!(!shown.contains(TOKEN) && !shown.contains("\u{1b}["), "{shown}");
    }
}

/// An editor that notes how it was called and writes the file `text` over the one it is given.
fn editor(folder: &Folder, name: &str, text: &str) -> String {
    folder.write("text", text);
    folder.write(name, "#!/bin/sh\necho \"$@\" > called\nfor file; do :; done\ncat text > \"$file\"\n");
    fs::set_permissions(folder.at(name), fs::Permissions::from_mode(0o755)).unwrap();
    folder.at(name).to_str().unwrap().to_owned()
}

#[test]
fn e_opens_the_editor_at_the_line_and_reads_the_file_again() {
    let folder = Folder::of(&[("f.dg", &(old("a") + &old("b")))]);
    let vi = editor(&folder, "vi", &("info 1;\n".to_owned() + &new("a") + &old("c") + &old("d")));
    let mut terminal = folder.start_with(&["--backup", "f.dg"], &[("EDITOR", "false"), ("VISUAL", &vi)]);
    terminal.answer("(1/2)", "y\n");
    terminal.answer("(2/2)", "e\n");
    let again = terminal.answer("(1/2)", "y\n");
    assert_eq!(folder.read("called"), "+9 ./f.dg\n");
    assert!(again.contains("f.dg:10:") && again.contains("/v1/c"), "{again}");
    terminal.answer("(2/2)", "n\n");
    let (shown, status) = terminal.end();
    assert_eq!(folder.read("f.dg"), "info 1;\n".to_owned() + &new("a") + &new("c") + &old("d"));
    assert_eq!(folder.read("f.dg.bak"), old("a") + &old("b"), "the backup is of the text before the first change");
    assert_eq!(status, Some(1), "{shown}");
}

#[test]
fn an_interrupt_is_for_the_editor_while_there_is_one() {
    let folder = Folder::of(&[("f.dg", &old("a"))]);
    let script = "#!/bin/sh\ntrap : INT\necho editing\nwhile ! [ -e done ]; do sleep 0.1; done\n";
    folder.write("editor", script);
    fs::set_permissions(folder.at("editor"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut terminal = folder.start_with(&[], &[("EDITOR", "./editor")]);
    terminal.answer("(1/1)", "e\n");
    terminal.expect("editing");
    terminal.interrupt();
    folder.write("done", "");
    terminal.expect("[y,n,a,A,d,e,q,?]? ");
    terminal.interrupt();
    assert_eq!(terminal.end().1, None);
    assert_eq!(folder.read("f.dg"), old("a"));
}

#[test]
fn an_editor_that_does_nothing_leaves_the_question() {
    let folder = Folder::of(&[("f.dg", &old("a"))]);
    for (editor, words) in [("true", ""), ("false", "the editor `false` ended with"), ("no-such-editor", "ended with")]
    {
        let mut terminal = folder.start_with(&[], &[("EDITOR", editor)]);
        terminal.answer("(1/1)", "e\n");
        let again = terminal.answer("(1/1)", "q\n");
        assert!(again.contains(words) && again.contains("f.dg:3:"), "{again}");
        assert_eq!(terminal.end().1, Some(1));
    }
    assert_eq!(folder.read("f.dg"), old("a"));
}

#[test]
fn a_file_that_changed_meanwhile_is_not_overwritten() {
    let folder = Folder::of(&[("f.dg", &old("a"))]);
    let mut terminal = folder.start(&[]);
    terminal.expect("[y,n,a,A,d,e,q,?]? ");
    folder.write("f.dg", old("b"));
    terminal.send("y\n");
    let again = terminal.answer("(1/1)", "y\n");
    assert!(
        again.contains("f.dg: changed since it was read; nothing was written") && again.contains("/v1/b"),
        "{again}"
    );
    assert_eq!(terminal.end().1, Some(0));
    assert_eq!(folder.read("f.dg"), new("b"));
}

#[test]
fn an_interrupt_leaves_whole_files() {
    let two = old("a") + &old("b");
    let folder = Folder::of(&[("1.dg", &two), ("2.dg", &two)]);
    let mut terminal = folder.start(&[]);
    terminal.answer("(1/4)", "y\n");
    terminal.expect("[y,n,a,A,d,e,q,?]? ");
    terminal.interrupt();
    assert_eq!(terminal.end().1, None);
    assert_eq!((folder.read("1.dg"), folder.read("2.dg")), (new("a") + &old("b"), two));
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(names, [".git", "1.dg", "2.dg", "authshift.toml"]);
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_and_the_others_go_on() {
    let folder = Folder::of(&[("1.dg", &old("a")), ("2.dg", &old("b"))]);
    fs::hard_link(folder.at("1.dg"), folder.at("other.bak")).unwrap();
    let mut terminal = folder.start(&[]);
    terminal.answer("(1/2)", "y\n");
    terminal.answer("(2/2)", "y\n");
    let (shown, status) = terminal.end();
    assert_eq!(status, Some(2));
    assert!(shown.contains("hard links") && shown.contains("fixed 2.dg") && !shown.contains("fixed 1.dg"), "{shown}");
    assert_eq!((folder.read("1.dg"), folder.read("2.dg")), (old("a"), new("b")));
}

#[test]
fn without_a_terminal_it_says_what_to_do_instead() {
    let folder = Folder::of(&[("f.dg", &old("a"))]);
    let output = authshift(folder.path(), &["fix", "--interactive"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("not a terminal") && stderr(&output).contains("use --write"));
    assert_eq!(folder.read("f.dg"), old("a"));
    for other in [&["--write"][..], &["--patch", "x"], &["-o", "x"], &["-"]] {
        assert_eq!(code(&authshift(folder.path(), &[&["fix", "-i"], other].concat())), 2, "{other:?}");
    }
}

#[test]
fn nothing_to_ask_is_no_question() {
    let folder = Folder::of(&[("f.dg", "info 1;\n")]);
    let (shown, status) = folder.start(&[]).end();
    assert!(status == Some(0) && !shown.contains("Apply"), "{shown}");
}

#[test]
fn a_word_is_no_answer() {
    let folder = Folder::of(&[("f.dg", &old("a"))]);
    let mut terminal = folder.start(&[]);
    terminal.answer("(1/1)", "abort\n");
    terminal.answer("(1/1)", "q\n");
    assert_eq!((terminal.end().1, folder.read("f.dg")), (Some(1), old("a")));
}

#[test]
fn names_are_asked_for_place_by_place() {
    let task = "zoho.crm.createRecord(\"Leads\",values,Map(),\"old_link\");\n";
    let call = |name: &str| {
        format!("x = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/a\"\n\tconnection :\"{name}\"\n];\n")
    };
    let text = call("old_link") + task + &call("old_link");
    let folder = Folder::of(&[("f.dg", &text), ("g.dg", &call("old_link"))]);
    let start = || Terminal::start(folder.path(), &["rename-connection", "--interactive", "old_link", "new_link"], &[]);
    let mut terminal = start();
    terminal.answer("(1/4)", "y\n");
    let second = terminal.answer("(2/4)", "n\n");
    assert!(second.contains("zoho.crm") && !second.contains("[31m-\tconnection"), "{second}");
    terminal.answer("(3/4)", "y\n");
    terminal.answer("(4/4)", "q\n");
    let (shown, status) = terminal.end();
    assert_eq!(folder.read("f.dg"), call("new_link") + task + &call("new_link"));
    assert_eq!(folder.read("g.dg"), call("old_link"));
    assert!(status == Some(1) && shown.contains("fixed 2 findings in 1 file; left: 2 not applied"), "{shown}");
    let mut terminal = start();
    terminal.answer("(1/2)", "a\n");
    terminal.answer("(2/2)", "a\n");
    assert_eq!(terminal.end().1, Some(0));
    assert_eq!(folder.read("g.dg"), call("new_link"));
}

/// Between two of its places, a manifest would have two Connections of one name.
#[test]
fn a_connection_of_a_manifest_is_renamed_whole() {
    let manifest = "{\"connectors\":[\n{\"connectionLinkName\":\"old_link\"},\n{\"connectionLinkName\":\"other\"}],\n\"usedConnections\":[\n{\"connectionLinkName\":\"old_link\"}]}\n";
    let folder = Folder::of(&[("plugin-manifest.json", manifest)]);
    let arguments = ["rename-connection", "-i", "old_link", "new_link"];
    let mut terminal = Terminal::start(folder.path(), &arguments, &[]);
    terminal.answer("(1/1)", "y\n");
    assert_eq!(terminal.end().1, Some(0));
    assert_eq!(folder.read("plugin-manifest.json"), manifest.replace("old_link", "new_link"));
}

/// The token goes before the address changes, and names come last.
#[test]
fn tokens_addresses_and_names_are_asked_for_one_after_the_other() {
    let call = |at: &str, token: &str, name: &str| {
        format!("x = invokeurl\n[\n\turl :\"https://{at}/items{token}\"\n\tconnection :\"{name}\"\n];\n")
    };
    let (first, second) = ("books.zoho.com/api/v3", "www.zohoapis.com/books/v3");
    let text = call(first, "", "old_link") + &call(first, &format!("?authtoken={TOKEN}"), "books");
    let folder = Folder::of(&[("f.dg", &text)]);
    folder.write(
        "authshift.toml",
        "upgrade-hosts = true\n[[connection]]\nlink-name = \"books\"\nservice = \"books\"\n[renamed-connections]\nold_link = \"books\"\n",
    );
    // As long as its token stays, the second request keeps its address.
    let mut terminal = folder.start(&[]);
    terminal.answer("(1/3)", "n\n");
    let address = terminal.answer("(2/3)", "y\n");
    assert!(address.contains("f.dg:3:") && address.contains("moved-host"), "{address}");
    let name = terminal.answer("(3/3)", "n\n");
    assert!(name.contains("f.dg:4:") && name.contains("renamed-connection"), "{name}");
    assert_eq!(terminal.end().1, Some(1));
    let half = call(second, "", "old_link") + &call(first, &format!("?authtoken={TOKEN}"), "books");
    assert_eq!(folder.read("f.dg"), half);
    let mut terminal = folder.start(&[]);
    terminal.answer("(1/2)", "y\n");
    terminal.answer("(2/3)", "y\n");
    terminal.answer("(3/3)", "y\n");
    assert_eq!(terminal.end().1, Some(0));
    assert_eq!(folder.read("f.dg"), call(second, "", "books") + &call(second, "", "books"));
}

/// The scripts of an application are asked for one by one; a page that is kept encoded is written as it is kept.
#[test]
fn the_parts_of_an_export_are_asked_for_one_by_one() {
    let folder = Folder::fixture("W13-encoded-page");
    fs::remove_file(folder.at("after.ds")).unwrap();
    let mut terminal = folder.start(&[]);
    let shown = terminal.answer("(1/1)", "y\n");
    assert!(shown.contains("tickets?") && shown.contains("authtoken=fake…&") && !shown.contains("&quot;"), "{shown}");
    assert_eq!(terminal.end().1, Some(0));
    let after = support::fixtures().join("W13-encoded-page/after.ds");
    assert_eq!(folder.read("before.ds"), fs::read_to_string(after).unwrap());

    let folder = Folder::fixture("W26-several-tokens-in-one-application");
    let (before, after) = (folder.read("before.ds"), folder.read("after.ds"));
    fs::remove_file(folder.at("after.ds")).unwrap();
    let mut terminal = folder.start(&[]);
    terminal.answer("Apply this change", "n\n");
    terminal.answer("Apply this change", "a\n");
    assert_eq!(terminal.end().1, Some(1));
    let text = folder.read("before.ds");
    assert!(text != before && text != after && tokens(&text).len() == 1, "{text}");
    assert_eq!(code(&authshift(folder.path(), &["fix", "--write"])), 0);
    assert_eq!(folder.read("before.ds"), after);
}

#[test]
fn a_token_request_goes_with_the_last_request_that_needs_it() {
    let ask = "answer = invokeurl\n[\n\turl :\"https://accounts.zoho.com/oauth/v2/token\"\n\ttype :POST\n\tparameters:{\"refresh_token\":rt,\"grant_type\":\"refresh_token\"}\n];\n";
    let call = |path: &str| {
        format!(
            "x = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/{path}\"\n\ttype :GET\n\theaders:{{\"Authorization\":\"Zoho-oauthtoken \" + answer.get(\"access_token\")}}\n];\n"
        )
    };
    let folder = Folder::of(&[("f.dg", &(ask.to_owned() + &call("a") + &call("b")))]);
    let mut terminal = folder.start(&[]);
    let first = terminal.answer("(1/2)", "y\n");
    assert!(!first.contains("31m-answer"), "{first}");
    let second = terminal.answer("(2/2)", "y\n");
    assert!(second.contains("31m-answer"), "{second}");
    assert_eq!(terminal.end().1, Some(0));
    assert_eq!(folder.read("f.dg"), new("a") + &new("b"));
}
