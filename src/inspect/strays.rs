//! Tokens that no request claimed: in links, maps, markup, comments, and in code that was not understood.

use std::collections::BTreeSet;

use foldhash::{HashSet, HashSetExt};

use super::hardcoded::{Literals, Seen, goes_elsewhere, trace};
use super::unsent::Unsent;
use super::{Hardcoded, Inspection, Stray};
use crate::census::names::{TOKEN_NAMES, mentions_authtoken, token_name};
use crate::deluge::page::Page;
use crate::deluge::{Kind, NodeId};
use crate::requests::bindings::{filled, string_content};
use crate::requests::call::Call;
use crate::requests::chain::method_call;
use crate::requests::flow::Context;
use crate::requests::header::starts_with_scheme;
use crate::requests::occurrence::{Carrier, Leaves, Site, occurrence};
use crate::requests::params::{ParamContext, json_members, params, xml_elements};
use crate::requests::pieces::source_offset;
use crate::text::secret::{Secrets, is_placeholder, is_token_shaped, shapes};
use crate::text::source::TextRange;
use crate::zoho::target::{self, Owner};

impl Inspection<'_> {
    /// What no call claimed: strings, map entries, comments, and regions that were not understood.
    pub(super) fn find_strays(&mut self, others: &[Box<Call>]) {
        let context = self.context;
        let tree = context.tree;
        let all = || self.concerns.iter().map(|concern| &concern.call).chain(others);
        let mut claimed: Vec<NodeId> = Vec::new();
        for call in all() {
            // Requests on one value claim the same.
            if !claimed.ends_with(&call.carriers.claimed) {
                claimed.extend_from_slice(&call.carriers.claimed);
            }
        }
        claimed.sort_unstable();
        let is_claimed = |node: NodeId| claimed.binary_search(&node).is_ok();
        let mut elsewhere: Vec<TextRange> = others.iter().map(|call| call.request.range).collect();
        elsewhere.sort_unstable();
        let mut own: Vec<TextRange> = self.concerns.iter().map(|concern| concern.call.request.range).collect();
        own.sort_unstable();
        let mut requests = [own.as_slice(), elsewhere.as_slice()].concat();
        requests.sort_unstable();
        let mut sums = HashSet::new();
        let mut found = StrayFinds::default();
        let sent = self.concerns.iter().flat_map(|concern| concern.call.occurrences());
        found.maps.send(context, sent.flat_map(|it| it.tokens.iter().copied()).collect());
        for node in tree.descendants(tree.root()) {
            let around_at = |node: NodeId| match tree.range(node) {
                range if meets(&own, range) => Around::Ours,
                range if meets(&elsewhere, range) => Around::Others,
                _ => Around::Nothing,
            };
            let around = || around_at(node);
            match tree.kind(node) {
                Kind::String if !is_claimed(node) => {
                    if self.tokens_named.any_in(tree.range(node)) {
                        let sum = outermost_sum(context, node);
                        if sums.insert(sum) {
                            let earlier = found.counts();
                            stray_text(context, sum, (around(), &requests), &mut found);
                            found.drop_unsent(context, (sum, sum), earlier, around());
                        }
                    } else if let Some(token) = lone_token(context, node)
                        && !goes_elsewhere(context, node, (around() == Around::Others, others))
                    {
                        found.hardcoded.push(token);
                    }
                }
                Kind::Entry if !is_claimed(node) && around() != Around::Others => {
                    if let [key, value] = tree.children(node) {
                        let earlier = found.counts();
                        stray_entry(context, node, *key, *value, around(), &mut found);
                        found.drop_unsent(context, (node, *value), earlier, around());
                    }
                }
                // `m.put(key, value)`
                Kind::Call if tree.children(node).len() == 2 => {
                    let links = tree.parent(node).map_or(&[][..], |chain| tree.children(chain));
                    if let &[name, _, call] = links
                        && call == node
                        && tree.kind(name) == Kind::Name
                        && let Some((chain, method, [key, value])) = method_call(context, name)
                        && method.get(..3).is_some_and(|begin| begin.eq_ignore_ascii_case("put"))
                        && !is_claimed(chain)
                    {
                        let earlier = found.counts();
                        stray_entry(context, chain, *key, *value, around_at(name), &mut found);
                        found.drop_unsent(context, (chain, *value), earlier, around_at(name));
                    }
                }
                Kind::Definition => stray_definition(context.text, tree.range(node), &mut found),
                Kind::Page => stray_document(context.text, tree.range(node), &mut found),
                _ => {}
            }
        }
        for &range in tree.opaque() {
            stray_words(context, range, &mut found);
        }
        stray_markup(context, &mut found);
        for &range in tree.comments().iter().filter(|&&range| self.tokens_named.any_in(range)) {
            stray_comment(context.text, range, &mut found);
        }
        let mut seen = Seen::default();
        let mut literals = Literals::default();
        found.tokens.iter().for_each(|&token| trace(context, token, &mut seen, &mut literals));
        self.add_hardcoded(literals);
        let mut written: Vec<TextRange> = self.hardcoded.iter().map(|hardcoded| hardcoded.range).collect();
        written.sort_unstable();
        let mut known: Vec<TextRange> = self
            .concerns
            .iter()
            .flat_map(|concern| concern.call.occurrences())
            .map(|occurrence| occurrence.range)
            .collect();
        known.sort_unstable();
        found.hardcoded.retain(|range| !meets(&written, *range) && !meets(&known, *range));
        self.hardcoded.extend(found.hardcoded.into_iter().map(Hardcoded::text));
        self.hardcoded.sort_by_key(|hardcoded| hardcoded.range);
        self.hardcoded.dedup_by_key(|hardcoded| hardcoded.range);
        found.strays.retain(|stray| !meets(&known, stray.range));
        found.strays.sort_by_key(|stray| stray.range);
        found.strays.dedup_by_key(|stray| stray.range);
        self.strays = found.strays;
        self.unsent = found.unsent;
        self.secrets.merge(&found.secrets);
    }
}

