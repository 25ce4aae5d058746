//! # authtoken-in-query
//!
//! a token in the query string of a URL
//!
//! ## What it finds
//! An `authtoken` parameter in the query string of a URL, in any letter case: in a literal, joined with `+`, or put
//! together over several variables and branches. In a URL of Zoho, `auth_token` counts too.
//!
//! A link with a token is found too: in a mail, in `openUrl`, in what is sent to somebody else.
//!
//! ## Why
//! Zoho ends authtokens product by product: a call with one fails now or will fail. And a token in a URL spreads: it is in logs,
//! and in the code for everybody who may read it. A Connection keeps its token in Zoho.
//!
//! ## Fix safety
//! `fix` removes the parameter, corrects `?` and `&`, and adds `connection:`. `getUrl`, `postUrl` and `putUrl` become
//! `invokeurl`.
//!
//! Safe when only that parameter of the URL changes, on every path through the function, and the answer is used in a way
//! that works as before.
//!
//! Unsafe when something has to be assumed. The finding says what, for instance:
//! - What follows the token, such as `filter` in `"?authtoken=" + token + filter`, is empty or begins with `&`.
//! - A value that is known only at run time and is not named like a token holds a token and nothing more.
//! - The URL is built in branches or in a loop, and keeps its `?`.
//! - The URL is used elsewhere too, in a mail for instance, where nothing needs the token.
//! - The answer of `getUrl` or `postUrl` is used in a way that might need it as a text.
//! - The host is known only at run time, and is Zoho's.
//!
//! By hand: a link, which needs an address without a token, and code that authshift cannot parse or trace.

use super::declaration::{Declaration, Fixable, Sign, example};
use crate::finding::Severity;

pub(super) static RULE: Declaration = Declaration {
    place: 10,
    severity: Severity::Error,
    fixable: Fixable::Yes,
    comments: true,
    needs: &[&[Sign::Token]],
    weakness: Some(("6.0", 598)),
    example: example!("Q08-query-in-a-variable.page", "before.deluge", "after.deluge"),
    looks: &[],
};

/// The part of the request that the message names.
pub const PLACE: &str = "the query string";
