use std::path::Path;
use std::sync::OnceLock;

use super::*;
use crate::deluge::STACK_BYTES;
use crate::fix::examine;
use crate::project::config::Configs;
use crate::project::discover::{Options, format_of};
use crate::zoho::HOST_ENDS;

fn prefilter() -> &'static Prefilter {
    static PREFILTER: OnceLock<Prefilter> = OnceLock::new();
    PREFILTER.get_or_init(Prefilter::new)
}

fn signs(text: &str) -> Vec<Sign> {
    let signs =
        prefilter().in_text(&Source::new("a.deluge", text), &folded(text), &Config::default(), Signs::default(), &[]);
    let all =
        [Token, Header, Secret, Dead, DeadHost, DeadPath, Moved, OldPath, Connection, Placeholder, Quote, Suppression];
    all.into_iter().filter(|&sign| signs.has(sign)).collect()
}

/// The words with what follows them; of a host, with the begin of a path and of a domain.
fn spelt() -> Vec<(Sign, String)> {
    let spelt = |word: Word| {
        let host = |text: &str| HOST_ENDS.map(|end| format!("/{text}{end} + \".zoho.com\" + \"api/\"")).to_vec();
        let spell = |text: &str| if word.paths.is_some() { host(text) } else { vec![text.to_owned()] };
        let all = word.texts.iter().flat_map(|(_, text)| spell(text));
        all.map(|spelt| (word.sign, spelt)).collect::<Vec<_>>()
    };
    words().into_iter().flatten().flat_map(spelt).collect()
}

#[test]
fn windows_are_of_their_words() {
    assert_eq!(spelt().len(), 42 + 19 * 5);
    for Word { window, texts, paths, .. } in words().into_iter().flatten() {
        assert!(window.len() >= 4);
        for (at, text) in texts {
            let spelt: Vec<_> = if paths.is_none() {
                vec![text.to_owned()]
            } else {
                HOST_ENDS.iter().map(|end| format!("{text}{end}")).collect()
            };
            assert!(spelt.iter().all(|spelt| folded(spelt).get(at..).unwrap().starts_with(&window)), "{text}");
        }
    }
}

#[test]
fn the_old_path_counts_beside_its_host() {
    for path in OLD_PATHS {
        assert_eq!(signs(&format!("u = \"https://books.\" + d + \"/{path}")), [Moved, OldPath], "{path}");
        assert_eq!(signs(&format!("u = \"https://desk.\" + d + \"/{path}")), [], "{path}");
    }
}

#[test]
fn what_is_dead_is_told_by_its_path() {
    for path in DEAD_PATHS {
        assert_eq!(signs(&format!("u = \"https://support.\" + d + {path}")), [DeadHost, DeadPath], "{path}");
    }
    assert_eq!(signs("u = \"https://creator.zoho.com/api/v2/\" + owner"), [DeadHost, Moved, OldPath]);
}

#[test]
fn a_name_is_found_wherever_it_is_broken() {
    for name in TOKENS {
        for at in 1..name.len() {
            let (head, tail) = name.split_at(at);
            for text in [format!("u = \"?{head}\" + \"{tail}=\" + t;"), format!("u = '{head}'+'{tail}=' + t;")] {
                assert_eq!(signs(&text), [Token], "{text}");
            }
        }
    }
    assert_eq!(signs("m = {\"auth\": a, \"to\": b};"), []);
}

#[test]
fn quotes_in_texts_are_no_sign() {
    assert_eq!(signs("x = \"say \u{201C}yes\u{201D}\";"), []);
    assert_eq!(signs("x = \u{201C}yes\u{201D};"), [Quote]);
    assert_eq!(signs("x = \"say \u{201C}yes\u{201D}\"; x = \u{201D}no\u{201D};"), [Quote]);
}

#[test]
fn every_word_is_found_in_any_case_and_among_parts_of_others() {
    let halves = |word: &str| [word.chars().take(5).collect(), word.chars().skip(1).collect()];
    let all = spelt();
    let parts: Vec<String> = all.iter().flat_map(|(_, word)| halves(word)).collect();
    for (sign, word) in &all {
        assert!(signs(word).contains(sign), "{word}");
        assert!(signs(&word.to_uppercase()).contains(sign), "{word}");
        for part in &parts {
            assert!(signs(&format!("{part}{word}{part}")).contains(sign), "{word} in {part}");
        }
    }
}

#[test]
fn words_are_whole() {
    assert_eq!(signs("x = author.token(); client.secret(); zohobooks(); creators.zoho"), []);
    assert_eq!(signs("x = \"?auth\" + \"token=\" + t"), [Token]);
    assert_eq!(signs("x = 'https://books.' + domain;"), [Moved]);
}

#[test]
fn the_hosts_are_those_of_the_tables() {
    for host in crate::zoho::moved_words() {
        assert!(signs(&format!("\"https://{host}.zoho.\"")).contains(&Moved), "{host}");
    }
}

#[test]
fn names_of_hosts_in_other_texts_are_no_sign() {
    for text in [
        "x = m.get(\"Invoice\"); y = \"https://desk.zoho.com/api/v1/\" + id;",
        "x = \"https://crm.zoho.com/crm/org1/tab/Leads/\"; y = \"https://desk.zoho.com/api/v1/\" + id;",
        "x = \"https://creatorapp.zoho.com/acme/orders/#Report:All\"; y = \"https://desk.zoho.com/api/v1/\" + id;",
    ] {
        assert_eq!(signs(text), [], "{text}");
    }
}

