//! Addresses of files as the protocol has them, and their paths.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use lsp_types::Uri;

/// The path of a `file:` address.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    // Without the host, which is empty or `localhost`.
    let path = rest.get(rest.find('/')?..)?;
    let bytes = decoded(path.split(['?', '#']).next()?)?;
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
    }
    #[cfg(not(unix))]
    {
        // `/c:/functions` is `c:/functions`.
        let path = String::from_utf8(bytes).ok()?;
        Some(PathBuf::from(path.strip_prefix('/').filter(|rest| rest.contains(':')).unwrap_or(&path)))
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, more)) = rest.split_first() {
        rest = more;
        bytes.push(match (first, more) {
            (b'%', [high, low, after @ ..]) => {
                rest = after;
                let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit(*high)? * 16 + digit(*low)?
            }
            _ => first,
        });
    }
    Some(bytes)
}

/// The address of a file; its path is absolute.
pub(super) fn of(path: &Path) -> Option<Uri> {
    let path = path.to_str()?.replace(std::path::MAIN_SEPARATOR, "/");
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "file:///" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn paths_come_back_as_they_were() {
        for name in ["/a/b c.deluge", "/ä/%41#?.dg", "/C:/x", "/"] {
            let uri = of(Path::new(name)).unwrap();
            assert_eq!(path(&uri).unwrap(), Path::new(name), "{}", uri.as_str());
        }
        assert_eq!(path(&"file:///c%3A/x".parse().unwrap()).unwrap(), Path::new("/c:/x"));
        assert_eq!(path(&"file://localhost/x".parse().unwrap()).unwrap(), Path::new("/x"));
        assert_eq!(path(&"untitled:Untitled-1".parse().unwrap()), None);
    }
}
