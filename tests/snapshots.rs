//! What a person sees on a terminal of 80 columns. A snapshot that changes is read line by line before it is accepted.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "support/terminal.rs"]
#[allow(dead_code, reason = "nobody types here")]
mod terminal;

mod support;

use support::folder::Folder;
use support::{copy, fixtures};
use terminal::Terminal;

/// Functions as somebody has them who begins: two products, a helper, a map, a dead endpoint, a comment with a token.
const FUNCTIONS: &[(&str, &str)] = &[
    (
        "crm/notify.deluge",
        "// called when a lead is won\n\
         response = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=fake0desk0token0aaaabbbbccccdddd&limit=\" + n);\n\
         info response.get(\"data\");\n",
    ),
    (
        "crm/invoice.deluge",
        "token = \"fake0book0token0aaaabbbbccccdddd\";\n\
         params = Map();\n\
         params.put(\"authtoken\",token);\n\
         params.put(\"customer_id\",customer);\n\
         made = postUrl(\"https://www.zohoapis.com/books/v3/invoices\",params);\n\
         thisapp.log(params);\n",
    ),
    (
        "crm/old.deluge",
        "leads = getUrl(\"https://crm.zoho.com/crm/private/json/Leads/getRecords?scope=crmapi&authtoken=\" + token);\n",
    ),
];

fn folder() -> Folder {
    FUNCTIONS.iter().fold(Folder::empty(), |folder, (path, text)| folder.with(path, text))
}

/// What is shown when the program runs in a folder.
fn shown(folder: &Folder, arguments: &[&str]) -> String {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--color", "never"]).collect();
    let (shown, status) = Terminal::of_width(folder.path(), &arguments, &[], Some(80)).end();
    let lines: Vec<String> = shown.replace("\r\n", "\n").lines().map(|line| line.trim_end().to_owned()).collect();
    format!("$ authshift {}\n{}\n[{}]", arguments.join(" "), lines.join("\n"), status.unwrap())
}

fn demo() -> Folder {
    let folder = Folder::empty();
    copy(&fixtures().join("demo"), &folder.path().join("demo"));
    folder
}

#[test]
fn without_a_configuration() {
    let folder = folder();
    insta::assert_snapshot!("scan_without_a_configuration", shown(&folder, &["scan", "crm"]));
    insta::assert_snapshot!("fix_without_a_configuration", shown(&folder, &["fix", "crm"]));
    insta::assert_snapshot!("write_without_a_configuration", shown(&folder, &["fix", "--write", "crm"]));
    insta::assert_snapshot!("plan_without_a_configuration", shown(&folder, &["plan", "crm"]));
    insta::assert_snapshot!("check_without_a_configuration", shown(&folder, &["check", "crm"]));
}

#[test]
fn with_a_configuration() {
    let folder = folder();
    insta::assert_snapshot!("init", shown(&folder, &["init", "crm"]));
    insta::assert_snapshot!("fix", shown(&folder, &["fix", "crm"]));
    insta::assert_snapshot!("fix_unsafe", shown(&folder, &["fix", "--unsafe-fixes", "--write", "crm"]));
    insta::assert_snapshot!("check_of_what_is_left", shown(&folder, &["check", "crm"]));
}

#[test]
fn the_demo() {
    let folder = demo();
    insta::assert_snapshot!("scan_of_the_demo", shown(&folder, &["scan", "demo"]));
    insta::assert_snapshot!("fix_of_the_demo", shown(&folder, &["fix", "demo"]));
    insta::assert_snapshot!("plan_of_the_demo", shown(&folder, &["plan", "demo"]));
}

#[test]
fn errors() {
    let folder = folder()
        .with("empty/.keep", "")
        .with("crm/latin.deluge", b"info \"caf\xe9\";\n")
        .with("bad/authshift.toml", "[[connection]]\nlink-name = \"desk oauth\"\nservise = \"desk\"\n")
        .with("bad/a.deluge", "info 1;\n");
    insta::assert_snapshot!("error_of_a_path", shown(&folder, &["scan", "nowhere"]));
    insta::assert_snapshot!("error_of_an_encoding", shown(&folder, &["check", "crm/latin.deluge"]));
    insta::assert_snapshot!("error_in_the_configuration", shown(&folder, &["check", "bad"]));
    insta::assert_snapshot!("nothing_to_do", shown(&folder, &["scan", "empty"]));
    insta::assert_snapshot!("error_of_an_option", shown(&folder, &["scan", "--json", "crm"]));
}
