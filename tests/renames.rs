//! Renamed Connections from the outside: `[renamed-connections]` and `rename-connection`, in functions, widgets and
//! manifests. What is expected comes from the product's description.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use authshift::finding::Applicability;
use authshift::fix::rename;
use authshift::project::Project;
use authshift::project::config::Config;
use authshift::project::format::Format;
use authshift::project::widget::Language;
use authshift::text::source::Source;
use proptest::prelude::*;
use serde_json::Value;
use support::folder::{Folder, folder};
use support::{authshift, code, piped, stderr, stdout};

const TOKEN: &str = "fake0link0token0aaaabbbbccccdddd";

const RENAMED: &str = "[renamed-connections]\ndesk_old = \"desk_new\"\n";

const FUNCTION: &str =
    "x = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/agents\"\n\tconnection:\"desk_old\"\n];\n";

const SCRIPT: &str = "const name = \"desk_old\";\nZOHODESK.request({url: u, connectionLinkName: \"desk_old\"});\n";

const PAGE: &str = "<html><script>ZOHO.CRM.CONNECTION.invoke('desk_old', {})</script><p>desk_old</p></html>\n";

const MANIFEST: &str = "\u{feff}{\r\n  \"service\" : \"DESK\", // desk_old\r\n  \"zohoAuthorisation\": {\"connectionName\":\"desk_old\",\
                        \"connectionLinkName\":\"desk_old\" },\r\n  \"connectors\": [ {\"connectionLinkName\":\"woo\"}, ]\r\n}";

/// A file whose places that name the Connection name the new one.
fn new(text: &str) -> String {
    let pairs = ["connection:\"", "connectionLinkName: \"", "invoke('", "connectionLinkName\":\""];
    pairs
        .iter()
        .fold(text.to_owned(), |text, before| text.replace(&format!("{before}desk_old"), &format!("{before}desk_new")))
}

const FILES: &[(&str, &str)] = &[
    ("functions/a.deluge", FUNCTION),
    ("functions/b.txt", FUNCTION),
    ("widget/app/main.js", SCRIPT),
    ("widget/app/view.tsx", SCRIPT),
    ("widget/app/widget.html", PAGE),
    ("widget/plugin-manifest.json", MANIFEST),
];

fn with_config(config: &str) -> Folder {
    let files: Vec<(&str, &str)> = FILES.iter().copied().chain([("authshift.toml", config)]).collect();
    folder(&files)
}

fn read(folder: &Folder, file: &str) -> String {
    fs::read_to_string(folder.path().join(file)).unwrap()
}

fn assert_renamed(folder: &Folder) {
    for (file, text) in FILES {
        assert_ne!(new(text), *text);
        assert_eq!(read(folder, file), new(text), "{file}");
    }
}

fn assert_untouched(folder: &Folder) {
    FILES.iter().for_each(|(file, text)| assert_eq!(read(folder, file), *text, "{file}"));
}

fn run(folder: &Folder, arguments: &[&str]) -> Output {
    authshift(folder.path(), arguments)
}

