//! Requests that are recognised without parsing. Other vendors' carry an `Authorization` header too: where each of a file's visibly goes to
//! somebody else, there is nothing to find. Nor is there where each names the Connection that the configuration has for it. To see that
//! takes a small part of the time that an examination takes.

use std::path::Path;

use crate::deluge::lexical::{Piece, pieces};
use crate::project::config::{self, Config};
use crate::zoho::target::{self, Owner, Target};

/// The name of the header.
const HEADER: &[u8] = b"authorization";

/// The attribute.
const CONNECTION: &[u8] = b"connection";

/// What stands before the attributes of a request.
const INVOKED: &[u8] = b"invokeurl";

/// Whether all that `text` says of such headers stands in comments, and in requests like
/// `invokeurl [ url: "https://api.example.com/…" headers: {"Authorization": …} ]`. Anything written differently is not recognised.
pub fn are_all_foreign(text: &str) -> bool {
    are_all(text, Wanted::Foreign)
}

/// Whether all Connections that `text` names stand in requests like `invokeurl [ url: "https://desk.zoho.com/…" connection: "desk_oauth" ]`,
/// and are those that the configuration has for them, or takes for right. The same goes for what looks different.
pub fn are_all_configured(text: &str, config: &Config, path: &Path) -> bool {
    // What a URL goes on with matters to such an entry.
    config.connections().iter().all(|entry| !entry.asks_for_url()) && are_all(text, Wanted::Configured(config, path))
}

/// What has to be true of each request.
#[derive(Clone, Copy)]
enum Wanted<'t> {
    /// One with the header visibly goes to somebody else.
    Foreign,
    /// One that names a Connection names a right one.
    Configured(&'t Config, &'t Path),
}

fn are_all(text: &str, wanted: Wanted<'_>) -> bool {
    let Some(pieces) = pieces(text) else { return false };
    let mut reader = Reader { wanted, open: Vec::new(), last: None, before: None, next: Next::Anything };
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
enum Lexeme<'t> {
    Word(&'t [u8]),
    Sign(u8),
    Text,
}

/// A bracket that is open.
#[derive(Default)]
struct Open<'t> {
    /// The bracket that closes it.
    closing: u8,
    /// Whether it holds the attributes of an `invokeurl`.
    is_request: bool,
    /// Whether it is the map of that request's headers.
    is_headers: bool,
    /// Whether the header is one of the request's.
    has_header: bool,
    /// How many URLs the request has, and what the last one begins with when that is a literal.
    urls: usize,
    url: Option<&'t [u8]>,
    /// How many Connections it names, and the last one when that is a literal.
    connections: usize,
    connection: Option<&'t [u8]>,
}

impl Open<'_> {
    /// Whether what is `wanted` is true of the request.
    fn is_as(&self, wanted: Wanted<'_>) -> bool {
        let url = self.url.filter(|_| self.urls == 1);
        match wanted {
            Wanted::Foreign => !self.has_header || url.is_some_and(is_foreign),
            Wanted::Configured(config, path) => {
                self.connections == 0
                    || self
                        .connection
                        .filter(|_| self.connections == 1)
                        .zip(url)
                        .is_some_and(|(link, url)| is_configured(config, path, link, url))
            }
        }
    }
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Next {
    #[default]
    Anything,
    /// Behind the header's or the attribute's name: a colon.
    Colon,
    /// Behind a LinkName: the next attribute, or the end.
    Attribute,
    /// Behind the literal that a URL begins with: more of it, or the next attribute, but no method that makes another text of it.
    RestOfUrl,
}

/// Reads tokens. Its methods say whether all they saw is like what is described above.
struct Reader<'t> {
    wanted: Wanted<'t>,
    open: Vec<Open<'t>>,
    last: Option<Lexeme<'t>>,
    before: Option<Lexeme<'t>>,
    next: Next,
}

impl<'t> Reader<'t> {
    fn token(&mut self, token: Lexeme<'t>) -> bool {
        self.before = self.last.replace(token);
        match std::mem::take(&mut self.next) {
            Next::Anything => true,
            Next::Colon => token == Lexeme::Sign(b':'),
            Next::Attribute => matches!(token, Lexeme::Word(_) | Lexeme::Sign(b',' | b']')),
            Next::RestOfUrl => matches!(token, Lexeme::Word(_) | Lexeme::Sign(b'+' | b',' | b']')),
        }
    }

    /// Whether the last two tokens are `name :` directly in a request.
    fn is_attribute(&self, name: &str) -> bool {
        let named = matches!(self.before, Some(Lexeme::Word(word)) if word.eq_ignore_ascii_case(name.as_bytes()));
        named && self.last == Some(Lexeme::Sign(b':')) && self.open.last().is_some_and(|open| open.is_request)
    }