/// Whether one of the sorted ranges shares a byte with `range`. Ranges may nest one deep, not more.
fn meets(sorted: &[TextRange], range: TextRange) -> bool {
    let end = sorted.partition_point(|one| one.start() < range.end());
    sorted.get(..end).unwrap_or(&[]).iter().rev().take(8).any(|one| one.intersects(range))
}

impl Stray {
    fn authtoken(carrier: Carrier, range: TextRange, reason: &'static str) -> Self {
        Self { carrier, range, reason, access: false }
    }
}

#[derive(Default)]
struct StrayFinds {
    strays: Vec<Stray>,
    hardcoded: Vec<TextRange>,
    /// Expressions that yield a token which goes to Zoho.
    tokens: Vec<NodeId>,
    secrets: Secrets,
    /// What goes into a map that nothing sends.
    unsent: Vec<TextRange>,
    /// Which maps those are.
    maps: Unsent,
}

impl StrayFinds {
    /// How much was found.
    fn counts(&self) -> (usize, usize) {
        (self.strays.len(), self.hardcoded.len())
    }

    /// Drops what was found at `node` since there were `earlier` ones, when it is put into a map that nothing sends. The token
    /// that `value` has is one in the code all the same.
    fn drop_unsent(
        &mut self,
        context: Context<'_>,
        (node, value): (NodeId, NodeId),
        earlier: (usize, usize),
        around: Around,
    ) {
        if self.counts() == earlier || around != Around::Nothing || !self.maps.holds(context, node) {
            return;
        }
        if self.strays.drain(earlier.0..).any(|stray| !stray.access) {
            let range = context.tree.range(value);
            let written = |(start, end)| TextRange::new(range.start() + start, range.start() + end);
            let mut shapes = authtoken_shapes(range.of(context.text)).map(written).peekable();
            // A token of another shape is what follows the scheme.
            let last = string_content(context.text, context.tree, value).filter(|_| shapes.peek().is_none()).and_then(
                |content| {
                    let words = content.of(context.text).trim_end();
                    let (before, word) = words.rsplit_once(' ')?;
                    let start = content.start() + before.len() + 1;
                    (!is_placeholder(word)).then(|| TextRange::new(start, start + word.len()))
                },
            );
            self.hardcoded.extend(shapes.chain(last));
            self.tokens.push(value);
        }
        self.unsent.push(context.tree.range(node));
    }
}

/// What a string or an entry that no request claimed stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    /// A request that this tool is about.
    Ours,
    /// A request to somebody else.
    Others,
    /// No request.
    Nothing,
}

impl Around {
    /// Why nothing is edited.
    fn reason(self) -> &'static str {
        match self {
            Around::Ours => {
                "authshift cannot trace how the token gets into this request; remove it by hand and add `connection:`"
            }
            Around::Others => "this URL is sent to somebody else; replace it with one that needs no token",
            Around::Nothing => "no request in this function is known to send this text; remove the token by hand",
        }
    }
}

