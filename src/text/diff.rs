//! Unified diffs of byte texts, exact to the byte. A line ends at `\n` and nowhere else, as in git: a lone `\r` is part of
//! its line, or `git apply` would refuse the patch.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Component, Path};

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use crate::text::edit::Edit;
use crate::text::source::TextRange;

/// Unchanged lines shown before and after a change.
const CONTEXT: usize = 3;

/// Changed lines with the unchanged ones around them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hunk<'a> {
    /// 1-based line of the old text at which it starts; the line before it when it holds no old line (git's rule).
    pub old_start: usize,
    /// Lines of the old text: context and removed.
    pub old_lines: usize,
    /// 1-based line of the new text at which it starts; the line before it when it holds no new line.
    pub new_start: usize,
    /// Lines of the new text: context and added.
    pub new_lines: usize,
    /// Its lines, removed ones before the added ones that replace them.
    pub lines: Vec<Line<'a>>,
}

impl Hunk<'_> {
    /// The `@@ -1,3 +1,4 @@` line, without a line ending; a count of one is left out, as git does.
    pub fn header(&self) -> String {
        let side = |start: usize, lines: usize| if lines == 1 { start.to_string() } else { format!("{start},{lines}") };
        format!("@@ -{} +{} @@", side(self.old_start, self.old_lines), side(self.new_start, self.new_lines))
    }

    /// The same without the texts: of a large file that changes little, that is little.
    pub fn into_owned(self) -> Hunk<'static> {
        let owned = |line: Line<'_>| Line { kind: line.kind, bytes: Cow::Owned(line.bytes.into_owned()) };
        Hunk { lines: self.lines.into_iter().map(owned).collect(), ..self }
    }
}

/// One line of a hunk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line<'a> {
    /// Which of the texts it belongs to.
    pub kind: LineKind,
    /// Its bytes, with the `\n` at its end if it has one.
    pub bytes: Cow<'a, [u8]>,
}

/// Which of the texts a line belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineKind {
    /// Both.
    Context,
    /// The old text only.
    Removed,
    /// The new text only.
    Added,
}

impl LineKind {
    /// What stands before the line in a patch: a space, `-` or `+`.
    pub fn sign(self) -> u8 {
        match self {
            Self::Context => b' ',
            Self::Removed => b'-',
            Self::Added => b'+',
        }
    }
}

/// The changes from `old` to `new`, in text order, with three lines of context; empty when the two are equal.
pub fn hunks<'a>(old: &'a [u8], new: &'a [u8]) -> Vec<Hunk<'a>> {
    if old == new {
        return Vec::new();
    }
    let old = split(old);
    let new = split(new);
    group_diff_ops(compare(&old, &new), CONTEXT).iter().filter_map(|ops| hunk(ops, &old, &new)).collect()
}

/// What stays of the lines `old` and what does not, in text order.
pub(crate) fn compare<'a>(old: &[&'a [u8]], new: &[&'a [u8]]) -> Vec<DiffOp> {
    // Comparing numbers instead of texts keeps long lines from being compared, or hashed, again and again.
    let mut numbers = HashMap::new();
    let mut number = |lines: &[&'a [u8]]| -> Vec<u32> {
        lines
            .iter()
            .map(|line| {
                let next = numbers.len() as u32;
                *numbers.entry(*line).or_insert(next)
            })
            .collect()
    };
    capture_diff_slices(Algorithm::Myers, &number(old), &number(new))
}

/// The edits that make `new` of `old`, in text order: of lines that changed, what is between their common beginning and end.
/// None begins or ends inside of `\r\n`, where an editor has no place.
pub fn edits(old: &str, new: &str) -> Vec<Edit> {
    let (old_lines, new_lines) = (split(old.as_bytes()), split(new.as_bytes()));
    let ends = |lines: &[&[u8]]| -> Vec<usize> {
        let lengths = lines.iter().scan(0, |end, line| {
            *end += line.len();
            Some(*end)
        });
        std::iter::once(0).chain(lengths).collect()
    };
    let (old_ends, new_ends) = (ends(&old_lines), ends(&new_lines));
    let place = |ends: &[usize], at: usize| ends.get(at).or(ends.last()).copied().unwrap_or(0);
    let range = |ends: &[usize], lines: Range<usize>| place(ends, lines.start)..place(ends, lines.end);
    let ops = compare(&old_lines, &new_lines);
    let changes = ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    changes
        .map(|op| {
            let from = range(&old_ends, op.old_range());
            let (before, after) =
                (old.get(from.clone()).unwrap_or(""), new.get(range(&new_ends, op.new_range())).unwrap_or(""));
            let (start, end) = common(before, after);
            let range = TextRange::new(from.start + start, from.end - end);
            Edit::replace(range, after.get(start..after.len() - end).unwrap_or(""))
        })
        .collect()
}

