//! What a new text does not hold of what was promised.

/// What a new text does not hold.
pub(super) enum Broken {
    /// One migration is to blame: the ordinal of its call, and the promise.
    Call(usize, &'static str),
    /// The text as a whole.
    Text(&'static str),
}