    fn text(&mut self, text: &'t [u8]) -> bool {
        if self.is_outside() {
            self.last = Some(Lexeme::Text);
            return true;
        }
        let (is_url, begins) = (self.is_attribute("url"), matches!(self.last, Some(Lexeme::Sign(b'{' | b','))));
        let is_connection = self.is_attribute("connection");
        if !self.token(Lexeme::Text) {
            return false;
        }
        let mentions = matches!(self.wanted, Wanted::Foreign) && mentions_header(text);
        match self.open.as_mut_slice() {
            [.., request] if is_url => {
                request.url = Some(text);
                self.next = Next::RestOfUrl;
                !mentions
            }
            [.., request] if is_connection => {
                request.connection = Some(text);
                self.next = Next::Attribute;
                !mentions
            }
            [.., request, headers]
                if mentions && headers.is_headers && begins && text.trim_ascii().eq_ignore_ascii_case(HEADER) =>
            {
                request.has_header = true;
                self.next = Next::Colon;
                true
            }
            _ => !mentions,
        }
    }

    fn code(&mut self, mut code: &'t [u8]) -> bool {
        loop {
            if self.is_outside() && !self.is_invoked() {
                // Most of the code is no part of a request.
                let Some(at) = next_of_interest(code) else { return true };
                code = code.get(at..).unwrap_or(b"");
            }
            let Some((&first, rest)) = code.split_first() else { return true };
            let goes_on = match class(first) {
                Class::Space => {
                    code = rest;
                    true
                }
                Class::Word => {
                    let length = code.iter().position(|&byte| class(byte) != Class::Word).unwrap_or(code.len());
                    let Some((word, rest)) = code.split_at_checked(length) else { return false };
                    code = rest;
                    self.word(word)
                }
                Class::Sign => {
                    code = rest;
                    self.sign(first)
                }
            };
            if !goes_on {
                return false;
            }
        }
    }

    /// Whether the last token is what stands before the attributes of a request.
    fn is_invoked(&self) -> bool {
        matches!(self.last, Some(Lexeme::Word(word)) if word.eq_ignore_ascii_case(INVOKED))
    }

    /// Whether what comes next is of no request, and only a bracket, or the name of the attribute, can change that.
    fn is_outside(&self) -> bool {
        matches!(self.wanted, Wanted::Configured(..)) && !self.open.last().is_some_and(|open| open.is_request)
    }

    fn word(&mut self, word: &'t [u8]) -> bool {
        if self.is_outside() {
            self.last = Some(Lexeme::Word(word));
            return !word.eq_ignore_ascii_case(CONNECTION);
        }
        if !self.token(Lexeme::Word(word)) {
            return false;
        }
        match self.wanted {
            Wanted::Foreign => !mentions_header(word),
            Wanted::Configured(..) if word.eq_ignore_ascii_case(CONNECTION) => {
                self.next = Next::Colon;
                self.open.last().is_some_and(|open| open.is_request)
            }
            Wanted::Configured(..) => true,
        }
    }

    fn sign(&mut self, sign: u8) -> bool {
        let opened = match sign {
            b'(' => Some(b')'),
            b'[' => Some(b']'),
            b'{' => Some(b'}'),
            _ => None,
        };
        if let Some(closing) = opened {
            let invokes = self.is_invoked();
            let is_headers = sign == b'{' && self.is_attribute("headers");
            self.open.push(Open { closing, is_request: sign == b'[' && invokes, is_headers, ..Open::default() });
        }
        if matches!(sign, b')' | b']' | b'}') {
            let Some(open) = self.open.pop().filter(|open| open.closing == sign) else { return false };
            if !open.is_as(self.wanted) {
                return false;
            }
        }
        if !self.token(Lexeme::Sign(sign)) {
            return false;
        }
        let (is_url, is_connection) = (self.is_attribute("url"), self.is_attribute("connection"));
        if let Some(request) = self.open.last_mut() {
            if is_url {
                (request.urls, request.url) = (request.urls + 1, None);
            }
            if is_connection {
                (request.connections, request.connection) = (request.connections + 1, None);
            }
        }
        true
    }
}

/// Where the next bracket stands, or the next word that begins like `connection` and `invokeurl`.
fn next_of_interest(code: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = code.get(from..)?;
        let at = from + rest.iter().position(|&byte| OF_INTEREST.get(byte as usize).is_some_and(|&is_one| is_one))?;
        let (before, rest) = code.split_at_checked(at)?;
        let is_bracket = || !rest.first().is_some_and(u8::is_ascii_alphabetic);
        let begins_like = |word: &[u8]| rest.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
        let is_word = || before.last().is_none_or(|&before| class(before) != Class::Word);
        if is_bracket() || ((begins_like(CONNECTION) || begins_like(INVOKED)) && is_word()) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// Brackets, and what the words begin with.
const OF_INTEREST: [bool; 256] = {
    let mut table = [false; 256];
    let bytes = *b"()[]{}CIci";
    let mut at = 0;
    while at < bytes.len() {
        #[allow(clippy::indexing_slicing, reason = "both are long enough, which the compiler checks")]
        {
            table[bytes[at] as usize] = true;
        }
        at += 1;
    }
    table
};

/// What a byte of code is a part of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Class {
    Space,
    Word,
    Sign,
}

