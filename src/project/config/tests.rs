use std::sync::Arc;

use super::*;

const HERE: &str = "/p/authshift.toml";

fn config(text: &str) -> Config {
    Config::parse(Path::new(HERE), text).unwrap()
}

fn error(text: &str) -> String {
    Config::parse(Path::new("authshift.toml"), text).unwrap_err().to_string()
}

/// A Zoho request in `/p/<file>`.
fn target<'a>(file: &'a Path, service: Option<&'a str>, center: Option<&'a str>, url: Option<&'a str>) -> Target<'a> {
    Target { path: file, service, data_center: center, url, zoho: true }
}

fn chosen(config: &Config, target: &Target) -> Option<String> {
    config.choose(target).unwrap().map(|entry| entry.link_name().to_owned())
}

#[test]
fn the_example_of_the_product_page() {
    let config = config(
        r#"
default-connection = "zoho_oauth"
upgrade-hosts = true
[[connection]]
link-name = "desk_oauth"
service = "desk"
[[connection]]
link-name = "books_eu"
service = "books"
data-center = "eu"
[[connection]]
link-name = "crm_billing"
service = "crm"
paths = ["billing/**"]
[[connection]]
link-name = "erp"
url = "https://erp.example.com/api/**"
[[connection]]
link-name = "old_support"
service = "desk"
authtoken-based = true
[renamed-connections]
old_link = "new_link"
[files]
include = ["**/*.fn"]
exclude = ["archive/**"]
[rules]
legacy-endpoint = "error"
curly-quote = "off"
"#,
    );
    let (root, billing) = (Path::new("/p/a.dg"), Path::new("/p/billing/x/a.dg"));
    let choose = |file, service, center, url| chosen(&config, &target(file, service, center, url));
    assert_eq!(choose(root, Some("desk"), None, None).as_deref(), Some("desk_oauth"));
    assert_eq!(choose(root, Some("books"), Some("eu"), None).as_deref(), Some("books_eu"));
    assert_eq!(choose(root, Some("books"), Some("us"), None).as_deref(), Some("zoho_oauth"));
    assert_eq!(choose(root, Some("books"), None, None).as_deref(), Some("zoho_oauth"));
    assert_eq!(choose(root, Some("crm"), None, None).as_deref(), Some("zoho_oauth"));
    assert_eq!(choose(billing, Some("crm"), None, None).as_deref(), Some("crm_billing"));
    let erp = Target { zoho: false, ..target(root, None, None, Some("https://ERP.example.com/api/\u{FFFC}?x=1")) };
    assert_eq!(chosen(&config, &erp).as_deref(), Some("erp"));
    let other = Target { url: Some("https://other.example.com/api/x"), ..erp };
    assert_eq!(chosen(&config, &other), None);

    assert!(["desk_oauth", "old_support", "zoho_oauth", "new_link"].iter().all(|link| config.knows_link(link)));
    assert!(!config.knows_link("old_link") && !config.knows_link("x"));
    assert!(config.is_authtoken_based("old_support") && !config.is_authtoken_based("desk_oauth"));
    assert_eq!(config.renamed().get("old_link").map(String::as_str), Some("new_link"));
    assert!(config.upgrade_hosts());
    assert!(config.includes(Path::new("a/b.fn")) && config.includes(Path::new("/p/b.fn")));
    assert!(!config.includes(Path::new("b.dg")) && !config.includes(Path::new("/q/b.fn")));
    assert!(config.excludes(Path::new("archive/x/y.dg")) && !config.excludes(Path::new("src/project/archive/y.dg")));
    assert_eq!(config.level(Rule::LegacyEndpoint), Level::At(Severity::Error));
    assert_eq!(config.level(Rule::CurlyQuote), Level::Off);
    assert_eq!(config.level(Rule::AuthtokenInQuery), Level::At(Severity::Error));
    assert_eq!(config.folder(), Path::new("/p"));
}

#[test]
fn an_empty_configuration_says_nothing() {
    let empty = Config::default();
    assert_eq!(chosen(&empty, &target(Path::new("/p/a.dg"), Some("desk"), Some("us"), None)), None);
    assert!(!empty.includes(Path::new("a")) && !empty.excludes(Path::new("/a")) && !empty.knows_link("a"));
    assert_eq!(empty.level(Rule::UnusedTokenVariable), Level::At(Severity::Note));
}

