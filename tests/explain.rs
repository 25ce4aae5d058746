//! `authshift explain`: every rule has its page, and the pages say what the tool does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use anstream::adapter::strip_str;
use authshift::finding::{Applicability, Rule};
use authshift::report::explain::{list, page as rendered};
use authshift::rules::declaration::Fixable;
use authshift::rules::{Page, page};
use serde_json::Value;
use support::{authshift, code, copy, fixtures, stderr, stdout, tokens};

/// What a page has, after its name; the example is made of a fixture.
const HEADINGS: [&str; 4] = ["What it finds", "Why", "Example", "Fix safety"];

fn pages() -> Vec<(Rule, Page)> {
    Rule::ALL.iter().map(|&rule| (rule, page(rule))).collect()
}

fn explain(arguments: &[&str]) -> Output {
    authshift(&fixtures(), &[&["explain"], arguments].concat())
}

/// What a terminal of `width` columns shows, without colours.
fn shown(rule: Rule, width: usize) -> String {
    strip_str(&rendered(rule, width)).to_string()
}

/// What stands under a heading of a page.
fn under(text: &str, heading: &str) -> String {
    let lines = text.lines().skip_while(|line| *line != heading).skip(1);
    lines.take_while(|line| line.is_empty() || line.starts_with([' ', '>'])).collect::<Vec<_>>().join("\n")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_list_has_every_rule_with_its_severity_in_80_columns() {
    let output = explain(&[]);
    assert_eq!(code(&output), 0);
    for text in [stdout(&output), strip_str(&list(80)).to_string()] {
        let (heading, rows) = text.split_once('\n').unwrap();
        assert_eq!(heading.split_whitespace().collect::<Vec<_>>(), ["rule", "level", "fix", "what", "it", "finds"]);
        let lines: Vec<&str> = rows.lines().collect();
        assert_eq!(lines.len(), Rule::ALL.len(), "{text}");
        let column = heading.find("what it finds").unwrap();
        for (line, &rule) in lines.iter().zip(Rule::ALL) {
            let words: Vec<&str> = line.split_whitespace().take(3).collect();
            let fix = match rule.declaration().fixable {
                Fixable::Yes => "yes",
                Fixable::InPart(_) => "part",
                Fixable::No => "no",
            };
            assert_eq!(words, [rule.name(), rule.default_severity().name(), fix]);
            let summary = page(rule).summary;
            assert!(line.chars().count() <= 80 && line.get(column..) == Some(summary.as_str()), "{line}");
        }
    }
    let narrow = strip_str(&list(40)).to_string();
    assert!(narrow.lines().all(|line| line.chars().count() <= 40), "{narrow}");
}

#[test]
fn a_page_has_its_sections_and_fits_the_terminal() {
    for (rule, page) in pages() {
        for width in [40, 80, 200] {
            let text = shown(rule, width);
            let severity = format!("Default severity: {}", rule.default_severity().name());
            assert!(text.starts_with(&format!("{}\n{severity}\nFixable: ", rule.name())), "{text}");
            let headings: Vec<&str> = text.lines().filter(|line| HEADINGS.contains(line)).collect();
            assert_eq!(headings, HEADINGS, "{text}");
            for (heading, words) in [("What it finds", &page.finds), ("Why", &page.why), ("Fix safety", &page.safety)] {
                let section = under(&text, heading);
                let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(!words.is_empty() && flat(&section) == flat(words), "{rule:?} {heading}: {section}");
                // Code is not wrapped.
                let prose = section.lines().filter(|line| !line.starts_with("      "));
                let most = prose.map(|line| line.chars().count()).max().unwrap();
                assert!(most <= width.min(100), "{rule:?} {heading}: {most} columns\n{section}");
            }
        }
        assert_eq!(stdout(&explain(&[rule.name(), "--color", "never"])).lines().next(), Some(rule.name()));
    }
}

/// Each rule is found in some fixture, and told of.
#[test]
fn every_rule_has_a_fixture_and_is_told_of() {
    let mut reported = BTreeSet::new();
    for folder in fs::read_dir(fixtures()).unwrap() {
        let Ok(findings) = fs::read_to_string(folder.unwrap().path().join("findings.txt")) else { continue };
        let rule = |line: &str| Rule::from_name(line.split_whitespace().nth(1).unwrap());
        reported.extend(findings.lines().map(|line| rule(line).unwrap_or_else(|| panic!("{line}"))));
    }
    for &rule in Rule::ALL {
        assert!(reported.contains(&rule), "{}", rule.name());
        let output = explain(&[rule.name()]);
        assert_eq!(code(&output), 0);
        assert!(stdout(&output).contains("What it finds"), "{}", rule.name());
    }
}

/// The head of a rule's file is its page: its name, a line for the list, and the headings. Every other file of the folder is a module
/// that `mod.rs` names, so that none is passed over.
#[test]
fn every_file_of_a_rule_is_its_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let modules = fs::read_to_string(folder.join("mod.rs")).unwrap();
    let mut files = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap();
        let name = module.replace('_', "-");
        let Some(rule) = Rule::from_name(&name) else {
            assert!(
                module == "mod" || modules.contains(&format!("mod {module};\n")),
                "{module} is no rule and no module"
            );
            continue;
        };
        if path.is_dir() {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(rule.source(), text, "{name}");
        let comment: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
        let headings: Vec<&str> = comment.iter().copied().filter(|line| line.starts_with('#')).collect();
        let sections = HEADINGS.iter().filter(|heading| **heading != "Example").map(|heading| format!("## {heading}"));
        assert_eq!(headings, std::iter::once(format!("# {name}")).chain(sections).collect::<Vec<_>>(), "{name}");
        assert!(!page(rule).summary.is_empty() && !page(rule).summary.contains('\n'), "{name}");
        files += 1;
    }
    assert_eq!(files, Rule::ALL.len());
}

