//! Expressions, and what the functions of Deluge do in them.

use super::{Builder, Cell, Name, OUTSIDE, is_constant, is_lookup, is_request};
use crate::deluge::builtins::{self, Form, is_namespace, only_yields};
use crate::deluge::pure;
use crate::deluge::{Kind, NodeId, Operator};
use crate::flow::graph::{EventKind, Head, Op, ValueId, Values};
use crate::text::source::TextRange;

impl<'t, 'b> Builder<'t, 'b> {
    pub(super) fn value(&mut self, node: NodeId) -> ValueId {
        let value = self.made(node);
        self.graph.note(node, value);
        value
    }

    pub(super) fn made(&mut self, node: NodeId) -> ValueId {
        let tree = self.tree;
        let children = tree.children(node);
        match tree.kind(node) {
            Kind::Name => self.read(node),
            Kind::String => {
                let range = tree.range(node);
                let open = self.text_of(node).chars().next().map_or(0, char::len_utf8);
                let close = self.text_of(node).chars().next_back().map_or(0, char::len_utf8);
                let content = TextRange::new(range.start() + open, range.end().saturating_sub(close));
                self.graph.add(Op::Text(content))
            }
            Kind::Number => self.graph.add(Op::Apply(Head::Leaf(tree.range(node)), Values::new())),
            Kind::Paren => match children {
                [inner] => self.value(*inner),
                _ => self.other(node),
            },
            Kind::Binary => self.binary(children),
            Kind::Chain => self.chain(node, children),
            Kind::Brace | Kind::List | Kind::Call => self.braces(node, children),
            Kind::Insert => {
                let values = self.values(children);
                let name =
                    tree.child(node, Kind::FunctionName).map_or_else(TextRange::default, |name| tree.range(name));
                self.event(EventKind::Call(name), values)
            }
            Kind::Opaque => {
                self.opaque(node);
                self.graph.add(Op::Apply(Head::Leaf(tree.range(node)), Values::new()))
            }
            _ => self.other(node),
        }
    }

    pub(super) fn other(&mut self, node: NodeId) -> ValueId {
        let tree = self.tree;
        let children = self.tree.children(node);
        if children.is_empty() {
            return self.graph.add(Op::Apply(Head::Leaf(tree.range(node)), Values::new()));
        }
        let values = self.values(children);
        let head = match (self.tree.kind(node), children.first().map(|&first| self.tree.kind(first))) {
            (Kind::Unary, Some(Kind::Op(op))) => Head::Operator(op),
            (kind, _) => Head::Kind(kind),
        };
        self.graph.add(Op::Apply(head, values))
    }

    pub(super) fn binary(&mut self, children: &[NodeId]) -> ValueId {
        let mut parts = children.iter().copied();
        let Some(first) = parts.next() else { return self.graph.add(Op::Map(Vec::new())) };
        let mut left = self.value(first);
        let mut sum = Values::new();
        while let (Some(op), Some(operand)) = (parts.next(), parts.next()) {
            let Kind::Op(op) = self.tree.kind(op) else { continue };
            let decides = matches!(op, Operator::And | Operator::Or);
            self.conditions += u32::from(decides);
            let right = self.value(operand);
            self.conditions -= u32::from(decides);
            if op == Operator::Add {
                if sum.is_empty() {
                    sum.push(left);
                }
                sum.push(right);
                continue;
            }
            if !sum.is_empty() {
                left = self.graph.add(Op::Sum(std::mem::take(&mut sum)));
            }
            left = self.graph.add(Op::Apply(Head::Operator(op), [left, right].into()));
        }
        if sum.is_empty() { left } else { self.graph.add(Op::Sum(sum)) }
    }

    /// A map or a list, or the arguments of a constructor.
    pub(super) fn braces(&mut self, node: NodeId, children: &[NodeId]) -> ValueId {
        let tree = self.tree;
        let is_entry = |&child: &NodeId| tree.kind(child) == Kind::Entry;
        if tree.kind(node) != Kind::List && children.iter().all(is_entry) {
            let mut entries = Vec::with_capacity(children.len());
            for &entry in children {
                if let [key, value] = tree.children(entry) {
                    let key = self.value(*key);
                    let value = self.value(*value);
                    entries.push((key, value));
                }
            }
            return self.graph.add(Op::Map(entries));
        }
        let values = self.values(children);
        self.graph.add(Op::Apply(Head::Kind(Kind::List), values))
    }

    pub(super) fn chain(&mut self, node: NodeId, children: &[NodeId]) -> ValueId {
        let tree = self.tree;
        let Some((&first, mut links)) = children.split_first() else { return self.other(node) };
        let is_name = tree.kind(first) == Kind::Name;
        let word = self.text_of(first);
        let value;
        match links.first().map(|&link| (link, tree.kind(link))) {
            Some((part, kind)) if is_name && is_request(word, kind) => {
                value = self.request(tree.range(first), part);
                links = links.get(1..).unwrap_or(&[]);
            }
            Some((call, Kind::Call)) if is_name => {
                value = self.function(tree.range(first), call);
                links = links.get(1..).unwrap_or(&[]);
            }
            Some((part, Kind::Attributes)) if is_name => {
                value = self.task(tree.range(first), part);
                links = links.get(1..).unwrap_or(&[]);
            }
            _ if is_name && self.is_namespace(word) => {
                return self.namespace(node, children);
            }
            _ => value = self.value(first),
        }
        let root = is_name.then(|| self.name(first)).filter(|_| links.len() + 1 == children.len());
        self.links(value, root, links)
    }

