//! Fuzzing: mutated fixtures through every reader, the fixes, the exact patch and the printers.
//!
//! `cargo test` runs a fixed number of cases of a fixed seed. The same for longer, one target after another:
//!
//! ```text
//! AUTHSHIFT_FUZZ_SECONDS=900 cargo test --profile fuzz --test fuzz -- --test-threads 1 --nocapture
//! ```
//!
//! `AUTHSHIFT_FUZZ_SEED` begins elsewhere (each case has the seed behind that of the one before), `AUTHSHIFT_FUZZ_CASES` is
//! the number of cases, `AUTHSHIFT_FUZZ_FOLDER` mutates the texts of that folder instead of the fixtures, and
//! `AUTHSHIFT_FUZZ_OUTPUT` is a folder for what was found: the shortest text of each kind.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::exit,
    clippy::print_stderr,
    reason = "tests"
)]

mod mutate;
mod oracle;
mod shrink;
#[path = "../support/mod.rs"]
mod support;
mod targets;

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, Instant};

use authshift::project::Project;
use authshift::project::config::Config;
use mutate::{Random, mutated};
use targets::{Broken, Case, Target};

#[test]
fn any_text_is_read() {
    run("parsing", targets::parsing, 400);
}

#[test]
fn any_text_is_fixed_or_left_alone() {
    run("fixing", targets::fixing, 200);
}

#[test]
fn any_change_has_an_exact_patch() {
    run("patching", targets::patching, 200);
}

#[test]
fn no_output_holds_a_secret() {
    run("masking", targets::masking, 100);
}

/// Texts that once broke a promise.
#[test]
fn what_was_found_stays_mended() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/found");
    let config = Arc::new(targets::much());
    support::on_big_stack(|| {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            let (config, other) = (Arc::clone(&config), Arc::new(bytes.clone()));
            let case = Case { bytes, path: path.into(), config, project: Arc::default(), much: true, other };
            for target in [targets::parsing, targets::fixing, targets::patching, targets::masking] as [Target; 4] {
                let result = target(&case);
                assert!(result.is_ok(), "{}: {result:?}", case.path.display());
            }
        }
    });
}

/// Changes that once were offered, and what is wrong with each. They are none now; the oracles must go on to see them.
const BROKEN: &[(&str, &str, &str)] = &[
    (
        "a statement loses its head",
        "key = invokeurl\n[\n\turl :\"https://a.example.com/\"id\n\ttype :GET\n];\nr = getUrl(\"https://desk.zoho.com/x?authtoken=\" + key);",
        "[\n\turl :\"https://a.example.com/\"id\n\ttype :GET\n];\nr = getUrl(\"https://desk.zoho.com/x\");",
    ),
    ("a statement loses its head", "authtoken = \"a\" + <x>;\ninfo 1;", "+ <x>;\ninfo 1;"),
    (
        "comments are not what they were",
        "r = postUrl(u,\"authtoken=\" /* c */ + token);",
        "r = invokeurl\n[\n\turl :u\n\ttype :POST\n\tconnection:\"desk\"\n];",
    ),
    (
        "a name is read that nothing writes any more",
        "auth = \"Zoho-authtoken a\";\nh = {\n\t// c\n\t\"Authorization\":auth\n};\nr = getUrl(u,h);",
        "h = {\n\t// c\n\t\"Authorization\":auth\n};\nr = getUrl(u);",
    ),
    (
        "a name is read that nothing writes any more",
        "void f(string p)\n{\n\th = Map();\n\tr = invokeurl [url:u headers:h type:GET];\n}\nh = Map();",
        "void f(string p)\n{\n\tr = invokeurl [url:u headers:h type:GET connection:\"desk\"];\n}\nh = Map();",
    ),
    ("a request appears or disappears", "a = getUrl(u);\nb = getUrl(v);", "b = getUrl(v);"),
    ("a request loses the variable of its answer", "a = getUrl(u);\ninfo a;", "getUrl(u);\ninfo a;"),
    ("a bracket loses its other half", "if(a)\n{\n\tinfo 1;\n}", "if(a)\n\tinfo 1;\n}"),
    ("a string or a comment loses its end", "info \"a\" + \"b\";", "info \"a\" + b\";"),
    (
        "a text goes that is not about a token",
        "info getUrl(\"https://a.zoho.com/x?authtoken=a&b=1\");",
        "info getUrl(\"https://a.zoho.com/x\");",
    ),
];

