//! # manifest-connector-missing
//!
//! a Connection that a manifest lacks
//!
//! ## What it finds
//! A Connection that the code of an extension names and its `plugin-manifest.json` does not list: the connection of a request,
//! the argument of an integration task, `connectionLinkName` and `CONNECTION.invoke(…)` in a widget. The manifest is the
//! nearest one upwards. A manifest of a product that keeps its Connections elsewhere, such as Zoho CRM, and that lists none,
//! lacks none.
//!
//! ## Why
//! An installed extension may only use the Connections of its manifest. Everything works for its developer, and the call fails
//! for everybody who installs it.
//!
//! ## Fix safety
//! Not fixed: the manifest needs what Zoho shows of the Connection. Copy its JSON from the Connections page into a file, and
//! run `authshift manifest add FILE`.

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{AnyFile, Look};
use super::sink::{FindingSink, NewFinding};
use crate::finding::{Applicability, Rule, Severity};
use crate::requests::link::{Certainty, Link};

pub(super) static RULE: Declaration = Declaration {
    place: 230,
    severity: Severity::Error,
    fixable: Fixable::No,
    comments: true,
    needs: &[&[Sign::Listed]],
    weakness: None,
    example: example!("M20-connection-that-the-manifest-lacks.page", "before.deluge"),
    looks: &[Look::AnyFile(report)],
};

fn report(sink: &mut FindingSink<'_>, file: &AnyFile<'_>) {
    let Some(extension) = file.extension else { return };
    // What is to have another name is reported as such, and what may be no LinkName at all is no error.
    let lacks = |link: &&Link| {
        extension.lacks(&link.name)
            && !sink.config.renamed().contains_key(&link.name)
            && !matches!(link.certainty, Certainty::Doubtful(_))
    };
    for link in file.links.iter().filter(lacks).cloned().collect::<Vec<_>>() {
        let manifest = extension.path.display();
        let new = NewFinding {
            rule: Rule::ManifestConnectorMissing,
            applicability: Applicability::Manual,
            range: link.range,
            message: format!("{manifest} does not list the Connection \"{}\"", link.name),
            notes: vec![format!(
                "copy its JSON from the Connections page into a file, and run `authshift manifest add FILE {manifest}`"
            )],
        };
        if sink.add(new, None, None) {
            sink.amend(|diagnosis| diagnosis.connection = Some(link.name.into()));
        }
    }
}
