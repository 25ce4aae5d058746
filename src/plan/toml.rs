//! The text of `authshift.toml` for a plan: what `authshift init` writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::product::product_of;
use super::{Plan, Planned, Site, Why};
use crate::project::config::{Configs, FILE_NAMES, is_link_name, without_dots};

/// What selects the requests of an entry, besides `paths`: service and data centre.
type Selector = (&'static str, Option<&'static str>);

const HEAD: &str = "\
# Which Connection each request gets. Made by `authshift init`; edit it freely.
#
# Each entry needs a Connection with that LinkName, in every Zoho product in
# which the functions run. `authshift plan` prints what to click and which
# scopes to tick. If Zoho shows another LinkName, write that one here.
#
# Then: `authshift fix` shows the change, `authshift fix --write` applies it,
# `authshift check` says what is left.
";

const TAIL: &str = "
# Further settings, all optional:
#
# Above the entries: a Connection for requests to Zoho without an entry, and
# whether `fix` also writes the new address of finance APIs that moved.
# default-connection = \"zoho_oauth\"
# upgrade-hosts = true
#
# [rules]
# legacy-endpoint = \"error\"           # or \"warning\", \"note\", \"off\"
#
# [files]
# exclude = [\"archive/**\"]
";

/// What stands above the entries of [`listed`].
const LISTED: &str = "
# The code names these Connections already. They are listed here, so that their
# requests count as right, and are never inserted.
";

/// The text, with entries for all Connections of the plan. Globs are relative to `folder`, which is absolute.
pub fn text(plan: &Plan, folder: &Path) -> String {
    let mut out = String::from(HEAD);
    let mut entries = Vec::new();
    for (selector, demands) in demands(plan) {
        entries.extend(inserted(selector, &demands, folder));
    }
    for entry in &entries {
        let _ = write!(out, "\n{}", entry.render());
    }
    let listed = listed(plan, &entries);
    if !listed.is_empty() {
        out.push_str(LISTED);
    }
    for (link, service) in listed {
        let service = service.map(|service| format!("service = \"{service}\"\n")).unwrap_or_default();
        let _ = write!(out, "\n[[connection]]\nlink-name = {}\n{service}insert = false\n", toml_string(link));
    }
    if plan.connections.is_empty() {
        out.push_str("\n# No request needs a Connection. An entry looks like this:\n#\n# [[connection]]\n# link-name = \"desk_oauth\"\n# service = \"desk\"\n");
    }
    if !plan.unseen.is_empty() {
        out.push_str("\n# The host of these requests is known only at run time, or differs from path to\n# path. Give them a Connection with `paths`, or set a `default-connection`:\n");
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

/// The requests of one LinkName with one selector.
#[derive(Default)]
struct Demand<'p> {
    of: Vec<(&'p Planned, Vec<&'p Site>)>,
}

impl<'p> Demand<'p> {
    fn sites(&self) -> impl Iterator<Item = &'p Site> {
        self.of.iter().flat_map(|(_, sites)| sites.iter().copied())
    }

    /// The requests that are to get the Connection.
    fn open(&self) -> impl Iterator<Item = &'p Site> {
        self.sites().filter(|site| site.is_open())
    }
}

/// The LinkNames for each selector; those that a configuration cannot insert are left out.
fn demands(plan: &Plan) -> BTreeMap<Selector, BTreeMap<&str, Demand<'_>>> {
    let mut demands: BTreeMap<Selector, BTreeMap<&str, Demand<'_>>> = BTreeMap::new();
    for planned in plan.connections.iter().filter(|planned| is_link_name(&planned.link.name)) {
        for served in planned.services() {
            let Some(service) = served.service else { continue };
            let of = |site: &&Site| (site.service, site.data_center) == (served.service, served.data_center);
            let sites: Vec<&Site> = planned.sites.iter().filter(of).collect();
            let center = served.data_center.filter(|_| !sites.iter().any(|site| site.assumed_center));
            let links = demands.entry((service, center)).or_default();
            links.entry(&planned.link.name).or_default().of.push((planned, sites));
        }
    }
    demands
}

/// An entry whose Connection is inserted.
struct Entry<'p> {
    link: &'p str,
    selector: Selector,
    of: Vec<(&'p Planned, usize)>,
    paths: Vec<String>,
    /// The path does not decide which of several Connections a file means.
    left_out: bool,
}

