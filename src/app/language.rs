//! The languages of apps: what a file is written in, by its name, and the few things of it that a lexical reader has to know.

use std::path::Path;

use Language::{
    CSharp, Elixir, Env, Go, Ini, Java, JavaScript, Json, Kotlin, Perl, Php, Postman, PowerShell, Properties, Python,
    Ruby, Rust, Shell, Terraform, Toml, Xml, Yaml,
};

/// What an app, or its configuration, is written in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Language {
    /// PHP, also inside of HTML.
    Php,
    /// JavaScript and TypeScript, with Apps Script and the scripts of components.
    JavaScript,
    /// Python.
    Python,
    /// Ruby.
    Ruby,
    /// Go.
    Go,
    /// Java.
    Java,
    /// Kotlin.
    Kotlin,
    /// C#.
    CSharp,
    /// Perl.
    Perl,
    /// A POSIX shell or Bash.
    Shell,
    /// PowerShell.
    PowerShell,
    /// Elixir.
    Elixir,
    /// Rust.
    Rust,
    /// Terraform.
    Terraform,
    /// `.env`.
    Env,
    /// INI and what reads like it.
    Ini,
    /// Java's `.properties`.
    Properties,
    /// YAML.
    Yaml,
    /// JSON.
    Json,
    /// A Postman collection or environment.
    Postman,
    /// XML.
    Xml,
    /// TOML.
    Toml,
}

/// What delimits a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// Whether the text may have several lines.
    pub(super) lines: bool,
    /// What takes away the meaning of the sign behind it; 0 for nothing.
    pub(super) escape: u8,
    /// What begins code inside of the text; the code ends with the brace that closes.
    pub(super) hole: Option<&'static str>,
}

/// What a reader has to know of a language.
#[derive(Debug)]
pub(super) struct Syntax {
    /// What begins a comment that ends with its line.
    pub(super) line_comments: &'static [&'static str],
    /// What begins and ends other comments.
    pub(super) block_comments: &'static [(&'static str, &'static str)],
    /// The longest first.
    pub(super) quotes: &'static [Quote],
    /// Whether `'` begins one character, or a lifetime, which nothing ends.
    pub(super) lifetimes: bool,
    /// Whether a `/` may begin a regular expression.
    pub(super) regexes: bool,
    /// Whether a new line ends a statement where nothing shows that it goes on.
    pub(super) by_lines: bool,
    /// What the code stands between, when the rest of the file is something else.
    pub(super) island: Option<(&'static str, &'static str)>,
}

const fn line(open: &'static str) -> Quote {
    Quote { open, close: open, lines: false, escape: b'\\', hole: None }
}

const fn lines(open: &'static str) -> Quote {
    Quote { lines: true, ..line(open) }
}

const fn holed(quote: Quote, hole: &'static str) -> Quote {
    Quote { hole: Some(hole), ..quote }
}

const fn raw(quote: Quote) -> Quote {
    Quote { escape: 0, ..quote }
}

const CODE: Syntax = Syntax {
    line_comments: &["//"],
    block_comments: &[("/*", "*/")],
    quotes: &[lines("\"\"\""), line("\""), line("'")],
    lifetimes: false,
    regexes: false,
    by_lines: false,
    island: None,
};

const SCRIPT: Syntax = Syntax { line_comments: &["#"], block_comments: &[], by_lines: true, ..CODE };

const DATA: Syntax = Syntax {
    line_comments: &["#"],
    block_comments: &[],
    quotes: &[line("\""), raw(line("'"))],
    by_lines: true,
    ..CODE
};

