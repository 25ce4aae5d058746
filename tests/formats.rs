//! The reports for programs: their schemas, what the services that take them ask for, the secrets they keep.
//! What is expected comes from the descriptions of the formats, not from what the tool prints.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "tests"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::{Arc, Mutex, OnceLock};

use authshift::finding::Applicability;
use authshift::fix;
use authshift::project::Project;
use authshift::project::config::Configs;
use authshift::project::format::Format;
use authshift::text::edit::EditSet;
use authshift::text::source::Source;
use jsonschema::Validator;
use serde_json::Value;
use support::folder::{DESK, Folder, folder};
use support::{authshift, code, copy, fixtures, stderr, stdout, tokens};

const FORMATS: [&str; 5] = ["json", "sarif", "github", "gitlab", "rdjson"];

const TOKEN: &str = "fake0desk0token0aaaabbbbccccdddd";

impl Folder {
    fn check(&self, format: &str, arguments: &[&str]) -> Output {
        self.check_in("", format, arguments)
    }

    fn check_in(&self, folder: &str, format: &str, arguments: &[&str]) -> Output {
        let arguments: Vec<&str> = ["check", "--output-format", format].iter().chain(arguments).copied().collect();
        authshift(&self.path().join(folder), &arguments)
    }

    fn json(&self, format: &str, arguments: &[&str]) -> Value {
        parsed(&self.check(format, arguments))
    }
}

fn parsed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(output)))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap_or_else(|| panic!("no number: {value}"))).unwrap()
}

/// A request with a token that is fixed by two edits.
fn old() -> String {
    format!(
        "x = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets?limit=5&authtoken={TOKEN}\"\n\ttype :GET\n];\n"
    )
}

/// What becomes of [`old`].
fn new() -> String {
    "x = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets?limit=5\"\n\ttype :GET\n\tconnection :\"desk_oauth\"\n];\n"
        .to_owned()
}

/// The text of [`old`] in other files: another line ending, a byte order mark, characters of several bytes, no final line end.
fn variants() -> Vec<(&'static str, String, String)> {
    let change = |name, change: &dyn Fn(String) -> String| (name, change(old()), change(new()));
    vec![
        change("plain", &|text| text),
        change("crlf", &|text| text.replace('\n', "\r\n")),
        change("cr", &|text| text.replace('\n', "\r")),
        change("mixed", &|text| text.replacen('\n', "\r\n", 1)),
        change("bom", &|text| format!("\u{feff}{text}")),
        change("accents", &|text| format!("info \"\u{e9}\u{1F600}\"; {}", text.replace("limit", "l\u{ef}m\u{1F600}t"))),
        change("end", &|text| text.trim_end().to_owned()),
    ]
}

/// All fixtures and files with errors, reported in one run; each format runs once. The options must change nothing.
fn everything(format: &'static str) -> Arc<Output> {
    static RUNS: Mutex<BTreeMap<&str, Arc<OnceLock<Arc<Output>>>>> = Mutex::new(BTreeMap::new());
    let run = Arc::clone(RUNS.lock().unwrap().entry(format).or_default());
    let output = run.get_or_init(|| {
        let folder = Folder::new().with("bad/latin.dg", b"caf\xe9").with("bad/utf16.dg", b"\xff\xfea\0");
        fs::remove_file(folder.path().join("authshift.toml")).unwrap();
        copy(&fixtures(), folder.path());
        Arc::new(folder.check(format, &["--show-secrets", "-v", "--statistics"]))
    });
    assert_eq!(code(output), 2, "{format}: {}", stderr(output));
    Arc::clone(output)
}

fn problems(schema: &Validator, document: &Value) -> Vec<String> {
    schema.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn schema(file: &str) -> Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let schema = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::validator_for(&schema).expect("the schema is one")
}

// JSON

