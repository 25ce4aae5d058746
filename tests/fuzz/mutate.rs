//! Mutations of bytes, of lines and of nodes. Everything follows from the seed.

use authshift::deluge::{Kind, Tree, parse};

/// SplitMix64: small, and the same everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 when that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<'t, T: ?Sized>(&mut self, from: &[&'t T]) -> &'t T {
        from[self.below(from.len())]
    }
}

/// What matters to the tool's readers: brackets, quotes, comments, tags, keywords, carriers of tokens, odd white space, and
/// characters that some code uses for itself.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "(", ")", "{", "}", "[", "]", "\"", "'", "\\", "\\\"", "//", "/*", "*/", "\n", "\r", "\r\n", "\t", " ", ";",
    ",", ":", "=", "+", "+=", "==", ".", "&", "?", "#", "<", ">", "<%", "%>", "<%=", "<%{", "}%>", "<script>",
    "</script>", "<![CDATA[", "]]>", "&quot;", "&amp;", "&#39;", "\\n", "\\u0022", "\u{201C}", "\u{201D}",
    "\u{2018}", "\u{A0}", "\u{FEFF}", "\u{200B}", "\u{85}", "\u{C}", "\u{B}", "\u{2028}", "\u{202E}", "\u{0}",
    "\u{1B}[31m", "\u{F8FE}", "\u{1F600}", "e\u{301}", "0", "1", "-1", "1.5", "\"\"", "x", " /* c */ ", " // c\n", "if(c0) {", "if(a) { ",
    "} else {", "else if (c1)", "else ", "for each x in list {", "for each index i in list", "while(true) {",
    "try {", "} catch (e) {", "return ", "info ", "void automation.f(string authtoken) {", "map f()", "break;",
    "authtoken=", "authtoken", "\"authtoken\"", "AUTHTOKEN=", "auth_token=", "&authtoken=", "?authtoken=",
    "authToken", "Zoho-authtoken ", "\"Zoho-oauthtoken \"", "Authorization", "scope=crmapi", "organization_id=",
    "orgId", "tok", "fake0fuzz0token0aaaabbbbccccdddd", "\"fake0fuzz0token0aaaabbbbccccdddd\"",
    "1000.fake0aaaabbbbccccdddd0000.fake0aaaabbbbccccdddd1111", "client_secret", "refresh_token", "invokeurl [ ",
    "invokeurl\n[\n", "url :", "type :GET", "type: POST", "parameters:", "headers:", "detailed:true", "body:",
    "files:", "connection:\"", "connection:\"desk_old\"", "connection:\"fuzzlink\"", "response-format:", "getUrl(",
    "postUrl(", "putUrl(", "invokeapi [", "invokeUrl(", "openUrl(", ".toMap()", ".get(\"a\")",
    ".put(\"authtoken\",", ".put(", ".concat(", ".toString()", "Map()", "Collection(", "{\"authtoken\":tok}",
    "{\"a\":", "\"https://desk.zoho.com/api/v1/tickets\"",
    "https://crm.zoho.com/crm/private/json/Leads/getRecords", "https://books.zoho.com/api/v3/",
    "https://accounts.zoho.com/oauth/v2/token", "https://example.com/",
    "zoho.crm.getRecords(\"Leads\",\"desk_old\")", "// authshift-ignore",
    "// authshift-ignore authtoken-in-query: because", "/* authshift-ignore hardcoded-authtoken */",
    "application \"a\"", "<zml>", "Content=\"", "on click", "actions", "custom deluge script", "sendmail [ to: ",
    "insert into F [ a = ", "F[ID == 1]", "thisapp.", "connectionLinkName", "CONNECTION.invoke(",
    "\"usedConnections\": [", "\"connectors\"", "null", "true", ",,", "((((", "]]]]", "{{{{",
];

/// A text made of `text`, with pieces of `other`.
pub fn mutated(random: &mut Random, text: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    let mut times = 1;
    while times < 12 && !random.once_in(2) {
        times += 1;
    }
    for _ in 0..times {
        match random.below(12) {
            0..=4 => bytewise(random, &mut bytes, other),
            5..=7 => linewise(random, &mut bytes, other),
            _ => nodewise(random, &mut bytes, other),
        }
        bytes.truncate(64 * 1024);
    }
    if random.once_in(12) {
        everywhere(random, &mut bytes);
    }
    bytes
}

/// A place in the text: nearly always between characters.
fn place(random: &mut Random, bytes: &[u8]) -> usize {
    let at = random.below(bytes.len() + 1);
    if random.once_in(40) { at } else { boundary(bytes, at) }
}

/// The first place from `at` on where a character can begin.
pub fn boundary(bytes: &[u8], at: usize) -> usize {
    (at..bytes.len()).find(|&at| bytes[at] & 0xC0 != 0x80).unwrap_or(bytes.len())
}

/// A stretch of at most `most` bytes.
fn stretch(random: &mut Random, bytes: &[u8], most: usize) -> std::ops::Range<usize> {
    let start = place(random, bytes);
    let length = random.below(most + 1);
    start..boundary(bytes, (start + length).min(bytes.len())).max(start)
}

