//! Names that stand where an app has its settings: the keys of a configuration, and what code asks for by its name.
//!
//! ```text
//! ZOHO_AUTHTOKEN=…                      in `.env`, `docker-compose.yml`, `settings.py`
//! config('services.zoho.auth_token')    a path in a text
//! Settings.Default.ZohoAuthToken        a member of what is called so
//! ```

use memchr::memmem;

use super::calls::is_no_type;
use super::facts::Facts;
use super::language::Language;
use crate::census;
use crate::text::source::TextRange;

/// Whether a longer name says that it is Zoho's (`ZOHO_AUTHTOKEN`), or at least names a service as Zoho has it
/// (`CRM_AUTHTOKEN`).
pub(super) fn owner_of(word: &str) -> Option<bool> {
    const SERVICES: [&str; 12] = [
        "crm",
        "books",
        "desk",
        "creator",
        "recruit",
        "invoice",
        "inventory",
        "subscriptions",
        "campaigns",
        "people",
        "expense",
        "sdp",
    ];
    if ["zoho", "site24x7"].iter().any(|own| word.contains(own)) {
        return Some(true);
    }
    SERVICES.iter().any(|service| word.starts_with(service)).then_some(false)
}

/// How long the path is that leads to the name of a setting: `zoho.crm.` in a configuration, or in a text that is all path.
pub(super) fn path_before(facts: &Facts<'_>, left: usize, right: usize) -> usize {
    let is_configuration = facts.language.is_configuration();
    let is_part = |byte: &&u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || (**byte == b':' && !is_configuration)
    };
    let length = facts.bytes(0, left).iter().rev().take_while(is_part).count();
    if is_configuration {
        return length;
    }
    let Some(text) = facts.pieces.text_at(left) else { return 0 };
    // `@Value("${zoho.authtoken}")`
    let begins = [0, 2].map(|sign| text.start() + sign).contains(&(left - length));
    let ends = text.end() == right || (text.end() == right + 1 && facts.bytes(right, text.end()) == b"}");
    if begins && ends { length } else { 0 }
}

/// Whether a name stands where a configuration has its keys, or where code asks for one by its name.
pub(super) fn is_setting(facts: &Facts<'_>, range: TextRange, is_name: bool) -> bool {
    let (before, behind) = (facts.bytes(0, range.start()), facts.bytes(range.end(), facts.text.len()));
    let next = behind.trim_ascii_start();
    let line_begins = || {
        const LONGEST: usize = 256;
        let near = before.get(before.len().saturating_sub(LONGEST)..).unwrap_or(&[]);
        let line = near.rsplit(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or(&[]).trim_ascii();
        let line = line.strip_prefix(b"export").or(line.strip_prefix(b"ENV")).map_or(line, <[u8]>::trim_ascii);
        let prefix = line.strip_prefix(b"-").unwrap_or(line);
        // `zoho.crm.authtoken=…`
        prefix.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'"' | b'\''))
    };
    let assigned = next.starts_with(b"=") && !next.starts_with(b"==");
    let quoted = census::unquoted(before, behind);
    match facts.language {
        Language::Env | Language::Ini | Language::Properties | Language::Toml => {
            line_begins() && (assigned || next.starts_with(b":"))
        }
        Language::Yaml => {
            let key = quoted.map_or(next, |(_, behind)| behind);
            (line_begins() && (key.starts_with(b":") || (key.starts_with(b"=") && before.ends_with(b"- "))))
                || quoted.is_some_and(|(_, behind)| behind.starts_with(b":"))
        }
        Language::Json | Language::Postman => {
            quoted.is_some_and(|(before, behind)| behind.starts_with(b":") || before.ends_with(b":"))
        }
        Language::Xml => {
            (before.ends_with(b"<") && behind.starts_with(b">"))
                || (before.ends_with(b"=\"") && behind.starts_with(b"\""))
        }
        Language::Terraform => quoted.is_some_and(|(_, next)| next.starts_with(b"{")) || (line_begins() && assigned),
        Language::Shell => !is_name && line_begins() && behind.starts_with(b"="),
        // `ZOHO_AUTHTOKEN = "…"` in `settings.py`
        _ if facts.is_settings_file && quoted.is_none() && line_declares(before) && is_declared(next) => true,
        _ if is_name => false,
        _ => {
            quoted.is_some_and(|(before, _)| is_key(range.of(facts.text)) && !is_attribute(before))
                || [&b"$env:"[..], b"$ENV{"].iter().any(|begin| before.ends_with(begin))
                || is_member_of_settings(before)
                || (facts.language == Language::JavaScript && is_taken_from_environment(before, behind))
        }
    }
}

