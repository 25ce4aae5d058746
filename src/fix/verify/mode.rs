//! What a migration may take out of a value.

/// What may be missing in the new value: entries of maps, by their keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Mode(u8);

pub(super) const TOKEN_NAMES: [&str; 2] = ["authtoken", "auth_token"];

/// The header that asks for another method (rewrites C6).
pub(super) const OVERRIDE: &str = "X-HTTP-Method-Override";

impl Mode {
    /// Nothing.
    pub(super) const EXACT: Mode = Mode(0);
    /// The entry of a body that holds the token.
    pub(super) const BODY: Mode = Mode(1);
    /// The header that holds it.
    pub(super) const HEADERS: Mode = Mode(2);
    /// And the header that asks for another method.
    pub(super) const HEADERS_AND_METHOD: Mode = Mode(2 | 4);
    /// The item of a list that is the token's parameter.
    pub(super) const LIST: Mode = Mode(8);
    /// The part of a multipart body that is the token.
    pub(super) const FILES: Mode = Mode(16);
    /// All entries of these.
    pub(super) const ALL: Mode = Mode(1 | 2 | 4);

    /// What may be missing that has this key.
    pub(super) fn of_key(key: &str) -> Mode {
        let is = |other: &str| key.trim().eq_ignore_ascii_case(other);
        match () {
            () if TOKEN_NAMES.into_iter().any(is) => Mode(1),
            () if is("authorization") => Mode(2),
            () if is(OVERRIDE) => Mode(4),
            () => Mode(0),
        }
    }

    /// The keys of a JSON text that may be missing, with the quote behind each.
    pub(super) fn quoted_keys(self) -> &'static [&'static str] {
        const KEYS: [&str; 6] =
            ["authorization\"", "authorization'", "authtoken\"", "authtoken'", "auth_token\"", "auth_token'"];
        match (self.0 & Mode::BODY.0 != 0, self.0 & Mode::HEADERS.0 != 0) {
            (true, true) => &KEYS,
            (true, false) => KEYS.get(2..).unwrap_or_default(),
            (false, true) => KEYS.get(..2).unwrap_or_default(),
            (false, false) => &[],
        }
    }

    /// Whether an entry of this key may be missing.
    pub(super) fn drops_key(self, key: &str) -> bool {
        self.0 & Mode::of_key(key).0 != 0
    }

    /// What either lets go.
    pub(super) fn or(self, other: Mode) -> Mode {
        Mode(self.0 | other.0)
    }
}
