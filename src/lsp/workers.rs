//! The threads that analyse.

use std::sync::Arc;

use lsp_server::{ErrorCode, Message, Request, Response, ResponseError};
use lsp_types::request::{
    CodeActionRequest, CodeActionResolveRequest, DocumentSymbolRequest, HoverRequest, Request as _, Shutdown,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::analysis::guarded;
use super::documents::OpenDocument;
use super::state::{Asked, Shared};
use super::{actions, diagnostics, hover, symbols};

/// Diagnoses documents as they change, for ever.
pub(super) fn diagnose(shared: &Shared) {
    loop {
        let document = shared.next_changed();
        let made = guarded(|| diagnostics::of(&document, shared.client.encoding));
        {
            // While the state is locked, so that what is said of a document that is closed meanwhile is not said after it.
            let mut state = shared.state();
            if state.is_current(&document)
                && let Ok(made) = made
            {
                shared.outgoing.publish(document.uri.clone(), made.own, Some(document.version));
                if let Some((uri, diagnostic)) = made.of_config
                    && !state.documents.contains_key(&uri)
                {
                    shared.outgoing.publish(uri.clone(), vec![diagnostic], None);
                    state.broken.insert(uri);
                }
            }
        }
        shared.done();
    }
}

/// Answers requests in their order, for ever.
pub(super) fn answer(shared: &Shared) {
    loop {
        let Asked { request, document } = shared.next_asked();
        let id = request.id.clone();
        let result = guarded(|| answered(shared, request, document.as_ref()))
            .unwrap_or_else(|message| Err(refusal(ErrorCode::InternalError, message)));
        shared.outgoing.send(Message::Response(Response { id, response_result: result }));
        shared.done();
    }
}

fn refusal(code: ErrorCode, message: impl Into<String>) -> ResponseError {
    ResponseError { code: code as i32, message: message.into(), data: None }
}

/// The result of a request; `null` for a document that is not open.
fn answered(shared: &Shared, request: Request, document: Option<&Arc<OpenDocument>>) -> Result<Value, ResponseError> {
    let client = &shared.client;
    let Request { method, params, .. } = request;
    match method.as_str() {
        CodeActionRequest::METHOD => {
            let params = read(params)?;
            json(document.map(|document| actions::of(document, &params, client)))
        }
        CodeActionResolveRequest::METHOD => {
            let action = read(params)?;
            let document = document.filter(|document| actions::is_for(&action, document));
            let stale = || refusal(ErrorCode::ContentModified, "the document has changed since the action was offered");
            let resolved = actions::resolve(document.ok_or_else(stale)?, action, client);
            json(resolved.map_err(|message| refusal(ErrorCode::RequestFailed, message))?)
        }
        HoverRequest::METHOD => {
            let params = read(params)?;
            json(document.and_then(|document| hover::of(document, &params, client)))
        }
        DocumentSymbolRequest::METHOD => json(document.map(|document| symbols::of(document, client))),
        Shutdown::METHOD => Ok(Value::Null),
        _ => Err(refusal(ErrorCode::MethodNotFound, "this server does not know the method")),
    }
}

fn read<P: DeserializeOwned>(params: Value) -> Result<P, ResponseError> {
    // What is wrong is not said in full: it may quote the text of a document.
    serde_json::from_value(params)
        .map_err(|_| refusal(ErrorCode::InvalidParams, "the parameters are not those of the method"))
}

fn json(result: impl Serialize) -> Result<Value, ResponseError> {
    serde_json::to_value(result).map_err(|error| refusal(ErrorCode::InternalError, error.to_string()))
}
