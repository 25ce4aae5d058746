//! The ledger: a TOML file that a person completes and authshift keeps up to date. Its text is never printed anew: what
//! authshift changes are the values of `status`, and new tokens are added at the end.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Outcome, Wanted};
use crate::project::config::unknown;
use crate::text::secret::{is_fingerprint, is_token_shaped, masked};
use crate::text::source::{LineIndex, Position, TextRange};
use crate::zoho;

const KEYS: &[&str] = &["client", "data-center", "fingerprint", "kind", "scopes", "service", "soid", "status"];

/// Longer than this (characters) no name of a token is, so that none can be a token itself.
const LONGEST_NAME: usize = 24;

/// How an app got its users' consent, which decides the endpoint (facts 8).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ClientKind {
    /// A script or server of one's own; client and token belong to one user.
    SelfClient,
    /// An app that other people sign in to.
    External,
}

impl ClientKind {
    const ALL: [Self; 2] = [Self::SelfClient, Self::External];

    /// As the ledger and Zoho's address have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::SelfClient => "self",
            Self::External => "external",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What the ledger says of a token's exchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// The call is to be made.
    Waiting,
    /// A person does not want it.
    Skip,
    /// The new token is there.
    Done,
    /// It was begun, and its answer is not known.
    Unknown,
    /// Zoho will not exchange it.
    Refused,
}

impl Status {
    const ALL: [Self; 5] = [Self::Waiting, Self::Skip, Self::Done, Self::Unknown, Self::Refused];

    /// As the ledger has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Skip => "skip",
            Self::Done => "done",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// A token to exchange.
#[derive(Clone, Debug)]
pub struct LedgerToken {
    /// Its fingerprint, or the name of one that authshift has not seen.
    pub name: String,
    /// The endpoint.
    pub kind: ClientKind,
    /// The service's name in the built-in table.
    pub service: &'static str,
    /// The data centre.
    pub data_center: &'static str,
    /// What the secrets call the OAuth client.
    pub client: String,
    /// The organisation; empty for services that have none.
    pub soid: String,
    /// The scopes that are asked for.
    pub scopes: Vec<String>,
    /// What the ledger says of it.
    pub status: Status,
    /// Where to write the status, and with the key or without.
    place: (TextRange, bool),
}

/// What is wrong in a ledger.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mistake {
    /// Where.
    pub position: Position,
    /// What, and what to write instead.
    pub message: String,
}

/// A ledger that was read.
#[derive(Debug)]
pub struct Ledger {
    /// In the order of the file.
    pub tokens: Vec<LedgerToken>,
}

impl Ledger {
    /// Reads a ledger.
    ///
    /// # Errors
    /// All that is wrong or missing in it, in the order of the text.
    pub fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        let index = LineIndex::new(text);
        let mut reader = Reader { mistakes: Vec::new() };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let message = error.message().split('\n').collect::<Vec<_>>().join("; ");
            reader.mistakes.push((error.span().map_or(0, |span| span.start), message));
        }
        // What follows from a syntax error is none of the person's.
        let tokens = if errors.is_empty() { reader.tokens(table.get_ref()) } else { Vec::new() };
        if reader.mistakes.is_empty() {
            return Ok(Self { tokens });
        }
        let place = |(offset, message)| Mistake { position: index.position(text, offset), message };
        let mut mistakes: Vec<Mistake> = reader.mistakes.into_iter().map(place).collect();
        mistakes.sort_by(|one, two| {
            (one.position.line, one.position.column).cmp(&(two.position.line, two.position.column))
        });
        mistakes.dedup();
        Err(mistakes)
    }

    /// Brings the statuses in `text`, which this ledger was read from, to what became of the calls.
    pub fn with_outcomes(&mut self, text: &str, outcome: impl Fn(&str) -> Option<Outcome>) -> String {
        let mut edits = Vec::new();
        for token in &mut self.tokens {
            let status = match outcome(&token.name) {
                // A ledger without its answers still shows which calls must not be made again.
                None => continue,
                Some(_) if token.status == Status::Skip => continue,
                Some(Outcome::Done) => Status::Done,
                Some(Outcome::Unknown | Outcome::Open) => Status::Unknown,
                Some(Outcome::Refused(_)) => Status::Refused,
                Some(Outcome::Again(_)) => Status::Waiting,
            };
            if status != token.status {
                let (range, whole) = token.place;
                let value = format!("\"{}\"", status.name());
                edits.push((range, if whole { format!("\nstatus = {value}") } else { value }));
                token.status = status;
            }
        }
        let mut changed = text.to_owned();
        edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start()));
        for (range, value) in edits {
            changed.replace_range(range.start()..range.end(), &value);
        }
        changed
    }
}