    /// Whether a word begins the path of a function: no variable is called so.
    pub(super) fn is_namespace(&self, word: &str) -> bool {
        is_namespace(word) && !self.is_written(word)
    }

    pub(super) fn is_written(&self, word: &str) -> bool {
        self.names.get(word).is_some_and(|&name| self.cell(name) != OUTSIDE)
    }

    /// What hangs on a value: fields, methods, indices. `root` is the name that the value is read from.
    pub(super) fn links(&mut self, mut value: ValueId, root: Option<Name>, links: &[NodeId]) -> ValueId {
        let tree = self.tree;
        let mut at = 0;
        while let Some(&link) = links.get(at) {
            at += 1;
            match tree.kind(link) {
                Kind::Member => {
                    let name = tree.child(link, Kind::Name).map_or_else(TextRange::default, |name| tree.range(name));
                    match links.get(at).copied().filter(|&call| tree.kind(call) == Kind::Call) {
                        Some(call) => {
                            value = self.method(value, root, at == 1, name, call);
                            at += 1;
                        }
                        None => value = self.graph.add(Op::Apply(Head::Callee(name), [value].into())),
                    }
                }
                Kind::Attributes => {
                    let (names, mut values) = self.attributes(link);
                    values.insert(0, value);
                    value = self.event(EventKind::Task(TextRange::default(), names), values);
                }
                Kind::Call => {
                    let values = self.arguments_behind(Some(value), link);
                    value = self.event(EventKind::Call(TextRange::default()), values);
                }
                kind => {
                    let mut values = Values::from([value]);
                    values.extend(self.values(tree.children(link)).iter().copied());
                    if tree.children(link).is_empty() {
                        values.push(self.graph.add(Op::Apply(Head::Leaf(tree.range(link)), Values::new())));
                    }
                    value = self.graph.add(Op::Apply(Head::Kind(kind), values));
                }
            }
        }
        value
    }

    /// `thisapp.queue.next()`, `zoho.crm.getOrgVariable("x")`, `zoho.loginuserid`, `zoho.sdp.invokeUrl [ … ]`
    pub(super) fn namespace(&mut self, node: NodeId, children: &[NodeId]) -> ValueId {
        let tree = self.tree;
        let path = self.path(node);
        let from = children
            .iter()
            .position(|&link| !matches!(tree.kind(link), Kind::Name | Kind::Member))
            .unwrap_or(children.len());
        let rest = children.get(from..).unwrap_or(&[]);
        let Some((&part, links)) = rest.split_first() else {
            return self.graph.add(Op::Apply(Head::Leaf(path), Values::new()));
        };
        let squeezed: String = path.of(self.text).split_whitespace().collect();
        let value = match tree.kind(part) {
            Kind::Attributes if squeezed.eq_ignore_ascii_case("zoho.sdp.invokeurl") => self.request(path, part),
            Kind::Attributes => self.task(path, part),
            Kind::Call if is_lookup(&squeezed) || pure::yields(self.text, tree, &squeezed) => {
                let values = self.arguments(part);
                self.graph.add(Op::Apply(Head::Callee(path), values))
            }
            Kind::Call => {
                let values = self.arguments(part);
                let result = self.event(EventKind::Call(path), values);
                self.given_away(part, result);
                result
            }
            _ => {
                let value = self.graph.add(Op::Apply(Head::Leaf(path), Values::new()));
                return self.links(value, None, rest);
            }
        };
        self.links(value, None, links)
    }

    pub(super) fn arguments(&mut self, call: NodeId) -> Values {
        self.arguments_behind(None, call)
    }

    /// The arguments behind the value that a method is called on.
    fn arguments_behind(&mut self, receiver: Option<ValueId>, call: NodeId) -> Values {
        let tree = self.tree;
        let arguments = tree.children(call);
        let mut values = Values::with_capacity(arguments.len() + usize::from(receiver.is_some()));
        values.extend(receiver);
        for &argument in arguments {
            match (tree.kind(argument), tree.children(argument)) {
                (Kind::Entry, &[key, value]) => {
                    values.push(self.value(key));
                    values.push(self.value(value));
                }
                _ => values.push(self.value(argument)),
            }
        }
        values
    }

