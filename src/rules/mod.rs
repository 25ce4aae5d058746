//! Turns facts into findings. One file per rule, which also holds its declaration and the page that explains it.

mod carried;
pub mod declaration;
mod look;
mod page;
pub mod prefilter;
mod sink;

use std::sync::Arc;

use foldhash::{HashSet, HashSetExt};

use crate::app::App;
use crate::census::Sign;
use crate::finding::{self, Diagnosis, Finding, Rule};
use crate::inspect::links::Named;
use crate::inspect::webhooks::Webhooks;
use crate::inspect::{Alone, Concern, Inspection, is_about_tokens};
use crate::project::config::Config;
use crate::project::suppress::Suppressions;
use crate::project::{Extension, Functions};
use crate::text::secret::Masker;
use crate::text::source::{Source, TextRange};
use declaration::Declaration;
use look::{AnyFile, Look, Script};
use sink::{FindingSink, sort};

pub use page::{Page, page};

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// A module for each rule, and what its file declares.
macro_rules! modules {
    ($(#[$summary:meta] $rule:ident $module:ident $file:literal $name:literal $severity:ident;)*) => {
        $(mod $module;)*

        impl Rule {
            /// What there is to know of it.
            pub fn declaration(self) -> &'static Declaration {
                match self {
                    $(Rule::$rule => &$module::RULE,)*
                }
            }

            /// The text of its file. The comment at its head is the page of the rule.
            pub fn source(self) -> &'static str {
                match self {
                    $(Rule::$rule => include_str!($file),)*
                }
            }
        }
    };
}
for_each_rule!(modules);

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
    let mut sink = FindingSink::new(source, config, masker);
    (sink.context, sink.part, sink.functions) = (Some(inspection.context), Some(part), Some(functions));
    let script = Script::new(inspection, extension);
    let mut alone = Alone::new(inspection);
    for concern in &inspection.concerns {
        of_request(&mut sink, &script, concern, &mut alone);
    }
    for look in looks() {
        if let Look::Script(report) = look {
            report(&mut sink, &script);
        }
    }
    carried::strays(&mut sink, &inspection.strays);
    let (links, renames, concerns) = (&inspection.links.uses, &inspection.renames, &inspection.concerns);
    of_any_file(&mut sink, &AnyFile { links, renames, concerns, extension, left });
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
    of_any_file(&mut sink, &AnyFile { links: &named.links, renames: &named.renames, concerns: &[], extension, left });
    for look in looks() {
        if let Look::Manifest(report) = look {
            report(&mut sink, &named.remarks);
        }
    }
    let mut found = sink.found;
    found.sort_by_key(|finding| (finding.range.start(), finding.rule));
    finding::sign(&mut found, source, &[], masker);
    found
}

/// The findings of the webhooks in a JSON file, by place.
pub fn findings_of_webhooks(source: &Source, webhooks: &Webhooks, config: &Config, masker: &Masker) -> Vec<Finding> {
    let mut sink = FindingSink::new(source, config, masker);
    carried::webhooks(&mut sink, webhooks);
    sink.found
}

/// The finding of a file that is not read as code: where it names an authtoken first.
pub fn findings_of_unread(source: &Source, config: &Config, masker: &Masker) -> Vec<Finding> {
    let mut sink = FindingSink::new(source, config, masker);
    for look in looks() {
        if let Look::Unread(report) = look {
            report(&mut sink);
        }
    }
    let mut found = sink.found;
    finding::sign(&mut found, source, &[], masker);
    found
}

/// The findings of a file of an app, by place, and how many more there are that comments suppress.
pub fn findings_of_app(source: &Source, app: &App, config: &Config, masker: &Masker) -> (Vec<Finding>, usize) {
    let mut sink = FindingSink::new(source, config, masker);
    for look in looks() {
        if let Look::App(report) = look {
            report(&mut sink, app);
        }
    }
    sort(&mut sink.found);
    let suppressed = unused_suppression::suppress(&mut sink, &Suppressions::of(source.text(), &app.comments));
    let mut found = sink.found;
    finding::sign(&mut found, source, &[], masker);
    (found, suppressed)
}

/// Adds a note to a finding.
fn note(finding: &mut Finding, note: &str) {
    let notes = finding.notes.iter().cloned().chain([note.into()]).collect();
    finding.diagnosis = Arc::new(Diagnosis { notes, ..Diagnosis::clone(&finding.diagnosis) });
}

/// Where all rules look.
fn looks() -> impl Iterator<Item = &'static Look> {
    Rule::ALL.iter().flat_map(|rule| rule.declaration().looks)
}

fn of_request(sink: &mut FindingSink<'_>, script: &Script<'_, '_>, concern: &Concern, alone: &mut Alone<'_, '_>) {
    for look in looks() {
        if let Look::Request(report) = look {
            report(sink, script, concern);
        }
    }
    let call = &*concern.call;
    let Some(transaction) = concern.transaction.as_deref().filter(|_| is_about_tokens(call).is_none()) else { return };
    let copied = carried::is_copied(call);
    for occurrence in call.occurrences() {
        carried::carried(sink, (call, copied), transaction, occurrence, alone);
    }
    for look in looks() {
        if let Look::Migration(report) = look {
            report(sink, script, call, transaction);
        }
    }
}

fn of_any_file(sink: &mut FindingSink<'_>, file: &AnyFile<'_>) {
    for look in looks() {
        if let Look::AnyFile(report) = look {
            report(sink, file);
        }
    }
}

/// Keeps one `no-connection-configured` for each service of a file.
pub fn once_a_service(found: &mut Vec<Finding>) {
    let mut seen = HashSet::new();
    found.retain(|finding| {
        let service = finding.service.map_or_else(|| Err(Arc::clone(&finding.message)), Ok);
        finding.rule != Rule::NoConnectionConfigured || seen.insert((service, finding.connection.clone()))
    });
}
