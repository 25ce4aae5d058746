//! The page of each rule, for people: the `//!` comment at the head of the rule's file, with a fixture as its example. It is
//! written nowhere else, and the example is what the tool does.

use crate::finding::{Applicability, Rule};

/// The page of a rule. A section has a line for each paragraph, for each item of a list (`- `) and for each line of
/// code, which begins with four blanks, and empty lines between paragraphs. Code stands between fences in the comment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// What the rule is about, short enough for a list.
    pub summary: String,
    /// What it finds.
    pub finds: String,
    /// Why that matters.
    pub why: String,
    /// When a fix is safe, what else it assumes, and what a person has to do.
    pub safety: String,
    /// The fixture that shows it.
    pub example: Example,
    /// What to write instead, where that takes more than a sentence.
    pub instead: Option<&'static str>,
}

/// The files of a fixture. They hold tokens, so mask them before printing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Example {
    /// The folder in `fixtures/`.
    pub folder: &'static str,
    /// The name of the file before.
    pub name: &'static str,
    /// The text before.
    pub before: &'static str,
    /// The text after; `None` for a rule that has no fix of its own.
    pub after: Option<&'static str>,
    /// `findings.txt`: a line `LINE RULE APPLICABILITY` for each finding in the text before.
    findings: &'static str,
}

impl Example {
    /// The line and the applicability of each finding of `rule` in the text before.
    pub fn findings(&self, rule: Rule) -> Vec<(usize, Applicability)> {
        let finding = |line: &str| {
            let mut words = line.split_whitespace();
            let number = words.next()?.parse().ok()?;
            words.next().filter(|name| *name == rule.name())?;
            let level = words.next()?;
            let levels = [Applicability::Safe, Applicability::Unsafe, Applicability::Manual];
            Some((number, levels.into_iter().find(|known| known.name() == level)?))
        };
        self.findings.lines().filter_map(finding).collect()
    }
}

/// What `fix` does about the findings of a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fixable {
    /// It takes them away, where that is safe or `--unsafe-fixes` is given.
    Yes,
    /// Only in this case.
    InPart(&'static str),
    /// Nothing.
    No,
}

/// What `fix` does about the findings of a rule.
pub fn fixable(rule: Rule) -> Fixable {
    match rule {
        Rule::AuthtokenInQuery
        | Rule::AuthtokenInParameters
        | Rule::AuthtokenInHeaders
        | Rule::OauthByHand
        | Rule::RenamedConnection => Fixable::Yes,
        Rule::HardcodedAuthtoken | Rule::HardcodedSecret => {
            Fixable::InPart("when its last use is migrated; never in a comment")
        }
        Rule::ConnectionPlaceholder => Fixable::InPart("where `authshift.toml` has a Connection for the request"),
        Rule::MovedHost => Fixable::InPart("with `upgrade-hosts = true` in `authshift.toml`"),
        Rule::CurlyQuote => Fixable::InPart("where the quotes pair on one line, with `--unsafe-fixes`"),
        _ => Fixable::No,
    }
}

/// Whether a comment can suppress a finding of the rule: the file is code, and is read.
pub fn takes_comments(rule: Rule) -> bool {
    !matches!(rule, Rule::UnreadFile | Rule::ManifestAuthtokenConfig | Rule::ManifestScope | Rule::ManifestNotJson)
}

/// The page of a rule; `None` while the rule is planned and no code reports it.
pub fn page(rule: Rule) -> Option<Page> {
    let (source, example) = sources(rule)?;
    Some(Page {
        summary: section(source, &format!("# {}", rule.name())),
        finds: section(source, "## What it finds"),
        why: section(source, "## Why"),
        safety: section(source, "## Fix safety"),
        example,
        instead: (rule == Rule::AuthtokenInApp).then_some(include_str!("../app/instead.txt")),
    })
}

/// The text under a heading of the comment at the head of `source`.
fn section(source: &str, heading: &str) -> String {
    let comment = source.lines().map_while(|line| line.strip_prefix("//!"));
    let comment = comment.map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    let lines = comment.skip_while(|line| *line != heading).skip(1).take_while(|line| !line.starts_with('#'));
    let mut blocks: Vec<String> = Vec::new();
    let mut code = false;
    for line in lines {
        if line.starts_with("```") {
            code = !code;
            continue;
        }
        if code {
            blocks.push(format!("    {line}"));
            continue;
        }
        let line = line.trim_start();
        match blocks.last_mut() {
            Some(block) if !block.is_empty() && !line.is_empty() && !line.starts_with("- ") => {
                block.push(' ');
                block.push_str(line);
            }
            _ => blocks.push(line.to_owned()),
        }
    }
    blocks.join("\n").trim().to_owned()
}

