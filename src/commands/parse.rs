//! `authshift parse`: the tree of a file, for work on the grammar.

use anyhow::Result;

use super::Status;
use super::read::{Entry, each};
use crate::cli::Parse;
use crate::part::Part;
use crate::report::{Printer, tree};

/// Runs the command.
pub(super) fn run(options: &Parse) -> Result<Status> {
    let common = &options.common;
    let batch = each(&options.paths, common, |file| {
        let parsed = Part::all_of(file.source.text()).map_err(|error| {
            let crate::syntax::ParseError::TooDeep { offset } = error;
            let position = file.source.position(offset);
            format!("{}:{}: {error}", position.line, position.column)
        });
        match parsed {
            Ok(parts) if options.summary => Ok(tree::summary(&file.source, &parts)),
            Ok(parts) => {
                let known = crate::fix::examine(&file.source, &file.config).map(|examined| examined.secrets);
                let masker = known.unwrap_or_default().masker(common.show_secrets);
                Ok(tree::render(&file.source, &parts, &masker))
            }
            Err(error) => Err(error),
        }
    })?;
    let mut printer = Printer::new(common.color);
    for entry in &batch.entries {
        match entry {
            Entry::Done(text) => printer.report(None, text)?,
            Entry::Failed(path, error) if options.summary => printer.report(None, &tree::failure(path, error))?,
            Entry::Failed(path, error) => printer.error(Some(path), error),
            Entry::Skipped(path, reason) => {
                if common.verbose {
                    printer.note(&format!("{}: skipped: {reason}", path.display()))?;
                }
            }
        }
    }
    Ok(if batch.errors().count() > 0 { Status::Error } else { Status::Clean })
}