/// What a header with an authtoken, and one with an access token, begins with.
const TOKEN_WORDS: [(&str, bool); 2] = [("zoho-authtoken", false), ("zoho-oauthtoken", true)];

/// The sum that a literal is an operand of, with the sums around that one.
fn outermost_sum(context: Context<'_>, literal: NodeId) -> NodeId {
    let tree = context.tree;
    let joins = |node: NodeId| context.is_sum(node) || tree.kind(node) == Kind::Paren;
    let mut node = literal;
    while let Some(parent) = tree.parent(node).filter(|&parent| joins(parent)) {
        node = parent;
    }
    node
}

/// Tokens in a text that no request claimed: a link in a mail, code kept in a string, a header that goes nowhere.
fn stray_text(
    context: Context<'_>,
    expression: NodeId,
    (around, requests): (Around, &[TextRange]),
    found: &mut StrayFinds,
) {
    let flow = context.flow(expression);
    let goes_on = || {
        let parent = context.tree.parent(expression).map(|parent| context.tree.kind(parent));
        matches!(parent, Some(Kind::Binary | Kind::Chain))
    };
    let leaves = Leaves::of(&flow);
    let members = json_members(&flow.text).into_iter().chain(xml_elements(&flow.text));
    for member in members.filter(|_| around != Around::Others) {
        let occurrence = occurrence(context, Carrier::Parameters, &leaves, member, Site::Elsewhere);
        found.tokens.extend(occurrence.tokens.iter().copied());
        if let Some(literal) = occurrence.literal {
            found.secrets.add(literal.of(context.text));
        }
        let goes = around == Around::Nothing && goes_into(context, expression, requests);
        let reason = if goes { INTO_REQUEST } else { around.reason() };
        found.strays.push(Stray::authtoken(Carrier::Parameters, occurrence.range, reason));
    }
    let lower = flow.text.to_ascii_lowercase();
    if around != Around::Others && lower.contains("<authtoken>") && xml_elements(&flow.text).is_empty() {
        let range = context.tree.range(expression);
        found.strays.push(Stray::authtoken(Carrier::Parameters, range, around.reason()));
    }
    for param in params(&flow.text, ParamContext::Loose) {
        let before = flow.text.get(..param.name.start()).unwrap_or("");
        let owner = governing_host(before);
        let occurrence = occurrence(context, Carrier::Query, &leaves, param, Site::Elsewhere);
        let value = param.value.of(&flow.text).trim();
        // Prose mentions `authtoken=` as well: without a host, only what looks like a query counts.
        let relevant = param.regular || is_token_shaped(value) || owner == Owner::Zoho;
        let empty = value.is_empty() && !(param.value.end() == flow.text.len() && goes_on());
        let theirs = owner == Owner::Other || (around == Around::Others && owner != Owner::Zoho);
        if theirs || (occurrence.underscore && owner != Owner::Zoho) || empty || !relevant {
            if let Some(literal) = occurrence.literal.filter(|literal| is_token_shaped(literal.of(context.text)))
                && tail(before).to_ascii_lowercase().contains("zoho")
                && theirs
            {
                found.hardcoded.push(literal);
            }
            continue;
        }
        let lower = tail(before).to_ascii_lowercase();
        let code = ["geturl", "posturl", "puturl", "invokeurl", "invokeapi"].iter().any(|word| lower.contains(word));
        match occurrence.literal {
            Some(literal) if code => found.hardcoded.push(literal),
            literal => {
                if let Some(literal) = literal {
                    found.secrets.add(literal.of(context.text));
                }
                let reason = match around {
                    Around::Nothing if goes_into(context, expression, requests) => INTO_REQUEST,
                    Around::Nothing if owner == Owner::Zoho => {
                        "authshift sees no request that uses this URL; replace it with one that needs no token"
                    }
                    around => around.reason(),
                };
                found.tokens.extend(occurrence.tokens.iter().copied().filter(|_| owner == Owner::Zoho));
                found.strays.push(Stray::authtoken(Carrier::Query, occurrence.range, reason));
            }
        }
    }
    for (at, word, access) in token_words(&lower) {
        let value = flow.text.get(at + word.len()..).unwrap_or("");
        let next = value.trim_start().split([' ', '"', '\'', '&', ',']).next().unwrap_or("");
        // `Zoho-authtoken headers are gone` is prose.
        let last = value.trim_start().len() == next.len();
        if !next.is_empty() && (last || is_token_shaped(next) || next.contains(crate::zoho::UNKNOWN)) {
            let range = source_offset(&leaves.leaves, at).map_or(context.tree.range(expression), |start| {
                TextRange::new(start, context.tree.range(expression).end())
            });
            // The words are Zoho's, whoever gets them.
            let reason = if around == Around::Others { Around::Ours.reason() } else { around.reason() };
            found.strays.push(Stray { carrier: Carrier::Headers, range, reason, access });
        }
    }
}

