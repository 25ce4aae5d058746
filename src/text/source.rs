//! A file's text: reading it, byte ranges in it, and the way from a byte offset to a line and column.

use std::cell::RefCell;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Files above this many bytes are refused (64 MiB, product contract).
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// A half-open range of byte offsets into one text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct TextRange {
    start: u32,
    end: u32,
}

impl TextRange {
    /// The range from byte `start` up to, not including, byte `end`; an `end` before `start` gives an empty range.
    pub fn new(start: usize, end: usize) -> Self {
        // Files are at most 64 MiB, so the conversion never saturates on a text that was read.
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        Self { start, end: end.max(start) }
    }

    /// An empty range at byte `at`.
    pub fn empty(at: usize) -> Self {
        Self::new(at, at)
    }

    /// First byte.
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// One past the last byte.
    pub fn end(self) -> usize {
        self.end as usize
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        self.end() - self.start()
    }

    /// Whether it holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether the byte `offset` lies inside.
    pub fn contains(self, offset: usize) -> bool {
        self.start() <= offset && offset < self.end()
    }

    /// Whether `other` lies wholly inside (or is equal).
    pub fn contains_range(self, other: TextRange) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two share a byte.
    pub fn intersects(self, other: TextRange) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The smallest range that holds both.
    pub fn cover(self, other: TextRange) -> TextRange {
        TextRange { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The text of the range; empty when the range does not fit the text.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start()..self.end()).unwrap_or("")
    }
}

/// Ranges of one text, to be asked whether one of them holds another range. By the start of each, how far those that start
/// up to there reach.
#[derive(Debug)]
pub struct Ranges(Vec<TextRange>);

impl Ranges {
    /// The ranges, in any order.
    pub fn of(mut ranges: Vec<TextRange>) -> Self {
        ranges.sort_unstable();
        let mut furthest = 0;
        let reach = |range: TextRange| {
            furthest = furthest.max(range.end());
            TextRange::new(range.start(), furthest)
        };
        Self(ranges.into_iter().map(reach).collect())
    }

    /// Whether one of the ranges holds all of `range`. Logarithmic in their number.
    pub fn holds(&self, range: TextRange) -> bool {
        let before = self.0.partition_point(|reach| reach.start() <= range.start());
        before.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|reach| reach.end() >= range.end())
    }

    /// Whether one of the ranges shares a byte with `range`, or holds it where it is empty. Logarithmic in their number.
    pub fn touches(&self, range: TextRange) -> bool {
        let before = self.0.partition_point(|reach| reach.start() < range.end());
        let meets =
            before.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|reach| reach.end() > range.start());
        meets || self.holds(range)
    }
}

/// A place in a text as people count it: both 1-based, the column in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    /// 1-based line.
    pub line: u32,
    /// 1-based column in characters.
    pub column: u32,
}

/// Every `CHECKPOINT` bytes the index keeps a count of characters, so that columns in one very long line stay cheap.
const CHECKPOINT: usize = 4096;

/// Line starts of a text. `\n`, `\r\n` and a lone `\r` end a line.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// Characters before byte `i * CHECKPOINT` (rounded down to a character boundary). Counted when a long line asks.
    characters: OnceLock<Vec<u32>>,
    length: usize,
    bom: bool,
}

