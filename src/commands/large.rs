//! Large files are worked on by one thread, one after another: all that is known of such a file takes many times its size,
//! and an allocator keeps for each thread what that thread has given back. Four files of 2 MiB each (`benches/growth`, "short
//! assignments") take 229 MB with two threads, where one of them takes 213; without this, each further thread adds as much
//! again. The price: a folder of nothing but large files uses one core.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;

use crate::text::source::Source;

/// A file of more bytes than this is large.
const LARGE: usize = 256 * 1024;

/// The large files that wait for their thread.
pub(super) struct Large<C>(Mutex<Queue<C>>);

struct Queue<C> {
    /// The thread that was the first to come to one, as long as it works.
    thread: Option<ThreadId>,
    waiting: Vec<C>,
}

impl<C> Default for Large<C> {
    fn default() -> Self {
        Self(Mutex::new(Queue { thread: None, waiting: Vec::new() }))
    }
}

impl<C> Large<C> {
    /// Whether this thread is to work on the file: on every file that is not large, and if it is the one for those, on all.
    pub(super) fn is_mine(&self, source: &Source) -> bool {
        source.text().len() <= LARGE || self.queue().is_mine()
    }

    /// Leaves a file to the thread for large ones. Gives it back when that has ended meanwhile; then this is the one.
    pub(super) fn leave(&self, file: C) -> Option<C> {
        let mut queue = self.queue();
        if queue.is_mine() {
            return Some(file);
        }
        queue.waiting.push(file);
        None
    }

    /// A file that was left to this thread.
    pub(super) fn next(&self) -> Option<C> {
        let mut queue = self.queue();
        let mine = queue.thread == Some(std::thread::current().id());
        mine.then(|| queue.waiting.pop()).flatten()
    }

    /// The same for a thread that ends when there is none.
    pub(super) fn last(&self) -> Option<C> {
        let mut queue = self.queue();
        let mine = queue.thread == Some(std::thread::current().id());
        let file = mine.then(|| queue.waiting.pop()).flatten();
        if mine && file.is_none() {
            queue.thread = None;
        }
        file
    }

    fn queue(&self) -> MutexGuard<'_, Queue<C>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> Queue<C> {
    /// Whether this thread is the one for large files, which it becomes when there is none.
    fn is_mine(&mut self) -> bool {
        let this = std::thread::current().id();
        *self.thread.get_or_insert(this) == this
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_works_on_all_that_are_large() {
        let (large, small) = (Source::new("a", "a".repeat(LARGE + 1)), Source::new("b", "b"));
        let files: Large<u8> = Large::default();
        assert!(files.is_mine(&large));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert!(files.is_mine(&small) && !files.is_mine(&large));
                assert_eq!((files.leave(1), files.next(), files.last()), (None, None, None));
            });
        });
        assert_eq!((files.next(), files.last()), (Some(1), None));
        // Its thread has ended: the next one that has a large file is the one.
        std::thread::scope(|scope| {
            scope.spawn(|| assert_eq!(files.leave(2), Some(2)));
        });
        assert!(!files.is_mine(&large));
    }
}
