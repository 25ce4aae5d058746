//! What a script computes: its values as a graph, and what it does to the outside, in order.
//!
//! [`graph`] says what the parts are, [`ssa`] makes them of a tree. Nothing here knows of tokens, of what is to be changed,
//! or of a limit on branches, assignments or appends.

pub mod graph;
pub mod ssa;
