//! Reports tokens in requests. Four rules are about them, one for each place that a token is sent in and one for access tokens; what they
//! say differs in the name of the place only.

use std::sync::Arc;

use super::sink::{FindingSink, NewFinding};
use super::{authtoken_in_headers, authtoken_in_parameters, authtoken_in_query, oauth_by_hand};
use crate::deluge::Kind;
use crate::finding::{ASSUMES, Applicability, Diagnosis, Fix, Rule, WITH_UNSAFE_FIXES};
use crate::inspect::webhooks::Webhooks;
use crate::inspect::{Alone, Stray, of_carrier, rule_of};
use crate::migrate::Transaction;
use crate::requests::call::Call;
use crate::requests::chain::called_function;
use crate::requests::occurrence::{Carrier, Occurrence};
use crate::requests::request::Form;
use crate::zoho;
use crate::zoho::target::Owner;

fn place(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Query => authtoken_in_query::PLACE,
        Carrier::Parameters => authtoken_in_parameters::PLACE,
        Carrier::Headers => authtoken_in_headers::PLACE,
    }
}

/// What is wrong with a URL that was copied from a page.
const AMP: &str = "the URL has `&amp;` in it, which is `&` in the source of a web page: Zoho takes what follows for a parameter `amp;…`; write `&`";

/// Whether a URL was copied from a page.
pub(super) fn is_copied(call: &Call) -> bool {
    call.targets.iter().any(|target| target.url.contains("&amp;"))
}

/// Reports one token in a request, whose URL may be `copied` from a page. The rules for these differ only in the carrier and
/// the kind of token.
pub(super) fn carried(
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

/// Reports tokens that are sent in what is no request of this file.
pub(super) fn strays(sink: &mut FindingSink<'_>, strays: &[Stray]) {
    for stray in strays {
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
}

/// What a person has to do about a webhook.
const WEBHOOK: &str = "Zoho keeps this webhook: remove the token in its settings there, and let it use a Connection, or call a function \
that does";

/// Reports tokens in the webhooks of a JSON file.
pub(super) fn webhooks(sink: &mut FindingSink<'_>, webhooks: &Webhooks) {
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
}

impl Diagnosis {
    /// Names the Connection that the request has or gets.
    pub(super) fn name(&mut self, transaction: &Transaction) {
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
pub(super) fn destination(call: &Call) -> String {
    if call.owner() == Owner::Other && call.names_zoho() {
        return "a host that is not known to be Zoho's".to_owned();
    }
    destination_of(call.owner(), call.service(), call.data_center())
}

pub(super) fn destination_of(owner: Owner, service: Option<&'static str>, data_center: Option<&'static str>) -> String {
    match (owner, service, data_center) {
        (Owner::Zoho, Some(service), Some(center)) => format!("{} ({center})", zoho::service_title(service)),
        (Owner::Zoho, Some(service), None) => zoho::service_title(service).to_owned(),
        (Owner::Zoho, None, _) => "a Zoho service".to_owned(),
        (Owner::Unseen, ..) => "a host known only at run time".to_owned(),
        (Owner::Other, ..) => "the configured host".to_owned(),
    }
}
