use proptest::prelude::*;

use super::*;
use crate::text::edit::EditSet;

const ZOHO: &str = r#"{"connectionLinkName": "zohodesk", "connectionName": "Zoho Desk", "serviceName": "zlabs_integration",
    "userAccess": true, "isUserDefinedService": false, "sharedBy": "1234567", "scope": ["Desk.tickets.ALL", "Desk.contacts.READ"]}"#;
const SHOP: &str = r#"[{"connectionLinkName": "woo", "connectionName": "woo", "serviceName": "woocommerce",
    "userAccess": true, "isUserDefinedService": false, "sharedBy": 1234567}]"#;

fn added(manifest: &str, connection: &str) -> Result<Added, AddError> {
    add(&Source::new("plugin-manifest.json", manifest), &Source::new("connection.json", connection))
}

/// The text with the Connection in it, which must settle at the first time.
fn with(manifest: &str, connection: &str) -> String {
    let text = added(manifest, connection).unwrap().text;
    assert_eq!(added(&text, connection).unwrap().text, text, "a second time");
    text
}

/// The text without the entry of that LinkName, and without the place for it unless there was one `before`.
fn without(before: &str, manifest: &str, link: &str) -> String {
    let (before, source) = (Source::new("m", before), Source::new("m", manifest));
    let (before, document) = (parse(&before).unwrap(), parse(&source).unwrap());
    let tree = document.tree();
    let (place, object) = entries_of(&document, link).next().unwrap();
    let key = match place {
        EntryList::Authorisation => AUTHORISATION,
        EntryList::List(key) => key,
    };
    let root = document.root().unwrap();
    let (container, items) = match place {
        _ if before.get(before.root().unwrap(), key).is_none() => {
            (root, vec![document.member(root, key).unwrap().node])
        }
        EntryList::List(_) => (tree.parent(object).unwrap(), vec![object]),
        EntryList::Authorisation => (object, tree.children(object).to_vec()),
    };
    let mut edits = EditSet::new();
    assert!(edits.accept(&edits::remove(&document, container, &items)));
    edits.apply(manifest).unwrap()
}

fn refused(manifest: &str, connection: &str) -> String {
    match added(manifest, connection).unwrap_err() {
        AddError::Connection(message) => format!("connection {message}"),
        AddError::Manifest(message) => format!("manifest {message}"),
        AddError::Unsound(message) => format!("unsound {message}"),
    }
}

