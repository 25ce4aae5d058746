//! `authshift report` through the real process: the page and its Markdown hold no token, load nothing, say what they should, and
//! read the same each time. `.ci/browser` looks at the page in a browser.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use support::folder::{DESK, Folder, folder};
use support::{code, copy, fixtures, stderr, stdout, tokens};

const TOKEN: &str = "fake0desk0token0aaaabbbbccccdddd";

/// A function that sends the token to Zoho Desk.
fn sends(name: &str) -> String {
    format!(
        "void {name}(string id)\n{{\n\tx = invokeurl\n\t[\n\t\turl :\"https://desk.zoho.com/api/v1/tickets/\" + id + \"?authtoken={TOKEN}&a=1\"\n\t\ttype :GET\n\t];\n\tinfo x.get(\"subject\");\n}}\n"
    )
}

/// The same, migrated.
fn migrated(name: &str, link: &str) -> String {
    let new = sends(name).replace(&format!("authtoken={TOKEN}&"), "");
    new.replace("\t\ttype :GET\n", &format!("\t\ttype :GET\n\t\tconnection :\"{link}\"\n"))
}

fn html(folder: &Folder, arguments: &[&str]) -> String {
    let output = folder.run(&[&["report"], arguments].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    stdout(&output)
}

fn markdown(folder: &Folder) -> String {
    html(folder, &["--output-format", "markdown"])
}

/// The text of a page's element, of which there is one with this beginning.
fn element<'p>(page: &'p str, begin: &str, end: &str) -> &'p str {
    let mut found = page.split(begin).skip(1);
    let text = found.next().unwrap_or_else(|| panic!("no {begin}")).split(end).next().unwrap();
    assert!(found.next().is_none(), "two of {begin}");
    text
}

fn plain(html: &str) -> String {
    let quotes = html.replace("&quot;", "\"").replace("&#39;", "'").replace("&#58;", ":").replace("&#13;", "\r");
    quotes.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Ten functions and what else a project has.
fn project() -> Folder {
    let folder = Folder::empty().with("authshift.toml", DESK);
    for number in 0..10 {
        folder.write(&format!("functions/desk/f{number}.deluge"), sends(&format!("f{number}")));
    }
    let clean = "void clean()\n{\n\tinfo 1;\n}\n";
    let dead = format!(
        "x = getUrl(\"https://crm.zoho.com/crm/private/json/Leads/getRecords?authtoken={TOKEN}&scope=crmapi\");\ninfo x;\n"
    );
    folder
        .with("functions/crm/clean.deluge", clean)
        .with("functions/crm/leads.deluge", dead)
        .with("app/sync.php", format!("<?php\n$url = \"https://books.zoho.com/api/v3/items?authtoken={TOKEN}\";\n"))
}

#[test]
fn the_page_has_all_there_is_to_hand_over_and_no_token() {
    let folder = project();
    let page = html(&folder, &[]);
    assert!(!page.contains("fake0"), "a token is in the page");
    for number in 0..10 {
        let new = element(&page, &format!("<pre id=\"f{}-new\">\n", number + 2), "</pre>");
        assert_eq!(plain(new), migrated(&format!("f{number}"), "desk_oauth"));
        for box_ in ["pasted", "tested"] {
            assert!(page.contains(&format!("<input type=\"checkbox\" id=\"f{}-{box_}\"", number + 2)));
        }
    }
    // Before, with the token masked and what goes marked.
    let old = "<td class=\"old gone\" data-n=\"5\">\t\turl :&quot;https://desk.zoho.com/api/v1/tickets/&quot; + id + &quot;?<del>authtoken=</del><del><span class=\"mask\" title=\"masked\">fake…</span></del><del>&amp;</del>a=1&quot;</td>";
    assert_eq!(page.matches(old).count(), 10);
    assert_eq!(page.matches("Before <strong>masked: do not paste</strong>").count(), 10);
    assert!(!page.contains("After <strong>"));
    // The checklist, with the way and who says so, and the scopes to be copied.
    assert!(page.contains("Setup &gt; Developer Space &gt; Connections &gt; Create Connection"));
    assert!(page.contains("According to Zoho Desk&#39;s page on leaving authtokens"));
    assert_eq!(element(&page, "<code id=\"c2-scopes\">", "</code>"), "Desk.tickets.READ");
    // What is gone, in a function and with what replaces it; the app apart.
    let dead = element(&page, "<h2 id=\"dead\">", "</section>");
    assert!(dead.contains("functions/crm/leads.deluge:1") && dead.contains("/crm/v2/&lt;Module&gt;"), "{dead}");
    let apps = element(&page, "<h2 id=\"apps\">", "</section>");
    assert!(apps.contains("app/sync.php:2") && apps.contains("Zoho Books, data centre US"), "{apps}");
    assert!(page.contains("<dt>requests send a token</dt><dd>12</dd>"));
    assert!(page.contains("<dt>functions change</dt><dd>10</dd>"));
    assert!(page.contains("1 other file needs no change."));
}

#[test]
fn the_page_loads_nothing() {
    let page = html(&project(), &[]);
    let policy = element(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'), "{policy}");
    for attribute in
        [" src=", " srcset=", " action=", " style=", "url(", "@import", " ping=", "<link", "<img", "<iframe"]
    {
        assert!(!page.contains(attribute), "{attribute}");
    }
    let links = page.split("href=\"").skip(1);
    assert!(links.into_iter().all(|link| link.starts_with('#')));
    // Every link leads somewhere, and no name is given twice.
    let ids: Vec<&str> = page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), ids.len());
    for link in page.split("href=\"#").skip(1).chain(page.split("aria-labelledby=\"").skip(1)) {
        let name = link.split('"').next().unwrap();
        assert!(ids.contains(&name), "{name}");
    }
}

