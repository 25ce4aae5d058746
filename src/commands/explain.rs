//! `authshift explain`: the page of a rule, or the list of all rules.

use anyhow::Result;

use super::Status;
use crate::cli::{Explain, PageFormat};
use crate::finding::Rule;
use crate::project::config::unknown;
use crate::report::{Printer, explain};

/// Runs the command.
pub(super) fn run(options: &Explain) -> Result<Status> {
    let rule = match &options.rule {
        Some(name) => {
            let known = Rule::ALL.iter().map(|rule| rule.name());
            Some(Rule::from_name(name).ok_or_else(|| anyhow::anyhow!(unknown("rule", name, known)))?)
        }
        None => None,
    };
    let mut printer = Printer::new(options.color);
    let text = match (options.output_format, rule) {
        (PageFormat::Json, rule) => explain::json(rule.as_ref().map_or(Rule::ALL, std::slice::from_ref))?,
        (PageFormat::Text, Some(rule)) => explain::page(rule, printer.width()),
        (PageFormat::Text, None) => explain::list(printer.width()),
    };
    printer.text(&text)?;
    if rule.is_none() && options.output_format == PageFormat::Text {
        printer.note("\nauthshift explain RULE shows a page")?;
    }
    Ok(Status::Clean)
}
