//! `authshift.toml`: which Connection goes where, which files, which rules. See product.md, section Configuration.

mod error;
mod globs;
mod nearest;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::finding::{Rule, Severity};
use crate::text::source::Position;
use crate::zoho;

pub use error::ConfigError;
pub(crate) use error::unknown;
use globs::{PathGlobs, UrlGlob};
pub(crate) use nearest::absolute;
pub use nearest::{Configs, InUse, without_dots};
pub(crate) use read::is_link_name;

/// The names a configuration file may have, the one that wins first.
pub const FILE_NAMES: &[&str] = &["authshift.toml", ".authshift.toml"];

/// One configuration file. The default is what an empty file says.
#[derive(Clone, Default, Debug)]
pub struct Config {
    /// As people named it, for messages; empty for the default.
    path: PathBuf,
    /// Absolute; what the globs are relative to. Empty for the default.
    folder: PathBuf,
    default: Option<ConnectionEntry>,
    connections: Vec<ConnectionEntry>,
    renamed: BTreeMap<String, String>,
    include: PathGlobs,
    exclude: PathGlobs,
    rules: BTreeMap<Rule, Level>,
    upgrade_hosts: bool,
    leaves_apps: bool,
    suggested: bool,
}

/// One `[[connection]]`, or the default connection, which has no selecting key.
#[derive(Clone, Debug)]
pub struct ConnectionEntry {
    link_name: Arc<str>,
    service: Option<&'static str>,
    data_center: Option<&'static str>,
    paths: Option<PathGlobs>,
    url: Option<UrlGlob>,
    authtoken_based: bool,
    insert: bool,
    position: Position,
}

/// What the configuration makes of a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// The rule reports nothing.
    Off,
    /// Its findings have this severity.
    At(Severity),
}

/// A request for which a Connection is looked up.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The file that holds the request: absolute, or relative to the current directory.
    pub path: &'a Path,
    /// The service's name in the table, when the host shows it.
    pub service: Option<&'a str>,
    /// The data centre's name, when the host shows it.
    pub data_center: Option<&'a str>,
    /// The URL as far as it can be seen, with [`zoho::UNKNOWN`] for the rest; `None` when nothing of it can.
    pub url: Option<&'a str>,
    /// Whether the request is Zoho's: by its host, or by its companions when the host cannot be seen.
    pub zoho: bool,
}

impl ConnectionEntry {
    /// One for all that nothing more special is for.
    fn default_of(link_name: Arc<str>, position: Position) -> Self {
        Self {
            link_name,
            service: None,
            data_center: None,
            paths: None,
            url: None,
            authtoken_based: false,
            insert: true,
            position,
        }
    }

    /// The Connection's LinkName: `[A-Za-z][A-Za-z0-9_]*`, unless the entry is never inserted.
    pub fn link_name(&self) -> &str {
        &self.link_name
    }

    /// The same, for all that name it.
    pub fn shared_link_name(&self) -> Arc<str> {
        Arc::clone(&self.link_name)
    }

    /// The canonical name of the service it is for; `None` for any.
    pub fn service(&self) -> Option<&'static str> {
        self.service
    }

    /// The data centre it is for; `None` for any.
    pub fn data_center(&self) -> Option<&'static str> {
        self.data_center
    }

    /// Whether the Connection itself uses an authtoken (`authtoken-based = true`): it is never inserted.
    pub fn is_authtoken_based(&self) -> bool {
        self.authtoken_based
    }

    /// Whether it is for some URLs only.
    pub fn asks_for_url(&self) -> bool {
        self.url.is_some()
    }

    /// Whether requests get it. With `insert = false` it is only listed, for those that name it already.
    pub fn is_inserted(&self) -> bool {
        self.insert && !self.authtoken_based
    }

    /// Where the entry stands in the file (its `[[connection]]`, or the value of `default-connection`).
    pub fn position(&self) -> Position {
        self.position
    }

    /// Which selecting keys it has, the most specific first; compared lexicographically, the greater one wins.
    fn specificity(&self) -> (bool, bool, bool, bool) {
        (self.url.is_some(), self.paths.is_some(), self.data_center.is_some(), self.service.is_some())
    }

    fn matches(&self, config: &Config, target: &Target) -> bool {
        // Without a url, an entry applies to Zoho's services only: a folder's Connection must never reach another vendor.
        let zoho = self.url.is_some() || target.zoho;
        let service =
            self.service.is_none_or(|service| target.service.and_then(zoho::canonical_service) == Some(service));
        let center = self.data_center.is_none_or(|center| target.data_center == Some(center));
        let url = self.url.as_ref().is_none_or(|glob| target.url.is_some_and(|url| glob.matches(url)));
        let paths = || {
            self.paths.as_ref().is_none_or(|globs| {
                let relative = config.relative(target.path);
                relative.is_some_and(|relative| globs.matches(&relative))
            })
        };
        zoho && service && center && url && paths()
    }
}

