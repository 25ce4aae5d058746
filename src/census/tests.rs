use super::*;

/// A line each: the sign, what stands there, and why it tells nothing.
fn told(text: &str) -> Vec<String> {
    let show = |sign: &Sign| {
        let why = sign.dismissed.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        format!("{:?} {}{why}", sign.kind, sign.range.of(text))
    };
    signs(text, &|_| false).iter().map(show).collect()
}

/// Those that tell something.
fn left(text: &str) -> Vec<String> {
    told(text).into_iter().filter(|line| !line.ends_with(')')).collect()
}

#[test]
fn parameters_keys_elements_and_schemes_are_signs() {
    for (text, expected) in [
        ("u = \"https://desk.zoho.com/a?authtoken=\" + t;", "Parameter authtoken"),
        ("u = \"a=1&AuthToken=\" + t;", "Parameter AuthToken"),
        ("u = \"?%61uthtoken=\" + t;", "Parameter %61uthtoken"),
        ("u = \"?a=1%26authtoken%3D\" + t;", "Parameter authtoken"),
        ("u = \"{\\\"authtoken\\\":\\\"\" + t + \"\\\"}\";", "Key authtoken"),
        ("u = '{\"authtoken\": 1}';", "Key authtoken"),
        ("u = \"<r><authtoken>\" + t + \"</authtoken></r>\";", "Element authtoken"),
        ("p.put(\"authtoken\",t);", "Key authtoken"),
        ("p = {\"a\":1,\"authtoken\":t};", "Key authtoken"),
        ("f = {\"paramName\":\"authtoken\",\"content\":t};", "Key authtoken"),
        ("h = {\"a\":\"Zoho-authtoken \" + t};", "Scheme Zoho-authtoken"),
        ("h = {\"a\":\"Zoho-oauthtoken \" + t};", "AccessScheme Zoho-oauthtoken"),
        ("postUrl(\"https://accounts.zoho.com/apiauthtoken/nb/create\",p);", "Generation apiauthtoken"),
        ("<a href=https://desk.zoho.com/?a=1&amp;authtoken=abc>", "Parameter authtoken"),
        ("u = \"?auth\" + \"token=\" + t;", "Parameter auth\" + \"token"),
        ("u = \"?auth\".concat(\"token=\").concat(t);", "Parameter auth\".concat(\"token"),
        ("u = concat(\"?auth\",\"token=\",t);", "Parameter auth\",\"token"),
        ("a = \"auth\"; u = \"?\" + a + \"token=\" + t;", "Parameter token"),
        ("u = \"?auth\"; u += \"token=\" + t;", "Parameter token"),
        ("u = \"?auth\"; u = u + \"token=\" + t;", "Parameter token"),
        ("k = \"authtoken\"; u = \"?\" + k + \"=\" + t;", "Parameter k"),
        ("k = \"authtoken\"; p.put(k,t);", "Key k"),
        ("s = \"Zoho-auth\"; h = {\"a\":s + \"token \" + t};", "Scheme token"),
        ("u = base + \"?authtoken\" + e + t;", "Parameter authtoken"),
        ("t = u.replaceAll(\"#K#\",\"authtoken\");", "Key authtoken"),
        ("a = \"https://desk.zoho.com\"; p.put(\"auth_token\",t);", "Key auth_token"),
        (
            "x = \"1000.0123456789abcdef0123456789abcdef.0123456789abcdef0123456789abcdef\";",
            "Secret 1000.0123456789abcdef0123456789abcdef.0123456789abcdef0123456789abcdef",
        ),
        ("u = \"https://accounts.zoho.com/x?client_secret=f4k3s3cr3tv4lu3\";", "Secret client_secret=f4k3s3cr3tv4lu3"),
        ("// authtoken = \"fake0desk0token0aaaabbbbccccdddd\"", "Word authtoken"),
    ] {
        assert_eq!(left(text), [expected], "{text}\n{:?}", told(text));
    }
}