#[test]
fn the_most_specific_entry_wins() {
    let entries = [
        "link-name = \"by_service\"\nservice = \"desk\"",
        "link-name = \"by_center\"\ndata-center = \"eu\"",
        "link-name = \"by_both\"\nservice = \"desk\"\ndata-center = \"eu\"",
        "link-name = \"by_paths\"\npaths = [\"a/**\"]",
        "link-name = \"by_url\"\nurl = \"https://desk.zoho.eu/**\"",
    ];
    let request = target(Path::new("/p/a/f.dg"), Some("desk"), Some("eu"), Some("https://desk.zoho.eu/api/v1/tickets"));
    let mut text = "default-connection = \"fallback\"\n".to_owned();
    assert_eq!(chosen(&config(&text), &request).as_deref(), Some("fallback"));
    for (entry, link) in entries.iter().zip(["by_service", "by_center", "by_both", "by_paths", "by_url"]) {
        text += &format!("[[connection]]\n{entry}\n");
        assert_eq!(chosen(&config(&text), &request).as_deref(), Some(link));
    }
}

#[test]
fn entries_without_url_are_for_zoho_only() {
    let config = config("default-connection = \"d\"\n[[connection]]\nlink-name = \"p\"\npaths = [\"**\"]");
    let request = target(Path::new("/p/f.dg"), None, None, None);
    assert_eq!(chosen(&config, &request).as_deref(), Some("p"));
    assert_eq!(chosen(&config, &Target { zoho: false, ..request }), None);
}

#[test]
fn equally_specific_entries_are_an_error_that_names_both() {
    let text = "[[connection]]\nlink-name = \"a\"\npaths = [\"x/**\"]\n[[connection]]\nlink-name = \"b\"\npaths = [\"x/y/**\"]\n";
    let request = |path| target(path, Some("desk"), None, None);
    let both = config(text);
    assert_eq!(chosen(&both, &request(Path::new("/p/x/f.dg"))).as_deref(), Some("a"));
    let message = both.choose(&request(Path::new("/p/x/y/f.dg"))).unwrap_err().to_string();
    assert_eq!(
        message,
        "/p/authshift.toml:4:1: the connections `a` (line 1) and `b` (line 4) fit a request in /p/x/y/f.dg equally well; \
         make one of them more specific"
    );
    // A more specific third one ends the quarrel, an authtoken-based or like-named one makes none.
    let third = format!("{text}[[connection]]\nlink-name = \"c\"\npaths = [\"x/**\"]\nservice = \"desk\"");
    assert_eq!(chosen(&config(&third), &request(Path::new("/p/x/y/f.dg"))).as_deref(), Some("c"));
    for harmless in [format!("{text}authtoken-based = true"), text.replace("\"b\"", "\"a\"")] {
        assert_eq!(chosen(&config(&harmless), &request(Path::new("/p/x/y/f.dg"))).as_deref(), Some("a"));
    }
}

#[test]
fn services_may_be_named_by_their_alias() {
    let config = config("[[connection]]\nlink-name = \"b\"\nservice = \"subscriptions\"");
    assert_eq!(chosen(&config, &target(Path::new("/p/f.dg"), Some("billing"), None, None)).as_deref(), Some("b"));
    assert_eq!(config.connections()[0].service(), Some("billing"));
}

