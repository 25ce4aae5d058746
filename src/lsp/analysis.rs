//! What is found in one version of a document.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use super::workspace::{Reading, Workspace};
use crate::finding::Finding;
use crate::fix::{Examined, Problem, examine};
use crate::project::config::{Config, ConfigError};
use crate::project::format::Format;
use crate::text::secret::Secrets;
use crate::text::source::{MAX_FILE_BYTES, Position, ReadError, Source};

/// What is shown for a panic. Its own message may quote the text it was about.
const INTERNAL: &str = "internal error; please report this";

/// What there is to say of a document.
pub(super) enum Analysis {
    /// It is none of the server's.
    Foreign,
    /// It was examined.
    Examined(Box<Examination>),
    /// It could not be examined, or is a configuration file with a mistake.
    Failed(Trouble),
}

/// A document that was examined.
pub(super) struct Examination {
    pub(super) format: Format,
    pub(super) config: Arc<Config>,
    pub(super) examined: Examined,
}

/// What is wrong with a document, masked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Trouble {
    pub(super) message: String,
    /// Where, when that is known.
    pub(super) position: Option<Position>,
    /// The configuration file that is to be corrected, and what is wrong there.
    pub(super) config: Option<(PathBuf, Position, String)>,
}

impl Trouble {
    fn new(message: &str, position: Option<Position>) -> Self {
        let message = Secrets::default().masker(false).mask(message).into_owned();
        Self { message, position, config: None }
    }

    fn of_config(error: &ConfigError) -> Self {
        let (path, position, message) = at(error);
        let whole = Self::new(&format!("not examined: {error}"), None);
        Self { config: Some((path, position, Self::new(&message, None).message)), ..whole }
    }

    fn of(problem: &Problem) -> Self {
        let position = match problem {
            Problem::Config(error) => return Self::of_config(error),
            Problem::Parse { position, .. } | Problem::Manifest { position, .. } => Some(*position),
            Problem::Unsound(_) => None,
        };
        let message = match problem {
            Problem::Parse { error, .. } => error.to_string(),
            Problem::Manifest { message, .. } => message.clone(),
            problem => problem.to_string(),
        };
        Self::new(&format!("not examined: {message}"), position)
    }
}

/// Which configuration file is wrong, where and how.
fn at(error: &ConfigError) -> (PathBuf, Position, String) {
    match error {
        ConfigError::Unreadable { path, error } => (path.clone(), Position { line: 1, column: 1 }, error.to_string()),
        ConfigError::Invalid { path, position, message } => (path.clone(), *position, message.clone()),
    }
}

impl Analysis {
    /// Examines a text as `check` does. A panic is a failure of this text and of no other.
    pub(super) fn of(source: &Source, language: &str, workspace: &Workspace) -> Self {
        guarded(|| Self::made(source, language, workspace)).unwrap_or_else(|message| Self::failed(&message))
    }

    fn made(source: &Source, language: &str, workspace: &Workspace) -> Self {
        let (path, text) = (source.path(), source.text());
        let (format, config) = match workspace.reading(path, language, text) {
            Ok(Reading::Foreign) => return Self::Foreign,
            Ok(Reading::Configuration) => {
                return match Config::parse(path, text) {
                    Ok(_) => Self::Foreign,
                    Err(error) => {
                        let (_, position, message) = at(&error);
                        Self::Failed(Trouble::new(&message, Some(position)))
                    }
                };
            }
            Ok(Reading::File(format, config)) => (format, config),
            Err(error) => return Self::Failed(Trouble::of_config(&error)),
        };
        if text.len() as u64 > MAX_FILE_BYTES {
            return Self::failed(&ReadError::TooLarge(text.len() as u64).to_string());
        }
        if let Some(at) = memchr::memchr(0, text.as_bytes()) {
            return Self::failed(&ReadError::Binary(at).to_string());
        }
        let project = &workspace.project;
        let examined = if workspace.prefilter.may_match(source, format, &config, project) {
            examine(source, format, &config, project)
        } else {
            Ok(Examined::default())
        };
        match examined {
            Ok(examined) => Self::Examined(Box::new(Examination { format, config, examined })),
            Err(problem) => Self::Failed(Trouble::of(&problem)),
        }
    }

    fn failed(message: &str) -> Self {
        Self::Failed(Trouble::new(&format!("not examined: {message}"), None))
    }

    /// What was examined.
    pub(super) fn known(&self) -> Option<&Examination> {
        match self {
            Self::Examined(known) => Some(known),
            Self::Foreign | Self::Failed(_) => None,
        }
    }

    /// What was found, by place.
    pub(super) fn findings(&self) -> &[Finding] {
        self.known().map_or(&[], |known| &known.examined.findings)
    }
}

/// Does some work; a panic is an error like others. What is shared survives it: what it holds locks for are caches, whose
/// entries are made before they are put in.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| INTERNAL.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_one_analysis_and_tells_nothing_of_the_text() {
        let text = "fake0desk0token0aaaabbbbccccdddd";
        let result = guarded(|| assert_eq!(text, "", "what is left of {text}"));
        assert_eq!(result, Err(INTERNAL.to_owned()));
        assert_eq!(guarded(|| 1), Ok(1));
    }
}
