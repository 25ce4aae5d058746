//! Made-up Deluge functions for the measurements: the same ones for the same seed, on any machine. No text in them is
//! anybody's, and the tokens are fakes.
//!
//! How long they are and what stands in how many of them was counted in 1,386 public functions without a token (7.2 MB): see
//! [`LENGTHS`] and [`SHARES`].

use std::fmt::Write as _;
use std::path::PathBuf;

/// What a generated file has to do with authtokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// A request to Zoho carries a token.
    Hit,
    /// The word stands there, but no token: a remark on what once was, or another vendor's parameter.
    Decoy,
    /// Nothing.
    Plain,
}

/// A file of the tree.
pub struct File {
    /// Below the tree's root.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// What is in it.
    pub role: Role,
}

/// Lengths in bytes: a tenth of all functions lies between one and the next. A thousandth is longer.
const LENGTHS: [usize; 11] = [60, 250, 530, 880, 1300, 1780, 2540, 4020, 6250, 11_040, 48_000];

fn length(dice: &mut Dice) -> usize {
    if dice.one_in(1000) {
        return 150_000;
    }
    let at = dice.below(LENGTHS.len() - 1);
    let between = |at: usize| LENGTHS.get(at).copied().unwrap_or(0);
    let (short, long) = (between(at), between(at + 1));
    // Within the last tenth the short ones are more.
    let steps = if at == 9 { 3 } else { 1 };
    let furthest = (0..steps).map(|_| dice.below(1000)).min().unwrap_or(0);
    short + (long - short) * furthest / 1000
}

/// What stands in a function, beside what stands in every one.
#[derive(Clone, Copy, Default)]
struct Traits {
    /// `invokeurl`, and whether it names a Connection.
    request: bool,
    connection: bool,
    /// `zoho.crm.getRecordById(…)` and the like.
    tasks: bool,
    /// Creator's tasks, links and applications.
    creator: bool,
    comments: bool,
    mail: bool,
    /// Letters outside of ASCII; typographic quotes.
    letters: bool,
    curly: bool,
    /// `application/json`
    json: bool,
    /// A link to a host that an API moved away from.
    moved: bool,
}

/// Of a hundred functions up to so many bytes, how many have each: request, connection, tasks, creator, comments, mail, letters,
/// curly, json, moved.
const SHARES: [(usize, [usize; 10]); 5] = [
    (900, [11, 8, 21, 13, 45, 1, 7, 0, 0, 3]),
    (2500, [24, 20, 46, 23, 83, 8, 24, 8, 4, 7]),
    (6300, [33, 29, 54, 34, 96, 6, 23, 4, 9, 7]),
    (12_000, [42, 38, 66, 55, 99, 11, 22, 2, 8, 8]),
    (usize::MAX, [32, 29, 62, 64, 96, 8, 48, 9, 16, 6]),
];

impl Traits {
    /// What a function of so many bytes has.
    fn drawn(dice: &mut Dice, bytes: usize) -> Self {
        let row = SHARES.iter().find(|(most, _)| bytes <= *most).map(|(_, row)| *row).unwrap_or_default();
        let [request, connection, tasks, creator, comments, mail, letters, curly, json, moved] = row;
        let mut has = |share: usize| dice.below(100) < share;
        let request_too = has(request);
        Self {
            request: request_too,
            // Of those with a request.
            connection: request_too && has(connection * 100 / request.max(1)),
            tasks: has(tasks),
            creator: has(creator),
            comments: has(comments),
            mail: has(mail),
            letters: has(letters),
            curly: has(curly),
            json: has(json),
            moved: has(moved),
        }
    }
}

/// `count` functions of 5 KB on average. With `tokens`, every tenth carries one and every hundredth is a decoy; without,
/// the word stands nowhere.
pub fn files(seed: u64, count: usize, tokens: bool) -> impl Iterator<Item = File> {
    (0..count).map(move |number| {
        let mut dice = Dice::new(seed.wrapping_mul(0x1_0000_0001).wrapping_add(number as u64));
        let role = match number % 100 {
            at if tokens && at % 10 == 3 => Role::Hit,
            57 if tokens => Role::Decoy,
            _ => Role::Plain,
        };
        let bytes = length(&mut dice);
        let product = dice.pick(&["crm", "desk", "books", "creator", "people", "projects"]);
        let path = PathBuf::from(format!("functions/{product}/{:02}/{}{number}.deluge", number % 40, dice.pick(VERBS)));
        File { path, text: function(&mut dice, bytes, role), role }
    })
}

