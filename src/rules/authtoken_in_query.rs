//! # authtoken-in-query
//!
//! ## What it finds
//! An `authtoken` parameter in the query string of a URL: literal, joined with `+`, or built up over variables.
//!
//! ## Why
//! Zoho switched authtokens off. The call fails, and whoever reads the function reads the token.
//!
//! ## Fix safety
//! Safe when the URL that the request receives stays the same on every path but for that parameter. Unsafe when the tool
//! has to assume something of a value that it cannot see; the finding says what.

/// The part of the request that the message names.
pub const PLACE: &str = "the query string";
