use super::*;
use std::fs;
use std::sync::Mutex;
use tempfile::TempDir;

fn folder(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    folder
}

fn ignoring(folder: &TempDir, file: &str, lines: &str) {
    fs::write(folder.path().join(file), lines).unwrap();
}

fn options(exclude: &[&str]) -> Options {
    Options { exclude: exclude.iter().map(|glob| (*glob).to_owned()).collect(), ..Options::default() }
}

fn nothing(_: &Path) -> Option<bool> {
    None
}

fn no_widgets(_: &Path) -> bool {
    false
}

/// The found paths below `folder`, with `!` behind a named one and `?` behind one whose content decides.
fn found(folder: &TempDir, paths: &[&str], options: &Options) -> Vec<String> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| folder.path().join(path)).collect();
    let found = find(&paths, options, &nothing, &no_widgets).unwrap();
    assert_eq!(found.errors, []);
    shown(folder, &found)
}

fn shown(folder: &TempDir, found: &FoundFiles) -> Vec<String> {
    let show = |candidate: &Candidate| {
        let path = candidate.path.strip_prefix(folder.path()).unwrap_or(&candidate.path);
        let marks = [(candidate.named, "!"), (candidate.by_content, "?")];
        let marks: String = marks.iter().filter(|(on, _)| *on).map(|(_, mark)| *mark).collect();
        format!("{}{marks}", path.display())
    };
    found.candidates.iter().map(show).collect()
}

#[test]
fn a_walk_takes_deluge_manifests_and_what_may_be_deluge_in_path_order() {
    let files = [
        "b.dg",
        "a/z.DELUGE",
        "a/b.ds",
        "a.dlg",
        "a/plugin-manifest.json",
        "a/x.txt",
        "a/noext",
        "a/x.md",
        "a/x.json",
        "a/x.css",
    ];
    let folder = folder(&files);
    let expected = [
        "a/b.ds",
        "a/noext?",
        "a/plugin-manifest.json",
        "a/x.json?",
        "a/x.md?",
        "a/x.txt?",
        "a/z.DELUGE",
        "a.dlg",
        "b.dg",
    ];
    for _ in 0..5 {
        assert_eq!(found(&folder, &[""], &Options::default()), expected);
    }
}

#[test]
fn a_named_file_is_taken_whatever_it_is() {
    let folder = folder(&["x.json", ".hidden.dg"]);
    ignoring(&folder, ".ignore", "*\n");
    assert_eq!(found(&folder, &["x.json", ".hidden.dg"], &options(&["*.json"])), [".hidden.dg!", "x.json!"]);
}

#[test]
fn a_missing_path_is_an_error_and_the_others_go_on() {
    let folder = folder(&["a.dg"]);
    let paths = [folder.path().join("no.dg"), folder.path().join("a.dg")];
    let found = find(&paths, &Options::default(), &nothing, &no_widgets).unwrap();
    assert_eq!(shown(&folder, &found), ["a.dg!"]);
    assert_eq!(found.errors, [(paths[0].clone(), "does not exist; check the path".to_owned())]);
}

#[test]
fn the_same_file_is_listed_once() {
    let folder = folder(&["a/x.dg", "a/y.dg"]);
    assert_eq!(found(&folder, &["a/x.dg", "a", "./a/x.dg", "a/../a/x.dg", "a/./"], &Options::default()).len(), 2);
    let twice = found(&folder, &["", "a", "a/x.dg"], &Options::default());
    assert_eq!(twice, ["a/x.dg!", "a/y.dg"]);
}

