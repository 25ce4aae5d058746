//! Everything that is to be known of one file before a word is said about it: its calls, what becomes of each, token
//! values written into the code, and tokens that belong to no call. Rules only name what stands here.

mod hardcoded;
mod need;
mod secrets;
mod strays;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::analysis::bindings::Scopes;
use crate::analysis::carrier::Carrier;
use crate::analysis::flow::Context;
use crate::analysis::target::Owner;
use crate::analysis::{Call, calls};
use crate::config::{Config, ConfigError};
use crate::finding::Applicability;
use crate::migrate::hosts::{self, Relocation};
use crate::migrate::tie::{self, What};
use crate::migrate::{self, Fresh, Transaction, dead};
use crate::secret::Secrets;
use crate::source::TextRange;
use crate::syntax::{NodeId, Tree};
use crate::zoho::LegacyKind;

use hardcoded::assigned_name;
pub use need::need;
use strays::speaks_of_token;

/// A token value written into the code outside of a request's own carriers.
#[derive(Debug)]
pub struct Hardcoded {
    /// The value, without quotes.
    pub range: TextRange,
    /// The assignment that goes when nothing reads the variable any more.
    pub assignment: Option<NodeId>,
    /// Whether that is so once the safe, or also the unsafe, migrations are applied.
    pub applicability: Applicability,
}

/// A token that is used, but in no request that can be seen.
#[derive(Debug)]
pub struct Stray {
    /// How it is sent, as far as its surroundings tell.
    pub carrier: Carrier,
    /// Where.
    pub range: TextRange,
    /// Why nothing is edited.
    pub reason: &'static str,
}

/// A call that concerns this tool and what becomes of it.
#[derive(Debug)]
pub struct Concern {
    /// The call.
    pub call: Call,
    /// Its migration; `None` when it carries no token and there is nothing else to say of it.
    pub transaction: Option<Transaction>,
    /// Its new address, when it goes to an old one that moved.
    pub relocation: Option<Relocation>,
}

/// What earlier rounds tell of a file.
pub struct Known<'k> {
    /// Whether a round took reads of this name in this scope away.
    pub lost: &'k dyn Fn(NodeId, &str) -> bool,
    /// Calls, by their ordinal in the file, whose migration did not hold what it promised, and what that was.
    pub vetoed: &'k HashMap<usize, &'static str>,
    /// The same for calls whose new address did not hold what it promised.
    pub kept: &'k HashMap<usize, &'static str>,
}

/// All that was found in one file.
pub struct Inspection<'a> {
    /// Text, tree and names.
    pub context: Context<'a>,
    /// Calls to Zoho, to hosts that cannot be seen, and to those the configuration names.
    pub concerns: Vec<Concern>,
    /// Token values in the code.
    pub hardcoded: Vec<Hardcoded>,
    /// Tokens without a request.
    pub strays: Vec<Stray>,
    /// Names that only carried a token and are not read any more, where they are declared.
    pub unused: Vec<TextRange>,
    /// Comments that speak of authtokens and hold none.
    pub remarks: Vec<TextRange>,
    /// Every secret of the file.
    pub secrets: Secrets,
}

impl<'a> Inspection<'a> {
    /// Inspects a file in the light of `known`.
    ///
    /// # Errors
    /// [`ConfigError`] when two entries of the configuration fit one request equally well.
    pub fn of(
        text: &'a str,
        tree: &'a Tree,
        scopes: &'a Scopes<'a>,
        config: &Config,
        path: &Path,
        known: &Known<'_>,
    ) -> Result<Self, ConfigError> {
        let context = Context { text, tree, scopes };
        let mut inspection = Self {
            context,
            concerns: Vec::new(),
            hardcoded: Vec::new(),
            strays: Vec::new(),
            unused: Vec::new(),
            remarks: Vec::new(),
            secrets: Secrets::default(),
        };
        let mut others = Vec::new();
        let mut fresh = Fresh::default();
        let mut kept = Vec::new();
        for (index, call) in calls(context).into_iter().enumerate() {
            if !migrate::concerns(&call, config, path)? {
                others.push(call);
                continue;
            }
            let carries = call.occurrences().next().is_some();
            // A dead endpoint stays a finding when the token is gone and a connection is there.
            let connected = call.request.connection.is_some() && call.owner() == Owner::Zoho;
            let mut transaction = if carries || connected || is_about_tokens(&call).is_some() {
                Some(migrate::plan(context, &call, config, path, &mut fresh)?)
            } else {
                None
            };
            if let (Some(reason), Some(transaction)) = (known.vetoed.get(&index), &mut transaction) {
                transaction.hold_back(reason);
            }
            kept.push(known.kept.get(&index).copied());
            inspection.concerns.push(Concern { call, transaction, relocation: None });
        }
        let mut planned: Vec<(&Call, &mut Transaction)> = inspection
            .concerns
            .iter_mut()
            .filter_map(|concern| Some((&concern.call, concern.transaction.as_mut()?)))
            .collect();
        tie::tie(context, &mut planned, &others.iter().collect::<Vec<_>>(), What::Tokens);
        inspection.relocate(config, &others, &kept);
        inspection.find_hardcoded(&others);
        inspection.find_strays(&others);
        inspection.settle_hardcoded(known.lost);
        inspection.find_unused(known.lost);
        let holds =
            |comment: TextRange| inspection.hardcoded.iter().any(|hardcoded| comment.contains_range(hardcoded.range));
        let speaks = |comment: &TextRange| speaks_of_token(comment.of(text)) && !holds(*comment);
        inspection.remarks = tree.comments().iter().copied().filter(speaks).collect();
        inspection.collect_secrets();
        Ok(inspection)
    }