fn class(byte: u8) -> Class {
    match byte {
        b'\t' | b'\n' | b'\x0C' | b'\r' | b' ' => Class::Space,
        b'0'..=b'9' | b'A'..=b'Z' | b'_' | b'a'..=b'z' | 0x80.. => Class::Word,
        _ => Class::Sign,
    }
}

fn mentions_header(text: &[u8]) -> bool {
    text.len() >= HEADER.len() && text.windows(HEADER.len()).any(|window| window.eq_ignore_ascii_case(HEADER))
}

/// Where a URL that begins like this goes, when that is certain whatever follows.
fn target_of(begin: &[u8]) -> Option<Target> {
    let url = std::str::from_utf8(begin).ok()?;
    let is_whole = target::split(url).is_some_and(|(host, rest)| !host.is_empty() && !rest.is_empty());
    (is_whole && !url.contains(['\\', crate::zoho::UNKNOWN])).then(|| target::target(url.to_owned()))
}

/// Whether a URL that begins like this goes to a host which is not Zoho's.
fn is_foreign(begin: &[u8]) -> bool {
    target_of(begin).is_some_and(|target| target.owner == Owner::Other)
}

/// Whether the configuration has the Connection `link` for a request whose URL begins like this, or takes it for right.
fn is_configured(config: &Config, path: &Path, link: &[u8], begin: &[u8]) -> bool {
    let (Ok(link), Some(target)) = (std::str::from_utf8(link), target_of(begin)) else { return false };
    let request = config::Target {
        path,
        service: target.service,
        data_center: target.data_center,
        url: Some(target.url.as_str()),
        zoho: target.owner == Owner::Zoho,
    };
    let is_right = match config.choose(&request) {
        Ok(entry) => entry.is_none_or(|entry| entry.link_name() == link) || config.takes(link, &request),
        // An error that has to be reported.
        Err(_) => false,
    };
    is_right && target.owner != Owner::Unseen && config.knows_link(link) && !config.renamed().contains_key(link)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of services that have a path of the same host, the path counts.
    #[test]
    fn connections_that_are_configured_are_told() {
        const CONFIG: &str = "default-connection = \"zoho_oauth\"\n\
            [[connection]]\nlink-name = \"desk_oauth\"\nservice = \"desk\"\n\
            [[connection]]\nlink-name = \"books_oauth\"\nservice = \"books\"\n\
            [renamed-connections]\nold_desk = \"desk_oauth\"\n";
        let config = Config::parse(Path::new("/authshift.toml"), CONFIG).unwrap();
        let told = |text: &str| are_all_configured(text, &config, Path::new("/a.deluge"));
        let desk = |rest: &str| {
            format!("r = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets/\" + id\n\ttype :GET\n{rest}];\n")
        };
        for rest in [
            "\tconnection:\"desk_oauth\"\n",
            "\tCONNECTION : \"desk_oauth\" // the connection\n\theaders:{\"Authorization\":x}\n",
            "connection:\"desk_oauth\",type:GET",
            // The default may be named by any request.
            "connection:\"zoho_oauth\"",
            "",
        ] {
            assert!(told(&desk(rest)), "{rest}");
            assert!(told(&format!("info \"connection: lost\"; if(a) {{ {} }}", desk(rest))), "{rest}");
        }
        assert!(told("r = invokeurl [ connection:\"books_oauth\" url:\"https://www.zohoapis.com/books/v3/items\" ];"));
        assert!(told("r = invokeurl [ connection:\"books_oauth\" url:\"https://api.example.com/x\" ];"));
        for rest in [
            "connection:\"books_oauth\"",
            "connection:\"other\"",
            "connection:\"old_desk\"",
            "connection:\"\"",
            "connection:'desk_oauth'",
            "connection:name",
            "connection:\"desk_oauth\" + x",
            "connection:\"desk_oauth\" connection:\"other\"",
            "connection:\"desk_oauth\".trim()",
            "connection:\"desk_oauth\" url:u",
            "connection:(\"desk_oauth\")",
            "parameters:{connection:\"desk_oauth\"}",
        ] {
            assert!(!told(&desk(rest)), "{rest}");
        }
        for text in [
            "connection = 1;",
            "x [ url:\"https://desk.zoho.com/a\" connection:\"desk_oauth\" ]",
            "invokeurl [ url:u connection:\"desk_oauth\" ]",
            "invokeurl [ url:\"https://desk.zoho.com\" connection:\"desk_oauth\" ]",
            "invokeurl [ url:\"https://desk.zoho.com/a\" connection:\"desk_oauth\"",
        ] {
            assert!(!told(text), "{text}");
        }
        let urls = Config::parse(
            Path::new("/authshift.toml"),
            "[[connection]]\nlink-name = \"desk_oauth\"\nservice = \"desk\"\n[[connection]]\nlink-name = \"other\"\nurl = \"https://desk.zoho.com/api/v2/**\"\n",
        )
        .unwrap();
        assert!(!are_all_configured(&desk("connection:\"desk_oauth\""), &urls, Path::new("/a.deluge")));
    }

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
