//! What git's index holds: which files are staged for the next commit, and their content there. The files in the folder are
//! not looked at.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::project::config::without_dots;
use crate::text::source::{MAX_FILE_BYTES, ReadError};

/// Why git gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no such program.
    #[error("--staged needs the program `git`, which cannot be started: {0}")]
    Missing(std::io::Error),
    /// It said no: no repository, a path outside of it.
    #[error("--staged: {0}")]
    Refused(String),
    /// It said something else than it should.
    #[error("--staged: unexpected output from `git {0}`")]
    Odd(&'static str),
}

/// How a staged file differs from the last commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StagedContent {
    /// It is new or changed; this is the name of its content.
    Blob(String),
    /// A merge left several versions of it.
    Conflict,
    /// It goes, or is nothing that has text: a symbolic link, a repository in the repository.
    Other,
}

/// One file that is staged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Staged {
    /// Its path from the current folder.
    pub path: PathBuf,
    /// Its path from the root of the file system, without links.
    pub real: PathBuf,
    /// What it is.
    pub state: StagedContent,
}

/// What is staged of `paths`, or of the whole repository around the current folder when there are none; in path order.
///
/// # Errors
/// Every [`GitError`].
pub fn staged(paths: &[PathBuf]) -> Result<Vec<Staged>, GitError> {
    let place = git(&["rev-parse", "--show-cdup", "--show-prefix"], &[])?;
    let lines = place.iter().position(|&byte| byte == b'\n').ok_or(GitError::Odd("rev-parse"))?;
    let (up, prefix) = place.split_at(lines);
    let up = path(up);
    let prefix = path(prefix.strip_prefix(b"\n").and_then(|rest| rest.strip_suffix(b"\n")).unwrap_or_default());
    let root = real(&up).ok_or(GitError::Odd("rev-parse"))?;
    // Before the first commit, everything is new.
    let tree = match git(&["rev-parse", "--verify", "--quiet", "HEAD^{tree}"], &[]) {
        Ok(tree) => tree,
        Err(GitError::Refused(_)) => git(&["hash-object", "-t", "tree", "--stdin"], &[])?,
        Err(error) => return Err(error),
    };
    let tree = String::from_utf8_lossy(&tree).trim().to_owned();
    let plain = ["--raw", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules"];
    let list = git(&[&["diff-index", "--cached"], &plain[..], &[&tree, "--"]].concat(), paths)?;
    let mut fields = list.split(|&byte| byte == 0);
    let mut found = Vec::new();
    while let Some(status) = fields.next().filter(|status| !status.is_empty()) {
        let file = path(fields.next().ok_or(GitError::Odd("diff-index"))?);
        let shown = file.strip_prefix(&prefix).map_or_else(|_| up.join(&file), Path::to_owned);
        let state = state(&String::from_utf8_lossy(status)).ok_or(GitError::Odd("diff-index"))?;
        found.push(Staged { path: shown, real: root.join(&file), state });
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// `:100644 100644 0a1b… 2c3d… M`
fn state(status: &str) -> Option<StagedContent> {
    let mut words = status.strip_prefix(':')?.split(' ');
    let (_, mode, _, blob, letter) = (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
    Some(match (letter, mode) {
        ("U", _) => StagedContent::Conflict,
        (_, "100644" | "100755") => StagedContent::Blob(blob.to_owned()),
        _ => StagedContent::Other,
    })
}

/// A path from the root of the file system; links are followed in its folder, but the file itself need not be there.
pub fn real(path: &Path) -> Option<PathBuf> {
    let plain = without_dots(&std::env::current_dir().ok()?.canonicalize().ok()?.join(path));
    let Some((folder, name)) = plain.parent().zip(plain.file_name()) else { return Some(plain) };
    Some(folder.canonicalize().unwrap_or_else(|_| folder.to_owned()).join(name))
}

#[cfg(unix)]
fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// Keys by which the configuration of a repository, which may be anybody's, makes git run a program, with what forbids that.
const NO_PROGRAMS: &[&str] = &[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.sshCommand=false",
    "core.gitProxy=false",
    "core.askPass=",
    "core.pager=cat",
    "core.alternateRefsCommand=false",
    "credential.helper=",
    "diff.external=",
    "gpg.program=false",
    "maintenance.auto=false",
    "gc.auto=0",
];

/// Git, which runs no other program: the one place where it is started.
fn plain_git() -> Command {
    let mut command = Command::new("git");
    // Paths mean what they say.
    command.args(["--no-pager", "--literal-pathspecs"]);
    for key in NO_PROGRAMS {
        command.args(["-c", key]);
    }
    // Nothing is fetched, by any protocol, whatever the repository allows (an older git does not know the first of these);
    // nobody is asked, and no lock is taken.
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "").env("GIT_TERMINAL_PROMPT", "0");
    command.env("GIT_OPTIONAL_LOCKS", "0");
    command
}

fn command() -> Command {
    let mut command = plain_git();
    if *GIT_DIR_IS_NOTHING_NEW {
        command.env_remove("GIT_DIR");
    }
    command
}

/// Whether GIT_DIR names the repository that the current folder is in anyway. Git sets it for the hooks of a worktree and of a
/// submodule; where it is set without GIT_WORK_TREE, git takes the current folder for the root, and a hook may have left that.
static GIT_DIR_IS_NOTHING_NEW: LazyLock<bool> = LazyLock::new(|| {
    let Some(set) = std::env::var_os("GIT_DIR").filter(|_| std::env::var_os("GIT_WORK_TREE").is_none()) else {
        return false;
    };
    let found = plain_git().args(["rev-parse", "--absolute-git-dir"]).env_remove("GIT_DIR").output();
    let Some(found) = found.ok().filter(|output| output.status.success()) else { return false };
    let found = path(found.stdout.trim_ascii_end());
    found.canonicalize().ok().zip(Path::new(&set).canonicalize().ok()).is_some_and(|(found, set)| found == set)
});

fn git(arguments: &[&str], paths: &[PathBuf]) -> Result<Vec<u8>, GitError> {
    let output = command().args(arguments).args(paths).stdin(Stdio::null()).output().map_err(GitError::Missing)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().trim_start_matches("fatal: ");
    Err(GitError::Refused(if said.is_empty() { "git failed".to_owned() } else { said.to_owned() }))
}

/// Reads the content of staged files. Each thread that asks at the same time has a process of its own.
#[derive(Default, Debug)]
pub struct Blobs(Mutex<Vec<Batch>>);

impl Blobs {
    /// The content with that name.
    ///
    /// # Errors
    /// [`ReadError::TooLarge`] and [`ReadError::Io`].
    pub fn read(&self, blob: &str) -> Result<Vec<u8>, ReadError> {
        let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut batch = match idle {
            Some(batch) => batch,
            None => Batch::start()?,
        };
        let content = batch.read(blob)?;
        // One that failed may be in the middle of an answer and is not used again.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(batch);
        Ok(content)
    }
}

/// A `git cat-file --batch`.
#[derive(Debug)]
struct Batch {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Batch {
    fn start() -> Result<Self, ReadError> {
        let mut process = command()
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let broken = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        let questions = process.stdin.take().ok_or_else(broken)?;
        let answers = process.stdout.take().map(BufReader::new).ok_or_else(broken)?;
        Ok(Self { process, questions, answers })
    }

    /// `NAME blob SIZE`, a line end, that many bytes, and a line end.
    fn read(&mut self, blob: &str) -> Result<Vec<u8>, ReadError> {
        self.questions.write_all(format!("{blob}\n").as_bytes())?;
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        let size = head.trim_end().strip_prefix(blob).and_then(|rest| rest.strip_prefix(" blob "));
        let Some(size) = size.and_then(|size| size.parse::<u64>().ok()) else {
            return Err(std::io::Error::other(format!("git does not have its content: {}", head.trim_end())).into());
        };
        if size > MAX_FILE_BYTES {
            return Err(ReadError::TooLarge(size));
        }
        let mut content = vec![0; usize::try_from(size).unwrap_or(0) + 1];
        self.answers.read_exact(&mut content)?;
        content.pop();
        Ok(content)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // It may be in the middle of an answer that nobody reads.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
