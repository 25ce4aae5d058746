//! Opening the user's editor.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Opens `$VISUAL`, `$EDITOR` or what every system has on a line of a file, from 1, and waits for it.
///
/// # Errors
/// When it cannot be started, or says that it failed.
pub(super) fn open(path: &Path, line: usize) -> Result<()> {
    let chosen = ["VISUAL", "EDITOR"].iter().filter_map(|name| std::env::var(name).ok());
    let editor = chosen.map(|editor| editor.trim().to_owned()).find(|editor| !editor.is_empty());
    let editor = editor.unwrap_or_else(|| if cfg!(windows) { "notepad" } else { "vi" }.to_owned());
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or_default();
    let mut command = if cfg!(windows) {
        let mut command = Command::new(program);
        command.args(words);
        command
    } else {
        // The variable is a line for the shell, as in git.
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{editor} \"$@\"")).arg(&editor);
        command
    };
    command.args(place_for(program, path, line));
    let status = uninterrupted(|| command.status())?;
    let status = status.with_context(|| format!("the editor `{editor}` cannot be started"))?;
    ensure!(status.success(), "the editor `{editor}` ended with {status}");
    Ok(())
}

/// Does the work of another program that has the terminal: Ctrl-C is for that one then, or for what it runs in its turn.
/// This one would end, and the two that are left, the shell and the editor, would read the same keys.
#[cfg(unix)]
fn uninterrupted<T>(work: impl FnOnce() -> T) -> Result<T> {
    use signal_hook::consts::{SIGINT, SIGQUIT};
    use std::sync::atomic::{AtomicBool, Ordering};

    static OURS: AtomicBool = AtomicBool::new(true);
    OURS.store(false, Ordering::SeqCst);
    for signal in [SIGINT, SIGQUIT] {
        signal_hook::flag::register_conditional_default(signal, &OURS)?;
    }
    let done = work();
    OURS.store(true, Ordering::SeqCst);
    Ok(done)
}

#[cfg(not(unix))]
fn uninterrupted<T>(work: impl FnOnce() -> T) -> Result<T> {
    Ok(work())
}

/// A line of a file, as an editor takes it on the command line.
fn place_for(program: &str, path: &Path, line: usize) -> Vec<OsString> {
    // A name must not read like an option.
    let path = if path.is_relative() { Path::new(".").join(path) } else { path.to_owned() };
    let name = Path::new(program).file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let with_line = || {
        let mut place = path.clone().into_os_string();
        place.push(format!(":{line}"));
        place
    };
    match name.as_str() {
        "vi" | "vim" | "nvim" | "gvim" | "emacs" | "emacsclient" | "nano" | "pico" | "micro" | "joe" | "kak" | "mg" => {
            vec![format!("+{line}").into(), path.into()]
        }
        "code" | "codium" | "cursor" => vec!["--goto".into(), with_line()],
        "hx" | "helix" | "subl" | "zed" => vec![with_line()],
        _ => vec![path.into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_get_the_line_in_their_own_way() {
        let shown = |program: &str, path: &str| {
            let words: Vec<String> =
                place_for(program, Path::new(path), 7).into_iter().map(|word| word.into_string().unwrap()).collect();
            words.join(" ").replace('\\', "/")
        };
        assert_eq!(shown("/usr/bin/vim", "a.dg"), "+7 ./a.dg");
        assert_eq!(shown("code", "-x.dg"), "--goto ./-x.dg:7");
        assert_eq!(shown("hx", "/a.dg"), "/a.dg:7");
        assert_eq!(shown("ed", "a.dg"), "./a.dg");
    }
}