/// What the build script reads in a declaration is what the compiler reads there.
#[test]
fn the_list_of_rules_is_that_of_the_declarations() {
    let places: Vec<u32> = Rule::ALL.iter().map(|rule| rule.declaration().place).collect();
    assert!(places.is_sorted_by(|one, other| one < other), "{places:?}");
    for &rule in Rule::ALL {
        assert_eq!(rule.default_severity(), rule.declaration().severity, "{}", rule.name());
    }
}

/// The example is a fixture in which the rule is found where the page says, and which becomes what the page shows.
#[test]
fn every_example_is_what_the_tool_does() {
    for (rule, page) in pages() {
        let example = page.example;
        let folder = tempfile::tempdir().unwrap();
        copy(&fixtures().join(example.folder), folder.path());
        // A file that is named is read, whatever it is called.
        let path = if rule == Rule::UnreadFile { "." } else { example.name };
        let output = json(&authshift(folder.path(), &["check", "--output-format", "json", path]));
        let found = output["findings"].as_array().unwrap().iter().filter(|finding| finding["rule"] == rule.name());
        let found: Vec<(u64, &str)> = found
            .map(|finding| {
                let line = finding["range"]["start"]["line"].as_u64().unwrap();
                (line, finding["applicability"].as_str().unwrap())
            })
            .collect();
        let expected: Vec<(u64, &str)> =
            example.findings(rule).into_iter().map(|(line, level)| (line as u64, level.name())).collect();
        assert!(!found.is_empty() && found == expected, "{}: {found:?}, {expected:?}", rule.name());

        let best = example.findings(rule).into_iter().map(|(_, level)| level).min().unwrap();
        assert_eq!(example.after.is_some(), best != Applicability::Manual, "{}", rule.name());
        assert_eq!(rule.declaration().fixable != Fixable::No, best != Applicability::Manual, "{}", rule.name());
        if let Some(after) = example.after {
            let level: &[&str] = if best == Applicability::Unsafe { &["--unsafe-fixes"] } else { &[] };
            authshift(folder.path(), &[&["fix", "--write", example.name], level].concat());
            assert_eq!(fs::read_to_string(folder.path().join(example.name)).unwrap(), after, "{}", rule.name());
        }
        assert!(example.before.lines().count() <= 20, "{}: choose a smaller fixture", example.folder);
    }
}

