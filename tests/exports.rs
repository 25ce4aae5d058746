//! Files as exports come: JSON, archives, and what is no text, through the program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::io::{Cursor, Write as _};
use std::process::Command;

use support::folder::Folder;
use support::{code, stderr, stdout};
use zip::write::{SimpleFileOptions, ZipWriter};

const TOKEN: &str = "fake0desk0token0aaaabbbbccccdddd";

fn old() -> String {
    format!("r = getUrl(\"https://desk.zoho.com/api/v1/tickets?authtoken={TOKEN}\");\ninfo r.get(\"a\");\n")
}

const NEW: &str = "r = invokeurl\n[\n\turl :\"https://desk.zoho.com/api/v1/tickets\"\n\ttype :GET\n\tconnection:\"desk_oauth\"\n];\ninfo r.get(\"a\");\n";

/// An archive with these files.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn files_in_an_archive_are_read_and_unpacked_migrated() {
    let json = serde_json::json!({ "script": old() }).to_string();
    let code_before = old();
    let files: [(&str, &[u8]); 6] = [
        ("crm/notify.deluge", code_before.as_bytes()),
        ("functions.json", json.as_bytes()),
        ("crm/picture.png", b"\x89PNG\0\0"),
        ("crm/done.deluge", b"info 1;\n"),
        ("__MACOSX/crm/._notify.deluge", b"\0\x05\x16\x07"),
        ("empty", b""),
    ];
    let folder = Folder::new().with("a.dg", "info 1;\n").with("export.zip", zipped(&files)).with("z.dg", old());
    let original = std::fs::read(folder.at("export.zip")).unwrap();
    let checked = folder.run(&["check"]);
    assert_eq!(code(&checked), 1, "{}", stderr(&checked));
    let places: Vec<String> =
        stdout(&checked).lines().map(|line| line.split(": ").next().unwrap().to_owned()).collect();
    assert_eq!(places, ["export.zip!/crm/notify.deluge:1:50", "export.zip!/functions.json:1:62", "z.dg:1:50"]);

    let written = folder.run(&["fix", "export.zip", "--output-dir", "out"]);
    assert_eq!(code(&written), 0, "{}", stderr(&written));
    assert!(stderr(&written).contains("wrote 6 files to out"), "{}", stderr(&written));
    assert_eq!(folder.read("out/crm/notify.deluge"), NEW);
    let script: serde_json::Value = serde_json::from_str(&folder.read("out/functions.json")).unwrap();
    assert_eq!(script["script"], NEW);
    for (name, content) in &files[2..] {
        assert_eq!(&std::fs::read(folder.at("out").join(name)).unwrap(), content, "{name}");
    }
    let again = folder.run(&["fix", "export.zip", "--output-dir", "out"]);
    assert_eq!(code(&again), 0, "what is the same already is no conflict: {}", stderr(&again));
    assert_eq!(std::fs::read(folder.at("export.zip")).unwrap(), original);
    // The configuration beside the archive is that of the files in it; without one there is nothing to put in.
    assert_eq!(folder.code(&["fix", "export.zip", "--isolated"]), 1);
}

#[test]
fn nothing_is_overwritten_and_nothing_leads_out_of_the_folder() {
    let code_before = old();
    let files: [(&str, &[u8]); 2] = [("a/new.txt", b"new\n"), ("a/f.deluge", code_before.as_bytes())];
    let folder = Folder::new().with("export.zip", zipped(&files)).with("out/a/f.deluge", "mine\n");
    let refused = folder.run(&["fix", "export.zip", "--output-dir", "out"]);
    assert_eq!(code(&refused), 2);
    assert!(stderr(&refused).contains("exists with other content"), "{}", stderr(&refused));
    assert_eq!(folder.read("out/a/f.deluge"), "mine\n");
    assert!(!folder.at("out/a/new.txt").exists(), "nothing is written");
    #[cfg(unix)]
    {
        std::fs::create_dir_all(folder.at("linked")).unwrap();
        std::fs::create_dir_all(folder.at("elsewhere")).unwrap();
        std::os::unix::fs::symlink("../elsewhere", folder.at("linked/a")).unwrap();
        let refused = folder.run(&["fix", "export.zip", "--output-dir", "linked"]);
        assert_eq!(code(&refused), 2, "{}", stderr(&refused));
        assert_eq!(std::fs::read_dir(folder.at("elsewhere")).unwrap().count(), 0);
    }
}

