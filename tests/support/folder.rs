//! A folder for one test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use tempfile::TempDir;

use super::{authshift, code};

/// A configuration for Zoho Desk.
pub const DESK: &str = "[[connection]]\nlink-name = \"desk_oauth\"\nservice = \"desk\"\n";

/// A folder that no configuration and no `.gitignore` further up reaches.
pub struct Folder(pub TempDir);

impl Folder {
    pub fn empty() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::create_dir(folder.at(".git")).unwrap();
        folder
    }

    /// With a configuration for Zoho Desk.
    pub fn new() -> Self {
        Self::empty().with("authshift.toml", DESK)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn at(&self, file: &str) -> PathBuf {
        self.path().join(file)
    }

    pub fn with(self, file: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(file, content);
        self
    }

    pub fn write(&self, file: &str, content: impl AsRef<[u8]>) {
        let path = self.at(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.at(file)).unwrap()
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        authshift(self.path(), arguments)
    }

    pub fn code(&self, arguments: &[&str]) -> i32 {
        code(&self.run(arguments))
    }
}

/// A folder with these files.
pub fn folder(files: &[(&str, &str)]) -> Folder {
    files.iter().fold(Folder::empty(), |folder, (file, text)| folder.with(file, text))
}
