//! Lines of the checklist.

use std::fmt::Write as _;

use super::{DIM, WARNING, printable, printable_path, styled, wrapped};
use crate::plan::Site;

/// How many of its call sites are shown with a scope, unless all are asked for.
const MOST_SITES: usize = 4;

/// How to print it.
#[derive(Clone, Copy)]
pub struct Options {
    /// Columns.
    pub width: usize,
    /// Whether to list every call site, and the scopes of what is there already.
    pub all: bool,
}

pub(super) fn sites<'s>(out: &mut String, sites: impl Iterator<Item = &'s Site>, options: Options) {
    let sites: Vec<&Site> = sites.collect();
    let shown = if options.all { sites.len() } else { MOST_SITES.min(sites.len()) };
    for site in sites.iter().take(shown) {
        let place = format!("{}:{}", printable_path(&site.path), site.position.line);
        let call = format!("{} {}", site.method.unwrap_or("?"), printable(&site.address));
        let line = format!("{place}  {call}");
        let room = options.width.saturating_sub(8);
        if line.chars().count() <= room {
            let _ = writeln!(out, "        {place}  {}", styled(DIM, &call));
        } else {
            let short: String = call.chars().take(room.saturating_sub(5)).collect();
            let cut = if short.len() < call.len() { "…" } else { "" };
            let _ = writeln!(out, "        {place}\n            {}", styled(DIM, &format!("{short}{cut}")));
        }
    }
    if shown < sites.len() {
        let _ = writeln!(out, "        and {} more (-v lists them all)", sites.len() - shown);
    }
}

pub(super) fn field(out: &mut String, name: &str, value: &str, options: Options) {
    let lines = wrapped(&printable(value), options.width.saturating_sub(14));
    for (index, line) in lines.iter().enumerate() {
        let label = if index == 0 { name } else { "" };
        let _ = writeln!(out, "    {label:8}  {line}");
    }
}

pub(super) fn note(out: &mut String, text: &str, options: Options) {
    for (index, line) in wrapped(&printable(text), options.width.saturating_sub(10)).iter().enumerate() {
        let label = if index == 0 { styled(WARNING, "note:") } else { "     ".to_owned() };
        let _ = writeln!(out, "    {label} {line}");
    }
}

pub(super) fn prose(out: &mut String, text: &str, options: Options) {
    for line in wrapped(text, options.width) {
        let _ = writeln!(out, "{line}");
    }
}

pub(super) fn prose_in(out: &mut String, style: anstyle::Style, text: &str, options: Options) {
    for line in wrapped(text, options.width) {
        let _ = writeln!(out, "{}", styled(style, &line));
    }
}
