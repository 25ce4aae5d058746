//! The requests of one file that need a Connection or have one.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;

use super::pool::{self, Pool};
use crate::deluge::{Kind, NodeId};
use crate::fix::{Problem, parts};
use crate::inspect::{Inspection, PriorFacts, is_about_tokens, need};
use crate::migrate;
use crate::project::config::{Config, ConfigError};
use crate::project::format::Format;
use crate::project::part::Part;
use crate::requests::bindings::Scopes;
use crate::requests::call::Call;
use crate::requests::flow::Context;
use crate::requests::link_name::{self, Link};
use crate::requests::request::Form;
use crate::text::secret::{Masker, Secrets, masked};
use crate::text::source::{Position, Source};
use crate::zoho::target::Owner;
use crate::zoho::{LegacyKind, Need, UNKNOWN};

/// A request that needs a Connection, or names one.
#[derive(Clone, Debug)]
pub struct Site {
    /// The file, as it was named or found.
    pub path: PathBuf,
    /// Where the request begins.
    pub position: Position,
    /// The function it stands in.
    pub function: Option<String>,
    /// The product that the function runs in, if it is known.
    pub pool: Option<Pool>,
    /// The HTTP method; `None` when it is not known.
    pub method: Option<&'static str>,
    /// Host and path of the URL, `…` for what cannot be seen; masked.
    pub address: String,
    /// The service's name in the built-in table.
    pub service: Option<&'static str>,
    /// The data centre.
    pub data_center: Option<&'static str>,
    /// Whether the data centre cannot be seen, and is taken to be that of the others.
    pub assumed_center: bool,
    /// What the request needs.
    pub need: Option<Need>,
    /// The tokens it sends so far.
    pub tokens: Vec<MaskedToken>,
    /// Whether it sends one.
    pub carries: bool,
    /// What it says of its Connection; `None` when it has none.
    pub link: Option<Link>,
    /// The LinkName that the configuration has for it.
    pub configured: Option<String>,
    /// What replaces the endpoint, when it does not exist under OAuth.
    pub replaced: Option<&'static str>,
}

/// A token that a request sends.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct MaskedToken {
    /// Tells it from others; says nothing of its value.
    identity: u64,
    /// How it may be shown: masked.
    pub shown: String,
}

/// How much of an address is shown (characters).
const MOST_ADDRESS: usize = 120;

impl Site {
    /// The LinkName it names.
    pub fn named(&self) -> Option<&str> {
        match &self.link {
            Some(Link::Named(name)) => Some(name),
            _ => None,
        }
    }

    /// Whether it has no Connection yet: a placeholder is none.
    pub fn is_open(&self) -> bool {
        matches!(self.link, None | Some(Link::Placeholder(_)))
    }

    /// Masks what the code or the configuration says, and shortens it then: another file may have shown that it is a secret, and somebody may have
    /// put one where the LinkName belongs.
    pub fn mask(&mut self, masker: &Masker) {
        let mask = |text: &mut String| *text = masker.mask(text).into_owned();
        mask(&mut self.address);
        if let Some((end, _)) = self.address.char_indices().nth(MOST_ADDRESS) {
            self.address.truncate(end);
            self.address.push('…');
        }
        self.function.iter_mut().for_each(mask);
        if let Some(Link::Named(name) | Link::Placeholder(name)) = &mut self.link {
            mask(name);
        }
        self.configured.iter_mut().for_each(mask);
        self.tokens.iter_mut().map(|token| &mut token.shown).for_each(mask);
    }
}

impl MaskedToken {
    fn new(identity: &str, shown: String) -> Self {
        let mut hasher = DefaultHasher::new();
        identity.hash(&mut hasher);
        Self { identity: hasher.finish(), shown }
    }
}

/// What `plan` knows of one file.
#[derive(Debug, Default)]
pub struct Sites {
    /// In text order.
    pub sites: Vec<Site>,
    /// Calls that make authtokens or exchange them; no Connection can replace them.
    pub about_tokens: Vec<(PathBuf, Position)>,
    /// Every secret of the file.
    pub secrets: Secrets,
}

impl Sites {
    /// Whether there is nothing to say of the file.
    pub fn is_empty(&self) -> bool {
        self.sites.is_empty() && self.about_tokens.is_empty() && self.secrets.is_empty()
    }
}

