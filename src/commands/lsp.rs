//! `authshift lsp`: serves an editor.

use std::io;

use anyhow::Result;

use super::Status;
use crate::cli::Lsp;
use crate::lsp::{self, End, Options};

/// Runs the command. The protocol says what its exit status is.
pub(super) fn run(options: &Lsp) -> Result<Status> {
    let options = Options { config: options.config.clone(), isolated: options.isolated };
    Ok(match lsp::run(&options, io::stdin().lock(), io::stdout())? {
        End::Orderly => Status::Clean,
        End::Abrupt => Status::Findings,
    })
}
