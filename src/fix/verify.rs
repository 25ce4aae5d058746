//! Translation validation: whether a migrated script does what the old one did.
//!
//! The graphs of both texts are walked side by side. On every way they have to do the same things in the same order, with the
//! same values; a request that was migrated safely may differ in its token, its connection and its form. Nothing here knows
//! how an edit was made or why: what the migration promises is found out anew.
//!
//! ```text
//! old                                                        new
//! event 0: Branch(c)                                         event 0: Branch(c)
//! event 1: Request(GET "https://…?authtoken=" tok "&a=1")    event 1: Request(GET "https://…?a=1", connection)
//! event 2: Call(thisapp.save, [Result(event 1)])             event 2: Call(thisapp.save, [Result(event 1)])
//! ```

mod lookups;
mod machine;
mod mode;
mod pair;
mod reach;
mod texts;
mod values;

use std::ops::ControlFlow::{Break, Continue};

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::broken::Broken;
use crate::deluge::builtins::{self, Change, Of, keeps_text, reads_map};
use crate::deluge::{Kind, NodeId};
use crate::finding::Applicability;
use crate::flow::graph::{Event, EventKind, Head, Op, Sent, ValueId, View, Way};
use crate::requests::people;
use crate::text::source::TextRange;

use lookups::{items, looked_up};
use machine::{Json, UrlState, Xml};
use mode::{Mode, OVERRIDE, TOKEN_NAMES};
use pair::Pair;
use reach::Reach;

/// A request of the old text, by its node.
pub(super) struct OldRequest {
    /// Its ordinal among the requests.
    pub ordinal: usize,
    /// How far its migration can be trusted, if it was migrated.
    pub migrated: Option<Applicability>,
    /// Whether no assumption excuses that it changes.
    pub to_prove: bool,
    /// Whether it asks for an access token and is meant to be gone.
    pub gone: bool,
}

/// All that `new` does otherwise than `old`. Where not all that changed is `safe`, assumptions were made of what it does, and
/// only what no assumption excuses is returned.
pub(super) fn verify(old: View<'_>, new: View<'_>, requests: &HashMap<NodeId, OldRequest>, safe: bool) -> Vec<Broken> {
    let mut broken = Vec::new();
    if let Some(reason) = lost_write(old, new) {
        broken.push(Broken::Text(reason));
    }
    if old.graph.given_up || new.graph.given_up {
        let migrated = requests.values().filter(|known| known.migrated.is_some());
        return migrated.map(|known| Broken::Call(known.ordinal, "the script is too large to check")).collect();
    }
    let mut pair = Pair::of(old, new);
    let Some(same) = aligned(old, new, requests, &mut pair) else {
        if safe {
            broken.push(Broken::Text("the script would do other things, or do them in another order"));
        } else {
            let reason = "authshift cannot trace all that it sends";
            broken.extend(requests.values().filter(|it| it.to_prove).map(|it| Broken::Call(it.ordinal, reason)));
            broken.extend(tokens_left(old, new, requests));
        }
        return broken;
    };
    let mut reach = Reach::of(old);
    let mut clean = HashSet::new();
    for (before, after) in &same {
        if let (EventKind::Request(one), EventKind::Request(other)) = (&before.kind, &after.kind)
            && let Some(known) = one.node.and_then(|node| requests.get(&node)).filter(|known| known.migrated.is_some())
            && other.connection.is_some()
        {
            if carries_token(new, other, &mut clean) {
                broken.push(Broken::Call(known.ordinal, "a token would stay in the request"));
            }
            if one.connection.is_none() && reach.are_same(&mut pair, before.way, &sent_by(one), &sent_by(other)) {
                broken.push(Broken::Call(known.ordinal, "no token reaches this request"));
            }
        }
    }
    if !broken.is_empty() {
        return broken;
    }
    let to_prove = |event: &Event| match &event.kind {
        EventKind::Request(sent) => sent.node.and_then(|node| requests.get(&node)).is_some_and(|known| known.to_prove),
        _ => false,
    };
    let compared = same.into_iter().filter(|(before, _)| safe || to_prove(before));
    compared.filter_map(|(before, after)| compare(&mut pair, &mut reach, requests, before, after).err()).collect()
}

