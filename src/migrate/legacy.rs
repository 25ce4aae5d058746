//! `getUrl`, `postUrl`, `putUrl` and `invokeUrl(…)` become `invokeurl [ … ]`: rows C4 to C8.

use super::entries::MapSlot;
use super::lines::Lines;
use super::reason::Code;
use super::{Manual, NewNames, Outcome, answer};
use crate::deluge::builtins::{self, builtin};
use crate::deluge::pure::called_name;
use crate::deluge::{Kind, NodeId, Operator};
use crate::requests::chain::method_call;
use crate::requests::flow::Context;
use crate::requests::occurrence::MapPart;
use crate::requests::request::{Form, Request};
use crate::requests::uses::same_value;
use crate::text::edit::{Edit, EditSet};
use crate::text::source::TextRange;

/// The HTTP methods `invokeurl` knows.
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

/// The arguments of a call by their meaning.
#[derive(Debug)]
pub struct Shape {
    method: &'static str,
    url: NodeId,
    body: Option<NodeId>,
    headers: Option<NodeId>,
    detailed: bool,
}

/// What kind of value an expression has, as far as the text shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Type {
    Map,
    /// A boolean, with its value where that is known.
    Boolean(Option<bool>),
    Text,
    Unknown,
}

/// The arguments of `request` by their meaning (facts 2.2 and 2.4).
///
/// # Errors
/// [`Manual`] when the kind of an argument is not known.
pub fn shape(context: Context<'_>, request: &Request) -> Result<Shape, Manual> {
    let call = context.tree.children(request.node).get(1).copied();
    let arguments = call.map_or(&[][..], |call| context.tree.children(call));
    let [url, rest @ ..] = arguments else { return Err(Manual::new(Code::CallForm, "the call has no URL")) };
    if arguments.iter().any(|&argument| context.tree.kind(argument) == Kind::Entry) {
        return Err(Manual::new(Code::CallForm, "the call has named arguments, which is not documented for it"));
    }
    let mut shape = Shape { method: "GET", url: *url, body: None, headers: None, detailed: false };
    let mut rest = rest;
    match request.form {
        Form::PostUrl => shape.method = "POST",
        Form::PutUrl => shape.method = "PUT",
        Form::InvokeUrlCall => {
            let method = rest.first().and_then(|&kind| context.known_text(kind)).map(|kind| kind.to_ascii_uppercase());
            let known = method.and_then(|method| METHODS.iter().find(|known| **known == method));
            shape.method = known
                .ok_or_else(|| Manual::new(Code::CallForm, "the HTTP method of the call is known only at run time"))?;
            rest = rest.get(1..).unwrap_or(&[]);
        }
        _ => {}
    }
    let is_boolean = |node: NodeId| matches!(type_of(context, node, 0), Type::Boolean(_));
    if request.form != Form::GetUrl
        && let [body, others @ ..] = rest
        && !(request.form == Form::InvokeUrlCall && others.is_empty() && is_boolean(*body))
    {
        shape.body = Some(*body);
        rest = others;
    }
    let mut ends_with_boolean = false;
    if let Some((&last, before)) = rest.split_last() {
        match type_of(context, last, 0) {
            Type::Boolean(Some(simple)) => {
                shape.detailed = !simple;
                rest = before;
                ends_with_boolean = true;
            }
            Type::Boolean(None) => return Err(unknown(context, last, "true or false")),
            _ => {}
        }
    }
    match rest {
        [] => {}
        // Before a boolean stands nothing but the map of headers.
        [headers] => match type_of(context, *headers, 0) {
            Type::Map => shape.headers = Some(*headers),
            Type::Unknown if ends_with_boolean => shape.headers = Some(*headers),
            _ => return Err(unknown(context, *headers, "a map of headers or a boolean")),
        },
        _ => return Err(Manual::new(Code::CallForm, "the call has more arguments than are documented")),
    }
    Ok(shape)
}

fn unknown(context: Context<'_>, node: NodeId, what: &str) -> Manual {
    Manual::new(Code::CallForm, format!("it is not clear whether `{}` is {what}", super::shown(context, node)))
}