/// How many bytes two texts have in common at their beginnings, and at the ends of what is left.
fn common(one: &str, other: &str) -> (usize, usize) {
    let same = |(a, b): &(char, char)| a == b;
    let start: usize = one.chars().zip(other.chars()).take_while(same).map(|(a, _)| a.len_utf8()).sum();
    let parts = |text: &str, at: usize| text.as_bytes().get(..=at).is_some_and(|text| text.ends_with(b"\r\n"));
    let start = if start > 0 && (parts(one, start) || parts(other, start)) { start - 1 } else { start };
    let (rest, other_rest) = (one.get(start..).unwrap_or(""), other.get(start..).unwrap_or(""));
    let back = rest.chars().rev().zip(other_rest.chars().rev());
    let end: usize = back.take_while(same).map(|(a, _)| a.len_utf8()).sum();
    let splits = |text: &str| text.len() > end && parts(text, text.len() - end);
    let end = if end > 0 && (splits(one) || splits(other)) { end - 1 } else { end };
    (start, end)
}

fn split(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|&byte| byte == b'\n').collect()
}

fn hunk<'a>(ops: &[DiffOp], old: &[&'a [u8]], new: &[&'a [u8]]) -> Option<Hunk<'a>> {
    let (first, last) = (ops.first()?, ops.last()?);
    let old_range = first.old_range().start..last.old_range().end;
    let new_range = first.new_range().start..last.new_range().end;
    let mut lines = Vec::with_capacity(old_range.len() + new_range.len());
    let mut push = |kind, from: &[&'a [u8]], range: Range<usize>| {
        lines.extend(
            from.get(range).unwrap_or_default().iter().map(|&bytes| Line { kind, bytes: Cow::Borrowed(bytes) }),
        );
    };
    for op in ops {
        if let DiffOp::Equal { .. } = op {
            push(LineKind::Context, old, op.old_range());
        } else {
            push(LineKind::Removed, old, op.old_range());
            push(LineKind::Added, new, op.new_range());
        }
    }
    let start = |range: &Range<usize>| range.start + usize::from(!range.is_empty());
    Some(Hunk {
        old_start: start(&old_range),
        old_lines: old_range.len(),
        new_start: start(&new_range),
        new_lines: new_range.len(),
        lines,
    })
}

/// The patch from `old` to `new` that `git apply` and `patch -p1` take, for the file `path`, relative to where the patch
/// is applied; empty when the two are equal. It holds the removed lines in clear, secrets and all.
pub fn patch(path: &Path, old: &[u8], new: &[u8]) -> Vec<u8> {
    patch_of(path, &hunks(old, new))
}

/// The same of these changes.
pub fn patch_of(path: &Path, hunks: &[Hunk<'_>]) -> Vec<u8> {
    let mut patch = Vec::new();
    if hunks.is_empty() {
        return patch;
    }
    let name = slashed(path);
    for (sign, side) in [("--- ", "a/"), ("+++ ", "b/")] {
        patch.extend_from_slice(sign.as_bytes());
        write_name(&mut patch, side, &name);
        patch.push(b'\n');
    }
    for hunk in hunks {
        patch.extend_from_slice(hunk.header().as_bytes());
        patch.push(b'\n');
        for line in &hunk.lines {
            patch.push(line.kind.sign());
            patch.extend_from_slice(&line.bytes);
            if !line.bytes.ends_with(b"\n") {
                patch.extend_from_slice(b"\n\\ No newline at end of file\n");
            }
        }
    }
    patch
}

/// The path's bytes with `/` between its parts, without a leading `./` or `/`.
fn slashed(path: &Path) -> Vec<u8> {
    let parts: Vec<&[u8]> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(_) | Component::ParentDir => Some(part.as_os_str().as_encoded_bytes()),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
        })
        .collect();
    parts.join(&b'/')
}

