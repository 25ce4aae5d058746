//! Findings with the code around them and the change that would be made.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::Range;

use anstyle::{AnsiColor, Style};

use super::{BOLD, CYAN, GREEN, RED, Report, WARNING, flow, lines, printable, severity_style, styled};
use crate::finding::{Applicability, Finding};
use crate::text::diff::{self, LineKind};
use crate::text::edit::{Edit, Identity, identity};
use crate::text::secret::{Masker, masked};
use crate::text::source::Source;

/// How many lines are shown on either side of the finding's own.
const CONTEXT: u32 = 2;

/// How much of a line is shown on either side of the finding, in bytes. A function saved as one line of megabytes must not
/// fill the terminal.
const AROUND: usize = 160;

/// How much of a line is looked at for secrets on either side of the finding, in bytes.
const NEAR: usize = 16 * 1024;

/// A change of more lines, or with a longer one (bytes), is left to `fix`.
const MOST_LINES: usize = 24;
const LONGEST_LINE: usize = 600;

const GUTTER: Style = AnsiColor::BrightBlue.on_default().bold();

/// All findings, an empty line behind each, for a terminal of `width` columns. Equal findings of several
/// places come last, as one.
///
/// # Errors
/// What writing fails with.
pub fn write(report: &Report<'_>, width: usize, out: &mut dyn Write) -> io::Result<()> {
    // Where a change was shown: findings may share it.
    let mut shown: HashMap<Identity, u32> = HashMap::new();
    for (source, finding) in report.findings.iter().filter(|(_, finding)| !lines::is_grouped(finding)) {
        writeln!(out, "{}", one(source, finding, &report.masker, width, &mut shown))?;
    }
    for group in lines::groups(report) {
        let Some(first) = lines::worst(&group) else { continue };
        let mut text = title(first, &report.masker, width);
        for (at, finding) in group.iter().enumerate() {
            if at == lines::MOST_PLACES {
                let _ = writeln!(text, "     and {} more", super::counted(group.len() - at, "place"));
                break;
            }
            let _ = writeln!(text, " {} {}", styled(GUTTER, "-->"), lines::place(finding));
        }
        help(&mut text, first, 1, &report.masker, width);
        writeln!(out, "{text}")?;
    }
    Ok(())
}

fn one(
    source: &Source,
    finding: &Finding,
    masker: &Masker,
    width: usize,
    shown: &mut HashMap<Identity, u32>,
) -> String {
    let index = source.index();
    let line = finding.start.line;
    // Of what nobody has to do, the line is enough.
    let around = if finding.is_optional() { 0 } else { CONTEXT };
    let last = (line + around).min(index.line(source.text().len()));
    let digits = last.to_string().len();
    let bar = styled(GUTTER, "|");
    let mut out = title(finding, masker, width);
    let _ = writeln!(out, "{:digits$}{} {}", "", styled(GUTTER, "-->"), lines::place(finding));
    let _ = writeln!(out, "{:digits$} {bar}", "");
    let room = width.saturating_sub(digits + 3).max(20);
    let row = |number: u32, code: &str| {
        let head = styled(GUTTER, &format!("{number:digits$} |"));
        format!("{head} {}", code.trim_end()).trim_end().to_owned() + "\n"
    };
    let context = |number: u32| {
        let content = index.line_range(number).of(source.text()).trim_end_matches(['\n', '\r']);
        let near = content.get(..floor(content, NEAR.min(content.len()))).unwrap_or("");
        let code = printable(&masker.mask(near)).replace('\t', "    ");
        windowed(&code, 0..0, room).0
    };
    let before: Vec<(u32, String)> = (line.saturating_sub(around).max(1)..line).map(|at| (at, context(at))).collect();
    for (number, code) in before.iter().skip_while(|(_, code)| code.trim().is_empty()) {
        out.push_str(&row(*number, code));
    }
    let (code, span) = excerpt(source, finding, masker);
    let (code, span) = windowed(&code, span, room);
    out.push_str(&row(line, &code));
    let mark = styled(severity_style(finding.severity), &"^".repeat(span.len().max(1)));
    let _ = writeln!(out, "{:digits$} {bar} {:indent$}{mark}", "", "", indent = span.start);
    let mut after: Vec<(u32, String)> = (line + 1..=last).map(|at| (at, context(at))).collect();
    while after.last().is_some_and(|(_, code)| code.trim().is_empty()) {
        after.pop();
    }
    for (number, code) in after {
        out.push_str(&row(number, &code));
    }
    help(&mut out, finding, digits, masker, width);
    change(&mut out, source, finding, digits, masker, shown);
    out
}

