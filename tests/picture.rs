//! The picture at the top of docs/fix.md: what the program prints in a terminal, drawn.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use anstyle::RgbColor;
use anstyle_svg::{Palette, Term};
use support::{code, tokens};

const CONFIGURATION: &str = "[[connection]]\nlink-name = \"desk_oauth\"\nservice = \"desk\"\n";

const FUNCTION: &str = r#"// Desk > Workflow rule "Priority raised"
token = "fake0desk0token0aaaabbbbccccdddd";
url = "https://desk.zoho.com/api/v1/tickets/" + ticketId;

ticket = getUrl(url + "?authtoken=" + token + "&include=assignee");
info ticket.get("subject");

sent = invokeurl
[
	url :url + "/comments"
	type :POST
	headers:{"Authorization":"Zoho-authtoken " + token,"orgId":org}
	parameters:comment
];
"#;

/// The session that is shown, and the exit statuses it has.
const SESSION: [(&str, i32); 3] = [("fix", 1), ("fix --write", 0), ("check", 0)];

/// A dark window can be read on a light page as well as on a dark one.
const COLORS: Palette = {
    const fn rgb(hex: u32) -> RgbColor {
        let [_, red, green, blue] = hex.to_be_bytes();
        RgbColor(red, green, blue)
    }
    let dark = [0x0d1117, 0xff7b72, 0x3fb950, 0xd29922, 0x79c0ff, 0xd2a8ff, 0x56d4dd, 0xc9d1d9];
    let bright = [0x8b949e, 0xffa198, 0x56d364, 0xe3b341, 0xa5d6ff, 0xe2c5ff, 0xb3f0ff, 0xf0f6fc];
    let mut colors = [rgb(0); 16];
    let mut at = 0;
    while at < 8 {
        colors[at] = rgb(dark[at]);
        colors[at + 8] = rgb(bright[at]);
        at += 1;
    }
    Palette(colors)
};

/// What a terminal shows of the session. Tabs take four columns, so that nothing is wider than eighty.
fn session() -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("authshift.toml"), CONFIGURATION).unwrap();
    fs::write(folder.path().join("notify-agent.deluge"), FUNCTION).unwrap();
    let mut shown = String::new();
    for (arguments, status) in SESSION {
        let output = Command::new(env!("CARGO_BIN_EXE_authshift"))
            .args(arguments.split(' '))
            .args(["--color", "always"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(code(&output), status, "{arguments}");
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(tokens(&printed).is_empty(), "{arguments}");
        shown += &format!("$ \u{1b}[1mauthshift {arguments}\u{1b}[0m\n{}\n", printed.replace('\t', "    "));
    }
    shown.trim_end().to_owned()
}

/// A picture that a narrow page makes smaller, instead of showing a part of it, and whose dim text can be read.
fn readable(svg: &str) -> String {
    let size = |name| svg.split_once(name).and_then(|(_, rest)| rest.split_once("px")).unwrap().0;
    let view = format!("<svg viewBox=\"0 0 {} {}\"", size("width=\""), size("height=\""));
    svg.replacen("<svg", &view, 1).replacen("opacity: 0.4", "opacity: 0.7", 1)
}

#[test]
fn the_picture_is_what_the_program_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(fs::read_to_string(root.join("docs/fix.md")).unwrap().contains("](demo.svg)"));
    let picture = root.join("docs/demo.svg");
    let drawn = readable(&Term::new().palette(COLORS).render_svg(&session()));
    if std::env::var_os("DRAW").is_some() {
        fs::write(&picture, &drawn).unwrap();
    }
    let there = fs::read_to_string(&picture).unwrap_or_default();
    assert!(
        there == drawn,
        "docs/demo.svg is not what the program prints now. To draw it anew, and then look at it:\nDRAW=1 cargo test --test picture"
    );
}

#[test]
fn the_picture_is_as_wide_as_a_small_terminal() {
    let plain = anstream::adapter::strip_str(&session()).to_string();
    for line in plain.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(plain.lines().count() <= 40, "{} lines", plain.lines().count());
}
