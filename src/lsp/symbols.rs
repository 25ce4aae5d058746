//! The functions of a document.

use lsp_types::{DocumentSymbol, DocumentSymbolResponse, Location, SymbolInformation, SymbolKind};

use super::client::Client;
use super::documents::OpenDocument;
use super::positions::Places;
use crate::deluge::{Kind, NodeId};
use crate::project::part::Part;
use crate::text::source::TextRange;

/// A function: its name, where it is, and where its name is.
struct Function {
    name: String,
    range: TextRange,
    name_range: TextRange,
}

#[allow(deprecated, reason = "the structures of the protocol have a field that was replaced by another")]
pub(super) fn of(document: &OpenDocument, client: &Client) -> DocumentSymbolResponse {
    let places = Places::new(&document.source, client.encoding);
    let functions = functions(document).into_iter();
    if client.hierarchical {
        let symbol = |function: Function| DocumentSymbol {
            name: function.name,
            detail: None,
            kind: SymbolKind::FUNCTION,
            tags: None,
            deprecated: None,
            range: places.range(function.range),
            selection_range: places.range(function.name_range),
            children: None,
        };
        DocumentSymbolResponse::Nested(functions.map(symbol).collect())
    } else {
        let symbol = |function: Function| SymbolInformation {
            name: function.name,
            kind: SymbolKind::FUNCTION,
            tags: None,
            deprecated: None,
            location: Location { uri: document.uri.clone(), range: places.range(function.range) },
            container_name: None,
        };
        DocumentSymbolResponse::Flat(functions.map(symbol).collect())
    }
}

/// The functions in text order.
fn functions(document: &OpenDocument) -> Vec<Function> {
    let Some(known) = document.analysis().known().filter(|known| known.format.has_functions()) else {
        return Vec::new();
    };
    let masker = known.examined.secrets.masker(false);
    let parts = Part::all_in(document.source.text(), known.format, None).unwrap_or_default();
    let mut functions = Vec::new();
    for part in &parts {
        let tree = &part.tree;
        let is_function = |node: &NodeId| tree.kind(*node) == Kind::Function;
        functions.extend(tree.descendants(tree.root()).filter(is_function).filter_map(|function| {
            let name = tree.children(function).iter().find(|&&child| tree.kind(child) == Kind::FunctionName)?;
            let name = tree.range(*name);
            Some(Function {
                name: masker.mask(name.of(part.text())).into_owned(),
                range: part.outer(tree.range(function)),
                name_range: part.outer(name),
            })
        }));
    }
    functions.sort_by_key(|function| function.range);
    functions
}