/// Compares what an event does before and after.
fn compare(
    pair: &mut Pair<'_>,
    reach: &mut Reach<'_>,
    requests: &HashMap<NodeId, OldRequest>,
    before: &Event,
    after: &Event,
) -> Result<(), Broken> {
    match (&before.kind, &after.kind) {
        (EventKind::Request(one), EventKind::Request(other)) => {
            let known = one.node.and_then(|node| requests.get(&node)).filter(|known| known.migrated.is_some());
            match known {
                Some(known) => migrated_request(pair, one, other).map_err(|why| Broken::Call(known.ordinal, why)),
                None => untouched_request(pair, reach, before.way, one, other).map_err(Broken::Text),
            }
        }
        // What is printed is for people: it may lack the token, but what is computed stays.
        (EventKind::Info, _) => match printed_alike(pair, &before.values, &after.values) {
            true => Ok(()),
            false => Err(Broken::Text("a value that is printed would change by more than the token")),
        },
        _ => {
            let all = before.values.len() == after.values.len();
            let mut values = before.values.iter().zip(&after.values).enumerate();
            let same = |(at, (&one, &other)): (usize, (&ValueId, &ValueId))| {
                pair.equal(one, other, Mode::EXACT)
                    || (is_for_people(pair.old, before, at) && printed_alike(pair, &[one], &[other]))
                    || (matches!(before.kind, EventKind::Branch(_)) && are_as_many(pair.old, one, pair.new, other))
            };
            match all && values.all(same) {
                true => Ok(()),
                false => Err(Broken::Text("a value that is used elsewhere would change")),
            }
        }
    }
}

/// The requests that were migrated and send a token still, when they are not made in the order of before: each is taken to stand
/// where it stood among the others.
fn tokens_left(old: View<'_>, new: View<'_>, requests: &HashMap<NodeId, OldRequest>) -> Vec<Broken> {
    fn sent<'g>(events: impl Iterator<Item = &'g Event>) -> Vec<&'g Sent> {
        let mut sent: Vec<&Sent> = events
            .filter_map(|event| match &event.kind {
                EventKind::Request(sent) => Some(&**sent),
                _ => None,
            })
            .collect();
        sent.sort_by_key(|sent| sent.node);
        sent
    }
    let before = sent(old.graph.events.iter().filter(|event| !is_gone(event, requests)));
    let after = sent(new.graph.events.iter());
    let mut clean = HashSet::new();
    let mut left = Vec::new();
    for (one, other) in before.iter().zip(&after) {
        if let Some(known) = one.node.and_then(|node| requests.get(&node)).filter(|known| known.migrated.is_some())
            && other.connection.is_some()
            && carries_token(new, other, &mut clean)
        {
            left.push(Broken::Call(known.ordinal, "a token would stay in the request"));
        }
    }
    if before.len() != after.len() {
        left.push(Broken::Text("the script would make other requests"));
    }
    left
}

/// A name is read without a value that had one: its last write went.
fn lost_write(old: View<'_>, new: View<'_>) -> Option<&'static str> {
    let mut before: HashMap<(u32, &str), usize> = HashMap::new();
    for &(scope, name) in &old.graph.unwritten {
        *before.entry((scope, old.text_of(name))).or_default() += 1;
    }
    for &(scope, name) in &new.graph.unwritten {
        match before.get_mut(&(scope, new.text_of(name))) {
            Some(count) if *count > 0 => *count -= 1,
            _ => return Some("a variable would be read that has lost its value"),
        }
    }
    None
}

/// The events of both texts, each old one with its new one; `None` when they are not the same things in the same order.
fn aligned<'g>(
    old: View<'g>,
    new: View<'g>,
    requests: &HashMap<NodeId, OldRequest>,
    pair: &mut Pair<'_>,
) -> Option<Vec<(&'g Event, &'g Event)>> {
    let mut same = Vec::with_capacity(old.graph.events.len());
    let mut others = new.graph.events.iter().enumerate().peekable();
    for (number, before) in old.graph.events.iter().enumerate() {
        if is_gone(before, requests) {
            continue;
        }
        let (other, after) = others.next().filter(|(_, after)| is_same_thing((old, before), (new, after)))?;
        pair.results.insert(number as u32, other as u32);
        same.push((before, after));
    }
    others.next().is_none().then_some(same)
}

