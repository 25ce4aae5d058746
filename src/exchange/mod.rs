//! Zoho's exchange of authtokens for OAuth tokens (`authtooauth`, facts 8 and 10.6), for apps that call the API themselves.
//! authshift prepares the calls and never makes one: it keeps a ledger, and writes the scripts that a person runs.
//!
//! ```text
//! authshift-exchange/
//!   ledger.toml    the tokens by fingerprint: kind, service, data centre, client, soid, scopes, status; no token
//!   secrets.txt    the person's: client ids, client secrets, tokens (mode 0600)
//!   exchange.sh    makes the calls; exchange.ps1 does the same under PowerShell
//!   answers/       what Zoho answered, by the scripts:
//!     3f9a1c2b77d0.1.call    begun; made exclusively and stored before anything is sent, so no call is made twice
//!     3f9a1c2b77d0.1.json    the answer, as it came
//!     3f9a1c2b77d0.1.end     when it ended, kind, client, outcome; what the limits are counted by
//! ```
//!
//! A call with `.call` and without `.end` was interrupted. Its outcome is that of the answer, and `unknown` without one.

mod answers;
pub mod ledger;
mod script;

pub use answers::{Outcome, outcome};
pub use ledger::{ClientKind, Ledger, LedgerToken, Mistake, Status};
pub use script::{posix, powershell, secrets};

use crate::plan::Plan;
use crate::plan::apps::{AppPlanned, Client};

/// An authtoken of an app, as far as the code shows it.
#[derive(Clone, Default, Debug)]
pub struct Wanted {
    /// Its fingerprint, or a name where the code does not show it.
    pub name: String,
    /// How it may be shown, when it can be seen.
    pub shown: Option<String>,
    /// Where it stands or is sent, for the person who has to find it.
    pub place: String,
    /// How the app gets its users' consent, when that is known.
    pub kind: Option<ClientKind>,
    /// The service's name in the built-in table.
    pub service: Option<&'static str>,
    /// The data centre.
    pub data_center: Option<&'static str>,
    /// The scopes that the app's calls need.
    pub scopes: Vec<String>,
}

/// The tokens of a plan's apps: those that can be seen, and one for each service and data centre to which none of them goes.
pub fn wanted(plan: &Plan) -> Vec<Wanted> {
    let apps = &plan.apps;
    let senders: Vec<&AppPlanned> =
        apps.services.iter().filter(|planned| planned.sites.iter().any(|site| site.carries)).collect();
    let mut wanted = Vec::new();
    for token in &apps.tokens {
        let fits = |planned: &&&AppPlanned| match token.service {
            Some(_) => (planned.service, planned.data_center) == (token.service, token.data_center),
            // A setting: it goes where the apps send one, if that is one place.
            None => senders.len() == 1,
        };
        let planned = senders.iter().find(fits);
        wanted.push(Wanted {
            name: token.fingerprint.clone(),
            shown: Some(token.shown.clone()),
            place: format!("{}:{}", token.path.display(), token.position.line),
            service: token.service,
            data_center: token.data_center,
            ..planned.map(|planned| of_service(planned)).unwrap_or_default()
        });
        if let (Some(last), None, Some(planned)) = (wanted.last_mut(), token.service, planned) {
            (last.service, last.data_center) = (planned.service, planned.data_center);
        }
    }
    for planned in &senders {
        let known = |one: &Wanted| (one.service, one.data_center) == (planned.service, planned.data_center);
        if !wanted.iter().any(known) {
            let sites = planned.sites.iter().filter(|site| site.carries);
            wanted.extend(sites.map(|site| Wanted {
                place: format!("{}:{}", site.path.display(), site.position.line),
                ..of_service(planned)
            }));
        }
    }
    if wanted.is_empty() {
        wanted.extend(apps.settings.iter().map(|setting| Wanted {
            name: name(None, None),
            place: format!("{}:{}", setting.path.display(), setting.position.line),
            ..Wanted::default()
        }));
    }
    wanted
}

/// What holds for all tokens that go to a service.
fn of_service(planned: &AppPlanned) -> Wanted {
    Wanted {
        name: name(planned.service, planned.data_center),
        shown: None,
        place: String::new(),
        kind: Some(match planned.client {
            Client::SelfClient => ClientKind::SelfClient,
            Client::Web => ClientKind::External,
        }),
        service: planned.service,
        data_center: planned.data_center,
        scopes: planned.scopes.iter().map(|chosen| chosen.scope.clone()).collect(),
    }
}

/// What a token is called that cannot be seen: `desk-eu`.
fn name(service: Option<&str>, data_center: Option<&str>) -> String {
    [Some(service.unwrap_or("app")), data_center].into_iter().flatten().collect::<Vec<_>>().join("-")
}
