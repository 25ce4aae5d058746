//! Which of the files that are named, or staged, a walk would leave out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ignore::IncrementalIgnore;
use ignore::gitignore::Gitignore;

use super::entries::{builder, is_private};
use super::{Options, is_environment};

/// Decides on named paths as a walk of the current directory would; for a path outside of it, a walk of its repository
/// or else of its directory.
pub(super) struct Forced<'a> {
    pub(super) options: &'a Options,
    excludes: Gitignore,
    here: PathBuf,
    /// By the folder, and whether hidden files are left out.
    matchers: BTreeMap<(PathBuf, bool), IncrementalIgnore>,
}

impl<'a> Forced<'a> {
    pub(super) fn new(options: &'a Options, excludes: Gitignore) -> Self {
        let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
        Self { options, excludes, here, matchers: BTreeMap::new() }
    }

    pub(super) fn excludes(&mut self, path: &Path, is_dir: bool) -> bool {
        let link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
        if link && !is_dir {
            return true;
        }
        path.canonicalize().is_ok_and(|real| self.excludes_real(&real, is_dir))
    }

    pub(super) fn excludes_real(&mut self, real: &Path, is_dir: bool) -> bool {
        let base = self.base(real);
        let Ok(rest) = real.strip_prefix(&base) else {
            return false;
        };
        let mut so_far = PathBuf::new();
        for part in rest {
            so_far.push(part);
            let shown = if base == self.here { so_far.clone() } else { base.join(&so_far) };
            let is_dir = is_dir || so_far != rest;
            if is_private(part) || self.excludes.matched(shown, is_dir).is_ignore() {
                return true;
            }
        }
        // An environment is read although it is hidden, but not out of a hidden folder.
        let is_environment = self.options.unread && !is_dir && rest.file_name().is_some_and(is_environment);
        if !is_environment {
            return self.leaves_out(&base, rest, is_dir, true);
        }
        let folder = rest.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.is_some_and(|folder| self.leaves_out(&base, folder, true, true))
            || self.leaves_out(&base, rest, false, false)
    }

    /// Whether a walk of `base` would leave out what lies at `rest` below it; `hidden` says whether because it is hidden, too.
    fn leaves_out(&mut self, base: &Path, rest: &Path, is_dir: bool, hidden: bool) -> bool {
        let key = (base.to_owned(), hidden);
        if !self.matchers.contains_key(&key) {
            let built = builder(std::iter::once(&key.0), self.options).map(|mut builder| {
                if !hidden {
                    builder.hidden(false);
                }
                builder.build_matchers()
            });
            self.matchers.extend(built.into_iter().flatten().next().map(|matcher| (key.clone(), matcher)));
        }
        self.matchers.get_mut(&key).is_some_and(|matcher| matcher.matched(rest, is_dir).is_ignore())
    }

    fn base(&self, real: &Path) -> PathBuf {
        if real.starts_with(&self.here) {
            return self.here.clone();
        }
        let repository = real.ancestors().skip(1).find(|above| above.join(".git").exists());
        repository.or(real.parent()).unwrap_or(real).to_path_buf()
    }
}
