//! Findings with their line of code, as rustc shows errors.

use std::io::{self, Write};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::{Report, printable, printable_path};
use crate::finding::{Finding, Severity};
use crate::secret::{Masker, masked};
use crate::source::Source;

/// How much of a line is shown on either side of the finding, in bytes. A function saved as one line of megabytes must not
/// fill the terminal.
const AROUND: usize = 160;

/// How much of a line is looked at for secrets on either side of the finding, in bytes.
const NEAR: usize = 16 * 1024;

/// Stands for path, line and column until the renderer is done; a private character that no report holds.
const PLACE: &str = "\u{F8FE}";

/// All findings, an empty line behind each, for a terminal of `width` columns.
///
/// # Errors
/// What writing fails with.
pub fn write(report: &Report<'_>, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii).term_width(width);
    for (source, finding) in &report.findings {
        write!(out, "{}\n\n", one(&renderer, source, finding, &report.masker))?;
    }
    Ok(())
}

fn one(renderer: &Renderer, source: &Source, finding: &Finding, masker: &Masker) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let (code, span) = line(source, finding, masker);
    let label = if finding.is_optional() { "optional" } else { finding.applicability.name() };
    let mut group = level.primary_title(printable(&masker.mask(&finding.message))).id(finding.rule.name()).element(
        Snippet::source(code)
            .path(PLACE)
            .line_start(finding.start.line as usize)
            .annotation(AnnotationKind::Primary.span(span).label(label)),
    );
    for note in finding.notes.iter() {
        group = group.element(Level::HELP.message(printable(&masker.mask(note))));
    }
    let text = renderer.render(&[group]);
    // The renderer counts the column in the excerpt, which may begin inside of the line and has masks in it.
    let place = format!("{}:{}:{}", printable_path(&finding.path), finding.start.line, finding.start.column);
    match text.split_once(PLACE).and_then(|(head, tail)| Some((head, tail.split_once('\n')?.1))) {
        Some((head, tail)) => format!("{head}{place}\n{tail}"),
        None => text,
    }
}

/// The first line of the finding as it may be shown, and the finding's place in it.
fn line(source: &Source, finding: &Finding, masker: &Masker) -> (String, std::ops::Range<usize>) {
    let text = source.text();
    let whole = source.index().line_range(finding.start.line);
    let content = whole.of(text).trim_end_matches(['\n', '\r']);
    // Of a line of megabytes only the neighbourhood is looked at; a secret that this cuts in two is not shown.
    let near = floor(content, (finding.range.start() - whole.start()).saturating_sub(NEAR));
    let far = floor(content, (finding.range.start() - whole.start() + NEAR).min(content.len()));
    let content = content.get(near..far).unwrap_or("");
    let start = finding.range.start() - whole.start() - near;
    let end = (finding.range.end() - whole.start() - near).min(content.len()).max(start);
    let from = floor(content, start.saturating_sub(AROUND));
    let to = floor(content, (end + AROUND).min(content.len()).min(start + 4 * AROUND));
    // Secrets are looked for in the whole line: cut in two they would not be recognised.
    let mut code = String::new();
    let (mut span_start, mut span_end) = (None, None);
    let mut at = 0;
    let mut emit = |piece: &str, piece_at: usize, replaced: bool| {
        for (offset, c) in piece.char_indices() {
            let here = if replaced { piece_at } else { piece_at + offset };
            if here >= start && span_start.is_none() {
                span_start = Some(code.len());
            }
            if here >= end && span_end.is_none() {
                span_end = Some(code.len());
            }
            if here >= from && here < to {
                code.push_str(&printable(c.encode_utf8(&mut [0; 4])));
            }
        }
    };
    for (secret, secret_end) in masker.secrets(content) {
        emit(content.get(at..secret).unwrap_or(""), at, false);
        emit(&masked(content.get(secret..secret_end).unwrap_or("")), secret, true);
        at = secret_end;
    }
    emit(content.get(at..).unwrap_or(""), at, false);
    let first = span_start.unwrap_or(code.len());
    let last = span_end.unwrap_or(code.len()).max(first);
    (code, first..last)
}

/// The last character boundary of `text` at or before byte `at`.
fn floor(text: &str, mut at: usize) -> usize {
    while at > 0 && !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
