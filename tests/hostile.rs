//! What somebody else's repository, file names and texts may do: nothing but be reported.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use support::folder::{DESK, Folder};
use support::{code, stderr, stdout};

const TOKEN: &str = "fake0host0token0aaaabbbbccccdddd";

fn call() -> String {
    format!("x = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken={TOKEN}\");\ninfo x.get(\"id\");\n")
}

fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn git(folder: &Folder, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]).args(arguments);
    git.current_dir(folder.path()).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = git.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
}

// A repository's configuration

#[test]
fn a_repository_cannot_have_git_run_a_program() {
    let folder = Folder::empty().with("a.dg", call());
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["add", "."]);
    let canary = folder.at("canary");
    let program = folder.at("program");
    executable(&program, &format!("#!/bin/sh\necho \"$0 $@\" >> '{}'\n", canary.display()));
    let program = program.to_str().unwrap();
    let keys = "core.fsmonitor core.sshCommand core.pager pager.diff-index core.editor core.askPass core.gitProxy \
                core.alternateRefsCommand credential.helper diff.external diff.x.textconv diff.x.command filter.x.clean \
                filter.x.smudge filter.x.process gpg.program gpg.ssh.program gpg.x509.program merge.x.driver";
    for key in keys.split_whitespace() {
        git(&folder, &["config", key, program]);
    }
    git(&folder, &["config", "alias.diff-index", &format!("!{program}")]);
    git(&folder, &["config", "core.hooksPath", folder.at("hooks").to_str().unwrap()]);
    for hook in ["post-index-change", "pre-commit", "reference-transaction", "fsmonitor-watchman"] {
        fs::create_dir_all(folder.at("hooks")).unwrap();
        symlink(program, folder.at("hooks").join(hook)).unwrap();
    }
    // What is missing would be fetched by a program.
    git(&folder, &["config", "remote.o.url", &format!("ext::{program} x")]);
    for (key, value) in [("remote.o.promisor", "true"), ("extensions.partialClone", "o"), ("protocol.ext.allow", "always")] {
        git(&folder, &["config", key, value]);
    }
    git(&folder, &["config", "core.repositoryformatversion", "1"]);
    folder.write(".gitattributes", "* filter=x diff=x merge=x\n");
    let output = folder.run(&["check", "--staged"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(stdout(&output).contains("a.dg:1:"), "{}", stdout(&output));
    for blob in walkdir::WalkDir::new(folder.at(".git/objects")).into_iter().filter_map(Result::ok) {
        if blob.file_type().is_file() {
            fs::remove_file(blob.path()).unwrap();
        }
    }
    for arguments in [&["check", "--staged"][..], &["check"], &["scan", "-v"], &["fix"], &["plan"]] {
        folder.run(arguments);
        assert!(!canary.exists(), "{arguments:?}: {}", fs::read_to_string(&canary).unwrap());
    }
    assert_eq!(folder.code(&["check", "--staged"]), 2);
}