#[test]
fn ignore_files_and_hidden_files_are_respected_unless_told_otherwise() {
    let folder = folder(&["a.dg", "out/b.dg", ".h/c.dg", "d.dg", ".git/config", ".authshift-Xy12"]);
    ignoring(&folder, ".gitignore", "out/\n");
    ignoring(&folder, ".ignore", "d.dg\n");
    assert_eq!(found(&folder, &[""], &Options::default()), ["a.dg"]);
    let no_ignore = Options { no_ignore: true, ..Options::default() };
    assert_eq!(found(&folder, &[""], &no_ignore), ["a.dg", "d.dg", "out/b.dg"]);
    let hidden = Options { hidden: true, ..Options::default() };
    let hidden = found(&folder, &[""], &hidden);
    assert!(hidden.contains(&".h/c.dg".to_owned()), "{hidden:?}");
    assert!(!hidden.iter().any(|path| path.starts_with(".git/") || path.starts_with(".authshift-")), "{hidden:?}");
}

#[test]
fn a_gitignore_counts_only_in_a_repository() {
    let folder = folder(&["a.dg"]);
    ignoring(&folder, ".gitignore", "a.dg\n");
    assert_eq!(found(&folder, &[""], &Options::default()), ["a.dg"]);
}

#[test]
fn excludes_are_read_as_in_a_gitignore() {
    let folder = folder(&["a.dg", "old/a.dg", "x/old/b.dg", "x/keep.dg"]);
    assert_eq!(found(&folder, &[""], &options(&["old"])), ["a.dg", "x/keep.dg"]);
    assert_eq!(found(&folder, &[""], &options(&["*.dg", "!keep.dg"])), ["x/keep.dg"]);
    let bad = find(&[], &options(&["a[b"]), &nothing, &no_widgets).unwrap_err();
    assert!(bad.contains("--exclude \"a[b\""), "{bad}");
}

#[test]
fn the_configuration_has_the_last_word_on_walked_files() {
    let folder = folder(&["a.dg", "b.fn", "c.txt", "d.txt"]);
    let rules = |path: &Path| match path.file_name()?.to_str()? {
        "a.dg" => Some(false),
        "b.fn" | "c.txt" => Some(true),
        _ => None,
    };
    let all = find(&[folder.path().to_path_buf()], &Options::default(), &rules, &no_widgets).unwrap();
    assert_eq!(shown(&folder, &all), ["b.fn", "c.txt", "d.txt?"]);
    let named = find(&[folder.path().join("a.dg")], &Options::default(), &rules, &no_widgets).unwrap();
    assert_eq!(shown(&folder, &named), ["a.dg!"]);
    let forced = Options { force_exclude: true, ..Options::default() };
    let named = find(&[folder.path().join("a.dg"), folder.path().join("b.fn")], &forced, &rules, &no_widgets).unwrap();
    assert_eq!(shown(&folder, &named), ["b.fn"]);
}

#[test]
fn with_force_exclude_named_files_are_treated_as_walked_ones() {
    let folder = folder(&["a.dg", "c.txt", "x.json", "out/b.dg", ".h/c.dg", "old/sub/d.dg", ".git/e.dg"]);
    ignoring(&folder, ".gitignore", "out/\n");
    let named = ["a.dg", "c.txt", "x.json", "out/b.dg", ".h/c.dg", "old/sub/d.dg", ".git/e.dg"];
    let mut options = Options { force_exclude: true, ..options(&["old"]) };
    assert_eq!(found(&folder, &named, &options), ["a.dg", "c.txt?", "x.json?"]);
    options.no_ignore = true;
    options.hidden = true;
    assert_eq!(found(&folder, &named, &options), [".h/c.dg", "a.dg", "c.txt?", "out/b.dg", "x.json?"]);
}

