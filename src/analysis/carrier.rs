//! Where a request carries an authtoken: a parameter of a text (query string, form body), an entry of a map, a header.
//! An access token that the code asked for itself is carried by a header, and found and taken out in the same way.

use std::rc::Rc;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use crate::flow::graph::View;
use crate::recent::Recent;
use crate::secret::{is_placeholder, is_token_shaped};
use crate::source::TextRange;
use crate::syntax::{Kind, NodeId};
use crate::zoho::UNKNOWN;

use super::bindings::{called_name, plain_string, string_content};
use super::fields::{self, Field};
use super::flow::{Context, Fill, Flow, Leaf, PieceKind, source_offset};
use super::oauth::Access;
use super::params::{Param, Place, json_members, params};
use super::request::{Request, Slot};
use super::uses::{Presence, Uses, literal, presence, same_value};

/// The part of the request that carries the token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carrier {
    /// The URL's query string.
    Query,
    /// `parameters`, `body`, the body argument.
    Parameters,
    /// A header.
    Headers,
}

/// Where in the code the token is put into the request.
#[derive(Clone, Debug)]
pub enum Site {
    /// In the text of an attribute or argument, perhaps through variables.
    Text {
        /// Whose text.
        slot: Slot,
    },
    /// An entry of a map literal that stands in the request itself.
    Entry {
        /// Whose map.
        slot: Slot,
        /// The map literal.
        map: NodeId,
        /// The entry.
        entry: NodeId,
    },
    /// An entry of a map variable that the attribute or argument names.
    Map {
        /// Whose map.
        slot: Slot,
        /// Where the attribute or argument reads the variable.
        name: NodeId,
        /// The entry.
        part: MapPart,
    },
    /// In a text that is added to a list.
    Added {
        /// The attribute or argument.
        slot: Slot,
        /// The chain that joins the list, `parts.toString("&")`.
        join: NodeId,
    },
    /// In another statement, in a way that is not followed.
    Elsewhere,
}

/// How an entry comes into a map variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MapPart {
    /// With the literal (or the arguments of `Collection(…)`) that the variable is assigned.
    Entry {
        /// The literal.
        map: NodeId,
        /// The entry.
        entry: NodeId,
    },
    /// With `name.put(key, value)`, whose chain this is.
    Put(NodeId),
}

/// One token in one request.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// Which part of the request.
    pub carrier: Carrier,
    /// From the parameter's name (or the entry's key) to the end of its value, in the source.
    pub range: TextRange,
    /// Where it stands.
    pub site: Site,
    /// The expressions that yield the token.
    pub tokens: Arc<[NodeId]>,
    /// The token itself, where it is written here.
    pub literal: Option<TextRange>,
    /// The whole token, where it is put together of several parts that can all be seen.
    joined: Option<Arc<str>>,
    /// Whether the name is spelt with an underscore: many vendors have an `auth_token`.
    pub underscore: bool,
    /// Whether it is a visible `Zoho-authtoken` header, or a parameter spelt `authtoken` in lower case; of an access token,
    /// whether it is surely Zoho's.
    pub telling: bool,
    /// Of an access token, where it comes from; `None` for an authtoken.
    pub access: Option<Box<Access>>,
    /// Whether another entry took its place in the map, so that it would be sent only if that one went.
    pub replaced: bool,
}

impl Occurrence {
    /// The token that is sent, without the scheme, where it can be seen.
    pub fn known_token(&self, context: Context<'_>) -> Option<String> {
        let joined = || self.joined.as_deref().map(str::to_owned);
        let written = || self.literal.map(|range| range.of(context.text).to_owned());
        let known = || self.tokens.first().and_then(|&token| context.known_text(token));
        let value = joined().or_else(written).or_else(known)?;
        let word = value.trim().rsplit(' ').next().unwrap_or("");
        (!is_placeholder(word)).then(|| word.to_owned())
    }
}

/// The occurrences of one request, and all that was looked at for it.
#[derive(Default, Debug)]
pub struct Carriers {
    /// In text order.
    pub occurrences: Box<[Occurrence]>,
    /// Strings, entries of maps and chains of `put`s that belong to the request, directly or through variables; sorted.
    pub claimed: Arc<[NodeId]>,
    /// What it sends under the names that OAuth uses.
    pub fields: Box<[Field]>,
}

