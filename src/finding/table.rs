//! The rules of the product, each declared once: everything else that has to know of them derives it from here.

use Sign::{
    Connection, Dead, DeadHost, DeadPath, Header, Listed, Manifest, Moved, OldPath, OtherConnection, Placeholder,
    Quote, Secret, Suppression, Token, Watched,
};

use super::level::Severity;

/// What there is to know of a rule.
#[derive(Debug)]
pub struct Declaration {
    /// The stable kebab-case name.
    pub name: &'static str,
    /// The severity when the configuration does not set one.
    pub severity: Severity,
    /// What `fix` does about its findings.
    pub fixable: Fixable,
    /// Whether a comment can suppress a finding: the file is code, and is read.
    pub comments: bool,
    /// The sets of signs of which one has to be there, whole, for it to find anything.
    pub needs: &'static [&'static [Sign]],
    /// How bad its findings are for security, as GitHub counts (7.0 and more is high, 4.0 and more is medium), and the weakness by
    /// its CWE number; `None` for a rule that is about code that does not work.
    pub weakness: Option<(&'static str, u16)>,
    /// The text of its file in `src/rules/`. The comment at its head is the page of the rule.
    pub source: &'static str,
    /// The fixture on that page.
    pub example: Example,
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

/// A reason to parse a file: what stands in its text, or what its surroundings have to do with it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Sign {
    /// The name of an authtoken.
    Token,
    /// The name of the header that holds a token, perhaps without the token's name, in more than requests that visibly go to
    /// other vendors.
    Header,
    /// What asks for access tokens, and what stands beside the secrets that are needed for it.
    Secret,
    /// A host or path of which nearly all does not exist under OAuth (facts 4.2).
    Dead,
    /// A host of which a part does not exist under OAuth.
    DeadHost,
    /// What stands in the path of that part.
    DeadPath,
    /// A host that an API moved away from (facts 4.1).
    Moved,
    /// The path that the API had there.
    OldPath,
    /// A request names a Connection.
    Connection,
    /// A request may name a Connection by a placeholder.
    Placeholder,
    /// A typographic quote that delimits a text.
    Quote,
    /// A comment that suppresses findings.
    Suppression,
    /// A request may name another Connection than the one that the configuration has for it.
    OtherConnection,
    /// A LinkName that the configuration says was renamed, or uses an authtoken.
    Watched,
    /// The extension's manifest lists Connections, and a request or a task may name one.
    Listed,
    /// It is a manifest. They are small, and an error in one is to be reported.
    Manifest,
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
    pub(super) findings: &'static str,
}

/// A fixture: its folder, the file before, and the one after unless the rule has no fix of its own. It has to be in the package: see
/// `exclude` in `Cargo.toml`.
macro_rules! example {
    ($folder:literal, $before:literal, $after:literal) => {
        example!(@ $folder, $before, Some(include_str!(concat!("../../fixtures/", $folder, "/", $after))))
    };
    ($folder:literal, $before:literal) => { example!(@ $folder, $before, None) };
    (@ $folder:literal, $before:literal, $after:expr) => {
        Example {
            folder: $folder,
            name: $before,
            before: include_str!(concat!("../../fixtures/", $folder, "/", $before)),
            after: $after,
            findings: include_str!(concat!("../../fixtures/", $folder, "/findings.txt")),
        }
    };
}

/// A variant of [`Rule`] and its [`Declaration`] for each rule.
macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident {
        name: $name:literal, severity: $severity:ident,
        fixable: $fixable:expr, comments: $comments:literal,
        needs: $needs:expr,
        weakness: $weakness:expr,
        file: $file:literal, example: [$($example:literal),*],
    })*) => {
        /// Every rule of the product.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Rule {
            $($(#[$doc])* $rule,)*
        }

        impl Rule {
            /// All rules, in the order of the documentation.
            pub const ALL: &[Rule] = &[$(Rule::$rule),*];

            /// What there is to know of it.
            pub fn declaration(self) -> &'static Declaration {
                match self {
                    $(Rule::$rule => {
                        const DECLARATION: &Declaration = &Declaration {
                            name: $name,
                            severity: Severity::$severity,
                            fixable: $fixable,
                            comments: $comments,
                            needs: $needs,
                            weakness: $weakness,
                            source: include_str!(concat!("../rules/", $file)),
                            example: example!($($example),*),
                        };
                        DECLARATION
                    })*
                }
            }
        }
    };
}

