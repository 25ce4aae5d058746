//! Printers, one file an output format. Nothing else in the library writes to standard output or standard error.

#[cfg(feature = "cli")]
mod changed;
#[cfg(feature = "cli")]
pub mod escape;
#[cfg(feature = "cli")]
pub mod explain;
#[cfg(feature = "cli")]
pub mod format;
#[cfg(feature = "cli")]
pub mod github;
#[cfg(feature = "cli")]
pub mod gitlab;
#[cfg(feature = "cli")]
pub mod handover;
pub mod json;
#[cfg(feature = "cli")]
pub mod lines;
mod one_by_one;
#[cfg(feature = "cli")]
pub mod plan;
#[cfg(feature = "cli")]
mod plan_apps;
pub mod plan_json;
#[cfg(feature = "cli")]
mod plan_text;
#[cfg(feature = "cli")]
pub mod preview;
#[cfg(feature = "cli")]
mod printer;
#[cfg(feature = "cli")]
pub mod progress;
#[cfg(feature = "cli")]
pub mod question;
#[cfg(feature = "cli")]
pub mod rdjson;
#[cfg(feature = "cli")]
pub mod sarif;
#[cfg(feature = "cli")]
mod shared;
#[cfg(feature = "cli")]
pub mod snippets;
#[cfg(feature = "cli")]
pub mod summary;
#[cfg(feature = "cli")]
pub mod tree;

use std::path::Path;

use crate::finding::{Compared, Finding};
use crate::fix::Dismissed;
use crate::text::secret::Masker;
use crate::text::source::Source;
#[cfg(feature = "cli")]
pub(crate) use escape::{printable, printable_path};
#[cfg(feature = "cli")]
pub(crate) use printer::{BOLD, CYAN, DIM, ERROR, GREEN, RED, WARNING, counted, flow, severity_style, styled, wrapped};
#[cfg(feature = "cli")]
pub use printer::{Form, Printer, for_programs};

/// What the printers of findings get.
pub struct Report<'a> {
    /// Each finding with its file.
    pub findings: Vec<(&'a Source, &'a Finding)>,
    /// Signs of tokens that were dismissed, each with its file.
    pub dismissed: Vec<(&'a Source, &'a Dismissed)>,
    /// How many more findings there are that comments suppress.
    pub suppressed: usize,
    /// What became of those that a baseline knows, if there is one.
    pub baseline: Option<Compared>,
    /// Files that could not be worked on.
    pub errors: Vec<(&'a Path, &'a str)>,
    /// How many files were worked on.
    pub files: usize,
    /// How many were skipped.
    pub skipped: usize,
    /// How many of the files that were skipped name an authtoken all the same.
    pub unread: usize,
    /// Masks all text of files that is printed.
    pub masker: Masker,
    /// Where lines are broken; `None` for lines of any length.
    pub width: Option<usize>,
}
