//! What the files of a repository show together of the apps in it.

use std::path::Path;
use std::sync::Arc;

use super::Project;
use crate::app::{self, Evidence, Language};
use crate::text::source::Source;

/// Reads all code and configuration of apps below `root` that says Zoho or names the parameter.
pub(super) fn read(project: &Project, root: &Path) -> Evidence {
    let mut evidence = Evidence::default();
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let paths = project.files_in(root, true);
    for path in &paths {
        if let Some((source, language)) = source(path) {
            app::add_evidence(&mut evidence, path, source.text(), language);
        }
    }
    if !evidence.is_settled() {
        let known = Arc::new(evidence.clone());
        for path in &paths {
            if let Some((source, language)) = source(path) {
                app::add_sent(&mut evidence, &known, path, source.text(), language);
            }
            if evidence.is_settled() {
                break;
            }
        }
    }
    evidence
}

/// A file that may show something, and the language of an app that it is in.
fn source(path: &Path) -> Option<(Source, Language)> {
    if Language::by_name(path).is_none() || std::fs::metadata(path).is_ok_and(|file| file.len() > MOST_BYTES) {
        return None;
    }
    let bytes = std::fs::read(path).ok().filter(|bytes| app::may_be_evidence(bytes))?;
    let source = Source::from_bytes(path, bytes).ok()?;
    let language = Language::of(path, source.text())?;
    Some((source, language))
}

/// A larger file is a bundle or data, and no place for a constant.
const MOST_BYTES: u64 = 1024 * 1024;
