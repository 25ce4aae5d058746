//! A baseline: the findings that a team knows of already, so that only new ones count.
//!
//! It is a file for the repository. A line is one finding, as JSON: rule, path from the folder of the baseline, function,
//! hash of the code and ordinal (see [`crate::finding::fingerprint`]); no line number, time or token, so that it changes only when
//! findings do. Lines are sorted, and their order does not matter to a reader: what two branches add can be merged.

use std::collections::{BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::finding::{Compared, Finding};
use crate::project::config::without_dots;
use crate::text::secret::{Masker, Secrets};
use crate::text::source::{ReadError, Source};
use crate::text::write::{self, Folders, WriteError};

/// What the first line says. Raised when a line changes its meaning.
const VERSION: u32 = 1;

/// Why there is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It cannot be read.
    #[error("the baseline {}: {error}{}", path.display(), missing(error))]
    Unreadable {
        /// The file, as it was named.
        path: PathBuf,
        /// What reading said.
        error: ReadError,
    },
    /// A line is not what it has to be.
    #[error("{}:{line}: {problem}", path.display())]
    Corrupt {
        /// The file, as it was named.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// It cannot be written.
    #[error(transparent)]
    Unwritten(#[from] WriteError),
}

fn missing(error: &ReadError) -> &'static str {
    match error {
        ReadError::Io(error) if error.kind() == std::io::ErrorKind::NotFound => "; make it with --write-baseline",
        _ => "",
    }
}

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Head {
    authshift_baseline: u32,
}

/// One known finding. The order of the fields is that of the lines.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
struct Entry {
    path: String,
    /// A name and no [`crate::finding::Rule`]: another version may know rules that this one does not.
    rule: String,
    function: String,
    code: String,
    ordinal: u32,
}

/// The known findings.
#[derive(Debug)]
pub struct Baseline {
    path: PathBuf,
    /// The folder that paths start from.
    folder: PathBuf,
    here: PathBuf,
    /// The file's bytes; `None` when there is none yet.
    original: Option<Vec<u8>>,
    entries: BTreeSet<Entry>,
    /// Masks what happens to look like a token in a name.
    masker: Masker,
    /// What the folders of files are really called.
    folders: HashMap<PathBuf, PathBuf>,
}

/// How a baseline changed.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Changed {
    /// Entries that it has now.
    pub entries: usize,
    /// How many of them are new.
    pub new: usize,
    /// Entries that went.
    pub gone: usize,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// [`BaselineError::Unreadable`], also when there is none, and [`BaselineError::Corrupt`].
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let source = Source::read(path).map_err(|error| BaselineError::Unreadable { path: path.to_owned(), error })?;
        let mut this = Self::empty(path);
        this.entries = entries(source.text()).map_err(|(line, problem)| BaselineError::Corrupt {
            path: path.to_owned(),
            line,
            problem,
        })?;
        this.original = Some(source.text().as_bytes().to_vec());
        Ok(this)
    }

    /// Reads a baseline that is to be written anew; one that is not there yet is empty.
    ///
    /// # Errors
    /// As for [`Baseline::read`].
    pub fn read_or_empty(path: &Path) -> Result<Self, BaselineError> {
        match Self::read(path) {
            Err(BaselineError::Unreadable { error: ReadError::Io(error), .. })
                if error.kind() == std::io::ErrorKind::NotFound =>
            {
                Ok(Self::empty(path))
            }
            read => read,
        }
    }

    fn empty(path: &Path) -> Self {
        let here = std::env::current_dir().unwrap_or_default();
        let file = without_dots(&here.join(path));
        let folder = file.parent().unwrap_or(Path::new("/"));
        Self {
            path: path.to_owned(),
            folder: folder.canonicalize().unwrap_or_else(|_| folder.to_owned()),
            here,
            original: None,
            entries: BTreeSet::new(),
            masker: Secrets::default().masker(false),
            folders: HashMap::new(),
        }
    }

    /// Takes the known findings out of those of the files that were examined.
    pub fn compare<'f>(
        &mut self,
        examined: impl Iterator<Item = (&'f Path, Option<&'f mut Vec<Finding>>)>,
    ) -> Compared {
        let mut compared = Compared::default();
        let mut files = BTreeSet::new();
        let mut found = BTreeSet::new();
        for (path, findings) in examined {
            let name = self.name(path);
            if let Some(findings) = findings {
                findings.retain(|finding| {
                    let entry = self.entry(&name, finding);
                    let new = !self.entries.contains(&entry);
                    found.insert(entry);
                    compared.known += usize::from(!new);
                    new
                });
            }
            files.insert(name);
        }
        compared.gone = self.entries.difference(&found).filter(|entry| self.is_over(entry, &files)).count();
        compared
    }

    /// Writes the findings of the files that were examined into the baseline. What it knows of other files stays.
    ///
    /// # Errors
    /// [`BaselineError::Unwritten`]; the file is then as it was.
    pub fn update<'f>(
        &mut self,
        examined: impl Iterator<Item = (&'f Path, &'f [Finding])>,
    ) -> Result<Changed, BaselineError> {
        let mut files = BTreeSet::new();
        let mut now = BTreeSet::new();
        for (path, findings) in examined {
            let name = self.name(path);
            now.extend(findings.iter().map(|finding| self.entry(&name, finding)));
            files.insert(name);
        }
        now.extend(self.entries.iter().filter(|entry| !self.is_over(entry, &files)).cloned());
        let changed = Changed {
            entries: now.len(),
            new: now.difference(&self.entries).count(),
            gone: self.entries.difference(&now).count(),
        };
        self.entries = now;
        let text = self.text();
        match &self.original {
            Some(original) => write::replace(&self.path, original, text.as_bytes(), None, &Folders::default())?,
            None => write::create(&self.path, text.as_bytes())?,
        }
        self.original = Some(text.into_bytes());
        Ok(changed)
    }

    fn text(&self) -> String {
        let line = |value: serde_json::Result<String>| value.unwrap_or_default() + "\n";
        let head = line(serde_json::to_string(&Head { authshift_baseline: VERSION }));
        let lines = self.entries.iter().map(|entry| line(serde_json::to_string(entry)));
        std::iter::once(head).chain(lines).collect()
    }

    fn entry(&self, path: &str, finding: &Finding) -> Entry {
        Entry {
            path: path.to_owned(),
            rule: finding.rule.name().to_owned(),
            function: self.masker.mask(&finding.fingerprint.function).into_owned(),
            code: finding.fingerprint.code(),
            ordinal: finding.fingerprint.ordinal,
        }
    }

    /// Whether an entry that was not found is over: its file was examined, or is not there any more.
    fn is_over(&self, entry: &Entry, examined: &BTreeSet<String>) -> bool {
        examined.contains(&entry.path) || self.folder.join(&entry.path).symlink_metadata().is_err()
    }

    /// A file as the baseline calls it: the path from its folder, with `/` between the parts.
    fn name(&mut self, file: &Path) -> String {
        let file = without_dots(&self.here.join(file));
        let folder = file.parent().unwrap_or(Path::new("/"));
        let real = |folder: &Path| folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let folder = self.folders.entry(folder.to_owned()).or_insert_with(|| real(folder));
        let name = relative(&self.folder, &folder.join(file.file_name().unwrap_or_default()));
        self.masker.mask(&name).into_owned()
    }
}

