//! `authshift manifest add` from the outside, and manifests as files among others.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;
use std::path::Path;

use support::folder::{Folder, folder};
use support::{authshift, code, piped, stderr, stdout};

/// The sample of Zoho's Desk extension guide (facts 7.2), before its Connections were in it, and with them.
const DESK: &str = "{\n  \"locale\": [\n    \"en\",\n    \"ta\"\n  ],\n  \"service\": \"DESK\",\n  \"storage\": false,\n  \"zohoAuthorisation\": {},\n  \"connectors\": [],\n  \"config\": []\n}\n";
const BOTH: &str = "{\n  \"locale\": [\n    \"en\",\n    \"ta\"\n  ],\n  \"service\": \"DESK\",\n  \"storage\": false,\n  \"zohoAuthorisation\": {\n    \"type\": \"connectors\",\n    \"connectionLinkName\": \"zohodesk\",\n    \"connectionName\": \"zohodesk\",\n    \"serviceName\": \"zlabs_integration\",\n    \"userAccess\": true,\n    \"isUserDefinedService\": false,\n    \"sharedBy\": \"1234567\",\n    \"scope\": [\n      \"Desk.tickets.ALL\"\n    ]\n  },\n  \"connectors\": [\n    {\n      \"connectionLinkName\": \"woocommtest\",\n      \"connectionName\": \"woocommtest\",\n      \"serviceName\": \"woocommerce\",\n      \"userAccess\": true,\n      \"isUserDefinedService\": false,\n      \"sharedBy\": \"1234567\"\n    }\n  ],\n  \"config\": []\n}\n";
const ZOHO: &str = r#"{"connectionLinkName":"zohodesk","connectionName":"zohodesk","serviceName":"zlabs_integration","userAccess":true,"isUserDefinedService":false,"sharedBy":"1234567","scope":["Desk.tickets.ALL"]}"#;
const SHOP: &str = r#"{"connectionLinkName":"woocommtest","connectionName":"woocommtest","serviceName":"woocommerce","userAccess":true,"isUserDefinedService":false,"sharedBy":"1234567"}"#;

fn read(folder: &Folder, file: &str) -> String {
    fs::read_to_string(folder.path().join(file)).unwrap()
}

#[test]
fn zohos_own_sample_is_made() {
    let folder = folder(&[("plugin-manifest.json", DESK), ("zoho.json", ZOHO), ("shop.json", SHOP)]);
    let shown = authshift(folder.path(), &["manifest", "add", "zoho.json"]);
    assert_eq!(code(&shown), 1);
    assert!(stdout(&shown).contains("+    \"connectionLinkName\": \"zohodesk\","), "{}", stdout(&shown));
    assert_eq!(stderr(&shown), "");
    assert_eq!(read(&folder, "plugin-manifest.json"), DESK, "nothing is written yet");
    for connection in ["zoho.json", "shop.json"] {
        let written = authshift(folder.path(), &["manifest", "add", connection, "--write"]);
        assert_eq!((code(&written), stdout(&written).as_str()), (0, "changed plugin-manifest.json\n"));
    }
    assert_eq!(read(&folder, "plugin-manifest.json"), BOTH);
    let again = authshift(folder.path(), &["manifest", "add", "zoho.json"]);
    assert_eq!((code(&again), stdout(&again).as_str()), (0, ""));
}

#[test]
fn the_nearest_manifest_is_taken_and_a_named_one_may_have_any_name() {
    let folder =
        folder(&[("plugin-manifest.json", DESK), ("app/js/x.js", ""), ("zoho.json", ZOHO), ("other.json", DESK)]);
    let below = authshift(&folder.path().join("app/js"), &["manifest", "add", "../../zoho.json", "-w"]);
    assert_eq!(code(&below), 0, "{}", stderr(&below));
    assert_ne!(read(&folder, "plugin-manifest.json"), DESK);
    let piped = piped(folder.path(), &["manifest", "add", "-", "other.json", "-w", "--backup", "-q"], ZOHO);
    assert_eq!((code(&piped), stdout(&piped), stderr(&piped)), (0, String::new(), String::new()));
    assert_eq!(read(&folder, "other.json"), read(&folder, "plugin-manifest.json"));
    assert_eq!(read(&folder, "other.json.bak"), DESK);
}

