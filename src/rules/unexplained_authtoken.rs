//! # unexplained-authtoken
//!
//! an unexplained sign of a token
//!
//! ## What it finds
//! The name of an authtoken as a parameter, a key or an element, `Zoho-authtoken` and `Zoho-oauthtoken`, the address that
//! makes authtokens, and secrets of OAuth, where no other finding is about them.
//!
//! authshift searches the text for them apart from all analysis. It dismisses what is plainly no token: a request to another
//! vendor, a text for people, the name of a variable. `-v` and JSON list what was dismissed, and why.
//!
//! ## Why
//! Code may send a token in a way that authshift cannot trace. Such a file must not look clean.
//!
//! ## Fix safety
//! Never fixed.
//!
//! By hand: look where the value goes. If a Zoho service gets it, remove it and add a Connection. If not, say so
//! with `// authshift-ignore unexplained-authtoken: reason`.

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{AnyFile, Look};
use super::sink::{FindingSink, NewFinding};
use crate::census::SignKind;
use crate::finding::{Applicability, Rule, Severity};

pub(super) static RULE: Declaration = Declaration {
    place: 170,
    severity: Severity::Error,
    fixable: Fixable::No,
    comments: true,
    needs: &[&[Sign::Token], &[Sign::Secret]],
    weakness: None,
    example: example!("A01-passed-to-a-function.page", "before.deluge"),
    looks: &[Look::AnyFile(report)],
};

fn report(sink: &mut FindingSink<'_>, file: &AnyFile<'_>) {
    for sign in file.left {
        let new = NewFinding {
            rule: Rule::UnexplainedAuthtoken,
            applicability: Applicability::Manual,
            range: sign.range,
            message: format!("{} is here, and authshift cannot trace what happens to it", sign.kind.name()),
            notes: vec![
                "if Zoho gets it, remove the token and add a Connection; if not, add `// authshift-ignore unexplained-authtoken: reason`"
                    .to_owned(),
            ],
        };
        let most = if sign.kind == SignKind::AccessScheme { Severity::Warning } else { Severity::Error };
        sink.add_at_most(new, None, None, most);
    }
}
