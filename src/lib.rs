//! Moves Zoho custom functions, written in Deluge, off authtokens: finds every request that still sends one, takes the
//! token out and names an OAuth Connection instead.

pub mod app;
pub mod census;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod commands;
pub mod deluge;
pub mod engine;
#[cfg(feature = "cli")]
pub mod exchange;
pub mod finding;
pub mod fix;
pub mod flow;
pub mod inspect;
#[cfg(feature = "cli")]
pub mod lsp;
pub mod migrate;
pub mod plan;
pub mod project;
pub mod report;
pub mod requests;
pub mod rules;
pub mod text;
pub mod zoho;
