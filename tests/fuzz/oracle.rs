//! A strict reader of patches, as `git apply` reads them: every line of context at its place, to the byte. And git itself.

use std::process::Command;

/// What `patch` makes of `old`, and the two names it gives the file.
pub fn apply(old: &[u8], patch: &[u8]) -> Result<(Vec<u8>, [Vec<u8>; 2]), String> {
    let old: Vec<&[u8]> = lines(old);
    let mut patch = lines(patch).into_iter().peekable();
    let mut names = [Vec::new(), Vec::new()];
    for (name, sign) in names.iter_mut().zip([&b"--- "[..], b"+++ "]) {
        let line = patch.next().ok_or("no header")?;
        *name = unquoted(line.strip_prefix(sign).ok_or("no header")?)?;
    }
    let (mut new, mut at): (Vec<Vec<u8>>, usize) = (Vec::new(), 0);
    while let Some(header) = patch.next() {
        let [old_start, mut old_left, new_start, mut new_left] = counts(header)?;
        let begin = old_start - usize::from(old_left > 0);
        if begin < at || begin > old.len() {
            return Err(format!("a hunk at line {old_start}, after line {at} of {}", old.len()));
        }
        new.extend(old[at..begin].iter().map(|line| line.to_vec()));
        at = begin;
        if new.len() != new_start - usize::from(new_left > 0) {
            return Err(format!("a hunk for line {new_start}, behind {} lines", new.len()));
        }
        let mut own: Vec<(u8, Vec<u8>)> = Vec::new();
        while old_left + new_left > 0 {
            let line = patch.next().ok_or("a hunk ends too early")?;
            let (&sign, text) = line.split_first().ok_or("an empty line")?;
            let mut text = text.to_vec();
            if patch.peek().is_some_and(|next| next.starts_with(b"\\")) {
                patch.next();
                text.pop();
            }
            old_left = old_left.checked_sub(usize::from(sign != b'+')).ok_or("too many old lines")?;
            new_left = new_left.checked_sub(usize::from(sign != b'-')).ok_or("too many new lines")?;
            own.push((sign, text));
        }
        for (sign, text) in own {
            if sign != b'+' {
                if old.get(at) != Some(&text.as_slice()) {
                    return Err(format!("line {} is another one", at + 1));
                }
                at += 1;
            }
            if sign != b'-' {
                new.push(text);
            }
        }
    }
    new.extend(old[at..].iter().map(|line| line.to_vec()));
    if let Some(joined) = new.iter().rev().skip(1).find(|line| !line.ends_with(b"\n")) {
        return Err(format!("a line without its end in the middle: {joined:?}"));
    }
    Ok((new.concat(), names))
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|&byte| byte == b'\n').collect()
}

/// `@@ -1,2 +1 @@` as start and count of both sides.
fn counts(header: &[u8]) -> Result<[usize; 4], String> {
    let header = std::str::from_utf8(header).map_err(|error| error.to_string())?;
    let inner = header.strip_prefix("@@ -").and_then(|rest| rest.strip_suffix(" @@\n")).ok_or("no hunk header")?;
    let (old, new) = inner.split_once(" +").ok_or("no hunk header")?;
    let side = |side: &str| {
        let (start, count) = side.split_once(',').unwrap_or((side, "1"));
        Some((start.parse().ok()?, count.parse().ok()?))
    };
    let ((old_start, old_count), (new_start, new_count)) = side(old).zip(side(new)).ok_or("no numbers")?;
    Ok([old_start, old_count, new_start, new_count])
}

/// A name as git writes it, without `a/` or `b/`.
fn unquoted(line: &[u8]) -> Result<Vec<u8>, String> {
    let line = line.strip_suffix(b"\n").ok_or("an open line")?;
    let bare = line.strip_suffix(b"\t").unwrap_or(line);
    let mut name = Vec::new();
    match bare.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")) {
        None => name.extend_from_slice(bare),
        Some(inner) => {
            let mut inner = inner.iter().copied();
            while let Some(byte) = inner.next() {
                let escape = if byte == b'\\' { inner.next() } else { None };
                name.push(match escape {
                    None => byte,
                    Some(b'n') => b'\n',
                    Some(b't') => b'\t',
                    Some(b'r') => b'\r',
                    Some(digit @ b'0'..=b'7') => {
                        let two: Vec<u8> = inner.by_ref().take(2).collect();
                        [digit, two[0], two[1]].iter().fold(0u8, |value, digit| value.wrapping_mul(8) + (digit - b'0'))
                    }
                    Some(other) => other,
                });
            }
        }
    }
    name.get(2..).map(<[u8]>::to_vec).ok_or_else(|| "no name".to_owned())
}

/// What git makes of it.
pub fn by_git(name: &str, old: &[u8], patch: &[u8]) -> Result<Vec<u8>, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    let patch_file = folder.path().join("exact.patch");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, old).unwrap();
    std::fs::write(&patch_file, patch).unwrap();
    let run = Command::new("git")
        .args(["-c", "core.autocrlf=false", "apply", "--whitespace=nowarn"])
        .arg(&patch_file)
        .current_dir(&folder)
        .env("GIT_CEILING_DIRECTORIES", folder.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    if !run.status.success() {
        return Err(String::from_utf8_lossy(&run.stderr).into_owned());
    }
    std::fs::read(&file).map_err(|error| error.to_string())
}
