//! Which code does nothing but yield a value.
//!
//! ```text
//! string token(string name)
//! {
//!     key = name + "_token";
//!     return zoho.crm.getOrgVariable(key);
//! }
//!
//! thisapp.token("desk")    yields a value: the file shows all that it does
//! thisapp.queue.next()     is somebody's function, and may do anything
//! ```

use std::collections::HashMap;

use foldhash::{HashSet, HashSetExt};

use super::builtins::{self, Form, Of, builtin, is_namespace};
use super::tree::{Kind, NodeId, Tree};
use crate::text::source::TextRange;

/// Whether reading the expression again, or not at all, makes no difference: it only yields a value. Calls count only
/// where Zoho documents them as look-ups, or where the file shows all that they do; everything else might do something.
pub fn is_pure(text: &str, tree: &Tree, expression: NodeId) -> bool {
    is_pure_without(text, tree, expression, &HashSet::new())
}

/// Whether an expression only yields a value, apart from the calls and blocks of attributes in `parts`, of which that is
/// known.
pub fn is_pure_without(text: &str, tree: &Tree, expression: NodeId, parts: &HashSet<NodeId>) -> bool {
    tree.descendants(expression).all(|node| parts.contains(&node) || !may_act(text, tree, node))
}

/// Whether an expression stands in a `try` and may fail there, so that its `catch` runs: a method of what is not there, a text
/// that is cut where it ends, a map of what is no JSON. Literals, variables, sums and Zoho's look-ups do not.
pub fn may_be_caught(text: &str, tree: &Tree, expression: NodeId) -> bool {
    let is_tried = || {
        let mut below = expression;
        tree.ancestors(expression).take_while(|&node| !tree.kind(node).has_variables()).any(|node| {
            let tried = tree.kind(node) == Kind::Try && tree.children(node).first() == Some(&below);
            below = node;
            tried
        })
    };
    let fails = |node: NodeId| match tree.kind(node) {
        Kind::Index => true,
        Kind::Call => {
            let of = called_name(text, tree, node).and_then(builtins::of);
            !(of == Some(Of::New) || namespace(text, tree, node).is_some_and(|root| root.eq_ignore_ascii_case("zoho")))
        }
        _ => false,
    };
    tree.descendants(expression).any(fails) && is_tried()
}

/// Whether a node by itself may do more than yield a value.
pub fn may_act(text: &str, tree: &Tree, node: NodeId) -> bool {
    match tree.kind(node) {
        Kind::Call => !is_built_in(text, tree, node) && !is_own(text, tree, node),
        Kind::Attributes | Kind::Insert | Kind::Opaque => true,
        _ => false,
    }
}

/// Whether a call of a built-in function only yields a value, by all of what is called: `thisapp.config.get("x")` is somebody's
/// function, `m.get("x")` a look-up in a map.
fn is_built_in(text: &str, tree: &Tree, call: NodeId) -> bool {
    let Some(name) = called_name(text, tree, call) else { return false };
    match namespace(text, tree, call) {
        Some(root) => root.eq_ignore_ascii_case("zoho") && builtins::only_yields(name, Form::Lookup),
        None => builtin(name).is_some_and(|builtin| builtin.changes.is_none()),
    }
}

/// The root of the path to a function of people and products.
fn namespace<'t>(text: &'t str, tree: &Tree, call: NodeId) -> Option<&'t str> {
    let links = tree.parent(call).map_or(&[][..], |chain| tree.children(chain));
    let (&first, _) = links.split_first()?;
    // Behind another call, `x.get("a").get("b")`, it is a method of what that one gives.
    let own = links.iter().skip(1).take_while(|&&link| link != call).all(|&link| tree.kind(link) == Kind::Member);
    let root = tree.range(first).of(text);
    (own && tree.kind(first) == Kind::Name && is_namespace(root)).then_some(root)
}

/// Whether a call is one of a function of the file that only yields a value.
fn is_own(text: &str, tree: &Tree, call: NodeId) -> bool {
    let Some(chain) = tree.parent(call).filter(|&chain| tree.kind(chain) == Kind::Chain) else { return false };
    let plain = matches!(tree.children(chain), [name, own, ..] if *own == call && tree.kind(*name) == Kind::Name);
    let path = TextRange::new(tree.range(chain).start(), tree.range(call).start());
    (plain || namespace(text, tree, call).is_some()) && yields(text, tree, path.of(text))
}

