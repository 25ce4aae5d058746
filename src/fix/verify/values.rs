//! Whether a value of the old text and one of the new text are the same, on every way through the script.
//!
//! Two values are the same unless a difference is found: they are taken to be while what they are made of is compared, so
//! that loops come to an end. When a difference turns up, all that was concluded since is forgotten.

use foldhash::{HashSet, HashSetExt};

use super::lookups::{items, looked_up};
use super::machine::{Json, UrlState};
use super::mode::{Mode, TOKEN_NAMES};
use super::pair::Pair;
use super::texts;
use crate::deluge::Kind;
use crate::deluge::builtins::{Change, Of, changes, of, reads_map};
use crate::flow::graph::{Head, Op, ValueId};
use crate::text::source::TextRange;

impl<'g> Pair<'g> {
    /// Whether the values are the same, but for what `mode` lets go.
    pub(super) fn equal(&mut self, old: ValueId, new: ValueId, mode: Mode) -> bool {
        let pair = (self.old.plain(old), self.new.plain(new), mode);
        if let Some(same) = self.same_leaf(pair.0, pair.1) {
            return same;
        }
        if let Some(&known) = self.known.get(&pair) {
            return known;
        }
        let mark = self.trail.len();
        self.known.insert(pair, true);
        self.trail.push(pair);
        let equal = self.enter() && self.compare(pair.0, pair.1, mode);
        self.leave();
        if !equal {
            for taken in self.trail.drain(mark..) {
                self.known.remove(&taken);
            }
            self.known.insert(pair, false);
        }
        equal
    }

    /// Whether two values are the same that are made of no others; `None` when they are.
    fn same_leaf(&self, old: ValueId, new: ValueId) -> Option<bool> {
        let (before, after) = (self.old, self.new);
        match (before.op(old), after.op(new)) {
            (Op::Text(one), Op::Text(other)) | (Op::Outside(one), Op::Outside(other)) => {
                Some(before.text_of(*one) == after.text_of(*other))
            }
            (Op::Result(one), Op::Result(other)) => Some(self.results.get(&one.0) == Some(&other.0)),
            _ => None,
        }
    }

    fn all_equal(&mut self, old: &[ValueId], new: &[ValueId], mode: Mode) -> bool {
        old.len() == new.len() && old.iter().zip(new).all(|(&old, &new)| self.equal(old, new, mode))
    }

    fn compare(&mut self, old: ValueId, new: ValueId, mode: Mode) -> bool {
        let (before, after) = (self.old, self.new);
        match (before.op(old), after.op(new)) {
            // Mostly they are joined of the same operands.
            (Op::Sum(one), Op::Sum(other)) if self.all_equal(one, other, Mode::EXACT) => true,
            (Op::Sum(_), _) | (_, Op::Sum(_)) => texts::same(self, old, Some(new), &UrlState::Plain),
            (Op::Map(one), Op::Map(other)) => self.entries(one, other, mode),
            (Op::Put(map, key, value), Op::Put(map2, key2, value2))
                if self.equal(*key, *key2, Mode::EXACT) && self.equal(*value, *value2, Mode::EXACT) =>
            {
                // What it replaces need not have been there.
                let wider = before.known_text(*key).map_or(mode, |key| mode.or(Mode::of_key(&key)));
                self.equal(*map, *map2, wider)
            }
            (Op::Put(map, key, _), _) if self.drops(*key, mode) => self.equal(*map, new, mode),
            (Op::ReplaceFirst(one, to), Op::ReplaceFirst(other, to2)) => {
                to.of(before.text) == to2.of(after.text) && self.equal(*one, *other, Mode::EXACT)
            }
            (Op::Apply(head, parts), _) if mode == Mode::FILES && self.is_part_added(*head, parts) => {
                parts.first().is_some_and(|&list| self.equal(list, new, mode))
            }
            (Op::Apply(Head::Kind(Kind::List), one), Op::Apply(Head::Kind(Kind::List), other))
                if mode == Mode::FILES =>
            {
                let left: Vec<ValueId> = one.iter().copied().filter(|&item| !self.is_token_part(item)).collect();
                self.all_equal(&left, other, Mode::EXACT) || self.all_equal(one, other, Mode::EXACT)
            }
            (Op::Apply(head, parts), _) if mode == Mode::LIST && self.is_token_added(*head, parts) => {
                parts.first().is_some_and(|&list| self.equal(list, new, mode))
            }
            (Op::Apply(head, one), Op::Apply(head2, other)) if self.same_head(*head, *head2) => {
                if let (Some(one), Some(other)) = (looked_up(before, old), looked_up(after, new))
                    && self.equal(one, other, Mode::EXACT)
                {
                    return true;
                }
                // Another entry than those that go.
                if let (Head::Callee(method), [map, key], [map2, key2]) = (head, one.as_slice(), other.as_slice())
                    && matches!(of(before.text_of(*method)), Some(Of::Member | Of::Presence))
                    && before.known_text(*key).is_some_and(|key| !Mode::ALL.drops_key(&key))
                {
                    return self.equal(*key, *key2, Mode::EXACT) && self.equal(*map, *map2, Mode::ALL);
                }
                // What is removed later need not have been there.
                if let (Head::Changed(method), [map, key], [map2, key2]) = (head, one.as_slice(), other.as_slice())
                    && changes(before.text_of(*method)) == Some(Change::Remove)
                    && let Some(gone) = before.known_text(*key)
                {
                    let wider = mode.or(Mode::of_key(&gone));
                    return self.equal(*key, *key2, Mode::EXACT) && self.equal(*map, *map2, wider);
                }
                // A text that is read as a map lacks the member.
                if let (Head::Callee(name), &[text], &[text2]) = (head, one.as_slice(), other.as_slice())
                    && mode != Mode::EXACT
                    && reads_map(before.text_of(*name))
                {
                    let json = UrlState::Json(Json::Begin(String::new()), mode);
                    return self.equal(text, text2, Mode::EXACT) || texts::same(self, text, Some(text2), &json);
                }
                let passes = matches!(head, Head::Changed(_) | Head::Given | Head::Blurred) || self.is_text_of(*head);
                self.all_equal(one, other, if passes { mode } else { Mode::EXACT })
            }
            _ => match self.joined(old, new) {
                Some(others) => {
                    let inputs = texts::inputs(before, old).unwrap_or_default();
                    inputs.iter().zip(others).all(|(&input, other)| self.equal(input, other, mode))
                }
                // A way on which nothing is written any more.
                None => match (texts::inputs(before, old), texts::inputs(after, new)) {
                    (Some(inputs), None) => inputs.into_iter().all(|input| self.equal(input, new, mode)),
                    (None, Some(inputs)) => inputs.into_iter().all(|input| self.equal(old, input, mode)),
                    _ => false,
                },
            },
        }
    }