#[test]
fn json_reports_are_what_the_schema_says() {
    let schema = schema("docs/report.schema.json");
    let report = parsed(&everything("json"));
    assert_eq!(problems(&schema, &report), Vec::<String>::new());
    // Two files that are not UTF-8, and the fixture of a broken manifest.
    assert!(list(&report["findings"]).len() > 300 && list(&report["errors"]).len() == 3);
    let clean = Folder::new().with("a.dg", "info 1;\n").json("json", &[]);
    assert_eq!(problems(&schema, &clean), Vec::<String>::new());
}

/// The schema has every field, asks for every field and takes no others, so that it cannot fall behind.
#[test]
fn the_json_schema_is_strict() {
    let schema = schema("docs/report.schema.json");
    let report = Folder::new().with("a.dg", old()).with("b.dg", b"\xff").json("json", &[]);
    let objects = [
        "",
        "/errors/0",
        "/summary",
        "/findings/0",
        "/findings/0/range",
        "/findings/0/range/start",
        "/findings/0/fix",
        "/findings/0/fix/edits/0",
    ];
    for object in objects {
        let mut more = report.clone();
        more.pointer_mut(object).unwrap()["surprise"] = Value::Bool(true);
        assert!(!problems(&schema, &more).is_empty(), "{object} takes more");
        for key in report.pointer(object).unwrap().as_object().unwrap().keys() {
            let mut less = report.clone();
            less.pointer_mut(object).unwrap().as_object_mut().unwrap().remove(key);
            assert!(!problems(&schema, &less).is_empty(), "{object} does without {key}");
        }
    }
}

/// The assignment of a token may go when its request is migrated, and not before.
#[test]
fn a_fix_that_counts_on_another_is_not_complete() {
    let request = "info getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + authtoken);\n";
    let assignment = format!("authtoken = \"{TOKEN}\";\n");
    let trimmed = format!("{assignment}authtoken = authtoken.trim();\n");
    let folder = Folder::new().with("both.dg", format!("{assignment}{request}")).with("alone.dg", &assignment);
    let folder = folder.with("trimmed.dg", trimmed);
    let complete = |file: &str, rule: &str| {
        let report = folder.json("json", &[file]);
        let finding = list(&report["findings"]).iter().find(|finding| finding["rule"] == rule).cloned().unwrap();
        assert_eq!(finding["applicability"], "safe", "{file} {rule}");
        finding["fix"]["complete"].as_bool().unwrap()
    };
    assert!(complete("both.dg", "authtoken-in-query"));
    assert!(!complete("both.dg", "hardcoded-authtoken"));
    assert!(complete("alone.dg", "hardcoded-authtoken"));
    assert!(!complete("trimmed.dg", "hardcoded-authtoken"));
    for format in ["sarif", "rdjson"] {
        let text = stdout(&folder.check(format, &["both.dg"]));
        assert_eq!(text.matches("\"replacements\"").count() + text.matches("\"suggestions\"").count(), 1, "{text}");
    }
}

/// Each fix that is offered by itself is a step on the way to what `fix` makes of the file: it breaks nothing, and leaves
/// nothing behind that is not found any more.
#[test]
fn fixes_that_are_applied_one_at_a_time_come_to_the_same() {
    let mut offered = 0;
    // What it knows of the folder takes a walk through it, so there is one for all.
    let (configs, project) = (Configs::nearest(&[]), Project::default());
    for entry in walkdir::WalkDir::new(fixtures()).min_depth(2).max_depth(2).sort_by_file_name() {
        let path = entry.unwrap().into_path();
        if path.file_stem().is_none_or(|stem| stem != "before") {
            continue;
        }
        let config = configs.for_file(&path).unwrap();
        let source = Source::read(&path).unwrap();
        let migrated = |source: &Source| {
            let fixed = fix::fix(source, Format::Deluge, &config, &project, Applicability::Safe).unwrap();
            fixed.after.map_or_else(|| source.text().to_owned(), |(text, _)| text)
        };
        let whole = migrated(&source);
        for finding in fix::examine(&source, Format::Deluge, &config, &project).unwrap().findings {
            let Some(alone) = finding
                .fix
                .as_deref()
                .cloned()
                .filter(|_| finding.applicability == Applicability::Safe)
                .and_then(|it| it.alone)
            else {
                continue;
            };
            offered += 1;
            let mut edits = EditSet::new();
            assert!(edits.accept(&alone), "{}: the edits touch one another", path.display());
            let step = Source::new(&path, edits.apply(source.text()).unwrap());
            assert_eq!(migrated(&step), whole, "{}, line {}", path.display(), finding.start.line);
        }
    }
    assert!(offered > 250, "{offered}");
}

