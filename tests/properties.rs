//! Random functions, migrated and then run: both versions must send the same requests but for the token, and but for those
//! that ask for an access token.
//!
//! A small evaluator of its own runs the text before and the text after with sample values, through branches and loops,
//! and records what each request sends. It knows nothing of the migration.
//!
//! `cargo test` runs the same cases each time. Others are drawn with `AUTHSHIFT_PROPERTIES_SEED`, a number or `random`, and
//! more of them with `AUTHSHIFT_PROPERTIES_CASES`:
//!
//! ```text
//! AUTHSHIFT_PROPERTIES_SEED=random AUTHSHIFT_PROPERTIES_CASES=20000 cargo test --profile fuzz --test properties
//! ```
//!
//! What they find becomes a fixture. `tests/fuzz` has switches of the same kind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "support/machine.rs"]
mod machine;
#[path = "support/programs.rs"]
mod programs;
mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use authshift::deluge::{Kind, NodeId, Operator, Tree, parse};
use authshift::finding::{Applicability, Rule};
use authshift::fix::{Session, fix};
use authshift::project::Project;
use authshift::project::config::Config;
use authshift::project::format::Format;
use authshift::text::source::Source;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use support::kept;

const TOKEN: &str = "fake0prop0token0aaaabbbbccccdddd";

/// A value of the evaluator.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(String),
    Map(usize),
    Null,
}

/// What a request sent.
#[derive(Debug, PartialEq, Clone)]
struct Sent {
    path: String,
    query: Vec<String>,
    fields: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    method: String,
}

struct Machine<'a> {
    text: &'a str,
    tree: &'a Tree,
    names: BTreeMap<String, Value>,
    maps: Vec<BTreeMap<String, String>>,
    flags: Vec<bool>,
    sent: Vec<Sent>,
    /// For each request the token it carried, and whether it named a connection.
    authentication: Vec<(Option<String>, bool)>,
    /// What token requests offered for an access token.
    asked: Vec<String>,
}

