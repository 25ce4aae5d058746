//! Rule `moved-host` and the key `upgrade-hosts` from the outside; what becomes of the code is in `fixtures/E02-…`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use serde_json::Value;
use support::{authshift, code, stderr, stdout};
use tempfile::TempDir;

const FILE: &str = "f.deluge";

fn connected(url: &str) -> String {
    format!("r = invokeurl\n[\n\turl :\"{url}\"\n\ttype :GET\n\tconnection :\"link\"\n];\n")
}

/// A folder with one function, and with this configuration if it is not empty.
fn folder(function: &str, configuration: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    std::fs::write(folder.path().join(FILE), function).unwrap();
    if !configuration.is_empty() {
        std::fs::write(folder.path().join("authshift.toml"), configuration).unwrap();
    }
    folder
}

fn findings(folder: &TempDir) -> Vec<Value> {
    let output = authshift(folder.path(), &["check", "--output-format", "json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    document["findings"].as_array().unwrap().clone()
}

#[test]
fn the_note_alone_never_makes_the_exit_status_1() {
    for configuration in ["", "upgrade-hosts = false\n"] {
        let folder = folder(&connected("https://books.zoho.com/api/v3/items"), configuration);
        for command in [&["check"][..], &["scan"], &["fix"], &["fix", "--write"]] {
            let output = authshift(folder.path(), command);
            assert_eq!(code(&output), 0, "{command:?}: {}", stderr(&output));
            assert!((stdout(&output) + &stderr(&output)).contains("moved-host"), "{command:?}");
        }
    }
}

#[test]
fn an_address_that_refuses_is_a_warning_unless_the_configuration_says_otherwise() {
    let of = |url: &str, configuration: &str| {
        let folder = folder(&connected(url), configuration);
        assert_eq!(code(&authshift(folder.path(), &["check"])), 0);
        let found = findings(&folder);
        let [finding] = found.as_slice() else { panic!("{found:?}") };
        (finding["severity"].clone(), finding["message"].as_str().unwrap().contains("INVALID_HOST"))
    };
    let crm = "https://crm.zoho.com/crm/v3/Leads";
    assert_eq!(of(crm, ""), (Value::from("warning"), true));
    assert_eq!(of("https://books.zoho.com/api/v3/items", ""), (Value::from("note"), false));
    assert_eq!(
        of("https://creator.zoho.com/api/v2/o/a/report/r", "upgrade-hosts = true\n"),
        (Value::from("note"), false)
    );
    assert_eq!(of(crm, "[rules]\nmoved-host = \"note\"\n"), (Value::from("note"), true));
}

#[test]
fn the_key_makes_it_a_change_that_can_be_applied() {
    let folder = folder(&connected("https://books.zoho.com/api/v3/items"), "upgrade-hosts = true\n");
    assert_eq!(code(&authshift(folder.path(), &["check"])), 0);
    let preview = authshift(folder.path(), &["fix"]);
    assert_eq!(code(&preview), 1, "a change to make");
    assert!(stdout(&preview).contains("+\turl :\"https://www.zohoapis.com/books/v3/items\""));
    let written = authshift(folder.path(), &["fix", "--write"]);
    assert_eq!((code(&written), stdout(&written).trim()), (0, "fixed f.deluge"));
    let text = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
    assert_eq!(text, connected("https://www.zohoapis.com/books/v3/items"));
    assert!(findings(&folder).is_empty());
}

#[test]
fn json_tells_where_it_moved_and_has_the_edit_when_there_is_one() {
    let text = connected("https://books.zohocloud.ca/api/v3/items");
    let at = text.find("books").unwrap();
    let found = findings(&folder(&text, "upgrade-hosts = true\n"));
    let [finding] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&finding["severity"], &finding["applicability"]), (&Value::from("note"), &Value::from("safe")));
    assert_eq!((&finding["service"], &finding["data_center"]), (&Value::from("books"), &Value::from("ca")));
    assert_eq!(finding["range"]["start"]["byte"], at);
    assert_eq!(finding["range"]["end"]["byte"], at + "books.zohocloud.ca/api/v3".len());
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains("books.zohocloud.ca/api/v3") && message.contains("www.zohoapis.ca/books/v3"));
    let mut changed = text.clone();
    for edit in finding["fix"]["edits"].as_array().unwrap().iter().rev() {
        let offset = |key: &str| usize::try_from(edit[key].as_u64().unwrap()).unwrap();
        changed.replace_range(offset("start")..offset("end"), edit["replacement"].as_str().unwrap());
    }
    assert_eq!(changed, connected("https://www.zohoapis.ca/books/v3/items"));

    let found = findings(&folder(&text, ""));
    let [finding] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&finding["applicability"], &finding["fix"]), (&Value::from("manual"), &Value::Null));
    assert!(finding["notes"].to_string().contains("upgrade-hosts = true"));
}

#[test]
fn the_note_tells_what_has_no_source() {
    let notes = |url: &str| findings(&folder(&connected(url), ""))[0]["notes"].to_string();
    for url in ["https://books.zoho.com/api/v3", "https://invoice.zoho.eu/api/v3/items"] {
        assert!(notes(url).contains("not confirmed by Zoho's documentation: that the old one still answers"), "{url}");
    }
    for url in ["https://inventory.zoho.com/api/v1", "https://subscriptions.zoho.in/api/v1/plans"] {
        assert!(notes(url).contains("not confirmed by Zoho's documentation: both addresses"), "{url}");
    }
    assert!(notes("https://invoice.zoho.uk/api/v3/items").contains("taken from the pattern of the others"));
}

#[test]
fn the_configuration_sets_its_severity() {
    let function = connected("https://books.zoho.com/api/v3/items");
    let error = folder(&function, "[rules]\nmoved-host = \"error\"\n");
    assert_eq!(code(&authshift(error.path(), &["check"])), 1);
    let off = folder(&function, "[rules]\nmoved-host = \"off\"\n");
    assert!(findings(&off).is_empty());
}

/// A change to one request never waits for another that cannot be changed, unless they share a part of their address.
#[test]
fn requests_that_share_nothing_do_not_wait_for_one_another() {
    let text = connected("https://books.zoho.com/api/v3/a") + &connected("http://books.zoho.com/api/v3/b");
    let folder = folder(&text, "upgrade-hosts = true\n");
    assert_eq!(code(&authshift(folder.path(), &["fix", "--write"])), 0);
    let expected = connected("https://www.zohoapis.com/books/v3/a") + &connected("http://books.zoho.com/api/v3/b");
    assert_eq!(std::fs::read_to_string(folder.path().join(FILE)).unwrap(), expected);
    assert_eq!(findings(&folder).len(), 1);
}
