//! Random programs in the way people write them, with more turns than they would take: maps under second names, suffixes that
//! several URLs share, branches and loops of appends, comments in odd places, override headers, blocks on one line, values that
//! `if()` chooses, functions of one's own that are named like built-in ones.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::support::lexer::pieces;

const TOKEN: &str = "fake0nets0token0aaaabbbbccccdddd";

const HOSTS: [&str; 5] = [
    "https://desk.zoho.com/api/v1/tickets",
    "https://books.zoho.com/api/v3/invoices",
    "https://www.zohoapis.eu/books/v3/contacts",
    "https://inventory.zoho.in/api/v1/items",
    "https://api.example.com/v2/items",
];

/// Some of these texts.
fn one_of(texts: &[&'static str]) -> impl Strategy<Value = &'static str> + Clone + use<> {
    select(texts.to_vec())
}

/// One expression, or one line, from a pattern: each `$` is a value of the next strategy.
macro_rules! text {
    ($pattern:literal $(, $name:ident in $strategy:expr)* $(,)?) => {
        ($($strategy,)*).prop_map(|($($name,)*)| format!($pattern)).boxed()
    };
}

type Text = BoxedStrategy<String>;

fn url_name() -> impl Strategy<Value = &'static str> {
    one_of(&["url", "u", "url", "endpoint"])
}

fn map_name() -> impl Strategy<Value = &'static str> {
    one_of(&["params", "p", "params"])
}

fn head_name() -> impl Strategy<Value = &'static str> {
    one_of(&["headers", "h", "headers"])
}

fn query_name() -> impl Strategy<Value = &'static str> {
    one_of(&["q", "suffix", "org"])
}

fn scalar() -> impl Strategy<Value = &'static str> {
    one_of(&["orgId", "ticketId", "\"5\"", "input.Email", "page.toString()", "encodeUrl(name)", "(orgId)"])
}

/// Where a token comes from; some of it is no mere value.
fn token() -> Text {
    let plain = one_of(&["tok", "tok", "tok", "key", "tok.trim()"]);
    let other = one_of(&[
        "\"fake0nets0token0aaaabbbbccccdddd\"",
        "zoho.crm.getOrgVariable(\"desk_authtoken\")",
        "input.Authtoken",
        "settings.get(\"authtoken\")",
        "thisapp.config.get(\"desk\")",
        "thisapp.queue.get(\"next_token\")",
        "if(c1,tok,key)",
    ]);
    prop_oneof![4 => plain, 1 => other].prop_map(str::to_owned).boxed()
}

/// A pair of a query, behind its separator: a literal that is left open, and a value that is joined to it, if any.
fn pair(with_token: bool) -> BoxedStrategy<(String, Option<String>)> {
    if with_token {
        let name = one_of(&["authtoken", "authtoken", "authtoken", "AUTHTOKEN"]);
        return prop_oneof![
            4 => (name.clone(), token()).prop_map(|(name, token)| (format!("{name}="), Some(token))),
            1 => name.prop_map(|name| (format!("{name}={TOKEN}"), None)),
        ]
        .boxed();
    }
    let name = one_of(&["organization_id", "limit", "from", "status"]);
    prop_oneof![
        (name.clone(), one_of(&["1", "x", ""])).prop_map(|(name, value)| (format!("{name}={value}"), None)),
        (name, scalar()).prop_map(|(name, value)| (format!("{name}="), Some(value.to_owned()))),
    ]
    .boxed()
}

/// Operands of a query that begins with `first`, joined by `+`.
fn query(first: &'static str, with_token: BoxedStrategy<bool>) -> Text {
    let others = prop::collection::vec(pair(false), 0..3);
    (others, with_token, pair(true), any::<Index>(), any::<bool>())
        .prop_map(move |(mut pairs, with_token, token, at, split)| {
            if with_token || pairs.is_empty() {
                pairs.insert(at.index(pairs.len() + 1), token);
            }
            let (mut text, mut separator) = (String::from("\""), first);
            for (name, value) in pairs {
                text += separator;
                text += &name;
                separator = "&";
                if let Some(value) = value {
                    text += &format!("\" + {value} + \"");
                } else if split {
                    text += "\" + \"";
                }
            }
            (text + "\"").replace("\"\" + ", "").replace(" + \"\"", "")
        })
        .boxed()
}