/// Finds the tokens that `request` carries. Requests on one value have much in common, which is kept once: `recent` holds what
/// those before it had.
pub fn carriers(context: Context<'_>, request: &Request, recent: &mut Recent<[NodeId]>) -> Carriers {
    let mut search = Search {
        context,
        occurrences: Vec::new(),
        fields: Vec::new(),
        claimed: Vec::new(),
        followed: HashSet::new(),
        maps: HashMap::new(),
        waiting: Vec::new(),
    };
    if let Some(slot) = request.url {
        search.text(Carrier::Query, slot);
    }
    for &slot in &request.bodies {
        search.begin();
        search.text(Carrier::Parameters, slot);
        search.begin();
        search.map(Carrier::Parameters, slot, slot.value, Holder::Request);
        search.go_on(Carrier::Parameters, slot);
    }
    for &slot in &request.headers {
        search.begin();
        search.map(Carrier::Headers, slot, slot.value, Holder::Request);
        search.go_on(Carrier::Headers, slot);
    }
    // The same place may be reached in several ways; what can be followed comes first and stays.
    let mut occurrences = search.occurrences;
    occurrences.sort_by_key(|occurrence| (occurrence.range, matches!(occurrence.site, Site::Elsewhere)));
    occurrences.dedup_by_key(|occurrence| occurrence.range);
    for occurrence in &mut occurrences {
        occurrence.tokens = recent.share(Arc::clone(&occurrence.tokens));
    }
    search.claimed.sort_unstable();
    search.claimed.dedup();
    Carriers { occurrences: occurrences.into(), claimed: recent.share(search.claimed), fields: search.fields.into() }
}

/// Where a map stands that is being looked at.
#[derive(Clone, Copy)]
enum Holder {
    /// In the request itself.
    Request,
    /// In the assignment of the variable that the request reads here.
    Variable(NodeId),
    /// Further away.
    Elsewhere,
}

/// A map that gets more tokens than this is not looked at further: each of its requests would list them all.
const MOST_PUTS: usize = 64;

/// Maps that are put into one another are read at as many places as there are `putAll`s.
const MOST_TIMES: usize = 16;

struct Search<'a> {
    context: Context<'a>,
    occurrences: Vec<Occurrence>,
    fields: Vec<Field>,
    claimed: Vec<NodeId>,
    followed: HashSet<NodeId>,
    /// How often each map was looked at.
    maps: HashMap<*const Uses, usize>,
    /// What is looked at next; the last comes first. A value may have gone through as many variables as the code has lines:
    /// they are not followed by calls inside of calls.
    waiting: Vec<Step>,
}

/// A part of the code that a request may take something from.
enum Step {
    /// What is assigned to a variable whose text is sent.
    Text(NodeId),
    /// What is added to a list, and the chain that joins it.
    Added(NodeId, NodeId),
    /// The same for a map.
    Map(NodeId, Holder),
    /// What is done to the map that a variable holds where it is read here.
    Calls(NodeId, Holder),
}

impl<'a> Search<'a> {
    fn text(&mut self, carrier: Carrier, slot: Slot) {
        for flow in self.context.flows(slot.value) {
            self.params(carrier, &flow, &Site::Text { slot });
            self.follow(&flow);
            self.go_on(carrier, slot);
        }
    }

    /// Begins with another part of the request.
    fn begin(&mut self) {
        self.followed.clear();
        self.maps.clear();
    }

    /// Looks at all that is waiting, in the order in which it was found.
    fn go_on(&mut self, carrier: Carrier, slot: Slot) {
        while let Some(step) = self.waiting.pop() {
            match step {
                Step::Text(assigned) if self.followed.insert(assigned) => {
                    let flow = self.context.flow(assigned);
                    self.params(carrier, &flow, &Site::Elsewhere);
                    self.follow(&flow);
                }
                Step::Added(added, join) if self.followed.insert(added) => {
                    let flow = self.context.flow(added);
                    self.params(carrier, &flow, &Site::Added { slot, join });
                    self.follow(&flow);
                }
                Step::Map(assigned, holder) if self.followed.insert(assigned) => {
                    self.map(carrier, slot, assigned, holder);
                }
                Step::Calls(name, holder) => self.calls(carrier, slot, name, holder),
                Step::Text(_) | Step::Added(..) | Step::Map(..) => {}
            }
        }
    }