#[test]
fn an_error_names_the_file_and_the_place() {
    let broken = "{\n  \"service\": \"DESK\"\n  \"config\": []\n}\n";
    let folder = folder(&[
        ("broken.json", broken),
        ("zoho.json", ZOHO),
        ("secret.json", "{\"connectionLinkName\": \"a\",\n \"clientSecret\": \"fake0client0secret0value\"}"),
    ]);
    let failed = |arguments: &[&str]| {
        let output = authshift(folder.path(), &[&["manifest", "add"], arguments].concat());
        assert_eq!((code(&output), stdout(&output).as_str()), (2, ""), "{arguments:?}");
        stderr(&output)
    };
    assert_eq!(failed(&["zoho.json", "broken.json"]), "error: broken.json:3:3: expected `,` or `}`, found `\"`\n");
    let secret = failed(&["secret.json", "broken.json"]);
    assert!(secret.starts_with("error: secret.json:2:2: \"clientSecret\" holds a secret"), "{secret}");
    assert!(!secret.contains("fake0"), "{secret}");
    assert!(failed(&["zoho.json"]).contains("there is no plugin-manifest.json here or in a folder above"));
    assert!(failed(&["none.json", "broken.json"]).contains("none.json: cannot read it"));
    assert!(failed(&["zoho.json", "none.json"]).contains("none.json: cannot read it"));
    assert_eq!(read(&folder, "broken.json"), broken);
}

#[test]
fn deep_nesting_and_long_lists_get_an_answer() {
    let deep =
        format!("{{\"service\": \"MAIL\", \"connectors\": [], \"x\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let scopes: Vec<String> = (0..10_000).map(|index| format!("\"Desk.tickets.{index}\"")).collect();
    let entry = |first: usize| {
        let link = "\"connectionLinkName\": \"a\", \"serviceName\": \"x\"";
        format!("{{{link}, \"scope\": [{}]}}", scopes[first..].join(","))
    };
    let wide = format!("{{\"service\": \"MAIL\", \"connectors\": [{}]}}", entry(1));
    let folder =
        folder(&[("deep.json", &deep), ("wide.json", &wide), ("entry.json", &entry(0)), ("half.json", &entry(5_000))]);
    let answer = |connection: &str, manifest: &str| {
        code(&authshift(folder.path(), &["manifest", "add", connection, manifest, "-w", "-q"]))
    };
    assert!(matches!(answer("half.json", "deep.json"), 0 | 2));
    assert_eq!([answer("entry.json", "wide.json"), answer("half.json", "wide.json")], [0, 0]);
    assert_eq!(read(&folder, "wide.json").matches("Desk.tickets").count(), 5_000);
}

const USE: &str = "ZOHODESK.request({ url: u, type: \"GET\", connectionLinkName: \"zohodesk\" });\n";

/// The lines of `check` in the folder, without what follows the message.
fn checked(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let output = authshift(folder, &[&["check"], arguments].concat());
    stdout(&output).lines().map(|line| line.split(": copy").next().unwrap().to_owned()).collect()
}

fn lacking(place: &str, manifest: &str) -> String {
    format!("{place}: error[manifest-connector-missing]: {manifest} does not list the Connection \"zohodesk\"")
}

