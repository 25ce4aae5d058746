//! The functions of a file, each with its text before and after a migration: what a person pastes back one by one.
//!
//! A file is one function or has several; an export has them in brackets of its own, or encoded in its texts. Migrating changes
//! neither their number nor their order, so that the third before is the third after:
//!
//! ```text
//! before: void a() { … } void b() { … }      a, a′ and b, b′; where more than the functions changed, or their number,
//! after:  void a() { … } void b() { … }      the file is one unit
//! ```

use crate::deluge::{Kind, NodeId};
use crate::project::export::ScriptPlace;
use crate::project::format::Format;
use crate::project::part::Part;
use crate::text::source::{Source, TextRange};

/// A function, or a whole file.
#[derive(Debug)]
pub struct Unit {
    /// The function's name; `None` for a file that does not name one, and for a script without a header.
    pub name: Option<String>,
    /// Where it stands in the file.
    pub range: TextRange,
    /// Whether it is the whole file.
    pub is_file: bool,
    /// Its text.
    pub before: Text,
    /// The migrated text; `None` when nothing changes.
    pub after: Option<Text>,
}

/// The text of a unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// The number of its first line.
    pub line: u32,
    /// The text itself.
    pub text: String,
}

/// The units of a file, in text order. Needs a stack of [`crate::deluge::STACK_BYTES`].
pub fn units(source: &Source, format: Format, after: Option<&str>) -> Vec<Unit> {
    let split = || {
        let before = Pieces::of(source, format, None)?;
        let after = match after {
            Some(text) => {
                let places = (format == Format::Json).then_some(before.places.as_slice());
                let after = Pieces::of(&Source::new(source.path(), text), format, places)?;
                (before.outside == after.outside && before.all.len() == after.all.len()).then_some(after)?.all
            }
            None => Vec::new(),
        };
        let mut after = after.into_iter().map(|piece| piece.text);
        let unit = |piece: Piece| Unit {
            after: after.next().filter(|text| text.text != piece.text.text),
            name: piece.name,
            range: piece.range,
            is_file: piece.is_file,
            before: piece.text,
        };
        Some(before.all.into_iter().map(unit).collect())
    };
    let whole = || {
        let text = |text: &str| Text { line: 1, text: text.to_owned() };
        let (range, before) = (TextRange::new(0, source.text().len()), text(source.text()));
        vec![Unit { name: None, range, is_file: true, before, after: after.map(text) }]
    };
    if format.has_functions() { split().unwrap_or_else(whole) } else { whole() }
}

struct Piece {
    name: Option<String>,
    range: TextRange,
    is_file: bool,
    text: Text,
}

/// What a file consists of.
#[derive(Default)]
struct Pieces {
    all: Vec<Piece>,
    /// What stands between them.
    outside: String,
    /// Where they stand in a JSON file.
    places: Vec<ScriptPlace>,
}

impl Pieces {
    /// `None` for what cannot be parsed.
    fn of(source: &Source, format: Format, wanted: Option<&[ScriptPlace]>) -> Option<Self> {
        let parts = Part::all_in(source.text(), format, wanted).ok()?;
        let mut pieces = Pieces::default();
        for part in &parts {
            pieces.places.extend(part.place().cloned());
            if part.is_encoded() {
                let text = Text { line: 1, text: part.text().to_owned() };
                let range = part.outer(TextRange::new(0, part.text().len()));
                pieces.all.push(Piece { name: name(part, part.tree.root()), range, is_file: false, text });
            } else {
                pieces.add(part, source);
            }
        }
        Some(pieces)
    }