impl LineIndex {
    /// Indexes `text`; linear in its length.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let crlf = bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n');
            if !crlf {
                starts.push(at as u32 + 1);
            }
        }
        Self { starts, characters: OnceLock::new(), length: bytes.len(), bom: text.starts_with('\u{feff}') }
    }

    /// Number of lines; an empty text has one.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The 1-based line that holds byte `offset`.
    pub fn line(&self, offset: usize) -> u32 {
        self.starts.partition_point(|&start| start as usize <= offset).max(1) as u32
    }

    /// The range of 1-based `line` in bytes, with its line ending; empty at the end of the text for a line past the last.
    pub fn line_range(&self, line: u32) -> TextRange {
        let start = self.starts.get(line.saturating_sub(1) as usize).map_or(self.length, |&start| start as usize);
        let end = self.starts.get(line as usize).map_or(self.length, |&start| start as usize);
        TextRange::new(start, end)
    }

    /// Line and column of byte `offset` of `text`, which must be the indexed text. A byte order mark is not counted.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let line = self.line(offset);
        let start = self.line_range(line).start();
        let bom = usize::from(self.bom && line == 1 && offset > 0);
        let before = match text.as_bytes().get(start..offset) {
            Some(before) if before.len() < CHECKPOINT => count_characters(before) as usize,
            _ => self.characters_before(text, offset).saturating_sub(self.characters_before(text, start)),
        };
        // Files are at most 64 MiB, so this never saturates on a text that was read.
        Position { line, column: u32::try_from(before.saturating_sub(bom) + 1).unwrap_or(u32::MAX) }
    }

    fn characters_before(&self, text: &str, offset: usize) -> usize {
        let offset = offset.min(self.length);
        let chunk = offset / CHECKPOINT;
        let characters = self.characters.get_or_init(|| {
            let counts = text.as_bytes().chunks(CHECKPOINT).map(count_characters);
            let mut before = vec![0];
            before.extend(counts.scan(0, |count, more| {
                *count += more;
                Some(*count)
            }));
            before
        });
        let known = characters.get(chunk).copied().unwrap_or(0) as usize;
        let rest = text.as_bytes().get(chunk * CHECKPOINT..offset).unwrap_or(&[]);
        known + count_characters(rest) as usize
    }
}

/// Characters that begin in `bytes`: every byte but UTF-8's continuation bytes begins one.
fn count_characters(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() as u32
}

/// What makes UTF-8 of a file in that encoding.
fn conversion(encoding: &str) -> String {
    if cfg!(windows) {
        "Save As and the encoding UTF-8 in an editor".to_owned()
    } else {
        format!("`iconv -f {encoding} -t UTF-8`")
    }
}

/// Why a file could not be taken as text.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file system said no.
    #[error("cannot read it: {0}")]
    Io(#[from] std::io::Error),
    /// Larger than [`MAX_FILE_BYTES`].
    #[error("it has {0} bytes; files over 64 MiB are not read")]
    TooLarge(u64),
    /// Not UTF-8. `likely` names the probable encoding, `iconv` is that encoding's name for the `iconv` program.
    #[error(
        "it is not UTF-8 (byte {offset} cannot be read), but probably {likely}; convert it, for instance with {}",
        conversion(iconv)
    )]
    NotUtf8 {
        /// The first offending byte, from 0.
        offset: usize,
        /// The encoding for people.
        likely: &'static str,
        /// The encoding for `iconv -f`.
        iconv: &'static str,
    },
    /// Holds a NUL byte and is neither UTF-16 nor UTF-32.
    #[error(
        "it is not text: byte {0} is NUL; if it should be text, remove such bytes, for instance with `tr -d '\\000' < FILE > NEW`"
    )]
    Binary(usize),
}

/// One file's text and where it came from.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    text: String,
    index: OnceLock<LineIndex>,
}

