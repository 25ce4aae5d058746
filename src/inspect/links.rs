//! What is to be known of a widget or a manifest: the Connections that it names, and which of them are renamed.

use super::extension::Code;
use super::manifest::Remarks;
use crate::census::names::note_behind_names;
use crate::deluge::{Document, Flaw, parse_manifest};
use crate::migrate::rename::{self, Rename};
use crate::project::Extension;
use crate::project::config::Config;
use crate::project::format::Format;
use crate::project::widget::{self, Language, LinkPosition};
use crate::requests::link::{Certainty, Link};
use crate::text::secret::Secrets;

/// All that was found in one file that is no Deluge.
#[derive(Default, Debug)]
pub struct Named {
    /// Places that name a Connection which the configuration watches, or, in a widget, which the manifest lacks.
    pub links: Vec<Link>,
    /// Those of them that are to name another one.
    pub renames: Vec<Rename>,
    /// What else there is in a manifest.
    pub remarks: Remarks,
    /// What stands behind a token's name.
    pub secrets: Secrets,
}

impl Named {
    /// Reads a widget or a manifest of the extension; nothing is found in Deluge. `code` is what the extension's code asks
    /// of the manifest.
    ///
    /// # Errors
    /// [`Flaw`], of a manifest.
    pub fn of(
        text: &str,
        format: Format,
        config: &Config,
        extension: Option<&Extension>,
        code: Option<&Code>,
    ) -> Result<Self, Flaw> {
        let mut named = Self::default();
        let lacks = |name: &str| extension.is_some_and(|extension| extension.lacks(name));
        let watched = |name: &str| config.watches(name) || lacks(name);
        match format {
            Format::Deluge | Format::Json => return Ok(named),
            Format::App(_) | Format::Unread => {}
            Format::Widget(language) => {
                named.links = in_widget(text, language, &watched);
                named.renames = rename::plan(&named.links, config);
            }
            Format::Manifest => {
                let document = parse_manifest(text)?;
                let all = in_manifest(&document, &|_| true);
                named.remarks = Remarks::of(&document, code, &mut named.secrets);
                named.renames = rename::plan(&all, config);
                rename::keep_distinct(&mut named.renames, &all);
            }
        }
        note_behind_names(text, &mut named.secrets);
        Ok(named)
    }
}

/// The places in a widget that name one of the `wanted` Connections, in text order.
pub(crate) fn in_widget(text: &str, language: Language, wanted: &dyn Fn(&str) -> bool) -> Vec<Link> {
    let uses = widget::uses(text, language).into_iter().filter(|found| wanted(found.range.of(text)));
    uses.map(|found| Link {
        range: found.range,
        name: found.range.of(text).to_owned(),
        certainty: match found.place {
            LinkPosition::Direct => Certainty::Sure,
            LinkPosition::Variable(name) => {
                Certainty::Assumed(format!("`{name}` is used for nothing but the LinkName"))
            }
            LinkPosition::Part => Certainty::Doubtful("the code chooses or builds the LinkName here".to_owned()),
        },
        caller: None,
    })
    .collect()
}

/// The places in a manifest that name one of the `wanted` Connections, in text order.
pub(crate) fn in_manifest(document: &Document<'_>, wanted: &dyn Fn(&str) -> bool) -> Vec<Link> {
    let links = document.link_names().into_iter().filter(|link| wanted(&link.name));
    links.map(|link| Link { range: link.range, name: link.name, certainty: Certainty::Sure, caller: None }).collect()
}
