//! `authshift exchange`: the ledger of apps' authtokens, and the scripts that exchange them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::Status;
use super::plan::{Planning, finish, make};
use super::read::Also;
use crate::cli::{Common, Exchange};
use crate::exchange::{self, Ledger, LedgerToken, Mistake, Outcome, Wanted, ledger};
use crate::report::{Printer, counted};
use crate::text::source::Source;
use crate::text::write::{self, Folders};
use crate::zoho;

/// The ledger when none is named.
const DEFAULT: &str = "authshift-exchange/ledger.toml";

const POSIX: &str = "exchange.sh";
const POWERSHELL: &str = "exchange.ps1";
const SECRETS: &str = "secrets.txt";
const ANSWERS: &str = "answers";

/// What must not get into a repository, and the scripts, which are written anew by each run. authshift does not read them either.
const IGNORED: &str = "/answers/\n/exchange.ps1\n/exchange.sh\n/secrets.txt\n";

/// Runs the command.
pub(super) fn run(options: &Exchange) -> Result<Status> {
    let path = options.ledger.clone().unwrap_or_else(|| PathBuf::from(DEFAULT));
    check_path(&path)?;
    let mut printer = Printer::new(options.common.color);
    let new = !path.exists();
    if new || !options.from.is_empty() {
        let here = [PathBuf::from(".")];
        let from = if options.from.is_empty() { here.as_slice() } else { &options.from };
        let Some(wanted) = wanted(&mut printer, from, &options.common)? else { return Ok(Status::Error) };
        if new { create(&mut printer, &path, &wanted)? } else { add(&mut printer, &path, &wanted)? }
    }
    let source = Source::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut read = match Ledger::parse(source.text()) {
        Ok(read) => read,
        Err(mistakes) => return incomplete(&mut printer, &path, &mistakes, new),
    };
    if read.tokens.is_empty() {
        printer.note(&format!(
            "{} names no token; describe one as its comments show, then run `authshift exchange` again",
            path.display()
        ))?;
        return Ok(Status::Clean);
    }
    let folder = folder_of(&path);
    let answers = folder.join(ANSWERS);
    let outcome = |name: &str| exchange::outcome(&answers, name);
    let text = read.with_outcomes(source.text(), outcome);
    write::replace(&path, source.text().as_bytes(), text.as_bytes(), None, &Folders::default())?;
    write_all(folder, &read.tokens, outcome)?;
    for token in &read.tokens {
        printer.line(&line(token, &outcome(&token.name)))?;
    }
    if !options.common.quiet {
        printer.note(&next(folder, &read.tokens))?;
    }
    Ok(Status::Clean)
}

/// A file that is meant as something else must not be taken for a ledger, or written over.
fn check_path(path: &Path) -> Result<()> {
    anyhow::ensure!(
        path.as_os_str() != "-",
        "exchange needs a file; name one that ends in .toml, or none for {DEFAULT}"
    );
    anyhow::ensure!(
        !path.is_dir(),
        "{} is a folder; name the ledger in it ({}), or use --from to look for apps there",
        path.display(),
        path.join("ledger.toml").display()
    );
    anyhow::ensure!(
        path.extension().is_some_and(|extension| extension == "toml"),
        "{} does not end in .toml, so it is no ledger; to look for apps there, use --from",
        path.display()
    );
    Ok(())
}

/// The tokens of the apps below `from`; `None` after an error that was printed.
fn wanted(printer: &mut Printer, from: &[PathBuf], common: &Common) -> Result<Option<Vec<Wanted>>> {
    let Planning { plan, batch, secrets } = make(from, common, Also::Apps)?;
    finish(printer, common, &batch, &secrets.masker(false))?;
    if batch.errors().count() > 0 {
        printer.error(None, "nothing was written, because some files could not be read");
        return Ok(None);
    }
    Ok(Some(exchange::wanted(&plan)))
}

fn create(printer: &mut Printer, path: &Path, wanted: &[Wanted]) -> Result<()> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    write::create(path, ledger::new(wanted).as_bytes())?;
    Ok(printer.line(&format!("wrote {}", path.display()))?)
}

