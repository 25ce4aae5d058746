//! What a file costs, step by step, in this process: reading the code, finding what there is to find, migrating it, and the
//! difference shown of it; for three sizes of functions that carry a token. Run with `cargo bench --bench pipeline`.

#[allow(dead_code, reason = "the other bench uses the rest")]
mod tree;

use std::path::Path;

use authshift::deluge;
use authshift::finding::Applicability;
use authshift::fix::{examine, fix};
use authshift::project::Project;
use authshift::project::config::Config;
use authshift::project::format::Format;
use authshift::text::diff;
use authshift::text::source::Source;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use tree::{Dice, Role};

/// About the smallest, a long, and an endless function, in bytes.
const SIZES: [usize; 3] = [1_000, 20_000, 400_000];

fn main() {
    divan::main();
}

fn source(size: usize) -> Source {
    Source::new(Path::new("function.deluge"), tree::function(&mut Dice::new(7), size, Role::Hit))
}

fn config() -> Config {
    Config::parse(Path::new("authshift.toml"), "default-connection = \"zoho_oauth\"\n").unwrap_or_default()
}

#[divan::bench(args = SIZES)]
fn parse(bencher: Bencher<'_, '_>, size: usize) {
    let source = source(size);
    bencher.counter(BytesCount::of_str(source.text())).bench(|| deluge::parse(black_box(source.text())).is_ok());
}

#[divan::bench(args = SIZES)]
fn analyse(bencher: Bencher<'_, '_>, size: usize) {
    let (source, config, project) = (source(size), config(), Project::default());
    bencher.counter(BytesCount::of_str(source.text())).bench(|| {
        examine(black_box(&source), Format::Deluge, &config, &project).is_ok_and(|it| !it.findings.is_empty())
    });
}

#[divan::bench(args = SIZES)]
fn migrate(bencher: Bencher<'_, '_>, size: usize) {
    let (source, config, project) = (source(size), config(), Project::default());
    bencher.counter(BytesCount::of_str(source.text())).bench(|| {
        let fixed = fix(black_box(&source), Format::Deluge, &config, &project, Applicability::Unsafe);
        assert!(fixed.is_ok_and(|fixed| fixed.after.is_some()), "there is a token to take out");
    });
}

#[divan::bench(args = SIZES)]
fn difference(bencher: Bencher<'_, '_>, size: usize) {
    let (source, config, project) = (source(size), config(), Project::default());
    let fixed = fix(&source, Format::Deluge, &config, &project, Applicability::Unsafe).ok();
    let new = fixed.and_then(|fixed| fixed.after).map(|(text, _)| text).unwrap_or_default();
    bencher
        .counter(BytesCount::of_str(source.text()))
        .bench(|| diff::patch(source.path(), black_box(source.text().as_bytes()), new.as_bytes()));
}
