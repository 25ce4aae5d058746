//! The ledger: what is written into it, what is wrong in it, and what becomes of its statuses.

use std::fs;

use authshift::exchange::Ledger;
use authshift::text::secret::fingerprint;

use crate::support::folder::{Folder, folder};
use crate::support::{code, stderr, stdout};

const LEDGER: &str = "authshift-exchange/ledger.toml";
const TOKEN: &str = "fake0desk0token0aaaabbbbccccdddd";

const RIGHT: &str = "[[token]]\nfingerprint = \"desk-main\"\nkind = \"self\"\nservice = \"desk\"\ndata-center = \"eu\"\n\
                     soid = \"ZohoSupport.4071234\"\nscopes = [\"Desk.tickets.READ\"]\nstatus = \"waiting\" # mine\n";

/// Where and what is wrong.
fn mistakes(text: &str) -> Vec<String> {
    let mistakes = Ledger::parse(text).map(|_| Vec::new()).unwrap_or_else(|mistakes| mistakes);
    let show = |mistake: &authshift::exchange::Mistake| {
        format!("{}:{} {}", mistake.position.line, mistake.position.column, mistake.message)
    };
    mistakes.iter().map(show).collect()
}

#[test]
fn each_mistake_says_where_it_is_and_what_to_write() {
    assert_eq!(mistakes(RIGHT), [""; 0]);
    let cases = [
        (
            "\"desk-main\"",
            "\"fake0desk0token0aaaabbbbccccdddd\"",
            "2:15 `fake…` looks like a token; those go into secrets.txt.",
        ),
        (
            "\"desk-main\"",
            "\"Desk\"",
            "2:15 `Desk` is no fingerprint: those authshift writes, or a name of a-z, 0-9 and `-`",
        ),
        (
            "\"self\"",
            "\"\"",
            "3:8 `kind` is empty: \"self\" for a script or server of your own, \"external\" for an app",
        ),
        ("kind = \"self\"\n", "", "1:1 this token has no `kind`: \"self\" for"),
        ("\"self\"", "\"selv\"", "3:8 unknown kind `selv`; did you mean `self`?"),
        ("\"desk\"", "\"dsek\"", "4:11 unknown service `dsek`; did you mean `desk`?"),
        ("\"eu\"", "\"europe\"", "5:15 unknown data-center `europe`; "),
        ("ZohoSupport.4071234", "4071234", "6:8 `soid` must be \"ZohoSupport.\" and the orgId"),
        ("ZohoSupport.4071234", "ZohoSupport.", "6:8 `soid` must be \"ZohoSupport.\" and the orgId"),
        ("\"desk\"", "\"crm\"", "6:8 `soid` must be \"ZohoCRM.\" and the zgid"),
        ("\"desk\"", "\"mail\"", "6:8 Zoho Mail takes no `soid`"),
        ("[\"Desk.tickets.READ\"]", "[]", "7:10 `scopes` is empty: what the app may do with the new token"),
        (
            "\"Desk.tickets.READ\"",
            "\"Desk.tickets.READ|\"",
            "7:11 this is no scope; one is written like \"Desk.tickets.READ\"",
        ),
        ("[\"Desk.tickets.READ\"]", "\"Desk.tickets.READ\"", "7:10 `scopes` must be a list"),
        ("\"waiting\"", "\"wait\"", "8:10 unknown status `wait`; did you mean `waiting`?"),
        ("status", "state", "8:1 unknown key `state`; it is one of `client`, "),
        ("status = \"waiting\"", "token = \"x\"", "8:1 a token must not be in the ledger; put it into secrets.txt"),
        ("status", "client = \"A|b\"\nstatus", "8:10 `client` is a name of yours for an OAuth client"),
    ];
    for (right, wrong, said) in cases {
        let found = mistakes(&RIGHT.replacen(right, wrong, 1));
        assert!(found.len() == 1 && found[0].starts_with(said), "{wrong}: {found:?}");
        assert!(!found[0].contains(TOKEN));
    }
    assert!(mistakes(&format!("{RIGHT}{RIGHT}"))[0].starts_with("9:1 the token `desk-main` is here twice"));
    assert_eq!(mistakes(&RIGHT.replace("\"self\"", "\"\"").replace("\"eu\"", "\"\"")).len(), 2, "all of them at once");
    let external = RIGHT.replace("\"self\"", "\"external\"").replace("[\"Desk.tickets.READ\"]", "[]");
    assert_eq!(mistakes(&external), [""; 0], "Zoho was told the scopes before");
}

#[test]
fn a_ledger_with_mistakes_is_an_error_and_writes_no_script() {
    let folder = folder(&[(LEDGER, &RIGHT.replace("\"self\"", "\"\"").replace("4071234", ""))]);
    let output = folder.run(&["exchange"]);
    assert_eq!(code(&output), 2);
    let text = stderr(&output);
    assert!(text.contains(&format!("{LEDGER}:3:8: `kind` is empty")), "{text}");
    assert!(text.contains(&format!("{LEDGER}:6:8: `soid` must be")), "{text}");
    assert!(!folder.at("authshift-exchange/exchange.sh").exists());
    for (arguments, said) in [
        (&["exchange", "authshift-exchange"][..], "is a folder; name the ledger in it"),
        (&["exchange", "zoho.php"], "does not end in .toml"),
        (&["exchange", "-"], "exchange needs a file"),
    ] {
        let output = folder.run(arguments);
        assert!(code(&output) == 2 && stderr(&output).contains(said), "{arguments:?}: {}", stderr(&output));
    }
}

