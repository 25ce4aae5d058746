//! # curly-quote
//!
//! typographic quotes around a text
//!
//! ## What it finds
//! A text between typographic quotes (`“…”`), as they come from documents and mails. Inside a text between straight
//! quotes they are fine.
//!
//! ## Why
//! Zoho's editor does not take them: the script does not compile.
//!
//! ## Example
//! fixture: G03-curly-quotes-around-a-link-name
//!
//! ## Fix safety
//! Not fixed: which of the quotes are meant as delimiters is not always plain. A request with such quotes is not edited
//! at all, so that its authtoken stays as well.
//!
//! By hand: write straight quotes, then run authshift again.

use super::{Draft, Maker};
use crate::finding::{Applicability, Rule};
use crate::inspect::Inspection;
use crate::syntax::Kind;

pub(super) fn report(maker: &mut Maker<'_>, inspection: &Inspection<'_>) {
    let context = inspection.context;
    if !context.text.contains(['\u{201C}', '\u{201D}']) {
        return;
    }
    let tree = context.tree;
    for node in tree.descendants(tree.root()).filter(|&node| tree.kind(node) == Kind::String) {
        if !context.text_of(node).starts_with(['\u{201C}', '\u{201D}']) {
            continue;
        }
        let draft = Draft {
            rule: Rule::CurlyQuote,
            applicability: Applicability::Manual,
            range: tree.range(node),
            message: "typographic quotes delimit this text; the script does not compile".to_owned(),
            notes: vec!["write straight quotes".to_owned()],
        };
        maker.add(draft, None, None);
    }
}
