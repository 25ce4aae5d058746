//! From the text of a configuration file to a [`Config`]. The TOML tree is walked by hand instead of by serde, so that every
//! error has the place of the key or value it is about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::unknown;
use super::globs::{PathGlobs, UrlGlob};
use super::{Config, ConfigError, ConnectionEntry, Level, nearest};
use crate::finding::{Rule, Severity};
use crate::text::source::LineIndex;
use crate::zoho;

const TOP_KEYS: &[&str] =
    &["apps", "connection", "default-connection", "files", "renamed-connections", "rules", "upgrade-hosts"];
const CONNECTION_KEYS: &[&str] = &["authtoken-based", "data-center", "insert", "link-name", "paths", "service", "url"];
const FILES_KEYS: &[&str] = &["exclude", "include"];
const SEVERITIES: &[Severity] = &[Severity::Error, Severity::Warning, Severity::Note];
const OFF: &str = "off";

type Value<'t> = Spanned<DeValue<'t>>;

/// See [`Config::parse`].
pub(super) fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
    let index = LineIndex::new(text);
    let invalid = |offset: usize, message: String| ConfigError::Invalid {
        path: path.to_owned(),
        position: index.position(text, offset),
        message,
    };
    // Of several syntax errors the strict parser reports one of the later, which only follow from the first.
    let (table, errors) = DeTable::parse_recoverable(text);
    let offset = |error: &toml::de::Error| error.span().map_or(0, |span| span.start);
    if let Some(error) = errors.iter().min_by_key(|error| offset(error)) {
        return Err(invalid(offset(error), error.message().split('\n').collect::<Vec<_>>().join("; ")));
    }
    let folder = nearest::absolute(path)?.parent().map(Path::to_owned).unwrap_or_default();
    let mut reader = Reader { index: &index, text, errors: Vec::new(), renames: Vec::new() };
    let mut config = reader.config(table.get_ref(), path.to_owned(), folder);
    if reader.errors.is_empty() {
        reader.check_entries(&config);
        config.renamed = reader.resolve_renames();
    }
    // The tables are sorted by key; people expect the first error of the text.
    match reader.errors.into_iter().min() {
        Some((offset, message)) => Err(invalid(offset, message)),
        None => Ok(config),
    }
}

struct Reader<'t> {
    index: &'t LineIndex,
    text: &'t str,
    /// Byte offset and message.
    errors: Vec<(usize, String)>,
    /// Byte offset of the old name, old name, new name.
    renames: Vec<(usize, String, String)>,
}

