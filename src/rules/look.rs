//! Where a rule looks for what it finds, and what it is given there.

use std::cell::OnceCell;

use foldhash::HashSet;

use super::sink::FindingSink;
use crate::app::App;
use crate::census;
use crate::deluge::NodeId;
use crate::finding::Applicability;
use crate::inspect::manifest::Remarks;
use crate::inspect::{Concern, Inspection};
use crate::migrate::Transaction;
use crate::migrate::rename::Rename;
use crate::project::Extension;
use crate::requests::call::Call;
use crate::requests::link::Link;

/// Where a rule looks, with the function that is called for each such thing.
#[derive(Debug)]
pub(super) enum Look {
    /// Each request of a script.
    Request(fn(&mut FindingSink<'_>, &Script<'_, '_>, &Concern)),
    /// Each request that is to be migrated; not one that makes or exchanges tokens.
    Migration(fn(&mut FindingSink<'_>, &Script<'_, '_>, &Call, &Transaction)),
    /// A script, when its requests have been looked at.
    Script(fn(&mut FindingSink<'_>, &Script<'_, '_>)),
    /// A script, a widget or a manifest.
    AnyFile(fn(&mut FindingSink<'_>, &AnyFile<'_>)),
    /// A manifest.
    Manifest(fn(&mut FindingSink<'_>, &Remarks)),
    /// A file of an app in another language, or of its configuration.
    App(fn(&mut FindingSink<'_>, &App)),
    /// A file that is not read as code.
    Unread(fn(&mut FindingSink<'_>)),
}

/// A script of Deluge: a file, or a part of one.
pub(super) struct Script<'s, 'a> {
    pub(super) inspection: &'s Inspection<'a>,
    /// The extension that it belongs to.
    pub(super) extension: Option<&'s Extension>,
    dead: [OnceCell<HashSet<NodeId>>; 2],
}

impl<'s, 'a> Script<'s, 'a> {
    pub(super) fn new(inspection: &'s Inspection<'a>, extension: Option<&'s Extension>) -> Self {
        Self { inspection, extension, dead: Default::default() }
    }

    /// The statements that go with the migrations of this level: with the safe ones, or with all.
    pub(super) fn dead(&self, level: Applicability) -> &HashSet<NodeId> {
        let [safe, all] = &self.dead;
        let (kept, level) = match level {
            Applicability::Safe => (safe, Applicability::Safe),
            Applicability::Unsafe | Applicability::Manual => (all, Applicability::Unsafe),
        };
        kept.get_or_init(|| self.inspection.dead(level, &|_, _| false).into_iter().collect())
    }
}

/// What scripts, widgets and manifests have in common.
pub(super) struct AnyFile<'f> {
    /// Places that name a Connection.
    pub(super) links: &'f [Link],
    /// Those of them that are to name another one.
    pub(super) renames: &'f [Rename],
    /// Its requests, when it is a script.
    pub(super) concerns: &'f [Concern],
    /// The extension that it belongs to.
    pub(super) extension: Option<&'f Extension>,
    /// The signs of tokens that nothing explains.
    pub(super) left: &'f [census::Sign],
}
