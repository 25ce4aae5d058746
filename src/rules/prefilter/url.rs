//! Addresses that are recognised without parsing. The names of old hosts stand in many texts that are no addresses of an API:
//! `get("Invoice")`, or a link to a record, `"https://crm.zoho.com/crm/org1/tab/Leads/"`.

use std::ops::Range;

use memchr::memmem;

use super::goes_on;
use crate::zoho::HOST_ENDS;

/// Whether the word at `host` may be a host of Zoho's with one of the `paths` behind it, as far as the literal around it says:
/// what it leaves open may stand in another one.
pub(super) fn may_lead(text: &[u8], folded: &[u8], host: Range<usize>, paths: &[&str]) -> bool {
    let (before, behind) = (text.get(..host.start).unwrap_or(b""), text.get(host.end..).unwrap_or(b""));
    if !begins_host(before) {
        return false;
    }
    match behind {
        // The domain is in another literal.
        [b'"' | b'\'', ..] => has_domain(text),
        [b'.', b'"' | b'\'', ..] => true,
        [b'.', b'z' | b'Z', ..] if HOST_ENDS.iter().any(|end| goes_on(behind, 0, end)) => {
            let rest = run(behind, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
            let rest = rest.strip_prefix(b":").map_or(rest, |port| run(port, |byte| byte.is_ascii_digit()));
            // What stands in the path may be the marker of a template.
            paths.iter().any(|path| may_go_on(rest, path)) || has_templates(folded)
        }
        _ => false,
    }
}

/// Whether a host may begin behind this. A letter may be the end of an escape.
fn begins_host(before: &[u8]) -> bool {
    const LONGEST_ESCAPE: usize = 6;
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    !before.last().is_some_and(is_part) || before.iter().rev().take(LONGEST_ESCAPE).any(|&byte| byte == b'\\')
}

/// Whether a literal may be what follows the name of a host: `".zoho.com"`, or just the dot.
fn has_domain(text: &[u8]) -> bool {
    [b"\".", b"'."].iter().any(|begin| {
        let mut begins = memmem::find_iter(text, begin);
        begins.any(|at| matches!(text.get(at + begin.len()), Some(b'z' | b'Z' | b'"' | b'\'')))
    })
}

/// Whether texts are made of others by putting something in: `"https://books.zoho.com/PATH".replaceAll("PATH",path)`.
fn has_templates(folded: &[u8]) -> bool {
    [&b"replaceall"[..], b"replacefirst"].iter().any(|name| memmem::find(folded, name).is_some())
}

/// What follows the bytes of a class.
fn run(text: &[u8], is_of_class: impl Fn(u8) -> bool) -> &[u8] {
    let end = text.iter().position(|&byte| !is_of_class(byte)).unwrap_or(text.len());
    text.get(end..).unwrap_or(b"")
}

/// Whether a URL that goes on like this behind its host may have a path that begins with `path`. Where the literal ends, or says
/// what is no path as it stands, that is left open.
fn may_go_on(mut rest: &[u8], path: &str) -> bool {
    let is_open = |rest: &[u8]| !rest.first().is_some_and(|&byte| is_plain(byte));
    for segment in path.split('/') {
        let inside = run(rest, |byte| byte == b'/');
        if inside.len() == rest.len() {
            return is_open(rest);
        }
        rest = inside;
        for wanted in segment.bytes() {
            match rest {
                [byte, more @ ..] if byte.eq_ignore_ascii_case(&wanted) => rest = more,
                _ => return is_open(rest),
            }
        }
    }
    true
}

/// Whether a byte stands for itself in a path, or ends it.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/' | b'?' | b'#' | b'&' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_lead_to(text: &str, host: &str, paths: &[&str]) -> bool {
        let at = text.find(host).unwrap();
        may_lead(text.as_bytes(), &super::super::folded(text), at..at + host.len(), paths)
    }

    #[test]
    fn an_address_is_told_from_other_texts() {
        for text in [
            "\"https://crm.zoho.com/crm/v3/Leads\"",
            "\"https://crm.zoho.com.cn:443//crm//v3/Leads\"",
            "\"https://crm.zoho.com/CRM/V3/Leads\"",
            "\"https://crm.zoho.com/crm/\" + version",
            "\"https://crm.zoho.com/cr\" + rest",
            "\"https://crm.zoho.\" + domain",
            "\"https://crm.\" + domain",
            "\"https://crm\" + \".zoho.com\"",
            "\"https://crm\" + \".\" + domain",
            "\"https://crm.zoho.com/\\u0063rm/v3\"",
            "\"https:\\u002f\\u002fcrm.zoho.com/crm/v3\"",
            "\"https://crm.zoho.com/{0}/Leads\"",
            "\"https://crm.zoho.com/PATH/Leads\".REPLACEALL(\"PATH\",path)",
        ] {
            assert!(may_lead_to(text, "crm", &["crm/v", "crm/bulk"]), "{text}");
        }
        for text in [
            "\"https://crm.zoho.com/crm/org1/tab/Leads/\"",
            "\"https://crm.zoho.com/crmplus/v3\"",
            "\"https://crm.zoho.com?a=b\"",
            "\"https://crm.zoho.com/#crm/v3\"",
            "\"https://my-crm.zoho.com/crm/v3\"",
            "m.get(\"crm\") + \".pdf\"",
            "zoho.crm.getRecords()",
        ] {
            assert!(!may_lead_to(text, "crm", &["crm/v", "crm/bulk"]), "{text}");
        }
    }
}
