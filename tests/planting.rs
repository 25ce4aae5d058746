//! Tokens planted into code that people write, in every form of expression that is known: `check` must find each.
//!
//! Each row of [`FORMS`] is put into functions that hold no token, and into the texts of the fixtures, between two statements;
//! then the binary checks all of them at once. A planted token is found when a finding of severity error touches what was put
//! in. Nothing here knows how the tool reads code: places between statements are told by the tests' own lexer.
//!
//! `cargo test` plants each form into one in 48 of the fixtures, `AUTHSHIFT_PLANTING=1` into all of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use support::folder::{DESK, Folder};
use support::lexer::{code, statements};
use support::{fixtures, kept, stderr};

/// Named forms of code that send a token. In them, `HOST` is a Zoho address without a query, `KEY` an expression whose value is
/// a token; of neither can be seen from its name what it is.
const FORMS: &[(&str, &str)] = &[
    // A query, joined.
    ("operand", r#"pl1 = getUrl("HOST?authtoken=" + KEY);"#),
    ("operand in the middle", r#"pl1 = getUrl("HOST?limit=5&authtoken=" + KEY + "&from=1");"#),
    ("operand and companion", r#"pl1 = getUrl("HOST?organization_id=5&authtoken=" + KEY);"#),
    ("literal", r#"pl1 = getUrl("HOST?authtoken=fake0plant0token0aabbbbccccdddd0&limit=5");"#),
    ("operand without blanks", r#"pl1=getUrl("HOST?authtoken="+KEY);"#),
    ("parenthesised", r#"pl1 = getUrl(("HOST" + ("?authtoken=" + (KEY))));"#),
    ("over lines", "pl1 = getUrl(\"HOST\"\n\t+ \"?limit=5\"\n\t+ \"&authtoken=\"\n\t+ KEY);"),
    ("comment before the value", r#"pl1 = getUrl("HOST?authtoken=" /* the key */ + KEY);"#),
    ("through a variable", "pl1 = \"HOST?authtoken=\" + KEY;\npl2 = getUrl(pl1);"),
    ("through three variables", "pl1 = \"?authtoken=\" + KEY;\npl2 = pl1;\npl3 = \"HOST\" + pl2;\npl4 = getUrl(pl3);"),
    ("appended", "pl1 = \"HOST?limit=5\";\npl1 = pl1 + \"&authtoken=\" + KEY;\npl2 = getUrl(pl1);"),
    ("appended with +=", "pl1 = \"HOST?limit=5\";\npl1 += \"&authtoken=\" + KEY;\npl2 = getUrl(pl1);"),
    ("appended with += in steps", "pl1 = \"HOST?authtoken=\";\npl1 += KEY;\npl2 = getUrl(pl1);"),
    ("concat(a,b)", r#"pl1 = getUrl(concat("HOST?authtoken=",KEY));"#),
    ("concat(a,concat(b,c))", r#"pl1 = getUrl(concat("HOST",concat("?authtoken=",KEY)));"#),
    (".concat()", r#"pl1 = getUrl("HOST?authtoken=".concat(KEY));"#),
    (".concat() chain", "pl1 = \"HOST\";\npl1 = pl1.concat(\"?authtoken=\").concat(KEY);\npl2 = getUrl(pl1);"),
    (".append()", "pl1 = \"HOST?authtoken=\";\npl1 = pl1.append(KEY);\npl2 = getUrl(pl1);"),
    (
        "list joined",
        "pl1 = List();\npl1.add(\"limit=5\");\npl1.add(\"authtoken=\" + KEY);\npl2 = getUrl(\"HOST?\" + pl1.toString(\"&\"));",
    ),
    (
        "list literal joined",
        "pl1 = {\"limit=5\",\"authtoken=\" + KEY};\npl2 = getUrl(\"HOST?\" + pl1.toString(\"&\"));",
    ),
    ("trim", "pl1 = \"HOST?authtoken=\" + KEY;\npl2 = getUrl(pl1.trim());"),
    ("toString", r#"pl1 = getUrl(("HOST?authtoken=" + KEY).toString());"#),
    ("encodeUrl of the value", r#"pl1 = getUrl("HOST?authtoken=" + encodeUrl(KEY));"#),
    ("encodeUrl of the whole", r#"pl1 = getUrl(encodeUrl("HOST?authtoken=" + KEY));"#),
    ("text functions", r#"pl1 = getUrl(("HOST?authtoken=" + KEY).toLowerCase().trim());"#),
    // The parameter's name.
    ("name in a constant", "pl1 = \"authtoken\";\npl2 = getUrl(\"HOST?\" + pl1 + \"=\" + KEY);"),
    ("name with = in a constant", "pl1 = \"authtoken=\";\npl2 = getUrl(\"HOST?\" + pl1 + KEY);"),
    ("name over two literals", r#"pl1 = getUrl("HOST?auth" + "token=" + KEY);"#),
    (
        "name over two variables",
        "pl1 = \"auth\";\npl2 = \"token\";\npl3 = getUrl(\"HOST?\" + pl1 + pl2 + \"=\" + KEY);",
    ),
    ("name over two statements", "pl1 = \"HOST?auth\";\npl1 = pl1 + \"token=\" + KEY;\npl2 = getUrl(pl1);"),
    ("capital letters", r#"pl1 = getUrl("HOST?AUTHTOKEN=" + KEY);"#),
    ("odd case", r#"pl1 = getUrl("HOST?AuthToken=" + KEY);"#),
    ("auth_token", r#"pl1 = getUrl("HOST?auth_token=" + KEY);"#),
    ("blanks around =", r#"pl1 = getUrl("HOST?authtoken = " + KEY);"#),
    ("percent-encoded name", r#"pl1 = getUrl("HOST?%61uthtoken=" + KEY);"#),
    ("percent-encoded letter inside", r#"pl1 = getUrl("HOST?auth%74oken=" + KEY);"#),
    // Quotes.
    ("single quotes", "pl1 = getUrl('HOST?authtoken=' + KEY);"),
    ("curly quotes", "pl1 = getUrl(\u{201C}HOST?authtoken=\u{201D} + KEY);"),
    ("curly quotes around a literal", "pl1 = getUrl(\u{201C}HOST?authtoken=fake0plant0token0aabbbbccccdddd0\u{201D});"),
    // Templates.
    ("replaceAll", "pl1 = \"HOST?authtoken=#K#&limit=5\";\npl2 = getUrl(pl1.replaceAll(\"#K#\",KEY));"),
    ("replaceFirst", r#"pl1 = getUrl("HOST?authtoken=<K>&limit=5".replaceFirst("<K>",KEY));"#),
    (
        "replaceAll of a word",
        "pl1 = \"HOST?limit=5&authtoken=VALUE\";\npl1 = pl1.replaceAll(\"VALUE\",KEY);\npl2 = getUrl(pl1);",
    ),
    ("numbered marker", r#"pl1 = getUrl("HOST?authtoken={0}".replaceAll("{0}",KEY,true));"#),
    ("marker of the whole query", r#"pl1 = getUrl("HOST?<Q>".replaceAll("<Q>","authtoken=" + KEY));"#),
    // Choices.
    ("if()", r#"pl1 = getUrl("HOST?" + if(plFlag,"authtoken=" + KEY,"limit=5"));"#),
    ("if() of whole URLs", r#"pl1 = getUrl(if(plFlag,"HOST?authtoken=" + KEY,"HOST"));"#),
    ("ifnull()", r#"pl1 = getUrl("HOST?" + ifnull(plGiven,"authtoken=" + KEY));"#),
    ("in a branch", "pl1 = \"HOST\";\nif(plFlag)\n{\n\tpl1 = pl1 + \"?authtoken=\" + KEY;\n}\npl2 = getUrl(pl1);"),
    ("17 branches", "BRANCHES"),
    ("400 optional appends", "APPENDS"),
    // Requests in other places.
    ("invokeurl", "pl1 = invokeurl\n[\n\turl :\"HOST?authtoken=\" + KEY\n\ttype :GET\n];"),
    ("invokeurl on one line", r#"pl1 = invokeurl [url:"HOST?authtoken=" + KEY type:GET];"#),
    (
        "invokeurl with a connection",
        "pl1 = invokeurl\n[\n\turl :\"HOST?authtoken=\" + KEY\n\ttype :GET\n\tconnection:\"desk_oauth\"\n];",
    ),
    ("putUrl", r#"pl1 = putUrl("HOST/1?authtoken=" + KEY,Map());"#),
    ("info", r#"info getUrl("HOST?authtoken=" + KEY);"#),
    ("bare", r#"getUrl("HOST?authtoken=" + KEY);"#),
    ("condition", "if(getUrl(\"HOST?authtoken=\" + KEY).get(\"code\") == 0)\n{\n\tinfo \"fine\";\n}"),
    ("argument of another function", r#"automation.log(getUrl("HOST?authtoken=" + KEY).get("id"));"#),
    ("for each source", "for each pl1 in getUrl(\"HOST?authtoken=\" + KEY).get(\"data\")\n{\n\tinfo pl1;\n}"),
    (
        "while",
        "while(plCount < 3)\n{\n\tpl1 = getUrl(\"HOST?page=\" + plCount + \"&authtoken=\" + KEY);\n\tplCount = plCount + 1;\n}",
    ),
    ("try", "try\n{\n\tpl1 = getUrl(\"HOST?authtoken=\" + KEY);\n}\ncatch (plError)\n{\n\tinfo plError;\n}"),
    ("catch", "try\n{\n\tinfo \"x\";\n}\ncatch (plError)\n{\n\tpl1 = getUrl(\"HOST?authtoken=\" + KEY);\n}"),
    (
        "for each over URLs",
        "pl1 = {\"HOST?authtoken=\" + KEY,\"HOST?limit=5\"};\nfor each pl2 in pl1\n{\n\tpl3 = getUrl(pl2);\n}",
    ),
    ("map of URLs", "pl1 = Map();\npl1.put(\"list\",\"HOST?authtoken=\" + KEY);\npl2 = getUrl(pl1.get(\"list\"));"),
    ("list of URLs", "pl1 = List();\npl1.add(\"HOST?authtoken=\" + KEY);\npl2 = getUrl(pl1.get(0));"),
    ("openUrl", r#"openUrl("HOST?authtoken=" + KEY,"new window");"#),
    (
        "mail",
        "sendmail\n[\n\tfrom :zoho.adminuserid\n\tto :\"a@example.com\"\n\tsubject :\"x\"\n\tmessage :\"<a href='HOST?authtoken=\" + KEY + \"'>here</a>\"\n]",
    ),
    (
        "webhook in a body",
        "pl1 = Map();\npl1.put(\"callback\",\"HOST?authtoken=\" + KEY);\npl2 = postUrl(\"https://hooks.example.com/x\",pl1);",
    ),
    ("return", "if(plFlag)\n{\n\treturn getUrl(\"HOST?authtoken=\" + KEY);\n}"),
    ("invokeapi", "pl1 = invokeapi\n[\n\tservice :zoho.books\n\tpath :\"contacts?authtoken=\" + KEY\n\ttype :GET\n];"),
    ("function form of invokeUrl", r#"pl1 = invokeUrl("HOST?authtoken=" + KEY,"GET");"#),
    ("host in a variable", "pl1 = \"HOST\";\npl2 = getUrl(pl1 + \"?authtoken=\" + KEY);"),
    (
        "host that cannot be seen",
        r#"pl1 = getUrl(plSettings.get("base") + "/api/v3/items?organization_id=5&authtoken=" + KEY);"#,
    ),
    ("Singapore", r#"pl1 = getUrl("https://desk.zoho.sg/api/v1/tickets?authtoken=" + KEY);"#),
    ("data centre that is not in the table", r#"pl1 = getUrl("https://books.zoho.qq/api/v3/items?authtoken=" + KEY);"#),
    (
        "dead endpoint",
        r#"pl1 = getUrl("https://crm.zoho.com/crm/private/json/Leads/getRecords?scope=crmapi&authtoken=" + KEY);"#,
    ),
    // Bodies.
    ("map literal", r#"pl1 = postUrl("HOST",{"id":"5","authtoken":KEY});"#),
    ("map literal over lines", "pl1 = {\n\t\"id\":\"5\", // a\n\t\"authtoken\":KEY\n};\npl2 = postUrl(\"HOST\",pl1);"),
    ("put", "pl1 = Map();\npl1.put(\"authtoken\",KEY);\npl2 = postUrl(\"HOST\",pl1);"),
    ("put with a constant", "pl1 = \"authtoken\";\npl2 = Map();\npl2.put(pl1,KEY);\npl3 = postUrl(\"HOST\",pl2);"),
    ("put with a joined name", "pl1 = Map();\npl1.put(\"auth\" + \"token\",KEY);\npl2 = postUrl(\"HOST\",pl1);"),
    ("put in capital letters", "pl1 = Map();\npl1.put(\"AUTHTOKEN\",KEY);\npl2 = postUrl(\"HOST\",pl1);"),
    ("second name", "pl1 = Map();\npl2 = pl1;\npl2.put(\"authtoken\",KEY);\npl3 = postUrl(\"HOST\",pl1);"),
    (
        "putAll",
        "pl1 = Map();\npl1.put(\"authtoken\",KEY);\npl2 = Map();\npl2.putAll(pl1);\npl3 = postUrl(\"HOST\",pl2);",
    ),
    ("putAll of a literal", "pl2 = Map();\npl2.putAll({\"authtoken\":KEY});\npl3 = postUrl(\"HOST\",pl2);"),
    ("Collection", r#"pl1 = postUrl("HOST",Collection("authtoken":KEY));"#),
    (
        "nested map",
        "pl1 = Map();\npl1.put(\"auth\",{\"authtoken\":KEY});\npl2 = invokeurl\n[\n\turl :\"HOST\"\n\ttype :POST\n\tparameters:pl1\n];",
    ),
    (
        "map as text",
        "pl1 = Map();\npl1.put(\"authtoken\",KEY);\npl2 = invokeurl\n[\n\turl :\"HOST\"\n\ttype :POST\n\tparameters:pl1.toString()\n];",
    ),
    ("form text", r#"pl1 = postUrl("HOST","authtoken=" + KEY + "&xmlData=" + plXml);"#),
    ("JSON text", r#"pl1 = postUrl("HOST","{\"authtoken\":\"" + KEY + "\",\"id\":1}");"#),
    (
        "JSON text over statements",
        "pl1 = \"{\\\"id\\\":1\";\npl1 = pl1 + \",\\\"authtoken\\\":\\\"\" + KEY + \"\\\"}\";\npl2 = postUrl(\"HOST\",pl1);",
    ),
    ("JSON text made a map", r#"pl1 = postUrl("HOST",("{\"authtoken\":\"" + KEY + "\"}").toMap());"#),
    ("JSON text in single quotes", r#"pl1 = postUrl("HOST",'{"authtoken":"' + KEY + '"}');"#),
    ("XML text", r#"pl1 = postUrl("HOST","<r><authtoken>" + KEY + "</authtoken></r>");"#),
    (
        "multipart",
        "pl1 = List();\npl1.add({\"paramName\":\"authtoken\",\"content\":KEY,\"stringPart\":\"true\"});\npl2 = invokeurl\n[\n\turl :\"HOST\"\n\ttype :POST\n\tfiles:pl1\n];",
    ),
    (
        "multipart, part by part",
        "pl1 = Map();\npl1.put(\"paramName\",\"authtoken\");\npl1.put(\"content\",KEY);\npl1.put(\"stringPart\",\"true\");\npl2 = List();\npl2.add(pl1);\npl3 = invokeurl\n[\n\turl :\"HOST\"\n\ttype :POST\n\tfiles:pl2\n];",
    ),
    ("body", "pl1 = invokeurl\n[\n\turl :\"HOST\"\n\ttype :POST\n\tbody:{\"authtoken\":KEY}\n];"),
    ("if() in a map", r#"pl1 = postUrl("HOST",if(plFlag,{"authtoken":KEY},Map()));"#),
    // Headers.
    (
        "header",
        "pl1 = invokeurl\n[\n\turl :\"HOST\"\n\ttype :GET\n\theaders:{\"Authorization\":\"Zoho-authtoken \" + KEY}\n];",
    ),
    ("header of getUrl", r#"pl1 = getUrl("HOST",{"Authorization":"Zoho-authtoken " + KEY});"#),
    ("header of postUrl", r#"pl1 = postUrl("HOST",Map(),{"Authorization":"Zoho-authtoken " + KEY},false);"#),
    ("header put", "pl1 = Map();\npl1.put(\"Authorization\",\"Zoho-authtoken \" + KEY);\npl2 = getUrl(\"HOST\",pl1);"),
    ("header with .concat()", r#"pl1 = getUrl("HOST",{"Authorization":"Zoho-authtoken ".concat(KEY)});"#),
    (
        "header through putAll",
        "pl1 = Map();\npl1.putAll({\"Authorization\":\"Zoho-authtoken \" + KEY});\npl2 = getUrl(\"HOST\",pl1);",
    ),
    (
        "header through a second name",
        "pl1 = Map();\npl2 = pl1;\npl2.put(\"Authorization\",\"Zoho-authtoken \" + KEY);\npl3 = getUrl(\"HOST\",pl1);",
    ),
    (
        "header text made a map",
        r#"pl1 = getUrl("HOST",("{\"Authorization\":\"Zoho-authtoken " + KEY + "\"}").toMap());"#,
    ),
    ("header in capital letters", r#"pl1 = getUrl("HOST",{"AUTHORIZATION":"ZOHO-AUTHTOKEN " + KEY});"#),
    (
        "header in one branch",
        "pl1 = Map();\nif(plFlag)\n{\n\tpl1.put(\"Authorization\",\"Zoho-authtoken \" + KEY);\n}\npl2 = getUrl(\"HOST\",pl1);",
    ),
    ("scheme in a variable", "pl1 = \"Zoho-authtoken \" + KEY;\npl2 = getUrl(\"HOST\",{\"Authorization\":pl1});"),
    (
        "scheme in two steps",
        "pl1 = \"Zoho-authtoken\";\npl2 = pl1 + \" \";\npl3 = Map();\npl3.put(\"Authorization\",pl2 + KEY);\npl4 = getUrl(\"HOST\",pl3);",
    ),
    ("scheme over two literals", r#"pl1 = getUrl("HOST",{"Authorization":"Zoho-" + "authtoken " + KEY});"#),
    (
        "scheme over two variables",
        "pl1 = \"Zoho-\";\npl2 = \"authtoken\";\npl3 = getUrl(\"HOST\",{\"Authorization\":pl1 + pl2 + \" \" + KEY});",
    ),
    (
        "scheme filled in",
        "pl1 = \"Zoho-authtoken #K#\";\npl2 = getUrl(\"HOST\",{\"Authorization\":pl1.replaceAll(\"#K#\",KEY)});",
    ),
    (
        "scheme at a brand's host",
        r#"pl1 = getUrl("https://www.site24x7.com/api/current_status",{"Authorization":"Zoho-authtoken " + KEY});"#,
    ),
    (
        "scheme at a host that cannot be seen",
        r#"pl1 = getUrl(plSettings.get("base"),{"Authorization":"Zoho-authtoken " + KEY});"#,
    ),
    // More ways that people write it.
    ("name over three literals", r#"pl1 = getUrl("HOST?" + "auth" + "token" + "=" + KEY);"#),
    ("name made small", r#"pl1 = getUrl("HOST?" + "AUTHTOKEN".toLowerCase() + "=" + KEY);"#),
    ("name as a key in a constant", "pl1 = \"authtoken\";\npl2 = postUrl(\"HOST\",{pl1:KEY});"),
    (
        "query of a map's keys",
        "pl1 = {\"authtoken\":KEY,\"limit\":\"5\"};\npl2 = \"\";\nfor each pl3 in pl1.keys()\n{\n\tpl2 = pl2 + pl3 + \"=\" + pl1.get(pl3) + \"&\";\n}\npl4 = getUrl(\"HOST?\" + pl2);",
    ),
    (
        "list joined by commas",
        "pl1 = {\"authtoken=\" + KEY,\"limit=5\"};\npl2 = getUrl(\"HOST?\" + pl1.toString().replaceAll(\",\",\"&\"));",
    ),
    ("string over lines", "pl1 = getUrl(\"HOST?limit=5\n&authtoken=\" + KEY);"),
    (
        "encoded in another URL",
        r#"openUrl("https://www.example.com/?next=https%3A%2F%2Fdesk.zoho.com%2Fapi%3Fauthtoken%3D" + KEY,"same window");"#,
    ),
    ("URL of a function", r#"pl1 = getUrl(automation.checked("HOST?authtoken=" + KEY));"#),
    ("attributes in capitals", "pl1 = invokeurl\n[\n\tURL :\"HOST?authtoken=\" + KEY\n\tTYPE :GET\n];"),
    (
        "comments in a block",
        "pl1 = invokeurl // call\n[\n\t// where\n\turl /* is */ :\"HOST?authtoken=\" + KEY\n\ttype :GET\n];",
    ),
    ("GETURL", r#"pl1 = GETURL("HOST?authtoken=" + KEY);"#),
    (
        "zoho.sdp.invokeUrl",
        "pl1 = zoho.sdp.invokeUrl\n[\n\turl :\"/api/v3/requests?authtoken=\" + KEY\n\ttype :GET\n];",
    ),
    ("JSON text with blanks", r#"pl1 = postUrl("HOST","{ \"authtoken\" : \"" + KEY + "\" }");"#),
    ("JSON text as a template", r#"pl1 = postUrl("HOST","{\"authtoken\":\"<K>\"}".replaceAll("<K>",KEY));"#),
    ("XML attribute", r#"pl1 = postUrl("HOST","<r authtoken='" + KEY + "'/>");"#),
    ("Collection filled", "pl1 = Collection();\npl1.insert(\"authtoken\":KEY);\npl2 = postUrl(\"HOST\",pl1);"),
    ("key with a blank", "pl1 = Map();\npl1.put(\"authtoken \",KEY);\npl2 = postUrl(\"HOST\",pl1);"),
    ("form text appended", "pl1 = \"id=5\";\npl1 = pl1 + \"&authtoken=\" + KEY;\npl2 = postUrl(\"HOST\",pl1);"),
    (
        "header of a constant key",
        "pl1 = \"Authorization\";\npl2 = Map();\npl2.put(pl1,\"Zoho-authtoken \" + KEY);\npl3 = getUrl(\"HOST\",pl2);",
    ),
    ("header with the blank apart", r#"pl1 = getUrl("HOST",{"Authorization":"Zoho-authtoken" + " " + KEY});"#),
    ("header in small letters", r#"pl1 = getUrl("HOST",{"authorization":"zoho-authtoken " + KEY});"#),
    ("header literal", r#"pl1 = getUrl("HOST",{"Authorization":"Zoho-authtoken fake0plant0token0aabbbbccccdddd0"});"#),
    ("message to a channel", r#"zoho.cliq.postToChannel("team","see HOST?authtoken=" + KEY);"#),
    ("record's field", "insert into Calls\n[\n\tAdded_User=zoho.loginuser\n\tAddress=\"HOST?authtoken=\" + KEY\n];"),
    // Code that is not understood.
    ("a + that lacks", "pl1 = invokeurl\n[\n\turl :\"HOST?authtoken=\"KEY\n\ttype :GET\n];"),
    ("a bracket that lacks", "pl1 = getUrl((\"HOST?authtoken=\" + KEY;"),
    ("an unknown statement", r#"frobnicate into planted using "HOST?authtoken=" + KEY;"#),
    ("an unknown operator", r#"pl1 = getUrl("HOST" ~ "?authtoken=" ~ KEY);"#),
    ("map that is not understood", "pl1 = {\"id\" \"5\", \"authtoken\":KEY};\npl2 = postUrl(\"HOST\",pl1);"),
    // Values that nothing sends where it can be seen.
    ("literal in a variable", r#"authtoken = "fake0plant0token0aabbbbccccdddd0";"#),
    ("literal in a map", r#"plSettings = {"deskAuthtoken":"fake0plant0token0aabbbbccccdddd0"};"#),
    ("literal in a comment", "// old: getUrl(\"HOST?authtoken=fake0plant0token0aabbbbccccdddd0\");"),
    ("literal in a block comment", "/* HOST?authtoken=fake0plant0token0aabbbbccccdddd0 */"),
    (
        "generation",
        r#"pl1 = getUrl("https://accounts.zoho.com/apiauthtoken/nb/create?SCOPE=ZohoSupport/supportapi&EMAIL_ID=" + plMail);"#,
    ),
];

/// Forms that are files by themselves.
const FILES: &[(&str, &[(&str, &str)])] = &[
    (
        "function that returns the token",
        &[(
            "a.deluge",
            "string automation.key()\n{\n\treturn zoho.crm.getOrgVariable(\"desk\");\n}\nvoid automation.f()\n{\n\tr = getUrl(\"HOST?authtoken=\" + automation.key());\n\tinfo r;\n}\n",
        )],
    ),
    (
        "function that builds the URL",
        &[(
            "a.deluge",
            "string automation.address(string path, string key)\n{\n\treturn \"https://desk.zoho.com/api/v1/\" + path + \"?authtoken=\" + key;\n}\nvoid automation.f(string key)\n{\n\tr = getUrl(automation.address(\"tickets\",key));\n\tinfo r;\n}\n",
        )],
    ),
    (
        "function that builds the query",
        &[(
            "a.deluge",
            "string automation.query(string key)\n{\n\treturn \"authtoken=\" + key;\n}\nvoid automation.f(string key)\n{\n\tr = getUrl(\"HOST?\" + automation.query(key));\n\tinfo r;\n}\n",
        )],
    ),
    (
        "function in a file of its own that builds the query",
        &[
            ("query.deluge", "string automation.query(string key)\n{\n\treturn \"authtoken=\" + key;\n}\n"),
            (
                "f.deluge",
                "void automation.f(string key)\n{\n\tr = getUrl(\"HOST?\" + automation.query(key));\n\tinfo r;\n}\n",
            ),
        ],
    ),
    (
        "function that builds the headers",
        &[(
            "a.deluge",
            "map automation.headers(string key)\n{\n\treturn {\"Authorization\":\"Zoho-authtoken \" + key};\n}\nvoid automation.f(string key)\n{\n\tr = getUrl(\"HOST\",automation.headers(key));\n\tinfo r;\n}\n",
        )],
    ),
    (
        "function that sends",
        &[(
            "a.deluge",
            "map automation.send(string query)\n{\n\treturn getUrl(\"HOST?\" + query);\n}\nvoid automation.f(string key)\n{\n\tr = automation.send(\"authtoken=\" + key);\n\tinfo r;\n}\n",
        )],
    ),
    (
        "value of a function",
        &[(
            "a.deluge",
            "map automation.f(string key)\n{\n\treturn invokeurl\n\t[\n\t\turl :\"HOST?authtoken=\" + key\n\t\ttype :GET\n\t];\n}\n",
        )],
    ),
    (
        "map of a parameter",
        &[(
            "a.deluge",
            "map automation.f(map given, string key)\n{\n\tgiven.put(\"authtoken\",key);\n\treturn postUrl(\"HOST\",given);\n}\n",
        )],
    ),
    ("Creator page", &[("page.ds", "<%{\n\tr = getUrl(\"HOST?authtoken=\" + input.key);\n%>\n<p><%=r%></p>\n<%}%>\n")]),
    (
        "Creator page, in its text",
        &[("page.ds", "<%{\n%>\n<a href=\"HOST?authtoken=<%=input.key%>\">here</a>\n<%}%>\n")],
    ),
    (
        "JSON export of functions",
        &[(
            "functions.json",
            "{\"functions\":[{\"name\":\"notify\",\"script\":\"void automation.notify(string key)\\n{\\n\\tr = getUrl(\\\"HOST?authtoken=\\\" + key);\\n\\tinfo r;\\n}\"}]}\n",
        )],
    ),
    (
        "JSON export of webhooks, in the URL",
        &[(
            "webhooks.json",
            "{\"webhooks\":[{\"name\":\"sync\",\"url\":\"HOST?authtoken=fake0plant0token0aabbbbccccdddd0\",\"http_method\":\"POST\"}]}\n",
        )],
    ),
    (
        "JSON export of webhooks, in the headers",
        &[(
            "webhooks.json",
            "{\"webhooks\":[{\"name\":\"sync\",\"url\":\"HOST\",\"headers\":[{\"name\":\"Authorization\",\"value\":\"Zoho-authtoken fake0plant0token0aabbbbccccdddd0\"}]}]}\n",
        )],
    ),
    (
        "JSON export of webhooks, in the parameters",
        &[(
            "webhooks.json",
            "{\"webhooks\":[{\"name\":\"sync\",\"url\":\"HOST\",\"url_parameters\":[{\"name\":\"authtoken\",\"value\":\"fake0plant0token0aabbbbccccdddd0\"}]}]}\n",
        )],
    ),
    (
        "text file",
        &[("notify.txt", "string f(string key)\n{\n\tr = getUrl(\"HOST?authtoken=\" + key);\n\treturn r;\n}\n")],
    ),
    (
        "file without an ending",
        &[("notify", "string f(string key)\n{\n\tr = getUrl(\"HOST?authtoken=\" + key);\n\treturn r;\n}\n")],
    ),
    ("file with another ending", &[("Order.RFID", "r = getUrl(\"HOST?authtoken=\" + key);\ninfo r;\n")]),
    ("backup", &[("notify.deluge.bak", "r = getUrl(\"HOST?authtoken=\" + key);\ninfo r;\n")]),
    ("PHP", &[("client.php", "<?php\n$url = \"HOST?authtoken=\" . $key;\n")]),
    (
        "lines numbered",
        &[(
            "f.deluge",
            "1. void f(string key)\n2. {\n3. \tr = getUrl(\"HOST?authtoken=\" + key);\n4. \tinfo r;\n5. }\n",
        )],
    ),
    (
        "CRLF",
        &[("f.deluge", "void f(string key)\r\n{\r\n\tr = getUrl(\"HOST?authtoken=\" + key);\r\n\tinfo r;\r\n}\r\n")],
    ),
    ("byte order mark", &[("f.deluge", "\u{FEFF}r = getUrl(\"HOST?authtoken=\" + key);\n")]),
    ("lone CR", &[("f.deluge", "key = input.key;\rr = getUrl(\"HOST?authtoken=\" + key);\rinfo r;\r")]),
];

const HOSTS: [&str; 5] = [
    "https://desk.zoho.com/api/v1/tickets",
    "https://www.zohoapis.eu/books/v3/contacts",
    "https://people.zoho.in/people/api/forms/P_X/getRecords",
    "https://projectsapi.zoho.com/restapi/portal/64511/projects",
    "https://inventory.zoho.com.au/api/v1/items",
];

/// None of them says by its name that it is a token.
const KEYS: [&str; 5] = [
    "plKey",
    "input.Desk_Key",
    "zoho.crm.getOrgVariable(\"desk\")",
    "plSettings.get(\"desk\")",
    "Settings[ID != 0].Desk_Key",
];

/// Statements of functions that hold no token.
const STATEMENTS: &[&str] = &[
    "name = input.First_Name + \" \" + input.Last_Name;",
    "details = zoho.crm.getRecordById(\"Leads\",leadId);",
    "info details;",
    "total = 0;",
    "parts = List();",
    "parts.add(name);",
    "note = Map();\nnote.put(\"Subject\",name);\nnote.put(\"id\",leadId);",
    "answer = invokeurl\n[\n\turl :\"https://www.zohoapis.com/crm/v6/Leads/\" + leadId\n\ttype :GET\n\tconnection:\"crm_oauth\"\n];",
    "if(total > 5)\n{\n\ttotal = total + 1;\n}\nelse\n{\n\tinfo \"small\"; // less than six\n}",
    "for each line in details.get(\"lines\")\n{\n\ttotal = total + line.get(\"amount\");\n}",
    "sendmail\n[\n\tfrom :zoho.adminuserid\n\tto :\"a@example.com\"\n\tsubject :\"New: \" + name\n\tmessage :\"It's there\"\n]",
    "vendor = invokeurl\n[\n\turl :\"https://api.example.com/v1/items?page=\" + total\n\ttype :GET\n];",
    "/* the rest is optional */",
    "try\n{\n\tmade = zoho.crm.createRecord(\"Notes\",note);\n}\ncatch (e)\n{\n\tinfo e;\n}",
    "while(total < 3)\n{\n\ttotal = total + 1;\n}",
    "text = \"a \\\"quoted\\\" word; // no comment\";",
];

/// A text and the name of what it was.
struct Base {
    name: String,
    extension: String,
    text: String,
    /// Places between two statements.
    places: Vec<usize>,
}

impl Base {
    fn new(name: String, extension: String, text: String) -> Self {
        let code = code(&text);
        let ends = statements(&code).into_iter().filter_map(|statement| code.get(statement.end));
        let places = ends.filter(|end| end.is(";")).map(|end| end.range().end).collect();
        Self { name, extension, text, places }
    }

    /// The text with `planted` at the place of that number, and where that is.
    fn with(&self, planted: &str, number: usize) -> (String, Range<usize>) {
        let at = self.places[number % self.places.len()];
        let text = format!("{}\n{planted}\n{}", &self.text[..at], &self.text[at..]);
        (text, at + 1..at + 1 + planted.len())
    }
}

/// Functions of statements in turn, with and without a head.
fn generated() -> Vec<Base> {
    (0..24)
        .map(|number: usize| {
            let own = (0..5).map(|at| STATEMENTS[(number * 7 + at * (number % 3 * 2 + 1)) % STATEMENTS.len()]);
            let body = own.collect::<Vec<_>>().join("\n") + "\ninfo total;";
            let text = match number % 3 {
                0 => body + "\n",
                1 => format!("void automation.f{number}(Int leadId)\n{{\n\t{}\n}}\n", body.replace('\n', "\n\t")),
                _ => {
                    format!("void automation.f{number}(Int leadId)\n{{\n\tif(leadId != null)\n\t{{\n{body}\n\t}}\n}}\n")
                }
            };
            Base::new(format!("generated-{number}"), "deluge".to_owned(), text)
        })
        .collect()
}

/// The texts of the fixtures in which statements can be told from one another, and nothing is suppressed.
fn of_fixtures() -> Vec<Base> {
    let mut bases = Vec::new();
    for entry in walkdir::WalkDir::new(fixtures()).min_depth(2).max_depth(2).sort_by_file_name() {
        let entry = entry.unwrap();
        let file = entry.file_name().to_string_lossy().into_owned();
        let Some(extension @ ("deluge" | "ds" | "dg")) = file.strip_prefix("before.") else { continue };
        let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
        let name = entry.path().parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        let base = Base::new(name, extension.to_owned(), text);
        if kept::is_readable(&base.text) && !base.text.contains("authshift-ignore") && !base.places.is_empty() {
            bases.push(base);
        }
    }
    assert!(bases.len() > 400, "only {} texts of fixtures can be planted into", bases.len());
    bases
}

/// The code of a form, with the host and the key that the number says.
fn planted(form: &str, number: usize) -> String {
    let branches = || {
        let arm = |at: usize| format!("if(plKind == {at})\n{{\n\tpl1 = \"/{at}?authtoken=\";\n}}\n");
        (0..16).map(arm).collect::<Vec<_>>().join("else ")
            + "else\n{\n\tpl1 = \"/16?authtoken=\";\n}\npl2 = getUrl(\"HOST\" + pl1 + KEY);"
    };
    let appends = || {
        let append = |at: usize| format!("if(plGiven{at} != null)\n{{\n\tpl1 = pl1 + \"&a{at}=\" + plGiven{at};\n}}\n");
        format!("pl1 = \"HOST?authtoken=\" + KEY;\n{}pl2 = getUrl(pl1);", (0..400).map(append).collect::<String>())
    };
    let form = match form {
        "BRANCHES" => branches(),
        "APPENDS" => appends(),
        other => other.to_owned(),
    };
    form.replace("HOST", HOSTS[number % HOSTS.len()]).replace("KEY", KEYS[number % KEYS.len()])
}

/// For each file the places of its findings of severity error.
fn errors(folder: &Folder) -> BTreeMap<String, Vec<Range<usize>>> {
    let output = folder.run(&["check", "--output-format", "json", "."]);
    let document: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    let mut found: BTreeMap<String, Vec<Range<usize>>> = BTreeMap::new();
    for finding in document["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] == "error") {
        let byte = |end: &str| usize::try_from(finding["range"][end]["byte"].as_u64().unwrap()).unwrap();
        let path = finding["path"].as_str().unwrap().trim_start_matches("./").to_owned();
        found.entry(path).or_default().push(byte("start")..byte("end"));
    }
    found
}

#[test]
fn every_planted_form_is_found() {
    let one_in = std::env::var("AUTHSHIFT_PLANTING").map_or(48, |number| number.parse().unwrap());
    let folder = Folder::new();
    let mut plantings: Vec<(&str, String, Range<usize>)> = Vec::new();
    let bases = [(generated(), one_in.min(4)), (of_fixtures(), one_in)];
    for (bases, one_in) in &bases {
        for (number, base) in bases.iter().enumerate() {
            for (at, (name, form)) in FORMS.iter().enumerate() {
                // Each form in texts all over, each text with forms all over.
                if (at * 5 + number) % one_in != 0 {
                    continue;
                }
                let number = number + at * 3;
                let (text, range) = base.with(&planted(form, number), number / 2);
                let file = format!("{}-{at}.{}", base.name, base.extension);
                folder.write(&file, text);
                plantings.push((name, file, range));
            }
        }
    }
    let errors = errors(&folder);
    let is_found = |file: &String, planted: &Range<usize>| {
        let touches = |found: &Range<usize>| found.start < planted.end && planted.start < found.end;
        errors.get(file).is_some_and(|found| found.iter().any(touches))
    };
    let mut missed: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for (name, file, range) in &plantings {
        if !is_found(file, range) {
            missed.entry(name).or_default().push(file);
        }
    }
    let count = |name: &str| plantings.iter().filter(|(form, ..)| *form == name).count();
    let line = |(name, files): (&&str, &Vec<&String>)| {
        let first = folder.read(files[0]);
        let (_, _, range) = plantings.iter().find(|(_, file, _)| file == files[0]).unwrap();
        format!("{name}: {} of {} are missed, as in {}\n{}", files.len(), count(name), files[0], &first[range.clone()])
    };
    let missed: Vec<String> = missed.iter().map(line).collect();
    assert!(missed.is_empty(), "{} of {} forms are missed:\n{}", missed.len(), FORMS.len(), missed.join("\n\n"));
}

#[test]
fn every_planted_file_is_found() {
    let folder = Folder::empty().with("authshift.toml", DESK);
    for (at, (_, files)) in FILES.iter().enumerate() {
        for (file, text) in *files {
            folder.write(&format!("{at}/{file}"), text.replace("HOST", HOSTS[at % HOSTS.len()]));
        }
    }
    let found: BTreeSet<String> =
        errors(&folder).into_keys().filter_map(|path| path.split('/').next().map(str::to_owned)).collect();
    let missed = FILES.iter().enumerate().filter(|(at, _)| !found.contains(&at.to_string()));
    let missed: Vec<&str> = missed.map(|(_, (name, _))| *name).collect();
    assert!(missed.is_empty(), "{} of {} are missed: {missed:#?}", missed.len(), FILES.len());
}
