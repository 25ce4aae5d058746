//! What is to be known of a manifest beside the Connections it names: what in it is no JSON, which `config` entries hold an
//! authtoken of Zoho's, and whether its scopes exist and suffice.

use std::collections::BTreeMap;

use foldhash::{HashSet, HashSetExt};

use super::extension::Code;
use crate::census::names::mentions_authtoken;
use crate::deluge::{Document, LINK_NAME, NodeId};
use crate::project::manifest::entries;
use crate::text::secret::Secrets;
use crate::text::source::TextRange;
use crate::zoho::target::{Owner, target};
use crate::zoho::{self, Basis, Confidence};

/// All that was found in a manifest.
#[derive(Default, Debug)]
pub struct Remarks {
    /// Comments.
    pub comments: Vec<TextRange>,
    /// Commas behind the last item.
    pub trailing_commas: Vec<TextRange>,
    /// `config` entries that hold an authtoken.
    pub holders: Vec<Holder>,
    /// Scopes that do not exist or are missing.
    pub scopes: Vec<ScopeFlaw>,
}

/// A `config` entry that holds an authtoken of Zoho's.
#[derive(Debug)]
pub struct Holder {
    /// Its name, without quotes.
    pub range: TextRange,
    /// Its name.
    pub name: String,
    /// Whether the code sends it to Zoho; otherwise the entry itself mentions it and a Zoho host.
    pub sent: bool,
    /// Whether its value stands in the manifest.
    pub written: bool,
}

/// What is wrong with the scopes of a Connection.
#[derive(Debug)]
pub enum ScopeFlaw {
    /// There is no such scope.
    Unknown {
        /// The scope, without quotes.
        range: TextRange,
        /// The scope.
        scope: String,
    },
    /// The code needs one of these, and the Connection has none of them.
    Missing {
        /// Where the Connection's scopes are listed.
        range: TextRange,
        /// Its LinkName.
        link: String,
        /// The scopes of which one would do, the narrowest first.
        scopes: Vec<String>,
        /// Requests that need it, as `path:line`.
        sites: Vec<String>,
    },
}

impl Remarks {
    /// Looks through a manifest; `code` is what its extension's code asks of it. Values of tokens go to `secrets`.
    pub fn of(document: &Document<'_>, code: Option<&Code>, secrets: &mut Secrets) -> Self {
        let mut remarks = Self {
            comments: document.tree().comments().to_vec(),
            trailing_commas: document.trailing_commas().to_vec(),
            ..Self::default()
        };
        let config = document.root().and_then(|root| document.get(root, "config"));
        let configs = config.map(|config| document.values(config)).unwrap_or_default();
        remarks.holders = configs.iter().filter_map(|&entry| holder(document, entry, code, secrets)).collect();
        for (_, entry) in entries(document) {
            scopes(document, entry, code, &mut remarks.scopes);
        }
        remarks
    }
}

fn holder(document: &Document<'_>, entry: NodeId, code: Option<&Code>, secrets: &mut Secrets) -> Option<Holder> {
    let name_node = document.get(entry, "name")?;
    let name = document.string(name_node)?;
    let sent = code.is_some_and(|code| code.tokens.contains(&name));
    if !sent && !mentions_zohos_token(document, entry) {
        return None;
    }
    let values = ["value", "default", "defaultValue"].map(|key| document.text_of(entry, key).unwrap_or_default());
    let written = values.iter().any(|value| !value.trim().is_empty());
    values.iter().for_each(|value| secrets.add(value));
    Some(Holder { range: document.content(name_node)?, name, sent, written })
}

/// Whether the texts of the entry mention an authtoken and only Zoho's hosts. A name alone proves nothing: Twilio
/// has an auth token too.
fn mentions_zohos_token(document: &Document<'_>, entry: NodeId) -> bool {
    let texts: Vec<String> = document.members(entry).filter_map(|member| document.string(member.value)).collect();
    let mentions =
        texts.iter().any(|text| mentions_authtoken(text) || text.to_ascii_lowercase().contains("auth token"));
    let hosts = texts.iter().flat_map(|text| text.split(|one: char| one.is_whitespace() || "()<>[]\"'".contains(one)));
    let owners: Vec<Owner> =
        hosts.filter(|word| word.contains("://")).map(|url| target(url.to_owned()).owner).collect();
    mentions && !owners.is_empty() && owners.iter().all(|owner| *owner == Owner::Zoho)
}

fn scopes(document: &Document<'_>, entry: NodeId, code: Option<&Code>, found: &mut Vec<ScopeFlaw>) {
    let Some(list) = document.member(entry, "scope") else { return };
    let mut granted = HashSet::new();
    for &node in document.values(list.value) {
        let (Some(scope), Some(range)) = (document.string(node), document.content(node)) else { continue };
        granted.insert(scope.to_ascii_lowercase());
        if zoho::scope_exists(&scope) == Some(false) {
            found.push(ScopeFlaw::Unknown { range, scope });
        }
    }
    let Some(link) = document.text_of(entry, LINK_NAME) else { return };
    let needs = code.and_then(|code| code.needs.get(&link)).map(Vec::as_slice).unwrap_or_default();
    // Only what is sure: where the path of a call is not known, neither is its scope.
    let sure =
        needs.iter().filter(|one| one.need.basis == Basis::Operation && one.need.confidence == Confidence::Documented);
    let mut missing: BTreeMap<&[String], Vec<String>> = BTreeMap::new();
    for needed in sure {
        for any in &needed.need.all_of {
            if !any.iter().any(|scope| covers(&granted, scope)) {
                let site = format!("{}:{}", needed.path.display(), needed.position.line);
                missing.entry(any.as_slice()).or_default().push(site);
            }
        }
    }
    found.extend(missing.into_iter().map(|(scopes, sites)| ScopeFlaw::Missing {
        range: list.key_range,
        link: link.clone(),
        scopes: scopes.to_vec(),
        sites,
    }));
}

/// Whether one of the scopes, in lower case, allows what `wanted` does: itself, everything of its group or of a group above,
/// or its operation on one above.
fn covers(granted: &HashSet<String>, wanted: &str) -> bool {
    let wanted = wanted.to_ascii_lowercase();
    let (mut group, operation) = wanted.rsplit_once('.').unwrap_or((&wanted, "all"));
    // Of the services only CRM has a word for all changes.
    let writes = wanted.starts_with("zohocrm.") && matches!(operation, "create" | "update" | "delete");
    loop {
        let has = |operation: &str| granted.contains(&format!("{group}.{operation}"));
        if has(operation) || has("all") || (writes && has("write")) {
            return true;
        }
        match group.rsplit_once('.') {
            Some((above, _)) => group = above,
            None => return granted.contains(&format!("{group}.fullaccess.all")),
        }
    }
}