impl Reader<'_> {
    fn error(&mut self, offset: usize, message: impl Into<String>) {
        self.errors.push((offset, message.into()));
    }

    fn config(&mut self, table: &DeTable, path: PathBuf, folder: PathBuf) -> Config {
        let mut config = Config { path, folder, ..Config::default() };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "default-connection" => config.default = self.default(value),
                "connection" => config.connections = self.connections(value),
                "renamed-connections" => self.renamed(value),
                "files" => self.files(value, &mut config),
                "rules" => config.rules = self.rules(value),
                "upgrade-hosts" => config.upgrade_hosts = self.boolean("upgrade-hosts", value),
                "apps" => config.leaves_apps = !self.boolean("apps", value),
                other => self.error(key.span().start, unknown("key", other, TOP_KEYS.iter().copied())),
            }
        }
        config
    }

    fn default(&mut self, value: &Value) -> Option<ConnectionEntry> {
        let link_name = self.link_name("default-connection", value)?;
        Some(self.entry(link_name, value.span().start))
    }

    fn entry(&self, link_name: String, offset: usize) -> ConnectionEntry {
        ConnectionEntry::default_of(link_name.into(), self.index.position(self.text, offset))
    }

    fn connections(&mut self, value: &Value) -> Vec<ConnectionEntry> {
        let Some(list) = value.get_ref().as_array() else {
            self.error(value.span().start, "a connection is a table of a list: write `[[connection]]`");
            return Vec::new();
        };
        list.iter().filter_map(|entry| self.connection(entry)).collect()
    }

    fn connection(&mut self, value: &Value) -> Option<ConnectionEntry> {
        let start = value.span().start;
        let table = self.table("connection", value)?;
        let errors = self.errors.len();
        let mut entry = self.entry(String::new(), start);
        // What is only listed has the name that the code has.
        let listed = table.get("insert").is_some_and(|insert| insert.get_ref().as_bool() == Some(false));
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "link-name" if listed => entry.link_name = self.written_name(value).unwrap_or_default().into(),
                "link-name" => entry.link_name = self.link_name("link-name", value).unwrap_or_default().into(),
                "insert" => entry.insert = self.boolean("insert", value),
                "service" => {
                    entry.service = self.name("service", value, zoho::canonical_service, zoho::service_names);
                }
                "data-center" => {
                    let find = |name: &str| zoho::data_centers().find(|center| *center == name);
                    entry.data_center = self.name("data-center", value, find, zoho::data_centers);
                }
                "paths" => entry.paths = self.selecting_paths(value),
                "url" => entry.url = self.url(value),
                "authtoken-based" => entry.authtoken_based = self.boolean("authtoken-based", value),
                other => self.error(key.span().start, unknown("key", other, CONNECTION_KEYS.iter().copied())),
            }
        }
        if self.errors.len() > errors {
            return None;
        }
        if !table.contains_key("link-name") {
            self.error(start, "this connection has no `link-name`");
            return None;
        }
        // An entry that is never inserted need not say for what.
        if entry.specificity() == (false, false, false, false) && entry.is_inserted() {
            let link = &entry.link_name;
            let message = format!(
                "the connection `{link}` would fit every request: give it a `service`, `data-center`, `paths` or `url`, \
                 or make it the `default-connection`"
            );
            self.error(start, message);
        }
        Some(entry)
    }

    fn selecting_paths(&mut self, value: &Value) -> Option<PathGlobs> {
        let globs = self.globs("paths", value)?;
        if globs.is_empty() {
            self.error(value.span().start, "`paths` is empty, so the connection would fit nothing");
        }
        Some(globs)
    }

    fn url(&mut self, value: &Value) -> Option<UrlGlob> {
        let text = self.string("url", value)?;
        UrlGlob::new(text).map_err(|message| self.error(value.span().start, message)).ok()
    }

    fn files(&mut self, value: &Value, config: &mut Config) {
        let Some(table) = self.table("files", value) else { return };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "include" => config.include = self.globs("include", value).unwrap_or_default(),
                "exclude" => config.exclude = self.globs("exclude", value).unwrap_or_default(),
                other => self.error(key.span().start, unknown("key", other, FILES_KEYS.iter().copied())),
            }
        }
    }

    fn rules(&mut self, value: &Value) -> BTreeMap<Rule, Level> {
        let mut rules = BTreeMap::new();
        let Some(table) = self.table("rules", value) else { return rules };
        for (key, value) in table {
            let Some(rule) = Rule::from_name(key.get_ref()) else {
                let names = Rule::ALL.iter().map(|rule| rule.name());
                self.error(key.span().start, unknown("rule", key.get_ref(), names));
                continue;
            };
            let levels = || std::iter::once(OFF).chain(SEVERITIES.iter().map(|severity| severity.name()));
            let find = |name: &str| match SEVERITIES.iter().find(|severity| severity.name() == name) {
                Some(severity) => Some(Level::At(*severity)),
                None => (name == OFF).then_some(Level::Off),
            };
            if let Some(level) = self.name("severity", value, find, levels) {
                rules.insert(rule, level);
            }
        }
        rules
    }

    fn renamed(&mut self, value: &Value) {
        let Some(table) = self.table("renamed-connections", value) else { return };
        for (key, value) in table {
            let (start, old) = (key.span().start, key.get_ref().as_ref());
            if !is_link_name(old) {
                self.error(start, bad_link_name("renamed-connections", old));
            }
            if let Some(new) = self.link_name(old, value) {
                self.renames.push((start, old.to_owned(), new));
            }
        }
    }

    /// Two entries that select the same requests, or contradict what is said of their Connection elsewhere.
    fn check_entries(&mut self, config: &Config) {
        let start = |entry: &ConnectionEntry| self.index.line_range(entry.position.line).start();
        let inserted: Vec<_> = config.connections.iter().filter(|entry| entry.is_inserted()).collect();
        let mut errors = Vec::new();
        let mut seen: BTreeMap<_, &ConnectionEntry> = BTreeMap::new();
        for entry in inserted.iter().copied() {
            let paths = entry.paths.as_ref().map(PathGlobs::written);
            let selectors = (entry.url.as_ref().map(UrlGlob::written), paths, entry.data_center, entry.service);
            let first = *seen.entry(selectors).or_insert(entry);
            if first.link_name != entry.link_name {
                let message = format!(
                    "the connections `{}` (line {}) and `{}` (line {}) are for the same requests",
                    first.link_name, first.position.line, entry.link_name, entry.position.line
                );
                errors.push((start(entry), message));
            }
        }
        let based = config.connections.iter().filter(|entry| entry.authtoken_based);
        let based: BTreeMap<&str, u32> = based.map(|entry| (entry.link_name(), entry.position.line)).collect();
        let renamed = self.direct_renames();
        for entry in inserted.into_iter().chain(&config.default) {
            let link = entry.link_name();
            if let Some(line) = based.get(link) {
                errors.push((start(entry), format!("the connection `{link}` is `authtoken-based` by line {line}")));
            }
            if let Some(new) = renamed.get(link) {
                errors.push((start(entry), format!("the connection `{link}` was renamed: write `{new}`")));
            }
        }
        for (offset, old, new) in &self.renames {
            if let Some(line) = based.get(new.as_str()).filter(|_| !renamed.contains_key(new.as_str())) {
                errors.push((
                    *offset,
                    format!("`{old}` is renamed to `{new}`, which is `authtoken-based` by line {line}"),
                ));
            }
        }
        self.errors.extend(errors);
    }

    fn direct_renames(&self) -> BTreeMap<&str, &str> {
        self.renames.iter().map(|(_, old, new)| (old.as_str(), new.as_str())).collect()
    }

    /// The renames, each to its last name, so that renaming twice changes nothing.
    fn resolve_renames(&mut self) -> BTreeMap<String, String> {
        let direct = self.direct_renames();
        let mut resolved: BTreeMap<String, String> = BTreeMap::new();
        let mut circle = None;
        for (offset, old, _) in &self.renames {
            let mut passed = Vec::new();
            let mut on_the_way = BTreeSet::new();
            let mut last = old.as_str();
            while let Some(next) = direct.get(last) {
                if !on_the_way.insert(last) {
                    circle = circle.or_else(|| Some((*offset, format!("`{old}` is renamed in a circle"))));
                    break;
                }
                passed.push(last);
                last = resolved.get(last).map_or(*next, String::as_str);
            }
            let found: Vec<_> = passed.into_iter().map(|name| (name.to_owned(), last.to_owned())).collect();
            resolved.extend(found);
        }
        self.errors.extend(circle);
        resolved
    }

    fn table<'v, 't>(&mut self, key: &str, value: &'v Value<'t>) -> Option<&'v DeTable<'t>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(key, "a table", value);
        }
        table
    }

    fn string<'v>(&mut self, key: &str, value: &'v Value) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(key, "a string", value);
        }
        text
    }

    fn boolean(&mut self, key: &str, value: &Value) -> bool {
        let boolean = value.get_ref().as_bool();
        if boolean.is_none() {
            self.wrong_type(key, "`true` or `false`", value);
        }
        boolean.unwrap_or_default()
    }

    fn wrong_type(&mut self, key: &str, wanted: &str, value: &Value) {
        let found = value.get_ref().type_str();
        self.error(value.span().start, format!("`{key}` must be {wanted}, not {found}"));
    }

    fn link_name(&mut self, key: &str, value: &Value) -> Option<String> {
        let text = self.string(key, value)?;
        if is_link_name(text) {
            return Some(text.to_owned());
        }
        self.error(value.span().start, bad_link_name(key, text));
        None
    }

    /// A LinkName as code has it, which Zoho would perhaps not take.
    fn written_name(&mut self, value: &Value) -> Option<String> {
        let text = self.string("link-name", value)?;
        if text.is_empty() {
            self.error(value.span().start, bad_link_name("link-name", text));
        }
        Some(text.to_owned()).filter(|text| !text.is_empty())
    }

    fn name<'k, T, N: Iterator<Item = &'k str>>(
        &mut self,
        what: &str,
        value: &Value,
        find: impl Fn(&str) -> Option<T>,
        names: impl Fn() -> N,
    ) -> Option<T> {
        let text = self.string(what, value)?;
        let found = find(text);
        if found.is_none() {
            self.error(value.span().start, unknown(what, text, names()));
        }
        found
    }

    fn globs(&mut self, key: &str, value: &Value) -> Option<PathGlobs> {
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, "a list of globs", value);
            return None;
        };
        let mut written = Vec::new();
        for item in list.iter() {
            written.push(self.string(key, item)?.to_owned());
        }
        let place = |index: usize| list.get(index).map_or(value.span().start, |item| item.span().start);
        PathGlobs::new(written).map_err(|(index, message)| self.error(place(index), message)).ok()
    }
}

/// Zoho's form of a LinkName (product.md).
pub fn is_link_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|other| other.is_ascii_alphanumeric() || other == '_')
}

fn bad_link_name(key: &str, text: &str) -> String {
    if text.is_empty() {
        format!("`{key}` is empty; a LinkName begins with a letter")
    } else {
        format!("`{text}` is no LinkName: a letter, then letters, digits and `_`")
    }
}