impl Machine<'_> {
    fn code(&self, node: NodeId) -> &str {
        self.tree.range(node).of(self.text)
    }

    fn run(&mut self, node: NodeId) {
        let tree = self.tree;
        let children = tree.children(node).to_vec();
        match tree.kind(node) {
            Kind::Script | Kind::Block => children.into_iter().for_each(|child| self.run(child)),
            Kind::Assign => {
                let value = self.value(children[2]);
                let name = self.code(children[0]).to_owned();
                self.names.insert(name, value);
            }
            Kind::Expression | Kind::Info => {
                self.value(children[0]);
            }
            Kind::If => {
                let flag = self
                    .code(children[0])
                    .trim_matches(['(', ')'])
                    .strip_prefix('c')
                    .unwrap()
                    .parse::<usize>()
                    .unwrap();
                if self.flags[flag] {
                    self.run(children[1]);
                } else if let Some(&other) = children.get(2) {
                    self.run(other);
                }
            }
            Kind::ForEach => {
                for item in ["1", "2"] {
                    let name = self.code(children[0]).to_owned();
                    self.names.insert(name, Value::Text(item.to_owned()));
                    self.run(children[2]);
                }
            }
            Kind::Empty => {}
            other => panic!("{other:?} in {}", self.text),
        }
    }

    fn text_of(&mut self, node: NodeId) -> String {
        match self.value(node) {
            Value::Text(text) => text,
            Value::Null => String::new(),
            Value::Map(at) => format!("{:?}", self.maps[at]),
        }
    }

    fn value(&mut self, node: NodeId) -> Value {
        let tree = self.tree;
        let children = tree.children(node).to_vec();
        match tree.kind(node) {
            Kind::String => Value::Text(self.code(node).trim_matches('"').to_owned()),
            Kind::Name => self.names.get(self.code(node)).cloned().unwrap_or(Value::Null),
            Kind::Paren => self.value(children[0]),
            Kind::Binary => {
                let parts: Vec<NodeId> =
                    children.into_iter().filter(|&child| tree.kind(child) != Kind::Op(Operator::Add)).collect();
                Value::Text(parts.into_iter().map(|part| self.text_of(part)).collect())
            }
            Kind::Brace => self.map(&children),
            Kind::Chain => self.chain(&children),
            other => panic!("{other:?} in {}", self.text),
        }
    }

    fn map(&mut self, entries: &[NodeId]) -> Value {
        let mut map = BTreeMap::new();
        for &entry in entries {
            let parts = self.tree.children(entry).to_vec();
            let key = self.text_of(parts[0]);
            map.insert(key, self.text_of(parts[1]));
        }
        self.maps.push(map);
        Value::Map(self.maps.len() - 1)
    }

    fn chain(&mut self, children: &[NodeId]) -> Value {
        let tree = self.tree;
        let word = self.code(children[0]).to_ascii_lowercase();
        let (mut value, from) = match (word.as_str(), tree.kind(children[1])) {
            ("map", Kind::Call) => (self.map(&[]), 2),
            ("invokeurl", Kind::Attributes) => {
                let (mut url, mut method, mut body, mut headers) = (String::new(), "GET".to_owned(), None, None);
                let mut connection = false;
                for &attribute in tree.children(children[1]) {
                    let parts = tree.children(attribute).to_vec();
                    match self.code(parts[0]) {
                        "url" => url = self.text_of(parts[1]),
                        "type" => method = self.code(parts[1]).to_owned(),
                        "parameters" => body = Some(self.value(parts[1])),
                        "headers" => headers = Some(self.value(parts[1])),
                        "connection" => connection = true,
                        other => panic!("{other}"),
                    }
                }
                (self.send(url, method, body, headers, connection), 2)
            }
            ("geturl" | "posturl", Kind::Call) => {
                let arguments = tree.children(children[1]).to_vec();
                let url = self.text_of(arguments[0]);
                let (method, body, headers) = if word == "geturl" {
                    ("GET", None, arguments.get(1).map(|&node| self.value(node)))
                } else {
                    let body = arguments.get(1).map(|&node| self.value(node));
                    ("POST", body, arguments.get(2).map(|&node| self.value(node)))
                };
                (self.send(url, method.to_owned(), body, headers, false), 2)
            }
            (_, Kind::Member) => (self.value(children[0]), 1),
            other => panic!("{other:?}"),
        };
        for pair in children[from..].chunks(2) {
            let method = self.code(tree.children(pair[0])[0]).to_owned();
            let arguments: Vec<NodeId> = tree.children(pair[1]).to_vec();
            value = match (method.as_str(), &value) {
                ("put", Value::Map(at)) => {
                    let at = *at;
                    let (key, value) = (self.text_of(arguments[0]), self.text_of(arguments[1]));
                    self.maps[at].insert(key, value);
                    Value::Null
                }
                ("get", Value::Map(at)) => {
                    let at = *at;
                    let key = self.text_of(arguments[0]);
                    self.maps[at].get(&key).cloned().map_or(Value::Null, Value::Text)
                }
                ("replaceFirst", Value::Text(text)) => {
                    Value::Text(text.replacen(&self.text_of(arguments[0]), &self.text_of(arguments[1]), 1))
                }
                ("concat", Value::Text(text)) => Value::Text(text.clone() + &self.text_of(arguments[0])),
                ("toMap", value) => (*value).clone(),
                // Nothing is in what is not there, or in a text.
                ("get", _) | (_, Value::Null) => Value::Null,
                other => panic!("{other:?}"),
            };
        }
        value
    }

    /// Records a request without its token. Its answer is a map of an access token for those that ask for one.
    fn send(
        &mut self,
        url: String,
        method: String,
        body: Option<Value>,
        headers: Option<Value>,
        connection: bool,
    ) -> Value {
        let (path, query) = url.split_once('?').unwrap_or((&url, ""));
        assert!(!path.contains('&'), "a `&` without `?`: {url}");
        let fields = |value: Option<Value>| match value {
            Some(Value::Map(at)) => self.maps[at].clone(),
            Some(Value::Text(text)) if !text.is_empty() => text
                .split('&')
                .map(|pair| {
                    pair.split_once('=').map_or((pair.to_owned(), String::new()), |(k, v)| (k.into(), v.into()))
                })
                .collect(),
            _ => BTreeMap::new(),
        };
        let (mut fields, mut headers) = (fields(body), fields(headers));
        if url.contains("accounts.zoho.com/oauth/v2/token") {
            assert!(!connection, "a connection in a token request: {url}");
            let offered = fields.remove("refresh_token").unwrap_or_else(|| query.to_owned());
            let answer = [("access_token", format!("for-{offered}")), ("expires_in", "3600".to_owned())];
            self.asked.push(offered);
            self.maps.push(answer.map(|(key, value)| (key.to_owned(), value)).into());
            return Value::Map(self.maps.len() - 1);
        }
        let by_hand = |value: &String| value.starts_with("Zoho-authtoken") || value.starts_with("Zoho-oauthtoken");
        let old = query.contains("authtoken=") || fields.contains_key("authtoken");
        let header = headers.values().find(|value| by_hand(value)).cloned();
        self.authentication.push((header.or(old.then(|| "authtoken".to_owned())), connection));
        fields.retain(|key, _| key != "authtoken");
        headers.retain(|_, value| !by_hand(value));
        self.sent.push(Sent {
            path: path.to_owned(),
            query: query
                .split('&')
                .filter(|pair| !pair.is_empty() && !pair.starts_with("authtoken="))
                .map(str::to_owned)
                .collect(),
            fields,
            headers,
            method,
        });
        Value::Text("answer".to_owned())
    }
}

/// What a text did when it was run.
struct Run {
    sent: Vec<Sent>,
    authentication: Vec<(Option<String>, bool)>,
    asked: Vec<String>,
}

fn run(text: &str, flags: &[bool]) -> Run {
    let tree = parse(text).unwrap();
    assert!(tree.opaque().is_empty(), "not understood: {text}");
    let mut machine = Machine {
        text,
        tree: &tree,
        names: ["tokenparam", "org", "id", "rt", "cs"]
            .map(|name| (name.to_owned(), Value::Text(format!("{name}0"))))
            .into(),
        maps: Vec::new(),
        flags: flags.to_vec(),
        sent: Vec::new(),
        authentication: Vec::new(),
        asked: Vec::new(),
    };
    machine.run(tree.root());
    Run { sent: machine.sent, authentication: machine.authentication, asked: machine.asked }
}

