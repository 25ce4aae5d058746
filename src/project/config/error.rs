//! What can be wrong with a configuration, and the "did you mean" in its messages.

use std::path::PathBuf;

use crate::text::source::{Position, ReadError};

/// Why a configuration cannot be used; always an error of the whole run (exit status 2).
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Unreadable {
        /// The file, as it was named or found.
        path: PathBuf,
        /// Why.
        error: ReadError,
    },
    /// Something in the file is wrong.
    #[error("{}:{}:{}: {message}", path.display(), position.line, position.column)]
    Invalid {
        /// The file, as it was named or found.
        path: PathBuf,
        /// Where in it.
        position: Position,
        /// What is wrong, in one sentence.
        message: String,
    },
}

/// That `given` is not a known `what`, with the nearest of `known`, or else with all of them.
pub(crate) fn unknown<'a>(what: &str, given: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    match nearest(given, &known) {
        Some(near) => format!("unknown {what} `{given}`; did you mean `{near}`?"),
        None => format!("unknown {what} `{given}`; it is one of `{}`", known.join("`, `")),
    }
}

/// The one of `known` that `given` was probably meant to be.
pub(super) fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    // The comparison takes memory for every pair of letters, and nobody mistypes a name into something this long.
    if given.len() > 64 {
        return None;
    }
    let plain = |name: &str| name.to_lowercase().replace('_', "-");
    let given = plain(given);
    let distance = |name: &str| {
        let name = plain(name);
        // `warn` for `warning`, `connections` for `connection`: far by edits, but plain to people.
        let prefix = name.len().min(given.len()) >= 3 && (name.starts_with(&given) || given.starts_with(&name));
        if prefix { 1 } else { strsim::damerau_levenshtein(&given, &name) }
    };
    let rank = |name: &&'a str| (distance(name), !given.starts_with(&plain(name)), *name);
    let (distance, _, name) = known.iter().map(rank).min()?;
    let allowed = (given.chars().count() / 3).max(1);
    // In a two-letter word one wrong letter says nothing, one too many does.
    let is_close = name.len() > 2 || given.starts_with(&plain(name));
    (distance <= allowed && is_close).then_some(name)
}
