//! Whether a text in which addresses were changed (row E2) holds what was promised: each request that was meant to goes to
//! the new address of the same service in the same data centre, and nothing else that is sent is different.
//!
//! Written apart from the migration on purpose: here only the texts before and after are looked at.

use std::collections::BTreeSet;

use foldhash::HashSet;

use super::broken::Broken;
use super::check::{Flaws, reread};
use crate::deluge::NodeId;
use crate::project::part::Part;
use crate::requests::call::Call;
use crate::requests::calls;
use crate::requests::flow::Context;
use crate::requests::request::{Request, Slot};
use crate::zoho;
use crate::zoho::target::split;

/// A URL: what stands before its host, the host in lower case, and the rest. A text without a host is all rest.
type Url = (String, String, String);

/// Compares every request before and after; `moved` are those whose address was changed.
pub(super) fn verify(old: Context<'_>, moved: &HashSet<NodeId>, new: &Part<'_>) -> Result<(), Broken> {
    let before = calls(old);
    let comparison = |new: Context<'_>, after: &[Box<Call>]| {
        for (index, (was, is)) in before.iter().zip(after).enumerate() {
            check(old, was, new, is, moved.contains(&was.request.node))
                .map_err(|reason| Broken::Call(index, reason))?;
        }
        Ok(())
    };
    reread(new, Flaws::of(old.tree), before.len(), Vec::new(), comparison).map(|_| ())
}

fn check(old: Context<'_>, was: &Call, new: Context<'_>, is: &Call, moved: bool) -> Result<(), &'static str> {
    let (was, is) = (&was.request, &is.request);
    if around_url(old, was) != around_url(new, is) || sent(old, was) != sent(new, is) {
        return Err("more than the address of a request would change");
    }
    let (before, after) = (urls(old, was), urls(new, is));
    let expected = if moved { before.into_iter().map(at_new_address).collect() } else { Some(before) };
    match expected {
        Some(expected) if expected == after => Ok(()),
        _ if moved => Err("a request would not get the new address of the same service and data centre"),
        _ => Err("a request would get another address that was not meant to"),
    }
}

/// The text of a request but for its URL.
fn around_url<'a>(context: Context<'a>, request: &Request) -> (&'a str, &'a str) {
    let text = request.range.of(context.text);
    let Some(url) = request.url.map(|slot| context.tree.range(slot.value)) else { return (text, "") };
    let at = |offset: usize| offset.saturating_sub(request.range.start());
    (text.get(..at(url.start())).unwrap_or(""), text.get(at(url.end())..).unwrap_or(""))
}

/// What the request sends beside its URL, as far as it is a text.
fn sent(context: Context<'_>, request: &Request) -> Vec<BTreeSet<String>> {
    let texts = |slot: &Slot| context.literal_flows(slot.value).into_iter().map(|flow| flow.text).collect();
    request.bodies.iter().chain(&request.headers).map(texts).collect()
}

fn urls(context: Context<'_>, request: &Request) -> BTreeSet<Url> {
    let Some(url) = request.url else { return BTreeSet::new() };
    context.literal_flows(url.value).into_iter().map(|flow| taken_apart(&flow.text)).collect()
}

fn taken_apart(url: &str) -> Url {
    let Some((host, rest)) = split(url) else { return (String::new(), String::new(), url.to_owned()) };
    let end = url.len() - rest.len();
    let start = end.saturating_sub(host.len());
    (url.get(..start).unwrap_or("").to_owned(), host, rest.to_owned())
}

/// The URL at the new address of its service, in the same data centre; one that begins with a value which is not known
/// stays as it is. `None` for a URL to anything else than an old address.
fn at_new_address((scheme, host, path): Url) -> Option<Url> {
    if host.is_empty() {
        return Some((scheme, host, path));
    }
    let (old_host, old_path) = (host.as_str(), path.as_str());
    let moved = zoho::moved(old_host, old_path)?;
    let (_, version) = moved.old.split_once('/')?;
    let (new_host, new_version) = moved.new.split_once('/')?;
    let rest = old_path.strip_prefix('/')?.strip_prefix(version)?;
    let new_path = format!("/{new_version}{rest}");
    let same = zoho::place(old_host, old_path) == zoho::place(new_host, &new_path);
    (same && moved.data_center.is_some()).then(|| (scheme, new_host.to_owned(), new_path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deluge::parse;
    use crate::requests::bindings::Scopes;

    /// Whether `new` holds what was promised when the address of the first request of `old` was to change.
    fn holds(old: &str, new: &str) -> bool {
        let tree = parse(old).unwrap();
        let scopes = Scopes::of(old, &tree);
        let context = Context { text: old, tree: &tree, scopes: &scopes };
        let first = calls(context).first().unwrap().request.node;
        let part = Part::of_file(new, parse(new).unwrap());
        verify(context, &HashSet::from_iter([first]), &part).is_ok()
    }

    #[test]
    fn only_the_address_may_change_and_only_to_that_of_the_same_service_and_data_center() {
        let old = r#"d = "https://books.zoho.eu"; r = invokeurl [url: d + "/api/v3/items?a=1&b=" + x type: POST parameters: p + d2 connection: "c"]; s = invokeurl [url: d2 + "/x" connection: "c"];"#;
        let new = old.replace("books.zoho.eu", "www.zohoapis.eu").replace("/api/v3", "/books/v3");
        assert!(holds(old, &new));
        assert!(holds(old, &new.replace("www.zohoapis.eu", "www.zohoapis.EU")));
        assert!(!holds(old, old), "it did not change");
        for (from, to) in [
            ("zohoapis.eu", "zohoapis.com"),
            ("/books/v3", "/invoice/v3"),
            ("/books/v3", "/books/v4"),
            ("/books/v3", "/api/v3"),
            ("www.", ""),
            ("https:", "http:"),
            ("/items", "/item"),
            ("a=1&", ""),
            ("\" + x", "\" + y + x"),
            ("POST", "GET"),
            ("p + d2", "p + \"\" + d"),
            ("\"c\"];", "\"d\"];"),
            ("d2 + \"/x\"", "d + \"/x\""),
            ("d2 + \"/x\"", "d2 + \"/y\""),
        ] {
            let wrong = new.replacen(from, to, 1);
            assert_ne!(wrong, new, "{from}");
            assert!(!holds(old, &wrong), "{wrong}");
        }
    }

    #[test]
    fn a_request_that_was_not_meant_to_keeps_its_address() {
        let old = r#"a = invokeurl [url: "https://books.zoho.com/api/v3/a" connection: "c"]; u = "https://invoice.zoho.com/api/v3/b"; b = invokeurl [url: u connection: "c"];"#;
        let new = old.replacen("books.zoho.com/api", "www.zohoapis.com/books", 1);
        assert!(holds(old, &new));
        assert!(!holds(old, &new.replacen("invoice.zoho.com/api", "www.zohoapis.com/invoice", 1)));
    }
}
