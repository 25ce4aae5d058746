//! The archives among the files of a run: what is inside is worked on like other files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;

use super::entry::{Also, Entry};
use crate::project::Project;
use crate::project::archive::{Archive, ArchiveError, Inside, archive_of};
use crate::project::discover::{Candidate, ChooserInside, FileKind, Skip, kind_by_name, unread};
use crate::text::source::{ReadError, Source};

/// Something to be worked on.
pub(super) struct Input {
    pub(super) candidate: Candidate,
    /// Where it is, if not in a file of its own.
    pub(super) inside: Option<InArchive>,
}

/// A file in an archive.
pub(super) struct InArchive {
    archive: Arc<Archive>,
    file: Inside,
    /// Whether something in the archive is read.
    is_read: Arc<AtomicBool>,
}

impl InArchive {
    /// Its text.
    pub(super) fn read(&self) -> Result<Source, ReadError> {
        Source::from_bytes(&self.file.path, self.archive.read(&self.file)?)
    }

    /// Its text, decoded, if it names a token and is not read as code.
    pub(super) fn look(&self) -> Result<Option<Source>, ReadError> {
        Ok(unread::look_at(&self.file.path, self.archive.read(&self.file)?))
    }

    /// Notes what became of it.
    pub(super) fn note<T>(&self, entry: &Entry<T>) {
        self.is_read.fetch_or(!matches!(entry, Entry::Skipped(..)), Ordering::Relaxed);
    }
}

/// Errors and notes about the archives themselves.
pub(super) struct Archives<'p> {
    project: &'p Project,
    also: Also,
    chooser: ChooserInside,
    /// By the path of the archive.
    known: Mutex<BTreeMap<PathBuf, ArchiveState>>,
}

/// What is known of an archive.
#[derive(Default)]
struct ArchiveState {
    /// Whether it was named, or has a file in it that is called like one of Deluge: somebody expects it to be read.
    ours: bool,
    /// Whether something in it was read.
    read: Arc<AtomicBool>,
    broken: bool,
    errors: Vec<(PathBuf, ArchiveError)>,
    skipped: Vec<(PathBuf, Skip)>,
}

impl ArchiveState {
    fn is_read(&self) -> bool {
        self.ours || self.read.load(Ordering::Relaxed)
    }
}

/// Whether it is called like a file of Deluge.
fn is_ours(name: &Path) -> bool {
    matches!(kind_by_name(name), FileKind::Deluge | FileKind::Manifest)
}

impl<'p> Archives<'p> {
    /// Chooses in archives as elsewhere in the project.
    pub(super) fn new(project: &'p Project, also: Also) -> Result<Self> {
        let chooser = ChooserInside::new(project.options()).map_err(anyhow::Error::msg)?;
        Ok(Self { project, also, chooser, known: Mutex::default() })
    }

    /// Gives what is in the archive `candidate`.
    pub(super) fn open(&self, candidate: &Candidate, archive: Result<Archive, ArchiveError>, give: &dyn Fn(Input)) {
        let mut known = ArchiveState { ours: !candidate.by_content, ..ArchiveState::default() };
        match archive {
            Ok(archive) => {
                let listing = archive.list();
                known.errors = listing.errors;
                known.ours |= known.errors.iter().any(|(path, _)| is_ours(path));
                let archive = Arc::new(archive);
                for file in listing.files {
                    let rules = |path: &Path| self.project.rule(path);
                    let widgets = |path: &Path| self.also.wants(path, self.project);
                    match self.chooser.candidate(&file.path, &file.name, &rules, &widgets) {
                        Ok(candidate) => {
                            known.ours |= is_ours(&file.name);
                            let (archive, is_read) = (Arc::clone(&archive), Arc::clone(&known.read));
                            let inside = Some(InArchive { archive, file, is_read });
                            give(Input { candidate, inside });
                        }
                        Err(skip) => known.skipped.push((file.path, skip)),
                    }
                }
            }
            Err(error) => {
                known.ours |= matches!(error, ArchiveError::Twice);
                known.broken = true;
                known.errors.push((candidate.path.clone(), error));
            }
        }
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(candidate.path.clone(), known);
    }

    /// Adds what is to be said of the archives to what became of the files in them. Of an archive that nobody expects to be read,
    /// and that has nothing in it that is, only that is said.
    pub(super) fn settle<T>(self, entries: &mut Vec<Entry<T>>) {
        let known = self.known.into_inner().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            return;
        }
        let of = |path: &Path| archive_of(path).and_then(|archive| known.get(&archive));
        entries.retain(|entry| match entry {
            Entry::Skipped(path, skip) => *skip == Skip::NamesToken || of(path).is_none_or(ArchiveState::is_read),
            _ => true,
        });
        for (path, known) in known {
            if known.is_read() {
                entries.extend(known.errors.into_iter().map(|(path, error)| Entry::Failed(path, error.to_string())));
                entries.extend(known.skipped.into_iter().map(|(path, skip)| Entry::Skipped(path, skip)));
            } else {
                entries.push(Entry::Skipped(path, if known.broken { Skip::BrokenArchive } else { Skip::Archive }));
            }
        }
    }
}
