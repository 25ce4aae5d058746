//! The first minutes with folders that have no configuration, and what is said at the end of a run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::process::Output;

use serde_json::Value;
use support::folder::{DESK, Folder};
use support::{code, piped, stderr, stdout};

const TOKEN: &str = "fake0desk0token0aaaabbbbccccdddd";

/// A request of a product, with a token.
fn request(host: &str, path: &str) -> String {
    format!("x = invokeurl\n[\n\turl :\"https://{host}/{path}?authtoken={TOKEN}\"\n\ttype :GET\n];\n")
}

/// The same when it is migrated.
fn migrated(host: &str, path: &str, link: &str) -> String {
    request(host, path)
        .replace(&format!("?authtoken={TOKEN}"), "")
        .replace("\n];", &format!("\n\tconnection :\"{link}\"\n];"))
}

/// A request that has a Connection, and a token besides.
fn connected() -> String {
    request("desk.zoho.com", "api/v1/contacts").replace("\n];", "\n\tconnection :\"desk_there\"\n];")
}

/// Functions of two products in folders of their own, without a configuration.
fn functions() -> Folder {
    Folder::empty()
        .with("functions/desk/a.dg", request("desk.zoho.com", "api/v1/tickets"))
        .with("functions/desk/b.dg", request("desk.zoho.com", "api/v1/tickets").repeat(2))
        .with("functions/crm/c.dg", request("www.zohoapis.com", "crm/v2/Leads"))
}

fn last_line(output: &Output) -> String {
    stderr(output).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn the_whole_change_is_shown_with_suggestions() {
    let folder = functions();
    let output = folder.run(&["fix", "functions"]);
    let (diff, said) = (stdout(&output), stderr(&output));
    assert_eq!(code(&output), 1);
    assert_eq!(diff.matches("+\tconnection :\"desk_oauth\"").count(), 3, "{diff}");
    assert_eq!(diff.matches("+\tconnection :\"crm_oauth\"").count(), 1, "{diff}");
    assert!(
        said.starts_with("nothing is configured yet: LinkNames are suggestions (crm_oauth, desk_oauth)\n"),
        "{said}"
    );
    assert_eq!(said.matches("suggestions").count(), 1, "said once: {said}");
    assert!(said.contains("would fix 4 findings in 3 files; left: 3 need you (no-connection-configured)\n"), "{said}");
    assert_eq!(last_line(&output), "next: authshift init functions  writes authshift.toml with these LinkNames");
    assert!(!folder.at("authshift.toml").exists());
    let output = folder.run(&["scan", "functions"]);
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).contains("remove the token and add connection:\"crm_oauth\" (a suggestion)"));
    assert_eq!(last_line(&output), "next: authshift plan functions  lists the Connections to create");
}

/// What is shown first is what is written after `init`.
#[test]
fn the_preview_keeps_its_word() {
    let folder = functions();
    let shown = stdout(&folder.run(&["fix", "functions"]));
    assert_eq!(folder.code(&["init", "functions"]), 0);
    assert_eq!(stdout(&folder.run(&["fix", "functions"])), shown);
    let written = folder.run(&["fix", "--write", "functions"]);
    assert_eq!(code(&written), 0, "{}", stderr(&written));
    assert_eq!(last_line(&written), "next: authshift check functions  is the check for CI and pre-commit");
    assert_eq!(folder.read("functions/crm/c.dg"), migrated("www.zohoapis.com", "crm/v2/Leads", "crm_oauth"));
}

#[test]
fn nothing_is_written_with_a_suggested_name() {
    let folder = functions();
    let text = folder.read("functions/desk/a.dg");
    for arguments in [&["fix", "--write", "functions"][..], &["fix", "--patch", "x.patch", "functions"]] {
        let output = folder.run(arguments);
        let said = stderr(&output);
        assert_eq!(code(&output), 2, "{said}");
        for part in ["authshift init PATH", "--connection NAME", "4 findings need LinkNames", "(crm_oauth, desk_oauth)"]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert_eq!(last_line(&output), "next: authshift init functions  writes authshift.toml with these LinkNames");
        assert_eq!(folder.read("functions/desk/a.dg"), text);
        assert!(!folder.at("x.patch").exists());
    }
    let output = piped(folder.path(), &["fix", "-"], &text);
    assert_eq!((code(&output), stdout(&output)), (2, text), "{}", stderr(&output));
    assert!(stderr(&output).contains("1 finding needs a LinkName"), "{}", stderr(&output));
}

