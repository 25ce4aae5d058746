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
//! ## Fix safety
//! Not fixed: comments are never deleted, and both may be there for another program that makes the manifest.

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::Look;
use super::sink::{FindingSink, NewFinding};
use crate::finding::{Applicability, Rule, Severity};
use crate::inspect::manifest::Remarks;

pub(super) static RULE: Declaration = Declaration {
    place: 260,
    severity: Severity::Warning,
    fixable: Fixable::No,
    comments: false,
    needs: &[&[Sign::Manifest]],
    weakness: None,
    example: example!("M10-comments-and-trailing-commas.page", "before.json"),
    looks: &[Look::Manifest(report)],
};

fn report(sink: &mut FindingSink<'_>, remarks: &Remarks) {
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
