//! Where the comments, texts and statements of a file are, by the few rules of [`Syntax`]. It never fails: a quote that closes
//! nothing is a sign like others.
//!
//! ```text
//! $u = "https://books.zoho.com/api/v3/items" .      one statement: the bracket is open, or the line ends
//!      "?authtoken=" . $t; // the old way           with what goes on; the comment is none of it
//! ```

use memchr::memmem;

use super::language::{Quote, Syntax};
use crate::text::source::TextRange;

/// A text of several lines is no longer than this; without its end it is one of a single line.
const LONGEST_TEXT: usize = 64 * 1024;

/// A regular expression is no longer than this.
const LONGEST_REGEX: usize = 1024;

/// The pieces of a file.
#[derive(Default, Debug)]
pub(super) struct Pieces {
    /// With what begins and ends them, in text order.
    pub(super) comments: Vec<TextRange>,
    /// What stands between quotes, in text order.
    pub(super) texts: Vec<TextRange>,
    /// Where statements begin, in text order.
    starts: Vec<usize>,
    end: usize,
}

impl Pieces {
    pub(super) fn of(text: &str, syntax: &Syntax) -> Self {
        let mut lexer = Lexer::new(text, syntax);
        lexer.read();
        Self { comments: lexer.comments, texts: lexer.texts, starts: lexer.starts, end: text.len() }
    }

    /// The comment around a byte.
    pub(super) fn comment_at(&self, at: usize) -> Option<TextRange> {
        around(&self.comments, at)
    }

    /// The text around a byte.
    pub(super) fn text_at(&self, at: usize) -> Option<TextRange> {
        around(&self.texts, at)
    }

    /// The statement around a byte.
    pub(super) fn statement_at(&self, at: usize) -> TextRange {
        let behind = self.starts.partition_point(|start| *start <= at);
        let start = behind.checked_sub(1).and_then(|last| self.starts.get(last)).copied().unwrap_or(0);
        TextRange::new(start, self.starts.get(behind).copied().unwrap_or(self.end).max(start))
    }
}

fn around(ranges: &[TextRange], at: usize) -> Option<TextRange> {
    let behind = ranges.partition_point(|range| range.start() <= at);
    ranges.get(behind.checked_sub(1)?).copied().filter(|range| at < range.end())
}

struct Lexer<'t> {
    text: &'t str,
    syntax: &'t Syntax,
    at: usize,
    comments: Vec<TextRange>,
    texts: Vec<TextRange>,
    starts: Vec<usize>,
    /// The brackets that are open.
    open: Vec<Bracket>,
    /// The last sign that is neither blank nor comment.
    last: u8,
    /// For quotes, up to where they do not close.
    unclosed: Vec<(&'static str, usize)>,
}

/// What is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// `(`, `[`, or the brace of a map.
    Inner,
    /// The brace of a block, which holds statements.
    Block,
}

