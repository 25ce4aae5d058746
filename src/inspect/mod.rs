//! Collects all facts about one part of a file: its calls and the migration of each, token values written into the code, and
//! tokens that belong to no call. The rules in `rules/` turn these facts into findings.

mod alone;
mod crowded;
pub(crate) mod explained;
pub mod extension;
mod hardcoded;
pub mod links;
pub mod manifest;
mod need;
mod pasted;
pub(crate) mod secrets;
mod strays;
mod suppressed;
mod unsent;
pub mod webhooks;

use std::path::Path;
use std::sync::Arc;

use foldhash::{HashMap, HashSet, HashSetExt};

use crate::census::names::{self, mentions_authtoken, mentions_oauth};
use crate::deluge::{Kind, NodeId};
use crate::finding::{Applicability, Rule};
use crate::migrate::hosts::{self, Relocation};
use crate::migrate::oauth::{self, Requests};
use crate::migrate::reason::Code;
use crate::migrate::rename::{self, Rename};
use crate::migrate::tie::{self, What};
use crate::migrate::{self, NewNames, Transaction, dead, order};
use crate::project::Extension;
use crate::project::config::{Config, ConfigError};
use crate::project::part::Part;
use crate::project::suppress::Suppressions;
use crate::requests::bindings::Scopes;
use crate::requests::call::Call;
use crate::requests::calls;
use crate::requests::flow::Context;
use crate::requests::links::{Links, links};
use crate::requests::oauth::helper::{self, Helper};
use crate::requests::occurrence::{Carrier, Occurrence};
use crate::text::edit::Edit;
use crate::text::secret::Secrets;
use crate::text::source::{Ranges, TextRange};
use crate::text::words::Places;
use crate::zoho::LegacyKind;
use crate::zoho::target::Owner;

pub use alone::Alone;
use hardcoded::assigned_name;
pub use need::need;

pub use pasted::{Pasted, Vendor};

/// A token value written into the code outside of a request's own carriers.
#[derive(Debug)]
pub struct Hardcoded {
    /// The value, without quotes.
    pub range: TextRange,
    /// With the key that it stands under.
    pub entry: Option<TextRange>,
    /// The assignment, or what puts it into a map or a list, which goes when nothing reads that any more.
    pub assignment: Option<NodeId>,
    /// Whether that is so once the safe, or also the unsafe, migrations are applied.
    pub applicability: Applicability,
}

impl Hardcoded {
    /// A value that stands in some text.
    fn text(range: TextRange) -> Self {
        Self { range, entry: None, assignment: None, applicability: Applicability::Manual }
    }
}

/// A token that is used, but in no request that can be seen.
#[derive(Debug)]
pub struct Stray {
    /// How it is sent, as far as its surroundings show it.
    pub carrier: Carrier,
    /// Where.
    pub range: TextRange,
    /// Why nothing is edited.
    pub reason: &'static str,
    /// Whether it is an access token in a hand-made header, and no authtoken.
    pub access: bool,
}

/// A call that concerns this tool and what becomes of it.
#[derive(Debug)]
pub struct Concern {
    /// The call.
    pub call: Box<Call>,
    /// Its migration; `None` when it carries no token and there is nothing else to say of it.
    pub transaction: Option<Box<Transaction>>,
    /// Its new address, when it goes to an old one that moved.
    pub relocation: Option<Box<Relocation>>,
}

/// What is known of a file before it is inspected: from earlier rounds and from other files.
pub struct PriorFacts<'k> {
    /// Whether a round took reads of this name in this scope away.
    pub lost: &'k dyn Fn(NodeId, &str) -> bool,
    /// Calls, by their ordinal in the file, whose migration did not hold what it promised, and what that was.
    pub vetoed: &'k HashMap<usize, &'static str>,
    /// The same for calls whose new address did not hold what it promised.
    pub kept: &'k HashMap<usize, &'static str>,
    /// The extension that it belongs to.
    pub extension: Option<&'k Extension>,
}

