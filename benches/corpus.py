#!/usr/bin/env python3
"""Runs authshift over a folder of real functions, and compares with the last time.

    benches/corpus.py BINARY FOLDER [CONFIG]

Works on copies; the folder itself is only read. What must hold whatever the code is:

- a second `fix --write` changes nothing,
- `git apply` makes of the patch what `--write` makes of the files,
- comments, and the text around requests that were not changed, are as many as before,
- `check` ends with 0 or 1 where `scan` had no error.

What may change from one version to the next, findings and their levels, is kept in `target/corpus/` and compared: a line for
each finding that came, went, or has another level. Ends with 1 if something that must hold does not.
"""

import collections
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

DEFAULT_CONFIG = 'default-connection = "corpus_connection"\n'


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    binary, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    faults = []
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        config = work / "authshift.toml"
        config.write_text(pathlib.Path(sys.argv[3]).read_text() if len(sys.argv) == 4 else DEFAULT_CONFIG)
        safe, unsafe, patched = work / "safe", work / "unsafe", work / "patched"
        for copy in (safe, unsafe, patched):
            shutil.copytree(folder, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))

        def run(where, *arguments):
            command = [binary, *arguments, "--config", config, "."]
            return subprocess.run(command, cwd=where, capture_output=True, check=False)

        report = json.loads(run(safe, "scan", "--output-format", "json").stdout)
        checked = run(safe, "check", "-q").returncode
        if checked > 1 and not report["errors"]:
            faults.append(f"check ends with {checked} and scan names no error")
        patch = work / "exact.patch"
        run(safe, "fix", "--patch", patch)
        if patch.stat().st_size:
            applied = subprocess.run(["git", "apply", "--whitespace=nowarn", patch], cwd=patched, capture_output=True, check=False)
            if applied.returncode:
                faults.append("git apply: " + applied.stderr.decode(errors="replace").strip())
        for copy, options in ((safe, ()), (unsafe, ("--unsafe-fixes",))):
            run(copy, "fix", "--write", *options)
            once = texts(copy)
            faults += [f"{path}: {fault}" for path, fault in lost(texts(folder), once)]
            run(copy, "fix", "--write", *options)
            faults += [f"{path}: a second fix changes it" for path in differ(once, texts(copy))]
        faults += [f"{path}: the patch makes another text of it" for path in differ(texts(safe), texts(patched))]
        changed = len(differ(texts(folder), texts(safe)))
    compare(folder, report, changed)
    for fault in faults:
        print(f"FAULT {fault}")
    sys.exit(1 if faults else 0)


def texts(folder):
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths if ".git" not in path.parts}


def differ(one, other):
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))


def lost(before, after):
    """Files of which a fix took comments, or changed the lines at their ends."""
    comment = re.compile(rb"(?:^|[\s;{}])//[^\r\n]*", re.M)
    for path in differ(before, after):
        old, new = before.get(path, b""), after.get(path, b"")
        if collections.Counter(map(bytes.strip, comment.findall(old))) - collections.Counter(map(bytes.strip, comment.findall(new))):
            yield path, "a comment is gone"
        if (b"\r\n" in old) != (b"\r\n" in new):
            yield path, "its lines end in another way"


def compare(folder, report, changed):
    found = collections.Counter(
        f"{finding['path']}:{finding['range']['start']['line']} {finding['rule']} {finding['applicability']}"
        for finding in report["findings"]
    )
    levels = collections.Counter((finding["rule"], finding["applicability"]) for finding in report["findings"])
    for (rule, level), count in sorted(levels.items()):
        print(f"{count:6} {level:7} {rule}")
    print(f"{changed:6} files change, {len(report['errors'])} errors")
    kept = pathlib.Path("target/corpus") / (hashlib.sha256(str(folder).encode()).hexdigest()[:16] + ".json")
    if kept.exists():
        last = collections.Counter(json.loads(kept.read_text()))
        for sign, lines in (("-", last - found), ("+", found - last)):
            for line in sorted(lines.elements()):
                print(sign, line)
        if last == found:
            print("the same findings as the last time")
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
