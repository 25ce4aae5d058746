//! Turns facts into findings. One file per rule, which also holds the page that explains it.

mod authtoken_connection;
mod authtoken_generation;
mod authtoken_in_app;
mod authtoken_in_headers;
mod authtoken_in_parameters;
mod authtoken_in_query;
mod connection_mismatch;
mod connection_placeholder;
pub(crate) mod curly_quote;
mod hardcoded_authtoken;
mod hardcoded_secret;
mod legacy_endpoint;
mod manifest_authtoken_config;
mod manifest_connector_missing;
mod manifest_not_json;
mod manifest_scope;
mod moved_host;
mod no_connection_configured;
mod oauth_by_hand;
mod page;
pub mod prefilter;
mod renamed_connection;
mod several_tokens;
mod unexplained_authtoken;
mod unknown_connection;
mod unread_file;
mod unused_suppression;
mod unused_token_variable;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use crate::app::App;
use crate::census::{Sign, beside};
use crate::deluge::{Kind, NodeId};
use crate::finding::fingerprint::Fingerprint;
use crate::finding::{
    self, ASSUMES, Applicability, Because, Diagnosis, Finding, Fix, Rule, Severity, WITH_UNSAFE_FIXES,
};
use crate::inspect::links::Named;
use crate::inspect::webhooks::Webhooks;
use crate::inspect::{Alone, Concern, Inspection, is_about_tokens, need, of_carrier, rule_of};
use crate::migrate::reason::Reason;
use crate::migrate::{self, Transaction, dead};
use crate::project::config::{Config, Level};
use crate::project::part::Part;
use crate::project::suppress::Suppressions;
use crate::project::{Extension, Functions};
use crate::requests::call::Call;
use crate::requests::chain::called_function;
use crate::requests::flow::Context;
use crate::requests::occurrence::{Carrier, Occurrence};
use crate::requests::request::Form;
use crate::text::edit::{Edit, Edits, Identity, identity};
use crate::text::excerpt;
use crate::text::recent::Recent;
use crate::text::secret::Masker;
use crate::text::source::{Source, TextRange};
use crate::zoho;
use crate::zoho::target::Owner;

pub use page::{Page, page};

/// Collects findings: looks up positions, takes severities from the configuration, masks secrets.
struct FindingSink<'a> {
    source: &'a Source,
    /// Of functions.
    context: Option<Context<'a>>,
    /// The part of the file that incoming ranges and edits are in, when it is not the whole file. Those of the findings are
    /// translated to the file.
    part: Option<&'a Part<'a>>,
    config: &'a Config,
    masker: &'a Masker,
    found: Vec<Finding>,
    /// Places of tokens that were reported: several requests may share one.
    reported: HashSet<(TextRange, Rule)>,
    /// Edits, what they are when masked and whether that is the same, by where the edits are kept: they are held here, so
    /// that no others can be kept in their place.
    masked: HashMap<Identity, (Edits, Edits, bool)>,
    /// The scopes of the call that was asked about last, by its ordinal: its findings come one after another.
    scopes: Option<(usize, Arc<[String]>)>,
    /// The functions of the repository.
    functions: Option<&'a dyn Fn() -> Arc<Functions>>,
    path: Arc<Path>,
    /// The last diagnoses: consecutive findings often share one.
    diagnoses: Recent<Diagnosis>,
    texts: Recent<str>,
    /// Long texts that were masked last, as they were and as they are shown.
    long: VecDeque<(String, Arc<str>)>,
    notes: Recent<[Arc<str>]>,
}

/// A finding before its texts are masked and its positions looked up.
struct NewFinding {
    rule: Rule,
    applicability: Applicability,
    range: TextRange,
    message: String,
    notes: Vec<String>,
}

impl<'a> FindingSink<'a> {
    fn new(source: &'a Source, config: &'a Config, masker: &'a Masker) -> Self {
        Self {
            source,
            context: None,
            part: None,
            config,
            masker,
            found: Vec::new(),
            reported: HashSet::new(),
            masked: HashMap::new(),
            scopes: None,
            functions: None,
            path: source.path().into(),
            diagnoses: Recent::default(),
            texts: Recent::default(),
            long: VecDeque::new(),
            notes: Recent::default(),
        }
    }

