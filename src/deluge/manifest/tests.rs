use super::*;
use crate::deluge::STACK_BYTES;

/// `LINE:COLUMN: MESSAGE` of the flaw in `text`.
fn flaw(text: &str) -> String {
    let flaw = parse_manifest(text).map(|_| ()).unwrap_err();
    let (position, message) = flaw.at(&Source::new("m", text));
    format!("{}:{}: {message}", position.line, position.column)
}

const ODD: &str = "\u{feff}// made by hand\r\n{ \"service\":\"DESK\",\r\n\t\"a\\u0062\" : [1, -0.5e+3 , true,null,\"\",],/* x */\r\n\
                   \"zohoAuthorisation\":{\"connectionLinkName\" : \"desk\", },\"connectors\":[{\"connectionLinkName\":\"w\\u006fo\"}, 7]}\r\n ";

#[test]
fn what_people_write_is_read() {
    let document = parse_manifest(ODD).unwrap();
    let root = document.root().unwrap();
    assert_eq!(document.text_of(root, "service").as_deref(), Some("DESK"));
    assert_eq!(document.values(document.get(root, "ab").unwrap()).len(), 5);
    assert_eq!(document.trailing_commas().len(), 2);
    assert_eq!(
        document.tree().comments().iter().map(|comment| comment.of(ODD)).collect::<Vec<_>>(),
        ["// made by hand", "/* x */"]
    );
    let links = document.link_names();
    assert_eq!(
        links.iter().map(|link| (link.name.as_str(), link.range.of(ODD))).collect::<Vec<_>>(),
        [("desk", "desk"), ("woo", "w\\u006fo")]
    );
    assert_eq!(document.text_of(links[1].object, LINK_NAME).as_deref(), Some("woo"));
}

#[test]
fn every_kind_of_value_may_stand_alone() {
    for text in ["{}", "[]", " \"é\" ", "-0.1", "1e9", "true", "{\"a\":{\"a\":[{}]}}", "\"\\ud800\""] {
        assert!(parse_manifest(text).is_ok(), "{text}");
    }
}

#[test]
fn a_flaw_has_a_place_and_says_what_was_expected() {
    assert_eq!(flaw(""), "1:1: expected a value, found the end of the file");
    assert_eq!(flaw("{\n  \"a\": 1\n  \"b\": 2\n}"), "3:3: expected `,` or `}`, found `\"`");
    assert_eq!(flaw("{\"a\" 1}"), "1:6: expected `:`, found `1`");
    assert_eq!(flaw("{\"a\": }"), "1:7: expected a value, found `}`");
    assert_eq!(flaw("{a: 1}"), "1:2: expected a key in double quotes or `}`, found `a`");
    assert_eq!(flaw("{'a': 1}"), "1:2: expected a key in double quotes or `}`, found `'`");
    assert_eq!(flaw("{\"a\": 'x'}"), "1:7: expected a value, found `'`");
    assert_eq!(flaw("{\"a\": 1,, \"b\": 2}"), "1:9: expected a key in double quotes or `}`, found `,`");
    assert_eq!(flaw("[1 2]"), "1:4: expected `,` or `]`, found `2`");
    assert_eq!(flaw("[,]"), "1:2: expected a value or `]`, found `,`");
    assert_eq!(flaw("{\"a\": tru}"), "1:7: expected a value, found `t`");
    assert_eq!(flaw("{\"a\": 01}"), "1:7: expected a value, found `0`");
    assert_eq!(flaw("{\"a\": \"x\n\"}"), "1:9: expected `\"` at the end of the text, found the end of the line");
    assert_eq!(flaw("{\"a\": \"x\ty\"}"), "1:9: expected `\"` at the end of the text, found the character U+0009");
    assert_eq!(flaw("{\"a\": \"\\d\"}"), "1:8: expected an escape such as `\\n`, `\\\\` or `\\u00e9`, found `\\`");
    assert_eq!(flaw("{}\n{}"), "2:1: expected the end of the file, found `{`");
    assert_eq!(flaw("{\u{a0}\"a\": 1}"), "1:2: expected a key in double quotes or `}`, found the character U+00A0");
    assert_eq!(flaw("{ /* open"), "1:3: expected a key in double quotes or `}`, found a comment that is not closed");
    assert_eq!(flaw("{\"a\": [1, 2"), "1:12: expected `,` or `]`, found the end of the file");
}

#[test]
fn a_duplicate_key_names_both_places() {
    let text = "{\"é\": 1,\n \"x\": {\"service\": 1, \"serv\\u0069ce\": 2}}";
    assert_eq!(flaw(text), "2:22: the key \"service\" is already in line 2, column 8");
    assert!(parse_manifest("{\"a\": {\"a\": 1}, \"b\": {\"a\": 1}}").is_ok(), "equal keys of different objects");
}

#[test]
fn any_nesting_gives_an_answer() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [1_000, 200_000] {
            let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let read = std::thread::Builder::new()
                .stack_size(STACK_BYTES)
                .spawn(move || parse_manifest(&text).map(|document| document.tree().len()));
            match read.unwrap().join().unwrap() {
                Ok(nodes) => assert!(nodes > depth),
                Err(flaw) => assert!(matches!(flaw, Flaw::TooDeep { .. }) && depth > 1_000),
            }
        }
    }
}
