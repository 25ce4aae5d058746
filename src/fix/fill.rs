//! Putting LinkNames in the place of placeholders, and the check that nothing else changed.

use super::{Problem, unreadable};
use crate::deluge::{Kind, Tree};
use crate::finding::Rule;
use crate::migrate;
use crate::migrate::placeholder::Placeholder;
use crate::project::config::{Config, Level};
use crate::project::export::ScriptPlace;
use crate::project::format::Format;
use crate::project::part::Part;
use crate::project::suppress::Suppressions;
use crate::requests::bindings::Scopes;
use crate::requests::calls;
use crate::requests::flow::Context;
use crate::requests::link_name::{Link, link};
use crate::rules::prefilter;
use crate::text::edit::{Edit, EditSet};
use crate::text::source::{Source, TextRange};

/// A placeholder that can be filled.
pub(super) struct Fill {
    /// The part of the file, and the ordinal of the request in it.
    pub(super) part: usize,
    pub(super) call: usize,
    /// In the part.
    value: TextRange,
    link: String,
    /// In the file.
    pub(super) edit: Edit,
}

/// The placeholders of a file that the configuration has a LinkName for. With `places`, the parts of a JSON file are there.
pub(super) fn plan(
    text: &str,
    source: &Source,
    format: Format,
    config: &Config,
    places: Option<&[ScriptPlace]>,
) -> Result<Vec<Fill>, Problem> {
    let is_off = config.level(Rule::ConnectionPlaceholder) == Level::Off;
    if is_off || !format.has_functions() || !prefilter::may_hold_placeholder(text, format) {
        return Ok(Vec::new());
    }
    let parts = Part::all_in(text, format, places).map_err(|error| unreadable(error, source))?;
    let mut fills = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let suppressions = Suppressions::of(part.text(), part.tree.comments());
        let scopes = Scopes::of(part.text(), &part.tree);
        let context = Context { text: part.text(), tree: &part.tree, scopes: &scopes };
        for call in calls(context) {
            let Some(placeholder) = Placeholder::of(context, &call) else { continue };
            if suppressions.covers(Rule::ConnectionPlaceholder, placeholder.attribute) {
                continue;
            }
            let configured = migrate::configured(context, &call, config, source.path())?;
            if let (Some(link), Some(value)) = (configured, placeholder.value)
                && let Some(edit) = placeholder.fill(&link).and_then(|edit| part.outer_edit(&edit))
            {
                fills.push(Fill { part: number, call: call.ordinal, value, link: link.to_string(), edit });
            }
        }
    }
    Ok(fills)
}

/// The text with those placeholders filled that are `wanted`, each by its part and the ordinal of its request; `None` when
/// there are none.
pub(super) fn apply(
    text: &str,
    source: &Source,
    format: Format,
    config: &Config,
    places: Option<&[ScriptPlace]>,
    wanted: &dyn Fn(usize, usize) -> bool,
) -> Result<Option<String>, Problem> {
    let mut fills = plan(text, source, format, config, places)?;
    fills.retain(|fill| wanted(fill.part, fill.call));
    if fills.is_empty() {
        return Ok(None);
    }
    let mut edits = EditSet::new();
    if !fills.iter().all(|fill| edits.accept(std::slice::from_ref(&fill.edit))) {
        return Err(Problem::Unsound("two LinkNames would come in one place"));
    }
    let next = edits.apply(text).ok_or(Problem::Unsound("an edit did not fit the text"))?;
    verify(text, &next, &fills, source, format, places)?;
    Ok(Some(next))
}

/// Whether the requests that were filled name their Connections now, and all else is as before.
fn verify(
    old: &str,
    new: &str,
    fills: &[Fill],
    source: &Source,
    format: Format,
    places: Option<&[ScriptPlace]>,
) -> Result<(), Problem> {
    const OTHERWISE: Problem = Problem::Unsound("more than a placeholder would change");
    let read = |text| Part::all_in(text, format, places).map_err(|error| unreadable(error, source));
    let (before, after) = (read(old)?, read(new)?);
    if before.len() != after.len() {
        return Err(OTHERWISE);
    }
    let mut fills = fills.iter().peekable();
    for (number, (was, is)) in before.iter().zip(&after).enumerate() {
        let own: Vec<&Fill> = std::iter::from_fn(|| fills.next_if(|fill| fill.part == number)).collect();
        if shape(&was.tree, &own) != shape(&is.tree, &[]) {
            return Err(OTHERWISE);
        }
        if own.is_empty() {
            continue;
        }
        let scopes = Scopes::of(is.text(), &is.tree);
        let context = Context { text: is.text(), tree: &is.tree, scopes: &scopes };
        let calls = calls(context);
        let names = |fill: &Fill| {
            let slot = calls.get(fill.call).and_then(|call| call.request.connection);
            slot.is_some_and(|slot| link(context, slot) == Link::Named(fill.link.clone()))
        };
        if !own.into_iter().all(names) {
            return Err(Problem::Unsound("a request would not name its Connection"));
        }
    }
    Ok(())
}

/// What the nodes of a tree are, in their order. What is filled is a text.
fn shape(tree: &Tree, fills: &[&Fill]) -> Vec<Kind> {
    let mut values: Vec<TextRange> = fills.iter().map(|fill| fill.value).collect();
    values.sort_unstable();
    let mut kinds = Vec::new();
    for node in tree.descendants(tree.root()) {
        let range = tree.range(node);
        let before = values.partition_point(|value| value.start() <= range.start());
        match before.checked_sub(1).and_then(|at| values.get(at)) {
            Some(value) if *value == range => kinds.push(Kind::String),
            Some(value) if value.contains_range(range) => {}
            _ => kinds.push(tree.kind(node)),
        }
    }
    kinds
}
