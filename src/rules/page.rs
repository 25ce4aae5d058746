//! The page of each rule, for people: the `//!` comment at the head of the rule's file, with a fixture as its example. It is
//! written nowhere else, and the example is what the tool does.

use super::declaration::Example;
use crate::finding::Rule;

/// The page of a rule. A section has a line for each paragraph, for each item of a list (`- `) and for each line of
/// code, which begins with four blanks, and empty lines between paragraphs. Code stands between fences in the comment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// What the rule is about, short enough for a list.
    pub summary: String,
    /// What it finds.
    pub finds: String,
    /// Why that matters.
    pub why: String,
    /// When a fix is safe, what else it assumes, and what a person has to do.
    pub safety: String,
    /// The fixture that shows it.
    pub example: Example,
    /// What to write instead, where that takes more than a sentence.
    pub instead: Option<&'static str>,
}

/// The page of a rule.
pub fn page(rule: Rule) -> Page {
    let source = rule.source();
    Page {
        summary: section(source, &format!("# {}", rule.name())),
        finds: section(source, "## What it finds"),
        why: section(source, "## Why"),
        safety: section(source, "## Fix safety"),
        example: rule.declaration().example,
        instead: (rule == Rule::AuthtokenInApp).then_some(include_str!("../app/instead.txt")),
    }
}

/// The text under a heading of the comment at the head of `source`.
fn section(source: &str, heading: &str) -> String {
    let comment = source.lines().map_while(|line| line.strip_prefix("//!"));
    let comment = comment.map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    let lines = comment.skip_while(|line| *line != heading).skip(1).take_while(|line| !line.starts_with('#'));
    let mut blocks: Vec<String> = Vec::new();
    let mut code = false;
    for line in lines {
        if line.starts_with("```") {
            code = !code;
            continue;
        }
        if code {
            blocks.push(format!("    {line}"));
            continue;
        }
        let line = line.trim_start();
        match blocks.last_mut() {
            Some(block) if !block.is_empty() && !line.is_empty() && !line.starts_with("- ") => {
                block.push(' ');
                block.push_str(line);
            }
            _ => blocks.push(line.to_owned()),
        }
    }
    blocks.join("\n").trim().to_owned()
}
