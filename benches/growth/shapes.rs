//! The shapes: what is large in a file, or deep.

pub const CONFIG: &str =
    "default-connection = \"zoho_oauth\"\nupgrade-hosts = true\n[renamed-connections]\nold_link = \"new_link\"\n";

/// A file that is a piece many times over.
pub struct Shape {
    pub name: &'static str,
    pub file: &'static str,
    before: &'static str,
    /// `#` stands for the number of the piece, in eight digits.
    piece: &'static str,
    after: &'static str,
    /// Whether it is measured as several files as well.
    pub again: bool,
}

impl Shape {
    /// A text of about `size` bytes.
    pub fn text(&self, size: usize) -> String {
        let mut text = String::with_capacity(size + 100);
        text.push_str(self.before);
        let mut number = 0;
        while text.len() + self.after.len() < size {
            text.push_str(&self.piece.replace('#', &format!("{number:08}")));
            number += 1;
        }
        text + self.after
    }
}

const fn deluge(name: &'static str, before: &'static str, piece: &'static str, after: &'static str) -> Shape {
    shape(name, "a.deluge", before, piece, after)
}

const fn shape(
    name: &'static str,
    file: &'static str,
    before: &'static str,
    piece: &'static str,
    after: &'static str,
) -> Shape {
    Shape { name, file, before, piece, after, again: false }
}

/// The same, measured as several files as well.
const fn again(shape: Shape) -> Shape {
    Shape { again: true, ..shape }
}

/// A request with a token, so that nothing is passed over.
const SEND: &str =
    "r = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok\n\ttype :GET\n];\n";

/// A request to the address `u`, with the parameters `p`.
const SEND_IT: &str = "r = invokeurl\n[\n\turl :u\n\ttype :POST\n\tparameters:p\n];\n";

