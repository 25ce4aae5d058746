//! The rules of the product by name, and how bad what they find is.

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
