//! What is to be known of a widget or a manifest: the Connections that it names, and which of them are renamed.

use super::secrets::note_behind_names;
use crate::config::Config;
use crate::discover::Format;
use crate::links::{Link, in_manifest, in_widget};
use crate::migrate::rename::{self, Rename};
use crate::secret::Secrets;
use crate::syntax::{Flaw, parse_manifest};

/// All that was found in one file that is no Deluge.
#[derive(Default, Debug)]
pub struct Named {
    /// Places that name a Connection which the configuration watches.
    pub links: Vec<Link>,
    /// Those of them that are to name another one.
    pub renames: Vec<Rename>,
    /// What stands behind a token's name.
    pub secrets: Secrets,
}

impl Named {
    /// Reads a widget or a manifest; nothing is found in Deluge.
    ///
    /// # Errors
    /// [`Flaw`], of a manifest.
    pub fn of(text: &str, format: Format, config: &Config) -> Result<Self, Flaw> {
        let mut named = Self::default();
        let watched = |name: &str| config.watches(name);
        match format {
            Format::Deluge => return Ok(named),
            Format::Widget(language) => {
                named.links = in_widget(text, language, &watched);
                named.renames = rename::plan(&named.links, config);
            }
            Format::Manifest => {
                let all = in_manifest(&parse_manifest(text)?, &|_| true);
                named.renames = rename::plan(&all, config);
                rename::keep_distinct(&mut named.renames, &all);
            }
        }
        note_behind_names(text, &mut named.secrets);
        Ok(named)
    }
}
