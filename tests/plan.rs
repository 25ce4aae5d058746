//! `plan` and `init` from the outside. What is expected comes from Zoho's documents and the product's description.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;
use std::path::Path;

use authshift::plan::{group, sites, toml};
use authshift::project::config::Config;
use authshift::project::format::Format;
use authshift::text::source::Source;
use serde_json::Value;
use support::folder::folder;
use support::{authshift, code, fixtures, stderr, stdout, tokens};

const TOKEN: &str = "fake0plan0token0aaaabbbbccccdddd";

/// A request with a token.
fn old(method: &str, url: &str) -> String {
    format!("r = invokeurl\n[\n\turl :\"{url}?authtoken={TOKEN}\"\n\ttype :{method}\n];\ninfo r;\n")
}

/// A request on a Connection.
fn new(url: &str, link: &str) -> String {
    format!("r = invokeurl\n[\n\turl :\"{url}\"\n\ttype :GET\n\tconnection:\"{link}\"\n];\ninfo r;\n")
}

fn plan(folder: &Path) -> Value {
    let output = authshift(folder, &["plan", "--output-format", "json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// `pool service centre link: scopes` of each planned Connection.
fn rows(plan: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let row = |one: &Value| {
        let scopes = one["scopes"].as_array().unwrap().iter().map(|scope| word(&scope["scope"]));
        let head = ["pool", "service", "data_center", "link_name"].map(|key| word(&one[key])).join(" ");
        format!("{head}: {}", scopes.collect::<Vec<_>>().join(" "))
    };
    plan["connections"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn calls_in_five_data_centres_are_told_apart() {
    let folder = folder(&[
        ("a.dg", &old("POST", "https://desk.zoho.com/api/v1/tickets")),
        ("b.dg", &old("GET", "https://www.zohoapis.eu/books/v3/invoices")),
        ("c.dg", &old("GET", "https://books.zoho.in/api/v3/contacts")),
        ("d.dg", &old("POST", "https://projectsapi.zoho.com.au/restapi/portal/1/projects/2/tasks/")),
        ("e.dg", &old("GET", "https://people.zoho.jp/people/api/forms/employee/getRecords")),
        ("f.dg", &old("GET", "https://www.zohoapis.ca/crm/v2/Leads")),
    ]);
    let expected = [
        "- books eu books_eu: ZohoBooks.invoices.READ",
        "- books in books_in: ZohoBooks.contacts.READ",
        "- crm ca crm_oauth: ZohoCRM.modules.leads.READ",
        "- desk us desk_oauth: Desk.tickets.CREATE",
        "- people jp people_oauth: ZOHOPEOPLE.forms.READ",
        "- projects au projects_oauth: ZohoProjects.tasks.CREATE",
    ];
    assert_eq!(rows(&plan(folder.path())), expected);
}

#[test]
fn the_product_that_a_function_runs_in_has_its_own_connections() {
    let url = "https://desk.zoho.com/api/v1/tickets";
    let folder = folder(&[
        ("crm/a.dg", &old("GET", url)),
        ("x.dg", &format!("void automation.Notify(String id)\n{{\n{}}}\n", old("POST", url))),
        ("y.dg", &format!("x = thisapp.f();\n{}", old("GET", url))),
        ("z.dg", &old("GET", url)),
    ]);
    let expected = [
        "creator desk us desk_oauth: Desk.tickets.READ",
        "crm desk us desk_oauth: Desk.tickets.CREATE Desk.tickets.READ",
        "- desk us desk_oauth: Desk.tickets.READ",
    ];
    let plan = plan(folder.path());
    assert_eq!(rows(&plan), expected);
    assert_eq!(plan["connections"][1]["sites"][1]["function"], "automation.Notify");
}

#[test]
fn a_connection_that_is_there_serves_the_rest_as_well() {
    let url = "https://desk.zoho.com/api/v1/tickets";
    let folder = folder(&[("a.dg", &new(url, "my_desk")), ("b.dg", &old("POST", url))]);
    let plan = plan(folder.path());
    assert_eq!(rows(&plan), ["- desk us my_desk: Desk.tickets.CREATE Desk.tickets.READ"]);
    assert_eq!(plan["connections"][0]["link_name_from"], "named");
    assert_eq!(plan["connections"][0]["requests_with_token"], 1);
}

#[test]
fn a_data_centre_that_cannot_be_seen_is_that_of_the_others() {
    let joined = format!(
        "dc = input.dc;\nr = invokeurl\n[\n\turl :\"https://www.zohoapis\" + dc + \"/books/v3/items?authtoken={TOKEN}\"\n\ttype :GET\n];\ninfo r;\n"
    );
    let alone = folder(&[("a.dg", &joined)]);
    assert_eq!(rows(&plan(alone.path())), ["- books - books_oauth: ZohoBooks.settings.READ"]);
    let beside = folder(&[
        ("creator/a.dg", &joined),
        ("creator/b.dg", &old("GET", "https://www.zohoapis.eu/books/v3/contacts")),
    ]);
    let plan = plan(beside.path());
    assert_eq!(rows(&plan), ["creator books eu books_oauth: ZohoBooks.contacts.READ ZohoBooks.settings.READ"]);
    assert_eq!(plan["connections"][0]["data_center_assumed"], 1);
}

#[test]
fn the_smallest_set_of_scopes_is_chosen() {
    // Searching takes either of two scopes (facts 5.2); the other call needs one of them anyway.
    let folder = folder(&[
        ("a.dg", &old("GET", "https://desk.zoho.com/api/v1/tickets/search")),
        ("b.dg", &old("GET", "https://desk.zoho.com/api/v1/tickets")),
    ]);
    assert_eq!(rows(&plan(folder.path())), ["- desk us desk_oauth: Desk.tickets.READ"]);
}

#[test]
fn different_tokens_are_counted_and_none_is_printed() {
    let other = "fake0othr0token0aaaabbbbccccdddd";
    let url = "https://desk.zoho.com/api/v1/tickets";
    let second = old("GET", url).replace(TOKEN, other);
    let folder = folder(&[("a.dg", &old("GET", url)), ("b.dg", &second), ("c.dg", &old("POST", url))]);
    let json = plan(folder.path());
    assert_eq!(json["connections"][0]["tokens"].as_array().unwrap().len(), 2);
    for arguments in
        [&["plan"][..], &["plan", "-v"], &["plan", "--output-format", "json"], &["plan", "--show-secrets"], &["init"]]
    {
        let output = authshift(folder.path(), arguments);
        let text = stdout(&output) + &stderr(&output);
        assert!(!text.contains(TOKEN) && !text.contains(other), "{arguments:?}: {text}");
    }
    let text = stdout(&authshift(folder.path(), &["plan"]));
    assert!(text.contains("2 different tokens"), "{text}");
    assert!(!fs::read_to_string(folder.path().join("authshift.toml")).unwrap().contains(TOKEN));
}

#[test]
fn the_checklist_names_service_link_name_scopes_and_call_sites() {
    let folder = folder(&[("crm/a.dg", &old("POST", "https://desk.zoho.eu/api/v1/tickets"))]);
    let text = stdout(&authshift(folder.path(), &["plan"]));
    for part in [
        "Connections to create in Zoho CRM",
        "Zoho Desk, data centre EU",
        "desk_oauth",
        "[ ] Desk.tickets.CREATE",
        "crm/a.dg:1",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let narrow = "crm/a.dg:1  POST desk.zoho.eu/api/v1/tickets";
    assert!(text.contains(narrow), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn an_old_address_of_an_api_that_moved_is_noted() {
    for (url, noted) in
        [("https://books.zoho.com/api/v3/items", true), ("https://www.zohoapis.com/books/v3/items", false)]
    {
        let folder = folder(&[("a.dg", &old("GET", url))]);
        let text = stdout(&authshift(folder.path(), &["plan"]));
        assert_eq!(text.contains("has moved"), noted, "{text}");
    }
}

#[test]
fn what_is_not_known_is_said() {
    let folder = folder(&[(
        "a.dg",
        &format!("r = invokeurl\n[\n\turl :zoho_url + \"/x?authtoken={TOKEN}\"\n\ttype :GET\n];\ninfo r;\n"),
    )]);
    let output = authshift(folder.path(), &["plan"]);
    assert!(stdout(&output).contains("Not known: the host of these requests"), "{}", stdout(&output));
    assert_eq!(plan(folder.path())["unseen"][0]["line"], 1);
}

#[test]
fn calls_that_make_authtokens_are_named_and_not_planned() {
    let folder =
        folder(&[("a.dg", "r = getUrl(\"https://accounts.zoho.com/apiauthtoken/nb/create?SCOPE=ZohoCRM/crmapi\");\n")]);
    let output = authshift(folder.path(), &["plan"]);
    assert!(stderr(&output).contains("a.dg:1: this call makes or exchanges authtokens"), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
}

/// The next commands are there to be copied.
#[test]
fn init_quotes_a_folder_with_a_space() {
    let folder = folder(&[("my functions/a.dg", &old("GET", "https://desk.zoho.eu/api/v1/tickets"))]);
    let init = authshift(folder.path(), &["init", "my functions"]);
    for next in ["plan \"my functions\" ", "fix --write \"my functions\" "] {
        assert!(stderr(&init).contains(next), "{}", stderr(&init));
    }
}

/// The issue's own check: a newcomer without a configuration.
#[test]
fn init_fix_and_check_lead_a_newcomer_through() {
    let folder = folder(&[
        ("desk/a.dg", &old("GET", "https://desk.zoho.eu/api/v1/tickets")),
        ("books/b.dg", &old("POST", "https://books.zoho.com/api/v3/contacts")),
        ("books/c.dg", &new("https://www.zohoapis.com/books/v3/items", "books_main")),
    ]);
    let before = authshift(folder.path(), &["check"]);
    assert!(stdout(&before).contains("authshift init"), "{}", stdout(&before));
    let init = authshift(folder.path(), &["init"]);
    assert_eq!(code(&init), 0, "{}", stderr(&init));
    for next in ["authshift plan", "authshift fix", "authshift check"] {
        assert!(stderr(&init).contains(next), "{}", stderr(&init));
    }
    let fix = authshift(folder.path(), &["fix", "--write"]);
    assert_eq!(code(&fix), 0, "{}{}", stdout(&fix), stderr(&fix));
    let check = authshift(folder.path(), &["check"]);
    assert_eq!(code(&check), 0, "{}{}", stdout(&check), stderr(&check));
    let desk = fs::read_to_string(folder.path().join("desk/a.dg")).unwrap();
    assert!(desk.contains("connection :\"desk_oauth\""), "{desk}");
    let books = fs::read_to_string(folder.path().join("books/b.dg")).unwrap();
    assert!(books.contains("connection :\"books_main\""), "{books}");
}

#[test]
fn init_never_overwrites() {
    for name in ["authshift.toml", ".authshift.toml"] {
        let folder = folder(&[("a.dg", &old("GET", "https://desk.zoho.eu/api/v1/tickets")), (name, "# mine\n")]);
        let output = authshift(folder.path(), &["init"]);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains(&format!("{name} exists already")), "{}", stderr(&output));
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), "# mine\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}

/// One file that cannot be read is named; the others are not less worth for it.
#[test]
fn init_names_a_file_that_could_not_be_read_and_writes_the_rest() {
    let folder = folder(&[("a.dg", &old("GET", "https://desk.zoho.eu/api/v1/tickets"))]);
    fs::write(folder.path().join("b.dg"), b"x = \"\xE9\";").unwrap();
    let output = authshift(folder.path(), &["init"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("b.dg"), "{}", stderr(&output));
    let written = fs::read_to_string(folder.path().join("authshift.toml")).unwrap();
    assert!(written.contains("link-name = \"desk_oauth\""), "{written}");
}

#[test]
fn init_goes_where_the_files_find_it() {
    let files = [("x/a.dg", old("GET", "https://desk.zoho.eu/api/v1/tickets"))];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    // From above the files: the current folder.
    let above = folder(&files);
    assert_eq!(code(&authshift(above.path(), &["init", "x"])), 0);
    assert!(above.path().join("authshift.toml").exists());
    // From elsewhere: beside the files.
    let (target, elsewhere) = (folder(&files), folder(&[]));
    let path = target.path().join("x");
    assert_eq!(code(&authshift(elsewhere.path(), &["init", path.to_str().unwrap()])), 0);
    assert!(path.join("authshift.toml").exists() && !elsewhere.path().join("authshift.toml").exists());
    // A repository below the current folder would not look above its root.
    let nested = folder(&[("inner/x/a.dg", files[0].1)]);
    fs::create_dir(nested.path().join("inner/.git")).unwrap();
    assert_eq!(code(&authshift(nested.path(), &["init", "inner"])), 0);
    assert!(nested.path().join("inner/authshift.toml").exists());
}

#[test]
fn several_connections_of_one_service_are_told_apart_by_their_files() {
    let url = "https://desk.zoho.com/api/v1/tickets";
    let folder = folder(&[
        ("a.dg", &new(url, "desk_one")),
        ("b.dg", &new(url, "desk_two")),
        ("c [1].dg", &(new(url, "desk_two") + &old("GET", url))),
    ]);
    assert_eq!(code(&authshift(folder.path(), &["init"])), 0);
    let check = authshift(folder.path(), &["check", "--error-on-warnings"]);
    let text = stdout(&check);
    assert!(!text.contains("connection-mismatch") && !text.contains("unknown-connection"), "{text}");
    assert_eq!(code(&authshift(folder.path(), &["fix", "--write"])), 0);
    assert_eq!(code(&authshift(folder.path(), &["check", "--error-on-warnings"])), 0);
}

/// The rules of the findings in the files, with their places.
fn found(folder: &Path, paths: &[&str]) -> Vec<String> {
    let output = authshift(folder, &[&["check", "--output-format", "json"], paths].concat());
    assert_ne!(code(&output), 2, "{}", stderr(&output));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let shown = |finding: &Value| {
        let rule = finding["rule"].as_str().unwrap();
        format!("{}:{} {rule}", finding["path"].as_str().unwrap(), finding["range"]["start"]["line"])
    };
    json["findings"].as_array().unwrap().iter().map(shown).collect()
}

/// Code that names Connections in all the ways that are right as they are.
fn connected() -> Vec<(&'static str, String)> {
    let crm = "https://www.zohoapis.com/crm/v3/Leads";
    vec![
        // Two for one service, in one function.
        ("both.dg", new(crm, "crm_read") + &new(crm, "crm_write")),
        // One for several services.
        ("books.dg", new("https://www.zohoapis.com/books/v3/items", "crm_read")),
        ("desk.dg", new("https://desk.zoho.com/api/v1/tickets", "desk_main")),
        // Two data centres of a service.
        ("desk-eu.dg", new("https://desk.zoho.eu/api/v1/tickets", "desk_main")),
        ("desk-eu2.dg", new("https://desk.zoho.eu/api/v1/tickets", "desk_eu")),
        // A host that cannot be seen.
        ("unseen.dg", "r = invokeurl\n[\n\turl :base + \"/x\"\n\ttype :GET\n\tconnection:\"other\"\n];\n".to_owned()),
        // What Zoho would not take for a LinkName.
        ("odd.dg", new(crm, "crm-read")),
        // Still to be migrated.
        ("old.dg", old("GET", crm)),
        ("creator/old.dg", old("GET", crm)),
    ]
}

#[test]
fn after_init_nothing_that_was_there_is_a_finding() {
    for (git, cwd, path) in [
        (true, "", "functions"),
        (false, "", "functions"),
        (false, "elsewhere", "../functions"),
        (true, "elsewhere", "../functions"),
        (false, "functions", "."),
        (false, "", "functions/both.dg"),
    ] {
        let files = connected();
        let files: Vec<(String, String)> =
            files.into_iter().map(|(name, text)| (format!("functions/{name}"), text)).collect();
        let mut files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        files.push(("elsewhere/readme.md", "nothing"));
        let folder = folder(&files);
        if !git {
            fs::remove_dir(folder.path().join(".git")).unwrap();
        }
        let here = folder.path().join(cwd);
        let mut before = found(&here, &[path]);
        before.retain(|finding| !finding.ends_with("no-connection-configured"));
        let init = authshift(&here, &["init", path]);
        assert_eq!(code(&init), 0, "{}", stderr(&init));
        let after = found(&here, &[path]);
        assert_eq!(before, after, "{git} {cwd} {path}");
        assert_eq!(before.is_empty(), path.ends_with(".dg"), "{before:?}");
    }
}

/// `fix --config FILE` looks there, so that is where it is written.
#[test]
fn init_writes_the_configuration_that_is_named() {
    let folder = folder(&[("x/a.dg", &old("GET", "https://desk.zoho.eu/api/v1/tickets"))]);
    let init = authshift(folder.path(), &["init", "--config", "zoho.toml", "x"]);
    assert_eq!(code(&init), 0, "{}", stderr(&init));
    assert!(stderr(&init).contains("authshift fix --config zoho.toml x "), "{}", stderr(&init));
    assert_eq!(code(&authshift(folder.path(), &["fix", "--write", "--config", "zoho.toml", "x"])), 0);
    assert!(!folder.path().join("authshift.toml").exists() && !folder.path().join("x/authshift.toml").exists());
    assert_eq!(code(&authshift(folder.path(), &["init", "--config", "zoho.toml", "x"])), 2);
}

#[test]
fn one_connection_is_one_entry_whatever_it_serves() {
    let folder = folder(&[(
        "a.dg",
        &(new("https://sheet.zoho.in/api/v2/1", "zoho_oauth_connection")
            + &new("https://www.zohoapis.in/writer/api/v1/documents", "zoho_oauth_connection")),
    )]);
    let json = plan(folder.path());
    assert_eq!(json["connections"].as_array().unwrap().len(), 1);
    let services: Vec<&str> = json["connections"][0]["services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["service"].as_str().unwrap())
        .collect();
    assert_eq!(services, ["sheet", "writer"]);
    let text = stdout(&authshift(folder.path(), &["plan"]));
    let expected = "\
Already there: 2 requests on 1 Connection (-v shows their scopes)
  In an unknown product
    zoho_oauth_connection  Zoho Sheet IN, Zoho Writer IN (2)
";
    assert_eq!(text, expected);
}

#[test]
fn what_is_there_is_a_second_short_section() {
    let url = "https://desk.zoho.com/api/v1/tickets";
    let folder = folder(&[
        ("crm/a.dg", &old("POST", url)),
        ("crm/b.dg", &new("https://www.zohoapis.com/crm/v3/Leads", "crm_main")),
        ("crm/c.dg", &old("GET", "https://www.zohoapis.com/crm/v3/Contacts")),
        ("crm/d.dg", &new("https://www.zohoapis.com/crm/v3/Leads", "crm_main")),
    ]);
    let output = authshift(folder.path(), &["plan"]);
    let expected = "\
On the page of Connections: pick the service, enter the LinkName, tick the scopes,
then Create and Connect. A scope that the list does not have needs a custom service.

Connections to create in Zoho CRM
Setup > Developer Hub > Connections > Create Connection
(according to zoho.com/crm/developer/docs/connections)
Guessed from the folder's name; create the Connections in the product where the functions really run.

[ ] crm_main (the code names it already: check that it has these scopes too)
    Zoho CRM, data centre US: 1 request
    Scopes: ZohoCRM.modules.contacts.READ
    [ ] ZohoCRM.modules.contacts.READ
          or ZohoCRM.modules.ALL
        crm/c.dg:1  GET www.zohoapis.com/crm/v3/Contacts

[ ] desk_oauth (a suggestion)
    Zoho Desk, data centre US: 1 request
    Scopes: Desk.tickets.CREATE
    [ ] Desk.tickets.CREATE
        crm/a.dg:1  POST desk.zoho.com/api/v1/tickets

Already there: 2 requests on 1 Connection (-v shows their scopes)
  Zoho CRM
    crm_main  Zoho CRM US (2)
";
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeezed(&stdout(&output)), squeezed(expected));
    let summary = "1 Connection to create, 1 Connection to extend (in 4 files); 2 requests have one already\nnext: authshift init  writes";
    assert!(stderr(&output).contains(summary), "{}", stderr(&output));
}

#[test]
fn the_scopes_stand_in_one_line_to_be_copied() {
    let url = "https://desk.zoho.com/api/v1";
    let paths = ["tickets", "contacts", "agents", "articles", "tasks", "calls", "events"];
    let text: String = paths.iter().map(|path| old("POST", &format!("{url}/{path}"))).collect();
    let folder = folder(&[("a.dg", &text)]);
    let text = stdout(&authshift(folder.path(), &["plan"]));
    let line = text.lines().find_map(|line| line.trim().strip_prefix("Scopes: ")).unwrap();
    assert_eq!(line.split(',').count(), 7, "{line}");
    assert!(!line.contains(' ') && !text.contains("7 scopes"), "{text}");
}

#[test]
fn a_placeholder_is_never_a_link_name() {
    let url = "https://www.zohoapis.com/books/v3/items";
    let names =
        ["<Your_Connection>", "ENTER YOUR CONNECTION NAME", "my-connection-name", "REPLACE_WITH_BOOKS_CONNECTION_NAME"];
    let mut text: String = names.iter().map(|name| new(url, name)).collect();
    text += &new(url, "x").replace("\"x\"", "YOUR_CONNECTION_NAME");
    let folder = folder(&[("a.dg", &text)]);
    let json = plan(folder.path());
    assert_eq!(rows(&json), ["- books us books_oauth: ZohoBooks.settings.READ"]);
    assert_eq!(json["connections"][0]["link_name_from"], "suggested");
    assert_eq!(json["connections"][0]["sites"].as_array().unwrap().len(), 5);
    let text = stdout(&authshift(folder.path(), &["plan"]));
    assert!(text.contains("5 requests have a placeholder where the LinkName belongs"), "{text}");
    assert_eq!(code(&authshift(folder.path(), &["init"])), 0);
    let written = fs::read_to_string(folder.path().join("authshift.toml")).unwrap();
    assert!(!written.contains("YOUR") && !written.contains("Your") && !written.contains("my-"), "{written}");
}

#[test]
fn the_product_is_told_by_metadata_then_code_then_the_outermost_folder() {
    let text = old("GET", "https://desk.zoho.com/api/v1/tickets");
    let folder = folder(&[
        ("Creator/Functions/Workdrive/a.dg", &text),
        ("Creator/Functions/Desk/b.dg", &text),
        ("functions/notify/Notify.deluge", &text),
        ("functions/notify/Notify.metadata.json", "{\"api_name\": \"notify\"}"),
        ("books/c.dg", &format!("void automation.Notify()\n{{\n{text}}}\n")),
        ("workdrive/d.dg", &text),
    ]);
    let json = plan(folder.path());
    let pool = |path: &str| {
        let connections = json["connections"].as_array().unwrap();
        let of = |one: &&Value| one["sites"].as_array().unwrap().iter().any(|site| site["path"] == path);
        connections.iter().find(of).unwrap()["pool"].as_str().map(str::to_owned)
    };
    assert_eq!(pool("Creator/Functions/Workdrive/a.dg").as_deref(), Some("creator"));
    assert_eq!(pool("Creator/Functions/Desk/b.dg").as_deref(), Some("creator"));
    assert_eq!(pool("functions/notify/Notify.deluge").as_deref(), Some("crm"));
    assert_eq!(pool("books/c.dg").as_deref(), Some("crm"));
    assert_eq!(pool("workdrive/d.dg"), None);
}

#[test]
fn each_product_has_its_way_to_the_page_of_connections() {
    for (folder_name, way) in [
        ("desk", "Setup > Developer Space > Connections"),
        ("crm", "Setup > Developer Hub > Connections"),
        ("books", "Deluge editor > Connections (top right) > Go To Connections > +"),
        ("inventory", "Settings > Developer Data > Connections"),
        ("creator", "Microservices > Create New > Connections"),
        ("people", "Settings > Developer Space > Connections > My Connections"),
        ("cliq", "not confirmed by Zoho's documentation"),
    ] {
        let folder = folder(&[(&format!("{folder_name}/a.dg"), &old("GET", "https://desk.zoho.com/api/v1/tickets"))]);
        let text = stdout(&authshift(folder.path(), &["plan"]));
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(way), "{folder_name}: {text}");
    }
}

#[test]
fn what_init_writes_is_valid_for_every_fixture() {
    let mut connections = 0;
    for entry in walkdir::WalkDir::new(fixtures()).into_iter().map(Result::unwrap) {
        if entry.path().file_stem().is_none_or(|stem| stem != "before") || entry.file_type().is_dir() {
            continue;
        }
        let text = String::from_utf8(fs::read(entry.path()).unwrap()).unwrap();
        let source = Source::new(entry.path(), text.clone());
        let plan = group(sites(&source, Format::Deluge, &Config::default()).unwrap().sites);
        let written = toml::text(&plan, entry.path().parent().unwrap());
        let shown = entry.path().display();
        assert!(!tokens(&text).iter().any(|token| written.contains(token.as_str())), "{shown}: {written}");
        let config = Config::parse(&entry.path().with_file_name("authshift.toml"), &written);
        connections += config.unwrap_or_else(|error| panic!("{shown}: {error}\n{written}")).connections().len();
    }
    assert!(connections > 200, "{connections}");
}