#[test]
fn errors_have_a_place_and_a_suggestion() {
    let entry = |rest: &str| format!("[[connection]]\nlink-name = \"a\"\n{rest}");
    for (text, wanted) in [
        ("conection = []".to_owned(), "1:1: unknown key `conection`; did you mean `connection`?"),
        (entry("  servce = \"desk\""), "3:3: unknown key `servce`; did you mean `service`?"),
        (entry("service = \"dsk\""), "3:11: unknown service `dsk`; did you mean `desk`?"),
        (entry("data-center = \"usa\""), "3:15: unknown data-center `usa`; did you mean `us`?"),
        (entry("data-center = \"xx\""), "3:15: unknown data-center `xx`; it is one of `ae`, `au`,"),
        (entry("paths = [\"a\", \"b[\"]"), "3:15: bad glob `b[`: "),
        (entry("paths = [\"../a\"]"), "3:10: the glob `../a` leaves the folder"),
        (entry("paths = []"), "3:9: `paths` is empty"),
        (entry("paths = \"a\""), "3:9: `paths` must be a list of globs, not string"),
        (entry("paths = [1]"), "3:10: `paths` must be a string, not integer"),
        (entry("url = \"a{\""), "3:7: bad glob `a{`: "),
        (entry("authtoken-based = 1"), "3:19: `authtoken-based` must be `true` or `false`, not integer"),
        (entry(""), "1:1: the connection `a` would fit every request"),
        (entry("link_name = \"b\""), "3:1: unknown key `link_name`; did you mean `link-name`?"),
        ("\n[[connection]]\nservice = \"desk\"".to_owned(), "2:1: this connection has no `link-name`"),
        ("[[connection]]\nlink-name = \"\"".to_owned(), "2:13: `link-name` is empty"),
        ("[[connection]]\nlink-name = \"1a\"".to_owned(), "2:13: `1a` is no LinkName"),
        (
            "[connection]\nlink-name = \"a\"".to_owned(),
            "1:1: a connection is a table of a list: write `[[connection]]`",
        ),
        ("default-connection = \"a-b\"".to_owned(), "1:22: `a-b` is no LinkName"),
        (
            "[rules]\nlegacy-endpont = \"off\"".to_owned(),
            "2:1: unknown rule `legacy-endpont`; did you mean `legacy-endpoint`?",
        ),
        ("[rules]\nlegacy-endpoint = \"warn\"".to_owned(), "2:19: unknown severity `warn`; did you mean `warning`?"),
        ("[rules]\nlegacy-endpoint = \"bad\"".to_owned(), "2:19: unknown severity `bad`; it is one of `off`, `error`,"),
        ("[files]\nexcludes = []".to_owned(), "2:1: unknown key `excludes`; did you mean `exclude`?"),
        ("[files]\ninclude = [\"\"]".to_owned(), "2:12: an empty glob matches nothing"),
        ("[renamed-connections]\na-b = \"c\"".to_owned(), "2:1: `a-b` is no LinkName"),
        ("[renamed-connections]\na = \"\"".to_owned(), "2:5: `a` is empty"),
        ("[renamed-connections]\na = \"b\"\nb = \"a\"".to_owned(), "2:1: `a` is renamed in a circle"),
        ("upgrade-hosts = \"yes\"".to_owned(), "1:17: `upgrade-hosts` must be `true` or `false`, not string"),
        ("é = 1\nx = 2".to_owned(), "1:1: "),
        ("a = \"é\" \"".to_owned(), "1:9: "),
        ("a = \"x\ny\"".to_owned(), "1:7: "),
        ("[rules]\n[files]\n[rules]".to_owned(), "3:2: duplicate key"),
        ("zzz = 1\n[rules]\nyyy = 1".to_owned(), "1:1: unknown key `zzz`"),
    ] {
        let message = error(&text);
        assert!(message.starts_with(&format!("authshift.toml:{wanted}")), "{text}\n{message}");
    }
}

#[test]
fn contradictions_are_found_when_the_file_is_read() {
    let two = |first: &str, second: &str| error(&format!("[[connection]]\n{first}\n[[connection]]\n{second}\n"));
    let same = two(
        "link-name = \"a\"\nservice = \"docs\"\npaths = [\"x\", \"y\"]",
        "link-name = \"b\"\npaths = [\"y\", \"x\"]\nservice = \"workdrive\"",
    );
    assert!(same.ends_with(":5:1: the connections `a` (line 1) and `b` (line 5) are for the same requests"), "{same}");
    let based = two("link-name = \"a\"\nservice = \"desk\"", "link-name = \"a\"\nauthtoken-based = true");
    assert!(based.ends_with(":1:1: the connection `a` is `authtoken-based` by line 4"), "{based}");
    let renamed = error("default-connection = \"a\"\n[renamed-connections]\na = \"b\"");
    assert!(renamed.ends_with(":1:1: the connection `a` was renamed: write `b`"), "{renamed}");
}