/// Every old address of the tables, in one text and in several.
#[test]
fn old_addresses_are_foreseen_however_they_are_spelt() {
    let project = Project::default();
    let mut found = 0;
    let addresses = crate::zoho::old_addresses();
    for (host, path) in &addresses {
        let ends = path.match_indices('/').flat_map(|(at, _)| [at, at + 1]);
        let broken = ends.map(|at| {
            let (head, tail) = path.split_at(at);
            format!("\"https://{host}.zoho.com/{head}\" + \"{tail}\"")
        });
        let spelt = [
            format!("\"https://{host}.zoho.com/{path}\""),
            format!("\"https://{}.zoho.eu:443/{path}\"", host.to_uppercase()),
            format!("\"https://{host}.zoho.com\" + \"//{path}\""),
            format!("\"https://{host}\" + \".zoho.com/{path}\""),
            format!("\"https://\" + \"{host}\" + \".\" + \"zoho.com/\" + \"{path}\""),
            format!("\"https://{host}.\" + \"zoho.com/\" + \"{path}\""),
            format!("\"https://{host}.zoho.com/PATH\".replaceAll(\"PATH\",\"{path}\")"),
            format!("'https://{host}.zoho.com/' + '{path}'"),
        ];
        for url in spelt.into_iter().chain(broken) {
            let text = format!("u = {url};\nr = invokeurl [ url: u type: GET connection: \"zoho_oauth\" ];\n");
            found += foreseen(Path::new("a.dg"), &text, &project);
        }
    }
    assert!(found > 8 * addresses.len(), "{found} findings of {} addresses", addresses.len());
}

/// The findings of a text, each of which the prefilter must have foreseen.
fn foreseen(path: &Path, text: &str, project: &Project) -> usize {
    let source = Source::new(path, text);
    let config = project.configs().for_file(path).unwrap();
    let format = format_of(path, text).unwrap_or(Format::Deluge);
    // What is no manifest any more has no findings.
    let Ok(examined) = examine(&source, format, &config, project) else { return 0 };
    for finding in &examined.findings {
        let holds = prefilter().may_hold(finding.rule, &source, format, &config, project);
        assert!(holds, "{}: {:?} is not foreseen in\n{text}", path.display(), finding.rule);
        assert!(prefilter().may_match(&source, format, &config, project));
    }
    examined.findings.len()
}

/// The text with other letters in place of a word.
fn erased(text: &str, word: &str) -> Option<String> {
    let places: Vec<usize> = text.to_ascii_lowercase().match_indices(word).map(|(at, _)| at).collect();
    let mut erased = text.to_owned();
    places.iter().for_each(|&at| erased.replace_range(at..at + word.len(), &"x".repeat(word.len())));
    (!places.is_empty()).then_some(erased)
}

/// Runs work that parses anything.
fn on_big_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(work).unwrap().join().unwrap();
}

/// Headers for other vendors and for Zoho, beside one another, with a sign taken out or put in anywhere: what is taken for
/// another vendor's without parsing has no finding.
#[test]
fn headers_that_are_told_without_parsing_have_no_finding() {
    on_big_stack(|| {
        let request = |host: &str| {
            format!(
                "x = invokeurl // {host}\n[\n url :\"https://{host}/a?b=\" + c\n headers:{{\"Authorization\":\"Bearer \" + k,\"d\":\"e\"}}\n];\n"
            )
        };
        let (theirs, ours) = (request("api.example.com"), request("desk.zoho.com"));
        let unseen =
            "h = {\"a\":\"b\"}; h.put(\"Authorization\",\"fake0aaaabbbbccccdddd000011112222\");\ny = getUrl(u,h);\n";
        let project = Project::default();
        let (mut told, mut found) = (0, 0);
        for text in [theirs.clone(), format!("{theirs}{ours}"), format!("{ours}{theirs}"), format!("{theirs}{unseen}")]
        {
            for at in (0..=text.len()).step_by(2) {
                let (before, behind) = text.split_at(at);
                let without = behind.get(1..).unwrap_or("");
                let put = ["", "\"", "\\", "'", "[", "]", "{", "}", "(", ")", ":", "//", "/*", "*/", ";", "<%", "\n"];
                for torn in
                    put.iter().flat_map(|put| [format!("{before}{put}{behind}"), format!("{before}{put}{without}")])
                {
                    told += usize::from(requests::are_all_foreign(&torn));
                    found += foreseen(Path::new("a.dg"), &torn, &project);
                }
            }
        }
        assert!(told > 1000 && found > 1000, "{told} told, {found} findings");
    });
}

/// Every fixture as it is, and with each of the words taken out of it.
#[test]
fn no_rule_finds_anything_without_its_words() {
    on_big_stack(|| {
        let project = Project::new(Configs::nearest(&[]), Options::default());
        let (mut found, mut without) = (0, 0);
        for entry in walkdir::WalkDir::new("fixtures").sort_by_file_name().into_iter().filter_map(Result::ok) {
            let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
            if !entry.file_name().to_string_lossy().starts_with("before") {
                continue;
            }
            found += foreseen(entry.path(), &text, &project);
            let words = words();
            let words = words.iter().flatten().flat_map(|word| &word.texts).map(|(_, word)| *word).chain([CONNECTION]);
            for erased in words.filter_map(|word| erased(&text, word)) {
                without += foreseen(entry.path(), &erased, &project);
            }
        }
        assert!(found > 1000 && without > 1000, "{found} findings, {without} without some word");
    });
}