#[test]
fn what_tells_nothing_is_dismissed_for_a_reason() {
    for (text, expected) in [
        ("authtoken = t;", "Word authtoken (a variable's name only)"),
        ("t = input.get(\"authtoken\");", "Key authtoken (a text that the code searches for, or a name that is read)"),
        ("if(k == \"authtoken\") { }", "Key authtoken (a text that the code searches for, or a name that is read)"),
        (
            "b = u.contains(\"authtoken=\");",
            "Parameter authtoken (a text that the code searches for, or a name that is read)",
        ),
        ("k = \"authtoken\";", "Key authtoken (a constant; what is made of it is looked at where that is done)"),
        (
            "s = \"Zoho-authtoken\";",
            "Scheme Zoho-authtoken (a constant; what is made of it is looked at where that is done)",
        ),
        ("info \"The authtoken is old\";", "Word authtoken (text for people)"),
        ("info \"authtoken=\" + t;", "Parameter authtoken (text for people)"),
        ("x = \"Zoho-authtoken headers are gone\";", "Scheme Zoho-authtoken (text for people)"),
        ("// the authtoken is old", "Word authtoken (a comment that mentions the token but holds no value)"),
        ("u = \"https://api.twilio.com/a?authtoken=\" + t;", "Parameter authtoken (vendor host api.twilio.com)"),
        ("p.put(\"auth_token\",t);", "Key auth_token (`auth_token` with no Zoho host beside it)"),
    ] {
        assert_eq!(told(text), [expected], "{text}");
    }
}

#[test]
fn parts_of_other_words_are_no_signs() {
    for text in [
        "u = \"?zauthtoken=\" + t;",
        "u = \"?authtokenScope=\" + t;",
        "// authshift-ignore authtoken-in-query: x",
        "h.put(\"X-Authtoken\",t);",
        "zoho_authtoken = t;",
        "u = \"https://accounts.zoho.com/x?client_secret=\" + s;",
        "u = \"https://accounts.zoho.com/x?client_secret=YOUR_SECRET\";",
    ] {
        assert_eq!(told(text), [] as [&str; 0], "{text}");
    }
}

/// A request to the vendor may be one of several.
#[test]
fn a_host_of_which_a_part_cannot_be_seen_dismisses_nothing() {
    for url in [
        "\"https://\" + host + \"/?authtoken=\"",
        "\"https://api.\" + d + \"/?authtoken=\"",
        "\"https://zoho.example.com/?authtoken=\"",
        "\"https://a.example/?u=https://desk.zoho.com/?authtoken=\"",
        "\"https://a.example/?u=https%3A%2F%2Fdesk.zoho.com%2F%3Fauthtoken=\"",
    ] {
        assert_eq!(left(&format!("u = {url} + t;")).len(), 1, "{url}");
    }
    let text = "h = \"https://a.example/\"; if(x) { h = \"https://desk.zoho.com/\"; } u = h + \"?authtoken=\" + t;";
    assert_eq!(left(text).len(), 1);
}

/// Cases in which the analysis once saw nothing.
#[test]
fn what_was_missed_has_signs() {
    let concat = "url = \"https://www.zohoapis.com/books/v3/items\";\nurl = url.concat(\"?authtoken=\").concat(key);\n";
    assert_eq!(left(concat), ["Parameter authtoken"]);
    let branches: String = (0..17).map(|n| format!("else if(k == {n}) {{ path = \"/t{n}?authtoken=\"; }}\n")).collect();
    assert_eq!(left(&branches).len(), 17);
    let several = "prefix = \"Zoho-authtoken\";\nscheme = prefix + \" \";\nh = {\"Authorization\":scheme + token};\n\
        key = \"authtoken\";\nb = getUrl(\"https://desk.zoho.com/api/v1/tickets?\" + key + \"=\" + token);\n\
        u = \"https://desk.zoho.com/api/v1/tickets?authtoken=\";\nu += token;\n\
        t = \"https://desk.zoho.com/api/v1/tickets?authtoken=<KEY>&limit=5\";\n\
        h = \"{\\\"Authorization\\\":\\\"Zoho-authtoken fake0desk0token0aaaabbbbccccdddd\\\"}\".toMap();\n\
        f = postUrl(\"https://crm.zoho.com/crm/x\",\"<r><authtoken>\" + token + \"</authtoken></r>\");\n";
    let kinds: Vec<String> = left(several).iter().map(|sign| sign.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["Scheme", "Parameter", "Parameter", "Parameter", "Scheme", "Element"]);
}

