//! What a walk sets out with, and the names that no walk gives.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::Options;
use crate::text::write::TEMPORARY_PREFIX;

pub(super) fn builder<'a>(mut roots: impl Iterator<Item = &'a PathBuf>, options: &Options) -> Option<WalkBuilder> {
    // The walker takes a lone `-` for standard input.
    let plain = |path: &PathBuf| if path == Path::new("-") { PathBuf::from("./-") } else { path.clone() };
    let mut builder = WalkBuilder::new(plain(roots.next()?));
    for root in roots {
        builder.add(plain(root));
    }
    builder.hidden(!options.hidden);
    if options.tracked {
        builder.git_ignore(false).git_global(false).git_exclude(false);
    }
    if options.no_ignore {
        builder.ignore(false).git_ignore(false).git_global(false).git_exclude(false).parents(false);
    }
    Some(builder)
}

/// What a walk of a tidy root found, tidy again: `.` and what stands in for `-` come with a `./` in front.
pub(super) fn without_dot(path: PathBuf) -> PathBuf {
    path.strip_prefix(".").map(Path::to_owned).unwrap_or(path)
}

/// Names that are nobody's source: this program's temporary files, and what a version control system keeps, which must
/// not be edited.
pub(super) fn is_private(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(TEMPORARY_PREFIX.as_bytes())
        || [".git", ".hg", ".svn", ".jj"].iter().any(|private| name == *private)
}
