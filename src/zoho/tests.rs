use std::collections::BTreeSet;

use super::*;

fn at(host: &str, path: &str) -> Option<(Option<&'static str>, Option<&'static str>)> {
    place(host, path).map(|place| (place.service, place.data_center))
}

/// A host or path in which `?` stands for what is not known.
fn unknown(text: &str) -> String {
    text.replace('?', &UNKNOWN.to_string())
}

fn assert_sorted<'a>(file: File, names: impl Iterator<Item = &'a str>) {
    let names: Vec<&str> = names.collect();
    assert!(!names.is_empty(), "{}", file.0);
    assert!(names.is_sorted_by(|a, b| a < b), "{} is not sorted, or has a name twice: {names:?}", file.0);
}

fn assert_distinct<'a>(what: &str, names: impl Iterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(seen.insert(name), "{what}: `{name}` stands twice");
        assert_eq!(name, name.to_ascii_lowercase(), "{what}");
    }
}

#[test]
fn every_data_file_parses_and_holds_nothing_twice() {
    let centers: DataCentersFile = toml::from_str(DATA_CENTERS.1).unwrap();
    assert_sorted(DATA_CENTERS, centers.data_centers.iter().map(|center| center.name.as_str()));
    let domains = |center: &DataCenter| [&[center.products.clone(), center.api.clone()], &center.others[..]].concat();
    let domains: Vec<String> = centers.data_centers.iter().flat_map(domains).collect();
    assert_distinct("domains", domains.iter().map(String::as_str));
    for domain in &domains {
        assert!(!domains.iter().any(|other| domain.ends_with(&format!(".{other}"))), "{domain} lies below another");
    }
    for center in &centers.data_centers {
        let ending = |domain: &str| domain.split_once('.').unwrap().1.to_owned();
        assert_eq!(ending(&center.products), ending(&center.api), "{center:?}: only the first word may differ");
    }

    let services: ServicesFile = toml::from_str(SERVICES.1).unwrap();
    let services = services.services;
    assert_sorted(SERVICES, services.iter().map(|service| service.name.as_str()));
    let names = services.iter().flat_map(|service| std::iter::once(&service.name).chain(&service.aliases));
    assert_distinct("names", names.map(String::as_str));
    let titles: Vec<String> = services.iter().map(|service| service.title.to_lowercase()).collect();
    assert_distinct("titles", titles.iter().map(String::as_str));
    let hosts: Vec<&str> = services.iter().flat_map(|service| &service.hosts).map(String::as_str).collect();
    assert_distinct("hosts", hosts.iter().copied());
    assert_distinct("api", services.iter().flat_map(|service| &service.api).map(String::as_str));
    let routes: Vec<&Route> = services.iter().flat_map(|service| &service.routes).collect();
    for (index, route) in routes.iter().enumerate() {
        assert!(!hosts.contains(&route.host.as_str()), "{}", route.host);
        for other in &routes[index + 1..] {
            assert!(other.host != route.host || !other.path.overlaps(&route.path), "{route:?} {other:?}");
        }
    }

    for service in services.iter().filter(|service| service.under_oauth == UnderOauth::Moved) {
        let moved = moved::old_path(service).unwrap();
        let ((_, old), (first, new)) = (moved.path.split_once('/').unwrap(), moved.is.split_once('/').unwrap());
        assert!(old == new && !old.contains('/'), "{service:?}: only the first segment may differ");
        assert!(service.api.iter().any(|name| name == first) && !service.hosts.is_empty(), "{service:?}");
    }

    let legacy: legacy::LegacyFile = toml::from_str(LEGACY.1).unwrap();
    assert_sorted(LEGACY, legacy.crm_methods.keys().map(String::as_str));
    for (index, endpoint) in legacy.endpoints.iter().enumerate() {
        assert_eq!(canonical_service(&endpoint.service), Some(endpoint.service.as_str()));
        assert!(!endpoint.replacement.ends_with('.'), "{endpoint:?}");
        for other in &legacy.endpoints[index + 1..] {
            assert!(other.service != endpoint.service || other.path != endpoint.path, "{endpoint:?}");
            let alike = (other.kind, &other.replacement) == (endpoint.kind, &endpoint.replacement);
            let overlap = other.service == endpoint.service && other.path.overlaps(&endpoint.path);
            assert!(alike || !overlap, "{endpoint:?} {other:?}");
        }
    }
    assert!(legacy.endpoints.is_sorted_by_key(|endpoint| endpoint.service.clone()));

    let companions: CompanionsFile = toml::from_str(COMPANIONS.1).unwrap();
    let keys: Vec<String> = companions
        .companions
        .iter()
        .map(|one| format!("{}={}", one.name, one.value.as_deref().unwrap_or("")))
        .collect();
    assert_sorted(COMPANIONS, keys.iter().map(String::as_str));
    assert!(companions.companions.iter().all(|one| one.goes || one.identifies));
}

