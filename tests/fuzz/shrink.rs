//! Makes a text that breaks a promise as short as it gets: pieces are taken out as long as the same promise stays broken.

use std::time::{Duration, Instant};

use crate::mutate::boundary;
use crate::targets::{Broken, Case};

/// A long search ends with what it has.
const LONGEST: Duration = Duration::from_secs(30);

/// The shortest text found, and how it breaks the promise.
pub fn shortest(
    mut case: Case,
    mut broken: Broken,
    attempt: impl Fn(&Case) -> Result<Option<String>, Broken>,
) -> (Case, Broken) {
    let begin = Instant::now();
    let mut size = case.bytes.len().div_ceil(2);
    while size > 0 && begin.elapsed() < LONGEST {
        let mut smaller = false;
        let mut at = 0;
        while at < case.bytes.len() && begin.elapsed() < LONGEST {
            let end = boundary(&case.bytes, (at + size).min(case.bytes.len()));
            let bytes = [&case.bytes[..at], &case.bytes[end..]].concat();
            let candidate = Case { bytes, ..case.clone() };
            match attempt(&candidate) {
                Err(same) if same.what == broken.what => {
                    (case, broken) = (candidate, same);
                    smaller = true;
                }
                _ => at = end,
            }
        }
        size = if smaller && size == 1 { 1 } else { size / 2 };
    }
    (case, broken)
}