#[test]
fn a_broken_manifest_is_an_error_and_the_other_files_go_on() {
    let twice = "{\n  \"service\": \"DESK\",\n  \"service\": \"CRM\"\n}\n";
    let old = "x = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + authtoken);\n";
    let folder = folder(&[("a/plugin-manifest.json", twice), ("b/plugin-manifest.json", "{,}"), ("c.dg", old)]);
    for command in ["check", "scan", "fix", "plan"] {
        let output = authshift(folder.path(), &[command]);
        let errors = stderr(&output);
        assert_eq!(code(&output), 2, "{command}: {errors}");
        let first = "error: a/plugin-manifest.json:3:3: the key \"service\" is already in line 2, column 3\n";
        let second = "error: b/plugin-manifest.json:1:2: expected a key in double quotes or `}`, found `,`\n";
        assert!(errors.contains(first) && errors.contains(second), "{command}: {errors}");
        let all = stdout(&output) + &errors;
        assert!(all.contains("c.dg"), "{command}: {all}");
    }
}

#[test]
fn the_manifest_counts_also_when_only_the_code_is_named() {
    let folder = folder(&[
        ("plugin-manifest.json", DESK),
        ("app/w.js", USE),
        ("app/page.html", &format!("<script>{USE}</script>")),
    ]);
    let walked = checked(folder.path(), &[]);
    let expected =
        [lacking("app/page.html:1:70", "plugin-manifest.json"), lacking("app/w.js:1:62", "plugin-manifest.json")];
    assert_eq!(walked, expected);
    assert_eq!(checked(folder.path(), &["app/w.js"]), expected[1..]);
    let piped = piped(folder.path(), &["check", "-", "--stdin-filename", "app/new.js"], USE);
    assert!(stdout(&piped).starts_with(&lacking("app/new.js:1:62", "plugin-manifest.json")), "{}", stdout(&piped));
    fs::write(folder.path().join("zoho.json"), ZOHO).unwrap();
    assert_eq!(code(&authshift(folder.path(), &["manifest", "add", "zoho.json", "--write"])), 0);
    assert_eq!(checked(folder.path(), &[]), [""; 0]);
}

#[test]
fn the_nearest_manifest_of_the_repository_counts() {
    let finance = "{\"service\": \"FINANCE\", \"usedConnections\": [{\"connectionLinkName\": \"zohodesk\"}]}";
    let folder = folder(&[
        ("plugin-manifest.json", DESK),
        ("one/plugin-manifest.json", finance),
        ("one/app/w.js", USE),
        ("two/public/plugin-manifest.json", DESK),
        ("two/src/w.ts", USE),
        ("three/.git/HEAD", ""),
        ("three/w.js", USE),
    ]);
    assert_eq!(checked(folder.path(), &["one", "three"]), [""; 0]);
    assert_eq!(checked(folder.path(), &["two"]), [lacking("two/src/w.ts:1:62", "two/public/plugin-manifest.json")]);
}

#[test]
fn what_the_code_asks_of_a_manifest_is_sought_in_the_whole_extension() {
    let manifest = BOTH.replace("\"config\": []", "\"config\": [{\"name\": \"desk_key\"}]");
    let code = "a = invokeurl [url:\"https://desk.zoho.com/api/v1/agents\" type:GET connection:\"zohodesk\"];\n";
    let token = "f({headers: {Authorization: \"Zoho-authtoken {{desk_key}}\"}});\n";
    let folder = folder(&[
        ("plugin-manifest.json", &manifest),
        ("functions/a.dg", code),
        ("app/w.js", token),
        ("old/plugin-manifest.json", "{\"service\": \"DESK\"}"),
        ("old/w.js", token),
        ("authshift.toml", "[files]\nexclude = [\"archive/**\"]\n"),
        ("archive/w.js", token),
    ]);
    let rules = |folder: &Path| -> Vec<String> {
        let output = authshift(folder, &["check", "--output-format", "json", "plugin-manifest.json"]);
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = document["findings"].as_array().unwrap().clone();
        findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(rules(folder.path()), ["manifest-scope", "manifest-authtoken-config"]);
    fs::remove_file(folder.path().join("app/w.js")).unwrap();
    fs::write(folder.path().join("functions/a.dg"), code.replace("agents", "tickets")).unwrap();
    assert_eq!(rules(folder.path()), [""; 0]);
}