/// Adds what an existing ledger lacks.
fn add(printer: &mut Printer, path: &Path, wanted: &[Wanted]) -> Result<()> {
    let source = Source::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = source.text();
    let entries = ledger::entries(wanted, text);
    if entries.is_empty() {
        return Ok(printer.note("the ledger has all tokens that were found")?);
    }
    let between = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    write::replace(path, text.as_bytes(), format!("{text}{between}{entries}").as_bytes(), None, &Folders::default())?;
    Ok(printer.line(&format!(
        "added {} to {}",
        counted(entries.matches("[[token]]").count(), "token"),
        path.display()
    ))?)
}

/// What is to be filled in; an error but for a ledger that was written just now.
fn incomplete(printer: &mut Printer, path: &Path, mistakes: &[Mistake], new: bool) -> Result<Status> {
    for mistake in mistakes {
        let Mistake { position, message } = mistake;
        let place = format!("{}:{}:{}: {message}", path.display(), position.line, position.column);
        if new { printer.note(&place)? } else { printer.error(None, &place) }
    }
    let next = "then run `authshift exchange` again; no script was written yet";
    let what = if new { "fill that in" } else { "put that right" };
    printer.note(&format!("{what}, {next}"))?;
    Ok(if new { Status::Clean } else { Status::Error })
}

/// The scripts, the form for the secrets, and what keeps them out of a repository.
fn write_all(folder: &Path, tokens: &[LedgerToken], outcome: impl Fn(&str) -> Option<Outcome> + Copy) -> Result<()> {
    // Outside of a repository nobody heeds the first.
    for name in [".gitignore", ".ignore"] {
        let ignore = folder.join(name);
        if !ignore.exists() {
            write::create(&ignore, IGNORED.as_bytes())?;
        }
    }
    let secrets = folder.join(SECRETS);
    let existing = match fs::read_to_string(&secrets) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => anyhow::bail!("cannot read {}: {error}; save it as UTF-8", secrets.display()),
    };
    let text = exchange::secrets(tokens, existing.as_deref());
    if existing.as_ref() != Some(&text) {
        write::create_private(&secrets, text.as_bytes())?;
    }
    write::create_private(&folder.join(POSIX), exchange::posix(tokens, outcome).as_bytes())?;
    write::create_private(&folder.join(POWERSHELL), exchange::powershell(tokens, outcome).as_bytes())?;
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn line(token: &LedgerToken, outcome: &Option<Outcome>) -> String {
    let status = match outcome {
        Some(Outcome::Refused(error)) => format!("refused ({error})"),
        Some(Outcome::Again(error)) => format!("waiting (last: {error})"),
        Some(Outcome::Open) => "unknown (its script runs, or was interrupted)".to_owned(),
        _ => token.status.name().to_owned(),
    };
    let title = zoho::service_title(token.service);
    format!("{:<12}  {title:<17} {:<4} {:<8}  {status}", token.name, token.data_center, token.kind.name())
}

/// What to do now, by the first thing that is open.
fn next(folder: &Path, tokens: &[LedgerToken]) -> String {
    let count = |status: exchange::Status| tokens.iter().filter(|token| token.status == status).count();
    let script = folder.join(POSIX);
    let waiting = count(exchange::Status::Waiting);
    let unsettled = count(exchange::Status::Unknown) + count(exchange::Status::Refused);
    let mut text = String::new();
    if waiting > 0 {
        text += &format!(
            "\n{waiting} to exchange. The old token of each stops working within 24 hours of its\n\
             call (Zoho Mail's within one), so have the apps ready for OAuth first. Next:\n  \
             fill in {secrets}\n  \
             sh {posix}\n  \
             or, on Windows: powershell -ExecutionPolicy Bypass -File {powershell}\n\
             Zoho may have closed this exchange; then the script stops at the first call and\n\
             tells the other way.",
            secrets = folder.join(SECRETS).display(),
            posix = script.display(),
            powershell = folder.join(POWERSHELL).display(),
        );
    }
    if unsettled > 0 {
        text += &format!(
            "\n{unsettled} need another way: `sh {} --status` shows them, see authshift exchange --help",
            script.display()
        );
    }
    if waiting == 0 && unsettled == 0 {
        text += &format!(
            "\nnothing is left to exchange; when the apps run with the new tokens, delete {} and {}",
            folder.join(ANSWERS).display(),
            folder.join(SECRETS).display()
        );
    }
    text
}