/// A query parameter of the generated code.
#[derive(Clone, Debug)]
enum Part {
    Token,
    Literal(&'static str),
    Joined(&'static str, &'static str),
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        2 => Just(Part::Token),
        1 => prop::sample::select(vec!["a=1", "flag", "b=x"]).prop_map(Part::Literal),
        1 => prop::sample::select(vec![("organization_id", "org"), ("id", "id")]).prop_map(|(k, v)| Part::Joined(k, v)),
    ]
}

/// Operands of a sum: literals and variables; neighbouring literals are joined or not as `split` says.
fn sum(parts: &[Part], first: char, token: &str, split: bool) -> Vec<String> {
    let mut operands: Vec<String> = Vec::new();
    let mut literal = String::new();
    let flush = |literal: &mut String, operands: &mut Vec<String>| {
        if !literal.is_empty() {
            operands.push(format!("\"{}\"", std::mem::take(literal)));
        }
    };
    for (at, part) in parts.iter().enumerate() {
        literal.push(if at == 0 { first } else { '&' });
        if split {
            flush(&mut literal, &mut operands);
        }
        match part {
            Part::Literal(text) => literal.push_str(text),
            Part::Joined(key, variable) => {
                literal.push_str(&format!("{key}="));
                flush(&mut literal, &mut operands);
                operands.push((*variable).to_owned());
            }
            Part::Token => {
                literal.push_str("authtoken=");
                if token.starts_with('"') {
                    literal.push_str(token.trim_matches('"'));
                } else {
                    flush(&mut literal, &mut operands);
                    operands.push(token.to_owned());
                }
            }
        }
    }
    flush(&mut literal, &mut operands);
    operands
}

/// One request with all that leads to it.
fn request() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec!["tok", "tokenparam", "\"fake0prop0token0aaaabbbbccccdddd\""]);
    (prop::collection::vec(part(), 0..5), token, any::<bool>(), 0..7usize, 0..5usize, 0..3usize).prop_map(
        |(parts, token, split, shape, form, extra)| {
            let base = "\"https://desk.zoho.com/api/v1/tickets\"".to_owned();
            let mut before = String::new();
            let url = match shape {
                // In the request itself.
                0 | 1 => [vec![base], sum(&parts, '?', token, split)].concat().join(" + "),
                // The query in a variable.
                2 => {
                    let operands = sum(&parts, '?', token, split);
                    if operands.is_empty() {
                        base
                    } else {
                        before += &format!("q = {};\n", operands.join(" + "));
                        format!("{base} + q")
                    }
                }
                // Everything in a variable, appended to in a second statement.
                3 => {
                    let cut = parts.len() / 2;
                    let head = [vec![base], sum(&parts[..cut], '?', token, split)].concat();
                    before += &format!("u = {};\n", head.join(" + "));
                    let tail = sum(&parts[cut..], if cut == 0 { '?' } else { '&' }, token, split);
                    if !tail.is_empty() {
                        before += &format!("u = u + {};\n", tail.join(" + "));
                    }
                    "u".to_owned()
                }
                // A tail that only one branch has.
                4 => {
                    before += "f = \"\";\nif(c0)\n{\n\tf = \"&page=2\";\n}\n";
                    [vec![base], sum(&[vec![Part::Literal("z=1")], parts].concat(), '?', token, split), vec!["f".to_owned()]]
                        .concat()
                        .join(" + ")
                }
                // Another URL in each branch.
                5 => {
                    let one = [vec![base.clone()], sum(&parts, '?', token, split)].concat().join(" + ");
                    let mut turned = parts;
                    turned.reverse();
                    let two = [vec![base], sum(&turned, '?', token, split)].concat().join(" + ");
                    before += &format!("if(c1)\n{{\n\tw = {one};\n}}\nelse\n{{\n\tw = {two};\n}}\n");
                    "w".to_owned()
                }
                // An append in a branch.
                _ => {
                    let head = [vec![base], sum(&[parts, vec![Part::Token]].concat(), '?', token, split)].concat();
                    before += &format!("u = {};\nif(c2)\n{{\n\tu = u + \"&page=3\";\n}}\n", head.join(" + "));
                    "u".to_owned()
                }
            };
            let map = |token: bool| match (token, extra) {
                (true, 0) => "{\"authtoken\":tok,\"id\":id}".to_owned(),
                (true, _) => "{\"id\":id,\"authtoken\":tok}".to_owned(),
                (false, _) => "{\"id\":id}".to_owned(),
            };
            let call = match form {
                0 => format!("r = getUrl({url});\n"),
                1 => {
                    before += &format!("p = Map();\np.put(\"authtoken\",{token});\n");
                    if extra > 0 {
                        before += "p.put(\"id\",id);\n";
                    }
                    format!("r = postUrl({url},p);\n")
                }
                2 => format!(
                    "r = invokeurl\n[\n\turl :{url}\n\ttype :POST\n\tparameters:{}\n\theaders:{{\"Authorization\":\"Zoho-authtoken \" + tok,\"orgId\":org}}\n];\n",
                    map(extra == 1)
                ),
                3 => format!("r = invokeurl\n[\n\turl :{url}\n\ttype :GET\n];\n"),
                _ => {
                    before += "h = {\"Authorization\":\"Zoho-authtoken \" + tok};\nh.put(\"orgId\",org);\n";
                    format!("r = postUrl({url},{},h);\n", map(extra == 2))
                }
            };
            before + &call
        },
    )
}