/// Finds the requests of a file.
///
/// # Errors
/// [`Problem::Parse`] and [`Problem::Config`].
pub fn sites(source: &Source, format: Format, config: &Config) -> Result<Sites, Problem> {
    let mut found = Sites::default();
    for part in parts(source.text(), source, format)? {
        add(&mut found, &part, source, config)?;
    }
    found.sites.sort_by_key(|site| (site.position.line, site.position.column));
    Ok(found)
}

/// Adds the requests of one part of a file.
fn add(found: &mut Sites, part: &Part<'_>, source: &Source, config: &Config) -> Result<(), ConfigError> {
    let scopes = Scopes::of(part.text(), &part.tree);
    let known =
        PriorFacts { lost: &|_, _| false, vetoed: &Default::default(), kept: &Default::default(), extension: None };
    let inspection = Inspection::of(part, &scopes, config, source.path(), &known)?;
    let context = inspection.context;
    let masker = inspection.secrets.masker(false);
    let pool = pool::of(part, context, source.path());
    found.secrets.merge(&inspection.secrets);
    for concern in &inspection.concerns {
        let call = &*concern.call;
        // Another vendor that gets the map of a request to Zoho.
        let unconfigured = concern.transaction.as_ref().is_none_or(|transaction| transaction.unconfigured);
        if call.owner() == Owner::Other
            && !unconfigured
            && migrate::configured(context, call, config, source.path())?.is_none()
        {
            continue;
        }
        let position = source.position(part.outer(call.request.range).start());
        if is_about_tokens(call).is_some() {
            found.about_tokens.push((source.path().to_owned(), position));
            continue;
        }
        let carries = call.occurrences().next().is_some();
        let link = call.request.connection.map(|slot| link_name::link(context, slot));
        // A placeholder in a request that nothing shows to be Zoho's may be anybody's.
        let connected = match &link {
            Some(Link::Placeholder(_)) => call.owner() == Owner::Zoho,
            link => link.is_some() && call.owner() != Owner::Other,
        };
        if call.request.form == Form::Sdp || !(carries || connected) {
            continue;
        }
        let configured = migrate::configured(context, call, config, source.path())?;
        found.sites.push(Site {
            path: source.path().to_owned(),
            position,
            function: function(context, call.request.node),
            pool,
            method: migrate::method(context, call),
            address: address(call, &masker),
            service: call.service(),
            data_center: call.data_center(),
            assumed_center: false,
            need: need(context, call),
            tokens: tokens(context, call),
            carries,
            link,
            configured: configured.map(|link| link.to_string()),
            replaced: migrate::legacy(call)
                .filter(|endpoint| endpoint.kind == LegacyKind::Dead)
                .map(|endpoint| endpoint.replacement),
        });
    }
    Ok(())
}

fn function(context: Context<'_>, node: NodeId) -> Option<String> {
    let tree = context.tree;
    let function = tree.ancestors(node).find(|&ancestor| tree.kind(ancestor) == Kind::Function)?;
    tree.child(function, Kind::FunctionName).map(|name| context.text_of(name).split_whitespace().collect())
}

/// Host and path, without what may hold a secret: user, query, fragment.
fn address(call: &Call, masker: &Masker) -> String {
    let url = call.targets.first().map_or("", |target| target.url.as_str());
    // Masked before anything is cut off it.
    let url = masker.mask(url);
    let plain = url.split(['?', '#']).next().unwrap_or("");
    let plain = plain.split_once("://").map_or(plain, |(_, rest)| rest);
    let unknown = |c: char| if c == UNKNOWN { '…' } else { c };
    let mut shown: Vec<char> = plain.chars().map(unknown).filter(|c| !c.is_whitespace()).collect();
    shown.dedup_by(|one, other| *one == '…' && *other == '…');
    shown.into_iter().collect()
}

/// The tokens that are visible in the code. Others are known only at run time.
fn tokens(context: Context<'_>, call: &Call) -> Vec<MaskedToken> {
    let mut found: Vec<MaskedToken> = call
        .occurrences()
        .filter_map(|occurrence| occurrence.known_token(context))
        .map(|token| MaskedToken::new(&token, masked(&token)))
        .collect();
    found.sort();
    found.dedup();
    found
}