    fn params(&mut self, carrier: Carrier, flow: &Flow, site: &Site) {
        let mut members = json_members(&flow.text);
        // A JSON text inside of a query is found, but its quotes and braces are not edited there.
        members.iter_mut().for_each(|member| member.regular &= carrier == Carrier::Parameters);
        let place = if carrier == Carrier::Query { Place::Url } else { Place::Body };
        let leaves = Leaves::of(flow);
        for param in params(&flow.text, place).into_iter().chain(members) {
            self.occurrences.push(occurrence(self.context, carrier, &leaves, param, site.clone()));
        }
        self.fields.extend(fields::in_text(self.context, &leaves));
    }

    /// Looks at the assignments of the variables whose value is not one single text.
    fn follow(&mut self, flow: &Flow) {
        let before = self.waiting.len();
        for leaf in flow.leaves() {
            match leaf.piece.kind {
                PieceKind::Literal(_) => {
                    self.claimed.push(leaf.piece.node);
                }
                PieceKind::Opaque { .. } if self.context.tree.kind(leaf.piece.node) == Kind::Name => {
                    let assigned = self.assigned(leaf.piece.node);
                    self.waiting.extend(assigned.map(Step::Text));
                }
                PieceKind::Opaque { .. } => {
                    let join = leaf.piece.node;
                    let added = fields::joined_list(self.context, join);
                    self.waiting.extend(added.into_iter().map(|added| Step::Added(added, join)));
                }
                _ => {}
            }
        }
        self.first_comes_first(before);
    }

    /// Turns what was added to the `before` others that are waiting.
    fn first_comes_first(&mut self, before: usize) {
        self.waiting.get_mut(before..).unwrap_or_default().reverse();
    }