/// Why nothing is edited in a text that comes into a request in another way.
const INTO_REQUEST: &str =
    "authshift cannot trace how a request gets this text; remove the token by hand and add `connection:` there";

/// What a text is assigned to more often than this is taken to come into a request.
const MOST_READS: usize = 256;

/// Whether one of the requests reads what `expression` is assigned or added to, perhaps through other variables or as an item
/// of a loop.
fn goes_into(context: Context<'_>, expression: NodeId, requests: &[TextRange]) -> bool {
    let Context { text, tree, scopes } = context;
    let (mut waiting, mut seen) = (vec![expression], HashSet::new());
    while let Some(node) = waiting.pop() {
        if seen.len() > MOST_READS || meets(requests, tree.range(node)) {
            return true;
        }
        let Some(statement) = tree.statement(node).filter(|&statement| seen.insert(statement)) else { continue };
        let target = match tree.kind(statement) {
            Kind::Assign | Kind::ForEach => tree.children(statement).first().copied(),
            // `urls.add("https://…");`
            Kind::Expression => tree.descendants(statement).find(|&name| filled(text, tree, name).is_some()),
            _ => None,
        };
        let Some((target, binding)) = target.and_then(|name| Some((name, scopes.binding(text, tree, name)?))) else {
            continue;
        };
        match binding.write_of(tree, statement) {
            Some(write) => waiting.extend(scopes.readers(write.id)),
            None => waiting.extend(binding.reads.iter().filter(|&&read| read != target)),
        }
    }
    false
}

/// Where the words of token headers stand in a text in lower case, and whether they are those of access tokens.
fn token_words(lower: &str) -> impl Iterator<Item = (usize, &str, bool)> {
    TOKEN_WORDS
        .into_iter()
        .flat_map(|(word, access)| lower.match_indices(word).map(move |(at, word)| (at, word, access)))
}

/// A literal with the shape of a token in a statement, or a function, that mentions authtokens.
fn lone_token(context: Context<'_>, literal: NodeId) -> Option<TextRange> {
    let tree = context.tree;
    let range = string_content(context.text, tree, literal).filter(|range| is_token_shaped(range.of(context.text)))?;
    let statement = tree.statement(literal).filter(|&node| {
        matches!(tree.kind(node), Kind::Assign | Kind::Expression | Kind::Return | Kind::Info | Kind::Command)
    });
    let function = tree.child(tree.scope(literal), Kind::FunctionName);
    let speaks = |node: Option<NodeId>| node.is_some_and(|node| mentions_authtoken(context.text_of(node)));
    (speaks(statement) || speaks(function)).then_some(range)
}

const IN_MARKUP: &str = "this link is in the HTML of a page; replace it with one that needs no token";

/// Tokens in the markup of a page: in links, in its scripts, and what a tag puts in where a token belongs.
fn stray_markup(context: Context<'_>, found: &mut StrayFinds) {
    let tree = context.tree;
    let mut tagged = BTreeSet::new();
    for &range in tree.markup() {
        let words = range.of(context.text);
        if !mentions_authtoken(words) {
            continue;
        }
        let earlier = found.strays.len();
        stray_links(context.text, range, IN_MARKUP, found);
        let links: Vec<TextRange> = found.strays.iter().skip(earlier).map(|stray| stray.range).collect();
        let at = |start: usize, end: usize| TextRange::new(range.start() + start, range.start() + end);
        // A tag follows, if it does, behind all of the markup: `authtoken=<%=`, `"authtoken": "<%=`, `Zoho-authtoken <%=`.
        let lead = words.strip_suffix("<%=").unwrap_or("").trim_end_matches([' ', '"', '\'', ':', '=']);
        let word = lead.len().saturating_sub("authtoken".len());
        if lead.get(word..).is_some_and(|last| last.eq_ignore_ascii_case("authtoken")) && mentions_authtoken(tail(lead))
        {
            let header = lead.get(..word).unwrap_or("").ends_with('-');
            let is_ours = header || governing_host(lead) == Owner::Zoho;
            if is_ours {
                tagged.insert(range.end());
            }
            if is_ours && !links.iter().any(|link| link.contains(range.start() + word)) {
                let carrier = if header { Carrier::Headers } else { Carrier::Parameters };
                let reason = "it is in the HTML of a page; remove it by hand";
                found.strays.push(Stray::authtoken(carrier, at(word, lead.len()), reason));
            }
        }
        for (start, end) in authtoken_shapes(words) {
            let line = tail(words.get(..start).unwrap_or("")).rsplit(['\n', '\r', ';', '>']).next().unwrap_or("");
            if mentions_authtoken(line) && !meets(&links, at(start, end)) && governing_host(line) != Owner::Other {
                found.hardcoded.push(at(start, end));
            }
        }
    }
    let shown = tree.of_kind(Kind::Expression);
    found.tokens.extend(shown.filter(|&node| {
        let start = tree.range(node).start();
        let before = tagged.range(..=start).next_back();
        before.is_some_and(|&end| TextRange::new(end, start).of(context.text).trim().is_empty())
    }));
}

