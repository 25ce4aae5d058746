//! Finds the rules: the files of `src/rules/` that declare one. The list that is written for the compiler makes a variant of
//! `Rule` and a module of each (`src/finding/rule.rs`, `src/rules/mod.rs`), so that a rule is nowhere named but in its file.

use std::fmt::Write;

/// How the declaration begins.
const DECLARATION: &str = "static RULE: Declaration = Declaration {";

/// A rule as its file declares it.
#[derive(PartialEq, Eq, Debug)]
pub struct DeclaredRule {
    /// The name of the file without its extension: `curly_quote`.
    module: String,
    /// The line of the page that stands in the list of rules.
    summary: String,
    /// Where it stands in that list, and its line in the file.
    place: (u32, usize),
    severity: String,
}

/// The rule that a file declares; `None` when the file holds no page of a rule.
///
/// # Errors
/// What is wrong with it, as `LINE: MESSAGE`.
pub fn read(module: &str, text: &str) -> Result<Option<DeclaredRule>, String> {
    let declaration = text.lines().position(|line| line.ends_with(DECLARATION));
    let page = text.lines().next().and_then(|line| line.strip_prefix("//! # "));
    let (name, start) = match (page, declaration) {
        (None, None) => return Ok(None),
        (Some(name), Some(start)) => (name, start),
        (Some(_), None) => {
            return Err(format!(
                "1: this is the page of a rule, but the file has no `pub(super) {DECLARATION}`; copy one of a neighbour"
            ));
        }
        (None, Some(start)) => {
            return Err(format!("{}: a rule, but the file does not begin with its page: `//! # rule-name`", start + 1));
        }
    };
    if name != module.replace('_', "-") {
        return Err(format!("1: the rule of this file is called `{}`, not `{name}`", module.replace('_', "-")));
    }
    let summary = text.lines().skip(1).map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let summary = summary.take_while(|line| !line.starts_with('#')).find(|line| !line.is_empty());
    let summary = summary.ok_or("2: the line for the list of rules is missing behind the rule's name")?.to_owned();

    let fields = || text.lines().enumerate().skip(start + 1).take_while(|(_, line)| !line.starts_with('}'));
    let field = |name: &str| {
        let value = |line: &str| {
            let value = line.trim().strip_prefix(name)?.strip_prefix(": ")?;
            Some(value.split("//").next().unwrap_or(value).trim_end().trim_end_matches(',').to_owned())
        };
        let found = fields().find_map(|(at, line)| Some((value(line)?, at + 1)));
        found.ok_or_else(|| format!("{}: the declaration has no line `{name}: …,`", start + 1))
    };
    let (place, line) = field("place")?;
    let place = place.parse().map_err(|_| format!("{line}: `place` is a number, not `{place}`"))?;
    let (severity, at) = field("severity")?;
    let severity = severity
        .strip_prefix("Severity::")
        .filter(|severity| ["Error", "Warning", "Note"].contains(severity))
        .ok_or_else(|| format!("{at}: `severity` is `Severity::Error`, `::Warning` or `::Note`, not `{severity}`"))?
        .to_owned();
    Ok(Some(DeclaredRule { module: module.to_owned(), summary, place: (place, line), severity }))
}

/// The list as a macro: it gives all rules, by their place, to the macro that it is called with.
///
/// # Errors
/// Which rules have the same place, as `FILE:LINE: MESSAGE`.
pub fn list(mut rules: Vec<DeclaredRule>) -> Result<String, String> {
    rules.sort_by(|one, other| (one.place.0, &one.module).cmp(&(other.place.0, &other.module)));
    for (one, other) in rules.iter().zip(rules.iter().skip(1)) {
        let (place, line) = other.place;
        if place == one.place.0 {
            return Err(format!("{}.rs:{line}: `{}` has the place {place} too", other.module, one.module));
        }
    }
    let mut rows = String::new();
    for DeclaredRule { module, summary, severity, .. } in &rules {
        let (name, variant) = (module.replace('_', "-"), camel_case(module));
        let _ = writeln!(rows, "        #[doc = {summary:?}] {variant} {module} \"{module}.rs\" {name:?} {severity};");
    }
    Ok(format!("macro_rules! for_each_rule {{\n    ($then:ident) => {{ $then! {{\n{rows}    }} }};\n}}\n"))
}

/// `curly_quote` as `CurlyQuote`.
fn camel_case(module: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    module.split('_').map(capital).collect()
}
