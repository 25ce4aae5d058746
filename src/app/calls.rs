//! What the signs and calls around a name say of it: whether a value is put there, read or kept.

use memchr::memmem;

/// Whether a map, whose bracket is the last sign, is what somebody sent to the app, or what the app keeps for itself.
pub(super) fn is_read_or_kept(before: &[u8], assigned: bool) -> bool {
    const READ: [&[u8]; 8] =
        [b"$_POST[", b"$_GET[", b"$_REQUEST[", b"req.body[", b"req.query[", b"req.headers[", b"request[", b"params["];
    const KEPT: [&[u8]; 5] = [b"$_SESSION[", b"$_COOKIE[", b"session[", b"cookies[", b"isset("];
    let of = |maps: &[&[u8]]| maps.iter().any(|map| before.ends_with(map));
    of(&KEPT) || (of(&READ) && !assigned) || is_asked_or_dropped(before)
}

/// Whether the map, whose bracket is the last sign, is asked for the name or loses it: `unset($map[`, `del map[`.
fn is_asked_or_dropped(before: &[u8]) -> bool {
    let map = before.strip_suffix(b"[").unwrap_or(before);
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.->:$@'\"[]".contains(byte);
    let length = map.iter().rev().take(64).take_while(is_part).count();
    let call = map.get(..map.len() - length).unwrap_or(&[]);
    let words = [&b"unset("[..], b"isset(", b"empty(", b"del ", b"delete "];
    words.iter().any(|word| call.ends_with(word))
}

/// `"authtoken": t`, `'authtoken' => t`, `put("authtoken", t)`, `{ "authtoken", t }`; not `get("authtoken", "")`, and no list of names.
pub(super) fn is_pair(before: &[u8], behind: &[u8]) -> bool {
    // `case 'authtoken':` is a label.
    if behind.starts_with(b":") && !behind.starts_with(b"::") {
        return !before.ends_with(b"case") && !is_rule(behind.get(1..).unwrap_or(&[]));
    }
    if let Some(value) = behind.strip_prefix(b"=>") {
        return !is_rule(value);
    }
    let Some(next) = behind.strip_prefix(b",").map(<[u8]>::trim_ascii_start) else { return false };
    let is_text = matches!(next.first(), Some(b'"' | b'\'' | b'`' | b':' | b'[' | b']' | b')'));
    match before.last() {
        Some(b'{') => true,
        Some(b'(') => {
            if keeps(before) {
                false
            } else if is_text {
                writes(before)
            } else {
                !reads(before)
            }
        }
        Some(b',' | b'[') => !is_text,
        _ => false,
    }
}

/// Whether a value says what another has to be: `'required|string'`, `['nullable', …]`, `Joi.string()`.
fn is_rule(value: &[u8]) -> bool {
    let value = value.trim_ascii_start();
    let list = value.strip_prefix(b"[").map_or(value, <[u8]>::trim_ascii_start);
    let Some((b'"' | b'\'', rule)) = list.split_first() else {
        return [&b"Joi."[..], b"yup.", b"Yup.", b"z.", b"PropTypes."].iter().any(|own| value.starts_with(own));
    };
    [&b"required"[..], b"nullable", b"sometimes", b"string|"].iter().any(|word| rule.starts_with(word))
}

/// The name, in lower case, of the call that begins with the last parenthesis.
pub(super) fn called(before: &[u8]) -> Vec<u8> {
    let call = before.strip_suffix(b"(").unwrap_or(before);
    let length = call.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    call.get(call.len() - length..).unwrap_or(&[]).to_ascii_lowercase()
}

/// Whether a call puts a value somewhere.
fn writes(before: &[u8]) -> bool {
    let name = called(before);
    [&b"put"[..], b"set", b"add", b"append", b"with", b"header", b"param", b"field", b"query", b"basicname", b"insert"]
        .iter()
        .any(|begin| name.starts_with(begin))
}

/// Whether a call puts a value where the app keeps its own: `localStorage.setItem(`.
fn keeps(before: &[u8]) -> bool {
    const NEAR: usize = 48;
    let near = before.get(before.len().saturating_sub(NEAR)..).unwrap_or(&[]);
    let line =
        near.rsplit(|byte| matches!(byte, b'\n' | b';' | b'=' | b' ')).next().unwrap_or(&[]).to_ascii_lowercase();
    [&b"storage"[..], b"cookie", b"session", b"prefs", b"preferences", b"cache"]
        .iter()
        .any(|own| memmem::find(&line, own).is_some())
}

/// Whether a call asks for a value.
fn reads(before: &[u8]) -> bool {
    let name = called(before);
    [
        &b"get"[..],
        b"env",
        b"input",
        b"has",
        b"is",
        b"fetch",
        b"read",
        b"option",
        b"config",
        b"find",
        b"array_key_exists",
        b"pop",
        b"remove",
        b"delete",
        b"unset",
    ]
    .iter()
    .any(|begin| name.starts_with(begin))
}

/// Whether what follows the colon is a value, and no type or nothing.
pub(super) fn is_no_type(behind: &[u8]) -> bool {
    const TYPES: [&[u8]; 15] = [
        b"string",
        b"String",
        b"any",
        b"str",
        b"null",
        b"undefined",
        b"nil",
        b"unknown",
        b"Sequelize",
        b"DataTypes",
        b"Joi",
        b"yup",
        b"z",
        b"Yup",
        b"PropTypes",
    ];
    let value = behind.trim_ascii_start();
    let length = value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let word = value.get(..length).unwrap_or(&[]);
    !value.is_empty() && !matches!(value.first(), Some(b',' | b')' | b'}')) && !TYPES.contains(&word)
}
