//! The README and the pages in `docs/`: their commands run, their examples are what the tool prints, and their links lead
//! somewhere.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use authshift::cli::Cli;
use authshift::finding::Rule;
use clap::CommandFactory as _;
use serde_json::Value;
use support::folder::{DESK, Folder};
#[cfg(unix)]
use support::shell;
use support::{authshift, code, copy, fixtures, stderr, stdout};

const TOKEN: &str = "fake0desk0token0aaaabbbbccccdddd";

/// Commands that no test runs, and why.
const NOT_RUN: [(&str, &str); 15] = [
    ("pip install .", "builds the whole program once more; .ci/packages does it from the source distribution"),
    (
        "packaging/build \"$(rustc -vV | sed -n 's/^host: //p')\" dist",
        "builds the whole program once more; .ci/packages runs it",
    ),
    (
        "cargo install --locked --path .",
        "builds the whole program once more; the crates may have to come from the network",
    ),
    ("cargo run --release -- fix fixtures/demo", ".ci/run runs it; here the built program does the same"),
    ("cargo test", "it is what runs this; .ci/run runs it"),
    ("cargo uninstall authshift", "takes away what the machine has installed"),
    (
        "cargo install --locked --git URL-OF-THIS-REPOSITORY --rev COMMIT",
        "needs the network and a published repository",
    ),
    (
        "authshift scan --output-format rdjson | reviewdog -f=rdjson -reporter=github-pr-review",
        "needs reviewdog and a pull request",
    ),
    ("cargo bench --bench pipeline", "takes minutes"),
    ("cargo bench --bench growth", "takes minutes"),
    ("cd editors/vscode", "there are no editors in the folder of a test; .ci/editor packs the extension"),
    ("npm ci", ".ci/editor runs it"),
    ("npm run package", ".ci/editor runs it"),
    ("code --install-extension authshift-0.1.0.vsix", "needs Visual Studio Code"),
    ("sh authshift-exchange/exchange.sh", "calls Zoho; tests/exchange runs it against a server that plays Zoho's"),
];

/// Languages of fenced blocks. Only the first three hold commands.
const LANGUAGES: [&str; 7] = ["sh", "console", "yaml", "toml", "diff", "json", "js"];

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The README and the pages, by their paths in the repository.
fn pages() -> BTreeMap<String, String> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let names = fs::read_dir(docs).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let pages = names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}"));
    pages.chain(["README.md".to_owned()]).map(|name| (name.clone(), document(&name))).collect()
}

/// A text without its fenced blocks, and these with their languages.
fn parts(text: &str) -> (String, Vec<(&str, String)>) {
    let (mut prose, mut blocks, mut open) = (String::new(), Vec::<(&str, String)>::new(), false);
    for line in text.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(language), false) => blocks.push((language, String::new())),
            (Some(_), true) => {}
            (None, false) => prose += &format!("{line}\n"),
            (None, true) => blocks.last_mut().unwrap().1 += &format!("{line}\n"),
        }
        open ^= line.starts_with("```");
    }
    assert!(!open, "a block is not closed");
    (prose, blocks)
}

fn blocks(text: &str, wanted: &str) -> Vec<String> {
    parts(text).1.into_iter().filter(|(language, _)| *language == wanted).map(|(_, block)| block).collect()
}