    /// What is assigned to a variable by the writes that reach the read; of `u += …;` both what is appended and what to.
    fn assigned(&self, name: NodeId) -> impl Iterator<Item = NodeId> + use<'a> {
        let tree = self.context.tree;
        let reaching = self.context.scopes.reaching(name).flatten();
        reaching.flat_map(move |write| {
            let target = write.appended.and_then(|_| tree.children(write.node).first().copied());
            target.into_iter().chain(write.value.or(write.appended))
        })
    }

    /// The entries of a map: a literal, `Collection("k": v)`, or a variable with its assignments and `put`s.
    fn map(&mut self, carrier: Carrier, slot: Slot, map: NodeId, holder: Holder) {
        let Context { tree, .. } = self.context;
        match tree.kind(map) {
            Kind::Paren => {
                if let [inner] = tree.children(map) {
                    self.map(carrier, slot, *inner, holder);
                }
            }
            Kind::Brace => self.literal(carrier, slot, map, holder),
            Kind::Chain => {
                let [first, links @ ..] = tree.children(map) else { return };
                match (links, tree.kind(*first)) {
                    // `Collection("k": v)`
                    ([call], Kind::Name) if is_constructor(self.context.text_of(*first)) => {
                        self.literal(carrier, slot, *call, holder);
                    }
                    // `{…}.toString()`, `params.toString()`
                    _ => self.map(carrier, slot, *first, holder),
                }
            }
            Kind::Binary => {
                // `params + ""` makes a text of the map.
                if let Some(&first) = tree.children(map).first() {
                    self.map(carrier, slot, first, holder);
                }
            }
            Kind::Name => self.map_variable(map, holder),
            _ => {}
        }
    }

    fn literal(&mut self, carrier: Carrier, slot: Slot, map: NodeId, holder: Holder) {
        let tree = self.context.tree;
        for &entry in literal(self.context, map).claim() {
            let presence = match holder {
                Holder::Variable(name) => presence(self.context, entry, name),
                _ => Presence::There,
            };
            let site = match holder {
                Holder::Request => Site::Entry { slot, map, entry },
                Holder::Variable(name) => Site::Map { slot, name, part: MapPart::Entry { map, entry } },
                Holder::Elsewhere => Site::Elsewhere,
            };
            self.entry(carrier, entry, tree.children(entry), (site, presence));
        }
    }

    fn map_variable(&mut self, name: NodeId, holder: Holder) {
        let tree = self.context.tree;
        let (holder, second) = match holder {
            Holder::Request => (Holder::Variable(name), false),
            // `b = a;`: where `b` is sent, so is what `a` was assigned.
            Holder::Variable(_) => (holder, true),
            Holder::Elsewhere => (holder, false),
        };
        let before = self.waiting.len();
        let only = self.context.scopes.only_write(name).is_some();
        self.waiting.extend(self.assigned(name).map(|assigned| {
            // `body = params.toString();`: the map behind the text is that of the request.
            let text = matches!(tree.children(assigned), [first, _, _] if tree.kind(assigned) == Kind::Chain && tree.kind(*first) == Kind::Name);
            let behind = text && only && matches!(holder, Holder::Variable(_));
            Step::Map(assigned, if behind { Holder::Request } else { holder })
        }));
        if !second {
            self.waiting.push(Step::Calls(name, holder));
        }
        self.first_comes_first(before);
    }

    /// `name.put(key, value)` and `name.putAll(other)`.
    fn calls(&mut self, carrier: Carrier, slot: Slot, name: NodeId, holder: Holder) {
        let waiting = self.waiting.len();
        let before = self.occurrences.len();
        let uses = same_value(self.context, name);
        let times = self.maps.entry(Rc::as_ptr(&uses)).or_default();
        *times += 1;
        // From many places it is looked at as a whole, whatever is in it at each of them.
        let whole = *times >= MOST_TIMES;
        if *times > MOST_TIMES {
            return;
        }
        let context = self.context;
        let presence = |part: NodeId| if whole { Presence::There } else { presence(context, part, name) };
        for (number, &read) in uses.claim().iter().enumerate() {
            let looked_at = self.context.scopes.uses.look() || number < MOST_PUTS;
            if self.occurrences.len() - before > MOST_PUTS || !looked_at {
                break;
            }
            let Some((chain, method, arguments)) = method_call(self.context, read) else { continue };
            let is = |known: &str| method.eq_ignore_ascii_case(known);
            match arguments {
                [_, _] if is("put") => {
                    let presence = presence(chain);
                    let site = match holder {
                        Holder::Variable(name) => Site::Map { slot, name, part: MapPart::Put(chain) },
                        _ => Site::Elsewhere,
                    };
                    self.entry(carrier, chain, arguments, (site, presence));
                }
                [other] if is("putAll") && presence(chain) != Presence::Gone => {
                    // What is in the other map by then comes into this one.
                    let named = context.tree.kind(*other) == Kind::Name && matches!(holder, Holder::Variable(_));
                    let holder = if named { Holder::Request } else { Holder::Elsewhere };
                    self.waiting.push(Step::Map(*other, holder));
                }
                _ => {}
            }
        }
        self.first_comes_first(waiting);
    }

    /// One entry, `node`, with its key and value.
    fn entry(&mut self, carrier: Carrier, node: NodeId, parts: &[NodeId], (site, presence): (Site, Presence)) {
        let [key, value] = parts else { return };
        if presence == Presence::Gone {
            return;
        }
        let context = self.context;
        self.claimed.push(node);
        if context.tree.kind(*key) == Kind::String {
            self.claimed.push(*key);
        }
        let Some(key_text) = context.known_text(*key) else { return };
        self.fields.extend(fields::of_entry(context, &key_text, *value));
        let token = token_name(key_text.trim());
        let header = carrier == Carrier::Headers && key_text.trim().eq_ignore_ascii_case("authorization");
        if header {
            for part in self.assigned(*value).chain([*value]) {
                let strings = context.tree.descendants(part).filter(|&node| context.tree.kind(node) == Kind::String);
                self.claimed.extend(strings);
            }
        }
        let authtoken = token.is_some() || (header && is_token_header(context, *value));
        if !authtoken && !header {
            return;
        }
        let literal = match plain_string(context.text, context.tree, *value) {
            Some(content) if header => {
                // `Zoho-authtoken abc`: the token is what follows the word.
                let whole = string_content(context.text, context.tree, *value).unwrap_or_default();
                let token = content.trim_end().rsplit(' ').next().unwrap_or("").len();
                Some(TextRange::new(
                    whole.start() + content.trim_end().len() - token,
                    whole.start() + content.trim_end().len(),
                ))
                .filter(|range| !is_scheme(range.of(context.text)))
            }
            Some(_) => string_content(context.text, context.tree, *value),
            None => None,
        };
        let start = context.tree.range(*key).start().min(context.tree.range(node).start());
        self.occurrences.push(Occurrence {
            carrier,
            range: TextRange::new(start, context.tree.range(node).end()),
            site,
            tokens: if literal.is_none() { Arc::new([*value]) } else { Arc::default() },
            literal: literal.filter(|range| !range.is_empty()),
            joined: None,
            underscore: token == Some(true),
            telling: if header { says_so(context, *value, WORD) } else { key_text.trim() == "authtoken" },
            // Where it comes from is told when all requests are known.
            access: (!authtoken).then(|| Box::new(Access::of(*value))),
            replaced: presence == Presence::Replaced,
        });
    }
}