#[test]
fn renames_lead_to_the_last_name() {
    let config = config("[renamed-connections]\na = \"b\"\nb = \"c\"");
    assert_eq!(config.renamed().values().collect::<Vec<_>>(), ["c", "c"]);
}

#[test]
fn a_byte_order_mark_and_crlf_are_fine() {
    let with =
        |text: &str| Config::parse(Path::new("authshift.toml"), &format!("\u{feff}{}", text.replace('\n', "\r\n")));
    assert!(with("default-connection = \"a\"\n[rules]\ncurly-quote = \"off\"\n").is_ok());
    assert_eq!(with("x = 1\n").unwrap_err().to_string().split(';').next(), Some("authshift.toml:1:1: unknown key `x`"));
    assert!(with("a = 1\nb =\n").unwrap_err().to_string().starts_with("authshift.toml:2:"));
}

#[test]
fn path_globs_are_relative_and_do_not_cross_folders() {
    let matches = |glob: &str, path: &str| PathGlobs::new(vec![glob.to_owned()]).unwrap().matches(Path::new(path));
    for (glob, path, wanted) in [
        ("*.dg", "a.dg", true),
        ("*.dg", "x/a.dg", false),
        ("**/*.dg", "a.dg", true),
        ("./x/**", "x/y/a.dg", true),
        ("x/", "x/y/a.dg", true),
        ("x", "x/y/a.dg", true),
        ("x", "y/x/a.dg", false),
        ("x*", "xy/a.dg", false),
    ] {
        assert_eq!(matches(glob, path), wanted, "{glob} {path}");
    }
    let config = config("[files]\nexclude = [\"**/old*\"]");
    assert!(config.excludes(Path::new("a/older/f.dg")), "what lies in an excluded folder is excluded");
}

#[test]
fn url_globs_see_unknown_text_as_text() {
    let matches = |glob: &str, url: &str| UrlGlob::new(glob).unwrap().matches(&url.replace('~', "\u{FFFC}"));
    for (glob, url, wanted) in [
        ("https://erp.example.com/api/**", "https://erp.example.com/api/~", true),
        ("https://erp.example.com/api/**", "HTTPS://Erp.Example.com/api/a/b?c=/d", true),
        ("https://erp.example.com/api/**", "https://erp.example.com/API/a", false),
        ("https://erp.example.com/api/**", "https://~/api/a", false),
        ("https://erp.example.com/api/**", "https://erp.example.com.evil.org/api/a", false),
        ("https://erp.example.com/*/x", "https://erp.example.com/~/x", true),
        ("https://erp.example.com/x", "https://erp.example.com/x?a=b/c", true),
        ("erp.example.com/**", "https://erp.example.com/x", true),
        ("**/api/**", "~/api/x", true),
    ] {
        assert_eq!(matches(glob, url), wanted, "{glob} {url}");
    }
}

