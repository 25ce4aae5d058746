//! How well Deluge is told from other text: the shares of two folders' files that are taken for Deluge, by extension.
//!
//! `cargo bench --bench detection -- DELUGE OTHERS` reads every UTF-8 file below both, whatever its name, and
//! lists those that are judged wrongly.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;

use authshift::deluge::detect::looks_like_deluge;
use walkdir::WalkDir;

fn main() {
    let folders: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [deluge, others] = folders.as_slice() else {
        println!("usage: detection DELUGE OTHERS");
        return;
    };
    for (folder, is_deluge) in [(deluge, true), (others, false)] {
        let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for entry in WalkDir::new(folder).sort_by_file_name().into_iter().flatten() {
            let text = std::fs::read(entry.path()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let Some(text) = text.filter(|text| !text.contains('\0')) else { continue };
            let taken = looks_like_deluge(&text);
            if taken != is_deluge {
                println!("{}: {}", if taken { "taken" } else { "missed" }, entry.path().display());
            }
            let extension = entry.path().extension().unwrap_or_default().to_string_lossy().to_lowercase();
            for kind in [format!(".{extension}"), "all".to_owned()] {
                let (files, found) = counts.entry(kind).or_default();
                *files += 1;
                *found += usize::from(taken);
            }
        }
        println!("\n{folder}");
        println!("{:>16} {:>8} {:>8} {:>8}", "", "files", "taken", "share");
        for (kind, (files, found)) in counts {
            println!("{kind:>16} {files:>8} {found:>8} {:>7.2} %", 100.0 * found as f64 / files as f64);
        }
    }
}
