//! Runs code by the tests' own lexer, and records what each request sends and which functions are called: the part of Deluge that [`crate::programs`] writes,
//! and what the tool makes of it. It knows nothing of the tool.

use std::collections::BTreeMap;

use crate::support::lexer::{Piece, Sort, brackets, code};

/// A value; what cannot be known is a text that tells what it is.
#[derive(Clone, PartialEq, Debug)]
enum Value {
    Text(String),
    /// A map or a list, by its number: two names may be of one.
    Map(usize),
}

/// What a request sends, with its token; or a call of somebody's function, with its arguments.
#[derive(Clone, PartialEq, Debug)]
pub struct Sent {
    pub method: String,
    pub url: String,
    pub body: String,
    pub headers: String,
    pub detailed: String,
    pub connection: bool,
    /// Entries of the body and of the headers, where these are maps.
    fields: BTreeMap<String, String>,
    header_fields: BTreeMap<String, String>,
}

/// Names that carry a token.
fn is_name(name: &str) -> bool {
    matches!(name.trim().to_ascii_lowercase().as_str(), "authtoken" | "auth_token")
}

fn is_scheme(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    lower.starts_with("zoho-authtoken") || lower.starts_with("zoho-oauthtoken")
}

/// A URL, a form text or a JSON text without the token; `?` and `&` as they have to be then.
fn without_token(text: &str) -> String {
    if text.starts_with('{') {
        let members = text.trim_matches(['{', '}']).split(',');
        let kept: Vec<&str> = members.filter(|member| !is_name(member.split('"').nth(1).unwrap_or(""))).collect();
        return if kept == [""] || kept.is_empty() { String::new() } else { format!("{{{}}}", kept.join(",")) };
    }
    let (path, query) = text.split_once('?').map_or((None, text), |(path, query)| (Some(path), query));
    let is_token = |pair: &&str| is_name(pair.split('=').next().unwrap());
    if !query.split('&').any(|pair| is_token(&pair)) {
        return text.to_owned();
    }
    let kept = query.split('&').filter(|pair| !is_token(pair)).collect::<Vec<_>>().join("&");
    match path {
        Some(path) if kept.is_empty() => path.to_owned(),
        Some(path) => format!("{path}?{kept}"),
        None => kept,
    }
}

impl Sent {
    /// A call of somebody's function, which may do anything.
    fn call(what: &str) -> Self {
        Self {
            method: "call".to_owned(),
            url: what.to_owned(),
            body: String::new(),
            headers: String::new(),
            detailed: String::new(),
            connection: false,
            fields: BTreeMap::new(),
            header_fields: BTreeMap::new(),
        }
    }

    /// Whether it sends a token, as far as that can be seen.
    pub fn carries(&self) -> bool {
        if self.is_call() {
            return false;
        }
        let of_text = |text: &String| text != "{}" && without_token(text) != *text;
        let of_map = self.fields.keys().any(|key| is_name(key));
        of_text(&self.url) || of_text(&self.body) || of_map || self.header_fields.values().any(|value| is_scheme(value))
    }

    /// Whether it asks for an access token.
    pub fn asks(&self) -> bool {
        self.url.contains("/oauth/v2/token")
    }

    fn is_call(&self) -> bool {
        self.method == "call"
    }

    /// What it sends beside its token, in a form that compares whatever the form of the request.
    pub fn beside_the_token(&self) -> String {
        if self.is_call() {
            return self.url.clone();
        }
        let fields: BTreeMap<_, _> = self.fields.iter().filter(|(key, _)| !is_name(key)).collect();
        let mut headers = self.header_fields.clone();
        headers.retain(|_, value| !is_scheme(value));
        let asked = headers.keys().find(|key| key.eq_ignore_ascii_case("X-HTTP-Method-Override")).cloned();
        let asked = asked.and_then(|key| headers.remove(&key)).filter(|_| self.method == "POST");
        let method = asked.unwrap_or_else(|| self.method.clone());
        let body = if self.fields.is_empty() { without_token(&self.body) } else { String::new() };
        format!("{method} {} {body} {fields:?} {headers:?} {}", without_token(&self.url), self.detailed)
    }
}

