//! Writing files so that at any moment, also after a crash, each one is wholly old or wholly new.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// How the names of temporary files start; a walk leaves such files out.
pub const TEMPORARY_PREFIX: &str = ".authshift-";

/// Why a file was not written. The file itself is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Its bytes are not those that were read.
    #[error("{path}: changed since it was read; nothing was written, run the command again", path = .0.display())]
    Changed(PathBuf),
    /// Another name stands for the same file, and replacing this one would part the two.
    #[error(
        "{path}: has {links} hard links, and replacing it would cut it off from its other names; nothing was written, \
         make it a file of its own first (for example `cp -p FILE COPY && mv COPY FILE`)",
        path = .path.display()
    )]
    HardLinks {
        /// The file as it was named.
        path: PathBuf,
        /// How many names the file has.
        links: u64,
    },
    /// No permission to write into it.
    #[error("{path}: is read-only; nothing was written, make it writable (for example `chmod u+w FILE`)", path = .0.display())]
    ReadOnly(PathBuf),
    /// A directory, device, pipe or socket.
    #[error("{path}: is not a regular file; nothing was written, name a file", path = .0.display())]
    NotAFile(PathBuf),
    /// A symbolic link whose target does not exist.
    #[error("{path}: is a symbolic link to a file that does not exist; nothing was written, remove the link or name another file", path = .0.display())]
    DanglingLink(PathBuf),
    /// The backup's name is taken.
    #[error(
        "{path}: the backup {backup} exists already; nothing was written, move it away or choose another suffix",
        path = .path.display(), backup = .backup.display()
    )]
    BackupExists {
        /// The file as it was named.
        path: PathBuf,
        /// The file that stands in the way.
        backup: PathBuf,
    },
    /// A suffix that is empty or leads out of the directory.
    #[error("the backup suffix `{0}` must not be empty or contain a path separator; use one such as `.bak`")]
    BackupSuffix(String),
    /// The operating system refused.
    #[error("{path}: cannot {action}: {source}; {advice}", path = .path.display(), advice = advice(.source))]
    Io {
        /// What was attempted, as "cannot …" continues.
        action: &'static str,
        /// The file or directory it was attempted on.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check the path, and create the directory if it is missing",
        io::ErrorKind::PermissionDenied => "check the permissions of the file and its directory",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on the disk and run the command again",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only, copy the files to a writable place",
        _ => "nothing was changed, see to the cause and run the command again",
    }
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    let path = path.to_path_buf();
    move |source| WriteError::Io { action, path, source }
}

/// Replaces the content of `path`, which must still be `original`, by `new`, atomically; with `backup`, a suffix such as
/// `.bak`, the original stays beside it under its name plus the suffix. A symbolic link stays one, its target is
/// replaced. Mode and, where allowed, owner and group are kept; access control lists and extended attributes are not.
/// When `original` and `new` are equal the file is not touched.
///
/// # Errors
///
/// When the file changed, is read-only, is no regular file or has other hard links, when the backup exists or its
/// suffix is no part of a name, or when the operating system refuses a step. The file is then as it was, and no
/// temporary file or new backup is left.
pub fn replace(path: &Path, original: &[u8], new: &[u8], backup: Option<&str>) -> Result<(), WriteError> {
    if original == new {
        return Ok(());
    }
    let target = fs::canonicalize(path).map_err(io_error("find the file", path))?;
    let metadata = writable(path, &target)?;
    let directory = directory_of(&target);
    let copy = backup.map(|suffix| backup_path(path, &target, suffix)).transpose()?;

    let temporary = prepare(directory, new, Mode::Of(&metadata))?;
    let copy = match copy {
        Some(at) => Some((prepare(directory, original, Mode::Of(&metadata))?, at)),
        None => None,
    };

    // The last thing before the rename, after everything slow, so that the time in which another program's change
    // could be lost is as short as it can be.
    if fs::read(&target).map_err(io_error("read the file again", path))? != original {
        return Err(WriteError::Changed(path.to_path_buf()));
    }
    let copy = match copy {
        Some((file, at)) => Some(keep_copy(file, at, path)?),
        None => None,
    };
    if let Err(error) = temporary.persist(&target) {
        if let Some(copy) = copy {
            // A backup of a file that was not changed would make the next attempt fail.
            let _ = fs::remove_file(copy);
        }
        return Err(io_error("put the new file in place", path)(error.error));
    }
    sync_directory(directory);
    Ok(())
}