#[test]
fn what_inserts_no_name_goes_on() {
    let folder = functions().with("functions/desk/there.dg", connected());
    let output = folder.run(&["fix", "--write", "functions"]);
    assert_eq!((code(&output), stdout(&output)), (2, "fixed functions/desk/there.dg\n".to_owned()));
    assert_eq!(folder.read("functions/desk/there.dg"), connected().replace(&format!("?authtoken={TOKEN}"), ""));
    assert_eq!(folder.read("functions/desk/a.dg"), request("desk.zoho.com", "api/v1/tickets"));
    // By themselves they are nothing special.
    let folder = Folder::empty().with("there.dg", connected());
    assert_eq!(folder.code(&["fix"]), 1);
    assert_eq!(folder.code(&["fix", "--write"]), 0);
}

#[test]
fn a_clean_folder_is_clean() {
    let folder = Folder::empty().with("f.dg", "x = zoho.crm.getRecordById(\"Leads\",id);\n");
    for arguments in [&["fix"][..], &["fix", "--write"], &["scan"], &["check"]] {
        let output = folder.run(arguments);
        assert_eq!((code(&output), &*stderr(&output)), (0, "no authtokens found in 1 file\n"), "{arguments:?}");
    }
}

#[test]
fn json_marks_suggestions() {
    let folder = functions();
    let read = |arguments: &[&str]| -> Value { serde_json::from_slice(&folder.run(arguments).stdout).unwrap() };
    let document = read(&["scan", "--output-format", "json", "functions"]);
    let findings = document["findings"].as_array().unwrap();
    let of = |path: &str, rule: &str| -> Vec<&Value> {
        findings.iter().filter(|it| it["path"] == path && it["rule"] == rule).collect()
    };
    for finding in findings {
        assert_eq!(
            finding["suggested"].as_bool(),
            Some(true).filter(|_| !finding["connection"].is_null()),
            "{finding}"
        );
    }
    // One for a file and service, at the first request.
    let wanted = of("functions/desk/b.dg", "no-connection-configured");
    assert_eq!(wanted.len(), 1, "{document}");
    assert_eq!((&wanted[0]["range"]["start"]["line"], &wanted[0]["connection"]), (&1.into(), &"desk_oauth".into()));
    assert_eq!(of("functions/desk/b.dg", "authtoken-in-query").len(), 2);
    // `check` suggests nothing.
    let document = read(&["check", "--output-format", "json", "functions"]);
    assert!(document["findings"].as_array().unwrap().iter().all(|it| it["connection"].is_null()), "{document}");
}

#[test]
fn one_service_is_one_entry_in_text() {
    let folder = functions();
    let scan = stdout(&folder.run(&["scan", "functions"]));
    let entry = "error[no-connection-configured] manual: no Connection is configured for Zoho Desk (us)\n --> functions/desk/a.dg:1:5\n --> functions/desk/b.dg:1:5\n";
    assert!(scan.contains(entry) && scan.matches("no-connection-configured").count() == 2, "{scan}");
    let fix = stderr(&folder.run(&["fix", "functions"]));
    assert!(fix.contains("no Connection is configured for Zoho Desk (us), here and in 1 more place: "), "{fix}");
    let check = stdout(&folder.run(&["check", "functions"]));
    assert_eq!(check.matches("error[no-connection-configured]").count(), 3, "one for each file: {check}");
}

