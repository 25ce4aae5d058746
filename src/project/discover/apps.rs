//! Files that belong to apps in other languages.

use crate::app;
use crate::project::config::Config;
use crate::project::export::Export;
use crate::project::format::Format;
use crate::text::source::Source;

/// The language of a file that belongs to an app, when nothing else, `format`, is plain. A walked one has to hold a sign.
pub(crate) fn of_app(
    source: &Source,
    format: Option<Format>,
    by_content: bool,
    config: &Config,
) -> Option<app::Language> {
    let (path, text) = (source.path(), source.text());
    let is_open = matches!(format, None | Some(Format::Json));
    if !is_open || !config.reads_apps() || (by_content && !app::may_concern(text.as_bytes())) {
        return None;
    }
    let language = app::language(path, text)?;
    // Only an export, which has functions or webhooks in it, is an error when its JSON is invalid.
    let is_export = || {
        format == Some(Format::Json)
            && language != app::Language::Postman
            && Export::of(text, None).map_or(true, |export| !(export.scripts.is_empty() && export.tokens.is_empty()))
    };
    (!is_export()).then_some(language)
}