/// All that was found in one part of a file.
pub struct Inspection<'a> {
    /// The part; all ranges are in its text.
    pub part: &'a Part<'a>,
    /// Text, tree and names.
    pub context: Context<'a>,
    /// Calls to Zoho, to hosts that cannot be seen, and to those the configuration names.
    pub concerns: Vec<Concern>,
    /// All other calls.
    #[expect(clippy::vec_box, reason = "as `calls` gives them")]
    others: Vec<Box<Call>>,
    /// Token values in the code.
    pub hardcoded: Vec<Hardcoded>,
    /// Secrets of OAuth in the code.
    pub pasted: Vec<Pasted>,
    /// What becomes of the answers of token requests.
    pub requests: Requests,
    /// Functions that only fetch an access token.
    pub helpers: Vec<Helper>,
    /// Headers that carry an access token, each with the ordinal of its concern, by place.
    headers: Vec<(TextRange, usize)>,
    /// The parts of token requests, and of calls of such functions, that go when nothing needs their token.
    pub parts: HashSet<NodeId>,
    /// Tokens without a request.
    pub strays: Vec<Stray>,
    /// What goes into a map that nothing sends.
    unsent: Vec<TextRange>,
    /// Names that only carried a token and are not read any more, where they are declared.
    pub unused: Vec<TextRange>,
    /// Comments that mention authtokens and hold none.
    pub remarks: Vec<TextRange>,
    /// Every secret of the file.
    pub secrets: Secrets,
    /// Places that name a Connection which the configuration watches, or which the manifest lacks.
    pub links: Links,
    /// Those of their texts that are to name another one.
    pub renames: Vec<Rename>,
    /// What comments suppress.
    pub suppressions: Suppressions,
    /// The tokens that comments suppress; what is edited keeps away from them. Sorted, without overlap.
    pub kept: Vec<TextRange>,
    /// Where the text names tokens, and secrets of OAuth.
    tokens_named: Places,
    secrets_named: Places,
}

impl<'a> Inspection<'a> {
    /// Inspects a part in the light of `known`.
    ///
    /// # Errors
    /// [`ConfigError`] when two entries of the configuration fit one request equally well.
    pub fn of(
        part: &'a Part<'a>,
        scopes: &'a Scopes<'a>,
        config: &Config,
        path: &Path,
        known: &PriorFacts<'_>,
    ) -> Result<Self, ConfigError> {
        let context = Context { text: part.text(), tree: &part.tree, scopes };
        let mut inspection = Self {
            part,
            context,
            concerns: Vec::new(),
            others: Vec::new(),
            hardcoded: Vec::new(),
            pasted: Vec::new(),
            requests: Requests::new(),
            helpers: Vec::new(),
            headers: Vec::new(),
            parts: HashSet::new(),
            strays: Vec::new(),
            unsent: Vec::new(),
            unused: Vec::new(),
            remarks: Vec::new(),
            secrets: Secrets::default(),
            links: Links::default(),
            renames: Vec::new(),
            // Where a page is kept encoded, nobody writes comments for this tool.
            suppressions: if part.is_page() {
                Suppressions::default()
            } else {
                Suppressions::of_deluge(context.text, context.tree.comments())
            },
            kept: Vec::new(),
            tokens_named: names::TOKEN_NAMES.places(context.text),
            secrets_named: names::WRITTEN_NAMES.places(context.text),
        };
        inspection.find_links(config, known.extension);
        let mut others = Vec::new();
        let mut fresh = NewNames::default();
        let open = open_code(context);
        let calls = calls(context);
        let crowded = crowded::reasons(calls.len());
        inspection.concerns.reserve_exact(calls.len());
        for call in calls {
            if !migrate::concerns(&call, config, path)? {
                others.push(call);
                continue;
            }
            let suppressed = inspection.suppressed_rule(&call);
            // A call that stays does not go before its statement, on which others would count.
            let mut scratch = NewNames::default();
            let fresh = if suppressed.is_some() { &mut scratch } else { &mut fresh };
            let mut transaction = migration(context, &call, config, path, fresh)?.map(Box::new);
            if let Some(transaction) = &mut transaction {
                if let Some(reason) = known.vetoed.get(&call.ordinal) {
                    transaction.fail_check(reason);
                }
                inspection.leave_unwritable(transaction, &open);
                if let Some(reasons) = &crowded {
                    transaction.make_manual_for(Arc::clone(reasons));
                }
                if let Some(rule) = suppressed {
                    suppressed::leave(rule, &call, transaction);
                }
            }
            inspection.concerns.push(Concern { call, transaction, relocation: None });
        }
        inspection.leave_borrowed();
        inspection.find_token_requests();
        let mut tied = planned(&mut inspection.concerns);
        crowded::keep_statements(context, &mut tied);
        oauth::assess(context, &mut tied, &inspection.requests);
        tie::tie(
            context,
            &mut tied,
            &others.iter().map(|call| &**call).collect::<Vec<_>>(),
            &inspection.requests,
            What::Tokens,
        );
        drop(tied);
        inspection.find_hardcoded(&others);
        inspection.find_strays(&others);
        inspection.find_pasted(&others);
        inspection.keep_suppressed();
        order::keep(context, &mut planned(&mut inspection.concerns));
        inspection.relocate(config, &others, known.kept);
        inspection.settle_hardcoded(known.lost);
        inspection.find_unused(known.lost);
        inspection.find_remarks();
        inspection.collect_secrets();
        inspection.others = others;
        Ok(inspection)
    }