/// The rule, what can be done about it, and what is wrong.
fn title(finding: &Finding, masker: &Masker, width: usize) -> String {
    let severity = format!("{}[{}]", finding.severity.name(), finding.rule.name());
    let (style, level) = level(finding);
    let message = format!(": {}", printable(&masker.mask(&finding.message)));
    let pieces =
        [(severity_style(finding.severity), &*severity), (style, &*format!(" {level}")), (BOLD, message.as_str())];
    flow(&pieces, Some(width), "  ") + "\n"
}

/// What can be done about a finding, in a word.
fn level(finding: &Finding) -> (Style, &'static str) {
    match finding.applicability {
        _ if finding.is_optional() => (CYAN, "optional"),
        Applicability::Safe => (GREEN.bold(), "safe"),
        Applicability::Unsafe => (WARNING, "unsafe"),
        Applicability::Manual => (BOLD, "manual"),
    }
}

fn help(out: &mut String, finding: &Finding, digits: usize, masker: &Masker, width: usize) {
    for note in finding.notes.iter() {
        let note = printable(&masker.mask(note));
        let head = format!("{:digits$} ", "");
        let pieces =
            [(Style::new(), &*head), (GUTTER, "="), (BOLD, " help"), (Style::new(), ": "), (Style::new(), &*note)];
        let indent = " ".repeat(digits + "  = help: ".len() - 1);
        let _ = writeln!(out, "{}", flow(&pieces, Some(width), &indent));
    }
}

/// The lines that change, as they are and as they will be.
fn change(
    out: &mut String,
    source: &Source,
    finding: &Finding,
    digits: usize,
    masker: &Masker,
    shown: &mut HashMap<Identity, u32>,
) {
    let Some(fix) = finding.fix.as_ref().filter(|fix| !fix.edits.is_empty()) else { return };
    let mut say = |text: &str| {
        let _ = writeln!(out, "{:digits$} {}{}: {text}", "", styled(GUTTER, "="), styled(BOLD, " help"));
    };
    if let Some(line) = shown.get(&identity(&fix.edits)) {
        say(&format!("part of the change that is shown for line {line}"));
        return;
    }
    shown.insert(identity(&fix.edits), finding.start.line);
    let Some(changed) = changed(source, &fix.edits, masker) else {
        say("a long change; `authshift fix` shows it");
        return;
    };
    let digits = changed.iter().map(|(number, ..)| number.to_string().len()).max().unwrap_or(0).max(digits);
    for (number, kind, text) in changed {
        let style = match kind {
            LineKind::Context => Style::new(),
            LineKind::Removed => RED,
            LineKind::Added => GREEN,
        };
        let number = if kind == LineKind::Added { String::new() } else { number.to_string() };
        let sign = if kind == LineKind::Context { '|' } else { char::from(kind.sign()) };
        let line = styled(style, format!("{sign} {text}").trim_end());
        let _ = writeln!(out, "{} {line}", styled(GUTTER, &format!("{number:>digits$}")));
    }
}

