//! Zip archives, as exports are handed on. What is inside is read like files, under names such as
//! `export.zip!/crm/notify.deluge`; an archive is never written to. Nothing that an archive says of itself is trusted: not its
//! names, and not its sizes.

mod unpack;

use std::collections::HashSet;
use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::text::source::{MAX_FILE_BYTES, ReadError};

pub use crate::project::discover::archive_of;
pub use unpack::{Unpacked, unpack};

/// Why an archive, or something in it, is not read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is no archive, or damaged.
    #[error("it cannot be opened as a zip archive: {0}")]
    Broken(String),
    /// Two entries have one name, or names that some file systems take for one.
    #[error("the archive has this name twice; unpack it by hand and name the folder")]
    Twice,
    /// Its name leads out of the archive.
    #[error("its name leads out of the folder that it is unpacked to; remove it from the archive")]
    Outside,
    /// A symbolic link.
    #[error("it is a symbolic link, which is not followed; remove it from the archive")]
    Link,
    /// Encrypted.
    #[error("it is encrypted; unpack the archive and name the folder")]
    Encrypted,
    /// An archive itself.
    #[error("archives inside archives are not read; unpack it and name the folder")]
    Nested,
    /// More than [`MAX_FILE_BYTES`], or all together more than [`MOST_BYTES`].
    #[error("{0}")]
    TooLarge(&'static str),
    /// Its bytes cannot be had.
    #[error("it cannot be unpacked: {0}")]
    Unreadable(String),
}

/// All entries of an archive together may have so many bytes, a gibibyte: a small archive can unpack to any size.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;

trait Input: Read + Seek + Send {}
impl<T: Read + Seek + Send> Input for T {}

/// An open archive. Threads may read from it at the same time.
pub struct Archive {
    path: PathBuf,
    zip: Mutex<ZipArchive<Box<dyn Input>>>,
    /// How many bytes were unpacked.
    unpacked: AtomicU64,
}

/// A file in an archive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inside {
    /// Its path as it is shown: `export.zip!/crm/notify.deluge`.
    pub path: PathBuf,
    /// Its path in the archive.
    pub name: PathBuf,
    index: usize,
}

/// What is in an archive.
#[derive(Default, Debug)]
pub struct Listing {
    /// The files that can be read.
    pub files: Vec<Inside>,
    /// What cannot be, by its path as it is shown.
    pub errors: Vec<(PathBuf, ArchiveError)>,
}