#[test]
fn an_archive_is_not_written_to() {
    let folder = Folder::new().with("export.zip", zipped(&[("f.deluge", old().as_bytes())]));
    for options in
        [&["--write", "export.zip"][..], &["-i", "export.zip"], &["--patch", "p", "export.zip"], &["-w", "."]]
    {
        let output = folder.run(&[&["fix"], options].concat());
        assert_eq!(code(&output), 2, "{options:?}");
        assert!(stderr(&output).contains("--output-dir"), "{options:?}: {}", stderr(&output));
    }
    for arguments in [&["export.zip", "other"][..], &["."], &["export.zip", "-w"]] {
        let output = folder.run(&[&["fix", "--output-dir", "out"], arguments].concat());
        assert_eq!(code(&output), 2, "{arguments:?}");
    }
    assert!(!folder.at("out").exists());
}

#[test]
fn what_cannot_be_read_in_an_archive_is_an_error() {
    let mut link = ZipWriter::new(Cursor::new(Vec::new()));
    link.add_symlink("l.deluge", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    link.start_file("f.deluge", SimpleFileOptions::default()).unwrap();
    let large = vec![b' '; 64 * 1024 * 1024 + 1];
    let good: (&str, &[u8]) = ("f.deluge", b"info 1;\n");
    let mut encrypted = zipped(&[good]);
    // The flag stands in the entry and in the list at the end.
    encrypted[6] |= 1;
    let list = encrypted.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    encrypted[list + 8] |= 1;
    let mut damaged = zipped(&[("f.deluge", old().as_bytes())]);
    damaged[60] ^= 0x55;
    // A name that the writer would refuse takes the place of one of the same length.
    let renamed = |from: &str, to: &str, bytes: Vec<u8>| {
        let mut bytes = bytes;
        let at = |bytes: &[u8]| bytes.windows(from.len()).position(|part| part == from.as_bytes());
        while let Some(at) = at(&bytes) {
            bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
        }
        bytes
    };
    let twice = zipped(&[("e.deluge", b"info 1;\n"), ("f.deluge", old().as_bytes())]);
    for (what, bytes, message) in [
        ("link", link.finish().unwrap().into_inner(), "l.deluge: it is a symbolic link"),
        ("bomb", zipped(&[("b.deluge", &large), good]), "it unpacks to more than 64 MiB, which are not read"),
        ("nested", zipped(&[("in.zip", &zipped(&[good])), good]), "in.zip: archives inside archives are not read"),
        ("encrypted", encrypted, "f.deluge: it is encrypted"),
        ("damaged", damaged, "it cannot be unpacked"),
        ("up", renamed("xx/y.deluge", "../y.deluge", zipped(&[("xx/y.deluge", b""), good])), "leads out of the folder"),
        (
            "back",
            renamed("xx/y.deluge", "..\\y.deluge", zipped(&[("xx/y.deluge", b""), good])),
            "leads out of the folder",
        ),
        ("root", renamed("x/y.deluge", "//y.deluge", zipped(&[("x/y.deluge", b""), good])), "root.zip!/"),
        ("drive", renamed("x/y.deluge", "C:y.deluge", zipped(&[("x/y.deluge", b""), good])), "leads out of the folder"),
        ("twice", renamed("e.deluge", "f.deluge", twice), "twice.zip: the archive has this name twice"),
    ] {
        let name = format!("{what}.zip");
        let folder = Folder::new().with(&name, bytes);
        for arguments in [&["check", &name][..], &["check", "."], &["fix", &name, "--output-dir", "out"]] {
            let output = folder.run(arguments);
            assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
            assert!(stderr(&output).contains(message), "{arguments:?}: {}", stderr(&output));
            assert!(stderr(&output).len() < 1000, "{arguments:?}");
        }
        assert!(!folder.at("out").exists(), "{what}: nothing is written");
        assert!(!folder.at("y.deluge").exists(), "{what}");
    }
}

#[test]
fn archives_of_others_are_no_noise() {
    let folder = Folder::new()
        .with("a.dg", "info 1;\n")
        .with("broken.zip", "PK\x03\x04 no archive")
        .with("other.zip", zipped(&[("a.css", b""), ("b.txt", b"only words stand in here"), ("in.zip", b"PK")]));
    let walked = folder.run(&["check"]);
    assert_eq!((code(&walked), stdout(&walked).as_str()), (0, ""));
    assert_eq!(stderr(&walked), "no authtokens found in 1 file (1 file skipped)\n");
    let verbose = stderr(&folder.run(&["check", "-v"]));
    assert!(verbose.contains("other.zip: skipped: an archive with nothing in it that is read\n"), "{verbose}");
    assert!(verbose.contains("broken.zip: skipped: an archive that cannot be opened\n"), "{verbose}");
    let named = folder.run(&["check", "broken.zip"]);
    assert_eq!(code(&named), 2);
    assert!(stderr(&named).contains("broken.zip: it cannot be opened as a zip archive"), "{}", stderr(&named));
    assert_eq!(folder.code(&["check", "other.zip"]), 2, "the archive in it is not read");
}

#[test]
fn archives_are_read_as_they_are_staged() {
    let folder = Folder::new().with("export.zip", zipped(&[("f.deluge", old().as_bytes())]));
    std::fs::remove_dir(folder.at(".git")).unwrap();
    for arguments in [&["init", "-q"][..], &["add", "export.zip"]] {
        assert!(Command::new("git").args(arguments).current_dir(folder.path()).status().unwrap().success());
    }
    std::fs::remove_file(folder.at("export.zip")).unwrap();
    let output = folder.run(&["check", "--staged"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(stdout(&output).starts_with("export.zip!/f.deluge:1:50: error[authtoken-in-query]"), "{}", stdout(&output));
}

#[test]
fn what_is_no_text_is_an_error_when_it_is_named_or_called_deluge() {
    let wide = |units: &dyn Fn(char) -> Vec<u8>| old().chars().flat_map(units).collect::<Vec<u8>>();
    let utf32_le = wide(&|c| (c as u32).to_le_bytes().to_vec());
    let utf32_be = wide(&|c| (c as u32).to_be_bytes().to_vec());
    let utf16_be = wide(&|c| (c as u16).to_be_bytes().to_vec());
    let nul = [old().as_bytes(), b"\0\n"].concat();
    for (bytes, message) in [
        (utf32_le, "probably UTF-32 (little endian); convert it, for instance with `iconv -f UTF-32LE"),
        (utf32_be, "probably UTF-32 (big endian)"),
        (utf16_be, "probably UTF-16 (big endian)"),
        (nul, "is NUL"),
        (b"\x89PNG\r\n\x1a\n\0\0".to_vec(), "is NUL"),
    ] {
        let folder = Folder::new().with("f.deluge", &bytes).with("f.txt", &bytes).with("f.json", &bytes);
        for arguments in [&["check", "f.deluge"][..], &["check"], &["check", "f.txt"], &["fix", "f.json"], &["scan"]] {
            let output = folder.run(arguments);
            assert_eq!(code(&output), 2, "{arguments:?} {message}");
            assert!(stderr(&output).contains(message), "{arguments:?}: {}", stderr(&output));
        }
        let walked = stderr(&folder.run(&["check"]));
        assert!(walked.contains("f.deluge") && !walked.contains("error: f.txt"), "{walked}");
        // A text is looked through for tokens in any encoding; what is none is counted.
        let told = stdout(&folder.run(&["check"])).matches("[unread-file]").count();
        let is_text = !message.contains("NUL");
        assert_eq!(
            (told, walked.contains("2 files skipped")),
            if is_text { (2, false) } else { (0, true) },
            "{walked}"
        );
    }
}

#[test]
fn json_that_cannot_be_read_is_an_error_with_its_place() {
    let folder = Folder::new()
        .with("truncated.json", "{\n \"script\": \"getUrl(u);\",\n \"x\": \"y")
        .with("deep.json", format!("{}\"authtoken\"", "[".repeat(200_000)))
        .with("package.json", "{\"name\": \"x\",}")
        .with("other.json", "no JSON at all");
    let walked = folder.run(&["check"]);
    assert_eq!(code(&walked), 2);
    let said = stderr(&walked);
    assert!(said.contains("error: truncated.json:3:7: this text never ends\n"), "{said}");
    assert!(said.contains("error: deep.json:1:100001: more than 100,000 brackets"), "{said}");
    assert!(!said.contains("package.json") && !said.contains("other.json"), "{said}");
    let named = folder.run(&["check", "other.json"]);
    assert_eq!(
        (code(&named), stderr(&named).contains("other.json:1:1: expected a value")),
        (2, true),
        "{}",
        stderr(&named)
    );
    assert_eq!(folder.code(&["check", "package.json"]), 0);
}

/// The findings of scripts in JSON are told apart by their functions, as those in files of their own.
#[test]
fn a_baseline_knows_the_functions_in_json() {
    let script = |name: &str| format!("void automation.{name}()\n{{\n{}}}\n", old());
    let json = |names: &[&str]| {
        let functions: Vec<_> = names.iter().map(|name| serde_json::json!({ "script": script(name) })).collect();
        serde_json::to_string_pretty(&functions).unwrap()
    };
    let folder = Folder::new().with("f.json", json(&["b", "c"]));
    assert_eq!(folder.code(&["check", "--write-baseline=base.json", "f.json"]), 0);
    folder.write("f.json", json(&["a", "b", "c"]));
    let output = folder.run(&["check", "--baseline", "base.json", "f.json"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert_eq!(stdout(&output).lines().count(), 1, "{}", stdout(&output));
    assert!(stdout(&output).starts_with("f.json:3:"), "{}", stdout(&output));
}
