//! `authshift exchange`, and the script that it writes, which really runs here under `sh`, `dash` and `bash` against a server
//! that plays Zoho's. No test asserts anything of time: the script takes it from a clock of the test's.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests"
)]

#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod desk;
mod ledger;

use std::collections::BTreeMap;
use std::fs;

use accounts::{Accounts, Does, Moment};
use desk::{Desk, Run, SECRET, START, Token};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

const SHELLS: [&str; 3] = ["sh", "dash", "bash"];

fn of(tokens: &[Token], does: &[Does]) -> BTreeMap<String, Does> {
    tokens.iter().zip(does).map(|(token, does)| (token.value.clone(), *does)).collect()
}

/// Tokens of Desk for self clients, one for each of these.
fn desk_of(does: &[Does]) -> (Desk, Accounts) {
    let tokens: Vec<Token> = (0..does.len()).map(|number| Token::new(number, "self", "desk")).collect();
    let does = of(&tokens, does);
    let desk = Desk::new(tokens);
    let server = Accounts::start(&desk.clock(), does, Vec::new());
    (desk, server)
}

#[test]
fn every_shell_exchanges_all_tokens() {
    for shell in SHELLS {
        let tokens =
            vec![Token::new(0, "self", "mail"), Token::new(1, "self", "desk"), Token::new(2, "external", "crm")];
        let does = of(&tokens, &[Does::Issue, Does::Slow, Does::Issue]);
        let desk = Desk::new(tokens);
        let server = Accounts::start(&desk.clock(), does, Vec::new());
        let run = desk.run(shell, &server, &[]);
        assert_eq!(run.code, Some(0), "{shell}: {}", run.text);
        let calls = server.calls();
        // Mail's comes last, since its old token lives for an hour only.
        let services: Vec<&str> = calls.iter().map(|call| call.fields.get("soid").map_or("", String::as_str)).collect();
        assert_eq!(services, ["ZohoSupport.4071234", "ZohoCRM.60001234", ""]);
        let keys = |at: usize| calls[at].fields.keys().map(String::as_str).collect::<Vec<_>>().join(" ");
        assert_eq!(keys(0), "authtoken client_id client_secret grant_type scope soid");
        assert_eq!(keys(1), "authtoken client_id client_secret grant_type soid");
        assert_eq!(keys(2), "authtoken client_id client_secret grant_type scope");
        assert_eq!(calls[0].fields["scope"], "Desk.tickets.READ");
        assert_eq!(calls.iter().map(|call| call.kind.as_str()).collect::<Vec<_>>(), ["self", "external", "self"]);
        server.with(|seen| {
            assert!(seen.faults.is_empty() && seen.shown.is_empty(), "{:?} {:?}", seen.faults, seen.shown);
            assert!(seen.issued.len() == 3 && seen.issued.values().all(|new| desk.has_answer(new)));
        });
        desk.check_modes();
        assert_eq!(desk.statuses(), ["done"; 3]);
        // Once more, nothing happens.
        assert_eq!(desk.run(shell, &server, &[]).code, Some(0));
        assert_eq!(server.calls().len(), 3);
    }
}

/// What is the end of a token's exchange, with the word that the script has for it.
#[test]
fn a_call_without_a_whole_answer_is_unknown_and_never_repeated() {
    for (number, does) in
        [Does::CutAfterIssue, Does::CutInAnswer, Does::WithoutRefresh, Does::Page(502)].into_iter().enumerate()
    {
        let shell = SHELLS[number % 3];
        let (desk, server) = desk_of(&[Does::Issue, does, Does::Issue]);
        let run = desk.run(shell, &server, &[]);
        assert_eq!(run.code, Some(1), "{does:?}: {}", run.text);
        assert!(run.text.contains("UNKNOWN: Zoho Desk (eu)") && run.text.contains("Self Client"), "{}", run.text);
        assert_eq!(server.calls().len(), 2, "it stops there");
        assert_eq!(desk.statuses(), ["done", "unknown", "waiting"]);
        // The next run leaves it alone and goes on.
        let run = desk.run(shell, &server, &[]);
        assert_eq!(run.code, Some(1), "{}", run.text);
        assert_eq!(server.calls().len(), 3);
        assert_eq!(desk.statuses(), ["done", "unknown", "done"]);
        assert_eq!(desk.run(shell, &server, &["--continue"]).code, Some(1));
        assert_eq!(server.calls().len(), 3);
    }
}

#[test]
fn a_new_token_that_arrived_whole_counts_though_its_answer_was_cut() {
    let (desk, server) = desk_of(&[Does::CutBehindToken]);
    let run = desk.run("sh", &server, &[]);
    assert_eq!(run.code, Some(0), "{}", run.text);
    assert_eq!(desk.statuses(), ["done"]);
}

