//! Functions that only fetch an access token, and their callers in other files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use support::folder::folder;
use support::{authshift, stdout};

const CONFIG: &str = "[[connection]]\nlink-name = \"sheet_oauth\"\nservice = \"sheet\"\n";

fn fetches(name: &str) -> String {
    format!(
        "string {name}()\n{{\n\tresp = invokeurl\n\t[\n\t\turl :\"https://accounts.zoho.in/oauth/v2/token?grant_type=refresh_token&refresh_token=\" + thisapp.variables.REFRESH\n\t\ttype :POST\n\t];\n\treturn resp.get(\"access_token\");\n}}\n"
    )
}

fn calls(name: &str) -> String {
    format!(
        "// {name}() is slow\ninfo \"{name}()\";\ntoken = {name}();\nr = invokeurl\n[\n\turl :\"https://sheet.zoho.in/api/v2/ab12\"\n\ttype :POST\n\theaders:{{\"Authorization\":\"Zoho-oauthtoken \" + token}}\n];\ninfo r;\n"
    )
}

/// What `scan` says of a folder with these functions.
fn scanned(files: &[(&str, String)]) -> String {
    let mut all = vec![("authshift.toml", CONFIG)];
    all.extend(files.iter().map(|(name, text)| (*name, text.as_str())));
    let folder = folder(&all);
    stdout(&authshift(folder.path(), &["scan", "."]))
}

#[test]
fn a_helper_is_told_who_calls_it_from_other_files() {
    for (defined, called) in [
        ("getToken", "thisapp.getToken"),
        ("getToken", "thisapp.tokens.getToken"),
        ("standalone.getToken", "standalone.getToken"),
    ] {
        let said = scanned(&[("a.deluge", calls(called)), ("b.deluge", fetches(defined)), ("c.deluge", calls(called))]);
        let called_in = format!(
            "`{defined}` only fetches an access token; delete it when nothing calls it (now called in a.deluge:3, c.deluge:3)"
        );
        assert!(said.contains(&called_in), "{said}");
        let name = called.trim_start_matches("thisapp.");
        let told = format!("`{name}` is defined in b.deluge and only fetches an access token");
        assert_eq!(said.matches(&told).count(), 2, "{said}");
    }
}

#[test]
fn another_function_of_the_name_is_not_taken_for_it() {
    let said = scanned(&[("a.deluge", calls("standalone.getToken")), ("b.deluge", fetches("schedule.getToken"))]);
    assert!(said.contains("no file here calls it"), "{said}");
    assert!(!said.contains("is defined in"), "{said}");
    // Which of two is called cannot be told.
    let said = scanned(&[
        ("a.deluge", calls("thisapp.getToken")),
        ("b.deluge", fetches("getToken")),
        ("c.deluge", fetches("getToken")),
    ]);
    assert!(!said.contains("is defined in"), "{said}");
    // A function that does more is no helper.
    let more = fetches("getToken").replace("\treturn", "\tthisapp.save(resp);\n\treturn");
    let said = scanned(&[("a.deluge", calls("thisapp.getToken")), ("b.deluge", more)]);
    assert!(!said.contains("only fetches"), "{said}");
}
