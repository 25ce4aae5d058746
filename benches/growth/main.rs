//! How time and memory grow with a file: each shape is made twice as large again and again, and a child process works on it.
//!
//! ```text
//! cargo bench --bench growth                 # everything
//! cargo bench --bench growth -- puts check   # shapes and commands whose names contain these words
//! ```
//!
//! A line is a shape and a command: for each size the nanoseconds of processor time a byte, and at the end by how much time
//! grew for the last doubling, and the largest memory, less 32 MiB, as a multiple of the file's size, or for `fix` of the size
//! that the file gets, if that is more. Those 32 MiB are what a run may take whatever it reads: the program itself, and what
//! its allocator keeps. Of memory more than 40 times the file, or of time more than three times for twice the size, is marked
//! with `!`.
//!
//! Some shapes are measured once more as several files and with two threads: no more memory than for one of them is right
//! then, and 32 MiB for each thread.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a program for people"
)]

mod shapes;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use authshift::cli::Cli;
use authshift::commands;
use clap::Parser;
use shapes::{SHAPES, Shape};

/// Sizes to begin with and to end with, in bytes; a shape that takes longer than [`LONGEST`] ends earlier.
const SMALLEST: usize = 64 * 1024;
const LARGEST: usize = 2 * 1024 * 1024;
const LONGEST: Duration = Duration::from_secs(20);

/// Most of what a file takes for its last doubling, in time, and in all, in memory.
const MOST_TIME: f64 = 3.0;
const MOST_MEMORY: f64 = 40.0;

/// What a thread may take besides, in kilobytes.
const BESIDES: f64 = 32.0 * 1024.0;

/// So many files of the largest size are worked on by so many threads.
const FILES: usize = 4;
const THREADS: usize = 2;

const COMMANDS: &[(&str, &[&str])] = &[
    ("parse", &["parse", "--summary"]),
    ("check", &["check"]),
    ("json", &["check", "--output-format", "json"]),
    ("sarif", &["check", "--output-format", "sarif"]),
    ("fix", &["fix", "--unsafe-fixes"]),
];

/// What a child process took.
struct Cost {
    seconds: f64,
    kilobytes: f64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.split_first() {
        Some((first, [cost, rest @ ..])) if first == "--child" => child(Path::new(cost), rest),
        _ => measure_all(&arguments),
    }
}

/// Does the work in this process, and writes what it took into the file `cost`.
fn child(cost: &Path, arguments: &[String]) {
    let cli = Cli::parse_from(std::iter::once("authshift".to_owned()).chain(arguments.iter().cloned()));
    commands::run(&cli);
    let read = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}")).unwrap();
    let status = read("status");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let stat = read("stat");
    let ticks: f64 =
        stat.rsplit(") ").next().unwrap().split(' ').skip(11).take(2).map(|word| word.parse::<f64>().unwrap()).sum();
    std::fs::write(cost, format!("{} {}", ticks / 100.0, peak.trim().trim_end_matches(" kB"))).unwrap();
}

fn measure_all(words: &[String]) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("authshift.toml"), shapes::CONFIG).unwrap();
    let (commands, shapes): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|word| COMMANDS.iter().any(|(name, _)| name == word));
    let chosen = |shape: &Shape| shapes.is_empty() || shapes.iter().any(|word| shape.name.contains(word.as_str()));
    let nothing = measure(folder.path(), &["nothing.deluge".to_owned()], "", &["check"]).unwrap().kilobytes;
    println!("a run with nothing to read takes {nothing} kB");
    for shape in SHAPES.iter().filter(|shape| chosen(shape)) {
        for (name, arguments) in
            COMMANDS.iter().filter(|(name, _)| commands.is_empty() || commands.iter().any(|word| word == name))
        {
            line(folder.path(), shape, name, arguments);
            if shape.again && *name == "check" {
                several(folder.path(), shape, arguments);
            }
        }
    }
}

fn mark(much: bool) -> &'static str {
    if much { "!" } else { "" }
}

fn several(folder: &Path, shape: &Shape, arguments: &[&str]) {
    let text = shape.text(LARGEST);
    let names: Vec<String> = (0..FILES).map(|number| format!("{number}{}", shape.file)).collect();
    let threads = THREADS.to_string();
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--threads", &threads]).collect();
    let memory = measure(folder, &names, &text, &arguments)
        .map(|cost| (cost.kilobytes - THREADS as f64 * BESIDES) * 1024.0 / text.len() as f64);
    let said = memory.map(|memory| format!("{memory:.0}{} bytes/byte of one", mark(memory > MOST_MEMORY)));
    println!("{:28} {FILES} files, {THREADS} threads: {}", shape.name, said.unwrap_or_else(|| "!stopped".to_owned()));
}

fn line(folder: &Path, shape: &Shape, command: &str, arguments: &[&str]) {
    let mut line = format!("{:28} {command:6}", shape.name);
    let (mut last, mut growth, mut memory) = (0.0, 0.0, 0.0);
    let mut size = SMALLEST;
    while size <= LARGEST {
        let text = shape.text(size);
        let Some(cost) = measure(folder, &[shape.file.to_owned()], &text, arguments) else {
            line += &format!(" {size}: !stopped");
            break;
        };
        let rate = cost.seconds * 1e9 / text.len() as f64;
        line += &format!(" {rate:6.0}");
        growth = if last > 0.0 { 2.0 * rate / last } else { 0.0 };
        last = rate;
        let largest = if command == "fix" { migrated(folder, shape, &text).max(text.len()) } else { text.len() };
        memory = (cost.kilobytes - BESIDES).max(0.0) * 1024.0 / largest as f64;
        if cost.seconds > LONGEST.as_secs_f64() / 3.0 {
            break;
        }
        size *= 2;
    }
    println!(
        "{line} ns/byte  x{growth:.1}{}  {memory:.0}{} bytes/byte",
        mark(growth > MOST_TIME),
        mark(memory > MOST_MEMORY)
    );
}

/// How long `text` is when it is migrated, in bytes.
fn migrated(folder: &Path, shape: &Shape, text: &str) -> usize {
    let path = folder.join(shape.file);
    std::fs::write(&path, text).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--child", "cost", "fix", "--unsafe-fixes", "--write", shape.file])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.wait().unwrap();
    let length = std::fs::metadata(&path).unwrap().len();
    std::fs::remove_file(&path).unwrap();
    length as usize
}

/// Works on files that all hold `text`. `None` when the child did not end by itself, or not in time.
fn measure(folder: &Path, names: &[String], text: &str, arguments: &[&str]) -> Option<Cost> {
    names.iter().for_each(|name| std::fs::write(folder.join(name), text).unwrap());
    let cost = folder.join("cost");
    let _ = std::fs::remove_file(&cost);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("--child")
        .arg(&cost)
        .args(arguments)
        .args(names)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begin.elapsed() > 2 * LONGEST {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    // A manifest that stays would be read with every other file.
    names.iter().for_each(|name| std::fs::remove_file(folder.join(name)).unwrap());
    let cost = std::fs::read_to_string(cost).ok()?;
    let (seconds, kilobytes) = cost.split_once(' ')?;
    Some(Cost { seconds: seconds.parse().ok()?, kilobytes: kilobytes.parse().ok()? })
}
