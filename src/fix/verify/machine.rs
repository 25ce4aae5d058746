//! The machine that an old text runs through: it leaves the token's parameter out and puts `?` and `&` right.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use super::mode::Mode;

/// Where the old text is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum UrlState {
    /// Nothing is left out.
    Plain,
    /// Before the `?` of a URL.
    Path,
    /// Behind a separator, which is not said yet, with what has been read of the name. `cut` says that a token went here.
    Name { separator: &'static str, read: String, cut: bool },
    /// In a parameter that stays.
    Param,
    /// In the token's value; `seen` says that a value went.
    Token { separator: &'static str, seen: bool },
    /// Behind `#`.
    Fragment,
    /// In a JSON text, of which members of some names may be missing.
    Json(Json, Mode),
    /// In an XML text.
    Xml(Xml),
}

/// Where an XML text is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Xml {
    /// Anywhere else.
    Within,
    /// In a tag that may be the token's, with what was read of it.
    Tag(String),
    /// In the token's element, with what was read of a tag.
    Element(String),
}

/// Where a JSON text is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Json {
    /// Anywhere else.
    Within,
    /// Where a member may begin, with what stands before it and is not said yet.
    Begin(String),
    /// The same behind a member that went.
    Again(String),
    /// In a key: what stands before it, and the key as far as it was read.
    Key(String, String),
    /// Behind the key of the token.
    Colon(String),
    /// In its value, which ends with this quote.
    Quoted(String, char),
    /// In its value, which has no quotes.
    Bare(String),
    /// Behind its value, with the blanks since then.
    Behind(String, String),
}

/// What one text is ahead of the other.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(super) enum Residue {
    #[default]
    None,
    Old(Ahead),
    New(Ahead),
}

/// A text of which the first bytes are done with: letter by letter, nothing is copied.
#[derive(Debug)]
pub(super) struct Ahead {
    text: String,
    done: usize,
}

impl Ahead {
    fn of(text: &str) -> Self {
        Self { text: text.to_owned(), done: 0 }
    }

    fn rest(&self) -> &str {
        self.text.get(self.done..).unwrap_or("")
    }

    /// Takes the beginning `text` away; whether it is one.
    fn take(&mut self, text: &str) -> bool {
        let begins = self.rest().starts_with(text);
        self.done += if begins { text.len() } else { 0 };
        begins
    }
}

impl Clone for Ahead {
    fn clone(&self) -> Self {
        Self::of(self.rest())
    }
}

impl PartialEq for Ahead {
    fn eq(&self, other: &Self) -> bool {
        self.rest() == other.rest()
    }
}

impl Eq for Ahead {}

impl PartialOrd for Ahead {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ahead {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rest().cmp(other.rest())
    }
}

impl Hash for Ahead {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.rest().hash(hasher);
    }
}

impl Residue {
    /// In bytes.
    pub(super) fn len(&self) -> usize {
        match self {
            Residue::None => 0,
            Residue::Old(ahead) | Residue::New(ahead) => ahead.rest().len(),
        }
    }
}

/// How far both are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct At {
    pub(super) state: UrlState,
    pub(super) residue: Residue,
    /// In the new text.
    pub(super) replacing: Replacing,
    /// The markers that are filled in behind it: in the literals they stand for what comes in.
    pub(super) markers: Rc<[String]>,
}

/// Whether a `replaceFirst("&", …)` is being read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(super) enum Replacing {
    #[default]
    No,
    /// The next `&` becomes this.
    Next(String),
    /// It was found.
    Done,
}

/// The two texts differ, or cannot be shown to be the same.
pub(super) struct Differ;

/// A literal as the text that it makes, as far as JSON is concerned.
pub(super) fn unescaped(text: &str) -> String {
    text.replace("\\\"", "\"").replace("\\'", "'")
}

/// The first of Unicode's characters for private use.
const PRIVATE: u32 = 0xE000;

const NAMES: [&str; 2] = ["authtoken=", "auth_token="];

/// Whether what was read may be, or is, one of the token's names.
fn read_so_far(read: &str, names: &[&str]) -> Option<bool> {
    let begins = |name: &&&str| name.get(..read.len()).is_some_and(|head| head.eq_ignore_ascii_case(read));
    names.iter().find(begins).map(|name| name.len() == read.len())
}