#[test]
fn what_is_added_looks_like_what_is_there() {
    let tabs = "{\r\n\t\"service\": \"DESK\",\r\n\t\"zohoAuthorisation\": {},\r\n\t\"connectors\": []\r\n}";
    assert_eq!(
        with(tabs, SHOP),
        "{\r\n\t\"service\": \"DESK\",\r\n\t\"zohoAuthorisation\": {},\r\n\t\"connectors\": [\r\n\t\t{\r\n\
         \t\t\t\"connectionLinkName\": \"woo\",\r\n\t\t\t\"connectionName\": \"woo\",\r\n\t\t\t\"serviceName\": \"woocommerce\",\r\n\
         \t\t\t\"userAccess\": true,\r\n\t\t\t\"isUserDefinedService\": false,\r\n\t\t\t\"sharedBy\": 1234567\r\n\t\t}\r\n\t]\r\n}"
    );
    assert_eq!(
        with(
            r#"{"service":"FINANCE","usedConnections":[{"connectionLinkName":"a"}]}"#,
            r#"{"connectionLinkName": "b", "scope": ["x", "y"]}"#
        ),
        r#"{"service":"FINANCE","usedConnections":[{"connectionLinkName":"a"},{"connectionLinkName":"b","scope":["x","y"]}]}"#
    );
    assert_eq!(
        with("{ \"service\" : \"MAIL\" }", "{\"connectionLinkName\": \"b\", \"serviceName\": \"x\"}"),
        "{ \"service\" : \"MAIL\", \"connectors\" : [{ \"connectionLinkName\" : \"b\", \"serviceName\" : \"x\" }] }"
    );
    let allman = "{\n    \"service\": \"FINANCE\",\n    \"config\":\n    [\n        {\n            \"name\": \"a\",\n            \"options\": [\"x\"]\n        }\n    ]\n}\n";
    assert_eq!(
        with(allman, r#"{"connectionLinkName": "b", "scope": ["x", "y"]}"#),
        "{\n    \"service\": \"FINANCE\",\n    \"config\":\n    [\n        {\n            \"name\": \"a\",\n            \"options\": [\"x\"]\n        }\n    ],\n\
         \u{20}   \"usedConnections\":\n    [\n        {\n            \"connectionLinkName\": \"b\",\n            \"scope\": [\"x\", \"y\"]\n        }\n    ]\n}\n"
    );
}

#[test]
fn comments_and_trailing_commas_stay() {
    let text = "{\n  \"service\": \"FINANCE\", // ours\n  \"usedConnections\": [\n    {\"connectionLinkName\": \"a\"}, // first\n    /* none */\n  ],\n}\n";
    let new = "{\n  \"service\": \"FINANCE\", // ours\n  \"usedConnections\": [\n    {\"connectionLinkName\": \"a\"}, // first\n    {\"connectionLinkName\": \"b\"},\n    /* none */\n  ],\n}\n";
    assert_eq!(with(text, "{\"connectionLinkName\": \"b\"}"), new);
    assert_eq!(without(text, new, "b"), text);
    let text = "{\n  \"service\": \"FINANCE\", // ours\n  \"usedConnections\": [ // all\n  ]\n}\n";
    let new = "{\n  \"service\": \"FINANCE\", // ours\n  \"usedConnections\": [ // all\n    {\n      \"connectionLinkName\": \"b\"\n    }\n  ]\n}\n";
    assert_eq!(with(text, "{\"connectionLinkName\": \"b\"}"), new);
    assert_eq!(
        with(
            "{\"service\": \"SHOW\" // x\n}",
            "{\"connectionLinkName\": \"b\", \"connectionName\": \"b\", \"sharedBy\": 1}"
        ),
        "{\"service\": \"SHOW\", // x\n\"connectors\": [\n  {\n    \"connectionLinkName\": \"b\",\n    \"connectionName\": \"b\",\n    \"sharedBy\": 1\n  }\n]\n}"
    );
}

#[test]
fn an_entry_of_the_same_name_is_replaced_part_by_part() {
    let old = "{\n  \"service\": \"FINANCE\",\n  \"usedConnections\": [\n    {\n      \"scope\": [\n        \"x.READ\", // read\n        \"y.READ\"\n      ],\n\
               \u{20}     \"userAccess\": true, // why\n      \"old\": 1,\n      \"connectionLinkName\": \"a\"\n    },\n    {\"connectionLinkName\": \"b\"}\n  ]\n}";
    let new = "{\n  \"service\": \"FINANCE\",\n  \"usedConnections\": [\n    {\n      \"scope\": [\n        \"x.READ\", // read\n        \"z.READ\"\n      ],\n\
               \u{20}     \"userAccess\": false, // why\n      \"connectionLinkName\": \"a\",\n      \"sharedBy\": 7\n    },\n    {\"connectionLinkName\": \"b\"}\n  ]\n}";
    assert_eq!(
        with(old, r#"{"connectionLinkName": "a", "userAccess": false, "sharedBy": 7, "scope": ["z.READ", "x.READ"]}"#),
        new
    );
}

#[test]
fn comments_of_an_entry_that_moves_stay_where_they_are() {
    let desk = |connectors: &str| format!("{{\"service\": \"DESK\",\n\"connectors\": [{connectors}]}}");
    let old = "{ // ours\n\"connectionLinkName\": \"zohodesk\", /* old */ \"serviceName\": \"zlabs_integration\" }";
    let other = "{\"connectionLinkName\": \"a\"}";
    let lined = old.replace("/* old */", "// old\n");
    for before in [
        old.to_owned(),
        format!("{old}, {other}"),
        format!("{old},\n  {other}"),
        format!("{other}, {old}"),
        format!("{lined}, {other}"),
        format!("{lined}\n, {other}"),
        format!("{other}, {lined}"),
        format!("{other}, {lined}\n"),
        format!("{other}, {lined}, {{}}"),
    ] {
        let text = with(&desk(&before), ZOHO);
        assert!(text.contains("\"zohoAuthorisation\""), "{text}");
        assert!(text.contains("// ours\n") && text.contains(" old"), "{before}: {text}");
        assert!(text.contains(other) == before.contains(other), "{text}");
    }
}

#[test]
fn a_desk_manifest_has_two_places() {
    let desk = |authorisation: &str, connectors: &str| {
        format!("{{\"service\": \"DESK\", \"zohoAuthorisation\": {authorisation}, \"connectors\": [{connectors}]}}")
    };
    let zoho = r#"{"type": "connectors", "connectionLinkName": "zohodesk", "connectionName": "Zoho Desk", "serviceName": "zlabs_integration", "userAccess": true, "isUserDefinedService": false, "sharedBy": "1234567", "scope": ["Desk.tickets.ALL", "Desk.contacts.READ"]}"#;
    let woo = r#"{"connectionLinkName": "woo", "connectionName": "woo", "serviceName": "woocommerce", "userAccess": true, "isUserDefinedService": false, "sharedBy": 1234567}"#;
    assert_eq!(with(&desk("{}", ""), ZOHO), desk(zoho, ""));
    assert_eq!(with(&desk("{}", ""), SHOP), desk("{}", woo));
    assert_eq!(with(&desk(zoho, ""), SHOP), desk(zoho, woo));
    assert_eq!(with(&desk(r#"{"type": "connectors"}"#, woo), ZOHO), desk(zoho, woo));
    // The place before the toolkit had zohoAuthorisation.
    let old = zoho.replace(r#""type": "connectors", "#, "");
    assert_eq!(with(&desk("{}", &old), ZOHO), desk(zoho, ""));
    assert_eq!(with(&desk("{}", &format!("{old}, {woo}")), ZOHO), desk(zoho, woo));
    assert!(added(&desk("{}", ""), ZOHO).unwrap().notes.is_empty());
}

#[test]
fn where_the_toolkit_and_zoho_differ_there_is_a_note() {
    let product = ZOHO.replace("zlabs_integration", "zoho_desk");
    let fresh = added("{\"service\": \"DESK\"}", &product).unwrap();
    assert!(fresh.text.contains("\"zohoAuthorisation\": {\"type\": \"connectors\","), "{}", fresh.text);
    assert!(matches!(fresh.notes.as_slice(), [note] if note.contains("zlabs_integration")), "{:?}", fresh.notes);
    // The toolkit takes this one where it is.
    let listed = format!("{{\"service\": \"DESK\", \"connectors\": [{product}]}}");
    let kept = added(&listed, &product).unwrap();
    assert_eq!(kept.text, listed);
    assert!(matches!(kept.notes.as_slice(), [note] if note.contains("zohoAuthorisation")), "{:?}", kept.notes);
    let other = added("{\"service\": \"CRM\"}", ZOHO).unwrap();
    assert!(matches!(other.notes.as_slice(), [note] if note.contains("CRM")), "{:?}", other.notes);
}

#[test]
fn whose_service_it_is() {
    let of = |name: &str, own: &str| {
        let text = format!("{{\"serviceName\": \"{name}\", \"isUserDefinedService\": {own}}}");
        let source = Source::new("c", text.as_str());
        let document = parse(&source).unwrap();
        service::is_zohos(&Value::of(&document, document.root().unwrap()))
    };
    assert!(of("zlabs_integration", "false") && of("zoho_crm", "false") && of("zohodesk", "false"));
    assert!(!of("woocommerce", "false") && !of("zoho_desk", "true") && !of("zohoo", "false") && !of("", "false"));
}

#[test]
fn what_the_toolkit_would_refuse_is_refused() {
    let desk = r#"{"service": "DESK", "connectors": [{"connectionLinkName": "a", "connectionName": "woo", "serviceName": "woocommerce"}]}"#;
    assert_eq!(
        refused(desk, SHOP),
        "connection 1:2: the extension toolkit would refuse it: a already has the connectionName \"woo\"; a already has the serviceName \"woocommerce\""
    );
    let one = |text: &str| format!("{{\"connectionLinkName\": \"a\", {text}}}");
    let because = |service: &str, text: &str| {
        refused(&format!("{{\"service\": \"{service}\"}}"), &one(text)).split_once("it: ").unwrap().1.to_owned()
    };
    assert_eq!(
        because("DESK", r#""connectionName": "1a", "serviceName": "x""#),
        "connectionName must begin with a letter and hold only letters, digits, blanks, - and _"
    );
    assert_eq!(because("DESK", r#""connectionName": "a""#), "serviceName is missing");
    assert_eq!(because("MAIL", r#""serviceName": " ""#), "serviceName is empty");
    assert_eq!(because("QNTRL", r#""serviceName": "x""#), "connectionName is missing");
    assert_eq!(
        because("PROJECTS", r#""connectionName": "a", "serviceName": "x", "userAccess": "true""#),
        "userAccess must be true or false; isUserDefinedService is missing"
    );
    assert_eq!(
        because("SHOW", r#""connectionName": "a", "sharedBy": "7""#),
        "sharedBy must be a whole number without quotes"
    );
    let five = ["b", "c", "d", "e", "f"].map(|link| format!("{{\"connectionLinkName\": \"{link}\"}}")).join(",");
    let projects = format!("{{\"service\": \"PROJECTS\", \"connectors\": [{five}]}}");
    assert!(refused(&projects, SHOP).ends_with("the manifest has 5 Connections; 5 are allowed"));
}

#[test]
fn what_is_no_connection_is_refused() {
    let of = |text: &str| refused("{\"service\": \"CRM\"}", text);
    assert_eq!(of("{\"a\": 1"), "connection 1:8: expected `,` or `}`, found the end of the file");
    assert_eq!(
        of("[{\"connectionLinkName\": \"a\"},\n {\"connectionLinkName\": \"b\"}]"),
        "connection 2:2: there is more than one Connection; leave only the one to add"
    );
    assert_eq!(
        of("{}"),
        "connection 1:1: expected the JSON that Zoho shows of a Connection, with a connectionLinkName"
    );
    assert_eq!(of("7"), "connection 1:1: expected the JSON that Zoho shows of a Connection, with a connectionLinkName");
    assert_eq!(
        of("{\"connectionLinkName\": \"a b\"}"),
        "connection 1:24: connectionLinkName must be a text: a letter, then letters, digits and _"
    );
    assert_eq!(
        of("{\"connectionLinkName\": \"a\", \"scope\": \"x\"}"),
        "connection 1:38: scope must be an array of texts that are not empty"
    );
    assert_eq!(
        of("{\"connectionLinkName\": \"a\", \"scope\": [\"\"]}"),
        "connection 1:38: scope must be an array of texts that are not empty"
    );
    let secret = of("{\"connectionLinkName\": \"a\", \"more\": [{\"client_secret\": \"fake0client0secret\"}]}");
    assert!(
        secret.starts_with("connection 1:39: \"client_secret\" holds a secret") && !secret.contains("fake0"),
        "{secret}"
    );
}

#[test]
fn a_manifest_without_a_place_is_refused() {
    assert_eq!(refused("[]", ZOHO), "manifest 1:1: a manifest is an object: { … }");
    assert_eq!(refused("{}", ZOHO), "manifest 1:1: the manifest does not say its \"service\", such as \"DESK\"");
    assert_eq!(
        refused("{\"service\": \"DESK\", \"connectors\": {}}", SHOP),
        "manifest 1:35: \"connectors\" must be an array"
    );
    assert_eq!(
        refused("{\"service\": \"DESK\", \"zohoAuthorisation\": []}", ZOHO),
        "manifest 1:42: \"zohoAuthorisation\" must be an object"
    );
    let taken = "{\"service\": \"DESK\",\n \"zohoAuthorisation\": {\"connectionLinkName\": \"a\"}}";
    assert!(
        refused(taken, ZOHO)
            .starts_with("manifest 2:2: \"zohoAuthorisation\" holds the Connection a and has room for one")
    );
    let taken = "{\"service\": \"DESK\", \"zohoAuthorisation\": {\"type\": \"oauth\"}}";
    assert!(refused(taken, ZOHO).starts_with("manifest 1:21: \"zohoAuthorisation\" holds something else"));
    let twice = "{\"service\": \"MAIL\", \"connectors\": [{\"connectionLinkName\": \"woo\"}, {\"connectionLinkName\": \"woo\"}]}";
    assert_eq!(refused(twice, SHOP), "manifest 1:67: the manifest has the Connection woo twice; remove one first");
}

/// White space and comments between two tokens.
fn trivia() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => Just(""), 4 => Just(" "), 3 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\n    "), 1 => Just("\t"),
        1 => Just("// c\n"), 1 => Just("/* , ] */"),
    ];
    proptest::collection::vec(piece, 0..3).prop_map(|pieces| pieces.concat())
}

/// A manifest whose tokens stand `trivia` apart, with so many entries in its list, and trailing commas.
fn manifest() -> impl Strategy<Value = String> {
    let list = prop_oneof![Just("connectors"), Just("usedConnections")];
    (0..4usize, any::<[bool; 4]>(), list, proptest::collection::vec(trivia(), 64)).prop_map(
        |(entries, [first, trailing, last, empty], list, trivia)| {
            let service = if list == "connectors" { "MAIL" } else { "FINANCE" };
            let comma = |on: bool| if on && entries > 0 { "," } else { "" };
            let entry = |index: usize| format!("{{~\"connectionLinkName\"~:~\"a{index}\",\"scope\":~[~\"x\"~]~}}");
            let entries: Vec<String> = (0..entries).map(entry).collect();
            let list = match entries.is_empty() {
                true => format!("\"{list}\"~:~[]"),
                false => format!("\"{list}\"~:~[~{}~{}~]", entries.join("~,~"), comma(trailing)),
            };
            let service = format!("\"service\"~:~\"{service}\"");
            let members = match (entries.is_empty() && empty, first) {
                (true, _) => vec![service],
                (false, true) => vec![service, list],
                (false, false) => vec![list, service],
            };
            let mut gaps = trivia.iter().cycle();
            let text = format!("~{{~{}~{}~}}~", members.join("~,~"), if last { "," } else { "" });
            text.split('~').map(|part| part.to_owned() + gaps.next().unwrap()).collect()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn adding_and_taking_out_again_changes_nothing(text in manifest()) {
        let one = with(&text, r#"{"connectionLinkName": "woo", "serviceName": "woocommerce", "scope": ["a", "b"]}"#);
        prop_assert_eq!(without(&text, &one, "woo"), text.clone());
        let other = with(&one, r#"{"serviceName": "shop", "scope": ["b", "c"], "connectionLinkName": "woo", "sharedBy": 7}"#);
        let back = with(&other, r#"{"connectionLinkName": "woo", "serviceName": "woocommerce", "scope": ["a", "b"]}"#);
        let source = Source::new("m", back);
        let document = parse(&source).unwrap();
        let (_, object) = entries_of(&document, "woo").next().unwrap();
        prop_assert_eq!(document.text_of(object, "serviceName"), Some("woocommerce".to_owned()));
    }

    #[test]
    fn an_entry_moves_from_whatever_place_it_has(text in manifest(), index in 0..4usize) {
        let text = text.replace("\"MAIL\"", "\"DESK\"");
        let moved = with(&text, &ZOHO.replace("\"zohodesk\"", &format!("\"a{index}\"")));
        let source = Source::new("m", moved);
        let document = parse(&source).unwrap();
        let links: Vec<String> = document.link_names().into_iter().map(|link| link.name).collect();
        prop_assert_eq!(links.iter().filter(|link| **link == format!("a{index}")).count(), 1);
        prop_assert!(!text.contains("DESK") || document.get(document.root().unwrap(), AUTHORISATION).is_some());
    }

    #[test]
    fn the_tree_covers_its_text(text in manifest()) {
        let document = parse_manifest(&text).unwrap();
        let tree = document.tree();
        for node in tree.descendants(tree.root()) {
            let mut at = tree.range(node).start();
            for range in tree.children(node).iter().map(|&child| tree.range(child)) {
                prop_assert!(at <= range.start() && range.end() <= tree.range(node).end());
                at = range.end();
            }
        }
        // What belongs to no leaf, comment or trailing comma is white space and punctuation.
        let mut left: Vec<bool> = text.bytes().map(|byte| !b" \t\r\n{}[]:,".contains(&byte)).collect();
        let leaves = tree.descendants(tree.root()).filter(|&node| tree.children(node).is_empty());
        for range in leaves.map(|node| tree.range(node)).chain(tree.comments().iter().copied()) {
            left[range.start()..range.end()].fill(false);
        }
        prop_assert!(!left.contains(&true));
    }
}
