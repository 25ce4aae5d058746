//! The documents that the client has open.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use lsp_types::{TextDocumentContentChangeEvent, TextDocumentItem, Uri};

use super::analysis::Analysis;
use super::positions::{Encoding, Places};
use super::uri;
use super::workspace::Workspace;
use crate::text::source::{Source, TextRange};

/// One version of a document. It never changes; what is found in it is found once.
pub(super) struct OpenDocument {
    pub(super) uri: Uri,
    pub(super) version: i32,
    language: Arc<str>,
    pub(super) source: Arc<Source>,
    pub(super) workspace: Arc<Workspace>,
    analysis: OnceLock<Analysis>,
}

impl OpenDocument {
    /// A document as it is opened.
    pub(super) fn open(item: TextDocumentItem, workspace: &Arc<Workspace>) -> Self {
        let TextDocumentItem { uri, language_id, version, text } = item;
        let path = path(&uri, workspace);
        let source = Arc::new(Source::new(path, text));
        let (language, workspace) = (language_id.into(), Arc::clone(workspace));
        Self { uri, version, language, source, workspace, analysis: OnceLock::new() }
    }

    /// The next version of it.
    pub(super) fn changed(
        &self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Self {
        let mut source = Arc::clone(&self.source);
        for change in changes {
            let text = match change.range {
                None => change.text,
                Some(range) => replaced(&source, Places::new(&source, encoding).text_range(range), &change.text),
            };
            source = Arc::new(Source::new(source.path(), text));
        }
        Self {
            uri: self.uri.clone(),
            version,
            language: Arc::clone(&self.language),
            source,
            workspace: Arc::clone(&self.workspace),
            analysis: OnceLock::new(),
        }
    }

    /// The same version where other things are known.
    pub(super) fn moved(&self, workspace: &Arc<Workspace>) -> Self {
        Self {
            uri: self.uri.clone(),
            version: self.version,
            language: Arc::clone(&self.language),
            source: Arc::clone(&self.source),
            workspace: Arc::clone(workspace),
            analysis: OnceLock::new(),
        }
    }

    /// What is found in it. Needs a stack of [`crate::deluge::STACK_BYTES`].
    pub(super) fn analysis(&self) -> &Analysis {
        self.analysis.get_or_init(|| Analysis::of(&self.source, &self.language, &self.workspace))
    }
}

fn path(uri: &Uri, workspace: &Workspace) -> PathBuf {
    uri::path(uri).unwrap_or_else(|| workspace.path_of_unsaved(uri.as_str().rsplit(':').next().unwrap_or("")))
}

fn replaced(source: &Source, range: TextRange, by: &str) -> String {
    let text = source.text();
    let (before, after) = (text.get(..range.start()).unwrap_or(""), text.get(range.end()..).unwrap_or(""));
    [before, by, after].concat()
}
