//! What the end-to-end tests share.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests"
)]
#![allow(dead_code, reason = "each test binary uses its part")]

pub mod covers;
pub mod folder;
pub mod kept;
pub mod lexer;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The folder of the fixtures.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Runs the binary in `folder`.
pub fn authshift(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_authshift"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("the binary runs")
}

/// Runs the binary with `input` on standard input. It need not read all of it.
pub fn piped(folder: &Path, arguments: &[&str], input: impl AsRef<[u8]>) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_authshift"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let _ = child.stdin.take().expect("it has an input").write_all(input.as_ref());
    child.wait_with_output().expect("it ends")
}

/// Runs a line of shell in `folder`, which is taken as no part of a repository; `authshift` is the binary.
#[cfg(unix)]
pub fn shell(folder: &Path, line: &str) -> Output {
    let binaries = Path::new(env!("CARGO_BIN_EXE_authshift")).parent().expect("it is in a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(binaries.to_path_buf()).chain(std::env::split_paths(&path));
    Command::new("bash")
        .args(["-c", line])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(paths).expect("no path has a colon"))
        .env("GIT_CEILING_DIRECTORIES", folder.parent().expect("it is not the root"))
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null())
        .output()
        .expect("bash is there")
}

/// Standard output as text.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The exit status.
pub fn code(output: &Output) -> i32 {
    output.status.code().expect("it was not killed")
}

/// Copies a folder with all below it.
pub fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.expect("the folder can be read");
        let target = to.join(entry.path().strip_prefix(from).expect("it is below"));
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(&target).expect("a folder can be made");
        } else {
            std::fs::copy(entry.path(), &target).expect("a file can be copied");
        }
    }
}

/// The fake tokens in a text: 32 lower-case letters and digits that begin with `fake0`.
pub fn tokens(text: &str) -> Vec<String> {
    text.match_indices("fake0")
        .filter_map(|(at, _)| text.get(at..at + 32))
        .filter(|token| token.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

/// Runs `work` on a thread that can follow deep nesting, and passes a panic on.
pub fn on_big_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(authshift::deluge::STACK_BYTES).spawn_scoped(scope, work);
        worker.expect("a thread can be made").join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
