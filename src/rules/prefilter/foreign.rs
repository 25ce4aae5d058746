//! Other vendors' requests carry an `Authorization` header too. Where each of a file's visibly goes to somebody else, there is
//! nothing to find, and to see that takes a small part of the time that an examination takes.

use crate::deluge::lexical::{Piece, pieces};
use crate::zoho::target::{self, Owner};

/// The name of the header.
const HEADER: &[u8] = b"authorization";

/// Whether all that `text` says of such headers stands in comments, and in requests like
/// `invokeurl [ url: "https://api.example.com/…" headers: {"Authorization": …} ]`. What looks different in any way is not told.
pub fn are_all_foreign(text: &str) -> bool {
    let Some(pieces) = pieces(text) else { return false };
    let mut reader = Reader::default();
    for piece in pieces {
        let goes_on = match piece {
            Piece::Comment => true,
            Piece::Text(text) => reader.text(text),
            Piece::Code(code) => reader.code(code),
            Piece::Unclear => false,
        };
        if !goes_on {
            return false;
        }
    }
    reader.open.is_empty()
}

/// The token before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Token<'t> {
    Word(&'t [u8]),
    Sign(u8),
    Text,
}

/// A bracket that is open.
#[derive(Default)]
struct Open {
    /// The bracket that closes it.
    closing: u8,
    /// Whether it holds the attributes of an `invokeurl`.
    is_request: bool,
    /// Whether it is the map of that request's headers.
    is_headers: bool,
    /// Whether the header is one of the request's.
    has_header: bool,
    /// How many URLs the request has, and whether the last one is visibly somebody else's.
    urls: usize,
    is_foreign: bool,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Next {
    #[default]
    Anything,
    /// Behind the header's name: a colon.
    Colon,
    /// Behind the literal that a URL begins with: more of it, or the next attribute, but no method that makes another text of it.
    RestOfUrl,
}

/// Reads tokens. Its methods say whether all they saw is like what is described above.
#[derive(Default)]
struct Reader<'t> {
    open: Vec<Open>,
    last: Option<Token<'t>>,
    before: Option<Token<'t>>,
    next: Next,
}

impl<'t> Reader<'t> {
    fn token(&mut self, token: Token<'t>) -> bool {
        self.before = self.last.replace(token);
        match std::mem::take(&mut self.next) {
            Next::Anything => true,
            Next::Colon => token == Token::Sign(b':'),
            Next::RestOfUrl => matches!(token, Token::Word(_) | Token::Sign(b'+' | b',' | b']')),
        }
    }

    /// Whether the last two tokens are `name :` directly in a request.
    fn is_attribute(&self, name: &str) -> bool {
        let named = matches!(self.before, Some(Token::Word(word)) if word.eq_ignore_ascii_case(name.as_bytes()));
        named && self.last == Some(Token::Sign(b':')) && self.open.last().is_some_and(|open| open.is_request)
    }

    fn text(&mut self, text: &'t [u8]) -> bool {
        let (is_url, begins) = (self.is_attribute("url"), matches!(self.last, Some(Token::Sign(b'{' | b','))));
        if !self.token(Token::Text) {
            return false;
        }
        match self.open.as_mut_slice() {
            [.., request] if is_url => {
                request.is_foreign = is_foreign(text);
                self.next = Next::RestOfUrl;
                !says_header(text)
            }
            [.., request, headers]
                if headers.is_headers && begins && text.trim_ascii().eq_ignore_ascii_case(HEADER) =>
            {
                request.has_header = true;
                self.next = Next::Colon;
                true
            }
            _ => !says_header(text),
        }
    }

    fn code(&mut self, mut code: &'t [u8]) -> bool {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
        while let Some(&first) = code.first() {
            let length = code.iter().position(|byte| !is_word(byte)).unwrap_or(code.len()).max(1);
            let Some((token, rest)) = code.split_at_checked(length) else { return false };
            code = rest;
            if first.is_ascii_whitespace() {
                continue;
            }
            let goes_on = if is_word(&first) { self.word(token) } else { self.sign(first) };
            if !goes_on {
                return false;
            }
        }
        true
    }

    fn word(&mut self, word: &'t [u8]) -> bool {
        self.token(Token::Word(word)) && !says_header(word)
    }

