//! `fix --write` that is killed at any moment leaves each file whole, and the next run goes on where it stopped.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
#![cfg(unix)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::code;
use support::folder::Folder;

const RUNS: u32 = 50;
const FILES: usize = 24;
const TOKEN: &str = "fake0kill0token0aaaabbbbccccdddd";

fn name(number: usize) -> String {
    format!("f{}/a{number}.dg", number % 3)
}

fn old(number: usize) -> String {
    // Long enough that half of it would show.
    let filling = format!("info \"{number}\";\n").repeat(400);
    format!(
        "r = getUrl(\"https://desk.zoho.com/api/v1/tickets/{number}?authtoken={TOKEN}\");\ninfo r.get(\"id\");\n{filling}"
    )
}

fn fill(folder: &Folder) {
    (0..FILES).for_each(|number| folder.write(&name(number), old(number)));
}

/// All names in the three folders.
fn names(folder: &Folder) -> BTreeSet<String> {
    let list = |at: usize| fs::read_dir(folder.at(&format!("f{at}"))).unwrap().map(move |entry| (at, entry));
    (0..3).flat_map(list).map(|(at, entry)| format!("f{at}/{}", entry.unwrap().file_name().to_str().unwrap())).collect()
}

/// Kills runs with these options, each at another moment.
fn killed(options: &[&str], backups: bool) {
    let folder = Folder::new();
    fill(&folder);
    let arguments = [&["fix", "--write", "-j", "2"], options].concat();
    let begin = Instant::now();
    assert_eq!(folder.code(&arguments), 0);
    let whole = begin.elapsed();
    let new: Vec<String> = (0..FILES).map(|number| folder.read(&name(number))).collect();
    assert!(new.iter().all(|text| !text.contains(TOKEN)));
    // What one cannot foresee is when the machine does what: every part of a whole run has its turn.
    for run in 0..RUNS {
        let folder = Folder::new();
        fill(&folder);
        let mut child = Command::new(env!("CARGO_BIN_EXE_authshift"))
            .args(&arguments)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(
            whole.mul_f64(f64::from(run * 7 % RUNS) / f64::from(RUNS)) + Duration::from_micros(u64::from(run)),
        );
        child.kill().unwrap();
        child.wait().unwrap();
        let mut done = 0;
        for (number, new) in new.iter().enumerate() {
            let text = folder.read(&name(number));
            done += usize::from(text == *new);
            assert!(text == *new || text == old(number), "run {run}: {} is neither old nor new", name(number));
            let backup = format!("{}.bak", name(number));
            match fs::read_to_string(folder.at(&backup)) {
                Ok(kept) => assert!(backups && kept == old(number), "run {run}: {backup}"),
                Err(_) => assert!(!backups || text == old(number), "run {run}: {backup} is missing"),
            }
        }
        // What is left besides are temporary files, and the next run names them.
        let known = |name: &&String| name.ends_with(".dg") || name.ends_with(".dg.bak");
        let names = names(&folder);
        let left: Vec<&String> = names.iter().filter(|name| !known(name)).collect();
        assert!(left.iter().all(|name| name.contains("/.authshift-")), "run {run}: {left:?}");
        let again = folder.run(&arguments);
        // The backups hold tokens, which is a finding from the second run on, and no error.
        assert!(code(&again) <= i32::from(backups), "run {run}, {done} done: {}", support::stderr(&again));
        for (number, new) in new.iter().enumerate() {
            assert_eq!(folder.read(&name(number)), *new, "run {run}");
        }
        let said = support::stderr(&again);
        assert!(left.iter().all(|name| said.contains(name.as_str())), "run {run}: {left:?}\n{said}");
    }
}

#[test]
fn a_run_that_is_killed_leaves_whole_files() {
    killed(&[], false);
}

#[test]
fn a_run_with_backups_that_is_killed_leaves_whole_files_and_can_be_repeated() {
    killed(&["--backup"], true);
}
