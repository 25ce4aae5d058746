//! What the text of a file is.

use crate::app;
use crate::project::widget;

/// What the text of a file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Deluge functions.
    Deluge,
    /// An extension's `plugin-manifest.json`.
    Manifest,
    /// The code or a page of a widget, of which only the names of Connections are read.
    Widget(widget::Language),
    /// JSON that may hold functions and webhooks.
    Json,
    /// Code or configuration of an app in another language.
    App(app::Language),
    /// Anything else that names an authtoken.
    Unread,
}

impl Format {
    /// Whether there are functions in it.
    pub fn has_functions(self) -> bool {
        matches!(self, Format::Deluge | Format::Json)
    }
}
