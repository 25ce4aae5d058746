use std::path::PathBuf;

use super::*;
use crate::project::Project;
use crate::project::config::{Config, Configs};
use crate::project::discover::{Options, format_of};

const CONFIGURATION: &str = "[[connection]]\nlink-name = \"desk_oauth\"\nservice = \"desk\"\n";

const TOKEN: &str = "fake0desk0token0aaaabbbbccccdddd";

/// What `fix` does to a file.
fn file(path: &str, text: &str, level: Applicability) -> File {
    let source = Source::new(path, text);
    let format = format_of(path.as_ref(), text).unwrap();
    let config = Config::parse("/authshift.toml".as_ref(), CONFIGURATION).unwrap();
    let project = Project::new(Configs::isolated(), Options::default());
    let fixed = crate::fix::fix(&source, format, &config, &project, level).unwrap();
    let units = unit::units(&source, format, fixed.after.as_ref().map(|(text, _)| text.as_str()));
    let crate::fix::Examined { findings, suppressed, secrets, unconfigured, .. } = fixed.before;
    File { source, format, units, findings, suppressed, secrets, unconfigured }
}

/// Has a report made of the files, and looks at it.
fn handover<T>(files: &[File], level: Applicability, look: impl FnOnce(&Handover<'_>) -> T) -> T {
    let plan = Plan::default();
    let mut secrets = Secrets::default();
    files.iter().for_each(|file| secrets.merge(&file.secrets));
    let paths = [PathBuf::from("functions")];
    let masker = secrets.masker(false);
    let files = files.iter().collect();
    let errors = Vec::new();
    look(&Handover::of(&Material { paths: &paths, plan: &plan, files, left_out: 0, errors, level, masker: &masker }))
}

fn request(name: &str, host: &str, rest: &str) -> String {
    format!("void {name}()\n{{\n\tx = getUrl(\"https://{host}?authtoken={TOKEN}&a=1\");\n\t{rest}\n}}\n")
}

const DESK_HOST: &str = "desk.zoho.eu/api/v1/tickets";

#[test]
fn requests_are_counted_by_what_becomes_of_them() {
    let text = [
        request("safe", DESK_HOST, "info x.get(\"a\");"),
        request("held", DESK_HOST, "return x;"),
        request("manual", "crm.zoho.com/crm/v2/Leads", "info x;"),
    ];
    let files = |level| [file("functions/desk/a.dg", &text.concat(), level)];
    let row = |service, center: &str, done, held, manual| Requests {
        service,
        data_center: Some(center.to_owned()),
        done,
        held,
        manual,
    };
    handover(&files(Applicability::Safe), Applicability::Safe, |held| {
        assert_eq!(held.summary.requests, [row("Zoho CRM", "US", 0, 0, 1), row("Zoho Desk", "EU", 1, 1, 0)]);
        assert_eq!((held.summary.changed, held.summary.open), (1, 2));
        let names: Vec<&str> = held.functions.iter().map(|function| function.name.as_str()).collect();
        assert_eq!(names, ["safe", "held", "manual"]);
    });
    handover(&files(Applicability::Unsafe), Applicability::Unsafe, |made| {
        assert_eq!(made.summary.requests[1], row("Zoho Desk", "EU", 2, 0, 0));
        assert_eq!((made.summary.changed, made.summary.open), (2, 1));
        let function = &made.functions[1];
        assert!(
            function
                .done
                .iter()
                .any(|remark| remark.applicability == Applicability::Unsafe && !remark.notes.is_empty())
        );
        assert_eq!(function.place, "functions/desk/a.dg:6");
        assert_eq!(function.product, Some("Zoho Desk"));
        assert_eq!(function.links, BTreeSet::from(["desk_oauth".to_owned()]));
    });
}

#[test]
fn what_is_masked_after_the_change_has_no_copy() {
    let keeps = request("a", DESK_HOST, "info x.get(\"a\"); // fake0other0token0aaaabbbbccccddd");
    let drops = request("b", DESK_HOST, "info x.get(\"a\");");
    let files = [file("a.dg", &keeps, Applicability::Safe), file("b.dg", &drops, Applicability::Safe)];
    handover(&files, Applicability::Safe, |made| {
        let changes = || made.functions.iter().map(|function| function.change.as_ref().unwrap().shown());
        let copies: Vec<bool> = changes().map(|change| change.copy.is_some()).collect();
        assert_eq!(copies, [false, true]);
        let panels = changes().map(|change| change.panel);
        let masked: Vec<(bool, bool)> = panels.map(|panel| (panel.masked_before, panel.masked_after)).collect();
        assert_eq!(masked, [(true, true), (true, false)]);
        assert!(!format!("{made:?}").contains("fake0"));
    });
}

#[test]
fn the_key_is_that_of_the_content() {
    let made = |host: &str| {
        let files = [file("a.dg", &request("a", host, "info x.get(\"a\");"), Applicability::Safe)];
        handover(&files, Applicability::Safe, |made| made.key.clone())
    };
    assert_eq!(made(DESK_HOST), made(DESK_HOST));
    assert_ne!(made(DESK_HOST), made("desk.zoho.com/api/v1/tickets"));
}

#[test]
fn nothing_is_nothing() {
    handover(&[file("a.dg", "info 1;\n", Applicability::Safe)], Applicability::Safe, |made| {
        assert!(made.is_empty() && made.counts().is_empty());
        assert_eq!(made.rest(), "1 other file needs no change.");
    });
}
