//! What the tool reports. Secrets are masked before a [`Finding`] exists, so that no printer can leak one.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use crate::edit::Edits;
use crate::fingerprint::Fingerprint;
use crate::source::{Position, TextRange};

/// How bad a finding is. Errors decide the exit status.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Makes the exit status 1.
    Error,
    /// Shown; makes the exit status 1 with `--error-on-warnings` only.
    Warning,
    /// Shown, like a warning.
    Note,
}

impl Severity {
    /// The word people and configuration use.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// What can be done about a finding, from best to worst; the worst of its parts is that of a transaction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// Everything about the request but its authentication stays the same, and the tool can show why.
    Safe,
    /// Needs an assumption, which the finding states; applied with `--unsafe-fixes` only.
    Unsafe,
    /// No edit is offered; the finding says what a person has to do.
    Manual,
}

impl Applicability {
    /// The word people and JSON use.
    pub fn name(self) -> &'static str {
        match self {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "unsafe",
            Applicability::Manual => "manual",
        }
    }
}

/// Every rule of the product. The configuration takes all of these names; those that no code reports yet have no
/// [`page`](fn@crate::rules::page).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Rule {
    /// A token in a URL's query string.
    AuthtokenInQuery,
    /// A token in `parameters:` or a request body.
    AuthtokenInParameters,
    /// An `Authorization: Zoho-authtoken …` header.
    AuthtokenInHeaders,
    /// A token value written into the code.
    HardcodedAuthtoken,
    /// A refresh token, access token or client secret of a Zoho client written into the code.
    HardcodedSecret,
    /// Requests of one Connection used different tokens.
    SeveralTokens,
    /// OAuth written by hand where a Connection would do.
    OauthByHand,
    /// A call to the authtoken generation endpoint.
    AuthtokenGeneration,
    /// The endpoint does not exist under OAuth.
    LegacyEndpoint,
    /// The request goes to an old address of a service that moved.
    MovedHost,
    /// No Connection is configured for a request that could be fixed.
    NoConnectionConfigured,
    /// The request names another Connection than the configured one.
    ConnectionMismatch,
    /// A LinkName that neither the configuration nor the manifest knows.
    UnknownConnection,
    /// A sample's placeholder where a LinkName belongs.
    ConnectionPlaceholder,
    /// A LinkName that the configuration says was renamed.
    RenamedConnection,
    /// A use of a Connection that itself uses an authtoken.
    AuthtokenConnection,
    /// A sign of a token that no other rule explains.
    UnexplainedAuthtoken,
    /// A text file that names an authtoken and was not read as code.
    UnreadFile,
    /// An authtoken sent by code in another language, or kept in its configuration.
    AuthtokenInApp,
    /// A suppression comment that suppresses nothing.
    UnusedSuppression,
    /// A variable or function parameter that only carried a token and is now unused.
    UnusedTokenVariable,
    /// Typographic quotes as string delimiters.
    CurlyQuote,
    /// A Connection that the code uses and the manifest does not list.
    ManifestConnectorMissing,
    /// A manifest `config` entry that holds a Zoho authtoken.
    ManifestAuthtokenConfig,
    /// A scope in a manifest that does not exist, or that the code needs and the manifest lacks.
    ManifestScope,
    /// A comment or trailing comma in a manifest.
    ManifestNotJson,
}

impl Rule {
    /// All rules, in the order of the documentation.
    pub const ALL: &[Rule] = &[
        Rule::AuthtokenInQuery,
        Rule::AuthtokenInParameters,
        Rule::AuthtokenInHeaders,
        Rule::HardcodedAuthtoken,
        Rule::HardcodedSecret,
        Rule::SeveralTokens,
        Rule::OauthByHand,
        Rule::AuthtokenGeneration,
        Rule::LegacyEndpoint,
        Rule::MovedHost,
        Rule::NoConnectionConfigured,
        Rule::ConnectionMismatch,
        Rule::UnknownConnection,
        Rule::ConnectionPlaceholder,
        Rule::RenamedConnection,
        Rule::AuthtokenConnection,
        Rule::UnexplainedAuthtoken,
        Rule::UnreadFile,
        Rule::AuthtokenInApp,
        Rule::UnusedSuppression,
        Rule::UnusedTokenVariable,
        Rule::CurlyQuote,
        Rule::ManifestConnectorMissing,
        Rule::ManifestAuthtokenConfig,
        Rule::ManifestScope,
        Rule::ManifestNotJson,
    ];

