//! Why a file is not read.

use std::path::Path;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::{Kind, kind_by_name};

/// Why a file is not read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Skip {
    /// It holds a NUL byte.
    Binary,
    /// It is not UTF-8, and its name is not that of a Deluge file.
    NotUtf8,
    /// Its name does not tell, and its text does not look like Deluge.
    OtherText,
    /// The same, though the text names an authtoken and a host of Zoho's.
    NamesToken,
    /// `[files] exclude` of the configuration leaves it out.
    Configured,
    /// `--exclude` leaves it out, or, of a named file, whatever leaves it out of a walk.
    Excluded,
    /// Its name tells that it is something else.
    OtherName,
    /// It is an archive, and nothing in it is read.
    Archive,
    /// It is called an archive, and cannot be opened.
    BrokenArchive,
}

impl Skip {
    /// For a text that does not look like Deluge. Nobody expects to see any JSON read.
    pub fn of_text(path: &Path, text: &str) -> Self {
        match kind_by_name(path) {
            _ if names_token(text) => Skip::NamesToken,
            Kind::Json => Skip::OtherName,
            _ => Skip::OtherText,
        }
    }

    /// The reason, to be put behind the file's path.
    pub fn reason(self) -> &'static str {
        match self {
            Skip::Binary => "binary",
            Skip::NotUtf8 => "not UTF-8",
            Skip::OtherText => "does not look like Deluge",
            Skip::NamesToken => "does not look like Deluge, but names an authtoken",
            Skip::Configured => "excluded by [files] in authshift.toml",
            Skip::Excluded => "excluded by --exclude, or hidden or ignored",
            Skip::OtherName => "not named like a Deluge file",
            Skip::Archive => "an archive with nothing in it that is read",
            Skip::BrokenArchive => "an archive that cannot be opened",
        }
    }

    /// Whether it was skipped for what is in it. Such files are counted: somebody may have expected to see them read.
    pub fn is_by_content(self) -> bool {
        matches!(self, Skip::Binary | Skip::NotUtf8 | Skip::OtherText | Skip::NamesToken | Skip::BrokenArchive)
    }
}

/// Whether the text holds an authtoken by its name, as a parameter, a key or a variable, and a host of Zoho's beside it.
fn names_token(text: &str) -> bool {
    static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        AhoCorasick::builder().ascii_case_insensitive(true).build(["authtoken", "zoho.", "zohoapis."]).ok()
    });
    let (mut token, mut host) = (false, false);
    for found in WORDS.iter().flat_map(|words| words.find_iter(text)) {
        if found.pattern().as_usize() > 0 {
            host = true;
        } else {
            let before = text.get(..found.start()).unwrap_or("");
            let behind = text.get(found.end()..).unwrap_or("").trim_start();
            // `Zoho-authtoken …`, `authtoken=…`, `"authtoken": …`; not the word in a sentence, and not `oauthtoken`.
            token |= before.ends_with("oho-")
                || (!before.ends_with(['o', 'O', '-']) && behind.starts_with(['=', ':', '"', '\'']));
        }
        if token && host {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_named_only_beside_a_host_of_zohos() {
        assert!(names_token("fetch(`https://desk.zoho.eu/api/v1/tickets?AuthToken=${t}`)"));
        assert!(names_token("{authToken: t}, https://www.zohoapis.com/books/v3"));
        assert!(names_token("headers: {Authorization: `Zoho-authtoken ${t}`}, url: 'https://desk.zoho.com'"));
        assert!(!names_token("twilio.authToken = 1; zohoapis"));
        assert!(!names_token("const oauthToken = 'https://desk.zoho.com'; \"Zoho-oauthtoken \""));
        assert!(!names_token("manifest-authtoken-config: on desk.zoho.com"));
        assert!(!names_token("On desk.zoho.com each authtoken was deleted."));
        assert!(!names_token("https://desk.zoho.com/api/v1/tickets"));
    }
}
