//! The driver of `fixtures/`: one folder a case, and a test of its name; `cargo test --test fixtures Q12` runs those of a row.
//!
//! - `before.EXT`, or an extension's `plugin-manifest.json` (its other texts are then `after.json`, `after-unsafe.json`), and `after.EXT` (what `fix --write` makes of it; absent when nothing changes)
//! - `after-unsafe.EXT` (with `--unsafe-fixes`; absent when that changes nothing more)
//! - `preview.EXT` (what `fix` shows of it where there is no `authshift.toml`, with suggested LinkNames; `--write` refuses that)
//! - `findings.txt`: a line `LINE RULE APPLICABILITY` for each finding of `before.EXT`, by where they begin
//! - `authshift.toml`
//! - `secrets.txt`: a line for each secret that no output may show more of than eight characters; absent when they are plain
//!
//! Every case stands in a copy that is a repository of its own, so that nothing above it matters. A run of the program takes all
//! cases at once, since to start it takes longer than most cases do.
//!
//! For every case the driver asserts, without being asked: the texts; that a second run changes nothing and moves no
//! modification time; that the result has no opaque region more than before; that the patch makes `git apply` produce the
//! same file; and that no output but the patch and the written file holds a token.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use support::{authshift, code, copy, fixtures, stderr, stdout, tokens};
use tempfile::TempDir;

const MANIFEST: &str = "plugin-manifest.json";

/// Fewer cases than this are not all that there are.
const LEAST: usize = 900;

#[derive(Clone)]
struct Case {
    name: String,
    folder: PathBuf,
    /// The path of the text before, from the folder of all cases.
    path: String,
    /// The text before, and what becomes of it with safe and with all fixes.
    before: String,
    safe: String,
    all: String,
    /// What is shown of it without a configuration.
    preview: Option<String>,
    /// What no output may show.
    canaries: Vec<String>,
}

impl Case {
    fn new(folder: &Path, file: &str) -> Self {
        let text = |stem: &str| {
            let name = match (file, stem) {
                (MANIFEST, "before") => MANIFEST.to_owned(),
                (MANIFEST, _) => format!("{stem}.json"),
                (before, _) => before.replacen("before", stem, 1),
            };
            std::fs::read_to_string(folder.join(name)).ok()
        };
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let before = text("before").unwrap();
        let safe = text("after").unwrap_or_else(|| before.clone());
        let all = text("after-unsafe").unwrap_or_else(|| safe.clone());
        let preview = text("preview");
        let mut canaries = tokens(&before);
        for secret in std::fs::read_to_string(folder.join("secrets.txt")).unwrap_or_default().lines() {
            let characters: Vec<char> = secret.chars().collect();
            canaries.extend(characters.windows(9).map(|stretch| stretch.iter().collect::<String>()));
        }
        let path = format!("{name}/{file}");
        Self { name, folder: folder.to_owned(), path, before, safe, all, preview, canaries }
    }