/// A file of a rule and its example: the fixture, the file before, and the one after unless the rule has no fix of its own.
macro_rules! sources {
    ($file:literal, $folder:literal, $before:literal, $after:literal) => {
        sources!(@ $file, $folder, $before, Some(include_str!(concat!("../../fixtures/", $folder, "/", $after))))
    };
    ($file:literal, $folder:literal, $before:literal) => { sources!(@ $file, $folder, $before, None) };
    (@ $file:literal, $folder:literal, $before:literal, $after:expr) => {
        (include_str!($file), Example {
            folder: $folder,
            name: $before,
            before: include_str!(concat!("../../fixtures/", $folder, "/", $before)),
            after: $after,
            findings: include_str!(concat!("../../fixtures/", $folder, "/findings.txt")),
        })
    };
}

/// What the page is made of. The fixtures have to be in the package: see `exclude` in `Cargo.toml`.
fn sources(rule: Rule) -> Option<(&'static str, Example)> {
    Some(match rule {
        Rule::AuthtokenInQuery => {
            sources!("authtoken_in_query.rs", "Q08-query-in-a-variable", "before.deluge", "after.deluge")
        }
        Rule::AuthtokenInParameters => {
            sources!("authtoken_in_parameters.rs", "P01-token-in-the-middle-of-map", "before.deluge", "after.deluge")
        }
        Rule::AuthtokenInHeaders => {
            sources!("authtoken_in_headers.rs", "H03-put-into-header-map", "before.deluge", "after.deluge")
        }
        Rule::HardcodedAuthtoken => {
            sources!("hardcoded_authtoken.rs", "Q06-only-parameter-in-concat", "before.deluge", "after.deluge")
        }
        Rule::SeveralTokens => sources!("several_tokens.rs", "K02-two-tokens-for-one-connection", "before.deluge"),
        Rule::AuthtokenGeneration => {
            sources!("authtoken_generation.rs", "E03-token-generation-with-posturl", "before.deluge")
        }
        Rule::LegacyEndpoint => sources!("legacy_endpoint.rs", "Q13-crm-query-in-a-variable", "before.deluge"),
        Rule::MovedHost => {
            sources!("moved_host.rs", "E02-host-in-a-variable-path-in-another-text", "before.deluge", "after.deluge")
        }
        Rule::NoConnectionConfigured => {
            sources!("no_connection_configured.rs", "N03-other-service-configured", "before.deluge")
        }
        Rule::ConnectionMismatch => {
            sources!("connection_mismatch.rs", "C03-another-link-name-and-no-token", "before.deluge")
        }
        Rule::ConnectionPlaceholder => {
            sources!("connection_placeholder.rs", "K03-placeholder-of-a-sample", "before.deluge", "after.deluge")
        }
        Rule::UnexplainedAuthtoken => {
            sources!("unexplained_authtoken.rs", "A01-passed-to-a-function", "before.deluge")
        }
        Rule::AuthtokenInApp => sources!("authtoken_in_app.rs", "X01-php-header-and-query", "before.php"),
        Rule::UnreadFile => sources!("unread_file.rs", "A02-backup-that-is-not-read", "notify.deluge.bak"),
        Rule::UnusedSuppression => {
            sources!("unused_suppression.rs", "S03-one-of-two-rules-is-not-found", "before.deluge")
        }
        Rule::UnusedTokenVariable => {
            sources!("unused_token_variable.rs", "D02-parameter-that-nothing-reads", "before.deluge")
        }
        Rule::CurlyQuote => {
            sources!("curly_quote.rs", "G03-curly-quotes-around-a-link-name", "before.deluge", "after-unsafe.deluge")
        }
        Rule::RenamedConnection => {
            sources!("renamed_connection.rs", "R01-attribute-of-invokeurl", "before.deluge", "after.deluge")
        }
        Rule::AuthtokenConnection => {
            sources!("authtoken_connection.rs", "R06-authtoken-based-connection", "before.deluge")
        }
        Rule::UnknownConnection => sources!("unknown_connection.rs", "K02-unknown-link-name", "before.deluge"),
        Rule::ManifestConnectorMissing => {
            sources!("manifest_connector_missing.rs", "M20-connection-that-the-manifest-lacks", "before.deluge")
        }
        Rule::ManifestAuthtokenConfig => {
            sources!("manifest_authtoken_config.rs", "M30-config-entry-that-a-widget-sends", "plugin-manifest.json")
        }
        Rule::ManifestScope => {
            sources!("manifest_scope.rs", "M40-scopes-that-are-missing-or-do-not-exist", "plugin-manifest.json")
        }
        Rule::ManifestNotJson => sources!("manifest_not_json.rs", "M10-comments-and-trailing-commas", "before.json"),
        Rule::HardcodedSecret => {
            sources!("hardcoded_secret.rs", "H05-secrets-in-the-url", "before.deluge", "after.deluge")
        }
        Rule::OauthByHand => {
            sources!("oauth_by_hand.rs", "H05-concat", "before.deluge", "after.deluge")
        }
    })
}
