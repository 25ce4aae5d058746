//! `authshift lsp`: a language server on standard input and output.
//!
//! Three threads share one [`state::Shared`]. The first reads messages and keeps the texts; nothing is analysed on it, so that
//! a new version of a text is known at once. The second diagnoses the newest version of each document that changed: versions
//! in between are passed over. The third answers requests, in their order, about the text as it was when they came. A
//! document is an unchanging snapshot whose analysis is made once, by whichever thread needs it first. A fourth thread
//! writes, so that none of them waits for a client that does not read.

mod actions;
mod analysis;
mod client;
mod diagnostics;
mod documents;
mod hover;
mod positions;
mod state;
mod symbols;
mod uri;
mod workers;
mod workspace;

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use lsp_server::{ErrorCode, Message, Notification, Request, Response};
use lsp_types::notification::{
    Cancel, DidChangeTextDocument, DidChangeWatchedFiles, DidChangeWorkspaceFolders, DidCloseTextDocument,
    DidOpenTextDocument, DidSaveTextDocument, Exit, Initialized, Notification as _,
};
use lsp_types::request::{Initialize, RegisterCapability, Request as _, Shutdown};
use lsp_types::{InitializeParams, NumberOrString};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::deluge::STACK_BYTES;
use client::Client;
use state::{Outgoing, Shared};
use workspace::Workspace;

/// What the command line says.
#[derive(Clone, Default, Debug)]
pub struct Options {
    /// The configuration of all files, instead of the nearest of each.
    pub config: Option<PathBuf>,
    /// Whether there is none at all.
    pub isolated: bool,
}

/// How a session ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// As the protocol wants it: first `shutdown`, then `exit`.
    Orderly,
    /// With `exit` alone.
    Abrupt,
}

/// So long is waited at the end for answers that are still to be given.
const PATIENCE: Duration = Duration::from_secs(2);

/// Serves one client until it says `exit`.
///
/// # Errors
/// A message that cannot be read, an end of the input before `exit`, and a thread that cannot be started.
pub fn run(options: &Options, mut input: impl BufRead, output: impl Write + Send + 'static) -> Result<End> {
    let (outgoing, writer) = write_to(output)?;
    let end = serve(options, &mut input, &outgoing);
    outgoing.finish();
    // It ends after the last message, or when the client is gone.
    let _ = writer.join();
    end
}

/// Starts the thread that writes.
fn write_to(mut output: impl Write + Send + 'static) -> Result<(Outgoing, JoinHandle<()>)> {
    let (outgoing, waiting): (_, Receiver<Option<Message>>) = mpsc::channel();
    let write = move || {
        while let Ok(Some(message)) = waiting.recv() {
            if message.write(&mut output).is_err() {
                return;
            }
        }
    };
    let writer = thread::Builder::new().spawn(write).context("cannot start a thread")?;
    Ok((Outgoing::new(outgoing), writer))
}

/// The next message. What is wrong with one is not said in full: it may hold the text of a document.
fn next(input: &mut impl BufRead) -> Result<Message> {
    match Message::read(input) {
        Ok(Some(message)) => Ok(message),
        Ok(None) => bail!("the input ended before the client said `exit`"),
        Err(_) => bail!("the input is not a message of the Language Server Protocol"),
    }
}

fn serve(options: &Options, input: &mut impl BufRead, outgoing: &Outgoing) -> Result<End> {
    let workspace = Workspace::new(options.clone())?;
    let (id, params) = loop {
        match next(input)? {
            Message::Request(request) if request.method == Initialize::METHOD => {
                match serde_json::from_value::<InitializeParams>(request.params) {
                    Ok(params) => break (request.id, params),
                    Err(error) => outgoing.refuse(request.id, ErrorCode::InvalidParams, &error.to_string()),
                }
            }
            Message::Request(request) => {
                outgoing.refuse(request.id, ErrorCode::ServerNotInitialized, "`initialize` comes first");
            }
            Message::Notification(notification) if notification.method == Exit::METHOD => return Ok(End::Abrupt),
            Message::Notification(_) | Message::Response(_) => {}
        }
    };
    let client = Client::of(&params);
    outgoing.send(Message::Response(Response {
        id,
        response_result: serde_json::to_value(client.initialized()).map_err(|error| internal(&error)),
    }));
    let workspace = workspace.with_folders(workspace::folders(&params));
    let shared = Arc::new(Shared::new(client, outgoing.clone(), workspace));
    for work in [workers::diagnose, workers::answer] {
        let shared = Arc::clone(&shared);
        // Never joined: one of them may be in the middle of a large file when the client wants the server gone.
        let started = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || work(&shared));
        started.context("cannot start a thread")?;
    }
    let mut shutting_down = false;
    let end = loop {
        let message = match next(input) {
            Ok(message) => message,
            Err(error) => break Err(error),
        };
        match message {
            Message::Request(request) if shutting_down => {
                outgoing.refuse(request.id, ErrorCode::InvalidRequest, "`exit` comes after `shutdown`");
            }
            Message::Request(request) if request.method == Initialize::METHOD => {
                outgoing.refuse(request.id, ErrorCode::InvalidRequest, "`initialize` comes once");
            }
            Message::Request(request) => {
                shutting_down = request.method == Shutdown::METHOD;
                shared.ask(request);
            }
            Message::Notification(notification) if notification.method == Exit::METHOD => {
                break Ok(if shutting_down { End::Orderly } else { End::Abrupt });
            }
            Message::Notification(notification) => note(&shared, notification),
            Message::Response(_) => {}
        }
    };
    shared.settle(PATIENCE);
    end
}

fn internal(error: &serde_json::Error) -> lsp_server::ResponseError {
    lsp_server::ResponseError { code: ErrorCode::InternalError as i32, message: error.to_string(), data: None }
}

/// Handles a notification. Unknown ones are ignored, as the protocol demands.
fn note(shared: &Shared, notification: Notification) {
    let Notification { method, params } = notification;
    match method.as_str() {
        Initialized::METHOD => register(shared),
        DidOpenTextDocument::METHOD => with(params, |params| shared.open(params)),
        DidChangeTextDocument::METHOD => with(params, |params| shared.change(params)),
        DidCloseTextDocument::METHOD => with(params, |params| shared.close(params)),
        DidSaveTextDocument::METHOD | DidChangeWatchedFiles::METHOD => shared.renew(None),
        DidChangeWorkspaceFolders::METHOD => with(params, |params| shared.renew(Some(params))),
        Cancel::METHOD => with(params, |params: lsp_types::CancelParams| {
            shared.cancel(&match params.id {
                NumberOrString::Number(id) => id.into(),
                NumberOrString::String(id) => id.into(),
            });
        }),
        _ => {}
    }
}

fn with<P: DeserializeOwned>(params: Value, take: impl FnOnce(P)) {
    if let Ok(params) = serde_json::from_value(params) {
        take(params);
    }
}

/// Asks for a notification when a file changes that others depend on.
fn register(shared: &Shared) {
    let Some(registration) = shared.client.registration() else { return };
    let request = Request {
        id: "watch".to_owned().into(),
        method: RegisterCapability::METHOD.to_owned(),
        params: serde_json::to_value(registration).unwrap_or_default(),
    };
    shared.outgoing.send(Message::Request(request));
}

/// The value behind a lock. A thread that stopped while it held it was about to change one entry of a list.
fn unpoisoned<T>(lock: Result<T, PoisonError<T>>) -> T {
    lock.unwrap_or_else(PoisonError::into_inner)
}