    /// The inputs of `new` when the two are the same join.
    pub(super) fn joined(&mut self, old: ValueId, new: ValueId) -> Option<Vec<ValueId>> {
        match (self.old.op(old), self.new.op(new)) {
            (Op::Phi(join, inputs), Op::Phi(join2, others)) | (Op::AnyOf(join, inputs), Op::AnyOf(join2, others)) => {
                (join == join2 && inputs.len() == others.len()).then(|| others.to_vec())
            }
            (Op::Loop(join, ..), Op::Loop(join2, first, back)) => (join == join2).then(|| vec![*first, *back]),
            (&Op::Apply(Head::Item(join), ref list), &Op::Apply(Head::Item(join2), ref list2)) if join == join2 => {
                let (&[list], &[list2]) = (list.as_slice(), list2.as_slice()) else { return None };
                let (items, others) = (items(self.old, list)?, items(self.new, list2)?);
                (items.len() == others.len()).then_some(others)
            }
            (Op::Choice(condition, inputs), Op::Choice(condition2, others)) => {
                let same = match (*condition, *condition2) {
                    (Some(one), Some(other)) => self.equal(one, other, Mode::EXACT),
                    (None, None) => true,
                    _ => false,
                };
                (same && inputs.len() == others.len()).then(|| others.to_vec())
            }
            _ => None,
        }
    }

    fn entries(&mut self, old: &[(ValueId, ValueId)], new: &[(ValueId, ValueId)], mode: Mode) -> bool {
        let mut left = new.iter().peekable();
        for &(key, value) in old {
            let same = left.peek().is_some_and(|&&(key2, value2)| {
                self.equal(key, key2, Mode::EXACT) && self.equal(value, value2, Mode::EXACT)
            });
            if same {
                left.next();
            } else if !self.drops(key, mode) {
                return false;
            }
        }
        left.next().is_none()
    }

    fn adds(&self, method: TextRange) -> bool {
        self.old.text_of(method).eq_ignore_ascii_case("add")
    }

    /// Whether a call adds the token's part of a multipart body to the old list.
    fn is_part_added(&self, head: Head, parts: &[ValueId]) -> bool {
        match (head, parts) {
            (Head::Changed(method), &[_, item]) => self.adds(method) && self.is_token_part(item),
            _ => false,
        }
    }