impl Language {
    /// What a reader has to know of it.
    pub(super) fn syntax(self) -> &'static Syntax {
        const PHP: Syntax = Syntax {
            line_comments: &["//", "#"],
            quotes: &[holed(lines("\""), "{$"), lines("'")],
            island: Some(("<?", "?>")),
            ..CODE
        };
        const JAVASCRIPT: Syntax =
            Syntax { quotes: &[holed(lines("`"), "${"), line("\""), line("'")], regexes: true, by_lines: true, ..CODE };
        const PYTHON: Syntax = Syntax { quotes: &[lines("\"\"\""), lines("'''"), line("\""), line("'")], ..SCRIPT };
        const RUBY: Syntax = Syntax {
            block_comments: &[("\n=begin", "\n=end")],
            quotes: &[holed(lines("\""), "#{"), lines("'")],
            ..SCRIPT
        };
        const GO: Syntax = Syntax { quotes: &[raw(lines("`")), line("\""), line("'")], by_lines: true, ..CODE };
        const KOTLIN: Syntax = Syntax {
            quotes: &[holed(lines("\"\"\""), "${"), holed(line("\""), "${"), line("'")],
            by_lines: true,
            ..CODE
        };
        const CSHARP: Syntax = Syntax {
            quotes: &[
                Quote { open: "$@\"", ..raw(lines("\"")) },
                Quote { open: "@\"", ..raw(lines("\"")) },
                holed(lines("\"\"\""), "{"),
                holed(Quote { open: "$\"", ..line("\"") }, "{"),
                line("\""),
                line("'"),
            ],
            ..CODE
        };
        const PERL: Syntax = Syntax {
            block_comments: &[("\n=head", "\n=cut"), ("\n=pod", "\n=cut")],
            quotes: &[line("\""), line("'")],
            by_lines: false,
            ..SCRIPT
        };
        const SHELL: Syntax = Syntax { quotes: &[holed(lines("\""), "${"), raw(line("'"))], ..SCRIPT };
        const POWERSHELL: Syntax = Syntax {
            block_comments: &[("<#", "#>")],
            quotes: &[Quote { escape: b'`', ..lines("\"") }, raw(line("'"))],
            ..SCRIPT
        };
        const ELIXIR: Syntax =
            Syntax { quotes: &[holed(lines("\"\"\""), "#{"), holed(lines("\""), "#{"), line("'")], ..SCRIPT };
        const TERRAFORM: Syntax =
            Syntax { line_comments: &["#", "//"], quotes: &[holed(line("\""), "${")], by_lines: true, ..CODE };
        const INI: Syntax = Syntax { line_comments: &["#", ";", "//"], quotes: &[], ..DATA };
        const RUST: Syntax = Syntax { quotes: &[lines("\""), line("'")], lifetimes: true, ..CODE };
        const ENV: Syntax = Syntax { quotes: &[], ..DATA };
        const PROPERTIES: Syntax = Syntax { line_comments: &["#", "!"], quotes: &[], ..DATA };
        const JSON: Syntax = Syntax { line_comments: &[], block_comments: &[], quotes: &[line("\"")], ..CODE };
        const XML: Syntax = Syntax { line_comments: &[], block_comments: &[("<!--", "-->")], quotes: &[], ..DATA };
        const TOML: Syntax =
            Syntax { quotes: &[lines("\"\"\""), raw(lines("'''")), line("\""), raw(line("'"))], ..DATA };
        match self {
            Php => &PHP,
            JavaScript => &JAVASCRIPT,
            Python => &PYTHON,
            Ruby => &RUBY,
            Go => &GO,
            Java => &CODE,
            Rust => &RUST,
            Kotlin => &KOTLIN,
            CSharp => &CSHARP,
            Perl => &PERL,
            Shell => &SHELL,
            PowerShell => &POWERSHELL,
            Elixir => &ELIXIR,
            Terraform => &TERRAFORM,
            Env => &ENV,
            Ini => &INI,
            Properties => &PROPERTIES,
            Yaml => &DATA,
            Json | Postman => &JSON,
            Xml => &XML,
            Toml => &TOML,
        }
    }

    /// Whether it holds settings and no code.
    pub fn is_configuration(self) -> bool {
        matches!(self, Env | Ini | Properties | Yaml | Json | Postman | Xml | Toml | Terraform)
    }

    /// The language of a file; `None` for what no app is written in.
    pub fn of(path: &Path, text: &str) -> Option<Self> {
        let language = Self::by_name(path).or_else(|| Self::by_first_line(path, text))?;
        Some(if language == Json && is_postman(text) { Postman } else { language })
    }

    /// The same by the name alone. `config.php.example` is PHP.
    pub fn by_name(path: &Path) -> Option<Self> {
        const COPIES: [&str; 9] =
            [".dist", ".example", ".sample", ".template", ".tmpl", ".tpl", ".default", ".local", ".stub"];
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        if name.starts_with(".env") || name == "env.example" || name == "env.sample" {
            return Some(Env);
        }
        let name = COPIES.iter().find_map(|copy| name.strip_suffix(copy)).unwrap_or(&name);
        if matches!(name, "rakefile" | "gemfile" | "vagrantfile") {
            return Some(Ruby);
        }
        // Their settings and commands are those of a shell.
        if matches!(name, "dockerfile" | "containerfile" | "makefile") {
            return Some(Shell);
        }
        let (_, ending) = name.rsplit_once('.')?;
        Some(match ending {
            "php" | "phtml" | "php3" | "php4" | "php5" | "php7" | "inc" | "module" | "install" | "ctp" => Php,
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "gs" | "vue" | "svelte" => JavaScript,
            "py" | "pyw" => Python,
            "rb" | "rake" | "ru" | "gemspec" => Ruby,
            "go" => Go,
            "java" => Java,
            "kt" | "kts" => Kotlin,
            "cs" | "csx" => CSharp,
            "pl" | "pm" | "t" | "cgi" | "psgi" => Perl,
            "sh" | "bash" | "zsh" | "ksh" => Shell,
            "ps1" | "psm1" | "psd1" => PowerShell,
            "ex" | "exs" => Elixir,
            "rs" => Rust,
            "tf" | "tfvars" => Terraform,
            "env" => Env,
            "ini" | "cfg" | "conf" => Ini,
            "properties" => Properties,
            "yml" | "yaml" => Yaml,
            "json" => Json,
            "xml" | "config" => Xml,
            "toml" => Toml,
            _ => return None,
        })
    }

    /// By the line with which a script without an ending begins.
    fn by_first_line(path: &Path, text: &str) -> Option<Self> {
        if path.extension().is_some() {
            return None;
        }
        let line = text.strip_prefix("#!")?.lines().next()?;
        let program = line.rsplit('/').next()?;
        let program = program.strip_prefix("env ").unwrap_or(program).trim_start_matches("-S ");
        let program = program.split_whitespace().next()?.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        Some(match program {
            "sh" | "bash" | "dash" | "zsh" | "ksh" => Shell,
            "python" => Python,
            "ruby" => Ruby,
            "perl" => Perl,
            "php" => Php,
            "node" | "deno" | "bun" => JavaScript,
            "pwsh" => PowerShell,
            "elixir" => Elixir,
            _ => return None,
        })
    }
}