/// One request with an access token that the code asks for, in all the shapes that people write.
fn by_hand() -> impl Strategy<Value = String> {
    let shapes = (0..5usize, 0..4usize, 0..5usize, 0..3usize);
    (shapes, prop::sample::select(vec!["", "info ans;\n", "info ans.get(\"expires_in\");\n", "info acc;\n"])).prop_map(
        |((ask, take, header, form), more)| {
            const ASK: &str = "https://accounts.zoho.com/oauth/v2/token";
            let mut text = match ask {
                0 => format!(
                    "ans = invokeurl\n[\n\turl :\"{ASK}\"\n\ttype :POST\n\tparameters:{{\"refresh_token\":rt,\"client_secret\":cs,\"grant_type\":\"refresh_token\"}}\n];\n"
                ),
                1 => format!(
                    "p = Map();\np.put(\"refresh_token\",rt);\np.put(\"client_secret\",cs);\np.put(\"grant_type\",\"refresh_token\");\nans = invokeurl\n[\n\turl :\"{ASK}\"\n\ttype :POST\n\tparameters:p\n];\n"
                ),
                2 => format!("u = \"{ASK}?grant_type=refresh_token&refresh_token=\" + rt;\nans = postUrl(u,Map()).toMap();\n"),
                // Not at every run.
                3 => format!(
                    "if(c0)\n{{\n\tans = postUrl(\"{ASK}?grant_type=refresh_token&client_secret=\" + cs,Map());\n}}\nelse\n{{\n\tans = {{\"access_token\":tokenparam}};\n}}\n"
                ),
                // The same variables as the request before, where there is one.
                _ => String::new(),
            };
            let token = match take {
                0 => "ans.get(\"access_token\")",
                1 => "ans.toMap().get(\"access_token\")",
                _ => {
                    text += "acc = ans.get(\"access_token\");\n";
                    "acc"
                }
            };
            text += more;
            let value = match header {
                0 => format!("\"Zoho-oauthtoken \".concat({token})"),
                _ => format!("\"Zoho-oauthtoken \" + {token}"),
            };
            let headers = match header {
                0 | 1 => format!("{{\"Authorization\":{value},\"orgId\":org}}"),
                2 => format!("{{\"Authorization\":{value}}}"),
                3 => {
                    text += &format!("hd = Map();\nhd.put(\"Authorization\",{value});\n");
                    "hd".to_owned()
                }
                _ => {
                    text += &format!("hd = {{\"orgId\":org}};\nif(c1)\n{{\n\thd.put(\"Authorization\",{value});\n}}\n");
                    "hd".to_owned()
                }
            };
            text + &match form {
                0 => format!("r = getUrl(\"https://desk.zoho.com/api/v1/tickets\",{headers});\n"),
                1 => format!("r = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets/\" + id\n\ttype :GET\n\theaders:{headers}\n];\n"),
                // The answer's own variable gets the next answer.
                _ => format!("ans = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/agents\"\n\ttype :GET\n\theaders:{headers}\n];\n"),
            }
        },
    )
}

/// Some requests, some of them in a branch or a loop.
fn script() -> impl Strategy<Value = String> {
    prop::collection::vec((prop_oneof![request(), by_hand()], 0..4usize), 1..4).prop_map(|requests| {
        let mut text = format!("tok = \"{TOKEN}\";\n");
        for (request, place) in requests {
            match place {
                0 => text += &format!("if(c3)\n{{\n{request}}}\n"),
                1 => text += &format!("for each x in list\n{{\n{request}}}\n"),
                _ => text += &request,
            }
        }
        text
    })
}

/// Whether the comment of a line names the rule about literals. There is one at most: what looks like a second is its text.
fn suppresses_literals(line: &str) -> bool {
    let comment = line.split_once("// authshift-ignore ").map(|(_, comment)| comment);
    let rules = comment.and_then(|comment| comment.split_once(':')).map_or("", |(rules, _)| rules);
    rules.split(", ").any(|rule| rule == "hardcoded-authtoken")
}

/// One for all cases: what it knows of the folder takes a walk through it.
fn project() -> &'static Arc<Project> {
    static PROJECT: OnceLock<Arc<Project>> = OnceLock::new();
    PROJECT.get_or_init(Arc::default)
}

