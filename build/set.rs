//! Sets of the bytes that may come next in a text, with its end as one more.

/// The end of the text.
pub const END: usize = 256;

const WORDS: usize = END / 64 + 1;

/// A set of next bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Set([u64; WORDS]);

impl Set {
    pub const NONE: Self = Self([0; WORDS]);

    /// Every byte, and the end.
    pub fn all() -> Self {
        Self::of(0..=END)
    }

    pub fn of(members: impl IntoIterator<Item = usize>) -> Self {
        let mut set = Self::NONE;
        members.into_iter().for_each(|member| set.insert(member));
        set
    }

    fn insert(&mut self, member: usize) {
        if let Some(word) = self.0.get_mut(member / 64) {
            *word |= 1 << (member % 64);
        }
    }

    pub fn contains(self, member: usize) -> bool {
        self.0.get(member / 64).is_some_and(|word| word & (1 << (member % 64)) != 0)
    }

    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    pub fn or(self, other: Self) -> Self {
        self.zip(other, |one, other| one | other)
    }

    pub fn and(self, other: Self) -> Self {
        self.zip(other, |one, other| one & other)
    }

    pub fn without(self, other: Self) -> Self {
        self.zip(other, |one, other| one & !other)
    }

    pub fn is_within(self, other: Self) -> bool {
        self.without(other).is_empty()
    }

    fn zip(self, other: Self, join: impl Fn(u64, u64) -> u64) -> Self {
        let mut words = self.0;
        words.iter_mut().zip(other.0).for_each(|(one, other)| *one = join(*one, other));
        Self(words)
    }

    pub fn members(self) -> impl Iterator<Item = usize> {
        (0..=END).filter(move |&member| self.contains(member))
    }

    /// A pattern for an `Option<u8>`.
    pub fn pattern(self) -> String {
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for byte in self.members().filter(|&member| member != END) {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == byte => *last = byte,
                _ => ranges.push((byte, byte)),
            }
        }
        let ranges: Vec<String> = ranges
            .iter()
            .map(|(first, last)| if first == last { format!("{first}") } else { format!("{first}..={last}") })
            .collect();
        let bytes = (!ranges.is_empty()).then(|| format!("Some({})", ranges.join(" | ")));
        let end = self.contains(END).then(|| "None".to_owned());
        bytes.into_iter().chain(end).collect::<Vec<_>>().join(" | ")
    }
}
