//! Moves Zoho custom functions, written in Deluge, off authtokens: finds every request that still sends one, takes the
//! token out and names an OAuth Connection instead.

pub mod analysis;
pub mod baseline;
pub mod census;
pub mod cli;
pub mod commands;
pub mod config;
pub mod diff;
pub mod discover;
pub mod edit;
pub mod finding;
pub mod fingerprint;
pub mod fix;
pub mod git;
pub mod inspect;
pub(crate) mod lexical;
pub mod links;
pub mod manifest;
pub mod migrate;
pub mod page;
pub mod part;
pub mod plan;
pub mod prefilter;
pub mod project;
pub mod recent;
pub mod report;
pub mod repository;
pub mod rules;
pub mod secret;
pub mod source;
pub mod suppress;
pub mod syntax;
pub mod widget;
pub mod words;
pub mod write;
pub mod zoho;