    fn expected(&self, level: Level) -> &str {
        match level {
            Level::Safe => &self.safe,
            Level::All => &self.all,
        }
    }
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for entry in walkdir::WalkDir::new(fixtures()).min_depth(2).max_depth(2).sort_by_file_name() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        let folder = entry.path().parent().unwrap();
        // A manifest beside another text is what that one is read with.
        let alone = || !cases.iter().any(|case: &Case| case.folder == folder);
        if name == "before" || name.starts_with("before.") || (name == MANIFEST && alone()) {
            cases.push(Case::new(folder, &name));
        }
    }
    cases
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut cases = cases();
    let enough = cases.len() >= LEAST;
    let wanted = |case: &Case| arguments.filter.as_ref().is_none_or(|filter| case.name.contains(filter.as_str()));
    cases.retain(wanted);
    let names: Vec<String> = cases.iter().map(|case| case.name.clone()).collect();
    let runs = Arc::new((cases, OnceLock::new()));
    let trial = |(number, name): (usize, String)| {
        let runs = Arc::clone(&runs);
        Trial::test(name, move || {
            let (cases, done) = &*runs;
            check(&cases[number], done.get_or_init(|| Runs::of(cases))).map_err(Failed::from)
        })
    };
    let mut trials: Vec<Trial> = names.into_iter().enumerate().map(trial).collect();
    trials.push(Trial::test("all_cases_are_found", move || {
        if enough { Ok(()) } else { Err(format!("fewer than {LEAST} cases were found").into()) }
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

#[derive(Clone, Copy, Debug)]
enum Level {
    Safe,
    All,
}

/// What the program says of all cases.
struct Runs {
    /// The JSON report, by path.
    findings: HashMap<String, Vec<Value>>,
    errors: String,
    /// All that is printed for people and machines.
    printed: String,
    levels: [Migration; 2],
}

/// What it makes of all cases.
struct Migration {
    preview: String,
    /// By path.
    patched: HashMap<String, String>,
    written: HashMap<String, Written>,
    flaws: Vec<String>,
}

struct Written {
    text: String,
    again: String,
    touched: bool,
    /// Regions that are not understood, before and after.
    opaque: (u64, u64),
}

/// The folder of all cases, each a repository.
fn folder(cases: &[Case]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for case in cases {
        copy(&case.folder, &folder.path().join(&case.name));
        std::fs::create_dir(folder.path().join(&case.name).join(".git")).unwrap();
    }
    folder
}

impl Runs {
    fn of(cases: &[Case]) -> Self {
        let folder = folder(cases);
        let run = |arguments: &[&str]| on(folder.path(), cases, arguments);
        let report = run(&["check", "--output-format", "json"]);
        let document: Value = serde_json::from_slice(&report.stdout).expect("the report is JSON");
        let mut findings: HashMap<String, Vec<Value>> = HashMap::new();
        for finding in document["findings"].as_array().expect("it has findings") {
            findings.entry(finding["path"].as_str().unwrap().to_owned()).or_default().push(finding.clone());
        }
        let mut printed = shown(&report);
        for arguments in [
            &["check"][..],
            &["check", "-v", "--statistics"],
            &["check", "--output-format", "sarif"],
            &["check", "--output-format", "github"],
            &["scan"],
            &["scan", "--color", "always"],
            &["plan"],
            &["parse"],
        ] {
            printed += &shown(&run(arguments));
        }
        // Those without a configuration run alone, since their LinkNames depend on what else is there.
        let configured: Vec<Case> = cases.iter().filter(|case| case.preview.is_none()).cloned().collect();
        let levels = [Level::Safe, Level::All].map(|level| {
            let migration = Migration::of(&configured, level);
            printed += &migration.preview;
            migration
        });
        Self { findings, errors: document["errors"].to_string(), printed, levels }
    }
}

impl Migration {
    fn of(cases: &[Case], level: Level) -> Self {
        let folder = folder(cases);
        let run = |extra: &[&str]| {
            let options: &[&str] = match level {
                Level::Safe => &[],
                Level::All => &["--unsafe-fixes"],
            };
            let arguments: Vec<&str> = ["fix"].iter().chain(options).chain(extra).copied().collect();
            on(folder.path(), cases, &arguments)
        };
        let file = |case: &Case| folder.path().join(&case.path);
        let read = |case: &Case| std::fs::read_to_string(file(case)).unwrap();
        let modified = |case: &Case| std::fs::metadata(file(case)).unwrap().modified().unwrap();
        let mut flaws = Vec::new();

        let preview = run(&[]);
        flaws.extend(
            cases
                .iter()
                .filter(|case| read(case) != case.before)
                .map(|case| format!("the preview changed {}", case.path)),
        );
        let changes = cases.iter().any(|case| case.expected(level) != case.before);
        if changes && code(&preview) != 1 {
            flaws.push(format!("pending changes give exit status {}: {}", code(&preview), stderr(&preview)));
        }
        let patch = run(&["--patch", "exact.patch"]);
        let patched = apply(folder.path(), cases).unwrap_or_else(|flaw| {
            flaws.push(flaw);
            HashMap::new()
        });
        let unknown = opaque(folder.path(), cases);
        let written = run(&["--write", "--quiet"]);
        let texts: Vec<String> = cases.iter().map(read).collect();
        let known = opaque(folder.path(), cases);
        let times: Vec<SystemTime> = cases.iter().map(modified).collect();
        let again = run(&["--write"]);
        if code(&again) == 2 || code(&again) != code(&written) {
            flaws.push(format!("exit status {} after {}: {}", code(&again), code(&written), stderr(&again)));
        }
        let of_case = |(number, case): (usize, &Case)| {
            let written = Written {
                text: texts[number].clone(),
                again: read(case),
                touched: modified(case) != times[number],
                opaque: (unknown[&case.path], known[&case.path]),
            };
            (case.path.clone(), written)
        };
        Self {
            preview: shown(&preview) + &shown(&patch) + &shown(&written) + &shown(&again),
            patched,
            written: cases.iter().enumerate().map(of_case).collect(),
            flaws,
        }
    }
}

fn on(folder: &Path, cases: &[Case], arguments: &[&str]) -> Output {
    let paths = cases.iter().map(|case| case.path.as_str());
    authshift(folder, &arguments.iter().copied().chain(paths).collect::<Vec<_>>())
}

fn shown(output: &Output) -> String {
    stdout(output) + &stderr(output)
}

/// Regions of each text that are not understood.
fn opaque(folder: &Path, cases: &[Case]) -> HashMap<String, u64> {
    let output = on(folder, cases, &["parse", "--summary"]);
    let lines = stdout(&output);
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| (line["path"].as_str().unwrap().to_owned(), line["opaque"].as_u64().unwrap())).collect()
}

fn check(case: &Case, runs: &Runs) -> Result<(), String> {
    let expected = std::fs::read_to_string(case.folder.join("findings.txt")).map_err(|_| "no findings.txt")?;
    let findings = runs.findings.get(&case.path).map_or(&[][..], Vec::as_slice);
    let line = |finding: &Value| {
        let word = |key: &str| finding[key].as_str().unwrap_or("?").to_owned();
        format!("{} {} {}", finding["range"]["start"]["line"], word("rule"), word("applicability"))
    };
    let found: Vec<String> = findings.iter().map(line).collect();
    same("findings", expected.trim(), &found.join("\n"))?;
    same("errors", "[]", &runs.errors)?;
    edits_fit(findings, &case.before)?;
    if let Some(token) = case.canaries.iter().find(|token| runs.printed.contains(token.as_str())) {
        let line = runs.printed.lines().find(|line| line.contains(token.as_str())).unwrap_or_default();
        return Err(format!("a token is printed: {line}"));
    }
    if let Some(preview) = &case.preview {
        return suggested(case, preview);
    }
    for (level, migration) in [Level::Safe, Level::All].into_iter().zip(&runs.levels) {
        let expected = case.expected(level);
        if let Some(flaw) = migration.flaws.first() {
            return Err(format!("{level:?}: {flaw}"));
        }
        let is_shown = migration.preview.contains(&format!("--- {}\n", case.path));
        if (case.before != expected) != is_shown {
            return Err(format!("{level:?}: the preview {} the file", if is_shown { "shows" } else { "lacks" }));
        }
        same("the patched file", expected, migration.patched.get(&case.path).unwrap_or(&case.before))?;
        let written = &migration.written[&case.path];
        same("the written file", expected, &written.text)?;
        same("the second run", expected, &written.again)?;
        if written.touched {
            return Err("the second run touched the file".to_owned());
        }
        if written.opaque.1 > written.opaque.0 {
            return Err("the result is understood less well".to_owned());
        }
    }
    Ok(())
}

/// The preview without a configuration is what `init` and then `fix --write` make of the file; by itself nothing is written.
fn suggested(case: &Case, preview: &str) -> Result<(), String> {
    let case = std::slice::from_ref(case);
    let folder = folder(case);
    let run = |arguments: &[&str]| on(folder.path(), case, arguments);
    let read = || std::fs::read_to_string(folder.path().join(&case[0].path)).unwrap();
    let masked = run(&["fix"]);
    same(
        "exit statuses",
        "1 2 2",
        &format!("{} {} {}", code(&masked), code(&run(&["fix", "-w"])), code(&run(&["fix", "--patch", "p"]))),
    )?;
    same("the file that nobody may write", &case[0].before, &read())?;
    if let Some(token) = case[0].canaries.iter().find(|token| shown(&masked).contains(token.as_str())) {
        return Err(format!("a token is printed: {token}"));
    }
    std::fs::write(folder.path().join("exact.patch"), &run(&["fix", "--show-secrets"]).stdout).unwrap();
    same("the preview", preview, &apply(folder.path(), case)?[&case[0].path])?;
    for arguments in [&["init"][..], &["fix", "--write"]] {
        same("the exit status", "0", &code(&run(arguments)).to_string())?;
    }
    same("the file after init", preview, &read())
}

/// The edits of each finding fit the text: on character boundaries, sorted, without overlap. Those of a literal that goes
/// with its assignment cover the literal.
fn edits_fit(findings: &[Value], before: &str) -> Result<(), String> {
    for finding in findings {
        let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
        let Some(edits) = finding["fix"]["edits"].as_array() else { continue };
        let mut at = 0;
        for edit in edits {
            let (start, end) = (number(&edit["start"]), number(&edit["end"]));
            if start < at || before.get(start..end).is_none() {
                return Err(format!("an edit does not fit the text: {edit}"));
            }
            at = end;
        }
        let place = number(&finding["range"]["start"]["byte"]);
        let covers = |edit: &Value| (number(&edit["start"])..number(&edit["end"])).contains(&place);
        if finding["rule"] == "hardcoded-authtoken" && !edits.iter().any(covers) {
            return Err(format!("the edits of a literal are elsewhere: {finding}"));
        }
    }
    Ok(())
}

/// What `git apply` makes of the patch, in a folder that holds only the texts before.
fn apply(folder: &Path, cases: &[Case]) -> Result<HashMap<String, String>, String> {
    let patch = folder.join("exact.patch");
    if std::fs::metadata(&patch).map_err(|error| error.to_string())?.len() == 0 {
        return Ok(HashMap::new());
    }
    let clean = tempfile::tempdir().unwrap();
    for case in cases {
        std::fs::create_dir_all(clean.path().join(&case.name)).unwrap();
        std::fs::write(clean.path().join(&case.path), &case.before).unwrap();
    }
    let output = Command::new("git")
        .args(["apply", "--whitespace=nowarn"])
        .arg(&patch)
        .current_dir(clean.path())
        .env("GIT_CEILING_DIRECTORIES", clean.path().parent().unwrap())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("git apply: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let read = |case: &Case| (case.path.clone(), std::fs::read_to_string(clean.path().join(&case.path)).unwrap());
    Ok(cases.iter().map(read).collect())
}

fn same(what: &str, expected: &str, found: &str) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{what}\n--- expected\n{expected}\n--- found\n{found}\n---\n{expected:?}\n{found:?}"))
}
