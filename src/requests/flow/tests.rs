use super::*;
use crate::deluge::parse;

fn flow_of_last(text: &str) -> String {
    let tree = parse(text).unwrap();
    let scopes = Scopes::of(text, &tree);
    let context = Context { text, tree: &tree, scopes: &scopes };
    let last = *tree.children(tree.root()).last().unwrap();
    context.flow(*tree.children(last).last().unwrap()).text
}

#[test]
fn pieces_are_followed_through_sums_parentheses_and_single_assignments() {
    assert_eq!(flow_of_last(r#"d = "https://a"; u = (d + "/b") + "?c=" + x;"#), "https://a/b?c=\u{FFFC}");
}

#[test]
fn nothing_is_followed_that_might_have_another_value() {
    for text in [
        r#"if(c) { d = "https://a"; } else { d = "https://b"; } u = d + "/b";"#,
        r#"for each i in l { u2 = d; d = "https://a"; } u = d + "/b";"#,
        r#"try { d = f(); d = "https://a"; } catch (e) { info e; } u = d + "/b";"#,
        r#"if(x) { d = "https://a"; } u = d + "/b";"#,
        r#"u = d + "/b"; "#,
        r#"void f(String d) { } u = d + "/b";"#,
        r#"d = "https://a"; %% d ; u = d + "/b";"#,
    ] {
        assert_eq!(flow_of_last(text), "\u{FFFC}/b", "{text}");
    }
    assert_eq!(flow_of_last(r#"d = d + "/"; u = d + "b";"#), "\u{FFFC}/b");
}

#[test]
fn the_assignment_that_reaches_the_read_is_followed() {
    for text in [
        r#"d = "https://b"; d = "https://a"; u = d + "/b";"#,
        r#"d = "https://b"; if(c) { d = "https://a"; } else { return; } u = d + "/b";"#,
        r#"if(c) { d = "https://a"; } else { d = "https://c"; } d = "https://a"; u = d + "/b";"#,
        r#"for each i in l { d = "https://x"; } d = "https://a"; u = d + "/b";"#,
    ] {
        assert_eq!(flow_of_last(text), "https://a/b", "{text}");
    }
    assert_eq!(flow_of_last(r#"u = "a/"; u = u + "b"; v = u + "c";"#), "a/bc");
    assert_eq!(flow_of_last(r#"u = "a/"; u += "b"; v = u + "c";"#), "a/bc");
    assert_eq!(flow_of_last(r#"u = "a/".concat("b").concat("c"); v = u.trim() + "d";"#), "a/bcd");
}

#[test]
fn doubling_variables_do_not_double_without_end() {
    let mut text = String::from("a0 = \"0123456789/\";");
    for i in 1..60 {
        text += &format!("a{i} = a{} + a{};", i - 1, i - 1);
    }
    text += "u = a59;";
    assert!(flow_of_last(&text).len() < 4 * MOST_TEXT);
}
