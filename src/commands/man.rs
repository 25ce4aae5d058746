//! `authshift man`: one page for the whole tool, from the definition of the command line.

use std::io::{Result, Write};

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::Status;
use crate::cli::{COMMON_OPTIONS, Cli, Color};
use crate::report::Printer;

type Render = fn(&Man, &mut dyn Write) -> Result<()>;

/// Runs the command.
pub(super) fn run() -> anyhow::Result<Status> {
    Printer::new(Color::Never).exact(page()?.as_bytes())?;
    Ok(Status::Clean)
}

fn page() -> Result<String> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let man = Man::new(command.clone());
    // How an apostrophe is written, which the parts count on; no date, since nothing of the build may depend on the day.
    let mut page = Roff::new().render();
    page.push_str(concat!(".TH AUTHSHIFT 1 \"\" \"authshift ", env!("CARGO_PKG_VERSION"), "\"\n"));
    for render in [Man::render_name_section, Man::render_synopsis_section, Man::render_description_section] {
        page.push_str(&part(&man, render)?);
    }
    page.push_str(&examples(&man)?);
    let mut common = String::new();
    for command in command.get_subcommands_mut().filter(|command| !command.is_hide_set()) {
        page.push_str(&own_section(command, &mut common)?);
    }
    Ok(page + &common)
}

/// The section of one command. The options that it shares with others are left to `common`, which gets them once.
fn own_section(command: &mut Command, common: &mut String) -> Result<String> {
    let heading = |text: &str| format!(".SH \"{}\"\n", text.to_uppercase());
    let mut section = heading(&format!("authshift {}", command.get_name()));
    let usage = command.render_usage().to_string();
    section.push_str(&Roff::new().text([roman(usage.trim_start_matches("Usage: "))]).to_roff());
    let man = Man::new(command.clone());
    section.push_str(&part(&man, Man::render_description_section)?.replacen(".SH DESCRIPTION", ".PP", 1));
    let options = part(&man, Man::render_options_section)?.replacen(".SH OPTIONS", ".SS Options", 1);
    let (own, shared) = options.split_once(&heading(COMMON_OPTIONS)).unwrap_or((&options, ""));
    section.push_str(own);
    section.push_str(&examples(&man)?);
    if common.is_empty() && !shared.is_empty() {
        *common = heading(COMMON_OPTIONS) + shared;
    }
    Ok(section)
}

/// One part of a page, without the definition that the crate puts before each.
fn part(man: &Man, render: Render) -> Result<String> {
    let mut bytes = Vec::new();
    render(man, &mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let own = text.strip_prefix(&Roff::new().render()).unwrap_or(&text);
    // Two breaks around an empty line are a break too many.
    Ok(own.replace(".br\n\n.br\n", ".sp\n"))
}

/// The help below the options: text, and indented lines, which must not be filled.
fn examples(man: &Man) -> Result<String> {
    let part = part(man, Man::render_extra_section)?;
    let mut text = String::new();
    let mut verbatim = false;
    for line in part.lines().map(|line| if line.is_empty() || line.starts_with(".SH") { ".PP" } else { line }) {
        if line.starts_with(' ') != verbatim {
            verbatim = !verbatim;
            text.push_str(if verbatim { ".nf\n" } else { ".fi\n" });
        }
        text.push_str(line);
        text.push('\n');
    }
    text.push_str(if verbatim { ".fi\n" } else { "" });
    Ok(text)
}