/// Two calls that are put before their statement have to keep their order.
#[test]
fn calls_that_are_only_moved_together_are_not_offered_one_by_one() {
    let call = |path: &str| format!("getUrl(\"https://desk.zoho.com/api/v1/{path}?authtoken={TOKEN}\")");
    let folder = Folder::new().with("a.dg", format!("info {} + {};\n", call("one"), call("two")));
    let report = folder.json("json", &[]);
    for finding in list(&report["findings"]) {
        assert_eq!(finding["applicability"], "safe");
        assert_eq!(finding["fix"]["complete"], false);
    }
}

/// A literal that is moved holds another secret: what is reported of it is masked, and so no text to put into a file.
#[test]
fn a_fix_with_a_masked_secret_is_not_complete_and_not_offered() {
    let secret = "fake0client0secret0aaaabbbbccccddddeeeefff";
    let request = format!(
        "x = getUrl(\"https://desk.zoho.com/api/v1/tickets?client_secret={secret}&authtoken={TOKEN}\");\ninfo x;\n"
    );
    let folder = Folder::new().with("a.dg", request);
    let report = folder.json("json", &[]);
    let findings = list(&report["findings"]);
    let fix = &findings.iter().find(|finding| finding["rule"] == "authtoken-in-query").unwrap()["fix"];
    assert!(fix["edits"].to_string().contains("fake\u{2026}"), "nothing is masked: {fix}");
    assert_eq!(fix["complete"], false);
    for format in ["sarif", "rdjson"] {
        let text = stdout(&folder.check(format, &[]));
        assert!(!text.contains("\"replacements\"") && !text.contains("\"suggestions\""), "{text}");
    }
}

// SARIF

#[test]
fn sarif_reports_are_valid() {
    let schema = schema("tests/schema/sarif-2.1.0.json");
    for report in [parsed(&everything("sarif")), Folder::new().with("a.dg", "info 1;\n").json("sarif", &[])] {
        assert_eq!(problems(&schema, &report), Vec::<String>::new());
    }
}