/// Creates `path` atomically, with the mode that new files get here.
///
/// # Errors
///
/// When there is something of that name already, or when the operating system refuses a step. No half of a file is left.
pub fn create(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let directory = directory_of(path);
    let temporary = prepare(directory, bytes, Mode::New)?;
    temporary.persist_noclobber(path).map_err(|error| io_error("create the file", path)(error.error))?;
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
    let target = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => return Err(WriteError::NotAFile(path.to_path_buf())),
        Ok(metadata) if !metadata.is_file() || names_a_descriptor(path) => return append(path, bytes),
        Ok(_) => {
            let target = fs::canonicalize(path).map_err(io_error("find the file", path))?;
            refuse_read_only(path, &target)?;
            target
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if fs::symlink_metadata(path).is_ok() {
                return Err(WriteError::DanglingLink(path.to_path_buf()));
            }
            path.to_path_buf()
        }
        Err(error) => return Err(io_error("look at the file", path)(error)),
    };
    let directory = directory_of(&target);
    let temporary = prepare(directory, bytes, Mode::Private)?;
    temporary.persist(&target).map_err(|error| io_error("put the new file in place", path)(error.error))?;
    sync_directory(directory);
    Ok(())
}

/// Whether `path` stands for an open file of this process. When the shell redirected it to a regular file, that file
/// must be written through and not be replaced under the shell's hands.
fn names_a_descriptor(path: &Path) -> bool {
    ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc/self/fd"].iter().any(|known| path.starts_with(known))
}

fn append(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let mut file = OpenOptions::new().append(true).open(path).map_err(io_error("open the file", path))?;
    file.write_all(bytes).and_then(|()| file.flush()).map_err(io_error("write to the file", path))
}

/// The metadata of `target`, if it is a file that may be replaced. `path` is its name in messages.
fn writable(path: &Path, target: &Path) -> Result<Metadata, WriteError> {
    let metadata = fs::metadata(target).map_err(io_error("look at the file", path))?;
    if !metadata.is_file() {
        return Err(WriteError::NotAFile(path.to_path_buf()));
    }
    let links = hard_links(&metadata);
    if links > 1 {
        return Err(WriteError::HardLinks { path: path.to_path_buf(), links });
    }
    refuse_read_only(path, target)?;
    Ok(metadata)
}

fn refuse_read_only(path: &Path, target: &Path) -> Result<(), WriteError> {
    let metadata = fs::metadata(target).map_err(io_error("look at the file", path))?;
    if metadata.permissions().readonly() {
        return Err(WriteError::ReadOnly(path.to_path_buf()));
    }
    // The mode alone does not tell whether this user may write, and a rename would not ask.
    match OpenOptions::new().write(true).open(target) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(WriteError::ReadOnly(path.to_path_buf())),
        Err(error) => Err(io_error("open the file for writing", path)(error)),
    }
}

fn directory_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn backup_path(path: &Path, target: &Path, suffix: &str) -> Result<PathBuf, WriteError> {
    if suffix.is_empty() || suffix.contains(std::path::is_separator) || suffix.contains('\0') {
        return Err(WriteError::BackupSuffix(suffix.to_owned()));
    }
    let mut name: OsString = target.file_name().unwrap_or_default().to_os_string();
    name.push(suffix);
    let backup = target.with_file_name(name);
    if fs::symlink_metadata(&backup).is_ok() {
        return Err(WriteError::BackupExists { path: path.to_path_buf(), backup });
    }
    Ok(backup)
}