/// The entries for one selector: the first without `paths`, the others for the files whose requests are to get them. Where
/// none is to get any, the Connection that most name is for those to come.
fn inserted<'p>(selector: Selector, demands: &BTreeMap<&'p str, Demand<'p>>, folder: &Path) -> Vec<Entry<'p>> {
    let mut sorted: Vec<(&&str, &Demand<'p>)> = demands.iter().collect();
    sorted.sort_by_key(|(link, demand)| {
        (std::cmp::Reverse(demand.open().count()), std::cmp::Reverse(demand.sites().count()), **link)
    });
    let wanted = sorted.iter().filter(|(_, demand)| demand.open().next().is_some()).count().max(1);
    sorted.truncate(wanted);
    let files = |demand: &Demand<'p>| demand.open().map(|site| relative(&site.path, folder)).collect::<BTreeSet<_>>();
    let all: Vec<BTreeSet<Vec<String>>> = sorted.iter().map(|(_, demand)| files(demand)).collect();
    let mut taken: BTreeSet<&Vec<String>> = BTreeSet::new();
    let mut made = Vec::new();
    for (index, (link, demand)) in sorted.iter().enumerate() {
        let own = all.get(index).cloned().unwrap_or_default();
        let left_out = own.iter().any(|file| taken.contains(file));
        let others = all.iter().enumerate().filter(|(other, _)| *other != index).flat_map(|(_, files)| files);
        let others: BTreeSet<&[String]> = others.map(Vec::as_slice).collect();
        let globs: BTreeSet<String> = own.iter().filter(|_| index > 0).map(|file| glob(file, &others)).collect();
        taken.extend(all.get(index).into_iter().flatten());
        made.push(Entry {
            link,
            selector,
            of: demand.of.iter().map(|(planned, sites)| (*planned, sites.len())).collect(),
            paths: globs.into_iter().collect(),
            left_out,
        });
    }
    made
}

/// The LinkNames that requests name and that no entry has for them, with the service; `None` where it cannot be seen.
fn listed<'p>(plan: &'p Plan, entries: &[Entry<'_>]) -> BTreeSet<(&'p str, Option<&'static str>)> {
    let is_there = |planned: &Planned, site: &Site| {
        let fits = |entry: &&Entry<'_>| {
            let (service, center) = entry.selector;
            Some(service) == site.service && (center.is_none() || center == site.data_center)
        };
        let mut own = entries.iter().filter(|entry| entry.link == planned.link.name && !entry.left_out);
        match site.service {
            Some(_) => own.any(|entry| fits(&entry) && entry.paths.is_empty()),
            None => own.next().is_some(),
        }
    };
    let mut listed = BTreeSet::new();
    for planned in &plan.connections {
        let named = planned.sites.iter().filter(|site| site.named().is_some());
        for site in named.filter(|site| !is_there(planned, site)) {
            listed.insert((planned.link.name.as_str(), site.service));
        }
    }
    // An entry with a service lists the LinkName for what cannot be seen, too.
    let with_service: BTreeSet<&str> =
        listed.iter().filter(|(_, service)| service.is_some()).map(|(link, _)| *link).collect();
    listed.retain(|(link, service)| service.is_some() || !with_service.contains(link));
    listed
}

impl Entry<'_> {
    fn render(&self) -> String {
        let mut out = String::new();
        let (service, center) = self.selector;
        let title = crate::zoho::service_title(service);
        for (planned, requests) in &self.of {
            let runs = planned
                .pool
                .and_then(product_of)
                .map(|product| format!(", in functions of {}", product.title))
                .unwrap_or_default();
            let _ = writeln!(out, "# {title}: {}{runs}", super::count(*requests, "request"));
            let of_service = |site: &usize| planned.sites.get(*site).is_some_and(|site| site.service == Some(service));
            let chosen = planned.scopes.iter().filter(|chosen| chosen.sites.iter().any(of_service));
            let scopes: BTreeSet<&str> = chosen.map(|chosen| chosen.scope.as_str()).collect();
            if !scopes.is_empty() {
                // In one line: it is copied into Zoho's field.
                let _ = writeln!(out, "#   scopes: {}", scopes.into_iter().collect::<Vec<_>>().join(","));
            }
            if planned.tokens.len() > 1 {
                let _ = writeln!(
                    out,
                    "#   {} different tokens were used: if they belong to several users, create\n#   a Connection for each",
                    planned.tokens.len()
                );
            }
            if planned.link.why == Why::Named {
                let _ = writeln!(out, "#   the code names this Connection already");
            }
            let mut sites = planned.sites.iter().filter(|site| site.service == Some(service));
            if sites.clone().any(|site| site.replaced.is_some()) {
                let _ = writeln!(
                    out,
                    "#   some of the endpoints do not exist under OAuth; `authshift plan` says what\n#   replaces them"
                );
            }
            if sites.any(|site| site.assumed_center) {
                let _ = writeln!(
                    out,
                    "#   the data centre of some requests is known only at run time; the Connection\n#   is for all of them"
                );
            }
        }
        let mut entry = format!("[[connection]]\nlink-name = \"{}\"\nservice = \"{service}\"\n", self.link);
        if let Some(center) = center {
            let _ = writeln!(entry, "data-center = \"{center}\"");
        }
        if !self.paths.is_empty() {
            let paths: Vec<String> = self.paths.iter().map(|path| toml_string(path)).collect();
            let _ = writeln!(entry, "paths = [{}]", paths.join(", "));
        }
        if self.left_out {
            out.push_str("#   left out, because another Connection serves the same file:\n");
            entry = entry.lines().map(|line| format!("# {}\n", comment(line))).collect();
        }
        out + &entry
    }
}

/// The parts of a file's path below `folder`.
fn relative(file: &Path, folder: &Path) -> Vec<String> {
    let absolute = std::path::absolute(file).map(|file| without_dots(&file)).unwrap_or_else(|_| file.to_owned());
    let relative = absolute.strip_prefix(folder).unwrap_or(file);
    relative.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
}

/// A glob for the file: its outermost folder that has none of the other files, or the file alone.
fn glob(file: &[String], others: &BTreeSet<&[String]>) -> String {
    let free = |depth: &usize| {
        let folder = file.get(..*depth).unwrap_or(file);
        // Sorted, what lies in the folder comes right behind it.
        !others.range(folder..).next().is_some_and(|other| other.starts_with(folder))
    };
    let depth = (1..file.len()).find(free);
    let shown = file.get(..depth.unwrap_or(file.len())).unwrap_or(file).join("/");
    let escaped: String =
        shown.chars().map(|c| if "*?[]{}!\\".contains(c) { format!("[{c}]") } else { c.to_string() }).collect();
    if depth.is_some() { format!("{escaped}/**") } else { escaped }
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