struct Reader {
    /// Byte offset and message.
    mistakes: Vec<(usize, String)>,
}

type Value<'t> = Spanned<DeValue<'t>>;

impl Reader {
    fn mistake(&mut self, offset: usize, message: impl Into<String>) {
        self.mistakes.push((offset, message.into()));
    }

    fn tokens(&mut self, table: &DeTable) -> Vec<LedgerToken> {
        let mut tokens = Vec::new();
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for (key, value) in table {
            if key.get_ref() != "token" {
                self.mistake(key.span().start, unknown("key", key.get_ref(), std::iter::once("token")));
                continue;
            }
            let Some(list) = value.get_ref().as_array() else {
                self.mistake(value.span().start, "a token is a table of a list: write `[[token]]`");
                continue;
            };
            for entry in list.iter() {
                let Some(token) = self.token(entry) else { continue };
                let start = entry.span().start;
                if names.insert(token.name.clone(), start).is_some() {
                    let message =
                        format!("the token `{}` is here twice; Zoho exchanges it only once, so keep one", token.name);
                    self.mistake(start, message);
                }
                tokens.push(token);
            }
        }
        tokens
    }

    fn token(&mut self, entry: &Value) -> Option<LedgerToken> {
        let start = entry.span().start;
        let Some(table) = entry.get_ref().as_table() else {
            self.mistake(start, "a token is a table: write `[[token]]` and its keys below");
            return None;
        };
        for key in table.keys().filter(|key| !KEYS.contains(&key.get_ref().as_ref())) {
            let message = match key.get_ref().as_ref() {
                "token" | "authtoken" => "a token must not be in the ledger; put it into secrets.txt".to_owned(),
                other => unknown("key", other, KEYS.iter().copied()),
            };
            self.mistake(key.span().start, message);
        }
        let name = self.name(table, start);
        let kind =
            self.choice(table, start, "kind", ClientKind::from_name, || ClientKind::ALL.iter().map(|kind| kind.name()));
        let service = self.choice(table, start, "service", zoho::canonical_service, zoho::service_names);
        let find = |name: &str| zoho::data_centers().find(|center| *center == name);
        let data_center = self.choice(table, start, "data-center", find, zoho::data_centers);
        let names = || Status::ALL.iter().map(|status| status.name());
        let (status, place) = match table.get("status") {
            Some(value) => (
                self.choice(table, start, "status", Status::from_name, names),
                (TextRange::new(value.span().start, value.span().end), false),
            ),
            None => {
                let after = table.get("fingerprint").map_or(start, |value| value.span().end);
                (Some(Status::Waiting), (TextRange::empty(after), true))
            }
        };
        let soid = self.soid(table, start, service);
        let scopes = self.scopes(table, start, kind);
        let client = self.client(table, kind, data_center);
        Some(LedgerToken {
            name: name?,
            kind: kind?,
            service: service?,
            data_center: data_center?,
            client: client?,
            soid: soid?,
            scopes: scopes?,
            status: status?,
            place,
        })
    }