impl Archive {
    /// Opens the archive at `path`.
    ///
    /// # Errors
    /// [`ArchiveError::Broken`] and [`ArchiveError::Twice`].
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let file = File::open(path).map_err(|error| ArchiveError::Broken(error.to_string()))?;
        Self::new(path, Box::new(std::io::BufReader::new(file)))
    }

    /// Opens an archive that is in memory, and goes by `path`.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn of_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, ArchiveError> {
        Self::new(path, Box::new(Cursor::new(bytes)))
    }

    fn new(path: &Path, input: Box<dyn Input>) -> Result<Self, ArchiveError> {
        let broken = |error: ZipError| ArchiveError::Broken(error.to_string());
        let zip = ZipArchive::new(input).map_err(broken)?;
        let (known, start) = (zip.len(), zip.central_directory_start());
        let mut input = zip.into_inner();
        // Of two entries with one name, the library knows the last.
        if entries(&mut *input, start).map_err(|error| ArchiveError::Broken(error.to_string()))? != known {
            return Err(ArchiveError::Twice);
        }
        let zip = ZipArchive::new(input).map_err(broken)?;
        Ok(Self { path: path.to_owned(), zip: Mutex::new(zip), unpacked: AtomicU64::new(0) })
    }

    fn zip(&self) -> MutexGuard<'_, ZipArchive<Box<dyn Input>>> {
        self.zip.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is in it, in its own order.
    pub fn list(&self) -> Listing {
        let mut zip = self.zip();
        let mut listing = Listing::default();
        let mut seen = HashSet::new();
        for index in 0..zip.len() {
            let entry = match zip.by_index_raw(index) {
                Ok(entry) => entry,
                Err(error) => {
                    listing.errors.push((self.path.clone(), ArchiveError::Unreadable(error.to_string())));
                    continue;
                }
            };
            let shown = entry.name().replace('\\', "/");
            let folder = entry.is_dir() || shown.ends_with('/');
            let Some(name) = safe(&shown) else {
                listing.errors.push((inside(&self.path, Path::new(&shown)), ArchiveError::Outside));
                continue;
            };
            let path = inside(&self.path, &name);
            let flaw = if entry.is_symlink() {
                Some(ArchiveError::Link)
            } else if folder {
                continue;
            } else if entry.encrypted() {
                Some(ArchiveError::Encrypted)
            } else if is_archive(&name) {
                Some(ArchiveError::Nested)
            } else if !seen.insert(name.to_string_lossy().to_lowercase()) {
                Some(ArchiveError::Twice)
            } else {
                None
            };
            match flaw {
                Some(flaw) => listing.errors.push((path, flaw)),
                None => listing.files.push(Inside { path, name, index }),
            }
        }
        listing
    }

    /// The bytes of a file in it.
    ///
    /// # Errors
    /// [`ArchiveError::TooLarge`] and [`ArchiveError::Unreadable`].
    pub fn read(&self, file: &Inside) -> Result<Vec<u8>, ArchiveError> {
        let unreadable = |error: &dyn std::fmt::Display| ArchiveError::Unreadable(error.to_string());
        let mut zip = self.zip();
        let entry = zip.by_index(file.index).map_err(|error| unreadable(&error))?;
        let mut bytes = Vec::new();
        let read = entry.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(&error))?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(ArchiveError::TooLarge("it unpacks to more than 64 MiB, which are not read"));
        }
        if self.unpacked.fetch_add(bytes.len() as u64, Ordering::Relaxed) > MOST_BYTES {
            return Err(ArchiveError::TooLarge(
                "the archive unpacks to more than 1 GiB; unpack it and name the folder",
            ));
        }
        Ok(bytes)
    }
}

impl From<ArchiveError> for ReadError {
    fn from(error: ArchiveError) -> Self {
        ReadError::Io(std::io::Error::other(error))
    }
}

/// How many entries the list at byte `start` has.
fn entries(input: &mut dyn Input, start: u64) -> std::io::Result<usize> {
    const SIGNATURE: &[u8] = b"PK\x01\x02";
    input.seek(SeekFrom::Start(start))?;
    let mut count = 0;
    let mut head = [0; 46];
    while input.read_exact(&mut head).is_ok() && head.starts_with(SIGNATURE) {
        let [.., n0, n1, e0, e1, c0, c1, _, _, _, _, _, _, _, _, _, _, _, _] = head;
        let lengths = [[n0, n1], [e0, e1], [c0, c1]].map(|bytes| i64::from(u16::from_le_bytes(bytes)));
        input.seek_relative(lengths.iter().sum())?;
        count += 1;
    }
    Ok(count)
}

/// The name as a path below a folder; `None` when it would lead elsewhere.
fn safe(name: &str) -> Option<PathBuf> {
    let drive = name.as_bytes().get(1) == Some(&b':');
    if name.starts_with('/') || drive || name.contains('\0') {
        return None;
    }
    let mut path = PathBuf::new();
    for part in name.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part == ".." {
            return None;
        }
        path.push(part);
    }
    (!path.as_os_str().is_empty()).then_some(path)
}

/// Whether a file with this name is an archive.
fn is_archive(name: &Path) -> bool {
    const ENDINGS: [&str; 9] = ["zip", "jar", "tar", "gz", "tgz", "bz2", "xz", "7z", "rar"];
    name.extension().is_some_and(|extension| ENDINGS.iter().any(|ending| extension.eq_ignore_ascii_case(ending)))
}

/// The path of something in an archive, as it is shown.
fn inside(archive: &Path, name: &Path) -> PathBuf {
    let mut path = archive.as_os_str().to_owned();
    path.push("!");
    // A name that begins at the root would take the place of all before it.
    PathBuf::from(path).join(name.strip_prefix("/").unwrap_or(name))
}