/// The lines that go and those that come, with the numbers of the old text; the line before those that only come. `None` where
/// that is too much to be shown here.
fn changed(source: &Source, edits: &[Edit], masker: &Masker) -> Option<Vec<(u32, LineKind, String)>> {
    let (text, index) = (source.text(), source.index());
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.range);
    let mut rows = Vec::new();
    let mut left = edits.into_iter().peekable();
    while let Some(first) = left.next() {
        let mut own = vec![first];
        let from = index.line(first.range.start());
        let mut to = index.line(first.range.end());
        while let Some(next) = left.next_if(|next| index.line(next.range.start()) <= to + 1) {
            to = to.max(index.line(next.range.end()));
            own.push(next);
        }
        let start = index.line_range(from).start();
        let end = index.line_range(to).end();
        let old = text.get(start..end)?;
        let mut new = String::new();
        let mut at = start;
        for edit in own {
            new.push_str(text.get(at..edit.range.start())?);
            new.push_str(&edit.replacement);
            at = edit.range.end();
        }
        new.push_str(text.get(at..end)?);
        let longest = old.split('\n').chain(new.split('\n')).map(str::len).max();
        if longest > Some(LONGEST_LINE) || old.lines().count() > 8 * MOST_LINES {
            return None;
        }
        let show = |line: &[u8]| {
            let line = String::from_utf8_lossy(line);
            printable(&masker.mask(line.trim_end_matches(['\n', '\r']))).replace('\t', "    ")
        };
        for hunk in diff::hunks(old.as_bytes(), new.as_bytes()) {
            let mut number = from + u32::try_from(hunk.old_start).unwrap_or(1) - 1;
            let mut last = None;
            for line in &hunk.lines {
                let row = (number, line.kind, show(&line.bytes));
                match line.kind {
                    LineKind::Context => last = Some(row),
                    LineKind::Removed => {
                        last = None;
                        rows.push(row);
                    }
                    LineKind::Added => rows.extend(last.take().into_iter().chain([row])),
                }
                number += u32::from(line.kind != LineKind::Added);
            }
        }
    }
    (rows.len() <= MOST_LINES).then_some(rows)
}

/// What fits into `room` columns of a line, around the span, which is in bytes; the span is then in columns.
fn windowed(code: &str, span: Range<usize>, room: usize) -> (String, Range<usize>) {
    const CUT: &str = "...";
    let columns = |end: usize| code.get(..end).map_or(0, |head| head.chars().count());
    let (first, last, all) = (columns(span.start), columns(span.end), code.chars().count());
    if all <= room {
        return (code.to_owned(), first..last);
    }
    // The text after the span gets the room first, and the text before it the rest.
    let length = (last - first).min(room);
    let from = if last + CUT.len() <= room { 0 } else { first.saturating_sub((room - length) / 2) };
    let from = from.min(all.saturating_sub(room));
    let head = if from > 0 { CUT } else { "" };
    let tail = if from + room < all { CUT } else { "" };
    let taken = room - head.len() - tail.len();
    let skipped = from + head.len();
    let shown: String = code.chars().skip(skipped).take(taken).collect();
    let start = (first.max(skipped) - skipped + head.len()).min(room);
    let end = (last.max(skipped) - skipped + head.len()).min(head.len() + taken).max(start);
    (format!("{head}{shown}{tail}"), start..end)
}

/// The first line of the finding as it may be shown, and the finding's place in it.
fn excerpt(source: &Source, finding: &Finding, masker: &Masker) -> (String, Range<usize>) {
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
                match c {
                    '\t' => code.push_str("    "),
                    c => code.push_str(&printable(c.encode_utf8(&mut [0; 4]))),
                }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_around_the_span() {
        assert_eq!(windowed("abc", 1..2, 20), ("abc".to_owned(), 1..2));
        let long = format!("{}TOKEN{}", "a".repeat(100), "b".repeat(100));
        for room in [20, 40, 77, 110, 204] {
            let (shown, span) = windowed(&long, 100..105, room);
            assert_eq!(shown.chars().count(), room, "{shown}");
            assert_eq!(shown.get(span), Some("TOKEN"), "{room}: {shown}");
        }
        let (shown, span) = windowed(&long, 0..205, 30);
        assert_eq!((shown.chars().count(), span.len() <= 30), (30, true), "{shown}");
        assert_eq!(windowed(&long, 0..0, 10).0, "aaaaaaa...");
    }
}