#[test]
fn any_text_gets_an_answer() {
    let long = "x".repeat(2_000_000);
    for text in [
        format!("u = \"{long}?authtoken=\" + t;"),
        "\"authtoken=".repeat(40_000),
        "authtoken ".repeat(40_000),
        "\"?authtoken=\"+".repeat(30_000),
        "'authtoken".repeat(40_000),
        "{\"authtoken\":".repeat(30_000),
        "// authtoken\r".repeat(30_000),
        "u = \"?authtoken=\r".repeat(20_000),
        format!("\"{}\"", " authtoken=".repeat(40_000)),
        format!("/* {} */", "https:// authtoken ".repeat(20_000)),
        "k = \"authtoken\"; u = u + k;".repeat(10_000),
        "%61".repeat(100_000),
        "\u{201C}authtoken".repeat(30_000),
        "client_secret=accounts.zoho\\".repeat(20_000),
    ] {
        assert!(signs(&text, &|_| false).iter().all(|sign| sign.range.end() <= text.len()));
        assert!(beside::places(&text).iter().all(|place| place.range.end() <= text.len()));
        assert!(may_be_encoded(text.as_bytes()) == text.starts_with('%'));
    }
    for text in [
        "",
        "\\",
        "\"",
        "'",
        "\u{201C}",
        "%",
        "\"%6",
        "\"\\u00",
        "authtoken",
        "(",
        ")",
        "=",
        "+=",
        ".",
        "a.",
        "a=",
        "\"authtoken",
        "\u{feff}\"authtoken=\u{0}\u{fffc}\"",
    ] {
        signs(text, &|_| false);
        beside::places(text);
    }
}

#[test]
fn a_text_in_another_language_names_a_token_only_beside_a_host() {
    let named = |text: &str| beside::places(text).len();
    for text in [
        "<?php\n$url = \"https://books.zoho.com/api/v3/items?authtoken=\" . $token;",
        "fetch(`https://desk.zoho.eu/api/v1/tickets?AuthToken=${t}`)",
        "base = 'https://www.zohoapis.com'\n\n\n\n\nparams = {'authtoken': t}",
        "requests.get('https://crm.zoho.' + dc, params={\"authtoken\": t})",
        "axios(\"https://desk.zoho.com\", {authtoken: t})",
        "curl https://desk.zoho.com/api -d authtoken=$T",
        "new HTTPBuilder('https://books.zoho.com').get(query: [authtoken: t, organization_id: o])",
        "GET(\"https://reportsapi.zoho.com/api/x\", query = list(ZOHO_ACTION = \"EXPORT\", authtoken = t))",
        "url = 'https://creator.zoho.com/api/json/x'\nquery = list(\"authtoken\" = t, \"scope\" = s)",
        "<cfhttp url=\"https://crm.zoho.com/crm\">\n<cfhttpparam type=\"formfield\" name=\"authtoken\" value=\"#t#\">",
        "r.addHeader(\"Authorization\", \"Zoho-authtoken \" + t)",
        "authorization: 'Zoho-authtoken ' + @token",
        "<authtoken>x</authtoken> https://crm.zoho.com/crm",
        "// authtoken=fake0desk0token0aaaabbbbccccdddd on https://desk.zoho.com/api\n\"authtoken\": 'x'",
        "token_url = https://accounts.zoho.com/apiauthtoken/nb/create?SCOPE=ZohoCRM/crmapi",
    ] {
        assert!(named(text) > 0, "{text}");
    }
    for text in [
        "twilio.authToken = 1; // https://desk.zoho.com/api",
        "const authToken = 'x'; fetch('https://desk.zoho.com/api')",
        "const oauthToken = 'https://desk.zoho.com'; \"Zoho-oauthtoken \"",
        "manifest-authtoken-config: on desk.zoho.com",
        "On desk.zoho.com each authtoken was deleted.",
        "// pass authtoken=X to https://desk.zoho.com/api",
        "# the `Zoho-authtoken` header of https://desk.zoho.com/api",
        "https://api.twilio.com/?authtoken=x // https://desk.zoho.com",
        "base = 'https://www.zohoapis.com'\n\n\n\n\n\n\nparams = {'authtoken': t}",
        "mail support@desk.zoho.com about 'authtoken': t",
        "{'authToken': t} // see https://www.zoho.com/crm/help/api",
        "{'auth_token': t}",
        "get <- function(path, authtoken = NULL) GET('https://books.zoho.com/api/v3')",
        "func get(authtoken: String) { url = \"https://books.zoho.com/api/v3\" }",
    ] {
        assert_eq!(named(text), 0, "{text}");
    }
}