    fn sign(&mut self, sign: u8) -> bool {
        let opened = match sign {
            b'(' => Some(b')'),
            b'[' => Some(b']'),
            b'{' => Some(b'}'),
            _ => None,
        };
        if let Some(closing) = opened {
            let invokes = matches!(self.last, Some(Token::Word(word)) if word.eq_ignore_ascii_case(b"invokeurl"));
            let is_headers = sign == b'{' && self.is_attribute("headers");
            self.open.push(Open { closing, is_request: sign == b'[' && invokes, is_headers, ..Open::default() });
        }
        if matches!(sign, b')' | b']' | b'}') {
            let Some(open) = self.open.pop().filter(|open| open.closing == sign) else { return false };
            if open.has_header && !(open.urls == 1 && open.is_foreign) {
                return false;
            }
        }
        if !self.token(Token::Sign(sign)) {
            return false;
        }
        if self.is_attribute("url")
            && let Some(request) = self.open.last_mut()
        {
            request.urls += 1;
            request.is_foreign = false;
        }
        true
    }
}

fn says_header(text: &[u8]) -> bool {
    text.len() >= HEADER.len() && text.windows(HEADER.len()).any(|window| window.eq_ignore_ascii_case(HEADER))
}

/// Whether a URL that begins like this goes to a host which is not Zoho's, whatever follows.
fn is_foreign(begin: &[u8]) -> bool {
    let Ok(url) = std::str::from_utf8(begin) else { return false };
    let is_whole = target::split(url).is_some_and(|(host, rest)| !host.is_empty() && !rest.is_empty());
    is_whole && !url.contains(['\\', crate::zoho::UNKNOWN]) && target::target(url.to_owned()).owner == Owner::Other
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url: &str, headers: &str) -> String {
        format!("r = invokeurl\n[\n\turl :{url}\n\ttype :GET\n\theaders:{headers}\n];\n")
    }

    const OURS: &str = "{\"Authorization\":\"Bearer \" + key,\"a\":\"b\"}";

    #[test]
    fn what_visibly_goes_to_somebody_else_is_told() {
        for url in [
            "\"https://api.example.com/v1?a=\" + b",
            "\"https://api.example.com/\"",
            "\"https://api.example.com?\" // x",
        ] {
            for headers in [OURS, "{\"a\":{\"b\":c}, \"authorization \" : \"Basic \" + key}", "{}"] {
                let text = request(url, headers);
                assert!(are_all_foreign(&text), "{text}");
                assert!(are_all_foreign(&format!("// Authorization\n{text}if(a) {{ {text} }}")), "{text}");
            }
        }
        assert!(are_all_foreign("r = InvokeUrl [ headers: {\"AUTHORIZATION\": k} url: \"https://a.example/\" ];"));
    }

    #[test]
    fn what_may_go_to_zoho_is_not() {
        for url in [
            "\"https://desk.zoho.com/api\"",
            "\"https://desk.zoho.com@desk.zoho.eu/api\"",
            "\"https://api.example.com\"",
            "\"https://api.example.com\" + path",
            "\"https://\" + host + \"/a\"",
            "base + \"https://api.example.com/\"",
            "(\"https://api.example.com/\")",
            "\"https://api.example.com/\".replaceAll(a,b)",
            "\"https://api.example.com/\"\n\turl :\"https://desk.zoho.com/api\"",
            "\"https://api.example.com/\"\n\turl :u",
            "\"https:\\u002f\\u002fapi.example.com/\"",
            "\"/api/v1\"",
            "'https://api.example.com/'",
        ] {
            let text = request(url, OURS);
            assert!(!are_all_foreign(&text), "{text}");
        }
        let url = "\"https://api.example.com/v1\"";
        for headers in [
            "{\"Authorization\" + x: key}",
            "{\"x\" + \"Authorization\": key}",
            "{\"X-Authorization\": key}",
            "{\"a\":{\"Authorization\": key}}",
            "f({\"Authorization\": key})",
            "map\n\tx:{\"Authorization\": key}",
            "{\"Authorization\": key",
            "{\"Authorization\": key]",
            "{\"a\": authorization}",
        ] {
            let text = request(url, headers);
            assert!(!are_all_foreign(&text), "{text}");
        }
        for text in [
            "h.put(\"Authorization\",k);",
            "authorization = 1;",
            "x = \"an Authorization header\";",
            "x [ url :\"https://api.example.com/\" headers:{\"Authorization\": k} ]",
            "invokeurl ( url :\"https://api.example.com/\" headers:{\"Authorization\": k} )",
            "h = {\"Authorization\": k}; // invokeurl [ url :\"https://api.example.com/\"",
        ] {
            assert!(!are_all_foreign(text), "{text}");
        }
    }
}
