//! Writing files so that at any moment, also after a crash, each one is wholly old or wholly new.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::NamedTempFile;

/// How the names of temporary files start; a walk leaves such files out.
pub const TEMPORARY_PREFIX: &str = ".authshift-";

/// A file that was not written. It is as it was before.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct WriteError {
    /// The file, as it was named.
    pub path: PathBuf,
    /// Why.
    pub problem: Problem,
}

/// Why a file was not written, without its name, which whoever reports it puts in front.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Its bytes are not those that were read.
    #[error("changed since it was read; nothing was written, run the command again")]
    Changed,
    /// The same, noticed too late, and what another program wrote could not be put back.
    #[error("another program changed it at the same time; what that one wrote is in {}", .0.display())]
    Parted(PathBuf),
    /// Another name stands for the same file, and replacing this one would part the two.
    #[error(
        "has {0} hard links, and replacing it would cut it off from its other names; nothing was written, \
         make it a file of its own first (for example `cp -p FILE COPY && mv COPY FILE`)"
    )]
    HardLinks(u64),
    /// No permission to write into it.
    #[error("is read-only; nothing was written, make it writable (for example `{}`)", if cfg!(windows) { "attrib -r FILE" } else { "chmod u+w FILE" })]
    ReadOnly,
    /// A directory, device, pipe or socket.
    #[error("is not a regular file; nothing was written, name a file")]
    NotAFile,
    /// A symbolic link whose target does not exist.
    #[error(
        "is a symbolic link to a file that does not exist; nothing was written, remove the link or name another file"
    )]
    DanglingLink,
    /// The backup's name is taken by something else.
    #[error("the backup {} exists already; nothing was written, move it away or choose another suffix", .0.display())]
    BackupExists(PathBuf),
    /// A suffix that is empty or leads out of the directory.
    #[error("the backup suffix `{0}` must not be empty or contain a path separator; use one such as `.bak`")]
    BackupSuffix(String),
    /// The operating system refused.
    #[error("cannot {action}: {error}; {}", advice(error))]
    Io {
        /// What was attempted, as "cannot …" continues.
        action: &'static str,
        /// What the operating system said.
        error: io::Error,
    },
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check the path, and create the directory if it is missing",
        io::ErrorKind::PermissionDenied => "check the permissions of the file and its directory",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on the disk and run the command again",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only, copy the files to a writable place",
        _ => "nothing was changed; solve that and run the command again",
    }
}

fn io_error(action: &'static str) -> impl FnOnce(io::Error) -> Problem {
    move |error| Problem::Io { action, error }
}

fn of(path: &Path) -> impl FnOnce(Problem) -> WriteError {
    let path = path.to_path_buf();
    move |problem| WriteError { path, problem }
}

/// The folders in which files were replaced. When it is dropped, what was done in each is put on the disk, once.
#[derive(Default, Debug)]
pub struct Folders(Mutex<BTreeSet<PathBuf>>);

impl Folders {
    fn add(&self, folder: &Path) {
        let mut folders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !folders.contains(folder) {
            folders.insert(folder.to_owned());
        }
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).iter().for_each(|folder| sync_directory(folder));
    }
}

/// Replaces the content of `path`, which must still be `original`, by `new`, atomically; with `backup`, a suffix such as
/// `.bak`, the original stays beside it under its name plus the suffix, as it may do already after a run that was broken
/// off. A symbolic link stays one, its target is replaced. Mode and, where allowed, owner and group are kept; access control
/// lists and extended attributes are not. When `original` and `new` are equal the file is not touched.
///
/// # Errors
///
/// When the file changed, is read-only, is no regular file or has other hard links, when the backup exists with another
/// content or its suffix is no part of a name, or when the operating system refuses a step. The file is then as it was, and
/// no temporary file or new backup is left.
pub fn replace(
    path: &Path,
    original: &[u8],
    new: &[u8],
    backup: Option<&str>,
    folders: &Folders,
) -> Result<(), WriteError> {
    if original == new { Ok(()) } else { replace_by(path, original, new, backup, folders).map_err(of(path)) }
}

fn replace_by(
    path: &Path,
    original: &[u8],
    new: &[u8],
    backup: Option<&str>,
    folders: &Folders,
) -> Result<(), Problem> {
    let target = fs::canonicalize(path).map_err(io_error("find the file"))?;
    let metadata = writable(&target)?;
    let directory = directory_of(&target);
    let copy = backup.map(|suffix| backup_path(&target, suffix, original)).transpose()?.flatten();

    let temporary = prepare(directory, Mode::Of(&metadata), all(new))?;
    let copy = match copy {
        Some(at) => Some((prepare(directory, Mode::Of(&metadata), all(original))?, at)),
        None => None,
    };
    if fs::read(&target).map_err(io_error("read the file again"))? != original {
        return Err(Problem::Changed);
    }
    let copy = copy.map(|(file, at)| keep_copy(file, at, original)).transpose()?.flatten();
    if let Err(problem) = put(temporary, &target, original) {
        if let Some(copy) = copy {
            // A backup of a file that was not changed would make the next attempt fail.
            let _ = fs::remove_file(copy);
        }
        return Err(problem);
    }
    folders.add(directory);
    Ok(())
}