/// One function of about `bytes` bytes.
pub fn function(dice: &mut Dice, bytes: usize, role: Role) -> String {
    let traits = Traits::drawn(dice, bytes);
    let mut writer = Writer { dice, text: String::new(), depth: 0, traits };
    writer.function(bytes, role);
    writer.text
}

/// SplitMix64: small, and the same everywhere.
pub struct Dice(u64);

impl Dice {
    /// Dice that fall in an order of their own for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x5DEE_CE66_D1CE_4E5B)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<'s>(&mut self, words: &[&'s str]) -> &'s str {
        words.get(self.below(words.len())).copied().unwrap_or_default()
    }

    fn token(&mut self) -> String {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let rest = (0..27).map(|_| char::from(LETTERS.get(self.below(36)).copied().unwrap_or(b'0')));
        "fake0".chars().chain(rest).collect()
    }
}

const VERBS: &[&str] =
    &["update", "create", "sync", "notify", "assign", "check", "merge", "export", "schedule", "close"];
const NOUNS: &[&str] = &[
    "ticket", "contact", "deal", "invoice", "account", "order", "payment", "estimate", "task", "lead", "quote",
    "vendor", "item", "shipment", "note", "owner",
];
const MODULES: &[&str] = &["Deals", "Contacts", "Accounts", "Leads", "Quotes", "Sales_Orders", "Tasks", "Vendors"];
const FIELDS: &[&str] = &[
    "id",
    "Name",
    "Email",
    "Phone",
    "Stage",
    "Amount",
    "Owner",
    "Status",
    "Closing_Date",
    "Description",
    "Account_Name",
    "customer_id",
    "line_items",
    "reference_number",
    "cf_external_id",
    "Modified_Time",
    "Billing_City",
    "currency_code",
];
const WORDS: &[&str] = &[
    "the", "record", "is", "not", "found", "for", "this", "customer", "please", "check", "status", "of", "payment",
    "and", "try", "again", "later", "new", "request", "was", "sent", "to", "team", "with", "amount", "in", "total",
    "we", "will", "call", "back", "before", "end", "day", "field", "value", "missing", "from", "form",
];
/// URLs of Zoho's, each with the LinkName of a Connection for it.
const APIS: &[(&str, &str)] = &[
    ("https://desk.zoho.com/api/v1/tickets/", "desk_oauth"),
    ("https://www.zohoapis.com/crm/v7/Deals/", "crm_oauth"),
    ("https://www.zohoapis.com/books/v3/invoices/", "books_oauth"),
    ("https://people.zoho.com/people/api/forms/employee/getRecords", "people_oauth"),
    ("https://projectsapi.zoho.com/restapi/portal/acme/projects/", "projects_oauth"),
    ("https://cliq.zoho.com/api/v2/channelsbyname/alerts/message", "cliq_oauth"),
];

/// A function in the making.
struct Writer<'d> {
    dice: &'d mut Dice,
    text: String,
    depth: usize,
    traits: Traits,
}