impl At {
    /// A literal, with characters that nobody writes in place of the markers.
    pub(super) fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(text);
        for (index, marker) in (0..).zip(self.markers.iter()) {
            if masked.contains(marker.as_str()) {
                let mask = char::from_u32(PRIVATE + index).unwrap_or(char::REPLACEMENT_CHARACTER);
                masked = Cow::Owned(masked.replace(marker.as_str(), mask.encode_utf8(&mut [0; 4])));
            }
        }
        masked
    }

    /// The old text goes on with a literal.
    pub(super) fn say(&mut self, text: &str) -> Result<(), Differ> {
        match self.state {
            UrlState::Plain => self.speak(text),
            _ => text.chars().try_for_each(|c| self.take(c)),
        }
    }

    pub(super) fn take(&mut self, c: char) -> Result<(), Differ> {
        let mut letter = [0; 4];
        let letter = &*c.encode_utf8(&mut letter);
        let state = std::mem::replace(&mut self.state, UrlState::Plain);
        self.state = match (state, c) {
            (UrlState::Plain, _) => {
                self.speak(letter)?;
                UrlState::Plain
            }
            (UrlState::Fragment, _) => {
                self.speak(letter)?;
                UrlState::Fragment
            }
            (UrlState::Path, '?') => UrlState::Name { separator: "?", read: String::new(), cut: false },
            (UrlState::Path | UrlState::Param, '&') => {
                UrlState::Name { separator: "&", read: String::new(), cut: false }
            }
            (UrlState::Token { separator, .. }, '&') => UrlState::Name { separator, read: String::new(), cut: true },
            (state @ (UrlState::Path | UrlState::Param | UrlState::Token { .. }), '#') => {
                // A URL of which nothing but the token was behind the `?`.
                drop(state);
                self.speak("#")?;
                UrlState::Fragment
            }
            (state @ (UrlState::Path | UrlState::Param), _) => {
                self.speak(letter)?;
                state
            }
            (UrlState::Token { separator, seen }, _) => UrlState::Token { separator, seen },
            (UrlState::Name { separator, mut read, cut }, _) => {
                read.push(c);
                match read_so_far(&read, &NAMES) {
                    Some(true) => UrlState::Token { separator, seen: false },
                    Some(false) => UrlState::Name { separator, read, cut },
                    None => {
                        read.pop();
                        self.speak(separator)?;
                        self.speak(&read)?;
                        self.state = UrlState::Param;
                        return self.take(c);
                    }
                }
            }
            (UrlState::Json(json, mode), _) => UrlState::Json(self.json(json, mode, c)?, mode),
            (UrlState::Xml(xml), _) => UrlState::Xml(self.xml(xml, c)?),
        };
        Ok(())
    }

    fn xml(&mut self, xml: Xml, c: char) -> Result<Xml, Differ> {
        const OPENED: [&str; 2] = ["<authtoken>", "<auth_token>"];
        const CLOSED: [&str; 2] = ["</authtoken>", "</auth_token>"];
        let (mut read, tags) = match xml {
            Xml::Within => (String::new(), OPENED),
            Xml::Tag(read) => (read, OPENED),
            Xml::Element(read) => (read, CLOSED),
        };
        // It may be the beginning of the next one.
        if c == '<' && !read.is_empty() {
            if tags == OPENED {
                self.speak(&read)?;
            }
            read.clear();
        }
        read.push(c);
        Ok(match (read_so_far(&read, &tags), tags == OPENED) {
            (Some(true), true) => Xml::Element(String::new()),
            (Some(true), false) => Xml::Within,
            (Some(false), true) => Xml::Tag(read),
            (Some(false), false) => Xml::Element(read),
            (None, true) => {
                self.speak(&read)?;
                Xml::Within
            }
            (None, false) => Xml::Element(String::new()),
        })
    }

    fn json(&mut self, json: Json, mode: Mode, c: char) -> Result<Json, Differ> {
        Ok(match (json, c) {
            (Json::Within, ',') => Json::Begin(",".to_owned()),
            (Json::Within, _) => {
                self.speak_char(c)?;
                if c == '{' { Json::Begin(String::new()) } else { Json::Within }
            }
            (Json::Begin(before), '"' | '\'') | (Json::Again(before), '"' | '\'') => Json::Key(before, c.to_string()),
            (Json::Again(before), _) if c.is_whitespace() => Json::Again(before),
            (Json::Begin(mut before), _) if c.is_whitespace() => {
                before.push(c);
                Json::Begin(before)
            }
            (Json::Begin(before) | Json::Again(before), _) => {
                self.speak(&before)?;
                return self.json(Json::Within, mode, c);
            }
            (Json::Key(before, mut read), _) => {
                read.push(c);
                match read_so_far(read.get(1..).unwrap_or(""), mode.quoted_keys()) {
                    Some(true) => Json::Colon(before),
                    Some(false) => Json::Key(before, read),
                    None => {
                        read.pop();
                        self.speak(&before)?;
                        self.speak(&read)?;
                        return self.json(Json::Within, mode, c);
                    }
                }
            }
            (Json::Colon(before), ':') => Json::Colon(before),
            (Json::Colon(before), '"' | '\'') => Json::Quoted(before, c),
            (Json::Colon(before), _) if c.is_whitespace() => Json::Colon(before),
            (Json::Colon(before), _) => Json::Bare(before),
            (Json::Quoted(before, quote), _) if c == quote => Json::Behind(before, String::new()),
            (Json::Quoted(before, quote), _) => Json::Quoted(before, quote),
            (Json::Bare(before), ',' | '}') => return self.json(Json::Behind(before, String::new()), mode, c),
            (Json::Bare(before), _) => Json::Bare(before),
            (Json::Behind(before, _), ',') => Json::Again(before),
            (Json::Behind(before, mut blanks), _) if c.is_whitespace() => {
                blanks.push(c);
                Json::Behind(before, blanks)
            }
            (Json::Behind(before, blanks), '}') => {
                if !before.contains(',') {
                    self.speak(&before)?;
                }
                self.speak(&blanks)?;
                self.speak("}")?;
                Json::Within
            }
            (Json::Behind(..), _) => return Err(Differ),
        })
    }

    pub(super) fn speak_char(&mut self, c: char) -> Result<(), Differ> {
        self.speak(c.encode_utf8(&mut [0; 4]))
    }

    /// What the old text says without its token.
    pub(super) fn speak(&mut self, text: &str) -> Result<(), Differ> {
        if text.is_empty() {
            return Ok(());
        }
        let (residue, text) = match std::mem::take(&mut self.residue) {
            Residue::None => (Residue::Old(Ahead::of(text)), ""),
            Residue::Old(mut ahead) => {
                ahead.text.push_str(text);
                (Residue::Old(ahead), "")
            }
            Residue::New(mut ahead) => match ahead.take(text) {
                true if ahead.rest().is_empty() => (Residue::None, ""),
                true => (Residue::New(ahead), ""),
                false => (Residue::None, text.strip_prefix(ahead.rest()).ok_or(Differ)?),
            },
        };
        self.residue = residue;
        if text.is_empty() { Ok(()) } else { self.speak(text) }
    }

    /// The new text goes on with a literal.
    pub(super) fn hear(&mut self, text: &str) -> Result<(), Differ> {
        let replaced = match &self.replacing {
            Replacing::Next(to) if text.contains('&') => text.replacen('&', to, 1),
            _ => return self.heard(text),
        };
        self.replacing = Replacing::Done;
        self.heard(&replaced)
    }

    pub(super) fn heard(&mut self, text: &str) -> Result<(), Differ> {
        if text.is_empty() {
            return Ok(());
        }
        let (residue, text) = match std::mem::take(&mut self.residue) {
            Residue::None => (Residue::New(Ahead::of(text)), ""),
            Residue::New(mut ahead) => {
                ahead.text.push_str(text);
                (Residue::New(ahead), "")
            }
            Residue::Old(mut ahead) => match ahead.take(text) {
                true if ahead.rest().is_empty() => (Residue::None, ""),
                true => (Residue::Old(ahead), ""),
                false => (Residue::None, text.strip_prefix(ahead.rest()).ok_or(Differ)?),
            },
        };
        self.residue = residue;
        if text.is_empty() { Ok(()) } else { self.heard(text) }
    }

    /// Whether a value that cannot be seen belongs to the token.
    pub(super) fn swallow(&mut self) -> Result<bool, Differ> {
        match &mut self.state {
            UrlState::Token { seen, .. } => {
                if std::mem::replace(seen, true) {
                    return Err(Differ);
                }
                Ok(true)
            }
            UrlState::Xml(Xml::Element(_)) => Ok(true),
            UrlState::Json(json, _) => match json {
                Json::Quoted(..) | Json::Bare(_) => Ok(true),
                Json::Colon(before) => {
                    *json = Json::Bare(std::mem::take(before));
                    Ok(true)
                }
                Json::Behind(..) => Err(Differ),
                _ => Ok(false),
            },
            _ => Ok(false),
        }
    }

    /// Says what was held back, before a value that stands in both texts; whether neither is ahead then. The state is that
    /// behind the value.
    pub(super) fn meets(&mut self) -> bool {
        self.flush().is_ok() && self.residue == Residue::None
    }

    pub(super) fn flush(&mut self) -> Result<(), Differ> {
        match std::mem::replace(&mut self.state, UrlState::Plain) {
            UrlState::Name { separator, read, .. } => {
                self.speak(separator)?;
                self.speak(&read)?;
                self.state = UrlState::Param;
            }
            UrlState::Json(Json::Begin(before) | Json::Again(before), mode) => {
                self.speak(&before)?;
                self.state = UrlState::Json(Json::Within, mode);
            }
            UrlState::Json(Json::Key(before, read), mode) => {
                self.speak(&before)?;
                self.speak(&read)?;
                self.state = UrlState::Json(Json::Within, mode);
            }
            UrlState::Xml(Xml::Tag(read)) => {
                self.speak(&read)?;
                self.state = UrlState::Xml(Xml::Within);
            }
            state => self.state = state,
        }
        Ok(())
    }

    /// Whether both texts may end here.
    pub(super) fn ends(mut self) -> bool {
        // Of a parameter that went with nothing behind its `&`, the separator may stay or go.
        if let UrlState::Name { separator, read, cut: true } = &self.state
            && read.is_empty()
            && (self.residue == Residue::None || self.residue == Residue::New(Ahead::of(separator)))
        {
            return true;
        }
        let inside = matches!(self.state, UrlState::Xml(Xml::Element(_)));
        self.flush().is_ok() && self.residue == Residue::None && !inside
    }
}

pub(super) const MOST_AHEAD: usize = 1 << 16;
