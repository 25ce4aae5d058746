//! Where a request carries an authtoken: a parameter of a text (query string, form body), an entry of a map, a header.
//! An access token that the code asked for itself is carried by a header, and found and taken out in the same way.

use std::rc::Rc;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::access::Access;
use super::bindings::{plain_string, string_content};
use super::chain::{is_constructor, method_call};
use super::fields::{self, Field};
use super::files;
use super::flow::Context;
use super::header::{self, AUTHTOKEN_SCHEME, is_scheme, is_token_header, starts_with_scheme};
use super::known::{Presence, Uses};
use super::lists::{ListPart, items};
use super::occurrence::{Carrier, Leaves, MapPart, Occurrence, Site, occurrence};
use super::params::{ParamContext, json_members, params, xml_elements};
use super::pieces::{Flow, PieceKind};
use super::request::{Request, Slot};
use super::returned;
use super::uses::{literal, looked_up, presence, same_value};
use crate::census::names::token_name;
use crate::deluge::{Kind, NodeId};
use crate::text::source::TextRange;

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

/// Finds the tokens that `request` carries.
pub fn carriers(context: Context<'_>, request: &Request) -> Carriers {
    let mut search = Search {
        context,
        occurrences: Vec::new(),
        fields: Vec::new(),
        claimed: Vec::new(),
        followed: HashSet::new(),
        joined: HashSet::new(),
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
        search.header_text(slot);
        search.begin();
        search.map(Carrier::Headers, slot, slot.value, Holder::Request);
        search.go_on(Carrier::Headers, slot);
    }
    if let Some(slot) = request.files {
        search.files(slot);
    }
    for (carrier, slots) in [
        (Carrier::Query, request.url.as_slice()),
        (Carrier::Parameters, &request.bodies),
        (Carrier::Parameters, request.files.as_slice()),
        (Carrier::Headers, &request.headers),
    ] {
        slots.iter().for_each(|&slot| search.returned(carrier, slot));
    }
    // The same place may be reached in several ways; what can be followed comes first and stays.
    let mut occurrences = search.occurrences;
    occurrences.sort_by_key(|occurrence| (occurrence.range, matches!(occurrence.site, Site::Elsewhere)));
    occurrences.dedup_by_key(|occurrence| occurrence.range);
    search.claimed.sort_unstable();
    search.claimed.dedup();
    Carriers { occurrences: occurrences.into(), claimed: search.claimed.into(), fields: search.fields.into() }
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
    /// The operands of the text that is sent, also those of variables in it.
    joined: HashSet<NodeId>,
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
    /// A text that is looked up, and where.
    Looked(NodeId, NodeId),
    /// The same for a map.
    Map(NodeId, Holder),
    /// What is done to the map that a variable holds where it is read here.
    Calls(NodeId, Holder),
}

impl<'a> Search<'a> {
    fn text(&mut self, carrier: Carrier, slot: Slot) {
        for flow in self.context.flows(slot.value) {
            self.joined.extend(flow.leaves().iter().map(|leaf| leaf.piece.node));
            self.params(carrier, &flow, &Site::Text { slot });
            self.follow(&flow);
            self.go_on(carrier, slot);
        }
    }

    /// Headers that are read out of a JSON text: `"{…}".toMap()`.
    fn header_text(&mut self, slot: Slot) {
        for flow in self.context.flows(slot.value) {
            let leaves = Leaves::of(&flow);
            let found = header::in_text(self.context, &flow, &leaves.leaves);
            self.claimed.extend(found.iter().flat_map(|_| &leaves.leaves).filter_map(|leaf| match leaf.piece.kind {
                PieceKind::Literal(_) => Some(leaf.piece.node),
                _ => None,
            }));
            self.occurrences.extend(found.into_iter().map(|(param, telling)| Occurrence {
                surely_zohos: telling,
                ..occurrence(self.context, Carrier::Headers, &leaves, param, Site::Text { slot })
            }));
        }
    }

    /// The parts of a multipart body.
    fn files(&mut self, slot: Slot) {
        let tree = self.context.tree;
        for part in files::token_parts(self.context, slot.value) {
            let (node, range) = match part.place {
                ListPart::Item { item, .. } => (item, tree.range(item)),
                ListPart::Added(chain) => (chain, tree.range(chain)),
            };
            // A map that is put into the list is filled elsewhere.
            let of = |node: NodeId| {
                tree.parent(node)
                    .and_then(|call| tree.parent(call).filter(|_| tree.kind(call) == Kind::Call))
                    .unwrap_or(node)
            };
            let range = if range.contains_range(tree.range(part.name)) { range } else { tree.range(of(part.name)) };
            self.claimed.extend([node, part.name, of(part.name)]);
            self.claimed.extend(tree.parent(part.name).filter(|&entry| tree.kind(entry) == Kind::Entry));
            self.claimed.extend(&part.contents);
            self.claimed.extend(part.contents.iter().map(|&content| of(content)));
            let literal = match part.contents.as_slice() {
                &[only] => string_content(self.context.text, tree, only),
                _ => None,
            };
            let name = self.context.known_text(part.name).unwrap_or_default();
            self.occurrences.push(Occurrence {
                carrier: Carrier::Parameters,
                range,
                site: if part.sure { Site::Part { slot, part: part.place } } else { Site::Elsewhere },
                tokens: if literal.is_none() { part.contents.into() } else { Arc::default() },
                literal: literal.filter(|range| !range.is_empty()),
                joined: None,
                underscore: name.contains('_'),
                surely_zohos: name.trim() == "authtoken",
                access: None,
                replaced: false,
            });
        }
    }