    /// A text as it may be shown: code in it is shortened when its secrets are masked, not before.
    fn masked(&mut self, text: &str) -> Arc<str> {
        /// The reason why a token stays is long, and the same for each token of a request.
        const LONG: usize = 128;
        const MOST: usize = 64;
        let known = (text.len() > LONG).then(|| self.long.iter().rev().find(|(known, _)| known == text)).flatten();
        if let Some((_, shown)) = known {
            return Arc::clone(shown);
        }
        let masked = self.masker.mask(text);
        let cut = excerpt::cut(&masked, |at| self.line(TextRange::empty(at)));
        let shown = self.texts.share(&*cut);
        if text.len() > LONG {
            if self.long.len() == MOST {
                self.long.pop_front();
            }
            self.long.push_back((text.to_owned(), Arc::clone(&shown)));
        }
        shown
    }

    /// The reasons for which a change is not safe.
    fn because(&mut self, transaction: &Transaction) -> Arc<[Because]> {
        let because = |reason: &Reason| Because {
            code: reason.code.name(),
            origin: reason.code.origin().name(),
            message: self.masked(&reason.text),
            line: excerpt::place(&reason.text).map(|at| self.line(TextRange::empty(at))),
        };
        transaction.reasons.iter().map(because).collect()
    }

    /// One of each set of alternatives: the narrowest.
    fn scopes(&mut self, call: &Call) -> Arc<[String]> {
        match &self.scopes {
            Some((ordinal, scopes)) if *ordinal == call.ordinal => Arc::clone(scopes),
            _ => {
                let needed = self.needed(call);
                let scopes = match self.scopes.take() {
                    Some((_, last)) if *last == *needed => last,
                    _ => needed.into(),
                };
                self.scopes = Some((call.ordinal, Arc::clone(&scopes)));
                scopes
            }
        }
    }

    fn needed(&self, call: &Call) -> Vec<String> {
        let need = self.context.and_then(|context| need(context, call));
        let mut scopes: Vec<String> =
            need.into_iter().flat_map(|need| need.all_of).filter_map(|any| any.into_iter().next()).collect();
        scopes.sort();
        scopes.dedup();
        scopes
    }

    /// The line of the file in which a range of the part begins.
    fn line(&self, range: TextRange) -> u32 {
        self.source.index().line(self.part.map_or(range, |part| part.outer(range)).start())
    }

    /// Whether a rule is switched off.
    fn is_off(&self, rule: Rule) -> bool {
        !matches!(self.config.level(rule), Level::At(_))
    }

    /// Adds a finding about `call`, unless its rule is switched off; says whether it did.
    fn add(&mut self, new: NewFinding, call: Option<&Call>, fix: Option<Fix>) -> bool {
        self.add_at_most(new, call, fix, Severity::Error)
    }

    /// Adds a finding that is no worse than `most`, unless the configuration says how bad its rule is.
    fn add_at_most(&mut self, new: NewFinding, call: Option<&Call>, fix: Option<Fix>, most: Severity) -> bool {
        let Level::At(severity) = self.config.level(new.rule) else { return false };
        self.add_at(new, call, fix, severity.max(most))
    }