#[test]
fn the_nearest_file_upwards_as_far_as_the_repository() {
    let root = tempfile::tempdir().unwrap();
    let write = |name: &str, link: &str| {
        let path = root.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("default-connection = \"{link}\"")).unwrap();
    };
    write("authshift.toml", "outside");
    write("repo/.authshift.toml", "hidden");
    write("repo/a/authshift.toml", "plain");
    write("repo/a/.authshift.toml", "second");
    write("repo/bad/authshift.toml", "");
    std::fs::create_dir_all(root.path().join("repo/.git")).unwrap();
    std::fs::create_dir_all(root.path().join("repo/inner/deep")).unwrap();
    std::fs::write(root.path().join("repo/inner/.git"), "gitdir: x").unwrap();
    let configs = Configs::nearest(&[root.path().to_owned()]).outside_of_repositories(root.path());
    let link = |file: &str| {
        let config = configs.for_file(&root.path().join(file)).unwrap();
        config.default_connection().map(|entry| entry.link_name().to_owned())
    };
    assert_eq!(link("x.dg").as_deref(), Some("outside"));
    assert_eq!(link("repo/b/c/x.dg").as_deref(), Some("hidden"));
    assert_eq!(link("repo/a/b/../x.dg").as_deref(), Some("plain"));
    assert_eq!(link("repo/inner/deep/x.dg"), None, "a repository inside is one of its own");
    assert_eq!(link("apart/x.dg").as_deref(), Some("outside"), "as far as the folder that was named");
    std::fs::create_dir_all(root.path().join("beside")).unwrap();
    let alone = Configs::nearest(&[root.path().join("apart/x.dg"), root.path().join("beside")]);
    let alone = alone.outside_of_repositories(root.path());
    for file in ["apart/x.dg", "apart/deep/x.dg", "beside/deep/x.dg", "other/x.dg", "repo/inner/deep/x.dg"] {
        let config = alone.for_file(&root.path().join(file)).unwrap();
        assert!(config.path().as_os_str().is_empty(), "{file} has the configuration of a folder that nobody named");
    }
    assert_eq!(alone.for_file(&root.path().join("repo/b/x.dg")).unwrap().folder(), root.path().join("repo"));
    assert!(alone.reaches(&root.path().join("apart/deep"), &root.path().join("apart")));
    assert!(!alone.reaches(&root.path().join("apart"), root.path()));
    let file = |name: &str| configs.for_file(&root.path().join(name));
    assert!(Arc::ptr_eq(&file("repo/b/x.dg").unwrap(), &file("repo/y.dg").unwrap()), "read once");
    assert!(Arc::ptr_eq(&file("repo/bad/x.dg").unwrap_err(), &file("repo/bad/c/y.dg").unwrap_err()));

    let config = Config::load(&root.path().join("repo/a/authshift.toml")).unwrap();
    let fixed = Configs::fixed(config).for_file(Path::new("anything")).unwrap();
    assert_eq!(fixed.default_connection().map(ConnectionEntry::link_name), Some("plain"));
    assert!(Configs::isolated().for_file(&root.path().join("repo/a/x.dg")).unwrap().default_connection().is_none());
    assert!(matches!(Config::load(&root.path().join("none.toml")), Err(ConfigError::Unreadable { .. })));
}

#[test]
fn relative_files_are_resolved_against_the_current_directory() {
    let config = Config::parse(Path::new("authshift.toml"), "").unwrap();
    assert_eq!(config.relative(Path::new("./a/../b.dg")), Some(PathBuf::from("b.dg")));
    assert_eq!(config.relative(Path::new("../b.dg")), None);
}

#[test]
fn huge_and_deep_files_get_an_answer() {
    use std::fmt::Write;
    let mut chain = "[renamed-connections]\n".to_owned();
    for number in 0..20_000 {
        writeln!(chain, "a{number} = \"a{}\"", number + 1).unwrap();
    }
    assert_eq!(config(&chain).renamed().get("a0").map(String::as_str), Some("a20000"));
    assert!(Config::parse(Path::new(HERE), &format!("a = {}", "[".repeat(200_000))).is_err());
    assert!(Config::parse(Path::new(HERE), &"[".repeat(200_000)).is_err());
}

#[test]
fn what_is_only_listed_is_never_chosen() {
    let config = config(
        r#"
[[connection]]
link-name = "crm_write"
service = "crm"
[[connection]]
link-name = "crm_read"
service = "crm"
insert = false
[[connection]]
link-name = "crm-read"
insert = false
"#,
    );
    let crm = target(Path::new("/p/a.dg"), Some("crm"), None, None);
    let books = target(Path::new("/p/a.dg"), Some("books"), None, None);
    assert_eq!(chosen(&config, &crm).as_deref(), Some("crm_write"));
    assert_eq!(chosen(&config, &books), None);
    for link in ["crm_write", "crm_read", "crm-read"] {
        assert!(config.knows_link(link) && config.takes(link, &crm), "{link}");
    }
    // Listed for CRM only; what is listed for nothing is right everywhere.
    assert!(!config.takes("crm_read", &books) && config.takes("crm-read", &books) && !config.takes("other", &crm));
    // Without it, the name has to be a LinkName, and an entry says for what it is.
    assert!(error("[[connection]]\nlink-name = \"crm-read\"\nservice = \"crm\"\n").contains("no LinkName"));
    assert!(error("[[connection]]\nlink-name = \"crm_read\"\n").contains("would fit every request"));
    assert!(error("[[connection]]\nlink-name = \"\"\ninsert = false\n").contains("empty"));
}
