//! # manifest-not-json
//!
//! a manifest that is not strict JSON
//!
//! ## What it finds
//! A comment, or a comma behind the last item, in a `plugin-manifest.json`.
//!
//! ## Why
//! authshift reads them and keeps them, but JSON has neither: the extension toolkit stops at the first one.
//!
//! ## Example
//! fixture: M10-comments-and-trailing-commas
//!
//! ## Fix safety
//! Not fixed: comments are never deleted, and both may be there for another program that makes the manifest.

use super::{FindingSink, NewFinding};
use crate::finding::{Applicability, Rule};
use crate::inspect::manifest::Remarks;

pub(super) fn report(sink: &mut FindingSink<'_>, remarks: &Remarks) {
    let comments = remarks.comments.iter().map(|range| (*range, "a comment"));
    let commas = remarks.trailing_commas.iter().map(|range| (*range, "a comma behind the last item"));
    for (range, what) in comments.chain(commas) {
        let new = NewFinding {
            rule: Rule::ManifestNotJson,
            applicability: Applicability::Manual,
            range,
            message: format!("{what} in a manifest: JSON has none"),
            notes: vec!["the extension toolkit stops here; remove it before you pack the extension".to_owned()],
        };
        sink.add(new, None, None);
    }
}
