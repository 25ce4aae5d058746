//! Apps in other languages, through the whole program: which of their files are read, what is told of them in each form, and
//! what of it crosses files. Single shapes are fixtures (`X…`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;
use std::process::Command;

use serde_json::Value;
use support::folder::{Folder, folder};
use support::{authshift, code, copy, fixtures, stderr, stdout};

const TOKEN: &str = "fake0app00token0aaaabbbbccccdddd";

/// A client of Zoho Books in PHP.
const CLIENT: &str = "<?php\n$items = get(\"https://books.zoho.com/api/v3/items?authtoken=$token\");\n";

/// What `check` finds, as `path:line rule`.
fn found(folder: &Folder, arguments: &[&str]) -> Vec<String> {
    let arguments = [&["check", "--output-format", "json"], arguments].concat();
    let document: Value = serde_json::from_slice(&folder.run(&arguments).stdout).unwrap();
    let one = |finding: &Value| {
        let (path, rule) = (finding["path"].as_str().unwrap(), finding["rule"].as_str().unwrap());
        format!("{path}:{} {rule}", finding["range"]["start"]["line"])
    };
    document["findings"].as_array().unwrap().iter().map(one).collect()
}

fn git(folder: &Folder, arguments: &[&str]) {
    assert!(Command::new("git").arg("-C").arg(folder.path()).args(arguments).output().unwrap().status.success());
}

#[test]
fn environments_are_read_although_they_are_hidden() {
    let setting = format!("ZOHO_AUTHTOKEN={TOKEN}\n");
    let folder = folder(&[
        ("app.php", CLIENT),
        (".env", &setting),
        ("web/.env.production", &setting),
        (".cache/.env", &setting),
        (".hidden.php", CLIENT),
        ("ignored/.env", &setting),
        (".gitignore", "ignored/\n"),
    ]);
    let expected = [".env:1 authtoken-in-app", "app.php:2 authtoken-in-app", "web/.env.production:1 authtoken-in-app"];
    assert_eq!(found(&folder, &[]), expected);
    assert_eq!(found(&folder, &["."]), expected);
    assert_eq!(found(&folder, &["--force-exclude", ".env", ".hidden.php", ".cache/.env"]), [".env:1 authtoken-in-app"]);
    assert_eq!(found(&folder, &["ignored/.env"]), ["ignored/.env:1 authtoken-in-app"], "named");
    assert_eq!(found(&folder, &["--hidden", "--exclude", "web"]).len(), 4);
    assert!(found(&folder, &["--exclude", ".env*", "--exclude", "app.php"]).is_empty());
}

/// An ignore file may take a hidden file back; that is so whatever else is read.
#[test]
fn what_an_ignore_file_takes_back_is_read() {
    let folder =
        folder(&[(".gitignore", ".*\n!.tools\n!.tools/*\n"), (".tools/a.php", CLIENT), (".other/a.php", CLIENT)]);
    assert_eq!(found(&folder, &[]), [".tools/a.php:2 authtoken-in-app"]);
}

#[test]
fn what_is_staged_is_read_also_when_it_is_ignored() {
    let folder = Folder(tempfile::tempdir().unwrap()).with("app.php", CLIENT).with(".gitignore", ".env\n");
    folder.write(".env", format!("ZOHO_AUTHTOKEN={TOKEN}\n"));
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "app.php"]);
    assert_eq!(found(&folder, &["--staged"]), ["app.php:2 authtoken-in-app"]);
    git(&folder, &["add", "--force", ".env"]);
    let both = [".env:1 authtoken-in-app", "app.php:2 authtoken-in-app"];
    assert_eq!(found(&folder, &["--staged"]), both);
    // It is tracked then, and no ignore file binds it.
    assert_eq!(found(&folder, &[]), both);
    assert_eq!(found(&folder, &["."]), both);
    assert_eq!(found(&folder, &["--exclude", ".env"]), ["app.php:2 authtoken-in-app"]);
}

