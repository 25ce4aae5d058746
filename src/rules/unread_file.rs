//! # unread-file
//!
//! an unread file with an authtoken
//!
//! ## What it finds
//! Any text file, whatever its name ends in, that names an authtoken within six lines of a Zoho host and is not read as
//! code: a backup, a language or an ending that is not known. Files that are excluded are not looked at, and code and
//! configuration of apps in the usual languages is read for `authtoken-in-app`.
//!
//! In text for people and in data (Markdown, HTML without scripts, CSV, logs, lock files, OpenAPI) it is a warning, and only
//! where a value stands behind the name, or code puts it in.
//!
//! ## Why
//! A file that is skipped looks clean.
//!
//! ## Fix safety
//! Never fixed.
//!
//! By hand:
//! - Is it Deluge? Name the file on the command line, or add it to `[files] include` in `authshift.toml`.
//! - Is it code of an app? It needs OAuth of its own.
//! - Is it neither? Delete it, or add it to `[files] exclude`.

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::Look;
use super::sink::{FindingSink, NewFinding};
use crate::census::beside;
use crate::finding::{Applicability, Rule, Severity};

pub(super) static RULE: Declaration = Declaration {
    place: 180,
    severity: Severity::Error,
    fixable: Fixable::No,
    comments: false,
    needs: &[&[Sign::Token]],
    weakness: None,
    example: example!("A02-backup-that-is-not-read.page", "notify.deluge.bak"),
    looks: &[Look::Unread(report)],
};

/// A finding where the file names an authtoken first.
fn report(sink: &mut FindingSink<'_>) {
    let (places, most) = beside::named_tokens(sink.source.path(), sink.source.text());
    let Some((place, more)) = places.split_first() else { return };
    let times = match more.len() {
        0 => String::new(),
        1 => ", and in another place".to_owned(),
        more => format!(", and in {more} other places"),
    };
    let new = NewFinding {
        rule: Rule::UnreadFile,
        applicability: Applicability::Manual,
        range: place.range,
        message: format!("this file names an authtoken beside a Zoho host here{times}, and was not read as Deluge"),
        notes: vec![
            "name the file to read it, add it to `[files] include` in authshift.toml, exclude it there, or delete it"
                .to_owned(),
        ],
    };
    sink.add_at_most(new, None, None, most);
}