fn check(text: &str, level: Applicability) -> Result<(), TestCaseError> {
    let config = Config::parse("authshift.toml".as_ref(), "default-connection = \"link\"").unwrap();
    let fixed = fix(&Source::new("a.deluge", text), Format::Deluge, &config, project(), level)
        .map_err(|problem| TestCaseError::fail(format!("{problem}\n{text}")))?;
    let Some((after, left)) = fixed.after else { return Ok(()) };
    let (was, is) = (fixed.before.suppressed, left.suppressed);
    // A literal that no request sends any more is not known to be a token; it stays all the same.
    let may_end = text.lines().any(suppresses_literals);
    prop_assert!(is == was || (is < was && may_end), "what is suppressed changes\n{}\n---\n{}", text, after);
    for line in text.lines().filter(|line| line.starts_with("tok =") && suppresses_literals(line)) {
        prop_assert!(after.contains(line), "a suppressed literal goes\n{}\n---\n{}", text, after);
    }
    for flags in 0..16u32 {
        let flags: Vec<bool> = (0..4).map(|bit| flags & (1 << bit) != 0).collect();
        let (old, new) = (run(text, &flags), run(&after, &flags));
        prop_assert_eq!(&old.sent, &new.sent, "with {:?}\n{}\n---\n{}", flags, text, after);
        for ((token, had), (still, connection)) in old.authentication.iter().zip(&new.authentication) {
            let was = token.is_some();
            prop_assert!(!had && (!connection || still.is_none()), "a token beside a connection\n{}", after);
            // A header that only one branch puts in goes for both.
            prop_assert!(!was || *connection == still.is_none(), "a connection where no token went\n{}", after);
            prop_assert!(!*connection || level == Applicability::Unsafe || was || text.contains("if(c1)"), "{}", after);
            prop_assert!(
                still.is_none() || left.findings.len() + left.suppressed > 0,
                "a token that is not reported\n{}",
                after
            );
            prop_assert!(still.is_none() || still == token, "another token is sent\n{}\n---\n{}", text, after);
        }
        let mut asked = old.asked.iter();
        let kept = new.asked.iter().all(|one| asked.any(|other| other == one));
        prop_assert!(kept, "other access tokens are asked for\n{}\n---\n{}", text, after);
    }
    prop_assert!(!after.contains("?&") || level == Applicability::Unsafe, "`?&` in\n{}", after);
    prop_assert!(!after.contains("\"\" +") && !after.contains("+ \"\""), "a left-over `\"\"` in\n{}", after);
    let again = fix(&Source::new("a.deluge", after.as_str()), Format::Deluge, &config, project(), level)
        .map_err(|problem| TestCaseError::fail(problem.to_string()))?;
    prop_assert!(again.after.is_none(), "a second run changes\n{}", after);
    Ok(())
}

/// Answers the question for each change; whatever the answers, the requests stay the same after each, and when all are yes,
/// the text is what `fix` makes of it.
fn one_by_one(text: &str, config: &str, level: Applicability, answers: &[bool]) -> Result<(), TestCaseError> {
    let config = Arc::new(Config::parse("authshift.toml".as_ref(), config).unwrap());
    let fails = |problem: authshift::fix::Problem| TestCaseError::fail(format!("{problem}\n{text}"));
    let source = Source::new("a.deluge", text);
    let fixed = |source: &Source| {
        let fixed = fix(source, Format::Deluge, &config, project(), level).map_err(fails)?;
        Ok::<_, TestCaseError>(fixed.after.map_or(source.text().to_owned(), |(text, _)| text))
    };
    let expected = fixed(&source)?;
    let mut session = Session::new(&source, Format::Deluge, Arc::clone(&config), Arc::clone(project()), level, false);
    let mut asked = 0;
    let mut all = true;
    while let Some(change) = session.next_change().map_err(fails)? {
        let yes = answers[asked % answers.len()];
        asked += 1;
        all &= yes;
        let before = session.source().text();
        prop_assert!(asked < 100 && change.place.0 == asked && change.place.1 >= asked, "{:?}\n{}", change.place, text);
        prop_assert!(!change.findings.is_empty(), "a change for nothing\n{}\n---\n{}", before, change.text);
        if yes {
            session.accept(change);
            same_requests(text, session.source().text(), (level == Applicability::Unsafe).then_some(&expected))?;
        } else {
            session.decline(change);
        }
    }
    if all {
        prop_assert_eq!(session.source().text(), expected);
        return Ok(());
    }
    // Whatever was answered, a run of `fix` goes on from there.
    let after = fixed(session.source())?;
    prop_assert_eq!(unnamed(&after), unnamed(&expected), "{}\n---\n{}", text, session.source().text());
    session.accept_rest().map_err(fails)?;
    prop_assert!(session.next_change().map_err(fails)?.is_none(), "something is left of\n{}", text);
    Ok(())
}

/// Whether both texts send the same, but for tokens and for addresses that moved. Where the `whole` migration sends another
/// thing, by an assumption about the order of calls, its parts may as well.
fn same_requests(text: &str, after: &str, whole: Option<&String>) -> Result<(), TestCaseError> {
    for flags in 0..16u32 {
        let flags: Vec<bool> = (0..4).map(|bit| flags & (1 << bit) != 0).collect();
        let at_new = |sent: &[Sent]| -> Vec<Sent> {
            let moved = |sent: &Sent| {
                let path = at_new_address(&sent.path).unwrap_or_else(|| sent.path.clone());
                Sent { path, ..sent.clone() }
            };
            sent.iter().map(moved).collect()
        };
        let (old, new) = (run(text, &flags), run(after, &flags));
        if whole.is_some_and(|whole| at_new(&run(whole, &flags).sent) != at_new(&old.sent)) {
            continue;
        }
        prop_assert_eq!(at_new(&old.sent), at_new(&new.sent), "with {:?}\n{}\n---\n{}", flags, text, after);
        for ((token, had), (still, connection)) in old.authentication.iter().zip(&new.authentication) {
            prop_assert!(still.is_none() || still == token, "another token is sent\n{}\n---\n{}", text, after);
            prop_assert!(still.is_none() || connection == had, "a token beside a connection\n{}", after);
        }
    }
    Ok(())
}