impl Source {
    /// A text that is already in memory.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into(), index: OnceLock::new() }
    }

    /// Reads `path`.
    ///
    /// # Errors
    /// Every [`ReadError`].
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let mut file = File::open(path)?;
        let mut bytes = beginning(&mut file)?;
        if bytes.len() == BEGINNING {
            let length = file.metadata()?.len();
            if length > MAX_FILE_BYTES {
                return Err(ReadError::TooLarge(length));
            }
            // A device has no length, and no end perhaps.
            bytes.reserve_exact(usize::try_from(length).unwrap_or(0).saturating_sub(BEGINNING));
            file.take(MAX_FILE_BYTES + 1 - BEGINNING as u64).read_to_end(&mut bytes)?;
        }
        Self::from_bytes(path, bytes)
    }

    /// Reads the first 64 KiB of a file, up to the last whole character.
    ///
    /// # Errors
    /// [`ReadError::Io`], [`ReadError::NotUtf8`] and [`ReadError::Binary`].
    pub fn read_beginning(path: &Path) -> Result<Self, ReadError> {
        let mut bytes = Vec::new();
        File::open(path)?.take(BEGINNING as u64).read_to_end(&mut bytes)?;
        if let Err(error) = std::str::from_utf8(&bytes)
            && error.error_len().is_none()
        {
            bytes.truncate(error.valid_up_to());
        }
        Self::from_bytes(path, bytes)
    }

    /// Takes `bytes` as the content of `path`.
    ///
    /// # Errors
    /// [`ReadError::TooLarge`], [`ReadError::NotUtf8`] and [`ReadError::Binary`].
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, ReadError> {
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(ReadError::TooLarge(bytes.len() as u64));
        }
        let nul = memchr::memchr(0, &bytes);
        if let Some((likely, iconv)) = wide(&bytes, nul.is_some()) {
            return Err(ReadError::NotUtf8 { offset: 0, likely, iconv });
        }
        if let Some(at) = nul {
            return Err(ReadError::Binary(at));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(path, text)),
            Err(error) => Err(ReadError::NotUtf8 {
                offset: error.utf8_error().valid_up_to(),
                likely: "Windows-1252 or Latin-1",
                iconv: "WINDOWS-1252",
            }),
        }
    }

    /// The path as it was named or found.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole text, a byte order mark included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text alone.
    pub fn into_text(self) -> String {
        self.text
    }

    /// The line index, made at the first call.
    pub fn index(&self) -> &LineIndex {
        self.index.get_or_init(|| LineIndex::new(&self.text))
    }

    /// Line and column of a byte offset.
    pub fn position(&self, offset: usize) -> Position {
        self.index().position(&self.text, offset)
    }
}

/// So many bytes are read at first, which is all of most files.
const BEGINNING: usize = 64 * 1024;