/// The way from a folder to a file, both from the root.
fn relative(folder: &Path, file: &Path) -> String {
    let (from, to): (Vec<Component>, Vec<Component>) = (folder.components().collect(), file.components().collect());
    let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    // Another drive has nothing in common, and its name stays.
    let up = from.iter().skip(shared).map(|_| "..".to_owned());
    let down = to.iter().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = if shared == 0 { down.collect() } else { up.chain(down).collect() };
    parts.join("/")
}

/// The entries in the text of a baseline; else the line that is none, and why.
fn entries(text: &str) -> Result<BTreeSet<Entry>, (usize, String)> {
    let anew = "write a new baseline with --write-baseline";
    let mut entries = BTreeSet::new();
    let mut head = false;
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let wrong = |problem: String| (at + 1, problem);
        if line.trim().is_empty() {
            continue;
        }
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
            return Err(wrong(
                "an unresolved merge conflict; keep the lines of both sides and delete this one".to_owned(),
            ));
        }
        if let Ok(first) = serde_json::from_str::<Head>(line) {
            if first.authshift_baseline != VERSION {
                return Err(wrong(format!("a baseline of version {}; {anew}", first.authshift_baseline)));
            }
            head = true;
        } else if !head {
            return Err(wrong(format!("this does not start like a baseline; {anew}")));
        } else {
            let entry = serde_json::from_str(line);
            // The parser's own words may quote the line.
            entries.insert(entry.map_err(|_| wrong(format!("not an entry of a baseline; {anew}")))?);
        }
    }
    if head { Ok(entries) } else { Err((1, format!("the baseline is empty; {anew}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "{\"authshift-baseline\":1}\n";

    fn line(path: &str) -> String {
        format!(
            "{{\"path\":\"{path}\",\"rule\":\"a-rule-to-come\",\"function\":\"f\",\"code\":\"00\",\"ordinal\":0}}\n"
        )
    }

    #[test]
    fn lines_come_in_any_order_and_more_than_once() {
        let (a, b) = (line("a.dg"), line("b.dg"));
        let sorted = entries(&format!("{HEAD}{a}{b}")).unwrap();
        assert_eq!(sorted.len(), 2);
        assert_eq!(entries(&format!("{HEAD}{b}\n{a}{a}{HEAD}{b}")).unwrap(), sorted);
        assert_eq!(entries(&format!("\u{feff}{HEAD}{a}{b}").replace('\n', "\r\n")).unwrap(), sorted);
    }

    #[test]
    fn what_is_no_baseline_is_refused_with_its_line() {
        let a = line("a.dg");
        for (text, at, word) in [
            (String::new(), 1, "empty"),
            ("info 1;\n".to_owned(), 1, "does not start"),
            (a.clone(), 1, "does not start"),
            (HEAD.replace('1', "2"), 1, "version 2"),
            (format!("{HEAD}{a}{{}}\n"), 3, "not an entry"),
            (format!("{HEAD}{a}\n<<<<<<< HEAD\n"), 4, "conflict"),
            (format!("{HEAD}[\n"), 2, "not an entry"),
        ] {
            let (line, problem) = entries(&text).unwrap_err();
            assert_eq!(line, at, "{text}");
            assert!(problem.contains(word), "{problem}");
        }
    }

    #[test]
    fn paths_start_at_the_folder_of_the_baseline() {
        let way = |folder: &str, file: &str| relative(Path::new(folder), Path::new(file));
        assert_eq!(way("/r", "/r/a b/c.dg"), "a b/c.dg");
        assert_eq!(way("/r/ci", "/r/a/c.dg"), "../a/c.dg");
        assert_eq!(way("/r", "/r/c.dg"), "c.dg");
    }
}