fn is_gone(event: &Event, requests: &HashMap<NodeId, OldRequest>) -> bool {
    match &event.kind {
        EventKind::Request(sent) => sent.node.and_then(|node| requests.get(&node)).is_some_and(|known| known.gone),
        _ => false,
    }
}

fn is_same_thing((old, before): (View<'_>, &Event), (new, after): (View<'_>, &Event)) -> bool {
    let squeezed = |path: &str| path.split_whitespace().collect::<String>().to_ascii_lowercase();
    let path = |one: TextRange, other: TextRange| squeezed(old.text_of(one)) == squeezed(new.text_of(other));
    let text = |one: TextRange, other: TextRange| old.text_of(one) == new.text_of(other);
    let same = match (&before.kind, &after.kind) {
        (EventKind::Request(_), EventKind::Request(_)) | (EventKind::Info, EventKind::Info) => true,
        (EventKind::Scope(one), EventKind::Scope(other))
        | (EventKind::Call(one), EventKind::Call(other))
        | (EventKind::Write(one), EventKind::Write(other)) => path(*one, *other),
        (EventKind::Task(one, names), EventKind::Task(other, names2)) => {
            path(*one, *other)
                && names.len() == names2.len()
                && names.iter().zip(names2).all(|(&one, &other)| text(one, other))
        }
        (EventKind::Branch(one), EventKind::Branch(other)) => one == other,
        (EventKind::Statement(kind, one), EventKind::Statement(kind2, other)) => kind == kind2 && text(*one, *other),
        (EventKind::Opaque(one), EventKind::Opaque(other)) => text(*one, *other),
        _ => false,
    };
    same && before.way == after.way && before.conditions == after.conditions
}

/// Whether a value of an event is a text for people.
fn is_for_people(graph: View<'_>, event: &Event, value: usize) -> bool {
    match &event.kind {
        EventKind::Task(task, names) => {
            names.get(value).is_some_and(|&name| people::is_text_of(graph.text_of(*task), graph.text_of(name)))
        }
        EventKind::Call(path) => value > 0 && people::posts(graph.text_of(*path)),
        EventKind::Statement(Kind::Command, _) => people::shows(graph.text_of(event.range)),
        _ => false,
    }
}

/// Whether a loop goes through lists of as many items: what it does with them is compared where it does it.
fn are_as_many(old: View<'_>, one: ValueId, new: View<'_>, other: ValueId) -> bool {
    items(old, one).zip(items(new, other)).is_some_and(|(one, other)| one.len() == other.len())
}

/// Whether what is computed for an output is the same.
fn printed_alike(pair: &mut Pair<'_>, old: &[ValueId], new: &[ValueId]) -> bool {
    let same = old.len() == new.len() && old.iter().zip(new).all(|(&one, &other)| pair.equal(one, other, Mode::EXACT));
    if same {
        return true;
    }
    let (before, after) = (computed(pair.old, old), computed(pair.new, new));
    before.len() == after.len() && before.iter().zip(&after).all(|(&one, &other)| pair.equal(one, other, Mode::EXACT))
}

/// Of values, what is neither a text, nor joined of texts, nor a map, nor the value of a token's parameter.
fn computed(graph: View<'_>, values: &[ValueId]) -> Vec<ValueId> {
    let mut found = Vec::new();
    let _ = graph.walk(values.iter().copied(), |value, more| {
        match graph.op(value) {
            Op::Sum(values) => {
                let mut before = None;
                for &value in values {
                    if !before.is_some_and(|before| names_a_token(graph, before)) {
                        more.push(value);
                    }
                    before = Some(value);
                }
            }
            Op::ReplaceFirst(value, _) => more.push(*value),
            Op::Apply(Head::Callee(name), values) if keeps_text(graph.text_of(*name)) => more.extend(values),
            Op::Apply(Head::Callee(name), values) => match builtins::of(graph.text_of(*name)) {
                // An entry of a map may be the token's.
                Some(Of::Member) => {}
                // What is made of a text, a masked one say, changes with it.
                Some(Of::Same | Of::Cut | Of::Encoded | Of::Joined) => more.extend(values),
                _ => found.push(value),
            },
            _ => {}
        }
        Continue::<()>(())
    });
    found
}