#[test]
fn a_switch_leaves_apps_unread() {
    let folder = folder(&[("app.php", CLIENT), ("authshift.toml", "apps = false\n")]);
    assert_eq!(found(&folder, &[]), ["app.php:2 unread-file"]);
    folder.write("authshift.toml", "[rules]\nauthtoken-in-app = \"warning\"\n");
    assert_eq!(found(&folder, &[]), ["app.php:2 authtoken-in-app"]);
    assert_eq!(folder.code(&["check"]), 0);
    folder.write("authshift.toml", "apps = 1\n");
    assert!(stderr(&folder.run(&["check"])).contains("1:8: `apps` must be `true` or `false`"));
}

#[test]
fn host_and_token_may_stand_in_two_files() {
    let folder = folder(&[
        ("src/Client.php", "<?php\n$r = get(config('zoho.url') . '/items?authtoken=' . $t);\n"),
        ("config/zoho.php", "<?php\nreturn ['url' => 'https://inventory.zoho.eu/api/v1'];\n"),
        ("other/api.py", "u = base + '?authtoken=' + t\n"),
    ]);
    assert_eq!(found(&folder, &[]), ["src/Client.php:2 authtoken-in-app"]);
    // The whole repository is known also when a file of it is named, or what is below a folder.
    assert_eq!(found(&folder, &["src/Client.php"]).len(), 1);
    let output = folder.run(&["check", "src"]);
    assert!(stdout(&output).contains("Zoho Inventory (eu) gets an authtoken in a parameter"), "{}", stdout(&output));
    fs::remove_file(folder.at("config/zoho.php")).unwrap();
    assert!(found(&folder, &[]).is_empty());
}

#[test]
fn a_constant_of_another_file_may_name_the_parameter() {
    let folder = folder(&[
        ("util/Names.java", "class Names {\n  public static final String PARAM_AUTHTOKEN = \"authtoken\";\n}\n"),
        (
            "Items.java",
            "class Items {\n  String url = \"https://books.zoho.com/api/v3/items\";\n  void send(Map<String, String> form) {\n    \
             form.put(Names.PARAM_AUTHTOKEN, key);\n    log(form.get(Names.PARAM_AUTHTOKEN));\n  }\n}\n",
        ),
        ("Other.java", "class Other {\n  void send() {\n    form.put(Names.AUTHTOKEN_COOKIE, key);\n  }\n}\n"),
        (
            "Calls.java",
            "class Calls {\n  String url = \"https://api.twilio.com/2010-04-01/Calls\";\n  void send() {\n    \
             form.put(Names.PARAM_AUTHTOKEN, key);\n  }\n}\n",
        ),
    ]);
    assert_eq!(found(&folder, &[]), ["Items.java:4 authtoken-in-app"]);
    // What a function or a variable of that name holds is not known.
    folder.write("util/Names.java", "class Names {\n  String PARAM_AUTHTOKEN = read(\"authtoken\");\n}\n");
    assert!(found(&folder, &[]).is_empty());
}

#[test]
fn a_constant_of_another_file_may_be_php_or_csharp() {
    let folder = folder(&[
        ("src/Zoho/Names.php", "<?php\nclass Names {\n    const AUTHTOKEN = 'authtoken';\n}\n"),
        (
            "src/Zoho/Items.php",
            "<?php\n$url = 'https://books.zoho.eu/api/v3/items?' . http_build_query([Names::AUTHTOKEN => $key]);\n\
             $old = $answer[Names::AUTHTOKEN];\n",
        ),
        ("cs/Names.cs", "static class Names {\n    public const string AuthtokenKey = \"authtoken\";\n}\n"),
        (
            "cs/Items.cs",
            "var url = \"https://inventory.zoho.com/api/v1/items\";\nvar form = new Dictionary<string, string> {\n    \
             { Names.AuthtokenKey, key },\n};\n",
        ),
    ]);
    let found = found(&folder, &[]);
    assert!(found.contains(&"src/Zoho/Items.php:2 authtoken-in-app".to_owned()), "{found:?}");
    assert!(found.contains(&"cs/Items.cs:3 authtoken-in-app".to_owned()), "{found:?}");
    assert!(!found.iter().any(|found| found.starts_with("src/Zoho/Items.php:3")), "{found:?}");
}