/// A fixed rule shows the lines that go and come, any other one its text with the lines of the findings marked.
#[test]
fn the_example_is_shown_without_its_tokens() {
    for (rule, page) in pages() {
        let text = under(&shown(rule, 80), "Example");
        let with = |sign: &str| text.lines().filter(|line| line.starts_with(sign)).count();
        if let Some(after) = page.example.after {
            let lines = |text: &str| text.lines().count();
            assert!(with("  -") > 0, "{text}");
            assert_eq!(lines(page.example.before) - with("  -"), lines(after) - with("  +"), "{text}");
        } else {
            for (line, _) in page.example.findings(rule) {
                let number = format!("> {line:2} | ");
                let code = text.lines().find_map(|shown| shown.strip_prefix(&number)).expect("a marked line");
                let whole = page.example.before.lines().nth(line - 1).unwrap();
                assert!(tokens(whole).len() == 1 || code.trim() == whole.trim(), "{code}");
            }
            assert_eq!(with("> "), page.example.findings(rule).len(), "{text}");
        }
        for arguments in [&[rule.name()][..], &[rule.name(), "--output-format", "json"]] {
            let output = explain(arguments);
            for token in tokens(page.example.before) {
                assert!(!stdout(&output).contains(&token), "{arguments:?}");
            }
        }
    }
    assert!(shown(Rule::HardcodedAuthtoken, 80).contains("-tok = \"fake…\";"));
}

#[test]
fn a_rule_can_be_switched_off_as_its_page_says() {
    for (rule, page) in pages() {
        let folder = tempfile::tempdir().unwrap();
        copy(&fixtures().join(page.example.folder), folder.path());
        let text = shown(rule, 80);
        let table: String =
            text.lines().skip_while(|line| line.trim() != "[rules]").take(2).collect::<Vec<_>>().join("\n");
        let file = folder.path().join("authshift.toml");
        fs::write(&file, fs::read_to_string(&file).unwrap_or_default() + "\n" + &table + "\n").unwrap();
        let output = authshift(folder.path(), &["check", "--output-format", "json", page.example.name]);
        assert!(json(&output)["findings"].as_array().unwrap().iter().all(|finding| finding["rule"] != rule.name()));
    }
}