impl<'t> Lexer<'t> {
    fn new(text: &'t str, syntax: &'t Syntax) -> Self {
        Self {
            text,
            syntax,
            at: 0,
            comments: Vec::new(),
            texts: Vec::new(),
            starts: vec![0],
            open: Vec::new(),
            last: b';',
            unclosed: Vec::new(),
        }
    }

    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or(&[])
    }

    fn read(&mut self) {
        // Code without its marks, as some templates have it, is code all over.
        let island =
            self.syntax.island.filter(|(open, _)| memmem::find(self.text.as_bytes(), open.as_bytes()).is_some());
        let Some((open, close)) = island else { return self.code(None) };
        while let Some(begin) = memmem::find(self.rest(), open.as_bytes()) {
            self.at += begin + open.len();
            self.statement();
            self.code(Some(close));
            self.statement();
        }
    }

    /// Reads code up to `close`, or the end.
    fn code(&mut self, close: Option<&str>) {
        while let Some(&byte) = self.rest().first() {
            let rest = self.rest();
            if close.is_some_and(|close| rest.starts_with(close.as_bytes())) {
                return;
            }
            if self.comment(close) || self.quoted() || (byte == b'/' && self.regex()) {
                continue;
            }
            self.at += 1;
            match byte {
                b'\n' => self.line_end(),
                b';' if self.open.last() != Some(&Bracket::Inner) => self.statement(),
                b'(' | b'[' => self.open.push(Bracket::Inner),
                b'{' => {
                    let is_map = matches!(self.last, b'=' | b'(' | b'[' | b',' | b':' | b'>' | b'?');
                    self.open.push(if is_map { Bracket::Inner } else { Bracket::Block });
                    if !is_map {
                        self.statement();
                    }
                }
                b')' | b']' => {
                    // What a block left open ends with the bracket around it.
                    while self.open.pop() == Some(Bracket::Block) {}
                }
                b'}' if self.open.pop() != Some(Bracket::Inner) => self.statement(),
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                self.last = byte;
            }
        }
    }

    /// A statement begins here.
    fn statement(&mut self) {
        if self.starts.last() != Some(&self.at) {
            self.starts.push(self.at);
        }
    }

    /// A line has ended, and with it perhaps a statement.
    fn line_end(&mut self) {
        if !self.syntax.by_lines || self.open.last() == Some(&Bracket::Inner) {
            return;
        }
        let goes_on = matches!(
            self.last,
            b'+' | b'.' | b',' | b'(' | b'[' | b'=' | b'&' | b'|' | b'?' | b':' | b'\\' | b'<' | b'>' | b'*' | b'-'
        );
        let next = self.rest().trim_ascii_start();
        // A new line of an indented block after `if x:` is a statement of its own.
        let ends = self.last == b':' && self.syntax.line_comments == ["#"];
        let continues = matches!(next.first(), Some(b'.' | b'+' | b'?' | b':' | b'|' | b'&' | b')' | b']'));
        if (!goes_on || ends) && !continues {
            self.statement();
        }
    }

    /// Reads a comment, if one begins here.
    fn comment(&mut self, close: Option<&str>) -> bool {
        let rest = self.rest();
        let before = self.at.checked_sub(1).and_then(|at| self.text.as_bytes().get(at)).copied();
        for (begin, end) in self.syntax.block_comments {
            // What begins with a line's end may also begin the file.
            let first_line = begin.strip_prefix('\n').filter(|_| self.at == 0);
            let Some(inside) =
                rest.strip_prefix(begin.as_bytes()).or_else(|| rest.strip_prefix(first_line?.as_bytes()))
            else {
                continue;
            };
            let length = memmem::find(inside, end.as_bytes()).map_or(inside.len(), |at| at + end.len());
            let start = self.at + usize::from(begin.starts_with('\n') && self.at > 0);
            self.at += rest.len() - inside.len() + length;
            self.comments.push(TextRange::new(start, self.at));
            return true;
        }
        let begins = |mark: &&&str| {
            rest.starts_with(mark.as_bytes())
                && match **mark {
                    // `https://…`
                    "//" => before != Some(b':'),
                    // `#[Attribute]`, `#{…}`, `$#list`, `a#b`
                    "#" => {
                        !(rest.starts_with(b"#{") || (rest.starts_with(b"#[") && close.is_some()))
                            && before.is_none_or(|byte| byte.is_ascii_whitespace() || b";{}()".contains(&byte))
                    }
                    // Elsewhere in a line they belong to a value.
                    _ => before.is_none_or(|byte| matches!(byte, b'\n' | b'\r')),
                }
        };
        if !self.syntax.line_comments.iter().any(|mark| begins(&mark)) {
            return false;
        }
        let mut length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or(rest);
        if let Some(end) = close.and_then(|close| memmem::find(line, close.as_bytes())) {
            length = end;
        }
        self.comments.push(TextRange::new(self.at, self.at + length));
        self.at += length;
        true
    }

    /// Reads a text, if one begins here.
    fn quoted(&mut self) -> bool {
        let rest = self.rest();
        let Some(quote) = self.syntax.quotes.iter().find(|quote| rest.starts_with(quote.open.as_bytes())) else {
            return false;
        };
        let before = self.at.checked_sub(1).and_then(|at| self.text.as_bytes().get(at)).copied();
        // `don't`, a number with marks in it.
        if quote.open == "'" && before.is_some_and(|byte| byte.is_ascii_alphanumeric()) {
            return false;
        }
        let mut characters = self.text.get(self.at + 1..).unwrap_or("").chars();
        let first = characters.next();
        if self.syntax.lifetimes && quote.open == "'" && first != Some('\\') && characters.next() != Some('\'') {
            return false;
        }
        let inside = self.at + quote.open.len();
        let Some(end) = self.end_of(quote, inside) else { return false };
        let range = TextRange::new(inside, end);
        self.at = end + quote.close.len();
        // A text of several lines that is a statement of its own explains the code around it.
        let explains = quote.open.len() == 3 && quote.lines && self.stands_alone(range.start() - quote.open.len());
        if explains {
            self.comments.push(TextRange::new(range.start() - quote.open.len(), self.at));
        } else {
            self.texts.push(range);
        }
        self.last = b'"';
        true
    }

    /// Whether nothing, or `@doc` and the like, stands before the text that begins at byte `at` in its line.
    fn stands_alone(&self, at: usize) -> bool {
        const LONGEST: usize = 256;
        let before = self.text.as_bytes().get(at.saturating_sub(LONGEST)..at).unwrap_or(&[]);
        let line = before.get(memchr::memrchr(b'\n', before).map_or(0, |end| end + 1)..).unwrap_or(&[]).trim_ascii();
        let documents = line.starts_with(b"@") && line.ends_with(b"doc");
        let opens = !matches!(self.last, b'=' | b'(' | b',' | b'+' | b'[' | b'{' | b'%');
        documents || (line.is_empty() && opens)
    }

    /// Where a text ends that begins at byte `inside`. A quote that closes nothing is not looked for twice.
    fn end_of(&mut self, quote: &Quote, inside: usize) -> Option<usize> {
        let known = self.unclosed.iter().position(|(open, _)| *open == quote.open);
        if known.and_then(|at| self.unclosed.get(at)).is_some_and(|(_, end)| inside < *end) {
            return None;
        }
        let closes = self.closes(quote, inside);
        if let Err(end) = closes {
            match known.and_then(|at| self.unclosed.get_mut(at)) {
                Some(known) => known.1 = end,
                None => self.unclosed.push((quote.open, end)),
            }
        }
        closes.ok()
    }

    /// Where it closes, or up to where it does not.
    fn closes(&self, quote: &Quote, inside: usize) -> Result<usize, usize> {
        let bytes = self.text.as_bytes();
        let last = if quote.lines { bytes.len().min(inside + LONGEST_TEXT) } else { bytes.len() };
        let mut at = inside;
        let mut depth = 0_usize;
        while let Some(rest) = bytes.get(at..last).filter(|rest| !rest.is_empty()) {
            match rest.first() {
                Some(b'\n' | b'\r') if !quote.lines => return Err(at),
                Some(&byte) if byte == quote.escape && byte != 0 => at += 2,
                _ if depth == 0 && rest.starts_with(quote.close.as_bytes()) => return Ok(at),
                Some(b'{') if depth > 0 => (at, depth) = (at + 1, depth + 1),
                Some(b'}') if depth > 0 => (at, depth) = (at + 1, depth - 1),
                _ => match quote.hole {
                    Some(hole) if depth == 0 && rest.starts_with(hole.as_bytes()) => {
                        (at, depth) = (at + hole.len(), 1);
                    }
                    _ => at += 1,
                },
            }
        }
        Err(last)
    }

    /// Reads a regular expression, if one begins here: behind a sign that no value ends with, and up to a `/` of the same line.
    fn regex(&mut self) -> bool {
        if !self.syntax.regexes
            || !matches!(self.last, b'(' | b'=' | b',' | b':' | b'[' | b'!' | b'&' | b'|' | b'?' | b'{' | b';')
        {
            return false;
        }
        let mut class = false;
        let mut bytes = self.rest().iter().enumerate().take(LONGEST_REGEX).skip(1);
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'\n' | b'\r' => return false,
                b'\\' => {
                    bytes.next();
                }
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => {
                    self.at += at + 1;
                    self.last = b'/';
                    return true;
                }
                _ => {}
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::language::Language;
    use super::*;

    /// Comments as `#…#`, texts as `<…>`, what begins a statement as `¦`.
    fn spelt(text: &str, language: Language) -> String {
        let pieces = Pieces::of(text, language.syntax());
        let mut marks: Vec<(usize, &str)> =
            pieces.comments.iter().flat_map(|range| [(range.start(), "#["), (range.end(), "]#")]).collect();
        marks.extend(pieces.texts.iter().flat_map(|range| [(range.start(), "<"), (range.end(), ">")]));
        marks.extend(pieces.starts.iter().skip(1).map(|&at| (at, "¦")));
        marks.sort_by_key(|&(at, _)| at);
        let mut out = String::new();
        let mut from = 0;
        for (at, mark) in marks {
            out += text.get(from..at).unwrap();
            out += mark;
            from = at;
        }
        out + text.get(from..).unwrap()
    }

    #[test]
    fn comments_are_those_of_the_language() {
        assert_eq!(spelt("a = 'x // y' // c 'd", Language::JavaScript), "a = '<x // y>' #[// c 'd]#");
        assert_eq!(spelt("u = https://a # c", Language::Env), "u = https://a #[# c]#");
        assert_eq!(spelt("a = \"#{b[\"c\"]} # d\" # e", Language::Ruby), "a = \"<#{b[\"c\"]} # d>\" #[# e]#");
        assert_eq!(
            spelt("<p>don't</p><?php $a='b'; # c ?>it's", Language::Php),
            "<p>don't</p><?¦php $a='<b>';¦ #[# c ]#¦?>it's"
        );
        assert_eq!(
            spelt("def f():\n  \"\"\"a\n  b\"\"\"\n  x = \"\"\"c\"\"\"\n", Language::Python),
            "def f():\n¦  #[\"\"\"a\n  b\"\"\"]#\n¦  x = \"\"\"<c>\"\"\"\n¦"
        );
        assert_eq!(spelt("fn f<'a>(x: &'a str) { \"b\" }", Language::Rust), "fn f<'a>(x: &'a str) {¦ \"<b>\" }¦");
        assert_eq!(spelt("x.replace(/['\"]/g, 'a')", Language::JavaScript), "x.replace(/['\"]/g, '<a>')");
        assert_eq!(spelt("s = @\"c:\\\"; // d", Language::CSharp), "s = @\"<c:\\>\";¦ #[// d]#");
        assert_eq!(spelt("; c\na=b;c", Language::Ini), "#[; c]#\n¦a=b;¦c");
        assert_eq!(spelt("<a><!-- b --></a>", Language::Xml), "<a>#[<!-- b -->]#</a>");
        assert_eq!(spelt("'never closed\nb = 'c'", Language::Python), "'never closed\n¦b = '<c>'");
    }

    #[test]
    fn statements_end_where_they_do() {
        assert_eq!(spelt("a = b +\n  c\nd = e", Language::JavaScript), "a = b +\n  c\n¦d = e");
        assert_eq!(spelt("f(a,\n  b)\ng()", Language::Python), "f(a,\n  b)\n¦g()");
        assert_eq!(spelt("f({a: 1,\n b: 2});g()", Language::JavaScript), "f({a: 1,\n b: 2});¦g()");
        assert_eq!(spelt("$a = b\n . c; $d", Language::Php), "$a = b\n . c;¦ $d");
        assert_eq!(spelt("if (a) { b(); }\nc()", Language::Java), "if (a) {¦ b();¦ }¦\nc()");
    }

    #[test]
    fn any_text_comes_to_an_end() {
        for piece in [
            "\"", "'", "`", "\"\"\"", "/*", "{", ")", "${", "\"${", "#", "<?php '", "?>", "\\", "/", "(/", "(/[",
            "\"\\", "\n=begin",
        ] {
            let text = piece.repeat(50_000);
            for language in [Language::Php, Language::JavaScript, Language::Python, Language::Ruby, Language::CSharp] {
                assert!(Pieces::of(&text, language.syntax()).statement_at(7).end() <= text.len());
            }
        }
    }
}
