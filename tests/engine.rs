//! The engine over texts gives what `fix --write` gives, which is what the fixtures say, whichever unsafe changes are asked for.
//!
//! With `AUTHSHIFT_OUTCOMES=FILE` it also writes what was asked and answered there, for `.ci/web`, which asks the web page the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use authshift::deluge::STACK_BYTES;
use authshift::engine::{File, Outcome, Request, Unsafe, run};
use serde_json::{Value, json};
use support::{fixtures, tokens};

#[derive(Clone)]
struct Case {
    name: String,
    file: String,
    before: String,
    safe: String,
    all: String,
    /// With the LinkNames that are suggested where nothing is configured.
    preview: Option<String>,
    configuration: String,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in walkdir::WalkDir::new(fixtures()).min_depth(2).max_depth(2).sort_by_file_name() {
        let entry = entry.unwrap();
        let folder = entry.path().parent().unwrap();
        let file = entry.file_name().to_string_lossy().into_owned();
        let is_before = file == "before" || file.starts_with("before.");
        let Some(before) = std::fs::read_to_string(entry.path()).ok().filter(|_| is_before) else { continue };
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
        let safe = read(&file.replacen("before", "after", 1)).unwrap_or_else(|| before.clone());
        cases.push(Case {
            name: folder.file_name().unwrap().to_string_lossy().into_owned(),
            all: read(&file.replacen("before", "after-unsafe", 1)).unwrap_or_else(|| safe.clone()),
            preview: read(&file.replacen("before", "preview", 1)),
            configuration: read("authshift.toml").unwrap_or_default(),
            file,
            before,
            safe,
        });
    }
    cases
}

fn request(case: &Case, configuration: Option<&str>, unsafe_changes: Unsafe) -> Request {
    let file = File { name: case.file.clone(), text: case.before.clone(), named: true };
    let configuration = configuration.map(str::to_owned);
    Request { files: vec![file], configuration, link_names: Default::default(), unsafe_changes }
}

fn migrated<'o>(outcome: &'o Outcome, before: &'o str) -> &'o str {
    assert_eq!(outcome.error, None);
    outcome.files.first().and_then(|file| file.text.as_deref()).unwrap_or(before)
}

fn on_big_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(work).unwrap().join().unwrap();
}

#[test]
fn every_fixture_becomes_what_fix_makes_of_it() {
    on_big_stack(|| {
        let cases = cases();
        assert!(cases.len() >= 60, "only {} cases were found", cases.len());
        let (mut failures, mut written) = (Vec::new(), Vec::new());
        for case in &cases {
            let mut made = |configuration: Option<&str>, unsafe_changes: Unsafe, expected: &str| {
                let asked = request(case, configuration, unsafe_changes);
                let outcome = run(&asked);
                let got = migrated(&outcome, &case.before);
                if got != expected {
                    failures.push(format!("{} ({:?}):\n{got}", case.name, asked.unsafe_changes));
                }
                let answer = serde_json::to_string(&outcome).unwrap();
                assert!(!answer.contains("texts.zip"), "{}: a path that nobody knows is told", case.name);
                let hidden = [&outcome.report, &outcome.left, &outcome.plan];
                for token in tokens(&case.before) {
                    assert!(!hidden.iter().any(|text| text.contains(&token)), "{}: a token is told", case.name);
                }
                written.push(json!({
                    "case": case.name,
                    "request": {
                        "files": [{ "name": case.file, "text": case.before, "named": true }],
                        "configuration": configuration,
                        "unsafe_changes": match asked.unsafe_changes {
                            Unsafe::Only(ids) => json!({ "only": ids }),
                            Unsafe::All => json!("all"),
                            Unsafe::None => json!("none"),
                        },
                    },
                    "answer": answer,
                }));
                outcome
            };
            let configuration = Some(case.configuration.as_str());
            let safe = made(configuration, Unsafe::None, &case.safe);
            made(configuration, Unsafe::All, &case.all);
            if let Some(preview) = &case.preview {
                made(None, Unsafe::None, preview);
            }
            // Made one by one, they do not keep what is left from being made.
            let ids: BTreeSet<String> = safe.files[0].offers.iter().map(|offer| offer.id.clone()).collect();
            if !ids.is_empty() {
                let asked = request(case, configuration, Unsafe::Only(ids));
                let some = migrated(&run(&asked), &case.before).to_owned();
                assert_ne!(some, case.safe, "{}", case.name);
                let rest = Case { before: some, ..case.clone() };
                let outcome = run(&request(&rest, configuration, Unsafe::All));
                assert_eq!(migrated(&outcome, &rest.before), case.all, "{}", case.name);
            }
        }
        assert!(failures.is_empty(), "{} of {} fail:\n{}", failures.len(), cases.len(), failures.join("\n\n"));
        if let Some(path) = std::env::var_os("AUTHSHIFT_OUTCOMES") {
            std::fs::write(Path::new(&path), serde_json::to_string(&written).unwrap()).unwrap();
        }
    });
}

const TOKEN: &str = "fake0desk0token0aaaabbbbccccdddd";

fn function() -> String {
    format!(
        "authtoken = \"{TOKEN}\";\r\nx = invokeurl\r\n[\r\n\turl :\"https://desk.zoho.com/api/v1/tickets/\" + id + \"?authtoken=\" + authtoken\r\n\ttype :GET\r\n];\r\ninfo x;\r\n"
    )
}

