//! What the text of a URL may begin with: the host, the path, and the query as far as it can be seen.
//!
//! A variable has the values of the assignments that reach its read, and no others:
//!
//! ```text
//! base = "https://desk.zoho.eu";
//! if(test)
//! {
//!     base = settings.get("sandbox");
//! }
//! url = base + "/api/v1/tickets";      // "https://desk.zoho.eu/api/v1/tickets", or "…/api/v1/tickets"
//! url = url + "?limit=" + limit;       // the same two: the query does not tell them apart
//! r = getUrl(url);
//! url = "https://example.com";         // says nothing of the request before it
//! ```
//!
//! Behind the host and the first segment of the path, which name the service, variables that have several values are followed
//! only while there are few of these. Whatever is not followed, for one bound or another, is a part that cannot be seen
//! ([`UNKNOWN`]); it is never left out.

use std::cmp::Ordering;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::bindings::Write;
use super::flow::Context;
use super::lists::all_items;
use super::pieces::{PieceKind, unfilled};
use super::reaching::WriteId;
use super::uses::looked_up;
use crate::deluge::{Kind, NodeId};
use crate::zoho::UNKNOWN;
use crate::zoho::target::split;

/// How many beginnings one text may have.
const MOST: usize = 1 << 10;

/// How many there may be for the sake of what stands behind the service.
const MOST_PATHS: usize = 8;

/// A text that is longer than this (bytes) does not go on: host, path and the first parameters are in front.
const MOST_TEXT: usize = 1 << 11;

/// How many assignments are followed for one request.
const MOST_WRITES: usize = 1 << 14;

/// How many are followed one into another.
const MOST_NESTED: usize = 1 << 12;

/// How many choices and look-ups stand one inside another.
const MOST_WITHIN: usize = 16;

/// What assignments were found to yield, for all requests of a file.
pub type Beginnings = HashMap<WriteId, Arc<[String]>>;

/// What the text of `expression` may begin with. Empty for a variable that is made of nothing but itself.
pub fn beginnings(context: Context<'_>, expression: NodeId, known: &mut Beginnings) -> Vec<String> {
    let mut search = Search {
        context,
        known,
        joins: HashMap::new(),
        through: Vec::new(),
        followed: 0,
        within: Vec::new(),
        left_out: None,
    };
    search.of(expression)
}

/// Assignments that reach a read, and what they yield together.
type Join = (Vec<WriteId>, Arc<[String]>);

struct Search<'a, 'k> {
    context: Context<'a>,
    known: &'k mut Beginnings,
    /// The last values that were found where several assignments reach a read, by the first of these.
    joins: HashMap<WriteId, Join>,
    /// The assignments that are being followed.
    through: Vec<WriteId>,
    followed: usize,
    /// The choices and look-ups that are being followed.
    within: Vec<NodeId>,
    /// The first of those of which something was left out because it is being followed already, so that what was found holds
    /// only for this way to it.
    left_out: Option<usize>,
}

impl Search<'_, '_> {
    fn of(&mut self, expression: NodeId) -> Vec<String> {
        let flow = self.context.short_flow(expression);
        let mut found = vec![String::new()];
        for leaf in flow.leaves() {
            let piece = leaf.piece;
            let is_name = self.context.tree.kind(piece.node) == Kind::Name;
            let only = match &piece.kind {
                PieceKind::Opaque { known: Some(known) } => known.into(),
                PieceKind::Opaque { known: None } if is_name && !found.iter().all(|text| has_query(text)) => {
                    found = joined(found, &self.name(piece.node));
                    continue;
                }
                PieceKind::Opaque { known: None } if !found.iter().all(|text| has_query(text)) => {
                    match (self.choices(piece.node), self.context.passed_on(piece.node)) {
                        (Some(choices), _) => {
                            self.within.push(piece.node);
                            let texts = choices.into_iter().flat_map(|choice| self.of(choice)).collect();
                            self.within.pop();
                            found = joined(found, &distinct(texts));
                        }
                        (_, Some((inner, markers))) => {
                            let mut texts = self.of(inner);
                            for marker in markers {
                                texts.iter_mut().for_each(|text| *text = text.replace(marker, &UNKNOWN.to_string()));
                            }
                            found = joined(found, &texts);
                        }
                        _ => found.iter_mut().for_each(|text| push(text, piece.at.of(&flow.text))),
                    }
                    continue;
                }
                _ => unfilled(piece.at.of(&flow.text)),
            };
            found.iter_mut().for_each(|text| push(text, &only));
            if found.len() > 1 && has_query(&only) {
                found = distinct(found);
            }
        }
        found
    }