#[test]
fn relative_paths_stay_relative_and_lose_their_dot() {
    // Tests run in the package's directory.
    let is_ours = |path: &Path| Some(path.ends_with("src/project/discover.rs"));
    for named in [&[][..], &["."], &["./"], &["./src"], &["src/../src", "."]] {
        let paths: Vec<PathBuf> = named.iter().map(PathBuf::from).collect();
        let found = find(&paths, &Options::default(), &is_ours, &no_widgets).unwrap();
        let paths: Vec<&Path> = found.candidates.iter().map(|candidate| candidate.path.as_path()).collect();
        assert_eq!(paths, [Path::new("src/project/discover.rs")], "{named:?}");
    }
    let forced = Options { force_exclude: true, ..options(&["/src"]) };
    let paths = [PathBuf::from("src/project/discover.rs"), PathBuf::from("./Cargo.toml")];
    let found = find(&paths, &forced, &|_| Some(true), &no_widgets).unwrap();
    assert_eq!(found.candidates.len(), 1);
    assert_eq!(found.candidates[0].path, Path::new("Cargo.toml"));
    assert_eq!(tidy(Path::new("./a/./b")), Path::new("a/b"));
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_read_when_named_and_not_followed_when_walked() {
    use std::os::unix::fs::symlink;
    let folder = folder(&["a/x.dg"]);
    symlink("a/x.dg", folder.path().join("link.dg")).unwrap();
    symlink("a", folder.path().join("dir")).unwrap();
    symlink("nowhere", folder.path().join("gone.dg")).unwrap();
    assert_eq!(found(&folder, &[""], &Options::default()), ["a/x.dg"]);
    assert_eq!(found(&folder, &["link.dg"], &Options::default()), ["link.dg!"]);
    assert_eq!(found(&folder, &["link.dg", ""], &Options::default()), ["link.dg!"]);
    assert_eq!(found(&folder, &["dir"], &Options::default()), ["dir/x.dg"]);
    assert_eq!(found(&folder, &["dir", "a"], &Options::default()).len(), 1);
    let gone = find(&[folder.path().join("gone.dg")], &Options::default(), &nothing, &no_widgets).unwrap();
    assert_eq!(gone.errors.len(), 1);
}

#[cfg(unix)]
#[test]
fn an_unreadable_directory_is_an_error_and_the_rest_goes_on() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&["a.dg", "closed/b.dg"]);
    let closed = folder.path().join("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let readable = fs::read_dir(&closed).is_ok();
    let found = find(&[folder.path().to_path_buf()], &Options::default(), &nothing, &no_widgets).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    if readable {
        return; // the superuser is let in everywhere
    }
    assert_eq!(shown(&folder, &found), ["a.dg"]);
    assert_eq!(found.errors.len(), 1);
    assert_eq!(found.errors[0].0, closed);
}

#[test]
fn what_is_not_read_is_listed_with_the_reason() {
    let folder = folder(&["a.dg", "b.dg", "c.css", "old/d.dg", "out/e.dg", "f.dg.bak", ".git/config"]);
    ignoring(&folder, ".ignore", "out\n");
    let rules = |path: &Path| path.ends_with("b.dg").then_some(false);
    let skipped = |paths: &[&str], options: &Options| {
        let paths: Vec<PathBuf> = paths.iter().map(|path| folder.path().join(path)).collect();
        let found = find(&paths, options, &rules, &no_widgets).unwrap();
        let show =
            |(path, skip): &(PathBuf, Skip)| (path.strip_prefix(folder.path()).unwrap().display().to_string(), *skip);
        found.skipped.iter().map(show).collect::<Vec<_>>()
    };
    let listed = |listed: &[(&str, Skip)]| -> Vec<(String, Skip)> {
        listed.iter().map(|(path, skip)| ((*path).to_owned(), *skip)).collect()
    };
    let by_name = [("b.dg", Skip::Configured), ("c.css", Skip::OtherName), ("f.dg.bak", Skip::OtherName)];
    let excluded = ("old", Skip::Excluded);
    assert_eq!(skipped(&[""], &options(&["old"])), listed(&[&by_name[..], &[excluded]].concat()));
    // What is named is read all the same.
    assert_eq!(skipped(&["", "b.dg"], &options(&["old"])), listed(&[&by_name[1..], &[excluded]].concat()));
    let forced = Options { force_exclude: true, ..options(&["old"]) };
    let left_out = [("b.dg", Skip::Configured), ("old/d.dg", Skip::Excluded), ("out/e.dg", Skip::Excluded)];
    assert_eq!(skipped(&["b.dg", "old/d.dg", "out/e.dg"], &forced), listed(&left_out));
}