/// The text without the numbers of new variables, which are given in the order of the changes.
fn unnamed(text: &str) -> String {
    let mut parts = text.split("response");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "response" + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// Requests inside of other statements, and of other requests.
fn nested() -> impl Strategy<Value = String> {
    let call = |inner: bool| {
        let argument = if inner { 0..4usize } else { 0..1 };
        (0..3usize, argument, any::<bool>()).prop_map(|(form, argument, token)| {
            let token = if token { "&authtoken=\" + tok" } else { "\"" };
            let argument = match argument {
                1 => " + getUrl(\"https://desk.zoho.com/api/v1/b?authtoken=\" + tok).get(\"n\") + \"",
                2 => " + invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/c?authtoken=\" + tok\n\ttype :GET\n].get(\"n\") + \"",
                3 => " + id + \"",
                _ => "",
            };
            let url = match argument {
                "" => format!("\"https://desk.zoho.com/api/v1/a?x=1{token}"),
                _ => format!("\"https://desk.zoho.com/api/v1/a?x=\"{argument}{token}"),
            };
            match form {
                0 => format!("getUrl({url}).get(\"k\")"),
                1 => format!("invokeurl\n[\n\turl :{url}\n\ttype :GET\n].get(\"k\")"),
                _ => format!("postUrl({url},Map()).get(\"k\")"),
            }
        })
    };
    let statement = (call(true), prop::option::of(call(false)), any::<bool>()).prop_map(|(one, two, info)| {
        let start = if info { "info " } else { "r = " };
        match two {
            Some(two) => format!("{start}{one} + {two};\n"),
            None => format!("{start}{one};\n"),
        }
    });
    prop::collection::vec((statement, any::<bool>()), 1..4).prop_map(|statements| {
        let mut text = format!("tok = \"{TOKEN}\";\n");
        for (statement, branch) in statements {
            text += &if branch { format!("if(c3)\n{{\n{statement}}}\n") } else { statement };
        }
        text
    })
}

/// A script with comments that suppress something, or nothing, above lines and behind them.
fn suppressing() -> impl Strategy<Value = String> {
    let rules = prop::sample::select(vec![
        "authtoken-in-query",
        "authtoken-in-parameters",
        "authtoken-in-headers",
        "hardcoded-authtoken",
        "authtoken-in-query, hardcoded-authtoken",
    ]);
    let comments = prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), rules), 1..4);
    (script(), comments).prop_map(|(text, comments)| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (at, above, rule) in comments {
            let at = at.index(lines.len());
            let comment = format!("// authshift-ignore {rule}: a reason");
            if above {
                lines.insert(at, comment);
            } else {
                lines[at] = format!("{} {comment}", lines[at]);
            }
        }
        lines.join("\n") + "\n"
    })
}

/// Old addresses with their new ones, and look-alikes.
const HOSTS: [(&str, &str); 5] = [
    ("https://books.zoho.com", "https://www.zohoapis.com"),
    ("https://books.zoho.eu", "https://www.zohoapis.eu"),
    ("https://books.zohocloud.ca", "https://www.zohoapis.ca"),
    ("https://desk.zoho.com", ""),
    ("http://books.zoho.com", ""),
];

/// The new address of a URL in `HOSTS`.
fn at_new_address(url: &str) -> Option<String> {
    let (old, new) = HOSTS.iter().find(|(old, _)| url.starts_with(old))?;
    let rest = url.strip_prefix(old)?.strip_prefix("/api/v3/")?;
    (!new.is_empty()).then(|| format!("{new}/books/v3/{rest}"))
}

/// Requests that share parts of their addresses, and other uses of these parts.
fn addresses() -> impl Strategy<Value = String> {
    let host = || prop::sample::select(HOSTS.map(|(host, _)| host).to_vec());
    let path = || prop::sample::select(vec!["/api/v3/", "/api/v3/", "/api/v3/", "/app/"]);
    let word = prop::sample::select(vec!["com", "eu"]);
    let values = (host(), host(), path(), word, any::<bool>());
    let uses = prop::collection::vec((0..8usize, 0..12usize, path()), 1..5);
    (values, uses).prop_map(|((one, two, part, word, branch), uses)| {
        let mut text = format!("tok = \"{TOKEN}\";\nd = \"{word}\";\np = \"{part}\";\n");
        text += &match branch {
            true => format!("if(c0)\n{{\n\th = \"{one}\";\n}}\nelse\n{{\n\th = \"{two}\";\n}}\n"),
            false => format!("h = \"{one}\";\n"),
        };
        text += "b = (h + p);\nu = b + \"items?a=1\";\nif(c1)\n{\n\tu = u + \"&page=\" + id;\n}\n";
        for (url, kind, path) in uses {
            let url = match url {
                0 => format!("\"{one}{path}items\""),
                1 => format!("h + \"{path}items/\" + id"),
                2 => format!("\"{two}\" + p + \"items\""),
                3 => "b + \"items\"".to_owned(),
                4 => format!("\"https://books.zoho.\" + d + \"{path}\" + d"),
                5 => "h + p".to_owned(),
                _ => "u".to_owned(),
            };
            let connection = "\ttype :GET\n\tconnection:\"link\"\n];\n";
            text += &match kind {
                0 => format!("r = invokeurl\n[\n\turl :{url}\n\ttype :GET\n];\n"),
                1 => format!("r = invokeurl\n[\n\turl :\"{two}/api/v3/\"\n\tparameters:{{\"at\":{url}}}\n{connection}"),
                2 | 3 => format!("r = postUrl({url},{{\"authtoken\":tok,\"id\":id}});\n"),
                4 => format!("info {url};\n"),
                _ => format!("r = invokeurl\n[\n\turl :{url}\n{connection}"),
            };
        }
        text
    })
}

