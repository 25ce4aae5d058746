//! What keeps text of files, and their names, from steering whatever reads the output: a terminal by control characters, a
//! runner of workflows by lines that are commands to it.
//!
//! Text that belongs into one line goes through [`printable`], a path through [`printable_path`]. All that is printed goes
//! through a [`Guard`] besides, which knows where lines begin and lets nothing through that a printer forgot:
//!
//! ```text
//! link-name "a⏎::error::forged"   printable   a␊::error::forged   on the line of its message
//! a line "  ::error::x" of code   Guard       "  :·:error::x"     no command
//! ```

use std::io::{self, Write};
use std::path::Path;

use super::Form;

/// What is shown in place of a control character; `None` for one that steers nothing.
fn shown(c: char) -> Option<char> {
    match c {
        ' '..='~' | '\t' => None,
        '\u{7f}' => Some('␡'),
        c if (c as u32) < 0x20 => Some(char::from_u32(0x2400 + c as u32).unwrap_or('\u{FFFD}')),
        '\r' => Some('␍'),
        // Ends of lines to some programs, and marks that turn the direction of writing: code reads as what it is not.
        '\u{2028}' | '\u{2029}' | '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' => Some('\u{FFFD}'),
        '\u{2066}'..='\u{2069}' => Some('\u{FFFD}'),
        c if c.is_control() => Some('\u{FFFD}'),
        _ => None,
    }
}

/// Text of a file for one line of output.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| shown(c).unwrap_or(c)).collect()
}

/// The same for a path; one that begins like a command gets a `./`, and means what it meant.
pub(crate) fn printable_path(path: &Path) -> String {
    let text = printable(&path.display().to_string());
    if text.trim_start().starts_with("::") { format!("./{text}") } else { text }
}

/// Passes text on, with what would steer its reader made visible. Of control sequences, only those for colours get through.
#[derive(Debug)]
pub struct Guard<W> {
    out: W,
    form: Form,
    /// Whether nothing but blanks has come on this line.
    at_start: bool,
    /// The character before; of what begins a line, blanks and colours do not count.
    last: char,
    /// How many `#` stand right before.
    hashes: usize,
}

impl<W: Write> Guard<W> {
    /// For output of that form.
    pub fn new(out: W, form: Form) -> Self {
        Self { out, form, at_start: true, last: '\n', hashes: 0 }
    }

    /// What it writes to.
    pub fn inner(&self) -> &W {
        &self.out
    }

    /// The same, for what has a guard of its own.
    pub fn inner_mut(&mut self) -> &mut W {
        &mut self.out
    }

    fn guarded(&mut self, text: &str) -> String {
        let mut safe = String::with_capacity(text.len() + 16);
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some(color) = color(rest) {
                let (color, behind) = rest.split_at(color);
                safe.push_str(color);
                rest = behind;
                continue;
            }
            // Most of it steers nothing.
            let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b':' | b'[' | b'#');
            let (run, behind) = rest.split_at(rest.bytes().take_while(|byte| plain(byte)).count());
            if let Some(last) = run.trim_end().chars().next_back() {
                (self.at_start, self.last) = (false, last);
            }
            if !run.is_empty() {
                self.hashes = 0;
                safe.push_str(run);
                rest = behind;
                continue;
            }
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            self.push(c, &mut safe);
        }
        safe
    }

    fn push(&mut self, c: char, safe: &mut String) {
        if c == '\n' {
            (self.at_start, self.last, self.hashes) = (true, c, 0);
            safe.push(c);
            return;
        }
        // `::error::`, and in an older form, anywhere in a line, `##[error]`.
        let commands = self.form == Form::Commands;
        if c == ':' && self.at_start && self.last == ':' && !commands {
            safe.push('·');
        }
        if c == '[' && self.hashes >= 2 && !commands {
            safe.push_str(if self.form == Form::Json { "\\u005b" } else { "·[" });
        } else {
            match shown(c) {
                // Such a character can only stand in a string.
                Some(_) if self.form == Form::Json && c as u32 >= 0x7f => {
                    safe.push_str(&format!("\\u{:04x}", c as u32));
                }
                other => safe.push(other.unwrap_or(c)),
            }
        }
        self.hashes = if c == '#' { self.hashes + 1 } else { 0 };
        self.at_start &= c.is_whitespace() || c == ':' && self.last != ':';
        if !c.is_whitespace() {
            self.last = c;
        }
    }
}

/// How many bytes at the start of `text` are a control sequence for colours.
fn color(text: &str) -> Option<usize> {
    let codes = text.strip_prefix("\u{1b}[")?;
    let behind = codes.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').strip_prefix('m')?;
    Some(text.len() - behind.len())
}

impl<W: Write> Write for Guard<W> {
    /// Takes all of it; the printers write whole characters.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let safe = self.guarded(&String::from_utf8_lossy(bytes));
        self.out.write_all(safe.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded(form: Form, pieces: &[&str]) -> String {
        let mut guard = Guard::new(Vec::new(), form);
        pieces.iter().for_each(|piece| guard.write_all(piece.as_bytes()).unwrap());
        String::from_utf8(guard.out).unwrap()
    }

    #[test]
    fn no_line_is_a_command() {
        let text = |pieces: &[&str]| guarded(Form::Text, pieces);
        assert_eq!(text(&["::error::x"]), ":·:error::x");
        assert_eq!(text(&["a::b\n \t", ":", ":warning::"]), "a::b\n \t:·:warning::");
        assert_eq!(text(&["\u{1b}[1m:\u{1b}[0m:x"]), "\u{1b}[1m:\u{1b}[0m·:x");
        assert_eq!(text(&["a ##", "[error]x #[y] ###[z]"]), "a ##·[error]x #[y] ###·[z]");
        assert_eq!(guarded(Form::Commands, &["::error title=x::y"]), "::error title=x::y");
    }

    #[test]
    fn nothing_but_colours_steers_a_terminal() {
        let text =
            guarded(Form::Text, &["\u{1b}[1;31mred\u{1b}[0m\u{1b}]0;x\u{7}\u{1b}[2J\r\u{9b}2J\u{202e}\u{2028}é\t\n"]);
        assert_eq!(text, "\u{1b}[1;31mred\u{1b}[0m␛]0;x␇␛[2J␍\u{fffd}2J\u{fffd}\u{fffd}é\t\n");
        assert_eq!(printable("a\n\u{1b}[31m\u{7f}é\t"), "a␊␛[31m␡é\t");
        assert_eq!(printable_path(Path::new("::error::a\n")), "./::error::a␊");
    }

    #[test]
    fn json_means_the_same() {
        let value = serde_json::json!(["::a ##[error]x", "\u{1b}\u{9b}\u{7f}\u{202e}\u{2028}é\n", {"##[b]": [[]]}]);
        let text = guarded(Form::Json, &[&serde_json::to_string_pretty(&value).unwrap()]);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
        assert!(text.chars().all(|c| c == '\n' || shown(c).is_none()) && !text.contains("##["), "{text}");
    }
}