#[rustfmt::skip]
pub const SHAPES: &[Shape] = &[
    // What is sent is put together in many ways.
    deluge("optional parameters", "u = \"https://desk.zoho.com/api/v1/t?authtoken=\" + token;\n", "if(p# != null)\n{\n\tu = u + \"&p#=\" + p#;\n}\n", "r = getUrl(u);\n"),
    deluge("appends in both branches", "u = \"https://desk.zoho.com/api/v1/t?authtoken=\" + token;\n", "if(c#)\n{\n\tu = u + \"&a#=1\";\n}\nelse\n{\n\tu = u + \"&b#=2\";\n}\n", "r = getUrl(u);\n"),
    deluge("an address in each branch", "if(c == 0)\n{\n\treturn;\n}\n", "else if(c == #)\n{\n\tu = \"https://desk.zoho.com/api/v1/t#?authtoken=\" + token;\n}\n", "r = getUrl(u);\n"),
    deluge("loops that append", "u = \"https://desk.zoho.com/api/v1/t?authtoken=\" + token;\n", "for each x# in l#\n{\n\tu = u + \"&p#=\" + x#;\n}\n", "r = getUrl(u);\n"),
    // Many of them, one behind the other.
    deluge("statements", SEND, "x# = a + 1;\n", ""),
    deluge("one line", SEND, "x# = a.get(\"b\") + 1; ", ""),
    // As many nodes, and as many names, as a text can have.
    again(deluge("short assignments", SEND, "a=b;", "")),
    deluge("short copies", SEND, "a=a;", ""),
    deluge("short assignments in a loop", "r = getUrl(\"https://desk.zoho.com/?authtoken=a\");\nwhile(a) {", "a=b;", "}"),
    deluge("short values", SEND, "!a;", ""),
    deluge("a sum of names", "r = getUrl(\"https://desk.zoho.com/?authtoken=a\");\nx = a", "+a", ";"),
    deluge("a list of numbers", "r = getUrl(\"https://desk.zoho.com/?authtoken=a\");\nx = {1", ",1", "};"),
    deluge("products of signs", "r = getUrl(\"https://desk.zoho.com/?authtoken=a\");\nx = a", "+-a*-b", ";"),
    deluge("nothing", SEND, ";", ""),
    deluge("blank lines", SEND, "\n", ""),
    deluge("a long text", SEND, "a text without end, ", ""),
    deluge("a long string", "x = \"", "a text without end, ", "\";\ninfo authtoken;\n"),
    deluge("a long word", "authtoken=", "abcdefgh0123", ""),
    deluge("requests of their own", "", "t# = \"fake0aaaabbbbccccdddd0000#\";\nr# = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + t#\n\ttype :GET\n];\n", ""),
    deluge("requests with one token", "", SEND, ""),
    deluge("literal tokens", "", "r# = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=fake0aaaabbbbccccdddd0000#&a=1\");\n", ""),
    deluge("requests to one variable", "u = \"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok;\n", "r = getUrl(u);\n", ""),
    deluge("requests with one map", "p = Map();\np.put(\"authtoken\",tok);\np.put(\"a\",b);\n", "r = postUrl(\"https://desk.zoho.com/api/v1/tickets\",p);\n", ""),
    deluge("requests that must stay", "u = \"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok;\nsave(u);\n", "r = getUrl(u).toString();\n", ""),
    deluge("puts and requests", "p = Map();\n", "p.put(\"k#\",v);\nr = postUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok,p);\n", ""),
    deluge("branches, then reads", "", "if(c)\n{\n\tu = \"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok;\n\tr = getUrl(u);\n}\nsend(u);\n", ""),
    deluge("one value in one sum", "t = \"&authtoken=\" + tok;\nx = a", " + t", ";\nr = getUrl(\"https://desk.zoho.com/api/v1/tickets?a=b\" + t);\n"),
    deluge("own tokens and a shared one", "q = \"&authtoken=\" + tok;\n", "r = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=fake0aaaabbbbccccdddd0000#\" + q);\n", ""),
    deluge("old calls in one line", "", "r = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + authtoken); ", ""),
    deluge("requests in one line", "", "r = invokeurl [ url: \"https://desk.zoho.com/api/v1/tickets?authtoken=\" + authtoken type: GET ]; ", ""),
    deluge("calls inside of a statement", "", "info getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok).toMap();\n", ""),
    deluge("calls in one statement", "x = a", " + getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok)", ";\n"),
    deluge("a long sum", "u = \"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok", " + \"&a=\" + a", ";\nr = getUrl(u);\n"),
    deluge("a long chain of concat", "u = \"https://desk.zoho.com/api/v1/tickets?authtoken=\".concat(tok)", ".concat(\"&a=\")", ";\nr = getUrl(u);\n"),
    deluge("appends", "u = \"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok;\np = Map();\n", "u = u + \"&a=\" + a;\n", SEND_IT),
    deluge("appends in branches", "u = \"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok;\np = Map();\n", "if(c) {\n\tu = u + \"&a=\" + a;\n}\n", SEND_IT),
    deluge("choices", "p = Map();\nif(c) {\n\tu = \"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok;\n}\n", "else if(c) {\n\tu = \"https://desk.zoho.com/api/v1/tickets?authtoken=\" + t#;\n}\n", SEND_IT),
    deluge("copies", "u = \"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok;\nv00000000 = u;\n", "v# = u;\nu = v#;\n", "r = getUrl(u);\n"),
    deluge("copies of a map", "p = {\"authtoken\":tok};\nu = \"https://desk.zoho.com/api/v1/tickets\";\n", "p# = p;\np = p#;\n", SEND_IT),
    deluge("puts", "u = \"https://desk.zoho.com/api/v1/tickets\";\np = Map();\np.put(\"authtoken\",tok);\n", "p.put(\"k#\",v);\n", SEND_IT),
    deluge("puts of tokens", "u = \"https://desk.zoho.com/api/v1/tickets\";\np = Map();\n", "p.put(\"authtoken\",t#);\n", SEND_IT),
    deluge("entries", "u = \"https://desk.zoho.com/api/v1/tickets\";\np = {\"authtoken\":tok", ",\"k#\":v", "};\nr = postUrl(u,p);\n"),
    deluge("parameters in one URL", "r = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=fake0aaaabbbbccccdddd000011112222", "&k#=v", "\");\n"),
    deluge("tokens in one URL", "r = getUrl(\"https://desk.zoho.com/api/v1/tickets?a=b", "&authtoken=fake0aaaabbbbccccdddd0000#", "\");\n"),
    deluge("tokens in one body", "r = postUrl(\"https://desk.zoho.com/api/v1/tickets\",\"{\\\"a\\\":1", ",\\\"authtoken\\\":\\\"fake0aaaabbbbccccdddd0000#\\\"", "}\");\n"),
    deluge("headers", "u = \"https://desk.zoho.com/api/v1/tickets\";\nh = Map();\n", "h.put(\"Authorization\",\"Zoho-authtoken \" + t#);\n", "r = getUrl(u,h);\n"),
    deluge("token requests", "", "a# = postUrl(\"https://accounts.zoho.com/oauth/v2/token?refresh_token=1000.fake0aaaabbbbccccdddd0000#.fake0aaaabbbbccccdddd00001111&client_secret=fake0aaaabbbbccccdddd0000&grant_type=refresh_token\",Map());\nr# = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets\"\n\ttype :GET\n\theaders:{\"Authorization\":\"Zoho-oauthtoken \" + a#.get(\"access_token\")}\n];\n", ""),
    deluge("one token request", "a = postUrl(\"https://accounts.zoho.com/oauth/v2/token?refresh_token=1000.fake0aaaabbbbccccdddd00001111.fake0aaaabbbbccccdddd00001111&grant_type=refresh_token\",Map()).get(\"access_token\");\n", "r# = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets\"\n\ttype :GET\n\theaders:{\"Authorization\":\"Zoho-oauthtoken \" + a}\n];\n", ""),
    deluge("moved hosts", "u = \"https://books.zoho.com/api/v3/\";\n", "r# = invokeurl\n[\n\turl :u + \"invoices\"\n\ttype :GET\n\tconnection:\"old_link\"\n];\n", ""),
    deluge("unused tokens", "", "authtoken# = \"fake0aaaabbbbccccdddd0000#\";\n", ""),
    deluge("uses of one token", "authtoken = \"fake0aaaabbbbccccdddd00001111\";\n", "info authtoken;\n", SEND),
    deluge("functions", "", "void f#(string a) {\n\ttok = \"fake0aaaabbbbccccdddd0000#\";\n\tr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok);\n}\n", ""),
    deluge("functions of one name", "", "void f(string authtoken) {\n\tr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + authtoken);\n}\n", "void g() {\n\tf(\"fake0aaaabbbbccccdddd00001111\");\n}\n"),
    deluge("comments", SEND, "// authtoken here\n", ""),
    deluge("commented tokens", SEND, "// authtoken = \"fake0aaaabbbbccccdddd0000#\";\n", ""),
    deluge("suppressions", "", "// authshift-ignore authtoken-in-query: x\nr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok);\n", ""),
    deluge("suppressions of nothing", SEND, "// authshift-ignore authtoken-in-query: x\n", ""),
    deluge("curly quotes", SEND, "x = \u{201C}a\u{201D};\n", ""),
    deluge("what is not understood", SEND, "@@ what is this;\n", ""),
    deluge("tags", "<%{ ", "x = 1; %> <b>authtoken</b> <%=x%> <% ", "}%>"),
    deluge("renames", "", "r = zoho.crm.getRecords(\"Leads\",1,2,{\"a\":b},\"old_link\");\n", ""),
    deluge("carriage returns", "u = \"authtoken\";\r", "x# = a + 1;\r", ""),
    deluge("while loops", "u = \"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok;\np = Map();\n", "while(c) {\n\tu = u + \"&a=\" + a;\n}\n", SEND_IT),
    shape("workflows", "a.ds", "/*\n * Author : a\n */\n application \"A\"\n {\n\tdate format = \"dd-MMM-yyyy\"\n\tworkflow\n\t{\n\tform\n\t{\n", "\t\tw# as \"w\"\n\t\t{\n\t\t\ttype =  form\n\t\t\tform = F\n\t\t\trecord event = on add\n\t\t\ton success\n\t\t\t{\n\t\t\t\tactions \n\t\t\t\t{\n\t\t\t\tcustom deluge script\n\t\t\t\t(\n\t\t\t\t\tr = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok);\n\t\t\t\t)\n\t\t\t\t}\n\t\t\t}\n\t\t}\n", "\t}\n\t}\n }\n"),
    shape("forms", "a.ds", "application \"A\"\n {\n\tdate format = \"dd-MMM-yyyy\"\n\tforms\n\t{\n", "\t\tform F#\n\t\t{\n\t\t\tdisplayname = \"authtoken\"\n\t\t\tSection\n\t\t\t(\n\t\t\t\ttype = section\n\t\t\t\trow = 1\n\t\t\t)\n\t\t}\n", "\t}\n }\n"),
    shape("pages", "a.ds", "application \"A\"\n {\n\tpages\n\t{\n", "\t\tpage P#\n\t\t{\n\t\t\tdisplayname = \"P\"\n\t\t\tContent=\"<zml>\\n<![CDATA[<%{\\n\\tr = getUrl(&quot;https://desk.zoho.com/api/v1/tickets?authtoken=&quot; + tok);\\n}%>]]></zml>\"\n\t\t}\n", "\t}\n }\n"),
    shape("one page", "a.ds", "application \"A\"\n {\n\tpages\n\t{\n\t\tpage P\n\t\t{\n\t\t\tdisplayname = \"P\"\n\t\t\tContent=\"<zml>\\n<![CDATA[<%{\\n", "\\tr = getUrl(&quot;https://desk.zoho.com/api/v1/tickets?authtoken=&quot; + tok);\\n", "}%>]]></zml>\"\n\t\t}\n\t}\n }\n"),
    shape("manifest", "plugin-manifest.json", "{\n\t\"service\": \"CRM\",\n\t\"connectors\": [\n\t\t{\"connectionLinkName\": \"a\"}", ",\n\t\t{\"connectionLinkName\": \"l#\", \"connectionName\": \"n\", \"serviceName\": \"zlabs_integration\", \"userAccess\": false, \"isUserDefinedService\": false, \"sharedBy\": \"1\", \"scope\": [\"Desk.tickets.READ\"]}", "\n\t]\n}\n"),
    shape("widget", "a.js", "", "ZOHO.CRM.CONNECTION.invoke(\"old_link\", {url: \"https://desk.zoho.com/a/\" + b#, method: \"GET\"});\n", ""),
    shape("widget with variables", "a.js", "", "var v# = \"old_link\"; ZOHO.CRM.CONNECTION.invoke(v#, {url: u#});\n", ""),
    shape("widget of one property", "a.js", "o = {connectionLinkName: \"old_link\"", ", a#: {b: [1, `x${y}`, /re[/]/]}", "};"),
    // Deep in one another.
    deluge("parentheses", SEND, "(", ""),
    deluge("braces", SEND, "{", ""),
    deluge("brackets", SEND, "[", ""),
    deluge("closing ones", SEND, ")}]", ""),
    deluge("open parentheses in a value", "x = authtoken + ", "(a + ", ""),
    deluge("open maps in a value", "x = authtoken + ", "{\"a\":", ""),
    deluge("open lists in a value", "x = authtoken + ", "[a, ", ""),
    deluge("open calls", "x = authtoken + ", "f(a, ", ""),
    deluge("open indexes", "x = authtoken + ", "a[", ""),
    deluge("open requests", "x = authtoken + ", "invokeurl [ url: ", ""),
    deluge("open requests of the old kind", "x = ", "getUrl(\"https://desk.zoho.com/?authtoken=a\" + ", ""),
    deluge("open conditions", "if(authtoken) {", "if(", ""),
    deluge("open blocks", "x = authtoken;\n", "if(a) {", ""),
    deluge("open blocks with names", "x = authtoken;\n", "if(a) {x# = b;", ""),
    deluge("branches with names", "if(authtoken) { }", "else if(a) { x# = b; }\n", ""),
    deluge("open loops", "x = authtoken;\n", "for each x in y {", ""),
    deluge("open tries", "x = authtoken;\n", "try {", ""),
    deluge("open functions", "x = authtoken;\n", "void f(int a) {", ""),
    deluge("else if", "if(authtoken) { }", "else if(a) { x = b; }\n", ""),
    deluge("open else if", "if(authtoken) {", "} else if(a) { x = b;", ""),
    deluge("loose branches", "r = getUrl(\"https://desk.zoho.com/?authtoken=a\");\n", "else { x = b; }\n", ""),
    deluge("open loose branches", "x = authtoken;\n", "else if(a) { else {", ""),
    deluge("open loose catches", "x = authtoken;\n", "catch (e) {", ""),
    deluge("sentences", SEND, "this is a sentence, \"with\" (brackets)\n", ""),
    deluge("a sentence without end", SEND, "this is a sentence \"", ""),
    deluge("slips", SEND, "/ a\n", ""),
    deluge("open inserts", "x = authtoken;\n", "insert into F [ a = ", ""),
    deluge("prefixes", "x = authtoken && ", "!", "a;"),
    deluge("signs", "x = authtoken + ", "-", "a;"),
    deluge("members", "x = authtoken", ".a", ";"),
    deluge("indexes", "x = authtoken", "[1]", ";"),
    deluge("quotes", "authtoken", "\"", ""),
    deluge("single quotes", "authtoken", "'", ""),
    deluge("odd quotes", "authtoken ", "\"'", ""),
    deluge("escapes", "x = \"authtoken", "\\", ""),
    deluge("open comments", "authtoken", "/*", ""),
    deluge("slashes", "authtoken", "/", ""),
    deluge("open tags", "authtoken", "<%", ""),
    deluge("open output tags", "authtoken", "<%=", ""),
    deluge("open pages", "<% authtoken ", "%><%{", ""),
    deluge("keywords", "authtoken;", "if ", ""),
    deluge("else", "authtoken;", "else ", ""),
    deluge("commas", "authtoken(", ",", ""),
    deluge("operators", "x = authtoken ", "+", ""),
    deluge("assignments", "x = authtoken", " = a", ""),
    deluge("colons", "invokeurl [ authtoken", ":", ""),
    deluge("attributes", "r = invokeurl [ url: \"https://desk.zoho.com/?authtoken=a\" ", "a: b ", ""),
    shape("open applications", "a.ds", "application \"authtoken\" {", "a { ", ""),
    shape("open scripts", "a.ds", "application \"authtoken\" {", "custom deluge script ( ", ""),
    shape("manifest in a manifest", "plugin-manifest.json", "", "{\"a\":", ""),
    shape("lists in a manifest", "plugin-manifest.json", "", "[", ""),
    shape("widget in braces", "a.js", "connectionLinkName: \"old_link\"", "{(", ""),
    shape("widget in templates", "a.js", "connectionLinkName: \"old_link\"", "`${", ""),
    shape("slashes in a widget", "a.js", "connectionLinkName: \"old_link\"", "=/", ""),
    shape("scripts in a page", "a.html", "connectionLinkName: \"old_link\"", "<script>", ""),
    // Names, tokens and secrets without end in one text, one comment, one region.
    deluge("names in one literal", "x = \"", "authtoken", "\";\n"),
    deluge("names of secrets in one literal", "x = \"", "refresh_token", "\";\n"),
    deluge("a variable trimmed again", "", "authtoken = authtoken.trim();", ""),
    deluge("words in a region", "r = getUrl(\"https://desk.zoho.com/?authtoken=a\");\n@@ authtoken ", "a1b2c3d4a1b2c3d4a1b2c3d4# ", ""),
    deluge("tokens in a region", "r = getUrl(\"https://desk.zoho.com/?authtoken=a\");\n@@ ", "authtoken = \"a1b2c3d4a1b2c3d4a1b2c3d4#\" @@ ", ""),
    deluge("regions with tokens", SEND, "@@ authtoken a1b2c3d4a1b2c3d4a1b2c3d4# ;\nx = 1;\n", ""),
    deluge("tokens of OAuth in a region", "r = getUrl(\"https://desk.zoho.com/?authtoken=a\");\n@@ ", "1000.fake0aaaabbbbccccdddd0000#.fake0aaaabbbbccccdddd00001111 ", ""),
    deluge("tokens of OAuth in a comment", "r = getUrl(\"https://desk.zoho.com/?authtoken=a\");\n/* ", "1000.fake0aaaabbbbccccdddd0000#.fake0aaaabbbbccccdddd00001111 ", "*/"),
    deluge("words in a comment", "/* authtoken ", "a1b2c3d4a1b2c3d4a1b2c3d4# ", "*/\n"),
    deluge("functions with a parameter", "", "void f#(string authtoken) {\n\tr = getUrl(\"https://desk.zoho.com/?authtoken=\" + authtoken);\n}\n", ""),
    deluge("functions with a parameter, called", "", "void f#(string authtoken) {\n\tr = getUrl(\"https://desk.zoho.com/?authtoken=\" + authtoken);\n}\nvoid g#() {\n\tf#(\"fake0aaaabbbbccccdddd0000#\");\n}\n", ""),
    deluge("calls of functions of one name", "", "void f(string authtoken) {\n\tr = getUrl(\"https://desk.zoho.com/?authtoken=\" + authtoken);\n}\nvoid g#() {\n\tf(\"fake0aaaabbbbccccdddd0000#\");\n}\n", ""),
    deluge("calls of one that returns often", "string tok() {\n", "if(a) { return \"fake0aaaabbbbccccdddd0000#\"; }\nauthtoken# = tok();\n", "}\n"),
    deluge("maps put into one another", "p = Map();\np.put(\"authtoken\",t);\n", "q# = Map(); q#.putAll(p); p.putAll(q#);\n", "r = postUrl(\"https://desk.zoho.com/api/v1/t\",p);\n"),
    // Maps, lists and texts that are put into one another, and one value that very many places read or make.
    deluge("putAll both", "a = Map();\na.put(\"authtoken\",t);\nb = Map();\n", "a.putAll(b); b.putAll(a);\n", "r = postUrl(\"https://desk.zoho.com/api/v1/t\",a);\n"),
    deluge("putAll one way", "p = Map();\np.put(\"authtoken\",t);\n", "q# = Map(); q#.put(\"k#\",1); p.putAll(q#);\n", "r = postUrl(\"https://desk.zoho.com/api/v1/t\",p);\n"),
    deluge("putAll self", "p = Map();\np.put(\"authtoken\",t);\n", "p.putAll(p);\n", "r = postUrl(\"https://desk.zoho.com/api/v1/t\",p);\n"),
    deluge("putAll loop", "p = Map();\np.put(\"authtoken\",t);\n", "for each x# in l { p.putAll(x#); }\n", "r = postUrl(\"https://desk.zoho.com/api/v1/t\",p);\n"),
    deluge("put in if", "p = Map();\n", "if(c#) { p.put(\"authtoken\",t#); }\n", "r = postUrl(\"https://desk.zoho.com/api/v1/t\",p);\n"),
    deluge("put in loop, send in loop", "p = Map();\n", "for each x in l { p.put(\"authtoken\",t#); r = postUrl(\"https://desk.zoho.com/api/v1/t\",p); }\n", ""),
    deluge("map get", "p = {\"authtoken\":t};\n", "t# = p.get(\"authtoken\"); r = getUrl(\"https://desk.zoho.com/api/v1/t?authtoken=\" + t#);\n", ""),
    deluge("map gets", "p = Map();\n", "p.put(\"authtoken#\",\"fake0aaaabbbbccccdddd0000#\"); r = getUrl(\"https://desk.zoho.com/api/v1/t?authtoken=\" + p.get(\"authtoken#\"));\n", ""),
    deluge("maps aliased", "p = Map();\np.put(\"authtoken\",t);\n", "p# = p; p#.put(\"k#\",v);\n", "r = postUrl(\"https://desk.zoho.com/api/v1/t\",p);\n"),
    deluge("list adds, send each", "l = List();\n", "l.add(\"authtoken=\" + t#); r = getUrl(\"https://desk.zoho.com/api/v1/t?\" + l.toString(\"&\"));\n", ""),
    deluge("list get", "l = List();\n", "l.add(\"fake0aaaabbbbccccdddd0000#\"); r = getUrl(\"https://desk.zoho.com/api/v1/t?authtoken=\" + l.get(#));\n", ""),
    deluge("split name chain", "u = \"https://desk.zoho.com/api/v1/t?a=b&\"", "+ \"auth\" + \"token=\" + t", ";\nr = getUrl(u);\n"),
    deluge("token chain", "u = \"https://desk.zoho.com/api/v1/t?a=b\"", "+ \"&authtoken=\" + t#", ";\nr = getUrl(u);\n"),
    deluge("token chain noamp", "u = \"https://desk.zoho.com/api/v1/t?a=b\"", "+ \"authtoken=\" + t", ";\nr = getUrl(u);\n"),
    deluge("token chain appended", "u = \"https://desk.zoho.com/api/v1/t?a=b\";\n", "u = u + \"&authtoken=\" + t#;\n", "r = getUrl(u);\n"),
    deluge("prepends", "u = \"&authtoken=\" + t;\n", "u = \"a#=1&\" + u;\n", "r = getUrl(\"https://desk.zoho.com/api/v1/t?\" + u);\n"),
    deluge("append itself twice", "u = \"&authtoken=\" + t;\n", "u = u + u;\n", "r = getUrl(\"https://desk.zoho.com/api/v1/t?\" + u);\n"),
    deluge("fibonacci", "u00000000 = \"&authtoken=\" + t;\na = u00000000;\nb = a;\n", "c = a + b; a = b; b = c;\n", "r = getUrl(\"https://desk.zoho.com/api/v1/t?\" + b);\n"),
    deluge("concat split", "u = \"https://desk.zoho.com/api/v1/t?a=b&\"", ".concat(\"auth\").concat(\"token=\" + t)", ";\nr = getUrl(u);\n"),
    deluge("concat statements", "u = \"https://desk.zoho.com/api/v1/t?a=b\";\n", "u = u.concat(\"&authtoken=\").concat(t#);\n", "r = getUrl(u);\n"),
    deluge("replaceAll chain", "u = \"https://desk.zoho.com/api/v1/t?authtoken=#KEY\"", ".replaceAll(\"KEY#\",k#)", ";\nr = getUrl(u);\n"),
    deluge("template big", "u = \"https://desk.zoho.com/api/v1/t?a=b", "&authtoken=KEY#", "\".replaceAll(\"KEY\",k);\nr = getUrl(u);\n"),
    deluge("template markers filled", "u = \"https://desk.zoho.com/api/v1/t?authtoken=KEY&m\";\n", "u = u.replaceAll(\"m\",\"&a=M#&m\");\n", "r = getUrl(u);\n"),
    deluge("constants chain", "k = \"authtoken\";\nk00000000=k;\n", "k = k + \"\"; \n", "r = getUrl(\"https://desk.zoho.com/api/v1/t?\" + k + \"=\" + t);\n"),
    deluge("words in url", "r = getUrl(\"https://desk.zoho.com/?", "authtoken=", "\");\n"),
    deluge("json text sums", "b = \"{\"", "+ \"\\\"authtoken\\\":\\\"\" + t# + \"\\\",\"", ";\nr = postUrl(\"https://desk.zoho.com/api/v1/t\",b);\n"),
    deluge("json text appended", "b = \"{\";\n", "b = b + \"\\\"authtoken\\\":\\\"\" + t# + \"\\\",\";\n", "b = b + \"}\";\nr = postUrl(\"https://desk.zoho.com/api/v1/t\",b);\n"),
    deluge("json nested text", "b = \"", "{\\\"authtoken\\\":", "\";\nr = postUrl(\"https://desk.zoho.com/api/v1/t\",b);\n"),
    deluge("xml texts", "b = \"<a>\"", "+ \"<authtoken>\" + t# + \"</authtoken>\"", ";\nr = postUrl(\"https://desk.zoho.com/api/v1/t\",b);\n"),
    deluge("loops nested sends", "u = \"https://desk.zoho.com/api/v1/t?authtoken=\" + tok;\n", "for each x# in l { r = getUrl(u);\n", ""),
    deluge("while sends", "u = \"https://desk.zoho.com/api/v1/t?authtoken=\" + tok;\n", "while(c) { u = u + \"&p=1\"; r = getUrl(u); }\n", ""),
    deluge("try catch", "u = \"https://desk.zoho.com/api/v1/t?authtoken=\" + tok;\n", "try { r = getUrl(u); } catch (e) { u = u + \"&e=1\"; }\n", ""),
    deluge("try nested", "u = \"https://desk.zoho.com/api/v1/t?authtoken=\" + tok;\n", "try { r# = getUrl(u); ", ""),
    deluge("fetch records", "", "x# = F[authtoken == \"fake0aaaabbbbccccdddd0000#\"]; t = x#.authtoken; r = getUrl(\"https://desk.zoho.com/api/v1/t?authtoken=\" + t);\n", ""),
    deluge("one answer used", "r = getUrl(\"https://desk.zoho.com/api/v1/t?authtoken=\" + t);\n", "x# = r.contains(\"a#\");\n", ""),
    deluge("swap", "a = authtoken;\nb = \"x\";\n", "c = a; a = b; b = c;\n", "r = getUrl(\"https://desk.zoho.com/api/v1/t?authtoken=\" + a);\n"),
    deluge("oauth refreshed", "access = \"\";\n", "if(access == null) { access = invokeurl [ url: \"https://accounts.zoho.com/oauth/v2/token?refresh_token=1000.fake0aaaabbbbccccdddd00001111.fake0aaaabbbbccccdddd00001111&grant_type=refresh_token\" type: POST ].get(\"access_token\"); } r = invokeurl [ url: \"https://desk.zoho.com/api/v1/t\" type: GET headers: {\"Authorization\":\"Zoho-oauthtoken \" + access} ];\n", ""),
    deluge("suppressions own", "", " // authshift-ignore authtoken-in-query: x\nr = getUrl(\"https://desk.zoho.com/api/v1/t?authtoken=\" + t#); // authshift-ignore hardcoded-authtoken: y\n", ""),
    deluge("suppressions one line", "r = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok\n\ttype :GET\n];\n", "/* authshift-ignore authtoken-in-query: x */ r = getUrl(\"https://desk.zoho.com/api/v1/t?authtoken=\" + t#); ", ""),
    deluge("opaque lines", "", "@@ getUrl(\"https://desk.zoho.com/api/v1/t?authtoken=\" + t#) ??;\n", "r = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets?authtoken=\" + tok\n\ttype :GET\n];\n"),
    deluge("opaque words after=", "r = getUrl(\"https://desk.zoho.com/?authtoken=a\");\n@@ ", "authtoken a1b2c3d4a1b2c3d4a1b2c3d4# ", ""),
    shape("csv one line", "a.csv", "", "a,https://desk.zoho.com/?authtoken=fake0aaaabbbbccccdddd0000#,b", ""),
    // Judged by its content.
    shape("a text", "a.txt", "", "info \"authtoken\"; x = Map();\n", ""),
];
