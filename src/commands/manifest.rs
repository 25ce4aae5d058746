//! `authshift manifest add`: a Connection's JSON goes into an extension's manifest.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::Status;
use super::read::{on_big_stack, read_stdin};
use crate::census::names::note_behind_names;
use crate::cli::Add;
use crate::project::Project;
use crate::project::manifest::{AddError, Added, add as add_to};
use crate::report::{Printer, preview};
use crate::text::diff;
use crate::text::secret::Secrets;
use crate::text::source::{ReadError, Source};
use crate::text::write::{self, Folders};

/// Runs the command.
pub(super) fn add(options: &Add) -> Result<Status> {
    let mut printer = Printer::new(options.color);
    let manifest = match &options.manifest {
        Some(path) => path.clone(),
        None => nearest()?,
    };
    let read = |path: &Path| match path.as_os_str() == "-" {
        true => read_stdin(Path::new("<stdin>")),
        false => Source::read(path),
    };
    let named = |path: &Path, error: ReadError| format!("{}: {error}", path.display());
    let manifest = Source::read(&manifest).map_err(|error| anyhow::anyhow!(named(&manifest, error)))?;
    let connection = read(&options.connection).map_err(|error| anyhow::anyhow!(named(&options.connection, error)))?;
    let Added { text, notes } = match on_big_stack(|| add_to(&manifest, &connection))? {
        Ok(added) => added,
        Err(error) => {
            let source = if matches!(error, AddError::Connection(_)) { &connection } else { &manifest };
            printer.error(Some(source.path()), &error.to_string());
            return Ok(Status::Error);
        }
    };
    for note in notes.iter().filter(|_| !options.quiet) {
        printer.note(&format!("note: {note}"))?;
    }
    if text == manifest.text() {
        if !options.quiet {
            printer.note("The Connection is in the manifest already: nothing to change")?;
        }
        return Ok(Status::Clean);
    }
    if options.write {
        let (old, new) = (manifest.text().as_bytes(), text.as_bytes());
        write::replace(manifest.path(), old, new, options.backup.as_deref(), &Folders::default())?;
        if !options.quiet {
            printer.line(&format!("changed {}", manifest.path().display()))?;
        }
        return Ok(Status::Clean);
    }
    // A Connection's own definition has the secret of its client.
    let mut secrets = Secrets::default();
    note_behind_names(manifest.text(), &mut secrets);
    note_behind_names(&text, &mut secrets);
    let masker = secrets.masker(false);
    let hunks = diff::hunks(manifest.text().as_bytes(), text.as_bytes());
    printer.text(&preview::render(manifest.path(), &hunks, &masker))?;
    Ok(Status::Findings)
}

/// The manifest of the current folder, by a short path.
fn nearest() -> Result<PathBuf> {
    let here = std::env::current_dir().context("there is no current folder")?;
    // That of a file here.
    match Project::default().manifest_of(&here.join("connection.json")) {
        Some(path) => Ok(path.strip_prefix(&here).map(Path::to_owned).unwrap_or(path)),
        None => bail!("there is no plugin-manifest.json here or in a folder above; name the manifest"),
    }
}