/// Links with a token in what is no code.
fn stray_links(text: &str, range: TextRange, reason: &'static str, found: &mut StrayFinds) {
    let words = range.of(text);
    if !mentions_authtoken(words) {
        return;
    }
    for param in params(words, ParamContext::Loose) {
        if governing_host(words.get(..param.name.start()).unwrap_or("")) != Owner::Zoho {
            continue;
        }
        let at = param.name.cover(param.value);
        found.secrets.add(param.value.of(words));
        let range = TextRange::new(range.start() + at.start(), range.start() + at.end());
        found.strays.push(Stray::authtoken(Carrier::Query, range, reason));
    }
}

/// Tokens in what an export says of its forms: in a link, and as the first value of a field that is called after it.
fn stray_definition(text: &str, range: TextRange, found: &mut StrayFinds) {
    const REASON: &str = "this link is in the settings of the application; replace it with one that needs no token";
    let words = range.of(text);
    if !mentions_authtoken(words) {
        return;
    }
    let earlier = found.strays.len();
    stray_links(text, range, REASON, found);
    let links: Vec<TextRange> = found.strays.iter().skip(earlier).map(|stray| stray.range).collect();
    for (start, end) in shapes(words) {
        let before = tail(words.get(..start).unwrap_or(""));
        // Its own definition begins behind the one before.
        let own = before.rsplit([')', '}']).next().unwrap_or("");
        let at = TextRange::new(range.start() + start, range.start() + end);
        if mentions_authtoken(own) && !meets(&links, at) {
            found.hardcoded.push(at);
        }
    }
}

/// Links in the document of a page, besides the code in it, which is read as a part of its own.
fn stray_document(text: &str, range: TextRange, found: &mut StrayFinds) {
    if !mentions_authtoken(range.of(text)) {
        return;
    }
    let mut at = range.start();
    for page in Page::all_of(text, range) {
        stray_links(text, TextRange::new(at, page.range().start()), IN_MARKUP, found);
        at = page.range().end();
    }
    stray_links(text, TextRange::new(at, range.end()), IN_MARKUP, found);
}

/// The end of a text that may be megabytes long: what governs a place in it stands near.
fn tail(text: &str) -> &str {
    const NEAR: usize = 4096;
    let mut at = text.len().saturating_sub(NEAR);
    while !text.is_char_boundary(at) {
        at += 1;
    }
    text.get(at..).unwrap_or("")
}

/// The beginning of a text that may be megabytes long: what belongs to the place before it stands near.
fn head(text: &str) -> &str {
    const NEAR: usize = 256;
    let mut at = text.len().min(NEAR);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    text.get(..at).unwrap_or("")
}

/// Whose host governs what follows `before`: that of the last URL in it.
pub(super) fn governing_host(before: &str) -> Owner {
    let before = tail(before);
    let Some(at) = before.rfind("://") else { return Owner::Unseen };
    let scheme = before.get(..at).map_or(0, |head| head.trim_end_matches(|c: char| c.is_ascii_alphanumeric()).len());
    target::target(before.get(scheme..).unwrap_or("").to_owned()).owner
}