impl Config {
    /// Reads a configuration from `text`, the content of `path`. Globs are relative to the folder of `path`, which is
    /// resolved against the current directory when it is relative. A byte order mark and CRLF are fine.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] for the first thing in the text that is wrong; [`ConfigError::Unreadable`] when `path` is
    /// relative and there is no current directory.
    pub fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
        read::parse(path, text)
    }

    /// Reads the configuration file `path`.
    ///
    /// # Errors
    /// As [`Config::parse`]; [`ConfigError::Unreadable`] when the file cannot be read or is not UTF-8.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let unreadable = |error| ConfigError::Unreadable { path: path.to_owned(), error };
        let source = crate::text::source::Source::read(path).map_err(unreadable)?;
        Config::parse(path, source.text())
    }

    /// What the text of a file that could be written beside `path` suggests: its LinkNames are nobody's decision yet, so it
    /// has no path, and nothing in the code is compared with it.
    ///
    /// # Errors
    /// As [`Config::parse`].
    pub fn suggested(path: &Path, text: &str) -> Result<Config, ConfigError> {
        Ok(Config { path: PathBuf::new(), suggested: true, ..Config::parse(path, text)? })
    }

    /// Whether its LinkNames are suggestions.
    pub fn is_suggested(&self) -> bool {
        self.suggested
    }

    /// The same, with another default connection.
    fn with_default(self, link: &Arc<str>) -> Config {
        Config { default: Some(ConnectionEntry::default_of(Arc::clone(link), Position { line: 1, column: 1 })), ..self }
    }

    /// The file's path as it was given; empty for the default configuration.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The absolute folder that the globs are relative to; empty for the default configuration.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What becomes of a rule's findings: what `[rules]` says, else the rule's own severity.
    pub fn level(&self, rule: Rule) -> Level {
        self.rules.get(&rule).copied().unwrap_or_else(|| Level::At(rule.default_severity()))
    }

    /// Whether `[rules]` says what becomes of a rule's findings.
    pub fn sets(&self, rule: Rule) -> bool {
        self.rules.contains_key(&rule)
    }

    /// The Connection for a request: the most specific matching entry, else the default connection when the request is
    /// Zoho's; `None` when nothing is configured for it. Entries that are never inserted are passed over.
    ///
    /// An entry without `url` never matches a request that is not Zoho's.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] naming both when the request fits two equally specific entries with different LinkNames.
    pub fn choose(&self, target: &Target) -> Result<Option<&ConnectionEntry>, ConfigError> {
        let mut best: Option<&ConnectionEntry> = None;
        let mut rival: Option<&ConnectionEntry> = None;
        for entry in &self.connections {
            if !entry.is_inserted() || !entry.matches(self, target) {
                continue;
            }
            match best {
                Some(other) if other.specificity() > entry.specificity() => {}
                Some(other) if other.specificity() == entry.specificity() => {
                    if other.link_name != entry.link_name {
                        rival = rival.or(Some(entry));
                    }
                }
                _ => (best, rival) = (Some(entry), None),
            }
        }
        if let (Some(first), Some(second)) = (best, rival) {
            let message = format!(
                "the connections `{}` (line {}) and `{}` (line {}) fit a request in {} equally well; make one of them more specific",
                first.link_name,
                first.position.line,
                second.link_name,
                second.position.line,
                target.path.display()
            );
            return Err(ConfigError::Invalid { path: self.path.clone(), position: second.position, message });
        }
        let default = || self.default.as_ref().filter(|_| target.zoho);
        Ok(best.or_else(default))
    }

    /// Whether the configuration takes a request for right that names the Connection `link`, though another one may be what
    /// it would insert: an entry lists `link` for such a request, however specific others are; `link` is the default; or it
    /// is listed for several services, so that it is no slip from one to another.
    pub fn takes(&self, link: &str, target: &Target) -> bool {
        let of_link = || self.connections.iter().filter(|entry| !entry.authtoken_based && *entry.link_name == *link);
        let services = || of_link().filter_map(|entry| entry.service).collect::<std::collections::BTreeSet<_>>();
        let default = self.default.as_ref().is_some_and(|default| *default.link_name == *link);
        default || of_link().any(|entry| entry.matches(self, target)) || services().len() > 1
    }

    /// The default connection, when one is configured.
    pub fn default_connection(&self) -> Option<&ConnectionEntry> {
        self.default.as_ref()
    }

    /// All `[[connection]]` entries in the order of the file, those that are never inserted included.
    pub fn connections(&self) -> &[ConnectionEntry] {
        &self.connections
    }

    /// Whether the configuration names the LinkName as a Connection that exists: in an entry (authtoken-based or not), as
    /// the default, or as the new name of a renamed one. A renamed one's old name is not known.
    pub fn knows_link(&self, link: &str) -> bool {
        let entries = self.connections.iter().chain(&self.default);
        entries
            .map(ConnectionEntry::link_name)
            .chain(self.renamed.values().map(String::as_str))
            .any(|name| name == link)
    }

    /// Whether the configuration lists Connections. A default alone says nothing of which others there are.
    pub fn lists_connections(&self) -> bool {
        !self.connections.is_empty() && !self.suggested
    }

    /// The configured LinkName that is most like `link`, if one is like it.
    pub fn nearest_link(&self, link: &str) -> Option<&str> {
        let known: Vec<&str> = self.connections.iter().chain(&self.default).map(ConnectionEntry::link_name).collect();
        error::nearest(link, &known)
    }

    /// Whether an entry says of the LinkName `authtoken-based = true`.
    pub fn is_authtoken_based(&self, link: &str) -> bool {
        self.connections.iter().any(|entry| entry.authtoken_based && *entry.link_name == *link)
    }

    /// A configuration that says nothing but that the Connection `old` was renamed to `new`.
    pub fn renaming(old: &str, new: &str) -> Config {
        Config { renamed: BTreeMap::from([(old.to_owned(), new.to_owned())]), ..Config::default() }
    }

    /// What the configuration says against renaming the Connection `old` to `new`, as a sentence; `None` for nothing.
    pub fn contradiction(&self, old: &str, new: &str) -> Option<String> {
        let path = self.path.display();
        if let Some(other) = self.renamed.get(old).filter(|other| *other != new) {
            return Some(format!("{path} says that `{old}` was renamed to `{other}`"));
        }
        if let Some(other) = self.renamed.get(new) {
            return Some(format!("{path} says that `{new}` was itself renamed to `{other}`"));
        }
        self.is_authtoken_based(new).then(|| format!("{path} says that `{new}` is `authtoken-based`"))
    }

    /// Whether an entry or the default names the LinkName.
    pub fn names_link(&self, link: &str) -> bool {
        self.connections.iter().chain(&self.default).any(|entry| *entry.link_name == *link)
    }

    /// Whether a use of the LinkName is a finding by itself: it was renamed, or its Connection is authtoken-based.
    pub fn watches(&self, link: &str) -> bool {
        self.renamed.contains_key(link) || self.is_authtoken_based(link)
    }

    /// The LinkNames whose uses are findings by themselves.
    pub fn watched(&self) -> impl Iterator<Item = &str> {
        let based = self.connections.iter().filter(|entry| entry.authtoken_based).map(ConnectionEntry::link_name);
        self.renamed.keys().map(String::as_str).chain(based)
    }

    /// From a renamed Connection's old LinkName to its newest: where a new name was itself renamed, the last one stands.
    pub fn renamed(&self) -> &BTreeMap<String, String> {
        &self.renamed
    }

    /// The top-level key `upgrade-hosts`: finance hosts that moved are edited (rewrites E2). False when absent.
    pub fn upgrade_hosts(&self) -> bool {
        self.upgrade_hosts
    }

    /// The top-level key `apps`: code and configuration of apps in other languages are read. True when absent.
    pub fn reads_apps(&self) -> bool {
        !self.leaves_apps
    }

    /// Whether `[files] include` has the file. `relative` is relative to [`Config::folder`]; an absolute path is made so.
    pub fn includes(&self, relative: &Path) -> bool {
        self.files(&self.include, relative)
    }

    /// Whether `[files] exclude` has the file or folder, or a folder that it lies in. `relative` as in
    /// [`Config::includes`].
    pub fn excludes(&self, relative: &Path) -> bool {
        relative.ancestors().any(|path| !path.as_os_str().is_empty() && self.files(&self.exclude, path))
    }

    fn files(&self, globs: &PathGlobs, path: &Path) -> bool {
        if globs.is_empty() {
            false
        } else if path.is_absolute() {
            self.relative(path).is_some_and(|relative| globs.matches(&relative))
        } else {
            globs.matches(path)
        }
    }

    /// A file's path relative to [`Config::folder`]; `None` when it does not lie below it. A relative `file` is resolved
    /// against the current directory.
    pub fn relative(&self, file: &Path) -> Option<PathBuf> {
        if self.folder.as_os_str().is_empty() {
            return None;
        }
        let file = nearest::absolute(file).ok()?;
        if let Ok(relative) = file.strip_prefix(&self.folder) {
            return Some(relative.to_owned());
        }
        // One of the two may go through a symbolic link. The file's own name stays, since a link is read as what it is named.
        let parent = std::fs::canonicalize(file.parent()?).ok()?;
        let folder = std::fs::canonicalize(&self.folder).ok()?;
        Some(parent.strip_prefix(folder).ok()?.join(file.file_name()?))
    }
}