/// What `text` sends when the choices fall as the bits of `flags` say. Every loop runs twice.
///
/// # Panics
/// At code that the machine does not know.
pub fn run(text: &str, flags: u32) -> Vec<Sent> {
    let code = code(text);
    let partner = brackets(&code);
    let mut machine =
        Machine { code: &code, partner, at: 0, flags, names: BTreeMap::new(), maps: Vec::new(), sent: Vec::new() };
    match code.iter().position(|piece| piece.is("{")) {
        Some(body) if code[0].is_word("void") => {
            machine.at = body;
            machine.braces(1);
        }
        _ => machine.block(code.len()),
    }
    machine.sent
}

struct Machine<'t> {
    code: &'t [Piece<'t>],
    partner: Vec<Option<usize>>,
    at: usize,
    flags: u32,
    names: BTreeMap<String, Value>,
    maps: Vec<Vec<(String, String)>>,
    sent: Vec<Sent>,
}

impl<'t> Machine<'t> {
    fn peek(&self, ahead: usize) -> Option<&'t Piece<'t>> {
        self.code.get(self.at + ahead)
    }

    fn is(&self, ahead: usize, mark: &str) -> bool {
        self.peek(ahead).is_some_and(|piece| piece.is(mark))
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        self.peek(ahead).is_some_and(|piece| piece.is_word(word))
    }

    fn take(&mut self) -> &'t Piece<'t> {
        self.at += 1;
        self.code.get(self.at - 1).expect("the code goes on")
    }

    fn expect(&mut self, mark: &str) {
        let piece = self.take();
        assert!(piece.is(mark), "{mark:?} was expected at {}, not {:?}", piece.at, piece.text);
    }

    fn accept(&mut self, mark: &str) -> bool {
        let found = self.is(0, mark);
        self.at += usize::from(found);
        found
    }

    /// The flag of a condition: that of `c1`, or one by the texts of it.
    fn flag(&self, condition: &str) -> bool {
        let digit = condition.find(|c: char| c.is_ascii_digit()).map_or(0, |at| condition.as_bytes()[at] - b'0');
        self.flags >> (digit % 4) & 1 == 1
    }

    fn block(&mut self, end: usize) {
        while self.at < end {
            self.statement();
        }
    }

    /// The block in braces that comes next, `times` times.
    fn braces(&mut self, times: usize) {
        assert!(self.is(0, "{"), "a block was expected");
        let (start, end) = (self.at + 1, self.partner[self.at].expect("the block is closed"));
        for _ in 0..times {
            self.at = start;
            self.block(end);
        }
        self.at = end + 1;
    }

    fn condition(&mut self) -> bool {
        self.expect("(");
        let value = self.expression();
        self.expect(")");
        let text = self.text_of(&value);
        self.flag(&text)
    }

    fn statement(&mut self) {
        if self.accept(";") {
        } else if self.is_word(0, "if") && self.is(1, "(") {
            self.branch();
        } else if self.is_word(0, "for") && self.is_word(1, "each") {
            self.at += 2;
            let name = self.take().text.to_owned();
            self.take();
            let source = self.expression();
            let item = format!("<item of {}>", self.text_of(&source));
            self.names.insert(name, Value::Text(item));
            self.braces(2);
        } else if self.is_word(0, "try") {
            self.take();
            self.braces(1);
            self.take();
            self.expect("(");
            self.take();
            self.expect(")");
            self.braces(0);
        } else if self.is_word(0, "info") {
            self.take();
            self.expression();
            self.accept(";");
        } else if self.peek(0).is_some_and(|piece| piece.sort == Sort::Word) && (self.is(1, "=") || self.is(1, "+=")) {
            let name = self.take().text.to_owned();
            let adds = self.take().is("+=");
            let mut value = self.expression();
            if adds {
                let old = self.name(&name);
                value = Value::Text(self.text_of(&old) + &self.text_of(&value));
            }
            self.names.insert(name, value);
            self.accept(";");
        } else {
            self.expression();
            self.accept(";");
        }
    }

