//! Texts: sources with their ranges and lines, edits and diffs, what is masked in them, and how a file is written.

pub mod diff;
pub mod edit;
pub(crate) mod excerpt;
pub mod json;
pub(crate) mod offsets;
pub mod recent;
pub mod secret;
pub mod source;
pub mod words;
#[cfg(feature = "cli")]
pub mod write;
