//! Why a file is not read.

use std::path::Path;

use crate::census::beside::places;

use super::{Kind, kind_by_name};

/// Why a file is not read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Skip {
    /// It holds a NUL byte.
    Binary,
    /// It is not UTF-8, and its name is not that of a Deluge file.
    NotUtf8,
    /// Its name does not tell, and its text does not look like Deluge.
    OtherText,
    /// The same, though the text names an authtoken and a host of Zoho's.
    NamesToken,
    /// `[files] exclude` of the configuration leaves it out.
    Configured,
    /// `--exclude` leaves it out, or, of a named file, whatever leaves it out of a walk.
    Excluded,
    /// Its name tells that it is something else.
    OtherName,
    /// It is an archive, and nothing in it is read.
    Archive,
    /// It is called an archive, and cannot be opened.
    BrokenArchive,
}

impl Skip {
    /// For a text that does not look like Deluge. Nobody expects to see any JSON read.
    pub fn of_text(path: &Path, text: &str) -> Self {
        match kind_by_name(path) {
            _ if !places(text).is_empty() => Skip::NamesToken,
            Kind::Json => Skip::OtherName,
            _ => Skip::OtherText,
        }
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
        }
    }

    /// Whether it was skipped for what is in it. Such files are counted: somebody may have expected to see them read.
    pub fn is_by_content(self) -> bool {
        matches!(self, Skip::Binary | Skip::NotUtf8 | Skip::OtherText | Skip::NamesToken | Skip::BrokenArchive)
    }
}
