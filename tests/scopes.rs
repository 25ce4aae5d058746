//! The scopes of known calls, by their addresses: `tests/data/known-calls.tsv` explains itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;

use authshift::zoho::{Basis, Need, UNKNOWN, place, scopes};

const CALLS: &str = include_str!("data/known-calls.tsv");

/// The narrowest of each scope that is needed; `-` when none is.
fn narrowest(need: Option<&Need>) -> String {
    let Some(need) = need else { return "-".to_owned() };
    need.all_of.iter().map(|any| any[0].as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn known_calls_need_what_their_documents_say() {
    let mut services = BTreeSet::new();
    let (mut count, mut wrong) = (0, Vec::new());
    for line in CALLS.lines().filter(|line| !line.starts_with('#')) {
        let [service, method, address, expected, source] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        assert!(!source.is_empty(), "{line}");
        let address = address.replace('…', &UNKNOWN.to_string());
        let (host, path) = address.split_at(address.find('/').unwrap());
        let place = place(host, path).unwrap();
        assert_eq!((place.service, place.certain), (Some(service), true), "{line}");
        let need = scopes(service, Some(method), path);
        let known = need.as_ref().is_none_or(|need| need.basis == Basis::Operation);
        if narrowest(need.as_ref()) != expected || !known {
            wrong.push(format!("{line}\n    {need:?}"));
        }
        services.insert(service);
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 150 && services.len() >= 15, "{count} calls of {} services", services.len());
}

#[test]
fn nothing_is_made_up_where_an_operation_is_not_known() {
    let of = |service, method, path: &str| {
        let need = scopes(service, method, &path.replace('…', &UNKNOWN.to_string())).unwrap();
        (narrowest(Some(&need)), need.basis)
    };
    for (service, method, path, expected, basis) in [
        // Unlisted, beside calls that all need the same.
        (
            "inventory",
            Some("POST"),
            "/inventory/v1/salesorders/…/status/packed",
            "ZohoInventory.salesorders.CREATE",
            Basis::Part,
        ),
        // Beside calls of several kinds: everything of the group, where there is such a scope.
        ("desk", Some("POST"), "/api/v1/tickets/…/no/such/thing", "Desk.tickets.ALL", Basis::Part),
        // Where there is none, each of those of the calls alike.
        (
            "creator",
            Some("POST"),
            "/creator/v2/data/o/a/report/R",
            "ZohoCreator.report.DELETE ZohoCreator.report.READ ZohoCreator.report.UPDATE",
            Basis::Part,
        ),
        // Neither the settings of Books nor what no document names are custom modules.
        ("books", Some("GET"), "/books/v3/settings/fields", "ZohoBooks.settings.READ", Basis::Part),
        ("books", Some("GET"), "/books/v3/settings/tags", "ZohoBooks.settings.READ", Basis::Part),
        ("books", Some("POST"), "/books/v3/salespersons", "ZohoBooks.fullaccess.all", Basis::Service),
        // Names only.
        ("vault", Some("GET"), "/api/rest/json/v1/secrets", "ZohoVault.user.ALL ZohoVault.secrets.ALL", Basis::Service),
        (
            "site24x7",
            Some("GET"),
            "/api/monitors",
            "Site24x7.account.All Site24x7.admin.All Site24x7.reports.All Site24x7.operations.All Site24x7.msp.All Site24x7.bu.All",
            Basis::Service,
        ),
        // The module is a variable, what is done with it is not.
        ("crm", Some("POST"), "/crm/v3/…/…/actions/send_mail", "ZohoCRM.send_mail.all.CREATE", Basis::Part),
        ("crm", Some("GET"), "/crm/v3/…/…", "ZohoCRM.modules.ALL", Basis::Part),
    ] {
        assert_eq!(of(service, method, path), (expected.to_owned(), basis), "{service} {path}");
    }
    for (service, path) in [("fsm", "/fsm/v1/Work_Orders"), ("payroll", "/payroll/v1/employees")] {
        assert_eq!(scopes(service, Some("GET"), path), None, "{service}");
    }
}
