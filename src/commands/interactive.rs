//! `--interactive`: each change is shown and asked for. What is accepted is written at once, so that nothing is lost when the
//! run is broken off.

use std::io::IsTerminal as _;

use anyhow::Result;

use super::editor;
use super::migrated::Migrated;
use super::read::on_big_stack;
use crate::cli::Fix;
use crate::fix::{Change, Session};
use crate::report::{Printer, question};
use crate::text::secret::Secrets;
use crate::text::source::Source;
use crate::text::write::{self, Folders, Problem};

/// Refuses to ask where nobody answers.
pub(super) fn ensure_terminal() -> Result<()> {
    anyhow::ensure!(
        std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
        "--interactive asks questions, but standard input or output is not a terminal; leave it out to see all changes, or use --write to apply them"
    );
    Ok(())
}

/// Asks for each change of each file, and notes what was done.
pub(super) fn ask<'m>(options: &Fix, files: impl Iterator<Item = &'m mut Migrated>) -> Result<()> {
    let mut printer = Printer::new(options.common.color);
    let mut quit = false;
    let mut files: Vec<&mut Migrated> = files.collect();
    let mut counts = Vec::with_capacity(files.len());
    for migrated in &mut files {
        let session = migrated.session.as_mut();
        counts.push(session.map_or(Ok(0), |session| on_big_stack(|| session.count())?.map_err(anyhow::Error::from))?);
    }
    let mut run = Run { asked: 0, later: counts.iter().sum(), all: false };
    for (migrated, count) in files.into_iter().zip(counts) {
        run.later -= count;
        let Some(session) = migrated.session.take() else { continue };
        if quit {
            migrated.fixed.after = None;
            continue;
        }
        let mut dialogue = Dialogue {
            options,
            session,
            secrets: migrated.fixed.before.secrets.clone(),
            backup: options.backup.as_deref(),
            applied: false,
            run,
        };
        // Code may nest deeply.
        let asked = on_big_stack(|| {
            let next = dialogue.ask(&mut printer)?;
            anyhow::Ok((next, dialogue.session.examine()?))
        })?;
        run = dialogue.run;
        match asked {
            Ok((next, left)) => {
                quit = next == Next::Quit;
                if dialogue.applied {
                    migrated.fixed.after = Some((dialogue.session.source().text().to_owned(), left));
                } else {
                    // An editor may have left another text.
                    migrated.source = Source::new(migrated.source.path(), dialogue.session.source().text());
                    (migrated.fixed.before, migrated.fixed.after) = (left, None);
                }
            }
            // Nobody can be asked any more.
            Err(error) if error.is::<std::io::Error>() => return Err(error),
            // Printed now, so that the next question is not mistaken for one about this file, and again at the end.
            Err(error) => {
                let error = format!("{error:#}");
                printer.error(Some(migrated.source.path()), &dialogue.secrets.masker(false).mask(&error));
                migrated.failed = Some(error);
            }
        }
    }
    Ok(())
}

/// How far the questions of a run are.
#[derive(Clone, Copy)]
struct Run {
    /// Changes of the files before this one.
    asked: usize,
    /// Changes of the files behind it, as far as they are known.
    later: usize,
    /// Whether all is to be applied without another question.
    all: bool,
}

/// What to do after a question.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    File,
    Quit,
}

/// The questions about one file.
struct Dialogue<'d> {
    options: &'d Fix,
    session: Session,
    secrets: Secrets,
    /// The suffix of the backup that is still to be made.
    backup: Option<&'d str>,
    applied: bool,
    run: Run,
}

impl Dialogue<'_> {
    /// Asks until nothing is left to ask, or nobody wants to hear more.
    fn ask(&mut self, printer: &mut Printer) -> Result<Next> {
        let mut in_file = 0;
        let next = self.ask_each(printer, &mut in_file);
        self.run.asked += in_file;
        next
    }

    /// The same; notes how many changes the file has.
    fn ask_each(&mut self, printer: &mut Printer, in_file: &mut usize) -> Result<Next> {
        while let Some(change) = self.session.next_change()? {
            let (number, all) = change.place;
            *in_file = all;
            if self.run.all {
                self.accept(change, true, printer)?;
                continue;
            }
            let place = (self.run.asked + number, self.run.asked + all + self.run.later);
            let masker = self.secrets.masker(self.options.common.show_secrets);
            printer.text(&question::change(self.session.source(), &change, &masker, printer.width()))?;
            loop {
                match printer.ask(&question::prompt(&change, place))? {
                    Some('y') => self.accept(change, false, printer)?,
                    Some('a') => self.accept(change, true, printer)?,
                    Some('A') => {
                        self.run.all = true;
                        self.accept(change, true, printer)?;
                    }
                    Some('n') => self.session.decline(change),
                    Some('e') => self.edit(&change, printer)?,
                    Some('d') => return Ok(Next::File),
                    Some('q') | None => return Ok(Next::Quit),
                    _ => {
                        printer.text(question::HELP)?;
                        continue;
                    }
                }
                break;
            }
        }
        Ok(Next::File)
    }

    /// Makes the change, perhaps with all that are left, and writes it.
    fn accept(&mut self, change: Change, rest: bool, printer: &mut Printer) -> Result<()> {
        let old = self.session.source().text().to_owned();
        self.session.accept(change);
        if rest {
            self.session.accept_rest()?;
        }
        let new = self.session.source();
        match write::replace(new.path(), old.as_bytes(), new.text().as_bytes(), self.backup, &Folders::default()) {
            Ok(()) => {
                (self.backup, self.applied) = (None, true);
                Ok(())
            }
            Err(error) if matches!(error.problem, Problem::Changed) => {
                printer
                    .error(Some(&error.path), "changed since it was read; nothing was written, and it is read again");
                self.read_again(&old)
            }
            Err(error) => Err(error.problem.into()),
        }
    }

    /// Opens an editor where the change is, and goes on with what it leaves.
    fn edit(&mut self, change: &Change, printer: &mut Printer) -> Result<()> {
        let source = self.session.source();
        if let Err(problem) = editor::open(source.path(), change.line(source)) {
            printer.error(None, &format!("{problem:#}"));
        }
        let old = source.text().to_owned();
        self.read_again(&old)
    }

    /// Goes on with the text that is in the file now. If it is not the `old` one, the questions begin anew.
    fn read_again(&mut self, old: &str) -> Result<()> {
        let source = Source::read(self.session.source().path())?;
        if source.text() != old {
            self.session.begin_anew(source);
            self.secrets.merge(&self.session.examine()?.secrets);
        }
        Ok(())
    }
}
