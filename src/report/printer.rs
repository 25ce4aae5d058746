//! The two streams: what is printed, in which colours and how wide.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead as _, BufWriter, Write as _};
use std::ops::Range;
use std::path::Path;

use anstream::{AutoStream, ColorChoice, StripStream};
use anstyle::{AnsiColor, Style};

use super::escape::Guard;
use super::format::{Color, OutputFormat};
use super::{Report, github, gitlab, json, lines, printable, printable_path, rdjson, sarif};
use crate::finding::Severity;
use crate::text::secret::Secrets;
use crate::text::source::{Source, TextRange};
use crate::text::write;

/// Writes a report, finding by finding: as a whole it may be many times as large as the files.
type Write = fn(&Report<'_>, &mut dyn io::Write) -> io::Result<()>;

/// The writer of a format for programs; `None` for text, which each command writes in its own way.
pub fn for_programs(format: OutputFormat) -> Option<Write> {
    match format {
        OutputFormat::Text => None,
        OutputFormat::Json => Some(json::write),
        OutputFormat::Sarif => Some(sarif::write),
        OutputFormat::Github => Some(github::write),
        OutputFormat::Gitlab => Some(gitlab::write),
        OutputFormat::Rdjson => Some(rdjson::write),
    }
}

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const RED: Style = AnsiColor::Red.on_default();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const CYAN: Style = AnsiColor::Cyan.on_default();
pub(crate) const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const NOTE: Style = AnsiColor::BrightGreen.on_default().bold();

pub(crate) fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
        Severity::Note => NOTE,
    }
}

/// `text` in `style`; colours are stripped later where a stream takes none.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// What a text is, for what must not be in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// Lines that a runner of workflows takes for commands; whoever writes them keeps others from being any.
    Commands,
}

impl From<OutputFormat> for Form {
    fn from(format: OutputFormat) -> Self {
        match format {
            OutputFormat::Text => Form::Text,
            OutputFormat::Github => Form::Commands,
            OutputFormat::Json | OutputFormat::Sarif | OutputFormat::Gitlab | OutputFormat::Rdjson => Form::Json,
        }
    }
}

/// The two streams, each with its own decision on colours.
pub struct Printer {
    out: Guard<AutoStream<std::io::Stdout>>,
    err: Guard<AutoStream<std::io::Stderr>>,
}

impl Printer {
    /// Streams that follow `color`, and NO_COLOR and CLICOLOR_FORCE when that is `auto`.
    pub fn new(color: Color) -> Self {
        let choice = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        let (out, err) = (AutoStream::new(std::io::stdout(), choice), AutoStream::new(std::io::stderr(), choice));
        Self { out: Guard::new(out, Form::Text), err: Guard::new(err, Form::Text) }
    }

    /// The report itself, to standard output or to `file`, which never gets colours.
    ///
    /// # Errors
    /// Whatever writing fails with.
    pub fn report(
        &mut self,
        file: Option<&Path>,
        form: Form,
        write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        let Some(path) = file else {
            let out = self.out.inner_mut();
            return Ok(quiet(match out.current_choice() {
                ColorChoice::Never => buffered(plain(std::io::stdout()), form, write),
                _ => buffered(out, form, write),
            })?);
        };
        let fill = |file: &File| buffered(plain(file.try_clone()?), form, write);
        Ok(write::report(path, fill)?)
    }

