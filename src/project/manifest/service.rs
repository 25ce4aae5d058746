//! Where a manifest lists its Connections, by its `service`, and what the extension toolkit demands of an entry.
//!
//! Source: facts 7.1 to 7.3, the rules and templates of `zoho-extension-toolkit` 1.0.24, and real manifests for
//! `usedConnections`.

use super::value::Value;

/// The name of Zoho's own "Zoho OAuth" service, which stands for all of Zoho's services.
pub const ZOHO_OAUTH: &str = "zlabs_integration";

/// The object of a Desk manifest for the Connection to Zoho's services.
pub const AUTHORISATION: &str = "zohoAuthorisation";

/// The arrays that list Connections.
pub const LISTS: [&str; 2] = ["connectors", "usedConnections"];

/// What the toolkit demands of an entry, beside a LinkName and well-formed scopes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Demand {
    /// `connectionName`: a letter, then letters, digits, `-`, `_` and blanks.
    Name,
    /// No other entry of the list has this text under this key.
    Unique(&'static str),
    /// `serviceName`, not blank.
    Service,
    /// `true` or `false`.
    Switch(&'static str),
    /// A whole number.
    Integer(&'static str),
    /// At most so many entries.
    Most(usize),
}

use Demand::{Integer, Most, Name, Service as ServiceName, Switch, Unique};

/// The products whose manifests are alike.
#[derive(Debug)]
pub struct Service {
    names: &'static [&'static str],
    /// The array for Connections.
    pub list: &'static str,
    /// Whether [`AUTHORISATION`] holds the Connection to Zoho's services.
    pub authorises: bool,
    /// Whether the toolkit's template, or a guide of Zoho's, has a place for Connections at all.
    pub documented: bool,
    demands: &'static [Demand],
}

const fn connectors(names: &'static [&'static str], demands: &'static [Demand]) -> Service {
    Service { names, list: "connectors", authorises: false, documented: true, demands }
}

const SERVICES: &[Service] = &[
    Service {
        authorises: true,
        ..connectors(&["DESK"], &[Name, Unique("connectionName"), ServiceName, Unique("serviceName")])
    },
    connectors(&["PROJECTS"], &[Name, ServiceName, Switch("userAccess"), Switch("isUserDefinedService"), Most(5)]),
    connectors(&["ORCHESTLY", "QNTRL"], &[Name, Unique("connectionName"), ServiceName]),
    connectors(&["MAIL"], &[ServiceName]),
    connectors(&["SHOW"], &[Name, Unique("connectionName"), Integer("sharedBy")]),
    connectors(&["BUGTRACKER", "IOT", "LOGS360CLOUD", "PEOPLE", "SPRINTS", "TEAMINBOX", "WRITER"], &[]),
    Service {
        list: "usedConnections",
        ..connectors(&["FINANCE", "BILLING", "EXPENSE", "INVENTORY", "SUBSCRIPTIONS"], &[])
    },
];

/// CRM, Bigin, Creator and others: their Connections belong to the product, not to the manifest.
const OTHERS: Service = Service { documented: false, ..connectors(&[], &[]) };

/// What holds for a manifest with this `service`; letter case does not count.
pub fn service(name: &str) -> &'static Service {
    SERVICES.iter().find(|service| service.names.iter().any(|own| own.eq_ignore_ascii_case(name))).unwrap_or(&OTHERS)
}

/// Whether the entry is a Connection to one of Zoho's own services, by its `serviceName`.
pub fn is_zohos(entry: &Value) -> bool {
    let name = entry.text("serviceName").unwrap_or("").to_ascii_lowercase();
    let own = entry.get("isUserDefinedService") == Some(&Value::Other("true".to_owned()));
    let product = |rest: &str| rest.starts_with('_') || crate::zoho::canonical_service(rest).is_some();
    name == ZOHO_OAUTH || (!own && name.strip_prefix("zoho").is_some_and(product))
}

impl Service {
    /// The reasons for which the toolkit would refuse `entry` in the array that has `others` already.
    pub fn refusals(&self, entry: &Value, others: &[&Value]) -> Vec<String> {
        let mut found: Vec<String> = self.demands.iter().filter_map(|demand| demand.refusal(entry, others)).collect();
        if self.authorises && entry.text("serviceName") == Some(ZOHO_OAUTH) {
            found.push(format!("a Connection with the serviceName {ZOHO_OAUTH:?} belongs into {AUTHORISATION}"));
        }
        found
    }

    /// The same for [`AUTHORISATION`], where the toolkit itself demands less.
    pub fn authorisation_refusals(&self, entry: &Value) -> Vec<String> {
        [Name, ServiceName].iter().filter_map(|demand| demand.refusal(entry, &[])).collect()
    }
}

impl Demand {
    fn refusal(self, entry: &Value, others: &[&Value]) -> Option<String> {
        match self {
            Name => match entry.get("connectionName") {
                Some(Value::Text(name)) if is_name(name) => None,
                Some(Value::Text(_)) => Some(
                    "connectionName must begin with a letter and hold only letters, digits, blanks, - and _".to_owned(),
                ),
                found => Some(wrong("connectionName", "a text", found)),
            },
            ServiceName => match entry.get("serviceName") {
                Some(Value::Text(name)) if !name.trim().is_empty() => None,
                Some(Value::Text(_)) => Some("serviceName is empty".to_owned()),
                found => Some(wrong("serviceName", "a text", found)),
            },
            Switch(key) => {
                let is = |word: &str| entry.get(key) == Some(&Value::Other(word.to_owned()));
                (!is("true") && !is("false")).then(|| wrong(key, "true or false", entry.get(key)))
            }
            Integer(key) => match entry.get(key) {
                Some(Value::Other(number)) if number.parse::<i64>().is_ok() => None,
                found => Some(wrong(key, "a whole number without quotes", found)),
            },
            Unique(key) => {
                let own = entry.text(key)?.trim();
                let other = others.iter().find(|other| other.text(key).is_some_and(|text| text.trim() == own))?;
                let link = other.link_name().unwrap_or("another Connection");
                Some(format!("{link} already has the {key} {own:?}"))
            }
            Most(count) => (others.len() >= count)
                .then(|| format!("the manifest has {} Connections; {count} are allowed", others.len())),
        }
    }
}

fn wrong(key: &str, shape: &str, found: Option<&Value>) -> String {
    match found {
        None => format!("{key} is missing"),
        Some(_) => format!("{key} must be {shape}"),
    }
}

/// The toolkit's pattern for names (facts 7.2).
fn is_name(name: &str) -> bool {
    let rest = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | ' ');
    name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.chars().all(rest)
}
