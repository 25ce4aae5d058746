//! Secrets planted into code in many forms, none of which has the shape of a Zoho token: no output of any command may show more
//! of one than its first characters.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::collections::BTreeSet;

use support::folder::Folder;
use support::{stderr, stdout};

/// Longer stretches of a secret (characters) must not be printed.
const MOST: usize = 8;

/// Of requests to Zoho Desk, with the secret in the place of `{}`, and its halves in those of `{1}` and `{2}`.
const FORMS: &[&str] = &[
    // Queries.
    "r = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken={}\");",
    "r = getUrl(\"https://desk.zoho.com/api/v1/tickets?AuthToken={}&limit=5\").toMap();",
    "r = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + \"{}\" + \"&limit=5\");",
    "r = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken={1}\" + \"{2}\");",
    "r = getUrl((\"https://desk.zoho.com/api/v1/tickets?authtoken={1}\") + (\"{2}\" + \"&limit=5\"));",
    "key = \"{}\";\nr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + key);",
    "one = \"{1}\";\ntwo = \"{2}\";\nr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + one + two);",
    "u = \"https://desk.zoho.com/api/v1/tickets?authtoken={1}\";\nu = u + \"{2}&limit=5\";\nr = getUrl(u);",
    "u = \"https://desk.zoho.com/api/v1/tickets?authtoken=\";\nu += \"{1}\";\nu += \"{2}\";\nr = getUrl(u);",
    "u = \"https://desk.zoho.com/api/v1/tickets\".concat(\"?authtoken=\").concat(\"{}\");\nr = getUrl(u);",
    "u = \"https://desk.zoho.com/api/v1/tickets?authtoken={1}\".concat(\"{2}\");\nr = getUrl(u);",
    "key = \"{1}\".concat(\"{2}\").trim();\nr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + key);",
    "key = if(live,\"{}\",\"\");\nr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + key);",
    "key = ifnull(input.key,\"{}\");\nr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + key);",
    "r = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=KEY\".replaceAll(\"KEY\",\"{}\",true));",
    "keys = {\"{}\",\"second0key\"};\nfor each key in keys\n{\n\tr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + key);\n}",
    "keys = List();\nkeys.add(\"{}\");\nfor each key in keys\n{\n\tr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + key);\n}",
    "keys = \"{},second0key\".toList();\nr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + keys.get(0));",
    "m = {\"desk\":\"{}\",\"name\":\"Desk\"};\nr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + m.get(\"desk\"));",
    "if(a)\n{\n\tkey = \"{}\";\n}\nelse\n{\n\tkey = input.key;\n}\nr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + key);",
    "string key()\n{\n\treturn \"{}\";\n}\nvoid f()\n{\n\tr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + thisapp.key());\n}",
    "void g(String key)\n{\n\tr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + key);\n}\nvoid f()\n{\n\tthisapp.g(\"{}\");\n}",
    // Parameters.
    "r = postUrl(\"https://desk.zoho.com/api/v1/tickets\",{\"authtoken\":\"{}\",\"id\":\"1\"});",
    "p = Map();\np.put(\"authtoken\",\"{}\");\np.put(\"id\",id);\nr = postUrl(\"https://desk.zoho.com/api/v1/tickets\",p);",
    "name = \"authtoken\";\np = Map();\np.put(name,\"{1}\" + \"{2}\");\nr = postUrl(\"https://desk.zoho.com/api/v1/tickets\",p);",
    "r = postUrl(\"https://desk.zoho.com/api/v1/tickets\",\"authtoken={}&id=1\");",
    "r = postUrl(\"https://desk.zoho.com/api/v1/tickets\",\"{\\\"authtoken\\\":\\\"{}\\\",\\\"id\\\":1}\").subString(0,4);",
    "r = postUrl(\"https://desk.zoho.com/api/v1/tickets\",\"{\\\"authtoken\\\":\\\"\" + \"{}\" + \"\\\",\\\"id\\\":1}\").subString(0,4);",
    "r = postUrl(\"https://desk.zoho.com/api/v1/tickets\",\"<authtoken>\" + \"{}\" + \"</authtoken>\");",
    "r = postUrl(\"https://desk.zoho.com/api/v1/tickets\",\"<authtoken>{}</authtoken>\");",
    // Headers.
    "r = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets\"\n\ttype :GET\n\theaders:{\"Authorization\":\"Zoho-authtoken {}\"}\n];",
    "h = Map();\nh.put(\"Authorization\",\"Zoho-authtoken \".concat(\"{}\"));\nr = getUrl(\"https://desk.zoho.com/api/v1/tickets\",h);",
    "login = \"Zoho-authtoken \" + \"{1}\" + \"{2}\";\nr = getUrl(\"https://desk.zoho.com/api/v1/tickets\",{\"Authorization\":login});",
    // Values that no request sends, in names, comments and code that is not understood.
    "deskAuthtoken = \"{}\";\ninfo deskAuthtoken;",
    "// authtoken={} of last year\ninfo 1;",
    "/* the authtoken: {} */\ninfo 1;",
    "%% authtoken = \"{}\" %%;\ninfo 1;",
    // Secrets of OAuth, and what an authtoken was asked for with.
    "m = {\"grant_type\":\"refresh_token\",\"client_secret\":\"{}\"};\nr = postUrl(\"https://accounts.zoho.com/oauth/v2/token\",m);",
    "r = postUrl(\"https://accounts.zoho.com/oauth/v2/token?grant_type=refresh_token&refresh_token={}\",Map());",
    "r = postUrl(\"https://accounts.zoho.com/apiauthtoken/nb/create?SCOPE=ZohoSupport/supportapi&EMAIL_ID=b@example.com&PASSWORD={}\",Map());",
    "m = Map();\nm.put(\"SCOPE\",\"ZohoSupport/supportapi\");\nm.put(\"Password\",\"{}\");\nr = postUrl(\"https://accounts.zoho.com/apiauthtoken/nb/create\",m);",
    // In the place of a LinkName, too.
    "r = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets?authtoken={}\"\n\ttype :GET\n\tconnection:\"{}\"\n];",
];

