//! # authtoken-in-query
//!
//! a token in the query string of a URL
//!
//! ## What it finds
//! An `authtoken` parameter in the query string of a URL, in any letter case: in a literal, joined with `+`, or put
//! together over several variables and branches. To a host of Zoho's, `auth_token` counts as well.
//!
//! A link with a token is found too: in a mail, in `openUrl`, in what is sent to somebody else.
//!
//! ## Why
//! Zoho ends authtokens product by product: a call with one fails already, or will. And a token in a URL gets around: it
//! stands in logs, and in the code for everybody who may read it. A Connection keeps its token in Zoho.
//!
//! ## Example
//! fixture: Q08-query-in-a-variable
//!
//! ## Fix safety
//! The parameter goes, `?` and `&` are put right, and `connection` comes in. `getUrl`, `postUrl` and `putUrl` become
//! `invokeurl`.
//!
//! Safe when the request gets the same URL but for that parameter on every path through the function, and its answer is
//! used in a way that works as before.
//!
//! Unsafe when something has to be assumed. The finding says what, for instance:
//! - What follows the token, such as `filter` in `"?authtoken=" + token + filter`, is empty or begins with `&`.
//! - A value that cannot be seen and is not named after a token holds a token and nothing more.
//! - The URL is put together in branches or in a loop; it keeps its `?`.
//! - The URL is used elsewhere too, in a mail for instance, where nothing needs the token.
//! - The answer of `getUrl` or `postUrl` is used in a way that might need it as a text.
//! - The host cannot be seen, and is Zoho's.
//!
//! By hand: a link, which needs an address without a token, and code that authshift does not understand.

/// The part of the request that the message names.
pub const PLACE: &str = "the query string";
