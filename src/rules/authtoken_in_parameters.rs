//! # authtoken-in-parameters
//!
//! ## What it finds
//! An `authtoken` entry in the `parameters` or the body of a request: in a map, in a form text, in a JSON text.
//!
//! ## Why
//! Zoho switched authtokens off. The call fails, and whoever reads the function reads the token.
//!
//! ## Fix safety
//! Safe when only that entry goes and everything else that is sent stays.

/// The part of the request that the message names.
pub const PLACE: &str = "the parameters";
