//! The files of an archive, with some of them changed, as files in a folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Archive, ArchiveError, Inside};
use crate::text::write::{self, WriteError};

/// How many files were written, and how many were there already.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Unpacked {
    /// Written.
    pub written: usize,
    /// There already, with the same content.
    pub there: usize,
}

/// Why nothing more was written.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// Something in the archive cannot be read.
    #[error("{}: {error}; nothing was written", path.display())]
    Archive {
        /// What, as it is shown.
        path: PathBuf,
        /// Why.
        error: ArchiveError,
    },
    /// There is something else already.
    #[error("{} exists with other content; nothing was written, name another folder", .0.display())]
    Exists(PathBuf),
    /// A link in the folder may lead out of it.
    #[error("{} is a link or no folder; nothing was written, name another folder", .0.display())]
    Elsewhere(PathBuf),
    /// A folder cannot be made.
    #[error("cannot make the folder {}: {error}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        error: std::io::Error,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Writes all files of the archive into `folder`; `changed` gives the new text of those that have one. All is looked at before
/// anything is written.
///
/// # Errors
/// Every [`UnpackError`]. Each file is whole or not there.
pub fn unpack(
    archive: &Archive,
    folder: &Path,
    changed: &dyn Fn(&Path) -> Option<String>,
) -> Result<Unpacked, UnpackError> {
    let listing = archive.list();
    if let Some((path, error)) = listing.errors.into_iter().next() {
        return Err(UnpackError::Archive { path, error });
    }
    let content = |file: &Inside| match changed(&file.path) {
        Some(text) => Ok(text.into_bytes()),
        None => archive.read(file).map_err(|error| UnpackError::Archive { path: file.path.clone(), error }),
    };
    let mut there = vec![false; listing.files.len()];
    for (file, there) in listing.files.iter().zip(&mut there) {
        let bytes = content(file)?;
        let target = folder.join(&file.name);
        *there = is_there(folder, &file.name)?;
        if *there && !fs::read(&target).is_ok_and(|old| old == bytes) {
            return Err(UnpackError::Exists(target));
        }
    }
    // What was read to be looked at is read once more.
    archive.unpacked.store(0, std::sync::atomic::Ordering::Relaxed);
    let mut unpacked = Unpacked::default();
    for (file, there) in listing.files.iter().zip(there) {
        if there {
            unpacked.there += 1;
            continue;
        }
        let target = folder.join(&file.name);
        let above = target.parent().unwrap_or(folder);
        fs::create_dir_all(above).map_err(|error| UnpackError::Folder { path: above.to_owned(), error })?;
        write::create(&target, &content(file)?)?;
        unpacked.written += 1;
    }
    Ok(unpacked)
}

/// Whether there is a file of that name in the folder already, and nothing on the way that leads elsewhere.
fn is_there(folder: &Path, name: &Path) -> Result<bool, UnpackError> {
    let mut path = folder.to_owned();
    let mut parts = name.components().peekable();
    while let Some(part) = parts.next() {
        path.push(part);
        let Ok(metadata) = path.symlink_metadata() else { return Ok(false) };
        let last = parts.peek().is_none();
        if metadata.is_symlink() || (metadata.is_dir() == last) {
            return Err(UnpackError::Elsewhere(path));
        }
    }
    Ok(true)
}