fn type_of(context: Context<'_>, node: NodeId, depth: usize) -> Type {
    let tree = context.tree;
    match tree.kind(node) {
        Kind::Brace => Type::Map,
        Kind::String => Type::Text,
        Kind::Paren => tree.children(node).first().map_or(Type::Unknown, |&inner| type_of(context, inner, depth)),
        Kind::Chain if context.choices(node).is_some() && depth <= 4 => {
            let mut types = context.choices(node).unwrap_or_default().iter();
            let first = types.next().map_or(Type::Unknown, |&choice| type_of(context, choice, depth + 1));
            let same = types.all(|&choice| type_of(context, choice, depth + 1) == first);
            if same { first } else { Type::Unknown }
        }
        Kind::Chain => {
            let last = tree.children(node).last().copied();
            let called = last.and_then(|call| called_name(context.text, tree, call)).and_then(builtin);
            match called.and_then(|called| called.gives) {
                Some(builtins::Type::Map) => Type::Map,
                Some(builtins::Type::Text) => Type::Text,
                _ => Type::Unknown,
            }
        }
        Kind::Binary if context.is_sum(node) => Type::Text,
        Kind::Unary if context.text_of(node).starts_with('!') => Type::Boolean(None),
        Kind::Name => variable_type(context, node, depth),
        _ => Type::Unknown,
    }
}

fn variable_type(context: Context<'_>, name: NodeId, depth: usize) -> Type {
    let tree = context.tree;
    match context.text_of(name).to_ascii_lowercase().as_str() {
        "true" => return Type::Boolean(Some(true)),
        "false" => return Type::Boolean(Some(false)),
        _ => {}
    }
    if depth > 4 {
        return Type::Unknown;
    }
    let types: Vec<Type> = context
        .scopes
        .reaching(name)
        .map(|write| match write {
            Some(write) => match write.value {
                Some(value) => type_of(context, value, depth + 1),
                None => parameter_type(context, write.node),
            },
            None => Type::Unknown,
        })
        .collect();
    let first = types.first().copied().unwrap_or(Type::Unknown);
    let agreed = match first {
        _ if types.iter().all(|other| *other == first) => first,
        Type::Boolean(_) if types.iter().all(|other| matches!(other, Type::Boolean(_))) => Type::Boolean(None),
        _ => Type::Unknown,
    };
    // Only maps have `put`.
    let put = || {
        let is_put = |&read: &NodeId| {
            method_call(context, read).is_some_and(|(_, method, _)| method.eq_ignore_ascii_case("put"))
        };
        same_value(context, name).calls.iter().any(is_put)
    };
    if agreed == Type::Unknown && tree.kind(name) == Kind::Name && put() { Type::Map } else { agreed }
}

/// The declared type of a function parameter.
fn parameter_type(context: Context<'_>, node: NodeId) -> Type {
    let declared = context.tree.child(node, Kind::TypeName).map(|name| context.text_of(name).to_ascii_lowercase());
    match declared.as_deref() {
        Some("map" | "collection") => Type::Map,
        Some("bool" | "boolean") => Type::Boolean(None),
        Some("string" | "text") => Type::Text,
        _ => Type::Unknown,
    }
}

/// The method that an override header asks for, by the value of the header.
pub fn overriding(value: &str) -> Option<&'static str> {
    METHODS.iter().copied().find(|method| value.trim().eq_ignore_ascii_case(method))
}

/// Whether the entry is in the map whenever the request `node` is made: it stands in the request, in the value that the
/// variable is assigned, or is put in before the request in the same block or one around it.
pub fn always_before(context: Context<'_>, place: &MapSlot, node: NodeId) -> bool {
    let tree = context.tree;
    let MapSlot::Variable(_, MapPart::Put(chain)) = place else { return true };
    let block = tree.statement(*chain).and_then(|statement| tree.parent(statement));
    tree.range(*chain).end() <= tree.range(node).start()
        && block.is_some_and(|block| tree.ancestors(node).any(|ancestor| ancestor == block))
}

