//! Files that are replaced, or are not.

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
    replace(&file, b"old\r\n\xff", b"new\r", None, &Folders::default()).unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"new\r");
    assert_eq!(names(folder.path()), ["a.dg"]);
}

#[test]
fn equal_content_touches_nothing() {
    let (folder, file) = folder(b"same");
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
    File::options().write(true).open(&file).unwrap().set_modified(long_ago).unwrap();
    replace(&file, b"same", b"same", Some(".bak"), &Folders::default()).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), long_ago);
    assert_eq!(names(folder.path()), ["a.dg"]);
}

#[test]
fn a_changed_file_is_refused() {
    let (folder, file) = folder(b"someone else's");
    let error = replace(&file, b"old", b"new", Some(".bak"), &Folders::default()).unwrap_err();
    assert!(matches!(error.problem, Problem::Changed), "{error}");
    assert_eq!(fs::read(&file).unwrap(), b"someone else's");
    assert_eq!(names(folder.path()), ["a.dg"]);
}

#[test]
fn a_backup_is_kept_and_never_overwritten() {
    let (folder, file) = folder(b"one");
    replace(&file, b"one", b"two", Some(".bak"), &Folders::default()).unwrap();
    assert_eq!(fs::read(folder.path().join("a.dg.bak")).unwrap(), b"one");
    let error = replace(&file, b"two", b"three", Some(".bak"), &Folders::default()).unwrap_err();
    assert!(matches!(error.problem, Problem::BackupExists(_)), "{error}");
    assert_eq!(fs::read(&file).unwrap(), b"two");
    assert_eq!(fs::read(folder.path().join("a.dg.bak")).unwrap(), b"one");
    assert_eq!(names(folder.path()), ["a.dg", "a.dg.bak"]);
    for suffix in ["", "/x", "\0"] {
        let error = replace(&file, b"two", b"three", Some(suffix), &Folders::default()).unwrap_err();
        assert!(matches!(error.problem, Problem::BackupSuffix(_)), "{error}");
    }
}

#[test]
fn missing_files_and_directories_are_refused() {
    let (folder, _) = folder(b"");
    let error = replace(folder.path(), b"a", b"b", None, &Folders::default()).unwrap_err();
    assert!(matches!(error.problem, Problem::NotAFile), "{error}");
    let missing = folder.path().join("no/such.dg");
    let error = replace(&missing, b"a", b"b", None, &Folders::default()).unwrap_err();
    assert!(matches!(error.problem, Problem::Io { .. }) && error.to_string().contains("check the path"), "{error}");
    assert!(matches!(create_private(folder.path(), b"").unwrap_err().problem, Problem::NotAFile));
    assert!(matches!(create_private(&missing, b"").unwrap_err().problem, Problem::Io { .. }));
    assert_eq!(names(folder.path()), ["a.dg"]);
}

#[test]
fn a_read_only_file_is_refused() {
    let (folder, file) = folder(b"old");
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).unwrap();
    assert!(matches!(
        replace(&file, b"old", b"new", None, &Folders::default()).unwrap_err().problem,
        Problem::ReadOnly
    ));
    assert!(matches!(create_private(&file, b"new").unwrap_err().problem, Problem::ReadOnly));
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
            replace(&file, b"old", b"new", Some("~"), &Folders::default()).unwrap();
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
        replace(&file, b"old", b"new", None, &Folders::default()).unwrap();
        let metadata = fs::metadata(&file).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (12345, 23456));
    }

    #[test]
    fn a_symbolic_link_stays_and_its_target_changes() {
        let (folder, file) = folder(b"old");
        fs::create_dir(folder.path().join("sub")).unwrap();
        let link = folder.path().join("sub/link.dg");
        symlink("../a.dg", &link).unwrap();
        replace(&link, b"old", b"new", Some(".bak"), &Folders::default()).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["a.dg", "a.dg.bak", "sub"]);
        assert_eq!(names(&folder.path().join("sub")), ["link.dg"]);
    }

    #[test]
    fn several_hard_links_are_refused() {
        let (folder, file) = folder(b"old");
        fs::hard_link(&file, folder.path().join("b.dg")).unwrap();
        let error = replace(&file, b"old", b"new", None, &Folders::default()).unwrap_err();
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
        assert!(matches!(error.problem, Problem::DanglingLink), "{error}");
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
