//! What is known of Deluge without parsing it: where its texts and comments are. Outside of pages and exports, and but for an
//! apostrophe, which need not begin a text, the grammar lets nothing but a text begin with `"`, and nothing but a comment
//! with `//` or `/*`.

use memchr::{memchr2, memchr3, memmem};

use crate::deluge::is_export;

/// A stretch of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'t> {
    /// Neither text nor comment.
    Code(&'t [u8]),
    /// What stands between straight quotes; of a text that never ends, all that follows.
    Text(&'t [u8]),
    /// A comment.
    Comment,
    /// An apostrophe: what follows takes a parser, and there are no more pieces.
    Unclear,
}

/// The pieces of a file, in text order; `None` for a page or an export.
pub fn pieces(text: &str) -> Option<Pieces<'_>> {
    let is_page = memmem::find(text.as_bytes(), b"<%").or_else(|| memmem::find(text.as_bytes(), b"%>")).is_some();
    (!is_page && !is_export(text)).then_some(Pieces { rest: text.as_bytes() })
}

/// Iterates over [`Piece`]s.
#[derive(Clone, Debug)]
pub struct Pieces<'t> {
    rest: &'t [u8],
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        let (piece, rest) = match self.rest {
            [] => return None,
            [b'/', b'/', comment @ ..] => (Piece::Comment, behind(comment, memchr2(b'\n', b'\r', comment))),
            [b'/', b'*', comment @ ..] => {
                (Piece::Comment, behind(comment, memmem::find(comment, b"*/").map(|at| at + 2)))
            }
            [b'"', inside @ ..] => {
                let end = end_of_text(inside);
                (Piece::Text(inside.get(..end).unwrap_or(inside)), behind(inside, Some(end + 1)))
            }
            [b'\'', ..] => (Piece::Unclear, &[][..]),
            [_, more @ ..] => {
                let length = memchr3(b'"', b'\'', b'/', more).unwrap_or(more.len());
                let (code, rest) = self.rest.split_at_checked(length + 1)?;
                (Piece::Code(code), rest)
            }
        };
        self.rest = rest;
        Some(piece)
    }
}

/// What follows from byte `at` on; nothing without an end.
fn behind(bytes: &[u8], at: Option<usize>) -> &[u8] {
    at.and_then(|at| bytes.get(at..)).unwrap_or(&[])
}

/// Where the quote is that ends a text which has begun, or the end.
fn end_of_text(inside: &[u8]) -> usize {
    let mut from = 0;
    while let Some(at) = memchr2(b'"', b'\\', behind(inside, Some(from))) {
        if inside.get(from + at) == Some(&b'"') {
            return from + at;
        }
        // Of a character of several bytes the rest is neither.
        from += at + 2;
    }
    inside.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(text: &str) -> Vec<String> {
        let spell = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let show = |piece| match piece {
            Piece::Code(code) => spell(code),
            Piece::Text(text) => format!("<{}>", spell(text)),
            Piece::Comment => "#".to_owned(),
            Piece::Unclear => "?".to_owned(),
        };
        pieces(text).into_iter().flatten().map(show).collect()
    }

    #[test]
    fn texts_and_comments_are_told_from_code() {
        assert_eq!(spelt("x = \"a // b\"; // c \"d\ny"), ["x = ", "<a // b>", "; ", "#", "\ny"]);
        assert_eq!(spelt("\"a\\\"b\\\\\"/2/* \" */\"\""), ["<a\\\"b\\\\>", "/2", "#", "<>"]);
        assert_eq!(spelt("a = \"never closed \\"), ["a = ", "<never closed \\>"]);
        assert_eq!(spelt("a /* never closed"), ["a ", "#"]);
        assert_eq!(spelt("a = 'b' + \"c\""), ["a = ", "?"]);
        assert_eq!(spelt("<% a %>"), [] as [&str; 0]);
        assert_eq!(spelt(""), [] as [&str; 0]);
    }
}
