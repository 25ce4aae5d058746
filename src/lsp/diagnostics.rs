//! What is shown in a document.

use lsp_types::{Diagnostic, DiagnosticSeverity, DiagnosticTag, NumberOrString, Range, Uri};

use super::analysis::{Analysis, Trouble};
use super::documents::OpenDocument;
use super::positions::{Encoding, Places};
use super::uri;
use crate::finding::{Finding, Rule, Severity};
use crate::text::source::Source;

/// Who says it.
const SOURCE: &str = "authshift";

/// The diagnostics of a document, and of the configuration file that keeps it from being examined.
pub(super) struct Diagnosed {
    pub(super) own: Vec<Diagnostic>,
    pub(super) of_config: Option<(Uri, Diagnostic)>,
}

pub(super) fn of(document: &OpenDocument, encoding: Encoding) -> Diagnosed {
    let places = Places::new(&document.source, encoding);
    match document.analysis() {
        Analysis::Foreign => Diagnosed { own: Vec::new(), of_config: None },
        Analysis::Examined(known) => {
            let own = known.examined.findings.iter().map(|finding| of_finding(finding, &places));
            Diagnosed { own: own.collect(), of_config: None }
        }
        Analysis::Failed(trouble) => {
            let range = trouble.position.map_or_else(Range::default, |place| places.rest_of_line(place));
            Diagnosed { own: vec![error(range, &trouble.message)], of_config: of_config(trouble, encoding) }
        }
    }
}

/// A finding, with what will become of it.
pub(super) fn of_finding(finding: &Finding, places: &Places<'_>) -> Diagnostic {
    let message = std::iter::once(&finding.message).chain(finding.notes.iter()).map(|text| &**text);
    let unused = matches!(finding.rule, Rule::UnusedTokenVariable | Rule::UnusedSuppression);
    Diagnostic {
        severity: Some(match finding.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Note => DiagnosticSeverity::INFORMATION,
        }),
        code: Some(NumberOrString::String(finding.rule.name().to_owned())),
        source: Some(SOURCE.to_owned()),
        tags: unused.then(|| vec![DiagnosticTag::UNNECESSARY]),
        ..Diagnostic::new_simple(places.range(finding.range), message.collect::<Vec<_>>().join("\n"))
    }
}

fn error(range: Range, message: &str) -> Diagnostic {
    Diagnostic {
        severity: Some(DiagnosticSeverity::ERROR),
        source: Some(SOURCE.to_owned()),
        ..Diagnostic::new_simple(range, message.to_owned())
    }
}

fn of_config(trouble: &Trouble, encoding: Encoding) -> Option<(Uri, Diagnostic)> {
    let (path, position, message) = trouble.config.as_ref()?;
    let range = Source::read(path)
        .map_or_else(|_| Range::default(), |source| Places::new(&source, encoding).rest_of_line(*position));
    Some((uri::of(&std::path::absolute(path).ok()?)?, error(range, message)))
}