    /// Notes the Connections that the part names, and those that are to be renamed.
    fn find_links(&mut self, config: &Config, extension: Option<&Extension>) {
        if config.watched().next().is_none() && !extension.is_some_and(Extension::lists) {
            return;
        }
        let lacks = |name: &str| extension.is_some_and(|extension| extension.lacks(name));
        self.links = links(self.context, &|name| config.watches(name) || lacks(name));
        self.renames = rename::plan(&self.links.texts, config);
        if self.part.is_encoded() {
            let place = if self.part.is_page() {
                "page encoded; rename it in Creator"
            } else {
                "script in JSON; rename it there"
            };
            for rename in &mut self.renames {
                rename.refuse(format!("the export keeps this {place}"));
            }
        }
    }

    /// Leaves a change to people that touches code which is not understood, or that cannot be written where the part is kept.
    fn leave_unwritable(&self, transaction: &mut Transaction, open: &Ranges) {
        if transaction.edits.iter().any(|edit| open.touches(edit.range)) {
            transaction.make_manual(Code::NotUnderstood, "authshift cannot parse the code next to this request, nor tell where one ends and the other begins; put a `;` between them first");
        }
        if !transaction.edits.iter().all(|edit| self.is_writable(edit)) {
            transaction.make_manual(Code::NotWritable, if self.part.is_page() {
                "the export keeps this page encoded, and the change cannot be written there exactly; make it in Creator"
            } else {
                "the JSON holds half a character here, and the change cannot be written there exactly; make it in Zoho's editor"
            });
        }
    }

    /// Notes the comments that mention authtokens and hold none.
    fn find_remarks(&mut self) {
        let context = self.context;
        let written = self.hardcoded.iter().map(|it| it.range).chain(self.pasted.iter().map(|it| it.range));
        let mut written: Vec<usize> = written.map(TextRange::start).collect();
        written.sort_unstable();
        let holds = |comment: TextRange| {
            let next = written.get(written.partition_point(|&start| start < comment.start()));
            next.is_some_and(|&start| start < comment.end())
        };
        let mentions = |comment: &TextRange| {
            let words = comment.of(context.text);
            let named = self.tokens_named.any_in(*comment) && mentions_authtoken(words);
            let oauth = !self.requests.is_empty() && mentions_oauth(words);
            (named || oauth) && !holds(*comment) && !self.suppressions.is_in(*comment)
        };
        self.remarks = context.tree.comments().iter().copied().filter(mentions).collect();
    }

    /// A header map of a request to Zoho may be sent to another vendor as well: no Connection is proposed for that.
    fn leave_borrowed(&mut self) {
        let of_owner = |concern: &Concern, zoho: bool| {
            let is_own = (concern.call.owner() == Owner::Zoho) == zoho;
            let found = concern.call.carriers.occurrences.iter().filter(move |_| is_own);
            found.map(|occurrence| occurrence.range).collect::<Vec<_>>()
        };
        if !self.concerns.iter().any(|concern| concern.call.owner() == Owner::Other) {
            return;
        }
        let zohos: HashSet<TextRange> = self.concerns.iter().flat_map(|concern| of_owner(concern, true)).collect();
        for concern in &mut self.concerns {
            let borrows = concern.call.owner() == Owner::Other
                && of_owner(concern, false).iter().any(|range| zohos.contains(range));
            if let Some(transaction) = concern.transaction.as_mut().filter(|it| borrows && it.unconfigured) {
                let host = concern.call.host().unwrap_or_else(|| "the host".to_owned());
                transaction.unconfigured = false;
                transaction.make_manual(Code::OtherHost, &format!(
                    "`{host}` is not known to be Zoho's, and gets the same map as a request to Zoho; give it one of its own without the token"
                ));
            }
        }
    }