    /// A text on standard output.
    ///
    /// # Errors
    /// Whatever writing fails with.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        quiet(self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()))
    }

    /// The letter that answers a question, in lower case, or a blank when it is no letter or several; `None` at the end of
    /// standard input.
    ///
    /// # Errors
    /// Whatever writing or reading fails with.
    pub fn ask(&mut self, prompt: &str) -> io::Result<Option<char>> {
        self.out.write_all(prompt.as_bytes())?;
        self.out.flush()?;
        let mut answer = Vec::new();
        if std::io::stdin().lock().read_until(b'\n', &mut answer)? == 0 {
            writeln!(self.out)?;
            return Ok(None);
        }
        // A word is no answer: that of "abort" would be `a`. One letter is another answer when it is large.
        Ok(Some(match answer.trim_ascii() {
            b"A" => 'A',
            [letter] => char::from(letter.to_ascii_lowercase()),
            _ => ' ',
        }))
    }

    /// Bytes as they are.
    ///
    /// # Errors
    /// Whatever writing fails with.
    pub fn exact(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut out = std::io::stdout().lock();
        quiet(out.write_all(bytes).and_then(|()| out.flush()))
    }

    /// How many columns a report may have: those of the terminal, or what most files and logs take.
    pub fn width(&self) -> usize {
        const ELSEWHERE: usize = 140;
        terminal_size::terminal_size().map_or(ELSEWHERE, |(width, _)| usize::from(width.0).max(40))
    }

    /// The columns of the terminal that standard output is, or standard error; `None` for what is not read on a screen.
    pub fn columns(&self, of_errors: bool) -> Option<usize> {
        let is_terminal = if of_errors { self.err.inner().is_terminal() } else { self.out.inner().is_terminal() };
        is_terminal.then(|| self.width())
    }

    /// Whether standard output takes colours.
    pub fn is_colored(&self) -> bool {
        self.out.inner().current_choice() != ColorChoice::Never
    }

    /// Whether standard output is for eyes: no exact bytes there, which could steer the terminal.
    pub fn is_for_eyes(&self) -> bool {
        self.is_colored() || self.out.inner().is_terminal()
    }

    /// What the parser of the arguments answers by itself.
    ///
    /// # Errors
    /// Whatever writing fails with.
    pub fn answer(&mut self, answer: &clap::Error) -> io::Result<()> {
        let text = answer.render().ansi().to_string();
        let out: &mut dyn io::Write = if answer.use_stderr() { &mut self.err } else { &mut self.out };
        quiet(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// One line on standard output.
    ///
    /// # Errors
    /// Whatever writing fails with.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        quiet(writeln!(self.out, "{}", printable(text)))
    }

    /// Findings that are left, on standard error.
    ///
    /// # Errors
    /// Whatever writing fails with.
    pub fn left(&mut self, report: &Report<'_>) -> io::Result<()> {
        quiet(buffered(self.err.inner_mut(), Form::Text, |out| lines::grouped(report, out)))
    }

    /// A line on standard error that is broken at words already.
    ///
    /// # Errors
    /// Whatever writing fails with.
    pub fn flowed(&mut self, line: &str) -> io::Result<()> {
        quiet(writeln!(self.err, "{line}"))
    }

    /// A remark on standard error; nothing for an empty text.
    ///
    /// # Errors
    /// Whatever writing fails with.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let Some(width) = self.columns(true) else { return quiet(writeln!(self.err, "{text}")) };
        text.lines().try_for_each(|line| {
            // A command is copied, so it is never wrapped.
            let is_prose = !line.starts_with("next:") && !line.starts_with(' ');
            quiet(writeln!(self.err, "{}", flow(&[(Style::new(), line)], is_prose.then_some(width), "  ")))
        })
    }

    /// Which lines of a file could not be parsed.
    ///
    /// # Errors
    /// Whatever writing fails with.
    pub fn note_opaque(&mut self, source: &Source, opaque: &[TextRange]) -> io::Result<()> {
        for range in opaque {
            let from = source.position(range.start());
            let to = source.position(range.end());
            let path = printable_path(source.path());
            let lines = match from.line == to.line {
                true => format!("line {}; it is", from.line),
                false => format!("lines {}-{}; they are", from.line, to.line),
            };
            let text = format!("{path}:{}:{}: could not parse {lines} left unchanged", from.line, from.column);
            self.note(&text)?;
        }
        Ok(())
    }

    /// Prints the signs of tokens that were dismissed, on standard error.
    ///
    /// # Errors
    /// Whatever writing fails with.
    pub fn note_dismissed(&mut self, report: &Report<'_>) -> io::Result<()> {
        for (source, dismissed) in &report.dismissed {
            let place = source.position(dismissed.range.start());
            let path = printable_path(source.path());
            let text = format!("{path}:{}:{}: {}: {}", place.line, place.column, dismissed.sign, dismissed.reason);
            self.note(&printable(&report.masker.mask(&text)))?;
        }
        Ok(())
    }

    /// An error on standard error. There is nowhere to report to when that fails as well.
    pub fn error(&mut self, path: Option<&Path>, text: &str) {
        // A text that begins with its place, `3:14: …`, makes one with the path.
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let gap = if text.splitn(3, ':').take(2).all(digits) { "" } else { " " };
        let place = path.map(|path| format!("{}:{gap}", printable_path(path))).unwrap_or_default();
        // An error may come before any file is read; a secret is then known by its shape.
        let text = Secrets::default().masker(false).mask(&format!("{place}{text}")).into_owned();
        let text = format!(": {}", printable(&text));
        let width = self.columns(true);
        let _ = writeln!(self.err, "{}", flow(&[(ERROR, "error"), (Style::new(), &*text)], width, "  "));
    }
}

/// Writes in large pieces, and all of it.
fn buffered(
    out: impl io::Write,
    form: Form,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = Guard::new(BufWriter::with_capacity(64 * 1024, out), form);
    write(&mut out)?;
    out.flush()
}

/// Takes colours out of a text. What is left comes out line by line, and each of those would be written by itself.
fn plain(out: impl io::Write + 'static) -> StripStream<Box<dyn io::Write>> {
    StripStream::new(Box::new(BufWriter::with_capacity(64 * 1024, out)))
}

/// A closed pipe is not an error; the rest of the output goes on.
fn quiet(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// `1 file`, `2 files`.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    let mut text = format!("{count} {thing}");
    if count != 1 {
        let _ = write!(text, "s");
    }
    text
}

/// Pieces of text, each in its style, in lines of at most `width` columns (at least 20) that are broken at spaces; all but the
/// first begin with `indent`. A word that is longer stays whole.
pub(crate) fn flow(pieces: &[(Style, &str)], width: Option<usize>, indent: &str) -> String {
    let plain: String = pieces.iter().map(|(_, text)| *text).collect();
    let mut lines: Vec<Range<usize>> = Vec::new();
    let (mut start, mut column, mut space) = (0, 0, None);
    for (at, c) in plain.char_indices() {
        column += 1;
        if c == ' ' && plain.get(start..at).is_some_and(|line| !line.trim().is_empty()) {
            space = Some((at, column));
        }
        if width.is_some_and(|width| column > width.max(20))
            && let Some((broken, behind)) = space.take()
        {
            lines.push(start..broken);
            start = broken + 1;
            column = column - behind + indent.len();
        }
    }
    lines.push(start..plain.len());
    let mut out = String::new();
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            out.push('\n');
            out.push_str(indent);
        }
        let mut begins = 0;
        for (style, text) in pieces {
            let (from, to) = (line.start.max(begins), line.end.min(begins + text.len()));
            if let Some(part) =
                text.get(from.saturating_sub(begins)..to.saturating_sub(begins)).filter(|part| !part.is_empty())
            {
                out.push_str(&styled(*style, part));
            }
            begins += text.len();
        }
    }
    out
}

/// `text` in lines of at most `width` columns (at least 20), broken at spaces; a word that is longer stays whole.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(20);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