/// The words in backticks outside of blocks.
fn inline(text: &str) -> Vec<String> {
    let prose = parts(text).0;
    let words = prose.split('`').skip(1).step_by(2);
    words.map(|word| word.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// One side of the README's diff: what stands in it with ` ` and with `sign`.
fn side(sign: char) -> String {
    let diff = blocks(&document("README.md"), "diff").into_iter().next().expect("a diff");
    let lines = diff.lines().filter(|line| line.starts_with([' ', sign]));
    lines.map(|line| format!("{}\n", line.chars().skip(1).collect::<String>())).collect()
}

/// The commands of a block, one after another in one folder.
#[cfg(unix)]
fn commands(language: &str, block: &str) -> Vec<String> {
    let lines = block.lines().map(str::trim);
    match language {
        "sh" => lines.map(str::to_owned).collect(),
        "console" => lines.filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect(),
        "yaml" => lines
            .filter_map(|line| line.strip_prefix("- "))
            .map(|item| item.strip_prefix("run: ").unwrap_or(item))
            .filter(|item| item.starts_with("cargo ") || item.starts_with("authshift "))
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_readme_is_short_and_has_the_two_commands() {
    let text = document("README.md");
    assert!(text.len() <= 8192, "{} bytes", text.len());
    let shell = blocks(&text, "sh").join("\n");
    for command in ["cargo run --release -- fix fixtures/demo", "cargo test"] {
        assert!(shell.lines().any(|line| line == command), "{command}");
    }
}

#[test]
fn the_readmes_main_command_shows_the_migration_of_the_demo() {
    let output = authshift(fixtures().parent().unwrap(), &["fix", "fixtures/demo"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(stdout(&output).contains("\"desk_eu\""));
}

/// Commands are in blocks that say so, and none is hidden in another.
#[test]
fn every_block_says_what_it_is() {
    for (page, text) in pages() {
        for (language, block) in parts(&text).1 {
            assert!(LANGUAGES.contains(&language), "{page}: `{language}`\n{block}");
        }
    }
}

#[cfg(unix)]
#[test]
fn every_command_in_a_block_works() {
    let mut run = 0;
    let mut passed_over = BTreeSet::new();
    for (page, text) in pages() {
        for (language, block) in parts(&text).1 {
            let folder = Folder(tempfile::tempdir().unwrap());
            assert_eq!(code(&shell(folder.path(), "git init --quiet")), 0);
            for root in ["functions", "src"] {
                copy(&fixtures().join("demo"), &folder.at(root));
            }
            folder.write("plugin-manifest.json", "{\"service\": \"MAIL\"}");
            folder.write("app/.env", format!("ZOHO_URL=https://books.zoho.com/api/v3\nZOHO_AUTHTOKEN={TOKEN}\n"));
            folder.write("connection.json", "{\"connectionLinkName\": \"shop\", \"serviceName\": \"shop\"}");
            for line in commands(language, &block) {
                if let Some((listed, _)) = NOT_RUN.iter().find(|(listed, _)| *listed == line) {
                    passed_over.insert(*listed);
                    continue;
                }
                let output = shell(folder.path(), &line);
                // There is nobody here to ask; all else about the command is right.
                let asks = line.contains("--interactive") && stderr(&output).contains("is not a terminal");
                assert!(code(&output) < 2 || asks, "{page}: {line}: {}", stderr(&output));
                run += 1;
            }
        }
        passed_over.extend(
            NOT_RUN.iter().map(|(listed, _)| *listed).filter(|listed| inline(&text).iter().any(|word| word == listed)),
        );
    }
    assert!(run >= 20, "only {run} commands were found");
    let listed: BTreeSet<&str> = NOT_RUN.iter().map(|(command, _)| *command).collect();
    assert_eq!(passed_over, listed, "what no page has any more need not be listed");
}

/// Of a command in a sentence, the names of commands and options are right; words in capitals stand for a value.
#[test]
fn every_command_in_a_sentence_exists() {
    let mut found = 0;
    for (page, text) in pages() {
        for command in inline(&text) {
            let words: Vec<&str> = command.split(' ').collect();
            match words.as_slice() {
                ["authshift", arguments @ ..] if !arguments.is_empty() => {
                    let known = arguments.iter().filter(|word| !word.chars().all(|c| c.is_ascii_uppercase()));
                    let arguments: Vec<&str> = known.copied().chain(["--help"]).collect();
                    let output = authshift(&fixtures(), &arguments);
                    assert_eq!(code(&output), 0, "{page}: {command}: {}", stderr(&output));
                    found += 1;
                }
                ["cargo", ..] => assert!(NOT_RUN.iter().any(|(listed, _)| *listed == command), "{page}: {command}"),
                _ => {}
            }
        }
    }
    assert!(found >= 10, "only {found} commands were found");
}

/// The long options of a command and of those below it.
fn options(command: &clap::Command, found: &mut BTreeSet<String>) {
    found.extend(command.get_arguments().filter_map(|argument| argument.get_long()).map(str::to_owned));
    for below in command.get_subcommands() {
        options(below, found);
    }
}

#[test]
fn every_option_in_a_sentence_exists() {
    let mut known = BTreeSet::from(["help".to_owned(), "version".to_owned()]);
    options(&Cli::command(), &mut known);
    for (page, text) in pages() {
        let others = ["cargo ", "npm ", "gh ", "curl "];
        let commands =
            inline(&text).into_iter().filter(|command| !others.iter().any(|other| command.starts_with(other)));
        for word in commands.flat_map(|command| command.split(' ').map(str::to_owned).collect::<Vec<_>>()) {
            let Some(option) = word.strip_prefix("--").filter(|option| !option.is_empty()) else { continue };
            let name = option.split(['=', '[']).next().unwrap();
            assert!(known.contains(name), "{page}: --{name}");
        }
    }
}

/// What stands below each command is what it prints; a line `…` stands for any number of lines.
#[cfg(unix)]
#[test]
fn the_readmes_walk_prints_what_it_shows() {
    let folder = Folder::empty().with("functions/desk/priority-raised.deluge", side('-').replace("fake…", TOKEN));
    let mut steps = Vec::new();
    for block in blocks(&document("README.md"), "console") {
        for step in block.split("$ ").skip(1) {
            let (command, shown) = step.split_once('\n').unwrap();
            let output = shell(folder.path(), command);
            assert!(code(&output) < 2, "{command}: {}", stderr(&output));
            let printed = stdout(&output) + &stderr(&output);
            assert!(shows(shown, &printed), "{command}: shown:\n{shown}\nprinted:\n{printed}");
            steps.push(command.split(' ').nth(1).unwrap().to_owned());
        }
    }
    assert_eq!(steps, ["scan", "plan", "init", "fix", "fix", "check"]);
    assert_eq!(folder.read("functions/desk/priority-raised.deluge"), side('+'));
}

/// Whether `shown` is `printed`, its lines `…` being any lines.
#[cfg(unix)]
fn shows(shown: &str, printed: &str) -> bool {
    let pieces: Vec<&str> = shown.trim_end().split("…\n").collect();
    let open_end = shown.trim_end().ends_with("\n…");
    let mut rest = printed;
    for (number, piece) in pieces.iter().enumerate() {
        let piece = if open_end { piece.strip_suffix('…').unwrap_or(piece) } else { piece };
        let found = rest.split_once(piece).filter(|(before, _)| number > 0 || before.is_empty());
        let Some((_, after)) = found else { return false };
        rest = after;
    }
    open_end || rest.trim().is_empty()
}

#[test]
fn the_configurations_are_valid() {
    let samples: Vec<String> = pages().values().flat_map(|text| blocks(text, "toml")).collect();
    assert!(!samples.is_empty());
    let request = |url: &str| format!("x = invokeurl\n[\n\turl :\"{url}\"\n\ttype :GET\n];\ninfo x;\n");
    let old = request(&format!("https://desk.zoho.com/api/v1/tickets?limit=5&authtoken={TOKEN}"));
    let new = request("https://desk.zoho.com/api/v1/tickets?limit=5")
        .replace("\ttype :GET\n", "\ttype :GET\n\tconnection :\"desk_oauth\"\n");
    for sample in samples {
        let folder = Folder::empty().with("authshift.toml", &sample).with("desk/a.dg", &old);
        for arguments in [&["check"][..], &["check", "-c", "authshift.toml"]] {
            let output = folder.run(arguments);
            assert_eq!(code(&output), 1, "{sample}\n{}", stderr(&output));
        }
        assert_eq!(folder.code(&["fix", "--write"]), 0, "{sample}");
        assert_eq!(folder.read("desk/a.dg"), new);
    }
}

#[test]
fn the_readmes_diff_is_what_the_tool_does() {
    let folder = Folder::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_authshift"))
        .args(["fix", "-"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(side('-').as_bytes()).unwrap();
    assert_eq!(stdout(&child.wait_with_output().unwrap()), side('+'));
}

#[test]
fn the_documented_json_is_what_the_tool_prints() {
    let sample: Value = serde_json::from_str(&blocks(&document("docs/reports.md"), "json")[0]).unwrap();
    let path = sample["findings"][0]["path"].as_str().unwrap();
    let folder = Folder::empty().with("authshift.toml", DESK).with(path, side('-'));
    let real: Value = serde_json::from_slice(&folder.run(&["check", "--output-format", "json", path]).stdout).unwrap();
    assert_eq!(sample["findings"][0], real["findings"][0]);
    for key in ["schema_version", "errors", "summary"] {
        assert_eq!(sample[key], real[key], "{key}");
    }
}

/// Every rule that the demo and the fixtures show stands in the table with the severity it has.
#[test]
fn the_table_lists_every_rule_that_is_reported() {
    let folder = Folder::empty();
    copy(&fixtures(), folder.path());
    let report: Value = serde_json::from_slice(&folder.run(&["check", "--output-format", "json"]).stdout).unwrap();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let rules: BTreeSet<(String, String)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (word(&finding["rule"]), word(&finding["severity"])))
        .collect();
    assert!(rules.len() > 5);
    let text = document("docs/rules.md");
    for (rule, severity) in rules {
        // Some findings are less severe than their rule; the row says which.
        let row = text.lines().find(|line| line.starts_with(&format!("| `{rule}` | "))).unwrap_or("");
        assert!(row.contains(&severity), "{rule} ({severity})");
    }
}

#[test]
fn every_rule_in_a_suppression_exists() {
    for (page, text) in pages() {
        for line in blocks(&text, "js").iter().flat_map(|block| block.lines()) {
            let Some((_, names)) = line.split_once("authshift-ignore ") else { continue };
            for name in names.split(':').next().unwrap().split(',') {
                assert!(Rule::from_name(name.trim()).is_some(), "{page}: {name}");
            }
        }
    }
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn anchors(text: &str) -> Vec<String> {
    let prose = parts(text).0;
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

/// The addresses that a page links to.
fn links(text: &str) -> Vec<String> {
    parts(text).0.split("](").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned()).collect()
}

#[test]
fn no_link_between_the_pages_is_dead() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut linked = BTreeSet::from(["README.md".to_owned()]);
    for (page, text) in pages().into_iter().chain([("CHANGELOG.md".to_owned(), document("CHANGELOG.md"))]) {
        assert_eq!(
            anchors(&text).iter().collect::<BTreeSet<_>>().len(),
            anchors(&text).len(),
            "{page}: two headings are alike"
        );
        for link in links(&text) {
            if link.starts_with("https://") {
                continue;
            }
            let (path, heading) = link.split_once('#').map_or((&*link, None), |(path, heading)| (path, Some(heading)));
            let file = if path.is_empty() { root.join(&page) } else { root.join(&page).parent().unwrap().join(path) };
            assert!(file.is_file(), "{page}: {link}");
            let file = file.canonicalize().unwrap();
            if let Some(heading) = heading {
                let there = anchors(&fs::read_to_string(&file).unwrap());
                assert!(there.iter().any(|anchor| anchor == heading), "{page}: {link}: {there:?}");
            }
            if page == "README.md" {
                let name = file.strip_prefix(root.canonicalize().unwrap()).unwrap();
                linked.insert(name.to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    for page in pages().keys() {
        assert!(linked.contains(page), "the README does not link to {page}");
    }
}
