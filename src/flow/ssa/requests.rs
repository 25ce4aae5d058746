//! Requests: what an event of one sends.

use std::collections::BTreeSet;

use super::{Builder, is_one_of};
use crate::deluge::{Kind, NodeId};
use crate::flow::graph::{EventKind, Head, Op, Sent, ValueId, Values};
use crate::text::source::TextRange;

impl<'t, 'b> Builder<'t, 'b> {
    pub(super) fn attributes(&mut self, part: NodeId) -> (Vec<TextRange>, Vec<ValueId>) {
        let tree = self.tree;
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for &attribute in tree.children(part) {
            let Some((&name, given)) = tree.children(attribute).split_first() else { continue };
            for &value in given {
                names.push(tree.range(name));
                values.push(self.value(value));
            }
        }
        (names, values)
    }

    pub(super) fn task(&mut self, path: TextRange, part: NodeId) -> ValueId {
        let (names, values) = self.attributes(part);
        self.event(EventKind::Task(path, names), values)
    }

    // ------------------------------------------------------------------------------------------ requests

    pub(super) fn request(&mut self, word: TextRange, part: NodeId) -> ValueId {
        let tree = self.tree;
        let mut sent = Sent { node: tree.parent(part), ..Sent::default() };
        if tree.kind(part) == Kind::Attributes {
            self.sent_by_attributes(part, &mut sent);
        } else {
            self.sent_by_arguments(word.of(self.text), part, &mut sent);
        }
        self.event(EventKind::Request(Box::new(sent)), Vec::new())
    }

    pub(super) fn sent_by_attributes(&mut self, part: NodeId, sent: &mut Sent) {
        let tree = self.tree;
        sent.implied = "GET";
        for &attribute in tree.children(part) {
            let Some((&name, given)) = tree.children(attribute).split_first() else { continue };
            let attribute = tree.range(name);
            let name = self.text_of(name).to_ascii_lowercase();
            for &value in given {
                let bare = tree.kind(value) == Kind::Name && !self.is_written(self.text_of(value));
                let constant = bare && matches!(name.as_str(), "type" | "response-format" | "response-decoding");
                let value = if constant {
                    self.graph.add(Op::Apply(Head::Leaf(tree.range(value)), Values::new()))
                } else {
                    self.value(value)
                };
                match name.as_str() {
                    "url" | "path" if sent.url.is_none() => sent.url = Some(value),
                    "type" if sent.method.is_none() => sent.method = Some(value),
                    "connection" if sent.connection.is_none() => sent.connection = Some(value),
                    "headers" | "header" if sent.headers.is_none() => sent.headers = Some(value),
                    "detailed" if sent.detailed.is_none() => sent.detailed = Some(value),
                    "parameters" | "body" | "params" => sent.bodies.push(value),
                    _ => sent.others.push((attribute, value)),
                }
            }
        }
    }

    /// Arguments by position (facts 2.2 and 2.4).
    pub(super) fn sent_by_arguments(&mut self, word: &str, part: NodeId, sent: &mut Sent) {
        let values = self.arguments(part);
        let mut values = values.iter().copied();
        sent.url = values.next();
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        sent.implied = match () {
            () if is("postUrl") => "POST",
            () if is("putUrl") => "PUT",
            () => "GET",
        };
        if is("invokeUrl") {
            sent.method = values.next();
        }
        if !is("getUrl") {
            let body = values.next();
            match body {
                Some(body) if is("invokeUrl") && values.len() == 0 && self.is_boolean(body) => sent.simple = Some(body),
                Some(body) => sent.bodies.push(body),
                None => {}
            }
        }
        for value in values {
            if self.is_boolean(value) {
                sent.simple = Some(value);
            } else if sent.headers.is_none() {
                sent.headers = Some(value);
            } else {
                sent.others.push((TextRange::default(), value));
            }
        }
    }

    /// Whether a value is `true` or `false`, whatever way was taken to it.
    pub(super) fn is_boolean(&self, value: ValueId) -> bool {
        let mut waiting = vec![value];
        let mut seen = BTreeSet::new();
        while let Some(value) = waiting.pop() {
            if !seen.insert(value) {
                continue;
            }
            match self.graph.op(value) {
                Op::Apply(Head::Leaf(word), _) if is_one_of(&["true", "false"], word.of(self.text)) => {}
                Op::Phi(_, inputs) | Op::AnyOf(_, inputs) => waiting.extend(inputs),
                Op::Loop(_, first, back) => waiting.extend([*first, *back]),
                _ => return false,
            }
        }
        true
    }
}