    fn branch(&mut self) {
        self.take();
        let mut open = self.condition();
        self.braces(usize::from(open));
        while self.is_word(0, "else") {
            self.take();
            if self.is_word(0, "if") {
                self.take();
                // What a condition asks is asked only when it comes to it.
                let sent = self.sent.len();
                let holds = self.condition();
                if open {
                    self.sent.truncate(sent);
                }
                self.braces(usize::from(holds && !open));
                open |= holds;
            } else {
                self.braces(usize::from(!open));
            }
        }
    }

    fn name(&self, name: &str) -> Value {
        self.names.get(name).cloned().unwrap_or_else(|| Value::Text(format!("<{name}>")))
    }

    fn text_of(&self, value: &Value) -> String {
        match value {
            Value::Text(text) => text.clone(),
            Value::Map(number) => {
                let entries = self.maps[*number].iter().map(|(key, value)| format!("{key:?}:{value:?}"));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
            }
        }
    }

    fn map(&mut self, entries: Vec<(String, String)>) -> Value {
        self.maps.push(entries);
        Value::Map(self.maps.len() - 1)
    }

    /// Operators have one level here: only `+` of texts matters.
    fn expression(&mut self) -> Value {
        let mut value = self.operand();
        loop {
            let Some(piece) = self.peek(0).filter(|piece| piece.sort == Sort::Mark) else { return value };
            if !["+", "-", "*", "/", "==", "!=", "<", ">", "&&", "||"].contains(&piece.text) {
                return value;
            }
            self.take();
            let right = self.operand();
            let (left, right) = (self.text_of(&value), self.text_of(&right));
            value = Value::Text(if piece.is("+") { left + &right } else { format!("<{left}{}{right}>", piece.text) });
        }
    }

    fn operand(&mut self) -> Value {
        let piece = self.take();
        let mut value = match (piece.sort, piece.text) {
            (Sort::Text, _) => Value::Text(piece.content().replace("\\\"", "\"")),
            (Sort::Number, number) => Value::Text(number.to_owned()),
            (Sort::Mark, "(") => {
                let value = self.expression();
                self.expect(")");
                value
            }
            (Sort::Mark, "!") => self.operand(),
            (Sort::Mark, "{") => self.entries(),
            (Sort::Word, word) if self.is(0, "[") && word.eq_ignore_ascii_case("invokeurl") => self.attributes(),
            (Sort::Word, word) if self.is(0, "(") => self.call(word),
            (Sort::Word, word) => self.name(word),
            _ => panic!("{:?} at {} is not known", piece.text, piece.at),
        };
        while self.is(0, ".") {
            self.take();
            let method = self.take().text;
            value = if self.is(0, "(") {
                self.method(value, method)
            } else {
                Value::Text(format!("<{}.{method}>", self.text_of(&value)))
            };
        }
        value
    }

    /// A map or a list, behind its first bracket.
    fn entries(&mut self) -> Value {
        let mut entries = Vec::new();
        while !self.accept("}") {
            let key = self.expression();
            let key = self.text_of(&key);
            if self.accept(":") {
                let value = self.expression();
                entries.push((key, self.text_of(&value)));
            } else {
                entries.push((key, String::new()));
            }
            self.accept(",");
        }
        self.map(entries)
    }

    fn arguments(&mut self) -> Vec<Value> {
        self.expect("(");
        let mut found = Vec::new();
        while !self.accept(")") {
            found.push(self.expression());
            self.accept(",");
        }
        found
    }

    fn call(&mut self, word: &str) -> Value {
        let arguments = self.arguments();
        let texts: Vec<String> = arguments.iter().map(|value| self.text_of(value)).collect();
        match word.to_ascii_lowercase().as_str() {
            "map" | "list" => self.map(Vec::new()),
            "if" => arguments[if self.flag(&texts[0]) { 1 } else { 2 }].clone(),
            "concat" => Value::Text(texts.concat()),
            method @ ("geturl" | "posturl" | "puturl") => {
                let method = method.trim_end_matches("url");
                let mut more = arguments[1..].to_vec();
                let body = (method != "get").then(|| more.remove(0));
                let simple = more.iter().position(|value| matches!(value, Value::Text(text) if text == "<false>"));
                let detailed = simple.is_some();
                simple.map(|at| more.remove(at));
                let headers = more.first().cloned();
                self.send(&method.to_ascii_uppercase(), texts[0].clone(), body, headers, detailed, false)
            }
            _ => Value::Text(format!("<{word}({})>", texts.join(","))),
        }
    }

