//! What the threads share: the open documents, what is to be diagnosed, and the requests that wait.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{Notification as _, PublishDiagnostics};
use lsp_types::{
    Diagnostic, DidChangeTextDocumentParams, DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, PublishDiagnosticsParams, Uri,
};
use serde_json::Value;

use super::client::Client;
use super::documents::OpenDocument;
use super::unpoisoned;
use super::workspace::Workspace;

/// Where messages go. Sending never waits.
#[derive(Clone)]
pub(super) struct Outgoing(Sender<Option<Message>>);

impl Outgoing {
    pub(super) fn new(messages: Sender<Option<Message>>) -> Self {
        Self(messages)
    }

    pub(super) fn send(&self, message: Message) {
        // The writer ends before this when the client is gone: then nobody wants it.
        let _ = self.0.send(Some(message));
    }

    pub(super) fn refuse(&self, id: RequestId, code: ErrorCode, message: &str) {
        self.send(Message::Response(Response::new_err(id, code as i32, message.to_owned())));
    }

    pub(super) fn publish(&self, uri: Uri, diagnostics: Vec<Diagnostic>, version: Option<i32>) {
        let params = PublishDiagnosticsParams { uri, diagnostics, version };
        let params = serde_json::to_value(params).unwrap_or_default();
        self.send(Message::Notification(Notification { method: PublishDiagnostics::METHOD.to_owned(), params }));
    }

    /// Says that no more comes.
    pub(super) fn finish(&self) {
        let _ = self.0.send(None);
    }
}

/// A request and the document as it was when it came.
pub(super) struct Asked {
    pub(super) request: Request,
    pub(super) document: Option<Arc<OpenDocument>>,
}

/// What changes.
pub(super) struct ServerState {
    pub(super) documents: HashMap<Uri, Arc<OpenDocument>>,
    workspace: Arc<Workspace>,
    /// Documents that have not been diagnosed as they are now, each once.
    changed: VecDeque<Uri>,
    asked: VecDeque<Asked>,
    /// Configuration files that are not open and have a diagnostic.
    pub(super) broken: HashSet<Uri>,
    /// How many threads are at work.
    working: usize,
}

impl ServerState {
    fn is_busy(&self) -> bool {
        self.working > 0 || !self.changed.is_empty() || !self.asked.is_empty()
    }

    /// Keeps a version, and has it diagnosed.
    fn keep(&mut self, document: OpenDocument) {
        let uri = document.uri.clone();
        self.documents.insert(uri.clone(), Arc::new(document));
        if !self.changed.contains(&uri) {
            self.changed.push_back(uri);
        }
    }

    /// Whether it is the newest version of an open document.
    pub(super) fn is_current(&self, document: &Arc<OpenDocument>) -> bool {
        self.documents.get(&document.uri).is_some_and(|newest| Arc::ptr_eq(newest, document))
    }
}

/// The same for all threads.
pub(super) struct Shared {
    pub(super) client: Client,
    pub(super) outgoing: Outgoing,
    state: Mutex<ServerState>,
    /// Something is to be done, or was done.
    news: Condvar,
}

impl Shared {
    pub(super) fn new(client: Client, outgoing: Outgoing, workspace: Workspace) -> Self {
        let state = ServerState {
            documents: HashMap::new(),
            workspace: Arc::new(workspace),
            changed: VecDeque::new(),
            asked: VecDeque::new(),
            broken: HashSet::new(),
            working: 0,
        };
        Self { client, outgoing, state: Mutex::new(state), news: Condvar::new() }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, ServerState> {
        unpoisoned(self.state.lock())
    }

    fn update(&self, change: impl FnOnce(&mut ServerState)) {
        change(&mut self.state());
        self.news.notify_all();
    }

    pub(super) fn open(&self, params: DidOpenTextDocumentParams) {
        self.update(|state| {
            let document = OpenDocument::open(params.text_document, &state.workspace);
            state.keep(document);
        });
    }

    pub(super) fn change(&self, params: DidChangeTextDocumentParams) {
        let DidChangeTextDocumentParams { text_document, content_changes } = params;
        let Some(old) = self.state().documents.get(&text_document.uri).cloned() else { return };
        let document = old.changed(text_document.version, content_changes, self.client.encoding);
        self.update(|state| state.keep(document));
    }

    pub(super) fn close(&self, params: DidCloseTextDocumentParams) {
        let uri = params.text_document.uri;
        self.update(|state| {
            state.changed.retain(|changed| *changed != uri);
            if state.documents.remove(&uri).is_some() {
                self.outgoing.publish(uri, Vec::new(), None);
            }
        });
    }

    /// Reads all configurations and manifests anew: a file changed, or the folders did.
    pub(super) fn renew(&self, folders: Option<DidChangeWorkspaceFoldersParams>) {
        let event = folders.map(|params| params.event);
        let (added, removed) = event.as_ref().map_or((&[][..], &[][..]), |event| (&event.added, &event.removed));
        self.update(|state| {
            state.workspace = Arc::new(state.workspace.renewed(added, removed));
            for uri in std::mem::take(&mut state.broken) {
                if !state.documents.contains_key(&uri) {
                    self.outgoing.publish(uri, Vec::new(), None);
                }
            }
            let documents: Vec<Arc<OpenDocument>> = state.documents.values().cloned().collect();
            for document in documents {
                let document = document.moved(&state.workspace);
                state.keep(document);
            }
        });
    }

    /// Has a request answered.
    pub(super) fn ask(&self, request: Request) {
        let params = &request.params;
        let uri = ["/textDocument/uri", "/data/uri"].into_iter().find_map(|place| params.pointer(place));
        let uri: Option<Uri> = uri.and_then(Value::as_str).and_then(|uri| uri.parse().ok());
        self.update(|state| {
            let document = uri.and_then(|uri| state.documents.get(&uri).cloned());
            state.asked.push_back(Asked { request, document });
        });
    }

    /// Takes back a request that waits.
    pub(super) fn cancel(&self, id: &RequestId) {
        let mut state = self.state();
        if let Some(at) = state.asked.iter().position(|asked| asked.request.id == *id) {
            state.asked.remove(at);
            self.outgoing.refuse(id.clone(), ErrorCode::RequestCanceled, "cancelled");
        }
    }

    /// Waits for a document to be diagnosed.
    pub(super) fn next_changed(&self) -> Arc<OpenDocument> {
        self.next(|state| {
            let uri = state.changed.pop_front()?;
            state.documents.get(&uri).cloned()
        })
    }

    /// Waits for a request.
    pub(super) fn next_asked(&self) -> Asked {
        self.next(|state| state.asked.pop_front())
    }

    fn next<T>(&self, take: impl Fn(&mut ServerState) -> Option<T>) -> T {
        let mut state = self.state();
        loop {
            if let Some(work) = take(&mut state) {
                state.working += 1;
                return work;
            }
            state = unpoisoned(self.news.wait(state));
        }
    }

    /// Says that the work that was taken is done.
    pub(super) fn done(&self) {
        self.update(|state| state.working = state.working.saturating_sub(1));
    }

    /// Waits until nothing is left to be done, but not for ever.
    pub(super) fn settle(&self, patience: Duration) {
        let state = self.state();
        drop(unpoisoned(self.news.wait_timeout_while(state, patience, |state| state.is_busy())));
    }
}