#[test]
fn patterns_that_mean_nothing_are_rejected() {
    for bad in ["", "a//b", "**/a", "a|/b", "!*", "a*"] {
        assert!(path::Pattern::try_from(bad.to_owned()).is_err(), "{bad}");
    }
}

#[test]
fn names_aliases_and_titles() {
    assert_eq!(service_names().count(), 50);
    assert_eq!(data_centers().collect::<Vec<_>>(), ["ae", "au", "ca", "cn", "eu", "in", "jp", "sa", "sg", "uk", "us"]);
    for (alias, name) in
        [("subscriptions", "billing"), ("reports", "analytics"), ("docs", "workdrive"), ("desk", "desk")]
    {
        assert_eq!(canonical_service(alias), Some(name));
    }
    assert_eq!(canonical_service("Desk"), None);
    assert_eq!(service_title("docs"), "Zoho WorkDrive");
    assert_eq!(service_title("twilio"), "Zoho");
}

#[test]
fn hosts_tell_service_and_data_center() {
    for (host, path, service, center) in [
        ("desk.zoho.com", "/api/v1/tickets", Some("desk"), "us"),
        ("DESK.Zoho.EU", "", Some("desk"), "eu"),
        ("desk.zoho.com.", "", Some("desk"), "us"),
        ("support.zoho.com.au", "/api/v1/tickets", Some("desk"), "au"),
        ("support.zoho.in", "/api/xml/requests/getrecords", Some("support"), "in"),
        ("support.zoho.com", "/portal/x", None, "us"),
        ("subscriptions.zoho.com.cn", "/api/v1", Some("billing"), "cn"),
        ("creatorexport.zoho.com", "/x", Some("creator"), "us"),
        ("projectsapi.zoho.jp", "/restapi/portal", Some("projects"), "jp"),
        ("reportsapi.zoho.com", "/api/a@b.c/db", Some("analytics"), "us"),
        ("apidocs.zoho.com", "/files/v1/x", Some("workdrive"), "us"),
        ("accounts.zohocloud.ca", "/apiauthtoken/nb/create", Some("accounts"), "ca"),
        ("www.zohoapis.ca", "/crm/v2/Leads", Some("crm"), "ca"),
        ("zohoapis.com", "books/v3/invoices?a=b", Some("books"), "us"),
        ("www.zohoapis.uk", "/subscriptions/v1", Some("billing"), "uk"),
        ("www.zohoapis.com", "/bigin/v1", Some("bigin"), "us"),
        ("www.zohoapis.com", "/phone/v1", None, "us"),
        ("www.zohoapis.com.au", "/bookings/v1/json/getappointment", Some("bookings"), "au"),
        ("sandbox.zohoapis.com", "/crm/v2/Leads", Some("crm"), "us"),
        ("developer.zohoapis.eu", "/crm/v2/Leads", Some("crm"), "eu"),
        ("crmsandbox.zoho.com", "/crm/v2/Leads", Some("crm"), "us"),
        ("crmsandbox.zoho.com", "/", None, "us"),
        ("payments.zoho.com", "/restapi/partner/v1/json/x", Some("partner"), "us"),
        ("store.zoho.eu", "/restapi/partner/v1/json/x", Some("partner"), "eu"),
        ("store.zoho.com", "/ResellerCustomerSignUp.do", None, "us"),
        ("calendar.zoho.in", "/api/v1/calendars", Some("calendar"), "in"),
        ("api.catalyst.zoho.com", "/baas/v1/project", Some("catalyst"), "us"),
        ("zoho.com", "/crm", None, "us"),
        ("forms.zoho.ae", "/x", None, "ae"),
        ("app.zohocreator.com", "/x", None, "us"),
        ("sdpondemand.manageengine.eu", "/api/v3", Some("servicedesk"), "eu"),
        ("www.manageengine.eu", "/api/v3", None, "eu"),
        ("desk.zoho.sg", "/api/v1/tickets", Some("desk"), "sg"),
        ("www.zohoapis.sg", "/books/v3/items", Some("books"), "sg"),
        ("www.site24x7.com", "/api/current_status", Some("site24x7"), "us"),
        ("plus.site24x7.net.au", "/api", Some("site24x7"), "au"),
        ("servicedeskplus.uk", "/app/x", Some("servicedesk"), "uk"),
        ("core.qntrl.com", "/blueprint/api", Some("qntrl"), "us"),
        ("www.bigin.com", "/", Some("bigin"), "us"),
        ("crm.zohoplatform.eu", "/", None, "eu"),
        ("acme.zohodesk.com", "/portal", None, "us"),
        ("acme.zohocreatorportal.com", "/x", None, "us"),
        ("api.zeptomail.in", "/v1.1/email", Some("zeptomail"), "in"),
        ("upload.zoho.eu", "/workdrive-api/v1/stream/upload", Some("workdrive"), "eu"),
        ("download-accl.zoho.com", "/v1/workdrive/download/x", Some("workdrive"), "us"),
        ("download.zoho.com", "/v1/other", None, "us"),
    ] {
        assert_eq!(at(host, path), Some((service, Some(center))), "{host}{path}");
    }
}