    /// The same, with a severity of its own unless the configuration has one for the rule.
    fn add_at(&mut self, new: NewFinding, call: Option<&Call>, fix: Option<Fix>, severity: Severity) -> bool {
        let Level::At(level) = self.config.level(new.rule) else { return false };
        let severity = if self.config.sets(new.rule) { level } else { severity };
        let (source, part) = (self.source, self.part);
        let line = |at: usize| {
            let range = TextRange::empty(at);
            source.index().line(part.map_or(range, |part| part.outer(range)).start())
        };
        let fix = fix.map(|fix| {
            let (_, masked, same) = self.masked.entry(identity(&fix.edits)).or_insert_with(|| {
                let secret = |edit: &Edit| matches!(self.masker.mask(&edit.replacement), Cow::Owned(_));
                // What is offered by itself is not translated to where a part is kept in another form.
                let same = self.part.is_none_or(|part| !part.is_encoded()) && !fix.edits.iter().any(secret);
                let outer = |edit| self.part.map_or_else(|| Some(Edit::clone(edit)), |part| part.outer_edit(edit));
                let mask = |edit: Edit| Edit::replace(edit.range, &*self.masker.mask(&edit.replacement));
                let masked = || fix.edits.iter().filter_map(outer).map(mask).collect();
                (Arc::clone(&fix.edits), if same { Arc::clone(&fix.edits) } else { masked() }, same)
            });
            Fix {
                message: self.texts.share(&*excerpt::cut(&self.masker.mask(&fix.message), line)),
                edits: Arc::clone(masked),
                alone: fix.alone.filter(|_| *same),
            }
        });
        let range = self.part.map_or(new.range, |part| part.outer(new.range));
        let message = self.masked(&new.message);
        let notes: Vec<Arc<str>> = new.notes.iter().map(|note| self.masked(note)).collect();
        let notes = self.notes.share(notes);
        let scopes = call.map(|call| self.scopes(call)).unwrap_or_default();
        let diagnosis = self.diagnoses.share(Diagnosis {
            rule: new.rule,
            severity,
            applicability: new.applicability,
            message,
            notes,
            connection: None,
            suggested: false,
            reasons: Arc::default(),
            service: call.and_then(Call::service),
            data_center: call.and_then(Call::data_center),
            scopes,
        });
        self.found.push(Finding {
            diagnosis,
            path: Arc::clone(&self.path),
            range,
            start: self.source.position(range.start()),
            end: self.source.position(range.end()),
            fix: fix.map(Box::new),
            fingerprint: Fingerprint::default(),
        });
        true
    }

    /// Changes the diagnosis of the last finding.
    fn amend(&mut self, change: impl FnOnce(&mut Diagnosis)) {
        if let Some(finding) = self.found.last_mut() {
            let mut diagnosis = Diagnosis::clone(&finding.diagnosis);
            change(&mut diagnosis);
            finding.diagnosis = self.diagnoses.share(diagnosis);
        }
    }
}