    /// Plans the new addresses, which depend on what becomes of the tokens. `kept` is, for each concern, why its address
    /// stays after all.
    fn relocate(&mut self, config: &Config, others: &[Call], kept: &[Option<&'static str>]) {
        for (concern, kept) in self.concerns.iter_mut().zip(kept) {
            concern.relocation = hosts::plan(self.context, &concern.call, concern.transaction.as_ref());
            if let (Some(relocation), Some(reason)) = (&mut concern.relocation, kept) {
                relocation.change.hold_back(reason);
            }
        }
        let mut planned: Vec<(&Call, &mut Transaction)> = Vec::new();
        let mut others: Vec<&Call> = others.iter().collect();
        for Concern { call, relocation, .. } in &mut self.concerns {
            match relocation {
                Some(relocation) => planned.push((call, &mut relocation.change)),
                None => others.push(call),
            }
        }
        hosts::settle(self.context, &mut planned, &others, config.upgrade_hosts());
    }

    /// The calls whose new address is at most as bad as `level`, with the change.
    pub fn relocations(&self, level: Applicability) -> impl Iterator<Item = (&Call, &Transaction)> {
        self.concerns
            .iter()
            .filter_map(|concern| Some((&concern.call, &concern.relocation.as_ref()?.change)))
            .filter(move |(_, change)| change.applicability <= level && !change.edits.is_empty())
    }

    /// The calls whose migration is at most as bad as `level`, with that migration.
    pub fn transactions(&self, level: Applicability) -> impl Iterator<Item = (&Call, &Transaction)> {
        self.concerns
            .iter()
            .filter_map(|concern| Some((&concern.call, concern.transaction.as_ref()?)))
            .filter(move |(_, transaction)| transaction.applicability <= level && !transaction.edits.is_empty())
    }

    /// The assignments that are dead once the transactions up to `level` are applied.
    pub fn dead(&self, level: Applicability, lost: &dyn Fn(NodeId, &str) -> bool) -> Vec<NodeId> {
        let removed: Vec<NodeId> =
            self.transactions(level).flat_map(|(_, transaction)| transaction.removed.iter().copied()).collect();
        self.dead_without(&removed, lost)
    }

    /// The assignments that are dead once the expressions `removed` have left the code. A variable called after the
    /// authtoken that holds a literal and is not read at all is dead from the start.
    pub fn dead_without(&self, removed: &[NodeId], lost: &dyn Fn(NodeId, &str) -> bool) -> Vec<NodeId> {
        let context = self.context;
        let named: HashSet<(NodeId, &str)> = self
            .hardcoded
            .iter()
            .filter_map(|hardcoded| {
                let node = hardcoded.assignment?;
                Some((context.tree.scope(node), assigned_name(context, node)?))
            })
            .filter(|(_, name)| speaks_of_token(name))
            .collect();
        dead::assignments(context, removed, &|scope, name| lost(scope, name) || named.contains(&(scope, name)))
    }
}

/// Whether a call exchanges authtokens for OAuth tokens, or makes one: the token in it is what the call is about.
pub fn is_about_tokens(call: &Call) -> Option<LegacyKind> {
    migrate::legacy(call).map(|endpoint| endpoint.kind).filter(|kind| *kind != LegacyKind::Dead)
}