/// `{"authtoken": x}` or `m.put("authtoken", x)` that no request claimed.
fn stray_entry(context: Context<'_>, node: NodeId, key: NodeId, value: NodeId, around: Around, found: &mut StrayFinds) {
    let Some(name) = context.known_text(key) else { return };
    // What begins with a literal is found by that.
    let hidden =
        || !TOKEN_NAMES.any_in(context.text_of(value)) && starts_with_scheme(context, value, "zoho-oauthtoken");
    if name.trim().eq_ignore_ascii_case("authorization") && hidden() {
        let range = context.tree.range(node);
        found.strays.push(Stray { carrier: Carrier::Headers, range, reason: around.reason(), access: true });
    }
    if token_name(name.trim()) != Some(false) {
        return;
    }
    let content =
        string_content(context.text, context.tree, value).filter(|range| !range.of(context.text).trim().is_empty());
    match content {
        Some(content) if around == Around::Nothing => found.hardcoded.push(content),
        content => {
            if let Some(content) = content {
                found.secrets.add(content.of(context.text));
            }
            let range = context.tree.range(node);
            found.strays.push(Stray::authtoken(Carrier::Parameters, range, around.reason()));
        }
    }
}

/// Tokens in a region that was not understood: found by their names.
fn stray_words(context: Context<'_>, region: TextRange, found: &mut StrayFinds) {
    const REASON: &str = "authshift cannot parse the code here and edits nothing in it; remove the token by hand";
    let text = region.of(context.text);
    if !TOKEN_NAMES.any_in(text) {
        return;
    }
    let earlier = found.strays.len();
    let at = |range: TextRange| TextRange::new(region.start() + range.start(), region.start() + range.end());
    for param in params(text, ParamContext::Loose) {
        let owner = governing_host(text.get(..param.name.start()).unwrap_or(""));
        if owner == Owner::Other {
            continue;
        }
        found.secrets.add(param.value.of(text));
        found.strays.push(Stray::authtoken(Carrier::Query, at(param.name.cover(param.value)), REASON));
    }
    let lower = text.to_ascii_lowercase();
    // With the token that follows in the same statement: it is one error.
    let with_token = |offset: usize, word: &str| {
        let behind = offset + word.len();
        let shapes = text.get(behind..).map(head).map(authtoken_shapes).into_iter().flatten();
        let same = |&(start, _): &(usize, usize)| {
            let between = text.get(behind..behind + start).unwrap_or("");
            !between.contains(';') && !mentions_authtoken(between)
        };
        let end = shapes.take(1).find(same).map_or(behind, |(_, end)| behind + end);
        at(TextRange::new(offset, end))
    };
    for (offset, word, access) in token_words(&lower) {
        let range = with_token(offset, word);
        found.strays.push(Stray { carrier: Carrier::Headers, range, reason: REASON, access });
    }
    for quoted in ["\"authtoken\"", "'authtoken'"] {
        for (offset, word) in lower.match_indices(quoted) {
            let range = with_token(offset, word);
            found.strays.push(Stray::authtoken(Carrier::Parameters, range, REASON));
        }
    }
    if mentions_authtoken(text) {
        let mut reported: Vec<TextRange> = found.strays.iter().skip(earlier).map(|stray| stray.range).collect();
        reported.sort_unstable();
        let shapes = authtoken_shapes(text).map(|(start, end)| at(TextRange::new(start, end)));
        found.hardcoded.extend(shapes.filter(|range| !meets(&reported, *range)));
    }
}

/// Runs with the shape of an authtoken. Those of OAuth are recognised by their beginning.
fn authtoken_shapes(text: &str) -> impl Iterator<Item = (usize, usize)> {
    shapes(text).into_iter().filter(|&(start, _)| !text.get(start..).is_some_and(|run| run.starts_with("1000.")))
}

/// Tokens in a comment that mentions authtokens: `authtoken=…` and what has the shape of one.
fn stray_comment(text: &str, comment: TextRange, found: &mut StrayFinds) {
    let words = comment.of(text);
    if !mentions_authtoken(words) {
        return;
    }
    let at = |start: usize, end: usize| TextRange::new(comment.start() + start, comment.start() + end);
    for (start, end) in authtoken_shapes(words) {
        if governing_host(words.get(..start).unwrap_or("")) != Owner::Other {
            found.hardcoded.push(at(start, end));
        }
    }
    for param in params(words, ParamContext::Loose) {
        let value = param.value.of(words);
        let relevant = value.len() >= 16 && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if relevant
            && !is_token_shaped(value)
            && governing_host(words.get(..param.name.start()).unwrap_or("")) != Owner::Other
        {
            found.hardcoded.push(at(param.value.start(), param.value.end()));
        }
    }
}
