//! Safe display of external text, such as file names, fields and keys, in terminals and logs.

use std::fmt::{self, Display, Write};

/// Text with escapes, as in `\u{1b}`, for characters that control a terminal, break a line or change the
/// writing direction.
#[derive(Clone, Copy, Debug)]
pub struct Printable<T> {
    text: T,
    /// True if line feeds and tabs are kept.
    lines: bool,
}

/// Escapes a name or value within a line.
pub fn printable<T: Display>(text: T) -> Printable<T> {
    Printable { text, lines: false }
}

/// Escapes a message with several lines.
pub fn printable_lines<T: Display>(text: T) -> Printable<T> {
    Printable { text, lines: true }
}

/// Serializes a value as JSON that is safe for a terminal: characters that [`printable`] escapes and JSON
/// does not are escaped.
pub fn printable_json<T: serde::Serialize>(value: &T) -> serde_json::Result<String> {
    let json = serde_json::to_string(value)?;
    if !json.contains(|c| is_escaped(c, false)) {
        return Ok(json);
    }
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        // Such characters only occur in strings.
        match is_escaped(c, false) {
            true => write!(escaped, "\\u{:04x}", u32::from(c)).unwrap_or_default(),
            false => escaped.push(c),
        }
    }
    Ok(escaped)
}

impl<T: Display> Display for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping { inner: f, lines: self.lines }, "{}", self.text)
    }
}

/// Writer that escapes text.
struct Escaping<'f, 'g> {
    inner: &'f mut fmt::Formatter<'g>,
    lines: bool,
}

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(|c| is_escaped(c, self.lines)) {
            let (plain, from) = rest.split_at(at);
            self.inner.write_str(plain)?;
            let mut characters = from.chars();
            if let Some(c) = characters.next() {
                write!(self.inner, "{}", c.escape_default())?;
            }
            rest = characters.as_str();
        }
        self.inner.write_str(rest)
    }
}

/// Returns whether a character controls a terminal, breaks a line or changes the writing direction. With
/// `lines`, line feeds and tabs are allowed.
fn is_escaped(c: char, lines: bool) -> bool {
    // Marks, embeddings and isolates of the bidirectional algorithm, and line and paragraph separators.
    let steers_writing =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (c.is_control() || steers_writing) && !(lines && matches!(c, '\n' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_nothing_else() {
        for (text, shown) in [
            ("user_id", "user_id"),
            ("Zoë, 日本, \u{1f468}\u{200d}\u{1f469}", "Zoë, 日本, \u{1f468}\u{200d}\u{1f469}"),
            ("us\u{1b}]0;x\u{7}er", "us\\u{1b}]0;x\\u{7}er"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\u{9b}31m\u{7f}\0", "\\u{9b}31m\\u{7f}\\u{0}"),
            ("\u{202e}cba\u{2066}\u{2028}", "\\u{202e}cba\\u{2066}\\u{2028}"),
        ] {
            assert_eq!(printable(text).to_string(), shown);
        }
        assert_eq!(printable_lines("a\n  b\u{1b}[1m").to_string(), "a\n  b\\u{1b}[1m");
        let text = "a\u{1b}\u{7f}\u{9b}31m\u{202e}\u{2028}é\n";
        let json = printable_json(&[text]).unwrap();
        assert_eq!(json, r#"["a\u001b\u007f\u009b31m\u202e\u2028é\n"]"#);
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
    }
}