    /// The stable kebab-case name.
    pub fn name(self) -> &'static str {
        match self {
            Rule::AuthtokenInQuery => "authtoken-in-query",
            Rule::AuthtokenInParameters => "authtoken-in-parameters",
            Rule::AuthtokenInHeaders => "authtoken-in-headers",
            Rule::HardcodedAuthtoken => "hardcoded-authtoken",
            Rule::HardcodedSecret => "hardcoded-secret",
            Rule::SeveralTokens => "several-tokens",
            Rule::OauthByHand => "oauth-by-hand",
            Rule::AuthtokenGeneration => "authtoken-generation",
            Rule::LegacyEndpoint => "legacy-endpoint",
            Rule::MovedHost => "moved-host",
            Rule::NoConnectionConfigured => "no-connection-configured",
            Rule::ConnectionMismatch => "connection-mismatch",
            Rule::UnknownConnection => "unknown-connection",
            Rule::ConnectionPlaceholder => "connection-placeholder",
            Rule::RenamedConnection => "renamed-connection",
            Rule::AuthtokenConnection => "authtoken-connection",
            Rule::UnexplainedAuthtoken => "unexplained-authtoken",
            Rule::UnreadFile => "unread-file",
            Rule::AuthtokenInApp => "authtoken-in-app",
            Rule::UnusedSuppression => "unused-suppression",
            Rule::UnusedTokenVariable => "unused-token-variable",
            Rule::CurlyQuote => "curly-quote",
            Rule::ManifestConnectorMissing => "manifest-connector-missing",
            Rule::ManifestAuthtokenConfig => "manifest-authtoken-config",
            Rule::ManifestScope => "manifest-scope",
            Rule::ManifestNotJson => "manifest-not-json",
        }
    }

    /// The rule of that name.
    pub fn from_name(name: &str) -> Option<Rule> {
        Rule::ALL.iter().copied().find(|rule| rule.name() == name)
    }

    /// Its severity when the configuration does not set one.
    pub fn default_severity(self) -> Severity {
        match self {
            Rule::SeveralTokens
            | Rule::OauthByHand
            | Rule::LegacyEndpoint
            | Rule::ConnectionMismatch
            | Rule::UnknownConnection
            | Rule::ConnectionPlaceholder
            | Rule::AuthtokenConnection
            | Rule::CurlyQuote
            | Rule::ManifestAuthtokenConfig
            | Rule::ManifestScope
            | Rule::ManifestNotJson => Severity::Warning,
            Rule::MovedHost | Rule::UnusedSuppression | Rule::UnusedTokenVariable => Severity::Note,
            _ => Severity::Error,
        }
    }
}

/// One thing found in one file. There may be as many of them as the file has words, and most say what the one before them
/// says: that is kept once.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What there is to say, wherever it is; it reads as if it were the finding's own.
    pub said: Arc<Said>,
    /// The file, as it was named or found.
    pub path: Arc<Path>,
    /// Where, in bytes.
    pub range: TextRange,
    /// Line and column of the range's start.
    pub start: Position,
    /// Line and column of the range's end.
    pub end: Position,
    /// The edits, with secrets masked in the replacements.
    pub fix: Option<Box<Fix>>,
    /// What tells it from others when lines move.
    pub fingerprint: Fingerprint,
}

impl Finding {
    /// Whether it is a note of which nothing has to be done and nothing can be by itself.
    pub fn is_optional(&self) -> bool {
        self.severity == Severity::Note && self.applicability == Applicability::Manual
    }
}

/// What a finding says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// Which rule.
    pub rule: Rule,
    /// How bad, after the configuration had its say.
    pub severity: Severity,
    /// What can be done about it.
    pub applicability: Applicability,
    /// What is wrong, in one sentence; masked.
    pub message: Arc<str>,
    /// What will become of it, what it assumes, or what a person has to do; masked, a sentence each.
    pub notes: Arc<[Arc<str>]>,
    /// Why it is not safe, one of several reasons each.
    pub reasons: Arc<[Because]>,
    /// The LinkName that the fix puts in, or that the request names already.
    pub connection: Option<Arc<str>>,
    /// Whether that LinkName is a suggestion: nothing is configured yet.
    pub suggested: bool,
    /// The Zoho service the request goes to, by its name in the built-in table.
    pub service: Option<&'static str>,
    /// The data centre the request goes to (`us`, `eu`, …).
    pub data_center: Option<&'static str>,
    /// The OAuth scopes that the request needs, one of each set of alternatives.
    pub scopes: Arc<[String]>,
}

/// Why a change is not safe, or why none is offered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Because {
    /// The kind of the reason: a name that stays from version to version.
    pub code: &'static str,
    /// Where it lies: in what the `code` does, or in a `limit` of authshift.
    pub origin: &'static str,
    /// The sentence; masked.
    pub message: Arc<str>,
    /// The line of what it names, from 1.
    pub line: Option<u32>,
}

impl Deref for Finding {
    type Target = Said;

    fn deref(&self) -> &Said {
        &self.said
    }
}

/// The change that a finding offers.
#[derive(Clone, Debug)]
pub struct Fix {
    /// What it does, in one sentence.
    pub message: Arc<str>,
    /// The edits; all of them apply, or none. Findings of one transaction share them.
    pub edits: Edits,
    /// The edits for a tool that applies this fix and no other: with what nothing reads any more then. `None` when the fix
    /// counts on that of another finding, or when a secret is masked in a replacement.
    pub alone: Option<Edits>,
}

/// What became of the findings that a baseline knows.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Compared {
    /// Findings that are known.
    pub known: usize,
    /// Known findings that are not there any more, in files that were examined or that are gone.
    pub gone: usize,
}
