//! Rounds come to an end, whatever the fixes do to one another: there are only so many, and the text grows only so far.

use super::Problem;

/// Each round applies all that does not overlap; more than a few mean that fixes undo one another.
const MOST_ROUNDS: usize = 128;

/// A text may become this many times as long, and a little more. A short call, `getUrl(u);`, becomes a block of about twelve
/// times its length.
const MOST_GROWTH: usize = 32;
const MORE_BYTES: usize = 64 * 1024;

/// Counts the rounds of one file.
#[derive(Debug)]
pub(super) struct Guard {
    rounds: usize,
    /// In bytes.
    longest: usize,
}

impl Guard {
    /// For the rounds that begin with this text.
    pub(super) fn of(text: &str) -> Self {
        Self { rounds: 0, longest: text.len().saturating_mul(MOST_GROWTH).saturating_add(MORE_BYTES) }
    }

    /// Lets one more round begin, with this text.
    ///
    /// # Errors
    /// [`Problem::Unsound`] when there were too many, or the text has grown too long.
    pub(super) fn pass(&mut self, text: &str) -> Result<(), Problem> {
        if self.rounds == MOST_ROUNDS {
            return Err(Problem::Unsound("the changes would not come to an end"));
        }
        if text.len() > self.longest {
            return Err(Problem::Unsound("the file would become far too long"));
        }
        self.rounds += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(mut text: String, round: impl Fn(String) -> String) -> (usize, &'static str) {
        let mut guard = Guard::of(&text);
        let mut done = 0;
        loop {
            match guard.pass(&text) {
                Ok(()) => text = round(text),
                Err(Problem::Unsound(reason)) => return (done, reason),
                Err(other) => panic!("{other}"),
            }
            done += 1;
        }
    }

    #[test]
    fn changes_that_undo_one_another_end() {
        let swap = |text: String| if text == "a" { "b".to_owned() } else { "a".to_owned() };
        assert_eq!(rounds("a".to_owned(), swap), (MOST_ROUNDS, "the changes would not come to an end"));
    }

    #[test]
    fn a_text_that_doubles_ends_before_it_fills_the_memory() {
        let (done, reason) = rounds("x".repeat(MORE_BYTES), |text| text.repeat(2));
        assert_eq!(reason, "the file would become far too long");
        assert_eq!(done, 6, "64 times is too much, 32 times is not");
    }
}