impl Writer<'_> {
    fn line(&mut self, text: &str) {
        for _ in 0..self.depth {
            self.text.push('\t');
        }
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn function(&mut self, bytes: usize, role: Role) {
        if self.traits.comments {
            for _ in 0..1 + self.dice.below(6).min(bytes / 200) {
                self.comment();
            }
        }
        self.told_once();
        let header = self.dice.one_in(3);
        if header {
            let kind = self.dice.pick(&["void automation", "string standalone", "map button", "void schedule"]);
            let (verb, noun) = (self.dice.pick(VERBS), self.dice.pick(NOUNS));
            self.line(&format!("{kind}.{verb}{noun}(String {noun}Id, Map details, Int attempt)"));
            self.line("{");
        }
        let at = bytes * (1 + self.dice.below(3)) / 4;
        let mut told = role == Role::Plain;
        loop {
            if !told && self.text.len() >= at {
                match role {
                    Role::Hit => self.token_request(),
                    _ => self.decoy(),
                }
                told = true;
            }
            if self.text.len() >= bytes {
                break;
            }
            self.statement();
        }
        if header {
            self.line("}");
        }
    }

    fn block(&mut self, most: usize) {
        self.line("{");
        self.depth += 1;
        for _ in 0..1 + self.dice.below(most) {
            self.statement();
        }
        self.depth -= 1;
        self.line("}");
    }

    fn statement(&mut self) {
        let deep = self.depth > 3;
        let has = self.traits;
        match self.dice.below(40) {
            0..5 if has.comments => self.comment(),
            12..16 => self.puts(),
            16..18 if has.tasks => self.lookup(),
            18..20 if has.creator => self.creator(),
            20..22 if has.request => self.request(),
            23..26 => self.info(),
            26 if has.mail => self.message(),
            0..=27 => self.assignment(),
            28..35 if !deep => self.branch(),
            35..38 if !deep => self.each(),
            38 if !deep => self.attempt(),
            _ => self.literal(),
        }
    }

    fn name(&mut self) -> String {
        let (noun, tail) =
            (self.dice.pick(NOUNS), self.dice.pick(&["Id", "Map", "List", "Name", "Response", "Total", ""]));
        format!("{noun}{tail}")
    }

    fn prose(&mut self, words: usize) -> String {
        let mut words: Vec<&str> = (0..words).map(|_| self.dice.pick(WORDS)).collect();
        if self.traits.letters && self.dice.one_in(8) {
            words.push(self.dice.pick(&["número", "für", "naïve", "café", "überprüft"]));
        }
        words.join(" ")
    }

    /// What a function is known by stands in it once, however short it is.
    fn told_once(&mut self) {
        let has = self.traits;
        if has.tasks {
            self.lookup();
        }
        if has.creator {
            self.creator();
        }
        if has.request {
            self.request();
        }
        if has.mail {
            self.message();
        }
        if has.letters {
            self.line("info \"número: \" + número;");
        }
        if has.curly {
            let prose = self.prose(6);
            self.line(&format!("info \"{prose} \u{201C}approved\u{201D}\";"));
        }
        if has.json {
            let name = self.name();
            self.line(&format!("{name}.put(\"Content-Type\",\"application/json\");"));
        }
        if has.moved {
            let name = self.name();
            self.line(&format!("{name} = \"https://crm.zoho.com/crm/org12345/tab/Potentials/\" + recordId;"));
        }
    }

    /// What applications of Creator are made of.
    fn creator(&mut self) {
        let (name, noun, field) = (self.name(), self.dice.pick(NOUNS), self.dice.pick(FIELDS));
        let line = match self.dice.below(5) {
            0 => format!(
                "{name} = zoho.creator.getRecords(\"acme\",\"orders\",\"All_{noun}\",\"{field} == 1\",1,200,\"creator_oauth\");"
            ),
            1 => format!(
                "openUrl(\"https://creatorapp.zoho.com/acme/orders/#Report:{noun}?{field}=\" + {name},\"same window\");"
            ),
            2 => format!("{name} = {noun}_Form[{field} == input.{field}].{field};"),
            3 => format!("input.{field} = {name}; // set by the creator of the record"),
            _ => format!("{name} = insert into {noun}_Form [ Added_User=zoho.loginuser {field}=input.{field} ];"),
        };
        self.line(&line);
    }

    fn comment(&mut self) {
        let words = 4 + self.dice.below(12);
        let prose = self.prose(words);
        let comment = if self.dice.one_in(8) { format!("/* {prose} */") } else { format!("// {prose}") };
        self.line(&comment);
    }

    /// A value of one line.
    fn value(&mut self) -> String {
        let name = self.name();
        let field = self.dice.pick(FIELDS);
        match self.dice.below(9) {
            0 => format!("\"{}\"", self.prose(3)),
            1 => format!("{}", self.dice.below(5000)),
            2 => format!("{name}.get(\"{field}\")"),
            3 => format!("{name}.get(\"{field}\").toString().trim()"),
            4 => format!("ifnull({name}.get(\"{field}\"),\"\")"),
            5 => format!("\"{} \" + {name} + \" {}\"", self.prose(2), self.prose(1)),
            6 => format!("({name}.toLong() + {}) * {}", self.dice.below(90), 1 + self.dice.below(9)),
            7 => "zoho.currentdate.toString(\"yyyy-MM-dd\")".to_owned(),
            _ => format!("{name}.getJSON(\"{field}\").subString(0,{})", 1 + self.dice.below(40)),
        }
    }

    fn assignment(&mut self) {
        let (name, value) = (self.name(), self.value());
        self.line(&format!("{name} = {value};"));
    }

    fn puts(&mut self) {
        let name = self.name();
        self.line(&format!("{name} = Map();"));
        for _ in 0..2 + self.dice.below(6) {
            let (field, value) = (self.dice.pick(FIELDS), self.value());
            self.line(&format!("{name}.put(\"{field}\",{value});"));
        }
    }

    fn lookup(&mut self) {
        let (name, id, module) = (self.name(), self.name(), self.dice.pick(MODULES));
        let line = match self.dice.below(4) {
            0 => format!("{name} = zoho.crm.getRecordById(\"{module}\",{id}.toLong());"),
            1 => {
                format!("{name} = zoho.crm.searchRecords(\"{module}\",\"(Account_Name:equals:\" + {id} + \")\",1,200);")
            }
            2 => format!("{name} = zoho.books.getRecordsByID(\"{module}\",organizationId,{id},\"books_oauth\");"),
            _ => format!("{name} = zoho.crm.updateRecord(\"{module}\",{id},{{\"Stage\":\"Closed\",\"Amount\":{id}}});"),
        };
        self.line(&line);
    }

    fn request(&mut self) {
        let (name, id) = (self.name(), self.name());
        let (url, link) = APIS.get(self.dice.below(APIS.len())).copied().unwrap_or_default();
        let other = !self.traits.connection || self.dice.one_in(150);
        self.line(&format!("{name} = invokeurl"));
        self.line("[");
        if other {
            self.line(&format!("\turl :\"https://api.example.com/v2/messages?to=\" + {id}"));
        } else {
            self.line(&format!("\turl :\"{url}\" + {id} + \"?include=all&page=\" + page"));
        }
        let method = self.dice.pick(&["GET", "POST", "PUT"]);
        self.line(&format!("\ttype :{method}"));
        if method != "GET" {
            let map = self.name();
            self.line(&format!("\tparameters:{map}.toString()"));
        }
        if other {
            if self.dice.one_in(12) {
                self.line("\theaders:{\"Authorization\":\"Bearer \" + vendorKey}");
            }
        } else {
            self.line(&format!("\tconnection:\"{link}\""));
        }
        self.line("];");
    }

    fn info(&mut self) {
        let (name, words) = (self.name(), self.prose(4));
        self.line(&format!("info \"{words}: \" + {name};"));
    }

    fn message(&mut self) {
        let (name, words) = (self.name(), 20 + self.dice.below(30));
        let (prose, subject) = (self.prose(words), self.prose(5));
        let quoted = if self.traits.curly { "\u{201C}approved\u{201D}" } else { "approved" };
        self.line("sendmail");
        self.line("[");
        self.line("\tfrom :zoho.adminuserid");
        self.line("\tto :ownerEmail");
        self.line(&format!("\tsubject :\"{subject} \" + {name}"));
        self.line(&format!("\tmessage :\"<div>Hello,<br><br>{prose}: {quoted}.<br>\" + {name} + \"</div>\""));
        self.line("]");
    }

    fn condition(&mut self) -> String {
        let (one, other) = (self.name(), self.name());
        match self.dice.below(4) {
            0 => format!("{one} != null && {one} != \"\""),
            1 => format!("{one}.get(\"status\") == \"success\" || {other} > {}", self.dice.below(100)),
            2 => format!("!{one}.isEmpty()"),
            _ => format!("{one}.size() > 0 && {other}.containKey(\"{}\")", self.dice.pick(FIELDS)),
        }
    }

    fn branch(&mut self) {
        let condition = self.condition();
        self.line(&format!("if({condition})"));
        self.block(4);
        if self.dice.one_in(4) {
            let condition = self.condition();
            self.line(&format!("else if({condition})"));
            self.block(3);
        }
        if self.dice.one_in(3) {
            self.line("else");
            self.block(3);
        }
    }

    fn each(&mut self) {
        let (list, field) = (self.name(), self.dice.pick(FIELDS));
        self.line(&format!("for each  rec in {list}.get(\"{field}\").toJSONList()"));
        self.block(5);
    }

    fn attempt(&mut self) {
        self.line("try");
        self.block(4);
        self.line("catch (e)");
        self.block(2);
    }

    fn literal(&mut self) {
        let name = self.name();
        let mut text = format!("{name} = {{");
        for at in 0..2 + self.dice.below(5) {
            let separator = if at > 0 { "," } else { "" };
            let (field, value) = (self.dice.pick(FIELDS), self.value());
            let _ = write!(text, "{separator}\"{field}\":{value}");
        }
        self.line(&format!("{text}}};"));
        if self.dice.one_in(3) {
            let (one, other) = (self.prose(2), self.prose(2));
            self.line(&format!("options = {{\"{one}\",\"{other}\",\"\"}};"));
        }
    }

    /// A request that sends a token, in the shapes that are met and about as often.
    fn token_request(&mut self) {
        let token = self.dice.token();
        let (id, name) = (self.name(), self.dice.pick(&["authtoken", "token", "key", "zohoAuth"]));
        match self.dice.below(8) {
            0 | 1 => {
                self.line(&format!("{name} = \"{token}\";"));
                self.line(&format!(
                    "answer = getUrl(\"https://books.zoho.com/api/v3/invoices?authtoken=\" + {name} + \"&organization_id=\" + {id});"
                ));
                self.line("info answer.toMap().get(\"code\");");
            }
            2 | 3 => {
                self.line(&format!("{name} = \"{token}\";"));
                self.line("answer = invokeurl");
                self.line("[");
                self.line(&format!(
                    "\turl :\"https://desk.zoho.com/api/v1/tickets/\" + {id} + \"?authtoken=\" + {name} + \"&include=team\""
                ));
                self.line("\ttype :GET");
                self.line("];");
            }
            4 => {
                self.line("params = Map();");
                self.line(&format!("params.put(\"authtoken\",\"{token}\");"));
                self.line(&format!("params.put(\"customer_id\",{id});"));
                self.line("answer = postUrl(\"https://subscriptions.zoho.com/api/v1/subscriptions\",params);");
            }
            5 => self.line(&format!(
                "answer = getUrl(\"https://desk.zoho.com/api/v1/contacts?limit=50&authtoken={token}\").toMap();"
            )),
            6 => {
                self.line(&format!("headerMap = {{\"Authorization\":\"Zoho-authtoken {token}\",\"orgId\":orgId}};"));
                self.line("answer = invokeurl");
                self.line("[");
                self.line(&format!("\turl :\"https://desk.zoho.com/api/v1/tickets/\" + {id}"));
                self.line("\ttype :PATCH");
                self.line("\tparameters:{\"status\":\"Closed\"}.toString()");
                self.line("\theaders:headerMap");
                self.line("];");
            }
            _ => {
                self.line(&format!("url = \"https://people.zoho.com/people/api/leave/getLeaveTypes?userId=\" + {id};"));
                self.line(&format!("url = url + \"&authtoken={token}\";"));
                self.line("answer = postUrl(url,Map());");
            }
        }
    }

    fn decoy(&mut self) {
        match self.dice.below(2) {
            0 => self.line("// the old API took an authtoken; since March the Connection is used"),
            _ => self.line("reply = getUrl(\"https://sms.example.com/send?authtoken=\" + smsKey + \"&to=\" + phone);"),
        }
    }
}
