//! How a manifest is laid out, so that what is added looks like what is there.

use super::value::Value;
use crate::deluge::{Document, Kind, NodeId};
use crate::text::source::TextRange;

/// White space of a manifest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Its line ending.
    pub newline: &'static str,
    /// One step of indentation.
    pub unit: String,
    /// What stands between a key and its value, the colon included.
    colon: String,
    /// Objects in one line; otherwise a member a line.
    objects: Option<Inline>,
    /// The same for arrays of texts and numbers.
    arrays: Option<Inline>,
    /// The opening bracket of a value stands on a line of its own.
    brackets_below: bool,
}

/// White space within one line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inline {
    /// Inside of the brackets.
    padding: String,
    /// Behind a comma.
    comma: String,
}

impl Layout {
    /// The layout of a manifest, for something to be added to `container`: its own items count most, then other
    /// objects in lists, then the file.
    pub fn of(document: &Document<'_>, container: Option<NodeId>) -> Self {
        let (tree, text) = (document.tree(), document.text());
        let near = container.into_iter().flat_map(|node| tree.descendants(node));
        let nodes: Vec<NodeId> = near.chain(tree.descendants(tree.root())).collect();
        let of_kind = |kind: Kind| nodes.iter().copied().filter(move |&node| tree.kind(node) == kind);
        let newline = match text.find(['\n', '\r']).and_then(|at| text.get(at..)) {
            Some(rest) if rest.starts_with("\r\n") => "\r\n",
            Some(rest) if rest.starts_with('\r') => "\r",
            _ => "\n",
        };
        let entry = |node: NodeId| tree.parent(node).is_some_and(|parent| tree.kind(parent) == Kind::List);
        let holds = |node: NodeId, least: usize| tree.children(node).len() >= least;
        // `{"connect-src": []}` in one line says nothing of an object with six members.
        let own = |node: NodeId| container.is_some() && tree.parent(node) == container;
        let object = of_kind(Kind::Brace)
            .find(|&node| entry(node) && (own(node) || holds(node, 2)))
            .or_else(|| document.root().filter(|&root| holds(root, 1)));
        let objects = object.and_then(|node| inline(document, node));
        let scalars = |node: NodeId| {
            let scalar = |kind: Kind| matches!(kind, Kind::String | Kind::Number | Kind::Name);
            holds(node, 1) && tree.children(node).iter().all(|&child| scalar(tree.kind(child)))
        };
        let arrays = match of_kind(Kind::List).find(|&node| scalars(node)) {
            Some(array) => inline(document, array),
            None => objects.clone().map(|inline| Inline { padding: String::new(), ..inline }),
        };
        let gaps = of_kind(Kind::Entry).filter_map(|entry| match tree.children(entry) {
            [key, value] => Some((*value, TextRange::new(tree.range(*key).end(), tree.range(*value).start()).of(text))),
            _ => None,
        });
        let below = |value: NodeId| matches!(tree.kind(value), Kind::Brace | Kind::List) && holds(value, 1);
        let brackets_below =
            gaps.clone().find(|&(value, _)| below(value)).is_some_and(|(_, gap)| gap.contains(['\n', '\r']));
        let plain = |gap: &&str| gap.chars().all(|one| matches!(one, ' ' | '\t' | ':'));
        let colon = gaps.map(|(_, gap)| gap).find(plain).unwrap_or(": ").to_owned();
        Self { newline, unit: unit(document, &nodes), colon, objects, arrays, brackets_below }
    }

    /// Whether objects stand in one line.
    pub fn is_inline(&self) -> bool {
        self.objects.is_some()
    }

    /// What stands behind a comma in one line.
    pub fn comma(&self) -> &str {
        self.objects.as_ref().map_or(" ", |inline| inline.comma.as_str())
    }

    /// What stands inside of the brackets of an object in one line.
    pub fn padding(&self) -> &str {
        self.objects.as_ref().map_or("", |inline| inline.padding.as_str())
    }

    /// The value as text, for a line that is indented with `indent`.
    pub fn value(&self, value: &Value, indent: &str) -> String {
        match value {
            Value::Text(text) => quoted(text),
            Value::Other(text) => text.clone(),
            Value::Object(members) => {
                let shown = |indent: &str| members.iter().map(|(key, value)| self.member(key, value, indent)).collect();
                brackets(['{', '}'], self.objects.as_ref(), self, indent, &shown)
            }
            Value::Array(values) => {
                // Objects in one line put their array into that line.
                let scalars = values.iter().all(Value::is_scalar) || self.objects.is_some();
                let inline = self.arrays.as_ref().filter(|_| scalars).or(self.objects.as_ref());
                let shown = |indent: &str| values.iter().map(|value| self.value(value, indent)).collect();
                brackets(['[', ']'], inline, self, indent, &shown)
            }
        }
    }

