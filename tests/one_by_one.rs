//! Every file of `fixtures/`, change by change as `fix --interactive` goes through it: all accepted, it is what `fix` makes
//! of it; some declined, `fix` makes the same of what is left.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::path::PathBuf;
use std::sync::Arc;

use authshift::deluge::STACK_BYTES;
use authshift::finding::Applicability;
use authshift::fix::{Problem, Session, fix};
use authshift::project::Project;
use authshift::project::config::{Config, Configs};
use authshift::project::discover::{Options, format_of};
use authshift::project::format::Format;
use authshift::text::source::Source;

/// A file to go through.
struct Case {
    source: Source,
    format: Format,
    config: Arc<Config>,
    project: Arc<Project>,
    level: Applicability,
}

impl Case {
    fn all() -> Vec<Case> {
        let project = Arc::new(Project::new(Configs::nearest(&[]), Options::default()));
        let files = walkdir::WalkDir::new(support::fixtures()).sort_by_file_name().into_iter();
        let paths = files.map(|entry| entry.unwrap()).filter(|entry| entry.file_type().is_file());
        let paths: Vec<PathBuf> = paths.map(walkdir::DirEntry::into_path).collect();
        let levels = [Applicability::Safe, Applicability::Unsafe];
        let mut cases = Vec::new();
        for (path, level) in paths.iter().flat_map(|path| levels.map(|level| (path, level))) {
            let Ok(source) = Source::read(path) else { continue };
            let Some(format) = format_of(path, source.text()) else { continue };
            let Ok(config) = project.configs().for_file(path) else { continue };
            cases.push(Case { source, format, config, project: Arc::clone(&project), level });
        }
        cases
    }

    /// What `fix` makes of a text of the file.
    fn fixed(&self, source: &Source) -> Result<String, Problem> {
        let fixed = fix(source, self.format, &self.config, &self.project, self.level)?;
        Ok(fixed.after.map_or(source.text().to_owned(), |(text, _)| text))
    }

    /// The text when the answers are given in turn, and how many changes there were.
    fn answered(&self, answers: &[bool]) -> Result<(Source, usize), Problem> {
        let (config, project) = (Arc::clone(&self.config), Arc::clone(&self.project));
        let mut session = Session::new(&self.source, self.format, config, project, self.level, false);
        let mut asked = 0;
        while let Some(change) = session.next_change()? {
            assert_ne!(change.text, session.source().text());
            if answers[asked % answers.len()] {
                session.accept(change)
            } else {
                session.decline(change)
            }
            asked += 1;
            assert!(asked < 1000, "{} does not end", self.source.path().display());
        }
        Ok((Source::new(self.source.path(), session.source().text()), asked))
    }
}

fn on_big_stack(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work).unwrap().join().unwrap();
    });
}

#[test]
fn all_accepted_is_what_fix_does_and_the_rest_is_what_fix_would_have_done() {
    on_big_stack(|| {
        let mut several = 0;
        let mut wrong = Vec::new();
        for case in Case::all() {
            let Ok(expected) = case.fixed(&case.source) else { continue };
            let name = case.source.path().strip_prefix(support::fixtures()).unwrap().display().to_string();
            let (text, asked) = case.answered(&[true]).unwrap();
            if text.text() != expected {
                wrong.push(format!("{name} {:?}: all accepted\n{}\n---\n{expected}", case.level, text.text()));
            }
            if asked < 2 {
                continue;
            }
            several += 1;
            for answers in [&[true, false][..], &[false, true], &[false, false, true]] {
                let text = case.answered(answers).unwrap().0;
                let after = case.fixed(&text).unwrap();
                if after != expected {
                    wrong.push(format!(
                        "{name} {:?}: {answers:?}\n{}\n---\n{after}\n---\n{expected}",
                        case.level,
                        text.text()
                    ));
                }
            }
        }
        assert!(several > 50, "{several} files have more than one change");
        assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n=====\n"));
    });
}
