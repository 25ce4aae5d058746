//! Why a file is not read.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{FileKind, kind_by_name};
use crate::census::beside::places;
use crate::text::secret::shapes;
use crate::text::write::TEMPORARY_PREFIX;

/// Why a file is not read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Skip {
    /// It holds a NUL byte.
    Binary,
    /// It is not UTF-8, and its name is not that of a Deluge file.
    NotUtf8,
    /// Its name does not decide, and its text does not look like Deluge.
    OtherText,
    /// The same, though the text names an authtoken and a host of Zoho's.
    NamesToken,
    /// `[files] exclude` of the configuration leaves it out.
    Configured,
    /// `--exclude` leaves it out, or, of a named file, whatever leaves it out of a walk.
    Excluded,
    /// Its name shows that it is something else.
    OtherName,
    /// It is an archive, and nothing in it is read.
    Archive,
    /// It is called an archive, and cannot be opened.
    BrokenArchive,
    /// It is a symbolic link.
    Link,
    /// It is a pipe, a socket or a device.
    Special,
    /// It is a temporary file of a run that was broken off.
    Leftover,
    /// It is a report of this program.
    Report,
}

impl Skip {
    /// For a text that does not look like Deluge. Nobody expects to see any JSON read.
    pub fn of_text(path: &Path, text: &str) -> Self {
        match kind_by_name(path) {
            _ if !places(text).is_empty() => Skip::NamesToken,
            FileKind::Json => Skip::OtherName,
            _ => Skip::OtherText,
        }
    }

    /// For what a walk finds that is no file; a folder is not skipped.
    pub(super) fn of_no_file(kind: Option<FileType>) -> Option<Self> {
        let kind = kind.filter(|kind| !kind.is_dir())?;
        Some(if kind.is_symlink() { Skip::Link } else { Skip::Special })
    }

    /// The reason, to be put behind the file's path.
    pub fn reason(self) -> &'static str {
        match self {
            Skip::Binary => "binary",
            Skip::NotUtf8 => "not UTF-8",
            Skip::OtherText => "does not look like Deluge",
            Skip::NamesToken => "does not look like Deluge, but names an authtoken",
            Skip::Configured => "excluded by [files] in authshift.toml",
            Skip::Excluded => "excluded by --exclude, or hidden or ignored",
            Skip::OtherName => "not named like a Deluge file",
            Skip::Archive => "an archive with nothing in it that is read",
            Skip::BrokenArchive => "an archive that cannot be opened",
            Skip::Link => "a symbolic link, which is not followed; name it to read it",
            Skip::Special => "not a file: a pipe, a socket or a device",
            Skip::Leftover => "left by an interrupted run of authshift; it may hold a token, remove it",
            Skip::Report => "a report of authshift, with its tokens masked",
        }
    }

    /// Whether it was skipped for what is in it. Such files are counted: somebody may have expected to see them read.
    pub fn is_by_content(self) -> bool {
        matches!(self, Skip::Binary | Skip::NotUtf8 | Skip::OtherText | Skip::NamesToken | Skip::BrokenArchive)
    }
}

/// Stands at the head of what `authshift report` writes.
pub const REPORT_MARK: &str = "<!-- A report of authshift, with its tokens masked. -->\n";

/// Whether it is a report of this program. With something in it that looks like a token, it is none any more.
pub fn is_report(text: &str) -> bool {
    let text = text.strip_prefix("<!doctype html>\n").unwrap_or(text);
    text.starts_with(REPORT_MARK) && shapes(text).is_empty()
}

/// Whether it is called like a temporary file of this program.
pub(super) fn is_leftover(name: &OsStr) -> bool {
    const LETTERS: usize = 6;
    let rest = name.to_str().and_then(|name| name.strip_prefix(TEMPORARY_PREFIX));
    rest.is_some_and(|rest| rest.len() == LETTERS && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// What runs that were broken off before `now` have left in the folders of these files.
pub fn leftovers<'p>(files: impl Iterator<Item = &'p Path>, now: SystemTime) -> Vec<PathBuf> {
    let folders: BTreeSet<&Path> = files.filter_map(Path::parent).collect();
    let in_folder = |folder: &Path| {
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let entries = fs::read_dir(here).into_iter().flatten().filter_map(Result::ok);
        let left = entries.filter(|entry| is_leftover(&entry.file_name()));
        // What is newer may belong to a run that goes on beside this one.
        let left = left.filter(|entry| {
            entry.metadata().is_ok_and(|data| data.is_file() && data.modified().is_ok_and(|time| time < now))
        });
        left.map(|entry| folder.join(entry.file_name())).collect::<Vec<_>>()
    };
    folders.into_iter().flat_map(in_folder).collect()
}