    /// A member as text.
    pub fn member(&self, key: &str, value: &Value, indent: &str) -> String {
        let shown = self.value(value, indent);
        if self.brackets_below && shown.contains(self.newline) {
            let colon = self.colon.trim_end();
            return format!("{}{colon}{}{indent}{shown}", quoted(key), self.newline);
        }
        format!("{}{}{shown}", quoted(key), self.colon)
    }
}

/// A JSON string.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn brackets(
    [open, close]: [char; 2],
    inline: Option<&Inline>,
    layout: &Layout,
    indent: &str,
    items: &dyn Fn(&str) -> Vec<String>,
) -> String {
    let deeper = format!("{indent}{}", layout.unit);
    let items = items(if inline.is_some() { indent } else { &deeper });
    if items.is_empty() {
        return format!("{open}{close}");
    }
    match inline {
        Some(Inline { padding, comma }) => {
            format!("{open}{padding}{}{padding}{close}", items.join(&format!(",{comma}")))
        }
        None => {
            let newline = layout.newline;
            format!("{open}{newline}{deeper}{}{newline}{indent}{close}", items.join(&format!(",{newline}{deeper}")))
        }
    }
}

/// The white space of a container in one line; `None` for one that spans lines.
fn inline(document: &Document<'_>, node: NodeId) -> Option<Inline> {
    let (tree, text) = (document.tree(), document.text());
    if tree.range(node).of(text).contains(['\n', '\r']) {
        return None;
    }
    let padding = first_gap(document, node).of(text).to_owned();
    let comma = match tree.children(node) {
        [first, second, ..] => {
            let gap = TextRange::new(tree.range(*first).end(), tree.range(*second).start()).of(text);
            gap.split_once(',').map_or(" ", |(_, behind)| behind)
        }
        // With one item the rest of the file decides: a minified one has no blank behind its commas.
        _ if text.contains("\",\"") && !text.contains("\", ") => "",
        _ => " ",
    };
    let blank = |gap: &str| gap.chars().all(|one| matches!(one, ' ' | '\t'));
    Some(Inline {
        padding: if blank(&padding) { padding } else { String::new() },
        comma: if blank(comma) { comma.to_owned() } else { " ".to_owned() },
    })
}

/// One step of indentation: what the first member that stands on a line of its own is indented by, more than its object.
fn unit(document: &Document<'_>, nodes: &[NodeId]) -> String {
    let tree = document.tree();
    let step = |&object: &NodeId| {
        let first = *tree.children(object).first()?;
        let outer = line_indent(document.text(), tree.range(object).start());
        let inner = line_indent(document.text(), tree.range(first).start());
        inner.strip_prefix(outer).filter(|unit| !unit.is_empty()).map(str::to_owned)
    };
    let broken = |object: &NodeId| first_gap(document, *object).of(document.text()).contains(['\n', '\r']);
    let objects = nodes.iter().filter(|&&node| tree.kind(node) == Kind::Brace);
    objects.filter(|object| broken(object)).find_map(step).unwrap_or_else(|| "  ".to_owned())
}

/// The white space that the line of byte `at` begins with.
pub(super) fn line_indent(text: &str, at: usize) -> &str {
    let head = text.get(..at).unwrap_or("");
    let start = head.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let line = text.get(start..).unwrap_or("");
    let line = if start == 0 { line.trim_start_matches('\u{FEFF}') } else { line };
    let end = line.find(|one| !matches!(one, ' ' | '\t')).unwrap_or(line.len());
    line.get(..end).unwrap_or("")
}

/// What stands between a container's opening bracket and its first item, or its closing bracket.
pub(super) fn first_gap(document: &Document<'_>, container: NodeId) -> TextRange {
    let tree = document.tree();
    let range = tree.range(container);
    let end =
        tree.children(container).first().map_or(range.end().saturating_sub(1), |&child| tree.range(child).start());
    TextRange::new(range.start() + 1, end)
}

/// The first byte from `at` on that is neither white space nor part of a comment.
pub(super) fn skip_trivia(document: &Document<'_>, mut at: usize) -> usize {
    let text = document.text();
    loop {
        let rest = text.get(at..).unwrap_or("");
        at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        match comment_at(document, at) {
            Some(comment) => at = comment.end(),
            None => return at,
        }
    }
}

pub(super) fn comment_at(document: &Document<'_>, at: usize) -> Option<TextRange> {
    document.tree().comments_in(TextRange::new(at, at + 1)).first().copied().filter(|comment| comment.start() == at)
}
