//! `authshift lsp`: the real server, driven over its standard input and output as an editor does it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests"
)]

mod client;
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use authshift::project::discover::{FileKind, kind_by_name};
use client::{Client, at, capabilities, start, uri};
use serde_json::{Value, json};
use support::folder::Folder;
use support::{copy, fixtures};

const TOKEN: &str = "fake0desk0token0aaaabbbbccccdddd";

/// A request with a token, and what becomes of it.
const BEFORE: &str = "// get the ticket\nticket = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets?limit=5&authtoken=fake0desk0token0aaaabbbbccccdddd\"\n\ttype :GET\n];\ninfo ticket;\n";
const AFTER: &str = "// get the ticket\nticket = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets?limit=5\"\n\ttype :GET\n\tconnection :\"desk_oauth\"\n];\ninfo ticket;\n";

fn codes(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics.iter().map(|one| one["code"].as_str().unwrap_or("")).collect()
}

fn everything() -> Value {
    json!({"start": {"line": 0, "character": 0}, "end": {"line": 100_000, "character": 0}})
}

fn titled<'a>(actions: &'a [Value], part: &str) -> &'a Value {
    actions
        .iter()
        .find(|action| action["title"].as_str().unwrap().contains(part))
        .unwrap_or_else(|| panic!("{actions:#?}"))
}