    fn text<'v>(&mut self, table: &'v DeTable, key: &str) -> Option<(&'v str, usize)> {
        let value = table.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            let found = value.get_ref().type_str();
            self.mistake(value.span().start, format!("`{key}` must be a string, not {found}"));
        }
        Some((text?, value.span().start))
    }

    fn name(&mut self, table: &DeTable, start: usize) -> Option<String> {
        let Some((name, at)) = self.text(table, "fingerprint") else {
            if !table.contains_key("fingerprint") {
                self.mistake(start, "this token has no `fingerprint`; give it a name, such as `desk-main`");
            }
            return None;
        };
        let plain = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.chars().all(|other| other.is_ascii_lowercase() || other.is_ascii_digit() || other == '-');
        if is_fingerprint(name) || (plain && name.len() <= LONGEST_NAME) {
            return Some(name.to_owned());
        }
        let message = if is_token_shaped(name) || name.len() > LONGEST_NAME {
            format!(
                "`{}` looks like a token; those go into secrets.txt. Write a name, such as `desk-main`",
                masked(name)
            )
        } else {
            format!(
                "`{name}` is no fingerprint: those authshift writes, or a name of a-z, 0-9 and `-`, such as `desk-main`"
            )
        };
        self.mistake(at, message);
        None
    }

    fn choice<'k, T, N: Iterator<Item = &'k str>>(
        &mut self,
        table: &DeTable,
        start: usize,
        key: &str,
        find: impl Fn(&str) -> Option<T>,
        names: impl Fn() -> N,
    ) -> Option<T> {
        let Some((text, at)) = self.text(table, key) else {
            if !table.contains_key(key) {
                self.mistake(start, format!("this token has no `{key}`: {}", meaning(key)));
            }
            return None;
        };
        let found = find(text);
        if text.is_empty() {
            self.mistake(at, format!("`{key}` is empty: {}", meaning(key)));
        } else if found.is_none() {
            self.mistake(at, unknown(key, text, names()));
        }
        found
    }

    fn soid(&mut self, table: &DeTable, start: usize, service: Option<&str>) -> Option<String> {
        let given = self.text(table, "soid");
        if given.is_none() && table.contains_key("soid") {
            return None;
        }
        let (soid, at) = given.unwrap_or(("", start));
        let service = service?;
        let message = match organisation(service) {
            Organisation::Is { begins, holds } => {
                let id = soid.strip_prefix(begins).and_then(|rest| rest.strip_prefix('.')).unwrap_or("");
                let right = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
                (!right).then(|| format!("`soid` must be \"{begins}.\" and {holds}, for {}", zoho::service_title(service)))
            }
            Organisation::Nothing => (!soid.is_empty()).then(|| {
                format!("{} takes no `soid`; leave it empty or delete the line", zoho::service_title(service))
            }),
            Organisation::NotKnown => (!is_plain(soid)).then(|| {
                "`soid` is letters, digits and dots, as Zoho's page for the service has it; leave it empty if there is none"
                    .to_owned()
            }),
        };
        match message {
            Some(message) => {
                self.mistake(at, message);
                None
            }
            None => Some(soid.to_owned()),
        }
    }

    fn scopes(&mut self, table: &DeTable, start: usize, kind: Option<ClientKind>) -> Option<Vec<String>> {
        let mut scopes = Vec::new();
        let mut at = start;
        if let Some(value) = table.get("scopes") {
            at = value.span().start;
            let Some(list) = value.get_ref().as_array() else {
                self.mistake(at, "`scopes` must be a list: [\"Desk.tickets.READ\", …]");
                return None;
            };
            for item in list.iter() {
                match item.get_ref().as_str() {
                    Some(scope) if scope.contains('.') && is_plain(scope) => scopes.push(scope.to_owned()),
                    _ => {
                        self.mistake(item.span().start, "this is no scope; one is written like \"Desk.tickets.READ\"");
                        return None;
                    }
                }
            }
        }
        // For `external`, Zoho knows the scopes already.
        if scopes.is_empty() && kind == Some(ClientKind::SelfClient) {
            self.mistake(at, format!("`scopes` is empty: {}", meaning("scopes")));
            return None;
        }
        Some(scopes)
    }

    fn client(&mut self, table: &DeTable, kind: Option<ClientKind>, center: Option<&str>) -> Option<String> {
        let Some((name, at)) = self.text(table, "client") else {
            let default = || Some(format!("{}-{}", kind?.name(), center?));
            return if table.contains_key("client") { None } else { default() };
        };
        let plain = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.chars().all(|other| other.is_ascii_lowercase() || other.is_ascii_digit() || other == '-')
            && name.len() <= LONGEST_NAME;
        if !plain {
            let message = "`client` is a name of yours for an OAuth client: a-z, 0-9 and `-`, 24 characters at most";
            self.mistake(at, format!("{message}; its id and secret go into secrets.txt"));
            return None;
        }
        Some(name.to_owned())
    }
}

/// What stands in `soid` for a service.
enum Organisation {
    Is {
        begins: &'static str,
        holds: &'static str,
    },
    /// Zoho's page for the service has none.
    Nothing,
    /// No page was seen.
    NotKnown,
}

/// Source: facts 8 and 10.6.
fn organisation(service: &str) -> Organisation {
    match service {
        "desk" | "support" => {
            Organisation::Is { begins: "ZohoSupport", holds: "the orgId (Setup > Developer Space > API)" }
        }
        "crm" => {
            Organisation::Is { begins: "ZohoCRM", holds: "the zgid (the organisation's `zgid` in GET /crm/v2/org)" }
        }
        "mail" | "recruit" | "campaigns" => Organisation::Nothing,
        _ => Organisation::NotKnown,
    }
}

