//! The house: a folder of `src/` imports from those below it only, and no file leads back to itself by its imports.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use walkdir::WalkDir;

/// The folders, and the files that stand beside them, from the lowest to the highest. ARCHITECTURE.md says what each is for.
const LAYERS: [&str; 20] = [
    "text", "zoho", "finding", "deluge", "census", "flow", "requests", "app", "project", "migrate", "inspect", "rules",
    "fix", "plan", "exchange", "report", "engine", "lsp", "cli", "commands",
];

/// A module by its path, `["fix", "verify", "texts"]`.
type Module = Vec<String>;

/// The text of each module without comments, strings and tests.
fn modules() -> BTreeMap<Module, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = WalkDir::new(&source).into_iter().map(Result::unwrap);
    let files = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "rs"));
    let module = |path: &Path| {
        let path = path.strip_prefix(&source).unwrap().with_extension("");
        let mut parts: Module = path.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        parts.pop_if(|part| part == "mod");
        parts
    };
    let read = files.map(|file| (module(file.path()), code(&fs::read_to_string(file.path()).unwrap())));
    read.filter(|(module, _)| !matches!(module.last().map(String::as_str), None | Some("tests" | "lib" | "main")))
        .collect()
}

fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// The paths that a module names: those of its `use` lines, and those in its code that begin at the crate or above it.
fn paths(code: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    for statement in code.split(';') {
        let begin = statement.rfind("use ").filter(|&at| statement[..at].ends_with([' ', '\n']) || at == 0);
        if let Some(at) = begin.filter(|&at| !statement[at..].contains('(')) {
            tree(&statement[at + 4..], &mut Vec::new(), &mut found);
        }
    }
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let end =
                code[at..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(code.len() - at);
            // What stands in braces was read with its whole path.
            if !code[at + end..].starts_with('{') {
                found.push(code[at..at + end].split("::").filter(|part| !part.is_empty()).collect());
            }
        }
    }
    found
}

/// The paths of a tree of imports, `a::{b, c::d}`.
fn tree<'t>(text: &'t str, before: &mut Vec<&'t str>, found: &mut Vec<Vec<&'t str>>) {
    let text = text.trim();
    let kept = before.len();
    match text.split_once('{') {
        None => {
            before.extend(text.split(" as ").next().unwrap().split("::").map(str::trim));
            found.push(before.clone());
        }
        Some((head, inner)) => {
            before.extend(head.split("::").map(str::trim).filter(|part| !part.is_empty()));
            let inner = &inner[..inner.rfind('}').unwrap_or(inner.len())];
            let (mut depth, mut start) = (0, 0);
            for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        if !inner[start..at].trim().is_empty() {
                            tree(&inner[start..at], before, found);
                        }
                        start = at + 1;
                    }
                    _ => {}
                }
            }
        }
    }
    before.truncate(kept);
}

/// The modules that each module imports from.
fn imports() -> BTreeMap<Module, BTreeSet<Module>> {
    let modules = modules();
    let resolve = |from: &Module, path: &[&str]| -> Option<Module> {
        let above = path.iter().take_while(|part| **part == "super").count();
        let mut whole: Module = match path.first() {
            Some(&"crate") => Vec::new(),
            Some(&("super" | "self")) => from[..from.len() - above].to_vec(),
            _ => return None,
        };
        whole.extend(path.iter().skip(above.max(1)).map(|part| (*part).to_owned()));
        // What follows the module is an item of it.
        (1..=whole.len()).rev().map(|length| whole[..length].to_vec()).find(|module| modules.contains_key(module))
    };
    let of = |(module, code): (&Module, &String)| {
        let all = paths(code).into_iter().filter_map(|path| resolve(module, &path)).filter(|other| other != module);
        (module.clone(), all.collect())
    };
    modules.iter().map(of).collect()
}

#[test]
fn imports_lead_down() {
    let layer = |module: &Module| {
        LAYERS.iter().position(|layer| *layer == module[0]).unwrap_or_else(|| panic!("{module:?} has no layer"))
    };
    let imports = imports();
    assert!(imports.len() > 150, "the files were not found");
    for (module, others) in &imports {
        for other in others {
            assert!(layer(other) <= layer(module), "{} imports from {}", module.join("::"), other.join("::"));
        }
    }
}

#[test]
fn no_imports_lead_in_a_circle() {
    let mut imports = imports();
    // What imports from nothing that is left is in no circle.
    loop {
        let done: BTreeSet<Module> =
            imports.iter().filter(|(_, others)| others.is_empty()).map(|(module, _)| module.clone()).collect();
        if done.is_empty() {
            break;
        }
        imports.retain(|module, _| !done.contains(module));
        imports.values_mut().for_each(|others| others.retain(|other| !done.contains(other)));
    }
    let left: Vec<String> = imports.keys().map(|module| module.join("::")).collect();
    assert_eq!(left, [] as [&str; 0], "these lead back to themselves, or to such a circle");
}

/// The reader of imports sees what it has to.
#[test]
fn imports_are_read() {
    let text = "use crate::a::{self, b::C, d::{E, F as G}};\npub(super) use super::h;\nfn f() { crate::i::j(1); }\n";
    let found: Vec<String> = paths(text).iter().map(|path| path.join("::")).collect();
    let expected = ["crate::a::self", "crate::a::b::C", "crate::a::d::E", "crate::a::d::F", "super::h", "crate::i::j"];
    assert!(expected.iter().all(|path| found.iter().any(|one| one == path)), "{found:?}");
    assert!(!found.contains(&"crate::a".to_owned()), "{found:?}");
    let imports = imports();
    let module = |path: &str| path.split("::").map(str::to_owned).collect::<Module>();
    assert!(imports[&module("fix::round")].contains(&module("fix::check")));
    assert!(imports[&module("requests::carrier")].contains(&module("text::source")));
}
