//! In which product a function runs. Each product has its own pool of Connections (facts 1.5), so it decides where a
//! Connection is to be made.

use std::path::Path;

use crate::analysis::flow::Context;
use crate::syntax::Kind;
use crate::zoho;

/// The product a function runs in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pool {
    /// Its name in the table of services.
    pub service: &'static str,
    /// What told it.
    pub by: By,
}

/// What told a product.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum By {
    /// The code: a namespace or a form that only this product has.
    Code,
    /// The name of a folder above the file.
    Folder,
}

/// Namespaces of CRM's functions (facts 1.4).
const CRM_NAMESPACES: &[&str] = &["automation", "button", "related_list", "schedule", "standalone", "validation_rule"];

/// The product of a file; `None` when nothing tells it.
pub fn of(context: Context<'_>, path: &Path) -> Option<Pool> {
    let by_code = by_code(context).map(|service| Pool { service, by: By::Code });
    by_code.or_else(|| by_folder(path).map(|service| Pool { service, by: By::Folder }))
}

fn by_code(context: Context<'_>) -> Option<&'static str> {
    let tree = context.tree;
    let namespaced = |node| {
        let name = tree.child(node, Kind::FunctionName).map(|name| context.text_of(name)).unwrap_or("");
        name.split_once('.').is_some_and(|(namespace, _)| CRM_NAMESPACES.contains(&namespace.trim()))
    };
    if tree.children(tree.root()).iter().any(|&node| tree.kind(node) == Kind::Function && namespaced(node)) {
        return zoho::canonical_service("crm");
    }
    // `thisapp.function(…)` and `insert into` are Creator's (facts 1.2 and 1.3).
    let creator = |node| {
        let first = tree.children(node).first().filter(|&&first| tree.kind(first) == Kind::Name);
        tree.kind(node) == Kind::Chain && first.is_some_and(|&first| context.text_of(first) == "thisapp")
            || tree.kind(node) == Kind::Insert
    };
    tree.descendants(tree.root()).any(creator).then(|| zoho::canonical_service("creator")).flatten()
}

/// The nearest folder that is called as a service is: `desk/`, `Zoho CRM/`.
fn by_folder(path: &Path) -> Option<&'static str> {
    path.ancestors().skip(1).filter_map(|folder| folder.file_name()?.to_str()).find_map(|name| {
        let name = name.to_lowercase().replace([' ', '-'], "_");
        zoho::canonical_service(name.strip_prefix("zoho_").unwrap_or(&name))
    })
}
