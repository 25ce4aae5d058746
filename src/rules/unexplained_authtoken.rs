//! # unexplained-authtoken
//!
//! an unexplained sign of a token
//!
//! ## What it finds
//! The name of an authtoken as a parameter, a key or an element, `Zoho-authtoken` and `Zoho-oauthtoken`, the address that
//! makes authtokens, and secrets of OAuth, where no other finding is about them.
//!
//! The text is searched for them whatever authshift understands of the code. What plainly tells nothing is none: a request
//! to another vendor, a text for people, the name of a variable. `-v` and JSON list what was dismissed, and why.
//!
//! ## Why
//! Code may send a token in a way that authshift does not follow. Such a file must not look clean.
//!
//! ## Example
//! fixture: A01-passed-to-a-function
//!
//! ## Fix safety
//! Never fixed.
//!
//! By hand: look where the value goes. If a service of Zoho's gets it, take it out and name a Connection. If not, say so
//! with `// authshift-ignore unexplained-authtoken: reason`.

use super::{Draft, Maker};
use crate::census::{Kind, Sign};
use crate::finding::{Applicability, Rule, Severity};

pub(super) fn report(maker: &mut Maker<'_>, left: &[Sign]) {
    for sign in left {
        let draft = Draft {
            rule: Rule::UnexplainedAuthtoken,
            applicability: Applicability::Manual,
            range: sign.range,
            message: format!("{} stands here, and it is not seen what becomes of it", sign.kind.name()),
            notes: vec![
                "if Zoho gets it, take the token out and name a Connection; if not, add `// authshift-ignore unexplained-authtoken: reason`"
                    .to_owned(),
            ],
        };
        let most = if sign.kind == Kind::AccessScheme { Severity::Warning } else { Severity::Error };
        maker.add_at_most(draft, None, None, most);
    }
}
