//! Scripts of one shape and any size: what is right for ten optional parameters is right for four hundred.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod support;

use authshift::finding::Applicability;
use authshift::fix::fix;
use authshift::project::Project;
use authshift::project::config::Config;
use authshift::project::format::Format;
use authshift::text::source::Source;

use support::on_big_stack;

const SIZES: [usize; 3] = [10, 100, 400];

/// What `fix` without `--unsafe-fixes` makes of a script; every finding has to be safe.
fn fixed(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("authshift.toml");
    std::fs::write(&path, "default-connection = \"link\"\n").unwrap();
    let config = Config::load(&path).unwrap();
    let source = Source::new("in.deluge", text);
    let fixed =
        on_big_stack(|| fix(&source, Format::Deluge, &config, &Project::default(), Applicability::Safe)).unwrap();
    for finding in &fixed.before.findings {
        assert_eq!(finding.applicability, Applicability::Safe, "{finding:?}");
    }
    fixed.after.expect("something changes").0
}

/// `piece` so many times, with its number in place of `#`.
fn many(count: usize, piece: &str) -> String {
    (0..count).map(|number| piece.replace('#', &number.to_string())).collect()
}

fn request(url: &str) -> String {
    format!("r = invokeurl\n[\n\turl :{url}\n\ttype :GET\n];\ninfo r;\n")
}

fn connected(url: &str) -> String {
    request(url).replace(":GET\n", ":GET\n\tconnection :\"link\"\n")
}

const FIRST: &str = "u = \"https://desk.zoho.com/api/v1/tickets?authtoken=\" + token;\n";
const BARE: &str = "u = \"https://desk.zoho.com/api/v1/tickets\";\n";
const REPLACED: &str = "u.replaceFirst(\"&\",\"?\")";

/// What follows the token is appended in `middle`: the first of it that is sent gets the `?` (row Q12).
fn appended(middle: &str) {
    let text = format!("{FIRST}{middle}{}", request("u"));
    assert_eq!(fixed(&text), format!("{BARE}{middle}{}", connected(REPLACED)));
}

/// The same of a piece, any number of times.
fn each_appended(piece: &str) {
    SIZES.into_iter().for_each(|count| appended(&many(count, piece)));
}

#[test]
fn optional_parameters() {
    each_appended("if(p# != null)\n{\n\tu = u + \"&p#=\" + p#;\n}\n");
}

#[test]
fn appends_in_loops() {
    each_appended("for each x# in l#\n{\n\tu = u + \"&p#=\" + x#;\n}\n");
}

#[test]
fn appends_in_ifs_inside_of_one_another() {
    for count in SIZES {
        let opened = many(count, "if(p# != null)\n{\nu = u + \"&p#=\" + p#;\n");
        appended(&(opened + &"}\n".repeat(count)));
    }
}

#[test]
fn appends_in_both_branches() {
    each_appended("if(c#)\n{\n\tu = u + \"&a#=1\";\n}\nelse\n{\n\tu = u + \"&b#=2\";\n}\n");
}

#[test]
fn appends_in_a_row() {
    for count in SIZES {
        let middle = many(count, "u = u + \"&p#=\" + p#;\n");
        let first = "u = \"https://desk.zoho.com/api/v1/tickets?limit=1&authtoken=\" + token;\n";
        let bare = "u = \"https://desk.zoho.com/api/v1/tickets?limit=1\";\n";
        assert_eq!(fixed(&format!("{first}{middle}{}", request("u"))), format!("{bare}{middle}{}", connected("u")));
    }
}

#[test]
fn names_for_one_address() {
    for count in SIZES {
        let middle = many(count, "u# = v#;\n").replace("v0;", "u;");
        let middle = (1..count).fold(middle, |text, at| text.replace(&format!("= v{at};"), &format!("= u{};", at - 1)));
        let url = format!("u{}", count - 1);
        assert_eq!(fixed(&format!("{FIRST}{middle}{}", request(&url))), format!("{BARE}{middle}{}", connected(&url)));
    }
}

