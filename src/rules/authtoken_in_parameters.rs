//! # authtoken-in-parameters
//!
//! a token in the parameters or the body
//!
//! ## What it finds
//! An `authtoken` entry in what a request sends: in `parameters`, or in the body of `postUrl` and `putUrl`. It may be
//! an entry of a map, a `put` into a map, or a part of a form text (`authtoken=…&id=1`) or of a JSON text.
//!
//! ## Why
//! Zoho ends authtokens product by product: a call with one fails now or will fail. And whoever reads the function reads the
//! token. A Connection keeps its token in Zoho and sends it by itself.
//!
//! ## Fix safety
//! `fix` removes the entry and adds `connection:`. A map that held only the token is removed too.
//!
//! Safe when everything else that is sent stays the same, and only migrated requests could need the token in a map.
//!
//! Unsafe when something has to be assumed. The finding says what, for instance:
//! - The map is also passed on or stored, where nothing needs the token.
//! - The map has a second name (`b = a;`), or comes from outside the function.
//! - The answer of `postUrl` is used in a way that might need it as a text.
//!
//! By hand: a map that is also sent to a host which is not Zoho's, or by a request that cannot be migrated. Give each
//! request a map of its own.

use super::declaration::{Declaration, Fixable, Sign, example};
use crate::finding::Severity;

pub(super) static RULE: Declaration = Declaration {
    place: 20,
    severity: Severity::Error,
    fixable: Fixable::Yes,
    comments: true,
    needs: &[&[Sign::Token]],
    weakness: Some(("5.0", 522)),
    example: example!("P01-token-in-the-middle-of-map.page", "before.deluge", "after.deluge"),
    looks: &[],
};

/// The part of the request that the message names.
pub const PLACE: &str = "the parameters";