#[test]
fn data_centers_that_the_table_lacks_look_like_zohos() {
    for (host, path, service) in [
        ("books.zoho.qq", "/api/v3/items", Some("books")),
        ("BOOKS.Zoho.Com.QQ", "", Some("books")),
        ("desk.zohocloud.sa", "/api/v1", Some("desk")),
        ("www.zohoapis.co.qq", "/crm/v2", Some("crm")),
        ("zohopublic.qq", "/crm", None),
        ("zoho.qq.", "", None),
        ("?.zoho.qq", "", None),
        ("a.zohosecure.com.qq", "", None),
        ("x.zohoplatform.qq", "", None),
    ] {
        let found = place(&unknown(host), path).unwrap();
        assert_eq!((found.service, found.data_center, found.certain), (service, None, false), "{host}");
        assert!(!is_zoho_host(&unknown(host)), "{host}");
    }
}

#[test]
fn look_alikes_are_not_zohos() {
    for host in [
        "evilzoho.com",
        "zoho.com.evil.org",
        "desk.zoho.com.example",
        "zohoapis.com.evil.org",
        "desk-zoho.com",
        "myzohoapis.eu",
        "zoho.acme.com",
        "zoho.acme.qq",
        "zoho.my.acme.qq",
        "zoho.tech",
        "zoho.net",
        "zoho.com.tech",
        "zohodev.qq",
        "zohos.com",
        "my-zoho.qq",
        "?zoho.qq",
        "zoho.qq.evil.org",
        "zoho.q1",
        "co.qq",
        "api.twilio.com",
        "zoho",
        "com",
        "",
    ] {
        assert_eq!(place(&unknown(host), ""), None, "{host}");
    }
}

#[test]
fn hosts_that_are_known_in_part() {
    for (host, path, place) in [
        ("www.zohoapis?", "/crm/v2", Some((Some("crm"), None))),
        ("www.zohoapis.?", "/books/v3", Some((Some("books"), None))),
        ("desk.zoho.?", "", Some((Some("desk"), None))),
        // What follows may be `.au` as well as a path.
        ("desk.zoho.com?", "", Some((Some("desk"), None))),
        ("desk.zoho.eu?", "", Some((Some("desk"), Some("eu")))),
        ("desk.zoho.com.?", "", Some((Some("desk"), None))),
        ("desk.zoho.com.a?", "", Some((Some("desk"), Some("au")))),
        ("?.zoho.com", "/api/v1", Some((None, Some("us")))),
        ("?.zoho.?", "", Some((None, None))),
        ("?desk.zoho.com", "", Some((None, Some("us")))),
        ("?.zohoapis.com", "/crm/v2", Some((Some("crm"), Some("us")))),
        ("support.zoho.com", "/?/requests", Some((None, Some("us")))),
        ("support.zoho.com", "/api/v1/?", Some((Some("desk"), Some("us")))),
        ("www.zohoapis.com", "/?/v3", Some((None, Some("us")))),
        ("?", "", None),
        ("?zoho.com", "", None),
        ("desk.?.com", "", None),
        ("desk.zo?", "", None),
        ("desk.zoho.?.evil.org", "", None),
        ("desk.zoho.com?.evil.org", "", None),
        ("evilzoho.?", "", None),
    ] {
        assert_eq!(at(&unknown(host), &unknown(path)), place, "{host}{path}");
    }
}

