//! Renaming Connections, and the check that nothing but their names changed.

use foldhash::HashMap;

use super::{Problem, parsed};
use crate::deluge::{Flaw, Kind, Tree, parse_manifest};
use crate::finding::{Applicability, Rule};
use crate::inspect::links::{Named, in_manifest, in_widget};
use crate::migrate::rename::{self, Rename};
use crate::project::config::Config;
use crate::project::format::Format;
use crate::project::suppress::Suppressions;
use crate::requests::bindings::Scopes;
use crate::requests::flow::Context;
use crate::requests::link::Link;
use crate::requests::links::links;
use crate::text::edit::EditSet;
use crate::text::source::{Source, TextRange};

pub(super) fn broken(flaw: &Flaw, source: &Source) -> Problem {
    let (position, message) = flaw.at(source);
    Problem::Manifest { position, message }
}

/// The text with those renames up to `level` that are `wanted`, each by the ordinal of its place among those that name a
/// Connection; `None` when there are none. Renaming does not change these ordinals.
pub(super) fn apply(
    text: &str,
    source: &Source,
    format: Format,
    config: &Config,
    level: Applicability,
    wanted: &dyn Fn(usize) -> bool,
) -> Result<Option<String>, Problem> {
    let Planned { before, renames } = plan(text, source, format, config, level)?;
    let accepted: Vec<Rename> =
        renames.into_iter().filter(|(place, _)| wanted(*place)).map(|(_, rename)| rename).collect();
    if accepted.is_empty() {
        return Ok(None);
    }
    let mut edits = EditSet::new();
    if !accepted.iter().all(|rename| edits.accept(&[rename.edit()])) {
        return Err(Problem::Unsound("two Connections would be renamed in one place"));
    }
    let next = edits.apply(text).ok_or(Problem::Unsound("an edit did not fit the text"))?;
    let after = read(&next, &Source::new(source.path(), next.as_str()), format, config)?;
    if before.shape != after.shape {
        return Err(Problem::Unsound("renaming would change how the file parses"));
    }
    verify(&before.links, &after.links, &accepted)?;
    Ok(Some(next))
}

/// Renames and the file that they are for.
#[derive(Default)]
pub(super) struct Planned {
    before: Reading,
    /// Each with the ordinal of its place.
    pub(super) renames: Vec<(usize, Rename)>,
}

/// The renames up to `level`.
pub(super) fn plan(
    text: &str,
    source: &Source,
    format: Format,
    config: &Config,
    level: Applicability,
) -> Result<Planned, Problem> {
    // Scripts in JSON are renamed by hand.
    if config.renamed().is_empty() || format == Format::Json {
        return Ok(Planned::default());
    }
    let before = read(text, source, format, config)?;
    let mut renames = match format {
        Format::Deluge => {
            let suppressions = Suppressions::of(text, parsed(text, source)?.comments());
            let mut renames = rename::plan(&before.links, config);
            renames.retain(|rename| !suppressions.covers(Rule::RenamedConnection, rename.range));
            renames
        }
        _ => Named::of(text, format, config, None, None).map_err(|flaw| broken(&flaw, source))?.renames,
    };
    renames.retain(|rename| rename.applicability <= level);
    let places: HashMap<TextRange, usize> =
        before.links.iter().enumerate().map(|(place, link)| (link.range, place)).collect();
    let placed = |rename: Rename| Some((*places.get(&rename.range)?, rename));
    let renames = renames.into_iter().map(placed).collect::<Option<Vec<_>>>();
    let renames = renames.ok_or(Problem::Unsound("a Connection would be renamed where none is named"))?;
    Ok(Planned { before, renames })
}

/// A file as the check sees it.
#[derive(Default)]
struct Reading {
    links: Vec<Link>,
    /// What the nodes of its tree are, in their order.
    shape: Vec<Kind>,
}

fn read(text: &str, source: &Source, format: Format, config: &Config) -> Result<Reading, Problem> {
    let wanted = |name: &str| config.watches(name) || config.renamed().values().any(|new| new == name);
    Ok(match format {
        Format::Deluge => {
            let tree = parsed(text, source)?;
            let scopes = Scopes::of(text, &tree);
            let links = links(Context { text, tree: &tree, scopes: &scopes }, &wanted).texts;
            Reading { links, shape: shape(&tree) }
        }
        Format::App(_) | Format::Unread => Reading::default(),
        Format::Widget(language) => Reading { links: in_widget(text, language, &wanted), shape: Vec::new() },
        Format::Json => Reading::default(),
        Format::Manifest => {
            let document = parse_manifest(text).map_err(|flaw| broken(&flaw, source))?;
            Reading { links: in_manifest(&document, &wanted), shape: shape(document.tree()) }
        }
    })
}

fn shape(tree: &Tree) -> Vec<Kind> {
    tree.descendants(tree.root()).map(|node| tree.kind(node)).collect()
}

/// Whether the same places name Connections as before, and all but the renamed ones the same.
fn verify(before: &[Link], after: &[Link], renames: &[Rename]) -> Result<(), Problem> {
    if before.len() != after.len() {
        return Err(Problem::Unsound("a Connection would be named in more or in fewer places"));
    }
    let mut renames = renames.iter().peekable();
    let (mut added, mut removed) = (0, 0);
    for (was, is) in before.iter().zip(after) {
        let rename = renames.next_if(|rename| rename.range == was.range);
        let name = rename.map_or(&was.name, |rename| &rename.new);
        if is.name != *name || is.range.start() + removed != was.range.start() + added {
            return Err(Problem::Unsound("a place would name another Connection than it should"));
        }
        if let Some(rename) = rename {
            added += rename.new.len();
            removed += rename.range.len();
        }
    }
    match renames.next() {
        None => Ok(()),
        Some(_) => Err(Problem::Unsound("a renamed Connection would not be found again")),
    }
}