/// Whether a text may be the key of a setting: not the class of an element (`zoho-authtoken`), nor a function that is called by its
/// name (`array($this, 'render_zoho_authtoken')`, `'setZohoAuthtoken'`).
fn is_key(name: &str) -> bool {
    const VERBS: [&str; 9] = ["get", "set", "render", "show", "print", "save", "update", "validate", "sanitize"];
    let is_next_word = |name: &str| name.starts_with(|c: char| c == '_' || c.is_ascii_uppercase());
    let is_function = VERBS.iter().any(|verb| name.strip_prefix(verb).is_some_and(is_next_word));
    !name.contains('-') && !is_function
}

/// Whether a text is what names an element of a page: `name="zoho_authtoken"`, `id="zoho-authtoken"`.
fn is_attribute(before: &[u8]) -> bool {
    let name = before.strip_suffix(b"=");
    name.is_some_and(|name| [&b"name"[..], b"id", b"for"].iter().any(|word| name.ends_with(word)))
}

/// Whether a value follows a name: `= t`, `: t`, `: str = t`, but no type alone.
fn is_declared(next: &[u8]) -> bool {
    let assigns = |next: &[u8]| next.starts_with(b"=") && !next.starts_with(b"==") && !next.starts_with(b"=>");
    let Some(rest) = next.strip_prefix(b":") else { return assigns(next) };
    let is_type = |byte: &&u8| byte.is_ascii_alphanumeric() || b" &_.[]<>|?'".contains(byte);
    let length = rest.iter().take(64).take_while(is_type).count();
    is_no_type(rest) || rest.get(length..).is_some_and(assigns)
}

/// Whether a line has no more than words before what it declares: `export const `, `public static final String `.
fn line_declares(before: &[u8]) -> bool {
    const LONGEST: usize = 96;
    let near = before.get(before.len().saturating_sub(LONGEST)..).unwrap_or(&[]);
    let line = near.rsplit(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or(&[]);
    line.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'\t' | b'_' | b'$'))
}

/// Whether a chain leads to the name that is one of settings: `config.`, `$this->settings->`, `Properties.Settings.Default.`
fn is_member_of_settings(before: &[u8]) -> bool {
    const LONGEST: usize = 64;
    if ![&b"."[..], b"->", b"::"].iter().any(|dot| before.ends_with(dot)) {
        return false;
    }
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.->:()$".contains(byte);
    let length = before.iter().rev().take(LONGEST).take_while(is_part).count();
    let chain = before.get(before.len() - length..).unwrap_or(&[]).to_ascii_lowercase();
    [&b"conf"[..], b"setting", b"env", b"secret", b"credential", b"option"]
        .iter()
        .any(|own| memmem::find(&chain, own).is_some())
}

/// `const { ZOHO_AUTHTOKEN } = process.env;`
fn is_taken_from_environment(before: &[u8], behind: &[u8]) -> bool {
    const NEAR: usize = 256;
    let near = behind.get(..NEAR).unwrap_or(behind);
    let Some(close) = near.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"_,: \r\n\t".contains(byte)))
    else {
        return false;
    };
    let after = near.get(close..).and_then(|rest| rest.strip_prefix(b"}")).unwrap_or(&[]).trim_ascii_start();
    let source = after.strip_prefix(b"=").unwrap_or(&[]).trim_ascii_start();
    matches!(before.trim_ascii_end().last(), Some(b'{' | b','))
        && [&b"process.env"[..], b"import.meta.env"].iter().any(|own| source.starts_with(own))
}