fn pasted(files: &[(&str, &str, bool)]) -> Request {
    let files = files.iter().map(|&(name, text, named)| File { name: name.to_owned(), text: text.to_owned(), named });
    Request {
        files: files.collect(),
        configuration: None,
        link_names: Default::default(),
        unsafe_changes: Unsafe::None,
    }
}

#[test]
fn without_a_configuration_the_link_names_are_suggested_and_can_be_chosen() {
    on_big_stack(|| {
        let before = function();
        let mut request = pasted(&[("crm/a.deluge", &before, true)]);
        let outcome = run(&request);
        let after = migrated(&outcome, &before);
        assert!(after.contains("connection :\"desk_oauth\"\r\n") && !after.contains(TOKEN), "{after}");
        let plan: Value = serde_json::from_str(&outcome.plan).unwrap();
        let planned = &plan["connections"][0];
        assert_eq!(
            (&planned["link_name"], &planned["link_name_from"], &planned["pool"]),
            (&"desk_oauth".into(), &"suggested".into(), &"crm".into())
        );
        assert_eq!(planned["scopes"][0]["scope"], "Desk.tickets.READ");
        assert_eq!(planned["sites"][0]["path"], "crm/a.deluge");
        request.link_names = [("desk_oauth".to_owned(), "helpdesk".to_owned())].into();
        let outcome = run(&request);
        assert!(migrated(&outcome, &before).contains("connection :\"helpdesk\""));
        assert!(outcome.configuration.contains("link-name = \"helpdesk\""), "{}", outcome.configuration);
        // What is no LinkName must not come into the code.
        request.link_names = [("desk_oauth".to_owned(), "my desk\"".to_owned())].into();
        assert!(migrated(&run(&request), &before).contains("connection :\"desk_oauth\""));
    });
}

#[test]
fn what_must_not_be_shown_is_told_by_place() {
    on_big_stack(|| {
        // Two UTF-16 units, and four bytes, before it.
        let before = format!("// 😀\r\n{}", function());
        let outcome = run(&pasted(&[("a.deluge", &before, true)]));
        let file = &outcome.files[0];
        let units: Vec<u16> = before.encode_utf16().collect();
        let hidden: Vec<(String, &str)> = file
            .hidden
            .iter()
            .map(|hidden| (String::from_utf16(&units[hidden.start..hidden.end]).unwrap(), hidden.shown.as_str()))
            .collect();
        assert_eq!(hidden, [(TOKEN.to_owned(), "fake…")]);
        assert_eq!(file.hidden_after, []);
        // The first line goes, the URL changes, the Connection comes in.
        assert_eq!(file.changes, [[1, 2, 1, 1], [4, 5, 3, 4], [6, 6, 5, 6]]);
    });
}

#[test]
fn what_nobody_named_is_read_if_it_is_something_that_is_read() {
    on_big_stack(|| {
        let before = function();
        let prose = "Dear all, see the attachment.";
        let outcome = run(&pasted(&[("a.deluge", &before, false), ("note.txt", prose, false)]));
        assert_eq!(outcome.files.len(), 1);
        assert_eq!(outcome.skipped, ["note.txt"]);
        let broken =
            Request { configuration: Some("nonsense = 1".to_owned()), ..pasted(&[("a.deluge", &before, true)]) };
        let error = run(&broken).error.unwrap();
        assert!(error.starts_with("authshift.toml:1:1: ") && error.contains("nonsense"), "{error}");
    });
}

#[test]
fn unsafe_changes_are_made_one_by_one() {
    on_big_stack(|| {
        // As in fixtures/C07-argument-as-text.
        let old = format!(
            "thisapp.storeAnswer(getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken={TOKEN}&limit=5\"));\n"
        );
        let new = "response = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets?limit=5\"\n\ttype :GET\n\tconnection:\"desk_oauth\"\n];\nthisapp.storeAnswer(response);\n";
        let before = format!("{old}info 1;\n{old}");
        let mut request = pasted(&[("a.deluge", &before, true)]);
        let mut outcome = run(&request);
        assert_eq!(outcome.files[0].text, None);
        let offers = outcome.files.remove(0).offers;
        assert_eq!(offers.iter().map(|offer| (offer.line, offer.is_on)).collect::<Vec<_>>(), [(1, false), (3, false)]);
        assert!(offers.iter().all(|offer| offer.notes.iter().any(|note| note.starts_with("assumes that "))));
        // Each call has a name of its own, whichever of them is changed.
        let second = new.replace("response", "response2");
        for (on, after) in [(0, format!("{new}info 1;\n{old}")), (1, format!("{old}info 1;\n{second}"))] {
            request.unsafe_changes = Unsafe::Only([offers[on].id.clone()].into());
            let outcome = run(&request);
            assert_eq!(migrated(&outcome, &before), after);
            let are_on: Vec<bool> = outcome.files[0].offers.iter().map(|offer| offer.is_on).collect();
            assert_eq!(are_on, [on == 0, on == 1]);
        }
        // In another text, it is another change.
        request.files[0].text = format!("info 2;\n{before}");
        assert_eq!(run(&request).files[0].text, None);
    });
}