fn bytewise(random: &mut Random, bytes: &mut Vec<u8>, other: &[u8]) {
    let size = if random.once_in(4) { bytes.len() } else { 24 };
    match random.below(9) {
        0 if !bytes.is_empty() => {
            let at = random.below(bytes.len());
            let bits = if random.once_in(20) { 8 } else { 5 };
            bytes[at] ^= 1 << random.below(bits);
        }
        1 => drop(bytes.drain(stretch(random, bytes, size))),
        2 => {
            let range = stretch(random, bytes, size);
            let copy = bytes[range.clone()].to_vec();
            insert(bytes, range.end, &copy);
        }
        3 => {
            let range = stretch(random, bytes, size);
            let moved: Vec<u8> = bytes.drain(range).collect();
            let at = place(random, bytes);
            insert(bytes, at, &moved);
        }
        4 => {
            let range = stretch(random, other, size.max(40));
            let at = place(random, bytes);
            insert(bytes, at, &other[range]);
        }
        5 => {
            let (own, from) = (place(random, bytes), place(random, other));
            bytes.truncate(own);
            bytes.extend_from_slice(&other[from..]);
        }
        6 => {
            let range = stretch(random, bytes, 12);
            let word = random.pick(WORDS);
            bytes.splice(range, word.bytes());
        }
        _ => {
            let at = place(random, bytes);
            insert(bytes, at, random.pick(WORDS).as_bytes());
        }
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    bytes.splice(at..at, new.iter().copied());
}

fn linewise(random: &mut Random, bytes: &mut Vec<u8>, other: &[u8]) {
    let split = |bytes: &[u8]| bytes.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (mut lines, others) = (split(bytes), split(other));
    let (from, to) = (random.below(lines.len()), random.below(lines.len()));
    if lines.is_empty() {
        return;
    }
    match random.below(6) {
        0 => drop(lines.remove(from)),
        1 => lines.swap(from, to),
        2 => lines.insert(to, lines[from].clone()),
        3 if !others.is_empty() => lines.insert(to, others[random.below(others.len())].clone()),
        4 => {
            let (open, close) = *[
                ("if(c0)\n{\n", "}\n"),
                ("for each x in list {\n", "}\n"),
                ("try {\n", "} catch (e) { }\n"),
                ("/*\n", "*/\n"),
                ("info (", ");\n"),
                ("void f() {\n", "}\n"),
                ("<%{\n", "}%>\n"),
                ("else if (c1) {", "}"),
            ]
            .get(random.below(8))
            .unwrap();
            let (first, last) = (from.min(to), from.max(to));
            lines.insert(last + 1, close.into());
            lines.insert(first, open.into());
        }
        _ => rename(random, &mut lines),
    }
    *bytes = lines.concat();
}

/// Puts a word of the text in place of another one, once or everywhere: another variable, another key.
fn rename(random: &mut Random, lines: &mut Vec<Vec<u8>>) {
    let text = lines.concat();
    let words = words(&text);
    if words.is_empty() {
        return;
    }
    let (from, to) = (words[random.below(words.len())].clone(), words[random.below(words.len())].clone());
    let everywhere = random.once_in(2);
    let mut result = Vec::new();
    let mut done = 0;
    for word in &words {
        if (everywhere && text[word.clone()] == text[from.clone()]) || *word == from {
            result.extend_from_slice(&text[done..word.start]);
            result.extend_from_slice(&text[to.clone()]);
            done = word.end;
        }
    }
    result.extend_from_slice(&text[done..]);
    *lines = vec![result];
}

fn words(text: &[u8]) -> Vec<std::ops::Range<usize>> {
    let is_word = |at: usize| text.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let starts = (0..text.len()).filter(|&at| is_word(at) && !(at > 0 && is_word(at - 1)));
    starts.map(|start| start..(start..).find(|&at| !is_word(at)).unwrap_or(text.len())).collect()
}

/// Removes, repeats, exchanges or replaces what the grammar takes for a unit.
fn nodewise(random: &mut Random, bytes: &mut Vec<u8>, other: &[u8]) {
    let Ok(text) = String::from_utf8(bytes.clone()) else { return };
    let Ok(tree) = parse(&text) else { return };
    let (one, range) = node(random, &tree, None);
    match random.below(6) {
        0 => drop(bytes.drain(range)),
        1 => {
            let copy = bytes[range.clone()].to_vec();
            insert(bytes, range.end, &copy);
        }
        2 | 3 => {
            let (_, second) = node(random, &tree, Some(one));
            let copy = text[second].as_bytes().to_vec();
            bytes.splice(range, copy);
        }
        _ => {
            let Ok(other) = std::str::from_utf8(other) else { return };
            let Ok(tree) = parse(other) else { return };
            let kind = Some(one).filter(|_| !random.once_in(4));
            let (_, second) = node(random, &tree, kind);
            bytes.splice(range, other[second].bytes());
        }
    }
}

/// A node below the root, of `kind` if there is one; the root when there is no other.
fn node(random: &mut Random, tree: &Tree, kind: Option<Kind>) -> (Kind, std::ops::Range<usize>) {
    let all: Vec<_> = tree.descendants(tree.root()).skip(1).collect();
    let same: Vec<_> = all.iter().copied().filter(|&node| Some(tree.kind(node)) == kind).collect();
    let from = if same.is_empty() { &all } else { &same };
    let node = from.get(random.below(from.len())).copied().unwrap_or_else(|| tree.root());
    let range = tree.range(node);
    (tree.kind(node), range.start()..range.end())
}

/// What concerns the whole text: its line endings, its end, its beginning, its spaces.
fn everywhere(random: &mut Random, bytes: &mut Vec<u8>) {
    let Ok(text) = String::from_utf8(std::mem::take(bytes)) else { return };
    let unix = || text.replace("\r\n", "\n");
    *bytes = match random.below(9) {
        0 => unix().replace('\n', "\r\n"),
        1 => unix().replace('\n', "\r"),
        2 => unix().replacen('\n', "\r\n", 3),
        3 => format!("\u{FEFF}{text}"),
        4 => text.trim_end().to_owned(),
        5 => text.replace(' ', "\u{A0}"),
        6 => unix().replace('\n', " "),
        7 => text.replace('"', "\u{201D}"),
        _ => text.repeat(2),
    }
    .into_bytes();
}
