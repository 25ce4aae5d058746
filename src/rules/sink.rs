//! Where the rules put what they find.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use crate::finding::fingerprint::Fingerprint;
use crate::finding::{Applicability, Because, Diagnosis, Finding, Fix, Rule, Severity};
use crate::inspect::need;
use crate::migrate::Transaction;
use crate::migrate::reason::Reason;
use crate::project::Functions;
use crate::project::config::{Config, Level};
use crate::project::part::Part;
use crate::requests::call::Call;
use crate::requests::flow::Context;
use crate::text::edit::{Edit, Edits, Identity, identity};
use crate::text::excerpt;
use crate::text::recent::Recent;
use crate::text::secret::Masker;
use crate::text::source::{Source, TextRange};

/// Collects findings: looks up positions, takes severities from the configuration, masks secrets.
pub(super) struct FindingSink<'a> {
    pub(super) source: &'a Source,
    /// Of functions.
    pub(super) context: Option<Context<'a>>,
    /// The part of the file that incoming ranges and edits are in, when it is not the whole file. Those of the findings are
    /// translated to the file.
    pub(super) part: Option<&'a Part<'a>>,
    pub(super) config: &'a Config,
    masker: &'a Masker,
    pub(super) found: Vec<Finding>,
    /// Places of tokens that were reported: several requests may share one.
    pub(super) reported: HashSet<(TextRange, Rule)>,
    /// Edits, what they are when masked and whether that is the same, by where the edits are kept: they are held here, so
    /// that no others can be kept in their place.
    masked: HashMap<Identity, (Edits, Edits, bool)>,
    /// The scopes of the call that was asked about last, by its ordinal: its findings come one after another.
    scopes: Option<(usize, Arc<[String]>)>,
    /// The functions of the repository.
    pub(super) functions: Option<&'a dyn Fn() -> Arc<Functions>>,
    path: Arc<Path>,
    /// The last diagnoses: consecutive findings often share one.
    diagnoses: Recent<Diagnosis>,
    texts: Recent<str>,
    /// Long texts that were masked last, as they were and as they are shown.
    long: VecDeque<(String, Arc<str>)>,
}

/// A finding before its texts are masked and its positions looked up.
pub(super) struct NewFinding {
    pub(super) rule: Rule,
    pub(super) applicability: Applicability,
    pub(super) range: TextRange,
    pub(super) message: String,
    pub(super) notes: Vec<String>,
}

impl<'a> FindingSink<'a> {
    pub(super) fn new(source: &'a Source, config: &'a Config, masker: &'a Masker) -> Self {
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
        }
    }

    /// A text as it may be shown: code in it is shortened when its secrets are masked, not before.
    pub(super) fn masked(&mut self, text: &str) -> Arc<str> {
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
    pub(super) fn because(&mut self, transaction: &Transaction) -> Arc<[Because]> {
        let because = |reason: &Reason| Because {
            code: reason.code.name(),
            origin: reason.code.origin().name(),
            message: self.masked(&reason.text),
            line: excerpt::place(&reason.text).map(|at| self.line(TextRange::empty(at))),
        };
        transaction.reasons.iter().map(because).collect()
    }

    /// One of each set of alternatives: the narrowest.
    pub(super) fn scopes(&mut self, call: &Call) -> Arc<[String]> {
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

    pub(super) fn needed(&self, call: &Call) -> Vec<String> {
        let need = self.context.and_then(|context| need(context, call));
        let mut scopes: Vec<String> =
            need.into_iter().flat_map(|need| need.all_of).filter_map(|any| any.into_iter().next()).collect();
        scopes.sort();
        scopes.dedup();
        scopes
    }

    /// The line of the file in which a range of the part begins.
    pub(super) fn line(&self, range: TextRange) -> u32 {
        self.source.index().line(self.part.map_or(range, |part| part.outer(range)).start())
    }

    /// Whether a rule is switched off.
    pub(super) fn is_off(&self, rule: Rule) -> bool {
        !matches!(self.config.level(rule), Level::At(_))
    }

    /// Adds a finding about `call`, unless its rule is switched off; says whether it did.
    pub(super) fn add(&mut self, new: NewFinding, call: Option<&Call>, fix: Option<Fix>) -> bool {
        self.add_at_most(new, call, fix, Severity::Error)
    }

    /// Adds a finding that is no worse than `most`, unless the configuration says how bad its rule is.
    pub(super) fn add_at_most(
        &mut self,
        new: NewFinding,
        call: Option<&Call>,
        fix: Option<Fix>,
        most: Severity,
    ) -> bool {
        let Level::At(severity) = self.config.level(new.rule) else { return false };
        self.add_at(new, call, fix, severity.max(most))
    }

    /// The same, with a severity of its own unless the configuration has one for the rule.
    pub(super) fn add_at(
        &mut self,
        new: NewFinding,
        call: Option<&Call>,
        fix: Option<Fix>,
        severity: Severity,
    ) -> bool {
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
        let notes = new.notes.iter().map(|note| self.masked(note)).collect();
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
    pub(super) fn amend(&mut self, change: impl FnOnce(&mut Diagnosis)) {
        if let Some(finding) = self.found.last_mut() {
            let mut diagnosis = Diagnosis::clone(&finding.diagnosis);
            change(&mut diagnosis);
            finding.diagnosis = self.diagnoses.share(diagnosis);
        }
    }
}

pub(super) fn sort(found: &mut [Finding]) {
    // A finding is large: sorted by their keys, they need no second place.
    found.sort_by_cached_key(|finding| (finding.range.start(), finding.rule, finding.range.end()));
}
