//! What the client can do, and the server's capabilities.

use lsp_types::notification::{DidChangeWatchedFiles, Notification as _};
use lsp_types::{
    ClientCapabilities, CodeActionKind, CodeActionOptions, CodeActionProviderCapability,
    DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern, HoverProviderCapability,
    InitializeParams, InitializeResult, MarkupKind, OneOf, PositionEncodingKind, Registration, RegistrationParams,
    ServerCapabilities, ServerInfo, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    TextDocumentSyncSaveOptions, WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};

use super::positions::Encoding;
use crate::project::MANIFEST;
use crate::project::config::FILE_NAMES;

/// The action that makes all safe changes.
pub(super) const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.authshift");

/// What matters of the client's capabilities.
#[derive(Debug)]
pub(super) struct Client {
    /// How characters of a line are counted.
    pub(super) encoding: Encoding,
    /// Whether it asks for the edits of an action when that is chosen.
    pub(super) resolves: bool,
    /// Whether an edit may name the version it is for.
    pub(super) versioned: bool,
    /// Whether hovers may be Markdown.
    pub(super) markdown: bool,
    /// Whether symbols may have a range of their own.
    pub(super) hierarchical: bool,
    /// Whether it watches files.
    watches: bool,
}

impl Client {
    pub(super) fn of(params: &InitializeParams) -> Self {
        let ClientCapabilities { text_document, workspace, general, .. } = &params.capabilities;
        let (text, workspace) = (text_document.as_ref(), workspace.as_ref());
        let encodings = general.as_ref().and_then(|general| general.position_encodings.as_ref());
        let utf8 = encodings.is_some_and(|offered| offered.contains(&PositionEncodingKind::UTF8));
        let resolves = || {
            let action = text?.code_action.as_ref()?;
            let resolve = action.resolve_support.as_ref()?;
            Some(action.data_support? && resolve.properties.iter().any(|property| property == "edit"))
        };
        let versioned = || workspace?.workspace_edit.as_ref()?.document_changes;
        let markdown = || Some(text?.hover.as_ref()?.content_format.as_ref()?.contains(&MarkupKind::Markdown));
        let hierarchical = || text?.document_symbol.as_ref()?.hierarchical_document_symbol_support;
        let watches = || workspace?.did_change_watched_files.as_ref()?.dynamic_registration;
        Self {
            encoding: if utf8 { Encoding::Utf8 } else { Encoding::Utf16 },
            resolves: resolves().unwrap_or(false),
            versioned: versioned().unwrap_or(false),
            markdown: markdown().unwrap_or(false),
            hierarchical: hierarchical().unwrap_or(false),
            watches: watches().unwrap_or(false),
        }
    }

    /// The answer to `initialize`.
    pub(super) fn initialized(&self) -> InitializeResult {
        let kinds = vec![CodeActionKind::QUICKFIX, FIX_ALL];
        let folders =
            WorkspaceFoldersServerCapabilities { supported: Some(true), change_notifications: Some(OneOf::Left(true)) };
        InitializeResult {
            capabilities: ServerCapabilities {
                position_encoding: Some(match self.encoding {
                    Encoding::Utf8 => PositionEncodingKind::UTF8,
                    Encoding::Utf16 => PositionEncodingKind::UTF16,
                }),
                text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
                    open_close: Some(true),
                    change: Some(TextDocumentSyncKind::INCREMENTAL),
                    save: Some(TextDocumentSyncSaveOptions::Supported(true)),
                    ..TextDocumentSyncOptions::default()
                })),
                hover_provider: Some(HoverProviderCapability::Simple(true)),
                document_symbol_provider: Some(OneOf::Left(true)),
                code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
                    code_action_kinds: Some(kinds),
                    resolve_provider: Some(true),
                    ..CodeActionOptions::default()
                })),
                workspace: Some(WorkspaceServerCapabilities {
                    workspace_folders: Some(folders),
                    file_operations: None,
                }),
                ..ServerCapabilities::default()
            },
            server_info: Some(ServerInfo {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        }
    }

    /// Which files it is asked to watch, if it can.
    pub(super) fn registration(&self) -> Option<RegistrationParams> {
        let names = FILE_NAMES.iter().copied().chain([MANIFEST]);
        let watcher = |name| FileSystemWatcher { glob_pattern: GlobPattern::String(format!("**/{name}")), kind: None };
        let options = DidChangeWatchedFilesRegistrationOptions { watchers: names.map(watcher).collect() };
        let registration = Registration {
            id: "watch".to_owned(),
            method: DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: serde_json::to_value(options).ok(),
        };
        self.watches.then(|| RegistrationParams { registrations: vec![registration] })
    }
}
