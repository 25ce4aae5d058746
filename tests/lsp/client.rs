//! A small client: it starts the real server, sends messages, and applies edits as an editor does.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// So long a message may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running server and what it said.
pub struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// Messages that came while another one was waited for.
    early: VecDeque<Value>,
    /// All that the server sent, as it came.
    pub log: Vec<Value>,
    next_id: i64,
    folder: String,
    pub server: Value,
}

/// What editors can do nowadays.
pub fn capabilities() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-16"]},
        "workspace": {
            "workspaceEdit": {"documentChanges": true},
            "didChangeWatchedFiles": {"dynamicRegistration": true},
            "workspaceFolders": true,
        },
        "textDocument": {
            "hover": {"contentFormat": ["markdown", "plaintext"]},
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            "codeAction": {
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source", "source.fixAll"]}},
                "dataSupport": true,
                "resolveSupport": {"properties": ["edit"]},
            },
            "publishDiagnostics": {"versionSupport": true},
        },
    })
}

/// The address of a file.
pub fn uri(path: &Path) -> String {
    let path = path.to_str().unwrap().replace('\\', "/");
    format!("file://{}{}", if path.starts_with('/') { "" } else { "/" }, path.replace(' ', "%20"))
}

/// Starts a server without saying anything to it.
pub fn start(folder: &Path, arguments: &[&str]) -> Client {
    let mut child = Command::new(env!("CARGO_BIN_EXE_authshift"))
        .arg("lsp")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input = child.stdin.take();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let (send, messages) = channel();
    std::thread::spawn(move || {
        while let Some(message) = read(&mut output) {
            if send.send(message).is_err() {
                return;
            }
        }
    });
    let folder = uri(folder);
    Client { child, input, messages, early: VecDeque::new(), log: Vec::new(), next_id: 0, folder, server: Value::Null }
}

