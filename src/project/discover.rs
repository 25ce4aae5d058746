//! Which files are read, and in which order.

pub(crate) mod apps;
#[cfg(feature = "cli")]
mod entries;
#[cfg(feature = "cli")]
mod forced;
#[cfg(feature = "cli")]
mod hidden;
#[cfg(feature = "cli")]
mod skip;
#[cfg(feature = "cli")]
pub mod unread;
#[cfg(feature = "cli")]
mod walk;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

#[cfg(feature = "cli")]
pub use skip::{REPORT_MARK, Skip, is_report, leftovers};
#[cfg(feature = "cli")]
pub(crate) use walk::tidy;
#[cfg(feature = "cli")]
pub use walk::{Begin, Candidate, Chooser, ChooserInside, FoundFiles, by_parts, find, find_each};

use crate::deluge::detect::looks_like_deluge;
use crate::project::format::Format;
use crate::project::{export, widget};

/// The options that choose files.
#[derive(Clone, Default, Debug)]
pub struct Options {
    /// Read also what `.gitignore`, `.ignore` and git's own exclude files leave out.
    pub no_ignore: bool,
    /// Read also hidden files and directories; a version control system's own directory stays closed.
    pub hidden: bool,
    /// Globs as in a `.gitignore` of the current directory: a bare name matches at any depth, `!` takes back.
    pub exclude: Vec<String>,
    /// Treat named files as walked ones: excludes, ignore files, names and content decide on them too.
    pub force_exclude: bool,
    /// Git tracks the files: no `.gitignore` binds them.
    pub tracked: bool,
    /// Find also the files that are not read as code, so that none of them names a token unseen.
    pub unread: bool,
}

/// What a file is, judged by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileKind {
    /// Deluge: `.deluge`, `.dg`, `.dlg`, `.ds`.
    Deluge,
    /// An extension's `plugin-manifest.json`.
    Manifest,
    /// Perhaps Deluge, as exported functions and pages are often stored: `.txt`, `.js`, `.ts`, `.m`, `.md`, `.html`, `.htm`, or
    /// no extension.
    Maybe,
    /// A widget's code or page: `.jsx`, `.vue` and the like. It names Connections and holds no Deluge.
    Widget,
    /// JSON, as exports of functions and webhooks come.
    Json,
    /// A zip archive.
    Archive,
    /// Anything else.
    Other,
}

/// What the file `path` is by its name; letter case does not matter in an extension.
pub fn kind_by_name(path: &Path) -> FileKind {
    if ends_in_deluge(path.as_os_str().as_encoded_bytes()) {
        return FileKind::Deluge;
    }
    let Some(name) = path.file_name() else { return FileKind::Maybe };
    if name == "plugin-manifest.json" {
        return FileKind::Manifest;
    }
    if is_environment(name) {
        return FileKind::Other;
    }
    let Some(extension) = Path::new(name).extension().filter(|extension| is_extension(extension)) else {
        return FileKind::Maybe;
    };
    let is = |known: &&str| extension.eq_ignore_ascii_case(known);
    if ["deluge", "dg", "dlg", "ds"].iter().any(is) {
        FileKind::Deluge
    } else if ["txt", "js", "ts", "m", "md", "html", "htm"].iter().any(is) {
        FileKind::Maybe
    } else if widget::language(path).is_some() {
        FileKind::Widget
    } else if extension.eq_ignore_ascii_case("json") {
        FileKind::Json
    } else if extension.eq_ignore_ascii_case("zip") {
        FileKind::Archive
    } else {
        FileKind::Other
    }
}

/// Whether a path ends in `.deluge` behind a name that says nothing else. It is asked of every file several times, and to take
/// a path apart takes longer.
fn ends_in_deluge(path: &[u8]) -> bool {
    let Some(path) = path.strip_suffix(b".deluge") else { return false };
    let name = path.iter().rposition(|&byte| byte == b'/').map_or(path, |at| path.get(at + 1..).unwrap_or(b""));
    name.first().is_some_and(|&first| first != b'.')
}

/// Whether it is more than the end of a function's name, as in `Invoice v1.2` or `Bill to Contact No. 2`.
fn is_extension(extension: &OsStr) -> bool {
    let bytes = extension.as_encoded_bytes();
    bytes.iter().any(u8::is_ascii_alphabetic) && !bytes.contains(&b' ')
}

/// Whether it is called like the environment of an app, which is read although it is hidden.
pub fn is_environment(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".env")
}

/// What the text of the file `path` is, by its name and, where that leaves it open, by the text; `None` when neither decides.
pub fn format_of(path: &Path, text: &str) -> Option<Format> {
    let widget = || widget::language(path).map(Format::Widget);
    match kind_by_name(path) {
        FileKind::Deluge => Some(Format::Deluge),
        FileKind::Manifest => Some(Format::Manifest),
        FileKind::Widget => widget(),
        FileKind::Maybe if looks_like_deluge(text) => Some(Format::Deluge),
        FileKind::Maybe => widget(),
        // Who names it may have called a manifest so.
        FileKind::Json if is_manifest(text) => Some(Format::Manifest),
        FileKind::Json => export::has_sign(text).then_some(Format::Json),
        FileKind::Archive | FileKind::Other => None,
    }
}

/// What a file is that the command line names, when neither its name nor its text decides.
pub fn format_of_named(path: &Path) -> Format {
    if kind_by_name(path) == FileKind::Json { Format::Json } else { Format::Deluge }
}

/// Whether JSON reads like an extension's manifest, and not like an export of functions or webhooks.
fn is_manifest(text: &str) -> bool {
    let has =
        |names: &[&str]| names.iter().any(|name| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some());
    has(&["\"connectors\"", "\"usedConnections\"", "\"zohoAuthorisation\"", "\"connectionLinkName\"", "\"locale\""])
        && !has(&["\"script\"", "\"workflow\"", "\"functions\"", "\"webhooks\"", "\"url_parameters\""])
}

/// The archive that a path as it is shown leads into.
pub fn archive_of(path: &Path) -> Option<PathBuf> {
    // It is asked of every file, and to take a path apart takes longer than most of what is done with one.
    memchr::memchr(b'!', path.as_os_str().as_encoded_bytes())?;
    path.ancestors().skip(1).find_map(|above| {
        let name = above.as_os_str().to_str()?.strip_suffix('!')?;
        let is_zip = Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
        is_zip.then(|| PathBuf::from(name))
    })
}

#[cfg(test)]
mod tests;
