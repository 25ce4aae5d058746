use super::*;

#[test]
fn deluge_looks_like_deluge() {
    let samples = [
        "r = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets\"\n\ttype :GET\n];",
        "void automation.close(int id)\n{\n}",
        "/*\n * Author : depot\n */\n application \"Depot\"\n {\n \tdate format = \"dd-MMM-yyyy\"\n }",
        "map total(String name)\n{\nreturn null;\n}",
        "info \"function(a) => const x\";",
        "data = Map();\rdata.put(\"a\",1);\r",
        "\u{feff}for each  x in list\n{\n\tx.run();\n}",
        "<html><body><script>var a = () => 1;</script><%\n\trows = Ticket[ID != 0];\n\tfor each row in rows {\n%></body></html>",
        "// m = Map();\n// m.put(\"a\", 1);\n// info m;",
        "if(row.State == \"x\")\n\t{\n\t\talert \"no\";\n\t}",
        "resp = zoho.crm.getRecordById(\"Leads\", id);",
        "sendmail\n[\n\tfrom :zoho.loginuserid\n\tto :\"a@example.com\"\n]",
    ];
    for sample in samples {
        assert!(looks_like_deluge(sample), "{sample}\n{:?}", points(&blanked(sample)));
    }
}

/// What a token may hide in: code with nothing in it that only Deluge has.
#[test]
fn plain_statements_are_enough_where_nothing_speaks_against_them() {
    let samples = [
        "return \"\";",
        "return;",
        "return true;\n",
        "authtoken = \"fake0aaaaaaaaaaaaaaaaaaaaaaaaaaa\";",
        "amount = qty * rate;\ntotal = amount * 1.19;\n",
        "deal.Amount = deal.Qty * 3;\n",
        "url = \"https://desk.zoho.com/api/v1/tickets\"\n + \"?authtoken=\" + token;\n",
        "url = \"https://desk.zoho.com/api/v1/tickets\" +\n\"?authtoken=\" + token;\n",
        "payload = {\n\t\"subject\":\"x\",\n\t\"ids\":{1,2,3}\n};\n",
        "headers = {\"Authorization\":\"Zoho-authtoken fake0aaaaaaaaaaaaaaaaaaaaaaaaaaa\"};",
        " return {\n  \"bot\": {\n   \"name\": \"Tracker\"\n  }\n };",
        "if(Stage == \"Closed Won\")\n{\n\tProbability = 100;\n}\n",
        "standalone.syncDeal(dealId);",
        "m.put('authtoken', t);",
        "leadName = lead.get(\"Full_Name\");\n",
        "void test(){info 1;}",
        "// \u{9867}\u{5ba2}\u{60c5}\u{5831}\u{3092}\u{53d6}\u{5f97}\n\u{9867}\u{5ba2} = 1;\n",
        "// Kundendaten abrufen\rkunde = kundenId;\r",
        "input.Country:ui.add({\"India\",\"Germany\"});",
        "<div>\n<% t = \"x\"; %>\n<a href=\"https://desk.zoho.com/x?authtoken=<%=t%>\">x</a>\n</div>",
    ];
    for sample in samples {
        assert!(looks_like_deluge(sample), "{sample}\n{:?}", points(&blanked(sample)));
    }
}

#[test]
fn what_stands_around_the_code_does_not_hide_it() {
    let request = "r = invokeurl\n[\n\turl :\"https://desk.zoho.com/x\"\n\ttype :GET\n];\n";
    let remark = "// const remark = (a) => require(a);\n";
    let samples = [
        format!("/*\n * Licensed to you; function() {{ }} const x\n */\n{request}"),
        format!("{}{request}", remark.repeat(3000)),
        format!("/*{}*/{request}", remark.repeat(3000)),
        format!("html = \"{}\";\ninfo html;\n", "<td class=\\\"x\\\">text</td>".repeat(4000)),
        format!("{}\n{request}", "This function tells the finance team of each ticket.\n".repeat(20)),
        format!("q = \"SELECT a\nFROM b WHERE c\nconst d = () => e\";\n{request}"),
        "<%{\n%>\n<script>const a = () => document.body;</script>\n<%\n}%>".to_owned(),
        "htmlpage Overview(token)\ncontent\n<%{%><div>hello</div><%}%>".to_owned(),
    ];
    for sample in samples {
        assert!(looks_like_deluge(&sample), "{:?}", points(&blanked(&sample)));
    }
}

