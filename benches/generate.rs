//! Writes the tree that `compare.sh` measures on: `generate DIR COUNT [tokens]`. Prints a line for each file with the word
//! in it: `hit` or `decoy`, a tab and its path.

mod tree;

use std::io::Write as _;
use std::path::Path;

use tree::Role;

/// Any number, always the same one.
const SEED: u64 = 20_200_331;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, count, rest @ ..] = arguments.as_slice() else {
        return Err(std::io::Error::other("usage: generate DIR COUNT [tokens]"));
    };
    let count = count.parse().map_err(std::io::Error::other)?;
    let tokens = rest.first().is_some_and(|word| word == "tokens");
    let mut out = std::io::stdout().lock();
    for file in tree::files(SEED, count, tokens) {
        let path = Path::new(folder).join(&file.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, &file.text)?;
        match file.role {
            Role::Hit => writeln!(out, "hit\t{}", file.path.display())?,
            Role::Decoy => writeln!(out, "decoy\t{}", file.path.display())?,
            Role::Plain => {}
        }
    }
    Ok(())
}