    pub(super) fn function(&mut self, range: TextRange, call: NodeId) -> ValueId {
        let tree = self.tree;
        let name = range.of(self.text);
        let arguments = tree.children(call);
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("if") || is("ifelse") {
            let Some((&condition, rest)) = arguments.split_first() else { return self.other(call) };
            let condition = self.value(condition);
            self.conditions += 1;
            let values = self.values(rest);
            self.conditions -= 1;
            return self.graph.add(Op::Choice(Some(condition), values));
        }
        if is("ifnull") {
            let Some((&first, rest)) = arguments.split_first() else { return self.other(call) };
            let mut values = Values::from([self.value(first)]);
            self.conditions += 1;
            values.extend(self.values(rest).iter().copied());
            self.conditions -= 1;
            return self.graph.add(Op::Choice(None, values));
        }
        if is("map") || is("collection") {
            return self.braces(call, arguments);
        }
        let values = self.arguments(call);
        if is("concat") {
            return self.graph.add(Op::Sum(values));
        }
        if only_yields(name, Form::Function) || pure::yields(self.text, tree, name) {
            return self.graph.add(Op::Apply(Head::Callee(range), values));
        }
        let result = self.event(EventKind::Call(range), values);
        self.given_away(call, result);
        result
    }

    /// A function may change the maps that it is given.
    pub(super) fn given_away(&mut self, call: NodeId, result: ValueId) {
        let tree = self.tree;
        let names: Vec<NodeId> = tree
            .children(call)
            .iter()
            .map(|&it| self.inner(it))
            .filter(|&it| tree.kind(it) == Kind::Name && !is_constant(self.text_of(it)))
            .collect();
        for name in names {
            let name = self.name(name);
            if self.cell(name) != OUTSIDE && self.may_be_map(name) {
                let before = self.value_of(name);
                let after = self.graph.add(Op::Apply(Head::Given, [before, result].into()));
                self.change_within(name, after);
            }
        }
    }

    /// A map or list holds the maps that these expressions, or the literals among them, name.
    pub(super) fn hold_all(&mut self, holder: Cell, nodes: &[NodeId]) {
        let tree = self.tree;
        let mut waiting = Vec::new();
        for &outer in nodes.iter().rev() {
            let mut next = Some(outer);
            while let Some(node) = next {
                match tree.kind(node) {
                    Kind::Paren | Kind::Brace | Kind::List | Kind::Entry | Kind::Call => {
                        waiting.extend(tree.children(node));
                    }
                    // `Collection("k":map)`
                    Kind::Chain if !self.is_answer(node) => waiting.extend(tree.child(node, Kind::Call)),
                    Kind::Name => {
                        if let Some(&held) = self.names.get(self.text_of(node))
                            && self.may_be_map(held)
                        {
                            let held = self.cell(held);
                            self.hold(holder, held);
                        }
                    }
                    _ => {}
                }
                next = waiting.pop();
            }
        }
    }

    /// Whether a chain begins with a request: its answer holds nothing of what it sends.
    pub(super) fn is_answer(&self, chain: NodeId) -> bool {
        match self.tree.children(chain) {
            &[first, part, ..] => is_request(self.text_of(first), self.tree.kind(part)),
            _ => false,
        }
    }

    /// Whether a name may hold a map or list: texts and numbers cannot be changed.
    pub(super) fn may_be_map(&mut self, name: Name) -> bool {
        let value = self.value_of(name);
        self.graph.may_be_map(value)
    }

    pub(super) fn method(
        &mut self,
        value: ValueId,
        root: Option<Name>,
        direct: bool,
        range: TextRange,
        call: NodeId,
    ) -> ValueId {
        let tree = self.tree;
        let name = range.of(self.text);
        let values = self.arguments_behind(Some(value), call);
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("concat") || (is("append") && !self.graph.may_be_map(value)) {
            return self.graph.add(Op::Sum(values));
        }
        if is("replaceFirst")
            && let [_, from, to, ..] = *values.as_slice()
            && matches!(self.graph.op(from), Op::Text(from) if from.of(self.text) == "&")
            && let &Op::Text(to) = self.graph.op(to)
        {
            return self.graph.add(Op::ReplaceFirst(value, to));
        }
        let builtin = builtins::builtin(name);
        if builtin.is_some_and(|builtin| builtin.changes.is_some()) {
            let after = match *values.as_slice() {
                [_, key, entry] if is("put") => self.graph.add(Op::Put(value, key, entry)),
                [_] if is("clear") => self.graph.add(Op::Map(Vec::new())),
                _ => self.graph.add(Op::Apply(Head::Changed(range), values.clone())),
            };
            match root {
                Some(root) if direct => {
                    self.change(root, after);
                    let own = self.cell(root);
                    // What is put in may be changed through its own name later.
                    self.hold_all(own, tree.children(call));
                }
                Some(root) => {
                    let before = self.value_of(root);
                    let changed = self.graph.add(Op::Apply(Head::Given, [before, after].into()));
                    self.change_within(root, changed);
                }
                None => {
                    self.event(EventKind::Call(range), values);
                }
            }
            return after;
        }
        if builtin.is_some_and(|builtin| builtin.only_yields(Form::Method)) {
            return self.graph.add(Op::Apply(Head::Callee(range), values));
        }
        let result = self.event(EventKind::Call(range), values);
        if let Some(root) = root.filter(|&root| self.cell(root) != OUTSIDE && self.may_be_map(root)) {
            let before = self.value_of(root);
            let after = self.graph.add(Op::Apply(Head::Given, [before, result].into()));
            self.change_within(root, after);
        }
        self.given_away(call, result);
        result
    }
}
