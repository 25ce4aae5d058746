//! # authtoken-in-headers
//!
//! ## What it finds
//! An `Authorization: Zoho-authtoken …` header.
//!
//! ## Why
//! Zoho switched authtokens off. A connection sends its own `Authorization` header, and the two must not stand together.
//!
//! ## Fix safety
//! Safe when only that header goes and every other header stays.

/// The part of the request that the message names.
pub const PLACE: &str = "a header";