fn sometimes() -> BoxedStrategy<bool> {
    prop::bool::weighted(0.5).boxed()
}

/// An address with or without a query.
fn address() -> Text {
    let host = select(HOSTS.to_vec());
    prop_oneof![
        3 => text!("\"{host}\" + {query}", host in host.clone(), query in query("?", sometimes())),
        1 => text!("\"{host}\"", host in host.clone()),
        1 => text!("\"{host}/\" + {id}", host in host.clone(), id in scalar()),
        1 => text!("\"{host}\" + {name}", host in host, name in query_name()),
    ]
    .prop_map(|text| text.replace("\" + \"?", "?"))
    .boxed()
}

/// What a request is sent to.
fn target() -> Text {
    prop_oneof![
        3 => url_name().prop_map(str::to_owned),
        2 => text!("{url} + {query}", url in url_name(), query in query("&", sometimes())),
        1 => text!("{url} + {name}", url in url_name(), name in query_name()),
        1 => text!("if(c2,{one},{two})", one in url_name(), two in address()),
        3 => address(),
    ]
    .boxed()
}

/// A map literal, sometimes with a comment or over lines.
fn map_literal() -> Text {
    let entry = prop_oneof![
        text!("\"{key}\":{value}", key in one_of(&["id", "name", "status"]), value in scalar()),
        text!("\"authtoken\":{token}", token in token()),
    ];
    (prop::collection::vec(entry, 0..4), one_of(&["{", "{", "{ /* a */ ", "{ // b\n\t", "{\n\t"]))
        .prop_map(|(mut entries, open)| {
            // A key stands once.
            entries.sort_by_key(|entry| entry.split(':').next().unwrap().to_owned());
            entries.dedup_by_key(|entry| entry.split(':').next().unwrap().to_owned());
            if entries.is_empty() { "Map()".to_owned() } else { format!("{open}{}}}", entries.join(",")) }
        })
        .boxed()
}

fn header_value() -> Text {
    prop_oneof![
        4 => text!("\"Zoho-authtoken \" + {token}", token in token()),
        1 => text!("\"Zoho-authtoken \".concat({token})", token in token()),
        1 => Just(format!("\"Zoho-authtoken {TOKEN}\"")),
        1 => Just("auth".to_owned()),
    ]
    .boxed()
}

fn header_literal() -> Text {
    prop_oneof![
        text!("{{\"Authorization\":{value}}}", value in header_value()),
        text!("{{\"orgId\":orgId,\"Authorization\":{value}}}", value in header_value()),
        text!("{{\n\t// who we are\n\t\"Authorization\":{value}\n}}", value in header_value()),
        text!("{{\"X-HTTP-Method-Override\":\"{method}\",\"Authorization\":{value}}}", method in one_of(&["PUT", "PATCH"]), value in header_value()),
        Just("{\"X-HTTP-Method-Override\":\"PUT\"}".to_owned()),
        Just("{\"orgId\":orgId}".to_owned()),
        Just("Map()".to_owned()),
    ]
    .boxed()
}

fn body() -> Text {
    prop_oneof![
        4 => map_name().prop_map(str::to_owned),
        2 => map_literal(),
        1 => text!("{name}.toString()", name in map_name()),
        1 => query("", sometimes()),
        1 => text!("\"authtoken=\" + {token} + {name}", token in token(), name in query_name()),
    ]
    .boxed()
}

fn headers() -> Text {
    prop_oneof![2 => head_name().prop_map(str::to_owned), 1 => header_literal()].boxed()
}

