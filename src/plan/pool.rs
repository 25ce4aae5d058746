//! In which product a function runs. Each product has its own pool of Connections (facts 1.5), so it decides where a
//! Connection is to be made.

use std::path::{Path, PathBuf};

use super::product::of_folder;
use crate::deluge::Kind;
use crate::project::part::Part;
use crate::requests::flow::Context;

/// The product a function runs in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pool {
    /// Its key in the table of products.
    pub product: &'static str,
    /// What shows it.
    pub by: By,
}

/// What shows a product, the surest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum By {
    /// The metadata that a tool has put beside the function.
    Metadata,
    /// The code: a namespace or a form that only this product has.
    Code,
    /// The name of a folder above the file.
    Folder,
}

const CRM: &str = "crm";
const CREATOR: &str = "creator";

/// Namespaces of CRM's functions (facts 1.4).
const CRM_NAMESPACES: &[&str] = &["automation", "button", "related_list", "schedule", "standalone", "validation_rule"];

/// The product of a file, as far as the files beside it and its own text show it.
pub(super) fn of(part: &Part<'_>, context: Context<'_>, path: &Path) -> Option<Pool> {
    let by_metadata = by_metadata(path).map(|product| Pool { product, by: By::Metadata });
    by_metadata.or_else(|| by_code(part, context).map(|product| Pool { product, by: By::Code }))
}

/// zoho-studio-cli puts `Display Name.metadata.json` beside `Display Name.deluge`; it pulls the functions of CRM (facts 10.4).
fn by_metadata(path: &Path) -> Option<&'static str> {
    let text = std::fs::read_to_string(path.with_extension("metadata.json")).ok()?;
    text.contains("\"api_name\"").then_some(CRM)
}

fn by_code(part: &Part<'_>, context: Context<'_>) -> Option<&'static str> {
    let tree = context.tree;
    let namespaced = |node| {
        let name = tree.child(node, Kind::FunctionName).map(|name| context.text_of(name)).unwrap_or("");
        name.split_once('.').is_some_and(|(namespace, _)| CRM_NAMESPACES.contains(&namespace.trim()))
    };
    if tree.children(tree.root()).iter().any(|&node| tree.kind(node) == Kind::Function && namespaced(node)) {
        return Some(CRM);
    }
    // A whole export, or one of its pages.
    if part.is_page() || tree.children(tree.root()).iter().any(|&node| tree.kind(node) == Kind::Body) {
        return Some(CREATOR);
    }
    // `thisapp.function(…)` and `insert into` are Creator's (facts 1.2 and 1.3).
    let creator = |node| {
        let first = tree.children(node).first().filter(|&&first| tree.kind(first) == Kind::Name);
        tree.kind(node) == Kind::Chain && first.is_some_and(|&first| context.text_of(first) == "thisapp")
            || tree.kind(node) == Kind::Insert
    };
    tree.descendants(tree.root()).any(creator).then_some(CREATOR)
}

/// The product that a folder above the file is called after: the outermost, since what lies in it is sorted by what the
/// functions are about (`Creator/Functions/WorkDrive/x`). Of the `roots` that are searched, the names count; what lies above
/// them may be anything.
pub fn by_folder(path: &Path, roots: &[PathBuf]) -> Option<Pool> {
    let above = |root: &PathBuf| {
        let folder = root.parent().filter(|_| root.is_absolute())?;
        path.strip_prefix(folder).ok().filter(|_| path.starts_with(root))
    };
    let below = roots.iter().filter_map(above).max_by_key(|below| below.components().count()).unwrap_or(path);
    let folders = below.parent()?.components().filter_map(|part| part.as_os_str().to_str());
    folders.filter_map(of_folder).map(|product| Pool { product: product.key, by: By::Folder }).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outermost_folder_below_the_roots_counts() {
        let product = |path: &str, roots: &[&str]| {
            let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
            by_folder(Path::new(path), &roots).map(|pool| pool.product)
        };
        assert_eq!(product("Creator/Functions/Workdrive/x.dg", &[]), Some("creator"));
        assert_eq!(product("Creator/Functions/CRM/x.dg", &["."]), Some("creator"));
        assert_eq!(product("crm/functions/x.dg", &["crm"]), Some("crm"));
        assert_eq!(product("functions/WorkDrive/x.dg", &[]), None);
        assert_eq!(product("crm.dg", &[]), None);
        assert_eq!(product("/srv/desk/functions/crm/x.dg", &["/srv/desk/functions/crm"]), Some("crm"));
        assert_eq!(product("/srv/desk/functions/x.dg", &["/srv/desk/functions"]), None);
    }
}