/// `path:line rule applicability` of each finding.
fn findings(folder: &Folder) -> Vec<String> {
    let output = run(folder, &["check", "--output-format", "json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let show = |finding: &Value| {
        let word = |key: &str| finding[key].as_str().unwrap().to_owned();
        let line = &finding["range"]["start"]["line"];
        format!("{}:{line} {} {}", word("path"), word("rule"), word("applicability"))
    };
    document["findings"].as_array().unwrap().iter().map(show).collect()
}

#[test]
fn one_line_of_configuration_renames_everywhere_at_once() {
    let folder = with_config(RENAMED);
    assert_eq!(
        findings(&folder),
        [
            "functions/a.deluge:4 renamed-connection safe",
            "functions/b.txt:4 renamed-connection safe",
            "widget/app/main.js:2 renamed-connection safe",
            "widget/app/view.tsx:2 renamed-connection safe",
            "widget/app/widget.html:1 renamed-connection safe",
            "widget/plugin-manifest.json:2 manifest-not-json manual",
            "widget/plugin-manifest.json:3 renamed-connection safe",
            "widget/plugin-manifest.json:4 manifest-not-json manual",
        ]
    );
    let preview = run(&folder, &["fix"]);
    assert_eq!(code(&preview), 1);
    assert!(stdout(&preview).contains("\n+++ widget/plugin-manifest.json\n"), "{}", stdout(&preview));
    assert_untouched(&folder);
    assert_eq!(code(&run(&folder, &["fix", "--write"])), 0);
    assert_renamed(&folder);
    let again = run(&folder, &["fix", "--write"]);
    assert_eq!((code(&again), stdout(&again)), (0, String::new()));
}

#[test]
fn the_command_does_the_same_without_a_configuration_and_migrates_nothing() {
    let folder = with_config("default-connection = \"zoho\"\n");
    let token = format!("x = getUrl(\"https://desk.zoho.com/api/v1/agents?authtoken={TOKEN}\");\n");
    fs::write(folder.path().join("functions/token.deluge"), &token).unwrap();
    let preview = run(&folder, &["rename-connection", "desk_old", "desk_new"]);
    assert_eq!(code(&preview), 1);
    assert_eq!(stdout(&preview).matches("\n+").count(), 6 + 6, "{}", stdout(&preview));
    assert!(stderr(&preview).contains("would fix 6 findings in 6 files"), "{}", stderr(&preview));
    assert_untouched(&folder);
    let written = run(&folder, &["rename-connection", "--write", "desk_old", "desk_new", "functions", "widget"]);
    assert_eq!((code(&written), stderr(&written)), (0, "fixed 6 findings in 6 files\n".to_owned()));
    assert_renamed(&folder);
    assert_eq!(read(&folder, "functions/token.deluge"), token);
    let again = run(&folder, &["rename-connection", "-w", "desk_old", "desk_new"]);
    assert_eq!((code(&again), stdout(&again)), (0, String::new()));
    assert!(stderr(&again).contains("`desk_old` is not named in"), "{}", stderr(&again));
}

#[test]
fn without_renames_and_without_a_manifest_no_widget_is_read_for_connections() {
    let folder = with_config("default-connection = \"zoho\"\n");
    fs::remove_file(folder.path().join("widget/plugin-manifest.json")).unwrap();
    let output = run(&folder, &["check", "-v"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    // Its code is looked through for authtokens, as that of any app.
    assert!(stderr(&output).contains("widget.html: skipped: does not look like Deluge"), "{}", stderr(&output));
}

#[test]
fn a_patch_a_backup_and_standard_input_work_as_in_fix() {
    let folder = with_config("");
    assert_eq!(code(&run(&folder, &["rename-connection", "desk_old", "desk_new", "--patch", "exact.patch"])), 1);
    let applied = Command::new("git").args(["apply", "exact.patch"]).current_dir(folder.path()).output().unwrap();
    assert!(applied.status.success(), "{}", stderr(&applied));
    assert_renamed(&folder);

    let folder = with_config("");
    assert_eq!(code(&run(&folder, &["rename-connection", "-w", "--backup", "desk_old", "desk_new", "widget"])), 0);
    assert_eq!(read(&folder, "widget/app/main.js.bak"), SCRIPT);
    assert_eq!(read(&folder, "functions/a.deluge"), FUNCTION);

    for (name, text) in FILES {
        let arguments = ["rename-connection", "desk_old", "desk_new", "-", "--stdin-filename", name];
        let output = piped(folder.path(), &arguments, text);
        assert_eq!((code(&output), stdout(&output)), (0, new(text)), "{name}");
    }
}

#[test]
fn names_that_make_no_sense_are_errors() {
    let folder = with_config("");
    for names in [["a", "a"], ["a", "1b"], ["a", "b-c"], ["a", ""], ["", "b"]] {
        let output = run(&folder, &["rename-connection", names[0], names[1]]);
        assert_eq!(code(&output), 2, "{names:?}");
        assert!(stderr(&output).starts_with("error: "), "{}", stderr(&output));
    }
    // Zoho made LinkNames with other characters once; the old one only has to be found.
    let odd = FUNCTION.replace("desk_old", "desk-old 1");
    fs::write(folder.path().join("functions/a.deluge"), odd).unwrap();
    assert_eq!(code(&run(&folder, &["rename-connection", "-w", "desk-old 1", "desk_new"])), 0);
    assert_eq!(read(&folder, "functions/a.deluge"), new(FUNCTION));
}

#[test]
fn a_configuration_that_says_otherwise_is_an_error() {
    for (config, why) in [
        ("[renamed-connections]\ndesk_old = \"other\"\n", "`desk_old` was renamed to `other`"),
        ("[renamed-connections]\ndesk_new = \"other\"\n", "`desk_new` was itself renamed to `other`"),
        ("[[connection]]\nlink-name = \"desk_new\"\nauthtoken-based = true\n", "`desk_new` is `authtoken-based`"),
    ] {
        let folder = with_config(config);
        let output = run(&folder, &["rename-connection", "-w", "desk_old", "desk_new"]);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
        assert_untouched(&folder);
        assert_eq!(code(&run(&folder, &["rename-connection", "--isolated", "-w", "desk_old", "desk_new"])), 0);
        assert_renamed(&folder);
    }
    let folder = with_config(RENAMED);
    assert_eq!(code(&run(&folder, &["rename-connection", "-w", "desk_old", "desk_new"])), 0);
    assert_renamed(&folder);
}

#[test]
fn a_configuration_that_names_the_old_one_is_pointed_out_and_kept() {
    let config = "[[connection]]\nlink-name = \"desk_old\"\nservice = \"desk\"\n";
    let folder = with_config(config);
    let output = run(&folder, &["rename-connection", "-w", "desk_old", "desk_new"]);
    assert_eq!(code(&output), 0);
    assert!(stderr(&output).contains("authshift.toml names `desk_old` too and is not edited"), "{}", stderr(&output));
    assert_eq!(read(&folder, "authshift.toml"), config);
    assert_eq!(stderr(&run(&folder, &["rename-connection", "-q", "desk_new", "desk_old"])), "");
}

#[test]
fn renaming_to_an_authtoken_based_connection_is_an_error_of_the_configuration() {
    let based = "[[connection]]\nlink-name = \"desk_new\"\nauthtoken-based = true\n";
    let folder = with_config(&format!("{RENAMED}{based}"));
    let output = run(&folder, &["fix"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("authshift.toml:2:1: `desk_old` is renamed to `desk_new`, which is"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_manifest_keeps_its_link_names_distinct() {
    let two = "{\"connectors\":[{\"connectionLinkName\":\"desk_old\"},{\"connectionLinkName\":\"desk_new\"}]}";
    let folder = folder(&[("a.deluge", FUNCTION), ("plugin-manifest.json", two), ("authshift.toml", RENAMED)]);
    assert_eq!(
        findings(&folder),
        ["a.deluge:4 renamed-connection safe", "plugin-manifest.json:1 renamed-connection manual"]
    );
    let output = run(&folder, &["fix", "--write"]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("the manifest has another Connection \"desk_new\""), "{}", stderr(&output));
    assert_eq!(read(&folder, "a.deluge"), new(FUNCTION));
    assert_eq!(read(&folder, "plugin-manifest.json"), two);

    fs::write(folder.path().join("plugin-manifest.json"), two.replace("desk_new", "desk_older")).unwrap();
    fs::write(folder.path().join("authshift.toml"), format!("{RENAMED}desk_older = \"desk_new\"\n")).unwrap();
    let output = run(&folder, &["fix", "--write"]);
    assert_eq!(code(&output), 1);
    assert_eq!(
        stderr(&output).matches("two Connections of the manifest would become").count(),
        2,
        "{}",
        stderr(&output)
    );
    assert_eq!(read(&folder, "plugin-manifest.json"), two.replace("desk_new", "desk_older"));
}

#[test]
fn a_name_with_escapes_in_a_manifest_is_the_same_name() {
    let folder = folder(&[
        ("plugin-manifest.json", "{\"zohoAuthorisation\":{\"connectionLinkName\":\"desk\\u005fold\"}}"),
        ("authshift.toml", RENAMED),
    ]);
    assert_eq!(code(&run(&folder, &["fix", "--write"])), 0);
    assert_eq!(read(&folder, "plugin-manifest.json"), "{\"zohoAuthorisation\":{\"connectionLinkName\":\"desk_new\"}}");
}

#[test]
fn a_broken_manifest_is_an_error_and_the_others_go_on() {
    let folder = with_config(RENAMED);
    fs::write(folder.path().join("widget/plugin-manifest.json"), "{\n  \"service\" \"DESK\"\n}").unwrap();
    let output = run(&folder, &["fix", "--write"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("plugin-manifest.json:2:13: expected `:`"), "{}", stderr(&output));
    assert_eq!(read(&folder, "functions/a.deluge"), new(FUNCTION));
    assert_eq!(read(&folder, "widget/app/main.js"), new(SCRIPT));
}

#[test]
fn a_broken_manifest_hides_no_finding() {
    let based = "[[connection]]\nlink-name = \"desk_old\"\nauthtoken-based = true\n";
    let folder = with_config(based);
    fs::write(folder.path().join("widget/plugin-manifest.json"), "{ broken").unwrap();
    assert_eq!(
        findings(&folder),
        [
            "functions/a.deluge:4 authtoken-connection manual",
            "functions/b.txt:4 authtoken-connection manual",
            "widget/app/main.js:2 authtoken-connection manual",
            "widget/app/view.tsx:2 authtoken-connection manual",
            "widget/app/widget.html:1 authtoken-connection manual",
        ]
    );
    assert_eq!(code(&run(&folder, &["check"])), 2);
}

#[test]
fn a_comment_on_authtokens_is_no_remark_on_a_rename() {
    let text = format!("// paste your authtoken here\n{FUNCTION}");
    let folder = folder(&[("a.deluge", &text), ("authshift.toml", RENAMED)]);
    let output = run(&folder, &["scan"]);
    assert!(stdout(&output).contains("change \"desk_old\" to \"desk_new\""));
    assert!(!stdout(&output).contains("mentions the token"), "{}", stdout(&output));
}

#[test]
fn a_rule_that_is_off_renames_nothing() {
    let folder = with_config(&format!("{RENAMED}[rules]\nrenamed-connection = \"off\"\n"));
    let others = |finding: &String| !finding.contains("manifest-not-json");
    assert_eq!(findings(&folder).into_iter().filter(others).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(code(&run(&folder, &["fix", "--write"])), 0);
    assert_untouched(&folder);
}

#[test]
fn the_diff_of_a_widget_masks_what_stands_under_a_tokens_name() {
    let script = format!("var authtoken = \"{TOKEN}\", authToken2 = \"abc123def456\";\n{SCRIPT}");
    let folder = folder(&[("w.js", &script), ("authshift.toml", RENAMED)]);
    for arguments in [&["fix"][..], &["check", "--output-format", "json"], &["scan"]] {
        let output = run(&folder, arguments);
        assert_ne!(code(&output), 2);
        assert!(!(stdout(&output) + &stderr(&output)).contains(TOKEN), "{arguments:?}");
        assert!(!(stdout(&output) + &stderr(&output)).contains("abc123def456"), "{arguments:?}");
    }
}

#[test]
fn json_has_the_new_name_and_the_edit() {
    let folder = folder(&[("a.deluge", FUNCTION), ("authshift.toml", RENAMED)]);
    let output = run(&folder, &["check", "--output-format", "json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let finding = &document["findings"][0];
    let start = FUNCTION.find("desk_old").unwrap();
    assert_eq!(finding["connection"], "desk_new");
    assert_eq!(finding["severity"], "error");
    let edit = serde_json::json!([{"start": start, "end": start + 8, "replacement": "desk_new"}]);
    assert_eq!(finding["fix"]["edits"], edit);
}

#[test]
fn a_use_in_a_bundle_of_megabytes_is_renamed() {
    let module =
        "function(e,t,n){\"use strict\";var r=n(1)/2,o=/[\"'`]/g,i=`a${r}b`;e.exports={link:\"desk_old\",r,o,i}},";
    let bundle = format!("!function(e){{}}([{}{}]);", module.repeat(20_000), SCRIPT.lines().nth(1).unwrap());
    let folder = folder(&[("dist/bundle.js", &bundle), ("authshift.toml", RENAMED)]);
    assert_eq!(code(&run(&folder, &["fix", "--write", "--quiet"])), 0);
    assert!(read(&folder, "dist/bundle.js") == new(&bundle));
}

/// Pieces that mean something in one of the languages.
fn soup() -> impl Strategy<Value = String> {
    let pieces = [
        "connection:\"old\"",
        "connection: old",
        "old = \"old\";",
        "x = old;",
        "\n",
        " ",
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        ",",
        ";",
        "\"old\"",
        "'old'",
        "`old`",
        "\u{201C}old\u{201D}",
        "\"",
        "'",
        "`",
        "${",
        "/",
        "//",
        "/*",
        "*/",
        "invokeurl [ url: u ",
        "zoho.crm.createRecord(\"a\",b,Map(),",
        "connectionLinkName: ",
        "\"connectionLinkName\": ",
        "CONNECTION.invoke(",
        "<script>",
        "</script>",
        "=",
        "+",
        "?",
        ":",
        "é",
        "if(x)",
        "for each old in {\"old\"} {",
        "info old;",
        "\\",
        "= old",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the text: an answer, in which nothing but the name differs, and a second run has nothing to do.
    #[test]
    fn any_text_is_renamed_or_left_alone(text in soup()) {
        let config = Config::renaming("old", "brand_new");
        for (format, level) in [
            (Format::Deluge, Applicability::Safe),
            (Format::Deluge, Applicability::Unsafe),
            (Format::Widget(Language::Script), Applicability::Unsafe),
            (Format::Widget(Language::Page), Applicability::Safe),
        ] {
            let path = Path::new("a");
            let fixed = rename(&Source::new(path, text.as_str()), format, &config, &Project::default(), level)
                .map_err(|problem| TestCaseError::fail(format!("{format:?}: {problem}\n{text}")))?;
            let Some((after, _)) = fixed.after else { continue };
            prop_assert_eq!(after.replace("brand_new", "old"), text.clone());
            let again = rename(&Source::new(path, after.as_str()), format, &config, &Project::default(), level)
                .map_err(|problem| TestCaseError::fail(problem.to_string()))?;
            prop_assert!(again.after.is_none(), "a second run changes\n{}", after);
        }
    }
}