/// Whether the function of this name makes a map.
pub fn is_constructor(name: &str) -> bool {
    name.eq_ignore_ascii_case("collection") || name.eq_ignore_ascii_case("map")
}

/// The chain, the method's name and the arguments of `name.method(arguments)`; `None` for any other use of the name.
pub fn method_call<'a>(context: Context<'a>, name: NodeId) -> Option<(NodeId, &'a str, &'a [NodeId])> {
    let tree = context.tree;
    let chain = tree.parent(name).filter(|&parent| tree.kind(parent) == Kind::Chain)?;
    let [first, _member, call] = tree.children(chain) else { return None };
    if *first != name || tree.kind(*call) != Kind::Call {
        return None;
    }
    Some((chain, called_name(context.text, tree, *call)?, tree.children(*call)))
}

/// Whether the text is the name of the token parameter; `Some(true)` when spelt with an underscore.
pub fn token_name(name: &str) -> Option<bool> {
    if name.eq_ignore_ascii_case("authtoken") {
        Some(false)
    } else if name.eq_ignore_ascii_case("auth_token") {
        Some(true)
    } else {
        None
    }
}

/// What a header with an authtoken begins with.
const WORD: &str = "zoho-authtoken";

/// Whether a word is the scheme of an `Authorization` header, and no token.
fn is_scheme(word: &str) -> bool {
    word.eq_ignore_ascii_case("bearer") || word.to_ascii_lowercase().ends_with("authtoken")
}

/// Whether the value of an `Authorization` header visibly begins with `word`, on one of the ways to it.
pub fn says_so(context: Context<'_>, value: NodeId, word: &str) -> bool {
    if says_from(context, value, word, 4) {
        return true;
    }
    // All of a literal is seen.
    if context.tree.kind(value) == Kind::String {
        return false;
    }
    let graph = View { graph: context.scopes.graph(context.tree), text: context.text };
    graph.graph.value_of(value).is_some_and(|value| graph.may_begin_with(value, word))
}

fn says_from(context: Context<'_>, value: NodeId, word: &str, depth: usize) -> bool {
    let tree = context.tree;
    let begins = |text: &str| text.trim_start().get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    let string = |node: NodeId| plain_string(context.text, tree, node).is_some_and(begins);
    // `prefix.concat(token)`
    let first = || tree.children(value).first().filter(|_| tree.kind(value) == Kind::Chain);
    context.flows(value).iter().any(|flow| begins(&flow.seen()))
        || assigned_values(context, value).any(|assigned| begins(&context.flow(assigned).seen()))
        || tree.descendants(value).any(string)
        || first().is_some_and(|&first| begins(&context.flow(first).seen()))
        || (depth > 0 && grown(context, value).any(|target| says_from(context, target, word, depth - 1)))
}

/// `auth += token;`: where the variable that `name` reads is read to be appended to.
fn grown<'a>(context: Context<'a>, name: NodeId) -> impl Iterator<Item = NodeId> + 'a {
    let appends = context.scopes.reaching(name).flatten().filter(|write| write.appended.is_some());
    appends.filter_map(move |write| context.tree.children(write.node).first().copied())
}

/// Whether the value of an `Authorization` header is an authtoken: it says so, it has the shape of one, or it cannot be
/// seen and its name or key says so (row H4).
fn is_token_header(context: Context<'_>, value: NodeId) -> bool {
    if says_so(context, value, WORD) {
        return true;
    }
    let visible = |text: &str| {
        let known = text.trim();
        (!known.contains(UNKNOWN)).then(|| is_token_shaped(known)).or((!known.starts_with(UNKNOWN)).then_some(false))
    };
    let seen: Vec<bool> = match assigned_values(context, value).collect::<Vec<_>>() {
        assigned if assigned.is_empty() => visible(&context.flow(value).seen()).into_iter().collect(),
        assigned => assigned.into_iter().filter_map(|value| visible(&context.flow(value).seen())).collect(),
    };
    if !seen.is_empty() {
        return seen.into_iter().all(|token| token);
    }
    let name = context.text_of(value).to_ascii_lowercase();
    name.contains("authtoken") && !name.contains("oauthtoken")
}