/// Whether a path (`token`, `thisapp.books.token`) is that of a function of the file that only yields a value.
pub fn yields(text: &str, tree: &Tree, path: &str) -> bool {
    let known = tree.yielding.get_or_init(|| yielding(text, tree));
    let path = path.trim_end();
    !known.is_empty() && known.contains(path.strip_prefix("thisapp.").unwrap_or(path))
}

/// The functions of a file that only yield a value, by name. Of two with the same name it is not known which one is called.
fn yielding(text: &str, tree: &Tree) -> HashSet<String> {
    let mut found: HashMap<&str, bool> = HashMap::new();
    for function in tree.of_kind(Kind::Function) {
        let Some(name) = tree.child(function, Kind::FunctionName) else { continue };
        let body = tree.child(function, Kind::Block);
        let yields = body.is_some_and(|body| tree.descendants(body).all(|node| only_yields(text, tree, node)));
        let name = tree.range(name).of(text);
        let name = name.strip_prefix("thisapp.").unwrap_or(name);
        found.entry(name).and_modify(|known| *known = false).or_insert(yields);
    }
    found.into_iter().filter(|&(_, yields)| yields).map(|(name, _)| name.to_owned()).collect()
}

/// Whether a node in a function assigns a variable, decides, returns, or is a part of such a statement.
fn only_yields(text: &str, tree: &Tree, node: NodeId) -> bool {
    match tree.kind(node) {
        // A field, or an entry of a map that it was given.
        Kind::Assign => tree.children(node).first().is_some_and(|&target| tree.kind(target) == Kind::Name),
        Kind::Call => is_built_in(text, tree, node),
        Kind::Block | Kind::If | Kind::Return | Kind::Empty => true,
        Kind::Binary | Kind::Unary | Kind::Op(_) | Kind::Paren | Kind::Chain | Kind::Member => true,
        Kind::Brace | Kind::List | Kind::Entry | Kind::Name | Kind::String | Kind::Number => true,
        _ => false,
    }
}

/// The name of the function a [`Kind::Call`] calls: the link before it in its chain.
pub fn called_name<'a>(text: &'a str, tree: &Tree, call: NodeId) -> Option<&'a str> {
    let chain = tree.parent(call)?;
    let children = tree.children(chain);
    // Nodes are numbered in text order.
    let at = children.binary_search(&call).ok()?;
    let before = *children.get(at.checked_sub(1)?)?;
    match tree.kind(before) {
        Kind::Name => Some(tree.range(before).of(text)),
        Kind::Member => tree.child(before, Kind::Name).map(|name| tree.range(name).of(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::deluge::parse;

    /// Whether the last statement calls only what yields a value.
    fn is_pure(text: &str) -> bool {
        let tree = parse(text).unwrap();
        super::is_pure(text, &tree, *tree.children(tree.root()).last().unwrap())
    }

    #[test]
    fn a_function_of_the_file_is_known_by_what_it_does() {
        let with = |body: &str, call: &str| is_pure(&format!("string books.token(map m)\n{{\n{body}\n}}\nx = {call};"));
        let yields = "if(m.get(\"a\") == null) { return \"\"; } t = zoho.crm.getOrgVariable(\"t\"); return t.trim();";
        assert!(with(yields, "thisapp.books.token(m)"));
        assert!(!with(yields, "thisapp.books.token(next())"));
        assert!(!with(yields, "thisapp.books.other(m)"));
        for acts in ["info m;", "m.put(\"a\",1);", "m.a = 1;", "r = getUrl(\"https://example.com\");", "next();"] {
            assert!(!with(&format!("{acts} return \"t\";"), "thisapp.books.token(m)"), "{acts}");
        }
    }

    #[test]
    fn of_two_functions_with_one_name_nothing_is_known() {
        assert!(is_pure("string t() { return \"a\"; }\nx = t();"));
        assert!(!is_pure("string t() { return \"a\"; }\nstring t() { return \"b\"; }\nx = t();"));
    }
}
