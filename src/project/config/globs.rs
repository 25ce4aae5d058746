//! The configuration's globs: over paths relative to its folder, and over URLs.

use std::path::Path;

use globset::{Glob, GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};

/// A list of globs over paths relative to the configuration's folder. `*` does not cross a `/`, `**` does; a glob that names
/// a folder (ends in `/`, or has no wildcard) means everything below it.
#[derive(Clone, Default, Debug)]
pub(super) struct PathGlobs {
    /// As written, sorted: two entries with the same ones select the same files.
    written: Vec<String>,
    set: GlobSet,
}

impl PathGlobs {
    /// Compiles the globs.
    ///
    /// # Errors
    /// The index of the first bad glob and what is wrong with it.
    pub(super) fn new(written: Vec<String>) -> Result<Self, (usize, String)> {
        let mut builder = GlobSetBuilder::new();
        for (index, text) in written.iter().enumerate() {
            for glob in path_globs(text).map_err(|message| (index, message))? {
                builder.add(glob);
            }
        }
        let set = builder.build().map_err(|error| (0, error.kind().to_string()))?;
        let mut written = written;
        written.sort_unstable();
        written.dedup();
        Ok(Self { written, set })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    pub(super) fn written(&self) -> &[String] {
        &self.written
    }

    pub(super) fn matches(&self, relative: &Path) -> bool {
        self.set.is_match(relative)
    }
}

fn path_globs(text: &str) -> Result<Vec<Glob>, String> {
    let plain = text.trim_start_matches("./");
    if plain.is_empty() {
        return Err("an empty glob matches nothing".to_owned());
    }
    if plain.starts_with('/') || plain.split('/').any(|part| part == "..") {
        return Err(format!("the glob `{text}` leaves the folder of this file, which globs are relative to"));
    }
    if plain.ends_with('/') {
        return Ok(vec![compile(&format!("{plain}**"), text)?]);
    }
    let mut globs = vec![compile(plain, text)?];
    if !plain.contains(['*', '?', '[', '{']) {
        globs.push(compile(&format!("{plain}/**"), text)?);
    }
    Ok(globs)
}

/// A glob over URLs. Letter case of scheme and host does not count; text not known before run time is matched by a wildcard.
#[derive(Clone, Debug)]
pub(super) struct UrlGlob {
    written: String,
    matcher: GlobMatcher,
}

impl UrlGlob {
    /// Compiles the glob.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn new(written: &str) -> Result<Self, String> {
        if written.is_empty() {
            return Err("an empty glob matches nothing".to_owned());
        }
        let matcher = compile(&lower_host(written), written)?.compile_matcher();
        Ok(Self { written: written.to_owned(), matcher })
    }

    pub(super) fn written(&self) -> &str {
        &self.written
    }

    /// Whether it matches `url`, with or without its query; a glob without a scheme matches the URL without it.
    pub(super) fn matches(&self, url: &str) -> bool {
        let url = lower_host(url);
        let url = match url.split_once("://") {
            Some((_, rest)) if !self.written.contains("://") => rest,
            _ => url.as_str(),
        };
        let bare = url.split(['?', '#']).next().unwrap_or(url);
        self.matcher.is_match(url) || self.matcher.is_match(bare)
    }
}

/// The URL, or glob over URLs, with scheme and host in lower case.
fn lower_host(url: &str) -> String {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(host..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| host + at);
    let (head, tail) = url.split_at_checked(end).unwrap_or((url, ""));
    head.to_ascii_lowercase() + tail
}

fn compile(glob: &str, written: &str) -> Result<Glob, String> {
    let built = GlobBuilder::new(glob).literal_separator(true).build();
    built.map_err(|error| format!("bad glob `{written}`: {}", error.kind()))
}
