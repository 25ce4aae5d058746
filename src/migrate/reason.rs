//! Why a change rests on an assumption, or why none is offered: for people as a sentence, for programs as a code that stays.

use std::fmt;
use std::sync::Arc;

/// A reason.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Reason {
    /// Its kind.
    pub code: Code,
    /// The sentence; not masked yet.
    pub text: Arc<str>,
}

impl Reason {
    /// A reason of this kind.
    pub fn new(code: Code, text: impl Into<Arc<str>>) -> Self {
        Self { code, text: text.into() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $code:ident $name:literal $origin:ident;)*) => {
        /// The kinds of reasons.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Code {
            $($(#[doc = $doc])* $code,)*
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Code] = &[$(Code::$code),*];

            /// Its name, which stays from version to version.
            pub fn name(self) -> &'static str {
                match self { $(Code::$code => $name,)* }
            }

            /// Where it lies.
            pub fn origin(self) -> Origin {
                match self { $(Code::$code => Origin::$origin,)* }
            }
        }
    };
}

/// Where a reason lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// In what the code does, or in what is configured.
    Code,
    /// In what authshift can follow or write.
    Limit,
}

impl Origin {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Origin::Code => "code",
            Origin::Limit => "limit",
        }
    }
}

codes! {
    /// A call is made that was skipped on some paths.
    AlwaysMade "always-made" Code;
    /// What yields the token is only taken to be an access token.
    AccessToken "access-token" Code;
    /// The address is joined, or used elsewhere, so that it cannot be changed alone.
    AddressInUse "address-in-use" Code;
    /// The address, or a part of it, cannot be seen.
    AddressUnseen "address-unseen" Code;
    /// The answer is used in a way that a parsed answer may not allow.
    AnswerUse "answer-use" Code;
    /// The token is built in code that is not followed.
    BuiltElsewhere "built-elsewhere" Limit;
    /// A call goes with the token that is only taken to yield a value.
    CallGoes "call-goes" Code;
    /// The call has arguments that are not documented for it.
    CallForm "call-form" Code;
    /// The call stands where no statement can be put before it.
    CallPlace "call-place" Code;
    /// A comment stands where the change would be made.
    Comment "comment" Code;
    /// The endpoint does not exist under OAuth.
    DeadEndpoint "dead-endpoint" Code;
    /// Each path needs another change.
    DiffersByPath "differs-by-path" Limit;
    /// Where the token's value ends cannot be seen.
    EndUnseen "end-unseen" Code;
    /// A map comes from outside of the function.
    FromOutside "from-outside" Code;
    /// The host cannot be seen.
    HostUnseen "host-unseen" Code;
    /// The host is not known to be Zoho's.
    HostUnknown "host-unknown" Code;
    /// The token is put in inside of another expression.
    InExpression "in-expression" Code;
    /// A key that cannot be seen may be the token's.
    KeyUnseen "key-unseen" Code;
    /// The list of parameters is used in another way.
    ListUse "list-use" Limit;
    /// The request is malformed, or stands in markup.
    Malformed "malformed" Code;
    /// The value brings more along than a token.
    MoreThanToken "more-than-a-token" Code;
    /// No Connection is configured.
    NoConnection "no-connection" Code;
    /// The token comes into the request in a way that is not followed.
    NotFollowed "not-followed" Limit;
    /// The validation could not show that the change keeps everything else.
    NotShown "not-shown" Limit;
    /// Code that was not understood takes part.
    NotUnderstood "not-understood" Limit;
    /// The file cannot be made to say exactly that.
    NotWritable "not-writable" Limit;
    /// Nothing would be left.
    NothingLeft "nothing-left" Code;
    /// The token comes from a one-time code.
    OneTimeCode "one-time-code" Code;
    /// What happens in one statement may happen in another order.
    Order "order" Code;
    /// Another `Authorization` header stays.
    OtherAuthorization "other-authorization" Code;
    /// On one path the request goes to another host.
    OtherHost "other-host" Code;
    /// Two changes overlap.
    Overlap "overlap" Limit;
    /// The token stands where no parameter stands, or what separates parameters cannot be seen.
    Parameter "parameter" Code;
    /// On one path the request sends no token.
    PathWithoutToken "path-without-token" Code;
    /// Another request stands inside of this one.
    RequestInside "request-inside" Code;
    /// What would be edited is used elsewhere too.
    Shared "shared" Code;
    /// Another user may have to act.
    SeveralUsers "several-users" Code;
    /// A comment suppresses it, or something nearby.
    Suppressed "suppressed" Code;
    /// The token has to go first.
    TokenFirst "token-first" Code;
    /// The token is handed on.
    TokenHandedOn "token-handed-on" Code;
    /// Where the token comes from cannot be seen.
    TokenUnseen "token-unseen" Code;
    /// There are too many requests.
    TooMany "too-many" Limit;
    /// The configuration does not ask for it.
    UpgradeOff "upgrade-off" Code;
    /// The value is only taken to be a token.
    ValueIsToken "value-is-a-token" Code;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_plain() {
        let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase())));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
