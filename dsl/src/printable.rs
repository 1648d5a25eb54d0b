//! Safe display of text from a spec in messages and generated comments.

use std::borrow::Cow;

/// Returns whether a character is invisible or affects a terminal: control characters, including those beyond
/// ASCII, and direction marks. Line breaks and tabs are not hidden.
pub(crate) fn is_hidden(char: char) -> bool {
    let turns = matches!(char,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (char.is_control() && !matches!(char, '\n' | '\t'))
}

/// Returns the text with hidden characters escaped, as `\\u{1b}`.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match is_hidden(char) {
            true => shown.extend(char.escape_unicode()),
            false => shown.push(char),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_a_terminal_acts_on_is_escaped() {
        assert_eq!(printable("a\u{1b}[31m\u{9b}b\u{202e}c\u{7f}"), "a\\u{1b}[31m\\u{9b}b\\u{202e}c\\u{7f}");
        assert_eq!(printable("é\t漢\n"), "é\t漢\n");
    }
}