#[test]
fn a_setting_may_be_declared_with_its_type() {
    let folder = folder(&[
        ("app.php", CLIENT),
        ("config.py", "class Settings(BaseSettings):\n    ZOHO_AUTHTOKEN: str = \"\"\n    ZOHO_ORG: str = \"1\"\n"),
        (
            "config.ts",
            "export const ZOHO_AUTHTOKEN: string = read();\nexport interface Env {\n  ZOHO_AUTHTOKEN: string;\n}\n",
        ),
    ]);
    let expected = ["app.php:2 authtoken-in-app", "config.py:2 authtoken-in-app", "config.ts:1 authtoken-in-app"];
    assert_eq!(found(&folder, &[]), expected);
}

#[test]
fn a_value_in_another_file_is_found_by_its_name() {
    let config =
        format!("<?php\n$zoho_token = '{TOKEN}';\n$zoho_webhook_token = 'fake1app11token1aaaabbbbccccdddd';\n");
    let folder = folder(&[("app.php", CLIENT), ("config.php", &config)]);
    assert_eq!(found(&folder, &[]), ["app.php:2 authtoken-in-app", "config.php:2 hardcoded-authtoken"]);
    // Where OAuth is used, it may be one of its tokens.
    folder.write("oauth.php", "<?php\n$h = 'Authorization: Zoho-oauthtoken ' . $t;\n");
    assert_eq!(found(&folder, &[]), ["app.php:2 authtoken-in-app"]);
}

#[test]
fn every_form_masks_the_token_and_names_the_rule() {
    let text = format!(
        "<?php\n$h = ['Authorization: Zoho-authtoken {TOKEN}'];\n$u = 'https://desk.zoho.com/api/v1/tickets';\n"
    );
    let folder = folder(&[("app.php", &text), ("config/app.yml", &format!("zoho:\n  authtoken: {TOKEN}\n"))]);
    for arguments in [
        &["scan"][..],
        &["check"],
        &["check", "-v"],
        &["check", "--output-format", "json"],
        &["check", "--output-format", "sarif"],
        &["check", "--output-format", "github"],
        &["check", "--output-format", "gitlab"],
        &["check", "--output-format", "rdjson"],
        &["fix"],
        &["plan"],
        &["plan", "--output-format", "json"],
    ] {
        let output = folder.run(arguments);
        let said = stdout(&output) + &stderr(&output);
        assert!(!said.contains(TOKEN), "{arguments:?}: {said}");
        let names = said.contains("authtoken-in-app") || said.contains("\"apps\"");
        assert!(names, "{arguments:?}: {said}");
    }
    assert_eq!(folder.code(&["check"]), 1);
    let fix = folder.run(&["fix", "--write", "--unsafe-fixes"]);
    assert_eq!((code(&fix), folder.read("app.php")), (1, text));
    assert!((stdout(&fix) + &stderr(&fix)).contains("get an access token from a refresh token"), "{}", stderr(&fix));
}

#[test]
fn a_baseline_keeps_what_was_there() {
    let folder = folder(&[("app.php", CLIENT)]);
    assert_eq!(folder.code(&["check", "--baseline", "old.json", "--write-baseline"]), 0);
    assert_eq!(folder.code(&["check", "--baseline", "old.json"]), 0);
    folder.write("app.php", CLIENT.replace("<?php\n", "<?php\n\n// moved\n"));
    assert_eq!(folder.code(&["check", "--baseline", "old.json"]), 0);
    folder.write("b.php", CLIENT);
    assert_eq!(folder.code(&["check", "--baseline", "old.json"]), 1);
}