    /// What an expression chooses from: `if(c,a,b)`, or an entry of a map. What comes round again is not seen.
    fn choices(&self, node: NodeId) -> Option<Vec<NodeId>> {
        if self.within.len() >= MOST_WITHIN || self.within.contains(&node) {
            return None;
        }
        let chosen = self.context.choices(node).map(<[_]>::to_vec).or_else(|| looked_up(self.context, node))?;
        (!chosen.is_empty()).then_some(chosen)
    }

    /// The values of a variable where it is read.
    fn name(&mut self, name: NodeId) -> Vec<String> {
        let reaching = self.context.scopes.reaching(name);
        let mut writes: Vec<Write> = reaching.flatten().copied().collect();
        writes.sort_by_key(|write| write.id);
        let ids: Vec<WriteId> = writes.iter().map(|write| write.id).collect();
        let around = self.left_out.take();
        // Behind a branch that writes it, a variable has the values that it had before, and one more.
        let before = ids.first().and_then(|first| self.joins.get(first)).filter(|(before, _)| ids.starts_with(before));
        let (known, mut found) = before.map_or((0, Vec::new()), |(ids, found)| (ids.len(), found.to_vec()));
        for write in writes.into_iter().skip(known) {
            found.extend(self.write(write));
            if found.len() > MOST {
                found = distinct(found);
            }
            if found.len() > MOST {
                found = distinct(found.into_iter().map(without_end).collect());
            }
            if found.len() > MOST {
                found.retain(|text| !text.starts_with(UNKNOWN));
                found.truncate(MOST / 2);
                found.push(UNKNOWN.to_string());
            }
        }
        let mut found = few_paths(distinct(found));
        if self.left_out.is_none()
            && let Some(&first) = ids.first().filter(|_| ids.len() > 1)
        {
            self.joins.insert(first, (ids, found.as_slice().into()));
        }
        self.left_out = self.left_out.into_iter().chain(around).min();
        if self.context.scopes.reaching(name).any(|write| write.is_none()) {
            found.push(UNKNOWN.to_string());
        }
        distinct(found)
    }

    fn write(&mut self, write: Write) -> Vec<String> {
        if let Some(known) = self.known.get(&write.id) {
            return known.to_vec();
        }
        // `u = u + "&a=b";` in a loop: what comes round again begins like what came first.
        if let Some(at) = self.through.iter().position(|&other| other == write.id) {
            self.left_out = Some(self.left_out.map_or(at, |other| other.min(at)));
            return Vec::new();
        }
        if self.through.len() >= MOST_NESTED || self.followed >= MOST_WRITES {
            self.left_out = Some(0);
            return vec![UNKNOWN.to_string()];
        }
        self.followed += 1;
        let around = self.left_out.take();
        let own = self.through.len();
        self.through.push(write.id);
        let target = self.context.tree.children(write.node).first();
        let found = match (write.value, write.appended, target) {
            (Some(value), ..) => self.of(value),
            // `u += "/a";` reads `u` as well.
            (None, Some(appended), Some(&target)) => {
                let before = self.name(target);
                joined(before, &self.of(appended))
            }
            // What a loop takes out of a list.
            _ => match self.context.tree.children(write.node) {
                &[_, list, ..] if self.context.tree.kind(write.node) == Kind::ForEach => {
                    let items = all_items(self.context, list).filter(|items| !items.is_empty());
                    let texts = items.map(|items| items.into_iter().flat_map(|item| self.of(item)).collect());
                    texts.unwrap_or_else(|| vec![UNKNOWN.to_string()])
                }
                _ => vec![UNKNOWN.to_string()],
            },
        };
        self.through.pop();
        // It begins like what came into the loop, and that was followed.
        self.left_out = self.left_out.filter(|&at| at < own);
        if self.left_out.is_none() {
            self.known.insert(write.id, found.as_slice().into());
        }
        self.left_out = self.left_out.into_iter().chain(around).min();
        found
    }
}

/// Lets `text` go on with `more`, as long as anybody looks at it.
fn push(text: &mut String, more: &str) {
    if text.len() < MOST_TEXT {
        text.push_str(more);
    } else if !text.ends_with(UNKNOWN) {
        text.push(UNKNOWN);
    }
}

