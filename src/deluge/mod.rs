//! From text to a lossless tree with byte ranges. Nothing outside this folder knows which parser made it.

mod build;
pub mod builtins;
pub mod detect;
pub(crate) mod lexical;
mod manifest;
pub mod page;
mod peg;
pub mod pure;
pub mod tree;

pub use build::{ParseError, is_export, parse, parse_page};
pub use manifest::{Document, Flaw, LINK_NAME, LinkName, Member, parse_manifest};
pub use tree::{Kind, NodeId, Operator, Tree};

/// Parsing and everything that walks a tree recurses as deep as the brackets of the text nest: run it on a thread with a
/// stack of this many bytes. Only the pages that are touched cost memory.
pub const STACK_BYTES: usize = 256 * 1024 * 1024;
