//! What is known across the files of a project.

use std::path::{Path, PathBuf};

/// The name of an extension's manifest.
pub const MANIFEST: &str = "plugin-manifest.json";

/// Folders beside the code that some layouts keep the manifest in: it is copied from there when the extension is built.
const BESIDE: [&str; 3] = ["", "public", "src"];

/// The manifest of what lies in `folder`: the nearest one upwards, as far as the root of the repository (the folder that
/// holds `.git`).
pub fn nearest_manifest(folder: &Path) -> Option<PathBuf> {
    for above in folder.ancestors() {
        let found = BESIDE.iter().map(|beside| above.join(beside).join(MANIFEST)).find(|path| path.is_file());
        if found.is_some() || above.join(".git").symlink_metadata().is_ok() {
            return found;
        }
    }
    None
}
