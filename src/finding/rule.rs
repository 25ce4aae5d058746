//! The rules by name. Each is declared in its file in `src/rules/`, from which the build script makes the list of them.

use super::level::Severity;

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

macro_rules! rules {
    ($(#[$summary:meta] $rule:ident $module:ident $file:literal $name:literal $severity:ident;)*) => {
        /// Every rule of the product.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Rule {
            $(#[$summary] $rule,)*
        }

        impl Rule {
            /// All rules, in the order of the documentation.
            pub const ALL: &[Rule] = &[$(Rule::$rule),*];

            /// The stable kebab-case name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Rule::$rule => $name,)*
                }
            }

            /// Its severity when the configuration does not set one.
            pub fn default_severity(self) -> Severity {
                match self {
                    $(Rule::$rule => Severity::$severity,)*
                }
            }
        }
    };
}
for_each_rule!(rules);

impl Rule {
    /// The rule of that name.
    pub fn from_name(name: &str) -> Option<Rule> {
        Rule::ALL.iter().copied().find(|rule| rule.name() == name)
    }
}
