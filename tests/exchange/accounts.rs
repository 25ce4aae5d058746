//! A server that plays Zoho's accounts server for one exchange: its limits, its lock-out, its errors, slow answers, and
//! connections that are cut before or after a token was issued. It looks at a clock of the test's, which stands in a file.

use std::collections::{BTreeMap, HashSet};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the server does with the first call for a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Does {
    /// Issues a token.
    Issue,
    /// The same, after a while.
    Slow,
    /// Issues one, and cuts the connection before the answer.
    CutAfterIssue,
    /// Issues one, and cuts the connection in the middle of the answer, before the new token.
    CutInAnswer,
    /// The same, behind the new token.
    CutBehindToken,
    /// Answers with this error of Zoho's.
    Error(&'static str),
    /// Answers with a page and this status.
    Page(u16),
    /// Issues a token that cannot be renewed.
    WithoutRefresh,
}

/// A call as the server saw it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    pub time: u64,
    pub kind: String,
    pub fields: BTreeMap<String, String>,
}

impl Call {
    pub fn token(&self) -> &str {
        &self.fields["authtoken"]
    }
}

#[derive(Default)]
pub struct Seen {
    /// In order.
    pub calls: Vec<Call>,
    /// Of each token whose answer was sent whole, the new one.
    pub issued: BTreeMap<String, String>,
    /// Limits that were passed, and calls after a lock-out.
    pub faults: Vec<String>,
    /// Secrets that the command line of a process showed.
    pub shown: Vec<String>,
    invalid: BTreeMap<String, usize>,
    exchanged: HashSet<String>,
}

/// When the test wants to be told.
type Hook = Box<dyn FnOnce(Moment) + Send>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// A call has arrived and is not answered yet.
    Arrived,
    /// The answer was sent.
    Answered,
}

pub struct Accounts {
    pub address: String,
    shared: Arc<Shared>,
}

struct Shared {
    does: BTreeMap<String, Does>,
    seen: Mutex<Seen>,
    /// Calls before the test: kind and time.
    earlier: Vec<(String, u64)>,
    clock: PathBuf,
    hook: Mutex<Option<(Moment, Hook)>>,
    open: AtomicUsize,
    stopped: AtomicBool,
}