    /// Notes the token requests, where their answers go, and the functions that only make one.
    fn find_token_requests(&mut self) {
        let context = self.context;
        let calls: Vec<&Call> = self.concerns.iter().map(|concern| &*concern.call).collect();
        self.headers = oauth::headers(&calls);
        if calls.iter().all(|call| call.token_request.is_none()) {
            return;
        }
        self.requests = oauth::follow(context, &calls);
        self.parts = calls.iter().filter_map(|call| helper::part(context, call)).collect();
        self.helpers = helper::helpers(context, &calls, &self.parts);
        let called = self.helpers.iter().flat_map(|helper| &helper.calls);
        self.parts.extend(called.filter_map(|&chain| helper::call_part(context, chain)));
    }

    /// The migration of the request in whose header `range` stands beside an access token.
    pub fn around_header(&self, range: TextRange) -> Option<&Transaction> {
        let before = self.headers.partition_point(|(header, _)| header.start() <= range.start());
        let (header, index) = self.headers.get(before.checked_sub(1)?)?;
        self.concerns.get(*index).filter(|_| header.contains_range(range))?.transaction.as_deref()
    }

    /// Plans the new addresses, which depend on what becomes of the tokens. `kept` is why those of some calls, by their
    /// ordinals, stay after all.
    fn relocate(&mut self, config: &Config, others: &[Box<Call>], kept: &HashMap<usize, &'static str>) {
        if !hosts::may_hold(self.context.text, self.concerns.iter().map(|concern| &*concern.call)) {
            return;
        }
        for concern in &mut self.concerns {
            concern.relocation = hosts::plan(self.context, &concern.call, concern.transaction.as_deref()).map(Box::new);
            if let (Some(relocation), Some(reason)) = (&mut concern.relocation, kept.get(&concern.call.ordinal)) {
                relocation.change.fail_check(reason);
            }
        }
        let mut planned: Vec<(&Call, &mut Transaction)> = Vec::new();
        let mut others: Vec<&Call> = others.iter().map(|call| &**call).collect();
        for Concern { call, relocation, .. } in &mut self.concerns {
            match relocation {
                Some(relocation) => planned.push((call, &mut relocation.change)),
                None => others.push(call),
            }
        }
        hosts::settle(self.context, &mut planned, &others, config.upgrade_hosts());
    }

    /// All calls, in text order.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        let mut concerns = self.concerns.iter().map(|concern| &*concern.call).peekable();
        let mut others = self.others.iter().map(|call| &**call).peekable();
        std::iter::from_fn(move || {
            let next = concerns.peek().map(|call| call.ordinal);
            others.next_if(|other| next.is_none_or(|next| other.ordinal < next)).or_else(|| concerns.next())
        })
    }

    /// The calls whose new address is at most as bad as `level`, with the change.
    pub fn relocations(&self, level: Applicability) -> impl Iterator<Item = (&Call, &Transaction)> {
        self.concerns
            .iter()
            .filter_map(|concern| Some((&*concern.call, concern.relocation.as_ref()?)))
            .filter(|(_, relocation)| !self.suppressions.covers(Rule::MovedHost, relocation.range))
            .map(|(call, relocation)| (call, &relocation.change))
            .filter(move |(_, change)| change.applicability <= level && !change.edits.is_empty())
            .filter(|(_, change)| change.edits.iter().all(|edit| self.is_writable(edit)))
    }

    /// The calls whose migration is at most as bad as `level`, with that migration.
    pub fn transactions(&self, level: Applicability) -> impl Iterator<Item = (&Call, &Transaction)> {
        self.concerns
            .iter()
            .filter_map(|concern| Some((&*concern.call, concern.transaction.as_deref()?)))
            .filter(move |(_, transaction)| transaction.applicability <= level && !transaction.edits.is_empty())
    }

    /// The statements that are dead once the transactions up to `level` are applied.
    pub fn dead(&self, level: Applicability, lost: &dyn Fn(NodeId, &str) -> bool) -> Vec<NodeId> {
        let removed: Vec<NodeId> =
            self.transactions(level).flat_map(|(_, transaction)| transaction.removed.iter().copied()).collect();
        self.dead_without(&removed, lost, &|_| true)
    }

    /// The statements that are dead once the expressions `removed` have left the code. A variable called after the
    /// authtoken that holds a literal and is not read at all is dead from the start, where its function is `wanted`.
    pub fn dead_without(
        &self,
        removed: &[NodeId],
        lost: &dyn Fn(NodeId, &str) -> bool,
        wanted: &dyn Fn(NodeId) -> bool,
    ) -> Vec<NodeId> {
        let context = self.context;
        let named: HashSet<(NodeId, &str)> = self
            .hardcoded
            .iter()
            .filter_map(|hardcoded| {
                let node = hardcoded.assignment?;
                Some((context.tree.scope(node), assigned_name(context, node)?))
            })
            .filter(|(_, name)| mentions_authtoken(name))
            .collect();
        let is_named = |scope: NodeId, name: &str| !named.is_empty() && named.contains(&(scope, name));
        let unused = |scope: NodeId, name: &str| lost(scope, name) || (is_named(scope, name) && wanted(scope));
        // Asked while the dead are found, not afterwards: what a statement that stays reads has to stay as well.
        let stays = |statement| {
            self.is_kept(statement) || !dead::remove(context, &[statement]).iter().all(|edit| self.is_writable(edit))
        };
        dead::statements(context, removed, &unused, &self.parts, &stays)
    }

    /// Whether the file can be made to say exactly what the edit makes of the part.
    pub fn is_writable(&self, edit: &Edit) -> bool {
        self.part.outer_edit(edit).is_some()
    }
}