/// A request as an expression.
fn call() -> Text {
    let word = || one_of(&["invokeurl", "invokeurl", "invokeUrl"]);
    prop_oneof![
        3 => text!("getUrl({url})", url in target()),
        1 => text!("getUrl({url},{headers})", url in target(), headers in headers()),
        1 => text!("getUrl({url},false)", url in target()),
        2 => text!("postUrl({url},{body})", url in target(), body in body()),
        1 => text!("postUrl({url},{body},{headers})", url in target(), body in body(), headers in headers()),
        1 => text!("{word}({url},{body},{headers},false)", word in one_of(&["postUrl", "putUrl"]), url in target(), body in body(), headers in headers()),
        2 => text!("{word}\n[\n\turl :{url}\n\ttype :GET\n]", word in word(), url in target()),
        2 => text!("{word}\n[\n\turl :{url}\n\ttype :POST\n\tparameters:{body}\n\theaders:{headers}\n]", word in word(), url in target(), body in body(), headers in headers()),
        1 => text!("{word} [url :{url} type :POST parameters:{body}]", word in word(), url in target(), body in body()),
        1 => text!("{word} [url:{url} headers:{headers} type:GET]", word in word(), url in target(), headers in headers()),
        1 => text!("{word}\n[\n\turl :{url}\n\ttype :GET headers:{headers} detailed:true\n]", word in word(), url in target(), headers in headers()),
    ]
    .boxed()
}

/// One statement without a block.
fn simple() -> Text {
    let defining = prop_oneof![
        3 => text!("{name} = {value};", name in url_name(), value in address()),
        1 => text!("{name} = {other};", name in url_name(), other in url_name()),
        1 => text!("{name} = if(c0,{one},{two});", name in url_name(), one in address(), two in address()),
        4 => text!("{name} = {name} + {more};", name in url_name(), more in query("&", sometimes())),
        2 => text!("{name} += {more};", name in url_name(), more in query("&", sometimes())),
        1 => text!("{name} = {name}.concat({more});", name in url_name(), more in query("&", sometimes())),
        1 => text!("{name} = {name} + {other};", name in url_name(), other in query_name()),
        2 => text!("{name} = {value};", name in query_name(), value in query("&", sometimes())),
        1 => text!("{name} = {name} + {value};", name in query_name(), value in query("&", sometimes())),
        1 => text!("{name} = {value};", name in one_of(&["tok", "key"]), value in token()),
        1 => Just("tok += \"&organization_id=5\";".to_owned()),
        1 => text!("parts = List();\nparts.add(\"limit=5\");\nparts.add(\"authtoken=\" + {token});\nurl = \"https://desk.zoho.com/api/v1/tickets?\" + parts.toString(\"&\");", token in token()),
    ];
    let filling = prop_oneof![
        2 => text!("{name} = {value};", name in map_name(), value in map_literal()),
        2 => text!("{name}.put(\"authtoken\",{token});", name in map_name(), token in token()),
        2 => text!("{name}.put(\"{key}\",{value});", name in map_name(), key in one_of(&["id", "status"]), value in scalar()),
        1 => text!("{name} = {other};", name in map_name(), other in map_name()),
        1 => text!("{name}.putAll({other});", name in map_name(), other in map_name()),
        1 => text!("{name}.remove(\"authtoken\");", name in map_name()),
        1 => text!("{name}.clear();", name in map_name()),
        2 => text!("{name} = {value};", name in head_name(), value in header_literal()),
        2 => text!("{name}.put(\"Authorization\",{value});", name in head_name(), value in header_value()),
        1 => text!("{name}.put(\"X-HTTP-Method-Override\",\"{method}\");", name in head_name(), method in one_of(&["PUT", "GET"])),
        1 => text!("{name}.put(\"orgId\",orgId);", name in head_name()),
        1 => text!("{name} = {other};", name in head_name(), other in head_name()),
        1 => text!("auth = {value};", value in header_value()),
        1 => text!("scheme = \"Zoho-authtoken\";\nauth = scheme + \" \" + {token};", token in token()),
    ];
    let sending = prop_oneof![
        6 => text!("{name} = {call};", name in one_of(&["r", "resp"]), call in call()),
        1 => text!("{call};", call in call()),
        1 => text!("info {call};", call in call()),
        1 => text!("x = {call}.get(\"id\");", call in call()),
        1 => text!("x = automation.first({value}) + {call}.get(\"id\");", value in scalar(), call in call()),
        1 => text!("x = thisapp.queue.get(\"next\") + {call}.get(\"id\");", call in call()),
        1 => text!("automation.log({call}.get(\"id\"));", call in call()),
    ];
    let reading = prop_oneof![
        3 => text!("info {name}.get(\"code\");", name in one_of(&["r", "resp"])),
        1 => text!("info {name};", name in url_name()),
        1 => text!("info {name};", name in map_name()),
        1 => text!("automation.log({name});", name in one_of(&["url", "params", "headers", "tok", "q"])),
        1 => Just("// a remark".to_owned()),
    ];
    prop_oneof![6 => defining, 5 => filling, 6 => sending, 2 => reading].boxed()
}