/// The edits of `outcome`, made for the call as it is, turned into those that make a block of it.
///
/// # Errors
/// [`Manual`] when the call stands where a block cannot replace it.
pub fn rewrite(
    context: Context<'_>,
    request: &Request,
    mut outcome: Outcome,
    link: Option<&str>,
    fresh: &mut NewNames,
) -> Result<Outcome, Manual> {
    let shape = shape(context, request)?;
    let arguments = [Some(shape.url), shape.body, shape.headers];
    let inside = |range: &TextRange| {
        arguments.iter().flatten().any(|&argument| context.tree.range(argument).contains_range(*range))
    };
    let comments = context.tree.comments_in(request.range).iter().filter(|comment| !inside(comment));
    let mut comments = comments.copied().peekable();
    // Each comes to stand above what it stood before.
    let mut comments_before = |end: usize, lines: &mut Vec<String>| {
        while let Some(comment) = comments.next_if(|comment| comment.start() < end) {
            lines.push(comment.of(context.text).to_owned());
        }
    };
    let (own, others): (Vec<Edit>, Vec<Edit>) =
        outcome.edits.drain(..).partition(|edit| request.range.contains_range(edit.range));
    outcome.edits = others;
    let text = |node: NodeId| applied(context, node, &own);
    let statement = context
        .tree
        .statement(request.node)
        .ok_or_else(|| Manual::new(Code::CallPlace, "the call is in no statement"))?;
    let layout = Layout::of(context, statement, &mut fresh.lines);
    let mut lines = Vec::new();
    comments_before(context.tree.range(shape.url).start(), &mut lines);
    lines.push(format!("url :{}", text(shape.url)?));
    let method = outcome.method.unwrap_or(shape.method);
    lines.push(format!("type :{method}"));
    let staying = |node: &NodeId| !outcome.gone.contains(node);
    if let Some(body) = shape.body.filter(staying) {
        comments_before(context.tree.range(body).start(), &mut lines);
        lines.push(format!("parameters:{}", text(body)?));
    }
    if let Some(headers) = shape.headers.filter(staying) {
        comments_before(context.tree.range(headers).start(), &mut lines);
        lines.push(format!("headers:{}", text(headers)?));
    }
    comments_before(request.range.end(), &mut lines);
    if shape.detailed {
        lines.push("detailed:true".to_owned());
    }
    if let Some(link) = link {
        lines.push(format!("connection:\"{link}\""));
    }
    let block = layout.block(&lines);
    if answer::is_output(context, statement) {
        return Err(Manual::new(Code::CallPlace, "the call is in an output tag of a page (`<%= … %>`)"));
    }
    if !shape.detailed {
        for code in answer::doubtful_uses(context, request.node) {
            outcome.assume(
                Code::AnswerUse,
                format!("`{code}` works on the parsed answer of invokeurl as it does on a text"),
            );
        }
    }
    if stands_alone(context, request.node) {
        outcome.edits.push(Edit::replace(request.range, block));
        return Ok(outcome);
    }
    hoist(context, request, statement, &layout, &block, fresh, &mut outcome)?;
    Ok(outcome)
}

/// The text of an argument with the edits that fall into it.
fn applied(context: Context<'_>, node: NodeId, edits: &[Edit]) -> Result<String, Manual> {
    let range = context.tree.range(node);
    let within: Vec<Edit> = edits
        .iter()
        .filter(|edit| range.contains_range(edit.range))
        .map(|edit| {
            let shifted = TextRange::new(edit.range.start() - range.start(), edit.range.end() - range.start());
            Edit::replace(shifted, edit.replacement.clone())
        })
        .collect();
    let mut set = EditSet::new();
    if !set.accept(&super::connection::merge_touching(within)) {
        return Err(Manual::new(Code::Overlap, "the changes to an argument overlap"));
    }
    set.apply(range.of(context.text)).ok_or_else(|| Manual::new(Code::Overlap, "a change to an argument does not fit"))
}

/// `x = getUrl(…);` or `getUrl(…);`
fn stands_alone(context: Context<'_>, chain: NodeId) -> bool {
    let tree = context.tree;
    let Some(parent) = tree.parent(chain) else { return false };
    tree.children(chain).len() == 2
        && match tree.kind(parent) {
            Kind::Expression => true,
            Kind::Assign => tree.children(parent).last() == Some(&chain) && plain_assignment(context, parent),
            _ => false,
        }
}

fn plain_assignment(context: Context<'_>, assignment: NodeId) -> bool {
    let op = context.tree.children(assignment).get(1).map(|&op| context.tree.kind(op));
    op == Some(Kind::Op(Operator::Assign))
}

/// The indentation and the line ending of new lines.
struct Layout<'a> {
    indent: &'a str,
    /// What one more level adds.
    step: &'a str,
    ending: &'a str,
}

impl<'a> Layout<'a> {
    fn of(context: Context<'a>, statement: NodeId, lines: &mut Lines) -> Self {
        let (indent, ending) = lines.of(context.text, context.tree.range(statement).start());
        // Zoho's editor indents with tabs; code that is indented with blanks keeps its blanks.
        let step = if indent.starts_with(' ') && !indent.contains('\t') { "    " } else { "\t" };
        Self { indent, step, ending }
    }