impl Accounts {
    pub fn start(clock: &Path, does: BTreeMap<String, Does>, earlier: Vec<(String, u64)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            does,
            seen: Mutex::default(),
            earlier,
            clock: clock.to_owned(),
            hook: Mutex::default(),
            open: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let for_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if for_thread.stopped.load(Ordering::SeqCst) {
                    break;
                }
                for_thread.open.fetch_add(1, Ordering::SeqCst);
                let shared = Arc::clone(&for_thread);
                std::thread::spawn(move || {
                    let _ = shared.serve(stream);
                    shared.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, shared }
    }

    /// Calls `hook` at the next such moment.
    pub fn at(&self, moment: Moment, hook: impl FnOnce(Moment) + Send + 'static) {
        *self.shared.hook.lock().unwrap() = Some((moment, Box::new(hook)));
    }

    pub fn no_hook(&self) {
        *self.shared.hook.lock().unwrap() = None;
    }

    pub fn calls(&self) -> Vec<Call> {
        self.shared.seen.lock().unwrap().calls.clone()
    }

    pub fn with<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.shared.seen.lock().unwrap())
    }

    /// Waits until all connections are closed.
    pub fn settle(&self) {
        while self.shared.open.load(Ordering::SeqCst) > 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Accounts {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address.trim_start_matches("http://"));
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let Some((kind, fields)) = read(&mut stream)? else { return Ok(()) };
        let token = fields.get("authtoken").cloned().unwrap_or_default();
        let does = self.record(&kind, &fields);
        self.reached(Moment::Arrived);
        let new = format!("1000.{}.{}", "ab12".repeat(8), token.chars().rev().collect::<String>());
        let body = match does {
            Does::Error(name) => format!("{{\"error\":\"{name}\"}}"),
            Does::Page(_) => "<html><body>Sorry</body></html>".to_owned(),
            Does::WithoutRefresh => "{\"access_token\":\"1000.aa11.bb22\",\"token_type\":\"Bearer\"}".to_owned(),
            _ => format!(
                "{{\n  \"access_token\": \"1000.{}.{}\",\n  \"refresh_token\" : \"{new}\",\n  \"expires_in_sec\":3600,\"token_type\":\"Bearer\",\"expires_in\":3600000}}",
                "cd34".repeat(8),
                "ef56".repeat(8)
            ),
        };
        let status = match does {
            Does::Page(status) => status,
            Does::Error(_) => 400,
            _ => 200,
        };
        let head = format!(
            "HTTP/1.1 {status} Answer\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let sent = match does {
            Does::CutAfterIssue => "",
            Does::CutInAnswer => &body[..body.find("\"refresh_token").unwrap()],
            Does::CutBehindToken => &body[..body.find(",\n  \"expires").unwrap_or(body.find(",\"token_type").unwrap())],
            _ => &body,
        };
        if does == Does::Slow {
            std::thread::sleep(Duration::from_millis(60));
        }
        if does != Does::CutAfterIssue {
            stream.write_all(head.as_bytes())?;
            stream.write_all(sent.as_bytes())?;
            stream.flush()?;
        }
        if matches!(does, Does::Issue | Does::Slow | Does::CutBehindToken) {
            self.seen.lock().unwrap().issued.insert(token, new);
        }
        // Until the other side has read it, the end of a connection may overtake what was sent.
        stream.shutdown(std::net::Shutdown::Write)?;
        let _ = stream.read(&mut [0; 16]);
        self.reached(Moment::Answered);
        Ok(())
    }

    fn reached(&self, moment: Moment) {
        let hook = {
            let mut hook = self.hook.lock().unwrap();
            if hook.as_ref().is_some_and(|(wanted, _)| *wanted == moment) { hook.take() } else { None }
        };
        if let Some((_, hook)) = hook {
            hook(moment);
        }
    }

    /// Notes a call, and tells what is to be done with it.
    fn record(&self, kind: &str, fields: &BTreeMap<String, String>) -> Does {
        let time = time(&self.clock);
        let mut seen = self.seen.lock().unwrap();
        let (minute, hour) = if kind == "self" { (25, 60) } else { (60, 100) };
        let earlier = self.earlier.iter().map(|(kind, time)| (kind.as_str(), *time));
        let calls = seen.calls.iter().map(|call| (call.kind.as_str(), call.time));
        let times: Vec<u64> = earlier.chain(calls).filter(|(other, _)| *other == kind).map(|(_, time)| time).collect();
        let within = |seconds: u64| times.iter().filter(|&&other| other + seconds >= time).count() + 1;
        if within(60) > minute || within(3600) > hour {
            let fault = format!("{kind}: {} calls in a minute, {} in an hour", within(60), within(3600));
            seen.faults.push(fault);
        }
        for secret in ["authtoken", "client_secret"].iter().filter_map(|key| fields.get(*key)) {
            if seen.calls.len() < 3 && is_shown(secret) {
                seen.shown.push(secret.clone());
            }
        }
        seen.calls.push(Call { time, kind: kind.to_owned(), fields: fields.clone() });
        let get = |key: &str| fields.get(key).map_or("", String::as_str);
        let (client, token) = (get("client_id").to_owned(), get("authtoken").to_owned());
        if get("grant_type") != "authtooauth" {
            return Does::Error("invalid_grant");
        }
        if get("client_secret") != "fake0client0secret" {
            return Does::Error("invalid_client");
        }
        let invalid = seen.invalid.entry(client).or_default();
        if *invalid > 20 {
            seen.faults.push("a call of a client that is locked out".to_owned());
            return Does::Error("access_denied");
        }
        let does = self.does.get(&token).copied().unwrap_or(Does::Error("invalid_authtoken"));
        if does == Does::Error("invalid_authtoken") {
            *invalid += 1;
        }
        if kind == "self" && get("scope").is_empty() {
            return Does::Error("invalid_scope");
        }
        if matches!(does, Does::Error(_) | Does::Page(_)) {
            return does;
        }
        if !seen.exchanged.insert(token) {
            seen.faults.push("a token was exchanged twice".to_owned());
            return Does::Error("access_denied");
        }
        does
    }
}

/// What the test's clock shows.
pub fn time(clock: &Path) -> u64 {
    std::fs::read_to_string(clock).unwrap().trim().parse().unwrap()
}

/// Whether `ps` would show this text.
fn is_shown(secret: &str) -> bool {
    let Ok(processes) = std::fs::read_dir("/proc") else { return false };
    processes.flatten().any(|process| {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(secret)
    })
}

/// The kind and the fields of a call; `None` for what is none.
fn read(stream: &mut TcpStream) -> std::io::Result<Option<(String, BTreeMap<String, String>)>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let (head, body) = loop {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lower = head.to_ascii_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        if body.len() >= length.parse().unwrap() {
            break (head.to_owned(), body.to_owned());
        }
    };
    let path = head.split(' ').nth(1).unwrap();
    assert!(head.starts_with("POST "), "{head}");
    assert!(!head.contains("authtoken="), "a secret in an address");
    let kind = path.strip_prefix("/oauth/v2/token/").and_then(|rest| rest.strip_suffix("/authtooauth")).unwrap();
    let pair = |pair: &str| pair.split_once('=').map(|(key, value)| (key.to_owned(), decoded(value)));
    Ok(Some((kind.to_owned(), body.split('&').filter_map(pair).collect())))
}

fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}