#[test]
fn widgets_are_taken_where_they_are_wanted() {
    let folder = folder(&["a/w.html", "b/w.html", "a/w.js", "a/w.css", "a/w.vue", "b/w.vue"]);
    let in_a = |path: &Path| path.parent().is_some_and(|parent| parent.ends_with("a"));
    let all = find(&[folder.path().to_path_buf()], &Options::default(), &nothing, &in_a).unwrap();
    assert_eq!(shown(&folder, &all), ["a/w.html?", "a/w.js?", "a/w.vue?", "b/w.html?"]);
}

#[test]
fn the_text_tells_where_the_name_does_not() {
    let format = |name: &str, text: &str| format_of(Path::new(name), text);
    assert_eq!(format("a.js", "info x;"), Some(Format::Deluge));
    assert_eq!(format("a.js", "const x = 1;"), Some(Format::Widget(widget::Language::Script)));
    assert_eq!(format("a.txt", "const x = 1;"), None);
    assert_eq!(format("a.html", "<%{ info x; }%>"), Some(Format::Deluge));
    assert_eq!(format("a.html", "<p>info x;</p>"), Some(Format::Widget(widget::Language::Page)));
    assert_eq!(format("plugin-manifest.json", ""), Some(Format::Manifest));
    assert_eq!(format("a.dg", ""), Some(Format::Deluge));
    assert_eq!(format("package.json", "{\"name\": \"x\"}"), None);
    assert_eq!(format("functions.json", "{\"script\": \"getUrl(u);\", \"connectors\": []}"), Some(Format::Json));
    assert_eq!(format("old-manifest.json", "{\"connectors\": []}"), Some(Format::Manifest));
}

#[test]
fn names_tell() {
    let kind = |name: &str| kind_by_name(Path::new(name));
    assert_eq!(kind("x/a.DS"), FileKind::Deluge);
    assert_eq!(kind("x/plugin-manifest.json"), FileKind::Manifest);
    assert_eq!([kind("x/other.json"), kind("b.metadata.JSON")], [FileKind::Json; 2]);
    assert_eq!([kind("a.ts"), kind("Name"), kind("a.m"), kind("README.md"), kind("a.html")], [FileKind::Maybe; 5]);
    assert_eq!([kind("Invoice v1.2"), kind("Bill to No. 2"), kind("x/Mr. Smith")], [FileKind::Maybe; 3]);
    assert_eq!([kind("a.tsx"), kind("a.vue")], [FileKind::Widget; 2]);
    assert_eq!([kind("a.css"), kind("a.dg.bak")], [FileKind::Other; 2]);
}

#[test]
fn files_that_are_given_as_they_are_found_are_those_that_are_listed() {
    let folder = folder(&["a/b.dg", "a/c/d.txt", "a/c/e.rs", "a/x/f.dg", "g.deluge", ".h.dg", "plugin-manifest.json"]);
    ignoring(&folder, ".gitignore", "c/*.dg\n");
    ignoring(&folder, ".ignore", "g.*\n");
    let paths =
        |names: &[&str]| -> Vec<PathBuf> { names.iter().map(|name| folder.path().join(name)).collect::<Vec<_>>() };
    for paths in [paths(&[""]), paths(&["a"]), paths(&["a", "g.deluge"]), paths(&["a", ""]), paths(&["gone"])] {
        for options in [Options::default(), options(&["x"]), Options { force_exclude: true, ..Options::default() }] {
            let rules = |path: &Path| path.ends_with("e.rs").then_some(true);
            let found = find(&paths, &options, &rules, &no_widgets).unwrap();
            for begin in [Begin::AtOnce, Begin::WhenAllAreFound] {
                let given = Mutex::new(Vec::new());
                let give = |found| given.lock().unwrap().push(found);
                let each = find_each(&paths, &options, &rules, &no_widgets, begin, &give).unwrap();
                let mut given = given.into_inner().unwrap();
                given.sort_by(|one, other| by_parts(&one.path, &other.path));
                assert_eq!(FoundFiles { candidates: given, ..each }, found, "{paths:?} {options:?} {begin:?}");
            }
        }
    }
}
