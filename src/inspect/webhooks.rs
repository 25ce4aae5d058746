//! What is to be known of the webhooks in a JSON file.

use crate::census::names::note_behind_names;
use crate::project::export::{Export, WebhookToken};
use crate::project::format::Format;
use crate::text::secret::Secrets;
use crate::text::source::Source;

/// The tokens that a file's webhooks send.
#[derive(Default, Debug)]
pub struct Webhooks {
    /// In text order.
    pub tokens: Vec<WebhookToken>,
}

impl Webhooks {
    /// Looks through a JSON file, which has to be readable. The values of tokens, and what else stands behind a token's name,
    /// go to `secrets`.
    pub fn of(source: &Source, format: Format, secrets: &mut Secrets) -> Self {
        if format != Format::Json {
            return Self::default();
        }
        let tokens = Export::of(source.text(), None).map(|export| export.tokens).unwrap_or_default();
        tokens.iter().for_each(|token| secrets.add(&token.value));
        note_behind_names(source.text(), secrets);
        Self { tokens }
    }
}
