//! The census: no sign of a token is lost, and no file that names one looks clean.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use authshift::census::{SignKind, signs};
use authshift::fix::examine;
use authshift::project::Project;
use authshift::project::config::Config;
use authshift::project::discover::format_of;
use authshift::project::format::Format;
use authshift::rules::prefilter::Prefilter;
use authshift::text::source::Source;
use serde_json::Value;
use support::{authshift, code, copy, fixtures, stderr, stdout};

const TOKEN: &str = "fake0desk0token0aaaabbbbccccdddd";

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

/// A line `PATH:LINE SEVERITY RULE` for each finding, and the document.
fn checked(folder: &Path, options: &[&str]) -> (Vec<String>, Value) {
    let output = authshift(folder, &[&["check", "--isolated", "--output-format", "json"], options].concat());
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let word = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let line = |finding: &Value| {
        let (path, line) = (word(finding, "path"), &finding["range"]["start"]["line"]);
        format!("{path}:{line} {} {}", word(finding, "severity"), word(finding, "rule"))
    };
    (document["findings"].as_array().unwrap().iter().map(line).collect(), document)
}

fn request() -> String {
    format!("r = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken={TOKEN}\");\ninfo r;\n")
}

#[test]
fn every_sign_in_the_fixtures_is_in_a_finding_or_dismissed() {
    let (prefilter, config, project) = (Prefilter::new(), Config::default(), Project::default());
    let mut seen = 0;
    for entry in walkdir::WalkDir::new(fixtures()).sort_by_file_name() {
        let entry = entry.unwrap();
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if !entry.file_type().is_file() || name == "findings.txt" || name.ends_with(".toml") {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        let source = Source::new(path, text.as_str());
        if format_of(path, &text) != Some(Format::Deluge) {
            continue;
        }
        let examined = examine(&source, Format::Deluge, &config, &project).unwrap();
        for sign in signs(&text, &|_| false) {
            let place = source.position(sign.range.start());
            let dismissed = examined.dismissed.iter().any(|one| one.range == sign.range && !one.reason.is_empty());
            let found = examined.suppressed > 0 || !examined.findings.is_empty();
            assert!(dismissed || found, "{}:{}: {sign:?}", path.display(), place.line);
            let may_match = prefilter.may_match(&source, Format::Deluge, &config, &project);
            assert!(may_match || sign.dismissed.is_some(), "{} is passed over: {sign:?}", path.display());
            seen += usize::from(!dismissed);
        }
    }
    assert!(seen > 500, "{seen}");
}

#[test]
fn the_prefilter_knows_names_that_are_written_in_parts() {
    let (prefilter, config, project) = (Prefilter::new(), Config::default(), Project::default());
    for text in [
        "u = \"?%61uthtoken=\" + t;",
        "u = \"?auth%74oken=\" + t;",
        "u = \"?auth\" + \"token=\" + t;",
        "a = \"autht\"; u = \"?\" + a + \"oken=\" + t;",
        "s = \"Zoho-auth\"; h = {\"x\":s + \"token \" + t};",
    ] {
        assert!(signs(text, &|_| false).iter().any(|sign| sign.dismissed.is_none()), "{text}");
        let source = Source::new("a.dg", text);
        assert!(prefilter.may_match(&source, Format::Deluge, &config, &project), "{text}");
        assert!(!examine(&source, Format::Deluge, &config, &project).unwrap().findings.is_empty(), "{text}");
    }
}

#[test]
fn what_is_left_over_can_be_suppressed_switched_off_and_baselined() {
    let call = "a = thisapp.net.fetch(\"https://desk.zoho.com/api\",\"authtoken\",key);";
    let folder = folder(&[("a.dg", format!("{call}\n").as_bytes())]);
    let (found, document) = checked(folder.path(), &[]);
    assert_eq!(found, ["a.dg:1 error unexplained-authtoken"]);
    assert_eq!(document["findings"][0]["applicability"], "manual");
    assert_eq!(code(&authshift(folder.path(), &["check", "--isolated"])), 1);

    let options = ["--isolated", "--baseline", "known.jsonl"];
    authshift(folder.path(), &[&["check", "--write-baseline"], &options[..]].concat());
    let output = authshift(folder.path(), &[&["check"], &options[..]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));

    fs::write(folder.path().join("a.dg"), format!("{call} // authshift-ignore unexplained-authtoken: a test\n"))
        .unwrap();
    let (found, document) = checked(folder.path(), &[]);
    assert_eq!((found.len(), document["summary"]["suppressed"].as_u64()), (0, Some(1)));

    fs::write(folder.path().join("a.dg"), format!("{call}\n")).unwrap();
    fs::write(folder.path().join("authshift.toml"), "[rules]\nunexplained-authtoken = \"off\"\n").unwrap();
    let output = authshift(folder.path(), &["check", "--output-format", "json", "a.dg"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["findings"].as_array().unwrap().len(), 0);
    assert_eq!(document["dismissed"][0]["reason"], "`unexplained-authtoken` is switched off");
}

#[test]
fn what_is_dismissed_is_told_with_its_reason_and_without_tokens() {
    let text = format!(
        "a = getUrl(\"https://api.twilio.com/x?authtoken={TOKEN}\");\ninfo \"the authtoken is old\";\nk = m.get(\"authtoken\");\n"
    );
    let folder = folder(&[("a.dg", text.as_bytes())]);
    let (found, document) = checked(folder.path(), &[]);
    assert_eq!(found, [] as [&str; 0]);
    let told: Vec<(u64, &str, &str)> = document["dismissed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let line = one["range"]["start"]["line"].as_u64().unwrap();
            assert_eq!(one["path"], "a.dg");
            (line, one["sign"].as_str().unwrap(), one["reason"].as_str().unwrap())
        })
        .collect();
    let expected = [
        (1, SignKind::Parameter.name(), "vendor host api.twilio.com"),
        (2, SignKind::Word.name(), "text for people"),
        (3, SignKind::Key.name(), "a text that the code searches for, or a name that is read"),
    ];
    assert_eq!(told, expected);
    for command in ["check", "scan", "fix"] {
        let output = authshift(folder.path(), &[command, "--isolated", "-v"]);
        assert!(
            stderr(&output).contains("a.dg:1:38: the parameter `authtoken`: vendor host api.twilio.com"),
            "{command}: {}",
            stderr(&output)
        );
        assert!(!(stdout(&output) + &stderr(&output)).contains(TOKEN));
        let output = authshift(folder.path(), &[command, "--isolated"]);
        assert!(!stderr(&output).contains("twilio"), "{command}");
    }
}

#[test]
fn a_file_that_is_not_read_and_names_a_token_does_not_look_clean() {
    let old = request();
    let utf16: Vec<u8> = old.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = format!("{old}// prüfen\n").chars().map(|letter| letter as u8).collect();
    let binary = [b"\0\x01", old.as_bytes()].concat();
    let folder = folder(&[
        ("Garment Order.RFID", old.as_bytes()),
        ("a.dg", b"info 1;\n"),
        ("b/client.php", b"<?php\n$url = \"https://books.zoho.com/api/v3/items?authtoken=\" . $token;\n"),
        ("b/notify.deluge.bak", old.as_bytes()),
        ("c/latin.txt", &latin),
        ("c/wide.fn", &utf16),
        ("d/image.png", &binary),
        ("d/other.py", b"authtoken = 1  # https://api.example.com\n"),
    ]);
    let expected = [
        "Garment Order.RFID:1 error unread-file",
        "b/client.php:2 error authtoken-in-app",
        "b/notify.deluge.bak:1 error unread-file",
        "c/latin.txt:1 warning unread-file",
        "c/wide.fn:1 error unread-file",
    ];
    let (found, document) = checked(folder.path(), &[]);
    assert_eq!(found, expected);
    assert!(!document.to_string().contains(TOKEN));
    for command in ["check", "scan", "fix"] {
        let output = authshift(folder.path(), &[command, "--isolated"]);
        assert!(!stderr(&output).contains("no authtokens found"), "{command}: {}", stderr(&output));
        assert!(!(stdout(&output) + &stderr(&output)).contains(TOKEN), "{command}");
        assert_eq!(code(&output), i32::from(command != "scan"), "{command}");
    }
    authshift(folder.path(), &["fix", "--isolated", "--write", "--unsafe-fixes"]);
    assert_eq!(fs::read(folder.path().join("b/notify.deluge.bak")).unwrap(), old.as_bytes());
    assert_eq!(fs::read(folder.path().join("c/wide.fn")).unwrap(), utf16);

    fs::write(
        folder.path().join("authshift.toml"),
        "[files]\nexclude = [\"c/**\", \"**/*.php\"]\n[rules]\nunread-file = \"note\"\n",
    )
    .unwrap();
    let output = authshift(folder.path(), &["check", "."]);
    assert_eq!(code(&output), 0);
    assert_eq!(stdout(&output).matches("note[unread-file]").count(), 2, "{}", stdout(&output));
}

#[test]
fn a_backup_that_fix_made_is_found_also_when_it_is_staged() {
    let folder = folder(&[("a.dg", request().as_bytes()), ("authshift.toml", b"default-connection = \"zoho\"\n")]);
    let git = |arguments: &[&str]| {
        assert!(Command::new("git").arg("-C").arg(folder.path()).args(arguments).output().unwrap().status.success());
    };
    git(&["init", "-q"]);
    authshift(folder.path(), &["fix", "--write", "--backup", "--unsafe-fixes"]);
    let backups = fs::read_dir(folder.path()).unwrap();
    let backup = backups
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .find(|name| name.starts_with("a.dg."))
        .unwrap();
    assert!(!fs::read_to_string(folder.path().join("a.dg")).unwrap().contains(TOKEN));
    for options in [&["check"][..], &["check", "--staged"], &["check", "--force-exclude", &backup]] {
        git(&["add", "-A"]);
        let output = authshift(folder.path(), options);
        assert_eq!(code(&output), 1, "{options:?}: {}", stderr(&output));
        assert!(stdout(&output).starts_with(&format!("{backup}:1:")), "{options:?}: {}", stdout(&output));
        assert!(stdout(&output).contains("error[unread-file]"));
    }
}

#[test]
fn prose_and_data_count_only_with_a_value_and_as_a_warning() {
    let name = "Requests to https://desk.zoho.com/api/v1?authtoken=… and `Zoho-authtoken` headers fail since 2022.\n";
    let value = format!("Requests to https://desk.zoho.com/api/v1?authtoken={TOKEN} fail.\n");
    let api = "{\"openapi\":\"3.0\",\"servers\":[{\"url\":\"https://desk.zoho.com/api\"}],\"x\":{\"authtoken\":{\"type\":\"string\"}}}\n";
    let folder = folder(&[
        ("CHANGELOG", name.as_bytes()),
        ("a.rst", name.as_bytes()),
        ("b.csv", value.as_bytes()),
        ("c.html", format!("<p>{value}</p>").as_bytes()),
        ("d.html", format!("<p>{name}</p>").as_bytes()),
        ("e.json", api.as_bytes()),
        ("f.lock", value.as_bytes()),
        ("g.js", b"// https://desk.zoho.com/api/v1?authtoken=TOKEN is over\nexport const a = () => 1;\n"),
    ]);
    let (found, _) = checked(folder.path(), &[]);
    assert_eq!(found, ["b.csv:1 warning unread-file", "c.html:1 warning unread-file", "f.lock:1 warning unread-file"]);
    assert_eq!(code(&authshift(folder.path(), &["check", "--isolated"])), 0);
    assert_eq!(code(&authshift(folder.path(), &["check", "--isolated", "--error-on-warnings"])), 1);
}

#[test]
fn the_example_of_unread_file_holds_for_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixtures().join("A02-backup-that-is-not-read.page"), folder.path());
    let output = authshift(folder.path(), &["check"]);
    assert!(stdout(&output).starts_with("notify.deluge.bak:1:50: error[unread-file]"), "{}", stdout(&output));
}

/// Its own pages speak of authtokens all the time.
#[test]
fn the_readme_breaks_no_build() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    fs::copy(root.join("README.md"), folder.path().join("README.md")).unwrap();
    fs::copy(root.join("CHANGELOG.md"), folder.path().join("CHANGELOG.md")).unwrap();
    copy(&root.join("docs"), &folder.path().join("docs"));
    let output = authshift(folder.path(), &["check", "--isolated"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
}