/// What GitHub asks for beyond the schema.
#[test]
fn sarif_reports_are_what_code_scanning_takes() {
    let report = parsed(&everything("sarif"));
    assert_eq!(report["$schema"], "https://json.schemastore.org/sarif-2.1.0.json");
    assert_eq!(report["version"], "2.1.0");
    assert_eq!(list(&report["runs"]).len(), 1);
    let run = &report["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "authshift");
    let rules = list(&driver["rules"]);
    let ids: BTreeSet<&str> = rules.iter().map(|rule| word(&rule["id"])).collect();
    assert_eq!(ids.len(), rules.len(), "a rule is there twice");
    for rule in rules {
        for text in [&rule["shortDescription"]["text"], &rule["fullDescription"]["text"]] {
            assert!((1..=1024).contains(&word(text).chars().count()), "{rule}");
        }
        let (text, markdown) = (word(&rule["help"]["text"]), word(&rule["help"]["markdown"]));
        assert!(text.contains("Fix safety") && markdown.contains("\n## Fix safety\n"), "{rule}");
        assert!(!text.contains('\u{1b}') && !markdown.contains('\u{1b}'), "{rule}");
        assert_eq!(markdown.lines().filter(|line| line.starts_with("```")).count(), 2, "{rule}");
        assert!(["error", "warning", "note"].contains(&word(&rule["defaultConfiguration"]["level"])));
        let properties = &rule["properties"];
        assert!((1..=10).contains(&list(&properties["tags"]).len()), "{rule}");
        assert!(list(&properties["tags"]).iter().all(Value::is_string));
        assert!(["very-high", "high", "medium", "low"].contains(&word(&properties["precision"])));
        assert!(["error", "warning", "recommendation"].contains(&word(&properties["problem.severity"])));
        let security = list(&properties["tags"]).iter().any(|tag| tag == "security");
        assert_eq!(security, !properties["security-severity"].is_null());
        if security {
            let severity: f64 = word(&properties["security-severity"]).parse().unwrap();
            assert!((0.1..=10.0).contains(&severity), "{rule}");
        }
    }
    let results = list(&run["results"]);
    assert!(results.len() > 300);
    for result in results {
        assert_eq!(result["ruleId"], rules[number(&result["ruleIndex"])]["id"]);
        assert!(["error", "warning", "note"].contains(&word(&result["level"])));
        assert!(!word(&result["message"]["text"]).is_empty());
        assert_eq!(list(&result["locations"]).len(), 1);
        let place = &result["locations"][0]["physicalLocation"];
        let uri = word(&place["artifactLocation"]["uri"]);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte);
        assert!(uri.bytes().all(plain) && !uri.starts_with('/') && !uri.contains(".."), "{uri}");
        let region = &place["region"];
        let start = (number(&region["startLine"]), number(&region["startColumn"]));
        assert!(start >= (1, 1) && start <= (number(&region["endLine"]), number(&region["endColumn"])), "{region}");
        let prints: Vec<&Value> = result["partialFingerprints"].as_object().unwrap().values().collect();
        assert!(prints.iter().all(|print| word(print).len() >= 16), "{result}");
    }
    let text = report.to_string();
    assert!(!text.contains("\"snippet\"") && !text.contains("\"contextRegion\"") && !text.contains("\"contents\""));
}

#[test]
fn a_clean_run_is_a_sarif_report_with_no_results() {
    let output = Folder::new().with("a.dg", "info 1;\n").check("sarif", &[]);
    assert_eq!(code(&output), 0);
    let report = parsed(&output);
    assert_eq!(report["runs"][0]["results"], Value::Array(Vec::new()));
    assert_eq!(report["runs"][0]["invocations"][0]["executionSuccessful"], true);
}

/// A text after the replacements of a SARIF fix. Lines end as the report says; columns count characters; a byte order mark
/// is no character of the text.
fn replaced(text: &str, replacements: &[Value]) -> String {
    let mark = if text.starts_with('\u{feff}') { "\u{feff}" } else { "" };
    let characters: Vec<char> = text.trim_start_matches('\u{feff}').chars().collect();
    let mut starts = vec![0];
    for (at, c) in characters.iter().enumerate() {
        if *c == '\n' || (*c == '\r' && characters.get(at + 1) != Some(&'\n')) {
            starts.push(at + 1);
        }
    }
    let offset = |line: &Value, column: &Value| starts[number(line) - 1] + number(column) - 1;
    let mut result = mark.to_owned();
    let mut done = 0;
    for replacement in replacements {
        let region = &replacement["deletedRegion"];
        result.extend(&characters[done..offset(&region["startLine"], &region["startColumn"])]);
        result.push_str(replacement["insertedContent"]["text"].as_str().unwrap_or(""));
        done = offset(&region["endLine"], &region["endColumn"]);
    }
    result.extend(&characters[done..]);
    result
}

#[test]
fn sarif_fixes_make_the_change_that_fix_makes() {
    for (name, old, new) in variants() {
        let folder = Folder::new().with("a.dg", &old);
        let report = folder.json("sarif", &[]);
        let run = &report["runs"][0];
        assert_eq!(run["newlineSequences"], serde_json::json!(["\r\n", "\n", "\r"]));
        let fixes: Vec<&Value> =
            list(&run["results"]).iter().filter(|result| !result["fixes"].is_null()).map(|r| &r["fixes"]).collect();
        assert_eq!(fixes.len(), 1, "{name}");
        assert!(!word(&fixes[0][0]["description"]["text"]).is_empty());
        let changes = list(&fixes[0][0]["artifactChanges"]);
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0]["artifactLocation"]["uri"], "a.dg");
        assert_eq!(replaced(&old, list(&changes[0]["replacements"])), new, "{name}");
    }
}