/// A message without the new texts of edits, which hold what has to be written.
fn without_edits(message: &Value) -> Value {
    match message {
        Value::Object(members) => {
            let kept = members.iter().filter(|(key, _)| *key != "newText");
            kept.map(|(key, value)| (key.clone(), without_edits(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_edits).collect(),
        other => other.clone(),
    }
}

fn assert_masked(log: &[Value], tokens: &[&str]) {
    for message in log {
        let text = without_edits(message).to_string();
        for token in tokens {
            // Four characters are shown.
            assert!(!text.contains(&token[..8]), "{message:#}");
        }
    }
}

#[test]
fn a_document_is_diagnosed_as_it_is_opened_changed_and_closed() {
    let folder = Folder::new();
    let mut client = Client::new(folder.path());
    assert_eq!(client.server["serverInfo"]["name"], "authshift");
    assert_eq!(client.server["capabilities"]["positionEncoding"], "utf-16");
    let file = uri(&folder.at("a.deluge"));
    let found = client.open(&file, BEFORE);
    assert_eq!(codes(&found), ["authtoken-in-query"]);
    let expected = json!({
        "range": {"start": {"line": 3, "character": 52}, "end": {"line": 3, "character": 94}},
        "severity": 1,
        "code": "authtoken-in-query",
        "source": "authshift",
        "message": "Zoho Desk (us) gets an authtoken in the query string\nremove the token and add connection:\"desk_oauth\"",
    });
    assert_eq!(found[0], expected);
    assert!(at(BEFORE, &found[0]["range"]).ends_with(&TOKEN[20..]));
    // A whole new text, then a piece of it.
    client.change(&file, 2, json!([{"text": "info 1;\n"}]));
    assert_eq!(client.diagnostics(&file, Some(2)), [] as [Value; 0]);
    client.change(&file, 3, json!([{"text": BEFORE}, {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}, "text": ""}]));
    assert_eq!(client.diagnostics(&file, Some(3))[0]["range"]["start"]["line"], 2);
    client.close(&file);
    assert_eq!(client.diagnostics(&file, None), [] as [Value; 0]);
    assert_masked(&client.end(), &[TOKEN]);
}

#[test]
fn fixes_are_offered_and_do_what_fix_does() {
    let folder = Folder::new();
    let mut client = Client::new(folder.path());
    let file = uri(&folder.at("a.deluge"));
    let found = client.open(&file, BEFORE);
    let actions = client.actions(&file, &found[0]["range"], None);
    let fix = titled(&actions, "remove the token");
    assert_eq!(fix["title"], "authtoken-in-query: remove the token and add connection:\"desk_oauth\"");
    assert_eq!((&fix["kind"], &fix["isPreferred"]), (&json!("quickfix"), &json!(true)));
    assert_eq!(fix["diagnostics"], json!(found));
    assert_eq!(fix["edit"]["documentChanges"][0]["textDocument"], json!({"uri": file, "version": 1}));
    assert_eq!(client.applied(BEFORE, fix), AFTER);
    let all = titled(&actions, "Fix all");
    assert_eq!(all["kind"], "source.fixAll.authshift");
    assert_eq!(client.applied(BEFORE, all), AFTER);
    // Elsewhere there is nothing but the fix of the whole file.
    let elsewhere = json!({"start": {"line": 6, "character": 0}, "end": {"line": 6, "character": 4}});
    let kinds: Vec<Value> =
        client.actions(&file, &elsewhere, None).iter().map(|action| action["kind"].clone()).collect();
    assert_eq!(kinds, ["source.fixAll.authshift"]);
    assert_eq!(client.actions(&file, &everything(), Some(&["refactor"])), [] as [Value; 0]);
    assert_eq!(client.actions(&file, &everything(), Some(&["source.fixAll.authshift"])).len(), 1);
    assert_eq!(client.actions(&file, &everything(), Some(&["source.fixAllOthers"])).len(), 0);
    client.change(&file, 2, json!([{"text": AFTER}]));
    assert_eq!(client.diagnostics(&file, Some(2)), [] as [Value; 0]);
    assert_eq!(client.actions(&file, &everything(), None), [] as [Value; 0]);
    // What was offered for another version is not made.
    assert_eq!(client.failure("codeAction/resolve", all.clone()), -32801);
    assert_masked(&client.end(), &[TOKEN]);
}

#[test]
fn a_suppressing_comment_is_offered_where_it_is_a_comment() {
    let folder = Folder::new();
    let mut client = Client::new(folder.path());
    let file = uri(&folder.at("a.deluge"));
    let text = BEFORE.replace('\n', "\r\n");
    let found = client.open(&file, &text);
    let actions = client.actions(&file, &found[0]["range"], Some(&["quickfix"]));
    let suppress = titled(&actions, "Suppress authtoken-in-query");
    assert_eq!(suppress["isPreferred"], false);
    let suppressed = client.applied(&text, suppress);
    let line = "\t// authshift-ignore authtoken-in-query: reason\r\n\turl :";
    assert_eq!(suppressed, text.replace("\turl :", line));
    client.change(&file, 2, json!([{"text": suppressed}]));
    assert_eq!(codes(&client.diagnostics(&file, Some(2))), [""; 0]);
    // In a comment of several lines it would be a part of that.
    let comment = format!("/*\nauthtoken = \"{TOKEN}\";\n*/\ninfo 1;\n");
    client.change(&file, 3, json!([{"text": comment}]));
    let found = client.diagnostics(&file, Some(3));
    assert_eq!(codes(&found), ["hardcoded-authtoken"]);
    assert_eq!(client.actions(&file, &found[0]["range"], None), [] as [Value; 0]);
    client.end();
}

#[test]
fn an_unsafe_fix_says_what_it_assumes_and_is_not_preferred() {
    let folder = Folder::new();
    let mut client = Client::new(folder.path());
    let file = uri(&folder.at("a.deluge"));
    // Row Q4: what comes behind the token need not begin with `&`.
    let text = "token = input.secret;\nr = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + token + filter\n\ttype :GET\n];\ninfo r;\n";
    let found = client.open(&file, text);
    let here = found.iter().find(|one| one["code"] == "authtoken-in-query").unwrap();
    let actions = client.actions(&file, &here["range"], None);
    let fix = titled(&actions, "(unsafe, assumes that ");
    assert_eq!((&fix["kind"], &fix["isPreferred"]), (&json!("quickfix"), &json!(false)));
    assert!(!actions.iter().any(|action| action["kind"] == "source.fixAll.authshift"), "nothing is safe: {actions:#?}");
    folder.write("b.deluge", text);
    folder.run(&["fix", "--write", "--unsafe-fixes", "b.deluge"]);
    let expected = folder.read("b.deluge");
    assert_ne!(expected, text);
    assert_eq!(client.applied(text, fix), expected);
    client.end();
}

/// Every fixture of functions and manifests: the fix of the whole file is what `fix --write` makes of it, with every kind of
/// client; no message but new texts holds a token; positions are right for every text.
#[test]
fn fix_all_is_what_fix_makes_of_every_fixture() {
    let folder = Folder::empty();
    copy(&fixtures(), folder.path());
    let here = |path: &Path| folder.at(path.strip_prefix(fixtures()).unwrap().to_str().unwrap());
    let files =
        walkdir::WalkDir::new(fixtures()).sort_by_file_name().into_iter().map(|entry| entry.unwrap().into_path());
    let is_read = |path: &PathBuf| matches!(kind_by_name(path), FileKind::Deluge | FileKind::Manifest);
    // One of nine: all of them take minutes.
    let files: Vec<PathBuf> =
        files.filter(|path| path.is_file() && is_read(path)).map(|path| here(&path)).step_by(9).collect();
    let mut client = Client::new(folder.path());
    let mut results = Vec::new();
    for path in &files {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        let file = uri(path);
        let found = client.open_as(&file, "plaintext", &text);
        for one in &found {
            at(&text, &one["range"]);
        }
        results.push((path, client.fixed(&file, &text)));
        client.close(&file);
    }
    folder.run(&["fix", "--write", "--no-ignore", "."]);
    let mut changed = 0;
    for (path, fixed) in &results {
        let written = std::fs::read_to_string(path).unwrap();
        assert_eq!(*fixed, written, "{}", path.display());
        let original = fixtures().join(path.strip_prefix(folder.path()).unwrap());
        changed += usize::from(std::fs::read_to_string(original).unwrap() != written);
    }
    assert!(changed > 20, "{changed} of {} files are changed", results.len());
    let log = client.end();
    for message in &log {
        let text = without_edits(message).to_string();
        assert!(!text.contains("aaaabbbbcccc"), "{message:#}");
    }
}

#[test]
fn clients_of_every_kind_get_the_same_text() {
    let folder = Folder::new();
    let text = format!(
        "/* 😀é */ token = \"{TOKEN}\"; r = invokeurl [url: \"https://desk.zoho.com/api/v1/tickets?authtoken=\" + token + \"&x=😀\" type: GET];\ninfo r;\n"
    );
    let expected = "/* 😀é */ r = invokeurl [url: \"https://desk.zoho.com/api/v1/tickets?x=😀\" type: GET connection: \"desk_oauth\"];\ninfo r;\n";
    folder.write("b.deluge", &text);
    folder.run(&["fix", "--write", "b.deluge"]);
    assert_eq!(folder.read("b.deluge"), expected);
    let file = uri(&folder.at("a.deluge"));
    for capabilities in [capabilities(), json!({})] {
        let mut client = Client::with(folder.path(), capabilities.clone());
        let found = client.open(&file, &text);
        assert_eq!(codes(&found), ["hardcoded-authtoken", "authtoken-in-query"]);
        assert_eq!(at(&text, &found[0]["range"]), TOKEN);
        assert_eq!(client.fixed(&file, &text), expected, "{capabilities}");
        let actions = client.actions(&file, &found[1]["range"], Some(&["quickfix"]));
        assert_eq!(client.applied(&text, titled(&actions, "authtoken-in-query: remove the token")), expected);
        // The token in the variable goes when nothing reads it any more.
        let actions = client.actions(&file, &found[0]["range"], Some(&["quickfix"]));
        assert_eq!(client.applied(&text, titled(&actions, "Fix all safe")), expected);
        assert_masked(&client.end(), &[TOKEN]);
    }
}

#[test]
fn places_are_counted_as_the_client_can() {
    let folder = Folder::new();
    let file = uri(&folder.at("a.deluge"));
    let text = format!("x = \"😀é\"; authtoken = \"{TOKEN}\";");
    for (offered, encoding, character) in [
        (json!(["utf-8", "utf-16"]), "utf-8", 27),
        (json!(["utf-16"]), "utf-16", 24),
        (json!(["utf-32"]), "utf-16", 24),
    ] {
        let mut client = Client::with(folder.path(), json!({"general": {"positionEncodings": offered}}));
        assert_eq!(client.server["capabilities"]["positionEncoding"], encoding);
        let found = client.open(&file, &text);
        assert_eq!(found[0]["range"]["start"], json!({"line": 0, "character": character}), "{encoding}");
        // Behind the emoji an edit hits what is meant.
        let end = character + 32;
        let range = json!({"start": {"line": 0, "character": character}, "end": {"line": 0, "character": end}});
        client.change(&file, 2, json!([{"range": range, "text": ""}]));
        assert_eq!(client.diagnostics(&file, Some(2)), [] as [Value; 0]);
        client.end();
    }
}

#[test]
fn hovers_show_the_page_of_the_rule() {
    let folder = Folder::new();
    let file = uri(&folder.at("a.deluge"));
    let hover = |client: &mut Client, line: u32, character: u32| {
        let params = json!({"textDocument": {"uri": file}, "position": {"line": line, "character": character}});
        client.request("textDocument/hover", params)
    };
    let mut client = Client::new(folder.path());
    client.open(&file, BEFORE);
    let shown = hover(&mut client, 3, 60);
    assert_eq!(shown["contents"]["kind"], "markdown");
    let text = shown["contents"]["value"].as_str().unwrap();
    assert!(
        text.starts_with("## authtoken-in-query\n") && text.contains("## Why") && text.contains("```diff"),
        "{text}"
    );
    assert_eq!(shown["range"]["start"], json!({"line": 3, "character": 52}));
    assert_eq!(hover(&mut client, 0, 3), Value::Null);
    assert_masked(&client.end(), &[TOKEN]);
    let mut client = Client::with(folder.path(), json!({}));
    client.open(&file, BEFORE);
    let shown = hover(&mut client, 3, 60);
    assert_eq!(shown["contents"]["kind"], "plaintext");
    client.end();
}

#[test]
fn functions_are_symbols() {
    let folder = Folder::new();
    let file = uri(&folder.at("a.ds"));
    let text = "void automation.notify(int id)\n{\n\tinfo id;\n}\nstring desk.name()\n{\n\treturn \"é\";\n}\n";
    for (capabilities, nested) in [(capabilities(), true), (json!({}), false)] {
        let mut client = Client::with(folder.path(), capabilities);
        client.open(&file, text);
        let symbols = client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": file}}));
        let names: Vec<&str> = symbols.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["automation.notify", "desk.name"]);
        let whole = if nested { &symbols[1]["range"] } else { &symbols[1]["location"]["range"] };
        assert!(at(text, whole).starts_with("string desk.name()") && at(text, whole).ends_with('}'));
        if nested {
            assert_eq!(at(text, &symbols[1]["selectionRange"]), "desk.name");
        }
        assert_eq!(symbols[1]["kind"], 12);
        client.end();
    }
}

#[test]
fn a_mistake_in_the_configuration_is_shown_there_until_it_is_mended() {
    let folder = Folder::new();
    let mut client = Client::new(folder.path());
    let (file, config) = (uri(&folder.at("sub/a.deluge")), uri(&folder.at("authshift.toml")));
    assert_eq!(codes(&client.open(&file, BEFORE)), ["authtoken-in-query"]);
    let wanted = client.wait(|message| message["method"] == "client/registerCapability");
    assert!(wanted.to_string().contains("**/authshift.toml"), "{wanted}");
    folder.write("authshift.toml", "[[connection]]\nlink-name = \"desk_oauth\"\nservise = \"desk\"\n");
    let event = json!({"changes": [{"uri": config, "type": 2}]});
    client.notify("workspace/didChangeWatchedFiles", event.clone());
    let found = client.diagnostics(&file, None);
    assert!(found[0]["message"].as_str().unwrap().starts_with("not examined: "), "{found:?}");
    let told = client.diagnostics(&config, None);
    assert_eq!(told[0]["range"]["start"], json!({"line": 2, "character": 0}));
    assert!(told[0]["message"].as_str().unwrap().contains("did you mean `service`"), "{told:?}");
    assert_eq!(client.actions(&file, &everything(), None), [] as [Value; 0]);
    // Opened, it is diagnosed as it is typed.
    let open = client.open_as(&config, "toml", "[rules]\nauthtoken-in-query = \"warn\"\n");
    assert!(open[0]["message"].as_str().unwrap().contains("did you mean `warning`"), "{open:?}");
    client.change(&config, 2, json!([{"text": "[rules]\nauthtoken-in-query = \"warning\"\n"}]));
    assert_eq!(client.diagnostics(&config, Some(2)), [] as [Value; 0]);
    client.close(&config);
    assert_eq!(client.diagnostics(&config, None), [] as [Value; 0]);
    folder.write(
        "authshift.toml",
        "[rules]\nauthtoken-in-query = \"warning\"\n[[connection]]\nlink-name = \"d\"\nservice = \"desk\"\n",
    );
    client.notify("workspace/didChangeWatchedFiles", event);
    let found = client.diagnostics(&file, None);
    assert_eq!((found[0]["code"].as_str(), found[0]["severity"].as_i64()), (Some("authtoken-in-query"), Some(2)));
    client.end();
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let folder =
        Folder::empty().with("authshift.toml", "[files]\nexclude = [\"old\"]\ninclude = [\"scripts/*.txt\"]\n");
    let mut client = Client::new(folder.path());
    let mut found = |name: &str, language: &str| !client.open_as(&uri(&folder.at(name)), language, BEFORE).is_empty();
    assert!(found("a.dg", "plaintext") && found("b.dlg", "x") && found("c.ds", "") && found("D.DELUGE", ""));
    assert!(found("notes.txt", "deluge") && found("scripts/a.txt", "plaintext"), "the client, the configuration");
    assert!(!found("notes2.txt", "plaintext") && !found("a.js", "javascript") && !found("old/a.deluge", "deluge"));
    let unsaved = client.open_as("untitled:Untitled-1", "deluge", BEFORE);
    assert!(codes(&unsaved).contains(&"authtoken-in-query"), "{unsaved:?}");
    let manifest = "{\"service\": \"DESK\", \"config\": [{\"name\": \"t\", \"value\": \"x\"},]}";
    let found = client.open_as(&uri(&folder.at("plugin-manifest.json")), "json", manifest);
    assert!(codes(&found).contains(&"manifest-not-json"), "{found:?}");
    client.end();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is written");
}

#[test]
fn only_the_newest_version_is_diagnosed_however_fast_one_types() {
    let folder = Folder::new();
    let mut client = Client::new(folder.path());
    let file = uri(&folder.at("a.deluge"));
    client.open(&file, "");
    let end = |lines: usize| json!({"start": {"line": lines, "character": 0}, "end": {"line": lines, "character": 0}});
    for version in 2..=301 {
        let line = format!("x{version} = {version};\n");
        client.change(&file, version, json!([{"range": end(version as usize - 2), "text": line}]));
    }
    client.change(&file, 302, json!([{"range": end(300), "text": BEFORE}]));
    let found = client.diagnostics(&file, Some(302));
    assert_eq!(found[0]["range"]["start"], json!({"line": 303, "character": 52}));
    let log = client.end();
    let versions: Vec<i64> = log.iter().filter_map(|message| message["params"]["version"].as_i64()).collect();
    assert!(versions.is_sorted(), "{versions:?}");
}

#[test]
fn texts_of_every_kind_get_an_answer() {
    let folder = Folder::new();
    let mut client = Client::new(folder.path());
    let file = uri(&folder.at("a b é.deluge").with_file_name("ab.deluge"));
    assert_eq!(client.open(&file, ""), [] as [Value; 0]);
    assert_eq!(client.actions(&file, &everything(), None), [] as [Value; 0]);
    // Behind the end of the text, the end is meant.
    client.change(&file, 2, json!([{"range": everything(), "text": BEFORE.replace('\n', "\r")}]));
    let found = client.diagnostics(&file, Some(2));
    assert_eq!(found[0]["range"]["start"]["line"], 3, "a lone CR ends a line");
    client.change(&file, 3, json!([{"text": format!("\u{feff}{BEFORE}")}]));
    assert_eq!(codes(&client.diagnostics(&file, Some(3))), ["authtoken-in-query"]);
    assert_eq!(client.fixed(&file, &format!("\u{feff}{BEFORE}")), format!("\u{feff}{AFTER}"));
    client.change(&file, 4, json!([{"text": "x = \"a\0b\";"}]));
    let found = client.diagnostics(&file, Some(4));
    assert!(found[0]["message"].as_str().unwrap().starts_with("not examined: "), "{found:?}");
    client.change(&file, 5, json!([{"text": format!("x = {}1{};{BEFORE}", "(".repeat(200_000), ")".repeat(200_000))}]));
    let deep = client.diagnostics(&file, Some(5));
    assert!(!deep.is_empty(), "deep nesting is no clean result");
    // Afterwards all is as before.
    client.change(&file, 6, json!([{"text": BEFORE}]));
    assert_eq!(codes(&client.diagnostics(&file, Some(6))), ["authtoken-in-query"]);
    client.end();
}

#[test]
fn a_large_document_can_be_closed_while_it_is_examined() {
    let folder = Folder::new();
    let mut client = Client::new(folder.path());
    let (large, small) = (uri(&folder.at("large.deluge")), uri(&folder.at("small.deluge")));
    let text = format!("{}{BEFORE}", "info \"one line of many, as long as they are\";\n".repeat(115_000));
    assert!(text.len() > 5 << 20);
    let item = json!({"uri": large, "languageId": "deluge", "version": 1, "text": text});
    client.notify("textDocument/didOpen", json!({"textDocument": item}));
    let item = json!({"uri": small, "languageId": "deluge", "version": 1, "text": BEFORE});
    client.notify("textDocument/didOpen", json!({"textDocument": item}));
    // Requests do not wait for it.
    assert!(!client.actions(&small, &everything(), None).is_empty());
    client.close(&large);
    assert_eq!(client.diagnostics(&large, None), [] as [Value; 0]);
    let log = client.end();
    let of_large: Vec<&Value> = log.iter().filter(|message| message["params"]["uri"] == large).collect();
    assert_eq!(of_large.last().unwrap()["params"]["diagnostics"], json!([]), "what is closed is clean");
}

#[test]
fn the_protocol_is_kept() {
    let folder = Folder::new();
    let mut client = start(folder.path(), &["--stdio"]);
    assert_eq!(client.failure("textDocument/hover", json!({})), -32002, "before `initialize`");
    client.initialize(capabilities());
    assert_eq!(client.failure("initialize", json!({"capabilities": {}})), -32600, "twice");
    assert_eq!(client.failure("textDocument/rename", json!({})), -32601);
    assert_eq!(client.failure("textDocument/hover", json!({"textDocument": TOKEN})), -32602);
    client.notify("$/setTrace", json!({"value": "off"}));
    client.notify("textDocument/didOpen", json!({"no": "document"}));
    client.notify(
        "textDocument/didChange",
        json!({"textDocument": {"uri": "file:///x", "version": 1}, "contentChanges": []}),
    );
    let hover = json!({"textDocument": {"uri": "file:///not-open"}, "position": {"line": 0, "character": 0}});
    assert_eq!(client.request("textDocument/hover", hover), Value::Null);
    assert_eq!(client.request("shutdown", Value::Null), Value::Null);
    assert_eq!(client.failure("textDocument/hover", json!({})), -32600, "after `shutdown`");
    client.notify("exit", Value::Null);
    let (status, errors, log) = client.wait_for_end();
    assert_eq!((status, errors.as_str()), (0, ""));
    assert_masked(&log, &[TOKEN]);
}

#[test]
fn the_exit_status_is_that_of_the_protocol() {
    let folder = Folder::new();
    let mut client = Client::new(folder.path());
    client.notify("exit", Value::Null);
    assert_eq!(client.wait_for_end().0, 1, "`exit` without `shutdown`");
    let client = Client::new(folder.path());
    let (status, errors, _) = client.wait_for_end();
    assert_eq!(status, 2, "the input ends");
    assert!(errors.contains("the input ended before the client said `exit`"), "{errors}");
    let mut client = Client::new(folder.path());
    client.send(&json!(format!("what is that? {TOKEN}")));
    let (status, errors, _) = client.wait_for_end();
    assert!(status == 2 && !errors.contains("fake0desk") && errors.contains("is not a message"), "{errors}");
    let (status, errors, _) = start(folder.path(), &["--config", "missing.toml"]).wait_for_end();
    assert!(status == 2 && !errors.is_empty(), "{errors}");
}

/// A session that is sent in one piece is answered to its end.
#[test]
fn what_was_asked_before_the_end_is_answered() {
    let folder = Folder::new();
    let mut client = Client::new(folder.path());
    let file = uri(&folder.at("a.deluge"));
    let item = json!({"uri": file, "languageId": "deluge", "version": 1, "text": BEFORE});
    client.notify("textDocument/didOpen", json!({"textDocument": item}));
    let symbols = client.ask("textDocument/documentSymbol", json!({"textDocument": {"uri": file}}));
    let shutdown = client.ask("shutdown", Value::Null);
    client.notify("exit", Value::Null);
    let (status, _, log) = client.wait_for_end();
    assert_eq!(status, 0);
    let ids: Vec<i64> = log
        .iter()
        .filter(|message| message.get("method").is_none())
        .filter_map(|message| message["id"].as_i64())
        .collect();
    assert!(ids.ends_with(&[symbols, shutdown]), "{ids:?}");
    assert!(log.iter().any(|message| message["params"]["diagnostics"][0]["code"] == "authtoken-in-query"));
}
