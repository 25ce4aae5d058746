//! From paths to results for what is staged: files as git's index has them, chosen like those of a walk.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;

use super::archives::{Archives, Input};
use super::read::{Also, Batch, Entry, Failure, File, ensure_configured, file, in_parallel, options, unread_file};
use crate::cli::Common;
use crate::project::Project;
use crate::project::archive::{Archive, ArchiveError};
use crate::project::config::Configs;
use crate::project::discover::{Candidate, Chooser, FileKind, Options, Skip, kind_by_name, unread};
use crate::project::git::{self, Blobs, Staged, StagedContent};
use crate::text::source::Source;

/// Finds what is staged of `paths`, or all that is staged, and gives each file to `work`.
///
/// # Errors
/// No git, no repository, a bad glob.
pub(super) fn each<T: Send>(
    paths: &[PathBuf],
    common: &Common,
    configs: Configs,
    work: impl Fn(&File) -> Result<Option<T>, Failure> + Sync,
) -> Result<Batch<T>> {
    anyhow::ensure!(
        !paths.iter().any(|path| path.as_os_str() == "-"),
        "--staged reads git's index; standard input is no part of it"
    );
    let own = Options { tracked: true, ..options(common, Also::Configured) };
    let project = Arc::new(Project::new(configs, own).below(paths));
    let staged = git::staged(paths)?;
    let mut entries = unmatched(paths, common, &staged);
    let mut skipped = Vec::new();
    let candidates = candidates(paths, common, &project, &staged, &mut skipped)?;
    entries.extend(skipped.into_iter().map(|(path, skip)| Entry::Skipped(path, skip)));
    let blobs = Blobs::default();
    let archives = Archives::new(&project, Also::Configured)?;
    let find = |give: &(dyn Fn((Input, StagedContent)) + Sync)| {
        for (candidate, state) in candidates {
            let give = |input| give((input, state.clone()));
            match state {
                StagedContent::Blob(blob) if kind_by_name(&candidate.path) == FileKind::Archive => {
                    let archive = blobs.read(blob).map_err(|error| ArchiveError::Broken(error.to_string()));
                    let archive = archive.and_then(|bytes| Archive::of_bytes(&candidate.path, bytes));
                    archives.open(&candidate, archive, &give);
                }
                _ => give(Input { candidate, inside: None }),
            }
        }
    };
    let ((), mut done) = in_parallel(common, find, |(input, state): &(Input, StagedContent), is_mine| {
        let candidate = &input.candidate;
        let entry = match state {
            StagedContent::Blob(blob) => {
                let look = || match &input.inside {
                    Some(inside) => inside.look(),
                    None => Ok(unread::look_at(&candidate.path, blobs.read(blob)?)),
                };
                if candidate.unread {
                    let entry = unread_file(candidate, Skip::OtherName, look(), &project, Also::Configured, &work);
                    input.inside.iter().for_each(|inside| inside.note(&entry));
                    return Some(entry);
                }
                let read = match &input.inside {
                    Some(inside) => inside.read(),
                    None => blobs.read(blob).and_then(|bytes| Source::from_bytes(&candidate.path, bytes)),
                };
                if read.as_ref().is_ok_and(|source| !is_mine(source)) {
                    return None;
                }
                let entry = file(candidate, read, look, &project, Also::Configured, &work);
                input.inside.iter().for_each(|inside| inside.note(&entry));
                entry
            }
            // What is not read as code has no part in it.
            _ if candidate.unread => Entry::Skipped(candidate.path.clone(), Skip::OtherName),
            _ => {
                let problem = "has unresolved merge conflicts; resolve them and `git add` it";
                Entry::Failed(candidate.path.clone(), problem.to_owned())
            }
        };
        Some(entry)
    })?;
    archives.settle(&mut done);
    entries.extend(done);
    ensure_configured(&project)?;
    Ok(Batch { entries, configs: project.configs().in_use() })
}

/// The staged files that are read; the others go to `skipped`. One that is named itself is read whatever it is called, as
/// elsewhere.
fn candidates<'s>(
    paths: &[PathBuf],
    common: &Common,
    project: &Arc<Project>,
    staged: &'s [Staged],
    skipped: &mut Vec<(PathBuf, Skip)>,
) -> Result<Vec<(Candidate, &'s StagedContent)>> {
    let mut chooser = Chooser::new(project.options()).map_err(anyhow::Error::msg)?;
    let named: BTreeSet<PathBuf> = paths.iter().filter_map(|path| git::real(path)).collect();
    let mut found = Vec::new();
    for one in staged.iter().filter(|one| one.state != StagedContent::Other) {
        let candidate = if !common.force_exclude && named.contains(&one.real) {
            Ok(Candidate { path: one.path.clone(), named: true, by_content: false, unread: false })
        } else {
            chooser.candidate(&one.path, &one.real, &|path| project.rule(path), &|path| {
                Also::Configured.wants(path, project)
            })
        };
        match candidate {
            Ok(candidate) => found.push((candidate, &one.state)),
            Err(skip) => skipped.push((one.path.clone(), skip)),
        }
    }
    Ok(found)
}

/// Paths that are neither in the folder nor staged: slips of the pen.
fn unmatched<T>(paths: &[PathBuf], common: &Common, staged: &[Staged]) -> Vec<Entry<T>> {
    let is_there = |path: &Path| {
        let real = git::real(path);
        path.symlink_metadata().is_ok() || real.is_some_and(|real| staged.iter().any(|one| one.real.starts_with(&real)))
    };
    let missing = paths.iter().filter(|path| !common.no_errors_on_unmatched && !is_there(path));
    missing.map(|path| Entry::Failed(path.clone(), "does not exist; check the path".to_owned())).collect()
}