/// Errors that lock a client out, or that nobody knows: no second try, and nothing else without a person's word.
#[test]
fn nothing_follows_a_refusal() {
    let refusals = [
        (Does::Error("invalid_authtoken"), "invalid_authtoken"),
        (Does::Error("access_denied"), "access_denied"),
        (Does::Error("Access Denied"), "access_denied"),
        (Does::Page(404), "gone"),
        (Does::Error("something_else\u{1b}[31m"), "something_else31m"),
    ];
    for (number, (does, name)) in refusals.into_iter().enumerate() {
        let shell = SHELLS[number % 3];
        let (desk, server) = desk_of(&[does, Does::Issue]);
        let run = desk.run(shell, &server, &[]);
        assert_eq!(run.code, Some(1), "{name}: {}", run.text);
        assert!(run.text.contains(&format!("REFUSED: Zoho Desk (eu), token {}: {name}", desk.tokens[0].print())));
        assert!(!run.text.contains('\u{1b}'));
        let run = desk.run(shell, &server, &[]);
        assert_eq!(run.code, Some(1));
        assert!(run.text.contains("Nothing was sent") && run.text.contains("--continue"), "{}", run.text);
        assert_eq!(server.calls().len(), 1, "{name}");
        assert_eq!(desk.statuses(), ["refused", "waiting"]);
        let run = desk.run(shell, &server, &["--continue"]);
        assert_eq!(run.code, Some(1), "{}", run.text);
        let calls = server.calls();
        assert_eq!(calls.len(), 2, "{name}");
        assert_ne!(calls[0].token(), calls[1].token());
        assert_eq!(desk.statuses(), ["refused", "done"]);
    }
}

/// Whoever insists is stopped before Zoho's lock-out.
#[test]
fn ten_wrong_tokens_are_the_last() {
    let (desk, server) = desk_of(&[Does::Error("invalid_authtoken"); 3]);
    fs::create_dir(desk.at("answers")).unwrap();
    for number in 0..8 {
        fs::write(desk.at(&format!("answers/other{number}.1.end")), "1 self self-eu invalid_authtoken\n").unwrap();
    }
    for _ in 0..3 {
        assert_eq!(desk.run("dash", &server, &["--continue"]).code, Some(1));
    }
    assert_eq!(server.calls().len(), 2);
    assert!(desk.run("dash", &server, &["--continue"]).text.contains("10 tokens of client \"self-eu\" were invalid"));
    assert!(server.with(|seen| seen.faults.is_empty()));
}

/// Errors that do not use the token up: they stop the run, and the same call may be made again.
#[test]
fn what_can_be_put_right_is_tried_again() {
    for (number, name) in
        ["invalid_client", "invalid_scope", "invalid_request", "invalid_grant"].into_iter().enumerate()
    {
        let shell = SHELLS[number % 3];
        let (desk, server) = desk_of(&[Does::Error(name), Does::Issue]);
        let run = desk.run(shell, &server, &[]);
        assert_eq!(run.code, Some(1), "{}", run.text);
        assert!(run.text.contains(&format!(": {name}\n")), "{}", run.text);
        assert_eq!(server.calls().len(), 1);
        assert_eq!(desk.statuses(), ["waiting", "waiting"]);
        desk.run(shell, &server, &[]);
        let calls = server.calls();
        assert!(calls.len() == 2 && calls[0].token() == calls[1].token(), "{name}");
    }
    let (desk, server) = desk_of(&[Does::Issue]);
    desk.write_secrets("fake0another0secret");
    let run = desk.run("sh", &server, &[]);
    assert!(run.text.contains("The client id or secret is wrong"), "{}", run.text);
    desk.write_secrets(SECRET);
    assert_eq!(desk.run("sh", &server, &[]).code, Some(0));
}

#[test]
fn where_nobody_answers_nothing_was_sent() {
    for shell in SHELLS {
        let (desk, server) = desk_of(&[Does::Issue]);
        let output = desk.command(shell, "http://127.0.0.1:1", &[]).output().unwrap();
        let run = Run::of(&output);
        assert_eq!(run.code, Some(1));
        assert!(run.text.contains("was not reached, and nothing was sent"), "{}", run.text);
        assert_eq!(desk.statuses(), ["waiting"]);
        assert_eq!(desk.run(shell, &server, &[]).code, Some(0));
    }
}

