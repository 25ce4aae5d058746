//! OAuth written by hand (row H5): what has to hold so that a Connection may take the place of an access token that the
//! function asked for itself. The header goes like any other token; what is decided here is how sure that is.

use std::collections::{BTreeMap, BTreeSet};

use super::reason::{Code, Reason};
use super::{Manual, Transaction, shown};
use crate::deluge::{Kind, NodeId};
use crate::requests::access::Scheme;
use crate::requests::call::Call;
use crate::requests::flow::Context;
use crate::requests::oauth::uses::{Use, uses};
use crate::requests::occurrence::Occurrence;
use crate::text::source::TextRange;
use crate::zoho;
use crate::zoho::target::Owner;

/// What is known of the answers of one token request.
#[derive(Debug)]
pub struct Followed {
    /// Where they end up.
    pub uses: Vec<Use>,
    /// Whether each pass of a loop asks for another user or client.
    looped: bool,
}

/// The token requests of a file, by the chains they begin.
pub type Requests = BTreeMap<NodeId, Followed>;

/// What [`headers`] found.
struct Headers(Vec<(TextRange, usize)>);

/// The headers of calls that carry access tokens, each with the ordinal of its call, by place.
pub fn headers(calls: &[&Call]) -> Vec<(TextRange, usize)> {
    let mut found = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        found.extend(accesses(call).map(|occurrence| (occurrence.range, index)));
    }
    found.sort_unstable();
    found
}

impl Headers {
    /// The calls whose header holds the expression `node`.
    fn around<'h>(&'h self, context: Context<'_>, node: NodeId) -> impl Iterator<Item = usize> + 'h {
        let range = context.tree.range(node);
        let end = self.0.partition_point(|(header, _)| header.start() <= range.start());
        // Several calls may share one header, and headers do not nest.
        let mut near = self.0.get(..end).unwrap_or(&[]).iter().rev();
        let first = near.next().filter(|(header, _)| header.contains_range(range));
        let same = near.take_while(move |(header, _)| first.is_some_and(|(own, _)| own == header));
        first.into_iter().chain(same).map(|&(_, index)| index)
    }
}

fn accesses(call: &Call) -> impl Iterator<Item = &Occurrence> {
    call.occurrences().filter(|occurrence| occurrence.access.is_some())
}

/// Why the access token of a call cannot be replaced by a Connection at all.
///
/// # Errors
/// [`Manual`] with the reason.
pub fn check(context: Context<'_>, call: &Call) -> Result<(), Manual> {
    for occurrence in accesses(call) {
        let Some(access) = &occurrence.access else { continue };
        if !occurrence.surely_zohos {
            let header = if access.scheme == Scheme::Bearer { "`Bearer`" } else { "`Authorization`" };
            return Err(Manual::new(
                Code::TokenUnseen,
                format!(
                    "authshift cannot trace where the token of the {header} header comes from; if it is Zoho's, remove the header and add `connection:` by hand"
                ),
            ));
        }
        if access.once {
            return Err(Manual::new(
                Code::OneTimeCode,
                "the access token comes from a one-time code and acts for the user who consented; a Connection acts as its owner",
            ));
        }
        // Where the function asked for the token itself, that goes too, and is reported apart.
        let stored = !access.unproven.is_empty();
        if let Some(&node) =
            occurrence.tokens.iter().filter(|_| stored).find_map(|&token| returned(context, token, call)).as_ref()
        {
            return Err(Manual::new(
                Code::TokenHandedOn,
                format!(
                    "`{}` passes the token on, and this request tests whether it still works; with a Connection it always does",
                    shown(context, node)
                ),
            ));
        }
    }
    Ok(())
}

/// The statement behind the request that returns the value of a variable in `token` as it is.
fn returned(context: Context<'_>, token: NodeId, call: &Call) -> Option<NodeId> {
    let Context { text, tree, scopes } = context;
    let behind = |node: &NodeId| tree.range(*node).start() >= call.request.range.end();
    let returns = |read: &NodeId| tree.parent(*read).filter(|&parent| tree.kind(parent) == Kind::Return).filter(behind);
    let names = tree.descendants(token).filter(|&node| tree.kind(node) == Kind::Name);
    names.into_iter().find_map(|name| {
        scopes.reaching(name).find_map(|write| match write {
            Some(write) => scopes.readers(write.id).iter().find_map(returns),
            None => scopes.binding(text, tree, name)?.reads.iter().find_map(returns),
        })
    })
}

/// Follows the answers of all token requests among `calls`.
pub fn follow(context: Context<'_>, calls: &[&Call]) -> Requests {
    let headers = Headers(headers(calls));
    let is_header = |node: NodeId| headers.around(context, node).next().is_some();
    let mut loops = Loops::default();
    let followed = |call: &&Call| {
        let request = call.token_request.as_ref()?;
        let uses = uses(context, call.request.node, &is_header);
        let looped =
            request.credentials.iter().flat_map(|field| field.values.iter()).any(|&value| loops.reach(context, value));
        Some((call.request.node, Followed { uses, looped }))
    };
    calls.iter().filter_map(followed).collect()
}