/// Applied with a click, an unsafe change would be made without anybody having asked for it.
#[test]
fn unsafe_changes_are_not_offered() {
    let request = "x = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + settings);\ninfo x;\n";
    let folder = Folder::new().with("a.dg", request);
    assert_eq!(folder.json("json", &[])["findings"][0]["applicability"], "unsafe");
    assert!(!stdout(&folder.check("sarif", &[])).contains("\"fixes\""));
    assert!(!stdout(&folder.check("rdjson", &[])).contains("\"suggestions\""));
}

/// The fingerprints of a SARIF or GitLab report, sorted.
fn fingerprints(report: &Value) -> Vec<String> {
    let of_sarif = |result: &Value| word(&result["partialFingerprints"]["authshift/v1"]).to_owned();
    let mut prints: Vec<String> = match report["runs"][0]["results"].as_array() {
        Some(results) => results.iter().map(of_sarif).collect(),
        None => list(report).iter().map(|issue| word(&issue["fingerprint"]).to_owned()).collect(),
    };
    prints.sort();
    prints
}

#[test]
fn fingerprints_survive_moved_lines_and_where_the_tool_is_started() {
    let text = old() + &old().replace("tickets", "agents");
    let folder = |text: &str| Folder::new().with("functions/a.dg", text);
    for format in ["sarif", "gitlab"] {
        let prints = fingerprints(&folder(&text).json(format, &[]));
        assert_eq!(prints.len(), 2);
        let same = |output: &Output| assert_eq!(fingerprints(&parsed(output)), prints, "{format}");
        same(&folder(&("// a line\n".repeat(100) + &text)).check(format, &[]));
        same(&folder(&text.replace('\n', "\r\n")).check(format, &[]));
        same(&folder(&text).check_in("functions", format, &[]));
        let absolute = folder(&text);
        same(&absolute.check(format, &[&absolute.path().join("functions/a.dg").display().to_string()]));
        let moved = Folder::new().with("other/a.dg", &text).json(format, &[]);
        assert_ne!(fingerprints(&moved), prints);
    }
}

/// Every finding of a file has a fingerprint of its own.
#[test]
fn fingerprints_are_unique() {
    for format in ["sarif", "gitlab"] {
        let prints = fingerprints(&parsed(&everything(format)));
        let different: BTreeSet<&String> = prints.iter().collect();
        assert!(different.len() > 300 && different.len() == prints.len(), "{format}");
    }
}

// Paths

/// Reports that leave the machine name files from the root of the repository.
#[test]
fn paths_begin_at_the_root_of_the_repository() {
    let name = "functions/a b/50%, #1: \u{e9}.dg";
    let folder = Folder::new().with(name, old());
    for (from, path) in [("", "."), ("functions", "."), ("functions/a b", "../a b")] {
        let sarif = parsed(&folder.check_in(from, "sarif", &[path]));
        let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(place["uri"], "functions/a%20b/50%25%2C%20%231%3A%20%C3%A9.dg", "{from}");
        assert_eq!(place["uriBaseId"], "%SRCROOT%");
        assert!(!sarif["runs"][0]["originalUriBaseIds"]["%SRCROOT%"].is_null());
        let gitlab = parsed(&folder.check_in(from, "gitlab", &[path]));
        assert_eq!(gitlab[0]["location"]["path"], name, "{from}");
        let github = stdout(&folder.check_in(from, "github", &[path]));
        assert!(github.contains(",file=functions/a b/50%25%2C #1%3A \u{e9}.dg,"), "{github}");
    }
    let named = folder.path().join(name).display().to_string();
    assert_eq!(folder.json("gitlab", &[&named])[0]["location"]["path"], name);
    // Reviewdog and what reads the JSON run where authshift does.
    assert_eq!(
        parsed(&folder.check_in("functions", "rdjson", &["a b"]))["diagnostics"][0]["location"]["path"],
        &name[10..]
    );
}

