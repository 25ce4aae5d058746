use super::*;
use crate::deluge::parse;
use crate::flow::ssa;

/// What is wrong with `new` as a safe migration of `old`; the requests that get a connection are the migrated ones.
fn wrong(old: &str, new: &str) -> Vec<&'static str> {
    wrong_at(old, new, Applicability::Safe)
}

/// The same of a migration up to `level`.
fn wrong_at(old: &str, new: &str, level: Applicability) -> Vec<&'static str> {
    let work = || found(old, new, level);
    std::thread::scope(|scope| {
        let stack = std::thread::Builder::new().stack_size(crate::deluge::STACK_BYTES);
        stack.spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

fn found(old: &str, new: &str, level: Applicability) -> Vec<&'static str> {
    let graphs = [old, new].map(|text| ssa::graph(text, &parse(text).unwrap()));
    let sent = |graph: &crate::flow::graph::Graph| -> Vec<(Option<NodeId>, bool)> {
        let requests = graph.events.iter().filter_map(|event| match &event.kind {
            EventKind::Request(sent) => Some((sent.node, sent.connection.is_some())),
            _ => None,
        });
        requests.collect()
    };
    let mut requests = HashMap::new();
    for (ordinal, ((node, had), (_, has))) in sent(&graphs[0]).into_iter().zip(sent(&graphs[1])).enumerate() {
        let migrated = (has && !had).then_some(level);
        requests.insert(node.unwrap(), OldRequest { ordinal, migrated, to_prove: false, gone: false });
    }
    let views = (View { graph: &graphs[0], text: old }, View { graph: &graphs[1], text: new });
    let reasons =
        verify(views.0, views.1, &requests, level == Applicability::Safe).into_iter().map(|broken| match broken {
            Broken::Call(_, reason) | Broken::Text(reason) => reason,
        });
    reasons.collect()
}

/// `getUrl(…)` of the old text as it has to be migrated.
fn asked(url: &str) -> String {
    format!("invokeurl\n[\n\turl :{url}\n\ttype :GET\n\tconnection:\"l\"\n]")
}

fn is_right(old: &str, new: &str) {
    assert_eq!(wrong(old, new), Vec::<&str>::new(), "\n{old}\n---\n{new}");
}

fn is_wrong(old: &str, new: &str) {
    assert_ne!(wrong(old, new), Vec::<&str>::new(), "\n{old}\n---\n{new}");
}

#[test]
fn a_parameter_goes_with_its_separator_and_nothing_else_does() {
    for (old, right, wrong) in [
        (r#""https://h/p?authtoken=" + t"#, r#""https://h/p""#, r#""https://h/p?""#),
        (r#""https://h/p?authtoken=T&a=b""#, r#""https://h/p?a=b""#, r#""https://h/p&a=b""#),
        (
            r#""https://h/p?a=b&authtoken=" + t + "&c=" + d"#,
            r#""https://h/p?a=b&c=" + d"#,
            r#""https://h/p?a=b?c=" + d"#,
        ),
        (r#""https://h/p?AuthToken=" + t + "&a=" + a"#, r#""https://h/p?a=" + a"#, r#""https://h/p?a=" + b"#),
        (r#"base + "&authtoken=" + t"#, "base", r#"base + "&""#),
        (r#"concat("https://h/p?authtoken=",t)"#, r#"concat("https://h/p","")"#, r#"concat("https://h/q","")"#),
        (
            r#""https://h/p?authtoken=" + if(c,"T&a=1","U&a=2")"#,
            r#""https://h/p?" + if(c,"a=1","a=2")"#,
            r#""https://h/p""#,
        ),
        (r#""https://h/p?authtoken=" + t + org"#, r#""https://h/p" + org"#, r#""https://h/p""#),
    ] {
        let old = format!("r = getUrl({old}); info r;");
        if !old.contains("t + org") {
            is_right(&old, &format!("r = {}; info r;", asked(right)));
        }
        is_wrong(&old, &format!("r = {}; info r;", asked(wrong)));
    }
}

#[test]
fn branches_and_loops_are_gone_through_at_once() {
    let appends = |count: usize| {
        (0..count).map(|at| format!("if(c{at}) {{ u = u + \"&k{at}=\" + v{at}; }} ")).collect::<String>()
    };
    for count in [1, 4, 40, 400] {
        let old = format!("u = \"https://h/p?authtoken=\" + t; {}r = getUrl(u);", appends(count));
        let new = format!("u = \"https://h/p\"; {}r = {};", appends(count), asked("u.replaceFirst(\"&\",\"?\")"));
        is_right(&old, &new);
        if count <= 40 {
            is_wrong(&old, &new.replace(".replaceFirst(\"&\",\"?\")", ""));
            is_wrong(&old, &new.replace("\"&k0=\"", "\"&kx=\""));
        }
    }
    let body = "for each x in l { u = u + \"&id=\" + x; if(x == 3) { break; } } ";
    let old = format!("u = \"https://h/p?authtoken=\" + t; {body}r = getUrl(u);");
    let new = format!("u = \"https://h/p\"; {body}r = {};", asked("u.replaceFirst(\"&\",\"?\")"));
    is_right(&old, &new);
    is_wrong(&old, &new.replace("\"&id=\"", "\"?id=\""));
    // What a value that cannot be seen holds is not known.
    is_wrong(
        "u = \"https://h/\" + p + \"?authtoken=\" + t; if(c) { u = u + \"&a=1\"; } r = getUrl(u);",
        &format!("u = \"https://h/\" + p; if(c) {{ u = u + \"&a=1\"; }} r = {};", asked("u.replaceFirst(\"&\",\"?\")")),
    );
}

#[test]
fn maps_lose_the_entry_that_held_the_token() {
    let post = |map: &str| format!("invokeurl [ url :\"https://h/p\" type :POST parameters:{map} connection:\"l\" ]");
    is_right(
        "m = Map(); m.put(\"authtoken\",t); m.put(\"a\",1); r = postUrl(\"https://h/p\",m);",
        &format!("m = Map(); m.put(\"a\",1); r = {};", post("m")),
    );
    is_wrong(
        "m = Map(); m.put(\"authtoken\",t); m.put(\"a\",1); r = postUrl(\"https://h/p\",m);",
        &format!("m = Map(); r = {};", post("m")),
    );
    // A second name is the same map.
    is_wrong(
        "m = Map(); n = m; n.put(\"authtoken\",t); r = postUrl(\"https://h/p?authtoken=\" + t,m);",
        &format!("m = Map(); n = m; n.put(\"authtoken\",t); r = {};", post("m")),
    );
    is_right(
        "m = Map(); n = m; n.put(\"authtoken\",t); r = postUrl(\"https://h/p\",m);",
        &format!("m = Map(); n = m; r = {};", post("m")),
    );
    // Another request that sends the map keeps its entry.
    is_wrong(
        "m = {\"authtoken\":t,\"a\":1}; r = postUrl(\"https://h/p\",m); s = postUrl(\"https://v/p\",m);",
        &format!("m = {{\"a\":1}}; r = {}; s = postUrl(\"https://v/p\",m);", post("m")),
    );
    let json = |text: &str| format!("r = {};", post(text));
    let old = r#"r = postUrl("https://h/p","{\"a\":1,\"authtoken\":\"" + t + "\",\"b\":2}");"#;
    is_right(old, &json(r#""{\"a\":1,\"b\":2}""#));
    is_wrong(old, &json(r#""{\"a\":1,,\"b\":2}""#));
    is_wrong(old, &json(r#""{\"a\":1}""#));
}

#[test]
fn the_rest_of_the_script_does_the_same() {
    let get = asked("\"https://h/p\"");
    let old = "t = f(); x = g(1) + getUrl(\"https://h/p?authtoken=\" + t).get(\"n\"); h(x); return x;";
    is_wrong(old, &format!("t = f(); y = {get}; x = g(1) + y.get(\"n\"); h(x); return x;"));
    let old = "t = f(); x = getUrl(\"https://h/p?authtoken=\" + t).get(\"n\"); h(x); return x;";
    is_right(old, &format!("t = f(); y = {get}; x = y.get(\"n\"); h(x); return x;"));
    is_wrong(old, &format!("y = {get}; x = y.get(\"n\"); h(x); return x;"));
    is_wrong(old, &format!("t = f(); y = {get}; x = y.get(\"m\"); h(x); return x;"));
    is_wrong(old, &format!("t = f(); y = {get}; x = y.get(\"n\"); return x;"));
    // A name is read that has no value any more.
    is_wrong("u = \"https://h/p?authtoken=T\"; r = getUrl(u); info u;", &format!("r = {get}; info u;"));
    // What is printed may lack the token, not what is computed of it.
    is_right(
        "u = \"https://h/p?authtoken=T\"; r = getUrl(u); info u;",
        &format!("u = \"https://h/p\"; r = {}; info u;", asked("u")),
    );
    is_wrong(
        "u = \"https://h/p?authtoken=T\"; r = getUrl(u); info u.length();",
        &format!("u = \"https://h/p\"; r = {}; info u.length();", asked("u")),
    );
    // `false` is no variable that a call in the loop may change.
    let old = "ok = true; for each x in l { if(x) { ok = false; } r = getUrl(\"https://h/p?authtoken=T\",false); } if(ok) { f(); }";
    let new = "ok = true; for each x in l { if(x) { ok = false; } r = invokeurl [ url :\"https://h/p\" type :GET detailed:true connection:\"l\" ]; } if(ok) { f(); }";
    is_right(old, new);
    // In a `catch` any of the values may hold.
    let old = "u = \"https://h/p\"; try { u = \"https://h/q?authtoken=\" + t; f(); } catch (e) { r = getUrl(u); } s = getUrl(u);";
    is_wrong(old, &old.replace("?authtoken=\" + t", "\""));
}

#[test]
fn a_connection_comes_where_a_token_was() {
    is_wrong("r = getUrl(\"https://h/p\");", &format!("r = {};", asked("\"https://h/p\"")));
    is_wrong("r = getUrl(u + \"?authtoken=\" + t + v);", &format!("r = {};", asked("u + v")));
}

#[test]
fn a_token_that_stays_is_seen_wherever_its_request_went() {
    let old = r#"if(c || getUrl("https://h/p?authtoken=" + t).get("a") == 0) { info c; }"#;
    let new = |url: &str| format!("x = {}; if(c || x.get(\"a\") == 0) {{ info c; }}", asked(url));
    let wrong = |url: &str| wrong_at(old, &new(url), Applicability::Unsafe);
    assert_eq!(wrong(r#""https://h/p""#), Vec::<&str>::new());
    assert_eq!(wrong(r#""https://h/p?authtoken=" + t"#), ["a token would stay in the request"]);
}

/// A token that comes into a map under one condition does not reach a request that is made under another one that excludes it.
#[test]
fn branches_that_exclude_one_another_are_told() {
    let put = "h.put(\"Authorization\",\"Zoho-authtoken \" + t);";
    let request = |connection: &str| format!("invokeurl [ url :\"https://h/p\" type :GET headers:h{connection} ]");
    let script = |first: &str, second: &str, put: &str, connection: &str| {
        let second = second.replace("REQUEST", &format!("r = {};", request(connection)));
        format!("h = Map();\nh.put(\"a\",b);\n{}\nh.put(\"e\",f);\n{second}", first.replace("PUT", put))
    };
    for (first, second, reaches) in [
        ("if(c) { PUT }", "if(c) { REQUEST }", true),
        ("if(c) { PUT }", "if(d) { REQUEST }", true),
        ("if(c) { PUT }", "if(!c) { REQUEST }", false),
        ("if(c) { PUT }", "if(c == false) { REQUEST }", false),
        ("if(c) { PUT }", "if(c) { x = 1; } else { REQUEST }", false),
        ("if(c) { PUT }", "if(c) { x = 1; } else if(d) { REQUEST }", false),
        ("if(c) { PUT }", "if(c) { return 1; } REQUEST", false),
        ("if(c) { PUT }", "if(!c) { return 1; } REQUEST", true),
        ("if(c) { PUT }", "if(d) { return 1; } else if(c) { return 2; } REQUEST", false),
        ("if(c) { PUT }", "if(d) { x = 1; } else if(c) { return 2; } REQUEST", true),
        ("if(c) { PUT }", "if(d) { return 1; } else if(!c) { REQUEST } else { return 2; }", false),
        ("if(c) { PUT }", "if(!c && d) { REQUEST }", false),
        ("if(c) { PUT }", "if(!c || d) { REQUEST }", true),
        ("if(c || d) { PUT }", "if(!c) { REQUEST }", true),
        ("if(c || d) { PUT }", "if(!c && !d) { REQUEST }", false),
        ("if(!c && !d) { PUT }", "if(c || d) { REQUEST }", false),
        ("if(c && d) { PUT }", "if(!(d && c)) { REQUEST }", false),
        ("if(c && d) { PUT }", "if(!c || !d) { REQUEST }", false),
        ("if(c && d) { PUT }", "if(!c || !e) { REQUEST }", true),
        ("if(!(c || d)) { PUT }", "if(c) { REQUEST }", false),
        ("if(c) { x = 1; } else { PUT }", "if(c) { REQUEST }", false),
        ("if(c) { x = 1; } else { PUT }", "if(!c) { REQUEST }", true),
        ("if(c) { c = false; PUT }", "if(!c) { REQUEST }", true),
        ("if(c) { PUT } c = d;", "if(!c) { REQUEST }", true),
        ("if(m.get(\"k\") == 1) { PUT }", "if(m.get(\"k\") != 1) { REQUEST }", false),
        ("if(m.get(\"k\") == 1) { PUT } m.put(\"k\",2);", "if(m.get(\"k\") != 1) { REQUEST }", true),
        ("if(dc == \"eu\") { PUT }", "if(dc == \"us\") { REQUEST }", false),
        ("if(dc == \"eu\") { PUT }", "if(\"us\" == dc) { REQUEST }", false),
        ("if(dc == \"eu\") { PUT }", "if(dc == \"eu\") { REQUEST }", true),
        ("if(dc == \"eu\") { PUT }", "if(dc != \"eu\") { REQUEST }", false),
        ("if(dc == \"eu\") { PUT }", "if(dc != \"us\") { REQUEST }", true),
        ("if(r.State == 1) { PUT } foo();", "if(r.State != 1) { REQUEST }", true),
        ("for each i in l { if(c) { PUT } }", "if(!c) { REQUEST }", true),
        ("x = 1;", "for each i in l { if(i) { PUT } if(!i) { REQUEST } }", true),
        ("x = 1;", "for each i in l { h = Map(); if(i) { PUT } if(!i) { REQUEST } }", false),
        ("if(c) { if(d) { PUT } }", "if(!d) { REQUEST }", false),
        ("if(c) { if(d) { x = 1; } else { PUT } }", "if(!c) { REQUEST }", false),
        ("try { if(c) { PUT } } catch (e) { x = 1; }", "if(!c) { REQUEST }", true),
    ] {
        let second = &second.replace("PUT", put);
        let old = script(first, second, put, "");
        let new = script(first, &second.replace(put, ""), "", " connection:\"l\"");
        let found = wrong_at(&old, &new, Applicability::Safe);
        let expected: &[&str] = if reaches { &[] } else { &["no token reaches this request"] };
        assert_eq!(found, expected, "\n{old}\n---\n{new}");
    }
}

/// A request that no token reaches stays as it is, though one is taken out of the map that it sends.
#[test]
fn a_request_that_no_token_reaches_need_not_change() {
    let script = |put: &str, second: &str, connection: &str| {
        let request = |connection: &str| format!("r = invokeurl [ url :\"https://h/p\" headers:h{connection} ];");
        format!("h = Map(); if(c) {{ {put} {} }} {second} {{ {} }}", request(connection), request(""))
    };
    let put = "h.put(\"Authorization\",\"Zoho-authtoken \" + t);";
    let connection = " connection:\"l\"";
    is_right(&script(put, "if(!c)", ""), &script("", "if(!c)", connection));
    is_wrong(&script(put, "if(d)", ""), &script("", "if(d)", connection));
}