/// Notes for each planned call with an access token what its migration assumes. It is safe when the access token surely
/// comes from a token request in the same function and goes only to Zoho requests of one service with a Connection.
pub fn assess(context: Context<'_>, planned: &mut [(&Call, &mut Transaction)], requests: &Requests) {
    let calls: Vec<&Call> = planned.iter().map(|(call, _)| *call).collect();
    let headers = Headers(headers(&calls));
    let mut doubts: Vec<(usize, Reason)> = Vec::new();
    for (index, (call, transaction)) in planned.iter().enumerate() {
        for access in accesses(call).filter_map(|occurrence| occurrence.access.as_ref()) {
            for &node in &access.unproven {
                let code = shown(context, node);
                let text = format!("`{code}` is an access token of Zoho and nothing more");
                doubts.push((index, Reason::new(Code::AccessToken, text)));
            }
            if access.requests.is_empty() && access.unproven.is_empty() {
                let text = "the access token in the header, which authshift cannot see, is Zoho's";
                doubts.push((index, Reason::new(Code::AccessToken, text)));
            }
            doubts.extend(existing(call, transaction).map(|doubt| (index, Reason::new(Code::AccessToken, doubt))));
        }
    }
    for followed in requests.values() {
        let mut family: BTreeSet<usize> = BTreeSet::new();
        let mut shared: Vec<Reason> = Vec::new();
        for found in &followed.uses {
            match *found {
                Use::Header(node) => family.extend(headers.around(context, node)),
                Use::Elsewhere(node) => {
                    let code = shown(context, context.tree.statement(node).unwrap_or(node));
                    let text = format!("`{code}` also uses the access token, and may go on acting as another user");
                    shared.push(Reason::new(Code::SeveralUsers, text));
                }
                Use::Read(_) => {}
            }
        }
        if followed.looped {
            let text =
                "each pass of the loop asks for another user's token, and one Connection may act for all of them";
            shared.push(Reason::new(Code::SeveralUsers, text));
        }
        let member = |&index: &usize| planned.get(index).map(|(call, transaction)| (*call, &**transaction));
        let different = different(&family.iter().filter_map(member).collect::<Vec<_>>());
        shared.extend(different.map(|text| Reason::new(Code::SeveralUsers, text)));
        for index in family {
            doubts.extend(shared.iter().map(|doubt| (index, doubt.clone())));
        }
    }
    for (index, doubt) in doubts {
        if let Some((_, transaction)) = planned.get_mut(index) {
            transaction.assume(&doubt);
        }
    }
}

/// What distinguishes the requests that one access token goes to.
fn different(members: &[(&Call, &Transaction)]) -> Option<String> {
    let services: BTreeSet<Option<&str>> = members.iter().map(|(call, _)| call.service()).collect();
    let links: BTreeSet<Option<&str>> =
        members.iter().map(|(_, transaction)| transaction.connection.as_deref()).collect();
    // One Connection acts as one user, whatever services it is for.
    let is_one = links.len() == 1 && !links.contains(&None) && !services.contains(&None);
    let title = |service: &Option<&str>| service.map_or("an unknown service", zoho::service_title);
    if services.len() > 1 && !is_one {
        let titles: Vec<&str> = services.iter().map(title).collect();
        return Some(format!(
            "the access token goes to {}, whose Connections act as the same user",
            titles.join(" and ")
        ));
    }
    if members.iter().any(|(call, _)| call.owner() != Owner::Zoho) || (members.len() > 1 && services.contains(&None)) {
        return Some(
            "the access token also goes to a host that authshift does not know, and that does not matter".to_owned(),
        );
    }
    if links.contains(&None) && links.len() > 1 {
        return Some(
            "it does not matter that the access token also goes to a request without a configured Connection"
                .to_owned(),
        );
    }
    (links.len() > 1)
        .then(|| "the Connections of the requests that share the access token act as the same user".to_owned())
}

/// What is assumed of the connection that stands beside the header.
fn existing(call: &Call, transaction: &Transaction) -> Option<String> {
    if call.request.connection.is_none() || transaction.confirmed {
        return None;
    }
    let link = transaction.connection.as_deref().unwrap_or("that a variable names");
    Some(format!("the Connection {link} in the request has the rights that the access token had"))
}

/// Values that are more than this are not looked through for all requests together; the rest counts as of a loop.
const MOST_LOOKED: usize = 1 << 16;

/// Looks for values that the variable of a loop is a part of.
#[derive(Default)]
struct Loops {
    /// Those of which no loop's variable is a part.
    plain: BTreeSet<NodeId>,
    looked: usize,
}

impl Loops {
    /// Whether the variable of a loop is, or may be, a part of a value, perhaps through other variables.
    fn reach(&mut self, context: Context<'_>, value: NodeId) -> bool {
        let tree = context.tree;
        let mut seen: BTreeSet<NodeId> = BTreeSet::new();
        let mut waiting = vec![value];
        while let Some(value) = waiting.pop() {
            if self.plain.contains(&value) || !seen.insert(value) {
                continue;
            }
            self.looked += 1;
            if self.looked > MOST_LOOKED {
                return true;
            }
            for name in tree.descendants(value).filter(|&node| tree.kind(node) == Kind::Name) {
                for write in context.scopes.reaching(name).flatten() {
                    if tree.kind(write.node) == Kind::ForEach {
                        return true;
                    }
                    waiting.extend(write.value);
                }
            }
        }
        self.plain.extend(seen);
        false
    }
}
