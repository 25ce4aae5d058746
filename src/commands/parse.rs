//! `authshift parse`: the tree of a file, for work on the grammar.

use anyhow::Result;

use super::Status;
use super::read::{Also, Entry, Failure, each};
use crate::cli::Parse;
use crate::deluge::{Document, parse_manifest};
use crate::project::discover::Begin;
use crate::project::format::Format;
use crate::project::part::Part;
use crate::report::{Printer, summary, tree};
use crate::text::source::Position;

/// Runs the command.
pub(super) fn run(options: &Parse) -> Result<Status> {
    let common = &options.common;
    let batch = each(&options.paths, common, Also::Nothing, Begin::AtOnce, |file| {
        let source = &file.source;
        let placed = |position: Position, message: String| format!("{}:{}: {message}", position.line, position.column);
        let parsed = match file.format {
            Format::Manifest => parse_manifest(source.text())
                .map(|document| vec![Part::of_file(source.text(), Document::into_tree(document))])
                .map_err(|flaw| {
                    let (position, message) = flaw.at(source);
                    placed(position, message)
                }),
            format => Part::all_in(source.text(), format, None)
                .map_err(|error| placed(source.position(error.offset()), error.to_string())),
        };
        match parsed {
            Ok(parts) if options.summary => Ok(Some(tree::summary(&file.source, &parts))),
            Ok(parts) => {
                let known = crate::fix::examine(&file.source, file.format, &file.config, &file.project);
                let known = known.map(|examined| examined.secrets);
                let masker = known.unwrap_or_default().masker(common.show_secrets);
                Ok(Some(tree::render(&file.source, &parts, &masker)))
            }
            Err(error) => Err(Failure::File(error)),
        }
    })?;
    let mut printer = Printer::new(common.color);
    for entry in &batch.entries {
        match entry {
            Entry::Done(_, text) => text.iter().try_for_each(|text| printer.text(text))?,
            Entry::Failed(path, error) if options.summary => printer.text(&tree::failure(path, error))?,
            Entry::Failed(path, error) => printer.error(Some(path), error),
            Entry::Skipped(path, reason) => {
                if common.verbose {
                    printer.note(&summary::skipped(path, *reason))?;
                }
            }
        }
    }
    Ok(if batch.errors().count() > 0 { Status::Error } else { Status::Clean })
}
