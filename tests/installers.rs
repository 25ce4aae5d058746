//! The installers of a release, `packaging/templates/`. `.ci/packages` runs the one for shells.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::Path;

fn template(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/templates").join(name)).unwrap()
}

/// No PowerShell runs here. What can be told without one: the script is PowerShell by its grammar, and as plain as 5.1 wants it.
#[test]
fn the_installer_for_powershell_is_powershell() {
    let script = template("install.ps1");
    let errors = |text: &str| {
        let mut parser = tree_sitter::Parser::new();
        parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).unwrap();
        parser.parse(text, None).unwrap().root_node().has_error()
    };
    assert!(!errors(&script));
    assert!(errors(&script.replacen("function Install-Authshift {", "function Install-Authshift {(", 1)));
    assert!(script.is_ascii(), "Windows PowerShell 5.1 reads a file without a mark as ANSI");
}

/// What one installer checks and lets be set, the other does too.
#[test]
fn the_installers_do_the_same() {
    let (posix, powershell) = (template("install.sh"), template("install.ps1"));
    for word in [
        "AUTHSHIFT_INSTALL_DIR",
        "AUTHSHIFT_DOWNLOAD",
        "https://github.com/@repository@/releases/download/v",
        "is not what was released",
        "is not https",
        "there is no program for",
    ] {
        assert!(posix.contains(word) && powershell.contains(word), "{word}");
    }
}