/// Whether a text ends with the name of a token and `=`.
fn names_a_token(graph: View<'_>, mut value: ValueId) -> bool {
    while let Op::Sum(values) = graph.op(value)
        && let Some(&last) = values.last()
    {
        value = last;
    }
    let name = graph.literal(value).and_then(|text| text.strip_suffix('=')).map(str::to_ascii_lowercase);
    name.is_some_and(|text| TOKEN_NAMES.iter().any(|name| text.ends_with(name)))
}

/// A request that nothing was meant to change.
fn untouched_request(
    pair: &mut Pair<'_>,
    reach: &mut Reach<'_>,
    way: Way,
    old: &Sent,
    new: &Sent,
) -> Result<(), &'static str> {
    let all = |sent: &Sent| {
        let more = [sent.method, sent.connection, sent.detailed, sent.simple];
        sent_by(sent).into_iter().chain(more).collect::<Vec<_>>()
    };
    let same = old.implied == new.implied
        && reach.are_same(pair, way, &all(old), &all(new))
        && others(pair, old, new, Mode::EXACT);
    if same { Ok(()) } else { Err("a request would change that was not meant to") }
}

/// URL, headers, bodies and other attributes of a request.
fn sent_by(sent: &Sent) -> Vec<Option<ValueId>> {
    let others = sent.others.iter().map(|&(_, value)| Some(value));
    [sent.url, sent.headers].into_iter().chain(sent.bodies.iter().copied().map(Some)).chain(others).collect()
}

/// Whether something that a request sends names a token, as far as it can be seen. Values that are `clean` do not.
fn carries_token(graph: View<'_>, sent: &Sent, clean: &mut HashSet<ValueId>) -> bool {
    const NAMES: [&str; 5] = ["authtoken=", "auth_token=", "authtoken\"", "<authtoken>", "zoho-authtoken"];
    let names_token = |text: &str| {
        let text = machine::unescaped(text).to_ascii_lowercase();
        NAMES.iter().any(|name| text.contains(name))
    };
    let is_name = |key: ValueId| graph.known_text(key).is_some_and(|key| Mode::BODY.drops_key(&key));
    let is_part = |key: ValueId, name: ValueId| {
        graph.known_text(key).is_some_and(|key| key.trim().eq_ignore_ascii_case("paramName")) && is_name(name)
    };
    let mut waiting: Vec<ValueId> = sent_by(sent).into_iter().flatten().collect();
    // What is looked at for a request that carries none is clean; of one that does, nothing is known.
    while let Some(value) = waiting.pop() {
        if !clean.insert(value) {
            continue;
        }
        match graph.op(value) {
            Op::Text(range) if names_token(range.of(graph.text)) => {
                clean.clear();
                return true;
            }
            Op::Sum(operands) | Op::Phi(_, operands) | Op::AnyOf(_, operands) | Op::Choice(_, operands) => {
                waiting.extend(operands);
            }
            Op::Loop(_, first, back) => waiting.extend([*first, *back]),
            Op::Map(entries) => {
                if entries.iter().any(|&(key, value)| is_name(key) || is_part(key, value)) {
                    clean.clear();
                    return true;
                }
                waiting.extend(entries.iter().flat_map(|&(key, value)| [key, value]));
            }
            Op::Put(_, key, value) if is_name(*key) || is_part(*key, *value) => {
                clean.clear();
                return true;
            }
            Op::Put(map, key, value) => waiting.extend([*map, *key, *value]),
            Op::ReplaceFirst(text, _) => waiting.push(*text),
            // What is taken away again, or out of something else, is not sent.
            Op::Apply(Head::Changed(method), values)
                if !matches!(
                    builtins::changes(graph.text_of(*method)),
                    Some(Change::Remove | Change::Take | Change::Clear)
                ) =>
            {
                waiting.extend(values);
            }
            Op::Apply(Head::Callee(name), values)
                if keeps_text(graph.text_of(*name))
                    || reads_map(graph.text_of(*name))
                    || builtins::of(graph.text_of(*name)) == Some(Of::Encoded) =>
            {
                waiting.extend(values);
            }
            Op::Apply(Head::Kind(Kind::List) | Head::Item(_), values) => waiting.extend(values),
            _ => waiting.extend(looked_up(graph, value)),
        }
    }
    false
}

