//! What the apps of a tree, in other languages, need in place of their authtokens: for each service and data centre a client
//! with its scopes; and what goes: settings, and calls that make authtokens.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::scopes::{Chosen, choose};
use super::site::Site;
use crate::app::{self, Carrier, Language};
use crate::project::Project;
use crate::text::secret::{Masker, Secrets, fingerprint, masked};
use crate::text::source::{Position, Source};
use crate::zoho::target::Target;
use crate::zoho::{self, UNKNOWN};

/// What the apps need.
#[derive(Default, Debug)]
pub struct Apps {
    /// By service and data centre.
    pub services: Vec<AppPlanned>,
    /// Settings that hold an authtoken, by place.
    pub settings: Vec<Setting>,
    /// Calls that make authtokens, by place.
    pub generation: Vec<(PathBuf, Position)>,
    /// Tokens whose value is written in the code or in a setting, by place.
    pub tokens: Vec<AppToken>,
}

/// A token whose value can be seen.
#[derive(Clone, Debug)]
pub struct AppToken {
    /// Tells it from others; says nothing of its value.
    pub fingerprint: String,
    /// Masked.
    pub shown: String,
    /// The file.
    pub path: PathBuf,
    /// Where it stands.
    pub position: Position,
    /// The service it is sent to, as far as the code shows it.
    pub service: Option<&'static str>,
    /// The data centre.
    pub data_center: Option<&'static str>,
}

impl Apps {
    /// How many places are to be changed.
    pub fn count(&self) -> usize {
        let sites: usize = self.services.iter().map(|service| service.sites.len()).sum();
        sites + self.settings.len() + self.generation.len()
    }
}

/// A setting that holds an authtoken.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Setting {
    /// The file.
    pub path: PathBuf,
    /// Where its name stands.
    pub position: Position,
    /// Its name.
    pub name: String,
}

/// The kind of client that an app registers in the Zoho API console.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Client {
    /// One user's, as a token in a configuration is.
    SelfClient,
    /// Of an app whose users log in.
    Web,
}

impl Client {
    /// The word for programs.
    pub fn name(self) -> &'static str {
        match self {
            Client::SelfClient => "self",
            Client::Web => "web",
        }
    }
}

/// What apps need for one service in one data centre.
#[derive(Debug)]
pub struct AppPlanned {
    /// The service; `None` when the code does not show it.
    pub service: Option<&'static str>,
    /// The data centre; `None` when it cannot be seen.
    pub data_center: Option<&'static str>,
    /// The kind of client.
    pub client: Client,
    /// The scopes to ask for, sorted.
    pub scopes: Vec<Chosen>,
    /// The places that send an authtoken there, and the endpoints that are gone, by path and place.
    pub sites: Vec<Site>,
}

impl AppPlanned {
    /// What people call the service.
    pub fn title(&self) -> &'static str {
        self.service.map_or("Unknown service", zoho::service_title)
    }

    /// What the exchange of an authtoken wants as `soid` (facts 8, 10.6); `None` where no page names one.
    pub fn soid(&self) -> Option<&'static str> {
        match self.service? {
            "desk" | "support" => Some("ZohoSupport.<orgId>"),
            "crm" => Some("ZohoCRM.<zgid>"),
            _ => None,
        }
    }
}

/// What one file of an app shows.
#[derive(Default, Debug)]
pub struct AppFile {
    sites: Vec<Site>,
    settings: Vec<Setting>,
    generation: Vec<(PathBuf, Position)>,
    tokens: Vec<AppToken>,
    /// Every secret of the file.
    pub secrets: Secrets,
}

impl AppFile {
    /// Whether it tells nothing.
    pub fn is_empty(&self) -> bool {
        let Self { sites, settings, generation, tokens, secrets } = self;
        sites.len() + settings.len() + generation.len() + tokens.len() == 0 && secrets.is_empty()
    }
}

/// Reads a file of an app.
pub fn read(source: &Source, language: Language, project: &Project) -> AppFile {
    let app = app::read(source.text(), source.path(), language, &|| project.apps_around(source.path()));
    let mut file = AppFile { secrets: app.secrets, ..AppFile::default() };
    let path = || source.path().to_owned();
    for found in &app.uses {
        let position = source.position(found.range.start());
        if let Some(value) = found.value {
            let value = value.of(source.text());
            file.tokens.push(AppToken {
                fingerprint: fingerprint(value),
                shown: masked(value),
                path: path(),
                position,
                service: found.target.as_ref().and_then(|target| target.service),
                data_center: found.target.as_ref().and_then(|target| target.data_center),
            });
        }
        if found.carrier == Carrier::Setting {
            let name = found.range.of(source.text()).to_owned();
            file.settings.push(Setting { path: path(), position, name });
        } else {
            file.sites.push(site(source, position, found.target.as_ref(), true, None));
        }
    }
    for dead in &app.dead {
        let position = source.position(dead.range.start());
        file.sites.push(site(source, position, Some(&dead.target), false, Some(dead.replacement)));
    }
    file.generation = app.generation.iter().map(|range| (path(), source.position(range.start()))).collect();
    file
}

fn site(
    source: &Source,
    position: Position,
    target: Option<&Target>,
    carries: bool,
    replaced: Option<&'static str>,
) -> Site {
    let service = target.and_then(|target| target.service);
    let need = service.and_then(|service| zoho::scopes(service, None, target?.path()));
    let plain = target.map_or("", |target| target.url.split(['?', '#']).next().unwrap_or(""));
    let plain = plain.split_once("://").map_or(plain, |(_, rest)| rest);
    Site {
        path: source.path().to_owned(),
        position,
        function: None,
        pool: None,
        method: None,
        address: plain.chars().map(|c| if c == UNKNOWN { '…' } else { c }).collect(),
        service,
        data_center: target.and_then(|target| target.data_center),
        need,
        tokens: Vec::new(),
        carries,
        link: None,
        assumed_center: false,
        configured: None,
        replaced,
    }
}

/// Groups what the files show.
pub fn group<'f>(files: impl Iterator<Item = &'f AppFile>, masker: &Masker) -> Apps {
    let mut places: BTreeMap<(Option<&'static str>, Option<&'static str>), Vec<Site>> = BTreeMap::new();
    let mut apps = Apps::default();
    for file in files {
        for site in &file.sites {
            let mut site = site.clone();
            site.mask(masker);
            // Making authtokens is no service to ask scopes for.
            let service = site.service.filter(|service| *service != "accounts");
            places.entry((service, site.data_center)).or_default().push(site);
        }
        apps.settings.extend(file.settings.iter().cloned());
        apps.generation.extend(file.generation.iter().cloned());
        apps.tokens.extend(file.tokens.iter().cloned());
    }
    // Whoever makes authtokens asks several people for their passwords.
    let client = if apps.generation.is_empty() { Client::SelfClient } else { Client::Web };
    for ((service, data_center), mut sites) in places {
        sites.sort_by(|one, two| {
            let place = |site: &Site| (site.path.clone(), site.position.line, site.position.column);
            place(one).cmp(&place(two))
        });
        let scopes = choose(&sites);
        apps.services.push(AppPlanned { service, data_center, client, scopes, sites });
    }
    apps
}