/// Every finding of one part of a file, by place, then by rule, and how many more there are that comments suppress. All texts
/// are masked with `masker`. `left` are the signs of tokens in the part that nothing explains.
pub fn findings(
    source: &Source,
    inspection: &Inspection<'_>,
    extension: Option<&Extension>,
    config: &Config,
    masker: &Masker,
    left: &[Sign],
    functions: &dyn Fn() -> Arc<Functions>,
) -> (Vec<Finding>, usize) {
    let part = inspection.part;
    let mut sink = FindingSink {
        context: Some(inspection.context),
        part: Some(part),
        functions: Some(functions),
        ..FindingSink::new(source, config, masker)
    };
    let mut alone = Alone::new(inspection);
    for concern in &inspection.concerns {
        of_call(&mut sink, inspection, extension, concern, &mut alone);
    }
    let dead = |level| inspection.dead(level, &|_, _| false).into_iter().collect::<HashSet<NodeId>>();
    let (safe, all) = (dead(Applicability::Safe), dead(Applicability::Unsafe));
    let from_the_start = inspection.dead_without(&[], &|_, _| false, &|_| true);
    for hardcoded in &inspection.hardcoded {
        let statements = match hardcoded.applicability {
            Applicability::Safe => &safe,
            _ => &all,
        };
        let fix = hardcoded.assignment.filter(|node| statements.contains(node)).map(|node| {
            let edits = Edits::from(dead::remove(inspection.context, &[node]));
            // Of several, one may read what another assigns.
            let alone = (from_the_start == [node]).then(|| Arc::clone(&edits));
            Fix { message: hardcoded_authtoken::GOES.into(), edits, alone }
        });
        hardcoded_authtoken::report(&mut sink, hardcoded, fix);
    }
    hardcoded_secret::report(&mut sink, inspection, &safe, &all);
    oauth_by_hand::report(&mut sink, inspection, &safe, &all);
    for stray in &inspection.strays {
        let message = match stray.access {
            true => format!("an access token is sent in {}", oauth_by_hand::PLACE),
            false => format!("an authtoken is sent in {}", place(stray.carrier)),
        };
        let new = NewFinding {
            rule: if stray.access { Rule::OauthByHand } else { of_carrier(stray.carrier) },
            applicability: Applicability::Manual,
            range: stray.range,
            message,
            notes: vec![stray.reason.to_owned()],
        };
        sink.add(new, None, None);
    }
    renamed_connection::report(&mut sink, &inspection.renames);
    authtoken_connection::report(&mut sink, &inspection.links.uses, &inspection.concerns);
    manifest_connector_missing::report(&mut sink, &inspection.links.uses, extension);
    curly_quote::report(&mut sink, inspection);
    several_tokens::report(&mut sink, inspection);
    unused_token_variable::report(&mut sink, inspection);
    unexplained_authtoken::report(&mut sink, left);
    sort(&mut sink.found);
    // A value that several requests share is one token: they are migrated together.
    sink.found.dedup_by_key(|finding| (finding.range, finding.rule));
    let suppressed = unused_suppression::suppress(&mut sink, &inspection.suppressions);
    let mut found = sink.found;
    // Row D3: a comment that mentions the token is kept, and a person has to look at it.
    let migrates = |finding: &&mut Finding| {
        finding.fix.is_some() && ![Rule::RenamedConnection, Rule::MovedHost, Rule::CurlyQuote].contains(&finding.rule)
    };
    if let Some(first) = found.iter_mut().find(migrates) {
        let line = |remark: &TextRange| source.index().line(part.outer(*remark).start()).to_string();
        let mut lines: Vec<String> = inspection.remarks.iter().map(line).collect();
        lines.dedup();
        match lines.as_slice() {
            [] => {}
            [line] => note(first, &format!("the comment in line {line} mentions the token and is kept")),
            lines => note(first, &format!("the comments in lines {} mention the token and are kept", lines.join(", "))),
        }
    }
    (found, suppressed)
}

fn note(finding: &mut Finding, note: &str) {
    let notes = finding.notes.iter().cloned().chain([note.into()]).collect();
    finding.diagnosis = Arc::new(Diagnosis { notes, ..Diagnosis::clone(&finding.diagnosis) });
}

fn sort(found: &mut [Finding]) {
    // A finding is large: sorted by their keys, they need no second place.
    found.sort_by_cached_key(|finding| (finding.range.start(), finding.rule, finding.range.end()));
}

/// The findings of a widget or a manifest, by place.
pub fn findings_of_links(
    source: &Source,
    named: &Named,
    extension: Option<&Extension>,
    config: &Config,
    masker: &Masker,
    left: &[Sign],
) -> Vec<Finding> {
    let mut sink = FindingSink::new(source, config, masker);
    unexplained_authtoken::report(&mut sink, left);
    renamed_connection::report(&mut sink, &named.renames);
    authtoken_connection::report(&mut sink, &named.links, &[]);
    manifest_connector_missing::report(&mut sink, &named.links, extension);
    manifest_authtoken_config::report(&mut sink, &named.remarks.holders);
    manifest_scope::report(&mut sink, &named.remarks.scopes);
    manifest_not_json::report(&mut sink, &named.remarks);
    let mut found = sink.found;
    found.sort_by_key(|finding| (finding.range.start(), finding.rule));
    finding::sign(&mut found, source, &[], masker);
    found
}

