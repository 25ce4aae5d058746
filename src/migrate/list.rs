//! Taking the token out of a list whose items are joined to a query or a form (row Q16).
//!
//! ```text
//! parts = List();
//! parts.add("authtoken=" + token);      // goes
//! parts.add("organization_id=" + org);
//! r = getUrl(u + "?" + parts.toString("&"));
//! ```

use super::layout::statement;
use super::reason::Code;
use super::{Manual, Outcome, shown, text};
use crate::deluge::{Kind, NodeId};
use crate::requests::bindings::plain_string;
use crate::requests::chain::method_call;
use crate::requests::flow::Context;
use crate::requests::params::Shape;
use crate::text::edit::Edit;

/// Takes the items that are the token's parameter out of the list that `join` joins. `underscore` is whether `auth_token` is
/// the token's name as well.
///
/// # Errors
/// [`Manual`] when the list is used in another way too, or nothing would surely be left in it.
pub fn remove(context: Context<'_>, join: NodeId, underscore: bool) -> Result<Outcome, Manual> {
    let Context { text, tree, scopes } = context;
    let list = tree.children(join).first().copied().unwrap_or(join);
    let other_use = |node: NodeId| {
        let code = shown(context, tree.statement(node).unwrap_or(node));
        Manual::new(
            Code::ListUse,
            format!("`{code}` uses the list of parameters in another way; remove the token by hand"),
        )
    };
    let binding = scopes.binding(text, tree, list).filter(|binding| !binding.parameter && !binding.is_opaque());
    let Some(binding) = binding else { return Err(other_use(join)) };
    let (mut outcome, mut is_left) = (Outcome::default(), false);
    for &read in binding.reads {
        let (chain, method, arguments) = method_call(context, read).ok_or_else(|| other_use(read))?;
        let is = |name: &str| method.eq_ignore_ascii_case(name);
        match arguments {
            [separator] if chain == join && plain_string(text, tree, *separator) == Some("&") => {}
            &[item] if is("add") => {
                let own = tree.statement(chain).filter(|&own| tree.kind(own) == Kind::Expression);
                let own = own.filter(|&own| tree.children(own) == [chain]).ok_or_else(|| other_use(read))?;
                let flow = context.flow(item);
                let tokens = text::tokens(&flow.text, underscore, true);
                let Some(token) = tokens.first() else {
                    is_left |= is_sure(context, own, join);
                    continue;
                };
                let is_whole = token.name.start() == 0 && token.value.end() == flow.text.len();
                if tokens.len() > 1 || token.shape != Shape::Pair || !is_whole {
                    return Err(Manual::new(
                        Code::ListUse,
                        "one item of the list holds the token and something else; remove the token by hand",
                    ));
                }
                if !tree.comments_in(tree.range(own)).is_empty() {
                    return Err(Manual::new(
                        Code::Comment,
                        "there is a comment inside the statement that adds the token; move it first",
                    ));
                }
                outcome.edits.push(Edit::delete(statement(text, tree.range(own))));
                outcome.own_reads.extend(flow.names.iter().copied());
                outcome.own_reads.push(read);
                outcome.remove(context, item);
            }
            _ => return Err(other_use(read)),
        }
    }
    if outcome.edits.is_empty() {
        return Err(Manual::new(Code::ListUse, "the token is added to the list under another name; remove it by hand"));
    }
    if !is_left {
        return Err(Manual::new(
            Code::NothingLeft,
            "the list may hold only the token, and the text would then end with `?` or `&`",
        ));
    }
    Ok(outcome)
}

/// Whether a statement is always executed before `node`: it stands earlier in a block around it.
fn is_sure(context: Context<'_>, statement: NodeId, node: NodeId) -> bool {
    let tree = context.tree;
    let block = tree.parent(statement);
    tree.ancestors(node).any(|around| statement < around && tree.parent(around) == block)
}
