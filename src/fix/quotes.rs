//! Writing straight quotes for typographic ones, before anything else: a request with such quotes is migrated only then.

use super::{Problem, unreadable};
use crate::finding::{Applicability, Rule};
use crate::migrate::quotes::{curly_texts, has_marks};
use crate::project::config::{Config, Level};
use crate::project::export::ScriptPlace;
use crate::project::format::Format;
use crate::project::part::Part;
use crate::project::suppress::Suppressions;
use crate::text::edit::{Edit, EditSet};
use crate::text::source::Source;

/// The texts of one line that get straight quotes.
pub(super) struct Straighten {
    /// The part of the file.
    pub(super) part: usize,
    line: u32,
    /// The ordinals of the texts among all of the part; writing straight quotes does not change them.
    pub(super) texts: Vec<usize>,
    /// In the file.
    pub(super) edits: Vec<Edit>,
}

/// The quotes that can be straightened, those of a line together. With `places`, the parts of a JSON file are there.
pub(super) fn plan(
    text: &str,
    source: &Source,
    format: Format,
    config: &Config,
    level: Applicability,
    places: Option<&[ScriptPlace]>,
) -> Result<Vec<Straighten>, Problem> {
    let is_off = config.level(Rule::CurlyQuote) == Level::Off;
    // JSON may write them as escapes.
    let may_have = || format == Format::Json || has_marks(text);
    if level < Applicability::Unsafe || is_off || !format.has_functions() || !may_have() {
        return Ok(Vec::new());
    }
    let parts = Part::all_in(text, format, places).map_err(|error| unreadable(error, source))?;
    let mut all: Vec<Straighten> = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let found = curly_texts(part);
        if found.is_empty() {
            continue;
        }
        // Where a page is kept encoded, nobody writes comments for this tool.
        let suppressions = match part.is_page() {
            true => Suppressions::default(),
            false => Suppressions::of(part.text(), part.tree.comments()),
        };
        for one in found {
            let Some(pair) = one.straight.filter(|_| !suppressions.covers(Rule::CurlyQuote, one.range)) else {
                continue;
            };
            let edits = pair.iter().filter_map(|edit| part.outer_edit(edit));
            match all.last_mut().filter(|last| (last.part, last.line) == (number, one.line)) {
                Some(last) => {
                    last.texts.push(one.ordinal);
                    last.edits.extend(edits);
                }
                None => all.push(Straighten {
                    part: number,
                    line: one.line,
                    texts: vec![one.ordinal],
                    edits: edits.collect(),
                }),
            }
        }
    }
    Ok(all)
}

/// The text with those quotes straightened that are `wanted`, each by its part and the ordinal of its text; `None` when there
/// are none.
pub(super) fn apply(
    text: &str,
    source: &Source,
    format: Format,
    config: &Config,
    level: Applicability,
    places: Option<&[ScriptPlace]>,
    wanted: &dyn Fn(usize, usize) -> bool,
) -> Result<Option<String>, Problem> {
    let mut all = plan(text, source, format, config, level, places)?;
    all.retain(|line| line.texts.iter().all(|&ordinal| wanted(line.part, ordinal)));
    if all.is_empty() {
        return Ok(None);
    }
    let mut edits = EditSet::new();
    if !all.iter().all(|line| edits.accept(&line.edits)) {
        return Err(Problem::Unsound("two changes of quotes would overlap"));
    }
    edits.apply(text).ok_or(Problem::Unsound("an edit did not fit the text")).map(Some)
}