#[test]
fn what_is_masked_is_never_copied() {
    // A second token stays, since it goes to somebody else.
    let other = "fake0other0token0aaaabbbbccccddd";
    let text = sends("a").replace("\tinfo x", &format!("\ty = \"{other}\";\n\tinfo y;\n\tinfo x"));
    let folder = folder(&[("authshift.toml", DESK), ("a.deluge", &text)]);
    let page = html(&folder, &[]);
    assert!(!page.contains("fake0"));
    assert!(page.contains("After <strong>masked: do not paste</strong>"));
    assert!(page.contains("<p class=\"warn\">masked: do not paste</p>"));
    let copies: Vec<&str> = page.split("data-copy=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(copies, ["c1-scopes"]);
    let text = markdown(&folder);
    assert!(text.contains("**masked: do not paste**") && !text.contains("fake0"));
}

#[test]
fn what_a_change_assumes_is_said_when_it_is_made() {
    let text = sends("a").replace("\tinfo x.get(\"subject\");", "\tsendmail\n\t[\n\t\tfrom :zoho.loginuserid\n\t\tto :\"a@b.example\"\n\t\tsubject :\"x\"\n\t\tmessage :x\n\t]")
        .replace("x = invokeurl\n\t[\n\t\turl :", "x = getUrl(")
        .replace("\n\t\ttype :GET\n\t];", ");\n\treturn x;");
    let folder = folder(&[("authshift.toml", DESK), ("a.deluge", &text)]);
    let held = html(&folder, &[]);
    assert!(held.contains("<h4>What is left to do</h4>") && !held.contains("class=\"panes\""), "{held}");
    let made = html(&folder, &["--unsafe-fixes"]);
    let assumed = element(&made, "<h4>What is assumed</h4>", "<div class=\"panes\">");
    assert!(assumed.contains("Line 3:") && assumed.contains("return"), "{assumed}");
}

#[test]
fn names_and_code_cannot_change_the_page() {
    let hostile = "void a<b>\"'&`c`(string id)";
    let text = sends("a")
        .replace(
            "void a(string id)",
            "// </pre></script><script>alert(1)</script> ::error::x ##[error]y `````\nvoid a(string id)",
        )
        .replace("type :GET", "type :GET\n\t\tconnection :\"x' & y\"");
    let folder = folder(&[
        ("authshift.toml", DESK),
        ("x\" onload=\"alert(1)<b>&`.deluge", &text),
        ("::error::[a](b).deluge", &sends("b")),
        ("second.deluge", &(hostile.to_owned() + "\n" + &sends("c"))),
    ]);
    let page = html(&folder, &["--unsafe-fixes"]);
    assert_eq!(page.matches("<script>").count(), 1);
    for bad in ["<script>alert", "<img", "<b>", "onload=\"alert", "\n::error", "##[error"] {
        assert!(!page.contains(bad), "{bad}");
    }
    assert!(page.contains("x&quot; onload=&quot;alert(1)&lt;b&gt;&amp;`.deluge"));
    // It can be copied exactly all the same.
    let new = text.replace(&format!("authtoken={TOKEN}&"), "");
    let copies: Vec<String> = page
        .split("-new\">\n")
        .skip(1)
        .map(|rest| plain(&rest.split("</pre>").next().unwrap().replace("&#91;", "[")))
        .collect();
    assert!(copies.contains(&new), "{copies:?}");
    let text = markdown(&folder);
    assert!(text.contains("``x\" onload=\"alert(1)<b>&`.deluge``"), "{text}");
    // The comment's backticks stay inside of the block.
    assert!(text.contains("``````diff\n"), "{text}");
    assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
}

#[test]
fn it_reads_the_same_each_time_whatever_the_threads() {
    let folder = project();
    let first = html(&folder, &["-o", "report.html"]);
    assert_eq!(first, "");
    let written = folder.read("report.html");
    // The report that is there already is no input.
    assert_eq!(html(&folder, &["-j", "1", "-o", "report.html"]), "");
    assert_eq!(folder.read("report.html"), written);
    assert_eq!(html(&folder, &["-j", "8"]), written);
    let md = markdown(&folder);
    folder.write("report.md", &md);
    assert_eq!(markdown(&folder), md);
    assert!(tokens(&md).is_empty());
}

#[test]
fn a_report_is_not_read_unless_it_looks_as_if_it_held_a_token() {
    let folder = folder(&[("authshift.toml", DESK), ("functions/a.deluge", &sends("a"))]);
    for (form, name) in [("html", "m.html"), ("markdown", "m.md")] {
        folder.run(&["report", "functions", "--output-format", form, "-o", name]);
        assert_eq!(folder.code(&["check", ".", "--exclude", "functions"]), 0, "{name}");
        let verbose = stderr(&folder.run(&["check", ".", "-v", "--exclude", "functions"]));
        assert!(
            verbose.contains(&format!("{name}: skipped: a report of authshift, with its tokens masked")),
            "{verbose}"
        );
        folder.write(name, folder.read(name) + &sends("late"));
        assert_eq!(folder.code(&["check", ".", "--exclude", "functions", "--error-on-warnings"]), 1, "{name}");
        std::fs::remove_file(folder.at(name)).unwrap();
    }
}

#[test]
fn without_a_configuration_linknames_are_suggestions() {
    let folder = folder(&[("desk/a.deluge", &sends("a"))]);
    let output = folder.run(&["report", "desk", "-o", "m.html"]);
    assert_eq!(code(&output), 0);
    let said = stderr(&output);
    assert!(said.contains("wrote m.html: 1 function changes\n"), "{said}");
    assert!(said.contains("LinkNames are suggestions") && said.contains("next: authshift init desk"), "{said}");
    let page = folder.read("m.html");
    assert!(
        page.contains("its LinkName is a suggestion") && page.contains("Some LinkNames in this report are suggestions")
    );
    assert_eq!(plain(element(&page, "<pre id=\"f1-new\">\n", "</pre>")), migrated("a", "desk_oauth"));
    // Nothing else is written, and the functions stay.
    assert_eq!(folder.read("desk/a.deluge"), sends("a"));
    assert!(!folder.at("authshift.toml").exists() && !folder.at("desk/authshift.toml").exists());
    // What a configuration leaves open is not made up.
    folder.write("authshift.toml", "[[connection]]\nlink-name = \"books\"\nservice = \"books\"\n");
    assert!(!html(&folder, &["desk"]).contains("class=\"panes\""));
}

#[test]
fn functions_of_one_file_are_pasted_back_one_by_one() {
    let text = format!("{}\nvoid clean()\n{{\n\tinfo 1;\n}}\n\n{}", sends("a"), sends("b"));
    let folder = folder(&[("authshift.toml", DESK), ("all.deluge", &text)]);
    let page = html(&folder, &[]);
    for (number, name, line) in [(1, "a", 1), (2, "b", 16)] {
        let new = plain(element(&page, &format!("<pre id=\"f{number}-new\">\n"), "</pre>"));
        assert_eq!(new + "\n", migrated(name, "desk_oauth"));
        assert!(page.contains(&format!(
            "<h3 id=\"f{number}\">{name}</h3>\n<p class=\"soft small\"><code>all.deluge:{line}</code>"
        )));
    }
    assert!(!page.contains("f3-new") && !page.contains("<h3 id=\"f3\">"));
}

#[test]
fn scripts_in_an_export_are_shown_as_they_are_pasted() {
    let script = sends("a").replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    let json = format!("{{\"functions\": [{{\"name\": \"a\", \"script\": \"{script}\"}}]}}\n");
    let folder = folder(&[("authshift.toml", DESK), ("functions.json", &json)]);
    let page = html(&folder, &[]);
    assert_eq!(plain(element(&page, "<pre id=\"f1-new\">\n", "</pre>")), migrated("a", "desk_oauth"));
}

#[test]
fn windows_line_ends_are_copied_and_what_cannot_be_shown_is_not() {
    let crlf = sends("a").replace('\n', "\r\n");
    let odd = sends("b").replace("info x.", "info \"\u{202e}\" + x.");
    let folder = folder(&[("authshift.toml", DESK), ("a.deluge", &crlf), ("b.deluge", &odd)]);
    let page = html(&folder, &[]);
    assert_eq!(
        plain(element(&page, "<pre id=\"f1-new\">\n", "</pre>")),
        migrated("a", "desk_oauth").replace('\n', "\r\n")
    );
    assert!(!page.contains("f2-new") && page.contains("not exact: do not paste"));
    assert!(!page.contains('\u{202e}'));
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_and_in_the_report() {
    let folder = folder(&[("authshift.toml", DESK), ("a.deluge", &sends("a"))]).with("b.deluge", b"\xff\xfe\x00x");
    let output = folder.run(&["report", "-o", "m.html"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("b.deluge"));
    let page = folder.read("m.html");
    assert!(element(&page, "<h2 id=\"errors\">", "</section>").contains("<code>b.deluge</code>"));
    assert!(page.contains("f1-new"));
    assert_eq!(folder.code(&["report", "missing.deluge"]), 2);
    assert_eq!(folder.code(&["report", "-"]), 2);
    assert_eq!(folder.code(&["report", "-o", "a.deluge"]), 2);
    assert_eq!(folder.read("a.deluge"), sends("a"));
}

#[test]
fn nothing_to_do_is_said() {
    let folder = folder(&[("a.deluge", "info 1;\n")]);
    let page = html(&folder, &[]);
    assert!(page.contains("No authtokens were found in 1 file."));
    assert!(!page.contains("id=\"functions\"") && !page.contains("id=\"connections\""));
    assert!(markdown(&folder).contains("No authtokens were found in 1 file."));
}

/// Whatever the fixtures hold, no token comes through.
#[test]
fn no_token_of_any_fixture_is_in_a_report() {
    let folder = Folder::empty();
    copy(&fixtures(), folder.path());
    let output = folder.run(&["report", "--unsafe-fixes"]);
    let text = stdout(&output);
    assert!(text.contains("<h2 id=\"functions\">"), "{}", stderr(&output));
    assert_eq!(tokens(&text), Vec::<String>::new());
    assert_eq!(tokens(&stderr(&output)), Vec::<String>::new());
    assert!(authshift::text::secret::shapes(&text).is_empty());
}

/// A secret of one file is masked wherever it stands: in another file's code, in names of files and functions, in messages.
#[test]
fn secrets_are_masked_by_value_in_all_text() {
    let secret = "Zx9secretvalue";
    let oauth = format!(
        "p = Map();\np.put(\"client_secret\",\"{secret}\");\np.put(\"refresh_token\",\"1000.{0}.{0}\");\np.put(\"grant_type\",\"refresh_token\");\na = invokeurl\n[\n\turl :\"https://accounts.zoho.com/oauth/v2/token\"\n\ttype :POST\n\tparameters:p\n];\nt = a.get(\"access_token\");\nx = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets\"\n\ttype :GET\n\theaders:{{\"Authorization\":\"Zoho-oauthtoken \" + t}}\n];\ninfo x;\n",
        "0123456789abcdef0123456789abcdef"
    );
    let named = sends(secret).replace("\tinfo x", &format!("\t// {secret}\n\tinfo x"));
    let folder = folder(&[("authshift.toml", DESK), ("a.deluge", &oauth)])
        .with(&format!("{secret}/{secret}.deluge"), named)
        .with(&format!("{secret}/bad.deluge"), b"\xff\xfe\x00x");
    for form in ["html", "markdown"] {
        let output = folder.run(&["report", "--output-format", form, "--unsafe-fixes"]);
        let text = stdout(&output);
        assert!(text.contains("Zx9s…") && !text.contains(secret), "{text}");
        assert!(!text.contains("0123456789abcdef"));
    }
}