#[cfg(unix)]
#[test]
fn links_are_resolved_unless_they_lead_out_of_the_repository() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("c.dg"), old()).unwrap();
    let folder = Folder::new().with("real/a.dg", old());
    std::os::unix::fs::symlink("real/a.dg", folder.path().join("b.dg")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("c.dg"), folder.path().join("c.dg")).unwrap();
    let path = |argument: &str| word(&folder.json("gitlab", &[argument])[0]["location"]["path"]).to_owned();
    assert_eq!(path("b.dg"), "real/a.dg");
    assert_eq!(path("c.dg"), "c.dg");
    let outer = outside.path().canonicalize().unwrap().join("c.dg");
    let sarif = folder.json("sarif", &[outer.to_str().unwrap()]);
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uri"], format!("file://{}", outer.display()));
    assert!(place["uriBaseId"].is_null());
}

/// What a workflow has checked out beside one another.
#[test]
fn a_file_of_another_repository_has_its_path_there() {
    let folder = Folder::new().with("one/.git/x", "").with("one/functions/a.dg", old());
    fs::remove_dir(folder.path().join(".git")).unwrap();
    assert_eq!(folder.json("gitlab", &["one"])[0]["location"]["path"], "functions/a.dg");
    fs::remove_dir_all(folder.path().join("one/.git")).unwrap();
    assert_eq!(folder.json("gitlab", &["one"])[0]["location"]["path"], "one/functions/a.dg");
}

// GitHub annotations

#[test]
fn github_annotations_have_their_place() {
    let folder = Folder::new().with("a.dg", format!("// \u{e9}\n{}", old()));
    let output = folder.check("github", &[]);
    assert_eq!(code(&output), 1);
    let text = stdout(&output);
    let line = "\turl :\"https://desk.zoho.com/api/v1/tickets?limit=5&authtoken=";
    let start = line.len() - "authtoken=".len() + 1;
    let place = format!("line=4,endLine=4,col={start},endColumn={}", line.len() + TOKEN.len() + 1);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.starts_with(&format!("::error title=authshift (authtoken-in-query),file=a.dg,{place}::Zoho Desk (us)")),
        "{text}"
    );
}

/// GitHub drops an annotation that has columns and more than one line.
#[test]
fn github_annotations_of_several_lines_have_no_columns() {
    let fixtures = stdout(&everything("github"));
    let mut several = 0;
    for line in fixtures.lines() {
        let value = |key: &str| {
            line.split(['?', ',', ' '])
                .find_map(|part| part.strip_prefix(key))
                .map(|value| value.split("::").next().unwrap().to_owned())
        };
        if value("line=") != value("endLine=") {
            several += 1;
            assert!(!line.contains(",col=") && !line.contains(",endColumn="), "{line}");
        }
    }
    assert!(several > 0);
}

/// No text of a file can end the command or begin another.
#[cfg(unix)]
#[test]
fn github_annotations_are_escaped() {
    let folder = Folder::new()
        .with("a\n::error::b%.dg", old())
        .with("c.dg", "x = getUrl(\"https://desk.zoho.com/a%b\rc?authtoken=\" + t);\rlog(x);\n");
    let text = stdout(&folder.check("github", &[]));
    assert!(text.lines().all(|line| line.starts_with("::error title=authshift (")), "{text}");
    assert!(text.contains(",file=a%0A%3A%3Aerror%3A%3Ab%25.dg,"), "{text}");
    assert!(!text.contains('\r'));
}

#[test]
fn github_annotations_begin_with_the_errors_and_tell_what_is_not_shown() {
    let warning = "x = \u{201C}a\u{201D};\n";
    let folder = Folder::new().with("a.dg", warning.repeat(12)).with("b.dg", old().repeat(11)).with("c.dg", b"\xff");
    let output = folder.check("github", &[]);
    assert_eq!(code(&output), 2);
    let text = stdout(&output);
    let kinds: Vec<&str> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(kinds, [&["::error"; 12][..], &["::warning"; 12]].concat());
    assert!(text.starts_with("::error title=authshift,file=c.dg::"), "{text}");
    let summary = stderr(&output);
    assert!(summary.contains("23 findings") && summary.contains("10 of 12 errors and 10 of 12 warnings"), "{summary}");
    let few = stderr(&Folder::new().with("b.dg", old().repeat(10)).check("github", &[]));
    assert!(few.contains("10 findings") && !few.contains("10 of"), "{few}");
}