#[test]
fn branches_with_an_address_each() {
    for count in SIZES {
        let all = many(count, "else if(c == #)\n{\n\tu = \"https://desk.zoho.com/api/v1/t#?authtoken=\" + token;\n}\n");
        let bare = many(count, "else if(c == #)\n{\n\tu = \"https://desk.zoho.com/api/v1/t#\";\n}\n");
        let begin = |text: &str| format!("if(c == \"\")\n{{\n\treturn;\n}}\n{text}else\n{{\n\treturn;\n}}\n");
        assert_eq!(fixed(&format!("{}{}", begin(&all), request("u"))), format!("{}{}", begin(&bare), connected("u")));
    }
}

#[test]
fn hosts_of_many_data_centres() {
    for count in SIZES {
        let hosts = many(count, "else if(dc == #)\n{\n\tbase = \"https://desk.zoho.com/api/v#\";\n}\n");
        let begin = format!("if(dc == \"\")\n{{\n\tbase = \"https://desk.zoho.eu/api/v\";\n}}\n{hosts}");
        let begin = format!("{begin}else\n{{\n\tbase = \"https://desk.zoho.in/api/v\";\n}}\n");
        let with = request("base + \"/tickets?authtoken=\" + token + \"&limit=5\"");
        let without = connected("base + \"/tickets?limit=5\"");
        assert_eq!(fixed(&format!("{begin}{with}")), format!("{begin}{without}"));
    }
}

#[test]
fn appends_in_loops_with_one_variable() {
    each_appended("for each x in l#\n{\n\tu = u + \"&p#=\" + x;\n}\n");
}

#[test]
fn appends_in_tries() {
    each_appended("try\n{\n\tu = u + \"&p#=\" + p#;\n}\ncatch (e)\n{\n\tinfo e;\n}\n");
}

/// `n1 = n0;`, `n2 = n1;`, …: so many names for what `n0` is, and the last one.
fn names(count: usize) -> (String, String) {
    let names = (1..=count).map(|at| format!("n{at} = n{};\n", at - 1)).collect();
    (names, format!("n{count}"))
}

#[test]
fn names_for_one_token() {
    for count in SIZES {
        let (names, last) = names(count);
        let before = format!("n0 = authtoken;\n{names}");
        let with = request(&format!("\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + {last}"));
        let without = connected("\"https://desk.zoho.com/api/v1/tickets\"");
        let after = fixed(&format!("{before}{with}"));
        assert!(after.ends_with(&without), "{count}: {after}");
    }
}

#[test]
fn names_for_one_map() {
    let map = "n0 = Map();\nn0.put(\"orgId\",org);\n";
    let token = "n0.put(\"Authorization\",\"Zoho-authtoken \" + token);\n";
    for count in SIZES {
        let (names, last) = names(count);
        let send = |connection: &str| {
            let url = "\"https://desk.zoho.com/api/v1/tickets\"";
            format!("r = invokeurl\n[\n\turl :{url}\n\ttype :GET\n\theaders:{last}\n{connection}];\ninfo r;\n")
        };
        let with = format!("{map}{token}{names}{}", send(""));
        assert_eq!(fixed(&with), format!("{map}{names}{}", send("\tconnection:\"link\"\n")));
    }
}

#[test]
fn names_for_one_access_token() {
    let asked = "n0 = invokeurl\n[\n\turl :\"https://accounts.zoho.com/oauth/v2/token?refresh_token=1000.fake.fake&client_id=1000.FAKE&client_secret=fake&grant_type=refresh_token\"\n\ttype :POST\n];\nn0 = n0.get(\"access_token\");\n";
    for count in SIZES {
        let (names, last) = names(count);
        let with = format!(
            "r = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets\"\n\ttype :GET\n\theaders:{{\"Authorization\":\"Zoho-oauthtoken \" + {last}}}\n];\ninfo r;\n"
        );
        let after = fixed(&format!("{asked}{names}{with}"));
        assert!(after.ends_with(&connected("\"https://desk.zoho.com/api/v1/tickets\"")), "{count}: {after}");
        assert!(!after.contains("oauth"), "{count}: {after}");
    }
}
