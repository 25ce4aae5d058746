//! What a script computes: its values as a graph, and what it does to the outside, in order.
//!
//! [`graph`] says what the parts are, [`ssa`] makes them of a tree, [`ways`] which of them exclude one
//! another, [`separators`] which texts can hold a `&`, [`holds`] on which ways something is in one. Nothing
//! here knows of tokens, of what is to be changed, or of a limit on branches, assignments or appends.

pub mod graph;
pub mod holds;
pub mod separators;
pub mod ssa;
mod values;
pub mod ways;

/// Whether `text.replaceAll(marker, value)` finds nothing but the marker itself, and no separator of a query. The marker is
/// a regular expression unless a third argument says that it is `exact`. Source: Deluge help, "replaceAll".
pub fn is_marker(marker: &str, exact: bool) -> bool {
    let special = |c: char| matches!(c, '.' | '^' | '$' | '*' | '+' | '(' | ')' | '[' | ']' | '{' | '}' | '|');
    let never = |c: char| matches!(c, '?' | '&' | '=' | '\\' | '"' | '\'');
    !marker.is_empty() && !marker.contains(never) && (exact || !marker.contains(special))
}