/// Nothing that could end a field of the scripts.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// What a key is for.
fn meaning(key: &str) -> &'static str {
    match key {
        "kind" => "\"self\" for a script or server of your own, \"external\" for an app that others sign in to",
        "service" => "the product whose API the app calls, such as \"desk\"",
        "data-center" => "\"us\" for zoho.com, \"eu\" for zoho.eu, \"in\" for zoho.in …",
        "scopes" => "what the app may do with the new token; `authshift plan` lists what its calls need",
        _ => "\"waiting\", or \"skip\" to leave the token out",
    }
}

const HEAD: &str = r#"# Authtokens of apps, to be exchanged for OAuth tokens. No token stands in here.
# Fill in what is empty and run `authshift exchange` again: it checks this file
# and writes the scripts that make the calls. It never makes one itself.
#
#   fingerprint   authshift's hash of the token, or a name of yours (desk-main)
#   kind          "self": a script or server of your own, whose OAuth client
#                 (a self client) belongs to the user of the token
#                 "external": an app that others sign in to; Zoho must have
#                 confirmed the client, its scopes and the tokens' before
#   service       the product whose API the app calls: "desk", "crm", "books" ...
#   data-center   "us" for zoho.com, "eu" for zoho.eu, "in" for zoho.in ...
#   client        optional: a name of yours, if there are several OAuth clients
#   soid          Desk "ZohoSupport.<orgId>", CRM "ZohoCRM.<zgid>"; Mail, Recruit
#                 and Campaigns have none
#   scopes        for "self": those that the app's calls need, of its service only
#   status        kept by authshift; "skip" leaves a token out
"#;

const EXAMPLE: &str = r#"
# No authtoken of an app was found. For one that the code does not show, remove
# the `# ` below and fill it in.
#
# [[token]]
# fingerprint = "desk-main"
# kind = "self"
# service = "desk"
# data-center = "us"
# soid = "ZohoSupport.<orgId>"
# scopes = ["Desk.tickets.READ"]
# status = "waiting"
"#;

/// A new ledger.
pub fn new(wanted: &[Wanted]) -> String {
    let entries = entries(wanted, "");
    format!("{HEAD}{}", if entries.is_empty() { EXAMPLE } else { &entries })
}

/// What is to be added to a ledger's text for tokens that it does not have. Those of one name are one token.
pub fn entries(wanted: &[Wanted], ledger: &str) -> String {
    let mut groups: Vec<Vec<&Wanted>> = Vec::new();
    for one in wanted.iter().filter(|one| !ledger.contains(&format!("\"{}\"", one.name))) {
        match groups.iter_mut().find(|group| group.iter().any(|other| other.name == one.name)) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups.iter().map(|group| entry(group)).collect()
}

fn entry(group: &[&Wanted]) -> String {
    const PLACES: usize = 3;
    let Some(first) = group.first() else { return String::new() };
    let scopes: BTreeSet<&str> = group.iter().flat_map(|one| one.scopes.iter().map(String::as_str)).collect();
    let services: BTreeSet<&str> = group.iter().filter_map(|one| one.service).collect();
    let mut notes: Vec<String> = group.iter().take(PLACES).map(|one| one.place.clone()).collect();
    if let Some(more) = group.len().checked_sub(PLACES).filter(|more| *more > 0) {
        notes.push(format!("and {more} more"));
    }
    notes.push(match &first.shown {
        Some(shown) => format!("the token there is {shown}"),
        None => "its value is not there; if it is several tokens, copy this for each".to_owned(),
    });
    if services.len() > 1 {
        let services = services.into_iter().collect::<Vec<_>>().join(", ");
        notes.push(format!("It is sent to {services}, and can be exchanged for one of them only."));
    }
    // A path may hold what would end the comment.
    let notes: String = notes.iter().map(|note| format!("# {}\n", note.replace(char::is_control, "?"))).collect();
    let kind = first.kind.map_or("", ClientKind::name);
    let service = first.service.unwrap_or("");
    let center = first.data_center.unwrap_or("");
    let soid = match organisation(service) {
        Organisation::Is { begins, .. } => format!("{begins}."),
        Organisation::Nothing | Organisation::NotKnown => String::new(),
    };
    let scopes: Vec<String> = scopes.iter().map(|scope| format!("\"{scope}\"")).collect();
    format!(
        "\n{notes}[[token]]\nfingerprint = \"{}\"\nkind = \"{kind}\"\nservice = \"{service}\"\ndata-center = \"{center}\"\n\
         soid = \"{soid}\"\nscopes = [{}]\nstatus = \"waiting\"\n",
        first.name,
        scopes.join(", "),
    )
}
