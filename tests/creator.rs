//! Creator exports: which texts are scripts, how far a broken one goes, and pages that are stored encoded.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use authshift::deluge::{Kind, ParseError, Tree, parse};
use authshift::project::part::Part;
use support::{authshift, fixtures, on_big_stack, stderr};

fn fixture(name: &str, file: &str) -> String {
    std::fs::read_to_string(fixtures().join(name).join(file)).unwrap()
}

fn texts<'t>(text: &'t str, tree: &Tree, kind: Kind) -> Vec<&'t str> {
    let items = tree.children(tree.root()).iter().filter(|&&node| tree.kind(node) == kind);
    items.map(|&node| tree.range(node).of(text)).collect()
}

/// The scripts of an application with this content.
fn scripts(content: &str) -> Vec<String> {
    let text = format!("application \"a\"\n{{\n{content}\n}}\n");
    let tree = parse(&text).unwrap();
    assert_eq!(texts(&text, &tree, Kind::Action), Vec::<&str>::new(), "{content}");
    texts(&text, &tree, Kind::Body).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_script_is_told_by_the_words_before_it() {
    let cases: &[(&str, &[&str])] = &[
        ("custom deluge script\n(\n\tx = 1;\n)", &["x = 1;"]),
        ("Custom  Deluge script\n\n \t(\n\tx = 1;\n \t)", &["x = 1;"]),
        ("custom deluge script ( x = f(1); )", &["x = f(1);"]),
        ("custom deluge script\n(\n)\non load\n(\n)\non success\n{\n}", &["", "", ""]),
        ("on load\n(\n\tx = 1;\n)\non click\n(\n\ty = 2;\n)", &["x = 1;", "y = 2;"]),
        ("on user input of Items.Price\n{\n\tx = 1;\n}", &["x = 1;"]),
        ("on validate\n{\n\ttry \n\t{\n\t\tx = 1;\n\t}\n}", &["try \n\t{\n\t\tx = 1;\n\t}"]),
        ("script\n{\n\t// first\n\tx = 1;\n}", &["// first\n\tx = 1;"]),
        ("functions\n{\n\tDeluge\n\t{\n\t\tvoid a.b(int c)\n\t\t{\n\t\t}\n\t}\n}", &["void a.b(int c)\n\t\t{\n\t\t}"]),
        ("functions\n{\n\tDeluge\n\t{\n\t\t@@ odd\n\t}\n}", &["@@ odd"]),
        ("functions\n{\n\tlist:string b()\n\t{\n\t}\n}", &["list:string b()\n\t{\n\t}"]),
        ("variables\n{\n\tthisapp.variables.A = \"b\";\n}", &["thisapp.variables.A = \"b\";"]),
        ("whatever comes\n(\n\tif(a)\n\t{\n\t}\n)", &["if(a)\n\t{\n\t}"]),
        ("whatever comes\n{\n\tinsert into A\n\t[\n\t\tb = 1\n\t];\n}", &["insert into A\n\t[\n\t\tb = 1\n\t];"]),
        // None of these is one.
        ("on click\n(\n\tView Record as \"Show (all)\"\n\tEdit\n)", &[]),
        ("on add\n{\n\tsubmit\n\t(\n\t\ttype = submit\n\t)\n}", &[]),
        ("on edit\n{\n\tactions\n\t{\n\t}\n}", &[]),
        ("record event = on add or edit\n\n(\n\tName\n)", &[]),
        ("form script\n{\n\ttype = text\n}\nform Deluge\n{\n\tName\n\t(\n\t)\n}", &[]),
        ("text = \"custom deluge script ( x = 1; ) on load ( y = 2; )\"", &[]),
        ("// custom deluge script ( x = 1; )\n/* on load\n{\n\ty = 2;\n} */", &[]),
        ("form Deluge\n{\n\tdisplayname = \"b\"\n}\npage script\n{\n\tdisplayname = \"c\"\n}", &[]),
        ("subscript\n{\n\tx\n}\nxcustom deluge script ( y )", &[]),
    ];
    for (content, expected) in cases {
        assert_eq!(scripts(content), *expected, "{content}");
    }
}

#[test]
fn a_script_ends_at_its_own_bracket_also_when_it_is_broken() {
    let whole = "\tcustom deluge script\n\t(\n\t\ty = 2;\n\t)";
    let cases = [
        // Brackets, quotes and comments of the script close nothing.
        ("x = f(a,\")\") + '(';", "x = f(a,\")\") + '(';"),
        ("// it's ) and }\n\t\tx = 1; /* ) \" ( */", "// it's ) and }\n\t\tx = 1; /* ) \" ( */"),
        ("x = {\"a\":{1,2}};\n\tif(a)\n{\n}", "x = {\"a\":{1,2}};\n\tif(a)\n{\n}"),
        ("q = 'select a,\n\t\tb as \"c\"\n\t\tfrom (d';", "q = 'select a,\n\t\tb as \"c\"\n\t\tfrom (d';"),
        // What does not add up ends at the bracket below.
        ("x = \"never closed;", "x = \"never closed;"),
        ("if(a\n\t\t{\n\t\t\tx = (1;", "if(a\n\t\t{\n\t\t\tx = (1;"),
        ("/* never closed", "/* never closed"),
        ("}\n\t\tx = 1;", "}\n\t\tx = 1;"),
    ];
    for (script, expected) in cases {
        let broken = format!("\tcustom deluge script\n\t(\n\t\t{script}\n\t)\n");
        assert_eq!(scripts(&format!("{broken}{whole}")), [expected, "y = 2;"], "{script}");
        // And before the next one where there is none.
        let lost = format!("\tcustom deluge script\n\t(\n\t\t{script}\n");
        assert_eq!(scripts(&format!("{lost}{whole}")).last().unwrap(), "y = 2;", "{script}");
    }
}

#[test]
fn statements_of_an_action_are_no_script() {
    let text = "application \"a\"\n{\nactions (a == \"b\" && (c is null))\n{\n\thide A,B;\n\tthisapp.f(ID);\n\tcustom deluge script\n\t(\n\t\tx = 1;\n\t)\n\topenUrl(\"#a;b\",\"same window\");\n\tsendmail\n\t(\n\t\tfrom : a\n\t\tto : \"b\"\n\t)\n}\n}";
    let tree = parse(text).unwrap();
    assert_eq!(
        texts(text, &tree, Kind::Action),
        [
            "hide A,B;\n\tthisapp.f(ID);",
            "openUrl(\"#a;b\",\"same window\");",
            "sendmail\n\t(\n\t\tfrom : a\n\t\tto : \"b\"\n\t)"
        ]
    );
    assert_eq!(texts(text, &tree, Kind::Body), ["x = 1;"]);
    assert!(tree.opaque().is_empty());
}

#[test]
fn a_complete_export_is_understood() {
    let text = fixture("W01-complete-export", "before.ds");
    let parts = on_big_stack(|| Part::all_of(&text).unwrap());
    assert_eq!(parts.iter().flat_map(Part::opaque).count(), 0);
    let [file, page] = parts.as_slice() else { panic!("{} parts", parts.len()) };
    assert_eq!(texts(&text, &file.tree, Kind::Body).len(), 12);
    assert_eq!(texts(&text, &file.tree, Kind::Action).len(), 4);
    let statement_ends = texts(&text, &file.tree, Kind::Definition).join("\n");
    assert!(!statement_ends.lines().any(|line| line.trim_end().ends_with(';')), "a statement was passed over");
    assert!(page.text().contains("\t\t<li class=\"row\"><%=repair.Number%> it's {open} &amp; caf\u{e9}</li>\n"));
}

#[test]
fn an_export_that_is_cut_off_anywhere_is_read() {
    on_big_stack(|| {
        for name in ["W13-encoded-page", "W20-broken-script-beside-a-whole-one"] {
            let text = fixture(name, "before.ds");
            for cut in (0..text.len()).filter(|&cut| text.is_char_boundary(cut)) {
                for part in Part::all_of(text.get(..cut).unwrap()).unwrap() {
                    let whole = part.outer(part.tree.range(part.tree.root()));
                    assert!(whole.end() <= cut, "{name} cut at {cut}");
                }
            }
        }
    });
}

#[test]
fn deep_nesting_gets_an_answer() {
    on_big_stack(|| {
        for (bracket, depth) in
            [("{", 100_000), ("(", 100_000), ("x\n{\n", 20_000), ("on x {", 5_000), ("actions{(", 5_000)]
        {
            let text = format!("application \"a\" {}", bracket.repeat(depth));
            let opaque = parse(&text).map(|tree| tree.opaque().len());
            assert_eq!(opaque, Ok(0), "{bracket}");
        }
        for bracket in ["{", "("] {
            let text = format!("application \"a\"\ncustom deluge script\n(\n{}", bracket.repeat(100_000));
            match parse(&text) {
                Ok(tree) => assert_eq!(tree.opaque().len(), 1, "{bracket}"),
                Err(ParseError::TooDeep { offset }) => assert!(offset < text.len(), "{bracket}"),
            }
        }
    });
}

#[test]
fn the_edits_of_an_encoded_page_are_edits_of_the_file() {
    for name in ["W13-encoded-page", "W14-encoded-page-with-an-older-call", "W18-page-that-is-encoded-once"] {
        let output = authshift(&fixtures().join(name), &["check", "--output-format", "json", "before.ds"]);
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = document["findings"].as_array().unwrap();
        let number = |value: &serde_json::Value| usize::try_from(value.as_u64().unwrap()).unwrap();
        let mut edits: Vec<(usize, usize, &str)> = findings
            .iter()
            .flat_map(|finding| finding["fix"]["edits"].as_array().unwrap())
            .map(|edit| (number(&edit["start"]), number(&edit["end"]), edit["replacement"].as_str().unwrap()))
            .collect();
        edits.sort_unstable();
        edits.dedup();
        let mut text = fixture(name, "before.ds");
        for (start, end, replacement) in edits.into_iter().rev() {
            text.replace_range(start..end, replacement);
        }
        assert_eq!(text, fixture(name, "after.ds"), "{name}");
    }
}

#[test]
fn what_is_not_understood_of_a_page_has_its_place_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let text = fixture("W13-encoded-page", "before.ds").replace(r"\n\ttickets =", r"\n\t@@ odd;\n\ttickets =");
    std::fs::write(folder.path().join("a.ds"), &text).unwrap();
    let output = authshift(folder.path(), &["check", "-v", "a.ds"]);
    let line = text.lines().position(|line| line.contains("@@")).unwrap() + 1;
    let column = text.lines().nth(line - 1).unwrap().find("@@").unwrap() + 1;
    let expected = format!("a.ds:{line}:{column}: could not parse line {line}; it is left unchanged");
    assert!(stderr(&output).contains(&expected), "{}", stderr(&output));
}