#[test]
fn the_lexer_tells_pieces_apart() {
    let text = "a += \"x\\\" // no\n/* no */\" /* y */ + 'it\"s'; // \"z\r\u{201C}q\"r\u{201D} 1.5 \u{201C}no\n";
    let pieces = support::lexer::pieces(text);
    let texts: Vec<&str> = pieces.iter().map(|piece| piece.text).collect();
    let expected = [
        "a",
        "+=",
        "\"x\\\" // no\n/* no */\"",
        "/* y */",
        "+",
        "'it\"s'",
        ";",
        "// \"z",
        "\u{201C}q\"r\u{201D}",
        "1.5",
        "\u{201C}",
        "no",
    ];
    assert_eq!(texts, expected);
    assert_eq!(pieces[8].content(), "q\"r");
    let code = support::lexer::code("if(a(\";\"))\n{\n\tm = {\"k\":[1;2]}; f(x)\n}\nreturn {};");
    let statements = support::lexer::statements(&code);
    let first: Vec<&str> = statements.iter().map(|statement| code[statement.start].text).collect();
    assert_eq!(first, ["if", "m", "f", "return"]);
}

#[test]
fn the_oracles_see_what_they_are_for() {
    for (what, before, after) in BROKEN {
        let seen = support::kept::all(before, after).and_then(|()| support::kept::strings(before, after, &[]));
        assert_eq!(seen.map_err(|(what, _)| what), Err(*what), "{before}\n---\n{after}");
    }
    let before = "a = 1;\ninfo a;\nsend(a);";
    let touched = support::kept::elsewhere(before, "a = 1;\nsend(b);\nsend(a);", std::slice::from_ref(&(7..13)), 0);
    assert_eq!(touched, Ok(()));
    let untouched = support::kept::elsewhere(before, "a = 1;\ninfo a;", std::slice::from_ref(&(0..3)), 0);
    assert_eq!(untouched.map_err(|(what, _)| what), Err("something changes that no edit touches"));
}

/// How a target is run.
struct Settings {
    seed: u64,
    cases: u64,
    /// Instead of a number of cases.
    time: Option<Duration>,
    output: Option<PathBuf>,
}

impl Settings {
    fn read(cases: u64) -> Self {
        let word = |name: &str| std::env::var(format!("AUTHSHIFT_FUZZ_{name}")).ok();
        let number = |name: &str| word(name).map(|text| text.parse::<u64>().unwrap());
        Self {
            seed: number("SEED").unwrap_or(0),
            cases: number("CASES").unwrap_or(cases),
            time: number("SECONDS").map(Duration::from_secs),
            output: word("OUTPUT").map(PathBuf::from),
        }
    }
}

/// A text, where it stands, and its configuration.
type Input = (Arc<Path>, Arc<Vec<u8>>, Arc<Config>);

/// What cases are made of.
struct Inputs {
    texts: Vec<Input>,
    much: Arc<Config>,
    project: Arc<Project>,
}

impl Inputs {
    fn read() -> Self {
        let folder = std::env::var("AUTHSHIFT_FUZZ_FOLDER").map_or_else(|_| support::fixtures(), PathBuf::from);
        let mut texts = Vec::new();
        for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
            let entry = entry.unwrap();
            if !entry.file_type().is_file() || entry.file_name().to_string_lossy().starts_with("findings") {
                continue;
            }
            let config = entry.path().with_file_name("authshift.toml");
            let config = if config.is_file() { Config::load(&config).unwrap_or_default() } else { Config::default() };
            let text = std::fs::read(entry.path()).unwrap();
            let text = (entry.path().into(), Arc::new(text), Arc::new(config));
            // Most of what is to be tried is in the texts before.
            let times = if entry.file_name().to_string_lossy().starts_with("before") { 3 } else { 1 };
            texts.extend(std::iter::repeat_n(text, times));
        }
        Self { texts, much: Arc::new(targets::much()), project: Arc::default() }
    }

    /// The case of a seed.
    fn case(&self, seed: u64) -> Case {
        let mut random = Random::new(seed);
        let (path, text, config) = &self.texts[random.below(self.texts.len())];
        let (_, other, _) = &self.texts[random.below(self.texts.len())];
        let much = random.once_in(2);
        let bytes = mutated(&mut random, text, other);
        let base = if random.once_in(2) { &bytes } else { &**other };
        let other = Arc::new(mutated(&mut random, base, text));
        let config = Arc::clone(if much { &self.much } else { config });
        Case { bytes, path: Arc::clone(path), config, project: Arc::clone(&self.project), much, other }
    }
}

/// Nanoseconds that this thread has worked; where the system does not tell, none.
fn busy() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Where the case began that is being tried, and what it is.
type Current = Mutex<Option<(Instant, Case)>>;

fn run(name: &str, target: Target, cases: u64) {
    let settings = Settings::read(cases);
    let current = Current::default();
    let failures = std::thread::scope(|scope| {
        if settings.time.is_some() {
            watch(scope, &current, settings.output.clone());
        }
        support::on_big_stack(|| all(name, target, &settings, &current))
    });
    assert!(failures.is_empty(), "{name}: {} promises are broken:\n{}", failures.len(), failures.join("\n\n"));
}