/// Gives a prepared backup its name, unless that was taken meanwhile.
fn keep_copy(copy: NamedTempFile, at: PathBuf, path: &Path) -> Result<PathBuf, WriteError> {
    match copy.persist_noclobber(&at) {
        Ok(_) => Ok(at),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(WriteError::BackupExists { path: path.to_path_buf(), backup: at })
        }
        Err(error) => Err(io_error("put the backup in place", &at)(error.error)),
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

/// A temporary file in `directory` with `bytes` in it, on the disk.
fn prepare(directory: &Path, bytes: &[u8], mode: Mode<'_>) -> Result<NamedTempFile, WriteError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX);
    #[cfg(unix)]
    if matches!(mode, Mode::New) {
        // The system takes from it what its `umask` says.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    let mut temporary =
        builder.tempfile_in(directory).map_err(io_error("create a temporary file in this directory", directory))?;
    let written = temporary.write_all(bytes).and_then(|()| temporary.flush());
    written.map_err(io_error("write a temporary file in this directory", directory))?;
    let file = temporary.as_file();
    match mode {
        Mode::New => Ok(()),
        Mode::Private => make_private(file),
        Mode::Of(metadata) => take_over(file, metadata),
    }
    .map_err(io_error("set the mode of a temporary file in this directory", directory))?;
    file.sync_all().map_err(io_error("store a temporary file in this directory", directory))?;
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
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn folder(content: &[u8]) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.dg");
        fs::write(&file, content).unwrap();
        (folder, file)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn replaces_and_leaves_nothing_behind() {
        let (folder, file) = folder(b"old\r\n\xff");
        replace(&file, b"old\r\n\xff", b"new\r", None).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new\r");
        assert_eq!(names(folder.path()), ["a.dg"]);
    }

    #[test]
    fn equal_content_touches_nothing() {
        let (folder, file) = folder(b"same");
        let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        File::options().write(true).open(&file).unwrap().set_modified(long_ago).unwrap();
        replace(&file, b"same", b"same", Some(".bak")).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), long_ago);
        assert_eq!(names(folder.path()), ["a.dg"]);
    }

    #[test]
    fn a_changed_file_is_refused() {
        let (folder, file) = folder(b"someone else's");
        let error = replace(&file, b"old", b"new", Some(".bak")).unwrap_err();
        assert!(matches!(error, WriteError::Changed(_)), "{error}");
        assert_eq!(fs::read(&file).unwrap(), b"someone else's");
        assert_eq!(names(folder.path()), ["a.dg"]);
    }

    #[test]
    fn a_backup_is_kept_and_never_overwritten() {
        let (folder, file) = folder(b"one");
        replace(&file, b"one", b"two", Some(".bak")).unwrap();
        assert_eq!(fs::read(folder.path().join("a.dg.bak")).unwrap(), b"one");
        let error = replace(&file, b"two", b"three", Some(".bak")).unwrap_err();
        assert!(matches!(error, WriteError::BackupExists { .. }), "{error}");
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::read(folder.path().join("a.dg.bak")).unwrap(), b"one");
        assert_eq!(names(folder.path()), ["a.dg", "a.dg.bak"]);
        for suffix in ["", "/x", "\0"] {
            let error = replace(&file, b"two", b"three", Some(suffix)).unwrap_err();
            assert!(matches!(error, WriteError::BackupSuffix(_)), "{error}");
        }
    }

    #[test]
    fn missing_files_and_directories_are_refused() {
        let (folder, _) = folder(b"");
        let error = replace(folder.path(), b"a", b"b", None).unwrap_err();
        assert!(matches!(error, WriteError::NotAFile(_)), "{error}");
        let missing = folder.path().join("no/such.dg");
        let error = replace(&missing, b"a", b"b", None).unwrap_err();
        assert!(matches!(error, WriteError::Io { .. }) && error.to_string().contains("check the path"), "{error}");
        assert!(matches!(create_private(folder.path(), b"").unwrap_err(), WriteError::NotAFile(_)));
        assert!(matches!(create_private(&missing, b"").unwrap_err(), WriteError::Io { .. }));
        assert_eq!(names(folder.path()), ["a.dg"]);
    }

    #[test]
    fn a_read_only_file_is_refused() {
        let (folder, file) = folder(b"old");
        let mut permissions = fs::metadata(&file).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&file, permissions).unwrap();
        assert!(matches!(replace(&file, b"old", b"new", None).unwrap_err(), WriteError::ReadOnly(_)));
        assert!(matches!(create_private(&file, b"new").unwrap_err(), WriteError::ReadOnly(_)));
        assert_eq!(fs::read(&file).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["a.dg"]);
    }

    #[test]
    fn a_private_file_replaces_an_older_one() {
        let (folder, file) = folder(b"a much longer content");
        create_private(&file, b"patch").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"patch");
        create_private(&folder.path().join("b.patch"), b"").unwrap();
        assert_eq!(names(folder.path()), ["a.dg", "b.patch"]);
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

        fn mode(file: &Path) -> u32 {
            fs::metadata(file).unwrap().mode() & 0o7777
        }

        #[test]
        fn the_mode_is_kept() {
            for wanted in [0o600, 0o640, 0o755, 0o666] {
                let (folder, file) = folder(b"old");
                fs::set_permissions(&file, fs::Permissions::from_mode(wanted)).unwrap();
                replace(&file, b"old", b"new", Some("~")).unwrap();
                assert_eq!(mode(&file), wanted);
                assert_eq!(mode(&folder.path().join("a.dg~")), wanted);
            }
        }

        #[test]
        fn owner_and_group_are_kept_where_allowed() {
            let (_folder, file) = folder(b"old");
            if std::os::unix::fs::chown(&file, Some(12345), Some(23456)).is_err() {
                return;
            }
            replace(&file, b"old", b"new", None).unwrap();
            let metadata = fs::metadata(&file).unwrap();
            assert_eq!((metadata.uid(), metadata.gid()), (12345, 23456));
        }

        #[test]
        fn a_symbolic_link_stays_and_its_target_changes() {
            let (folder, file) = folder(b"old");
            fs::create_dir(folder.path().join("sub")).unwrap();
            let link = folder.path().join("sub/link.dg");
            symlink("../a.dg", &link).unwrap();
            replace(&link, b"old", b"new", Some(".bak")).unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read(&file).unwrap(), b"new");
            assert_eq!(names(folder.path()), ["a.dg", "a.dg.bak", "sub"]);
            assert_eq!(names(&folder.path().join("sub")), ["link.dg"]);
        }

        #[test]
        fn several_hard_links_are_refused() {
            let (folder, file) = folder(b"old");
            fs::hard_link(&file, folder.path().join("b.dg")).unwrap();
            let error = replace(&file, b"old", b"new", None).unwrap_err();
            assert!(error.to_string().contains("2 hard links"), "{error}");
            assert_eq!(fs::read(&file).unwrap(), b"old");
            assert_eq!(names(folder.path()), ["a.dg", "b.dg"]);
        }

        #[test]
        fn a_private_file_is_private() {
            let (folder, file) = folder(b"old");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
            create_private(&file, b"new").unwrap();
            assert_eq!(mode(&file), 0o600);
            let link = folder.path().join("link");
            symlink("a.dg", &link).unwrap();
            create_private(&link, b"newer").unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read(&file).unwrap(), b"newer");
            symlink("nowhere", folder.path().join("dangling")).unwrap();
            let error = create_private(&folder.path().join("dangling"), b"").unwrap_err();
            assert!(matches!(error, WriteError::DanglingLink(_)), "{error}");
        }

        #[test]
        fn a_device_is_written_to_as_it_is() {
            let (folder, _) = folder(b"");
            create_private(Path::new("/dev/null"), b"gone").unwrap();
            assert!(!fs::metadata("/dev/null").unwrap().is_file());
            let pipe = folder.path().join("pipe");
            if !std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
                return;
            }
            let reader = std::thread::spawn({
                let pipe = pipe.clone();
                move || fs::read(pipe).unwrap()
            });
            create_private(&pipe, b"through").unwrap();
            assert_eq!(reader.join().unwrap(), b"through");
            assert!(!fs::metadata(&pipe).unwrap().is_file());
        }
    }
}