/// What the neighbouring lines hold of the secret besides: they are context lines of the diff.
const BESIDE: &str = "note = \"{}\";\nlist = {\"x\",\"{}\"};\n";

/// A secret like no other: letters and digits, or with signs in it.
fn secret(number: usize, signs: bool) -> String {
    if signs {
        format!("Q{number}x#k{number}!v 7{number}R'z9{number}~L%{number}/pB{number}u")
    } else {
        format!("qx{number}9kw{number}v7r{number}tz9{number}lm4{number}pbu")
    }
}

/// As it stands in a literal of the form; a query cannot hold each sign.
fn file(form: &str, secret: &str) -> String {
    let middle = secret.len() / 2;
    let (one, two) = secret.split_at(middle);
    format!("{BESIDE}{form}\n{BESIDE}").replace("{}", secret).replace("{1}", one).replace("{2}", two)
}

#[test]
fn no_output_shows_more_of_a_secret_than_its_first_characters() {
    assert!(FORMS.len() >= 25);
    let folder = Folder::new();
    let mut secrets = Vec::new();
    for (at, form) in FORMS.iter().enumerate() {
        for signs in [false, true] {
            // A word in a comment ends at a blank.
            let secret =
                if form.starts_with('/') { secret(100 + at, signs).replace(' ', "_") } else { secret(100 + at, signs) };
            let name = format!("f{at:02}{}.deluge", if signs { "s" } else { "p" });
            folder.write(&name, file(form, &secret));
            secrets.push((name, secret));
        }
    }
    let mut outputs = Vec::new();
    for arguments in [
        &["check"][..],
        &["check", "-v", "--statistics", "--color", "always"],
        &["check", "--output-format", "json"],
        &["check", "--output-format", "sarif"],
        &["check", "--output-format", "github"],
        &["check", "--output-format", "gitlab"],
        &["check", "--output-format", "rdjson"],
        &["check", "--write-baseline=known.jsonl"],
        &["scan", "-v"],
        &["scan", "--color", "always"],
        &["fix", "-v"],
        &["fix", "--unsafe-fixes", "--color", "always"],
        &["rename-connection", "desk_oauth", "other"],
        &["plan", "-v"],
        &["plan", "--output-format", "json"],
        &["init", "--isolated", "."],
        &["parse", "."],
        &["check", "--config", "f00p.deluge"],
    ] {
        if arguments[0] == "init" {
            std::fs::remove_file(folder.at("authshift.toml")).unwrap();
        }
        let output = folder.run(arguments);
        outputs.push((arguments.join(" "), stdout(&output) + &stderr(&output)));
    }
    outputs.push(("the baseline".to_owned(), folder.read("known.jsonl")));
    outputs.push(("the configuration".to_owned(), folder.read("authshift.toml")));
    let mut shown = BTreeSet::new();
    for (what, output) in &outputs {
        assert!(!output.is_empty(), "{what} prints nothing");
        for (file, secret) in &secrets {
            for form in [secret.clone(), secret.replace('%', "%25").replace('#', "%23").replace(' ', "%20")] {
                let characters: Vec<char> = form.chars().collect();
                let mut stretches = characters.windows(MOST + 1).map(|stretch| stretch.iter().collect::<String>());
                if let Some(stretch) = stretches.find(|stretch| output.contains(stretch)) {
                    let line = output.lines().find(|line| line.contains(&stretch)).unwrap_or_default();
                    shown.insert(format!("{file}: {what}: {stretch:?} in {line}"));
                }
            }
        }
    }
    let shown: Vec<String> = shown.into_iter().collect();
    assert!(shown.is_empty(), "{} places:\n{}", shown.len(), shown.join("\n"));
}
