//! What the files of a repository show together: which constants and settings hold a host of Zoho's, and whether its code sends
//! authtokens.

use std::collections::{BTreeMap, BTreeSet};

use crate::zoho::target::Target;

/// What the files show together.
#[derive(Clone, Default, Debug)]
pub struct Evidence {
    /// In lower case, the names of constants, settings and keys beside a host of Zoho's.
    pub(super) names: BTreeMap<String, Target>,
    /// The names of constants that hold the parameter's name and nothing else.
    pub(super) parameters: BTreeSet<String>,
    pub(super) targets: Vec<Target>,
    pub(super) sends: bool,
    pub(super) uses_oauth: bool,
}

impl Evidence {
    /// Whether nothing more can be learned of it from what the files show together.
    pub(crate) fn is_settled(&self) -> bool {
        self.sends || self.uses_oauth || !self.calls()
    }

    /// Whether a file names a host of Zoho's that answers requests.
    pub(super) fn calls(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Whether a file sends an authtoken to Zoho, by what that file shows itself.
    pub(super) fn sends(&self) -> bool {
        self.sends
    }

    /// Whether a file uses Zoho's OAuth.
    pub(super) fn uses_oauth(&self) -> bool {
        self.uses_oauth
    }

    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// What the constant or setting of that name holds.
    pub(super) fn target_of(&self, name: &str) -> Option<&Target> {
        self.names.get(&name.to_ascii_lowercase())
    }

    /// The one service that all files call.
    pub(super) fn only_target(&self) -> Option<Target> {
        let mut targets = self.targets.iter().filter(|target| target.service != Some("accounts"));
        let first = targets.next()?;
        let mut only = first.clone();
        for target in targets {
            if target.service != only.service {
                return None;
            }
            if target.data_center != only.data_center {
                only.data_center = None;
            }
        }
        Some(only)
    }
}
