//! How bad what is found is, and what can be done about it.

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