/// Whether JSON is what Postman writes: the schema of its `info` says so, or an environment names what exported it.
fn is_postman(text: &str) -> bool {
    ["schema.getpostman.com", "\"_postman_variable_scope\"", "\"_postman_id\""]
        .iter()
        .any(|sign| memchr::memmem::find(text.as_bytes(), sign.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_first_lines_tell_the_language() {
        let of = |name: &str, text: &str| Language::of(Path::new(name), text);
        assert_eq!(of("a/Client.PHP", ""), Some(Php));
        assert_eq!(of("config.php.example", ""), Some(Php));
        assert_eq!([of(".env", ""), of("b/.env.production", ""), of("app.env", "")], [Some(Env); 3]);
        assert_eq!(of("settings.local.json", ""), Some(Json));
        assert_eq!(of("a.json", "{\"info\":{\"schema\":\"https://schema.getpostman.com/x\"}}"), Some(Postman));
        assert_eq!(of("run", "#!/usr/bin/env python3\n"), Some(Python));
        assert_eq!([of("run", "#!/bin/bash -e\n"), of("app/Dockerfile", "")], [Some(Shell); 2]);
        assert_eq!([of("run", ""), of("a.txt", "#!/bin/sh\n"), of("a.html", ""), of("notes.md", "")], [None; 4]);
    }
}
