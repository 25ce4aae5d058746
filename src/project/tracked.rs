//! Names in git's index, read without git: environments of apps that are tracked although an ignore file names them.

use std::path::{Path, PathBuf};

use memchr::memmem;

/// What their names begin with.
const NAME: &[u8] = b".env";

/// The tracked environments below a folder, from there. Nothing where there is no repository, or no index that is understood.
pub fn environments(folder: &Path) -> Vec<PathBuf> {
    let Ok(real) = folder.canonicalize() else { return Vec::new() };
    let Some((root, index)) = real.ancestors().find_map(|root| Some((root, index(root)?))) else { return Vec::new() };
    // Most repositories have none, and need no reading.
    if memmem::find(&index, NAME).is_none() {
        return Vec::new();
    }
    let below = real.strip_prefix(root).unwrap_or(Path::new(""));
    let names = names(&index).unwrap_or_default();
    names.iter().filter_map(|name| Some(PathBuf::from(name).strip_prefix(below).ok()?.to_owned())).collect()
}

/// The index of the repository with this root.
fn index(root: &Path) -> Option<Vec<u8>> {
    let git = root.join(".git");
    if git.is_dir() {
        return std::fs::read(git.join("index")).ok();
    }
    // A linked work tree names its folder.
    let text = std::fs::read_to_string(&git).ok()?;
    std::fs::read(root.join(text.strip_prefix("gitdir:")?.trim()).join("index")).ok()
}

/// The names of environments in an index (gitformat-index, versions 2 to 4); `None` for what is no such index.
fn names(index: &[u8]) -> Option<Vec<String>> {
    /// Before the flags stand times, numbers and the name of the content.
    const BEFORE_FLAGS: usize = 60;
    const EXTENDED: u8 = 0x40;
    let number = |at: usize| Some(u32::from_be_bytes(index.get(at..at + 4)?.try_into().ok()?));
    if !index.starts_with(b"DIRC") {
        return None;
    }
    let (version, count) = (number(4)?, number(8)?);
    let mut found = Vec::new();
    let mut last: Vec<u8> = Vec::new();
    let mut at = 12;
    for _ in 0..count {
        let flags = *index.get(at + BEFORE_FLAGS)?;
        let mut name = at + BEFORE_FLAGS + if flags & EXTENDED == 0 { 2 } else { 4 };
        if version == 4 {
            // So many bytes of the name before do not begin this one.
            let (mut other, mut more) = (0_usize, true);
            for first in [true, false, false, false] {
                let byte = *index.get(name)?;
                other = if first { 0 } else { (other + 1) << 7 } | usize::from(byte & 0x7F);
                name += 1;
                more = byte & 0x80 != 0;
                if !more {
                    break;
                }
            }
            if more {
                return None;
            }
            last.truncate(last.len().checked_sub(other)?);
        } else {
            last.clear();
        }
        let length = memchr::memchr(0, index.get(name..)?)?;
        last.extend_from_slice(index.get(name..name + length)?);
        let end = name + length;
        // The others are filled up with NUL to a multiple of eight.
        at = if version == 4 { end + 1 } else { at + ((end - at) / 8 + 1) * 8 };
        let own = last.rsplit(|byte| *byte == b'/').next().is_some_and(|name| name.starts_with(NAME));
        if own {
            found.extend(String::from_utf8(last.clone()));
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn names_are_those_of_git() {
        for version in ["2", "3", "4"] {
            let folder = tempfile::tempdir().unwrap();
            let git = |arguments: &[&str]| {
                assert!(
                    Command::new("git").arg("-C").arg(folder.path()).args(arguments).output().unwrap().status.success()
                );
            };
            git(&["init", "-q"]);
            for name in [".env", "a/.env.local", "a/b.txt", "a/bc/long-name-of-a-file", "z/.environment", ".x/.envrc"] {
                let file = folder.path().join(name);
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::write(file, "").unwrap();
            }
            git(&["add", "--force", "."]);
            git(&["update-index", "--index-version", version]);
            let all = [".env", ".x/.envrc", "a/.env.local", "z/.environment"].map(PathBuf::from);
            assert_eq!(environments(folder.path()), all, "{version}");
            assert_eq!(environments(&folder.path().join("a")), [PathBuf::from(".env.local")]);
        }
    }

    #[test]
    fn what_is_no_index_has_no_names() {
        for bytes in [&b"DIRC\0\0\0\x02\0\0\0\x01.env"[..], b"DIRC", b"", b"x.env"] {
            assert_eq!(names(bytes), None);
        }
    }
}
