//! The driver of `fixtures/`: one folder a case.
//!
//! - `before.EXT`, or an extension's `plugin-manifest.json` (its other texts are then `after.json`, `after-unsafe.json`), and `after.EXT` (what `fix --write` makes of it; absent when nothing changes)
//! - `after-unsafe.EXT` (with `--unsafe-fixes`; absent when that changes nothing more)
//! - `preview.EXT` (what `fix` shows of it where there is no `authshift.toml`, with suggested LinkNames; `--write` refuses that)
//! - `findings.txt`: a line `LINE RULE APPLICABILITY` for each finding of `before.EXT`
//! - `authshift.toml`
//! - `secrets.txt`: a line for each secret that no output may show more of than eight characters; absent when they are plain
//!
//! Every case runs in a copy that is a repository of its own, so that nothing above it matters.
//!
//! For every case the driver asserts, without being asked: the texts; that a second run changes nothing and moves no
//! modification time; that the result has no opaque region more than before; that the patch makes `git apply` produce the
//! same file; and that no output but the patch and the written file holds a token.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use support::{authshift, code, copy, fixtures, stderr, stdout, tokens};

const MANIFEST: &str = "plugin-manifest.json";

struct Case {
    folder: PathBuf,
    /// The file name of the text before.
    before: String,
}

impl Case {
    fn name(&self) -> String {
        self.folder.file_name().unwrap().to_string_lossy().into_owned()
    }

    fn copy(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        copy(&self.folder, folder.path());
        std::fs::create_dir(folder.path().join(".git")).unwrap();
        folder
    }

    fn text(&self, stem: &str) -> Option<String> {
        let name = match (self.before.as_str(), stem) {
            (MANIFEST, "before") => MANIFEST.to_owned(),
            (MANIFEST, _) => format!("{stem}.json"),
            (before, _) => before.replacen("before", stem, 1),
        };
        std::fs::read_to_string(self.folder.join(name)).ok()
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in walkdir::WalkDir::new(fixtures()).min_depth(2).max_depth(2).sort_by_file_name() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        let folder = entry.path().parent().unwrap();
        // A manifest beside another text is what that one is read with.
        let alone = || !cases.iter().any(|case: &Case| case.folder == folder);
        if name == "before" || name.starts_with("before.") || (name == MANIFEST && alone()) {
            cases.push(Case { folder: folder.to_owned(), before: name });
        }
    }
    cases
}