fn check_addresses(text: &str) -> Result<(), TestCaseError> {
    let config = "upgrade-hosts = true\ndefault-connection = \"link\"";
    let config = Config::parse("authshift.toml".as_ref(), config).unwrap();
    let fixed = fix(&Source::new("a.deluge", text), Format::Deluge, &config, project(), Applicability::Safe)
        .map_err(|problem| TestCaseError::fail(format!("{problem}\n{text}")))?;
    let Some((after, left)) = fixed.after else { return Ok(()) };
    let promised = fixed.before.findings.iter().filter(|one| one.rule == Rule::MovedHost && one.fix.is_some());
    let kept = left.findings.iter().filter(|one| one.rule == Rule::MovedHost);
    prop_assert!(promised.count() == 0 || kept.clone().all(|one| one.fix.is_none()), "not done\n{}", after);
    for flags in 0..4u32 {
        let flags: Vec<bool> = (0..2).map(|bit| flags & (1 << bit) != 0).collect();
        let (old, new) = (run(text, &flags), run(&after, &flags));
        prop_assert_eq!(old.sent.len(), new.sent.len());
        for ((was, is), (_, connection)) in old.sent.into_iter().zip(new.sent).zip(new.authentication) {
            let moved = at_new_address(&was.path).filter(|moved| connection && *moved == is.path);
            let expected = Sent { path: moved.unwrap_or(was.path), ..was };
            prop_assert_eq!(expected, is, "with {:?}\n{}\n---\n{}", flags, text, after);
        }
    }
    let again = fix(&Source::new("a.deluge", after.as_str()), Format::Deluge, &config, project(), Applicability::Safe)
        .map_err(|problem| TestCaseError::fail(problem.to_string()))?;
    prop_assert!(again.after.is_none(), "a second run changes\n{}", after);
    Ok(())
}

/// So many cases, always the same, unless the environment asks for others.
fn settings(cases: u32) -> ProptestConfig {
    let asked = |name: &str| std::env::var(format!("AUTHSHIFT_PROPERTIES_{name}")).ok();
    let number = |name: &str, text: String| -> u64 {
        text.parse().unwrap_or_else(|_| panic!("AUTHSHIFT_PROPERTIES_{name} is no number: {text}"))
    };
    let rng_seed = match asked("SEED") {
        Some(word) if word == "random" => RngSeed::Random,
        seed => RngSeed::Fixed(seed.map_or(0, |text| number("SEED", text))),
    };
    let cases = asked("CASES").map_or(cases, |text| number("CASES", text).try_into().unwrap());
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(settings(400))]

    #[test]
    fn safe_fixes_send_the_same_without_the_token(text in script()) {
        check(&text, Applicability::Safe)?;
    }

    #[test]
    fn unsafe_fixes_of_code_that_keeps_its_assumptions_do_too(text in script()) {
        check(&text, Applicability::Unsafe)?;
    }

    #[test]
    fn what_comments_suppress_stays(text in suppressing(), level in prop::sample::select(vec![Applicability::Safe, Applicability::Unsafe])) {
        check(&text, level)?;
    }

    #[test]
    fn addresses_change_to_those_of_the_same_service_and_nothing_else_does(text in addresses()) {
        check_addresses(&text)?;
    }
}

proptest! {
    #![proptest_config(settings(60))]

    #[test]
    fn changes_can_be_made_one_by_one(
        text in prop_oneof![script(), nested(), addresses()],
        level in prop::sample::select(vec![Applicability::Safe, Applicability::Unsafe]),
        answers in prop::collection::vec(any::<bool>(), 1..5),
    ) {
        let config = "upgrade-hosts = true\ndefault-connection = \"link\"";
        one_by_one(&text, config, level, &answers)?;
        one_by_one(&text, config, level, &[true])?;
    }
}

/// What holds of any program and its migration, told by a lexer and a machine that know nothing of the tool.
fn keeps_the_nets(text: &str) -> Result<(), TestCaseError> {
    let config = Config::parse("authshift.toml".as_ref(), "default-connection = \"link\"").unwrap();
    let fixed = |text: &str| {
        fix(&Source::new("a.deluge", text), Format::Deluge, &config, project(), Applicability::Safe)
            .map_err(|problem| TestCaseError::fail(format!("{problem}\n{text}")))
    };
    let fixed_once = fixed(text)?;
    let Some((after, left)) = &fixed_once.after else { return Ok(()) };
    kept::all(text, after)
        .and_then(|()| kept::strings(text, after, &[]))
        .map_err(|(what, detail)| TestCaseError::fail(format!("{what}: {detail}\n{text}\n---\n{after}")))?;
    prop_assert!(fixed(after)?.after.is_none(), "a second run changes\n{}\n---\n{}", text, after);
    let tells = left.findings.len() + left.suppressed > 0;
    does_the_same(text, after, tells)
        .map_err(|(what, detail)| TestCaseError::fail(format!("{what}: {detail}\n{text}\n---\n{after}")))
}