/// Writes `side` and `name` as git names a file: between quotes with C's escapes where the name needs them, else bare,
/// with a tab behind a name that holds a space, so that no reader takes what follows the space for a time.
fn write_name(out: &mut Vec<u8>, side: &str, name: &[u8]) {
    let needs_quotes = |byte: &u8| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\');
    if name.iter().any(needs_quotes) {
        out.push(b'"');
        out.extend_from_slice(side.as_bytes());
        for &byte in name {
            match byte {
                b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
                b' '..=b'~' => out.push(byte),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                b'\t' => out.extend_from_slice(b"\\t"),
                _ => out.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
            }
        }
        out.push(b'"');
    } else {
        out.extend_from_slice(side.as_bytes());
        out.extend_from_slice(name);
    }
    if name.contains(&b' ') {
        out.push(b'\t');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::edit::EditSet;
    use proptest::prelude::*;
    use std::fs;
    use std::process::Command;

    proptest! {
        #[test]
        fn edits_make_the_new_text_and_part_no_line_ending(old in "[abé\r\n]{0,20}", new in "[abé\r\n]{0,20}") {
            let mut set = EditSet::new();
            for edit in edits(&old, &new) {
                for at in [edit.range.start(), edit.range.end()] {
                    let (before, after) = old.split_at(at);
                    prop_assert!(!(before.ends_with('\r') && after.starts_with('\n')), "{edit:?}");
                }
                prop_assert!(set.accept(&[edit]));
            }
            let applied = set.apply(&old);
            prop_assert_eq!(applied.as_deref(), Some(new.as_str()));
        }
    }

    /// Writes the old texts, applies all their patches with git in one go, and compares with the new ones.
    fn applies(cases: &[(String, Vec<u8>, Vec<u8>)]) {
        let folder = tempfile::tempdir().unwrap();
        let mut whole = Vec::new();
        for (name, old, new) in cases {
            fs::write(folder.path().join(name), old).unwrap();
            whole.extend(patch(Path::new(name), old, new));
        }
        if !whole.is_empty() {
            let patch_file = folder.path().join("all.patch");
            fs::write(&patch_file, &whole).unwrap();
            let run = Command::new("git")
                .args(["-c", "core.autocrlf=false", "-c", "core.protectNTFS=false", "apply", "--whitespace=nowarn"])
                .arg(&patch_file)
                .current_dir(&folder)
                .env("GIT_CEILING_DIRECTORIES", folder.path())
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_NOSYSTEM", "1")
                .output()
                .unwrap();
            let patch = String::from_utf8_lossy(&whole);
            assert!(run.status.success(), "{}\n{patch}", String::from_utf8_lossy(&run.stderr));
        }
        for (name, old, new) in cases {
            let got = fs::read(folder.path().join(name));
            assert!(got.as_ref().is_ok_and(|got| got == new), "{name:?}: {old:?} -> {new:?}, got {got:?}");
        }
    }

    fn shown(path: &str, old: &str, new: &str) -> String {
        String::from_utf8(patch(Path::new(path), old.as_bytes(), new.as_bytes())).unwrap()
    }

    #[test]
    fn equal_texts_have_no_patch() {
        assert!(hunks(b"a\nb", b"a\nb").is_empty());
        assert!(patch(Path::new("x"), b"", b"").is_empty());
    }

    #[test]
    fn a_patch_is_written_as_git_writes_it() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12";
        let new = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n11\n12\n";
        let expected = "--- a/a/b.dg\n+++ b/a/b.dg\n@@ -2,11 +2,11 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n 10\n 11\n-12\n\\ No newline at end of file\n+12\n";
        assert_eq!(shown("./a/b.dg", old, new), expected);
        assert_eq!(shown("x", "a\n", "b\n"), "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n");
        assert_eq!(shown("x", "", "b\nc\n"), "--- a/x\n+++ b/x\n@@ -0,0 +1,2 @@\n+b\n+c\n");
        assert_eq!(shown("x", "b\n", ""), "--- a/x\n+++ b/x\n@@ -1 +0,0 @@\n-b\n");
    }

    #[test]
    fn distant_changes_have_hunks_of_their_own() {
        let old: Vec<u8> = (0..40).flat_map(|n| format!("{n}\n").into_bytes()).collect();
        let text = String::from_utf8(old.clone()).unwrap();
        let new = text.replace("\n5\n", "\n").replace("\n30\n", "\n30\nmore\n").into_bytes();
        let hunks = hunks(&old, &new);
        let headers: Vec<String> = hunks.iter().map(Hunk::header).collect();
        assert_eq!(headers, ["@@ -3,7 +3,6 @@", "@@ -29,6 +28,7 @@"]);
        let kinds: Vec<LineKind> = hunks[0].lines.iter().map(|line| line.kind).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == LineKind::Removed).count(), 1);
        assert_eq!(&*hunks[0].lines[3].bytes, b"5\n");
    }

    #[test]
    fn names_are_quoted_as_git_does() {
        let name = |path: &str| shown(path, "a", "b").lines().next().unwrap().to_owned();
        assert_eq!(name("plain/file.dg"), "--- a/plain/file.dg");
        assert_eq!(name("with space.dg"), "--- a/with space.dg\t");
        assert_eq!(name("/abs/file.dg"), "--- a/abs/file.dg");
        assert_eq!(name("caf\u{e9} 1"), "--- \"a/caf\\303\\251 1\"\t");
        assert_eq!(name("q\"uote"), "--- \"a/q\\\"uote\"");
        #[cfg(unix)]
        assert_eq!(name("back\\slash\ttab"), "--- \"a/back\\\\slash\\ttab\"");
    }

    #[test]
    fn git_applies_the_hard_cases() {
        let texts: &[(&str, &str)] = &[
            ("a\r\nb\r\n", "a\r\nc\r\n"),
            ("a\r\nb\nc\r\n", "a\nb\r\nc\r\n"),
            ("a\nb\r", "a\nc\r"),
            ("a\nb\r", "a\nb\r\n"),
            ("a\rb\rc", "a\rB\rc"),
            ("a", "b"),
            ("a\n", "a"),
            ("a", "a\n"),
            ("x\na", "y\na"),
            ("", "content\n"),
            ("", "content"),
            ("content\n", ""),
            ("content\r", ""),
            ("\u{feff}a\n\u{a0}b\n", "\u{feff}a\n b\n"),
            ("-- a\n++ b\n@@ -1 +1 @@\n", "++ b\n@@ -1 +1 @@\n-- a\n"),
            ("\\ No newline at end of file\na\n", "\\ No newline at end of file\nb"),
        ];
        let names =
            ["a b.dg", "q\"'.dg", "caf\u{e9}.dg", "-dash.dg", "plain.dg", "tab\tnew\nline", "back\\slash\\n", " x "];
        let cases: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(at, (old, new))| {
                let name = if cfg!(unix) { names[at % names.len()] } else { "f" };
                (format!("{at}{name}"), old.as_bytes().to_vec(), new.as_bytes().to_vec())
            })
            .collect();
        applies(&cases);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn git_makes_the_new_text_of_the_old(
            pairs in prop::collection::vec((text(), text()), 60),
        ) {
            let cases: Vec<_> =
                pairs.into_iter().enumerate().map(|(at, (old, new))| (format!("f{at}"), old, new)).collect();
            applies(&cases);
        }
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop::sample::select(b"ab\n\n\n\r\xc3\xa9".to_vec());
        prop::collection::vec(byte, 0..60)
    }

    #[test]
    fn size_does_not_matter() {
        let long = vec![b'x'; 5_000_000];
        let mut other = long.clone();
        other[2_500_000] = b'y';
        assert_eq!(hunks(&long, &other).len(), 1);
        let lines = |change: &dyn Fn(usize) -> String| -> Vec<u8> {
            (0..50_000).flat_map(|n| change(n).into_bytes()).collect()
        };
        let same = lines(&|n| format!("line {n}\n"));
        let repeated = lines(&|n| format!("{}\n", n % 7));
        let shapes: [(&str, &[u8], Vec<u8>); 5] = [
            (
                "a line here and there",
                &same,
                lines(&|n| if n % 100 == 0 { "x\n".into() } else { format!("line {n}\n") }),
            ),
            ("every other line", &same, lines(&|n| if n % 2 == 0 { format!("x{n}\n") } else { format!("line {n}\n") })),
            ("all lines", &same, lines(&|n| format!("x{n}\n"))),
            ("repeated lines", &repeated, lines(&|n| format!("{}\n", n * 3 % 11))),
            (
                "repeated lines, few changed",
                &repeated,
                lines(&|n| if n % 50 == 0 { "x\n".into() } else { format!("{}\n", n % 7) }),
            ),
        ];
        for (shape, old, new) in shapes {
            assert!(!patch(Path::new("x"), old, &new).is_empty(), "{shape}");
        }
    }
}
