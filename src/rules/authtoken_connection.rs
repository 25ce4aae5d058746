//! # authtoken-connection
//!
//! ## What it finds
//! A use of a Connection that `authshift.toml` marks `authtoken-based = true`, in a request, an integration task or a widget.
//!
//! ## Why
//! Such a Connection sends an authtoken itself, out of sight of the code. Zoho shows it as "Expiring Soon".
//!
//! ## Example
//! fixture: R06-authtoken-based-connection
//!
//! ## Fix safety
//! Not fixed: the Connection has to change, not the code. Open it on the Connections page of the product, click "Migrate To
//! OAuth", choose the scopes and click "Update". If it gets another LinkName on the way, list that in `[renamed-connections]`.

use super::{Draft, Maker};
use crate::finding::{Applicability, Rule};
use crate::links::{Certainty, Link};

pub(super) fn report(maker: &mut Maker<'_>, links: &[Link]) {
    let config = maker.config;
    // Where the code is to name another Connection, this one does not matter any more.
    let used = |link: &&Link| config.is_authtoken_based(&link.name) && !config.renamed().contains_key(&link.name);
    for link in links.iter().filter(used) {
        let mut notes = vec![
            "open it on the Connections page of the Zoho product this runs in: \"Migrate To OAuth\", choose the scopes, \"Update\""
                .to_owned(),
            "if its LinkName changes there, add the old and the new one to [renamed-connections] in authshift.toml".to_owned(),
        ];
        if let Certainty::Doubtful(reason) = &link.certainty {
            notes.push(format!("it may be something else: {reason}"));
        }
        let draft = Draft {
            rule: Rule::AuthtokenConnection,
            applicability: Applicability::Manual,
            range: link.range,
            message: format!(
                "the Connection \"{}\" uses an authtoken itself; Zoho shows it as \"Expiring Soon\"",
                link.name
            ),
            notes,
        };
        if let Some(finding) = maker.add(draft, None, None) {
            finding.connection = Some(link.name.clone());
        }
    }
}
