//! Outbound calls: `invokeurl [ … ]` and its kin, and the older `getUrl(…)`, `postUrl(…)`, `putUrl(…)`, `invokeUrl(…)`.

use super::flow::Context;
use crate::deluge::{Kind, NodeId};
use crate::text::source::TextRange;

/// How a request is written (facts section 2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// `invokeurl [ … ]`
    InvokeUrl,
    /// `invokeapi [ … ]`: `service:` and `path:` instead of a URL
    InvokeApi,
    /// `zoho.sdp.invokeUrl [ … ]`: needs no connection
    Sdp,
    /// `getUrl(url, …)`
    GetUrl,
    /// `postUrl(url, body, …)`
    PostUrl,
    /// `putUrl(url, body, …)`
    PutUrl,
    /// `invokeUrl(url, type, …)`
    InvokeUrlCall,
}

impl Form {
    /// The word as the documentation spells it.
    pub fn word(self) -> &'static str {
        match self {
            Form::InvokeUrl | Form::InvokeUrlCall => "invokeurl",
            Form::InvokeApi => "invokeapi",
            Form::Sdp => "zoho.sdp.invokeUrl",
            Form::GetUrl => "getUrl",
            Form::PostUrl => "postUrl",
            Form::PutUrl => "putUrl",
        }
    }

    /// Whether its parts are attributes between brackets.
    pub fn has_attributes(self) -> bool {
        matches!(self, Form::InvokeUrl | Form::InvokeApi | Form::Sdp)
    }
}

/// One part of a request: an attribute's value or an argument.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// The expression.
    pub value: NodeId,
    /// The attribute it belongs to, for the forms with attributes.
    pub attribute: Option<NodeId>,
}

/// One outbound call.
#[derive(Clone, Debug)]
pub struct Request {
    /// The chain that begins with it; `getUrl(u).toMap()` is one chain.
    pub node: NodeId,
    /// From its first word to its closing bracket.
    pub range: TextRange,
    /// How it is written.
    pub form: Form,
    /// The URL (the path of an `invokeapi`).
    pub url: Option<Slot>,
    /// `parameters` and `body`, or the body argument.
    pub bodies: Box<[Slot]>,
    /// `headers`, or whatever argument may be the headers.
    pub headers: Box<[Slot]>,
    /// The `files` attribute: the parts of a multipart body.
    pub files: Option<Slot>,
    /// The `connection` attribute.
    pub connection: Option<Slot>,
    /// The `service` attribute of an `invokeapi`.
    pub service: Option<Slot>,
    /// The `type` attribute, or the second argument of `invokeUrl(…)`.
    pub method: Option<Slot>,
    /// What holds its attributes or arguments.
    pub part: NodeId,
    /// Whether an attribute that matters stands there twice or has no value.
    pub malformed: bool,
}

/// Every request of the file, in text order.
pub fn requests(context: Context<'_>) -> impl Iterator<Item = Request> {
    context.tree.of_kind(Kind::Chain).filter_map(move |chain| request(context, chain))
}

/// The request that a chain begins with, if it does.
pub fn request(context: Context<'_>, chain: NodeId) -> Option<Request> {
    let tree = context.tree;
    let children = tree.children(chain);
    let first = *children.first()?;
    if tree.kind(first) != Kind::Name {
        return None;
    }
    let word = context.text_of(first);
    let is = |name: &str| word.eq_ignore_ascii_case(name);
    let &part = children.get(1)?;
    let (form, part) = match tree.kind(part) {
        Kind::Attributes if is("invokeurl") => (Form::InvokeUrl, part),
        Kind::Attributes if is("invokeapi") => (Form::InvokeApi, part),
        Kind::Call if is("invokeurl") => (Form::InvokeUrlCall, part),
        Kind::Call if is("geturl") => (Form::GetUrl, part),
        Kind::Call if is("posturl") => (Form::PostUrl, part),
        Kind::Call if is("puturl") => (Form::PutUrl, part),
        Kind::Member if is("zoho") => {
            let [_, sdp, invoke, part, ..] = children else { return None };
            let named = |member: NodeId, name: &str| {
                tree.child(member, Kind::Name).is_some_and(|node| context.text_of(node).eq_ignore_ascii_case(name))
            };
            if !(named(*sdp, "sdp") && named(*invoke, "invokeurl") && tree.kind(*part) == Kind::Attributes) {
                return None;
            }
            (Form::Sdp, *part)
        }
        _ => return None,
    };
    let range = TextRange::new(tree.range(chain).start(), tree.range(part).end());
    let mut request = Request {
        node: chain,
        range,
        form,
        url: None,
        bodies: Box::default(),
        headers: Box::default(),
        files: None,
        connection: None,
        service: None,
        method: None,
        part,
        malformed: false,
    };
    if form.has_attributes() {
        attributes(context, part, &mut request);
    } else {
        arguments(context, part, &mut request);
    }
    Some(request)
}

fn attributes(context: Context<'_>, part: NodeId, request: &mut Request) {
    let tree = context.tree;
    let (mut bodies, mut headers) = (Vec::new(), Vec::new());
    for &attribute in tree.children(part) {
        let Some(&name) = tree.children(attribute).first() else { continue };
        let slot = tree.children(attribute).get(1).map(|&value| Slot { value, attribute: Some(attribute) });
        let place = match context.text_of(name).to_ascii_lowercase().as_str() {
            "url" | "path" => &mut request.url,
            "files" => &mut request.files,
            "connection" => &mut request.connection,
            "service" => &mut request.service,
            "type" => {
                request.method = slot;
                continue;
            }
            "parameters" | "body" | "params" => {
                bodies.extend(slot);
                continue;
            }
            "headers" | "header" => {
                headers.extend(slot);
                continue;
            }
            _ => continue,
        };
        request.malformed |= place.is_some() || slot.is_none();
        *place = slot;
    }
    request.malformed |= headers.len() > 1;
    (request.bodies, request.headers) = (bodies.into(), headers.into());
}

/// Arguments by position (facts 2.2 and 2.4). A second argument of `getUrl` and a third of `postUrl` may be the headers or a
/// boolean; a boolean carries no token, so nothing is lost by looking.
fn arguments(context: Context<'_>, part: NodeId, request: &mut Request) {
    let slot = |value: &NodeId| Slot { value: *value, attribute: None };
    let arguments = context.tree.children(part);
    request.url = arguments.first().map(slot);
    let rest = |index: usize| arguments.get(index).map(slot);
    let (body, headers) = match request.form {
        Form::GetUrl => (None, rest(1)),
        Form::PostUrl | Form::PutUrl => (rest(1), rest(2)),
        _ => {
            request.method = rest(1);
            (rest(2), rest(3))
        }
    };
    request.bodies = body.into_iter().collect();
    request.headers = headers.into_iter().collect();
}
