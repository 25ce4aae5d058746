//! Code that repeats itself without end is looked at in bounded time: what it sends is found all the same.

use std::path::Path;

use super::{Examined, examine};
use crate::finding::{Applicability, Rule};
use crate::project::Project;
use crate::project::config::Config;
use crate::project::format::Format;
use crate::text::source::Source;

fn examined(text: &str) -> Examined {
    let source = Source::new("a.deluge", text);
    let config = Config::parse(Path::new("authshift.toml"), "default-connection = \"zoho_oauth\"").unwrap();
    examine(&source, Format::Deluge, &config, &Project::default()).unwrap()
}

fn count(text: &str, rule: Rule) -> usize {
    examined(text).findings.iter().filter(|finding| finding.rule == rule).count()
}

const SEND: &str = "r = postUrl(\"https://desk.zoho.com/api/v1/t\",a);\n";

#[test]
fn a_token_is_found_through_maps_that_are_put_into_one_another() {
    let both = "a.putAll(b); b.putAll(a);\n".repeat(100);
    let begin = "a = Map();\nb = Map();\n";
    for put in ["a.put(\"authtoken\",t);\n", "b.put(\"authtoken\",t);\n"] {
        assert_eq!(count(&format!("{begin}{put}{both}{SEND}"), Rule::AuthtokenInParameters), 1, "{put}");
        assert_eq!(count(&format!("{begin}{both}{put}{both}{SEND}"), Rule::AuthtokenInParameters), 1, "{put}");
    }
    let many: String =
        (0..600).map(|at| format!("q{at} = Map(); q{at}.put(\"k{at}\",1); a.putAll(q{at});\n")).collect();
    let text = format!("a = Map();\n{many}q599.put(\"authtoken\",t);\na.putAll(q599);\n{SEND}");
    assert_eq!(count(&text, Rule::AuthtokenInParameters), 1);
}

#[test]
fn all_tokens_behind_a_name_in_pieces_are_masked() {
    let token = |at: usize| format!("fake0desk0token{at:04}");
    let sum: String = (0..200).map(|at| format!(" + \"auth\" + \"token=\" + \"{}\"", token(at))).collect();
    let chain: String =
        (0..200).map(|at| format!(".concat(\"auth\").concat(\"token=\" + \"{}\")", token(at))).collect();
    for joined in [sum, chain] {
        let text = format!("u = \"https://desk.zoho.com/api/v1/t?a=b&\"{joined};\nr = getUrl(u);\n");
        let examined = examined(&text);
        assert!(!examined.findings.is_empty());
        let masker = examined.secrets.masker(false);
        assert!((0..200).all(|at| !masker.mask(&format!("x {} y", token(at))).contains(&token(at))), "{joined:.60}");
    }
}

#[test]
fn what_is_joined_of_itself_again_and_again_is_found() {
    for (repeated, last) in [("u = u + u;\n", "u"), ("c = a + u; a = u; u = c;\n", "u"), ("k = k + \"\";\n", "u")] {
        let text = format!(
            "u = \"&authtoken=\" + t;\na = u;\nk = \"\";\n{}r = getUrl(\"https://desk.zoho.com/api/v1/t?x=1\" + {last});\n",
            repeated.repeat(100)
        );
        assert!(count(&text, Rule::AuthtokenInQuery) + count(&text, Rule::UnexplainedAuthtoken) > 0, "{repeated}");
    }
}

#[test]
fn the_values_under_many_keys_are_told_apart() {
    let puts: String = (0..100).map(|at| format!("p.put(\"k{at}\",\"fake0desk0token{at:04}\");\n")).collect();
    let text =
        format!("p = Map();\n{puts}r = getUrl(\"https://desk.zoho.com/api/v1/t?authtoken=\" + p.get(\"k42\"));\n");
    let examined = examined(&text);
    let hardcoded: Vec<u32> = examined
        .findings
        .iter()
        .filter(|finding| finding.rule == Rule::HardcodedAuthtoken)
        .map(|finding| finding.start.line)
        .collect();
    assert_eq!(hardcoded, [44]);
}

#[test]
fn of_very_many_assumptions_the_first_ones_and_their_number_are_told() {
    let operands: String = (0..40).map(|at| format!(" + \"&authtoken=\" + f{at}(x)")).collect();
    let examined = examined(&format!("r = getUrl(\"https://desk.zoho.com/api/v1/t?a=b\"{operands});\n"));
    let found: Vec<_> = examined.findings.iter().filter(|finding| finding.rule == Rule::AuthtokenInQuery).collect();
    assert_eq!(found.len(), 40);
    // Of each token, that its value is one, and that the call goes with it: 80, of which 16 are told.
    let told = |note: &str| note.ends_with("the same is assumed of 64 other parts");
    for finding in found {
        assert_eq!(finding.notes.iter().filter(|note| told(note)).count(), 1, "{:?}", finding.notes);
    }
}

/// The refresh token of each pass of a loop is another account's, through however many variables it comes.
#[test]
fn a_refresh_token_of_a_loop_is_one_behind_many_variables() {
    for variables in [1, 10, 63, 64, 65, 100, 1000] {
        let names: String = (1..=variables).map(|at| format!("\tv{at} = v{};\n", at - 1)).collect();
        let text = format!(
            "for each account in accounts\n{{\n\tv0 = account.get(\"refresh\");\n{names}\
             \tasked = invokeurl [ url :\"https://accounts.zoho.com/oauth/v2/token?grant_type=refresh_token&client_id=i&client_secret=\" + s + \"&refresh_token=\" + v{variables} type :POST ];\n\
             \tr = invokeurl [ url :\"https://desk.zoho.com/api/v1/tickets\" type :GET headers:{{\"Authorization\":\"Zoho-oauthtoken \" + asked.get(\"access_token\")}} ];\n}}\n"
        );
        let examined = examined(&text);
        let by_hand: Vec<_> = examined.findings.iter().filter(|finding| finding.rule == Rule::OauthByHand).collect();
        assert!(!by_hand.is_empty(), "{variables}");
        assert!(by_hand.iter().all(|finding| finding.applicability != Applicability::Safe), "{variables}: {by_hand:?}");
    }
}