fn read(input: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().unwrap(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

impl Client {
    /// A server for one folder, and an editor of today.
    pub fn new(folder: &Path) -> Self {
        Self::with(folder, capabilities())
    }

    /// The same with an editor that can do other things.
    pub fn with(folder: &Path, capabilities: Value) -> Self {
        let mut client = start(folder, &[]);
        client.initialize(capabilities);
        client
    }

    pub fn initialize(&mut self, capabilities: Value) {
        let folders = json!([{"uri": self.folder, "name": "test"}]);
        let params =
            json!({"processId": null, "rootUri": null, "capabilities": capabilities, "workspaceFolders": folders});
        self.server = self.request("initialize", params);
        self.notify("initialized", json!({}));
    }

    pub fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let input = self.input.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        input.flush().unwrap();
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request; the answer may come later.
    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next_id += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params}));
        self.next_id
    }

    /// The next message for which `wanted` holds. The server's own requests are granted.
    pub fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.early.iter().position(&wanted) {
            return self.early.remove(at).unwrap();
        }
        loop {
            let message = self.messages.recv_timeout(PATIENCE).expect("the server says something");
            self.log.push(message.clone());
            if message.get("method").is_some()
                && let Some(id) = message.get("id")
            {
                self.send(&json!({"jsonrpc": "2.0", "id": id, "result": null}));
            }
            if wanted(&message) {
                return message;
            }
            self.early.push_back(message);
        }
    }

    /// The whole answer to a request.
    pub fn answer(&mut self, id: i64) -> Value {
        self.wait(|message| message.get("method").is_none() && message["id"] == json!(id))
    }

    /// The result of a request that must not fail.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        let answer = self.answer(id);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// The code of the error that a request ends with.
    pub fn failure(&mut self, method: &str, params: Value) -> i64 {
        let id = self.ask(method, params);
        self.answer(id)["error"]["code"].as_i64().unwrap()
    }

    pub fn open(&mut self, uri: &str, text: &str) -> Vec<Value> {
        self.open_as(uri, "deluge", text)
    }

    /// Opens a document; its diagnostics.
    pub fn open_as(&mut self, uri: &str, language: &str, text: &str) -> Vec<Value> {
        let item = json!({"uri": uri, "languageId": language, "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": item}));
        self.diagnostics(uri, Some(1))
    }

    pub fn change(&mut self, uri: &str, version: i64, changes: Value) {
        let document = json!({"uri": uri, "version": version});
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }

    pub fn close(&mut self, uri: &str) {
        self.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }

    /// The next diagnostics of a document, of that version if one is named.
    pub fn diagnostics(&mut self, uri: &str, version: Option<i64>) -> Vec<Value> {
        let message = self.wait(|message| {
            let params = &message["params"];
            message["method"] == "textDocument/publishDiagnostics"
                && params["uri"] == uri
                && version.is_none_or(|version| params["version"] == json!(version))
        });
        message["params"]["diagnostics"].as_array().unwrap().clone()
    }

    /// The actions for a range, of the kinds that are named.
    pub fn actions(&mut self, uri: &str, range: &Value, only: Option<&[&str]>) -> Vec<Value> {
        let mut context = json!({"diagnostics": []});
        if let Some(only) = only {
            context["only"] = json!(only);
        }
        let params = json!({"textDocument": {"uri": uri}, "range": range, "context": context});
        self.request("textDocument/codeAction", params).as_array().unwrap().clone()
    }

    /// The text after an action.
    pub fn applied(&mut self, text: &str, action: &Value) -> String {
        let mut action = action.clone();
        if action.get("edit").is_none() {
            action = self.request("codeAction/resolve", action);
        }
        apply(text, &action["edit"])
    }

    /// The text after the action that makes all safe changes; the same one where there is none.
    pub fn fixed(&mut self, uri: &str, text: &str) -> String {
        let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}});
        let actions = self.actions(uri, &range, Some(&["source.fixAll"]));
        assert!(actions.len() <= 1, "{actions:?}");
        actions.first().map_or(text.to_owned(), |action| self.applied(text, action))
    }

    /// Ends the session as it should end.
    pub fn end(mut self) -> Vec<Value> {
        assert_eq!(self.request("shutdown", Value::Null), Value::Null);
        self.notify("exit", Value::Null);
        let (status, errors, log) = self.wait_for_end();
        assert_eq!((status, errors.as_str()), (0, ""));
        log
    }

    /// The exit status, what was written to standard error, and all messages.
    pub fn wait_for_end(mut self) -> (i32, String, Vec<Value>) {
        drop(self.input.take());
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        let status = self.child.wait().unwrap().code().unwrap();
        self.log.extend(self.messages.iter());
        (status, errors, std::mem::take(&mut self.log))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// The byte at a place, counted in UTF-16 units.
pub fn offset(text: &str, position: &Value) -> usize {
    let (line, character) = (position["line"].as_u64().unwrap(), position["character"].as_u64().unwrap());
    let mut start = 0;
    for _ in 0..line {
        let rest = &text[start..];
        let end = rest.find(['\n', '\r']).expect("the line is there");
        start += end + if rest[end..].starts_with("\r\n") { 2 } else { 1 };
    }
    let (mut at, mut units) = (start, 0);
    for character_there in text[start..].chars() {
        if units >= character {
            break;
        }
        assert!(!matches!(character_there, '\n' | '\r'), "{position} is behind the end of its line");
        units += character_there.len_utf16() as u64;
        at += character_there.len_utf8();
    }
    assert_eq!(units, character, "{position} is in the middle of a character");
    at
}

/// What stands in a range.
pub fn at<'t>(text: &'t str, range: &Value) -> &'t str {
    &text[offset(text, &range["start"])..offset(text, &range["end"])]
}

/// The text after a workspace edit, which must be for one document.
pub fn apply(text: &str, edit: &Value) -> String {
    let edits = match edit["documentChanges"].as_array() {
        Some(changes) => {
            assert_eq!(changes.len(), 1);
            changes[0]["edits"].as_array().unwrap()
        }
        None => edit["changes"].as_object().unwrap().values().next().unwrap().as_array().unwrap(),
    };
    let place = |edit: &Value, end: &str| offset(text, &edit["range"][end]);
    let mut places: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|edit| (place(edit, "start"), place(edit, "end"), edit["newText"].as_str().unwrap()))
        .collect();
    places.sort_by_key(|&(start, end, _)| (start, end));
    assert!(places.windows(2).all(|pair| pair[0].1 <= pair[1].0), "edits overlap: {places:?}");
    let (mut result, mut done) = (String::new(), 0);
    for (start, end, new) in places {
        result += &text[done..start];
        result += new;
        done = end;
    }
    result + &text[done..]
}