/// The first bytes of a file, [`BEGINNING`] of them if there are so many.
fn beginning(file: &mut File) -> std::io::Result<Vec<u8>> {
    thread_local! {
        // To ask for the length, and make room for it, takes longer than to copy what is there.
        static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; BEGINNING]);
    }
    BUFFER.with_borrow_mut(|buffer| {
        let mut length = 0;
        while let Some(rest) = buffer.get_mut(length..).filter(|rest| !rest.is_empty()) {
            match file.read(rest) {
                Ok(0) => break,
                Ok(more) => length += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(buffer.get(..length).unwrap_or(&[]).to_vec())
    })
}

/// UTF-16 or UTF-32 by its byte order mark, or by NULs, if there are any, where they stand in the characters of the first
/// kilobyte.
pub(crate) fn wide(bytes: &[u8], nuls: bool) -> Option<(&'static str, &'static str)> {
    const LITTLE: (&str, &str) = ("UTF-16 (little endian)", "UTF-16LE");
    const BIG: (&str, &str) = ("UTF-16 (big endian)", "UTF-16BE");
    const LITTLE_32: (&str, &str) = ("UTF-32 (little endian)", "UTF-32LE");
    const BIG_32: (&str, &str) = ("UTF-32 (big endian)", "UTF-32BE");
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] => return Some((LITTLE_32.0, "UTF-32")),
        [0, 0, 0xFE, 0xFF, ..] => return Some((BIG_32.0, "UTF-32")),
        [0xFF, 0xFE, ..] => return Some((LITTLE.0, "UTF-16")),
        [0xFE, 0xFF, ..] => return Some((BIG.0, "UTF-16")),
        _ if !nuls => return None,
        _ => {}
    }
    let head = bytes.get(..1024).unwrap_or(bytes);
    let nuls = |from: usize, step: usize| head.iter().skip(from).step_by(step).filter(|&&byte| byte == 0).count();
    // Of four bytes, two are NUL in every character, and one in none.
    let fours = head.len() / 4;
    if fours > 0 && nuls(2, 4) == fours && nuls(3, 4) == fours && nuls(0, 4) == 0 {
        return Some(LITTLE_32);
    }
    if fours > 0 && nuls(0, 4) >= fours && nuls(1, 4) >= fours && nuls(3, 4) == 0 {
        return Some(BIG_32);
    }
    let (even, odd, pairs) = (nuls(0, 2), nuls(1, 2), head.len() / 2);
    if pairs < 2 {
        return None;
    }
    if odd * 10 >= pairs * 7 && even == 0 {
        Some(LITTLE)
    } else if even * 10 >= pairs * 7 && odd == 0 {
        Some(BIG)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_every_kind_of_line_ending_and_characters() {
        let text = "\u{feff}a\r\nbé\rc\n\nd";
        let index = LineIndex::new(text);
        let at = |needle: char| index.position(text, text.find(needle).unwrap());
        assert_eq!(at('a'), Position { line: 1, column: 1 });
        assert_eq!(at('b'), Position { line: 2, column: 1 });
        assert_eq!(at('é'), Position { line: 2, column: 2 });
        assert_eq!(at('c'), Position { line: 3, column: 1 });
        assert_eq!(at('d'), Position { line: 5, column: 1 });
        assert_eq!(index.lines(), 5);
        assert_eq!(index.line_range(2).of(text), "bé\r");
    }

    #[test]
    fn columns_in_a_long_line_agree_with_a_plain_count() {
        let text = "é1".repeat(9000);
        let index = LineIndex::new(&text);
        for offset in [0, 3, 4095, 4098, 12_288, 26_997] {
            let plain = text.get(..offset).map(|head| head.chars().count() + 1);
            assert_eq!(Some(index.position(&text, offset).column as usize), plain, "offset {offset}");
        }
    }

    #[test]
    fn files_are_read_whole_however_long() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.dg");
        for length in [0, 1, BEGINNING - 1, BEGINNING, BEGINNING + 1, 3 * BEGINNING] {
            let text: String = "abcdefghi\n".chars().cycle().take(length).collect();
            std::fs::write(&path, &text).unwrap();
            assert!(Source::read(&path).unwrap().text() == text, "{length}");
        }
        File::create(&path).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
        assert!(matches!(Source::read(&path), Err(ReadError::TooLarge(length)) if length == MAX_FILE_BYTES + 1));
    }

    #[test]
    fn encodings_are_told_apart() {
        let read = |bytes: &[u8]| Source::from_bytes(Path::new("x"), bytes.to_vec());
        assert!(matches!(read(b"\xFF\xFEa\0"), Err(ReadError::NotUtf8 { likely: "UTF-16 (little endian)", .. })));
        assert!(matches!(read(b"\0a\0b\0c"), Err(ReadError::NotUtf8 { likely: "UTF-16 (big endian)", .. })));
        assert!(matches!(read(b"\xFF\xFE\0\0a\0\0\0"), Err(ReadError::NotUtf8 { iconv: "UTF-32", .. })));
        assert!(matches!(read(b"\0\0\xFE\xFF\0\0\0a"), Err(ReadError::NotUtf8 { iconv: "UTF-32", .. })));
        assert!(matches!(read(b"a\0\0\0\x42\x20\0\0c"), Err(ReadError::NotUtf8 { iconv: "UTF-32LE", .. })));
        assert!(matches!(read(b"\0\0\0a\0\0\0b\0"), Err(ReadError::NotUtf8 { iconv: "UTF-32BE", .. })));
        assert!(matches!(read(b"a\0b\0c\0"), Err(ReadError::NotUtf8 { iconv: "UTF-16LE", .. })));
        assert!(matches!(read(b"abc\0def"), Err(ReadError::Binary(3))));
        assert!(matches!(read(b"caf\xE9"), Err(ReadError::NotUtf8 { offset: 3, .. })));
        assert_eq!(read("\u{feff}é".as_bytes()).unwrap().text(), "\u{feff}é");
    }
}