/// Each text followed by each of `more`.
fn joined(texts: Vec<String>, more: &[String]) -> Vec<String> {
    if let [only] = more {
        let mut texts = texts;
        texts.iter_mut().for_each(|text| push(text, only));
        return if has_query(only) { distinct(texts) } else { texts };
    }
    let ways = texts.len() * more.len();
    let mut found = Vec::new();
    for text in texts {
        let most = if names_service(&text) { MOST_PATHS } else { MOST };
        if has_query(&text) || (ways > most && !more.is_empty()) {
            found.push(text + UNKNOWN.encode_utf8(&mut [0; 4]));
        } else {
            found.extend(more.iter().map(|more| {
                let mut text = text.clone();
                push(&mut text, more);
                text
            }));
        }
    }
    distinct(found)
}

/// One of each that are the same but for their queries.
fn distinct(mut texts: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.retain(|text| seen.insert(text.split(['?', '#']).next().unwrap_or("").to_owned()));
    texts
}

/// Of more than [`MOST_PATHS`] texts that tell the same service the first ones, and one that begins as all the others do.
fn few_paths(texts: Vec<String>) -> Vec<String> {
    if texts.len() <= MOST_PATHS {
        return texts;
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    for text in &texts {
        *counts.entry(service_of(text).to_owned()).or_default() += 1;
    }
    let mut found: Vec<String> = Vec::new();
    // How many of a service came so far, and where the one stands that begins as all the others do.
    let mut seen: HashMap<String, (usize, usize)> = HashMap::new();
    for text in texts {
        let service = service_of(&text);
        if counts.get(service).is_none_or(|&count| count <= MOST_PATHS) {
            found.push(text);
            continue;
        }
        let (count, place) = seen.entry(service.to_owned()).or_default();
        *count += 1;
        match (*count).cmp(&MOST_PATHS) {
            Ordering::Less => found.push(text),
            Ordering::Equal => {
                *place = found.len();
                found.push(text);
            }
            Ordering::Greater => {
                if let Some(shared) = found.get_mut(*place) {
                    let same = shared.chars().zip(text.chars()).take_while(|(one, other)| one == other);
                    shared.truncate(same.map(|(c, _)| c.len_utf8()).sum());
                    if !shared.ends_with(UNKNOWN) {
                        shared.push(UNKNOWN);
                    }
                }
            }
        }
    }
    distinct(found)
}

/// Of a text that tells the service what does so, else all of it.
fn service_of(text: &str) -> &str {
    let told = split(text).and_then(|(_, path)| {
        let first = path.strip_prefix('/')?;
        let end = first.find(['/', '?', '#'])?;
        text.get(..text.len() - first.len() + end + 1)
    });
    told.unwrap_or(if text.starts_with(UNKNOWN) { "" } else { text })
}

/// Of a text that tells the service, no more than that.
fn without_end(mut text: String) -> String {
    let told = service_of(&text).len();
    if told > 0 && told < text.len() {
        text.truncate(told);
        text.push(UNKNOWN);
    }
    text
}

fn has_query(text: &str) -> bool {
    text.contains(['?', '#'])
}

/// Whether what follows says nothing more of the service: the host and the first segment of the path are there, or it is
/// too late to see the host.
fn names_service(text: &str) -> bool {
    let path = split(text).map_or("", |(_, path)| path);
    text.starts_with(UNKNOWN) || path.trim_start_matches('/').contains(['/', '?', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deluge::{STACK_BYTES, parse};
    use crate::requests::bindings::Scopes;

    /// What `u` may begin with where it is read last; `*` stands for what cannot be seen.
    fn found(text: &str) -> Vec<String> {
        std::thread::scope(|scope| {
            let found = || found_here(text);
            std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, found).unwrap().join().unwrap()
        })
    }

    fn sorted(text: &str) -> Vec<String> {
        let mut texts = found(text);
        texts.sort();
        texts
    }

    fn found_here(text: &str) -> Vec<String> {
        let tree = parse(text).unwrap();
        let scopes = Scopes::of(text, &tree);
        let context = Context { text, tree: &tree, scopes: &scopes };
        let is_read = |&node: &NodeId| tree.kind(node) == Kind::Name && context.text_of(node) == "u";
        let read = tree.descendants(tree.root()).filter(is_read).rfind(|&node| scopes.reaching(node).next().is_some());
        let texts = beginnings(context, read.unwrap(), &mut Beginnings::default());
        texts.into_iter().map(|text| text.replace(UNKNOWN, "*")).collect()
    }

    /// A statement for each of so many values of `c`.
    fn branches(count: usize, statement: &str) -> String {
        (0..count).map(|at| format!("if(c == {at}) {{ {} }} ", statement.replace('#', &at.to_string()))).collect()
    }

    #[test]
    fn only_what_reaches_the_read_counts() {
        assert_eq!(sorted(r#"u = "https://a/b"; info u; u = "https://c/d";"#), ["https://a/b"]);
        assert_eq!(sorted(r#"u = "https://a/b"; u = v + "/d"; info u;"#), ["*/d"]);
        assert_eq!(sorted(r#"u = "https://a/b"; if(c) { u = "https://c/d"; return; } info u;"#), ["https://a/b"]);
        assert_eq!(sorted(r#"if(c) { u = "https://a/b"; } else { u = f(); } info u;"#), ["*", "https://a/b"]);
        assert_eq!(sorted(r#"if(c) { u = "https://a/b"; } info u;"#), ["*", "https://a/b"]);
        assert_eq!(sorted(r#"u = "https://a/b"; %% u ; info u;"#), ["*"]);
        assert_eq!(sorted(r#"for each u in l { info u; }"#), ["*"]);
        assert_eq!(sorted(r#"u = u; info u;"#), ["*"]);
    }

    /// What is shown of a request is the first of them.
    #[test]
    fn what_can_be_seen_comes_first() {
        let text = r#"if(c) { p = "/one"; } else if(d) { p = "/two"; } u = "https://a/b" + p; info u;"#;
        assert_eq!(found(text), ["https://a/b/one", "https://a/b/two", "https://a/b*"]);
    }

    #[test]
    fn what_is_appended_leaves_the_beginning_as_it_was() {
        assert_eq!(found(r#"u = "https://a/b"; u += "?c=" + d; info u;"#), ["https://a/b?c=*"]);
        assert_eq!(found(r#"u = "https://a/b?"; for each i in l { u = u + "&c=" + i; } info u;"#), ["https://a/b?"]);
        for (count, ways) in [(1, 1), (9, 1), (40, 1), (300, 1)] {
            let text = format!(r#"u = "https://a/b?c=d"; {}info u;"#, branches(count, r#"u = u + "&p#=1";"#));
            let found = found(&text);
            let hosts: HashSet<&str> = found.iter().map(|text| text.get(..8).unwrap_or("")).collect();
            assert!(found.contains(&"https://a/b?c=d".to_owned()) && hosts.len() >= ways, "{count}: {found:?}");
        }
        let long = r#"u = u + "&c=" + d;"#.repeat(1000);
        assert!(found(&format!(r#"u = "https://a/b?"; {long} info u;"#))[0].starts_with("https://a/b?&c=*"));
    }

    #[test]
    fn each_host_counts_at_any_number() {
        for count in [1, 8, 60] {
            let hosts = branches(count, r##"h = "h#.example";"##);
            let text = format!(r#"h = "h.example"; {hosts}u = "https://" + h + "/a"; info u;"#);
            assert_eq!(found(&text).len(), count + 1);
        }
    }

    #[test]
    fn a_bound_that_is_reached_means_a_host_that_cannot_be_seen() {
        let hosts = branches(1_100, r##"u = "https://h#/a";"##);
        assert!(found(&format!(r#"u = "https://h/a"; {hosts}info u;"#)).contains(&"*".to_owned()));
        let chain: String = (1..90_000).map(|at| format!(r#"v{at} = v{} + "a";"#, at - 1)).collect();
        assert!(found(&format!(r#"v0 = "https://a/b?"; {chain}u = v89999; info u;"#))[0].starts_with('*'));
    }

    #[test]
    fn few_paths_are_told_apart() {
        let text = |count: usize| {
            let paths = branches(count, r##"p = "p#";"##);
            format!(r#"p = "p"; {paths}u = "https://a/b/" + p + "/c"; info u;"#)
        };
        assert_eq!(found(&text(1)), ["https://a/b/p/c", "https://a/b/p0/c"]);
        assert_eq!(found(&text(9)), ["https://a/b/*/c"]);
        // A path that grows on each of many ways is told apart no more often, and no longer than it takes.
        let grown = branches(300, r#"u = u + "/" + a;"#);
        let grown = found(&format!(r#"u = "https://a/b"; {grown}info u;"#));
        assert!(grown.len() <= MOST_PATHS + 1 && grown.contains(&"https://a/b".to_owned()), "{grown:?}");
    }
}