    fn attributes(&mut self) -> Value {
        self.expect("[");
        let (mut url, mut method, mut body, mut headers) = (String::new(), "GET".to_owned(), None, None);
        let (mut detailed, mut connection) = (false, false);
        while !self.accept("]") {
            let name = self.take().text;
            self.expect(":");
            let value = self.expression();
            let text = self.text_of(&value);
            match name {
                "url" => url = text,
                "type" => method = text.trim_matches(['<', '>']).to_owned(),
                "parameters" => body = Some(value),
                "headers" => headers = Some(value),
                "detailed" => detailed = text == "<true>",
                "connection" => connection = true,
                other => panic!("the attribute {other:?} is not known"),
            }
        }
        self.send(&method, url, body, headers, detailed, connection)
    }

    fn send(
        &mut self,
        method: &str,
        url: String,
        body: Option<Value>,
        headers: Option<Value>,
        detailed: bool,
        connection: bool,
    ) -> Value {
        let fields = |value: &Option<Value>| match value {
            Some(Value::Map(number)) => self.maps[*number].iter().cloned().collect(),
            _ => BTreeMap::new(),
        };
        let shown = |value: &Option<Value>| match value {
            Some(value @ Value::Text(_)) => self.text_of(value),
            // An empty map is sent as none.
            _ => String::new(),
        };
        let sent = Sent {
            method: method.to_owned(),
            body: shown(&body),
            headers: shown(&headers),
            fields: fields(&body),
            header_fields: fields(&headers),
            detailed: detailed.to_string(),
            connection,
            url,
        };
        let answer = format!("<answer of {}>", without_token(&sent.url));
        self.sent.push(sent);
        Value::Text(answer)
    }

    fn method(&mut self, value: Value, method: &str) -> Value {
        let arguments = self.arguments();
        let texts: Vec<String> = arguments.iter().map(|value| self.text_of(value)).collect();
        match (&value, method) {
            (Value::Map(number), "put" | "putAll" | "add" | "remove" | "clear") => {
                let entries = match (method, arguments.first()) {
                    ("putAll", Some(Value::Map(other))) => self.maps[*other].clone(),
                    ("put", _) => vec![(texts[0].clone(), texts[1].clone())],
                    ("add", _) => vec![(texts[0].clone(), String::new())],
                    _ => Vec::new(),
                };
                let own = &mut self.maps[*number];
                if method == "clear" {
                    own.clear();
                } else if method == "remove" {
                    own.retain(|(key, _)| *key != texts[0]);
                }
                for (key, value) in entries {
                    own.retain(|(other, _)| *other != key || value.is_empty());
                    own.push((key, value));
                }
                Value::Text(String::new())
            }
            (Value::Map(number), "get") => {
                let found = self.maps[*number].iter().find(|(key, _)| *key == texts[0]);
                Value::Text(found.map_or_else(String::new, |(_, value)| value.clone()))
            }
            (Value::Map(number), "toString") if !texts.is_empty() => {
                let keys: Vec<&str> = self.maps[*number].iter().map(|(key, _)| key.as_str()).collect();
                Value::Text(keys.join(&texts[0]))
            }
            (value, "toString" | "trim") => Value::Text(self.text_of(value)),
            (value, "toMap") => value.clone(),
            (value, "concat" | "append") => Value::Text(self.text_of(value) + &texts[0]),
            (value, "replaceFirst") => Value::Text(self.text_of(value).replacen(&texts[0], &texts[1], 1)),
            (value, "replaceAll") => Value::Text(self.text_of(value).replace(&texts[0], &texts[1])),
            (value, _) => {
                let answer = format!("<{}.{method}({})>", self.text_of(value), texts.join(","));
                let receiver = answer.trim_start_matches('<');
                if receiver.starts_with("automation") || receiver.starts_with("thisapp") {
                    self.sent.push(Sent::call(&answer));
                }
                Value::Text(answer)
            }
        }
    }
}
