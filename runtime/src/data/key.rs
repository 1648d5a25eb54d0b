//! Keys: the canonical form in which cells, JSON values and Rust values are compared.

use crate::progress::counted;

/// The canonical form of a key. Surrounding white space is ignored, an integer with a fraction of zeros is
/// the integer (`12.0` is `12`), and `true` and `false` are 1 and 0. All other text is compared literally:
/// `007` is not `7`, and `1.10` is not `1.1`.
#[inline]
pub(crate) fn canonical(text: &str) -> &str {
    let text = trimmed(text);
    match text.as_bytes() {
        [b't' | b'T' | b'f' | b'F', ..] => truth(text).map_or(text, |truth| if truth { "1" } else { "0" }),
        [b'-' | b'0'..=b'9', ..] => whole(text),
        _ => text,
    }
}

/// Returns a text without surrounding white space.
#[inline]
pub(super) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [only] if only.is_ascii_graphic() => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Returns the canonical key of a text. `None` if it is blank.
#[inline]
pub(super) fn key(text: &str) -> Option<&str> {
    Some(canonical(text)).filter(|key| !key.is_empty())
}

/// Returns the truth value that a text represents.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Returns a decimal number without a fraction of zeros; other text unchanged.
#[inline]
fn whole(text: &str) -> &str {
    let bytes = text.as_bytes();
    let start = usize::from(bytes.first() == Some(&b'-'));
    let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let end = start + digits;
    if digits == 0 || digits > 1 && bytes[start] == b'0' {
        return text;
    }
    match bytes.get(end) {
        None => {}
        Some(b'.') if bytes[end + 1..].iter().all(|&byte| byte == b'0') => {}
        Some(_) => return text,
    }
    // -0 equals 0.
    if bytes[start] == b'0' { &text[start..end] } else { &text[..end] }
}

/// Returns whether a text is a common spelling of a missing value. It is a key like any other, but deserves a
/// note.
#[inline]
pub fn looks_missing(text: &str) -> bool {
    const TEXTS: [&str; 10] = ["NA", "N/A", "<NA>", "NaN", "nan", "NULL", "Null", "null", "None", "\\N"];
    matches!(text.as_bytes(), [b'N' | b'n' | b'<' | b'\\', ..]) && TEXTS.contains(&text)
}

/// Note on a number of keys that look like missing values.
pub(super) fn taken_as_keys(count: usize) -> String {
    let (verb, keys) = if count == 1 { ("looks", "a key") } else { ("look", "keys") };
    format!(
        "{} that {verb} missing (NA, NULL, nan and their like) taken as {keys}; where they stand for missing ones, name \
         them in `missing = [...]` of the source",
        counted(count, "value")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_in_many_forms() {
        for (text, expected) in [
            ("12", "12"),
            (" 12 ", "12"),
            ("12.0", "12"),
            ("\t12.000", "12"),
            ("12.", "12"),
            ("-3.0", "-3"),
            ("-0.0", "0"),
            ("0.0", "0"),
            ("true", "1"),
            (" True", "1"),
            ("TRUE", "1"),
            ("false", "0"),
            ("FALSE", "0"),
            // Similar texts that are different keys.
            ("007", "007"),
            ("007.0", "007.0"),
            ("1.10", "1.10"),
            ("1.0.0", "1.0.0"),
            ("+12", "+12"),
            ("1e3", "1e3"),
            ("tRUE", "tRUE"),
            ("-", "-"),
            ("-0", "0"),
            ("00", "00"),
            ("-7", "-7"),
            ("12a", "12a"),
            ("1.0a", "1.0a"),
            ("\u{a0}9.0\u{a0}", "9"),
            (".0", ".0"),
            ("a b", "a b"),
            ("18446744073709551616.0", "18446744073709551616"),
        ] {
            assert_eq!(canonical(text), expected, "{text}");
            assert_eq!(canonical(canonical(text)), expected, "{text}");
        }
        assert_eq!((key("  "), key(" a\u{3000}")), (None, Some("a")));
    }
}