/// The statements that run into code which was not understood, or into which such code runs.
fn open_code(context: Context<'_>) -> Ranges {
    let Context { text, tree, .. } = context;
    if tree.opaque().is_empty() {
        return Ranges::of(Vec::new());
    }
    let opaque = tree.of_kind(Kind::Opaque);
    let beside = opaque.flat_map(|node| {
        let siblings = tree.parent(node).map_or(&[][..], |parent| tree.children(parent));
        let at = siblings.binary_search(&node).unwrap_or(siblings.len());
        [at.checked_sub(1), at.checked_add(1)].into_iter().flatten().filter_map(|at| siblings.get(at).copied())
    });
    Ranges::of(beside.filter(|&node| tree.is_open(text, node)).map(|node| tree.range(node)).collect())
}

/// The calls that have a migration, each with it.
fn planned(concerns: &mut [Concern]) -> Vec<(&Call, &mut Transaction)> {
    let mut planned = Vec::with_capacity(concerns.len());
    planned
        .extend(concerns.iter_mut().filter_map(|concern| Some((&*concern.call, concern.transaction.as_deref_mut()?))));
    planned
}

/// The migration of a request; `None` when it carries no token and there is nothing else to say of it.
fn migration(
    context: Context<'_>,
    call: &Call,
    config: &Config,
    path: &Path,
    fresh: &mut NewNames,
) -> Result<Option<Transaction>, ConfigError> {
    let carries = call.occurrences().next().is_some();
    let connected = call.request.connection.is_some() && call.owner() == Owner::Zoho;
    // A dead endpoint is a finding whether or not a token can be seen.
    if !carries && !connected && migrate::legacy(call).is_none() {
        return Ok(None);
    }
    migrate::plan(context, call, config, path, fresh).map(Some)
}

/// Whether a call exchanges authtokens for OAuth tokens, or makes one: the token in it is what the call is about.
pub fn is_about_tokens(call: &Call) -> Option<LegacyKind> {
    migrate::legacy(call).map(|endpoint| endpoint.kind).filter(|kind| *kind != LegacyKind::Dead)
}

/// The rule about a token in a request.
pub(crate) fn rule_of(occurrence: &Occurrence) -> Rule {
    if occurrence.access.is_some() { Rule::OauthByHand } else { of_carrier(occurrence.carrier) }
}

/// The rule for a token that is sent in this place.
pub(crate) fn of_carrier(carrier: Carrier) -> Rule {
    match carrier {
        Carrier::Query => Rule::AuthtokenInQuery,
        Carrier::Parameters => Rule::AuthtokenInParameters,
        Carrier::Headers => Rule::AuthtokenInHeaders,
    }
}
