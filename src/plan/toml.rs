//! The text of `authshift.toml` for a plan: what `authshift init` writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{Plan, Planned, Why};
use crate::config::{Configs, FILE_NAMES};

/// What selects the requests of an entry, besides `paths`.
type Selector = (Option<&'static str>, Option<&'static str>);

const HEAD: &str = "\
# Which Connection each request gets. Made by `authshift init`; edit it freely.
#
# Each entry below needs a Connection with that LinkName, in every Zoho product in which the functions run. `authshift plan`
# prints what to click and which scopes to tick. If Zoho shows another LinkName, write that one here.
#
# Then: `authshift fix` shows the change, `authshift fix --write` applies it, `authshift check` says what is left.
";

const TAIL: &str = "
# Further settings, all optional:
#
# default-connection = \"zoho_oauth\"   # above the entries: for requests to Zoho that no entry fits
# upgrade-hosts = true                # above the entries: also write the new address of finance APIs that moved
#
# [rules]
# legacy-endpoint = \"error\"           # or \"warning\", \"note\", \"off\"
#
# [files]
# exclude = [\"archive/**\"]
";

/// The text, with entries for all Connections of the plan. Globs are relative to `folder`, which is absolute.
pub fn text(plan: &Plan, folder: &Path) -> String {
    let mut out = String::from(HEAD);
    for (selector, connections) in by_selector(plan) {
        for entry in entries(&connections, folder) {
            let _ = write!(out, "\n{}", entry.render(selector));
        }
    }
    if plan.connections.is_empty() {
        out.push_str("\n# No request needs a Connection. An entry looks like this:\n#\n# [[connection]]\n# link-name = \"desk_oauth\"\n# service = \"desk\"\n");
    }
    if !plan.unseen.is_empty() {
        out.push_str("\n# The host of these requests cannot be seen. Give them a Connection by `paths`, or set a `default-connection`:\n");
        for site in &plan.unseen {
            let _ = writeln!(
                out,
                "#   {}:{}  {}",
                comment(&site.path.display().to_string()),
                site.position.line,
                comment(&site.address)
            );
        }
    }
    out.push_str(TAIL);
    out
}

/// The Connections for each selector; of one Connection in several products, the one LinkName.
fn by_selector(plan: &Plan) -> BTreeMap<Selector, Vec<Entry<'_>>> {
    let mut selectors: BTreeMap<Selector, Vec<Entry<'_>>> = BTreeMap::new();
    for planned in &plan.connections {
        // What a request names already needs no entry of its own when its service cannot be seen.
        if planned.service.is_none() {
            continue;
        }
        let center = planned.data_center.filter(|_| planned.assumed_center == 0);
        let entries = selectors.entry((planned.service, center)).or_default();
        match entries.iter_mut().find(|entry| entry.link == planned.link.name) {
            Some(entry) => entry.of.push(planned),
            None => {
                entries.push(Entry { link: &planned.link.name, of: vec![planned], paths: Vec::new(), left_out: false })
            }
        }
    }
    selectors
}

struct Entry<'p> {
    link: &'p str,
    of: Vec<&'p Planned>,
    paths: Vec<String>,
    /// Which of several Connections a file means cannot be told by its path.
    left_out: bool,
}

/// The entries for one selector: the first without `paths`, the others for their files only.
fn entries<'p>(connections: &[Entry<'p>], folder: &Path) -> Vec<Entry<'p>> {
    let files = |entry: &Entry<'_>| -> BTreeSet<PathBuf> {
        entry.of.iter().flat_map(|planned| planned.sites.iter().map(|site| site.path.clone())).collect()
    };
    let weight = |entry: &Entry<'p>| {
        let with_token: usize = entry.of.iter().map(|planned| planned.with_token()).sum();
        let sites: usize = entry.of.iter().map(|planned| planned.sites.len()).sum();
        (std::cmp::Reverse(with_token), std::cmp::Reverse(sites), entry.link)
    };
    let mut sorted: Vec<&Entry<'p>> = connections.iter().collect();
    sorted.sort_by_key(|entry| weight(entry));
    let mut made: Vec<Entry<'p>> = Vec::new();
    let mut taken: BTreeSet<PathBuf> = BTreeSet::new();
    for entry in sorted {
        let own = files(entry);
        let first = made.is_empty();
        let left_out = !first && !own.is_disjoint(&taken);
        let paths = if first { Vec::new() } else { own.iter().map(|file| glob(file, folder)).collect() };
        taken.extend(own);
        made.push(Entry { link: entry.link, of: entry.of.clone(), paths, left_out });
    }
    made
}

