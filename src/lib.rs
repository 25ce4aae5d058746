//! Moves Zoho custom functions, written in Deluge, off authtokens: finds every request that still sends one, takes the
//! token out and names an OAuth Connection instead.

pub mod analysis;
pub mod cli;
pub mod commands;
pub mod config;
pub mod diff;
pub mod discover;
pub mod edit;
pub mod finding;
pub mod fix;
pub mod inspect;
pub mod migrate;
pub mod plan;
pub mod report;
pub mod rules;
pub mod secret;
pub mod source;
pub mod syntax;
pub mod write;
pub mod zoho;
