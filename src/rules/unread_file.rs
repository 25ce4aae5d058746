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
//! ## Example
//! fixture: A02-backup-that-is-not-read
//!
//! ## Fix safety
//! Never fixed.
//!
//! By hand:
//! - Is it Deluge? Name the file on the command line, or add it to `[files] include` in `authshift.toml`.
//! - Is it code of an app? It needs OAuth of its own.
//! - Is it neither? Delete it, or add it to `[files] exclude`.

use super::{FindingSink, NewFinding};
use crate::census::beside::NamedToken;
use crate::finding::{Applicability, Rule, Severity};

pub(super) fn report(sink: &mut FindingSink<'_>, place: &NamedToken, more: usize, most: Severity) {
    let times = match more {
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