#[test]
fn standard_input_and_other_encodings_are_read() {
    let folder = folder(&[]);
    let latin: Vec<u8> = CLIENT.replace("$items", "/* für */ $items").chars().map(|c| c as u8).collect();
    folder.write("latin.php", latin);
    let wide: Vec<u8> = CLIENT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("wide.php", [&[0xFF, 0xFE][..], &wide].concat());
    assert_eq!(found(&folder, &[]), ["latin.php:2 authtoken-in-app", "wide.php:2 authtoken-in-app"]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_authshift"))
        .args(["check", "-", "--stdin-filename", "x.php"])
        .current_dir(folder.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), CLIENT.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(stdout(&output).starts_with("x.php:2:"), "{}", stdout(&output));
}

#[test]
fn widgets_of_an_extension_stay_widgets() {
    let folder = folder(&[
        ("plugin-manifest.json", "{\"service\": \"DESK\", \"connectors\": []}\n"),
        ("app/widget.js", "const u = 'https://desk.zoho.com/api/v1/tickets?authtoken=' + t;\n"),
    ]);
    assert_eq!(found(&folder, &[]), ["app/widget.js:1 unexplained-authtoken"]);
}

#[test]
fn the_plan_has_a_section_for_apps() {
    let folder = folder(&[
        ("app.php", CLIENT),
        ("crm.py", "u = 'https://crm.zoho.eu/crm/private/json/Leads/getRecords?scope=crmapi&authtoken=' + t\n"),
        ("login.rb", "get 'https://accounts.zoho.com/apiauthtoken/nb/create?SCOPE=ZohoCRM/crmapi'\n"),
        (".env", "ZOHO_AUTHTOKEN=x\n"),
    ]);
    let output = folder.run(&["plan"]);
    let said = stdout(&output);
    for part in [
        "[ ] Zoho Books, data centre US",
        "[ ] ZohoBooks.",
        "app.php:2  ? books.zoho.com/api/v3/items",
        "[ ] Zoho CRM, data centre EU",
        "ZohoCRM.<zgid>",
        "GET `/crm/v2/<Module>`",
        ".env:1  ZOHO_AUTHTOKEN",
        "login.rb:1",
        "web-based",
        "authshift exchange",
        "authorization code",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("zoho.crm.getRecords"), "an app has no tasks: {said}");
    let document: Value = serde_json::from_slice(&folder.run(&["plan", "--output-format", "json"]).stdout).unwrap();
    let apps = &document["apps"];
    assert_eq!(apps["services"].as_array().unwrap().len(), 2);
    assert_eq!(apps["settings"][0]["name"], "ZOHO_AUTHTOKEN");
    assert_eq!(apps["generation"][0]["path"], "login.rb");
    assert_eq!(apps["services"][1]["soid"], "ZohoCRM.<zgid>");
    assert_eq!(apps["services"][1]["client"], "web");
    // Functions need Connections, and apps none.
    assert!(document["connections"].as_array().unwrap().is_empty());
    assert_eq!(folder.code(&["init"]), 0);
    assert!(!folder.read("authshift.toml").contains("books_oauth"));
}

#[test]
fn the_page_shows_what_to_write_and_the_sdks() {
    let page = stdout(&authshift(&fixtures(), &["explain", "authtoken-in-app"]));
    for part in [
        "PHP:",
        "JavaScript:",
        "Python:",
        "refresh_token",
        "api_domain",
        "expires_in",
        "zohocrmsdk8-0",
        "Zoho-oauthtoken ",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let code: Vec<&str> = page.lines().filter(|line| line.starts_with("      ")).collect();
    assert!(code.iter().all(|line| line.chars().count() <= 130));
}

#[test]
fn the_example_of_the_rule_holds_for_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixtures().join("X01-php-header-and-query.page"), folder.path());
    let output = authshift(folder.path(), &["check"]);
    assert!(stdout(&output).starts_with("before.php:3:"), "{}", stdout(&output));
}

/// Any text at all gives an answer, in a time that grows with its length.
#[test]
fn large_and_broken_files_come_to_an_end() {
    let folder = folder(&[]);
    for (name, piece) in [
        ("a.php", "<?php $u = 'https://books.zoho.com?authtoken=' . $t; "),
        ("b.js", "{authtoken: `${\"https://books.zoho.com/\"} "),
        ("c.py", "'''authtoken=\"https://x.example.org/\" "),
        ("d.json", "{\"request\":{\"url\":\"https://books.zoho.com?authtoken=x\",\"key\":\"authtoken\"},"),
        ("e.rb", "=begin\n\"#{authtoken=\n"),
        (".env", "ZOHO_AUTHTOKEN='\n"),
    ] {
        folder.write(name, piece.repeat(4_000));
    }
    let begun = std::time::Instant::now();
    let output = folder.run(&["check", "-q", "--output-format", "json"]);
    assert!(code(&output) < 3);
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}