// GitLab

#[test]
fn gitlab_issues_are_what_code_quality_takes() {
    let output = everything("gitlab");
    assert!(!output.stdout.starts_with(b"\xef\xbb\xbf"));
    let report = parsed(&output);
    assert!(list(&report).len() > 300);
    for issue in list(&report) {
        let keys: Vec<&str> = issue.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = ["check_name", "description", "fingerprint", "location", "severity"];
        assert_eq!(BTreeSet::from_iter(keys), BTreeSet::from(expected), "{issue}");
        assert!(!word(&issue["description"]).is_empty() && !word(&issue["check_name"]).is_empty());
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&word(&issue["severity"])), "{issue}");
        let path = word(&issue["location"]["path"]);
        assert!(!path.starts_with(['.', '/']) && !path.is_empty(), "{path}");
        let lines = &issue["location"]["lines"];
        assert!((1..=number(&lines["end"])).contains(&number(&lines["begin"])), "{lines}");
    }
    assert_eq!(Folder::new().with("a.dg", "info 1;\n").json("gitlab", &[]), Value::Array(Vec::new()));
}

// Reviewdog

/// A text after a suggestion. Only `\n` ends a line, and columns count bytes.
fn suggested(text: &str, suggestion: &Value) -> String {
    let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let offset = |place: &Value| starts[number(&place["line"]) - 1] + number(&place["column"]) - 1;
    let range = &suggestion["range"];
    format!("{}{}{}", &text[..offset(&range["start"])], word(&suggestion["text"]), &text[offset(&range["end"])..])
}

#[test]
fn suggestions_make_the_change_that_fix_makes() {
    for (name, old, new) in variants() {
        let folder = Folder::new().with("a.dg", &old);
        let report = folder.json("rdjson", &[]);
        assert_eq!(report["source"]["name"], "authshift");
        let diagnostics = list(&report["diagnostics"]);
        assert_eq!(diagnostics.len(), 1, "{name}");
        let diagnostic = &diagnostics[0];
        assert_eq!(diagnostic["severity"], "ERROR");
        assert_eq!(diagnostic["code"]["value"], "authtoken-in-query");
        assert!(!word(&diagnostic["message"]).is_empty());
        assert_eq!(diagnostic["location"]["path"], "a.dg");
        let found = suggested(&old, &serde_json::json!({"range": diagnostic["location"]["range"], "text": "<>"}));
        assert_eq!(found, old.replace(&format!("&authtoken={TOKEN}"), "&<>"), "{name}");
        let suggestions = list(&diagnostic["suggestions"]);
        assert_eq!(suggestions.len(), 1, "half of a fix could be taken");
        assert_eq!(suggested(&old, &suggestions[0]), new, "{name}");
    }
}

/// Between two edits of a fix stands what is in the file, and another token may stand there.
#[test]
fn a_suggestion_that_would_quote_a_secret_is_left_out() {
    let other = "fake0other0token0aaaabbbbccccddd";
    let text = old().replace("\ttype", &format!("\theaders :{{\"x-key\":\"{other}\"}}\n\ttype"));
    let folder = Folder::new().with("a.dg", text);
    let report = folder.json("rdjson", &[]);
    assert_eq!(report["diagnostics"][0]["code"]["value"], "authtoken-in-query");
    assert!(!report.to_string().contains("suggestions") && !report.to_string().contains(other), "{report}");
}

// All formats