#[test]
fn other_texts_do_not() {
    let samples = [
        "",
        "hello",
        "ZOHO.CRM.API.getRecord({Entity: \"Leads\"}).then(function(data) {\n console.log(data);\n});",
        "ZOHO.embeddedApp.on(\"PageLoad\", data => { info(data); });",
        "const m = new Map();\nm.put(\"invokeurl [\", \"zoho.crm.\");",
        "// info x;\n// invokeurl [ ]\nexport default class A {}\n",
        "# Deluge\n\nUse `invokeurl` for each request, as in\n\n```\ninfo x;\n```\n",
        "Permission is hereby granted, free of charge, to any person obtaining a copy of this software, and for each\nperson in the world to use, copy, modify, and don't forget to send mail with sendmail.\n",
        "x = 1;\ny = 2;\nz = 3;\n% plot them\nplot(x, y);\nend\n",
        "#include <map>\nvoid f(int a)\n{\n x = 1;\n}",
        "INSERT INTO leads (a) VALUES (1);\nDELETE FROM leads WHERE ISNULL(a);\nSELECT * FROM leads;",
        "<html><body><script>var a = 1; input.value = 2;</script></body></html>",
        "# Functions\n\nThe request:\n\n```\nr = zoho.crm.getRecordById(\"Leads\", id);\ninfo r;\ninfo r.get(\"id\");\n```\n",
        "exports.FIRST = 1;\nexports.SECOND = 2;\n",
        "Language.set(\"de\", {title: \"Titel\", close: \"Zu\"});",
        "words = { name: /[a-z]+/ };\n",
        "Node.prototype = null;\nwrap(function Node() { return 1; });",
        "name = \"tool\"\nedition = \"2024\"\nclap = { version = \"4\" }\n",
        ".box {\n  position: relative;\n  color: red;\n}\n",
        "function total = add(a, b)\n  total = a + b;\nend\n",
        "id;name\n1;\"x\"\n",
        "key=value\nother=1\n",
        "{\n  \"dependencies\": {\"a\": \"1\"}\n}\n",
        "https://desk.zoho.com/tickets?authtoken=1\n",
        "Die Funktion liefert, was der Kunde bestellt hat; sie gibt es so nur hier.\n",
        "<% if (user) { %>\n<h2><%= user.name %></h2>\n<% } %>\n",
    ];
    for sample in samples {
        assert!(!looks_like_deluge(sample), "{sample}\n{:?}", points(&blanked(sample)));
    }
}

/// What this tool and others say of code, saved beside it.
#[test]
fn code_that_is_quoted_is_not_read() {
    let code = "answer = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken=fake\");\n";
    assert!(looks_like_deluge(code));
    for before in [
        "--- a/close.dg\n+++ b/close.dg\n@@ -1 +1 @@\n",
        "--- close.dg\n+++ close.dg (preview with masked tokens, not a patch)\n",
        "error[authtoken-in-query]: Zoho Desk (us) gets an authtoken in the query string\n --> close.dg:1:10\n",
        "close.dg:1:10: error[authtoken-in-query]: Zoho Desk (us) gets an authtoken in the query string\n",
    ] {
        assert!(!looks_like_deluge(&format!("{before}{code}")), "{before}");
    }
    for before in ["--- old ---\n", "error[0] = 1;\n", "// close.dg: note[x]\n"] {
        assert!(looks_like_deluge(&format!("{before}{code}")), "{before}");
    }
}

#[test]
fn of_a_long_text_only_the_beginning_counts() {
    for piece in ["'\\", "\"", "/*", "//", "<%", "sendmail ", "[ =", "\u{e9}", "a = b[", "for each "] {
        let (long, longer) = (piece.repeat(100_000), piece.repeat(1_000_000));
        assert_eq!(looks_like_deluge(&long), looks_like_deluge(&longer), "{piece:?}");
    }
}