/// The findings of the webhooks in a JSON file, by place.
pub fn findings_of_webhooks(source: &Source, webhooks: &Webhooks, config: &Config, masker: &Masker) -> Vec<Finding> {
    let mut sink = FindingSink::new(source, config, masker);
    for token in &webhooks.tokens {
        let target = &token.target;
        let to = destination_of(target.owner, target.service, target.data_center);
        let new = NewFinding {
            rule: of_carrier(token.carrier),
            applicability: Applicability::Manual,
            range: token.range,
            message: format!("a webhook to {to} gets an authtoken in {}", place(token.carrier)),
            notes: vec![WEBHOOK.to_owned()],
        };
        if sink.add(new, None, None) {
            sink.amend(|diagnosis| (diagnosis.service, diagnosis.data_center) = (target.service, target.data_center));
        }
    }
    sink.found
}

/// What a person has to do about a webhook.
const WEBHOOK: &str = "Zoho keeps this webhook: remove the token in its settings there, and let it use a Connection, or call a function \
that does";

/// The finding of a file that is not read as code: where it names an authtoken first.
pub fn findings_of_unread(source: &Source, config: &Config, masker: &Masker) -> Vec<Finding> {
    let mut sink = FindingSink::new(source, config, masker);
    let (places, most) = beside::named_tokens(source.path(), source.text());
    if let Some((first, more)) = places.split_first() {
        unread_file::report(&mut sink, first, more.len(), most);
    }
    let mut found = sink.found;
    finding::sign(&mut found, source, &[], masker);
    found
}

/// The findings of a file of an app, by place, and how many more there are that comments suppress.
pub fn findings_of_app(source: &Source, app: &App, config: &Config, masker: &Masker) -> (Vec<Finding>, usize) {
    let mut sink = FindingSink::new(source, config, masker);
    authtoken_in_app::report(&mut sink, app);
    sort(&mut sink.found);
    let suppressed = unused_suppression::suppress(&mut sink, &Suppressions::of(source.text(), &app.comments));
    let mut found = sink.found;
    finding::sign(&mut found, source, &[], masker);
    (found, suppressed)
}

fn of_call(
    sink: &mut FindingSink<'_>,
    inspection: &Inspection<'_>,
    extension: Option<&Extension>,
    concern: &Concern,
    alone: &mut Alone<'_, '_>,
) {
    unknown_connection::report(sink, inspection, extension, concern);
    connection_placeholder::report(sink, inspection, &concern.call);
    if let Some(relocation) = &concern.relocation {
        moved_host::report(sink, &concern.call, relocation);
    }
    let Some(transaction) = &concern.transaction else { return };
    if is_about_tokens(&concern.call).is_some() {
        authtoken_generation::report(sink, inspection, &concern.call);
        return;
    }
    let copied = concern.call.targets.iter().any(|target| target.url.contains("&amp;"));
    for occurrence in concern.call.occurrences() {
        carried(sink, (&concern.call, copied), transaction, occurrence, alone);
    }
    legacy_endpoint::report(sink, inspection, &concern.call);
    if migrate::legacy(&concern.call).is_none() {
        no_connection_configured::report(sink, &concern.call, transaction);
    }
    connection_mismatch::report(sink, inspection, &concern.call, transaction);
}

/// Keeps one `no-connection-configured` for each service of a file.
pub fn once_a_service(found: &mut Vec<Finding>) {
    let mut seen = HashSet::new();
    found.retain(|finding| {
        let service = finding.service.map_or_else(|| Err(Arc::clone(&finding.message)), Ok);
        finding.rule != Rule::NoConnectionConfigured || seen.insert((service, finding.connection.clone()))
    });
}

fn place(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Query => authtoken_in_query::PLACE,
        Carrier::Parameters => authtoken_in_parameters::PLACE,
        Carrier::Headers => authtoken_in_headers::PLACE,
    }
}

/// What is wrong with a URL that was copied from a page.
const AMP: &str = "the URL has `&amp;` in it, which is `&` in the source of a web page: Zoho takes what follows for a parameter `amp;…`; write `&`";