/// The comment that the page names does what it says, above the first finding of the example.
#[test]
fn a_finding_is_suppressed_as_its_page_says() {
    let mut tried = 0;
    for (rule, page) in pages() {
        let text = shown(rule, 100);
        let comment = text.lines().find_map(|line| line.trim().strip_prefix("// authshift-ignore "));
        assert_eq!(comment.is_some(), rule.declaration().comments, "{text}");
        let Some(comment) = comment else { continue };
        // It is about comments, and has one already.
        if rule == Rule::UnusedSuppression {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        copy(&fixtures().join(page.example.folder), folder.path());
        let found = || {
            let output = json(&authshift(folder.path(), &["check", "--output-format", "json", page.example.name]));
            let findings = output["findings"].as_array().unwrap().iter();
            findings.filter(|finding| finding["rule"] == rule.name()).count()
        };
        let before = found();
        let (line, _) = page.example.findings(rule)[0];
        let mut lines: Vec<String> = page.example.before.lines().map(str::to_owned).collect();
        lines.insert(line - 1, format!("// authshift-ignore {comment}"));
        fs::write(folder.path().join(page.example.name), lines.join("\n") + "\n").unwrap();
        assert!(found() < before, "{}", rule.name());
        tried += 1;
    }
    assert!(tried > 15);
}

/// Rule names come with the completions for shells that complete more than options.
#[test]
fn rule_names_complete() {
    for shell in ["bash", "zsh", "fish"] {
        let script = stdout(&authshift(&fixtures(), &["completions", shell]));
        for rule in Rule::ALL {
            assert!(script.contains(rule.name()), "{shell}: {}", rule.name());
        }
    }
    // The help is not filled with them.
    assert!(!stdout(&authshift(&fixtures(), &["explain", "--help"])).contains("several-tokens"));
}

#[test]
fn an_unknown_rule_is_an_error_that_helps() {
    let output = explain(&["authtoken-in-querry"]);
    assert_eq!(code(&output), 2);
    assert!(output.stdout.is_empty());
    assert!(stderr(&output).contains("unknown rule `authtoken-in-querry`; did you mean `authtoken-in-query`?"));
    let output = explain(&["E501"]);
    assert_eq!(code(&output), 2);
    for rule in Rule::ALL {
        assert!(stderr(&output).contains(rule.name()));
    }
}

#[test]
fn the_json_has_the_pages() {
    let all = json(&explain(&["--output-format", "json"]));
    assert_eq!(all["schema_version"], 1);
    for (&rule, shape) in Rule::ALL.iter().zip(all["rules"].as_array().unwrap()) {
        let (found, page) = (&shape["page"], page(rule));
        assert_eq!(shape["rule"], rule.name());
        assert_eq!(shape["severity"], rule.default_severity().name());
        assert_eq!(found["summary"], page.summary);
        assert_eq!([&found["what_it_finds"], &found["why"]], [&page.finds, &page.why]);
        assert_eq!(found["fix_safety"], page.safety);
        assert_eq!(found["example"]["after"].is_string(), page.example.after.is_some());
        assert!(!found["example"]["lines"].as_array().unwrap().is_empty());
        let one = json(&explain(&[rule.name(), "--output-format", "json"]));
        assert_eq!(one["rules"], Value::from(vec![shape.clone()]));
    }
}

/// Row E4 of the rewrites; facts, section 8.
#[test]
fn the_limits_and_the_lock_out_of_the_exchange_are_told() {
    let page = page(Rule::AuthtokenGeneration);
    for words in [
        "authtooauth",
        "25 calls a minute and 60 an hour",
        "60 calls a minute and 100 an hour",
        "more than 20 invalid authtokens",
        "`access_denied`",
        "One day after",
    ] {
        assert!(page.safety.contains(words), "{words}");
    }
}

/// The table of rules says of a rule what its page says.
#[test]
fn the_table_agrees_with_the_pages() {
    let table = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md")).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>())
        .filter(|cells| cells.len() == 6 && ["error", "warning", "note"].contains(&cells[2]))
        .collect();
    for (rule, page) in pages() {
        let fixable = match rule.declaration().fixable {
            Fixable::Yes => "yes",
            Fixable::InPart(when) => when,
            Fixable::No => "no",
        };
        let (name, severity) = (format!("`{}`", rule.name()), rule.default_severity().name());
        let row = rows.iter().find(|row| row[1] == name).unwrap_or_else(|| {
            panic!("docs/rules.md has no row | {name} | {severity} | {} | {fixable} |", page.summary);
        });
        assert_eq!(row[2], severity, "{row:?}");
        assert_eq!(fixable == "no", row[4].starts_with("no"), "{row:?}");
    }
    assert_eq!(rows.len(), Rule::ALL.len());
}

/// The package leaves the fixtures out, but for those that are compiled in: `Cargo.toml` knows them by the end of their names.
#[test]
fn the_examples_are_in_the_package() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let excluded = manifest["package"]["exclude"].as_array().unwrap();
    let of_fixtures: Vec<&str> = excluded
        .iter()
        .filter_map(|pattern| pattern.as_str())
        .filter(|pattern| pattern.contains("/fixtures"))
        .collect();
    assert_eq!(of_fixtures, ["/fixtures/*", "!/fixtures/*.page"]);
    let folders = fs::read_dir(fixtures()).unwrap().map(|folder| folder.unwrap().file_name().into_string().unwrap());
    let kept: BTreeSet<String> = folders.filter(|folder| folder.ends_with(".page")).collect();
    let shown = pages().into_iter().map(|(_, page)| page.example.folder.to_owned());
    assert_eq!(
        kept,
        shown.collect::<BTreeSet<_>>(),
        "the folder of an example ends with `.page`, and no other one does"
    );
}