    /// Whether an item of the old list is the part of a multipart body that is the token, whatever way was taken to it.
    fn is_token_part(&self, item: ValueId) -> bool {
        let text = |value: ValueId| self.old.known_text(value).map(|text| text.trim().to_ascii_lowercase());
        let names = |key: ValueId| text(key).is_some_and(|key| key == "paramname");
        let is_token = |value: ValueId| text(value).is_some_and(|name| TOKEN_NAMES.contains(&name.as_str()));
        let mut waiting = vec![item];
        let mut seen = HashSet::new();
        while let Some(value) = waiting.pop() {
            let value = self.old.plain(value);
            if !seen.insert(value) {
                continue;
            }
            match self.old.op(value) {
                Op::Map(entries)
                    if entries.iter().rfind(|&&(key, _)| names(key)).is_some_and(|&(_, it)| is_token(it)) => {}
                Op::Put(_, key, value) if names(*key) && is_token(*value) => {}
                Op::Put(map, key, _) if !names(*key) && text(*key).is_some() => waiting.push(*map),
                Op::Phi(_, inputs) | Op::Choice(_, inputs) => waiting.extend(inputs),
                _ => return false,
            }
        }
        true
    }

    /// Whether a call adds the token's parameter to the old list.
    fn is_token_added(&self, head: Head, parts: &[ValueId]) -> bool {
        match (head, parts) {
            (Head::Changed(method), &[_, item]) => self.adds(method) && self.is_token_item(item),
            _ => false,
        }
    }

    /// Whether an item of the old list is the token's parameter and nothing else.
    fn is_token_item(&self, item: ValueId) -> bool {
        let item = self.old.plain(item);
        let (first, rest) = match self.old.op(item) {
            Op::Sum(parts) => (parts.first().copied().unwrap_or(item), parts.len() - parts.len().min(1)),
            _ => (item, 0),
        };
        // A value that cannot be seen is the token, as it is elsewhere.
        let Some((name, value)) = self.old.literal(self.old.plain(first)).and_then(|text| text.split_once('=')) else {
            return false;
        };
        let named = TOKEN_NAMES.iter().any(|known| known.eq_ignore_ascii_case(name));
        named && (rest == 0 && !value.contains('&') || rest == 1 && value.is_empty())
    }

    /// Whether something is in the new list on every way to it.
    pub(super) fn is_filled(&mut self, list: ValueId) -> bool {
        let mut waiting = vec![list];
        let mut seen = HashSet::new();
        while let Some(value) = waiting.pop() {
            let value = self.new.plain(value);
            if !seen.insert(value) {
                continue;
            }
            match self.new.op(value) {
                Op::Apply(Head::Changed(method), _) if self.new.text_of(*method).eq_ignore_ascii_case("add") => {}
                Op::Phi(_, inputs) | Op::AnyOf(_, inputs) | Op::Choice(_, inputs) => waiting.extend(inputs),
                Op::Loop(_, first, _) => waiting.push(*first),
                _ => return false,
            }
        }
        true
    }

    fn drops(&self, key: ValueId, mode: Mode) -> bool {
        mode != Mode::EXACT && self.old.known_text(key).is_some_and(|key| mode.drops_key(&key))
    }

    /// Whether nothing is left of an old value.
    pub(super) fn is_emptied(&mut self, old: ValueId, mode: Mode) -> bool {
        let mut waiting = vec![old];
        let mut seen = HashSet::new();
        while let Some(value) = waiting.pop() {
            let value = self.old.plain(value);
            if !seen.insert(value) {
                continue;
            }
            match self.old.op(value) {
                Op::Map(entries) if entries.iter().all(|&(key, _)| self.drops(key, mode)) => {}
                Op::Put(map, key, _) if self.drops(*key, mode) => waiting.push(*map),
                Op::Apply(Head::Kind(Kind::List), items)
                    if mode == Mode::FILES && items.iter().all(|&item| self.is_token_part(item)) => {}
                Op::Phi(_, inputs) | Op::AnyOf(_, inputs) | Op::Choice(_, inputs) => waiting.extend(inputs),
                Op::Loop(_, first, back) => waiting.extend([*first, *back]),
                _ => return false,
            }
        }
        true
    }

    pub(super) fn same_head(&self, one: Head, other: Head) -> bool {
        match (one, other) {
            (Head::Callee(one), Head::Callee(other)) | (Head::Changed(one), Head::Changed(other)) => {
                self.old.text_of(one).eq_ignore_ascii_case(self.new.text_of(other))
            }
            (Head::Leaf(one), Head::Leaf(other)) => self.old.text_of(one) == self.new.text_of(other),
            _ => one == other,
        }
    }

    /// `map.toString()`: what is missing in the map is missing in its text.
    fn is_text_of(&self, head: Head) -> bool {
        matches!(head, Head::Callee(name) if self.old.text_of(name).eq_ignore_ascii_case("toString"))
    }
}