fn assigned_values<'a>(context: Context<'a>, name: NodeId) -> impl Iterator<Item = NodeId> + 'a {
    context.scopes.reaching(name).flatten().filter_map(|write| write.value)
}

/// A virtual text with all that it is made of, in which parameters are found.
pub struct Leaves<'f> {
    /// The text.
    pub text: &'f str,
    /// Its pieces, in order.
    pub leaves: Vec<Leaf<'f>>,
    /// Where something is filled into it, by place: with the furthest end so far, and the number of the fill.
    filled: Vec<(TextRange, usize, usize)>,
    /// What is filled in.
    fills: Vec<&'f Fill>,
}

impl<'f> Leaves<'f> {
    /// Takes a text apart.
    pub fn of(flow: &'f Flow) -> Self {
        let fills = flow.fills();
        let places = fills.iter().enumerate().flat_map(|(number, fill)| fill.at.iter().map(move |&at| (at, 0, number)));
        let mut filled: Vec<(TextRange, usize, usize)> = places.collect();
        filled.sort_unstable();
        let mut furthest = 0;
        for (at, reach, _) in &mut filled {
            furthest = furthest.max(at.end());
            *reach = furthest;
        }
        Self { text: &flow.text, leaves: flow.leaves(), filled, fills }
    }

    /// What is filled into a stretch of the text, in the order of the calls.
    fn filled_into(&self, value: TextRange) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.filled.partition_point(|(at, ..)| at.start() < value.end());
        let before = self.filled.get(..end).unwrap_or(&[]).iter().rev();
        let near = before.take_while(|(_, reach, _)| *reach > value.start());
        let mut numbers: Vec<usize> =
            near.filter(|(at, ..)| at.intersects(value)).map(|&(.., number)| number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().filter_map(|number| self.fills.get(number).map(|fill| fill.value))
    }
}

/// The occurrence of a parameter, with its place in the source.
pub fn occurrence(context: Context<'_>, carrier: Carrier, whole: &Leaves<'_>, param: Param, site: Site) -> Occurrence {
    let leaves = whole.leaves.as_slice();
    let start = source_offset(leaves, param.name.start()).unwrap_or(0);
    let equals = source_offset(leaves, param.name.end()).map_or(start, |at| at + 1);
    let mut range = TextRange::new(start, equals);
    let mut tokens = Vec::new();
    let mut literal = None;
    // Of a token that is put together.
    let (mut others, mut seen) = (0, Some(String::new()));
    let from = leaves.partition_point(|leaf| leaf.piece.at.end() <= param.value.start());
    let within = leaves.get(from..).unwrap_or(&[]).iter().map(|leaf| leaf.piece);
    tokens.extend(whole.filled_into(param.value));
    for leaf in
        within.take_while(|leaf| leaf.at.start() < param.value.end()).filter(|leaf| leaf.at.intersects(param.value))
    {
        match leaf.kind {
            PieceKind::Literal(content) => {
                let from = param.value.start().max(leaf.at.start()) - leaf.at.start();
                let to = param.value.end().min(leaf.at.end()) - leaf.at.start();
                let written = TextRange::new(content.start() + from, content.start() + to);
                if literal.is_none() && tokens.is_empty() && !written.of(context.text).trim().is_empty() {
                    literal = Some(written);
                } else if !written.is_empty() {
                    others += 1;
                }
                seen.iter_mut().for_each(|seen| seen.push_str(written.of(context.text)));
                if written.start() >= range.start() {
                    range = range.cover(written);
                }
            }
            _ => {
                seen = seen.and_then(|seen| Some(seen + &context.known_text(leaf.node)?));
                tokens.push(leaf.node);
                // A value that stands in an earlier statement is not part of what is pointed at.
                if context.tree.range(leaf.node).start() >= range.start() {
                    range = range.cover(context.tree.range(leaf.node));
                }
            }
        }
    }
    let name = param.name.of(whole.text);
    let parts = usize::from(literal.is_some()) + tokens.len() + others;
    Occurrence {
        carrier,
        range,
        site,
        tokens: tokens.into(),
        literal,
        joined: (parts > 1).then(|| seen.map(Arc::from)).flatten(),
        underscore: name.contains('_'),
        telling: name == "authtoken",
        access: None,
        replaced: false,
    }
}