/// Puts a prepared file in place of `target`, which must be `original`. The two are exchanged, and what comes out is looked
/// at: what another program wrote at the last moment goes back. Where a file system cannot do that, a moment is left in which
/// that would be lost.
fn put(temporary: NamedTempFile, target: &Path, original: &[u8]) -> Result<(), Problem> {
    match exchange(temporary.path(), target) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Problem::Changed),
        Err(_) => {
            if fs::read(target).map_err(io_error("read the file again"))? != original {
                return Err(Problem::Changed);
            }
            return match temporary.persist(target) {
                Ok(_) => Ok(()),
                Err(error) => Err(io_error("put the new file in place")(error.error)),
            };
        }
    }
    if fs::read(temporary.path()).is_ok_and(|old| old == original) {
        return Ok(());
    }
    match exchange(temporary.path(), target) {
        Ok(()) => Err(Problem::Changed),
        Err(_) => Err(Problem::Parted(temporary.into_temp_path().keep().unwrap_or_default())),
    }
}

/// Two files take each other's names, at once.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};

    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Creates `path` atomically, with the mode that new files get here.
///
/// # Errors
///
/// When there is something of that name already, or when the operating system refuses a step. No half of a file is left.
pub fn create(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let directory = directory_of(path);
    let temporary = prepare(directory, Mode::New, all(bytes)).map_err(of(path))?;
    temporary.persist_noclobber(path).map_err(|error| of(path)(io_error("create the file")(error.error)))?;
    sync_directory(directory);
    Ok(())
}

/// Creates `path`, or replaces it, atomically, as a file that only its owner can read (mode 0600 on Unix). A
/// terminal, pipe or device such as `/dev/stdout` is written to as it is, and so is what a symbolic link to one names.
///
/// # Errors
///
/// When `path` is a directory, a read-only file or a dangling symbolic link, or when the operating system refuses a
/// step. An existing file is then as it was; what went into a pipe or device before an error stays there.
pub fn create_private(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    output(path, |_| Mode::Private, all(bytes)).map_err(of(path))
}

/// The same for what `fill` writes, for everybody: an existing file keeps its mode.
///
/// # Errors
///
/// As for [`create_private`].
pub fn report(path: &Path, fill: impl FnOnce(&File) -> io::Result<()>) -> Result<(), WriteError> {
    output(path, |old| old.map_or(Mode::New, Mode::Of), fill).map_err(of(path))
}

fn output(
    path: &Path,
    mode: impl FnOnce(Option<&Metadata>) -> Mode<'_>,
    fill: impl FnOnce(&File) -> io::Result<()>,
) -> Result<(), Problem> {
    let (target, old) = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => return Err(Problem::NotAFile),
        Ok(metadata) if !metadata.is_file() || names_a_descriptor(path) => {
            let file = OpenOptions::new().append(true).open(path).map_err(io_error("open the file"))?;
            return fill(&file).map_err(io_error("write to the file"));
        }
        Ok(metadata) => {
            let target = fs::canonicalize(path).map_err(io_error("find the file"))?;
            refuse_read_only(&target)?;
            (target, Some(metadata))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if fs::symlink_metadata(path).is_ok() {
                return Err(Problem::DanglingLink);
            }
            (path.to_path_buf(), None)
        }
        Err(error) => return Err(io_error("look at the file")(error)),
    };
    let directory = directory_of(&target);
    let temporary = prepare(directory, mode(old.as_ref()), fill)?;
    temporary.persist(&target).map_err(|error| io_error("put the new file in place")(error.error))?;
    sync_directory(directory);
    Ok(())
}

fn all(bytes: &[u8]) -> impl FnOnce(&File) -> io::Result<()> {
    move |mut file| file.write_all(bytes)
}

/// Whether `path` stands for an open file of this process. When the shell redirected it to a regular file, that file
/// must be written through and not be replaced under the shell's hands.
fn names_a_descriptor(path: &Path) -> bool {
    ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc/self/fd"].iter().any(|known| path.starts_with(known))
}

/// The metadata of `target`, if it is a file that may be replaced.
fn writable(target: &Path) -> Result<Metadata, Problem> {
    let metadata = fs::metadata(target).map_err(io_error("look at the file"))?;
    if !metadata.is_file() {
        return Err(Problem::NotAFile);
    }
    let links = hard_links(&metadata);
    if links > 1 {
        return Err(Problem::HardLinks(links));
    }
    refuse_read_only(target)?;
    Ok(metadata)
}