/// Tries all cases; gives a text for each promise that is broken, with the shortest text that breaks it.
fn all(name: &str, target: Target, settings: &Settings, current: &Current) -> Vec<String> {
    catch_quietly();
    let inputs = Inputs::read();
    let begin = Instant::now();
    let mut failures = BTreeMap::new();
    let mut ends: BTreeMap<String, u64> = BTreeMap::new();
    let mut slowest = (0.0, 0);
    let mut done = 0;
    while settings.time.map_or(done < settings.cases, |time| begin.elapsed() < time) {
        let seed = settings.seed.wrapping_add(done);
        done += 1;
        let case = inputs.case(seed);
        *current.lock().unwrap() = settings.time.map(|_| (Instant::now(), case.clone()));
        let started = busy();
        let result = attempt(target, &case);
        let rate = (busy() - started) as f64 / (case.bytes.len() + case.other.len() + 2000) as f64;
        if rate > slowest.0 {
            slowest = (rate, seed);
        }
        match result {
            Ok(end) => {
                let end = end.unwrap_or_default();
                // Not wrong, but worth a look.
                if settings.output.is_some() && end.starts_with("unsound") && !ends.contains_key(&end) {
                    let remark = |case: &Case| match attempt(target, case) {
                        Ok(Some(what)) => Err(Broken { what, detail: String::new() }),
                        other => other,
                    };
                    let (case, broken) =
                        shrink::shortest(case, Broken { what: end.clone(), detail: String::new() }, remark);
                    save(settings, name, &broken.what, &case);
                }
                *ends.entry(end).or_default() += 1;
            }
            Err(Broken { what, .. }) if failures.contains_key(&what) => *ends.entry(what).or_default() += 1,
            Err(broken) => {
                let (case, broken) = shrink::shortest(case, broken, |case| attempt(target, case));
                save(settings, name, &broken.what, &case);
                let text = String::from_utf8_lossy(&case.bytes);
                let Broken { what, detail } = broken;
                let path = case.path.display();
                failures.insert(
                    what.clone(),
                    format!("{what} (seed {seed}, much {}, {path})\n{text:?}\n{detail}", case.much),
                );
            }
        }
    }
    *current.lock().unwrap() = None;
    if settings.time.is_some() {
        eprintln!(
            "{name}: {done} cases from seed {}, at most {:.0} ns a byte (seed {}), {ends:?}",
            settings.seed, slowest.0, slowest.1
        );
    }
    failures.into_values().collect()
}

/// Stops everything when one case takes longer than any text of its size should.
fn watch<'scope, 'env>(
    scope: &'scope std::thread::Scope<'scope, 'env>,
    current: &'env Current,
    output: Option<PathBuf>,
) {
    const LONGEST: Duration = Duration::from_secs(60);
    scope.spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            match &*current.lock().unwrap() {
                None => break,
                Some((begin, case)) if begin.elapsed() > LONGEST => {
                    if let Some(folder) = &output {
                        std::fs::write(folder.join("hangs"), &case.bytes).unwrap();
                    }
                    eprintln!("no end after {LONGEST:?}: {:?}", String::from_utf8_lossy(&case.bytes));
                    std::process::exit(1);
                }
                Some(_) => {}
            }
        }
    });
}

thread_local! {
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    static CATCHING: RefCell<bool> = const { RefCell::new(false) };
}

/// Keeps panics of [`attempt`] from being printed; each is told in its result.
fn catch_quietly() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if CATCHING.with_borrow(|catching| *catching) {
                let place = info.location().map(ToString::to_string).unwrap_or_default();
                PANIC.with_borrow_mut(|panic| *panic = Some(place));
            } else {
                usual(info);
            }
        }));
    });
}

fn attempt(target: Target, case: &Case) -> Result<Option<String>, Broken> {
    CATCHING.set(true);
    let result = catch_unwind(AssertUnwindSafe(|| target(case)));
    CATCHING.set(false);
    result.unwrap_or_else(|payload: Box<dyn Any + Send>| {
        let message = payload.downcast_ref::<String>().cloned();
        let message = message.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        let place = PANIC.take().unwrap_or_default();
        Err(Broken { what: format!("a panic at {place}"), detail: message.unwrap_or_default() })
    })
}

fn save(settings: &Settings, name: &str, what: &str, case: &Case) {
    let Some(folder) = &settings.output else { return };
    std::fs::create_dir_all(folder).unwrap();
    let words: String = what.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let extension = case.path.extension().map_or_else(String::new, |extension| format!(".{}", extension.display()));
    std::fs::write(folder.join(format!("{name}-{words}{extension}")), &case.bytes).unwrap();
    eprintln!("{name}: {what}");
}