#[test]
fn every_case_holds() {
    let cases = cases();
    assert!(cases.len() >= 60, "only {} cases were found", cases.len());
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = check(case) {
                        failures.lock().unwrap().push(format!("{}: {failure}", case.name()));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    assert!(failures.is_empty(), "{} of {} cases fail:\n{}", failures.len(), cases.len(), failures.join("\n\n"));
}

fn check(case: &Case) -> Result<(), String> {
    let before = case.text("before").ok_or("no text before")?;
    let safe = case.text("after").unwrap_or_else(|| before.clone());
    let all = case.text("after-unsafe").unwrap_or_else(|| safe.clone());
    let mut canaries = tokens(&before);
    for secret in std::fs::read_to_string(case.folder.join("secrets.txt")).unwrap_or_default().lines() {
        let characters: Vec<char> = secret.chars().collect();
        canaries.extend(characters.windows(9).map(|stretch| stretch.iter().collect::<String>()));
    }
    findings(case, &canaries)?;
    let preview = case.text("preview");
    if let Some(shown) = &preview {
        suggested(case, &before, shown)?;
    }
    migration(case, &before, &safe, &[], preview.is_some(), &canaries)?;
    migration(case, &before, &all, &["--unsafe-fixes"], preview.is_some(), &canaries)
}

/// The preview without a configuration is what `init` and then `fix --write` make of the file.
fn suggested(case: &Case, before: &str, shown: &str) -> Result<(), String> {
    let folder = case.copy();
    let output = authshift(folder.path(), &["fix", "--show-secrets", &case.before]);
    std::fs::write(folder.path().join("exact.patch"), &output.stdout).unwrap();
    same("the preview", shown, &apply(folder.path(), &case.before, before)?)?;
    for arguments in [&["init", &case.before][..], &["fix", "--write", &case.before]] {
        authshift(folder.path(), arguments);
    }
    let written = std::fs::read_to_string(folder.path().join(&case.before)).unwrap();
    same("the file after init", shown, &written)
}

/// `check` reports what `findings.txt` says, and every form of report keeps the tokens to itself.
fn findings(case: &Case, canaries: &[String]) -> Result<(), String> {
    let expected = std::fs::read_to_string(case.folder.join("findings.txt")).map_err(|_| "no findings.txt")?;
    let folder = case.copy();
    let output = authshift(folder.path(), &["check", "--output-format", "json", &case.before]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let mut found = String::new();
    for finding in document["findings"].as_array().ok_or("no findings in the JSON")? {
        let word = |key: &str| finding[key].as_str().unwrap_or("?").to_owned();
        let line = &finding["range"]["start"]["line"];
        found += &format!("{line} {} {}\n", word("rule"), word("applicability"));
    }
    same("findings", expected.trim(), found.trim())?;
    secret(&output, canaries)?;
    edits_fit(&document, &case.text("before").ok_or("no text before")?)?;
    for arguments in
        [&["check"][..], &["check", "-v", "--statistics"], &["scan"], &["scan", "--color", "always"], &["parse"]]
    {
        let arguments: Vec<&str> = arguments.iter().copied().chain([case.before.as_str()]).collect();
        secret(&authshift(folder.path(), &arguments), canaries)?;
    }
    Ok(())
}

/// The edits of each finding fit the text: on character boundaries, sorted, without overlap. Those of a literal that goes
/// with its assignment cover the literal.
fn edits_fit(document: &serde_json::Value, before: &str) -> Result<(), String> {
    for finding in document["findings"].as_array().unwrap() {
        let number = |value: &serde_json::Value| usize::try_from(value.as_u64().unwrap()).unwrap();
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
        let covers = |edit: &serde_json::Value| (number(&edit["start"])..number(&edit["end"])).contains(&place);
        if finding["rule"] == "hardcoded-authtoken" && !edits.iter().any(covers) {
            return Err(format!("the edits of a literal are elsewhere: {finding}"));
        }
    }
    Ok(())
}

fn migration(
    case: &Case,
    before: &str,
    after: &str,
    options: &[&str],
    suggested: bool,
    canaries: &[String],
) -> Result<(), String> {
    let folder = case.copy();
    let file = folder.path().join(&case.before);
    let run = |extra: &[&str]| {
        let arguments: Vec<&str> = ["fix", &case.before].iter().chain(options).chain(extra).copied().collect();
        authshift(folder.path(), &arguments)
    };
    let read = || std::fs::read_to_string(&file).unwrap();

    let preview = run(&[]);
    secret(&preview, canaries)?;
    same("the preview changed the file", before, &read())?;
    let changes = suggested || before != after;
    if changes == preview.stdout.is_empty() {
        return Err(format!("the preview is {:?}", stdout(&preview)));
    }
    if changes && code(&preview) != 1 {
        return Err(format!("a pending change gives exit status {}", code(&preview)));
    }

    let patch = run(&["--patch", "exact.patch"]);
    secret(&patch, canaries)?;
    if suggested {
        std::fs::write(folder.path().join("exact.patch"), "").unwrap();
    }
    let patched = apply(folder.path(), &case.before, before)?;
    same("the patched file", after, &patched)?;

    let opaque = |folder: &Path| {
        let output = authshift(folder, &["parse", "--summary", &case.before]);
        let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        line["opaque"].as_u64().unwrap()
    };
    let unknown = opaque(folder.path());
    let written = run(&["--write", "--quiet"]);
    secret(&written, canaries)?;
    same("the written file", after, &read())?;
    if opaque(folder.path()) > unknown {
        return Err("the result is understood less well".to_owned());
    }
    let modified = std::fs::metadata(&file).unwrap().modified().unwrap();
    let again = run(&["--write"]);
    secret(&again, canaries)?;
    same("the second run", after, &read())?;
    if std::fs::metadata(&file).unwrap().modified().unwrap() != modified {
        return Err("the second run touched the file".to_owned());
    }
    if (code(&again) == 2) != suggested || code(&again) != code(&written) {
        return Err(format!("exit status {} after {}: {}", code(&again), code(&written), stderr(&again)));
    }
    Ok(())
}

/// What `git apply` makes of the patch, in a folder that holds only the text before.
fn apply(folder: &Path, name: &str, before: &str) -> Result<String, String> {
    let patch = folder.join("exact.patch");
    if std::fs::metadata(&patch).map_err(|error| error.to_string())?.len() == 0 {
        return Ok(before.to_owned());
    }
    let clean = tempfile::tempdir().unwrap();
    std::fs::write(clean.path().join(name), before).unwrap();
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
    std::fs::read_to_string(clean.path().join(name)).map_err(|error| error.to_string())
}

fn secret(output: &Output, canaries: &[String]) -> Result<(), String> {
    let text = stdout(output) + &stderr(output);
    match canaries.iter().find(|token| text.contains(token.as_str())) {
        Some(_) => Err(format!("a token is printed:\n{text}")),
        None => Ok(()),
    }
}

fn same(what: &str, expected: &str, found: &str) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{what}\n--- expected\n{expected}\n--- found\n{found}\n---\n{expected:?}\n{found:?}"))
}
