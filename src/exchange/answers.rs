//! What the scripts left of each call.

use std::fs;
use std::path::Path;

/// What became of the last call for a token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The answer holds the new tokens.
    Done,
    /// It was begun, and no answer arrived.
    Unknown,
    /// It was begun, and how it ended was not noted: it runs, or its script was interrupted.
    Open,
    /// Zoho refused it, and it must not be made again.
    Refused(String),
    /// It was refused for a reason that can be put right.
    Again(String),
}

/// Errors after which the same call may be made again: the token was not used up, and counts for no lock-out (facts 8, 10.6).
/// `not_sent` is the scripts' own word.
const AGAIN: &[&str] = &["invalid_client", "invalid_grant", "invalid_request", "invalid_scope", "not_sent"];

/// What became of the token `name`, by the files in `answers`; `None` when no call for it was begun.
pub fn outcome(answers: &Path, name: &str) -> Option<Outcome> {
    let at = |number: u32, ending: &str| answers.join(format!("{name}.{number}.{ending}"));
    let number = (1..).take_while(|&number| at(number, "call").exists()).last()?;
    let Ok(end) = fs::read_to_string(at(number, "end")) else { return Some(Outcome::Open) };
    let outcome = end.split_whitespace().nth(3).unwrap_or("unknown");
    Some(match outcome {
        "done" => Outcome::Done,
        "unknown" if has_new_token(&at(number, "json")) => Outcome::Done,
        "unknown" => Outcome::Unknown,
        other if AGAIN.contains(&other) => Outcome::Again(other.to_owned()),
        other => Outcome::Refused(other.to_owned()),
    })
}

/// Whether an answer came after all: its call may outlive the script that made it.
fn has_new_token(answer: &Path) -> bool {
    let Ok(text) = fs::read(answer) else { return false };
    let document: Option<serde_json::Value> = serde_json::from_slice(&text).ok();
    document.is_some_and(|document| document.get("refresh_token").and_then(|token| token.as_str()).is_some())
}