#[test]
fn a_dead_endpoint_wants_no_connection() {
    let folder = Folder::empty().with("f.dg", request("crm.zoho.com", "crm/private/json/Leads/getRecords"));
    for command in ["scan", "check", "fix"] {
        let output = folder.run(&[command]);
        let text = stdout(&output) + &stderr(&output);
        assert!(text.contains("legacy-endpoint") && !text.contains("no-connection-configured"), "{command}: {text}");
    }
    // It is only shown what would be done.
    assert_eq!(folder.code(&["fix", "--write"]), 1);
    assert_eq!(folder.code(&["fix", "--write", "--unsafe-fixes"]), 2);
}

#[test]
fn a_connection_for_one_run() {
    let folder = functions();
    let output = folder.run(&["fix", "--write", "--connection", "zoho_oauth", "functions"]);
    let said = stderr(&output);
    assert_eq!(code(&output), 0, "{said}");
    assert_eq!(folder.read("functions/crm/c.dg"), migrated("www.zohoapis.com", "crm/v2/Leads", "zoho_oauth"));
    assert!(
        said.contains(
            "one Connection \"zoho_oauth\" is used for Zoho CRM, Zoho Desk, so it needs the scopes of all of them"
        ),
        "{said}"
    );
    // Entries win, the default does not.
    let folder = functions().with("authshift.toml", format!("default-connection = \"other\"\n{DESK}"));
    assert_eq!(folder.code(&["fix", "--write", "--connection", "zoho_oauth", "functions"]), 0);
    assert_eq!(folder.read("functions/crm/c.dg"), migrated("www.zohoapis.com", "crm/v2/Leads", "zoho_oauth"));
    assert_eq!(folder.read("functions/desk/a.dg"), migrated("desk.zoho.com", "api/v1/tickets", "desk_oauth"));
    for command in ["scan", "check", "fix"] {
        let both = folder.run(&[command, "--connection", "a", "--config", "authshift.toml"]);
        assert!(code(&both) == 2 && stderr(&both).contains("cannot be used with"), "{}", stderr(&both));
        let wrong = folder.run(&[command, "--connection", "1-a"]);
        assert!(code(&wrong) == 2 && stderr(&wrong).contains("a LinkName is"), "{}", stderr(&wrong));
    }
}