/// All that is missing is said at once, before anything is sent.
#[test]
fn secrets_are_checked_before_anything_is_sent() {
    let (desk, server) = desk_of(&[Does::Issue, Does::Issue]);
    let secrets = fs::read_to_string(desk.at("secrets.txt")).unwrap();
    let two = [&desk.tokens[0].value, &desk.tokens[1].value];
    let swapped = secrets.replace(two[0], "X").replace(two[1], two[0]).replace('X', two[1]);
    let cases = [
        (secrets.replace(two[1], ""), format!("token.{} is missing", desk.tokens[1].print())),
        (
            secrets.replace(SECRET, ""),
            "client-secret.self-eu is missing, in secrets.txt or as $AUTHSHIFT_CLIENT_SECRET_SELF_EU".to_owned(),
        ),
        (
            secrets.replace(SECRET, "<the secret>"),
            "client-secret.self-eu has a character that none of Zoho's has".to_owned(),
        ),
        (swapped, "is another token than the one with that fingerprint".to_owned()),
    ];
    for (number, (text, said)) in cases.into_iter().enumerate() {
        fs::write(desk.at("secrets.txt"), text).unwrap();
        let run = desk.run(SHELLS[number % 3], &server, &[]);
        let one_line = run.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(run.code == Some(2) && one_line.contains(&said), "{}", run.text);
    }
    // As Notepad may save it, and quoted.
    let text = format!("\u{feff}{}", secrets.replace(SECRET, &format!("\"{SECRET}\"  ")).replace('\n', "\r\n"));
    fs::write(desk.at("secrets.txt"), text).unwrap();
    fs::set_permissions(desk.at("secrets.txt"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let run = desk.run("sh", &server, &[]);
    assert!(run.code == Some(2) && run.text.contains("chmod 600 secrets.txt"), "{}", run.text);
    assert!(server.calls().is_empty());
    fs::set_permissions(desk.at("secrets.txt"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let run = desk.run("bash", &server, &[]);
    assert_eq!(run.code, Some(0), "{}", run.text);
}

#[test]
fn secrets_may_come_from_the_environment() {
    for shell in SHELLS {
        let (desk, server) = desk_of(&[Does::Issue]);
        fs::remove_file(desk.at("secrets.txt")).unwrap();
        let token = format!("AUTHSHIFT_TOKEN_{}", desk.tokens[0].print().to_uppercase());
        let mut command = desk.command(shell, &server.address, &[]);
        command.env("AUTHSHIFT_CLIENT_ID_SELF_EU", "1000.FAKE").env("AUTHSHIFT_CLIENT_SECRET_SELF_EU", SECRET);
        let run = Run::of(&command.env(token, &desk.tokens[0].value).output().unwrap());
        assert_eq!(run.code, Some(0), "{}", run.text);
    }
}

/// Earlier calls of any times, and the script waits as long as it has to.
#[test]
fn no_limit_is_passed() {
    for (seed, (kind, minute, hour)) in
        [("self", 25, 60), ("external", 60, 100), ("self", 25, 60)].into_iter().enumerate()
    {
        let tokens: Vec<Token> = (0..4).map(|number| Token::new(number, kind, "desk")).collect();
        let does = of(&tokens, &[Does::Issue; 4]);
        let desk = Desk::new(tokens);
        let mut random = Random(seed as u64 + 1);
        // Two less than an hour takes, and one less than the minute.
        let earlier: Vec<u64> = (0..hour - 2)
            .map(|number| START - if number < minute - 1 { random.below(60) } else { 61 + random.below(3500) })
            .collect();
        fs::create_dir_all(desk.at("answers")).unwrap();
        for (number, time) in earlier.iter().enumerate() {
            fs::write(desk.at(&format!("answers/other{number}.1.end")), format!("{time} {kind} {kind}-eu done\n"))
                .unwrap();
        }
        // Those of the other kind do not count.
        fs::write(desk.at("answers/another.1.end"), format!("{START} another another-eu done\n").repeat(200)).unwrap();
        let before = earlier.iter().map(|time| (kind.to_owned(), *time)).collect();
        let server = Accounts::start(&desk.clock(), does, before);
        let run = desk.run(SHELLS[seed], &server, &[]);
        assert_eq!(run.code, Some(0), "{}", run.text);
        assert!(run.text.contains(&format!("Zoho takes {minute} calls a minute and {hour} an hour ({kind})")));
        server.with(|seen| assert!(seen.faults.is_empty() && seen.issued.len() == 4, "{:?}", seen.faults));
    }
}

/// Two at once: one of them steps back.
#[test]
fn a_second_run_does_not_start() {
    let (desk, server) = desk_of(&[Does::Slow, Does::Issue]);
    let (sender, receiver) = std::sync::mpsc::channel();
    server.at(Moment::Arrived, move |_| sender.send(()).unwrap());
    let first = desk.spawn("sh", &server);
    receiver.recv().unwrap();
    let second = desk.run("bash", &server, &[]);
    assert!(second.code == Some(2) && second.text.contains("is under way"), "{}", second.text);
    assert_eq!(Run::of(&first.wait_with_output().unwrap()).code, Some(0));
    assert_eq!(server.calls().len(), 2);
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// How a run is ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ends {
    /// Only the shell is killed; its curl goes on.
    Shell,
    /// Shell and curl are killed.
    All,
    /// All of them get this signal, as from a terminal.
    Signal(Signal),
}

impl Ends {
    fn end(self, script: u32) {
        let process = Pid::from_raw(script.try_into().unwrap()).unwrap();
        let _ = match self {
            Self::Shell => kill_process(process, Signal::KILL),
            Self::All => kill_process_group(process, Signal::KILL),
            Self::Signal(signal) => kill_process_group(process, signal),
        };
    }
}

/// Killed and started again until it is through, at any moment and by any means: no answer that arrived is lost, no call is
/// made twice, no limit is passed.
#[test]
fn killed_and_started_again_it_loses_nothing() {
    const ENDS: [Ends; 5] =
        [Ends::Shell, Ends::All, Ends::Signal(Signal::INT), Ends::Signal(Signal::TERM), Ends::Signal(Signal::HUP)];
    for seed in 0..9 {
        let shell = SHELLS[seed as usize % 3];
        let mut random = Random(seed + 100);
        let does: Vec<Does> = (0..4)
            .map(|_| match random.below(6) {
                0 => Does::CutAfterIssue,
                1 | 2 => Does::Slow,
                _ => Does::Issue,
            })
            .collect();
        let (desk, server) = desk_of(&does);
        let mut curl_was_killed = false;
        for _ in 0..40 {
            let script = desk.spawn(shell, &server);
            let pid = script.id();
            let ends = ENDS[random.below(5) as usize];
            curl_was_killed |= ends == Ends::All;
            match random.below(3) {
                0 => server.at(Moment::Arrived, move |_| ends.end(pid)),
                1 => server.at(Moment::Answered, move |_| ends.end(pid)),
                _ => {
                    std::thread::sleep(std::time::Duration::from_millis(random.below(120)));
                    ends.end(pid);
                }
            }
            let run = Run::of(&script.wait_with_output().unwrap());
            server.no_hook();
            if run.code.is_some() && !desk.is_any_left() {
                break;
            }
        }
        // In peace, for what is left, and what a curl without a shell may have brought.
        server.settle();
        for _ in 0..6 {
            desk.run(shell, &server, &[]);
        }
        assert!(!desk.is_any_left(), "seed {seed}");
        desk.run(shell, &server, &[]);
        let statuses = desk.statuses();
        server.with(|seen| {
            assert!(seen.faults.is_empty(), "seed {seed}: {:?}", seen.faults);
            for (number, token) in desk.tokens.iter().enumerate() {
                let calls = seen.calls.iter().filter(|call| call.token() == token.value).count();
                assert!(calls <= 1, "seed {seed}: {calls} calls");
                let new = seen.issued.get(&token.value);
                let arrived = new.is_some_and(|new| desk.has_answer(new));
                assert_eq!(
                    statuses[number],
                    if arrived { "done" } else { "unknown" },
                    "seed {seed}: {:?}",
                    does[number]
                );
                // Signals of a terminal and the death of the shell do not end a call.
                assert!(arrived || new.is_none() || curl_was_killed, "seed {seed}: an answer is lost");
            }
        });
        desk.check_modes();
    }
}

/// No PowerShell runs here. What can be told without one: the script is PowerShell by its grammar, and it knows the same
/// limits, errors and files as the one that runs.
#[test]
fn the_powershell_script_is_powershell() {
    let (desk, _) = desk_of(&[Does::Issue]);
    let script = fs::read_to_string(desk.at("exchange.ps1")).unwrap();
    let errors = |text: &str| {
        let mut parser = tree_sitter::Parser::new();
        parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).unwrap();
        parser.parse(text, None).unwrap().root_node().has_error()
    };
    assert!(!errors(&script));
    assert!(errors(&script.replacen("function Say(", "function Say((", 1)), "the grammar takes anything");
    let posix = fs::read_to_string(desk.at("exchange.sh")).unwrap();
    let names =
        ["invalid_authtoken", "access_denied", "invalid_client", "invalid_scope", "invalid_request", "invalid_grant"];
    let figures = ["25", "60", "100", "61", "3601", "3600", "86400", "20", "90", "10"];
    let others =
        ["gone", "not_sent", "--proto", "--max-time", "/oauth/v2/token/", "authshift:", ".call", ".json", ".end"];
    for word in names.into_iter().chain(figures).chain(others) {
        assert!(posix.contains(word) && script.contains(word), "{word}");
    }
    assert!(script.is_ascii(), "Windows PowerShell 5.1 reads a file without a mark as ANSI");
    assert_eq!(script.matches('\n').count(), script.matches("\r\n").count());
    let line = posix.lines().find(|line| line.contains("|desk|")).unwrap();
    assert!(script.contains(line.trim_start_matches("tokens='").trim_end_matches('\'')));
}