/// What is written in the code comes by its fingerprint, what is not by a name.
#[test]
fn a_new_ledger_has_the_tokens_of_the_apps() {
    let desk = format!(
        "<?php\n$url = 'https://desk.zoho.eu/api/v1/tickets';\n$headers = ['Authorization: Zoho-authtoken {TOKEN}'];\n"
    );
    let books = "import os, requests\nrequests.get('https://books.zoho.com/api/v3/invoices?authtoken=' + os.environ['ZOHO_AUTHTOKEN'])\n";
    let folder = folder(&[("desk.php", &desk), ("books.py", books)]);
    let output = folder.run(&["exchange"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let ledger = folder.read(LEDGER);
    assert!(!ledger.contains(TOKEN) && !(stdout(&output) + &stderr(&output)).contains(TOKEN));
    let entry = format!(
        "# desk.php:3\n# the token there is fake…\n[[token]]\nfingerprint = \"{}\"\nkind = \"self\"\nservice = \"desk\"\ndata-center = \"eu\"\nsoid = \"ZohoSupport.\"\n",
        fingerprint(TOKEN)
    );
    assert!(ledger.contains(&entry), "{ledger}");
    assert!(ledger.contains("# books.py:2\n") && ledger.contains("fingerprint = \"books-us\"\n"), "{ledger}");
    // The soid is to be filled in: said with its place, and no error yet.
    assert!(stderr(&output).contains("`soid` must be \"ZohoSupport.\" and the orgId"), "{}", stderr(&output));
    folder.write(
        LEDGER,
        ledger.replace("ZohoSupport.", "ZohoSupport.1").replace("scopes = []", "scopes = [\"Desk.basic.READ\"]"),
    );
    let output = folder.run(&["exchange"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    for file in ["exchange.sh", "exchange.ps1", "secrets.txt"] {
        let text = folder.read(&format!("authshift-exchange/{file}"));
        assert!(!text.contains(TOKEN) && text.contains(&fingerprint(TOKEN)), "{file}");
    }
    // What is there already is not added again.
    let before = folder.read(LEDGER);
    assert_eq!(folder.code(&["exchange", "--from", "."]), 0);
    assert_eq!(folder.read(LEDGER), before);
}

/// What authshift writes is no finding of its own.
#[test]
fn the_files_of_an_exchange_are_no_findings() {
    let folder = Folder::empty().with(LEDGER, RIGHT);
    assert_eq!(folder.code(&["exchange"]), 0);
    let output = folder.run(&["check"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
}

/// A ledger that came without its answers still tells what must not be done again.
#[test]
fn statuses_are_kept_up_to_date() {
    let folder = folder(&[(LEDGER, RIGHT)]);
    let script = || folder.read("authshift-exchange/exchange.sh");
    let with = |status: &str| folder.write(LEDGER, RIGHT.replace("\"waiting\"", &format!("\"{status}\"")));
    for status in ["done", "unknown", "refused", "skip"] {
        with(status);
        assert_eq!(folder.code(&["exchange"]), 0);
        assert!(folder.read(LEDGER).contains(&format!("status = \"{status}\" # mine\n")));
        assert!(!script().contains("desk-main|"), "{status}");
    }
    let answers =
        |ending: &str, text: &str| folder.write(&format!("authshift-exchange/answers/desk-main.1.{ending}"), text);
    answers("call", "1800000000\n");
    for (end, status) in [
        ("1800000001 self self-eu done\n", "done"),
        ("1800000001 self self-eu unknown\n", "unknown"),
        ("1800000001 self self-eu invalid_authtoken\n", "refused"),
        ("1800000001 self self-eu invalid_scope\n", "waiting"),
    ] {
        answers("end", end);
        with("waiting");
        assert_eq!(folder.code(&["exchange"]), 0);
        assert!(folder.read(LEDGER).contains(&format!("status = \"{status}\" # mine\n")), "{end}");
        assert!(script().contains("desk-main|"), "{status}");
    }
    // Without a status of its own yet, it gets a line.
    answers("end", "1800000001 self self-eu done\n");
    folder.write(LEDGER, RIGHT.replace("status = \"waiting\" # mine\n", ""));
    assert_eq!(folder.code(&["exchange"]), 0);
    assert!(folder.read(LEDGER).contains("fingerprint = \"desk-main\"\nstatus = \"done\"\nkind"));
    // What was filled in stays.
    let secrets = fs::read_to_string(folder.at("authshift-exchange/secrets.txt")).unwrap();
    folder.write("authshift-exchange/secrets.txt", secrets.replace("token.desk-main =", "token.desk-main = mine"));
    folder.write(LEDGER, format!("{RIGHT}\n{}", RIGHT.replace("desk-main", "desk-other")));
    assert_eq!(folder.code(&["exchange"]), 0);
    let secrets = folder.read("authshift-exchange/secrets.txt");
    assert!(secrets.contains("token.desk-main = mine\n") && secrets.contains("token.desk-other =\n"), "{secrets}");
    assert_eq!(secrets.matches("client-id.self-eu").count(), 1);
}