/// Whether both texts do the same on every path, but for tokens and connections. What still sends a token is to be told of.
fn does_the_same(text: &str, after: &str, tells: bool) -> Result<(), kept::Lost> {
    let others = |sent: &[machine::Sent]| -> Vec<String> {
        sent.iter().filter(|sent| !sent.asks()).map(machine::Sent::beside_the_token).collect()
    };
    for flags in 0..16 {
        let (old, new) = (machine::run(text, flags), machine::run(after, flags));
        let (was, is) = (others(&old), others(&new));
        if was != is {
            return Err(("something else is done", format!("with {flags:b}\n{was:#?}\n{is:#?}")));
        }
        for (was, is) in old.iter().filter(|sent| !sent.asks()).zip(new.iter().filter(|sent| !sent.asks())) {
            let what = match (is.connection, was.carries(), is.carries()) {
                (true, _, true) => "a token beside a connection",
                (false, true, false) => "a token goes and nothing comes",
                (false, _, true) if !tells && !is.url.contains("example.com") => "nothing tells of a token",
                _ => continue,
            };
            return Err((what, is.url.clone()));
        }
    }
    Ok(())
}

/// Changes that once were offered as safe, and what is wrong with each.
const BROKEN: &[(&str, &str, &str)] = &[
    (
        "something else is done",
        "org = \"&o=\" + id;\na = getUrl(\"https://a.zoho.com/x?authtoken=\" + tok + org);\nb = getUrl(\"https://a.zoho.com/y?s=1&authtoken=\" + tok + org);",
        "org = \"?o=\" + id;\na = invokeurl [url:\"https://a.zoho.com/x\" + org connection:\"l\"];\nb = invokeurl [url:\"https://a.zoho.com/y?s=1\" + org connection:\"l\"];",
    ),
    (
        "something else is done",
        "x = thisapp.queue.get(\"next\") + getUrl(\"https://a.zoho.com/x?authtoken=\" + tok).get(\"n\");",
        "r = invokeurl [url:\"https://a.zoho.com/x\" connection:\"l\"];\nx = thisapp.queue.get(\"next\") + r.get(\"n\");",
    ),
    (
        "something else is done",
        "h = {\"X-HTTP-Method-Override\":\"PUT\"};\na = postUrl(\"https://a.zoho.com/x?authtoken=\" + tok,m,h);\nb = postUrl(\"https://a.zoho.com/y\",m,h);",
        "h = Map();\na = invokeurl [url:\"https://a.zoho.com/x\" type:PUT parameters:m headers:h connection:\"l\"];\nb = postUrl(\"https://a.zoho.com/y\",m,h);",
    ),
    (
        "something else is done",
        "key = tok;\nkey += \"&o=5\";\na = getUrl(\"https://a.zoho.com/x?authtoken=\" + key);",
        "a = invokeurl [url:\"https://a.zoho.com/x\" connection:\"l\"];",
    ),
    (
        "a token beside a connection",
        "p = Map();\nq = p;\nq.put(\"authtoken\",tok);\na = postUrl(\"https://a.zoho.com/x?authtoken=\" + tok,p);",
        "p = Map();\nq = p;\nq.put(\"authtoken\",tok);\na = invokeurl [url:\"https://a.zoho.com/x\" type:POST parameters:p connection:\"l\"];",
    ),
    (
        "a token goes and nothing comes",
        "a = getUrl(\"https://a.zoho.com/x?authtoken=\" + tok);",
        "a = getUrl(\"https://a.zoho.com/x\");",
    ),
    (
        "nothing tells of a token",
        "a = getUrl(\"https://a.zoho.com/x?authtoken=\" + tok);",
        "a = getUrl(\"https://a.zoho.com/x?authtoken=\" + tok);",
    ),
];

#[test]
fn the_machine_sees_what_it_is_for() {
    for (what, before, after) in BROKEN {
        let seen = does_the_same(before, after, false);
        assert_eq!(seen.map_err(|(what, _)| what), Err(*what), "{before}\n---\n{after}");
    }
    let right = [
        (
            "org = \"&o=\" + id;\na = getUrl(\"https://a.zoho.com/x?authtoken=\" + tok + org);",
            "org = \"&o=\" + id;\na = invokeurl [url:\"https://a.zoho.com/x\" + org.replaceFirst(\"&\",\"?\") connection:\"l\"];",
        ),
        (
            "a = postUrl(\"https://a.zoho.com/x\",m,{\"X-HTTP-Method-Override\":\"PUT\",\"Authorization\":\"Zoho-authtoken \" + tok},false);",
            "a = invokeurl [url:\"https://a.zoho.com/x\" type:PUT parameters:m detailed:true connection:\"l\"];",
        ),
    ];
    for (before, after) in right {
        assert_eq!(does_the_same(before, after, false), Ok(()), "{before}\n---\n{after}");
    }
}

proptest! {
    #![proptest_config(settings(256))]

    #[test]
    fn safe_fixes_keep_the_nets(text in programs::program()) {
        keeps_the_nets(&text)?;
    }
}
