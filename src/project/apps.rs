//! What the files of a repository show together of the apps in it.

use std::path::{Path, PathBuf};

use super::Project;
use crate::app::{self, Evidence, Language};
use crate::project::discover;
use crate::text::source::Source;

/// Reads all code and configuration of apps below `root` that says Zoho.
pub(super) fn read(project: &Project, root: &Path) -> Evidence {
    let mut evidence = Evidence::default();
    let options = discover::Options { unread: true, ..project.options().clone() };
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let rules = |path: &Path| project.rule(path);
    let Ok(found) = discover::find(&[root.to_owned()], &options, &rules, &|_| true) else { return evidence };
    let paths: Vec<PathBuf> = found.candidates.into_iter().map(|candidate| candidate.path).collect();
    for path in paths {
        if Language::by_name(&path).is_none() || std::fs::metadata(&path).is_ok_and(|file| file.len() > MOST_BYTES) {
            continue;
        }
        let Ok(bytes) = std::fs::read(&path) else { continue };
        if !app::says_zoho(&bytes) {
            continue;
        }
        let Ok(source) = Source::from_bytes(&path, bytes) else { continue };
        if let Some(language) = Language::of(&path, source.text()) {
            app::add_evidence(&mut evidence, &path, source.text(), language);
        }
    }
    evidence
}

/// A larger file is a bundle or data, and no place for a constant.
const MOST_BYTES: u64 = 1024 * 1024;