/// A file that cannot be read is in every report, and never looks clean.
#[test]
fn errors_are_in_every_report() {
    let folder = Folder::new().with("a.dg", old()).with("b.dg", b"caf\xe9");
    for format in FORMATS {
        for arguments in [&[][..], &["--exit-zero"], &["a.dg", "missing.dg", "b.dg"]] {
            let output = folder.check(format, arguments);
            assert_eq!(code(&output), 2, "{format}");
            assert!(stderr(&output).contains("error: b.dg:"), "{format}: {}", stderr(&output));
            assert!(stdout(&output).contains("iconv -f WINDOWS-1252"), "{format}");
            assert_eq!(stdout(&output).contains("missing.dg"), arguments.contains(&"missing.dg"), "{format}");
        }
    }
    let invocation = &folder.json("sarif", &[])["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notification = &invocation["toolExecutionNotifications"][0];
    assert_eq!(notification["level"], "error");
    assert_eq!(notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "b.dg");
    let issue = &folder.json("gitlab", &[])[0];
    assert_eq!((word(&issue["severity"]), word(&issue["location"]["path"])), ("blocker", "b.dg"));
    let diagnostic = &folder.json("rdjson", &[])["diagnostics"][0];
    assert_eq!((word(&diagnostic["severity"]), word(&diagnostic["location"]["path"])), ("ERROR", "b.dg"));
}

/// Every token of every fixture, and none of them in any report.
#[test]
fn no_report_holds_a_token() {
    let mut canaries = BTreeSet::new();
    for entry in walkdir::WalkDir::new(fixtures()) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            canaries.extend(tokens(&String::from_utf8_lossy(&fs::read(entry.path()).unwrap())));
        }
    }
    assert!(canaries.len() > 20);
    for format in FORMATS {
        let output = everything(format);
        let text = stdout(&output) + &stderr(&output);
        for token in &canaries {
            assert!(!text.contains(token.as_str()), "{format} holds a token");
        }
    }
}

#[test]
fn a_report_in_a_file_is_the_one_of_standard_output() {
    let folder = Folder::new().with("a.dg", old());
    for format in FORMATS {
        for command in ["check", "scan"] {
            let run = |more: &[&str]| {
                let arguments: Vec<&str> = [command, "--output-format", format].iter().chain(more).copied().collect();
                authshift(folder.path(), &arguments)
            };
            let expected = run(&["a.dg"]);
            assert_eq!(code(&expected), i32::from(command == "check"), "{format}");
            let written = run(&["a.dg", "-o", "report.out"]);
            assert!(written.stdout.is_empty());
            assert_eq!(code(&written), code(&expected));
            assert_eq!(fs::read_to_string(folder.path().join("report.out")).unwrap(), stdout(&expected), "{format}");
            let colored = run(&["a.dg", "--color", "always"]);
            assert_eq!(colored.stdout, expected.stdout, "{format}");
        }
    }
}

#[test]
fn reasons_have_codes_that_stay_and_lines() {
    let script = "t = \"fake0desk0token0aaaabbbbccccdddd\";\nu = \"https://desk.zoho.com/api/v1/tickets?authtoken=\" + t;\nr = getUrl(u);\nthisapp.save(u);\nif(a)\n{\n\tx = 1;\n}\nelse if(getUrl(\"https://desk.zoho.com/api/v1/agents?authtoken=\" + t) == b)\n{\n\tx = 2;\n}\n";
    let folder = folder(&[("authshift.toml", DESK), ("a.deluge", script)]);
    let output = authshift(folder.path(), &["check", "--output-format", "json", "."]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let reasons = |line: u64| {
        let findings = document["findings"].as_array().unwrap();
        let finding =
            findings.iter().find(|it| it["range"]["start"]["line"] == line && it["rule"] == "authtoken-in-query");
        let reasons = finding.unwrap()["reasons"].as_array().unwrap().iter();
        reasons.map(|it| format!("{} {} {}", it["code"], it["origin"], it["line"])).collect::<Vec<_>>()
    };
    assert_eq!(reasons(2), ["\"shared\" \"code\" 4"]);
    assert_eq!(reasons(9), ["\"call-place\" \"code\" null"]);
}