    /// The block in the editor's layout (facts 1.1), from its first word to its bracket.
    fn block(&self, lines: &[String]) -> String {
        let Layout { indent, step, ending } = self;
        let lines: String = lines.iter().map(|line| format!("{indent}{step}{line}{ending}")).collect();
        format!("invokeurl{ending}{indent}[{ending}{lines}{indent}]")
    }
}

const IN_ELSE_IF: &str = "the call is in the condition of an `else if`; move it to a statement of its own first";

/// Row C7: the block goes above the statement, its answer into a fresh variable.
fn hoist(
    context: Context<'_>,
    request: &Request,
    statement: NodeId,
    layout: &Layout<'_>,
    block: &str,
    fresh: &mut NewNames,
    outcome: &mut Outcome,
) -> Result<(), Manual> {
    let tree = context.tree;
    let at = tree.range(statement).start();
    let in_condition = |index: usize| {
        tree.children(statement).get(index).is_some_and(|&child| tree.range(child).contains_range(request.range))
    };
    match tree.kind(statement) {
        Kind::If if !in_condition(0) => return Err(Manual::new(Code::CallPlace, IN_ELSE_IF)),
        Kind::Loose => return Err(Manual::new(Code::CallPlace, IN_ELSE_IF)),
        Kind::While => {
            return Err(Manual::new(
                Code::CallPlace,
                "the call is in the condition of a `while`, which runs it in each pass; move it to a statement of its own first",
            ));
        }
        Kind::Function | Kind::Try => {
            return Err(Manual::new(
                Code::CallPlace,
                "no statement can be inserted before this call; move it to a statement of its own first",
            ));
        }
        _ => {}
    }
    if let Some(before) = without_braces(context, statement) {
        return Err(Manual::new(
            Code::CallPlace,
            format!("the call is the body of `{}`, which has no braces; add them first", super::shown(context, before)),
        ));
    }
    if may_be_skipped(context, request.node, statement) {
        outcome.assume(Code::AlwaysMade, "the call may run every time; now the condition before it can skip it");
    }
    if let Some(before) = fresh.effects.before(context, request, statement) {
        outcome.assume(
            Code::Order,
            format!("the request may run before `{}`, which comes first now", super::shown(context, before)),
        );
    }
    let earlier = fresh.effects.last_hoisted().filter(|&chain| tree.statement(chain) == Some(statement));
    outcome.follows = earlier.filter(|&chain| tree.range(chain).end() <= request.range.start());
    if outcome.assumptions.is_empty() {
        fresh.effects.hoist(request);
    }
    let name = fresh.name(context);
    let Layout { indent, ending, .. } = layout;
    outcome.edits.push(Edit::insert(at, format!("{name} = {block};{ending}{indent}")));
    outcome.edits.push(Edit::replace(request.range, name));
    Ok(())
}

/// The `if(…)` without braces that a statement is the body of.
fn without_braces(context: Context<'_>, statement: NodeId) -> Option<NodeId> {
    let tree = context.tree;
    let siblings = tree.children(tree.parent(statement)?);
    let before = siblings.iter().copied().take_while(|&other| other < statement).last()?;
    let [chain] = tree.children(before) else { return None };
    let [word, call] = tree.children(*chain) else { return None };
    let is_head = tree.kind(before) == Kind::Expression
        && tree.kind(*call) == Kind::Call
        && ["if", "while"].iter().any(|head| context.text_of(*word).eq_ignore_ascii_case(head));
    let between = TextRange::new(tree.range(before).end(), tree.range(statement).start()).of(context.text);
    (is_head && !between.contains(';')).then_some(before)
}

/// Whether `&&`, `||` or a conditional function decides if the call is made at all.
fn may_be_skipped(context: Context<'_>, node: NodeId, statement: NodeId) -> bool {
    let tree = context.tree;
    let mut inner = node;
    for outer in tree.ancestors(node).skip(1).take_while(|&outer| outer != statement) {
        let children = tree.children(outer);
        let first = children.first() == Some(&inner);
        let skips = match tree.kind(outer) {
            // All operators of one node are equally tight.
            Kind::Binary => {
                children.get(1).is_some_and(|&op| matches!(tree.kind(op), Kind::Op(Operator::And | Operator::Or)))
            }
            Kind::Call => called_name(context.text, tree, outer)
                .is_some_and(|name| ["if", "ifelse", "ifnull"].contains(&name.to_ascii_lowercase().as_str())),
            _ => false,
        };
        if skips && !first {
            return true;
        }
        inner = outer;
    }
    false
}