#[test]
fn legacy_endpoints_by_service_and_path() {
    use LegacyKind::{AuthtokenToOauth, Dead, Generation};
    for (service, path, kind) in [
        (Some("crm"), "/crm/private/xml/Leads/insertRecords", Some(Dead)),
        (Some("crm"), "/CRM/Private/?/?/?", Some(Dead)),
        (Some("crm"), "/crm/v2/Leads", None),
        (None, "/crm/private/json/Leads/getRecords", Some(Dead)),
        (Some("recruit"), "/recruit/private/xml/JobOpenings/getRecords", None),
        (Some("creator"), "/api/json/app/view/v", Some(Dead)),
        (Some("creator"), "/api/?/xml/app/form/f/record/add", Some(Dead)),
        (Some("creator"), "/api/v2/owner/app/report/r", None),
        (Some("creator"), "/api/?/?/form/f", None),
        (None, "/api/json/app/view/v", None),
        (Some("support"), "/api/xml/requests/getrecords", Some(Dead)),
        (Some("desk"), "/api/v1/tickets", None),
        (Some("campaigns"), "/api/getmailinglists", Some(Dead)),
        (Some("campaigns"), "/api/v1.1/getmailinglists", None),
        (Some("campaigns"), "/api/?/getmailinglists", None),
        (Some("campaigns"), "/api/v1.1?", None),
        (Some("docs"), "/files/v1/x", Some(Dead)),
        (Some("books"), "/files/v1/x", None),
        (Some("accounts"), "/apiauthtoken/nb/create?SCOPE=x", Some(Generation)),
        (None, "apiauthtoken/create", Some(Generation)),
        (Some("accounts"), "/oauth/v2/token/self/authtooauth", Some(AuthtokenToOauth)),
        (None, "/oauth/v2/token/external/authtooauth", Some(AuthtokenToOauth)),
        (Some("accounts"), "/oauth/v2/token", None),
        (Some("crm"), "/crm/internal/json/Leads/getRecords", Some(Dead)),
        (Some("crm"), "/crm/internal/?/Leads", None),
        (Some("recruit"), "/ats/private/json/JobOpenings/getRecords", Some(Dead)),
        (Some("recruit"), "/recruit/internal/json/JobOpenings", Some(Dead)),
        (Some("invoice"), "/api/invoices/create", Some(Dead)),
        (Some("invoice"), "/api/v3/invoices", None),
        (Some("invoice"), "/api/?/invoices", None),
        (Some("invoice"), "/invoice/v3/invoices", None),
        (Some("sheet"), "/api/private/json/books", Some(Dead)),
        (Some("sheet"), "/api/v2/x", None),
        (Some("docs"), "/files/private/x", Some(Dead)),
        (Some("projects"), "/portal/acme/api/private/xml/tasks", Some(Dead)),
        (Some("projects"), "/portal/?/api/private/tasks", Some(Dead)),
        (Some("projects"), "/restapi/portal/private/projects/", None),
        (Some("people"), "/people/private/json/x", Some(Dead)),
        (Some("calendar"), "/api/Private/XML/events", Some(Dead)),
        (Some("people"), "/people/private/?/x", None),
        (Some("people"), "/people/private/api/json/x", None),
        (None, "/x/private/json/y", None),
    ] {
        let zohos = service.is_some();
        assert_eq!(legacy(service, zohos, &unknown(path)).map(|found| found.kind), kind, "{service:?} {path}");
    }
}