impl Entry<'_> {
    fn render(&self, (service, center): Selector) -> String {
        let mut out = String::new();
        for planned in &self.of {
            let runs = planned
                .pool
                .map(|pool| format!(", in functions of {}", crate::zoho::service_title(pool)))
                .unwrap_or_default();
            let _ = writeln!(out, "# {}: {}{runs}", planned.title(), super::count(planned.sites.len(), "request"));
            let scopes: BTreeSet<&str> = planned.scopes.iter().map(|chosen| chosen.scope.as_str()).collect();
            if !scopes.is_empty() {
                let _ = writeln!(out, "#   scopes: {}", scopes.into_iter().collect::<Vec<_>>().join(", "));
            }
            if planned.tokens.len() > 1 {
                let _ = writeln!(
                    out,
                    "#   {} different tokens were used: if they belong to several users, make a Connection for each",
                    planned.tokens.len()
                );
            }
            if planned.link.why == Why::Named {
                let _ = writeln!(out, "#   the code names this Connection already");
            }
            if planned.sites.iter().any(|site| site.replaced.is_some()) {
                let _ = writeln!(
                    out,
                    "#   some of the endpoints do not exist under OAuth; `authshift plan` tells what replaces them"
                );
            }
            if planned.assumed_center > 0 {
                let _ = writeln!(
                    out,
                    "#   the data centre of some requests cannot be seen; the Connection is for all of them"
                );
            }
        }
        let mut entry = format!("[[connection]]\nlink-name = \"{}\"\n", self.link);
        if let Some(service) = service {
            let _ = writeln!(entry, "service = \"{service}\"");
        }
        if let Some(center) = center {
            let _ = writeln!(entry, "data-center = \"{center}\"");
        }
        if !self.paths.is_empty() {
            let paths: Vec<String> = self.paths.iter().map(|path| toml_string(path)).collect();
            let _ = writeln!(entry, "paths = [{}]", paths.join(", "));
        }
        // A LinkName that the configuration would not take, or one that another of the same files has as well.
        if self.left_out || !is_link_name(self.link) {
            let why = if self.left_out { "another Connection serves the same file" } else { "this is no LinkName" };
            let _ = writeln!(out, "#   left out, because {why}:");
            entry = entry.lines().map(|line| format!("# {}\n", comment(line))).collect();
        }
        out + &entry
    }
}

fn is_link_name(text: &str) -> bool {
    crate::config::is_link_name(text)
}

/// A file as a glob that fits nothing else.
fn glob(file: &Path, folder: &Path) -> String {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let relative = absolute.strip_prefix(folder).unwrap_or(file);
    let text = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    text.chars().map(|c| if "*?[]{}!\\".contains(c) { format!("[{c}]") } else { c.to_string() }).collect()
}

fn toml_string(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            c if c.is_control() => format!("\\u{:04X}", c as u32),
            c => c.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}

/// Text that stays in one comment line.
fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

/// The folder for the configuration of files below `roots`: the current one when it governs all of them, else the one that
/// they have in common. All are absolute.
pub fn folder(here: &Path, roots: &[PathBuf], configs: &Configs) -> PathBuf {
    if roots.iter().all(|root| configs.reaches(of_root(root), here)) {
        return here.to_owned();
    }
    let mut common: Option<PathBuf> = None;
    for root in roots {
        let folder = of_root(root);
        common = Some(match common {
            None => folder.to_owned(),
            Some(so_far) => so_far.ancestors().find(|above| folder.starts_with(above)).unwrap_or(folder).to_owned(),
        });
    }
    common.unwrap_or_else(|| here.to_owned())
}

/// The folder that a path stands for: of a file, its own.
pub fn of_root(root: &Path) -> &Path {
    if root.is_dir() { root } else { root.parent().unwrap_or(root) }
}

/// The configuration file that `folder` has already.
pub fn existing(folder: &Path) -> Option<PathBuf> {
    FILE_NAMES.iter().map(|name| folder.join(name)).find(|file| file.symlink_metadata().is_ok())
}