/// All other attributes; of the parts of a multipart body `mode` may let one go.
fn others(pair: &mut Pair<'_>, old: &Sent, new: &Sent, mode: Mode) -> bool {
    let mut left = new.others.iter().peekable();
    for &(name, before) in &old.others {
        let is_files = pair.old.text_of(name).eq_ignore_ascii_case("files");
        let mode = if is_files { mode } else { Mode::EXACT };
        let same = left.peek().is_some_and(|&&(other, after)| {
            pair.old.text_of(name).eq_ignore_ascii_case(pair.new.text_of(other)) && pair.equal(before, after, mode)
        });
        if same {
            left.next();
        } else if mode != Mode::FILES || !pair.is_emptied(before, mode) {
            return false;
        }
    }
    left.next().is_none()
}

/// A request that lost its token.
fn migrated_request(pair: &mut Pair<'_>, old: &Sent, new: &Sent) -> Result<(), &'static str> {
    let url = match (old.url, new.url) {
        (Some(one), Some(other)) => texts::same(pair, one, Some(other), &UrlState::Path),
        (None, None) => true,
        _ => false,
    };
    if !url {
        return Err("its URL might change by more than the token");
    }
    bodies(pair, &old.bodies, &new.bodies)?;
    let overridden = headers(pair, old, new)?;
    if !methods(pair, old, new, overridden) {
        return Err("its method might change");
    }
    let connection = match (old.connection, new.connection) {
        (Some(one), Some(other)) => pair.equal(one, other, Mode::EXACT),
        (None, _) => true,
        _ => false,
    };
    if !connection || !details(pair, old, new) || !others(pair, old, new, Mode::FILES) {
        return Err("its other attributes might change");
    }
    Ok(())
}

/// Where a text has the token, as its literals say.
enum TokenPlace {
    /// In a member of a JSON text.
    Member,
    /// In an element of an XML text.
    Element,
}

fn token_place(graph: View<'_>, body: ValueId) -> Option<TokenPlace> {
    let found = graph.walk([body], |value, more| {
        match graph.op(value) {
            Op::Text(range) => {
                let text = machine::unescaped(graph.text_of(*range)).to_ascii_lowercase();
                if text.contains("authtoken\"") || text.contains("auth_token\"") {
                    return Break(TokenPlace::Member);
                }
                if text.contains("<authtoken>") {
                    return Break(TokenPlace::Element);
                }
            }
            Op::Sum(parts) => more.extend(parts),
            _ => {}
        }
        Continue(())
    });
    found.break_value()
}

fn bodies(pair: &mut Pair<'_>, old: &[ValueId], new: &[ValueId]) -> Result<(), &'static str> {
    let form = UrlState::Name { separator: "", read: String::new(), cut: false };
    let json = UrlState::Json(Json::Begin(String::new()), Mode::BODY);
    let xml = UrlState::Xml(Xml::Within);
    let mut left = new.iter().copied().peekable();
    for &body in old {
        let same = left.peek().is_some_and(|&other| {
            // A text that is read as what it is not takes the longer the more ways there are through it.
            let machines = match token_place(pair.old, body) {
                Some(TokenPlace::Member) => [&json, &form, &xml],
                Some(TokenPlace::Element) => [&xml, &form, &json],
                None => [&form, &json, &xml],
            };
            let is_map = pair.old.graph.may_be_map(body);
            (is_map && pair.equal(body, other, Mode::BODY))
                || machines.into_iter().any(|machine| texts::same(pair, body, Some(other), machine))
                || (!is_map && pair.equal(body, other, Mode::BODY))
        });
        if same {
            left.next();
        } else if !pair.is_emptied(body, Mode::BODY) && !texts::same(pair, body, None, &form) {
            return Err("what it sends might change by more than the token");
        }
    }
    if left.next().is_some() { Err("what it sends would change") } else { Ok(()) }
}

/// Whether the header that asks for another method went with the token.
fn headers(pair: &mut Pair<'_>, old: &Sent, new: &Sent) -> Result<bool, &'static str> {
    let same = |pair: &mut Pair<'_>, mode: Mode| match (old.headers, new.headers) {
        (Some(one), Some(other)) => pair.equal(one, other, mode),
        (Some(one), None) => pair.is_emptied(one, mode),
        (None, None) => true,
        (None, Some(_)) => false,
    };
    if same(pair, Mode::HEADERS) {
        Ok(false)
    } else if same(pair, Mode::HEADERS_AND_METHOD) {
        Ok(true)
    } else {
        Err("its headers might change by more than the token")
    }
}

fn methods(pair: &mut Pair<'_>, old: &Sent, new: &Sent, overridden: bool) -> bool {
    let after = method(pair.new, new);
    if overridden {
        // It goes from a `postUrl` only, where it is what the server heeds.
        let asked = old.headers.map(|headers| overrides(pair.old, headers)).unwrap_or_default();
        return old.implied == "POST"
            && old.method.is_none()
            && !asked.is_empty()
            && asked.iter().all(|asked| asked.is_some() && *asked == after);
    }
    match (method(pair.old, old), after) {
        (Some(before), Some(after)) => before == after,
        (None, None) => match (old.method, new.method) {
            (Some(one), Some(other)) => pair.equal(one, other, Mode::EXACT),
            _ => false,
        },
        _ => false,
    }
}

/// The method in capitals, where it can be seen.
fn method(graph: View<'_>, sent: &Sent) -> Option<String> {
    let Some(value) = sent.method else { return Some(sent.implied.to_owned()) };
    match graph.op(value) {
        Op::Apply(Head::Leaf(word), _) => Some(graph.text_of(*word).to_ascii_uppercase()),
        _ => graph.known_text(value).map(|word| word.trim().to_ascii_uppercase()),
    }
}

/// The methods that the headers may ask for; `None` for one that cannot be seen.
fn overrides(graph: View<'_>, headers: ValueId) -> Vec<Option<String>> {
    let mut asked = Vec::new();
    let is_override = |key: ValueId| graph.known_text(key).is_some_and(|key| key.trim().eq_ignore_ascii_case(OVERRIDE));
    let method_of = |value: ValueId| graph.known_text(value).map(|method| method.trim().to_ascii_uppercase());
    let _ = graph.walk([headers], |value, more| {
        match graph.op(value) {
            Op::Map(entries) => {
                let own: Vec<_> = entries.iter().filter(|&&(key, _)| is_override(key)).collect();
                asked.extend(own.iter().map(|&&(_, value)| method_of(value)));
                if own.is_empty() {
                    asked.push(None);
                }
            }
            Op::Put(_, key, value) if is_override(*key) => asked.push(method_of(*value)),
            Op::Put(map, ..) => more.push(*map),
            _ => asked.push(None),
        }
        Continue::<()>(())
    });
    asked
}

/// Whether the answer comes in the same detail: `getUrl(u, false)` is `detailed:true`.
fn details(pair: &mut Pair<'_>, old: &Sent, new: &Sent) -> bool {
    let is_detailed = |graph: View<'_>, sent: &Sent| {
        let is = |value: ValueId, word: &str| graph.is_word(value, word);
        match (sent.detailed, sent.simple) {
            (None, None) => Some(false),
            (Some(value), None) if is(value, "true") => Some(true),
            (Some(value), None) if is(value, "false") => Some(false),
            (None, Some(value)) if is(value, "false") => Some(true),
            (None, Some(value)) if is(value, "true") => Some(false),
            _ => None,
        }
    };
    match (is_detailed(pair.old, old), is_detailed(pair.new, new)) {
        (Some(before), Some(after)) => before == after,
        (None, None) => match (old.detailed, new.detailed) {
            (Some(one), Some(other)) => pair.equal(one, other, Mode::EXACT),
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests;