    /// What functions of this file return with a token in it.
    fn returned(&mut self, carrier: Carrier, slot: Slot) {
        let tokens = self.occurrences.iter().flat_map(|occurrence| occurrence.tokens.iter().copied()).collect();
        for (chain, telling) in returned::calls(self.context, slot.value, &tokens) {
            self.occurrences.push(Occurrence {
                carrier,
                range: self.context.tree.range(chain),
                site: Site::Returned(chain),
                tokens: Arc::default(),
                literal: None,
                joined: None,
                underscore: false,
                surely_zohos: telling && carrier == Carrier::Headers,
                access: None,
                replaced: false,
            });
        }
    }

    /// Begins with another part of the request.
    fn begin(&mut self) {
        self.followed.clear();
        self.joined.clear();
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
                Step::Looked(text, read) if self.followed.insert(text) => {
                    let tree = self.context.tree;
                    let looks = tree.parent(read).filter(|&chain| tree.kind(chain) == Kind::Chain).unwrap_or(read);
                    let within =
                        tree.range(slot.value).contains_range(tree.range(read)) || self.joined.contains(&looks);
                    for flow in self.context.flows(text) {
                        let site = if within { Site::Looked { slot, read, text } } else { Site::Elsewhere };
                        self.params(carrier, &flow, &site);
                        self.follow(&flow);
                    }
                }
                Step::Map(assigned, holder) if self.followed.insert(assigned) => {
                    self.map(carrier, slot, assigned, holder);
                }
                Step::Calls(name, holder) => self.calls(carrier, slot, name, holder),
                Step::Text(_) | Step::Added(..) | Step::Looked(..) | Step::Map(..) => {}
            }
        }
    }

    fn params(&mut self, carrier: Carrier, flow: &Flow, site: &Site) {
        let mut members = json_members(&flow.text);
        members.extend(xml_elements(&flow.text));
        // A JSON or XML text inside of a query is found, but it is not edited there.
        members.iter_mut().for_each(|member| member.regular &= carrier == Carrier::Parameters);
        let place = if carrier == Carrier::Query { ParamContext::Url } else { ParamContext::Body };
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
                    let name = leaf.piece.node;
                    self.waiting.extend(self.assigned(name).map(Step::Text));
                    self.waiting.extend(self.looped(name).map(|item| Step::Looked(item, name)));
                }
                PieceKind::Opaque { .. } => {
                    let join = leaf.piece.node;
                    let added = fields::joined_list(self.context, join);
                    self.waiting.extend(added.into_iter().map(|added| Step::Added(added, join)));
                    let read = self.context.tree.children(join).first().copied().unwrap_or(join);
                    let texts = looked_up(self.context, join).unwrap_or_default();
                    // `"…?limit=1" + if(c,"&authtoken=" + token,"")`
                    let chosen = self.context.choices(join).unwrap_or_default().iter().copied();
                    self.waiting.extend(texts.into_iter().chain(chosen).map(|text| Step::Looked(text, read)));
                }
                _ => {}
            }
        }
        self.first_comes_first(before);
    }

    /// The items of the list that a loop goes through, where `name` reads its variable.
    fn looped(&self, name: NodeId) -> impl Iterator<Item = NodeId> + use<'a> {
        let (context, tree) = (self.context, self.context.tree);
        let loops = context.scopes.reaching(name).flatten().filter(|write| tree.kind(write.node) == Kind::ForEach);
        let lists: Vec<NodeId> = loops.filter_map(|write| tree.children(write.node).get(1).copied()).collect();
        lists.into_iter().flat_map(move |list| items(context, list)).map(|(item, _)| item)
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
                    // `if(c,one,other)`, `ifnull(one,other)`
                    _ if self.context.choices(map).is_some() => {
                        for &choice in self.context.choices(map).unwrap_or_default() {
                            let named = tree.kind(choice) == Kind::Name && matches!(holder, Holder::Variable(_));
                            self.map(carrier, slot, choice, if named { Holder::Request } else { holder });
                        }
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
        for &entry in literal(self.context, map).take_entries() {
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
        for (number, &read) in uses.take_calls().iter().enumerate() {
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
            surely_zohos: if header {
                starts_with_scheme(context, *value, AUTHTOKEN_SCHEME)
            } else {
                // A header of that name is that of another product's API.
                carrier != Carrier::Headers && key_text.trim() == "authtoken"
            },
            // Where it comes from is found out when all requests are known.
            access: (!authtoken).then(|| Box::new(Access::of(*value))),
            replaced: presence == Presence::Replaced,
        });
    }
}
