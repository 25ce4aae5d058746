//! The texts of a file that are read each on its own: the file itself, and the pages that an export keeps encoded in it.
//! Everything is found and edited in the text of a part; ranges and edits lead from there to the file.

use crate::edit::Edit;
use crate::page::Page;
use crate::source::TextRange;
use crate::syntax::{Kind, ParseError, Tree, parse, parse_page};

/// A text with its tree.
#[derive(Debug)]
pub struct Part<'f> {
    file: &'f str,
    page: Option<Page>,
    /// The tree of [`Part::text`].
    pub tree: Tree,
}

impl<'f> Part<'f> {
    /// The file `text`, and behind it its pages in text order. Linear in the length of `text`; needs a stack of
    /// [`crate::syntax::STACK_BYTES`].
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
            parts.push(Part { file: text, page: Some(page), tree });
        }
        Ok(parts)
    }

    /// A file that is read whole, with its tree.
    pub fn of_file(text: &'f str, tree: Tree) -> Self {
        Part { file: text, page: None, tree }
    }

    /// The text, decoded.
    pub fn text(&self) -> &str {
        self.page.as_ref().map_or(self.file, |page| &page.text)
    }

    /// Whether it is a page, not the file itself.
    pub fn is_page(&self) -> bool {
        self.page.is_some()
    }

    /// A range of the text as one of the file.
    pub fn outer(&self, range: TextRange) -> TextRange {
        self.page.as_ref().map_or(range, |page| page.outer(range))
    }

    /// An edit of the text as one of the file; `None` when the file cannot be made to say exactly that.
    pub fn outer_edit(&self, edit: &Edit) -> Option<Edit> {
        match &self.page {
            Some(page) => page.encoded(self.file, edit),
            None => Some(edit.clone()),
        }
    }

    /// What was not understood of it, as ranges of the file.
    pub fn opaque(&self) -> impl Iterator<Item = TextRange> {
        self.tree.opaque().iter().map(|&range| self.outer(range))
    }
}