fn refuse_read_only(target: &Path) -> Result<(), Problem> {
    let metadata = fs::metadata(target).map_err(io_error("look at the file"))?;
    if metadata.permissions().readonly() {
        return Err(Problem::ReadOnly);
    }
    // The mode alone does not say whether this user may write, and a rename would not check.
    match OpenOptions::new().write(true).open(target) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(Problem::ReadOnly),
        Err(error) => Err(io_error("open the file for writing")(error)),
    }
}

fn directory_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Where the backup goes; `None` when it is there already.
fn backup_path(target: &Path, suffix: &str, original: &[u8]) -> Result<Option<PathBuf>, Problem> {
    if suffix.is_empty() || suffix.contains(std::path::is_separator) || suffix.contains('\0') {
        return Err(Problem::BackupSuffix(suffix.to_owned()));
    }
    let mut name: OsString = target.file_name().unwrap_or_default().to_os_string();
    name.push(suffix);
    let backup = target.with_file_name(name);
    match fs::symlink_metadata(&backup) {
        Err(_) => Ok(Some(backup)),
        Ok(_) if is_backup(&backup, original) => Ok(None),
        Ok(_) => Err(Problem::BackupExists(backup)),
    }
}

/// Whether there is a file with that content, as a run that was broken off behind its backup leaves one.
fn is_backup(at: &Path, original: &[u8]) -> bool {
    fs::symlink_metadata(at).is_ok_and(|found| found.is_file() && found.len() == original.len() as u64)
        && fs::read(at).is_ok_and(|content| content == original)
}

/// Gives a prepared backup its name, unless that was taken meanwhile. The answer is what is new.
fn keep_copy(copy: NamedTempFile, at: PathBuf, original: &[u8]) -> Result<Option<PathBuf>, Problem> {
    match copy.persist_noclobber(&at) {
        Ok(_) => Ok(Some(at)),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            if is_backup(&at, original) {
                Ok(None)
            } else {
                Err(Problem::BackupExists(at))
            }
        }
        Err(error) => Err(io_error("put the backup in place")(error.error)),
    }
}

/// Whose a new file is, and who may do what with it.
#[derive(Clone, Copy)]
enum Mode<'m> {
    /// As the system makes new files.
    New,
    /// Only the owner reads and writes it.
    Private,
    /// Mode and owner of another file.
    Of(&'m Metadata),
}

/// A temporary file in `directory` with what `fill` writes in it, on the disk.
fn prepare(
    directory: &Path,
    mode: Mode<'_>,
    fill: impl FnOnce(&File) -> io::Result<()>,
) -> Result<NamedTempFile, Problem> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX);
    #[cfg(unix)]
    if matches!(mode, Mode::New) {
        // The system takes from it what its `umask` says.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    let temporary = builder.tempfile_in(directory).map_err(io_error("create a temporary file beside it"))?;
    let file = temporary.as_file();
    fill(file).map_err(io_error("write a temporary file beside it"))?;
    match mode {
        Mode::New => Ok(()),
        Mode::Private => make_private(file),
        Mode::Of(metadata) => take_over(file, metadata),
    }
    .map_err(io_error("set the mode of a temporary file beside it"))?;
    file.sync_all().map_err(io_error("store a temporary file beside it"))?;
    Ok(temporary)
}

#[cfg(unix)]
fn hard_links(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
fn hard_links(_: &Metadata) -> u64 {
    1
}

#[cfg(unix)]
fn take_over(file: &File, like: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let mine = file.metadata()?;
    if (mine.uid(), mine.gid()) != (like.uid(), like.gid()) && fchown(file, Some(like.uid()), Some(like.gid())).is_err()
    {
        // Only root gives a file away, but a member of the group may keep the group.
        let _ = fchown(file, None, Some(like.gid()));
    }
    let now = file.metadata()?;
    let mut mode = like.mode() & 0o7777;
    if now.uid() != like.uid() {
        mode &= !0o4000;
    }
    if now.gid() != like.gid() {
        // What was allowed to one group must not be allowed to another: the group keeps what everybody may do.
        mode = (mode & !0o2070) | ((mode & 0o007) << 3);
    }
    // After the owner, since a change of owner clears bits of the mode.
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn take_over(file: &File, like: &Metadata) -> io::Result<()> {
    file.set_permissions(like.permissions())
}

#[cfg(unix)]
fn make_private(file: &File) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(_: &File) -> io::Result<()> {
    Ok(())
}

/// Puts a rename on the disk. An error is no failure of the write: the rename has happened, the file is whole either
/// way, and some file systems cannot sync a directory.
#[cfg(unix)]
fn sync_directory(directory: &Path) {
    let _ = File::open(directory).and_then(|opened| opened.sync_all());
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) {}

#[cfg(test)]
mod tests;
