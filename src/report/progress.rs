//! How far a long run is: one line on the terminal, drawn over itself, and gone before anything else is printed.

use std::ffi::OsString;
use std::io::{IsTerminal, Stderr, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A run that ends sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(2);
/// The time between two drawings, at least.
const PAUSE: Duration = Duration::from_millis(100);

/// The progress of a run. Nothing is shown unless standard error is a terminal that somebody looks at. The line is
/// erased when this is dropped, which has to be before anything else is printed.
pub struct Progress(Option<(Instant, Mutex<Line<Stderr>>)>);

impl Progress {
    /// The progress through files that are still to be found, from now on.
    pub fn new(quiet: bool) -> Self {
        let err = std::io::stderr();
        let is_shown = is_wanted(err.is_terminal(), quiet, |name| std::env::var_os(name));
        Self(is_shown.then(|| (Instant::now(), Mutex::new(Line::new(err)))))
    }

    /// One more file is found.
    pub fn expect_one(&self) {
        self.change(|line, _| line.total += 1);
    }

    /// All files are found.
    pub fn know_all(&self) {
        self.change(|line, _| line.knows_all = true);
    }

    /// One more file is done.
    pub fn step(&self) {
        self.change(Line::step);
    }

    fn change(&self, change: impl FnOnce(&mut Line<Stderr>, Duration)) {
        if let Some((start, line)) = &self.0 {
            change(&mut line.lock().unwrap_or_else(PoisonError::into_inner), start.elapsed());
        }
    }
}

/// Whether to show progress, by standard error and the environment variables.
fn is_wanted(is_terminal: bool, quiet: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let in_ci = variable("CI").is_some_and(|value| !value.is_empty() && value != "false");
    is_terminal && !quiet && !in_ci && variable("TERM").is_none_or(|terminal| terminal != "dumb")
}

/// The line itself.
struct Line<W: Write> {
    out: W,
    /// How many files are found, and whether these are all.
    total: usize,
    knows_all: bool,
    done: usize,
    /// When it was drawn last.
    drawn: Option<Duration>,
}

impl<W: Write> Line<W> {
    fn new(out: W) -> Self {
        Self { out, total: 0, knows_all: false, done: 0, drawn: None }
    }

    /// One more file is done, so long `after` the start.
    fn step(&mut self, after: Duration) {
        self.done += 1;
        if after >= self.drawn.map_or(PATIENCE, |drawn| drawn + PAUSE) {
            self.drawn = Some(after);
            let so_far = if self.knows_all { "" } else { " found so far" };
            let text = format!("\r\x1b[K{} of {} files{so_far}", self.done, self.total);
            self.write(&text);
        }
    }

    /// A line that cannot be drawn is no reason to stop.
    fn write(&mut self, text: &str) {
        let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
    }
}

impl<W: Write> Drop for Line<W> {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            self.write("\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written when files are done at these times, in milliseconds.
    fn written(times: &[u64]) -> String {
        let mut out = Vec::new();
        let mut line = Line::new(&mut out);
        line.total = times.len();
        line.knows_all = true;
        times.iter().for_each(|&time| line.step(Duration::from_millis(time)));
        drop(line);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_short_run_writes_nothing() {
        assert_eq!(written(&[]), "");
        assert_eq!(written(&[0, 500, 1999]), "");
    }

    #[test]
    fn a_long_run_draws_ten_times_a_second_at_most_and_erases_the_line() {
        let drawn = |done: usize| format!("\r\x1b[K{done} of 6 files");
        let expected = format!("{}{}{}\r\x1b[K", drawn(2), drawn(4), drawn(6));
        assert_eq!(written(&[10, 2000, 2099, 2100, 2101, 9000]), expected);
    }

    #[test]
    fn while_files_are_looked_for_it_says_so() {
        let mut out = Vec::new();
        let mut line = Line::new(&mut out);
        line.total = 7;
        line.step(PATIENCE);
        drop(line);
        assert_eq!(String::from_utf8(out).unwrap(), "\r\x1b[K1 of 7 files found so far\r\x1b[K");
    }

    #[test]
    fn it_is_for_a_person_at_a_terminal_only() {
        let wanted = |is_terminal, quiet, variables: &[(&str, &str)]| {
            is_wanted(is_terminal, quiet, |name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
            })
        };
        assert!(wanted(true, false, &[("TERM", "xterm")]));
        assert!(wanted(true, false, &[("CI", "false")]));
        assert!(!wanted(false, false, &[("TERM", "xterm")]));
        assert!(!wanted(true, true, &[("TERM", "xterm")]));
        assert!(!wanted(true, false, &[("TERM", "dumb")]));
        assert!(!wanted(true, false, &[("CI", "true")]));
    }
}