fn indented(lines: &[String]) -> String {
    lines.iter().map(|line| format!("\t{}\n", line.replace('\n', "\n\t"))).collect()
}

/// One statement, or a block of some.
fn statement() -> Text {
    simple().prop_recursive(2, 8, 3, |inner| {
        let lines = || prop::collection::vec(inner.clone(), 0..3).prop_map(|lines| indented(&lines));
        let flag = || one_of(&["c0", "c1", "!c2", "c3"]);
        prop_oneof![
            8 => inner.clone(),
            1 => text!("if({flag})\n{{\n{lines}}}", flag in flag(), lines in lines()),
            1 => text!("if({flag})\n{{\n{one}}}\nelse\n{{\n{two}}}", flag in flag(), one in lines(), two in lines()),
            1 => text!("if({flag})\n{{\n{one}}}\nelse if({other})\n{{\n{two}}}", flag in flag(), other in flag(), one in lines(), two in lines()),
            1 => text!("for each  item in items\n{{\n{lines}}}", lines in lines()),
            1 => text!("try\n{{\n{lines}}}\ncatch (e)\n{{\n\tinfo e;\n}}", lines in lines()),
            1 => text!("for each  item in {call}.get(\"data\")\n{{\n{lines}}}", call in call(), lines in lines()),
            1 => text!("if({flag} && {call}.get(\"code\") == 0)\n{{\n{lines}}}", flag in flag(), call in call(), lines in lines()),
        ]
    }).boxed()
}

/// A program: what it reads is written first; comments stand in odd places.
pub fn program() -> impl Strategy<Value = String> {
    let comment = (any::<Index>(), any::<bool>());
    let comments = prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(comment, 1..4)];
    let function = prop::bool::weighted(0.3);
    (prop::collection::vec(statement(), 2..10), comments, function).prop_map(|(mut lines, comments, function)| {
        let begin = |name: &str| match name {
            "url" | "u" | "endpoint" => format!("{name} = \"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok;"),
            "tok" => format!("tok = \"{TOKEN}\";"),
            "key" => "key = input.Desk_authtoken;".to_owned(),
            "q" | "suffix" => format!("{name} = \"&authtoken=\" + tok;"),
            "org" => "org = \"&organization_id=\" + orgId;".to_owned(),
            "auth" => "auth = \"Zoho-authtoken \" + tok;".to_owned(),
            _ => format!("{name} = Map();"),
        };
        let body = lines.join("\n");
        let reads = |name: &str| pieces(&body).iter().any(|piece| piece.text == name);
        let mut names = vec!["url", "u", "endpoint", "q", "suffix", "org", "auth", "params", "p", "headers", "h"];
        names.retain(|name| reads(name));
        let first = ["tok", "key"].iter().chain(&names).map(|name| begin(name));
        lines.splice(0..0, first);
        let mut text = lines.join("\n") + "\n";
        if function {
            text = format!("void automation.f(String orgId, String ticketId)\n{{\n{}}}\n", indented(&lines));
        }
        for (number, (place, line)) in comments.into_iter().enumerate() {
            let pieces = pieces(&text);
            let at = pieces[place.index(pieces.len())].at;
            let comment = if line { format!(" // c{number}\n") } else { format!("/* c{number} */ ") };
            text.insert_str(at, &comment);
        }
        text
    })
}