#[test]
fn apis_that_moved_stay_in_their_data_center() {
    for (host, path, old, new) in [
        ("books.zoho.com", "/api/v3/items", "books.zoho.com/api/v3", "www.zohoapis.com/books/v3"),
        ("Books.Zoho.EU", "/api/v3", "books.zoho.eu/api/v3", "www.zohoapis.eu/books/v3"),
        ("books.zohocloud.ca", "/api/v3?a=b", "books.zohocloud.ca/api/v3", "www.zohoapis.ca/books/v3"),
        ("invoice.zoho.com.au", "/api/v3#x", "invoice.zoho.com.au/api/v3", "www.zohoapis.com.au/invoice/v3"),
        ("inventory.zoho.jp", "//api/v1/", "inventory.zoho.jp/api/v1", "www.zohoapis.jp/inventory/v1"),
        ("subscriptions.zoho.in", "/api/v1/plans", "subscriptions.zoho.in/api/v1", "www.zohoapis.in/billing/v1"),
        ("billing.zoho.sa", "/api/v1/plans", "billing.zoho.sa/api/v1", "www.zohoapis.sa/billing/v1"),
        ("expense.zoho.com.cn", "/api/v1?", "expense.zoho.com.cn/api/v1", "www.zohoapis.com.cn/expense/v1"),
        ("books.zoho.?", "/api/v3/items", "books.zoho.…/api/v3", "www.zohoapis.…/books/v3"),
        ("crm.zoho.com", "/crm/v2.1/Leads", "crm.zoho.com/crm/v2.1", "www.zohoapis.com/crm/v2.1"),
        ("crm.zohocloud.ca", "/crm/v8/Leads", "crm.zohocloud.ca/crm/v8", "www.zohoapis.ca/crm/v8"),
        ("crm.zoho.eu", "/crm/bulk/v3/read", "crm.zoho.eu/crm/bulk/v3", "www.zohoapis.eu/crm/bulk/v3"),
        ("crm.zoho.in", "/crm/v10?a=b", "crm.zoho.in/crm/v10", "www.zohoapis.in/crm/v10"),
        ("reportsapi.zoho.com", "/api/a/b", "reportsapi.zoho.com/api", "analyticsapi.zoho.com/api"),
        ("creator.zoho.eu", "/api/v2/o/a/report/r", "creator.zoho.eu/api/v2", "www.zohoapis.eu/creator/v2/data"),
    ] {
        let found = moved(&unknown(host), &unknown(path)).unwrap();
        assert_eq!((found.old.as_str(), found.new.as_str()), (old, new));
        assert_eq!(found.data_center.is_none(), old.contains('…'));
        // The words are all that changes; from the end, so that no new one is taken for an old one.
        let mut text = old.to_owned();
        for (from, to) in found.words.into_iter().rev() {
            text = text.replacen(from, to, 1);
        }
        assert_eq!(text, new);
    }
    for (host, path) in [
        ("books.zoho.com", "/api/v30/items"),
        ("crm.zoho.com", "/crm/v2/Leads"),
        ("crm.zoho.com", "/crm/v2?"),
        ("crm.zoho.com", "/crm/v1.9/Leads"),
        ("crm.zoho.com", "/crm/private/json/Leads/getRecords"),
        ("crm.zoho.com", "/crm/org1/tab/v3"),
        ("crm.zoho.com", "/crm/?"),
        ("crmsandbox.zoho.com", "/crm/v3/Leads"),
        ("www.zohoapis.com", "/crm/v3/Leads"),
        ("analyticsapi.zoho.com", "/api/a/b"),
        ("creator.zoho.com", "/api/json/a"),
        ("books.zoho.com", "/api/v1/items"),
        ("books.zoho.com", "/API/v3/items"),
        ("books.zoho.com", "/app/api/v3"),
        ("books.zoho.com", "?/api/v3"),
        ("books.zoho.com?", "/api"),
        ("desk.zoho.com", "/api/v1/tickets"),
        ("my.books.zoho.com", "/api/v3/items"),
        ("www.zohoapis.com", "/books/v3/items"),
        ("books.zohoapis.com", "/api/v3/items"),
        ("books.zoho.com.example", "/api/v3/items"),
        ("books.zoho.qq", "/api/v3/items"),
        ("?.zoho.com", "/api/v3/items"),
        ("books.?", "/api/v3/items"),
    ] {
        assert_eq!(moved(&unknown(host), &unknown(path)), None, "{host}{path}");
    }
}

#[test]
fn what_is_from_memory_is_marked() {
    let of = |host: &str, path: &str| moved(host, path).unwrap();
    for (host, path, confidence) in [
        ("books.zoho.com", "/api/v3", Confidence::Documented),
        ("invoice.zoho.eu", "/api/v3", Confidence::Documented),
        ("inventory.zoho.eu", "/api/v1", Confidence::Memory),
        ("subscriptions.zoho.com", "/api/v1", Confidence::Memory),
        ("expense.zoho.com", "/api/v1", Confidence::Memory),
    ] {
        assert_eq!(of(host, path).confidence, confidence, "{host}");
    }
    assert!(of("books.zoho.uk", "/api/v3").inferred && !of("books.zoho.ae", "/api/v3").inferred);
}

#[test]
fn crm_methods_name_their_own_replacement() {
    assert_eq!(legacy(None, true, "/x/private/json/y").map(|found| found.kind), Some(LegacyKind::Dead));
    let of = |path: &str| legacy(Some("crm"), true, &unknown(path)).unwrap().replacement;
    assert!(of("/crm/private/xml/Leads/convertLead").contains("/crm/v2/Leads/<id>/actions/convert"));
    assert!(of("/crm/private/?/INSERTRECORDS?x").starts_with("the CRM API v2"));
    assert!(of("/crm/private/?/INSERTRECORDS").starts_with("POST `/crm/v2/<Module>`"));
    assert!(of("/crm/private/json/Leads/?").starts_with("the CRM API v2"));
}

