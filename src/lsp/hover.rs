//! The pages of the rules whose findings are at a place.

use lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};

use super::client::Client;
use super::documents::OpenDocument;
use super::positions::Places;
use crate::finding::Rule;
use crate::report::explain::help;

/// What parts two pages.
const RULER: &str = "\n---\n\n";

pub(super) fn of(document: &OpenDocument, params: &HoverParams, client: &Client) -> Option<Hover> {
    let places = Places::new(&document.source, client.encoding);
    let at = places.offset(params.text_document_position_params.position);
    let here = |range: crate::text::source::TextRange| range.start() <= at && at <= range.end();
    let findings = document.analysis().findings().iter().filter(|finding| here(finding.range));
    let (mut rules, mut range) = (Vec::<Rule>::new(), None);
    for finding in findings {
        if !rules.contains(&finding.rule) {
            rules.push(finding.rule);
        }
        range = range.or(Some(finding.range));
    }
    let page = |rule: &Rule| {
        let (text, markdown) = help(*rule);
        if client.markdown { format!("## {}\n\n{markdown}", rule.name()) } else { text }
    };
    let pages: Vec<String> = rules.iter().map(page).collect();
    let kind = if client.markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind, value: pages.join(RULER) }),
        range: Some(places.range(range?)),
    })
}