/// Reports one token in a request, whose URL may be `copied` from a page. The rules for these differ only in the carrier and the kind
/// of token.
fn carried(
    sink: &mut FindingSink<'_>,
    (call, copied): (&Call, bool),
    transaction: &Transaction,
    occurrence: &Occurrence,
    alone: &mut Alone<'_, '_>,
) {
    let rule = rule_of(occurrence);
    if !sink.reported.insert((occurrence.range, rule)) {
        return;
    }
    let message = match occurrence.access {
        Some(_) => format!("{} gets an access token in {}", destination(call), oauth_by_hand::PLACE),
        None => format!("{} gets an authtoken in {}", destination(call), place(occurrence.carrier)),
    };
    let mut notes = Vec::new();
    let fix = (transaction.applicability != Applicability::Manual).then(|| Fix {
        message: becomes(call, transaction).into(),
        edits: Arc::clone(&transaction.edits),
        alone: alone.of(transaction),
    });
    match transaction.applicability {
        Applicability::Safe => notes.push(becomes(call, transaction)),
        Applicability::Unsafe => {
            notes.push(format!("{WITH_UNSAFE_FIXES}{}", becomes(call, transaction)));
            notes.extend(transaction.reasons.iter().map(|reason| format!("{ASSUMES}{reason}")));
        }
        Applicability::Manual => notes.extend(transaction.reasons.iter().map(|reason| reason.to_string())),
    }
    if copied {
        let at = if transaction.applicability == Applicability::Manual { 0 } else { notes.len() };
        notes.insert(at, AMP.to_owned());
    }
    notes.extend(defined_elsewhere(sink, occurrence));
    let new = NewFinding { rule, applicability: transaction.applicability, range: occurrence.range, message, notes };
    if sink.add(new, Some(call), fix) {
        let reasons = sink.because(transaction);
        sink.amend(|diagnosis| {
            diagnosis.name(transaction);
            diagnosis.reasons = reasons;
        });
    }
}

impl Diagnosis {
    /// Names the Connection that the request has or gets.
    fn name(&mut self, transaction: &Transaction) {
        self.connection.clone_from(&transaction.connection);
        self.suggested = transaction.suggested;
    }
}

/// What is known of the functions of other files that an access token comes from.
fn defined_elsewhere(sink: &FindingSink<'_>, occurrence: &Occurrence) -> Vec<String> {
    let (Some(functions), Some(context), Some(access)) = (sink.functions, sink.context, &occurrence.access) else {
        return Vec::new();
    };
    let calls = access.unproven.iter().filter(|&&node| context.tree.kind(node) == Kind::Chain);
    let named = calls.filter_map(|&node| called_function(context, node));
    let note = |name: String| {
        let functions = functions();
        let file = functions.definition(sink.source.path(), &name)?;
        Some(format!("`{name}` is defined in {} and only fetches an access token", file.display()))
    };
    named.filter_map(note).collect()
}

fn becomes(call: &Call, transaction: &Transaction) -> String {
    match &transaction.connection {
        _ if call.request.form == Form::Sdp => "remove the token; this task needs no connection".to_owned(),
        Some(link) if call.request.connection.is_some() => format!("remove the token and keep connection:\"{link}\""),
        Some(link) if transaction.suggested => {
            format!("remove the token and add connection:\"{link}\" (a suggestion)")
        }
        Some(link) => format!("remove the token and add connection:\"{link}\""),
        None => "remove the token and keep the request's connection".to_owned(),
    }
}

/// Who receives the request, for a message.
fn destination(call: &Call) -> String {
    if call.owner() == Owner::Other && call.names_zoho() {
        return "a host that is not known to be Zoho's".to_owned();
    }
    destination_of(call.owner(), call.service(), call.data_center())
}

fn destination_of(owner: Owner, service: Option<&'static str>, data_center: Option<&'static str>) -> String {
    match (owner, service, data_center) {
        (Owner::Zoho, Some(service), Some(center)) => format!("{} ({center})", zoho::service_title(service)),
        (Owner::Zoho, Some(service), None) => zoho::service_title(service).to_owned(),
        (Owner::Zoho, None, _) => "a Zoho service".to_owned(),
        (Owner::Unseen, ..) => "a host known only at run time".to_owned(),
        (Owner::Other, ..) => "the configured host".to_owned(),
    }
}
