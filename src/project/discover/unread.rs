//! Files that are not read as code, looked through for the names of tokens only.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use memchr::memchr;

use crate::app;
use crate::census::beside::named_tokens;
use crate::text::source::{MAX_FILE_BYTES, ReadError, Source, wide};

/// So many bytes are read first; of a file that is binary there, no more is read.
const HEAD: usize = 8 * 1024;
/// A file that is too large is looked through in chunks of this size.
const CHUNK: usize = 1024 * 1024;
/// So many bytes of a chunk are looked at again with the next one: a token and its host may stand on both sides of the cut.
const OVERLAP: usize = 16 * 1024;

/// The file's text, decoded, if it names an authtoken beside a host of Zoho's, or is of an app and names one of the two.
///
/// # Errors
/// [`ReadError::Io`], and [`ReadError::TooLarge`] for such a file that is too large for a finding.
pub fn look_into(path: &Path) -> Result<Option<Source>, ReadError> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    (&mut file).take(HEAD as u64).read_to_end(&mut bytes)?;
    if is_binary(&bytes) {
        return Ok(None);
    }
    if bytes.len() == HEAD {
        let length = file.metadata()?.len();
        if length > MAX_FILE_BYTES {
            return if names_token_somewhere(&mut file, path)? { Err(ReadError::TooLarge(length)) } else { Ok(None) };
        }
        bytes.reserve_exact(usize::try_from(length).unwrap_or(0).saturating_sub(HEAD));
        file.take(MAX_FILE_BYTES - HEAD as u64).read_to_end(&mut bytes)?;
    }
    Ok(look_at(path, bytes))
}

/// The same for the content of a file.
pub fn look_at(path: &Path, bytes: Vec<u8>) -> Option<Source> {
    if is_binary(bytes.get(..HEAD).unwrap_or(&bytes)) {
        return None;
    }
    let encoding = wide(&bytes, memchr(0, &bytes).is_some());
    let may_be_app = app::Language::by_name(path).is_some();
    if encoding.is_none() && !(may_name_token(&bytes) || (may_be_app && app::may_concern(&bytes))) {
        return None;
    }
    let text = match encoding {
        Some((likely, _)) if likely.starts_with("UTF-32") => from_utf32(&bytes, likely.contains("big")),
        Some((likely, _)) => from_utf16(&bytes, likely.contains("big") || bytes.starts_with(&[0xFE, 0xFF])),
        // Of single-byte encodings all have the same letters that matter here.
        None => {
            String::from_utf8(bytes).unwrap_or_else(|error| error.as_bytes().iter().copied().map(char::from).collect())
        }
    };
    let is_apps = || may_be_app && app::may_concern(text.as_bytes()) && app::language(path, &text).is_some();
    (is_apps() || !named_tokens(path, &text).0.is_empty()).then(|| Source::new(path, text))
}

fn is_binary(head: &[u8]) -> bool {
    memchr(0, head).is_some() && wide(head, true).is_none()
}

fn may_name_token(bytes: &[u8]) -> bool {
    static NAMES: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(["authtoken", "auth_token"]).ok());
    NAMES.as_ref().is_none_or(|names| names.is_match(bytes))
}

fn from_utf16(bytes: &[u8], big: bool) -> String {
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [first, second] if big => u16::from_be_bytes([*first, *second]),
        [first, second] => u16::from_le_bytes([*first, *second]),
        _ => 0,
    });
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn from_utf32(bytes: &[u8], big: bool) -> String {
    let letters = bytes.chunks_exact(4).map(|unit| match unit.try_into() {
        Ok(unit) => char::from_u32(if big { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) }),
        Err(_) => None,
    });
    letters.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Whether a file of any size names an authtoken beside a host of Zoho's.
fn names_token_somewhere(file: &mut File, path: &Path) -> Result<bool, ReadError> {
    file.seek(SeekFrom::Start(0))?;
    let mut chunk = Vec::new();
    loop {
        let read = file.take(CHUNK as u64).read_to_end(&mut chunk)?;
        if may_name_token(&chunk) && !named_tokens(path, &String::from_utf8_lossy(&chunk)).0.is_empty() {
            return Ok(true);
        }
        if read == 0 {
            return Ok(false);
        }
        chunk.drain(..chunk.len().saturating_sub(OVERLAP));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "$u = \"https://desk.zoho.com/api/v1/tickets?authtoken=\" . $t; // prüfen\n";

    #[test]
    fn text_is_read_in_any_encoding() {
        let path = Path::new("a.php");
        let wide = |big: bool| {
            LINE.encode_utf16().flat_map(move |unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
        };
        let latin = LINE.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap());
        let four = LINE.chars().flat_map(|letter| u32::from(letter).to_be_bytes());
        let contents: [Vec<u8>; 7] = [
            LINE.into(),
            four.collect(),
            latin.collect(),
            wide(false).collect(),
            wide(true).collect(),
            [0xFF, 0xFE].into_iter().chain(wide(false)).collect(),
            [0xFE, 0xFF].into_iter().chain(wide(true)).collect(),
        ];
        for bytes in contents {
            assert!(look_at(path, bytes).unwrap().text().ends_with(LINE));
        }
        assert!(look_at(path, format!("\0{LINE}").into()).is_none());
        assert!(look_at(path, b"$u = 1;".to_vec()).is_none());
    }

    #[test]
    fn a_file_that_is_too_large_is_looked_through() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("big.php");
        let filling = "x".repeat(99) + "\n";
        for (at, names) in [(CHUNK * 3 - 20, true), (0, false)] {
            let size = usize::try_from(MAX_FILE_BYTES).unwrap() + 1;
            let mut text = filling.repeat(size / 100 + 1);
            if names {
                text.replace_range(at..at + LINE.len(), LINE);
            }
            std::fs::write(&path, text).unwrap();
            assert_eq!(matches!(look_into(&path), Err(ReadError::TooLarge(_))), names);
        }
    }
}
