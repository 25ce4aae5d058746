//! A folder with a ledger, its scripts and secrets, and a clock that only `sleep` moves.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use authshift::exchange::Outcome;

use crate::accounts::Accounts;
use crate::support::folder::Folder;
use crate::support::{code, stderr, stdout};

pub const START: u64 = 1_800_000_000;
pub const SECRET: &str = "fake0client0secret";

/// A token of the test.
#[derive(Clone, Debug)]
pub struct Token {
    pub value: String,
    pub kind: &'static str,
    pub service: &'static str,
}

impl Token {
    pub fn new(number: usize, kind: &'static str, service: &'static str) -> Self {
        Self { value: format!("fake0{kind}0{service}0token0aaaabbbb{number:04}"), kind, service }
    }

    pub fn print(&self) -> String {
        authshift::text::secret::fingerprint(&self.value)
    }
}

pub struct Desk {
    pub folder: Folder,
    pub tokens: Vec<Token>,
}

impl Desk {
    pub fn new(tokens: Vec<Token>) -> Self {
        let folder = Folder::empty();
        let desk = Self { folder, tokens };
        desk.set_clock(START);
        // What the script takes the time from, and how it waits.
        let clock = desk.clock();
        let clock = clock.display();
        let real = |name: &str| which(name);
        desk.program(
            "date",
            &format!("case $1 in +%s) read -r t <{clock}; echo $t ;; *) exec {} \"$@\" ;; esac", real("date")),
        );
        let moving = format!(
            "read -r t <{clock}; echo $((t + $1)) >{clock}.$$; mv {clock}.$$ {clock}; exec {} 0.002",
            real("sleep")
        );
        desk.program("sleep", &moving);
        desk.write_ledger();
        let output = desk.folder.run(&["exchange"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        desk.write_secrets(SECRET);
        desk
    }

    pub fn write_ledger(&self) {
        let mut ledger = String::new();
        for token in &self.tokens {
            let (soid, scope) = match token.service {
                "desk" => ("ZohoSupport.4071234", "Desk.tickets.READ"),
                "crm" => ("ZohoCRM.60001234", "ZohoCRM.modules.ALL"),
                _ => ("", "ZohoMail.messages.READ"),
            };
            ledger += &format!(
                "[[token]]\nfingerprint = \"{}\"\nkind = \"{}\"\nservice = \"{}\"\ndata-center = \"eu\"\nsoid = \"{soid}\"\nscopes = [\"{scope}\"]\n",
                token.print(),
                token.kind,
                token.service
            );
        }
        self.folder.write("authshift-exchange/ledger.toml", ledger);
    }

    /// Fills in the form that authshift wrote.
    pub fn write_secrets(&self, secret: &str) {
        let path = self.at("secrets.txt");
        let mut lines = Vec::new();
        for line in fs::read_to_string(&path).unwrap().lines() {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            let key = key.trim();
            let token = key.strip_prefix("token.");
            let filled = match token.and_then(|print| self.tokens.iter().find(|token| token.print() == print)) {
                Some(token) => token.value.clone(),
                None if key.starts_with("client-id.") => {
                    format!("1000.FAKE{}", key.replace(['.', '-'], "").to_uppercase())
                }
                None if key.starts_with("client-secret.") => secret.to_owned(),
                None => value.to_owned(),
            };
            lines.push(if line.contains(" =") { format!("{key} = {filled}\n") } else { format!("{line}\n") });
        }
        fs::write(&path, lines.concat()).unwrap();
    }

    pub fn at(&self, file: &str) -> PathBuf {
        self.folder.at("authshift-exchange").join(file)
    }

    pub fn clock(&self) -> PathBuf {
        self.folder.at("clock")
    }

    pub fn set_clock(&self, time: u64) {
        fs::write(self.clock(), format!("{time}\n")).unwrap();
    }

    /// Puts a program before those of the system.
    pub fn program(&self, name: &str, text: &str) {
        let file = format!("bin/{name}");
        self.folder.write(&file, format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(self.folder.at(&file), fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn command(&self, shell: &str, server: &str, arguments: &[&str]) -> Command {
        let mut words = shell.split(' ');
        let mut command = Command::new(words.next().unwrap());
        let path = format!("{}:{}", self.folder.at("bin").display(), std::env::var("PATH").unwrap());
        command.args(words).arg(self.at("exchange.sh")).args(arguments).env("PATH", path).stdin(Stdio::null());
        command.env("AUTHSHIFT_TEST_SERVER", server).current_dir(self.folder.path());
        command
    }

    /// Runs the script to its end.
    pub fn run(&self, shell: &str, server: &Accounts, arguments: &[&str]) -> Run {
        Run::of(&self.command(shell, &server.address, arguments).output().unwrap())
    }

    /// Starts the script as the leader of a group of its own.
    pub fn spawn(&self, shell: &str, server: &Accounts) -> Child {
        let mut command = self.command(shell, &server.address, &[]);
        command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// What the ledger says of each token, after authshift has looked.
    pub fn statuses(&self) -> Vec<String> {
        let output = self.folder.run(&["exchange"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let ledger = fs::read_to_string(self.at("ledger.toml")).unwrap();
        let ledger = authshift::exchange::Ledger::parse(&ledger).unwrap();
        ledger.tokens.iter().map(|token| token.status.name().to_owned()).collect()
    }

    /// Whether the script has a call to make.
    pub fn is_any_left(&self) -> bool {
        let outcome = |token: &Token| authshift::exchange::outcome(&self.at("answers"), &token.print());
        self.tokens.iter().any(|token| matches!(outcome(token), None | Some(Outcome::Open | Outcome::Again(_))))
    }

    /// Whether a file of answers holds this text.
    pub fn has_answer(&self, text: &str) -> bool {
        let answers = fs::read_dir(self.at("answers")).unwrap().flatten();
        answers
            .filter(|entry| entry.path().is_file())
            .any(|entry| String::from_utf8_lossy(&fs::read(entry.path()).unwrap_or_default()).contains(text))
    }

    /// Every file with secrets is for its owner only.
    pub fn check_modes(&self) {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&self.at("answers")), 0o700);
        assert_eq!(mode(&self.at("secrets.txt")), 0o600);
        for entry in fs::read_dir(self.at("answers")).unwrap().flatten() {
            assert_eq!(mode(&entry.path()), 0o600, "{}", entry.path().display());
        }
    }
}

/// What a run of the script came to.
pub struct Run {
    pub code: Option<i32>,
    pub text: String,
}

impl Run {
    pub fn of(output: &Output) -> Self {
        let text = stdout(output) + &stderr(output);
        assert!(
            !text.contains("fake0self") && !text.contains("fake0external") && !text.contains("fake0client"),
            "{text}"
        );
        assert!(!text.contains("1000.ab12"), "a new token is printed: {text}");
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
        }
        Self { code: output.status.code(), text }
    }
}

fn which(name: &str) -> String {
    let path = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} is missing")).display().to_string()
}
