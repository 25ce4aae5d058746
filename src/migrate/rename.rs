//! A Connection that got another LinkName: row R1. Each place is a transaction of its own, apart from tokens.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use crate::finding::{Applicability, Rule};
use crate::project::config::{Config, Level};
use crate::requests::link::{Certainty, Link};
use crate::text::edit::Edit;
use crate::text::source::TextRange;

/// What becomes of one place that names a renamed Connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rename {
    /// The old LinkName, without quotes, in bytes.
    pub range: TextRange,
    /// The old LinkName.
    pub old: String,
    /// The newest one.
    pub new: String,
    /// What can be done.
    pub applicability: Applicability,
    /// The assumption, or why it is left to a person.
    pub reason: Option<String>,
}

impl Rename {
    /// The change. A LinkName needs no escapes in any kind of file.
    pub fn edit(&self) -> Edit {
        Edit::replace(self.range, self.new.as_str())
    }

    /// Leaves it to a person.
    pub fn refuse(&mut self, reason: String) {
        self.applicability = Applicability::Manual;
        self.reason = Some(reason);
    }
}

/// The renames of a file that names Connections in `links`; none when the rule is switched off.
pub fn plan(links: &[Link], config: &Config) -> Vec<Rename> {
    if config.level(Rule::RenamedConnection) == Level::Off {
        return Vec::new();
    }
    let plan = |link: &Link| {
        let (applicability, reason) = match &link.certainty {
            Certainty::Sure => (Applicability::Safe, None),
            Certainty::Assumed(assumption) => (Applicability::Unsafe, Some(assumption.clone())),
            Certainty::Doubtful(reason) => (Applicability::Manual, Some(reason.clone())),
        };
        let new = config.renamed().get(&link.name)?.clone();
        Some(Rename { range: link.range, old: link.name.clone(), new, applicability, reason })
    };
    links.iter().filter_map(plan).collect()
}

/// Holds back the renames that would give two Connections of one manifest the same LinkName: which of the two objects is right
/// then, only a person knows. `links` are all of the manifest.
pub fn keep_distinct(renames: &mut [Rename], links: &[Link]) {
    let standing: HashSet<&str> = links.iter().map(|link| link.name.as_str()).collect();
    let mut sources: HashMap<String, String> = HashMap::new();
    let mut shared: HashSet<String> = HashSet::new();
    for rename in renames.iter() {
        let first = sources.entry(rename.new.clone()).or_insert_with(|| rename.old.clone());
        if *first != rename.old {
            shared.insert(rename.new.clone());
        }
    }
    for rename in renames {
        if standing.contains(rename.new.as_str()) {
            let new = &rename.new;
            rename.refuse(format!("the manifest has another Connection \"{new}\"; remove the one that is out of use"));
        } else if shared.contains(&rename.new) {
            let new = &rename.new;
            rename.refuse(format!("two Connections of the manifest would become \"{new}\"; remove one of them"));
        }
    }
}