    /// The functions of a file that is read as it is; one alone is the file.
    fn add(&mut self, part: &Part<'_>, source: &Source) {
        let (tree, text) = (&part.tree, part.text());
        let top = tree.children(tree.root());
        let is_export = top.iter().any(|&node| tree.kind(node) == Kind::Definition);
        let scripts: Vec<NodeId> = top.iter().copied().filter(|&node| tree.kind(node).has_variables()).collect();
        if scripts.len() < 2 && !is_export {
            let range = TextRange::new(0, text.len());
            let text = Text { line: 1, text: text.to_owned() };
            self.all.push(Piece { name: name(part, tree.root()), range, is_file: true, text });
            return;
        }
        let mut done = 0;
        for &node in top {
            let range = tree.range(node);
            // A page is a part of its own.
            let is_page = tree.kind(node) == Kind::Page;
            if !is_page && !tree.kind(node).has_variables() {
                continue;
            }
            let head = TextRange::new(done, range.start()).of(text);
            // With what it is indented by.
            let indent = head.len() - head.trim_end_matches([' ', '\t']).len();
            let indent = if head.ends_with(['\n', ' ', '\t']) { indent } else { 0 };
            self.outside.push_str(head);
            done = range.end();
            if !is_page {
                let range = TextRange::new(range.start() - indent, range.end());
                let line = source.index().line(range.start());
                let text = Text { line, text: range.of(text).to_owned() };
                self.all.push(Piece { name: name(part, node), range, is_file: false, text });
            }
        }
        self.outside.push_str(TextRange::new(done, text.len()).of(text));
    }
}

/// The name of the function at `node`, or of the first one right in it.
fn name(part: &Part<'_>, node: NodeId) -> Option<String> {
    let tree = &part.tree;
    let is_function = |node: NodeId| tree.kind(node) == Kind::Function;
    let function = if is_function(node) { Some(node) } else { tree.child(node, Kind::Function) }?;
    let name = tree.range(tree.child(function, Kind::FunctionName)?).of(part.text());
    Some(name.split_whitespace().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(name: &str, before: &str, after: &str) -> Vec<(Option<String>, u32, String, Option<String>)> {
        let format = crate::project::discover::format_of(name.as_ref(), before).unwrap();
        let source = Source::new(name, before);
        let units = units(&source, format, Some(after).filter(|after| *after != before));
        let text = |unit: Unit| (unit.name, unit.before.line, unit.before.text, unit.after.map(|after| after.text));
        units.into_iter().map(text).collect()
    }

    #[test]
    fn one_function_is_its_file() {
        let (before, after) = ("// about\nvoid a.b()\n{\n\tinfo 1;\n}\n", "// about\nvoid a.b()\n{\n\tinfo 2;\n}\n");
        assert_eq!(
            texts("x.dg", before, after),
            [(Some("a.b".to_owned()), 1, before.to_owned(), Some(after.to_owned()))]
        );
        assert_eq!(texts("x.dg", "info 1;\n", "info 2;\n")[0].0, None);
    }

    #[test]
    fn several_functions_are_units_and_the_unchanged_has_no_text_after() {
        let before = "void a() { info 1; }\n\n  void b()\n  {\n    info 1;\n  }\n";
        let after = before.replacen("info 1", "info 2", 1);
        let found = texts("x.dg", before, &after);
        assert_eq!(
            found,
            [
                (Some("a".to_owned()), 1, "void a() { info 1; }".to_owned(), Some("void a() { info 2; }".to_owned())),
                (Some("b".to_owned()), 3, "  void b()\n  {\n    info 1;\n  }".to_owned(), None),
            ]
        );
    }

    #[test]
    fn where_more_than_the_functions_changes_the_file_is_one() {
        let before = "info 1;\nvoid a() { info 1; }\nvoid b() { info 1; }\n";
        for after in [before.replacen("info 1;\nvoid", "info 2;\nvoid", 1), before.replace("void b", "x();}\nvoid b")] {
            assert_eq!(texts("x.dg", before, &after).len(), 1, "{after}");
        }
    }

    #[test]
    fn scripts_in_json_are_decoded() {
        let json = |code: &str| {
            format!("{{\"functions\": [{{\"name\": \"n\", \"script\": \"void n()\\n{{\\n\\t{code}\\n}}\"}}]}}\n")
        };
        let found = texts("f.json", &json("x = invokeurl[url :\\\"https://a.b\\\" type :GET];"), &json("info 2;"));
        let expected = "void n()\n{\n\tx = invokeurl[url :\"https://a.b\" type :GET];\n}";
        assert_eq!(
            found,
            [(Some("n".to_owned()), 1, expected.to_owned(), Some("void n()\n{\n\tinfo 2;\n}".to_owned()))]
        );
    }
}
