//! What a walk leaves out because it is hidden, and what it does not.

use std::path::{Component, Path, PathBuf};

use ignore::{DirEntry, IncrementalIgnore};

use super::entries::without_dot;

/// Whether an entry is hidden: by its name, or for Windows by its attributes.
pub(super) fn is_hidden(entry: &DirEntry) -> bool {
    #[cfg(windows)]
    {
        use std::os::windows::fs::MetadataExt as _;
        const HIDDEN: u32 = 2;
        if entry.metadata().is_ok_and(|file| file.file_attributes() & HIDDEN != 0) {
            return true;
        }
    }
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// Whether the walker itself would leave out an entry.
pub(super) fn leaves_out(matchers: &mut [IncrementalIgnore], entry: &DirEntry, is_dir: bool) -> bool {
    let depth = entry.depth();
    let mut parts: Vec<Component<'_>> = entry.path().components().rev().take(depth).collect();
    parts.reverse();
    let below: PathBuf = parts.into_iter().collect();
    let root = entry.path().ancestors().nth(depth).unwrap_or(Path::new(""));
    let own =
        matchers.iter_mut().find(|matcher| without_dot(matcher.root().to_owned()) == without_dot(root.to_owned()));
    own.is_none_or(|matcher| matcher.matched(below, is_dir).is_ignore())
}