#[test]
fn one_mistake_in_the_configuration_is_one_error() {
    let folder = functions().with("authshift.toml", "[[connection]]\nlink-nam = \"a\"\n");
    let said = "error: authshift.toml:2:1: unknown key `link-nam`; did you mean `link-name`?\n";
    let ambiguous = "[[connection]]\nlink-name = \"a\"\nservice = \"desk\"\npaths = [\"functions/**\"]\n\n[[connection]]\nlink-name = \"b\"\nservice = \"desk\"\npaths = [\"functions/desk/**\"]\n";
    for command in [&["scan"][..], &["check"], &["plan"], &["fix"], &["fix", "--write"]] {
        let output = folder.run(&[command, &["functions"]].concat());
        assert_eq!((code(&output), stdout(&output), &*stderr(&output)), (2, String::new(), said), "{command:?}");
    }
    folder.write("authshift.toml", ambiguous);
    for command in ["scan", "check", "fix"] {
        let output = folder.run(&[command, "functions"]);
        let text = stderr(&output);
        assert!(
            code(&output) == 2 && text.starts_with("error: authshift.toml:6:1: the connections `a` (line 1)"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}

#[test]
fn options_of_other_tools_are_answered() {
    let folder = functions();
    for (option, answer) in [
        ("--dry-run", "'authshift fix' only shows the change"),
        ("--format=json", "'--output-format text|json|"),
        ("--json", "'--output-format json'"),
    ] {
        let output = folder.run(&["scan", option]);
        assert!(code(&output) == 2 && stderr(&output).contains(answer), "{}", stderr(&output));
    }
}

#[test]
fn the_migrated_text_of_standard_input_goes_to_a_file() {
    let folder = Folder::new();
    let output = piped(folder.path(), &["fix", "-", "-o", "new.dg"], request("desk.zoho.com", "api/v1/tickets"));
    assert_eq!((code(&output), stdout(&output)), (0, String::new()), "{}", stderr(&output));
    assert_eq!(folder.read("new.dg"), migrated("desk.zoho.com", "api/v1/tickets", "desk_oauth"));
}

#[test]
fn suppressions_that_are_written_otherwise_are_answered() {
    let comments =
        ["# authshift-ignore hardcoded-authtoken: x", "// authshift:ignore curly-quote", "/* # authshift-ignore */"];
    let folder = Folder::new().with("f.dg", comments.join("\nx = 1;\n") + "\nx = 2;\n");
    let said = stdout(&folder.run(&["check"]));
    let form = "`authshift-ignore RULE: reason`";
    assert!(said.contains(&format!("f.dg:1:1: note[unused-suppression]: this comment suppresses nothing: `#` does not start a comment in Deluge; write `// {}", &form[1..])), "{said}");
    assert!(
        said.contains(&format!("f.dg:3:4: note[unused-suppression]: this comment suppresses nothing: write {form}")),
        "{said}"
    );
}

#[test]
fn html_in_a_url_is_hinted_at() {
    let text = request("desk.zoho.com", "api/v1/tickets").replace('?', "?a=b&amp;");
    let said = stdout(&Folder::new().with("f.dg", text).run(&["check"]));
    assert!(said.contains("the URL has `&amp;` in it"), "{said}");
}

#[test]
fn what_was_not_looked_at_is_no_clean_result() {
    let folder = Folder::new().with("a.dg", "x = 1;\n").with("b.dg", b"x = \"\xe9\";\n");
    let said = stderr(&folder.run(&["check"]));
    assert!(said.ends_with("1 file could not be examined; nothing was found in 1 file besides\n"), "{said}");
    let said = stderr(&folder.run(&["check", "nowhere"]));
    assert_eq!(said, "error: nowhere: does not exist; check the path\n1 file could not be examined\n");
}

#[test]
fn an_unsafe_change_says_why_in_every_output() {
    let text = "void f(string authtoken)\n{\n\tr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + authtoken);\n\treturn r;\n}\n";
    let folder = Folder::new().with("f.dg", text);
    let why = "`return r;` (line 4) works on the parsed answer of invokeurl as it does on a text";
    assert!(
        stdout(&folder.run(&["check"])).contains(&format!(" [unsafe: assumes that {why}]")),
        "{}",
        stdout(&folder.run(&["check"]))
    );
    assert!(stderr(&folder.run(&["fix"])).contains(&format!(" [unsafe: assumes that {why}]")));
    assert!(stdout(&folder.run(&["scan"])).contains(&format!("assumes that {why}")));
    assert_eq!(last_line(&folder.run(&["fix"])), "next: authshift fix --unsafe-fixes  also shows the unsafe changes");
    let written = folder.run(&["fix", "--write", "--unsafe-fixes"]);
    assert!(stderr(&written).contains(&format!(": assumed that {why}")), "{}", stderr(&written));
}

/// An agency's clients each have Connections of their own.
#[test]
fn each_of_several_folders_has_a_plan() {
    let folder = Folder::empty()
        .with("clients/acme/a.dg", request("desk.zoho.com", "api/v1/tickets"))
        .with("clients/bolt/b.dg", request("desk.zoho.eu", "api/v1/tickets").repeat(2))
        .with("clients/calm/c.dg", "x = 1;\n");
    let output = folder.run(&["plan", "clients/acme", "clients/bolt", "clients/calm"]);
    let text = stdout(&output);
    assert_eq!(code(&output), 0);
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    assert!(
        at("== clients/acme ==") < at("data centre US: 1 request") && at("data centre US") < at("== clients/bolt ==")
    );
    assert!(
        at("== clients/bolt ==") < at("data centre EU: 2 requests") && at("data centre EU") < at("== clients/calm ==")
    );
    assert!(
        text.ends_with("Overview\nclients/acme  1 Connection to create, 1 request with a token\nclients/bolt  1 Connection to create, 2 requests with a token\nclients/calm  nothing to do\n"),
        "{text}"
    );
    assert!(!stdout(&folder.run(&["plan", "clients"])).contains("Overview"));
}
