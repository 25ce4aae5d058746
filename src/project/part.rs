//! The texts of a file that are read each on its own: the file itself and the pages that an export keeps encoded in it, or the
//! scripts in a JSON file. Everything is found and edited in the text of a part; ranges and edits lead from there to the file.

use std::sync::Arc;

use crate::deluge::page::Page;
use crate::deluge::{Kind, ParseError, Tree, parse, parse_page};
use crate::project::export::{Export, Layer, ScriptPlace};
use crate::project::format::Format;
use crate::text::edit::Edit;
use crate::text::json::Flaw;
use crate::text::source::TextRange;

/// A text with its tree.
#[derive(Debug)]
pub struct Part<'f> {
    file: &'f str,
    code: Code,
    /// The tree of [`Part::text`].
    pub tree: Tree,
}

/// How the file keeps a part.
#[derive(Debug)]
enum Code {
    /// It is the file.
    Plain,
    Page(Page),
    /// The texts of JSON that it stands in, from the file inwards.
    Script(ScriptPlace, Vec<Arc<Layer>>),
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It nests too deeply.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// It is no JSON.
    #[error("{}", .0.message)]
    Json(Flaw),
}

impl Unreadable {
    /// Where, in bytes of the file.
    pub fn offset(&self) -> usize {
        match self {
            Unreadable::Parse(ParseError::TooDeep { offset }) | Unreadable::Json(Flaw { offset, .. }) => *offset,
        }
    }
}

impl<'f> Part<'f> {
    /// The parts of a file of this format. With `wanted`, those of a JSON file are at these places, whatever they say now.
    /// Linear in the length of `text`; needs a stack of [`crate::deluge::STACK_BYTES`].
    ///
    /// # Errors
    /// [`Unreadable`], with an offset in the file.
    pub fn all_in(text: &'f str, format: Format, wanted: Option<&[ScriptPlace]>) -> Result<Vec<Part<'f>>, Unreadable> {
        if format != Format::Json {
            return Ok(Self::all_of(text)?);
        }
        let scripts = Export::of(text, wanted).map_err(Unreadable::Json)?.scripts;
        let read = |script: crate::project::export::Script| {
            let tree = parse(script.layers.last().map_or("", |layer| layer.text()));
            let mut part = Part { file: text, code: Code::Script(script.place, script.layers), tree: Tree::default() };
            match tree {
                Ok(tree) => part.tree = tree,
                Err(ParseError::TooDeep { offset }) => {
                    let offset = part.outer(TextRange::empty(offset)).start();
                    return Err(Unreadable::Parse(ParseError::TooDeep { offset }));
                }
            }
            Ok(part)
        };
        scripts.into_iter().map(read).collect()
    }

    /// The Deluge file `text`, and behind it its pages in text order. Linear in the length of `text`; needs a stack of
    /// [`crate::deluge::STACK_BYTES`].
    ///
    /// # Errors
    /// [`ParseError::TooDeep`], with an offset in the file.
    pub fn all_of(text: &'f str) -> Result<Vec<Part<'f>>, ParseError> {
        let file = Part::of_file(text, parse(text)?);
        let tree = &file.tree;
        let documents = tree.children(tree.root()).iter().filter(|&&node| tree.kind(node) == Kind::Page);
        let pages: Vec<Page> = documents.flat_map(|&node| Page::all_of(text, tree.range(node))).collect();
        let mut parts = vec![file];
        for page in pages {
            let tree = parse_page(&page.text).map_err(|ParseError::TooDeep { offset }| ParseError::TooDeep {
                offset: page.outer(TextRange::empty(offset)).start(),
            })?;
            parts.push(Part { file: text, code: Code::Page(page), tree });
        }
        Ok(parts)
    }

    /// A file that is read whole, with its tree.
    pub fn of_file(text: &'f str, tree: Tree) -> Self {
        Part { file: text, code: Code::Plain, tree }
    }

    /// The text, decoded.
    pub fn text(&self) -> &str {
        match &self.code {
            Code::Plain => self.file,
            Code::Page(page) => &page.text,
            Code::Script(_, layers) => layers.last().map_or("", |layer| layer.text()),
        }
    }

    /// The tree of another text in its place.
    ///
    /// # Errors
    /// [`ParseError`], with an offset in that text.
    pub fn parse_instead(&self, text: &str) -> Result<Tree, ParseError> {
        if self.is_page() { parse_page(text) } else { parse(text) }
    }

    /// Whether it is a page, not the file itself.
    pub fn is_page(&self) -> bool {
        matches!(self.code, Code::Page(_))
    }

    /// Whether the file keeps it in another form.
    pub fn is_encoded(&self) -> bool {
        !matches!(self.code, Code::Plain)
    }

    /// Where it stands in a JSON file.
    pub fn place(&self) -> Option<&ScriptPlace> {
        match &self.code {
            Code::Script(place, _) => Some(place),
            _ => None,
        }
    }

    /// A range of the text as one of the file.
    pub fn outer(&self, range: TextRange) -> TextRange {
        match &self.code {
            Code::Plain => range,
            Code::Page(page) => page.outer(range),
            Code::Script(_, layers) => layers.iter().rev().fold(range, |range, layer| layer.outer(range)),
        }
    }

    /// An edit of the text as one of the file; `None` when the file cannot be made to say exactly that.
    pub fn outer_edit(&self, edit: &Edit) -> Option<Edit> {
        match &self.code {
            Code::Plain => Some(edit.clone()),
            Code::Page(page) => page.encoded(self.file, edit),
            Code::Script(_, layers) => layers.iter().rev().try_fold(edit.clone(), |edit, layer| layer.encoded(&edit)),
        }
    }

    /// What was not understood of it, as ranges of the file.
    pub fn opaque(&self) -> impl Iterator<Item = TextRange> {
        self.tree.opaque().iter().map(|&range| self.outer(range))
    }

    /// Its functions with their names, in text order, by their ranges in the file.
    pub fn functions(&self) -> Vec<(TextRange, Arc<str>)> {
        let tree = &self.tree;
        let functions = tree.of_kind(Kind::Function);
        let named = functions.map(|function| {
            let name = tree.child(function, Kind::FunctionName);
            (self.outer(tree.range(function)), name.map_or("", |name| tree.range(name).of(self.text())).into())
        });
        named.collect()
    }
}