rules! {
    /// A token in a URL's query string.
    AuthtokenInQuery {
        name: "authtoken-in-query", severity: Error,
        fixable: Fixable::Yes, comments: true,
        needs: &[&[Token]],
        weakness: Some(("6.0", 598)),
        file: "authtoken_in_query.rs", example: ["Q08-query-in-a-variable", "before.deluge", "after.deluge"],
    }
    /// A token in `parameters:` or a request body.
    AuthtokenInParameters {
        name: "authtoken-in-parameters", severity: Error,
        fixable: Fixable::Yes, comments: true,
        needs: &[&[Token]],
        weakness: Some(("5.0", 522)),
        file: "authtoken_in_parameters.rs", example: ["P01-token-in-the-middle-of-map", "before.deluge", "after.deluge"],
    }
    /// An `Authorization: Zoho-authtoken …` header.
    AuthtokenInHeaders {
        name: "authtoken-in-headers", severity: Error,
        fixable: Fixable::Yes, comments: true,
        needs: &[&[Token], &[Header]],
        weakness: Some(("5.0", 522)),
        file: "authtoken_in_headers.rs", example: ["H03-put-into-header-map", "before.deluge", "after.deluge"],
    }
    /// A token value written into the code.
    HardcodedAuthtoken {
        name: "hardcoded-authtoken", severity: Error,
        fixable: Fixable::InPart("when its last use is migrated; never in a comment"), comments: true,
        needs: &[&[Token], &[Header]],
        weakness: Some(("8.0", 798)),
        file: "hardcoded_authtoken.rs", example: ["Q06-only-parameter-in-concat", "before.deluge", "after.deluge"],
    }
    /// A refresh token, access token or client secret of a Zoho client written into the code.
    HardcodedSecret {
        name: "hardcoded-secret", severity: Error,
        fixable: Fixable::InPart("when its last use is migrated; never in a comment"), comments: true,
        needs: &[&[Secret], &[Header]],
        weakness: Some(("8.0", 798)),
        file: "hardcoded_secret.rs", example: ["H05-secrets-in-the-url", "before.deluge", "after.deluge"],
    }
    /// Requests of one Connection used different tokens.
    SeveralTokens {
        name: "several-tokens", severity: Warning,
        fixable: Fixable::No, comments: true,
        needs: &[&[Token], &[Header], &[Secret]],
        weakness: None,
        file: "several_tokens.rs", example: ["K02-two-tokens-for-one-connection", "before.deluge"],
    }
    /// OAuth written by hand where a Connection would do.
    OauthByHand {
        name: "oauth-by-hand", severity: Warning,
        fixable: Fixable::Yes, comments: true,
        needs: &[&[Token], &[Header], &[Secret]],
        weakness: Some(("5.0", 522)),
        file: "oauth_by_hand.rs", example: ["H05-concat", "before.deluge", "after.deluge"],
    }
    /// A call to the authtoken generation endpoint.
    AuthtokenGeneration {
        name: "authtoken-generation", severity: Error,
        fixable: Fixable::No, comments: true,
        needs: &[&[Token]],
        weakness: Some(("5.0", 522)),
        file: "authtoken_generation.rs", example: ["E03-token-generation-with-posturl", "before.deluge"],
    }
    /// The endpoint does not exist under OAuth.
    LegacyEndpoint {
        name: "legacy-endpoint", severity: Warning,
        fixable: Fixable::No, comments: true,
        needs: &[&[Token], &[Header], &[Dead], &[DeadHost, DeadPath]],
        weakness: None,
        file: "legacy_endpoint.rs", example: ["Q13-crm-query-in-a-variable", "before.deluge"],
    }
    /// The request goes to an old address of a service that moved.
    MovedHost {
        name: "moved-host", severity: Note,
        fixable: Fixable::InPart("with `upgrade-hosts = true` in `authshift.toml`"), comments: true,
        needs: &[&[Moved, OldPath, Token], &[Moved, OldPath, Header], &[Moved, OldPath, Connection]],
        weakness: None,
        file: "moved_host.rs", example: ["E02-host-in-a-variable-path-in-another-text", "before.deluge", "after.deluge"],
    }
    /// No Connection is configured for a request that could be fixed.
    NoConnectionConfigured {
        name: "no-connection-configured", severity: Error,
        fixable: Fixable::No, comments: true,
        needs: &[&[Token], &[Header], &[Secret]],
        weakness: None,
        file: "no_connection_configured.rs", example: ["N03-other-service-configured", "before.deluge"],
    }
    /// The request names another Connection than the configured one.
    ConnectionMismatch {
        name: "connection-mismatch", severity: Warning,
        fixable: Fixable::No, comments: true,
        needs: &[&[OtherConnection]],
        weakness: None,
        file: "connection_mismatch.rs", example: ["C03-another-link-name-and-no-token", "before.deluge"],
    }
    /// A LinkName that neither the configuration nor the manifest knows.
    UnknownConnection {
        name: "unknown-connection", severity: Warning,
        fixable: Fixable::No, comments: true,
        needs: &[&[OtherConnection], &[Connection, Listed]],
        weakness: None,
        file: "unknown_connection.rs", example: ["K02-unknown-link-name", "before.deluge"],
    }
    /// A sample's placeholder where a LinkName belongs.
    ConnectionPlaceholder {
        name: "connection-placeholder", severity: Warning,
        fixable: Fixable::InPart("where `authshift.toml` has a Connection for the request"), comments: true,
        needs: &[&[Placeholder]],
        weakness: None,
        file: "connection_placeholder.rs", example: ["K03-placeholder-of-a-sample", "before.deluge", "after.deluge"],
    }
    /// A LinkName that the configuration says was renamed.
    RenamedConnection {
        name: "renamed-connection", severity: Error,
        fixable: Fixable::Yes, comments: true,
        needs: &[&[Watched], &[Manifest]],
        weakness: None,
        file: "renamed_connection.rs", example: ["R01-attribute-of-invokeurl", "before.deluge", "after.deluge"],
    }
    /// A use of a Connection that itself uses an authtoken.
    AuthtokenConnection {
        name: "authtoken-connection", severity: Warning,
        fixable: Fixable::No, comments: true,
        needs: &[&[Watched], &[Manifest]],
        weakness: None,
        file: "authtoken_connection.rs", example: ["R06-authtoken-based-connection", "before.deluge"],
    }
    /// A sign of a token that no other rule explains.
    UnexplainedAuthtoken {
        name: "unexplained-authtoken", severity: Error,
        fixable: Fixable::No, comments: true,
        needs: &[&[Token], &[Secret]],
        weakness: None,
        file: "unexplained_authtoken.rs", example: ["A01-passed-to-a-function", "before.deluge"],
    }
    /// A text file that names an authtoken and was not read as code.
    UnreadFile {
        name: "unread-file", severity: Error,
        fixable: Fixable::No, comments: false,
        needs: &[&[Token]],
        weakness: None,
        file: "unread_file.rs", example: ["A02-backup-that-is-not-read", "notify.deluge.bak"],
    }
    /// An authtoken sent by code in another language, or kept in its configuration.
    AuthtokenInApp {
        name: "authtoken-in-app", severity: Error,
        fixable: Fixable::No, comments: true,
        needs: &[&[Token]],
        weakness: Some(("5.0", 522)),
        file: "authtoken_in_app.rs", example: ["X01-php-header-and-query", "before.php"],
    }
    /// A suppression comment that suppresses nothing.
    UnusedSuppression {
        name: "unused-suppression", severity: Note,
        fixable: Fixable::No, comments: true,
        needs: &[&[Suppression]],
        weakness: None,
        file: "unused_suppression.rs", example: ["S03-one-of-two-rules-is-not-found", "before.deluge"],
    }
    /// A variable or function parameter that only carried a token and is now unused.
    UnusedTokenVariable {
        name: "unused-token-variable", severity: Note,
        fixable: Fixable::No, comments: true,
        needs: &[&[Token], &[Header], &[Secret]],
        weakness: None,
        file: "unused_token_variable.rs", example: ["D02-parameter-that-nothing-reads", "before.deluge"],
    }
    /// Typographic quotes as string delimiters.
    CurlyQuote {
        name: "curly-quote", severity: Warning,
        fixable: Fixable::InPart("where the quotes pair on one line, with `--unsafe-fixes`"), comments: true,
        needs: &[&[Quote]],
        weakness: None,
        file: "curly_quote.rs", example: ["G03-curly-quotes-around-a-link-name", "before.deluge", "after-unsafe.deluge"],
    }
    /// A Connection that the code uses and the manifest does not list.
    ManifestConnectorMissing {
        name: "manifest-connector-missing", severity: Error,
        fixable: Fixable::No, comments: true,
        needs: &[&[Listed]],
        weakness: None,
        file: "manifest_connector_missing.rs", example: ["M20-connection-that-the-manifest-lacks", "before.deluge"],
    }
    /// A manifest `config` entry that holds a Zoho authtoken.
    ManifestAuthtokenConfig {
        name: "manifest-authtoken-config", severity: Warning,
        fixable: Fixable::No, comments: false,
        needs: &[&[Manifest]],
        weakness: Some(("8.0", 798)),
        file: "manifest_authtoken_config.rs", example: ["M30-config-entry-that-a-widget-sends", "plugin-manifest.json"],
    }
    /// A scope in a manifest that does not exist, or that the code needs and the manifest lacks.
    ManifestScope {
        name: "manifest-scope", severity: Warning,
        fixable: Fixable::No, comments: false,
        needs: &[&[Manifest]],
        weakness: None,
        file: "manifest_scope.rs", example: ["M40-scopes-that-are-missing-or-do-not-exist", "plugin-manifest.json"],
    }
    /// A comment or trailing comma in a manifest.
    ManifestNotJson {
        name: "manifest-not-json", severity: Warning,
        fixable: Fixable::No, comments: false,
        needs: &[&[Manifest]],
        weakness: None,
        file: "manifest_not_json.rs", example: ["M10-comments-and-trailing-commas", "before.json"],
    }
}