#[test]
fn companions() {
    assert!(companion_parameter("scope", "crmapi") && companion_parameter("SCOPE", "CreatorAPI"));
    assert!(!companion_parameter("scope", "recruitapi") && !companion_parameter("newFormat", "1"));
    assert!(is_zoho_companion("organization_id", None) && is_zoho_companion("orgid", Some("1")));
    assert!(is_zoho_companion("scope", Some("CampaignsAPI")) && is_zoho_companion("scope", Some("recruitapi")));
    assert!(!is_zoho_companion("scope", None) && !is_zoho_companion("scope", Some("é")));
    assert!(!is_zoho_companion("scope", Some("read")) && !is_zoho_companion("page", Some("api")));
}

mod scope_table {
    use super::super::scopes::{FILE, Row, exists, row, rows, scopes};
    use super::super::{Basis, Confidence};
    use super::{BTreeSet, canonical_service, unknown};

    /// The form of a line's path, in which one parameter is like another.
    fn form(row: &Row) -> String {
        let parts: Vec<&str> = row.parts.iter().map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
        format!("{} /{}{}{:?}", row.method, parts.join("/"), if row.open { "/**" } else { "" }, row.query)
    }

    #[test]
    fn every_line_is_well_formed_and_stands_once() {
        let mut seen = BTreeSet::new();
        let mut last = (String::new(), String::new(), 0);
        for line in FILE.lines().skip(1) {
            assert_eq!(line.split('\t').count(), 6, "{line}");
            let (service, row) = row(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(canonical_service(service), Some(service), "{line}");
            let order = ["*", "GET", "POST", "PUT", "PATCH", "DELETE"];
            let method = order.iter().position(|method| *method == row.method).unwrap_or_else(|| panic!("{line}"));
            assert!(seen.insert((service, form(&row))), "another line is for the same calls: {line}");
            let key = (service.to_owned(), line.split('\t').nth(2).unwrap().to_owned(), method);
            assert!(last < key, "not sorted: {line}");
            last = key;
            assert!(!row.source.is_empty() && !row.scopes.is_empty(), "{line}");
            for scope in row.scopes.split(['|', '+']).filter(|_| row.scopes != "none") {
                let named = scope.replace("{op}", "READ").replace("{module}", "x");
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
                assert!(named.contains('.') && named.chars().all(plain), "{line}");
            }
            if row.scopes.contains("{module}") {
                assert!(row.parts.iter().any(|part| part.contains("module")), "{line}");
            }
        }
        assert!(seen.len() > 1_900);
        // Of two lines for one call, it is always plain which is the closer one: they differ in a literal, in what they ask
        // of the query, or in naming the method.
        for (service, rows) in rows() {
            for (index, one) in rows.iter().enumerate() {
                for two in rows.iter().skip(index + 1).filter(|two| two.method == one.method && two.query == one.query)
                {
                    let literals = |row: &Row| row.parts.iter().map(|part| part.starts_with('{')).collect::<Vec<_>>();
                    let alike = one.parts.len() == two.parts.len() && literals(one) == literals(two);
                    let same = one
                        .parts
                        .iter()
                        .zip(&two.parts)
                        .all(|(one, two)| one.starts_with('{') || one.eq_ignore_ascii_case(two));
                    assert!(!(alike && same && one.open == two.open), "{service}: {one:?} {two:?}");
                }
            }
        }
    }

    /// The narrowest scope of each that is needed.
    fn needed(service: &str, method: &str, path: &str) -> String {
        // A `?` behind a slash is a segment that is not known, any other one begins the query.
        let path = path.replace("/?", &unknown("/?"));
        let need = scopes(service, Some(method), &path).unwrap_or_else(|| panic!("{service} {path}"));
        assert_eq!(need.basis, Basis::Operation, "{service} {method} {path}: {need:?}");
        need.all_of.iter().map(|any| any[0].as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn known_calls_need_what_zohos_documents_say() {
        for (service, method, path, scope) in [
            // Desk, whose verbs do not follow the method (facts 5.2).
            ("desk", "GET", "/api/v1/tickets", "Desk.tickets.READ"),
            ("desk", "POST", "/api/v1/tickets", "Desk.tickets.CREATE"),
            ("desk", "PATCH", "/api/v1/tickets/?", "Desk.tickets.UPDATE"),
            ("desk", "POST", "/api/v1/tickets/?/comments", "Desk.tickets.UPDATE"),
            ("desk", "DELETE", "/api/v1/tickets/?/comments/?", "Desk.tickets.UPDATE"),
            ("desk", "POST", "/api/v1/tickets/moveToTrash", "Desk.tickets.DELETE"),
            ("desk", "POST", "/api/v1/tickets/?/sendReply", "Desk.tickets.UPDATE"),
            ("desk", "GET", "/api/v1/contacts/?", "Desk.contacts.READ"),
            ("desk", "POST", "/api/v1/contacts", "Desk.contacts.CREATE"),
            ("desk", "POST", "/api/v1/uploads", "Desk.basic.CREATE"),
            // Books, at its old address and its new one (facts 5.3).
            ("books", "GET", "/books/v3/invoices?organization_id=1", "ZohoBooks.invoices.READ"),
            ("books", "POST", "/api/v3/contacts", "ZohoBooks.contacts.CREATE"),
            ("books", "PUT", "/books/v3/salesorders/?", "ZohoBooks.salesorders.UPDATE"),
            ("books", "DELETE", "/api/v3/expenses/?", "ZohoBooks.expenses.DELETE"),
            ("books", "GET", "/books/v3/items", "ZohoBooks.settings.READ"),
            ("books", "POST", "/books/v3/vendorcredits", "ZohoBooks.debitnotes.CREATE"),
            // CRM, whatever the version (facts 5.4).
            ("crm", "GET", "/crm/v2/Leads", "ZohoCRM.modules.leads.READ"),
            ("crm", "POST", "/crm/v2/Deals", "ZohoCRM.modules.deals.CREATE"),
            ("crm", "PUT", "/crm/v2.1/Contacts/?", "ZohoCRM.modules.contacts.UPDATE"),
            ("crm", "DELETE", "/crm/v3/Sales_Orders/?", "ZohoCRM.modules.salesorders.DELETE"),
            ("crm", "GET", "/crm/v2/Vehicles/?", "ZohoCRM.modules.custom.READ"),
            ("crm", "GET", "/crm/v2/users?type=AllUsers", "ZohoCRM.users.ALL"),
            ("crm", "GET", "/crm/v2/settings/fields?module=Leads", "ZohoCRM.settings.fields.READ"),
            ("crm", "GET", "/crm/private/json/Potentials/getRecords", "ZohoCRM.modules.deals.READ"),
            // Creator (facts 5.6).
            ("creator", "POST", "/creator/v2/data/o/a/form/F", "ZohoCreator.form.CREATE"),
            ("creator", "GET", "/creator/v2.1/data/o/a/report/R", "ZohoCreator.report.READ"),
            ("creator", "PATCH", "/api/v2/o/a/report/R/?", "ZohoCreator.report.UPDATE"),
            ("creator", "DELETE", "/creator/v2/data/o/a/report/R/?", "ZohoCreator.report.DELETE"),
            // Projects: a POST to what exists already changes it (facts 5.7).
            ("projects", "GET", "/restapi/portals/", "ZohoProjects.portals.READ"),
            ("projects", "POST", "/restapi/portal/?/projects/?/tasks/", "ZohoProjects.tasks.CREATE"),
            ("projects", "POST", "/restapi/portal/?/projects/?/tasks/?/", "ZohoProjects.tasks.UPDATE"),
            ("projects", "GET", "/restapi/portal/?/projects/?/milestones/", "ZohoProjects.milestones.READ"),
            // Campaigns (facts 5.7).
            ("campaigns", "GET", "/api/v1.1/getmailinglists?resfmt=JSON", "ZohoCampaigns.contact.READ"),
            ("campaigns", "POST", "/api/v1.1/json/listsubscribe", "ZohoCampaigns.contact.UPDATE"),
            ("campaigns", "GET", "/api/v1.1/recentcampaigns", "ZohoCampaigns.campaign.READ"),
            // Analytics (facts 5.5).
            ("analytics", "POST", "/restapi/v2/workspaces/?/views/?/rows", "ZohoAnalytics.data.create"),
            ("analytics", "GET", "/restapi/v2/workspaces/?/views/?/data", "ZohoAnalytics.data.read"),
            ("analytics", "POST", "/api/a@example.com/Sales/T?ZOHO_ACTION=ADDROW&x=1", "ZohoAnalytics.data.create"),
            // People, Recruit, Cliq (facts 5.1).
            ("people", "GET", "/people/api/forms/employee/getRecords", "ZOHOPEOPLE.forms.READ"),
            ("people", "POST", "/people/api/attendance", "ZOHOPEOPLE.attendance.ALL"),
            ("recruit", "GET", "/recruit/private/json/Candidates/getRecords", "ZohoRecruit.modules.ALL"),
            ("recruit", "GET", "/recruit/v2/Candidates", "ZohoRecruit.modules.ALL"),
            ("cliq", "POST", "/api/v2/channelsbyname/sales/message", "ZohoCliq.Webhooks.CREATE"),
        ] {
            assert_eq!(needed(service, method, path), scope, "{service} {method} {path}");
        }
    }

    #[test]
    fn what_is_not_known_of_a_path_makes_the_scopes_broader() {
        let need = |service, method, path: &str| scopes(service, method, &unknown(path)).unwrap();
        let first = |need: &super::super::Need| need.all_of[0][0].clone();
        // The module is a variable.
        let module = need("crm", Some("GET"), "/crm/v2/?/?");
        assert_eq!((first(&module).as_str(), module.basis), ("ZohoCRM.modules.ALL", Basis::Part));
        // So is what the path is about: a custom module's scope would be wrong for an invoice.
        let books = need("books", Some("GET"), "/books/v3/?");
        assert_eq!((first(&books).as_str(), books.basis), ("ZohoBooks.fullaccess.all", Basis::Service));
        // Text joined to the last segment may be a query as well as more of the path.
        let glued = need("books", Some("GET"), "/books/v3/invoices?");
        assert_eq!((first(&glued).as_str(), glued.basis), ("ZohoBooks.invoices.READ", Basis::Part));
        // No such operation, or no method: what the calls of that part need.
        let part = need("desk", Some("GET"), "/api/v1/tickets/?/no/such/thing");
        assert_eq!((first(&part).as_str(), part.basis), ("Desk.tickets.READ", Basis::Part));
        let part = need("desk", Some("POST"), "/api/v1/tickets/?/no/such/thing");
        assert_eq!((first(&part).as_str(), part.basis), ("Desk.tickets.ALL", Basis::Part));
        assert_eq!(first(&need("desk", None, "/api/v1/tickets")), "Desk.tickets.ALL");
        assert_eq!(need("desk", Some("GET"), "/?").basis, Basis::Service);
        assert_eq!(scopes("accounts", Some("GET"), "/oauth/v2/token"), None);
        assert_eq!(scopes("nonsense", Some("GET"), "/"), None);
    }

    #[test]
    fn what_is_from_memory_says_so() {
        let confidence = |service, path| scopes(service, Some("GET"), path).unwrap().confidence;
        assert_eq!(confidence("desk", "/api/v1/tickets"), Confidence::Documented);
        assert_eq!(confidence("projects", "/restapi/portals/"), Confidence::Inferred);
        assert_eq!(confidence("mail", "/api/accounts/1/messages/view"), Confidence::Secondhand);
        assert_eq!(confidence("campaigns", "/api/v1.1/listsubscribe"), Confidence::Memory);
        assert_eq!(confidence("crm", "/crm/v8/settings/holidays"), Confidence::Doubtful);
    }

    #[test]
    fn a_scope_exists_or_does_not_or_cannot_be_told() {
        for (scope, known) in [
            ("Desk.tickets.READ", Some(true)),
            ("desk.TICKETS.read", Some(true)),
            ("Desk.contacts.WRITE", Some(false)),
            ("Desk.tikets.READ", Some(false)),
            ("ZohoCRM.modules.ALL", Some(true)),
            ("ZohoCRM.modules.leads.READ", Some(true)),
            ("ZohoCRM.functions.execute.CREATE", Some(true)),
            ("ZohoCRM.coql.READ", Some(true)),
            ("ZohoCRM.composite_requests.CUSTOM", Some(true)),
            ("ZohoCRM.settings.scoring_rules.READ", Some(true)),
            ("ZohoCreator.customapi.EXECUTE", Some(true)),
            ("ZohoCreator.customapi.PRINT", Some(false)),
            ("ZohoInventory.invoices.PRINT", None),
            ("ZohoBooks.fullaccess.all", Some(true)),
            ("ZohoBooks.invoices.PRINT", Some(false)),
            ("ZohoProjects.tasks.READ", None),
            ("Somebody.else.READ", None),
            ("", None),
        ] {
            assert_eq!(exists(scope), known, "{scope}");
        }
    }
}
